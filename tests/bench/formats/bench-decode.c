/* SPDX-License-Identifier: EUPL-1.2 */
/* From JSON bytes to checked observations on one core: the JSON tape alone, and the whole decoder, for the shapes that feeds
 * have. Prints a table; with --json one JSON object. Medians over the rounds. */

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
            ",\"parse_mb_per_s\":%.0f,\"observations_per_s\":%.0f}%s",
            shape->name, per_round, length, (double) length / parse / 1e6, (double) per_round / whole, last ? "" : ",");
  else
    printf ("%-14s %8" G_GUINT64_FORMAT " observations %6.1f MB  JSON %6.0f MB/s  decoded %6.2f M observations/s (%.0f ns each)\n",
            shape->name, per_round, (double) length / 1e6, (double) length / parse / 1e6, (double) per_round / whole / 1e6,
            whole / (double) per_round * 1e9);
}

/* --- formats that are no JSON --------------------------------------------------------------------------------------- */

#define N_SMALL 20000u

static void
write_datex (GString *text, guint round)
{
  g_string_append (text, "<d2LogicalModel xmlns='http://datex2.eu/schema/2/2_0'><payloadPublication><publicationTime>2024-05-04T10:22:00Z</publicationTime>");
  for (guint i = 0; i < N_SMALL; i++)
    g_string_append_printf (text,
                            "<parkingRecordStatus><parkingRecordReference id='P%06u' targetClass='ParkingRecord' version='1'/>"
                            "<parkingStatusOriginTime>2024-05-04T12:22:00.123+02:00</parkingStatusOriginTime><parkingOccupancy>"
                            "<parkingNumberOfSpacesOverride>400</parkingNumberOfSpacesOverride><parkingNumberOfVacantSpaces>%u"
                            "</parkingNumberOfVacantSpaces></parkingOccupancy><parkingSiteStatus>spacesAvailable</parkingSiteStatus>"
                            "</parkingRecordStatus>",
                            i, (i * 7 + round * 13) % 400);
  g_string_append (text, "</payloadPublication></d2LogicalModel>");
}

static void
write_cap (GString *text, guint round)
{
  g_string_append (text, "<feed>");
  for (guint i = 0; i < N_SMALL; i++)
    g_string_append_printf (text,
                            "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>%u.%u</identifier><status>Actual</status>"
                            "<msgType>Alert</msgType><info><language>fr-FR</language><event>Orage</event><urgency>Immediate</urgency>"
                            "<severity>Severe</severity><certainty>Likely</certainty><expires>2024-05-05T00:00:00Z</expires>"
                            "<description>Des orages sont attendus en soirée.</description><area><areaDesc>Zone %u</areaDesc>"
                            "<polygon>48.0,2.0 48.0,2.2 48.2,2.2 48.2,2.0 48.0,2.0</polygon><geocode><valueName>EMMA_ID</valueName>"
                            "<value>FR%u</value></geocode></area></info></alert>",
                            i, round, i, i);
  g_string_append (text, "</feed>");
}

static void
write_csv (GString *text, guint round)
{
  g_string_append (text, "key;name;lat;lon;max;free;state;date\n");
  for (guint i = 0; i < N_SMALL; i++)
    g_string_append_printf (text, "P%06u;\"Parc %u\";48,1%03u;-1,68%03u;400;%u;open;2024-05-04T12:22:00+02:00\n", i, i, i % 1000,
                            i / 1000, (i * 7 + round * 13) % 400);
}

static void
put_varint (GString *out, guint64 value)
{
  for (; value >= 0x80; value >>= 7)
    g_string_append_c (out, (char) (value | 0x80));
  g_string_append_c (out, (char) value);
}

static void
put_bytes (GString *out, guint field, const char *bytes, gsize length)
{
  put_varint (out, field << 3 | 2);
  put_varint (out, length);
  g_string_append_len (out, bytes, (gssize) length);
}

