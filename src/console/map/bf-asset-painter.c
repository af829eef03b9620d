/* SPDX-License-Identifier: EUPL-1.2 */
/* How assets look: which picture stands for which state at which zoom, and the three passes over a frame.
 *
 * The loop over the points is the map's hottest: it reads only arrays in Morton order, so that what is near on
 * screen is near in memory, and holds its sprites by pointer. Main thread; Cairo only, no GTK.
 */
#include "bf-asset-painter.h"

#include "base/bf-language.h"

/* So few assets never crowd the map: their symbols stand at every zoom. */
#define FEW_ASSETS 60
#define SYMBOL_ZOOM 15.8

/* A dot of 2 px that grows into the symbol of its service. */
static BfSpriteSpec
calm_spec (const BfProjection *p, guint n_assets, guint8 symbol, gboolean unknown)
{
  BfSpriteSpec spec = { 0 };

  if (unknown)
    {
      spec.kind = BF_SPRITE_UNKNOWN;
      spec.quarter_px = p->zoom < 15 ? 40 : p->zoom < 17 ? 52 : 64;
    }
  else if (p->zoom < SYMBOL_ZOOM && n_assets > FEW_ASSETS)
    {
      spec.kind = BF_SPRITE_DOT;
      spec.quarter_px = p->zoom < 13.5 ? 14 : p->zoom < 15 ? 16 : 20;
    }
  else
    {
      spec.kind = BF_SPRITE_SYMBOL;
      spec.symbol = symbol;
      spec.quarter_px = p->zoom < 16.5 ? 60 : p->zoom < 17.5 ? 72 : 88;
    }
  return spec;
}

/**
 * bf_asset_painter_points: (skip)
 * @canvas: a canvas, begun
 * @a: the assets
 * @marks: what is shown of them
 * @p: the frame
 * @sprites: where their pictures come from
 *
 * Paints the calm and unknown assets that are shown one by one.
 */
void
bf_asset_painter_points (BfCanvas *canvas, const BfAssetSet *a, const BfMapMarks *marks, const BfProjection *p,
                         BfSpriteCache *sprites)
{
  const GArray *runs = bf_map_marks_get_runs (marks);
  const BfSprite *table[2][BF_MAP_N_SYMBOLS];

  /* The cache may forget while it is filled: after this loop its pointers hold, as nothing more is asked. */
  for (int pass = 0; pass < 2; pass++)
    for (int unknown = 0; unknown < 2; unknown++)
      for (int s = 0; s < BF_MAP_N_SYMBOLS; s++)
        {
          BfSpriteSpec spec = calm_spec (p, a->n, (guint8) s, unknown);

          table[unknown][s] = bf_sprite_cache_get (sprites, &spec);
        }
  for (guint r = 0; r < runs->len; r++)
    {
      BfMarkRun run = g_array_index (runs, BfMarkRun, r);

      for (guint i = run.first; i < run.end; i++)
        {
          guint8 shown = a->sorted_shown[i];

          if (shown == BF_SHOWN_HIDDEN)
            continue;
          bf_canvas_blit (canvas, table[shown == BF_SHOWN_UNKNOWN][a->sorted_symbol[i]],
                          bf_projection_x (p, a->sorted_x[i]), bf_projection_y (p, a->sorted_y[i]));
        }
    }
}

static BfSpriteSpec
alert_spec (const BfProjection *p, BfMapState state, guint count, guint n_assets, guint8 symbol)
{
  BfSpriteSpec spec = { .kind = BF_SPRITE_STATE, .variant = (guint8) state };

  spec.quarter_px = 26 * 4;
  if (n_assets > 1 && count > 1)
    {
      bf_sprite_format_count (count, bf_language_now (), spec.text);
      spec.quarter_px = 38 * 4;
      if (bf_map_state_get_priority (state) == BF_MAP_PRIORITY_MEDIUM)
        spec.quarter_px = 34 * 4;
    }
  else if (p->zoom >= 15.8)
    {
      spec.symbol = symbol;
      spec.quarter_px = 34 * 4;
    }
  return spec;
}

/**
 * bf_asset_painter_marks: (skip)
 * @canvas: a canvas, begun
 * @a: the assets
 * @marks: what is shown of them
 * @p: the frame
 * @sprites: where their pictures come from
 *
 * Paints rings and alerts, worst last.
 */
void
bf_asset_painter_marks (BfCanvas *canvas, const BfAssetSet *a, const BfMapMarks *marks, const BfProjection *p,
                        BfSpriteCache *sprites)
{
  const GArray *list = bf_map_marks_get_marks (marks);

  for (guint i = 0; i < list->len; i++)
    {
      const BfMark *m = &g_array_index (list, BfMark, i);
      BfSpriteSpec spec = { .kind = BF_SPRITE_RING, .quarter_px = 40 * 4 };

      if (m->kind == BF_MARK_ALERT)
        spec = alert_spec (p, m->state, m->count, m->n_assets, a->symbol[m->asset]);
      else
        {
          spec.variant = m->state == BF_MAP_STATE_UNKNOWN;
          bf_sprite_format_count (m->count, bf_language_now (), spec.text);
        }
      bf_canvas_blit (canvas, bf_sprite_cache_get (sprites, &spec), m->x, m->y);
    }
}

/**
 * bf_asset_painter_selected: (skip)
 * @canvas: a canvas, begun
 * @a: the assets
 * @selected: one of them, or none of them
 * @p: the frame
 * @sprites: where their pictures come from
 *
 * Paints the selected asset on its own place, over everything, even if a cluster holds it.
 */
void
bf_asset_painter_selected (BfCanvas *canvas, const BfAssetSet *a, guint selected, const BfProjection *p,
                           BfSpriteCache *sprites)
{
  BfSpriteSpec halo = { .kind = BF_SPRITE_HALO, .quarter_px = 54 * 4 };
  BfSpriteSpec spec;
  int x, y;

  if (!bf_asset_set_is_visible (a, selected))
    return;
  x = bf_projection_x (p, a->x[selected]);
  y = bf_projection_y (p, a->y[selected]);
  if (bf_map_state_is_alert ((BfMapState) a->state[selected]))
    spec = alert_spec (p, (BfMapState) a->state[selected], 1, 1, a->symbol[selected]);
  else
    spec = calm_spec (p, a->n, a->symbol[selected], a->state[selected] == BF_MAP_STATE_UNKNOWN);
  bf_canvas_blit (canvas, bf_sprite_cache_get (sprites, &halo), x, y);
  bf_canvas_blit (canvas, bf_sprite_cache_get (sprites, &spec), x, y);
}
