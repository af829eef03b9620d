/* SPDX-License-Identifier: EUPL-1.2 */
/* The hub: who listens, and what they are told. Alerts go out at once and in order; values, assets, feeds and status are
 * gathered and written once for all clients every 250 ms. A client that missed alerts gets them out of the store first; until
 * it has them, newer ones wait in its own queue. A client that
 * does not read (its pongs stop while bytes pile up) is dropped and counted. */

#include "engine/bf-engine-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-time.h"

#define FLUSH_MS 250
#define MORE_MS 10                /* until the next message when one did not take all */
#define TURN_US 700               /* of writing in one turn of the loop */
#define PIECE (16u << 10)         /* bytes of one message, about: a small one comes from the heap again and again, and is not mapped */
#define STEP 8u                   /* assets between looks at the clock */
#define AWAY_US G_USEC_PER_SEC    /* the engine itself was away so long: no client could be heard */
#define FEED_EVERY_US G_USEC_PER_SEC
#define STATUS_EVERY_US G_USEC_PER_SEC
#define CATCH_UP_MAX 10000u
#define KEEPALIVE_S 1 /* a ping; its pong says that all that was sent before it has been read */
#define UNHEARD_MAX (16u << 20)           /* bytes sent since the client's last pong … */
#define UNHEARD_US (15 * G_USEC_PER_SEC)  /* … which is older than this: it does not read, it is dropped */
#define UNHEARD_BOUND (64u << 20)         /* … or this many, however short the time: what may wait for one client in memory */

typedef struct
{
  BfHub *hub;
  SoupWebsocketConnection *connection;
  gint64 after_seq;     /* of the last alert event sent */
  gboolean catching_up;
  GQueue waiting;       /* Waiting: alert messages while catching up */
  gboolean too_late;    /* more came meanwhile than `waiting` may hold */
  GCancellable *cancellable;
  gsize unheard;        /* bytes sent since its last pong */
  gint64 pong_us;       /* monotonic */
  gboolean dropped;     /* does not read: to be closed at the next flush */
} Client;

typedef struct
{
  gint64 seq;
  char *text;
} Waiting;

/* Assets that have something to tell, in order, each once. */
typedef struct
{
  GArray *assets; /* guint32 */
  guint from;     /* those before are told */
} Waiters;

struct _BfHub
{
  BfEngine *engine;
  GPtrArray *clients;
  guint64 *dirty;     /* an asset: a bit a column of its kind */
  guint8 *described;  /* an asset: it waits in @changed */
  gsize n_room;
  Waiters touched;    /* with a bit in @dirty */
  Waiters changed;    /* themselves */
  GString *text;      /* of the message under way; keeps its room */
  GArray *feeds;         /* gint64 a feed: 0 clean, else when it was touched (negative: sent at) */
  char *last_status;
  gint64 status_us;
  gint64 flushed_us;     /* monotonic */
  guint64 n_dropped;
  guint flush_id;
  guint more_id;
};

static gboolean flush_cb (gpointer user_data);

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_free (waiting->text);
  g_free (waiting);
}

/* --- clients -------------------------------------------------------------------------------------------------------- */

