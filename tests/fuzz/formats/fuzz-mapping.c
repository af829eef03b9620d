/* SPDX-License-Identifier: EUPL-1.2 */
/* The compiler of mappings: the text of a feed file, then a NUL, then a payload for it. */

#include "bf-fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
  const guint8 *end = length > 0 ? memchr (bytes, 0, length) : NULL;
  gsize feed_length = end != NULL ? (gsize) (end - bytes) : length;

  if (length > 0)
    fuzz_decode ((const char *) bytes, feed_length, end != NULL ? end + 1 : bytes + length,
                 end != NULL ? length - feed_length - 1 : 0);
  return 0;
}
