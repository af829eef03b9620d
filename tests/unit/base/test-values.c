/* SPDX-License-Identifier: EUPL-1.2 */
/* Units, places, texts, numbers, hashes. */

#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-geo.h"
#include "base/bf-limits.h"
#include "base/bf-text.h"
#include "base/bf-unit.h"

static BfUnit
unit (const char *code)
{
  BfUnit found = bf_unit_one;

  if (!bf_unit_lookup (code, strlen (code), &found))
    g_error ("no unit %s", code);
  return found;
}

static const struct
{
  double value;
  const char *from;
  double expected;
  const char *to;
} conversions[] = {
  { 20, "Cel", 293.15, "K" },    { 0, "K", -273.15, "Cel" },     { 21.5, "Cel", 21.5, "°C" },
  { 10, "m[H2O]", 0.980665, "bar" }, { 1, "bar", 10.19716, "m[H2O]" }, { 1013.25, "hPa", 1.01325, "bar" },
  { 3.6, "m3/h", 1, "L/s" },     { 86400, "m3/d", 1, "m3/s" },   { 50, "km/h", 13.888889, "m/s" },
  { 45, "%", 0.45, "1" },        { 1, "kWh", 3.6e6, "J" },       { 180, "deg", G_PI, "1" },
  { 90, "s", 1.5, "min" },       { 1000, "ug/m3", 0.001, "mg/L" }, { 1, "veh/h", 24, "/d" },
  { 7, "places", 7, "1" },       { 230, "V", 0.23, "kV" },
};

static void
test_units (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (conversions); i++)
    {
      BfUnit from = unit (conversions[i].from);
      BfUnit to = unit (conversions[i].to);

      g_test_message ("%s -> %s", conversions[i].from, conversions[i].to);
      g_assert_true (bf_unit_same_dimension (&from, &to));
      g_assert_cmpfloat_with_epsilon (bf_unit_convert (conversions[i].value, &from, &to), conversions[i].expected,
                                      1e-6 * MAX (1, fabs (conversions[i].expected)));
      g_assert_cmpfloat_with_epsilon (bf_unit_convert (conversions[i].expected, &to, &from), conversions[i].value,
                                      1e-5 * MAX (1, fabs (conversions[i].value)));
    }
}

static void
test_unit_algebra (void)
{
  BfUnit metre = unit ("m"), second = unit ("s"), volt = unit ("V"), ampere = unit ("A"), watt = unit ("W");
  BfUnit celsius = unit ("Cel"), one = bf_unit_one, result = metre, bar = unit ("bar"), percent = unit ("%");

  g_assert_true (bf_unit_multiply (&volt, &ampere, 1, &result));
  g_assert_true (bf_unit_same_dimension (&result, &watt));
  g_assert_cmpfloat (result.scale, ==, 1);
  g_assert_true (bf_unit_multiply (&metre, &second, -1, &result));
  g_assert_cmpint (result.dim[BF_DIM_TIME], ==, -1);
  g_assert_false (bf_unit_multiply (&celsius, &one, 1, &result));
  g_assert_false (bf_unit_same_dimension (&bar, &metre));
  g_assert_true (bf_unit_is_one (&one));
  g_assert_false (bf_unit_is_one (&percent));
  g_assert_false (bf_unit_is_one (&metre));
  result = metre;
  for (guint i = 1; i < 16; i++)
    g_assert_true (bf_unit_multiply (&result, &metre, 1, &result));
  g_assert_false (bf_unit_multiply (&result, &metre, 1, &result));
  g_assert_cmpint (result.dim[BF_DIM_LENGTH], ==, 16);
}

static void
test_unit_names (void)
{
  BfUnit found = bf_unit_one;

  g_assert_true (bf_unit_lookup ("barrel", 3, &found));
  g_assert_cmpfloat (found.scale, ==, 1e5);
  g_assert_false (bf_unit_lookup ("barrel", 6, &found));
  g_assert_false (bf_unit_lookup ("", 0, &found));
  g_assert_cmpstr (bf_unit_nearest ("KM/H", 4), ==, "km/h");
  g_assert_null (bf_unit_nearest ("furlong", 7));
  {
    g_autofree char *list = NULL;
    BfUnit unit;

    g_assert_true (bf_unit_lookup ("m3/h", 4, &unit));
    list = bf_unit_list_like (&unit, 3);
    g_assert_cmpstr (list, ==, "m3/h, m3/s, m3/d");
  }
  g_assert_cmpstr (bf_unit_display ("m[H2O]", "fr_FR"), ==, "mCE");
  g_assert_cmpstr (bf_unit_display ("m[H2O]", "en"), ==, "mWC");
  g_assert_cmpstr (bf_unit_display ("veh/h", "fr"), ==, "véh/h");
  g_assert_cmpstr (bf_unit_display ("1", NULL), ==, "");
  g_assert_cmpstr (bf_unit_display ("furlong", "fr"), ==, "furlong");
}

