/* SPDX-License-Identifier: EUPL-1.2 */
/* What a feed's process gives up: see bf-sandbox.h and README.md. Four walls, each there when another one has a hole:
 *
 *   no-new-privileges    no set-uid program can raise it, and the next two need no root
 *   limits               address space, descriptors, no core file; it stands in a folder that is empty and already deleted
 *   Landlock             reads what it was allowed to, writes nowhere; from ABI 4 on connects to its own ports only
 *   seccomp              a list of calls that it may make; all others fail with EPERM, also in threads that come later
 *
 * Landlock is called by number: Debian 12 has no library for it. Programs that are built with a sanitizer get no limit of the
 * address space and no seccomp filter: the sanitizer could not run. */

#include "feed/bf-sandbox.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <malloc.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bf-error.h"

#define ADDRESS_SPACE (512ull << 20) /* libraries, stacks of the resolver's threads, room to work */
#define PER_PAYLOAD_BYTE 10          /* raw, copied, parsed and packed, with what growing by doubling takes */
#define MAX_DESCRIPTORS 64u
#define MAX_PORTS 8u

/* Not in Debian 12's headers. */
#define NET_CONNECT_TCP (1ull << 1)
#define NET_BIND_TCP (1ull << 0)
#define RULE_NET_PORT 2
#define FS_TRUNCATE (1ull << 14)
#define FS_IOCTL_DEV (1ull << 15)

typedef struct
{
  guint64 fs;
  guint64 net;
  guint64 scoped;
} Ruleset;

typedef struct
{
  guint64 access;
  guint64 port;
} NetPort;

struct _BfSandbox
{
  GPtrArray *readable;
  guint16 ports[MAX_PORTS];
  guint n_ports;
  gboolean net;
  gboolean unix_sockets;
  gboolean watch;
};

BfSandbox *
bf_sandbox_new (void)
{
  BfSandbox *sandbox = g_new0 (BfSandbox, 1);

  sandbox->readable = g_ptr_array_new_with_free_func (g_free);
  return sandbox;
}

void
bf_sandbox_free (BfSandbox *sandbox)
{
  if (sandbox == NULL)
    return;
  g_ptr_array_unref (sandbox->readable);
  g_free (sandbox);
}

void
bf_sandbox_allow_read (BfSandbox *sandbox, const char *path)
{
  if (path != NULL)
    g_ptr_array_add (sandbox->readable, g_strdup (path));
}

static void
add_port (BfSandbox *sandbox, guint16 port)
{
  if (sandbox->n_ports < MAX_PORTS)
    sandbox->ports[sandbox->n_ports++] = port;
}

void
bf_sandbox_allow_net (BfSandbox *sandbox, const char *url)
{
  static const struct
  {
    const char *scheme;
    guint16 port;
  } usual[] = { { "http", 80 }, { "https", 443 }, { "ws", 80 }, { "wss", 443 }, { "mqtt", 1883 }, { "mqtts", 8883 },
                { "postgresql", 5432 }, { "postgres", 5432 } };
  g_autoptr (GUri) uri = url != NULL ? g_uri_parse (url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL) : NULL;

  if (uri == NULL)
    return;
  /* Names over TCP, when an answer is large. */
  if (!sandbox->net)
    add_port (sandbox, 53);
  sandbox->net = TRUE;
  if (g_uri_get_port (uri) > 0)
    add_port (sandbox, (guint16) g_uri_get_port (uri));
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    if (strcmp (usual[i].scheme, g_uri_get_scheme (uri)) == 0 && (g_uri_get_port (uri) <= 0 || usual[i].port == 80))
      {
        add_port (sandbox, usual[i].port);
        /* A redirection may lead from http to https. */
        if (usual[i].port == 80)
          add_port (sandbox, 443);
      }
}

void
bf_sandbox_allow_unix (BfSandbox *sandbox)
{
  sandbox->unix_sockets = TRUE;
}

void
bf_sandbox_allow_watch (BfSandbox *sandbox)
{
  sandbox->watch = TRUE;
}

/* --- the empty folder and the limits ------------------------------------------------------------------------------------ */

/* Nothing can be made in a folder that is deleted. */
static gboolean
enter_empty_folder (GError **error)
{
  g_autofree char *dir = g_dir_make_tmp ("beffroi-feed-XXXXXX", error);

  if (dir == NULL)
    return FALSE;
  if (chdir (dir) == 0 && rmdir (dir) == 0)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", dir, g_strerror (errno));
  return FALSE;
}

