/* SPDX-License-Identifier: EUPL-1.2 */
/* The stock rules of every service over a month of Clairbourg with 60 incidents placed at random: each must raise the rule that is meant
 * for it, at the place where it happened, within the time that is stated here; what else is raised is either true of the town or false,
 * and false alerts are counted. Prints both tables. And: the lamps burn when the plan says so. */
#include "bf-demo-month.h"

#include <math.h>
#include <string.h>

#define START_US (1779660000 * (gint64) G_USEC_PER_SEC) /* Monday 2026-05-25 00:00 in the city */
#define MONTH_US (START_US + 7 * DAY_US)                /* Monday 2026-06-01: the week before is for what must learn */
#define END_US (MONTH_US + 30 * DAY_US)
#define SEED 4
#define FALSE_MAX 0u

typedef enum
{
  AT_ANY_TIME,
  BY_DAY,        /* the sun is well up */
  IN_EXTINCTION, /* the cabinet's clock keeps its lamps out, and will for two hours */
} When;

/* @rule: NULL: nothing may be raised for it. @within: the stated greatest delay. */
typedef struct
{
  const char *name;
  BfDemoIncidentKind kind;
  guint n;
  When when;
  int lasts_min, lasts_max; /* minutes */
  const char *rule;
  int within_min;
} Plan;

static const Plan plans[] = {
  { "cabinet-trip", BF_DEMO_CABINET_TRIP, 5, AT_ANY_TIME, 40, 180, "lighting_mains_absent", 15 },
  { "lamps-by-day", BF_DEMO_LAMPS_BY_DAY, 4, BY_DAY, 90, 180, "lighting_burning_by_day", 40 },
  { "lamps-by-day, at night", BF_DEMO_LAMPS_BY_DAY, 4, IN_EXTINCTION, 100, 115, "lighting_extinction_missed", 55 },
  { "main-burst", BF_DEMO_MAIN_BURST, 4, AT_ANY_TIME, 60, 240, "water_pressure_drop", 10 },
  { "slow-leak", BF_DEMO_SLOW_LEAK, 4, AT_ANY_TIME, 4320, 7200, "water_leak", 30 * 60 },
  { "container-fire", BF_DEMO_CONTAINER_FIRE, 4, AT_ANY_TIME, 45, 90, "waste_fire", 20 },
  { "container-full", BF_DEMO_CONTAINER_FULL, 4, AT_ANY_TIME, 300, 900, "waste_full", 50 },
  { "accident", BF_DEMO_ACCIDENT, 4, AT_ANY_TIME, 40, 120, "traffic_accident", 10 },
  { "roadworks", BF_DEMO_ROADWORKS, 2, AT_ANY_TIME, 600, 2000, NULL, 0 },
  { "storm", BF_DEMO_STORM, 2, AT_ANY_TIME, 60, 180, "weather_warning", 10 },
  { "sensor-frozen", BF_DEMO_SENSOR_FROZEN, 4, AT_ANY_TIME, 60, 600, "parking_silent", 25 },
  { "air-pollution", BF_DEMO_AIR_POLLUTION, 3, AT_ANY_TIME, 90, 300, "air_no2_information", 20 },
  { "heating-failure", BF_DEMO_HEATING_FAILURE, 4, AT_ANY_TIME, 120, 600, "buildings_frost", 50 },
  { "bikes-gone", BF_DEMO_BIKES_GONE, 4, AT_ANY_TIME, 90, 300, "mobility_bikes_empty", 40 },
  { "reports-cluster", BF_DEMO_REPORTS_CLUSTER, 4, AT_ANY_TIME, 60, 600, "reports_cluster", 20 },
  { "outage of parking", BF_DEMO_OUTAGE, 1, AT_ANY_TIME, 60, 120, "parking_silent", 25 },
  { "outage of another", BF_DEMO_OUTAGE, 3, AT_ANY_TIME, 60, 120, NULL, 0 },
};

/* The services whose sources fail besides that of parking: the engine says so of the feed; no rule takes silence for a fault. */
static const char *const outages[] = { "water", "lighting", "traffic" };

typedef struct
{
  const Plan *plan;
  BfDemoIncident of;
  const char *id;      /* of the thing */
  const char *service; /* whose alerts it explains */
  gint64 raised_us;    /* 0: not */
  guint n_explained;
} Case;

