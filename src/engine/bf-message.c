/* SPDX-License-Identifier: EUPL-1.2 */
/* Writers of the API's objects, as src/api/README.md has them. They read the engine and change nothing. */

#include "bf-config.h"

#include "engine/bf-engine-private.h"

#include <math.h>
#include <string.h>

#include "base/bf-language.h"
#include "base/bf-time.h"
#include "feed/bf-secret.h"
#include "watch/bf-why.h"

#define TOUCH_RADIUS_M 250.0
#define TOUCH_MAX 5
#define QUARTER_US (15 * 60 * G_USEC_PER_SEC)

void
bf_message_name (BfJsonOut *out, const char *key, const BfName *name)
{
  bf_json_out_begin_object (out, key);
  bf_json_out_string (out, "en", name->text != NULL ? name->text : "");
  if (name->fr != NULL)
    bf_json_out_string (out, "fr", name->fr);
  bf_json_out_end_object (out);
}

static void
write_point (BfJsonOut *out, BfPoint point)
{
  if (isnan (point.lon))
    {
      bf_json_out_null (out, "lat");
      bf_json_out_null (out, "lon");
      return;
    }
  bf_json_out_double (out, "lat", round (point.lat * 1e7) / 1e7);
  bf_json_out_double (out, "lon", round (point.lon * 1e7) / 1e7);
}

void
bf_message_hello (BfEngine *engine, BfJsonOut *out, const char *type, const char *actor)
{
  const BfCity *city = engine->city;

  bf_json_out_begin_object (out, NULL);
  if (type != NULL)
    bf_json_out_string (out, "type", type);
  bf_json_out_int (out, "api", 1);
  bf_json_out_string (out, "engine", BF_VERSION);
  bf_json_out_int (out, "epoch", bf_store_epoch (engine->store));
  bf_json_out_time (out, "now", bf_time_now_us ());
  bf_json_out_int (out, "seq", bf_durable_last_event (engine->durable));
  bf_json_out_string (out, "actor", actor);
  bf_json_out_begin_object (out, "city");
  bf_json_out_string (out, "name", city->name);
  bf_json_out_string (out, "zone", city->zone_name);
  bf_json_out_string (out, "language", bf_language_now ());
  bf_json_out_bool (out, "demo", city->demo);
  if (city->bounds.west < city->bounds.east)
    {
      bf_json_out_begin_array (out, "bounds");
      bf_json_out_double (out, NULL, city->bounds.west);
      bf_json_out_double (out, NULL, city->bounds.south);
      bf_json_out_double (out, NULL, city->bounds.east);
      bf_json_out_double (out, NULL, city->bounds.north);
      bf_json_out_end_array (out);
    }
  else
    bf_json_out_null (out, "bounds");
  bf_json_out_int (out, "inhabitants", city->inhabitants);
  bf_json_out_bool (out, "basemap", city->basemap != NULL);
  bf_json_out_end_object (out);
  bf_json_out_end_object (out);
}

/* --- catalogue ------------------------------------------------------------------------------------------------------ */

/* The states in which a thing of this kind is over. */
static void
write_over (BfEngine *engine, BfJsonOut *out, const BfKind *kind)
{
  const BfProperty *property = kind->over != 0 ? bf_catalog_property (engine->catalog, kind->gone_property) : NULL;

  if (property == NULL)
    {
      bf_json_out_null (out, "over");
      return;
    }
  bf_json_out_begin_object (out, "over");
  bf_json_out_string (out, "property", property->id);
  bf_json_out_begin_array (out, "values");
  for (guint i = 0; i < 64 && property->values[i] != NULL; i++)
    if ((kind->over >> i) & 1)
      bf_json_out_string (out, NULL, property->values[i]);
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
}

static void
write_kind (BfEngine *engine, BfJsonOut *out, const BfKind *kind)
{
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "id", kind->full_id);
  bf_message_name (out, "name", &kind->name);
  bf_json_out_string (out, "symbol", kind->symbol);
  bf_json_out_string (out, "headline",
                      kind->headline != BF_NO_PROPERTY ? bf_catalog_property (engine->catalog, kind->headline)->id : NULL);
  write_over (engine, out, kind);
  bf_json_out_end_object (out);
}

static void
write_unit (BfJsonOut *out, const char *code)
{
  bf_json_out_begin_object (out, "unit");
  bf_json_out_string (out, "code", code);
  bf_json_out_string (out, "en", bf_unit_display (code, "en"));
  bf_json_out_string (out, "fr", bf_unit_display (code, "fr"));
  bf_json_out_end_object (out);
}

static void
write_property (BfEngine *engine, BfJsonOut *out, const BfProperty *property)
{
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "id", property->id);
  bf_message_name (out, "name", &property->name);
  bf_json_out_string (out, "type", property->type == BF_PROPERTY_STATE ? "state" : "number");
  write_unit (out, property->unit_code);
  bf_json_out_double (out, "min", property->range_min);
  bf_json_out_double (out, "max", property->range_max);
  bf_json_out_bool (out, "derived", property->derive != NULL);
  bf_json_out_begin_array (out, "kinds");
  for (guint i = 0; i < property->kinds->len; i++)
    bf_json_out_string (out, NULL, bf_catalog_kind (engine->catalog, g_array_index (property->kinds, guint16, i))->full_id);
  bf_json_out_end_array (out);
  bf_json_out_begin_array (out, "values");
  for (guint i = 0; property->values != NULL && property->values[i] != NULL; i++)
    {
      bf_json_out_begin_object (out, NULL);
      bf_json_out_string (out, "id", property->values[i]);
      bf_message_name (out, "name", &property->value_names[i]);
      bf_json_out_end_object (out);
    }
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
}

