/* SPDX-License-Identifier: EUPL-1.2 */
/* Rehearsals that clients ask for: each is a child, `beffroictl rules rehearse` over the city's own store, at a low priority; one at a
 * time. The engine reads its lines as they come and keeps what is bounded; it is never held up by one. Main thread. */
#pragma once

#include "engine/bf-engine-private.h"

G_BEGIN_DECLS

#define BF_REHEARSALS_KEPT 16u              /* that have ended */
#define BF_REHEARSAL_ALERTS_MAX 2000u       /* alerts of one that are kept; more are counted */
#define BF_REHEARSAL_BYTES_MAX (4u << 20)   /* of its lines */
#define BF_REHEARSAL_S_MAX 1800u            /* then it is ended */

/**
 * BfRehearsalWish:
 * @name: (nullable): of the file that @text is of
 * @text: (nullable): rules that are tried; %NULL: those in force
 * @from_us, @to_us: %BF_TIME_NONE: all that the store has
 */
typedef struct
{
  const char *actor;
  const char *name;
  const char *text;
  gint64 from_us;
  gint64 to_us;
} BfRehearsalWish;

BfRehearsals *bf_rehearsals_new (BfEngine *engine, const char *plugins_dir);
void bf_rehearsals_free (BfRehearsals *rehearsals);
gboolean bf_rehearsals_begin (BfRehearsals *rehearsals, const BfRehearsalWish *wish, gint64 *ret_id, GError **error);
gboolean bf_rehearsals_cancel (BfRehearsals *rehearsals, gint64 id);
/* FALSE: there is none of that number. */
gboolean bf_rehearsals_write (BfRehearsals *rehearsals, gint64 id, BfJsonOut *out, gboolean whole);
void bf_rehearsals_write_all (BfRehearsals *rehearsals, BfJsonOut *out);
/* (transfer full) (nullable): its figures as JSON, when it has ended well and was of this text. */
char *bf_rehearsals_figures (BfRehearsals *rehearsals, gint64 id, const char *text);

G_END_DECLS
