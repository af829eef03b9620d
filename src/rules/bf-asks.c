/* SPDX-License-Identifier: EUPL-1.2 */
/* What rules ask of windows and profiles. Where the answer is only compared with numbers, it cuts into bands as the values themselves do
 * (bf-bands.c): it is reckoned once an observation, whatever the number of rules, and these are looked at when it enters another
 * band. What time alone changes in an answer is looked at when the function says so.
 *
 * Invariant: an asset's band is that of every answer that a rule was given since the band was entered, else 0: then the next look finds
 * another one. An answer that is not known is a band of its own. */

#include "rules/bf-builtins-private.h"

#include <math.h>
#include <string.h>

#define UNKNOWN_BAND G_MAXUINT8

typedef struct
{
  gint64 due_us; /* of the next look, G_MAXINT64: there need be none */
  guint8 band;
} State;

struct _BfAsk
{
  const BfBuiltin *builtin;
  GArray *at;      /* double, ascending */
  State *of_asset; /* NULL: none ever was asked of */
};

BfAsk *
bf_ask_new (const BfBuiltin *builtin)
{
  BfAsk *ask = g_new0 (BfAsk, 1);

  ask->builtin = builtin;
  ask->at = g_array_new (FALSE, FALSE, sizeof (double));
  return ask;
}

void
bf_ask_free (gpointer data)
{
  BfAsk *ask = data;

  g_array_unref (ask->at);
  g_free (ask->of_asset);
  g_free (ask);
}

const BfBuiltin *
bf_ask_builtin (const BfAsk *ask)
{
  return ask->builtin;
}

GArray *
bf_ask_thresholds (BfAsk *ask)
{
  return ask->at;
}

/* Of any rule: the same function of the same property with the same arguments. */
gboolean
bf_ask_is_of (const BfAsk *ask, const BfBuiltin *builtin)
{
  const BfBuiltin *own = ask->builtin;

  return own->function == builtin->function && own->property == builtin->property && own->other == builtin->other && own->span_us == builtin->span_us
         && own->ago_us == builtin->ago_us && own->number == builtin->number && own->number2 == builtin->number2;
}

BfAsk *
bf_asks_find (const GPtrArray *asks, const BfBuiltin *builtin)
{
  for (guint i = 0; asks != NULL && i < asks->len; i++)
    if (bf_ask_is_of (g_ptr_array_index (asks, i), builtin))
      return g_ptr_array_index (asks, i);
  return NULL;
}

static void
reset (State *states, guint32 from, guint32 to)
{
  for (guint32 i = from; i < to; i++)
    states[i] = (State){ G_MAXINT64, 0 };
}

void
bf_asks_grow (const GPtrArray *asks, guint32 from, guint32 to)
{
  for (guint i = 0; asks != NULL && i < asks->len; i++)
    {
      BfAsk *ask = g_ptr_array_index (asks, i);

      if (ask->of_asset == NULL)
        continue;
      ask->of_asset = g_renew (State, ask->of_asset, to);
      reset (ask->of_asset, from, to);
    }
}

/* Whatever it answers next is looked at. */
void
bf_asks_leave (const GPtrArray *asks, guint32 asset)
{
  for (guint i = 0; asks != NULL && i < asks->len; i++)
    {
      BfAsk *ask = g_ptr_array_index (asks, i);

      if (ask->of_asset != NULL)
        reset (ask->of_asset, asset, asset + 1);
    }
}

/* The same for all assets, which are looked at when they are woken next. */
void
bf_asks_forget (const GPtrArray *asks, guint32 capacity)
{
  for (guint i = 0; asks != NULL && i < asks->len; i++)
    {
      BfAsk *ask = g_ptr_array_index (asks, i);

      for (guint32 asset = 0; ask->of_asset != NULL && asset < capacity; asset++)
        ask->of_asset[asset] = (State){ ask->of_asset[asset].due_us == G_MAXINT64 ? G_MAXINT64 : G_MININT64, 0 };
    }
}

static guint8
band_of (const BfAsk *ask, double answer)
{
  return isnan (answer) ? UNKNOWN_BAND : bf_band_between ((const double *) (const void *) ask->at->data, ask->at->len, answer);
}

static State *
state_of (BfAsk *ask, guint32 asset, guint32 capacity)
{
  if (ask->of_asset == NULL)
    {
      ask->of_asset = g_new (State, capacity);
      reset (ask->of_asset, 0, capacity);
    }
  return &ask->of_asset[asset];
}

/* A rule was given this answer. */
void
bf_ask_saw (BfAsk *ask, guint32 asset, guint32 capacity, double answer, gint64 due_us)
{
  State *state = state_of (ask, asset, capacity);

  if (state->band != band_of (ask, answer))
    state->band = 0;
  state->due_us = MIN (state->due_us, due_us);
}

static gboolean
is_same (BfAsk *ask, BfEvaluator *evaluator, guint32 asset, gint64 now_us)
{
  BfRun run = bf_evaluator_run_for (evaluator, asset, now_us);
  double answer = bf_series_book_answer (evaluator, ask->builtin, &run);
  State *state = state_of (ask, asset, evaluator->capacity);
  guint8 band = band_of (ask, answer);
  gboolean same = state->band == band;

  state->band = band;
  state->due_us = run.wake_us;
  if (run.wake_us != G_MAXINT64)
    bf_evaluator_wake (evaluator, asset, run.wake_us);
  return same;
}

/* The asset has a new value at @now_us. Returns: whether all answers are in the bands in which they were. */
gboolean
bf_asks_look (const GPtrArray *asks, BfEvaluator *evaluator, guint32 asset, gint64 now_us)
{
  gboolean same = TRUE;

  for (guint i = 0; asks != NULL && i < asks->len; i++)
    same &= is_same (g_ptr_array_index (asks, i), evaluator, asset, now_us);
  return same;
}

/* The asset was woken at @now_us: those that are due. Returns: whether all answers are in the bands in which they were. */
gboolean
bf_asks_wake (const GPtrArray *asks, BfEvaluator *evaluator, guint32 asset, gint64 now_us)
{
  gboolean same = TRUE;

  for (guint i = 0; asks != NULL && i < asks->len; i++)
    {
      BfAsk *ask = g_ptr_array_index (asks, i);
      gint64 due_us = ask->of_asset != NULL ? ask->of_asset[asset].due_us : G_MAXINT64;

      if (due_us <= now_us)
        same &= is_same (ask, evaluator, asset, now_us);
      else if (due_us != G_MAXINT64)
        bf_evaluator_wake (evaluator, asset, due_us);
    }
  return same;
}
