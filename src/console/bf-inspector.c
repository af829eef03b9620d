/* SPDX-License-Identifier: EUPL-1.2 */
/* The inspector: see bf-inspector.h. It shows one asset, with the alert that was chosen or with the asset's worst one.
 *
 * Value, age and why come from the view and are written anew when it changes and every second; what the view has not
 * (history, rules with their truth, attributes, the last 24 h) is asked from the engine when the choice changes and when
 * its alert changes. An answer for an earlier choice is cancelled. Main thread. */

#include "console/bf-inspector.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-language.h"
#include "base/bf-time.h"
#include "console/bf-ask.h"
#include "console/bf-line-list.h"
#include "console/bf-procedure-view.h"
#include "console/charts/bf-chart.h"
#include "console/bf-why.h"
#include "console/bf-words.h"

#define DOC_BYTES (16u << 20)
#define CHART_EVERY_US (60 * G_USEC_PER_SEC)
#define CHART_SPAN_US (24 * 3600 * (gint64) G_USEC_PER_SEC)
#define CHART_SPAN_MIN_US (10 * 60 * (gint64) G_USEC_PER_SEC)
#define CHART_MAX_POINTS 4000

struct _BfInspector
{
  GtkWidget parent_instance;

  GtkWidget *stack, *scroller;
  GtkLabel *title, *value, *what, *when, *chart_caption, *why;
  GtkBox *chart_slot;
  GtkWidget *actions, *acknowledge_button, *shelve_button, *comment_button, *map_button;
  GtkLabel *shelve_label;
  GtkEntry *comment;
  GtkWidget *values_heading, *history_heading, *rules_heading, *attributes_heading;
  GtkBox *values, *history, *rules, *attributes;
  BfChart *chart;
  BfProcedureView *procedure;

  BfCitySync *sync;
  BfAlertItem *alert;
  gint64 alert_seq; /* of the history that was asked */
  char *asset;
  char *feed;
  BfJsonDoc *doc;
  GCancellable *cancellable;
  gint64 chart_asked_us;
  gint64 asked_alert; /* the alert whose acknowledgement or comment is under way; 0: none */
};

G_DEFINE_FINAL_TYPE (BfInspector, bf_inspector, GTK_TYPE_WIDGET)

static void ask_details (BfInspector *self);

static BfCityView *
view_of (BfInspector *self)
{
  return bf_city_sync_get_view (self->sync);
}

static guint
asset_index (BfInspector *self)
{
  return bf_city_assets_find (bf_city_view_assets (view_of (self)), self->asset);
}

/* The property that is said large: the one of the threshold, else the first that the alert was raised on, else the kind's
 * headline, else its first. */
static guint
main_property (BfInspector *self)
{
  BfCityView *view = view_of (self);
  const BfCityCatalog *catalog = bf_city_view_catalog (view);
  const BfCityAsset *asset = bf_city_assets_get (bf_city_view_assets (view), asset_index (self));
  const BfCityKind *kind = asset == NULL ? NULL : bf_city_catalog_kind (catalog, asset->kind);
  const char *service = kind == NULL ? NULL : bf_city_catalog_service (catalog, kind->service)->id;
  guint found = BF_CITY_NONE;

  if (kind == NULL)
    return BF_CITY_NONE;
  if (self->alert != NULL && self->alert->has_threshold)
    found = bf_city_catalog_find_property (catalog, service, self->alert->threshold_property);
  for (guint i = 0; self->alert != NULL && found == BF_CITY_NONE && i < self->alert->values->len; i++)
    {
      const BfAlertValue *value = &g_array_index (self->alert->values, BfAlertValue, i);

      if (strcmp (value->asset, self->asset) == 0)
        found = bf_city_catalog_find_property (catalog, service, value->property);
    }
  if (found != BF_CITY_NONE && bf_city_kind_slot (kind, found) != BF_CITY_NONE)
    return found;
  if (kind->headline != BF_CITY_NONE)
    return kind->headline;
  return kind->properties->len > 0 ? g_array_index (kind->properties, guint, 0) : BF_CITY_NONE;
}

