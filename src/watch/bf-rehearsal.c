/* SPDX-License-Identifier: EUPL-1.2 */
/* The rehearsal: see bf-rehearsal.h.
 *
 * Between two batches the clock goes from timer to timer: each evaluation is at the time at which the engine's own timer would
 * have fired. It never goes back, as the engine's does not: a batch with an earlier result time is taken at the time reached. */

#include "watch/bf-rehearsal-private.h"

#include "base/bf-time.h"

#define TIMER_MIN_US 1000 /* as the engine waits at least */

/* ---- The book ---- */

static gint64
new_alert_id_cb (gpointer user_data)
{
  BfRehearsal *rehearsal = user_data;
  BfRehearsedAlert alert = { .cleared_us = BF_TIME_NONE };

  if (rehearsal->options.transitions_only)
    return ++rehearsal->next_alert_id;
  if (rehearsal->alerts->len == BF_FIGURES_ALERTS_MAX)
    return (gint64) BF_FIGURES_ALERTS_MAX + (gint64) ++rehearsal->n_over;
  g_array_append_val (rehearsal->alerts, alert);
  return rehearsal->alerts->len;
}

static gint64
new_event_id_cb (gpointer user_data)
{
  return ++((BfRehearsal *) user_data)->next_event_id;
}

static void
begin_alert (BfRehearsal *rehearsal, BfRehearsedAlert *row, const BfAlert *alert)
{
  row->rule = bf_rule_set_find (rehearsal->watch.rules, alert->rule_id)->index;
  row->asset = bf_model_find_asset (rehearsal->model, alert->asset_id);
  row->raised_us = alert->raised_us;
  if (alert->id <= BF_FIGURES_KEPT_MAX)
    row->alert = bf_alert_copy (alert);
}

static void
changed_cb (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event)
{
  BfRehearsal *rehearsal = user_data;

  if (!rehearsal->options.transitions_only && alert->id <= rehearsal->alerts->len)
    {
      BfRehearsedAlert *row = &g_array_index (rehearsal->alerts, BfRehearsedAlert, alert->id - 1);

      if (row->raised_us == 0)
        begin_alert (rehearsal, row, alert);
      row->cleared_us = alert->cleared_us;
    }
  if (rehearsal->handler.changed != NULL)
    rehearsal->handler.changed (rehearsal->user_data, alert, event);
}

static const BfAlertBookHandler book_handler = { new_alert_id_cb, new_event_id_cb, changed_cb };

/* ---- The evaluator ---- */

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  BfRehearsal *rehearsal = user_data;
  gint64 id;
  g_autoptr (GError) error = NULL;

  rehearsal->event = event;
  id = bf_watch_rule_event (&rehearsal->watch, event);
  rehearsal->event = NULL;
  if (id != 0 && rehearsal->options.acknowledge
      && !bf_alert_book_acknowledge (rehearsal->watch.book, id, "rehearsal", NULL, BF_TIME_NONE, event->now_us, &error))
    g_warning ("%s", error->message);
}

static void
known_cb (gpointer user_data, guint rule, guint32 asset, gboolean known)
{
  BfRehearsal *rehearsal = user_data;
  BfSaid *said = &g_array_index (rehearsal->said[rule], BfSaid, asset);

  if (known && said->since_us != BF_TIME_NONE)
    {
      said->unknown_us += MAX (0, rehearsal->now_us - MAX (said->since_us, rehearsal->from_us));
      said->since_us = BF_TIME_NONE;
    }
  else if (!known && said->since_us == BF_TIME_NONE)
    said->since_us = rehearsal->now_us;
}

static const BfEvaluatorHandler evaluator_handler = { .rule = rule_cb, .known = known_cb };
static const BfEvaluatorHandler transitions_handler = { .rule = rule_cb };

static void
gone_cb (gpointer user_data, guint16 feed, gint64 result_us, guint32 asset, guint16 property, double value, gint64 observed_us)
{
  BfRehearsal *rehearsal = user_data;

  rehearsal->counts.n_gone++;
  bf_evaluator_observe (rehearsal->watch.evaluator, asset, property, value, observed_us, result_us, feed, BF_RECORD_GONE);
}

