/* SPDX-License-Identifier: EUPL-1.2 */
/* Makes a mapping of the text of [Map]. Every line is checked against the service's catalogue; anything that is wrong is a
 * problem with its line and makes the whole mapping unusable, because half a mapping would show half a truth. */

#include "formats/bf-mapping-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

typedef struct
{
  BfMapping *mapping;
  const BfMapText *text;
  const char *file; /* of the line at hand */
  guint n_problems;
} Compiler;

static void problem (Compiler *c, guint line, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
problem (Compiler *c, guint line, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  bf_problems_add (c->text->problems, c->file, line, "%s", message);
  c->n_problems++;
}

/* --- paths ---------------------------------------------------------------------------------------------------------- */

static guint
want_key (BfMapping *mapping, const char *name, gsize length)
{
  for (guint i = 0; i < mapping->key_names->len; i++)
    {
      const char *known = g_ptr_array_index (mapping->key_names, i);

      if (strlen (known) == length && memcmp (known, name, length) == 0)
        return i;
    }
  g_ptr_array_add (mapping->key_names, g_strndup (name, length));
  return mapping->key_names->len - 1;
}

static gboolean
compile_source (Compiler *c, guint line, const char *text, BfMapSource *source)
{
  gsize length = strlen (text);
  const char *question;
  g_autofree char *path = NULL;
  gsize head;

  memset (source, 0, sizeof *source);
  source->whole = source->head = BF_MAP_NO_KEY;
  if (length == 0)
    {
      problem (c, line, _ ("expected a path or a 'constant', found nothing"));
      return FALSE;
    }
  if (text[0] == '\'')
    {
      if (length < 2 || text[length - 1] != '\'')
        {
          problem (c, line, _ ("the constant %s has no closing quote"), text);
          return FALSE;
        }
      source->constant = g_strndup (text + 1, length - 2);
      source->constant_length = length - 2;
      return TRUE;
    }
  question = strstr (text, "?'");
  if (question != NULL && question > text && text[length - 1] == '\'' && question + 2 < text + length)
    {
      source->constant_length = (gsize) (text + length - 1 - (question + 2));
      source->constant = g_strndup (question + 2, source->constant_length);
      length = (gsize) (question - text);
      source->negated = text[0] == '!' && length > 1;
    }
  if (source->negated)
    {
      text++;
      length--;
    }
  path = g_strndup (text, length);
  source->whole = want_key (c->mapping, path, length);
  head = strcspn (path, ".[");
  if (head == 0 || head == length)
    return TRUE;
  source->head = want_key (c->mapping, path, head);
  source->rest = g_strdup (path + head + (path[head] == '.' ? 1 : 0));
  return TRUE;
}

/* Cuts at @separator outside of quotes; the parts are stripped. */
static char **
split (const char *text, char separator)
{
  GPtrArray *parts = g_ptr_array_new ();
  const char *from = text;
  gboolean quoted = FALSE;

  for (const char *p = text;; p++)
    {
      if (*p == '\'')
        quoted = !quoted;
      if (*p != '\0' && (*p != separator || quoted))
        continue;
      g_ptr_array_add (parts, g_strstrip (g_strndup (from, (gsize) (p - from))));
      if (*p == '\0')
        break;
      from = p + 1;
    }
  g_ptr_array_add (parts, NULL);
  return (char **) g_ptr_array_free (parts, FALSE);
}

static void
compile_path_text (Compiler *c, guint line, const char *text, BfMapPath *path)
{
  g_auto (GStrv) parts = split (text, '|');

  path->text = g_strdup (text);
  path->n_sources = 0;
  path->sources = g_new0 (BfMapSource, g_strv_length (parts) + 1);
  for (guint i = 0; parts[i] != NULL; i++)
    if (compile_source (c, line, parts[i], &path->sources[path->n_sources]))
      path->n_sources++;
}

static void
compile_path (Compiler *c, const BfConfEntry *entry, BfMapPath *path)
{
  compile_path_text (c, entry->line, entry->value, path);
}

void
bf_map_path_clear (BfMapPath *path)
{
  for (guint i = 0; i < path->n_sources; i++)
    {
      g_free (path->sources[i].constant);
      g_free (path->sources[i].rest);
    }
  g_free (path->sources);
  g_free (path->text);
}

static void
compile_stamp (Compiler *c, const BfConfEntry *entry, BfMapStamp *stamp)
{
  compile_path (c, entry, &stamp->path);
  stamp->of_payload = g_str_equal (entry->value, "'payload'");
}

static void
compile_forms (Compiler *c, const BfConfEntry *entry, BfMapStamp *stamp)
{
  stamp->forms = split (entry->value, '|');
  for (guint i = 0; stamp->forms[i] != NULL; i++)
    if (!g_str_equal (stamp->forms[i], "epoch") && !g_str_equal (stamp->forms[i], "epoch-ms")
        && !g_str_equal (stamp->forms[i], "rfc3339") && strchr (stamp->forms[i], '%') == NULL)
      problem (c, entry->line, _ ("expected rfc3339, epoch, epoch-ms or a pattern such as %%d.%%m.%%Y %%H:%%M, found “%s”"),
               stamp->forms[i]);
}

/* --- tables --------------------------------------------------------------------------------------------------------- */

static char *
unquote (char *text)
{
  gsize length = strlen (text);

  if (length >= 2 && text[0] == '\'' && text[length - 1] == '\'')
    {
      text[length - 1] = '\0';
      memmove (text, text + 1, length - 1);
    }
  return text;
}

/* Index of what an entry leads to: a state of @property, or a kind of the service. */
static int
find_target (Compiler *c, guint line, const BfProperty *property, const char *to)
{
  const BfKind *kind;
  int index;

  if (property == NULL)
    {
      kind = bf_catalog_find_service_kind (c->mapping->catalog, c->mapping->service, to);
      if (kind != NULL)
        return kind->index;
      problem (c, line, _ ("the service has no kind “%s”"), to);
      return -1;
    }
  index = bf_property_find_value (property, to, strlen (to));
  if (index < 0)
    {
      g_autofree char *values = g_strjoinv (", ", property->values);

      problem (c, line, _ ("“%s” is not a value of %s; expected one of %s"), to, property->id, values);
    }
  return index;
}

static void
compile_table (Compiler *c, const BfConfEntry *entry, const BfProperty *property, BfMapTable *table)
{
  g_auto (GStrv) parts = split (entry->value, ',');

  if (property != NULL && property->type != BF_PROPERTY_STATE)
    {
      problem (c, entry->line, _ ("a table needs a property of type state, %s is a number"), property->id);
      return;
    }
  table->entries = g_array_new (FALSE, TRUE, sizeof (BfMapEntry));
  table->others = -1;
  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *colon = strrchr (parts[i], ':');
      BfMapEntry made = { 0 };

      if (colon == NULL)
        {
          problem (c, entry->line, _ ("expected text:state, found “%s”"), parts[i]);
          continue;
        }
      *colon = '\0';
      made.text = g_strdup (unquote (g_strstrip (parts[i])));
      made.length = strlen (made.text);
      made.to = g_strdup (g_strstrip (colon + 1));
      made.to_length = strlen (made.to);
      made.index = find_target (c, entry->line, property, made.to);
      if (g_str_equal (made.text, "*"))
        table->others = (int) table->entries->len;
      g_array_append_val (table->entries, made);
    }
}

