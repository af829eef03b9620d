/* SPDX-License-Identifier: EUPL-1.2 */
/* Decode rate of each JSON format with its plugin's default maps, on one core: from bytes to checked observations, and for a
 * city's 34,000 lamps in NGSI-LD into the model. Prints a table; with --json one JSON object; with --city the lamps only. Medians over the rounds. */

#include "../../unit/formats/bf-decode-fixture.h"

#include <stdio.h>
#include <time.h>

#include "model/bf-model.h"

#define ROUNDS 15
#define NOW_US (G_GINT64_CONSTANT (1714818600) * G_USEC_PER_SEC)
#define N_LAMPS 34000u

typedef struct
{
  const char *name; /* of the line */
  const char *service;
  const char *format;
  const char *map;
  const char *head;
  const char *record; /* %u: number, its last two decimals, a value */
  const char *between;
  const char *tail;
  guint n;
  guint per_record; /* observations */
} Shape;

static const Shape shapes[] = {
  { "ngsi-ld", "lighting", "ngsild", "", "[",
    "{\"id\":\"urn:ngsi-ld:Streetlight:clairbourg:%06u\",\"type\":\"Streetlight\",\"location\":{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\","
    "\"coordinates\":[-1.68%03u,48.1123]}},\"status\":{\"type\":\"Property\",\"value\":\"ok\",\"observedAt\":\"2024-05-04T10:2%u:00Z\"},\"powerState\":{\"type\":\"Property\",\"value\":\"on\","
    "\"observedAt\":\"2024-05-04T10:20:00Z\"},\"illuminanceLevel\":{\"type\":\"Property\",\"value\":0.7,\"observedAt\":\"2024-05-04T10:20:00Z\"},"
    "\"circuit\":{\"type\":\"Property\",\"value\":\"C-456-A467\"},\"lanternHeight\":{\"type\":\"Property\",\"value\":10},"
    "\"refStreetlightControlCabinet\":{\"type\":\"Relationship\",\"object\":\"urn:ngsi-ld:StreetlightControlCabinet:118\"},"
    "\"@context\":[\"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld\"]}",
    ",", "]", N_LAMPS, 2 },
  { "ngsi-v2", "parking", "ngsiv2", "", "[",
    "{\"id\":\"P%06u\",\"type\":\"OffStreetParking\",\"location\":{\"type\":\"geo:json\",\"value\":{\"type\":\"Point\",\"coordinates\":[-1.68%03u,48.11]},\"metadata\":{}},"
    "\"availableSpotNumber\":{\"type\":\"Number\",\"value\":3%u,\"metadata\":{\"TimeInstant\":{\"type\":\"DateTime\",\"value\":\"2024-05-04T10:20:00Z\"}}},"
    "\"totalSpotNumber\":{\"type\":\"Number\",\"value\":400,\"metadata\":{}},\"status\":{\"type\":\"Text\",\"value\":\"open\",\"metadata\":{}}}",
    ",", "]", 50000, 3 },
  { "ngsi key-values", "parking", "ngsi", "", "[",
    "{\"id\":\"P%06u\",\"type\":\"OffStreetParking\",\"location\":{\"type\":\"Point\",\"coordinates\":[-1.68%03u,48.11]},\"availableSpotNumber\":3%u,"
    "\"totalSpotNumber\":400,\"status\":\"open\",\"dateObserved\":\"2024-05-04T10:20:00Z\"}",
    ",", "]", 50000, 3 },
  { "gbfs", "mobility", "gbfs", "", "{\"last_updated\":1714818000,\"ttl\":60,\"data\":{\"stations\":[",
    "{\"station_id\":\"%06u\",\"is_installed\":true,\"is_renting\":true,\"is_returning\":true,\"last_reported\":1714817%03u,\"num_docks_available\":1%u,\"num_bikes_available\":7}",
    ",", "]}}", 50000, 3 },
  { "ocpi", "mobility", "ocpi", "", "{\"data\":[",
    "{\"id\":\"L%06u\",\"name\":\"Gare\",\"address\":\"1 rue\",\"coordinates\":{\"latitude\":\"48.1%03u\",\"longitude\":\"-1.6\"},\"country_code\":\"F%u\",\"evses\":[{\"uid\":\"E\",\"status\":\"CHARGING\","
    "\"last_updated\":\"2024-05-04T10:00:00Z\",\"connectors\":[{\"id\":\"1\",\"max_electric_power\":11040}]}]}",
    ",", "]}", 1, 2 },
  { "hubeau", "weather", "hubeau", "", "{\"count\":1,\"api_version\":\"1\",\"data\":[",
    "{\"code_site\":\"H0100020\",\"code_station\":\"H%06u\",\"grandeur_hydro\":\"Q\",\"date_obs\":\"2024-05-04T10:00:00Z\",\"resultat_obs\":9%03u,\"code_methode_obs\":%u,"
    "\"libelle_methode_obs\":\"Interpolation\",\"continuite_obs_hydro\":true,\"longitude\":4.48,\"latitude\":47.99}",
    ",", "]}", 50000, 1 },
  { "open311", "reports", "open311", "", "[",
    "{\"service_request_id\":%u,\"status\":\"open\",\"lat\":\"48.1%03u\",\"long\":\"-1.6%u\",\"service_name\":\"Street Lamp\",\"service_code\":\"51\","
    "\"requested_datetime\":\"2024-05-04T10:00:00+02:00\",\"description\":\"The lamp before number 12 is out since Monday\",\"address\":\"12 rue de la Gare\"}",
    ",", "]", 50000, 1 },
  { "esri", "parking", "esri", "[Map]\nkind='off_street'\nfree_spaces=LIBRES\nobserved=MAJ\nobserved.form=epoch-ms\n",
    "{\"objectIdFieldName\":\"FID\",\"features\":[", "{\"attributes\":{\"FID\":%u,\"LIBRES\":%u,\"ETAT\":%u,\"MAJ\":1714816800000},\"geometry\":{\"x\":-1.6,\"y\":48.1}}", ",", "]}",
    50000, 1 },
  { "sensorthings", "water", "sensorthings",
    "[Map]\nkind='pressure_logger'\nobserved=phenomenonTime\npressure=result\npressure.when=ObservedProperty.name=Pressure\n", "{\"value\":[",
    "{\"@iot.id\":%u,\"name\":\"Logger\",\"Locations\":[{\"location\":{\"type\":\"Point\",\"coordinates\":[-1.6%03u,48.1]}}],\"Datastreams\":[{\"@iot.id\":1%u,"
    "\"unitOfMeasurement\":{\"name\":\"bar\",\"symbol\":\"bar\"},\"ObservedProperty\":{\"name\":\"Pressure\"},\"Observations\":[{\"result\":3.2,\"phenomenonTime\":\"2024-05-04T10:00:00Z\"}]}]}",
    ",", "]}", 20000, 1 },
  { "ttn lines", "waste", "ttn-v3", "[Map]\nkind='container'\nbattery_voltage=Bat\ntemperature=temp\n", "",
    "{\"end_device_ids\":{\"device_id\":\"eui-%06u\",\"dev_addr\":\"260BE6BF\"},\"uplink_message\":{\"f_port\":2,\"decoded_payload\":{\"Bat\":\"3.%03u V\",\"temp\":\"1%u.11 °C\"},"
    "\"rx_metadata\":[{\"gateway_ids\":{\"gateway_id\":\"x\"},\"rssi\":-42}],\"received_at\":\"2024-05-04T10:00:00.123456789Z\"}}",
    "\n", "", 50000, 2 },
  { "ttn [Payload]", "waste", "ttn-v3", "[Map]\nkind='container'\nbattery_voltage=bat\ntemperature=temp\n[Payload]\nbat=6, u16&0x3fff, 0.001\ntemp=0, i16, 0.01\n", "",
    "{\"end_device_ids\":{\"device_id\":\"eui-%06u\"},\"uplink_message\":{\"f_port\":2,\"f_cnt\":1%03u%u,\"frm_payload\":\"BfrzALz4SwcAMwFb\",\"received_at\":\"2024-05-04T10:00:00Z\"}}",
    "\n", "", 50000, 2 },
};