static char *
age_line (BfInspector *self, const BfCityValue *value)
{
  BfCityView *view = view_of (self);
  gint64 observed_us = value->observed_ms * 1000;
  g_autofree char *clock = NULL;
  g_autofree char *ago = NULL;

  if (value->observed_ms == 0)
    return g_strdup (_("never measured"));
  clock = bf_city_view_now_us (view) - observed_us < CHART_SPAN_US / 2
            ? bf_words_clock (observed_us, bf_city_view_zone (view), TRUE)
            : bf_words_moment (observed_us, bf_city_view_now_us (view), bf_city_view_zone (view));
  ago = bf_words_ago (bf_city_view_now_us (view) - observed_us);
  if (self->feed != NULL && *self->feed != '\0')
    return g_strdup_printf (_("measured at %s, %s · feed “%s”"), clock, ago, self->feed);
  return g_strdup_printf (_("measured at %s, %s"), clock, ago);
}

static void
show_value (BfInspector *self)
{
  BfCityView *view = view_of (self);
  const BfCityCatalog *catalog = bf_city_view_catalog (view);
  guint property = main_property (self);
  const BfCityValue *value = bf_city_assets_value (bf_city_view_assets (view), catalog, asset_index (self), property);
  g_autofree char *text = NULL;
  g_autofree char *when = NULL;

  if (value == NULL)
    {
      gtk_label_set_label (self->value, "—");
      gtk_label_set_label (self->when, "");
      return;
    }
  text = bf_words_value (bf_city_catalog_property (catalog, property), value->value);
  when = age_line (self, value);
  if (!value->known)
    {
      g_autofree char *last = g_steal_pointer (&when);

      /* What is not known is said first; the last value stays beside it with its age. */
      when = isnan (value->value) ? g_steal_pointer (&last) : g_strdup_printf (_("last value %s, %s"), text, last);
      gtk_label_set_label (self->value, _("unknown"));
      gtk_widget_add_css_class (GTK_WIDGET (self->value), "unknown");
    }
  else
    {
      gtk_label_set_label (self->value, text);
      gtk_widget_remove_css_class (GTK_WIDGET (self->value), "unknown");
    }
  gtk_label_set_label (self->when, when);
}

static void
show_what (BfInspector *self)
{
  BfCityView *view = view_of (self);
  const BfCityAssets *assets = bf_city_view_assets (view);
  const BfCityAsset *asset = bf_city_assets_get (assets, asset_index (self));
  GString *text = g_string_new (NULL);

  if (asset == NULL)
    {
      g_string_append (text, self->alert != NULL ? self->alert->asset_name : self->asset);
    }
  else
    {
      const char *parts[] = { bf_city_assets_text (assets, asset->name), bf_city_assets_text (assets, asset->address),
                              bf_city_assets_text (assets, asset->zone) };

      for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
        if (*parts[i] != '\0')
          g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", parts[i]);
    }
  gtk_label_set_label (self->what, text->str);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->what), text->str);
  g_string_free (text, TRUE);
}

static void
show_why (BfInspector *self)
{
  g_autofree char *markup = self->alert != NULL ? bf_why_markup (view_of (self), self->alert) : NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->why), markup != NULL);
  if (markup != NULL && strcmp (gtk_label_get_label (self->why), markup) != 0)
    gtk_label_set_label (self->why, markup);
}

