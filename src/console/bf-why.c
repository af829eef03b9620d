/* SPDX-License-Identifier: EUPL-1.2 */
/* Why there is an alert, since when, whom it touches and who has it: see bf-why.h. */

#include "console/bf-why.h"

#include <glib/gi18n-lib.h>

#include "console/bf-words.h"

static void
append_escaped (GString *text, const char *before, const char *words)
{
  g_autofree char *escaped = g_markup_escape_text (words, -1);

  g_string_append (text, before);
  g_string_append (text, escaped);
}

static void
append_values (BfCityView *view, const BfAlertItem *alert, GString *text)
{
  const BfCityCatalog *catalog = bf_city_view_catalog (view);

  for (guint i = 0; i < alert->values->len; i++)
    {
      const BfAlertValue *value = &g_array_index (alert->values, BfAlertValue, i);
      guint index = bf_city_catalog_find_property (catalog, alert->service, value->property);
      const BfCityProperty *property = index == BF_CITY_NONE ? NULL : bf_city_catalog_property (catalog, index);
      g_autofree char *number = NULL;
      g_autofree char *clock = bf_words_clock (value->observed_us, bf_city_view_zone (view), FALSE);
      g_autofree char *line = NULL;

      if (value->text != NULL)
        number = g_strdup (value->text);
      else if (property != NULL)
        number = bf_words_value (property, value->value);
      else
        number = bf_words_number_with_unit (value->value, value->unit);
      line = g_strdup_printf (_("%s: %s at %s"),
                              property != NULL ? bf_name_get (&property->name, bf_words_language ()) : value->property, number,
                              clock);
      append_escaped (text, i == 0 ? "\n" : " · ", line);
    }
}

/* How long the condition has held, or held. */
static char *
span_line (BfCityView *view, const BfAlertItem *alert)
{
  gint64 now_us = bf_city_view_now_us (view);
  gboolean gone = alert->state == BF_ALERT_ITEM_RETURNED || alert->state == BF_ALERT_ITEM_NORMAL;
  g_autofree char *from = bf_words_moment (alert->raised_us, now_us, bf_city_view_zone (view));
  g_autofree char *duration = NULL;
  g_autofree char *to = NULL;

  if (!gone || alert->cleared_us == BF_TIME_NONE)
    {
      duration = bf_words_duration (now_us - alert->raised_us);
      return gone ? g_strdup_printf (_("Over. Raised %s."), from) : g_strdup_printf (_("Since %s (%s)."), from, duration);
    }
  duration = bf_words_duration (alert->cleared_us - alert->raised_us);
  to = bf_words_moment (alert->cleared_us, now_us, bf_city_view_zone (view));
  return g_strdup_printf (_("Over: the condition held from %s to %s (%s)."), from, to, duration);
}

/**
 * bf_why_markup:
 *
 * Returns: (transfer full): Pango markup, in the language of the words
 */
char *
bf_why_markup (BfCityView *view, const BfAlertItem *alert)
{
  GString *text = g_string_new (NULL);
  g_autofree char *touches = NULL;
  g_autofree char *since = NULL;

  since = span_line (view, alert);
  append_escaped (text, "<b>", _("Why?"));
  append_escaped (text, "</b> ", alert->why);
  /* The engine's words say the values already; without words they are all there is. */
  if (alert->why[0] == '\0' && bf_city_view_catalog (view) != NULL)
    append_values (view, alert, text);
  append_escaped (text, "\n", since);
  if (alert->inhabitants > 0)
    {
      g_autofree char *number = bf_words_number ((double) alert->inhabitants, 0);
      g_autofree char *line = g_strdup_printf (_("Touches %s inhabitants."), number);

      append_escaped (text, " ", line);
    }
  touches = bf_words_touches (alert);
  if (touches != NULL)
    {
      g_autofree char *line = g_strdup_printf (_("Near: %s."), touches);

      append_escaped (text, " ", line);
    }
  if (alert->state == BF_ALERT_ITEM_RETURNED)
    append_escaped (text, "\n", _("Nobody has acknowledged it yet."));
  if (alert->acknowledged_by != NULL)
    {
      g_autofree char *who = bf_words_who (alert, bf_city_view_zone (view));
      g_autofree char *line = g_strdup_printf (_("Acknowledged: %s"), who);

      append_escaped (text, "\n", line);
      if (*alert->acknowledged_comment != '\0')
        {
          g_autofree char *quoted = g_strdup_printf (_(": “%s”"), alert->acknowledged_comment);

          append_escaped (text, "", quoted);
        }
    }
  return g_string_free (text, FALSE);
}
