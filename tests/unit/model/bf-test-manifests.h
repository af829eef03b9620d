/* SPDX-License-Identifier: EUPL-1.2 */
/* Manifests and temporary files for the tests of the model. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>

#include "base/bf-error.h"
#include "model/bf-catalog.h"

static const char bf_test_parking_manifest[]
  = "[Service]\n"
    "Id=parking\n"
    "Name=Parking\n"
    "Name[fr]=Stationnement\n"
    "Abi=1\n"
    "[Kind off_street]\n"
    "Name[fr]=Parc de stationnement\n"
    "Symbol=p-square\n"
    "Headline=occupancy\n"
    "[Kind street]\n"
    "[Property free_spaces]\n"
    "Type=number\n"
    "Kinds=off_street\n"
    "Unit=1\n"
    "Range=0..20000\n"
    "Cadence=60s\n"
    "[Property capacity]\n"
    "Type=number\n"
    "Range=1..\n"
    "[Property status]\n"
    "Type=state\n"
    "Values=open, closed, full\n"
    "Name.closed=shut\n"
    "Name.closed[fr]=fermé\n"
    "[Property occupancy]\n"
    "Type=number\n"
    "Kinds=off_street\n"
    "Unit=%\n"
    "Derive=100 % * (1 - free_spaces / capacity)\n"
    "[Indicator occupancy_centre]\n"
    "Name[fr]=Occupation des parcs du centre\n"
    "Value=avg(occupancy over service)\n"
    "Target=< 85 %\n";

static inline char *
bf_test_write (const char *dir, const char *name, const char *text)
{
  char *path = g_build_filename (dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  return path;
}

static inline char *
bf_test_dir (void)
{
  g_autoptr (GError) error = NULL;
  char *dir = g_dir_make_tmp ("bf-test-XXXXXX", &error);

  g_assert_no_error (error);
  return dir;
}

static inline void
bf_test_remove (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      bf_test_remove (child);
    }
  g_remove (path);
}

/* All problems as lines "name-of-file:line: message". */
static inline char *
bf_test_problems (GPtrArray *problems)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < problems->len; i++)
    {
      const BfProblem *problem = g_ptr_array_index (problems, i);
      g_autofree char *name = g_path_get_basename (problem->file);

      g_string_append_printf (text, "%s:%u: %s\n", name, problem->line, problem->message);
    }
  return g_string_free (text, FALSE);
}

#define bf_assert_problem(problems, part)                                                                             \
  G_STMT_START                                                                                                        \
  {                                                                                                                   \
    g_autofree char *all_ = bf_test_problems (problems);                                                              \
    if (strstr (all_, part) == NULL)                                                                                  \
      g_error ("%s:%d: expected a problem with “%s”, found:\n%s", __FILE__, __LINE__, part, all_);                   \
  }                                                                                                                   \
  G_STMT_END

static inline BfCatalog *
bf_test_catalog (const char *manifest)
{
  g_autofree char *dir = bf_test_dir ();
  g_autofree char *path = bf_test_write (dir, "parking.service", manifest);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  BfCatalog *catalog = bf_catalog_new ();

  bf_catalog_add_manifest (catalog, path, problems, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
  bf_test_remove (dir);
  return catalog;
}
