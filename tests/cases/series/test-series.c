/* SPDX-License-Identifier: EUPL-1.2 */
/* Months of real car parks through the sink into the model: what a series of five-minute rows gives, what of it is refused
 * and why, and what the model says of rows that come twice. A row is a payload; `now` is its stamp. */

#include "../../unit/formats/bf-decode-fixture.h"
#include "model/bf-model.h"

static BfCatalog *catalog;

typedef struct
{
  BfModel *model;
  BfSink *sink;
  GArray *assets; /* guint32: the model's, by feed-local number */
  gint64 now_us;
  guint n_observed[BF_OBSERVED_REFUSED + 1];
  guint n_negative;
  guint n_other;
} Replay;

static void
asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  Replay *replay = user_data;
  g_autofree char *id = g_strdup_printf ("parking/%.*s", (int) draft->source_id_length, draft->source_id);
  BfAssetInfo info = { .id = id, .kind = draft->kind, .name = draft->name, .point = draft->point };
  g_autoptr (GError) error = NULL;
  guint32 number = bf_model_put_asset (replay->model, &info, 0, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (asset, ==, replay->assets->len);
  g_array_append_val (replay->assets, number);
}

static void
observation_cb (gpointer user_data, const BfObservation *o)
{
  Replay *replay = user_data;
  BfObserved observed = bf_model_observe (replay->model, g_array_index (replay->assets, guint32, o->asset), o->property, o->value,
                                          o->observed_us, replay->now_us, 0, o->record);

  replay->n_observed[observed]++;
}

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  Replay *replay = user_data;

  if (reason[0] == '-' && strstr (reason, "is outside of its range 0..20000") != NULL)
    replay->n_negative++;
  else
    {
      g_test_message ("%u %s: %s", record, property != NULL ? property : "", reason);
      replay->n_other++;
    }
}

static void
replay_open (Replay *replay)
{
  static const BfSinkHandler handler = { asset_cb, observation_cb, refused_cb };

  *replay = (Replay){ .model = bf_model_new (catalog), .assets = g_array_new (FALSE, FALSE, sizeof (guint32)) };
  replay->sink = bf_sink_new (catalog, bf_catalog_find_service (catalog, "parking")->index, &handler, replay);
}

static void
replay_close (Replay *replay)
{
  bf_sink_free (replay->sink);
  bf_model_free (replay->model);
  g_array_unref (replay->assets);
}

static void
begin (Replay *replay, gint64 now_us)
{
  replay->now_us = now_us;
  bf_sink_begin (replay->sink, now_us, BF_TIME_NONE);
}

static void
say (Replay *replay, guint32 record, const char *id, const char *property, double value, gint64 stamp_us)
{
  const BfService *service = bf_catalog_find_service (catalog, "parking");
  BfAssetDraft draft = { .source_id = id, .source_id_length = strlen (id),
                         .kind = bf_catalog_find_kind (catalog, "parking.off_street")->index, .point = { NAN, NAN } };
  guint32 asset = bf_sink_asset (replay->sink, record, &draft);

  g_assert_cmpuint (asset, !=, G_MAXUINT32);
  bf_sink_number (replay->sink, asset, bf_catalog_find_property (catalog, service->index, property)->index, record, value,
                  stamp_us);
}

/* Lines of a file without quotes, as these series are; the array owns its texts. */
static char **
read_lines (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (strchr (text, '"'));
  g_strdelimit (text, "\r", '\n');
  return g_strsplit (text, "\n", -1);
}

static void
replay_day (Replay *replay, const char *dir, const char *name, guint *n_rows)
{
  g_auto (GStrv) lines = read_lines (dir, name);
  g_auto (GStrv) columns = g_strsplit (lines[0], ",", -1);

  for (guint i = 1; lines[i] != NULL; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], ",", -1);
      gint64 stamp_us;

      if (lines[i][0] == '\0')
        continue;
      g_assert_true (bf_time_parse_rfc3339 (cells[0], strlen (cells[0]), NULL, &stamp_us));
      begin (replay, stamp_us);
      (*n_rows)++;
      for (guint c = 1; cells[c] != NULL && columns[c] != NULL; c++)
        {
          double value;

          if (cells[c][0] == '\0')
            continue;
          g_assert_true (bf_text_to_double (cells[c], strlen (cells[c]), &value));
          say (replay, c, columns[c], "free_spaces", value, stamp_us);
        }
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

typedef struct
{
  const char *dir;
  guint n_rows;
  guint n_assets;
  guint n_new;
  guint n_negative;
  guint n_not_new; /* the archive repeats rows with the same stamp */
} Month;

