/* SPDX-License-Identifier: EUPL-1.2 */
/* What a feed's process gives up before it reads the first byte that a server sent: see README.md, "Isolation". */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BfSandbox BfSandbox;

BfSandbox *bf_sandbox_new (void);
void bf_sandbox_free (BfSandbox *sandbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfSandbox, bf_sandbox_free)

/* A file or folder (with all below) that may be read; NULL is nothing. */
void bf_sandbox_allow_read (BfSandbox *sandbox, const char *path);
/* May open connections, and to the port of this address; NULL is nothing. @url with or without a port. */
void bf_sandbox_allow_net (BfSandbox *sandbox, const char *url);
/* May connect to a Unix socket: a database of this machine. */
void bf_sandbox_allow_unix (BfSandbox *sandbox);
/* May be told of changes of a folder. */
void bf_sandbox_allow_watch (BfSandbox *sandbox);

/* Closes it, for good: all threads that will come, too. @max_bytes: of a payload; the address space is a multiple of it.
 * FALSE with @error: then the process must not go on. *@ret_missing: (transfer full) (nullable): in words, what this kernel does
 * not have. */
gboolean bf_sandbox_close (BfSandbox *sandbox, gsize max_bytes, char **ret_missing, GError **error);

G_END_DECLS
