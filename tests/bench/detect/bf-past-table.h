/* SPDX-License-Identifier: EUPL-1.2 */
/* A table of the past (a captured file) through a rehearsal of one text of rules: what the tests of detection share. */
#pragma once

#include "watch/bf-figures.h"

G_BEGIN_DECLS

typedef struct
{
  BfCatalog *catalog;
  BfRuleSet *rules;
  BfRehearsal *rehearsal;
  BfFigures *figures; /* once it has ended */
  gint64 now_us;
} BfPastTable;

/* An alert as the tables name it. */
typedef struct
{
  const char *rule;
  const char *asset;
  gint64 raised_us;
  gint64 cleared_us; /* BF_TIME_NONE: open at the end */
} BfPastAlert;

/* A file of the captures below @parts; NULL after g_test_skip() when it is not there. */
char *bf_past_capture (const char *below);
/* @manifest, @rules: below the source's root. Problems fail the test. */
BfPastTable *bf_past_table_new (const char *manifest, const char *rules, const char *zone);
void bf_past_table_free (BfPastTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfPastTable, bf_past_table_free)

void bf_past_table_stale (BfPastTable *table, const char *service, const char *property, gint64 limit_us);
void bf_past_table_begin (BfPastTable *table, gint64 time_us);
guint32 bf_past_table_asset (BfPastTable *table, const char *id, const char *kind, const char *parent);
guint16 bf_past_table_property (const BfPastTable *table, const char *service, const char *property);
void bf_past_table_observe (BfPastTable *table, guint32 asset, guint16 property, double value);
void bf_past_table_commit (BfPastTable *table);
void bf_past_table_end (BfPastTable *table);

guint bf_past_table_n_alerts (const BfPastTable *table);
BfPastAlert bf_past_table_alert (const BfPastTable *table, guint i);

/* Lines of a table, without their heads; cells as they are. */
typedef void (*BfPastRow) (char **cells, guint n_cells, gpointer user_data);
guint bf_past_read (const char *path, const char *separator, BfPastRow head, BfPastRow row, gpointer user_data);
/* "2019-01-31 22:05" and so on, the zone left out; asserts that it is one. */
gint64 bf_past_time (const char *text);

G_END_DECLS
