/* SPDX-License-Identifier: EUPL-1.2 */
/* A full disk: a small tmpfs in a mount namespace of the test's own. What is written while it is full waits, the health says
 * so, and when there is room again everything is there. */

#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes all the room that is left, or the mount's limit. */
static void
fill (const char *path)
{
  int fd = g_open (path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  char block[512] = { 0 };

  g_assert_cmpint (fd, >=, 0);
  while (write (fd, block, sizeof block) > 0)
    ;
  g_assert_cmpint (errno, ==, ENOSPC);
  close (fd);
}

static gboolean
mount_small (const char *dir)
{
  if (unshare (CLONE_NEWNS) != 0 && unshare (CLONE_NEWUSER | CLONE_NEWNS) != 0)
    return FALSE;
  return mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount ("tmpfs", dir, "tmpfs", 0, "size=4m") == 0;
}

static void
health_cb (gpointer user_data, BfStore *store)
{
  BfStoreHealth health = { 0 };
  char **last = user_data;

  bf_store_health (store, &health);
  g_free (*last);
  *last = g_steal_pointer (&health.error);
}

static void
test_full (void)
{
  g_autofree char *dir = g_dir_make_tmp ("bf-store-XXXXXX", NULL);
  g_autofree char *filler = g_build_filename (dir, "filler", NULL);
  g_autofree char *trouble = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GArray) points = NULL;
  g_autofree BfStoreObservation *rows = g_new (BfStoreObservation, 20000);
  BfStoreHealth health = { 0 };
  Told told = { 0 };
  BfStore *store;

  if (!mount_small (dir))
    {
      g_autofree char *reason = g_strdup_printf ("no small file system can be mounted here: %s", g_strerror (errno));

      g_test_skip (reason);
      g_rmdir (dir);
      return;
    }
  fixture_expect_warnings ();
  store = bf_store_open (dir, &error);
  g_assert_no_error (error);
  bf_store_set_health_func (store, health_cb, &trouble);
  put_and_wait (store, 1, 1);

  fill (filler);
  for (guint i = 0; i < 20000; i++)
    rows[i] = (BfStoreObservation){ "a/1", "p", i, T0 + i, T0 + i, i, "f" };
  g_assert_true (bf_store_add_observations (store, rows, 20000));
  for (gint64 id = 2; id <= 201; id++)
    {
      BfAlert alert;
      BfAlertEvent event;

      make_alert (&alert, &event, id, id);
      bf_store_put_alert (store, &alert, &event, told_cb, &told);
    }
  while (trouble == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_test_message ("%s", trouble);
  g_assert_nonnull (strstr (trouble, "full"));
  g_assert_cmpuint (told.n_done, ==, 0);

  g_assert_cmpint (g_unlink (filler), ==, 0);
  wait_told (&told, 200);
  g_assert_cmpuint (told.n_failed, ==, 0);
  while (trouble != NULL)
    g_main_context_iteration (NULL, TRUE);
  wait_written (store, 20000);
  bf_store_health (store, &health);
  g_assert_cmpuint (health.failed, ==, 0);
  g_assert_null (health.error);
  events = query_events (store, 0, 0, 1000);
  g_assert_cmpuint (events->len, ==, 201);
  points = query_series (store, "a/1", "p", 0, G_MAXINT64, 100000, &error);
  g_assert_cmpuint (points->len, ==, 20000);
  bf_store_close (store);
  umount2 (dir, MNT_DETACH);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/full", test_full);
  return g_test_run ();
}
