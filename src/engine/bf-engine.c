/* SPDX-License-Identifier: EUPL-1.2 */
/* The engine: wires the layers and lets the data go one way. Order of starting: catalogue, city, store, model out of the
 * store, rules, open alerts, feeds, then clients; a bad item of the city's text is a problem that stays visible, only a
 * store or an address that cannot be opened stops the engine. `now` of an evaluation is a payload's result time, or the
 * clock's for timers, and never goes back within a run but when the machine's clock is set: see bf-engine-clock.c. */

#include "engine/bf-engine-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-language.h"
#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "engine/bf-rehearsals.h"
#include "engine/bf-search.h"
#include "model/bf-attributes.h"
#include "model/bf-city-files.h"

#define ADDRESS_RADIUS_M 250
#define FAR_KM 300
#define ADDED_MAX 64u                     /* assets that wait for their first look */
#define ROWS_MAX 8192u                    /* observations gathered for the store before it gets them: bounds our memory */

/* --- evaluating ----------------------------------------------------------------------------------------------------- */

static void
store_rows (BfEngine *engine)
{
  if (engine->rows->len > 0
      && !bf_store_add_observations (engine->store, (const BfStoreObservation *) engine->rows->data, engine->rows->len))
    engine->n_unstored += engine->rows->len;
  g_array_set_size (engine->rows, 0);
}

/**
 * bf_engine_evaluate:
 * @now_us: result time, or the clock's
 *
 * Evaluates what was touched and what is due, stores what was derived, and sets the clock for the next timer.
 */
void
bf_engine_evaluate (BfEngine *engine, gint64 now_us)
{
  engine->evaluated_us = MAX (engine->evaluated_us, now_us);
  bf_evaluator_run (engine->evaluator, engine->evaluated_us);
  bf_engine_works_run (engine, engine->evaluated_us);
  bf_alert_book_run (engine->book, engine->evaluated_us);
  store_rows (engine);
  bf_engine_clock_arm (engine);
}

static void
evaluate_slice (BfEngine *engine, gint64 now_us)
{
  engine->evaluated_us = MAX (engine->evaluated_us, now_us);
  bf_evaluator_run_slice (engine->evaluator, engine->evaluated_us);
  store_rows (engine);
}

/* --- the evaluator's results ---------------------------------------------------------------------------------------- */

static void
add_row (BfEngine *engine, guint32 asset, guint16 property, double value, gint64 observed_us, gint64 result_us, guint32 record,
         const char *feed)
{
  BfStoreObservation row = {
    bf_model_asset_id (engine->model, asset), bf_catalog_property (engine->catalog, property)->id, value, observed_us, result_us,
    record, feed, engine->store_states[property], NULL,
  };

  g_array_append_val (engine->rows, row);
  if (engine->rows->len >= ROWS_MAX)
    store_rows (engine);
}

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  bf_engine_rule_event (user_data, event);
}

static void
derived_cb (gpointer user_data, guint32 asset, guint16 property, double value, gint64 observed_us)
{
  BfEngine *engine = user_data;

  if (observed_us != BF_TIME_NONE)
    add_row (engine, asset, property, value, observed_us, engine->evaluated_us, 0, "");
  bf_hub_touch_value (engine->hub, asset, property);
}

static void
indicator_cb (gpointer user_data, guint indicator, gboolean known, double value, BfTruth on_target, guint n_known, guint n_assets)
{
  BfEngine *engine = user_data;

  engine->indicators[indicator] = (BfIndicatorState){ known, value, on_target, n_known, n_assets };
}

static void
limited_cb (gpointer user_data, guint rule, guint n_held, gint64 now_us)
{
  bf_engine_rule_limited (user_data, rule, n_held, now_us);
}

static void
came_true_cb (gpointer user_data, guint32 asset, guint16 property, double value, gint64 observed_us, guint16 feed, guint32 record)
{
  BfEngine *engine = user_data;
  BfFeedInfo info = { 0 };

  if (feed < bf_supervisor_n (engine->supervisor))
    bf_supervisor_info (engine->supervisor, feed, &info);
  add_row (engine, asset, property, value, observed_us, engine->evaluated_us, record, info.def != NULL ? info.def->name : "");
  bf_hub_touch_value (engine->hub, asset, property);
}

