/* SPDX-License-Identifier: EUPL-1.2 */
/* One run of a flat program: a loop over steps, no recursion, no allocation, no clock. All values are doubles and NAN is
 * UNKNOWN: comparison with it gives NAN, arithmetic hands it on, `and`/`or`/`not` follow Kleene's three-valued tables
 * (tests/cases/rules/truth-*.txt). Whatever is not finite becomes UNKNOWN: a division by zero, an overflow. Pure. */

#include "rules/bf-rules-private.h"

#include <math.h>

#include "model/bf-model.h"

static inline double
load (BfRun *run, guint16 property)
{
  double value;

  return bf_model_known (run->model, run->asset, property, run->now_us, &value) ? value : NAN;
}

static inline double
truth (gboolean value)
{
  return value ? 1 : 0;
}

static inline double
finite_or_unknown (double value)
{
  return isfinite (value) ? value : NAN;
}

/* r op s, UNKNOWN when one is. */
#define COMPARE(x, op, y) (isunordered ((x), (y)) ? NAN : truth ((x) op (y)))

static double
in_mask (double value, guint64 mask)
{
  if (isnan (value))
    return NAN;
  return truth (value >= 0 && value < 64 && ((mask >> (guint) value) & 1) != 0);
}

static double
and_tables (double a, double b)
{
  if (a == 0 || b == 0)
    return 0;
  return isnan (a) || isnan (b) ? NAN : 1;
}

static double
or_tables (double a, double b)
{
  if (a == 1 || b == 1)
    return 1;
  return isnan (a) || isnan (b) ? NAN : 0;
}

static double
is_stale (BfRun *run, guint16 property)
{
  gint64 until_us = bf_model_known_until_us (run->model, run->asset, property);

  return truth (until_us != BF_TIME_NONE && run->now_us > until_us);
}

static double
is_heard (BfRun *run, guint16 property)
{
  BfLatest latest;

  return truth (bf_model_latest (run->model, run->asset, property, &latest) && latest.observed_us != BF_TIME_NONE);
}

/* TRUE when the newest value is older than @duration_us. Without any value it is UNKNOWN until the asset has been watched
 * for as long, so that a restart neither raises nor clears. */
static double
is_absent (BfRun *run, guint16 property, gint64 duration_us)
{
  BfLatest latest = { .observed_us = BF_TIME_NONE, .feed = BF_NO_FEED };
  gboolean any = bf_model_latest (run->model, run->asset, property, &latest) && latest.observed_us != BF_TIME_NONE;
  gint64 since_us = any ? bf_model_true_us (run->model, run->asset, property) : run->watch_since_us;

  if (duration_us == 0)
    duration_us = bf_model_stale_limit (run->model, any ? latest.feed : BF_NO_FEED, property);
  if (duration_us <= 0)
    return any ? 0 : NAN;
  if (run->now_us - since_us > duration_us)
    return 1;
  run->wake_us = MIN (run->wake_us, since_us + duration_us + 1);
  return any ? 0 : NAN;
}

/**
 * bf_program_run:
 * @run: model, now, asset and so on; @wake_us is lowered, never raised
 *
 * Returns: number, state's index, or 0 and 1 for false and true; NAN when unknown
 */
