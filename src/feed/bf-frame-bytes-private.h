/* SPDX-License-Identifier: EUPL-1.2 */
/* A cursor over hostile bytes: every read is checked, after the first that does not fit all others give zero and `bad`
 * stays set. Numbers are little-endian (bf-frame.h). */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

typedef struct
{
  const guint8 *at;
  const guint8 *end;
  gboolean bad;
} BfCursor;

static inline const guint8 *
bf_cursor_take (BfCursor *cursor, gsize length)
{
  const guint8 *at = cursor->at;

  if (cursor->bad || (gsize) (cursor->end - at) < length)
    {
      cursor->bad = TRUE;
      return NULL;
    }
  cursor->at += length;
  return at;
}

#define BF_CURSOR_NUMBER(bits)                                                                                        \
  static inline guint##bits bf_cursor_u##bits (BfCursor *cursor)                                                       \
  {                                                                                                                    \
    const guint8 *at = bf_cursor_take (cursor, bits / 8);                                                              \
    guint##bits value = 0;                                                                                             \
                                                                                                                       \
    if (at == NULL)                                                                                                    \
      return 0;                                                                                                        \
    memcpy (&value, at, sizeof value);                                                                                 \
    return GUINT##bits##_FROM_LE (value);                                                                              \
  }

BF_CURSOR_NUMBER (16)
BF_CURSOR_NUMBER (32)
BF_CURSOR_NUMBER (64)

static inline gint64
bf_cursor_i64 (BfCursor *cursor)
{
  return (gint64) bf_cursor_u64 (cursor);
}

static inline double
bf_cursor_f64 (BfCursor *cursor)
{
  guint64 bits = bf_cursor_u64 (cursor);
  double value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

G_END_DECLS