static void
show_title (BfInspector *self)
{
  const char *title = self->alert == NULL ? "" : bf_name_get (&self->alert->title, bf_words_language ());
  gboolean waiting = self->alert != NULL && bf_alert_item_is_waiting (self->alert);
  gboolean may_ask = bf_city_view_is_connected (view_of (self)) && self->asked_alert == 0;

  gtk_label_set_label (self->title, title);
  gtk_widget_set_visible (GTK_WIDGET (self->title), *title != '\0');
  /* As on the board: what is over, or in somebody's hands, does not ask for attention. */
  if (self->alert != NULL && !waiting)
    gtk_widget_add_css_class (GTK_WIDGET (self->title), "acknowledged");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->title), "acknowledged");
  gtk_widget_set_visible (self->comment_button, self->alert != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->comment), self->alert != NULL);
  gtk_widget_set_visible (self->acknowledge_button, self->alert != NULL);
  gtk_widget_set_sensitive (self->acknowledge_button, waiting && may_ask);
  gtk_widget_set_visible (self->shelve_button, self->alert != NULL && self->alert->shelve_max_us > 0);
  gtk_widget_set_sensitive (self->shelve_button, may_ask);
  gtk_label_set_label (self->shelve_label, self->alert != NULL && g_strcmp0 (self->alert->aside, "shelved") == 0 ? _("Unshelve") : _("Shelve…"));
  gtk_widget_set_sensitive (self->comment_button, may_ask);
  gtk_editable_set_editable (GTK_EDITABLE (self->comment), self->asked_alert == 0);
}

/* One line for all that this asset has not measured yet: it is said, but does not bury what is known. */
static void
show_never (BfInspector *self, guint row, const char *names)
{
  if (*names != '\0')
    bf_line_list_set (self->values, row, names, "", _("never measured"), TRUE);
}

static void
show_values (BfInspector *self)
{
  BfCityView *view = view_of (self);
  const BfCityCatalog *catalog = bf_city_view_catalog (view);
  const BfCityAssets *assets = bf_city_view_assets (view);
  guint index = asset_index (self);
  const BfCityAsset *asset = bf_city_assets_get (assets, index);
  g_autoptr (GString) never = g_string_new (NULL);
  guint row = 0;

  for (guint i = 0; asset != NULL && i < bf_city_catalog_kind (catalog, asset->kind)->properties->len; i++)
    {
      guint property_index = g_array_index (bf_city_catalog_kind (catalog, asset->kind)->properties, guint, i);
      const BfCityProperty *property = bf_city_catalog_property (catalog, property_index);
      const BfCityValue *value = bf_city_assets_value (assets, catalog, index, property_index);
      g_autofree char *text = bf_words_value (property, value->value);
      g_autofree char *age = bf_words_ago (bf_city_view_now_us (view) - value->observed_ms * 1000);

      if (value->observed_ms == 0)
        {
          g_string_append_printf (never, "%s%s", never->len > 0 ? ", " : "", bf_name_get (&property->name, bf_words_language ()));
          continue;
        }
      if (!value->known)
        {
          g_autofree char *fresh = g_steal_pointer (&age);

          age = g_strdup_printf (_("%s, too old"), fresh);
        }
      bf_line_list_set (self->values, row++, bf_name_get (&property->name, bf_words_language ()), text, age, !value->known);
    }
  show_never (self, row, never->str);
  row += never->len > 0 ? 1 : 0;
  bf_line_list_cut (self->values, row);
  gtk_widget_set_visible (self->values_heading, row > 0);
}

static void
show_all (BfInspector *self)
{
  if (self->asset == NULL || bf_city_view_catalog (view_of (self)) == NULL)
    return;
  show_title (self);
  show_value (self);
  show_what (self);
  show_why (self);
  show_values (self);
}

/**
 * bf_inspector_apply_history:
 * @node: one alert of the API with its history
 */
