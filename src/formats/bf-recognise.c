/* SPDX-License-Identifier: EUPL-1.2 */
/* Which format a payload is of, and a feed for it when the service's default maps know it whole: no [Map] is to be written.
 * Pure, but for the default map that is read. */

#include "formats/bf-format-private.h"
#include "formats/bf-profile-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

#define SURE 60 /* of 100 */
#define TRIAL_US (G_GINT64_CONSTANT (4102444800) * G_USEC_PER_SEC) /* 2100: no stamp lies ahead of it */

typedef struct
{
  const BfFormat *format;
  int sure;
} Recognised;

/* The format that is surest of itself; @root NULL when the bytes are no JSON. */
static Recognised
recognise (const BfJsonNode *root, const char *bytes, gsize length)
{
  const char *const *names = bf_format_names ();
  Recognised best = { NULL, 0 };

  for (guint i = 0; names[i] != NULL; i++)
    {
      const BfFormat *format = bf_format_find (names[i]);
      int sure = 0;

      if (root != NULL && format->recognise != NULL)
        sure = format->recognise (*root);
      else if (root == NULL && format->recognise_bytes != NULL)
        sure = format->recognise_bytes (bytes, length);
      if (sure > best.sure)
        best = (Recognised){ format, sure };
    }
  return best;
}

/* Those whose records are mapped by what their fields look like. */
static gboolean
is_open_form (const BfFormat *format)
{
  return format == &bf_format_csv || format == &bf_format_json || format == &bf_format_geojson || format == &bf_format_opendatasoft;
}

typedef struct
{
  guint n_assets;
  GString *refused; /* the first reason */
} Trial;

static void
trial_asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  ((Trial *) user_data)->n_assets++;
}

static void
trial_refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  Trial *trial = user_data;

  if (trial->refused->len == 0)
    g_string_append (trial->refused, reason);
}

static gboolean
has_maps (const BfService *service, const BfFormat *format)
{
  g_autofree char *path = bf_mapping_default_path (service, format->name);

  return path != NULL && g_file_test (path, G_FILE_TEST_EXISTS);
}

static char *
feed_without_map (const BfService *service, const BfFormat *format, const char *url)
{
  return g_strdup_printf ("# Recognised as %s, which the service %s knows.\n"
                          "[Feed]\nService=%s\nFormat=%s\nUrl=%s\nEvery=60s\nStale=15min\n\n"
                          "# A line here replaces one of the service's own.\n[Map]\n",
                          format->name, service->id, service->id, format->name, url);
}

/* A feed without a [Map], tried on the payload: NULL when the service's default maps give no asset of it. */
static char *
propose_known (const BfCatalog *catalog, const BfService *service, const BfFormat *format, const char *url, const char *bytes,
               gsize length, GError **error)
{
  static const BfSinkHandler handler = { trial_asset_cb, NULL, trial_refused_cb };
  g_autofree char *text = feed_without_map (service, format, url);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfConf) conf = bf_conf_parse ("proposed.feed", text, strlen (text), problems);
  g_autoptr (BfMapping) mapping = NULL;
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (BF_LIMIT_PAYLOAD_BYTES);
  g_autoptr (GString) refused = g_string_new (NULL);
  Trial trial = { 0, refused };
  g_autoptr (BfSink) sink = bf_sink_new (catalog, service->index, &handler, &trial);
  g_autofree char *next = NULL, *note = NULL;

  if (!has_maps (service, format))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_UNSUPPORTED, _ ("this is %s, of which the service %s knows nothing; is another service meant?"),
                   format->name, service->id);
      return NULL;
    }
  mapping = bf_mapping_new (catalog, service->index, conf, bf_conf_group (conf, "Feed", NULL), bf_conf_group (conf, "Map", NULL), NULL, problems);
  if (mapping == NULL)
    {
      g_autofree char *first = problems->len > 0 ? bf_problem_to_string (g_ptr_array_index (problems, 0)) : NULL;

      g_set_error_literal (error, BF_ERROR, BF_ERROR_VALUE, first != NULL ? first : format->name);
      return NULL;
    }
  bf_sink_begin (sink, TRIAL_US, BF_TIME_NONE);
  if (!format->decode (mapping, doc, bytes, length, sink, error))
    return NULL;
  /* A list of files has no record itself. */
  if (trial.n_assets == 0 && refused->len == 0 && format->next_page != NULL)
    next = format->next_page (doc, url, &note);
  if (next != NULL || trial.n_assets > 0)
    return g_steal_pointer (&text);
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("the format %s is recognised, but nothing of it is known to the service %s; it has: %s"),
               format->name, service->id, refused->len > 0 ? refused->str : "–");
  return NULL;
}

/* NULL without @error: it is no format of that sort; with: it is one, and why it cannot be used. */
char *
bf_propose_known (const BfCatalog *catalog, const BfService *service, const char *url, const BfJsonNode *root, const char *bytes,
                  gsize length, GError **error)
{
  Recognised recognised = recognise (root, bytes, length);

  if (recognised.format == NULL || recognised.sure < SURE || is_open_form (recognised.format))
    return NULL;
  return propose_known (catalog, service, recognised.format, url, bytes, length, error);
}
