/* SPDX-License-Identifier: EUPL-1.2 */
/* The catalogue: dense tables of services, kinds, properties and indicators (see bf-catalog.h); the manifests' text is
 * read by bf-manifest.c, which adds to these tables through bf-catalog-private.h.
 *
 * Invariant: an index is the place in its table and never changes; each kind's @slot has one entry a property of the whole
 * catalogue. Built by one thread, read-only afterwards. */

#include "model/bf-catalog-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"

static void
property_free (gpointer data)
{
  BfProperty *property = data;

  if (property->value_names != NULL)
    for (guint i = 0; property->values[i] != NULL; i++)
      bf_name_clear (&property->value_names[i]);
  g_free (property->value_names);
  g_strfreev (property->values);
  g_free (property->id);
  bf_name_clear (&property->name);
  g_free (property->unit_code);
  g_free (property->derive);
  g_free (property->expected);
  bf_name_clear (&property->already_notified_by);
  g_free (property->file);
  g_array_unref (property->kinds);
  g_free (property);
}

static void
kind_free (gpointer data)
{
  BfKind *kind = data;

  g_free (kind->id);
  g_free (kind->full_id);
  bf_name_clear (&kind->name);
  g_free (kind->symbol);
  g_array_unref (kind->properties);
  g_free (kind->slot);
  g_free (kind);
}

static void
indicator_free (gpointer data)
{
  BfIndicator *indicator = data;

  g_free (indicator->id);
  bf_name_clear (&indicator->name);
  g_free (indicator->value);
  g_free (indicator->target);
  g_free (indicator->file);
  g_free (indicator);
}

static void
service_free (gpointer data)
{
  BfService *service = data;

  g_free (service->id);
  bf_name_clear (&service->name);
  g_free (service->dir);
  g_array_unref (service->kinds);
  g_array_unref (service->properties);
  g_free (service);
}

/**
 * bf_property_discard:
 * @property: (transfer full): one that was not added to a catalogue
 */
void
bf_property_discard (BfProperty *property)
{
  property_free (property);
}

/**
 * bf_catalog_new:
 *
 * Returns: (transfer full): a catalogue without services
 */
BfCatalog *
bf_catalog_new (void)
{
  BfCatalog *catalog = g_new0 (BfCatalog, 1);

  catalog->services = g_ptr_array_new_with_free_func (service_free);
  catalog->kinds = g_ptr_array_new_with_free_func (kind_free);
  catalog->properties = g_ptr_array_new_with_free_func (property_free);
  catalog->indicators = g_ptr_array_new_with_free_func (indicator_free);
  return catalog;
}

void
bf_catalog_free (BfCatalog *catalog)
{
  if (catalog == NULL)
    return;
  g_ptr_array_unref (catalog->services);
  g_ptr_array_unref (catalog->kinds);
  g_ptr_array_unref (catalog->properties);
  g_ptr_array_unref (catalog->indicators);
  g_free (catalog);
}

/**
 * bf_catalog_fill_slots:
 *
 * Makes every kind's @slot anew, after properties were added.
 */
