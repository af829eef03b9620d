/* SPDX-License-Identifier: EUPL-1.2 */
/* Names to ids and back, through growth, up to the limit, and from what a file says. */

#include "store/bf-series-table.h"

static void
test_intern (void)
{
  g_autoptr (BfSeriesTable) table = bf_series_table_new (100000);

  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < 20000; i++)
      {
        g_autofree char *asset = g_strdup_printf ("lighting/%u", i / 4);
        g_autofree char *property = g_strdup_printf ("p%u", i % 4);
        const char *first, *second;

        g_assert_cmpuint (bf_series_table_intern (table, asset, property), ==, i + 1);
        bf_series_table_get (table, i + 1, &first, &second);
        g_assert_cmpstr (first, ==, asset);
        g_assert_cmpstr (second, ==, property);
      }
  g_assert_cmpuint (bf_series_table_n (table), ==, 20000);
  /* The border between the two texts counts. */
  g_assert_cmpuint (bf_series_table_intern (table, "ab", "c"), ==, 20001);
  g_assert_cmpuint (bf_series_table_intern (table, "a", "bc"), ==, 20002);
  g_assert_cmpuint (bf_series_table_intern (table, "bc", "a"), ==, 20003);
}

/* Texts of which no two are of one asset, through many growths: while the next table fills, each is found and none has two ids. */
static void
test_growth (void)
{
  g_autoptr (BfSeriesTable) table = bf_series_table_new (200000);

  for (guint i = 0; i < 100000; i++)
    {
      g_autofree char *asset = g_strdup_printf ("parking/%u", i);
      g_autofree char *before = g_strdup_printf ("parking/%u", i / 2);
      const char *first, *second;

      g_assert_cmpuint (bf_series_table_intern (table, asset, "free_spaces"), ==, i + 1);
      g_assert_cmpuint (bf_series_table_intern (table, before, "free_spaces"), ==, i / 2 + 1);
      bf_series_table_get (table, i / 2 + 1, &first, &second);
      g_assert_cmpstr (first, ==, before);
      g_assert_cmpstr (second, ==, "free_spaces");
    }
}

/* One asset that has everything: its chain has all of them. */
static void
test_chain (void)
{
  g_autoptr (BfSeriesTable) table = bf_series_table_new (100000);
  g_autofree char *longest = g_strnfill (65531, 'x');
  g_autofree char *too_long = g_strnfill (65532, 'x');
  const char *first, *second;

  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < 2000; i++)
      {
        g_autofree char *property = g_strdup_printf ("p%u", i);

        g_assert_cmpuint (bf_series_table_intern (table, "waste/1", property), ==, i + 1);
        bf_series_table_get (table, i + 1, &first, &second);
        g_assert_cmpstr (first, ==, "waste/1");
        g_assert_cmpstr (second, ==, property);
      }
  g_assert_cmpuint (bf_series_table_intern (table, longest, "p0"), ==, 2001);
  g_assert_cmpuint (bf_series_table_intern (table, too_long, "p0"), ==, 0);
  bf_series_table_get (table, 2001, &first, &second);
  g_assert_cmpstr (first, ==, longest);
  g_assert_cmpuint (bf_series_table_intern (table, "waste/2", "p0"), ==, 2002);
}

static void
test_limit (void)
{
  g_autoptr (BfSeriesTable) table = bf_series_table_new (2);

  g_assert_cmpuint (bf_series_table_intern (table, "a", ""), ==, 1);
  g_assert_cmpuint (bf_series_table_intern (table, "b", ""), ==, 2);
  g_assert_cmpuint (bf_series_table_intern (table, "c", ""), ==, 0);
  g_assert_cmpuint (bf_series_table_intern (table, "a", ""), ==, 1);
}

static void
test_restore (void)
{
  g_autoptr (BfSeriesTable) table = bf_series_table_new (10);

  g_assert_true (bf_series_table_restore (table, 1, "a", "p"));
  g_assert_true (bf_series_table_restore (table, 2, "b", "p"));
  g_assert_false (bf_series_table_restore (table, 3, "a", "p")); /* name twice */
  g_assert_false (bf_series_table_restore (table, 2, "c", "p")); /* id twice */
  g_assert_false (bf_series_table_restore (table, 0, "c", "p"));
  g_assert_false (bf_series_table_restore (table, 11, "c", "p"));
  g_assert_cmpuint (bf_series_table_intern (table, "b", "p"), ==, 2);
  g_assert_cmpuint (bf_series_table_intern (table, "c", "p"), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/series-table/intern", test_intern);
  g_test_add_func ("/series-table/growth", test_growth);
  g_test_add_func ("/series-table/chain", test_chain);
  g_test_add_func ("/series-table/limit", test_limit);
  g_test_add_func ("/series-table/restore", test_restore);
  return g_test_run ();
}
