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
