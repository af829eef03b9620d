/* SPDX-License-Identifier: EUPL-1.2 */
/* The writer of JSON: exact text, and that our own reader reads back the same. */

#include <math.h>
#include <string.h>

#include "base/bf-time.h"
#include "json/bf-json-out.h"
#include "json/bf-json.h"

static void
test_text (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "a", "x\"\\\n\t\x01é\xff");
  bf_json_out_string (&out, "nothing", NULL);
  bf_json_out_begin_array (&out, "list");
  bf_json_out_begin_array (&out, NULL);
  bf_json_out_end_array (&out);
  bf_json_out_int (&out, NULL, G_MININT64);
  bf_json_out_bool (&out, NULL, TRUE);
  bf_json_out_bool (&out, NULL, FALSE);
  bf_json_out_null (&out, NULL);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_end_object (&out);
  bf_json_out_raw (&out, NULL, "[1]");
  bf_json_out_end_array (&out);
  bf_json_out_time (&out, "t", 1500000);
  bf_json_out_time (&out, "never", BF_TIME_NONE);
  bf_json_out_string (&out, "k\"", "");
  bf_json_out_end_object (&out);
  g_assert_cmpstr (text->str, ==,
                   "{\"a\":\"x\\\"\\\\\\n\\u0009\\u0001é\xef\xbf\xbd\",\"nothing\":null,"
                   "\"list\":[[],-9223372036854775808,true,false,null,{},[1]],"
                   "\"t\":\"1970-01-01T00:00:01.500Z\",\"never\":null,\"k\\\"\":\"\"}");
}

static void
assert_double (double value, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_double (&out, NULL, value);
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_doubles (void)
{
  assert_double (0, "0");
  assert_double (-0.0, "0");
  assert_double (0.1, "0.1");
  assert_double (-2.5, "-2.5");
  assert_double (1e15, "1e+15");
  assert_double (999999999999999, "999999999999999");
  assert_double (1.0 / 3, "0.3333333333333333");
  assert_double (0.1 + 0.2, "0.30000000000000004");
  assert_double (5e-324, "4.94065645841247e-324");
  assert_double (NAN, "null");
  assert_double (INFINITY, "null");
  assert_double (-INFINITY, "null");
}

static void
test_read_back (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1 << 20);

  for (guint step = 0; step < 20000; step++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      char noise[24] = { 0 };
      union
      {
        guint64 bits;
        double value;
      } number;
      BfJsonOut out;
      BfJsonNode root;
      double back = 0;

      number.bits = (guint64) (guint32) g_test_rand_int () << 32 | (guint32) g_test_rand_int ();
      if (!isfinite (number.value))
        continue;
      for (guint i = 0; i < 20; i++)
        noise[i] = (char) g_test_rand_int_range (-128, 128);
      bf_json_out_init (&out, text);
      bf_json_out_begin_object (&out, NULL);
      bf_json_out_double (&out, "n", number.value);
      bf_json_out_string (&out, "s", noise);
      bf_json_out_end_object (&out);
      bf_json_doc_parse (doc, text->str, text->len, &root, &error);
      g_assert_no_error (error);
      g_autofree char *valid = g_utf8_make_valid (noise, -1);
      g_assert_cmpstr (bf_json_member_string (root, "s", "?"), ==, valid);
      back = bf_json_member_double (root, "n", NAN);
      g_assert_true (back == number.value);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json-out/text", test_text);
  g_test_add_func ("/json-out/doubles", test_doubles);
  g_test_add_func ("/json-out/read-back", test_read_back);
  return g_test_run ();
}
