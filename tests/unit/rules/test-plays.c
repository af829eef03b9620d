/* SPDX-License-Identifier: EUPL-1.2 */
/* Small cities played through time (tests/cases/rules/plays.txt): rules, assets, what is observed when, and each event that must come,
 * none other. Timers run at their own times. "restart" saves what an engine does and begins anew with it. */

#include <glib/gstdio.h>
#include <string.h>

#include "bf-test-city.h"

typedef struct
{
  BfCatalog *catalog;
  GTimeZone *zone;
  BfZones *zones;
  GString *rules;
  GString *problems;  /* expected */
  GString *expected;
  GString *heard;
  BfModel *model;
  BfRuleSet *set;
  BfEvaluator *evaluator;
  gint64 now_us;
  const char *where;
} Play;

/* ---- What is heard ---- */

static int
minute_of (gint64 us)
{
  g_assert_cmpint ((us - T0) % MINUTE_US < 1000, ==, TRUE); /* an end of a time may be the first µs after it */
  return (int) ((us - T0) / MINUTE_US);
}

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  Play *play = user_data;

  g_string_append_printf (play->heard, "%d %s %s %s", minute_of (event->now_us), event->raised ? "raised" : "cleared",
                          bf_rule_set_get (play->set, event->rule)->id, bf_model_asset_id (play->model, event->asset));
  if (!event->raised && event->cause.rule != BF_NO_RULE)
    g_string_append_printf (play->heard, " by %s %s", bf_rule_set_get (play->set, event->cause.rule)->id,
                            bf_model_asset_id (play->model, event->cause.asset));
  g_string_append_c (play->heard, '\n');
}

static void
limited_cb (gpointer user_data, guint rule, guint n_held, gint64 now_us)
{
  Play *play = user_data;

  g_string_append_printf (play->heard, "%d limited %s %u\n", minute_of (now_us), bf_rule_set_get (play->set, rule)->id, n_held);
}

/* ---- Playing ---- */

/* Number 0 “Centre”, in it; number 1 “Ville”, around it. */
static BfZones *
load_zones (void)
{
  static const char text[] = "{\"type\":\"FeatureCollection\",\"features\":["
                             "{\"type\":\"Feature\",\"properties\":{\"id\":\"c\",\"name\":\"Centre\"},\"geometry\":{\"type\":\"Polygon\","
                             "\"coordinates\":[[[2,48],[2.01,48],[2.01,48.01],[2,48.01],[2,48]]]}},"
                             "{\"type\":\"Feature\",\"properties\":{\"id\":\"v\",\"name\":\"Ville\"},\"geometry\":{\"type\":\"Polygon\","
                             "\"coordinates\":[[[1.9,47.9],[2.1,47.9],[2.1,48.1],[1.9,48.1],[1.9,47.9]]]}}]}";
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("bf-plays-XXXXXX.geojson", &path, &error);
  BfZones *zones;

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  zones = bf_zones_load (path, NULL, &error);
  g_assert_no_error (error);
  g_unlink (path);
  return zones;
}

static void
begin_evaluator (Play *play)
{
  static const BfEvaluatorHandler handler = { .rule = rule_cb, .limited = limited_cb };

  play->evaluator = bf_evaluator_new (play->set, play->model, play->zone, &handler, play);
}

static void
load_rules (Play *play)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GString) said = g_string_new (NULL);

  if (play->set != NULL)
    return;
  play->set = bf_rule_set_new (play->catalog, problems);
  bf_rule_set_set_zones (play->set, play->zones);
  bf_rule_set_add_text (play->set, "play.rules", play->rules->str, play->rules->len, problems);
  bf_rule_set_link (play->set, TRUE, problems);
  bf_rule_set_finish (play->set);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_string_append_printf (said, "%s\n", text);
    }
  g_assert_cmpstr (said->str, ==, play->problems->str);
  play->model = bf_model_new (play->catalog);
  begin_evaluator (play);
}

