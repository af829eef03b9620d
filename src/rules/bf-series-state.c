/* SPDX-License-Identifier: EUPL-1.2 */
/* What built-in functions remember, written down and read again: over a restart, and after past observations were learnt from. */

#include "rules/bf-series-book-private.h"

#include <math.h>
#include <string.h>

#define WAITING_US (G_GINT64_CONSTANT (84) * 86400 * G_USEC_PER_SEC) /* as long as a profile is not forgotten */

/* Of an asset that has not come yet: its feed may be down, or what it is to be judged by was learnt before the engine first ran. */
typedef struct
{
  BfShelf *shelf;
  BfSeries *series;
} Waiting;

static void
waiting_clear (gpointer data)
{
  bf_series_free (((Waiting *) data)->series);
}

static void
wait_for (BfSeriesBook *book, BfShelf *shelf, const char *id, BfSeries *series)
{
  GArray *all;
  Waiting one = { shelf, series };

  if (book->waiting == NULL)
    book->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  all = g_hash_table_lookup (book->waiting, id);
  if (all == NULL)
    {
      all = g_array_new (FALSE, FALSE, sizeof (Waiting));
      g_array_set_clear_func (all, waiting_clear);
      g_hash_table_insert (book->waiting, g_strdup (id), all);
    }
  g_array_append_val (all, one);
}

void
bf_series_book_claim (BfSeriesBook *book, guint32 asset)
{
  const char *id = book->waiting != NULL ? bf_model_asset_id (book->evaluator->model, asset) : NULL;
  GArray *all = id != NULL ? g_hash_table_lookup (book->waiting, id) : NULL;

  if (all == NULL)
    return;
  for (guint i = 0; i < all->len; i++)
    {
      Waiting *one = &g_array_index (all, Waiting, i);

      if (bf_shelf_get (one->shelf, asset) == NULL)
        bf_shelf_set (one->shelf, asset, g_steal_pointer (&one->series));
    }
  g_hash_table_remove (book->waiting, id);
}

/* Says which series: survives other indexes after a restart. */
static char *
shelf_key (const BfSeriesBook *book, const BfShelf *shelf)
{
  const BfCatalog *catalog = book->evaluator->set->catalog;
  const BfProperty *property = bf_catalog_property (catalog, shelf->property);
  const BfProperty *other = shelf->other != BF_NO_PROPERTY ? bf_catalog_property (catalog, shelf->other) : NULL;
  char fall[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup_printf ("%s.%s%s%s %d %" G_GINT64_FORMAT " %s", bf_catalog_service (catalog, property->service)->id, property->id,
                          other != NULL ? "/" : "", other != NULL ? other->id : "", (int) shelf->spec.type, shelf->spec.span_us,
                          g_ascii_dtostr (fall, sizeof fall, shelf->spec.fall));
}

/* What it gathers is the serialised form of a GVariant a(ssad), written by hand: as objects the items of a large city would be
 * many times as large. The form: items, each from a multiple of 8, then the end of each as an integer of the size that the whole
 * needs (https://docs.gtk.org/glib/gvariant-specification-1.0.html, “Arrays”). */
struct _BfSeriesSaver
{
  BfSeriesBook *book;
  GByteArray *items;
  GArray *ends;   /* guint32 */
  GArray *numbers; /* double, of one item */
  guint shelf;    /* under way */
  char *key;      /* its own; NULL: not begun */
  guint32 asset;  /* next to look at */
  guint task;     /* next, of those that hold (`within`) */
};

/**
 * bf_series_saver_new:
 * @evaluator: outlives the saver
 *
 * Begins to write down what built-in functions remember, in slices, so that the rules are not held up.
 */
BfSeriesSaver *
bf_series_saver_new (BfEvaluator *evaluator)
{
  BfSeriesSaver *saver = g_new0 (BfSeriesSaver, 1);

  saver->book = evaluator->series;
  saver->items = g_byte_array_new ();
  saver->ends = g_array_new (FALSE, FALSE, sizeof (guint32));
  saver->numbers = g_array_new (FALSE, FALSE, sizeof (double));
  return saver;
}

/* An item of saver->key and the asset @id, out of saver->numbers. */
static void
save_item (BfSeriesSaver *saver, const char *id)
{
  g_autoptr (GVariant) item = NULL;
  guint32 before = saver->items->len;
  guint32 start = (before + 7) / 8 * 8;
  guint32 end;

  item = g_variant_ref_sink (g_variant_new ("(ss@ad)", saver->key, id,
                                            g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, saver->numbers->data,
                                                                       saver->numbers->len, sizeof (double))));
  end = start + (guint32) g_variant_get_size (item);
  g_byte_array_set_size (saver->items, end);
  memset (saver->items->data + before, 0, start - before);
  g_variant_store (item, saver->items->data + start);
  g_array_append_val (saver->ends, end);
}

