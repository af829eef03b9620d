/* SPDX-License-Identifier: EUPL-1.2 */
/* Whether a log is whole: it is given the entries in the order of their numbers, and names the first that is not what was written.
 * Memory: a few bytes an erased entry. One thread. */
#pragma once

#include "log/bf-log.h"

G_BEGIN_DECLS

typedef enum
{
  BF_LOG_FAULT_NONE,
  BF_LOG_FAULT_MISSING,   /* entries are not there: the number jumps */
  BF_LOG_FAULT_CHAIN,     /* the entry was changed, or what stands before it is not what stood there */
  BF_LOG_FAULT_TEXT,      /* its text is another */
  BF_LOG_FAULT_TEXT_GONE, /* its text is gone and no entry says that it was erased */
  BF_LOG_FAULT_TEXT_MORE, /* a text that belongs to no entry, or to one that had none */
  BF_LOG_FAULT_ANCHOR,    /* the entry of the anchor is another */
  BF_LOG_FAULT_CUT,       /* the log ends before the anchor */
} BfLogFault;

/**
 * BfLogVerdict: what was found
 * @n_entries, @n_erased: read; of them without their text, lawfully
 * @n_faults: how many; 0: the log is whole
 * @fault, @seq: the one of the lowest number
 * @head: the last entry's digest; @head_seq 0: there is none
 */
typedef struct
{
  guint64 n_entries;
  guint64 n_erased;
  guint64 n_faults;
  BfLogFault fault;
  gint64 seq;
  gint64 head_seq;
  guint8 head[BF_LOG_DIGEST_BYTES];
} BfLogVerdict;

typedef struct _BfLogVerifier BfLogVerifier;

BfLogVerifier *bf_log_verifier_new (gint64 anchor_seq, const guint8 *anchor);
void bf_log_verifier_free (BfLogVerifier *verifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfLogVerifier, bf_log_verifier_free)
void bf_log_verifier_take (BfLogVerifier *verifier, const BfLogEntry *entry);
/* A text without an entry. */
void bf_log_verifier_stray_text (BfLogVerifier *verifier, gint64 seq);
void bf_log_verifier_end (BfLogVerifier *verifier, BfLogVerdict *ret_verdict);
char *bf_log_verdict_words (const BfLogVerdict *verdict);

G_END_DECLS
