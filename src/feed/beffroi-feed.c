/* SPDX-License-Identifier: EUPL-1.2 */
/* beffroi-feed: one feed of one plugin in a process of its own (DESIGN §1).
 *
 *   beffroi-feed --feed FILE --plugins DIR [--zone NAME] [--fd N] [--parent PID] [--once]     fetches for ever, or once
 *                [--proxy URL] [--ca FILE] [--cursor FILE]
 *   beffroi-feed --feed FILE --plugins DIR --decode PAYLOAD [--now TIME]                      decodes a file, no network
 *   beffroi-feed --probe URL --service ID --plugins DIR [--proxy URL] [--ca FILE] [--secrets DIR]
 *                                                                                             proposes a feed file on stdout
 *
 * --manifest FILE adds a plugin that does not lie in DIR, such as one that is being written.
 *
 * Frames (bf-frame.h) go to descriptor N, or to standard output. It has no database, no credentials but those its file
 * names, and writes nothing but its frames. It dies with its parent: the kernel kills it (PDEATHSIG), and the pipe tells it.
 * Exit: 0 good, 1 the feed or payload is not good (why is in STATUS, or on stderr), 2 wrong use. */

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib-unix.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bf-config.h"

#include "base/bf-error.h"
#include "base/bf-language.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "feed/bf-decoder.h"
#include "feed/bf-feed-run.h"
#include "feed/bf-feed-stream.h"
#include "feed/bf-fetch.h"
#include "feed/bf-frame.h"
#include "feed/bf-http.h"
#include "feed/bf-plugin-module.h"
#include "feed/bf-probe.h"
#include "feed/bf-sandbox.h"
#include "feed/bf-transport.h"

#define PROBE_TIMEOUT_US (30 * G_USEC_PER_SEC)

typedef struct
{
  char *feed;
  char *plugins;
  char *manifest;
  char *zone;
  char *decode;
  char *now;
  char *probe;
  char *service;
  char *proxy;
  char *ca;
  char *secrets;
  char *cursor;
  int fd;
  int parent;
  gboolean once;
} Options;

static int
fail (int status, const char *format, ...) G_GNUC_PRINTF (2, 3);

static int
fail (int status, const char *format, ...)
{
  va_list args;

  fputs ("beffroi-feed: ", stderr);
  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc ('\n', stderr);
  return status;
}

/* The parent may have died between fork and prctl: then its id is no longer ours to have. */
static gboolean
tie_to_parent (int parent)
{
  return parent == 0 || (prctl (PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid () == parent);
}

/* Of the platform's modules only TLS: those for proxies, settings, other file systems and the state of the network read a desktop's
 * files and talk to its services, from which the sandbox cuts us off. Before the first use of GIO. */
static void
set_plain_gio (void)
{
  static const char *const choices[][2] = { { "GIO_USE_PROXY_RESOLVER", "dummy" }, { "GIO_USE_VFS", "local" },
                                            { "GSETTINGS_BACKEND", "memory" }, { "GIO_USE_NETWORK_MONITOR", "base" },
                                            { "GIO_USE_VOLUME_MONITOR", "unix" } };

  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    g_setenv (choices[i][0], choices[i][1], TRUE);
}

/* The process leaves its folder when the sandbox closes: what it was told relative to it is made absolute before. */
static void
make_absolute (char **path)
{
  char *absolute = *path != NULL ? g_canonicalize_filename (*path, NULL) : NULL;

  g_free (*path);
  *path = absolute;
}

static BfCatalog *
load_catalog (const Options *options)
{
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;

  /* Of two services with one id the first counts: what is being worked on goes before what is installed. */
  if ((options->manifest == NULL || bf_catalog_add_manifest (catalog, options->manifest, problems, &error)) &&
      bf_catalog_add_plugin_dirs (catalog, options->plugins, problems, &error))
    return g_steal_pointer (&catalog);
  fail (2, "%s", error->message);
  return NULL;
}

static void
ended_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
}

