/* SPDX-License-Identifier: EUPL-1.2 */
/* Which lines make a mapping: the default maps of the service's plugin (`maps/<format>.map`), with the feed's own [Map] over
 * them, key by key. A format whose records have types (NGSI's `type`, a publication's kind of record) has one mapping a type,
 * from groups [Map TYPE]; the lines of a [Map] without a type are common to all of them.
 *
 * From the weakest to the strongest: [Map] of the .map, [Map TYPE] of the .map, [Map] of the feed, [Map TYPE] of the feed. A
 * stronger line replaces the weaker one of the same key; an empty one takes it away; one that says where the place is takes
 * away all other ways of saying it; a constant kind, or Kind= of [Feed], takes away a weaker kind and its table, and leaves
 * out what a default map says of properties that it does not have; a type of which it has none keeps its own kind. */

#include "formats/bf-format-private.h"
#include "formats/bf-mapping-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"

#define TYPES_MAX 256u

typedef struct
{
  const BfConf *defaults; /* NULL when the plugin has none for the format */
  const BfConf *conf;     /* of the feed, NULL when it has none */
  const BfConfGroup *own; /* its [Map], NULL when none */
  BfMapText text;
  guint n_problems;
} Set;

static void set_problem (Set *set, const char *file, guint line, const char *format, ...) G_GNUC_PRINTF (4, 5);

static void
set_problem (Set *set, const char *file, guint line, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  bf_problems_add (set->text.problems, file, line, "%s", message);
  set->n_problems++;
}

const BfMapLine *
bf_map_text_line (const BfMapText *text, const char *key)
{
  for (guint i = 0; i < text->lines->len; i++)
    {
      const BfMapLine *line = &g_array_index (text->lines, BfMapLine, i);

      if (line->entry->locale == NULL && strcmp (line->entry->key, key) == 0)
        return line;
    }
  return NULL;
}

/* --- putting lines together ----------------------------------------------------------------------------------------- */

static gboolean
is_base_of (const char *base, const char *key)
{
  gsize length = strlen (base);

  return strncmp (key, base, length) == 0 && (key[length] == '\0' || key[length] == '.');
}

static gboolean
says_place (const char *key)
{
  static const char *const keys[] = { "location", "lat", "lon", "x", "y", NULL };

  return g_strv_contains (keys, key);
}

/* Whether the line @strong leaves nothing of the weaker @weak. */
static gboolean
takes_away (const BfConfEntry *strong, const BfConfEntry *weak)
{
  if (strong->locale != NULL || weak->locale != NULL)
    return FALSE;
  if (strcmp (strong->key, weak->key) == 0)
    return TRUE;
  if (strong->value[0] == '\0')
    return is_base_of (strong->key, weak->key);
  if (says_place (strong->key))
    return says_place (weak->key);
  return strcmp (strong->key, "kind") == 0 && strong->value[0] == '\'' && strcmp (weak->key, "kind.table") == 0;
}

/* Returns whether something was taken away. */
static gboolean
take_away_weaker (GArray *lines, guint n_weaker, const BfConfEntry *strong)
{
  gboolean any = FALSE;

  for (guint i = n_weaker; i > 0; i--)
    if (takes_away (strong, g_array_index (lines, BfMapLine, i - 1).entry))
      {
        g_array_remove_index (lines, i - 1);
        any = TRUE;
      }
  return any;
}

static void
add_layer (Set *set, const BfConf *conf, const BfConfGroup *group, gboolean common)
{
  GArray *lines = set->text.lines;
  guint n_weaker = lines->len;

  if (group == NULL)
    return;
  if (group->bad)
    set->n_problems++; /* the reader of the file said why */
  set->text.file = conf->path;
  set->text.line = group->line;
  for (guint i = 0; i < group->entries->len; i++)
    {
      BfMapLine line = { &g_array_index (group->entries, BfConfEntry, i), conf->path, common };
      guint before = lines->len;
      gboolean replaced = take_away_weaker (lines, n_weaker, line.entry);

      n_weaker -= before - lines->len;
      if (!replaced || line.entry->value[0] != '\0')
        g_array_append_val (lines, line);
    }
}

static void
drop_kind (GArray *lines)
{
  for (guint i = lines->len; i > 0; i--)
    if (is_base_of ("kind", g_array_index (lines, BfMapLine, i - 1).entry->key))
      g_array_remove_index (lines, i - 1);
}

