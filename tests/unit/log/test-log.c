/* SPDX-License-Identifier: EUPL-1.2 */
/* The chain of the log: what a verifier must find, each way to tamper at every place of a short log. */

#include "log/bf-log-verifier.h"

#include <string.h>

#define N 12u
#define T0 (G_GINT64_CONSTANT (1750000000) * G_USEC_PER_SEC)
#define ERASED 4u  /* number of the entry whose text is erased … */
#define ERASURE 9u /* … by this one */

static void
seal (GPtrArray *log)
{
  guint8 before[BF_LOG_DIGEST_BYTES] = { 0 };

  for (guint i = 0; i < log->len; i++)
    {
      BfLogEntry *entry = g_ptr_array_index (log, i);
      guint8 salt[BF_LOG_SALT_BYTES];

      memset (salt, (int) i + 1, sizeof salt);
      bf_log_entry_seal (entry, i + 1, before, salt);
      memcpy (before, entry->digest, sizeof before);
    }
}

static GPtrArray *
make_log (void)
{
  GPtrArray *log = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_log_entry_free);

  for (guint i = 1; i <= N; i++)
    {
      g_autofree char *text = g_strdup_printf ("entry %u", i);
      BfLogEntry *entry = bf_log_entry_new (i == ERASURE ? BF_LOG_ERASURE : BF_LOG_NOTE, "claire", T0 + i, i == 7 ? NULL : text);

      if (i == ERASURE)
        entry->refers = ERASED;
      entry->asset_id = i % 2 ? g_strdup ("water/412") : NULL;
      g_ptr_array_add (log, entry);
    }
  seal (log);
  g_clear_pointer (&((BfLogEntry *) g_ptr_array_index (log, ERASED - 1))->text, g_free);
  return log;
}

static BfLogEntry *
at (GPtrArray *log, guint seq)
{
  return g_ptr_array_index (log, seq - 1);
}

static BfLogVerdict
verify_with (GPtrArray *log, gint64 anchor_seq, const guint8 *anchor)
{
  g_autoptr (BfLogVerifier) verifier = bf_log_verifier_new (anchor_seq, anchor);
  BfLogVerdict verdict;

  for (guint i = 0; i < log->len; i++)
    bf_log_verifier_take (verifier, g_ptr_array_index (log, i));
  bf_log_verifier_end (verifier, &verdict);
  return verdict;
}

static void
assert_fault (GPtrArray *log, BfLogFault fault, gint64 seq)
{
  BfLogVerdict verdict = verify_with (log, 0, NULL);
  g_autofree char *words = bf_log_verdict_words (&verdict);

  g_assert_cmpint (verdict.fault, ==, fault);
  g_assert_cmpint (verdict.seq, ==, seq);
  g_assert_nonnull (words);
}

static void
test_whole (void)
{
  g_autoptr (GPtrArray) log = make_log ();
  BfLogVerdict verdict = verify_with (log, 0, NULL);

  g_assert_cmpint (verdict.fault, ==, BF_LOG_FAULT_NONE);
  g_assert_cmpuint (verdict.n_faults, ==, 0);
  g_assert_cmpuint (verdict.n_entries, ==, N);
  g_assert_cmpuint (verdict.n_erased, ==, 1);
  g_assert_cmpmem (verdict.head, BF_LOG_DIGEST_BYTES, at (log, N)->digest, BF_LOG_DIGEST_BYTES);
}

