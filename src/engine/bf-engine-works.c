/* SPDX-License-Identifier: EUPL-1.2 */
/* Works in the engine: the city's works.d is read at the start and with the rules; as works begin and end, the alerts of what they are on
 * are suppressed and are annunciated again, if their conditions are still true. The cause that an alert names is always called "works": of
 * several works the one that ends last stands in it. */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-file.h"
#include "base/bf-language.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

#define CAUSE "works"

/* Of the names and texts of what lies in @dir with one of @suffixes: whether it is another now. */
char *
bf_engine_digest (const BfEngine *engine, const char *dir, const char *const *suffixes)
{
  g_autoptr (GPtrArray) ignored = bf_problems_new ();
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint s = 0; suffixes[s] != NULL; s++)
    {
      g_autoptr (GPtrArray) paths = bf_city_list (engine->city->dir, dir, suffixes[s], ignored);

      for (guint i = 0; i < paths->len; i++)
        {
          const char *path = g_ptr_array_index (paths, i);
          g_autofree char *text = NULL;
          gsize length;

          g_checksum_update (sum, (const guchar *) path, (gssize) strlen (path) + 1);
          if (bf_file_load (path, BF_LIMIT_CONF_BYTES, &text, &length, NULL))
            g_checksum_update (sum, (const guchar *) text, (gssize) length + 1);
        }
    }
  return g_strdup (g_checksum_get_string (sum));
}

static char *
works_digest (const BfEngine *engine)
{
  static const char *const suffixes[] = { ".works", ".ics", NULL };

  return bf_engine_digest (engine, "works.d", suffixes);
}

gboolean
bf_engine_works_changed (const BfEngine *engine)
{
  g_autofree char *now = works_digest (engine);

  return g_strcmp0 (now, engine->works_digest) != 0;
}

/* What was wrong with the files before is read anew. */
static void
forget_problems (BfEngine *engine)
{
  for (guint i = engine->problems->len; i > 0; i--)
    {
      const char *file = ((BfProblem *) g_ptr_array_index (engine->problems, i - 1))->file;

      if (g_str_has_suffix (file, ".works") || g_str_has_suffix (file, ".ics"))
        g_ptr_array_remove_index (engine->problems, i - 1);
    }
}

/**
 * bf_engine_works_load:
 *
 * Reads works.d; what is in force is found by the next bf_engine_works_run().
 */
void
bf_engine_works_load (BfEngine *engine)
{
  g_autoptr (GPtrArray) paths = NULL;

  forget_problems (engine);
  g_clear_pointer (&engine->works, bf_works_free);
  engine->works = bf_works_new (engine->city->zone, engine->city->alsace_moselle);
  paths = bf_city_list (engine->city->dir, "works.d", ".works", engine->problems);
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;
      gsize length;

      if (!bf_works_add_file (engine->works, path, engine->problems, &error))
        bf_problems_add_error (engine->problems, path, error);
      else if (bf_file_load (path, BF_LIMIT_CONF_BYTES, &text, &length, NULL))
        bf_store_put_file (engine->store, path, text, bf_time_now_us (), "engine");
    }
  bf_works_link (engine->works, engine->catalog, engine->zones, engine->problems);
  g_free (engine->works_digest);
  engine->works_digest = works_digest (engine);
  engine->works_settled = FALSE;
}

/* (transfer full): for people, in the engine's language */
static char *
cause_words (const BfWorksWindow *window)
{
  const char *name = bf_name_get (window->name, bf_language_now ());

  return window->reason != NULL ? g_strdup_printf (_ ("works “%s”, %s (%s)"), name, window->reason, window->by)
                                : g_strdup_printf (_ ("works “%s” (%s)"), name, window->by);
}

static BfAlertCause *
cause_of (const BfEngine *engine, const char *asset_id)
{
  guint32 asset = bf_model_find_asset (engine->model, asset_id);
  BfWorksWindow window;
  g_autofree char *words = NULL;

  if (asset == BF_NO_ASSET || engine->works == NULL || !bf_works_at (engine->works, engine->model, asset, &window))
    return NULL;
  words = cause_words (&window);
  return bf_alert_cause_new (CAUSE, words, window.from_us, window.to_us);
}

/**
 * bf_engine_works_causes:
 *
 * An alert is about to be opened.
 *
 * Returns: (transfer full) (nullable) (element-type BfAlertCause): the works that are on its asset
 */
GPtrArray *
bf_engine_works_causes (gpointer engine, const char *rule_id, const char *asset_id, gint64 now_us)
{
  BfAlertCause *cause = cause_of (engine, asset_id);
  GPtrArray *causes;

  if (cause == NULL)
    return NULL;
  causes = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_alert_cause_free);
  g_ptr_array_add (causes, cause);
  return causes;
}