static guint64 n_handed_on;

static void
count_cb (gpointer user_data, const BfObservation *observation)
{
  n_handed_on++;
}

/* Time of this core in this program: other programs on the machine do not count. */
static double
cpu_s (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec * 1e-9;
}

static int
compare_double (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static GString *
write_payload (const Shape *shape, guint round)
{
  GString *text = g_string_new (shape->head);

  for (guint i = 0; i < shape->n; i++)
    {
      if (i > 0)
        g_string_append (text, shape->between);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      g_string_append_printf (text, shape->record, i, (i * 7 + round) % 1000, round % 10);
#pragma GCC diagnostic pop
    }
  g_string_append (text, shape->tail);
  return text;
}

static Decode *
open_shape (BfCatalog *catalog, const Shape *shape)
{
  g_autofree char *feed = g_strdup_printf ("[Feed]\nService=%s\nFormat=%s\n%s", shape->service, shape->format, shape->map);

  return decode_new (catalog, "bench.feed", feed);
}

static void
decode_once (Decode *decode, const GString *payload)
{
  g_autoptr (GError) error = NULL;

  n_handed_on = 0;
  bf_sink_begin (decode->sink, NOW_US, BF_TIME_NONE);
  if (!decode->format->decode (decode->mapping, decode->doc, payload->str, payload->len, decode->sink, &error))
    g_error ("%s", error->message);
}

static void
measure (BfCatalog *catalog, const Shape *shape, gboolean json, gboolean last)
{
  static const BfSinkHandler handler = { NULL, count_cb, NULL };
  g_autoptr (Decode) decode = open_shape (catalog, shape);
  double seconds[ROUNDS], median;
  gsize length = 0;

  bf_sink_free (decode->sink);
  decode->sink = bf_sink_new (catalog, decode->service, &handler, NULL);
  for (guint round = 0; round <= ROUNDS; round++)
    {
      GString *payload = write_payload (shape, round);
      double start = cpu_s ();

      decode_once (decode, payload);
      if (round > 0) /* the first learns the assets */
        seconds[round - 1] = cpu_s () - start;
      length = payload->len;
      g_string_free (payload, TRUE);
      if (n_handed_on != (guint64) shape->n * shape->per_record)
        g_error ("%s: %" G_GUINT64_FORMAT " observations, expected %u", shape->name, n_handed_on, shape->n * shape->per_record);
    }
  qsort (seconds, ROUNDS, sizeof *seconds, compare_double);
  median = seconds[ROUNDS / 2];
  if (json)
    printf ("{\"format\":\"%s\",\"bytes\":%" G_GSIZE_FORMAT ",\"mb_per_s\":%.0f,\"records_per_s\":%.0f}%s", shape->name, length,
            (double) length / median / 1e6, shape->n / median, last ? "" : ",");
  else
    printf ("%-16s %6.1f MB  %6.0f MB/s  %9.0f records/s\n", shape->name, (double) length / 1e6, (double) length / median / 1e6, shape->n / median);
}

/* --- a city's lamps, to the model ----------------------------------------------------------------------------------- */

typedef struct
{
  BfModel *model;
  GArray *assets; /* guint32, by feed-local number */
} City;

static void
city_asset_cb (gpointer user_data, guint32 local, const BfAssetDraft *draft)
{
  City *city = user_data;
  char id[BF_LIMIT_ID_BYTES + 16], parent[BF_LIMIT_ID_BYTES + 16];
  BfAssetInfo info = { id, draft->kind, draft->name, draft->address, NULL, draft->point, draft->attributes };
  guint32 asset;

  g_snprintf (id, sizeof id, "lighting/%.*s", (int) draft->source_id_length, draft->source_id);
  if (draft->parent != NULL)
    {
      g_snprintf (parent, sizeof parent, "lighting/%s", draft->parent);
      info.parent = parent;
    }
  asset = bf_model_put_asset (city->model, &info, 0, NULL, NULL);
  if (local >= city->assets->len)
    g_array_set_size (city->assets, local + 1);
  g_array_index (city->assets, guint32, local) = asset;
}

static void
city_observation_cb (gpointer user_data, const BfObservation *o)
{
  City *city = user_data;

  bf_model_observe (city->model, g_array_index (city->assets, guint32, o->asset), o->property, o->value, o->observed_us, NOW_US, 0,
                    o->record);
  n_handed_on++;
}

/* Both the first payload, which makes the assets, and those that follow. */
static void
measure_city (BfCatalog *catalog, gboolean json)
{
  static const BfSinkHandler handler = { city_asset_cb, city_observation_cb, NULL };
  double first[5], next[5];
  gsize length = 0;

  for (guint round = 0; round < 5; round++)
    {
      g_autoptr (Decode) decode = open_shape (catalog, &shapes[0]);
      g_autoptr (BfModel) model = bf_model_new (catalog);
      g_autoptr (GArray) assets = g_array_new (FALSE, FALSE, sizeof (guint32));
      City city = { model, assets };
      double *into[] = { first, next };

      bf_sink_free (decode->sink);
      decode->sink = bf_sink_new (catalog, decode->service, &handler, &city);
      for (guint pass = 0; pass < 2; pass++)
        {
          GString *payload = write_payload (&shapes[0], round * 2 + pass);
          double start = cpu_s ();

          decode_once (decode, payload);
          into[pass][round] = (cpu_s () - start) * 1e3;
          length = payload->len;
          g_string_free (payload, TRUE);
          g_assert_cmpuint (n_handed_on, ==, 2 * N_LAMPS);
        }
      g_assert_cmpuint (bf_model_n_assets (model), >=, N_LAMPS);
    }
  qsort (first, 5, sizeof *first, compare_double);
  qsort (next, 5, sizeof *next, compare_double);
  if (json)
    printf ("\"lamps\":%u,\"bytes\":%" G_GSIZE_FORMAT ",\"first_ms\":%.1f,\"next_ms\":%.1f", N_LAMPS, length, first[2], next[2]);
  else
    printf ("%u lamps in NGSI-LD (%.1f MB), decoded and in the model: %.0f ms the first time, %.0f ms after\n", N_LAMPS,
            (double) length / 1e6, first[2], next[2]);
}

int
main (int argc, char **argv)
{
  gboolean json = argc > 1 && g_str_equal (argv[1], "--json");
  gboolean only_city = argc > 1 && g_str_equal (argv[1], "--city");
  g_autofree char *plugins = NULL;
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  int one = 1;

  g_test_init (&one, &argv, NULL);
  plugins = g_test_build_filename (G_TEST_DIST, "plugins", NULL);
  bf_catalog_add_plugin_dirs (catalog, plugins, problems, &error);
  g_assert_no_error (error);
  fail_on_problems (problems);
  if (json)
    printf ("{\"bench\":\"things\",\"formats\":[");
  for (guint i = 0; !only_city && i < G_N_ELEMENTS (shapes); i++)
    measure (catalog, &shapes[i], json, i + 1 == G_N_ELEMENTS (shapes));
  if (json)
    printf ("],");
  measure_city (catalog, json);
  printf (json ? "}\n" : "");
  return 0;
}
