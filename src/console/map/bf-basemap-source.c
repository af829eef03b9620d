/* SPDX-License-Identifier: EUPL-1.2 */
/* The tiles of the city's own base map, painted here, offline.
 *
 * A ShumateMapSource, so that any map of libshumate can show it, with a shorter way for our own layer:
 * bf_basemap_source_paint() copies the tiles straight into the frame's image. Tiles are vector work, so they are
 * painted at exactly the size of the present zoom, not stretched; what is there meanwhile is stretched instead.
 *
 * A batch of tiles is painted at a time, in a GTask thread, newest wish first; the queue and the cache are bounded, and a
 * wish that falls out of the queue is made again by the next frame. A generation number discards what was painted
 * of another map or in another palette. Everything but the painting happens in the main thread.
 */
#include "bf-basemap-source.h"

#include "bf-basemap-painter.h"

#define MAX_QUEUED 256u
#define MAX_BATCH 24u
#define CACHE_BYTES (24u << 20)
#define MAX_ZOOM 20

typedef struct
{
  guint z, x, y;
} TileKey;

typedef struct
{
  TileKey key;
  double size_px;
  int scale;
  cairo_surface_t *image; /* NULL while it was never painted */
  guint64 used;
  gboolean wished;
} Tile;

typedef struct
{
  TileKey key;
  double size_px;
  int scale;
  gboolean dark;
  guint generation;
  BfBasemap *map;
} Wish;

struct _BfBasemapSource
{
  ShumateMapSource parent_instance;

  BfBasemap *map;
  gboolean dark;
  guint generation;
  GHashTable *tiles; /* TileKey -> Tile */
  GQueue queue;      /* Wish, newest first */
  gboolean painting;
  gsize bytes;
  guint64 frame;
};

G_DEFINE_FINAL_TYPE (BfBasemapSource, bf_basemap_source, SHUMATE_TYPE_MAP_SOURCE)

