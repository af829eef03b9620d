/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The plan of Clairbourg as a person would sketch it: control points of the river, the boulevards on the old
 * ramparts, the roads out of town, the rail, the bypass. All else follows from these tables.
 *
 * A name at a control point begins a new line there, so that one smooth curve carries several street names. Ends
 * overshoot what they meet; bf-town-faces.c cuts the stubs.
 */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-town.h"

#include <math.h>

typedef struct
{
  double x;
  double y;
  const char *name;
  BfTownRank rank;
} Control;

#define P BF_TOWN_RANK_PRIMARY
#define S BF_TOWN_RANK_SECONDARY
#define T BF_TOWN_RANK_STREET
#define W BF_TOWN_RANK_PATH
#define M BF_TOWN_RANK_MOTORWAY

static const struct
{
  double x, y, half_width;
} river[] = {
  { -6800, 2300, 18 }, { -4900, 1500, 20 }, { -3600, 1330, 22 }, { -2750, 1040, 23 }, { -2280, 640, 24 }, { -1850, 530, 25 }, { -1380, 90, 27 },
  { -930, -200, 32 },  { -560, -385, 74 },  { -200, -455, 40 }, { 280, -440, 34 },  { 780, -540, 36 },
  { 1200, -850, 39 },  { 1650, -1010, 41 }, { 2150, -1420, 43 }, { 2700, -1520, 45 }, { 3600, -2150, 48 },
  { 4900, -2350, 52 },  { 6800, -3300, 56 },
};

static const Control ring[] = {
  { -478, -270, "Quai des Tanneurs", S },
  { -220, -378 },
  { 100, -396 },
  { 385, -372, "Boulevard de la Croix-Haute", S },
  { 515, -200 },
  { 560, 30 },
  { 500, 250 },
  { 320, 405, "Boulevard des Remparts", S },
  { 80, 470 },
  { -180, 448 },
  { -385, 325, "Boulevard du Mail", S },
  { -515, 120 },
  { -548, -90 },
};

static const Control faubourg_ring[] = {
  { -1120, 70, "Boulevard de Verdun", S },
  { -1010, 420 },
  { -770, 735, "Boulevard Carnot", S },
  { -350, 880 },
  { 40, 850 },
  { 350, 780, "Boulevard de la Gare", S },
  { 660, 650 },
  { 885, 490, "Boulevard du Maréchal-Foch", S },
  { 1075, 200 },
  { 1120, -120 },
  { 1085, -430, "Avenue du Pont-Aval", S },
  { 1010, -690 },
  { 905, -950, "Boulevard Jean-Jaurès", S },
  { 630, -1250 },
  { 200, -1370 },
  { -250, -1310 },
  { -690, -1180, "Boulevard de la Résistance", S },
  { -1020, -880 },
  { -1180, -500, "Avenue du Pont-des-Lavandières", S },
  { -1215, -180 },
};

/* Where the town ends and the fields begin: fingers along the roads, bays between. */
static const Control outline[] = {
  { 1980, 160 },   { 2040, -330 },   { 1790, -860 },   { 1560, -1280 },  { 1380, -1560 },  { 1230, -1880 },
  { 1040, -1900 }, { 790, -1730 },   { 480, -1830 },   { 130, -1990 },   { -260, -1910 },  { -560, -1760 },
  { -880, -1930 }, { -1150, -1850 }, { -1240, -1560 }, { -1530, -1270 }, { -1690, -900 },  { -1770, -520 },
  { -1700, -160 }, { -1690, 240 },   { -1850, 640 },   { -1980, 930 },   { -1770, 1060 },  { -1760, 1360 },
  { -1590, 1720 }, { -1360, 1690 },  { -1160, 1530 },  { -850, 1690 },   { -450, 1810 },   { -150, 1690 },
  { 40, 1860 },    { 240, 1800 },    { 430, 1610 },    { 800, 1650 },    { 1190, 1490 },   { 1660, 1350 },
  { 1710, 1140 },  { 1480, 880 },    { 1660, 660 },    { 1780, 430 },
};

