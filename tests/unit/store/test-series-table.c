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
  g_test_add_func ("/series-table/limit", test_limit);
  g_test_add_func ("/series-table/restore", test_restore);
  return g_test_run ();
}
