/* SPDX-License-Identifier: EUPL-1.2 */
/* Who remembers what for which asset: one series for each (property, way of remembering) that a program of the set names and
 * each asset that has brought a value; functions of the same span share it. What is not named costs nothing. Functions are
 * run for bf_program_run() here, with the time at which their result changes without a new value. */

#include "rules/bf-series-book-private.h"

#include <math.h>
#include <string.h>

#include "base/bf-time.h"
#include "rules/bf-profile.h"
#include "rules/bf-residual.h"
#include "rules/bf-sun.h"

#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define DAY_US (1440 * MINUTE_US)
#define SUN_CELL_DEG 0.25

BfSeries *
bf_shelf_get (const BfShelf *shelf, guint32 asset)
{
  guint chunk = asset >> BF_SHELF_CHUNK_BITS;
  BfSeries **series = chunk < shelf->chunks->len ? g_ptr_array_index (shelf->chunks, chunk) : NULL;

  return series != NULL ? series[asset % BF_SHELF_CHUNK_SERIES] : NULL;
}

void
bf_shelf_set (BfShelf *shelf, guint32 asset, BfSeries *series)
{
  guint chunk = asset >> BF_SHELF_CHUNK_BITS;
  BfSeries **place;

  if (chunk >= shelf->chunks->len)
    g_ptr_array_set_size (shelf->chunks, (int) chunk + 1);
  if (g_ptr_array_index (shelf->chunks, chunk) == NULL)
    g_ptr_array_index (shelf->chunks, chunk) = g_new0 (BfSeries *, BF_SHELF_CHUNK_SERIES);
  place = (BfSeries **) g_ptr_array_index (shelf->chunks, chunk) + asset % BF_SHELF_CHUNK_SERIES;
  bf_series_free (*place);
  *place = series;
}

BfSeries *
bf_shelf_next (const BfShelf *shelf, guint32 *asset)
{
  while (*asset >> BF_SHELF_CHUNK_BITS < shelf->chunks->len)
    {
      BfSeries *series = bf_shelf_get (shelf, *asset);

      if (series != NULL)
        return series;
      if (g_ptr_array_index (shelf->chunks, *asset >> BF_SHELF_CHUNK_BITS) != NULL)
        (*asset)++;
      else
        *asset = ((*asset >> BF_SHELF_CHUNK_BITS) + 1) << BF_SHELF_CHUNK_BITS;
    }
  return NULL;
}

static void
shelf_free (gpointer data)
{
  BfShelf *shelf = data;
  BfSeries *series;

  for (guint32 asset = 0; (series = bf_shelf_next (shelf, &asset)) != NULL; asset++)
    bf_series_free (series);
  g_ptr_array_unref (shelf->chunks);
  g_free (shelf);
}

static void
put_at (BfSeriesBook *book, guint16 property, guint index)
{
  if (book->by_property[property] == NULL)
    book->by_property[property] = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (book->by_property[property], index);
}

static BfShelf *
find_shelf (BfSeriesBook *book, guint16 property, guint16 other, const BfSeriesSpec *spec)
{
  BfShelf *shelf;
  guint index = book->shelves->len;

  for (guint i = 0; i < book->shelves->len; i++)
    {
      shelf = g_ptr_array_index (book->shelves, i);
      if (shelf->property == property && shelf->other == other && shelf->spec.type == spec->type && shelf->spec.span_us == spec->span_us
          && shelf->spec.fall == spec->fall)
        return shelf;
    }
  shelf = g_new0 (BfShelf, 1);
  shelf->property = property;
  shelf->other = other;
  shelf->spec = *spec;
  shelf->chunks = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (book->shelves, shelf);
  put_at (book, property, index);
  if (other != BF_NO_PROPERTY && other != property)
    put_at (book, other, index);
  return shelf;
}

/* Public holidays are known of France (bf-calendar.h): a city of another zone has none. */
static BfSeriesHolidays
holidays_of (const BfEvaluator *evaluator)
{
  static const char *const zones[] = { "Europe/Paris", "America/Cayenne", "America/Guadeloupe", "America/Martinique", "Indian/Mayotte",
                                       "Indian/Reunion", NULL };

  if (evaluator->zone == NULL || !g_strv_contains (zones, g_time_zone_get_identifier (evaluator->zone)))
    return BF_SERIES_HOLIDAYS_NONE;
  return evaluator->set->alsace_moselle ? BF_SERIES_HOLIDAYS_ALSACE : BF_SERIES_HOLIDAYS_FRANCE;
}

