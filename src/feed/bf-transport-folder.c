/* SPDX-License-Identifier: EUPL-1.2 */
/* A folder that another system writes its exports to (`Url=file:///…/`, `Pattern=*.csv`). Each file is one message, and is read when
 * it is whole: it was closed after writing or moved into the folder (inotify), or its size and time did not change between two looks
 * at the folder and lie SETTLE_US back: what inotify does not tell of, such as a share of another machine. One that inotify says is
 * being written, and is kept open in between, is given OPEN_SETTLE_US. What was
 * read is known by name, size and time, in the cursor, which the engine keeps: a file is read once, also after a restart, and again
 * when it is written anew. Nothing is moved or removed. At most MAX_FILES are looked at, oldest first. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bf-time.h"
#include "feed/bf-sandbox.h"
#include "feed/bf-transport.h"

#define MAX_FILES 20000u
#define SETTLE_US (2 * G_USEC_PER_SEC)
#define OPEN_SETTLE_US (60 * G_USEC_PER_SEC)

typedef struct
{
  char *name;
  gint64 size;
  gint64 changed_us;
  guint64 mark; /* of name, size and time */
} Entry;

typedef struct
{
  BfTransport base;
  char *path;
  const char *pattern;
  int inotify_fd;
  GSource *source;
  GSource *timer;
  GHashTable *read;    /* guint64 mark: read, or too large, and still there */
  GHashTable *seen;    /* guint64 mark: seen at the last look, not read */
  GHashTable *closed;  /* name: said by inotify to be whole */
  GHashTable *writing; /* name: said by inotify to be written, and not yet closed */
  guint64 place;       /* the folder that this process may read */
  guint n_special;     /* of the last look: what the pattern takes and is no plain file */
  gboolean over;       /* of the last look: more files than are looked at */
  char *told;          /* (nullable): what was said of it */
  gboolean held;
} Folder;

static void look (Folder *self);

static guint64
mark_of (const char *name, gint64 size, gint64 changed_us)
{
  guint64 hash = G_GUINT64_CONSTANT (14695981039346656037);
  gint64 numbers[] = { size, changed_us };

  for (const char *p = name; *p != '\0'; p++)
    hash = (hash ^ (guint8) *p) * G_GUINT64_CONSTANT (1099511628211);
  for (gsize i = 0; i < sizeof numbers; i++)
    hash = (hash ^ ((const guint8 *) numbers)[i]) * G_GUINT64_CONSTANT (1099511628211);
  return hash;
}

static void
add_mark (GHashTable *set, guint64 mark)
{
  g_hash_table_add (set, g_memdup2 (&mark, sizeof mark));
}

static void
entry_clear (gpointer data)
{
  g_free (((Entry *) data)->name);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *first = a;
  const Entry *second = b;

  if (first->changed_us != second->changed_us)
    return first->changed_us < second->changed_us ? -1 : 1;
  return strcmp (first->name, second->name);
}

static gboolean
stat_entry (Folder *self, const char *name, Entry *entry)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);
  struct stat st;

  if (lstat (path, &st) != 0 || !S_ISREG (st.st_mode))
    return FALSE;
  entry->size = st.st_size;
  entry->changed_us = (gint64) st.st_mtim.tv_sec * G_USEC_PER_SEC + st.st_mtim.tv_nsec / 1000;
  entry->mark = mark_of (name, entry->size, entry->changed_us);
  return TRUE;
}

/* It is there, and no plain file: a link, a pipe, a folder. */
static gboolean
is_special (Folder *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);
  struct stat st;

  return lstat (path, &st) == 0 && !S_ISREG (st.st_mode);
}

/* (element-type Entry): oldest first; NULL when the folder cannot be read. */
static GArray *
list_folder (Folder *self)
{
  DIR *dir = opendir (self->path);
  struct dirent *item;
  GArray *entries;

  if (dir == NULL)
    return NULL;
  entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (entries, entry_clear);
  self->over = FALSE;
  self->n_special = 0;
  while ((item = readdir (dir)) != NULL)
    {
      Entry entry = { 0 };

      if (item->d_name[0] == '.' || fnmatch (self->pattern, item->d_name, FNM_PERIOD) != 0)
        continue;
      if (!stat_entry (self, item->d_name, &entry))
        {
          self->n_special += is_special (self, item->d_name);
          continue;
        }
      self->over = entries->len >= MAX_FILES;
      if (self->over)
        break;
      entry.name = g_strdup (item->d_name);
      g_array_append_val (entries, entry);
    }
  closedir (dir);
  g_array_sort (entries, compare_entries);
  return entries;
}

