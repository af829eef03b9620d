/* SPDX-License-Identifier: EUPL-1.2 */
/* The catalogue of tests/cases/rules, and assets of it. */
#pragma once

#include <math.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "model/bf-model.h"
#include "rules/bf-evaluator.h"

#define SECOND_US G_TIME_SPAN_SECOND /* int64: products do not overflow */
#define MINUTE_US G_TIME_SPAN_MINUTE
#define T0 (1700000000 * SECOND_US)

static inline void
bf_test_no_problems (GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_test_message ("%s", text);
    }
  g_assert_cmpuint (problems->len, ==, 0);
}

static inline BfCatalog *
bf_test_catalog (void)
{
  BfCatalog *catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = g_test_build_filename (G_TEST_DIST, "tests", "cases", "rules",
                                                     i == 0 ? "water.service" : "lighting.service", NULL);
      g_autoptr (GError) error = NULL;

      bf_catalog_add_manifest (catalog, path, problems, &error);
      g_assert_no_error (error);
    }
  bf_test_no_problems (problems);
  return catalog;
}

static inline guint16
bf_test_property (const BfCatalog *catalog, const char *service, const char *id)
{
  const BfProperty *property = bf_catalog_find_property (catalog, bf_catalog_find_service (catalog, service)->index, id);

  g_assert_nonnull (property);
  return property->index;
}

static inline guint32
bf_test_asset_at (BfModel *model, const char *id, const char *kind, const char *parent, double lon, double lat)
{
  BfAssetInfo info = { .id = id, .name = id, .parent = parent, .point = { lon, lat } };
  g_autoptr (GError) error = NULL;
  guint32 asset;

  info.kind = bf_catalog_find_kind (bf_model_catalog (model), kind)->index;
  asset = bf_model_put_asset (model, &info, 0, NULL, &error);
  g_assert_no_error (error);
  return asset;
}
