/* SPDX-License-Identifier: EUPL-1.2 */
/* The JSON of DATEX II v3 as the tree that its XML gives. What the JSON mapping of the standard does otherwise: arrays are
 * elements that come again; an attribute is a member that ends in G (idG); the class of an element stands as a member of its
 * own with the package before it ("situationRecord": [{"sitAccident": {…}}]); an enumeration may be {"value": "open"}. */

#include "formats/bf-datex-private.h"

#include <string.h>

#include "base/bf-limits.h"

static const char *const packages[] = { "sit", "loc", "roa", "prk", "com", "par", "fac", "rtm", "exi", "inf", NULL };

/* "sitAccident" -> "Accident"; NULL when the name is no class of a package. */
static const char *
class_of (const char *name)
{
  for (guint i = 0; packages[i] != NULL; i++)
    if (strncmp (name, packages[i], 3) == 0 && g_ascii_isupper (name[3]))
      return name + 3;
  return NULL;
}

static gboolean
is_attribute (const char *name, gsize length)
{
  return length > 2 && name[length - 1] == 'G' && g_ascii_islower (name[length - 2]);
}

static gboolean fill (BfNodes *tree, BfNode *into, BfJsonNode value, guint depth);

static gboolean
set_scalar (BfNodes *tree, BfNode *node, BfJsonNode value)
{
  char room[G_ASCII_DTOSTR_BUF_SIZE];
  const char *text;
  gsize length;
  gboolean flag;
  double number;

  if (bf_json_get_string (value, &text, &length))
    return bf_nodes_set_text (tree, node, text, strlen (text));
  if (bf_json_get_bool (value, &flag))
    text = flag ? "true" : "false";
  else if (bf_json_get_double (value, &number))
    text = g_ascii_formatd (room, sizeof room, "%.15g", number);
  else
    return TRUE; /* null */
  return bf_nodes_set_text (tree, node, text, strlen (text));
}

static gboolean
add_member (BfNodes *tree, BfNode *into, const char *key, gsize length, BfJsonNode value, guint depth)
{
  gboolean scalar = bf_json_type (value) != BF_JSON_ARRAY && bf_json_type (value) != BF_JSON_OBJECT;
  BfNode *node;

  if (bf_json_type (value) == BF_JSON_ARRAY)
    {
      BfJsonIter iter;
      BfJsonNode item;

      bf_json_iter_init (&iter, value);
      while (bf_json_iter_next (&iter, NULL, NULL, &item))
        if (bf_json_type (item) != BF_JSON_ARRAY && !add_member (tree, into, key, length, item, depth))
          return FALSE;
      return TRUE;
    }
  if (scalar && is_attribute (key, length))
    node = bf_nodes_add_attribute (tree, into, key, length - 1);
  else if (!scalar && class_of (key) != NULL)
    {
      if (!bf_nodes_set_type (tree, into, class_of (key), strlen (class_of (key))))
        return FALSE;
      return fill (tree, into, value, depth);
    }
  else
    node = bf_nodes_add (tree, into, key, length);
  if (node == NULL)
    return FALSE;
  return scalar ? set_scalar (tree, node, value) : fill (tree, node, value, depth);
}

/* The depth is that of the JSON reader's limit. */
static gboolean
fill (BfNodes *tree, BfNode *into, BfJsonNode value, guint depth)
{
  BfJsonIter iter;
  BfJsonNode member;
  const char *key;
  gsize length;

  if (depth >= BF_LIMIT_XML_DEPTH)
    return FALSE;
  bf_json_iter_init (&iter, value);
  while (bf_json_iter_next (&iter, &key, &length, &member))
    {
      if (!add_member (tree, into, key, length, member, depth + 1))
        return FALSE;
      if (strcmp (key, "value") == 0 && into->text[0] == '\0' && into->last != NULL && into->last->first == NULL)
        into->text = into->last->text;
      if (strcmp (key, "_type") == 0 && into->last != NULL)
        into->type = into->last->text;
    }
  return TRUE;
}

BfNode *
bf_datex_tree_of_json (BfNodes *tree, const char *name, BfJsonNode node)
{
  BfNode *root = bf_nodes_add (tree, NULL, name, strlen (name));

  return root != NULL && bf_json_type (node) == BF_JSON_OBJECT && fill (tree, root, node, 0) ? root : NULL;
}
