/* SPDX-License-Identifier: EUPL-1.2 */
/* The sink (see bf-sink.h): checks, feed-local numbers, what changed.
 *
 * Assets lie in one array in the order of their first record; a source id is found by the order of the last payload (most
 * feeds repeat it) or else in a table with open addressing, whose hash has a seed of its own so that a payload cannot be
 * made to collide. Ids lie in one arena.
 *
 * Within one payload a record may name an asset again (a row a pollutant, a row an hour). It must describe it in the same
 * words, and must not say another value of the same property at the same time: which of two contradicting records is true
 * cannot be known here, so the first stands and the other is refused with both named.
 *
 * One thread. Texts of a draft are read during the call only. */

#include "formats/bf-sink.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "model/bf-model.h"

#define NONE G_MAXUINT32
#define CLOCK_TOLERANCE_US (2 * G_USEC_PER_SEC) /* stamps in whole seconds, and what the way takes */
#define AHEAD_MAX_US (G_GINT64_CONSTANT (3660) * 24 * 3600 * G_USEC_PER_SEC)
#define FIRST_STAMP_US (G_GINT64_CONSTANT (946684800) * G_USEC_PER_SEC) /* 2000-01-01T00:00:00Z */

typedef struct
{
  guint64 hash;        /* of the id */
  guint64 fingerprint; /* of what is said of it, 0 when never announced */
  guint32 id_offset;
  guint16 id_length;
  guint16 kind;
  guint32 seen_payload;
  guint32 seen_record;
  guint32 last_said; /* index in @said of its last observation in this payload, or NONE */
  gint64 first_us;   /* of the times of these observations: what lies outside of them was not said before */
  gint64 last_us;
  gboolean described; /* more is said of it than its id and kind */
  gboolean repeated; /* named by a second record of this payload */
} SinkAsset;

/* One observation of this payload. */
typedef struct
{
  guint32 asset;
  guint32 previous; /* of the same asset, or NONE */
  guint32 record;
  guint16 property;
  double value;
  gint64 observed_us;
} Said;

struct _BfSink
{
  const BfCatalog *catalog;
  guint service;
  BfSinkHandler handler;
  gpointer user_data;
  BfSinkCounts counts;
  gint64 default_us;
  gint64 latest_us; /* stamps after it are refused */
  gint64 as_of_us;  /* as its own words say, BF_TIME_NONE: @default_us */
  BfExtent extent;
  gboolean ahead;

  GArray *assets; /* SinkAsset */
  GByteArray *ids;
  guint32 *slots; /* asset + 1, 0 when empty */
  guint32 slot_mask;
  guint64 seed;

  guint32 payload;
  guint32 n_named; /* assets named in this payload so far */
  GArray *order;   /* guint32: assets in the order of the last payload */
  GArray *said;    /* Said */
  GHashTable *repeats;
  GString *name; /* texts of a draft without their controls */
  GString *address;
  GString *attribute;
  GString *attributes;
};

/* --- hashing -------------------------------------------------------------------------------------------------------- */

static inline guint64
fold (guint64 a, guint64 b)
{
  unsigned __int128 product = (unsigned __int128) a * b;

  return (guint64) product ^ (guint64) (product >> 64);
}

static guint64
hash_bytes (guint64 hash, const char *bytes, gsize length)
{
  guint64 word;

  hash ^= length * 0x9e3779b97f4a7c15u;
  for (; length >= 8; length -= 8, bytes += 8)
    {
      memcpy (&word, bytes, 8);
      hash = fold (hash ^ word, 0xa0761d6478bd642fu);
    }
  word = 0;
  if (length > 0)
    memcpy (&word, bytes, length);
  return fold (hash ^ word, 0xe7037ed1a0b428dbu);
}

static guint64
hash_text (guint64 hash, const char *text)
{
  return text == NULL ? fold (hash ^ 1, 0x8ebc6af09c88c6e3u) : hash_bytes (hash, text, strlen (text));
}

