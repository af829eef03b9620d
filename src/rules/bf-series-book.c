/* SPDX-License-Identifier: EUPL-1.2 */
/* Who remembers what for which asset: one series for each (property, way of remembering) that a program of the set names and
 * each asset that has brought a value; functions of the same span share it. What is not named costs nothing. Functions are
 * run for bf_program_run() here, with the time at which their result changes without a new value. */

#include "rules/bf-builtins-private.h"

#include <math.h>
#include <string.h>

#include "base/bf-time.h"
#include "rules/bf-profile.h"
#include "rules/bf-sun.h"

#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define DAY_US (1440 * MINUTE_US)
#define SUN_CELL_DEG 0.25
#define CHUNK_BITS 8
#define CHUNK_SERIES (1u << CHUNK_BITS)

typedef struct
{
  guint16 property;
  BfSeriesSpec spec;
  GPtrArray *chunks; /* by asset, CHUNK_SERIES of BfSeries each; NULL: none there. Growing moves no series */
} Shelf;

/* Of a built-in function of the set. */
typedef struct
{
  const BfBuiltin *builtin;
  Shelf *shelf; /* NULL: it remembers nothing */
  BfAsk *ask;   /* (nullable): of its property's bands */
} Place;

struct _BfSeriesBook
{
  BfEvaluator *evaluator;
  GPtrArray *shelves;    /* Shelf */
  GArray **by_property;  /* guint, of shelves; NULL: none */
  Place *places;          /* by BfBuiltin.place */
  BfLightingPlan *plan;   /* owned */
  /* Day or night was reckoned last for this cell, and holds so long. */
  int sun_lon;
  int sun_lat;
  gint64 sun_from_us;
  gint64 sun_until_us;
  gboolean sun_is_down;
  /* The zone's offset was asked last for this quarter of an hour. */
  gint64 offset_quarter;
  gint64 offset_us;
  gint64 steady_quarter; /* and, whether it holds for a day, for this one */
  gboolean steady;
};

static BfSeries *
get_series (const Shelf *shelf, guint32 asset)
{
  guint chunk = asset >> CHUNK_BITS;
  BfSeries **series = chunk < shelf->chunks->len ? g_ptr_array_index (shelf->chunks, chunk) : NULL;

  return series != NULL ? series[asset % CHUNK_SERIES] : NULL;
}

/* Takes @series, in the place of the one that was there. */
static void
set_series (Shelf *shelf, guint32 asset, BfSeries *series)
{
  guint chunk = asset >> CHUNK_BITS;
  BfSeries **place;

  if (chunk >= shelf->chunks->len)
    g_ptr_array_set_size (shelf->chunks, (int) chunk + 1);
  if (g_ptr_array_index (shelf->chunks, chunk) == NULL)
    g_ptr_array_index (shelf->chunks, chunk) = g_new0 (BfSeries *, CHUNK_SERIES);
  place = (BfSeries **) g_ptr_array_index (shelf->chunks, chunk) + asset % CHUNK_SERIES;
  bf_series_free (*place);
  *place = series;
}

/* The first at or after @asset, which becomes its asset; NULL: there is none. */
static BfSeries *
next_series (const Shelf *shelf, guint32 *asset)
{
  while (*asset >> CHUNK_BITS < shelf->chunks->len)
    {
      BfSeries *series = get_series (shelf, *asset);

      if (series != NULL)
        return series;
      if (g_ptr_array_index (shelf->chunks, *asset >> CHUNK_BITS) != NULL)
        (*asset)++;
      else
        *asset = ((*asset >> CHUNK_BITS) + 1) << CHUNK_BITS;
    }
  return NULL;
}

static void
shelf_free (gpointer data)
{
  Shelf *shelf = data;
  BfSeries *series;

  for (guint32 asset = 0; (series = next_series (shelf, &asset)) != NULL; asset++)
    bf_series_free (series);
  g_ptr_array_unref (shelf->chunks);
  g_free (shelf);
}

