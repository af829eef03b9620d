/* SPDX-License-Identifier: EUPL-1.2 */
/* Files of the city, opened in one way: a regular file within its limit, or an error that names it once and says why. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A descriptor to read from, -1 with @error. */
int bf_file_open (const char *path, gsize max_bytes, GError **error);
/* The whole text, with a NUL behind it. */
gboolean bf_file_load (const char *path, gsize max_bytes, char **ret_text, gsize *ret_length, GError **error);

G_END_DECLS
