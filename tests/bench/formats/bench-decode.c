/* SPDX-License-Identifier: EUPL-1.2 */
/* From JSON bytes to checked observations on one core: the JSON tape alone, and the whole decoder, for the two shapes that
 * platforms export most; bench-rates has every format. Prints a table; with --json one JSON object. Medians over the rounds. */

#include "../../unit/formats/bf-decode-fixture.h"

#include <stdio.h>
#include <time.h>

#include "json/bf-json-out.h"

#define ROUNDS 21
#define N_RECORDS 100000u
#define NOW_US (G_GINT64_CONSTANT (1714818600) * G_USEC_PER_SEC)

static guint64 n_handed_on;

static void
observation_cb (gpointer user_data, const BfObservation *observation)
{
  n_handed_on++;
}

/* Time of this core in this program: other programs on the machine do not count. */
static gint64
cpu_time_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static int
compare_double (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* Car parks as the platform exports them; @features wraps each in a GeoJSON feature. */
static char *
write_payload (gboolean features, guint round, gsize *ret_length)
{
  g_autoptr (GString) text = g_string_new (features ? "{\"type\":\"FeatureCollection\",\"features\":[" : "[");

  for (guint i = 0; i < N_RECORDS; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      if (features)
        g_string_append_printf (text, "{\"type\":\"Feature\",\"id\":\"p.%u\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[-1.68%03u,48.1%03u]},\"properties\":",
                                i, i % 1000, i / 1000);
      g_string_append_printf (text, "{\"key\":\"P%06u\",\"status\":\"%s\",\"max\":400,\"free\":%u,", i, i % 9 ? "OUVERT" : "FERME",
                              (i * 7 + round * 13) % 400);
      if (!features)
        g_string_append_printf (text, "\"geo\":{\"lon\":-1.68%03u,\"lat\":48.1%03u},", i % 1000, i / 1000);
      g_string_append (text, "\"tarif\":null,\"date_maj\":\"2024-05-04T12:22:00+02:00\"}");
      if (features)
        g_string_append_c (text, '}');
    }
  g_string_append (text, features ? "]}" : "]");
  *ret_length = text->len;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static double
median (double *values)
{
  qsort (values, ROUNDS, sizeof *values, compare_double);
  return values[ROUNDS / 2];
}

typedef struct
{
  const char *name;
  gboolean features;
  const char *map;
} Shape;

static const Shape shapes[] = {
  { "opendatasoft", FALSE,
    "[Map]\nid=key\nname=key\nlocation=geo\nfree_spaces=free\ncapacity=max\nstate=status\nstate.table=OUVERT:open, FERME:closed\nobserved=date_maj\n" },
  { "geojson", TRUE,
    "[Map]\nid=key\nname=key\nfree_spaces=free\ncapacity=max\nstate=status\nstate.table=OUVERT:open, FERME:closed\nobserved=date_maj\n" },
};

static void
measure (BfCatalog *catalog, const Shape *shape, gboolean json, gboolean last)
{
  static const BfSinkHandler handler = { NULL, observation_cb, NULL };
  g_autofree char *feed = g_strdup_printf ("[Feed]\nService=parking\nFormat=%s\nKind=off_street\n%s", shape->name, shape->map);
  g_autoptr (Decode) decode = decode_new (catalog, "bench.feed", feed);
  double parse_s[ROUNDS], whole_s[ROUNDS], parse, whole;
  gsize length = 0;
  guint64 per_round = 0;

  bf_sink_free (decode->sink);
  decode->sink = bf_sink_new (catalog, decode->service, &handler, NULL);
  for (guint round = 0; round <= ROUNDS; round++)
    {
      g_autofree char *bytes = write_payload (shape->features, round, &length);
      g_autoptr (GError) error = NULL;
      BfJsonNode root;
      gint64 start, middle, end;

      start = cpu_time_us ();
      g_assert_true (bf_json_doc_parse (decode->doc, bytes, length, &root, &error));
      middle = cpu_time_us ();
      n_handed_on = 0;
      bf_sink_begin (decode->sink, NOW_US, BF_TIME_NONE);
      g_assert_true (decode->format->decode (decode->mapping, decode->doc, bytes, length, decode->sink, &error));
      end = cpu_time_us ();
      if (round == 0) /* learns the assets */
        continue;
      parse_s[round - 1] = (double) (middle - start) / 1e6;
      whole_s[round - 1] = (double) (end - middle) / 1e6;
      per_round = n_handed_on;
    }
  g_assert_cmpuint (per_round, ==, 3 * N_RECORDS);
  parse = median (parse_s);
  whole = median (whole_s);
  if (json)
    printf ("{\"format\":\"%s\",\"observations\":%" G_GUINT64_FORMAT ",\"bytes\":%" G_GSIZE_FORMAT
            ",\"parse_mb_per_s\":%.0f,\"whole_mb_per_s\":%.0f,\"observations_per_s\":%.0f}%s",
            shape->name, per_round, length, (double) length / parse / 1e6, (double) length / whole / 1e6, (double) per_round / whole, last ? "" : ",");
  else
    printf ("%-14s %8" G_GUINT64_FORMAT " observations %6.1f MB  JSON alone %5.0f MB/s  whole %5.0f MB/s  %6.2f M observations/s (%.0f ns each)\n",
            shape->name, per_round, (double) length / 1e6, (double) length / parse / 1e6, (double) length / whole / 1e6, (double) per_round / whole / 1e6,
            whole / (double) per_round * 1e9);
}

int
main (int argc, char **argv)
{
  gboolean json = argc > 1 && g_str_equal (argv[1], "--json");
  g_autoptr (BfCatalog) catalog = NULL;
  int one = 1;

  g_test_init (&one, &argv, NULL);
  catalog = decode_catalog ();
  if (json)
    printf ("{\"bench\":\"decode\",\"shapes\":[");
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    measure (catalog, &shapes[i], json, i + 1 == G_N_ELEMENTS (shapes));
  if (json)
    printf ("]}\n");
  return 0;
}
