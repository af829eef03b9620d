/* SPDX-License-Identifier: EUPL-1.2 */
/* From one payload's bytes to frames: see bf-decoder.h. A record's number counts on over the pages of a payload. Of what is
 * refused the first 50 go out as examples; the sink counts all. */

#include "feed/bf-decoder.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "feed/bf-plugin-module.h"
#include "feed/bf-wire.h"
#include "formats/bf-format.h"

struct _BfDecoder
{
  const BfFeedDef *def;
  BfFrameWriter *writer;
  const BfFormat *format;
  const BfPlugin *plugin;
  BfMapping *mapping;
  BfJsonDoc *doc;
  BfSink *sink;
  guint64 first_record; /* of this page */
  guint n_examples;
  guint64 n_observations;
  guint64 n_over;
  gint64 ttl_s; /* -1: none */
  char *said_next; /* by the headers of this page */
  gboolean linked; /* headers said where a page of this payload is */
  gint64 said_total; /* -1: not said */
  gint64 n_entries;  /* of all pages, as the source counts them */
  char *note; /* what is to be said of a good payload */
};

static void
asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  BfDecoder *decoder = user_data;

  bf_frame_writer_asset (decoder->writer, asset, draft);
}

static void
observation_cb (gpointer user_data, const BfObservation *observation)
{
  BfDecoder *decoder = user_data;
  BfObservation numbered = *observation;

  if (decoder->n_observations >= BF_FRAME_MAX_OBSERVATIONS)
    {
      decoder->n_over++;
      return;
    }
  decoder->n_observations++;
  numbered.record += (guint32) decoder->first_record;
  bf_frame_writer_observation (decoder->writer, &numbered);
}

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  BfDecoder *decoder = user_data;

  if (decoder->n_examples >= BF_FRAME_MAX_REFUSED)
    return;
  decoder->n_examples++;
  bf_frame_writer_refused (decoder->writer, record + (guint32) decoder->first_record, property, reason);
}

static const BfSinkHandler sink_handler = { asset_cb, observation_cb, refused_cb };

static BfMapping *
compile_map (const BfCatalog *catalog, const BfFeedDef *def, GTimeZone *zone, GError **error)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GTimeZone) own = def->zone_name != NULL ? g_time_zone_new_identifier (def->zone_name) : NULL;
  BfMapping *mapping = bf_mapping_new (catalog, def->service, def->conf, bf_conf_group (def->conf, "Feed", NULL),
                                       bf_conf_group (def->conf, "Map", NULL), own != NULL ? own : zone, problems);

  if (mapping == NULL)
    {
      g_autofree char *first = problems->len > 0 ? bf_problem_to_string (g_ptr_array_index (problems, 0)) : NULL;

      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, "%s", first != NULL ? first : _ ("the [Map] cannot be used"));
    }
  return mapping;
}

BfDecoder *
bf_decoder_new (const BfCatalog *catalog, const BfFeedDef *def, GTimeZone *zone, BfFrameWriter *writer, GError **error)
{
  g_autoptr (BfDecoder) decoder = g_new0 (BfDecoder, 1);

  if (def->bad)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, "%s", def->reason);
      return NULL;
    }
  decoder->def = def;
  decoder->writer = writer;
  decoder->format = bf_format_find (def->format);
  if (!bf_plugin_module_open (bf_catalog_service (catalog, def->service), &decoder->plugin, error))
    return NULL;
  if (decoder->format == NULL && (decoder->plugin == NULL || decoder->plugin->decode == NULL))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_UNSUPPORTED, _ ("%s: Format=%s is known neither here nor to the plugin"), def->path,
                   def->format);
      return NULL;
    }
  decoder->mapping = compile_map (catalog, def, zone, error);
  if (decoder->mapping == NULL)
    return NULL;
  decoder->doc = bf_json_doc_new (def->max_bytes);
  decoder->sink = bf_sink_new (catalog, def->service, &sink_handler, decoder);
  bf_frame_writer_hello (writer);
  return g_steal_pointer (&decoder);
}

void
bf_decoder_free (BfDecoder *decoder)
{
  if (decoder == NULL)
    return;
  g_clear_pointer (&decoder->mapping, bf_mapping_free);
  g_clear_pointer (&decoder->doc, bf_json_doc_free);
  g_clear_pointer (&decoder->sink, bf_sink_free);
  g_free (decoder->said_next);
  g_free (decoder->note);
  g_free (decoder);
}

void
bf_decoder_set_language (BfDecoder *decoder, const char *language)
{
  bf_mapping_set_language (decoder->mapping, language);
}

void
bf_decoder_begin (BfDecoder *decoder, gint64 now_us, gint64 default_observed_us)
{
  decoder->first_record = 0;
  decoder->n_examples = 0;
  decoder->n_observations = 0;
  decoder->n_over = 0;
  decoder->ttl_s = -1;
  decoder->linked = FALSE;
  decoder->said_total = -1;
  decoder->n_entries = decoder->def->url != NULL ? (gint64) MIN (bf_format_get_parameter (decoder->def->url, "offset", 0), G_MAXINT32) : 0;
  g_clear_pointer (&decoder->said_next, g_free);
  g_clear_pointer (&decoder->note, g_free);
  bf_sink_begin (decoder->sink, now_us, default_observed_us);
}

