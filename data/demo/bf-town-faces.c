/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * From the plan's lines to the faces that they enclose (a planar arrangement): cut every segment where another
 * crosses it, take off the stubs that lead nowhere, sort the half-edges around each vertex, walk the faces.
 * About 4,000 segments: the plain quadratic search takes a few milliseconds.
 *
 * A district is a set of faces, so districts adjoin exactly: they share their vertices and cannot overlap.
 */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-town.h"

#include <math.h>

typedef struct
{
  BfTownPoint a, b;
  int line;
  GArray *cuts; /* double, 0..1 */
} Segment;

typedef struct
{
  int from, to, line;
  gboolean alive;
  int face[2]; /* of from -> to, of to -> from */
} Edge;

typedef struct
{
  GArray *vertices; /* BfTownPoint */
  GHashTable *cells;
  GArray *edges;
  GPtrArray *around; /* per vertex: GArray of half-edges (edge * 2 + reversed) by angle */
} Graph;

static const struct
{
  const char *id, *name;
  double label_x, label_y;
} districts[] = {
  { "centre", "Centre ancien", 10, 130 },
  { "gare", "Gare", 640, 560 },
  { "croix-haute", "La Croix-Haute", 820, -110 },
  { "saint-vorles", "Saint-Vorles", -640, 330 },
  { "saint-jean", "Saint-Jean", 60, -960 },
  { "tanneries", "Les Tanneries", -820, -620 },
  { "vallon", "Le Vallon", -420, 1330 },
  { "grands-champs", "Les Grands-Champs", 880, 1120 },
  { "plaine", "La Plaine", 1720, -420 },
  { "port-aval", "Port-Aval", 1330, -1360 },
  { "bellevue", "Bellevue", -120, -1800 },
  { "peupliers", "Les Peupliers", -1480, 1080 },
};

static const struct
{
  int within; /* ring: 0 in the ramparts, 1 in the faubourgs, 2 beyond */
  double x, y;
  int district;
} seeds[] = {
  { 0, 0, 0, 0 },          { 1, 560, 560, 1 },     { 1, 300, 650, 1 },      { 1, 780, 320, 1 },    { 1, 800, -80, 2 },
  { 1, 760, -350, 2 },     { 1, -640, 420, 3 },    { 1, -150, 680, 3 },     { 1, -820, 120, 3 },   { 1, -750, -150, 3 },
  { 1, -100, -950, 4 },    { 1, 350, -950, 4 },    { 1, 750, -800, 4 },     { 1, -900, -550, 5 },  { 1, -750, -900, 5 },
  { 1, -300, -640, 4 },    { 2, -600, 1500, 6 },   { 2, -600, 950, 6 },     { 2, -600, 2400, 6 },
  { 2, 600, 1200, 7 },     { 2, 1000, 1300, 7 },   { 2, 1500, 1400, 7 },    { 2, 700, 2300, 7 },   { 2, 1800, 1800, 7 },
  { 2, 1800, 800, 7 },     { 2, 1400, 700, 7 },    { 2, 1800, -100, 8 },    { 2, 1350, -300, 8 },  { 2, 1500, 250, 8 },
  { 2, 2500, -300, 8 },    { 2, 1900, -700, 8 },   { 2, 2600, -1200, 8 },   { 2, 1250, -1350, 9 }, { 2, 1600, -1500, 9 },
  { 2, 900, -1350, 9 },    { 2, 1700, -2200, 9 },  { 2, -100, -1700, 10 },  { 2, 450, -1600, 10 }, { 2, -700, -1600, 10 },
  { 2, 0, -2500, 10 },     { 2, -1400, -900, 5 },  { 2, -1400, -400, 5 },   { 2, -1700, -200, 5 }, { 2, -2400, -300, 5 },
  { 2, -2000, -1500, 5 },  { 2, -1350, 850, 11 },  { 2, -1600, 1300, 11 },  { 2, -1500, 600, 11 }, { 2, -2400, 1600, 11 },
  { 2, -1900, 700, 11 },
};

