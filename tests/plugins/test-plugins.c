/* SPDX-License-Identifier: EUPL-1.2 */
/* Conformance of every plugin (DESIGN §5). For each folder with a manifest: is the manifest complete, and for each fixture
 * (`<name>.feed`, a payload `<name>.*`, `<name>.expected`, and `<name>.refused` when records are refused):
 *
 *   expected     the real beffroi-feed gives these observations and refusals, twice the same
 *   no network   and makes no socket while it does: the kernel would kill it
 *   truncation   cut after every byte it is an error or gives no more than the whole; it never crashes
 *   bad input    what is no payload at all is an error
 *   idempotence  one decoder gives the same observations for the same payload again
 *
 * and for each of its default maps (`maps/<format>.map`): the format is known and the lines are right.
 *
 * All at the result time NOW. `BF_TEST_WRITE_EXPECTED=1` writes the expected files instead; read them before you keep them. */

#include <errno.h>
#include <gio/gio.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-decode.h"
#include "feed/bf-decoder.h"
#include "feed/bf-plugin-module.h"
#include "test-plugins.h"

#define NOW "2026-03-01T12:00:00Z"

typedef struct
{
  const Plugin *plugin;
  char *stem; /* path without suffix */
  char *feed;
  char *payload;
} Fixture;

typedef struct
{
  const Plugin *plugin;
  char *format;
} Map;

static gint64
now_us (void)
{
  gint64 us;

  g_assert_true (bf_time_parse_rfc3339 (NOW, strlen (NOW), NULL, &us));
  return us;
}

/* From here on a socket is the end of the process (SIGSYS). Runs between fork and exec. */
static void
forbid_network (gpointer user_data)
{
  struct sock_filter program[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 2, 0),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, __NR_connect, 1, 0),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog filter = { G_N_ELEMENTS (program), program };

  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
    _exit (99);
}

static GSubprocess *
spawn_without_network (const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_set_child_setup (launcher, forbid_network, NULL, NULL);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  return process;
}

/* The check itself: a process that does make a socket is killed. */
static void
test_filter (gconstpointer program)
{
  const char *argv[] = { program, "--make-a-socket", NULL };
  g_autoptr (GSubprocess) process = spawn_without_network (argv);

  g_subprocess_wait (process, NULL, NULL);
  g_assert_true (g_subprocess_get_if_signaled (process));
  g_assert_cmpint (g_subprocess_get_term_sig (process), ==, SIGSYS);
}

static BfFeedDef *
load_feed (const Fixture *fixture)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  BfFeedDef *def = bf_feed_def_load (fixture->feed, 0, fixture->plugin->catalog, problems, &error);

  g_assert_no_error (error);
  if (def->bad)
    g_error ("%s", def->reason);
  return def;
}

static void
run_program (const Fixture *fixture, GString *observations, GString *refused)
{
  g_autofree char *plugins = g_path_get_dirname (fixture->plugin->dir);
  const char *argv[] = { g_getenv ("BF_TEST_FEED"), "--plugins", plugins, "--manifest", fixture->plugin->manifest, "--feed",
                         fixture->feed, "--decode", fixture->payload, "--now", NOW, "--zone", "Europe/Paris", NULL };
  g_autoptr (GSubprocess) process = spawn_without_network (argv);
  g_autoptr (BfDecodePrinter) printer
    = bf_decode_printer_new (fixture->plugin->catalog, fixture->plugin->service->index, observations, refused);
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GBytes) err = NULL;
  g_autoptr (GError) error = NULL;

  g_subprocess_communicate (process, NULL, NULL, &out, &err, &error);
  g_assert_no_error (error);
  if (!g_subprocess_get_successful (process))
    g_error ("%s: %.*s", fixture->feed, (int) g_bytes_get_size (err), (const char *) g_bytes_get_data (err, NULL));
  bf_frame_reader_push (bf_decode_printer_reader (printer), g_bytes_get_data (out, NULL), g_bytes_get_size (out), &error);
  g_assert_no_error (error);
  g_assert_nonnull (bf_decode_printer_status (printer));
  g_assert_cmpint (bf_decode_printer_status (printer)->outcome, ==, BF_OUTCOME_OK);
}

