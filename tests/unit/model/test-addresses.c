/* SPDX-License-Identifier: EUPL-1.2 */
/* Addresses: the CSV with all its forms, the nearest one against a plain scan, the search and its order. */

#include <math.h>
#include <string.h>

#include "bf-test-manifests.h"
#include "model/bf-zones.h"

static BfAddresses *
load (const char *text, GPtrArray *problems, GError **error)
{
  g_autofree char *dir = bf_test_dir ();
  g_autofree char *path = bf_test_write (dir, "addresses.csv", text);
  BfAddresses *addresses = bf_addresses_load (path, NULL, problems, error);

  bf_test_remove (dir);
  return addresses;
}

static const char good[]
  = "\xef\xbb\xbfid;numero;rep;nom_voie;code_postal;nom_commune;lon;lat\r\n"
    "a;14;;rue des Tanneurs;21990;Clairbourg;4.4000000;47.2\r\n"
    "b;14;bis;rue des Tanneurs;21990;Clairbourg;4.4001;47.2\r\n"
    "c;12;;rue des Tanneurs;21990;Clairbourg;4.3999;47.2\r\n"
    "d;3;;\"rue du 8 \"\"mai\"\" 1945; ancienne\";21990;Clairbourg;4.41;47.21\r\n"
    "e;8;;rue du 8 mai 1945;21990;Clairbourg;4.42;47.21\r\n"
    "f;;;Le Grand Pré;21990;Clairbourg;4.43;47.22\r\n"
    "g;2;;avenue de l’Église Saint-Vorles;21990;Clairbourg;4.44;47.22\r\n"
    "h;14;;quai des Tanneurs;21991;Aval-lès-Clairbourg;4.45;47.23\r\n"
    "\r\n"
    "i;1;;boulevard Œuvré;21990;Clairbourg;4.46;47.23";

static char *
search (const BfAddresses *addresses, const char *text, guint max)
{
  g_autoptr (GArray) matches = bf_addresses_search (addresses, text, max);
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < matches->len; i++)
    g_string_append_printf (all, "%s%s", i > 0 ? " | " : "", g_array_index (matches, BfAddressMatch, i).text);
  return g_string_free (all, FALSE);
}

static const struct
{
  const char *question;
  const char *matches;
} questions[] = {
  { "14 tanneurs", "14 rue des Tanneurs, Clairbourg | 14 quai des Tanneurs, Aval-lès-Clairbourg" },
  { "14 RUE DES TANNEURS", "14 rue des Tanneurs, Clairbourg" },
  { "14 bis tanneurs rue", "14 bis rue des Tanneurs, Clairbourg" },
  { "14bis tanneurs rue", "14 bis rue des Tanneurs, Clairbourg" },
  { "14 b tanneurs rue", "14 bis rue des Tanneurs, Clairbourg" },
  { "13 rue tanneurs", "14 rue des Tanneurs, Clairbourg" },
  { "99 rue tanneurs", "14 rue des Tanneurs, Clairbourg" },
  { "tanneurs aval", "quai des Tanneurs, Aval-lès-Clairbourg" },
  { "8 mai", "rue du 8 mai 1945, Clairbourg | rue du 8 \"mai\" 1945; ancienne, Clairbourg | "
             "8 rue du 8 mai 1945, Clairbourg | 3 rue du 8 \"mai\" 1945; ancienne, Clairbourg" },
  { "eglise", "avenue de l’Église Saint-Vorles, Clairbourg" },
  { "2 av st vorles", "2 avenue de l’Église Saint-Vorles, Clairbourg" },
  { "bd oeuvre", "boulevard Œuvré, Clairbourg" },
  { "le grand pre", "Le Grand Pré, Clairbourg" },
  { "5 grand pre", "Le Grand Pré, Clairbourg" },
  { "anneurs", "" },
  { "tanneurs paris", "" },
  { "", "" },
  { " -- ", "" },
};