/* Reads what it will not be able to open later, then closes the sandbox. */
static gboolean
close_sandbox (const BfCatalog *catalog, BfTransport *transport, const BfFeedDef *def, const BfNet *net, const Options *options,
               gboolean with_net, GError **error)
{
  g_autoptr (BfSandbox) sandbox = bf_sandbox_new ();
  g_autofree char *missing = NULL;
  g_autofree char *module = def != NULL ? bf_plugin_module_path (bf_catalog_service (catalog, def->service)) : NULL;
  g_autofree char *module_dir = module != NULL ? g_path_get_dirname (module) : NULL;

  bf_sandbox_allow_read (sandbox, options->plugins);
  bf_sandbox_allow_read (sandbox, module_dir);
  /* The folder of the plugins may hold links only: the maps lie behind them. */
  if (def != NULL)
    bf_sandbox_allow_read (sandbox, bf_catalog_service (catalog, def->service)->dir);
  bf_sandbox_allow_read (sandbox, BF_LOCALEDIR);
  bf_sandbox_allow_read (sandbox, g_getenv ("PROJ_DATA"));
  bf_sandbox_allow_read (sandbox, g_getenv ("SSL_CERT_DIR"));
  bf_sandbox_allow_read (sandbox, net->ca);
  if (transport != NULL && transport->klass->allow != NULL)
    transport->klass->allow (transport, sandbox);
  if (with_net)
    bf_sandbox_allow_net (sandbox, options->probe);
  if (transport != NULL || with_net)
    bf_sandbox_allow_net (sandbox, net->proxy);
  if (!bf_sandbox_close (sandbox, def != NULL ? def->max_bytes : BF_LIMIT_PAYLOAD_BYTES, &missing, error))
    return FALSE;
  if (missing != NULL)
    g_info ("%s", missing);
  return TRUE;
}

static int
run_feed (const BfFeedDef *def, BfTransport *transport, BfDecoder *decoder, BfFrameWriter *writer, const Options *options)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  BfOutcome outcome;

  if (bf_wire (def->wire)->streams)
    {
      BfFeedStream *stream = bf_feed_stream_new (def, transport, decoder, writer, options->fd, options->once, ended_cb, loop);

      g_main_loop_run (loop);
      outcome = bf_feed_stream_outcome (stream);
      bf_feed_stream_free (stream);
    }
  else
    {
      BfFeedRun *run = bf_feed_run_new (def, transport, decoder, writer, options->once, ended_cb, loop);

      g_main_loop_run (loop);
      outcome = bf_feed_run_outcome (run);
      bf_feed_run_free (run);
    }
  return outcome == BF_OUTCOME_OK || outcome == BF_OUTCOME_NOT_MODIFIED ? 0 : 1;
}

static gboolean
read_payload (const char *path, gsize max_bytes, char **ret_bytes, gsize *ret_length, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, error);

  if (file == NULL)
    return FALSE;
  if (g_mapped_file_get_length (file) > max_bytes)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s: %zu bytes, MaxBytes allows %zu"), path,
                   g_mapped_file_get_length (file), max_bytes);
      return FALSE;
    }
  *ret_length = g_mapped_file_get_length (file);
  *ret_bytes = g_malloc (*ret_length + 1);
  if (*ret_length > 0)
    memcpy (*ret_bytes, g_mapped_file_get_contents (file), *ret_length);
  return TRUE;
}

static int
decode_payload (const BfFeedDef *def, BfDecoder *decoder, BfFrameWriter *writer, const Options *options, const char *bytes, gsize length)
{
  gint64 now_us = bf_time_now_us ();
  g_autoptr (GError) error = NULL;
  g_autofree char *next = NULL;
  BfSinkCounts counts;
  BfFeedStatus status = { .as_of_us = BF_TIME_NONE, .changed_us = BF_TIME_NONE };
  gboolean as_of_own;

  if (options->now != NULL && !bf_time_parse_rfc3339 (options->now, strlen (options->now), NULL, &now_us))
    return fail (2, _ ("--now=%s, expected a time as 2026-01-31T12:00:00Z"), options->now);
  bf_decoder_begin (decoder, now_us, now_us);
  if (!bf_decoder_page (decoder, def->url, bytes, length, &next, &error))
    status.outcome = BF_OUTCOME_RETRY;
  else
    bf_decoder_end (decoder, &status.content, &status.as_of_us, &as_of_own);
  bf_decoder_counts (decoder, &counts);
  status.result_us = now_us;
  status.next_us = now_us;
  status.n_records = counts.n_records;
  status.n_observations = counts.n_observations;
  status.n_refused = counts.n_refused;
  status.n_ahead = counts.n_ahead;
  status.ahead_us = counts.ahead_us;
  status.newest_us = counts.newest_us;
  status.bytes = length;
  status.reason = error != NULL ? error->message : bf_decoder_note (decoder);
  bf_frame_writer_status (writer, &status);
  return status.outcome == BF_OUTCOME_OK ? 0 : 1;
}

