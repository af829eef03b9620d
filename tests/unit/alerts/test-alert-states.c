/* SPDX-License-Identifier: EUPL-1.2 */
/* The book over long random sequences of everything at once (conditions, persons, causes by design, works, latches, shelves, what is
 * out of service, chattering, time, a clock that is set back, restarts), beside an oracle that was written without the table: it
 * knows no four states but what is so: active, owed to a person, acknowledged, held. What must always hold:
 *
 *   - what a person was told of stays until somebody acknowledges it;
 *   - a shelf ends, and is never longer than its maximum;
 *   - a restart changes nothing: the same sequence with and without its restarts leads to the same events;
 *   - events folded over the table lead to the alert: replay equals live;
 *   - each act of a person that was taken is one event of his, each that was refused is none, and what another has done since what
 *     was seen is a refusal.
 *
 * A sequence that fails is shrunk by leaving out actions as long as it still fails; the rest is shown, ready to be put in `found[]`. */

#include <string.h>

#include "alerts/bf-alert-book.h"
#include "base/bf-error.h"
#include "base/bf-time.h"

#define S G_TIME_SPAN_SECOND
#define T0 (1700000000 * S)
#define N_RULES 2
#define N_ASSETS 2
#define N_CAUSES 2
#define SEQUENCE 40
#define HOUR (3600 * S)
#define CHATTER_N 3u
#define WITHIN (60 * S)
#define QUIET (120 * S)
#define WARN (20 * S)
#define USUAL (90 * S)

static const gint64 shelve_max_us[BF_N_PRIORITIES] = { 400 * S, 300 * S, 200 * S, 100 * S };
static const char *const rule_ids[N_RULES] = { "plain", "latching" };
static const char *const asset_ids[N_ASSETS] = { "a", "b" };
static const char *const people[] = { "ada", "bob" };
static const char *const cause_ids[N_CAUSES] = { "rule/burst", "works/1" };

enum
{
  RAISE,
  CLEAR,
  ACKNOWLEDGE,
  COMMENT,
  SHELVE,
  SHELVE_ONCE,
  UNSHELVE,
  RESET,
  SUPPRESS,
  UNSUPPRESS,
  WORKS, /* begin or end on an asset: what is raised meanwhile is born suppressed */
  OUT,
  BACK,
  TIME,
  CLOCK_BACK,
  RESTART,
  N_WHAT,
};

static const char *const what_names[N_WHAT] = { "RAISE", "CLEAR",      "ACKNOWLEDGE", "COMMENT", "SHELVE", "SHELVE_ONCE", "UNSHELVE", "RESET",
                                                "SUPPRESS", "UNSUPPRESS", "WORKS",    "OUT",     "BACK",   "TIME",        "CLOCK_BACK", "RESTART" };

/* In a hundred and twenty-eight. */
static const guint8 weights[N_WHAT] = { 26, 20, 12, 3, 8, 5, 5, 6, 5, 5, 3, 4, 4, 16, 2, 4 };

typedef struct
{
  guint8 what;
  guint8 rule;
  guint8 asset;
  guint8 more;
} Action;

/* ---- The oracle ---- */

typedef struct
{
  gint64 at_us;
  enum
  {
    A_CLEAR,
    A_RAISE,
    A_WORSE,
  } kind;
  int priority;
} Moment;

typedef struct
{
  Moment moments[4 * SEQUENCE]; /* since it was last forgotten */
  guint n;
  gboolean damped;
  int worst; /* since it is damped */
  gint64 last_us;
  gboolean works;
  gboolean out;        /* a record for the whole asset */
  gint64 out_until_us; /* BF_TIME_NONE: no planned end */
} Place;

typedef struct
{
  gboolean active;
  gboolean owed; /* a person was told, and nobody has acknowledged since */
  gboolean acknowledged;
  int owner;
  gint64 acknowledged_until_us;
  int priority;
  gboolean latched;
  gboolean shelved, once, warned;
  int shelf_owner;
  gint64 shelf_since_us, shelf_until_us;
  gboolean caused[N_CAUSES];
  gboolean damped;
  guint n_told;
} Case;

typedef struct
{
  gint64 id, alert_id;
  int actor; /* -1: the engine */
  BfAlertInput input;
  gboolean annunciated;
  BfAlertPast past;
} Logged;

typedef struct
{
  BfAlertBook *book;
  gint64 now_us;
  gint64 next_alert, next_event, next_out;
  GArray *log;    /* Logged */
  GString *heard; /* one line an event */
  GPtrArray *outs;
  GHashTable *priorities; /* alert id -> as it is now: what the store knows of its past */
  GHashTable *replayed; /* alert id -> state and flags, plus one */
  Case cases[N_RULES][N_ASSETS];
  Place places[N_ASSETS];
  guint n_told[N_RULES][N_ASSETS];
  gboolean restarts; /* else they are left out */
  const char *broken;
} Desk;