void
bf_map_table_clear (BfMapTable *table)
{
  if (table->entries == NULL)
    return;
  for (guint i = 0; i < table->entries->len; i++)
    {
      g_free (g_array_index (table->entries, BfMapEntry, i).text);
      g_free (g_array_index (table->entries, BfMapEntry, i).to);
    }
  g_array_unref (table->entries);
}

/* --- lines ---------------------------------------------------------------------------------------------------------- */

static const struct
{
  const char *key;
  gsize offset;
} fixed[] = {
#define FIXED(name) { #name, G_STRUCT_OFFSET (BfMapping, name) }
  FIXED (id),  FIXED (name), FIXED (location), FIXED (lat), FIXED (lon),
  FIXED (x),   FIXED (y),    FIXED (address),  FIXED (parent), FIXED (kind), FIXED (shape),
#undef FIXED
};

static void
stamp_clear (BfMapStamp *stamp)
{
  bf_map_path_clear (&stamp->path);
  g_strfreev (stamp->forms);
}

static void
property_clear (gpointer data)
{
  BfMapProperty *mapped = data;

  bf_map_path_clear (&mapped->value);
  stamp_clear (&mapped->stamp);
  stamp_clear (&mapped->over[0]);
  stamp_clear (&mapped->over[1]);
  bf_map_table_clear (&mapped->table);
  g_strfreev (mapped->none);
  for (guint i = 0; mapped->conditions != NULL && i < mapped->conditions->len; i++)
    {
      bf_map_path_clear (&g_array_index (mapped->conditions, BfMapCondition, i).path);
      g_free (g_array_index (mapped->conditions, BfMapCondition, i).text);
    }
  g_clear_pointer (&mapped->conditions, g_array_unref);
  g_free (mapped->null_state);
  stamp_clear (&mapped->valid[0]);
  stamp_clear (&mapped->valid[1]);
  g_free (mapped->before);
  g_free (mapped->after);
}