static Shelf *
find_shelf (BfSeriesBook *book, guint16 property, const BfSeriesSpec *spec)
{
  Shelf *shelf;
  guint index = book->shelves->len;

  for (guint i = 0; i < book->shelves->len; i++)
    {
      shelf = g_ptr_array_index (book->shelves, i);
      if (shelf->property == property && shelf->spec.type == spec->type && shelf->spec.span_us == spec->span_us
          && shelf->spec.fall == spec->fall)
        return shelf;
    }
  shelf = g_new0 (Shelf, 1);
  shelf->property = property;
  shelf->spec = *spec;
  shelf->chunks = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (book->shelves, shelf);
  if (book->by_property[property] == NULL)
    book->by_property[property] = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (book->by_property[property], index);
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

      book->places[builtin->place].builtin = builtin;
      if (!bf_builtin_has_series (builtin->function))
        continue;
      spec.hold = bf_catalog_property (book->evaluator->set->catalog, builtin->property)->derive != NULL;
      if (spec.type == BF_SERIES_WEEK)
        spec.holidays = holidays_of (book->evaluator);
      if (spec.type == BF_SERIES_FALL) /* the fall is the last number */
        spec.fall = builtin->function == BF_BUILTIN_FILL_TIME_TO ? builtin->number2 : builtin->number;
      book->places[builtin->place].shelf = find_shelf (book, builtin->property, &spec);
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
  book->places = g_new0 (Place, MAX (1, set->n_builtins));
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
  g_free (book->places);
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

static void
put_sample (BfSeriesBook *book, Shelf *shelf, guint32 asset, gint64 time_us, double value)
{
  BfSeries *series = get_series (shelf, asset);

  if (series == NULL)
    {
      series = bf_series_new (&shelf->spec);
      set_series (shelf, asset, series);
    }
  bf_series_add (series, time_us, value, offset_us (book, time_us));
}

static void
break_series (BfSeriesBook *book, const GArray *shelves, guint32 asset)
{
  for (guint i = 0; i < shelves->len; i++)
    {
      const Shelf *shelf = g_ptr_array_index (book->shelves, g_array_index (shelves, guint, i));
      BfSeries *series = get_series (shelf, asset);

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
bf_series_book_fetch (const BfSeriesBook *book, guint32 asset, guint16 property, gboolean near)
{
  const GArray *shelves = book->by_property[property];

  for (guint i = 0; shelves != NULL && i < shelves->len; i++)
    {
      const BfSeries *series = get_series (g_ptr_array_index (book->shelves, g_array_index (shelves, guint, i)), asset);

      if (series != NULL)
        bf_series_fetch (series, near);
    }
}

void
bf_series_book_late (BfSeriesBook *book, guint32 asset, guint16 property, gint64 time_us, double value)
{
  const GArray *shelves = book->by_property[property];

  for (guint i = 0; shelves != NULL && i < shelves->len; i++)
    {
      BfSeries *series = get_series (g_ptr_array_index (book->shelves, g_array_index (shelves, guint, i)), asset);

      if (series != NULL)
        bf_series_add_late (series, time_us, value);
    }
}

void
bf_series_book_step_time (BfSeriesBook *book, gint64 now_us, gint64 step_us)
{
  BfSeries *series;

  for (guint i = 0; step_us < 0 && i < book->shelves->len; i++)
    for (guint32 asset = 0; (series = next_series (g_ptr_array_index (book->shelves, i), &asset)) != NULL; asset++)
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
    case BF_BUILTIN_LEARNT:
      return 100 * bf_profile_learnt (series, now_us, local_us);
    default:
      return bf_series_usual (series, now_us, local_us);
    }
}

void
bf_series_book_set_asks (BfSeriesBook *book, const GPtrArray *asks)
{
  for (guint i = 0; i < book->evaluator->set->n_builtins; i++)
    {
      BfAsk *ask = book->places[i].shelf != NULL ? bf_asks_find (asks, book->places[i].builtin) : NULL;

      if (ask != NULL)
        book->places[i].ask = ask;
    }
}

double
bf_series_book_answer (BfEvaluator *evaluator, const BfBuiltin *builtin, BfRun *run)
{
  BfSeriesBook *book = evaluator->series;
  const Shelf *shelf;
  BfSeries *series;
  gboolean once;
  double value;

  if (builtin->function == BF_BUILTIN_LIGHTING_PLAN)
    return run_plan (book, run);
  if (builtin->function >= BF_BUILTIN_TIME_IN && builtin->function <= BF_BUILTIN_HOLIDAY)
    return run_calendar (book, builtin, run);
  if (!bf_builtin_has_series (builtin->function))
    return run_sun (book, builtin, run);
  shelf = book->places[builtin->place].shelf;
  series = shelf != NULL ? get_series (shelf, run->asset) : NULL;
  /* What rests on a value that is unknown is unknown. */
  if (series == NULL || !bf_model_known (run->model, run->asset, builtin->property, run->now_us, &value))
    return NAN;
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

double
bf_series_book_run (gpointer data, const BfBuiltin *builtin, BfRun *run)
{
  BfEvaluator *evaluator = data;
  BfAsk *ask = evaluator->series->places[builtin->place].ask;
  gint64 before_us = run->wake_us;
  double answer;

  if (ask == NULL || run->asset >= evaluator->capacity)
    return bf_series_book_answer (evaluator, builtin, run);
  run->wake_us = G_MAXINT64;
  answer = bf_series_book_answer (evaluator, builtin, run);
  bf_ask_saw (ask, run->asset, evaluator->capacity, answer, run->wake_us);
  run->wake_us = MIN (run->wake_us, before_us);
  return answer;
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

/* ---- Restart ---- */

/* Says which series: survives other indexes after a restart. */
static char *
shelf_key (const BfSeriesBook *book, const Shelf *shelf)
{
  const BfProperty *property = bf_catalog_property (book->evaluator->set->catalog, shelf->property);
  char fall[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup_printf ("%s.%s %d %" G_GINT64_FORMAT " %s", bf_catalog_service (book->evaluator->set->catalog, property->service)->id,
                          property->id, (int) shelf->spec.type, shelf->spec.span_us, g_ascii_dtostr (fall, sizeof fall, shelf->spec.fall));
}

/* What it gathers is the serialised form of a GVariant a(ssad), written by hand: as objects the items of a large city would be
 * many times as large. The form: items, each from a multiple of 8, then the end of each as an integer of the size that the whole
 * needs (https://docs.gtk.org/glib/gvariant-specification-1.0.html, “Arrays”). */
struct _BfSeriesSaver
{
  BfSeriesBook *book;
  GByteArray *items;
  GArray *ends;   /* guint32 */
  GArray *numbers; /* double, of one item */
  guint shelf;    /* under way */
  char *key;      /* its own; NULL: not begun */
  guint32 asset;  /* next to look at */
  guint task;     /* next, of those that hold (`within`) */
};

/**
 * bf_series_saver_new:
 * @evaluator: outlives the saver
 *
 * Begins to write down what built-in functions remember, in slices, so that the rules are not held up.
 */
BfSeriesSaver *
bf_series_saver_new (BfEvaluator *evaluator)
{
  BfSeriesSaver *saver = g_new0 (BfSeriesSaver, 1);

  saver->book = evaluator->series;
  saver->items = g_byte_array_new ();
  saver->ends = g_array_new (FALSE, FALSE, sizeof (guint32));
  saver->numbers = g_array_new (FALSE, FALSE, sizeof (double));
  return saver;
}

/* An item of saver->key and the asset, out of saver->numbers. */
static void
save_item (BfSeriesSaver *saver, guint32 asset)
{
  g_autoptr (GVariant) item = NULL;
  guint32 before = saver->items->len;
  guint32 start = (before + 7) / 8 * 8;
  guint32 end;

  item = g_variant_ref_sink (g_variant_new ("(ss@ad)", saver->key, bf_model_asset_id (saver->book->evaluator->model, asset),
                                            g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, saver->numbers->data,
                                                                       saver->numbers->len, sizeof (double))));
  end = start + (guint32) g_variant_get_size (item);
  g_byte_array_set_size (saver->items, end);
  memset (saver->items->data + before, 0, start - before);
  g_variant_store (item, saver->items->data + start);
  g_array_append_val (saver->ends, end);
}

static void
save_series (BfSeriesSaver *saver, BfSeries *series)
{
  g_array_set_size (saver->numbers, 0);
  bf_series_save (series, saver->numbers);
  save_item (saver, saver->asset);
}

/* Whose `within` it is: survives other indexes after a restart. */
static char *
held_key (const BfEvaluator *evaluator, const BfTaskState *task)
{
  const BfAggregate *aggregate = g_ptr_array_index (evaluator->set->aggregates, task->index);
  const BfKind *kind = bf_catalog_kind (evaluator->set->catalog, g_array_index (aggregate->kinds, guint16, 0));

  return g_strdup_printf ("within %s %s", bf_catalog_service (evaluator->set->catalog, kind->service)->id, aggregate->text);
}

static void
save_held_cb (guint32 asset, gint64 last_us, gpointer data)
{
  BfSeriesSaver *saver = data;
  double number = (double) last_us;

  g_array_set_size (saver->numbers, 0);
  g_array_append_val (saver->numbers, number);
  save_item (saver, asset);
}

/* What one aggregate holds, at once: few of its members were true of late. FALSE: there is no other. */
static gboolean
save_next_held (BfSeriesSaver *saver)
{
  const BfEvaluator *evaluator = saver->book->evaluator;

  while (saver->task < evaluator->n_tasks && evaluator->tasks[saver->task].held == NULL)
    saver->task++;
  if (saver->task == evaluator->n_tasks)
    return FALSE;
  saver->key = held_key (evaluator, &evaluator->tasks[saver->task]);
  bf_held_foreach (evaluator->tasks[saver->task++].held, evaluator->now_us, save_held_cb, saver);
  g_clear_pointer (&saver->key, g_free);
  return TRUE;
}

/**
 * bf_series_saver_step:
 * @n_series: at most so many of them
 *
 * Returns: whether there are more
 */
gboolean
bf_series_saver_step (BfSeriesSaver *saver, guint n_series)
{
  for (; saver->shelf < saver->book->shelves->len; saver->shelf++, saver->asset = 0)
    {
      const Shelf *shelf = g_ptr_array_index (saver->book->shelves, saver->shelf);
      BfSeries *series;

      if (saver->key == NULL)
        saver->key = shelf_key (saver->book, shelf);
      for (; (series = next_series (shelf, &saver->asset)) != NULL; saver->asset++, n_series--)
        {
          if (n_series == 0)
            return TRUE;
          save_series (saver, series);
        }
      g_clear_pointer (&saver->key, g_free);
    }
  return save_next_held (saver);
}

static guint
size_of_ends (gsize n_bytes, gsize n_ends)
{
  for (guint size = 1; size < sizeof (guint32); size *= 2)
    if (n_bytes + size * n_ends < G_GUINT64_CONSTANT (1) << (8 * size))
      return size;
  return sizeof (guint32);
}

/**
 * bf_series_saver_end:
 * @saver: (transfer full): frees it
 *
 * Returns: (transfer full): the data of a GVariant a(ssad): series, asset, numbers
 */
GBytes *
bf_series_saver_end (BfSeriesSaver *saver)
{
  guint size = size_of_ends (saver->items->len, saver->ends->len);
  GBytes *all;

  for (guint i = 0; i < saver->ends->len; i++)
    {
      guint32 end = GUINT32_TO_LE (g_array_index (saver->ends, guint32, i));

      g_byte_array_append (saver->items, (const guint8 *) &end, size);
    }
  all = g_byte_array_free_to_bytes (saver->items);
  g_array_unref (saver->ends);
  g_array_unref (saver->numbers);
  g_free (saver->key);
  g_free (saver);
  return all;
}

/* One look at the whole, and then it can be trusted: GLib looks at all that lies before each child of what it does not trust, which
 * is minutes for a million. What is not in order is damaged, and is read that slow way as far as it goes. */
static GVariant *
open_all (GBytes *bytes)
{
  g_autoptr (GVariant) all = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("a(ssad)"), bytes, FALSE));

  if (!g_variant_is_normal_form (all))
    return g_steal_pointer (&all);
  return g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("a(ssad)"), bytes, TRUE));
}