static gboolean
is_constant (const BfConfEntry *entry)
{
  return entry->value[0] == '\'';
}

/* Kind= is for the types that measure something which that kind has; a type of which it has nothing (the bays of a feed of car parks)
 * keeps its own. A type that measures nothing keeps a kind that is said for it. */
static gboolean
is_kind_for (const Set *set, const BfKind *kind)
{
  const GArray *lines = set->text.lines;
  gboolean any = FALSE, constant = FALSE;

  for (guint i = 0; i < lines->len; i++)
    {
      const BfMapLine *line = &g_array_index (lines, BfMapLine, i);
      const BfProperty *property;

      if (line->common || line->entry->locale != NULL)
        continue;
      constant = constant || (strcmp (line->entry->key, "kind") == 0 && is_constant (line->entry));
      property = bf_catalog_find_property (set->text.catalog, set->text.service, line->entry->key);
      if (property != NULL && kind->slot[property->index] != BF_NO_PROPERTY)
        return TRUE;
      any = any || property != NULL;
    }
  return !any && !constant;
}

/* What the plugin's map says of properties that the feed's kind does not have is left out: those lines are not the feed's. */
static void
take_kind (Set *set, gboolean typed)
{
  const char *id = set->text.feed != NULL ? bf_conf_group_get (set->text.feed, "Kind") : NULL;
  const BfKind *kind = id != NULL ? bf_catalog_find_service_kind (set->text.catalog, set->text.service, id) : NULL;

  if (kind == NULL && id != NULL)
    kind = bf_catalog_find_kind (set->text.catalog, id);
  set->text.own_kind = id != NULL && typed && kind != NULL && !is_kind_for (set, kind);
  if (id == NULL || set->text.own_kind)
    return;
  drop_kind (set->text.lines);
  for (guint i = 0; i < set->text.lines->len; i++)
    g_array_index (set->text.lines, BfMapLine, i).common = TRUE;
}

/* @of_defaults, @of_feed: the groups of the type, NULL when there is none. */
static BfMapping *
compile (Set *set, const BfConfGroup *of_defaults, const BfConfGroup *of_feed, gboolean typed)
{
  g_autoptr (GArray) lines = g_array_new (FALSE, FALSE, sizeof (BfMapLine));
  guint before = set->n_problems;

  set->text.lines = lines;
  set->text.file = set->text.feed_file;
  set->text.line = set->text.feed != NULL ? set->text.feed->line : 0;
  if (set->defaults != NULL)
    {
      add_layer (set, set->defaults, bf_conf_group (set->defaults, "Map", NULL), typed);
      add_layer (set, set->defaults, of_defaults, FALSE);
    }
  take_kind (set, typed);
  add_layer (set, set->conf, set->own, typed);
  add_layer (set, set->conf, of_feed, FALSE);
  return set->n_problems > before ? NULL : bf_map_compile (&set->text);
}

/* --- types ---------------------------------------------------------------------------------------------------------- */

typedef struct
{
  const BfConfGroup *of_defaults;
  const BfConfGroup *of_feed;
} TypeGroups;

static void
note_type (Set *set, GHashTable *types, const BfConf *conf, const BfConfGroup *group, char *name)
{
  TypeGroups *groups = g_hash_table_lookup (types, name);
  const BfConfGroup **place;

  if (name[0] == '\0')
    {
      set_problem (set, conf->path, group->line, _ ("expected [Map TYPE] or [Map TYPE, TYPE…], found “%s”"), group->name);
      return;
    }
  if (groups == NULL && g_hash_table_size (types) >= TYPES_MAX)
    {
      set_problem (set, conf->path, group->line, _ ("more than %u types"), TYPES_MAX);
      return;
    }
  if (groups == NULL)
    {
      groups = g_new0 (TypeGroups, 1);
      g_hash_table_insert (types, g_strdup (name), groups);
    }
  place = conf == set->defaults ? &groups->of_defaults : &groups->of_feed;
  if (*place != NULL)
    set_problem (set, conf->path, group->line, _ ("the type %s has a map in line %u already"), name, (*place)->line);
  *place = group;
}

