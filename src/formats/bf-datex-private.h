/* SPDX-License-Identifier: EUPL-1.2 */
/* DATEX II: from a record's tree to JSON records; bf-datex.c reads payloads, the others know one publication each. */
#pragma once

#include "formats/bf-format-private.h"
#include "formats/bf-place-private.h"
#include "formats/bf-tree-private.h"

G_BEGIN_DECLS

/* What is said once for a payload. */
typedef struct
{
  BfRecords records;
  const char *language; /* the city's, two letters */
  char *publication;    /* publicationTime, for what has no time of its own */
  char *status;         /* informationStatus of the publication */
  gboolean begun;
  BfJsonDoc *geojson; /* of GeoJSON in a text; NULL until there is one */
} BfDatex;

/* Begins a record with the time, which is the publication's when @time is NULL. */
BfJsonOut *bf_datex_begin (BfDatex *datex, const char *type, const char *id, const char *time);
gboolean bf_datex_end (BfDatex *datex, GError **error);
/* A member of the record that is open; nothing when @text is NULL. */
void bf_datex_text (BfDatex *datex, const char *key, const char *text);
/* Of a multilingual text, that in the city's language, else the first. */
const char *bf_datex_words (const BfDatex *datex, const BfNode *node);
/* bf-datex-place.c: the geometry of the location inside of @node; nothing when it has none. */
void bf_datex_write_place (BfDatex *datex, const BfNode *node);

gboolean bf_datex_parking_table (BfDatex *datex, const BfNode *record, GError **error);
gboolean bf_datex_parking_status (BfDatex *datex, const BfNode *record, GError **error);
gboolean bf_datex_measurement (BfDatex *datex, const BfNode *record, GError **error);
gboolean bf_datex_elaborated (BfDatex *datex, const BfNode *record, GError **error);
gboolean bf_datex_measurement_site (BfDatex *datex, const BfNode *record, GError **error);
gboolean bf_datex_regulation (BfDatex *datex, const BfNode *order, GError **error);
gboolean bf_datex_situation (BfDatex *datex, const BfNode *record, GError **error);

/* bf-datex-validity.c */
typedef struct _BfDatexValidity BfDatexValidity;
BfDatexValidity *bf_datex_validity_new (const BfDatex *datex, const BfNode *node);
void bf_datex_validity_free (BfDatexValidity *validity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfDatexValidity, bf_datex_validity_free)
/* planned, active or ended */
const char *bf_datex_validity_state (const BfDatexValidity *validity, gint64 at_us);
/* When that is another, BF_TIME_NONE: never, or in more than a week. */
gint64 bf_datex_validity_next (const BfDatexValidity *validity, gint64 at_us);
/* Records of the states after now. */
gboolean bf_datex_write_ahead (BfDatex *datex, const char *type, const char *id, const BfDatexValidity *validity, GError **error);
/* Of a location. */
const char *bf_datex_road (const BfNode *location);

/* bf-datex-json.c: the tree of a JSON record, as XML would have given it; NULL when it is over the limit. */
BfNode *bf_datex_tree_of_json (BfNodes *tree, const char *name, BfJsonNode node);

G_END_DECLS
