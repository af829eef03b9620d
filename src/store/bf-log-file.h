/* SPDX-License-Identifier: EUPL-1.2 */
/* Is the log of a store whole? Read beside an engine that runs, without its lock, in one view of the file. */
#pragma once

#include "log/bf-log-verifier.h"

G_BEGIN_DECLS

gboolean bf_log_file_verify (const char *dir, gint64 anchor_seq, const guint8 *anchor, BfLogVerdict *ret_verdict, GError **error);

G_END_DECLS
