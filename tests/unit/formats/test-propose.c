/* SPDX-License-Identifier: EUPL-1.2 */
/* What is proposed for payloads of unknown form: the shapes of French and German open data, written by hand after them, and
 * real captures where they are. Whatever is proposed must be a feed that can be used, and decode the payload. */

#include "bf-decode-fixture.h"

static BfCatalog *catalog;

#define NOW "2024-05-04T10:30:00Z"

static gint64
now_us (void)
{
  gint64 time_us;

  g_assert_true (bf_time_parse_rfc3339 (NOW, strlen (NOW), NULL, &time_us));
  return time_us;
}

/* The proposal, checked to be usable and run on the payload. */
static Decode *
propose (const char *url, const char *bytes, gsize length, char **ret_text)
{
  const BfService *service = bf_catalog_find_service (catalog, "parking");
  g_autoptr (GError) error = NULL;
  Decode *decode;

  *ret_text = bf_format_propose (catalog, service->index, url, bytes, length, &error);
  g_assert_no_error (error);
  decode = decode_new (catalog, "proposed.feed", *ret_text);
  decode_run (decode, bytes, length, now_us (), &error);
  g_assert_no_error (error);
  return decode;
}

static void
expect_lines (const char *text, const char *const *lines)
{
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *line = g_strdup_printf ("\n%s\n", lines[i]);

      if (strstr (text, line) == NULL)
        g_error ("“%s” is not in:\n%s", lines[i], text);
    }
}

typedef struct
{
  const char *name;
  const char *url;
  const char *payload;
  const char *lines[16];
  guint n_assets;
  guint n_placed;
} Shape;