static void
holds (Desk *desk, gboolean good, const char *what)
{
  if (!good && desk->broken == NULL)
    desk->broken = what;
}

static gboolean
is_hidden (const Case *c, const Place *p)
{
  return c->shelved || c->caused[0] || c->caused[1] || p->out;
}

static gboolean
is_open (const Case *c)
{
  return c->active || c->owed || c->latched || c->shelved || c->damped;
}

static void
tell (Case *c)
{
  c->owed = TRUE;
  c->n_told++;
}

/* Something that kept it from a person went. */
static void
uncover (Case *c, const Place *p, gboolean was_hidden)
{
  if (was_hidden && !is_hidden (c, p) && !c->damped && c->active && !c->acknowledged)
    tell (c);
}

static void
close_if_over (Case *c)
{
  guint n_told = c->n_told;

  if (!is_open (c))
    {
      memset (c, 0, sizeof *c);
      c->n_told = n_told;
    }
}

static void
drop_shelf (Case *c)
{
  c->shelved = c->once = c->warned = FALSE;
}

static void
add_moment (Place *p, gint64 now_us, int kind, int priority)
{
  p->moments[p->n++] = (Moment){ now_us, kind, priority };
  p->worst = MAX (p->worst, priority);
  if (kind != A_WORSE)
    p->last_us = now_us;
}

/* Looks at the last minute from its beginning: how many runs of raises there were, and the worst. */
static gboolean
raise_is_damped (Place *p, gint64 now_us, int priority)
{
  gboolean cleared = FALSE;
  guint n_runs = 0;
  int worst = -1;

  for (guint i = 0; i < p->n; i++)
    {
      const Moment *m = &p->moments[i];

      if (now_us - m->at_us >= WITHIN)
        continue;
      if (m->kind == A_CLEAR)
        cleared = TRUE;
      else
        worst = MAX (worst, m->priority);
      if (m->kind == A_RAISE)
        {
          n_runs += n_runs == 0 || cleared;
          cleared = FALSE;
        }
    }
  n_runs += n_runs == 0 || cleared;
  if (p->damped)
    worst = p->worst;
  add_moment (p, now_us, A_RAISE, priority);
  if (priority > worst)
    return FALSE;
  if (n_runs >= CHATTER_N && !p->damped)
    {
      p->damped = TRUE;
      p->worst = worst;
    }
  return p->damped;
}

static void
expect_raise (Case *c, Place *p, guint rule, int priority, gint64 now_us)
{
  gboolean was_open = is_open (c);
  gboolean worse = was_open && priority > c->priority;

  if (c->active && !worse)
    return;
  if (!c->active)
    {
      gboolean damped = raise_is_damped (p, now_us, was_open ? MAX (priority, c->priority) : priority);

      c->damped = c->damped || damped;
      c->latched = c->latched || rule == 1;
      if (!was_open)
        c->caused[1] = p->works;
    }
  else
    add_moment (p, now_us, A_WORSE, priority);
  c->active = TRUE;
  c->acknowledged = FALSE;
  c->priority = was_open ? MAX (c->priority, priority) : priority;
  if (worse)
    drop_shelf (c);
  if (!is_hidden (c, p) && (worse || !c->damped))
    tell (c);
}

static void
expect_clear (Case *c, Place *p, gint64 now_us)
{
  if (!c->active)
    return;
  add_moment (p, now_us, A_CLEAR, 0);
  c->active = FALSE;
  if (c->once)
    drop_shelf (c);
  close_if_over (c);
}

static gboolean
expect_acknowledge (Case *c, int who, gint64 until_us)
{
  if (!(c->active || c->owed) || (c->active && c->acknowledged && c->owner != who))
    return FALSE;
  c->owed = FALSE;
  c->acknowledged = TRUE;
  c->owner = who;
  c->acknowledged_until_us = until_us;
  close_if_over (c);
  return TRUE;
}

static gboolean
expect_shelve (Case *c, int who, gboolean once, gint64 length_us, gint64 now_us)
{
  if (!is_open (c) || (c->shelved && c->shelf_owner != who) || length_us > shelve_max_us[c->priority] || (once && !c->active))
    return FALSE;
  c->shelved = TRUE;
  c->once = once;
  c->warned = FALSE;
  c->shelf_owner = who;
  c->shelf_since_us = now_us;
  c->shelf_until_us = now_us + (length_us > 0 ? length_us : MIN (USUAL, shelve_max_us[c->priority]));
  return TRUE;
}

