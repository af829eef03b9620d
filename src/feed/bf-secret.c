/* SPDX-License-Identifier: EUPL-1.2 */
/* Secrets of a feed: see bf-secret.h. The file is opened once and asked by its descriptor, so that what was checked is what is
 * read; a link is followed by nobody (systemd's credentials are plain files). One thread. */

#include "feed/bf-secret.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bf-error.h"

#define BLOT "•••"
#define OPENING "${" BF_SECRET_PREFIX

struct _BfSecrets
{
  char *dir;
  GHashTable *values; /* name -> value */
  GPtrArray *known;   /* texts that must not be seen */
};

BfSecrets *
bf_secrets_new (const char *dir)
{
  BfSecrets *secrets = g_new0 (BfSecrets, 1);

  secrets->dir = g_strdup (dir);
  secrets->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  secrets->known = g_ptr_array_new_with_free_func (g_free);
  return secrets;
}

void
bf_secrets_free (BfSecrets *secrets)
{
  if (secrets == NULL)
    return;
  g_hash_table_unref (secrets->values);
  g_ptr_array_unref (secrets->known);
  g_free (secrets->dir);
  g_free (secrets);
}

const char *
bf_secret_name (const char *text)
{
  return text != NULL && g_str_has_prefix (text, BF_SECRET_PREFIX) ? text + strlen (BF_SECRET_PREFIX) : NULL;
}

static gboolean
is_name (const char *name)
{
  gsize n = strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

  return n > 0 && n <= 100 && name[n] == '\0' && name[0] != '.';
}

static gboolean
check_file (int fd, const char *path, GError **error)
{
  struct stat st;

  if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode))
    g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("%s: expected a plain file that holds the secret"), path);
  else if (st.st_uid != geteuid () && st.st_uid != 0)
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: belongs to the user %u; expected the one who runs the engine, or root"), path,
                 (guint) st.st_uid);
  else if ((st.st_mode & 077) != 0)
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: others may read it (mode %04o); expected at most 0600"), path,
                 (guint) st.st_mode & 07777);
  else if (st.st_size == 0 || st.st_size > BF_SECRET_MAX)
    g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s: expected 1 to %u bytes, found %ld"), path, BF_SECRET_MAX,
                 (long) st.st_size);
  else
    return TRUE;
  return FALSE;
}

/* -1 with @error; the folder of credentials goes before the city's. */
static int
open_secret (BfSecrets *secrets, const char *name, char **ret_path, GError **error)
{
  const char *dirs[] = { g_getenv ("CREDENTIALS_DIRECTORY"), secrets->dir };

  if (!is_name (name))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("secret:%.100s: expected a name of letters, digits, “.”, “_” and “-”"), name);
      return -1;
    }
  for (guint i = 0; i < G_N_ELEMENTS (dirs); i++)
    {
      g_autofree char *path = dirs[i] != NULL && dirs[i][0] == '/' ? g_build_filename (dirs[i], name, NULL) : NULL;
      int fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;

      if (path == NULL || (fd < 0 && errno == ENOENT))
        continue;
      if (fd < 0)
        g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", path, g_strerror (errno));
      else if (check_file (fd, path, error))
        {
          *ret_path = g_steal_pointer (&path);
          return fd;
        }
      if (fd >= 0)
        close (fd);
      return -1;
    }
  g_set_error (error, BF_ERROR, BF_ERROR_NOT_FOUND, _ ("secret:%s: expected a file %s in secrets.d of the city's folder, or a credential of "
               "the service"), name, name);
  return -1;
}

static char *
read_secret (BfSecrets *secrets, const char *name, GError **error)
{
  g_autofree char *path = NULL;
  char bytes[BF_SECRET_MAX + 1];
  int fd = open_secret (secrets, name, &path, error);
  gssize n;
  char *value;

  if (fd < 0)
    return NULL;
  n = read (fd, bytes, sizeof bytes - 1);
  close (fd);
  while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
    n--;
  bytes[MAX (n, 0)] = '\0';
  if (n <= 0 || memchr (bytes, '\0', n) != NULL || memchr (bytes, '\n', n) != NULL)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: expected one line of text"), path);
      value = NULL;
    }
  else if (n < (gssize) BF_SECRET_MIN)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: expected at least %u characters: a shorter secret cannot be kept out of what is said"),
                   path, BF_SECRET_MIN);
      value = NULL;
    }
  else
    value = g_strdup (bytes);
  explicit_bzero (bytes, sizeof bytes);
  return value;
}