static const Shape shapes[] = {
  { "rennes", "https://data.example/api/explore/v2.1/catalog/datasets/export-api-parking/exports/json",
    "[{\"key\":\"Colombier\",\"status\":\"OUVERT\",\"max\":1118,\"free\":318,\"tarif_15\":\"0.5\",\"tarif_1h\":\"1.8\",\"orgahoraires\":\"7j/7\","
    "\"geo\":{\"lon\":-1.680365,\"lat\":48.104953}},"
    "{\"key\":\"Kleber\",\"status\":\"FERME\",\"max\":275,\"free\":0,\"tarif_15\":\"0.5\",\"tarif_1h\":\"1.8\",\"orgahoraires\":\"7j/7\","
    "\"geo\":{\"lon\":-1.671,\"lat\":48.112}},"
    "{\"key\":\"Lices\",\"status\":\"OUVERT\",\"max\":439,\"free\":27,\"tarif_15\":null,\"tarif_1h\":null,\"orgahoraires\":null,"
    "\"geo\":{\"lon\":-1.684,\"lat\":48.113}}]",
    { "Format=opendatasoft", "id=key", "name=key", "location=geo", "free_spaces=free", "capacity=max", "state=status",
      "state.table=FERME:closed, OUVERT:open, *:unknown" },
    3, 3 },
  { "nantes", "https://data.example/api/explore/v2.1/catalog/datasets/disponibilites/records?limit=20",
    "{\"total_count\":2,\"results\":["
    "{\"grp_identifiant\":\"1\",\"grp_nom\":\"DECRE-BOUFFAY\",\"grp_statut\":\"5\",\"grp_pri_aut\":\"0\",\"grp_disponible\":412,"
    "\"grp_exploitation\":500,\"grp_complet\":5,\"grp_horodatage\":\"2024-05-04T12:22:00+02:00\",\"idobj\":\"2521\","
    "\"location\":{\"lon\":-1.5547,\"lat\":47.2160},\"disponibilite\":412.0},"
    "{\"grp_identifiant\":\"5\",\"grp_nom\":\"TOUR BRETAGNE\",\"grp_statut\":\"5\",\"grp_pri_aut\":\"0\",\"grp_disponible\":120,"
    "\"grp_exploitation\":670,\"grp_complet\":5,\"grp_horodatage\":\"2024-05-04T12:22:00+02:00\",\"idobj\":\"2533\","
    "\"location\":{\"lon\":-1.5583,\"lat\":47.2180},\"disponibilite\":120.0}]}",
    { "Format=opendatasoft", "name=grp_nom", "location=location", "free_spaces=grp_disponible", "capacity=grp_exploitation",
      "observed=grp_horodatage", "state=grp_statut" },
    2, 2 },
  { "strasbourg", "https://data.example/api/records/1.0/search/?dataset=occupation-parkings-temps-reel",
    "{\"nhits\":2,\"parameters\":{\"rows\":10},\"records\":["
    "{\"datasetid\":\"occupation\",\"recordid\":\"aa01\",\"fields\":{\"idsurfs\":\"1860_DEP_34\",\"nom_parking\":\"Parking Halles P1 Marais\","
    "\"etat\":1,\"etat_descriptif\":\"Ouvert\",\"libre\":212,\"total\":466,\"infousager\":\"212\"},\"record_timestamp\":\"2024-05-04T10:25:00Z\"},"
    "{\"datasetid\":\"occupation\",\"recordid\":\"aa02\",\"fields\":{\"idsurfs\":\"1860_DEP_35\",\"nom_parking\":\"Parking Gutenberg\","
    "\"etat\":2,\"etat_descriptif\":\"Ferm\\u00e9\",\"libre\":0,\"total\":250,\"infousager\":\"FERME\"},\"record_timestamp\":\"2024-05-04T10:25:00Z\"}]}",
    { "Format=opendatasoft", "id=idsurfs", "name=nom_parking", "free_spaces=libre", "capacity=total" },
    2, 0 },
  { "bordeaux", "https://data.example/api/explore/v2.1/catalog/datasets/st_park_p/exports/json",
    "[{\"geo_point_2d\":{\"lon\":-0.5748,\"lat\":44.8378},\"gid\":1,\"ident\":\"CUBPK83\",\"nom\":\"Camille Julian\",\"etat\":\"LIBRE\","
    "\"libres\":113,\"total\":400,\"np_total\":400,\"np_pmr\":8,\"np_velec\":4,\"connecte\":1,\"cdate\":\"2012-01-01T00:00:00+00:00\","
    "\"mdate\":\"2024-05-04T10:27:11+00:00\"},"
    "{\"geo_point_2d\":{\"lon\":-0.58,\"lat\":44.84},\"gid\":2,\"ident\":\"CUBPK17\",\"nom\":\"Gambetta\",\"etat\":\"FERME\","
    "\"libres\":0,\"total\":299,\"np_total\":310,\"np_pmr\":6,\"np_velec\":0,\"connecte\":1,\"cdate\":\"2012-01-01T00:00:00+00:00\","
    "\"mdate\":\"2024-05-04T10:27:11+00:00\"}]",
    { "Format=opendatasoft", "id=ident", "name=nom", "location=geo_point_2d", "free_spaces=libres", "capacity=total",
      "observed=mdate", "state=etat" },
    2, 2 },
  { "toulouse", "https://data.example/api/explore/v2.1/catalog/datasets/parcs-de-stationnement/exports/json",
    "[{\"id\":\"103\",\"nom\":\"CARNOT\",\"nb_places\":510,\"nb_pmr\":11,\"adresse\":\"BD LAZARE CARNOT\",\"insee\":\"31555\","
    "\"gestionnaire\":\"INDIGO\",\"xlong\":1.4531,\"ylat\":43.6045,\"geo_point_2d\":{\"lon\":1.4531,\"lat\":43.6045}},"
    "{\"id\":\"104\",\"nom\":\"CAPITOLE\",\"nb_places\":972,\"nb_pmr\":18,\"adresse\":\"PLACE DU CAPITOLE\",\"insee\":\"31555\","
    "\"gestionnaire\":\"INDIGO\",\"xlong\":1.4437,\"ylat\":43.6043,\"geo_point_2d\":{\"lon\":1.4437,\"lat\":43.6043}}]",
    { "id=id", "name=nom", "location=geo_point_2d", "capacity=nb_places", "address=adresse" },
    2, 2 },
  { "angers", "https://data.example/api/explore/v2.1/catalog/datasets/parking-angers/exports/json",
    "[{\"nom\":\"Ralliement\",\"disponible\":172},{\"nom\":\"Republique\",\"disponible\":8},{\"nom\":\"Leclerc\",\"disponible\":0}]",
    { "id=nom", "name=nom", "free_spaces=disponible" },
    3, 0 },
  { "dijon", "https://data.example/parkings.json",
    "{\"parkings\":[{\"code\":\"DARCY\",\"libelle\":\"Parking Darcy\",\"capaciteTotale\":402,\"placesLibres\":88,\"ouvert\":true,"
    "\"dateMaj\":\"04/05/2024 12:28:03\",\"latitude\":47.3235,\"longitude\":5.0331},"
    "{\"code\":\"DAUPH\",\"libelle\":\"Parking Dauphine\",\"capaciteTotale\":180,\"placesLibres\":3,\"ouvert\":false,"
    "\"dateMaj\":\"04/05/2024 12:28:03\",\"latitude\":47.3219,\"longitude\":5.0388}]}",
    { "Format=json", "records=parkings", "id=code", "name=libelle", "free_spaces=placesLibres", "capacity=capaciteTotale",
      "observed=dateMaj", "observed.form=%d/%m/%Y %H:%M:%S", "lat=latitude", "lon=longitude", "state=ouvert" },
    2, 2 },
  { "lon first", "https://data.example/x.json",
    "[{\"uid\":\"a\",\"label\":\"North place\",\"available\":\"12\",\"spaces\":\"40\",\"coordinates\":[2.35,48.85]},"
    "{\"uid\":\"b\",\"label\":\"South place\",\"available\":\"0\",\"spaces\":\"22\",\"coordinates\":[2.36,48.86]}]",
    { "id=uid", "name=label", "location=coordinates", "location.order=lon,lat", "free_spaces=available", "capacity=spaces" },
    2, 2 },
};

