/* SPDX-License-Identifier: EUPL-1.2 */
/* Lines and areas in every form that feeds write them: what becomes of each, where its point lies, and what is refused. */

#include "bf-decode-fixture.h"

#define NOW G_GINT64_CONSTANT (1784955870000000) /* 2026-07-25T05:04:30Z */

static BfCatalog *catalog;

static Decode *
run (const char *format, const char *map, const char *payload)
{
  g_autofree char *feed = g_strdup_printf ("[Feed]\nService=traffic\nFormat=%s\nUrl=https://example.org/x\n%s\n", format, map);
  g_autoptr (GError) error = NULL;
  Decode *decode = decode_new (catalog, "test.feed", feed);

  decode_run (decode, payload, strlen (payload), NOW, &error);
  g_assert_no_error (error);
  return decode;
}

typedef struct
{
  const char *what;
  const char *format;
  const char *map;
  const char *payload;
  const char *shape;  /* GeoJSON; NULL: none */
  const char *reason; /* NULL: nothing is refused */
  double lon, lat;    /* NAN: no place */
} Case;

#define JSON_MAP "Kind=section\n[Map]\nid=id\nlocation=g\n"
#define RECORD(g) "[{\"id\":\"a\",\"g\":" g "}]"
#define FEATURE(g) "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":\"a\",\"properties\":{},\"geometry\":" g "}]}"
#define LINE "{\"type\":\"LineString\",\"coordinates\":[[2,48],[2.2,48]]}"
#define SQUARE "[[2,48],[2.2,48],[2.2,48.2],[2,48.2],[2,48]]"
#define DATEX(place)                                                                                                          \
  "<messageContainer xmlns='m' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><payload xsi:type='s:SituationPublication'>" \
  "<publicationTime>2026-07-25T05:04:00Z</publicationTime><situation id='S'><headerInformation><informationStatus>real"         \
  "</informationStatus></headerInformation><situationRecord id='a' xsi:type='s:Accident'><validity><validityStatus>active"      \
  "</validityStatus></validity><locationReference>" place "</locationReference></situationRecord></situation></payload></messageContainer>"
#define CAP(place)                                                                                                            \
  "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>i</identifier><status>Actual</status><msgType>Alert</msgType>" \
  "<info><event>a</event><area><areaDesc>x</areaDesc><geocode><valueName>n</valueName><value>a</value></geocode>" place          \
  "</area></info></alert>"
#define POLYGON "{\"type\":\"Polygon\",\"coordinates\":[" SQUARE "]}"
#define LL(lat, lon) "<latitude>" lat "</latitude><longitude>" lon "</longitude>"