static void
compare_file (const Fixture *fixture, const char *suffix, const GString *seen)
{
  g_autofree char *path = g_strconcat (fixture->stem, suffix, NULL);
  g_autofree char *expected = NULL;

  if (g_getenv ("BF_TEST_WRITE_EXPECTED") != NULL && seen->len > 0)
    g_assert_true (g_file_set_contents (path, seen->str, seen->len, NULL));
  if (!g_file_get_contents (path, &expected, NULL, NULL))
    expected = g_strdup ("");
  g_assert_cmpstr (seen->str, ==, expected);
}

static void
test_expected (gconstpointer user_data)
{
  const Fixture *fixture = user_data;
  g_autoptr (GString) observations = g_string_new (NULL);
  g_autoptr (GString) refused = g_string_new (NULL);
  g_autoptr (GString) again = g_string_new (NULL);
  g_autoptr (GString) refused_again = g_string_new (NULL);

  run_program (fixture, observations, refused);
  g_assert_cmpuint (observations->len, >, 0);
  compare_file (fixture, ".expected", observations);
  compare_file (fixture, ".refused", refused);
  run_program (fixture, again, refused_again);
  g_assert_cmpstr (again->str, ==, observations->str);
  g_assert_cmpstr (refused_again->str, ==, refused->str);
}

/* Decoding in this process, through frames and reader. */
typedef struct
{
  BfFeedDef *def;
  GString *observations;
  GString *refused;
  BfDecodePrinter *printer;
  BfFrameWriter *writer;
  BfDecoder *decoder;
  char *payload;
  gsize length;
} Bench;

static gboolean
to_printer (gpointer user_data, const guint8 *bytes, gsize length, GError **error)
{
  return bf_frame_reader_push (bf_decode_printer_reader (user_data), bytes, length, error);
}

static void
bench_init (Bench *bench, const Fixture *fixture)
{
  const Plugin *plugin = fixture->plugin;
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Paris");
  g_autoptr (GError) error = NULL;

  bench->def = load_feed (fixture);
  bench->observations = g_string_new (NULL);
  bench->refused = g_string_new (NULL);
  bench->printer = bf_decode_printer_new (plugin->catalog, plugin->service->index, bench->observations, bench->refused);
  bench->writer = bf_frame_writer_new (plugin->catalog, plugin->service->index, to_printer, bench->printer);
  bench->decoder = bf_decoder_new (plugin->catalog, bench->def, zone, bench->writer, &error);
  g_assert_no_error (error);
  g_file_get_contents (fixture->payload, &bench->payload, &bench->length, &error);
  g_assert_no_error (error);
}

static void
bench_clear (Bench *bench)
{
  bf_decoder_free (bench->decoder);
  bf_frame_writer_free (bench->writer);
  bf_decode_printer_free (bench->printer);
  bf_feed_def_free (bench->def);
  g_string_free (bench->observations, TRUE);
  g_string_free (bench->refused, TRUE);
  g_free (bench->payload);
}

/* Returns whether the bytes were decoded; counts are of this payload. */
static gboolean
bench_decode (Bench *bench, const char *bytes, gsize length, BfSinkCounts *ret_counts)
{
  g_autofree char *exact = g_memdup2 (bytes, length); /* so that a sanitizer sees a byte too many */
  g_autofree char *next = NULL;
  g_autoptr (GError) error = NULL;
  BfFeedStatus status = { .result_us = now_us (), .next_us = now_us (), .newest_us = BF_TIME_NONE };
  gboolean good;

  g_string_truncate (bench->observations, 0);
  g_string_truncate (bench->refused, 0);
  bf_decoder_begin (bench->decoder, now_us (), now_us ());
  good = bf_decoder_page (bench->decoder, bench->def->url, exact, length, &next, &error);
  bf_decoder_counts (bench->decoder, ret_counts);
  g_assert_cmpint (good, ==, error == NULL);
  status.outcome = good ? BF_OUTCOME_OK : BF_OUTCOME_RETRY;
  status.n_records = ret_counts->n_records;
  status.n_observations = ret_counts->n_observations;
  status.n_refused = ret_counts->n_refused;
  bf_frame_writer_status (bench->writer, &status);
  if (bf_frame_writer_error (bench->writer) != NULL)
    g_error ("the frames are not good: %s", bf_frame_writer_error (bench->writer)->message);
  return good;
}