static gboolean
set_limits (gsize max_bytes, GError **error)
{
  rlim_t space = ADDRESS_SPACE + (rlim_t) max_bytes * PER_PAYLOAD_BYTE;
  const struct
  {
    int resource;
    struct rlimit limit;
  } limits[] = {
    { RLIMIT_CORE, { 0, 0 } },
    { RLIMIT_NOFILE, { MAX_DESCRIPTORS, MAX_DESCRIPTORS } },
#ifndef __SANITIZE_ADDRESS__
    { RLIMIT_AS, { space, space } },
#endif
  };

  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    if (setrlimit (limits[i].resource, &limits[i].limit) != 0)
      {
        g_set_error (error, BF_ERROR, BF_ERROR_IO, "setrlimit %d: %s", limits[i].resource, g_strerror (errno));
        return FALSE;
      }
  (void) space;
  return TRUE;
}

/* --- Landlock ----------------------------------------------------------------------------------------------------------- */

static void
add_rule (int ruleset, const char *path)
{
  struct landlock_path_beneath_attr rule = { .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE };
  struct stat st;

  rule.parent_fd = open (path, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0)
    return;
  if (fstat (rule.parent_fd, &st) == 0 && S_ISDIR (st.st_mode))
    rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
  syscall (SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close (rule.parent_fd);
}

/* What libraries open late: names of hosts, zones of time, further libraries, coordinates. */
static const char *const system_readable[]
  = { "/etc/resolv.conf",  "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",     "/etc/services",
      "/etc/ssl/certs",    "/etc/ssl/openssl.cnf", "/etc/localtime", "/etc/timezone", "/usr/share/ca-certificates", "/etc/ld.so.cache",
      "/usr/share/zoneinfo", "/usr/share/proj", "/usr/lib", "/lib", "/lib64", "/usr/share/locale", "/run/systemd/resolve",
      "/dev/urandom", "/dev/null", "/proc/self", "/usr/local/share/ca-certificates", NULL };

static gboolean
close_landlock (BfSandbox *sandbox, GString *missing, GError **error)
{
  Ruleset rules = { 0 };
  long abi = syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  gsize size = sizeof rules.fs;
  int ruleset;
  gboolean good;

  if (abi < 1)
    {
      g_string_append (missing, _ ("no Landlock in this kernel: files that the user may read stay readable"));
      return TRUE;
    }
  rules.fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (abi >= 2)
    rules.fs |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3)
    rules.fs |= FS_TRUNCATE;
  if (abi >= 5)
    rules.fs |= FS_IOCTL_DEV;
  if (abi >= 4)
    {
      rules.net = NET_CONNECT_TCP | NET_BIND_TCP;
      size += sizeof rules.net;
    }
  else
    g_string_append (missing, _ ("Landlock of this kernel knows no ports (ABI 4, Linux 6.7): any may be connected to"));
  if (abi >= 6)
    {
      rules.scoped = 3; /* abstract Unix sockets and signals to others */
      size += sizeof rules.scoped;
    }
  ruleset = (int) syscall (SYS_landlock_create_ruleset, &rules, size, 0);
  if (ruleset < 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, "Landlock: %s", g_strerror (errno));
      return FALSE;
    }
  for (guint i = 0; system_readable[i] != NULL; i++)
    add_rule (ruleset, system_readable[i]);
  for (guint i = 0; i < sandbox->readable->len; i++)
    add_rule (ruleset, g_ptr_array_index (sandbox->readable, i));
  for (guint i = 0; abi >= 4 && i < sandbox->n_ports; i++)
    syscall (SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &(NetPort){ NET_CONNECT_TCP, sandbox->ports[i] }, 0);
  good = syscall (SYS_landlock_restrict_self, ruleset, 0) == 0;
  if (!good)
    g_set_error (error, BF_ERROR, BF_ERROR_IO, "Landlock: %s", g_strerror (errno));
  close (ruleset);
  return good;
}

/* --- seccomp ------------------------------------------------------------------------------------------------------------- */

#ifndef __SANITIZE_ADDRESS__
/* Names that the architecture does not have are passed over. */
static const char *const calls[]
  = { "read", "write", "readv", "writev", "pread64", "pwrite64", "close", "close_range", "lseek", "_llseek", "fstat", "stat", "lstat", "newfstatat",
      "fstatat64", "statx", "fstatfs", "statfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd", "getdents",
      "getdents64", "fcntl", "fcntl64", "dup", "dup2", "dup3", "pipe", "pipe2", "eventfd", "eventfd2", "poll", "ppoll",
      "ppoll_time64", "select", "_newselect", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "flock", "fadvise64",
      "mmap", "mmap2", "munmap", "mprotect", "mremap", "madvise", "brk", "membarrier", "futex", "futex_time64", "set_robust_list",
      "get_robust_list", "rseq", "set_tid_address", "exit", "exit_group", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
      "sigreturn", "sigaltstack", "rt_sigtimedwait", "restart_syscall", "nanosleep", "clock_nanosleep", "clock_gettime",
      "clock_gettime64", "clock_getres", "gettimeofday", "time", "getrandom", "getpid", "gettid", "getppid", "getuid", "geteuid",
      "getgid", "getegid", "getresuid", "getresgid", "getpgrp", "uname", "sysinfo", "getrlimit", "getrusage", "sched_yield", "sched_getaffinity",
      "sched_getattr", "sched_getparam", "sched_getscheduler", "times", "umask", "mlock", "munlock", "memfd_create", NULL };

