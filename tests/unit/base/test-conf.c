/* SPDX-License-Identifier: EUPL-1.2 */
/* The syntax of the city's files: what is read, and every error with its line. */

#include <string.h>

#include <glib/gstdio.h>

#include "base/bf-conf.h"
#include "base/bf-error.h"
#include "base/bf-limits.h"

static BfConf *
parse (const char *text, GPtrArray *problems)
{
  return bf_conf_parse ("x.conf", text, strlen (text), problems);
}

static void
test_good (void)
{
  static const char text[] = "\xef\xbb\xbf# comment\r\n"
                             " ; another\r\n"
                             "[Feed]\r\n"
                             "Service = parking \r\n"
                             "Url=https://x/?a=b#c;d\r\n"
                             "Name[fr]=Été\r\n"
                             "Empty=\r\n"
                             "\r\n"
                             "[Rule  water low]\r\n"
                             "When=a \\\r\n"
                             "   and b   \\\r\n"
                             "\tor c\r\n"
                             "Next=1\\";
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfConf) conf = parse (text, problems);
  const BfConfGroup *feed = bf_conf_group (conf, "Feed", NULL);
  const BfConfGroup *rule = bf_conf_group (conf, "Rule", "water low");

  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpuint (conf->groups->len, ==, 2);
  g_assert_false (feed->bad);
  g_assert_cmpuint (feed->line, ==, 3);
  g_assert_cmpstr (bf_conf_group_get (feed, "Service"), ==, "parking");
  g_assert_cmpstr (bf_conf_group_get (feed, "Url"), ==, "https://x/?a=b#c;d");
  g_assert_cmpstr (bf_conf_group_get (feed, "Empty"), ==, "");
  g_assert_null (bf_conf_group_get (feed, "Name"));
  g_assert_null (bf_conf_group_get (feed, "service"));
  g_assert_cmpstr (bf_conf_group_entry (feed, "Name", "fr")->value, ==, "Été");
  g_assert_cmpuint (bf_conf_group_line (feed, "Url"), ==, 5);
  g_assert_cmpuint (bf_conf_group_line (feed, "None"), ==, 3);
  g_assert_cmpstr (bf_conf_group_get (rule, "When"), ==, "a and b or c");
  g_assert_cmpuint (bf_conf_group_line (rule, "When"), ==, 10);
  g_assert_cmpuint (bf_conf_group_line (rule, "Next"), ==, 13);
  g_assert_cmpstr (bf_conf_group_get (rule, "Next"), ==, "1");
  g_assert_null (bf_conf_group (conf, "Rule", NULL));
}

static const struct
{
  const char *text;
  guint line;
  const char *message;
} bad[] = {
  { "[A]\n[Good]\n[A]\n", 3, "this group stands twice" },
  { "[A b]\n[A  b]\n[Good]\n", 2, "this group stands twice" },
  { "[A]\nk=1\nk=2\n[Good]\n", 3, "this key stands twice" },
  { "[A]\nk[fr]=1\nk[fr]=2\n[Good]\n", 3, "this key stands twice" },
  { "[A]\n\nword\n[Good]\n", 3, "expected “Key=value”, “[Group]” or a comment, found “word”" },
  { "[A]\n=1\n[Good]\n", 2, "expected “Key=value”" },
  { "[Good]\n[A\n", 2, "expected a group" },
  { "[Good]\n[A] # no comment here\n", 2, "expected a group" },
  { "[Good]\n[]\n", 2, "expected a group" },
  { "[Good]\n[ ]\n", 2, "expected a group" },
  { "[Good]\n[A[b]]\n", 2, "expected a group" },
  { "k=1\n[Good]\n", 1, "expected a “[Group]” before the first key" },
  { "[A]\nk[fr=1\n[Good]\n", 2, "expected “Key[language]=value”" },
  { "[A]\nk[]=1\n[Good]\n", 2, "expected “Key[language]=value”" },
};

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (BfConf) conf = parse (bad[i].text, problems);
      const BfProblem *problem;
      guint n_bad = 0;

      g_test_message ("%s", bad[i].text);
      g_assert_cmpuint (problems->len, ==, 1);
      problem = g_ptr_array_index (problems, 0);
      g_assert_cmpstr (problem->file, ==, "x.conf");
      g_assert_cmpuint (problem->line, ==, bad[i].line);
      if (strstr (problem->message, bad[i].message) == NULL)
        g_error ("expected “%s”, found “%s”", bad[i].message, problem->message);
      g_assert_false (bf_conf_group (conf, "Good", NULL)->bad);
      for (guint j = 0; j < conf->groups->len; j++)
        n_bad += ((BfConfGroup *) g_ptr_array_index (conf->groups, j))->bad;
      g_assert_cmpuint (n_bad, ==, bad[i].line == 1 ? 0 : 1);
    }
}

