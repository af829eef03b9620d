/* SPDX-License-Identifier: EUPL-1.2 */
/* The JSON reader: values and paths, what it refuses and how it says where. */

#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "json/bf-json.h"

static BfJsonNode
parse (BfJsonDoc *doc, const char *text)
{
  BfJsonNode root;
  g_autoptr (GError) error = NULL;

  bf_json_doc_parse (doc, text, strlen (text), &root, &error);
  g_assert_no_error (error);
  return root;
}

static void
test_values (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1 << 20);
  BfJsonNode root = parse (doc, "\xef\xbb\xbf{\"i\":-7,\"d\":1.5e3,\"u\":18446744073709551615,\"s\":\"caf\\u00e9 \\ud83d\\ude97\","
                                "\"t\":true,\"f\":false,\"n\":null,\"a\":[1,[2],{}],\"zero\":\"a\\u0000b\",\"at\":\"2024-05-01T10:00:00+02:00\"}");
  BfJsonNode node;
  double number;
  gint64 integer;
  gboolean truth;
  const char *text;
  gsize length;

  g_assert_cmpint (bf_json_type (root), ==, BF_JSON_OBJECT);
  g_assert_cmpuint (bf_json_array_length (root), ==, 10);
  g_assert_cmpint (bf_json_member_int (root, "i", 0), ==, -7);
  g_assert_true (bf_json_member (root, "i", &node) && bf_json_get_double (node, &number) && number == -7);
  g_assert_cmpfloat (bf_json_member_double (root, "d", 0), ==, 1500);
  g_assert_true (bf_json_member (root, "d", &node) && !bf_json_get_int (node, &integer));
  g_assert_true (bf_json_member (root, "u", &node) && bf_json_type (node) == BF_JSON_DOUBLE);
  g_assert_cmpfloat (bf_json_member_double (root, "u", 0), ==, 18446744073709551615.0);
  g_assert_cmpstr (bf_json_member_string (root, "s", NULL), ==, "café 🚗");
  g_assert_true (bf_json_member_bool (root, "t", FALSE));
  g_assert_true (bf_json_member (root, "f", &node) && bf_json_get_bool (node, &truth) && !truth);
  g_assert_true (bf_json_member (root, "n", &node) && bf_json_type (node) == BF_JSON_NULL);
  g_assert_true (bf_json_member (root, "zero", &node) && bf_json_get_string (node, &text, &length));
  g_assert_cmpmem (text, length, "a\0b", 3);
  g_assert_cmpint (bf_json_member_time (root, "at"), ==, G_GINT64_CONSTANT (1714550400) * G_USEC_PER_SEC);
  g_assert_cmpint (bf_json_member_time (root, "s"), ==, BF_TIME_NONE);
  g_assert_cmpstr (bf_json_member_string (root, "missing", "else"), ==, "else");
  g_assert_false (bf_json_member (node, "x", &node));
}

static void
test_paths (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1 << 20);
  BfJsonNode root = parse (doc, "{\"fields\":{\"geo\":[48.1,-1.6],\"a.b\":1,\"a\":{\"b\":2}},\"m\":[[1,2],[3,{\"x\":9}]]}");
  static const struct
  {
    const char *path;
    double value;
  } good[] = {
    { "fields.geo[0]", 48.1 }, { "fields.geo[1]", -1.6 }, { "fields.a.b", 1 }, { "m[1][1].x", 9 }, { "m[0][1]", 2 },
  };
  static const char *const bad[] = { "fields.geo[2]", "fields.geo[", "fields.geo[x]", "fields.geo[0]x", "geo", "",
                                     "fields..geo", "m[99999999999999999999]", "fields.geo[-1]", "m[1].x" };
  BfJsonNode node;
  double value;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_assert_true (bf_json_path (root, good[i].path, &node));
      g_assert_true (bf_json_get_double (node, &value));
      g_assert_cmpfloat (value, ==, good[i].value);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (bf_json_path (root, bad[i], &node));
}