static void
note_types (Set *set, GHashTable *types, const BfConf *conf)
{
  for (guint i = 0; conf != NULL && i < conf->groups->len; i++)
    {
      const BfConfGroup *group = g_ptr_array_index (conf->groups, i);
      g_auto (GStrv) names = NULL;

      if (strcmp (group->type, "Payload") == 0)
        continue;
      if (strcmp (group->type, "Map") != 0)
        {
          if (conf == set->defaults)
            set_problem (set, conf->path, group->line, _ ("unknown group [%s]; expected [Map], [Map TYPE] and [Payload]"), group->type);
          continue;
        }
      if (group->name == NULL)
        continue;
      names = g_strsplit (group->name, ",", -1);
      for (guint j = 0; names[j] != NULL; j++)
        note_type (set, types, conf, group, g_strstrip (names[j]));
    }
}

static BfMapping *
find_same (GPtrArray *maps, GPtrArray *groups, const TypeGroups *wanted)
{
  for (guint i = 0; i < maps->len; i++)
    {
      const TypeGroups *made = g_ptr_array_index (groups, i);

      if (made->of_defaults == wanted->of_defaults && made->of_feed == wanted->of_feed)
        return g_ptr_array_index (maps, i);
    }
  return NULL;
}

/* A common line holds for the types that can have it; for none of them is a mistake. */
static void
check_common (Set *set, const BfMapping *mapping, const BfConf *conf, const BfConfGroup *group)
{
  const BfCatalog *catalog = set->text.catalog;

  for (guint i = 0; group != NULL && i < group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (group->entries, BfConfEntry, i);
      const BfProperty *property = bf_catalog_find_property (catalog, set->text.service, entry->key);
      gboolean used = property == NULL || entry->value[0] == '\0';

      for (guint j = 0; !used && j < mapping->maps->len; j++)
        {
          const BfMapping *map = g_ptr_array_index (mapping->maps, j);

          used = map->fixed_kind == BF_NO_KIND
                 || bf_catalog_kind (catalog, map->fixed_kind)->slot[property->index] != BF_NO_PROPERTY;
        }
      if (!used)
        set_problem (set, conf->path, entry->line, _ ("no type's kind of asset has the property %s"), property->id);
    }
}

/* A set of one mapping a type. */
static BfMapping *
compile_types (Set *set, GHashTable *types)
{
  g_autoptr (BfMapping) mapping = g_new0 (BfMapping, 1);
  g_autoptr (GPtrArray) groups = g_ptr_array_new ();
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (types), (GCompareFunc) g_strcmp0);

  mapping->catalog = set->text.catalog;
  mapping->service = set->text.service;
  mapping->types = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  mapping->maps = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_mapping_free);
  for (GList *l = names; l != NULL; l = l->next)
    {
      TypeGroups *wanted = g_hash_table_lookup (types, l->data);
      BfMapping *map = find_same (mapping->maps, groups, wanted);

      if (map == NULL)
        {
          map = compile (set, wanted->of_defaults, wanted->of_feed, TRUE);
          if (map == NULL)
            return NULL;
          g_ptr_array_add (mapping->maps, map);
          g_ptr_array_add (groups, wanted);
          if (mapping->records == NULL)
            mapping->records = g_strdup (map->records);
        }
      g_hash_table_insert (mapping->types, g_strdup (l->data), map);
    }
  if (set->defaults != NULL)
    check_common (set, mapping, set->defaults, bf_conf_group (set->defaults, "Map", NULL));
  check_common (set, mapping, set->conf, set->own);
  return set->n_problems > 0 ? NULL : g_steal_pointer (&mapping);
}

/* --- public --------------------------------------------------------------------------------------------------------- */

/**
 * bf_mapping_default_path:
 *
 * Returns: (transfer full) (nullable): where the plugin's default maps of a format would stand: `maps/<format>.map` in its
 *   folder; %NULL when the name of the format is none
 */
char *
bf_mapping_default_path (const BfService *service, const char *format)
{
  const BfFormat *known = bf_format_find (format);
  g_autofree char *file = NULL;

  if (known != NULL && known->maps != NULL)
    format = known->maps;
  if (service->dir == NULL || format == NULL || format[0] == '\0' || strspn (format, "abcdefghijklmnopqrstuvwxyz0123456789-_") != strlen (format))
    return NULL;
  file = g_strconcat (format, ".map", NULL);
  return g_build_filename (service->dir, "maps", file, NULL);
}

