/* SPDX-License-Identifier: EUPL-1.2 */
/* A small picture of a state: see bf-priority-mark.h. The drawing is the map's, so that both never differ. */

#include "console/bf-priority-mark.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "console/bf-words.h"

#define SIZE_PX 20

struct _BfPriorityMark
{
  GtkWidget parent_instance;

  BfMapState state;
  int size;
};

G_DEFINE_FINAL_TYPE (BfPriorityMark, bf_priority_mark, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_SIZE,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

static void
bf_priority_mark_measure (GtkWidget *widget,
                          GtkOrientation orientation,
                          int for_size,
                          int *minimum,
                          int *natural,
                          int *minimum_baseline,
                          int *natural_baseline)
{
  *minimum = *natural = BF_PRIORITY_MARK (widget)->size;
  *minimum_baseline = *natural_baseline = -1;
}

static void
bf_priority_mark_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  BfPriorityMark *self = BF_PRIORITY_MARK (widget);
  double width = gtk_widget_get_width (widget);
  double height = gtk_widget_get_height (widget);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));

  if (self->state == BF_MAP_STATE_CALM)
    {
      GdkRGBA colour;

      gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
      colour.alpha *= 0.6f;
      gdk_cairo_set_source_rgba (cr, &colour);
      cairo_arc (cr, width / 2, height / 2, self->size * 0.18, 0, 2 * G_PI);
      cairo_fill (cr);
    }
  else
    bf_map_draw_state (cr, self->state, width / 2, height / 2, self->size - 3,
                       bf_map_palette_get (adw_style_manager_get_dark (adw_style_manager_get_default ()))->panel);
  cairo_destroy (cr);
}

static void
bf_priority_mark_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_int (value, BF_PRIORITY_MARK (object)->size);
}

static void
bf_priority_mark_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  BF_PRIORITY_MARK (object)->size = g_value_get_int (value);
  gtk_widget_queue_resize (GTK_WIDGET (object));
}

static void
bf_priority_mark_class_init (BfPriorityMarkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = bf_priority_mark_get_property;
  object_class->set_property = bf_priority_mark_set_property;
  widget_class->measure = bf_priority_mark_measure;
  widget_class->snapshot = bf_priority_mark_snapshot;
  props[PROP_SIZE] = g_param_spec_int ("size", NULL, NULL, 8, 256, SIZE_PX, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  gtk_widget_class_set_css_name (widget_class, "prioritymark");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
bf_priority_mark_init (BfPriorityMark *self)
{
  self->size = SIZE_PX;
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

GtkWidget *
bf_priority_mark_new (void)
{
  return g_object_new (BF_TYPE_PRIORITY_MARK, NULL);
}

static const char *
describe (BfMapState state)
{
  switch (bf_map_state_get_priority (state))
    {
    case BF_MAP_PRIORITY_NONE:
      return _("no alert");
    case BF_MAP_PRIORITY_UNKNOWN:
      return _("unknown");
    case BF_MAP_PRIORITY_LOW:
      return bf_words_priority (BF_PRIORITY_LOW);
    case BF_MAP_PRIORITY_MEDIUM:
      return bf_words_priority (BF_PRIORITY_MEDIUM);
    case BF_MAP_PRIORITY_HIGH:
      return bf_words_priority (BF_PRIORITY_HIGH);
    case BF_MAP_PRIORITY_CRITICAL:
    default:
      return bf_words_priority (BF_PRIORITY_CRITICAL);
    }
}

void
bf_priority_mark_set_state (BfPriorityMark *self, BfMapState state)
{
  self->state = state;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, describe (state), -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
bf_priority_mark_set_priority (BfPriorityMark *self, BfPriority priority, gboolean acknowledged)
{
  bf_priority_mark_set_state (
    self, bf_map_state_make ((BfMapPriority) (BF_MAP_PRIORITY_LOW + (int) priority), acknowledged));
}

void
bf_priority_mark_set_alert (BfPriorityMark *self, const BfAlertItem *alert)
{
  bf_priority_mark_set_priority (self, alert->priority, !bf_alert_item_is_waiting (alert));
}
