/* SPDX-License-Identifier: EUPL-1.2 */
/* Mapping, sink and the OpenDataSoft and JSON decoders: what each line of [Map] does, what is refused and in which words. */

#include "bf-decode-fixture.h"

static BfCatalog *catalog;

#define NOW_US (G_GINT64_CONSTANT (1714818600) * G_USEC_PER_SEC) /* 2024-05-04T10:30:00Z */
#define FEED(format) "[Feed]\nService=parking\nFormat=" format "\nKind=off_street\nUrl=https://example.org\nEvery=60s\n"

/* Decodes with that [Map]; the payload must be taken. */
static Decode *
run (const char *head, const char *map, const char *payload)
{
  g_autofree char *text = g_strdup_printf ("%s[Map]\n%s", head, map);
  Decode *decode = decode_new (catalog, "test.feed", text);
  g_autoptr (GError) error = NULL;

  decode_run (decode, payload, strlen (payload), NOW_US, &error);
  g_assert_no_error (error);
  return decode;
}

static void
expect_value (Decode *decode, const char *id, const char *property, double value)
{
  const BfObservation *o = decode_find (decode, id, property);

  g_assert_nonnull (o);
  g_assert_cmpfloat_with_epsilon (o->value, value, 1e-9);
}

static void
expect_stamp (Decode *decode, const char *id, const char *property, const char *stamp)
{
  const BfObservation *o = decode_find (decode, id, property);
  char buffer[BF_TIME_TEXT_BYTES];

  g_assert_nonnull (o);
  g_assert_cmpstr (bf_time_format (o->observed_us, buffer), ==, stamp);
}

static void
expect_refusal (Decode *decode, guint i, const char *text)
{
  g_assert_cmpuint (i, <, decode->refusals->len);
  g_assert_cmpstr (g_ptr_array_index (decode->refusals, i), ==, text);
}

static void
test_values (void)
{
  g_autoptr (Decode) d = run (FEED ("json"),
                              "id=id\nname=a.b|title|'no name'\naddress=where[1]\nfree_spaces=free\nfree_spaces.none=-1, nodata\n"
                              "capacity=max\ncapacity.scale=10\ncapacity.offset=5\noccupied_spaces=taken\noccupied_spaces.null=0\n"
                              "attribute.note=note\nattribute.level=level\n",
                              "[{\"id\":1,\"a\":{\"b\":\"Gare\"},\"where\":[0,\"2 rue\"],\"free\":\"12\",\"max\":4,\"note\":\"x\",\"level\":2},"
                              "{\"id\":\"B\",\"a.b\":\"Whole\",\"free\":-1,\"max\":\"1,5\"},"
                              "{\"id\":\"C\",\"title\":\"T\",\"free\":\"nodata\",\"taken\":7},"
                              "{\"id\":\"D\",\"free\":null,\"max\":\"  \"},"
                              "{\"id\":\"E\",\"free\":\"beaucoup\",\"max\":{}}]");

  expect_value (d, "1", "free_spaces", 12);
  expect_value (d, "1", "capacity", 45);
  expect_value (d, "B", "capacity", 20);
  expect_value (d, "C", "occupied_spaces", 7);
  expect_value (d, "D", "occupied_spaces", 0);
  g_assert_null (decode_find (d, "B", "free_spaces"));
  g_assert_null (decode_find (d, "C", "free_spaces"));
  g_assert_null (decode_find (d, "D", "capacity"));
  g_assert_cmpstr (decode_find_asset (d, "1")->name, ==, "Gare");
  g_assert_cmpstr (decode_find_asset (d, "1")->address, ==, "2 rue");
  g_assert_cmpstr (decode_find_asset (d, "1")->attributes, ==, "note=x; level=2");
  g_assert_cmpstr (decode_find_asset (d, "B")->name, ==, "Whole");
  g_assert_cmpstr (decode_find_asset (d, "C")->name, ==, "T");
  g_assert_cmpstr (decode_find_asset (d, "D")->name, ==, "no name");
  g_assert_cmpuint (d->refusals->len, ==, 2);
  expect_refusal (d, 0, "4 free_spaces: expected a number (free), found “beaucoup”");
  expect_refusal (d, 1, "4 capacity: expected a number (max), found an object");
}

