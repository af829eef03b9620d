/* SPDX-License-Identifier: EUPL-1.2 */
/* Rules, derived properties and indicators: text -> checked tree -> flat program (DESIGN §6). A BfRuleSet is read-only
 * once finished and may be shared by threads (rehearsal runs another evaluator over the same set). */
#pragma once

#include "model/bf-catalog.h"
#include "model/bf-zones.h"
#include "base/bf-priority.h"

G_BEGIN_DECLS

typedef struct _BfProgram BfProgram; /* flat program, private to src/rules */

/**
 * BfRule: one `[Rule id]`
 * @index: dense, in the set
 * @name: what people call it, its text %NULL when the file does not say
 * @kind: kind of the asset that carries the alert
 * @when: condition; @when_for_us: how long it must hold (`For=`)
 * @clear: (nullable): condition of return; %NULL: @when known to be false; @clear_for_us likewise
 * @already_notified_by: who is called by the source itself (`AlreadyNotifiedBy=`): no second call is made
 * @count: (`Count=`): the condition must be met so many times within @count_within_us; 0: once will do
 * @max_alerts: (`MaxAlerts=`): so many at once, the others are held back and said; 0: no limit
 * @latch: (`Latch=yes`): its alerts stay until a person resets them, once their condition is gone and they are acknowledged
 * @title: text with {asset} {address} {zone} {property} parts
 * @reason: (`Reason=`) why it is there, its text %NULL when the file does not say; @source: (nullable): (`Source=`) where it is from
 * @text: all that its file says of it, a key a line, without comments: two rules of the same text are the same
 * @procedure, @notify: (nullable): names, known or not (bf_rule_set_check_names()); @group: (nullable): checked text
 */
typedef struct
{
  guint index;
  char *id;
  BfName name;
  guint16 kind;
  BfPriority priority;
  BfName title;
  BfProgram *when;
  gint64 when_for_us;
  BfProgram *clear;
  gint64 clear_for_us;
  guint count;
  gint64 count_within_us;
  guint max_alerts;
  gboolean latch;
  char *procedure;
  char *notify;
  char *group;
  BfName already_notified_by;
  char *file;
  guint line;
  BfName reason;
  char *source;
  char *text;
} BfRule;

typedef struct _BfRuleSet BfRuleSet;

/* Compiles the catalogue's Derive= and [Indicator]; a bad one is a problem and off. */
BfRuleSet *bf_rule_set_new (const BfCatalog *catalog, GPtrArray *problems);
void bf_rule_set_free (BfRuleSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfRuleSet, bf_rule_set_free)
/* A rule of the city with the id of a stock rule replaces it. Bad rules are problems (file, line, column, suggestion) and
 * off. FALSE with @error only when the file cannot be read. */
gboolean bf_rule_set_add_file (BfRuleSet *set, const char *path, GPtrArray *problems, GError **error);
/* Before rules are added: what the city is, for holiday(). */
void bf_rule_set_set_alsace_moselle (BfRuleSet *set, gboolean alsace_moselle);
/* Likewise, for `zone = '…'`; NULL: the city has none. */
void bf_rule_set_set_zones (BfRuleSet *set, const BfZones *zones);
/* The stock rules of every service, then the city's rules.d (nullable: no city). */
void bf_rule_set_add_in_force (BfRuleSet *set, const char *city_dir, GPtrArray *problems);
gboolean bf_rule_set_add_text (BfRuleSet *set, const char *path, const char *text, gsize length, GPtrArray *problems);
/* Before it is finished: leaves only the rules whose ids @like has. */
void bf_rule_set_keep_like (BfRuleSet *set, const BfRuleSet *like);
/* For a rehearsal, before it is finished: leaves out indicators, and the derived properties that no rule or title reads. */
void bf_rule_set_keep_read (BfRuleSet *set);
/* SuppressedBy= of all rules; @complete: a name that no rule has is a problem. Before it is finished. */
void bf_rule_set_link (BfRuleSet *set, gboolean complete, GPtrArray *problems);
/* Indexes rules by property. After this the set is read-only. */
void bf_rule_set_finish (BfRuleSet *set);

/* Procedure= and Notify= against what there is: an unknown name is a problem, the rule stays on. @procedures, @contacts: each
 * nullable; of none nothing is said. */
void bf_rule_set_check_names (const BfRuleSet *set, const char *const *procedures, const char *const *contacts,
                              GPtrArray *problems);

guint bf_rule_set_n (const BfRuleSet *set);
const BfRule *bf_rule_set_get (const BfRuleSet *set, guint index);
const BfRule *bf_rule_set_find (const BfRuleSet *set, const char *id);
/* A file has a rule of this id, and it is off for a problem. */
gboolean bf_rule_set_is_off (const BfRuleSet *set, const char *id);
/* (transfer full): the rule in words, by the tree, in the process's language: "pressure < 2.5 bar for 5 min; return when
 * pressure > 2.7 bar for 10 min". */
char *bf_rule_words (const BfRuleSet *set, const BfRule *rule);
/* (transfer full): "1 h 30 min" */
char *bf_rule_duration_words (gint64 duration_us);
/* Properties that the rule reads, for charts and why: element-type guint16, (transfer none). */
const GArray *bf_rule_properties (const BfRuleSet *set, const BfRule *rule);
/* When rests on the silence of this property, by absent(), stale() or unknown(): without it the rule cannot be true. */
gboolean bf_rule_asks_silence (const BfRule *rule, guint16 property);
/* What feeds must give for the rule to say anything: the same with each derived property replaced by what it is made of. Of the
 * own asset; (transfer full) (element-type guint16). */
GArray *bf_rule_inputs (const BfRuleSet *set, const BfRule *rule);
/* A number that @property is compared with in When, for the chart's threshold line; FALSE when there is none. In the
 * property's unit. */
gboolean bf_rule_threshold (const BfRuleSet *set, const BfRule *rule, guint16 property, double *ret_value);
/* UCUM code of the indicator's value, "1" when it has none; NULL when the indicator is off. @indicator: in the catalogue. */
const char *bf_rule_set_indicator_unit (const BfRuleSet *set, guint indicator);

G_END_DECLS