static void
run_until (Play *play, gint64 until_us)
{
  gint64 next_us;

  while ((next_us = bf_evaluator_next_us (play->evaluator)) != BF_TIME_NONE && next_us < until_us)
    {
      play->now_us = MAX (next_us, play->now_us);
      bf_evaluator_run (play->evaluator, play->now_us);
    }
}

/* "asset ID KIND [parent ID] [zone N] [at LON LAT] [key:value]" */
static void
put_asset (Play *play, char **words)
{
  BfAssetInfo info = { .id = words[1], .name = words[1], .kind = bf_catalog_find_kind (play->catalog, words[2])->index,
                       .point = { NAN, NAN } };
  g_autoptr (GByteArray) attributes = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  guint64 zone = G_MAXUINT16;
  guint32 asset;

  for (guint i = 3; words[i] != NULL; i++)
    {
      char *colon = strchr (words[i], ':');

      if (strcmp (words[i], "parent") == 0)
        info.parent = words[++i];
      else if (strcmp (words[i], "zone") == 0)
        zone = g_ascii_strtoull (words[++i], NULL, 10);
      else if (strcmp (words[i], "at") == 0)
        {
          info.point = (BfPoint){ g_ascii_strtod (words[i + 1], NULL), g_ascii_strtod (words[i + 2], NULL) };
          i += 2;
        }
      else if (colon != NULL)
        {
          *colon = '\0';
          g_byte_array_append (attributes, (const guint8 *) words[i], strlen (words[i]) + 1);
          g_byte_array_append (attributes, (const guint8 *) colon + 1, strlen (colon + 1) + 1);
        }
    }
  g_byte_array_append (attributes, (const guint8 *) "", 1);
  info.attributes = attributes->len > 1 ? (const char *) attributes->data : NULL;
  asset = bf_model_put_asset (play->model, &info, 0, NULL, &error);
  g_assert_no_error (error);
  if (zone != G_MAXUINT16)
    bf_model_set_zone (play->model, asset, (guint16) zone);
  bf_evaluator_add_asset (play->evaluator, asset, MAX (play->now_us, T0));
}

static void
observe (Play *play, const char *id, char *value, gint64 at_us)
{
  guint32 asset = bf_model_find_asset (play->model, id);
  char *equals = strchr (value, '=');
  const BfProperty *property;
  double number;
  gint64 observed_us = at_us;
  char *late;

  if (asset == BF_NO_ASSET || equals == NULL)
    g_error ("%s: no such asset, or no value", play->where);
  *equals++ = '\0';
  late = strchr (equals, '@'); /* "value@minute": when it was true */
  if (late != NULL)
    {
      *late = '\0';
      observed_us = T0 + g_ascii_strtoll (late + 1, NULL, 10) * MINUTE_US;
    }
  property = bf_catalog_property (play->catalog, bf_test_property (play->catalog, bf_catalog_service (play->catalog, bf_model_asset_kind (play->model, asset)->service)->id, value));
  number = property->type == BF_PROPERTY_STATE ? bf_property_find_value (property, equals, strlen (equals)) : g_ascii_strtod (equals, NULL);
  bf_evaluator_observe (play->evaluator, asset, property->index, number, observed_us, at_us, 0, 0);
}

typedef struct
{
  char *rule;
  char *asset;
  BfRuleState state;
  gint64 counted_us[100];
} Saved;

static void
save_cb (const BfRuleState *state, gpointer user_data)
{
  Saved *saved = g_new0 (Saved, 1);

  saved->rule = g_strdup (state->rule_id);
  saved->state = *state;
  if (state->n_counted > 0)
    memcpy (saved->counted_us, state->counted_us, state->n_counted * sizeof (gint64));
  g_ptr_array_add (user_data, saved);
}

