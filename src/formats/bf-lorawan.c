/* SPDX-License-Identifier: EUPL-1.2 */
/* Uplinks of LoRaWAN network servers: one message, an array, or one a line (NDJSON, as storage exports and logs give them).
 *
 *   ttn-v3         {"end_device_ids": {"device_id"}, "received_at", "uplink_message": {"f_port", "frm_payload", "decoded_payload"}},
 *                  also inside {"result": …} (storage)
 *   chirpstack-v4  {"time", "deviceInfo": {"devEui", "deviceName", "deviceProfileName"}, "fPort", "data", "object"}
 *
 * ChirpStack sends its other events the same way: a `status` gives its `batteryLevel` (and `margin`) as a record of its own; the others
 * (log, join, ack, …) are no measurement and refused as that.
 *
 * A record is the decoded payload: paths are the names that the device's codec gives. When the server decodes nothing, [Payload]
 * says how to read the bytes. The asset's id is the device's, its type the model or profile, its time that of the reception:
 * an uplink has no clock. DevAddr changes with every join and is never an id. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "formats/bf-payload-table-private.h"

/* Where a server's message has what we want; bases differ. */
typedef struct
{
  const char *id, *name, *type, *observed, *observed_else, *port, *bytes, *decoded, *location, *uplink;
  const char *marks[4];  /* an uplink has one of these; none: all that have @uplink are */
  const char *status;    /* what an event that tells of the device itself has */
} Shape;

static const Shape ttn = {
  .id = "end_device_ids.device_id",
  .type = "uplink_message.version_ids.model_id",
  .observed = "uplink_message.received_at",
  .observed_else = "received_at",
  .port = "uplink_message.f_port",
  .bytes = "uplink_message.frm_payload",
  .decoded = "uplink_message.decoded_payload",
  .location = "uplink_message.locations.user",
  .uplink = "uplink_message",
};

static const Shape chirpstack = {
  .id = "deviceInfo.devEui",
  .name = "deviceInfo.deviceName",
  .type = "deviceInfo.deviceProfileName",
  .observed = "time",
  .observed_else = "rxInfo[0].nsTime",
  .port = "fPort",
  .bytes = "data",
  .decoded = "object",
  .uplink = "deviceInfo",
  .marks = { "object", "data", "fPort", "rxInfo" },
  .status = "margin",
};

typedef struct
{
  const Shape *shape;
  BfMapping *mapping;
  BfSink *sink;
  BfJsonDoc *raw; /* for what [Payload] reads */
  guint32 number;
} Reader;

static const char *
text_at (BfJsonNode message, const char *path)
{
  BfJsonNode node;
  const char *text = NULL;

  if (path != NULL && bf_json_path (message, path, &node))
    bf_json_get_string (node, &text, NULL);
  return text;
}

static void
read_input (const Shape *shape, BfJsonNode message, BfMapInput *input)
{
  const char *stamp = text_at (message, shape->observed);

  input->id = text_at (message, shape->id);
  input->name = text_at (message, shape->name);
  input->type = text_at (message, shape->type);
  bf_format_set_stamp (input, stamp != NULL ? stamp : text_at (message, shape->observed_else));
  if (shape->location == NULL || !bf_json_path (message, shape->location, &input->geometry))
    input->geometry.tape = NULL;
}

static void
refuse (Reader *reader, const char *reason)
{
  bf_sink_record (reader->sink);
  bf_sink_refuse (reader->sink, reader->number, NULL, "%s", reason);
}

