/* SPDX-License-Identifier: EUPL-1.2 */
/* Format=cap: warnings of the Common Alerting Protocol 1.0 to 1.2 (OASIS): one alert, or several in an envelope of any form
 * (Atom, a list, SOAP). A record of type “warning” a warned area and event, under an id that an Update keeps: the area's code
 * and the event's.
 *
 * Which of several messages of one area and event stands, and when another will, says bf-cap-choice.c; the others are read and not
 * shown. State, the word of the mapping's table: “exercise”, “test” of what is not real: it has an id and a name of its own, so that
 * it can neither be taken for a real one nor hide it, and no severity; “cancelled”; “expired” also while it is still served; “planned”
 * before its onset; else “actual”. What is in force is true at the time of the answer, because the source still says it; what is over
 * was so from its end on; what begins or ends later is told ahead. “System” and “Draft” are for no public (CAP 1.2 §3.2.1): refused. An
 * end that cannot be read is refused by name: the warning is in force for as long as it is served, and no longer. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-text.h"
#include "base/bf-time.h"
#include "formats/bf-cap-private.h"
#include "formats/bf-xml-private.h"

#define CORNERS_MAX 20000u
#define CIRCLE_CORNERS 48u
#define EDGES_MAX 64u /* of one area and event */
#define METRES_A_DEGREE 111195.08 /* of latitude, on the sphere of bf-geo.c */

/* What of an info block is a property, and its words (CAP 1.2 §3.2.2); of severity from the least. */
static const struct
{
  const char *name;
  const char *words[7];
} said[] = {
  { "severity", { "Unknown", "Minor", "Moderate", "Severe", "Extreme" } },
  { "urgency", { "Immediate", "Expected", "Future", "Past", "Unknown" } },
  { "certainty", { "Observed", "Likely", "Very Likely", "Possible", "Unlikely", "Unknown" } },
};

typedef struct
{
  BfRecords records;
  BfCapChoice *choice;
  guint n_candidates; /* seen by the second reading */
  const char *language;
  gboolean seen;
  gboolean list;     /* in an envelope that lists what is in force; one alert alone is a message */
  guint n_entries;   /* of Atom or RSS */
  guint n_alerts;
  gint64 updated_us; /* the list's own time, BF_TIME_NONE: it says none */
} Cap;

static void
put (Cap *cap, const char *key, const char *text)
{
  if (text != NULL)
    bf_json_out_string (&cap->records.out, key, text);
}

/* %BF_TIME_NONE: there is none, or it cannot be read. */
static gint64
time_of (const BfNode *node, const char *path)
{
  const char *text = bf_node_text (node, path);
  gint64 time_us;

  return text != NULL && bf_time_parse_rfc3339 (text, strlen (text), NULL, &time_us) ? time_us : BF_TIME_NONE;
}

/* --- what it is ----------------------------------------------------------------------------------------------------- */

/* The info block in the city's language; else in English, else the first. */
static const BfNode *
choose_info (const Cap *cap, const BfNode *alert)
{
  const BfNode *english = NULL;

  for (const BfNode *info = bf_node_child (alert, "info"); info != NULL; info = bf_node_again (info))
    {
      const char *language = bf_node_text (info, "language");

      if (language != NULL && g_ascii_strncasecmp (language, cap->language, 2) == 0)
        return info;
      if (english == NULL && language != NULL && g_ascii_strncasecmp (language, "en", 2) == 0)
        english = info;
    }
  return english != NULL ? english : bf_node_child (alert, "info");
}

/* The value of a <NAME><valueName>…</valueName><value>…</value></NAME>, in either order. */
static const char *
coded (const BfNode *node, const char *element, const char *name)
{
  for (const BfNode *code = bf_node_child (node, element); code != NULL; code = bf_node_again (code))
    {
      const char *found = bf_node_text (code, "valueName");

      if (name == NULL || (found != NULL && strcmp (found, name) == 0))
        return bf_node_text (code, "value");
    }
  return NULL;
}

static gboolean
same_language (const char *a, const char *b)
{
  return a == NULL || b == NULL ? a == b : g_ascii_strncasecmp (a, b, 2) == 0;
}