static BfMapProperty *
find_mapped (BfMapping *mapping, const char *id)
{
  for (guint i = 0; i < mapping->properties->len; i++)
    {
      BfMapProperty *mapped = &g_array_index (mapping->properties, BfMapProperty, i);

      if (g_str_equal (mapped->property->id, id))
        return mapped;
    }
  return NULL;
}

static void
add_property (Compiler *c, const BfConfEntry *entry)
{
  BfMapping *mapping = c->mapping;
  BfMapProperty mapped = { .scale = 1, .table.others = -1 };

  mapped.property = bf_catalog_find_property (mapping->catalog, mapping->service, entry->key);
  if (mapped.property == NULL)
    {
      problem (c, entry->line, _ ("“%s” is no property of the service %s and no word of [Map]"), entry->key,
               bf_catalog_service (mapping->catalog, mapping->service)->id);
      return;
    }
  if (mapped.property->derive != NULL)
    {
      problem (c, entry->line, _ ("%s is derived by Beffroi from other properties (Derive=) and cannot be read"), entry->key);
      return;
    }
  compile_path (c, entry, &mapped.value);
  g_array_append_val (mapping->properties, mapped);
}

/* Lines without a suffix: they say what is mapped. */
static void
compile_base (Compiler *c, const BfConfEntry *entry)
{
  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    if (g_str_equal (fixed[i].key, entry->key))
      {
        compile_path (c, entry, (BfMapPath *) G_STRUCT_MEMBER_P (c->mapping, fixed[i].offset));
        return;
      }
  if (g_str_equal (entry->key, "observed"))
    compile_stamp (c, entry, &c->mapping->stamp);
  else if (g_str_equal (entry->key, "records"))
    c->mapping->records = g_strdup (entry->value);
  else
    add_property (c, entry);
}

static void
compile_number (Compiler *c, const BfConfEntry *entry, double *ret_value)
{
  if (!bf_text_to_double (entry->value, strlen (entry->value), ret_value))
    problem (c, entry->line, _ ("expected a number, found “%s”"), entry->value);
}

static void
compile_unit (Compiler *c, const BfConfEntry *entry, BfMapProperty *mapped)
{
  if (!bf_unit_lookup (entry->value, strlen (entry->value), &mapped->unit))
    {
      const char *nearest = bf_unit_nearest (entry->value, strlen (entry->value));

      if (nearest != NULL)
        problem (c, entry->line, _ ("no such unit “%s”; did you mean “%s”?"), entry->value, nearest);
      else
        problem (c, entry->line, _ ("no such unit “%s”"), entry->value);
      return;
    }
  if (!bf_unit_same_dimension (&mapped->unit, &mapped->property->unit))
    problem (c, entry->line, _ ("%s cannot be made %s, the unit of %s"), entry->value, mapped->property->unit_code,
             mapped->property->id);
  mapped->convert = TRUE;
}

static void
compile_null (Compiler *c, const BfConfEntry *entry, BfMapProperty *mapped)
{
  mapped->has_null = TRUE;
  if (mapped->property->type == BF_PROPERTY_NUMBER)
    {
      compile_number (c, entry, &mapped->null_number);
      return;
    }
  find_target (c, entry->line, mapped->property, entry->value);
  mapped->null_state = g_strdup (entry->value);
  mapped->null_state_length = strlen (entry->value);
}

static void
compile_when (Compiler *c, const BfConfEntry *entry, BfMapProperty *mapped)
{
  g_auto (GStrv) parts = split (entry->value, '&');

  if (mapped->conditions == NULL)
    mapped->conditions = g_array_new (FALSE, TRUE, sizeof (BfMapCondition));
  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *equals = strchr (parts[i], '=');
      BfMapCondition condition = { 0 };

      if (equals == NULL)
        {
          problem (c, entry->line, _ ("expected path=text, several with &, found “%s”"), parts[i]);
          continue;
        }
      *equals = '\0';
      compile_path_text (c, entry->line, g_strstrip (parts[i]), &condition.path);
      condition.text = g_strdup (unquote (g_strstrip (equals + 1)));
      g_array_append_val (mapped->conditions, condition);
    }
}