void
bf_inspector_apply_history (BfInspector *self, BfJsonNode node)
{
  BfCityView *view = view_of (self);
  BfJsonNode list, event;
  BfJsonIter iter;
  guint row = 0;

  if (bf_json_member (node, "history", &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &event))
      {
        g_autofree char *at =
          bf_words_moment (bf_json_member_time (event, "at"), bf_city_view_now_us (view), bf_city_view_zone (view));
        g_autofree char *words =
          bf_words_event (bf_json_member_string (event, "input", ""), bf_json_member_string (event, "to", ""),
                          bf_json_member_string (event, "actor", ""), bf_json_member_string (event, "comment", ""));

        bf_line_list_set (self->history, row++, words, "", at, FALSE);
      }
  bf_line_list_cut (self->history, row);
  gtk_widget_set_visible (self->history_heading, row > 0);
}

static void
take_feed (BfInspector *self, BfJsonNode node)
{
  const BfCityCatalog *catalog = bf_city_view_catalog (view_of (self));
  guint property = main_property (self);
  BfJsonNode values, value;
  BfJsonIter iter;

  g_clear_pointer (&self->feed, g_free);
  if (property == BF_CITY_NONE || !bf_json_member (node, "values", &values))
    return;
  if (bf_json_member (values, bf_city_catalog_property (catalog, property)->id, &value))
    self->feed = g_strdup (bf_json_member_string (value, "feed", NULL));
  /* A derived value has no feed of its own: the one of the values that it is made from. */
  if (self->feed == NULL && bf_json_iter_init (&iter, values))
    while (self->feed == NULL && bf_json_iter_next (&iter, NULL, NULL, &value))
      self->feed = g_strdup (bf_json_member_string (value, "feed", NULL));
}

/* Since when no list has the asset, and whose: why it is over. */
static guint
add_gone (BfInspector *self, BfJsonNode node)
{
  BfCityView *view = view_of (self);
  BfJsonNode values, value;
  BfJsonIter iter;
  guint row = 0;

  if (!bf_json_member (node, "values", &values) || !bf_json_iter_init (&iter, values))
    return 0;
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    if (bf_json_member_bool (value, "gone", FALSE))
      {
        g_autofree char *at
          = bf_words_moment (bf_json_member_time (value, "observed"), bf_city_view_now_us (view), bf_city_view_zone (view));
        g_autofree char *words = g_strdup_printf (_("No longer in the list of feed “%s”"), bf_json_member_string (value, "feed", ""));

        bf_line_list_set (self->attributes, row++, words, "", at, FALSE);
      }
  return row;
}

/* What is worked on: since nobody is told of its alerts, the first thing to know of it. */
static guint
add_works (BfInspector *self, BfJsonNode node, guint row)
{
  BfCityView *view = view_of (self);
  BfJsonNode works, names;
  g_autofree char *until = NULL, *name = NULL;
  const char *said = NULL;

  if (!bf_json_member (node, "works", &works) || bf_json_type (works) != BF_JSON_OBJECT)
    return row;
  if (bf_json_member (works, "name", &names))
    {
      const char *text = bf_json_member_string (names, "en", "");

      said = bf_json_member_string (names, bf_language_now (), text);
    }
  until = bf_words_moment (bf_json_member_time (works, "to"), bf_city_view_now_us (view), bf_city_view_zone (view));
  name = g_strdup_printf (_("Works until %s: %s"), until, said != NULL ? said : "");
  bf_line_list_set (self->attributes, row++, name, "", bf_json_member_string (works, "by", ""), FALSE);
  return row;
}

static const char *
truth_words (const char *truth)
{
  if (strcmp (truth, "true") == 0)
    return _("true now");
  if (strcmp (truth, "false") == 0)
    return _("not true now");
  return _("cannot be said: a value is unknown");
}

/* A rule that is true and has no alert: its feed is silent. (transfer full), NULL when it is not so. */
static char *
held_back_words (BfInspector *self, BfJsonNode rule)
{
  BfCityView *view = bf_city_sync_get_view (self->sync);
  g_autofree char *since = NULL;
  BfJsonNode held;

  if (!bf_json_member (rule, "held_back", &held) || bf_json_type (held) == BF_JSON_NULL)
    return NULL;
  since = bf_words_moment (bf_json_member_time (held, "since"), bf_city_view_now_us (view), bf_city_view_zone (view));
  return g_strdup_printf (_("held back: feed %s is silent since %s"), bf_json_member_string (held, "feed", ""), since);
}

