/* SPDX-License-Identifier: EUPL-1.2 */
/* The log on disk: what is written is in the chain, what is in it cannot be changed, what is tampered with is found and named. */

#include "fixture.h"

#include <string.h>

#include "store/bf-log-file.h"
#include "store/bf-sqlite-private.h"

#define N 40u
#define ERASED 7

typedef struct
{
  guint n_done;
  gint64 last_seq;
  char *error;
} LogTold;

static void
log_done_cb (gpointer user_data, gint64 seq, const GError *error)
{
  LogTold *told = user_data;

  told->n_done++;
  told->last_seq = seq;
  if (error != NULL)
    told->error = g_strdup (error->message);
}

static gint64
put (Fixture *fixture, const BfLogEntry *entry)
{
  LogTold told = { 0 };

  bf_store_put_log (fixture->store, entry, log_done_cb, &told);
  while (told.n_done == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (told.error, ==, NULL);
  return told.last_seq;
}

static gint64
note (Fixture *fixture, const char *actor, const char *text)
{
  g_autoptr (BfLogEntry) entry = bf_log_entry_new (BF_LOG_NOTE, actor, T0, text);

  return put (fixture, entry);
}

static void
erase (Fixture *fixture, gint64 seq, const char *reason)
{
  g_autoptr (BfLogEntry) entry = bf_log_entry_new (BF_LOG_ERASURE, "dpo", T0 + 9, reason);

  entry->refers = seq;
  put (fixture, entry);
}

static void
query_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(GPtrArray **) user_data = bf_store_query_log_finish (NULL, result, &error);
  g_assert_no_error (error);
}

static GPtrArray *
query (Fixture *fixture, const BfLogQuery *what)
{
  GPtrArray *entries = NULL;

  bf_store_query_log_async (fixture->store, what, NULL, query_cb, &entries);
  while (entries == NULL)
    g_main_context_iteration (NULL, TRUE);
  return entries;
}

/* The numbers of the entries, newest first: "3 1". */
static char *
numbers (Fixture *fixture, const BfLogQuery *what)
{
  g_autoptr (GPtrArray) entries = query (fixture, what);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? " " : "", ((BfLogEntry *) g_ptr_array_index (entries, i))->seq);
  return g_string_free (text, FALSE);
}

static BfLogVerdict
verify (Fixture *fixture, gint64 anchor_seq, const guint8 *anchor)
{
  g_autoptr (GError) error = NULL;
  BfLogVerdict verdict = { 0 };

  g_assert_true (bf_log_file_verify (fixture->dir, anchor_seq, anchor, &verdict, &error));
  g_assert_no_error (error);
  return verdict;
}

static void
test_append (Fixture *fixture, gconstpointer data)
{
  BfLogVerdict verdict;

  g_assert_cmpint (note (fixture, "claire", "one"), ==, 1);
  g_assert_cmpint (note (fixture, "claire", NULL), ==, 2);
  fixture_reopen (fixture);
  g_assert_cmpint (note (fixture, "karim", "three"), ==, 3);
  verdict = verify (fixture, 0, NULL);
  g_assert_cmpuint (verdict.n_faults, ==, 0);
  g_assert_cmpuint (verdict.n_entries, ==, 3);
}

/* Alert, event and entry are one transaction: an event whose number is taken takes its entry with it, and the chain goes on. */
static void
done_cb (gpointer user_data, const GError *error)
{
  *(int *) user_data = error == NULL ? 1 : 2;
}

static int
put_alert (Fixture *fixture, gint64 event_id, const char *comment)
{
  BfAlert alert = { .id = 1, .rule_id = (char *) "r", .asset_id = (char *) "water/1", .state = BF_ALERT_UNACKNOWLEDGED,
                    .raised_us = T0, .cleared_us = BF_TIME_NONE, .acknowledged_us = BF_TIME_NONE, .acknowledged_until_us = BF_TIME_NONE,
                    .comment = (char *) comment, .last_event_id = event_id };
  BfAlertEvent event = { .id = event_id, .alert_id = 1, .at_us = T0, .to = BF_ALERT_UNACKNOWLEDGED, .actor = (char *) "engine",
                         .comment = (char *) comment };
  g_autoptr (BfLogEntry) entry = bf_log_entry_new (BF_LOG_TRANSITION, "engine", T0, comment);
  int told = 0;

  entry->alert_id = 1;
  entry->event_id = event_id;
  bf_store_put_alert_logged (fixture->store, &alert, &event, entry, done_cb, &told);
  while (told == 0)
    g_main_context_iteration (NULL, TRUE);
  return told;
}

