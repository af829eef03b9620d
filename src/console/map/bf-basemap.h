/* SPDX-License-Identifier: EUPL-1.2 */
/* The city's base map: an immutable box of classed shapes with a spatial index. No GTK. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* In the order in which they are painted. */
typedef enum
{
  BF_BASEMAP_BUILT,
  BF_BASEMAP_INDUSTRIAL,
  BF_BASEMAP_PARK,
  BF_BASEMAP_WOOD,
  BF_BASEMAP_RIVER,
  BF_BASEMAP_WATER,
  BF_BASEMAP_BUILDING,
  BF_BASEMAP_RAIL,
  BF_BASEMAP_ROAD,
  BF_BASEMAP_PLACE_LABEL,
  BF_BASEMAP_DISTRICT_LABEL,
  BF_BASEMAP_N_CLASSES,
} BfBasemapClass;

/* The least first: greater ranks are painted over smaller ones. */
typedef enum
{
  BF_BASEMAP_RANK_NONE,
  BF_BASEMAP_RANK_PATH,
  BF_BASEMAP_RANK_ALLEY,
  BF_BASEMAP_RANK_STREET,
  BF_BASEMAP_RANK_SECONDARY,
  BF_BASEMAP_RANK_PRIMARY,
  BF_BASEMAP_RANK_MOTORWAY,
  BF_BASEMAP_N_RANKS,
} BfBasemapRank;

typedef enum
{
  BF_BASEMAP_POINT,
  BF_BASEMAP_LINE,
  BF_BASEMAP_POLYGON,
} BfBasemapShape;

typedef struct
{
  guint32 x, y; /* 1/2^32 of the Mercator square */
} BfBasemapPoint;

/**
 * BfBasemapFeature:
 * @first_part: its first part: a line, or a ring of a polygon
 *
 * One shape; read its parts by bf_basemap_get_part().
 */
typedef struct
{
  guint32 min_x, min_y, max_x, max_y;
  guint32 first_part, n_parts;
  guint32 name;
  guint8 class_;
  guint8 rank;
  guint8 shape;
  guint8 bridge;
} BfBasemapFeature;

typedef struct _BfBasemap BfBasemap;
typedef struct _BfBasemapBuilder BfBasemapBuilder;

BfBasemapBuilder *bf_basemap_builder_new (void);
void bf_basemap_builder_free (BfBasemapBuilder *self);
void bf_basemap_builder_begin (BfBasemapBuilder *self, BfBasemapClass class_, BfBasemapRank rank, const char *name,
                               gboolean bridge, BfBasemapShape shape);
void bf_basemap_builder_begin_part (BfBasemapBuilder *self);
void bf_basemap_builder_add_point (BfBasemapBuilder *self, double latitude_deg, double longitude_deg);
gboolean bf_basemap_builder_end (BfBasemapBuilder *self, GError **error);
void bf_basemap_builder_refuse (BfBasemapBuilder *self, const char *why);
void bf_basemap_builder_spoil (BfBasemapBuilder *self);
gboolean bf_basemap_builder_add_feature (BfBasemapBuilder *self, BfBasemapClass class_, BfBasemapRank rank,
                                         const char *name, BfBasemapShape shape, guint n_points,
                                         const double *latitude_deg, const double *longitude_deg, GError **error);
BfBasemap *bf_basemap_builder_finish (BfBasemapBuilder *self);

BfBasemap *bf_basemap_ref (BfBasemap *self);
void bf_basemap_unref (BfBasemap *self);
guint bf_basemap_get_n_features (const BfBasemap *self);
guint bf_basemap_get_n_refused (const BfBasemap *self);
const char *bf_basemap_get_first_refusal (const BfBasemap *self);
const BfBasemapFeature *bf_basemap_get_feature (const BfBasemap *self, guint feature);
const char *bf_basemap_get_name (const BfBasemap *self, const BfBasemapFeature *feature);
const BfBasemapPoint *bf_basemap_get_part (const BfBasemap *self, const BfBasemapFeature *feature, guint part,
                                           guint *ret_n_points);
void bf_basemap_query (const BfBasemap *self, guint32 min_x, guint32 min_y, guint32 max_x, guint32 max_y,
                       GArray *features);
gboolean bf_basemap_get_bounds (const BfBasemap *self, double *ret_south_deg, double *ret_west_deg,
                                double *ret_north_deg, double *ret_east_deg);

BfBasemap *bf_basemap_new_from_geojson (GBytes *json, GError **error);
gboolean bf_basemap_class_from_name (const char *name, BfBasemapClass *ret_class);
BfBasemapRank bf_basemap_rank_from_name (const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfBasemap, bf_basemap_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfBasemapBuilder, bf_basemap_builder_free)

G_END_DECLS
