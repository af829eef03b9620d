/* SPDX-License-Identifier: EUPL-1.2 */
/* Which warning stands: see bf-cap-private.h. Candidates lie in the order of the document. */

#include "formats/bf-cap-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

typedef struct
{
  GPtrArray *members; /* BfCapCandidate */
  const BfCapCandidate *best; /* at @best_us */
  gint64 best_us;
} Group;

struct _BfCapChoice
{
  GPtrArray *candidates; /* BfCapCandidate, owned */
  GHashTable *groups;    /* id -> Group */
  GHashTable *taken;     /* "identifier" -> gint64 *, since when another message has taken its place or taken it away */
};

static void
candidate_free (gpointer data)
{
  BfCapCandidate *candidate = data;

  g_free (candidate->id);
  g_free (candidate->identifier);
  g_free (candidate);
}

static void
group_free (gpointer data)
{
  Group *group = data;

  g_ptr_array_unref (group->members);
  g_free (group);
}

BfCapChoice *
bf_cap_choice_new (void)
{
  BfCapChoice *choice = g_new0 (BfCapChoice, 1);

  choice->candidates = g_ptr_array_new_with_free_func (candidate_free);
  choice->groups = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, group_free);
  choice->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return choice;
}

void
bf_cap_choice_free (BfCapChoice *choice)
{
  if (choice == NULL)
    return;
  g_hash_table_unref (choice->groups);
  g_hash_table_unref (choice->taken);
  g_ptr_array_unref (choice->candidates);
  g_free (choice);
}

/* @candidate: (transfer full) */
gboolean
bf_cap_choice_add (BfCapChoice *choice, BfCapCandidate *candidate, GError **error)
{
  Group *group = g_hash_table_lookup (choice->groups, candidate->id);

  if (choice->candidates->len >= BF_LIMIT_RECORDS)
    {
      candidate_free (candidate);
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("the payload has more than %u records"), BF_LIMIT_RECORDS);
      return FALSE;
    }
  g_ptr_array_add (choice->candidates, candidate);
  if (group == NULL)
    {
      group = g_new0 (Group, 1);
      group->members = g_ptr_array_new ();
      g_hash_table_insert (choice->groups, candidate->id, group);
    }
  g_ptr_array_add (group->members, candidate);
  return TRUE;
}

/* "sender,identifier,sent sender,identifier,sent …" */
void
bf_cap_choice_take_away (BfCapChoice *choice, const char *references, gint64 sent_us)
{
  g_auto (GStrv) parts = g_strsplit_set (references, " \t\r\n", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *first = strchr (parts[i], ',');
      char *last = strrchr (parts[i], ',');

      if (first == NULL || last <= first + 1)
        continue;
      *last = '\0';
      g_hash_table_replace (choice->taken, g_strdup (first + 1), g_memdup2 (&sent_us, sizeof sent_us));
    }
}

void
bf_cap_choice_settle (BfCapChoice *choice)
{
  for (guint i = 0; i < choice->candidates->len; i++)
    {
      BfCapCandidate *candidate = g_ptr_array_index (choice->candidates, i);
      const gint64 *since_us = candidate->identifier != NULL ? g_hash_table_lookup (choice->taken, candidate->identifier) : NULL;

      candidate->taken_away = since_us != NULL;
      candidate->taken_us = since_us != NULL ? *since_us : BF_TIME_NONE;
    }
}

BfCapCandidate *
bf_cap_choice_get (const BfCapChoice *choice, guint i)
{
  return i < choice->candidates->len ? g_ptr_array_index (choice->candidates, i) : NULL;
}

/* --- at a time ------------------------------------------------------------------------------------------------------ */

static gboolean
is_standing (const BfCapCandidate *c)
{
  return !c->cancels && !c->taken_away;
}

static gboolean
in_force (const BfCapCandidate *c, gint64 at_us)
{
  return is_standing (c) && (c->begin_us == BF_TIME_NONE || c->begin_us <= at_us) && (c->end_us == BF_TIME_NONE || at_us < c->end_us);
}

/* Of a time to come, and not over before it begins. */
static gboolean
is_planned (const BfCapCandidate *c, gint64 at_us)
{
  return is_standing (c) && c->begin_us != BF_TIME_NONE && c->begin_us > at_us && (c->end_us == BF_TIME_NONE || c->end_us > c->begin_us);
}

/* Since when it is nothing any more; BF_TIME_NONE: that is not said. */
static gint64
over_since (const BfCapCandidate *c)
{
  return c->taken_away ? c->taken_us : c->cancels ? c->sent_us : c->end_us;
}

/* 3 in force, 2 to come, 1 over */
static int
standing_at (const BfCapCandidate *c, gint64 at_us)
{
  return in_force (c, at_us) ? 3 : is_planned (c, at_us) ? 2 : 1;
}

/* Does @a go before @b at that time? In force the worst, of the same severity the newest; to come the next; over the last. */
static gboolean
goes_before (const BfCapCandidate *a, const BfCapCandidate *b, gint64 at_us)
{
  int x = standing_at (a, at_us);
  int y = standing_at (b, at_us);

  if (x != y)
    return x > y;
  if (x == 2 && a->begin_us != b->begin_us)
    return a->begin_us < b->begin_us;
  if (x == 1 && over_since (a) != over_since (b))
    return over_since (a) > over_since (b);
  if (a->severity != b->severity)
    return a->severity > b->severity;
  return a->sent_us >= b->sent_us;
}

const BfCapCandidate *
bf_cap_choice_at (const BfCapChoice *choice, const char *id, gint64 at_us)
{
  Group *group = g_hash_table_lookup (choice->groups, id);
  const BfCapCandidate *best = NULL;

  if (group->best != NULL && group->best_us == at_us)
    return group->best;
  for (guint i = 0; i < group->members->len; i++)
    {
      const BfCapCandidate *candidate = g_ptr_array_index (group->members, i);

      if (best == NULL || goes_before (candidate, best, at_us))
        best = candidate;
    }
  group->best = best;
  group->best_us = at_us;
  return best;
}

const char *
bf_cap_candidate_state (const BfCapCandidate *candidate, gint64 at_us, gint64 *ret_since_us)
{
  int standing = standing_at (candidate, at_us);

  *ret_since_us = BF_TIME_NONE;
  if (standing == 3)
    return candidate->unreal != NULL ? candidate->unreal : "actual";
  if (standing == 2)
    return candidate->unreal != NULL ? candidate->unreal : "planned";
  *ret_since_us = over_since (candidate) != BF_TIME_NONE ? MIN (over_since (candidate), at_us) : BF_TIME_NONE;
  return candidate->taken_away || candidate->cancels ? "cancelled" : "expired";
}

gint64
bf_cap_choice_next (const BfCapChoice *choice, const char *id, gint64 at_us)
{
  const Group *group = g_hash_table_lookup (choice->groups, id);
  gint64 next_us = BF_TIME_NONE;

  for (guint i = 0; i < group->members->len; i++)
    {
      const BfCapCandidate *c = g_ptr_array_index (group->members, i);
      const gint64 edges[] = { c->begin_us, c->end_us };

      for (guint j = 0; is_standing (c) && j < 2; j++)
        if (edges[j] != BF_TIME_NONE && edges[j] > at_us && (next_us == BF_TIME_NONE || edges[j] < next_us))
          next_us = edges[j];
    }
  return next_us;
}
