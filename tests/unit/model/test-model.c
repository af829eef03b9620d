/* SPDX-License-Identifier: EUPL-1.2 */
/* Assets, parents and latest values, against naive references where the order may vary. */

#include <math.h>
#include <string.h>

#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "bf-test-manifests.h"
#include "model/bf-model.h"

#define NOWHERE ((BfPoint){ NAN, NAN })

static guint32
put (BfModel *model, const char *id, const char *name, const char *parent, guint16 feed)
{
  g_autoptr (GError) error = NULL;
  BfAssetInfo info = { id, 0, name, NULL, parent, NOWHERE, NULL };
  guint32 asset = bf_model_put_asset (model, &info, feed, NULL, &error);

  g_assert_no_error (error);
  return asset;
}

static void
test_put (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  static const char attributes[] = "operator\0Citedia\0empty\0\0height\0" "1.90\0";
  BfAssetInfo info = { "parking/COL", 0, "Colombier", NULL, NULL, { -1.68, 48.1 }, attributes };
  gboolean changed = FALSE;
  guint32 asset = bf_model_put_asset (model, &info, 3, &changed, NULL);

  g_assert_cmpuint (asset, ==, 0);
  g_assert_true (changed);
  g_assert_cmpuint (bf_model_find_asset (model, "parking/COL"), ==, 0);
  g_assert_cmpuint (bf_model_find_asset (model, "parking/CO"), ==, BF_NO_ASSET);
  g_assert_cmpmem (bf_model_asset_attributes (model, 0), sizeof attributes, attributes, sizeof attributes);
  g_assert_cmpstr (bf_model_asset_kind (model, 0)->full_id, ==, "parking.off_street");
  g_assert_cmpfloat (bf_model_asset_point (model, 0).lat, ==, 48.1);
  g_assert_cmpuint (bf_model_asset_zone (model, 0), ==, G_MAXUINT16);
  g_assert_null (bf_model_asset_address (model, 0));
  bf_model_put_asset (model, &info, 3, &changed, NULL);
  g_assert_false (changed);

  /* ours until a feed gives one */
  bf_model_set_address (model, 0, "2 rue du Puits");
  bf_model_set_address (model, 0, "4 rue du Puits");
  g_assert_cmpstr (bf_model_asset_address (model, 0), ==, "4 rue du Puits");
  info.address = "1 place du Colombier";
  bf_model_put_asset (model, &info, 9, &changed, NULL);
  g_assert_true (changed);
  bf_model_set_address (model, 0, "6 rue du Puits");
  g_assert_cmpstr (bf_model_asset_address (model, 0), ==, "1 place du Colombier");

  /* what is not said stays; no name is the source id */
  g_assert_cmpuint (put (model, "parking/COL", NULL, NULL, 3), ==, 0);
  g_assert_cmpstr (bf_model_asset_name (model, 0), ==, "Colombier");
  g_assert_cmpstr (bf_model_asset_name (model, put (model, "parking/a/b", NULL, NULL, 3)), ==, "a/b");
  g_assert_cmpuint (bf_model_n_of_kind (model, 0), ==, 2);
  g_assert_cmpuint (bf_model_of_kind (model, 0, 1), ==, 1);
  g_assert_cmpuint (bf_model_n_of_kind (model, 1), ==, 0);
}

static BfShape *
line (double east)
{
  const BfPoint points[] = { { -1.7, 48.1 }, { east, 48.1 } };
  const BfShapePart part = { 0, FALSE };
  const char *reason;

  return bf_shape_new (BF_SHAPE_LINES, points, 2, &part, 1, &reason);
}