static void
test_states (void)
{
  g_autoptr (Decode) d = run (FEED ("json"),
                              "id=id\nstate=s\nstate.table=OUVERT:open, 'a,b:c':closed, 3:full, true:open, false:closed\nstate.null=unknown\n",
                              "[{\"id\":\"1\",\"s\":\"OUVERT\"},{\"id\":\"2\",\"s\":\"a,b:c\"},{\"id\":\"3\",\"s\":3},{\"id\":\"4\",\"s\":true},"
                              "{\"id\":\"5\",\"s\":null},{\"id\":\"6\"},{\"id\":\"7\",\"s\":\"Neutralisé\"}]");
  g_autoptr (Decode) others = run (FEED ("json"), "id=id\nstate=s\nstate.table=*:unknown, O:open\n", "[{\"id\":\"1\",\"s\":\"z\"},{\"id\":\"2\",\"s\":\"O\"}]");
  g_autoptr (Decode) plain = run (FEED ("json"), "id=id\nstate=s\n", "[{\"id\":\"1\",\"s\":\"full\"},{\"id\":\"2\",\"s\":\"voll\"}]");

  expect_value (d, "1", "state", 0);
  expect_value (d, "2", "state", 1);
  expect_value (d, "3", "state", 2);
  expect_value (d, "4", "state", 0);
  expect_value (d, "5", "state", 3);
  expect_value (d, "6", "state", 3);
  g_assert_cmpuint (d->refusals->len, ==, 1);
  expect_refusal (d, 0, "6 state: “Neutralisé” is not in its table (OUVERT, a,b:c, 3, true, false)");
  expect_value (others, "1", "state", 3);
  expect_value (others, "2", "state", 0);
  expect_value (plain, "1", "state", 2);
  expect_refusal (plain, 0, "1 state: “voll” is not one of its values (open, closed, full, unknown)");
}

static void
test_places (void)
{
  g_autoptr (Decode) d = run (FEED ("json"), "id=id\nlocation=l\n",
                              "[{\"id\":\"1\",\"l\":{\"lon\":-1.5,\"lat\":48}},{\"id\":\"2\",\"l\":[48,-1.5]},{\"id\":\"3\",\"l\":\"48, -1.5\"},"
                              "{\"id\":\"4\",\"l\":{\"type\":\"Point\",\"coordinates\":[-1.5,48]}},{\"id\":\"5\",\"l\":\"POINT (-1.5 48)\"},"
                              "{\"id\":\"6\",\"l\":{\"x\":-1.5,\"y\":48}},{\"id\":\"7\",\"l\":{\"latitude\":\"48\",\"longitude\":\"-1.5\"}},"
                              "{\"id\":\"8\",\"l\":[0,0]},{\"id\":\"9\",\"l\":\"here\"},{\"id\":\"10\",\"l\":[480,1]}]");
  g_autoptr (Decode) turned = run (FEED ("json"), "id=id\nlocation=l\nlocation.order=lon,lat\n", "[{\"id\":\"1\",\"l\":[-1.5,48]}]");
  g_autoptr (Decode) metres = run (FEED ("json") "Crs=EPSG:2154\n", "id=id\nx=x\ny=y\n",
                                   "[{\"id\":\"1\",\"x\":\"700000\",\"y\":6600000},{\"id\":\"2\",\"x\":1}]");

  for (guint i = 0; i < 7; i++)
    {
      g_assert_cmpfloat_with_epsilon (g_array_index (d->assets, SeenAsset, i).point.lon, -1.5, 1e-12);
      g_assert_cmpfloat_with_epsilon (g_array_index (d->assets, SeenAsset, i).point.lat, 48, 1e-12);
    }
  for (guint i = 7; i < 10; i++)
    g_assert_true (isnan (g_array_index (d->assets, SeenAsset, i).point.lon));
  expect_refusal (d, 0, "7 location: the place 0, 0 is that of a position that is not known");
  expect_refusal (d, 1, "8 location: expected an object of lon and lat, a geometry, an array or a text of two, found “here”");
  expect_refusal (d, 2, "9 location: longitude 1, latitude 480 is not a place in degrees: is the order right, and does the feed need Crs=?");
  g_assert_cmpfloat_with_epsilon (decode_find_asset (turned, "1")->point.lat, 48, 1e-12);
  g_assert_cmpfloat_with_epsilon (decode_find_asset (metres, "1")->point.lon, 3, 1e-7);
  g_assert_cmpfloat_with_epsilon (decode_find_asset (metres, "1")->point.lat, 46.5, 1e-7);
  expect_refusal (metres, 0, "1 location: y is null while x is not");
}