static int
vertex_at (Graph *graph, BfTownPoint p)
{
  const double tolerance = 0.5;
  int cx = (int) floor (p.x), cy = (int) floor (p.y);
  gint64 *key;

  for (int dx = -1; dx <= 1; dx++)
    for (int dy = -1; dy <= 1; dy++)
      {
        gint64 probe = ((gint64) (cx + dx) + 100000) * 1000000 + (cy + dy) + 100000;
        gpointer found;

        if (g_hash_table_lookup_extended (graph->cells, &probe, NULL, &found)
            && bf_town_distance (bf_town_point (graph->vertices, GPOINTER_TO_UINT (found)), p) < tolerance)
          return GPOINTER_TO_INT (found);
      }
  key = g_new (gint64, 1);
  *key = ((gint64) cx + 100000) * 1000000 + cy + 100000;
  g_hash_table_insert (graph->cells, key, GUINT_TO_POINTER (graph->vertices->len));
  g_array_append_val (graph->vertices, p);
  return (int) graph->vertices->len - 1;
}

static GArray *
cut_segments (BfTown *town)
{
  GArray *segments = g_array_new (FALSE, FALSE, sizeof (Segment));

  for (guint i = 0; i < town->lines->len; i++)
    {
      GArray *points = bf_town_line (town, i)->points;

      for (guint k = 0; k + 1 < points->len; k++)
        {
          Segment segment = { bf_town_point (points, k), bf_town_point (points, k + 1), (int) i, NULL };
          double ends[2] = { 0, 1 };

          if (bf_town_distance (segment.a, segment.b) < 0.6)
            continue;
          segment.cuts = g_array_new (FALSE, FALSE, sizeof (double));
          g_array_append_vals (segment.cuts, ends, 2);
          g_array_append_val (segments, segment);
        }
    }
  for (guint i = 0; i < segments->len; i++)
    for (guint j = i + 1; j < segments->len; j++)
      {
        Segment *s = &g_array_index (segments, Segment, i), *o = &g_array_index (segments, Segment, j);
        double t, u;

        if (MAX (s->a.x, s->b.x) < MIN (o->a.x, o->b.x) || MAX (o->a.x, o->b.x) < MIN (s->a.x, s->b.x)
            || MAX (s->a.y, s->b.y) < MIN (o->a.y, o->b.y) || MAX (o->a.y, o->b.y) < MIN (s->a.y, s->b.y)
            || !bf_town_segments_cross (s->a, s->b, o->a, o->b, &t, &u))
          continue;
        g_array_append_val (s->cuts, t);
        g_array_append_val (o->cuts, u);
      }
  return segments;
}

static int
compare_double (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static void
add_edges (Graph *graph, GArray *segments)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint i = 0; i < segments->len; i++)
    {
      Segment *segment = &g_array_index (segments, Segment, i);
      int from = -1;

      g_array_sort (segment->cuts, compare_double);
      for (guint k = 0; k < segment->cuts->len; k++)
        {
          int to = vertex_at (graph, bf_town_lerp (segment->a, segment->b, g_array_index (segment->cuts, double, k)));
          Edge edge = { from, to, segment->line, TRUE, { -1, -1 } };
          gint64 *key;

          if (from < 0 || from == to)
            {
              from = to;
              continue;
            }
          key = g_new (gint64, 1);
          *key = (gint64) MIN (from, to) << 32 | MAX (from, to);
          if (g_hash_table_add (seen, key))
            g_array_append_val (graph->edges, edge);
          from = to;
        }
      g_array_unref (segment->cuts);
    }
}

