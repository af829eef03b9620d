/* SPDX-License-Identifier: EUPL-1.2 */
/* From the city's view to the map: see bf-map-link.h. Only what changed is told: the whole of the assets when the catalog
 * is another one, single ones otherwise. Main thread. */

#include "console/bf-map-link.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-geo.h"
#include "base/bf-time.h"
#include "console/bf-settings.h"
#include "console/bf-words.h"

struct _BfMapLink
{
  BfCityView *view;
  BfMapView *map;
  BfAssetLayer *layer;
  gboolean placed; /* the map shows the city already */
};

static void
describe (guint asset, char **ret_title, char **ret_detail, gpointer user_data)
{
  BfMapLink *self = user_data;
  const BfCityCatalog *catalog = bf_city_view_catalog (self->view);
  const BfCityAssets *assets = bf_city_view_assets (self->view);
  const BfCityAsset *info = bf_city_assets_get (assets, asset);
  const BfCityKind *kind = info == NULL ? NULL : bf_city_catalog_kind (catalog, info->kind);
  const BfCityValue *value = kind == NULL ? NULL : bf_city_assets_value (assets, catalog, asset, kind->headline);
  g_autofree char *address = NULL;
  g_autofree char *text = NULL;
  g_autofree char *clock = NULL;

  *ret_detail = NULL;
  if (info == NULL)
    {
      *ret_title = g_strdup ("");
      return;
    }
  address = g_strdup (bf_city_assets_text (assets, info->address));
  if (value == NULL || value->observed_ms == 0)
    {
      *ret_title = g_strdup (bf_city_assets_text (assets, info->name));
      *ret_detail = g_steal_pointer (&address);
      return;
    }
  text = value->known ? bf_words_value (bf_city_catalog_property (catalog, kind->headline), value->value)
                      : g_strdup (_("unknown"));
  clock = bf_words_moment (value->observed_ms * 1000, bf_city_view_now_us (self->view), bf_city_view_zone (self->view));
  *ret_title = g_strdup_printf ("%s · %s", bf_city_assets_text (assets, info->name), text);
  *ret_detail = *address == '\0' ? g_strdup_printf (_("measured at %s"), clock)
                                 : g_strdup_printf (_("%s · measured at %s"), address, clock);
}

BfMapLink *
bf_map_link_new (BfCityView *view, BfMapView *map)
{
  BfMapLink *self = g_new0 (BfMapLink, 1);

  self->view = g_object_ref (view);
  self->map = g_object_ref (map);
  self->layer = bf_map_view_get_layer (map);
  bf_asset_layer_set_describe_func (self->layer, describe, self, NULL);
  return self;
}

void
bf_map_link_free (BfMapLink *self)
{
  bf_asset_layer_set_describe_func (self->layer, NULL, NULL, NULL);
  g_object_unref (self->view);
  g_object_unref (self->map);
  g_free (self);
}

/**
 * bf_map_link_state:
 *
 * Returns: what an asset shows: its worst alert, else unknown, else calm
 */
BfMapState
bf_map_link_state (BfCityView *view, guint asset)
{
  BfAlertItem *alert = bf_city_view_worst_alert (view, asset);

  if (alert != NULL)
    return bf_map_state_make ((BfMapPriority) (BF_MAP_PRIORITY_LOW + (int) alert->priority),
                              !bf_alert_item_is_waiting (alert));
  return bf_city_assets_is_unknown (bf_city_view_assets (view), bf_city_view_catalog (view), asset) ? BF_MAP_STATE_UNKNOWN
                                                                                                     : BF_MAP_STATE_CALM;
}

/* A road is where it is, known or not. An area says where something is the matter: of one that has said nothing yet, as an
 * exercise never does, the point is enough. */