static void
end_shelf (Case *c, const Place *p)
{
  gboolean was_hidden = is_hidden (c, p);

  drop_shelf (c);
  uncover (c, p, was_hidden);
  close_if_over (c);
}

static gint64
warn_at (const Case *c)
{
  return c->shelf_until_us - MIN (WARN, (c->shelf_until_us - c->shelf_since_us) / 4);
}

static void
expect_time (Desk *desk)
{
  for (guint a = 0; a < N_ASSETS; a++)
    {
      Place *p = &desk->places[a];
      gboolean back = p->out && p->out_until_us != BF_TIME_NONE && p->out_until_us <= desk->now_us;
      gboolean quiet = p->damped && p->last_us + QUIET <= desk->now_us;

      for (guint r = 0; r < N_RULES; r++)
        {
          Case *c = &desk->cases[r][a];
          gboolean was_hidden;

          /* In the order in which they come due; what comes of it is the same but for how often it is told. */
          if (c->active && c->acknowledged && c->acknowledged_until_us != BF_TIME_NONE && c->acknowledged_until_us <= desk->now_us)
            {
              c->acknowledged = FALSE;
              if (!is_hidden (c, p) && !c->damped)
                tell (c);
            }
          if (c->shelved && warn_at (c) <= desk->now_us && c->shelf_until_us > desk->now_us)
            c->warned = TRUE;
          if (c->shelved && c->shelf_until_us <= desk->now_us)
            end_shelf (c, p);
          if (quiet && c->damped)
            {
              was_hidden = is_hidden (c, p) || c->damped;
              c->damped = FALSE;
              uncover (c, p, was_hidden);
              close_if_over (c);
            }
        }
      if (quiet)
        {
          p->damped = FALSE;
          p->n = 0;
        }
      if (back)
        {
          p->out = FALSE;
          for (guint r = 0; r < N_RULES; r++)
            uncover (&desk->cases[r][a], p, TRUE);
        }
    }
}

static void
expect_clock (Desk *desk, gint64 step_us)
{
  for (guint a = 0; a < N_ASSETS; a++)
    {
      Place *p = &desk->places[a];

      /* What is damped stays so; the rest is forgotten. */
      p->n = 0;
      p->last_us += step_us;
      for (guint r = 0; r < N_RULES; r++)
        if (desk->cases[r][a].shelved)
          {
            desk->cases[r][a].shelf_since_us += step_us;
            desk->cases[r][a].shelf_until_us += step_us;
          }
    }
}

/* ---- The book ---- */

static gint64
new_alert_id_cb (gpointer user_data)
{
  return ++((Desk *) user_data)->next_alert;
}

static gint64
new_event_id_cb (gpointer user_data)
{
  return ++((Desk *) user_data)->next_event;
}

static gint64
new_out_id_cb (gpointer user_data)
{
  return ++((Desk *) user_data)->next_out;
}

static guint
index_of (const char *const *ids, guint n, const char *id)
{
  for (guint i = 0; i < n; i++)
    if (g_str_equal (ids[i], id))
      return i;
  return G_MAXUINT;
}

