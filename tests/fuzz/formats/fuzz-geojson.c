/* SPDX-License-Identifier: EUPL-1.2 */
/* The GeoJSON decoder: geometries of all types, named coordinate systems. */

#include "bf-fuzz.h"

static const char feed[] = "[Feed]\nFormat=geojson\nKind=off_street\n[Map]\nname=name\nfree_spaces=free\ncapacity=max\n"
                           "observed=date\n";

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
  fuzz_decode (feed, sizeof feed - 1, bytes, length);
  return 0;
}
