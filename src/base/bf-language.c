/* SPDX-License-Identifier: EUPL-1.2 */
/* The language of a process: see bf-language.h. As PostgreSQL's lc_messages: one process speaks one language, its locale's
 * or, for an engine, that of `Language=` in city.conf, which its feeds inherit by LANGUAGE. To be called first in main(), by
 * the only thread there is and before a sandbox closes the files. Numbers stay those of C: only words have a locale. */

#include "bf-config.h"

#include "base/bf-language.h"

#include <glib/gi18n-lib.h>
#include <locale.h>
#include <string.h>

/* The thread's own locale while another language is spoken; (locale_t) 0: it is not. */
static locale_t own_locale = (locale_t) 0;
static locale_t former_locale = (locale_t) 0;
static char *former_language = NULL;

/* Whether somebody said which; FALSE only after bf_language_open(). */
static gboolean chosen = TRUE;

/* A program of a build tree uses that tree's translations. */
static char *
catalog_dir (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *dir = self == NULL ? g_strdup (".") : g_path_get_dirname (self);
  g_autofree char *built = g_build_filename (dir, "..", "..", "po", NULL);
  g_autofree char *catalog = g_build_filename (built, "fr", "LC_MESSAGES", BF_GETTEXT_DOMAIN ".mo", NULL);

  return g_file_test (catalog, G_FILE_TEST_EXISTS) ? g_canonicalize_filename (built, NULL) : g_strdup (BF_LOCALEDIR);
}

/* gettext reads LANGUAGE in no locale of the name "C": a service of the system, started without one, needs another. */
static void
leave_c_locale (const char *language)
{
  const char *now = setlocale (LC_MESSAGES, NULL);
  g_autofree char *country = g_ascii_strup (language, 2);
  g_autofree char *own = g_strdup_printf ("%.2s_%.2s.UTF-8", language, country);
  const char *const names[] = { own, "C.UTF-8", "en_US.UTF-8" };

  if (now != NULL && strcmp (now, "C") != 0 && strcmp (now, "POSIX") != 0)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (setlocale (LC_MESSAGES, names[i]) != NULL)
      return;
  g_warning ("LANGUAGE=%s: no locale of this system allows it; English is used", language);
}

static gboolean
is_without_language (const char *locale)
{
  return locale == NULL || strcmp (locale, "POSIX") == 0 || (locale[0] == 'C' && (locale[1] == '\0' || locale[1] == '.'));
}

/* gettext keeps what it has found by the name of the locale: textdomain() makes it forget, also when the domain is the same. */
static void
set_language (const char *language)
{
  g_setenv ("LANGUAGE", language, TRUE);
  textdomain (BF_GETTEXT_DOMAIN);
}

/* GLib asks once in a process whether there is anything to translate, and keeps the answer: it has to see a language that there is, for
 * bf_language_begin(). LANGUAGE stays in the environment, were it empty: threads may read it, and none may see it move. */
static void
let_glib_translate (void)
{
  g_autofree char *language = g_strdup (g_getenv ("LANGUAGE"));

  set_language ("fr");
  (void) g_dgettext (BF_GETTEXT_DOMAIN, "");
  set_language (language != NULL ? language : "");
}

/**
 * bf_language_open:
 * @language: (nullable): such as "fr"; %NULL: the environment's
 *
 * Sets the process's language and opens its catalogue.
 */
void
bf_language_open (const char *language)
{
  g_autofree char *dir = catalog_dir ();
  const char *wanted;

  setlocale (LC_CTYPE, "");
  setlocale (LC_COLLATE, "");
  setlocale (LC_MESSAGES, "");
  if (language != NULL)
    g_setenv ("LANGUAGE", language, TRUE);
  wanted = g_getenv ("LANGUAGE");
  chosen = (wanted != NULL && wanted[0] != '\0') || !is_without_language (setlocale (LC_MESSAGES, NULL));
  if (wanted != NULL && strlen (wanted) >= 2)
    leave_c_locale (wanted);
  bindtextdomain (BF_GETTEXT_DOMAIN, dir);
  bind_textdomain_codeset (BF_GETTEXT_DOMAIN, "UTF-8");
  textdomain (BF_GETTEXT_DOMAIN);
  let_glib_translate ();
  /* Maps the catalogue now. */
  (void) gettext ("");
}

/**
 * bf_language_now:
 *
 * Returns: the language in which gettext answers, such as "fr"; "en" without a catalogue. For numbers, units and names of
 *   the city's files that stand inside of a translated sentence.
 */
const char *
bf_language_now (void)
{
  /* Translators: the code of your language, as in the name of your file */
  return C_ ("the code of the language of this translation", "en");
}

/**
 * bf_language_of_texts:
 *
 * Of texts that others wrote in several languages the one to choose, which need not be one that we have translations for.
 *
 * Returns: (nullable): such as "fr" or "de_AT.UTF-8": the city's, else the environment's; %NULL when nobody chose one
 */
const char *
bf_language_of_texts (void)
{
  const char *wanted = g_getenv ("LANGUAGE");

  if (wanted == NULL || wanted[0] == '\0')
    wanted = setlocale (LC_MESSAGES, NULL);
  return is_without_language (wanted) ? NULL : wanted;
}

/**
 * bf_language_begin:
 * @language: "en" or another that there is a catalogue of
 *
 * Sentences of this thread are in @language until bf_language_end(), for one answer to one person; calls do not nest. Main thread only. English needs
 * nothing but the locale "C" of this thread. For another language LANGUAGE is that meanwhile, of the whole process: what another thread
 * says to the log at that moment may be in it too.
 */
void
bf_language_begin (const char *language)
{
  g_return_if_fail (own_locale == (locale_t) 0);
  if (strcmp (language, bf_language_now ()) == 0)
    return;
  own_locale = newlocale (LC_MESSAGES_MASK, strcmp (language, "en") == 0 ? "C" : "C.UTF-8", duplocale (LC_GLOBAL_LOCALE));
  if (own_locale == (locale_t) 0)
    return;
  former_locale = uselocale (own_locale);
  if (strcmp (language, "en") == 0)
    return;
  former_language = g_strdup (g_getenv ("LANGUAGE") != NULL ? g_getenv ("LANGUAGE") : "");
  set_language (language);
}

void
bf_language_end (void)
{
  if (own_locale == (locale_t) 0)
    return;
  if (former_language != NULL)
    set_language (former_language);
  g_clear_pointer (&former_language, g_free);
  uselocale (former_locale);
  freelocale (own_locale);
  own_locale = (locale_t) 0;
}

/**
 * bf_language_is_chosen:
 *
 * Returns: whether the environment or the city said in which language to speak; %FALSE: the locale is that of C, as a service
 *   of the system is started with, and English is only what nobody has chosen
 */
gboolean
bf_language_is_chosen (void)
{
  return chosen;
}

/**
 * bf_language_of_city:
 * @city_dir: the city's folder
 *
 * Returns: (transfer full) (nullable): what `Language=` of its city.conf says, when it can be one; whoever loads the city
 *   says what is wrong with it
 */
char *
bf_language_of_city (const char *city_dir)
{
  g_autofree char *path = g_build_filename (city_dir, "city.conf", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gsize length;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents (path, &text, &length, NULL) || length > 1 << 20)
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "Language="))
      {
        char *language = g_strstrip (lines[i] + strlen ("Language="));
        gsize n = strspn (language, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");

        return n >= 2 && n <= 5 && language[n] == '\0' ? g_strdup (language) : NULL;
      }
  return NULL;
}
