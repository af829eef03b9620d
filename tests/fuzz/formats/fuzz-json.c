/* SPDX-License-Identifier: EUPL-1.2 */
/* The JSON reader: every node is walked, and the slow second pass must agree with simdjson on what is JSON. */

#include "bf-fuzz.h"

#include "json/bf-json-private.h"

static guint
walk (BfJsonNode node, guint depth)
{
  BfJsonIter iter;
  BfJsonNode value;
  const char *key = NULL, *text;
  gsize length, n = 0;
  double number;

  fuzz_check (depth <= BF_LIMIT_JSON_DEPTH + 1); /* an empty container is no level */
  if (bf_json_get_string (node, &text, &length))
    fuzz_check (text[length] == '\0' && g_utf8_validate_len (text, length, NULL) == (memchr (text, 0, length) == NULL));
  if (bf_json_get_double (node, &number))
    fuzz_check (isfinite (number));
  if (!bf_json_iter_init (&iter, node))
    return 1;
  while (bf_json_iter_next (&iter, &key, &length, &value))
    {
      n++;
      walk (value, depth + 1);
      if (bf_json_type (node) == BF_JSON_OBJECT && strlen (key) == length)
        fuzz_check (bf_json_path (node, key, &value) || length == 0);
    }
  fuzz_check (n == bf_json_array_length (node));
  return 1;
}

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
  static BfJsonDoc *doc;
  g_autofree char *padded = NULL;
  g_autoptr (GError) error = NULL;
  BfJsonFault fault;
  BfJsonNode root;
  gboolean good;

  if (length > 4000)
    return 0;
  if (doc == NULL)
    doc = bf_json_doc_new (1 << 20);
  good = bf_json_doc_parse (doc, (const char *) bytes, length, &root, &error);
  fuzz_check (good == (error == NULL));
  if (error != NULL)
    fuzz_check (g_utf8_validate (error->message, -1, NULL));
  if (length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0)
    {
      bytes += 3;
      length -= 3;
    }
  padded = g_malloc0 (length + 64);
  memcpy (padded, bytes, length);
  fuzz_check (bf_json_find_fault (padded, length, BF_LIMIT_JSON_DEPTH, &fault) == !good);
  if (good)
    walk (root, 0);
  return 0;
}
