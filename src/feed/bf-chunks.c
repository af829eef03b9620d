/* SPDX-License-Identifier: EUPL-1.2 */
/* Did an answer in chunks end by its last chunk? See bf-chunks.h. Pure.
 *
 * A chunk is its size in hexadecimal, CR LF, its bytes, CR LF; the last one is "0" CR LF CR LF. libsoup reads what is not the bytes of a
 * chunk in lines, and of what follows a line at most LINE_AHEAD bytes with it (HEAD_AHEAD with the head of the answer); a read gives bytes of
 * one chunk only. So
 *   - when the last read was not of what had been read ahead, what came after it is the line end of its chunk, and seven bytes or
 *     more when the answer ended as it should; so it is too when just two bytes came after a short one, unless it is as long as a chunk
 *     of which all but two bytes of the end may have been read ahead;
 *   - else the reads are few, and what is on the wire besides them must be the frames of some chunks that are whole reads, with or
 *     without the last chunk of five bytes. It is cut when it can only be without. */

#include "feed/bf-chunks.h"

#define LINE_AHEAD 128u
#define HEAD_AHEAD 8192u
#define LAST_CHUNK 5u
#define LINE_END 2u
#define SURELY_SHORT 100u
#define FRAME_MAX (BF_CHUNKS_READS * 12u + 1u)

void
bf_chunks_read (BfChunks *chunks, gsize length, guint64 wire)
{
  if (chunks->n < BF_CHUNKS_READS)
    chunks->sizes[chunks->n] = (guint32) length;
  chunks->n++;
  chunks->total += length;
  chunks->last = length;
  chunks->wire_before_end = wire;
}

static guint
frame_of (guint64 size)
{
  guint digits = 1;

  for (; size > 15; size >>= 4)
    digits++;
  return digits + 4;
}

/* Can the reads be grouped to chunks whose frames are @frames bytes in all? */
static gboolean
can_be (const BfChunks *chunks, guint64 frames)
{
  gboolean reached[BF_CHUNKS_READS + 1][FRAME_MAX] = { { FALSE } };

  if (frames >= FRAME_MAX)
    return FALSE;
  reached[0][0] = TRUE;
  for (guint from = 0; from < chunks->n; from++)
    {
      guint64 size = 0;

      for (guint to = from; to < chunks->n; to++)
        {
          size += chunks->sizes[to];
          for (guint before = 0; before + frame_of (size) <= frames; before++)
            if (reached[from][before])
              reached[to + 1][before + frame_of (size)] = TRUE;
        }
    }
  return reached[chunks->n][frames];
}

gboolean
bf_chunks_is_cut (const BfChunks *chunks, guint64 wire)
{
  guint64 before = chunks->total - chunks->last;
  gboolean direct = chunks->last > HEAD_AHEAD || (chunks->last > LINE_AHEAD && before > HEAD_AHEAD);
  guint64 frames = wire - chunks->total;

  if (chunks->n == 0 || wire < chunks->total || wire < chunks->wire_before_end)
    return FALSE;
  if (wire - chunks->wire_before_end >= LAST_CHUNK)
    return FALSE;
  if (direct || (before > HEAD_AHEAD && chunks->last < SURELY_SHORT && wire - chunks->wire_before_end == LINE_END))
    return TRUE;
  if (chunks->n > BF_CHUNKS_READS)
    return FALSE;
  return can_be (chunks, frames) && (frames < LAST_CHUNK || !can_be (chunks, frames - LAST_CHUNK));
}