/* FALSE: no room. A file that changes while it is read is not whole and comes later. */
static gboolean
read_entry (Folder *self, const Entry *entry)
{
  g_autofree char *path = g_build_filename (self->path, entry->name, NULL);
  g_autofree char *bytes = NULL;
  int fd;
  Entry after = { 0 };
  gssize n = 0;
  gsize length = 0;
  g_autofree char *why = NULL;

  if ((guint64) entry->size >= self->base.def->max_bytes)
    {
      why = g_strdup_printf (_ ("%.100s has %zu bytes, MaxBytes allows %zu"), entry->name, (gsize) entry->size,
                             self->base.def->max_bytes);
      self->base.host->dropped (self->base.user_data, 1, why);
      add_mark (self->read, entry->mark);
      return TRUE;
    }
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0)
    return TRUE;
  bytes = g_malloc (entry->size + 1);
  while (length < (gsize) entry->size && (n = read (fd, bytes + length, entry->size - length)) > 0)
    length += n;
  close (fd);
  if (length != (gsize) entry->size || !stat_entry (self, entry->name, &after) || after.mark != entry->mark)
    return TRUE;
  if (!self->base.host->message (self->base.user_data, bytes, length, MIN (entry->changed_us, bf_time_now_us ())))
    return FALSE;
  add_mark (self->read, entry->mark);
  return TRUE;
}

static void
tell_cursor (Folder *self, GArray *entries)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GHashTable) still = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint i = 0; i < entries->len; i++)
    {
      guint64 mark = g_array_index (entries, Entry, i).mark;

      if (!g_hash_table_contains (self->read, &mark))
        continue;
      add_mark (still, mark);
      g_string_append_printf (text, "%016" G_GINT64_MODIFIER "x\n", mark);
    }
  g_hash_table_unref (self->read);
  self->read = g_steal_pointer (&still);
  self->base.host->cursor (self->base.user_data, text->str);
}

static gboolean
is_whole (Folder *self, const Entry *entry)
{
  gint64 settle_us = g_hash_table_contains (self->writing, entry->name) ? OPEN_SETTLE_US : SETTLE_US;

  return g_hash_table_contains (self->closed, entry->name) ||
         (g_hash_table_contains (self->seen, &entry->mark) && entry->changed_us < bf_time_now_us () - settle_us);
}

static void
take_entries (Folder *self, GArray *entries)
{
  for (guint i = 0; i < entries->len && !self->held; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);

      if (!g_hash_table_contains (self->read, &entry->mark) && is_whole (self, entry))
        {
          self->held = !read_entry (self, entry);
          if (!self->held)
            g_hash_table_remove (self->closed, entry->name);
        }
    }
}

static gboolean
timer_cb (gpointer user_data)
{
  look (user_data);
  return G_SOURCE_REMOVE;
}

static void
drop_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
folder_stop (BfTransport *transport)
{
  Folder *self = (Folder *) transport;

  drop_source (&self->source);
  drop_source (&self->timer);
  if (self->inotify_fd >= 0)
    close (self->inotify_fd);
  self->inotify_fd = -1;
  self->held = FALSE;
}

/* What is not looked at, once when it is so and once when it is over. */
static void
tell_notes (Folder *self)
{
  g_autoptr (GString) note = g_string_new (self->source == NULL ? _ ("the folder is looked at every Every= only: this system tells of no changes") : NULL);

  if (self->over)
    g_string_append_printf (note, "%s%s", note->len > 0 ? "; " : "", _ ("more than 20000 files lie in the folder; those beyond are not looked at"));
  if (self->n_special > 0)
    {
      g_string_append (note, note->len > 0 ? "; " : "");
      g_string_append_printf (note, g_dngettext (GETTEXT_PACKAGE, "%u entry of the folder is no plain file and is not read",
                                                 "%u entries of the folder are no plain files and are not read", self->n_special), self->n_special);
    }
  if (g_strcmp0 (self->told, note->len > 0 ? note->str : NULL) == 0)
    return;
  g_free (self->told);
  self->told = note->len > 0 ? g_strdup (note->str) : NULL;
  self->base.host->up (self->base.user_data, self->told);
}

static void
look (Folder *self)
{
  g_autoptr (GArray) entries = list_folder (self);
  gboolean unread = FALSE;
  gint64 wait_us;

  drop_source (&self->timer);
  if (entries == NULL)
    {
      gboolean replaced = errno == EACCES && bf_transport_place (self->path) != self->place;
      g_autofree char *reason = g_strdup_printf ("%s: %s", self->path, replaced ? _ ("the folder is another one now, which this process may not read")
                                                                                 : g_strerror (errno));

      folder_stop (&self->base);
      if (replaced)
        self->base.host->anew (self->base.user_data, reason);
      else
        self->base.host->down (self->base.user_data, BF_OUTCOME_RETRY, 0, reason);
      return;
    }
  tell_notes (self);
  take_entries (self, entries);
  tell_cursor (self, entries);
  g_hash_table_remove_all (self->seen);
  for (guint i = 0; i < entries->len; i++)
    {
      guint64 mark = g_array_index (entries, Entry, i).mark;

      unread = unread || !g_hash_table_contains (self->read, &mark);
      add_mark (self->seen, mark);
    }
  wait_us = self->base.def->every_us;
  self->timer = g_timeout_source_new ((guint) ((unread ? MIN (wait_us, SETTLE_US + SETTLE_US / 4) : wait_us) / 1000));
  g_source_set_callback (self->timer, timer_cb, self, NULL);
  g_source_attach (self->timer, NULL);
}

