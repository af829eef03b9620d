/* SPDX-License-Identifier: EUPL-1.2 */
/* What the fields of a payload's records look like: bf-propose.c guesses their meaning from it. */
#pragma once

#include "formats/bf-format.h"

G_BEGIN_DECLS

#define BF_PROFILE_RECORDS 2000u /* records looked at */
#define BF_PROFILE_FIELDS 512u   /* fields kept */
#define BF_PROFILE_STATES 12u    /* different texts kept of a field */

enum
{
  BF_STAMP_FORMS = 9,
};

extern const char *const bf_profile_forms[BF_STAMP_FORMS]; /* as in observed.form= */

typedef struct
{
  char *path;
  char *folded; /* without case and accents, words apart by "_" */
  guint n;      /* records where it is there and not null or blank */
  guint n_numbers;
  guint n_integers;
  guint n_texts;
  guint n_bools;
  guint n_places;    /* object of lon and lat, geometry, array or text of two */
  guint n_lon_first; /* of those: an array or text of two whose first can only be a longitude */
  guint n_geometries;
  guint n_stamps[BF_STAMP_FORMS];
  guint n_zoneless;
  gint64 newest_us;
  double min;
  double max;
  GHashTable *different; /* char * -> guint: how often, at most BF_PROFILE_RECORDS */
  GArray *values;        /* double, by record, NAN where no number */
} BfField;

typedef struct
{
  const char *format;
  char *records;        /* path for Format=json, NULL for the top */
  guint n_records;      /* looked at */
  gsize n_total;
  GPtrArray *fields;    /* BfField, in the order of the payload */
  gboolean own_ids;     /* the format gives each record an id of its own, all different */
  gboolean own_places;  /* … and a place */
  gboolean in_degrees;  /* … that can be longitude and latitude, or a system that the payload names */
} BfProfile;

BfProfile *bf_profile_new (BfJsonNode root, const char *url, GError **error);
void bf_profile_free (BfProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfProfile, bf_profile_free)

/* bf-recognise.c: a feed without a [Map], of a format that the service's default maps know. @root: NULL when the bytes are no
 * JSON. (transfer full): NULL without @error when it is no such format. */
char *bf_propose_known (const BfCatalog *catalog, const BfService *service, const char *url, const BfJsonNode *root,
                        const char *bytes, gsize length, GError **error);

/* Lower case, accents away, camelCase and everything that is no letter or digit made "_". (transfer full) */
char *bf_profile_fold (const char *name);

G_END_DECLS