static const Month months[] = {
  { "parking_series/german-archive/2022-05", 6947, 508, 1370613, 10452, 0 },
  { "parking_series/german-archive/2020-03-gap", 840, 562, 66628, 0, 0 },
};

static void
test_archive (gconstpointer data)
{
  const Month *month = data;
  g_autofree char *captures = captures_dir ();
  g_autofree char *path = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = NULL;
  const char *name;
  Replay replay;
  guint n_rows = 0;

  if (captures == NULL)
    {
      g_test_skip ("the captured series are not here (BEFFROI_CAPTURES)");
      return;
    }
  path = g_build_filename (captures, month->dir, NULL);
  dir = g_dir_open (path, 0, NULL);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  replay_open (&replay);
  for (guint i = 0; i < names->len; i++)
    replay_day (&replay, path, g_ptr_array_index (names, i), &n_rows);
  g_test_message ("%u rows, %u assets, %u new, %u older, %u again, %u conflict, %u negative, %u other", n_rows, replay.assets->len,
                  replay.n_observed[BF_OBSERVED_NEW], replay.n_observed[BF_OBSERVED_OLDER],
                  replay.n_observed[BF_OBSERVED_DUPLICATE], replay.n_observed[BF_OBSERVED_CONFLICT], replay.n_negative,
                  replay.n_other);
  g_assert_cmpuint (n_rows, ==, month->n_rows);
  g_assert_cmpuint (replay.assets->len, ==, month->n_assets);
  g_assert_cmpuint (replay.n_observed[BF_OBSERVED_NEW], ==, month->n_new);
  g_assert_cmpuint (replay.n_negative, ==, month->n_negative);
  g_assert_cmpuint (replay.n_other, ==, 0);
  g_assert_cmpuint (replay.n_observed[BF_OBSERVED_OLDER] + replay.n_observed[BF_OBSERVED_DUPLICATE]
                      + replay.n_observed[BF_OBSERVED_CONFLICT], ==, month->n_not_new);
  g_assert_cmpuint (replay.n_observed[BF_OBSERVED_REFUSED], ==, 0);
  replay_close (&replay);
}

/* SystemCodeNumber,Capacity,Occupancy,LastUpdated: a row a car park; local time without a zone. */
static void
test_birmingham (void)
{
  g_autofree char *captures = captures_dir ();
  g_auto (GStrv) lines = NULL;
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/London");
  Replay replay;
  guint n_rows = 0;

  if (captures == NULL)
    {
      g_test_skip ("the captured series are not here (BEFFROI_CAPTURES)");
      return;
    }
  lines = read_lines (captures, "parking_series/birmingham_uci_2016.csv");
  replay_open (&replay);
  for (guint i = 1; lines[i] != NULL; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], ",", -1);
      double capacity, occupied;
      gint64 stamp_us;

      if (lines[i][0] == '\0')
        continue;
      g_assert_true (bf_text_to_double (cells[1], strlen (cells[1]), &capacity)
                     && bf_text_to_double (cells[2], strlen (cells[2]), &occupied)
                     && bf_time_parse_rfc3339 (cells[3], strlen (cells[3]), zone, &stamp_us));
      begin (&replay, stamp_us);
      n_rows++;
      say (&replay, i, cells[0], "occupied_spaces", occupied, stamp_us);
      say (&replay, i, cells[0], "free_spaces", capacity - occupied, stamp_us);
    }
  g_test_message ("%u rows, %u assets, %u new, %u older, %u again, %u conflict, %u negative, %u other", n_rows, replay.assets->len,
                  replay.n_observed[BF_OBSERVED_NEW], replay.n_observed[BF_OBSERVED_OLDER],
                  replay.n_observed[BF_OBSERVED_DUPLICATE], replay.n_observed[BF_OBSERVED_CONFLICT], replay.n_negative,
                  replay.n_other);
  g_assert_cmpuint (n_rows, ==, 35717);
  g_assert_cmpuint (replay.assets->len, ==, 30);
  /* 12 counts below nothing, 373 above the capacity: fewer than no free spaces. */
  g_assert_cmpuint (replay.n_negative, ==, 12 + 373);
  /* 216 rows come twice, with two values each. */
  g_assert_cmpuint (replay.n_observed[BF_OBSERVED_DUPLICATE], ==, 2 * 216);
  g_assert_cmpuint (replay.n_other, ==, 0);
  replay_close (&replay);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = decode_catalog ();
  g_test_add_data_func ("/series/archive/2022-05", &months[0], test_archive);
  g_test_add_data_func ("/series/archive/2020-03-gap", &months[1], test_archive);
  g_test_add_func ("/series/birmingham", test_birmingham);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