static void
test_stamps (void)
{
  g_autoptr (Decode) d = run (FEED ("json") "TimeZone=Europe/Paris\n",
                              "id=id\nobserved=t\nobserved.form=rfc3339 | %d.%m.%Y %H:%M | epoch-ms\nfree_spaces=f\ncapacity=c\n"
                              "capacity.observed='payload'\npayload.observed=at\nrecords=r\n",
                              "{\"at\":\"2024-05-04T10:20:00Z\",\"r\":["
                              "{\"id\":\"1\",\"t\":\"2024-05-04T12:00:00\",\"f\":1,\"c\":9},{\"id\":\"2\",\"t\":\"04.05.2024 12:01\",\"f\":1},"
                              "{\"id\":\"3\",\"t\":1714816920000,\"f\":1},{\"id\":\"4\",\"t\":null,\"f\":1,\"c\":9},{\"id\":\"5\",\"t\":null},"
                              "{\"id\":\"6\",\"t\":\"soon\",\"f\":1},{\"id\":\"7\",\"t\":\"1970-01-01T01:00:00+01:00\",\"f\":1},"
                              "{\"id\":\"8\",\"t\":\"2024-05-04T10:45:00Z\",\"f\":1},{\"id\":\"9\",\"t\":\"2024-05-04T10:45:01Z\",\"f\":1}]}");

  expect_stamp (d, "1", "free_spaces", "2024-05-04T10:00:00Z");
  expect_stamp (d, "1", "capacity", "2024-05-04T10:20:00Z");
  expect_stamp (d, "2", "free_spaces", "2024-05-04T10:01:00Z");
  expect_stamp (d, "3", "free_spaces", "2024-05-04T10:02:00Z");
  expect_stamp (d, "4", "capacity", "2024-05-04T10:20:00Z");
  /* A clock that is ahead: learnt now, so true now, and how far it is ahead is told. */
  expect_stamp (d, "8", "free_spaces", "2024-05-04T10:30:00Z");
  g_assert_cmpuint (bf_sink_counts (d->sink)->n_ahead, ==, 1);
  g_assert_cmpint (bf_sink_counts (d->sink)->ahead_us, ==, 15 * G_TIME_SPAN_MINUTE);
  g_assert_cmpuint (d->refusals->len, ==, 4);
  expect_refusal (d, 0, "3 observed: no time of measurement: t is null");
  expect_refusal (d, 1, "5 observed: the stamp (t) “soon” is not of the form rfc3339 or %d.%m.%Y %H:%M or epoch-ms");
  expect_refusal (d, 2, "6 free_spaces: the stamp 1970-01-01T00:00:00Z is not a time of measurement (before 2000)");
  expect_refusal (d, 3, "8 free_spaces: the stamp 2024-05-04T10:45:01Z lies more than 15 min ahead of now, 2024-05-04T10:30:00Z");
  g_assert_true (bf_sink_counts (d->sink)->newest_us == NOW_US);
}

