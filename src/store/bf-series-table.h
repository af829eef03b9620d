/* SPDX-License-Identifier: EUPL-1.2 */
/* Pairs of texts (asset and property of a series; a feed and "") to dense ids from 1, in memory. Private to the store.
 * Texts live as long as the table. Not locked: the owner does that. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BfSeriesTable BfSeriesTable;

BfSeriesTable *bf_series_table_new (guint max);
void bf_series_table_free (BfSeriesTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfSeriesTable, bf_series_table_free)

guint bf_series_table_intern (BfSeriesTable *table, const char *first, const char *second);
gboolean bf_series_table_restore (BfSeriesTable *table, guint id, const char *first, const char *second);
guint bf_series_table_n (const BfSeriesTable *table);
void bf_series_table_get (const BfSeriesTable *table, guint id, const char **ret_first, const char **ret_second);

G_END_DECLS
