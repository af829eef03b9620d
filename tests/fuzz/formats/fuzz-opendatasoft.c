/* SPDX-License-Identifier: EUPL-1.2 */
/* The OpenDataSoft decoder with a mapping that uses every kind of line. */

#include "bf-fuzz.h"

static const char feed[] = "[Feed]\nFormat=opendatasoft\nKind=off_street\nTimeZone=Europe/Paris\n[Map]\n"
                           "id=key|id\nname=name\naddress=address|a.b[0]\nparent=parent\nlocation=geo\n"
                           "observed=date\nobserved.form=rfc3339 | %d.%m.%Y %H:%M | epoch-ms\n"
                           "free_spaces=free\nfree_spaces.none=-1, nodata\ncapacity=max\ncapacity.observed='payload'\n"
                           "occupied_spaces=taken\noccupied_spaces.scale=0.5\noccupied_spaces.offset=1\noccupied_spaces.null=0\n"
                           "state=status\nstate.table=OUVERT:open, FERME:closed, 1:full, true:open, *:unknown\n"
                           "attribute.note=note\n";

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
