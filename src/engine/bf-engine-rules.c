/* SPDX-License-Identifier: EUPL-1.2 */
/* The city's rules: the files of rules.d as they are in force, their record in the store, and their change while the engine runs.
 *
 * A file that differs from what the store has last was edited by hand: that is recorded when it is read, with its owner as who. Rules
 * change as a whole: a new set and a new evaluator over the same model, to which everything that has not changed is handed on
 * (delays that run, what is raised, counts, what windows remember, since when assets are watched). It is one turn of the loop, at a
 * moment when a person changed the rules: what it costs stands in README.md. Main thread. */

#include "engine/bf-engine-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <pwd.h>
#include <string.h>

#include "base/bf-time.h"
#include "model/bf-city-files.h"

#define FILE_BYTES_MAX (512u << 10)

static void
rule_file_free (gpointer data)
{
  BfRuleFile *file = data;

  g_free (file->name);
  g_free (file->text);
  g_free (file->sha256);
  g_free (file->actor);
  g_free (file->reason);
  g_free (file);
}

/* --- the files ------------------------------------------------------------------------------------------------------ */

static BfRuleFile *
rule_file_new (const char *name, const char *text, gint64 at_us, const char *actor, const char *reason)
{
  BfRuleFile *file = g_new0 (BfRuleFile, 1);

  file->name = g_strdup (name);
  file->text = g_strdup (text);
  file->sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  file->at_us = at_us;
  file->actor = g_strdup (actor);
  file->reason = g_strdup (reason);
  return file;
}

/* As whom a person edits on this machine. */
static char *
owner_of (const char *path)
{
  GStatBuf info;
  const struct passwd *user = g_stat (path, &info) == 0 ? getpwuid (info.st_uid) : NULL;

  return user != NULL ? g_strdup (user->pw_name) : g_strdup (_ ("unknown"));
}

/* The text on disk; NULL: there is none, or with @error it cannot be read. */
static char *
read_text (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) local = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &local))
    {
      if (!g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (length <= FILE_BYTES_MAX && memchr (text, '\0', length) == NULL && g_utf8_validate (text, (gssize) length, NULL))
    return g_steal_pointer (&text);
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: expected UTF-8 text of at most %u KiB"), path, FILE_BYTES_MAX >> 10);
  return NULL;
}

static void
stored_cb (gpointer user_data, const BfStoreChange *change)
{
  const char *name = change->path + strlen (BF_RULES_DIR);

  if (change->text != NULL)
    g_hash_table_insert (user_data, g_strdup (name), rule_file_new (name, change->text, change->at_us, change->actor, change->reason));
}

char *
bf_engine_rules_path (const BfEngine *engine, const char *name)
{
  return g_build_filename (engine->city->dir, "rules.d", name, NULL);
}

/* What the disk has of one file; what is another than @before is recorded. NULL: it is not to be used. */
static BfRuleFile *
read_file (BfEngine *engine, const char *path, GHashTable *before, GPtrArray *problems)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = read_text (path, &error);
  g_autofree char *owner = NULL;
  g_autofree char *stored = g_strconcat (BF_RULES_DIR, name, NULL);
  const BfRuleFile *known = g_hash_table_lookup (before, name);
  gint64 now_us = bf_time_now_us ();

  if (text == NULL)
    {
      if (error != NULL)
        bf_problems_add_error (problems, path, error);
      return NULL;
    }
  if (known != NULL && g_str_equal (known->text, text))
    return rule_file_new (name, text, known->at_us, known->actor, known->reason);
  owner = owner_of (path);
  bf_store_put_file (engine->store, stored, text, now_us, owner);
  bf_engine_log (engine, bf_engine_log_of_rules (stored, owner, NULL, FALSE, now_us));
  return rule_file_new (name, text, now_us, owner, NULL);
}

/* All files of rules.d in the order of their names; one that was there before and is gone is recorded as gone. */
static GPtrArray *
read_files (BfEngine *engine, GHashTable *before, GPtrArray *problems)
{
  g_autoptr (GPtrArray) paths = bf_city_list (engine->city->dir, "rules.d", ".rules", problems);
  GPtrArray *files = g_ptr_array_new_with_free_func (rule_file_free);
  g_autoptr (GHashTable) there = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer name;

  for (guint i = 0; i < paths->len; i++)
    {
      BfRuleFile *file = read_file (engine, g_ptr_array_index (paths, i), before, problems);

      g_hash_table_add (there, g_path_get_basename (g_ptr_array_index (paths, i)));
      if (file != NULL)
        g_ptr_array_add (files, file);
    }
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_hash_table_contains (there, name))
      {
        g_autofree char *stored = g_strconcat (BF_RULES_DIR, name, NULL);

        bf_store_put_file (engine->store, stored, NULL, bf_time_now_us (), NULL);
        bf_engine_log (engine, bf_engine_log_of_rules (stored, NULL, NULL, TRUE, bf_time_now_us ()));
      }
  return files;
}

