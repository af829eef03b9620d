/* SPDX-License-Identifier: EUPL-1.2 */
/* Addresses in the form of the Base Adresse Nationale (https://adresse.data.gouv.fr, CSV): see bf-zones.h. The header's
 * names decide the columns; `nom_voie`, `lon` and `lat` must be there, `numero`, `rep`, `nom_commune` may be.
 *
 * An address is 20 bytes: place, number, suffix, street; a street has its name once, and its name and commune without case
 * and accents for the search. Read-only after loading. The search is in bf-address-search.c. */

#include "model/bf-addresses-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-text.h"
#include "model/bf-csv.h"
#include "model/bf-geojson-private.h"

#define ADDRESSES_MAX 4000000
#define SUFFIXES_MAX 65000
#define NUMBER_MAX 99999

enum
{
  COLUMN_NUMBER,
  COLUMN_SUFFIX,
  COLUMN_STREET,
  COLUMN_COMMUNE,
  COLUMN_LON,
  COLUMN_LAT,
  N_COLUMNS
};

static const char *const column_names[N_COLUMNS] = { "numero", "rep", "nom_voie", "nom_commune", "lon", "lat" };

typedef struct
{
  BfAddresses *addresses;
  BfFileProblems file;
  GError *error;
  gboolean header_read;
  int column[N_COLUMNS]; /* -1: not there */
  guint n_columns;
  GHashTable *streets;  /* "name\tcommune" -> number */
  GHashTable *suffixes; /* text -> number */
  const char *home;
} Loading;

static void
street_clear (gpointer data)
{
  BfStreet *street = data;

  g_free (street->text);
  g_free (street->folded);
}

void
bf_addresses_free (BfAddresses *addresses)
{
  if (addresses == NULL)
    return;
  g_free (addresses->points);
  g_free (addresses->numbers);
  g_array_unref (addresses->streets);
  g_ptr_array_unref (addresses->suffixes);
  g_free (addresses->by_street);
  bf_point_index_free (addresses->index);
  g_free (addresses);
}

/* --- reading --- */

static gboolean
read_header (Loading *loading, guint line, char *const *fields, guint n_fields)
{
  for (int i = 0; i < N_COLUMNS; i++)
    {
      loading->column[i] = -1;
      for (guint j = 0; j < n_fields; j++)
        if (g_ascii_strcasecmp (fields[j], column_names[i]) == 0)
          loading->column[i] = (int) j;
    }
  loading->n_columns = n_fields;
  loading->header_read = TRUE;
  if (loading->column[COLUMN_STREET] >= 0 && loading->column[COLUMN_LON] >= 0 && loading->column[COLUMN_LAT] >= 0)
    return TRUE;
  g_set_error (&loading->error, BF_ERROR, BF_ERROR_SYNTAX,
               _ ("%s:%u: expected a header with the columns nom_voie, lon and lat (and numero, rep, nom_commune), apart by “;”"),
               loading->file.path, line);
  return FALSE;
}

static const char *
field (const Loading *loading, char *const *fields, int column)
{
  return loading->column[column] >= 0 ? fields[loading->column[column]] : "";
}

static guint32
intern_street (Loading *loading, const char *name, const char *commune)
{
  g_autofree char *key = g_strdup_printf ("%s\t%s", name, commune);
  gpointer found;
  guint32 number = loading->addresses->streets->len;
  BfStreet street = { NULL, NULL, 0, 0 };
  g_autofree char *whole = commune[0] != '\0' ? g_strdup_printf ("%s, %s", name, commune) : g_strdup (name);

  if (g_hash_table_lookup_extended (loading->streets, key, NULL, &found))
    return GPOINTER_TO_UINT (found);
  street.folded = bf_address_fold (whole);
  street.text = g_strcmp0 (commune, loading->home) == 0 ? g_strdup (name) : g_steal_pointer (&whole);
  g_array_append_val (loading->addresses->streets, street);
  g_hash_table_insert (loading->streets, g_steal_pointer (&key), GUINT_TO_POINTER (number));
  return number;
}

