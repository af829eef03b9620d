/* SPDX-License-Identifier: EUPL-1.2 */
/* Observations of the past: see bf-past.h. Rows are put in the order of their result times, those of one time in the order in
 * which they were read; each such group is one batch, as a payload is one. */

#include "ctl/bf-past-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-text.h"
#include "base/bf-time.h"

static void
draft_free (gpointer data)
{
  BfPastDraft *draft = data;

  g_free (draft->id);
  g_free (draft->name);
  g_free (draft->address);
  g_free (draft->parent);
  g_free (draft->attributes);
  g_free (draft);
}

static void
feed_free (gpointer data)
{
  BfPastFeed *feed = data;

  g_clear_pointer (&feed->sink, bf_sink_free);
  g_array_unref (feed->numbers);
  g_free (feed->name);
  g_free (feed);
}

/**
 * bf_past_new:
 * @refused: told of each observation that is not taken
 *
 * Returns: (transfer full): a past without anything in it; @catalog outlives it
 */
BfPast *
bf_past_new (const BfCatalog *catalog, void (*refused) (gpointer user_data, const char *where, const char *reason), gpointer user_data)
{
  BfPast *past = g_new0 (BfPast, 1);

  past->catalog = catalog;
  past->refused = refused;
  past->user_data = user_data;
  past->rows = g_array_new (FALSE, FALSE, sizeof (BfPastRow));
  past->drafts = g_ptr_array_new_with_free_func (draft_free);
  past->numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  past->silent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  past->heard = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  past->feeds = g_ptr_array_new_with_free_func (feed_free);
  return past;
}

void
bf_past_free (BfPast *past)
{
  if (past == NULL)
    return;
  g_array_unref (past->rows);
  g_ptr_array_unref (past->drafts);
  g_hash_table_unref (past->numbers);
  g_ptr_array_unref (past->feeds);
  g_hash_table_unref (past->silent);
  g_hash_table_unref (past->heard);
  g_free (past);
}

/**
 * bf_past_add_feed:
 * @name: (nullable): for "why?"
 * @stale_us: age past which its values are unknown; 0: never
 *
 * Returns: its number
 */
guint16
bf_past_add_feed (BfPast *past, const char *name, guint service, gint64 stale_us)
{
  BfPastFeed *feed = g_new0 (BfPastFeed, 1);

  feed->past = past;
  feed->name = g_strdup (name);
  feed->service = service;
  feed->stale_us = stale_us;
  feed->begun_us = BF_TIME_NONE;
  feed->numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
  feed->number = (guint16) past->feeds->len;
  g_ptr_array_add (past->feeds, feed);
  return feed->number;
}

guint16
bf_past_file_feed (BfPast *past, guint service)
{
  for (guint i = 0; i < past->feeds->len; i++)
    {
      const BfPastFeed *feed = g_ptr_array_index (past->feeds, i);

      if (feed->service == service)
        return feed->number;
    }
  return bf_past_add_feed (past, NULL, service, 0);
}

const char *
bf_past_feed_name (const BfPast *past, guint16 feed)
{
  return feed < past->feeds->len ? ((BfPastFeed *) g_ptr_array_index (past->feeds, feed))->name : NULL;
}

/* ---- What is said ---- */

void
bf_past_refuse (BfPast *past, guint32 record, const char *property, const char *reason)
{
  g_autofree char *where = g_strdup_printf ("%s:%u%s%s", past->reading, record, property != NULL ? ": " : "",
                                            property != NULL ? property : "");

  past->counts.n_refused++;
  past->refused (past->user_data, where, reason);
}

void
bf_past_put_row (BfPast *past, const BfPastRow *row)
{
  if (past->rows->len == BF_PAST_ROWS_MAX)
    past->over = TRUE;
  else
    g_array_append_val (past->rows, *row);
}

/* FALSE with @error when more was read than is held. */
gboolean
bf_past_check (const BfPast *past, GError **error)
{
  if (past->over)
    g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s: expected at most %u observations in all; take a shorter period"), past->reading,
                 BF_PAST_ROWS_MAX);
  return !past->over;
}

