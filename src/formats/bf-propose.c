/* SPDX-License-Identifier: EUPL-1.2 */
/* Proposes a feed for a payload of unknown form. Each role (id, name, free spaces…) asks each field two things: does its
 * name say so, in the languages that cities write, and can what it holds be that? The best answer above a floor wins; a
 * field serves one role. The text that comes out says why, line by line: a person reads and corrects it. */

#include "formats/bf-format-private.h"
#include "formats/bf-profile-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

#define FLOOR 50 /* of a score, for a field to be taken */

typedef enum
{
  ROLE_ID,
  ROLE_NAME,
  ROLE_PLACE,
  ROLE_LAT,
  ROLE_LON,
  ROLE_STAMP,
  ROLE_ADDRESS,
  N_ROLES
} Role;

/* Words as bf_profile_fold() leaves them; the first are the surest. */
static const struct
{
  const char *words;
  const char *against;
} roles[N_ROLES] = {
  [ROLE_ID] = { "id key uid ident identifiant identifier gid fid code cle ogc_fid park_id idobj objectid original_uid",
                "obs zone operator betreiber insee postal commune source type parent user kind" },
  [ROLE_NAME] = { "name nom libelle label titre title bezeichnung designation standort intitule static_name",
                  "operator betreiber commune gemeinde ville zone city gestionnaire street strasse exploitant file" },
  [ROLE_PLACE] = { "geo_point_2d geo location coordonnees position geolocation coordinates geom point geo_shape", "" },
  [ROLE_LAT] = { "lat latitude ylat y_wgs84 lat_wgs84 locationlat location_lat breitengrad", "" },
  [ROLE_LON] = { "lon lng longitude xlong long x_wgs84 long_wgs84 locationlon location_lon laengengrad langengrad", "" },
  [ROLE_STAMP] = { "observed mdate horodatage date_maj maj update updated last_update lastupdate timestamp datetime ts time stand "
                   "date heure modified aktualisiert observation",
                   "creation created cdate static stammdaten start debut begin end fin ouverture valid expire" },
  [ROLE_ADDRESS] = { "address adresse anschrift strasse rue street", "mail email url web internet operator betreiber country locality" },
};

/* What a property of that id is called in data of cities; its own id and names come before these. */
static const struct
{
  const char *property;
  const char *words;
  const char *against;
} synonyms[] = {
  { "free_spaces",
    "libres libre free available dispo disponible disponibles frei freie vacant vacance placeslibres place_libre nb_places_disponibles "
    "freieplaetze jrdinfolibre bookable unoccupied df",
    "pmr handicap elec ve velo moto bike women frauen disabled truck bus charging taux percent pct prozent covoiturage color bis" },
  { "capacity",
    "capacity capacite total max maximum kapazitaet kapazitat gesamte gesamt exploitation nb_places places places_totales stellplaetze "
    "stellplatze spaces jrdinfototal anzahl dt",
    "pmr handicap elec ve velo moto bike women frauen disabled truck bus charging taux percent pct prozent hauteur height hoehe "
    "covoiturage libre libres dispo disponible disponibles free frei occupe stay tarif np static amodie autopartage family carsharing" },
  { "occupied_spaces", "occupied occupe occupes occupees belegt besetzt occupation",
    "taux percent pct prozent occupiedpercent status" },
  { "state", "state status etat statut zustand ouvert offen open opening_status oeffnungsstatus echtzeit_status obs_state ds",
    "color static hours heures horaires oeffnungszeiten" },
};

typedef struct
{
  const BfCatalog *catalog;
  const BfService *service;
  const BfKind *kind;
  const BfProfile *profile;
  gboolean *used; /* by field */
  GString *out;
  guint n_properties;
} Proposal;

/* --- names ---------------------------------------------------------------------------------------------------------- */

static gboolean
has_word (const char *folded, const char *word)
{
  gsize length = strlen (word);

  for (const char *p = strstr (folded, word); p != NULL; p = strstr (p + 1, word))
    if ((p == folded || p[-1] == '_') && (p[length] == '\0' || p[length] == '_'))
      return TRUE;
  return FALSE;
}

