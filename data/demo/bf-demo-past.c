/* SPDX-License-Identifier: EUPL-1.2 */
/* The past of the town, as a supervision system's archive would give it: for `beffroictl learn`, so that what is judged by the nights and weeks
 * before is judged from the first minute on. Water: the other services' rules ask for nothing that is older than an hour. */

#include "bf-demo-city.h"

#define STEP_US (G_GINT64_CONSTANT (900) * G_USEC_PER_SEC)

/* What the thing is; of a sector that is all there is to say. */
static void
put_head (GString *out, const BfDemoThing *thing, gint64 at_us)
{
  g_string_append_printf (out, "{\"t\":%" G_GINT64_FORMAT ",\"asset\":", at_us / 1000);
  bf_demo_put_text (out, thing->id);
  g_string_append_printf (out, ",\"kind\":\"water.%s\"", thing->kind);
  if (thing->sector >= 0)
    g_string_append_printf (out, ",\"parent\":\"S%d\"", thing->sector + 1);
}

static void
put_value (GString *out, const char *property, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (out, ",\"property\":\"%s\",\"value\":%s", property, g_ascii_formatd (number, sizeof number, "%.3f", value));
}

GString *
bf_demo_past (const BfDemoCity *city, gint64 from_us, gint64 to_us)
{
  GString *out = g_string_new (NULL);

  for (gint64 at_us = from_us - from_us % STEP_US; at_us <= to_us; at_us += STEP_US)
    for (guint i = 0; i < city->water->len; i++)
      {
        const BfDemoThing *thing = &g_array_index (city->water, BfDemoThing, i);

        put_head (out, thing, at_us);
        if (g_str_equal (thing->kind, "pressure_logger"))
          put_value (out, "pressure", bf_demo_pressure (city, i, at_us));
        else if (g_str_equal (thing->kind, "flow_meter"))
          put_value (out, "flow", bf_demo_flow (city, i, at_us));
        g_string_append (out, "}\n");
      }
  return out;
}