/**
 * bf_inspector_apply_asset:
 * @node: one asset of the API with attributes, feeds and rules
 */
void
bf_inspector_apply_asset (BfInspector *self, BfJsonNode node)
{
  BfJsonNode list, entry;
  BfJsonIter iter;
  const char *key;
  guint row = 0;

  take_feed (self, node);
  if (bf_json_member (node, "rules", &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &entry))
      {
        const char *truth = bf_json_member_string (entry, "truth", "unknown");
        const char *standing = bf_json_member_string (entry, "standing", truth_words (truth));
        const char *words = bf_json_member_string (entry, "words", bf_json_member_string (entry, "id", ""));

        g_autofree char *held = held_back_words (self, entry);

        bf_line_list_set (self->rules, row++, words, "", held != NULL ? held : standing, strcmp (truth, "unknown") == 0);
      }
  bf_line_list_cut (self->rules, row);
  gtk_widget_set_visible (self->rules_heading, row > 0);
  row = add_works (self, node, add_gone (self, node));
  if (bf_json_member (node, "attributes", &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, &key, NULL, &entry))
      {
        const char *text = "";
        g_autofree char *words = NULL;

        bf_json_get_string (entry, &text, NULL);
        words = bf_words_attribute (text, bf_city_view_now_us (view_of (self)), bf_city_view_zone (view_of (self)));
        bf_line_list_set (self->attributes, row++, bf_words_attribute_name (key), words, "", FALSE);
      }
  bf_line_list_cut (self->attributes, row);
  gtk_widget_set_visible (self->attributes_heading, row > 0);
  show_value (self);
}

static void
show_threshold (BfInspector *self)
{
  const BfCityCatalog *catalog = bf_city_view_catalog (view_of (self));
  guint index = main_property (self);
  g_autofree char *value = NULL;
  g_autofree char *label = NULL;

  bf_chart_clear_threshold (self->chart);
  if (self->alert == NULL || !self->alert->has_threshold || index == BF_CITY_NONE ||
      strcmp (bf_city_catalog_property (catalog, index)->id, self->alert->threshold_property) != 0)
    return;
  value = bf_words_value (bf_city_catalog_property (catalog, index), self->alert->threshold);
  label = g_strdup_printf (_("threshold %s"), value);
  bf_chart_set_threshold (self->chart, self->alert->threshold,
                          (BfMapPriority) (BF_MAP_PRIORITY_LOW + (int) self->alert->priority), label);
}

static void
show_caption (BfInspector *self, gint64 span_us)
{
  const BfCityCatalog *catalog = bf_city_view_catalog (view_of (self));
  guint index = main_property (self);
  const BfCityProperty *property = index == BF_CITY_NONE ? NULL : bf_city_catalog_property (catalog, index);
  const char *unit = property == NULL ? "" : bf_name_get (&property->unit, bf_words_language ());
  g_autofree char *span = span_us == CHART_SPAN_US ? g_strdup (_("24 h")) : bf_words_duration (span_us);
  g_autofree char *caption = NULL;

  if (property == NULL)
    caption = g_strdup ("");
  else
    caption = g_strdup_printf ("%s%s%s · %s", bf_name_get (&property->name, bf_words_language ()), *unit == '\0' ? "" : ", ",
                               unit, span);
  gtk_label_set_label (self->chart_caption, caption);
}