/* NULL when there is none, or with a problem when it cannot be read. */
static BfConf *
load_defaults (Set *set)
{
  const BfService *service = bf_catalog_service (set->text.catalog, set->text.service);
  const char *format = set->text.feed != NULL ? bf_conf_group_get (set->text.feed, "Format") : NULL;
  g_autofree char *path = bf_mapping_default_path (service, format);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  BfConf *conf;

  if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  conf = bf_conf_load (path, problems, &error);
  if (conf == NULL)
    set_problem (set, path, 0, "%s", error->message);
  for (guint i = 0; i < problems->len; i++)
    {
      const BfProblem *problem = g_ptr_array_index (problems, i);

      set_problem (set, problem->file, problem->line, "%s", problem->message);
    }
  return conf;
}

/* What decoders ask for. */
static void
keep_options (BfMapping *mapping, const BfConfGroup *feed)
{
  static const char *const keys[] = { "Separator", "Encoding", "Header", "Wide", "Language" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *value = feed != NULL ? bf_conf_group_get (feed, keys[i]) : NULL;

      if (value == NULL)
        continue;
      if (mapping->options == NULL)
        mapping->options = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
      g_hash_table_insert (mapping->options, (gpointer) keys[i], g_strdup (value));
    }
}

/**
 * bf_mapping_new:
 * @conf: (nullable): the feed's file, with its [Map TYPE] groups
 * @feed: (nullable): its [Feed]: `Format=` chooses the default maps
 * @group: (nullable): its [Map]
 * @zone: (nullable): the city's
 * @problems: (nullable): where problems go, each with its file and line
 *
 * Returns: (transfer full): the mapping, or %NULL when a line of it is wrong. What it needs of @conf is copied.
 */
BfMapping *
bf_mapping_new (const BfCatalog *catalog,
                guint service,
                const BfConf *conf,
                const BfConfGroup *feed,
                const BfConfGroup *group,
                GTimeZone *zone,
                GPtrArray *problems)
{
  g_autoptr (GHashTable) types = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (BfConf) defaults = NULL;
  g_autoptr (BfMapping) mapping = NULL;
  Set set = { .conf = conf, .own = group };

  set.text = (BfMapText){ .catalog = catalog,
                          .service = service,
                          .feed_file = conf != NULL ? conf->path : "[Map]",
                          .feed = feed,
                          .zone = zone,
                          .problems = problems };
  set.defaults = defaults = load_defaults (&set);
  note_types (&set, types, defaults);
  note_types (&set, types, conf);
  if (set.n_problems == 0)
    mapping = g_hash_table_size (types) > 0 ? compile_types (&set, types) : compile (&set, NULL, NULL, FALSE);
  if (mapping != NULL && !bf_payload_table_new (conf, defaults, problems, &mapping->payload))
    return NULL;
  if (mapping != NULL)
    keep_options (mapping, feed);
  return g_steal_pointer (&mapping);
}

const BfPayloadTable *
bf_mapping_payload (const BfMapping *mapping)
{
  return mapping->payload;
}

const char *
bf_mapping_option (const BfMapping *mapping, const char *key)
{
  return mapping->options != NULL ? g_hash_table_lookup (mapping->options, key) : NULL;
}

const char *
bf_mapping_language (const BfMapping *mapping)
{
  const char *language = bf_mapping_option (mapping, "Language");

  return language != NULL ? language : mapping->language != NULL ? mapping->language : "fr";
}

void
bf_mapping_set_language (BfMapping *mapping, const char *language)
{
  g_free (mapping->language);
  mapping->language = g_strdup (language);
}

gboolean
bf_mapping_knows (const BfMapping *mapping, const char *type)
{
  return mapping->types == NULL || g_hash_table_contains (mapping->types, type);
}

/* NULL: no map is for the type. */
GHashTable *
bf_mapping_memory (BfMapping *mapping)
{
  if (mapping->memory == NULL)
    mapping->memory = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return mapping->memory;
}

/* Of stamps and times of the day that say none; the same in every map of a set. */
GTimeZone *
bf_mapping_zone (const BfMapping *mapping)
{
  return mapping->types != NULL && mapping->maps->len > 0 ? bf_mapping_zone (g_ptr_array_index (mapping->maps, 0)) : mapping->zone;
}

BfMapping *
bf_map_of_type (BfMapping *mapping, const char *type)
{
  gpointer key, value;

  if (mapping->types == NULL)
    return mapping;
  if (type == NULL)
    return NULL;
  if (mapping->last_type != NULL && strcmp (mapping->last_type, type) == 0)
    return mapping->last_mapping;
  if (!g_hash_table_lookup_extended (mapping->types, type, &key, &value))
    return NULL;
  mapping->last_type = key;
  mapping->last_mapping = value;
  return value;
}