enum
{
  SIGNAL_PAINTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static guint
tile_key_hash (gconstpointer data)
{
  const TileKey *key = data;

  return (key->x * 73856093u) ^ (key->y * 19349663u) ^ (key->z * 83492791u);
}

static gboolean
tile_key_equal (gconstpointer a, gconstpointer b)
{
  const TileKey *f = a, *g = b;

  return f->x == g->x && f->y == g->y && f->z == g->z;
}

static void
tile_free (gpointer data)
{
  Tile *tile = data;

  g_clear_pointer (&tile->image, cairo_surface_destroy);
  g_free (tile);
}

static void
wish_free (gpointer data)
{
  Wish *wish = data;

  g_clear_pointer (&wish->map, bf_basemap_unref);
  g_free (wish);
}

static cairo_surface_t *
paint_wish (const Wish *wish)
{
  return bf_basemap_paint_tile (wish->map, bf_map_palette_get (wish->dark), wish->key.z, wish->key.x, wish->key.y,
                                wish->size_px, wish->scale);
}

/* In a thread: one tile, for libshumate. */
static void
paint_one (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_pointer (task, paint_wish (task_data), (GDestroyNotify) cairo_surface_destroy);
}

/* In a thread: a batch, so that the painting goes on while the main thread draws a frame. */
static void
paint_batch (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  const GPtrArray *batch = task_data;
  GPtrArray *images = g_ptr_array_new_with_free_func ((GDestroyNotify) cairo_surface_destroy);

  for (guint i = 0; i < batch->len; i++)
    g_ptr_array_add (images, paint_wish (g_ptr_array_index (batch, i)));
  g_task_return_pointer (task, images, (GDestroyNotify) g_ptr_array_unref);
}

static Wish *
wish_new (BfBasemapSource *self, const TileKey *key, double size_px, int scale)
{
  Wish *wish = g_new0 (Wish, 1);

  wish->key = *key;
  wish->size_px = size_px;
  wish->scale = scale;
  wish->dark = self->dark;
  wish->generation = self->generation;
  wish->map = self->map ? bf_basemap_ref (self->map) : NULL;
  return wish;
}

/* The queue of our own layer */

static gsize
image_bytes (cairo_surface_t *image)
{
  return image ? (gsize) cairo_image_surface_get_stride (image) * cairo_image_surface_get_height (image) : 0;
}

/* Forgets the tiles that no recent frame has used, oldest first, until the cache fits. */
static void
trim_cache (BfBasemapSource *self)
{
  while (self->bytes > CACHE_BYTES)
    {
      GHashTableIter iter;
      gpointer value;
      Tile *oldest = NULL;

      g_hash_table_iter_init (&iter, self->tiles);
      while (g_hash_table_iter_next (&iter, NULL, &value))
        {
          Tile *tile = value;

          if (tile->image != NULL && !tile->wished && (oldest == NULL || tile->used < oldest->used))
            oldest = tile;
        }
      if (oldest == NULL || oldest->used + 1 >= self->frame)
        return;
      self->bytes -= image_bytes (oldest->image);
      g_hash_table_remove (self->tiles, &oldest->key);
    }
}

static void start_next (BfBasemapSource *self);

static void
take_image (BfBasemapSource *self, const Wish *wish, cairo_surface_t *image)
{
  Tile *tile = g_hash_table_lookup (self->tiles, &wish->key);

  if (wish->generation != self->generation || tile == NULL)
    return;
  self->bytes -= image_bytes (tile->image);
  g_clear_pointer (&tile->image, cairo_surface_destroy);
  tile->image = cairo_surface_reference (image);
  tile->size_px = wish->size_px;
  tile->scale = wish->scale;
  tile->wished = FALSE;
  self->bytes += image_bytes (image);
}

static void
painted_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  BfBasemapSource *self = BF_BASEMAP_SOURCE (object);
  const GPtrArray *batch = g_task_get_task_data (G_TASK (result));
  g_autoptr (GPtrArray) images = g_task_propagate_pointer (G_TASK (result), NULL);

  self->painting = FALSE;
  for (guint i = 0; i < batch->len; i++)
    take_image (self, g_ptr_array_index (batch, i), g_ptr_array_index (images, i));
  trim_cache (self);
  start_next (self);
  g_signal_emit (self, signals[SIGNAL_PAINTED], 0);
}

static void
start_next (BfBasemapSource *self)
{
  g_autoptr (GTask) task = NULL;
  GPtrArray *batch;

  if (self->painting || self->queue.length == 0)
    return;
  self->painting = TRUE;
  batch = g_ptr_array_new_with_free_func (wish_free);
  while (batch->len < MAX_BATCH && self->queue.length > 0)
    g_ptr_array_add (batch, g_queue_pop_head (&self->queue));
  task = g_task_new (self, NULL, painted_cb, NULL);
  g_task_set_source_tag (task, start_next);
  g_task_set_task_data (task, batch, (GDestroyNotify) g_ptr_array_unref);
  g_task_run_in_thread (task, paint_batch);
}

static void
drop_oldest_wish (BfBasemapSource *self)
{
  Wish *wish = g_queue_pop_tail (&self->queue);
  Tile *tile = g_hash_table_lookup (self->tiles, &wish->key);

  if (tile != NULL && tile->image == NULL)
    g_hash_table_remove (self->tiles, &wish->key);
  else if (tile != NULL)
    tile->wished = FALSE;
  wish_free (wish);
}

