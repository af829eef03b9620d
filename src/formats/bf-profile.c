/* SPDX-License-Identifier: EUPL-1.2 */
/* Finds the records in a payload of unknown form and counts what their fields hold. Bounded: so many records, fields, levels
 * and different texts, whatever the payload. */

#include "formats/bf-profile-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-text.h"
#include "base/bf-time.h"
#include "formats/bf-format-private.h"
#include "formats/bf-place-private.h"

#define MAX_LEVELS 4
#define MAX_TEXT 80

const char *const bf_profile_forms[BF_STAMP_FORMS] = {
  "rfc3339",           "epoch-ms",          "epoch",          "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
  "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%Y%m%dT%H%M%S",
};

static void
field_free (gpointer data)
{
  BfField *field = data;

  g_free (field->path);
  g_free (field->folded);
  g_hash_table_unref (field->different);
  g_array_unref (field->values);
  g_free (field);
}

void
bf_profile_free (BfProfile *profile)
{
  if (profile == NULL)
    return;
  g_free (profile->records);
  g_ptr_array_unref (profile->fields);
  g_free (profile);
}

char *
bf_profile_fold (const char *name)
{
  g_autoptr (GString) apart = g_string_new (NULL);
  g_autofree char *folded = NULL;
  GString *words = g_string_new (NULL);

  for (const char *p = name; *p != '\0'; p++)
    {
      if (p > name && g_ascii_isupper (*p) && g_ascii_islower (p[-1]))
        g_string_append_c (apart, '_');
      g_string_append_c (apart, *p);
    }
  folded = bf_text_fold (apart->str);
  for (const char *p = folded; *p != '\0'; p++)
    if (g_ascii_isalnum (*p) || (guchar) *p >= 0x80)
      g_string_append_c (words, *p);
    else if (words->len > 0 && words->str[words->len - 1] != '_')
      g_string_append_c (words, '_');
  if (words->len > 0 && words->str[words->len - 1] == '_')
    g_string_truncate (words, words->len - 1);
  return g_string_free (words, FALSE);
}

/* --- values --------------------------------------------------------------------------------------------------------- */

static void
count_stamp (BfField *field, guint form, gint64 stamp_us)
{
  field->n_stamps[form]++;
  field->newest_us = MAX (field->newest_us, stamp_us);
}

static void
count_text_stamp (BfField *field, const char *text, gsize length)
{
  gint64 stamp_us;

  if (length < 12 || length > 40)
    return;
  if (bf_time_parse_rfc3339 (text, length, NULL, &stamp_us))
    {
      count_stamp (field, 0, stamp_us);
      field->n_zoneless += text[length - 1] != 'Z' && memchr (text + 11, '+', length - 11) == NULL
                           && memchr (text + 11, '-', length - 11) == NULL;
      return;
    }
  for (guint form = 3; form < BF_STAMP_FORMS; form++)
    if (bf_time_parse_pattern (text, length, bf_profile_forms[form], NULL, &stamp_us))
      {
        count_stamp (field, form, stamp_us);
        field->n_zoneless++;
        return;
      }
}

static void
count_number (BfField *field, guint record, double value)
{
  field->n_numbers++;
  field->n_integers += value == floor (value);
  field->min = MIN (field->min, value);
  field->max = MAX (field->max, value);
  if (field->values->len <= record)
    {
      guint first = field->values->len;

      g_array_set_size (field->values, record + 1);
      for (guint i = first; i < record; i++)
        g_array_index (field->values, double, i) = NAN;
    }
  g_array_index (field->values, double, record) = value;
  if (value > 9e11 && value < 4e12)
    count_stamp (field, 1, (gint64) value * 1000);
  else if (value > 9e8 && value < 4e9)
    count_stamp (field, 2, (gint64) value * G_USEC_PER_SEC);
}