/* ── placing ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static const char *
service_of (BfDemoIncidentKind kind)
{
  switch (kind)
    {
    case BF_DEMO_CABINET_TRIP:
    case BF_DEMO_LAMPS_BY_DAY:
      return "lighting";
    case BF_DEMO_MAIN_BURST:
    case BF_DEMO_SLOW_LEAK:
      return "water";
    case BF_DEMO_CONTAINER_FIRE:
    case BF_DEMO_CONTAINER_FULL:
      return "waste";
    case BF_DEMO_ACCIDENT:
    case BF_DEMO_ROADWORKS:
      return "traffic";
    case BF_DEMO_SENSOR_FROZEN:
      return "parking";
    case BF_DEMO_AIR_POLLUTION:
      return "air";
    case BF_DEMO_HEATING_FAILURE:
      return "buildings";
    case BF_DEMO_BIKES_GONE:
      return "mobility";
    case BF_DEMO_REPORTS_CLUSTER:
      return "reports";
    case BF_DEMO_STORM:
      return "weather";
    case BF_DEMO_OUTAGE:
    case BF_DEMO_INCIDENTS:
    default:
      return NULL;
    }
}

static GArray *
things_of (const BfDemoCity *city, BfDemoIncidentKind kind)
{
  const char *service = service_of (kind);

  return g_str_equal (service, "lighting")  ? city->cabinets
         : g_str_equal (service, "water")   ? city->water
         : g_str_equal (service, "waste")   ? city->containers
         : g_str_equal (service, "traffic") ? city->sections
         : g_str_equal (service, "parking") ? city->car_parks
         : g_str_equal (service, "air")     ? city->air
         : g_str_equal (service, "buildings") ? city->buildings
         : g_str_equal (service, "mobility")  ? city->bikes
                                              : city->reports;
}

/* A thing to which the incident can happen: the loggers of the mains, the sectors of leaks, the counted parks. */
static const char *
choose_thing (const Month *month, const Plan *plan, guint nth, GRand *rand)
{
  const GArray *things;
  const BfDemoThing *thing;

  if (plan->kind == BF_DEMO_STORM)
    return NULL;
  if (plan->kind == BF_DEMO_OUTAGE)
    return plan->rule != NULL ? "parking" : outages[nth % G_N_ELEMENTS (outages)];
  things = things_of (month->city, plan->kind);
  do
    thing = &g_array_index (things, BfDemoThing, g_rand_int_range (rand, 0, (gint32) things->len));
  while ((plan->kind == BF_DEMO_MAIN_BURST && !g_str_equal (thing->kind, "pressure_logger"))
         || (plan->kind == BF_DEMO_SLOW_LEAK && !g_str_equal (thing->kind, "sector"))
         || (plan->kind == BF_DEMO_SENSOR_FROZEN && g_str_equal (thing->id, "CLB-14")));
  return thing->id;
}

static gboolean
is_time_for (const Month *month, const Plan *plan, int thing, gint64 from_us, gint64 until_us)
{
  double hour = bf_demo_hour (from_us, NULL);

  if (until_us > END_US - 2 * HOUR_US || (plan->kind == BF_DEMO_SLOW_LEAK && until_us > END_US - DAY_US))
    return FALSE;
  if (plan->when == BY_DAY)
    return hour >= 8 && hour < 17;
  if (plan->when == IN_EXTINCTION)
    for (gint64 at_us = from_us - 10 * MINUTE_US; at_us <= until_us + 10 * MINUTE_US; at_us += STEP_US)
      if (bf_demo_cabinet_supply (month->city, (guint) thing, at_us) || !bf_demo_is_night (month->city, at_us))
        return FALSE;
  return TRUE;
}

static const BfDemoThing *
find_thing (const GArray *things, const char *id)
{
  for (guint i = 0; i < things->len; i++)
    if (g_str_equal (g_array_index (things, BfDemoThing, i).id, id))
      return &g_array_index (things, BfDemoThing, i);
  return NULL;
}

/* A sector names none: its own number is in its id. */
static int
sector_of (const BfDemoCity *city, const char *id)
{
  const BfDemoThing *thing = find_thing (city->water, id);

  return thing->sector >= 0 ? thing->sector : atoi (thing->id + 1) - 1;
}

/* Two at one time that hide each other tell nothing of the rules: not of one thing within two days, no source out while something of its
 * service is, no storm over a cabinet's own trouble, one trouble of a sector's water at a time. */