/* A state is drawn by the names of its values. */
static void
show_states (BfInspector *self)
{
  guint index = main_property (self);
  const GArray *states = index == BF_CITY_NONE ? NULL : bf_city_catalog_property (bf_city_view_catalog (view_of (self)), index)->states;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; states != NULL && i < states->len; i++)
    g_ptr_array_add (names, (gpointer) bf_name_get (&g_array_index (states, BfCityState, i).name, bf_words_language ()));
  g_ptr_array_add (names, NULL);
  bf_chart_set_states (self->chart, states != NULL ? (const char *const *) names->pdata : NULL);
}

/**
 * bf_inspector_apply_points:
 * @node: the observations of the API of the last 24 h
 */
void
bf_inspector_apply_points (BfInspector *self, BfJsonNode node)
{
  BfJsonNode list, point, cell;
  BfJsonIter iter, inner;
  g_autofree gint64 *times = g_new (gint64, CHART_MAX_POINTS);
  g_autofree double *values = g_new (double, CHART_MAX_POINTS);
  guint n = 0;
  gint64 span_us, ms, now_us = bf_city_view_now_us (view_of (self));

  if (bf_json_member (node, "points", &list) && bf_json_iter_init (&iter, list))
    while (n < CHART_MAX_POINTS && bf_json_iter_next (&iter, NULL, NULL, &point))
      {
        if (!bf_json_iter_init (&inner, point) || !bf_json_iter_next (&inner, NULL, NULL, &cell) ||
            !bf_json_get_int (cell, &ms) || !bf_json_iter_next (&inner, NULL, NULL, &cell))
          continue;
        if (!bf_json_get_double (cell, &values[n]))
          values[n] = NAN;
        times[n++] = ms * 1000;
      }
  bf_chart_set_time_zone (self->chart, bf_city_view_zone (view_of (self)));
  /* A city that was connected a moment ago is not shown as a day of nothing. */
  span_us = n == 0 ? CHART_SPAN_US : CLAMP (now_us - times[0], CHART_SPAN_MIN_US, CHART_SPAN_US);
  bf_chart_set_range (self->chart, now_us - span_us, now_us);
  show_caption (self, span_us);
  show_states (self);
  if (!bf_chart_set_series (self->chart, n, times, values))
    g_message ("inspector: the observations are not in the order of time");
  gtk_widget_set_visible (GTK_WIDGET (self->chart_slot), n > 0);
  show_threshold (self);
}

typedef void (*Apply) (BfInspector *self, BfJsonNode node);

static void
answer_cb (gpointer owner, const BfJsonNode *node, const GError *error, gpointer data)
{
  BfInspector *self = owner;
  Apply *apply = data;

  if (error != NULL)
    g_message ("inspector: %s", error->message);
  else if (self->asset != NULL)
    (*apply) (self, *node);
}

static void
ask (BfInspector *self, const char *path, Apply apply)
{
  BfClient *client = bf_city_sync_get_client (self->sync);

  if (client != NULL)
    bf_ask (client, path, NULL, self->doc, DOC_BYTES, self->cancellable, answer_cb, G_OBJECT (self),
            g_memdup2 (&apply, sizeof apply), g_free);
}

static void
ask_chart (BfInspector *self)
{
  const BfCityCatalog *catalog = bf_city_view_catalog (view_of (self));
  guint property = main_property (self);
  g_autofree char *id = g_uri_escape_string (self->asset, NULL, FALSE);
  g_autofree char *path = NULL;

  self->chart_asked_us = g_get_monotonic_time ();
  show_caption (self, CHART_SPAN_US);
  if (property == BF_CITY_NONE)
    return;
  path = g_strdup_printf ("/api/v1/observations?asset=%s&property=%s&max=600", id,
                          bf_city_catalog_property (catalog, property)->id);
  ask (self, path, bf_inspector_apply_points);
}

static void
ask_details (BfInspector *self)
{
  g_autofree char *asset_path = NULL;

  if (self->asset == NULL || bf_city_view_catalog (view_of (self)) == NULL)
    return;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  asset_path = bf_client_asset_path (self->asset);
  ask (self, asset_path, bf_inspector_apply_asset);
  if (self->alert != NULL)
    {
      g_autofree char *path = g_strdup_printf ("/api/v1/alerts/%" G_GINT64_FORMAT, self->alert->id);

      self->alert_seq = self->alert->seq;
      ask (self, path, bf_inspector_apply_history);
    }
  ask_chart (self);
}

