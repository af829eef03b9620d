/* SPDX-License-Identifier: EUPL-1.2 */
/* Reader of JSON over simdjson: the only C++ of the house, behind extern "C", compiled without exceptions and RTTI.
 *
 * A node is a place in simdjson's tape of 64-bit words (its doc/tape.md):
 *
 *   type in the top byte, payload below
 *   '"'      offset in the string buffer: u32 length, bytes, NUL
 *   l u d    the next word is the int64, uint64 or double
 *   t f n    no payload
 *   [ {      low 32 bits: index behind the closing word; next 24 bits: number of members, all ones when there are more
 *
 * Memory: a document of n bytes takes at most n + 8 n (tape) + 5/3 n (texts) + 4 n (first pass), of which the kernel gives
 * only what is touched. The caller's max_bytes bounds it. One thread at a time; nothing is shared between documents. */

#include "json/bf-json.h"

#include <cstring>
#include <glib/gi18n-lib.h>
#include <new>

#include <simdjson.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "json/bf-json-private.h"

namespace
{

struct Tape
{
  const guint64 *words;
  const guint8 *texts;
};

constexpr guint64 payload_mask = (G_GUINT64_CONSTANT (1) << 56) - 1;
constexpr guint64 many = 0xffffff;

inline guint64
word (BfJsonNode node)
{
  return static_cast<const Tape *> (node.tape)->words[node.index];
}

inline char
type_of (guint64 value)
{
  return static_cast<char> (value >> 56);
}

/* Index of the word behind a value. */
inline gsize
index_after (BfJsonNode node)
{
  guint64 value = word (node);

  switch (type_of (value))
    {
    case '[':
    case '{':
      return static_cast<guint32> (value);
    case 'l':
    case 'u':
    case 'd':
      return node.index + 2;
    default:
      return node.index + 1;
    }
}

inline const char *
text_of (BfJsonNode node, gsize *ret_length)
{
  const guint8 *at = static_cast<const Tape *> (node.tape)->texts + (word (node) & payload_mask);
  guint32 length;

  memcpy (&length, at, sizeof length);
  *ret_length = length;
  return reinterpret_cast<const char *> (at + sizeof length);
}

gboolean
member_n (BfJsonNode node, const char *key, gsize key_length, BfJsonNode *ret_node)
{
  BfJsonIter iter;
  const char *name;
  gsize length;

  if (type_of (word (node)) != '{' || !bf_json_iter_init (&iter, node))
    return FALSE;
  while (bf_json_iter_next (&iter, &name, &length, ret_node))
    if (length == key_length && memcmp (name, key, length) == 0)
      return TRUE;
  return FALSE;
}

gboolean
element (BfJsonNode node, gsize n, BfJsonNode *ret_node)
{
  BfJsonIter iter;

  if (type_of (word (node)) != '[' || !bf_json_iter_init (&iter, node))
    return FALSE;
  for (;; n--)
    {
      if (!bf_json_iter_next (&iter, NULL, NULL, ret_node))
        return FALSE;
      if (n == 0)
        return TRUE;
    }
}

/* "name" or "name[3]" or "[3]": TRUE with the node that the segment leads to. */
gboolean
step (BfJsonNode node, const char *segment, gsize length, BfJsonNode *ret_node)
{
  const char *bracket = static_cast<const char *> (memchr (segment, '[', length));
  const char *end = segment + length;
  gsize name_length = bracket != NULL ? static_cast<gsize> (bracket - segment) : length;

  if (length == 0 || (name_length > 0 && !member_n (node, segment, name_length, &node)))
    return FALSE;
  while (bracket != NULL && bracket < end)
    {
      gsize n = 0;
      const char *p = bracket + 1;

      for (; p < end && g_ascii_isdigit (*p) && n < G_MAXUINT32; p++)
        n = n * 10 + static_cast<gsize> (*p - '0');
      if (p == bracket + 1 || p >= end || *p != ']' || !element (node, n, &node))
        return FALSE;
      bracket = p + 1;
      if (bracket < end && *bracket != '[')
        return FALSE;
    }
  *ret_node = node;
  return TRUE;
}

} // namespace

struct _BfJsonDoc
{
  Tape tape;
  gsize max_bytes;
  char *bytes; /* padded copy */
  gsize n_allocated;
  gboolean parsed;
  guint fault_line; /* of the last parse, 0 when it has none */
  gsize n_elements;
  simdjson::dom::parser parser;
};

struct _BfJsonKeys
{
  guint n;
  char **names;
  guint32 *lengths;
  guint16 *next;      /* key + 1 that shares the bucket, 0 at the end */
  guint16 first[256]; /* key + 1, 0 when none */
};

