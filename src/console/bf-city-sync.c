/* SPDX-License-Identifier: EUPL-1.2 */
/* The way from the engine to the view.
 *
 * hello is asked until it is answered; then the stream is opened from its seq, and when the stream says that it is
 * connected the snapshot is read: catalog, assets in slices, alerts, feeds, status, problems, places. Messages that come
 * meanwhile are applied at once: alerts carry their seq and values their time, so the order does not matter. After a lost
 * stream or a "reset" the snapshot is read again, because values are coalesced and never sent twice. A catalog that did
 * not change keeps the assets, so that nothing blinks; when assets are gone they are all read anew.
 *
 * Signals: "basemap" (GBytes *): once a city, and again when its catalog changed; "notice" (const char *text, gboolean
 * error): the outcome of something that the person asked for; "answered" (gint64 alert, gboolean acknowledged, gboolean done): an
 * acknowledgement, or a comment, of this desk was recorded or not. */

#include "console/bf-city-sync.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "console/bf-ask.h"
#include "json/bf-json-out.h"

#define SLICE 2000
#define DOC_BYTES (64u << 20)
#define BASEMAP_BYTES (256u << 20)
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 5000

/* What is read one after the other; assets repeat until there is no next slice. */
typedef enum
{
  STEP_CATALOG,
  STEP_ASSETS,
  STEP_ALERTS,
  STEP_FEEDS,
  STEP_STATUS,
  STEP_PROBLEMS,
  STEP_PLACES,
  STEP_BASEMAP,
  STEP_DONE,
} Step;

struct _BfCitySync
{
  GObject parent_instance;

  BfCityView *view;
  BfClient *client;
  BfJsonDoc *doc;
  GCancellable *cancellable; /* of the city */
  GCancellable *loading;     /* of the snapshot under way */
  Step step;
  char *cursor;
  guint n_seen;
  char *catalog_digest;
  gboolean has_basemap;
  guint retry_id;
  guint retry_ms;
};

G_DEFINE_FINAL_TYPE (BfCitySync, bf_city_sync, G_TYPE_OBJECT)