static void
write_service (BfEngine *engine, BfJsonOut *out, const BfService *service)
{
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "id", service->id);
  bf_message_name (out, "name", &service->name);
  bf_json_out_begin_array (out, "kinds");
  for (guint i = 0; i < service->kinds->len; i++)
    write_kind (engine, out, bf_catalog_kind (engine->catalog, g_array_index (service->kinds, guint16, i)));
  bf_json_out_end_array (out);
  bf_json_out_begin_array (out, "properties");
  for (guint i = 0; i < service->properties->len; i++)
    write_property (engine, out, bf_catalog_property (engine->catalog, g_array_index (service->properties, guint16, i)));
  bf_json_out_end_array (out);
  bf_json_out_begin_array (out, "indicators");
  for (guint i = 0; i < bf_catalog_n_indicators (engine->catalog); i++)
    {
      const BfIndicator *indicator = bf_catalog_indicator (engine->catalog, i);

      if (indicator->service != service->index)
        continue;
      bf_json_out_begin_object (out, NULL);
      bf_json_out_string (out, "id", indicator->id);
      bf_message_name (out, "name", &indicator->name);
      bf_json_out_end_object (out);
    }
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
}

void
bf_message_catalog (BfEngine *engine, BfJsonOut *out)
{
  bf_json_out_begin_object (out, NULL);
  bf_json_out_begin_array (out, "services");
  for (guint i = 0; i < bf_catalog_n_services (engine->catalog); i++)
    write_service (engine, out, bf_catalog_service (engine->catalog, i));
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
}

/* --- assets --------------------------------------------------------------------------------------------------------- */

void
bf_message_value (BfEngine *engine, BfJsonOut *out, const char *key, guint32 asset, guint16 property, double value)
{
  const BfProperty *p = bf_catalog_property (engine->catalog, property);

  if (p->type == BF_PROPERTY_STATE)
    bf_json_out_string (out, key, p->values[(guint) value]);
  else
    bf_json_out_double (out, key, value);
}

static void
write_asset_value (BfEngine *engine, BfJsonOut *out, guint32 asset, guint16 property, gboolean whole, gint64 now_us)
{
  const BfProperty *p = bf_catalog_property (engine->catalog, property);
  BfLatest latest;
  double value;

  if (!bf_model_latest (engine->model, asset, property, &latest))
    return;
  bf_json_out_begin_object (out, p->id);
  bf_message_value (engine, out, "value", asset, property, latest.value);
  bf_json_out_time (out, "observed", latest.observed_us);
  bf_json_out_bool (out, "known", bf_model_known (engine->model, asset, property, now_us, &value));
  if (whole)
    {
      /* The limit of a feed that is gone is the model's way to say unknown, no duration for people. */
      gint64 limit_us = latest.feed == BF_FEED_GONE ? 0 : bf_model_stale_limit (engine->model, latest.feed, property);
      BfFeedInfo feed = { 0 };

      if (latest.feed < bf_supervisor_n (engine->supervisor))
        bf_supervisor_info (engine->supervisor, latest.feed, &feed);
      bf_json_out_string (out, "feed", feed.def != NULL ? feed.def->name : NULL);
      bf_json_out_bool (out, "feed_removed", latest.feed == BF_FEED_GONE);
      if (latest.record == BF_RECORD_GONE)
        bf_json_out_null (out, "record");
      else
        bf_json_out_int (out, "record", latest.record);
      bf_json_out_bool (out, "gone", latest.record == BF_RECORD_GONE);
      bf_json_out_time (out, "result", latest.result_us);
      bf_json_out_double (out, "stale_after_s", limit_us > 0 ? (double) limit_us / G_USEC_PER_SEC : NAN);
    }
  bf_json_out_end_object (out);
}

void
bf_message_values (BfEngine *engine, BfJsonOut *out, guint32 asset, gboolean whole)
{
  const BfKind *kind = bf_model_asset_kind (engine->model, asset);
  gint64 now_us = bf_time_now_us ();

  bf_json_out_begin_object (out, "values");
  for (guint i = 0; i < kind->properties->len; i++)
    write_asset_value (engine, out, asset, g_array_index (kind->properties, guint16, i), whole, now_us);
  bf_json_out_end_object (out);
}

static void
write_attributes (BfJsonOut *out, const char *attributes)
{
  bf_json_out_begin_object (out, "attributes");
  for (const char *key = attributes; key != NULL && *key != '\0';)
    {
      const char *value = key + strlen (key) + 1;

      bf_json_out_string (out, key, value);
      key = value + strlen (value) + 1;
    }
  bf_json_out_end_object (out);
}

/* "held_back": why a rule that is true has no alert: its feed is silent, and since when. */
static void
write_held_back (BfEngine *engine, BfJsonOut *out, guint rule, guint32 asset)
{
  BfFeedInfo info;
  guint feed, n_unknown, n_held;
  gint64 since_us;

  if (!bf_silence_is_held (engine->silence, rule, asset, &feed))
    {
      bf_json_out_null (out, "held_back");
      return;
    }
  bf_supervisor_info (engine->supervisor, feed, &info);
  since_us = bf_silence_info (engine->silence, feed, &n_unknown, &n_held);
  bf_json_out_begin_object (out, "held_back");
  bf_json_out_string (out, "feed", info.def->name);
  bf_json_out_time (out, "since", since_us != BF_TIME_NONE ? since_us : info.newest_us != BF_TIME_NONE ? info.newest_us : info.since_us);
  bf_json_out_end_object (out);
}

