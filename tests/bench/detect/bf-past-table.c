/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-past-table.h. The very same code as that of `beffroictl rules rehearse`: a BfRehearsal that is told what came when. */

#include "bf-past-table.h"

#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

char *
bf_past_capture (const char *below)
{
  const char *given = g_getenv ("BEFFROI_CAPTURES");
  g_autofree char *dir = given != NULL ? g_strdup (given) : g_test_build_filename (G_TEST_DIST, "../shared/captures", NULL);
  g_autofree char *path = g_build_filename (dir, below, NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  g_test_skip ("the captured series are not here (BEFFROI_CAPTURES)");
  return NULL;
}

static void
assert_none (const GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *problem = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_test_message ("%s", problem);
    }
  g_assert_cmpuint (problems->len, ==, 0);
}

BfPastTable *
bf_past_table_new (const char *manifest, const char *rules, const char *zone)
{
  BfPastTable *table = g_new0 (BfPastTable, 1);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autofree char *manifest_path = g_test_build_filename (G_TEST_DIST, manifest, NULL);
  g_autofree char *rules_path = g_test_build_filename (G_TEST_DIST, rules, NULL);
  g_autoptr (GTimeZone) time_zone = g_time_zone_new_identifier (zone);
  BfRehearsalOptions options = { .zone = time_zone, .from_us = BF_TIME_NONE, .acknowledge = TRUE };
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  table->catalog = bf_catalog_new ();
  bf_catalog_add_manifest (table->catalog, manifest_path, problems, &error);
  g_assert_no_error (error);
  table->rules = bf_rule_set_new (table->catalog, problems);
  g_file_get_contents (rules_path, &text, NULL, &error);
  g_assert_no_error (error);
  bf_rule_set_add_text (table->rules, rules, text, strlen (text), problems);
  bf_rule_set_keep_read (table->rules);
  bf_rule_set_finish (table->rules);
  assert_none (problems);
  g_assert_nonnull (time_zone);
  table->rehearsal = bf_rehearsal_new (table->catalog, table->rules, &options, NULL, NULL);
  return table;
}

void
bf_past_table_free (BfPastTable *table)
{
  g_clear_pointer (&table->figures, bf_figures_free);
  bf_rehearsal_free (table->rehearsal);
  bf_rule_set_free (table->rules);
  bf_catalog_free (table->catalog);
  g_free (table);
}

guint16
bf_past_table_property (const BfPastTable *table, const char *service, const char *property)
{
  const BfService *of = bf_catalog_find_service (table->catalog, service);
  const BfProperty *found = of != NULL ? bf_catalog_find_property (table->catalog, of->index, property) : NULL;

  g_assert_nonnull (found);
  return found->index;
}

void
bf_past_table_stale (BfPastTable *table, const char *service, const char *property, gint64 limit_us)
{
  bf_rehearsal_set_stale_limit (table->rehearsal, 0, bf_past_table_property (table, service, property), limit_us);
}

void
bf_past_table_begin (BfPastTable *table, gint64 time_us)
{
  table->now_us = time_us;
  bf_rehearsal_begin (table->rehearsal, time_us);
}

guint32
bf_past_table_asset (BfPastTable *table, const char *id, const char *kind, const char *parent)
{
  const BfKind *of = bf_catalog_find_kind (table->catalog, kind);
  BfAssetInfo info = { .id = id, .name = id, .parent = parent, .point = { NAN, NAN } };
  g_autoptr (GError) error = NULL;
  guint32 asset;

  g_assert_nonnull (of);
  info.kind = of->index;
  asset = bf_rehearsal_put_asset (table->rehearsal, &info, 0, &error);
  g_assert_no_error (error);
  return asset;
}

void
bf_past_table_observe (BfPastTable *table, guint32 asset, guint16 property, double value)
{
  bf_rehearsal_observe (table->rehearsal, asset, property, value, table->now_us, 0, 0);
}

void
bf_past_table_commit (BfPastTable *table)
{
  bf_rehearsal_commit (table->rehearsal);
}

void
bf_past_table_end (BfPastTable *table)
{
  bf_rehearsal_end (table->rehearsal, table->now_us);
  table->figures = bf_figures_new (table->rehearsal);
}

guint
bf_past_table_n_alerts (const BfPastTable *table)
{
  return table->figures->alerts->len;
}

BfPastAlert
bf_past_table_alert (const BfPastTable *table, guint i)
{
  const BfRehearsedAlert *alert = &g_array_index (table->figures->alerts, BfRehearsedAlert, i);

  return (BfPastAlert){ bf_rule_set_get (table->rules, alert->rule)->id,
                        bf_model_asset_id (bf_rehearsal_model (table->rehearsal), alert->asset), alert->raised_us, alert->cleared_us };
}

guint
bf_past_read (const char *path, const char *separator, BfPastRow head, BfPastRow row, gpointer user_data)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) cells = NULL;

      g_strchomp (lines[i]);
      if (lines[i][0] == '\0')
        continue;
      cells = g_strsplit (lines[i], separator, -1);
      if (i == 0)
        head (cells, g_strv_length (cells), user_data);
      else
        {
          row (cells, g_strv_length (cells), user_data);
          n++;
        }
    }
  return n;
}

gint64
bf_past_time (const char *text)
{
  g_autofree char *iso = g_strdup_printf ("%.10sT%.5s%sZ", text, text + 11, strlen (text) > 16 ? text + 16 : ":00");
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (iso, NULL);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * G_USEC_PER_SEC;
}
