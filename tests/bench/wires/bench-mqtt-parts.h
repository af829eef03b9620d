/* SPDX-License-Identifier: EUPL-1.2 */
/* The processes of the MQTT benchmark that are not Beffroi's: publishers with packets by hand (a client library would be the slowest
 * part of what is measured), and a subscriber that throws all away, the most that a broker and libmosquitto can do here. Each is
 * forked, so that its processor time is its own. */
#pragma once

#include <glib.h>

#define N_ASSETS 1000u

typedef struct
{
  guint16 port;
  int qos;
  guint n_messages;
  guint n_connections;
} Load;

/* Between the processes. */
typedef struct
{
  guint arrived;
  int subscribed;
  int done;
} Shared;

Shared *shared_new (void);
int publishers_start (const Load *load, Shared *shared);
int bare_start (const Load *load, Shared *shared);