/* How the rule stands and what it waits for, in a sentence; null when it does not look at this asset. */
static void
write_standing (BfEngine *engine, BfJsonOut *out, guint rule, guint32 asset, gint64 now_us)
{
  BfWatch watch = bf_engine_watch (engine);
  g_autoptr (BfWhy) why = bf_why_new (&watch, rule, asset, now_us);

  bf_json_out_string (out, "standing", why != NULL ? g_ptr_array_index (why->sentences, 1) : NULL);
}

static void
write_rules_of (BfEngine *engine, BfJsonOut *out, guint32 asset, gint64 now_us)
{
  static const char *const truths[] = { "false", "true", "unknown" };
  guint16 kind = bf_model_asset_kind (engine->model, asset)->index;

  bf_json_out_begin_array (out, "rules");
  for (guint i = 0; i < bf_rule_set_n (engine->rules); i++)
    {
      const BfRule *rule = bf_rule_set_get (engine->rules, i);
      g_autofree char *words = NULL;

      if (rule->kind != kind)
        continue;
      words = bf_rule_words (engine->rules, rule);
      bf_json_out_begin_object (out, NULL);
      bf_json_out_string (out, "id", rule->id);
      bf_json_out_string (out, "priority", bf_priority_id (rule->priority));
      bf_json_out_string (out, "words", words);
      bf_json_out_string (out, "truth", truths[bf_evaluator_look (engine->evaluator, i, asset, now_us, NULL)]);
      write_standing (engine, out, i, asset, now_us);
      write_held_back (engine, out, i, asset);
      bf_json_out_end_object (out);
    }
  bf_json_out_end_array (out);
}

/* Only of those that have one: most are points. */
static void
write_shape (BfEngine *engine, BfJsonOut *out, guint32 asset)
{
  const BfShape *shape = bf_model_asset_shape (engine->model, asset);
  g_autoptr (GString) text = NULL;

  if (shape == NULL)
    return;
  text = g_string_sized_new (bf_shape_bytes (shape) * 4);
  bf_shape_append_geojson (shape, text);
  bf_json_out_raw (out, "shape", text->str);
}

static void
write_zone (BfEngine *engine, BfJsonOut *out, guint32 asset)
{
  guint16 index = bf_model_asset_zone (engine->model, asset);
  const BfZone *zone;

  if (index == BF_NO_ZONE || engine->zones == NULL)
    {
      bf_json_out_null (out, "zone");
      return;
    }
  zone = bf_zones_get (engine->zones, index);
  bf_json_out_begin_object (out, "zone");
  bf_json_out_string (out, "id", zone->id);
  bf_json_out_string (out, "name", zone->name);
  bf_json_out_end_object (out);
}

void
bf_message_left (BfEngine *engine, BfJsonOut *out, guint32 asset)
{
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "id", bf_model_asset_id (engine->model, asset));
  bf_json_out_bool (out, "left", TRUE);
  bf_json_out_end_object (out);
}

void
bf_message_asset (BfEngine *engine, BfJsonOut *out, guint32 asset, gboolean whole)
{
  BfModel *model = engine->model;
  const BfKind *kind = bf_model_asset_kind (model, asset);
  guint32 parent = bf_model_asset_parent (model, asset);
  gint64 now_us = bf_time_now_us ();
  BfWorksWindow works;

  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "id", bf_model_asset_id (model, asset));
  bf_json_out_string (out, "service", bf_catalog_service (engine->catalog, kind->service)->id);
  bf_json_out_string (out, "kind", kind->full_id);
  bf_json_out_string (out, "name", bf_model_asset_name (model, asset));
  write_point (out, bf_model_asset_point (model, asset));
  write_shape (engine, out, asset);
  bf_json_out_string (out, "address", bf_model_asset_address (model, asset));
  write_zone (engine, out, asset);
  bf_json_out_string (out, "parent", parent != BF_NO_ASSET ? bf_model_asset_id (model, parent) : NULL);
  bf_message_values (engine, out, asset, whole);
  bf_json_out_bool (out, "over", bf_model_is_over (model, asset));
  if (whole)
    {
      write_attributes (out, bf_model_asset_attributes (model, asset));
      if (bf_engine_works_on (engine, asset, &works))
        bf_message_works (out, "works", &works, now_us);
      else
        bf_json_out_null (out, "works");
      write_rules_of (engine, out, asset, now_us);
    }
  bf_json_out_end_object (out);
}

/* --- alerts --------------------------------------------------------------------------------------------------------- */

static void
write_touches (BfEngine *engine, BfJsonOut *out, BfPoint point)
{
  guint near[TOUCH_MAX];
  guint n = engine->places != NULL && !isnan (point.lon)
              ? bf_places_near (engine->places, point, TOUCH_RADIUS_M, near, TOUCH_MAX)
              : 0;

  bf_json_out_begin_array (out, "touches");
  for (guint i = 0; i < n; i++)
    {
      const BfPlace *place = bf_places_get (engine->places, near[i]);

      bf_json_out_begin_object (out, NULL);
      bf_json_out_string (out, "kind", place->kind);
      bf_json_out_string (out, "name", place->name);
      bf_json_out_double (out, "distance_m", round (bf_geo_distance_m (point, place->point)));
      if (place->people >= 0)
        bf_json_out_int (out, "people", place->people);
      else
        bf_json_out_null (out, "people");
      bf_json_out_end_object (out);
    }
  bf_json_out_end_array (out);
}

