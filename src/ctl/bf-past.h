/* SPDX-License-Identifier: EUPL-1.2 */
/* Observations of the past as they are read from files and payloads, and their way into rehearsals by result time. What the files
 * say goes through the same sink as what feeds say: refused values are counted and handed on with their reason.
 *
 * Everything is held in memory, 40 bytes an observation, until it is put in order: BF_PAST_ROWS_MAX of them. A stream is not held: it
 * is taken in the order in which it comes. One thread. */
#pragma once

#include "feed/bf-feed-def.h"
#include "watch/bf-rehearsal.h"

G_BEGIN_DECLS

#define BF_PAST_ROWS_MAX 20000000u
#define BF_PAST_KINDS_MAX 32u

typedef struct _BfPast BfPast;

/**
 * BfPastCounts:
 * @n_rows: observations held; @n_refused: not taken
 * @n_silent: columns of a wide table without any value
 * @n_other: columns of a table that are no property
 * @n_disordered: lines of observations with a time before one that came earlier
 */
typedef struct
{
  guint64 n_rows;
  guint64 n_refused;
  guint n_silent;
  guint n_other;
  guint64 n_disordered;
  gint64 first_us;
  gint64 last_us;
} BfPastCounts;

/**
 * BfPastSeries: how a file of observations is to be read
 * @kinds: of assets that come on sight, %NULL behind the last; of several that of the asset's service
 * @property: (nullable): of the cells of a wide table
 * @zone: of times without one
 * @unchanged: an empty cell says that the value is still the one before
 */
typedef struct
{
  const BfKind *kinds[BF_PAST_KINDS_MAX];
  const char *property;
  GTimeZone *zone;
  gboolean unchanged;
} BfPastSeries;

BfPast *bf_past_new (const BfCatalog *catalog, void (*tell) (gpointer user_data, const char *where, const char *what),
                     gpointer user_data);
void bf_past_free (BfPast *past);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfPast, bf_past_free)

guint16 bf_past_add_feed (BfPast *past, const char *name, guint service, gint64 stale_us);
const char *bf_past_feed_name (const BfPast *past, guint16 feed);
gboolean bf_past_know_assets (BfPast *past, const char *store_dir, GError **error);
gboolean bf_past_read_series (BfPast *past, const char *path, const BfPastSeries *series, GError **error);
gboolean bf_past_read_ndjson (BfPast *past, const char *path, const BfPastSeries *series, GError **error);
gboolean bf_past_read_payload (BfPast *past, const char *feed_program, const char *plugins_dir, const char *zone_name,
                               const BfFeedDef *def, guint16 feed, const char *path, GError **error);
void bf_past_counts (const BfPast *past, BfPastCounts *ret_counts);
void bf_past_run (BfPast *past, BfRehearsal *const *rehearsals, guint n_rehearsals, gint64 to_us);
void bf_past_begin_stream (BfPast *past, BfRehearsal *const *rehearsals, guint n_rehearsals, gint64 to_us);
void bf_past_end_stream (BfPast *past);

/**
 * BfPastStore: a city's own past
 * @dir: folder of its store; @city_dir: of its files
 * @since_us: what was measured before is not read
 * @n_derived: rows of values that are reckoned anew; @n_unknown: of assets or states that no plugin here knows
 */
typedef struct
{
  const char *dir;
  const char *city_dir;
  gint64 since_us;
  gint64 to_us;
  guint64 n_derived;
  guint64 n_unknown;
} BfPastStore;

gboolean bf_past_run_store (const BfCatalog *catalog, BfPastStore *store, BfRehearsal *const *rehearsals, guint n_rehearsals,
                            GPtrArray *problems, GError **error);

G_END_DECLS
