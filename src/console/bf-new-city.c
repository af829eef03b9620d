/* SPDX-License-Identifier: EUPL-1.2 */
/* A new city: see bf-new-city.h. Nothing that is there already is written over. */

#include "console/bf-new-city.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-text.h"

#define SLUG_BYTES 60
#define ZONES_MAX 1000u

/**
 * bf_new_city_slug:
 *
 * Returns: (transfer full): @name as a folder's name: "Saint-Étienne (42)" -> "saint-etienne-42"; "" when nothing is left
 */
char *
bf_new_city_slug (const char *name)
{
  g_autofree char *folded = bf_text_fold (name);
  GString *slug = g_string_new (NULL);

  for (const char *p = folded; *p != '\0' && slug->len < SLUG_BYTES; p++)
    if (g_ascii_isalnum (*p))
      g_string_append_c (slug, *p);
    else if (slug->len > 0 && slug->str[slug->len - 1] != '-')
      g_string_append_c (slug, '-');
  while (slug->len > 0 && slug->str[slug->len - 1] == '-')
    g_string_truncate (slug, slug->len - 1);
  return g_string_free (slug, FALSE);
}

/**
 * bf_new_city_feed_name:
 *
 * Returns: (transfer full): "parking-data-example-fr" from the service and the address' host
 */
char *
bf_new_city_feed_name (const char *service, const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const char *host = uri == NULL || g_uri_get_host (uri) == NULL ? "feed" : g_uri_get_host (uri);
  g_autofree char *both = g_strdup_printf ("%s-%s", service, host);

  return bf_new_city_slug (both);
}

/* Boxes of countries with one time zone each, from zone1970.tab's countries; where two overlap the first that stands here wins, so that
 * small ones come before what surrounds them. Only what is sure enough to be proposed; the person sees it and may choose another. */
static const struct
{
  const char *zone;
  double west, south, east, north;
} boxes[] = {
  { "America/Martinique", -61.3, 14.3, -60.8, 15.0 },  { "America/Guadeloupe", -61.9, 15.8, -61.0, 16.6 },
  { "America/Cayenne", -54.7, 2.1, -51.6, 5.9 },       { "Indian/Reunion", 55.1, -21.5, 55.9, -20.8 },
  { "Indian/Mayotte", 44.9, -13.1, 45.4, -12.6 },      { "Pacific/Noumea", 163.5, -22.9, 168.2, -19.5 },
  { "Pacific/Tahiti", -152.0, -18.0, -149.0, -16.3 },
  { "Europe/Paris", 8.5, 41.3, 9.6, 43.1 },            { "Europe/Paris", 7.3, 47.4, 7.83, 49.1 },
  { "Europe/Luxembourg", 5.85, 49.45, 6.5, 50.15 },
  { "Europe/Brussels", 2.9, 50.75, 5.7, 51.45 },       { "Europe/Zurich", 6.7, 46.3, 9.5, 47.5 },
  { "Europe/Amsterdam", 4.0, 51.5, 6.9, 53.5 },        { "Europe/Lisbon", -9.6, 36.9, -7.3, 42.0 },
  { "Europe/London", -6.0, 50.0, 1.4, 58.7 },          { "Europe/Dublin", -10.5, 51.4, -6.1, 55.4 },
  { "Europe/Vienna", 13.0, 46.6, 17.0, 48.7 },         { "Europe/Berlin", 7.6, 47.5, 15.0, 54.9 },
  { "Europe/Rome", 7.6, 37.0, 13.5, 46.4 },            { "Europe/Madrid", -9.3, 36.0, 3.3, 42.4 },
  { "Europe/Paris", -5.2, 41.3, 9.7, 51.1 },
};

/**
 * bf_new_city_zone_at:
 * @lon: WGS 84
 * @lat: WGS 84
 *
 * Returns: (nullable): the zone to propose for a city there; %NULL where none is known
 */
const char *
bf_new_city_zone_at (double lon, double lat)
{
  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    if (lon >= boxes[i].west && lon <= boxes[i].east && lat >= boxes[i].south && lat <= boxes[i].north)
      return boxes[i].zone;
  return NULL;
}

/**
 * bf_new_city_local_zone:
 *
 * Returns: (transfer full): the machine's zone when it is a place's; a server that runs in UTC says nothing of its city
 */
char *
bf_new_city_local_zone (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  const char *id = g_time_zone_get_identifier (zone);

  return g_strdup (id != NULL && strchr (id, '/') != NULL && *id != '/' && !g_str_has_prefix (id, "Etc/") ? id : "Europe/Paris");
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* A line of zone.tab: "FR\t+4852+00220\tEurope/Paris[\tcomment]". */
static void
add_zone (GPtrArray *ids, const char *line)
{
  g_auto (GStrv) columns = line[0] == '#' ? NULL : g_strsplit (line, "\t", 4);

  if (columns != NULL && g_strv_length (columns) >= 3 && ids->len < ZONES_MAX)
    g_ptr_array_add (ids, g_strdup (columns[2]));
}

/**
 * bf_new_city_zones:
 *
 * Returns: (transfer full): the zones that a person may choose from, by name; what the system has, else those known here
 */
GStrv
bf_new_city_zones (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  if (g_file_get_contents ("/usr/share/zoneinfo/zone.tab", &text, NULL, NULL))
    lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    add_zone (ids, lines[i]);
  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    if (!g_ptr_array_find_with_equal_func (ids, boxes[i].zone, g_str_equal, NULL))
      g_ptr_array_add (ids, g_strdup (boxes[i].zone));
  g_ptr_array_sort (ids, compare_ids);
  g_ptr_array_add (ids, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&ids), FALSE);
}

/**
 * bf_new_city_create:
 * @cities_dir: where cities lie; made when it is not there
 * @name: for people, one line
 * @zone: IANA name
 * @language: "fr" or "en"
 *
 * Returns: (transfer full) (nullable): the new folder with its city.conf
 */
char *
bf_new_city_create (const char *cities_dir, const char *name, const char *zone, const char *language, GError **error)
{
  g_autofree char *slug = bf_new_city_slug (name);
  g_autofree char *dir = NULL;
  g_autofree char *conf = NULL;
  g_autofree char *path = NULL;

  if (*slug == '\0' || strpbrk (name, "\n\r\\") != NULL)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _("“%s” cannot be the name of a city: letters or digits are expected."), name);
      return NULL;
    }
  if (g_mkdir_with_parents (cities_dir, 0755) != 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, _("The folder %s cannot be made: %s"), cities_dir, g_strerror (errno));
      return NULL;
    }
  dir = g_build_filename (cities_dir, slug, NULL);
  if (g_mkdir (dir, 0755) != 0)
    {
      if (errno == EEXIST)
        g_set_error (error, BF_ERROR, BF_ERROR_STATE,
                     _("There is a city of that name already, in %s. Choose another name."), dir);
      else
        g_set_error (error, BF_ERROR, BF_ERROR_IO, _("The folder %s cannot be made: %s"), dir, g_strerror (errno));
      return NULL;
    }
  conf = g_strdup_printf ("[City]\nName=%s\nTimeZone=%s\nLanguage=%s\n", name, zone, language);
  path = g_build_filename (dir, "city.conf", NULL);
  if (!g_file_set_contents (path, conf, -1, error))
    return NULL;
  return g_steal_pointer (&dir);
}
