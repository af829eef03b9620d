/* SPDX-License-Identifier: EUPL-1.2 */
/* `replay`: observations a line go through the evaluator and the book that the engine runs, and every transition of an alert comes out as
 * it happens. Nobody acknowledges: an alert whose condition has gone stays open, and is raised again, as the engine's would. What is
 * held is the city as it is at the moment; neither observations nor alerts that are over. */

#include "ctl/bf-ctl.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-language.h"
#include "base/bf-time.h"
#include "ctl/bf-ctl-ground.h"
#include "ctl/bf-ctl-print.h"
#include "json/bf-json-out.h"

typedef struct
{
  BfGround ground;
  GPtrArray *files;
  BfRuleSet *rules;
  BfRehearsal *rehearsal;
  GString *text; /* of the line under way */
  guint64 n_transitions;
} Replay;

static void
replay_clear (Replay *replay)
{
  g_clear_pointer (&replay->rehearsal, bf_rehearsal_free);
  g_clear_pointer (&replay->rules, bf_rule_set_free);
  g_clear_pointer (&replay->files, g_ptr_array_unref);
  if (replay->text != NULL)
    g_string_free (replay->text, TRUE);
  bf_ground_clear (&replay->ground);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Replay, replay_clear)

static void
print_json (Replay *replay, const BfAlert *alert, const BfAlertEvent *event)
{
  g_autofree char *values = bf_rehearsal_event_values (replay->rehearsal);
  BfJsonOut out;

  g_string_truncate (replay->text, 0);
  bf_json_out_init (&out, replay->text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_time (&out, "t", event->at_us);
  bf_json_out_string (&out, "rule", alert->rule_id);
  bf_json_out_string (&out, "asset", alert->asset_id);
  bf_json_out_string (&out, "from", bf_alert_state_id (event->from));
  bf_json_out_string (&out, "to", bf_alert_state_id (event->to));
  bf_json_out_string (&out, "priority", bf_priority_id (alert->priority));
  bf_json_out_begin_object (&out, "title");
  bf_json_out_string (&out, "en", alert->title.text);
  bf_json_out_string (&out, "fr", alert->title.fr);
  bf_json_out_end_object (&out);
  bf_json_out_raw (&out, "values", values != NULL ? values : alert->values_json);
  bf_json_out_end_object (&out);
  g_string_append_c (replay->text, '\n');
  fwrite (replay->text->str, 1, replay->text->len, stdout);
}

/* A row of fixed columns: the next may come an hour later, so that no width can be known. */
static void
print_row (Replay *replay, const BfAlert *alert, const BfAlertEvent *event)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (event->at_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, replay->ground.zone) : NULL;
  g_autofree char *at = local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S") : g_strdup ("-");

  bf_ctl_print_columns (at, 19, bf_ctl_word (bf_alert_state_id (event->to)), 16, bf_ctl_word (bf_priority_id (alert->priority)), 8,
                        alert->rule_id, 24, alert->asset_id, 24, bf_name_get (&alert->title, bf_language_now ()), 0, NULL);
}

static void
changed_cb (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event)
{
  Replay *replay = user_data;

  replay->n_transitions++;
  if (replay->ground.ctl->json)
    print_json (replay, alert, event);
  else
    print_row (replay, alert, event);
}

static const char *
feed_name_cb (gpointer user_data, guint16 feed)
{
  return bf_ground_feed_name (&((Replay *) user_data)->ground, feed);
}

static int
run (Replay *replay)
{
  static const BfRehearsalHandler handler = { changed_cb, feed_name_cb };
  BfGround *ground = &replay->ground;
  BfRehearsalOptions options = { ground->zone, ground->zones, BF_TIME_NONE, FALSE, TRUE };
  BfPastSeries series = { .zone = ground->zone };
  int code = bf_ground_kinds (ground, series.kinds);

  if (code != BF_CTL_OK)
    return code;
  replay->rehearsal = bf_rehearsal_new (ground->catalog, replay->rules, &options, &handler, replay);
  bf_ground_set_plan (ground, replay->rehearsal, TRUE);
  for (guint i = 0; i < bf_catalog_n_services (ground->catalog); i++)
    bf_past_add_feed (ground->past, NULL, i, ground->stale_us);
  bf_past_begin_stream (ground->past, &replay->rehearsal, 1, ground->to_us);
  code = bf_ground_read_observations (ground, &series);
  bf_past_end_stream (ground->past);
  if (fflush (stdout) != 0 || ferror (stdout))
    {
      g_printerr (_ ("beffroictl replay: what it tells could not be written\n"));
      return BF_CTL_FAILED;
    }
  return code;
}

/* On stderr, so that what is told stays one object a line. */
static int
print_counts (const Replay *replay)
{
  const BfRehearsalCounts *counts = bf_rehearsal_counts (replay->rehearsal);
  guint64 n_refused;
  BfPastCounts past;

  bf_past_counts (replay->ground.past, &past);
  n_refused = past.n_refused + counts->n_refused;
  g_printerr (_ ("%" PRIu64 " observations, %" PRIu64 " transitions; %" PRIu64 " out of order, of them %" PRIu64
                 " older than the newest of their property; %" PRIu64 " again, %" PRIu64 " with another value for the same time, %" PRIu64
                 " refused\n"),
              counts->n_observations, replay->n_transitions, past.n_disordered, counts->n_late, counts->n_again, counts->n_conflicts,
              n_refused);
  return n_refused > 0 || past.n_disordered > 0 || counts->n_observations == 0 || replay->ground.problems->len > 0 ? BF_CTL_PROBLEMS
                                                                                                                  : BF_CTL_OK;
}

int
bf_ctl_replay (const BfCtl *ctl, char **arguments)
{
  g_auto (Replay) replay = { .files = g_ptr_array_new (), .text = g_string_new (NULL) };
  BfCatalog *catalog = bf_ctl_catalog (ctl);
  int code;

  if (catalog == NULL)
    return BF_CTL_FAILED;
  code = bf_ground_open (&replay.ground, ctl, "replay", catalog);
  for (guint i = 0; ctl->rules != NULL && ctl->rules[i] != NULL; i++)
    g_ptr_array_add (replay.files, ctl->rules[i]);
  if (code == BF_CTL_OK && (ctl->observations == NULL || arguments[0] != NULL))
    code = bf_ground_usage (&replay.ground, _ ("expected --observations FILE, or “-” for standard input"));
  if (code != BF_CTL_OK)
    return code;
  if (strcmp (ctl->observations, "-") == 0)
    setvbuf (stdout, NULL, _IOLBF, 0);
  replay.rules = bf_ground_rules (&replay.ground, replay.files);
  code = replay.rules != NULL ? run (&replay) : BF_CTL_FAILED;
  bf_ground_print_problems (&replay.ground);
  return code == BF_CTL_OK ? print_counts (&replay) : code;
}
