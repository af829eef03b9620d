/* SPDX-License-Identifier: EUPL-1.2 */
/* CSV as cities write it: separators, encodings, quotes, wide tables; and lines that are no records. */

#include "bf-decode-fixture.h"

#define NOW G_GINT64_CONSTANT (1784955870000000) /* 2026-07-25T05:04:30Z */

static BfCatalog *catalog;

static Decode *
run (const char *settings, const char *map, const char *payload, gsize length, GError **error)
{
  g_autofree char *feed = g_strdup_printf ("[Feed]\nService=parking\nFormat=csv\nUrl=https://example.org/x\n%s[Map]\n%s", settings, map);
  Decode *decode = decode_new (catalog, "test.feed", feed);

  decode_run (decode, payload, length, NOW, error);
  return decode;
}

static void
expect_number (Decode *decode, const char *id, const char *property, double value)
{
  const BfObservation *o = decode_find (decode, id, property);

  if (o == NULL)
    g_error ("%s has no %s", id, property);
  g_assert_cmpfloat_with_epsilon (o->value, value, 1e-9);
}

static void
expect_refusal (Decode *decode, guint i, const char *text)
{
  g_assert_cmpuint (decode->refusals->len, >, i);
  g_assert_cmpstr (g_ptr_array_index (decode->refusals, i), ==, text);
}

static void
test_forms (void)
{
  static const struct
  {
    const char *settings;
    const char *payload;
    gsize length;
  } forms[] = {
#define FORM(settings, payload) { settings, payload, sizeof payload - 1 }
    FORM ("", "id,name,free places\na,Gare é,12\n"),
    FORM ("", "\xef\xbb\xbfid;name;free places\r\n\"a\";Gare é;12\r\n"),
    FORM ("", "id\tname\tfree places\na\tGare é\t12"),
    FORM ("", "id;name;free places\na;Gare \xe9;12\n"),
    FORM ("Encoding=iso-8859-1\n", "id;name;free places\na;Gare \xe9;12\n"),
    FORM ("Separator=|\n", "id|name|free places\na|Gare é|12\n"),
    FORM ("", "\xff\xfei\0d\0;\0n\0a\0m\0e\0;\0f\0r\0e\0e\0 \0p\0l\0a\0c\0e\0s\0\n\0a\0;\0G\0a\0r\0e\0 \0\xe9\0;\0" "1\0" "2\0"),
    FORM ("", "id;name;free places\na;\"Gare é\";\"12\"\n"),
    FORM ("", "\"id\";\"name\";\"free places\"\na; Gare é ; 12,0 \n\n"),
  };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Decode) decode = run (forms[i].settings, "id=id\nname=name\nfree_spaces=free places\n", forms[i].payload,
                                       forms[i].length, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (decode->refusals->len, ==, 0);
      g_assert_cmpstr (decode_find_asset (decode, "a")->name, ==, "Gare é");
      expect_number (decode, "a", "free_spaces", 12);
    }
}

static void
test_cells (void)
{
  static const char payload[] = "id;address;free;wkt\n"
                                "a;\"1 rue \"\"X\"\";\n75000 Paris\";3;LINESTRING (2.0 48.0, 2.2 48.0)\n"
                                "b;;;POINT (2.5 48.5)\n"
                                "c;short\n"
                                "d;;5;POLYGON ((2 48, 2.2 48, 2.2 48.2, 2 48.2, 2 48))\n"
                                "e;;NaN;LINESTRING (,)\n"
                                "f;;1e400;\n"
                                "g;;7;\"never closed\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (Decode) decode
    = run ("", "id=id\naddress=address\nfree_spaces=free\nlocation=wkt\n", payload, sizeof payload - 1, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (decode_find_asset (decode, "a")->address, ==, "1 rue \"X\"; 75000 Paris"); /* one line on screen */
  g_assert_cmpfloat_with_epsilon (decode_find_asset (decode, "a")->point.lon, 2.1, 1e-6);
  g_assert_cmpfloat_with_epsilon (decode_find_asset (decode, "b")->point.lat, 48.5, 1e-9);
  g_assert_cmpfloat_with_epsilon (decode_find_asset (decode, "d")->point.lat, 48.1, 1e-6);
  g_assert_null (decode_find (decode, "b", "free_spaces"));
  g_assert_null (decode_find (decode, "e", "free_spaces"));
  g_assert_null (decode_find (decode, "f", "free_spaces"));
  g_assert_null (decode_find_asset (decode, "g"));
  expect_refusal (decode, 0, "2 line 5: expected 4 cells as in the header, found 2");
}

static void
test_wide (void)
{
  static const char payload[] = "timestamp,p 1,p2,p3\n2026-07-25T05:00:00+00:00,10,,30\n2026-07-25T05:04:00+00:00,11,-4,\n";
  static const char map[] = "id=column\nobserved=timestamp\nfree_spaces=value\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (Decode) decode = run ("Wide=timestamp\n", map, payload, sizeof payload - 1, &error);
  g_autoptr (Decode) wrong = NULL;
  g_autoptr (Decode) timeless = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (decode->assets->len, ==, 3);
  g_assert_cmpuint (decode->observations->len, ==, 3);
  expect_number (decode, "p 1", "free_spaces", 10);
  expect_number (decode, "p3", "free_spaces", 30);
  g_assert_cmpuint (decode->refusals->len, ==, 1); /* -4 */
  wrong = run ("Wide=time\n", map, payload, sizeof payload - 1, &error);
  g_assert_error (error, BF_ERROR, BF_ERROR_VALUE);
  g_clear_error (&error);
  /* no column of time: only one row can be now */
  timeless = run ("Wide=\n", "id=column\nfree_spaces=value\n", "a,b\n1,2\n", 8, &error);
  g_assert_no_error (error);
  expect_number (timeless, "b", "free_spaces", 2);
  g_clear_pointer (&timeless, decode_free);
  timeless = run ("Wide=\n", "id=column\nfree_spaces=value\n", "a,b\n1,2\n3,4\n", 12, &error);
  g_assert_error (error, BF_ERROR, BF_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "line 3: a second row"));
}

