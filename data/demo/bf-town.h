/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The demo city's generator: the types that its files share.
 *
 * A town is made in this order, each step in the file of its name:
 *   plan      lines drawn by hand: river, boulevards, roads, rail, limits     (bf-town-plan.c)
 *   faces     the faces that these lines enclose, and the districts           (bf-town-faces.c)
 *   streets   each face split into blocks; the splits are the streets         (bf-town-streets.c)
 *   estates   streets inside the blocks that are too large                    (bf-town-estates.c)
 *   names     a name for every street                                         (bf-town-names.c)
 *   houses    buildings along the streets, and their addresses                (bf-town-houses.c)
 *   places    schools, hospital, car parks on what stands there               (bf-town-places.c)
 *   equipment lamps, containers, loggers, counted sections in the streets        (bf-town-equipment.c)
 *   write     the folder of the city                                          (bf-town-write.c)
 *
 * Coordinates are metres east (x) and north (y) of the market place; the writer turns them into WGS84.
 * One thread, one PRNG of our own with a fixed seed, no clock: the same program writes the same bytes.
 * A BfTown owns everything in it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BF_TOWN_HALF_SIDE_M 3050.0

typedef struct
{
  double x;
  double y;
} BfTownPoint;

typedef enum
{
  BF_TOWN_RANK_NONE,
  BF_TOWN_RANK_PATH,
  BF_TOWN_RANK_ALLEY,
  BF_TOWN_RANK_STREET,
  BF_TOWN_RANK_SECONDARY,
  BF_TOWN_RANK_PRIMARY,
  BF_TOWN_RANK_MOTORWAY,
} BfTownRank;

typedef enum
{
  BF_TOWN_LINE_ROAD,
  BF_TOWN_LINE_BANK,
  BF_TOWN_LINE_AXIS,
  BF_TOWN_LINE_BROOK,
  BF_TOWN_LINE_RAIL,
  BF_TOWN_LINE_LIMIT,
  BF_TOWN_LINE_COMMUNE,
} BfTownLineKind;

typedef enum
{
  BF_TOWN_FABRIC_NONE,
  BF_TOWN_FABRIC_SQUARE,
  BF_TOWN_FABRIC_MEDIEVAL,
  BF_TOWN_FABRIC_GRID,
  BF_TOWN_FABRIC_FAUBOURG,
  BF_TOWN_FABRIC_SUBURB,
  BF_TOWN_FABRIC_ESTATE,
  BF_TOWN_FABRIC_SLABS,
  BF_TOWN_FABRIC_INDUSTRY,
  BF_TOWN_FABRIC_FIELDS,
} BfTownFabric;

typedef enum
{
  BF_TOWN_USE_OPEN,
  BF_TOWN_USE_BUILT,
  BF_TOWN_USE_INDUSTRY,
  BF_TOWN_USE_PARK,
  BF_TOWN_USE_WOOD,
  BF_TOWN_USE_SPECIAL,
} BfTownUse;

/* A line: what the plan draws, and every street that a split makes. `street` indexes BfTown.streets or is -1. */
typedef struct
{
  BfTownLineKind kind;
  BfTownRank rank;
  const char *fixed_name; /* static, or NULL: bf-town-names.c finds one */
  GArray *points;         /* BfTownPoint */
  int street;
  int district;
  BfTownFabric fabric;
  gboolean kept;
  gboolean dead_end;
} BfTownLine;

/* A piece of a line as it is drawn: between two junctions or banks. */
typedef struct
{
  int line;
  gboolean bridge;
  GArray *points;
} BfTownPiece;

/* A face of the plan or a block: a counter-clockwise polygon; lines[i] is the line that the edge i -> i+1 lies on. */
typedef struct
{
  GArray *points;
  GArray *lines; /* int */
  int district;
  int depth;
  BfTownFabric fabric;
  BfTownUse use;
  const char *name; /* static, or NULL */
  GArray *inner;    /* int: lines that lie inside the block (cul-de-sacs) */
} BfTownBlock;

typedef struct
{
  char *name;
  GArray *lines; /* int, end to end */
} BfTownStreet;

typedef struct
{
  BfTownPoint corner[4];
  int block;
  int line;           /* the street it stands on, -1 for none */
  BfTownPoint door;   /* on the front of the house */
  int number;         /* 0 = none */
  double inhabitants; /* weight, not a head count */
} BfTownHouse;

typedef struct
{
  const char *id;
  const char *name;
  GArray *rings; /* GArray * of BfTownPoint, outer boundaries */
  BfTownPoint label;
  int inhabitants;
  double weight;
} BfTownDistrict;

typedef struct
{
  const char *kind;
  const char *name;
  BfTownPoint at;
  BfTownPoint corner[4];
  gboolean has_building;
  int people;
} BfTownPlace;