static GHashTable *
by_name (GPtrArray *files)
{
  GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < files->len; i++)
    g_hash_table_insert (table, ((BfRuleFile *) g_ptr_array_index (files, i))->name, g_ptr_array_index (files, i));
  return table;
}

const BfRuleFile *
bf_engine_rules_file (const BfEngine *engine, const char *name)
{
  for (guint i = 0; i < engine->rule_files->len; i++)
    if (g_str_equal (((BfRuleFile *) g_ptr_array_index (engine->rule_files, i))->name, name))
      return g_ptr_array_index (engine->rule_files, i);
  return NULL;
}

/* --- the set -------------------------------------------------------------------------------------------------------- */

/* The stock rules and over them those of @files, of which @name has @text instead (NULL: it is left out). */
static BfRuleSet *
compile (BfEngine *engine, GPtrArray *files, const char *name, const char *text, GPtrArray *problems)
{
  g_auto (GStrv) procedures = bf_city_procedures (engine->catalog, engine->city->dir, problems);
  g_auto (GStrv) contacts = bf_city_contacts (engine->city->dir, problems);
  BfRuleSet *rules = bf_rule_set_new (engine->catalog, problems);
  gboolean done = name == NULL || text == NULL;

  bf_rule_set_set_alsace_moselle (rules, engine->city->alsace_moselle);
  bf_rule_set_set_zones (rules, engine->zones);
  bf_rule_set_add_in_force (rules, NULL, problems);
  for (guint i = 0; i <= files->len; i++)
    {
      const BfRuleFile *file = i < files->len ? g_ptr_array_index (files, i) : NULL;
      gboolean same = file != NULL && g_strcmp0 (file->name, name) == 0;

      if (!done && (file == NULL || strcmp (file->name, name) >= 0))
        {
          g_autofree char *path = bf_engine_rules_path (engine, name);

          bf_rule_set_add_text (rules, path, text, strlen (text), problems);
          done = TRUE;
        }
      if (file != NULL && !same)
        {
          g_autofree char *path = bf_engine_rules_path (engine, file->name);

          bf_rule_set_add_text (rules, path, file->text, strlen (file->text), problems);
        }
    }
  bf_rule_set_check_names (rules, (const char *const *) procedures, (const char *const *) contacts, problems);
  bf_rule_set_link (rules, TRUE, problems);
  bf_rule_set_finish (rules);
  return rules;
}

/**
 * bf_engine_rules_check:
 * @name: of a file in rules.d; @text: (nullable): what would stand there; %NULL: nothing
 *
 * What would be wrong if it were saved, of this file only.
 *
 * Returns: %FALSE with @error, which names each line
 */
gboolean
bf_engine_rules_check (BfEngine *engine, const char *name, const char *text, GError **error)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfRuleSet) rules = compile (engine, engine->rule_files, name, text, problems);
  g_autoptr (GString) said = g_string_new (NULL);

  for (guint i = 0; i < problems->len && said->len < 2000; i++)
    {
      const BfProblem *problem = g_ptr_array_index (problems, i);

      if (text != NULL && g_str_has_suffix (problem->file, name))
        g_string_append_printf (said, "%s%s:%u: %s", said->len > 0 ? "\n" : "", name, problem->line, problem->message);
    }
  if (said->len == 0)
    return TRUE;
  g_set_error_literal (error, BF_ERROR, BF_ERROR_VALUE, said->str);
  return FALSE;
}

/* The procedures as they are on disk now, and what is wrong with them in place of what was. */
static void
load_procedures (BfEngine *engine)
{
  for (guint i = engine->problems->len; i > 0; i--)
    {
      const BfProblem *problem = g_ptr_array_index (engine->problems, i - 1);

      if (problem->file != NULL && g_str_has_suffix (problem->file, ".md"))
        g_ptr_array_remove_index (engine->problems, i - 1);
    }
  g_clear_pointer (&engine->procedures, bf_procedures_free);
  engine->procedures = bf_procedures_load (engine->catalog, engine->city->dir, engine->problems);
}

/**
 * bf_engine_rules_start:
 *
 * Reads and compiles the rules in force; the store is open, the evaluator is not there yet.
 */