static void
compile_over (Compiler *c, const BfConfEntry *entry, BfMapProperty *mapped)
{
  g_auto (GStrv) parts = split (entry->value, ',');

  if (g_strv_length (parts) != 2)
    problem (c, entry->line, _ ("expected the paths of two stamps, from and to, found “%s”"), entry->value);
  else if (mapped->property->unit.dim[BF_DIM_TIME] != -1 || mapped->property->unit.dim[BF_DIM_LENGTH] != 0)
    problem (c, entry->line, _ ("a count over a time needs a property like veh/h, %s is in %s"), mapped->property->id,
             mapped->property->unit_code);
  else
    for (guint i = 0; i < 2; i++)
      compile_path_text (c, entry->line, parts[i], &mapped->over[i].path);
}

/* "from, to"; either may be missing: ", to" */
static void
compile_valid (Compiler *c, const BfConfEntry *entry, BfMapProperty *mapped)
{
  g_auto (GStrv) parts = g_strsplit (entry->value, ",", -1);

  if (mapped->property->type != BF_PROPERTY_STATE)
    problem (c, entry->line, _ ("only a state is valid from a time to another, %s is a number"), mapped->property->id);
  else if (g_strv_length (parts) != 2)
    problem (c, entry->line, _ ("expected the paths of two stamps, from and to, found “%s”"), entry->value);
  else
    for (guint i = 0; i < 2; i++)
      if (g_strstrip (parts[i])[0] != '\0')
        compile_path_text (c, entry->line, parts[i], &mapped->valid[i].path);
}

static char *
compile_target (Compiler *c, const BfConfEntry *entry, const BfMapProperty *mapped)
{
  if (mapped->property->type == BF_PROPERTY_STATE)
    find_target (c, entry->line, mapped->property, entry->value);
  else
    problem (c, entry->line, _ ("only a state is valid from a time to another, %s is a number"), mapped->property->id);
  return g_strdup (entry->value);
}

static void
compile_property_suffix (Compiler *c, const BfConfEntry *entry, BfMapProperty *mapped, const char *suffix)
{
  if (g_str_equal (suffix, "scale"))
    compile_number (c, entry, &mapped->scale);
  else if (g_str_equal (suffix, "offset"))
    compile_number (c, entry, &mapped->offset);
  else if (g_str_equal (suffix, "unit"))
    compile_unit (c, entry, mapped);
  else if (g_str_equal (suffix, "table"))
    compile_table (c, entry, mapped->property, &mapped->table);
  else if (g_str_equal (suffix, "null"))
    compile_null (c, entry, mapped);
  else if (g_str_equal (suffix, "none"))
    mapped->none = split (entry->value, ',');
  else if (g_str_equal (suffix, "over"))
    compile_over (c, entry, mapped);
  else if (g_str_equal (suffix, "when"))
    compile_when (c, entry, mapped);
  else if (g_str_equal (suffix, "valid"))
    compile_valid (c, entry, mapped);
  else if (g_str_equal (suffix, "before"))
    mapped->before = compile_target (c, entry, mapped);
  else if (g_str_equal (suffix, "after"))
    mapped->after = compile_target (c, entry, mapped);
  else if (g_str_equal (suffix, "observed"))
    compile_stamp (c, entry, &mapped->stamp);
  else if (g_str_equal (suffix, "observed.form"))
    compile_forms (c, entry, &mapped->stamp);
  else
    problem (c, entry->line,
             _ ("“%s” is not known of %s; expected scale, offset, unit, table, null, none, when, over, valid, before, after, observed or observed.form"), suffix,
             mapped->property->id);
}

static void
compile_attribute (Compiler *c, const BfConfEntry *entry, const char *key)
{
  BfMapAttribute attribute = { 0 };

  if (!bf_identifier_is_valid (key))
    {
      problem (c, entry->line, _ ("expected attribute.<key> with a key of a-z, 0-9 and _, found “%s”"), entry->key);
      return;
    }
  if (c->mapping->attributes->len >= BF_LIMIT_ATTRIBUTES)
    {
      problem (c, entry->line, _ ("more than %u attributes"), BF_LIMIT_ATTRIBUTES);
      return;
    }
  attribute.key = g_strdup (key);
  compile_path (c, entry, &attribute.path);
  g_array_append_val (c->mapping->attributes, attribute);
}