/* Every event is what the table says of the one before. */
static void
changed_cb (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event)
{
  Desk *desk = user_data;
  gpointer key = GINT_TO_POINTER ((int) alert->id);
  guint both = GPOINTER_TO_UINT (g_hash_table_lookup (desk->replayed, key));
  BfAlertMode before = { (both - 1) % 4, (both - 1) / 4 };
  BfAlertMode after = { 0 };
  gboolean annunciated = FALSE;
  guint a = index_of (asset_ids, N_ASSETS, alert->asset_id);
  Logged logged = { event->id, alert->id, (int) index_of (people, 2, event->actor), event->input, event->annunciated,
                    { asset_ids[a], alert->priority, event->input, event->to_flags, event->at_us, event->until_us } };

  /* An alert is born with flags; a rule that latches latches anew. */
  if (both == 0)
    before = (BfAlertMode){ event->from, event->from_flags };
  if (event->input == BF_ALERT_INPUT_RAISE || event->input == BF_ALERT_INPUT_WORSEN)
    before.flags |= event->from_flags & BF_ALERT_LATCHED;
  holds (desk, before.state == event->from && before.flags == event->from_flags, "an event begins where the one before ended");
  holds (desk, bf_alert_next (&before, event->input, &after, &annunciated, NULL) && after.state == event->to && after.flags == event->to_flags
                 && annunciated == event->annunciated && alert->state == event->to && alert->flags == event->to_flags,
         "replay equals live");
  holds (desk, !(event->from_flags & BF_ALERT_ANNOUNCED) || (event->to_flags & BF_ALERT_ANNOUNCED) || event->input == BF_ALERT_INPUT_ACKNOWLEDGE,
         "only an acknowledgement ends what a person was told");
  holds (desk, desk->log->len == 0 || event->id > g_array_index (desk->log, Logged, desk->log->len - 1).id, "event ids grow");
  if (event->input == BF_ALERT_INPUT_WORSEN && (event->from == BF_ALERT_NORMAL || event->from == BF_ALERT_RETURNED))
    logged.past.input = BF_ALERT_INPUT_RAISE;
  g_array_append_val (desk->log, logged);
  desk->n_told[index_of (rule_ids, N_RULES, alert->rule_id)][a] += event->annunciated;
  g_hash_table_insert (desk->priorities, key, GUINT_TO_POINTER (alert->priority));
  g_hash_table_insert (desk->replayed, key, GUINT_TO_POINTER (event->to + event->to_flags * 4 + 1));
  g_string_append_printf (desk->heard, "%d %s %s %d %x->%d %x%s\n", (int) alert->id, event->actor, bf_alert_input_id (event->input), (int) event->from,
                          event->from_flags, (int) event->to, event->to_flags, event->annunciated ? " told" : "");
}

static void
out_changed_cb (gpointer user_data, const BfAlertOut *out)
{
  Desk *desk = user_data;

  for (guint i = 0; i < desk->outs->len; i++)
    if (((const BfAlertOut *) desk->outs->pdata[i])->id == out->id)
      {
        g_ptr_array_remove_index (desk->outs, i);
        break;
      }
  if (out->ended_us == BF_TIME_NONE)
    g_ptr_array_add (desk->outs, bf_alert_out_copy (out));
}

static GPtrArray *
causes_cb (gpointer user_data, const char *rule_id, const char *asset_id, gint64 now_us)
{
  Desk *desk = user_data;
  GPtrArray *causes;

  if (!desk->places[index_of (asset_ids, N_ASSETS, asset_id)].works)
    return NULL;
  causes = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_alert_cause_free);
  g_ptr_array_add (causes, bf_alert_cause_new (cause_ids[1], "works", now_us, BF_TIME_NONE));
  return causes;
}

static BfAlertBook *
new_book (Desk *desk)
{
  static const BfAlertBookHandler handler = { new_alert_id_cb, new_event_id_cb, changed_cb, new_out_id_cb, out_changed_cb, causes_cb };
  BfAlertPolicy policy = { .shelve_usual_us = USUAL, .warn_us = WARN, .chatter_n = CHATTER_N, .chatter_within_us = WITHIN,
                           .chatter_quiet_us = QUIET, .review_us = HOUR };
  BfAlertBook *book = bf_alert_book_new (&handler, desk);

  memcpy (policy.shelve_max_us, shelve_max_us, sizeof shelve_max_us);
  bf_alert_book_set_policy (book, &policy);
  return book;
}

static void
desk_open (Desk *desk, gboolean restarts)
{
  memset (desk, 0, sizeof *desk);
  desk->restarts = restarts;
  desk->now_us = T0;
  desk->log = g_array_new (FALSE, FALSE, sizeof (Logged));
  desk->heard = g_string_new (NULL);
  desk->outs = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_alert_out_free);
  desk->replayed = g_hash_table_new (NULL, NULL);
  desk->priorities = g_hash_table_new (NULL, NULL);
  desk->book = new_book (desk);
}

static void
desk_close (Desk *desk)
{
  bf_alert_book_free (desk->book);
  g_array_unref (desk->log);
  g_string_free (desk->heard, TRUE);
  g_ptr_array_unref (desk->outs);
  g_hash_table_unref (desk->replayed);
  g_hash_table_unref (desk->priorities);
}

