/* SPDX-License-Identifier: EUPL-1.2 */
/* A question to the engine, as a widget asks it: the answer comes as a node, or as an error; never when it was cancelled. */
#pragma once

#include "api/bf-client.h"
#include "json/bf-json.h"

G_BEGIN_DECLS

/**
 * BfAnswerFunc:
 * @owner: who asked
 * @node: (nullable): the answer, alive during the call; %NULL with @error set
 * @data: the data of bf_ask()
 */
typedef void (*BfAnswerFunc) (gpointer owner, const BfJsonNode *node, const GError *error, gpointer data);

void bf_ask (BfClient *client, const char *path, const char *body, BfJsonDoc *doc, gsize max_bytes, GCancellable *cancellable,
             BfAnswerFunc func, GObject *owner, gpointer data, GDestroyNotify destroy);

G_END_DECLS