static void
write_place (BfEngine *engine, BfJsonOut *out, guint32 asset)
{
  BfPoint point = { NAN, NAN };

  bf_json_out_begin_object (out, "place");
  if (asset != BF_NO_ASSET)
    {
      guint16 zone = bf_model_asset_zone (engine->model, asset);
      gint64 inhabitants = zone != BF_NO_ZONE && engine->zones != NULL ? bf_zones_get (engine->zones, zone)->inhabitants : -1;

      point = bf_model_asset_point (engine->model, asset);
      write_point (out, point);
      bf_json_out_string (out, "address", bf_model_asset_address (engine->model, asset));
      bf_json_out_string (out, "zone", bf_engine_zone_name (engine, asset));
      if (inhabitants >= 0)
        bf_json_out_int (out, "inhabitants", inhabitants);
      else
        bf_json_out_null (out, "inhabitants");
    }
  bf_json_out_end_object (out);
  write_touches (engine, out, point);
}

static void
write_acknowledged (BfJsonOut *out, const BfAlert *alert)
{
  if (alert->acknowledged_us == BF_TIME_NONE)
    {
      bf_json_out_null (out, "acknowledged");
      return;
    }
  bf_json_out_begin_object (out, "acknowledged");
  bf_json_out_time (out, "at", alert->acknowledged_us);
  bf_json_out_string (out, "by", alert->acknowledged_by);
  bf_json_out_string (out, "comment", alert->comment);
  bf_json_out_time (out, "until", alert->acknowledged_until_us);
  bf_json_out_end_object (out);
}

/* "flags": ["shelved", …] */
static void
write_flags (BfJsonOut *out, const char *key, guint flags)
{
  bf_json_out_begin_array (out, key);
  for (guint i = 0; i < BF_ALERT_N_FLAGS; i++)
    if (flags & (1u << i))
      bf_json_out_string (out, NULL, bf_alert_flag_id (1u << i));
  bf_json_out_end_array (out);
}

static void
write_mark (BfJsonOut *out, const char *key, const BfAlertMark *mark, gboolean is)
{
  if (!is)
    {
      bf_json_out_null (out, key);
      return;
    }
  bf_json_out_begin_object (out, key);
  bf_json_out_time (out, "at", mark->since_us);
  bf_json_out_string (out, "by", mark->by);
  bf_json_out_string (out, "reason", mark->reason);
  bf_json_out_time (out, "until", mark->until_us);
  bf_json_out_end_object (out);
}

static void
write_causes (BfJsonOut *out, const BfAlert *alert)
{
  bf_json_out_begin_array (out, "suppressed");
  for (guint i = 0; alert->causes != NULL && i < alert->causes->len; i++)
    {
      const BfAlertCause *cause = g_ptr_array_index (alert->causes, i);

      bf_json_out_begin_object (out, NULL);
      bf_json_out_string (out, "cause", cause->id);
      bf_json_out_string (out, "words", cause->words);
      bf_json_out_time (out, "since", cause->since_us);
      bf_json_out_time (out, "until", cause->until_us);
      bf_json_out_end_object (out);
    }
  bf_json_out_end_array (out);
}

/* What stands beside the state. */
static void
write_marks (BfEngine *engine, BfJsonOut *out, const BfAlert *alert)
{
  static const char *const shown_ids[] = { NULL, "shelved", "suppressed", "out_of_service" };
  BfAlertShown shown = bf_alert_shown (alert);

  bf_json_out_string (out, "shown", shown == BF_ALERT_SHOWN_STATE ? bf_alert_state_id (alert->state) : shown_ids[shown]);
  write_flags (out, "flags", alert->flags);
  write_mark (out, "shelved", &alert->shelf, (alert->flags & BF_ALERT_SHELVED) != 0);
  write_mark (out, "out_of_service", &alert->out, (alert->flags & BF_ALERT_OUT_OF_SERVICE) != 0);
  write_causes (out, alert);
  bf_json_out_int (out, "times", alert->n_raised);
  bf_json_out_bool (out, "fleeting", bf_alert_is_fleeting (alert));
  bf_json_out_bool (out, "waits_for_reset", bf_alert_waits_for_reset (alert));
  bf_json_out_double (out, "shelve_max_s", (double) bf_alert_book_shelve_max_us (engine->book, alert) / G_USEC_PER_SEC);
  if (alert->flags & BF_ALERT_DAMPED)
    {
      bf_json_out_begin_object (out, "damped");
      bf_json_out_time (out, "since", alert->damped_us);
      bf_json_out_time (out, "quiet", alert->quiet_us);
      bf_json_out_end_object (out);
    }
  else
    bf_json_out_null (out, "damped");
}

static void
write_rule_part (BfEngine *engine, BfJsonOut *out, const BfAlert *alert)
{
  const BfRule *rule = bf_rule_set_find (engine->rules, alert->rule_id);
  const GArray *properties = rule != NULL ? bf_rule_properties (engine->rules, rule) : NULL;
  double threshold;

  bf_json_out_string (out, "procedure", rule != NULL ? rule->procedure : NULL);
  bf_json_out_string (out, "already_notified_by", rule != NULL ? bf_name_get (&rule->already_notified_by, bf_language_now ()) : NULL);
  for (guint i = 0; properties != NULL && i < properties->len; i++)
    {
      guint16 property = g_array_index (properties, guint16, i);

      if (!bf_rule_threshold (engine->rules, rule, property, &threshold))
        continue;
      bf_json_out_begin_object (out, "threshold");
      bf_json_out_string (out, "property", bf_catalog_property (engine->catalog, property)->id);
      bf_json_out_double (out, "value", threshold);
      bf_json_out_end_object (out);
      return;
    }
  bf_json_out_null (out, "threshold");
}

