/* SPDX-License-Identifier: EUPL-1.2 */
/* Keeps a BfCityView equal to an engine's city: snapshot, stream, snapshot again after every loss. No GTK. */
#pragma once

#include "api/bf-client.h"
#include "console/bf-city-view.h"

G_BEGIN_DECLS

#define BF_TYPE_CITY_SYNC (bf_city_sync_get_type ())
G_DECLARE_FINAL_TYPE (BfCitySync, bf_city_sync, BF, CITY_SYNC, GObject)

BfCitySync *bf_city_sync_new (BfCityView *view);
void bf_city_sync_open (BfCitySync *self, const char *address, const char *token);
void bf_city_sync_close (BfCitySync *self);
BfCityView *bf_city_sync_get_view (BfCitySync *self);
BfClient *bf_city_sync_get_client (BfCitySync *self);

void bf_city_sync_acknowledge (BfCitySync *self, gint64 alert, const char *comment);
void bf_city_sync_shelve (BfCitySync *self, gint64 alert, const char *reason, const char *duration);
void bf_city_sync_unshelve (BfCitySync *self, gint64 alert);
void bf_city_sync_reset (BfCitySync *self, gint64 alert);
void bf_city_sync_comment (BfCitySync *self, gint64 alert, const char *comment);
void bf_city_sync_pause_feed (BfCitySync *self, const char *name, const char *reason);
void bf_city_sync_resume_feed (BfCitySync *self, const char *name);

G_END_DECLS