static const BfEvaluatorHandler evaluator_handler = { .rule = rule_cb, .derived = derived_cb, .indicator = indicator_cb, .limited = limited_cb,
                                                       .came_true = came_true_cb };

/* --- the feeds' data ------------------------------------------------------------------------------------------------ */

/* What the feed does not say of an asset the city's own files may: nearest address, zone. */
static void
place_asset (BfEngine *engine, guint32 asset)
{
  BfPoint point = bf_model_asset_point (engine->model, asset);

  if (isnan (point.lon))
    return;
  if (engine->zones != NULL)
    bf_model_set_zone (engine->model, asset, bf_zones_at (engine->zones, point));
  /* The model keeps a feed's own address before ours. */
  if (engine->addresses != NULL)
    {
      g_autofree char *address = bf_addresses_nearest (engine->addresses, point, ADDRESS_RADIUS_M, NULL);

      if (address != NULL)
        bf_model_set_address (engine->model, asset, address);
    }
}

const char *
bf_engine_zone_name (const BfEngine *engine, guint32 asset)
{
  guint16 zone = bf_model_asset_zone (engine->model, asset);

  return zone == BF_NO_ZONE || engine->zones == NULL ? NULL : bf_zones_get (engine->zones, zone)->name;
}

static void
store_asset (BfEngine *engine, guint32 asset, const char *feed, gboolean own_address)
{
  BfPoint point = bf_model_asset_point (engine->model, asset);
  guint32 parent = bf_model_asset_parent (engine->model, asset);
  g_autofree char *attributes = bf_attributes_to_json (bf_model_asset_attributes (engine->model, asset));
  BfStoreAsset row = {
    bf_model_asset_id (engine->model, asset),
    bf_model_asset_kind (engine->model, asset)->full_id,
    bf_model_asset_name (engine->model, asset),
    own_address ? bf_model_asset_address (engine->model, asset) : NULL, /* one that we found is found anew */
    parent != BF_NO_ASSET ? bf_model_asset_id (engine->model, parent) : NULL,
    feed,
    point.lon,
    point.lat,
    attributes,
    bf_model_asset_shape (engine->model, asset),
  };

  bf_store_put_asset (engine->store, &row);
}

/* A city's bounds, or those of its zones, and FAR_KM around: a wrong longitude puts a container into another country. Weather and
 * rivers reach further than the city, so the bound is wide. */
static void
find_reach (BfEngine *engine)
{
  BfBox box = engine->city->bounds;
  double lat_deg = FAR_KM / 111.0;
  double lon_deg;

  for (guint i = 0; engine->zones != NULL && box.west >= box.east && i < bf_zones_n (engine->zones); i++)
    {
      const BfBox *zone = &bf_zones_get (engine->zones, i)->box;

      bf_box_add (&engine->reach, (BfPoint){ zone->west, zone->south });
      bf_box_add (&engine->reach, (BfPoint){ zone->east, zone->north });
    }
  if (box.west < box.east)
    engine->reach = box;
  if (!(engine->reach.west < engine->reach.east))
    return;
  lon_deg = lat_deg / MAX (0.1, cos (MAX (fabs (engine->reach.south), fabs (engine->reach.north)) * G_PI / 180));
  engine->reach = (BfBox){ engine->reach.west - lon_deg, engine->reach.south - lat_deg, engine->reach.east + lon_deg, engine->reach.north + lat_deg };
}

/* The asset stands, without a place; the feed says so. */
static gboolean
is_far (BfEngine *engine, guint feed, const char *id, BfPoint point)
{
  g_autofree char *text = NULL;

  if (isnan (point.lon) || !(engine->reach.west < engine->reach.east) || bf_box_contains (&engine->reach, point))
    return FALSE;
  text = g_strdup_printf (_ ("asset “%s”: the position %.5f, %.5f (lat, lon) is more than %d km from the city and is not used"), id, point.lat,
                          point.lon, FAR_KM);
  bf_supervisor_note_refused (engine->supervisor, feed, text);
  engine->n_far++;
  return TRUE;
}