static void
test_good (void)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BfAddresses) addresses = load (good, problems, &error);
  double distance_m = -1;

  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpuint (bf_addresses_n (addresses), ==, 9);
  for (guint i = 0; i < G_N_ELEMENTS (questions); i++)
    {
      g_autofree char *matches = search (addresses, questions[i].question, 10);

      if (strcmp (matches, questions[i].matches) != 0)
        g_error ("“%s”: expected “%s”, found “%s”", questions[i].question, questions[i].matches, matches);
    }
  g_autofree char *one = search (addresses, "clairbourg", 1);
  g_assert_null (strchr (one, '|'));
  g_autofree char *none = search (addresses, "clairbourg", 0);
  g_assert_cmpstr (none, ==, "");
  g_autofree char *nearest = bf_addresses_nearest (addresses, (BfPoint){ 4.40009, 47.20001 }, 100, &distance_m);
  g_assert_cmpstr (nearest, ==, "14 bis rue des Tanneurs, Clairbourg");
  g_assert_cmpfloat_with_epsilon (distance_m, 1.34, 0.02);
  g_autofree char *hamlet = bf_addresses_nearest (addresses, (BfPoint){ 4.43, 47.2201 }, 50, NULL);
  g_assert_cmpstr (hamlet, ==, "Le Grand Pré, Clairbourg");
  g_assert_null (bf_addresses_nearest (addresses, (BfPoint){ 4.40, 47.3 }, 1000, NULL));
  g_assert_null (bf_addresses_nearest (addresses, (BfPoint){ NAN, NAN }, 1000, NULL));
}

static void
test_bad_lines (void)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BfAddresses) addresses = load ("lat,LON,nom_voie,numero,rep\n"
                                            "47.2,4.4,\"two\nlines\",1,\n" /* lines 2 and 3 */
                                            "47.2,4.4,few\n"
                                            "47.2,,no place,1,\n"
                                            "6680199,806396,metres,1,\n"
                                            "47.2,4.4,,1,\n"
                                            "47.2,4.4,number,1A,\n"
                                            "47.2,4.4,number,100000,\n"
                                            "47.2,4.4,suffix,1,aaaaaaaaaaaaaaaaaaaaaaaaa\n"
                                            "47.2,4.4,b\xe9latin,1,\n"
                                            "47.2,4.4,good,1,\n"
                                            "47.2,4.4,\"open,1,\n",
                                            problems, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (bf_addresses_n (addresses), ==, 2);
  g_assert_cmpuint (problems->len, ==, 9);
  bf_assert_problem (problems, "addresses.csv:4: expected 5 fields as in the header, found 3");
  bf_assert_problem (problems, "addresses.csv:5: expected degrees in lon and lat");
  bf_assert_problem (problems, "addresses.csv:6: expected degrees");
  bf_assert_problem (problems, "addresses.csv:7: expected a street's name");
  bf_assert_problem (problems, "addresses.csv:8: expected a whole number");
  bf_assert_problem (problems, "addresses.csv:9: expected a whole number");
  bf_assert_problem (problems, "addresses.csv:10: expected at most 20 bytes in rep");
  bf_assert_problem (problems, "addresses.csv:11: expected UTF-8 text");
  bf_assert_problem (problems, "addresses.csv:13: expected the quotes to be closed");
}

