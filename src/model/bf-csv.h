/* SPDX-License-Identifier: EUPL-1.2 */
/* The house's reader of CSV (RFC 4180 with “;”, “,”, tab or “|”), over libcsv: the city's files and the payloads of feeds.
 * Record by record, in bounded memory; a bad record is told and the reading goes on behind its line. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BfCsvOptions:
 * @separator: 0: the one of “;”, “,”, tab and “|” that the first line has most of, outside of quotes
 * @record_bytes: of the largest record
 * @fields: of the widest
 */
typedef struct
{
  char separator;
  gsize record_bytes;
  guint fields;
} BfCsvOptions;

#define BF_CSV_OPTIONS_FILE ((BfCsvOptions){ 0, 65536, 200 })

/* @line: where the record begins. @fields: stripped. @bad: (nullable): why there are no fields. FALSE ends the reading with
 * an error that the caller knows. */
typedef gboolean (*BfCsvFunc) (gpointer user_data, guint line, char *const *fields, guint n_fields, const char *bad);

/* A whole file in UTF-8, at most 1 GiB, by blocks. */
gboolean bf_csv_read (const char *path, BfCsvFunc func, gpointer user_data, GError **error);
/* FALSE when @func wanted no more. A BOM is skipped. */
gboolean bf_csv_parse (const char *bytes, gsize length, const BfCsvOptions *options, BfCsvFunc func, gpointer user_data);
char bf_csv_guess_separator (const char *bytes, gsize length);

G_END_DECLS
