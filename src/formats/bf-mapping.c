/* SPDX-License-Identifier: EUPL-1.2 */
/* Runs a compiled mapping on records. The names that it wants are found in one pass over a record's members; nothing is
 * allocated for a record but what a refusal says. What is null, missing or blank is no observation and no error; what is
 * there and cannot be read is refused with what was found. One thread. */

#include "formats/bf-mapping-private.h"

#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

#define PLACES_KEPT 65536u

/* The record at hand. */
typedef struct
{
  BfMapping *mapping;
  BfSink *sink;
  guint32 record;
  gboolean stamp_read;
  gboolean stamp_good;
  gint64 stamp_us;
  gint64 fallback_us;
} Record;

/* A value that is there: a constant's text, or a node that is not null. */
typedef struct
{
  const BfMapSource *constant;
  BfJsonNode node;
} Found;

static gboolean
is_blank (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isspace (text[i]))
      return FALSE;
  return TRUE;
}

static gboolean
is_null (BfJsonNode node)
{
  const char *text;
  gsize length;

  switch (bf_json_type (node))
    {
    case BF_JSON_NULL:
      return TRUE;
    case BF_JSON_STRING:
      bf_json_get_string (node, &text, &length);
      return is_blank (text, length);
    case BF_JSON_BOOL:
    case BF_JSON_INT:
    case BF_JSON_DOUBLE:
    case BF_JSON_ARRAY:
    case BF_JSON_OBJECT:
    default:
      return FALSE;
    }
}

static gboolean
find (const BfMapping *mapping, const BfMapPath *path, Found *ret_found)
{
  for (guint i = 0; i < path->n_sources; i++)
    {
      const BfMapSource *source = &path->sources[i];
      BfJsonNode node;

      ret_found->constant = source->constant != NULL ? source : NULL;
      if (source->constant != NULL)
        return TRUE;
      node = mapping->found[source->whole];
      if (node.tape == NULL && source->head != BF_MAP_NO_KEY && mapping->found[source->head].tape != NULL
          && !bf_json_path (mapping->found[source->head], source->rest, &node))
        node.tape = NULL;
      if (node.tape == NULL || is_null (node))
        continue;
      ret_found->node = node;
      return TRUE;
    }
  return FALSE;
}

/* A short form of what was found, for a reason. */
static const char *
show (BfJsonNode node, char buffer[96])
{
  const char *text;
  double number;
  gsize length;
  const char *end;

  switch (bf_json_type (node))
    {
    case BF_JSON_STRING:
      bf_json_get_string (node, &text, &length);
      length = MIN (strlen (text), 80);
      if (!g_utf8_validate (text, (gssize) length, &end))
        length = (gsize) (end - text);
      g_snprintf (buffer, 96, "“%.*s”", (int) length, text);
      return buffer;
    case BF_JSON_INT:
    case BF_JSON_DOUBLE:
      bf_json_get_double (node, &number);
      g_ascii_formatd (buffer, 96, "%.15g", number);
      return buffer;
    case BF_JSON_ARRAY:
      return "an array";
    case BF_JSON_OBJECT:
      return "an object";
    case BF_JSON_BOOL:
      return "true or false";
    case BF_JSON_NULL:
    default:
      return "null";
    }
}

/* --- texts ---------------------------------------------------------------------------------------------------------- */

/* A scalar as text: a string as it stands, a number in its shortest form in @room. NULL for what is no scalar. */
static const char *
scalar_text (BfJsonNode node, char room[G_ASCII_DTOSTR_BUF_SIZE], gsize *ret_length)
{
  const char *text;
  gboolean truth;
  gint64 integer;
  double number;

  if (bf_json_get_string (node, &text, ret_length))
    return text;
  if (bf_json_get_bool (node, &truth))
    text = truth ? "true" : "false";
  else if (bf_json_get_int (node, &integer))
    {
      g_snprintf (room, G_ASCII_DTOSTR_BUF_SIZE, "%" G_GINT64_FORMAT, integer);
      text = room;
    }
  else if (bf_json_get_double (node, &number))
    text = g_ascii_formatd (room, G_ASCII_DTOSTR_BUF_SIZE, "%.15g", number);
  else
    return NULL;
  *ret_length = strlen (text);
  return text;
}

