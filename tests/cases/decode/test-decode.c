/* SPDX-License-Identifier: EUPL-1.2 */
/* Real captures through their feed files, with the catalogue of the plugins and their default maps: how many assets and
 * observations each gives, and every reason for which something is refused, against the table in cases.conf of BF_CASES_DIR.
 * With --print, prints what is seen in the table's own form. */

#include "../../unit/formats/bf-decode-fixture.h"

#include <stdio.h>

static BfCatalog *catalog;
static gboolean print;

static char *
case_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, BF_CASES_DIR, name, NULL);
}

/* "12 free_spaces: -3 is outside…" -> "free_spaces: # is outside…": quoted texts and numbers are the record's own. */
static char *
reason_of (const char *refusal)
{
  GString *text = g_string_new (NULL);
  const char *p = strchr (refusal, ' ') + 1;

  while (*p != '\0')
    {
      if (g_str_has_prefix (p, "“"))
        {
          const char *end = strstr (p, "”");

          g_string_append (text, "“…”");
          p = end != NULL ? end + strlen ("”") : p + strlen (p);
        }
      else if (g_ascii_isdigit (*p) || (*p == '-' && g_ascii_isdigit (p[1])))
        {
          g_string_append_c (text, '#');
          for (p++; g_ascii_isdigit (*p) || (*p == '.' && g_ascii_isdigit (p[1])); p++)
            ;
        }
      else
        g_string_append_c (text, *p++);
    }
  return g_string_free (text, FALSE);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* "2 × free_spaces: …" a line, sorted. */
static char *
sum_refusals (Decode *decode)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer reason, count;

  for (guint i = 0; i < decode->refusals->len; i++)
    {
      char *key = reason_of (g_ptr_array_index (decode->refusals, i));
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, key)) + 1;

      g_hash_table_replace (counts, key, GUINT_TO_POINTER (n));
    }
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &reason, &count))
    g_ptr_array_add (lines, g_strdup_printf ("%u × %s", GPOINTER_TO_UINT (count), (const char *) reason));
  g_ptr_array_sort (lines, compare_texts);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv (" | ", (char **) lines->pdata);
}

static guint
count_property (Decode *decode, guint16 property, gboolean ahead)
{
  guint n = 0;

  for (guint i = 0; i < decode->observations->len; i++)
    {
      const BfObservation *o = &g_array_index (decode->observations, BfObservation, i);

      n += o->property == property && bf_record_is_ahead (o->record) == ahead;
    }
  return n;
}

/* "39 free_spaces, 76 capacity" in the order of the manifest; of what is, or of what is told ahead. */
static char *
sum_observations (Decode *decode, gboolean ahead)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < bf_catalog_n_properties (catalog); i++)
    {
      guint n = count_property (decode, (guint16) i, ahead);

      if (n > 0)
        g_string_append_printf (text, "%s%u %s", text->len > 0 ? ", " : "", n, bf_catalog_property (catalog, i)->id);
    }
  return g_string_free (text, FALSE);
}

static guint
count_placed (Decode *decode)
{
  guint n = 0;

  for (guint i = 0; i < decode->assets->len; i++)
    n += bf_point_is_valid (g_array_index (decode->assets, SeenAsset, i).point);
  return n;
}

