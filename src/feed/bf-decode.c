/* SPDX-License-Identifier: EUPL-1.2 */
/* Frames as text: see bf-decode.h. Assets are kept by their feed-local number (id, name, kind, place), for their
 * observations come later. One thread; bf_decode_payload() waits for its process. */

#include "feed/bf-decode.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "json/bf-json-out.h"
#include "model/bf-model.h"

#define READ_BYTES (64u << 10)

typedef struct
{
  char *id;
  char *name;
  const char *kind;
  BfPoint point;
} Shown;

struct _BfDecodePrinter
{
  const BfCatalog *catalog;
  const char *service;
  GString *observations;
  GString *refused;
  GArray *assets; /* Shown */
  BfFrameReader *reader;
  BfFeedStatus status;
  char *reason;
  gboolean ended;
};

static void
shown_clear (gpointer data)
{
  Shown *shown = data;

  g_free (shown->id);
  g_free (shown->name);
}

static void
asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  BfDecodePrinter *printer = user_data;
  Shown *shown;

  if (asset >= printer->assets->len)
    g_array_set_size (printer->assets, asset + 1);
  shown = &g_array_index (printer->assets, Shown, asset);
  shown_clear (shown);
  shown->id = g_strdup_printf ("%s/%.*s", printer->service, (int) draft->source_id_length, draft->source_id);
  shown->name = g_strdup (draft->name);
  shown->kind = bf_catalog_kind (printer->catalog, draft->kind)->full_id;
  shown->point = draft->point;
}

/* Degrees to seven places: what lies below comes from the projection's reckoning, not from the feed. */
static double
to_centimetre (double degrees)
{
  return round (degrees * 1e7) / 1e7;
}

static void
print_observation (BfDecodePrinter *printer, const BfObservation *observation)
{
  const Shown *shown = &g_array_index (printer->assets, Shown, observation->asset);
  const BfProperty *property = bf_catalog_property (printer->catalog, observation->property);
  BfJsonOut out;

  bf_json_out_init (&out, printer->observations);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "asset", shown->id);
  bf_json_out_string (&out, "name", shown->name);
  bf_json_out_string (&out, "kind", shown->kind);
  bf_json_out_double (&out, "lat", to_centimetre (shown->point.lat));
  bf_json_out_double (&out, "lon", to_centimetre (shown->point.lon));
  bf_json_out_string (&out, "property", property->id);
  if (property->type == BF_PROPERTY_STATE)
    {
      bf_json_out_string (&out, "value", property->values[(guint) observation->value]);
      bf_json_out_null (&out, "unit");
    }
  else
    {
      bf_json_out_double (&out, "value", observation->value);
      bf_json_out_string (&out, "unit", property->unit_code);
    }
  bf_json_out_time (&out, "observed", observation->observed_us);
  if (bf_record_is_ahead (observation->record))
    bf_json_out_bool (&out, "ahead", TRUE);
  bf_json_out_end_object (&out);
  g_string_append_c (printer->observations, '\n');
}

static void
batch_cb (gpointer user_data, const BfObservation *observations, guint n)
{
  for (guint i = 0; i < n; i++)
    print_observation (user_data, &observations[i]);
}

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  BfDecodePrinter *printer = user_data;

  g_string_append_printf (printer->refused, _ ("record %u%s%s: %s\n"), record, property != NULL ? ", " : "",
                          property != NULL ? property : "", reason);
}

static void
status_cb (gpointer user_data, const BfFeedStatus *status)
{
  BfDecodePrinter *printer = user_data;

  g_free (printer->reason);
  printer->reason = g_strdup (status->reason);
  printer->status = *status;
  printer->status.reason = printer->reason;
  printer->ended = TRUE;
}

static const BfFrameHandler frame_handler = { NULL, asset_cb, NULL, batch_cb, refused_cb, status_cb };

BfDecodePrinter *
bf_decode_printer_new (const BfCatalog *catalog, guint service, GString *observations, GString *refused)
{
  BfDecodePrinter *printer = g_new0 (BfDecodePrinter, 1);

  printer->catalog = catalog;
  printer->service = bf_catalog_service (catalog, service)->id;
  printer->observations = observations;
  printer->refused = refused;
  printer->assets = g_array_new (FALSE, TRUE, sizeof (Shown));
  g_array_set_clear_func (printer->assets, shown_clear);
  printer->reader = bf_frame_reader_new (catalog, service, &frame_handler, printer);
  return printer;
}

