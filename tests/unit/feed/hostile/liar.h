/* SPDX-License-Identifier: EUPL-1.2 */
/* The part of the hostile plugin that lies: it writes frames of its own, past the sink, or tells the sink what is not so. */
#pragma once

#include "formats/bf-sink.h"

/* FALSE: @mode is no lie of ours. */
gboolean hostile_lie (const char *mode, BfSink *sink);
/* All of it, to the engine's pipe. */
void hostile_write (const void *bytes, gsize length);