static void
client_free (gpointer data)
{
  Client *client = data;

  g_cancellable_cancel (client->cancellable);
  g_object_unref (client->cancellable);
  g_signal_handlers_disconnect_by_data (client->connection, client);
  if (soup_websocket_connection_get_state (client->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (client->connection,
                                     client->dropped ? SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION : SOUP_WEBSOCKET_CLOSE_GOING_AWAY,
                                     client->dropped ? "it does not read" : "the engine ends");
  g_object_unref (client->connection);
  g_queue_clear_full (&client->waiting, waiting_free);
  g_free (client);
}

static void
closed_cb (SoupWebsocketConnection *connection, gpointer user_data)
{
  Client *client = user_data;

  g_ptr_array_remove (client->hub->clients, client);
}

/* It is taken off the list at the next flush: this may be called while the list is gone through. */
static void
drop (Client *client)
{
  client->dropped = TRUE;
  g_message (_ ("a client is dropped: it does not read; %zu bytes since its last sign, %" PRId64 " s ago"), client->unheard,
             (g_get_monotonic_time () - client->pong_us) / G_USEC_PER_SEC);
}

static void
send_text (Client *client, const char *text)
{
  if (soup_websocket_connection_get_state (client->connection) != SOUP_WEBSOCKET_STATE_OPEN || client->dropped)
    return;
  client->unheard += strlen (text);
  if (client->unheard > UNHEARD_BOUND
      || (client->unheard > UNHEARD_MAX && g_get_monotonic_time () - client->pong_us > UNHEARD_US))
    drop (client);
  else
    soup_websocket_connection_send_text (client->connection, text);
}

static void
pong_cb (SoupWebsocketConnection *connection, GBytes *bytes, gpointer user_data)
{
  Client *client = user_data;

  client->unheard = 0;
  client->pong_us = g_get_monotonic_time ();
}

static void
drop_deaf (BfHub *hub)
{
  for (guint i = hub->clients->len; i > 0; i--)
    {
      if (!((const Client *) g_ptr_array_index (hub->clients, i - 1))->dropped)
        continue;
      hub->n_dropped++;
      g_ptr_array_remove_index (hub->clients, i - 1);
    }
}

/* Pongs wait unread while the loop is held up: that is no silence of theirs. */
static void
forgive_absence (BfHub *hub)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 away_us = hub->flushed_us != 0 ? now_us - hub->flushed_us : 0;

  hub->flushed_us = now_us;
  for (guint i = 0; away_us > AWAY_US && i < hub->clients->len; i++)
    ((Client *) g_ptr_array_index (hub->clients, i))->pong_us += away_us;
}

static void
send_all (BfHub *hub, const char *text)
{
  for (guint i = 0; i < hub->clients->len; i++)
    send_text (g_ptr_array_index (hub->clients, i), text);
}

static char *
write_alert (BfHub *hub, const BfAlert *alert, const BfAlertEvent *event)
{
  GString *text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "type", "alert");
  bf_json_out_int (&out, "seq", event->id);
  bf_message_alert (hub->engine, &out, "alert", alert, NULL);
  bf_message_event (&out, "event", event);
  bf_json_out_end_object (&out);
  return g_string_free (text, FALSE);
}

/* Each event once, in order. */
static void
send_event (Client *client, gint64 seq, const char *text)
{
  if (seq <= client->after_seq)
    return;
  client->after_seq = seq;
  send_text (client, text);
}

/* What is over the bound is not kept: the client is told to read the snapshot again. */
static void
keep_waiting (Client *client, gint64 seq, const char *text)
{
  Waiting *waiting;

  if (client->waiting.length >= CATCH_UP_MAX)
    {
      client->too_late = TRUE;
      return;
    }
  waiting = g_new (Waiting, 1);
  *waiting = (Waiting){ seq, g_strdup (text) };
  g_queue_push_tail (&client->waiting, waiting);
}

/**
 * bf_hub_send_alert:
 *
 * A transition that is on disk, to every client.
 */
void
bf_hub_send_alert (BfHub *hub, const BfAlert *alert, const BfAlertEvent *event)
{
  g_autofree char *text = NULL;

  if (hub->clients->len == 0)
    return;
  text = write_alert (hub, alert, event);
  for (guint i = 0; i < hub->clients->len; i++)
    {
      Client *client = g_ptr_array_index (hub->clients, i);

      if (client->catching_up)
        keep_waiting (client, event->id, text);
      else
        send_event (client, event->id, text);
    }
}

/* Missed events: each is told with the alert as it is now (the client's picture converges; the event is what happened). */
static void
send_missed (Client *client, GPtrArray *events)
{
  BfEngine *engine = client->hub->engine;

  for (guint i = 0; i < events->len; i++)
    {
      const BfAlertEvent *event = g_ptr_array_index (events, i);
      const BfAlert *alert = bf_durable_get (engine->durable, event->alert_id);
      g_autofree char *text = NULL;
      g_autoptr (BfAlert) over = NULL;

      /* What came to disk since is told when the engine hears of it, with the alert of then. */
      if (event->id <= client->after_seq || event->id > bf_durable_last_event (engine->durable))
        continue;
      if (alert == NULL)
        {
          over = bf_alert_new ("", "", BF_PRIORITY_LOW);
          over->id = event->alert_id;
          over->title.text = g_strdup ("");
          over->why = g_strdup ("");
          over->state = BF_ALERT_NORMAL;
          over->cleared_us = event->at_us;
          alert = over;
        }
      text = write_alert (client->hub, alert, event);
      send_event (client, event->id, text);
    }
}

/* The client reads the snapshot again; what is on disk now will be in it. */
static void
send_reset (Client *client)
{
  send_text (client, "{\"type\":\"reset\"}");
  client->after_seq = bf_durable_last_event (client->hub->engine->durable);
  g_queue_clear_full (&client->waiting, waiting_free);
}

