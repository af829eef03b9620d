/* SPDX-License-Identifier: EUPL-1.2 */
/* What others push: `POST /api/v1/push/FEED`, for a feed with Transport=push (NGSI notifications, TALQ, webhooks). Who sends shows the
 * feed's own token (`Token=secret:NAME`) as `Authorization: Bearer …`, `X-Auth-Token` or `X-Api-Key`; the API's token opens nothing
 * here and this one nothing there. Asked for before the body is read: the method, the token, the rate, the size. The body goes to
 * the feed's process (bf-push-queue.h): 202 means that it is kept until frames were made of it. An unknown feed and a wrong token
 * are one answer, so that names cannot be guessed. All counted, an answer a counter. Main thread. */

#include "bf-config.h"

#include "engine/bf-engine-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "feed/bf-secret.h"
#include "feed/bf-wire.h"

#define PATH "/api/v1/push/"
#define BODY_MAX (1 << 20)
#define RATE_PER_S 50
#define BURST 500
#define TOKEN_AGE_US (10 * G_USEC_PER_SEC) /* the file is read again after this: a new token needs no restart */
#define RETRY_AFTER "5"

typedef enum
{
  ACCEPTED,     /* 202 */
  UNAUTHORIZED, /* 401 */
  TOO_LARGE,    /* 411, 413 */
  TOO_MANY,     /* 429 */
  UNAVAILABLE,  /* 503 */
  N_ANSWERS,
} Answer;

static const char *const answer_codes[N_ANSWERS] = { "202", "401", "413", "429", "503" };

/* Of one feed. */
typedef struct
{
  char *token;
  gint64 read_us;
  double level;
  gint64 level_us;
  guint64 n[N_ANSWERS];
} Door;

struct _BfPush
{
  BfEngine *engine;
  GHashTable *doors; /* name of the feed -> Door */
  guint64 n_unknown; /* 401 to names that are no feed's */
};

static void
door_free (gpointer data)
{
  Door *door = data;

  g_free (door->token);
  g_free (door);
}

static Door *
door_of (BfPush *push, const char *path, guint *ret_feed, BfFeedInfo *ret_info)
{
  const char *name = g_str_has_prefix (path, PATH) ? path + strlen (PATH) : "";
  Door *door;

  if (!bf_supervisor_find (push->engine->supervisor, name, ret_feed))
    return NULL;
  bf_supervisor_info (push->engine->supervisor, *ret_feed, ret_info);
  if (ret_info->def->wire != BF_WIRE_PUSH || ret_info->def->bad)
    return NULL;
  door = g_hash_table_lookup (push->doors, name);
  if (door == NULL)
    {
      door = g_new0 (Door, 1);
      door->level = BURST;
      door->level_us = g_get_monotonic_time ();
      g_hash_table_insert (push->doors, g_strdup (name), door);
    }
  return door;
}

static void
read_token (Door *door, const BfFeedDef *def)
{
  gint64 now_us = g_get_monotonic_time ();
  g_autoptr (BfSecrets) secrets = NULL;
  g_autoptr (GError) error = NULL;
  const char *token;

  if (door->read_us != 0 && now_us - door->read_us < TOKEN_AGE_US)
    return;
  secrets = bf_secrets_new (def->secrets_dir);
  token = bf_secrets_value (secrets, bf_feed_def_get (def, "Token"), &error);
  if (token == NULL)
    g_warning ("%s: %s", def->name, error->message);
  g_free (door->token);
  door->token = g_strdup (token);
  door->read_us = now_us;
}

static gboolean
shows_token (const Door *door, SoupMessageHeaders *headers)
{
  const char *bearer = soup_message_headers_get_one (headers, "Authorization");
  const char *given[] = { bearer != NULL && g_str_has_prefix (bearer, "Bearer ") ? bearer + strlen ("Bearer ") : NULL,
                          soup_message_headers_get_one (headers, "X-Auth-Token"), soup_message_headers_get_one (headers, "X-Api-Key") };
  gboolean good = FALSE;

  for (guint i = 0; door->token != NULL && i < G_N_ELEMENTS (given); i++)
    if (given[i] != NULL && strlen (given[i]) <= BF_SECRET_MAX)
      good = bf_secret_equal (given[i], door->token) || good;
  return good;
}

