/* SPDX-License-Identifier: EUPL-1.2 */
/* One SELECT on a PostgreSQL through libpq, whose rows are a JSON array of records. A module of beffroi-feed (bf-transport.c).
 *
 * It can only read: the query stands as a sub-select in ours, so that it is one SELECT and nothing else, by the extended protocol,
 * which takes one statement, in a transaction that is read-only and never committed (some functions, such as those of large objects
 * before PostgreSQL 16, write all the same), and whose statements end by themselves (statement_timeout).
 * Rows and bytes are bounded while they come, one by one. A connection lives as long as one attempt. */

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib-unix.h>
#include <gmodule.h>
#include <libpq-fe.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-sandbox.h"
#include "feed/bf-transport.h"
#include "json/bf-json-out.h"

#define MAX_ROWS 100000u
#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

typedef struct
{
  BfTransport base;
  char *url;
  char *user;
  char *password;
  char *ca;
  char *query;
  guint max_rows;
  gboolean local; /* Unix socket or loopback */
  gboolean unix_socket;
  GTask *task;    /* the ask that is under way */
} Sql;

typedef struct
{
  Sql *self;
  PGconn *connection;
  gsize max_bytes;
  gint64 timeout_us;
  GSource *source;
  GSource *timer;
  gboolean sent;
  GString *text;
  BfJsonOut out;
  guint n_rows;
} Ask;

static void
drop_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
ask_free (gpointer data)
{
  Ask *ask = data;

  drop_source (&ask->source);
  drop_source (&ask->timer);
  g_clear_pointer (&ask->connection, PQfinish);
  g_string_free (ask->text, TRUE);
  g_free (ask);
}

static void
give (GTask *task, BfFetchResult *result)
{
  Ask *ask = g_task_get_task_data (task);

  ask->self->task = NULL;
  drop_source (&ask->source);
  drop_source (&ask->timer);
  result->observed_us = result->served_us = BF_TIME_NONE;
  result->total = -1;
  g_task_return_pointer (task, result, (GDestroyNotify) bf_fetch_result_free);
  g_object_unref (task);
}

