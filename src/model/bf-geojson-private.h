/* SPDX-License-Identifier: EUPL-1.2 */
/* What the readers of the city's own GeoJSON and CSV files share: features one by one, and a bounded list of problems. */
#pragma once

#include <gio/gio.h>

#include "base/bf-geo.h"
#include "json/bf-json.h"


G_BEGIN_DECLS

/* Problems of one file: the first hundred are said, the rest is counted and said in one. */
typedef struct
{
  GPtrArray *problems; /* nullable, not owned */
  const char *path;
  guint n;
} BfFileProblems;

void bf_file_problem (BfFileProblems *file, guint line, const char *format, ...) G_GNUC_PRINTF (3, 4);
void bf_file_problems_end (BfFileProblems *file);

/* An error makes that feature a problem. */
typedef gboolean (*BfFeatureFunc) (gpointer user_data, BfJsonNode properties, BfJsonNode geometry, BfJsonNode feature, GError **error);

gboolean bf_geojson_load (const char *path, BfFileProblems *problems, BfFeatureFunc func, gpointer user_data, GError **error);
gboolean bf_geojson_point (BfJsonNode node, BfPoint *ret_point, GError **error);
gboolean bf_geojson_ring (BfJsonNode node, GArray *points, GError **error);
char *bf_geojson_text (BfJsonNode properties, const char *const *keys);
gboolean bf_geojson_count (BfJsonNode properties, const char *const *keys, gint64 *ret_count, GError **error);

G_END_DECLS