/* 0: none. Over the limit all the others are written without. */
static guint16
intern_suffix (Loading *loading, const char *suffix)
{
  GPtrArray *suffixes = loading->addresses->suffixes;
  gpointer found;

  if (suffix[0] == '\0')
    return 0;
  if (g_hash_table_lookup_extended (loading->suffixes, suffix, NULL, &found))
    return (guint16) GPOINTER_TO_UINT (found);
  if (suffixes->len >= SUFFIXES_MAX)
    return 0;
  g_ptr_array_add (suffixes, g_strdup (suffix));
  g_hash_table_insert (loading->suffixes, g_ptr_array_index (suffixes, suffixes->len - 1), GUINT_TO_POINTER (suffixes->len - 1));
  return (guint16) (suffixes->len - 1);
}

static gboolean
add_address (Loading *loading, guint line, BfPoint point, guint32 number, const char *suffix, guint32 street)
{
  BfAddresses *addresses = loading->addresses;

  if (addresses->n >= ADDRESSES_MAX)
    {
      g_set_error (&loading->error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s:%u: expected at most %d addresses"), loading->file.path, line,
                   ADDRESSES_MAX);
      return FALSE;
    }
  if (addresses->n == addresses->capacity)
    {
      addresses->capacity += MAX (1024, addresses->capacity / 4);
      addresses->points = g_renew (BfFixedPoint, addresses->points, addresses->capacity);
      addresses->numbers = g_renew (BfHouse, addresses->numbers, addresses->capacity);
    }
  addresses->points[addresses->n] = bf_fixed_point (point);
  addresses->numbers[addresses->n] = (BfHouse){ street, number, intern_suffix (loading, suffix) };
  addresses->n++;
  return TRUE;
}

/* What is wrong with the record, or NULL. */
static const char *
read_record (Loading *loading, char *const *fields, BfPoint *ret_point, guint32 *ret_number)
{
  const char *lon = field (loading, fields, COLUMN_LON);
  const char *lat = field (loading, fields, COLUMN_LAT);
  const char *number = field (loading, fields, COLUMN_NUMBER);
  guint64 value = 0;

  if (field (loading, fields, COLUMN_STREET)[0] == '\0')
    return _ ("expected a street's name in nom_voie");
  if (strlen (field (loading, fields, COLUMN_SUFFIX)) > 20)
    return _ ("expected at most 20 bytes in rep");
  if (!bf_text_to_double (lon, strlen (lon), &ret_point->lon) || !bf_text_to_double (lat, strlen (lat), &ret_point->lat)
      || !bf_point_is_valid (*ret_point))
    return _ ("expected degrees in lon and lat");
  if (number[0] != '\0' && !g_ascii_string_to_unsigned (number, 10, 0, NUMBER_MAX, &value, NULL))
    return _ ("expected a whole number from 0 to 99999 in numero");
  *ret_number = (guint32) value;
  return NULL;
}

static gboolean
record_cb (gpointer user_data, guint line, char *const *fields, guint n_fields, const char *bad)
{
  Loading *loading = user_data;
  BfPoint point;
  guint32 number = 0;

  if (bad == NULL && !loading->header_read)
    return read_header (loading, line, fields, n_fields);
  if (bad == NULL && n_fields != loading->n_columns)
    {
      bf_file_problem (&loading->file, line, _ ("expected %u fields as in the header, found %u"), loading->n_columns, n_fields);
      return TRUE;
    }
  if (bad == NULL)
    bad = read_record (loading, fields, &point, &number);
  if (bad != NULL)
    {
      bf_file_problem (&loading->file, line, _ ("%s; the address is left out"), bad);
      return TRUE;
    }
  return add_address (loading, line, point, number, field (loading, fields, COLUMN_SUFFIX),
                      intern_street (loading, field (loading, fields, COLUMN_STREET), field (loading, fields, COLUMN_COMMUNE)));
}