extern "C"
{

/**
 * bf_json_doc_new:
 * @max_bytes: longest document; more is refused before it is looked at
 */
BfJsonDoc *
bf_json_doc_new (gsize max_bytes)
{
  BfJsonDoc *doc = new (std::nothrow) BfJsonDoc ();

  if (doc == NULL)
    g_error ("no memory for a JSON reader");
  doc->max_bytes = MIN (max_bytes, simdjson::SIMDJSON_MAXSIZE_BYTES - simdjson::SIMDJSON_PADDING);
  return doc;
}

void
bf_json_doc_free (BfJsonDoc *doc)
{
  if (doc == NULL)
    return;
  g_free (doc->bytes);
  delete doc;
}

/* Room for @length bytes, with a quarter to spare so that a feed that grows slowly does not allocate each time. */
static gboolean
make_room (BfJsonDoc *doc, gsize length, GError **error)
{
  gsize capacity;

  if (length <= doc->n_allocated && doc->bytes != NULL)
    return TRUE;
  capacity = MIN (MAX (length + length / 4, 4096), doc->max_bytes);
  g_clear_pointer (&doc->bytes, g_free);
  doc->n_allocated = 0;
  doc->bytes = static_cast<char *> (g_try_malloc (capacity + simdjson::SIMDJSON_PADDING));
  if (doc->bytes == NULL || doc->parser.doc.allocate (capacity) != simdjson::SUCCESS
      || doc->parser.allocate (capacity, BF_LIMIT_JSON_DEPTH + 1) != simdjson::SUCCESS)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("no memory for a JSON text of %zu bytes"), length);
      return FALSE;
    }
  doc->n_allocated = capacity;
  return TRUE;
}

static void
set_syntax_error (BfJsonDoc *doc, gsize length, simdjson::error_code code, GError **error)
{
  BfJsonFault fault;

  if (error == NULL)
    return;
  if (bf_json_find_fault (doc->bytes, length, BF_LIMIT_JSON_DEPTH, &fault))
    {
      doc->fault_line = fault.line;
      g_set_error (error, BF_ERROR, fault.too_deep ? BF_ERROR_LIMIT : BF_ERROR_SYNTAX, _ ("not JSON: line %u, column %u: %s"),
                   fault.line, fault.column, fault.message);
    }
  else
    g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("not JSON: %s"), simdjson::error_message (code));
}

/* @bytes, in an array of its own when @in_array. */
static simdjson::error_code
parse_text (BfJsonDoc *doc, const char *bytes, gsize length, gboolean in_array)
{
  char *at = doc->bytes;

  if (in_array)
    *at++ = '[';
  if (length > 0)
    memcpy (at, bytes, length);
  at += length;
  if (in_array)
    *at++ = ']';
  memset (at, 0, simdjson::SIMDJSON_PADDING);
  doc->parsed = FALSE;
  return doc->parser.parse (doc->bytes, static_cast<gsize> (at - doc->bytes), false).error ();
}

static void
set_root (BfJsonDoc *doc, BfJsonNode *ret_root)
{
  doc->tape.words = doc->parser.doc.tape.get ();
  doc->tape.texts = doc->parser.doc.string_buf.get ();
  doc->parsed = TRUE;
  ret_root->tape = &doc->tape;
  ret_root->index = 1;
  doc->n_elements = bf_json_array_length (*ret_root);
}

gboolean
bf_json_doc_parse_elements (BfJsonDoc *doc, const char *bytes, gsize length, BfJsonNode *ret_array)
{
  if (length + 2 > doc->max_bytes || !make_room (doc, length + 2, NULL) || parse_text (doc, bytes, length, TRUE) != simdjson::SUCCESS)
    return FALSE;
  set_root (doc, ret_array);
  return TRUE;
}

void
bf_json_doc_set_n_elements (BfJsonDoc *doc, gsize n)
{
  doc->n_elements = n;
}

gsize
bf_json_doc_n_elements (const BfJsonDoc *doc)
{
  return doc->n_elements;
}

gsize
bf_json_doc_max_bytes (const BfJsonDoc *doc)
{
  return doc->max_bytes;
}

/**
 * bf_json_doc_fault_line:
 *
 * Returns: the line in which the last parse failed, from 1; 0 when it did not, or for another reason than its text
 */
guint
bf_json_doc_fault_line (const BfJsonDoc *doc)
{
  return doc->fault_line;
}

/**
 * bf_json_doc_parse:
 * @bytes: the text, UTF-8, with or without a byte order mark; not kept
 * @ret_root: (out): its value; not touched on failure
 * @error: %BF_ERROR_SYNTAX with line and column; %BF_ERROR_LIMIT: too long or too deep
 *
 * Nodes of an earlier parse are dead, also when this one fails.
 */
