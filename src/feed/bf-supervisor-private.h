/* SPDX-License-Identifier: EUPL-1.2 */
/* The supervisor's inside, for the probe. */
#pragma once

#include <unistd.h>

#include "feed/bf-supervisor.h"

G_BEGIN_DECLS

struct _BfSupervisor
{
  const BfCatalog *catalog;
  char *feed_program;
  char *plugins_dir;
  char *zone_name;
  char *proxy;
  char *ca;
  char *state_dir;
  BfSupervisorHandler handler;
  gpointer user_data;
  BfSupervisorLimits limits;
  GPtrArray *feeds; /* Feed, private to bf-supervisor.c */
};

G_END_DECLS
