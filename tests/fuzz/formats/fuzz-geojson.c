/* SPDX-License-Identifier: EUPL-1.2 */
/* The GeoJSON decoder: geometries of all types, named coordinate systems. */

#include "bf-fuzz.h"

static const char feed[] = "[Feed]\nFormat=geojson\nKind=off_street\n[Map]\nname=name\nfree_spaces=free\ncapacity=max\n"
                           "observed=date\n";

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
  static const BfFormat *format;
  static BfMapping *mapping;

  if (mapping == NULL)
    mapping = fuzz_open (feed, sizeof feed - 1, &format);
  fuzz_check (mapping != NULL);
  fuzz_decode (format, mapping, bytes, length);
  return 0;
}
