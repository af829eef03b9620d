/* SPDX-License-Identifier: EUPL-1.2 */
/* Code of a plugin that does what its payload says: crash, hang, leak, flood, lie (liar.h), and try to get out of its
 * process. Tests only. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <gmodule.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-plugin.h"

#include "liar.h"

static volatile guint depth;

static guint
recurse (guint n)
{
  volatile char room[4096];

  room[n % sizeof room] = (char) n;
  depth++;
  if (depth == G_MAXUINT)
    return 0;
  return recurse (n + 1) + (guint) room[0];
}

static int
refused_or_ok (long result)
{
  return result < 0 ? errno : 0;
}

static int
try_bind (void)
{
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  return fd < 0 ? errno : refused_or_ok (bind (fd, (struct sockaddr *) &address, sizeof address));
}

static int
try_exec (void)
{
  char *argv[] = { (char *) "/bin/true", NULL };

  execve (argv[0], argv, NULL);
  return errno;
}

static int
try_fork (void)
{
  pid_t pid = fork ();

  if (pid == 0)
    _exit (0);
  return refused_or_ok (pid);
}

/* "what:errno …", each of which must not be 0. */
static char *
try_all (const char *secret)
{
  struct sockaddr_un engine = { .sun_family = AF_UNIX, .sun_path = "/run/engine.sock" };
  int unix_fd = socket (AF_UNIX, SOCK_STREAM, 0);
  const struct
  {
    const char *name;
    int error;
  } tries[] = {
    { "write-passwd", refused_or_ok (open ("/etc/passwd", O_WRONLY | O_APPEND)) },
    { "read-passwd", refused_or_ok (open ("/etc/passwd", O_RDONLY)) },
    { "read-secret", refused_or_ok (open (secret, O_RDONLY)) },
    { "create-here", refused_or_ok (open ("x", O_WRONLY | O_CREAT, 0600)) },
    { "create-tmp", refused_or_ok (open ("/tmp/beffroi-hostile", O_WRONLY | O_CREAT, 0600)) },
    { "mkdir", refused_or_ok (mkdir ("/tmp/beffroi-hostile-dir", 0700)) },
    { "unlink", refused_or_ok (unlink (secret)) },
    { "execve", try_exec () },
    { "fork", try_fork () },
    { "vfork-clone", refused_or_ok (syscall (SYS_clone, SIGCHLD, 0, 0, 0, 0)) },
    { "ptrace", refused_or_ok (ptrace (PTRACE_ATTACH, getppid (), 0, 0)) },
    { "process_vm_readv", refused_or_ok (syscall (SYS_process_vm_readv, getppid (), NULL, 0, NULL, 0, 0)) },
    { "kill-parent", refused_or_ok (kill (getppid (), 0)) },
    { "bind", try_bind () },
    { "unix", unix_fd < 0 ? EPERM : refused_or_ok (connect (unix_fd, (struct sockaddr *) &engine, sizeof engine)) },
    { "mount", refused_or_ok (syscall (SYS_mount, "none", "/", NULL, 0, NULL)) },
    { "unshare", refused_or_ok (syscall (SYS_unshare, 0x10000000)) },
    { "bpf", refused_or_ok (syscall (SYS_bpf, 0, NULL, 0)) },
    { "io_uring", refused_or_ok (syscall (425, 1, NULL)) },
    { "keyctl", refused_or_ok (syscall (SYS_keyctl, 0, 0, 0, 0, 0)) },
    { "memory", refused_or_ok (syscall (SYS_setrlimit, 9, &(guint64[2]){ ~0ull, ~0ull })) },
  };
  g_autoptr (GString) text = g_string_new ("tried");

  for (guint i = 0; i < G_N_ELEMENTS (tries); i++)
    g_string_append_printf (text, " %s:%d", tries[i].name, tries[i].error);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
flood (BfSink *sink)
{
  for (guint record = 0;; record++)
    {
      g_autofree char *id = g_strdup_printf ("%u", record % 1000);
      BfAssetDraft draft = { .source_id = id, .source_id_length = strlen (id), .kind = 0, .point = { 2, 48 } };
      guint32 asset = bf_sink_asset (sink, record, &draft);

      bf_sink_number (sink, asset, 0, record, record % 1000, bf_time_now_us () - record);
    }
}

static void
leak (void)
{
  /* A page of each is touched: what counts is that none is given back. */
  while (TRUE)
    memset (g_malloc (1 << 20), 1, 1 << 12);
}

static gboolean
decode (const BfFormat *format, BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  g_autofree char *mode = g_strstrip (g_strndup (bytes, length));

  if (g_str_equal (mode, "crash"))
    raise (SIGSEGV);
  else if (g_str_equal (mode, "abort"))
    abort ();
  else if (g_str_equal (mode, "exit"))
    _exit (0);
  else if (g_str_equal (mode, "hang"))
    while (TRUE)
      pause ();
  else if (g_str_equal (mode, "leak"))
    leak ();
  else if (g_str_equal (mode, "recurse"))
    g_message ("%u", recurse (0));
  else if (g_str_equal (mode, "flood"))
    flood (sink);
  else if (g_str_equal (mode, "words"))
    {
      g_autofree char *line = g_strnfill (16000, 'l');

      line[15999] = '\n';
      while (write (2, line, 16000) > 0)
        ;
    }
  else if (g_str_equal (mode, "rubbish"))
    hostile_write ("\4\0\0\0\77abc", 8);
  else if (g_str_equal (mode, "huge"))
    hostile_write ("\xff\xff\xff\x7f", 4);
  else if (hostile_lie (mode, sink))
    g_debug ("%s: told", mode);
  else if (g_str_has_prefix (mode, "try "))
    {
      g_autofree char *tried = try_all (mode + 4);

      g_set_error_literal (error, BF_ERROR, BF_ERROR_VALUE, tried);
      return FALSE;
    }
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, "done: %s", mode);
  return FALSE;
}

extern const BfPlugin bf_plugin;
G_MODULE_EXPORT const BfPlugin bf_plugin = { .abi = BF_PLUGIN_ABI, .decode = decode };
