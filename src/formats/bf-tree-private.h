/* SPDX-License-Identifier: EUPL-1.2 */
/* One record of a nested format as a tree of names and texts: bf-xml.c makes it of an element, bf-datex-json.c of JSON, and
 * decoders read both in the same way. Nodes and texts live in one room that is emptied for the next record, so memory is
 * that of the largest record, and bounded. One thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BfNode BfNode;

struct _BfNode
{
  const char *name; /* local name: no prefix */
  const char *text; /* stripped; "" when there is none */
  const char *type; /* (nullable): xsi:type without its prefix, or the class in JSON */
  BfNode *parent;
  BfNode *first;
  BfNode *last;
  BfNode *next;
  BfNode *attributes; /* a chain by @next */
  guint line;         /* in the payload, 0 when not known */
};

typedef struct _BfNodes BfNodes;

BfNodes *bf_nodes_new (void);
void bf_nodes_free (BfNodes *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfNodes, bf_nodes_free)

/* Forgets all nodes; the room is kept. */
void bf_nodes_reset (BfNodes *tree);
/* NULL when the record is over BF_LIMIT_TREE_BYTES. */
BfNode *bf_nodes_add (BfNodes *tree, BfNode *parent, const char *name, gsize length);
BfNode *bf_nodes_add_attribute (BfNodes *tree, BfNode *node, const char *name, gsize length);
/* Stripped; FALSE when over the limit. */
gboolean bf_nodes_set_text (BfNodes *tree, BfNode *node, const char *text, gsize length);
gboolean bf_nodes_set_type (BfNodes *tree, BfNode *node, const char *type, gsize length);
/* The part of a qualified name behind its prefix. */
const char *bf_nodes_local_name (const char *name);

/* First child of that name; NULL when there is none, also of NULL. */
const BfNode *bf_node_child (const BfNode *node, const char *name);
/* Next sibling of the same name. */
const BfNode *bf_node_again (const BfNode *node);
/* By child names apart by "/"; the first of each. */
const BfNode *bf_node_at (const BfNode *node, const char *path);
/* The text there; NULL when there is none or it is empty. */
const char *bf_node_text (const BfNode *node, const char *path);
/* (nullable) */
const char *bf_node_attribute (const BfNode *node, const char *name);
/* First descendant of that name, in the order of the payload. */
const BfNode *bf_node_find (const BfNode *node, const char *name);
/* The node behind @node in the order of the payload, inside of @top; NULL at the end. */
const BfNode *bf_node_walk (const BfNode *top, const BfNode *node);

G_END_DECLS