enum
{
  BASEMAP,
  NOTICE,
  ANSWERED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void next_step (BfCitySync *self);
static void say_hello (BfCitySync *self);
static void start_snapshot (BfCitySync *self);

static void
bf_city_sync_dispose (GObject *object)
{
  BfCitySync *self = BF_CITY_SYNC (object);

  bf_city_sync_close (self);
  g_clear_object (&self->view);
  G_OBJECT_CLASS (bf_city_sync_parent_class)->dispose (object);
}

static void
bf_city_sync_finalize (GObject *object)
{
  BfCitySync *self = BF_CITY_SYNC (object);

  g_free (self->cursor);
  g_free (self->catalog_digest);
  bf_json_doc_free (self->doc);
  G_OBJECT_CLASS (bf_city_sync_parent_class)->finalize (object);
}

static void
bf_city_sync_class_init (BfCitySyncClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bf_city_sync_dispose;
  G_OBJECT_CLASS (klass)->finalize = bf_city_sync_finalize;
  signals[BASEMAP] = g_signal_new ("basemap", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_BYTES);
  signals[NOTICE] = g_signal_new ("notice", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
  signals[ANSWERED] = g_signal_new ("answered", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 3, G_TYPE_INT64, G_TYPE_BOOLEAN, G_TYPE_BOOLEAN);
}

static void
bf_city_sync_init (BfCitySync *self)
{
  self->doc = bf_json_doc_new (DOC_BYTES);
}

BfCitySync *
bf_city_sync_new (BfCityView *view)
{
  BfCitySync *self = g_object_new (BF_TYPE_CITY_SYNC, NULL);

  self->view = g_object_ref (view);
  return self;
}

BfCityView *
bf_city_sync_get_view (BfCitySync *self)
{
  return self->view;
}

/**
 * bf_city_sync_get_client:
 *
 * Returns: (nullable) (transfer none): %NULL when closed
 */
BfClient *
bf_city_sync_get_client (BfCitySync *self)
{
  return self->client;
}

static void
stop_snapshot (BfCitySync *self)
{
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
}

static void
fail (BfCitySync *self, const char *message)
{
  stop_snapshot (self);
  bf_city_view_set_connected (self->view, FALSE, message);
}

static gboolean
retry_cb (gpointer data)
{
  BfCitySync *self = data;

  self->retry_id = 0;
  if (bf_client_is_connected (self->client))
    start_snapshot (self);
  else
    say_hello (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (BfCitySync *self)
{
  if (self->retry_id != 0)
    return;
  self->retry_id = g_timeout_add (self->retry_ms, retry_cb, self);
  self->retry_ms = MIN (self->retry_ms * 2, RETRY_MAX_MS);
}

/* An asset's index is counted once: slices never repeat an asset. */
static void
take_assets (BfCitySync *self, BfJsonNode node)
{
  BfJsonNode list;
  const char *next = bf_json_member_string (node, "next", NULL);

  if (bf_json_member (node, "assets", &list))
    self->n_seen += (guint) bf_json_array_length (list);
  bf_city_view_apply_assets (self->view, node);
  g_free (self->cursor);
  self->cursor = g_strdup (next);
  if (self->cursor != NULL)
    return;
  if (self->n_seen < bf_city_assets_count (bf_city_view_assets (self->view)))
    {
      g_clear_pointer (&self->catalog_digest, g_free);
      self->step = STEP_CATALOG;
    }
  else
    self->step = STEP_ALERTS;
}

static gboolean
take_catalog (BfCitySync *self, GBytes *bytes, BfJsonNode node, GError **error)
{
  g_autofree char *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);

  self->n_seen = 0;
  g_clear_pointer (&self->cursor, g_free);
  if (self->catalog_digest == NULL || strcmp (self->catalog_digest, digest) != 0)
    {
      if (!bf_city_view_apply_catalog (self->view, node, error))
        return FALSE;
      g_free (self->catalog_digest);
      self->catalog_digest = g_steal_pointer (&digest);
    }
  self->step = STEP_ASSETS;
  return TRUE;
}

static gboolean
take_answer (BfCitySync *self, GBytes *bytes, GError **error)
{
  BfJsonNode node;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  if (self->step == STEP_BASEMAP)
    {
      self->has_basemap = TRUE;
      g_signal_emit (self, signals[BASEMAP], 0, bytes);
      self->step++;
      return TRUE;
    }
  if (!bf_json_doc_parse (self->doc, text, length, &node, error))
    return FALSE;
  switch (self->step)
    {
    case STEP_CATALOG:
      return take_catalog (self, bytes, node, error);
    case STEP_ASSETS:
      take_assets (self, node);
      return TRUE;
    case STEP_ALERTS:
      if (!bf_city_view_apply_alerts (self->view, node, error))
        return FALSE;
      break;
    case STEP_FEEDS:
      if (!bf_city_view_apply_feeds (self->view, node, error))
        return FALSE;
      break;
    case STEP_STATUS:
      bf_city_view_apply_status (self->view, node);
      break;
    case STEP_PROBLEMS:
      bf_city_view_apply_problems (self->view, node);
      break;
    case STEP_PLACES:
      bf_city_view_apply_places (self->view, node);
      break;
    case STEP_BASEMAP:
    case STEP_DONE:
    default:
      g_assert_not_reached ();
    }
  self->step++;
  return TRUE;
}

static void
step_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BfCitySync) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = bf_client_request_finish (BF_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || BF_CLIENT (source) != self->client)
    return;
  if (bytes == NULL && self->step == STEP_BASEMAP)
    {
      g_message ("base map: %s", error->message);
      self->step++;
    }
  else if (bytes == NULL || !take_answer (self, bytes, &error))
    {
      fail (self, error->message);
      retry_later (self);
      return;
    }
  next_step (self);
}

static void
finish_snapshot (BfCitySync *self)
{
  g_clear_object (&self->loading);
  self->retry_ms = RETRY_MIN_MS;
  bf_city_view_set_connected (self->view, TRUE, NULL);
}

static void
next_step (BfCitySync *self)
{
  static const char *const paths[] = { "/api/v1/catalog", "/api/v1/assets?limit=%d",     "/api/v1/alerts?state=open",
                                       "/api/v1/feeds",   "/api/v1/status",   "/api/v1/problems",
                                       "/api/v1/places",  "/api/v1/basemap" };
  g_autofree char *path = NULL;

  if (self->step == STEP_BASEMAP && (self->has_basemap || !bf_city_view_has_basemap (self->view)))
    self->step++;
  if (self->step == STEP_DONE)
    {
      finish_snapshot (self);
      return;
    }
  if (self->step == STEP_ASSETS)
    {
      g_autofree char *cursor = self->cursor == NULL ? NULL : g_uri_escape_string (self->cursor, NULL, FALSE);

      path = g_strdup_printf ("/api/v1/assets?limit=%d%s%s", SLICE, cursor != NULL ? "&after=" : "",
                              cursor != NULL ? cursor : "");
    }
  else
    path = g_strdup (paths[self->step]);
  bf_client_request_async (self->client, path, NULL, self->step == STEP_BASEMAP ? BASEMAP_BYTES : 0, self->loading, step_cb,
                           g_object_ref (self));
}

static void
start_snapshot (BfCitySync *self)
{
  stop_snapshot (self);
  self->loading = g_cancellable_new ();
  self->step = STEP_CATALOG;
  next_step (self);
}

static void
message_cb (BfClient *client, const char *type, gpointer node, gpointer user_data)
{
  BfCitySync *self = user_data;
  g_autoptr (GError) error = NULL;

  if (strcmp (type, "hello") == 0)
    {
      if (!bf_city_view_apply_hello (self->view, *(BfJsonNode *) node, &error))
        fail (self, error->message);
      else
        start_snapshot (self);
    }
  else if (!bf_city_view_apply_message (self->view, type, *(BfJsonNode *) node))
    start_snapshot (self);
}

static void
state_cb (BfClient *client, gboolean connected, const char *reason, gpointer user_data)
{
  if (!connected)
    fail (user_data, reason);
}

static void
hello_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BfCitySync) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = bf_client_request_finish (BF_CLIENT (source), result, &error);
  BfJsonNode node;
  gsize length;
  const char *text;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || BF_CLIENT (source) != self->client)
    return;
  if (bytes == NULL || (text = g_bytes_get_data (bytes, &length)) == NULL ||
      !bf_json_doc_parse (self->doc, text, length, &node, &error) || !bf_city_view_apply_hello (self->view, node, &error))
    {
      fail (self, error != NULL ? error->message : _("the engine's answer was empty"));
      retry_later (self);
      return;
    }
  bf_client_start (self->client, bf_json_member_int (node, "seq", 0));
}

