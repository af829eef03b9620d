/* SPDX-License-Identifier: EUPL-1.2 */
/* Météo-France vigilance: the colours of a département and all its phenomena, 1 green to 4 red, 0 not known.
 *
 *   current   {"update_time", "end_validity_time", "domain_id", "phenomenons_max_colors": [{"phenomenon_id", "phenomenon_max_color_id"}]}
 *   DPVigilance {"product": {"update_time", "periods": [{"echeance": "J", "begin_validity_time", "end_validity_time", "timelaps":
 *               {"domain_ids": [{"domain_id", "max_color_id", "phenomenon_items": [{"phenomenon_id", "phenomenon_max_color_id"}]}]}}]}}
 *
 * One record a domain with the colours of the period that is in force, true at the time of the answer; those of the next period and
 * their end (0) are told ahead, so that the colours change with the hour and not with the next bulletin. A period that does not say
 * its end has one a day after update_time: there are two bulletins a day. Where no period is in force the colours are 0.
 *
 * Fields: domain_id, name, update_time, until, observed, max_color, worst (the phenomenon of the greatest colour, “several”, “none”),
 * phenomenon_1 … phenomenon_9. A colour that comes twice counts with its worst. Ids are texts or numbers. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-text.h"
#include "base/bf-time.h"

#define N_PHENOMENA 32
#define PERIODS_MAX 32u
#define BULLETIN_US (G_GINT64_CONSTANT (24) * 3600 * G_USEC_PER_SEC)

typedef struct
{
  gint64 begin_us; /* BF_TIME_NONE: from ever */
  gint64 end_us;
  gint8 colours[N_PHENOMENA]; /* -1: not said */
  gint8 max_color;
} Period;

typedef struct
{
  char id[32];
  GArray *periods; /* Period */
} Domain;

/* Code officiel géographique (INSEE). */
static const struct
{
  char id[3];
  const char *name;
} departements[] = {
  { "01", "Ain" }, { "02", "Aisne" }, { "03", "Allier" }, { "04", "Alpes-de-Haute-Provence" }, { "05", "Hautes-Alpes" },
  { "06", "Alpes-Maritimes" }, { "07", "Ardèche" }, { "08", "Ardennes" }, { "09", "Ariège" }, { "10", "Aube" },
  { "11", "Aude" }, { "12", "Aveyron" }, { "13", "Bouches-du-Rhône" }, { "14", "Calvados" }, { "15", "Cantal" },
  { "16", "Charente" }, { "17", "Charente-Maritime" }, { "18", "Cher" }, { "19", "Corrèze" }, { "21", "Côte-d’Or" },
  { "22", "Côtes-d’Armor" }, { "23", "Creuse" }, { "24", "Dordogne" }, { "25", "Doubs" }, { "26", "Drôme" }, { "27", "Eure" },
  { "28", "Eure-et-Loir" }, { "29", "Finistère" }, { "2A", "Corse-du-Sud" }, { "2B", "Haute-Corse" }, { "30", "Gard" },
  { "31", "Haute-Garonne" }, { "32", "Gers" }, { "33", "Gironde" }, { "34", "Hérault" }, { "35", "Ille-et-Vilaine" },
  { "36", "Indre" }, { "37", "Indre-et-Loire" }, { "38", "Isère" }, { "39", "Jura" }, { "40", "Landes" },
  { "41", "Loir-et-Cher" }, { "42", "Loire" }, { "43", "Haute-Loire" }, { "44", "Loire-Atlantique" }, { "45", "Loiret" },
  { "46", "Lot" }, { "47", "Lot-et-Garonne" }, { "48", "Lozère" }, { "49", "Maine-et-Loire" }, { "50", "Manche" },
  { "51", "Marne" }, { "52", "Haute-Marne" }, { "53", "Mayenne" }, { "54", "Meurthe-et-Moselle" }, { "55", "Meuse" },
  { "56", "Morbihan" }, { "57", "Moselle" }, { "58", "Nièvre" }, { "59", "Nord" }, { "60", "Oise" }, { "61", "Orne" },
  { "62", "Pas-de-Calais" }, { "63", "Puy-de-Dôme" }, { "64", "Pyrénées-Atlantiques" }, { "65", "Hautes-Pyrénées" },
  { "66", "Pyrénées-Orientales" }, { "67", "Bas-Rhin" }, { "68", "Haut-Rhin" }, { "69", "Rhône" }, { "70", "Haute-Saône" },
  { "71", "Saône-et-Loire" }, { "72", "Sarthe" }, { "73", "Savoie" }, { "74", "Haute-Savoie" }, { "75", "Paris" },
  { "76", "Seine-Maritime" }, { "77", "Seine-et-Marne" }, { "78", "Yvelines" }, { "79", "Deux-Sèvres" }, { "80", "Somme" },
  { "81", "Tarn" }, { "82", "Tarn-et-Garonne" }, { "83", "Var" }, { "84", "Vaucluse" }, { "85", "Vendée" }, { "86", "Vienne" },
  { "87", "Haute-Vienne" }, { "88", "Vosges" }, { "89", "Yonne" }, { "90", "Territoire de Belfort" }, { "91", "Essonne" },
  { "92", "Hauts-de-Seine" }, { "93", "Seine-Saint-Denis" }, { "94", "Val-de-Marne" }, { "95", "Val-d’Oise" },
  { "99", "Andorre" },
};

