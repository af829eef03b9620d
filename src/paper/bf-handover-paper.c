/* SPDX-License-Identifier: EUPL-1.2 */
/* A handover on paper: the text of its entry of the log as it was handed on, who left and who came, and the entry's digest. */

#include "paper/bf-handover-paper.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-time.h"
#include "paper/bf-log-paper.h"

/* Lines that begin with ## are headings. */
static void
add_text (BfPaper *paper, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "## "))
      bf_paper_add_heading (paper, lines[i] + 3);
    else if (lines[i][0] != '\0')
      bf_paper_add_paragraph (paper, lines[i]);
}

/**
 * bf_handover_paper_new:
 * @entry: of kind handover, of the API
 * @countersign: (nullable): the entry that countersigns it; %NULL: nobody has yet, and the line is to be signed by hand
 */
BfPaper *
bf_handover_paper_new (const char *city, BfJsonNode entry, const BfJsonNode *countersign, GTimeZone *zone)
{
  g_autofree char *at = bf_paper_moment (bf_json_member_time (entry, "at"), zone);
  g_autofree char *left = g_strdup_printf (_ ("Handed over on %s by"), at);
  g_autofree char *digest = g_strdup_printf (_ ("Entry of the log: %" PRId64 ":%s"), bf_json_member_int (entry, "seq", 0),
                                             bf_json_member_string (entry, "digest", ""));
  BfPaper *paper = bf_paper_new (_ ("Handover"), city, at);

  if (bf_json_member_int (entry, "erased_by", 0) > 0)
    bf_paper_add_paragraph (paper, _ ("The text of this handover was erased."));
  add_text (paper, bf_json_member_string (entry, "text", ""));
  bf_paper_add_signature (paper, left, bf_json_member_string (entry, "actor", ""));
  if (countersign != NULL)
    {
      g_autofree char *taken_at = bf_paper_moment (bf_json_member_time (*countersign, "at"), zone);
      g_autofree char *taken = g_strdup_printf (_ ("Taken on %s by"), taken_at);

      bf_paper_add_signature (paper, taken, bf_json_member_string (*countersign, "text", ""));
    }
  else
    bf_paper_add_signature (paper, _ ("Taken by"), NULL);
  bf_paper_add_small (paper, digest);
  return paper;
}