static void
count_pair (BfField *field, double first, double second)
{
  if (fabs (first) > 180 || fabs (second) > 180)
    return;
  field->n_places++;
  /* Both orders are possible near the equator; in Europe a latitude is the greater of the two. */
  field->n_lon_first += fabs (first) > 90 || (first > -25 && first < 35 && second > 35 && second < 72);
}

static void
count_different (BfField *field, const char *text, gsize length)
{
  g_autofree char *key = g_strndup (text, MIN (length, MAX_TEXT));
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (field->different, key));

  g_hash_table_replace (field->different, g_steal_pointer (&key), GUINT_TO_POINTER (n + 1));
}

static gboolean
pair_of_text (const char *text, gsize length, double *ret_first, double *ret_second)
{
  const char *comma = memchr (text, ',', length);

  return comma != NULL && length < 64 && bf_text_to_double (text, (gsize) (comma - text), ret_first)
         && bf_text_to_double (comma + 1, length - (gsize) (comma + 1 - text), ret_second)
         && memchr (text, '.', length) != NULL;
}

static void
count_text (BfField *field, guint record, const char *text, gsize length)
{
  double first, second;

  field->n_texts++;
  if (pair_of_text (text, length, &first, &second))
    count_pair (field, first, second);
  else if (bf_text_to_double (text, length, &first))
    count_number (field, record, first);
  else
    count_text_stamp (field, text, length);
  count_different (field, text, length);
}

/* An array of two numbers, or an object that holds a place; TRUE when it is one. */
static gboolean
count_place (BfField *field, BfJsonNode node)
{
  BfJsonNode a, b;
  double first, second;

  if (bf_json_type (node) == BF_JSON_ARRAY)
    {
      if (bf_json_array_length (node) != 2 || !bf_json_path (node, "[0]", &a) || !bf_json_path (node, "[1]", &b)
          || !bf_json_get_double (a, &first) || !bf_json_get_double (b, &second))
        return FALSE;
      count_pair (field, first, second);
      return TRUE;
    }
  if (bf_json_member (node, "type", &a) && bf_json_member (node, "coordinates", &b))
    {
      field->n_places++;
      field->n_geometries++;
      return TRUE;
    }
  if ((bf_json_member (node, "lat", &a) && (bf_json_member (node, "lon", &b) || bf_json_member (node, "lng", &b)))
      || (bf_json_member (node, "latitude", &a) && bf_json_member (node, "longitude", &b)))
    {
      field->n_places++;
      return TRUE;
    }
  return FALSE;
}

/* --- fields --------------------------------------------------------------------------------------------------------- */

/* A path that [Map] can write. */
static gboolean
can_be_written (const char *path, gsize length)
{
  if (length == 0 || length > 200 || strlen (path) != length || g_ascii_isspace (path[0]) || g_ascii_isspace (path[length - 1])
      || path[0] == '\'' || path[length - 1] == '\\')
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if ((guchar) path[i] < 0x20 || path[i] == 0x7f || path[i] == '|' || path[i] == '\'')
      return FALSE;
  return TRUE;
}

static BfField *
field_of (BfProfile *profile, GHashTable *index, const char *path)
{
  BfField *field = g_hash_table_lookup (index, path);

  if (field != NULL || profile->fields->len >= BF_PROFILE_FIELDS || !can_be_written (path, strlen (path)))
    return field;
  field = g_new0 (BfField, 1);
  field->path = g_strdup (path);
  field->folded = bf_profile_fold (path);
  field->min = G_MAXDOUBLE;
  field->max = -G_MAXDOUBLE;
  field->newest_us = BF_TIME_NONE;
  field->different = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  field->values = g_array_new (FALSE, FALSE, sizeof (double));
  g_ptr_array_add (profile->fields, field);
  g_hash_table_insert (index, field->path, field);
  return field;
}