/* The bytes are a format: another digest for the same entry means that old logs are no longer whole. */
static void
test_form (void)
{
  const guint8 before[BF_LOG_DIGEST_BYTES] = { 0 };
  const guint8 salt[BF_LOG_SALT_BYTES] = { 1, 2, 3 };
  g_autoptr (BfLogEntry) entry = bf_log_entry_new (BF_LOG_STEP, "claire", T0, "valve closed");
  char buffer[BF_LOG_DIGEST_TEXT_BYTES];

  entry->alert_id = 7;
  entry->subject = g_strdup ("water-leak#3");
  bf_log_entry_seal (entry, 1, before, salt);
  g_assert_cmpstr (bf_log_digest_format (entry->text_digest, buffer), ==, "b3fb63d1bc391b7492ea3605e5568ee975a1cc73a355ecf4732745043e34fe80");
  g_assert_cmpstr (bf_log_digest_format (entry->digest, buffer), ==, "255472ba0cfb1396c231ad639c02a5dba7d942a2e89bc1428b18e22d32ecf109");
}

static void
set_actor (BfLogEntry *entry)
{
  g_free (entry->actor);
  entry->actor = g_strdup ("clair");
}

static void
set_asset (BfLogEntry *entry)
{
  g_free (entry->asset_id);
  entry->asset_id = entry->asset_id == NULL ? g_strdup ("") : NULL;
}

static void set_time (BfLogEntry *entry) { entry->at_us++; }
static void set_kind (BfLogEntry *entry) { entry->kind = BF_LOG_CALL; }
static void set_alert (BfLogEntry *entry) { entry->alert_id = 1; }
static void set_event (BfLogEntry *entry) { entry->event_id = 1; }
static void set_subject (BfLogEntry *entry) { entry->subject = g_strdup ("x"); }
static void set_feed (BfLogEntry *entry) { entry->feed = g_strdup ("x"); }
static void set_refers (BfLogEntry *entry) { entry->refers = entry->refers == 1 ? 2 : 1; }
static void set_text_digest (BfLogEntry *entry) { entry->text_digest[31] ^= 1; entry->has_text = TRUE; }
static void set_digest (BfLogEntry *entry) { entry->digest[0] ^= 1; }

/* Every field of every entry, changed by itself. */
static void
test_changed (void)
{
  static void (*const changes[]) (BfLogEntry *) = { set_actor, set_asset, set_time, set_kind, set_alert, set_event,
                                                    set_subject, set_feed, set_refers, set_text_digest, set_digest };

  for (guint seq = 1; seq <= N; seq++)
    for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
      {
        g_autoptr (GPtrArray) log = make_log ();

        if (seq == ERASURE && (changes[i] == set_kind || changes[i] == set_refers))
          continue; /* then the erased text is the first fault: below */
        changes[i] (at (log, seq));
        assert_fault (log, BF_LOG_FAULT_CHAIN, seq);
      }
}

static void
test_text (void)
{
  for (guint seq = 1; seq <= N; seq++)
    {
      g_autoptr (GPtrArray) log = make_log ();
      BfLogEntry *entry = at (log, seq);

      if (seq == 7)
        {
          entry->text = g_strdup ("none was here");
          assert_fault (log, BF_LOG_FAULT_TEXT_MORE, seq);
        }
      else if (seq != ERASED)
        {
          entry->text[0] ^= 1;
          assert_fault (log, BF_LOG_FAULT_TEXT, seq);
          g_clear_pointer (&entry->text, g_free);
          assert_fault (log, BF_LOG_FAULT_TEXT_GONE, seq);
        }
    }
}

static void
test_removed (void)
{
  for (guint seq = 1; seq < N; seq++)
    {
      g_autoptr (GPtrArray) log = make_log ();

      g_ptr_array_remove_index (log, seq - 1);
      assert_fault (log, seq == ERASURE ? BF_LOG_FAULT_TEXT_GONE : BF_LOG_FAULT_MISSING, seq == ERASURE ? ERASED : seq);
    }
}

/* The entries behind are numbered anew, so that no number is missing. */
static void
test_removed_and_renumbered (void)
{
  for (guint seq = 1; seq < N; seq++)
    {
      g_autoptr (GPtrArray) log = make_log ();

      g_ptr_array_remove_index (log, seq - 1);
      for (guint i = seq - 1; i < log->len; i++)
        ((BfLogEntry *) g_ptr_array_index (log, i))->seq = i + 1;
      if (seq == ERASURE)
        assert_fault (log, BF_LOG_FAULT_TEXT_GONE, ERASED);
      else
        assert_fault (log, BF_LOG_FAULT_CHAIN, seq);
    }
}

