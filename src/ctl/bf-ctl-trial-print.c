/* SPDX-License-Identifier: EUPL-1.2 */
/* What `rules rehearse` prints: each alert with its why, and the figures; for people, or one JSON object a line. Times for people are the
 * city's. */

#include "ctl/bf-ctl-trial.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/bf-language.h"
#include "base/bf-time.h"
#include "ctl/bf-ctl-print.h"
#include "json/bf-json-out.h"

static double
share (gint64 part_us, gint64 whole_us)
{
  return whole_us > 0 ? 100.0 * (double) part_us / (double) whole_us : 0;
}

static double
period_days (const BfFigures *figures)
{
  return (double) (figures->to_us - figures->from_us) / (double) G_TIME_SPAN_DAY;
}

static double
per_day (const BfFigures *figures, guint n)
{
  return figures->days->len > 0 ? n / period_days (figures) : 0;
}

/* ---- For people ---- */

static char *
time_text (const BfTrial *trial, gint64 time_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, trial->zone);

  return g_date_time_format (local, "%Y-%m-%d %H:%M:%S");
}

static char *
duration_text (gint64 duration_us)
{
  return bf_duration_format (duration_us / G_USEC_PER_SEC * G_USEC_PER_SEC);
}

static const char *
asset_id (const BfRehearsal *rehearsal, const BfRehearsedAlert *alert)
{
  return bf_model_asset_id (bf_rehearsal_model (rehearsal), alert->asset);
}

/* One row beside the other rules' figures: which it is, of those in force its alert. */
static const BfRehearsedAlert *
alert_of (const BfTrial *trial, const BfCompared *row, BfRehearsal **ret_rehearsal, const BfRuleSet **ret_rules)
{
  gboolean gone = row->change == BF_CHANGE_GONE;

  *ret_rehearsal = gone ? trial->rehearsal_in_force : trial->rehearsal;
  *ret_rules = gone ? trial->in_force : trial->rules;
  return gone ? &g_array_index (trial->figures_in_force->alerts, BfRehearsedAlert, row->in_force)
              : &g_array_index (trial->figures->alerts, BfRehearsedAlert, row->tried);
}

static const char *
change_word (BfChange change)
{
  static const char *const words[BF_CHANGES] = { N_ ("same"), N_ ("moved"), N_ ("added"), N_ ("gone") };

  return _ (words[change]);
}

static char *
length_text (const BfRehearsedAlert *alert)
{
  return alert->cleared_us != BF_TIME_NONE ? duration_text (alert->cleared_us - alert->raised_us) : g_strdup (_ ("still open"));
}

/* What the rules in force say of an alert that is moved. */
static void
print_moved (const BfTrial *trial, const BfRehearsedAlert *in_force)
{
  g_autofree char *raised = time_text (trial, in_force->raised_us);
  g_autofree char *length = length_text (in_force);

  bf_ctl_print_line ("  ", _ ("in force:"), raised, length, NULL);
}

static void
print_alert (const BfTrial *trial, const BfCompared *row)
{
  BfRehearsal *rehearsal;
  const BfRuleSet *rules;
  const BfRehearsedAlert *alert = alert_of (trial, row, &rehearsal, &rules);
  const BfRule *rule = bf_rule_set_get (rules, alert->rule);
  g_autofree char *raised = time_text (trial, alert->raised_us);
  g_autofree char *length = length_text (alert);
  const char *title = alert->alert != NULL ? bf_name_get (&alert->alert->title, bf_language_now ()) : rule->id;
  const char *priority = bf_ctl_word (bf_priority_id (rule->priority));

  if (trial->comparison != NULL)
    bf_ctl_print_line (change_word (row->change), raised, priority, length, asset_id (rehearsal, alert), title, NULL);
  else
    bf_ctl_print_line (raised, priority, length, asset_id (rehearsal, alert), title, NULL);
  if (row->change == BF_CHANGE_MOVED)
    print_moved (trial, &g_array_index (trial->figures_in_force->alerts, BfRehearsedAlert, row->in_force));
  if (alert->alert != NULL)
    bf_ctl_print_line ("  ", alert->alert->why, NULL);
}

