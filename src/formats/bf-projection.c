/* SPDX-License-Identifier: EUPL-1.2 */
/* Coordinate systems through PROJ, each with a context of its own (PROJ's contexts belong to one thread). Loaded only when
 * a feed needs one: PROJ and its database take about 5 MB, and the libraries that it pulls in (curl, krb5, ldap, tiff) 7 MB
 * more of a program that never projects, so that the library itself is opened with the first projection and kept. Its
 * network is off. */

#include "formats/bf-place-private.h"

#include <glib/gi18n-lib.h>
#include <gmodule.h>
#include <math.h>
#include <proj.h>
#include <string.h>

#include "base/bf-error.h"

G_STATIC_ASSERT (PROJ_VERSION_MAJOR == 9); /* whose library has this name */
#define PROJ_LIBRARY "libproj.so.25"

/* The functions of PROJ that are used here, with the types of its header. */
#define PROJ_FUNCTIONS(F)                                                                                                    \
  F (proj_context_create) F (proj_log_level) F (proj_context_set_enable_network) F (proj_create_crs_to_crs)                  \
  F (proj_normalize_for_visualization) F (proj_destroy) F (proj_context_destroy) F (proj_coord) F (proj_trans)

static struct
{
#define DECLARE(name) __typeof__ (name) *name;
  PROJ_FUNCTIONS (DECLARE)
#undef DECLARE
} proj;

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

/* Thread-safe; TRUE when all functions are there. What is missing is told each time. */
static gboolean
load_proj (GError **error)
{
  static GMutex lock;
  static GModule *module;
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  if (module != NULL)
    return TRUE;
  module = g_module_open (PROJ_LIBRARY, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
  if (module != NULL
#define FIND(name) &&g_module_symbol (module, #name, (gpointer *) &proj.name)
        PROJ_FUNCTIONS (FIND)
#undef FIND
  )
    {
      g_module_make_resident (module);
      return TRUE;
    }
  g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("the library PROJ, which projects coordinates, cannot be loaded: %s"), g_module_error ());
  g_clear_pointer (&module, g_module_close);
  return FALSE;
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
  if (!load_proj (error))
    return NULL;
  projection = g_new0 (BfProjection, 1);
  projection->context = proj.proj_context_create ();
  proj.proj_log_level (projection->context, PJ_LOG_NONE);
  proj.proj_context_set_enable_network (projection->context, 0);
  name = g_strdup_printf ("EPSG:%u", code);
  raw = proj.proj_create_crs_to_crs (projection->context, name, "EPSG:4326", NULL);
  if (raw != NULL)
    {
      projection->transformation = proj.proj_normalize_for_visualization (projection->context, raw);
      proj.proj_destroy (raw);
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
    proj.proj_destroy (projection->transformation);
  proj.proj_context_destroy (projection->context);
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
  PJ_COORD c = proj.proj_coord (place.x, place.y, 0, 0);

  c = proj.proj_trans (projection->transformation, PJ_FWD, c);
  if (!isfinite (c.xy.x) || !isfinite (c.xy.y) || c.xy.x == HUGE_VAL)
    return FALSE;
  *ret_point = (BfPoint){ c.xy.x, c.xy.y };
  return TRUE;
}
