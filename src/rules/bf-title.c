/* SPDX-License-Identifier: EUPL-1.2 */
/* An alert's title: the rule's text with what is known of the asset now. What has no address is not said to have none. Part of the
 * evaluator, whose rules know it; of its thread. */

#include "rules/bf-evaluator-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-text.h"

/* The street without the number before it: "4 bis Rue de la Motte" -> "Rue de la Motte". */
static const char *
street_of (const char *address)
{
  static const char *const repeated[] = { "bis ", "ter ", "quater " };
  const char *street = address + strspn (address, "0123456789");

  if (street == address)
    return address;
  while (*street == ' ')
    street++;
  for (guint i = 0; i < G_N_ELEMENTS (repeated); i++)
    if (g_ascii_strncasecmp (street, repeated[i], strlen (repeated[i])) == 0)
      return street + strlen (repeated[i]);
  return street;
}

/* %NULL when there is none, or when the asset's name says the street already. */
static const char *
address_to_say (const BfEvaluator *evaluator, guint32 asset)
{
  const char *address = bf_model_asset_address (evaluator->model, asset);
  const char *name = bf_model_asset_name (evaluator->model, asset);
  g_autofree char *folded_street = NULL;
  g_autofree char *folded_name = NULL;

  if (address == NULL || address[0] == '\0')
    return NULL;
  folded_street = bf_text_fold (street_of (address));
  folded_name = bf_text_fold (name != NULL ? name : "");
  return folded_street[0] != '\0' && strstr (folded_name, folded_street) != NULL ? NULL : address;
}

/* What is not known is not announced where the title can do without: its comma goes too. */
static const char *
leave_out (GString *title, const char *words)
{
  if (!g_str_has_suffix (title->str, ", "))
    return words;
  g_string_truncate (title, title->len - 2);
  return "";
}

static const char *
asset_to_say (const BfEvaluator *evaluator, guint32 asset)
{
  const char *name = bf_model_asset_name (evaluator->model, asset);

  return name != NULL && name[0] != '\0' ? name : bf_model_asset_id (evaluator->model, asset);
}

static void
append_value (const BfEvaluator *evaluator, GString *title, guint16 property, guint32 asset, const char *language)
{
  const BfProperty *p = bf_catalog_property (evaluator->set->catalog, property);
  g_autofree char *value = NULL;
  BfLatest latest;

  if (!bf_model_latest (evaluator->model, asset, property, &latest))
    {
      g_string_append (title, C_ ("value in an alert's title", "unknown"));
      return;
    }
  value = bf_rule_value_text (p, latest.value, language);
  if (p->type == BF_PROPERTY_STATE && title->len > 0)
    bf_rule_append_name (title, value);
  else
    g_string_append (title, value);
}

static void
append_part (const BfEvaluator *evaluator, GString *title, const BfTitlePart *part, guint32 asset, const char *zone_name,
             const char *language)
{
  const char *address;

  switch (part->type)
    {
    case BF_PART_TEXT:
      g_string_append (title, part->text);
      break;
    case BF_PART_ASSET:
      g_string_append (title, asset_to_say (evaluator, asset));
      break;
    case BF_PART_ADDRESS:
      address = address_to_say (evaluator, asset);
      g_string_append (title, address != NULL ? address : leave_out (title, _ ("address unknown")));
      break;
    case BF_PART_ZONE:
      g_string_append (title, zone_name != NULL ? zone_name : leave_out (title, _ ("zone unknown")));
      break;
    case BF_PART_PROPERTY:
    default:
      append_value (evaluator, title, part->property, asset, language);
    }
}

/**
 * bf_evaluator_title:
 * @zone_name: (nullable): for {zone}
 *
 * Returns: (transfer full): the rule's title with the asset's latest values, known or stale
 */
char *
bf_evaluator_title (BfEvaluator *evaluator, guint rule, guint32 asset, const char *zone_name, const char *language)
{
  const BfRuleFull *full = (const BfRuleFull *) bf_evaluator_rule_for (evaluator, rule, asset);
  gboolean fr = language != NULL && g_str_has_prefix (language, "fr");
  const GArray *parts = fr && full->title_parts_fr != NULL ? full->title_parts_fr : full->title_parts;
  GString *title = g_string_new (NULL);

  for (guint i = 0; i < parts->len; i++)
    append_part (evaluator, title, &g_array_index (parts, BfTitlePart, i), asset, zone_name, language);
  return g_string_free (title, FALSE);
}