static void
foreach_alert (const BfTrial *trial, void (*func) (const BfTrial *trial, const BfCompared *row))
{
  if (trial->comparison != NULL)
    for (guint i = 0; i < trial->comparison->rows->len; i++)
      func (trial, &g_array_index (trial->comparison->rows, BfCompared, i));
  else
    for (guint i = 0; i < trial->figures->alerts->len; i++)
      func (trial, &(BfCompared){ BF_CHANGE_ADDED, (int) i, -1 });
}

static void
print_changes (const BfTrial *trial)
{
  g_autoptr (GPtrArray) table = NULL;
  const BfComparison *comparison = trial->comparison;

  if (comparison == NULL)
    return;
  table = bf_ctl_table_new (_ ("BESIDE THE RULES IN FORCE"), _ ("SAME"), _ ("MOVED"), _ ("ADDED"), _ ("GONE"), NULL);
  for (guint i = 0; i <= trial->figures->n_rules; i++)
    {
      const guint *n = i < trial->figures->n_rules ? comparison->rules[i] : comparison->total;
      char *cells[BF_CHANGES];

      for (guint c = 0; c < BF_CHANGES; c++)
        cells[c] = g_strdup_printf ("%u", n[c]);
      bf_ctl_table_add (table, i < trial->figures->n_rules ? bf_rule_set_get (trial->rules, i)->id : _ ("all"), cells[0], cells[1], cells[2],
                        cells[3], NULL);
      for (guint c = 0; c < BF_CHANGES; c++)
        g_clear_pointer (&cells[c], g_free);
    }
  g_print ("\n");
  bf_ctl_print_table (table);
  g_print ("\n");
}

static void
add_figures (GPtrArray *table, const char *name, const BfFigures *figures, const BfFiguresRule *rule)
{
  g_autofree char *n = g_strdup_printf ("%u", rule->n_alerts);
  g_autofree char *rate = g_strdup_printf ("%.1f", per_day (figures, rule->n_alerts));
  g_autofree char *night = g_strdup_printf ("%u", rule->n_night);
  g_autofree char *longest = rule->longest >= 0 ? duration_text (rule->longest_us) : g_strdup ("-");
  g_autofree char *open = g_strdup_printf ("%u", rule->n_open_after);
  g_autofree char *assets = g_strdup_printf ("%u", rule->n_assets);
  g_autofree char *unknown = g_strdup_printf ("%.1f %%", share (rule->unknown_us, rule->watched_us));

  bf_ctl_table_add (table, name, n, rate, night, longest, open, assets, unknown, NULL);
}

static const BfFiguresRule *
find_in_force (const BfTrial *trial, const BfRule *rule)
{
  const BfRule *other = trial->in_force != NULL ? bf_rule_set_find (trial->in_force, rule->id) : NULL;

  return other != NULL ? &trial->figures_in_force->rules[other->index] : NULL;
}

static void
print_rules (const BfTrial *trial)
{
  g_autoptr (GPtrArray) table = bf_ctl_table_new (_ ("RULE"), _ ("ALERTS"), _ ("A DAY"), _ ("AT NIGHT"), _ ("LONGEST"), _ ("OPEN"),
                                                  _ ("ASSETS"), _ ("UNKNOWN"), NULL);

  for (guint i = 0; i < trial->figures->n_rules; i++)
    {
      const BfRule *rule = bf_rule_set_get (trial->rules, i);
      const BfFiguresRule *in_force = find_in_force (trial, rule);

      /* Of rules in force that are tried all at once only those whose kind of asset is there. */
      if (trial->figures->rules[i].n_assets == 0 && trial->in_force == NULL && trial->figures->n_rules > 20)
        continue;
      add_figures (table, rule->id, trial->figures, &trial->figures->rules[i]);
      if (in_force != NULL)
        add_figures (table, _ ("  in force"), trial->figures_in_force, in_force);
    }
  add_figures (table, _ ("all"), trial->figures, &trial->figures->total);
  bf_ctl_print_table (table);
}