/* Each street's addresses side by side, by counting. */
static void
sort_by_street (BfAddresses *addresses)
{
  guint32 at = 0;

  for (guint32 i = 0; i < addresses->n; i++)
    g_array_index (addresses->streets, BfStreet, addresses->numbers[i].street).n++;
  for (guint i = 0; i < addresses->streets->len; i++)
    {
      BfStreet *street = &g_array_index (addresses->streets, BfStreet, i);

      street->first = at;
      at += street->n;
      street->n = 0;
    }
  addresses->by_street = g_new (guint32, MAX (addresses->n, 1));
  for (guint32 i = 0; i < addresses->n; i++)
    {
      BfStreet *street = &g_array_index (addresses->streets, BfStreet, addresses->numbers[i].street);

      addresses->by_street[street->first + street->n++] = i;
    }
}

/**
 * bf_addresses_load:
 * @path: CSV in the form of the Base Adresse Nationale: fields apart by “;” (or “,”), with or without quotes and BOM
 * @home: (nullable): the commune that is left out where an address is read, because everything here is in it; it is found
 *   all the same
 * @problems: (nullable): where bad lines go; the first hundred are said, the others counted
 *
 * Returns: (transfer full): the addresses, or %NULL with @error when the file cannot be read, its header lacks a column,
 *   or it has over 4 million addresses
 */
BfAddresses *
bf_addresses_load (const char *path, const char *home, GPtrArray *problems, GError **error)
{
  g_autoptr (BfAddresses) addresses = g_new0 (BfAddresses, 1);
  g_autoptr (GHashTable) streets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) suffixes = g_hash_table_new (g_str_hash, g_str_equal);
  Loading loading = { addresses, { problems, path, 0 }, NULL, FALSE, { 0 }, 0, streets, suffixes, home };

  addresses->streets = g_array_new (FALSE, FALSE, sizeof (BfStreet));
  g_array_set_clear_func (addresses->streets, street_clear);
  addresses->suffixes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (addresses->suffixes, g_strdup (""));
  if (!bf_csv_read (path, record_cb, &loading, error))
    {
      if (loading.error != NULL)
        {
          g_clear_error (error);
          g_propagate_error (error, loading.error);
        }
      return NULL;
    }
  if (!loading.header_read)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("%s: expected a header line, found an empty file"), path);
      return NULL;
    }
  bf_file_problems_end (&loading.file);
  sort_by_street (addresses);
  addresses->index = bf_point_index_new (addresses->points, addresses->n);
  return g_steal_pointer (&addresses);
}

guint
bf_addresses_n (const BfAddresses *addresses)
{
  return addresses->n;
}

/*
 * bf_address_text:
 *
 * Returns: (transfer full): "14 bis rue des Tanneurs, Clairbourg"; the street alone when the address has no number
 */
char *
bf_address_text (const BfAddresses *addresses, guint32 address)
{
  BfHouse house = addresses->numbers[address];
  const char *street = g_array_index (addresses->streets, BfStreet, house.street).text;
  const char *suffix = g_ptr_array_index (addresses->suffixes, house.suffix);

  if (house.number == 0)
    return g_strdup (street);
  return g_strdup_printf ("%u%s%s %s", house.number, suffix[0] != '\0' ? " " : "", suffix, street);
}

/**
 * bf_addresses_nearest:
 * @ret_distance_m: (out) (optional): its distance
 *
 * Returns: (nullable) (transfer full): the nearest address, %NULL when none is within @radius_m
 */
char *
bf_addresses_nearest (const BfAddresses *addresses, BfPoint point, double radius_m, double *ret_distance_m)
{
  BfNear near;

  if (bf_point_index_near (addresses->index, point, radius_m, &near, 1) == 0)
    return NULL;
  if (ret_distance_m != NULL)
    *ret_distance_m = near.distance_m;
  return bf_address_text (addresses, near.point);
}
