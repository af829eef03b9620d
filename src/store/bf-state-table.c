/* SPDX-License-Identifier: EUPL-1.2 */
/* An id is given once: a state that leaves the manifest keeps its own, and has it again when it comes back. So a manifest in
 * another order reads right, and a state that is gone reads as not a number and never as another one. */

#include "store/bf-state-table.h"

#include <math.h>
#include <string.h>

#define KEY_BYTES 256

typedef struct
{
  const char *service;
  const char *property;
  GPtrArray *values; /* text by id; shared with the maps given out, so a new one when it grows */
  GArray *to_index;  /* guint32 by id; likewise */
  GArray *to_id;     /* guint32 by the index of today */
} States;

struct _BfStateTable
{
  GStringChunk *texts;
  GPtrArray *all;    /* States; number + 1 is the handle */
  GHashTable *found; /* "service/property" -> States */
};

static void
states_free (gpointer data)
{
  States *states = data;

  g_clear_pointer (&states->values, g_ptr_array_unref);
  g_clear_pointer (&states->to_index, g_array_unref);
  g_clear_pointer (&states->to_id, g_array_unref);
  g_free (states);
}

BfStateTable *
bf_state_table_new (void)
{
  BfStateTable *table = g_new0 (BfStateTable, 1);

  table->texts = g_string_chunk_new (1024);
  table->all = g_ptr_array_new_with_free_func (states_free);
  table->found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return table;
}

void
bf_state_table_free (BfStateTable *table)
{
  g_hash_table_unref (table->found);
  g_ptr_array_unref (table->all);
  g_string_chunk_free (table->texts);
  g_free (table);
}

static States *
find_or_add (BfStateTable *table, const char *service, const char *property)
{
  g_autofree char *key = g_strdup_printf ("%s/%s", service, property);
  States *states = g_hash_table_lookup (table->found, key);

  if (states != NULL)
    return states;
  states = g_new0 (States, 1);
  states->service = g_string_chunk_insert_const (table->texts, service);
  states->property = g_string_chunk_insert_const (table->texts, property);
  states->values = g_ptr_array_new ();
  states->to_index = g_array_new (FALSE, FALSE, sizeof (guint32));
  states->to_id = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_ptr_array_add (table->all, states);
  g_hash_table_insert (table->found, g_steal_pointer (&key), states);
  return states;
}

static void
add_value (BfStateTable *table, States *states, const char *value)
{
  guint32 none = BF_STATE_NONE;

  g_ptr_array_add (states->values, g_string_chunk_insert_const (table->texts, value));
  g_array_append_val (states->to_index, none);
}

/*
 * bf_state_table_restore:
 * @value: as it is on disk, of one property by id
 *
 * Returns: %FALSE when its id is not the next one
 */
gboolean
bf_state_table_restore (BfStateTable *table, const BfStateValue *value)
{
  States *states = find_or_add (table, value->service, value->property);

  if (value->id != states->values->len)
    return FALSE;
  add_value (table, states, value->value);
  return TRUE;
}

/* The same with room of its own: maps that were given out keep what they have. */
static void
detach (States *states)
{
  GPtrArray *values = g_ptr_array_copy (states->values, NULL, NULL);

  g_ptr_array_unref (states->values);
  states->values = values;
  g_array_unref (states->to_index);
  states->to_index = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint id = 0; id < values->len; id++)
    {
      guint32 none = BF_STATE_NONE;

      g_array_append_val (states->to_index, none);
    }
}

static guint32
id_of (const States *states, const char *value)
{
  for (guint32 id = 0; id < states->values->len; id++)
    if (strcmp (g_ptr_array_index (states->values, id), value) == 0)
      return id;
  return BF_STATE_NONE;
}

/*
 * bf_state_table_set:
 * @values: the states by the index of today
 * @added: (element-type BfStateValue): those that had no id until now are appended
 *
 * Returns: the handle of the property, not 0
 */
guint
bf_state_table_set (BfStateTable *table, const char *service, const char *property, const char *const *values, GArray *added)
{
  States *states = find_or_add (table, service, property);
  guint at;

  detach (states);
  g_array_set_size (states->to_id, 0);
  for (guint32 index = 0; values[index] != NULL; index++)
    {
      guint32 id = id_of (states, values[index]);

      if (id == BF_STATE_NONE)
        {
          id = states->values->len;
          add_value (table, states, values[index]);
          g_array_append_val (added, ((BfStateValue){ states->service, states->property, id, g_ptr_array_index (states->values, id) }));
        }
      g_array_index (states->to_index, guint32, id) = index;
      g_array_append_val (states->to_id, id);
    }
  g_ptr_array_find (table->all, states, &at);
  return at + 1;
}

/*
 * bf_state_table_to_id:
 * @states: from bf_state_table_set()
 *
 * Returns: %FALSE when there is no such state
 */
gboolean
bf_state_table_to_id (const BfStateTable *table, guint states, double index, double *ret_id)
{
  const States *found = states > 0 && states <= table->all->len ? g_ptr_array_index (table->all, states - 1) : NULL;

  if (found == NULL || !(index >= 0 && index < found->to_id->len) || index != floor (index))
    return FALSE;
  *ret_id = g_array_index (found->to_id, guint32, (guint) index);
  return TRUE;
}

/*
 * bf_state_table_find:
 * @asset_id: "service/…"
 * @ret_map: (out caller-allocates): not touched when there is none; bf_state_map_clear() it
 *
 * Returns: %FALSE when the property has no states
 */
gboolean
bf_state_table_find (const BfStateTable *table, const char *asset_id, const char *property, BfStateMap *ret_map)
{
  gsize service = strcspn (asset_id, "/");
  char key[KEY_BYTES];
  const States *states;

  if (table->all->len == 0 || service > KEY_BYTES || g_snprintf (key, sizeof key, "%.*s/%s", (int) service, asset_id, property) >= KEY_BYTES)
    return FALSE;
  states = g_hash_table_lookup (table->found, key);
  /* Of a property that has no states today the numbers are numbers. */
  if (states == NULL || states->to_id->len == 0)
    return FALSE;
  *ret_map = (BfStateMap){ g_array_ref (states->to_index), g_ptr_array_ref (states->values) };
  return TRUE;
}

void
bf_state_map_clear (BfStateMap *map)
{
  g_clear_pointer (&map->to_index, g_array_unref);
  g_clear_pointer (&map->values, g_ptr_array_unref);
}

/*
 * bf_state_map_index:
 * @ret_gone: (out) (optional): the state that the manifest in force does not have, "?" for a number that never was one; else %NULL
 *
 * Returns: the index of today, or NAN
 */
double
bf_state_map_index (const BfStateMap *map, double id, const char **ret_gone)
{
  gboolean known = id >= 0 && id < map->to_index->len && id == floor (id);
  guint32 index = known ? g_array_index (map->to_index, guint32, (guint) id) : BF_STATE_NONE;

  if (ret_gone != NULL)
    *ret_gone = index != BF_STATE_NONE ? NULL : known ? g_ptr_array_index (map->values, (guint) id) : "?";
  return index != BF_STATE_NONE ? (double) index : (double) NAN;
}
