/* SPDX-License-Identifier: EUPL-1.2 */
/* Which of several CAP warnings stands. All that is said of one area and event is one thing on the map; a list may have several
 * messages of it: an alert and its update, one for today and one for tomorrow, one that another takes away. The document is read
 * twice: first every warned area becomes a candidate, then the one that stands is written, and what will stand at each time after.
 *
 * Of what is in force the greatest severity stands, of that the newest; else what begins next; else what was over last. What an Update,
 * a Cancel or an Error refers to is taken away. Bounded by BF_LIMIT_RECORDS. One thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *id;         /* of the thing */
  char *identifier; /* of the message; nullable */
  const char *unreal; /* "exercise", "test"; NULL: it is real */
  gboolean cancels; /* it only says that this is over */
  gint64 sent_us;   /* each BF_TIME_NONE when it is not said */
  gint64 begin_us;
  gint64 end_us;
  guint severity;   /* 0 unknown, 4 extreme */
  const char *words[3]; /* severity, urgency, certainty: words of CAP, NULL when they are none */

  gboolean taken_away; /* by bf_cap_choice_settle() */
  gint64 taken_us;
} BfCapCandidate;

typedef struct _BfCapChoice BfCapChoice;

BfCapChoice *bf_cap_choice_new (void);
void bf_cap_choice_free (BfCapChoice *choice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfCapChoice, bf_cap_choice_free)
gboolean bf_cap_choice_add (BfCapChoice *choice, BfCapCandidate *candidate, GError **error);
/* What @references names counts no longer, since @sent_us. */
void bf_cap_choice_take_away (BfCapChoice *choice, const char *references, gint64 sent_us);
/* When all are added. */
void bf_cap_choice_settle (BfCapChoice *choice);
/* By their order; NULL behind the last. */
BfCapCandidate *bf_cap_choice_get (const BfCapChoice *choice, guint i);
/* What stands at that time, of what has that id. */
const BfCapCandidate *bf_cap_choice_at (const BfCapChoice *choice, const char *id, gint64 at_us);
/* The next time after it at which something begins or ends; BF_TIME_NONE: none. */
gint64 bf_cap_choice_next (const BfCapChoice *choice, const char *id, gint64 at_us);
/* @ret_since_us: (out): of what is over, BF_TIME_NONE else */
const char *bf_cap_candidate_state (const BfCapCandidate *candidate, gint64 at_us, gint64 *ret_since_us);

G_END_DECLS