static void
prune_stubs (Graph *graph)
{
  g_autofree int *degree = g_new0 (int, graph->vertices->len);
  gboolean again = TRUE;

  for (guint i = 0; i < graph->edges->len; i++)
    {
      degree[g_array_index (graph->edges, Edge, i).from]++;
      degree[g_array_index (graph->edges, Edge, i).to]++;
    }
  while (again)
    {
      again = FALSE;
      for (guint i = 0; i < graph->edges->len; i++)
        {
          Edge *edge = &g_array_index (graph->edges, Edge, i);

          if (edge->alive && (degree[edge->from] == 1 || degree[edge->to] == 1))
            {
              edge->alive = FALSE;
              degree[edge->from]--;
              degree[edge->to]--;
              again = TRUE;
            }
        }
    }
}

static int
half_to (Graph *graph, guint half)
{
  Edge *edge = &g_array_index (graph->edges, Edge, half / 2);

  return half % 2 ? edge->from : edge->to;
}

static int
half_from (Graph *graph, guint half)
{
  return half_to (graph, half ^ 1);
}

static int
compare_angle (gconstpointer a, gconstpointer b, gpointer data)
{
  Graph *graph = data;
  guint h1 = *(const guint *) a, h2 = *(const guint *) b;
  BfTownPoint o = bf_town_point (graph->vertices, half_from (graph, h1));
  BfTownPoint p = bf_town_point (graph->vertices, half_to (graph, h1));
  BfTownPoint q = bf_town_point (graph->vertices, half_to (graph, h2));
  double x = atan2 (p.y - o.y, p.x - o.x), y = atan2 (q.y - o.y, q.x - o.x);

  return (x > y) - (x < y);
}

static void
sort_around (Graph *graph)
{
  graph->around = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  for (guint i = 0; i < graph->vertices->len; i++)
    g_ptr_array_add (graph->around, g_array_new (FALSE, FALSE, sizeof (guint)));
  for (guint half = 0; half < graph->edges->len * 2; half++)
    if (g_array_index (graph->edges, Edge, half / 2).alive)
      g_array_append_val ((GArray *) g_ptr_array_index (graph->around, half_from (graph, half)), half);
  for (guint i = 0; i < graph->vertices->len; i++)
    g_array_sort_with_data (g_ptr_array_index (graph->around, i), compare_angle, graph);
}

/* The next half-edge of the face on the left: the one clockwise before the way back. */
static guint
next_half (Graph *graph, guint half)
{
  GArray *around = g_ptr_array_index (graph->around, half_to (graph, half));

  for (guint i = 0; i < around->len; i++)
    if (g_array_index (around, guint, i) == (half ^ 1))
      return g_array_index (around, guint, (i + around->len - 1) % around->len);
  g_assert_not_reached ();
}

static void
walk_face (BfTown *town, Graph *graph, guint first)
{
  BfTownBlock *face = bf_town_block_new ();
  guint half = first;

  do
    {
      Edge *edge = &g_array_index (graph->edges, Edge, half / 2);

      g_array_append_val (face->points, bf_town_point (graph->vertices, half_from (graph, half)));
      g_array_append_val (face->lines, edge->line);
      edge->face[half % 2] = (int) town->faces->len;
      half = next_half (graph, half);
    }
  while (half != first);
  g_ptr_array_add (town->faces, face);
}

static int
ring_of (BfTownPoint p)
{
  for (int i = 0; i < 2; i++)
    if (bf_town_inside (bf_town_ring ((guint) i), p))
      return i;
  return 2;
}

static int
district_of (BfTownPoint p)
{
  double best = G_MAXDOUBLE;
  gboolean north;
  int found = 0, within = ring_of (p);

  bf_town_river_distance (p, NULL, &north);
  if (within == 0)
    return 0;
  for (guint i = 0; i < G_N_ELEMENTS (seeds); i++)
    {
      BfTownPoint seed = { seeds[i].x, seeds[i].y };
      gboolean seed_north;

      bf_town_river_distance (seed, NULL, &seed_north);
      if (seeds[i].within == within && seed_north == north && bf_town_distance (seed, p) < best)
        {
          best = bf_town_distance (seed, p);
          found = seeds[i].district;
        }
    }
  return found;
}

