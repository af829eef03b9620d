/* SPDX-License-Identifier: EUPL-1.2 */
/* Lists of what is current, and what they no longer have: the engine and a rehearsal end the same things by the same lists. No
 * clock, no store, no threads. */
#pragma once

#include "rules/bf-evaluator.h"

G_BEGIN_DECLS

typedef struct _BfLists BfLists;

/**
 * BfListsHandler:
 * @gone: no list has the thing any more: an observation as any other, with %BF_RECORD_GONE as its record
 * @touched: (nullable): until when values of the asset are known is another than before
 */
typedef struct
{
  void (*gone) (gpointer user_data, guint16 feed, gint64 result_us, guint32 asset, guint16 property, double value, gint64 observed_us);
  void (*touched) (gpointer user_data, guint32 asset);
} BfListsHandler;

/**
 * BfListSaid: what one payload says of all that is current
 * @as_of_us: when it was true, %BF_TIME_NONE: it cannot be said
 * @whole: what it does not have is gone; else only what it has is sure
 * @same: as the last one: @assets are not given again
 * @assets: all that it names of kinds with `Ended=` or `Absent=`, in any order
 */
typedef struct
{
  gint64 as_of_us;
  gint64 result_us;
  gboolean whole;
  gboolean same;
  const guint32 *assets;
  guint n;
} BfListSaid;

BfLists *bf_lists_new (BfModel *model, BfEvaluator *evaluator, const BfListsHandler *handler, gpointer user_data);
void bf_lists_free (BfLists *lists);
/* Rules have changed: another evaluator, over the same model. */
void bf_lists_set_evaluator (BfLists *lists, BfEvaluator *evaluator);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfLists, bf_lists_free)

void bf_lists_take (BfLists *lists, guint16 feed, guint service, const BfListSaid *said);
gboolean bf_lists_is_back (const BfLists *lists, guint16 feed, gint64 result_us, guint32 asset, guint16 property, gint64 *ret_as_of_us);
void bf_lists_touch_values (const BfLists *lists, guint16 feed, guint32 asset);

G_END_DECLS