static const Case cases[] = {
  { "geojson line", "geojson", "Kind=section", FEATURE (LINE), LINE, NULL, 2.1, 48 },
  { "geojson point", "geojson", "Kind=section", FEATURE ("{\"type\":\"Point\",\"coordinates\":[2,48]}"), NULL, NULL, 2, 48 },
  { "geojson polygon", "geojson", "Kind=event", FEATURE (POLYGON), POLYGON, NULL, 2.1, 48.1 },
  { "geojson polygons, the point in the larger", "geojson", "Kind=event",
    FEATURE ("{\"type\":\"MultiPolygon\",\"coordinates\":[[[[1,1],[1.1,1],[1.1,1.1],[1,1]]],[" SQUARE "]]}"),
    "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[1,1],[1.1,1],[1.1,1.1],[1,1]]],[" SQUARE "]]}", NULL, 2.1, 48.1 },
  { "swapped, and said so", "geojson", "Kind=section\n[Map]\nlocation.order=lat,lon",
    FEATURE ("{\"type\":\"LineString\",\"coordinates\":[[48,2],[48,2.2]]}"), LINE, NULL, 2.1, 48 },
  { "a vertex outside of the degrees", "geojson", "Kind=section",
    FEATURE ("{\"type\":\"LineString\",\"coordinates\":[[2,48],[2.2,48],[3,91]]}"), NULL, "a vertex of the line or area is not a place", NAN, NAN },
  { "metres without Crs=: refused once, as its point", "geojson", "Kind=section",
    FEATURE ("{\"type\":\"LineString\",\"coordinates\":[[652000,6862000],[652100,6862000]]}"), NULL, "is not a place in degrees", NAN, NAN },
  { "metres with Crs=", "geojson", "Kind=section\nCrs=EPSG:3857",
    FEATURE ("{\"type\":\"LineString\",\"coordinates\":[[222638.98158654713,0.001],[222638.98158654713,111325.1428663851]]}"),
    "{\"type\":\"LineString\",\"coordinates\":[[2,0],[2,1]]}", NULL, 2, NAN },
  { "a line of one place is a point", "geojson", "Kind=section", FEATURE ("{\"type\":\"LineString\",\"coordinates\":[[2,48],[2,48]]}"), NULL,
    NULL, 2, 48 },
  { "esri paths", "esri", "Kind=section",
    "{\"objectIdFieldName\":\"id\",\"features\":[{\"attributes\":{\"id\":1},\"geometry\":{\"paths\":[[[2,48],[2.2,48]],[[3,48],[3.1,48]]]}}]}",
    "{\"type\":\"MultiLineString\",\"coordinates\":[[[2,48],[2.2,48]],[[3,48],[3.1,48]]]}", NULL, 2.1, 48 },
  { "esri rings: two outer ones and a hole, by their turn", "esri", "Kind=event",
    "{\"objectIdFieldName\":\"id\",\"features\":[{\"attributes\":{\"id\":1},\"geometry\":{\"rings\":[[[2,48],[2,49],[3,49],[3,48],[2,48]],"
    "[[2.4,48.4],[2.6,48.4],[2.6,48.6],[2.4,48.4]],[[5,48],[5,48.1],[5.1,48.1],[5,48]]]}}]}",
    "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[2,48],[2,49],[3,49],[3,48],[2,48]],[[2.4,48.4],[2.6,48.4],[2.6,48.6],[2.4,48.4]]],"
    "[[[5,48],[5,48.1],[5.1,48.1],[5,48]]]]}", NULL, NAN, NAN },
  { "text of WKT", "json", JSON_MAP, RECORD ("\"SRID=4326;LINESTRING (2 48, 2.2 48)\""), LINE, NULL, 2.1, 48 },
  { "WKT with heights", "json", JSON_MAP, RECORD ("\"MultiLineString Z ((2 48 11, 2.2 48 12), (3 48 1, 3.1 48 1))\""),
    "{\"type\":\"MultiLineString\",\"coordinates\":[[[2,48],[2.2,48]],[[3,48],[3.1,48]]]}", NULL, 2.1, 48 },
  { "WKT polygon with a hole", "json", JSON_MAP, RECORD ("\"POLYGON((2 48,2.2 48,2.2 48.2,2 48.2,2 48),(2.1 48.1,2.15 48.1,2.1 48.15,2.1 48.1))\""),
    "{\"type\":\"Polygon\",\"coordinates\":[" SQUARE ",[[2.1,48.1],[2.15,48.1],[2.1,48.15],[2.1,48.1]]]}", NULL, NAN, NAN },
  { "WKT that goes deeper than its type", "json", JSON_MAP, RECORD ("\"LINESTRING ((((((((2 48, 2.2 48))))))))\""), NULL, "expected an object of lon", NAN, NAN },
  { "WKT cut off", "json", JSON_MAP, RECORD ("\"POLYGON ((2 48, 2.2 48\""), NULL, "expected an object of lon", NAN, NAN },
  { "numbers in pairs, latitude first", "json", JSON_MAP, RECORD ("\"48 2 48 2.2\""), LINE, NULL, 2.1, 48 },
  { "pairs with commas, longitude first", "json", JSON_MAP "location.order=lon,lat\n", RECORD ("\"2,48 2.2,48\""), LINE, NULL, 2.1, 48 },
  { "an odd count", "json", JSON_MAP, RECORD ("\"48 2 48\""), NULL, "expected an object of lon", NAN, NAN },
  { "a list of pairs", "json", JSON_MAP, RECORD ("[[48,2],[48,2.2]]"), LINE, NULL, 2.1, 48 },
  { "a list of objects", "json", JSON_MAP, RECORD ("[{\"latitude\":48,\"longitude\":2},{\"latitude\":48,\"longitude\":2.2}]"), LINE, NULL, 2.1, 48 },
  { "the line in another field than the point", "json", "Kind=section\n[Map]\nid=id\nlocation=p\nshape=g\n",
    "[{\"id\":\"a\",\"p\":[48.5,2.5],\"g\":" LINE "}]", LINE, NULL, 2.5, 48.5 },
  { "OpenDataSoft's geo_shape", "opendatasoft", "Kind=section\n[Map]\nid=id\n",
    "[{\"id\":\"a\",\"geo_point_2d\":{\"lon\":2.1,\"lat\":48},\"geo_shape\":{\"type\":\"Feature\",\"properties\":{},\"geometry\":" LINE "}}]",
    LINE, NULL, 2.1, 48 },
  { "NGSI location", "ngsi", "", "[{\"id\":\"a\",\"type\":\"TrafficFlowObserved\",\"location\":{\"type\":\"geo:json\",\"value\":" LINE "}}]", LINE, NULL, 2.1, 48 },
  { "DATEX II, two lines of a group", "datex2", "", DATEX ("<g><gmlLineString><posList>48 2 48 2.2</posList></gmlLineString></g><g><gmlLineString>"
    "<posList>48 3 48 3.1</posList></gmlLineString></g>"),
    "{\"type\":\"MultiLineString\",\"coordinates\":[[[2,48],[2.2,48]],[[3,48],[3.1,48]]]}", NULL, 2.1, 48 },
  { "DATEX II, an area with a hole", "datex2", "", DATEX ("<gmlPolygon><exterior><LinearRing><posList>48 2 48 2.2 48.2 2.2 48.2 2 48 2</posList></LinearRing>"
    "</exterior><interior><LinearRing><posList>48.1 2.1 48.1 2.15 48.15 2.1 48.1 2.1</posList></LinearRing></interior></gmlPolygon>"),
    "{\"type\":\"Polygon\",\"coordinates\":[" SQUARE ",[[2.1,48.1],[2.15,48.1],[2.1,48.15],[2.1,48.1]]]}", NULL, NAN, NAN },
  { "DATEX II, from and to", "datex2", "", DATEX ("<tpegLinearLocation><to><pointCoordinates>" LL ("48", "2") "</pointCoordinates></to><from>"
    "<pointCoordinates>" LL ("48", "2.2") "</pointCoordinates></from></tpegLinearLocation>"), LINE, NULL, 2.1, 48 },
  { "DATEX II, OpenLR", "datex2", "", DATEX ("<openlrLineLocationReference><openlrLocationReferencePoint><openlrCoordinate>" LL ("48", "2")
    "</openlrCoordinate></openlrLocationReferencePoint><openlrLastLocationReferencePoint><openlrCoordinate>" LL ("48", "2.2")
    "</openlrCoordinate></openlrLastLocationReferencePoint></openlrLineLocationReference>"), LINE, NULL, 2.1, 48 },
  { "DATEX II, GeoJSON in a text", "datex2", "", DATEX ("<x><geoJsonGeometry>" LINE "</geoJsonGeometry></x>"), LINE, NULL, 2.1, 48 },
  { "DATEX II, GeoJSON that is none", "datex2", "", DATEX ("<x><geoJsonGeometry>{\"type\"</geoJsonGeometry>" LL ("48", "2") "</x>"), NULL, NULL, 2, 48 },
  { "DATEX II, NaN in a list", "datex2", "", DATEX ("<gmlLineString><posList>48 2 NaN 2.2</posList></gmlLineString>" LL ("48", "2")), NULL, NULL, 2, 48 },
};