static const char *const net_calls[]
  = { "connect", "sendto", "send", "sendmsg", "sendmmsg", "recvfrom", "recv", "recvmsg", "recvmmsg", "getsockname", "getpeername",
      "getsockopt", "setsockopt", "shutdown", "socketpair", "ioctl", NULL };

static const char *const watch_calls[]
  = { "inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch", NULL };

static gboolean
allow_all (scmp_filter_ctx filter, const char *const *names)
{
  for (; *names != NULL; names++)
    {
      int number = seccomp_syscall_resolve_name (*names);

      if (number != __NR_SCMP_ERROR && seccomp_rule_add (filter, SCMP_ACT_ALLOW, number, 0) != 0)
        return FALSE;
    }
  return TRUE;
}

/* Only for reading: Landlock says where. */
static gboolean
allow_open (scmp_filter_ctx filter)
{
  const unsigned long writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;

  return seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (openat), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, writing, 0)) == 0 &&
         seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (open), 1, SCMP_A1 (SCMP_CMP_MASKED_EQ, writing, 0)) == 0;
}

/* Threads, never processes. clone3 cannot be looked into: without it libc uses clone. */
static gboolean
allow_threads (scmp_filter_ctx filter)
{
  return seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (clone), 1, SCMP_A0 (SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0 &&
         seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (clone3), 0) == 0 &&
         seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (openat2), 0) == 0 &&
         seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (prctl), 1, SCMP_A0 (SCMP_CMP_EQ, PR_SET_NAME)) == 0 &&
         seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (prctl), 1, SCMP_A0 (SCMP_CMP_EQ, PR_SET_VMA)) == 0 &&
         seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (prlimit64), 1, SCMP_A2 (SCMP_CMP_EQ, 0)) == 0;
}

/* To itself, for abort(). */
static gboolean
allow_signals (scmp_filter_ctx filter)
{
  const unsigned long self = (unsigned long) getpid ();

  return seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (tgkill), 1, SCMP_A0 (SCMP_CMP_EQ, self)) == 0 &&
         seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (kill), 1, SCMP_A0 (SCMP_CMP_EQ, self)) == 0;
}

static gboolean
allow_sockets (scmp_filter_ctx filter, BfSandbox *sandbox)
{
  /* Netlink is how libc asks which of IPv4 and IPv6 there is. */
  const int families[] = { AF_INET, AF_INET6, AF_NETLINK };

  for (guint i = 0; sandbox->net && i < G_N_ELEMENTS (families); i++)
    if (seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (socket), 1, SCMP_A0 (SCMP_CMP_EQ, (unsigned long) families[i])) != 0)
      return FALSE;
  if (sandbox->unix_sockets && seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (socket), 1, SCMP_A0 (SCMP_CMP_EQ, AF_UNIX)) != 0)
    return FALSE;
  return (!sandbox->net && !sandbox->unix_sockets) || allow_all (filter, net_calls);
}

static gboolean
close_seccomp (BfSandbox *sandbox, GError **error)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
  int result = filter != NULL && allow_all (filter, calls) && allow_open (filter) && allow_threads (filter) && allow_signals (filter) &&
                   allow_sockets (filter, sandbox) && (!sandbox->watch || allow_all (filter, watch_calls))
                 ? seccomp_load (filter)
                 : -EINVAL;

  if (filter != NULL)
    seccomp_release (filter);
  if (result != 0)
    g_set_error (error, BF_ERROR, BF_ERROR_IO, "seccomp: %s", g_strerror (-result));
  return result == 0;
}
#else
static gboolean
close_seccomp (BfSandbox *sandbox, GError **error)
{
  return TRUE;
}
#endif

gboolean
bf_sandbox_close (BfSandbox *sandbox, gsize max_bytes, char **ret_missing, GError **error)
{
  g_autoptr (GString) missing = g_string_new (NULL);

  *ret_missing = NULL;
  if (!enter_empty_folder (error))
    return FALSE;
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, "no-new-privileges: %s", g_strerror (errno));
      return FALSE;
    }
  if (!close_landlock (sandbox, missing, error) || !set_limits (max_bytes, error) || !close_seccomp (sandbox, error))
    return FALSE;
  if (missing->len > 0)
    *ret_missing = g_string_free (g_steal_pointer (&missing), FALSE);
  return TRUE;
}