/* A text of the asset; NULL when not mapped, null or refused. Lives until the next record. */
static const char *
asset_text (Record *r, const BfMapPath *path, const char *what, guint slot, gsize *ret_length)
{
  char room[G_ASCII_DTOSTR_BUF_SIZE], shown[96];
  const char *text;
  Found found;

  *ret_length = 0;
  if (path->n_sources == 0 || !find (r->mapping, path, &found))
    return NULL;
  if (found.constant != NULL)
    {
      *ret_length = found.constant->constant_length;
      return found.constant->constant;
    }
  text = scalar_text (found.node, room, ret_length);
  if (text == NULL)
    {
      bf_sink_refuse (r->sink, r->record, what, "expected a text (%s), found %s", path->text, show (found.node, shown));
      return NULL;
    }
  if (strlen (text) != *ret_length)
    {
      bf_sink_refuse (r->sink, r->record, what, "the text (%s) has a character U+0000", path->text);
      return NULL;
    }
  if (text != room)
    return text;
  g_string_assign (r->mapping->texts[slot], text);
  return r->mapping->texts[slot]->str;
}

static void
append_attribute (Record *r, const BfMapAttribute *attribute)
{
  GString *all = r->mapping->attribute_text;
  gsize length;
  const char *text = asset_text (r, &attribute->path, attribute->key, 3, &length);

  if (text == NULL)
    return;
  if (length > BF_LIMIT_TEXT_BYTES)
    {
      bf_sink_refuse (r->sink, r->record, attribute->key, "a text of %" G_GSIZE_FORMAT " bytes, at most %u are allowed", length,
                      BF_LIMIT_TEXT_BYTES);
      return;
    }
  if (length == 0)
    return;
  g_string_append (all, attribute->key);
  g_string_append_c (all, '\0');
  g_string_append_len (all, text, (gssize) length);
  g_string_append_c (all, '\0');
}

static const char *
attributes (Record *r)
{
  BfMapping *mapping = r->mapping;

  if (mapping->attributes->len == 0)
    return NULL;
  g_string_truncate (mapping->attribute_text, 0);
  for (guint i = 0; i < mapping->attributes->len; i++)
    append_attribute (r, &g_array_index (mapping->attributes, BfMapAttribute, i));
  g_string_append_c (mapping->attribute_text, '\0');
  return mapping->attribute_text->str;
}

/* --- numbers -------------------------------------------------------------------------------------------------------- */

/* Digits with a sign, the common case of numbers as text. */
static gboolean
small_integer (const char *text, gsize length, double *ret_value)
{
  gboolean minus = length > 0 && text[0] == '-';
  gint64 value = 0;

  if (length - minus == 0 || length > 15)
    return FALSE;
  for (gsize i = minus; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      value = value * 10 + (text[i] - '0');
    }
  *ret_value = (double) (minus ? -value : value);
  return TRUE;
}

static gboolean
node_number (BfJsonNode node, double *ret_value)
{
  const char *text;
  gsize length;
  gboolean truth;

  if (bf_json_get_double (node, ret_value))
    return TRUE;
  if (bf_json_get_string (node, &text, &length))
    return small_integer (text, length, ret_value) || bf_text_to_double (text, length, ret_value);
  if (!bf_json_get_bool (node, &truth))
    return FALSE;
  *ret_value = truth;
  return TRUE;
}

static gboolean
found_number (const Found *found, double *ret_value)
{
  if (found->constant != NULL)
    return bf_text_to_double (found->constant->constant, found->constant->constant_length, ret_value);
  return node_number (found->node, ret_value);
}