/* "3 lines of 47 vertices, 1 area of 9": of all that are more than a point. */
static char *
sum_shapes (Decode *decode)
{
  guint n[3] = { 0 }, vertices[3] = { 0 };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < decode->assets->len; i++)
    {
      const BfShape *shape = g_array_index (decode->assets, SeenAsset, i).shape;

      if (shape == NULL)
        continue;
      n[shape->type]++;
      vertices[shape->type] += bf_shape_n_points (shape);
    }
  if (n[BF_SHAPE_LINES] > 0)
    g_string_append_printf (text, "%u lines of %u vertices", n[BF_SHAPE_LINES], vertices[BF_SHAPE_LINES]);
  if (n[BF_SHAPE_AREAS] > 0)
    g_string_append_printf (text, "%s%u areas of %u vertices", text->len > 0 ? ", " : "", n[BF_SHAPE_AREAS], vertices[BF_SHAPE_AREAS]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
expect (const BfConfGroup *group, const char *key, const char *found)
{
  const char *expected = bf_conf_group_get (group, key);

  if (print)
    {
      if (found[0] != '\0')
        printf ("%s=%s\n", key, found);
      return;
    }
  g_assert_cmpstr (found, ==, expected != NULL ? expected : "");
}

/* Observed=: the first and the last time of measurement, of cases where the payload's own time is the question. */
static void
check_times (Decode *decode, const BfConfGroup *group)
{
  gint64 first = G_MAXINT64, last = G_MININT64;
  char from[BF_TIME_TEXT_BYTES], to[BF_TIME_TEXT_BYTES];
  g_autofree char *found = NULL;

  if (bf_conf_group_get (group, "Observed") == NULL)
    return;
  for (guint i = 0; i < decode->observations->len; i++)
    {
      gint64 time_us = g_array_index (decode->observations, BfObservation, i).observed_us;

      first = MIN (first, time_us);
      last = MAX (last, time_us);
    }
  found = g_strdup_printf ("%s to %s", bf_time_format (first, from), bf_time_format (last, to));
  expect (group, "Observed", found);
}

static void
check_place (Decode *decode, const BfConfGroup *group)
{
  const char *text = bf_conf_group_get (group, "Within");
  g_autoptr (GError) error = NULL;
  BfBox box;

  g_assert_nonnull (text);
  bf_box_parse (text, &box, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < decode->assets->len; i++)
    {
      const SeenAsset *asset = &g_array_index (decode->assets, SeenAsset, i);

      if (bf_point_is_valid (asset->point) && !bf_box_contains (&box, asset->point))
        g_error ("%s lies at %f, %f, outside of %s", asset->id, asset->point.lon, asset->point.lat, text);
      if (asset->shape != NULL)
        {
          BfBox extent = bf_shape_box (asset->shape);

          g_assert_true (bf_box_contains (&box, (BfPoint){ extent.west, extent.south })
                         && bf_box_contains (&box, (BfPoint){ extent.east, extent.north }));
        }
    }
}

/* A payload that is refused as a whole. */
static void
expect_error (const BfConfGroup *group, const GError *error)
{
  if (print)
    printf ("[Case %s]\nCapture=%s\nFeed=%s\nNow=%s\nWithin=%s\n", group->name, bf_conf_group_get (group, "Capture"),
            bf_conf_group_get (group, "Feed"), bf_conf_group_get (group, "Now"), bf_conf_group_get (group, "Within"));
  expect (group, "Error", error->message);
}

static void
run_case (const BfConfGroup *group, const char *captures)
{
  g_autofree char *feed_path = case_path (bf_conf_group_get (group, "Feed"));
  g_autofree char *capture = g_build_filename (captures, bf_conf_group_get (group, "Capture"), NULL);
  g_autofree char *feed = NULL, *bytes = NULL, *observations = NULL, *later = NULL, *refusals = NULL, *figures = NULL, *shapes = NULL;
  const char *now = bf_conf_group_get (group, "Now");
  g_autoptr (Decode) decode = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;
  gint64 now_us;

  g_file_get_contents (feed_path, &feed, NULL, &error);
  g_assert_no_error (error);
  g_file_get_contents (capture, &bytes, &length, &error);
  g_assert_no_error (error);
  g_assert_true (bf_time_parse_rfc3339 (now, strlen (now), NULL, &now_us));
  decode = decode_new (catalog, feed_path, feed);
  if (!decode_run (decode, bytes, length, now_us, &error))
    {
      expect_error (group, error);
      return;
    }
  observations = sum_observations (decode, FALSE);
  later = sum_observations (decode, TRUE);
  refusals = sum_refusals (decode);
  shapes = sum_shapes (decode);
  figures = g_strdup_printf ("%" G_GUINT64_FORMAT " records, %u assets, %u placed", bf_sink_counts (decode->sink)->n_records,
                             decode->assets->len, count_placed (decode));
  if (print)
    printf ("[Case %s]\nCapture=%s\nFeed=%s\nNow=%s\nWithin=%s\n", group->name, bf_conf_group_get (group, "Capture"),
             bf_conf_group_get (group, "Feed"), now, bf_conf_group_get (group, "Within"));
  expect (group, "Gives", figures);
  expect (group, "Shapes", shapes);
  expect (group, "Observations", observations);
  check_times (decode, group);
  expect (group, "Ahead", later);
  expect (group, "Refused", refusals);
  g_assert_cmpuint (bf_sink_counts (decode->sink)->n_observations, ==, decode->observations->len);
  g_assert_cmpuint (bf_sink_counts (decode->sink)->n_refused, ==, decode->refusals->len);
  check_place (decode, group);

  /* The same once more: the same observations and nothing new to announce. */
  guint n_announced = decode->n_announced, n_observations = decode->observations->len;

  decode_run (decode, bytes, length, now_us, &error);
  g_assert_no_error (error);
  if (bf_conf_group_get (group, "Moves") == NULL) /* a tracker is where it was first again */
    g_assert_cmpuint (decode->n_announced, ==, n_announced);
  g_assert_cmpuint (decode->observations->len, ==, n_observations);
}

static void
test_case (gconstpointer data)
{
  const BfConfGroup *group = data;
  g_autofree char *captures = captures_dir ();

  if (captures == NULL)
    {
      g_test_skip ("the captured payloads are not here (BEFFROI_CAPTURES)");
      return;
    }
  run_case (group, captures);
}

static BfCatalog *
plugins_catalog (void)
{
  g_autofree char *plugins = g_test_build_filename (G_TEST_DIST, "plugins", NULL);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  BfCatalog *all = bf_catalog_new ();

  bf_catalog_add_plugin_dirs (all, plugins, problems, &error);
  g_assert_no_error (error);
  fail_on_problems (problems);
  return all;
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL;
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BfConf) conf = NULL;
  int status;

  print = argc > 1 && g_str_equal (argv[1], "--print");
  if (print)
    argc = 1;
  g_test_init (&argc, &argv, NULL);
  catalog = plugins_catalog ();
  path = case_path ("cases.conf");
  conf = bf_conf_load (path, problems, &error);
  g_assert_no_error (error);
  fail_on_problems (problems);
  for (guint i = 0; i < conf->groups->len; i++)
    {
      const BfConfGroup *group = g_ptr_array_index (conf->groups, i);
      g_autofree char *name = g_strdup_printf ("/cases/decode/%s", group->name);

      if (print)
        test_case (group);
      else
        g_test_add_data_func (name, group, test_case);
      if (print)
        printf ("\n");
    }
  status = print ? 0 : g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
