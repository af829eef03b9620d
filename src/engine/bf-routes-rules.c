/* SPDX-License-Identifier: EUPL-1.2 */
/* Rules: those in force, the files that they stand in, changes on record, rehearsals. A change goes: checked, on record, on disk, in
 * force, answered. Nothing is overwritten that its author has not seen: a change says the hash of the text that it began from. */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "engine/bf-rehearsals.h"

#define CHANGES_DEFAULT 50u
#define CHANGES_MAX 500u
#define HASH_MIN 12u /* digits of a hash that a person has to write */

static void
write_rule (BfEngine *engine, BfJsonOut *out, const BfRule *rule)
{
  g_autofree char *words = bf_rule_words (engine->rules, rule);

  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "id", rule->id);
  bf_json_out_string (out, "kind", bf_catalog_kind (engine->catalog, rule->kind)->full_id);
  bf_json_out_string (out, "priority", bf_priority_id (rule->priority));
  bf_json_out_string (out, "words", words);
  bf_json_out_string (out, "file", rule->file);
  bf_json_out_int (out, "line", rule->line);
  bf_json_out_end_object (out);
}

void
bf_route_rules (BfRequest *request)
{
  BfEngine *engine = request->engine;
  BfJsonOut *out = bf_request_begin_list (request, "rules");

  for (guint i = 0; i < bf_rule_set_n (engine->rules); i++)
    write_rule (engine, out, bf_rule_set_get (engine->rules, i));
  bf_request_end_list (request);
}

/* --- files ---------------------------------------------------------------------------------------------------------- */

static void
write_file (BfJsonOut *out, const BfRuleFile *file, gboolean whole)
{
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "name", file->name);
  bf_json_out_string (out, "sha256", file->sha256);
  bf_json_out_time (out, "since", file->at_us);
  bf_json_out_string (out, "actor", file->actor);
  bf_json_out_string (out, "reason", file->reason);
  if (whole)
    bf_json_out_string (out, "text", file->text);
  bf_json_out_end_object (out);
}

void
bf_route_rule_files (BfRequest *request)
{
  const GPtrArray *files = request->engine->rule_files;
  BfJsonOut *out = bf_request_begin_list (request, "files");

  for (guint i = 0; i < files->len; i++)
    write_file (out, g_ptr_array_index (files, i), FALSE);
  bf_request_end_list (request);
}

void
bf_route_rule_file (BfRequest *request)
{
  const BfRuleFile *file = bf_engine_rules_file (request->engine, request->argument);

  if (file == NULL)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no file “%.80s” in rules.d"), request->argument);
      return;
    }
  write_file (&request->out, file, TRUE);
  bf_request_end (request, NULL);
}

void
bf_route_reload_rules (BfRequest *request)
{
  BfEngine *engine = request->engine;
  guint n = bf_engine_rules_reload (engine);

  bf_json_out_begin_object (&request->out, NULL);
  bf_json_out_int (&request->out, "changed", n);
  bf_json_out_int (&request->out, "rules", bf_rule_set_n (engine->rules));
  bf_json_out_end_object (&request->out);
  bf_request_end (request, NULL);
}

/* --- changes -------------------------------------------------------------------------------------------------------- */

static void
add_group (GString *said, const BfConfGroup *group)
{
  g_string_append_printf (said, "[%s]\n", group->name);
  for (guint i = 0; i < group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (group->entries, BfConfEntry, i);

      g_string_append_printf (said, "%s[%s]=%s\n", entry->key, entry->locale != NULL ? entry->locale : "", entry->value);
    }
}

/* What the text says of one rule and of single assets under it, without comments; NULL: nothing. */
static char *
rule_in (const char *text, const char *id)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfConf) conf = NULL;
  g_autofree char *prefix = g_strconcat (id, " ", NULL);
  g_autoptr (GString) said = g_string_new (NULL);

  if (text == NULL)
    return NULL;
  conf = bf_conf_parse ("rules.d", text, strlen (text), problems);
  for (guint i = 0; i < conf->groups->len; i++)
    {
      const BfConfGroup *group = g_ptr_array_index (conf->groups, i);

      if (group->name != NULL && (g_str_equal (group->name, id) || g_str_has_prefix (group->name, prefix)))
        add_group (said, group);
    }
  return said->len > 0 ? g_strdup (said->str) : NULL;
}

