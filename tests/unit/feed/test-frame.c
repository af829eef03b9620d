/* SPDX-License-Identifier: EUPL-1.2 */
/* Frames: what is written is read, cut anywhere; and each kind of violation is found and named. */

#include <math.h>
#include <string.h>

#include "base/bf-limits.h"
#include "feed-test-util.h"
#include "feed/bf-frame-writer.h"
#include "feed/bf-payload-ring.h"

static BfCatalog *catalog;
static const BfService *service;

static gboolean
to_bytes (gpointer user_data, const guint8 *bytes, gsize length, GError **error)
{
  g_byte_array_append (user_data, bytes, length);
  return TRUE;
}

/* A log of what the handler got, as text: equal logs are equal frames. */
static void
log_asset (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  const char *p = draft->attributes;

  g_string_append_printf (user_data, "asset %u %.*s %u %s %s %s %.17g %.17g", asset, (int) draft->source_id_length,
                          draft->source_id, draft->kind, draft->name, draft->address, draft->parent, draft->point.lon,
                          draft->point.lat);
  while (p != NULL && *p != '\0')
    {
      g_string_append_printf (user_data, " [%s]", p);
      p += strlen (p) + 1;
    }
  if (draft->shape != NULL)
    bf_shape_append_geojson (draft->shape, user_data);
  g_string_append_c (user_data, '\n');
}

static void
log_payload (gpointer user_data, gint64 result_us, const guint8 sha256[32], gsize unpacked, GBytes *zstd)
{
  g_autoptr (BfPayloadRing) ring = bf_payload_ring_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  bf_payload_ring_add (ring, result_us, sha256, unpacked, zstd);
  bytes = bf_payload_ring_get (ring, result_us, &error);
  g_assert_no_error (error);
  g_string_append_printf (user_data, "payload %" G_GINT64_FORMAT " %" G_GSIZE_FORMAT " %u\n", result_us, unpacked,
                          g_bytes_hash (bytes));
}

static void
log_batch (gpointer user_data, const BfObservation *observations, guint n)
{
  for (guint i = 0; i < n; i++)
    g_string_append_printf (user_data, "observation %u %u %u %.17g %" G_GINT64_FORMAT "\n", observations[i].asset,
                            observations[i].property, observations[i].record, observations[i].value,
                            observations[i].observed_us);
}

static void
log_refused (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  g_string_append_printf (user_data, "refused %u %s %s\n", record, property, reason);
}

static void
log_status (gpointer user_data, const BfFeedStatus *status)
{
  g_string_append_printf (user_data, "status %d %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
                          " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " %s %d %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT "\n",
                          status->outcome, status->result_us, status->n_records, status->n_observations, status->n_refused,
                          status->newest_us, status->next_us, status->bytes, status->reason, status->content, status->as_of_us, status->changed_us,
                          status->n_ahead, status->ahead_us);
}

static void
log_listed (gpointer user_data, gboolean whole, const guint32 *assets, guint n)
{
  for (guint i = 0; i < n; i++)
    g_string_append_printf (user_data, "listed %d %u\n", whole, assets[i]);
}

static const BfFrameHandler log_handler
  = { NULL, log_asset, log_payload, log_batch, log_refused, log_status, NULL, NULL, log_listed };

static char *
random_text (GRand *rand, guint max)
{
  GString *text = g_string_new (NULL);
  guint n = g_rand_int_range (rand, 1, max);

  while (text->len < n)
    g_string_append_unichar (text, g_rand_int_range (rand, 0, 4) == 0 ? 0xe9 : (gunichar) g_rand_int_range (rand, 0x20, 0x7f));
  return g_string_free (text, FALSE);
}

static BfShape *
random_line (GRand *rand)
{
  const BfShapePart part = { 0, FALSE };
  BfPoint points[50];
  guint n = g_rand_int_range (rand, 2, 50);
  const char *reason;

  for (guint i = 0; i < n; i++)
    points[i] = (BfPoint){ 2.35 + i * 1e-4, g_rand_double_range (rand, 48.8, 48.9) };
  return bf_shape_new (BF_SHAPE_LINES, points, n, &part, 1, &reason);
}

