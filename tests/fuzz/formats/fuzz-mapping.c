/* SPDX-License-Identifier: EUPL-1.2 */
/* The compiler of mappings: the text of a feed file, then a NUL, then a payload for it. */

#include "bf-fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
  const guint8 *end = length > 0 ? memchr (bytes, 0, length) : NULL;
  gsize feed_length = end != NULL ? (gsize) (end - bytes) : length;
  const BfFormat *format;
  g_autoptr (BfMapping) mapping = length > 0 ? fuzz_open ((const char *) bytes, feed_length, &format) : NULL;

  if (mapping != NULL)
    fuzz_decode (format, mapping, end != NULL ? end + 1 : bytes + length, end != NULL ? length - feed_length - 1 : 0);
  return 0;
}
