/* SPDX-License-Identifier: EUPL-1.2 */
/* The commands that need no engine: what a payload gives, and whether rules are right. `decode` runs the real beffroi-feed,
 * so that what it prints is what an engine would get. */

#include "ctl/bf-ctl.h"

#include <gio/gio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-feed-def.h"
#include "feed/bf-frame.h"
#include "json/bf-json-out.h"
#include "rules/bf-rules.h"

#define READ_BYTES (64u << 10)

typedef struct
{
  const BfCatalog *catalog;
  const char *service;
  GPtrArray *assets; /* char *: the JSON members of each asset, without braces */
  GString *line;
  guint64 n_observations;
  guint64 n_refused;
  BfOutcome outcome;
  char *reason;
} Decode;

static int
fail (const GError *error)
{
  g_printerr ("beffroictl: %s\n", error->message);
  return BF_CTL_FAILED;
}

static BfCatalog *
open_catalog (const BfCtl *ctl)
{
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;

  if (!bf_catalog_add_plugin_dirs (catalog, ctl->plugins_dir, problems, &error))
    {
      g_printerr ("beffroictl: %s\n", error->message);
      return NULL;
    }
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_printerr ("%s\n", text);
    }
  return g_steal_pointer (&catalog);
}

/* --- decode --------------------------------------------------------------------------------------------------------- */

static void
asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  Decode *decode = user_data;
  GString *text = g_string_new (NULL);
  g_autofree char *id = g_strdup_printf ("%s/%.*s", decode->service, (int) draft->source_id_length, draft->source_id);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "asset", id);
  bf_json_out_string (&out, "name", draft->name);
  bf_json_out_string (&out, "kind", bf_catalog_kind (decode->catalog, draft->kind)->full_id);
  bf_json_out_double (&out, "lat", draft->point.lat);
  bf_json_out_double (&out, "lon", draft->point.lon);
  if (decode->assets->len <= asset)
    g_ptr_array_set_size (decode->assets, (int) asset + 1);
  g_free (g_ptr_array_index (decode->assets, asset));
  g_ptr_array_index (decode->assets, asset) = g_string_free (text, FALSE);
}

static void
print_observation (Decode *decode, const BfObservation *o)
{
  const BfProperty *property = bf_catalog_property (decode->catalog, o->property);
  BfJsonOut out;

  g_string_assign (decode->line, g_ptr_array_index (decode->assets, o->asset));
  /* The asset's members are open: the writer goes on inside. */
  bf_json_out_init (&out, decode->line);
  out.depth = 1;
  out.has_member = 3;
  bf_json_out_string (&out, "property", property->id);
  if (property->type == BF_PROPERTY_STATE)
    bf_json_out_string (&out, "value", property->values[(guint) o->value]);
  else
    bf_json_out_double (&out, "value", o->value);
  bf_json_out_string (&out, "unit", property->type == BF_PROPERTY_STATE ? NULL : property->unit_code);
  bf_json_out_time (&out, "observed", o->observed_us);
  bf_json_out_end_object (&out);
  puts (decode->line->str);
}

static void
batch_cb (gpointer user_data, const BfObservation *observations, guint n)
{
  Decode *decode = user_data;

  for (guint i = 0; i < n; i++)
    print_observation (decode, &observations[i]);
  decode->n_observations += n;
}

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  g_printerr ("record %u%s%s: %s\n", record, property != NULL && property[0] != '\0' ? ", " : "", property != NULL ? property : "",
              reason);
}

static void
status_cb (gpointer user_data, const BfFeedStatus *status)
{
  Decode *decode = user_data;

  decode->outcome = status->outcome;
  decode->n_refused = status->n_refused;
  g_free (decode->reason);
  decode->reason = g_strdup (status->reason);
}

static const BfFrameHandler decode_handler = { NULL, asset_cb, NULL, batch_cb, refused_cb, status_cb };