gboolean
bf_json_doc_parse (BfJsonDoc *doc, const char *bytes, gsize length, BfJsonNode *ret_root, GError **error)
{
  simdjson::error_code code;

  g_return_val_if_fail (doc != NULL, FALSE);
  g_return_val_if_fail (bytes != NULL || length == 0, FALSE);

  doc->fault_line = 0;
  if (length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0)
    {
      bytes += 3;
      length -= 3;
    }
  if (length > doc->max_bytes)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT,
                   _ ("the JSON text has %zu bytes, more than the limit of %zu"), length,
                   doc->max_bytes);
      return FALSE;
    }
  if (!make_room (doc, length, error))
    return FALSE;
  code = parse_text (doc, bytes, length, FALSE);
  if (code != simdjson::SUCCESS)
    {
      set_syntax_error (doc, length, code, error);
      return FALSE;
    }
  set_root (doc, ret_root);
  return TRUE;
}

gboolean
bf_json_doc_root (const BfJsonDoc *doc, BfJsonNode *ret_root)
{
  if (!doc->parsed)
    return FALSE;
  ret_root->tape = &doc->tape;
  ret_root->index = 1;
  return TRUE;
}

BfJsonType
bf_json_type (BfJsonNode node)
{
  switch (type_of (word (node)))
    {
    case '{':
      return BF_JSON_OBJECT;
    case '[':
      return BF_JSON_ARRAY;
    case '"':
      return BF_JSON_STRING;
    case 'l':
      return BF_JSON_INT;
    case 'u': /* above G_MAXINT64 only: simdjson prefers the signed type */
    case 'd':
      return BF_JSON_DOUBLE;
    case 't':
    case 'f':
      return BF_JSON_BOOL;
    default:
      return BF_JSON_NULL;
    }
}