/* Of its asset, or of the feed that it is about. */
static guint
service_of_alert (const BfEngine *engine, const BfAlert *alert)
{
  guint32 asset = bf_model_find_asset (engine->model, alert->asset_id);
  BfFeedInfo info;
  guint feed;

  if (asset != BF_NO_ASSET)
    return bf_model_asset_kind (engine->model, asset)->service;
  if (!bf_silence_feed_of_alert (engine, alert, &feed))
    return BF_NO_SERVICE;
  bf_supervisor_info (engine->supervisor, feed, &info);
  return info.def->service;
}

void
bf_message_alert (BfEngine *engine, BfJsonOut *out, const char *key, const BfAlert *alert, GPtrArray *history)
{
  guint32 asset = bf_model_find_asset (engine->model, alert->asset_id);
  const BfKind *kind = asset != BF_NO_ASSET ? bf_model_asset_kind (engine->model, asset) : NULL;
  guint feed = asset != BF_NO_ASSET ? bf_model_asset_feed (engine->model, asset) : BF_NO_FEED;
  gboolean of_feed = bf_silence_feed_of_alert (engine, alert, &feed);
  guint service = service_of_alert (engine, alert);
  BfFeedInfo info = { 0 };

  if (feed < bf_supervisor_n (engine->supervisor))
    bf_supervisor_info (engine->supervisor, feed, &info);
  bf_json_out_begin_object (out, key);
  bf_json_out_int (out, "id", alert->id);
  bf_json_out_int (out, "seq", alert->last_event_id);
  bf_json_out_string (out, "rule", alert->rule_id);
  bf_json_out_string (out, "service", service != BF_NO_SERVICE ? bf_catalog_service (engine->catalog, service)->id : NULL);
  bf_json_out_string (out, "asset", alert->asset_id);
  bf_json_out_string (out, "asset_name", asset != BF_NO_ASSET ? bf_model_asset_name (engine->model, asset) : of_feed ? info.def->name : NULL);
  bf_json_out_string (out, "kind", kind != NULL ? kind->full_id : NULL);
  bf_json_out_string (out, "priority", bf_priority_id (alert->priority));
  bf_json_out_string (out, "state", bf_alert_state_id (alert->state));
  bf_message_name (out, "title", &alert->title);
  bf_json_out_string (out, "why", alert->why);
  bf_json_out_raw (out, "values", alert->values_json != NULL ? alert->values_json : "[]");
  bf_json_out_time (out, "raised", alert->raised_us);
  bf_json_out_time (out, "cleared", alert->cleared_us);
  write_acknowledged (out, alert);
  write_marks (engine, out, alert);
  write_place (engine, out, asset);
  write_rule_part (engine, out, alert);
  bf_json_out_string (out, "feed", info.def != NULL ? info.def->name : NULL);
  if (history != NULL)
    {
      bf_json_out_begin_array (out, "history");
      for (guint i = 0; i < history->len; i++)
        bf_message_event (out, NULL, g_ptr_array_index (history, i));
      bf_json_out_end_array (out);
    }
  bf_json_out_end_object (out);
}

void
bf_message_event (BfJsonOut *out, const char *key, const BfAlertEvent *event)
{
  bf_json_out_begin_object (out, key);
  bf_json_out_int (out, "seq", event->id);
  bf_json_out_int (out, "alert", event->alert_id);
  bf_json_out_time (out, "at", event->at_us);
  bf_json_out_string (out, "input", bf_alert_input_id (event->input));
  bf_json_out_string (out, "from", bf_alert_state_id (event->from));
  bf_json_out_string (out, "to", bf_alert_state_id (event->to));
  write_flags (out, "from_flags", event->from_flags);
  write_flags (out, "to_flags", event->to_flags);
  bf_json_out_bool (out, "annunciated", event->annunciated);
  bf_json_out_time (out, "until", event->until_us);
  bf_json_out_string (out, "actor", event->actor);
  bf_json_out_string (out, "comment", event->comment);
  bf_json_out_end_object (out);
}

/* --- feeds ---------------------------------------------------------------------------------------------------------- */

/* The supervisor's 0 is "not yet". */
static void
write_moment (BfJsonOut *out, const char *key, gint64 time_us)
{
  bf_json_out_time (out, key, time_us > 0 ? time_us : BF_TIME_NONE);
}

/* The newest examples, each with how often it came again, and how many records none of them stands for. */
static void
write_refused (BfEngine *engine, BfJsonOut *out, guint feed, const BfFeedInfo *info)
{
  const GPtrArray *refusals = bf_supervisor_refusals (engine->supervisor, feed);
  guint64 told = 0;

  bf_json_out_begin_array (out, "refused_examples");
  for (guint i = 0; i < refusals->len; i++)
    {
      const BfFeedRefusal *refusal = g_ptr_array_index (refusals, i);

      told += refusal->times;
      bf_json_out_begin_object (out, NULL);
      bf_json_out_time (out, "at", refusal->at_us);
      bf_json_out_string (out, "text", refusal->text);
      bf_json_out_int (out, "times", (gint64) refusal->times);
      bf_json_out_end_object (out);
    }
  bf_json_out_end_array (out);
  bf_json_out_int (out, "refused_others", (gint64) (info->n_refused > told ? info->n_refused - told : 0));
}

/* Which server is asked: no user, path or query, which may hold a secret; nothing when its name itself is one. */
static void
write_server (BfJsonOut *out, const char *url)
{
  g_autofree char *scheme = NULL;
  g_autofree char *host = NULL;
  g_autofree char *text = NULL;
  int port = -1;

  if (url != NULL && strstr (url, "${") == NULL
      && g_uri_split_network (url, G_URI_FLAGS_NONE, &scheme, &host, &port, NULL) && host != NULL && host[0] != '\0')
    text = port > 0 ? g_strdup_printf (strchr (host, ':') != NULL ? "%s://[%s]:%d" : "%s://%s:%d", scheme, host, port)
                    : g_strdup_printf (strchr (host, ':') != NULL ? "%s://[%s]" : "%s://%s", scheme, host);
  bf_json_out_string (out, "server", text);
}