static void
say_hello (BfCitySync *self)
{
  bf_client_request_async (self->client, "/api/v1/hello", NULL, 0, self->cancellable, hello_cb, g_object_ref (self));
}

/**
 * bf_city_sync_open:
 * @address: of an engine, as for bf_client_new()
 *
 * Leaves the present city and goes to that engine's; tries until it answers.
 */
void
bf_city_sync_open (BfCitySync *self, const char *address, const char *token)
{
  bf_city_sync_close (self);
  bf_city_view_clear (self->view);
  self->client = bf_client_new (address, token);
  self->cancellable = g_cancellable_new ();
  self->retry_ms = RETRY_MIN_MS;
  g_signal_connect_object (self->client, "message", G_CALLBACK (message_cb), self, 0);
  g_signal_connect_object (self->client, "state", G_CALLBACK (state_cb), self, 0);
  say_hello (self);
}

void
bf_city_sync_close (BfCitySync *self)
{
  g_clear_handle_id (&self->retry_id, g_source_remove);
  stop_snapshot (self);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->catalog_digest, g_free);
  self->has_basemap = FALSE;
  if (self->client != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->client, self);
      bf_client_stop (self->client);
    }
  g_clear_object (&self->client);
}

/* What a person may ask for, and what is said of it. */
typedef enum
{
  WISH_ACKNOWLEDGE,
  WISH_COMMENT,
  WISH_SHELVE,
  WISH_UNSHELVE,
  WISH_RESET,
  WISH_PAUSE,
  WISH_RESUME,
} WishKind;

static const struct
{
  const char *path; /* of an alert's or a feed's id */
  const char *key;  /* (nullable): of the text */
  gboolean is_feed;
  const char *done, *failed;
} wishes[] = {
  [WISH_ACKNOWLEDGE] = { "/api/v1/alerts/%s/acknowledge", "comment", FALSE, N_("Alert acknowledged"), N_("The alert was not acknowledged") },
  [WISH_COMMENT] = { "/api/v1/alerts/%s/comment", "comment", FALSE, N_("Comment recorded"), N_("The comment was not recorded") },
  [WISH_SHELVE] = { "/api/v1/alerts/%s/shelve", "reason", FALSE, N_("Alert shelved"), N_("The alert was not shelved") },
  [WISH_UNSHELVE] = { "/api/v1/alerts/%s/unshelve", NULL, FALSE, N_("Alert taken off the shelf"), N_("The alert was not taken off the shelf") },
  [WISH_RESET] = { "/api/v1/alerts/%s/reset", NULL, FALSE, N_("Alert reset"), N_("The alert was not reset") },
  [WISH_PAUSE] = { "/api/v1/feeds/%s/pause", "reason", TRUE, N_("Feed cut"), N_("The feed was not cut") },
  [WISH_RESUME] = { "/api/v1/feeds/%s/resume", NULL, TRUE, N_("Feed resumed"), N_("The feed was not resumed") },
};