/* 2110: the coast of 21, which has a colour of its own. (transfer full) (nullable) */
static char *
name_of (const char *id)
{
  for (guint i = 0; i < G_N_ELEMENTS (departements); i++)
    if (strncmp (departements[i].id, id, 2) == 0)
      {
        if (id[2] == '\0')
          return g_strdup (departements[i].name);
        /* Translators: the coast of a département */
        return strcmp (id + 2, "10") == 0 ? g_strdup_printf (_ ("%s, coast"), departements[i].name) : NULL;
      }
  return NULL;
}

static gint64
whole (BfJsonNode node, const char *key)
{
  BfJsonNode value;
  const char *text;
  gsize length;
  gint64 integer;
  double number;

  if (!bf_json_member (node, key, &value))
    return -1;
  if (bf_json_get_int (value, &integer))
    return integer;
  if (bf_json_get_string (value, &text, &length) && bf_text_to_double (text, length, &number) && number >= 0 && number < 1e15)
    return (gint64) number;
  return -1;
}

static gint64
time_of (BfJsonNode node, const char *key)
{
  const char *text = bf_json_member_string (node, key, NULL);
  gint64 epoch_s = whole (node, key);
  gint64 time_us;

  if (text != NULL && bf_time_parse_rfc3339 (text, strlen (text), NULL, &time_us))
    return time_us;
  return epoch_s > 0 && epoch_s < G_GINT64_CONSTANT (100000000000) ? epoch_s * G_USEC_PER_SEC : BF_TIME_NONE;
}

/* A phenomenon whose colour cannot be read has the colour 0, which the map calls unknown. */
static void
read_colours (Period *period, BfJsonNode items)
{
  BfJsonNode item;
  BfJsonIter iter;

  if (!bf_json_iter_init (&iter, items))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &item))
    if (bf_json_type (item) == BF_JSON_OBJECT)
      {
        gint64 id = whole (item, "phenomenon_id");
        gint8 colour = (gint8) CLAMP (whole (item, "phenomenon_max_color_id"), 0, 100);

        if (id >= 0 && id < N_PHENOMENA)
          period->colours[id] = MAX (period->colours[id], colour);
        period->max_color = MAX (period->max_color, colour);
      }
}

/* --- what is so at a time ------------------------------------------------------------------------------------------- */

/* NULL: none is in force then. Of several that are, the one that began last. */
static const Period *
period_at (const Domain *domain, gint64 at_us)
{
  const Period *found = NULL;

  for (guint i = 0; i < domain->periods->len; i++)
    {
      const Period *period = &g_array_index (domain->periods, Period, i);

      if ((period->begin_us == BF_TIME_NONE || period->begin_us <= at_us) && (period->end_us == BF_TIME_NONE || at_us < period->end_us)
          && (found == NULL || found->begin_us == BF_TIME_NONE || period->begin_us > found->begin_us))
        found = period;
    }
  return found;
}

/* The next moment after @at_us at which a period begins or ends; BF_TIME_NONE: none does. */
static gint64
next_edge (const Domain *domain, gint64 at_us)
{
  gint64 next_us = BF_TIME_NONE;

  for (guint i = 0; i < domain->periods->len; i++)
    {
      const Period *period = &g_array_index (domain->periods, Period, i);
      const gint64 edges[] = { period->begin_us, period->end_us };

      for (guint j = 0; j < 2; j++)
        if (edges[j] != BF_TIME_NONE && edges[j] > at_us && (next_us == BF_TIME_NONE || edges[j] < next_us))
          next_us = edges[j];
    }
  return next_us;
}

