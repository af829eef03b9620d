/* SPDX-License-Identifier: EUPL-1.2 */
/* Figures of a rehearsal: see bf-figures.h. Pure reckoning over what bf-rehearsal.c gathered. Periods of ten minutes lie on full
 * ten minutes of UTC, and so of every zone; days and nights are those of the city's zone: the day on which the clocks change has
 * 23 or 25 hours. */

#include "watch/bf-rehearsal-private.h"

#include <string.h>

#include "base/bf-time.h"

#define PERIOD_US (10 * 60 * G_TIME_SPAN_SECOND)

static GDateTime *
local_time (const BfRehearsal *rehearsal, gint64 time_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);

  return utc != NULL ? g_date_time_to_timezone (utc, rehearsal->options.zone) : NULL;
}

static gint64
floor_period (gint64 time_us)
{
  return time_us / PERIOD_US - (time_us % PERIOD_US < 0);
}

/* ---- Alerts ---- */

/* One alert of the period, or one that was open at its begin, in the figures of its rule or of all. */
static void
count_alert (BfFiguresRule *rule, const BfRehearsedAlert *alert, const BfFigures *figures, int index, gboolean night)
{
  gint64 end_us = alert->cleared_us != BF_TIME_NONE ? alert->cleared_us : figures->to_us;
  gint64 open_us = end_us - MAX (alert->raised_us, figures->from_us);

  rule->open_us += open_us;
  rule->n_open_after += alert->cleared_us == BF_TIME_NONE;
  if (index < 0)
    {
      rule->n_open_before++;
      return;
    }
  rule->n_alerts++;
  rule->n_night += night;
  if (rule->longest < 0 || open_us > rule->longest_us)
    {
      rule->longest = index;
      rule->longest_us = open_us;
    }
}

static gboolean
count_day (const BfRehearsal *rehearsal, BfFigures *figures, gint64 raised_us)
{
  g_autoptr (GDateTime) local = local_time (rehearsal, raised_us);
  g_autofree char *text = g_date_time_format (local, "%Y-%m-%d");
  int hour = g_date_time_get_hour (local);

  for (guint i = figures->days->len; i > 0; i--)
    {
      BfFiguresDay *day = &g_array_index (figures->days, BfFiguresDay, i - 1);

      if (strcmp (day->text, text) == 0)
        {
          day->n_alerts++;
          break;
        }
    }
  return hour >= BF_FIGURES_NIGHT_FROM_H || hour < BF_FIGURES_NIGHT_TO_H;
}

static void
add_days (const BfRehearsal *rehearsal, BfFigures *figures)
{
  g_autoptr (GDateTime) begin = local_time (rehearsal, figures->from_us);
  g_autoptr (GDateTime) end = local_time (rehearsal, figures->to_us);
  GDate at, last;

  g_date_clear (&at, 1);
  g_date_clear (&last, 1);
  g_date_set_dmy (&at, (GDateDay) g_date_time_get_day_of_month (begin), (GDateMonth) g_date_time_get_month (begin),
                  (GDateYear) g_date_time_get_year (begin));
  g_date_set_dmy (&last, (GDateDay) g_date_time_get_day_of_month (end), (GDateMonth) g_date_time_get_month (end),
                  (GDateYear) g_date_time_get_year (end));
  for (; g_date_compare (&at, &last) <= 0; g_date_add_days (&at, 1))
    {
      BfFiguresDay day = { 0 };

      g_date_strftime (day.text, sizeof day.text, "%Y-%m-%d", &at);
      g_array_append_val (figures->days, day);
    }
}

static void
end_period (BfFigures *figures, gint64 period, guint n)
{
  figures->n_flooded += n > BF_FIGURES_FLOOD;
  if (n <= figures->most)
    return;
  figures->most = n;
  figures->most_us = period * PERIOD_US;
}

/* Alerts lie by the time at which they were raised. */
static void
count_floods (BfFigures *figures)
{
  gint64 first = floor_period (figures->from_us);
  gint64 period = first;
  guint n = 0;

  figures->n_periods = (guint) (floor_period (figures->to_us - 1) - first + 1);
  for (guint i = 0; i < figures->alerts->len; i++)
    {
      gint64 its = floor_period (g_array_index (figures->alerts, BfRehearsedAlert, i).raised_us);

      if (its != period)
        end_period (figures, period, n);
      n = its == period ? n + 1 : 1;
      period = its;
    }
  end_period (figures, period, n);
}

