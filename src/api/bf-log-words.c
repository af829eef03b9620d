/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-log-words.h. Ids are the API's; one that is not known here is shown as it is, never left out. */

#include "api/bf-log-words.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

/* An action or a transition is named by its subject, all else by its kind. */
static const struct
{
  const char *id;
  const char *word;
} words[] = {
  { "raise", N_ ("raised") },
  { "clear", N_ ("condition gone") },
  { "acknowledge", N_ ("acknowledged") },
  { "expire", N_ ("acknowledgement ended") },
  { "comment", N_ ("comment") },
  { "worsen", N_ ("worse") },
  { "reset", N_ ("reset") },
  { "shelve", N_ ("shelved") },
  { "shelve_once", N_ ("shelved until it clears") },
  { "unshelve", N_ ("taken off the shelf") },
  { "shelf_ending", N_ ("the shelf is about to end") },
  { "shelf_ended", N_ ("the shelf has ended") },
  { "suppress", N_ ("suppressed, cause known") },
  { "unsuppress", N_ ("no longer suppressed") },
  { "out_of_service", N_ ("taken out of service") },
  { "return_to_service", N_ ("put back in service") },
  { "damp", N_ ("chatters: damped") },
  { "undamp", N_ ("quiet again") },
  { "clock", N_ ("the clock was set") },
  { "pause", N_ ("feed stopped") },
  { "resume", N_ ("feed resumed") },
  { "step", N_ ("step done") },
  { "skip", N_ ("step left out") },
  { "note", N_ ("note") },
  { "call", N_ ("call") },
  { "caller", N_ ("caller") },
  { "outage", N_ ("feed fails") },
  { "recovery", N_ ("feed is back") },
  { "handover", N_ ("handover") },
  { "countersign", N_ ("handover taken") },
  { "rules", N_ ("rules changed") },
  { "correction", N_ ("correction") },
  { "erasure", N_ ("erasure") },
  { "start", N_ ("engine started") },
  { "stop", N_ ("engine ended") },
};

/**
 * bf_log_what:
 *
 * Returns: (transfer none): what happened, in a word or two; lives as long as @entry
 */
const char *
bf_log_what (BfJsonNode entry)
{
  const char *kind = bf_json_member_string (entry, "kind", ""), *id = kind;

  if (strcmp (kind, "transition") == 0 || strcmp (kind, "action") == 0)
    id = bf_json_member_string (entry, "subject", kind);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i].id, id) == 0)
      return _ (words[i].word);
  return id;
}

static void
add_part (GString *text, const char *part)
{
  if (part != NULL && part[0] != '\0')
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", part);
}

/**
 * bf_log_about:
 *
 * Returns: (transfer full): asset and address, feed, file; "" when it is about nothing
 */
char *
bf_log_about (BfJsonNode entry)
{
  const char *kind = bf_json_member_string (entry, "kind", "");
  g_autoptr (GString) text = g_string_new (NULL);

  add_part (text, bf_json_member_string (entry, "asset_name", bf_json_member_string (entry, "asset", NULL)));
  add_part (text, bf_json_member_string (entry, "address", NULL));
  add_part (text, bf_json_member_string (entry, "feed", NULL));
  if (strcmp (kind, "transition") != 0 && strcmp (kind, "action") != 0 && strcmp (kind, "outage") != 0 && strcmp (kind, "recovery") != 0)
    add_part (text, bf_json_member_string (entry, "subject", NULL));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * bf_log_words:
 *
 * Returns: (transfer full): its text, what it refers to, and what became of it
 */
char *
bf_log_words (BfJsonNode entry)
{
  gint64 refers = bf_json_member_int (entry, "refers", 0), corrected = bf_json_member_int (entry, "corrected_by", 0);
  gint64 erased = bf_json_member_int (entry, "erased_by", 0);
  GString *text = g_string_new (NULL);

  if (refers > 0)
    g_string_append_printf (text, _ ("Of no. %" PRId64 ": "), refers);
  if (erased > 0)
    g_string_append_printf (text, _ ("[text erased, see no. %" PRId64 "]"), erased);
  else
    g_string_append (text, bf_json_member_string (entry, "text", ""));
  if (corrected > 0)
    g_string_append_printf (text, _ (" [corrected by no. %" PRId64 "]"), corrected);
  return g_string_free (text, FALSE);
}
