/* SPDX-License-Identifier: EUPL-1.2 */
/* The bytes that an entry's digest is made from: see README.md, which draws them. They are the format of what is on disk and in
 * people's hands (a head that was printed): they never change; another form gets another first word. */

#include "log/bf-log.h"

#include <nettle/sha2.h>
#include <string.h>

#define FORM "beffroi-log-1"

static const char *const kind_ids[BF_LOG_N_KINDS] = {
  [BF_LOG_TRANSITION] = "transition", [BF_LOG_ACTION] = "action",     [BF_LOG_STEP] = "step",
  [BF_LOG_SKIP] = "skip",             [BF_LOG_NOTE] = "note",         [BF_LOG_CALL] = "call",
  [BF_LOG_CALLER] = "caller",         [BF_LOG_OUTAGE] = "outage",     [BF_LOG_RECOVERY] = "recovery",
  [BF_LOG_HANDOVER] = "handover",     [BF_LOG_COUNTERSIGN] = "countersign", [BF_LOG_RULES] = "rules",
  [BF_LOG_CORRECTION] = "correction", [BF_LOG_ERASURE] = "erasure",   [BF_LOG_START] = "start",
  [BF_LOG_STOP] = "stop",
};

const char *
bf_log_kind_id (BfLogKind kind)
{
  g_return_val_if_fail (kind < BF_LOG_N_KINDS, NULL);
  return kind_ids[kind];
}

gboolean
bf_log_kind_from_id (const char *id, BfLogKind *ret_kind)
{
  for (guint i = 0; i < BF_LOG_N_KINDS; i++)
    if (strcmp (kind_ids[i], id) == 0)
      {
        *ret_kind = (BfLogKind) i;
        return TRUE;
      }
  return FALSE;
}

BfLogEntry *
bf_log_entry_new (BfLogKind kind, const char *actor, gint64 at_us, const char *text)
{
  BfLogEntry *entry = g_new0 (BfLogEntry, 1);

  g_return_val_if_fail (actor != NULL, NULL);
  entry->kind = kind;
  entry->actor = g_strdup (actor);
  entry->at_us = at_us;
  entry->text = g_strdup (text);
  entry->has_text = text != NULL;
  return entry;
}

BfLogEntry *
bf_log_entry_copy (const BfLogEntry *entry)
{
  BfLogEntry *copy = g_memdup2 (entry, sizeof *entry);

  copy->actor = g_strdup (entry->actor);
  copy->asset_id = g_strdup (entry->asset_id);
  copy->feed = g_strdup (entry->feed);
  copy->subject = g_strdup (entry->subject);
  copy->text = g_strdup (entry->text);
  return copy;
}

void
bf_log_entry_free (BfLogEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->actor);
  g_free (entry->asset_id);
  g_free (entry->feed);
  g_free (entry->subject);
  g_free (entry->text);
  g_free (entry);
}

static void
take_int64 (struct sha256_ctx *sha, gint64 value)
{
  guint64 bytes = GUINT64_TO_LE ((guint64) value);

  sha256_update (sha, sizeof bytes, (const guint8 *) &bytes);
}

static void
take_text (struct sha256_ctx *sha, const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;
  guint32 bytes = GUINT32_TO_LE (text != NULL ? (guint32) length : G_MAXUINT32);

  sha256_update (sha, sizeof bytes, (const guint8 *) &bytes);
  if (length > 0)
    sha256_update (sha, length, (const guint8 *) text);
}

/**
 * bf_log_text_digest:
 *
 * The salt stands before the text, so that a digest whose text was erased cannot be tried against guesses (a telephone number has
 * few forms).
 */
void
bf_log_text_digest (const guint8 salt[BF_LOG_SALT_BYTES], const char *text, guint8 ret_digest[BF_LOG_DIGEST_BYTES])
{
  struct sha256_ctx sha;

  sha256_init (&sha);
  sha256_update (&sha, BF_LOG_SALT_BYTES, salt);
  sha256_update (&sha, strlen (text), (const guint8 *) text);
  sha256_digest (&sha, BF_LOG_DIGEST_BYTES, ret_digest);
}

/**
 * bf_log_entry_digest:
 * @before: digest of the entry before; zeros for the first
 */
void
bf_log_entry_digest (const BfLogEntry *entry, const guint8 before[BF_LOG_DIGEST_BYTES], guint8 ret_digest[BF_LOG_DIGEST_BYTES])
{
  struct sha256_ctx sha;
  guint8 has_text = entry->has_text;

  sha256_init (&sha);
  sha256_update (&sha, strlen (FORM), (const guint8 *) FORM);
  sha256_update (&sha, BF_LOG_DIGEST_BYTES, before);
  take_int64 (&sha, entry->seq);
  take_int64 (&sha, entry->at_us);
  take_int64 (&sha, entry->alert_id);
  take_int64 (&sha, entry->event_id);
  take_int64 (&sha, entry->refers);
  take_text (&sha, kind_ids[entry->kind]);
  take_text (&sha, entry->actor);
  take_text (&sha, entry->asset_id);
  take_text (&sha, entry->feed);
  take_text (&sha, entry->subject);
  sha256_update (&sha, 1, &has_text);
  if (entry->has_text)
    sha256_update (&sha, BF_LOG_DIGEST_BYTES, entry->text_digest);
  sha256_digest (&sha, BF_LOG_DIGEST_BYTES, ret_digest);
}

/**
 * bf_log_entry_seal:
 * @before: digest of the entry @seq - 1; zeros for the first
 * @salt: random, for this entry only
 *
 * Gives an entry its place in the chain.
 */
void
bf_log_entry_seal (BfLogEntry *entry, gint64 seq, const guint8 before[BF_LOG_DIGEST_BYTES], const guint8 salt[BF_LOG_SALT_BYTES])
{
  g_return_if_fail (entry != NULL && seq >= 1 && entry->refers < seq);

  entry->seq = seq;
  entry->has_text = entry->text != NULL;
  if (entry->has_text)
    {
      memcpy (entry->salt, salt, BF_LOG_SALT_BYTES);
      bf_log_text_digest (entry->salt, entry->text, entry->text_digest);
    }
  bf_log_entry_digest (entry, before, entry->digest);
}

const char *
bf_log_digest_format (const guint8 digest[BF_LOG_DIGEST_BYTES], char buffer[BF_LOG_DIGEST_TEXT_BYTES])
{
  static const char digits[] = "0123456789abcdef";

  for (guint i = 0; i < BF_LOG_DIGEST_BYTES; i++)
    {
      buffer[2 * i] = digits[digest[i] >> 4];
      buffer[2 * i + 1] = digits[digest[i] & 15];
    }
  buffer[2 * BF_LOG_DIGEST_BYTES] = '\0';
  return buffer;
}

gboolean
bf_log_digest_parse (const char *text, guint8 ret_digest[BF_LOG_DIGEST_BYTES])
{
  guint8 digest[BF_LOG_DIGEST_BYTES];

  if (strlen (text) != 2 * BF_LOG_DIGEST_BYTES)
    return FALSE;
  for (guint i = 0; i < BF_LOG_DIGEST_BYTES; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]), low = g_ascii_xdigit_value (text[2 * i + 1]);

      if (high < 0 || low < 0)
        return FALSE;
      digest[i] = (guint8) (high << 4 | low);
    }
  memcpy (ret_digest, digest, sizeof digest);
  return TRUE;
}