/* As the engine does: what the store has, and nothing else. */
static void
restart (Desk *desk)
{
  BfAlertBook *after = new_book (desk);
  g_autoptr (GPtrArray) list = bf_alert_book_list (desk->book);
  gint64 next_us = bf_alert_book_next_us (desk->book);
  guint n_events = desk->log->len;
  gint64 from_us;

  for (guint i = 0; i < desk->outs->len; i++)
    bf_alert_book_restore_out (after, bf_alert_out_copy (desk->outs->pdata[i]));
  for (guint i = 0; i < list->len; i++)
    bf_alert_book_restore (after, bf_alert_copy (g_ptr_array_index (list, i)), desk->now_us);
  from_us = bf_alert_book_past_us (after, desk->now_us);
  for (guint i = 0; i < desk->log->len; i++)
    {
      const Logged *logged = &g_array_index (desk->log, Logged, i);
      BfAlertPast past = logged->past;

      past.priority = (BfPriority) GPOINTER_TO_UINT (g_hash_table_lookup (desk->priorities, GINT_TO_POINTER ((int) logged->alert_id)));
      if (past.at_us >= from_us)
        bf_alert_book_restore_past (after, &past);
    }
  bf_alert_book_settle (after, desk->now_us);
  holds (desk, bf_alert_book_n (after) == list->len, "a restart loses nothing");
  holds (desk, bf_alert_book_next_us (after) == next_us, "a restart keeps the timers");
  holds (desk, desk->log->len == n_events, "a restart tells nothing");
  bf_alert_book_free (desk->book);
  desk->book = after;
}

/* ---- Actions ---- */

/* An event of the past that a person may have seen; 0: says nothing of it. */
static gint64
seen_of (const BfAlert *alert, guint8 more)
{
  return (more & 0x60) == 0 ? MAX (0, alert->last_event_id - (more & 3)) : 0;
}

/* What somebody else has done since, or that it was told again. */
static gboolean
expect_conflict (const Desk *desk, gint64 alert_id, gint64 seen_id, int who, BfAlertInput input)
{
  for (guint i = 0; seen_id > 0 && i < desk->log->len; i++)
    {
      const Logged *logged = &g_array_index (desk->log, Logged, i);

      if (logged->alert_id != alert_id || logged->id <= seen_id)
        continue;
      if (logged->actor >= 0 && logged->actor != who && logged->input != BF_ALERT_INPUT_COMMENT)
        {
          /* Only the last one counts: who acted last himself has seen what was before. */
          gboolean last = TRUE;

          for (guint j = i + 1; j < desk->log->len; j++)
            {
              const Logged *later = &g_array_index (desk->log, Logged, j);

              if (later->alert_id == alert_id && later->actor == who && later->input != BF_ALERT_INPUT_COMMENT)
                last = FALSE;
            }
          if (last)
            return TRUE;
        }
      if (logged->annunciated && input != BF_ALERT_INPUT_RESET && input != BF_ALERT_INPUT_UNSHELVE)
        return TRUE;
    }
  return FALSE;
}

static const BfAlertInput inputs[N_WHAT] = { [ACKNOWLEDGE] = BF_ALERT_INPUT_ACKNOWLEDGE, [COMMENT] = BF_ALERT_INPUT_COMMENT,
                                             [SHELVE] = BF_ALERT_INPUT_SHELVE,           [SHELVE_ONCE] = BF_ALERT_INPUT_SHELVE_ONCE,
                                             [UNSHELVE] = BF_ALERT_INPUT_UNSHELVE,       [RESET] = BF_ALERT_INPUT_RESET };

static gboolean
expect_act (Desk *desk, const Action *action, int who, gint64 length_us, gint64 until_us)
{
  Case *c = &desk->cases[action->rule][action->asset];
  const Place *p = &desk->places[action->asset];

  switch (action->what)
    {
    case ACKNOWLEDGE:
      return expect_acknowledge (c, who, until_us);
    case COMMENT:
      return is_open (c);
    case SHELVE:
    case SHELVE_ONCE:
      return expect_shelve (c, who, action->what == SHELVE_ONCE, length_us, desk->now_us);
    case UNSHELVE:
      if (!c->shelved)
        return FALSE;
      end_shelf (c, p);
      return TRUE;
    default:
      if (!c->latched || c->active || c->owed)
        return FALSE;
      c->latched = FALSE;
      close_if_over (c);
      return TRUE;
    }
}