static void
choose (BfInspector *self, BfAlertItem *alert, const char *asset)
{
  gboolean same = g_strcmp0 (self->asset, asset) == 0 && self->alert == alert;
  char *id = g_strdup (asset);

  if (same)
    {
      g_free (id);
      return;
    }
  g_set_object (&self->alert, alert);
  g_free (self->asset);
  self->asset = id;
  g_clear_pointer (&self->feed, g_free);
  gtk_editable_set_text (GTK_EDITABLE (self->comment), "");
  bf_chart_set_series (self->chart, 0, NULL, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->chart_slot), main_property (self) != BF_CITY_NONE); /* of a feed there is none */
  bf_chart_clear_threshold (self->chart);
  bf_line_list_cut (self->history, 0);
  bf_line_list_cut (self->rules, 0);
  bf_line_list_cut (self->attributes, 0);
  gtk_widget_set_visible (self->history_heading, FALSE);
  gtk_widget_set_visible (self->rules_heading, FALSE);
  gtk_widget_set_visible (self->attributes_heading, FALSE);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), asset != NULL ? "shown" : "nothing");
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller)), 0);
  show_all (self);
  ask_details (self);
  bf_procedure_view_show (self->procedure, self->sync, alert);
}

void
bf_inspector_show_alert (BfInspector *self, BfAlertItem *alert)
{
  choose (self, alert, alert->asset);
}

/**
 * bf_inspector_show_asset:
 *
 * Shows an asset with its worst alert, if there is one.
 */
void
bf_inspector_show_asset (BfInspector *self, const char *asset_id)
{
  BfCityView *view = view_of (self);
  guint index = bf_city_assets_find (bf_city_view_assets (view), asset_id);

  choose (self, index == BF_CITY_NONE ? NULL : bf_city_view_worst_alert (view, index), asset_id);
}

void
bf_inspector_clear (BfInspector *self)
{
  self->asked_alert = 0;
  choose (self, NULL, NULL);
}

/* An alert that is over stays shown as long as the person looks at it. */
static void
follow_alert (BfInspector *self)
{
  if (self->alert == NULL)
    {
      guint index = asset_index (self);
      BfAlertItem *worst = index == BF_CITY_NONE ? NULL : bf_city_view_worst_alert (view_of (self), index);

      if (worst != NULL)
        choose (self, worst, self->asset);
    }
  else if (self->alert->seq != self->alert_seq)
    ask_details (self);
}

/**
 * bf_inspector_changed:
 * @flags: of the view's "changed"
 */
void
bf_inspector_changed (BfInspector *self, guint flags)
{
  if (self->asset == NULL || bf_city_view_catalog (view_of (self)) == NULL)
    return;
  if ((flags & BF_CITY_CHANGED_ALERTS) != 0)
    follow_alert (self);
  if ((flags & BF_CITY_CHANGED_CATALOG) != 0)
    ask_details (self);
  show_all (self);
}

/**
 * bf_inspector_tick:
 *
 * Once a second: ages; once a minute the chart.
 */
void
bf_inspector_tick (BfInspector *self)
{
  show_all (self);
  if (self->asset != NULL && bf_city_view_is_connected (view_of (self)) &&
      g_get_monotonic_time () - self->chart_asked_us > CHART_EVERY_US)
    ask_details (self);
}

BfAlertItem *
bf_inspector_get_alert (BfInspector *self)
{
  return self->alert;
}

const char *
bf_inspector_get_asset (BfInspector *self)
{
  return self->asset;
}

/**
 * bf_inspector_acknowledge:
 *
 * Acknowledges the alert shown, with what stands in the comment.
 */