static gboolean
read_frames (GInputStream *stream, BfFrameReader *reader, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (READ_BYTES);

  for (;;)
    {
      gssize n = g_input_stream_read (stream, buffer, READ_BYTES, NULL, error);

      if (n <= 0)
        return n == 0;
      if (!bf_frame_reader_push (reader, buffer, (gsize) n, error))
        return FALSE;
    }
}

static int
run_decode (const BfCtl *ctl, const BfCatalog *catalog, const BfFeedDef *def, const char *payload)
{
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (BfFrameReader) reader = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) assets = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree char *reason = NULL;
  Decode decode = { catalog, bf_catalog_service (catalog, def->service)->id, assets, line, 0, 0, BF_OUTCOME_RETRY, NULL };
  gboolean good;

  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, ctl->feed_program, "--feed", ctl->feed, "--plugins",
                              ctl->plugins_dir, "--zone", ctl->zone, "--decode", payload, NULL);
  if (process == NULL)
    return fail (error);
  reader = bf_frame_reader_new (catalog, def->service, &decode_handler, &decode);
  good = read_frames (g_subprocess_get_stdout_pipe (process), reader, &error) && g_subprocess_wait (process, NULL, &error);
  reason = decode.reason;
  if (!good)
    return fail (error);
  if (decode.outcome != BF_OUTCOME_OK)
    {
      g_printerr ("%s: %s\n", payload, reason != NULL && reason[0] != '\0' ? reason : "the feed's process ended without a status");
      return BF_CTL_FAILED;
    }
  if (decode.n_refused > 0)
    g_printerr ("%" G_GUINT64_FORMAT " refused, %" G_GUINT64_FORMAT " observations\n", decode.n_refused, decode.n_observations);
  return BF_CTL_OK;
}

int
bf_ctl_decode (const BfCtl *ctl, char **arguments)
{
  g_autoptr (BfCatalog) catalog = NULL;
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfFeedDef) def = NULL;
  g_autoptr (GError) error = NULL;

  if (ctl->feed == NULL || arguments[0] == NULL)
    {
      g_printerr ("beffroictl decode: expected --feed FILE.feed PAYLOAD\n");
      return BF_CTL_USAGE;
    }
  catalog = open_catalog (ctl);
  if (catalog == NULL)
    return BF_CTL_FAILED;
  def = bf_feed_def_load (ctl->feed, 0, catalog, problems, &error);
  if (def == NULL)
    return fail (error);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_printerr ("%s\n", text);
    }
  if (def->service == BF_NO_SERVICE || def->bad)
    return BF_CTL_FAILED;
  return run_decode (ctl, catalog, def, arguments[0]);
}

/* --- rules check ---------------------------------------------------------------------------------------------------- */

static void
print_rules (const BfRuleSet *set, guint first)
{
  const char *const *languages = g_get_language_names ();

  for (guint i = first; i < bf_rule_set_n (set); i++)
    {
      const BfRule *rule = bf_rule_set_get (set, i);
      g_autofree char *words = bf_rule_words (set, rule, languages[0]);

      g_print ("%s:%u: %s (%s): %s\n", rule->file, rule->line, rule->id, bf_priority_id (rule->priority), words);
    }
}

int
bf_ctl_rules (const BfCtl *ctl, char **arguments)
{
  g_autoptr (BfCatalog) catalog = NULL;
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfRuleSet) set = NULL;

  if (arguments[0] == NULL || !g_str_equal (arguments[0], "check") || arguments[1] == NULL)
    {
      g_printerr ("beffroictl rules: expected “rules check FILE…”\n");
      return BF_CTL_USAGE;
    }
  catalog = open_catalog (ctl);
  if (catalog == NULL)
    return BF_CTL_FAILED;
  set = bf_rule_set_new (catalog, problems);
  for (guint i = 1; arguments[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!bf_rule_set_add_file (set, arguments[i], problems, &error))
        return fail (error);
    }
  bf_rule_set_finish (set);
  print_rules (set, 0);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_printerr ("%s\n", text);
    }
  return problems->len > 0 ? BF_CTL_PROBLEMS : BF_CTL_OK;
}
