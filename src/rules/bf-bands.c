/* SPDX-License-Identifier: EUPL-1.2 */
/* Which observations can change nothing. Where all that is asked of a property is comparisons with numbers (or states), these cut its
 * values into bands, and the truth of those rules is the same all over a band: a value in the band that the asset was in before, known
 * as before, need not be looked at. Most observations of a city are such; what time alone changes has timers.
 *
 *   thresholds  t0   t1   t2         bands: below t0, at t0, between t0 and t1, at t1 … above t2
 *
 * A task is banded for a property when its programs do nothing else with it. Invariant: an asset's band is 0 as long as its value was
 * never seen or became unknown, so that the next is looked at. */

#include "rules/bf-evaluator-private.h"

#include <math.h>
#include <string.h>

#include "rules/bf-builtins-private.h"

#define THRESHOLDS_MAX 120u /* a band fits a byte */

struct _BfBands
{
  guint n;
  double *at;      /* ascending */
  gboolean state;  /* the value is the band */
  GPtrArray *asks; /* (nullable): BfAsk, of functions of the property */
  guint8 *of_asset; /* NULL: none ever was seen */
};

/* ---- Making ---- */

static void
add_threshold (GArray *at, double value)
{
  guint i = 0;

  while (i < at->len && g_array_index (at, double, i) < value)
    i++;
  if (i == at->len || g_array_index (at, double, i) != value)
    g_array_insert_val (at, i, value);
}

static BfAsk *
take_ask (GPtrArray *asks, const BfBuiltin *builtin)
{
  BfAsk *ask = bf_asks_find (asks, builtin);

  if (ask == NULL)
    g_ptr_array_add (asks, ask = bf_ask_new (builtin));
  return ask;
}

/* The step is a function whose answer, or how far that is from 0, is only compared with a number; else FALSE. */
static gboolean
read_ask (const BfProgram *program, const BfStep *step, GPtrArray *asks)
{
  gboolean far = step[1].type == BF_STEP_ABS && step[1].r == step->r;
  const BfStep *number = far ? step + 2 : step + 1;
  GArray *at;

  /* The last step is BF_STEP_END. */
  if (number->type != BF_STEP_CONST || number->r != step->r + 1 || number[1].type < BF_STEP_LT || number[1].type > BF_STEP_NE
      || number[1].r != step->r)
    return FALSE;
  at = bf_ask_thresholds (take_ask (asks, program->builtins[step->arg]));
  add_threshold (at, number->number);
  if (far)
    add_threshold (at, -number->number);
  return TRUE;
}

/* FALSE when one of its functions asks more of the property than what bands answer. */
static gboolean
read_asks (const BfProgram *program, guint16 property, GPtrArray *asks)
{
  for (guint i = 0; program != NULL && i < program->n_steps; i++)
    {
      const BfStep *step = &program->steps[i];
      const BfBuiltin *builtin = step->type == BF_STEP_BUILTIN ? program->builtins[step->arg] : NULL;

      if (builtin == NULL || (builtin->property != property && builtin->other != property))
        continue;
      if (builtin->other != BF_NO_PROPERTY || !read_ask (program, step, asks))
        return FALSE;
    }
  return TRUE;
}

/* FALSE when the program asks more of the property than what bands answer; else its thresholds are added. */
static gboolean
read_program (const BfProgram *program, guint16 property, GArray *at, GPtrArray *asks)
{
  if (!read_asks (program, property, asks))
    return FALSE;
  for (guint i = 0; program != NULL && i < program->n_steps; i++)
    {
      const BfStep *step = &program->steps[i];

      if (step->type < BF_STEP_LOAD || step->type > BF_STEP_ABSENT || step->property != property)
        continue;
      if (step->type == BF_STEP_LOAD || step->type == BF_STEP_ABSENT)
        return FALSE;
      if (step->type >= BF_STEP_LOAD_LT && step->type <= BF_STEP_LOAD_NE)
        add_threshold (at, step->number);
    }
  return TRUE;
}

static gboolean
read_task (const BfEvaluator *evaluator, const BfTaskState *task, guint16 property, GArray *at, GPtrArray *asks)
{
  gboolean banded = TRUE;

  if (task->type == BF_TASK_AGGREGATE)
    {
      const BfAggregate *aggregate = g_ptr_array_index (evaluator->set->aggregates, task->index);

      return aggregate->function >= BF_AGGREGATE_COUNT && read_program (aggregate->body, property, at, asks);
    }
  if (task->type == BF_TASK_RULE)
    {
      BfRuleFull *full = (BfRuleFull *) bf_rule_set_get (evaluator->set, task->index);
      g_autoptr (GPtrArray) all = bf_rule_full_all (full);

      if (task->ends && property == bf_catalog_kind (evaluator->set->catalog, full->rule.kind)->gone_property)
        return FALSE;
      for (guint i = 0; banded && i < all->len; i++)
        banded = read_program (((const BfRule *) g_ptr_array_index (all, i))->when, property, at, asks)
                 && read_program (((const BfRule *) g_ptr_array_index (all, i))->clear, property, at, asks);
      return banded;
    }
  return FALSE;
}