static gint64
last_end (const Domain *domain, gint64 now_us)
{
  gint64 end_us = BF_TIME_NONE;

  for (guint i = 0; i < domain->periods->len; i++)
    end_us = MAX (end_us, g_array_index (domain->periods, Period, i).end_us);
  return end_us != BF_TIME_NONE && end_us <= now_us ? end_us : now_us;
}

/* --- records -------------------------------------------------------------------------------------------------------- */

static void
write_worst (BfJsonOut *out, const Period *period)
{
  int worst = -1;
  guint n = 0;

  for (int i = 0; i < N_PHENOMENA; i++)
    if (period->colours[i] == period->max_color)
      {
        worst = worst < 0 ? i : worst;
        n++;
      }
  if (period->max_color <= 1)
    bf_json_out_string (out, "worst", "none");
  else if (n > 1)
    bf_json_out_string (out, "worst", "several");
  else if (n == 1)
    bf_json_out_int (out, "worst", worst);
}

/* What one period says every period says, so that a phenomenon that only one has does not stay when it is over. */
static void
write_colours (BfJsonOut *out, const Domain *domain, const Period *period)
{
  gboolean any = FALSE;

  for (guint i = 0; i < N_PHENOMENA; i++)
    {
      g_autofree char *key = g_strdup_printf ("phenomenon_%u", i);
      gboolean said = FALSE;

      for (guint j = 0; j < domain->periods->len; j++)
        said = said || g_array_index (domain->periods, Period, j).colours[i] >= 0;
      if (said)
        bf_json_out_int (out, key, period != NULL ? MAX (period->colours[i], 0) : 0);
      any = any || said;
    }
  if (period == NULL || period->max_color >= 0)
    bf_json_out_int (out, "max_color", period != NULL ? period->max_color : 0);
  if (period != NULL && any)
    write_worst (out, period);
}

static gboolean
write_at (BfRecords *records, const Domain *domain, gint64 at_us, gint64 updated_us, GError **error)
{
  gint64 now_us = bf_sink_now (records->sink);
  const Period *period = period_at (domain, at_us);
  BfJsonOut *out = bf_records_begin (records, NULL, domain->id, BF_TIME_NONE);

  bf_json_out_string (out, "domain_id", domain->id);
  if (at_us > now_us)
    bf_json_out_bool (out, "@ahead", TRUE);
  else
    {
      g_autofree char *name = name_of (domain->id);

      bf_json_out_string (out, "name", name != NULL ? name : domain->id);
      bf_json_out_time (out, "update_time", updated_us);
      bf_json_out_time (out, "until", period != NULL ? period->end_us : BF_TIME_NONE);
    }
  bf_json_out_time (out, "observed", period == NULL && at_us == now_us ? last_end (domain, now_us) : at_us);
  write_colours (out, domain, period);
  return bf_records_end (records, error);
}