/* In the night in which the clocks go forward an hour is not there. */
static void
test_jump (void)
{
  g_autoptr (Decode) d = run (FEED ("json") "TimeZone=Europe/Paris\n", "id=id\nobserved=t\nfree_spaces=f\n",
                              "[{\"id\":\"1\",\"t\":\"2024-03-31T02:30:00\",\"f\":1},{\"id\":\"2\",\"t\":\"2024-03-31T03:00:00\",\"f\":1}]");

  expect_stamp (d, "2", "free_spaces", "2024-03-31T01:00:00Z");
  g_assert_cmpuint (d->refusals->len, ==, 1);
  expect_refusal (d, 0, "0 observed: the stamp (t) “2024-03-31T02:30:00” is a time that there was not: the clocks went forward; is TimeZone= right?");
}

static void
test_range_and_ids (void)
{
  g_autofree char *long_id = g_strnfill (BF_LIMIT_ID_BYTES + 1, 'i');
  g_autofree char *long_name = g_strnfill (BF_LIMIT_TEXT_BYTES + 1, 'n');
  g_autofree char *payload = g_strdup_printf ("[{\"id\":\"1\",\"f\":-3},{\"id\":\"2\",\"f\":20001},{\"f\":1},{\"id\":\"\",\"f\":1},"
                                              "{\"id\":\"%s\",\"f\":1},{\"id\":\"a\\u0007\",\"f\":1},{\"id\":\"n\",\"n\":\"%s\",\"f\":1},3,"
                                              "{\"id\":\"z\\u0000\",\"f\":1}]", long_id, long_name);
  g_autoptr (Decode) d = run (FEED ("json"), "id=id\nname=n\nfree_spaces=f\n", payload);

  g_assert_cmpuint (d->observations->len, ==, 1);
  expect_value (d, "n", "free_spaces", 1);
  g_assert_null (decode_find_asset (d, "n")->name);
  expect_refusal (d, 0, "0 free_spaces: -3 is outside of its range 0..20000");
  expect_refusal (d, 1, "1 free_spaces: 20001 is outside of its range 0..20000");
  expect_refusal (d, 2, "2 the record has no id: id is null or no text");
  expect_refusal (d, 3, "3 the record has no id: id is null or no text");
  expect_refusal (d, 4, "4 the id “iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii…” has 201 bytes, at most 200 are allowed");
  expect_refusal (d, 5, "5 the id has a control character 0x07 at byte 2");
  expect_refusal (d, 6, "6 name: a text of 2001 bytes, at most 2000 are allowed");
  expect_refusal (d, 7, "7 expected an object of names and values, found 3");
  expect_refusal (d, 8, "8 id: the text (id) has a character U+0000");
  g_assert_cmpuint (bf_sink_counts (d->sink)->n_records, ==, 9);
}

/* What speaks to a screen instead of to a reader: C0, C1, what turns the writing, in every text that a feed gives. */
static void
test_controls (void)
{
  g_autoptr (Decode) d = run (FEED ("json"), "id=id\nname=n\naddress=a\nattribute.operator=o\nattribute.phone=p\nfree_spaces=f\n",
                              "[{\"id\":\"1\",\"n\":\"Gare\\u001b[2J\\u009b Sud\\u202e\",\"a\":\"1\\true\\nHaute\\u2028\",\"o\":\"Ville\\u0007\","
                              "\"p\":\"01\",\"f\":1},"
                              "{\"id\":\"2\",\"n\":\"\\u0007\\u0008\",\"o\":\"\\u007f\",\"p\":\"02\",\"f\":2},"
                              "{\"id\":\"3\\u009b\",\"n\":\"x\",\"f\":3}]");
  const SeenAsset *asset = decode_find_asset (d, "1");

  g_assert_cmpuint (d->assets->len, ==, 2);
  g_assert_cmpstr (asset->name, ==, "Gare[2J Sud");
  g_assert_cmpstr (asset->address, ==, "1 rue Haute");
  g_assert_cmpstr (asset->attributes, ==, "operator=Ville; phone=01");
  g_assert_null (decode_find_asset (d, "2")->name);
  g_assert_cmpstr (decode_find_asset (d, "2")->attributes, ==, "phone=02");
  expect_refusal (d, 0, "0 name: 3 control characters are left out of it: “Gare[2J Sud”");
  expect_refusal (d, 1, "0 address: 1 control character is left out of it: “1 rue Haute”");
  expect_refusal (d, 2, "0 operator: 1 control character is left out of it: “Ville”");
  expect_refusal (d, 3, "1 name: 2 control characters are left out of it: “”");
  expect_refusal (d, 4, "1 operator: 1 control character is left out of it: “”");
  expect_refusal (d, 5, "2 the id has a control character 0xc2 at byte 2");
  g_assert_cmpuint (d->refusals->len, ==, 6);
}

