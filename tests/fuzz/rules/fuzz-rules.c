/* SPDX-License-Identifier: EUPL-1.2 */
/* Any text as a file of rules, or (when it does not begin with a group) as the When= of one: compiled, then run on a small
 * city through an hour of values, silence and aggregates, and put into words. Built for libFuzzer with -Dfuzz=true and
 * clang; else a main() that plays the files named by its arguments, or those of a folder. */

#include <string.h>

#include "../../unit/rules/bf-test-city.h"

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

static BfCatalog *catalog;

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  catalog = bf_catalog_new ();
  bf_catalog_add_manifest (catalog, BF_TEST_DATA "/water.service", NULL, NULL);
  bf_catalog_add_manifest (catalog, BF_TEST_DATA "/lighting.service", NULL, NULL);
  g_assert_cmpuint (bf_catalog_n_kinds (catalog), ==, 3);
  return 0;
}

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  g_free (bf_evaluator_title (*(BfEvaluator **) user_data, event->rule, event->asset, NULL, "fr"));
}

/* What is kept over a restart, out of one evaluator into another. */
static void
restore_cb (const BfRuleState *state, gpointer user_data)
{
  bf_evaluator_restore (user_data, state);
}

static void
restart (BfEvaluator *from, BfEvaluator *to, const BfModel *model, gint64 now_us)
{
  BfSeriesSaver *saver = bf_series_saver_new (from);
  g_autoptr (GBytes) bytes = NULL;

  while (bf_series_saver_step (saver, 2))
    ;
  bytes = bf_series_saver_end (saver);
  bf_evaluator_load_series (to, bytes, 0);
  for (guint32 asset = 0; asset < bf_model_n_assets (model); asset++)
    bf_evaluator_add_asset (to, asset, now_us);
  bf_evaluator_foreach_state (from, restore_cb, to);
}

static guint32
put_asset (BfModel *model, const char *id, const char *kind, const char *parent, double lon)
{
  BfAssetInfo info = { .id = id, .name = id, .parent = parent, .point = { lon, 48 }, .attributes = "material\0fonte\0diameter\0" "80\0" };

  info.kind = bf_catalog_find_kind (catalog, kind)->index;
  return bf_model_put_asset (model, &info, 0, NULL, NULL);
}

static void
run (const BfRuleSet *set)
{
  static const BfEvaluatorHandler handler = { rule_cb, NULL, NULL };
  g_autoptr (BfModel) model = bf_model_new (catalog);
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc (); /* outlives the evaluator */
  g_autoptr (BfEvaluator) evaluator = NULL;
  g_autoptr (BfEvaluator) after = NULL;
  guint32 assets[5];

  evaluator = bf_evaluator_new (set, model, zone, &handler, &evaluator);
  assets[0] = put_asset (model, "water/s", "water.sector", NULL, 2);
  assets[1] = put_asset (model, "water/1", "water.logger", "water/s", 2);
  assets[2] = put_asset (model, "water/2", "water.logger", "water/s", 2.001);
  assets[3] = put_asset (model, "water/3", "water.logger", NULL, 2.5);
  assets[4] = bf_test_asset_at (model, "lighting/1", "lighting.lamp", NULL, 2, 48.001);
  for (guint i = 0; i < bf_catalog_n_properties (catalog); i += 2)
    bf_model_set_stale_limit (model, 0, i, 10 * MINUTE_US);
  for (guint a = 0; a < 5; a++)
    {
      bf_model_set_zone (model, assets[a], a % 2);
      bf_evaluator_add_asset (evaluator, assets[a], T0);
    }
  for (guint step = 0; step < 8; step++)
    {
      gint64 now_us = T0 + step * 8 * MINUTE_US;

      for (guint i = 0; step % 4 != 3 && i < bf_catalog_n_properties (catalog); i++)
        if (bf_catalog_property (catalog, i)->derive == NULL)
          for (guint a = 0; a < 5; a++)
            {
              bf_evaluator_observe (evaluator, assets[a], i, (step + a) % 3, now_us, now_us, 0, 0);
              bf_evaluator_observe (evaluator, assets[a], i, step, now_us - 5 * MINUTE_US, now_us, 0, 0);
            }
      bf_evaluator_run (evaluator, now_us);
      if (step == 5)
        bf_evaluator_step_time (evaluator, now_us - MINUTE_US, -MINUTE_US);
    }
  after = bf_evaluator_new (set, model, zone, &handler, &after);
  restart (evaluator, after, model, T0 + 64 * MINUTE_US);
  bf_evaluator_run (after, T0 + 64 * MINUTE_US);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfRuleSet) set = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  if (size > 4096)
    return 0;
  if (size == 0 || data[0] != '[')
    g_string_append (text, "[Rule r]\nKind=water.logger\nPriority=low\nTitle={asset} {pressure}\nWhen=");
  g_string_append_len (text, (const char *) data, size);
  set = bf_rule_set_new (catalog, problems);
  bf_rule_set_add_text (set, "fuzz", text->str, text->len, problems);
  for (guint i = 0; i < problems->len; i++)
    g_assert_true (g_utf8_validate (((const BfProblem *) g_ptr_array_index (problems, i))->message, -1, NULL));
  bf_rule_set_link (set, TRUE, problems);
  bf_rule_set_finish (set);
  for (guint i = 0; i < bf_rule_set_n (set); i++)
    g_free (bf_rule_words (set, bf_rule_set_get (set, i)));
  if (bf_rule_set_n (set) > 0)
    run (set);
  return 0;
}

#ifndef BF_LIBFUZZER

static guint n_played;

static void
play_file (const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (path, &text, &length, &error);
  g_assert_no_error (error);
  LLVMFuzzerTestOneInput ((const guint8 *) text, length);
  n_played++;
}

int
main (int argc, char **argv)
{
  LLVMFuzzerInitialize (&argc, &argv);
  for (int i = 1; i < argc; i++)
    {
      g_autoptr (GDir) dir = g_dir_open (argv[i], 0, NULL);
      const char *name;

      if (dir == NULL)
        play_file (argv[i]);
      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *path = g_build_filename (argv[i], name, NULL);

          play_file (path);
        }
    }
  g_print ("%u files played\n", n_played);
  return n_played > 0 ? 0 : 1;
}

#endif