static void
compile_order (Compiler *c, const BfConfEntry *entry)
{
  c->mapping->order_given = TRUE;
  if (g_str_equal (entry->value, "lat,lon") || g_str_equal (entry->value, "lat, lon"))
    c->mapping->lat_first = TRUE;
  else if (g_str_equal (entry->value, "lon,lat") || g_str_equal (entry->value, "lon, lat"))
    c->mapping->lat_first = FALSE;
  else
    problem (c, entry->line, _ ("expected lat,lon or lon,lat, found “%s”"), entry->value);
}

/* Lines with a suffix: they say more of what is mapped. */
static void
compile_suffix (Compiler *c, const BfConfEntry *entry)
{
  const char *dot = strchr (entry->key, '.');
  g_autofree char *base = g_strndup (entry->key, (gsize) (dot - entry->key));
  BfMapProperty *mapped;

  if (g_str_equal (base, "attribute"))
    compile_attribute (c, entry, dot + 1);
  else if (g_str_equal (entry->key, "location.order"))
    compile_order (c, entry);
  else if (g_str_equal (entry->key, "kind.table"))
    compile_table (c, entry, NULL, &c->mapping->kind_table);
  else if (g_str_equal (entry->key, "observed.form"))
    compile_forms (c, entry, &c->mapping->stamp);
  else if (g_str_equal (entry->key, "payload.observed"))
    c->mapping->payload_stamp.path.text = g_strdup (entry->value);
  else if (g_str_equal (entry->key, "payload.observed.form"))
    compile_forms (c, entry, &c->mapping->payload_stamp);
  else if ((mapped = find_mapped (c->mapping, base)) != NULL)
    compile_property_suffix (c, entry, mapped, dot + 1);
  else
    problem (c, entry->line, _ ("“%s” says more of “%s”, which no line maps"), entry->key, base);
}

static void
compile_lines (Compiler *c)
{
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < c->text->lines->len; i++)
      {
        const BfMapLine *line = &g_array_index (c->text->lines, BfMapLine, i);
        const BfConfEntry *entry = line->entry;
        gboolean suffix = strchr (entry->key, '.') != NULL;

        c->file = line->file;
        if (pass == 0 && entry->locale != NULL)
          problem (c, entry->line, _ ("a mapping has no languages: %s[%s]"), entry->key, entry->locale);
        else if (pass == 0 && !suffix)
          compile_base (c, entry);
        else if (pass == 1 && suffix && entry->locale == NULL)
          compile_suffix (c, entry);
      }
}

/* What a format itself knows of its records, used where no line says otherwise. */
static const struct
{
  const char *format;
  const char *location;
  const char *shape;
  const char *lat;
  const char *lon;
  const char *name;
  const char *address;
  const char *observed;
} own[] = {
#define NGSI_STAMPS "dateObserved|dateObservedTo|observationDateTime|observedAt|TimeInstant|timestamp|dateModified|modifiedAt"
#define NGSI(name) { name, "location|position", NULL, "lat|latitude", "lon|lng|longitude", "name", "address.streetAddress", NGSI_STAMPS }
  { .format = "opendatasoft", .location = "geo_point_2d", .shape = "geo_shape" },
  NGSI ("ngsi"), NGSI ("ngsild"), NGSI ("ngsiv2"),
#undef NGSI
};

static void
compile_own (Compiler *c, const char *format)
{
  BfMapping *mapping = c->mapping;
  gboolean placed = mapping->location.text != NULL || mapping->lat.text != NULL || mapping->lon.text != NULL
                    || mapping->x.text != NULL || mapping->y.text != NULL;

  for (guint i = 0; i < G_N_ELEMENTS (own); i++)
    if (g_strcmp0 (own[i].format, format) == 0)
      {
        mapping->own_place = !placed;
        if (!placed)
          compile_path_text (c, 0, own[i].location, &mapping->location);
        if (!placed && own[i].lat != NULL)
          {
            compile_path_text (c, 0, own[i].lat, &mapping->lat);
            compile_path_text (c, 0, own[i].lon, &mapping->lon);
          }
        if (own[i].shape != NULL && mapping->shape.text == NULL)
          compile_path_text (c, 0, own[i].shape, &mapping->shape);
        if (own[i].name != NULL && mapping->name.text == NULL)
          compile_path_text (c, 0, own[i].name, &mapping->name);
        if (own[i].address != NULL && mapping->address.text == NULL)
          compile_path_text (c, 0, own[i].address, &mapping->address);
        if (own[i].observed != NULL)
          compile_path_text (c, 0, own[i].observed, &mapping->own_stamp.path);
      }
}

