/* SPDX-License-Identifier: EUPL-1.2 */
/* Built-in functions between the parser, the compiler and the evaluator (bf-builtins.c), and what they remember for which
 * asset (bf-series-book.c). */
#pragma once

#include "rules/bf-evaluator-private.h"
#include "rules/bf-lighting-plan.h"
#include "rules/bf-series.h"

G_BEGIN_DECLS

enum
{
  BF_BUILTIN_WINDOW_MIN,
  BF_BUILTIN_WINDOW_MAX,
  BF_BUILTIN_WINDOW_SUM,
  BF_BUILTIN_WINDOW_COUNT,
  BF_BUILTIN_WINDOW_AVG, /* up to here: names that aggregates have too */
  BF_BUILTIN_CHANGES,
  BF_BUILTIN_STDDEV,
  BF_BUILTIN_DELTA,
  BF_BUILTIN_RATE,
  BF_BUILTIN_TREND,
  BF_BUILTIN_TIME_TO,
  BF_BUILTIN_FILL_RATE,
  BF_BUILTIN_FILL_TIME_TO,
  BF_BUILTIN_SINCE_FALL,
  BF_BUILTIN_NIGHT_MIN,
  BF_BUILTIN_NIGHT_MIN_USUAL,
  BF_BUILTIN_USUAL,
  BF_BUILTIN_EXPECTED,
  BF_BUILTIN_DEVIATION,
  BF_BUILTIN_OUTSIDE,
  BF_BUILTIN_LEARNT,
  BF_BUILTIN_TYPICAL,
  BF_BUILTIN_RESIDUAL,
  BF_BUILTIN_RESIDUAL_SHIFT,
  BF_BUILTIN_RESIDUAL_LEARNT,
  BF_BUILTIN_SUN_HEIGHT,
  BF_BUILTIN_NIGHT,
  BF_BUILTIN_LIGHTING_PLAN,
  BF_BUILTIN_TIME_IN, /* bf-rule-calendar.c, as are the next two */
  BF_BUILTIN_WEEKDAY,
  BF_BUILTIN_HOLIDAY,
  BF_BUILTIN_FIRST,
  BF_BUILTIN_LEVEL,
  BF_BUILTIN_SURELY,
  BF_BUILTIN_GIVEN,
  BF_N_BUILTINS,
};

/* ---- bf-builtins.c ---- */

gboolean bf_builtin_has_series (guint8 function);
BfSeriesType bf_builtin_series (guint8 function);
int bf_builtin_find (const BfParser *parser, const BfToken *name);
guint16 bf_builtin_parse (BfParser *parser, guint8 function, const BfToken *name);
gboolean bf_builtin_takes_expressions (guint8 function);
guint16 bf_builtin_finish_call (BfParser *parser, guint8 function, BfNode *node, guint n_arguments);
void bf_builtin_compile (BfCompiler *compiler, const BfTree *tree, const BfNode *node, guint r);
char *bf_builtin_words (guint8 function, const char *name, const char *other, const char *duration);
guint bf_builtin_names (const char **names, guint n);

/* ---- bf-rule-calendar.c ---- */

gboolean bf_rule_calendar_begins (const BfParser *parser, const BfToken *name);
guint16 bf_rule_calendar_parse (BfParser *parser, const BfToken *name);
gboolean bf_rule_calendar_holds (const BfBuiltin *builtin, gboolean alsace_moselle, gint64 local_us, gint64 *ret_next_us);
char *bf_rule_calendar_words (const BfBuiltin *builtin);

/* ---- bf-series-book.c ---- */

BfSeriesBook *bf_series_book_new (BfEvaluator *evaluator);
void bf_series_book_free (BfSeriesBook *book);
/* The latest value of (asset, property) in the model is another one. */
void bf_series_book_sample (BfSeriesBook *book, guint32 asset, guint16 property);
/* Towards the cache: what is remembered of it (@near FALSE), and behind that (TRUE). */
void bf_series_book_fetch (const BfSeriesBook *book, guint32 asset, guint16 property, gboolean near);
/* A value from before the latest. */
void bf_series_book_late (BfSeriesBook *book, guint32 asset, guint16 property, gint64 time_us, double value);
/* The clock was set: what it has not reached again goes back with it. */
void bf_series_book_step_time (BfSeriesBook *book, gint64 now_us, gint64 step_us);
/* Hands the answers that programs are given to who keeps their bands. */
void bf_series_book_set_asks (BfSeriesBook *book, const GPtrArray *asks);
double bf_series_book_answer (BfEvaluator *evaluator, const BfBuiltin *builtin, BfRun *run);
/* BfRun.builtin */
double bf_series_book_run (gpointer evaluator, const BfBuiltin *builtin, BfRun *run);

/* ---- bf-series-state.c ---- */

/* The asset has come: what was read for it before it had is its own. */
void bf_series_book_claim (BfSeriesBook *book, guint32 asset);

G_END_DECLS
