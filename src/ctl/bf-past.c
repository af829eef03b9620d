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

void
bf_past_draft_free (gpointer data)
{
  BfPastDraft *draft = data;

  g_free (draft->id);
  g_free (draft->name);
  g_free (draft->address);
  g_free (draft->parent);
  g_free (draft->attributes);
  g_free (draft);
}

void
bf_past_list_free (BfPastList *list)
{
  g_array_unref (list->assets);
  g_free (list);
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
 * @tell: of each line that is not taken or not as it stands: where, and why
 *
 * Returns: (transfer full): a past without anything in it; @catalog outlives it
 */
BfPast *
bf_past_new (const BfCatalog *catalog, void (*tell) (gpointer user_data, const char *where, const char *what), gpointer user_data)
{
  BfPast *past = g_new0 (BfPast, 1);

  past->catalog = catalog;
  past->tell = tell;
  past->user_data = user_data;
  past->rows = g_array_new (FALSE, FALSE, sizeof (BfPastRow));
  past->drafts = g_ptr_array_new_with_free_func (bf_past_draft_free);
  past->known = g_ptr_array_new_with_free_func (bf_past_draft_free);
  past->lists = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_past_list_free);
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
  g_ptr_array_unref (past->known);
  g_ptr_array_unref (past->lists);
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
bf_past_tell (BfPast *past, guint32 record, const char *property, const char *what)
{
  g_autofree char *where = g_strdup_printf ("%s:%u%s%s", past->reading, record, property != NULL ? ": " : "",
                                            property != NULL ? property : "");

  past->tell (past->user_data, where, what);
}

void
bf_past_refuse (BfPast *past, guint32 record, const char *property, const char *reason)
{
  past->counts.n_refused++;
  bf_past_tell (past, record, property, reason);
}

static void run_row (BfPast *past, const BfPastRow *row);

void
bf_past_put_row (BfPast *past, const BfPastRow *row)
{
  if (past->streaming)
    run_row (past, row);
  else if (past->rows->len == BF_PAST_ROWS_MAX)
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

/* The past's number of the asset. */
guint32
bf_past_number (BfPast *past, const char *id)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (past->numbers, id));

  if (number > 0)
    return number - 1;
  number = g_hash_table_size (past->numbers) + 1;
  g_hash_table_insert (past->numbers, g_strdup (id), GUINT_TO_POINTER (number));
  return number - 1;
}