static const BfAlertCause *
works_of (const BfAlert *alert)
{
  for (guint i = 0; alert->causes != NULL && i < alert->causes->len; i++)
    if (g_str_equal (((BfAlertCause *) g_ptr_array_index (alert->causes, i))->id, CAUSE))
      return g_ptr_array_index (alert->causes, i);
  return NULL;
}

static void
settle (BfEngine *engine, const BfAlert *alert, gint64 now_us)
{
  const BfAlertCause *was = works_of (alert);
  g_autoptr (BfAlertCause) is = cause_of (engine, alert->asset_id);

  if (is != NULL && (was == NULL || was->until_us != is->until_us || !g_str_equal (was->words, is->words)))
    bf_alert_book_suppress (engine->book, alert->rule_id, alert->asset_id, is, now_us);
  else if (is == NULL && was != NULL)
    bf_alert_book_unsuppress (engine->book, alert->rule_id, alert->asset_id, CAUSE, now_us);
}

/**
 * bf_engine_works_run:
 *
 * Works begin and end: the open alerts of what they are on are suppressed, or are so no longer.
 */
void
bf_engine_works_run (BfEngine *engine, gint64 now_us)
{
  g_autoptr (GPtrArray) open = NULL;
  g_autoptr (GArray) ids = NULL;

  if (engine->works == NULL || (!bf_works_run (engine->works, now_us) && engine->works_settled))
    return;
  engine->works_settled = TRUE;
  open = bf_alert_book_list (engine->book);
  /* By their ids: one that is annunciated may end another. */
  ids = g_array_sized_new (FALSE, FALSE, sizeof (gint64), open->len);
  for (guint i = 0; i < open->len; i++)
    g_array_append_val (ids, ((const BfAlert *) g_ptr_array_index (open, i))->id);
  for (guint i = 0; i < ids->len; i++)
    {
      const BfAlert *alert = bf_alert_book_get (engine->book, g_array_index (ids, gint64, i));

      if (alert != NULL)
        settle (engine, alert, now_us);
    }
}

/* --- what is asked --------------------------------------------------------------------------------------------------- */

/**
 * bf_engine_works_on:
 *
 * Returns: whether works are in force on the asset
 */
gboolean
bf_engine_works_on (const BfEngine *engine, guint32 asset, BfWorksWindow *ret_window)
{
  return engine->works != NULL && bf_works_at (engine->works, engine->model, asset, ret_window);
}

/**
 * bf_engine_works_sentence:
 *
 * Returns: (transfer full) (nullable): what works say of the silence of the asset, in the language of whoever asks
 */
char *
bf_engine_works_sentence (BfEngine *engine, guint32 asset, gint64 now_us)
{
  BfWatch watch = bf_engine_watch (engine);
  BfWorksWindow window;
  g_autofree char *words = NULL, *until = NULL;

  if (!bf_engine_works_on (engine, asset, &window))
    return NULL;
  words = cause_words (&window);
  until = bf_watch_moment (&watch, window.to_us, now_us);
  return g_strdup_printf (_ ("Nobody is told of its alerts until %s: %s."), until, words);
}

static int
compare_windows (gconstpointer a, gconstpointer b)
{
  const BfWorksWindow *x = a, *y = b;

  return x->from_us != y->from_us ? (x->from_us > y->from_us) - (x->from_us < y->from_us) : strcmp (x->id, y->id);
}

/* Those to come and those in force, by their begin; what is over for good is not told. */
void
bf_route_works (BfRequest *request)
{
  const BfEngine *engine = request->engine;
  g_autoptr (GArray) windows = g_array_new (FALSE, FALSE, sizeof (BfWorksWindow));
  gint64 now_us = bf_time_now_us ();
  BfJsonOut *out = bf_request_begin_list (request, "works");
  BfWorksWindow window;

  for (guint i = 0; engine->works != NULL && i < bf_works_n (engine->works); i++)
    if (bf_works_get (engine->works, i, now_us, &window))
      g_array_append_val (windows, window);
  g_array_sort (windows, compare_windows);
  for (guint i = 0; i < windows->len; i++)
    bf_message_works (out, NULL, &g_array_index (windows, BfWorksWindow, i), now_us);
  bf_request_end_list (request);
}

void
bf_message_works (BfJsonOut *out, const char *key, const BfWorksWindow *window, gint64 now_us)
{
  bf_json_out_begin_object (out, key);
  bf_json_out_string (out, "id", window->id);
  bf_message_name (out, "name", window->name);
  bf_json_out_string (out, "by", window->by);
  bf_json_out_string (out, "reason", window->reason);
  bf_json_out_time (out, "from", window->from_us);
  bf_json_out_time (out, "to", window->to_us);
  bf_json_out_bool (out, "in_force", window->from_us != BF_TIME_NONE && window->from_us <= now_us);
  bf_json_out_end_object (out);
}