static void
send_waiting (Client *client)
{
  Waiting *waiting;

  while ((waiting = g_queue_pop_head (&client->waiting)) != NULL)
    {
      send_event (client, waiting->seq, waiting->text);
      waiting_free (waiting);
    }
}

static void
missed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gpointer *both = user_data;
  BfEngine *engine = both[0];
  Client *client = both[1];
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = bf_store_query_events_finish (engine->store, result, &error);

  g_free (both);
  /* Cancelled: the client is gone. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error != NULL)
    g_warning ("events for a client that comes back: %s", error->message);
  client->catching_up = FALSE;
  if (events == NULL || events->len > CATCH_UP_MAX || client->too_late)
    {
      send_reset (client);
      return;
    }
  send_missed (client, events);
  send_waiting (client);
}

/* A client that has all that is on disk, or said nothing, hears from now on; one that has more speaks of another store's
 * events, which do not count here. */
static void
catch_up (Client *client)
{
  BfEngine *engine = client->hub->engine;
  gint64 last = bf_durable_last_event (engine->durable);
  gpointer *both;

  if (client->after_seq == G_MAXINT64)
    client->after_seq = last;
  if (client->after_seq > last)
    send_reset (client);
  if (client->after_seq >= last)
    return;
  client->catching_up = TRUE;
  both = g_new (gpointer, 2);
  both[0] = engine;
  both[1] = client;
  bf_store_query_events_async (engine->store, client->after_seq, 0, CATCH_UP_MAX + 1, client->cancellable, missed_cb, both);
}

/**
 * bf_hub_add:
 * @after_seq: last event that the client has; %G_MAXINT64: it said nothing
 */
void
bf_hub_add (BfHub *hub, SoupWebsocketConnection *connection, const char *actor, gint64 after_seq)
{
  Client *client = g_new0 (Client, 1);
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  client->hub = hub;
  client->connection = g_object_ref (connection);
  client->after_seq = after_seq;
  client->cancellable = g_cancellable_new ();
  g_queue_init (&client->waiting);
  soup_websocket_connection_set_max_incoming_payload_size (connection, 64 << 10);
  soup_websocket_connection_set_keepalive_interval (connection, KEEPALIVE_S);
  client->pong_us = g_get_monotonic_time ();
  g_signal_connect (connection, "pong", G_CALLBACK (pong_cb), client);
  g_signal_connect (connection, "closed", G_CALLBACK (closed_cb), client);
  g_ptr_array_add (hub->clients, client);

  bf_json_out_init (&out, text);
  bf_message_hello (hub->engine, &out, "hello", actor);
  send_text (client, text->str);
  g_string_truncate (text, 0);
  bf_json_out_init (&out, text);
  bf_message_status (hub->engine, &out, "status");
  send_text (client, text->str);
  catch_up (client);
}

guint
bf_hub_n_clients (const BfHub *hub)
{
  return hub->clients->len;
}

guint64
bf_hub_n_dropped (const BfHub *hub)
{
  return hub->n_dropped;
}

/* --- what is gathered ----------------------------------------------------------------------------------------------- */

static guint
n_waiting (const Waiters *waiters)
{
  return waiters->assets->len - waiters->from;
}

static guint32
next_waiter (Waiters *waiters)
{
  guint32 asset = g_array_index (waiters->assets, guint32, waiters->from++);

  if (n_waiting (waiters) == 0)
    g_array_set_size (waiters->assets, waiters->from = 0);
  return asset;
}

/* The told ones leave when they are half of all, so that the list is bounded and moving it costs little a call. */
static void
add_waiter (Waiters *waiters, guint32 asset)
{
  if (waiters->from >= 1024 && waiters->from >= n_waiting (waiters))
    {
      g_array_remove_range (waiters->assets, 0, waiters->from);
      waiters->from = 0;
    }
  g_array_append_val (waiters->assets, asset);
}

static void
make_room (BfHub *hub, guint32 asset)
{
  gsize room = MAX (1024, (gsize) asset + asset / 2);

  if (asset < hub->n_room)
    return;
  hub->dirty = g_renew (guint64, hub->dirty, room);
  hub->described = g_renew (guint8, hub->described, room);
  memset (hub->dirty + hub->n_room, 0, (room - hub->n_room) * sizeof (guint64));
  memset (hub->described + hub->n_room, 0, room - hub->n_room);
  hub->n_room = room;
}