void
bf_message_feed (BfEngine *engine, BfJsonOut *out, const char *key, guint feed, gboolean whole)
{
  static const char *const contents[] = { "observations", "list", "descriptions" };
  const BfConfGroup *group;
  g_autofree char *shown = NULL;
  const char *url;
  BfFeedInfo info;
  guint n_unknown, n_held;
  gint64 silent_us = bf_silence_info (engine->silence, feed, &n_unknown, &n_held);

  bf_supervisor_info (engine->supervisor, feed, &info);
  bf_json_out_begin_object (out, key);
  bf_json_out_string (out, "name", info.def->name);
  bf_json_out_string (out, "service", info.def->service != BF_NO_SERVICE ? bf_catalog_service (engine->catalog, info.def->service)->id : NULL);
  bf_json_out_string (out, "format", info.def->format);
  /* As the file has it: what ${NAME} stands for may be a secret. */
  group = info.def->conf != NULL ? bf_conf_group (info.def->conf, "Feed", NULL) : NULL;
  url = group != NULL ? bf_conf_group_get (group, "Url") : NULL;
  shown = url != NULL ? bf_secret_shown_address (url) : NULL;
  bf_json_out_string (out, "url", shown);
  write_server (out, info.def->url);
  bf_json_out_string (out, "state", bf_feed_state_id (info.state));
  bf_json_out_time (out, "since", info.since_us);
  bf_json_out_string (out, "reason", info.reason);
  bf_json_out_string (out, "actor", info.actor);
  write_moment (out, "last_attempt", info.last_attempt_us);
  write_moment (out, "last_ok", info.last_ok_us);
  bf_json_out_time (out, "newest", info.newest_us);
  bf_json_out_string (out, "content", contents[info.content]);
  bf_json_out_time (out, "as_of", info.content != BF_CONTENT_OBSERVATIONS ? info.as_of_us : BF_TIME_NONE);
  bf_json_out_time (out, "unchanged_since", info.content == BF_CONTENT_LIST ? info.changed_us : BF_TIME_NONE);
  if (info.content == BF_CONTENT_LIST)
    bf_json_out_int (out, "listed", info.n_listed);
  else
    bf_json_out_null (out, "listed");
  write_moment (out, "next", info.next_us);
  bf_json_out_double (out, "every_s", (double) info.def->every_us / G_USEC_PER_SEC);
  bf_json_out_double (out, "stale_s", (double) bf_feed_def_stale_us (info.def) / G_USEC_PER_SEC);
  bf_json_out_int (out, "attempts", (gint64) info.n_attempts);
  bf_json_out_int (out, "payloads", (gint64) info.n_payloads);
  bf_json_out_int (out, "not_modified", (gint64) info.n_not_modified);
  bf_json_out_int (out, "failed", (gint64) info.n_failed);
  bf_json_out_int (out, "records", (gint64) info.n_records);
  bf_json_out_int (out, "observations", (gint64) info.n_observations);
  bf_json_out_int (out, "refused", (gint64) info.n_refused);
  bf_json_out_int (out, "ahead", (gint64) info.n_ahead);
  bf_json_out_double (out, "ahead_s", (double) info.ahead_us / G_USEC_PER_SEC);
  bf_json_out_int (out, "bytes", (gint64) info.bytes);
  bf_json_out_int (out, "assets", info.n_assets);
  bf_json_out_time (out, "silent_since", silent_us);
  bf_json_out_int (out, "unknown_assets", n_unknown);
  bf_json_out_int (out, "held_back", n_held);
  bf_json_out_int (out, "restarts", info.restarts);
  bf_json_out_int (out, "deaths", info.n_deaths);
  write_moment (out, "last_death", info.death_us);
  bf_json_out_string (out, "last_death_reason", info.death);
  bf_json_out_string (out, "last_refused", info.last_refused);
  write_refused (engine, out, feed, &info);
  if (whole)
    {
      g_autofree char *text = info.def->text != NULL ? bf_secret_shown_file (info.def->text) : NULL;

      bf_json_out_string (out, "text", text);
    }
  bf_json_out_end_object (out);
}

/* --- status --------------------------------------------------------------------------------------------------------- */

typedef struct
{
  guint unacknowledged;
  guint acknowledged;
  int worst;
} ServiceAlerts;

/* Of all services, besides those that wait, by priority. */
typedef struct
{
  guint acknowledged;
  guint waits_for_reset;
  guint shown[BF_ALERT_SHOWN_OUT_OF_SERVICE + 1];
} OtherAlerts;

static void
count_alerts (BfEngine *engine, ServiceAlerts *services, guint by_priority[BF_N_PRIORITIES], OtherAlerts *ret_others)
{
  g_autoptr (GPtrArray) alerts = bf_durable_list (engine->durable);

  for (guint i = 0; i < alerts->len; i++)
    {
      const BfAlert *alert = g_ptr_array_index (alerts, i);
      guint number = service_of_alert (engine, alert);
      gboolean acknowledged = alert->state == BF_ALERT_ACKNOWLEDGED;

      /* What nobody is to be told of counts for itself; so does what is held open by a flag alone. */
      ret_others->shown[bf_alert_shown (alert)]++;
      ret_others->waits_for_reset += bf_alert_waits_for_reset (alert);
      if (bf_alert_shown (alert) != BF_ALERT_SHOWN_STATE || alert->state == BF_ALERT_NORMAL)
        continue;
      if (acknowledged)
        ret_others->acknowledged++;
      else
        by_priority[alert->priority]++;
      if (number != BF_NO_SERVICE)
        {
          ServiceAlerts *service = &services[number];

          service->acknowledged += acknowledged;
          service->unacknowledged += !acknowledged;
          if (!acknowledged)
            service->worst = MAX (service->worst, (int) alert->priority);
        }
    }
}

