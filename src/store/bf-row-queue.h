/* SPDX-License-Identifier: EUPL-1.2 */
/* Observations on their way to the writer, packed: some 12 bytes each. Private to the store. Not locked: the owner does that,
 * but a pack that was taken belongs to whoever took it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An observation as it is written; texts by id. */
typedef struct
{
  gint64 observed_us;
  gint64 result_us;
  double value;
  guint32 series;
  guint32 feed;
  guint32 record;
  guint32 journal; /* FALSE: older than what is kept, for the latest value only */
} BfStoreRow;

typedef struct _BfRowQueue BfRowQueue;
typedef struct _BfRowPack BfRowPack;

BfRowQueue *bf_row_queue_new (void);
void bf_row_queue_free (BfRowQueue *queue);
void bf_row_queue_push (BfRowQueue *queue, const BfStoreRow *row);
guint bf_row_queue_n (const BfRowQueue *queue);
BfRowPack *bf_row_queue_take (BfRowQueue *queue);

guint bf_row_pack_n (const BfRowPack *pack);
void bf_row_pack_unpack (const BfRowPack *pack, GArray *rows);
void bf_row_pack_free (BfRowPack *pack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfRowPack, bf_row_pack_free)

G_END_DECLS