static void
test_with_alert (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "alerts.db");

  fixture_expect_warnings ();
  g_assert_cmpint (put_alert (fixture, 1, "seen by M. Durand, 06 12 34 56 78"), ==, 1);
  g_assert_cmpint (put_alert (fixture, 1, "the same number"), ==, 2);
  g_assert_cmpint (put_alert (fixture, 2, "next"), ==, 1);
  g_assert_cmpint (sql_int64 (path, "SELECT count(*) FROM log_entry"), ==, 2);
  g_assert_cmpuint (verify (fixture, 0, NULL).n_faults, ==, 0);
  /* What was written of a text elsewhere is erased with it. */
  erase (fixture, 1, "asked by M. Durand");
  g_assert_cmpint (sql_int64 (path, "SELECT count(*) FROM event WHERE comment LIKE '%Durand%'"), ==, 0);
  g_assert_cmpint (sql_int64 (path, "SELECT count(*) FROM event WHERE comment = 'next'"), ==, 1);
  g_assert_cmpint (sql_int64 (path, "SELECT count(*) FROM alert WHERE comment = 'next'"), ==, 1);
}

static void
assert_refused (const char *path, const char *sql)
{
  g_autoptr (GError) error = NULL;
  sqlite3 *db = bf_sqlite_open_file (path, FALSE, &error);

  g_assert_no_error (error);
  g_assert_false (bf_sqlite_exec (db, path, sql, &error));
  g_assert_nonnull (error);
  sqlite3_close (db);
}

static void
test_append_only (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "alerts.db");

  note (fixture, "claire", "one");
  note (fixture, "claire", "two");
  assert_refused (path, "UPDATE log_entry SET actor = 'x' WHERE seq = 1");
  assert_refused (path, "DELETE FROM log_entry WHERE seq = 2");
  assert_refused (path, "UPDATE log_text SET text = 'x' WHERE seq = 1");
  assert_refused (path, "DELETE FROM log_text WHERE seq = 1");
  assert_refused (path, "INSERT INTO log_entry (seq, at_us, top_us, kind, actor, digest) VALUES (4, 0, 0, 'note', 'x', x'00')");
  assert_refused (path, "INSERT OR REPLACE INTO log_entry (seq, at_us, top_us, kind, actor, digest) VALUES (2, 0, 0, 'note', 'x', x'00')");
  assert_refused (path, "INSERT OR REPLACE INTO log_text (seq, salt, text) VALUES (1, x'00', 'x')");
  g_assert_cmpuint (verify (fixture, 0, NULL).n_faults, ==, 0);
}

static void
test_erasure (Fixture *fixture, gconstpointer data)
{
  BfLogQuery words = BF_LOG_QUERY_ALL, one = BF_LOG_QUERY_ALL;
  g_autofree char *path = fixture_path (fixture, "alerts.db");
  g_autofree char *before = NULL, *after = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autofree char *bytes = NULL;
  gsize length;
  const BfLogEntry *entry;
  BfLogVerdict verdict;

  note (fixture, "claire", "Mme Zweigelhofer called, 06 12 34 56 78");
  note (fixture, "claire", "the valve is closed");
  words.words = "zweigel";
  before = numbers (fixture, &words);
  g_assert_cmpstr (before, ==, "1");
  erase (fixture, 1, "asked for by the person, art. 17");
  after = numbers (fixture, &words);
  g_assert_cmpstr (after, ==, "");
  one.seq = 1;
  entries = query (fixture, &one);
  entry = g_ptr_array_index (entries, 0);
  g_assert_true (entry->has_text);
  g_assert_null (entry->text);
  g_assert_cmpint (entry->erased_by, ==, 3);
  verdict = verify (fixture, 0, NULL);
  g_assert_cmpuint (verdict.n_faults, ==, 0);
  g_assert_cmpuint (verdict.n_erased, ==, 1);
  /* Not a trace of it in the file once it is closed. */
  g_clear_pointer (&fixture->store, bf_store_close);
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_assert_null (g_strstr_len (bytes, -1, "weigelhofer"));
  for (gsize i = 0; i + 11 < length; i++)
    g_assert_false (memcmp (bytes + i, "weigelhofer", 11) == 0);
}

