/* SPDX-License-Identifier: EUPL-1.2 */
/* A feed's definition: reads one file of feeds.d and checks all that can be known without asking the feed: keys, service,
 * format, address, durations and the [Map]. Whatever is wrong makes the definition bad (off, and seen to be off) and is a
 * problem with its line; the first problem is the reason that is shown. Plain value, read-only after loading. */

#include "feed/bf-feed-def.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "feed/bf-plugin-module.h"
#include "feed/bf-secret.h"
#include "feed/bf-wire.h"
#include "formats/bf-format.h"

#define EXPANDED_MAX (16u << 10)
#define SERVICES_NAMED 32u /* ids named where an unknown one stands */

void
bf_feed_def_free (BfFeedDef *def)
{
  if (def == NULL)
    return;
  g_free (def->path);
  g_free (def->name);
  g_free (def->secrets_dir);
  g_free (def->format);
  g_free (def->url);
  g_free (def->kind);
  g_free (def->zone_name);
  g_free (def->text);
  g_clear_pointer (&def->conf, bf_conf_free);
  g_clear_pointer (&def->undated, g_byte_array_unref);
  g_free (def->reason);
  g_free (def);
}

static gboolean
is_variable_name (const char *text, gsize length)
{
  if (length == 0 || g_ascii_isdigit (text[0]))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '_')
      return FALSE;
  return TRUE;
}

/**
 * bf_feed_def_expand_url:
 * @text: an address that may hold `${NAME}`
 *
 * Puts the environment's values in, so that a key of a city stands in no file. A value is put in as it is.
 *
 * Returns: (transfer full): the address; %NULL with @error when a variable is not set, not closed or the result is longer
 *   than 16 KiB
 */
char *
bf_feed_def_expand_url (const char *text, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);

  while (*text != '\0')
    {
      const char *close;
      g_autofree char *name = NULL;
      const char *value;

      /* What is secret is put in by the feed's process alone. */
      if (text[0] != '$' || text[1] != '{' || g_str_has_prefix (text + 2, BF_SECRET_PREFIX))
        {
          g_string_append_c (out, *text++);
          continue;
        }
      close = strchr (text, '}');
      if (close == NULL || !is_variable_name (text + 2, close - text - 2))
        {
          g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("expected ${NAME} with letters, digits and _, found “%.40s”"), text);
          return NULL;
        }
      name = g_strndup (text + 2, close - text - 2);
      value = g_getenv (name);
      if (value == NULL)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_NOT_FOUND, _ ("the environment has no variable %s"), name);
          return NULL;
        }
      g_string_append (out, value);
      if (out->len > EXPANDED_MAX)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("longer than %u bytes with its variables put in"), EXPANDED_MAX);
          return NULL;
        }
      text = close + 1;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char **
bf_feed_def_variables (const BfFeedDef *def)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  const BfConfGroup *group = def->conf != NULL ? bf_conf_group (def->conf, "Feed", NULL) : NULL;
  const char *text = group != NULL ? bf_conf_group_get (group, "Url") : NULL;

  while (text != NULL && (text = strstr (text, "${")) != NULL)
    {
      const char *close = strchr (text, '}');

      if (close == NULL)
        break;
      if (is_variable_name (text + 2, close - text - 2))
        {
          g_autofree char *name = g_strndup (text + 2, close - text - 2);

          g_strv_builder_add (names, name);
        }
      text = close;
    }
  return g_strv_builder_end (names);
}

gint64
bf_feed_def_stale_us (const BfFeedDef *def)
{
  return def->stale_us > 0 ? def->stale_us : 3 * def->every_us;
}

static void
read_duration (BfFeedDef *def, const BfConfGroup *group, const char *key, gint64 fallback_us, gint64 max_us, gint64 *value_us,
               GPtrArray *problems)
{
  const char *text = bf_conf_group_get (group, key);
  g_autoptr (GError) error = NULL;

  *value_us = fallback_us;
  if (text == NULL)
    return;
  if (!bf_duration_parse (text, value_us, &error))
    bf_problems_add (problems, def->path, bf_conf_group_line (group, key), "%s: %s", key, error->message);
  else if (*value_us < BF_FEED_EVERY_MIN_US || *value_us > max_us)
    {
      g_autofree char *max = bf_duration_format (max_us);

      bf_problems_add (problems, def->path, bf_conf_group_line (group, key), _ ("%s=%s, expected 1s to %s"), key, text, max);
    }
  else
    return;
  *value_us = fallback_us;
}

