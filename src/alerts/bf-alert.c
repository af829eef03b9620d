/* SPDX-License-Identifier: EUPL-1.2 */
/* Alerts, events, causes and records as plain values: see bf-alert.h. Making, copying, freeing, and what can be said of an
 * alert without asking anybody. No threads. */

#include "alerts/bf-alert.h"

#include <string.h>

/* --- marks and causes ------------------------------------------------------------------------------------------------ */

void
bf_alert_mark_set (BfAlertMark *mark, gint64 since_us, gint64 until_us, const char *by, const char *reason)
{
  g_autofree char *old_by = mark->by;
  g_autofree char *old_reason = mark->reason;

  *mark = (BfAlertMark){ since_us, until_us, g_strdup (by), g_strdup (reason) };
}

void
bf_alert_mark_clear (BfAlertMark *mark)
{
  bf_alert_mark_set (mark, BF_TIME_NONE, BF_TIME_NONE, NULL, NULL);
}

BfAlertCause *
bf_alert_cause_new (const char *id, const char *words, gint64 since_us, gint64 until_us)
{
  BfAlertCause *cause = g_new (BfAlertCause, 1);

  *cause = (BfAlertCause){ g_strdup (id), g_strdup (words), since_us, until_us };
  return cause;
}

void
bf_alert_cause_free (BfAlertCause *cause)
{
  if (cause == NULL)
    return;
  g_free (cause->id);
  g_free (cause->words);
  g_free (cause);
}

static GPtrArray *
causes_copy (const GPtrArray *causes)
{
  GPtrArray *copy;

  if (causes == NULL)
    return NULL;
  copy = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_alert_cause_free);
  for (guint i = 0; i < causes->len; i++)
    {
      const BfAlertCause *cause = g_ptr_array_index (causes, i);

      g_ptr_array_add (copy, bf_alert_cause_new (cause->id, cause->words, cause->since_us, cause->until_us));
    }
  return copy;
}

/**
 * bf_alert_causes_to_text:
 * @causes: (nullable)
 *
 * Returns: (transfer full) (nullable): a line a cause: id, since, until (both µs, `-` for none) and words, by tabs; the words escaped as
 * in C
 */
char *
bf_alert_causes_to_text (const GPtrArray *causes)
{
  GString *text;

  if (causes == NULL || causes->len == 0)
    return NULL;
  text = g_string_new (NULL);
  for (guint i = 0; i < causes->len; i++)
    {
      const BfAlertCause *cause = g_ptr_array_index (causes, i);
      g_autofree char *id = g_strescape (cause->id, NULL);
      g_autofree char *words = g_strescape (cause->words != NULL ? cause->words : "", NULL);

      g_string_append_printf (text, "%s\t%" G_GINT64_FORMAT "\t", id, cause->since_us);
      if (cause->until_us == BF_TIME_NONE)
        g_string_append (text, "-");
      else
        g_string_append_printf (text, "%" G_GINT64_FORMAT, cause->until_us);
      g_string_append_printf (text, "\t%s\n", words);
    }
  return g_string_free (text, FALSE);
}

/**
 * bf_alert_causes_from_text:
 * @text: (nullable)
 *
 * Returns: (transfer full) (nullable): %NULL when there are none; a line that is none is passed over
 */
GPtrArray *
bf_alert_causes_from_text (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  GPtrArray *causes = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (lines[i], "\t", 4);
      g_autofree char *id = NULL;
      g_autofree char *words = NULL;

      if (g_strv_length (parts) != 4)
        continue;
      id = g_strcompress (parts[0]);
      words = g_strcompress (parts[3]);
      if (causes == NULL)
        causes = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_alert_cause_free);
      g_ptr_array_add (causes, bf_alert_cause_new (id, words, g_ascii_strtoll (parts[1], NULL, 10),
                                                   g_str_equal (parts[2], "-") ? BF_TIME_NONE : g_ascii_strtoll (parts[2], NULL, 10)));
    }
  return causes;
}

/* --- alerts ---------------------------------------------------------------------------------------------------------- */

BfAlert *
bf_alert_new (const char *rule_id, const char *asset_id, BfPriority priority)
{
  BfAlert *alert = g_new0 (BfAlert, 1);

  alert->rule_id = g_strdup (rule_id);
  alert->asset_id = g_strdup (asset_id);
  alert->priority = priority;
  alert->raised_us = alert->cleared_us = alert->acknowledged_us = alert->acknowledged_until_us = BF_TIME_NONE;
  alert->damped_us = alert->quiet_us = alert->acted_us = alert->annunciated_us = BF_TIME_NONE;
  bf_alert_mark_clear (&alert->shelf);
  bf_alert_mark_clear (&alert->out);
  return alert;
}

