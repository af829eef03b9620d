/* SPDX-License-Identifier: EUPL-1.2 */
/* The load of the comparison with peers, the same for each: observations as lines of JSON over one TCP connection, alerts as lines of
 * JSON back over the same.
 *
 *   out  {"id":"A000042","v":50.3,"t":1795500000123.456}     t: ms since 1970
 *   in   {"asset":"A000042","to":"raised","t":1795500000123.456}   "raised" or "returned"; t: of the observation that did it
 *
 * An asset is raised when v < 20 and returns when v > 30. One observation in a thousand falls, and that asset's next one is good
 * again; so the number of raised alerts is known beforehand and is checked. Asset "READY" falls when all assets are known, "END" last:
 * their alerts say that all before is through.
 *
 *   bench-load PORT N_ASSETS N_LINES           as fast as the peer reads: observations a second
 *   bench-load PORT N_ASSETS N_LINES RATE      so many a second, steadily: how long from a line's sending to its alert
 *
 * Prints one JSON object. Exits with 1 when alerts are missing, with 2 when nothing came for 60 s. */

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 80u
#define RARITY 1000u
#define PATIENCE_MS 20000

typedef struct
{
  int fd;
  guint n_assets;
  guint64 n_lines;
  guint64 rate; /* 0: as fast as it goes */
  guint64 n_raised;
  guint64 n_returned;
  GArray *latencies_us; /* double */
  gint64 end_us;        /* monotonic; 0: not yet */
  gboolean lost;
} Load;

static gint64
wall_us (void)
{
  struct timespec t;

  clock_gettime (CLOCK_REALTIME, &t);
  return t.tv_sec * G_USEC_PER_SEC + t.tv_nsec / 1000;
}

/* Line @n of the load: asset n mod N in its round n div N. */
static gboolean
falls (const Load *load, guint64 n)
{
  return (n % load->n_assets * 7919 + n / load->n_assets) % RARITY == 0;
}

static guint64
expected (const Load *load)
{
  guint64 n_falls = 0;

  for (guint64 n = load->n_assets; n < load->n_lines; n++)
    n_falls += falls (load, n);
  return n_falls;
}

/* The first round falls nowhere: it makes the assets known. */
static gsize
write_line (const Load *load, guint64 n, gint64 t_us, char *out)
{
  guint asset = (guint) (n % load->n_assets);
  gboolean low = n >= load->n_assets && falls (load, n);
  guint tenths = low ? 100 + asset % 50 : 400 + (guint) (n * 31 % 150);

  return (gsize) sprintf (out, "{\"id\":\"A%06u\",\"v\":%u.%u,\"t\":%" G_GINT64_FORMAT ".%03u}\n", asset, tenths / 10, tenths % 10,
                          t_us / 1000, (guint) (t_us % 1000));
}

static gsize
write_mark (const char *id, gint64 t_us, char *out)
{
  return (gsize) sprintf (out, "{\"id\":\"%s\",\"v\":1.0,\"t\":%" G_GINT64_FORMAT ".%03u}\n", id, t_us / 1000, (guint) (t_us % 1000));
}

static void
send_all (const Load *load, const char *bytes, gsize length)
{
  while (length > 0)
    {
      gssize n = send (load->fd, bytes, length, MSG_NOSIGNAL);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        g_error ("the peer closed the connection: %s", g_strerror (errno));
      bytes += n;
      length -= (gsize) n;
    }
}

static void
take_line (Load *load, const char *line)
{
  const char *t = strstr (line, "\"t\":");
  double latency_us = t != NULL ? (double) wall_us () - g_ascii_strtod (t + 4, NULL) * 1000 : 0;

  if (strstr (line, "\"END\"") != NULL)
    {
      load->end_us = g_get_monotonic_time ();
      return;
    }
  if (strstr (line, "\"raised\"") == NULL)
    {
      load->n_returned++;
      return;
    }
  load->n_raised++;
  g_array_append_val (load->latencies_us, latency_us);
}

static gpointer
receive_thread (gpointer data)
{
  Load *load = data;
  struct pollfd poll_fd = { .fd = load->fd, .events = POLLIN };
  static char room[1 << 20];
  gsize used = 0;

  while (load->end_us == 0)
    {
      char *line = room, *eol;
      gssize n;

      if (poll (&poll_fd, 1, PATIENCE_MS) <= 0 || (n = recv (load->fd, room + used, sizeof room - 1 - used, 0)) <= 0)
        {
          load->lost = TRUE;
          return NULL;
        }
      used += (gsize) n;
      room[used] = '\0';
      for (; (eol = memchr (line, '\n', used - (gsize) (line - room))) != NULL; line = eol + 1)
        {
          *eol = '\0';
          take_line (load, line);
        }
      used -= (gsize) (line - room);
      memmove (room, line, used);
    }
  return NULL;
}