static void
test_repeats (void)
{
  g_autoptr (Decode) d = run (FEED ("json"), "id=id\nname=n\nfree_spaces=f\ncapacity=c\nobserved=t\nstate=s\n",
                              "[{\"id\":\"1\",\"n\":\"A\",\"f\":1,\"t\":\"2024-05-04T10:00:00Z\"},"
                              "{\"id\":\"1\",\"n\":\"A\",\"f\":2,\"t\":\"2024-05-04T10:05:00Z\"},"
                              "{\"id\":\"1\",\"n\":\"A\",\"f\":2,\"c\":9,\"t\":\"2024-05-04T10:05:00Z\"},"
                              "{\"id\":\"1\",\"n\":\"A\",\"f\":3,\"t\":\"2024-05-04T10:00:00Z\"},"
                              "{\"id\":\"1\",\"n\":\"B\",\"f\":4,\"t\":\"2024-05-04T10:06:00Z\"},"
                              "{\"id\":\"2\",\"s\":\"open\",\"t\":\"2024-05-04T10:00:00Z\"},"
                              "{\"id\":\"2\",\"s\":\"full\",\"t\":\"2024-05-04T10:00:00Z\"}]");

  g_assert_cmpuint (d->assets->len, ==, 2);
  g_assert_cmpuint (d->observations->len, ==, 5);
  expect_refusal (d, 0, "3 free_spaces: 3 at the same time as 1 in record 0: they contradict each other");
  expect_refusal (d, 1, "4 the id “1” stands in record 0 already and is described otherwise there");
  expect_refusal (d, 2, "6 state: “full” at the same time as “open” in record 5: they contradict each other");
}