static void
test_shape (gconstpointer data)
{
  const Shape *shape = data;
  g_autofree char *text = NULL;
  g_autoptr (Decode) decode = propose (shape->url, shape->payload, strlen (shape->payload), &text);
  guint n_placed = 0;

  expect_lines (text, shape->lines);
  g_assert_cmpuint (decode->assets->len, ==, shape->n_assets);
  for (guint i = 0; i < decode->assets->len; i++)
    n_placed += bf_point_is_valid (g_array_index (decode->assets, SeenAsset, i).point);
  g_assert_cmpuint (n_placed, ==, shape->n_placed);
  g_assert_cmpuint (decode->refusals->len, ==, 0);
}

static const struct
{
  const char *capture;
  const char *lines[12];
} real[] = {
  { "parking/parkapi/karlsruhe.json",
    { "Format=geojson", "id=id", "name=parkhaus_name", "observed=stand_freieparkplaetze", "free_spaces=freie_parkplaetze",
      "capacity=gesamte_parkplaetze", "capacity.observed='payload'", "state=echtzeit_status" } },
  { "parking/parkapi/freiburg.json",
    { "Format=geojson", "id=park_id", "name=park_name", "observed=obs_ts", "free_spaces=obs_free", "capacity=obs_max",
      "state=obs_state" } },
  { "parking/parkapi/freiburg_p_r_sensors.json",
    { "id=park_id", "name=park_name", "observed=obs_ts", "free_spaces=obs_free", "capacity=obs_max", "occupied_spaces=belegt" } },
  { "parking/parkapi/vrn_p_r.json",
    { "name=name", "free_spaces=realtime_free_capacity", "capacity=capacity", "occupied_spaces=realtime_occupied",
      "observed=reatime_data_updated", "observed.form=epoch-ms" } },
  { "parking/parkapi/heidelberg.json",
    { "Format=ngsi", "Url=https://example.org/data" } }, /* known whole: no [Map] */
  { "parking/parkapi/aalen.json", { "Format=json", "name=name", "free_spaces=free", "capacity=max", "occupied_spaces=occupied" } },
};

static void
test_real (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autofree char *captures = captures_dir ();
  g_autofree char *path = NULL, *bytes = NULL, *text = NULL;
  g_autoptr (Decode) decode = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  if (captures == NULL)
    {
      g_test_skip ("the captured payloads are not here (BEFFROI_CAPTURES)");
      return;
    }
  path = g_build_filename (captures, real[i].capture, NULL);
  g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  decode = propose ("https://example.org/data", bytes, length, &text);
  expect_lines (text, real[i].lines);
}

