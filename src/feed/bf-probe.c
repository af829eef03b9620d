/* SPDX-License-Identifier: EUPL-1.2 */
/* The proposal of a feed, tried at once on the payload that it was made from, so that the person sees assets and not only text.
 * Bounded: a sample of assets and a few refusals. One thread, in beffroi-feed. */

#include "feed/bf-probe.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "json/bf-json-out.h"

#define SAMPLE_MAX 2000u
#define REFUSED_MAX 10u

typedef struct
{
  GString *sample;
  BfJsonOut sample_out;
  GString *refused;
  BfJsonOut refused_out;
  guint n_assets;
  guint n_refused;
} Probe;

static void
asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  Probe *probe = user_data;

  if (asset >= probe->n_assets)
    probe->n_assets = asset + 1;
  if (asset >= SAMPLE_MAX)
    return;
  bf_json_out_begin_object (&probe->sample_out, NULL);
  bf_json_out_string (&probe->sample_out, "name", draft->name != NULL ? draft->name : draft->source_id);
  bf_json_out_double (&probe->sample_out, "lat", draft->point.lat);
  bf_json_out_double (&probe->sample_out, "lon", draft->point.lon);
  bf_json_out_end_object (&probe->sample_out);
}

static void
observation_cb (gpointer user_data, const BfObservation *observation)
{
}

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  Probe *probe = user_data;
  g_autofree char *text = NULL;

  if (probe->n_refused++ >= REFUSED_MAX)
    return;
  text = g_strdup_printf (_ ("record %u%s%s: %s"), record, property != NULL ? ", " : "", property != NULL ? property : "", reason);
  bf_json_out_string (&probe->refused_out, NULL, text);
}

static const BfSinkHandler handler = { asset_cb, observation_cb, refused_cb };

static gboolean
try_feed (const BfCatalog *catalog, guint service, GTimeZone *zone, const char *feed, const char *bytes, gsize length, Probe *probe,
          BfSinkCounts *ret_counts, GError **error)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfConf) conf = bf_conf_parse ("proposal.feed", feed, strlen (feed), problems);
  const BfConfGroup *group = bf_conf_group (conf, "Feed", NULL);
  const BfFormat *format = group != NULL ? bf_format_find (bf_conf_group_get (group, "Format")) : NULL;
  g_autoptr (BfMapping) mapping = NULL;
  g_autoptr (BfSink) sink = bf_sink_new (catalog, service, &handler, probe);
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (BF_LIMIT_PAYLOAD_BYTES);
  gint64 now_us = bf_time_now_us ();

  if (format != NULL)
    mapping = bf_mapping_new (catalog, service, conf, group, bf_conf_group (conf, "Map", NULL), zone, problems);
  if (mapping == NULL)
    {
      g_autofree char *said = problems->len > 0 ? bf_problem_to_string (g_ptr_array_index (problems, 0)) : g_strdup (_ ("no format"));

      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("what was recognised cannot be used: %s"), said);
      return FALSE;
    }
  bf_sink_begin (sink, now_us, now_us);
  if (!format->decode (mapping, doc, bytes, length, sink, error))
    return FALSE;
  *ret_counts = *bf_sink_counts (sink);
  return TRUE;
}

char *
bf_probe_describe (const BfCatalog *catalog, guint service, GTimeZone *zone, const char *url, const char *bytes, gsize length,
                   GError **error)
{
  g_autofree char *feed = bf_format_propose (catalog, service, url, bytes, length, error);
  g_autoptr (GString) sample = g_string_new (NULL);
  g_autoptr (GString) refused = g_string_new (NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  Probe probe = { sample, { 0 }, refused, { 0 }, 0, 0 };
  BfSinkCounts counts;
  BfJsonOut out;

  if (feed == NULL)
    return NULL;
  bf_json_out_init (&probe.sample_out, sample);
  bf_json_out_begin_array (&probe.sample_out, NULL);
  bf_json_out_init (&probe.refused_out, refused);
  bf_json_out_begin_array (&probe.refused_out, NULL);
  if (!try_feed (catalog, service, zone, feed, bytes, length, &probe, &counts, error))
    return NULL;
  bf_json_out_end_array (&probe.sample_out);
  bf_json_out_end_array (&probe.refused_out);

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "feed", feed);
  bf_json_out_int (&out, "assets", probe.n_assets);
  bf_json_out_int (&out, "observations", (gint64) counts.n_observations);
  bf_json_out_int (&out, "n_refused", (gint64) counts.n_refused);
  bf_json_out_raw (&out, "sample", sample->str);
  bf_json_out_raw (&out, "refused", refused->str);
  bf_json_out_end_object (&out);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