static void
test_iterate (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1 << 20);
  BfJsonNode root = parse (doc, "[{\"a\":1,\"b\":[1,2]},[],{},\"x\",3]");
  BfJsonIter iter, inner;
  BfJsonNode node;
  const char *key;
  gsize length;
  guint n = 0;

  g_assert_true (bf_json_iter_init (&iter, root));
  g_assert_true (bf_json_iter_next (&iter, NULL, NULL, &node));
  g_assert_true (bf_json_iter_init (&inner, node));
  g_assert_true (bf_json_iter_next (&inner, &key, &length, &node));
  g_assert_cmpmem (key, length, "a", 1);
  g_assert_true (bf_json_iter_next (&inner, &key, &length, &node));
  g_assert_cmpuint (bf_json_array_length (node), ==, 2);
  g_assert_false (bf_json_iter_next (&inner, &key, &length, &node));
  while (bf_json_iter_next (&iter, &key, &length, &node))
    n++;
  g_assert_cmpuint (n, ==, 4);
  g_assert_false (bf_json_iter_init (&iter, node));
}

static const struct
{
  const char *text;
  const char *message; /* what its message holds */
} refused[] = {
  { "", "line 1, column 1: expected a value, found the end of the text" },
  { " \n ", "line 2, column 2: expected a value" },
  { "{\"a\": NaN}", "line 1, column 7: expected a value, found \"NaN\"" },
  { "[1,\n -Infinity]", "line 2, column 2: expected a value" },
  { "[1e400]", "line 1, column 2: the number is too large" },
  { "[123456789012345678901234567890]", "the integer does not fit in 64 bits" },
  { "[\"\\ud83d\"]", "line 1, column 3: the high surrogate \\ud83d stands alone" },
  { "[\"\\ude97\"]", "the low surrogate \\ude97 stands alone" },
  { "[\"\\u12g4\"]", "expected four hexadecimal digits" },
  { "[\"\\x\"]", "an escape that JSON does not know" },
  { "[\"a\tb\"]", "control character 0x09" },
  { "[\"caf\xe9\"]", "line 1, column 6: the byte 0xe9 is not UTF-8" },
  { "[\"open]", "no closing quote" },
  { "{\"a\":1,}", "line 1, column 8: expected a name in double quotes" },
  { "{a:1}", "expected a name in double quotes, found \"a\"" },
  { "{\"a\" 1}", "expected \":\" after the name" },
  { "[1,2", "expected \",\" or \"]\", found the end of the text" },
  { "[1 2]", "line 1, column 4: expected \",\" or \"]\"" },
  { "[1,]", "expected a value, found \"]\"" },
  { "{\"a\":[1}", "expected \",\" or \"]\", found \"}\"" },
  { "[01]", "must not begin with 0" },
  { "[1.]", "digits behind the decimal point" },
  { "[1e]", "digits in the exponent" },
  { "[tru]", "expected a value, found \"tru\"" },
  { "{} {}", "line 1, column 4: expected the end of the text" },
  { "<html>", "expected a value, found \"<\"" },
  { "\xff\xfe[\0", "the byte 0xff" },
};

static void
test_refused (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1 << 20);

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;
      BfJsonNode root;

      g_assert_false (bf_json_doc_parse (doc, refused[i].text, strlen (refused[i].text), &root, &error));
      g_assert_error (error, BF_ERROR, BF_ERROR_SYNTAX);
      if (strstr (error->message, refused[i].message) == NULL)
        g_error ("“%s”: “%s” does not hold “%s”", refused[i].text, error->message, refused[i].message);
      g_assert_cmpint (bf_json_type (parse (doc, "[1]")), ==, BF_JSON_ARRAY);
    }
}

static char *
nested (guint depth)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append (text, i % 2 ? "{\"a\":" : "[");
  g_string_append (text, "1");
  for (guint i = depth; i-- > 0;)
    g_string_append (text, i % 2 ? "}" : "]");
  return g_string_free (text, FALSE);
}

static void
test_limits (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1000);
  g_autofree char *deep = nested (BF_LIMIT_JSON_DEPTH);
  g_autofree char *deeper = nested (BF_LIMIT_JSON_DEPTH + 1);
  g_autofree char *deepest = g_strnfill (999, '[');
  g_autofree char *long_text = g_strnfill (1001, ' ');
  g_autoptr (GError) error = NULL;
  BfJsonNode root;

  parse (doc, deep);
  g_assert_false (bf_json_doc_parse (doc, deeper, strlen (deeper), &root, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "128 levels"));
  g_clear_error (&error);
  g_assert_false (bf_json_doc_parse (doc, deepest, strlen (deepest), &root, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (bf_json_doc_parse (doc, long_text, 1001, &root, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "limit of 1000"));
}

/* Every prefix of a document is refused or read, and never read past its end. */
static void
test_truncated (void)
{
  static const char text[] = "{\"records\":[{\"id\":\"P\\u00e91\",\"free\":12.5,\"open\":true,\"none\":null}]}";
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1 << 20);

  for (gsize n = 0; n < strlen (text); n++)
    {
      g_autofree char *part = g_memdup2 (text, MAX (n, 1));
      g_autoptr (GError) error = NULL;
      BfJsonNode root;

      g_assert_false (bf_json_doc_parse (doc, part, n, &root, &error));
      g_assert_error (error, BF_ERROR, BF_ERROR_SYNTAX);
      g_assert_nonnull (strstr (error->message, "line 1, column"));
    }
}

