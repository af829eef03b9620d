/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-demo-push.h. Every second the bays that changed and a fiftieth of all go in one notification, so that each is heard about once a
 * minute; at most one is on its way. What was sent counts as told when the listener has answered 202. */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-demo-push.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <glob.h>
#include <libsoup/soup.h>
#include <string.h>
#include <unistd.h>

#define FEED "parking-bays"
#define ROUND_S 50
#define TIMEOUT_S 10
#define TOKEN_BYTES 24

typedef enum
{
  UNTOLD,
  FREE,
  TAKEN,
} Told;

struct _BfDemoPush
{
  const BfDemoCity *city;
  char *address;
  char *bearer;
  char *path; /* of the socket that the session goes to */
  GHashTable *refused; /* paths of engines that know nothing of the bays: another city's */
  SoupSession *session;
  GCancellable *cancellable;
  guchar *told, *sent; /* Told, one a bay */
  guint next;
  guint timer;
  guint said_status; /* the last answer that a line was written about */
  gboolean busy;
};

/* ── the token ───────────────────────────────────────────────────────────────────────────────────────────────── */

static gboolean
make_token (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  guchar bytes[TOKEN_BYTES];
  g_autoptr (GString) text = g_string_new (NULL);
  int random = open ("/dev/urandom", O_RDONLY | O_CLOEXEC);
  gboolean read_all = random >= 0 && read (random, bytes, sizeof bytes) == (gssize) sizeof bytes;

  if (random >= 0)
    close (random);
  if (!read_all || g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: cannot make the token of the pushed feed", path);
      return FALSE;
    }
  for (guint i = 0; i < sizeof bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_file_set_contents_full (path, text->str, (gssize) text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

char *
bf_demo_push_token (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "secrets.d", "demo-push", NULL);
  char *text = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS) && !make_token (path, error))
    return NULL;
  /* A copied folder may have opened what nobody else is to read. */
  if (g_chmod (path, 0600) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", path, g_strerror (errno));
      return NULL;
    }
  return g_file_get_contents (path, &text, NULL, error) ? g_strstrip (text) : NULL;
}

/* ── sending ─────────────────────────────────────────────────────────────────────────────────────────────────── */

/* The newest socket of the pattern that has not refused, (transfer full), or NULL. */
static char *
newest (const char *pattern, GHashTable *refused)
{
  glob_t found = { 0 };
  char *best = NULL;
  gint64 best_s = G_MININT64;

  if (glob (pattern, GLOB_NOSORT, NULL, &found) == 0)
    for (gsize i = 0; i < found.gl_pathc; i++)
      {
        GStatBuf status;

        if (g_stat (found.gl_pathv[i], &status) != 0 || !S_ISSOCK (status.st_mode) || status.st_mtime < best_s
            || g_hash_table_contains (refused, found.gl_pathv[i]))
          continue;
        best_s = status.st_mtime;
        g_free (best);
        best = g_strdup (found.gl_pathv[i]);
      }
  globfree (&found);
  return best;
}

/* A session to where the engine listens now; FALSE: it does not yet. */
static gboolean
connect_session (BfDemoPush *push)
{
  gboolean local = g_str_has_prefix (push->address, "unix:");
  g_autofree char *path = local ? newest (push->address + strlen ("unix:"), push->refused) : g_strdup (push->address);
  g_autoptr (GSocketAddress) socket = NULL;

  if (path == NULL)
    {
      /* Who refused once may be asked again: its feed may have been mended. */
      g_hash_table_remove_all (push->refused);
      return FALSE;
    }
  if (push->session != NULL && g_strcmp0 (path, push->path) == 0)
    return TRUE;
  g_clear_object (&push->session);
  memset (push->told, UNTOLD, push->city->bays->len);
  g_free (push->path);
  push->path = g_steal_pointer (&path);
  socket = local ? g_unix_socket_address_new (push->path) : NULL;
  push->session = soup_session_new_with_options ("timeout", TIMEOUT_S, "remote-connectable", socket, NULL);
  return TRUE;
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  BfDemoPush *push;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);
  guint status = body != NULL ? soup_message_get_status (message) : 0;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* stopped: what @data was is gone */
  push = data;
  push->busy = FALSE;
  if (status == SOUP_STATUS_ACCEPTED)
    memcpy (push->told, push->sent, push->city->bays->len);
  else if (status == SOUP_STATUS_UNAUTHORIZED)
    g_hash_table_add (push->refused, g_strdup (push->path));
  else if (status == 0)
    memset (push->told, UNTOLD, push->city->bays->len);
  if (status != 0 && status != SOUP_STATUS_ACCEPTED && status != push->said_status)
    g_printerr ("bf-demo-server: the engine answered %u to what the bays push\n", status);
  push->said_status = status != 0 ? status : push->said_status;
}

static GString *
gather (BfDemoPush *push, gint64 now_us)
{
  guint n = push->city->bays->len, share = n / ROUND_S + 1;
  g_autofree gboolean *due = g_new0 (gboolean, n + 1);

  for (guint i = 0; i < n; i++)
    {
      guchar state = bf_demo_bay_taken (push->city, i, now_us) ? TAKEN : FREE;

      due[i] = push->told[i] != state || (i + n - push->next) % n < share;
      push->sent[i] = due[i] ? state : push->told[i];
    }
  push->next = n > 0 ? (push->next + share) % n : 0;
  return bf_demo_ngsi_bays (push->city, due, now_us);
}

static gboolean
tick_cb (gpointer data)
{
  BfDemoPush *push = data;
  gint64 now_us = g_get_real_time ();
  g_autoptr (SoupMessage) message = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *url = NULL;
  GString *body;

  if (push->busy || bf_demo_city_is_silent (push->city, "parking", now_us) || !connect_session (push))
    return G_SOURCE_CONTINUE;
  body = gather (push, now_us);
  if (body == NULL)
    return G_SOURCE_CONTINUE;
  url = g_strconcat (g_str_has_prefix (push->address, "unix:") ? "http://localhost" : push->address, "/api/v1/push/" FEED, NULL);
  message = soup_message_new (SOUP_METHOD_POST, url);
  bytes = g_string_free_to_bytes (body);
  soup_message_set_request_body_from_bytes (message, "application/json", bytes);
  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", push->bearer);
  push->busy = TRUE;
  soup_session_send_and_read_async (push->session, message, G_PRIORITY_DEFAULT, push->cancellable, answered_cb, push);
  return G_SOURCE_CONTINUE;
}

BfDemoPush *
bf_demo_push_start (const BfDemoCity *city, const char *address, const char *token)
{
  BfDemoPush *push = g_new0 (BfDemoPush, 1);

  push->city = city;
  push->address = g_strdup (address);
  push->bearer = g_strconcat ("Bearer ", token, NULL);
  push->cancellable = g_cancellable_new ();
  push->refused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  push->told = g_new0 (guchar, city->bays->len + 1);
  push->sent = g_new0 (guchar, city->bays->len + 1);
  push->timer = g_timeout_add_seconds (1, tick_cb, push);
  return push;
}

void
bf_demo_push_stop (BfDemoPush *push)
{
  if (push == NULL)
    return;
  g_source_remove (push->timer);
  g_cancellable_cancel (push->cancellable);
  g_clear_object (&push->session);
  g_object_unref (push->cancellable);
  g_hash_table_unref (push->refused);
  g_free (push->address);
  g_free (push->bearer);
  g_free (push->path);
  g_free (push->told);
  g_free (push->sent);
  g_free (push);
}
