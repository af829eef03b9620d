/* SPDX-License-Identifier: EUPL-1.2 */
/* Reader of the city's CSV files (RFC 4180 with “;” or “,”), record by record in bounded memory. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @line: where the record begins. @bad: (nullable): why there are no fields. FALSE ends the reading with an error that the
 * caller knows. */
typedef gboolean (*BfCsvFunc) (gpointer user_data, guint line, char *const *fields, guint n_fields, const char *bad);

gboolean bf_csv_read (const char *path, BfCsvFunc func, gpointer user_data, GError **error);

G_END_DECLS
