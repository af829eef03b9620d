/* SPDX-License-Identifier: EUPL-1.2 */
/* Names of kinds of places: see bf-place-kind.h. A city may write any kind in its places.geojson. */

#include "api/bf-place-kind.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/**
 * bf_place_kind_name:
 * @id: as the city's file and the API have it
 *
 * Returns: (transfer none): the kind of a place in words; a kind that is not known as it is written
 */
const char *
bf_place_kind_name (const char *id)
{
  static const struct
  {
    const char *id;
    const char *name;
  } kinds[] = {
    { "school", N_ ("school") },
    { "nursery", N_ ("nursery") },
    { "middle_school", N_ ("middle school") },
    { "high_school", N_ ("high school") },
    { "ehpad", N_ ("care home") },
    { "hospital", N_ ("hospital") },
    { "clinic", N_ ("clinic") },
    { "townhall", N_ ("town hall") },
    { "market", N_ ("market") },
    { "church", N_ ("church") },
    { "station", N_ ("station") },
    { "theatre", N_ ("theatre") },
    { "library", N_ ("library") },
    { "stadium", N_ ("stadium") },
    { "pool", N_ ("swimming pool") },
    { "police", N_ ("police") },
    { "fire_station", N_ ("fire station") },
    { "water_works", N_ ("water works") },
    { "mill", N_ ("mill") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].id, id) == 0)
      return _ (kinds[i].name);
  return id;
}