/* (transfer full): key -> GPtrArray of BfHeld: two rules may say the same */
static GHashTable *
helds_by_key (const BfEvaluator *evaluator)
{
  GHashTable *helds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);

  for (guint t = 0; t < evaluator->n_tasks; t++)
    {
      const BfTaskState *task = &evaluator->tasks[t];
      g_autofree char *key = task->held != NULL ? held_key (evaluator, task) : NULL;
      GPtrArray *same = key != NULL ? g_hash_table_lookup (helds, key) : NULL;

      if (key != NULL && same == NULL)
        g_hash_table_insert (helds, g_strdup (key), same = g_ptr_array_new ());
      if (same != NULL)
        g_ptr_array_add (same, task->held);
    }
  return helds;
}

/* @helds: (nullable) */
static void
load_held (const GPtrArray *helds, guint32 asset, const double *numbers, gsize n)
{
  if (helds == NULL || n != 1 || !(fabs (numbers[0]) <= 9e15))
    return;
  for (guint i = 0; i < helds->len; i++)
    bf_held_set (g_ptr_array_index (helds, i), asset, (gint64) numbers[0]);
}

/**
 * bf_evaluator_load_series:
 * @bytes: of bf_series_saver_end(), or damaged: what cannot be is passed over
 *
 * Before the first asset is added. Series that are not in the set any more are forgotten.
 *
 * Returns: how many series were taken
 */