static void
add_program (BfSeriesBook *book, const BfProgram *program)
{
  for (guint i = 0; program != NULL && i < program->n_builtins; i++)
    {
      const BfBuiltin *builtin = program->builtins[i];
      BfSeriesSpec spec = { .type = bf_builtin_series (builtin->function), .span_us = builtin->span_us + builtin->ago_us };

      if (!bf_builtin_has_series (builtin->function))
        continue;
      spec.hold = bf_catalog_property (book->evaluator->set->catalog, builtin->property)->derive != NULL;
      if (spec.type == BF_SERIES_WEEK)
        spec.holidays = holidays_of (book->evaluator);
      if (spec.type == BF_SERIES_RESIDUAL && spec.span_us == 0)
        spec.span_us = BF_RESIDUAL_SPAN_US;
      if (spec.type == BF_SERIES_FALL) /* the fall is the last number */
        spec.fall = builtin->function == BF_BUILTIN_FILL_TIME_TO ? builtin->number2 : builtin->number;
      g_hash_table_insert (book->of_builtin, (gpointer) builtin, find_shelf (book, builtin->property, builtin->other, &spec));
    }
}

BfSeriesBook *
bf_series_book_new (BfEvaluator *evaluator)
{
  const BfRuleSet *set = evaluator->set;
  BfSeriesBook *book = g_new0 (BfSeriesBook, 1);

  book->evaluator = evaluator;
  book->offset_quarter = book->steady_quarter = G_MININT64;
  book->shelves = g_ptr_array_new_with_free_func (shelf_free);
  book->by_property = g_new0 (GArray *, bf_catalog_n_properties (set->catalog) + 1);
  book->of_builtin = g_hash_table_new (NULL, NULL);
  book->sun_from_us = G_MAXINT64;
  for (guint i = 0; i < set->derived->len; i++)
    add_program (book, ((const BfDerived *) g_ptr_array_index (set->derived, i))->program);
  for (guint i = 0; i < set->rules->len; i++)
    {
      g_autoptr (GPtrArray) all = bf_rule_full_all ((BfRuleFull *) bf_rule_set_get (set, i));

      for (guint j = 0; j < all->len; j++)
        {
          add_program (book, ((const BfRule *) g_ptr_array_index (all, j))->when);
          add_program (book, ((const BfRule *) g_ptr_array_index (all, j))->clear);
        }
    }
  return book;
}

void
bf_series_book_free (BfSeriesBook *book)
{
  if (book == NULL)
    return;
  for (guint i = 0; i < bf_catalog_n_properties (book->evaluator->set->catalog); i++)
    g_clear_pointer (&book->by_property[i], g_array_unref);
  g_free (book->by_property);
  g_hash_table_unref (book->of_builtin);
  g_clear_pointer (&book->waiting, g_hash_table_unref);
  g_ptr_array_unref (book->shelves);
  bf_lighting_plan_free (book->plan);
  g_free (book);
}

/* Offsets change at full quarters of an hour of UTC. */
static gint64
offset_us (BfSeriesBook *book, gint64 time_us)
{
  GTimeZone *zone = book->evaluator->zone;
  gint64 quarter = time_us / (15 * MINUTE_US);
  int interval;

  if (quarter == book->offset_quarter)
    return book->offset_us;
  interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, time_us / G_USEC_PER_SEC);
  book->offset_quarter = quarter;
  book->offset_us = g_time_zone_get_offset (zone, MAX (0, interval)) * (gint64) G_USEC_PER_SEC;
  return book->offset_us;
}

/* Both as they are in the model, at the time at which the newer was learnt: what comes in one batch, and what is derived in it, has the
 * same. */
static void
put_pair (BfSeriesBook *book, const BfShelf *shelf, BfSeries *series, guint32 asset)
{
  const BfModel *model = book->evaluator->model;
  double value, other;
  BfLatest of_value, of_other;
  gint64 time_us;

  if (!bf_model_latest (model, asset, shelf->property, &of_value) || !bf_model_latest (model, asset, shelf->other, &of_other))
    return;
  time_us = MAX (of_value.result_us, of_other.result_us);
  if (bf_model_known (model, asset, shelf->property, time_us, &value) && bf_model_known (model, asset, shelf->other, time_us, &other))
    bf_residual_observe (series, time_us, value, other);
  else
    bf_series_break (series);
}