static void
map_local (BfEngine *engine, guint feed, guint32 local, guint32 asset)
{
  GArray *map = g_ptr_array_index (engine->feed_assets, feed);
  guint32 none = BF_NO_ASSET;

  while (map->len <= local)
    g_array_append_val (map, none);
  g_array_index (map, guint32, local) = asset;
}

static void
feed_asset_cb (gpointer user_data, guint feed, guint32 local, const BfAssetDraft *draft)
{
  BfEngine *engine = user_data;
  const BfKind *kind = bf_catalog_kind (engine->catalog, draft->kind);
  const char *service = bf_catalog_service (engine->catalog, kind->service)->id;
  g_autofree char *id = g_strdup_printf ("%s/%.*s", service, (int) draft->source_id_length, draft->source_id);
  g_autofree char *parent = draft->parent != NULL ? g_strdup_printf ("%s/%s", service, draft->parent) : NULL;
  BfAssetInfo info = { id, draft->kind, draft->name, draft->address, parent, draft->point, draft->attributes, draft->shape };
  g_autoptr (GError) error = NULL;
  gboolean changed = FALSE;
  BfFeedInfo feed_info;
  guint32 asset;

  if (is_far (engine, feed, id, draft->point))
    {
      info.point = (BfPoint){ NAN, NAN };
      info.shape = NULL;
    }
  asset = bf_model_put_asset (engine->model, &info, (guint16) feed, &changed, &error);

  map_local (engine, feed, local, asset);
  if (asset == BF_NO_ASSET)
    {
      g_warning ("%s", error->message);
      engine->n_refused++;
      return;
    }
  if (!changed)
    return;
  place_asset (engine, asset);
  bf_supervisor_info (engine->supervisor, feed, &feed_info);
  store_asset (engine, asset, feed_info.def->name, draft->address != NULL);
  /* Also a known one: its place, zone or parent may have moved it to another group. */
  bf_evaluator_add_asset (engine->evaluator, asset, MAX (engine->evaluated_us, bf_time_now_us ()));
  if (++engine->n_added % ADDED_MAX == 0)
    evaluate_slice (engine, MAX (engine->evaluated_us, bf_time_now_us ()));
  bf_search_forget (engine, asset);
  bf_hub_touch_asset (engine->hub, asset);
}

BfObserved
bf_engine_note (BfEngine *engine, guint feed, gint64 result_us, const BfObservation *o)
{
  BfObserved observed
    = bf_evaluator_observe (engine->evaluator, o->asset, o->property, o->value, o->observed_us, result_us, (guint16) feed, o->record);
  BfFeedInfo info;

  if (observed == BF_OBSERVED_DUPLICATE || observed == BF_OBSERVED_AHEAD)
    return observed;
  if (observed == BF_OBSERVED_REFUSED && bf_record_is_ahead (o->record))
    {
      engine->n_refused++;
      return observed;
    }
  bf_supervisor_info (engine->supervisor, feed, &info);
  add_row (engine, o->asset, o->property, o->value, o->observed_us, result_us,
           bf_record_is_ahead (o->record) ? o->record & ~BF_RECORD_AHEAD : o->record, info.def->name);
  if (observed == BF_OBSERVED_OLDER)
    return observed;
  bf_hub_touch_value (engine->hub, o->asset, o->property);
  return observed;
}

/* One that comes a little later is on its way to the processor's cache meanwhile. */
static void
prepare (BfEngine *engine, const GArray *map, const BfObservation *o)
{
  if (o->asset < map->len && g_array_index (map, guint32, o->asset) != BF_NO_ASSET)
    bf_evaluator_prepare (engine->evaluator, g_array_index (map, guint32, o->asset), o->property);
}

static void
take (BfEngine *engine, guint feed, gint64 result_us, const BfObservation *observations, guint n)
{
  GArray *map = g_ptr_array_index (engine->feed_assets, feed);

  for (guint i = 0; i < n; i++)
    {
      BfObservation o = observations[i];
      BfObserved observed;

      if (i + BF_EVALUATOR_AHEAD < n)
        prepare (engine, map, &observations[i + BF_EVALUATOR_AHEAD]);
      o.asset = o.asset < map->len ? g_array_index (map, guint32, o.asset) : BF_NO_ASSET;
      if (o.asset == BF_NO_ASSET || bf_model_has_left (engine->model, o.asset))
        {
          engine->n_refused++;
          continue;
        }
      observed = bf_engine_note (engine, feed, result_us, &o);
      if (observed == BF_OBSERVED_OLDER && bf_engine_is_back (engine, feed, result_us, &o))
        bf_engine_note (engine, feed, result_us, &o);
      else
        engine->n_late += observed == BF_OBSERVED_OLDER;
    }
  engine->n_observations += n;
}

