/* SPDX-License-Identifier: EUPL-1.2 */
/* Each transport, by the real beffroi-feed under the real supervisor, against a real source, and all that can happen to it in turn: the
 * network refuses, holds, slows, cuts and garbles (fault-proxy.h); the source says rubbish; a file is half written, emptied, removed,
 * its folder is replaced; the process is killed. One table: for each transport and fault the output says what the feed said, since when,
 * what it counted, and that all that the source can still give came when it was over. */

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "wire-sources.h"

#define HALF "{\"key\": \"a\", \"nom\": \"A\", \"fr"

/* What a fault does to the source, and undoes; while it lasts the source has @value from the test. */
typedef struct
{
  const char *name;
  const char *kinds; /* " http events …", or "net", or "all" */
  void (*begin) (WireSource *source);
  void (*end) (WireSource *source);
  Fault of_proxy;
  const char *words; /* part of what must be said; NULL: whatever it is */
  gboolean quiet;    /* nothing is wrong yet, and nothing must be said */
} FaultCase;

/* --- the faults that are not the network's ----------------------------------------------------------------------------------- */

static int held_fd = -1;

static char *
path_of (WireSource *source, const char *name)
{
  return g_str_equal (source->kind->name, "folder") ? g_build_filename (source->path, name, NULL) : g_strdup (source->path);
}

static void
write_plain (WireSource *source, const char *text)
{
  g_autofree char *path = path_of (source, "bad.json");
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  close (fd);
}

static void
rubbish_begin (WireSource *source)
{
  source->kind->publish (source, "{]}\x01 half a record");
}

static void
half_begin (WireSource *source)
{
  write_plain (source, HALF);
}

static void
empty_begin (WireSource *source)
{
  write_plain (source, "");
}

static void
over_end (WireSource *source)
{
  if (g_str_equal (source->kind->name, "folder"))
    {
      g_autofree char *path = path_of (source, "bad.json");

      unlink (path);
    }
}

/* Somebody writes, and has not done with it. */
static void
writing_begin (WireSource *source)
{
  g_autofree char *path = path_of (source, "slow.json");

  held_fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  g_assert_cmpint (write (held_fd, HALF, strlen (HALF)), ==, (gssize) strlen (HALF));
}

static void
writing_end (WireSource *source)
{
  g_autofree char *whole = wire_record (77);

  g_assert_cmpint (ftruncate (held_fd, 0), ==, 0);
  g_assert_cmpint (pwrite (held_fd, whole, strlen (whole), 0), ==, (gssize) strlen (whole));
  close (held_fd);
  wire_until (wire_city_has (source->city, 77));
}

static void
remove_begin (WireSource *source)
{
  g_autofree char *away = g_strconcat (source->path, ".away", NULL);

  g_assert_cmpint (rename (source->path, away), ==, 0);
}

static void
remove_end (WireSource *source)
{
  g_autofree char *away = g_strconcat (source->path, ".away", NULL);

  if (!g_file_test (source->path, G_FILE_TEST_EXISTS))
    g_assert_cmpint (rename (away, source->path), ==, 0);
  else
    unlink (away);
}

/* Another folder of the same name. */
static void
replace_begin (WireSource *source)
{
  remove_begin (source);
}

static void
replace_end (WireSource *source)
{
  g_autofree char *away = g_strconcat (source->path, ".away", NULL);

  g_assert_cmpint (g_mkdir (source->path, 0755), ==, 0);
  test_scratch_remove (away);
}

static void
replace_dir_begin (WireSource *source)
{
  g_autofree char *dir = g_path_get_dirname (source->path);
  g_autofree char *away = g_strconcat (dir, ".away", NULL);

  g_assert_cmpint (rename (dir, away), ==, 0);
}

static void
replace_dir_end (WireSource *source)
{
  g_autofree char *dir = g_path_get_dirname (source->path);
  g_autofree char *away = g_strconcat (dir, ".away", NULL);

  g_assert_cmpint (g_mkdir (dir, 0755), ==, 0);
  test_scratch_remove (away);
}

static void
kill_begin (WireSource *source)
{
  g_assert_cmpint (kill (wire_city_info (source->city, 0).pid, SIGKILL), ==, 0);
}