static void
look_at_value (BfField *field, guint record, BfJsonNode node)
{
  char room[G_ASCII_DTOSTR_BUF_SIZE];
  const char *text;
  gsize length;
  double value;
  gboolean truth;

  if (bf_json_get_string (node, &text, &length))
    {
      g_autofree char *stripped = g_strstrip (g_strndup (text, length));

      if (stripped[0] == '\0')
        return;
      field->n++;
      count_text (field, record, stripped, strlen (stripped));
    }
  else if (bf_json_get_double (node, &value))
    {
      field->n++;
      count_number (field, record, value);
      g_ascii_formatd (room, sizeof room, "%.15g", value);
      count_different (field, room, strlen (room));
    }
  else if (bf_json_get_bool (node, &truth))
    {
      field->n++;
      field->n_bools++;
      count_different (field, truth ? "true" : "false", truth ? 4 : 5);
    }
}

/* The members of a record; objects that are no place are entered. Recursion is bounded by MAX_LEVELS. */
static void
look_at_members (BfProfile *profile, GHashTable *index, guint record, BfJsonNode object, const char *prefix, guint level)
{
  BfJsonIter iter;
  BfJsonNode node, type, value;
  const char *key;
  gsize length;

  if (!bf_json_iter_init (&iter, object))
    return;
  while (bf_json_iter_next (&iter, &key, &length, &node))
    {
      g_autofree char *path = NULL;
      BfField *field;

      if (!can_be_written (key, length))
        continue;
      path = prefix != NULL ? g_strdup_printf ("%s.%s", prefix, key) : g_strdup (key);
      if (bf_json_member (node, "type", &type) && bf_json_member (node, "value", &value))
        {
          /* an NGSI attribute: what it says is its value, the rest is about it */
          g_autofree char *inner = g_strconcat (path, ".value", NULL);

          g_free (path);
          path = g_steal_pointer (&inner);
          node = value;
        }
      field = field_of (profile, index, path);
      if (field == NULL)
        continue;
      if (bf_json_type (node) != BF_JSON_OBJECT && bf_json_type (node) != BF_JSON_ARRAY)
        look_at_value (field, record, node);
      else if (count_place (field, node))
        field->n++;
      if (bf_json_type (node) == BF_JSON_OBJECT && field->n_places == 0 && level + 1 < MAX_LEVELS)
        look_at_members (profile, index, record, node, path, level + 1);
    }
}

/* --- records -------------------------------------------------------------------------------------------------------- */

static gboolean
is_record_list (BfJsonNode node)
{
  BfJsonIter iter;
  BfJsonNode record;
  guint n = 0;

  if (!bf_json_iter_init (&iter, node))
    return FALSE;
  for (; n < 20 && bf_json_iter_next (&iter, NULL, NULL, &record); n++)
    if (bf_json_type (record) != BF_JSON_OBJECT)
      return FALSE;
  return n > 0;
}

/* The longest list of objects among the node itself and what it holds, a few levels down. */
static void
find_longest (BfJsonNode node, const char *path, guint level, gsize *best, char **ret_path, BfJsonNode *ret_records)
{
  BfJsonIter iter;
  BfJsonNode member;
  const char *key;
  gsize length;
  guint n = 0;

  if (bf_json_type (node) == BF_JSON_ARRAY && is_record_list (node) && bf_json_array_length (node) > *best)
    {
      *best = bf_json_array_length (node);
      g_free (*ret_path);
      *ret_path = g_strdup (path);
      *ret_records = node;
    }
  if (bf_json_type (node) != BF_JSON_OBJECT || level >= MAX_LEVELS || !bf_json_iter_init (&iter, node))
    return;
  for (; n < 100 && bf_json_iter_next (&iter, &key, &length, &member); n++)
    if (can_be_written (key, length) && (bf_json_type (member) == BF_JSON_ARRAY || bf_json_type (member) == BF_JSON_OBJECT))
      {
        g_autofree char *inner = path != NULL ? g_strdup_printf ("%s.%s", path, key) : g_strdup (key);

        find_longest (member, inner, level + 1, best, ret_path, ret_records);
      }
}