/* Said by the lowest rank, kept when nothing is said, gone when its own feed says a point; and who has none pays nothing. */
static void
test_shapes (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  g_autofree BfShape *one = line (-1.6);
  g_autofree BfShape *two = line (-1.5);
  BfAssetInfo info = { "parking/S", 0, NULL, NULL, NULL, { -1.65, 48.1 }, NULL, one };
  BfAssetInfo silent = { "parking/S", 0, "a name", NULL, NULL, NOWHERE, NULL, NULL };
  BfAssetInfo point = { "parking/S", 0, NULL, NULL, NULL, { -1.65, 48.1 }, NULL, NULL };
  gboolean changed;

  bf_model_put_asset (model, &info, 2, &changed, NULL);
  g_assert_true (bf_shape_equal (bf_model_asset_shape (model, 0), one));
  bf_model_put_asset (model, &info, 2, &changed, NULL);
  g_assert_false (changed);
  bf_model_put_asset (model, &silent, 2, &changed, NULL);
  g_assert_true (bf_shape_equal (bf_model_asset_shape (model, 0), one));
  info.shape = two;
  bf_model_put_asset (model, &info, 5, &changed, NULL);
  g_assert_false (changed);
  g_assert_true (bf_shape_equal (bf_model_asset_shape (model, 0), one));
  bf_model_put_asset (model, &point, 1, &changed, NULL); /* another feed's point, on the same place */
  g_assert_true (bf_shape_equal (bf_model_asset_shape (model, 0), one));
  bf_model_put_asset (model, &info, 1, &changed, NULL);
  g_assert_true (changed);
  g_assert_true (bf_shape_equal (bf_model_asset_shape (model, 0), two));
  g_assert_cmpuint (bf_model_n_shapes (model), ==, 1);
  bf_model_put_asset (model, &point, 1, &changed, NULL);
  g_assert_true (changed);
  g_assert_null (bf_model_asset_shape (model, 0));
  g_assert_cmpuint (bf_model_n_shapes (model), ==, 0);
  info.shape = one;
  bf_model_put_asset (model, &info, 9, &changed, NULL);
  g_assert_true (changed);
  g_assert_true (bf_shape_equal (bf_model_asset_shape (model, 0), one));

  /* out of the store: whoever says more, whatever its rank, is right */
  silent.id = info.id = point.id = "parking/T";
  silent.shape = one;
  bf_model_put_asset (model, &silent, BF_NO_FEED, &changed, NULL);
  g_assert_true (bf_shape_equal (bf_model_asset_shape (model, 1), one));
  info.shape = two;
  bf_model_put_asset (model, &info, 12, &changed, NULL);
  g_assert_true (bf_shape_equal (bf_model_asset_shape (model, 1), two));
  bf_model_put_asset (model, &silent, BF_NO_FEED, &changed, NULL);
  g_assert_true (bf_shape_equal (bf_model_asset_shape (model, 1), two));
  silent.id = point.id = "parking/U";
  bf_model_put_asset (model, &silent, BF_NO_FEED, &changed, NULL);
  bf_model_put_asset (model, &point, 3, &changed, NULL);
  g_assert_null (bf_model_asset_shape (model, 2));
}

/* A line that changes with every payload does not grow the arena. */
static void
test_shapes_bounded (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  gsize before = 0;

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree BfShape *shape = line (-1.6 + i * 1e-6);
      BfAssetInfo info = { "parking/S", 0, NULL, NULL, NULL, { -1.65, 48.1 }, NULL, shape };

      bf_model_put_asset (model, &info, 2, NULL, NULL);
      if (i == 10)
        before = bf_model_memory_bytes (model);
    }
  g_assert_cmpuint (bf_model_memory_bytes (model), ==, before);
}