static gboolean
is_free (const Month *month, const GArray *cases, const Plan *plan, const char *id, gint64 from_us, gint64 until_us)
{
  for (guint i = 0; i < cases->len; i++)
    {
      const Case *other = &g_array_index (cases, Case, i);
      gboolean at_once = from_us < other->of.until_us + 3 * HOUR_US && other->of.from_us < until_us + 3 * HOUR_US;
      gboolean near_once = from_us < other->of.until_us + 2 * DAY_US && other->of.from_us < until_us + 2 * DAY_US;
      const char *service = plan->kind == BF_DEMO_OUTAGE ? id : service_of (plan->kind);
      const char *others = other->plan->kind == BF_DEMO_OUTAGE ? other->id : service_of (other->plan->kind);
      gboolean storm = plan->kind == BF_DEMO_STORM || other->plan->kind == BF_DEMO_STORM;

      if (near_once && id != NULL && g_strcmp0 (id, other->id) == 0)
        return FALSE;
      if (near_once && plan->kind != BF_DEMO_OUTAGE && other->plan->kind != BF_DEMO_OUTAGE && g_str_equal (service, "water")
          && g_str_equal (others, "water") && sector_of (month->city, id) == sector_of (month->city, other->id))
        return FALSE;
      if (at_once && (plan->kind == BF_DEMO_OUTAGE || other->plan->kind == BF_DEMO_OUTAGE) && g_str_equal (service, others))
        return FALSE;
      if (at_once && storm)
        return FALSE;
    }
  return TRUE;
}

static void
place (Month *month, const Plan *plan, guint nth, GRand *rand, GArray *cases)
{
  for (guint tries = 0; tries < 100000; tries++)
    {
      const char *id = choose_thing (month, plan, nth, rand);
      gint64 from_us = MONTH_US + g_rand_int_range (rand, 0, 30 * 86400) * (gint64) G_USEC_PER_SEC;
      gint64 until_us = from_us + g_rand_int_range (rand, plan->lasts_min, plan->lasts_max + 1) * MINUTE_US;
      g_autoptr (GError) error = NULL;
      Case one = { .plan = plan, .id = id };

      if (!is_free (month, cases, plan, id, from_us, until_us))
        continue;
      /* What is told first is found out of the town: which thing it is. */
      bf_demo_city_begin (month->city, bf_demo_incident_names[plan->kind], id, from_us, (double) (until_us - from_us) / G_USEC_PER_SEC, &error);
      g_assert_no_error (error);
      one.of = g_array_index (month->city->incidents, BfDemoIncident, month->city->incidents->len - 1);
      g_array_set_size (month->city->incidents, month->city->incidents->len - 1);
      if (!is_time_for (month, plan, one.of.thing, from_us, until_us))
        continue;
      one.service = plan->kind == BF_DEMO_OUTAGE ? id : service_of (plan->kind);
      g_array_append_val (month->city->incidents, one.of);
      g_array_append_val (cases, one);
      return;
    }
  g_error ("%s: no time for it in the month", plan->name);
}

static int
compare_cases (gconstpointer a, gconstpointer b)
{
  const Case *x = a, *y = b;

  return x->of.from_us < y->of.from_us ? -1 : x->of.from_us > y->of.from_us;
}

static GArray *
place_all (Month *month)
{
  GArray *cases = g_array_new (FALSE, FALSE, sizeof (Case));
  g_autoptr (GRand) rand = g_rand_new_with_seed (SEED);

  /* Those that need most room first. */
  for (guint i = 0; i < G_N_ELEMENTS (plans); i++)
    if (plans[i].kind == BF_DEMO_SLOW_LEAK)
      for (guint k = 0; k < plans[i].n; k++)
        place (month, &plans[i], k, rand, cases);
  for (guint i = 0; i < G_N_ELEMENTS (plans); i++)
    for (guint k = 0; plans[i].kind != BF_DEMO_SLOW_LEAK && k < plans[i].n; k++)
      place (month, &plans[i], k, rand, cases);
  g_array_sort (cases, compare_cases);
  return cases;
}

/* ── what an alert is of ─────────────────────────────────────────────────────────────────────────────────────── */

/* How long after its end an incident's alerts may still come: a night that saw it is told in the morning, and stays the last night until the
 * next. */
static gint64
grace_us (const Plan *plan)
{
  return g_strcmp0 (service_of (plan->kind), "water") == 0 ? DAY_US : HOUR_US;
}