static gboolean
touches_rule (const BfStoreChange *change, const char *id)
{
  g_autofree char *before = rule_in (change->before, id);
  g_autofree char *after = rule_in (change->text, id);

  return g_strcmp0 (before, after) != 0 || (after != NULL && g_strcmp0 (change->before, change->text) == 0);
}

static void
write_change (BfJsonOut *out, const BfStoreChange *change, gboolean whole)
{
  g_autofree char *sha256 = change->text != NULL ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, change->text, -1) : NULL;

  bf_json_out_begin_object (out, NULL);
  bf_json_out_int (out, "id", change->id);
  bf_json_out_time (out, "at", change->at_us);
  bf_json_out_string (out, "file", change->path + strlen (BF_RULES_DIR));
  bf_json_out_string (out, "actor", change->actor);
  bf_json_out_string (out, "reason", change->reason);
  bf_json_out_string (out, "sha256", sha256);
  if (change->figures_json != NULL)
    bf_json_out_raw (out, "rehearsal", change->figures_json);
  else
    bf_json_out_null (out, "rehearsal");
  if (whole)
    {
      bf_json_out_string (out, "before", change->before);
      bf_json_out_string (out, "text", change->text);
    }
  bf_json_out_end_object (out);
}

static void
changes_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  const char *rule = bf_request_query (request, "rule");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) changes = bf_store_query_changes_finish (request->engine->store, result, &error);
  guint left = bf_request_query_count (request, "max", CHANGES_DEFAULT, CHANGES_MAX);
  BfJsonOut *out;

  if (changes == NULL)
    {
      bf_request_end (request, error);
      return;
    }
  out = bf_request_begin_list (request, "changes");
  for (guint i = 0; i < changes->len && left > 0; i++)
    if (rule == NULL || touches_rule (g_ptr_array_index (changes, i), rule))
      {
        write_change (out, g_ptr_array_index (changes, i), FALSE);
        left--;
      }
  bf_request_end_list (request);
}

void
bf_route_changes (BfRequest *request)
{
  const char *file = bf_request_query (request, "file");
  g_autofree char *prefix = g_strconcat (BF_RULES_DIR, file != NULL ? file : "", NULL);

  bf_request_pause (request);
  bf_store_query_changes_async (request->engine->store, prefix, 0, CHANGES_MAX, NULL, changes_cb, request);
}

static void
change_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) changes = bf_store_query_changes_finish (request->engine->store, result, &error);

  if (changes != NULL && changes->len == 0)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no change “%.80s”"), request->argument);
      return;
    }
  if (changes != NULL)
    write_change (&request->out, g_ptr_array_index (changes, 0), TRUE);
  bf_request_end (request, error);
}

/* The number in the path; 0: refused. */
static gint64
number_of (BfRequest *request, const char *what)
{
  guint64 number;

  if (g_ascii_string_to_unsigned (request->argument, 10, 1, G_MAXINT64, &number, NULL))
    return (gint64) number;
  bf_request_refuse (request, BF_ERROR_NOT_FOUND, "%s “%.80s”", what, request->argument);
  return 0;
}

void
bf_route_change (BfRequest *request)
{
  gint64 id = number_of (request, _ ("no change"));

  if (id == 0)
    return;
  bf_request_pause (request);
  bf_store_query_changes_async (request->engine->store, BF_RULES_DIR, id, 1, NULL, change_cb, request);
}

/* --- saving --------------------------------------------------------------------------------------------------------- */

static gboolean
is_file_name (const char *name)
{
  gsize n = strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

  return n > 0 && n <= 64 && g_str_equal (name + n, ".rules") && name[0] != '-';
}

static gboolean
matches (const char *sha256, const char *base)
{
  return strlen (base) >= HASH_MIN && g_str_has_prefix (sha256, base);
}

/* What is there must be what the author began from. @text: (nullable): what is to be there. */
static gboolean
check_base (BfEngine *engine, const char *name, const char *text, const char *base, GError **error)
{
  const BfRuleFile *file = bf_engine_rules_file (engine, name);
  g_autofree char *disk = NULL;

  if (!bf_engine_rules_on_disk (engine, name, &disk, error))
    return FALSE;
  if (g_strcmp0 (disk, file != NULL ? file->text : NULL) != 0)
    {
      /* Whoever edited it there and now gives the reason overwrites nobody. */
      if (g_strcmp0 (disk, text) == 0)
        return TRUE;
      g_set_error (error, BF_ERROR, BF_ERROR_STATE,
                   _ ("rules.d/%s was edited on disk and is not what is in force; record that first by “beffroictl rules reload”"), name);
      return FALSE;
    }
  if (file == NULL && (base == NULL || base[0] == '\0'))
    return TRUE;
  if (file != NULL && base != NULL && matches (file->sha256, base))
    return TRUE;
  if (file == NULL)
    g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("rules.d/%s is no longer there"), name);
  else if (base == NULL || base[0] == '\0')
    g_set_error (error, BF_ERROR, BF_ERROR_STATE,
                 _ ("rules.d/%s is there already, of %s: say by its hash which text you have changed (base, --base %.12s)"), name,
                 file->actor != NULL ? file->actor : "?", file->sha256);
  else
    g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("rules.d/%s was changed meanwhile by %s: it is %.12s, and not %.12s any more"), name,
                 file->actor != NULL ? file->actor : "?", file->sha256, base);
  return FALSE;
}