static void
write_indicators (BfEngine *engine, BfJsonOut *out)
{
  bf_json_out_begin_array (out, "indicators");
  for (guint i = 0; i < bf_catalog_n_indicators (engine->catalog); i++)
    {
      const BfIndicator *indicator = bf_catalog_indicator (engine->catalog, i);
      const BfIndicatorState *state = &engine->indicators[i];

      bf_json_out_begin_object (out, NULL);
      bf_json_out_string (out, "service", bf_catalog_service (engine->catalog, indicator->service)->id);
      bf_json_out_string (out, "id", indicator->id);
      bf_json_out_double (out, "value", state->known ? state->value : NAN);
      bf_json_out_bool (out, "known", state->known);
      bf_json_out_int (out, "assets_known", state->n_known);
      bf_json_out_int (out, "assets", state->n_assets);
      if (state->on_target == BF_TRUTH_UNKNOWN)
        bf_json_out_null (out, "on_target");
      else
        bf_json_out_bool (out, "on_target", state->on_target == BF_TRUTH_TRUE);
      bf_json_out_end_object (out);
    }
  bf_json_out_end_array (out);
}

static void
write_quarters (BfEngine *engine, BfJsonOut *out, gint64 now_us)
{
  gint64 last = now_us / QUARTER_US;

  bf_json_out_begin_array (out, "alerts_24h");
  for (gint64 quarter = last - BF_QUARTERS_24H + 1; quarter <= last; quarter++)
    {
      const BfQuarter *slot = &engine->quarters[quarter % BF_QUARTERS_24H];
      gboolean here = slot->quarter == quarter;

      bf_json_out_begin_array (out, NULL);
      bf_json_out_int (out, NULL, here ? slot->count : 0);
      bf_json_out_string (out, NULL, here && slot->worst >= 0 ? bf_priority_id ((BfPriority) slot->worst) : NULL);
      bf_json_out_end_array (out);
    }
  bf_json_out_end_array (out);
}

static void
write_store (BfEngine *engine, BfJsonOut *out)
{
  BfStoreHealth health = { 0 };

  bf_store_health (engine->store, &health);
  bf_json_out_begin_object (out, "store");
  bf_json_out_bool (out, "ok", health.error == NULL);
  bf_json_out_string (out, "error", health.error);
  bf_json_out_int (out, "queued", (gint64) health.queued);
  bf_json_out_int (out, "written", (gint64) health.written);
  bf_json_out_int (out, "refused", (gint64) (health.refused_full + health.failed));
  bf_json_out_end_object (out);
  g_free (health.error);
}

/* The last time that the machine's clock was set under the engine. */
static void
write_clock (BfEngine *engine, BfJsonOut *out)
{
  const BfClockSteps *steps = &engine->clock_steps;

  bf_json_out_begin_object (out, "clock");
  bf_json_out_int (out, "steps", steps->n);
  bf_json_out_time (out, "last", steps->n > 0 ? steps->at_us : BF_TIME_NONE);
  bf_json_out_double (out, "last_step_s", (double) steps->step_us / G_USEC_PER_SEC);
  bf_json_out_end_object (out);
}

static guint
n_problems (const BfEngine *engine)
{
  g_autoptr (GPtrArray) now = bf_problems_new ();

  bf_evaluator_check_lighting_plan (engine->evaluator, now);
  return engine->problems->len + now->len;
}

void
bf_message_status (BfEngine *engine, BfJsonOut *out, const char *type)
{
  guint n_services = bf_catalog_n_services (engine->catalog);
  g_autofree ServiceAlerts *services = g_new0 (ServiceAlerts, MAX (1, n_services));
  guint by_priority[BF_N_PRIORITIES] = { 0 };
  OtherAlerts others = { 0 };
  gint64 now_us = bf_time_now_us ();

  for (guint i = 0; i < n_services; i++)
    services[i].worst = -1;
  count_alerts (engine, services, by_priority, &others);
  bf_json_out_begin_object (out, NULL);
  if (type != NULL)
    bf_json_out_string (out, "type", type);
  bf_json_out_time (out, "now", now_us);
  bf_json_out_int (out, "seq", bf_durable_last_event (engine->durable));
  bf_json_out_begin_array (out, "services");
  for (guint i = 0; i < n_services; i++)
    {
      bf_json_out_begin_object (out, NULL);
      bf_json_out_string (out, "id", bf_catalog_service (engine->catalog, i)->id);
      bf_json_out_int (out, "expected", engine->coverage[i].expected);
      bf_json_out_int (out, "heard", engine->coverage[i].heard);
      bf_json_out_string (out, "worst", services[i].worst >= 0 ? bf_priority_id ((BfPriority) services[i].worst) : NULL);
      bf_json_out_int (out, "unacknowledged", services[i].unacknowledged);
      bf_json_out_int (out, "acknowledged", services[i].acknowledged);
      bf_json_out_end_object (out);
    }
  bf_json_out_end_array (out);
  bf_json_out_begin_object (out, "alerts");
  for (int i = BF_N_PRIORITIES - 1; i >= 0; i--)
    bf_json_out_int (out, bf_priority_id ((BfPriority) i), by_priority[i]);
  bf_json_out_int (out, "acknowledged", others.acknowledged);
  bf_json_out_int (out, "waits_for_reset", others.waits_for_reset);
  bf_json_out_int (out, "shelved", others.shown[BF_ALERT_SHOWN_SHELVED]);
  bf_json_out_int (out, "suppressed", others.shown[BF_ALERT_SHOWN_SUPPRESSED]);
  bf_json_out_int (out, "out_of_service", others.shown[BF_ALERT_SHOWN_OUT_OF_SERVICE]);
  bf_json_out_end_object (out);
  write_indicators (engine, out);
  write_store (engine, out);
  bf_json_out_begin_object (out, "loop");
  bf_json_out_int (out, "longest_us", bf_turns ()->longest_us);
  bf_json_out_int (out, "over_2ms", (gint64) bf_turns ()->n_over);
  bf_json_out_int (out, "longest_cpu_us", bf_turns ()->longest_cpu_us);
  bf_json_out_int (out, "cpu_over_2ms", (gint64) bf_turns ()->n_cpu_over);
  bf_json_out_end_object (out);
  write_clock (engine, out);
  bf_json_out_int (out, "problems", n_problems (engine));
  bf_json_out_int (out, "clients", bf_hub_n_clients (engine->hub));
  bf_json_out_int (out, "observations", (gint64) engine->n_observations);
  bf_json_out_int (out, "refused", (gint64) (engine->n_refused + engine->n_unstored));
  write_quarters (engine, out, now_us);
  bf_json_out_end_object (out);
}

