/* SPDX-License-Identifier: EUPL-1.2 */
/* Reader of one manifest (DESIGN §5) into the catalogue.
 *
 * Order: [Service] first, without which the whole manifest is off; then kinds, then properties (which name kinds), then
 * what of kinds names properties (headline, end) and indicators. What is wrong with one group is a problem with file and line, and that
 * group alone is off. Expressions (Derive=, Value=, Target=) are kept as text: src/rules compiles them. */

#include "model/bf-catalog-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

#define MANIFEST_ABI 1
#define STATE_VALUES_MAX 256

typedef struct
{
  BfCatalog *catalog;
  BfConf *conf;
  BfService *service;
  GPtrArray *problems;
} Reader;

static const char *const service_keys[] = { "Id", "Name", "Abi", NULL };
static const char *const kind_keys[] = { "Name", "Symbol", "Headline", "Ended", "Absent", NULL };
static const char *const property_keys[]
  = { "Name", "Type", "Kinds", "Unit", "Range", "Cadence", "Values", "Derive", "Expected", "AlreadyNotifiedBy", NULL };
static const char *const indicator_keys[] = { "Name", "Value", "Target", NULL };

static gboolean
is_name_key (const char *key)
{
  return strcmp (key, "Name") == 0 || g_str_has_prefix (key, "Name.");
}

/* Texts that people read. */
static gboolean
may_have_language (const char *key)
{
  return is_name_key (key) || strcmp (key, "AlreadyNotifiedBy") == 0;
}

/* Keys known, and a language on names only. `Name.<value>` is looked at with the values. */
static gboolean
check_keys (Reader *reader, const BfConfGroup *group, const char *const *known, gboolean value_names)
{
  gboolean good = TRUE;

  for (guint i = 0; i < group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (group->entries, BfConfEntry, i);
      g_autofree char *all = NULL;

      if (entry->locale != NULL && !may_have_language (entry->key))
        {
          bf_problems_add (reader->problems, reader->conf->path, entry->line,
                           _ ("expected “%s=” without a language; only names have one"), entry->key);
          good = FALSE;
        }
      if (g_strv_contains (known, entry->key) || (value_names && g_str_has_prefix (entry->key, "Name.")))
        continue;
      all = g_strjoinv (", ", (char **) known);
      bf_problems_add (reader->problems, reader->conf->path, entry->line,
                       _ ("unknown key “%s” in [%s]; expected one of: %s%s"), entry->key, group->type, all,
                       value_names ? ", Name.<value>" : "");
      good = FALSE;
    }
  return good;
}

/* "off_street" -> "Off street" */
static char *
words_of_id (const char *id)
{
  char *words = g_strdup (id);

  g_strdelimit (words, "_", ' ');
  words[0] = g_ascii_toupper (words[0]);
  return words;
}

static void
read_name (const BfConfGroup *group, const char *id, BfName *ret_name)
{
  g_autofree char *words = words_of_id (id);

  bf_name_from_conf (ret_name, group, "Name", words);
}

static gboolean
check_name (Reader *reader, const BfConfGroup *group)
{
  if (group->name != NULL && bf_identifier_is_valid (group->name))
    return TRUE;
  bf_problems_add (reader->problems, reader->conf->path, group->line,
                   _ ("expected [%s name] with a name of a-z, 0-9 and _ that begins with a letter, found “%s”"), group->type,
                   group->name != NULL ? group->name : "");
  return FALSE;
}

/* "a, b, c" -> cut, empty ones kept so that they are found to be wrong */
static char **
split_list (const char *text)
{
  char **items = g_strsplit (text, ",", -1);

  for (guint i = 0; items[i] != NULL; i++)
    g_strstrip (items[i]);
  return items;
}

static gboolean
bad_value (Reader *reader, const BfConfGroup *group, const char *key, const char *expected)
{
  const char *found = bf_conf_group_get (group, key);

  bf_problems_add (reader->problems, reader->conf->path, bf_conf_group_line (group, key), _ ("%s=: expected %s, found “%s”"),
                   key, expected, found != NULL ? found : "");
  return FALSE;
}

/* --- [Service] --- */