gboolean
bf_secrets_check (BfSecrets *secrets, const char *name, GError **error)
{
  char *value = read_secret (secrets, name, error);

  if (value == NULL)
    return FALSE;
  explicit_bzero (value, strlen (value));
  g_free (value);
  return TRUE;
}

const char *
bf_secrets_get (BfSecrets *secrets, const char *name, GError **error)
{
  char *value = g_hash_table_lookup (secrets->values, name);

  if (value != NULL)
    return value;
  value = read_secret (secrets, name, error);
  if (value == NULL)
    return NULL;
  bf_secrets_add (secrets, value);
  g_hash_table_insert (secrets->values, g_strdup (name), value);
  return value;
}

const char *
bf_secrets_value (BfSecrets *secrets, const char *text, GError **error)
{
  const char *name = bf_secret_name (text);

  return name != NULL ? bf_secrets_get (secrets, name, error) : text;
}

static char *
expand (BfSecrets *secrets, const char *text, gboolean check_only, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at;

  while ((at = strstr (text, OPENING)) != NULL)
    {
      const char *name = at + strlen (OPENING);
      const char *close = strchr (name, '}');
      g_autofree char *copy = close != NULL ? g_strndup (name, close - name) : NULL;
      const char *value = NULL;

      g_string_append_len (out, text, at - text);
      if (copy == NULL)
        g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("expected } after %.40s"), at);
      else if (!check_only)
        value = bf_secrets_get (secrets, copy, error);
      else if (bf_secrets_check (secrets, copy, error))
        value = "";
      if (value == NULL)
        return NULL;
      g_string_append_uri_escaped (out, value, NULL, FALSE);
      text = close + 1;
    }
  g_string_append (out, text);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
bf_secrets_expand (BfSecrets *secrets, const char *text, GError **error)
{
  return expand (secrets, text, FALSE, error);
}