/* Bytes of "key\0value\0…\0\0" without its last NUL. */
static gsize
attributes_length (const char *attributes)
{
  const char *p = attributes;

  while (*p != '\0')
    p += strlen (p) + 1;
  return (gsize) (p - attributes);
}

static guint64
fingerprint (const BfSink *sink, const BfAssetDraft *draft)
{
  guint64 hash = sink->seed ^ draft->kind;

  hash = hash_text (hash, draft->name);
  hash = hash_text (hash, draft->address);
  hash = hash_text (hash, draft->parent);
  hash = hash_bytes (hash, (const char *) &draft->point, sizeof draft->point);
  if (draft->attributes != NULL)
    hash = hash_bytes (hash, draft->attributes, attributes_length (draft->attributes));
  if (draft->shape != NULL)
    hash = hash_bytes (hash, (const char *) draft->shape, bf_shape_bytes (draft->shape));
  return hash | 1;
}

static guint
said_hash (gconstpointer key)
{
  const Said *said = key;
  guint64 hash = fold (said->asset ^ ((guint64) said->property << 32) ^ 0xa0761d6478bd642fu, (guint64) said->observed_us | 1);

  return (guint) (hash ^ (hash >> 32));
}

static gboolean
said_equal (gconstpointer a, gconstpointer b)
{
  const Said *x = a;
  const Said *y = b;

  return x->asset == y->asset && x->property == y->property && x->observed_us == y->observed_us;
}

/* --- life ----------------------------------------------------------------------------------------------------------- */

/**
 * bf_sink_new:
 * @catalog: must outlive the sink
 * @service: index of the feed's service
 * @handler: copied; any of its functions may be %NULL
 */
BfSink *
bf_sink_new (const BfCatalog *catalog, guint service, const BfSinkHandler *handler, gpointer user_data)
{
  BfSink *sink = g_new0 (BfSink, 1);

  sink->catalog = catalog;
  sink->service = service;
  sink->handler = *handler;
  sink->user_data = user_data;
  sink->assets = g_array_new (FALSE, FALSE, sizeof (SinkAsset));
  sink->ids = g_byte_array_new ();
  sink->slot_mask = 255;
  sink->slots = g_new0 (guint32, sink->slot_mask + 1);
  sink->seed = ((guint64) g_random_int () << 32) | g_random_int ();
  sink->order = g_array_new (FALSE, FALSE, sizeof (guint32));
  sink->said = g_array_new (FALSE, FALSE, sizeof (Said));
  sink->repeats = g_hash_table_new_full (said_hash, said_equal, g_free, NULL);
  sink->name = g_string_new (NULL);
  sink->address = g_string_new (NULL);
  sink->attribute = g_string_new (NULL);
  sink->attributes = g_string_new (NULL);
  sink->default_us = BF_TIME_NONE;
  sink->counts.newest_us = BF_TIME_NONE;
  return sink;
}

void
bf_sink_free (BfSink *sink)
{
  if (sink == NULL)
    return;
  g_array_unref (sink->assets);
  g_byte_array_unref (sink->ids);
  g_free (sink->slots);
  g_array_unref (sink->order);
  g_array_unref (sink->said);
  g_hash_table_unref (sink->repeats);
  g_string_free (sink->name, TRUE);
  g_string_free (sink->address, TRUE);
  g_string_free (sink->attribute, TRUE);
  g_string_free (sink->attributes, TRUE);
  g_free (sink);
}

/**
 * bf_sink_begin:
 * @now_us: result time of the payload
 * @default_observed_us: phenomenon time of what has none, or %BF_TIME_NONE for @now_us
 */
