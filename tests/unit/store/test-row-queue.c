/* SPDX-License-Identifier: EUPL-1.2 */
/* What is pushed is taken, in order and to the last bit, whatever it is and however many packs it fills. */

#include "store/bf-row-queue.h"

#include <math.h>
#include <string.h>

#define T0 (G_GINT64_CONSTANT (1750000000) * G_USEC_PER_SEC)

/* Takes all packs; returns how many there were. */
static guint
take_all (BfRowQueue *queue, GArray *all)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (BfStoreRow));
  BfRowPack *pack;
  guint n_packs = 0;

  for (; (pack = bf_row_queue_take (queue)) != NULL; n_packs++)
    {
      guint before = bf_row_queue_n (queue);

      g_array_set_size (rows, 0);
      bf_row_pack_unpack (pack, rows);
      g_assert_cmpuint (rows->len, ==, bf_row_pack_n (pack));
      g_assert_cmpuint (rows->len, >, 0);
      g_assert_cmpuint (rows->len, <=, 8192);
      g_assert_cmpuint (bf_row_queue_n (queue), ==, before);
      g_array_append_vals (all, rows->data, rows->len);
      bf_row_pack_free (pack);
    }
  g_assert_cmpuint (bf_row_queue_n (queue), ==, 0);
  return n_packs;
}

static void
assert_same (const BfStoreRow *a, const BfStoreRow *b)
{
  g_assert_cmpint (a->observed_us, ==, b->observed_us);
  g_assert_cmpint (a->result_us, ==, b->result_us);
  g_assert_cmpmem (&a->value, sizeof a->value, &b->value, sizeof b->value);
  g_assert_cmpuint (a->series, ==, b->series);
  g_assert_cmpuint (a->feed, ==, b->feed);
  g_assert_cmpuint (a->record, ==, b->record);
  g_assert_cmpuint (a->journal, ==, b->journal);
}

static guint
push_and_take (const BfStoreRow *rows, guint n)
{
  BfRowQueue *queue = bf_row_queue_new ();
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (BfStoreRow));
  guint n_packs;

  for (guint i = 0; i < n; i++)
    {
      bf_row_queue_push (queue, &rows[i]);
      g_assert_cmpuint (bf_row_queue_n (queue), ==, i + 1);
    }
  n_packs = take_all (queue, all);
  g_assert_cmpuint (all->len, ==, n);
  for (guint i = 0; i < n; i++)
    assert_same (&g_array_index (all, BfStoreRow, i), &rows[i]);
  bf_row_queue_free (queue);
  return n_packs;
}

static void
test_ends (void)
{
  const BfStoreRow rows[] = {
    { 0, 0, 0, 1, 1, 0, FALSE },
    { 0, 0, -0.0, 1, 1, 0, TRUE },
    { -(G_MAXINT64 / 2), G_MAXINT64 / 2, 1e300, G_MAXUINT32, G_MAXUINT32, G_MAXUINT32, FALSE },
    { G_MAXINT64 / 2, 0, -5e-324, 0, 0, 0, TRUE },
    { T0, T0, 281474976710655, 1, 2, 3, TRUE },
    { T0, T0, 281474976710656, 1, 2, 3, TRUE },
    { T0, T0, -281474976710655, 1, 2, 3, TRUE },
    { T0, T0, -1, 1, 2, 3, TRUE },
    { T0, T0, 0.1, 1, 2, 3, TRUE },
  };

  g_assert_cmpuint (push_and_take (rows, G_N_ELEMENTS (rows)), ==, 1);
}

/* Nothing of a row helps with the next: packs fill by their bytes. */
static void
test_random (void)
{
  g_autofree BfStoreRow *rows = g_new0 (BfStoreRow, 50000);

  for (guint i = 0; i < 50000; i++)
    {
      rows[i].observed_us = (gint64) ((guint64) g_test_rand_int () << 30);
      rows[i].result_us = (gint64) ((guint64) (guint32) g_test_rand_int () << 29);
      rows[i].value = g_test_rand_double ();
      rows[i].series = (guint32) g_test_rand_int ();
      rows[i].feed = (guint32) g_test_rand_int ();
      rows[i].record = (guint32) g_test_rand_int ();
      rows[i].journal = g_test_rand_bit ();
    }
  g_assert_cmpuint (push_and_take (rows, 50000), >, 50000 / 8192 + 1);
}

/* A payload as it comes: packs fill by their rows, so that one takes fewer than 15 bytes. */
static void
test_payload (void)
{
  g_autofree BfStoreRow *rows = g_new0 (BfStoreRow, 8192 * 5);

  for (guint i = 0; i < 8192 * 5; i++)
    rows[i] = (BfStoreRow){ T0 - (i / 3 % 60) * 1000000, T0 + 5, i % 3 == 2 ? i / 7.0 : i % 400, i + 1, 1 + i / 64 % 2, i / 3, TRUE };
  g_assert_cmpuint (push_and_take (rows, 8192 * 5), ==, 5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/row-queue/ends", test_ends);
  g_test_add_func ("/row-queue/random", test_random);
  g_test_add_func ("/row-queue/payload", test_payload);
  return g_test_run ();
}