static void
put_sample (BfSeriesBook *book, BfShelf *shelf, guint32 asset, gint64 time_us, double value)
{
  BfSeries *series = bf_shelf_get (shelf, asset);

  if (series == NULL)
    {
      series = bf_series_new (&shelf->spec);
      bf_shelf_set (shelf, asset, series);
    }
  if (shelf->other != BF_NO_PROPERTY)
    put_pair (book, shelf, series, asset);
  else
    bf_series_add (series, time_us, value, offset_us (book, time_us));
}

static void
break_series (BfSeriesBook *book, const GArray *shelves, guint32 asset)
{
  for (guint i = 0; i < shelves->len; i++)
    {
      const BfShelf *shelf = g_ptr_array_index (book->shelves, g_array_index (shelves, guint, i));
      BfSeries *series = bf_shelf_get (shelf, asset);

      if (series != NULL)
        bf_series_break (series);
    }
}

void
bf_series_book_sample (BfSeriesBook *book, guint32 asset, guint16 property)
{
  const GArray *shelves = book->by_property[property];
  BfLatest latest;

  if (shelves == NULL)
    return;
  if (!bf_model_latest (book->evaluator->model, asset, property, &latest) || latest.observed_us == BF_TIME_NONE)
    {
      break_series (book, shelves, asset);
      return;
    }
  for (guint i = 0; i < shelves->len; i++)
    put_sample (book, g_ptr_array_index (book->shelves, g_array_index (shelves, guint, i)), asset, latest.observed_us, latest.value);
}

void
bf_series_book_late (BfSeriesBook *book, guint32 asset, guint16 property, gint64 time_us, double value)
{
  const GArray *shelves = book->by_property[property];

  for (guint i = 0; shelves != NULL && i < shelves->len; i++)
    {
      BfSeries *series = bf_shelf_get (g_ptr_array_index (book->shelves, g_array_index (shelves, guint, i)), asset);

      if (series != NULL)
        bf_series_add_late (series, time_us, value);
    }
}

void
bf_series_book_step_time (BfSeriesBook *book, gint64 now_us, gint64 step_us)
{
  BfSeries *series;

  for (guint i = 0; step_us < 0 && i < book->shelves->len; i++)
    for (guint32 asset = 0; (series = bf_shelf_next (g_ptr_array_index (book->shelves, i), &asset)) != NULL; asset++)
      bf_series_step_back (series, now_us, step_us);
}

/* ---- Running ---- */

static void
wake (BfRun *run, gint64 at_us)
{
  run->wake_us = MIN (run->wake_us, MAX (at_us, run->now_us + G_USEC_PER_SEC));
}

static double
run_sun (BfSeriesBook *book, const BfBuiltin *builtin, BfRun *run)
{
  BfPoint point = bf_lighting_plan_place (run->model, run->asset);
  int lon, lat;

  if (!bf_point_is_valid (point))
    return NAN;
  if (builtin->function == BF_BUILTIN_SUN_HEIGHT)
    {
      wake (run, run->now_us + MINUTE_US);
      return bf_sun_height_deg (point, run->now_us);
    }
  lon = (int) floor (point.lon / SUN_CELL_DEG);
  lat = (int) floor (point.lat / SUN_CELL_DEG);
  if (run->now_us < book->sun_from_us || run->now_us >= book->sun_until_us || lon != book->sun_lon || lat != book->sun_lat)
    {
      BfPoint middle = { (lon + 0.5) * SUN_CELL_DEG, (lat + 0.5) * SUN_CELL_DEG };

      book->sun_lon = lon;
      book->sun_lat = lat;
      book->sun_from_us = run->now_us;
      book->sun_is_down = bf_sun_height_deg (middle, run->now_us) < BF_SUN_RISE_DEG;
      book->sun_until_us = bf_sun_next_crossing (middle, run->now_us, run->now_us + DAY_US, BF_SUN_RISE_DEG, NULL);
    }
  wake (run, book->sun_until_us);
  return book->sun_is_down ? 1 : 0;
}

static double
run_plan (BfSeriesBook *book, BfRun *run)
{
  gint64 until_us;
  double level;

  if (book->plan == NULL)
    book->plan = bf_lighting_plan_new ();
  level = bf_lighting_plan_level (book->plan, run->model, run->asset, book->evaluator->zone, run->now_us, &until_us);
  wake (run, until_us);
  return level;
}