/* 100 the whole name, 80 one of its words, 60 a part of one; less for words further down the list. */
static int
name_score (const char *folded, const char *words)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);
  int best = 0;

  for (int i = 0; list[i] != NULL; i++)
    {
      int score = 0;

      if (list[i][0] == '\0')
        continue;
      if (g_str_equal (folded, list[i]))
        score = 100;
      else if (has_word (folded, list[i]))
        score = 80;
      else if (strlen (list[i]) >= 4 && strstr (folded, list[i]) != NULL)
        score = 60;
      best = MAX (best, score - MIN (i, 9));
    }
  return best;
}

static gboolean
speaks_against (const char *folded, const char *words)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  for (int i = 0; list[i] != NULL; i++)
    if (list[i][0] != '\0' && (has_word (folded, list[i]) || (strlen (list[i]) >= 5 && strstr (folded, list[i]) != NULL)))
      return TRUE;
  return FALSE;
}

/* --- what a field can be -------------------------------------------------------------------------------------------- */

static gboolean
most (guint part, guint whole)
{
  return whole > 0 && (guint64) part * 20 >= (guint64) whole * 19;
}

static gboolean
is_unique (const Proposal *p, const BfField *field)
{
  return field->n == p->profile->n_records && g_hash_table_size (field->different) * 50 >= field->n * 49;
}

static int
best_form (const BfField *field)
{
  for (int i = 0; i < BF_STAMP_FORMS; i++)
    if (most (field->n_stamps[i], field->n))
      return i;
  return -1;
}

static gboolean
is_coordinate (const BfField *field, double limit)
{
  return most (field->n_numbers, field->n) && field->min >= -limit && field->max <= limit && field->n_integers * 2 < field->n + 1;
}

static gboolean
can_be (const Proposal *p, Role role, const BfField *field)
{
  switch (role)
    {
    case ROLE_ID:
      return is_unique (p, field) && (field->n_texts > 0 || most (field->n_integers, field->n)) && best_form (field) < 0;
    case ROLE_NAME:
      return field->n * 2 > p->profile->n_records && most (field->n_texts, field->n) && field->n_numbers * 2 < field->n
             && best_form (field) < 0 && g_hash_table_size (field->different) * 2 > field->n;
    case ROLE_PLACE:
      return most (field->n_places, field->n) && field->n * 2 > p->profile->n_records;
    case ROLE_LAT:
      return is_coordinate (field, 90);
    case ROLE_LON:
      return is_coordinate (field, 180);
    case ROLE_STAMP:
      return best_form (field) >= 0;
    case ROLE_ADDRESS:
      return most (field->n_texts, field->n) && field->n_numbers * 2 < field->n && best_form (field) < 0;
    case N_ROLES:
    default:
      return FALSE;
    }
}

static gboolean
can_be_property (const BfProperty *property, const BfField *field)
{
  if (field->n == 0)
    return FALSE;
  if (property->type == BF_PROPERTY_STATE)
    return g_hash_table_size (field->different) <= BF_PROFILE_STATES && field->n_places == 0;
  return most (field->n_numbers, field->n) && best_form (field) < 0 && field->max <= property->range_max
         && field->max >= property->range_min
         && (!g_str_equal (property->unit_code, "1") || most (field->n_integers, field->n));
}

/* --- states --------------------------------------------------------------------------------------------------------- */

/* What a text says of a state, by how it begins; NULL when nothing. */
static const char *
state_of (const BfProperty *property, const char *text)
{
  static const struct
  {
    const char *value;
    const char *words;
  } words[] = {
    { "open", "ouvert open offen geoffnet ok libre en_service 1 true" },
    { "closed", "ferme closed geschlossen zu hors_service" },
    { "full", "complet full voll besetzt sature" },
    { "free", "libre free frei disponible available vacant" },
    { "occupied", "occupe occupied belegt taken" },
  };
  g_autofree char *folded = bf_profile_fold (text);

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_auto (GStrv) list = g_strsplit (words[i].words, " ", -1);

      if (bf_property_find_value (property, words[i].value, strlen (words[i].value)) < 0)
        continue;
      for (guint j = 0; list[j] != NULL; j++)
        if (g_str_equal (folded, list[j]) || (strlen (list[j]) >= 4 && g_str_has_prefix (folded, list[j])))
          return words[i].value;
    }
  return NULL;
}