/* --- places --------------------------------------------------------------------------------------------------------- */

/* x, y in the payload's coordinate system to WGS84; remembered by record. */
static gboolean
to_wgs84 (Record *r, BfXY place, BfPoint *ret_point)
{
  BfMapping *mapping = r->mapping;
  BfProjection *projection = mapping->has_crs ? mapping->projection : mapping->payload_projection;
  BfMapPlace *kept = NULL;

  *ret_point = (BfPoint){ place.x, place.y };
  if (projection == NULL)
    return TRUE;
  if (r->record < PLACES_KEPT)
    {
      if (mapping->places->len <= r->record)
        g_array_set_size (mapping->places, r->record + 1);
      kept = &g_array_index (mapping->places, BfMapPlace, r->record);
      if (kept->from.x == place.x && kept->from.y == place.y && (place.x != 0 || place.y != 0))
        {
          *ret_point = kept->to;
          return TRUE;
        }
    }
  if (!bf_projection_to_wgs84 (projection, place, ret_point))
    {
      bf_sink_refuse (r->sink, r->record, "location", "the coordinates have no place in the feed's coordinate system");
      return FALSE;
    }
  if (kept != NULL)
    *kept = (BfMapPlace){ place, *ret_point };
  return TRUE;
}

static BfXY
ordered (double first, double second, gboolean lat_first)
{
  return lat_first ? (BfXY){ second, first } : (BfXY){ first, second };
}

typedef enum
{
  OBJECT_OTHER,
  OBJECT_DEGREES,  /* lon and lat, in WGS84 */
  OBJECT_XY,       /* x and y, in the feed's system */
  OBJECT_GEOMETRY, /* has a type */
} ObjectForm;

static const struct
{
  const char *name;
  guint8 length;
  guint8 axis; /* 0 lon, 1 lat, 2 x, 3 y */
} axes[] = {
  { "lon", 3, 0 }, { "lat", 3, 1 },      { "lng", 3, 0 },       { "x", 1, 2 },
  { "y", 1, 3 },   { "longitude", 9, 0 }, { "latitude", 8, 1 }, { "long", 4, 0 },
};

/* An object that says a place, under the names that are used; read in one pass. */
static ObjectForm
read_object (BfJsonNode node, double ret_axes[4])
{
  BfJsonIter iter;
  BfJsonNode value;
  const char *key;
  gsize length;
  guint seen = 0;

  bf_json_iter_init (&iter, node);
  while (bf_json_iter_next (&iter, &key, &length, &value))
    {
      if (length == 4 && memcmp (key, "type", 4) == 0)
        return OBJECT_GEOMETRY;
      for (guint i = 0; i < G_N_ELEMENTS (axes); i++)
        if (axes[i].length == length && memcmp (axes[i].name, key, length) == 0)
          {
            if (!(seen & 1u << axes[i].axis) && node_number (value, &ret_axes[axes[i].axis]))
              seen |= 1u << axes[i].axis;
            break;
          }
    }
  return (seen & 3) == 3 ? OBJECT_DEGREES : (seen & 12) == 12 ? OBJECT_XY : OBJECT_OTHER;
}

static gboolean
place_of_pair (BfJsonNode node, gboolean lat_first, BfXY *ret_place)
{
  BfJsonIter iter;
  BfJsonNode a, b;
  double first, second;

  if (!bf_json_iter_init (&iter, node) || !bf_json_iter_next (&iter, NULL, NULL, &a)
      || !bf_json_iter_next (&iter, NULL, NULL, &b) || !node_number (a, &first) || !node_number (b, &second))
    return FALSE;
  *ret_place = ordered (first, second, lat_first);
  return TRUE;
}

