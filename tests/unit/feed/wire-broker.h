/* SPDX-License-Identifier: EUPL-1.2 */
/* A real mosquitto on a free port of the loopback, and a client that publishes to it. */
#pragma once

#include "wire-city.h"

#define WIRE_MOSQUITTO "/usr/sbin/mosquitto"

typedef struct
{
  char *conf;
  guint16 port;
  GSubprocess *process;
  struct mosquitto *publisher;
  int n_published;
  int n_acknowledged; /* atomic: by the publisher's thread */
} WireBroker;

/* @conf: more lines of its configuration. */
WireBroker *wire_broker_new (const char *dir, const char *conf);
void wire_broker_free (WireBroker *broker);
/* With SIGTERM it writes down what it must keep; and its publisher is gone. */
void wire_broker_stop (WireBroker *broker);
void wire_broker_start (WireBroker *broker);
/* QoS 1; the first one connects. */
void wire_broker_publish (WireBroker *broker, const char *topic, const char *text);
/* Until it has said that all of it is its own. */
void wire_broker_settle (WireBroker *broker);
gboolean wire_listens (guint16 port);
