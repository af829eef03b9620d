/* SPDX-License-Identifier: EUPL-1.2 */
/* Secrets: where they are looked for, who may read them, and that they are in no word that goes out. */

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feed-test-util.h"
#include "feed/bf-secret.h"

static void
test_modes (void)
{
  static const struct
  {
    guint mode;
    const char *content;
    const char *problem; /* NULL: good */
  } cases[] = {
    { 0600, "one line", NULL },          { 0400, "one line\n", NULL },       { 0640, "one line", "others may read it (mode 0640)" },
    { 0604, "one line", "mode 0604" },   { 0600, "", "expected 1 to" },      { 0600, "two\nlines", "expected one line" },
    { 0600, "\n", "expected one line" },
    { 0600, "abc\n", "expected at least 4 characters" },
  };
  g_autofree char *dir = test_scratch ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (BfSecrets) secrets = bf_secrets_new (dir);
      g_autofree char *path = test_write (dir, "name", cases[i].content);
      g_autoptr (GError) error = NULL;
      const char *value;

      g_chmod (path, (int) cases[i].mode);
      g_assert_true (bf_secrets_check (secrets, "name", NULL) == (cases[i].problem == NULL));
      value = bf_secrets_get (secrets, "name", &error);
      if (cases[i].problem == NULL)
        g_assert_cmpstr (value, ==, "one line");
      else
        {
          g_assert_null (value);
          g_assert_nonnull (strstr (error->message, cases[i].problem));
          g_assert_null (strstr (error->message, "line\n"));
        }
      g_unlink (path);
    }
  test_scratch_remove (dir);
}

static void
test_places (void)
{
  g_autofree char *dir = test_scratch ();
  g_autofree char *credentials = test_scratch ();
  g_autofree char *a = test_write (dir, "name", "of the city");
  g_autofree char *b = test_write (credentials, "name", "of systemd");
  g_autofree char *link = g_build_filename (dir, "link", NULL);
  static const char *const bad[] = { "", "../name", "a/b", ".hidden", "link", "not-there" };
  g_autoptr (BfSecrets) first = bf_secrets_new (dir);
  g_autoptr (BfSecrets) second = bf_secrets_new (dir);

  g_chmod (a, 0600);
  g_chmod (b, 0600);
  g_assert_cmpint (symlink (a, link), ==, 0);
  g_assert_cmpstr (bf_secrets_value (first, "secret:name", NULL), ==, "of the city");
  g_assert_cmpstr (bf_secrets_value (first, "no secret", NULL), ==, "no secret");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bf_secrets_get (first, bad[i], &error));
      g_assert_nonnull (error);
    }
  g_setenv ("CREDENTIALS_DIRECTORY", credentials, TRUE);
  g_assert_cmpstr (bf_secrets_get (second, "name", NULL), ==, "of systemd");
  g_unsetenv ("CREDENTIALS_DIRECTORY");
  test_scratch_remove (dir);
  test_scratch_remove (credentials);
}

static void
test_blot (void)
{
  g_autofree char *dir = test_scratch ();
  g_autofree char *path = test_write (dir, "key", "a b&c/Zebra");
  g_autoptr (BfSecrets) secrets = bf_secrets_new (dir);
  g_autofree char *url = NULL;
  g_autofree char *blotted = NULL;
  g_autofree char *none = NULL;
  g_autofree char *as = NULL;

  g_chmod (path, 0600);
  url = bf_secrets_expand (secrets, "https://h/x?k=${secret:key}&l=1", NULL);
  g_assert_cmpstr (url, ==, "https://h/x?k=a%20b%26c%2FZebra&l=1");
  blotted = bf_secrets_blot (secrets, "GET https://h/x?k=a%20b%26c%2FZebra: 401 for a b&c/Zebra");
  g_assert_cmpstr (blotted, ==, "GET https://h/x?k=•••: 401 for •••");
  none = bf_secrets_blot (secrets, "nothing here");
  g_assert_null (none);
  g_assert_true (bf_secrets_stand_in (secrets, "xxa b&c/Zebrayy", 15));
  g_assert_false (bf_secrets_stand_in (secrets, "xxa b&c/Zebr", 12));
  as = bf_secrets_expand_as (secrets, "h?k=${secret:key}&n=${secret:none}", "h?k=${secret:key}&n=${secret:none}&o=${secret:other}&p=1");
  g_assert_cmpstr (as, ==, "h?k=a%20b%26c%2FZebra&n=${secret:none}&o=${secret:other}&p=1");
  g_assert_null (bf_secrets_expand (secrets, "x${secret:key", NULL));
  g_assert_null (bf_secrets_expand (secrets, "x${secret:nokey}", NULL));
  test_scratch_remove (dir);
}