gboolean
bf_engine_rules_start (BfEngine *engine, GError **error)
{
  g_autoptr (GHashTable) stored = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, rule_file_free);

  if (!bf_store_load_files (engine->store, BF_RULES_DIR, stored_cb, stored, error))
    return FALSE;
  engine->rule_files = read_files (engine, stored, engine->problems);
  engine->rules = compile (engine, engine->rule_files, NULL, NULL, engine->problems);
  engine->rules_since_us = bf_time_now_us ();
  load_procedures (engine);
  return TRUE;
}

/* --- from one set to another ---------------------------------------------------------------------------------------- */

typedef struct
{
  BfEngine *engine;
  const BfRuleSet *rules;
  BfEvaluator *evaluator;
  guint n_kept;
} Moving;

static gboolean
is_same_rule (const BfRuleSet *a, const BfRuleSet *b, const char *id)
{
  const BfRule *before = bf_rule_set_find (a, id);
  const BfRule *after = bf_rule_set_find (b, id);

  return before != NULL && after != NULL && g_str_equal (before->text, after->text);
}

/* A rule that is as it was goes on where it stood; of one that was changed only that its alert is open, so that its end is noticed. */
static void
move_state_cb (const BfRuleState *state, gpointer user_data)
{
  Moving *moving = user_data;
  const char *asset = bf_model_asset_id (moving->engine->model, state->asset);
  const BfAlert *alert = bf_alert_book_find (moving->engine->book, state->rule_id, asset);
  BfRuleState open = { .rule_id = state->rule_id, .asset = state->asset, .raised = TRUE, .met = TRUE, .pending_since_us = BF_TIME_NONE };

  if (is_same_rule (moving->engine->rules, moving->rules, state->rule_id))
    bf_evaluator_restore (moving->evaluator, state);
  else if (bf_rule_set_find (moving->rules, state->rule_id) != NULL && alert != NULL && bf_alert_is_active (alert))
    bf_evaluator_restore (moving->evaluator, &open);
  moving->n_kept++;
}

/* Alerts of rules that are no longer there, or that watch another kind of asset now, end and say why. That a rule has its MaxAlerts= is
 * said anew of one that was changed. */
static void
end_orphans (BfEngine *engine, const BfRuleSet *before)
{
  g_autoptr (GPtrArray) alerts = bf_alert_book_list (engine->book);

  for (guint i = 0; i < alerts->len; i++)
    {
      const BfAlert *alert = g_ptr_array_index (alerts, i);
      guint32 asset = bf_model_find_asset (engine->model, alert->asset_id);
      const BfRule *rule = bf_rule_set_find (engine->rules, alert->rule_id);

      if (g_str_equal (alert->rule_id, BF_LIMIT_RULE) && !is_same_rule (before, engine->rules, alert->asset_id + strlen ("rule/")))
        bf_alert_book_clear (engine->book, alert->rule_id, alert->asset_id, NULL, engine->evaluated_us);
      if (asset == BF_NO_ASSET || !bf_alert_is_active (alert))
        continue;
      if (rule == NULL && !bf_rule_set_is_off (engine->rules, alert->rule_id))
        bf_alert_book_clear (engine->book, alert->rule_id, alert->asset_id, _ ("the rule is no longer in the city's files"), engine->evaluated_us);
      else if (rule != NULL && rule->kind != bf_model_asset_kind (engine->model, asset)->index)
        bf_alert_book_clear (engine->book, alert->rule_id, alert->asset_id, _ ("the rule watches another kind of asset now"), engine->evaluated_us);
    }
}

/* Problems of the rules' files are those of the new set. */
static void
replace_problems (BfEngine *engine, GPtrArray *problems)
{
  for (guint i = engine->problems->len; i > 0; i--)
    if (g_str_has_suffix (((BfProblem *) g_ptr_array_index (engine->problems, i - 1))->file, ".rules"))
      g_ptr_array_remove_index (engine->problems, i - 1);
  for (guint i = 0; i < problems->len; i++)
    {
      const BfProblem *problem = g_ptr_array_index (problems, i);

      if (g_str_has_suffix (problem->file, ".rules"))
        bf_problems_add (engine->problems, problem->file, problem->line, "%s", problem->message);
    }
}