void
bf_sink_begin (BfSink *sink, gint64 now_us, gint64 default_observed_us)
{
  sink->counts = (BfSinkCounts){ .newest_us = BF_TIME_NONE };
  sink->default_us = default_observed_us != BF_TIME_NONE ? default_observed_us : now_us;
  sink->latest_us = now_us + BF_LIMIT_AHEAD_US;
  sink->as_of_us = BF_TIME_NONE;
  sink->extent = BF_EXTENT_UNSAID;
  sink->ahead = FALSE;
  sink->payload++;
  g_array_set_size (sink->order, MIN (sink->order->len, sink->n_named));
  sink->n_named = 0;
  g_array_set_size (sink->said, 0);
  g_hash_table_remove_all (sink->repeats);
}

gint64
bf_sink_now (const BfSink *sink)
{
  return sink->latest_us - BF_LIMIT_AHEAD_US;
}

void
bf_sink_set_default_observed (BfSink *sink, gint64 default_observed_us)
{
  sink->default_us = default_observed_us;
}

void
bf_sink_next_message (BfSink *sink, gint64 now_us)
{
  sink->payload++;
  sink->latest_us = now_us + BF_LIMIT_AHEAD_US;
}

/**
 * bf_sink_counts:
 *
 * Returns: (transfer none): figures of the payload since bf_sink_begin()
 */
const BfSinkCounts *
bf_sink_counts (const BfSink *sink)
{
  return &sink->counts;
}

void
bf_sink_set_ahead (BfSink *sink, gboolean ahead)
{
  sink->ahead = ahead;
}

gboolean
bf_sink_is_ahead (const BfSink *sink)
{
  return sink->ahead;
}

/* What a record says of later is no record more. */
void
bf_sink_record (BfSink *sink)
{
  if (!sink->ahead)
    sink->counts.n_records++;
}

void
bf_sink_description (BfSink *sink)
{
  sink->counts.n_descriptions++;
}

void
bf_sink_set_extent (BfSink *sink, BfExtent extent)
{
  sink->extent = MAX (sink->extent, extent);
}

/**
 * bf_sink_said_at:
 * @as_of_us: of several pages the oldest counts
 */
void
bf_sink_said_at (BfSink *sink, gint64 as_of_us)
{
  sink->as_of_us = sink->as_of_us == BF_TIME_NONE ? as_of_us : MIN (sink->as_of_us, as_of_us);
}

const guint32 *
bf_sink_named (const BfSink *sink, guint32 *ret_n)
{
  *ret_n = sink->n_named;
  return (const guint32 *) (gconstpointer) sink->order->data;
}

const BfKind *
bf_sink_asset_kind (const BfSink *sink, guint32 asset)
{
  return bf_catalog_kind (sink->catalog, g_array_index (sink->assets, SinkAsset, asset).kind);
}

BfExtent
bf_sink_extent (const BfSink *sink)
{
  return sink->extent;
}

gboolean
bf_sink_has_said_at (const BfSink *sink)
{
  return sink->as_of_us != BF_TIME_NONE;
}

/**
 * bf_sink_as_of:
 *
 * Returns: the payload's own time, else that of what has none; never after its result time
 */
gint64
bf_sink_as_of (const BfSink *sink)
{
  return MIN (sink->as_of_us != BF_TIME_NONE ? sink->as_of_us : sink->default_us, bf_sink_now (sink));
}

/**
 * bf_sink_refuse:
 * @record: number of the record in the payload, from 0
 * @property: (nullable): what of it is refused, %NULL for the whole record
 * @format: a sentence with what was found and what was expected
 */
void
bf_sink_refuse (BfSink *sink, guint32 record, const char *property, const char *format, ...)
{
  va_list args;
  g_autofree char *reason = NULL;

  sink->counts.n_refused++;
  sink->counts.n_lost += property == NULL;
  if (sink->handler.refused == NULL)
    return;
  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  if (!g_utf8_validate (reason, -1, NULL))
    {
      /* “%.40s” cut a character */
      char *valid = g_utf8_make_valid (reason, -1);

      g_free (reason);
      reason = valid;
    }
  sink->handler.refused (sink->user_data, record, property, reason);
}

/* --- assets --------------------------------------------------------------------------------------------------------- */