static const BfTownFabric fabrics[] = {
  BF_TOWN_FABRIC_MEDIEVAL, BF_TOWN_FABRIC_GRID,     BF_TOWN_FABRIC_FAUBOURG, BF_TOWN_FABRIC_FAUBOURG,
  BF_TOWN_FABRIC_FAUBOURG, BF_TOWN_FABRIC_FAUBOURG, BF_TOWN_FABRIC_SUBURB,   BF_TOWN_FABRIC_ESTATE,
  BF_TOWN_FABRIC_INDUSTRY, BF_TOWN_FABRIC_SUBURB,   BF_TOWN_FABRIC_ESTATE,   BF_TOWN_FABRIC_SLABS,
};

static gboolean
on_a_bank (BfTown *town, const BfTownBlock *face)
{
  for (guint i = 0; i < face->lines->len; i++)
    if (bf_town_line (town, g_array_index (face->lines, int, i))->kind == BF_TOWN_LINE_BANK)
      return TRUE;
  return FALSE;
}

static gboolean
is_square (BfTownPoint p)
{
  return (fabs (p.x + 50) < 110 && fabs (p.y) < 50) || (fabs (p.x - 627) < 40 && fabs (p.y - 710) < 40);
}

static void
classify_face (BfTown *town, BfTownBlock *face, const GArray *commune_polygon)
{
  BfTownPoint p = bf_town_pole (face->points);
  double thin = 2 * bf_town_area (face->points) / bf_town_length (face->points, TRUE);

  face->district = bf_town_inside (commune_polygon, p) ? district_of (p) : -1;
  if (bf_town_in_river (p, 0) || thin < 14 || (thin < 40 && on_a_bank (town, face)))
    face->fabric = BF_TOWN_FABRIC_NONE;
  else if (is_square (p))
    face->fabric = BF_TOWN_FABRIC_SQUARE;
  else if (face->district < 0)
    face->fabric = BF_TOWN_FABRIC_NONE;
  else if (!bf_town_inside (bf_town_ring (2), p))
    face->fabric = BF_TOWN_FABRIC_FIELDS;
  else
    {
      face->fabric = fabrics[face->district];
      if (face->district == 5 && ring_of (p) == 2)
        face->fabric = BF_TOWN_FABRIC_SUBURB;
      if (face->district == 6 && ring_of (p) == 2 && hypot (p.x, p.y) < 1150)
        face->fabric = BF_TOWN_FABRIC_FAUBOURG;
    }
}

static const GArray *
commune_line (BfTown *town)
{
  for (guint i = 0; i < town->lines->len; i++)
    if (bf_town_line (town, i)->kind == BF_TOWN_LINE_COMMUNE)
      return bf_town_line (town, i)->points;
  g_assert_not_reached ();
}

static int
face_district (BfTown *town, Edge *edge, int side)
{
  return edge->face[side] < 0 ? -1 : ((BfTownBlock *) g_ptr_array_index (town->faces, edge->face[side]))->district;
}

/* The boundary of a set of faces: half-edges with the set on the left and not on the right, chained. which -2 = all. */
static GArray *
trace_boundary (BfTown *town, Graph *graph, int which)
{
  GArray *rings = g_array_new (FALSE, FALSE, sizeof (GArray *));
  g_autofree guint8 *used = g_new0 (guint8, graph->edges->len * 2);

#define IN_SET(d) (which == -2 ? (d) >= 0 : (d) == which)
#define ON_BOUNDARY(half)                                                                                              \
  (IN_SET (face_district (town, &g_array_index (graph->edges, Edge, (half) / 2), (half) % 2))                          \
   && !IN_SET (face_district (town, &g_array_index (graph->edges, Edge, (half) / 2), 1 - (int) ((half) % 2))))
  for (guint start = 0; start < graph->edges->len * 2; start++)
    {
      GArray *ring_of_points;
      guint half = start;

      if (used[start] || !g_array_index (graph->edges, Edge, start / 2).alive || !ON_BOUNDARY (start))
        continue;
      ring_of_points = bf_town_points_new ();
      do
        {
          used[half] = 1;
          g_array_append_val (ring_of_points, bf_town_point (graph->vertices, half_from (graph, half)));
          half = next_half (graph, half);
          while (!ON_BOUNDARY (half))
            half = next_half (graph, half ^ 1);
        }
      while (half != start && !used[half]);
      g_array_append_val (rings, ring_of_points);
    }
#undef ON_BOUNDARY
#undef IN_SET
  return rings;
}