void
bf_catalog_fill_slots (BfCatalog *catalog)
{
  gsize n = catalog->properties->len;

  for (guint i = 0; i < catalog->kinds->len; i++)
    {
      BfKind *kind = g_ptr_array_index (catalog->kinds, i);

      kind->slot = g_renew (guint16, kind->slot, MAX (n, 1));
      for (gsize j = 0; j < n; j++)
        kind->slot[j] = BF_NO_PROPERTY;
      for (guint j = 0; j < kind->properties->len; j++)
        kind->slot[g_array_index (kind->properties, guint16, j)] = (guint16) j;
    }
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * bf_catalog_add_plugin_dirs:
 * @plugins_dir: folder of plugin folders: each `<service>/<service>.service` in it is a manifest; the folder `template`,
 *   the plugin to copy, is none of a city's
 * @problems: (nullable): where what is wrong in a manifest goes; that item is off
 *
 * Adds every plugin's manifest, in the order of the folders' names.
 *
 * Returns: %TRUE, or %FALSE with @error when @plugins_dir cannot be read
 */
gboolean
bf_catalog_add_plugin_dirs (BfCatalog *catalog, const char *plugins_dir, GPtrArray *problems, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (plugins_dir, 0, error);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_strconcat (name, ".service", NULL);
      g_autofree char *path = g_build_filename (plugins_dir, name, file, NULL);

      if (strcmp (name, "template") != 0 && g_file_test (path, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  g_ptr_array_sort (paths, compare_paths);
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      g_autoptr (GError) local_error = NULL;

      if (!bf_catalog_add_manifest (catalog, path, problems, &local_error))
        bf_problems_add (problems, path, 0, _ ("the service is off: %s"), local_error->message);
    }
  return TRUE;
}

guint
bf_catalog_n_services (const BfCatalog *catalog)
{
  return catalog->services->len;
}

guint
bf_catalog_n_kinds (const BfCatalog *catalog)
{
  return catalog->kinds->len;
}

guint
bf_catalog_n_properties (const BfCatalog *catalog)
{
  return catalog->properties->len;
}

guint
bf_catalog_n_indicators (const BfCatalog *catalog)
{
  return catalog->indicators->len;
}

/**
 * bf_catalog_service:
 *
 * Returns: (nullable) (transfer none): the service of that index, %NULL past the end; the same for the next three
 */
const BfService *
bf_catalog_service (const BfCatalog *catalog, guint index)
{
  return index < catalog->services->len ? g_ptr_array_index (catalog->services, index) : NULL;
}

const BfKind *
bf_catalog_kind (const BfCatalog *catalog, guint index)
{
  return index < catalog->kinds->len ? g_ptr_array_index (catalog->kinds, index) : NULL;
}

const BfProperty *
bf_catalog_property (const BfCatalog *catalog, guint index)
{
  return index < catalog->properties->len ? g_ptr_array_index (catalog->properties, index) : NULL;
}

const BfIndicator *
bf_catalog_indicator (const BfCatalog *catalog, guint index)
{
  return index < catalog->indicators->len ? g_ptr_array_index (catalog->indicators, index) : NULL;
}

/**
 * bf_catalog_find_service:
 * @id: such as "parking"
 *
 * Returns: (nullable) (transfer none): the service
 */
const BfService *
bf_catalog_find_service (const BfCatalog *catalog, const char *id)
{
  for (guint i = 0; i < catalog->services->len; i++)
    {
      const BfService *service = g_ptr_array_index (catalog->services, i);

      if (strcmp (service->id, id) == 0)
        return service;
    }
  return NULL;
}

/**
 * bf_catalog_find_kind:
 * @full_id: such as "parking.off_street"
 *
 * Returns: (nullable) (transfer none): the kind
 */
const BfKind *
bf_catalog_find_kind (const BfCatalog *catalog, const char *full_id)
{
  for (guint i = 0; i < catalog->kinds->len; i++)
    {
      const BfKind *kind = g_ptr_array_index (catalog->kinds, i);

      if (strcmp (kind->full_id, full_id) == 0)
        return kind;
    }
  return NULL;
}

/**
 * bf_catalog_find_service_kind:
 * @service: index of the service
 * @id: such as "off_street"
 *
 * Returns: (nullable) (transfer none): the kind
 */
const BfKind *
bf_catalog_find_service_kind (const BfCatalog *catalog, guint service, const char *id)
{
  for (guint i = 0; i < catalog->kinds->len; i++)
    {
      const BfKind *kind = g_ptr_array_index (catalog->kinds, i);

      if (kind->service == service && strcmp (kind->id, id) == 0)
        return kind;
    }
  return NULL;
}

/**
 * bf_catalog_find_property:
 * @service: index of the service
 * @id: such as "free_spaces"
 *
 * Returns: (nullable) (transfer none): the property
 */
const BfProperty *
bf_catalog_find_property (const BfCatalog *catalog, guint service, const char *id)
{
  for (guint i = 0; i < catalog->properties->len; i++)
    {
      const BfProperty *property = g_ptr_array_index (catalog->properties, i);

      if (property->service == service && strcmp (property->id, id) == 0)
        return property;
    }
  return NULL;
}

/**
 * bf_property_find_value:
 * @text: a state's value as in `Values=`; need not end with NUL
 *
 * Returns: its index, or -1 when @property has no such value
 */
int
bf_property_find_value (const BfProperty *property, const char *text, gsize length)
{
  if (property->values == NULL)
    return -1;
  for (int i = 0; property->values[i] != NULL; i++)
    if (strlen (property->values[i]) == length && memcmp (property->values[i], text, length) == 0)
      return i;
  return -1;
}