static const Control bypass[] = {
  { -2160, 800, "Rocade Nord", M }, { -2130, 1000 }, { -2010, 1400 }, { -1600, 1830 }, { -820, 2060 }, { 150, 2060 },
  { 1000, 1900 }, { 1740, 1360 }, { 2170, 560, "Rocade Est", M }, { 2270, -320 }, { 2130, -980 },
  { 1780, -1550, "Rocade Sud", M }, { 1300, -2000 }, { 520, -2240 }, { -360, -2220 }, { -1080, -2010 }, { -1350, -1890 },
};

static const Control commune[] = {
  { 60, 2860 },    { 900, 2700 },   { 1500, 2820 }, { 2300, 2100 },  { 2900, 1500 },  { 2760, 700 },
  { 2920, -100 },  { 2800, -900 },  { 2900, -1900 }, { 2000, -2500 }, { 1200, -2900 }, { 200, -2760 },
  { -700, -2900 }, { -1500, -2450 }, { -2200, -2300 }, { -2850, -1300 }, { -2700, -400 }, { -2900, 500 },
  { -2760, 1600 }, { -2300, 2300 }, { -1300, 2750 },
};

static const Control square[] = {
  { -158, -34, "Rue du Chapitre", T },        { -55, -36, "Place du Marché-au-Blé", T }, { 48, -52 }, { 66, 28 },
  { -42, 44, "Rue de la Collégiale", T },     { -146, 62, "Rue du Cloître", T },
};
static const Control square_middle[] = { { -55.5, -37, "Parvis de la Collégiale", T }, { -41.5, 45 } };