static void
test_truncation (gconstpointer user_data)
{
  Bench bench;
  BfSinkCounts whole, part;
  guint n_errors = 0;

  bench_init (&bench, user_data);
  g_assert_true (bench_decode (&bench, bench.payload, bench.length, &whole));
  for (gsize length = 0; length < bench.length; length++)
    {
      if (!bench_decode (&bench, bench.payload, length, &part))
        n_errors++;
      g_assert_cmpuint (part.n_observations, <=, whole.n_observations);
    }
  g_assert_cmpuint (n_errors, >, 0);
  bench_clear (&bench);
}

static void
test_bad_input (gconstpointer user_data)
{
  static const char *const bad[] = { "", " ", "<html><body>502 Bad Gateway</body></html>", "[1,2", "{\"a\":", "not a payload", "\xff\xfe[]" };
  g_autofree char *deep = g_strnfill (5000, '[');
  Bench bench;
  BfSinkCounts counts;

  bench_init (&bench, user_data);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      if (bench_decode (&bench, bad[i], strlen (bad[i]), &counts))
        g_error ("“%s” was decoded", bad[i]);
      g_assert_cmpuint (counts.n_observations, ==, 0);
    }
  g_assert_false (bench_decode (&bench, deep, strlen (deep), &counts));
  g_assert_false (bench_decode (&bench, "\0\0\0", 3, &counts));
  /* And the decoder is none the worse for it. */
  g_assert_true (bench_decode (&bench, bench.payload, bench.length, &counts));
  g_assert_cmpuint (counts.n_observations, >, 0);
  bench_clear (&bench);
}

static void
test_idempotence (gconstpointer user_data)
{
  Bench bench;
  BfSinkCounts first, second;
  g_autofree char *observations = NULL;
  g_autofree char *refused = NULL;

  bench_init (&bench, user_data);
  g_assert_true (bench_decode (&bench, bench.payload, bench.length, &first));
  observations = g_strdup (bench.observations->str);
  refused = g_strdup (bench.refused->str);
  g_assert_true (bench_decode (&bench, bench.payload, bench.length, &second));
  g_assert_cmpstr (bench.observations->str, ==, observations);
  g_assert_cmpstr (bench.refused->str, ==, refused);
  g_assert_cmpmem (&first, sizeof first, &second, sizeof second);
  bench_clear (&bench);
}

/* A plugin with C code has its module built, of the right ABI. */
static void
test_module (gconstpointer user_data)
{
  const Plugin *plugin = user_data;
  g_autofree char *source = g_strconcat (plugin->service->id, ".c", NULL);
  g_autofree char *path = g_build_filename (plugin->dir, source, NULL);
  const BfPlugin *module = NULL;
  g_autoptr (GError) error = NULL;

  bf_plugin_module_open (plugin->service, &module, &error);
  g_assert_no_error (error);
  g_assert_cmpint (module != NULL, ==, g_file_test (path, G_FILE_TEST_EXISTS));
}

/* @kind: (nullable): of Kind= */
static void
try_map (const Map *map, const char *kind)
{
  g_autofree char *text = g_strdup_printf ("[Feed]\nService=%s\nFormat=%s\n%s%s\n", map->plugin->service->id, map->format,
                                           kind != NULL ? "Kind=" : "", kind != NULL ? kind : "");
  g_autofree char *path = bf_mapping_default_path (map->plugin->service, map->format);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfConf) conf = bf_conf_parse ("a feed", text, strlen (text), problems);
  g_autoptr (BfMapping) mapping = NULL;

  g_assert_true (path != NULL && g_file_test (path, G_FILE_TEST_IS_REGULAR));
  if (bf_format_find (map->format) == NULL)
    g_error ("%s: there is no format “%s”", path, map->format);
  mapping = bf_mapping_new (map->plugin->catalog, map->plugin->service->index, conf, bf_conf_group (conf, "Feed", NULL), NULL, NULL,
                            problems);
  if (problems->len > 0)
    g_error ("Kind=%s: %s", kind != NULL ? kind : "", bf_problem_to_string (g_ptr_array_index (problems, 0)));
  g_assert_nonnull (mapping);
}

/* A default map is one of a format that is known, and a feed without a [Map] of its own can use it, whatever kind it says. */
static void
test_map (gconstpointer user_data)
{
  const Map *map = user_data;
  const BfService *service = map->plugin->service;

  try_map (map, NULL);
  for (guint i = 0; i < service->kinds->len; i++)
    try_map (map, bf_catalog_kind (map->plugin->catalog, g_array_index (service->kinds, guint16, i))->id);
}

