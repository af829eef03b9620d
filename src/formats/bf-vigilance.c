/* SPDX-License-Identifier: EUPL-1.2 */
/* Météo-France vigilance: one record a domain (a département) with the colours of all its phenomena, 1 green to 4 red.
 *
 *   current   {"update_time", "end_validity_time", "domain_id", "phenomenons_max_colors": [{"phenomenon_id", "phenomenon_max_color_id"}]}
 *   DPVigilance {"product": {"update_time", "periods": [{"echeance": "J", "timelaps": {"domain_ids":
 *               [{"domain_id", "max_color_id", "phenomenon_items": [{"phenomenon_id", "phenomenon_max_color_id"}]}]}}]}}: today's period
 *
 * Fields: domain_id, update_time, end_validity_time, max_color, phenomenon_1 … phenomenon_9. A colour that comes twice counts with
 * its worst. Ids are texts or numbers. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-text.h"
#include "base/bf-time.h"

#define N_PHENOMENA 32

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

static void
copy_scalar (BfJsonOut *out, const char *key, BfJsonNode from)
{
  BfJsonNode value;
  const char *text;
  gint64 integer;

  if (!bf_json_member (from, key, &value))
    return;
  if (bf_json_get_string (value, &text, NULL))
    bf_json_out_string (out, key, text);
  else if (bf_json_get_int (value, &integer))
    bf_json_out_int (out, key, integer);
}

/* A phenomenon whose colour cannot be read has the colour 0, which the map calls unknown. */
static void
write_colours (BfJsonOut *out, BfJsonNode items, gint64 max_color)
{
  gint64 colours[N_PHENOMENA];
  BfJsonNode item;
  BfJsonIter iter;

  memset (colours, -1, sizeof colours);
  bf_json_iter_init (&iter, items);
  while (bf_json_iter_next (&iter, NULL, NULL, &item))
    if (bf_json_type (item) == BF_JSON_OBJECT)
      {
        gint64 id = whole (item, "phenomenon_id");
        gint64 colour = whole (item, "phenomenon_max_color_id");

        if (id >= 0 && id < N_PHENOMENA)
          colours[id] = MAX (colours[id], MAX (colour, 0));
        max_color = MAX (max_color, colour);
      }
  if (max_color >= 0)
    bf_json_out_int (out, "max_color", max_color);
  for (guint i = 0; i < N_PHENOMENA; i++)
    if (colours[i] >= 0)
      {
        g_autofree char *key = g_strdup_printf ("phenomenon_%u", i);

        bf_json_out_int (out, key, colours[i]);
      }
}

static gboolean
write_domain (BfRecords *records, BfJsonNode times, BfJsonNode domain, const char *list, GError **error)
{
  char room[32];
  const char *id = bf_format_id_text (domain, "domain_id", room);
  BfJsonOut *out = bf_records_begin (records, NULL, id, BF_TIME_NONE);
  BfJsonNode items;

  if (id != NULL)
    bf_json_out_string (out, "domain_id", id);
  copy_scalar (out, "update_time", times);
  copy_scalar (out, "end_validity_time", times);
  if (bf_json_member (domain, list, &items) && bf_json_type (items) == BF_JSON_ARRAY)
    write_colours (out, items, whole (domain, "max_color_id"));
  return bf_records_end (records, error);
}

static gboolean
write_today (BfRecords *records, BfJsonNode product, GError **error)
{
  BfJsonNode periods, period, domains, domain;
  BfJsonIter iter, inner;

  if (!bf_json_member (product, "periods", &periods) || !bf_json_iter_init (&iter, periods))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("not a vigilance product: it has no periods"));
      return FALSE;
    }
  while (bf_json_iter_next (&iter, NULL, NULL, &period))
    if (g_str_equal (bf_json_member_string (period, "echeance", "J"), "J") && bf_json_path (period, "timelaps.domain_ids", &domains)
        && bf_json_iter_init (&inner, domains))
      while (bf_json_iter_next (&inner, NULL, NULL, &domain))
        if (bf_json_type (domain) == BF_JSON_OBJECT && !write_domain (records, product, domain, "phenomenon_items", error))
          return FALSE;
  return TRUE;
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  g_auto (BfRecords) records = { 0 };
  BfJsonNode root, product, list;

  if (!bf_json_doc_parse (doc, bytes, length, &root, error))
    return FALSE;
  bf_records_init (&records, mapping, doc, sink);
  if (bf_json_member (root, "product", &product) && bf_json_type (product) == BF_JSON_OBJECT)
    {
      if (!write_today (&records, product, error))
        return FALSE;
    }
  else if (bf_json_member (root, "phenomenons_max_colors", &list))
    {
      if (!write_domain (&records, root, root, "phenomenons_max_colors", error))
        return FALSE;
    }
  else
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("not Météo-France vigilance: expected “product” or “phenomenons_max_colors”"));
      return FALSE;
    }
  return bf_records_finish (&records, error);
}

static int
recognise (BfJsonNode root)
{
  BfJsonNode member;

  return bf_json_member (root, "phenomenons_max_colors", &member) || bf_json_path (root, "product.periods", &member) ? 95 : 0;
}

const BfFormat bf_format_vigilance = { .name = "meteofrance-vigilance", .decode = decode, .recognise = recognise };