/* What is said of an asset, in the order of what is observed. Returns the past's number of it. */
guint32
bf_past_put_asset (BfPastFeed *feed, const BfAssetDraft *draft, gint64 result_us)
{
  BfPast *past = feed->past;
  const char *service = bf_catalog_service (past->catalog, feed->service)->id;
  BfPastDraft *copy = g_new0 (BfPastDraft, 1);
  guint32 number;

  copy->id = g_strdup_printf ("%s/%.*s", service, (int) draft->source_id_length, draft->source_id);
  copy->kind = draft->kind;
  copy->name = g_strdup (draft->name);
  copy->address = g_strdup (draft->address);
  copy->parent = draft->parent != NULL ? g_strdup_printf ("%s/%s", service, draft->parent) : NULL;
  copy->point = draft->point;
  if (draft->attributes != NULL)
    copy->attributes = g_memdup2 (draft->attributes, attributes_length (draft->attributes));
  number = bf_past_number (past, copy->id);
  g_ptr_array_add (past->drafts, copy);
  bf_past_put_row (past, &(BfPastRow){ result_us, BF_TIME_NONE, 0, number, past->drafts->len - 1, BF_NO_PROPERTY, feed->number });
  return number;
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

/* As its source calls it: without the service in front. */
static const char *
source_id (const char *service, const char *id)
{
  gsize prefix = strlen (service);

  return g_str_has_prefix (id, service) && id[prefix] == '/' ? id + prefix + 1 : id;
}

/* One observation of a file; a line with another result time begins another payload. */
void
bf_past_say (BfPast *past, guint16 number, const BfPastLine *line)
{
  BfPastFeed *feed = g_ptr_array_index (past->feeds, number);
  const char *service = bf_catalog_service (past->catalog, feed->service)->id;
  const char *id = source_id (service, line->asset);
  BfAssetDraft draft = { .source_id = id, .source_id_length = strlen (id), .kind = line->kind->index, .point = { NAN, NAN },
                         .parent = line->parent != NULL ? source_id (service, line->parent) : NULL };
  guint32 asset;
  double value;

  if (feed->sink == NULL)
    feed->sink = bf_sink_new (past->catalog, feed->service, &sink_handler, feed);
  if (feed->begun_us != line->result_us)
    bf_sink_begin (feed->sink, line->result_us, BF_TIME_NONE);
  feed->begun_us = line->result_us;
  bf_sink_record (feed->sink);
  asset = bf_sink_asset (feed->sink, line->record, &draft);
  if (asset == G_MAXUINT32 || line->property == NULL)
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

/* The number that the asset has in the rehearsal; BF_NO_ASSET: none. */
static guint32 *
dense_number (BfPast *past, guint rehearsal, guint32 asset)
{
  GArray *dense = past->dense[rehearsal];
  guint32 none = BF_NO_ASSET;

  while (dense->len <= asset)
    g_array_append_val (dense, none);
  return &g_array_index (dense, guint32, asset);
}

static void
run_draft (BfPast *past, guint rehearsal, const BfPastDraft *draft, guint32 number, guint16 feed)
{
  BfAssetInfo info = { draft->id, draft->kind, draft->name, draft->address, draft->parent, draft->point, draft->attributes };
  g_autoptr (GError) error = NULL;
  guint32 asset = bf_rehearsal_put_asset (past->rehearsals[rehearsal], &info, feed, &error);

  if (asset == BF_NO_ASSET)
    g_printerr ("beffroictl: %s\n", error->message);
  else
    *dense_number (past, rehearsal, number) = asset;
}

static void
run_list (BfPast *past, guint rehearsal, const BfPastRow *row)
{
  const BfPastList *list = g_ptr_array_index (past->lists, row->record);
  const BfPastFeed *feed = g_ptr_array_index (past->feeds, row->feed);
  g_autoptr (GArray) found = g_array_sized_new (FALSE, FALSE, sizeof (guint32), list->assets->len);

  for (guint i = 0; i < list->assets->len; i++)
    {
      guint32 asset = *dense_number (past, rehearsal, g_array_index (list->assets, guint32, i));

      if (asset != BF_NO_ASSET)
        g_array_append_val (found, asset);
    }
  bf_rehearsal_take_list (past->rehearsals[rehearsal], row->feed, feed->service, row->observed_us, list->whole,
                          (const guint32 *) (gconstpointer) found->data, found->len);
}

/* Begins a batch in each rehearsal; what is known of assets is there with the first. */
static void
begin_batch (BfPast *past, gint64 result_us)
{
  for (guint i = 0; i < past->n_rehearsals; i++)
    {
      if (past->batch_us != BF_TIME_NONE)
        bf_rehearsal_commit (past->rehearsals[i]);
      bf_rehearsal_begin (past->rehearsals[i], result_us);
      for (guint d = 0; past->batch_us == BF_TIME_NONE && d < past->known->len; d++)
        run_draft (past, i, g_ptr_array_index (past->known, d), d, BF_NO_FEED);
    }
  past->batch_us = result_us;
}

/* One row into each of the rehearsals. */
static void
run_row (BfPast *past, const BfPastRow *row)
{
  if (past->to_us != BF_TIME_NONE && row->result_us >= past->to_us)
    return;
  if (row->result_us != past->batch_us)
    begin_batch (past, row->result_us);
  for (guint i = 0; i < past->n_rehearsals; i++)
    if (row->property == BF_NO_PROPERTY)
      run_draft (past, i, g_ptr_array_index (past->drafts, row->record), row->asset, row->feed);
    else if (row->property == BF_PAST_LIST)
      run_list (past, i, row);
    else if (*dense_number (past, i, row->asset) != BF_NO_ASSET)
      bf_rehearsal_observe (past->rehearsals[i], *dense_number (past, i, row->asset), row->property, row->value, row->observed_us,
                            row->feed, row->record);
  if (past->streaming && row->property == BF_NO_PROPERTY)
    g_ptr_array_set_size (past->drafts, 0);
}

static void
set_limits (const BfPast *past, const BfPastFeed *feed)
{
  const BfService *service = bf_catalog_service (past->catalog, feed->service);

  for (guint i = 0; feed->stale_us > 0 && i < past->n_rehearsals; i++)
    for (guint p = 0; p < service->properties->len; p++)
      bf_rehearsal_set_stale_limit (past->rehearsals[i], feed->number, g_array_index (service->properties, guint16, p), feed->stale_us);
}

static void
begin_running (BfPast *past, BfRehearsal *const *rehearsals, guint n_rehearsals, gint64 to_us)
{
  past->rehearsals = rehearsals;
  past->n_rehearsals = n_rehearsals;
  past->to_us = to_us;
  past->batch_us = BF_TIME_NONE;
  past->dense = g_new0 (GArray *, n_rehearsals);
  for (guint i = 0; i < n_rehearsals; i++)
    past->dense[i] = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint f = 0; f < past->feeds->len; f++)
    set_limits (past, g_ptr_array_index (past->feeds, f));
}

static void
end_running (BfPast *past)
{
  for (guint i = 0; i < past->n_rehearsals; i++)
    {
      if (past->batch_us != BF_TIME_NONE)
        bf_rehearsal_commit (past->rehearsals[i]);
      bf_rehearsal_end (past->rehearsals[i], past->to_us);
      g_array_unref (past->dense[i]);
    }
  g_clear_pointer (&past->dense, g_free);
  past->n_rehearsals = 0;
}

/**
 * bf_past_begin_stream:
 * @to_us: what was learnt from then on is left out; %BF_TIME_NONE: nothing is
 *
 * What is read from now on goes straight into each of the rehearsals, in the order in which it comes; nothing of it is held. After the
 * last bf_past_add_feed(); bf_past_end_stream() lets the rehearsals go to their ends.
 */
void
bf_past_begin_stream (BfPast *past, BfRehearsal *const *rehearsals, guint n_rehearsals, gint64 to_us)
{
  past->streaming = TRUE;
  begin_running (past, rehearsals, n_rehearsals, to_us);
}

void
bf_past_end_stream (BfPast *past)
{
  past->streaming = FALSE;
  end_running (past);
}

/* In the engine's order: what the payload says of assets, what is no longer in it, what is observed. */
static void
run_batch (BfPast *past, const BfPastRow *rows, guint n)
{
  for (guint i = 0; i < n; i++)
    if (rows[i].property == BF_NO_PROPERTY)
      run_row (past, &rows[i]);
  for (guint i = 0; i < n; i++)
    if (rows[i].property == BF_PAST_LIST)
      run_row (past, &rows[i]);
  for (guint i = 0; i < n; i++)
    if (rows[i].property != BF_NO_PROPERTY && rows[i].property != BF_PAST_LIST)
      run_row (past, &rows[i]);
}

/**
 * bf_past_run:
 * @to_us: what was learnt from then on is left out; %BF_TIME_NONE: nothing is
 *
 * Puts what was read in order and gives it to the rehearsals, up to their ends.
 */
void
bf_past_run (BfPast *past, BfRehearsal *const *rehearsals, guint n_rehearsals, gint64 to_us)
{
  put_in_order (past->rows);
  begin_running (past, rehearsals, n_rehearsals, to_us);
  for (guint i = 0, n; i < past->rows->len; i += n)
    {
      gint64 result_us = g_array_index (past->rows, BfPastRow, i).result_us;

      for (n = 1; i + n < past->rows->len && g_array_index (past->rows, BfPastRow, i + n).result_us == result_us;)
        n++;
      run_batch (past, &g_array_index (past->rows, BfPastRow, i), n);
    }
  end_running (past);
}

void
bf_past_counts (const BfPast *past, BfPastCounts *ret_counts)
{
  *ret_counts = past->counts;
  ret_counts->first_us = ret_counts->last_us = BF_TIME_NONE;
  ret_counts->n_silent = g_hash_table_size (past->silent);
  ret_counts->n_rows = past->rows->len - past->drafts->len - past->lists->len;
  for (guint i = 0; i < past->rows->len; i++)
    {
      gint64 at_us = g_array_index (past->rows, BfPastRow, i).result_us;

      ret_counts->first_us = i == 0 ? at_us : MIN (ret_counts->first_us, at_us);
      ret_counts->last_us = i == 0 ? at_us : MAX (ret_counts->last_us, at_us);
    }
}
