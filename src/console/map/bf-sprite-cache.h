/* SPDX-License-Identifier: EUPL-1.2 */
/* The little pictures that the map is set from, drawn once each. Cairo and Pango, no GTK. */
#pragma once

#include "bf-canvas.h"
#include "bf-map-style.h"

#include <pango/pango.h>

G_BEGIN_DECLS

#define BF_SPRITE_COUNT_SIZE 16u

typedef enum
{
  BF_SPRITE_DOT,     /* an asset from far */
  BF_SPRITE_SYMBOL,  /* an asset from near: the symbol of its service */
  BF_SPRITE_UNKNOWN, /* an asset of which nothing is known */
  BF_SPRITE_RING,    /* a cluster without alerts: its count */
  BF_SPRITE_STATE,   /* an alert, with a number or a symbol inside */
  BF_SPRITE_HALO,    /* around the selected asset */
  BF_SPRITE_PLACE,   /* a school, a hospital */
} BfSpriteKind;

/**
 * BfSpriteSpec:
 * @kind: what it is
 * @variant: state of BF_SPRITE_STATE; 1 for a dashed BF_SPRITE_RING; kind of BF_SPRITE_PLACE
 * @symbol: drawing of BF_SPRITE_SYMBOL, or inside a BF_SPRITE_STATE
 * @quarter_px: size in quarters of a user unit
 * @text: number to write into it
 */
typedef struct
{
  guint8 kind;
  guint8 variant;
  guint8 symbol;
  guint8 unused;
  guint16 quarter_px;
  char text[BF_SPRITE_COUNT_SIZE];
} BfSpriteSpec;

typedef struct _BfSpriteCache BfSpriteCache;

BfSpriteCache *bf_sprite_cache_new (void);
void bf_sprite_cache_free (BfSpriteCache *self);
void bf_sprite_cache_set_style (BfSpriteCache *self, gboolean dark, int scale, PangoContext *context);
const BfSprite *bf_sprite_cache_get (BfSpriteCache *self, const BfSpriteSpec *spec);
void bf_sprite_format_count (guint count, const char *language, char text[BF_SPRITE_COUNT_SIZE]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfSpriteCache, bf_sprite_cache_free)

G_END_DECLS
