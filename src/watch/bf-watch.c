/* SPDX-License-Identifier: EUPL-1.2 */
/* From a rule's event to an alert of the book: see bf-watch.h. What an alert says (title, why, values) is written here, once,
 * in the process's language. */

#include "watch/bf-watch.h"

#include <glib/gi18n-lib.h>

#include "base/bf-language.h"
#include "base/bf-time.h"
#include "json/bf-json-out.h"

static char *
value_text (const BfProperty *property, double value, const char *language)
{
  const char *unit = bf_unit_display (property->unit_code, language);
  g_autofree char *number = NULL;

  if (property->type == BF_PROPERTY_STATE)
    return g_strdup (bf_name_get (&property->value_names[(guint) value], language));
  number = bf_number_format (value, 1, language);
  return g_strconcat (number, unit[0] != '\0' ? "\xc2\xa0" : "", unit, NULL);
}

/* The time of day; with its date when that is not the day of the alert. */
char *
bf_watch_moment (const BfWatch *watch, gint64 observed_us, gint64 now_us)
{
  g_autoptr (GDateTime) observed_utc = g_date_time_new_from_unix_utc (observed_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) now_utc = g_date_time_new_from_unix_utc (now_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) observed = g_date_time_to_timezone (observed_utc, watch->zone);
  g_autoptr (GDateTime) now = g_date_time_to_timezone (now_utc, watch->zone);

  if (g_date_time_get_year (observed) == g_date_time_get_year (now)
      && g_date_time_get_day_of_year (observed) == g_date_time_get_day_of_year (now))
    return g_date_time_format (observed, "%H:%M:%S");
  /* Translators: when a value was measured, as g_date_time_format() writes it, in “measured at …” */
  return g_date_time_format (observed, _ ("%H:%M:%S on %Y-%m-%d"));
}

/* Since when no list has the asset, and whose; NULL when it is not gone. */
char *
bf_watch_gone (const BfWatch *watch, guint32 asset, gint64 now_us)
{
  guint16 property = bf_model_asset_kind (watch->model, asset)->gone_property;
  g_autofree char *clock = NULL;
  const char *feed;
  BfLatest latest;

  if (property == BF_NO_PROPERTY || !bf_model_latest (watch->model, asset, property, &latest) || latest.record != BF_RECORD_GONE)
    return NULL;
  feed = watch->feed_name != NULL ? watch->feed_name (watch->user_data, latest.feed) : NULL;
  clock = bf_watch_moment (watch, latest.observed_us, now_us);
  return g_strdup_printf (_ ("no longer in the list of feed “%s” since %s"), feed != NULL ? feed : "?", clock);
}

/* What suppresses the alert, by rule and asset as people know them. */
static char *
cause_words (const BfWatch *watch, const BfRuleCause *cause)
{
  const BfRule *rule = bf_rule_set_get (watch->rules, cause->rule);
  const char *name = bf_name_get (&rule->name, bf_language_now ());
  const char *asset = cause->asset != BF_NO_ASSET ? bf_model_asset_name (watch->model, cause->asset) : NULL;

  if (asset == NULL || asset[0] == '\0')
    asset = cause->asset != BF_NO_ASSET ? bf_model_asset_id (watch->model, cause->asset) : "?";
  return g_strdup_printf (_ ("suppressed, the cause is known: rule “%s” (%s) is active on %s"), name != NULL ? name : rule->id, rule->id, asset);
}

/* "Occupancy 97 % (measured at 14:31:07, feed “parking-clairbourg”)" */
char *
bf_watch_found (const BfWatch *watch, const BfRuleValue *value, gint64 now_us)
{
  const BfProperty *property = bf_catalog_property (bf_model_catalog (watch->model), value->property);
  const char *language = bf_language_now ();
  const char *name = bf_name_get (&property->name, language);
  const char *feed = watch->feed_name != NULL ? watch->feed_name (watch->user_data, value->latest.feed) : NULL;
  g_autofree char *clock = NULL;
  g_autofree char *text = NULL;

  if (value->latest.observed_us == BF_TIME_NONE)
    return g_strdup_printf (_ ("%s unknown"), name);
  text = value_text (property, value->latest.value, language);
  clock = bf_watch_moment (watch, value->latest.observed_us, now_us);
  if (feed == NULL)
    return g_strdup_printf (_ ("%s %s (measured at %s)"), name, text, clock);
  return g_strdup_printf (_ ("%s %s (measured at %s, feed “%s”)"), name, text, clock, feed);
}