/* The next info block in that language; the first when @info is NULL. */
static const BfNode *
next_info (const BfNode *alert, const BfNode *info, const char *language)
{
  do
    info = info == NULL ? bf_node_child (alert, "info") : bf_node_again (info);
  while (info != NULL && !same_language (bf_node_text (info, "language"), language));
  return info;
}

/* The block that says the same as the @n-th in the language of the first: translations come in one order. */
static const BfNode *
untranslated (const BfNode *alert, guint n)
{
  const BfNode *first = bf_node_child (alert, "info");
  const BfNode *info = first;

  for (guint i = 0; i < n && info != NULL; i++)
    info = next_info (alert, info, bf_node_text (first, "language"));
  return info != NULL ? info : first;
}

/* What the event is under all languages and severities: Meteoalarm's "3; thunderstorm", the German GROUP, the American SAME
 * code, else the text of the first language. (transfer full) */
static char *
event_key (const BfNode *alert, const BfNode *info, guint n)
{
  const char *text = coded (info, "parameter", "awareness_type");
  g_autofree char *folded = NULL;

  if (text != NULL && strchr (text, ';') != NULL)
    text = strchr (text, ';') + 1;
  if (text == NULL)
    text = coded (info, "eventCode", "GROUP");
  if (text == NULL)
    text = coded (info, "eventCode", "SAME");
  if (text == NULL)
    text = bf_node_text (untranslated (alert, n), "event");
  folded = bf_text_fold (text != NULL ? text : "");
  g_strdelimit (g_strstrip (folded), " \t\r\n/", '-');
  return g_strndup (folded, (gsize) bf_format_cut (folded, 80));
}

/* Its codes, else its name; (transfer full) */
static char *
area_key (const BfNode *area)
{
  const char *code = coded (area, "geocode", NULL);
  const char *name = bf_node_text (area, "areaDesc");

  if (code != NULL)
    return g_strndup (code, (gsize) bf_format_cut (code, 80));
  if (name == NULL || strlen (name) <= 80)
    return g_strdup (name != NULL ? name : "area");
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", bf_hash_bytes (name, strlen (name)));
}

/* --- state ---------------------------------------------------------------------------------------------------------- */

static const char *
unreal_state (const BfNode *alert)
{
  const char *status = bf_node_text (alert, "status");

  return g_strcmp0 (status, "Exercise") == 0 ? "exercise" : g_strcmp0 (status, "Test") == 0 ? "test" : NULL;
}

static gboolean
has_type (const BfNode *alert, const char *type)
{
  return g_strcmp0 (bf_node_text (alert, "msgType"), type) == 0;
}

/* Ack and Error are between systems: neither is a warning (CAP 1.2 §3.2.1). */
static gboolean
is_warning (const BfNode *alert)
{
  return !has_type (alert, "Ack") && !has_type (alert, "Error");
}

/* Whether it is for people to see. What has no status of CAP might be a warning that is in force: then the list is not all. */
static gboolean
is_public (Cap *cap, const BfNode *alert)
{
  const char *status = bf_node_text (alert, "status");

  if (g_strcmp0 (status, "Actual") == 0 || unreal_state (alert) != NULL)
    return TRUE;
  bf_sink_record (cap->records.sink);
  if (g_strcmp0 (status, "System") == 0 || g_strcmp0 (status, "Draft") == 0)
    bf_sink_refuse (cap->records.sink, cap->records.n_records, "status", _ ("“%s” is for no public, and not shown"), status);
  else
    bf_sink_refuse (cap->records.sink, cap->records.n_records, NULL,
                    _ ("status: expected Actual, Exercise, Test, System or Draft, found “%.40s”"), status != NULL ? status : "");
  return FALSE;
}

static void
check_end (Cap *cap, const BfNode *info)
{
  const char *expires = bf_node_text (info, "expires");

  if (expires != NULL && time_of (info, "expires") == BF_TIME_NONE)
    bf_sink_refuse (cap->records.sink, cap->records.n_records, "expires",
                    _ ("the end cannot be read: “%.40s”; the warning counts for as long as it is served"), expires);
}

/* --- where ---------------------------------------------------------------------------------------------------------- */

