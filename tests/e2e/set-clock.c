/* SPDX-License-Identifier: EUPL-1.2 */
/* A clock that a test may set, for real programs: preloaded, it adds to civil time, and to that which elapses, what stands in the file
 * of BF_TEST_CLOCK: two int64, µs by which the clock was set, µs that have passed (as on a machine that was suspended: GLib's timers,
 * which are CLOCK_MONOTONIC, do not see them). The machine's clock is not touched. */

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *times_us; /* NULL: as it is */

__attribute__ ((constructor)) static void
open_times (void)
{
  const char *path = getenv ("BF_TEST_CLOCK");
  int fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  void *map = fd >= 0 ? mmap (NULL, 2 * sizeof (int64_t), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

  if (fd >= 0)
    close (fd);
  if (map != MAP_FAILED)
    times_us = map;
}

static void
add (struct timespec *time, int64_t us)
{
  time->tv_sec += us / 1000000;
  time->tv_nsec += us % 1000000 * 1000;
  if (time->tv_nsec < 0)
    {
      time->tv_sec--;
      time->tv_nsec += 1000000000;
    }
  else if (time->tv_nsec >= 1000000000)
    {
      time->tv_sec++;
      time->tv_nsec -= 1000000000;
    }
}

int
clock_gettime (clockid_t id, struct timespec *ret_time)
{
  int result = (int) syscall (SYS_clock_gettime, id, ret_time);

  if (result == 0 && times_us != NULL && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
    add (ret_time, times_us[0] + times_us[1]);
  else if (result == 0 && times_us != NULL && id == CLOCK_BOOTTIME)
    add (ret_time, times_us[1]);
  return result;
}

int
gettimeofday (struct timeval *restrict ret_time, void *restrict zone)
{
  struct timespec now;

  (void) zone;
  if (clock_gettime (CLOCK_REALTIME, &now) != 0)
    return -1;
  *ret_time = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
  return 0;
}

time_t
time (time_t *ret_time)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  if (ret_time != NULL)
    *ret_time = now.tv_sec;
  return now.tv_sec;
}