static Tile *
want_tile (BfBasemapSource *self, const TileKey *key, double size_px, const BfProjection *projection)
{
  Tile *tile = g_hash_table_lookup (self->tiles, key);
  gboolean right;

  if (tile == NULL)
    {
      tile = g_new0 (Tile, 1);
      tile->key = *key;
      g_hash_table_insert (self->tiles, &tile->key, tile);
    }
  tile->used = self->frame;
  right = tile->image != NULL && tile->scale == projection->scale && fabs (tile->size_px - size_px) < 0.01;
  if (!right && !tile->wished && (projection->settled || tile->image == NULL))
    {
      tile->wished = TRUE;
      g_queue_push_head (&self->queue, wish_new (self, key, size_px, projection->scale));
      if (self->queue.length > MAX_QUEUED)
        drop_oldest_wish (self);
    }
  return tile;
}

static void
forget_all (BfBasemapSource *self)
{
  self->generation++;
  g_queue_clear_full (&self->queue, wish_free);
  g_hash_table_remove_all (self->tiles);
  self->bytes = 0;
}

/* Compositing */

typedef struct
{
  int x, y, width, height;
} Area;

static void
stretch (BfCanvas *canvas, cairo_surface_t *image, const Area *to, double size_px, double from_x, double from_y,
         double zoomed)
{
  cairo_t *cr;

  bf_canvas_end (canvas);
  cr = cairo_create (canvas->surface);
  cairo_rectangle (cr, to->x, to->y, to->width, to->height);
  cairo_clip (cr);
  cairo_translate (cr, to->x, to->y);
  cairo_scale (cr, to->width / size_px * zoomed, to->height / size_px * zoomed);
  cairo_set_source_surface (cr, image, -from_x, -from_y);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_BILINEAR);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_set_operator (cr, CAIRO_OPERATOR_SOURCE);
  cairo_paint (cr);
  cairo_destroy (cr);
  bf_canvas_begin (canvas);
}

/* The part of an ancestor that covers this tile, stretched. */
static gboolean
paint_ancestor (BfBasemapSource *self, BfCanvas *canvas, const TileKey *key, const Area *to)
{
  for (guint up = 1; up <= 4 && up <= key->z; up++)
    {
      TileKey above = { key->z - up, key->x >> up, key->y >> up };
      Tile *tile = g_hash_table_lookup (self->tiles, &above);
      double part;

      if (tile == NULL || tile->image == NULL)
        continue;
      part = tile->size_px / exp2 (up);
      stretch (canvas, tile->image, to, part, (key->x - (above.x << up)) * part, (key->y - (above.y << up)) * part, 1);
      return TRUE;
    }
  return FALSE;
}

static void
paint_children (BfBasemapSource *self, BfCanvas *canvas, const TileKey *key, const Area *to)
{
  for (guint i = 0; i < 4; i++)
    {
      TileKey below = { key->z + 1, key->x * 2 + i % 2, key->y * 2 + i / 2 };
      Tile *tile = g_hash_table_lookup (self->tiles, &below);
      int half_w = to->width / 2, half_h = to->height / 2;
      Area quarter = { to->x + (i % 2 ? half_w : 0), to->y + (i / 2 ? half_h : 0),
                       i % 2 ? to->width - half_w : half_w, i / 2 ? to->height - half_h : half_h };

      if (tile != NULL && tile->image != NULL)
        stretch (canvas, tile->image, &quarter, tile->size_px, 0, 0, 1);
    }
}

static void
paint_tile (BfBasemapSource *self, BfCanvas *canvas, const TileKey *key, const Area *to, double size_px,
            const BfProjection *projection)
{
  Tile *tile = want_tile (self, key, size_px, projection);

  if (tile->image != NULL && fabs (tile->size_px - size_px) < 0.01)
    bf_canvas_copy (canvas, tile->image, to->x, to->y, to->width, to->height);
  else if (tile->image != NULL)
    stretch (canvas, tile->image, to, tile->size_px, 0, 0, 1);
  else
    {
      bf_canvas_fill_rect (canvas, to->x, to->y, to->width, to->height,
                           0xff000000 | bf_map_palette_get (self->dark)->ground);
      if (!paint_ancestor (self, canvas, key, to))
        paint_children (self, canvas, key, to);
    }
}