/* Numbers stay, announcements come only when something changed, whatever the order. */
static void
test_numbers (void)
{
  static const char first[] = "[{\"id\":\"1\",\"n\":\"A\",\"f\":1},{\"id\":\"2\",\"n\":\"B\",\"f\":2},{\"id\":\"3\",\"n\":\"C\",\"f\":3}]";
  static const char second[] = "[{\"id\":\"3\",\"n\":\"C\",\"f\":3},{\"id\":\"4\",\"n\":\"D\",\"f\":4},{\"id\":\"1\",\"n\":\"A2\",\"f\":1}]";
  g_autoptr (Decode) d = run (FEED ("json"), "id=id\nname=n\nfree_spaces=f\n", first);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (d->n_announced, ==, 3);
  decode_run (d, second, strlen (second), NOW_US, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (d->n_announced, ==, 5);
  g_assert_cmpuint (d->assets->len, ==, 4);
  g_assert_cmpstr (g_array_index (d->assets, SeenAsset, 0).name, ==, "A2");
  g_assert_cmpuint (g_array_index (d->observations, BfObservation, 0).asset, ==, 2);
  decode_run (d, first, strlen (first), NOW_US, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (d->n_announced, ==, 6);
}

static void
test_kinds_and_conditions (void)
{
  g_autoptr (Decode) d = run ("[Feed]\nService=parking\nFormat=json\n",
                              "id=id\nkind=k\nkind.table=P:off_street, bay:bay\nfree_spaces=v\nfree_spaces.when=q=free\n"
                              "capacity=v\ncapacity.when=q=max & span='all day'\npresence=p\n",
                              "[{\"id\":\"1\",\"k\":\"P\",\"q\":\"free\",\"v\":3},{\"id\":\"1\",\"k\":\"P\",\"q\":\"max\",\"span\":\"all day\",\"v\":9},"
                              "{\"id\":\"1\",\"k\":\"P\",\"q\":\"max\",\"span\":\"night\",\"v\":8},{\"id\":\"2\",\"k\":\"bay\",\"p\":\"free\"},"
                              "{\"id\":\"3\",\"k\":\"?\"},{\"id\":\"4\",\"k\":\"bay\",\"q\":\"free\",\"v\":1}]");

  expect_value (d, "1", "free_spaces", 3);
  expect_value (d, "1", "capacity", 9);
  expect_value (d, "2", "presence", 0);
  g_assert_cmpuint (d->observations->len, ==, 3);
  expect_refusal (d, 0, "4 the kind (k) “?” is none of the service's by kind.table");
  expect_refusal (d, 1, "5 free_spaces: an asset of kind parking.bay has no such property");
}

static void
test_opendatasoft (void)
{
  static const char map[] = "id=key\nfree_spaces=free\nlocation=geo\n";
  static const char v1[] = "{\"nhits\":25,\"records\":[{\"recordid\":\"r1\",\"fields\":{\"key\":\"A\",\"free\":4,\"geo\":[48.1,-1.6]},"
                           "\"record_timestamp\":\"2024-05-04T10:00:00Z\"},{\"recordid\":\"r2\",\"fields\":{\"key\":\"B\",\"free\":5},"
                           "\"geometry\":{\"type\":\"Point\",\"coordinates\":[-1.6,48.1]},\"record_timestamp\":\"1970-01-01T00:00:00Z\"}]}";
  g_autoptr (Decode) d = run (FEED ("opendatasoft"), map, v1);
  g_autoptr (Decode) own_id = run (FEED ("opendatasoft"), "free_spaces=free\n", v1);
  g_autoptr (Decode) v20 = run (FEED ("opendatasoft"), map,
                                "{\"total_count\":1,\"records\":[{\"record\":{\"id\":\"x\",\"timestamp\":\"2024-05-04T10:00:00Z\","
                                "\"fields\":{\"key\":\"A\",\"free\":3}}}]}");
  g_autoptr (Decode) v21 = run (FEED ("opendatasoft"), map, "{\"total_count\":3,\"results\":[{\"key\":\"A\",\"free\":3},{\"key\":\"B\",\"free\":3}]}");
  g_autoptr (Decode) geojson = run (FEED ("opendatasoft"), map,
                                    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\","
                                    "\"coordinates\":[-1.6,48.1]},\"properties\":{\"key\":\"A\",\"free\":3}}]}");
  g_autoptr (Decode) own_place = run (FEED ("opendatasoft"), "id=key\n", "[{\"key\":\"A\",\"geo_point_2d\":{\"lon\":-1.6,\"lat\":48.1}}]");
  g_autofree char *next = NULL, *last = NULL, *next_v1 = NULL, *note = NULL;

  expect_stamp (d, "A", "free_spaces", "2024-05-04T10:00:00Z");
  expect_stamp (d, "B", "free_spaces", "2024-05-04T10:30:00Z");
  g_assert_cmpfloat (decode_find_asset (d, "A")->point.lat, ==, 48.1);
  g_assert_cmpfloat (decode_find_asset (d, "B")->point.lat, ==, 48.1);
  g_assert_nonnull (decode_find_asset (own_id, "r2"));
  expect_stamp (v20, "A", "free_spaces", "2024-05-04T10:00:00Z");
  g_assert_cmpuint (v21->observations->len, ==, 2);
  g_assert_cmpfloat (decode_find_asset (own_place, "A")->point.lon, ==, -1.6);
  g_assert_cmpfloat (decode_find_asset (geojson, "A")->point.lat, ==, 48.1);

  next = v21->format->next_page (v21->doc, "https://x.fr/api/explore/v2.1/catalog/datasets/p/records?limit=2&where=a%3D1", &note);
  g_assert_cmpstr (next, ==, "https://x.fr/api/explore/v2.1/catalog/datasets/p/records?limit=2&where=a%3D1&offset=2");
  last = v21->format->next_page (v21->doc, "https://x.fr/records?offset=1", &note);
  g_assert_null (last);
  next_v1 = d->format->next_page (d->doc, "https://x.fr/api/records/1.0/search/?dataset=p&start=10", &note);
  g_assert_cmpstr (next_v1, ==, "https://x.fr/api/records/1.0/search/?dataset=p&start=12");
  g_assert_null (note);
}

static const struct
{
  const char *format;
  const char *payload;
  const char *message;
} refused[] = {
  { "opendatasoft", "{\"error_code\":\"x\",\"message\":\"Unknown dataset: y\"}", "the platform answers: Unknown dataset: y" },
  { "opendatasoft", "{\"results\":{}}", "not OpenDataSoft: expected “results”" },
  { "opendatasoft", "<html>", "not JSON: line 1, column 1" },
  { "geojson", "{\"type\":\"Topology\"}", "not GeoJSON: expected a FeatureCollection with its features, found the type “Topology”" },
  { "geojson", "[]", "not GeoJSON" },
  { "geojson", "{\"type\":\"FeatureCollection\",\"crs\":{},\"features\":[]}", "no properties.name" },
  { "geojson", "{\"type\":\"FeatureCollection\",\"crs\":{\"properties\":{\"name\":\"Lambert\"}},\"features\":[]}",
    "the payload's own “crs”: expected a coordinate system such as EPSG:2154, found “Lambert”" },
  { "json", "3", "expected an array or an object of records" },
};

static void
test_refused_payloads (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *text = g_strdup_printf ("[Feed]\nService=parking\nFormat=%s\nKind=off_street\n[Map]\nid=id\n", refused[i].format);
      g_autoptr (Decode) decode = decode_new (catalog, "test.feed", text);
      g_autoptr (GError) error = NULL;

      g_assert_false (decode_run (decode, refused[i].payload, strlen (refused[i].payload), NOW_US, &error));
      g_assert_nonnull (error);
      if (strstr (error->message, refused[i].message) == NULL)
        g_error ("“%s” does not hold “%s”", error->message, refused[i].message);
    }
}

/* Each line that is wrong: the number of its line and what was expected. */
static const struct
{
  const char *map;
  const char *problem;
} wrong[] = {
  { "id=", "test.feed:5: expected a path or a 'constant', found nothing" },
  { "id='a", "test.feed:5: the constant 'a has no closing quote" },
  { "free=x", "test.feed:5: “free” is no property of the service parking and no word of [Map]" },
  { "occupancy=x", "test.feed:5: occupancy is derived by Beffroi" },
  { "presence=x", "test.feed:5: an asset of kind parking.off_street has no property presence" },
  { "free_spaces.scale=2", "test.feed:5: “free_spaces.scale” says more of “free_spaces”, which no line maps" },
  { "free_spaces=x\nfree_spaces.scale=two", "test.feed:6: expected a number, found “two”" },
  { "free_spaces=x\nfree_spaces.table=a:b", "test.feed:6: a table needs a property of type state" },
  { "free_spaces=x\nfree_spaces.colour=a", "test.feed:6: “colour” is not known of free_spaces" },
  { "free_spaces=x\nfree_spaces.unit=km", "test.feed:6: km cannot be made 1, the unit of free_spaces" },
  { "state=x\nstate.table=a:ajar", "test.feed:6: “ajar” is not a value of state; expected one of open, closed, full, unknown" },
  { "state=x\nstate.table=a", "test.feed:6: expected text:state, found “a”" },
  { "state=x\nstate.null=nix", "test.feed:6: “nix” is not a value of state" },
  { "observed=x\nobserved.form=iso", "test.feed:6: expected rfc3339, epoch, epoch-ms or a pattern" },
  { "location=x\nlocation.order=yx", "test.feed:6: expected lat,lon or lon,lat, found “yx”" },
  { "lat=x", "test.feed:4: lat= and lon=, x= and y= go together" },
  { "x=x\ny=y", "test.feed:5: x= and y= need Crs= in [Feed]" },
  { "name[fr]=x", "test.feed:5: a mapping has no languages: name[fr]" },
  { "free_spaces=x\nfree_spaces.when=y", "test.feed:6: expected path=text" },
  { "attribute.Key=x", "test.feed:5: expected attribute.<key>" },
};

static void
test_wrong_lines (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autofree char *text = g_strdup_printf ("[Feed]\nService=parking\nFormat=json\n[Map]\n%s\nkind='off_street'\n", wrong[i].map);
      g_autoptr (Decode) decode = decode_try_new (catalog, "test.feed", text, problems);
      g_autofree char *found = NULL;

      g_assert_null (decode);
      g_assert_cmpuint (problems->len, >, 0);
      found = bf_problem_to_string (g_ptr_array_index (problems, 0));
      if (!g_str_has_prefix (found, wrong[i].problem))
        g_error ("“%s” does not begin with “%s”", found, wrong[i].problem);
    }
}