static void
move_to (BfEngine *engine, BfRuleSet *rules)
{
  gint64 now_us = MAX (engine->evaluated_us, bf_time_now_us ());
  BfEvaluator *evaluator = bf_engine_new_evaluator (engine, rules);
  Moving moving = { engine, rules, evaluator, 0 };
  BfRuleSet *old_rules = engine->rules;
  BfEvaluator *old_evaluator = engine->evaluator;

  bf_engine_forget_states (engine);
  bf_engine_series_move (engine, evaluator);
  for (guint32 asset = 0; asset < bf_model_n_assets (engine->model); asset++)
    bf_evaluator_add_asset (evaluator, asset, MIN (now_us, bf_evaluator_watched_since (old_evaluator, asset, now_us)));
  bf_evaluator_foreach_state (old_evaluator, move_state_cb, &moving);
  bf_silence_move (engine->silence, old_rules, rules, is_same_rule);
  bf_lists_set_evaluator (engine->lists, evaluator);
  engine->rules = rules;
  engine->evaluator = evaluator;
  engine->rules_since_us = now_us;
  bf_evaluator_free (old_evaluator);
  end_orphans (engine, old_rules);
  bf_rule_set_free (old_rules);
  bf_engine_evaluate (engine, now_us);
  g_info ("%u rules in force, %u states went on", bf_rule_set_n (rules), moving.n_kept);
}

static void
put_in_force (BfEngine *engine, GPtrArray *files, GPtrArray *problems)
{
  BfRuleSet *rules = compile (engine, files, NULL, NULL, problems);

  replace_problems (engine, problems);
  move_to (engine, rules);
}

/**
 * bf_engine_rules_reload:
 *
 * Reads the files of rules.d again, the plans of lighting.d and the works of works.d; what was edited by hand is recorded, and in force
 * from now on.
 *
 * Returns: how many files of rules are another than before; the plans together count as one, and the works
 */
guint
bf_engine_rules_reload (BfEngine *engine)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GHashTable) before = by_name (engine->rule_files);
  GPtrArray *files = read_files (engine, before, problems);
  g_autoptr (GHashTable) after = by_name (files);
  guint n_changed = 0;

  for (guint i = 0; i < files->len; i++)
    {
      const BfRuleFile *file = g_ptr_array_index (files, i);
      const BfRuleFile *known = g_hash_table_lookup (before, file->name);

      n_changed += known == NULL || !g_str_equal (known->sha256, file->sha256);
    }
  for (guint i = 0; i < engine->rule_files->len; i++)
    n_changed += !g_hash_table_contains (after, ((BfRuleFile *) g_ptr_array_index (engine->rule_files, i))->name);
  n_changed += bf_engine_plans_changed (engine);
  load_procedures (engine);
  if (n_changed > 0 || problems->len > 0)
    put_in_force (engine, files, problems);
  if (bf_engine_works_changed (engine))
    {
      bf_engine_works_load (engine);
      bf_engine_evaluate (engine, bf_time_now_us ());
      n_changed++;
    }
  g_ptr_array_unref (engine->rule_files);
  engine->rule_files = files;
  return n_changed;
}

/**
 * bf_engine_rules_on_disk:
 * @name: of a file in rules.d
 * @ret_text: (out) (nullable): what it has now
 *
 * Returns: %FALSE with @error when it is there and cannot be read
 */
gboolean
bf_engine_rules_on_disk (BfEngine *engine, const char *name, char **ret_text, GError **error)
{
  g_autofree char *path = bf_engine_rules_path (engine, name);
  g_autoptr (GError) local = NULL;

  *ret_text = read_text (path, &local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/**
 * bf_engine_rules_put:
 * @change: on record already: @path is that of the store, @text %NULL: the file goes
 *
 * Writes the file and puts it in force.
 *
 * Returns: %FALSE with @error when it cannot be written; the store then has it and the disk does not, which the next reload records
 */
gboolean
bf_engine_rules_put (BfEngine *engine, const BfStoreChange *change, GError **error)
{
  const char *name = change->path + strlen (BF_RULES_DIR);
  g_autofree char *path = bf_engine_rules_path (engine, name);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autofree char *dir = g_path_get_dirname (path);

  if (change->text == NULL)
    g_unlink (path);
  else if (g_mkdir_with_parents (dir, 0755) != 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("%s: the folder cannot be made"), dir);
      return FALSE;
    }
  else if (!g_file_set_contents_full (path, change->text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644, error))
    return FALSE;
  for (guint i = engine->rule_files->len; i > 0; i--)
    if (g_str_equal (((BfRuleFile *) g_ptr_array_index (engine->rule_files, i - 1))->name, name))
      g_ptr_array_remove_index (engine->rule_files, i - 1);
  if (change->text != NULL)
    {
      guint at = 0;

      while (at < engine->rule_files->len && strcmp (((BfRuleFile *) g_ptr_array_index (engine->rule_files, at))->name, name) < 0)
        at++;
      g_ptr_array_insert (engine->rule_files, (int) at, rule_file_new (name, change->text, change->at_us, change->actor, change->reason));
    }
  put_in_force (engine, engine->rule_files, problems);
  return TRUE;
}