typedef struct
{
  BfStoreChange change;
} Saving;

static void
saving_free (gpointer data)
{
  Saving *saving = data;

  g_free (saving->change.path);
  g_free (saving->change.actor);
  g_free (saving->change.reason);
  g_free (saving->change.figures_json);
  g_free (saving->change.text);
  g_free (saving);
}

static void
recorded_cb (gpointer user_data, const GError *error)
{
  BfRequest *request = user_data;
  BfEngine *engine = request->engine;
  const Saving *saving = request->data;
  g_autoptr (GError) bad = NULL;

  engine->rules_changing = FALSE;
  if (error != NULL)
    bf_request_end (request, error);
  else if (engine->supervisor == NULL || engine->server == NULL)
    bf_request_refuse (request, BF_ERROR_STATE, _ ("the engine is ending"));
  else if (!bf_engine_rules_put (engine, &saving->change, &bad))
    bf_request_end (request, bad);
  else
    bf_store_query_changes_async (engine->store, saving->change.path, 0, 1, NULL, change_cb, request);
}

/* @text: (nullable): the file goes. Takes @figures. Ends the request. */
static void
save (BfRequest *request, const char *name, const char *text, const char *reason, const char *base, char *figures)
{
  BfEngine *engine = request->engine;
  Saving *saving = g_new0 (Saving, 1);
  g_autoptr (BfLogEntry) entry = NULL;
  g_autoptr (GError) error = NULL;

  request->data = saving;
  request->data_free = saving_free;
  saving->change = (BfStoreChange){ 0, bf_time_now_us (), g_strconcat (BF_RULES_DIR, name, NULL), g_strdup (request->actor),
                                    g_strdup (reason), figures, g_strdup (text), NULL };
  if (engine->rules_changing)
    {
      bf_request_refuse (request, BF_ERROR_STATE, _ ("another change of the rules is under way; try again"));
      return;
    }
  if (!check_base (engine, name, text, base, &error) || !bf_engine_rules_check (engine, name, text, &error))
    {
      bf_request_end (request, error);
      return;
    }
  engine->rules_changing = TRUE;
  if (!request->paused)
    bf_request_pause (request);
  entry = bf_engine_log_of_rules (saving->change.path, request->actor, reason, text == NULL, saving->change.at_us);
  saving->change.log = entry;
  bf_store_put_change (engine->store, &saving->change, recorded_cb, request);
  saving->change.log = NULL;
}

static gboolean
read_reason (BfRequest *request, const char **ret_reason)
{
  if (!bf_request_comment (request, "reason", ret_reason))
    return FALSE;
  if (*ret_reason != NULL && strspn (*ret_reason, " \t\n") < strlen (*ret_reason))
    return TRUE;
  bf_request_refuse (request, BF_ERROR_VALUE, _ ("a rule is changed with a reason; expected {\"reason\": \"…\"}"));
  return FALSE;
}

void
bf_route_save_rules (BfRequest *request)
{
  const char *name = request->argument;
  const char *text = bf_json_member_string (request->body, "text", NULL);
  gint64 rehearsal = bf_json_member_int (request->body, "rehearsal", 0);
  g_autofree char *figures = NULL;
  const char *reason;

  if (!is_file_name (name))
    bf_request_refuse (request, BF_ERROR_VALUE, _ ("expected a name such as parking.rules, found “%.80s”"), name);
  else if (text == NULL)
    bf_request_refuse (request, BF_ERROR_VALUE, _ ("text: expected a text"));
  else if (read_reason (request, &reason))
    {
      if (rehearsal != 0 && (figures = bf_rehearsals_figures (request->engine->rehearsals, rehearsal, text)) == NULL)
        bf_request_refuse (request, BF_ERROR_VALUE, _ ("rehearsal %" PRId64 " is not there, has not ended well or was of another text"), rehearsal);
      else
        save (request, name, text, reason, bf_json_member_string (request->body, "base", NULL), g_steal_pointer (&figures));
    }
}

