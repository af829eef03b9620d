/* SPDX-License-Identifier: EUPL-1.2 */
/* An entry of the log (main courante) and its place in the chain; what is in it is said in README.md. Pure: no store, no clock. */
#pragma once

#include <glib.h>

#include "base/bf-time.h"

G_BEGIN_DECLS

#define BF_LOG_SALT_BYTES 16
#define BF_LOG_DIGEST_BYTES 32
#define BF_LOG_DIGEST_TEXT_BYTES (2 * BF_LOG_DIGEST_BYTES + 1) /* in hexadecimal, with its NUL */

/* What happened. Their ids are stored: one is never renamed. */
typedef enum
{
  BF_LOG_TRANSITION, /* of an alert, by the engine; @subject is the input: "raise", "clear" … */
  BF_LOG_ACTION,     /* of a person on an alert or a feed; @subject: "acknowledge", "comment", "pause" … */
  BF_LOG_STEP,       /* a step of a procedure is done; @subject: "water-leak#3" */
  BF_LOG_SKIP,       /* a step was left out; the text says why */
  BF_LOG_NOTE,       /* a free entry */
  BF_LOG_CALL,       /* somebody called; @subject: the service */
  BF_LOG_CALLER,     /* who called and how to ring back: apart from the call, so that it can be erased alone; @refers: the call */
  BF_LOG_OUTAGE,     /* a feed no longer brings what is new */
  BF_LOG_RECOVERY,   /* it does again */
  BF_LOG_HANDOVER,   /* relève: the state that is handed on, with what was annotated */
  BF_LOG_COUNTERSIGN, /* the incoming operator has read it; @refers: the handover */
  BF_LOG_RULES,      /* a file of rules was changed; @subject: its path */
  BF_LOG_CORRECTION, /* what an earlier entry should have said; @refers: that one */
  BF_LOG_ERASURE,    /* the text of an earlier entry was taken out; the text says why; @refers: that one */
  BF_LOG_START,      /* the engine began */
  BF_LOG_STOP,       /* it ended in order */
  BF_LOG_N_KINDS,
} BfLogKind;

/**
 * BfLogEntry: one entry
 * @seq: 1, 2, 3…, without a gap
 * @at_us: µs UTC; not always after the entry before: clocks are set
 * @actor: a person's name or "engine"
 * @alert_id, @event_id: 0: about none
 * @asset_id, @feed, @subject: (nullable)
 * @refers: an earlier entry; 0: none
 * @text: (nullable): %NULL with @has_text: it was erased
 * @salt: of @text, not known when it was erased
 * @text_digest: of @salt and @text, with @has_text
 * @digest: of all the above but @text and @salt, and the digest of the entry before
 * @corrected_by, @erased_by: of what is read: a later entry; 0: none
 */
typedef struct
{
  gint64 seq;
  gint64 at_us;
  BfLogKind kind;
  char *actor;
  gint64 alert_id;
  gint64 event_id;
  char *asset_id;
  char *feed;
  char *subject;
  gint64 refers;
  char *text;
  gboolean has_text;
  guint8 salt[BF_LOG_SALT_BYTES];
  guint8 text_digest[BF_LOG_DIGEST_BYTES];
  guint8 digest[BF_LOG_DIGEST_BYTES];
  gint64 corrected_by;
  gint64 erased_by;
} BfLogEntry;

const char *bf_log_kind_id (BfLogKind kind);
gboolean bf_log_kind_from_id (const char *id, BfLogKind *ret_kind);

/* All texts are copied. */
BfLogEntry *bf_log_entry_new (BfLogKind kind, const char *actor, gint64 at_us, const char *text);
BfLogEntry *bf_log_entry_copy (const BfLogEntry *entry);
void bf_log_entry_free (BfLogEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfLogEntry, bf_log_entry_free)

void bf_log_entry_seal (BfLogEntry *entry, gint64 seq, const guint8 before[BF_LOG_DIGEST_BYTES], const guint8 salt[BF_LOG_SALT_BYTES]);
void bf_log_text_digest (const guint8 salt[BF_LOG_SALT_BYTES], const char *text, guint8 ret_digest[BF_LOG_DIGEST_BYTES]);
void bf_log_entry_digest (const BfLogEntry *entry, const guint8 before[BF_LOG_DIGEST_BYTES], guint8 ret_digest[BF_LOG_DIGEST_BYTES]);

const char *bf_log_digest_format (const guint8 digest[BF_LOG_DIGEST_BYTES], char buffer[BF_LOG_DIGEST_TEXT_BYTES]);
gboolean bf_log_digest_parse (const char *text, guint8 ret_digest[BF_LOG_DIGEST_BYTES]);

G_END_DECLS