/* "48.1, -1.6", "48.1 -1.6" or "POINT (-1.6 48.1)" */
static gboolean
place_of_text (const char *text, gsize length, gboolean lat_first, BfXY *ret_place)
{
  char buffer[128];
  char *p = buffer, *gap;
  double first, second;

  if (length >= sizeof buffer)
    return FALSE;
  memcpy (buffer, text, length);
  buffer[length] = '\0';
  g_strstrip (buffer);
  if (g_ascii_strncasecmp (p, "POINT", 5) == 0)
    {
      p = strchr (p, '(');
      gap = p != NULL ? strchr (p, ')') : NULL;
      if (gap == NULL)
        return FALSE;
      *gap = '\0';
      p++;
      lat_first = FALSE;
    }
  g_strstrip (p);
  gap = strpbrk (p, ",; ");
  if (gap == NULL)
    return FALSE;
  *gap++ = '\0';
  if (!bf_text_to_double (p, strlen (p), &first) || !bf_text_to_double (gap, strlen (gap), &second))
    return FALSE;
  *ret_place = ordered (first, second, lat_first);
  return TRUE;
}

static gboolean
place_of_node (Record *r, BfJsonNode node, BfPoint *ret_point)
{
  BfMapping *mapping = r->mapping;
  const char *reason = NULL; /* of a geometry */
  const char *text;
  char shown[96];
  gsize length;
  double values[4];
  BfXY place;
  gboolean good = FALSE;

  if (bf_json_type (node) == BF_JSON_OBJECT)
    switch (read_object (node, values))
      {
      case OBJECT_DEGREES:
        *ret_point = (BfPoint){ values[0], values[1] };
        return TRUE;
      case OBJECT_XY:
        place = (BfXY){ values[2], values[3] };
        good = TRUE;
        break;
      case OBJECT_GEOMETRY:
        good = bf_place_of_geometry (node, &mapping->room, &place, &reason);
        if (good && mapping->order_given && mapping->lat_first)
          place = (BfXY){ place.y, place.x };
        break;
      case OBJECT_OTHER:
      default:
        break;
      }
  else if (bf_json_type (node) == BF_JSON_ARRAY)
    good = place_of_pair (node, mapping->lat_first, &place);
  else if (bf_json_get_string (node, &text, &length))
    good = place_of_text (text, length, mapping->lat_first, &place);
  if (good)
    return to_wgs84 (r, place, ret_point);
  if (reason != NULL)
    bf_sink_refuse (r->sink, r->record, "location", "%s", reason);
  else
    bf_sink_refuse (r->sink, r->record, "location",
                    "expected an object of lon and lat, a geometry, an array or a text of two, found %s", show (node, shown));
  return FALSE;
}

/* lat= and lon=, or x= and y=; both or none. */
static gboolean
two_numbers (Record *r, const BfMapPath *first, const BfMapPath *second, double *ret_first, double *ret_second)
{
  Found a, b;
  gboolean has_a = find (r->mapping, first, &a);
  gboolean has_b = find (r->mapping, second, &b);
  char shown[96];

  if (!has_a && !has_b)
    return FALSE;
  if (!has_a || !has_b)
    bf_sink_refuse (r->sink, r->record, "location", "%s is null while %s is not", has_a ? second->text : first->text,
                    has_a ? first->text : second->text);
  else if (!found_number (&a, ret_first))
    bf_sink_refuse (r->sink, r->record, "location", "expected a number (%s), found %s", first->text, show (a.node, shown));
  else if (!found_number (&b, ret_second))
    bf_sink_refuse (r->sink, r->record, "location", "expected a number (%s), found %s", second->text, show (b.node, shown));
  else
    return TRUE;
  return FALSE;
}