/* "lat,lon lat,lon …"; FALSE when it is empty or no list of pairs. */
static gboolean
append_corners (GString *out, const char *text)
{
  BfJsonOut pairs;
  guint n = 0;

  bf_json_out_init (&pairs, out);
  while (*(text += strspn (text, " \t\r\n")) != '\0')
    {
      gsize length = strcspn (text, " \t\r\n");
      const char *comma = memchr (text, ',', length);
      double lat, lon;

      if (comma == NULL || n >= CORNERS_MAX || !bf_text_to_double (text, (gsize) (comma - text), &lat)
          || !bf_text_to_double (comma + 1, length - (gsize) (comma + 1 - text), &lon) || !isfinite (lat) || !isfinite (lon))
        return FALSE;
      bf_json_out_begin_array (&pairs, NULL);
      bf_json_out_double (&pairs, NULL, lon);
      bf_json_out_double (&pairs, NULL, lat);
      bf_json_out_end_array (&pairs);
      text += length;
      n++;
    }
  return n >= 3;
}

/* A regular polygon of CIRCLE_CORNERS about the centre; none when it is no more than a point. */
static void
write_round (BfJsonOut *out, double lon, double lat, double radius_km)
{
  double north = radius_km * 1000 / METRES_A_DEGREE, east = north / cos (lat * (G_PI / 180));

  if (!(radius_km > 0) || !isfinite (east))
    return;
  bf_json_out_begin_object (out, "@shape");
  bf_json_out_string (out, "type", "Polygon");
  bf_json_out_begin_array (out, "coordinates");
  bf_json_out_begin_array (out, NULL);
  for (guint i = 0; i <= CIRCLE_CORNERS; i++)
    {
      double angle = 2 * G_PI * (i % CIRCLE_CORNERS) / CIRCLE_CORNERS;

      bf_json_out_begin_array (out, NULL);
      bf_json_out_double (out, NULL, lon + east * sin (angle));
      bf_json_out_double (out, NULL, lat + north * cos (angle));
      bf_json_out_end_array (out);
    }
  bf_json_out_end_array (out);
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
}

/* "lat,lon radius" in km */
static gboolean
write_circle (Cap *cap, const char *text)
{
  gsize length = strcspn (text, " \t\r\n");
  const char *comma = memchr (text, ',', length);
  const char *radius = text + length + strspn (text + length, " \t\r\n");
  BfJsonOut *out = &cap->records.out;
  double lat, lon, radius_km;

  if (comma == NULL || !bf_text_to_double (text, (gsize) (comma - text), &lat)
      || !bf_text_to_double (comma + 1, length - (gsize) (comma + 1 - text), &lon) || !isfinite (lat) || !isfinite (lon))
    return FALSE;
  bf_json_out_begin_object (out, "@geometry");
  bf_json_out_double (out, "lon", lon);
  bf_json_out_double (out, "lat", lat);
  if (bf_text_to_double (radius, strlen (radius), &radius_km))
    write_round (out, lon, lat, radius_km);
  bf_json_out_end_object (out);
  put (cap, "circle", text);
  return TRUE;
}

/* An empty element says that there is none. */
static void
refuse_place (Cap *cap, const BfNode *place)
{
  if (place->text[strspn (place->text, " \t\r\n")] == '\0')
    return; /* an empty element says nothing */
  bf_sink_refuse (cap->records.sink, cap->records.n_records, place->name, _ ("no place can be made of “%.40s”"), place->text);
}

/* All polygons of the area as one; else its first circle. */
static void
write_place (Cap *cap, const BfNode *area)
{
  g_autoptr (GString) text = g_string_new ("{\"type\":\"MultiPolygon\",\"coordinates\":[");
  const BfNode *circle;
  guint n = 0;

  for (const BfNode *polygon = bf_node_child (area, "polygon"); polygon != NULL; polygon = bf_node_again (polygon))
    {
      gsize before = text->len;

      g_string_append (text, n > 0 ? ",[[" : "[[");
      if (!append_corners (text, polygon->text))
        {
          refuse_place (cap, polygon);
          g_string_truncate (text, before);
          continue;
        }
      g_string_append (text, "]]");
      n++;
    }
  if (n > 0)
    {
      g_string_append (text, "]}");
      bf_json_out_raw (&cap->records.out, "@geometry", text->str);
      return;
    }
  for (circle = bf_node_child (area, "circle"); circle != NULL; circle = bf_node_again (circle))
    if (write_circle (cap, circle->text))
      return;
    else
      refuse_place (cap, circle);
}

