/* SPDX-License-Identifier: EUPL-1.2 */
/* Time in the engine: when rules and alerts are due, and what is done when the machine's clock is set while it runs.
 *
 * The clock is looked at once a turn of the main loop, right after its poll and before anything else is dispatched, so that nothing
 * runs that reads a time from the other side of the step. What is measured in time goes on by the time that has elapsed: delays of
 * rules, freshness of feeds, age of values. What is a moment of civil time stays one: `time in 22:00..06:00`, the end of an
 * acknowledgement, what is written in the store. README.md says what each layer does. Main thread. */

#include "engine/bf-engine-private.h"

#include <glib/gi18n-lib.h>

#include "base/bf-clock.h"
#include "base/bf-time.h"

#define CLOCK_MAX_US G_USEC_PER_SEC /* the clock is looked at so often at least */
#define SLICING_US 20000            /* between looks whether a large payload is over */

/* --- timers ------------------------------------------------------------------------------------------------------- */

/**
 * bf_engine_clock_arm:
 *
 * Sees to it that the next timer of rules and alerts is met.
 */
void
bf_engine_clock_arm (BfEngine *engine)
{
  gint64 now_us = bf_time_now_us ();
  gint64 rule_us = bf_evaluator_next_us (engine->evaluator);
  gint64 alert_us = bf_alert_book_next_us (engine->book);
  gint64 works_us = engine->works != NULL ? bf_works_next_us (engine->works) : BF_TIME_NONE;
  gint64 wait_us = CLOCK_MAX_US;

  if (engine->clock == NULL)
    return;
  if (rule_us != BF_TIME_NONE)
    wait_us = MIN (wait_us, rule_us - now_us);
  if (alert_us != BF_TIME_NONE)
    wait_us = MIN (wait_us, alert_us - now_us);
  if (works_us != BF_TIME_NONE)
    wait_us = MIN (wait_us, works_us - now_us);
  g_source_set_ready_time (engine->clock, g_get_monotonic_time () + MAX (wait_us, 1000));
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static gboolean
clock_cb (gpointer user_data)
{
  BfEngine *engine = user_data;

  /* `now` is the payload's until its end. */
  if (engine->slicing != 0)
    g_source_set_ready_time (engine->clock, g_get_monotonic_time () + SLICING_US);
  else
    bf_engine_evaluate (engine, bf_time_now_us ());
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs clock_funcs = { .dispatch = dispatch };

/* --- a clock that was set ------------------------------------------------------------------------------------------- */

typedef struct
{
  GSource source;
  BfEngine *engine;
  gint64 step_us;
} Look;

static void
say_step (BfEngine *engine)
{
  BfClockSteps *steps = &engine->clock_steps;
  g_autofree char *much = bf_duration_format ((ABS (steps->step_us) + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC * G_USEC_PER_SEC);
  char at[BF_TIME_TEXT_BYTES];
  g_autofree char *words
    = g_strdup_printf (steps->step_us > 0
                         ? _ ("was set ahead by %s and read %s then; delays and freshness go on by the time that has elapsed, but times of before may be wrong by as much")
                         : _ ("was set back by %s and read %s then; delays and freshness go on by the time that has elapsed, but times of before may be wrong by as much"),
                       much, bf_time_format (steps->at_us, at));
  g_autofree char *all
    = steps->n == 1 ? g_strdup (words)
                    : g_strdup_printf (ngettext ("%s (%u time since the start of the engine)", "%s (%u times since the start of the engine)", steps->n),
                                       words, steps->n);

  g_warning (_ ("the machine's clock %s"), all);
  if (steps->problem == NULL)
    {
      bf_problems_add (engine->problems, _ ("clock of the machine"), 0, "%s", all);
      steps->problem = g_ptr_array_index (engine->problems, engine->problems->len - 1);
      return;
    }
  g_free (steps->problem->message);
  steps->problem->message = g_steal_pointer (&all);
}

/* The layers in the order in which data goes through them. */
static void
step_time (BfEngine *engine, gint64 step_us)
{
  gint64 now_us = bf_time_now_us ();

  engine->clock_steps.n++;
  engine->clock_steps.at_us = now_us;
  engine->clock_steps.step_us = step_us;
  say_step (engine);
  bf_supervisor_settle (engine->supervisor);
  bf_supervisor_step_time (engine->supervisor, now_us, step_us);
  bf_model_step_time (engine->model, now_us, step_us);
  bf_evaluator_step_time (engine->evaluator, now_us, step_us);
  bf_alert_book_step_time (engine->book, now_us, step_us);
  engine->evaluated_us = now_us;
  bf_engine_evaluate (engine, now_us);
}

static gboolean
look_prepare (GSource *source, int *timeout_ms)
{
  *timeout_ms = -1;
  return FALSE;
}

static gboolean
look_check (GSource *source)
{
  return bf_clock_look (&((Look *) source)->step_us);
}

static gboolean
look_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  step_time (((Look *) source)->engine, ((Look *) source)->step_us);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs look_funcs = { .prepare = look_prepare, .check = look_check, .dispatch = look_dispatch };

/* --- begin and end --------------------------------------------------------------------------------------------------- */

void
bf_engine_clock_start (BfEngine *engine)
{
  engine->clock_look = g_source_new (&look_funcs, sizeof (Look));
  g_source_set_static_name (engine->clock_look, "bf-engine-clock-look");
  g_source_set_priority (engine->clock_look, G_MININT);
  ((Look *) engine->clock_look)->engine = engine;
  g_source_attach (engine->clock_look, NULL);
  engine->clock = g_source_new (&clock_funcs, sizeof (GSource));
  g_source_set_static_name (engine->clock, "bf-engine-clock");
  g_source_set_callback (engine->clock, clock_cb, engine, NULL);
  g_source_attach (engine->clock, NULL);
  bf_engine_clock_arm (engine);
}

static void
drop_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

void
bf_engine_clock_stop (BfEngine *engine)
{
  drop_source (&engine->clock);
  drop_source (&engine->clock_look);
}