void
bf_alert_free (BfAlert *alert)
{
  if (alert == NULL)
    return;
  g_free (alert->rule_id);
  g_free (alert->asset_id);
  bf_name_clear (&alert->title);
  g_free (alert->why);
  g_free (alert->values_json);
  g_free (alert->acknowledged_by);
  g_free (alert->comment);
  g_free (alert->shelf.by);
  g_free (alert->shelf.reason);
  g_free (alert->out.by);
  g_free (alert->out.reason);
  g_clear_pointer (&alert->causes, g_ptr_array_unref);
  g_free (alert->acted_by);
  g_free (alert);
}

/**
 * bf_alert_copy:
 *
 * Returns: (transfer full): a deep copy
 */
BfAlert *
bf_alert_copy (const BfAlert *alert)
{
  BfAlert *copy = g_memdup2 (alert, sizeof *alert);

  copy->rule_id = g_strdup (alert->rule_id);
  copy->asset_id = g_strdup (alert->asset_id);
  copy->title.text = g_strdup (alert->title.text);
  copy->title.fr = g_strdup (alert->title.fr);
  copy->why = g_strdup (alert->why);
  copy->values_json = g_strdup (alert->values_json);
  copy->acknowledged_by = g_strdup (alert->acknowledged_by);
  copy->comment = g_strdup (alert->comment);
  copy->shelf.by = g_strdup (alert->shelf.by);
  copy->shelf.reason = g_strdup (alert->shelf.reason);
  copy->out.by = g_strdup (alert->out.by);
  copy->out.reason = g_strdup (alert->out.reason);
  copy->causes = causes_copy (alert->causes);
  copy->acted_by = g_strdup (alert->acted_by);
  return copy;
}

gboolean
bf_alert_is_open (const BfAlert *alert)
{
  return bf_alert_mode_is_open (&(BfAlertMode){ alert->state, alert->flags });
}

BfAlertShown
bf_alert_shown (const BfAlert *alert)
{
  return bf_alert_mode_shown (&(BfAlertMode){ alert->state, alert->flags });
}

gboolean
bf_alert_is_active (const BfAlert *alert)
{
  return alert->state == BF_ALERT_UNACKNOWLEDGED || alert->state == BF_ALERT_ACKNOWLEDGED;
}

gboolean
bf_alert_waits_for_reset (const BfAlert *alert)
{
  return alert->state == BF_ALERT_NORMAL && (alert->flags & BF_ALERT_LATCHED);
}

gboolean
bf_alert_is_fleeting (const BfAlert *alert)
{
  return alert->state == BF_ALERT_RETURNED && alert->n_raised <= 1 && alert->cleared_us != BF_TIME_NONE
         && alert->cleared_us - alert->raised_us < BF_ALERT_FLEETING_US;
}

gboolean
bf_alert_is_stale (const BfAlert *alert, gint64 now_us)
{
  return bf_alert_is_active (alert) && now_us - alert->raised_us > BF_ALERT_STALE_US;
}

/* --- events ---------------------------------------------------------------------------------------------------------- */

void
bf_alert_event_free (BfAlertEvent *event)
{
  if (event == NULL)
    return;
  g_free (event->actor);
  g_free (event->comment);
  g_free (event);
}

/**
 * bf_alert_event_copy:
 *
 * Returns: (transfer full): a deep copy
 */
BfAlertEvent *
bf_alert_event_copy (const BfAlertEvent *event)
{
  BfAlertEvent *copy = g_memdup2 (event, sizeof *event);

  copy->actor = g_strdup (event->actor);
  copy->comment = g_strdup (event->comment);
  return copy;
}

/* --- out of service -------------------------------------------------------------------------------------------------- */

void
bf_alert_out_free (BfAlertOut *out)
{
  if (out == NULL)
    return;
  g_free (out->rule_id);
  g_free (out->asset_id);
  g_free (out->by);
  g_free (out->reason);
  g_free (out->ended_by);
  g_free (out->ended_comment);
  g_free (out);
}

BfAlertOut *
bf_alert_out_copy (const BfAlertOut *out)
{
  BfAlertOut *copy = g_memdup2 (out, sizeof *out);

  copy->rule_id = g_strdup (out->rule_id);
  copy->asset_id = g_strdup (out->asset_id);
  copy->by = g_strdup (out->by);
  copy->reason = g_strdup (out->reason);
  copy->ended_by = g_strdup (out->ended_by);
  copy->ended_comment = g_strdup (out->ended_comment);
  return copy;
}