static void
test_bad_files (void)
{
  static const struct
  {
    const char *text;
    const char *error;
  } files[] = {
    { "", "expected a header line" },
    { "\n\n", "expected a header line" },
    { "id;nom_voie;lon\n1;a;2\n", ":1: expected a header with the columns nom_voie, lon and lat" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (load (files[i].text, NULL, &error));
      g_assert_nonnull (strstr (error->message, files[i].error));
    }
  g_autoptr (GError) error = NULL;
  g_assert_null (bf_addresses_load ("/nowhere/addresses.csv", NULL, NULL, &error));
  g_assert_cmpstr (error->message, ==, "/nowhere/addresses.csv: cannot be read: No such file or directory");
}

/* A line of a megabyte, 1000 fields, 5000 bad lines: bounded, counted, and what follows is read. */
static void
test_hostile (void)
{
  g_autoptr (GString) text = g_string_new ("nom_voie;lon;lat\n");
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 1 << 20; i++)
    g_string_append_c (text, 'x');
  g_string_append (text, "\ngood;4.4;47.2\n");
  for (guint i = 0; i < 1000; i++)
    g_string_append_c (text, ';');
  g_string_append (text, "\ngood;4.5;47.2\n");
  for (guint i = 0; i < 5000; i++)
    g_string_append (text, "bad;;\n");
  g_string_append_len (text, "n\0l;4;4\n", 8);
  g_string_append (text, "good;4.6;47.2\n");
  g_autofree char *dir = bf_test_dir ();
  g_autofree char *path = g_build_filename (dir, "a.csv", NULL);
  g_file_set_contents (path, text->str, (gssize) text->len, NULL);
  g_autoptr (BfAddresses) addresses = bf_addresses_load (path, NULL, problems, &error);
  bf_test_remove (dir);
  g_assert_no_error (error);
  g_assert_cmpuint (bf_addresses_n (addresses), ==, 3);
  g_assert_cmpuint (problems->len, ==, 101);
  bf_assert_problem (problems, "a.csv:2: expected a record of at most 64 KiB");
  bf_assert_problem (problems, "a.csv:4: expected at most 200 fields");
  bf_assert_problem (problems, "4903 more problems of this file");
}

/* The nearest of 3000, dense and sparse, one of them far away, against a scan of all. */
static void
test_nearest_random (void)
{
  g_autoptr (GString) text = g_string_new ("numero;nom_voie;lon;lat\n99999;far;-170;-60\n");
  g_autofree BfPoint *points = g_new (BfPoint, 3000);
  g_autoptr (GError) error = NULL;
  guint n_found = 0;

  for (guint i = 0; i < 3000; i++)
    {
      double spread = i % 3 == 0 ? 0.2 : 0.002;
      char lon[G_ASCII_DTOSTR_BUF_SIZE], lat[G_ASCII_DTOSTR_BUF_SIZE];

      points[i].lon = 4.4 + round (g_test_rand_double_range (-spread, spread) * 1e7) / 1e7;
      points[i].lat = 47.2 + round (g_test_rand_double_range (-spread, spread) * 1e7) / 1e7;
      g_string_append_printf (text, "%u;road;%s;%s\n", i + 1, g_ascii_formatd (lon, sizeof lon, "%.7f", points[i].lon),
                              g_ascii_formatd (lat, sizeof lat, "%.7f", points[i].lat));
    }
  g_autoptr (BfAddresses) addresses = load (text->str, NULL, &error);
  g_assert_no_error (error);
  for (guint step = 0; step < 3000; step++)
    {
      BfPoint at = { 4.4 + g_test_rand_double_range (-0.25, 0.25), 47.2 + g_test_rand_double_range (-0.25, 0.25) };
      double radius_m = pow (10, g_test_rand_double_range (1, 4.5));
      double best_m = G_MAXDOUBLE;
      double distance_m = -1;
      g_autofree char *nearest = bf_addresses_nearest (addresses, at, radius_m, &distance_m);

      for (guint i = 0; i < 3000; i++)
        best_m = MIN (best_m, bf_geo_distance_m (at, points[i]));
      if (fabs (best_m - radius_m) < 0.1)
        continue;
      g_assert_cmpint (nearest != NULL, ==, best_m <= radius_m);
      if (nearest != NULL)
        g_assert_cmpfloat_with_epsilon (distance_m, best_m, 0.05);
      n_found += nearest != NULL;
    }
  g_assert_cmpuint (n_found, >, 500);
  g_assert_cmpuint (n_found, <, 2900);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/addresses/good", test_good);
  g_test_add_func ("/addresses/bad-lines", test_bad_lines);
  g_test_add_func ("/addresses/bad-files", test_bad_files);
  g_test_add_func ("/addresses/hostile", test_hostile);
  g_test_add_func ("/addresses/nearest-random", test_nearest_random);
  return g_test_run ();
}