/* Whatever the order of the feeds, each field is that of the lowest rank that said it. */
static void
test_precedence (void)
{
  static const struct
  {
    guint16 feed;
    const char *name;
    const char *address;
    double lon;
  } said[] = { { 1, NULL, "one street", NAN }, { 2, "two", NULL, 2 }, { 5, "five", "five street", 5 }, { BF_NO_FEED, "none", "none", 9 } };
  static const guint8 orders[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 2, 0, 3, 1 }, { 1, 2, 0, 3 }, { 3, 1, 0, 2 } };
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autoptr (BfModel) model = bf_model_new (catalog);

      for (guint j = 0; j < 4; j++)
        {
          guint k = orders[i][j];
          BfAssetInfo info = { "parking/x", 0, said[k].name, said[k].address, NULL, { said[k].lon, 1 }, NULL };

          g_assert_cmpuint (bf_model_put_asset (model, &info, said[k].feed, NULL, NULL), ==, 0);
        }
      g_assert_cmpstr (bf_model_asset_name (model, 0), ==, "two");
      g_assert_cmpstr (bf_model_asset_address (model, 0), ==, "one street");
      g_assert_cmpfloat (bf_model_asset_point (model, 0).lon, ==, 2);
      g_assert_cmpuint (bf_model_asset_feed (model, 0), ==, 1);
      put (model, "parking/x", "two again", NULL, 2);
      g_assert_cmpstr (bf_model_asset_name (model, 0), ==, "two again");
    }
}

static void
assert_refused (BfModel *model, BfAssetInfo info, const char *part)
{
  g_autoptr (GError) error = NULL;
  guint32 n = bf_model_n_assets (model);

  g_assert_cmpuint (bf_model_put_asset (model, &info, 0, NULL, &error), ==, BF_NO_ASSET);
  g_assert_nonnull (error);
  if (strstr (error->message, part) == NULL)
    g_error ("expected “%s” in “%s”", part, error->message);
  g_assert_cmpuint (bf_model_n_assets (model), ==, n);
}

static void
test_refused (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  g_autofree char *long_id = g_strnfill (BF_LIMIT_ID_BYTES + 20, 'x');
  g_autofree char *long_name = g_strnfill (BF_LIMIT_TEXT_BYTES + 1, 'x');
  g_autoptr (GString) many = g_string_new (NULL);

  memcpy (long_id, "parking/", 8);
  for (guint i = 0; i <= BF_LIMIT_ATTRIBUTES; i++)
    g_string_append_len (many, "k\0v", 4);
  put (model, "parking/a", NULL, NULL, 0);
  assert_refused (model, (BfAssetInfo){ "parking/b", 2, NULL, NULL, NULL, NOWHERE, NULL }, "a kind of the catalogue");
  assert_refused (model, (BfAssetInfo){ "parking/a", 1, NULL, NULL, NULL, NOWHERE, NULL }, "of the kind parking.off_street");
  assert_refused (model, (BfAssetInfo){ NULL, 0, NULL, NULL, NULL, NOWHERE, NULL }, "expected an id “parking/source-id”");
  assert_refused (model, (BfAssetInfo){ "b", 0, NULL, NULL, NULL, NOWHERE, NULL }, "found “b”");
  assert_refused (model, (BfAssetInfo){ "water/b", 0, NULL, NULL, NULL, NOWHERE, NULL }, "found “water/b”");
  assert_refused (model, (BfAssetInfo){ "parking/", 0, NULL, NULL, NULL, NOWHERE, NULL }, "found “parking/”");
  assert_refused (model, (BfAssetInfo){ "parking/\xff", 0, NULL, NULL, NULL, NOWHERE, NULL }, "expected an id");
  assert_refused (model, (BfAssetInfo){ long_id, 0, NULL, NULL, NULL, NOWHERE, NULL }, "at most 200 bytes");
  assert_refused (model, (BfAssetInfo){ "parking/b", 0, long_name, NULL, NULL, NOWHERE, NULL }, "a name of UTF-8 text");
  assert_refused (model, (BfAssetInfo){ "parking/b", 0, "\xc3", NULL, NULL, NOWHERE, NULL }, "a name of UTF-8 text");
  assert_refused (model, (BfAssetInfo){ "parking/b", 0, NULL, long_name, NULL, NOWHERE, NULL }, "an address of UTF-8 text");
  assert_refused (model, (BfAssetInfo){ "parking/b", 0, NULL, NULL, NULL, { 2, 91 }, NULL }, "a place in degrees");
  assert_refused (model, (BfAssetInfo){ "parking/b", 0, NULL, NULL, NULL, { 2, NAN }, NULL }, "a place in degrees");
  assert_refused (model, (BfAssetInfo){ "parking/b", 0, NULL, NULL, NULL, NOWHERE, many->str }, "at most 64 attributes");
  assert_refused (model, (BfAssetInfo){ "parking/b", 0, NULL, NULL, "", NOWHERE, NULL }, "a parent's whole id");
  assert_refused (model, (BfAssetInfo){ "parking/b", 0, NULL, NULL, "parking/b", NOWHERE, NULL }, "does not stand under it");
}

