/* SPDX-License-Identifier: EUPL-1.2 */
/* The book of series between bf-series-book.c, which fills and asks it, and bf-series-saver.c, which takes it over a restart. */
#pragma once

#include "rules/bf-builtins-private.h"

G_BEGIN_DECLS

typedef struct
{
  guint16 property;
  guint16 other; /* of BF_SERIES_RESIDUAL, else BF_NO_PROPERTY */
  BfSeriesSpec spec;
  GPtrArray *chunks; /* by asset, CHUNK_SERIES of BfSeries each; NULL: none there. Growing moves no series */
} BfShelf;

struct _BfSeriesBook
{
  BfEvaluator *evaluator;
  GPtrArray *shelves;    /* BfShelf */
  GArray **by_property;  /* guint, of shelves; NULL: none */
  GHashTable *of_builtin; /* BfBuiltin -> BfShelf */
  BfLightingPlan *plan;   /* owned */
  /* Day or night was reckoned last for this cell, and holds so long. */
  int sun_lon;
  int sun_lat;
  gint64 sun_from_us;
  gint64 sun_until_us;
  gboolean sun_is_down;
  /* The zone's offset was asked last for this quarter of an hour. */
  gint64 offset_quarter;
  gint64 offset_us;
  gint64 steady_quarter; /* and, whether it holds for a day, for this one */
  gboolean steady;
};

/* ---- bf-series-book.c ---- */

BfSeries *bf_shelf_get (const BfShelf *shelf, guint32 asset);
void bf_shelf_set (BfShelf *shelf, guint32 asset, BfSeries *series);
BfSeries *bf_shelf_next (const BfShelf *shelf, guint32 *asset);

G_END_DECLS
