/* SPDX-License-Identifier: EUPL-1.2 */
/* Frames as text for people and tests, one JSON object an observation:
 *
 *   {"asset","name","kind","lat","lon","property","value","unit","observed"}
 *
 * and what was refused as "record 12, free_spaces: why", one line each. Also the whole of `beffroictl decode`: a
 * `beffroi-feed --decode` in a process of its own, read through the same reader as the engine's. */
#pragma once

#include "feed/bf-feed-def.h"
#include "feed/bf-frame.h"

G_BEGIN_DECLS

typedef struct _BfDecodePrinter BfDecodePrinter;

/* @observations, @refused: (transfer none): where lines go. */
BfDecodePrinter *bf_decode_printer_new (const BfCatalog *catalog, guint service, GString *observations, GString *refused);
void bf_decode_printer_free (BfDecodePrinter *printer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfDecodePrinter, bf_decode_printer_free)
BfFrameReader *bf_decode_printer_reader (BfDecodePrinter *printer); /* (transfer none) */
/* The last STATUS, NULL before one; its reason lives as long as the printer. */
const BfFeedStatus *bf_decode_printer_status (const BfDecodePrinter *printer);

/* Runs @feed_program on one payload and hands its frames to @reader. @now_us: result time, BF_TIME_NONE for the clock. FALSE with
 * @error: it could not be run, broke its pipe's rules, or ended by itself; what it says of the payload is in its STATUS. */
gboolean bf_decode_frames (const char *feed_program, const char *plugins_dir, const char *zone_name, const BfFeedDef *def,
                           const char *payload_path, gint64 now_us, BfFrameReader *reader, const gboolean *ended, GError **error);

/* Runs @feed_program on one payload. @now_us: result time, BF_TIME_NONE for the clock. TRUE: the payload was decoded, perhaps
 * with refused records. FALSE with @error: why it was not; lines that came before stand in the strings. */
gboolean bf_decode_payload (const BfCatalog *catalog, const char *feed_program, const char *plugins_dir, const char *zone_name,
                            const BfFeedDef *def, const char *payload_path, gint64 now_us, GString *observations,
                            GString *refused, BfFeedStatus *ret_status, GError **error);

G_END_DECLS