static guint
n_children (BfModel *model, guint32 asset)
{
  guint n = 0;

  for (guint32 child = bf_model_first_child (model, asset); child != BF_NO_ASSET;
       child = bf_model_next_sibling (model, child), n++)
    g_assert_cmpuint (bf_model_asset_parent (model, child), ==, asset);
  return n;
}

static void
test_parents (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  guint32 a = put (model, "parking/a", NULL, "parking/p", 0);
  guint32 b = put (model, "parking/b", NULL, "parking/p", 0);
  guint32 c = put (model, "parking/c", NULL, "parking/q", 0);
  guint32 p;
  guint32 q;

  g_assert_cmpuint (bf_model_asset_parent (model, a), ==, BF_NO_ASSET);
  g_assert_cmpuint (bf_model_next_sibling (model, b), ==, BF_NO_ASSET);
  p = put (model, "parking/p", NULL, NULL, 0);
  g_assert_cmpuint (n_children (model, p), ==, 2);
  g_assert_cmpuint (bf_model_asset_parent (model, b), ==, p);
  put (model, "parking/a", NULL, "parking/q", 0);
  g_assert_cmpuint (n_children (model, p), ==, 1);
  q = put (model, "parking/q", NULL, "parking/p", 0);
  g_assert_cmpuint (n_children (model, q), ==, 2);
  g_assert_cmpuint (n_children (model, p), ==, 2);
  g_assert_cmpuint (bf_model_asset_parent (model, c), ==, q);
  /* p above q above a: none of them may stand above p; nor may one that is waited for */
  assert_refused (model, (BfAssetInfo){ "parking/p", 0, NULL, NULL, "parking/a", NOWHERE, NULL }, "does not stand under it");
  put (model, "parking/w", NULL, "parking/later", 0);
  assert_refused (model, (BfAssetInfo){ "parking/later", 0, NULL, NULL, "parking/w", NOWHERE, NULL }, "does not stand under");
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *id = g_strdup_printf ("parking/d%u", i);
      g_autofree char *parent = g_strdup_printf ("parking/d%u", i - 1);

      if (i < 33)
        put (model, id, NULL, i > 0 ? parent : NULL, 0);
      else
        assert_refused (model, (BfAssetInfo){ "parking/d33", 0, NULL, NULL, "parking/d32", NOWHERE, NULL }, "more than 32 parents");
    }
}

/* Random moves of 200 assets among 40 parents, half of which come late or never, against a plain table. */
static void
test_parents_random (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  int parent_of[200];
  gboolean there[40] = { FALSE };

  memset (parent_of, -1, sizeof parent_of);
  for (guint step = 0; step < 20000; step++)
    {
      guint child = (guint) g_test_rand_int_range (0, 200);
      guint parent = (guint) g_test_rand_int_range (0, 40);
      g_autofree char *child_id = g_strdup_printf ("parking/c%u", child);
      g_autofree char *parent_text = g_strdup_printf ("parking/p%u", parent);

      put (model, child_id, NULL, parent_text, 0);
      parent_of[child] = (int) parent;
      if (step % 1000 == 999)
        {
          put (model, parent_text, NULL, NULL, 0);
          there[parent] = TRUE;
        }
    }
  for (guint parent = 0; parent < 40; parent++)
    {
      g_autofree char *id = g_strdup_printf ("parking/p%u", parent);
      guint32 asset = bf_model_find_asset (model, id);
      guint expected = 0;

      g_assert_cmpint (asset != BF_NO_ASSET, ==, there[parent]);
      for (guint child = 0; child < 200; child++)
        expected += parent_of[child] == (int) parent;
      if (there[parent])
        g_assert_cmpuint (n_children (model, asset), ==, expected);
    }
}