static const BfListsHandler lists_handler = { .gone = gone_cb };

static void
evaluate (BfRehearsal *rehearsal, gint64 now_us)
{
  rehearsal->now_us = now_us;
  rehearsal->counts.n_evaluations++;
  bf_evaluator_run (rehearsal->watch.evaluator, now_us);
  bf_alert_book_run (rehearsal->watch.book, now_us);
}

/* When a delay of a rule, or the book, is due. */
static gint64
next_us (const BfRehearsal *rehearsal)
{
  gint64 rule_us = bf_evaluator_next_us (rehearsal->watch.evaluator);
  gint64 book_us = bf_alert_book_next_us (rehearsal->watch.book);

  return rule_us == BF_TIME_NONE || (book_us != BF_TIME_NONE && book_us < rule_us) ? book_us : rule_us;
}

/* Everything that is due before @until_us. */
static void
run_timers (BfRehearsal *rehearsal, gint64 until_us)
{
  gint64 due_us;

  while ((due_us = next_us (rehearsal)) != BF_TIME_NONE)
    {
      gint64 at_us = due_us > rehearsal->now_us ? due_us : rehearsal->now_us + TIMER_MIN_US;

      if (at_us >= until_us)
        break;
      evaluate (rehearsal, at_us);
    }
}

/* ---- Public ---- */

static const char *
feed_name_cb (gpointer user_data, guint16 feed)
{
  const BfRehearsal *rehearsal = user_data;

  return rehearsal->handler.feed_name != NULL ? rehearsal->handler.feed_name (rehearsal->user_data, feed) : NULL;
}

static void
rehearsed_clear (gpointer data)
{
  BfRehearsedAlert *alert = data;

  g_clear_pointer (&alert->alert, bf_alert_free);
}

/**
 * bf_rehearsal_new:
 * @rules: finished; it and @catalog outlive the rehearsal
 *
 * Returns: (transfer full): an empty city at no time yet
 */
BfRehearsal *
bf_rehearsal_new (const BfCatalog *catalog, const BfRuleSet *rules, const BfRehearsalOptions *options,
                  const BfRehearsalHandler *handler, gpointer user_data)
{
  BfRehearsal *rehearsal = g_new0 (BfRehearsal, 1);
  BfWatch *watch = &rehearsal->watch;

  rehearsal->catalog = catalog;
  rehearsal->options = *options;
  if (handler != NULL)
    rehearsal->handler = *handler;
  rehearsal->user_data = user_data;
  rehearsal->now_us = rehearsal->to_us = BF_TIME_NONE;
  rehearsal->from_us = options->from_us;
  rehearsal->model = bf_model_new (catalog);
  *watch = (BfWatch){ .rules = rules, .model = rehearsal->model, .zones = options->zones, .zone = options->zone,
                      .feed_name = feed_name_cb, .user_data = rehearsal };
  watch->evaluator = bf_evaluator_new (rules, rehearsal->model, options->zone,
                                       options->transitions_only ? &transitions_handler : &evaluator_handler, rehearsal);
  watch->book = bf_alert_book_new (&book_handler, rehearsal);
  rehearsal->lists = bf_lists_new (rehearsal->model, watch->evaluator, &lists_handler, rehearsal);
  rehearsal->alerts = g_array_new (FALSE, TRUE, sizeof (BfRehearsedAlert));
  g_array_set_clear_func (rehearsal->alerts, rehearsed_clear);
  rehearsal->said = g_new0 (GArray *, MAX (1, bf_rule_set_n (rules)));
  for (guint i = 0; i < bf_rule_set_n (rules); i++)
    rehearsal->said[i] = g_array_new (FALSE, FALSE, sizeof (BfSaid));
  return rehearsal;
}

