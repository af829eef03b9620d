/* SPDX-License-Identifier: EUPL-1.2 */
/* A feed's definition: one file of feeds.d (DESIGN §4). */
#pragma once

#include "base/bf-conf.h"
#include "model/bf-catalog.h"

G_BEGIN_DECLS

typedef enum
{
  BF_COMPLETE_BY_FORMAT,
  BF_COMPLETE_YES,
  BF_COMPLETE_NO,
  BF_COMPLETE_MESSAGE, /* each message of a stream is a list of all that is current */
} BfComplete;

/**
 * BfFeedDef:
 * @name: file name without ".feed": the feed's id
 * @rank: order by file name in the folder
 * @service: index in the catalogue
 * @url: with ${NAME} expanded from the environment, ${secret:NAME} as it is; NULL for push
 * @every_us: `Every=`; @follows: none is given, and the format has sources that say their own; @stale_us: `Stale=`, 0 when not given; @timeout_us: `Timeout=` (30 s); @max_bytes: `MaxBytes=`
 * @wire: its transport, a BfWireId; @secrets_dir: where `secret:NAME` is looked for
 * @complete: `Complete=`: whether its payloads list all that is current; what the format says of itself when not given
 * @undated: a byte a property of the catalogue: it is given, and with no time but the payload's (a capacity, a constant), by all the
 *   maps in force, the plugin's own too; NULL: none is
 * @bad: it has a problem: off, and seen to be off; @reason says which
 */
typedef struct
{
  char *path;
  char *name;
  guint16 rank;
  guint8 service;
  guint8 wire;
  guint8 n_headers;
  guint8 complete;
  char *secrets_dir;
  char *format;
  char *url;
  gint64 every_us;
  gboolean follows;
  gint64 stale_us;
  gint64 timeout_us;
  gsize max_bytes;
  char *kind;
  char *zone_name;
  char *text;
  BfConf *conf;
  GByteArray *undated;
  gboolean bad;
  char *reason;
} BfFeedDef;

/* The limits of a definition's numbers. */
#define BF_FEED_EVERY_MIN_US G_USEC_PER_SEC
#define BF_FEED_EVERY_MAX_US (7 * 24 * 3600 * G_GINT64_CONSTANT (1000000))
#define BF_FEED_TIMEOUT_DEFAULT_US (30 * G_GINT64_CONSTANT (1000000))
#define BF_FEED_TIMEOUT_MAX_US (600 * G_GINT64_CONSTANT (1000000))

/* Never NULL: a definition with problems, or whose file cannot be read, is returned with bad set and its reason. */
BfFeedDef *bf_feed_def_load (const char *path, guint16 rank, const BfCatalog *catalog, GPtrArray *problems, GError **error);
void bf_feed_def_free (BfFeedDef *def);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfFeedDef, bf_feed_def_free)

/* Content older than this is STALE: `Stale=`, else three times `Every=`. */
gint64 bf_feed_def_stale_us (const BfFeedDef *def);

/* (nullable): a key of [Feed], as it stands there. */
const char *bf_feed_def_get (const BfFeedDef *def, const char *key);
/* Asks one of the net and takes nothing of this machine: no secret, no variable, no file. What comes in by the API must be so. */
gboolean bf_feed_def_is_plain (const BfFeedDef *def);

/* `${NAME}` -> the environment's value; (transfer full), NULL with @error when it is not set or not closed. */
char *bf_feed_def_expand_url (const char *text, GError **error);
/* Names that stand in `${…}` of the definition's Url: the only variables that the feed's process is given.
 * (transfer full) (array zero-terminated=1) */
char **bf_feed_def_variables (const BfFeedDef *def);

G_END_DECLS