static void
save_series (BfSeriesSaver *saver, const char *id, BfSeries *series)
{
  g_array_set_size (saver->numbers, 0);
  bf_series_save (series, saver->numbers);
  save_item (saver, id);
}

/* Those of one shelf that still wait for their assets, at once: seldom any. */
static void
save_waiting (BfSeriesSaver *saver, const BfShelf *shelf)
{
  GHashTableIter iter;
  gpointer id, all;

  if (saver->book->waiting == NULL)
    return;
  g_hash_table_iter_init (&iter, saver->book->waiting);
  while (g_hash_table_iter_next (&iter, &id, &all))
    for (guint i = 0; i < ((GArray *) all)->len; i++)
      if (g_array_index ((GArray *) all, Waiting, i).shelf == shelf)
        save_series (saver, id, g_array_index ((GArray *) all, Waiting, i).series);
}

/* Whose `within` it is: survives other indexes after a restart. */
static char *
held_key (const BfEvaluator *evaluator, const BfTaskState *task)
{
  const BfAggregate *aggregate = g_ptr_array_index (evaluator->set->aggregates, task->index);
  const BfKind *kind = bf_catalog_kind (evaluator->set->catalog, g_array_index (aggregate->kinds, guint16, 0));

  return g_strdup_printf ("within %s %s", bf_catalog_service (evaluator->set->catalog, kind->service)->id, aggregate->text);
}

static void
save_held_cb (guint32 asset, gint64 last_us, gpointer data)
{
  BfSeriesSaver *saver = data;
  double number = (double) last_us;

  g_array_set_size (saver->numbers, 0);
  g_array_append_val (saver->numbers, number);
  save_item (saver, bf_model_asset_id (saver->book->evaluator->model, asset));
}

/* What one aggregate holds, at once: few of its members were true of late. FALSE: there is no other. */
static gboolean
save_next_held (BfSeriesSaver *saver)
{
  const BfEvaluator *evaluator = saver->book->evaluator;

  while (saver->task < evaluator->n_tasks && evaluator->tasks[saver->task].held == NULL)
    saver->task++;
  if (saver->task == evaluator->n_tasks)
    return FALSE;
  saver->key = held_key (evaluator, &evaluator->tasks[saver->task]);
  bf_held_foreach (evaluator->tasks[saver->task++].held, evaluator->now_us, save_held_cb, saver);
  g_clear_pointer (&saver->key, g_free);
  return TRUE;
}

/**
 * bf_series_saver_step:
 * @n_series: at most so many of them
 *
 * Returns: whether there are more
 */
gboolean
bf_series_saver_step (BfSeriesSaver *saver, guint n_series)
{
  for (; saver->shelf < saver->book->shelves->len; saver->shelf++, saver->asset = 0)
    {
      const BfShelf *shelf = g_ptr_array_index (saver->book->shelves, saver->shelf);
      BfSeries *series;

      if (saver->key == NULL)
        saver->key = shelf_key (saver->book, shelf);
      for (; (series = bf_shelf_next (shelf, &saver->asset)) != NULL; saver->asset++, n_series--)
        {
          if (n_series == 0)
            return TRUE;
          save_series (saver, bf_model_asset_id (saver->book->evaluator->model, saver->asset), series);
        }
      save_waiting (saver, shelf);
      g_clear_pointer (&saver->key, g_free);
    }
  return save_next_held (saver);
}

static guint
size_of_ends (gsize n_bytes, gsize n_ends)
{
  for (guint size = 1; size < sizeof (guint32); size *= 2)
    if (n_bytes + size * n_ends < G_GUINT64_CONSTANT (1) << (8 * size))
      return size;
  return sizeof (guint32);
}

/**
 * bf_series_saver_end:
 * @saver: (transfer full): frees it
 *
 * Returns: (transfer full): the data of a GVariant a(ssad): series, asset, numbers
 */
GBytes *
bf_series_saver_end (BfSeriesSaver *saver)
{
  guint size = size_of_ends (saver->items->len, saver->ends->len);
  GBytes *all;

  for (guint i = 0; i < saver->ends->len; i++)
    {
      guint32 end = GUINT32_TO_LE (g_array_index (saver->ends, guint32, i));

      g_byte_array_append (saver->items, (const guint8 *) &end, size);
    }
  all = g_byte_array_free_to_bytes (saver->items);
  g_array_unref (saver->ends);
  g_array_unref (saver->numbers);
  g_free (saver->key);
  g_free (saver);
  return all;
}

/* One look at the whole, and then it can be trusted: GLib looks at all that lies before each child of what it does not trust, which
 * is minutes for a million. What is not in order is damaged, and is read that slow way as far as it goes. */
static GVariant *
open_all (GBytes *bytes)
{
  g_autoptr (GVariant) all = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("a(ssad)"), bytes, FALSE));

  if (!g_variant_is_normal_form (all))
    return g_steal_pointer (&all);
  return g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("a(ssad)"), bytes, TRUE));
}