static void
add_own (GArray *at, const GArray *own, GPtrArray *asks, const GPtrArray *own_asks)
{
  for (guint i = 0; i < own->len; i++)
    add_threshold (at, g_array_index (own, double, i));
  for (guint i = 0; i < own_asks->len; i++)
    {
      BfAsk *ask = g_ptr_array_index (own_asks, i);
      const GArray *answers = bf_ask_thresholds (ask);

      for (guint j = 0; j < answers->len; j++)
        add_threshold (bf_ask_thresholds (take_ask (asks, bf_ask_builtin (ask))), g_array_index (answers, double, j));
    }
}

static gboolean
too_many (const GArray *at, const GPtrArray *asks)
{
  guint n = at->len;

  for (guint i = 0; i < asks->len; i++)
    n = MAX (n, bf_ask_thresholds (g_ptr_array_index (asks, i))->len);
  return n > THRESHOLDS_MAX;
}

/* (transfer full) (nullable): the bands of the property, with its readers told whether they are banded */
BfBands *
bf_bands_new (const BfEvaluator *evaluator, guint16 property)
{
  GArray *readers = evaluator->readers[property];
  g_autoptr (GArray) at = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GPtrArray) asks = g_ptr_array_new_with_free_func (bf_ask_free);
  gboolean any = FALSE;
  BfBands *bands;

  for (guint i = 0; readers != NULL && i < readers->len; i++)
    {
      BfReader *reader = &g_array_index (readers, BfReader, i);
      g_autoptr (GArray) own = g_array_new (FALSE, FALSE, sizeof (double));
      g_autoptr (GPtrArray) own_asks = g_ptr_array_new_with_free_func (bf_ask_free);

      reader->banded = read_task (evaluator, &evaluator->tasks[reader->task], property, own, own_asks);
      any |= reader->banded;
      if (reader->banded)
        add_own (at, own, asks, own_asks);
    }
  if (!any || too_many (at, asks))
    {
      for (guint i = 0; readers != NULL && i < readers->len; i++)
        g_array_index (readers, BfReader, i).banded = FALSE;
      return NULL;
    }
  bands = g_new0 (BfBands, 1);
  bands->state = bf_catalog_property (evaluator->set->catalog, property)->type == BF_PROPERTY_STATE;
  bands->n = at->len;
  bands->at = (double *) (void *) g_array_free (g_steal_pointer (&at), FALSE);
  if (asks->len > 0)
    bands->asks = g_steal_pointer (&asks);
  bf_series_book_set_asks (evaluator->series, bands->asks);
  return bands;
}

void
bf_bands_free (BfBands *bands)
{
  if (bands == NULL)
    return;
  g_free (bands->at);
  g_clear_pointer (&bands->asks, g_ptr_array_unref);
  g_free (bands->of_asset);
  g_free (bands);
}

/* Room for assets below @to. */
void
bf_bands_grow (BfBands *bands, guint32 from, guint32 to)
{
  if (bands != NULL)
    bf_asks_grow (bands->asks, from, to);
  if (bands == NULL || bands->of_asset == NULL)
    return;
  bands->of_asset = g_realloc (bands->of_asset, to);
  memset (bands->of_asset + from, 0, to - from);
}

/* ---- Looking ---- */

static guint8
band_of (const BfBands *bands, double value)
{
  if (isnan (value))
    return 0;
  if (bands->state)
    return (guint8) CLAMP (value + 1, 0, 255);
  return bf_band_between (bands->at, bands->n, value);
}

/**
 * bf_bands_enter:
 * @value: the asset's now, NAN: unknown; the series have it
 *
 * Returns: whether the value, and what is asked of its series, is in the band in which it was, and known as it was
 */
gboolean
bf_bands_enter (BfBands *bands, BfEvaluator *evaluator, guint32 asset, double value, gint64 now_us)
{
  guint8 band = band_of (bands, value);
  gboolean same;

  if (bands->of_asset == NULL)
    bands->of_asset = g_malloc0 (evaluator->capacity);
  same = band != 0 && bands->of_asset[asset] == band;
  bands->of_asset[asset] = band;
  return bf_asks_look (bands->asks, evaluator, asset, now_us) && same;
}

/* The asset was woken. Returns: whether what is asked of its series is in the band in which it was. */
gboolean
bf_bands_wake (BfBands *bands, BfEvaluator *evaluator, guint32 asset, gint64 now_us)
{
  return bands == NULL || bf_asks_wake (bands->asks, evaluator, asset, now_us);
}

/* The value became unknown. */
void
bf_bands_leave (BfBands *bands, guint32 asset)
{
  if (bands != NULL && bands->of_asset != NULL)
    bands->of_asset[asset] = 0;
  if (bands != NULL)
    bf_asks_leave (bands->asks, asset);
}

/* The next value of each asset is looked at. */
void
bf_bands_forget (BfBands *bands, guint32 capacity)
{
  if (bands != NULL && bands->of_asset != NULL)
    memset (bands->of_asset, 0, capacity);
  if (bands != NULL)
    bf_asks_forget (bands->asks, capacity);
}