static void
write_gtfs_rt (GString *text, guint round)
{
  static const char header[] = "\x0a\x0b\x0a\x03"
                               "2.0\x18";
  g_autoptr (GString) vehicle = g_string_new (NULL), entity = g_string_new (NULL);

  g_string_append_len (text, header, sizeof header - 1);
  put_varint (text, 1714818590);
  text->str[1] = (char) (text->len - 2);
  for (guint i = 0; i < N_SMALL; i++)
    {
      char id[16];
      guint8 position[] = { 0x0d, 0, 0, 0x42, 0x42, 0x15, 0, 0, 0x88, 0xc0, 0x2d, 0, 0, 0x20, 0x41 };

      g_snprintf (id, sizeof id, "\x0a\x07" "b%06u", i);
      g_string_truncate (vehicle, 0);
      g_string_truncate (entity, 0);
      put_bytes (vehicle, 2, (const char *) position, sizeof position);
      put_varint (vehicle, 5 << 3);
      put_varint (vehicle, 1714818500 + round);
      put_bytes (vehicle, 8, id, 9);
      put_varint (vehicle, 10 << 3);
      put_varint (vehicle, i % 100);
      put_bytes (entity, 1, id + 2, 7);
      put_bytes (entity, 4, vehicle->str, vehicle->len);
      put_bytes (text, 2, entity->str, entity->len);
    }
}

static const struct
{
  const char *feed;
  void (*write) (GString *text, guint round);
  guint n_each;
} others[] = {
  { "[Feed]\nService=parking\nFormat=datex2\n", write_datex, 3 },
  { "[Feed]\nService=weather\nFormat=cap\n", write_cap, 4 },
  { "[Feed]\nService=parking\nFormat=csv\n[Map]\nid=key\nname=name\nlat=lat\nlon=lon\ncapacity=max\nfree_spaces=free\n"
    "state=state\nobserved=date\n",
    write_csv, 3 },
  { "[Feed]\nService=mobility\nFormat=gtfs-rt\n", write_gtfs_rt, 2 },
};

static void
measure_other (BfCatalog *catalog, guint which, gboolean json)
{
  static const BfSinkHandler handler = { NULL, observation_cb, NULL };
  g_autoptr (Decode) decode = decode_new (catalog, "bench.feed", others[which].feed);
  g_autoptr (GString) text = g_string_new (NULL);
  double whole_s[ROUNDS], whole;

  bf_sink_free (decode->sink);
  decode->sink = bf_sink_new (catalog, decode->service, &handler, NULL);
  for (guint round = 0; round <= ROUNDS; round++)
    {
      g_autoptr (GError) error = NULL;
      gint64 start;

      g_string_truncate (text, 0);
      others[which].write (text, round);
      n_handed_on = 0;
      start = cpu_time_us ();
      bf_sink_begin (decode->sink, NOW_US, BF_TIME_NONE);
      decode->format->decode (decode->mapping, decode->doc, text->str, text->len, decode->sink, &error);
      g_assert_no_error (error);
      if (round > 0)
        whole_s[round - 1] = (double) (cpu_time_us () - start) / 1e6;
    }
  g_assert_cmpuint (n_handed_on, ==, others[which].n_each * N_SMALL);
  whole = median (whole_s);
  if (json)
    printf (",{\"format\":\"%s\",\"observations\":%" G_GUINT64_FORMAT ",\"bytes\":%" G_GSIZE_FORMAT
            ",\"mb_per_s\":%.1f,\"observations_per_s\":%.0f}",
            decode->format->name, n_handed_on, text->len, (double) text->len / whole / 1e6, (double) n_handed_on / whole);
  else
    printf ("%-14s %8" G_GUINT64_FORMAT " observations %6.1f MB  whole %5.0f MB/s  decoded %6.2f M observations/s (%.0f ns each)\n",
            decode->format->name, n_handed_on, (double) text->len / 1e6, (double) text->len / whole / 1e6,
            (double) n_handed_on / whole / 1e6, whole / (double) n_handed_on * 1e9);
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
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    measure_other (catalog, i, json);
  if (json)
    printf ("]}\n");
  return 0;
}