/* The clock is as it is now for more than a day; asked once a quarter of an hour. */
static gboolean
is_steady (BfSeriesBook *book, gint64 now_us)
{
  gint64 quarter = now_us / (15 * MINUTE_US);
  gint64 offset = offset_us (book, now_us);
  int interval;

  if (quarter == book->steady_quarter)
    return book->steady;
  interval = g_time_zone_find_interval (book->evaluator->zone, G_TIME_TYPE_UNIVERSAL, (now_us + DAY_US + 60 * MINUTE_US) / G_USEC_PER_SEC);
  book->steady_quarter = quarter;
  book->steady = g_time_zone_get_offset (book->evaluator->zone, MAX (0, interval)) * (gint64) G_USEC_PER_SEC == offset;
  return book->steady;
}

static double
run_calendar (BfSeriesBook *book, const BfBuiltin *builtin, BfRun *run)
{
  gint64 local_us = run->now_us + offset_us (book, run->now_us);
  gint64 next_us;
  gboolean holds = bf_rule_calendar_holds (builtin, book->evaluator->set->alsace_moselle, local_us, &next_us);
  gint64 at_us = run->now_us + next_us - local_us;

  if (!is_steady (book, run->now_us))
    at_us = MIN (at_us, (run->now_us / (15 * MINUTE_US) + 1) * 15 * MINUTE_US);
  run->wake_us = MIN (run->wake_us, at_us);
  return holds ? 1 : 0;
}

/* The next time that the local time is a multiple of @step_us after @phase_us. */
static gint64
next_local (gint64 now_us, gint64 local_offset_us, gint64 step_us, gint64 phase_us)
{
  gint64 local_us = now_us + local_offset_us - phase_us;

  return now_us + step_us - ((local_us % step_us) + step_us) % step_us;
}

/* How often a window is looked at without a new value. */
static gint64
window_step_us (const BfBuiltin *builtin)
{
  return MAX (MINUTE_US, builtin->span_us / (BF_SERIES_SLOTS / 2));
}

static double
run_series (BfSeriesBook *book, BfSeries *series, const BfBuiltin *builtin, double value, BfRun *run)
{
  gint64 now_us = run->now_us;
  gint64 local_us = offset_us (book, now_us);

  switch (bf_builtin_series (builtin->function))
    {
    case BF_SERIES_NIGHT:
      wake (run, next_local (now_us, local_us, DAY_US, 4 * 60 * MINUTE_US));
      break;
    case BF_SERIES_USUAL:
      wake (run, next_local (now_us, local_us, 30 * MINUTE_US, 0));
      break;
    case BF_SERIES_WEEK:
      wake (run, next_local (now_us, local_us, 15 * MINUTE_US, 0));
      break;
    case BF_SERIES_FALL:
      if (builtin->function == BF_BUILTIN_SINCE_FALL)
        wake (run, now_us + 10 * MINUTE_US);
      break;
    case BF_SERIES_TYPICAL:
      break; /* it changes with values only */
    case BF_SERIES_RESIDUAL:
      if (builtin->function == BF_BUILTIN_RESIDUAL_SHIFT)
        wake (run, now_us + builtin->span_us);
      break;
    case BF_SERIES_WINDOW:
    case BF_SERIES_TREND:
    case BF_SERIES_TALLY:
    default:
      wake (run, now_us + window_step_us (builtin));
    }
  switch (builtin->function)
    {
    case BF_BUILTIN_WINDOW_MIN:
      return bf_series_min (series, now_us);
    case BF_BUILTIN_WINDOW_MAX:
      return bf_series_max (series, now_us);
    case BF_BUILTIN_WINDOW_AVG:
      return bf_series_avg (series, now_us);
    case BF_BUILTIN_WINDOW_SUM:
      return bf_series_sum (series, now_us);
    case BF_BUILTIN_WINDOW_COUNT:
      return bf_series_count (series, now_us);
    case BF_BUILTIN_CHANGES:
      return bf_series_changes (series, now_us);
    case BF_BUILTIN_STDDEV:
      return bf_series_stddev (series, now_us);
    case BF_BUILTIN_DELTA:
      return bf_series_delta (series, now_us, builtin->span_us, builtin->ago_us);
    case BF_BUILTIN_RATE:
      return bf_series_rate (series, now_us, builtin->span_us);
    case BF_BUILTIN_TREND:
      return bf_series_trend (series, now_us);
    case BF_BUILTIN_TIME_TO:
      return bf_series_time_to (series, now_us, builtin->number);
    case BF_BUILTIN_FILL_RATE:
      return bf_series_fill_rate (series);
    case BF_BUILTIN_FILL_TIME_TO:
      return bf_series_fill_time_to (series, builtin->number);
    case BF_BUILTIN_SINCE_FALL:
      return bf_series_since_fall (series, now_us);
    case BF_BUILTIN_NIGHT_MIN:
      return bf_series_night (series, now_us, local_us);
    case BF_BUILTIN_NIGHT_MIN_USUAL:
      return bf_series_night_usual (series, now_us, local_us);
    case BF_BUILTIN_EXPECTED:
      return bf_profile_expected (series, now_us, local_us);
    case BF_BUILTIN_DEVIATION:
      return bf_profile_deviation (series, now_us, local_us, value);
    case BF_BUILTIN_OUTSIDE:
      return 100 * bf_profile_outside (series, now_us, local_us, value);
    case BF_BUILTIN_TYPICAL:
      return bf_series_typical (series);
    case BF_BUILTIN_RESIDUAL_SHIFT:
      return bf_residual_shift (series, now_us);
    case BF_BUILTIN_RESIDUAL_LEARNT:
      return 100 * bf_residual_learnt (series);
    case BF_BUILTIN_LEARNT:
      return 100 * bf_profile_learnt (series, now_us, local_us);
    default:
      return bf_series_usual (series, now_us, local_us);
    }
}