/* --- slices ---------------------------------------------------------------------------------------------------------- */

/* @n records; @odd: each looks as if elements ended within it. */
static GString *
long_array (guint n, gboolean odd)
{
  GString *text = g_string_new ("\xef\xbb\xbf \n[");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, odd ? "%s{\"id\":%u,\"t\":\"a},{b}\\\"},{\",\"l\":[{\"x\":1} , {\"x\":[{},{}]},{\"x\":2}],\"s\":\"%0600d\"}"
                                      : "%s{\"id\":%u,\"o\":{\"x\":1},\"s\":\"%0600d\"}", i > 0 ? " ,\n" : "", i, 0);
  g_string_append (text, "\n]\r\n ");
  return text;
}

/* Reads all, which must be records numbered from 0; says how many slices there were. */
static guint
read_slices (BfJsonDoc *doc, const GString *text, gint64 *ret_n, GError **error)
{
  BfJsonSlices slices;
  BfJsonNode slice, record;
  BfJsonIter iter;
  guint n_slices = 0;

  *ret_n = 0;
  bf_json_slices_init (&slices, doc, text->str, text->len, TRUE);
  while (bf_json_slices_next (&slices, &slice, error))
    {
      n_slices++;
      g_assert_true (bf_json_iter_init (&iter, slice));
      while (bf_json_iter_next (&iter, NULL, NULL, &record))
        g_assert_cmpint (bf_json_member_int (record, "id", -1), ==, (*ret_n)++);
      g_assert_cmpuint (slices.n_elements, ==, *ret_n);
      g_assert_cmpuint (bf_json_doc_n_elements (doc), ==, *ret_n);
    }
  return n_slices;
}

static void
test_slices (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (64 << 20);

  for (guint odd = 0; odd < 2; odd++)
    for (guint n = 0; n <= 12000; n += 6000)
      {
        GString *text = long_array (n, odd);
        g_autoptr (GError) error = NULL;
        gint64 n_read;
        guint n_slices = read_slices (doc, text, &n_read, &error);

        g_assert_no_error (error);
        g_assert_cmpint (n_read, ==, n);
        if (n == 12000)
          g_assert_cmpuint (n_slices, >=, 3);
        else if (n == 0)
          g_assert_cmpuint (n_slices, ==, 1);
        g_string_free (text, TRUE);
      }
}

/* What is no JSON is no JSON in slices either, and the error is that of the whole. */
static void
test_bad_slices (void)
{
  static const char *const ends[] = { "", "]", ",]", "},]", "}]]", "\"]", "] , [{\"id\":1}]", "{\"id\":1}]" };
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (64 << 20);

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      GString *text = long_array (12000, i % 2);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) expected = NULL;
      BfJsonNode root;
      gint64 n_read;

      g_string_truncate (text, text->len - 5);
      g_string_append (text, ends[i]);
      if (g_str_equal (ends[i], "]"))
        g_string_insert (text, (gssize) text->len / 2, "\x01");
      bf_json_doc_parse (doc, text->str, text->len, &root, &expected);
      g_assert_error (expected, BF_ERROR, BF_ERROR_SYNTAX);
      read_slices (doc, text, &n_read, &error);
      g_assert_error (error, BF_ERROR, BF_ERROR_SYNTAX);
      g_assert_cmpstr (error->message, ==, expected->message);
      g_assert_cmpint (n_read, <=, 12000);
      g_string_free (text, TRUE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/values", test_values);
  g_test_add_func ("/json/paths", test_paths);
  g_test_add_func ("/json/iterate", test_iterate);
  g_test_add_func ("/json/refused", test_refused);
  g_test_add_func ("/json/limits", test_limits);
  g_test_add_func ("/json/truncated", test_truncated);
  g_test_add_func ("/json/slices", test_slices);
  g_test_add_func ("/json/bad-slices", test_bad_slices);
  return g_test_run ();
}
