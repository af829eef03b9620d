/* SPDX-License-Identifier: EUPL-1.2 */
/* Opening and reading whole files: see bf-file.h. Never waits: a pipe is no regular file and is not opened for its writer. */

#include "base/bf-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bf-error.h"

static void
set_unreadable (const char *path, int code, GError **error)
{
  g_set_error (error, BF_ERROR, code == ENOENT ? BF_ERROR_NOT_FOUND : BF_ERROR_IO, _ ("%s: cannot be read: %s"), path, g_strerror (code));
}

static gboolean
check_file (const char *path, int fd, gsize max_bytes, gsize *ret_size, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) != 0)
    {
      set_unreadable (path, errno, error);
      return FALSE;
    }
  if (S_ISREG (info.st_mode) && (guint64) info.st_size <= max_bytes)
    {
      *ret_size = (gsize) info.st_size;
      return TRUE;
    }
  if (S_ISREG (info.st_mode))
    g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s: expected a file of at most %zu bytes, found %" PRId64), path, max_bytes,
                 (gint64) info.st_size);
  else
    g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s: expected a regular file"), path);
  return FALSE;
}

static int
open_checked (const char *path, gsize max_bytes, gsize *ret_size, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  if (fd < 0)
    set_unreadable (path, errno, error);
  else if (!check_file (path, fd, max_bytes, ret_size, error))
    {
      close (fd);
      fd = -1;
    }
  return fd;
}

/**
 * bf_file_open:
 * @max_bytes: the largest size that is opened
 *
 * Returns: a descriptor of a regular file, or -1 with @error, whose message begins with “path: ”
 */
int
bf_file_open (const char *path, gsize max_bytes, GError **error)
{
  gsize size;

  return open_checked (path, max_bytes, &size, error);
}

/**
 * bf_file_load:
 * @max_bytes: the largest file that is read
 * @ret_text: (out) (transfer full): its bytes and a NUL
 *
 * A file that grows meanwhile is read as long as it was.
 *
 * Returns: %FALSE with @error, whose message begins with “path: ”
 */
gboolean
bf_file_load (const char *path, gsize max_bytes, char **ret_text, gsize *ret_length, GError **error)
{
  gsize size, length = 0;
  int fd = open_checked (path, max_bytes, &size, error);
  g_autofree char *text = NULL;
  gssize n = 1;

  if (fd < 0)
    return FALSE;
  text = g_malloc (size + 1);
  while (n != 0 && length < size)
    {
      n = read (fd, text + length, size - length);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        break;
      length += (gsize) n;
    }
  if (n < 0)
    set_unreadable (path, errno, error);
  close (fd);
  if (n < 0)
    return FALSE;
  text[length] = '\0';
  *ret_text = g_steal_pointer (&text);
  *ret_length = length;
  return TRUE;
}
