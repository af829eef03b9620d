/* SPDX-License-Identifier: EUPL-1.2 */
/* Coordinate systems through PROJ, each with a context of its own (PROJ's contexts belong to one thread). Loaded only when
 * a feed needs one: PROJ and its database take about 5 MB. Its network is off. */

#include "formats/bf-place-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <proj.h>
#include <string.h>

#include "base/bf-error.h"

struct _BfProjection
{
  PJ_CONTEXT *context;
  PJ *transformation;
};

static const char *const prefixes[] = { "EPSG:", "urn:ogc:def:crs:EPSG::", "urn:ogc:def:crs:EPSG:", "urn:x-ogc:def:crs:EPSG:",
                                        "http://www.opengis.net/def/crs/EPSG/0/" };

/* The code in any of the forms, 0 when it is none of them, 4326 for CRS84. */
static guint
epsg_code (const char *crs)
{
  guint code = 0;
  const char *p = NULL;

  if (g_ascii_strcasecmp (crs, "urn:ogc:def:crs:OGC:1.3:CRS84") == 0
      || g_ascii_strcasecmp (crs, "urn:ogc:def:crs:OGC::CRS84") == 0 || g_ascii_strcasecmp (crs, "OGC:CRS84") == 0)
    return 4326;
  for (guint i = 0; i < G_N_ELEMENTS (prefixes) && p == NULL; i++)
    if (g_ascii_strncasecmp (crs, prefixes[i], strlen (prefixes[i])) == 0)
      p = crs + strlen (prefixes[i]);
  if (p == NULL)
    return 0;
  if (strrchr (p, ':') != NULL) /* a version before the code */
    p = strrchr (p, ':') + 1;
  for (int n = 0; g_ascii_isdigit (*p) && n < 6; n++)
    code = code * 10 + (guint) (*p++ - '0');
  return *p == '\0' ? code : 0;
}

BfProjection *
bf_projection_new (const char *crs, GError **error)
{
  g_autoptr (BfProjection) projection = NULL;
  g_autofree char *name = NULL;
  guint code = epsg_code (crs);
  PJ *raw;

  if (code == 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected a coordinate system such as EPSG:2154, found “%.80s”"), crs);
      return NULL;
    }
  if (code == 4326)
    return NULL;
  projection = g_new0 (BfProjection, 1);
  projection->context = proj_context_create ();
  proj_log_level (projection->context, PJ_LOG_NONE);
  proj_context_set_enable_network (projection->context, 0);
  name = g_strdup_printf ("EPSG:%u", code);
  raw = proj_create_crs_to_crs (projection->context, name, "EPSG:4326", NULL);
  if (raw != NULL)
    {
      projection->transformation = proj_normalize_for_visualization (projection->context, raw);
      proj_destroy (raw);
    }
  if (projection->transformation == NULL)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("PROJ knows no way from %s to WGS84"), name);
      return NULL;
    }
  return g_steal_pointer (&projection);
}

void
bf_projection_free (BfProjection *projection)
{
  if (projection == NULL)
    return;
  if (projection->transformation != NULL)
    proj_destroy (projection->transformation);
  proj_context_destroy (projection->context);
  g_free (projection);
}

/**
 * bf_projection_to_wgs84:
 * @place: in the projection's units, east first
 *
 * Returns: %FALSE when the place has no image
 */
gboolean
bf_projection_to_wgs84 (BfProjection *projection, BfXY place, BfPoint *ret_point)
{
  PJ_COORD c = proj_coord (place.x, place.y, 0, 0);

  c = proj_trans (projection->transformation, PJ_FWD, c);
  if (!isfinite (c.xy.x) || !isfinite (c.xy.y) || c.xy.x == HUGE_VAL)
    return FALSE;
  *ret_point = (BfPoint){ c.xy.x, c.xy.y };
  return TRUE;
}