static void
mark (BfHub *hub, guint32 asset, guint64 bits)
{
  if (hub->clients->len == 0)
    return;
  make_room (hub, asset);
  if (hub->dirty[asset] == 0)
    add_waiter (&hub->touched, asset);
  hub->dirty[asset] |= bits;
}

void
bf_hub_touch_value (BfHub *hub, guint32 asset, guint16 property)
{
  mark (hub, asset, G_GUINT64_CONSTANT (1) << (bf_model_asset_kind (hub->engine->model, asset)->slot[property] % 64));
}

void
bf_hub_touch_values (BfHub *hub, guint32 asset)
{
  mark (hub, asset, G_MAXUINT64);
}

void
bf_hub_touch_asset (BfHub *hub, guint32 asset)
{
  if (hub->clients->len == 0)
    return;
  make_room (hub, asset);
  if (!hub->described[asset])
    add_waiter (&hub->changed, asset);
  hub->described[asset] = TRUE;
}

void
bf_hub_touch_feed (BfHub *hub, guint feed)
{
  if (feed >= hub->feeds->len)
    g_array_set_size (hub->feeds, feed + 1);
  g_array_index (hub->feeds, gint64, feed) |= 1;
}

static void
write_values_of (BfHub *hub, BfJsonOut *out, guint32 asset, guint64 bits, gint64 now_us)
{
  BfModel *model = hub->engine->model;
  const BfKind *kind = bf_model_asset_kind (model, asset);

  for (guint i = 0; i < kind->properties->len; i++)
    {
      guint16 property = g_array_index (kind->properties, guint16, i);
      BfLatest latest;
      double value;
      gboolean has;

      if ((bits >> (kind->slot[property] % 64) & 1) == 0)
        continue;
      has = bf_model_latest (model, asset, property, &latest);
      bf_json_out_begin_array (out, NULL);
      bf_json_out_string (out, NULL, bf_model_asset_id (model, asset));
      bf_json_out_string (out, NULL, bf_catalog_property (hub->engine->catalog, property)->id);
      if (has)
        {
          bf_message_value (hub->engine, out, NULL, asset, property, latest.value);
          bf_json_out_int (out, NULL, latest.observed_us / 1000);
        }
      else
        {
          bf_json_out_null (out, NULL);
          bf_json_out_null (out, NULL);
        }
      bf_json_out_bool (out, NULL, has && bf_model_known (model, asset, property, now_us, &value));
      bf_json_out_end_array (out);
    }
}

static void
begin_message (BfHub *hub, BfJsonOut *out, const char *type)
{
  g_string_truncate (hub->text, 0);
  bf_json_out_init (out, hub->text);
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "type", type);
}

static void
send_message (BfHub *hub, BfJsonOut *out)
{
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
  send_all (hub, hub->text->str);
}

/* Whether the message takes more. */
static gboolean
has_room (const BfHub *hub, guint n_written, gint64 until_us)
{
  return hub->text->len < PIECE && (n_written == 0 || n_written % STEP != 0 || g_get_monotonic_time () < until_us);
}

static void
flush_values (BfHub *hub, gint64 until_us)
{
  gint64 now_us = bf_time_now_us ();
  BfJsonOut out;

  begin_message (hub, &out, "values");
  bf_json_out_time (&out, "t", now_us);
  bf_json_out_begin_array (&out, "values");
  for (guint n = 0; n_waiting (&hub->touched) > 0 && has_room (hub, n, until_us); n++)
    {
      guint32 asset = next_waiter (&hub->touched);

      if (!bf_model_has_left (hub->engine->model, asset))
        write_values_of (hub, &out, asset, hub->dirty[asset], now_us);
      hub->dirty[asset] = 0;
    }
  send_message (hub, &out);
}

static void
flush_assets (BfHub *hub, gint64 until_us)
{
  BfJsonOut out;

  begin_message (hub, &out, "assets");
  bf_json_out_begin_array (&out, "assets");
  for (guint n = 0; n_waiting (&hub->changed) > 0 && has_room (hub, n, until_us); n++)
    {
      guint32 asset = next_waiter (&hub->changed);

      if (bf_model_has_left (hub->engine->model, asset))
        bf_message_left (hub->engine, &out, asset);
      else
        bf_message_asset (hub->engine, &out, asset, FALSE);
      hub->described[asset] = FALSE;
    }
  send_message (hub, &out);
}

