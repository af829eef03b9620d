/* SPDX-License-Identifier: EUPL-1.2 */
/* `works`: what is worked on, and what will be. */

#include "ctl/bf-ctl.h"

#include <glib/gi18n-lib.h>

#include "ctl/bf-ctl-ask.h"
#include "ctl/bf-ctl-print.h"

static void
add_works (GPtrArray *rows, BfJsonNode works, GTimeZone *zone)
{
  g_autofree char *from = bf_ctl_moment_of (works, "from", zone);
  g_autofree char *to = bf_ctl_moment_of (works, "to", zone);

  bf_ctl_table_add (rows, bf_json_member_bool (works, "in_force", FALSE) ? _ ("now") : _ ("to come"), from != NULL ? from : "-",
                    to != NULL ? to : "-", bf_ctl_name_of (works, "name"), bf_json_member_string (works, "by", "-"),
                    bf_json_member_string (works, "reason", "-"), bf_json_member_string (works, "id", ""), NULL);
}

int
bf_ctl_works (const BfCtl *ctl, char **arguments)
{
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("WORKS"), _ ("FROM"), _ ("TO"), _ ("NAME"), _ ("BY"), _ ("REASON"), _ ("ID"), NULL);
  g_autoptr (GTimeZone) zone = NULL;
  g_auto (BfCtlAnswer) answer = { 0 };
  BfJsonNode list, works;
  BfJsonIter iter;
  int code;

  if (!bf_ctl_begin (ctl, "/api/v1/works", NULL, &answer, &code))
    return code;
  zone = bf_ctl_meet (ctl);
  if (bf_json_member (answer.root, "works", &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &works))
      add_works (rows, works, zone);
  bf_ctl_print_table (rows);
  return code;
}