/* Where the plain key stands, for a problem of it; else the whole map. */
static guint
go_to (Compiler *c, const char *key)
{
  const BfMapLine *line = bf_map_text_line (c->text, key);

  c->file = line != NULL ? line->file : c->text->file;
  return line != NULL ? line->entry->line : c->text->line;
}

static guint
go_to_feed (Compiler *c, const char *key)
{
  c->file = c->text->feed_file;
  return c->text->feed != NULL ? bf_conf_group_line (c->text->feed, key) : 0;
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

/* The kind of all records: kind='…', else Kind= of [Feed], else the manifest's first kind: the service's usual one. */
static void
settle_kind (Compiler *c)
{
  BfMapping *mapping = c->mapping;
  const BfConfGroup *feed = c->text->feed;
  const BfService *service = bf_catalog_service (mapping->catalog, mapping->service);
  const char *id = feed != NULL && !c->text->own_kind ? bf_conf_group_get (feed, "Kind") : NULL;
  guint line = go_to_feed (c, "Kind");
  const BfKind *kind;

  if (mapping->kind.n_sources == 1 && mapping->kind.sources[0].constant != NULL
      && mapping->kind.sources[0].whole == BF_MAP_NO_KEY && mapping->kind_table.entries == NULL)
    {
      id = mapping->kind.sources[0].constant;
      line = go_to (c, "kind");
    }
  else if (mapping->kind.n_sources > 0)
    return;
  if (id == NULL && service->kinds->len > 0)
    {
      mapping->fixed_kind = g_array_index (service->kinds, guint16, 0);
      return;
    }
  if (id == NULL)
    {
      problem (c, line, _ ("the service %s has no kind of asset"), service->id);
      return;
    }
  kind = bf_catalog_find_service_kind (mapping->catalog, mapping->service, id);
  if (kind == NULL)
    kind = bf_catalog_find_kind (mapping->catalog, id);
  if (kind == NULL || kind->service != mapping->service)
    {
      problem (c, line, _ ("the service %s has no kind “%s”"), service->id, id);
      return;
    }
  mapping->fixed_kind = kind->index;
}

/* A property that the kind does not have is a mistake; but a line that is common to several types holds only for those
 * whose kind has it. */
static void
check_kind (Compiler *c)
{
  GArray *properties = c->mapping->properties;
  const BfKind *kind;

  if (c->mapping->fixed_kind == BF_NO_KIND)
    return;
  kind = bf_catalog_kind (c->mapping->catalog, c->mapping->fixed_kind);
  for (guint i = 0; i < properties->len; i++)
    {
      const BfProperty *property = g_array_index (properties, BfMapProperty, i).property;
      const BfMapLine *line = bf_map_text_line (c->text, property->id);

      if (kind->slot[property->index] != BF_NO_PROPERTY)
        continue;
      if (line != NULL && line->common)
        g_array_remove_index (properties, i--);
      else
        problem (c, go_to (c, property->id), _ ("an asset of kind %s has no property %s"), kind->full_id, property->id);
    }
}

static void
settle_place (Compiler *c)
{
  BfMapping *mapping = c->mapping;
  const BfConfGroup *feed = c->text->feed;
  const char *crs = feed != NULL ? bf_conf_group_get (feed, "Crs") : NULL;
  g_autoptr (GError) error = NULL;

  c->file = c->text->file;
  if ((mapping->lat.text != NULL) != (mapping->lon.text != NULL) || (mapping->x.text != NULL) != (mapping->y.text != NULL))
    problem (c, c->text->line, _ ("lat= and lon=, x= and y= go together"));
  if (mapping->x.text != NULL && crs == NULL)
    problem (c, go_to (c, "x"), _ ("x= and y= need Crs= in [Feed], such as Crs=EPSG:2154"));
  if (crs == NULL)
    return;
  mapping->has_crs = TRUE;
  mapping->projection = bf_projection_new (crs, &error);
  if (error != NULL)
    problem (c, go_to_feed (c, "Crs"), "%s", error->message);
}

static void
settle_zone (Compiler *c)
{
  const char *name = c->text->feed != NULL ? bf_conf_group_get (c->text->feed, "TimeZone") : NULL;

  if (name == NULL)
    c->mapping->zone = c->text->zone != NULL ? g_time_zone_ref (c->text->zone) : g_time_zone_new_utc ();
  else if ((c->mapping->zone = g_time_zone_new_identifier (name)) == NULL)
    problem (c, go_to_feed (c, "TimeZone"), _ ("expected a time zone such as Europe/Paris, found “%s”"), name);
}

/* Of one type, or of all records: NULL when a line is wrong. */
BfMapping *
bf_map_compile (const BfMapText *text)
{
  g_autoptr (BfMapping) mapping = g_new0 (BfMapping, 1);
  Compiler c = { mapping, text, text->file, 0 };
  const char *format = text->feed != NULL ? bf_conf_group_get (text->feed, "Format") : NULL;

  mapping->catalog = text->catalog;
  mapping->service = text->service;
  mapping->fixed_kind = BF_NO_KIND;
  mapping->kind_table.others = -1;
  mapping->payload_us = BF_TIME_NONE;
  mapping->lat_first = g_strcmp0 (format, "geojson") != 0;
  mapping->properties = g_array_new (FALSE, TRUE, sizeof (BfMapProperty));
  g_array_set_clear_func (mapping->properties, property_clear);
  mapping->attributes = g_array_new (FALSE, TRUE, sizeof (BfMapAttribute));
  mapping->key_names = g_ptr_array_new_with_free_func (g_free);
  mapping->places = g_array_new (FALSE, TRUE, sizeof (BfMapPlace));
  mapping->attribute_text = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (mapping->texts); i++)
    mapping->texts[i] = g_string_new (NULL);
  bf_place_room_init (&mapping->room);
  mapping->vertices = g_array_new (FALSE, FALSE, sizeof (BfPoint));

  compile_lines (&c);
  compile_own (&c, format);
  settle_kind (&c);
  check_kind (&c);
  settle_place (&c);
  settle_zone (&c);
  if (c.n_problems > 0)
    return NULL;
  mapping->keys = bf_json_keys_new ((const char *const *) mapping->key_names->pdata, mapping->key_names->len);
  mapping->found = g_new0 (BfJsonNode, mapping->key_names->len + 1);
  return g_steal_pointer (&mapping);
}