static const FaultCase faults[] = {
  { "refused", "net", NULL, NULL, FAULT_REFUSE, NULL, FALSE },
  { "held", "net", NULL, NULL, FAULT_HOLD, "within", FALSE },
  { "slowed", "net", NULL, NULL, FAULT_SLOW, "within", FALSE },
  { "cut", "net", NULL, NULL, FAULT_CUT, NULL, FALSE },
  { "garbled", "net", NULL, NULL, FAULT_GARBLE, NULL, FALSE },
  { "rubbish", " http events lines websocket mqtt file folder push ", rubbish_begin, over_end, FAULT_NONE, NULL, FALSE },
  { "half a file", " file folder ", half_begin, over_end, FAULT_NONE, NULL, FALSE },
  { "emptied", " file folder ", empty_begin, over_end, FAULT_NONE, NULL, FALSE },
  { "being written", " folder ", writing_begin, writing_end, FAULT_NONE, NULL, TRUE },
  { "removed", " file folder ", remove_begin, remove_end, FAULT_NONE, NULL, FALSE },
  { "replaced", " folder ", replace_begin, replace_end, FAULT_NONE, NULL, FALSE },
  { "its folder replaced", " file ", replace_dir_begin, replace_dir_end, FAULT_NONE, NULL, FALSE },
  { "killed", "all", kill_begin, NULL, FAULT_NONE, "killed by signal 9", FALSE },
};

static gboolean
concerns (const FaultCase *fault, const WireKind *kind)
{
  g_autofree char *name = g_strdup_printf (" %s ", kind->name);

  return g_str_equal (fault->kinds, "all") || (g_str_equal (fault->kinds, "net") && kind->net) || strstr (fault->kinds, name) != NULL;
}

/* --- one fault --------------------------------------------------------------------------------------------------------------- */

static void
begin_fault (WireSource *source, const FaultCase *fault)
{
  guint n_accepted;

  if (fault->of_proxy == FAULT_NONE)
    {
      fault->begin (source);
      return;
    }
  n_accepted = fault_proxy_n_accepted (source->proxy);
  fault_proxy_set (source->proxy, fault->of_proxy);
  wire_until (fault_proxy_n_accepted (source->proxy) > n_accepted);
  /* So that there is something to cut. */
  if (fault->of_proxy == FAULT_CUT && source->kind->streams)
    wire_source_publish (source, 99);
}

static void
end_fault (WireSource *source, const FaultCase *fault)
{
  if (fault->of_proxy != FAULT_NONE)
    fault_proxy_set (source->proxy, FAULT_NONE);
  else if (fault->end != NULL)
    fault->end (source);
}

/* Until it says so; of what is no fault yet, that it says nothing for six looks. A stream was cut first, and met the fault then. */
static void
await_words (WireSource *source, const FaultCase *fault, const BfFeedInfo *before, gint64 before_us)
{
  guint n_failed = fault->of_proxy != FAULT_NONE ? 1 + source->kind->streams : 0;

  if (fault->quiet)
    wire_until (wire_city_info (source->city, 0).n_attempts >= before->n_attempts + 6);
  else
    wire_until (wire_city_is_bad (source->city, 0) && wire_city_info (source->city, 0).since_us >= before_us &&
                wire_city_info (source->city, 0).n_failed >= before->n_failed + n_failed &&
                (fault->words == NULL || strstr (wire_city_info (source->city, 0).reason, fault->words) != NULL));
  if (fault->quiet)
    {
      g_assert_true (wire_city_is_good (source->city, 0));
      g_assert_cmpuint (wire_city_info (source->city, 0).n_refused, ==, before->n_refused);
    }
}

/* While nobody hears it, the source says three more. A file or a folder that is gone cannot be written to. */
static gboolean
says_meanwhile (const FaultCase *fault)
{
  return fault->begin != remove_begin && fault->begin != replace_begin && fault->begin != replace_dir_begin &&
         fault->begin != half_begin && fault->begin != empty_begin;
}