/* --- metrics -------------------------------------------------------------------------------------------------------- */

static void
metric (GString *text, const char *name, const char *help, const char *type, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text, "# HELP beffroi_%s %s\n# TYPE beffroi_%s %s\nbeffroi_%s %s\n", name, help, name, type, name,
                          g_ascii_dtostr (number, sizeof number, value));
}

/**
 * bf_message_metrics:
 *
 * Prometheus text format 0.0.4.
 */
void
bf_message_metrics (BfEngine *engine, GString *text)
{
  BfStoreHealth health = { 0 };

  bf_store_health (engine->store, &health);
  metric (text, "assets", "Assets in the model.", "gauge", bf_model_n_assets (engine->model) - bf_model_n_left (engine->model));
  metric (text, "positions_far_total", "Positions that were not used: too far from the city.", "counter", engine->n_far);
  metric (text, "assets_left_total", "Assets that were over and have left.", "counter", engine->n_left);
  metric (text, "model_bytes", "Memory of the model.", "gauge", (double) bf_model_memory_bytes (engine->model));
  metric (text, "observations_total", "Observations taken from feeds.", "counter", (double) engine->n_observations);
  metric (text, "observations_late_total", "Observations older than the latest value.", "counter", (double) engine->n_late);
  metric (text, "observations_refused_total", "Observations of assets that the model refused.", "counter", (double) engine->n_refused);
  metric (text, "alerts_open", "Open alerts.", "gauge", bf_alert_book_n (engine->book));
  metric (text, "clients", "Connected clients.", "gauge", bf_hub_n_clients (engine->hub));
  metric (text, "clients_dropped_total", "Clients dropped because they did not read.", "counter", (double) bf_hub_n_dropped (engine->hub));
  metric (text, "store_written_total", "Observations on disk.", "counter", (double) health.written);
  metric (text, "store_refused_total", "Observations that the store did not take.", "counter", (double) (health.refused_full + health.failed));
  metric (text, "store_queue", "Messages that wait for the store's writer.", "gauge", (double) health.queued);
  metric (text, "loop_turns_total", "Turns of the main loop.", "counter", (double) bf_turns ()->n);
  metric (text, "loop_turns_over_2ms_total", "Turns of the main loop that took longer than 2 ms.", "counter", (double) bf_turns ()->n_over);
  metric (text, "loop_turn_longest_seconds", "Longest turn of the main loop since the start.", "gauge", (double) bf_turns ()->longest_us / 1e6);
  metric (text, "loop_turns_cpu_over_2ms_total", "Turns for which the main thread had a core longer than 2 ms.", "counter",
          (double) bf_turns ()->n_cpu_over);
  metric (text, "loop_turn_longest_cpu_seconds", "Longest time that the main thread had a core in one turn since the start.", "gauge",
          (double) bf_turns ()->longest_cpu_us / 1e6);
  metric (text, "clock_steps_total", "Times that the machine's clock was set since the start.", "counter", engine->clock_steps.n);
  metric (text, "problems", "Items of the city's text that are off.", "gauge", n_problems (engine));
  for (guint i = 0; i < bf_supervisor_n (engine->supervisor); i++)
    {
      BfFeedInfo info;

      bf_supervisor_info (engine->supervisor, i, &info);
      g_string_append_printf (text, "beffroi_feed_state{feed=\"%s\",state=\"%s\"} 1\n", info.def->name, bf_feed_state_id (info.state));
      g_string_append_printf (text,
                              "beffroi_feed_attempts_total{feed=\"%s\",outcome=\"ok\"} %" G_GUINT64_FORMAT "\n"
                              "beffroi_feed_attempts_total{feed=\"%s\",outcome=\"not_modified\"} %" G_GUINT64_FORMAT "\n"
                              "beffroi_feed_attempts_total{feed=\"%s\",outcome=\"failed\"} %" G_GUINT64_FORMAT "\n",
                              info.def->name, info.n_payloads, info.def->name, info.n_not_modified, info.def->name, info.n_failed);
      g_string_append_printf (text, "beffroi_feed_refused_total{feed=\"%s\"} %" G_GUINT64_FORMAT "\n", info.def->name, info.n_refused);
    }
  bf_push_metrics (engine->push, text);
  g_free (health.error);
}