/* A person does something; an act without a reason or an alert is tried too. */
static void
person (Desk *desk, const Action *action)
{
  const BfAlert *alert = bf_alert_book_find (desk->book, rule_ids[action->rule], asset_ids[action->asset]);
  int who = action->more & 1;
  gint64 id = alert != NULL ? alert->id : desk->next_alert + 1;
  gint64 length_us = action->more & 8 ? (action->more >> 1) * 4 * S : 0;
  BfAlertAct act = { people[who], action->more & 0x10 && action->what != SHELVE ? "why" : NULL, BF_TIME_NONE, 0 };
  gboolean shelves = action->what == SHELVE || action->what == SHELVE_ONCE;
  guint n_before = desk->log->len;
  const Logged *last;
  gboolean expected, done;

  if (shelves || action->what == COMMENT)
    act.comment = (action->more & 0x70) == 0x70 ? NULL : "why";
  if (length_us > 0 && (shelves || action->what == ACKNOWLEDGE))
    act.until_us = desk->now_us + length_us;
  if (alert != NULL)
    act.seen_id = seen_of (alert, action->more);
  expected = alert != NULL && !((shelves || action->what == COMMENT) && act.comment == NULL)
             && (action->what == COMMENT || !expect_conflict (desk, id, act.seen_id, who, inputs[action->what]))
             && expect_act (desk, action, who, length_us, act.until_us);
  done = bf_alert_book_act (desk->book, id, inputs[action->what], &act, desk->now_us, NULL);
  holds (desk, done == expected, expected ? "an act that is right is taken" : "an act that is not right is refused");
  holds (desk, desk->log->len == n_before + done, "an act that is taken is one event, one that is refused none");
  last = done ? &g_array_index (desk->log, Logged, desk->log->len - 1) : NULL;
  holds (desk, last == NULL || (last->actor == who && last->input == inputs[action->what] && last->alert_id == id), "the event is the person's");
}

static void
suppress (Desk *desk, const Action *action)
{
  Case *c = &desk->cases[action->rule][action->asset];
  guint k = action->what == SUPPRESS ? 0 : action->more % N_CAUSES;
  gboolean was_hidden = is_hidden (c, &desk->places[action->asset]);

  if (action->what == SUPPRESS)
    {
      g_autoptr (BfAlertCause) cause = bf_alert_cause_new (cause_ids[k], "burst", desk->now_us, BF_TIME_NONE);

      c->caused[k] = is_open (c);
      bf_alert_book_suppress (desk->book, rule_ids[action->rule], asset_ids[action->asset], cause, desk->now_us);
      return;
    }
  c->caused[k] = FALSE;
  uncover (c, &desk->places[action->asset], was_hidden);
  bf_alert_book_unsuppress (desk->book, rule_ids[action->rule], asset_ids[action->asset], cause_ids[k], desk->now_us);
}

/* Works begin, and what is open is suppressed; they end. */
static void
works (Desk *desk, const Action *action)
{
  Place *p = &desk->places[action->asset];
  g_autoptr (BfAlertCause) cause = bf_alert_cause_new (cause_ids[1], "works", desk->now_us, BF_TIME_NONE);

  p->works = !p->works;
  for (guint r = 0; r < N_RULES; r++)
    {
      Case *c = &desk->cases[r][action->asset];
      gboolean was_hidden = is_hidden (c, p);

      c->caused[1] = p->works && is_open (c);
      if (p->works)
        bf_alert_book_suppress (desk->book, rule_ids[r], asset_ids[action->asset], cause, desk->now_us);
      else
        {
          uncover (c, p, was_hidden);
          bf_alert_book_unsuppress (desk->book, rule_ids[r], asset_ids[action->asset], "works/", desk->now_us);
        }
    }
}

static void
take_out (Desk *desk, const Action *action)
{
  Place *p = &desk->places[action->asset];
  gint64 until_us = action->more & 2 ? desk->now_us + (action->more + 1) * S : BF_TIME_NONE;
  BfAlertAct act = { people[action->more & 1], "removed", until_us, 0 };
  gint64 id = bf_alert_book_take_out (desk->book, NULL, asset_ids[action->asset], &act, BF_TIME_NONE, desk->now_us, NULL);

  holds (desk, (id != 0) == !p->out, "what is out of service is so once");
  if (!p->out)
    p->out_until_us = until_us;
  p->out = TRUE;
}

static void
put_back (Desk *desk, const Action *action)
{
  Place *p = &desk->places[action->asset];
  const BfAlertOut *out = bf_alert_book_find_out (desk->book, NULL, asset_ids[action->asset]);
  BfAlertAct act = { people[action->more & 1], NULL, BF_TIME_NONE, 0 };

  holds (desk, (out != NULL) == p->out, "a record is there while it is out of service");
  if (out == NULL)
    return;
  p->out = FALSE;
  for (guint r = 0; r < N_RULES; r++)
    uncover (&desk->cases[r][action->asset], p, TRUE);
  holds (desk, bf_alert_book_put_back (desk->book, out->id, &act, desk->now_us, NULL), "it can be put back");
}

/* Time goes second by second where something is due, as the engine's timer does. */
static void
pass_time (Desk *desk, gint64 until_us)
{
  gint64 next_us;

  while ((next_us = bf_alert_book_next_us (desk->book)) != BF_TIME_NONE && next_us <= until_us && desk->broken == NULL)
    {
      desk->now_us = MAX (desk->now_us, next_us);
      expect_time (desk);
      bf_alert_book_run (desk->book, desk->now_us);
    }
  desk->now_us = until_us;
  expect_time (desk);
  bf_alert_book_run (desk->book, desk->now_us);
}

