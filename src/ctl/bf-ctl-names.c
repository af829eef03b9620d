/* SPDX-License-Identifier: EUPL-1.2 */
/* Names of the catalogue: see bf-ctl-names.h. An index over the engine's answer, which it keeps. */

#include "ctl/bf-ctl-names.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-language.h"
#include "base/bf-text.h"

#define DECIMALS_MAX 3

struct _BfCtlNames
{
  BfCtlAnswer answer;
  GHashTable *nodes; /* "parking.off_street", or "parking.off_street/free_spaces": BfJsonNode */
};

static void
index_node (BfCtlNames *names, const char *kind, const char *property, BfJsonNode node)
{
  char *key = property != NULL ? g_strconcat (kind, "/", property, NULL) : g_strdup (kind);

  g_hash_table_replace (names->nodes, key, g_memdup2 (&node, sizeof node));
}

static void
index_property (BfCtlNames *names, BfJsonNode property)
{
  const char *id = bf_json_member_string (property, "id", "");
  BfJsonNode kinds, kind;
  BfJsonIter iter;
  const char *text;

  if (!bf_json_member (property, "kinds", &kinds) || !bf_json_iter_init (&iter, kinds))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &kind))
    if (bf_json_get_string (kind, &text, NULL))
      index_node (names, text, id, property);
}

static void
index_service (BfCtlNames *names, BfJsonNode service)
{
  BfJsonNode list, node;
  BfJsonIter iter;

  if (bf_json_member (service, "kinds", &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &node))
      index_node (names, bf_json_member_string (node, "id", ""), NULL, node);
  if (bf_json_member (service, "properties", &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &node))
      index_property (names, node);
}

BfCtlNames *
bf_ctl_names_new (const BfCtl *ctl, int *ret_code)
{
  g_autoptr (BfCtlNames) names = g_new0 (BfCtlNames, 1);
  BfJsonNode services, service;
  BfJsonIter iter;

  names->nodes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  *ret_code = bf_ctl_ask (ctl, "/api/v1/catalog", NULL, &names->answer);
  if (*ret_code != BF_CTL_OK)
    return NULL;
  if (bf_json_member (names->answer.root, "services", &services) && bf_json_iter_init (&iter, services))
    while (bf_json_iter_next (&iter, NULL, NULL, &service))
      index_service (names, service);
  return g_steal_pointer (&names);
}

void
bf_ctl_names_free (BfCtlNames *names)
{
  if (names == NULL)
    return;
  g_hash_table_unref (names->nodes);
  bf_ctl_answer_clear (&names->answer);
  g_free (names);
}

static const BfJsonNode *
find (const BfCtlNames *names, const char *kind, const char *property)
{
  g_autofree char *key = property != NULL ? g_strconcat (kind, "/", property, NULL) : g_strdup (kind);

  return g_hash_table_lookup (names->nodes, key);
}

/* The text for people of @node, else @id. */
static const char *
name_or_id (const BfJsonNode *node, const char *id)
{
  const char *name = node != NULL ? bf_ctl_name_of (*node, "name") : "";

  return name[0] != '\0' ? name : id;
}

const char *
bf_ctl_names_kind (const BfCtlNames *names, const char *kind)
{
  return name_or_id (find (names, kind, NULL), kind);
}

const char *
bf_ctl_names_property (const BfCtlNames *names, const char *kind, const char *property)
{
  return name_or_id (find (names, kind, property), property);
}

static const char *
state_name (const BfJsonNode *property, const char *state)
{
  BfJsonNode states, one;
  BfJsonIter iter;

  if (property != NULL && bf_json_member (*property, "values", &states) && bf_json_iter_init (&iter, states))
    while (bf_json_iter_next (&iter, NULL, NULL, &one))
      if (strcmp (bf_json_member_string (one, "id", ""), state) == 0)
        return name_or_id (&one, state);
  return state;
}

static char *
number_text (const BfJsonNode *property, double value)
{
  g_autofree char *number = bf_number_format (value, DECIMALS_MAX, bf_language_now ());
  const char *unit = property != NULL ? bf_ctl_name_of (*property, "unit") : "";

  return g_strconcat (number, unit[0] != '\0' ? "\xc2\xa0" : "", unit, NULL);
}

char *
bf_ctl_names_value (const BfCtlNames *names, const char *kind, const char *property, BfJsonNode value)
{
  const BfJsonNode *described = find (names, kind, property);
  g_autofree char *text = NULL;
  BfJsonNode inner;
  double number;

  if (bf_json_member (value, "value", &inner) && bf_json_get_double (inner, &number))
    text = number_text (described, number);
  else
    text = g_strdup (state_name (described, bf_json_member_string (value, "value", "?")));
  return bf_json_member_bool (value, "known", FALSE) ? g_steal_pointer (&text) : g_strconcat (text, " ", _ ("(unknown)"), NULL);
}