static BfService *
read_service (Reader *reader, const char *path, GError **error)
{
  const BfConfGroup *group = bf_conf_group (reader->conf, "Service", NULL);
  const char *id;
  const char *abi;
  BfService *service;

  if (group == NULL || group->bad || !check_keys (reader, group, service_keys, FALSE))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX,
                   group != NULL ? _ ("%s: expected a group [Service] with Id=, Name= and Abi=; this one has an error")
                                 : _ ("%s: expected a group [Service] with Id=, Name= and Abi="),
                   path);
      return NULL;
    }
  id = bf_conf_group_get (group, "Id");
  if (id == NULL || !bf_identifier_is_valid (id))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                   _ ("%s:%u: expected Id= of a-z, 0-9 and _ that begins with a letter, found “%s”"), path,
                   bf_conf_group_line (group, "Id"), id != NULL ? id : "");
      return NULL;
    }
  abi = bf_conf_group_get (group, "Abi");
  if (g_strcmp0 (abi, G_STRINGIFY (MANIFEST_ABI)) != 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_UNSUPPORTED, _ ("%s:%u: expected Abi=%d, found “%s”"), path,
                   bf_conf_group_line (group, "Abi"), MANIFEST_ABI, abi != NULL ? abi : "");
      return NULL;
    }
  if (bf_catalog_find_service (reader->catalog, id) != NULL)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s:%u: the service “%s” is there already from another manifest"), path,
                   bf_conf_group_line (group, "Id"), id);
      return NULL;
    }
  if (reader->catalog->services->len >= BF_NO_SERVICE)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s: more than %u services"), path, (guint) BF_NO_SERVICE);
      return NULL;
    }
  service = g_new0 (BfService, 1);
  service->index = (guint8) reader->catalog->services->len;
  service->id = g_strdup (id);
  service->abi = MANIFEST_ABI;
  service->dir = g_path_get_dirname (path);
  service->kinds = g_array_new (FALSE, FALSE, sizeof (guint16));
  service->properties = g_array_new (FALSE, FALSE, sizeof (guint16));
  read_name (group, id, &service->name);
  g_ptr_array_add (reader->catalog->services, service);
  return service;
}

/* --- [Kind id] --- */

static gboolean
symbol_is_valid (const char *symbol)
{
  return symbol[0] != '\0' && strlen (symbol) <= 64
         && strspn (symbol, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen (symbol);
}

static void
read_kind (Reader *reader, const BfConfGroup *group)
{
  BfCatalog *catalog = reader->catalog;
  const char *symbol = bf_conf_group_get (group, "Symbol");
  BfKind *kind;

  if (!check_name (reader, group) || !check_keys (reader, group, kind_keys, FALSE))
    return;
  if (symbol != NULL && !symbol_is_valid (symbol))
    {
      bf_problems_add (reader->problems, reader->conf->path, bf_conf_group_line (group, "Symbol"),
                       _ ("expected the name of a symbol (a-z, 0-9, -), found “%s”"), symbol);
      return;
    }
  if (catalog->kinds->len >= BF_NO_KIND)
    {
      bf_problems_add (reader->problems, reader->conf->path, group->line, _ ("more than %u kinds"), (guint) BF_NO_KIND);
      return;
    }
  kind = g_new0 (BfKind, 1);
  kind->index = (guint16) catalog->kinds->len;
  kind->service = reader->service->index;
  kind->id = g_strdup (group->name);
  kind->full_id = g_strconcat (reader->service->id, ".", group->name, NULL);
  kind->symbol = g_strdup (symbol != NULL ? symbol : "circle");
  kind->headline = BF_NO_PROPERTY;
  kind->gone_property = BF_NO_PROPERTY;
  kind->properties = g_array_new (FALSE, FALSE, sizeof (guint16));
  read_name (group, group->name, &kind->name);
  g_ptr_array_add (catalog->kinds, kind);
  g_array_append_val (reader->service->kinds, kind->index);
}

static void
read_headline (Reader *reader, const BfConfGroup *group)
{
  const char *id = bf_conf_group_get (group, "Headline");
  const BfProperty *property;
  BfKind *kind;

  kind = (BfKind *) bf_catalog_find_service_kind (reader->catalog, reader->service->index, group->name);
  if (id == NULL || kind == NULL)
    return;
  property = bf_catalog_find_property (reader->catalog, reader->service->index, id);
  if (property == NULL || kind->slot[property->index] == BF_NO_PROPERTY)
    {
      bf_problems_add (reader->problems, reader->conf->path, bf_conf_group_line (group, "Headline"),
                       _ ("expected a property of the kind “%s”, found “%s”; the kind is shown without a headline"),
                       kind->id, id);
      return;
    }
  kind->headline = property->index;
}

/* "event_state: ended, cancelled": the first state is what is noted when a complete list no longer has the thing. */
static const char *
parse_gone (Reader *reader, BfKind *kind, const char *text, gboolean ends)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);
  g_auto (GStrv) states = g_strv_length (parts) == 2 ? split_list (parts[1]) : NULL;
  const BfProperty *property = bf_catalog_find_property (reader->catalog, reader->service->index, g_strstrip (parts[0]));
  guint64 over = 0;

  if (states == NULL || states[0] == NULL)
    return _ ("“property: state”, a state of this kind and what it becomes");
  if (property == NULL || kind->slot[property->index] == BF_NO_PROPERTY || property->type != BF_PROPERTY_STATE || property->derive != NULL)
    return _ ("a property of this kind that is a state and not derived");
  if (!ends && states[1] != NULL)
    return _ ("one state: what is true of a thing that the list does not have");
  for (guint i = 0; states[i] != NULL; i++)
    {
      int index = bf_property_find_value (property, states[i], strlen (states[i]));

      if (index < 0 || index >= 64)
        return _ ("values of the property, of its first 64, apart by commas");
      over |= G_GUINT64_CONSTANT (1) << index;
      if (i == 0)
        kind->gone_value = (guint8) index;
    }
  kind->gone_property = property->index;
  kind->over = ends ? over : 0;
  return NULL;
}