static void
feed_slice_cb (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n)
{
  BfEngine *engine = user_data;

  take (engine, feed, result_us, observations, n);
  engine->slicing = feed + 1;
  evaluate_slice (engine, result_us);
}

/* While another feed's large payload is under way, what rests on aggregates waits for its end. */
static void
feed_batch_cb (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n)
{
  BfEngine *engine = user_data;

  take (engine, feed, result_us, observations, n);
  if (engine->slicing == feed + 1)
    engine->slicing = 0;
  if (engine->slicing == 0)
    bf_engine_evaluate (engine, result_us);
  else
    evaluate_slice (engine, result_us);
}

static void
feed_changed_cb (gpointer user_data, guint feed)
{
  BfEngine *engine = user_data;

  bf_hub_touch_feed (engine->hub, feed);
  bf_engine_log_feed (engine, feed);
}

static void
feed_listed_cb (gpointer user_data, guint feed, gint64 result_us, const BfFeedList *list)
{
  bf_engine_take_list (user_data, feed, result_us, list);
}

/* Values of a feed are known for so long. */
static void
set_stale_limit (BfEngine *engine, guint feed, guint8 service, gint64 limit_us)
{
  for (guint i = 0; limit_us > 0 && i < bf_catalog_n_properties (engine->catalog); i++)
    if (bf_catalog_property (engine->catalog, i)->service == service)
      bf_model_set_stale_limit (engine->model, (guint16) feed, (guint16) i, limit_us);
}

/* The source's cadence is another: what it has given already is known for longer, or no longer. */
static void
feed_limit_cb (gpointer user_data, guint feed, gint64 stale_us)
{
  BfEngine *engine = user_data;
  const BfService *service;
  BfFeedInfo info;

  bf_supervisor_info (engine->supervisor, feed, &info);
  set_stale_limit (engine, feed, info.def->service, stale_us);
  service = bf_catalog_service (engine->catalog, info.def->service);
  for (guint i = 0; i < service->kinds->len; i++)
    {
      guint16 kind = g_array_index (service->kinds, guint16, i);

      for (guint32 row = 0; row < bf_model_n_of_kind (engine->model, kind); row++)
        bf_lists_touch_values (engine->lists, (guint16) feed, bf_model_of_kind (engine->model, kind, row));
    }
}

static const BfSupervisorHandler supervisor_handler
  = { feed_asset_cb, feed_batch_cb, feed_changed_cb, feed_slice_cb, feed_listed_cb, feed_limit_cb };

/**
 * bf_engine_add_feed:
 * @path: a .feed file
 * @ret_feed: (out) (optional): its number
 *
 * Reads the definition and starts it; a bad one is there, off, with its reason.
 *
 * Returns: %FALSE with @error when the file cannot be read
 */
gboolean
bf_engine_add_feed (BfEngine *engine, const char *path, guint *ret_feed, GError **error)
{
  guint number = engine->feed_assets->len;
  BfFeedDef *def = bf_feed_def_load (path, (guint16) number, engine->catalog, engine->problems, error);
  const BfEnginePause *pause;

  if (def == NULL)
    return FALSE;
  set_stale_limit (engine, number, def->service, bf_feed_def_stale_us (def));
  if (def->text != NULL)
    bf_store_put_file (engine->store, def->path, def->text, bf_time_now_us (), "engine");
  g_ptr_array_add (engine->feed_assets, g_array_new (FALSE, FALSE, sizeof (guint32)));
  pause = engine->pauses != NULL ? g_hash_table_lookup (engine->pauses, def->name) : NULL;
  if (pause != NULL)
    number = bf_supervisor_add_paused (engine->supervisor, def, pause->actor, pause->reason, pause->since_us);
  else
    number = bf_supervisor_add (engine->supervisor, def);
  if (ret_feed != NULL)
    *ret_feed = number;
  return TRUE;
}