double
bf_series_book_run (gpointer evaluator, const BfBuiltin *builtin, BfRun *run)
{
  BfSeriesBook *book = ((BfEvaluator *) evaluator)->series;
  const BfShelf *shelf;
  BfSeries *series;
  gboolean once;
  double value, other;

  if (builtin->function == BF_BUILTIN_LIGHTING_PLAN)
    return run_plan (book, run);
  if (builtin->function >= BF_BUILTIN_TIME_IN && builtin->function <= BF_BUILTIN_HOLIDAY)
    return run_calendar (book, builtin, run);
  if (!bf_builtin_has_series (builtin->function))
    return run_sun (book, builtin, run);
  shelf = g_hash_table_lookup (book->of_builtin, builtin);
  series = shelf != NULL ? bf_shelf_get (shelf, run->asset) : NULL;
  /* What rests on a value that is unknown is unknown. */
  if (series == NULL || !bf_model_known (run->model, run->asset, builtin->property, run->now_us, &value)
      || (builtin->other != BF_NO_PROPERTY && !bf_model_known (run->model, run->asset, builtin->other, run->now_us, &other)))
    return NAN;
  if (builtin->function == BF_BUILTIN_RESIDUAL)
    return bf_residual_value (series, value, other);
  /* Several rules ask the same of a window at the same time; others have arguments of their own. */
  once = bf_builtin_series (builtin->function) == BF_SERIES_TALLY
         || (bf_builtin_series (builtin->function) == BF_SERIES_WINDOW && builtin->function <= BF_BUILTIN_WINDOW_AVG);
  if (once && bf_series_recall (series, builtin->function, run->now_us, &value))
    wake (run, run->now_us + window_step_us (builtin));
  else
    value = run_series (book, series, builtin, value, run);
  if (once)
    bf_series_keep (series, builtin->function, run->now_us, value);
  return isfinite (value) ? value : NAN;
}

/**
 * bf_evaluator_set_lighting_plan:
 * @plan: (transfer full): when street lighting is meant to be on, for lighting_plan(); before the first asset is added
 */
void
bf_evaluator_set_lighting_plan (BfEvaluator *evaluator, BfLightingPlan *plan)
{
  bf_lighting_plan_free (evaluator->series->plan);
  evaluator->series->plan = plan;
}

/**
 * bf_evaluator_check_lighting_plan:
 *
 * What the plan names that the model does not have now; see bf_lighting_plan_check_assets().
 */
void
bf_evaluator_check_lighting_plan (const BfEvaluator *evaluator, GPtrArray *problems)
{
  if (evaluator->series->plan != NULL)
    bf_lighting_plan_check_assets (evaluator->series->plan, evaluator->model, problems);
}

/* ---- Expected= ---- */

/**
 * bf_evaluator_is_expected:
 *
 * Returns: %FALSE when the property's `Expected=` is known to be false for this asset: its silence is as it should be
 */
gboolean
bf_evaluator_is_expected (BfEvaluator *evaluator, guint32 asset, guint16 property, gint64 now_us)
{
  const BfProgram *program = evaluator->set->expected[property];
  BfRun run = { .model = evaluator->model, .now_us = now_us, .asset = asset, .watch_since_us = now_us, .wake_us = G_MAXINT64 };

  return program == NULL || bf_program_run (program, &run) != 0;
}
