/* SPDX-License-Identifier: EUPL-1.2 */
/* What the numbers of a state mean: a dictionary a property of a service, from the store's own ids to the index that the
 * manifest in force gives each state, and back. Private to the store. Texts live as long as the table. Not locked: the owner
 * does that; a BfStateMap is never changed and may be kept outside of the lock. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BF_STATE_NONE G_MAXUINT32 /* no index: the manifest in force does not have it */

typedef struct _BfStateTable BfStateTable;

/* By id, the index of today. */
typedef struct
{
  GArray *to_index;  /* guint32 */
  GPtrArray *values; /* texts, by id */
} BfStateMap;

typedef struct
{
  const char *service;
  const char *property;
  guint id;
  const char *value;
} BfStateValue;

BfStateTable *bf_state_table_new (void);
void bf_state_table_free (BfStateTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfStateTable, bf_state_table_free)

gboolean bf_state_table_restore (BfStateTable *table, const BfStateValue *value);
guint bf_state_table_set (BfStateTable *table, const char *service, const char *property, const char *const *values,
                          GArray *added);
gboolean bf_state_table_to_id (const BfStateTable *table, guint states, double index, double *ret_id);
gboolean bf_state_table_find (const BfStateTable *table, const char *asset_id, const char *property, BfStateMap *ret_map);
void bf_state_map_clear (BfStateMap *map);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BfStateMap, bf_state_map_clear)
double bf_state_map_index (const BfStateMap *map, double id, const char **ret_gone);

G_END_DECLS
