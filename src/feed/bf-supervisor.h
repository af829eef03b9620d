/* SPDX-License-Identifier: EUPL-1.2 */
/* The engine's side of the feeds: starts one beffroi-feed a feed, reads its frames, marks what dies, hangs, floods or sends
 * rubbish with the reason, and starts it again at a bounded rate. Main thread; a feed can cost it no more than a bounded
 * number of bytes a turn of the main loop. */
#pragma once

#include "feed/bf-feed-def.h"
#include "feed/bf-frame.h"

G_BEGIN_DECLS

typedef enum
{
  BF_FEED_STARTING,
  BF_FEED_OK,       /* last answer good, content in its freshness */
  BF_FEED_STALE,    /* answers, but the newest phenomenon time is older than the limit */
  BF_FEED_RETRY,    /* last attempt failed; reason says why; next_us when again */
  BF_FEED_REFUSED,  /* will not get better by itself */
  BF_FEED_CRASHED,  /* process died, hung, flooded or broke the frames; starts again at next_us */
  BF_FEED_PAUSED,   /* by a person, with a reason */
  BF_FEED_OFF,      /* its definition is bad */
} BfFeedState;

const char *bf_feed_state_id (BfFeedState state);

/* As shown in console and beffroictl. Texts live until the feed's next change. */
typedef struct
{
  const BfFeedDef *def;
  BfFeedState state;
  gint64 since_us;
  const char *reason;
  const char *actor;       /* who paused it */
  gint64 last_attempt_us;
  gint64 last_ok_us;
  gint64 newest_us;        /* newest phenomenon time */
  BfContent content;       /* of the last good payload: from what its freshness is reckoned */
  gint64 as_of_us;         /* when a list or descriptions were true, BF_TIME_NONE: there was no good payload yet */
  gint64 changed_us;       /* since when a list without a time of its own is served as it is, BF_TIME_NONE: nobody says */
  guint n_listed;          /* things of a list */
  gboolean whole;          /* the list was read whole: what it does not have is over */
  gint64 next_us;
  guint64 n_attempts;      /* = n_payloads + n_not_modified + n_failed */
  guint64 n_payloads;
  guint64 n_failed;        /* attempts without a good answer: what they did not bring, a later one does, if the source still has it */
  guint64 n_records;       /* in the payloads: used, refused, or known already */
  guint64 n_observations;
  guint64 n_refused;
  guint64 n_not_modified;
  guint64 n_ahead;         /* observations with a stamp after they came, whose time is when they came */
  gint64 ahead_us;         /* the greatest difference in the last payload with observations: so far its source's clock is ahead */
  guint64 bytes;
  guint64 n_pushed;        /* bodies taken from senders, and of them how many were given up */
  guint64 n_push_lost;
  guint n_push_waiting;
  guint n_assets;
  guint restarts;
  guint n_deaths;          /* processes that ended, hung, flooded or sent rubbish */
  gint64 death_us;         /* the last of them, 0: none yet; and why, kept when the next one runs well */
  const char *death;
  int pid;                 /* 0 when none */
  const char *last_refused; /* an example: "record 12, free_spaces: …" */
} BfFeedInfo;

#define BF_FEED_REFUSALS 20u

/* One example of what was refused: newest time, and how often the same was seen. */
typedef struct
{
  gint64 at_us;
  char *text; /* "record 12, free_spaces: …" */
  guint64 times;
} BfFeedRefusal;

/**
 * BfFeedList: what a list of all that is current says
 * @as_of_us: when it was true
 * @whole: what it does not have is gone; else only what it has is sure
 * @same: as the last one, @assets are not given again
 * @assets: feed-local, all that it names of kinds with `Ended=` or `Absent=`
 */
typedef struct
{
  gint64 as_of_us;
  gboolean whole;
  gboolean same;
  const guint32 *assets;
  guint n;
} BfFeedList;

typedef struct
{
  void (*asset) (gpointer user_data, guint feed, guint32 asset, const BfAssetDraft *draft);
  /* One payload's observations, or the last slice of them, with its result time; then evaluate. */
  void (*batch) (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n);
  void (*changed) (gpointer user_data, guint feed); /* state or figures */
  /* A slice of a large payload, of which more follows with the same result time: other sources of the main loop run between.
   * %NULL: batch() gets each slice. */
  void (*slice) (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n);
  /* Before the payload's observations; a batch() follows, perhaps of none. Nullable. */
  void (*listed) (gpointer user_data, guint feed, gint64 result_us, const BfFeedList *list);
  /* The source says another cadence than before: from what follows on, its values are known for so long. Before the payload's
   * list and observations. Nullable. */
  void (*limit) (gpointer user_data, guint feed, gint64 stale_us);
} BfSupervisorHandler;