static void
make_districts (BfTown *town, Graph *graph)
{
  for (guint i = 0; i < G_N_ELEMENTS (districts); i++)
    {
      BfTownDistrict *district = g_new0 (BfTownDistrict, 1);

      district->id = districts[i].id;
      district->name = districts[i].name;
      district->label = (BfTownPoint){ districts[i].label_x, districts[i].label_y };
      district->rings = trace_boundary (town, graph, (int) i);
      g_ptr_array_add (town->districts, district);
    }
  {
    g_autoptr (GArray) rings = trace_boundary (town, graph, -2);

    town->commune = g_array_index (rings, GArray *, 0);
    for (guint i = 1; i < rings->len; i++)
      g_array_unref (g_array_index (rings, GArray *, i));
  }
}

static gboolean
edge_is_bridge (Graph *graph, Edge *edge)
{
  BfTownPoint middle = bf_town_lerp (bf_town_point (graph->vertices, edge->from), bf_town_point (graph->vertices, edge->to), 0.5);

  return bf_town_in_river (middle, 0);
}

/* The edges of a line follow each other in the array: chain them into pieces, apart where a bridge begins or ends. */
static void
make_pieces (BfTown *town, Graph *graph)
{
  BfTownPiece *piece = NULL;
  int last = -1;

  for (guint i = 0; i < graph->edges->len; i++)
    {
      Edge *edge = &g_array_index (graph->edges, Edge, i);
      BfTownLine *line = bf_town_line (town, edge->line);
      gboolean bridge;

      if (!edge->alive || (line->kind != BF_TOWN_LINE_ROAD && line->kind != BF_TOWN_LINE_RAIL && line->kind != BF_TOWN_LINE_BROOK))
        continue;
      bridge = line->kind == BF_TOWN_LINE_ROAD && edge_is_bridge (graph, edge);
      if (piece == NULL || piece->line != edge->line || last != edge->from || piece->bridge != bridge)
        {
          piece = g_new0 (BfTownPiece, 1);
          piece->line = edge->line;
          piece->bridge = bridge;
          piece->points = bf_town_points_new ();
          g_array_append_val (piece->points, bf_town_point (graph->vertices, edge->from));
          g_ptr_array_add (town->pieces, piece);
        }
      g_array_append_val (piece->points, bf_town_point (graph->vertices, edge->to));
      last = edge->to;
    }
}

void
bf_town_find_faces (BfTown *town)
{
  Graph graph = {
    bf_town_points_new (),
    g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL),
    g_array_new (FALSE, FALSE, sizeof (Edge)),
    NULL,
  };
  g_autoptr (GArray) segments = cut_segments (town);

  add_edges (&graph, segments);
  prune_stubs (&graph);
  sort_around (&graph);
  for (guint half = 0; half < graph.edges->len * 2; half++)
    {
      Edge *edge = &g_array_index (graph.edges, Edge, half / 2);

      if (edge->alive && edge->face[half % 2] < 0)
        walk_face (town, &graph, half);
    }
  for (guint i = 0; i < town->faces->len; i++)
    {
      BfTownBlock *face = g_ptr_array_index (town->faces, i);

      if (bf_town_area (face->points) > 0)
        classify_face (town, face, commune_line (town));
      else
        face->district = -1; /* the outside */
    }
  make_districts (town, &graph);
  make_pieces (town, &graph);
  g_ptr_array_unref (graph.around);
  g_array_unref (graph.edges);
  g_array_unref (graph.vertices);
  g_hash_table_unref (graph.cells);
}
