/* SPDX-License-Identifier: EUPL-1.2 */
/* What the tests of the store share: a temporary folder, made-up alerts, waiting for callbacks without sleeping. */
#pragma once

#include <sqlite3.h>

#include "store/bf-store.h"

typedef struct
{
  char *dir;
  BfStore *store;
} Fixture;

#define T0 (G_GINT64_CONSTANT (1750000000) * G_USEC_PER_SEC) /* 2025-06-15T15:06:40Z, not at the start of an hour */
#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define HOUR_US (60 * MINUTE_US)

/* In this test the store's warnings are what is asked for. */
void fixture_expect_warnings (void);
void fixture_set_up (Fixture *fixture, gconstpointer data);
void fixture_tear_down (Fixture *fixture, gconstpointer data);
void fixture_reopen (Fixture *fixture);
char *fixture_path (const Fixture *fixture, const char *name);
void fixture_remove_dir (const char *dir);

/* An alert as it is after its event; texts are constants: copied by the store, never freed here. */
void make_alert (BfAlert *alert, BfAlertEvent *event, gint64 alert_id, gint64 event_id);

/* Counts what is told; the test iterates until as many as it wants. */
typedef struct
{
  guint n_done;
  guint n_failed;
  char *message; /* of the last failure */
} Told;

void told_cb (gpointer user_data, const GError *error);
void wait_told (Told *told, guint n_done);
void put_and_wait (BfStore *store, gint64 alert_id, gint64 event_id);
/* Until all that was given is written: a put of the same lane would not say it for observations. */
void wait_written (BfStore *store, guint64 n_rows);

/* Runs an async query to its end. */
GArray *query_series (BfStore *store, const char *asset, const char *property, gint64 from_us, gint64 to_us, guint max_points,
                      GError **error);
GPtrArray *query_alerts (BfStore *store, gint64 from_us, gint64 to_us, const char *asset, guint max);
GPtrArray *query_events (BfStore *store, gint64 after, gint64 alert_id, guint max);

gint64 sql_int64 (const char *path, const char *sql);
char *sql_text (const char *path, const char *sql);
void sql_exec (const char *path, const char *sql);
