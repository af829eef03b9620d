/* SPDX-License-Identifier: EUPL-1.2 */
/* The JSON formats of things, each with the default maps of a plugin: the first byte chooses which. */

#include "bf-fuzz.h"

static const struct
{
  const char *name;
  const char *map;
} formats[] = {
#define MAP "[Map]\nkind='off_street'\nname=name\nlocation=location\nfree_spaces=value|result|free\ncapacity=max\n" \
            "capacity.none=-1\nstate=on?'open'|off?'closed'|'unknown'\n"
  { "ngsi", "" },
  { "ngsi", "[Map Tree]\nkind='bay'\npresence=status\npresence.table=a:free, *:unknown\n[Map]\nobserved=dateObserved\n" },
  { "gbfs", "[Map]\npayload.observed=last_updated\npayload.observed.form=rfc3339 | epoch\n[Map station_status, vehicle_status]\nkind='off_street'\nid=station_id\n"
            "free_spaces=num_bikes_available\n[Map station_information]\nkind='off_street'\nid=station_id\nname=name[0].text|name\nlat=lat\nlon=lon\ncapacity=capacity\n" },
  { "ocpi", "[Map location]\nkind='off_street'\n[Map evse]\nkind='bay'\npresence=status\npresence.table=AVAILABLE:free, *:unknown\n" },
  { "hubeau", MAP }, { "open311", MAP }, { "vigicrues", MAP }, { "meteofrance-vigilance", MAP }, { "esri", MAP "observed=t\nobserved.form=epoch-ms\n" },
  { "sensorthings", MAP "observed=phenomenonTime\n" }, { "talq", MAP },
  { "ttn-v3", MAP "[Payload]\nfree=0, i16le, 0.1\nmax=2, u8&0x7f\nvalue=3, f32\n[Payload 2]\nfree=1, i24\n" },
  { "chirpstack-v4", MAP "[Payload]\nfree=0, u32, 1, 2\n" },
};

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
  static BfMapping *mappings[G_N_ELEMENTS (formats)];
  static const BfFormat *known[G_N_ELEMENTS (formats)];
  g_autofree char *exact = NULL;
  guint i;

  if (length == 0)
    return 0;
  i = (guint) (bytes[0] - 'a') % G_N_ELEMENTS (formats);
  if (mappings[i] == NULL)
    {
      g_autofree char *feed = g_strdup_printf ("[Feed]\nService=parking\nFormat=%s\n%s", formats[i].name, formats[i].map);

      mappings[i] = fuzz_open (feed, strlen (feed), &known[i]);
      fuzz_check (mappings[i] != NULL);
    }
  exact = g_memdup2 (bytes + 1, length - 1);
  fuzz_decode (known[i], mappings[i], (const guint8 *) exact, length - 1);
  return 0;
}