static void
grow_slots (BfSink *sink)
{
  guint32 mask = sink->slot_mask * 2 + 1;
  guint32 *slots = g_new0 (guint32, (gsize) mask + 1);

  for (guint32 i = 0; i < sink->assets->len; i++)
    {
      guint32 at = (guint32) g_array_index (sink->assets, SinkAsset, i).hash & mask;

      while (slots[at] != 0)
        at = (at + 1) & mask;
      slots[at] = i + 1;
    }
  g_free (sink->slots);
  sink->slots = slots;
  sink->slot_mask = mask;
}

static gboolean
has_id (const BfSink *sink, guint32 asset, const char *id, gsize length)
{
  const SinkAsset *a = &g_array_index (sink->assets, SinkAsset, asset);

  return a->id_length == length && memcmp (sink->ids->data + a->id_offset, id, length) == 0;
}

static guint32
add_asset (BfSink *sink, guint32 at, guint64 hash, const BfAssetDraft *draft)
{
  SinkAsset asset = { .hash = hash, .id_offset = sink->ids->len, .id_length = (guint16) draft->source_id_length,
                      .kind = draft->kind, .last_said = NONE };

  g_byte_array_append (sink->ids, (const guint8 *) draft->source_id, (guint) draft->source_id_length);
  g_array_append_val (sink->assets, asset);
  sink->slots[at] = sink->assets->len;
  if (sink->assets->len * 2 > sink->slot_mask)
    grow_slots (sink);
  return sink->assets->len - 1;
}

/* The asset of that id, by the order of the last payload, else by the table; a new one when there is room, else NONE. */
static guint32
find_asset (BfSink *sink, const BfAssetDraft *draft)
{
  guint32 asset = NONE;
  guint64 hash;
  guint32 at;

  if (sink->n_named < sink->order->len)
    {
      asset = g_array_index (sink->order, guint32, sink->n_named);
      if (has_id (sink, asset, draft->source_id, draft->source_id_length))
        return asset;
    }
  hash = hash_bytes (sink->seed, draft->source_id, draft->source_id_length);
  for (at = (guint32) hash & sink->slot_mask; sink->slots[at] != 0; at = (at + 1) & sink->slot_mask)
    {
      asset = sink->slots[at] - 1;
      if (g_array_index (sink->assets, SinkAsset, asset).hash == hash
          && has_id (sink, asset, draft->source_id, draft->source_id_length))
        return asset;
    }
  if (sink->assets->len >= BF_LIMIT_ASSETS)
    return NONE;
  return add_asset (sink, at, hash, draft);
}

/* The length in bytes of what speaks to a screen instead of to a reader at @p, of which
 * @left bytes are there, 0 when it is text: C0 and C1 controls, line and
 * paragraph separators, and what turns the direction of writing. */