void
bf_mapping_free (BfMapping *mapping)
{
  if (mapping == NULL)
    return;
  g_free (mapping->records);
  g_free (mapping->language);
  bf_payload_table_free (mapping->payload);
  g_clear_pointer (&mapping->options, g_hash_table_unref);
  g_clear_pointer (&mapping->memory, g_hash_table_unref);
  if (mapping->types != NULL)
    {
      g_hash_table_unref (mapping->types);
      g_ptr_array_unref (mapping->maps);
      g_free (mapping);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    bf_map_path_clear ((BfMapPath *) G_STRUCT_MEMBER_P (mapping, fixed[i].offset));
  for (guint i = 0; i < mapping->attributes->len; i++)
    {
      g_free (g_array_index (mapping->attributes, BfMapAttribute, i).key);
      bf_map_path_clear (&g_array_index (mapping->attributes, BfMapAttribute, i).path);
    }
  stamp_clear (&mapping->stamp);
  stamp_clear (&mapping->own_stamp);
  stamp_clear (&mapping->payload_stamp);
  bf_map_table_clear (&mapping->kind_table);
  g_array_unref (mapping->properties);
  g_array_unref (mapping->attributes);
  g_array_unref (mapping->places);
  g_ptr_array_unref (mapping->key_names);
  g_clear_pointer (&mapping->zone, g_time_zone_unref);
  bf_json_keys_free (mapping->keys);
  bf_projection_free (mapping->projection);
  bf_projection_free (mapping->payload_projection);
  bf_place_room_clear (&mapping->room);
  g_array_unref (mapping->vertices);
  g_free (mapping->line);
  for (guint i = 0; i < G_N_ELEMENTS (mapping->texts); i++)
    g_string_free (mapping->texts[i], TRUE);
  g_string_free (mapping->attribute_text, TRUE);
  g_free (mapping->found);
  g_free (mapping->bad_payload);
  g_free (mapping->payload_crs);
  g_free (mapping);
}
