/* SPDX-License-Identifier: EUPL-1.2 */
/* A city's HTTP proxy in the tests: GET by absolute address, CONNECT, and a name and password (Basic) when it asks for them. Whatever
 * host is asked for, it leads to a port of this machine. A thread a connection; its figures are atomic. */
#pragma once

#include <gio/gio.h>

typedef struct
{
  GSocketService *service;
  guint16 port;
  guint16 target;     /* of GET */
  guint16 tls_target; /* of CONNECT */
  const char *credentials; /* "name:password", or NULL: it asks nobody */
  int refuse;              /* a status that it answers everybody, or 0 */
  int n_get;
  int n_connect;
  int n_denied; /* with 407 or @refuse */
} TestProxy;

TestProxy *test_proxy_new (guint16 target, guint16 tls_target);
void test_proxy_free (TestProxy *proxy);