static gboolean
find_records (BfProfile *profile, BfJsonNode root, const char *url, BfJsonNode *ret_records)
{
  gboolean platform = url != NULL && (strstr (url, "/api/explore/") != NULL || strstr (url, "/api/records/") != NULL);
  gsize best = 0;

  if (bf_geojson_is_collection (root))
    {
      profile->format = "geojson";
      return bf_json_member (root, "features", ret_records);
    }
  if (bf_format_opendatasoft.recognise (root) >= (platform ? 20 : 60))
    {
      profile->format = "opendatasoft";
      if (bf_json_type (root) == BF_JSON_ARRAY)
        *ret_records = root;
      return bf_json_type (root) == BF_JSON_ARRAY || bf_json_member (root, "results", ret_records)
             || bf_json_member (root, "records", ret_records);
    }
  profile->format = "json";
  find_longest (root, NULL, 0, &best, &profile->records, ret_records);
  if (best == 0 && bf_json_type (root) == BF_JSON_OBJECT && is_record_list (root))
    {
      *ret_records = root;
      profile->own_ids = TRUE;
      best = 1;
    }
  return best > 0;
}

/* Where the record's fields are, and what the format itself says of it. */
static BfJsonNode
unwrap (BfProfile *profile, BfJsonNode record, GHashTable *ids, guint *n_places, guint *n_degrees)
{
  BfJsonNode fields = record, inner, geometry;
  BfPlaceRoom room;
  const char *id = NULL, *reason;
  char text[32];
  BfXY place;

  if (bf_json_member (record, "properties", &inner) && g_str_equal (profile->format, "geojson"))
    {
      fields = inner;
      id = bf_format_id_text (record, "id", text);
    }
  else if (bf_json_member (record, "fields", &inner) && bf_json_type (inner) == BF_JSON_OBJECT)
    {
      fields = inner;
      id = bf_format_id_text (record, "recordid", text);
    }
  else if (bf_json_member (record, "record", &inner) && bf_json_member (inner, "fields", &fields))
    id = bf_format_id_text (inner, "id", text);
  if (id != NULL)
    g_hash_table_add (ids, g_strdup (id));
  if (fields.index == record.index || !bf_json_member (record, "geometry", &geometry))
    return fields;
  bf_place_room_init (&room);
  if (bf_place_of_geometry (geometry, &room, &place, &reason))
    {
      (*n_places)++;
      *n_degrees += fabs (place.x) <= 180 && fabs (place.y) <= 90;
    }
  bf_place_room_clear (&room);
  return fields;
}

BfProfile *
bf_profile_new (BfJsonNode root, const char *url, GError **error)
{
  g_autoptr (BfProfile) profile = g_new0 (BfProfile, 1);
  g_autoptr (GHashTable) index = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_places = 0, n_degrees = 0;
  BfJsonNode records, record, crs;
  BfJsonIter iter;

  profile->fields = g_ptr_array_new_with_free_func (field_free);
  if (!find_records (profile, root, url, &records) || !bf_json_iter_init (&iter, records))
    {
      const char *message = bf_json_member_string (root, "message", bf_json_member_string (root, "error", NULL));

      if (message != NULL)
        g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("no list of records in this JSON; it says: %.200s"), message);
      else
        g_set_error_literal (error, BF_ERROR, BF_ERROR_VALUE, _ ("no list of records in this JSON"));
      return NULL;
    }
  profile->n_total = bf_json_array_length (records);
  for (; profile->n_records < BF_PROFILE_RECORDS && bf_json_iter_next (&iter, NULL, NULL, &record); profile->n_records++)
    look_at_members (profile, index, profile->n_records, unwrap (profile, record, ids, &n_places, &n_degrees), NULL, 0);
  profile->own_ids = profile->own_ids || (profile->n_records > 0 && g_hash_table_size (ids) == profile->n_records);
  profile->own_places = n_places * 2 > profile->n_records;
  profile->in_degrees = n_degrees == n_places || bf_json_member (root, "crs", &crs);
  return g_steal_pointer (&profile);
}