static BfPoint
find_place (Record *r, const BfJsonNode *geometry)
{
  BfMapping *mapping = r->mapping;
  BfPoint point = { NAN, NAN };
  Found found;
  BfXY place;

  if (mapping->lat.n_sources > 0)
    return two_numbers (r, &mapping->lat, &mapping->lon, &point.lat, &point.lon) ? point : (BfPoint){ NAN, NAN };
  if (mapping->x.n_sources > 0)
    return two_numbers (r, &mapping->x, &mapping->y, &place.x, &place.y) && to_wgs84 (r, place, &point)
             ? point
             : (BfPoint){ NAN, NAN };
  if (mapping->location.n_sources > 0 && find (mapping, &mapping->location, &found) && found.constant == NULL)
    return place_of_node (r, found.node, &point) ? point : (BfPoint){ NAN, NAN };
  if (geometry != NULL && geometry->tape != NULL && !is_null (*geometry))
    return place_of_node (r, *geometry, &point) ? point : (BfPoint){ NAN, NAN };
  return point;
}

/* --- stamps --------------------------------------------------------------------------------------------------------- */

static gboolean
parse_stamp_form (const BfMapping *mapping, const char *form, const char *text, gsize length, gint64 *ret_us)
{
  double number;
  gboolean ms = g_str_equal (form, "epoch-ms");

  if (g_str_equal (form, "rfc3339"))
    return bf_time_parse_rfc3339 (text, length, mapping->zone, ret_us);
  if (!ms && !g_str_equal (form, "epoch"))
    return bf_time_parse_pattern (text, length, form, mapping->zone, ret_us);
  if (!bf_text_to_double (text, length, &number) || fabs (number) > (ms ? 1e14 : 1e11))
    return FALSE;
  *ret_us = (gint64) llround (number * (ms ? 1e3 : 1e6));
  return TRUE;
}

static gboolean
parse_stamp_text (const BfMapping *mapping, BfMapStamp *stamp, const char *text, gsize length, gint64 *ret_us)
{
  gboolean good = FALSE;

  if (stamp->last_length > 0 && length == stamp->last_length && memcmp (text, stamp->last_text, length) == 0)
    {
      *ret_us = stamp->last_us;
      return TRUE;
    }
  if (stamp->forms == NULL)
    good = bf_time_parse_rfc3339 (text, length, mapping->zone, ret_us);
  else
    for (guint i = 0; stamp->forms[i] != NULL && !good; i++)
      good = parse_stamp_form (mapping, stamp->forms[i], text, length, ret_us);
  if (good && length < sizeof stamp->last_text)
    {
      memcpy (stamp->last_text, text, length);
      stamp->last_length = (guint8) length;
      stamp->last_us = *ret_us;
    }
  return good;
}

static void
refuse_stamp (Record *r, const BfMapStamp *stamp, const char *property, BfJsonNode node)
{
  g_autofree char *forms = stamp->forms != NULL ? g_strjoinv (" or ", stamp->forms) : NULL;
  char shown[96];

  bf_sink_refuse (r->sink, r->record, property, "the stamp (%s) %s is not %s%s", stamp->path.text, show (node, shown),
                  forms != NULL ? "of the form " : "an RFC 3339 time",
                  forms != NULL ? forms : (bf_json_type (node) == BF_JSON_INT ? "; is observed.form=epoch or epoch-ms missing?" : ""));
}

static gboolean
parse_stamp_node (const BfMapping *mapping, BfMapStamp *stamp, BfJsonNode node, gint64 *ret_us)
{
  char room[G_ASCII_DTOSTR_BUF_SIZE];
  const char *text;
  gsize length;

  text = scalar_text (node, room, &length);
  return text != NULL && parse_stamp_text (mapping, stamp, text, length, ret_us);
}