static void
test_names (void)
{
  static const char *const yes[] = { "key", "apikey", "X-Api-Key", "X-Gravitee-Api-Key", "accessToken", "access_token", "X-Token", "clientSecret",
                                     "password", "pwd", "sig", "Authorization", "X-Auth", "Cookie", "api%5Fkey", "%6Bey", "key2", "appid",
                                     "Ocp-Apim-Subscription-Key", "APIKEY" };
  static const char *const no[] = { "keyword", "keywords", "author", "design", "limit", "where", "tokens_max", "", "signal", "passage", "sslkey",
                                    "Fiware-Service", "Accept", "id", "%" };

  for (guint i = 0; i < G_N_ELEMENTS (yes); i++)
    if (!bf_secret_is_held_by (yes[i]))
      g_error ("%s holds a secret", yes[i]);
  for (guint i = 0; i < G_N_ELEMENTS (no); i++)
    if (bf_secret_is_held_by (no[i]))
      g_error ("%s holds no secret", no[i]);
}

static void
test_address (void)
{
  static const struct
  {
    const char *url;
    const char *shown;
    const char *bare; /* NULL: none */
  } cases[] = {
    { "https://h/x?limit=2&apikey=Zebra", "https://h/x?limit=2&apikey=•••", "apikey" },
    { "https://h/x?token=Zebra;access_token=Giraffe#key=Lion", "https://h/x?token=•••;access_token=•••#key=•••", "token" },
    { "https://h/x?apikey=${secret:a}&x=1", "https://h/x?apikey=${secret:a}&x=1", NULL },
    { "https://h/x?apikey=${KEY}", "https://h/x?apikey=${KEY}", NULL },
    { "https://h/x?apikey=", "https://h/x?apikey=", NULL },
    { "https://h/x?apikey", "https://h/x?apikey", NULL },
    { "postgresql://u:Zebra@h/db?sslmode=require&password=pw", "postgresql://u:•••@h/db?sslmode=require&password=•••", "password" },
    { "https://h/x@y:z?q=a:b@c", "https://h/x@y:z?q=a:b@c", NULL },
    { "file:///x/y.json", "file:///x/y.json", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shown = bf_secret_shown_address (cases[i].url);
      g_autofree char *bare = bf_secret_bare_in (cases[i].url);

      g_assert_cmpstr (shown, ==, cases[i].shown);
      g_assert_cmpstr (bare, ==, cases[i].bare);
    }
}

static void
test_file (void)
{
  static const char good[] = "[Feed]\nUrl=https://h/x?key=${secret:a}\nToken=secret:b\nHeader.X-Key = secret:c\nEvery=90s\n\n[Map]\nid=key\nkey=token\n";
  g_autofree char *same = bf_secret_shown_file (good);
  g_autofree char *shown = bf_secret_shown_file ("# x\n[Feed]\nUrl = https://h/x?key=Zebra\nToken=Lion\nHeader.X-Key = Puma\n[Map]\nkey=token");

  g_assert_cmpstr (same, ==, good);
  g_assert_cmpstr (shown, ==, "# x\n[Feed]\nUrl=https://h/x?key=•••\nToken=•••\nHeader.X-Key=•••\n[Map]\nkey=token");
}

static void
test_equal (void)
{
  g_assert_true (bf_secret_equal ("abc", "abc"));
  g_assert_false (bf_secret_equal ("abd", "abc"));
  g_assert_false (bf_secret_equal ("ab", "abc"));
  g_assert_false (bf_secret_equal ("abcd", "abc"));
  g_assert_false (bf_secret_equal ("", "abc"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feed/secret/modes", test_modes);
  g_test_add_func ("/feed/secret/places", test_places);
  g_test_add_func ("/feed/secret/blot", test_blot);
  g_test_add_func ("/feed/secret/names", test_names);
  g_test_add_func ("/feed/secret/address", test_address);
  g_test_add_func ("/feed/secret/file", test_file);
  g_test_add_func ("/feed/secret/equal", test_equal);
  return g_test_run ();
}