/* --- starting ------------------------------------------------------------------------------------------------------- */

/* The number that a feed of this name will have: feeds are added in the order of their files. */
static guint16
feed_number (GHashTable *numbers, const char *name)
{
  gpointer value;

  if (name == NULL || name[0] == '\0')
    return BF_NO_FEED;
  return g_hash_table_lookup_extended (numbers, name, NULL, &value) ? (guint16) GPOINTER_TO_UINT (value) : BF_FEED_GONE;
}

static GHashTable *
number_feeds (GPtrArray *paths)
{
  GHashTable *numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < paths->len; i++)
    {
      char *name = g_path_get_basename (g_ptr_array_index (paths, i));

      name[strlen (name) - strlen (".feed")] = '\0';
      g_hash_table_insert (numbers, name, GUINT_TO_POINTER (i));
    }
  return numbers;
}

typedef struct
{
  BfEngine *engine;
  GHashTable *numbers;
  guint unknown;
  gint64 now_us;
  GHashTable *gone; /* "parking.state = closed" -> how many latest values say it */
} Loading;

static void
count_gone (Loading *loading, const char *service, const BfStoreObservation *row)
{
  char *key = g_strdup_printf ("%s.%s = %s", service, row->property, row->gone_state);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (loading->gone, key));

  g_hash_table_replace (loading->gone, key, GUINT_TO_POINTER (n + 1));
}

static void
say_gone (Loading *loading)
{
  GHashTableIter iter;
  gpointer key, n;

  g_hash_table_iter_init (&iter, loading->gone);
  while (g_hash_table_iter_next (&iter, &key, &n))
    bf_problems_add (loading->engine->problems, "store", 0,
                     _ ("%s: the manifest no longer has this state; %u latest values are unknown until their feed says more"),
                     (const char *) key, GPOINTER_TO_UINT (n));
}

static void
load_asset_cb (gpointer user_data, const BfStoreAsset *row)
{
  Loading *loading = user_data;
  BfEngine *engine = loading->engine;
  const BfKind *kind = bf_catalog_find_kind (engine->catalog, row->kind);
  g_autofree char *attributes = bf_attributes_from_json (row->attributes_json);
  g_autoptr (GError) error = NULL;
  guint32 asset;

  if (kind == NULL)
    {
      loading->unknown++;
      return;
    }
  asset = bf_model_put_asset (engine->model,
                              &(BfAssetInfo){ row->id, kind->index, row->name, row->address, row->parent, { row->lon, row->lat }, attributes, NULL },
                              feed_number (loading->numbers, row->feed), NULL, &error);
  if (asset == BF_NO_ASSET)
    {
      g_warning ("asset %s out of the store: %s", row->id, error->message);
      return;
    }
  /* The row's feed is the last that described the asset, not always the one that said its line or area. */
  if (row->shape != NULL)
    bf_model_put_asset (engine->model, &(BfAssetInfo){ .id = row->id, .kind = kind->index, .point = { NAN, NAN }, .shape = row->shape },
                        BF_NO_FEED, NULL, NULL);
  place_asset (engine, asset);
}

static void
load_latest_cb (gpointer user_data, const BfStoreObservation *row)
{
  Loading *loading = user_data;
  BfEngine *engine = loading->engine;
  guint32 asset = bf_model_find_asset (engine->model, row->asset_id);
  const BfProperty *property;

  if (asset == BF_NO_ASSET)
    {
      loading->unknown++;
      return;
    }
  property = bf_catalog_find_property (engine->catalog, bf_model_asset_kind (engine->model, asset)->service, row->property);
  /* Derived values are derived anew from what they come from. */
  if (property == NULL || property->derive != NULL)
    return;
  if (row->gone_state != NULL)
    {
      count_gone (loading, bf_catalog_service (engine->catalog, property->service)->id, row);
      return;
    }
  if (!isfinite (row->value)
      || (property->type == BF_PROPERTY_STATE && (row->value < 0 || row->value >= g_strv_length (property->values))))
    {
      loading->unknown++;
      return;
    }
  /* One of the future is of a clock that was set back since: nothing that comes would be newer. */
  bf_model_observe (engine->model, asset, property->index, row->value, MIN (row->observed_us, loading->now_us), row->result_us,
                    feed_number (loading->numbers, row->feed), row->record);
}