/* Writes a random session and logs what the reader should say of it. */
static void
write_random (GRand *rand, BfFrameWriter *writer, GString *expected, GString *tail)
{
  guint n_assets = g_rand_int_range (rand, 1, 20);
  guint n_observations = g_rand_int_range (rand, 0, 500);
  const BfKind *kind = bf_catalog_find_kind (catalog, "parking.off_street");
  guint16 free_spaces = bf_catalog_find_property (catalog, service->index, "free_spaces")->index;
  guint16 state = bf_catalog_find_property (catalog, service->index, "state")->index;
  g_autofree char *body = random_text (rand, 5000);
  g_autoptr (GBytes) whole = NULL;
  BfFeedStatus status = { g_rand_int_range (rand, 0, 4), 1700000000000000, 1, n_observations, 3, BF_TIME_NONE, 1700000060000000, 9, NULL,
                          g_rand_int_range (rand, 0, 3), g_rand_boolean (rand) ? BF_TIME_NONE : 1700000000000000,
                          g_rand_boolean (rand) ? BF_TIME_NONE : 1690000000000000, g_rand_int_range (rand, 0, 9),
                          g_rand_int_range (rand, 0, 900000000) };
  g_autoptr (GArray) listed = g_array_new (FALSE, FALSE, sizeof (guint32));
  gboolean is_whole = g_rand_boolean (rand);

  bf_frame_writer_hello (writer);
  for (guint i = 0; i < n_assets; i++)
    {
      g_autofree char *id = random_text (rand, 150);
      g_autofree char *name = random_text (rand, 1500);
      g_autofree BfShape *shape = i % 3 == 1 ? random_line (rand) : NULL;
      BfAssetDraft draft = { id, strlen (id), kind->index, name, NULL, i > 0 ? "p" : NULL, { 2.35, 48.85 }, NULL, shape };

      if (g_rand_boolean (rand))
        {
          draft.point = (BfPoint){ NAN, NAN };
          draft.shape = NULL; /* the sink lets no line without a point through */
        }
      if (g_rand_boolean (rand))
        draft.attributes = "operator\0Citédia\0levels\0" "3\0empty\0\0\0";
      bf_frame_writer_asset (writer, i, &draft);
      log_asset (expected, i, &draft);
    }
  for (guint i = 0; i < n_observations; i++)
    {
      gboolean number = g_rand_boolean (rand);
      BfObservation observation = { g_rand_int_range (rand, 0, n_assets), number ? free_spaces : state, i,
                                    g_rand_int_range (rand, 0, number ? 20000 : 4), 1700000000000000 + i };

      bf_frame_writer_observation (writer, &observation);
      log_batch (tail, &observation, 1);
    }
  for (guint i = 0; i < (guint) g_rand_int_range (rand, 0, 1200); i++)
    {
      guint32 asset = (guint32) g_rand_int_range (rand, 0, (int) n_assets);

      g_array_append_val (listed, asset);
    }
  bf_frame_writer_listed (writer, is_whole, (const guint32 *) (gconstpointer) listed->data, listed->len);
  log_listed (expected, is_whole, (const guint32 *) (gconstpointer) listed->data, listed->len);
  g_assert_true (bf_frame_writer_payload (writer, status.result_us, (const guint8 *) body, strlen (body)));
  whole = g_bytes_new_static (body, strlen (body));
  g_string_append_printf (tail, "payload %" G_GINT64_FORMAT " %" G_GSIZE_FORMAT " %u\n", status.result_us, strlen (body),
                          g_bytes_hash (whole));
  bf_frame_writer_status (writer, &status);
  log_status (tail, &status);
  g_string_append (expected, tail->str);
}

static void
push_in_pieces (GRand *rand, BfFrameReader *reader, const GByteArray *bytes)
{
  gsize at = 0;

  while (at < bytes->len)
    {
      gsize piece = g_rand_int_range (rand, 1, g_rand_boolean (rand) ? 8 : 100000);
      gsize n = MIN (bytes->len - at, piece);
      g_autoptr (GError) error = NULL;
      g_autofree guint8 *exact = g_memdup2 (bytes->data + at, n); /* so that a sanitizer sees a byte too many */

      bf_frame_reader_push (reader, exact, n, &error);
      g_assert_no_error (error);
      at += n;
    }
}

static void
test_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint round = 0; round < 100; round++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GString) expected = g_string_new (NULL);
      g_autoptr (GString) tail = g_string_new (NULL);
      g_autoptr (GString) seen = g_string_new (NULL);
      g_autoptr (BfFrameWriter) writer = bf_frame_writer_new (catalog, service->index, to_bytes, bytes);
      g_autoptr (BfFrameReader) reader = bf_frame_reader_new (catalog, service->index, &log_handler, seen);

      write_random (rand, writer, expected, tail);
      g_assert_null (bf_frame_writer_error (writer));
      push_in_pieces (rand, reader, bytes);
      g_assert_cmpstr (seen->str, ==, expected->str);
    }
}