static void
put_shape (BfMapLink *self, guint index, gboolean moved)
{
  const BfCityAssets *assets = bf_city_view_assets (self->view);
  const BfCityCatalog *catalog = bf_city_view_catalog (self->view);
  const BfShape *shape = bf_city_assets_shape (assets, index);
  const BfCityKind *kind = bf_city_catalog_kind (catalog, bf_city_assets_get (assets, index)->kind);
  const BfCityValue *value = bf_city_assets_value (assets, catalog, index, kind->headline);

  if (shape != NULL && shape->type == BF_SHAPE_AREAS && value != NULL && value->observed_ms == 0)
    shape = NULL;
  if (moved || (shape != NULL) != bf_asset_layer_has_shape (self->layer, index))
    bf_asset_layer_set_shape (self->layer, index, shape);
}

static void
put_asset (BfMapLink *self, guint index, gboolean moved)
{
  const BfCityAsset *asset = bf_city_assets_get (bf_city_view_assets (self->view), index);
  const BfCityKind *kind;

  /* Without a place it is on the board and in the search, not on the map. */
  if (asset == NULL || isnan (asset->lat) || isnan (asset->lon))
    return;
  kind = bf_city_catalog_kind (bf_city_view_catalog (self->view), asset->kind);
  /* What is over is in the search and in the history; on the map only while somebody has still to see that it is. */
  if (bf_city_assets_is_over (bf_city_view_assets (self->view), bf_city_view_catalog (self->view), index)
      && bf_city_view_worst_alert (self->view, index) == NULL)
    {
      bf_asset_layer_remove_asset (self->layer, index);
      return;
    }
  if (moved || kind->over != 0)
    {
      bf_asset_layer_put_asset (self->layer, index, asset->lat, asset->lon, asset->service,
                                bf_map_symbol_from_name (kind->symbol));
    }
  put_shape (self, index, moved);
  bf_asset_layer_set_state (self->layer, index, bf_map_link_state (self->view, index));
}

static void
put_dirty (BfMapLink *self, gboolean moved)
{
  guint n;
  const guint *dirty = bf_city_view_dirty (self->view, &n);

  for (guint i = 0; i < n; i++)
    put_asset (self, dirty[i], moved);
  /* The card beside the asset says its value. */
  gtk_widget_queue_draw (GTK_WIDGET (self->layer));
}

static void
put_all (BfMapLink *self)
{
  guint n = bf_city_assets_count (bf_city_view_assets (self->view));

  bf_asset_layer_set_assets (self->layer, 0, NULL, NULL, NULL, NULL);
  for (guint i = 0; i < n; i++)
    put_asset (self, i, TRUE);
}