/* The store keeps a state by an id of its own: it is told what the manifests say today, before anything is read. */
static void
tell_states (BfEngine *engine)
{
  guint n = bf_catalog_n_properties (engine->catalog);

  engine->store_states = g_new0 (guint, MAX (1, n));
  for (guint i = 0; i < n; i++)
    {
      const BfProperty *property = bf_catalog_property (engine->catalog, i);

      if (property->type == BF_PROPERTY_STATE)
        engine->store_states[i] = bf_store_set_states (engine->store, bf_catalog_service (engine->catalog, property->service)->id,
                                                       property->id, (const char *const *) property->values);
    }
}

static gboolean
load_model (BfEngine *engine, GPtrArray *feed_paths, GError **error)
{
  g_autoptr (GHashTable) numbers = number_feeds (feed_paths);
  g_autoptr (GHashTable) gone = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Loading loading = { engine, numbers, 0, bf_time_now_us (), gone };

  for (guint i = 0; i < bf_catalog_n_properties (engine->catalog); i++)
    bf_model_set_stale_limit (engine->model, BF_FEED_GONE, (guint16) i, 1);
  if (!bf_store_load_assets (engine->store, load_asset_cb, &loading, error)
      || !bf_store_load_latest (engine->store, load_latest_cb, &loading, error))
    return FALSE;
  if (loading.unknown > 0)
    bf_problems_add (engine->problems, "store", 0, _ ("%u assets or values are not what the plugins here know (kind, property or state); they are kept in the store and not shown"),
                     loading.unknown);
  say_gone (&loading);
  return TRUE;
}

/* Zones, places, addresses and base map: each may be missing or bad, the city runs without. */
static void
load_geography (BfEngine *engine)
{
  const BfCity *city = engine->city;
  GPtrArray *problems = engine->problems;
  g_autoptr (GError) zones_error = NULL, places_error = NULL, addresses_error = NULL;

  if (city->zones != NULL && (engine->zones = bf_zones_load (city->zones, problems, &zones_error)) == NULL)
    bf_problems_add_error (problems, city->zones, zones_error);
  if (city->places != NULL && (engine->places = bf_places_load (city->places, problems, &places_error)) == NULL)
    bf_problems_add_error (problems, city->places, places_error);
  if (city->addresses != NULL && (engine->addresses = bf_addresses_load (city->addresses, city->name, problems, &addresses_error)) == NULL)
    bf_problems_add_error (problems, city->addresses, addresses_error);
  if (city->basemap != NULL && !bf_city_check_basemap (city->basemap, problems))
    g_clear_pointer (&engine->city->basemap, g_free);
}

BfEvaluator *
bf_engine_new_evaluator (BfEngine *engine, const BfRuleSet *rules)
{
  return bf_evaluator_new (rules, engine->model, engine->city->zone, &evaluator_handler, engine);
}

static void
start_evaluator (BfEngine *engine)
{
  gint64 now_us = bf_time_now_us ();

  engine->indicators = g_new0 (BfIndicatorState, MAX (1, bf_catalog_n_indicators (engine->catalog)));
  engine->evaluator = bf_engine_new_evaluator (engine, engine->rules);
  engine->lists = bf_engine_lists_new (engine);
  bf_engine_series_load (engine);
  for (guint32 asset = 0; asset < bf_model_n_assets (engine->model); asset++)
    {
      const BfKind *kind = bf_model_asset_kind (engine->model, asset);

      bf_evaluator_add_asset (engine->evaluator, asset, now_us);
      for (guint i = 0; i < kind->properties->len; i++)
        {
          guint16 property = g_array_index (kind->properties, guint16, i);
          BfLatest latest;

          if (bf_model_latest (engine->model, asset, property, &latest))
            bf_evaluator_touch (engine->evaluator, asset, property);
        }
    }
}

static void
pause_free (gpointer data)
{
  BfEnginePause *pause = data;

  g_free (pause->actor);
  g_free (pause->reason);
  g_free (pause);
}