/* FALSE: refused, or (with @property NULL) to be refused by the caller. Not mapped or null: the fallback. */
static gboolean
read_stamp (Record *r, BfMapStamp *stamp, const char *property, gint64 *ret_us)
{
  BfMapping *mapping = r->mapping;
  Found found;

  if (stamp->path.n_sources == 0 || stamp->of_payload)
    {
      *ret_us = stamp->of_payload || r->fallback_us == BF_TIME_NONE ? mapping->payload_us : r->fallback_us;
      return TRUE;
    }
  if (!find (mapping, &stamp->path, &found))
    {
      *ret_us = r->fallback_us;
      if (r->fallback_us == BF_TIME_NONE)
        bf_sink_refuse (r->sink, r->record, property, "no time of measurement: %s is null", stamp->path.text);
      return r->fallback_us != BF_TIME_NONE;
    }
  if (found.constant != NULL)
    {
      if (parse_stamp_text (mapping, stamp, found.constant->constant, found.constant->constant_length, ret_us))
        return TRUE;
      bf_sink_refuse (r->sink, r->record, property, "the stamp %s cannot be read", stamp->path.text);
      return FALSE;
    }
  if (parse_stamp_node (mapping, stamp, found.node, ret_us))
    return TRUE;
  refuse_stamp (r, stamp, property, found.node);
  return FALSE;
}

/* The stamp of a property's observation. The record's own is read, and refused, once and only when something needs it. */
static gboolean
stamp_of (Record *r, BfMapProperty *mapped, gint64 *ret_us)
{
  if (mapped->stamp.path.n_sources > 0)
    return read_stamp (r, &mapped->stamp, mapped->property->id, ret_us);
  if (!r->stamp_read)
    {
      r->stamp_read = TRUE;
      r->stamp_good = read_stamp (r, &r->mapping->stamp, "observed", &r->stamp_us);
    }
  *ret_us = r->stamp_us;
  return r->stamp_good;
}

/* --- properties ----------------------------------------------------------------------------------------------------- */

static gboolean
means_none (const BfMapProperty *mapped, BfJsonNode node)
{
  char room[G_ASCII_DTOSTR_BUF_SIZE];
  gsize length;
  const char *text = scalar_text (node, room, &length);
  double a, b;

  if (text == NULL)
    return FALSE;
  for (guint i = 0; mapped->none[i] != NULL; i++)
    if ((strlen (mapped->none[i]) == length && memcmp (mapped->none[i], text, length) == 0)
        || (bf_text_to_double (mapped->none[i], strlen (mapped->none[i]), &a) && node_number (node, &b) && a == b))
      return TRUE;
  return FALSE;
}

static const BfMapEntry *
look_up (BfMapTable *table, const char *text, gsize length)
{
  const BfMapEntry *entry;

  if (table->entries->len == 0)
    return NULL;
  entry = &g_array_index (table->entries, BfMapEntry, table->last);
  if (entry->length == length && memcmp (entry->text, text, length) == 0)
    return entry;
  for (guint i = 0; i < table->entries->len; i++)
    {
      entry = &g_array_index (table->entries, BfMapEntry, i);
      if (entry->length == length && memcmp (entry->text, text, length) == 0)
        {
          table->last = i;
          return entry;
        }
    }
  return table->others >= 0 ? &g_array_index (table->entries, BfMapEntry, table->others) : NULL;
}

static void
refuse_not_in_table (Record *r, const BfMapTable *table, const char *what, const char *text, gsize length)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < table->entries->len && known->len < 400; i++)
    g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", g_array_index (table->entries, BfMapEntry, i).text);
  bf_sink_refuse (r->sink, r->record, what, "“%.*s” is not in its table (%s)", (int) MIN (length, 80), text, known->str);
}

static void
say_number (Record *r, BfMapProperty *mapped, guint32 asset, const Found *found)
{
  const BfProperty *property = mapped->property;
  char shown[96];
  double value;
  gint64 stamp_us;

  if (found == NULL)
    value = mapped->null_number;
  else if (!found_number (found, &value))
    {
      bf_sink_refuse (r->sink, r->record, property->id, "expected a number (%s), found %s", mapped->value.text,
                      found->constant != NULL ? "a text" : show (found->node, shown));
      return;
    }
  else
    {
      value = value * mapped->scale + mapped->offset;
      if (mapped->convert)
        value = bf_unit_convert (value, &mapped->unit, &property->unit);
    }
  if (stamp_of (r, mapped, &stamp_us))
    bf_sink_number (r->sink, asset, property->index, r->record, value, stamp_us);
}