typedef struct
{
  const char *key;
  const char *name;
  const char *profile;
  BfTownPoint at;
  int capacity;
} BfTownCarPark;

/* How much stands in the town. The streets are the same in each size: a metropolis is as much in the same streets, for the load. */
typedef struct
{
  const char *name;      /* of --size */
  const char *city_name; /* static */
  int inhabitants;
  int lamps, cabinets, containers, loggers, sectors, sections, bike_stations, bays, car_parks, air_stations, reports;
  double section_m;     /* a section of road is at most so long */
  gboolean lit_in_pairs; /* lamps face each other across the street */
} BfTownSize;

typedef struct
{
  const BfTownSize *size;
  guint64 random;
  GPtrArray *lines;     /* BfTownLine */
  GPtrArray *pieces;    /* BfTownPiece */
  GPtrArray *faces;     /* BfTownBlock */
  GPtrArray *blocks;    /* BfTownBlock */
  GPtrArray *streets;   /* BfTownStreet */
  GPtrArray *districts; /* BfTownDistrict */
  GArray *commune;      /* BfTownPoint */
  GArray *houses;       /* BfTownHouse */
  GArray *places;       /* BfTownPlace */
  GArray *car_parks;    /* BfTownCarPark */
} BfTown;

/* bf-town-geometry.c */
double      bf_town_random          (BfTown *town);
double      bf_town_between         (BfTown *town, double low, double high);
double      bf_town_noise           (double x, double y);
GArray     *bf_town_points_new      (void);
BfTownPoint bf_town_lerp            (BfTownPoint a, BfTownPoint b, double t);
double      bf_town_distance        (BfTownPoint a, BfTownPoint b);
double      bf_town_segment_distance (BfTownPoint p, BfTownPoint a, BfTownPoint b, double *ret_t);
gboolean    bf_town_segments_cross  (BfTownPoint a, BfTownPoint b, BfTownPoint c, BfTownPoint d, double *ret_t, double *ret_u);
double      bf_town_area            (const GArray *polygon);
BfTownPoint bf_town_centroid        (const GArray *polygon);
double      bf_town_length          (const GArray *line, gboolean closed);
gboolean    bf_town_inside          (const GArray *polygon, BfTownPoint p);
double      bf_town_edge_distance   (const GArray *polygon, BfTownPoint p);
double      bf_town_line_distance   (const GArray *line, BfTownPoint p, double *ret_along);
BfTownPoint bf_town_at              (const GArray *line, double along, BfTownPoint *ret_tangent);
gboolean    bf_town_quads_overlap   (const BfTownPoint a[4], const BfTownPoint b[4]);
BfTownPoint bf_town_pole            (const GArray *polygon);
void        bf_town_close           (GArray *line);
GArray     *bf_town_spline          (const BfTownPoint *controls, guint n, gboolean closed, double step_m, GArray *ret_starts);

/* bf-town-plan.c */
void        bf_town_draw_plan       (BfTown *town);
double      bf_town_river_distance  (BfTownPoint p, double *ret_half_width, gboolean *ret_north);
gboolean    bf_town_in_river        (BfTownPoint p, double margin_m);
const GArray *bf_town_river_axis    (void);
GArray     *bf_town_river_polygon   (void);
GArray     *bf_town_island          (void);
const GArray *bf_town_ring          (guint which);
int         bf_town_add_line        (BfTown *town, BfTownLineKind kind, BfTownRank rank, const char *name, GArray *points);

/* the steps */
void        bf_town_find_faces      (BfTown *town);
void        bf_town_lay_streets     (BfTown *town);
void        bf_town_name_streets    (BfTown *town);
void        bf_town_build_houses    (BfTown *town);
void        bf_town_put_places      (BfTown *town);
gboolean    bf_town_write           (BfTown *town, const char *folder, GError **error);

/* bf-town-equipment.c: hands each file's content, (transfer full), to @save under its name. */
typedef void (*BfTownSave) (const char *what, GString *content, gpointer data);
void        bf_town_write_equipment (const BfTown *town, BfTownSave save, gpointer data);
const BfTownSize *bf_town_size_find (const char *name); /* NULL: no such size */
GArray     *bf_town_spread_over_people (const BfTown *town, int wanted); /* guint: houses */
const char *bf_town_street_name     (const BfTown *town, int street);
void        bf_town_to_wgs84        (BfTownPoint p, double *ret_lon, double *ret_lat);

gboolean    bf_town_chord_fits      (const GArray *polygon, const GArray *chord, double clear_m);
void        bf_town_fill_estate     (BfTown *town, BfTownBlock *block);

BfTownBlock *bf_town_block_new      (void);
void        bf_town_block_free      (BfTownBlock *block);

#define bf_town_point(array, i) g_array_index ((array), BfTownPoint, (i))
#define bf_town_line(town, i) ((BfTownLine *) g_ptr_array_index ((town)->lines, (i)))

G_END_DECLS
