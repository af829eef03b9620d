/* SPDX-License-Identifier: EUPL-1.2 */
/* Writer of a feed's frames (bf-frame.h), in beffroi-feed. Observations are gathered into BATCH frames. The first error
 * stays: everything after it does nothing, and bf_frame_writer_error() tells it. One thread. */
#pragma once

#include "feed/bf-frame.h"
#include "feed/bf-secret.h"

G_BEGIN_DECLS

/* FALSE with @error when the bytes could not be written whole. */
typedef gboolean (*BfFrameOutput) (gpointer user_data, const guint8 *bytes, gsize length, GError **error);

typedef struct _BfFrameWriter BfFrameWriter;

BfFrameWriter *bf_frame_writer_new (const BfCatalog *catalog, guint service, BfFrameOutput output, gpointer user_data);
void bf_frame_writer_free (BfFrameWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfFrameWriter, bf_frame_writer_free)

void bf_frame_writer_hello (BfFrameWriter *writer);
void bf_frame_writer_asset (BfFrameWriter *writer, guint32 asset, const BfAssetDraft *draft);
void bf_frame_writer_observation (BfFrameWriter *writer, const BfObservation *observation);
gboolean bf_frame_writer_payload (BfFrameWriter *writer, gint64 result_us, const guint8 *bytes, gsize length);
void bf_frame_writer_refused (BfFrameWriter *writer, guint32 record, const char *property, const char *reason);
void bf_frame_writer_status (BfFrameWriter *writer, const BfFeedStatus *status);
/* May be cut into frames; also for no asset at all. */
void bf_frame_writer_listed (BfFrameWriter *writer, gboolean whole, const guint32 *assets, guint n);
/* Observations that wait go out now: they need no STATUS to be the engine's. */
void bf_frame_writer_flush (BfFrameWriter *writer);
void bf_frame_writer_cursor (BfFrameWriter *writer, const char *text);
void bf_frame_writer_taken (BfFrameWriter *writer, guint64 n);
/* Secrets are blotted out of words that go out. (nullable), outlives the writer. */
void bf_frame_writer_set_secrets (BfFrameWriter *writer, const BfSecrets *secrets);
const GError *bf_frame_writer_error (const BfFrameWriter *writer);

/* A BfFrameOutput to the descriptor GPOINTER_TO_INT (@user_data); waits as long as the reader does. */
gboolean bf_frame_output_fd (gpointer user_data, const guint8 *bytes, gsize length, GError **error);

G_END_DECLS
