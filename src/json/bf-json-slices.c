/* SPDX-License-Identifier: EUPL-1.2 */
/* A long array of records in slices of about 1 MiB (see BfJsonSlices). The tape, the texts and the copy of a slice lie in memory that
 * was touched before and in the processor's cache; of 24 MB of records the whole document would touch 110 MB for the first time.
 *
 * A slice ends at a "}" before a ", {". Whether that stands between two elements, and not deeper or within a text, is not found out
 * beforehand: the slice is parsed as an array of its own, which is JSON only when it does. When it is not, the next such place is
 * tried, then a slice of twice the length, at last all that is left; so each byte is parsed a bounded number of times. When that is no
 * JSON either, neither is the document, and the error is that of the whole. */

#include <string.h>

#include "base/bf-error.h"
#include "json/bf-json-private.h"

#define SLICE_BYTES (1u << 20)
#define WHOLE_BYTES (4u << 20) /* what is shorter is parsed in one */
#define TRIES 4u               /* places, at each length */

static gboolean
is_space (char c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static const char *
skip_space (const char *p, const char *end)
{
  while (p < end && is_space (*p))
    p++;
  return p;
}

void
bf_json_slices_init (BfJsonSlices *slices, BfJsonDoc *doc, const char *bytes, gsize length, gboolean may_slice)
{
  const char *end = bytes != NULL ? bytes + length : NULL; /* no bytes: NULL */
  const char *p = bytes;

  *slices = (BfJsonSlices){ .doc = doc, .start = bytes, .at = bytes, .end = end };
  if (!may_slice || length < WHOLE_BYTES || length > bf_json_doc_max_bytes (doc))
    return;
  if (memcmp (p, "\xef\xbb\xbf", 3) == 0)
    p += 3;
  p = skip_space (p, end);
  while (end > p && is_space (end[-1]))
    end--;
  if (end - p < 2 || *p != '[' || end[-1] != ']')
    return;
  slices->sliced = TRUE;
  slices->at = p + 1;
  slices->end = end - 1;
}

/* The next "}" at or behind @p that a ", {" follows; *@ret_after: its "{". */
static const char *
find_place (const char *p, const char *end, const char **ret_after)
{
  while (p < end && (p = memchr (p, '}', (gsize) (end - p))) != NULL)
    {
      const char *after = skip_space (++p, end);

      if (after == end || *after != ',')
        continue;
      after = skip_space (after + 1, end);
      if (after == end || *after != '{')
        continue;
      *ret_after = after;
      return p;
    }
  return NULL;
}

static gboolean
take (BfJsonSlices *slices, const char *to, const char *after, BfJsonNode *ret_slice)
{
  if (!bf_json_doc_parse_elements (slices->doc, slices->at, (gsize) (to - slices->at), ret_slice))
    return FALSE;
  slices->at = after;
  slices->over = to == slices->end;
  return TRUE;
}

static gboolean
next_slice (BfJsonSlices *slices, BfJsonNode *ret_slice)
{
  for (gsize length = SLICE_BYTES; length < (gsize) (slices->end - slices->at); length *= 2)
    {
      const char *p = slices->at + length;
      const char *after;

      for (guint i = 0; i < TRIES && (p = find_place (p, slices->end, &after)) != NULL; i++)
        if (take (slices, p, after, ret_slice))
          return TRUE;
    }
  return take (slices, slices->end, slices->end, ret_slice);
}

static gboolean
whole (BfJsonSlices *slices, BfJsonNode *ret_slice, GError **error)
{
  slices->over = TRUE;
  return bf_json_doc_parse (slices->doc, slices->start, (gsize) (slices->end - slices->start), ret_slice, error);
}

gboolean
bf_json_slices_next (BfJsonSlices *slices, BfJsonNode *ret_slice, GError **error)
{
  if (slices->over)
    return FALSE;
  if (!slices->sliced)
    {
      if (!whole (slices, ret_slice, error))
        return FALSE;
    }
  else if (!next_slice (slices, ret_slice))
    {
      slices->end++; /* its closing bracket */
      if (whole (slices, ret_slice, error))
        g_set_error_literal (error, BF_ERROR, BF_ERROR_SYNTAX, "a slice of JSON is none");
      return FALSE;
    }
  slices->n_elements += bf_json_array_length (*ret_slice);
  bf_json_doc_set_n_elements (slices->doc, slices->n_elements);
  return TRUE;
}