static gsize
attributes_length (const char *attributes)
{
  const char *p = attributes;

  while (*p != '\0')
    p += strlen (p) + 1;
  return (gsize) (p - attributes) + 1;
}

/* What is said of an asset, in the order of what is observed. Returns the past's number of it. */
guint32
bf_past_put_asset (BfPastFeed *feed, const BfAssetDraft *draft, gint64 result_us)
{
  BfPast *past = feed->past;
  const char *service = bf_catalog_service (past->catalog, feed->service)->id;
  BfPastDraft *copy = g_new0 (BfPastDraft, 1);
  guint number;

  copy->id = g_strdup_printf ("%s/%.*s", service, (int) draft->source_id_length, draft->source_id);
  copy->kind = draft->kind;
  copy->name = g_strdup (draft->name);
  copy->address = g_strdup (draft->address);
  copy->parent = draft->parent != NULL ? g_strdup_printf ("%s/%s", service, draft->parent) : NULL;
  copy->point = draft->point;
  if (draft->attributes != NULL)
    copy->attributes = g_memdup2 (draft->attributes, attributes_length (draft->attributes));
  number = GPOINTER_TO_UINT (g_hash_table_lookup (past->numbers, copy->id));
  if (number == 0)
    {
      number = g_hash_table_size (past->numbers) + 1;
      g_hash_table_insert (past->numbers, g_strdup (copy->id), GUINT_TO_POINTER (number));
    }
  bf_past_put_row (past, &(BfPastRow){ result_us, BF_TIME_NONE, 0, number - 1, past->drafts->len, BF_NO_PROPERTY, feed->number });
  g_ptr_array_add (past->drafts, copy);
  return number - 1;
}

/* ---- Lines of files, through the sink ---- */

static void
asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  BfPastFeed *feed = user_data;
  guint32 number = bf_past_put_asset (feed, draft, feed->begun_us);

  if (asset >= feed->numbers->len)
    g_array_set_size (feed->numbers, asset + 1);
  g_array_index (feed->numbers, guint32, asset) = number;
}

static void
observation_cb (gpointer user_data, const BfObservation *o)
{
  BfPastFeed *feed = user_data;

  bf_past_put_row (feed->past, &(BfPastRow){ feed->begun_us, o->observed_us, o->value, g_array_index (feed->numbers, guint32, o->asset),
                                             o->record, o->property, feed->number });
}

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  BfPastFeed *feed = user_data;

  bf_past_refuse (feed->past, record, property, reason);
}

static const BfSinkHandler sink_handler = { asset_cb, observation_cb, refused_cb };

/* One observation of a file; a line with another result time begins another payload. */
void
bf_past_say (BfPast *past, guint16 number, const BfPastLine *line)
{
  BfPastFeed *feed = g_ptr_array_index (past->feeds, number);
  const char *service = bf_catalog_service (past->catalog, feed->service)->id;
  gsize prefix = strlen (service);
  const char *id = g_str_has_prefix (line->asset, service) && line->asset[prefix] == '/' ? line->asset + prefix + 1 : line->asset;
  BfAssetDraft draft = { .source_id = id, .source_id_length = strlen (id), .kind = line->kind->index,
                         .point = { NAN, NAN } };
  guint32 asset;
  double value;

  if (feed->sink == NULL)
    feed->sink = bf_sink_new (past->catalog, feed->service, &sink_handler, feed);
  if (feed->begun_us != line->result_us)
    bf_sink_begin (feed->sink, line->result_us, BF_TIME_NONE);
  feed->begun_us = line->result_us;
  bf_sink_record (feed->sink);
  asset = bf_sink_asset (feed->sink, line->record, &draft);
  if (asset == G_MAXUINT32)
    return;
  if (line->property->type == BF_PROPERTY_STATE)
    bf_sink_state (feed->sink, asset, line->property->index, line->record, line->value, line->value_length, line->observed_us);
  else if (bf_text_to_double (line->value, line->value_length, &value))
    bf_sink_number (feed->sink, asset, line->property->index, line->record, value, line->observed_us);
  else
    {
      g_autofree char *reason = g_strdup_printf (_ ("expected a number, found “%.*s”"), (int) MIN (line->value_length, 40), line->value);

      bf_past_refuse (past, line->record, line->property->id, reason);
    }
}