/* The assets and READY are sent; nothing comes back but READY's alert. */
static void
send_assets (const Load *load, const char *bytes, gsize length)
{
  struct pollfd poll_fd = { .fd = load->fd, .events = POLLIN };
  char line[256];
  gsize used = 0;

  send_all (load, bytes, length);
  while (used == 0 || line[used - 1] != '\n')
    {
      gssize n = poll (&poll_fd, 1, PATIENCE_MS) > 0 ? recv (load->fd, line + used, sizeof line - 1 - used, 0) : 0;

      if (n <= 0)
        g_error ("the peer did not take the assets");
      used += (gsize) n;
    }
  line[used] = '\0';
  if (strstr (line, "\"READY\"") == NULL)
    g_error ("expected READY's alert, got %s", line);
}

/* Everything is written down before the clock starts, so that it costs the peer nothing; sent in order. */
static double
run_fast (Load *load)
{
  g_autofree char *text = g_malloc ((load->n_lines + 2) * LINE_MAX_BYTES);
  gint64 t_us = wall_us () - (gint64) 3600 * G_USEC_PER_SEC;
  gsize first = 0, length = 0;
  g_autoptr (GThread) thread = NULL;
  gint64 begin_us;

  for (guint64 n = 0; n < load->n_lines; n++)
    {
      if (n == load->n_assets)
        first = length += write_mark ("READY", t_us, text + length);
      length += write_line (load, n, t_us + (gint64) (n / load->n_assets) * 10000, text + length);
    }
  length += write_mark ("END", t_us + (gint64) 3000 * G_USEC_PER_SEC, text + length);
  send_assets (load, text, first);
  begin_us = g_get_monotonic_time ();
  thread = g_thread_new ("receive", receive_thread, load);
  send_all (load, text + first, length - first);
  g_thread_join (g_steal_pointer (&thread));
  return (double) (load->end_us - begin_us) / 1e6;
}

/* Every ms the lines that are due, each with the time of its sending. */
static double
run_steady (Load *load)
{
  g_autofree char *text = g_malloc ((load->rate / 100 + load->n_assets + 2) * LINE_MAX_BYTES);
  g_autoptr (GThread) thread = NULL;
  gint64 begin_us;
  gsize length = 0;
  guint64 n = 0;

  for (; n < load->n_assets; n++)
    length += write_line (load, n, wall_us () - G_USEC_PER_SEC, text + length);
  length += write_mark ("READY", wall_us (), text + length);
  send_assets (load, text, length);
  thread = g_thread_new ("receive", receive_thread, load);
  begin_us = g_get_monotonic_time ();
  while (n < load->n_lines && !load->lost)
    {
      guint64 due = load->n_assets + (guint64) ((double) (g_get_monotonic_time () - begin_us) / 1e6 * (double) load->rate);

      length = 0;
      for (guint64 i = 0; i < load->rate / 100 + 1 && n < MIN (due, load->n_lines); i++, n++)
        length += write_line (load, n, wall_us (), text + length);
      if (length > 0)
        send_all (load, text, length);
      else
        g_usleep (200);
    }
  length = write_mark ("END", wall_us (), text);
  send_all (load, text, length);
  g_thread_join (g_steal_pointer (&thread));
  return (double) (load->end_us - begin_us) / 1e6;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  return (*(const double *) a > *(const double *) b) - (*(const double *) a < *(const double *) b);
}

static double
percentile_ms (GArray *sorted, double share)
{
  return sorted->len == 0 ? -1 : g_array_index (sorted, double, (guint) (share * (sorted->len - 1))) / 1000;
}

int
main (int argc, char **argv)
{
  Load load = { 0 };
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  guint64 want;
  double seconds;
  int one = 1;

  if (argc < 4)
    {
      fputs ("usage: bench-load PORT N_ASSETS N_LINES [RATE]\n", stderr);
      return 2;
    }
  address.sin_port = htons ((guint16) atoi (argv[1]));
  load.n_assets = (guint) atoi (argv[2]);
  load.n_lines = load.n_assets + strtoull (argv[3], NULL, 10);
  load.rate = argc > 4 ? strtoull (argv[4], NULL, 10) : 0;
  load.latencies_us = g_array_new (FALSE, FALSE, sizeof (double));
  load.fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect (load.fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      fprintf (stderr, "127.0.0.1:%s: %s\n", argv[1], g_strerror (errno));
      return 2;
    }
  setsockopt (load.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  want = expected (&load);
  seconds = load.rate > 0 ? run_steady (&load) : run_fast (&load);
  g_array_sort (load.latencies_us, compare_doubles);
  printf ("{\"observations\":%" G_GUINT64_FORMAT ",\"raised\":%" G_GUINT64_FORMAT ",\"expected\":%" G_GUINT64_FORMAT ",\"returned\":%" G_GUINT64_FORMAT
          ",\"through\":%s,\"seconds\":%.4f,\"per_s\":%.0f",
          load.n_lines - load.n_assets, load.n_raised, want, load.n_returned, load.lost ? "false" : "true", seconds,
          (double) (load.n_lines - load.n_assets) / seconds);
  if (load.rate > 0)
    printf (",\"rate\":%" G_GUINT64_FORMAT ",\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f", load.rate, percentile_ms (load.latencies_us, 0.5),
            percentile_ms (load.latencies_us, 0.99), percentile_ms (load.latencies_us, 1));
  puts ("}");
  g_array_unref (load.latencies_us);
  return load.lost ? 2 : load.n_raised != want;
}