/* @asset: without its service. */
static gboolean
is_touched (const Month *month, const Case *one, const char *service, const char *asset)
{
  const BfDemoCity *city = month->city;
  const BfDemoThing *thing;

  if (one->plan->kind == BF_DEMO_STORM && g_str_equal (service, "lighting"))
    {
      thing = find_thing (city->lamps, asset);
      return bf_demo_noise (thing != NULL ? g_array_index (city->cabinets, BfDemoThing, thing->cabinet).id : asset, 2) > 0.9;
    }
  if (!g_str_equal (service, one->service))
    return FALSE;
  if (one->plan->kind == BF_DEMO_STORM || one->plan->kind == BF_DEMO_OUTAGE)
    return one->plan->kind == BF_DEMO_STORM || one->plan->rule != NULL;
  if (g_str_equal (service, "lighting") && (thing = find_thing (city->lamps, asset)) != NULL)
    return thing->cabinet == one->of.thing;
  if (g_str_equal (service, "water"))
    return sector_of (city, asset) == sector_of (city, one->id);
  /* The thing itself, and what is named after it: the event on a section, the reports around one. */
  return g_str_has_prefix (asset, one->id);
}

static const char *
split_asset (const Month *month, guint32 asset, char **ret_service)
{
  const char *id = bf_model_asset_id (bf_rehearsal_model (month->rehearsal), asset);
  const char *slash = strchr (id, '/');

  *ret_service = g_strndup (id, (gsize) (slash - id));
  return slash + 1;
}

/* Rules that speak of the town's ordinary life: a car park that is full on market day is full. Each says something that the model can be
 * asked: what it said must be true. */
static gboolean
is_true (Month *month, const char *rule, const char *asset, gint64 at_us)
{
  const BfDemoThing *thing;

  if (g_str_equal (rule, "lighting_lamp_failed"))
    {
      thing = find_thing (month->city->lamps, asset);
      return bf_demo_lamp_state (month->city, (guint) (thing - (const BfDemoThing *) (gconstpointer) month->city->lamps->data), at_us) == BF_DEMO_LAMP_FAILED;
    }
  if (g_str_equal (rule, "waste_full_soon"))
    {
      /* Full within twelve hours at the pace of the last six, had no round come. */
      guint i;
      double now, before;

      thing = find_thing (month->city->containers, asset);
      i = (guint) (thing - (const BfDemoThing *) (gconstpointer) month->city->containers->data);
      at_us -= 15 * MINUTE_US; /* as it was last told: its round may have come since */
      now = bf_demo_container_fill (month->city, i, at_us);
      before = bf_demo_container_fill (month->city, i, at_us - 6 * HOUR_US);
      return now >= 70 && now + 2 * (now - before) >= 95;
    }
  return FALSE;
}

/* ── counts of car parks, kept as they were told ─────────────────────────────────────────────────────────────── */

/* Share of its places, by step and car park: what its stock rules say is looked up here. A delay that ends as the next count comes ends
 * before it: the count before is what was true. */
static gboolean
is_true_of_park (const GArray *shares, guint n_parks, guint park, const char *rule, gint64 at_us)
{
  gint64 step = (at_us - START_US) / STEP_US, n_steps = shares->len / n_parks;
  gboolean filling = g_str_equal (rule, "parking_filling");

  for (gint64 k = MAX (0, step - 1); k <= step + (filling ? 6 : 0) && k < n_steps; k++)
    if (g_array_index (shares, float, k * n_parks + park) >= (filling || g_str_equal (rule, "parking_almost_full") ? 0.95f : 1.0f))
      return TRUE;
  return FALSE;
}

static void
keep_shares (const Month *month, GArray *shares)
{
  for (guint i = 0; i < month->parking->car_parks->len; i++)
    {
      const BfDemoCarPark *park = g_ptr_array_index (month->parking->car_parks, i);
      float share = (float) park->cars / (float) park->capacity;

      g_array_append_val (shares, share);
    }
}

/* ── the month ───────────────────────────────────────────────────────────────────────────────────────────────── */

typedef struct
{
  guint n_explained, n_true, n_false;
} Tally;

static Case *
explain (const Month *month, GArray *cases, const char *rule, const char *service, const char *asset, gint64 at_us)
{
  Case *found = NULL;

  for (guint i = 0; i < cases->len; i++)
    {
      Case *one = &g_array_index (cases, Case, i);

      if (at_us < one->of.from_us || at_us > one->of.until_us + grace_us (one->plan) || !is_touched (month, one, service, asset))
        continue;
      if (found == NULL || g_strcmp0 (one->plan->rule, rule) == 0)
        found = one;
    }
  return found;
}