static const SeenAsset *
only_asset (Decode *decode)
{
  g_assert_cmpuint (decode->assets->len, ==, 1);
  return &g_array_index (decode->assets, SeenAsset, 0);
}

static void
expect (const Case *c, Decode *decode)
{
  const SeenAsset *asset;
  g_autoptr (GString) text = g_string_new (NULL);

  g_test_message ("%s", c->what);
  for (guint i = 0; i < decode->refusals->len; i++)
    g_test_message ("refused: %s", (char *) g_ptr_array_index (decode->refusals, i));
  asset = only_asset (decode);
  if (asset->shape != NULL)
    bf_shape_append_geojson (asset->shape, text);
  g_assert_cmpstr (text->str, ==, c->shape != NULL ? c->shape : "");
  g_assert_cmpuint (decode->refusals->len, ==, c->reason != NULL ? 1 : 0);
  if (c->reason != NULL)
    g_assert_nonnull (strstr (g_ptr_array_index (decode->refusals, 0), c->reason));
  if (!isnan (c->lon))
    g_assert_cmpfloat_with_epsilon (asset->point.lon, c->lon, 1e-6);
  if (!isnan (c->lat))
    g_assert_cmpfloat_with_epsilon (asset->point.lat, c->lat, 1e-6);
}

static void
test_forms (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Decode) decode = run (cases[i].format, cases[i].map, cases[i].payload);

      expect (&cases[i], decode);
    }
}

