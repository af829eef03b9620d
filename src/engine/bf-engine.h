/* SPDX-License-Identifier: EUPL-1.2 */
/* The engine: the only place that wires the layers. It owns the truth of one city. Main thread. */
#pragma once

#include <gio/gio.h>

#include "base/bf-clock.h"

G_BEGIN_DECLS

typedef struct _BfEngine BfEngine;

/**
 * BfEngineOptions:
 * @city_dir: the city's folder
 * @data_dir: where socket and token lie, and the store without Store=; made when missing
 * @plugins_dir: folders of manifests and modules
 * @feed_program: path of beffroi-feed
 * @listen: (nullable): "unix:PATH" or "http://127.0.0.1:PORT" (0: any free port); else the city's Listen=, else a socket in @data_dir
 * @clock: (nullable): where time comes from; else the machine
 */
typedef struct
{
  const char *city_dir;
  const char *data_dir;
  const char *plugins_dir;
  const char *feed_program;
  const char *listen;
  const BfClockReader *clock;
} BfEngineOptions;

BfEngine *bf_engine_new (const BfEngineOptions *options, GError **error);
void bf_engine_free (BfEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfEngine, bf_engine_free)

/* (transfer none): where clients connect, with the port that was given. */
const char *bf_engine_address (const BfEngine *engine);

G_END_DECLS