static void
put_places (BfMapLink *self)
{
  static const struct
  {
    const char *id;
    BfPlaceKind kind;
  } kinds[] = { { "school", BF_PLACE_SCHOOL }, { "ehpad", BF_PLACE_EHPAD }, { "hospital", BF_PLACE_HOSPITAL } };
  GArray *places = bf_city_view_places (self->view);
  g_autofree double *lat = g_new (double, places->len + 1);
  g_autofree double *lon = g_new (double, places->len + 1);
  g_autofree BfPlaceKind *kind = g_new (BfPlaceKind, places->len + 1);
  g_autofree const char **name = g_new (const char *, places->len + 1);
  guint n = 0;

  for (guint i = 0; i < places->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
      {
        const BfCityPlace *place = &g_array_index (places, BfCityPlace, i);

        if (strcmp (kinds[k].id, place->kind) != 0)
          continue;
        lat[n] = place->lat;
        lon[n] = place->lon;
        kind[n] = kinds[k].kind;
        name[n++] = place->name;
      }
  bf_asset_layer_set_places (self->layer, n, lat, lon, kind, name);
}

/* Without bounds the city is where its assets are. */
static void
place_map (BfMapLink *self)
{
  const BfCityAssets *assets = bf_city_view_assets (self->view);
  double west, south, east, north, lat, lon, zoom;
  BfBox box = BF_BOX_EMPTY;

  if (self->placed)
    return;
  if (bf_city_view_bounds (self->view, &west, &south, &east, &north))
    box = (BfBox){ west, south, east, north };
  else
    for (guint i = 0; i < bf_city_assets_count (assets); i++)
      {
        const BfCityAsset *asset = bf_city_assets_get (assets, i);

        if (!isnan (asset->lat) && !isnan (asset->lon))
          bf_box_add (&box, (BfPoint){ asset->lon, asset->lat });
      }
  if (box.west > box.east)
    return;
  bf_map_view_set_home (self->map, box.south, box.west, box.north, box.east);
  if (bf_settings_get_map_place (bf_city_view_name (self->view), &lat, &lon, &zoom))
    bf_map_view_jump_to (self->map, lat, lon, zoom);
  else
    bf_map_view_go_home (self->map);
  self->placed = bf_city_view_is_connected (self->view);
}

/**
 * bf_map_link_is_placed:
 *
 * Returns: whether the map shows this city's place, so that where it stands is somebody's wish
 */
gboolean
bf_map_link_is_placed (BfMapLink *self)
{
  return self->placed;
}

/**
 * bf_map_link_changed:
 * @flags: of the view's "changed"
 */
void
bf_map_link_changed (BfMapLink *self, guint flags)
{
  if ((flags & BF_CITY_CHANGED_HELLO) != 0 && !bf_city_view_has_hello (self->view))
    {
      /* another city */
      self->placed = FALSE;
      bf_map_view_set_basemap (self->map, NULL);
      bf_map_view_set_attribution (self->map, NULL);
    }
  if ((flags & (BF_CITY_CHANGED_HELLO | BF_CITY_CHANGED_CONNECTION)) != 0)
    bf_map_view_set_notice (self->map, bf_city_view_is_connected (self->view) && !bf_city_view_has_basemap (self->view)
                                         ? _("This city has no base map: its assets stand on plain ground. Put basemap.geojson (streets, water, parks and "
                                             "buildings, as exported from OpenStreetMap) into the city's folder and restart.")
                                         : NULL);
  if (bf_city_view_catalog (self->view) == NULL)
    {
      bf_asset_layer_set_assets (self->layer, 0, NULL, NULL, NULL, NULL);
      return;
    }
  if ((flags & BF_CITY_CHANGED_CATALOG) != 0)
    put_all (self);
  else if ((flags & (BF_CITY_CHANGED_ASSETS | BF_CITY_CHANGED_VALUES | BF_CITY_CHANGED_ALERTS)) != 0)
    put_dirty (self, (flags & BF_CITY_CHANGED_ASSETS) != 0);
  if ((flags & BF_CITY_CHANGED_PLACES) != 0)
    put_places (self);
  if ((flags & (BF_CITY_CHANGED_ASSETS | BF_CITY_CHANGED_HELLO | BF_CITY_CHANGED_CONNECTION)) != 0)
    place_map (self);
}

/**
 * bf_map_link_set_service:
 * @service: the only one shown, or %BF_CITY_NONE
 */
void
bf_map_link_set_service (BfMapLink *self, guint service)
{
  bf_asset_layer_set_service_mask (self->layer,
                                   service == BF_CITY_NONE || service >= 64 ? G_MAXUINT64 : G_GUINT64_CONSTANT (1) << service);
}

/**
 * bf_map_link_set_basemap:
 * @bytes: the city's base map
 */
void
bf_map_link_set_basemap (BfMapLink *self, GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BfBasemap) basemap = bf_basemap_new_from_geojson (bytes, &error);
  g_autofree char *attribution = NULL;

  if (basemap == NULL)
    {
      g_warning ("base map: %s", error->message);
      return;
    }
  bf_map_view_set_basemap (self->map, basemap);
  attribution = bf_city_view_is_demo (self->view)
                  ? g_strdup_printf (_("base map: %s (demonstration)"), bf_city_view_name (self->view))
                  : g_strdup_printf (_("base map: %s"), bf_city_view_name (self->view));
  bf_map_view_set_attribution (self->map, attribution);
}