/* (transfer full): key -> GPtrArray of BfHeld: two rules may say the same */
static GHashTable *
helds_by_key (const BfEvaluator *evaluator)
{
  GHashTable *helds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);

  for (guint t = 0; t < evaluator->n_tasks; t++)
    {
      const BfTaskState *task = &evaluator->tasks[t];
      g_autofree char *key = task->held != NULL ? held_key (evaluator, task) : NULL;
      GPtrArray *same = key != NULL ? g_hash_table_lookup (helds, key) : NULL;

      if (key != NULL && same == NULL)
        g_hash_table_insert (helds, g_strdup (key), same = g_ptr_array_new ());
      if (same != NULL)
        g_ptr_array_add (same, task->held);
    }
  return helds;
}

/* @helds: (nullable) */
static void
load_held (const GPtrArray *helds, guint32 asset, const double *numbers, gsize n)
{
  if (helds == NULL || n != 1 || !(fabs (numbers[0]) <= 9e15))
    return;
  for (guint i = 0; i < helds->len; i++)
    bf_held_set (g_ptr_array_index (helds, i), asset, (gint64) numbers[0]);
}

/**
 * bf_evaluator_load_series:
 * @bytes: of bf_series_saver_end(), or damaged: what cannot be is passed over
 *
 * Before the first asset is added. Series that are not in the set any more are forgotten; those of assets that are not in the model wait
 * until they come, if they have been heard within 12 weeks.
 *
 * Returns: how many series were taken
 */
guint
bf_evaluator_load_series (BfEvaluator *evaluator, GBytes *bytes, gint64 now_us)
{
  BfSeriesBook *book = evaluator->series;
  g_autoptr (GVariant) all = open_all (bytes);
  g_autoptr (GHashTable) shelves = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) helds = helds_by_key (evaluator);
  GVariantIter iter;
  const char *key, *id;
  GVariant *numbers;
  guint n_taken = 0;

  for (guint i = 0; i < book->shelves->len; i++)
    g_hash_table_insert (shelves, shelf_key (book, g_ptr_array_index (book->shelves, i)), g_ptr_array_index (book->shelves, i));
  g_variant_iter_init (&iter, all);
  while (g_variant_iter_next (&iter, "(&s&s@ad)", &key, &id, &numbers))
    {
      g_autoptr (GVariant) owned = numbers;
      BfShelf *shelf = g_hash_table_lookup (shelves, key);
      guint32 asset = bf_model_find_asset (evaluator->model, id);
      BfSeries *series;
      gsize n;
      const double *data = g_variant_get_fixed_array (owned, &n, sizeof (double));

      if (asset != BF_NO_ASSET)
        load_held (g_hash_table_lookup (helds, key), asset, data, n);
      if (shelf == NULL)
        continue;
      series = bf_series_new (&shelf->spec);
      if (!bf_series_load (series, data, n) || (asset == BF_NO_ASSET && bf_series_newest_us (series) < now_us - WAITING_US))
        {
          bf_series_free (series);
          continue;
        }
      if (asset == BF_NO_ASSET)
        wait_for (book, shelf, id, series);
      else
        bf_shelf_set (shelf, asset, series);
      n_taken++;
    }
  return n_taken;
}

/* key, asset: what an item is of. */
static char *
item_name (const char *key, const char *id)
{
  return g_strconcat (key, "\n", id, NULL);
}

/**
 * bf_series_state_merge:
 * @kept: of bf_series_saver_end(), or damaged
 * @learnt: likewise
 * @ret_n_learnt: (out): items of @learnt
 * @ret_n_kept: (out): those of @kept that stay
 *
 * Returns: (transfer full): @learnt, and what only @kept has; for bf_evaluator_load_series()
 */
GBytes *
bf_series_state_merge (GBytes *kept, GBytes *learnt, guint *ret_n_learnt, guint *ret_n_kept)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GVariantBuilder builder;
  GBytes *const parts[] = { learnt, kept };
  guint n[G_N_ELEMENTS (parts)] = { 0 };
  g_autoptr (GVariant) merged = NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ssad)"));
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autoptr (GVariant) all = open_all (parts[i]);
      GVariantIter iter;
      GVariant *item;

      g_variant_iter_init (&iter, all);
      while ((item = g_variant_iter_next_value (&iter)) != NULL)
        {
          const char *key, *id;
          g_autoptr (GVariant) owned = item;
          char *name;

          g_variant_get_child (owned, 0, "&s", &key);
          g_variant_get_child (owned, 1, "&s", &id);
          name = item_name (key, id);
          if (i == 1 && g_hash_table_contains (names, name))
            {
              g_free (name);
              continue;
            }
          g_hash_table_add (names, name);
          g_variant_builder_add_value (&builder, owned);
          n[i]++;
        }
    }
  *ret_n_learnt = n[0];
  *ret_n_kept = n[1];
  merged = g_variant_ref_sink (g_variant_builder_end (&builder));
  return g_variant_get_data_as_bytes (merged);
}