void
bf_rehearsal_free (BfRehearsal *rehearsal)
{
  if (rehearsal == NULL)
    return;
  for (guint i = 0; i < bf_rule_set_n (rehearsal->watch.rules); i++)
    g_array_unref (rehearsal->said[i]);
  g_free (rehearsal->said);
  g_array_unref (rehearsal->alerts);
  bf_lists_free (rehearsal->lists);
  bf_evaluator_free (rehearsal->watch.evaluator);
  bf_alert_book_free (rehearsal->watch.book);
  bf_model_free (rehearsal->model);
  g_free (rehearsal);
}

/**
 * bf_rehearsal_set_stale_limit:
 *
 * As bf_model_set_stale_limit(); before the first batch.
 */
void
bf_rehearsal_set_stale_limit (BfRehearsal *rehearsal, guint16 feed, guint16 property, gint64 limit_us)
{
  bf_model_set_stale_limit (rehearsal->model, feed, property, limit_us);
}

void
bf_rehearsal_set_lighting_plan (BfRehearsal *rehearsal, BfLightingPlan *plan)
{
  bf_evaluator_set_lighting_plan (rehearsal->watch.evaluator, plan);
}

/**
 * bf_rehearsal_recall:
 * @state: of bf_rehearsal_remembered() or an engine
 * @now_us: the clock's: what has been silent for too long by then is forgotten
 *
 * Before the first batch: it goes on from what is remembered; what is not newer teaches nothing.
 *
 * Returns: how many series were taken
 */
guint
bf_rehearsal_recall (BfRehearsal *rehearsal, GBytes *state, gint64 now_us)
{
  return bf_evaluator_load_series (rehearsal->watch.evaluator, state, now_us);
}

/**
 * bf_rehearsal_remembered:
 *
 * Returns: (transfer full): what windows and profiles have learnt of it, as an engine keeps it (%BF_SERIES_STATE_FILE)
 */
GBytes *
bf_rehearsal_remembered (BfRehearsal *rehearsal)
{
  BfSeriesSaver *saver = bf_series_saver_new (rehearsal->watch.evaluator);

  bf_series_saver_step (saver, G_MAXUINT);
  return bf_series_saver_end (saver);
}

/**
 * bf_rehearsal_begin:
 * @result_us: when the batch was learnt
 *
 * Lets the clock go to @result_us, timers that are due before running at their own times, and begins a batch.
 */
void
bf_rehearsal_begin (BfRehearsal *rehearsal, gint64 result_us)
{
  rehearsal->counts.n_batches++;
  if (rehearsal->now_us == BF_TIME_NONE)
    {
      rehearsal->now_us = result_us;
      if (rehearsal->from_us == BF_TIME_NONE)
        rehearsal->from_us = result_us;
      return;
    }
  if (result_us < rehearsal->now_us)
    {
      rehearsal->counts.n_behind++;
      return;
    }
  run_timers (rehearsal, result_us);
  rehearsal->now_us = result_us;
}

static void
begin_watching (BfRehearsal *rehearsal, guint32 asset, guint16 kind)
{
  const BfSaid nothing = { BF_TIME_NONE, BF_TIME_NONE, 0 };

  for (guint i = 0; i < bf_rule_set_n (rehearsal->watch.rules); i++)
    {
      GArray *said = rehearsal->said[i];

      if (bf_rule_set_get (rehearsal->watch.rules, i)->kind != kind)
        continue;
      while (said->len <= asset)
        g_array_append_val (said, nothing);
      if (g_array_index (said, BfSaid, asset).watched_since_us == BF_TIME_NONE)
        g_array_index (said, BfSaid, asset) = (BfSaid){ rehearsal->now_us, rehearsal->now_us, 0 };
    }
}

/**
 * bf_rehearsal_put_asset:
 * @feed: its number; the lowest that described the asset wins, as in the engine
 *
 * Within a batch: a new asset, or a known one of which something else is said now.
 *
 * Returns: the asset, or %BF_NO_ASSET with @error
 */