static void
print_unsaid (const BfTrial *trial, const BfRule *rule, const BfFiguresRule *figures)
{
  g_autoptr (GString) inputs = g_string_new (NULL);

  for (guint i = 0; i < figures->inputs->len; i++)
    {
      const BfFiguresInput *input = &g_array_index (figures->inputs, BfFiguresInput, i);

      g_string_append_printf (inputs, "%s%s %u", i > 0 ? ", " : "", bf_catalog_property (trial->catalog, input->property)->id,
                              input->n_never);
    }
  g_print (_ ("%s could say nothing of %u of %u assets."), rule->id, figures->n_never, figures->n_assets);
  if (inputs->len > 0)
    g_print (_ (" Assets without any value of: %s."), inputs->str);
  g_print ("\n");
}

static void
print_floods (const BfTrial *trial)
{
  const BfFigures *figures = trial->figures;
  const BfFiguresDay *busiest = NULL;
  g_autofree char *most = NULL;

  for (guint i = 0; i < figures->days->len; i++)
    {
      const BfFiguresDay *day = &g_array_index (figures->days, BfFiguresDay, i);

      if (day->n_alerts > 0 && (busiest == NULL || day->n_alerts > busiest->n_alerts))
        busiest = day;
    }
  if (busiest == NULL)
    return;
  most = time_text (trial, figures->most_us);
  g_print (_ ("Most on a day: %u, on %s. Most in ten minutes: %u, from %s.\n"), busiest->n_alerts, busiest->text, figures->most, most);
  g_print (_ ("Floods (more than %u alerts in ten minutes): %u of %u periods, %.2f %% of the time.\n"), BF_FIGURES_FLOOD,
           figures->n_flooded, figures->n_periods, share (figures->n_flooded, figures->n_periods));
}

static void
print_period (const BfTrial *trial)
{
  const BfFigures *figures = trial->figures;
  const BfRehearsalCounts *counts = bf_rehearsal_counts (trial->rehearsal);
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;

  g_print (_ ("%" PRIu64 " payloads, %" PRIu64 " observations: %" PRIu64 " late, %" PRIu64 " again, %" PRIu64
              " with another value for the same time, %" PRIu64 " refused\n"),
           counts->n_batches, counts->n_observations, counts->n_late, counts->n_again, counts->n_conflicts,
           counts->n_refused + trial->n_refused);
  if (trial->past.n_silent > 0 || trial->past.n_other > 0)
    g_print (_ ("%u columns without a value, %u that are no property\n"), trial->past.n_silent, trial->past.n_other);
  if (trial->n_derived > 0)
    g_print (_ ("%" PRIu64 " derived values of the store are not taken, but reckoned anew\n"), trial->n_derived);
  if (figures->to_us == BF_TIME_NONE)
    return;
  from = time_text (trial, figures->from_us);
  to = time_text (trial, figures->to_us);
  g_print (_ ("From %s to %s: %.1f days, in %.1f s\n"), from, to, MAX (0, period_days (figures)), (double) trial->took_us / G_USEC_PER_SEC);
}

void
bf_trial_print (const BfTrial *trial)
{
  const BfFigures *figures = trial->figures;

  foreach_alert (trial, print_alert);
  if (figures->alerts->len > 0)
    g_print ("\n");
  print_period (trial);
  g_print ("\n");
  print_rules (trial);
  print_changes (trial);
  print_floods (trial);
  for (guint i = 0; i < figures->n_rules; i++)
    if (figures->rules[i].n_never > 0)
      print_unsaid (trial, bf_rule_set_get (trial->rules, i), &figures->rules[i]);
  if (figures->total.n_open_before > 0)
    g_print (_ ("Open at the beginning already, and not counted: %u\n"), figures->total.n_open_before);
  if (figures->n_over > 0)
    g_print (_ ("More alerts than are held: %" PRIu64 " are not in these figures\n"), figures->n_over);
}

