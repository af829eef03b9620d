/* SPDX-License-Identifier: EUPL-1.2 */
/* The model's tables, for bf-model.c (assets), bf-model-kin.c (parents and children), bf-model-shapes.c (lines and areas) and
 * bf-model-values.c (latest values). */
#pragma once

#include "model/bf-arena-private.h"
#include "model/bf-model.h"

G_BEGIN_DECLS

/* What a feed may say of an asset, each with the rank of the feed that said it. */
typedef enum
{
  BF_FIELD_NAME,
  BF_FIELD_ADDRESS,
  BF_FIELD_PARENT,
  BF_FIELD_POINT,
  BF_FIELD_ATTRIBUTES,
  BF_N_FIELDS
} BfField;

/* Latest values of one kind: rows in chunks, so that growing copies nothing. */
typedef struct
{
  guint n_columns;
  guint32 n_rows;
  guint32 capacity;
  guint32 *assets;   /* by row */
  GPtrArray *chunks; /* see bf-model-values.c */
} BfTable;

/* A parent that is not there yet, and the list of its children. */
typedef struct
{
  BfTextRef id;
  guint32 first_child;
} BfWaited;

/* A line or area, and the rank of the feed that said it. */
typedef struct
{
  BfTextRef ref; /* 0: it had one */
  guint16 rank;
} BfShaped;

/* The clock was set ahead: what was learnt before is by so much younger than it seems. */
typedef struct
{
  gint64 at_us; /* as it read then */
  gint64 step_us;
} BfModelStep;

/* When a list was true, and when we learnt it; @as_of_us BF_TIME_NONE: the feed gave none. */
typedef struct
{
  gint64 as_of_us;
  gint64 learnt_us;
} BfConfirmed;

struct _BfModel
{
  const BfCatalog *catalog;
  BfArena *arena;
  guint n_kinds;
  guint n_properties;
  BfTable *tables; /* by kind */

  /* by asset */
  guint32 n_assets;
  guint32 capacity;
  BfTextRef *id;
  BfTextRef *name;
  BfTextRef *address;
  BfTextRef *attributes;
  BfPoint *point;
  guint32 *row;
  guint32 *parent; /* asset, or BF_PARENT_WAITED | place in @waited, or BF_NO_ASSET */
  guint32 *first_child;
  guint32 *next; /* siblings; they may be those of a parent that is not there yet */
  guint32 *prev;
  guint16 *kind;
  guint16 *zone;
  guint16 *feed;
  guint16 *rank[BF_N_FIELDS];

  /* open addressing over the ids: 0 empty, else (asset + 1) | tag << 22 */
  guint32 *slots;
  guint32 n_slots;
  guint32 *full_slots; /* the table before, of half as many, which moves to @slots a little with each asset; NULL: it has moved */
  guint32 n_moved;     /* of its slots */
  guint64 hash_key[2];

  GHashTable *waited_by_id; /* id in the arena -> place in @waited */
  GArray *waited;           /* BfWaited; @id 0: free */
  GArray *waited_free;      /* guint32 */

  GHashTable *shaped_by_asset; /* asset + 1 -> place in @shaped + 1: only who has a shape pays for it */
  GArray *shaped;              /* BfShaped */
  guint n_shapes;

  GPtrArray *stale_limits; /* by feed: gint64 by property, or NULL */
  GArray *confirmed;       /* by feed: BfConfirmed, of its last complete list */
  GArray *steps;           /* BfModelStep, oldest first */
};

#define BF_PARENT_WAITED 0x80000000u

gboolean bf_model_check_parent (const BfModel *model, const char *id, const char *parent, GError **error);
gboolean bf_model_set_parent (BfModel *model, guint32 asset, const char *parent);
void bf_model_adopt (BfModel *model, guint32 asset);
void bf_model_table_add (BfModel *model, guint16 kind, guint32 asset, guint32 *ret_row);
/* bf-model-shapes.c: TRUE when it is another than before */
gboolean bf_model_say_shape (BfModel *model, guint32 asset, const BfAssetInfo *info, guint16 feed);
gsize bf_model_tables_memory_bytes (const BfModel *model);

G_END_DECLS