guint32
bf_rehearsal_put_asset (BfRehearsal *rehearsal, const BfAssetInfo *info, guint16 feed, GError **error)
{
  gboolean changed = FALSE;
  guint32 asset = bf_model_put_asset (rehearsal->model, info, feed, &changed, error);
  BfPoint point;

  if (asset == BF_NO_ASSET || !changed)
    return asset;
  point = bf_model_asset_point (rehearsal->model, asset);
  if (rehearsal->options.zones != NULL && bf_point_is_valid (point))
    bf_model_set_zone (rehearsal->model, asset, bf_zones_at (rehearsal->options.zones, point));
  if (!rehearsal->options.transitions_only)
    begin_watching (rehearsal, asset, bf_model_asset_kind (rehearsal->model, asset)->index);
  bf_evaluator_add_asset (rehearsal->watch.evaluator, asset, rehearsal->now_us);
  return asset;
}

/**
 * bf_rehearsal_take_list:
 * @service: index of the feed's
 * @as_of_us: when the list was true
 * @whole: what it does not have is gone
 * @assets: what it names of kinds with `Ended=` or `Absent=`
 *
 * What the engine does with a list of all that is current.
 */
void
bf_rehearsal_take_list (BfRehearsal *rehearsal, guint16 feed, guint service, gint64 as_of_us, gboolean whole, const guint32 *assets,
                        guint n)
{
  bf_lists_take (rehearsal->lists, feed, service, &(BfListSaid){ as_of_us, rehearsal->now_us, whole, FALSE, assets, n });
}

/**
 * bf_rehearsal_observe:
 * @value: within the property's range, as the sink sees to it
 *
 * One observation of the batch.
 *
 * Returns: what the model did with it
 */
BfObserved
bf_rehearsal_observe (BfRehearsal *rehearsal, guint32 asset, guint16 property, double value, gint64 observed_us, guint16 feed,
                      guint32 record)
{
  BfObserved observed
    = bf_evaluator_observe (rehearsal->watch.evaluator, asset, property, value, observed_us, rehearsal->now_us, feed, record);

  if (observed == BF_OBSERVED_OLDER
      && bf_lists_is_back (rehearsal->lists, feed, rehearsal->now_us, asset, property, &observed_us))
    observed = bf_evaluator_observe (rehearsal->watch.evaluator, asset, property, value, observed_us, rehearsal->now_us, feed, record);
  rehearsal->counts.n_observations++;
  rehearsal->counts.n_late += observed == BF_OBSERVED_OLDER;
  rehearsal->counts.n_again += observed == BF_OBSERVED_DUPLICATE;
  rehearsal->counts.n_conflicts += observed == BF_OBSERVED_CONFLICT;
  rehearsal->counts.n_refused += observed == BF_OBSERVED_REFUSED;
  return observed;
}

void
bf_rehearsal_commit (BfRehearsal *rehearsal)
{
  evaluate (rehearsal, rehearsal->now_us);
}

/**
 * bf_rehearsal_end:
 * @to_us: end of the period; %BF_TIME_NONE: the last batch's time
 *
 * Lets the clock go to the end. Nothing may come after.
 */
void
bf_rehearsal_end (BfRehearsal *rehearsal, gint64 to_us)
{
  if (rehearsal->now_us != BF_TIME_NONE && to_us != BF_TIME_NONE && to_us > rehearsal->now_us)
    {
      run_timers (rehearsal, to_us);
      evaluate (rehearsal, to_us);
    }
  rehearsal->to_us = rehearsal->now_us;
}

char *
bf_rehearsal_event_values (const BfRehearsal *rehearsal)
{
  return rehearsal->event != NULL ? bf_watch_values (&rehearsal->watch, rehearsal->event) : NULL;
}

const BfRehearsalCounts *
bf_rehearsal_counts (const BfRehearsal *rehearsal)
{
  return &rehearsal->counts;
}

/**
 * bf_rehearsal_model:
 *
 * Returns: (transfer none): the assets and their values as they are now, for texts
 */
const BfModel *
bf_rehearsal_model (const BfRehearsal *rehearsal)
{
  return rehearsal->model;
}