/* How far the last process had come; a file that is not there, too large or no text is none. */
static char *
read_cursor (const char *path)
{
  g_autofree char *text = NULL;
  gsize length;

  if (path == NULL || !g_file_get_contents (path, &text, &length, NULL) || length > BF_FRAME_MAX_CURSOR ||
      !g_utf8_validate_len (text, length, NULL))
    return NULL;
  return g_steal_pointer (&text);
}

/* The way of the feed's process once its definition is good: all that is secret or lies on disk is read, the sandbox closes, then
 * foreign code (the plugin's) and foreign bytes come in. */
static int
in_sandbox (const BfCatalog *catalog, const BfFeedDef *def, GTimeZone *zone, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BfSecrets) secrets = bf_secrets_new (def->secrets_dir);
  g_autofree char *cursor = read_cursor (options->cursor);
  BfNet net = { options->proxy, options->ca, cursor };
  g_autoptr (BfFrameWriter) writer = bf_frame_writer_new (catalog, def->service, bf_frame_output_fd, GINT_TO_POINTER (options->fd));
  g_autoptr (BfTransport) transport = NULL;
  g_autoptr (BfDecoder) decoder = NULL;
  g_autofree char *payload = NULL;
  gsize length = 0;
  int status = 1;

  bf_frame_writer_set_secrets (writer, secrets);
  if (options->decode != NULL && !read_payload (options->decode, def->max_bytes, &payload, &length, &error))
    return fail (1, "%s", error->message);
  /* What decodes a file needs no net at all. */
  if (options->decode == NULL && (transport = bf_transport_open (def, &net, secrets, &error)) == NULL)
    return fail (1, "%s", error->message);
  if (!close_sandbox (catalog, transport, def, &net, options, FALSE, &error))
    return fail (1, "%s", error->message);
  decoder = bf_decoder_new (catalog, def, zone, writer, &error);
  if (decoder == NULL)
    return fail (1, "%s", error->message);
  bf_decoder_set_language (decoder, bf_language_of_texts ());
  malloc_trim (0);
  status = options->decode != NULL ? decode_payload (def, decoder, writer, options, payload, length)
                                   : run_feed (def, transport, decoder, writer, options);
  if (bf_frame_writer_error (writer) != NULL)
    return fail (1, "%s", bf_frame_writer_error (writer)->message);
  return status;
}

static int
with_feed (const BfCatalog *catalog, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfFeedDef) def = bf_feed_def_load (options->feed, 0, catalog, problems, &error);
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (options->zone != NULL ? options->zone : "UTC");

  if (def == NULL)
    return fail (1, "%s", error->message);
  if (def->bad)
    return fail (1, "%s", def->reason);
  if (zone == NULL)
    return fail (2, _ ("--zone=%s: no such time zone"), options->zone);
  return in_sandbox (catalog, def, zone, options);
}

static void
probed_cb (GObject *source, GAsyncResult *async, gpointer user_data)
{
  BfFetchResult **result = user_data;

  *result = bf_fetch_finish (async);
}

