/* SPDX-License-Identifier: EUPL-1.2 */
/* DATEX II, XML or JSON, through the default maps of parking. */

#include "bf-fuzz.h"

static const char feed[] = "[Feed]\nService=parking\nFormat=datex2\nTimeZone=Europe/Paris\n";

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