static void
decode_bytes (Reader *reader, BfJsonNode message, BfMapInput *input)
{
  const BfPayloadTable *table = bf_mapping_payload (reader->mapping);
  const char *base64 = text_at (message, reader->shape->bytes);
  g_autofree guchar *bytes = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *reason = NULL;
  const char *too_short;
  BfJsonNode node;
  BfJsonOut out;
  gint64 port = -1;
  gsize length = 0;

  if (bf_json_path (message, reader->shape->port, &node))
    bf_json_get_int (node, &port);
  if (base64 != NULL)
    bytes = g_base64_decode (base64, &length);
  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  if (table == NULL || !bf_payload_table_write (table, port, bytes, length, &out, &too_short))
    {
      reason = g_strdup_printf (_ ("the uplink has no decoded payload and no [Payload] says how to read its %zu bytes of port %d"), length, (int) port);
      refuse (reader, reason);
      return;
    }
  bf_json_out_end_object (&out);
  if (!bf_json_doc_parse (reader->raw, text->str, text->len, &input->fields, NULL))
    {
      refuse (reader, _ ("the payload's numbers cannot be read"));
      return;
    }
  bf_mapping_apply (reader->mapping, reader->sink, reader->number, input);
  if (too_short != NULL)
    bf_sink_refuse (reader->sink, reader->number, NULL, _ ("the payload has %zu bytes, too few for %s"), length, too_short);
}

static gboolean
is_uplink (const Shape *shape, BfJsonNode message)
{
  BfJsonNode node;

  if (bf_json_type (message) != BF_JSON_OBJECT || !bf_json_member (message, shape->uplink, &node) || bf_json_type (node) != BF_JSON_OBJECT)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (shape->marks) && shape->marks[i] != NULL; i++)
    if (bf_json_member (message, shape->marks[i], &node))
      return TRUE;
  return shape->marks[0] == NULL;
}

/* What a device says of itself: its paths are those of the message. */
static gboolean
is_status (const Shape *shape, BfJsonNode message)
{
  BfJsonNode node;

  return shape->status != NULL && bf_json_type (message) == BF_JSON_OBJECT && bf_json_member (message, shape->uplink, &node)
         && bf_json_member (message, shape->status, &node);
}

static void
decode_message (Reader *reader, BfJsonNode message)
{
  BfMapInput input = { 0 };
  BfJsonNode node;

  bf_sink_next_message (reader->sink, bf_sink_now (reader->sink));
  if (bf_json_member (message, "result", &node) && bf_json_type (node) == BF_JSON_OBJECT)
    message = node;
  if (!is_uplink (reader->shape, message))
    {
      if (is_status (reader->shape, message))
        {
          read_input (reader->shape, message, &input);
          input.fields = message;
          bf_mapping_apply (reader->mapping, reader->sink, reader->number++, &input);
          return;
        }
      refuse (reader, _ ("not an uplink: it is no measurement of a device"));
      reader->number++;
      return;
    }
  read_input (reader->shape, message, &input);
  if (bf_json_path (message, reader->shape->decoded, &input.fields) && bf_json_type (input.fields) == BF_JSON_OBJECT
      && bf_json_array_length (input.fields) > 0)
    bf_mapping_apply (reader->mapping, reader->sink, reader->number, &input);
  else
    decode_bytes (reader, message, &input);
  reader->number++;
}

static gboolean
decode_root (Reader *reader, BfJsonNode root, GError **error)
{
  BfJsonNode message, member;
  BfJsonIter iter;

  if (bf_json_type (root) == BF_JSON_ARRAY)
    {
      if (!bf_format_check_count (root, error))
        return FALSE;
      bf_json_iter_init (&iter, root);
      while (bf_json_iter_next (&iter, NULL, NULL, &message))
        decode_message (reader, message);
      return TRUE;
    }
  if (!bf_json_member (root, "result", &member) && !bf_json_member (root, "end_device_ids", &member)
      && !bf_json_member (root, "deviceInfo", &member))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("not an uplink: expected a message of a device, or an array of them"));
      return FALSE;
    }
  decode_message (reader, root);
  return TRUE;
}

/* The next line that is not blank; NULL at the end. */
static const char *
next_line (const char **at, const char *end, gsize *ret_length)
{
  while (*at < end)
    {
      const char *from = *at;
      const char *eol = memchr (from, '\n', (gsize) (end - from));
      gsize length = (gsize) ((eol != NULL ? eol : end) - from);

      *at = eol != NULL ? eol + 1 : end;
      while (length > 0 && g_ascii_isspace (from[length - 1]))
        length--;
      if (length == 0)
        continue;
      *ret_length = length;
      return from;
    }
  return NULL;
}

