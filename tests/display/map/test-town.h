/* SPDX-License-Identifier: EUPL-1.2 */
/* A little town for the tests and benchmarks of the map: always the same one. */
#pragma once

#include "console/map/bf-basemap.h"

G_BEGIN_DECLS

#define TEST_TOWN_LAT 47.30
#define TEST_TOWN_LON 1.70

typedef struct
{
  guint n;
  double *lat, *lon;
  guint8 *service, *symbol;
} TestAssets;

BfBasemap *test_town_new (void);
TestAssets *test_assets_new (guint n);
void test_assets_free (TestAssets *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestAssets, test_assets_free)

G_END_DECLS
