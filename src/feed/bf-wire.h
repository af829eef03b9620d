/* SPDX-License-Identifier: EUPL-1.2 */
/* What a feed file may say of each transport: its name (`Transport=`), the addresses that mean it, its keys and their checks.
 * The engine knows this much of transports and no more; how they work is beffroi-feed's (bf-transport.h). */
#pragma once

#include "feed/bf-feed-def.h"

G_BEGIN_DECLS

typedef enum
{
  BF_WIRE_HTTP,
  BF_WIRE_FILE,
  BF_WIRE_FOLDER,
  BF_WIRE_SQL,
  BF_WIRE_MQTT,
  BF_WIRE_WEBSOCKET,
  BF_WIRE_EVENTS,
  BF_WIRE_LINES,
  BF_WIRE_PUSH,
  BF_N_WIRES,
} BfWireId;

/**
 * BfWire:
 * @name: as in `Transport=`
 * @schemes: schemes of its `Url=`, the first one that fits wins when there is no `Transport=`; empty: has no Url
 * @streams: what comes comes by itself, message by message; else it is asked every `Every=`
 */
typedef struct
{
  const char *name;
  const char *schemes[3];
  gboolean streams;
} BfWire;

const BfWire *bf_wire (BfWireId id);
/* Finds the transport of the definition and checks its keys; problems go to @problems. */
void bf_wire_read (BfFeedDef *def, const BfConfGroup *feed, GPtrArray *problems);

G_END_DECLS
