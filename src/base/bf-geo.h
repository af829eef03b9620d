/* SPDX-License-Identifier: EUPL-1.2 */
/* Places: WGS84 degrees, and web mercator on the unit square for whatever is drawn or indexed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  double lon;
  double lat;
} BfPoint;

/* west <= x <= east; empty when west > east */
typedef struct
{
  double west;
  double south;
  double east;
  double north;
} BfBox;

#define BF_BOX_EMPTY ((BfBox){ G_MAXDOUBLE, G_MAXDOUBLE, -G_MAXDOUBLE, -G_MAXDOUBLE })

gboolean bf_point_is_valid (BfPoint point);
double bf_geo_distance_m (BfPoint a, BfPoint b);
double bf_geo_segment_distance_m (BfPoint point, BfPoint a, BfPoint b);
double bf_mercator_x (double lon);
double bf_mercator_y (double lat);
double bf_mercator_lon (double x);
double bf_mercator_lat (double y);
void bf_box_add (BfBox *box, BfPoint point);
gboolean bf_box_contains (const BfBox *box, BfPoint point);
gboolean bf_ring_contains (const BfPoint *ring, gsize n_points, BfPoint point);
gboolean bf_box_parse (const char *text, BfBox *ret_box, GError **error);

G_END_DECLS
