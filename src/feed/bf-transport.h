/* SPDX-License-Identifier: EUPL-1.2 */
/* How a feed's bytes come in: one table of functions a transport. beffroi-feed only; one thread, the default main context.
 *
 *   open    reads secrets and whatever lies on disk: before the sandbox closes. Asks nobody anything.
 *   ask     (asked transports) one page of one attempt: a BfFetchResult, like an answer of HTTP
 *   start   (streams) goes and connects; then up(), message()… until down(); after which start() may be called again
 *   stop    (streams) ends what start() began, without a word
 *   settled (streams) all messages handed on so far are in the engine's pipe: what was only lent may be acknowledged
 *   resume  (streams) there is room again after message() said that there is none
 *
 * What goes wrong is an outcome with a reason in words, never a crash: the scheduler decides when to ask or start again. */
#pragma once

#include "feed/bf-feed-def.h"
#include "feed/bf-fetch.h"
#include "feed/bf-secret.h"
#include "feed/bf-wire.h"

G_BEGIN_DECLS

typedef struct _BfTransport BfTransport;
typedef struct _BfTransportClass BfTransportClass;
typedef struct _BfSandbox BfSandbox;

/* What the city says of its network, and what the engine keeps for the feed; all may be NULL. */
typedef struct
{
  const char *proxy;  /* http://host:port */
  const char *ca;     /* file of PEM certificates that are trusted besides the system's */
  const char *cursor; /* how far the last process had come, as the transport's cursor() said it */
} BfNet;

/**
 * BfTransportHost: what a stream tells
 * @up: connected; @note (nullable) in words
 * @message: one message. FALSE: there is no room. The transport keeps it and stops reading until resume(), or drops it and
 *   says so by dropped().
 * @dropped: so many messages came that could not be taken; @why in words
 * @cursor: where to go on after a restart; kept by the engine once the messages before it are
 * @down: the connection is over
 * @anew: a new process can do what this one cannot: it ends, and says why
 */
typedef struct
{
  void (*up) (gpointer user_data, const char *note);
  gboolean (*message) (gpointer user_data, const char *bytes, gsize length, gint64 observed_us);
  void (*dropped) (gpointer user_data, guint64 n, const char *why);
  void (*cursor) (gpointer user_data, const char *text);
  void (*down) (gpointer user_data, BfOutcome outcome, gint64 retry_after_us, const char *reason);
  void (*anew) (gpointer user_data, const char *reason);
} BfTransportHost;

struct _BfTransportClass
{
  BfTransport *(*open) (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error);
  void (*close) (BfTransport *transport);
  /* Says what of the machine it needs. */
  void (*allow) (BfTransport *transport, BfSandbox *sandbox);
  void (*ask_async) (BfTransport *transport, const BfFetchRequest *request, GAsyncReadyCallback callback, gpointer user_data);
  BfFetchResult *(*ask_finish) (BfTransport *transport, GAsyncResult *result);
  void (*abort) (BfTransport *transport); /* ends an ask(), whose callback still comes */
  void (*start) (BfTransport *transport);
  void (*stop) (BfTransport *transport);
  void (*settled) (BfTransport *transport);
  void (*resume) (BfTransport *transport);
};

/* The first field of each transport. */
struct _BfTransport
{
  const BfTransportClass *klass;
  const BfFeedDef *def;
  BfSecrets *secrets;
  const BfTransportHost *host; /* set by who runs a stream */
  gpointer user_data;
};

/* (transfer full); NULL with @error. @def, @net and @secrets outlive it. */
BfTransport *bf_transport_open (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error);
/* Which file or folder it is, whatever its name; 0 when there is none. The walls are about these, not about names. */
guint64 bf_transport_place (const char *path);
void bf_transport_close (BfTransport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfTransport, bf_transport_close)

/* Those that are in the program; the others are modules that lie beside it, so that only the feed that needs a library has it. */
extern const BfTransportClass bf_transport_http, bf_transport_file, bf_transport_folder, bf_transport_websocket, bf_transport_lines,
  bf_transport_push;

G_END_DECLS
