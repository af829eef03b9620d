/* SPDX-License-Identifier: EUPL-1.2 */
/* The log on paper: a row an entry in the order of the numbers, and at the end the head by which “beffroictl log verify” can be asked
 * years later whether what is in the file is what was printed. */

#include "paper/bf-log-paper.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "api/bf-log-words.h"
#include "base/bf-time.h"

/**
 * bf_paper_moment:
 *
 * Returns: (transfer full): "24/11/2026 04:12:07", in the order that the language has
 */
char *
bf_paper_moment (gint64 time_us, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;

  /* Translators: date and time on paper, by strftime */
  return local != NULL ? g_date_time_format (local, _ ("%Y-%m-%d %H:%M:%S")) : g_strdup ("-");
}

/**
 * bf_log_paper_new:
 * @from_us, @to_us: %BF_TIME_NONE: open
 */
BfPaper *
bf_log_paper_new (const char *city, gint64 from_us, gint64 to_us, GTimeZone *zone)
{
  g_autofree char *from = from_us != BF_TIME_NONE ? bf_paper_moment (from_us, zone) : NULL;
  g_autofree char *to = to_us != BF_TIME_NONE ? bf_paper_moment (to_us, zone) : NULL;
  g_autofree char *period = NULL;
  const BfPaperColumn columns[] = { { _ ("No."), 7 }, { _ ("When"), 14 }, { _ ("What"), 14 }, { _ ("Who"), 11 }, { _ ("About"), 20 }, { _ ("Text"), 42 } };
  BfPaper *paper;

  if (from != NULL && to != NULL)
    period = g_strdup_printf (_ ("From %s to %s"), from, to);
  else if (from != NULL)
    period = g_strdup_printf (_ ("From %s on"), from);
  else if (to != NULL)
    period = g_strdup_printf (_ ("Up to %s"), to);
  else
    period = g_strdup (_ ("From its first entry"));
  paper = bf_paper_new (_ ("Log"), city, period);
  bf_paper_begin_table (paper, columns, G_N_ELEMENTS (columns));
  return paper;
}

void
bf_log_paper_add (BfPaper *paper, BfJsonNode entry, GTimeZone *zone)
{
  g_autofree char *seq = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (entry, "seq", 0));
  g_autofree char *at = bf_paper_moment (bf_json_member_time (entry, "at"), zone);
  g_autofree char *about = bf_log_about (entry);
  g_autofree char *text = bf_log_words (entry);
  const char *actor = bf_json_member_string (entry, "actor", "");
  const char *cells[] = { seq, at, bf_log_what (entry), g_str_equal (actor, "engine") ? _ ("engine") : actor, about, text };

  bf_paper_add_row (paper, cells);
}

/**
 * bf_log_paper_end:
 * @head_seq, @head_digest: of the whole log at that moment
 */
void
bf_log_paper_end (BfPaper *paper, guint64 n_entries, gint64 head_seq, const char *head_digest, gint64 now_us, GTimeZone *zone)
{
  g_autofree char *at = bf_paper_moment (now_us, zone);
  g_autofree char *count = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%" PRIu64 " entry, printed %s (%s).", "%" PRIu64 " entries, printed %s (%s).", (gulong) n_entries),
                                            n_entries, at, g_time_zone_get_identifier (zone));
  g_autofree char *head = g_strdup_printf (_ ("Head of the log: %" PRId64 ":%s"), head_seq, head_digest);

  bf_paper_add_paragraph (paper, count);
  bf_paper_add_small (paper, head);
  bf_paper_add_small (paper, _ ("Each entry carries a digest of itself and of the one before. To check later that nothing up to here was changed, "
                                "removed or inserted: “beffroictl log verify” with the head above."));
}