static void
test_encoding (void)
{
  static const struct
  {
    const char *text;
    gsize length;
  } texts[] = { { "[A]\nk=\xe9\n", 9 }, { "[A]\nk=\0\n", 8 }, { "[A]\nk=\xed\xa0\x80", 9 } };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (BfConf) conf = bf_conf_parse ("x.conf", texts[i].text, texts[i].length, problems);
      g_autofree char *line = bf_problem_to_string (g_ptr_array_index (problems, 0));

      g_assert_cmpuint (problems->len, ==, 1);
      g_assert_cmpstr (line, ==, "x.conf:2: expected UTF-8 text without NUL bytes; nothing of this file is used");
      g_assert_cmpuint (conf->groups->len, ==, 0);
    }
}

/* Not NUL-terminated, cut at every byte: never read past the end, never stop. */
static void
test_cut (void)
{
  static const char text[] = "\xef\xbb\xbf[A b]\r\nk=1 \\\n2\n# c\nk[fr]=\xc3\xa9\\\n";

  for (gsize n = 0; n < sizeof text; n++)
    {
      g_autofree char *copy = g_memdup2 (text, n);
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (BfConf) conf = bf_conf_parse ("x.conf", n > 0 ? copy : "", n, problems);

      g_assert_cmpuint (conf->groups->len, <=, 1);
      g_assert_cmpuint (problems->len, <=, 1);
    }
}

static void
test_limits (void)
{
  g_autoptr (GString) text = g_string_new ("[A]\nlong=");
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GPtrArray) many_problems = bf_problems_new ();
  g_autoptr (GPtrArray) group_problems = bf_problems_new ();

  for (guint i = 0; i <= BF_LIMIT_CONF_LINE; i++)
    g_string_append_c (text, 'x');
  g_string_append (text, "\n[Good]\nk=1\n");
  g_autoptr (BfConf) conf = parse (text->str, problems);
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_cmpuint (((BfProblem *) g_ptr_array_index (problems, 0))->line, ==, 2);
  g_assert_true (bf_conf_group (conf, "A", NULL)->bad);
  g_assert_false (bf_conf_group (conf, "Good", NULL)->bad);

  g_string_assign (text, "[A]\n");
  for (guint i = 0; i < 100000; i++)
    g_string_append (text, "rubbish\n");
  g_autoptr (BfConf) many = parse (text->str, many_problems);
  g_assert_true (bf_conf_group (many, "A", NULL)->bad);
  g_assert_cmpuint (many_problems->len, ==, 201);

  g_string_truncate (text, 0);
  for (guint i = 0; i <= BF_LIMIT_CONF_ENTRIES; i++)
    g_string_append_printf (text, "[A %u]\n", i);
  g_autoptr (BfConf) groups = parse (text->str, group_problems);
  g_assert_cmpuint (groups->groups->len, ==, BF_LIMIT_CONF_ENTRIES + 1);
  g_assert_cmpuint (group_problems->len, ==, 1);
}

static void
test_keys (void)
{
  static const char *const known[] = { "Name", "Unit", NULL };
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfConf) conf = parse ("[A]\nName=1\nName[fr]=2\nUnti=3\n", problems);

  g_assert_false (bf_conf_group_check_keys (conf, bf_conf_group (conf, "A", NULL), known, problems));
  g_assert_cmpuint (problems->len, ==, 1);
  g_autofree char *line = bf_problem_to_string (g_ptr_array_index (problems, 0));
  g_assert_cmpstr (line, ==, "x.conf:4: unknown key “Unti” in [A]; expected one of: Name, Unit");
}

static void
test_load (void)
{
  g_autofree char *dir = g_dir_make_tmp ("bf-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "a.conf", NULL);
  g_autofree char *large = g_strnfill (BF_LIMIT_CONF_BYTES + 1, '\n');
  g_autoptr (GError) error = NULL;

  g_assert_null (bf_conf_load (path, NULL, &error));
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_null (bf_conf_load (dir, NULL, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, large, -1, NULL));
  g_assert_null (bf_conf_load (path, NULL, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, "[A]\n", -1, NULL));
  g_autoptr (BfConf) conf = bf_conf_load (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (bf_conf_group (conf, "A", NULL));
  g_remove (path);
  g_rmdir (dir);
}

/* Without a list a problem is a warning, never lost. */
static void
test_problem_logged (void)
{
  g_test_expect_message ("bf-base", G_LOG_LEVEL_WARNING, "x.conf:7: no 3");
  bf_problems_add (NULL, "x.conf", 7, "no %d", 3);
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/conf/good", test_good);
  g_test_add_func ("/conf/bad", test_bad);
  g_test_add_func ("/conf/encoding", test_encoding);
  g_test_add_func ("/conf/cut", test_cut);
  g_test_add_func ("/conf/limits", test_limits);
  g_test_add_func ("/conf/keys", test_keys);
  g_test_add_func ("/conf/load", test_load);
  g_test_add_func ("/conf/problem-logged", test_problem_logged);
  return g_test_run ();
}