static void give_reason (GTask *task, BfOutcome outcome, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
give_reason (GTask *task, BfOutcome outcome, const char *format, ...)
{
  BfFetchResult *result = g_new0 (BfFetchResult, 1);
  g_autofree char *words = NULL;
  g_auto (GStrv) lines = NULL;
  va_list args;

  va_start (args, format);
  result->outcome = outcome;
  /* libpq says it in lines, with what may help below. */
  words = g_strdup_vprintf (format, args);
  va_end (args);
  lines = g_strsplit (g_strstrip (words), "\n\t", -1);
  result->reason = g_strdelimit (g_strjoinv (" ", lines), "\n\t", ' ');
  give (task, result);
}

static void
write_value (Ask *ask, const PGresult *row, int column)
{
  const char *name = PQfname (row, column);
  const char *text = PQgetvalue (row, 0, column);

  if (PQgetisnull (row, 0, column))
    {
      bf_json_out_raw (&ask->out, name, "null");
      return;
    }
  switch (PQftype (row, column))
    {
    case 16: /* bool */
      bf_json_out_raw (&ask->out, name, text[0] == 't' ? "true" : "false");
      break;
    case 20: /* int8, int2, int4, float4, float8, numeric */
    case 21:
    case 23:
    case 700:
    case 701:
    case 1700:
      bf_json_out_raw (&ask->out, name, isfinite (g_ascii_strtod (text, NULL)) ? text : "null");
      break;
    case 114: /* json, jsonb */
    case 3802:
      bf_json_out_raw (&ask->out, name, text);
      break;
    default:
      bf_json_out_string (&ask->out, name, text);
    }
}

static void
write_row (Ask *ask, const PGresult *row)
{
  bf_json_out_begin_object (&ask->out, NULL);
  for (int i = 0; i < PQnfields (row); i++)
    write_value (ask, row, i);
  bf_json_out_end_object (&ask->out);
  ask->n_rows++;
}

/* What the server said, in one line. */
static void
give_server_error (GTask *task, const PGresult *result)
{
  const char *state = PQresultErrorField (result, PG_DIAG_SQLSTATE);
  const char *message = PQresultErrorField (result, PG_DIAG_MESSAGE_PRIMARY);
  /* Class 42: the query or its rights; 0A, 25: it would write. 57014, cancelled by its timeout, may go better. */
  gboolean wrong = state != NULL && (g_str_has_prefix (state, "42") || g_str_has_prefix (state, "0A") || g_str_has_prefix (state, "25"));

  give_reason (task, wrong ? BF_OUTCOME_REFUSED : BF_OUTCOME_RETRY, _ ("the database: %s"), message != NULL ? message : PQresultErrorMessage (result));
}

static void
give_rows (GTask *task)
{
  Ask *ask = g_task_get_task_data (task);
  BfFetchResult *result = g_new0 (BfFetchResult, 1);

  bf_json_out_end_array (&ask->out);
  result->body = g_bytes_new (ask->text->str, ask->text->len);
  give (task, result);
}

/* FALSE: it has been given. */
static gboolean
take_result (GTask *task, const PGresult *row)
{
  Ask *ask = g_task_get_task_data (task);

  switch (PQresultStatus (row))
    {
    case PGRES_SINGLE_TUPLE:
      if (ask->n_rows >= ask->self->max_rows)
        give_reason (task, BF_OUTCOME_RETRY, _ ("the query gives more than the %u rows that MaxRows allows"), ask->self->max_rows);
      else
        write_row (ask, row);
      if (ask->self->task != NULL && ask->text->len > ask->max_bytes)
        give_reason (task, BF_OUTCOME_RETRY, _ ("the rows are more than the %zu bytes that MaxBytes allows"), ask->max_bytes);
      return ask->self->task != NULL;
    case PGRES_TUPLES_OK:
      return TRUE;
    case PGRES_EMPTY_QUERY:
    case PGRES_COMMAND_OK:
    case PGRES_COPY_OUT:
    case PGRES_COPY_IN:
    case PGRES_BAD_RESPONSE:
    case PGRES_NONFATAL_ERROR:
    case PGRES_FATAL_ERROR:
    case PGRES_COPY_BOTH:
    case PGRES_PIPELINE_SYNC:
    case PGRES_PIPELINE_ABORTED:
    default:
      give_server_error (task, row);
      return FALSE;
    }
}

static gboolean read_cb (int fd, GIOCondition condition, gpointer user_data);

static void
wait_for (GTask *task, GIOCondition condition, GUnixFDSourceFunc callback)
{
  Ask *ask = g_task_get_task_data (task);

  drop_source (&ask->source);
  ask->source = g_unix_fd_source_new (PQsocket (ask->connection), condition);
  g_source_set_callback (ask->source, G_SOURCE_FUNC (callback), task, NULL);
  g_source_attach (ask->source, NULL);
}

static gboolean
read_cb (int fd, GIOCondition condition, gpointer user_data)
{
  GTask *task = user_data;
  Ask *ask = g_task_get_task_data (task);
  PGresult *row;
  gboolean good = TRUE;

  if (!PQconsumeInput (ask->connection))
    {
      give_reason (task, BF_OUTCOME_RETRY, _ ("the database: %s"), PQerrorMessage (ask->connection));
      return G_SOURCE_REMOVE;
    }
  while (good && !PQisBusy (ask->connection))
    {
      row = PQgetResult (ask->connection);
      if (row == NULL)
        {
          give_rows (task);
          return G_SOURCE_REMOVE;
        }
      good = take_result (task, row);
      PQclear (row);
    }
  return good;
}

static void
send_query (GTask *task)
{
  Ask *ask = g_task_get_task_data (task);

  if (!PQsendQueryParams (ask->connection, ask->self->query, 0, NULL, NULL, NULL, NULL, 0) || !PQsetSingleRowMode (ask->connection))
    {
      give_reason (task, BF_OUTCOME_RETRY, _ ("the database: %s"), PQerrorMessage (ask->connection));
      return;
    }
  wait_for (task, G_IO_IN, read_cb);
}

static gboolean
begin_cb (int fd, GIOCondition condition, gpointer user_data)
{
  GTask *task = user_data;
  Ask *ask = g_task_get_task_data (task);
  PGresult *begun;

  if (!PQconsumeInput (ask->connection))
    {
      give_reason (task, BF_OUTCOME_RETRY, _ ("the database: %s"), PQerrorMessage (ask->connection));
      return G_SOURCE_REMOVE;
    }
  while (!PQisBusy (ask->connection))
    {
      begun = PQgetResult (ask->connection);
      if (begun == NULL)
        {
          send_query (task);
          return G_SOURCE_REMOVE;
        }
      if (PQresultStatus (begun) != PGRES_COMMAND_OK)
        {
          give_server_error (task, begun);
          PQclear (begun);
          return G_SOURCE_REMOVE;
        }
      PQclear (begun);
    }
  return G_SOURCE_CONTINUE;
}

static void
send_begin (GTask *task)
{
  Ask *ask = g_task_get_task_data (task);

  if (PQsendQuery (ask->connection, "BEGIN TRANSACTION READ ONLY"))
    wait_for (task, G_IO_IN, begin_cb);
  else
    give_reason (task, BF_OUTCOME_RETRY, _ ("the database: %s"), PQerrorMessage (ask->connection));
}

static gboolean
connect_cb (int fd, GIOCondition condition, gpointer user_data)
{
  GTask *task = user_data;
  Ask *ask = g_task_get_task_data (task);

  switch (PQconnectPoll (ask->connection))
    {
    case PGRES_POLLING_READING:
      wait_for (task, G_IO_IN, connect_cb);
      break;
    case PGRES_POLLING_WRITING:
      wait_for (task, G_IO_OUT, connect_cb);
      break;
    case PGRES_POLLING_OK:
      send_begin (task);
      break;
    case PGRES_POLLING_FAILED:
    case PGRES_POLLING_ACTIVE:
    default:
      give_reason (task, BF_OUTCOME_RETRY, "%s", PQerrorMessage (ask->connection));
    }
  return G_SOURCE_REMOVE;
}

static gboolean
timer_cb (gpointer user_data)
{
  GTask *task = user_data;
  const Ask *ask = g_task_get_task_data (task);

  give_reason (task, BF_OUTCOME_RETRY, _ ("no complete answer within %.1f s"), (double) ask->timeout_us / G_USEC_PER_SEC);
  return G_SOURCE_REMOVE;
}

static PGconn *
connect_start (Sql *self, gint64 timeout_us)
{
  g_autofree char *options = g_strdup_printf ("-c default_transaction_read_only=on -c statement_timeout=%" G_GINT64_FORMAT
                                              " -c idle_in_transaction_session_timeout=60000", MAX (1, timeout_us / 1000));
  gboolean own_mode = strstr (self->url, "sslmode=") != NULL;
  const char *names[12] = { "dbname", "options", "application_name", "passfile", "client_encoding" };
  const char *values[12] = { self->url, options, "beffroi", "/dev/null", "UTF8" };
  guint n = 5;

  if (self->user != NULL)
    {
      names[n] = "user";
      values[n++] = self->user;
    }
  if (self->password != NULL)
    {
      names[n] = "password";
      values[n++] = self->password;
    }
  if (!own_mode && !self->local)
    {
      names[n] = "sslmode";
      values[n++] = "verify-full";
    }
  if (!self->unix_socket)
    {
      names[n] = "sslrootcert";
      values[n++] = self->ca != NULL ? self->ca : SYSTEM_CA;
    }
  return PQconnectStartParams (names, values, 1);
}

static void
sql_ask_async (BfTransport *transport, const BfFetchRequest *request, GAsyncReadyCallback callback, gpointer user_data)
{
  Sql *self = (Sql *) transport;
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Ask *ask = g_new0 (Ask, 1);

  ask->self = self;
  ask->max_bytes = request->max_bytes;
  ask->timeout_us = request->timeout_us;
  ask->text = g_string_new (NULL);
  bf_json_out_init (&ask->out, ask->text);
  bf_json_out_begin_array (&ask->out, NULL);
  g_task_set_task_data (task, ask, ask_free);
  self->task = task;
  ask->timer = g_timeout_source_new ((guint) (request->timeout_us / 1000));
  g_source_set_callback (ask->timer, timer_cb, task, NULL);
  g_source_attach (ask->timer, NULL);
  ask->connection = connect_start (self, request->timeout_us);
  if (ask->connection == NULL || PQstatus (ask->connection) == CONNECTION_BAD)
    give_reason (task, BF_OUTCOME_RETRY, "%s", ask->connection != NULL ? PQerrorMessage (ask->connection) : "no memory");
  else
    wait_for (task, G_IO_OUT, connect_cb);
}

static BfFetchResult *
sql_ask_finish (BfTransport *transport, GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

static void
sql_abort (BfTransport *transport)
{
  Sql *self = (Sql *) transport;

  if (self->task != NULL)
    give_reason (self->task, BF_OUTCOME_RETRY, _ ("ended"));
}

static void
sql_close (BfTransport *transport)
{
  Sql *self = (Sql *) transport;

  g_free (self->url);
  g_free (self->user);
  g_free (self->password);
  g_free (self->ca);
  g_free (self->query);
  g_free (self);
}

/* Where does the address lead? */
static gboolean
read_host (Sql *self, GError **error)
{
  char *message = NULL;
  PQconninfoOption *options = PQconninfoParse (self->url, &message);
  const char *host = NULL;

  if (options == NULL)
    {
      /* It may quote the address. */
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("Url: expected postgresql://host:port/database"));
      PQfreemem (message);
      return FALSE;
    }
  for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
    if (strcmp (option->keyword, "host") == 0)
      host = option->val;
  self->unix_socket = host == NULL || host[0] == '\0' || host[0] == '/';
  self->local = self->unix_socket || strcmp (host, "localhost") == 0 || strcmp (host, "127.0.0.1") == 0 || strcmp (host, "::1") == 0;
  PQconninfoFree (options);
  return TRUE;
}

static gboolean
read_definition (Sql *self, const BfFeedDef *def, BfSecrets *secrets, GError **error)
{
  const char *user = bf_feed_def_get (def, "User");
  const char *password = bf_feed_def_get (def, "Password");
  const char *rows = bf_feed_def_get (def, "MaxRows");
  g_autofree char *query = g_strstrip (g_strdup (bf_feed_def_get (def, "Query")));

  if (g_str_has_suffix (query, ";"))
    query[strlen (query) - 1] = '\0';
  self->max_rows = rows != NULL ? (guint) g_ascii_strtoull (rows, NULL, 10) : MAX_ROWS;
  self->query = g_strdup_printf ("SELECT * FROM (%s\n) AS feed LIMIT %u", query, self->max_rows + 1);
  self->url = bf_secrets_expand (secrets, def->url, error);
  if (self->url == NULL || (user != NULL && (self->user = g_strdup (bf_secrets_value (secrets, user, error))) == NULL) ||
      (password != NULL && (self->password = g_strdup (bf_secrets_value (secrets, password, error))) == NULL))
    return FALSE;
  return read_host (self, error);
}

static BfTransport *
sql_open (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error)
{
  Sql *self = g_new0 (Sql, 1);

  self->ca = g_strdup (net->ca);
  if (read_definition (self, def, secrets, error))
    return &self->base;
  sql_close (&self->base);
  return NULL;
}

static void
sql_allow (BfTransport *transport, BfSandbox *sandbox)
{
  const Sql *self = (const Sql *) transport;

  if (self->unix_socket)
    bf_sandbox_allow_unix (sandbox);
  else
    bf_sandbox_allow_net (sandbox, self->url);
}

extern const BfTransportClass bf_transport_module;
G_MODULE_EXPORT const BfTransportClass bf_transport_module = {
  .open = sql_open,
  .close = sql_close,
  .allow = sql_allow,
  .ask_async = sql_ask_async,
  .ask_finish = sql_ask_finish,
  .abort = sql_abort,
};
