/* SPDX-License-Identifier: EUPL-1.2 */
/* The assets that a city has already: their kinds, names and places are those of its store, when observations come from elsewhere. */

#include "ctl/bf-past-private.h"

#include <string.h>

#include "model/bf-attributes.h"
#include "store/bf-journal.h"

static gsize
attributes_length (const char *attributes)
{
  const char *p = attributes;

  while (p != NULL && *p != '\0')
    p += strlen (p) + 1;
  return p != NULL ? (gsize) (p - attributes) + 1 : 0;
}

static void
asset_cb (gpointer user_data, const BfStoreAsset *row)
{
  BfPast *past = user_data;
  const BfKind *kind = row->kind != NULL ? bf_catalog_find_kind (past->catalog, row->kind) : NULL;
  BfPastDraft *draft;

  if (kind == NULL || bf_past_number (past, row->id) != past->known->len)
    return;
  draft = g_new0 (BfPastDraft, 1);
  draft->id = g_strdup (row->id);
  draft->kind = kind->index;
  draft->name = g_strdup (row->name);
  draft->address = g_strdup (row->address);
  draft->parent = g_strdup (row->parent);
  draft->point = (BfPoint){ row->lon, row->lat };
  draft->attributes = bf_attributes_from_json (row->attributes_json);
  draft->attributes_length = attributes_length (draft->attributes);
  g_ptr_array_add (past->known, draft);
}

/**
 * bf_past_know_assets:
 * @store_dir: folder of a city's store
 *
 * Before anything is read: the assets of the store are there from the first observation on. A store of no engine yet has none.
 *
 * Returns: %FALSE with @error when the store cannot be read
 */
gboolean
bf_past_know_assets (BfPast *past, const char *store_dir, GError **error)
{
  g_autofree char *path = g_build_filename (store_dir, "observations.db", NULL);
  g_autoptr (BfJournal) journal = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  journal = bf_journal_open (store_dir, error);
  return journal != NULL && bf_journal_load_assets (journal, asset_cb, past, error);
}

/* (nullable) */
const BfKind *
bf_past_known_kind (BfPast *past, const char *id)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (past->numbers, id));

  if (number == 0 || number > past->known->len)
    return NULL;
  return bf_catalog_kind (past->catalog, ((BfPastDraft *) g_ptr_array_index (past->known, number - 1))->kind);
}