/* Words, not digits or flags, that say a state. */
static gboolean
speaks_of_states (const BfProperty *property, const BfField *field)
{
  GHashTableIter iter;
  gpointer text;

  if (field->n_numbers > 0 || field->n_bools > 0)
    return FALSE;
  g_hash_table_iter_init (&iter, field->different);
  while (g_hash_table_iter_next (&iter, &text, NULL))
    if (state_of (property, text) != NULL)
      return TRUE;
  return FALSE;
}

/* --- choosing ------------------------------------------------------------------------------------------------------- */

static const BfField *
field_at (const Proposal *p, int i)
{
  return g_ptr_array_index (p->profile->fields, i);
}

static int
choose_role (Proposal *p, Role role)
{
  int best = -1, best_score = FLOOR - 1;

  for (int i = 0; i < (int) p->profile->fields->len; i++)
    {
      const BfField *field = field_at (p, i);
      int score = name_score (field->folded, roles[role].words);

      if (role == ROLE_ID && score == 0 && (g_str_has_prefix (field->folded, "id") || g_str_has_suffix (field->folded, "id")))
        score = FLOOR + 5;
      if (p->used[i] || score == 0 || !can_be (p, role, field))
        continue;
      if (speaks_against (field->folded, roles[role].against))
        score -= 45;
      /* Between dates of the same name the one that moves is the time of measurement. */
      if (role == ROLE_STAMP && best >= 0 && field->newest_us > field_at (p, best)->newest_us + G_TIME_SPAN_DAY)
        score += 15;
      if (role == ROLE_ID && g_str_has_prefix (field->folded, "park"))
        score += 5;
      if (score > best_score)
        {
          best_score = score;
          best = i;
        }
    }
  return best;
}

static char *
property_words (const BfProperty *property, const char **ret_against)
{
  g_autofree char *name = bf_profile_fold (property->name.text != NULL ? property->name.text : "");
  g_autofree char *name_fr = bf_profile_fold (property->name.fr != NULL ? property->name.fr : "");
  const char *more = "";

  *ret_against = "taux percent";
  for (guint i = 0; i < G_N_ELEMENTS (synonyms); i++)
    if (g_str_equal (synonyms[i].property, property->id))
      {
        more = synonyms[i].words;
        *ret_against = synonyms[i].against;
      }
  return g_strdup_printf ("%s %s %s %s", property->id, name, name_fr, more);
}

static int
choose_property (Proposal *p, const BfProperty *property)
{
  const char *against;
  g_autofree char *words = property_words (property, &against);
  int best = -1, best_score = FLOOR - 1;

  for (int i = 0; i < (int) p->profile->fields->len; i++)
    {
      const BfField *field = field_at (p, i);
      int score = name_score (field->folded, words);

      if (p->used[i] || score == 0 || !can_be_property (property, field))
        continue;
      if (speaks_against (field->folded, against))
        score -= 60;
      /* A flag says less of a state than a word does. */
      if (property->type == BF_PROPERTY_STATE && (field->n_bools > 0 || g_hash_table_size (field->different) < 2))
        score -= 10;
      if (property->type == BF_PROPERTY_STATE && speaks_of_states (property, field))
        score += 30;
      if (score > best_score)
        {
          best_score = score;
          best = i;
        }
    }
  return best;
}

/* --- writing -------------------------------------------------------------------------------------------------------- */