/* ---- JSON, a line an object ---- */

static void
end_line (BfJsonOut *out)
{
  bf_json_out_end_object (out);
  g_string_append_c (out->text, '\n');
  fwrite (out->text->str, 1, out->text->len, stdout);
  g_string_truncate (out->text, 0);
}

static void
begin_line (BfJsonOut *out, GString *text, const char *type)
{
  bf_json_out_init (out, text);
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "type", type);
}

static double
seconds (gint64 duration_us)
{
  return (double) duration_us / G_USEC_PER_SEC;
}

static void
write_span (BfJsonOut *out, const BfRehearsedAlert *alert)
{
  bf_json_out_time (out, "raised", alert->raised_us);
  bf_json_out_time (out, "cleared", alert->cleared_us);
  if (alert->cleared_us != BF_TIME_NONE)
    bf_json_out_double (out, "duration_s", seconds (alert->cleared_us - alert->raised_us));
  else
    bf_json_out_null (out, "duration_s");
}

/* "alert": one that is raised; "gone": one that only the rules in force raise. */
static void
write_alert (const BfTrial *trial, const BfCompared *row)
{
  BfRehearsal *rehearsal;
  const BfRuleSet *rules;
  const BfRehearsedAlert *alert = alert_of (trial, row, &rehearsal, &rules);
  const BfRule *rule = bf_rule_set_get (rules, alert->rule);
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  begin_line (&out, text, row->change == BF_CHANGE_GONE ? "gone" : "alert");
  bf_json_out_string (&out, "rule", rule->id);
  bf_json_out_string (&out, "asset", asset_id (rehearsal, alert));
  bf_json_out_string (&out, "priority", bf_priority_id (rule->priority));
  write_span (&out, alert);
  if (trial->comparison != NULL)
    bf_json_out_string (&out, "change", bf_change_id (row->change));
  if (row->change == BF_CHANGE_MOVED)
    {
      bf_json_out_begin_object (&out, "in_force");
      write_span (&out, &g_array_index (trial->figures_in_force->alerts, BfRehearsedAlert, row->in_force));
      bf_json_out_end_object (&out);
    }
  if (alert->alert != NULL)
    {
      bf_json_out_begin_object (&out, "title");
      bf_json_out_string (&out, "en", alert->alert->title.text);
      bf_json_out_string (&out, "fr", alert->alert->title.fr);
      bf_json_out_end_object (&out);
      bf_json_out_string (&out, "why", alert->alert->why);
      bf_json_out_raw (&out, "values", alert->alert->values_json);
    }
  end_line (&out);
}

static void
write_changes (BfJsonOut *out, const guint *n)
{
  bf_json_out_begin_object (out, "changes");
  for (guint c = 0; c < BF_CHANGES; c++)
    bf_json_out_int (out, bf_change_id (c), n[c]);
  bf_json_out_end_object (out);
}

static void
write_figures (BfJsonOut *out, const BfTrial *trial, const BfFigures *figures, const BfFiguresRule *rule)
{
  bf_json_out_int (out, "alerts", rule->n_alerts);
  bf_json_out_double (out, "alerts_per_day", per_day (figures, rule->n_alerts));
  bf_json_out_int (out, "at_night", rule->n_night);
  bf_json_out_int (out, "open_before", rule->n_open_before);
  bf_json_out_int (out, "open_after", rule->n_open_after);
  bf_json_out_double (out, "longest_s", seconds (rule->longest_us));
  bf_json_out_double (out, "open_s", seconds (rule->open_us));
  bf_json_out_int (out, "assets", rule->n_assets);
  bf_json_out_double (out, "watched_s", seconds (rule->watched_us));
  bf_json_out_double (out, "unknown_s", seconds (rule->unknown_us));
}