/* Bit 0 of a feed's word: touched; the rest: when it was last sent, monotonic. */
static void
flush_feeds (BfHub *hub, gint64 now_us)
{
  for (guint i = 0; i < hub->feeds->len; i++)
    {
      gint64 *word = &g_array_index (hub->feeds, gint64, i);
      g_autoptr (GString) text = NULL;
      BfJsonOut out;

      if ((*word & 1) == 0 || now_us - *word < FEED_EVERY_US)
        continue;
      *word = now_us & ~G_GINT64_CONSTANT (1);
      text = g_string_new (NULL);
      bf_json_out_init (&out, text);
      bf_json_out_begin_object (&out, NULL);
      bf_json_out_string (&out, "type", "feed");
      bf_message_feed (hub->engine, &out, "feed", i, FALSE);
      bf_json_out_end_object (&out);
      send_all (hub, text->str);
    }
}

static void
flush_status (BfHub *hub, gint64 now_us)
{
  g_autoptr (GString) text = NULL;
  const char *tail;
  BfJsonOut out;

  if (now_us - hub->status_us < STATUS_EVERY_US)
    return;
  hub->status_us = now_us;
  text = g_string_new (NULL);
  bf_json_out_init (&out, text);
  bf_message_status (hub->engine, &out, "status");
  /* Compared without what stands before "seq": type and clock. */
  tail = strstr (text->str, "\"seq\"");
  if (g_strcmp0 (tail, hub->last_status) == 0)
    return;
  g_free (hub->last_status);
  hub->last_status = g_strdup (tail);
  send_all (hub, text->str);
}

static gboolean more_cb (gpointer user_data);

/* New assets first: values are of assets that the client knows. What is left goes in the next turns. */
static void
flush_some (BfHub *hub)
{
  gint64 until_us = bf_turns_until (TURN_US);

  do
    if (n_waiting (&hub->changed) > 0)
      flush_assets (hub, until_us);
    else if (n_waiting (&hub->touched) > 0)
      flush_values (hub, until_us);
    else
      return;
  while (g_get_monotonic_time () < until_us);
  if (hub->more_id == 0)
    hub->more_id = g_timeout_add (MORE_MS, more_cb, hub);
}

static gboolean
more_cb (gpointer user_data)
{
  BfHub *hub = user_data;

  hub->more_id = 0;
  drop_deaf (hub);
  if (hub->clients->len > 0)
    flush_some (hub);
  return G_SOURCE_REMOVE;
}

static void
forget_all (BfHub *hub)
{
  while (n_waiting (&hub->touched) > 0)
    hub->dirty[next_waiter (&hub->touched)] = 0;
  while (n_waiting (&hub->changed) > 0)
    hub->described[next_waiter (&hub->changed)] = FALSE;
}

static gboolean
flush_cb (gpointer user_data)
{
  BfHub *hub = user_data;
  gint64 now_us = g_get_monotonic_time (); /* of how often, not of when: the wall clock may jump */

  forgive_absence (hub);
  if (hub->clients->len == 0)
    {
      forget_all (hub);
      return G_SOURCE_CONTINUE;
    }
  drop_deaf (hub);
  if (hub->more_id == 0)
    flush_some (hub);
  flush_feeds (hub, now_us);
  flush_status (hub, now_us);
  return G_SOURCE_CONTINUE;
}

BfHub *
bf_hub_new (BfEngine *engine)
{
  BfHub *hub = g_new0 (BfHub, 1);

  hub->engine = engine;
  hub->clients = g_ptr_array_new_with_free_func (client_free);
  hub->touched.assets = g_array_new (FALSE, FALSE, sizeof (guint32));
  hub->changed.assets = g_array_new (FALSE, FALSE, sizeof (guint32));
  hub->text = g_string_sized_new (2 * PIECE);
  hub->feeds = g_array_new (FALSE, TRUE, sizeof (gint64));
  hub->flush_id = g_timeout_add (FLUSH_MS, flush_cb, hub);
  return hub;
}

void
bf_hub_free (BfHub *hub)
{
  g_clear_handle_id (&hub->flush_id, g_source_remove);
  g_clear_handle_id (&hub->more_id, g_source_remove);
  g_ptr_array_unref (hub->clients);
  g_array_unref (hub->touched.assets);
  g_array_unref (hub->changed.assets);
  g_string_free (hub->text, TRUE);
  g_array_unref (hub->feeds);
  g_free (hub->dirty);
  g_free (hub->described);
  g_free (hub->last_status);
  g_free (hub);
}
