/* SPDX-License-Identifier: EUPL-1.2 */
/* A TCP proxy that does to a connection what networks do: in the tests' own main loop, on a free port of the loopback. */
#pragma once

#include <gio/gio.h>

typedef enum
{
  FAULT_NONE,
  FAULT_REFUSE, /* closes what connects */
  FAULT_HOLD,   /* accepts, and says nothing */
  FAULT_SLOW,   /* one byte at a time, five in two seconds: slow-loris */
  FAULT_GARBLE, /* what the server says comes as noise */
  FAULT_CUT,    /* some bytes of what the server says, then the end */
} Fault;

typedef struct _FaultProxy FaultProxy;

FaultProxy *fault_proxy_new (guint16 target_port);
void fault_proxy_free (FaultProxy *proxy);
guint16 fault_proxy_port (const FaultProxy *proxy);
/* Cuts all connections; @fault is for the next ones. */
void fault_proxy_set (FaultProxy *proxy, Fault fault);
/* So many bytes pass before FAULT_CUT cuts. */
void fault_proxy_set_cut (FaultProxy *proxy, guint bytes);
guint fault_proxy_n_accepted (const FaultProxy *proxy);
/* A port of the loopback that nobody listens on now. */
guint16 fault_free_port (void);