static gboolean
write_domain (BfRecords *records, const Domain *domain, gint64 updated_us, GError **error)
{
  for (gint64 at_us = bf_sink_now (records->sink); at_us != BF_TIME_NONE; at_us = next_edge (domain, at_us))
    if (!write_at (records, domain, at_us, updated_us, error))
      return FALSE;
  return TRUE;
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

static void
domain_free (gpointer data)
{
  Domain *domain = data;

  g_array_unref (domain->periods);
  g_free (domain);
}

/* When it was published; BF_TIME_NONE where that cannot be true. */
static gint64
updated_of (BfJsonNode node, gint64 now_us)
{
  gint64 updated_us = time_of (node, "update_time");

  return updated_us <= now_us + BF_LIMIT_AHEAD_US ? updated_us : BF_TIME_NONE;
}

/* A bulletin whose end nobody knows would be in force for ever. */
static gboolean
has_end (BfSink *sink, const Period *times)
{
  if (times->end_us != BF_TIME_NONE)
    return TRUE;
  bf_sink_record (sink);
  bf_sink_refuse (sink, 0, NULL, _ ("the end of the period and the time of the bulletin (update_time) cannot be read"));
  return FALSE;
}

/* What has no id is written, so that the mapping says so. */
static void
add_domain (GPtrArray *domains, GHashTable *by_id, BfJsonNode node, const char *list, const Period *times)
{
  char room[32];
  const char *text = bf_format_id_text (node, "domain_id", room);
  Domain *domain = text != NULL ? g_hash_table_lookup (by_id, text) : NULL;
  Period period = *times;
  BfJsonNode items;

  if (domain == NULL)
    {
      domain = g_new0 (Domain, 1);
      g_strlcpy (domain->id, text != NULL ? text : "", sizeof domain->id);
      domain->periods = g_array_new (FALSE, FALSE, sizeof (Period));
      g_ptr_array_add (domains, domain);
      g_hash_table_insert (by_id, domain->id, domain);
    }
  memset (period.colours, -1, sizeof period.colours);
  period.max_color = (gint8) CLAMP (whole (node, "max_color_id"), -1, 100);
  if (bf_json_member (node, list, &items))
    read_colours (&period, items);
  if (domain->periods->len < PERIODS_MAX)
    g_array_append_val (domain->periods, period);
}

static gboolean
read_product (GPtrArray *domains, GHashTable *by_id, BfJsonNode product, gint64 updated_us, BfSink *sink, GError **error)
{
  BfJsonNode periods, period, list, domain;
  BfJsonIter iter, inner;

  if (!bf_json_member (product, "periods", &periods) || !bf_json_iter_init (&iter, periods))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("not a vigilance product: it has no periods"));
      return FALSE;
    }
  while (bf_json_iter_next (&iter, NULL, NULL, &period))
    {
      Period times = { .begin_us = time_of (period, "begin_validity_time"), .end_us = time_of (period, "end_validity_time") };
      gboolean today = g_str_equal (bf_json_member_string (period, "echeance", "J"), "J");

      /* Tomorrow's without a time cannot be told from today's. */
      if (!today && times.begin_us == BF_TIME_NONE)
        continue;
      if (times.end_us == BF_TIME_NONE && updated_us != BF_TIME_NONE)
        times.end_us = MAX (times.begin_us, updated_us) + BULLETIN_US;
      if (!has_end (sink, &times))
        continue;
      if (!bf_json_path (period, "timelaps.domain_ids", &list) || !bf_json_iter_init (&inner, list))
        continue;
      while (bf_json_iter_next (&inner, NULL, NULL, &domain))
        if (bf_json_type (domain) == BF_JSON_OBJECT)
          add_domain (domains, by_id, domain, "phenomenon_items", &times);
    }
  return TRUE;
}

static void
read_current (GPtrArray *domains, GHashTable *by_id, BfJsonNode root, gint64 updated_us, BfSink *sink)
{
  Period times = { .begin_us = BF_TIME_NONE, .end_us = time_of (root, "end_validity_time") };

  if (times.end_us == BF_TIME_NONE && updated_us != BF_TIME_NONE)
    times.end_us = updated_us + BULLETIN_US;
  if (has_end (sink, &times))
    add_domain (domains, by_id, root, "phenomenons_max_colors", &times);
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  g_autoptr (GPtrArray) domains = g_ptr_array_new_with_free_func (domain_free);
  g_autoptr (GHashTable) by_id = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (BfRecords) records = { 0 };
  BfJsonNode root, product, list;
  gint64 updated_us;

  if (!bf_json_doc_parse (doc, bytes, length, &root, error))
    return FALSE;
  if (bf_json_member (root, "product", &product) && bf_json_type (product) == BF_JSON_OBJECT)
    {
      updated_us = updated_of (product, bf_sink_now (sink));
      if (!read_product (domains, by_id, product, updated_us, sink, error))
        return FALSE;
    }
  else if (bf_json_member (root, "phenomenons_max_colors", &list))
    {
      updated_us = updated_of (root, bf_sink_now (sink));
      read_current (domains, by_id, root, updated_us, sink);
    }
  else
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("not Météo-France vigilance: expected “product” or “phenomenons_max_colors”"));
      return FALSE;
    }
  bf_records_init (&records, mapping, doc, sink);
  for (guint i = 0; i < domains->len; i++)
    if (!write_domain (&records, g_ptr_array_index (domains, i), updated_us, error))
      return FALSE;
  return bf_records_finish (&records, error);
}

static int
recognise (BfJsonNode root)
{
  BfJsonNode member;

  return bf_json_member (root, "phenomenons_max_colors", &member) || bf_json_path (root, "product.periods", &member) ? 95 : 0;
}

const BfFormat bf_format_vigilance = { .name = "meteofrance-vigilance", .decode = decode, .recognise = recognise };
