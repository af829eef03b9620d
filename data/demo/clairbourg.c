/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * bf-clairbourg OUTDIR: writes the folder of the demo city. The same program writes the same bytes each time; what it
 * copies besides (feed and rules) is given with --copy SOURCE=NAME. See bf-town.h for the way a town is made.
 */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-town.h"

#include <gio/gio.h>
#include <stdlib.h>

static void
free_line (gpointer data)
{
  BfTownLine *line = data;

  g_array_unref (line->points);
  g_free (line);
}

static void
free_piece (gpointer data)
{
  BfTownPiece *piece = data;

  g_array_unref (piece->points);
  g_free (piece);
}

static void
free_street (gpointer data)
{
  BfTownStreet *street = data;

  g_array_unref (street->lines);
  g_free (street->name);
  g_free (street);
}

static void
free_district (gpointer data)
{
  BfTownDistrict *district = data;

  for (guint i = 0; i < district->rings->len; i++)
    g_array_unref (g_array_index (district->rings, GArray *, i));
  g_array_unref (district->rings);
  g_free (district);
}

static BfTown *
town_new (const BfTownSize *size)
{
  BfTown *town = g_new0 (BfTown, 1);

  town->size = size;
  town->random = 1492;
  town->lines = g_ptr_array_new_with_free_func (free_line);
  town->pieces = g_ptr_array_new_with_free_func (free_piece);
  town->faces = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_town_block_free);
  town->blocks = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_town_block_free);
  town->streets = g_ptr_array_new_with_free_func (free_street);
  town->districts = g_ptr_array_new_with_free_func (free_district);
  town->houses = g_array_new (FALSE, FALSE, sizeof (BfTownHouse));
  town->places = g_array_new (FALSE, FALSE, sizeof (BfTownPlace));
  town->car_parks = g_array_new (FALSE, FALSE, sizeof (BfTownCarPark));
  return town;
}

static void
town_free (BfTown *town)
{
  g_clear_pointer (&town->commune, g_array_unref);
  g_ptr_array_unref (town->lines);
  g_ptr_array_unref (town->pieces);
  g_ptr_array_unref (town->faces);
  g_ptr_array_unref (town->blocks);
  g_ptr_array_unref (town->streets);
  g_ptr_array_unref (town->districts);
  g_array_unref (town->houses);
  g_array_unref (town->places);
  g_array_unref (town->car_parks);
  g_free (town);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfTown, town_free)

static gboolean
copy_file (const char *spec, const char *folder, GError **error)
{
  const char *equal = strchr (spec, '=');
  g_autofree char *source = NULL, *target = NULL, *parent = NULL, *text = NULL;
  gsize length;

  if (equal == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "--copy %s: expected SOURCE=NAME", spec);
      return FALSE;
    }
  source = g_strndup (spec, (gsize) (equal - spec));
  target = g_build_filename (folder, equal + 1, NULL);
  parent = g_path_get_dirname (target);
  if (g_mkdir_with_parents (parent, 0755) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", parent, g_strerror (errno));
      return FALSE;
    }
  return g_file_get_contents (source, &text, &length, error) && g_file_set_contents (target, text, (gssize) length, error);
}

int
main (int argc, char **argv)
{
  g_auto (GStrv) copies = NULL;
  g_autofree char *stamp = NULL, *size_name = NULL;
  const BfTownSize *size;
  const GOptionEntry entries[] = {
    { "copy", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &copies, "Also copy SOURCE to NAME in the folder", "SOURCE=NAME" },
    { "stamp", 0, 0, G_OPTION_ARG_FILENAME, &stamp, "Touch FILE when done", "FILE" },
    { "size", 0, 0, G_OPTION_ARG_STRING, &size_name, "How much stands in it: town (40,000 inhabitants) or metropole", "SIZE" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("OUTDIR");
  g_autoptr (GError) error = NULL;
  g_autoptr (BfTown) town = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2)
    {
      g_printerr ("bf-clairbourg: %s\n", error != NULL ? error->message : "expected one argument, the folder to write");
      return 2;
    }
  size = bf_town_size_find (size_name != NULL ? size_name : "town");
  if (size == NULL)
    {
      g_printerr ("bf-clairbourg: --size %s: expected town or metropole\n", size_name);
      return 2;
    }
  town = town_new (size);
  bf_town_draw_plan (town);
  bf_town_find_faces (town);
  bf_town_lay_streets (town);
  bf_town_name_streets (town);
  bf_town_build_houses (town);
  bf_town_put_places (town);
  if (!bf_town_write (town, argv[1], &error))
    {
      g_printerr ("bf-clairbourg: %s\n", error->message);
      return EXIT_FAILURE;
    }
  for (guint i = 0; copies != NULL && copies[i] != NULL; i++)
    if (!copy_file (copies[i], argv[1], &error))
      {
        g_printerr ("bf-clairbourg: %s\n", error->message);
        return EXIT_FAILURE;
      }
  if (stamp != NULL && !g_file_set_contents (stamp, "", 0, &error))
    {
      g_printerr ("bf-clairbourg: %s\n", error->message);
      return EXIT_FAILURE;
    }
  return EXIT_SUCCESS;
}