static void
load_pause_cb (gpointer user_data, const BfStorePause *row)
{
  BfEngine *engine = user_data;
  BfEnginePause *pause = g_new (BfEnginePause, 1);

  *pause = (BfEnginePause){ g_strdup (row->actor), g_strdup (row->reason), row->at_us };
  g_hash_table_insert (engine->pauses, g_strdup (row->feed), pause);
}

/* What a person has stopped stays so over a restart. */
static gboolean
start_feeds (BfEngine *engine, const BfEngineOptions *options, GPtrArray *paths, GError **error)
{
  g_autofree char *state_dir = g_build_filename (engine->data_dir, "feeds", NULL);
  g_autofree char *secrets_dir = g_build_filename (engine->city->dir, "secrets.d", NULL);

  engine->pauses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, pause_free);
  if (!bf_store_load_pauses (engine->store, load_pause_cb, engine, error))
    return FALSE;
  engine->supervisor = bf_supervisor_new (engine->catalog, options->feed_program, options->plugins_dir, engine->city->zone_name,
                                          &supervisor_handler, engine);
  if (g_mkdir_with_parents (state_dir, 0700) != 0)
    bf_problems_add (engine->problems, state_dir, 0, _ ("the folder cannot be made: feeds do not remember how far they had come"));
  bf_supervisor_set_net (engine->supervisor, engine->city->proxy, engine->city->ca, secrets_dir, state_dir);
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      g_autoptr (GError) feed_error = NULL;

      if (!bf_engine_add_feed (engine, path, NULL, &feed_error))
        bf_problems_add_error (engine->problems, path, feed_error);
    }
  g_clear_pointer (&engine->pauses, g_hash_table_unref);
  return TRUE;
}

static BfEngine *
engine_alloc (const BfEngineOptions *options)
{
  BfEngine *engine = g_new0 (BfEngine, 1);

  engine->data_dir = g_strdup (options->data_dir);
  engine->problems = bf_problems_new ();
  engine->feed_assets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  engine->rows = g_array_new (FALSE, FALSE, sizeof (BfStoreObservation));
  engine->reach = BF_BOX_EMPTY;
  engine->heard = g_byte_array_new ();
  bf_clock_watch (options->clock);
  engine->started_us = bf_time_now_us ();
  return engine;
}

/**
 * bf_engine_new:
 *
 * Starts everything; the default main context then runs it.
 *
 * Returns: (transfer full): the engine, or %NULL with @error when catalogue, city, store or address cannot be opened
 */
BfEngine *
bf_engine_new (const BfEngineOptions *options, GError **error)
{
  g_autoptr (BfEngine) engine = engine_alloc (options);
  g_autoptr (GPtrArray) feeds = NULL;
  g_autofree char *listen = NULL;

  engine->catalog = bf_catalog_new ();
  if (!bf_catalog_add_plugin_dirs (engine->catalog, options->plugins_dir, engine->problems, error))
    return NULL;
  engine->city = bf_city_load (options->city_dir, engine->problems, error);
  if (engine->city == NULL)
    return NULL;
  if (!bf_language_is_chosen ())
    {
      g_autofree char *conf = g_build_filename (engine->city->dir, "city.conf", NULL);

      bf_problems_add (engine->problems, conf, 0,
                       _ ("the engine was started without a language and speaks English, also on screens in another one: say it by Language=, such as “Language=fr”"));
    }
  /* A store that the city wants elsewhere is not quietly made here. */
  if (engine->city->store_refused)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_UNSUPPORTED, _ ("%s/city.conf: Store=: expected sqlite:PATH or a path; PostgreSQL comes with a later version"),
                   engine->city->dir);
      return NULL;
    }
  engine->store = bf_store_open (engine->city->store != NULL ? engine->city->store : options->data_dir, error);
  if (engine->store == NULL)
    return NULL;
  bf_engine_log_start (engine);
  tell_states (engine);
  load_geography (engine);
  find_reach (engine);
  engine->model = bf_model_new (engine->catalog);
  engine->coverage = g_new0 (BfCoverage, MAX (1, bf_catalog_n_services (engine->catalog)));
  engine->sweeping = g_new0 (BfCoverage, MAX (1, bf_catalog_n_services (engine->catalog)));
  feeds = bf_city_list (engine->city->dir, "feeds.d", ".feed", engine->problems);
  if (!load_model (engine, feeds, error))
    return NULL;
  if (!bf_engine_rules_start (engine, error))
    return NULL;
  engine->hub = bf_hub_new (engine);
  bf_engine_alerts_start (engine);
  start_evaluator (engine);
  if (!bf_engine_alerts_load (engine, error))
    return NULL;
  if (!start_feeds (engine, options, feeds, error))
    return NULL;
  bf_silence_start (engine->silence);
  engine->rehearsals = bf_rehearsals_new (engine, options->plugins_dir);
  bf_engine_evaluate (engine, bf_time_now_us ());
  listen = options->listen != NULL ? g_strdup (options->listen) : g_strdup (engine->city->listen);
  if (listen == NULL)
    listen = g_strdup_printf ("unix:%s/engine.sock", options->data_dir);
  engine->server = bf_server_new (engine, listen, error);
  if (engine->server == NULL)
    return NULL;
  bf_engine_clock_start (engine);
  bf_turns_start ();
  bf_coverage_start (engine);
  return g_steal_pointer (&engine);
}