double
bf_program_run (const BfProgram *program, BfRun *run)
{
  double registers[BF_N_REGISTERS];

  for (const BfStep *step = program->steps;; step++)
    {
      double *r = &registers[step->r];

      switch ((BfStepType) step->type)
        {
        case BF_STEP_END:
          return registers[0];
        case BF_STEP_CONST:
          *r = step->number;
          break;
        case BF_STEP_LOAD:
          *r = load (run, step->property);
          break;
        case BF_STEP_LOAD_LT:
          *r = load (run, step->property);
          *r = COMPARE (*r, <, step->number);
          break;
        case BF_STEP_LOAD_LE:
          *r = load (run, step->property);
          *r = COMPARE (*r, <=, step->number);
          break;
        case BF_STEP_LOAD_GT:
          *r = load (run, step->property);
          *r = COMPARE (*r, >, step->number);
          break;
        case BF_STEP_LOAD_GE:
          *r = load (run, step->property);
          *r = COMPARE (*r, >=, step->number);
          break;
        case BF_STEP_LOAD_EQ:
          *r = load (run, step->property);
          *r = COMPARE (*r, ==, step->number);
          break;
        case BF_STEP_LOAD_NE:
          *r = load (run, step->property);
          *r = COMPARE (*r, !=, step->number);
          break;
        case BF_STEP_LOAD_IN:
          *r = in_mask (load (run, step->property), step->mask);
          break;
        case BF_STEP_AGGREGATE:
          *r = run->aggregate (run->user_data, program->aggregates[step->arg]->index, run->asset);
          break;
        case BF_STEP_BUILTIN:
          *r = run->builtin != NULL ? run->builtin (run->user_data, program->builtins[step->arg], run) : NAN;
          break;
        case BF_STEP_TEXT:
          *r = bf_text_test_run (program->texts[step->arg], run->model, run->asset);
          break;
        case BF_STEP_FIRST:
          *r = isnan (r[0]) ? r[1] : r[0];
          break;
        case BF_STEP_LEVEL:
          *r = r[0] + COMPARE (r[1], >=, r[2]);
          break;
        case BF_STEP_SURELY:
          *r = truth (*r == 1);
          break;
        case BF_STEP_GIVEN:
          *r = r[0] == 1 ? r[1] : NAN;
          break;
        case BF_STEP_UNKNOWN:
          *r = truth (isnan (load (run, step->property)));
          break;
        case BF_STEP_STALE:
          *r = is_stale (run, step->property);
          break;
        case BF_STEP_HEARD:
          *r = is_heard (run, step->property);
          break;
        case BF_STEP_ABSENT:
          *r = is_absent (run, step->property, step->duration_us);
          break;
        case BF_STEP_NEGATE:
          *r = -*r;
          break;
        case BF_STEP_NOT:
          *r = 1 - *r;
          break;
        case BF_STEP_ABS:
          *r = fabs (*r);
          break;
        case BF_STEP_ROUND:
          *r = round (*r);
          break;
        case BF_STEP_SCALE:
          *r = finite_or_unknown (*r * step->number + step->offset);
          break;
        case BF_STEP_ADD:
          *r = finite_or_unknown (r[0] + r[1]);
          break;
        case BF_STEP_SUBTRACT:
          *r = finite_or_unknown (r[0] - r[1]);
          break;
        case BF_STEP_MULTIPLY:
          *r = finite_or_unknown (r[0] * r[1]);
          break;
        case BF_STEP_DIVIDE:
          *r = finite_or_unknown (r[0] / r[1]);
          break;
        case BF_STEP_MIN:
          *r = isunordered (r[0], r[1]) ? NAN : MIN (r[0], r[1]);
          break;
        case BF_STEP_MAX:
          *r = isunordered (r[0], r[1]) ? NAN : MAX (r[0], r[1]);
          break;
        case BF_STEP_LT:
          *r = COMPARE (r[0], <, r[1]);
          break;
        case BF_STEP_LE:
          *r = COMPARE (r[0], <=, r[1]);
          break;
        case BF_STEP_GT:
          *r = COMPARE (r[0], >, r[1]);
          break;
        case BF_STEP_GE:
          *r = COMPARE (r[0], >=, r[1]);
          break;
        case BF_STEP_EQ:
          *r = COMPARE (r[0], ==, r[1]);
          break;
        case BF_STEP_NE:
          *r = COMPARE (r[0], !=, r[1]);
          break;
        case BF_STEP_AND:
          *r = and_tables (r[0], r[1]);
          break;
        case BF_STEP_OR:
          *r = or_tables (r[0], r[1]);
          break;
        case BF_STEP_JUMP_FALSE:
          if (*r == 0)
            step = program->steps + step->arg - 1;
          break;
        case BF_STEP_JUMP_TRUE:
          if (*r == 1)
            step = program->steps + step->arg - 1;
          break;
        default:
          g_assert_not_reached ();
        }
    }
}