static void
test_geo (void)
{
  BfPoint rennes = { -1.6778, 48.1173 }, paris = { 2.3522, 48.8566 }, a = { 4.4, 47.2 }, b = { 4.41, 47.2 };
  BfPoint ring[] = { { 0, 0 }, { 4, 0 }, { 4, 4 }, { 2, 1 }, { 0, 4 }, { 0, 0 } };
  BfBox box = BF_BOX_EMPTY;

  g_assert_cmpfloat_with_epsilon (bf_geo_distance_m (rennes, paris), 308000, 1500);
  g_assert_cmpfloat (bf_geo_distance_m (paris, paris), ==, 0);
  g_assert_cmpfloat_with_epsilon (bf_geo_distance_m ((BfPoint){ 0, 90 }, (BfPoint){ 0, -90 }), G_PI * 6371008.8, 1);
  g_assert_cmpfloat_with_epsilon (bf_geo_segment_distance_m ((BfPoint){ 4.405, 47.201 }, a, b), 111.2, 0.1);
  g_assert_cmpfloat_with_epsilon (bf_geo_segment_distance_m ((BfPoint){ 4.42, 47.2 }, a, b), bf_geo_distance_m ((BfPoint){ 4.42, 47.2 }, b), 0.1);
  g_assert_cmpfloat_with_epsilon (bf_geo_segment_distance_m ((BfPoint){ 4.42, 47.2 }, a, a), bf_geo_distance_m ((BfPoint){ 4.42, 47.2 }, a), 0.1);
  for (double lat = -85; lat <= 85; lat += 17)
    g_assert_cmpfloat_with_epsilon (bf_mercator_lat (bf_mercator_y (lat)), lat, 1e-9);
  g_assert_cmpfloat_with_epsilon (bf_mercator_lon (bf_mercator_x (-1.5)), -1.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (bf_mercator_y (90), 0, 1e-6);
  g_assert_cmpfloat_with_epsilon (bf_mercator_y (0), 0.5, 1e-12);

  g_assert_true (bf_point_is_valid (paris));
  g_assert_false (bf_point_is_valid ((BfPoint){ 0, 0 }));
  g_assert_true (bf_point_is_valid ((BfPoint){ 0, 51.5 }));
  g_assert_false (bf_point_is_valid ((BfPoint){ 181, 0 }));
  g_assert_false (bf_point_is_valid ((BfPoint){ 0, 90.1 }));
  g_assert_false (bf_point_is_valid ((BfPoint){ NAN, 1 }));
  g_assert_false (bf_point_is_valid ((BfPoint){ 1, INFINITY }));

  g_assert_false (bf_box_contains (&box, paris));
  bf_box_add (&box, paris);
  bf_box_add (&box, rennes);
  g_assert_true (bf_box_contains (&box, (BfPoint){ 0, 48.5 }));
  g_assert_false (bf_box_contains (&box, (BfPoint){ 3, 48.5 }));

  for (guint n = 5; n <= 6; n++) /* closed or not */
    {
      g_assert_true (bf_ring_contains (ring, n, (BfPoint){ 1, 1 }));
      g_assert_false (bf_ring_contains (ring, n, (BfPoint){ 2, 2 }));
      g_assert_false (bf_ring_contains (ring, n, (BfPoint){ 5, 1 }));
    }
  g_assert_false (bf_ring_contains (ring, 0, (BfPoint){ 1, 1 }));
}

static void
test_box_parse (void)
{
  static const char *const bad[] = { "", "1,2,3", "1,2,3,4,5", "3,2,1,4", "1,4,3,2", "1,2,181,4", "1,2,3,91", "1;2;3;4", "a,2,3,4", "nan,2,3,4", "1,2,3,4x" };
  BfBox box;
  g_autoptr (GError) error = NULL;

  g_assert_true (bf_box_parse ("4.3, 47.1,4.5,47.3", &box, &error));
  g_assert_cmpfloat (box.west, ==, 4.3);
  g_assert_cmpfloat (box.north, ==, 47.3);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_clear_error (&error);
      g_assert_false (bf_box_parse (bad[i], &box, &error));
      g_assert_error (error, BF_ERROR, BF_ERROR_SYNTAX);
      g_assert_cmpfloat (box.west, ==, 4.3);
    }
}

static void
assert_fold (const char *text, const char *expected)
{
  g_autofree char *folded = bf_text_fold (text);

  g_assert_cmpstr (folded, ==, expected);
}

static void
test_fold (void)
{
  assert_fold ("Église Saint-Étienne", "eglise saint-etienne");
  assert_fold ("E\xcc\x81glise", "eglise"); /* accent apart */
  assert_fold ("Œuvre", "oeuvre");
  assert_fold ("Straße Øre Æ", "strasse ore ae");
  assert_fold ("l’ÎLE", "l'ile");
  assert_fold ("ﬁn ½", "fin 1\xe2\x81\x84" "2");
  assert_fold ("", "");
  assert_fold ("a\xff" "b", "a\xef\xbf\xbd" "b");
}

