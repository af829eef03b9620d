/* SPDX-License-Identifier: EUPL-1.2 */
/* Default maps: which lines make a mapping, what a feed changes of them, types, and records written by formats that are no
 * JSON. The plugin is a folder that the test makes: the parking manifest with maps of the test's own. */

#include "bf-decode-fixture.h"

#include <glib/gstdio.h>

#include "formats/bf-format-private.h"

#define NOW_US (G_GINT64_CONSTANT (1714818600) * G_USEC_PER_SEC)

typedef struct
{
  char *dir;
  BfCatalog *catalog;
} Plugin;

static void
plugin_write (Plugin *plugin, const char *format, const char *text)
{
  g_autofree char *path = g_strdup_printf ("%s/maps/%s.map", plugin->dir, format);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
plugin_set_up (Plugin *plugin, gconstpointer data)
{
  g_autofree char *source = g_test_build_filename (G_TEST_DIST, "plugins/parking/parking.service", NULL);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL, *manifest = NULL, *maps = NULL;

  plugin->dir = g_dir_make_tmp ("bf-maps-XXXXXX", &error);
  g_assert_no_error (error);
  manifest = g_build_filename (plugin->dir, "parking.service", NULL);
  maps = g_build_filename (plugin->dir, "maps", NULL);
  g_assert_true (g_file_get_contents (source, &text, NULL, &error));
  g_assert_true (g_file_set_contents (manifest, text, -1, &error));
  g_assert_cmpint (g_mkdir (maps, 0700), ==, 0);
  plugin->catalog = bf_catalog_new ();
  bf_catalog_add_manifest (plugin->catalog, manifest, problems, &error);
  g_assert_no_error (error);
  fail_on_problems (problems);
}

static void
remove_all (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      remove_all (inner);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

static void
plugin_tear_down (Plugin *plugin, gconstpointer data)
{
  remove_all (plugin->dir);
  bf_catalog_free (plugin->catalog);
  g_free (plugin->dir);
}

static Decode *
decode_text (Plugin *plugin, const char *feed, const char *payload)
{
  Decode *decode = decode_new (plugin->catalog, "test.feed", feed);
  g_autoptr (GError) error = NULL;

  decode_run (decode, payload, strlen (payload), NOW_US, &error);
  g_assert_no_error (error);
  return decode;
}

static double
value_of (Decode *decode, const char *id, const char *property)
{
  const BfObservation *o = decode_find (decode, id, property);

  return o != NULL ? o->value : NAN;
}

#define FEED "[Feed]\nService=parking\nFormat=json\n"
#define PAYLOAD "[{\"key\":\"A\",\"nom\":\"Gare\",\"free\":4,\"libres\":5,\"max\":10,\"pos\":[48.1,-1.6],\"la\":47,\"lo\":2,\"e\":\"F\"}]"

static void
test_layers (Plugin *plugin, gconstpointer data)
{
  g_autoptr (Decode) plain = NULL;
  g_autoptr (Decode) changed = NULL;

  plugin_write (plugin, "json",
                "[Map]\nid=key\nname=nom\nkind='off_street'\nlocation=pos\nfree_spaces=free\ncapacity=max\nstate=e\n"
                "state.table=F:closed, *:unknown\n");
  plain = decode_text (plugin, FEED, PAYLOAD);
  g_assert_cmpfloat (value_of (plain, "A", "free_spaces"), ==, 4);
  g_assert_cmpfloat (value_of (plain, "A", "capacity"), ==, 10);
  g_assert_cmpfloat (value_of (plain, "A", "state"), ==, 1);
  g_assert_cmpfloat (decode_find_asset (plain, "A")->point.lat, ==, 48.1);
  /* Another name for one, another place, one taken away with what is said of it, another kind by [Feed]. */
  changed = decode_text (plugin, FEED "Kind=park_and_ride\n[Map]\nfree_spaces=libres\nlat=la\nlon=lo\nstate=\n", PAYLOAD);
  g_assert_cmpfloat (value_of (changed, "A", "free_spaces"), ==, 5);
  g_assert_cmpfloat (value_of (changed, "A", "capacity"), ==, 10);
  g_assert_true (isnan (value_of (changed, "A", "state")));
  g_assert_cmpfloat (decode_find_asset (changed, "A")->point.lat, ==, 47);
  g_assert_cmpstr (decode_find_asset (changed, "A")->name, ==, "Gare");
  g_assert_cmpuint (decode_find_asset (changed, "A")->kind, !=, decode_find_asset (plain, "A")->kind);
}

/* As a format whose records have types does. */
static void
apply_all (Decode *decode, const char *payload)
{
  g_autoptr (GError) error = NULL;
  BfJsonNode root, record;
  BfJsonIter iter;
  guint32 number = 0;

  bf_sink_begin (decode->sink, NOW_US, BF_TIME_NONE);
  bf_json_doc_parse (decode->doc, payload, strlen (payload), &root, &error);
  g_assert_no_error (error);
  bf_mapping_begin (decode->mapping, root, NULL, &error);
  g_assert_no_error (error);
  bf_json_iter_init (&iter, root);
  while (bf_json_iter_next (&iter, NULL, NULL, &record))
    {
      BfMapInput input = { .type = bf_json_member_string (record, "type", NULL),
                           .fields = record,
                           .observed_us = bf_json_member_time (record, "at") };

      bf_mapping_apply (decode->mapping, decode->sink, number++, &input);
    }
}

static void
test_types (Plugin *plugin, gconstpointer data)
{
  static const char payload[] = "[{\"type\":\"Garage\",\"id\":\"1\",\"n\":3},{\"type\":\"Place\",\"id\":\"2\",\"s\":\"x\",\"n\":9},"
                                "{\"type\":\"Parc\",\"id\":\"3\",\"n\":4},{\"type\":\"Tram\",\"id\":\"4\"},{\"id\":\"5\"},"
                                "{\"type\":\"Velo\",\"id\":\"6\",\"n\":7}]";
  g_autoptr (Decode) decode = NULL;

  plugin_write (plugin, "json",
                "[Map]\nid=id\nfree_spaces=n\n[Map Garage, Parc]\nkind='off_street'\n[Map Place]\nkind='bay'\npresence=s\n"
                "presence.table=x:occupied\n");
  decode = decode_new (plugin->catalog, "test.feed", FEED "[Map Velo]\nkind='park_and_ride'\n[Map Garage]\nfree_spaces.offset=10\n");
  g_assert_true (bf_mapping_knows (decode->mapping, "Velo"));
  g_assert_false (bf_mapping_knows (decode->mapping, "Tram"));
  apply_all (decode, payload);
  g_assert_cmpfloat (value_of (decode, "1", "free_spaces"), ==, 13);
  g_assert_cmpfloat (value_of (decode, "2", "presence"), ==, 1);
  g_assert_true (isnan (value_of (decode, "2", "free_spaces")));
  g_assert_cmpfloat (value_of (decode, "3", "free_spaces"), ==, 4);
  g_assert_cmpfloat (value_of (decode, "6", "free_spaces"), ==, 7);
  g_assert_cmpuint (decode->refusals->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (decode->refusals, 0), ==, "3 type Tram is not known to service parking: write a [Map Tram]");
  g_assert_cmpstr (g_ptr_array_index (decode->refusals, 1), ==,
                   "4 the record has no type, and the maps of the service parking are for types");
  g_assert_cmpuint (bf_sink_counts (decode->sink)->n_records, ==, 6);
}

/* A map that needs the payload's time is off for a payload without it; the others are not. */
static void
test_payload_stamp (Plugin *plugin, gconstpointer data)
{
  g_autoptr (Decode) decode = NULL;

  plugin_write (plugin, "json",
                "[Map]\nid=id\nfree_spaces=n\n[Map A]\nkind='off_street'\n[Map B]\nkind='off_street'\npayload.observed=at\n");
  decode = decode_new (plugin->catalog, "test.feed", FEED);
  apply_all (decode, "[{\"type\":\"A\",\"id\":\"1\",\"n\":3},{\"type\":\"B\",\"id\":\"2\",\"n\":4}]");
  g_assert_cmpuint (decode->observations->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (decode->refusals, 0), ==, "1 the payload has no at, which payload.observed= names");
}

/* Each map that is wrong, and what is said of it, with the .map's own line. */
static const struct
{
  const char *map;
  const char *feed;
  const char *problem;
} wrong[] = {
  { "[Map]\nid=id\nfree=x\n", "", "maps/json.map:3: “free” is no property of the service parking" },
  { "[Map A]\nid=id\n[Map B, A]\nid=id\n", "", "maps/json.map:3: the type A has a map in line 1 already" },
  { "[Map A,]\nid=id\n", "", "maps/json.map:1: expected [Map TYPE] or [Map TYPE, TYPE…], found “A,”" },
  { "[Mape]\nid=id\n", "", "maps/json.map:1: unknown group [Mape]" },
  { "[Map]\nid=id\nid=key\n", "", "maps/json.map:3: this key stands twice" },
  { "[Map]\nid=id\n", "[Map]\nfree=x\n", "test.feed:5: “free” is no property" },
  { "[Map]\nkind='tree'\n", "", "maps/json.map:2: the service parking has no kind “tree”" },
  { "[Map A]\nkind='bay'\nfree_spaces=n\n", "", "maps/json.map:3: an asset of kind parking.bay has no property free_spaces" },
  { "[Map]\nfree_spaces=n\n[Map A]\nkind='bay'\n", "", "maps/json.map:2: no type's kind of asset has the property free_spaces" },
  { "[Map A]\nkind='bay'\n", "[Map]\nfree_spaces=n\n", "test.feed:5: no type's kind of asset has the property free_spaces" },
  { "[Map A]\nid=id\n", "[Map]\nlat=la\n", "lat= and lon=, x= and y= go together" },
  { "[Map A]\nid=id\nx=x\ny=y\n", "", "maps/json.map:3: x= and y= need Crs=" },
};

static void
test_wrong_maps (Plugin *plugin, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autofree char *feed = g_strconcat (FEED, wrong[i].feed, NULL);
      g_autoptr (Decode) decode = NULL;
      g_autofree char *said = NULL;

      plugin_write (plugin, "json", wrong[i].map);
      decode = decode_try_new (plugin->catalog, "test.feed", feed, problems);
      g_assert_null (decode);
      g_assert_cmpuint (problems->len, >=, 1);
      said = bf_problem_to_string (g_ptr_array_index (problems, 0));
      if (strstr (said, wrong[i].problem) == NULL)
        g_error ("“%s” does not hold “%s”", said, wrong[i].problem);
    }
}

static void
test_default_path (Plugin *plugin, gconstpointer data)
{
  const BfService *service = bf_catalog_service (plugin->catalog, 0);
  g_autofree char *expected = g_build_filename (plugin->dir, "maps", "ngsi-x.map", NULL);
  g_autofree char *path = bf_mapping_default_path (service, "ngsi-x");

  g_assert_cmpstr (path, ==, expected);
  g_assert_null (bf_mapping_default_path (service, "../parking"));
  g_assert_null (bf_mapping_default_path (service, ""));
  g_assert_null (bf_mapping_default_path (service, NULL));
}

static gboolean
write_records (Decode *decode, guint n, GError **error)
{
  g_auto (BfRecords) records = { 0 };
  BfJsonOut *out;

  bf_records_init (&records, decode->mapping, decode->doc, decode->sink);
  out = bf_records_begin_payload (&records);
  bf_json_out_string (out, "at", "2024-05-04T10:00:00Z");
  if (!bf_records_end_payload (&records, NULL, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);

      out = bf_records_begin (&records, i % 2 ? "A" : "B", id, i == 1 ? NOW_US - 7 * G_USEC_PER_SEC : BF_TIME_NONE);
      bf_json_out_int (out, "n", i % 1000);
      bf_json_out_raw (out, "@geometry", "{\"type\":\"Point\",\"coordinates\":[-1.6,48.1]}");
      if (!bf_records_end (&records, error))
        return FALSE;
    }
  return bf_records_finish (&records, error);
}

/* More than one chunk: ids, places, times and numbers of the records are right across them. */
static void
test_records (Plugin *plugin, gconstpointer data)
{
  const guint n = 250000; /* 100 bytes each: 25 MB */
  g_autoptr (Decode) decode = NULL;
  g_autoptr (GError) error = NULL;

  plugin_write (plugin, "json", "[Map A]\nkind='off_street'\npayload.observed=at\nfree_spaces=n\n");
  decode = decode_new (plugin->catalog, "test.feed", FEED);
  bf_sink_begin (decode->sink, NOW_US, BF_TIME_NONE);
  g_assert_true (write_records (decode, n, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (bf_sink_counts (decode->sink)->n_records, ==, n);
  g_assert_cmpuint (decode->observations->len, ==, n / 2);
  g_assert_cmpuint (decode->refusals->len, ==, n / 2);
  g_assert_cmpstr (g_ptr_array_index (decode->refusals, 1), ==, "2 type B is not known to service parking: write a [Map B]");
  g_assert_cmpint (decode_find (decode, "1", "free_spaces")->observed_us, ==, NOW_US - 7 * G_USEC_PER_SEC);
  g_assert_cmpint (decode_find (decode, "3", "free_spaces")->observed_us, ==, NOW_US - 30 * 60 * G_USEC_PER_SEC);
  g_assert_cmpfloat (g_array_index (decode->assets, SeenAsset, n / 2 - 1).point.lat, ==, 48.1);
  g_assert_cmpuint (g_array_index (decode->observations, BfObservation, n / 2 - 1).record, ==, n - 1);
}

static void
test_records_limit (Plugin *plugin, gconstpointer data)
{
  g_auto (BfRecords) records = { 0 };
  g_autoptr (Decode) decode = NULL;
  g_autoptr (GError) error = NULL;

  plugin_write (plugin, "json", "[Map]\nfree_spaces=n\nkind='off_street'\n");
  decode = decode_new (plugin->catalog, "test.feed", FEED);
  bf_records_init (&records, decode->mapping, decode->doc, decode->sink);
  records.n_records = BF_LIMIT_RECORDS - 1;
  bf_records_begin (&records, NULL, "a", BF_TIME_NONE);
  g_assert_true (bf_records_end (&records, &error));
  g_assert_no_error (error);
  bf_records_begin (&records, NULL, "b", BF_TIME_NONE);
  g_assert_false (bf_records_end (&records, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_LIMIT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/formats/maps/" name, Plugin, NULL, plugin_set_up, test, plugin_tear_down)
  ADD ("layers", test_layers);
  ADD ("types", test_types);
  ADD ("payload-stamp", test_payload_stamp);
  ADD ("wrong", test_wrong_maps);
  ADD ("default-path", test_default_path);
  ADD ("records", test_records);
  ADD ("records-limit", test_records_limit);
#undef ADD
  return g_test_run ();
}