static gboolean
take_rate (Door *door)
{
  gint64 now_us = g_get_monotonic_time ();

  door->level = MIN (BURST, door->level + (double) (now_us - door->level_us) * RATE_PER_S / G_USEC_PER_SEC);
  door->level_us = now_us;
  if (door->level < 1)
    return FALSE;
  door->level--;
  return TRUE;
}

static void
refuse (Door *door, SoupServerMessage *message, Answer answer, guint status, const char *code, const char *sentence)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  if (door != NULL)
    door->n[answer]++;
  if (answer == TOO_MANY || answer == UNAVAILABLE)
    soup_message_headers_replace (headers, "Retry-After", RETRY_AFTER);
  if (answer == UNAUTHORIZED)
    soup_message_headers_replace (headers, "WWW-Authenticate", "Bearer");
  bf_reply_error (message, status, code, "%s", sentence);
}

/* Before the body is read: whose is it, and may it be so long? */
static void
check_head (BfPush *push, SoupServerMessage *message, const char *path)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  BfFeedInfo info = { 0 };
  guint feed;
  Door *door = door_of (push, path, &feed, &info);

  if (door != NULL)
    read_token (door, info.def);
  else
    push->n_unknown++;
  if (door == NULL || !shows_token (door, headers))
    refuse (door, message, UNAUTHORIZED, SOUP_STATUS_UNAUTHORIZED, "unauthorized",
            _ ("expected the feed's own token as “Authorization: Bearer TOKEN”"));
  else if (soup_server_message_get_method (message) != SOUP_METHOD_POST)
    bf_reply_error (message, SOUP_STATUS_METHOD_NOT_ALLOWED, "bad_request", _ ("expected POST"));
  else if (!take_rate (door))
    refuse (door, message, TOO_MANY, 429, "too_many", _ ("more than a feed may be sent; try again later"));
  else if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED)
    refuse (door, message, TOO_LARGE, SOUP_STATUS_LENGTH_REQUIRED, "bad_request", _ ("expected a body with Content-Length"));
  else if (soup_message_headers_get_content_length (headers) > MIN (BODY_MAX, (goffset) info.def->max_bytes))
    refuse (door, message, TOO_LARGE, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "too_large", _ ("the body is larger than the feed takes"));
}

static void
early_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  check_head (user_data, message, path);
  bf_reply_early (message);
}

static void
push_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  BfPush *push = user_data;
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);
  BfFeedInfo info = { 0 };
  guint feed;
  Door *door = door_of (push, path, &feed, &info);

  if (door == NULL)
    refuse (NULL, message, UNAUTHORIZED, SOUP_STATUS_UNAUTHORIZED, "unauthorized", _ ("no such feed"));
  else if (!bf_supervisor_push (push->engine->supervisor, feed, bytes))
    refuse (door, message, UNAVAILABLE, SOUP_STATUS_SERVICE_UNAVAILABLE, "unavailable",
            _ ("the feed has no room for more, or is paused; try again later"));
  else
    {
      door->n[ACCEPTED]++;
      soup_server_message_set_status (message, SOUP_STATUS_ACCEPTED, NULL);
    }
}

BfPush *
bf_push_new (BfEngine *engine, SoupServer *soup)
{
  BfPush *push = g_new0 (BfPush, 1);

  push->engine = engine;
  push->doors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, door_free);
  soup_server_add_early_handler (soup, PATH, early_cb, push, NULL);
  soup_server_add_handler (soup, PATH, push_cb, push, NULL);
  return push;
}

void
bf_push_free (BfPush *push)
{
  if (push == NULL)
    return;
  g_hash_table_unref (push->doors);
  g_free (push);
}

void
bf_push_metrics (const BfPush *push, GString *text)
{
  GHashTableIter iter;
  gpointer name, value;

  if (push == NULL)
    return;
  g_hash_table_iter_init (&iter, push->doors);
  while (g_hash_table_iter_next (&iter, &name, &value))
    for (guint i = 0; i < N_ANSWERS; i++)
      g_string_append_printf (text, "beffroi_push_total{feed=\"%s\",status=\"%s\"} %" G_GUINT64_FORMAT "\n", (const char *) name,
                              answer_codes[i], ((const Door *) value)->n[i]);
  g_string_append_printf (text, "beffroi_push_unknown_total %" G_GUINT64_FORMAT "\n", push->n_unknown);
}