static void
read_gone (Reader *reader, const BfConfGroup *group)
{
  BfKind *kind = (BfKind *) bf_catalog_find_service_kind (reader->catalog, reader->service->index, group->name);
  const char *ended = bf_conf_group_get (group, "Ended");
  const char *absent = bf_conf_group_get (group, "Absent");
  const char *wrong = NULL;

  if (kind == NULL || (ended == NULL && absent == NULL))
    return;
  if (ended != NULL && absent != NULL)
    wrong = _ ("either Ended= or Absent=, not both");
  else
    wrong = parse_gone (reader, kind, ended != NULL ? ended : absent, ended != NULL);
  if (wrong != NULL)
    bad_value (reader, group, ended != NULL ? "Ended" : "Absent", wrong);
}

/* --- [Property id] --- */

static gboolean
parse_range (const char *text, double *ret_min, double *ret_max)
{
  const char *dots = strstr (text, "..");
  double min = -INFINITY;
  double max = INFINITY;

  if (dots == NULL || (dots == text && dots[2] == '\0'))
    return FALSE;
  if (dots > text && !bf_text_to_double (text, dots - text, &min))
    return FALSE;
  if (dots[2] != '\0' && !bf_text_to_double (dots + 2, strlen (dots + 2), &max))
    return FALSE;
  if (!(min < max))
    return FALSE;
  *ret_min = min;
  *ret_max = max;
  return TRUE;
}

static gboolean
read_number (Reader *reader, const BfConfGroup *group, BfProperty *property)
{
  const char *unit = bf_conf_group_get (group, "Unit");
  const char *range = bf_conf_group_get (group, "Range");

  if (bf_conf_group_get (group, "Values") != NULL)
    return bad_value (reader, group, "Values", _ ("no values of a number; only Type=state has them"));
  if (unit == NULL)
    unit = "1";
  if (!bf_unit_lookup (unit, strlen (unit), &property->unit))
    {
      const char *nearest = bf_unit_nearest (unit, strlen (unit));
      g_autofree char *expected = nearest != NULL ? g_strdup_printf (_ ("a unit of the house's table (did you mean “%s”?)"), nearest)
                                                  : g_strdup (_ ("a unit of the house's table"));

      return bad_value (reader, group, "Unit", expected);
    }
  g_free (property->unit_code);
  property->unit_code = g_strdup (unit);
  if (range != NULL && !parse_range (range, &property->range_min, &property->range_max))
    return bad_value (reader, group, "Range", _ ("“min..max” in the property's unit, min below max, one may be left out"));
  return TRUE;
}

static gboolean
read_value_names (Reader *reader, const BfConfGroup *group, BfProperty *property)
{
  for (guint i = 0; i < group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (group->entries, BfConfEntry, i);
      const char *value = entry->key + strlen ("Name.");

      if (!g_str_has_prefix (entry->key, "Name."))
        continue;
      if (bf_property_find_value (property, value, strlen (value)) >= 0)
        continue;
      bf_problems_add (reader->problems, reader->conf->path, entry->line,
                       _ ("“%s”: expected Name.<value> with one of the values of this property"), entry->key);
      return FALSE;
    }
  if (property->values == NULL)
    return TRUE;
  property->value_names = g_new0 (BfName, g_strv_length (property->values));
  for (guint i = 0; property->values[i] != NULL; i++)
    {
      g_autofree char *key = g_strconcat ("Name.", property->values[i], NULL);

      bf_name_from_conf (&property->value_names[i], group, key, property->values[i]);
    }
  return TRUE;
}

