/* SPDX-License-Identifier: EUPL-1.2 */
/* [Payload] of a feed or of a default map: how the bytes of a sensor's uplink are read when its network server does not decode
 * them. A line a quantity, which the paths of [Map] then name:
 *
 *   [Payload]            of any port; or [Payload 2] of FPort 2
 *   battery=0, u16&0x3fff, 0.001       offset, type (and mask), factor, addend
 *   temperature=2, i16, 0.01
 *
 * Types: u8 i8 u16 i16 u24 i24 u32 i32 f32, big-endian; with le behind (u16le) little-endian. Compiled once, read-only. */
#pragma once

#include "base/bf-conf.h"
#include "json/bf-json-out.h"

G_BEGIN_DECLS

typedef struct _BfPayloadTable BfPayloadTable;

/* Of the feed, else of the defaults; either may be NULL. FALSE with problems; *@ret_table NULL when there is no such group. */
gboolean bf_payload_table_new (const BfConf *feed, const BfConf *defaults, GPtrArray *problems, BfPayloadTable **ret_table);
void bf_payload_table_free (BfPayloadTable *table);

/* Writes what the table finds in the bytes as members. FALSE: no group is for the port. *@ret_short (nullable): the first line that
 * the payload is too short for. */
gboolean bf_payload_table_write (const BfPayloadTable *table, gint64 port, const guint8 *bytes, gsize length, BfJsonOut *out,
                                 const char **ret_short);

G_END_DECLS