static void
write_rule (const BfTrial *trial, guint index, GString *text)
{
  const BfRule *rule = bf_rule_set_get (trial->rules, index);
  const BfFiguresRule *figures = &trial->figures->rules[index];
  const BfFiguresRule *in_force = find_in_force (trial, rule);
  BfJsonOut out;

  begin_line (&out, text, "rule");
  bf_json_out_string (&out, "rule", rule->id);
  write_figures (&out, trial, trial->figures, figures);
  bf_json_out_int (&out, "never_known", figures->n_never);
  bf_json_out_begin_object (&out, "without_value");
  for (guint i = 0; i < figures->inputs->len; i++)
    {
      const BfFiguresInput *input = &g_array_index (figures->inputs, BfFiguresInput, i);

      bf_json_out_int (&out, bf_catalog_property (trial->catalog, input->property)->id, input->n_never);
    }
  bf_json_out_end_object (&out);
  if (in_force != NULL)
    {
      bf_json_out_begin_object (&out, "in_force");
      write_figures (&out, trial, trial->figures_in_force, in_force);
      bf_json_out_end_object (&out);
    }
  if (trial->comparison != NULL)
    write_changes (&out, trial->comparison->rules[index]);
  end_line (&out);
}

static void
write_counts (BfJsonOut *out, const BfTrial *trial)
{
  const BfRehearsalCounts *counts = bf_rehearsal_counts (trial->rehearsal);

  bf_json_out_int (out, "payloads", (gint64) counts->n_batches);
  bf_json_out_int (out, "observations", (gint64) counts->n_observations);
  bf_json_out_int (out, "late", (gint64) counts->n_late);
  bf_json_out_int (out, "again", (gint64) counts->n_again);
  bf_json_out_int (out, "conflicts", (gint64) counts->n_conflicts);
  bf_json_out_int (out, "refused", (gint64) (counts->n_refused + trial->n_refused));
  bf_json_out_int (out, "behind", (gint64) counts->n_behind);
  bf_json_out_int (out, "reckoned_anew", (gint64) trial->n_derived);
  bf_json_out_int (out, "evaluations", (gint64) counts->n_evaluations);
  bf_json_out_int (out, "columns_without_value", trial->past.n_silent);
  bf_json_out_int (out, "columns_not_read", trial->past.n_other);
}

static void
write_total (const BfTrial *trial, GString *text)
{
  const BfFigures *figures = trial->figures;
  BfJsonOut out;

  begin_line (&out, text, "figures");
  bf_json_out_time (&out, "from", figures->from_us);
  bf_json_out_time (&out, "to", figures->to_us);
  write_counts (&out, trial);
  write_figures (&out, trial, figures, &figures->total);
  if (trial->comparison != NULL)
    {
      bf_json_out_begin_object (&out, "in_force");
      write_figures (&out, trial, trial->figures_in_force, &trial->figures_in_force->total);
      bf_json_out_end_object (&out);
      write_changes (&out, trial->comparison->total);
    }
  bf_json_out_double (&out, "took_s", seconds (trial->took_us));
  bf_json_out_int (&out, "alerts_not_held", (gint64) figures->n_over);
  bf_json_out_int (&out, "periods", figures->n_periods);
  bf_json_out_int (&out, "periods_in_flood", figures->n_flooded);
  bf_json_out_int (&out, "most_in_period", figures->most);
  bf_json_out_time (&out, "most_from", figures->most > 0 ? figures->most_us : BF_TIME_NONE);
  bf_json_out_begin_object (&out, "days");
  for (guint i = 0; i < figures->days->len; i++)
    {
      const BfFiguresDay *day = &g_array_index (figures->days, BfFiguresDay, i);

      bf_json_out_int (&out, day->text, day->n_alerts);
    }
  bf_json_out_end_object (&out);
  end_line (&out);
}

void
bf_trial_print_json (const BfTrial *trial)
{
  g_autoptr (GString) text = g_string_new (NULL);

  foreach_alert (trial, write_alert);
  for (guint i = 0; i < trial->figures->n_rules; i++)
    write_rule (trial, i, text);
  write_total (trial, text);
}