static void
read_max_bytes (BfFeedDef *def, const BfConfGroup *group, GPtrArray *problems)
{
  const char *text = bf_conf_group_get (group, "MaxBytes");
  guint64 value;

  def->max_bytes = BF_LIMIT_PAYLOAD_BYTES;
  if (text == NULL)
    return;
  if (!g_ascii_string_to_unsigned (text, 10, 1, BF_LIMIT_PAYLOAD_BYTES, &value, NULL))
    bf_problems_add (problems, def->path, bf_conf_group_line (group, "MaxBytes"),
                     _ ("MaxBytes=%s, expected a number of bytes from 1 to %u"), text, BF_LIMIT_PAYLOAD_BYTES);
  else
    def->max_bytes = value;
}

static void
read_url (BfFeedDef *def, const BfConfGroup *group, GPtrArray *problems)
{
  const char *text = bf_conf_group_get (group, "Url");
  g_autoptr (GError) error = NULL;

  if (text == NULL)
    {
      if (g_strcmp0 (bf_conf_group_get (group, "Transport"), bf_wire (BF_WIRE_PUSH)->name) != 0)
        bf_problems_add (problems, def->path, group->line, _ ("[Feed] has no Url=; expected the feed's address"));
      return;
    }
  def->url = bf_feed_def_expand_url (text, &error);
  if (def->url == NULL)
    bf_problems_add (problems, def->path, bf_conf_group_line (group, "Url"), "Url: %s", error->message);
}

