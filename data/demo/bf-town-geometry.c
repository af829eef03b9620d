/* SPDX-License-Identifier: EUPL-1.2 */
/* Plane geometry and chance for the demo city. Pure functions; only the PRNG (splitmix64, in the BfTown) has a state. */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-town.h"

#include <math.h>

static guint64
mix (guint64 z)
{
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

double
bf_town_random (BfTown *town)
{
  town->random += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return (double) (mix (town->random) >> 11) / 9007199254740992.0;
}

double
bf_town_between (BfTown *town, double low, double high)
{
  return low + (high - low) * bf_town_random (town);
}

static double
lattice (int x, int y)
{
  guint64 seed = (guint64) (guint32) x << 32 | (guint32) y;

  return (double) (mix (seed + 77) >> 11) / 9007199254740992.0;
}

/* Smooth value noise in 0..1, one cell a unit. */
double
bf_town_noise (double x, double y)
{
  int ix = (int) floor (x), iy = (int) floor (y);
  double fx = x - ix, fy = y - iy;
  double sx = fx * fx * (3 - 2 * fx), sy = fy * fy * (3 - 2 * fy);
  double low = lattice (ix, iy) * (1 - sx) + lattice (ix + 1, iy) * sx;
  double high = lattice (ix, iy + 1) * (1 - sx) + lattice (ix + 1, iy + 1) * sx;

  return low * (1 - sy) + high * sy;
}

GArray *
bf_town_points_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (BfTownPoint));
}

BfTownPoint
bf_town_lerp (BfTownPoint a, BfTownPoint b, double t)
{
  return (BfTownPoint){ a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t };
}

double
bf_town_distance (BfTownPoint a, BfTownPoint b)
{
  return hypot (a.x - b.x, a.y - b.y);
}

double
bf_town_segment_distance (BfTownPoint p, BfTownPoint a, BfTownPoint b, double *ret_t)
{
  double dx = b.x - a.x, dy = b.y - a.y;
  double square = dx * dx + dy * dy;
  double t = square > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / square : 0;

  t = CLAMP (t, 0, 1);
  if (ret_t != NULL)
    *ret_t = t;
  return bf_town_distance (p, bf_town_lerp (a, b, t));
}

gboolean
bf_town_segments_cross (BfTownPoint a, BfTownPoint b, BfTownPoint c, BfTownPoint d, double *ret_t, double *ret_u)
{
  double rx = b.x - a.x, ry = b.y - a.y, sx = d.x - c.x, sy = d.y - c.y;
  double cross = rx * sy - ry * sx;
  double t, u;

  if (fabs (cross) < 1e-9)
    return FALSE;
  t = ((c.x - a.x) * sy - (c.y - a.y) * sx) / cross;
  u = ((c.x - a.x) * ry - (c.y - a.y) * rx) / cross;
  if (t < -1e-9 || t > 1 + 1e-9 || u < -1e-9 || u > 1 + 1e-9)
    return FALSE;
  if (ret_t != NULL)
    *ret_t = CLAMP (t, 0, 1);
  if (ret_u != NULL)
    *ret_u = CLAMP (u, 0, 1);
  return TRUE;
}

/* Signed: positive for a counter-clockwise polygon. */
double
bf_town_area (const GArray *polygon)
{
  double sum = 0;

  for (guint i = 0; i < polygon->len; i++)
    {
      BfTownPoint a = bf_town_point (polygon, i), b = bf_town_point (polygon, (i + 1) % polygon->len);

      sum += a.x * b.y - b.x * a.y;
    }
  return sum / 2;
}

BfTownPoint
bf_town_centroid (const GArray *polygon)
{
  double area = bf_town_area (polygon), x = 0, y = 0;

  for (guint i = 0; i < polygon->len; i++)
    {
      BfTownPoint a = bf_town_point (polygon, i), b = bf_town_point (polygon, (i + 1) % polygon->len);
      double cross = a.x * b.y - b.x * a.y;

      x += (a.x + b.x) * cross;
      y += (a.y + b.y) * cross;
    }
  return (BfTownPoint){ x / (6 * area), y / (6 * area) };
}

double
bf_town_length (const GArray *line, gboolean closed)
{
  double sum = 0;

  for (guint i = 0; i + 1 < line->len + (closed ? 1 : 0); i++)
    sum += bf_town_distance (bf_town_point (line, i), bf_town_point (line, (i + 1) % line->len));
  return sum;
}