void
bf_decode_printer_free (BfDecodePrinter *printer)
{
  if (printer == NULL)
    return;
  g_array_unref (printer->assets);
  bf_frame_reader_free (printer->reader);
  g_free (printer->reason);
  g_free (printer);
}

BfFrameReader *
bf_decode_printer_reader (BfDecodePrinter *printer)
{
  return printer->reader;
}

const BfFeedStatus *
bf_decode_printer_status (const BfDecodePrinter *printer)
{
  return printer->ended ? &printer->status : NULL;
}

static gboolean
pump (GInputStream *stream, BfFrameReader *reader, GError **error)
{
  g_autofree guint8 *bytes = g_malloc (READ_BYTES);
  gssize n;

  while ((n = g_input_stream_read (stream, bytes, READ_BYTES, NULL, error)) > 0)
    if (!bf_frame_reader_push (reader, bytes, n, error))
      return FALSE;
  return n == 0;
}

static GSubprocess *
spawn (const char *feed_program, const char *plugins_dir, const char *zone_name, const BfFeedDef *def, const char *payload_path,
       gint64 now_us, GError **error)
{
  char now[BF_TIME_TEXT_BYTES];
  g_autofree char *now_option = now_us != BF_TIME_NONE ? g_strdup_printf ("--now=%s", bf_time_format (now_us, now)) : NULL;
  g_autofree char *parent = g_strdup_printf ("--parent=%d", (int) getpid ());
  const char *argv[] = { feed_program, "--feed", def->path, "--plugins", plugins_dir, "--zone",
                         zone_name != NULL ? zone_name : "UTC", "--decode", payload_path, parent, now_option, NULL };

  return g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
}

static void
set_end_error (GSubprocess *process, GError **error)
{
  char said[2001];
  gsize n = 0;
  g_autofree char *shown = NULL;

  g_input_stream_read_all (g_subprocess_get_stderr_pipe (process), said, sizeof said - 1, &n, NULL, NULL);
  shown = g_strstrip (g_utf8_make_valid (said, n));
  if (g_subprocess_get_if_signaled (process))
    g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("the feed's process was killed by signal %d"), g_subprocess_get_term_sig (process));
  else
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, "%s", shown[0] != '\0' ? shown : _ ("the feed's process ended without a word"));
}

/**
 * bf_decode_frames:
 * @ended: set by the reader's handler when a STATUS came
 */
gboolean
bf_decode_frames (const char *feed_program, const char *plugins_dir, const char *zone_name, const BfFeedDef *def,
                  const char *payload_path, gint64 now_us, BfFrameReader *reader, const gboolean *ended, GError **error)
{
  g_autoptr (GSubprocess) process = NULL;
  gboolean whole;

  if (def->bad)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, "%s", def->reason);
      return FALSE;
    }
  process = spawn (feed_program, plugins_dir, zone_name, def, payload_path, now_us, error);
  if (process == NULL)
    return FALSE;
  whole = pump (g_subprocess_get_stdout_pipe (process), reader, error);
  if (!whole)
    g_subprocess_force_exit (process);
  if (!g_subprocess_wait (process, NULL, whole ? error : NULL) || !whole)
    return FALSE;
  if (!*ended)
    set_end_error (process, error);
  return *ended;
}

gboolean
bf_decode_payload (const BfCatalog *catalog, const char *feed_program, const char *plugins_dir, const char *zone_name,
                   const BfFeedDef *def, const char *payload_path, gint64 now_us, GString *observations, GString *refused,
                   BfFeedStatus *ret_status, GError **error)
{
  g_autoptr (BfDecodePrinter) printer = NULL;

  if (def->bad)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, "%s", def->reason);
      return FALSE;
    }
  printer = bf_decode_printer_new (catalog, def->service, observations, refused);
  if (!bf_decode_frames (feed_program, plugins_dir, zone_name, def, payload_path, now_us, printer->reader, &printer->ended, error))
    return FALSE;
  if (ret_status != NULL)
    {
      *ret_status = printer->status;
      ret_status->reason = NULL;
    }
  if (printer->status.outcome == BF_OUTCOME_OK)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, "%s", printer->status.reason != NULL ? printer->status.reason : _ ("refused"));
  return FALSE;
}