/* The model goes on, as it is read back out of the store. */
static void
restart (Play *play)
{
  g_autoptr (GPtrArray) saved = g_ptr_array_new_with_free_func (g_free);
  BfSeriesSaver *saver = bf_series_saver_new (play->evaluator);
  g_autoptr (GBytes) series = NULL;

  bf_evaluator_foreach_state (play->evaluator, save_cb, saved);
  while (bf_series_saver_step (saver, 1))
    ;
  series = bf_series_saver_end (saver);
  bf_evaluator_free (play->evaluator);
  begin_evaluator (play);
  bf_evaluator_load_series (play->evaluator, series, play->now_us);
  for (guint32 asset = 0; asset < bf_model_n_assets (play->model); asset++)
    bf_evaluator_add_asset (play->evaluator, asset, play->now_us);
  for (guint i = 0; i < saved->len; i++)
    {
      Saved *one = g_ptr_array_index (saved, i);
      BfRuleState alert = { .rule_id = one->rule, .asset = one->state.asset, .raised = TRUE, .met = TRUE, .pending_since_us = BF_TIME_NONE };

      if (one->state.raised) /* the book's own memory comes first */
        bf_evaluator_restore (play->evaluator, &alert);
      one->state.rule_id = one->rule;
      one->state.counted_us = one->counted_us;
      bf_evaluator_restore (play->evaluator, &one->state);
      g_free (one->rule);
    }
  bf_evaluator_run (play->evaluator, play->now_us);
}

/* "minute [asset property=value …]…" */
static void
play_minute (Play *play, char **words)
{
  gint64 at_us = T0 + g_ascii_strtoll (words[0], NULL, 10) * MINUTE_US;
  const char *asset = NULL;

  run_until (play, at_us);
  play->now_us = at_us;
  for (guint i = 1; words[i] != NULL; i++)
    if (strchr (words[i], '=') != NULL)
      observe (play, asset, words[i], at_us);
    else
      asset = words[i];
  bf_evaluator_run (play->evaluator, at_us);
}

static void
play_line (Play *play, char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  if (g_str_has_prefix (line, "| "))
    g_string_append_printf (play->rules, "%s\n", line + 2);
  else if (g_str_has_prefix (line, "! "))
    g_string_append_printf (play->problems, "%s\n", line + 2);
  else if (g_str_has_prefix (line, "= "))
    g_string_append_printf (play->expected, "%s\n", line + 2);
  else
    {
      load_rules (play);
      if (strcmp (words[0], "asset") == 0)
        put_asset (play, words);
      else if (strcmp (words[0], "restart") == 0)
        restart (play);
      else if (g_ascii_isdigit (words[0][0]))
        play_minute (play, words);
      else if (strcmp (words[0], "load") != 0)
        g_error ("%s: no line of a play", play->where);
    }
}

static void
play_end (Play *play)
{
  if (play->set == NULL)
    return;
  if (strcmp (play->heard->str, play->expected->str) != 0)
    {
      g_test_message ("the play before %s gave:\n%s", play->where, play->heard->str);
      g_test_fail ();
    }
  g_clear_pointer (&play->evaluator, bf_evaluator_free);
  g_clear_pointer (&play->model, bf_model_free);
  g_clear_pointer (&play->set, bf_rule_set_free);
  g_string_truncate (play->rules, 0);
  g_string_truncate (play->problems, 0);
  g_string_truncate (play->expected, 0);
  g_string_truncate (play->heard, 0);
  play->now_us = 0;
}

static void
test_plays (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "tests", "cases", "rules", "plays.txt", NULL);
  g_autoptr (BfCatalog) catalog = bf_test_catalog ();
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Paris");
  g_autoptr (BfZones) zones = load_zones ();
  g_autoptr (GString) rules = g_string_new (NULL), problems = g_string_new (NULL);
  g_autoptr (GString) expected = g_string_new (NULL), heard = g_string_new (NULL);
  Play play = { .catalog = catalog, .zone = zone, .zones = zones, .rules = rules, .problems = problems, .expected = expected, .heard = heard };
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *where = g_strdup_printf ("plays.txt:%u: %s", i + 1, lines[i]);

      play.where = where;
      if (lines[i][0] == '#' || lines[i][0] == '\0')
        continue;
      if (!g_str_has_prefix (lines[i], "play "))
        {
          play_line (&play, lines[i]);
          continue;
        }
      play_end (&play);
      n++;
    }
  play.where = "the end";
  play_end (&play);
  g_assert_cmpuint (n, >, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rules/plays", test_plays);
  return g_test_run ();
}
