/* SPDX-License-Identifier: EUPL-1.2 */
/* A small city in messages of the API, written by hand after src/api/README.md. */
#pragma once

#include "console/bf-city-view.h"

G_BEGIN_DECLS

/* Parses a text that must be JSON; the node lives as long as the doc. */
static inline BfJsonNode
test_json (BfJsonDoc *doc, const char *text)
{
  g_autoptr (GError) error = NULL;
  BfJsonNode node;

  bf_json_doc_parse (doc, text, strlen (text), &node, &error);
  g_assert_no_error (error);
  return node;
}

#define TEST_HELLO                                                                                                               \
  "{\"api\":1,\"engine\":\"0.1.0\",\"epoch\":7,\"now\":\"2026-05-04T12:00:00Z\",\"seq\":10,\"actor\":\"martin\",\"city\":"         \
  "{\"name\":\"Essai\",\"zone\":\"Europe/Paris\",\"language\":\"fr\",\"demo\":true,\"bounds\":[4.3,47.1,4.5,47.3],"                \
  "\"inhabitants\":40000,\"basemap\":false}}"

#define TEST_CATALOG                                                                                                             \
  "{\"services\":[{\"id\":\"parking\",\"name\":{\"en\":\"Parking\",\"fr\":\"Stationnement\"},\"kinds\":["                          \
  "{\"id\":\"parking.off_street\",\"name\":{\"en\":\"Car park\",\"fr\":\"Parc\"},\"symbol\":\"p-square\",\"headline\":"            \
  "\"occupancy\"}],\"properties\":["                                                                                             \
  "{\"id\":\"free_spaces\",\"name\":{\"en\":\"Free spaces\"},\"type\":\"number\",\"unit\":{\"code\":\"1\",\"en\":\"spaces\","      \
  "\"fr\":\"places\"},\"min\":0,\"max\":20000,\"kinds\":[\"parking.off_street\"],\"derived\":false},"                            \
  "{\"id\":\"occupancy\",\"name\":{\"en\":\"Occupancy\"},\"type\":\"number\",\"unit\":{\"code\":\"%\",\"en\":\"%\"},"              \
  "\"kinds\":[\"parking.off_street\"],\"derived\":true},"                                                                        \
  "{\"id\":\"state\",\"name\":{\"en\":\"State\"},\"type\":\"state\",\"unit\":null,\"kinds\":[\"parking.off_street\"],"             \
  "\"derived\":false,\"values\":[{\"id\":\"open\",\"name\":{\"en\":\"Open\"}},{\"id\":\"closed\",\"name\":{\"en\":\"Closed\"}}]}"  \
  "],\"indicators\":[]},"                                                                                                        \
  "{\"id\":\"water\",\"name\":{\"en\":\"Water\"},\"kinds\":[],\"properties\":[],\"indicators\":[]}]}"

#define TEST_ASSETS                                                                                                              \
  "{\"assets\":[{\"id\":\"parking/P1\",\"service\":\"parking\",\"kind\":\"parking.off_street\",\"name\":\"Halles\",\"lat\":47.2,"  \
  "\"lon\":4.4,\"address\":\"1 Rue Haute\",\"zone\":{\"id\":\"centre\",\"name\":\"Centre\"},\"parent\":null,\"values\":{"   \
  "\"free_spaces\":{\"value\":12,\"observed\":\"2026-05-04T11:59:30Z\",\"known\":true},"                                         \
  "\"occupancy\":{\"value\":96.5,\"observed\":\"2026-05-04T11:59:30Z\",\"known\":true},"                                         \
  "\"state\":{\"value\":\"open\",\"observed\":\"2026-05-04T11:59:30Z\",\"known\":true}}},"                                       \
  "{\"id\":\"parking/P2\",\"service\":\"parking\",\"kind\":\"parking.off_street\",\"name\":\"Gare\",\"lat\":47.21,\"lon\":4.41,"   \
  "\"address\":null,\"zone\":null,\"parent\":null,\"values\":{}},"                                                               \
  "{\"id\":\"parking/X\",\"kind\":\"parking.no_such_kind\",\"name\":\"?\",\"lat\":0,\"lon\":0,\"values\":{}}],\"next\":null}"

