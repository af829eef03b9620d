/* SPDX-License-Identifier: EUPL-1.2 */
/* A city's own past, out of the journal of its store, straight into rehearsals: an hour of it is held in memory, however long the
 * period is. Assets are those of the store, there from the first observation on; derived values are reckoned anew. */

#include "ctl/bf-past.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "model/bf-attributes.h"
#include "model/bf-city.h"
#include "store/bf-journal.h"

typedef struct
{
  guint32 asset;
  guint16 property; /* BF_NO_PROPERTY: not to be observed */
  gboolean derived;
  gboolean known;   /* looked up already */
} Target;

typedef struct
{
  const BfCatalog *catalog;
  BfPastStore *store;
  GPtrArray *feeds;    /* BfFeedDef, by number */
  GHashTable *numbers; /* name of a feed -> number + 1 */
  BfJournal *journal;
  BfRehearsal *const *rehearsals;
  guint n_rehearsals;
  GArray *targets;     /* Target, by series */
  gint64 batch_us;     /* result time of the batch under way, BF_TIME_NONE: none */
} Reader;

static void
reader_clear (Reader *reader)
{
  g_clear_pointer (&reader->feeds, g_ptr_array_unref);
  g_clear_pointer (&reader->numbers, g_hash_table_unref);
  g_clear_pointer (&reader->journal, bf_journal_close);
  g_clear_pointer (&reader->targets, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

/* As the engine numbers them; one that cannot be read has no limit, as one that is gone. */
static void
load_feeds (Reader *reader, const char *city_dir, GPtrArray *problems)
{
  g_autoptr (GPtrArray) paths = bf_city_list (city_dir, "feeds.d", ".feed", problems);

  reader->feeds = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_feed_def_free);
  reader->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < paths->len; i++)
    {
      g_autoptr (GError) error = NULL;
      BfFeedDef *def = bf_feed_def_load (g_ptr_array_index (paths, i), (guint16) i, reader->catalog, problems, &error);

      if (def == NULL)
        bf_problems_add (problems, g_ptr_array_index (paths, i), 0, "%s", error->message);
      else
        {
          g_ptr_array_add (reader->feeds, def);
          g_hash_table_insert (reader->numbers, def->name, GUINT_TO_POINTER (reader->feeds->len));
        }
    }
}

static guint16
feed_number (const Reader *reader, const char *name)
{
  guint number = name != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (reader->numbers, name)) : 0;

  return number > 0 ? (guint16) (number - 1) : BF_NO_FEED;
}

static void
set_limits (const Reader *reader)
{
  for (guint f = 0; f < reader->feeds->len; f++)
    {
      const BfFeedDef *def = g_ptr_array_index (reader->feeds, f);
      const BfService *service = def->service != BF_NO_SERVICE ? bf_catalog_service (reader->catalog, def->service) : NULL;
      gint64 limit_us = bf_feed_def_stale_us (def);

      for (guint p = 0; service != NULL && limit_us > 0 && p < service->properties->len; p++)
        for (guint i = 0; i < reader->n_rehearsals; i++)
          bf_rehearsal_set_stale_limit (reader->rehearsals[i], (guint16) f, g_array_index (service->properties, guint16, p), limit_us);
    }
}

/* ---- Rows ---- */

static void
asset_cb (gpointer user_data, const BfStoreAsset *row)
{
  Reader *reader = user_data;
  const BfKind *kind = row->kind != NULL ? bf_catalog_find_kind (reader->catalog, row->kind) : NULL;
  g_autofree char *attributes = bf_attributes_from_json (row->attributes_json);
  BfAssetInfo info = { row->id, kind != NULL ? kind->index : BF_NO_KIND, row->name, row->address, row->parent, { row->lon, row->lat }, attributes, NULL };

  if (kind == NULL)
    {
      reader->store->n_unknown++;
      return;
    }
  for (guint i = 0; i < reader->n_rehearsals; i++)
    {
      g_autoptr (GError) error = NULL;

      if (bf_rehearsal_put_asset (reader->rehearsals[i], &info, feed_number (reader, row->feed), &error) == BF_NO_ASSET)
        g_printerr ("beffroictl: %s\n", error->message);
    }
}