/* The payload cut at every byte is refused or taken, never half read. */
static void
test_truncated (void)
{
  static const char payload[] = "{\"nhits\":1,\"records\":[{\"recordid\":\"r\",\"fields\":{\"key\":\"A\",\"free\":4}}]}";
  g_autoptr (Decode) decode = decode_new (catalog, "test.feed", FEED ("opendatasoft") "[Map]\nid=key\nfree_spaces=free\n");

  for (gsize n = 0; n < sizeof payload - 1; n++)
    {
      g_autofree char *part = g_memdup2 (payload, MAX (n, 1));
      g_autoptr (GError) error = NULL;

      g_assert_false (decode_run (decode, part, n, NOW_US, &error));
      g_assert_error (error, BF_ERROR, BF_ERROR_SYNTAX);
      g_assert_cmpuint (decode->observations->len, ==, 0);
    }
}

/* The platform pages 10,000 records and no more: the last page ends there, and what is left is said. */
static void
test_page_end (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1 << 20);
  g_autofree char *next = NULL;
  g_autofree char *note = NULL;
  const char *text = "{\"total_count\":12345,\"results\":[{\"a\":1},{\"a\":2}]}";
  BfJsonNode root;

  g_assert_true (bf_json_doc_parse (doc, text, strlen (text), &root, NULL));
  next = bf_format_find ("opendatasoft")->next_page (doc, "https://x.fr/records?limit=70&offset=9958", &note);
  g_assert_nonnull (strstr (next, "offset=9960"));
  g_assert_nonnull (strstr (next, "limit=40"));
  g_assert_null (note);
  g_clear_pointer (&next, g_free);
  next = bf_format_find ("opendatasoft")->next_page (doc, "https://x.fr/records?limit=2&offset=9998", &note);
  g_assert_null (next);
  g_assert_nonnull (strstr (note, "12345 records, only 10000"));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = decode_catalog ();
  g_test_add_func ("/mapping/values", test_values);
  g_test_add_func ("/mapping/states", test_states);
  g_test_add_func ("/mapping/places", test_places);
  g_test_add_func ("/mapping/stamps", test_stamps);
  g_test_add_func ("/mapping/stamps-jump", test_jump);
  g_test_add_func ("/mapping/kinds-and-conditions", test_kinds_and_conditions);
  g_test_add_func ("/mapping/wrong-lines", test_wrong_lines);
  g_test_add_func ("/sink/range-and-ids", test_range_and_ids);
  g_test_add_func ("/sink/controls", test_controls);
  g_test_add_func ("/sink/repeats", test_repeats);
  g_test_add_func ("/sink/numbers", test_numbers);
  g_test_add_func ("/formats/opendatasoft", test_opendatasoft);
  g_test_add_func ("/formats/refused-payloads", test_refused_payloads);
  g_test_add_func ("/formats/truncated", test_truncated);
  g_test_add_func ("/formats/opendatasoft-page-end", test_page_end);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
