/* SPDX-License-Identifier: EUPL-1.2 */
/* The demo city's own MQTT broker: a mosquitto on a free port of 127.0.0.1 that ends with the demo server, and the uplinks
 * of containers and buildings published to it. Main thread but for libmosquitto's own network thread. */
#pragma once

#include "bf-demo-city.h"

G_BEGIN_DECLS

typedef struct _BfDemoMqtt BfDemoMqtt;

/* NULL with @error when there is no mosquitto here, or it does not start. @city outlives it. */
BfDemoMqtt *bf_demo_mqtt_start (const BfDemoCity *city, GError **error);
void bf_demo_mqtt_stop (BfDemoMqtt *mqtt);
/* `mqtt://127.0.0.1:PORT`, (transfer none) */
const char *bf_demo_mqtt_url (const BfDemoMqtt *mqtt);

G_END_DECLS