gboolean
bf_town_inside (const GArray *polygon, BfTownPoint p)
{
  gboolean inside = FALSE;

  for (guint i = 0, j = polygon->len - 1; i < polygon->len; j = i++)
    {
      BfTownPoint a = bf_town_point (polygon, i), b = bf_town_point (polygon, j);

      if ((a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x)
        inside = !inside;
    }
  return inside;
}

double
bf_town_edge_distance (const GArray *polygon, BfTownPoint p)
{
  double best = G_MAXDOUBLE;

  for (guint i = 0; i < polygon->len; i++)
    best = MIN (best, bf_town_segment_distance (p, bf_town_point (polygon, i),
                                                bf_town_point (polygon, (i + 1) % polygon->len), NULL));
  return best;
}

double
bf_town_line_distance (const GArray *line, BfTownPoint p, double *ret_along)
{
  double best = G_MAXDOUBLE, along = 0;

  for (guint i = 0; i + 1 < line->len; i++)
    {
      BfTownPoint a = bf_town_point (line, i), b = bf_town_point (line, i + 1);
      double t, distance = bf_town_segment_distance (p, a, b, &t);

      if (distance < best)
        {
          best = distance;
          if (ret_along != NULL)
            *ret_along = along + t * bf_town_distance (a, b);
        }
      along += bf_town_distance (a, b);
    }
  return best;
}

/* The point of a line at a distance along it, and the unit tangent there. */
BfTownPoint
bf_town_at (const GArray *line, double along, BfTownPoint *ret_tangent)
{
  for (guint i = 0; i + 1 < line->len; i++)
    {
      BfTownPoint a = bf_town_point (line, i), b = bf_town_point (line, i + 1);
      double length = bf_town_distance (a, b);

      if (along <= length || i + 2 == line->len)
        {
          if (ret_tangent != NULL && length > 0)
            *ret_tangent = (BfTownPoint){ (b.x - a.x) / length, (b.y - a.y) / length };
          return bf_town_lerp (a, b, length > 0 ? CLAMP (along / length, 0, 1) : 0);
        }
      along -= length;
    }
  return bf_town_point (line, 0);
}

static gboolean
separated (const BfTownPoint a[4], const BfTownPoint b[4])
{
  for (int i = 0; i < 4; i++)
    {
      double nx = a[(i + 1) % 4].y - a[i].y, ny = a[i].x - a[(i + 1) % 4].x;
      double amin = G_MAXDOUBLE, amax = -G_MAXDOUBLE, bmin = G_MAXDOUBLE, bmax = -G_MAXDOUBLE;

      for (int k = 0; k < 4; k++)
        {
          double pa = a[k].x * nx + a[k].y * ny, pb = b[k].x * nx + b[k].y * ny;

          amin = MIN (amin, pa);
          amax = MAX (amax, pa);
          bmin = MIN (bmin, pb);
          bmax = MAX (bmax, pb);
        }
      if (amax < bmin + 1e-6 || bmax < amin + 1e-6)
        return TRUE;
    }
  return FALSE;
}

/* Convex quadrilaterals, by separating axes. */
gboolean
bf_town_quads_overlap (const BfTownPoint a[4], const BfTownPoint b[4])
{
  return !separated (a, b) && !separated (b, a);
}

/* A point well inside the polygon: the best of a grid of candidates. */
BfTownPoint
bf_town_pole (const GArray *polygon)
{
  BfTownPoint low = { G_MAXDOUBLE, G_MAXDOUBLE }, high = { -G_MAXDOUBLE, -G_MAXDOUBLE };
  BfTownPoint best = bf_town_centroid (polygon);
  double best_distance = bf_town_inside (polygon, best) ? bf_town_edge_distance (polygon, best) * 1.1 : -1;

  for (guint i = 0; i < polygon->len; i++)
    {
      BfTownPoint p = bf_town_point (polygon, i);

      low = (BfTownPoint){ MIN (low.x, p.x), MIN (low.y, p.y) };
      high = (BfTownPoint){ MAX (high.x, p.x), MAX (high.y, p.y) };
    }
  for (int i = 1; i < 24; i++)
    for (int j = 1; j < 24; j++)
      {
        BfTownPoint p = { low.x + (high.x - low.x) * i / 24, low.y + (high.y - low.y) * j / 24 };
        double distance;

        if (!bf_town_inside (polygon, p))
          continue;
        distance = bf_town_edge_distance (polygon, p);
        if (distance > best_distance)
          {
            best_distance = distance;
            best = p;
          }
      }
  return best;
}

/* Catmull-Rom through the controls; ret_starts (guint), when given, receives the index of each control's point. */
GArray *
bf_town_spline (const BfTownPoint *controls, guint n, gboolean closed, double step_m, GArray *ret_starts)
{
  GArray *line = bf_town_points_new ();
  guint spans = closed ? n : n - 1;

  for (guint i = 0; i < spans; i++)
    {
      BfTownPoint p1 = controls[i], p2 = controls[(i + 1) % n];
      BfTownPoint p0 = closed ? controls[(i + n - 1) % n] : controls[i > 0 ? i - 1 : 0];
      BfTownPoint p3 = closed ? controls[(i + 2) % n] : controls[MIN (i + 2, n - 1)];
      guint steps = MAX (1, (guint) (bf_town_distance (p1, p2) / step_m + 0.5));

      if (ret_starts != NULL)
        g_array_append_val (ret_starts, line->len);
      for (guint k = 0; k < steps; k++)
        {
          double t = (double) k / steps, t2 = t * t, t3 = t2 * t;
          BfTownPoint p = {
            0.5 * (2 * p1.x + (p2.x - p0.x) * t + (2 * p0.x - 5 * p1.x + 4 * p2.x - p3.x) * t2
                   + (3 * p1.x - p0.x - 3 * p2.x + p3.x) * t3),
            0.5 * (2 * p1.y + (p2.y - p0.y) * t + (2 * p0.y - 5 * p1.y + 4 * p2.y - p3.y) * t2
                   + (3 * p1.y - p0.y - 3 * p2.y + p3.y) * t3),
          };

          g_array_append_val (line, p);
        }
    }
  if (!closed)
    {
      if (ret_starts != NULL)
        g_array_append_val (ret_starts, line->len);
      g_array_append_val (line, controls[n - 1]);
    }
  return line;
}

/* Repeats the first point at the end. (Not append_val of its own element: the array may move while it grows.) */
void
bf_town_close (GArray *line)
{
  BfTownPoint first = bf_town_point (line, 0);

  g_array_append_val (line, first);
}
