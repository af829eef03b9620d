/* SPDX-License-Identifier: EUPL-1.2 */
/* CSV; the first byte chooses the settings: all guessed, headerless, wide, each encoding. */

#include "bf-fuzz.h"

#define MAP "[Map]\nid=id|column|c1\nname=name\nlocation=geo\nobserved=time\nobserved.form=rfc3339 | epoch-ms | %d/%m/%Y %H:%M\n" \
            "free_spaces=free|value|c2\nstate=state\nstate.table=open:open, *:unknown\nattribute.note=note\n"
#define FEED "[Feed]\nService=parking\nFormat=csv\nTimeZone=Europe/Paris\n"

static const char *const feeds[] = {
  FEED MAP,
  FEED "Header=no\n" MAP,
  FEED "Wide=time\n" MAP,
  FEED "Wide=\n" MAP,
  FEED "Encoding=iso-8859-15\nSeparator=|\n" MAP,
  FEED "Encoding=utf-16\n" MAP,
  FEED "Encoding=windows-1252\nSeparator=tab\n" MAP,
  FEED "Encoding=utf-8\nCrs=EPSG:25832\n" MAP,
};

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
  static const BfFormat *format;
  static BfMapping *mappings[G_N_ELEMENTS (feeds)];
  guint i;

  if (length == 0)
    return 0;
  i = bytes[0] % G_N_ELEMENTS (feeds);
  if (mappings[i] == NULL)
    mappings[i] = fuzz_open (feeds[i], strlen (feeds[i]), &format);
  fuzz_check (mappings[i] != NULL);
  fuzz_decode (format, mappings[i], bytes + 1, length - 1);
  return 0;
}