static void
assert_number (double value, int decimals, const char *language, const char *expected)
{
  g_autofree char *text = bf_number_format (value, decimals, language);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_numbers (void)
{
  static const struct
  {
    const char *text;
    double value;
  } good[] = { { "3", 3 }, { " 3.5 ", 3.5 }, { "3,5", 3.5 }, { "-0.25", -0.25 }, { "+1e3", 1000 }, { "\t7\r\n", 7 }, { "1E-2", 0.01 } };
  static const char *const bad[] = { "", " ", "x", "3x", "1 000", "1,234,567", "0x10", "nan", "inf", "1e400", "e5", ".", "-", "3..4", "--3" };
  double value = 77;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_assert_true (bf_text_to_double (good[i].text, strlen (good[i].text), &value));
      g_assert_cmpfloat (value, ==, good[i].value);
    }
  value = 77;
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (bf_text_to_double (bad[i], strlen (bad[i]), &value));
      g_assert_cmpfloat (value, ==, 77);
    }
  g_assert_true (bf_text_to_double ("12345", 2, &value)); /* no NUL needed */
  g_assert_cmpfloat (value, ==, 12);

  assert_number (1234567.891, 2, "fr", "1\xe2\x80\xaf" "234\xe2\x80\xaf" "567,89");
  assert_number (1234567.891, 2, "en", "1,234,567.89");
  assert_number (1234.5, 1, "fr", "1234,5");
  assert_number (12345, 0, "fr", "12\xe2\x80\xaf" "345");
  assert_number (-2.5, 1, "fr", "\xe2\x88\x92" "2,5");
  assert_number (-2.5, 1, NULL, "-2.5");
  assert_number (98.70, 2, "fr", "98,7");
  assert_number (-0.001, 2, "fr", "0");
  assert_number (0.5, 0, "en", "0");
  assert_number (NAN, 2, "fr", "?");
  assert_number (INFINITY, 2, "fr", "?");
  g_autofree char *huge = bf_number_format (-1.7e308, 9, "fr");
  g_assert_cmpuint (strlen (huge), >, 309);
}

static void
test_names (void)
{
  static const char text[] = "[A]\nName=Water\nName[fr]=Eau\n[B]\nName[fr]=Gaz\n";
  g_autoptr (BfConf) conf = bf_conf_parse ("x", text, strlen (text), NULL);
  BfName name = { NULL, NULL }, copy = { NULL, NULL };

  bf_name_from_conf (&name, bf_conf_group (conf, "A", NULL), "Name", "a");
  g_assert_cmpstr (bf_name_get (&name, "fr_FR"), ==, "Eau");
  g_assert_cmpstr (bf_name_get (&name, "de"), ==, "Water");
  g_assert_cmpstr (bf_name_get (&name, NULL), ==, "Water");
  bf_name_copy (&copy, &name);
  bf_name_copy (&copy, &copy);
  bf_name_clear (&name);
  bf_name_clear (&name);
  g_assert_cmpstr (bf_name_get (&copy, "fr"), ==, "Eau");
  bf_name_clear (&copy);
  bf_name_from_conf (&name, bf_conf_group (conf, "B", NULL), "Name", "b");
  g_assert_cmpstr (bf_name_get (&name, "en"), ==, "b");
  bf_name_clear (&name);

  g_assert_true (bf_identifier_is_valid ("free_spaces2"));
  static const char *const bad[] = { "", "Free", "2a", "_a", "a-b", "a b", "é", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (bf_identifier_is_valid (bad[i]));
}

/* Vectors of SipHash-2-4's reference: key 00 01 … 0f, input 00 01 … n-1. */
static void
test_hash (void)
{
  static const struct
  {
    gsize length;
    guint64 hash;
  } vectors[] = { { 0, 0x726fdb47dd0e0e31 }, { 1, 0x74f839c593dc67fd }, { 8, 0x93f5f5799a932462 }, { 15, 0xa129ca6149be45e5 } };
  guint8 bytes[16];
  guint64 key[2];
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint i = 0; i < 16; i++)
    bytes[i] = (guint8) i;
  memcpy (key, bytes, sizeof key);
  key[0] = GUINT64_FROM_LE (key[0]);
  key[1] = GUINT64_FROM_LE (key[1]);
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    g_assert_cmpuint (bf_hash_keyed (key, bytes, vectors[i].length), ==, vectors[i].hash);

  for (guint i = 0; i < 100000; i++)
    {
      char text[32];
      gint64 hash;

      g_snprintf (text, sizeof text, "parking/%u", i);
      hash = (gint64) bf_hash_bytes (text, strlen (text));
      g_assert_true (g_hash_table_add (seen, g_memdup2 (&hash, sizeof hash)));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/unit/conversions", test_units);
  g_test_add_func ("/unit/algebra", test_unit_algebra);
  g_test_add_func ("/unit/names", test_unit_names);
  g_test_add_func ("/geo/all", test_geo);
  g_test_add_func ("/geo/box-parse", test_box_parse);
  g_test_add_func ("/text/fold", test_fold);
  g_test_add_func ("/text/numbers", test_numbers);
  g_test_add_func ("/text/names", test_names);
  g_test_add_func ("/text/hash", test_hash);
  return g_test_run ();
}
