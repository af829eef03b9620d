/* SPDX-License-Identifier: EUPL-1.2 */
/* A real source for each transport: SoupServer, mosquitto, PostgreSQL, a file, a folder, the engine's queue of pushed bodies. */
#pragma once

#include <libsoup/soup.h>

#include "fault-proxy.h"
#include "wire-broker.h"
#include "wire-city.h"

typedef struct _WireSource WireSource;

typedef struct
{
  const char *name;
  void (*open) (WireSource *source);
  /* The source has this record, a text, from now on. */
  void (*publish) (WireSource *source, const char *text);
  void (*close) (WireSource *source);
  gboolean net;     /* a proxy stands before it */
  gboolean streams; /* it comes by itself; else it is asked */
  gboolean keeps;   /* what was published while nobody listened still comes */
  gboolean newest;  /* of what it does not keep, the newest still comes */
  guint cut_after;  /* bytes of what it says, within an answer or a message */
  const char *server; /* of another project, that must be installed, or NULL */
  const char *needs;  /* why a test of it is skipped where it is not */
} WireKind;

struct _WireSource
{
  const WireKind *kind;
  WireCity *city;
  FaultProxy *proxy;
  guint16 port; /* of the server */
  char *path;   /* of the file or folder */
  SoupServer *server;
  WireBroker *broker;
  GPtrArray *websockets;
  GPtrArray *streams; /* SoupServerMessage, paused */
  GPtrArray *events;  /* char *: all that was published, for Last-Event-ID */
  gboolean saw_token;
};

/* http, events, lines, websocket, mqtt, sql, file, folder, push */
extern const WireKind wire_kinds[];
extern const guint wire_n_kinds;
gboolean wire_kind_is_there (const WireKind *kind);

/* Opens it, with its proxy. */
WireSource *wire_source_new (const WireKind *kind, WireCity *city);
void wire_source_free (WireSource *source);
/* (transfer full): of the feed file, what leads to it, through the proxy. */
char *wire_source_keys (WireSource *source);
void wire_source_publish (WireSource *source, guint value);