/* --- records -------------------------------------------------------------------------------------------------------- */

/* Wherever its name stands, it says that it is not real. (transfer full) */
static char *
name_of (const BfCapCandidate *candidate, char *name)
{
  g_autofree char *own = name;

  if (candidate->unreal == NULL)
    return g_steal_pointer (&own);
  return g_strdup_printf (strcmp (candidate->unreal, "test") == 0 ? _ ("TEST: %s") : _ ("EXERCISE: %s"), own);
}

/* Of what is not real no severity is said: no rule can take it for one. */
static void
write_info (Cap *cap, const BfNode *info, gboolean real)
{
  static const char *const names[] = { "event",    "effective",   "onset",       "expires",    "headline",
                                       "description", "instruction", "senderName", "web",        "urgency",
                                       "severity", "certainty" };
  guint n = real ? G_N_ELEMENTS (names) : G_N_ELEMENTS (names) - G_N_ELEMENTS (said);

  for (guint i = 0; i < n; i++)
    put (cap, names[i], bf_node_text (info, names[i]));
  put (cap, "awareness_level", coded (info, "parameter", "awareness_level"));
  put (cap, "awareness_type", coded (info, "parameter", "awareness_type"));
}

static void
write_state (Cap *cap, const BfCapCandidate *candidate, gint64 at_us)
{
  gint64 since_us;

  put (cap, "state", bf_cap_candidate_state (candidate, at_us, &since_us));
  bf_json_out_time (&cap->records.out, "observed", since_us != BF_TIME_NONE ? since_us : at_us);
}

static gboolean
write_now (Cap *cap, const BfCapCandidate *candidate, const BfNode *alert, const BfNode *info, const BfNode *area, GError **error)
{
  const char *description = bf_node_text (area, "areaDesc");
  const char *what = bf_node_text (info, area != NULL || bf_node_text (info, "headline") == NULL ? "event" : "headline");
  g_autofree char *key = area != NULL ? area_key (area) : NULL;
  const char *where = description != NULL ? description : key;
  g_autofree char *name = NULL;

  bf_records_begin (&cap->records, "warning", candidate->id, BF_TIME_NONE);
  if (what != NULL && where != NULL)
    name = name_of (candidate, g_strdup_printf ("%.*s, %.*s", bf_format_cut (what, 200), what, bf_format_cut (where, 300), where));
  else
    name = name_of (candidate, g_strdup (what != NULL ? what : where != NULL ? where : candidate->id));
  put (cap, "id", candidate->id);
  put (cap, "name", name);
  write_state (cap, candidate, bf_sink_now (cap->records.sink));
  put (cap, "identifier", bf_node_text (alert, "identifier"));
  put (cap, "sender", bf_node_text (alert, "sender"));
  put (cap, "sent", bf_node_text (alert, "sent"));
  put (cap, "msgType", bf_node_text (alert, "msgType"));
  put (cap, "references", bf_node_text (alert, "references"));
  put (cap, "area", description);
  put (cap, "geocode", area != NULL ? coded (area, "geocode", NULL) : NULL);
  write_info (cap, info, candidate->unreal == NULL);
  if (area != NULL)
    write_place (cap, area);
  return bf_records_end (&cap->records, error);
}

/* What it will be by then. */
static gboolean
write_then (Cap *cap, const char *id, gint64 at_us, GError **error)
{
  const BfCapCandidate *candidate = bf_cap_choice_at (cap->choice, id, at_us);
  BfJsonOut *out = bf_records_begin (&cap->records, "warning", id, BF_TIME_NONE);

  bf_json_out_bool (out, "@ahead", TRUE);
  put (cap, "id", id);
  write_state (cap, candidate, at_us);
  for (guint i = 0; candidate->unreal == NULL && i < G_N_ELEMENTS (said); i++)
    put (cap, said[i].name, candidate->words[i]);
  return bf_records_end (&cap->records, error);
}

