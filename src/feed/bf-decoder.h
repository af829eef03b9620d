/* SPDX-License-Identifier: EUPL-1.2 */
/* From one payload's bytes to frames: format or plugin, [Map] and sink of one feed, compiled once and used for every payload. What a
 * feed's process does between two fetches; also all of `beffroi-feed --decode`. One thread. */
#pragma once

#include "feed/bf-feed-def.h"
#include "feed/bf-frame-writer.h"

G_BEGIN_DECLS

typedef struct _BfDecoder BfDecoder;

/* @zone: the city's; the feed's own `TimeZone=` goes before it. Sends HELLO. NULL with @error when the definition is bad. */
BfDecoder *bf_decoder_new (const BfCatalog *catalog, const BfFeedDef *def, GTimeZone *zone, BfFrameWriter *writer, GError **error);
void bf_decoder_free (BfDecoder *decoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfDecoder, bf_decoder_free)
/* Of texts in several languages, when the feed has no `Language=`; (nullable). */
void bf_decoder_set_language (BfDecoder *decoder, const char *language);

/* Starts a payload: @now_us is its result time, @default_observed_us the time of records that have none. */
void bf_decoder_begin (BfDecoder *decoder, gint64 now_us, gint64 default_observed_us);
/* Between the messages of a stream: the next, which came at @now_us, is newer than the last and contradicts nothing; the time of what
 * has none in it. */
void bf_decoder_next_message (BfDecoder *decoder, gint64 now_us, gint64 default_observed_us);
/* What the headers say of the page that comes: where the next is (nullable), which goes before what the format makes of it, and how
 * many entries all pages have, -1: not said. */
void bf_decoder_said (BfDecoder *decoder, const char *next, gint64 total);
/* Fewer entries came than were said. */
gboolean bf_decoder_is_short (const BfDecoder *decoder);
/* One page of it. FALSE with @error: the page is not what the feed says. *@ret_next (nullable): the next page's address. */
gboolean bf_decoder_page (BfDecoder *decoder, const char *url, const char *bytes, gsize length, char **ret_next, GError **error);
/* The shortest time that its pages say they are good for, s; -1 when none says one. */
gint64 bf_decoder_ttl_s (const BfDecoder *decoder);
/* Between payloads: gives back what only a payload needs, room for the largest one that came. */
void bf_decoder_rest (BfDecoder *decoder);
/* (nullable): what a person must know of a payload that was good, such as records that the source does not page. */
const char *bf_decoder_note (const BfDecoder *decoder);
/* The end of a good payload: says LISTED where it is a list of what is current, and what the payload is. @ret_as_of_own: the payload
 * said itself as of when it is true. */
void bf_decoder_end (BfDecoder *decoder, BfContent *ret_content, gint64 *ret_as_of_us, gboolean *ret_as_of_own);
/* Counts of all pages since begin. */
void bf_decoder_counts (const BfDecoder *decoder, BfSinkCounts *ret_counts);

G_END_DECLS
