/* SPDX-License-Identifier: EUPL-1.2 */
/* `learn`: what windows and profiles need to know of the past is learnt from it, before the engine starts: from observations of an archive, or
 * from the city's own store, after a rule was written that asks for what nobody remembered. The past goes through the evaluator that
 * the engine runs, with the rules in force. What an archive teaches of a series stands in place of what was remembered of it, the others
 * stay; the store is what the engine heard, and only adds to what is remembered. Neither observations nor alerts are stored. */

#include "ctl/bf-ctl.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-paths.h"
#include "base/bf-time.h"
#include "ctl/bf-ctl-ground.h"
#include "rules/bf-evaluator.h"
#include "store/bf-store.h"

typedef struct
{
  BfGround ground;
  BfRuleSet *rules;
  BfRehearsal *rehearsal;
  BfStore *store; /* held, so that no engine runs meanwhile */
  char *path;
  GBytes *kept; /* what was remembered before */
} Learning;

static void
learning_clear (Learning *learning)
{
  g_clear_pointer (&learning->rehearsal, bf_rehearsal_free);
  g_clear_pointer (&learning->rules, bf_rule_set_free);
  g_clear_pointer (&learning->store, bf_store_close);
  g_clear_pointer (&learning->path, g_free);
  g_clear_pointer (&learning->kept, g_bytes_unref);
  bf_ground_clear (&learning->ground);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Learning, learning_clear)

static int
open_folders (Learning *learning)
{
  const BfGround *ground = &learning->ground;
  g_autofree char *data_dir = ground->ctl->data != NULL ? g_strdup (ground->ctl->data) : bf_paths_data_dir (ground->ctl->city);
  g_autofree char *store_dir = bf_ground_store_dir (ground);
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GError) error = NULL;

  learning->store = bf_store_open (store_dir, &error);
  if (learning->store == NULL)
    return bf_ground_fail (error);
  learning->path = g_build_filename (data_dir, BF_SERIES_STATE_FILE, NULL);
  file = g_mapped_file_new (learning->path, FALSE, NULL);
  learning->kept = file != NULL ? g_mapped_file_get_bytes (file) : g_bytes_new (NULL, 0);
  return BF_CTL_OK;
}

static int
run_observations (Learning *learning)
{
  BfGround *ground = &learning->ground;
  BfPastSeries series = { .zone = ground->zone };
  int code = bf_ground_kinds (ground, series.kinds);

  if (code != BF_CTL_OK)
    return code;
  for (guint i = 0; i < bf_catalog_n_services (ground->catalog); i++)
    bf_past_add_feed (ground->past, NULL, i, ground->stale_us);
  bf_past_begin_stream (ground->past, &learning->rehearsal, 1, ground->to_us);
  code = bf_ground_read_observations (ground, &series);
  bf_past_end_stream (ground->past);
  return code;
}

static int
run_store (Learning *learning)
{
  BfGround *ground = &learning->ground;
  g_autofree char *dir = bf_ground_store_dir (ground);
  BfPastStore store = { dir, ground->ctl->city, ground->from_us != BF_TIME_NONE ? ground->from_us : 0, ground->to_us, 0, 0 };
  g_autoptr (GError) error = NULL;

  bf_rehearsal_recall (learning->rehearsal, learning->kept, bf_time_now_us ());
  if (bf_past_run_store (ground->catalog, &store, &learning->rehearsal, 1, ground->problems, &error))
    return BF_CTL_OK;
  return bf_ground_fail (error);
}

static int
write_down (const Learning *learning)
{
  g_autoptr (GBytes) learnt = bf_rehearsal_remembered (learning->rehearsal);
  guint n_learnt, n_kept;
  g_autoptr (GBytes) all = bf_series_state_merge (learning->kept, learnt, &n_learnt, &n_kept);
  const BfRehearsalCounts *counts = bf_rehearsal_counts (learning->rehearsal);
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *data = g_bytes_get_data (all, &length);
  BfPastCounts past;

  if (!g_file_set_contents_full (learning->path, data != NULL ? data : "", (gssize) length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    return bf_ground_fail (error);
  bf_past_counts (learning->ground.past, &past);
  g_print (_ ("%" PRIu64 " observations; learnt: %u series; kept as they were: %u; refused: %" PRIu64 "\n"), counts->n_observations, n_learnt,
           n_kept, past.n_refused + counts->n_refused);
  return counts->n_observations == 0 || past.n_refused + counts->n_refused > 0 ? BF_CTL_PROBLEMS : BF_CTL_OK;
}

int
bf_ctl_learn (const BfCtl *ctl, char **arguments)
{
  static const BfRehearsalHandler handler = { NULL, bf_ground_feed_name };
  g_auto (Learning) learning = { 0 };
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  BfGround *ground = &learning.ground;
  BfCatalog *catalog = bf_ctl_catalog (ctl);
  BfRehearsalOptions options;
  int code;

  if (catalog == NULL)
    return BF_CTL_FAILED;
  code = bf_ground_open (ground, ctl, "learn", catalog);
  if (code == BF_CTL_OK && ctl->city == NULL)
    code = bf_ground_usage (ground, _ ("expected --city DIR"));
  if (code == BF_CTL_OK)
    code = open_folders (&learning);
  if (code != BF_CTL_OK)
    return code;
  learning.rules = bf_ground_rules (ground, none);
  options = (BfRehearsalOptions){ ground->zone, ground->zones, ground->from_us, FALSE, TRUE };
  learning.rehearsal = bf_rehearsal_new (ground->catalog, learning.rules, &options, &handler, ground);
  bf_ground_set_plan (ground, learning.rehearsal, TRUE);
  code = ctl->observations != NULL ? run_observations (&learning) : run_store (&learning);
  bf_ground_print_problems (ground);
  return code == BF_CTL_OK ? write_down (&learning) : code;
}
