/* SPDX-License-Identifier: EUPL-1.2 */
/* Payloads through the real beffroi-feed, as an engine would get them. Nobody wrote down when a payload was learnt: that is taken to
 * be the newest time of measurement in it or, when there is none in it, when its file was last changed. It is also the time of
 * what has none of its own. */

#include "ctl/bf-past-private.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-decode.h"

typedef struct
{
  BfPastFeed *feed;
  guint first_row;  /* of the payload */
  BfPastList *list; /* NULL: it is none */
  gint64 now_us;    /* the clock's: the stamp that what has none comes with */
  gint64 newest_us; /* of the others */
  gboolean ended;
  BfOutcome outcome;
  char *reason;
} Payload;

static void
asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  Payload *payload = user_data;
  guint32 number = bf_past_put_asset (payload->feed, draft, BF_TIME_NONE);

  if (asset >= payload->feed->numbers->len)
    g_array_set_size (payload->feed->numbers, asset + 1);
  g_array_index (payload->feed->numbers, guint32, asset) = number;
}

static void
batch_cb (gpointer user_data, const BfObservation *observations, guint n)
{
  Payload *payload = user_data;

  for (guint i = 0; i < n; i++)
    {
      const BfObservation *o = &observations[i];

      if (o->observed_us != payload->now_us)
        payload->newest_us = MAX (payload->newest_us, o->observed_us);
      bf_past_put_row (payload->feed->past, &(BfPastRow){ BF_TIME_NONE, o->observed_us, o->value,
                                                          g_array_index (payload->feed->numbers, guint32, o->asset), o->record,
                                                          o->property, payload->feed->number });
    }
}

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  bf_past_refuse (((Payload *) user_data)->feed->past, record, property, reason);
}

static void
listed_cb (gpointer user_data, gboolean whole, const guint32 *assets, guint n)
{
  Payload *payload = user_data;
  GArray *numbers = payload->feed->numbers;

  if (payload->list == NULL)
    {
      payload->list = g_new (BfPastList, 1);
      *payload->list = (BfPastList){ whole, g_array_new (FALSE, FALSE, sizeof (guint32)) };
    }
  payload->list->whole = payload->list->whole && whole;
  for (guint i = 0; i < n; i++)
    if (assets[i] < numbers->len)
      g_array_append_val (payload->list->assets, g_array_index (numbers, guint32, assets[i]));
}

/* A list has its row also when nothing is in it: that is when all is over. */
static void
put_list (Payload *payload, gint64 as_of_us)
{
  BfPast *past = payload->feed->past;

  g_ptr_array_add (past->lists, g_steal_pointer (&payload->list));
  if (as_of_us != payload->now_us)
    payload->newest_us = MAX (payload->newest_us, as_of_us);
  bf_past_put_row (past, &(BfPastRow){ BF_TIME_NONE, as_of_us, 0, 0, past->lists->len - 1, BF_PAST_LIST, payload->feed->number });
}

static void
status_cb (gpointer user_data, const BfFeedStatus *status)
{
  Payload *payload = user_data;

  if (payload->list != NULL && status->outcome == BF_OUTCOME_OK)
    put_list (payload, status->as_of_us);
  payload->ended = TRUE;
  payload->outcome = status->outcome;
  g_free (payload->reason);
  payload->reason = g_strdup (status->reason);
}

static const BfFrameHandler frame_handler = { NULL, asset_cb, NULL, batch_cb, refused_cb, status_cb, NULL, NULL, listed_cb };

/* When all of it was learnt. */
static void
stamp_rows (const Payload *payload, gint64 result_us)
{
  GArray *rows = payload->feed->past->rows;

  for (guint i = payload->first_row; i < rows->len; i++)
    {
      BfPastRow *row = &g_array_index (rows, BfPastRow, i);

      row->result_us = result_us;
      if (row->observed_us == payload->now_us)
        row->observed_us = result_us;
    }
}

/**
 * bf_past_read_payload:
 * @feed: as bf_past_add_feed() gave it, of @def
 *
 * Reads one payload.
 *
 * Returns: %FALSE with @error when nothing could be read of it
 */
gboolean
bf_past_read_payload (BfPast *past, const char *feed_program, const char *plugins_dir, const char *zone_name, const BfFeedDef *def,
                      guint16 feed, const char *path, GError **error)
{
  Payload payload = { .feed = g_ptr_array_index (past->feeds, feed), .first_row = past->rows->len, .now_us = bf_time_now_us (), .newest_us = BF_TIME_NONE };
  g_autoptr (BfFrameReader) reader = bf_frame_reader_new (past->catalog, def->service, &frame_handler, &payload);
  g_autofree char *reason = NULL;
  GStatBuf about;
  gboolean good;

  past->reading = path;
  if (g_stat (path, &about) != 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s", g_strerror (errno));
      return FALSE;
    }
  /* To the millisecond, as it is handed on. */
  payload.now_us -= payload.now_us % 1000;
  /* Numbers are each process's own. */
  g_array_set_size (payload.feed->numbers, 0);
  good = bf_decode_frames (feed_program, plugins_dir, zone_name, def, path, payload.now_us, reader, &payload.ended, error);
  reason = payload.reason;
  g_clear_pointer (&payload.list, bf_past_list_free); /* of a payload that was not good */
  stamp_rows (&payload, payload.newest_us != BF_TIME_NONE ? payload.newest_us : (gint64) about.st_mtim.tv_sec * G_USEC_PER_SEC);
  if (!good)
    {
      return FALSE;
    }
  if (payload.outcome != BF_OUTCOME_OK)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, "%s", reason != NULL ? reason : _ ("refused"));
      return FALSE;
    }
  return bf_past_check (past, error);
}