static void
count_alerts (const BfRehearsal *rehearsal, BfFigures *figures)
{
  for (guint i = 0; i < rehearsal->alerts->len; i++)
    {
      const BfRehearsedAlert *alert = &g_array_index (rehearsal->alerts, BfRehearsedAlert, i);
      gboolean before = alert->raised_us < figures->from_us;
      gboolean night = FALSE;
      int index = -1;

      if (before && alert->cleared_us != BF_TIME_NONE && alert->cleared_us <= figures->from_us)
        continue;
      if (!before)
        {
          night = count_day (rehearsal, figures, alert->raised_us);
          index = (int) figures->alerts->len;
          g_array_append_val (figures->alerts, *alert);
        }
      count_alert (&figures->rules[alert->rule], alert, figures, index, night);
      count_alert (&figures->total, alert, figures, index, night);
    }
}

/* ---- What could not be said ---- */

static void
count_said (const BfRehearsal *rehearsal, const BfFigures *figures, guint index, BfFiguresRule *rule)
{
  const GArray *said = rehearsal->said[index];

  for (guint asset = 0; asset < said->len; asset++)
    {
      const BfSaid *one = &g_array_index (said, BfSaid, asset);
      gint64 watched_us, unknown_us;

      if (one->watched_since_us == BF_TIME_NONE)
        continue;
      watched_us = figures->to_us - MAX (one->watched_since_us, figures->from_us);
      unknown_us = one->unknown_us;
      if (one->since_us != BF_TIME_NONE)
        unknown_us += figures->to_us - MAX (one->since_us, figures->from_us);
      rule->n_assets++;
      rule->n_never += watched_us > 0 && unknown_us >= watched_us;
      rule->watched_us += watched_us;
      rule->unknown_us += unknown_us;
    }
}

static void
count_inputs (const BfRehearsal *rehearsal, guint index, BfFiguresRule *rule)
{
  const BfRule *of = bf_rule_set_get (rehearsal->watch.rules, index);
  g_autoptr (GArray) inputs = bf_rule_inputs (rehearsal->watch.rules, of);
  const GArray *said = rehearsal->said[index];

  for (guint i = 0; i < inputs->len; i++)
    {
      BfFiguresInput input = { g_array_index (inputs, guint16, i), 0 };
      BfLatest latest;

      for (guint asset = 0; asset < said->len; asset++)
        input.n_never += g_array_index (said, BfSaid, asset).watched_since_us != BF_TIME_NONE
                         && !bf_model_latest (rehearsal->model, asset, input.property, &latest);
      if (input.n_never > 0)
        g_array_append_val (rule->inputs, input);
    }
}

static void
add_to_total (BfFiguresRule *total, const BfFiguresRule *rule)
{
  total->n_assets = MAX (total->n_assets, rule->n_assets);
  total->watched_us += rule->watched_us;
  total->unknown_us += rule->unknown_us;
}

/**
 * bf_figures_new:
 * @rehearsal: that has ended; outlives the figures
 *
 * Returns: (transfer full): the figures of its period; without any batch all are 0
 */
BfFigures *
bf_figures_new (BfRehearsal *rehearsal)
{
  BfFigures *figures = g_new0 (BfFigures, 1);

  figures->alerts = g_array_new (FALSE, FALSE, sizeof (BfRehearsedAlert));
  figures->days = g_array_new (FALSE, FALSE, sizeof (BfFiguresDay));
  figures->n_rules = bf_rule_set_n (rehearsal->watch.rules);
  figures->rules = g_new0 (BfFiguresRule, MAX (1, figures->n_rules));
  figures->n_over = rehearsal->n_over;
  figures->total.longest = -1;
  figures->from_us = rehearsal->from_us;
  figures->to_us = rehearsal->to_us;
  for (guint i = 0; i < figures->n_rules; i++)
    {
      figures->rules[i].longest = -1;
      figures->rules[i].inputs = g_array_new (FALSE, FALSE, sizeof (BfFiguresInput));
    }
  if (rehearsal->to_us == BF_TIME_NONE || figures->to_us <= figures->from_us)
    return figures;
  add_days (rehearsal, figures);
  count_alerts (rehearsal, figures);
  count_floods (figures);
  for (guint i = 0; i < figures->n_rules; i++)
    {
      count_said (rehearsal, figures, i, &figures->rules[i]);
      count_inputs (rehearsal, i, &figures->rules[i]);
      add_to_total (&figures->total, &figures->rules[i]);
    }
  return figures;
}

void
bf_figures_free (BfFigures *figures)
{
  if (figures == NULL)
    return;
  for (guint i = 0; i < figures->n_rules; i++)
    g_array_unref (figures->rules[i].inputs);
  g_free (figures->rules);
  g_array_unref (figures->alerts);
  g_array_unref (figures->days);
  g_free (figures);
}