static void
add (const char *first, const char *second, const char *name, gconstpointer data, GTestDataFunc test)
{
  g_autofree char *path = g_strdup_printf ("/plugins/%s%s%s/%s", first, second != NULL ? "/" : "", second != NULL ? second : "", name);

  g_test_add_data_func (path, data, test);
}

/* The payload is the file of the same stem with another suffix. */
static char *
find_payload (const char *dir, const char *stem)
{
  g_autoptr (GDir) open = g_dir_open (dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (open)) != NULL)
    if (g_str_has_prefix (name, stem) && name[strlen (stem)] == '.' && !g_str_has_suffix (name, ".feed") &&
        !g_str_has_suffix (name, ".expected") && !g_str_has_suffix (name, ".refused"))
      return g_build_filename (dir, name, NULL);
  g_error ("%s: %s.feed has no payload beside it", dir, stem);
}

static void
add_fixture (const Plugin *plugin, const char *dir, const char *name)
{
  Fixture *fixture = g_new0 (Fixture, 1); /* lives as long as the program */
  g_autofree char *stem = g_strndup (name, strlen (name) - strlen (".feed"));

  fixture->plugin = plugin;
  fixture->stem = g_build_filename (dir, stem, NULL);
  fixture->feed = g_build_filename (dir, name, NULL);
  fixture->payload = find_payload (dir, stem);
  add (plugin->service->id, stem, "expected", fixture, test_expected);
  add (plugin->service->id, stem, "truncation", fixture, test_truncation);
  add (plugin->service->id, stem, "bad-input", fixture, test_bad_input);
  add (plugin->service->id, stem, "idempotence", fixture, test_idempotence);
}

/* Every file in maps/ is a map. */
static void
add_maps (const Plugin *plugin)
{
  g_autofree char *dir = g_build_filename (plugin->dir, "maps", NULL);
  g_autoptr (GDir) open = g_dir_open (dir, 0, NULL);
  const char *name;

  while (open != NULL && (name = g_dir_read_name (open)) != NULL)
    {
      Map *map = g_new0 (Map, 1); /* lives as long as the program */

      if (!g_str_has_suffix (name, ".map"))
        g_error ("%s/%s: expected <format>.map", dir, name);
      map->plugin = plugin;
      map->format = g_strndup (name, strlen (name) - strlen (".map"));
      add (plugin->service->id, map->format, "map", map, test_map);
    }
}

static void
add_plugin (const char *dir, const char *manifest)
{
  Plugin *plugin = g_new0 (Plugin, 1); /* lives as long as the program */
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *fixtures = g_build_filename (dir, "fixtures", NULL);
  g_autoptr (GDir) open = g_dir_open (fixtures, 0, NULL);
  const char *name;
  guint n = 0;

  plugin->dir = g_strdup (dir);
  plugin->manifest = g_strdup (manifest);
  plugin->catalog = bf_catalog_new ();
  bf_catalog_add_manifest (plugin->catalog, manifest, problems, &error);
  g_assert_no_error (error);
  if (problems->len > 0)
    g_error ("%s", bf_problem_to_string (g_ptr_array_index (problems, 0)));
  plugin->service = bf_catalog_service (plugin->catalog, 0);
  add (plugin->service->id, NULL, "manifest", plugin, test_manifest);
  add (plugin->service->id, NULL, "texts", plugin, test_texts);
  add (plugin->service->id, NULL, "module", plugin, test_module);
  add_maps (plugin);
  while (open != NULL && (name = g_dir_read_name (open)) != NULL)
    if (g_str_has_suffix (name, ".feed"))
      {
        add_fixture (plugin, fixtures, name);
        n++;
      }
  if (n == 0)
    g_error ("%s: expected fixtures", dir);
}

int
main (int argc, char **argv)
{
  const char *plugins = g_getenv ("BEFFROI_PLUGINS");
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (argc > 1 && strcmp (argv[1], "--make-a-socket") == 0)
    return socket (AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 1;
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/plugins/network-filter", "/proc/self/exe", test_filter);
  dir = g_dir_open (plugins, 0, NULL);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *folder = g_build_filename (plugins, name, NULL);
      g_autofree char *file = g_strconcat (name, ".service", NULL);
      g_autofree char *manifest = g_build_filename (folder, file, NULL);

      if (g_file_test (manifest, G_FILE_TEST_IS_REGULAR))
        add_plugin (folder, manifest);
    }
  return g_test_run ();
}