guint
bf_evaluator_load_series (BfEvaluator *evaluator, GBytes *bytes)
{
  BfSeriesBook *book = evaluator->series;
  g_autoptr (GVariant) all = open_all (bytes);
  g_autoptr (GHashTable) shelves = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) helds = helds_by_key (evaluator);
  GVariantIter iter;
  const char *key, *id;
  GVariant *numbers;
  guint n_taken = 0;

  for (guint i = 0; i < book->shelves->len; i++)
    g_hash_table_insert (shelves, shelf_key (book, g_ptr_array_index (book->shelves, i)), g_ptr_array_index (book->shelves, i));
  g_variant_iter_init (&iter, all);
  while (g_variant_iter_next (&iter, "(&s&s@ad)", &key, &id, &numbers))
    {
      g_autoptr (GVariant) owned = numbers;
      Shelf *shelf = g_hash_table_lookup (shelves, key);
      guint32 asset = bf_model_find_asset (evaluator->model, id);
      BfSeries *series;
      gsize n;
      const double *data = g_variant_get_fixed_array (owned, &n, sizeof (double));

      if (asset != BF_NO_ASSET)
        load_held (g_hash_table_lookup (helds, key), asset, data, n);
      if (shelf == NULL || asset == BF_NO_ASSET)
        continue;
      series = bf_series_new (&shelf->spec);
      if (!bf_series_load (series, data, n))
        {
          bf_series_free (series);
          continue;
        }
      set_series (shelf, asset, series);
      n_taken++;
    }
  return n_taken;
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