/**
 * BfSupervisorLimits: what a feed's process may do, and how fast it is started again. Plain data; tests make it small.
 * @restart_min_us: wait after the first crash, doubling to @restart_max_us; a run that was good for @good_run_us resets it
 * @grace_us: a process that says nothing for this long after its planned attempt and its Timeout= hangs; time in which we leave
 *   unread what it wrote does not count, and while it sends it has as much again, for ten minutes
 * @bytes_per_s: @bytes_burst at once, and so many a second in the long run; and no more than @bytes_burst without an answer
 * @status_per_s: likewise attempts
 * @read_bytes: read of one feed in one turn of the main loop
 */
typedef struct
{
  gint64 restart_min_us;
  gint64 restart_max_us;
  gint64 good_run_us;
  gint64 grace_us;
  guint64 bytes_per_s;
  guint64 bytes_burst;
  guint status_per_s;
  guint status_burst;
  guint read_bytes;
} BfSupervisorLimits;

extern const BfSupervisorLimits bf_supervisor_limits_default;

typedef struct _BfSupervisor BfSupervisor;

/* @feed_program: path of beffroi-feed; @plugins_dir: where the plugins are; @zone_name: the city's zone. */
BfSupervisor *bf_supervisor_new (const BfCatalog *catalog, const char *feed_program, const char *plugins_dir,
                                 const char *zone_name, const BfSupervisorHandler *handler, gpointer user_data);
/* Before the first bf_supervisor_add(). */
void bf_supervisor_set_limits (BfSupervisor *supervisor, const BfSupervisorLimits *limits);
/* What the city says of its network, where its secrets lie (of the proxy, for a probe), and where the engine keeps how far a stream had
 * come; each may be NULL. Before the first bf_supervisor_add(). */
void bf_supervisor_set_net (BfSupervisor *supervisor, const char *proxy, const char *ca, const char *secrets_dir, const char *state_dir);
/* The clock was set by @step_us and reads @now_us now: freshness goes on by the time that has elapsed. What is left of payloads under
 * way must have been handed on, by bf_supervisor_settle(). */
void bf_supervisor_step_time (BfSupervisor *supervisor, gint64 now_us, gint64 step_us);
/* Hands on at once what is left of payloads under way. For the end of the engine, while its store is open, and
 * before bf_supervisor_step_time(). */
void bf_supervisor_settle (BfSupervisor *supervisor);
/* Ends every child and waits for it, bounded. */
void bf_supervisor_free (BfSupervisor *supervisor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfSupervisor, bf_supervisor_free)
guint bf_supervisor_add (BfSupervisor *supervisor, BfFeedDef *def); /* takes ownership; returns the feed's number; starts it */
/* The same, but stopped by a person before this engine began: not started until bf_supervisor_resume(). */
guint bf_supervisor_add_paused (BfSupervisor *supervisor, BfFeedDef *def, const char *actor, const char *reason, gint64 since_us);
guint bf_supervisor_n (const BfSupervisor *supervisor);
void bf_supervisor_info (const BfSupervisor *supervisor, guint feed, BfFeedInfo *ret_info);
/* (transfer none) (element-type BfFeedRefusal): newest first, at most %BF_FEED_REFUSALS; until the feed's next change. */
const GPtrArray *bf_supervisor_refusals (const BfSupervisor *supervisor, guint feed);
/* The engine refuses a part of what the feed said: counted and kept as an example with the others. */
void bf_supervisor_note_refused (BfSupervisor *supervisor, guint feed, const char *text);
gboolean bf_supervisor_find (const BfSupervisor *supervisor, const char *name, guint *ret_feed);
void bf_supervisor_pause (BfSupervisor *supervisor, guint feed, const char *actor, const char *reason);
void bf_supervisor_resume (BfSupervisor *supervisor, guint feed);
/* A body that was pushed for this feed. FALSE: there is no room for it, or the feed is not one that waits for bodies. TRUE: it is
 * kept until the feed's process has made frames of it, over the process's death. */
gboolean bf_supervisor_push (BfSupervisor *supervisor, guint feed, GBytes *body);
/* The pinned or ringed raw payload that a record came from: (transfer full), unpacked; NULL when no longer kept. */
GBytes *bf_supervisor_payload (BfSupervisor *supervisor, guint feed, gint64 result_us);

/* One fetch of an address of unknown form in a child of its own (for "Connect my city"): text of a proposed .feed. */
void bf_supervisor_probe_async (BfSupervisor *supervisor, const char *service, const char *url, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
char *bf_supervisor_probe_finish (BfSupervisor *supervisor, GAsyncResult *result, GError **error);

G_END_DECLS