/* A rule is named as people know it, with the id that its file has; without Name= by the title of this alert. */
static char *
write_why (const BfWatch *watch, const BfRule *rule, const BfRuleEvent *event, const BfName *title)
{
  const char *language = bf_language_now ();
  const char *own = bf_name_get (&rule->name, language);
  const char *name = own != NULL ? own : bf_name_get (title, language);
  g_autofree char *words = bf_rule_words (watch->rules, rule);
  g_autofree char *why = g_strdup_printf (_ ("Rule “%s” (%s): %s."), name, rule->id, words);
  g_autoptr (GString) found = g_string_new (NULL);

  if (event->n_values == 0)
    return g_steal_pointer (&why);
  for (guint i = 0; i < event->n_values; i++)
    {
      g_autofree char *text = bf_watch_found (watch, &event->values[i], event->now_us);

      g_string_append_printf (found, "%s%s", i > 0 ? ", " : "", text);
    }
  return g_strdup_printf (_ ("%s Found: %s."), why, found->str);
}

static void
write_value (BfJsonOut *out, const BfProperty *property, const BfLatest *latest)
{
  if (latest->observed_us == BF_TIME_NONE)
    bf_json_out_null (out, "value");
  else if (property->type == BF_PROPERTY_STATE)
    bf_json_out_string (out, "value", property->values[(guint) latest->value]);
  else
    bf_json_out_double (out, "value", latest->value);
}

/**
 * bf_watch_values:
 *
 * Returns: (transfer full): the values that the event rests on, as JSON: an array of `{"asset","property","value","unit","observed"}`
 */
char *
bf_watch_values (const BfWatch *watch, const BfRuleEvent *event)
{
  GString *text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_array (&out, NULL);
  for (guint i = 0; i < event->n_values; i++)
    {
      const BfRuleValue *value = &event->values[i];
      const BfProperty *property = bf_catalog_property (bf_model_catalog (watch->model), value->property);

      bf_json_out_begin_object (&out, NULL);
      bf_json_out_string (&out, "asset", bf_model_asset_id (watch->model, value->asset));
      bf_json_out_string (&out, "property", property->id);
      write_value (&out, property, &value->latest);
      bf_json_out_string (&out, "unit", property->unit_code);
      bf_json_out_time (&out, "observed", value->latest.observed_us);
      bf_json_out_end_object (&out);
    }
  bf_json_out_end_array (&out);
  return g_string_free (text, FALSE);
}

static const char *
zone_name (const BfWatch *watch, guint32 asset)
{
  guint16 zone = bf_model_asset_zone (watch->model, asset);

  return zone == BF_NO_ZONE || watch->zones == NULL ? NULL : bf_zones_get (watch->zones, zone)->name;
}

/**
 * bf_watch_rule_event:
 * @event: of @watch's evaluator, while it tells it
 *
 * A rule's condition came true, or its return condition: opens or returns the alert in the book.
 *
 * Returns: the alert's id when it was raised, 0 when it was cleared
 */
gint64
bf_watch_rule_event (const BfWatch *watch, const BfRuleEvent *event)
{
  const BfRule *rule = bf_evaluator_rule_for (watch->evaluator, event->rule, event->asset);
  const char *asset_id = bf_model_asset_id (watch->model, event->asset);
  const char *zone = zone_name (watch, event->asset);
  g_autoptr (BfAlert) draft = NULL;

  if (!event->raised)
    {
      g_autofree char *why = event->cause.rule != BF_NO_RULE ? cause_words (watch, &event->cause) : bf_watch_gone (watch, event->asset, event->now_us);

      bf_alert_book_clear (watch->book, rule->id, asset_id, why, event->now_us);
      return 0;
    }
  draft = bf_alert_new (rule->id, asset_id, rule->priority);
  draft->latches = rule->latch;
  draft->title.text = bf_evaluator_title (watch->evaluator, event->rule, event->asset, zone, "en");
  draft->title.fr = bf_evaluator_title (watch->evaluator, event->rule, event->asset, zone, "fr");
  draft->why = write_why (watch, rule, event, &draft->title);
  draft->values_json = bf_watch_values (watch, event);
  return bf_alert_book_raise (watch->book, draft, event->now_us);
}
