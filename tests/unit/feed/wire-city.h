/* SPDX-License-Identifier: EUPL-1.2 */
/* A city for the tests of transports: a folder with secrets, the real supervisor with the real beffroi-feed, and what came of its
 * feeds, whose records have one value each, so that a record is an observation: {"key": "a", "nom": "A", "free": 12, "at": "…"}. */
#pragma once

#include "feed-test-util.h"
#include "feed/bf-supervisor.h"

#define WIRE_DEADLINE_S 60
#define WIRE_SECRET "s3cr3t-Zebra-4711"

typedef struct
{
  BfCatalog *catalog;
  BfSupervisor *supervisor; /* made by the first feed */
  char *dir;
  const char *proxy; /* the test's, before the first feed */
  const char *ca;
  GHashTable *values; /* guint -> n times; 1000 x feed + value of the feeds after the first */
  GString *said;      /* every state and reason that was seen */
  guint64 n_observations;
} WireCity;

/* With a secret "token", WIRE_SECRET. */
WireCity *wire_city_new (void);
void wire_city_free (WireCity *city);
void wire_city_secret (WireCity *city, const char *name, const char *text);
/* A feed of parking, every second, answers within two, stale after an hour, unless @keys say otherwise. Its number. */
guint wire_city_add (WireCity *city, const char *name, const char *keys);
BfFeedInfo wire_city_info (WireCity *city, guint feed);
guint wire_city_times (WireCity *city, guint feed, guint value);
gboolean wire_city_has (WireCity *city, guint value); /* of the first feed */
gboolean wire_city_is_good (WireCity *city, guint feed);
/* Wrong, with a reason in words, and since when. */
gboolean wire_city_is_bad (WireCity *city, guint feed);
/* What it counts adds up: attempts by their outcome, and what came of them is what was handed on. */
void wire_city_check_counts (WireCity *city, guint feed, guint64 n_observations);

/* Stamps differ by a microsecond at least, or not at all while @wire_same_stamp. (transfer full) */
extern gboolean wire_same_stamp;
char *wire_record (guint value);
/* (transfer full): "14:31:07.250" */
char *wire_clock (gint64 at_us);

gboolean wire_late_cb (gpointer user_data);

/* Turns the main loop until @condition; the test fails when it does not come. A tick sees to it that it is looked at. */
#define wire_until(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint wire_late = g_timeout_add_seconds (WIRE_DEADLINE_S, wire_late_cb, (gpointer) #condition);                    \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (wire_late);                                                                                       \
  }                                                                                                                    \
  G_STMT_END
