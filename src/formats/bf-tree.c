/* SPDX-License-Identifier: EUPL-1.2 */
/* Room and reading of a record's tree: see bf-tree-private.h. Blocks of 64 KiB, handed out from front to back; walking needs
 * no recursion. */

#include "formats/bf-tree-private.h"

#include <string.h>

#include "base/bf-limits.h"

#define BLOCK_BYTES 65536u

struct _BfNodes
{
  GPtrArray *blocks;
  guint block;  /* in use */
  gsize used;   /* of it */
  gsize total;  /* handed out since the last reset */
  GPtrArray *large; /* texts longer than a block */
};

BfNodes *
bf_nodes_new (void)
{
  BfNodes *tree = g_new0 (BfNodes, 1);

  tree->blocks = g_ptr_array_new_with_free_func (g_free);
  tree->large = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (tree->blocks, g_malloc (BLOCK_BYTES));
  return tree;
}

void
bf_nodes_free (BfNodes *tree)
{
  if (tree == NULL)
    return;
  g_ptr_array_unref (tree->blocks);
  g_ptr_array_unref (tree->large);
  g_free (tree);
}

void
bf_nodes_reset (BfNodes *tree)
{
  tree->block = 0;
  tree->used = tree->total = 0;
  if (tree->large->len > 0)
    g_ptr_array_set_size (tree->large, 0);
}

static gpointer
take (BfNodes *tree, gsize size)
{
  char *room;

  size = (size + 7) & ~(gsize) 7;
  tree->total += size;
  if (tree->total > BF_LIMIT_TREE_BYTES)
    return NULL;
  if (size > BLOCK_BYTES / 4)
    {
      room = g_malloc (size);
      g_ptr_array_add (tree->large, room);
      return room;
    }
  if (tree->used + size > BLOCK_BYTES)
    {
      tree->block++;
      tree->used = 0;
      if (tree->block == tree->blocks->len)
        g_ptr_array_add (tree->blocks, g_malloc (BLOCK_BYTES));
    }
  room = (char *) g_ptr_array_index (tree->blocks, tree->block) + tree->used;
  tree->used += size;
  return room;
}

static char *
take_text (BfNodes *tree, const char *text, gsize length)
{
  char *room = take (tree, length + 1);

  if (room == NULL)
    return NULL;
  memcpy (room, text, length);
  room[length] = '\0';
  return room;
}

static BfNode *
take_node (BfNodes *tree, BfNode *parent, const char *name, gsize length)
{
  BfNode *node = take (tree, sizeof *node);

  if (node == NULL)
    return NULL;
  memset (node, 0, sizeof *node);
  node->text = "";
  node->parent = parent;
  node->name = take_text (tree, name, length);
  return node->name != NULL ? node : NULL;
}

BfNode *
bf_nodes_add (BfNodes *tree, BfNode *parent, const char *name, gsize length)
{
  BfNode *node = take_node (tree, parent, name, length);

  if (node == NULL || parent == NULL)
    return node;
  if (parent->last != NULL)
    parent->last->next = node;
  else
    parent->first = node;
  parent->last = node;
  return node;
}

BfNode *
bf_nodes_add_attribute (BfNodes *tree, BfNode *node, const char *name, gsize length)
{
  BfNode *attribute = take_node (tree, node, name, length);

  if (attribute == NULL)
    return NULL;
  attribute->next = node->attributes;
  node->attributes = attribute;
  return attribute;
}

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

gboolean
bf_nodes_set_text (BfNodes *tree, BfNode *node, const char *text, gsize length)
{
  const char *copy;

  while (length > 0 && is_blank (text[0]))
    {
      text++;
      length--;
    }
  while (length > 0 && is_blank (text[length - 1]))
    length--;
  copy = length > 0 ? take_text (tree, text, length) : "";
  if (copy == NULL)
    return FALSE;
  node->text = copy;
  return TRUE;
}

gboolean
bf_nodes_set_type (BfNodes *tree, BfNode *node, const char *type, gsize length)
{
  const char *copy = take_text (tree, type, length);

  if (copy == NULL)
    return FALSE;
  node->type = bf_nodes_local_name (copy);
  return TRUE;
}

const char *
bf_nodes_local_name (const char *name)
{
  const char *colon = strrchr (name, ':');

  return colon != NULL ? colon + 1 : name;
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

const BfNode *
bf_node_child (const BfNode *node, const char *name)
{
  for (const BfNode *child = node != NULL ? node->first : NULL; child != NULL; child = child->next)
    if (strcmp (child->name, name) == 0)
      return child;
  return NULL;
}

const BfNode *
bf_node_again (const BfNode *node)
{
  for (const BfNode *next = node->next; next != NULL; next = next->next)
    if (strcmp (next->name, node->name) == 0)
      return next;
  return NULL;
}

const BfNode *
bf_node_at (const BfNode *node, const char *path)
{
  char name[64];

  while (node != NULL && *path != '\0')
    {
      gsize length = strcspn (path, "/");

      g_return_val_if_fail (length < sizeof name, NULL);
      memcpy (name, path, length);
      name[length] = '\0';
      node = bf_node_child (node, name);
      path += length + (path[length] == '/');
    }
  return node;
}

const char *
bf_node_text (const BfNode *node, const char *path)
{
  node = bf_node_at (node, path);
  return node != NULL && node->text[0] != '\0' ? node->text : NULL;
}

const char *
bf_node_attribute (const BfNode *node, const char *name)
{
  for (const BfNode *attribute = node != NULL ? node->attributes : NULL; attribute != NULL; attribute = attribute->next)
    if (strcmp (attribute->name, name) == 0)
      return attribute->text;
  return NULL;
}

const BfNode *
bf_node_walk (const BfNode *top, const BfNode *node)
{
  if (node->first != NULL)
    return node->first;
  while (node != top && node->next == NULL)
    node = node->parent;
  return node != top ? node->next : NULL;
}

const BfNode *
bf_node_find (const BfNode *node, const char *name)
{
  for (const BfNode *at = node != NULL ? bf_node_walk (node, node) : NULL; at != NULL; at = bf_node_walk (node, at))
    if (strcmp (at->name, name) == 0)
      return at;
  return NULL;
}