static void
begin_batch (Reader *reader, gint64 result_us)
{
  gboolean first = reader->batch_us == BF_TIME_NONE;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < reader->n_rehearsals; i++)
    {
      if (!first)
        bf_rehearsal_commit (reader->rehearsals[i]);
      bf_rehearsal_begin (reader->rehearsals[i], result_us);
    }
  reader->batch_us = result_us;
  if (first && !bf_journal_load_assets (reader->journal, asset_cb, reader, &error))
    g_printerr ("beffroictl: %s\n", error->message);
}

static const Target *
find_target (Reader *reader, const BfJournalRow *row)
{
  Target *target = &g_array_index (reader->targets, Target, row->series);
  const BfModel *model = bf_rehearsal_model (reader->rehearsals[0]);
  const BfProperty *property;

  if (target->known)
    return target;
  *target = (Target){ bf_model_find_asset (model, row->asset_id), BF_NO_PROPERTY, FALSE, TRUE };
  if (target->asset == BF_NO_ASSET)
    return target;
  property = bf_catalog_find_property (reader->catalog, bf_model_asset_kind (model, target->asset)->service, row->property);
  target->derived = property != NULL && property->derive != NULL;
  if (property != NULL && !target->derived)
    target->property = property->index;
  return target;
}

static void
row_cb (gpointer user_data, const BfJournalRow *row)
{
  Reader *reader = user_data;
  const Target *target;
  const BfProperty *property;
  double value = row->value;

  if (row->result_us != reader->batch_us)
    begin_batch (reader, row->result_us);
  target = find_target (reader, row);
  if (target->property == BF_NO_PROPERTY)
    {
      reader->store->n_derived += target->derived;
      reader->store->n_unknown += !target->derived;
      return;
    }
  property = bf_catalog_property (reader->catalog, target->property);
  if (property->type == BF_PROPERTY_STATE)
    value = row->state != NULL ? bf_property_find_value (property, row->state, strlen (row->state)) : -1;
  if (property->type == BF_PROPERTY_STATE && value < 0)
    {
      reader->store->n_unknown++;
      return;
    }
  for (guint i = 0; i < reader->n_rehearsals; i++)
    bf_rehearsal_observe (reader->rehearsals[i], target->asset, target->property, value, row->observed_us, feed_number (reader, row->feed),
                          row->record);
}

/**
 * bf_past_run_store:
 * @store: what is to be read; its counts are written
 * @problems: of the city's feeds
 *
 * Gives the journal to each of the rehearsals, up to their ends.
 *
 * Returns: %FALSE with @error when the store cannot be read
 */
gboolean
bf_past_run_store (const BfCatalog *catalog, BfPastStore *store, BfRehearsal *const *rehearsals, guint n_rehearsals, GPtrArray *problems,
                   GError **error)
{
  g_auto (Reader) reader = { .catalog = catalog, .store = store, .rehearsals = rehearsals, .n_rehearsals = n_rehearsals, .batch_us = BF_TIME_NONE };

  reader.journal = bf_journal_open (store->dir, error);
  if (reader.journal == NULL)
    return FALSE;
  load_feeds (&reader, store->city_dir, problems);
  set_limits (&reader);
  reader.targets = g_array_new (FALSE, TRUE, sizeof (Target));
  g_array_set_size (reader.targets, bf_journal_n_series (reader.journal));
  if (!bf_journal_read (reader.journal, store->since_us, store->to_us != BF_TIME_NONE ? store->to_us : G_MAXINT64, row_cb, &reader, error))
    return FALSE;
  for (guint i = 0; i < n_rehearsals; i++)
    {
      if (reader.batch_us != BF_TIME_NONE)
        bf_rehearsal_commit (rehearsals[i]);
      bf_rehearsal_end (rehearsals[i], store->to_us);
    }
  return TRUE;
}