/* --- the two readings ----------------------------------------------------------------------------------------------- */

typedef gboolean (*AreaFunc) (Cap *cap, const BfNode *alert, const BfNode *info, const BfNode *area, guint n, GError **error);

/* Every area of every block in the chosen language; once with no area of a block that has none. */
static gboolean
foreach_area (Cap *cap, const BfNode *alert, AreaFunc func, GError **error)
{
  const BfNode *chosen = choose_info (cap, alert);
  const char *language = bf_node_text (chosen, "language");
  const BfNode *info = chosen;
  guint n = 0;

  do
    {
      const BfNode *area = bf_node_child (info, "area");

      do
        if (!func (cap, alert, info, area, n, error))
          return FALSE;
      while (area != NULL && (area = bf_node_again (area)) != NULL);
      n++;
    }
  while (info != NULL && (info = next_info (alert, info, language)) != NULL);
  return TRUE;
}

static void
note_words (BfCapCandidate *candidate, const BfNode *info)
{
  for (guint i = 0; i < G_N_ELEMENTS (said); i++)
    {
      const char *text = bf_node_text (info, said[i].name);

      for (guint j = 0; text != NULL && said[i].words[j] != NULL; j++)
        if (strcmp (text, said[i].words[j]) == 0)
          {
            candidate->words[i] = said[i].words[j];
            candidate->severity = i == 0 ? j : candidate->severity;
          }
    }
}

static gboolean
collect (Cap *cap, const BfNode *alert, const BfNode *info, const BfNode *area, guint n, GError **error)
{
  BfCapCandidate *candidate = g_new0 (BfCapCandidate, 1);
  g_autofree char *event = event_key (alert, info, n);
  g_autofree char *key = area != NULL ? area_key (area) : NULL;
  const char *identifier = bf_node_text (alert, "identifier");

  candidate->unreal = unreal_state (alert);
  if (area != NULL)
    candidate->id = g_strdup_printf ("%s%s%s/%s", candidate->unreal != NULL ? candidate->unreal : "", candidate->unreal != NULL ? "/" : "",
                                     key, event);
  else
    candidate->id = g_strdup (identifier != NULL ? identifier : "");
  candidate->identifier = g_strdup (identifier);
  candidate->cancels = has_type (alert, "Cancel");
  candidate->sent_us = time_of (alert, "sent");
  candidate->begin_us = time_of (info, "onset") != BF_TIME_NONE ? time_of (info, "onset") : time_of (info, "effective");
  candidate->end_us = time_of (info, "expires");
  note_words (candidate, info);
  return bf_cap_choice_add (cap->choice, candidate, error);
}

/* A Cancel that names no area is of what it refers to, and no thing of its own. */
static gboolean
is_shown (const BfNode *alert, const BfNode *area)
{
  return area != NULL || !has_type (alert, "Cancel");
}

static gboolean
collect_shown (Cap *cap, const BfNode *alert, const BfNode *info, const BfNode *area, guint n, GError **error)
{
  return !is_shown (alert, area) || collect (cap, alert, info, area, n, error);
}

static gboolean
collect_cb (gpointer user_data, const BfNode *alert, GError **error)
{
  Cap *cap = user_data;
  const char *references = bf_node_text (alert, "references");

  if (g_strcmp0 (bf_node_text (alert, "status"), "Actual") != 0 && unreal_state (alert) == NULL)
    return TRUE;
  if (references != NULL && (has_type (alert, "Update") || has_type (alert, "Cancel") || has_type (alert, "Error")))
    bf_cap_choice_take_away (cap->choice, references, time_of (alert, "sent"));
  return !is_warning (alert) || foreach_area (cap, alert, collect_shown, error);
}