static char *
local_text (const Month *month, gint64 at_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (at_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, month->zone);

  return g_date_time_format (local, "%a %d %H:%M");
}

static void
sort_alert (Month *month, GArray *cases, const GArray *shares, const BfRehearsedAlert *alert, Tally *tally)
{
  const char *rule = bf_rule_set_get (month->rules, alert->rule)->id;
  g_autofree char *service = NULL;
  const char *asset = split_asset (month, alert->asset, &service);
  Case *one = explain (month, cases, rule, service, asset, alert->raised_us);
  g_autofree char *at = local_text (month, alert->raised_us);
  guint park = 0;

  if (one != NULL)
    {
      one->n_explained++;
      tally->n_explained++;
      if (g_strcmp0 (one->plan->rule, rule) == 0 && one->raised_us == 0)
        one->raised_us = alert->raised_us;
      return;
    }
  for (park = 0; park < month->car_parks->len; park++)
    if (g_array_index (month->car_parks, guint32, park) == alert->asset)
      break;
  if (park < month->car_parks->len ? is_true_of_park (shares, month->car_parks->len, park, rule, alert->raised_us)
                                   : is_true (month, rule, asset, alert->raised_us))
    {
      tally->n_true++;
      return;
    }
  tally->n_false++;
  g_test_message ("false: %s %s %s/%s: %s", at, rule, service, asset, alert->alert != NULL ? alert->alert->title.text : "");
}

static void
print_cases (const Month *month, const GArray *cases)
{
  g_print ("# %-10s %-24s %-14s %-28s %9s %9s %7s\n", "when", "incident", "where", "right alert", "after", "at most", "alerts");
  for (guint i = 0; i < cases->len; i++)
    {
      const Case *one = &g_array_index (cases, Case, i);
      g_autofree char *at = local_text (month, one->of.from_us);
      g_autofree char *after = one->raised_us > 0 ? g_strdup_printf ("%.1f min", (double) (one->raised_us - one->of.from_us) / MINUTE_US)
                                                  : g_strdup (one->plan->rule != NULL ? "NEVER" : "-");

      g_print ("# %-10s %-24s %-14s %-28s %9s %5d min %7u\n", at, one->plan->name, one->id != NULL ? one->id : "the town",
               one->plan->rule != NULL ? one->plan->rule : "none", after, one->plan->within_min, one->n_explained);
    }
}

static void
test_month (void)
{
  Month month;
  g_autoptr (GArray) cases = NULL;
  g_autoptr (GArray) shares = g_array_new (FALSE, FALSE, sizeof (float));
  g_autofree Tally *tallies = NULL;
  g_autoptr (BfFigures) figures = NULL;
  guint n_false = 0, n_missed = 0;

  month_open (&month, START_US, MONTH_US);
  cases = place_all (&month);
  g_assert_cmpuint (cases->len, ==, 60);
  for (gint64 now_us = START_US; now_us < END_US; now_us += STEP_US)
    {
      month_step (&month, now_us);
      keep_shares (&month, shares);
    }
  bf_rehearsal_end (month.rehearsal, END_US);
  figures = bf_figures_new (month.rehearsal);
  tallies = g_new0 (Tally, bf_rule_set_n (month.rules));
  for (guint i = 0; i < figures->alerts->len; i++)
    {
      const BfRehearsedAlert *alert = &g_array_index (figures->alerts, BfRehearsedAlert, i);

      sort_alert (&month, cases, shares, alert, &tallies[alert->rule]);
    }
  print_cases (&month, cases);
  g_print ("#\n# %-28s %10s %12s %8s\n", "stock rule", "incidents'", "true of town", "false");
  for (guint i = 0; i < bf_rule_set_n (month.rules); i++)
    {
      n_false += tallies[i].n_false;
      if (tallies[i].n_explained + tallies[i].n_true + tallies[i].n_false > 0)
        g_print ("# %-28s %10u %12u %8u\n", bf_rule_set_get (month.rules, i)->id, tallies[i].n_explained, tallies[i].n_true, tallies[i].n_false);
    }
  for (guint i = 0; i < cases->len; i++)
    {
      const Case *one = &g_array_index (cases, Case, i);

      if (one->plan->rule != NULL && (one->raised_us == 0 || one->raised_us - one->of.from_us > one->plan->within_min * MINUTE_US))
        n_missed++;
    }
  g_print ("# %" G_GUINT64_FORMAT " observations, %u stock rules, %u alerts in 30 days; %u incidents missed or late, %u false alerts\n",
           month.n_observations, bf_rule_set_n (month.rules), figures->alerts->len, n_missed, n_false);
  g_assert_cmpuint (n_missed, ==, 0);
  g_assert_cmpuint (n_false, <=, FALSE_MAX);
  g_clear_pointer (&figures, bf_figures_free);
  month_close (&month);
}

