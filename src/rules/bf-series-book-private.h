/* SPDX-License-Identifier: EUPL-1.2 */
/* Between bf-series-book.c, which runs, and bf-series-state.c, which keeps what is remembered over a restart. */
#pragma once

#include "rules/bf-builtins-private.h"

G_BEGIN_DECLS

#define BF_SHELF_CHUNK_BITS 8
#define BF_SHELF_CHUNK_SERIES (1u << BF_SHELF_CHUNK_BITS)

typedef struct
{
  guint16 property;
  guint16 other; /* of BF_SERIES_RESIDUAL, else BF_NO_PROPERTY */
  BfSeriesSpec spec;
  GPtrArray *chunks; /* by asset, BF_SHELF_CHUNK_SERIES of BfSeries each; NULL: none there. Growing moves no series */
} BfShelf;

/* Of a built-in function of the set. */
typedef struct
{
  const BfBuiltin *builtin;
  BfShelf *shelf; /* NULL: it remembers nothing */
  BfAsk *ask;     /* (nullable): of its property's bands */
} BfSeriesPlace;

struct _BfSeriesBook
{
  BfEvaluator *evaluator;
  GPtrArray *shelves;    /* BfShelf */
  GArray **by_property;  /* guint, of shelves; NULL: none */
  BfSeriesPlace *places; /* by BfBuiltin.place */
  GHashTable *waiting;    /* asset id -> what waits for it (bf-series-state.c); NULL: nothing ever did */
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

BfSeries *bf_shelf_get (const BfShelf *shelf, guint32 asset);
/* Takes @series, in the place of the one that was there. */
void bf_shelf_set (BfShelf *shelf, guint32 asset, BfSeries *series);
/* The first at or after @asset, which becomes its asset; NULL: there is none. */
BfSeries *bf_shelf_next (const BfShelf *shelf, guint32 *asset);

G_END_DECLS
