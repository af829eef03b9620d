/* SPDX-License-Identifier: EUPL-1.2 */
/* Lies of a plugin that has taken over its process (feed/bf-frame.h says how frames look): of what it counted, of whose values they are,
 * of what kind a thing is, of the time. The true HELLO has gone out before: "level" is property 0 of it and "depth" 1. Tests only. */

#include "liar.h"

#include <string.h>
#include <unistd.h>

#include "base/bf-time.h"
#include "feed/bf-frame.h"

#define FOREIGN 2 /* the first kind, and the first property, behind those of hostile.service */
#define YEAR_US (G_GINT64_CONSTANT (31557600) * G_USEC_PER_SEC)

void
hostile_write (const void *bytes, gsize length)
{
  const char *at = bytes;

  for (gsize done = 0; done < length;)
    {
      gssize n = write (3, at + done, length - done);

      if (n <= 0)
        _exit (1);
      done += (gsize) n;
    }
}

/* All numbers of a frame are little-endian, as this machine's; the tests run nowhere else. */
static void
put (GByteArray *frame, const void *bytes, gsize length)
{
  g_byte_array_append (frame, bytes, (guint) length);
}

static void
put_text (GByteArray *frame, const char *text)
{
  guint16 length = (guint16) strlen (text);

  put (frame, &length, 2);
  put (frame, text, length + 1u);
}

static void
send_frame (BfFrameType type, const GByteArray *body)
{
  guint32 length = body->len + 1;
  guint8 byte = (guint8) type;

  hostile_write (&length, 4);
  hostile_write (&byte, 1);
  hostile_write (body->data, body->len);
}

static void
send_asset (guint32 number, const char *id, const char *kind)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  const guint32 no_attributes = 0;
  const double place[] = { 2, 48 };

  put (body, &number, 4);
  put_text (body, id);
  put_text (body, kind);
  for (guint i = 0; i < 3; i++)
    put_text (body, "");
  put (body, &no_attributes, 4);
  put (body, place, sizeof place);
  send_frame (BF_FRAME_ASSET, body);
}

static void
send_value (guint32 asset, guint16 property, double value, gint64 observed_us)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  const guint32 record = 0;

  put (body, &asset, 4);
  put (body, &property, 2);
  put (body, &record, 4);
  put (body, &value, 8);
  put (body, &observed_us, 8);
  send_frame (BF_FRAME_BATCH, body);
}

static void
send_status (gint64 result_us, guint64 n_records, guint64 n_observations, guint64 n_refused)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  const guint8 ok = BF_OUTCOME_OK, content = BF_CONTENT_OBSERVATIONS;
  const guint64 counts[] = { n_records, n_observations, n_refused }, bytes = 10, none_ahead = 0;
  const gint64 none = BF_TIME_NONE, next_us = bf_time_now_us () + G_USEC_PER_SEC;

  put (body, &ok, 1);
  put (body, &result_us, 8);
  put (body, counts, sizeof counts);
  put (body, &none, 8);
  put (body, &next_us, 8);
  put (body, &bytes, 8);
  put (body, &content, 1);
  put (body, &none, 8);
  put (body, &none, 8);
  put (body, &none_ahead, 8);
  put (body, &none_ahead, 8);
  put_text (body, "");
  send_frame (BF_FRAME_STATUS, body);
}

static void
send_hello_of_parking (void)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  const guint32 abi = 1;
  const guint16 n = 1;

  put (body, &abi, 4);
  put (body, &n, 2);
  put_text (body, "free_spaces");
  send_frame (BF_FRAME_HELLO, body);
}

/* --- the lies ---------------------------------------------------------------------------------------------------------------- */

static void
lie_counts (BfSink *sink)
{
  send_status (bf_time_now_us (), 1, 1000000, 0);
}

static void
lie_records (BfSink *sink)
{
  send_status (bf_time_now_us (), G_MAXUINT64, 0, 0);
}

static void
lie_hello (BfSink *sink)
{
  send_hello_of_parking ();
}

static void
lie_kind (BfSink *sink)
{
  send_asset (0, "0", "off_street");
}

static void
lie_property (BfSink *sink)
{
  send_asset (0, "0", "thing");
  send_value (0, 7, 0, bf_time_now_us ());
}

/* Depth is of wells, and this is a thing. */
static void
lie_kind_of_property (BfSink *sink)
{
  send_asset (0, "0", "thing");
  send_value (0, 1, 5, bf_time_now_us ());
}

static void
lie_stranger (BfSink *sink)
{
  send_value (5, 0, 5, bf_time_now_us ());
}

static void
lie_twice (BfSink *sink)
{
  send_asset (0, "0", "thing");
  send_asset (0, "1", "thing");
}

static void
lie_value (BfSink *sink)
{
  send_asset (0, "0", "thing");
  send_value (0, 0, -1, bf_time_now_us ());
}

static void
lie_future (BfSink *sink)
{
  send_asset (0, "0", "thing");
  send_value (0, 0, 5, bf_time_now_us () + YEAR_US);
}

static void
lie_taken (BfSink *sink)
{
  g_autoptr (GByteArray) body = g_byte_array_new ();
  const guint64 n = 5;

  put (body, &n, 8);
  send_frame (BF_FRAME_TAKEN, body);
}

/* To the sink: a thing of a kind, and a value of a property, that are another service's. */
static void
lie_to_sink (BfSink *sink)
{
  bf_sink_asset (sink, 0, &(BfAssetDraft){ .source_id = "0", .source_id_length = 1, .kind = FOREIGN, .point = { 2, 48 } });
  bf_sink_number (sink, 0, FOREIGN, 0, 5, bf_time_now_us ());
}

/* Two good answers, of which the second says that it is a year older than the first; and one value that is older too. */
static void
lie_back (BfSink *sink)
{
  gint64 now_us = bf_time_now_us ();

  send_asset (0, "0", "thing");
  send_value (0, 0, 5, now_us);
  send_status (now_us, 1, 1, 0);
  send_value (0, 0, 6, now_us - YEAR_US);
  send_status (now_us - YEAR_US, 1, 1, 0);
}

gboolean
hostile_lie (const char *mode, BfSink *sink)
{
  static const struct
  {
    const char *mode;
    void (*lie) (BfSink *sink);
  } lies[] = {
    { "lie-counts", lie_counts },     { "lie-records", lie_records },   { "lie-hello", lie_hello },
    { "lie-kind", lie_kind },         { "lie-property", lie_property }, { "lie-kind-of-property", lie_kind_of_property },
    { "lie-stranger", lie_stranger }, { "lie-twice", lie_twice },       { "lie-value", lie_value },
    { "lie-future", lie_future },     { "lie-taken", lie_taken },       { "lie-to-sink", lie_to_sink },
    { "lie-back", lie_back },
  };

  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    if (g_str_equal (mode, lies[i].mode))
      {
        lies[i].lie (sink);
        return TRUE;
      }
  return FALSE;
}