static gboolean
read_state (Reader *reader, const BfConfGroup *group, BfProperty *property)
{
  const char *values = bf_conf_group_get (group, "Values");
  g_auto (GStrv) list = NULL;

  if (bf_conf_group_get (group, "Unit") != NULL)
    return bad_value (reader, group, "Unit", _ ("no unit of a state"));
  if (bf_conf_group_get (group, "Range") != NULL)
    return bad_value (reader, group, "Range", _ ("no range of a state"));
  if (values == NULL)
    return bad_value (reader, group, "Values", _ ("the state's values, such as “on, off”"));
  list = split_list (values);
  if (g_strv_length (list) > STATE_VALUES_MAX)
    return bad_value (reader, group, "Values", _ ("at most 256 values"));
  for (guint i = 0; list[i] != NULL; i++)
    {
      if (!bf_identifier_is_valid (list[i]))
        return bad_value (reader, group, "Values", _ ("values of a-z, 0-9 and _ that begin with a letter, apart by commas"));
      for (guint j = 0; j < i; j++)
        if (strcmp (list[i], list[j]) == 0)
          return bad_value (reader, group, "Values", _ ("each value once"));
    }
  property->values = g_steal_pointer (&list);
  property->range_min = 0;
  property->range_max = g_strv_length (property->values) - 1;
  return TRUE;
}

static gboolean
read_kinds (Reader *reader, const BfConfGroup *group, BfProperty *property)
{
  const char *kinds = bf_conf_group_get (group, "Kinds");
  g_auto (GStrv) list = NULL;

  if (kinds == NULL)
    {
      g_array_append_vals (property->kinds, reader->service->kinds->data, reader->service->kinds->len);
      return TRUE;
    }
  list = split_list (kinds);
  for (guint i = 0; list[i] != NULL; i++)
    {
      const BfKind *kind = bf_catalog_find_service_kind (reader->catalog, reader->service->index, list[i]);

      if (kind == NULL)
        return bad_value (reader, group, "Kinds", _ ("kinds of this manifest that are not off, apart by commas"));
      for (guint j = 0; j < property->kinds->len; j++)
        if (g_array_index (property->kinds, guint16, j) == kind->index)
          return bad_value (reader, group, "Kinds", _ ("each kind once"));
      g_array_append_val (property->kinds, kind->index);
    }
  return TRUE;
}

static gboolean
read_cadence (Reader *reader, const BfConfGroup *group, BfProperty *property)
{
  const char *cadence = bf_conf_group_get (group, "Cadence");

  if (cadence == NULL)
    return TRUE;
  if (!bf_duration_parse (cadence, &property->cadence_us, NULL) || property->cadence_us <= 0)
    return bad_value (reader, group, "Cadence", _ ("a time over 0 such as “90s”, “5min”, “1h 30min” (d, h, min, s, ms)"));
  return TRUE;
}

static gboolean
fill_property (Reader *reader, const BfConfGroup *group, BfProperty *property)
{
  const char *type = bf_conf_group_get (group, "Type");
  const char *derive = bf_conf_group_get (group, "Derive");
  gboolean good;

  if (g_strcmp0 (type, "number") == 0)
    {
      property->type = BF_PROPERTY_NUMBER;
      good = read_number (reader, group, property);
    }
  else if (g_strcmp0 (type, "state") == 0)
    {
      property->type = BF_PROPERTY_STATE;
      good = read_state (reader, group, property);
    }
  else
    good = bad_value (reader, group, "Type", _ ("“number” or “state”"));
  if (derive != NULL && derive[0] == '\0')
    good = bad_value (reader, group, "Derive", _ ("an expression of the rule language"));
  property->derive = g_strdup (derive);
  property->expected = g_strdup (bf_conf_group_get (group, "Expected"));
  bf_name_from_conf (&property->already_notified_by, group, "AlreadyNotifiedBy", NULL);
  property->line = bf_conf_group_line (group, derive != NULL ? "Derive" : "");
  return good && read_value_names (reader, group, property) && read_kinds (reader, group, property)
         && read_cadence (reader, group, property);
}