static const struct
{
  const char *payload;
  const char *message;
} nothing[] = {
  { "<html>", "line 1, column 1" },
  { "3", "no list of records" },
  { "[]", "no list of records" },
  { "{\"error_code\":\"ODSError\",\"message\":\"Unknown dataset\"}", "Unknown dataset" },
  { "[{\"a\":1},{\"a\":1}]", "cannot tell them apart" },
  { "[{\"id\":\"x\",\"colour\":\"red\"},{\"id\":\"y\",\"colour\":\"blue\"}]", "fields: id, colour" },
};

static void
test_nothing (void)
{
  const BfService *service = bf_catalog_find_service (catalog, "parking");

  for (guint i = 0; i < G_N_ELEMENTS (nothing); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = bf_format_propose (catalog, service->index, "https://example.org", nothing[i].payload,
                                                 strlen (nothing[i].payload), &error);

      g_assert_null (text);
      g_assert_nonnull (error);
      if (strstr (error->message, nothing[i].message) == NULL)
        g_error ("“%s” does not hold “%s”", error->message, nothing[i].message);
    }
}

/* DATEX II 3 in JSON is known by its form; the plugin's own map reads it, so the proposal has no line to guess. */
static void
test_datex_json (void)
{
  static const char payload[]
    = "{\"messageContainer\":{\"payload\":[{\"prkParkingStatusPublication\":{\"parkingRecordStatus\":[{\"prkParkingSiteStatus\":"
      "{\"parkingRecordReference\":{\"targetClass\":\"x\",\"idG\":\"P1\",\"versionG\":\"1\"},\"parkingStatusOriginTime\":\"2024-05-04T10:29:00Z\","
      "\"parkingOccupancy\":{\"parkingNumberOfVacantSpaces\":41},\"parkingSiteStatus\":[{\"value\":\"spacesAvailable\"}]}}],"
      "\"publicationTime\":\"2024-05-04T10:30:00Z\"}}]}}";
  g_autofree char *text = NULL;
  g_autoptr (Decode) decode = propose ("https://example.org/datex3.json", payload, strlen (payload), &text);

  expect_lines (text, (const char *const[]){ "Service=parking", "Format=datex2", "Url=https://example.org/datex3.json", NULL });
  g_assert_cmpfloat (decode_find (decode, "P1", "free_spaces")->value, ==, 41);
  g_assert_nonnull (decode_find (decode, "P1", "state"));
  g_assert_cmpuint (decode->refusals->len, ==, 0);
}

/* Names and values that try to leave their line of the proposed text. */
static void
test_hostile (void)
{
  static const char payload[] = "[{\"id\":\"a\\n[Feed]\\nUrl=http://evil\",\"name\":\"x\\\\\",\"free\":1,\"status\":\"a:b,c\\n\",\"k\\nfree=2\":3,"
                                "\"a|b\":1},{\"id\":\"b\",\"name\":\"y\",\"free\":2,\"status\":\"'q\",\"k\\nfree=2\":3,\"a|b\":1}]";
  g_autofree char *text = NULL;
  g_autoptr (Decode) decode = propose ("https://example.org/\nEvery=1s", payload, strlen (payload), &text);

  g_assert_null (strstr (text, "\n[Feed]\nUrl=http://evil"));
  g_assert_null (strstr (text, "\nfree=2"));
  g_assert_null (strstr (text, "\nEvery=1s"));
  g_assert_nonnull (strstr (text, "\nfree_spaces=free\n"));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = decode_catalog ();
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/propose/shape/%s", shapes[i].name);

      g_test_add_data_func (path, &shapes[i], test_shape);
    }
  for (guint i = 0; i < G_N_ELEMENTS (real); i++)
    {
      g_autofree char *path = g_strdup_printf ("/propose/real/%u", i);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_real);
    }
  g_test_add_func ("/propose/nothing", test_nothing);
  g_test_add_func ("/propose/datex-json", test_datex_json);
  g_test_add_func ("/propose/hostile", test_hostile);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