/* Texts that change with every payload do not make the model grow. */
static void
test_texts_bounded (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  gsize before = 0;

  for (guint i = 0; i < 200000; i++)
    {
      g_autofree char *name = g_strnfill (1 + i * 7919 % 1500, 'a' + i % 26);
      g_autofree char *parent = g_strdup_printf ("parking/never-%u", i);
      guint32 asset = put (model, i % 2 ? "parking/x" : "parking/y", name, parent, 0);

      g_assert_cmpstr (bf_model_asset_name (model, asset), ==, name);
      if (i == 20000)
        before = bf_model_memory_bytes (model);
    }
  g_assert_cmpuint (bf_model_memory_bytes (model), ==, before);
}

/* --- values --- */

static void
test_observe (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  guint32 x = put (model, "parking/x", NULL, NULL, 0);
  BfAssetInfo info = { "parking/s", 1, NULL, NULL, NULL, NOWHERE, NULL };
  guint32 s = bf_model_put_asset (model, &info, 0, NULL, NULL);
  BfLatest latest = { 0 };
  double value = -1;

  g_assert_false (bf_model_latest (model, x, 0, &latest));
  g_assert_false (bf_model_known (model, x, 0, 0, &value));
  g_assert_cmpint (bf_model_observe (model, x, 0, 5, 100, 110, 1, 7), ==, BF_OBSERVED_NEW);
  g_assert_cmpint (bf_model_observe (model, x, 0, 5, 100, 120, 2, 8), ==, BF_OBSERVED_DUPLICATE);
  g_assert_cmpint (bf_model_observe (model, x, 0, 4, 99, 120, 2, 8), ==, BF_OBSERVED_OLDER);
  g_assert_true (bf_model_latest (model, x, 0, &latest));
  g_assert_cmpfloat (latest.value, ==, 5);
  g_assert_cmpint (latest.observed_us, ==, 100);
  g_assert_cmpint (latest.result_us, ==, 110);
  g_assert_cmpuint (latest.feed, ==, 1);
  g_assert_cmpuint (latest.record, ==, 7);
  g_assert_cmpint (bf_model_observe (model, x, 0, 6, 100, 130, 2, 9), ==, BF_OBSERVED_CONFLICT);
  bf_model_latest (model, x, 0, &latest);
  g_assert_cmpfloat (latest.value, ==, 6);
  g_assert_cmpuint (latest.feed, ==, 2);

  g_assert_cmpint (bf_model_observe (model, 99, 0, 5, 200, 200, 0, 0), ==, BF_OBSERVED_REFUSED);
  g_assert_cmpint (bf_model_observe (model, x, 4, 5, 200, 200, 0, 0), ==, BF_OBSERVED_REFUSED);
  g_assert_cmpint (bf_model_observe (model, x, BF_NO_PROPERTY, 5, 200, 200, 0, 0), ==, BF_OBSERVED_REFUSED);
  g_assert_cmpint (bf_model_observe (model, s, 0, 5, 200, 200, 0, 0), ==, BF_OBSERVED_REFUSED);
  g_assert_cmpint (bf_model_observe (model, x, 0, NAN, 200, 200, 0, 0), ==, BF_OBSERVED_REFUSED);
  g_assert_cmpint (bf_model_observe (model, x, 0, INFINITY, 200, 200, 0, 0), ==, BF_OBSERVED_REFUSED);
  g_assert_cmpint (bf_model_observe (model, x, 0, 1, BF_TIME_NONE, 200, 0, 0), ==, BF_OBSERVED_REFUSED);
  g_assert_cmpint (bf_model_observe (model, s, 1, 5, G_MININT64 + 1, 200, 0, 0), ==, BF_OBSERVED_NEW);
  g_assert_cmpint (bf_model_observe (model, s, 1, 5, -1, 200, 0, 0), ==, BF_OBSERVED_NEW);
  g_assert_cmpint (bf_model_observe (model, s, 1, 5, 0, 200, 0, 0), ==, BF_OBSERVED_NEW);
  g_assert_cmpint (bf_model_observe (model, s, 1, 5, G_MAXINT64, 200, 0, 0), ==, BF_OBSERVED_NEW);

  bf_model_forget (model, x, 0);
  g_assert_false (bf_model_latest (model, x, 0, &latest));
  g_assert_cmpint (bf_model_observe (model, x, 0, 1, 1, 1, BF_NO_FEED, 0), ==, BF_OBSERVED_NEW);
}