/* More observations than one frame holds, and a payload that does not pack into one. */
static void
test_large (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (BfFrameWriter) writer = bf_frame_writer_new (catalog, service->index, to_bytes, bytes);
  g_autoptr (BfFrameReader) reader = bf_frame_reader_new (catalog, service->index, &log_handler, seen);
  g_autoptr (GByteArray) body = g_byte_array_new ();
  BfAssetDraft draft = { "a", 1, bf_catalog_find_kind (catalog, "parking.off_street")->index, NULL, NULL, NULL, { NAN, NAN }, NULL };
  guint16 property = bf_catalog_find_property (catalog, service->index, "capacity")->index;
  BfFeedStatus status = { BF_OUTCOME_OK, 1, 0, 100000, 0, BF_TIME_NONE, 1, 0, "said" };
  guint n_lines = 0;

  for (guint i = 0; i < 3000000; i++)
    {
      guint8 byte = g_rand_int (rand) & 0xff;

      g_byte_array_append (body, &byte, 1);
    }
  bf_frame_writer_hello (writer);
  bf_frame_writer_asset (writer, 0, &draft);
  for (guint i = 0; i < 100000; i++)
    bf_frame_writer_observation (writer, &(BfObservation){ 0, property, i, 5, 1 });
  g_assert_true (bf_frame_writer_payload (writer, 1, body->data, body->len));
  bf_frame_writer_status (writer, &status);
  push_in_pieces (rand, reader, bytes);
  for (gsize i = 0; i < seen->len; i++)
    n_lines += seen->str[i] == '\n';
  g_assert_cmpuint (n_lines, ==, 1 + 100000 + 1 + 1);
  /* What does not pack under 4 MiB is not sent, and the caller knows. */
  g_byte_array_set_size (body, 5000000);
  for (guint i = 3000000; i < body->len; i++)
    body->data[i] = g_rand_int (rand) & 0xff;
  g_byte_array_set_size (bytes, 0);
  g_assert_false (bf_frame_writer_payload (writer, 1, body->data, body->len));
  g_assert_cmpuint (bytes->len, ==, 0);
}

/* A frame by hand: type and body. */
static void
put (GByteArray *bytes, guint8 type, const void *body, gsize length)
{
  guint32 whole = GUINT32_TO_LE ((guint32) (length + 1));

  g_byte_array_append (bytes, (const guint8 *) &whole, 4);
  g_byte_array_append (bytes, &type, 1);
  g_byte_array_append (bytes, body, length);
}

static void
observation_bytes (guint8 ret[BF_FRAME_OBSERVATION_BYTES], guint32 asset, guint16 property, double value, gint64 observed_us)
{
  memset (ret, 0, BF_FRAME_OBSERVATION_BYTES);
  memcpy (ret, &asset, 4);
  memcpy (ret + 4, &property, 2);
  memcpy (ret + 10, &value, 8);
  memcpy (ret + 18, &observed_us, 8);
}