/* A row that is refused keeps its own number, whatever is read in which order: no two rows have one, whoever refuses them. */
static void
test_numbers (void)
{
  static const char payload[] = "id;free\na;1\nb;-7\nc\nd;4;5\ne;-8\nf;6\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (Decode) decode = run ("", "id=id\nfree_spaces=free\n", payload, sizeof payload - 1, &error);
  guint seen = 0;

  g_assert_no_error (error);
  g_assert_cmpuint (decode->refusals->len, ==, 4);
  for (guint i = 0; i < decode->refusals->len; i++)
    {
      guint number = strtoul (g_ptr_array_index (decode->refusals, i), NULL, 10);

      g_test_message ("%s", (char *) g_ptr_array_index (decode->refusals, i));
      g_assert_cmpuint (number, <, 6);
      seen |= 1u << number;
    }
  g_assert_cmpuint (seen, ==, 0x1e); /* rows 1 to 4, counted from 0 */
}

static void
test_headerless (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Decode) decode = run ("Header=no\n", "id=c1\nfree_spaces=c2\n", "a;1\nb;2\n", 8, &error);
  g_autoptr (Decode) twice = run ("", "id=id\nfree_spaces=n#2\n", "id;n;n\na;1;2\n", 13, NULL);

  g_assert_no_error (error);
  expect_number (decode, "a", "free_spaces", 1);
  expect_number (decode, "b", "free_spaces", 2);
  expect_number (twice, "a", "free_spaces", 2);
}

static void
expect_error (const char *settings, const char *payload, gsize length, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Decode) decode = run (settings, "id=id\n", payload, length, &error);

  g_assert_nonnull (error);
  if (strstr (error->message, part) == NULL)
    g_error ("expected “%s” in “%s”", part, error->message);
}

static void
test_faults (void)
{
  g_autoptr (GString) wide = g_string_new ("id");

  expect_error ("", "", 0, "expected a header line");
  expect_error ("", "<html><body>502 Bad Gateway</body></html>", 41, "has none of the columns that [Map] names");
  expect_error ("Encoding=utf-8\n", "id;n\na;\xe9\n", 9, "line 2: the byte 0xe9 is not UTF-8");
  expect_error ("Encoding=klingon\n", "id\n", 3, "Encoding=klingon");
  expect_error ("Separator=ab\n", "id\n", 3, "Separator=ab");
  for (guint i = 0; i < 30000; i++)
    g_string_append (wide, ";x");
  expect_error ("", wide->str, wide->len, "expected at most 20000 fields");
  /* a line of two MiB, then one that is good */
  g_string_assign (wide, "id;n\n");
  for (guint i = 0; i < 2u << 20; i++)
    g_string_append_c (wide, 'x');
  g_string_append (wide, "\nb;2\n");
  {
    g_autoptr (GError) error = NULL;
    g_autoptr (Decode) decode = run ("", "id=id\nfree_spaces=n\n", wide->str, wide->len, &error);

    g_assert_no_error (error);
    expect_number (decode, "b", "free_spaces", 2);
    expect_refusal (decode, 0, "0 line 2: expected a record of at most 1024 KiB");
  }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = decode_catalog ();
  g_test_add_func ("/formats/csv/forms", test_forms);
  g_test_add_func ("/formats/csv/cells", test_cells);
  g_test_add_func ("/formats/csv/wide", test_wide);
  g_test_add_func ("/formats/csv/numbers", test_numbers);
  g_test_add_func ("/formats/csv/headerless", test_headerless);
  g_test_add_func ("/formats/csv/faults", test_faults);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
