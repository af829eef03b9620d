/* SPDX-License-Identifier: EUPL-1.2 */
/* What the files of the book share. bf-alert-book.c: indexes, transitions, time; bf-alert-acts.c: what persons do;
 * bf-alert-chatter.c: damping; bf-alert-outs.c: equipment out of service. */
#pragma once

#include "alerts/bf-alert-book.h"

G_BEGIN_DECLS

typedef enum
{
  BF_BOOK_TIMER_ACKNOWLEDGED,
  BF_BOOK_TIMER_SHELF,
  BF_BOOK_TIMER_QUIET,
  BF_BOOK_TIMER_OUT,
} BfBookTimerKind;

/* One that is due at a time: its place in book->timers, which is ordered by time, kind, id and asset, so that it is the same
 * after a restart. */
typedef struct
{
  BfBookTimerKind kind;
  gint64 at_us;
  gint64 id;
  const char *asset_id;
  gpointer owner;
  GSequenceIter *iter; /* NULL: not armed */
} BfBookTimer;

typedef struct
{
  BfAlert *alert;
  char *key; /* rule and asset */
  BfBookTimer acknowledged;
  BfBookTimer shelf;
} BfBookEntry;

/* An asset that has raised lately. */
typedef struct
{
  char *asset_id;
  gint64 times_us[BF_ALERT_CHATTER_MAX]; /* of the last raise of each run, oldest first */
  guint n;
  gboolean cleared;    /* since the last raise */
  gint64 last_us;      /* of any transition */
  gint64 raised_us[BF_N_PRIORITIES]; /* last raise of each priority */
  BfPriority priority; /* while damped: the worst that was raised */
  gboolean damped;     /* some alert of it is */
  BfBookTimer timer;   /* while damped: it is quiet */
} BfBookChatter;

typedef struct
{
  BfAlertOut *out;
  char *key;
  BfBookTimer timer;
} BfBookOut;

struct _BfAlertBook
{
  BfAlertBookHandler handler;
  gpointer user_data;
  BfAlertPolicy policy;
  GHashTable *by_id;    /* gint64 * of the alert -> BfBookEntry, owned */
  GHashTable *by_key;   /* BfBookEntry.key -> BfBookEntry */
  GHashTable *by_asset; /* asset id -> GPtrArray of BfBookEntry */
  GHashTable *chatter;  /* asset id -> BfBookChatter, owned */
  GHashTable *outs;     /* BfBookOut.key -> BfBookOut, owned */
  guint chatter_room;   /* so many records before room is made */
  GSequence *timers;    /* BfBookTimer */
};

/* What an event says besides its input. */
typedef struct
{
  const char *actor;
  const char *comment;
  gint64 until_us;
} BfBookSaid;

#define BF_BOOK_ENGINE "engine"
#define BF_BOOK_BY_ENGINE(words) (&(BfBookSaid){ BF_BOOK_ENGINE, words, BF_TIME_NONE })

/* bf-alert-book.c */
char *bf_book_key (const char *rule_id, const char *asset_id);
BfBookEntry *bf_book_entry (const BfAlertBook *book, gint64 id, GError **error);
void bf_book_arm (BfAlertBook *book, BfBookTimer *timer, gint64 at_us);
/* One input to one alert: asks the table, changes state and flags, announces; frees the entry when the alert is over. The table
 * must allow it. @next_us of a shelf and the like are the caller's. Returns whether the alert is still open. */
gboolean bf_book_apply (BfAlertBook *book, BfBookEntry *entry, BfAlertInput input, const BfBookSaid *said, gint64 now_us);
/* (transfer container): the open entries of an asset by id; safe to change the book with. */
GPtrArray *bf_book_entries_of (const BfAlertBook *book, const char *asset_id);

/* bf-alert-acts.c */
gboolean bf_book_check_words (const char *actor, const char *comment, GError **error);
void bf_book_arm_shelf (BfAlertBook *book, BfBookEntry *entry);
void bf_book_shelf_due (BfAlertBook *book, BfBookEntry *entry, gint64 now_us);
void bf_book_step_shelf (BfAlertBook *book, BfBookEntry *entry, gint64 now_us, gint64 step_us);

/* bf-alert-chatter.c */
gboolean bf_book_chatter_raised (BfAlertBook *book, const char *asset_id, BfPriority priority, gint64 now_us);
void bf_book_chatter_worse (BfAlertBook *book, const char *asset_id, BfPriority priority, gint64 now_us);
void bf_book_chatter_cleared (BfAlertBook *book, const char *asset_id, gint64 now_us);
void bf_book_chatter_restore (BfAlertBook *book, const BfAlert *alert);
void bf_book_chatter_due (BfAlertBook *book, BfBookChatter *chatter, gint64 now_us);
void bf_book_chatter_step (BfAlertBook *book, gint64 step_us);
gint64 bf_book_chatter_quiet_us (const BfAlertBook *book, const char *asset_id);
void bf_book_chatter_free (gpointer data);

/* bf-alert-outs.c */
void bf_book_out_due (BfAlertBook *book, BfBookOut *out, gint64 now_us);
/* The record that is for an alert of (rule, asset). */
const BfAlertOut *bf_book_out_for (const BfAlertBook *book, const char *rule_id, const char *asset_id);
void bf_book_out_free (gpointer data);

G_END_DECLS