char *
bf_secrets_expand_as (BfSecrets *secrets, const char *pattern, const char *text)
{
  g_autoptr (GString) out = g_string_new (text);

  while ((pattern = strstr (pattern, OPENING)) != NULL && strchr (pattern, '}') != NULL)
    {
      gsize length = strchr (pattern, '}') + 1 - pattern;
      g_autofree char *name = g_strndup (pattern, length);
      g_autofree char *value = bf_secrets_expand (secrets, name, NULL);

      if (value != NULL)
        g_string_replace (out, name, value, 0);
      pattern += length;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

gboolean
bf_secrets_check_text (BfSecrets *secrets, const char *text, GError **error)
{
  g_autofree char *unused = expand (secrets, text, TRUE, error);

  return unused != NULL;
}

void
bf_secrets_add (BfSecrets *secrets, const char *value)
{
  g_autofree char *escaped = g_uri_escape_string (value, NULL, FALSE);

  if (strlen (value) < BF_SECRET_MIN)
    return;
  g_ptr_array_add (secrets->known, g_strdup (value));
  if (strcmp (escaped, value) != 0)
    g_ptr_array_add (secrets->known, g_steal_pointer (&escaped));
}

gboolean
bf_secrets_stand_in (const BfSecrets *secrets, const void *bytes, gsize length)
{
  for (guint i = 0; i < secrets->known->len; i++)
    {
      const char *value = g_ptr_array_index (secrets->known, i);

      if (memmem (bytes, length, value, strlen (value)) != NULL)
        return TRUE;
    }
  return FALSE;
}

char *
bf_secrets_blot (const BfSecrets *secrets, const char *text)
{
  g_autoptr (GString) out = NULL;

  if (!bf_secrets_stand_in (secrets, text, strlen (text)))
    return NULL;
  out = g_string_new (text);
  for (guint i = 0; i < secrets->known->len; i++)
    g_string_replace (out, g_ptr_array_index (secrets->known, i), BLOT, 0);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* A word that ends so: apikey, oauth. */
static gboolean
is_secret_word (const char *word)
{
  static const char *const ends[] = { "key", "token", "secret", "password", "passwd", "passphrase", "pwd", "auth", "sig", "signature", "jwt" };
  static const char *const wholes[] = { "authorization", "authentication", "cookie", "credential", "credentials", "pass", "appid", NULL };

  if (strcmp (word, "sslkey") == 0) /* of PostgreSQL: the path of a file */
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_str_has_suffix (word, ends[i]))
      return TRUE;
  return g_strv_contains (wholes, word);
}

/* Words of a name end at what is no letter, and before a capital after a small letter. */
gboolean
bf_secret_is_held_by (const char *name)
{
  g_autofree char *plain = g_uri_unescape_string (name, NULL);
  g_autoptr (GString) word = g_string_new (NULL);

  if (plain != NULL)
    name = plain;
  for (const char *p = name;; p++)
    {
      gboolean starts = p > name && g_ascii_isupper (*p) && g_ascii_islower (p[-1]);

      if (starts || !g_ascii_isalpha (*p))
        {
          if (is_secret_word (word->str))
            return TRUE;
          g_string_truncate (word, 0);
        }
      if (*p == '\0')
        return FALSE;
      if (g_ascii_isalpha (*p))
        g_string_append_c (word, g_ascii_tolower (*p));
    }
}

/* NAME=VALUE of an address from @at to @end: is VALUE a secret in plain? */
static gboolean
is_bare (const char *at, const char *end)
{
  const char *equals = memchr (at, '=', end - at);
  g_autofree char *name = equals != NULL ? g_strndup (at, equals - at) : NULL;

  return name != NULL && equals + 1 < end && g_strstr_len (equals, end - equals, "${") == NULL && bf_secret_is_held_by (name);
}

char *
bf_secret_bare_in (const char *url)
{
  const char *at = strpbrk (url, "?#");

  while (at != NULL && *at != '\0')
    {
      const char *end = at + 1 + strcspn (at + 1, "&;?#");

      if (is_bare (at + 1, end))
        return g_strndup (at + 1, strcspn (at + 1, "="));
      at = end;
    }
  return NULL;
}

/* Behind //user: of an address, the @ that ends the password; NULL: there is none. */
static const char *
password_in (const char *url, const char **ret_end)
{
  const char *host = strstr (url, "://");
  const char *at = host != NULL ? g_strstr_len (host + 3, strcspn (host + 3, "/?#"), "@") : NULL;
  const char *colon = at != NULL ? memchr (host + 3, ':', at - host - 3) : NULL;

  *ret_end = at;
  return colon != NULL ? colon + 1 : NULL;
}

char *
bf_secret_shown_address (const char *url)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *end;
  const char *at = password_in (url, &end);

  if (at != NULL && g_strstr_len (at, end - at, "${") == NULL)
    {
      g_string_append_len (out, url, at - url);
      g_string_append (out, BLOT);
      url = end;
    }
  at = url + strcspn (url, "?#");
  g_string_append_len (out, url, at - url);
  while (*at != '\0')
    {
      end = at + 1 + strcspn (at + 1, "&;?#");
      if (is_bare (at + 1, end))
        g_string_append_printf (out, "%.*s" BLOT, (int) (strcspn (at, "=") + 1), at);
      else
        g_string_append_len (out, at, end - at);
      at = end;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* VALUE of a line KEY=VALUE of a feed file; NULL: as it stands. */
static char *
shown_value (const char *key, const char *value)
{
  if (strcmp (key, "Url") == 0 || strcmp (key, "OAuth") == 0)
    return bf_secret_shown_address (value);
  if (*value == '\0' || bf_secret_name (value) != NULL || !bf_secret_is_held_by (key))
    return NULL;
  return g_strdup (BLOT);
}

char *
bf_secret_shown_file (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gboolean feed = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *equals = strchr (lines[i], '=');
      g_autofree char *key = equals != NULL ? g_strstrip (g_strndup (lines[i], equals - lines[i])) : NULL;
      g_autofree char *value = equals != NULL ? g_strstrip (g_strdup (equals + 1)) : NULL;
      g_autofree char *shown = feed && key != NULL ? shown_value (key, value) : NULL;

      if (lines[i][0] == '[')
        feed = g_str_has_prefix (lines[i], "[Feed]");
      if (shown != NULL && strcmp (shown, value) != 0)
        {
          g_free (lines[i]);
          lines[i] = g_strdup_printf ("%s=%s", key, shown);
        }
    }
  return g_strjoinv ("\n", lines);
}

gboolean
bf_secret_equal (const char *given, const char *secret)
{
  guint8 a[32], b[32];
  const char *texts[] = { given, secret };
  guint8 *digests[] = { a, b };
  guint8 difference = 0;

  /* Digests are of one length, and tell nothing of how near a guess was. */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
      gsize length = sizeof a;

      g_checksum_update (checksum, (const guchar *) texts[i], -1);
      g_checksum_get_digest (checksum, digests[i], &length);
    }
  for (guint i = 0; i < sizeof a; i++)
    difference |= (guint8) (a[i] ^ b[i]);
  return difference == 0;
}