/* Twice, of nothing, of what is not there: refused, and what is written in the same group is written. */
static void
test_erasure_refused (Fixture *fixture, gconstpointer data)
{
  const gint64 targets[] = { 1, 3, 99 };
  LogTold told[G_N_ELEMENTS (targets)] = { 0 };

  fixture_expect_warnings ();
  note (fixture, "claire", "a text");
  note (fixture, "claire", NULL);
  erase (fixture, 1, "law");
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_autoptr (BfLogEntry) entry = bf_log_entry_new (BF_LOG_ERASURE, "dpo", T0, "again");

      entry->refers = i == 1 ? 2 : targets[i];
      bf_store_put_log (fixture->store, entry, log_done_cb, &told[i]);
    }
  g_assert_cmpint (note (fixture, "claire", "goes on"), ==, 4);
  for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_assert_cmpuint (told[i].n_done, ==, 1);
      g_assert_nonnull (told[i].error);
      g_free (told[i].error);
    }
  g_assert_cmpuint (verify (fixture, 0, NULL).n_faults, ==, 0);
}

static void
put_about (Fixture *fixture, BfLogKind kind, gint64 at_us, gint64 alert, const char *asset, const char *text)
{
  g_autoptr (BfLogEntry) entry = bf_log_entry_new (kind, kind == BF_LOG_NOTE ? "claire" : "engine", at_us, text);

  entry->alert_id = alert;
  entry->asset_id = g_strdup (asset);
  put (fixture, entry);
}

static void
test_query (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    BfLogQuery query;
    const char *numbers;
  } cases[] = {
#define ALL .after = -1, .kind = -1, .from_us = BF_TIME_NONE, .to_us = BF_TIME_NONE, .max = 10
    { { ALL }, "6 5 4 3 2 1" },
    { { ALL, .before = 3 }, "2 1" },
    { { .after = 2, .kind = -1, .from_us = BF_TIME_NONE, .to_us = BF_TIME_NONE, .max = 3 }, "3 4 5" },
    { { .after = 0, .kind = -1, .from_us = BF_TIME_NONE, .to_us = BF_TIME_NONE, .max = 9, .words = "fuite" }, "1 5" },
    { { ALL, .seq = 4 }, "4" },
    { { ALL, .alert_id = 5 }, "4 1" },
    { { ALL, .asset_id = "water/1" }, "6 1" },
    { { ALL, .actor = "claire" }, "5 3" },
    { { .after = -1, .kind = BF_LOG_NOTE, .from_us = BF_TIME_NONE, .to_us = BF_TIME_NONE, .max = 10 }, "5 3" },
    { { .after = -1, .kind = -1, .from_us = T0 + 20, .to_us = T0 + 30, .max = 10 }, "6 4 3" }, /* the clock was set back before 6 */
    { { .after = -1, .kind = -1, .from_us = T0 + 20, .to_us = BF_TIME_NONE, .max = 10 }, "6 5 4 3" },
    { { ALL, .words = "FUITE" }, "5 1" },
    { { ALL, .words = "fui" }, "5 1" },
    { { ALL, .words = "ecole fuite" }, "5" },
    { { ALL, .words = "l’école" }, "5" },
    { { ALL, .words = "école", .before = 5 }, "3" },
    { { .after = -1, .kind = -1, .from_us = T0 + 20, .to_us = T0 + 30, .max = 10, .words = "school" }, "6" },
    { { ALL, .words = "\" OR NEAR( * -" }, "" }, /* no query language: words */
    { { ALL, .words = "\" ( * -" }, "6 5 4 3 2 1" },
    { { ALL, .words = "nothing of it" }, "" },
    { { .after = -1, .kind = -1, .from_us = BF_TIME_NONE, .to_us = BF_TIME_NONE, .max = 2 }, "6 5" },
  };

  put_about (fixture, BF_LOG_TRANSITION, T0 + 0, 5, "water/1", "Fuite suspectée");
  put_about (fixture, BF_LOG_TRANSITION, T0 + 10, 6, "water/2", "Pression basse");
  put_about (fixture, BF_LOG_NOTE, T0 + 20, 0, NULL, "école prévenue");
  put_about (fixture, BF_LOG_STEP, T0 + 30, 5, NULL, NULL);
  put_about (fixture, BF_LOG_NOTE, T0 + 40, 0, NULL, "la fuite est devant l’École");
  put_about (fixture, BF_LOG_OUTAGE, T0 + 25, 0, "water/1", "the school's sensor");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = numbers (fixture, &cases[i].query);

      g_test_message ("case %u", i);
      g_assert_cmpstr (found, ==, cases[i].numbers);
    }
}