void
bf_decoder_next_message (BfDecoder *decoder, gint64 now_us, gint64 default_observed_us)
{
  bf_sink_next_message (decoder->sink, now_us);
  bf_sink_set_default_observed (decoder->sink, default_observed_us);
}

/* As many records as the address asks for at most, and no next page: there may be more. */
static gboolean
may_be_cut (const char *url, guint64 n_records)
{
  static const char *const limits[] = { "page_size", "pageSize", "per_page", "limit", "rows", "count", "maxFeatures", "resultRecordCount" };

  for (guint i = 0; url != NULL && i < G_N_ELEMENTS (limits); i++)
    {
      guint64 limit = bf_format_get_parameter (url, limits[i], 0);

      if (limit > 0 && n_records >= limit)
        return TRUE;
    }
  return FALSE;
}

static void
take_ttl (BfDecoder *decoder)
{
  gint64 ttl_s = decoder->format->ttl_s (decoder->doc);

  if (ttl_s >= 0 && (decoder->ttl_s < 0 || ttl_s < decoder->ttl_s))
    decoder->ttl_s = ttl_s;
}

gint64
bf_decoder_ttl_s (const BfDecoder *decoder)
{
  return decoder->ttl_s;
}

void
bf_decoder_said (BfDecoder *decoder, const char *next, gint64 total)
{
  g_free (decoder->said_next);
  decoder->said_next = g_strdup (next);
  decoder->linked = decoder->linked || next != NULL;
  if (total >= 0)
    decoder->said_total = total;
}

gboolean
bf_decoder_is_short (const BfDecoder *decoder)
{
  return decoder->n_entries < decoder->said_total;
}

/* What a source counts: elements of the list, of which one may be several records to us. */
static gint64
count_entries (const BfDecoder *decoder)
{
  BfJsonNode root, list;

  if (bf_json_doc_root (decoder->doc, &root) && bf_json_type (root) == BF_JSON_ARRAY)
    return (gint64) bf_json_doc_n_elements (decoder->doc);
  if (bf_json_doc_root (decoder->doc, &root) && bf_json_type (root) == BF_JSON_OBJECT && bf_json_member (root, "data", &list)
      && bf_json_type (list) == BF_JSON_ARRAY)
    return (gint64) bf_json_array_length (list);
  return (gint64) (bf_sink_counts (decoder->sink)->n_records - decoder->first_record);
}

/* (nullable), (transfer full): where the next page is, as the server says it; else as the format makes it of this one. */
static char *
next_page (BfDecoder *decoder, const char *url)
{
  if (decoder->linked)
    return g_steal_pointer (&decoder->said_next);
  if (decoder->format == NULL || decoder->format->next_page == NULL)
    return NULL;
  return decoder->format->next_page (decoder->doc, url, &decoder->note);
}

gboolean
bf_decoder_page (BfDecoder *decoder, const char *url, const char *bytes, gsize length, char **ret_next, GError **error)
{
  gboolean good;

  decoder->first_record = bf_sink_counts (decoder->sink)->n_records;
  *ret_next = NULL;
  if (!bf_format_check_payload (bytes, length, error))
    return FALSE;
  if (decoder->plugin != NULL && decoder->plugin->decode != NULL)
    good = decoder->plugin->decode (decoder->format, decoder->mapping, decoder->doc, bytes, length, decoder->sink, error);
  else
    good = decoder->format->decode (decoder->mapping, decoder->doc, bytes, length, decoder->sink, error);
  if (!good)
    return FALSE;
  if (bf_mapping_payload_us (decoder->mapping) != BF_TIME_NONE)
    bf_sink_said_at (decoder->sink, bf_mapping_payload_us (decoder->mapping));
  if (decoder->n_over > 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("more than %u observations in one payload"), BF_FRAME_MAX_OBSERVATIONS);
      return FALSE;
    }
  decoder->n_entries += count_entries (decoder);
  *ret_next = next_page (decoder, url);
  if (decoder->format != NULL && decoder->format->ttl_s != NULL)
    take_ttl (decoder);
  if (*ret_next == NULL && !decoder->linked && decoder->said_total < 0
      && may_be_cut (url, bf_sink_counts (decoder->sink)->n_records - decoder->first_record))
    bf_sink_set_extent (decoder->sink, BF_EXTENT_PART);
  return TRUE;
}

void
bf_decoder_rest (BfDecoder *decoder)
{
  bf_json_doc_free (decoder->doc);
  decoder->doc = bf_json_doc_new (decoder->def->max_bytes);
}

