/* SPDX-License-Identifier: EUPL-1.2 */
/* A client's connection to an engine: requests, and the stream of events with reconnect. One thread, its main context. */
#pragma once

#include <gio/gio.h>

#include "json/bf-json.h"

G_BEGIN_DECLS

#define BF_TYPE_CLIENT (bf_client_get_type ())
G_DECLARE_FINAL_TYPE (BfClient, bf_client, BF, CLIENT, GObject)

/**
 * bf_client_new:
 * @address: "unix:/path/of/socket" or "http://127.0.0.1:PORT"
 * @token: (nullable): for TCP
 *
 * Returns: (transfer full): a client that is not connected yet; requests work at once
 */
BfClient *bf_client_new (const char *address, const char *token);

/* One request. @body NULL: GET, else POST of JSON. The answer: bytes; an error answer of the engine becomes a GError whose
 * message is the engine's. Answers are limited to @max_bytes (0: 64 MiB). */
void bf_client_request_async (BfClient *client, const char *path, const char *body, gsize max_bytes, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
GBytes *bf_client_request_finish (BfClient *client, GAsyncResult *result, GError **error);
/* The same, blocking: for beffroictl. */
GBytes *bf_client_request (BfClient *client, const char *path, const char *body, gsize max_bytes, GCancellable *cancellable,
                           GError **error);

/* Opens the stream and keeps it open: reconnects with backoff 100 ms doubling to 5 s, resuming after the last seq seen.
 *
 * Signals:
 *   "message" (const char *type, gpointer node): node is a BfJsonNode *, alive during the call
 *   "state" (gboolean connected, const char *reason): connected after hello; reason when lost
 */
void bf_client_start (BfClient *client, gint64 after_seq);
void bf_client_stop (BfClient *client);
gboolean bf_client_is_connected (BfClient *client);

/* (transfer full): "/api/v1/assets/parking%2FP1"-style path with the id escaped. */
char *bf_client_asset_path (const char *asset_id);

G_END_DECLS
