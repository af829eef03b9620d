/* SPDX-License-Identifier: EUPL-1.2 */
/* Traffic regulations in DATEX II 3: orders of an authority (no entry, a limit of speed) with their place and validity, as DiaLog
 * publishes them. One JSON record of type “regulation” an order: what it is in the words of DATEX (“what”), its state at the time
 * of the answer, and all the places of its regulations as one. No service has a map of them by itself: most are signs that stand
 * for years, and whoever wants some on the map says which by [Map regulation]. */

#include "formats/bf-datex-private.h"

#include <string.h>

/* The type of the first regulation: noEntry, noParking, a speed limit… */
static const char *
what_of (const BfNode *order)
{
  const BfNode *type = bf_node_find (order, "typeOfRegulation");

  for (const BfNode *child = type != NULL ? type->first : NULL; child != NULL; child = child->next)
    if (g_str_has_suffix (child->name, "Type") && child->text[0] != '\0')
      return child->text;
  return type != NULL ? type->type : NULL;
}

gboolean
bf_datex_regulation (BfDatex *datex, const BfNode *order, GError **error)
{
  const BfNode *validity = bf_node_child (order, "validityByOrder");
  const BfNode *times = bf_node_child (validity, "validityTimeSpecification");
  g_autoptr (BfDatexValidity) in_force = bf_datex_validity_new (datex, validity);

  bf_datex_begin (datex, "regulation", bf_node_attribute (order, "id"), NULL);
  bf_datex_text (datex, "what", what_of (order));
  bf_datex_text (datex, "status", bf_node_text (order, "status"));
  bf_datex_text (datex, "state", bf_datex_validity_state (in_force, bf_sink_now (datex->records.sink)));
  bf_datex_text (datex, "start", bf_node_text (times, "overallStartTime"));
  bf_datex_text (datex, "end", bf_node_text (times, "overallEndTime"));
  bf_datex_text (datex, "comment", bf_datex_words (datex, bf_node_child (order, "description")));
  bf_datex_text (datex, "authority", bf_datex_words (datex, bf_node_child (order, "issuingAuthority")));
  bf_datex_text (datex, "reference", bf_node_text (order, "regulationId"));
  bf_datex_text (datex, "road", bf_datex_road (order));
  bf_datex_write_place (datex, order);
  return bf_datex_end (datex, error)
         && bf_datex_write_ahead (datex, "regulation", bf_node_attribute (order, "id"), in_force, error);
}