/* The first ones when there are many. */
static char *
list_services (const BfCatalog *catalog)
{
  GString *text = g_string_new (NULL);
  guint n = bf_catalog_n_services (catalog);

  for (guint i = 0; i < MIN (n, SERVICES_NAMED); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", bf_catalog_service (catalog, i)->id);
  if (n > SERVICES_NAMED)
    g_string_append (text, ", …");
  return g_string_free (text, FALSE);
}

static void
read_service (BfFeedDef *def, const BfConfGroup *group, const BfCatalog *catalog, GPtrArray *problems)
{
  const char *id = bf_conf_group_get (group, "Service");
  const BfService *service = id != NULL ? bf_catalog_find_service (catalog, id) : NULL;
  g_autofree char *all = list_services (catalog);

  def->service = BF_NO_SERVICE;
  if (service != NULL)
    {
      def->service = service->index;
      return;
    }
  if (id == NULL)
    bf_problems_add (problems, def->path, group->line, _ ("[Feed] has no Service=; expected the id of a plugin"));
  else
    bf_problems_add (problems, def->path, bf_conf_group_line (group, "Service"),
                     _ ("Service=%s: no plugin has this id; expected one of: %s"), id, all);
}

static void
read_format (BfFeedDef *def, const BfConfGroup *group, const BfCatalog *catalog, GPtrArray *problems)
{
  const char *name = bf_conf_group_get (group, "Format");
  g_autofree char *all = g_strjoinv (", ", (char **) bf_format_names ());
  g_autofree char *module = NULL;

  if (name == NULL)
    {
      bf_problems_add (problems, def->path, group->line, _ ("[Feed] has no Format=; expected one of: %s"), all);
      return;
    }
  def->format = g_strdup (name);
  if (bf_format_find (name) != NULL || def->service == BF_NO_SERVICE)
    return;
  module = bf_plugin_module_path (bf_catalog_service (catalog, def->service));
  if (module == NULL)
    bf_problems_add (problems, def->path, bf_conf_group_line (group, "Format"),
                     _ ("Format=%s is not known and the plugin has no code of its own; expected one of: %s"), name, all);
}

static void
read_zone_and_kind (BfFeedDef *def, const BfConfGroup *group, const BfCatalog *catalog, GPtrArray *problems)
{
  def->kind = g_strdup (bf_conf_group_get (group, "Kind"));
  def->zone_name = g_strdup (bf_conf_group_get (group, "TimeZone"));
  if (def->kind != NULL && def->service != BF_NO_SERVICE &&
      bf_catalog_find_service_kind (catalog, def->service, def->kind) == NULL)
    bf_problems_add (problems, def->path, bf_conf_group_line (group, "Kind"), _ ("Kind=%s: the service has no such kind"), def->kind);
  if (def->zone_name != NULL)
    {
      g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (def->zone_name);

      if (zone == NULL)
        bf_problems_add (problems, def->path, bf_conf_group_line (group, "TimeZone"),
                         _ ("TimeZone=%s: not a time zone of this system; expected a name as Europe/Paris"), def->zone_name);
    }
}

static gboolean
has_listed_kind (const BfCatalog *catalog, guint8 service)
{
  const GArray *kinds = bf_catalog_service (catalog, service)->kinds;

  for (guint i = 0; i < kinds->len; i++)
    if (bf_catalog_kind (catalog, g_array_index (kinds, guint16, i))->gone_property != BF_NO_PROPERTY)
      return TRUE;
  return FALSE;
}

/* Nothing of a fixed set, such as lamps, ever ends because it is missing: only what its kind declares. */
static void
read_complete (BfFeedDef *def, const BfConfGroup *group, const BfCatalog *catalog, GPtrArray *problems)
{
  const char *text = bf_conf_group_get (group, "Complete");
  guint line = bf_conf_group_line (group, "Complete");

  if (text == NULL)
    return;
  if (strcmp (text, "yes") != 0 && strcmp (text, "no") != 0 && strcmp (text, "message") != 0)
    bf_problems_add (problems, def->path, line, _ ("Complete=%s, expected yes, no or message"), text);
  else if (strcmp (text, "no") == 0)
    def->complete = BF_COMPLETE_NO;
  else if (strcmp (text, "yes") == 0 && bf_wire (def->wire)->streams)
    bf_problems_add (problems, def->path, line,
                     _ ("Complete=yes: messages that come by themselves say one thing or all; expected Complete=message when each of them is the whole list"));
  else if (strcmp (text, "message") == 0 && !bf_wire (def->wire)->streams)
    bf_problems_add (problems, def->path, line, _ ("Complete=message: this feed is asked and gets no messages; expected Complete=yes"));
  else if (def->service != BF_NO_SERVICE && !has_listed_kind (catalog, def->service))
    bf_problems_add (problems, def->path, line, _ ("Complete=%s: no kind of this service has Ended= or Absent= in its manifest"), text);
  else
    def->complete = text[0] == 'y' ? BF_COMPLETE_YES : BF_COMPLETE_MESSAGE;
}

static void
note_undated (BfFeedDef *def, const BfCatalog *catalog, const BfMapping *mapping)
{
  guint n = bf_catalog_n_properties (catalog);

  for (guint i = 0; i < n; i++)
    {
      if (!bf_mapping_is_undated (mapping, i))
        continue;
      if (def->undated == NULL)
        {
          def->undated = g_byte_array_new ();
          g_byte_array_set_size (def->undated, n);
          memset (def->undated->data, 0, n);
        }
      def->undated->data[i] = TRUE;
    }
}

/* The [Map], with the plugin's default maps below it, is compiled once to hear what is wrong with it; the feed's process does
 * it again for use. */
static void
check_map (BfFeedDef *def, const BfConfGroup *feed, const BfCatalog *catalog, GPtrArray *problems)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (BfMapping) mapping = NULL;
  guint before = problems->len;

  if (def->service == BF_NO_SERVICE || def->format == NULL || bf_format_find (def->format) == NULL)
    return;
  mapping = bf_mapping_new (catalog, def->service, def->conf, feed, bf_conf_group (def->conf, "Map", NULL), utc, problems);
  if (mapping != NULL)
    note_undated (def, catalog, mapping);
  else if (problems->len == before)
    bf_problems_add (problems, def->path, 0, _ ("the [Map] cannot be used"));
}

static void
check_groups (BfFeedDef *def, GPtrArray *problems)
{
  for (guint i = 0; i < def->conf->groups->len; i++)
    {
      const BfConfGroup *group = g_ptr_array_index (def->conf->groups, i);

      if (strcmp (group->type, "Map") != 0 && strcmp (group->type, "Payload") != 0 && (group->name != NULL || strcmp (group->type, "Feed") != 0))
        bf_problems_add (problems, def->path, group->line, _ ("unknown group [%s%s%s]; expected [Feed], [Map], [Map TYPE] and [Payload]"),
                         group->type, group->name != NULL ? " " : "", group->name != NULL ? group->name : "");
    }
}

