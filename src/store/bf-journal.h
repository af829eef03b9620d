/* SPDX-License-Identifier: EUPL-1.2 */
/* The journal as the engine learnt it: observations of a period by result time, for a rehearsal. Opened read-only beside an engine
 * that runs: it takes no lock and writes nothing; what is read is one view of the file. One thread. */
#pragma once

#include "store/bf-store.h"

G_BEGIN_DECLS

typedef struct _BfJournal BfJournal;

/**
 * BfJournalRow: texts live as long as the journal
 * @series: number of (asset, property), from 1
 * @state: (nullable): what a state is; @value is of no use then
 */
typedef struct
{
  guint32 series;
  const char *asset_id;
  const char *property;
  const char *feed;
  const char *state;
  double value;
  gint64 observed_us;
  gint64 result_us;
  guint32 record;
} BfJournalRow;

typedef void (*BfJournalFunc) (gpointer user_data, const BfJournalRow *row);

BfJournal *bf_journal_open (const char *dir, GError **error);
void bf_journal_close (BfJournal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfJournal, bf_journal_close)
gboolean bf_journal_load_assets (BfJournal *journal, void (*row) (gpointer, const BfStoreAsset *), gpointer user_data, GError **error);
gboolean bf_journal_read (BfJournal *journal, gint64 from_us, gint64 to_us, BfJournalFunc func, gpointer user_data, GError **error);
guint bf_journal_n_series (const BfJournal *journal);

G_END_DECLS