/* ── the lighting plan ───────────────────────────────────────────────────────────────────────────────────────── */

/* The hours of a night in which a cabinet's lamps burn, in steps; every step of the night on which clock and plan do not agree is told. Sunset
 * and sunrise of the plan are those of the middle of a quarter of a degree: a step next to a switching by the sun is not asked. */
static guint
compare_night (const Month *month, BfLightingPlan *plan, guint cabinet, gint64 noon_us, guint *ret_wrong)
{
  const BfModel *model = bf_rehearsal_model (month->rehearsal);
  guint32 asset = g_array_index (month->cabinets, guint32, cabinet);
  guint n_on = 0;

  for (gint64 at_us = noon_us; at_us < noon_us + DAY_US; at_us += STEP_US)
    {
      gboolean planned, night = bf_demo_is_night (month->city, at_us);
      gint64 until_us;

      if (bf_demo_is_night (month->city, at_us - 2 * MINUTE_US) != night || bf_demo_is_night (month->city, at_us + 2 * MINUTE_US) != night)
        continue;
      planned = bf_lighting_plan_level (plan, model, asset, month->zone, at_us, &until_us) > 0;
      n_on += planned;
      *ret_wrong += planned != bf_demo_cabinet_supply (month->city, cabinet, at_us);
    }
  return n_on;
}

static guint
find_cabinet (const Month *month, gboolean in_centre)
{
  for (guint i = 0; i < month->cabinets->len; i++)
    if ((g_strcmp0 (g_array_index (month->city->cabinets, BfDemoThing, i).zone, "centre") == 0) == in_centre)
      return i;
  g_assert_not_reached ();
}

/* Every cabinet over two weeks of June with the evening of music, and the festival of lights; and the plan makes the differences that it
 * is there for. */
static void
test_plan (void)
{
  Month month;
  g_autoptr (BfLightingPlan) plan = NULL;
  gint64 monday_us = MONTH_US + 14 * DAY_US + 12 * HOUR_US; /* noon of 2026-06-15 */
  guint wrong = 0, centre, other, sunday, music;

  month_open (&month, START_US, MONTH_US);
  plan = month_load_plan (&month);
  for (guint i = 0; i < month.cabinets->len; i++)
    {
      for (guint day = 0; day < 14; day++)
        compare_night (&month, plan, i, monday_us + day * DAY_US, &wrong);
      compare_night (&month, plan, i, monday_us + 176 * DAY_US + HOUR_US, &wrong); /* 2026-12-08, noon of winter */
    }
  g_assert_cmpuint (wrong, ==, 0);
  centre = compare_night (&month, plan, find_cabinet (&month, TRUE), monday_us, &wrong);
  other = compare_night (&month, plan, find_cabinet (&month, FALSE), monday_us, &wrong);
  g_assert_cmpuint (centre, >, other);
  g_assert_cmpuint (compare_night (&month, plan, find_cabinet (&month, FALSE), monday_us + 4 * DAY_US, &wrong), >, other); /* Friday */
  sunday = compare_night (&month, plan, find_cabinet (&month, TRUE), monday_us + 13 * DAY_US, &wrong); /* 28 June */
  music = compare_night (&month, plan, find_cabinet (&month, TRUE), monday_us + 6 * DAY_US, &wrong);
  g_assert_cmpuint (music, >=, sunday + 46); /* four hours */
  month_close (&month);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("BF_DEMO_CITY") == NULL || g_getenv ("BEFFROI_PLUGINS") == NULL)
    {
      g_printerr ("BF_DEMO_CITY and BEFFROI_PLUGINS are set by meson\n");
      return 1;
    }
  g_test_add_func ("/demo/plan", test_plan);
  g_test_add_func ("/demo/month", test_month);
  return g_test_run ();
}
