/* SPDX-License-Identifier: EUPL-1.2 */
/* What the readers of the past share. */
#pragma once

#include "ctl/bf-past.h"
#include "formats/bf-sink.h"

G_BEGIN_DECLS

#define BF_PAST_LIST (BF_NO_PROPERTY - 1)

/* @property BF_NO_PROPERTY: not an observation: what is said of the asset, @record is the number of its draft. BF_PAST_LIST: a list of
 * all that is current, @record is its number, @observed_us when it was true. */
typedef struct
{
  gint64 result_us;
  gint64 observed_us;
  double value;
  guint32 asset; /* the past's own number */
  guint32 record;
  guint16 property;
  guint16 feed;
} BfPastRow;

/* What a file or payload says of an asset. */
typedef struct
{
  char *id;
  guint16 kind;
  char *name;
  char *address;
  char *parent;
  char *attributes;
  gsize attributes_length;
  BfPoint point;
} BfPastDraft;

typedef struct
{
  gboolean whole;
  GArray *assets; /* guint32, the past's numbers */
} BfPastList;

typedef struct
{
  BfPast *past;
  char *name;
  guint service;
  gint64 stale_us;
  BfSink *sink;      /* of files; made with the first line */
  gint64 begun_us;   /* result time of the sink's payload */
  GArray *numbers;   /* guint32: feed-local -> the past's */
  guint16 number;
} BfPastFeed;

/* One observation as a file says it. */
typedef struct
{
  const char *asset; /* with its service, or without */
  const char *parent; /* (nullable) likewise, of the same service */
  const BfKind *kind;
  const BfProperty *property; /* NULL: the asset is described, no more */
  const char *value;
  gsize value_length;
  gint64 observed_us;
  gint64 result_us;
  guint32 record; /* line */
} BfPastLine;

struct _BfPast
{
  const BfCatalog *catalog;
  void (*tell) (gpointer user_data, const char *where, const char *what);
  gpointer user_data;
  GArray *rows;        /* BfPastRow */
  GPtrArray *drafts;   /* BfPastDraft */
  GPtrArray *known;    /* BfPastDraft, by the past's number: of assets that a city has already */
  GPtrArray *lists;    /* BfPastList */
  GHashTable *numbers; /* asset id -> number + 1 */
  GPtrArray *feeds;    /* BfPastFeed */
  GHashTable *silent;  /* set of heads of wide tables: nothing came under them yet */
  GHashTable *heard;   /* those under which something came */
  gboolean over;       /* more rows than are held */
  const char *reading; /* file under way, for reasons */
  BfPastCounts counts;

  /* While it runs. */
  gboolean streaming; /* rows are not held */
  BfRehearsal *const *rehearsals;
  guint n_rehearsals;
  GArray **dense;     /* a rehearsal: guint32, the past's number of an asset -> the rehearsal's */
  gint64 to_us;
  gint64 batch_us;    /* of the batch under way, BF_TIME_NONE: none */
};

void bf_past_draft_free (gpointer draft);
const BfKind *bf_past_known_kind (BfPast *past, const char *id);
guint32 bf_past_number (BfPast *past, const char *id);
void bf_past_list_free (BfPastList *list);
guint32 bf_past_put_asset (BfPastFeed *feed, const BfAssetDraft *draft, gint64 result_us);
void bf_past_put_row (BfPast *past, const BfPastRow *row);
void bf_past_say (BfPast *past, guint16 feed, const BfPastLine *line);
void bf_past_tell (BfPast *past, guint32 record, const char *property, const char *what);
void bf_past_refuse (BfPast *past, guint32 record, const char *property, const char *reason);
gboolean bf_past_check (const BfPast *past, GError **error);
/* The feed of what files say of a service, made on sight. */
guint16 bf_past_file_feed (BfPast *past, guint service);

G_END_DECLS