gboolean
bf_json_get_double (BfJsonNode node, double *ret_value)
{
  const guint64 *words = static_cast<const Tape *> (node.tape)->words + node.index;

  switch (type_of (words[0]))
    {
    case 'd':
      memcpy (ret_value, &words[1], sizeof *ret_value);
      return TRUE;
    case 'l':
      *ret_value = static_cast<double> (static_cast<gint64> (words[1]));
      return TRUE;
    case 'u':
      *ret_value = static_cast<double> (words[1]);
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
bf_json_get_int (BfJsonNode node, gint64 *ret_value)
{
  const guint64 *words = static_cast<const Tape *> (node.tape)->words + node.index;

  if (type_of (words[0]) != 'l')
    return FALSE;
  *ret_value = static_cast<gint64> (words[1]);
  return TRUE;
}

gboolean
bf_json_get_bool (BfJsonNode node, gboolean *ret_value)
{
  char type = type_of (word (node));

  if (type != 't' && type != 'f')
    return FALSE;
  *ret_value = type == 't';
  return TRUE;
}

gboolean
bf_json_get_string (BfJsonNode node, const char **ret_text, gsize *ret_length)
{
  gsize length;
  const char *text;

  if (type_of (word (node)) != '"')
    return FALSE;
  text = text_of (node, &length);
  *ret_text = text;
  if (ret_length != NULL)
    *ret_length = length;
  return TRUE;
}

/**
 * bf_json_array_length:
 *
 * Returns: number of elements (of members for an object), 0 for what is neither
 */
gsize
bf_json_array_length (BfJsonNode node)
{
  guint64 value = word (node);
  gsize n = (value >> 32) & many;
  BfJsonIter iter;
  BfJsonNode unused;

  if (!bf_json_iter_init (&iter, node))
    return 0;
  if (n < many)
    return n;
  for (n = 0; bf_json_iter_next (&iter, NULL, NULL, &unused);)
    n++;
  return n;
}

gboolean
bf_json_member (BfJsonNode node, const char *key, BfJsonNode *ret_node)
{
  BfJsonNode value;

  if (!member_n (node, key, strlen (key), &value))
    return FALSE;
  *ret_node = value;
  return TRUE;
}

/**
 * bf_json_path:
 * @path: "fields.geo[0]"; a member whose name is the whole rest of the path, dots and all, is preferred at every step
 */
gboolean
bf_json_path (BfJsonNode node, const char *path, BfJsonNode *ret_node)
{
  BfJsonNode value;

  for (;;)
    {
      const char *dot;
      gsize rest = strlen (path);

      if (member_n (node, path, rest, &value))
        break;
      dot = strchr (path, '.');
      if (dot == NULL)
        {
          if (!step (node, path, rest, &value))
            return FALSE;
          break;
        }
      if (!step (node, path, static_cast<gsize> (dot - path), &node))
        return FALSE;
      path = dot + 1;
    }
  *ret_node = value;
  return TRUE;
}

static inline guint8
bucket_of (const char *name, gsize length)
{
  if (length == 0)
    return 0;
  return static_cast<guint8> (length * 37 + static_cast<guint8> (name[0]) * 5 + static_cast<guint8> (name[length - 1]) * 11
                              + static_cast<guint8> (name[length / 2]));
}

/**
 * bf_json_keys_new:
 * @keys: different names
 * @n_keys: at most 65534
 */
BfJsonKeys *
bf_json_keys_new (const char *const *keys, guint n_keys)
{
  BfJsonKeys *set = g_new0 (BfJsonKeys, 1);

  g_return_val_if_fail (n_keys < G_MAXUINT16, set);
  set->n = n_keys;
  set->names = g_new0 (char *, n_keys + 1);
  set->lengths = g_new0 (guint32, n_keys + 1);
  set->next = g_new0 (guint16, n_keys + 1);
  for (guint i = 0; i < n_keys; i++)
    {
      gsize length = strlen (keys[i]);
      guint8 bucket = bucket_of (keys[i], length);

      set->names[i] = g_strdup (keys[i]);
      set->lengths[i] = static_cast<guint32> (length);
      set->next[i] = set->first[bucket];
      set->first[bucket] = static_cast<guint16> (i + 1);
    }
  return set;
}

void
bf_json_keys_free (BfJsonKeys *keys)
{
  if (keys == NULL)
    return;
  for (guint i = 0; i < keys->n; i++)
    g_free (keys->names[i]);
  g_free (keys->names);
  g_free (keys->lengths);
  g_free (keys->next);
  g_free (keys);
}

gboolean
bf_json_pick (BfJsonNode node, const BfJsonKeys *keys, BfJsonNode *ret_nodes)
{
  const Tape *tape = static_cast<const Tape *> (node.tape);
  guint64 value = word (node);
  gsize end = static_cast<guint32> (value) - 1;
  guint left = keys->n;

  for (guint i = 0; i < keys->n; i++)
    ret_nodes[i].tape = NULL;
  if (type_of (value) != '{')
    return FALSE;
  for (BfJsonNode at = { tape, node.index + 1 }; at.index < end && left > 0; at.index = index_after (at))
    {
      gsize length;
      const char *name = text_of (at, &length);

      at.index++;
      for (guint i = keys->first[bucket_of (name, length)]; i != 0; i = keys->next[i - 1])
        if (keys->lengths[i - 1] == length && memcmp (keys->names[i - 1], name, length) == 0)
          {
            if (ret_nodes[i - 1].tape == NULL)
              left--;
            else
              break;
            ret_nodes[i - 1] = at;
            break;
          }
    }
  return TRUE;
}

gboolean
bf_json_iter_init (BfJsonIter *iter, BfJsonNode node)
{
  guint64 value = word (node);
  char type = type_of (value);

  if (type != '{' && type != '[')
    return FALSE;
  iter->at.tape = node.tape;
  iter->at.index = node.index + 1;
  iter->end = static_cast<guint32> (value) - 1;
  iter->object = type == '{';
  return TRUE;
}

gboolean
bf_json_iter_next (BfJsonIter *iter, const char **ret_key, gsize *ret_key_length, BfJsonNode *ret_value)
{
  if (iter->at.index >= iter->end)
    return FALSE;
  if (iter->object)
    {
      gsize length;
      const char *key = text_of (iter->at, &length);

      if (ret_key != NULL)
        *ret_key = key;
      if (ret_key_length != NULL)
        *ret_key_length = length;
      iter->at.index++;
    }
  *ret_value = iter->at;
  iter->at.index = index_after (iter->at);
  return TRUE;
}

const char *
bf_json_member_string (BfJsonNode node, const char *key, const char *fallback)
{
  BfJsonNode value;
  const char *text;

  return bf_json_member (node, key, &value) && bf_json_get_string (value, &text, NULL) ? text : fallback;
}

double
bf_json_member_double (BfJsonNode node, const char *key, double fallback)
{
  BfJsonNode value;
  double number;

  return bf_json_member (node, key, &value) && bf_json_get_double (value, &number) ? number : fallback;
}

gint64
bf_json_member_int (BfJsonNode node, const char *key, gint64 fallback)
{
  BfJsonNode value;
  gint64 number;

  return bf_json_member (node, key, &value) && bf_json_get_int (value, &number) ? number : fallback;
}

gboolean
bf_json_member_bool (BfJsonNode node, const char *key, gboolean fallback)
{
  BfJsonNode value;
  gboolean truth;

  return bf_json_member (node, key, &value) && bf_json_get_bool (value, &truth) ? truth : fallback;
}

gint64
bf_json_member_time (BfJsonNode node, const char *key)
{
  BfJsonNode value;
  const char *text;
  gsize length;
  gint64 time_us;

  if (!bf_json_member (node, key, &value) || !bf_json_get_string (value, &text, &length)
      || !bf_time_parse_rfc3339 (text, length, NULL, &time_us))
    return BF_TIME_NONE;
  return time_us;
}

} // extern "C"
