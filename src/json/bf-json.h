/* SPDX-License-Identifier: EUPL-1.2 */
/* Reader of JSON over simdjson (the one C++ file of the house). The whole document is checked when it is parsed: after
 * that nothing here fails but by a missing member or another type.
 *
 * A BfJsonDoc owns a padded copy of the bytes and the tape; nodes and the texts that they give live as long as it does and
 * until the next parse into it. A reader may be used again for the next document: its buffers are kept (bounded by the
 * largest document). One thread at a time. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BfJsonDoc BfJsonDoc;

typedef enum
{
  BF_JSON_NULL,
  BF_JSON_BOOL,
  BF_JSON_INT,    /* fits gint64 */
  BF_JSON_DOUBLE,
  BF_JSON_STRING,
  BF_JSON_ARRAY,
  BF_JSON_OBJECT,
} BfJsonType;

/* A place in the tape; plain value, no ownership. */
typedef struct
{
  const void *tape;
  gsize index;
} BfJsonNode;

/* Walks an array or an object: init, then next until FALSE. Fields are private. */
typedef struct
{
  BfJsonNode at;
  gsize end;
  gboolean object;
} BfJsonIter;

BfJsonDoc *bf_json_doc_new (gsize max_bytes);
void bf_json_doc_free (BfJsonDoc *doc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfJsonDoc, bf_json_doc_free)

/* Parses; a UTF-8 BOM is skipped. On a syntax error: @error with line and column found by a slow second pass.
 * Too large, too deep (BF_LIMIT_JSON_DEPTH): BF_ERROR_LIMIT. */
gboolean bf_json_doc_parse (BfJsonDoc *doc, const char *bytes, gsize length, BfJsonNode *ret_root, GError **error);
/* The line that the last parse failed in, 0 when there is none: for who asked with an error. */
guint bf_json_doc_fault_line (const BfJsonDoc *doc);

/* The value of the last parse that succeeded; FALSE when there is none. */
gboolean bf_json_doc_root (const BfJsonDoc *doc, BfJsonNode *ret_root);

/* A document in slices: what is a long array of objects comes as arrays of some of its elements, one after the other, all others as
 * the one whole. Fields are private but @n_elements. */
typedef struct
{
  BfJsonDoc *doc;
  const char *start;
  const char *at; /* behind the last slice */
  const char *end;
  gboolean sliced;
  gboolean over;
  gsize n_elements; /* or members: so many so far, with this slice's */
} BfJsonSlices;

/* @may_slice FALSE: one whole in any case. */
void bf_json_slices_init (BfJsonSlices *slices, BfJsonDoc *doc, const char *bytes, gsize length, gboolean may_slice);
/* The next slice, whose nodes live until the next; FALSE at the end, and with @error when the document is no JSON: what was wrong may
 * lie behind slices that were good. */
gboolean bf_json_slices_next (BfJsonSlices *slices, BfJsonNode *ret_slice, GError **error);

/* Elements or members of the top of the last document, over all its slices. */
gsize bf_json_doc_n_elements (const BfJsonDoc *doc);

BfJsonType bf_json_type (BfJsonNode node);
/* Number as double (ints convert); FALSE for other types. */
gboolean bf_json_get_double (BfJsonNode node, double *ret_value);
gboolean bf_json_get_int (BfJsonNode node, gint64 *ret_value);
gboolean bf_json_get_bool (BfJsonNode node, gboolean *ret_value);
/* NUL-terminated too (a text with U+0000 inside is longer than its strlen). */
gboolean bf_json_get_string (BfJsonNode node, const char **ret_text, gsize *ret_length);
gsize bf_json_array_length (BfJsonNode node);
/* First member of that name; FALSE when not an object or not there. */
gboolean bf_json_member (BfJsonNode node, const char *key, BfJsonNode *ret_node);
/* A dotted path with [n] for arrays: "fields.geo[0]"; a key with dots inside is found too when written whole first. */
gboolean bf_json_path (BfJsonNode node, const char *path, BfJsonNode *ret_node);

/* A set of names that are wanted of many objects: found in one pass over the members. Immutable. */
typedef struct _BfJsonKeys BfJsonKeys;
BfJsonKeys *bf_json_keys_new (const char *const *keys, guint n_keys);
void bf_json_keys_free (BfJsonKeys *keys);
/* @ret_nodes has one place a key; the tape of what is not there is NULL. FALSE, and all NULL, when not an object. */
gboolean bf_json_pick (BfJsonNode node, const BfJsonKeys *keys, BfJsonNode *ret_nodes);

/* FALSE when @node is no array and no object. */
gboolean bf_json_iter_init (BfJsonIter *iter, BfJsonNode node);
/* @ret_key is NULL-able for arrays. */
gboolean bf_json_iter_next (BfJsonIter *iter, const char **ret_key, gsize *ret_key_length, BfJsonNode *ret_value);

/* Convenience for messages of our own API: the fallback when missing or of another type. */
const char *bf_json_member_string (BfJsonNode node, const char *key, const char *fallback);
double bf_json_member_double (BfJsonNode node, const char *key, double fallback);
gint64 bf_json_member_int (BfJsonNode node, const char *key, gint64 fallback);
gboolean bf_json_member_bool (BfJsonNode node, const char *key, gboolean fallback);
/* RFC 3339 text to µs UTC; BF_TIME_NONE when missing or bad. */
gint64 bf_json_member_time (BfJsonNode node, const char *key);

G_END_DECLS
