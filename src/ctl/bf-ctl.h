/* SPDX-License-Identifier: EUPL-1.2 */
/* beffroictl: the engine's API on the command line, and the offline tools. Each command is a function of what follows its name;
 * its result is the exit code. */
#pragma once

#include "model/bf-catalog.h"

G_BEGIN_DECLS

/* Exit codes, as README and --help say them. */
enum
{
  BF_CTL_OK = 0,
  BF_CTL_FAILED = 1,      /* the engine or the file said no */
  BF_CTL_USAGE = 2,
  BF_CTL_NOT_FOUND = 3,
  BF_CTL_CONFLICT = 4,    /* acknowledged already, name taken */
  BF_CTL_UNREACHABLE = 5, /* no engine answers */
  BF_CTL_PROBLEMS = 6,    /* the command did its work and found something wrong */
};

/**
 * BfCtl: what was said on the command line
 * @address: (nullable): the engine; @token (nullable) for TCP
 * @json: print what the engine said as it is, one JSON value
 */
typedef struct
{
  char *address;
  char *token;
  gboolean json;
  char *comment;
  char *reason;
  char *base;
  gboolean unrehearsed;
  char *feed;
  char *plugins_dir;
  char *feed_program;
  char *zone;
  char *city;
  char *data;
  char **series;
  char *observations;
  char **kinds;
  char **rules;
  char *property;
  char *stale;
  char *from;
  char *to;
  gboolean unchanged;
  gboolean all;
  char *show;     /* of alerts: which */
  char *until;    /* of a shelf and the like */
  char *duration;
  char *review;
  char *rule;
  char *seen;     /* the event that an action was decided on */
  gboolean once;
} BfCtl;

int bf_ctl_assets (const BfCtl *ctl, char **arguments);
int bf_ctl_alerts (const BfCtl *ctl, char **arguments);
int bf_ctl_ack (const BfCtl *ctl, char **arguments);
int bf_ctl_reset (const BfCtl *ctl, char **arguments);
int bf_ctl_shelve (const BfCtl *ctl, char **arguments);
int bf_ctl_unshelve (const BfCtl *ctl, char **arguments);
int bf_ctl_out_of_service (const BfCtl *ctl, char **arguments);
int bf_ctl_return_to_service (const BfCtl *ctl, char **arguments);
/* Whether all of @arguments are numbers of alerts; what is not is said. */
gboolean bf_ctl_are_numbers (const char *command, char **arguments);
int bf_ctl_feeds (const BfCtl *ctl, char **arguments);
int bf_ctl_status (const BfCtl *ctl, char **arguments);
int bf_ctl_problems (const BfCtl *ctl, char **arguments);
int bf_ctl_decode (const BfCtl *ctl, char **arguments);
int bf_ctl_why (const BfCtl *ctl, char **arguments);
int bf_ctl_register (const BfCtl *ctl, char **arguments);
int bf_ctl_procedures (const BfCtl *ctl, char **arguments);
int bf_ctl_step (const BfCtl *ctl, char **arguments);
int bf_ctl_skip (const BfCtl *ctl, char **arguments);
int bf_ctl_handover (const BfCtl *ctl, char **arguments);
int bf_ctl_log (const BfCtl *ctl, char **arguments);
/* `log NAME` of those that ask an engine: all but verify. */
gboolean bf_ctl_log_is_online (const char *name);
/* `rules NAME` of those that ask an engine. */
gboolean bf_ctl_rules_is_online (const char *name);
int bf_ctl_rules_online (const BfCtl *ctl, char **arguments);
int bf_ctl_replay (const BfCtl *ctl, char **arguments);
int bf_ctl_works (const BfCtl *ctl, char **arguments);
int bf_ctl_learn (const BfCtl *ctl, char **arguments);
int bf_ctl_rules (const BfCtl *ctl, char **arguments);
/* (transfer full) (nullable): the plugins; what is wrong with them has been said. */
BfCatalog *bf_ctl_catalog (const BfCtl *ctl);
/* @catalog: (transfer full) */
int bf_ctl_rules_rehearse (const BfCtl *ctl, BfCatalog *catalog, char **arguments);

G_END_DECLS