static gboolean
write_shown (Cap *cap, const BfNode *alert, const BfNode *info, const BfNode *area, guint n, GError **error)
{
  gint64 now_us = bf_sink_now (cap->records.sink);
  const BfCapCandidate *candidate;

  if (!is_shown (alert, area))
    {
      bf_sink_record (cap->records.sink);
      return TRUE;
    }
  candidate = bf_cap_choice_get (cap->choice, cap->n_candidates++);
  if (bf_cap_choice_at (cap->choice, candidate->id, now_us) != candidate)
    {
      bf_sink_record (cap->records.sink); /* read, and another one stands */
      return TRUE;
    }
  if (!write_now (cap, candidate, alert, info, area, error))
    return FALSE;
  for (guint i = 0; i < EDGES_MAX && (now_us = bf_cap_choice_next (cap->choice, candidate->id, now_us)) != BF_TIME_NONE; i++)
    if (!write_then (cap, candidate->id, now_us, error))
      return FALSE;
  return TRUE;
}

static gboolean
record_cb (gpointer user_data, const BfNode *alert, GError **error)
{
  Cap *cap = user_data;

  cap->seen = TRUE;
  cap->n_alerts++;
  if (!is_public (cap, alert))
    return TRUE;
  if (!is_warning (alert))
    {
      bf_sink_record (cap->records.sink);
      return TRUE;
    }
  for (const BfNode *info = choose_info (cap, alert); info != NULL; info = next_info (alert, info, bf_node_text (info, "language")))
    check_end (cap, info);
  return foreach_area (cap, alert, write_shown, error);
}

static void
begin_cb (gpointer user_data, const char *name, const char *type)
{
  static const char *const lists[] = { "feed", "alerts", "rss", NULL };
  static const char *const entries[] = { "entry", "item", NULL };
  Cap *cap = user_data;

  cap->list = cap->list || g_strv_contains (lists, name);
  cap->seen = cap->seen || cap->list || strcmp (name, "Envelope") == 0;
  cap->n_entries += g_strv_contains (entries, name);
}

static void
text_cb (gpointer user_data, const char *parent, const char *name, const char *text)
{
  Cap *cap = user_data;

  if (strcmp (parent, "feed") == 0 && strcmp (name, "updated") == 0)
    bf_time_parse_rfc3339 (text, strlen (text), NULL, &cap->updated_us);
}

/* An index of links is no list of alerts: to take it for one would show calm where there may be none. */
static gboolean
finish (Cap *cap, GError **error)
{
  BfSink *sink = cap->records.sink;

  if (!cap->seen)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("not CAP: expected an alert"));
      return FALSE;
    }
  if (cap->n_entries > 0 && cap->n_alerts == 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                   _ ("a list of %u entries without a CAP alert in them: expected the alerts themselves, links are not followed"),
                   cap->n_entries);
      return FALSE;
    }
  if (cap->list)
    bf_sink_set_extent (sink, cap->n_alerts >= cap->n_entries ? BF_EXTENT_WHOLE : BF_EXTENT_PART);
  else
    bf_sink_set_extent (sink, BF_EXTENT_CURRENT);
  if (cap->updated_us != BF_TIME_NONE)
    bf_sink_said_at (sink, cap->updated_us);
  return bf_records_finish (&cap->records, error);
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  static const char *const elements[] = { "alert", NULL };
  static const BfXmlHandler collector = { elements, NULL, NULL, collect_cb };
  static const BfXmlHandler handler = { elements, text_cb, begin_cb, record_cb };
  g_autoptr (BfCapChoice) choice = bf_cap_choice_new ();
  Cap cap = { .choice = choice, .language = bf_mapping_language (mapping), .updated_us = BF_TIME_NONE };
  gboolean good;

  if (!bf_xml_read (bytes, length, &collector, &cap, error))
    return FALSE;
  bf_cap_choice_settle (choice);
  bf_records_init (&cap.records, mapping, doc, sink);
  good = bf_xml_read (bytes, length, &handler, &cap, error) && finish (&cap, error);
  bf_records_clear (&cap.records);
  return good;
}

static int
recognise_bytes (const char *bytes, gsize length)
{
  gsize n = MIN (length, 8192);

  if (!bf_xml_looks_like (bytes, length))
    return 0;
  return g_strstr_len (bytes, (gssize) n, "urn:oasis:names:tc:emergency:cap:1.") != NULL ? 97 : 0;
}

const BfFormat bf_format_cap = { .name = "cap", .decode = decode, .recognise_bytes = recognise_bytes };