static void
read_property (Reader *reader, const BfConfGroup *group)
{
  BfCatalog *catalog = reader->catalog;
  BfProperty *property;

  if (!check_name (reader, group) || !check_keys (reader, group, property_keys, TRUE))
    return;
  if (catalog->properties->len >= BF_LIMIT_PROPERTIES)
    {
      bf_problems_add (reader->problems, reader->conf->path, group->line, _ ("more than %u properties of all services"),
                       BF_LIMIT_PROPERTIES);
      return;
    }
  property = g_new0 (BfProperty, 1);
  property->index = (guint16) catalog->properties->len;
  property->service = reader->service->index;
  property->id = g_strdup (group->name);
  property->unit_code = g_strdup ("1");
  property->unit = bf_unit_one;
  property->range_min = -INFINITY;
  property->range_max = INFINITY;
  property->file = g_strdup (reader->conf->path);
  property->kinds = g_array_new (FALSE, FALSE, sizeof (guint16));
  read_name (group, group->name, &property->name);
  if (!fill_property (reader, group, property))
    {
      bf_property_discard (property);
      return;
    }
  g_ptr_array_add (catalog->properties, property);
  g_array_append_val (reader->service->properties, property->index);
  for (guint i = 0; i < property->kinds->len; i++)
    {
      BfKind *kind = g_ptr_array_index (catalog->kinds, g_array_index (property->kinds, guint16, i));

      g_array_append_val (kind->properties, property->index);
    }
}

/* --- [Indicator id] --- */

static void
read_indicator (Reader *reader, const BfConfGroup *group)
{
  const char *value = bf_conf_group_get (group, "Value");
  BfIndicator *indicator;

  if (!check_name (reader, group) || !check_keys (reader, group, indicator_keys, FALSE))
    return;
  if (value == NULL || value[0] == '\0')
    {
      bad_value (reader, group, "Value", _ ("an expression of the rule language"));
      return;
    }
  indicator = g_new0 (BfIndicator, 1);
  indicator->service = reader->service->index;
  indicator->id = g_strdup (group->name);
  indicator->value = g_strdup (value);
  indicator->target = g_strdup (bf_conf_group_get (group, "Target"));
  indicator->file = g_strdup (reader->conf->path);
  indicator->line = bf_conf_group_line (group, "Value");
  read_name (group, group->name, &indicator->name);
  g_ptr_array_add (reader->catalog->indicators, indicator);
}

/* --- the whole --- */

static void
for_each_group (Reader *reader, const char *type, void (*read) (Reader *reader, const BfConfGroup *group))
{
  for (guint i = 0; i < reader->conf->groups->len; i++)
    {
      const BfConfGroup *group = g_ptr_array_index (reader->conf->groups, i);

      if (!group->bad && strcmp (group->type, type) == 0)
        read (reader, group);
    }
}

static void
check_group_types (Reader *reader)
{
  static const char *const types[] = { "Service", "Kind", "Property", "Indicator", NULL };

  for (guint i = 0; i < reader->conf->groups->len; i++)
    {
      const BfConfGroup *group = g_ptr_array_index (reader->conf->groups, i);

      if (!group->bad
          && (!g_strv_contains (types, group->type) || (strcmp (group->type, "Service") == 0 && group->name != NULL)))
        bf_problems_add (reader->problems, reader->conf->path, group->line,
                         _ ("expected [Service], [Kind id], [Property id] or [Indicator id], found [%s%s%s]"), group->type,
                         group->name != NULL ? " " : "", group->name != NULL ? group->name : "");
    }
}

/**
 * bf_catalog_add_manifest:
 * @path: a file `<service>.service`
 * @problems: (nullable): where what is wrong with a single kind, property or indicator goes; that one is off
 *
 * Adds the service that the manifest describes.
 *
 * Returns: %TRUE, or %FALSE with @error (file, line, what was expected) when the whole manifest is off: it cannot be
 *   read, [Service] is wrong, its `Abi=` is not ours or its `Id=` is there already. Nothing is added then.
 */
gboolean
bf_catalog_add_manifest (BfCatalog *catalog, const char *path, GPtrArray *problems, GError **error)
{
  g_autoptr (BfConf) conf = NULL;
  Reader reader;

  g_return_val_if_fail (catalog != NULL && path != NULL, FALSE);

  conf = bf_conf_load (path, problems, error);
  if (conf == NULL)
    return FALSE;
  reader = (Reader){ catalog, conf, NULL, problems };
  reader.service = read_service (&reader, path, error);
  if (reader.service == NULL)
    return FALSE;
  check_group_types (&reader);
  for_each_group (&reader, "Kind", read_kind);
  for_each_group (&reader, "Property", read_property);
  bf_catalog_fill_slots (catalog);
  for_each_group (&reader, "Kind", read_headline);
  for_each_group (&reader, "Kind", read_gone);
  for_each_group (&reader, "Indicator", read_indicator);
  return TRUE;
}