typedef struct
{
  WishKind kind;
  gint64 alert; /* 0: of a feed */
} Wish;

static void
wish_failed (BfCitySync *self, const Wish *wish, const char *why)
{
  g_autofree char *text = /* Translators: what was not done: why */
    g_strdup_printf (_("%s: %s"), _(wishes[wish->kind].failed), why);

  g_signal_emit (self, signals[NOTICE], 0, text, TRUE);
  if (wish->alert != 0)
    g_signal_emit (self, signals[ANSWERED], 0, wish->alert, wish->kind == WISH_ACKNOWLEDGE, FALSE);
}

/* The answer goes into the view at once, an error is said. */
static void
wish_cb (gpointer owner, const BfJsonNode *node, const GError *error, gpointer data)
{
  BfCitySync *self = owner;
  const Wish *wish = data;

  if (error != NULL)
    {
      wish_failed (self, wish, error->message);
      return;
    }
  if (wishes[wish->kind].is_feed)
    bf_city_view_apply_feed (self->view, *node);
  else
    bf_city_view_apply_alert (self->view, *node);
  if (wish->alert != 0)
    g_signal_emit (self, signals[ANSWERED], 0, wish->alert, wish->kind == WISH_ACKNOWLEDGE, TRUE);
  g_signal_emit (self, signals[NOTICE], 0, _(wishes[wish->kind].done), FALSE);
}

static void
wish_for (BfCitySync *self, WishKind kind, gint64 alert, const char *id, const char *text, const char *duration)
{
  const BfAlertItem *seen = alert != 0 ? bf_city_view_find_alert (self->view, alert) : NULL;
  const Wish wish = { kind, alert };
  g_autoptr (GString) body = g_string_new (NULL);
  GString *path;
  BfJsonOut out;

  if (self->client == NULL)
    {
      wish_failed (self, &wish, _("not connected to an engine"));
      return;
    }
  path = g_string_new (wishes[kind].path);
  g_string_replace (path, "%s", id, 1);
  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  if (wishes[kind].key != NULL && text != NULL && *text != '\0')
    bf_json_out_string (&out, wishes[kind].key, text);
  if (duration != NULL)
    bf_json_out_string (&out, "for", duration);
  if (kind == WISH_SHELVE && duration == NULL)
    bf_json_out_bool (&out, "once", TRUE);
  /* What another desk has done since is not overwritten unseen. */
  if (seen != NULL)
    bf_json_out_int (&out, "seq", seen->seq);
  bf_json_out_end_object (&out);
  bf_ask (self->client, path->str, body->str, self->doc, 0, self->cancellable, wish_cb, G_OBJECT (self),
          g_memdup2 (&wish, sizeof wish), g_free);
  g_string_free (path, TRUE);
}

static void
wish_for_alert (BfCitySync *self, WishKind kind, gint64 alert, const char *comment, const char *duration)
{
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, alert);

  wish_for (self, kind, alert, id, comment, duration);
}

static void
wish_for_feed (BfCitySync *self, WishKind kind, const char *name, const char *reason)
{
  g_autofree char *id = g_uri_escape_string (name, NULL, FALSE);

  wish_for (self, kind, 0, id, reason, NULL);
}

void
bf_city_sync_acknowledge (BfCitySync *self, gint64 alert, const char *comment)
{
  wish_for_alert (self, WISH_ACKNOWLEDGE, alert, comment, NULL);
}

void
bf_city_sync_comment (BfCitySync *self, gint64 alert, const char *comment)
{
  wish_for_alert (self, WISH_COMMENT, alert, comment, NULL);
}

/**
 * bf_city_sync_shelve:
 * @duration: (nullable): such as "1h"; %NULL: until it clears
 */
void
bf_city_sync_shelve (BfCitySync *self, gint64 alert, const char *reason, const char *duration)
{
  wish_for_alert (self, WISH_SHELVE, alert, reason, duration);
}

void
bf_city_sync_unshelve (BfCitySync *self, gint64 alert)
{
  wish_for_alert (self, WISH_UNSHELVE, alert, NULL, NULL);
}

void
bf_city_sync_reset (BfCitySync *self, gint64 alert)
{
  wish_for_alert (self, WISH_RESET, alert, NULL, NULL);
}

void
bf_city_sync_pause_feed (BfCitySync *self, const char *name, const char *reason)
{
  wish_for_feed (self, WISH_PAUSE, name, reason);
}

void
bf_city_sync_resume_feed (BfCitySync *self, const char *name)
{
  wish_for_feed (self, WISH_RESUME, name, NULL);
}