void
bf_inspector_acknowledge (BfInspector *self)
{
  if (self->alert == NULL || self->asked_alert != 0 || !bf_alert_item_is_waiting (self->alert))
    return;
  self->asked_alert = self->alert->id;
  bf_city_sync_acknowledge (self->sync, self->alert->id, gtk_editable_get_text (GTK_EDITABLE (self->comment)));
}

void
bf_inspector_focus_comment (BfInspector *self)
{
  if (self->alert != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (self->comment));
}

static void
comment_clicked_cb (BfInspector *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->comment));

  if (self->alert == NULL || self->asked_alert != 0)
    return;
  if (*text == '\0')
    {
      bf_inspector_focus_comment (self);
      return;
    }
  self->asked_alert = self->alert->id;
  bf_city_sync_comment (self->sync, self->alert->id, text);
}

/* What was written stays until it is recorded. */
static void
answered_cb (BfInspector *self, gint64 alert, gboolean acknowledged, gboolean done)
{
  if (self->asked_alert != alert)
    return;
  self->asked_alert = 0;
  if (done && self->alert != NULL && self->alert->id == alert)
    gtk_editable_set_text (GTK_EDITABLE (self->comment), "");
  if (self->alert != NULL)
    show_title (self);
}

/* Enter in the comment: acknowledges what waits, else adds the comment. */
static void
comment_activate_cb (BfInspector *self)
{
  if (self->alert != NULL && bf_alert_item_is_waiting (self->alert))
    bf_inspector_acknowledge (self);
  else
    comment_clicked_cb (self);
}

static void
bf_inspector_dispose (GObject *object)
{
  BfInspector *self = BF_INSPECTOR (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_object (&self->alert);
  g_clear_object (&self->sync);
  G_OBJECT_CLASS (bf_inspector_parent_class)->dispose (object);
}

static void
bf_inspector_finalize (GObject *object)
{
  BfInspector *self = BF_INSPECTOR (object);

  g_free (self->asset);
  g_free (self->feed);
  bf_json_doc_free (self->doc);
  G_OBJECT_CLASS (bf_inspector_parent_class)->finalize (object);
}

static void
bf_inspector_class_init (BfInspectorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (BF_TYPE_PROCEDURE_VIEW);
  G_OBJECT_CLASS (klass)->dispose = bf_inspector_dispose;
  G_OBJECT_CLASS (klass)->finalize = bf_inspector_finalize;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/beffroi/Console/ui/bf-inspector.ui");
  gtk_widget_class_bind_template_child (widget_class, BfInspector, stack);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, procedure);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, scroller);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, title);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, value);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, what);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, when);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, chart_caption);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, chart_slot);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, why);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, actions);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, acknowledge_button);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, shelve_button);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, shelve_label);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, comment_button);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, map_button);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, comment);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, values_heading);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, history_heading);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, rules_heading);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, attributes_heading);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, values);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, history);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, rules);
  gtk_widget_class_bind_template_child (widget_class, BfInspector, attributes);
  gtk_widget_class_bind_template_callback (widget_class, bf_inspector_acknowledge);
  gtk_widget_class_bind_template_callback (widget_class, comment_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, comment_activate_cb);
}

static void
bf_inspector_init (BfInspector *self)
{
  self->doc = bf_json_doc_new (DOC_BYTES);
  self->alert_seq = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  self->chart = BF_CHART (bf_chart_new ());
  gtk_widget_set_hexpand (GTK_WIDGET (self->chart), TRUE);
  gtk_box_append (self->chart_slot, GTK_WIDGET (self->chart));
}

void
bf_inspector_set_sync (BfInspector *self, BfCitySync *sync)
{
  g_set_object (&self->sync, sync);
  g_signal_connect_object (sync, "answered", G_CALLBACK (answered_cb), self, G_CONNECT_SWAPPED);
}