static void
test_stale (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  guint32 x = put (model, "parking/x", NULL, NULL, 0);
  double value = -1;

  bf_model_set_stale_limit (model, 7, 0, 1000);
  g_assert_cmpint (bf_model_stale_limit (model, 7, 0), ==, 1000);
  g_assert_cmpint (bf_model_stale_limit (model, 7, 1), ==, 0);
  g_assert_cmpint (bf_model_stale_limit (model, 6, 0), ==, 0);
  g_assert_cmpint (bf_model_stale_limit (model, BF_NO_FEED, 0), ==, 0);
  bf_model_observe (model, x, 0, 5, 5000, 5000, 7, 0);
  g_assert_true (bf_model_known (model, x, 0, 6000, &value));
  g_assert_cmpfloat (value, ==, 5);
  value = -1;
  g_assert_false (bf_model_known (model, x, 0, 6001, &value));
  g_assert_cmpfloat (value, ==, -1);
  bf_model_observe (model, x, 0, 6, 5001, 5001, 6, 0);
  g_assert_true (bf_model_known (model, x, 0, G_MAXINT64, &value));
  g_assert_cmpfloat (value, ==, 6);
}

static const char listed_manifest[]
  = "[Service]\nId=traffic\nAbi=1\n"
    "[Kind event]\nEnded=state: ended, cancelled\n[Kind line]\nAbsent=mode: normal\n[Kind lamp]\n"
    "[Property state]\nType=state\nKinds=event\nValues=active, ended, cancelled\n"
    "[Property severity]\nType=number\nKinds=event\n"
    "[Property mode]\nType=state\nKinds=line\nValues=stopped, normal\n";

/* What a whole list confirms is known as long as the list is fresh; what is over is over for good. */
static void
test_listed (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (listed_manifest);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  const BfKind *event = bf_catalog_find_kind (catalog, "traffic.event");
  const BfKind *line = bf_catalog_find_kind (catalog, "traffic.line");
  guint16 state = bf_catalog_find_property (catalog, 0, "state")->index;
  guint16 severity = bf_catalog_find_property (catalog, 0, "severity")->index;
  BfAssetInfo info = { "traffic/x", event->index, NULL, NULL, NULL, { NAN, NAN }, NULL };
  guint32 x = bf_model_put_asset (model, &info, 0, NULL, NULL);
  double value;

  g_assert_cmpuint (event->gone_property, ==, state);
  g_assert_cmpuint (event->gone_value, ==, 1);
  g_assert_cmpuint (event->over, ==, 6);
  g_assert_cmpuint (line->gone_value, ==, 1);
  g_assert_cmpuint (line->over, ==, 0);
  g_assert_cmpuint (bf_catalog_find_kind (catalog, "traffic.lamp")->gone_property, ==, BF_NO_PROPERTY);
  for (guint16 i = 0; i < 2; i++)
    bf_model_set_stale_limit (model, 7, i == 0 ? state : severity, 1000);
  bf_model_observe (model, x, state, 0, 5000, 5000, 7, 0);
  bf_model_observe (model, x, severity, 3, 5000, 5000, 7, 0);
  g_assert_cmpint (bf_model_known_until_us (model, x, state), ==, 6000);
  g_assert_false (bf_model_known (model, x, severity, 6001, &value));
  /* Another feed's list says nothing of it; its own says that it is so still, and is never taken back. */
  bf_model_confirm (model, 6, 9000, 9000);
  g_assert_false (bf_model_known (model, x, severity, 6001, &value));
  bf_model_confirm (model, 7, 8000, 8000);
  bf_model_confirm (model, 7, 7000, 7000);
  g_assert_true (bf_model_known (model, x, severity, 9000, &value));
  g_assert_false (bf_model_known (model, x, severity, 9001, &value));
  g_assert_cmpint (bf_model_true_us (model, x, state), ==, 8000);
  /* Over: a later list confirms nothing of it, but that it is over stays known. */
  g_assert_false (bf_model_is_over (model, x));
  bf_model_observe (model, x, state, 2, 8000, 8000, 7, BF_RECORD_GONE);
  g_assert_true (bf_model_is_over (model, x));
  bf_model_confirm (model, 7, 20000, 20000);
  g_assert_true (bf_model_known (model, x, state, G_MAXINT64, &value));
  g_assert_cmpint (bf_model_known_until_us (model, x, severity), ==, 6000);
  g_assert_cmpint (bf_model_known_until_us (model, x + 1, severity), ==, BF_TIME_NONE);
}