static void
test_inserted (void)
{
  for (guint seq = 1; seq <= N; seq++)
    {
      g_autoptr (GPtrArray) log = make_log ();
      BfLogEntry *more = bf_log_entry_new (BF_LOG_NOTE, "mallory", T0, "all was well");
      const guint8 salt[BF_LOG_SALT_BYTES] = { 9 };
      const guint8 zeros[BF_LOG_DIGEST_BYTES] = { 0 };

      bf_log_entry_seal (more, seq, seq > 1 ? at (log, seq - 1)->digest : zeros, salt);
      g_ptr_array_insert (log, (int) seq - 1, more);
      for (guint i = seq; i < log->len; i++)
        ((BfLogEntry *) g_ptr_array_index (log, i))->seq = i + 1;
      assert_fault (log, BF_LOG_FAULT_CHAIN, seq + 1);
    }
}

/* A log that was written anew as a whole is whole; only a head that somebody kept tells. */
static void
test_anchor (void)
{
  g_autoptr (GPtrArray) log = make_log ();
  guint8 head[BF_LOG_DIGEST_BYTES], middle[BF_LOG_DIGEST_BYTES];
  BfLogVerdict verdict;

  memcpy (head, at (log, N)->digest, sizeof head);
  memcpy (middle, at (log, 5)->digest, sizeof middle);
  g_assert_cmpuint (verify_with (log, N, head).n_faults, ==, 0);
  g_assert_cmpuint (verify_with (log, 5, middle).n_faults, ==, 0);
  set_time (at (log, 3));
  at (log, ERASED)->text = g_strdup ("entry 4");
  seal (log);
  g_clear_pointer (&at (log, ERASED)->text, g_free);
  g_assert_cmpuint (verify_with (log, 0, NULL).n_faults, ==, 0);
  verdict = verify_with (log, N, head);
  g_assert_cmpint (verdict.n_faults, >=, 1);
  g_ptr_array_set_size (log, N - 3);
  verdict = verify_with (log, N, head);
  g_assert_cmpint (verdict.fault, ==, BF_LOG_FAULT_CUT);
  g_assert_cmpint (verdict.seq, ==, N - 2);
}

static void
test_words (void)
{
  BfLogKind kind;
  guint8 digest[BF_LOG_DIGEST_BYTES];
  char buffer[BF_LOG_DIGEST_TEXT_BYTES];

  for (guint i = 0; i < BF_LOG_N_KINDS; i++)
    {
      g_assert_true (bf_log_kind_from_id (bf_log_kind_id ((BfLogKind) i), &kind));
      g_assert_cmpuint (kind, ==, i);
    }
  g_assert_false (bf_log_kind_from_id ("gossip", &kind));
  for (guint i = 0; i < sizeof digest; i++)
    digest[i] = (guint8) (i * 37);
  bf_log_digest_format (digest, buffer);
  digest[5] = 0;
  g_assert_true (bf_log_digest_parse (buffer, digest));
  g_assert_cmpuint (digest[5], ==, 5 * 37);
  buffer[63] = '\0';
  g_assert_false (bf_log_digest_parse (buffer, digest));
  g_assert_false (bf_log_digest_parse ("xy", digest));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/whole", test_whole);
  g_test_add_func ("/log/form", test_form);
  g_test_add_func ("/log/changed", test_changed);
  g_test_add_func ("/log/text", test_text);
  g_test_add_func ("/log/removed", test_removed);
  g_test_add_func ("/log/removed-and-renumbered", test_removed_and_renumbered);
  g_test_add_func ("/log/inserted", test_inserted);
  g_test_add_func ("/log/anchor", test_anchor);
  g_test_add_func ("/log/words", test_words);
  return g_test_run ();
}