/* A text of the payload for a comment: one line, short, no control characters. */
static void
append_sample (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  glong n = 0;

  g_string_append (out, "“");
  for (const char *p = valid; *p != '\0' && n < 40; p = g_utf8_next_char (p), n++)
    {
      gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (out, g_unichar_isprint (c) && c != '\\' ? c : ' ');
    }
  g_string_append (out, n < 40 ? "”" : "…”");
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static void
append_samples (GString *out, const BfField *field)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (field->different), compare_keys);
  guint n = 0;

  for (GList *l = keys; l != NULL && n < 3; l = l->next, n++)
    {
      g_string_append (out, n > 0 ? ", " : ": ");
      append_sample (out, l->data);
    }
}

static void
write_line (Proposal *p, const char *key, int field)
{
  const BfField *f = field_at (p, field);

  g_string_append_printf (p->out, _ ("# in %u of %u records"), f->n, p->profile->n_records);
  append_samples (p->out, f);
  g_string_append_printf (p->out, "\n%s=%s\n", key, f->path);
  p->used[field] = TRUE;
}

/* A text as a key of a table; FALSE when it cannot be one. */
static gboolean
append_table_key (GString *table, const char *text)
{
  if (strchr (text, '\'') != NULL || !g_utf8_validate (text, -1, NULL) || strlen (text) >= 80)
    return FALSE;
  for (const char *c = text; *c != '\0'; c++)
    if ((guchar) *c < 0x20 || *c == '\\' || *c == 0x7f)
      return FALSE;
  if (strpbrk (text, ",:*") != NULL || g_ascii_isspace (text[0]))
    g_string_append_printf (table, "'%s'", text);
  else
    g_string_append (table, text);
  return TRUE;
}

static void
write_table (Proposal *p, const BfProperty *property, const BfField *field)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (field->different), compare_keys);
  g_autoptr (GString) table = g_string_new (NULL);
  gboolean has_unknown = bf_property_find_value (property, "unknown", 7) >= 0;
  gboolean guessed = FALSE;

  for (GList *l = keys; l != NULL; l = l->next)
    {
      const char *state = state_of (property, l->data);
      gsize before = table->len;

      if (state == NULL && !has_unknown)
        continue;
      if (table->len > 0)
        g_string_append (table, ", ");
      if (!append_table_key (table, l->data))
        {
          g_string_truncate (table, before);
          continue;
        }
      g_string_append_printf (table, ":%s", state != NULL ? state : "unknown");
      guessed |= state == NULL || g_ascii_isdigit (*(const char *) l->data);
    }
  if (has_unknown)
    g_string_append_printf (table, "%s*:unknown", table->len > 0 ? ", " : "");
  if (table->len == 0)
    return;
  if (guessed)
    g_string_append (p->out, _ ("# please check: not every one of these says by itself what it means\n"));
  g_string_append_printf (p->out, "%s.table=%s\n", property->id, table->str);
}

static void
write_property (Proposal *p, const BfProperty *property, gboolean has_stamp)
{
  int field = choose_property (p, property);

  if (field < 0)
    return;
  write_line (p, property->id, field);
  p->n_properties++;
  if (property->type == BF_PROPERTY_STATE)
    write_table (p, property, field_at (p, field));
  else if (field_at (p, field)->min < property->range_min)
    g_string_append (p->out, _ ("# some values lie below the range and will be refused, with the reason\n"));
  if (has_stamp && g_str_equal (property->id, "capacity"))
    {
      g_string_append (p->out, _ ("# what is on the sign is true now, whenever the counter last spoke\n"));
      g_string_append (p->out, "capacity.observed='payload'\n");
    }
}

static gboolean
write_stamp (Proposal *p)
{
  int field = choose_role (p, ROLE_STAMP);
  const BfField *f;
  int form;

  if (field < 0)
    {
      g_string_append (p->out, _ ("# no time of measurement was found: the time of the answer is used, and age says little\n"));
      return FALSE;
    }
  f = field_at (p, field);
  form = best_form (f);
  write_line (p, "observed", field);
  if (form > 0)
    g_string_append_printf (p->out, "observed.form=%s\n", bf_profile_forms[form]);
  if (f->n_zoneless > 0)
    g_string_append (p->out, _ ("# these stamps name no zone: TimeZone= of [Feed], else the city's, is used\n"));
  return TRUE;
}

