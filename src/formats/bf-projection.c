/* SPDX-License-Identifier: EUPL-1.2 */
/* Coordinate systems through PROJ, each with a context of its own (PROJ's contexts belong to one thread). Loaded only when
 * a feed needs one: PROJ and the libraries that it pulls in (curl, krb5, ldap, tiff) take megabytes of a program that never
 * projects, so that the library itself is opened with the first projection and kept. Its network is off.
 *
 * Its database (SQLite) is megabytes more, kept as long as a context has it open. The systems that cities of Europe use are
 * written here as PROJ's own pipelines, which need no database; a test compares them with what the database says. For any
 * other code the database is asked and then closed. */

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
  F (proj_context_create) F (proj_log_func) F (proj_context_set_enable_network) F (proj_create_crs_to_crs) F (proj_create)   \
  F (proj_context_set_database_path) F (proj_context_set_file_finder) F (proj_cleanup) F (proj_normalize_for_visualization)  \
  F (proj_destroy) F (proj_context_destroy) F (proj_coord) F (proj_trans)

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

#define GEOGRAPHIC "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
#define OF_PLANE "+proj=pipeline +step +inv "

/* From the plane to longitude and latitude in degrees; NULL: the database must be asked. RGF93, ETRS89 and WGS84 are one
 * within their accuracy, and PROJ's database has no shift between them. */
static char *
pipeline_of (guint code)
{
  guint north = code - 3900; /* of one of the nine zones of France: the latitude that it touches */

  if (code == 4171 || code == 4258)
    return g_strdup ("+proj=noop");
  if (code == 2154) /* Lambert-93 */
    return g_strdup (OF_PLANE "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 +ellps=GRS80 " GEOGRAPHIC);
  if (code == 3857) /* web Mercator */
    return g_strdup (OF_PLANE "+proj=webmerc +lat_0=0 +lon_0=0 +x_0=0 +y_0=0 +ellps=WGS84 " GEOGRAPHIC);
  if (code >= 3942 && code <= 3950) /* CC42 to CC50 */
    return g_strdup_printf (OF_PLANE "+proj=lcc +lat_0=%u +lon_0=3 +lat_1=%u.25 +lat_2=%u.75 +x_0=1700000 +y_0=%u200000 +ellps=GRS80 " GEOGRAPHIC,
                            north, north - 1, north, north - 41);
  if (code >= 25828 && code <= 25837) /* UTM of Europe */
    return g_strdup_printf (OF_PLANE "+proj=utm +zone=%u +ellps=GRS80 " GEOGRAPHIC, code - 25800);
  if (code >= 32601 && code <= 32660) /* UTM of the northern half of the world */
    return g_strdup_printf (OF_PLANE "+proj=utm +zone=%u +ellps=WGS84 " GEOGRAPHIC, code - 32600);
  return NULL;
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

/* Some of PROJ's errors are told whatever the level is. */
static void
say_nothing (void *user_data, int level, const char *message)
{
}

/* In place of each of PROJ's files: none is needed, and its database would be opened all the same. */
static const char *
find_nothing (PJ_CONTEXT *context, const char *name, void *user_data)
{
  return "/dev/null";
}

static PJ *
from_pipeline (PJ_CONTEXT *context, const char *pipeline)
{
  proj.proj_context_set_file_finder (context, find_nothing, NULL);
  return proj.proj_create (context, pipeline);
}

/* PROJ keeps the open database in the context until another one is opened instead (what is none cannot be, and nothing is open any
 * more), and in a cache of the process, which is emptied. What is still asked later (has this way its grid?) opens it again. */
static void
close_database (PJ_CONTEXT *context)
{
  proj.proj_context_set_database_path (context, "/dev/null", NULL, NULL);
  proj.proj_cleanup ();
}

static PJ *
ask_database (PJ_CONTEXT *context, guint code)
{
  g_autofree char *name = g_strdup_printf ("EPSG:%u", code);
  PJ *raw = proj.proj_create_crs_to_crs (context, name, "EPSG:4326", NULL);
  PJ *east_first = raw != NULL ? proj.proj_normalize_for_visualization (context, raw) : NULL;

  if (raw != NULL)
    proj.proj_destroy (raw);
  close_database (context);
  return east_first;
}

BfProjection *
bf_projection_new (const char *crs, GError **error)
{
  g_autoptr (BfProjection) projection = NULL;
  g_autofree char *pipeline = NULL;
  guint code = epsg_code (crs);

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
  proj.proj_log_func (projection->context, NULL, say_nothing);
  proj.proj_context_set_enable_network (projection->context, 0);
  pipeline = pipeline_of (code);
  projection->transformation = pipeline != NULL ? from_pipeline (projection->context, pipeline) : ask_database (projection->context, code);
  if (projection->transformation == NULL)
    {
      g_autofree char *name = g_strdup_printf ("EPSG:%u", code);

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