/* What somebody with the file in his hands does; the triggers hold nobody who can drop them. */
static const struct
{
  const char *sql;
  BfLogFault fault;
  gint64 seq;
} tamperings[] = {
  { "UPDATE log_entry SET actor = 'nobody' WHERE seq = 1", BF_LOG_FAULT_CHAIN, 1 },
  { "UPDATE log_entry SET at_us = at_us + 1 WHERE seq = 20", BF_LOG_FAULT_CHAIN, 20 },
  { "UPDATE log_entry SET digest = x'00' WHERE seq = 20", BF_LOG_FAULT_CHAIN, 20 },
  { "UPDATE log_entry SET text_digest = NULL WHERE seq = 20", BF_LOG_FAULT_CHAIN, 20 },
  { "UPDATE log_text SET text = 'all was well' WHERE seq = 20", BF_LOG_FAULT_TEXT, 20 },
  { "UPDATE log_text SET salt = x'00' WHERE seq = 20", BF_LOG_FAULT_TEXT, 20 },
  { "DELETE FROM log_text WHERE seq = 20", BF_LOG_FAULT_TEXT_GONE, 20 },
  { "INSERT INTO log_text (seq, salt, text) VALUES (7, x'00', 'x')", BF_LOG_FAULT_TEXT, ERASED },
  { "INSERT INTO log_text (seq, salt, text) VALUES (99, x'00', 'x')", BF_LOG_FAULT_TEXT_MORE, 99 },
  { "DELETE FROM log_entry WHERE seq = 20", BF_LOG_FAULT_MISSING, 20 },
  { "DELETE FROM log_entry WHERE seq BETWEEN 15 AND 30; DELETE FROM log_text WHERE seq BETWEEN 15 AND 30", BF_LOG_FAULT_MISSING, 15 },
  { "DELETE FROM log_entry WHERE seq = 1; DELETE FROM log_text WHERE seq = 1", BF_LOG_FAULT_MISSING, 1 },
  { "DELETE FROM log_text WHERE seq > 30; DELETE FROM log_entry WHERE seq > 30", BF_LOG_FAULT_CUT, 31 },
  { "DELETE FROM log_text; DELETE FROM log_entry", BF_LOG_FAULT_CUT, 1 },
  { "DELETE FROM log_text WHERE seq = 20; DELETE FROM log_entry WHERE seq = 20;"
    " UPDATE log_text SET seq = seq - 1 WHERE seq > 20; UPDATE log_entry SET seq = seq - 1 WHERE seq > 20", BF_LOG_FAULT_CHAIN, 20 },
  { "UPDATE log_text SET seq = -seq WHERE seq > 20; UPDATE log_text SET seq = 1 - seq WHERE seq < 0;"
    " UPDATE log_entry SET seq = -seq WHERE seq > 20; UPDATE log_entry SET seq = 1 - seq WHERE seq < 0;"
    " INSERT INTO log_entry (seq, at_us, top_us, kind, actor, digest) SELECT 21, at_us, top_us, 'note', 'mallory', digest FROM log_entry WHERE seq = 20",
    BF_LOG_FAULT_CHAIN, 21 },
};

static void
test_tampering (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "alerts.db");
  const guint which = GPOINTER_TO_UINT (data);
  g_autofree char *sql = NULL;
  BfLogVerdict whole, verdict;

  for (guint i = 1; i < N; i++)
    {
      g_autofree char *text = g_strdup_printf ("entry %u", i);

      note (fixture, "claire", text);
      if (i == ERASED + 2)
        erase (fixture, ERASED, "law");
    }
  g_clear_pointer (&fixture->store, bf_store_close);
  whole = verify (fixture, 0, NULL);
  g_assert_cmpuint (whole.n_faults, ==, 0);
  g_assert_cmpint (whole.head_seq, ==, N);
  sql = g_strconcat ("PRAGMA ignore_check_constraints = ON; DROP TRIGGER log_entry_next; DROP TRIGGER log_entry_fixed; DROP TRIGGER log_entry_kept; "
                     "DROP TRIGGER log_text_next; DROP TRIGGER log_text_fixed; DROP TRIGGER log_text_kept; ", tamperings[which].sql, NULL);
  sql_exec (path, sql);
  verdict = verify (fixture, whole.head_seq, whole.head);
  g_assert_cmpint (verdict.fault, ==, tamperings[which].fault);
  g_assert_cmpint (verdict.seq, ==, tamperings[which].seq);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func, data) g_test_add (path, Fixture, data, fixture_set_up, func, fixture_tear_down)
  ADD ("/store/log/append", test_append, NULL);
  ADD ("/store/log/with-alert", test_with_alert, NULL);
  ADD ("/store/log/append-only", test_append_only, NULL);
  ADD ("/store/log/erasure", test_erasure, NULL);
  ADD ("/store/log/erasure-refused", test_erasure_refused, NULL);
  ADD ("/store/log/query", test_query, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tamperings); i++)
    {
      g_autofree char *name = g_strdup_printf ("/store/log/tampering/%02u", i);

      ADD (name, test_tampering, GUINT_TO_POINTER (i));
    }
  return g_test_run ();
}