#define TEST_ALERT_FORMAT                                                                                                        \
  "{\"id\":%d,\"seq\":%d,\"rule\":\"r\",\"service\":\"%s\",\"asset\":\"%s\",\"asset_name\":\"Halles\",\"kind\":"                   \
  "\"parking.off_street\",\"priority\":\"%s\",\"state\":\"%s\",\"title\":{\"en\":\"Alert %d\",\"fr\":\"Alerte %d\"},"            \
  "\"why\":\"because\",\"values\":[{\"asset\":\"%s\",\"property\":\"occupancy\",\"value\":96.5,\"unit\":\"%%\","          \
  "\"observed\":\"2026-05-04T11:59:30Z\"}],\"raised\":\"2026-05-04T11:%02d:00Z\",\"cleared\":null,\"acknowledged\":%s,"          \
  "\"place\":{\"lat\":47.2,\"lon\":4.4,\"address\":\"1 Rue Haute\",\"zone\":\"Centre\",\"inhabitants\":1240},"            \
  "\"touches\":[{\"kind\":\"ehpad\",\"name\":\"Les Tilleuls\",\"distance_m\":80,\"people\":60},"                                 \
  "{\"kind\":\"market\",\"name\":\"Halles\",\"distance_m\":5,\"people\":null}],\"procedure\":null,"                              \
  "\"threshold\":{\"property\":\"occupancy\",\"value\":95},\"feed\":\"f\"}"

/* @acknowledged: whether somebody has it */
static inline char *
test_alert (int id, int seq, const char *service, const char *asset, const char *priority, const char *state, int minute)
{
  gboolean held = strcmp (state, "acknowledged") == 0;

  return g_strdup_printf (TEST_ALERT_FORMAT, id, seq, service, asset, priority, state, id, id, asset, minute,
                          held ? "{\"at\":\"2026-05-04T11:58:00Z\",\"by\":\"martin\",\"comment\":\"team called\",\"until\":"
                                 "\"2026-05-04T14:00:00Z\"}"
                               : "null");
}

#define TEST_STATUS                                                                                                              \
  "{\"now\":\"2026-05-04T12:00:00Z\",\"seq\":10,\"services\":[{\"id\":\"parking\",\"expected\":200,\"heard\":199,\"worst\":"       \
  "\"high\",\"unacknowledged\":2,\"acknowledged\":1},{\"id\":\"water\",\"expected\":10,\"heard\":0,\"worst\":null,"              \
  "\"unacknowledged\":0,\"acknowledged\":0}],\"alerts\":{\"critical\":0,\"high\":1,\"medium\":1,\"low\":0},\"acknowledged\":1,"  \
  "\"indicators\":[],\"store\":{\"ok\":true,\"error\":null},\"problems\":0,\"clients\":1,\"observations\":5,\"refused\":0,"      \
  "\"alerts_24h\":[[0,null],[3,\"medium\"]]}"

#define TEST_FEEDS                                                                                                               \
  "{\"feeds\":[{\"name\":\"f\",\"service\":\"parking\",\"format\":\"opendatasoft\",\"url\":\"http://127.0.0.1/x\",\"state\":"      \
  "\"retry\",\"since\":\"2026-05-04T11:50:00Z\",\"reason\":\"HTTP 503\",\"actor\":null,\"last_attempt\":null,\"last_ok\":null,"  \
  "\"newest\":\"2026-05-04T11:59:30Z\",\"next\":null,\"every_s\":60,\"stale_s\":300,\"payloads\":3,\"not_modified\":0,"          \
  "\"observations\":9,\"refused\":1,\"bytes\":2048,\"assets\":2,\"restarts\":0,\"last_refused\":\"no id\"}]}"

G_END_DECLS