static void
read_all (BfFeedDef *def, const BfCatalog *catalog, GPtrArray *problems)
{
  const BfConfGroup *feed = bf_conf_group (def->conf, "Feed", NULL);
  const BfFormat *format;

  def->service = BF_NO_SERVICE;
  def->every_us = 60 * G_USEC_PER_SEC;
  def->timeout_us = BF_FEED_TIMEOUT_DEFAULT_US;
  def->max_bytes = BF_LIMIT_PAYLOAD_BYTES;
  check_groups (def, problems);
  if (feed == NULL)
    {
      bf_problems_add (problems, def->path, 0, _ ("expected a group [Feed]"));
      return;
    }
  read_service (def, feed, catalog, problems);
  read_format (def, feed, catalog, problems);
  format = bf_format_find (def->format);
  read_url (def, feed, problems);
  bf_wire_read (def, feed, problems);
  read_duration (def, feed, "Every", 60 * G_USEC_PER_SEC, BF_FEED_EVERY_MAX_US, &def->every_us, problems);
  def->follows = bf_conf_group_get (feed, "Every") == NULL && format != NULL && format->ttl_s != NULL;
  read_duration (def, feed, "Stale", 0, 10 * BF_FEED_EVERY_MAX_US, &def->stale_us, problems);
  read_duration (def, feed, "Timeout", BF_FEED_TIMEOUT_DEFAULT_US, BF_FEED_TIMEOUT_MAX_US, &def->timeout_us, problems);
  read_max_bytes (def, feed, problems);
  read_zone_and_kind (def, feed, catalog, problems);
  read_complete (def, feed, catalog, problems);
  check_map (def, feed, catalog, problems);
}

static void
hand_on_problems (BfFeedDef *def, GPtrArray *own, GPtrArray *problems)
{
  for (guint i = 0; i < own->len; i++)
    {
      const BfProblem *problem = g_ptr_array_index (own, i);

      if (i == 0)
        {
          def->bad = TRUE;
          def->reason = bf_problem_to_string (problem);
        }
      bf_problems_add (problems, problem->file, problem->line, "%s", problem->message);
    }
}

const char *
bf_feed_def_get (const BfFeedDef *def, const char *key)
{
  const BfConfGroup *group = def->conf != NULL ? bf_conf_group (def->conf, "Feed", NULL) : NULL;

  return group != NULL ? bf_conf_group_get (group, key) : NULL;
}

gboolean
bf_feed_def_is_plain (const BfFeedDef *def)
{
  const BfConfGroup *group = def->conf != NULL ? bf_conf_group (def->conf, "Feed", NULL) : NULL;
  const char *url = group != NULL ? bf_conf_group_get (group, "Url") : NULL;

  if (url == NULL || def->wire != BF_WIRE_HTTP || strstr (url, "${") != NULL)
    return FALSE;
  for (guint i = 0; i < group->entries->len; i++)
    if (bf_secret_name (g_array_index (group->entries, BfConfEntry, i).value) != NULL)
      return FALSE;
  return TRUE;
}

/* secrets.d lies beside feeds.d. */
static char *
secrets_dir_of (const char *path)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *feeds = g_path_get_dirname (absolute);
  g_autofree char *city = g_path_get_dirname (feeds);

  return g_build_filename (city, "secrets.d", NULL);
}

/**
 * bf_feed_def_load:
 * @path: the file; its name without ".feed" is the feed's id
 * @rank: its order in the folder
 * @problems: (nullable): where problems go
 *
 * Returns: (transfer full): the definition, bad or not; %NULL with @error when the file cannot be read
 */
BfFeedDef *
bf_feed_def_load (const char *path, guint16 rank, const BfCatalog *catalog, GPtrArray *problems, GError **error)
{
  g_autoptr (GPtrArray) own = bf_problems_new ();
  g_autoptr (BfFeedDef) def = g_new0 (BfFeedDef, 1);
  g_autoptr (GError) unreadable = NULL;
  gsize length;

  def->path = g_strdup (path);
  def->rank = rank;
  def->secrets_dir = secrets_dir_of (path);
  def->name = g_path_get_basename (path);
  if (g_str_has_suffix (def->name, ".feed"))
    def->name[strlen (def->name) - strlen (".feed")] = '\0';
  def->conf = bf_conf_load (path, own, &unreadable);
  if (def->conf == NULL || !g_file_get_contents (path, &def->text, &length, &unreadable))
    {
      /* It has its place among the feeds all the same, off. */
      def->bad = TRUE;
      def->service = BF_NO_SERVICE;
      def->reason = g_strdup (unreadable->message);
      bf_problems_add (problems, path, 0, "%s", unreadable->message);
      return g_steal_pointer (&def);
    }
  read_all (def, catalog, own);
  hand_on_problems (def, own, problems);
  return g_steal_pointer (&def);
}
