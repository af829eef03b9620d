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

/* FALSE when the program asks more of the property than what bands answer; else its thresholds are added. */
static gboolean
read_program (const BfProgram *program, guint16 property, GArray *at)
{
  for (guint i = 0; program != NULL && i < program->n_builtins; i++)
    if (program->builtins[i]->property == property || program->builtins[i]->other == property)
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
read_task (const BfEvaluator *evaluator, const BfTaskState *task, guint16 property, GArray *at)
{
  gboolean banded = TRUE;

  if (task->type == BF_TASK_AGGREGATE)
    {
      const BfAggregate *aggregate = g_ptr_array_index (evaluator->set->aggregates, task->index);

      return aggregate->function >= BF_AGGREGATE_COUNT && read_program (aggregate->body, property, at);
    }
  if (task->type == BF_TASK_RULE)
    {
      BfRuleFull *full = (BfRuleFull *) bf_rule_set_get (evaluator->set, task->index);
      g_autoptr (GPtrArray) all = bf_rule_full_all (full);

      if (task->ends && property == bf_catalog_kind (evaluator->set->catalog, full->rule.kind)->gone_property)
        return FALSE;
      for (guint i = 0; banded && i < all->len; i++)
        banded = read_program (((const BfRule *) g_ptr_array_index (all, i))->when, property, at)
                 && read_program (((const BfRule *) g_ptr_array_index (all, i))->clear, property, at);
      return banded;
    }
  return FALSE;
}

/* (transfer full) (nullable): the bands of the property, with its readers told whether they are banded */
BfBands *
bf_bands_new (const BfEvaluator *evaluator, guint16 property)
{
  GArray *readers = evaluator->readers[property];
  g_autoptr (GArray) at = g_array_new (FALSE, FALSE, sizeof (double));
  gboolean any = FALSE;
  BfBands *bands;

  for (guint i = 0; readers != NULL && i < readers->len; i++)
    {
      BfReader *reader = &g_array_index (readers, BfReader, i);
      g_autoptr (GArray) own = g_array_new (FALSE, FALSE, sizeof (double));

      reader->banded = read_task (evaluator, &evaluator->tasks[reader->task], property, own);
      any |= reader->banded;
      for (guint j = 0; reader->banded && j < own->len; j++)
        add_threshold (at, g_array_index (own, double, j));
    }
  if (!any || at->len > THRESHOLDS_MAX)
    {
      for (guint i = 0; readers != NULL && i < readers->len; i++)
        g_array_index (readers, BfReader, i).banded = FALSE;
      return NULL;
    }
  bands = g_new0 (BfBands, 1);
  bands->state = bf_catalog_property (evaluator->set->catalog, property)->type == BF_PROPERTY_STATE;
  bands->n = at->len;
  bands->at = (double *) (void *) g_array_free (g_steal_pointer (&at), FALSE);
  return bands;
}

void
bf_bands_free (BfBands *bands)
{
  if (bands == NULL)
    return;
  g_free (bands->at);
  g_free (bands->of_asset);
  g_free (bands);
}

/* Room for assets below @to. */
void
bf_bands_grow (BfBands *bands, guint32 from, guint32 to)
{
  if (bands == NULL || bands->of_asset == NULL)
    return;
  bands->of_asset = g_realloc (bands->of_asset, to);
  memset (bands->of_asset + from, 0, to - from);
}

/* ---- Looking ---- */

static guint8
band_of (const BfBands *bands, double value)
{
  guint below = 0;

  if (isnan (value))
    return 0;
  if (bands->state)
    return (guint8) CLAMP (value + 1, 0, 255);
  while (below < bands->n && bands->at[below] < value)
    below++;
  return (guint8) (2 * below + 1 + (below < bands->n && bands->at[below] == value));
}

/**
 * bf_bands_enter:
 * @value: the asset's now, NAN: unknown
 *
 * Returns: whether the value is in the band in which it was, and known as it was
 */
gboolean
bf_bands_enter (BfBands *bands, guint32 asset, double value, guint32 capacity)
{
  guint8 band = band_of (bands, value);
  gboolean same;

  if (bands->of_asset == NULL)
    bands->of_asset = g_malloc0 (capacity);
  same = band != 0 && bands->of_asset[asset] == band;
  bands->of_asset[asset] = band;
  return same;
}

/* The value became unknown. */
void
bf_bands_leave (BfBands *bands, guint32 asset)
{
  if (bands != NULL && bands->of_asset != NULL)
    bands->of_asset[asset] = 0;
}

/* The next value of each asset is looked at. */
void
bf_bands_forget (BfBands *bands, guint32 capacity)
{
  if (bands != NULL && bands->of_asset != NULL)
    memset (bands->of_asset, 0, capacity);
}