static void
say_state (Record *r, BfMapProperty *mapped, guint32 asset, const Found *found)
{
  const BfProperty *property = mapped->property;
  char room[G_ASCII_DTOSTR_BUF_SIZE], shown[96];
  const char *text = mapped->null_state;
  gsize length = mapped->null_state_length;
  gint64 stamp_us;

  if (found != NULL && found->constant != NULL)
    {
      text = found->constant->constant;
      length = found->constant->constant_length;
    }
  else if (found != NULL)
    text = scalar_text (found->node, room, &length);
  if (text == NULL)
    {
      bf_sink_refuse (r->sink, r->record, property->id, "expected a text or a number (%s), found %s", mapped->value.text,
                      found != NULL ? show (found->node, shown) : "nothing");
      return;
    }
  if (found != NULL && mapped->table.entries != NULL)
    {
      const BfMapEntry *entry = look_up (&mapped->table, text, length);

      if (entry == NULL)
        {
          refuse_not_in_table (r, &mapped->table, property->id, text, length);
          return;
        }
      text = entry->to;
      length = entry->to_length;
    }
  if (stamp_of (r, mapped, &stamp_us))
    bf_sink_state (r->sink, asset, property->index, r->record, text, length, stamp_us);
}

static gboolean
applies (const BfMapping *mapping, const BfMapProperty *mapped)
{
  char room[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 0; i < mapped->conditions->len; i++)
    {
      const BfMapCondition *condition = &g_array_index (mapped->conditions, BfMapCondition, i);
      const char *text;
      gsize length;
      Found found;

      if (!find (mapping, &condition->path, &found) || found.constant != NULL)
        return FALSE;
      text = scalar_text (found.node, room, &length);
      if (text == NULL || strlen (condition->text) != length || memcmp (text, condition->text, length) != 0)
        return FALSE;
    }
  return TRUE;
}

static void
say_property (Record *r, BfMapProperty *mapped, guint32 asset)
{
  Found found;
  gboolean there;

  if (mapped->conditions != NULL && !applies (r->mapping, mapped))
    return;
  there = find (r->mapping, &mapped->value, &found);
  if (there && mapped->none != NULL && found.constant == NULL && means_none (mapped, found.node))
    there = FALSE;
  if (!there && !mapped->has_null)
    return;
  if (mapped->property->type == BF_PROPERTY_NUMBER)
    say_number (r, mapped, asset, there ? &found : NULL);
  else
    say_state (r, mapped, asset, there ? &found : NULL);
}

/* --- records -------------------------------------------------------------------------------------------------------- */

static guint16
find_kind (Record *r)
{
  BfMapping *mapping = r->mapping;
  const BfMapEntry *entry;
  const BfKind *kind;
  gsize length;
  const char *text;

  if (mapping->fixed_kind != BF_NO_KIND)
    return mapping->fixed_kind;
  text = asset_text (r, &mapping->kind, "kind", 3, &length);
  if (mapping->kind_table.entries != NULL)
    {
      entry = look_up (&mapping->kind_table, text != NULL ? text : "", length);
      if (entry != NULL)
        return (guint16) entry->index;
    }
  else if (text != NULL)
    {
      kind = bf_catalog_find_service_kind (mapping->catalog, mapping->service, text);
      if (kind != NULL)
        return kind->index;
    }
  bf_sink_refuse (r->sink, r->record, NULL, "the kind (%s) “%s” is none of the service's%s", mapping->kind.text,
                  text != NULL ? text : "null", mapping->kind_table.entries != NULL ? " by kind.table" : "");
  return BF_NO_KIND;
}