static GArray *
listed_assets (const BfDecoder *decoder, guint32 *ret_n_named)
{
  const guint32 *named = bf_sink_named (decoder->sink, ret_n_named);
  GArray *listed = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint32 i = 0; i < *ret_n_named; i++)
    if (bf_sink_asset_kind (decoder->sink, named[i])->gone_property != BF_NO_PROPERTY)
      g_array_append_val (listed, named[i]);
  return listed;
}

/* A record that cannot be read may be the very thing that would be missing: then nothing is. */
static void
say_part (BfDecoder *decoder, guint64 n_lost)
{
  g_autofree char *note = g_steal_pointer (&decoder->note);

  if (n_lost == 0)
    decoder->note = g_steal_pointer (&note);
  else if (note == NULL)
    decoder->note = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%" PRIu64 " record could not be read: what is missing is not taken to be over",
                                                  "%" PRIu64 " records could not be read: what is missing is not taken to be over", (gulong) n_lost),
                                     n_lost);
  else
    decoder->note = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s; %" PRIu64 " record could not be read: what is missing is not taken to be over",
                                                  "%s; %" PRIu64 " records could not be read: what is missing is not taken to be over", (gulong) n_lost),
                                     note, n_lost);
}

/* A list that is shorter than its source says is no whole list, and a person must know it. */
static void
say_short (BfDecoder *decoder)
{
  g_autofree char *before = g_steal_pointer (&decoder->note);
  g_autofree char *said = g_strdup_printf (_ ("the source says that it has %" PRId64 " entries and gave %" PRId64 ", without a next page"),
                                           decoder->said_total, decoder->n_entries);

  bf_sink_set_extent (decoder->sink, BF_EXTENT_PART);
  decoder->note = before != NULL ? g_strdup_printf ("%s; %s", before, said) : g_steal_pointer (&said);
}

/* What the format says of the payload, and the feed's file of the format. */
static BfExtent
extent_of (const BfDecoder *decoder)
{
  BfExtent extent = bf_sink_extent (decoder->sink);
  BfComplete complete = decoder->def->complete;

  if (complete == BF_COMPLETE_NO)
    return BF_EXTENT_UNSAID;
  if ((complete == BF_COMPLETE_YES || complete == BF_COMPLETE_MESSAGE) && extent != BF_EXTENT_PART)
    return BF_EXTENT_WHOLE;
  return extent;
}

/* Of messages that come by themselves nobody knows that the one before was not lost: nothing ends until the feed says that each is
 * all. A person must know it. */
static void
say_no_end (BfDecoder *decoder)
{
  guint32 n_named;
  g_autoptr (GArray) listed = listed_assets (decoder, &n_named);

  if (listed->len > 0 && decoder->note == NULL)
    decoder->note = g_strdup (_ ("what a message no longer has does not end: say Complete=message when each message is the whole list, else Complete=no"));
}

void
bf_decoder_end (BfDecoder *decoder, BfContent *ret_content, gint64 *ret_as_of_us, gboolean *ret_as_of_own)
{
  const BfSinkCounts *counts = bf_sink_counts (decoder->sink);
  gboolean streams = bf_wire (decoder->def->wire)->streams && decoder->def->complete != BF_COMPLETE_MESSAGE;
  BfExtent extent;
  gboolean whole;

  if (bf_decoder_is_short (decoder))
    say_short (decoder);
  extent = extent_of (decoder);
  whole = extent == BF_EXTENT_WHOLE && counts->n_lost == 0 && decoder->note == NULL;
  *ret_as_of_us = bf_sink_as_of (decoder->sink);
  *ret_as_of_own = bf_sink_has_said_at (decoder->sink);
  *ret_content = BF_CONTENT_OBSERVATIONS;
  if (streams && extent == BF_EXTENT_WHOLE)
    say_no_end (decoder);
  else if (!streams && (extent == BF_EXTENT_WHOLE || extent == BF_EXTENT_CURRENT))
    {
      guint32 n_named;
      g_autoptr (GArray) listed = listed_assets (decoder, &n_named);

      bf_frame_writer_listed (decoder->writer, whole, (const guint32 *) (gconstpointer) listed->data, listed->len);
      say_part (decoder, extent == BF_EXTENT_WHOLE ? counts->n_lost : 0);
      if (listed->len == n_named)
        *ret_content = BF_CONTENT_LIST;
    }
  else if (counts->n_descriptions > 0 && counts->n_observations == 0 && counts->n_descriptions + counts->n_lost == counts->n_records)
    {
      /* What something is called and where it stands does not age. */
      *ret_content = BF_CONTENT_DESCRIPTIONS;
      *ret_as_of_us = bf_sink_now (decoder->sink);
      *ret_as_of_own = FALSE;
    }
}

const char *
bf_decoder_note (const BfDecoder *decoder)
{
  return decoder->note;
}

void
bf_decoder_counts (const BfDecoder *decoder, BfSinkCounts *ret_counts)
{
  *ret_counts = *bf_sink_counts (decoder->sink);
}