static const Control road_north[] = {
  { -42, 44, "Rue de la Porte-au-Lion", T }, { -20, 190 }, { -55, 320 }, { -50, 466, "Avenue de Montbard", P },
  { -20, 680 }, { 40, 1000 }, { 20, 1330, "Route de Montbard", P }, { 70, 1700 }, { 160, 2300 }, { 230, 3200 },
};
static const Control road_north_east[] = {
  { 66, 28, "Grande-Rue", S }, { 180, 128 }, { 320, 235 }, { 428, 332, "Avenue de Dijon", P }, { 650, 460 },
  { 950, 640 }, { 1390, 990, "Route de Dijon", P }, { 2000, 1500 }, { 2700, 2000 }, { 3300, 2500 },
};
static const Control station_avenue[] = {
  { 315, 400, "Avenue de la Gare", S }, { 450, 540 }, { 575, 705 },
};
static const Control road_east[] = {
  { 48, -52, "Rue de la Porte-aux-Vins", T }, { 200, -40 }, { 380, -25 }, { 562, 30, "Avenue de la Croix-Haute", P },
  { 900, 70 }, { 1300, 20, "Route de Gray", P }, { 1750, 150 }, { 2250, 120 }, { 2700, 260 }, { 3300, 300 },
};
static const Control road_south[] = {
  { 48, -52, "Rue Vieille-du-Pont", S }, { 130, -180 }, { 240, -290 }, { 285, -383, "Avenue du Pont-Neuf", P },
  { 325, -520 }, { 450, -850 }, { 615, -1255, "Route de Beaune", P }, { 900, -1800 }, { 1250, -2400 }, { 1700, -3200 },
};
static const Control road_south_west[] = {
  { -55, -36, "Rue aux Moines", T }, { -120, -150 }, { -190, -260 }, { -255, -368, "Rue du Faubourg-Saint-Jean", S },
  { -330, -530 }, { -480, -850 }, { -660, -1190, "Route d'Autun", P }, { -1050, -1850 }, { -1450, -2500 }, { -1950, -3200 },
};
static const Control road_west[] = {
  { -158, -34, "Rue de la Porte-de-Saulieu", S }, { -300, -20 }, { -430, -50 }, { -546, -60, "Avenue de Saulieu", P },
  { -850, 60 }, { -1250, 330, "Route de Saulieu", P }, { -1800, 760 }, { -2200, 960 }, { -2650, 1330 }, { -3300, 1640 },
};
static const Control road_north_west[] = {
  { -146, 62, "Rue Saint-Vorles", T }, { -235, 165 }, { -385, 325, "Avenue de Semur", P }, { -580, 560 },
  { -900, 900 }, { -1230, 1230, "Route de Semur", P }, { -1750, 1850 }, { -2300, 2500 }, { -2800, 3200 },
};
static const Control old_wall[] = {
  { -265, -20, "Rue des Fossés", T }, { -235, 165, "Rue du Bourg", T }, { -30, 240, "Rue des Forges", T },
  { 180, 128, "Rue des Drapiers", T }, { 225, -40, "Rue du Petit-Change", T }, { 125, -175, "Rue de la Poissonnerie", T },
  { -125, -160, "Rue de la Vannerie", T },
};
static const Control quay_port[] = { { 380, -374, "Quai du Port", T }, { 700, -446 }, { 900, -520 }, { 1090, -640 } };
static const Control quay_laundry[] = {
  { -470, -268, "Quai des Lavandières", T }, { -680, -232 }, { -870, -172 }, { -1150, 20 }, { -1180, 40 },
};
static const Control quay_south[] = {
  { -1270, -60, "Quai Saint-Jean", T }, { -900, -292 }, { -640, -480 }, { -300, -520 }, { 0, -522 },
  { 320, -502, "Quai du Halage", T }, { 700, -576 }, { 880, -672 }, { 1000, -790 },
};
static const Control mill_footbridge[] = { { -540, -150, "Passerelle du Moulin", W }, { -556, -380 }, { -600, -530 } };
static const Control rail[] = {
  { -3300, 2050 }, { -2500, 1850 }, { -1500, 1480 }, { -700, 1180 }, { 0, 1000 }, { 650, 790 }, { 1150, 560 },
  { 1700, 230 }, { 2200, -170 }, { 2800, -420 }, { 3300, -600 },
};
static const Control brook[] = {
  { -3300, -1000 }, { -2500, -860 }, { -2060, -640 }, { -1700, -420 }, { -1540, -110 }, { -1430, 150 },
};
/* Collector streets of the outer districts. */
static const Control collector_vallon[] = {
  { -1240, 1235, "Rue du Vallon", S }, { -800, 1450 }, { -350, 1470 }, { 50, 1560, "Rue des Grands-Champs", S },
  { 500, 1480 }, { 950, 1270 }, { 1280, 1030 }, { 1400, 925 },
};
static const Control collector_plaine[] = {
  { 1372, 1012, "Rue de la Plaine", S }, { 1450, 860 }, { 1600, 600 }, { 1650, 260 }, { 1560, 60, "Rue des Forgerons-de-la-Plaine", S },
  { 1640, -330 }, { 1500, -620 }, { 1270, -650 }, { 1110, -560 }, { 960, -520 },
};
static const Control collector_south[] = {
  { 905, -945, "Rue du Port-Aval", S }, { 1180, -1180 }, { 1150, -1500 }, { 770, -1590, "Rue de Bellevue", S },
  { 200, -1720 }, { -400, -1690 }, { -900, -1600, "Rue des Coteaux", S }, { -1280, -1230 }, { -1560, -800 },
  { -1560, -420 }, { -1190, -420 },
};
static const Control collector_west[] = {
  { -1030, 340, "Rue des Peupliers", S }, { -1330, 700 }, { -1600, 1050 }, { -1500, 1380 }, { -1310, 1330 },
};
static const Control station_square[] = {
  { 566, 690, "Place de la Gare", T }, { 596, 758 }, { 686, 727 }, { 655, 640 },
};
static const Control sidings[] = { { 40, 960 }, { 350, 910 }, { 660, 809 }, { 960, 673 }, { 1090, 575 } };
static const Control street_jardin[] = { { -180, 440, "Rue du Jardin", T }, { -260, 640 }, { -300, 900 } };
static const Control street_college[] = { { 80, 460, "Rue du Collège", T }, { 170, 620 }, { 200, 840 } };
static const Control street_wine[] = { { 500, -225, "Rue des Vignerons", T }, { 760, -190 }, { 1120, -170 } };
static const Control street_south[] = {
  { -1100, -700, "Rue du Faubourg-des-Tanneries", T }, { -780, -760 }, { -440, -800 }, { 0, -830 }, { 430, -800, "Rue de la République", T },
  { 700, -860 }, { 960, -850 },
};

