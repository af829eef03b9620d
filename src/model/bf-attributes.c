/* SPDX-License-Identifier: EUPL-1.2 */
/* An asset's attributes as the model has them and as a store keeps them: see bf-attributes.h. */

#include "model/bf-attributes.h"

#include <string.h>

#include "json/bf-json-out.h"
#include "json/bf-json.h"

/**
 * bf_attributes_to_json:
 * @attributes: (nullable): "key\0value\0…\0\0", as the model has them
 *
 * Returns: (transfer full) (nullable): a JSON object, %NULL of none
 */
char *
bf_attributes_to_json (const char *attributes)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  if (attributes == NULL || attributes[0] == '\0')
    return NULL;
  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  for (const char *key = attributes; *key != '\0';)
    {
      const char *value = key + strlen (key) + 1;

      bf_json_out_string (&out, key, value);
      key = value + strlen (value) + 1;
    }
  bf_json_out_end_object (&out);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * bf_attributes_from_json:
 * @json: (nullable)
 *
 * Returns: (transfer full) (nullable): as the model takes them, %NULL when @json is no object; what is no text is left out
 */
char *
bf_attributes_from_json (const char *json)
{
  g_autoptr (BfJsonDoc) doc = NULL;
  GString *flat;
  BfJsonNode node;
  BfJsonIter iter;
  BfJsonNode value;
  const char *key;
  gsize key_length;

  if (json == NULL)
    return NULL;
  doc = bf_json_doc_new (1u << 20);
  if (!bf_json_doc_parse (doc, json, strlen (json), &node, NULL) || !bf_json_iter_init (&iter, node))
    return NULL;
  flat = g_string_new (NULL);
  while (bf_json_iter_next (&iter, &key, &key_length, &value))
    {
      const char *text;
      gsize length;

      if (!bf_json_get_string (value, &text, &length))
        continue;
      g_string_append_len (flat, key, (gssize) key_length + 1);
      g_string_append_len (flat, text, (gssize) length + 1);
    }
  g_string_append_c (flat, '\0');
  return g_string_free (flat, FALSE);
}
