/* SPDX-License-Identifier: EUPL-1.2 */
/* Writer of JSON (RFC 8259) into a GString: commas and nesting are kept by the writer, text is escaped and made valid
 * UTF-8, numbers are shortest and without a locale, what is not finite becomes null. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  GString *text;      /* not owned */
  guint64 has_member; /* a bit a level: something stands before */
  guint depth;
} BfJsonOut;

void bf_json_out_init (BfJsonOut *out, GString *text);
void bf_json_out_begin_object (BfJsonOut *out, const char *key);
void bf_json_out_end_object (BfJsonOut *out);
void bf_json_out_begin_array (BfJsonOut *out, const char *key);
void bf_json_out_end_array (BfJsonOut *out);
void bf_json_out_string (BfJsonOut *out, const char *key, const char *value);
void bf_json_out_int (BfJsonOut *out, const char *key, gint64 value);
void bf_json_out_double (BfJsonOut *out, const char *key, double value);
void bf_json_out_bool (BfJsonOut *out, const char *key, gboolean value);
void bf_json_out_null (BfJsonOut *out, const char *key);
void bf_json_out_time (BfJsonOut *out, const char *key, gint64 time_us);
void bf_json_out_members (BfJsonOut *out, const char *members, gsize length);
void bf_json_out_raw (BfJsonOut *out, const char *key, const char *json);

G_END_DECLS