static Decode *
run_cap (const char *payload)
{
  g_autoptr (GError) error = NULL;
  Decode *decode = decode_new (catalog, "test.feed", "[Feed]\nService=weather\nFormat=cap\nUrl=https://example.org/x\n");

  decode_run (decode, payload, strlen (payload), NOW, &error);
  g_assert_no_error (error);
  return decode;
}

static void
test_cap (void)
{
  g_autoptr (Decode) two = run_cap (CAP ("<polygon>48,2 48,2.2 48.2,2.2 48.2,2 48,2</polygon><polygon>nonsense</polygon><polygon>1,1 1,2 2,2 1,1</polygon>"));
  g_autoptr (Decode) circle = run_cap (CAP ("<circle>48,2 5</circle>"));
  g_autoptr (Decode) point = run_cap (CAP ("<circle>48,2 0</circle>"));
  g_autoptr (Decode) vast = run_cap (CAP ("<circle>89,2 500</circle>"));
  const SeenAsset *asset = only_asset (circle);
  const BfVertex *v;
  guint n;

  g_assert_cmpuint (only_asset (two)->shape->n_parts, ==, 2);
  v = bf_shape_part (asset->shape, 0, &n, NULL);
  g_assert_cmpuint (n, ==, 49);
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (bf_geo_distance_m (asset->point, bf_vertex_point (v[i])), 5000, 5);
  g_assert_cmpfloat (asset->point.lat, ==, 48);
  g_assert_null (only_asset (point)->shape);
  /* over the pole: no area in degrees, and said; the place stands */
  g_assert_null (only_asset (vast)->shape);
  g_assert_cmpfloat (only_asset (vast)->point.lat, ==, 89);
  g_assert_cmpuint (vast->refusals->len, ==, 1);
}

/* The same asset is announced again when its line changes, and only then. */
static void
test_announced (void)
{
  const char *other = FEATURE ("{\"type\":\"LineString\",\"coordinates\":[[2,48],[2.1,48],[2.2,48]]}");
  g_autoptr (Decode) decode = run ("geojson", "Kind=section", FEATURE (LINE));

  g_assert_cmpuint (decode->n_announced, ==, 1);
  decode_run (decode, FEATURE (LINE), strlen (FEATURE (LINE)), NOW, NULL);
  g_assert_cmpuint (decode->n_announced, ==, 1);
  decode_run (decode, other, strlen (other), NOW, NULL);
  g_assert_cmpuint (decode->n_announced, ==, 2);
  g_assert_cmpuint (bf_shape_n_points (only_asset (decode)->shape), ==, 3);
}

/* More vertices than are read: the asset stands as its point, and the record says why it is no more. */
static void
test_over_the_limit (void)
{
  g_autoptr (GString) text = g_string_new ("{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":\"a\",\"properties\":{},"
                                           "\"geometry\":{\"type\":\"LineString\",\"coordinates\":[");
  g_autoptr (Decode) decode = NULL;

  for (guint i = 0; i <= BF_LIMIT_SHAPE_READ; i++)
    g_string_append_printf (text, "%s[2.%06u,48]", i > 0 ? "," : "", i);
  g_string_append (text, "]}}]}");
  decode = run ("geojson", "Kind=section", text->str);
  g_assert_null (only_asset (decode)->shape);
  g_assert_true (bf_point_is_valid (only_asset (decode)->point));
  g_assert_cmpuint (decode->refusals->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (decode->refusals, 0), "more than 100000 vertices"));
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = decode_catalog ();
  g_test_add_func ("/formats/shape/forms", test_forms);
  g_test_add_func ("/formats/shape/cap", test_cap);
  g_test_add_func ("/formats/shape/announced", test_announced);
  g_test_add_func ("/formats/shape/over-the-limit", test_over_the_limit);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