static void
suffer (WireSource *source, const FaultCase *fault, guint first)
{
  WireCity *city = source->city;
  gint64 before_us = bf_time_now_us ();
  BfFeedInfo before = wire_city_info (city, 0);
  BfFeedInfo during, after;
  g_autofree char *state = NULL;
  g_autofree char *since = NULL;
  g_autofree char *reason = NULL;
  gboolean meanwhile = says_meanwhile (fault);
  gint64 healed_us;

  begin_fault (source, fault);
  await_words (source, fault, &before, before_us);
  during = wire_city_info (city, 0);
  state = g_strdup (bf_feed_state_id (during.state));
  since = wire_clock (during.since_us);
  reason = g_strdup (during.reason != NULL ? during.reason : "-");
  g_assert_cmpint (during.since_us, <=, bf_time_now_us ());
  for (guint i = 0; i < 3 && meanwhile; i++)
    wire_source_publish (source, first + i);
  end_fault (source, fault);
  healed_us = bf_time_now_us ();
  if (!meanwhile)
    wire_source_publish (source, first + 2);
  if (source->kind->keeps || source->kind->newest || !meanwhile)
    wire_until (wire_city_has (city, first + 2));
  if (source->kind->keeps && meanwhile)
    wire_until (wire_city_has (city, first) && wire_city_has (city, first + 1));
  wire_until (wire_city_is_good (city, 0));
  healed_us = bf_time_now_us () - healed_us;
  wire_source_publish (source, first + 9);
  wire_until (wire_city_has (city, first + 9));
  wire_until (wire_city_is_good (city, 0));
  after = wire_city_info (city, 0);
  g_test_message ("| %s | %s | %s since %s | %s | %" PRIu64 " attempts: %" PRIu64 " good, %" PRIu64 " failed; %" PRIu64 " refused, %u restarts | "
                  "%s, after %.1f s |",
                  source->kind->name, fault->name, state, since, reason, after.n_attempts - before.n_attempts,
                  after.n_payloads + after.n_not_modified - before.n_payloads - before.n_not_modified, after.n_failed - before.n_failed,
                  after.n_refused - before.n_refused, after.restarts - before.restarts,
                  !meanwhile                  ? "the next came"
                  : source->kind->keeps       ? "3 of 3 came"
                  : source->kind->newest      ? "the newest of 3 came"
                                              : "what was said to nobody is lost, the next came",
                  (double) healed_us / G_USEC_PER_SEC);
  wire_city_check_counts (city, 0, city->n_observations);
}

/* A sensor whose clock ticks in seconds says two values of one second: of a stream the later message is the newer, and none is refused. */
static void
say_twice_at_once (WireSource *source)
{
  wire_source_publish (source, 20);
  wire_same_stamp = TRUE;
  wire_source_publish (source, 21);
  wire_source_publish (source, 22);
  wire_same_stamp = FALSE;
  wire_until (wire_city_has (source->city, 20) && wire_city_has (source->city, 21) && wire_city_has (source->city, 22));
  g_assert_cmpuint (wire_city_info (source->city, 0).n_refused, ==, 0);
}

static void
test_kind (gconstpointer data)
{
  const WireKind *kind = data;
  WireCity *city;
  WireSource *source;
  g_autofree char *keys = NULL;

  if (!wire_kind_is_there (kind))
    {
      g_test_skip (kind->needs);
      return;
    }
  city = wire_city_new ();
  source = wire_source_new (kind, city);
  keys = wire_source_keys (source);
  wire_city_add (city, "parcs", keys);
  if (kind->streams)
    wire_until (wire_city_is_good (city, 0));
  wire_source_publish (source, 1);
  wire_until (wire_city_has (city, 1));
  if (kind->streams)
    say_twice_at_once (source);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    if (concerns (&faults[i], kind))
      suffer (source, &faults[i], 100 + 10 * i);
  /* A file, a body and an acknowledged message come once; the folder's come once also over the death of the process. */
  if (g_str_equal (kind->name, "folder"))
    for (guint value = 100 + 10 * (G_N_ELEMENTS (faults) - 1), i = 0; i < 3; i++)
      g_assert_cmpuint (wire_city_times (city, 0, value + i), ==, 1);
  wire_source_free (source);
  wire_city_free (city);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_message ("| transport | fault | state | reason | counted | what came when it was over |");
  for (guint i = 0; i < wire_n_kinds; i++)
    {
      g_autofree char *path = g_strdup_printf ("/feed/wires/%s", wire_kinds[i].name);

      g_test_add_data_func (path, &wire_kinds[i], test_kind);
    }
  return g_test_run ();
}
