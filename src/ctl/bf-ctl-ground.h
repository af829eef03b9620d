/* SPDX-License-Identifier: EUPL-1.2 */
/* What a command over the past stands on: plugins, the city, the rules that are asked, the past. */
#pragma once

#include "ctl/bf-ctl.h"
#include "ctl/bf-past.h"
#include "model/bf-city.h"

G_BEGIN_DECLS

/**
 * BfGround:
 * @command: as it is called, for messages
 * @city, @zones: (nullable)
 * @zone: the city's, else that of the command line
 * @problems: of the city's files and of the rules
 * @n_told: what was said of single lines of the past
 */
typedef struct
{
  const BfCtl *ctl;
  const char *command;
  BfCatalog *catalog;
  BfCity *city;
  BfZones *zones;
  GTimeZone *zone;
  GPtrArray *problems;
  BfPast *past;
  gint64 from_us;
  gint64 to_us;
  gint64 stale_us;
  guint64 n_told;
} BfGround;

int bf_ground_open (BfGround *ground, const BfCtl *ctl, const char *command, BfCatalog *catalog);
void bf_ground_clear (BfGround *ground);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BfGround, bf_ground_clear)

int bf_ground_fail (const GError *error);
int bf_ground_usage (const BfGround *ground, const char *text);
BfRuleSet *bf_ground_in_force (BfGround *ground, const BfRuleSet *like);
BfRuleSet *bf_ground_rules (BfGround *ground, const GPtrArray *files);
void bf_ground_set_plan (BfGround *ground, BfRehearsal *rehearsal, gboolean first);
int bf_ground_kinds (BfGround *ground, const BfKind **ret_kinds);
char *bf_ground_store_dir (const BfGround *ground);
int bf_ground_read_observations (BfGround *ground, const BfPastSeries *series);
const char *bf_ground_feed_name (gpointer ground, guint16 feed);
void bf_ground_print_problems (const BfGround *ground);

G_END_DECLS