static int
probe (const BfCatalog *catalog, const Options *options)
{
  const BfService *service = options->service != NULL ? bf_catalog_find_service (catalog, options->service) : NULL;
  BfFetchRequest request = { .url = options->probe, .max_bytes = BF_LIMIT_PAYLOAD_BYTES, .timeout_us = PROBE_TIMEOUT_US };
  BfNet net = { options->proxy, options->ca, NULL };
  g_autoptr (BfSecrets) secrets = bf_secrets_new (options->secrets);
  g_autoptr (BfHttp) http = NULL;
  g_autoptr (BfFetchResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GTimeZone) zone = NULL;

  if (service == NULL)
    return fail (2, _ ("--service=%s: no plugin has this id"), options->service != NULL ? options->service : "");
  http = bf_http_new_plain (options->probe, &net, secrets, &error);
  if (http == NULL)
    return fail (1, "%s", error->message);
  if (!close_sandbox (catalog, NULL, NULL, &net, options, TRUE, &error))
    return fail (1, "%s", error->message);
  request.http = http;
  bf_fetch_async (bf_http_session (http), &request, probed_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  if (result->outcome != BF_OUTCOME_OK)
    {
      g_autofree char *blotted = result->reason != NULL ? bf_secrets_blot (secrets, result->reason) : NULL;

      return fail (1, "%s", blotted != NULL ? blotted : result->reason != NULL ? result->reason : _ ("the server answered without a body"));
    }
  zone = g_time_zone_new_identifier (options->zone != NULL ? options->zone : "UTC");
  text = bf_probe_describe (catalog, service->index, zone, options->probe, g_bytes_get_data (result->body, NULL),
                            g_bytes_get_size (result->body), &error);
  if (text == NULL)
    return fail (1, "%s", error->message);
  fputs (text, stdout);
  return fflush (stdout) == 0 ? 0 : fail (1, _ ("standard output: %s"), g_strerror (errno));
}

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "feed", 0, 0, G_OPTION_ARG_FILENAME, &options->feed, N_ ("The feed's definition"), N_ ("FILE") },
    { "plugins", 0, 0, G_OPTION_ARG_FILENAME, &options->plugins, N_ ("Folder of the plugins"), N_ ("DIR") },
    { "manifest", 0, 0, G_OPTION_ARG_FILENAME, &options->manifest, N_ ("One more plugin's manifest"), N_ ("FILE") },
    { "zone", 0, 0, G_OPTION_ARG_STRING, &options->zone, N_ ("The city's time zone (UTC)"), N_ ("NAME") },
    { "fd", 0, 0, G_OPTION_ARG_INT, &options->fd, N_ ("Descriptor for the frames (1)"), "N" },
    { "parent", 0, 0, G_OPTION_ARG_INT, &options->parent, N_ ("Die with this process"), "PID" },
    { "once", 0, 0, G_OPTION_ARG_NONE, &options->once, N_ ("One attempt only"), NULL },
    { "decode", 0, 0, G_OPTION_ARG_FILENAME, &options->decode, N_ ("Decode this payload, fetch nothing"), N_ ("PAYLOAD") },
    { "now", 0, 0, G_OPTION_ARG_STRING, &options->now, N_ ("Result time for --decode"), N_ ("TIME") },
    { "probe", 0, 0, G_OPTION_ARG_STRING, &options->probe, N_ ("Propose a feed file for this address"), "URL" },
    { "proxy", 0, 0, G_OPTION_ARG_STRING, &options->proxy, N_ ("The city's proxy"), "URL" },
    { "ca", 0, 0, G_OPTION_ARG_FILENAME, &options->ca, N_ ("The city's own certificate authority"), N_ ("FILE") },
    { "secrets", 0, 0, G_OPTION_ARG_FILENAME, &options->secrets, N_ ("Where the proxy's secret lies, for --probe"), N_ ("DIR") },
    { "cursor", 0, 0, G_OPTION_ARG_FILENAME, &options->cursor, N_ ("How far the last process had come"), N_ ("FILE") },
    { "service", 0, 0, G_OPTION_ARG_STRING, &options->service, N_ ("Service for --probe"), "ID" },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (_ ("- one feed of Beffroi"));

  options->fd = STDOUT_FILENO;
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  return g_option_context_parse (context, argc, argv, error);
}

static void
options_clear (Options *options)
{
  g_free (options->feed);
  g_free (options->plugins);
  g_free (options->manifest);
  g_free (options->zone);
  g_free (options->decode);
  g_free (options->now);
  g_free (options->probe);
  g_free (options->service);
  g_free (options->proxy);
  g_free (options->ca);
  g_free (options->secrets);
  g_free (options->cursor);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

int
main (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BfCatalog) catalog = NULL;

  bf_language_open (NULL);
  if (!parse_options (&options, &argc, &argv, &error))
    return fail (2, "%s", error->message);
  if (options.plugins == NULL || (options.feed == NULL) == (options.probe == NULL))
    return fail (2, _ ("expected --plugins DIR and either --feed FILE or --probe URL"));
  if (!tie_to_parent (options.parent))
    return fail (2, _ ("the parent %d is gone"), options.parent);
  make_absolute (&options.plugins);
  make_absolute (&options.manifest);
  signal (SIGPIPE, SIG_IGN);
  set_plain_gio ();
  /* One arena: the threads of the resolver hardly allocate, and each arena is memory. */
  mallopt (M_ARENA_MAX, 1);
  catalog = load_catalog (&options);
  if (catalog == NULL)
    return 2;
  return options.probe != NULL ? probe (catalog, &options) : with_feed (catalog, &options);
}