static guint
control_at (const guchar *p, gsize left)
{
  if (p[0] < 0x20 || p[0] == 0x7f)
    return 1;
  if (left > 1 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
    return 2;
  if (left > 2 && p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) || (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
    return 3;
  return 0;
}

static gboolean
check_id (BfSink *sink, guint32 record, const BfAssetDraft *draft)
{
  if (draft->source_id == NULL || draft->source_id_length == 0)
    {
      bf_sink_refuse (sink, record, NULL, _ ("the record has no id"));
      return FALSE;
    }
  if (draft->source_id_length > BF_LIMIT_ID_BYTES)
    {
      bf_sink_refuse (sink, record, NULL, _ ("the id “%.40s…” has %zu bytes, at most %u are allowed"),
                      draft->source_id, draft->source_id_length, BF_LIMIT_ID_BYTES);
      return FALSE;
    }
  for (gsize i = 0; i < draft->source_id_length; i++)
    if (control_at ((const guchar *) draft->source_id + i, draft->source_id_length - i) > 0)
      {
        bf_sink_refuse (sink, record, NULL, _ ("the id has a control character 0x%02x at byte %zu"),
                        (guchar) draft->source_id[i], i + 1);
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_text (BfSink *sink, guint32 record, const char *what, const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  if (length <= BF_LIMIT_TEXT_BYTES)
    return TRUE;
  bf_sink_refuse (sink, record, what, _ ("a text of %zu bytes, at most %u are allowed"), length,
                  BF_LIMIT_TEXT_BYTES);
  return FALSE;
}

/* @text without controls, made in @room when it has any: white space becomes a space, the others are left out and counted. */
static const char *
without_controls (BfSink *sink, guint32 record, const char *what, const char *text, GString *room)
{
  const guchar *end = (const guchar *) text + strlen (text);
  const guchar *p = (const guchar *) text;
  guint n_left_out = 0;

  while (p < end && control_at (p, (gsize) (end - p)) == 0)
    p++;
  if (*p == '\0')
    return text;
  g_string_truncate (room, 0);
  for (p = (const guchar *) text; *p != '\0';)
    {
      guint n = control_at (p, (gsize) (end - p));

      if (n == 0)
        g_string_append_c (room, (char) *p);
      else if (n == 1 && g_ascii_isspace (*p))
        g_string_append_c (room, ' ');
      else
        n_left_out++;
      p += MAX (n, 1);
    }
  g_strstrip (room->str);
  if (n_left_out > 0)
    bf_sink_refuse (sink, record, what,
                    ngettext ("%u control character is left out of it: “%s”", "%u control characters are left out of it: “%s”", n_left_out),
                    n_left_out, room->str);
  return room->str[0] != '\0' ? room->str : NULL;
}

/* The same of each value of @attributes ("key\0value\0…\0"); one that is nothing but controls is left out with its key. */
static const char *
attributes_without_controls (BfSink *sink, guint32 record, const char *attributes)
{
  g_string_truncate (sink->attributes, 0);
  for (const char *key = attributes; *key != '\0';)
    {
      const char *value = key + strlen (key) + 1;
      const char *clean = without_controls (sink, record, key, value, sink->attribute);

      if (clean != NULL)
        {
          g_string_append_len (sink->attributes, key, (gssize) strlen (key) + 1);
          g_string_append_len (sink->attributes, clean, (gssize) strlen (clean) + 1);
        }
      key = value + strlen (value) + 1;
    }
  g_string_append_c (sink->attributes, '\0');
  return sink->attributes->str;
}

/* What is refused of a description is left out of it; the asset itself stands. */
static void
check_draft (BfSink *sink, guint32 record, BfAssetDraft *draft)
{
  char lon[G_ASCII_DTOSTR_BUF_SIZE], lat[G_ASCII_DTOSTR_BUF_SIZE];

  if (!check_text (sink, record, "name", draft->name))
    draft->name = NULL;
  else if (draft->name != NULL)
    draft->name = without_controls (sink, record, "name", draft->name, sink->name);
  if (!check_text (sink, record, "address", draft->address))
    draft->address = NULL;
  else if (draft->address != NULL)
    draft->address = without_controls (sink, record, "address", draft->address, sink->address);
  if (draft->attributes != NULL && draft->attributes[0] != '\0')
    draft->attributes = attributes_without_controls (sink, record, draft->attributes);
  if (draft->parent != NULL && strlen (draft->parent) > BF_LIMIT_ID_BYTES)
    {
      bf_sink_refuse (sink, record, "parent", _ ("an id of more than %u bytes"), BF_LIMIT_ID_BYTES);
      draft->parent = NULL;
    }
  if (isnan (draft->point.lon) || isnan (draft->point.lat))
    {
      draft->point = (BfPoint){ NAN, NAN };
      draft->shape = NULL;
      return;
    }
  if (bf_point_is_valid (draft->point) && (draft->point.lon != 0 || draft->point.lat != 0))
    return;
  g_ascii_formatd (lon, sizeof lon, "%.8g", draft->point.lon);
  g_ascii_formatd (lat, sizeof lat, "%.8g", draft->point.lat);
  if (draft->point.lon == 0 && draft->point.lat == 0)
    bf_sink_refuse (sink, record, "location", _ ("the place 0, 0 is that of a position that is not known"));
  else
    bf_sink_refuse (sink, record, "location",
                    _ ("longitude %s, latitude %s is not a place in degrees: is the order right, and does the feed need Crs=?"),
                    lon, lat);
  draft->point = (BfPoint){ NAN, NAN };
  draft->shape = NULL;
}

static void
mark_named (BfSink *sink, guint32 asset, guint32 record)
{
  SinkAsset *a = &g_array_index (sink->assets, SinkAsset, asset);

  a->seen_payload = sink->payload;
  a->seen_record = record;
  a->last_said = NONE;
  a->repeated = FALSE;
  if (sink->n_named < sink->order->len)
    g_array_index (sink->order, guint32, sink->n_named) = asset;
  else
    g_array_append_val (sink->order, asset);
  sink->n_named++;
}

/* A record of measurements only (a station's status, whose description came before) changes nothing of its asset. */
static gboolean
says_nothing (const BfAssetDraft *draft)
{
  return draft->name == NULL && draft->address == NULL && draft->parent == NULL && isnan (draft->point.lon)
         && draft->shape == NULL && (draft->attributes == NULL || draft->attributes[0] == '\0');
}

/**
 * bf_sink_asset:
 * @record: number of the record in the payload, from 0
 * @draft: what the record says; texts are not kept
 *
 * Returns: the asset's feed-local number, or %G_MAXUINT32 when the record is refused (and then counted)
 */
guint32
bf_sink_asset (BfSink *sink, guint32 record, const BfAssetDraft *draft)
{
  BfAssetDraft checked = *draft;
  guint32 asset;
  SinkAsset *a;
  guint64 print;

  if (!check_id (sink, record, draft))
    return G_MAXUINT32;
  check_draft (sink, record, &checked);
  asset = find_asset (sink, draft);
  if (asset == NONE)
    {
      bf_sink_refuse (sink, record, NULL, _ ("more than %u assets in one feed"), BF_LIMIT_ASSETS);
      return G_MAXUINT32;
    }
  a = &g_array_index (sink->assets, SinkAsset, asset);
  print = fingerprint (sink, &checked);
  /* What comes and goes may have left the engine meanwhile. */
  if (a->fingerprint != 0 && a->seen_payload != sink->payload && a->seen_payload + 1 != sink->payload
      && bf_catalog_kind (sink->catalog, checked.kind)->over != 0 && !says_nothing (draft))
    a->fingerprint = 0;
  if (says_nothing (draft) && a->described)
    print = a->fingerprint;
  if (a->seen_payload == sink->payload && a->described)
    {
      if (print != a->fingerprint)
        {
          bf_sink_refuse (sink, record, NULL, _ ("the id “%.*s” stands in record %u already and is described otherwise there"),
                          (int) draft->source_id_length, draft->source_id, a->seen_record);
          sink->counts.n_lost--;
          return G_MAXUINT32;
        }
      a->repeated = TRUE;
      return asset;
    }
  if (a->seen_payload == sink->payload)
    a->repeated = TRUE;
  else
    mark_named (sink, asset, record);
  if (print == a->fingerprint)
    return asset;
  a->fingerprint = print;
  a->described = !says_nothing (draft);
  a->kind = checked.kind;
  if (sink->handler.asset != NULL)
    sink->handler.asset (sink->user_data, asset, &checked);
  return asset;
}

/* --- observations --------------------------------------------------------------------------------------------------- */

static gboolean
check_stamp (BfSink *sink, guint32 record, const BfProperty *property, gint64 observed_us)
{
  char stamp[BF_TIME_TEXT_BYTES], latest[BF_TIME_TEXT_BYTES];

  if (G_LIKELY (observed_us >= FIRST_STAMP_US && observed_us <= sink->latest_us + (sink->ahead ? AHEAD_MAX_US : 0)))
    return TRUE;
  bf_time_format (observed_us, stamp);
  if (observed_us < FIRST_STAMP_US)
    bf_sink_refuse (sink, record, property->id, _ ("the stamp %s is not a time of measurement (before 2000)"),
                    stamp[0] != '\0' ? stamp : _ ("far in the past"));
  else
    bf_sink_refuse (sink, record, property->id, _ ("the stamp %s lies more than 15 min ahead of now, %s"),
                    stamp[0] != '\0' ? stamp : _ ("far in the future"),
                    bf_time_format (sink->latest_us - BF_LIMIT_AHEAD_US, latest));
  return FALSE;
}

/* Puts the asset's observations of this payload into the table of repeats, once. */
static void
remember_chain (BfSink *sink, guint32 last)
{
  for (guint32 i = last; i != NONE;)
    {
      Said *said = &g_array_index (sink->said, Said, i);

      if (g_hash_table_contains (sink->repeats, said))
        break;
      g_hash_table_add (sink->repeats, g_memdup2 (said, sizeof *said));
      i = said->previous;
    }
}

/* FALSE when an earlier record of this payload says another value of the same at the same time. */
static gboolean
check_repeat (BfSink *sink, const SinkAsset *a, const BfProperty *property, const Said *said)
{
  const Said *earlier;
  char was[G_ASCII_DTOSTR_BUF_SIZE], is[G_ASCII_DTOSTR_BUF_SIZE];

  remember_chain (sink, a->last_said);
  earlier = g_hash_table_lookup (sink->repeats, said);
  if (earlier == NULL || earlier->value == said->value)
    return TRUE;
  g_ascii_formatd (was, sizeof was, "%.10g", earlier->value);
  g_ascii_formatd (is, sizeof is, "%.10g", said->value);
  if (property->type == BF_PROPERTY_STATE)
    bf_sink_refuse (sink, said->record, property->id, _ ("“%s” at the same time as “%s” in record %u: they contradict each other"),
                    property->values[(guint) said->value], property->values[(guint) earlier->value], earlier->record);
  else
    bf_sink_refuse (sink, said->record, property->id, _ ("%s at the same time as %s in record %u: they contradict each other"),
                    is, was, earlier->record);
  return FALSE;
}

/* Nothing is measured after it was learnt: such a stamp is that of a clock that is ahead, and would win over the right ones that come
 * after it, and be fresh when its source has died. The answer's own time stands for it. */
static gint64
not_after_now (BfSink *sink, gint64 observed_us)
{
  gint64 now_us = bf_sink_now (sink);

  if (observed_us <= now_us)
    return observed_us;
  if (observed_us - now_us > CLOCK_TOLERANCE_US)
    {
      sink->counts.n_ahead++;
      sink->counts.ahead_us = MAX (sink->counts.ahead_us, observed_us - now_us);
    }
  return now_us;
}

static gboolean
hand_on (BfSink *sink, guint32 asset, const BfProperty *property, guint32 record, double value, gint64 observed_us)
{
  SinkAsset *a = &g_array_index (sink->assets, SinkAsset, asset);
  const BfKind *kind = bf_catalog_kind (sink->catalog, a->kind);
  Said said = { asset, a->last_said, record, property->index, value, observed_us };
  gboolean ahead = sink->ahead && observed_us > bf_sink_now (sink);
  BfObservation observation = { asset, property->index, ahead ? record | BF_RECORD_AHEAD : record, value, observed_us };

  if (kind->slot[property->index] == BF_NO_PROPERTY)
    {
      bf_sink_refuse (sink, record, property->id, _ ("an asset of kind %s has no such property"), kind->full_id);
      return FALSE;
    }
  if (!check_stamp (sink, record, property, observed_us)
      || (a->repeated && a->last_said != NONE && observed_us >= a->first_us && observed_us <= a->last_us
          && !check_repeat (sink, a, property, &said)))
    return FALSE;
  a->first_us = a->last_said == NONE ? observed_us : MIN (a->first_us, observed_us);
  a->last_us = a->last_said == NONE ? observed_us : MAX (a->last_us, observed_us);
  a->last_said = sink->said->len;
  g_array_append_val (sink->said, said);
  sink->counts.n_observations++;
  if (!ahead)
    {
      observation.observed_us = not_after_now (sink, observed_us);
      sink->counts.newest_us = MAX (sink->counts.newest_us, observation.observed_us);
    }
  if (sink->handler.observation != NULL)
    sink->handler.observation (sink->user_data, &observation);
  return TRUE;
}

static const BfProperty *
check_arguments (BfSink *sink, guint32 asset, guint16 property)
{
  g_return_val_if_fail (asset < sink->assets->len, NULL);
  g_return_val_if_fail (property < bf_catalog_n_properties (sink->catalog), NULL);
  return bf_catalog_property (sink->catalog, property);
}

static void
refuse_range (BfSink *sink, guint32 record, const BfProperty *property, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE], low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];
  gboolean one = g_str_equal (property->unit_code, "1");

  g_ascii_formatd (text, sizeof text, "%.10g", value);
  g_ascii_formatd (low, sizeof low, "%.10g", property->range_min);
  g_ascii_formatd (high, sizeof high, "%.10g", property->range_max);
  bf_sink_refuse (sink, record, property->id, _ ("%s%s%s is outside of its range %s..%s"), text, one ? "" : " ",
                  one ? "" : property->unit_code, isinf (property->range_min) ? "" : low,
                  isinf (property->range_max) ? "" : high);
}

/**
 * bf_sink_number:
 * @asset: as bf_sink_asset() gave it
 * @property: index in the catalogue, of type number
 * @value: in the property's unit
 * @observed_us: its phenomenon time, or %BF_TIME_NONE for the payload's
 *
 * Returns: %FALSE when it is refused (and then counted)
 */
gboolean
bf_sink_number (BfSink *sink, guint32 asset, guint16 property, guint32 record, double value, gint64 observed_us)
{
  const BfProperty *p = check_arguments (sink, asset, property);

  g_return_val_if_fail (p != NULL, FALSE);
  if (G_UNLIKELY (p->type != BF_PROPERTY_NUMBER))
    {
      bf_sink_refuse (sink, record, p->id, _ ("a number, but the property is a state"));
      return FALSE;
    }
  if (G_UNLIKELY (!isfinite (value)))
    {
      bf_sink_refuse (sink, record, p->id, _ ("the value is not a finite number"));
      return FALSE;
    }
  if (G_UNLIKELY (value < p->range_min || value > p->range_max))
    {
      refuse_range (sink, record, p, value);
      return FALSE;
    }
  return hand_on (sink, asset, p, record, value, observed_us != BF_TIME_NONE ? observed_us : sink->default_us);
}

/**
 * bf_sink_state:
 * @property: index in the catalogue, of type state
 * @text: one of its `Values=`
 * @length: its bytes
 *
 * Returns: %FALSE when it is refused (and then counted)
 */
gboolean
bf_sink_state (BfSink *sink, guint32 asset, guint16 property, guint32 record, const char *text, gsize length,
               gint64 observed_us)
{
  const BfProperty *p = check_arguments (sink, asset, property);
  int index;

  g_return_val_if_fail (p != NULL, FALSE);
  index = bf_property_find_value (p, text, length);
  if (index < 0)
    {
      g_autofree char *values = p->values != NULL ? g_strjoinv (", ", p->values) : g_strdup (_ ("a number"));

      bf_sink_refuse (sink, record, p->id, _ ("“%.*s” is not one of its values (%s)"), (int) MIN (length, 80), text, values);
      return FALSE;
    }
  return hand_on (sink, asset, p, record, index, observed_us != BF_TIME_NONE ? observed_us : sink->default_us);
}