static void
act (Desk *desk, const Action *action)
{
  const char *rule = rule_ids[action->rule];
  const char *asset = asset_ids[action->asset];
  BfAlert draft = { .rule_id = (char *) rule, .asset_id = (char *) asset, .priority = (BfPriority) (action->more % 4), .latches = action->rule == 1 };

  pass_time (desk, desk->now_us + S);
  switch (action->what)
    {
    case RAISE:
      expect_raise (&desk->cases[action->rule][action->asset], &desk->places[action->asset], action->rule, (int) draft.priority, desk->now_us);
      bf_alert_book_raise (desk->book, &draft, desk->now_us);
      break;
    case CLEAR:
      expect_clear (&desk->cases[action->rule][action->asset], &desk->places[action->asset], desk->now_us);
      bf_alert_book_clear (desk->book, rule, asset, NULL, desk->now_us);
      break;
    case SUPPRESS:
    case UNSUPPRESS:
      suppress (desk, action);
      break;
    case WORKS:
      works (desk, action);
      break;
    case OUT:
      take_out (desk, action);
      break;
    case BACK:
      put_back (desk, action);
      break;
    case TIME:
      pass_time (desk, desk->now_us + action->more * S);
      break;
    case CLOCK_BACK:
      desk->now_us -= HOUR;
      expect_clock (desk, -HOUR);
      bf_alert_book_step_time (desk->book, desk->now_us, -HOUR);
      break;
    case RESTART:
      if (desk->restarts)
        restart (desk);
      break;
    default:
      person (desk, action);
      break;
    }
}

/* ---- What must hold ---- */

static void
check_shelf (Desk *desk, const BfAlert *alert, const Case *c)
{
  if (!c->shelved)
    return;
  holds (desk, alert->shelf.until_us == c->shelf_until_us && alert->shelf.since_us == c->shelf_since_us, "a shelf has its end");
  holds (desk, alert->shelf.until_us - alert->shelf.since_us <= shelve_max_us[alert->priority], "a shelf is bounded");
  holds (desk, alert->shelf.until_us > desk->now_us && alert->shelf.since_us <= desk->now_us, "a shelf ends");
  holds (desk, g_str_equal (alert->shelf.by, people[c->shelf_owner]) && g_str_equal (alert->shelf.reason, "why"), "a shelf has owner and reason");
}

static guint
flags_of (const Case *c, const Place *p)
{
  return (c->latched ? BF_ALERT_LATCHED : 0) | (c->shelved ? BF_ALERT_SHELVED : 0) | (c->once ? BF_ALERT_ONE_SHOT : 0)
         | (c->warned ? BF_ALERT_SHELF_ENDING : 0) | (c->caused[0] || c->caused[1] ? BF_ALERT_SUPPRESSED : 0)
         | (p->out ? BF_ALERT_OUT_OF_SERVICE : 0) | (c->damped ? BF_ALERT_DAMPED : 0) | (c->owed ? BF_ALERT_ANNOUNCED : 0);
}

static void
check (Desk *desk)
{
  guint n_open = 0;

  for (guint r = 0; r < N_RULES; r++)
    for (guint a = 0; a < N_ASSETS; a++)
      {
        const Case *c = &desk->cases[r][a];
        const BfAlert *alert = bf_alert_book_find (desk->book, rule_ids[r], asset_ids[a]);
        BfAlertState state = c->active ? c->acknowledged ? BF_ALERT_ACKNOWLEDGED : BF_ALERT_UNACKNOWLEDGED
                             : c->owed ? BF_ALERT_RETURNED
                                       : BF_ALERT_NORMAL;

        n_open += is_open (c);
        holds (desk, desk->n_told[r][a] == c->n_told, "a person is told as often as he should be");
        holds (desk, (alert != NULL) == is_open (c), "an annunciated alert is never lost, and an alert that is over is gone");
        if (alert == NULL || !is_open (c))
          continue;
        holds (desk, alert->state == state, "the state is that of condition and acknowledgement");
        holds (desk, alert->flags == flags_of (c, &desk->places[a]), "the flags are what stands beside it");
        holds (desk, (int) alert->priority == c->priority, "the priority is the worst");
        holds (desk, state != BF_ALERT_ACKNOWLEDGED || alert->acknowledged_until_us == c->acknowledged_until_us, "an acknowledgement has its end");
        check_shelf (desk, alert, c);
      }
  holds (desk, bf_alert_book_n (desk->book) == n_open, "there are no other alerts");
}