/* Random observations in random order with many equal stamps, against the plain definition. */
static void
test_orders_random (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  struct
  {
    gboolean any;
    double value;
    gint64 observed_us;
    guint32 record;
  } naive[300][4] = { 0 };
  guint counts[5] = { 0 };

  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *id = g_strdup_printf ("parking/%u", i);

      put (model, id, NULL, NULL, 0);
    }
  for (guint32 step = 0; step < 300000; step++)
    {
      guint asset = (guint) g_test_rand_int_range (0, 300);
      guint property = (guint) g_test_rand_int_range (0, 4);
      double value = g_test_rand_int_range (0, 3);
      gint64 at = g_test_rand_int_range (-300, 300);
      BfObserved expected = BF_OBSERVED_NEW;

      if (naive[asset][property].any && at < naive[asset][property].observed_us)
        expected = BF_OBSERVED_OLDER;
      else if (naive[asset][property].any && at == naive[asset][property].observed_us)
        expected = value == naive[asset][property].value ? BF_OBSERVED_DUPLICATE : BF_OBSERVED_CONFLICT;
      if (expected == BF_OBSERVED_NEW || expected == BF_OBSERVED_CONFLICT)
        {
          naive[asset][property].any = TRUE;
          naive[asset][property].value = value;
          naive[asset][property].observed_us = at;
          naive[asset][property].record = step;
        }
      g_assert_cmpint (bf_model_observe (model, asset, (guint16) property, value, at, step, 0, step), ==, expected);
      counts[expected]++;
    }
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (counts[i], >, 0);
  for (guint asset = 0; asset < 300; asset++)
    for (guint property = 0; property < 4; property++)
      {
        BfLatest latest;

        g_assert_true (bf_model_latest (model, asset, (guint16) property, &latest));
        g_assert_cmpfloat (latest.value, ==, naive[asset][property].value);
        g_assert_cmpint (latest.observed_us, ==, naive[asset][property].observed_us);
        g_assert_cmpuint (latest.record, ==, naive[asset][property].record);
        g_assert_cmpint (latest.result_us, ==, naive[asset][property].record);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/put", test_put);
  g_test_add_func ("/model/precedence", test_precedence);
  g_test_add_func ("/model/shapes", test_shapes);
  g_test_add_func ("/model/shapes-bounded", test_shapes_bounded);
  g_test_add_func ("/model/refused", test_refused);
  g_test_add_func ("/model/parents", test_parents);
  g_test_add_func ("/model/parents-random", test_parents_random);
  g_test_add_func ("/model/texts-bounded", test_texts_bounded);
  g_test_add_func ("/model/observe", test_observe);
  g_test_add_func ("/model/stale", test_stale);
  g_test_add_func ("/model/listed", test_listed);
  g_test_add_func ("/model/orders-random", test_orders_random);
  return g_test_run ();
}