/**
 * bf_basemap_source_paint:
 * @self: a source
 * @canvas: an opaque canvas, begun
 * @projection: what the frame shows
 *
 * Covers the whole canvas with the base map as far as it is painted, and asks for what is missing;
 * #BfBasemapSource::painted tells when there is more.
 */
void
bf_basemap_source_paint (BfBasemapSource *self, BfCanvas *canvas, const BfProjection *projection)
{
  int z = CLAMP ((int) floor (projection->zoom + 0.5), 0, MAX_ZOOM);
  gint64 n = G_GINT64_CONSTANT (1) << z;
  double size_px = projection->world_px / (double) n;
  gint64 x0 = (gint64) floor ((double) projection->left / size_px);
  gint64 y0 = (gint64) floor ((double) projection->top / size_px);
  guint32 ground = 0xff000000 | bf_map_palette_get (self->dark)->ground;

  self->frame++;
  if (self->map == NULL)
    {
      bf_canvas_fill (canvas, ground);
      return;
    }
  for (gint64 y = y0; y * size_px - (double) projection->top < projection->height; y++)
    for (gint64 x = x0; x * size_px - (double) projection->left < projection->width; x++)
      {
        TileKey key = { (guint) z, (guint) x, (guint) y };
        Area to;

        to.x = (int) ((gint64) floor (x * size_px + 0.5) - projection->left);
        to.y = (int) ((gint64) floor (y * size_px + 0.5) - projection->top);
        to.width = (int) ((gint64) floor ((x + 1) * size_px + 0.5) - projection->left) - to.x;
        to.height = (int) ((gint64) floor ((y + 1) * size_px + 0.5) - projection->top) - to.y;
        if (x >= 0 && y >= 0 && x < n && y < n)
          paint_tile (self, canvas, &key, &to, size_px, projection);
        else
          bf_canvas_fill_rect (canvas, to.x, to.y, to.width, to.height, ground);
      }
  start_next (self);
}

/**
 * bf_basemap_source_is_idle:
 * @self: a source
 *
 * Returns: whether every tile that was asked for is painted
 */
gboolean
bf_basemap_source_is_idle (BfBasemapSource *self)
{
  return !self->painting && self->queue.length == 0;
}

/* ShumateMapSource */

static void
filled_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) outer = user_data;
  g_autoptr (GError) error = NULL;
  cairo_surface_t *image = g_task_propagate_pointer (G_TASK (result), &error);
  ShumateTile *tile = g_task_get_task_data (outer);

  if (image == NULL)
    {
      g_task_return_error (outer, g_steal_pointer (&error));
      return;
    }
  else
    {
      gsize stride = (gsize) cairo_image_surface_get_stride (image);
      int side = (int) shumate_tile_get_size (tile);
      g_autoptr (GBytes) bytes = g_bytes_new_with_free_func (
        cairo_image_surface_get_data (image), stride * (gsize) side, (GDestroyNotify) cairo_surface_destroy, image);
      g_autoptr (GdkTexture) texture = gdk_memory_texture_new (side, side, GDK_MEMORY_DEFAULT, bytes, stride);

      shumate_tile_set_paintable (tile, GDK_PAINTABLE (texture));
      shumate_tile_set_fade_in (tile, FALSE);
      shumate_tile_set_state (tile, SHUMATE_STATE_DONE);
      g_task_return_boolean (outer, TRUE);
    }
}

static void
bf_basemap_source_fill_tile_async (ShumateMapSource *source, ShumateTile *tile, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  BfBasemapSource *self = BF_BASEMAP_SOURCE (source);
  TileKey key = { shumate_tile_get_zoom_level (tile), shumate_tile_get_x (tile), shumate_tile_get_y (tile) };
  GTask *outer = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GTask) inner = g_task_new (self, cancellable, filled_cb, outer);

  g_task_set_source_tag (outer, bf_basemap_source_fill_tile_async);
  g_task_set_task_data (outer, g_object_ref (tile), g_object_unref);
  shumate_tile_set_state (tile, SHUMATE_STATE_LOADING);
  g_task_set_task_data (inner, wish_new (self, &key, shumate_tile_get_size (tile), 1), wish_free);
  g_task_run_in_thread (inner, paint_one);
}