/* ---- Into the rehearsals ---- */

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const BfPastRow *x = a, *y = b;

  return (x->result_us > y->result_us) - (x->result_us < y->result_us);
}

/* GLib's sort is stable: what was read first stays first. */
static void
put_in_order (GArray *rows)
{
  for (guint i = 1; i < rows->len; i++)
    if (g_array_index (rows, BfPastRow, i).result_us < g_array_index (rows, BfPastRow, i - 1).result_us)
      {
        g_array_sort (rows, compare_rows);
        return;
      }
}

static void
run_row (const BfPast *past, BfRehearsal *rehearsal, guint32 *assets, const BfPastRow *row)
{
  if (row->property == BF_NO_PROPERTY)
    {
      const BfPastDraft *draft = g_ptr_array_index (past->drafts, row->record);
      BfAssetInfo info = { draft->id, draft->kind, draft->name, draft->address, draft->parent, draft->point, draft->attributes, NULL };
      g_autoptr (GError) error = NULL;
      guint32 asset = bf_rehearsal_put_asset (rehearsal, &info, row->feed, &error);

      if (asset == BF_NO_ASSET)
        g_printerr ("beffroictl: %s\n", error->message);
      else
        assets[row->asset] = asset;
    }
  else if (assets[row->asset] != BF_NO_ASSET)
    bf_rehearsal_observe (rehearsal, assets[row->asset], row->property, row->value, row->observed_us, row->feed, row->record);
}

static void
run_one (const BfPast *past, BfRehearsal *rehearsal, gint64 to_us)
{
  guint n_assets = g_hash_table_size (past->numbers);
  g_autofree guint32 *assets = g_new (guint32, n_assets + 1);
  const BfPastRow *rows = (const BfPastRow *) (const void *) past->rows->data;

  memset (assets, 0xff, (n_assets + 1) * sizeof *assets);
  for (guint i = 0; i < past->rows->len && (to_us == BF_TIME_NONE || rows[i].result_us < to_us);)
    {
      gint64 result_us = rows[i].result_us;

      bf_rehearsal_begin (rehearsal, result_us);
      for (; i < past->rows->len && rows[i].result_us == result_us; i++)
        run_row (past, rehearsal, assets, &rows[i]);
      bf_rehearsal_commit (rehearsal);
    }
  bf_rehearsal_end (rehearsal, to_us);
}

/**
 * bf_past_run:
 * @to_us: what was learnt from then on is left out; %BF_TIME_NONE: nothing is
 *
 * Puts what was read in order and gives it to each of the rehearsals, up to their ends.
 */
void
bf_past_run (BfPast *past, BfRehearsal *const *rehearsals, guint n_rehearsals, gint64 to_us)
{
  put_in_order (past->rows);
  for (guint i = 0; i < n_rehearsals; i++)
    {
      for (guint f = 0; f < past->feeds->len; f++)
        {
          const BfPastFeed *feed = g_ptr_array_index (past->feeds, f);
          const BfService *service = bf_catalog_service (past->catalog, feed->service);

          for (guint p = 0; feed->stale_us > 0 && p < service->properties->len; p++)
            bf_rehearsal_set_stale_limit (rehearsals[i], feed->number, g_array_index (service->properties, guint16, p), feed->stale_us);
        }
      run_one (past, rehearsals[i], to_us);
    }
}

void
bf_past_counts (const BfPast *past, BfPastCounts *ret_counts)
{
  *ret_counts = past->counts;
  ret_counts->first_us = ret_counts->last_us = BF_TIME_NONE;
  ret_counts->n_silent = g_hash_table_size (past->silent);
  ret_counts->n_rows = past->rows->len - past->drafts->len;
  for (guint i = 0; i < past->rows->len; i++)
    {
      gint64 at_us = g_array_index (past->rows, BfPastRow, i).result_us;

      ret_counts->first_us = i == 0 ? at_us : MIN (ret_counts->first_us, at_us);
      ret_counts->last_us = i == 0 ? at_us : MAX (ret_counts->last_us, at_us);
    }
}