/* More than one line, of which the first is a whole document. */
static gboolean
is_lines (BfJsonDoc *doc, const char *bytes, gsize length)
{
  const char *at = bytes, *line, *second;
  gsize n, m;
  BfJsonNode root;

  if (length == 0) /* then @bytes may be NULL */
    return FALSE;
  line = next_line (&at, bytes + length, &n);
  if (line == NULL || line[0] != '{' || line[n - 1] != '}')
    return FALSE;
  second = next_line (&at, bytes + length, &m);
  return second != NULL && second[0] == '{' && bf_json_doc_parse (doc, line, n, &root, NULL);
}

static gboolean
decode_lines (Reader *reader, BfJsonDoc *doc, const char *bytes, gsize length, GError **error)
{
  const char *at = bytes, *line;
  gboolean begun = FALSE;
  BfJsonNode root;
  gsize n;

  while ((line = next_line (&at, bytes + length, &n)) != NULL)
    {
      g_autoptr (GError) local = NULL;

      if (reader->number >= BF_LIMIT_RECORDS)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("the payload has more than %u lines"), BF_LIMIT_RECORDS);
          return FALSE;
        }
      if (!bf_json_doc_parse (doc, line, n, &root, &local))
        {
          refuse (reader, local->message);
          reader->number++;
          continue;
        }
      if (!begun && !bf_mapping_begin (reader->mapping, root, NULL, error))
        return FALSE;
      begun = TRUE;
      decode_message (reader, root);
    }
  return TRUE;
}

static gboolean
decode (const Shape *shape, BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  g_autoptr (BfJsonDoc) raw = bf_json_doc_new (64 << 10);
  Reader reader = { shape, mapping, sink, raw, 0 };
  BfJsonNode root;

  if (is_lines (doc, bytes, length))
    return decode_lines (&reader, doc, bytes, length, error);
  return bf_json_doc_parse (doc, bytes, length, &root, error) && bf_mapping_begin (mapping, root, NULL, error)
         && decode_root (&reader, root, error);
}

static gboolean
ttn_decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  return decode (&ttn, mapping, doc, bytes, length, sink, error);
}

static gboolean
chirpstack_decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  return decode (&chirpstack, mapping, doc, bytes, length, sink, error);
}

static int
recognise_shape (const Shape *shape, BfJsonNode root)
{
  BfJsonNode first = root, member;
  BfJsonIter iter;

  if (bf_json_type (root) == BF_JSON_ARRAY && (!bf_json_iter_init (&iter, root) || !bf_json_iter_next (&iter, NULL, NULL, &first)))
    return 0;
  if (bf_json_member (first, "result", &member) && bf_json_type (member) == BF_JSON_OBJECT)
    first = member;
  return text_at (first, shape->id) != NULL ? 95 : 0;
}

static int
ttn_recognise (BfJsonNode root)
{
  return recognise_shape (&ttn, root);
}

static int
chirpstack_recognise (BfJsonNode root)
{
  return recognise_shape (&chirpstack, root);
}

/* Lines are no JSON text as a whole. */
static int
recognise_lines (const Shape *shape, const char *bytes, gsize length)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (BF_LIMIT_PAYLOAD_BYTES);
  BfJsonNode root;

  return is_lines (doc, bytes, length) && bf_json_doc_root (doc, &root) ? recognise_shape (shape, root) : 0;
}

static int
ttn_recognise_bytes (const char *bytes, gsize length)
{
  return recognise_lines (&ttn, bytes, length);
}

static int
chirpstack_recognise_bytes (const char *bytes, gsize length)
{
  return recognise_lines (&chirpstack, bytes, length);
}

const BfFormat bf_format_ttn
  = { .name = "ttn-v3", .decode = ttn_decode, .recognise = ttn_recognise, .recognise_bytes = ttn_recognise_bytes };
const BfFormat bf_format_chirpstack = { .name = "chirpstack-v4", .decode = chirpstack_decode, .recognise = chirpstack_recognise,
                                        .recognise_bytes = chirpstack_recognise_bytes };