static void
write_place (Proposal *p)
{
  int place = choose_role (p, ROLE_PLACE);
  int lat, lon;

  if (p->profile->own_places)
    {
      g_string_append (p->out, p->profile->in_degrees ? _ ("# the place is the record's own geometry\n")
                                                      : _ ("# the geometry is not in degrees: add Crs=, such as Crs=EPSG:2154, to [Feed]\n"));
      return;
    }
  if (place >= 0)
    {
      const BfField *f = field_at (p, place);

      write_line (p, "location", place);
      if (f->n_lon_first * 2 > f->n_places)
        g_string_append (p->out, "location.order=lon,lat\n");
      return;
    }
  lat = choose_role (p, ROLE_LAT);
  lon = choose_role (p, ROLE_LON);
  if (lat >= 0 && lon >= 0)
    {
      write_line (p, "lat", lat);
      write_line (p, "lon", lon);
    }
  else
    g_string_append (p->out, _ ("# no place was found: the assets are in lists but not on the map\n"));
}

/* FALSE when nothing tells the records apart. */
static gboolean
write_identity (Proposal *p, GError **error)
{
  int id = choose_role (p, ROLE_ID);
  int name;

  if (id >= 0)
    p->used[id] = TRUE;
  name = choose_role (p, ROLE_NAME);
  if (id < 0 && !p->profile->own_ids && (name < 0 || !is_unique (p, field_at (p, name))))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                   _ ("%u records, but no field is different in each of them: without an id or a name Beffroi cannot tell them apart"),
                   p->profile->n_records);
      return FALSE;
    }
  if (id >= 0)
    write_line (p, "id", id);
  else if (p->profile->own_ids)
    g_string_append (p->out, _ ("# the id is the one that the format gives each record\n"));
  else
    {
      g_string_append (p->out, _ ("# there is no id, so the name must be one: a car park that is renamed becomes another\n"));
      write_line (p, "id", name);
    }
  if (name >= 0)
    write_line (p, "name", name);
  else if (id >= 0 && field_at (p, id)->n_texts > 0)
    write_line (p, "name", id);
  return TRUE;
}

static void
write_rest (Proposal *p)
{
  gboolean any = FALSE;

  for (int i = 0; i < (int) p->profile->fields->len; i++)
    if (!p->used[i] && field_at (p, i)->n > 0)
      {
        g_string_append_printf (p->out, "%s%s", any ? ", " : _ ("# not used: "), field_at (p, i)->path);
        any = TRUE;
      }
  if (any)
    g_string_append_c (p->out, '\n');
}

/* An address in one line of a file; NULL when it cannot stand there. */
static gboolean
is_writable_url (const char *url)
{
  gsize length = strlen (url);

  if (length == 0 || length > 4000 || url[length - 1] == '\\' || !g_utf8_validate (url, -1, NULL))
    return FALSE;
  for (const char *p = url; *p != '\0'; p++)
    if ((guchar) *p < 0x21 || *p == 0x7f)
      return FALSE;
  return TRUE;
}

static void
write_feed (Proposal *p, const char *url)
{
  g_string_append_printf (p->out,
                          _ ("# Proposed after a look at %u of %zu records; please read and correct it.\n"),
                          p->profile->n_records, p->profile->n_total);
  g_string_append_printf (p->out, "[Feed]\nService=%s\nFormat=%s\nUrl=%s\nEvery=60s\nStale=15min\n", p->service->id, p->profile->format, url);
  if (p->service->kinds->len > 1)
    {
      g_string_append (p->out, _ ("# or"));
      for (guint i = 0; i < p->service->kinds->len; i++)
        if (g_array_index (p->service->kinds, guint16, i) != p->kind->index)
          g_string_append_printf (p->out, " %s", bf_catalog_kind (p->catalog, g_array_index (p->service->kinds, guint16, i))->id);
      g_string_append_printf (p->out, "\nKind=%s\n", p->kind->id);
    }
  g_string_append (p->out, "\n[Map]\n");
  if (p->profile->records != NULL)
    g_string_append_printf (p->out, "records=%s\n", p->profile->records);
}