/* The text before is put back; only while what the change made is still what is there. */
static void
revert_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) changes = bf_store_query_changes_finish (request->engine->store, result, &error);
  const BfStoreChange *change = changes != NULL && changes->len > 0 ? g_ptr_array_index (changes, 0) : NULL;
  const char *reason = bf_json_member_string (request->body, "reason", NULL);
  g_autofree char *sha256 = NULL;
  g_autofree char *told = NULL;

  if (changes == NULL)
    {
      bf_request_end (request, error);
      return;
    }
  if (change == NULL)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no change “%.80s”"), request->argument);
      return;
    }
  if (g_strcmp0 (change->text, change->before) == 0)
    {
      bf_request_refuse (request, BF_ERROR_VALUE, _ ("change %" PRId64 " left the text as it was"), change->id);
      return;
    }
  sha256 = change->text != NULL ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, change->text, -1) : NULL;
  told = g_strdup_printf (_ ("%s (takes back change %" PRId64 ")"), reason, change->id);
  save (request, change->path + strlen (BF_RULES_DIR), change->before, told, sha256, NULL);
}

void
bf_route_revert (BfRequest *request)
{
  gint64 id = number_of (request, _ ("no change"));
  const char *reason;

  if (id == 0 || !read_reason (request, &reason))
    return;
  bf_request_pause (request);
  bf_store_query_changes_async (request->engine->store, BF_RULES_DIR, id, 1, NULL, revert_cb, request);
}

/* --- rehearsals ----------------------------------------------------------------------------------------------------- */

void
bf_route_rehearsals (BfRequest *request)
{
  BfJsonOut *out = bf_request_begin_list (request, "rehearsals");

  bf_rehearsals_write_all (request->engine->rehearsals, out);
  bf_request_end_list (request);
}

static void
reply_rehearsal (BfRequest *request, gint64 id)
{
  if (bf_rehearsals_write (request->engine->rehearsals, id, &request->out, TRUE))
    bf_request_end (request, NULL);
  else
    bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no rehearsal “%.80s”"), request->argument);
}

void
bf_route_rehearsal (BfRequest *request)
{
  gint64 id = number_of (request, _ ("no rehearsal"));

  if (id != 0)
    reply_rehearsal (request, id);
}

void
bf_route_cancel_rehearsal (BfRequest *request)
{
  gint64 id = number_of (request, _ ("no rehearsal"));

  if (id == 0)
    return;
  bf_rehearsals_cancel (request->engine->rehearsals, id);
  reply_rehearsal (request, id);
}

/* A time out of the body; FALSE: refused. */
static gboolean
read_time (BfRequest *request, const char *key, gint64 *ret_us)
{
  const char *text = bf_json_member_string (request->body, key, NULL);

  *ret_us = BF_TIME_NONE;
  if (text == NULL || bf_time_parse_rfc3339 (text, strlen (text), NULL, ret_us))
    return TRUE;
  bf_request_refuse (request, BF_ERROR_VALUE, _ ("%s=%.80s: expected a time such as 2026-05-04T03:12:00Z"), key, text);
  return FALSE;
}

void
bf_route_begin_rehearsal (BfRequest *request)
{
  BfRehearsalWish wish = { .actor = request->actor, .name = bf_json_member_string (request->body, "file", NULL),
                           .text = bf_json_member_string (request->body, "text", NULL) };
  g_autoptr (GError) error = NULL;
  gint64 id;

  if (!read_time (request, "from", &wish.from_us) || !read_time (request, "to", &wish.to_us))
    return;
  if (wish.name != NULL && !is_file_name (wish.name))
    bf_request_refuse (request, BF_ERROR_VALUE, _ ("expected a name such as parking.rules, found “%.80s”"), wish.name);
  else if (wish.from_us != BF_TIME_NONE && wish.to_us != BF_TIME_NONE && wish.to_us <= wish.from_us)
    bf_request_refuse (request, BF_ERROR_VALUE, _ ("expected “to” after “from”"));
  else if (!bf_rehearsals_begin (request->engine->rehearsals, &wish, &id, &error))
    bf_request_end (request, error);
  else
    reply_rehearsal (request, id);
}