static void
expect_violation (const GByteArray *start, guint8 type, const void *body, gsize length, const char *words)
{
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (BfFrameReader) reader = bf_frame_reader_new (catalog, service->index, &log_handler, seen);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;

  if (start != NULL)
    g_byte_array_append (bytes, start->data, start->len);
  put (bytes, type, body, length);
  g_assert_false (bf_frame_reader_push (reader, bytes->data, bytes->len, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_SYNTAX);
  if (strstr (error->message, words) == NULL)
    g_error ("expected “%s” in “%s”", words, error->message);
  g_assert_false (bf_frame_reader_push (reader, bytes->data, bytes->len, &again));
  g_assert_error (again, BF_ERROR, BF_ERROR_STATE);
}

/* Of an attempt in which nothing but the asset came. */
static void
expect_false_counts (const GByteArray *start)
{
  const struct
  {
    BfFeedStatus status;
    const char *words;
  } lies[] = {
    { { BF_OUTCOME_OK, 1, 1, 1, 0, BF_TIME_NONE, 1, 0, NULL }, "says 1 observations, of which 0 came" },
    { { BF_OUTCOME_NOT_MODIFIED, 1, 0, 3, 0, BF_TIME_NONE, 1, 0, NULL }, "says 3 observations, of which 0 came" },
    { { BF_OUTCOME_OK, 1, G_MAXUINT64, 0, 0, BF_TIME_NONE, 1, 0, NULL }, "more than any attempt has" },
    { { BF_OUTCOME_RETRY, 1, 0, 0, G_MAXUINT64 / 2, BF_TIME_NONE, 1, 0, NULL }, "more than any attempt has" },
    { { BF_OUTCOME_OK, 1, 0, 0, 0, BF_TIME_NONE, 1, G_MAXUINT64, NULL }, "more than any attempt has" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (BfFrameWriter) writer = bf_frame_writer_new (catalog, service->index, to_bytes, bytes);

      bf_frame_writer_status (writer, &lies[i].status);
      expect_violation (start, BF_FRAME_STATUS, bytes->data + 5, bytes->len - 5, lies[i].words);
    }
}

static void
test_violations (void)
{
  g_autoptr (GByteArray) start = g_byte_array_new ();
  g_autoptr (BfFrameWriter) writer = bf_frame_writer_new (catalog, service->index, to_bytes, start);
  BfAssetDraft draft = { "a", 1, bf_catalog_find_kind (catalog, "parking.off_street")->index, NULL, NULL, NULL, { NAN, NAN }, NULL };
  guint8 one[BF_FRAME_OBSERVATION_BYTES];
  guint8 zeros[128] = { 0 };
  const struct
  {
    guint32 asset;
    guint16 property;
    double value;
    gint64 observed_us;
    const char *words;
  } observations[] = {
    { 1, 0, 5, 1, "not announced" },          { 0, 4000, 5, 1, "outside of HELLO" },
    { 0, 0, NAN, 1, "finite" },               { 0, 0, INFINITY, 1, "finite" },
    { 0, 0, -1, 1, "range" },                 { 0, 0, 20001, 1, "range" },
    { 0, 0, 5, G_MININT64, "years 1 to" },    { 0, 3, 4, 1, "a state that" },
    { 0, 3, 0.5, 1, "a state that" },         { 0, 4, 0, 1, "kind does not have" },
  };

  expect_violation (NULL, BF_FRAME_BATCH, zeros, 26, "before HELLO");
  bf_frame_writer_hello (writer);
  bf_frame_writer_asset (writer, 0, &draft);
  for (guint i = 0; i < G_N_ELEMENTS (observations); i++)
    {
      observation_bytes (one, observations[i].asset, observations[i].property, observations[i].value, observations[i].observed_us);
      expect_violation (start, BF_FRAME_BATCH, one, sizeof one, observations[i].words);
    }
  expect_violation (start, BF_FRAME_BATCH, one, 25, "whole number");
  expect_violation (start, BF_FRAME_BATCH, one, 0, "whole number");
  expect_violation (start, BF_FRAME_ASSET, zeros, 4, "does not fit");
  expect_violation (start, BF_FRAME_STATUS, zeros, 20, "does not fit");
  expect_violation (start, BF_FRAME_REFUSED, zeros, 10, "does not fit");
  expect_false_counts (start);
  expect_violation (start, BF_FRAME_LISTED, zeros, 0, "does not fit");
  expect_violation (start, BF_FRAME_LISTED, zeros, 4, "does not fit");
  expect_violation (start, BF_FRAME_LISTED, "\2", 1, "does not fit");
  expect_violation (start, BF_FRAME_LISTED, "\1\1\0\0\0", 5, "not announced");
  expect_violation (start, BF_FRAME_PAYLOAD, zeros, 20, "does not fit");
  expect_violation (start, BF_FRAME_PAYLOAD, zeros, 60, "over a limit");
  expect_violation (start, BF_FRAME_HELLO, "\1\0\0\0\0\0", 6, "second HELLO");
  expect_violation (NULL, BF_FRAME_HELLO, "\2\0\0\0\0\0", 6, "abi 2");
  expect_violation (NULL, BF_FRAME_HELLO, "\1\0\0\0\1\0\3\0nix", 12, "“nix”");
  expect_violation (start, 99, zeros, 3, "unknown type");
}

static void
expect_bytes_violation (const guint8 *bytes, gsize length, const char *words)
{
  g_autoptr (BfFrameReader) reader = bf_frame_reader_new (catalog, service->index, &log_handler, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (bf_frame_reader_push (reader, bytes, length, &error));
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_lengths (void)
{
  const guint8 huge[] = { 0xff, 0xff, 0xff, 0xff };
  const guint8 over[] = { 0x01, 0x00, 0x10, 0x00 };
  const guint8 zero[] = { 0, 0, 0, 0 };

  expect_bytes_violation (huge, sizeof huge, "length 4294967295");
  expect_bytes_violation (over, sizeof over, "length 1048577");
  expect_bytes_violation (zero, sizeof zero, "length 0");
}

/* A number stays with its asset. */
static void
test_asset_numbers (void)
{
  const struct
  {
    guint32 number;
    const char *id;
    const char *words;
  } seconds[] = { { 2, "b", "expected at most 1" }, { 0, "b", "second asset" }, { 1, "b", NULL }, { 0, "a", NULL } };
  guint16 kind = bf_catalog_find_kind (catalog, "parking.off_street")->index;

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GString) seen = g_string_new (NULL);
      g_autoptr (BfFrameWriter) writer = bf_frame_writer_new (catalog, service->index, to_bytes, bytes);
      g_autoptr (BfFrameReader) reader = bf_frame_reader_new (catalog, service->index, &log_handler, seen);
      g_autoptr (GError) error = NULL;

      bf_frame_writer_hello (writer);
      bf_frame_writer_asset (writer, 0, &(BfAssetDraft){ "a", 1, kind, NULL, NULL, NULL, { NAN, NAN }, NULL });
      bf_frame_writer_asset (writer, seconds[i].number, &(BfAssetDraft){ seconds[i].id, 1, kind, NULL, NULL, NULL, { NAN, NAN }, NULL });
      g_assert_cmpint (bf_frame_reader_push (reader, bytes->data, bytes->len, &error), ==, seconds[i].words == NULL);
      if (seconds[i].words != NULL)
        g_assert_nonnull (strstr (error->message, seconds[i].words));
    }
}

/* A flipped bit never crashes the reader, and what it lets through is still in bounds. */
static void
test_flips (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  guint n_broken = 0;

  for (guint round = 0; round < 600; round++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GString) expected = g_string_new (NULL);
      g_autoptr (GString) tail = g_string_new (NULL);
      g_autoptr (GString) seen = g_string_new (NULL);
      g_autoptr (BfFrameWriter) writer = bf_frame_writer_new (catalog, service->index, to_bytes, bytes);
      BfFrameHandler handler = log_handler;
      g_autoptr (BfFrameReader) reader = NULL;
      g_autoptr (GError) error = NULL;

      handler.payload = NULL; /* its hash would not be right, which the ring says when it is asked */
      reader = bf_frame_reader_new (catalog, service->index, &handler, seen);
      write_random (rand, writer, expected, tail);
      bytes->data[g_rand_int_range (rand, 0, MIN (bytes->len, 4000))] ^= 1u << g_rand_int_range (rand, 0, 8);
      n_broken += !bf_frame_reader_push (reader, bytes->data, bytes->len, &error);
    }
  g_assert_cmpuint (n_broken, >, 100);
}

static void
test_ring (void)
{
  g_autoptr (BfPayloadRing) ring = bf_payload_ring_new ();
  g_autoptr (GBytes) rubbish = g_bytes_new_static ("rubbish", 7);
  g_autoptr (GBytes) large_bytes = g_bytes_new_take (g_malloc0 (3u << 20), 3u << 20);
  guint8 sha256[32] = { 0 };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 20; i++)
    bf_payload_ring_add (ring, i, sha256, 100, rubbish);
  g_assert_cmpuint (bf_payload_ring_bytes (ring), ==, BF_PAYLOAD_RING_COUNT * 7);
  g_assert_null (bf_payload_ring_get (ring, 3, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (bf_payload_ring_get (ring, 19, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_SYNTAX);
  bf_payload_ring_add (ring, 30, sha256, 100, large_bytes);
  bf_payload_ring_add (ring, 31, sha256, 100, large_bytes);
  g_assert_cmpuint (bf_payload_ring_bytes (ring), ==, 3u << 20);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = test_catalog ();
  service = bf_catalog_find_service (catalog, "parking");
  g_assert_nonnull (service);
  g_test_add_func ("/feed/frame/round-trip", test_round_trip);
  g_test_add_func ("/feed/frame/large", test_large);
  g_test_add_func ("/feed/frame/violations", test_violations);
  g_test_add_func ("/feed/frame/lengths", test_lengths);
  g_test_add_func ("/feed/frame/asset-numbers", test_asset_numbers);
  g_test_add_func ("/feed/frame/flips", test_flips);
  g_test_add_func ("/feed/payload-ring", test_ring);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