static gboolean
bf_basemap_source_fill_tile_finish (ShumateMapSource *source, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
bf_basemap_source_finalize (GObject *object)
{
  BfBasemapSource *self = BF_BASEMAP_SOURCE (object);

  g_queue_clear_full (&self->queue, wish_free);
  g_hash_table_unref (self->tiles);
  g_clear_pointer (&self->map, bf_basemap_unref);

  G_OBJECT_CLASS (bf_basemap_source_parent_class)->finalize (object);
}

static void
bf_basemap_source_class_init (BfBasemapSourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  ShumateMapSourceClass *source_class = SHUMATE_MAP_SOURCE_CLASS (klass);

  object_class->finalize = bf_basemap_source_finalize;
  source_class->fill_tile_async = bf_basemap_source_fill_tile_async;
  source_class->fill_tile_finish = bf_basemap_source_fill_tile_finish;

  /**
   * BfBasemapSource::painted:
   * @self: the source
   *
   * A tile that bf_basemap_source_paint() lacked is there, or all are to be painted anew.
   */
  signals[SIGNAL_PAINTED] = g_signal_new ("painted", BF_TYPE_BASEMAP_SOURCE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 0);
}

static void
bf_basemap_source_init (BfBasemapSource *self)
{
  ShumateMapSource *source = SHUMATE_MAP_SOURCE (self);

  self->tiles = g_hash_table_new_full (tile_key_hash, tile_key_equal, NULL, tile_free);
  g_queue_init (&self->queue);
  shumate_map_source_set_id (source, "beffroi-basemap");
  shumate_map_source_set_min_zoom_level (source, 0);
  shumate_map_source_set_max_zoom_level (source, MAX_ZOOM);
  shumate_map_source_set_tile_size (source, BF_TILE_PX);
  shumate_map_source_set_projection (source, SHUMATE_MAP_PROJECTION_MERCATOR);
}

/**
 * bf_basemap_source_new:
 *
 * Returns: (transfer full): a source without a map: plain ground
 */
BfBasemapSource *
bf_basemap_source_new (void)
{
  return g_object_new (BF_TYPE_BASEMAP_SOURCE, NULL);
}

/**
 * bf_basemap_source_set_basemap: (skip)
 * @self: a source
 * @map: (nullable): the base map; %NULL for plain ground
 */
void
bf_basemap_source_set_basemap (BfBasemapSource *self, BfBasemap *map)
{
  g_return_if_fail (BF_IS_BASEMAP_SOURCE (self));

  if (map == self->map)
    return;
  g_clear_pointer (&self->map, bf_basemap_unref);
  self->map = map ? bf_basemap_ref (map) : NULL;
  forget_all (self);
  g_signal_emit (self, signals[SIGNAL_PAINTED], 0);
}

/**
 * bf_basemap_source_get_basemap: (skip)
 * @self: a source
 *
 * Returns: (transfer none) (nullable): the base map
 */
BfBasemap *
bf_basemap_source_get_basemap (BfBasemapSource *self)
{
  g_return_val_if_fail (BF_IS_BASEMAP_SOURCE (self), NULL);

  return self->map;
}

/**
 * bf_basemap_source_set_dark:
 * @self: a source
 * @dark: which palette
 */
void
bf_basemap_source_set_dark (BfBasemapSource *self, gboolean dark)
{
  g_return_if_fail (BF_IS_BASEMAP_SOURCE (self));

  if (dark == self->dark)
    return;
  self->dark = dark;
  forget_all (self);
  g_signal_emit (self, signals[SIGNAL_PAINTED], 0);
}