static void
set_nothing_found (const Proposal *p, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < p->profile->fields->len && names->len < 400; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", field_at (p, (int) i)->path);
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%u records, but no field looks like what the service %s measures; fields: %s"),
               p->profile->n_records, p->service->id, names->str);
}

static char *
write_all (Proposal *p, const char *url, GError **error)
{
  gboolean has_stamp;

  write_feed (p, url);
  if (!write_identity (p, error))
    return NULL;
  write_place (p);
  has_stamp = write_stamp (p);
  for (guint i = 0; i < p->kind->properties->len; i++)
    {
      const BfProperty *property = bf_catalog_property (p->catalog, g_array_index (p->kind->properties, guint16, i));

      if (property->derive == NULL)
        write_property (p, property, has_stamp);
    }
  if (p->n_properties == 0)
    {
      set_nothing_found (p, error);
      return NULL;
    }
  for (int address = choose_role (p, ROLE_ADDRESS); address >= 0; address = -1)
    write_line (p, "address", address);
  write_rest (p);
  return g_string_free (g_steal_pointer (&p->out), FALSE);
}

/**
 * bf_format_propose:
 * @service: index of the service that the feed shall belong to
 * @url: (nullable): where the bytes come from, for `Url=`
 *
 * Returns: (transfer full): text of a .feed file that bf_mapping_new() takes, or %NULL with @error that says what was seen
 */
char *
bf_format_propose (const BfCatalog *catalog, guint service, const char *url, const char *bytes, gsize length, GError **error)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (BF_LIMIT_PAYLOAD_BYTES);
  g_autoptr (BfProfile) profile = NULL;
  g_autofree gboolean *used = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) sample = g_string_new (NULL);
  const BfFormat *format;
  Proposal p = { .catalog = catalog, .service = bf_catalog_service (catalog, service) };
  g_autoptr (GError) no_json = NULL, not_known = NULL;
  gboolean is_json;
  BfJsonNode root;
  char *text;

  if (!bf_format_check_payload (bytes, length, error))
    return NULL;
  if (url == NULL || !is_writable_url (url))
    url = "https://example.org/";
  is_json = bf_json_doc_parse (doc, bytes, length, &root, &no_json);
  text = bf_propose_known (catalog, p.service, url, is_json ? &root : NULL, bytes, length, &not_known);
  if (text != NULL)
    return text;
  format = is_json ? NULL : bf_format_of_bytes (bytes, length);
  if (!is_json && format != &bf_format_csv)
    {
      g_propagate_error (error, not_known != NULL ? g_steal_pointer (&not_known) : g_steal_pointer (&no_json));
      return NULL;
    }
  if (!is_json)
    {
      if (!bf_csv_sample (bytes, length, BF_PROFILE_RECORDS, sample, error)
          || !bf_json_doc_parse (doc, sample->str, sample->len, &root, error))
        return NULL;
    }
  profile = bf_profile_new (root, url, error);
  if (profile == NULL)
    return NULL;
  if (format != NULL)
    profile->format = format->name;
  if (p.service->kinds->len == 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("the service %s has no kind of asset"), p.service->id);
      return NULL;
    }
  p.kind = bf_catalog_kind (catalog, g_array_index (p.service->kinds, guint16, 0));
  p.profile = profile;
  p.used = used = g_new0 (gboolean, profile->fields->len + 1);
  p.out = out;
  text = write_all (&p, url, not_known != NULL ? NULL : error);
  if (text != NULL)
    g_steal_pointer (&out);
  else if (not_known != NULL)
    g_propagate_error (error, g_steal_pointer (&not_known));
  return text;
}