const char *
bf_engine_address (const BfEngine *engine)
{
  return bf_server_address (engine->server);
}

void
bf_engine_free (BfEngine *engine)
{
  if (engine == NULL)
    return;
  bf_coverage_stop (engine);
  g_clear_pointer (&engine->server, bf_server_free);
  g_clear_pointer (&engine->rehearsals, bf_rehearsals_free);
  bf_engine_clock_stop (engine);
  if (engine->evaluator != NULL && engine->store != NULL)
    {
      if (engine->supervisor != NULL)
        bf_supervisor_settle (engine->supervisor);
      bf_engine_save_rule_states (engine);
      bf_engine_series_save (engine);
      bf_engine_log_stop (engine);
    }
  /* Closing the store tells of the last alerts that came to disk, and an alert names its feed: the supervisor stays until then. */
  g_clear_pointer (&engine->store, bf_store_close);
  g_clear_pointer (&engine->supervisor, bf_supervisor_free);
  g_clear_pointer (&engine->hub, bf_hub_free);
  g_clear_pointer (&engine->durable, bf_durable_free);
  g_clear_pointer (&engine->lists, bf_lists_free);
  g_clear_pointer (&engine->evaluator, bf_evaluator_free);
  g_clear_pointer (&engine->book, bf_alert_book_free);
  g_clear_pointer (&engine->silence, bf_silence_free);
  g_clear_pointer (&engine->rules, bf_rule_set_free);
  g_clear_pointer (&engine->rule_files, g_ptr_array_unref);
  g_clear_pointer (&engine->procedures, bf_procedures_free);
  g_clear_pointer (&engine->model, bf_model_free);
  g_clear_pointer (&engine->addresses, bf_addresses_free);
  g_clear_pointer (&engine->places, bf_places_free);
  g_clear_pointer (&engine->zones, bf_zones_free);
  g_clear_pointer (&engine->city, bf_city_free);
  g_clear_pointer (&engine->catalog, bf_catalog_free);
  g_clear_pointer (&engine->problems, g_ptr_array_unref);
  g_clear_pointer (&engine->feed_assets, g_ptr_array_unref);
  g_clear_pointer (&engine->pauses, g_hash_table_unref);
  g_clear_pointer (&engine->rows, g_array_unref);
  g_clear_pointer (&engine->feeds_said, g_array_unref);
  g_clear_pointer (&engine->heard, g_byte_array_unref);
  g_clear_pointer (&engine->folded, g_ptr_array_unref);
  if (engine->states != NULL)
    g_string_free (engine->states, TRUE);
  g_free (engine->states_kept);
  g_free (engine->plans_digest);
  g_free (engine->store_states);
  g_free (engine->coverage);
  g_free (engine->sweeping);
  g_free (engine->indicators);
  g_clear_pointer (&engine->works, bf_works_free);
  g_free (engine->works_digest);
  g_free (engine->data_dir);
  g_free (engine);
  bf_clock_unwatch ();
}