static const struct
{
  const Control *controls;
  guint n;
  BfTownLineKind kind;
  gboolean closed;
  gboolean straight;
} curves[] = {
#define CURVE(x, kind, closed, straight) { x, G_N_ELEMENTS (x), kind, closed, straight }
  CURVE (ring, BF_TOWN_LINE_ROAD, TRUE, FALSE),
  CURVE (faubourg_ring, BF_TOWN_LINE_ROAD, TRUE, FALSE),
  CURVE (outline, BF_TOWN_LINE_LIMIT, TRUE, FALSE),
  CURVE (bypass, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (commune, BF_TOWN_LINE_COMMUNE, TRUE, FALSE),
  CURVE (square, BF_TOWN_LINE_ROAD, TRUE, TRUE),
  CURVE (square_middle, BF_TOWN_LINE_ROAD, FALSE, TRUE),
  CURVE (road_north, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (road_north_east, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (station_avenue, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (road_east, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (road_south, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (road_south_west, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (road_west, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (road_north_west, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (old_wall, BF_TOWN_LINE_ROAD, TRUE, FALSE),
  CURVE (quay_port, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (quay_laundry, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (quay_south, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (mill_footbridge, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (rail, BF_TOWN_LINE_RAIL, FALSE, FALSE),
  CURVE (brook, BF_TOWN_LINE_BROOK, FALSE, FALSE),
  CURVE (collector_vallon, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (collector_plaine, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (collector_south, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (collector_west, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (station_square, BF_TOWN_LINE_ROAD, FALSE, TRUE),
  CURVE (sidings, BF_TOWN_LINE_RAIL, FALSE, FALSE),
  CURVE (street_jardin, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (street_college, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (street_wine, BF_TOWN_LINE_ROAD, FALSE, FALSE),
  CURVE (street_south, BF_TOWN_LINE_ROAD, FALSE, FALSE),
};

static GArray *axis_points;   /* sampled axis */
static GArray *axis_widths;   /* double a point */
static GArray *ring_points[3];

static void
sample_river (void)
{
  BfTownPoint controls[G_N_ELEMENTS (river)];
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < G_N_ELEMENTS (river); i++)
    controls[i] = (BfTownPoint){ river[i].x, river[i].y };
  axis_points = bf_town_spline (controls, G_N_ELEMENTS (river), FALSE, 20, starts);
  axis_widths = g_array_new (FALSE, FALSE, sizeof (double));
  for (guint i = 0, k = 0; i < axis_points->len; i++)
    {
      double t, width;

      while (k + 2 < starts->len && g_array_index (starts, guint, k + 1) <= i)
        k++;
      t = (double) (i - g_array_index (starts, guint, k))
          / (g_array_index (starts, guint, k + 1) - g_array_index (starts, guint, k));
      t = t * t * (3 - 2 * t);
      width = river[k].half_width * (1 - t) + river[k + 1].half_width * t;
      g_array_append_val (axis_widths, width);
    }
}

const GArray *
bf_town_river_axis (void)
{
  if (axis_points == NULL)
    sample_river ();
  return axis_points;
}

/* Distance to the axis, half the river's width there, and whether the point is on the north (left) side. */
double
bf_town_river_distance (BfTownPoint p, double *ret_half_width, gboolean *ret_north)
{
  const GArray *axis = bf_town_river_axis ();
  double best = G_MAXDOUBLE;

  for (guint i = 0; i + 1 < axis->len; i++)
    {
      BfTownPoint a = bf_town_point (axis, i), b = bf_town_point (axis, i + 1);
      double t, distance = bf_town_segment_distance (p, a, b, &t);

      if (distance >= best)
        continue;
      best = distance;
      if (ret_half_width != NULL)
        *ret_half_width = g_array_index (axis_widths, double, i) * (1 - t) + g_array_index (axis_widths, double, i + 1) * t;
      if (ret_north != NULL)
        *ret_north = (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x) > 0;
    }
  return best;
}

gboolean
bf_town_in_river (BfTownPoint p, double margin_m)
{
  double half_width = 0;
  double distance = bf_town_river_distance (p, &half_width, NULL);

  return distance < half_width + margin_m;
}

static GArray *
bank (double side)
{
  const GArray *axis = bf_town_river_axis ();
  GArray *line = bf_town_points_new ();

  for (guint i = 0; i < axis->len; i++)
    {
      BfTownPoint a = bf_town_point (axis, i > 0 ? i - 1 : 0), b = bf_town_point (axis, MIN (i + 1, axis->len - 1));
      BfTownPoint p = bf_town_point (axis, i);
      double length = bf_town_distance (a, b), width = side * g_array_index (axis_widths, double, i);
      BfTownPoint q = { p.x - (b.y - a.y) / length * width, p.y + (b.x - a.x) / length * width };

      g_array_append_val (line, q);
    }
  return line;
}

GArray *
bf_town_river_polygon (void)
{
  GArray *polygon = bank (-1);
  g_autoptr (GArray) north = bank (1);

  for (guint i = north->len; i-- > 0;)
    g_array_append_val (polygon, bf_town_point (north, i));
  return polygon;
}

/* The island of the mill: a lens along the axis where the river is wide. */
GArray *
bf_town_island (void)
{
  const GArray *axis = bf_town_river_axis ();
  GArray *island = bf_town_points_new ();
  double start = 0, end;

  bf_town_line_distance (axis, (BfTownPoint){ -690, -330 }, &start);
  bf_town_line_distance (axis, (BfTownPoint){ -400, -440 }, &end);
  for (int side = -1; side <= 1; side += 2)
    for (int i = 0; i < 12; i++)
      {
        double t = side < 0 ? i / 12.0 : 1 - i / 12.0;
        BfTownPoint tangent = { 1, 0 }, p = bf_town_at (axis, start + (end - start) * t, &tangent);
        double half = side * 34 * pow (sin (G_PI * t), 0.7) + 4;
        BfTownPoint q = { p.x - tangent.y * half, p.y + tangent.x * half };

        g_array_append_val (island, q);
      }
  return island;
}

int
bf_town_add_line (BfTown *town, BfTownLineKind kind, BfTownRank rank, const char *name, GArray *points)
{
  BfTownLine *line = g_new0 (BfTownLine, 1);

  line->kind = kind;
  line->rank = rank;
  line->fixed_name = name;
  line->points = points;
  line->street = -1;
  line->district = -1;
  line->kept = TRUE;
  g_ptr_array_add (town->lines, line);
  return (int) town->lines->len - 1;
}

/* 0 = the boulevards on the ramparts, 1 = the faubourgs' boulevards, 2 = the edge of the town. */
const GArray *
bf_town_ring (guint which)
{
  return ring_points[which];
}

/* A line that leaves the town goes on beyond what the bounds show, with a bend or two: controls before or after. */
static void
go_on (GArray *controls, guint which, gboolean tail)
{
  guint n = controls->len;
  BfTownPoint end = bf_town_point (controls, tail ? n - 1 : 0), before = bf_town_point (controls, tail ? n - 2 : 1);
  double heading = atan2 (end.y - before.y, end.x - before.x);

  if (fabs (end.x) < BF_TOWN_HALF_SIDE_M && fabs (end.y) < BF_TOWN_HALF_SIDE_M)
    return;
  for (guint i = 0; i < 3; i++)
    {
      heading += ((which + i) % 2 ? 0.22 : -0.2);
      end = (BfTownPoint){ end.x + 1300 * cos (heading), end.y + 1300 * sin (heading) };
      if (tail)
        g_array_append_val (controls, end);
      else
        g_array_prepend_val (controls, end);
    }
}

static void
add_curve (BfTown *town, guint which)
{
  const Control *controls = curves[which].controls;
  guint n = curves[which].n;
  gboolean closed = curves[which].closed;
  g_autoptr (GArray) points = bf_town_points_new ();
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (guint));
  GArray *all, *part = NULL;
  guint next = 0, added = 0;
  const char *name = NULL;
  BfTownRank rank = BF_TOWN_RANK_NONE;

  for (guint i = 0; i < n; i++)
    {
      BfTownPoint p = { controls[i].x, controls[i].y };

      g_array_append_val (points, p);
    }
  if (!closed)
    {
      go_on (points, which, FALSE);
      added = points->len - n;
      go_on (points, which, TRUE);
    }
  all = bf_town_spline ((const BfTownPoint *) (gpointer) points->data, points->len, closed, curves[which].straight ? 1e9 : 24, starts);
  if (closed)
    bf_town_close (all);
  if (which < G_N_ELEMENTS (ring_points))
    ring_points[which] = g_array_ref (all);
  for (guint i = 0; i < all->len; i++)
    {
      BfTownPoint p = bf_town_point (all, i);

      if (part != NULL)
        g_array_append_val (part, p);
      if (next < points->len && i == g_array_index (starts, guint, next))
        {
          const Control *control = next >= added && next - added < n ? &controls[next - added] : NULL;

          if (part == NULL || (control != NULL && control->name != NULL))
            {
              if (part != NULL)
                bf_town_add_line (town, curves[which].kind, rank, name, part);
              part = bf_town_points_new ();
              g_array_append_val (part, p);
              name = control != NULL ? control->name : NULL;
              rank = control != NULL ? control->rank : BF_TOWN_RANK_NONE;
            }
          next++;
        }
    }
  if (part->len > 1)
    bf_town_add_line (town, curves[which].kind, rank, name, part);
  else
    g_array_unref (part);
  g_array_unref (all);
}

void
bf_town_draw_plan (BfTown *town)
{
  const double h = 5900; /* the frame of the drawing: beyond the bounds */
  const BfTownPoint corners[] = { { -h, -h }, { h, -h }, { h, h }, { -h, h }, { -h, -h } };
  GArray *frame = bf_town_points_new ();
  GArray *axis = bf_town_points_new ();

  for (guint i = 0; i < G_N_ELEMENTS (curves); i++)
    add_curve (town, i);
  g_array_append_vals (frame, corners, G_N_ELEMENTS (corners));
  bf_town_add_line (town, BF_TOWN_LINE_LIMIT, BF_TOWN_RANK_NONE, NULL, frame);
  bf_town_add_line (town, BF_TOWN_LINE_BANK, BF_TOWN_RANK_NONE, NULL, bank (-1));
  bf_town_add_line (town, BF_TOWN_LINE_BANK, BF_TOWN_RANK_NONE, NULL, bank (1));
  g_array_append_vals (axis, bf_town_river_axis ()->data, bf_town_river_axis ()->len);
  bf_town_add_line (town, BF_TOWN_LINE_AXIS, BF_TOWN_RANK_NONE, NULL, axis);
}