/* TRUE: there is a whole file. */
static gboolean
hear (Folder *self, const struct inotify_event *event)
{
  Entry entry = { 0 };

  if ((event->mask & IN_Q_OVERFLOW) || g_hash_table_size (self->writing) >= MAX_FILES)
    g_hash_table_remove_all (self->writing);
  if (event->len == 0)
    return FALSE;
  if (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO))
    {
      g_hash_table_remove (self->writing, event->name);
      if (g_hash_table_size (self->closed) < MAX_FILES)
        g_hash_table_add (self->closed, g_strdup (event->name));
      return TRUE;
    }
  /* What was made by a link to it is whole from the beginning. */
  if (!(event->mask & IN_CREATE) || (stat_entry (self, event->name, &entry) && entry.size == 0))
    {
      g_hash_table_remove (self->closed, event->name);
      g_hash_table_add (self->writing, g_strdup (event->name));
    }
  return FALSE;
}

/* Names of whole files are kept until they are read; a flood of them is no more than a look. */
static gboolean
inotify_cb (int fd, GIOCondition condition, gpointer user_data)
{
  Folder *self = user_data;
  char bytes[16 << 10] __attribute__ ((aligned (8)));
  gssize n = read (fd, bytes, sizeof bytes);
  gboolean whole = FALSE;

  for (gssize at = 0; at + (gssize) sizeof (struct inotify_event) <= n;)
    {
      const struct inotify_event *event = (const struct inotify_event *) (gconstpointer) (bytes + at);

      whole = hear (self, event) || whole;
      at += sizeof *event + event->len;
    }
  if (whole && !self->held)
    look (self);
  return G_SOURCE_CONTINUE;
}

static void
folder_start (BfTransport *transport)
{
  Folder *self = (Folder *) transport;
  self->inotify_fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (self->inotify_fd >= 0 && inotify_add_watch (self->inotify_fd, self->path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_MODIFY | IN_CREATE | IN_ONLYDIR) >= 0)
    {
      self->source = g_unix_fd_source_new (self->inotify_fd, G_IO_IN);
      g_source_set_callback (self->source, G_SOURCE_FUNC (inotify_cb), self, NULL);
      g_source_attach (self->source, NULL);
    }
  g_clear_pointer (&self->told, g_free);
  if (g_file_test (self->path, G_FILE_TEST_IS_DIR))
    transport->host->up (transport->user_data, NULL);
  look (self);
}

static void
folder_resume (BfTransport *transport)
{
  Folder *self = (Folder *) transport;

  if (!self->held)
    return;
  self->held = FALSE;
  look (self);
}

static void
read_cursor (Folder *self, const char *cursor)
{
  g_auto (GStrv) lines = g_strsplit (cursor, "\n", MAX_FILES + 1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint64 mark;

      if (g_ascii_string_to_unsigned (lines[i], 16, 1, G_MAXUINT64, &mark, NULL))
        add_mark (self->read, mark);
    }
}

static BfTransport *
folder_open (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error)
{
  g_autofree char *path = g_filename_from_uri (def->url, NULL, error);
  Folder *self;

  if (path == NULL)
    return NULL;
  self = g_new0 (Folder, 1);
  self->path = g_steal_pointer (&path);
  self->pattern = bf_feed_def_get (def, "Pattern") != NULL ? bf_feed_def_get (def, "Pattern") : "*";
  self->inotify_fd = -1;
  self->read = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->closed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->writing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (net->cursor != NULL)
    read_cursor (self, net->cursor);
  return &self->base;
}

static void
folder_close (BfTransport *transport)
{
  Folder *self = (Folder *) transport;

  folder_stop (transport);
  g_hash_table_unref (self->read);
  g_hash_table_unref (self->seen);
  g_hash_table_unref (self->closed);
  g_hash_table_unref (self->writing);
  g_free (self->told);
  g_free (self->path);
  g_free (self);
}

static void
folder_allow (BfTransport *transport, BfSandbox *sandbox)
{
  Folder *self = (Folder *) transport;

  self->place = bf_transport_place (self->path);
  bf_sandbox_allow_read (sandbox, self->path);
  bf_sandbox_allow_watch (sandbox);
}

const BfTransportClass bf_transport_folder = {
  .open = folder_open,
  .close = folder_close,
  .allow = folder_allow,
  .start = folder_start,
  .stop = folder_stop,
  .resume = folder_resume,
};