/* All that has an end ends: nothing is shelved, damped or due a day later. */
static void
check_end (Desk *desk)
{
  g_autoptr (GPtrArray) list = NULL;

  pass_time (desk, desk->now_us + 24 * HOUR);
  check (desk);
  list = bf_alert_book_list (desk->book);
  for (guint i = 0; i < list->len; i++)
    holds (desk, !(((const BfAlert *) list->pdata[i])->flags & (BF_ALERT_SHELVED | BF_ALERT_DAMPED)), "a shelf always ends, and so does damping");
  holds (desk, bf_alert_book_next_us (desk->book) == BF_TIME_NONE, "nothing is left to come");
}

/* NULL, or what does not hold. */
static const char *
play (const Action *actions, guint n, gboolean restarts, GString *ret_heard, guint64 *ret_events)
{
  const char *broken;
  Desk desk;

  desk_open (&desk, restarts);
  for (guint i = 0; i < n && desk.broken == NULL; i++)
    {
      act (&desk, &actions[i]);
      check (&desk);
    }
  if (desk.broken == NULL)
    check_end (&desk);
  broken = desk.broken;
  *ret_events += (guint64) desk.next_event;
  g_string_assign (ret_heard, desk.heard->str);
  desk_close (&desk);
  return broken;
}

static const char *
play_both (const Action *actions, guint n, guint64 *ret_events)
{
  g_autoptr (GString) with = g_string_new (NULL);
  g_autoptr (GString) without = g_string_new (NULL);
  const char *broken = play (actions, n, TRUE, with, ret_events);

  if (broken != NULL)
    return broken;
  for (guint i = 0; i < n; i++)
    if (actions[i].what == RESTART)
      {
        broken = play (actions, n, FALSE, without, ret_events);
        return broken != NULL ? broken : g_string_equal (with, without) ? NULL : "a restart changes nothing";
      }
  return NULL;
}

/* Takes actions away as long as the rest still breaks something, then shows it. */
static void
shrink_and_fail (Action *actions, guint n)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint64 events = 0;

  for (gboolean fewer_found = TRUE; fewer_found;)
    {
      fewer_found = FALSE;
      for (guint i = 0; i < n;)
        {
          Action fewer[SEQUENCE];

          memcpy (fewer, actions, i * sizeof (Action));
          memcpy (fewer + i, actions + i + 1, (n - i - 1) * sizeof (Action));
          if (play_both (fewer, n - 1, &events) == NULL)
            i++;
          else
            {
              memcpy (actions, fewer, --n * sizeof (Action));
              fewer_found = TRUE;
            }
        }
    }
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, " { %s, %u, %u, %u },", what_names[actions[i].what], actions[i].rule, actions[i].asset, actions[i].more);
  g_error ("%s:%s", play_both (actions, n, &events), text->str);
}

static void
make_actions (GRand *random, Action actions[SEQUENCE])
{
  for (guint i = 0; i < SEQUENCE; i++)
    {
      guint32 bits = g_rand_int (random);
      guint at = bits % 128;
      guint8 what = 0;

      while (at >= weights[what])
        at -= weights[what++];
      actions[i] = (Action){ what, (bits >> 7) % N_RULES, (bits >> 9) % N_ASSETS, (guint8) (bits >> 16) };
    }
}

static void
test_random (void)
{
  const char *asked = g_getenv ("BEFFROI_SEQUENCES");
  guint64 n_sequences = asked != NULL ? g_ascii_strtoull (asked, NULL, 10) : 20000;
  guint32 seed = asked != NULL ? (guint32) g_test_rand_int () : 20261124;
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  guint64 events = 0;
  guint64 counts[N_WHAT] = { 0 };

  for (guint64 s = 0; s < n_sequences; s++)
    {
      Action actions[SEQUENCE];

      make_actions (random, actions);
      for (guint i = 0; i < SEQUENCE; i++)
        counts[actions[i].what]++;
      if (play_both (actions, SEQUENCE, &events) != NULL)
        shrink_and_fail (actions, SEQUENCE);
    }
  g_test_message ("%" G_GUINT64_FORMAT " sequences of %u actions (seed %u), %" G_GUINT64_FORMAT " transitions", n_sequences, SEQUENCE, seed, events);
  for (guint i = 0; i < N_WHAT; i++)
    g_test_message ("%s: %" G_GUINT64_FORMAT, what_names[i], counts[i]);
  g_assert_cmpuint (events, >, n_sequences * 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alerts/states/random", test_random);
  return g_test_run ();
}
