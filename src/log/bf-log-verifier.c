/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-log-verifier.h. After a fault the chain is taken up again from the digest that the entry bears, so that one changed entry
 * is one fault and not as many as come after it. */

#include "log/bf-log-verifier.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

struct _BfLogVerifier
{
  BfLogVerdict verdict;
  gint64 anchor_seq;
  guint8 anchor[BF_LOG_DIGEST_BYTES];
  GHashTable *textless; /* gint64: entries without their text that no erasure has named yet */
};

/**
 * bf_log_verifier_new:
 * @anchor_seq: number of a known entry, 0: none is known
 * @anchor: (nullable): its digest, as “log head” or a printed log said it
 */
BfLogVerifier *
bf_log_verifier_new (gint64 anchor_seq, const guint8 *anchor)
{
  BfLogVerifier *verifier = g_new0 (BfLogVerifier, 1);

  g_return_val_if_fail (anchor_seq == 0 || anchor != NULL, NULL);
  verifier->anchor_seq = anchor_seq;
  if (anchor_seq != 0)
    memcpy (verifier->anchor, anchor, BF_LOG_DIGEST_BYTES);
  verifier->textless = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return verifier;
}

void
bf_log_verifier_free (BfLogVerifier *verifier)
{
  if (verifier == NULL)
    return;
  g_hash_table_unref (verifier->textless);
  g_free (verifier);
}

static void
fail (BfLogVerifier *verifier, BfLogFault fault, gint64 seq)
{
  BfLogVerdict *verdict = &verifier->verdict;

  /* That an entry is missing says more than that its text is still there. */
  if (verdict->n_faults++ > 0 && (seq > verdict->seq || (seq == verdict->seq && fault != BF_LOG_FAULT_MISSING)))
    return;
  verdict->fault = fault;
  verdict->seq = seq;
}

static void
check_text (BfLogVerifier *verifier, const BfLogEntry *entry)
{
  guint8 digest[BF_LOG_DIGEST_BYTES];

  if (!entry->has_text && entry->text != NULL)
    fail (verifier, BF_LOG_FAULT_TEXT_MORE, entry->seq);
  if (!entry->has_text)
    return;
  if (entry->text == NULL)
    {
      g_hash_table_add (verifier->textless, g_memdup2 (&entry->seq, sizeof entry->seq));
      return;
    }
  bf_log_text_digest (entry->salt, entry->text, digest);
  if (memcmp (digest, entry->text_digest, sizeof digest) != 0)
    fail (verifier, BF_LOG_FAULT_TEXT, entry->seq);
}

void
bf_log_verifier_take (BfLogVerifier *verifier, const BfLogEntry *entry)
{
  BfLogVerdict *verdict = &verifier->verdict;
  guint8 digest[BF_LOG_DIGEST_BYTES];

  verdict->n_entries++;
  if (entry->seq != verdict->head_seq + 1)
    fail (verifier, BF_LOG_FAULT_MISSING, verdict->head_seq + 1);
  bf_log_entry_digest (entry, verdict->head, digest);
  if (entry->seq == verdict->head_seq + 1 && memcmp (digest, entry->digest, sizeof digest) != 0)
    fail (verifier, BF_LOG_FAULT_CHAIN, entry->seq);
  check_text (verifier, entry);
  if (entry->kind == BF_LOG_ERASURE && g_hash_table_remove (verifier->textless, &entry->refers))
    verdict->n_erased++;
  if (entry->seq == verifier->anchor_seq && memcmp (verifier->anchor, entry->digest, sizeof digest) != 0)
    fail (verifier, BF_LOG_FAULT_ANCHOR, entry->seq);
  verdict->head_seq = entry->seq;
  memcpy (verdict->head, entry->digest, sizeof digest);
}

void
bf_log_verifier_stray_text (BfLogVerifier *verifier, gint64 seq)
{
  fail (verifier, BF_LOG_FAULT_TEXT_MORE, seq);
}

void
bf_log_verifier_end (BfLogVerifier *verifier, BfLogVerdict *ret_verdict)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, verifier->textless);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    fail (verifier, BF_LOG_FAULT_TEXT_GONE, *(const gint64 *) key);
  if (verifier->anchor_seq > verifier->verdict.head_seq)
    fail (verifier, BF_LOG_FAULT_CUT, verifier->verdict.head_seq + 1);
  *ret_verdict = verifier->verdict;
}

/**
 * bf_log_verdict_words:
 *
 * Returns: (transfer full): one sentence on the first fault, or that there is none
 */
char *
bf_log_verdict_words (const BfLogVerdict *verdict)
{
  switch (verdict->fault)
    {
    case BF_LOG_FAULT_NONE:
      return g_strdup_printf (_ ("the log is whole: %" PRIu64 " entries, of which %" PRIu64 " with an erased text"), verdict->n_entries,
                              verdict->n_erased);
    case BF_LOG_FAULT_MISSING:
      return g_strdup_printf (_ ("entry %" PRId64 " is missing: the log was cut, or the entry removed"), verdict->seq);
    case BF_LOG_FAULT_CHAIN:
      return g_strdup_printf (_ ("entry %" PRId64 " is not what was written there: it was changed, inserted, or one before it removed"),
                              verdict->seq);
    case BF_LOG_FAULT_TEXT:
      return g_strdup_printf (_ ("the text of entry %" PRId64 " was changed"), verdict->seq);
    case BF_LOG_FAULT_TEXT_GONE:
      return g_strdup_printf (_ ("the text of entry %" PRId64 " is gone, and no entry says who erased it and why"), verdict->seq);
    case BF_LOG_FAULT_TEXT_MORE:
      return g_strdup_printf (_ ("a text stands at entry %" PRId64 ", which was written without one or is not there"), verdict->seq);
    case BF_LOG_FAULT_ANCHOR:
      return g_strdup_printf (_ ("entry %" PRId64 " is not the one of the head that you gave: what comes up to it was written anew"),
                              verdict->seq);
    case BF_LOG_FAULT_CUT:
      return g_strdup_printf (_ ("the log ends before the head that you gave: entry %" PRId64 " and what follows are gone"), verdict->seq);
    default:
      g_return_val_if_reached (NULL);
    }
}