static guint32
say_asset (Record *r, const BfJsonNode *geometry, const char *fallback_id)
{
  BfMapping *mapping = r->mapping;
  BfAssetDraft draft = { .kind = find_kind (r) };
  gsize length;

  if (draft.kind == BF_NO_KIND)
    return G_MAXUINT32;
  if (mapping->id.n_sources > 0)
    {
      draft.source_id = asset_text (r, &mapping->id, "id", 0, &draft.source_id_length);
      if (draft.source_id == NULL)
        {
          bf_sink_refuse (r->sink, r->record, NULL, "the record has no id: %s is null or no text", mapping->id.text);
          return G_MAXUINT32;
        }
    }
  else if (fallback_id != NULL)
    {
      draft.source_id = fallback_id;
      draft.source_id_length = strlen (fallback_id);
    }
  draft.attributes = attributes (r);
  draft.name = asset_text (r, &mapping->name, "name", 1, &length);
  draft.address = asset_text (r, &mapping->address, "address", 2, &length);
  draft.parent = asset_text (r, &mapping->parent, "parent", 3, &length);
  draft.point = find_place (r, geometry);
  return bf_sink_asset (r->sink, r->record, &draft);
}

void
bf_mapping_record (BfMapping *mapping,
                   BfSink *sink,
                   guint32 record,
                   BfJsonNode fields,
                   const BfJsonNode *geometry,
                   const char *fallback_id,
                   gint64 fallback_observed_us)
{
  Record r = { .mapping = mapping, .sink = sink, .record = record, .fallback_us = fallback_observed_us };
  guint32 asset;
  char shown[96];

  bf_sink_record (sink);
  if (!bf_json_pick (fields, mapping->keys, mapping->found))
    {
      bf_sink_refuse (sink, record, NULL, "expected an object of names and values, found %s", show (fields, shown));
      return;
    }
  asset = say_asset (&r, geometry, fallback_id);
  if (asset == G_MAXUINT32)
    return;
  for (guint i = 0; i < mapping->properties->len; i++)
    say_property (&r, &g_array_index (mapping->properties, BfMapProperty, i), asset);
}

/* --- payloads ------------------------------------------------------------------------------------------------------- */

static gboolean
begin_crs (BfMapping *mapping, const char *crs, GError **error)
{
  GError *local = NULL;

  if (mapping->has_crs || g_strcmp0 (crs, mapping->payload_crs) == 0)
    return TRUE;
  g_clear_pointer (&mapping->payload_projection, bf_projection_free);
  g_clear_pointer (&mapping->payload_crs, g_free);
  g_array_set_size (mapping->places, 0);
  if (crs == NULL)
    return TRUE;
  mapping->payload_projection = bf_projection_new (crs, &local);
  if (local != NULL)
    {
      g_propagate_prefixed_error (error, local, "the payload's own “crs”: ");
      return FALSE;
    }
  mapping->payload_crs = g_strdup (crs);
  return TRUE;
}

static gboolean
begin_stamp (BfMapping *mapping, BfJsonNode root, GError **error)
{
  BfMapStamp *stamp = &mapping->payload_stamp;
  char shown[96];
  BfJsonNode node;

  mapping->payload_us = BF_TIME_NONE;
  if (stamp->path.text == NULL)
    return TRUE;
  if (!bf_json_path (root, stamp->path.text, &node) || is_null (node))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, "the payload has no %s, which payload.observed= names", stamp->path.text);
      return FALSE;
    }
  if (parse_stamp_node (mapping, stamp, node, &mapping->payload_us))
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, "the payload's stamp %s is %s and cannot be read", stamp->path.text,
               show (node, shown));
  return FALSE;
}

gboolean
bf_mapping_begin (BfMapping *mapping, BfJsonNode root, const char *crs, GError **error)
{
  return begin_crs (mapping, crs, error) && begin_stamp (mapping, root, error);
}

const char *
bf_mapping_records (const BfMapping *mapping)
{
  return mapping->records;
}
