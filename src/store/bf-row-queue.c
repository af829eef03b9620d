/* SPDX-License-Identifier: EUPL-1.2 */
/* A rush of observations waits for the disk in memory, so that it is packed: what is the same as in the row before, or near it,
 * is not written again. Rows lie in packs that are mapped and go back whole; growing moves nothing.
 *
 *   row      what: u8, then what is said there, each number as its difference from the row before
 *   number   zigzag, 7 bits a byte, the lowest first
 *   value    a number when it is a whole one below 2^48, else the double's bytes
 *
 * The first row of a pack has the zero row before it, so that each pack is read by itself. */

#include "store/bf-row-queue.h"

#include <math.h>
#include <string.h>

#define PACK_ROWS 8192u
#define PACK_BYTES (120u << 10)
#define ROW_BYTES 64u            /* more than the longest row */
#define WHOLE_MAX 281474976710656.0

enum
{
  HAS_JOURNAL = 1,
  HAS_WHOLE = 2,
  HAS_FEED = 4,
  HAS_RESULT = 8,
  HAS_OBSERVED = 16,
  HAS_RECORD = 32,
};

struct _BfRowPack
{
  guint n_rows;
  guint n_bytes;
  BfStoreRow last;
  guint8 bytes[PACK_BYTES];
};

struct _BfRowQueue
{
  GQueue packs; /* BfRowPack; none is empty */
  guint n_rows;
};

/* ---- Numbers ---- */

static guint8 *
put_number (guint8 *at, gint64 number)
{
  guint64 left = (guint64) number << 1 ^ (guint64) (number >> 63);

  for (; left >= 0x80; left >>= 7)
    *at++ = (guint8) (left | 0x80);
  *at++ = (guint8) left;
  return at;
}

static gint64
get_number (const guint8 **at)
{
  guint64 number = 0;
  guint shift = 0;

  for (; **at & 0x80; (*at)++, shift += 7)
    number |= (guint64) (**at & 0x7f) << shift;
  number |= (guint64) *(*at)++ << shift;
  return (gint64) (number >> 1 ^ (0 - (number & 1)));
}

/* Times differ by less than 2^63, since bf-store.c bounds them. */
static guint8 *
put_difference (guint8 *at, gint64 now, gint64 before)
{
  return put_number (at, (gint64) ((guint64) now - (guint64) before));
}

static gint64
get_sum (const guint8 **at, gint64 before)
{
  return (gint64) ((guint64) before + (guint64) get_number (at));
}

/* ---- Rows ---- */

/* The sign of zero is a value too. */
static gboolean
is_whole (double value)
{
  return fabs (value) < WHOLE_MAX && value == floor (value) && !(value == 0 && signbit (value));
}

static void
pack_row (BfRowPack *pack, const BfStoreRow *row)
{
  const BfStoreRow *last = &pack->last;
  guint8 *start = pack->bytes + pack->n_bytes;
  guint8 *at = start + 1;

  *start = (guint8) ((row->journal ? HAS_JOURNAL : 0) | (is_whole (row->value) ? HAS_WHOLE : 0) | (row->feed != last->feed ? HAS_FEED : 0)
                     | (row->result_us != last->result_us ? HAS_RESULT : 0) | (row->observed_us != last->observed_us ? HAS_OBSERVED : 0)
                     | (row->record != last->record ? HAS_RECORD : 0));
  at = put_difference (at, row->series, last->series);
  if (*start & HAS_FEED)
    at = put_difference (at, row->feed, last->feed);
  if (*start & HAS_RESULT)
    at = put_difference (at, row->result_us, last->result_us);
  if (*start & HAS_OBSERVED)
    at = put_difference (at, row->observed_us, last->observed_us);
  if (*start & HAS_RECORD)
    at = put_difference (at, row->record, last->record);
  if (*start & HAS_WHOLE)
    at = put_number (at, (gint64) row->value);
  else
    {
      memcpy (at, &row->value, sizeof row->value);
      at += sizeof row->value;
    }
  pack->n_bytes = (guint) (at - pack->bytes);
  pack->n_rows++;
  pack->last = *row;
}

static const guint8 *
unpack_row (const guint8 *at, BfStoreRow *row)
{
  guint8 what = *at++;

  row->journal = (what & HAS_JOURNAL) != 0;
  row->series = (guint32) get_sum (&at, row->series);
  if (what & HAS_FEED)
    row->feed = (guint32) get_sum (&at, row->feed);
  if (what & HAS_RESULT)
    row->result_us = get_sum (&at, row->result_us);
  if (what & HAS_OBSERVED)
    row->observed_us = get_sum (&at, row->observed_us);
  if (what & HAS_RECORD)
    row->record = (guint32) get_sum (&at, row->record);
  if (what & HAS_WHOLE)
    row->value = (double) get_number (&at);
  else
    {
      memcpy (&row->value, at, sizeof row->value);
      at += sizeof row->value;
    }
  return at;
}

guint
bf_row_pack_n (const BfRowPack *pack)
{
  return pack->n_rows;
}

/*
 * bf_row_pack_unpack:
 * @rows: (element-type BfStoreRow): the pack's rows are appended
 */
void
bf_row_pack_unpack (const BfRowPack *pack, GArray *rows)
{
  const guint8 *at = pack->bytes;
  BfStoreRow row = { 0 };

  for (guint i = 0; i < pack->n_rows; i++)
    {
      at = unpack_row (at, &row);
      g_array_append_val (rows, row);
    }
}

void
bf_row_pack_free (BfRowPack *pack)
{
  g_free (pack);
}

/* ---- The queue ---- */

BfRowQueue *
bf_row_queue_new (void)
{
  BfRowQueue *queue = g_new0 (BfRowQueue, 1);

  g_queue_init (&queue->packs);
  return queue;
}

void
bf_row_queue_free (BfRowQueue *queue)
{
  g_queue_clear_full (&queue->packs, (GDestroyNotify) bf_row_pack_free);
  g_free (queue);
}

void
bf_row_queue_push (BfRowQueue *queue, const BfStoreRow *row)
{
  BfRowPack *pack = g_queue_peek_tail (&queue->packs);

  if (pack == NULL || pack->n_rows == PACK_ROWS || pack->n_bytes + ROW_BYTES > PACK_BYTES)
    {
      pack = g_malloc (sizeof *pack);
      pack->n_rows = pack->n_bytes = 0;
      pack->last = (BfStoreRow){ 0 };
      g_queue_push_tail (&queue->packs, pack);
    }
  pack_row (pack, row);
  queue->n_rows++;
}

guint
bf_row_queue_n (const BfRowQueue *queue)
{
  return queue->n_rows;
}

/*
 * bf_row_queue_take:
 *
 * Returns: (transfer full) (nullable): the oldest rows, at most 8192 of them
 */
BfRowPack *
bf_row_queue_take (BfRowQueue *queue)
{
  BfRowPack *pack = g_queue_pop_head (&queue->packs);

  if (pack != NULL)
    queue->n_rows -= pack->n_rows;
  return pack;
}
