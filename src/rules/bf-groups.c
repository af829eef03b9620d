/* SPDX-License-Identifier: EUPL-1.2 */
/* Aggregates as incremental counters: each member's last value is kept, and a change moves the counters of its group by
 * the difference; nothing is summed anew but least and greatest when the one that held them leaves, in one pass over the
 * members a batch.
 *
 *   over      a member's group        an owner looks at
 *   service   the one                 the one
 *   zone      its zone                its zone
 *   children  its parent              itself
 *   parent    (none: read directly)   its parent's value
 *   near      (none: read directly)   the values of the members around it, itself left out
 *
 * `any` is true as soon as one is known to be, `all` false as soon as one is known to be false; otherwise, as the others, an
 * aggregate is unknown when less than half of the assets that it looks at are known. */

#include "rules/bf-evaluator-private.h"

#include <math.h>

#include "model/bf-zones.h"

#define NO_GROUP G_MAXUINT32

typedef struct
{
  double value; /* NAN: unknown */
  guint32 group;
} Member;

typedef struct
{
  guint32 key;
  gboolean dirty;
  gboolean rescan;
  BfTotals totals;
} Group;

struct _BfGroups
{
  BfEvaluator *evaluator;
  const BfAggregate *aggregate;
  Member **members;   /* by kind, NULL for others; by row */
  guint32 *n_members; /* by kind */
  GArray *groups;     /* Group */
  GHashTable *by_key; /* key -> place in @groups + 1 */
  GArray *dirty;      /* guint32: places in @groups; assets where values are read directly */
  gboolean rescan;
};

static gboolean
reads_directly (const BfGroups *groups)
{
  return groups->aggregate->scope == BF_SCOPE_PARENT || groups->aggregate->scope == BF_SCOPE_NEAR;
}

BfGroups *
bf_groups_new (BfEvaluator *evaluator, const BfAggregate *aggregate)
{
  BfGroups *groups = g_new0 (BfGroups, 1);
  guint n_kinds = bf_catalog_n_kinds (evaluator->set->catalog);

  groups->evaluator = evaluator;
  groups->aggregate = aggregate;
  groups->members = g_new0 (Member *, n_kinds);
  groups->n_members = g_new0 (guint32, n_kinds);
  groups->groups = g_array_new (FALSE, TRUE, sizeof (Group));
  groups->by_key = g_hash_table_new (NULL, NULL);
  groups->dirty = g_array_new (FALSE, FALSE, sizeof (guint32));
  return groups;
}

void
bf_groups_free (BfGroups *groups)
{
  if (groups == NULL)
    return;
  for (guint i = 0; i < bf_catalog_n_kinds (groups->evaluator->set->catalog); i++)
    g_free (groups->members[i]);
  g_free (groups->members);
  g_free (groups->n_members);
  g_array_unref (groups->groups);
  g_hash_table_unref (groups->by_key);
  g_array_unref (groups->dirty);
  g_free (groups);
}

/* Room for the rows of a kind; new members belong nowhere yet. */
void
bf_groups_grow (BfGroups *groups, guint16 kind, guint32 n_rows)
{
  groups->members[kind] = g_renew (Member, groups->members[kind], n_rows);
  for (guint32 i = groups->n_members[kind]; i < n_rows; i++)
    groups->members[kind][i] = (Member){ NAN, NO_GROUP };
  groups->n_members[kind] = n_rows;
}

/* ---- Counters ---- */

static void
totals_clear (BfTotals *totals)
{
  totals->n_known = 0;
  totals->sum = totals->carry = 0;
  totals->min = G_MAXDOUBLE;
  totals->max = -G_MAXDOUBLE;
}

/* Neumaier's sum: what rounding takes from @sum is kept in @carry, so that adding and taking away for years does not
 * drift. */
static void
totals_sum (BfTotals *totals, double value)
{
  double sum = totals->sum + value;

  totals->carry += fabs (totals->sum) >= fabs (value) ? (totals->sum - sum) + value : (value - sum) + totals->sum;
  totals->sum = sum;
}

static void
totals_add (BfTotals *totals, double value)
{
  if (isnan (value))
    return;
  totals->n_known++;
  totals_sum (totals, value);
  totals->min = MIN (totals->min, value);
  totals->max = MAX (totals->max, value);
}

static void
group_take_away (BfGroups *groups, Group *group, double value)
{
  if (isnan (value))
    return;
  group->totals.n_known--;
  totals_sum (&group->totals, -value);
  if (value <= group->totals.min || value >= group->totals.max || !isfinite (group->totals.sum))
    group->rescan = groups->rescan = TRUE;
}

static guint32
find_group (const BfGroups *groups, guint32 key)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (groups->by_key, GUINT_TO_POINTER (key))) - 1;
}

static guint32
make_group (BfGroups *groups, guint32 key)
{
  guint32 place = find_group (groups, key);
  Group group = { .key = key };

  if (place != NO_GROUP)
    return place;
  totals_clear (&group.totals);
  g_array_append_val (groups->groups, group);
  g_hash_table_insert (groups->by_key, GUINT_TO_POINTER (key), GUINT_TO_POINTER (groups->groups->len));
  return groups->groups->len - 1;
}

/* The group that the asset is a member of. */
static guint32
group_of_member (BfGroups *groups, guint32 asset)
{
  const BfModel *model = groups->evaluator->model;
  guint32 parent;
  guint16 zone;

  if (groups->aggregate->scope == BF_SCOPE_SERVICE)
    return make_group (groups, 0);
  if (groups->aggregate->scope == BF_SCOPE_ZONE)
    {
      zone = bf_model_asset_zone (model, asset);
      return zone == BF_NO_ZONE ? NO_GROUP : make_group (groups, zone);
    }
  parent = bf_model_asset_parent (model, asset);
  return parent == BF_NO_ASSET ? NO_GROUP : make_group (groups, parent);
}

static void
mark_group (BfGroups *groups, guint32 place)
{
  Group *group = &g_array_index (groups->groups, Group, place);

  if (group->dirty)
    return;
  group->dirty = TRUE;
  g_array_append_val (groups->dirty, place);
}

static gboolean
same (double a, double b)
{
  return a == b || (isnan (a) && isnan (b));
}

void
bf_groups_refresh (BfGroups *groups, guint32 asset, double value)
{
  const BfEvaluator *evaluator = groups->evaluator;
  Member *member = &groups->members[evaluator->kind[asset]][evaluator->row[asset]];
  guint32 place;

  if (reads_directly (groups))
    {
      if (!same (member->value, value) || member->group == NO_GROUP)
        g_array_append_val (groups->dirty, asset);
      *member = (Member){ value, 0 };
      return;
    }
  place = group_of_member (groups, asset);
  if (place == member->group && same (member->value, value))
    return;
  if (member->group != NO_GROUP)
    {
      Group *old = &g_array_index (groups->groups, Group, member->group);

      group_take_away (groups, old, member->value);
      if (place != member->group)
        old->totals.n_assets--;
      mark_group (groups, member->group);
    }
  if (place != NO_GROUP)
    {
      Group *now = &g_array_index (groups->groups, Group, place);

      totals_add (&now->totals, value);
      if (place != member->group)
        now->totals.n_assets++;
      mark_group (groups, place);
    }
  *member = (Member){ value, place };
}

/* ---- End of a batch ---- */

static void
rescan (BfGroups *groups)
{
  guint n_kinds = bf_catalog_n_kinds (groups->evaluator->set->catalog);

  for (guint i = 0; i < groups->groups->len; i++)
    {
      Group *group = &g_array_index (groups->groups, Group, i);

      if (group->rescan)
        totals_clear (&group->totals);
    }
  for (guint kind = 0; kind < n_kinds; kind++)
    for (guint32 row = 0; row < groups->n_members[kind]; row++)
      {
        const Member *member = &groups->members[kind][row];
        Group *group;

        if (member->group == NO_GROUP)
          continue;
        group = &g_array_index (groups->groups, Group, member->group);
        if (group->rescan)
          totals_add (&group->totals, member->value);
      }
  for (guint i = 0; i < groups->groups->len; i++)
    g_array_index (groups->groups, Group, i).rescan = FALSE;
  groups->rescan = FALSE;
}

typedef struct
{
  BfEvaluator *evaluator;
  guint user;
} Marking;

/* Marks the owner's task when the asset is one of its kind. */
static void
mark_owner (guint32 asset, gpointer data)
{
  const Marking *marking = data;
  const BfEvaluator *evaluator = marking->evaluator;
  const BfTaskState *task = &evaluator->tasks[marking->user];

  if (asset >= evaluator->capacity || evaluator->row[asset] == G_MAXUINT32)
    return;
  if (task->type == BF_TASK_RULE)
    {
      if (bf_rule_set_get (evaluator->set, task->index)->kind == evaluator->kind[asset])
        bf_evaluator_mark (marking->evaluator, marking->user, asset);
      return;
    }
  const GArray *kinds = ((const BfDerived *) g_ptr_array_index (evaluator->set->derived, task->index))->kinds;

  for (guint i = 0; i < kinds->len; i++)
    if (g_array_index (kinds, guint16, i) == evaluator->kind[asset])
      bf_evaluator_mark (marking->evaluator, marking->user, asset);
}

/* Over service and zone: all assets of the owner's kinds, those of zones that changed. */
static void
mark_all (const BfGroups *groups, Marking *marking)
{
  const BfEvaluator *evaluator = groups->evaluator;

  for (guint kind = 0; kind < bf_catalog_n_kinds (evaluator->set->catalog); kind++)
    for (guint32 row = 0; row < evaluator->n_rows[kind]; row++)
      {
        guint32 asset = evaluator->assets[kind][row];

        if (groups->aggregate->scope == BF_SCOPE_ZONE)
          {
            guint32 place = find_group (groups, bf_model_asset_zone (evaluator->model, asset));

            if (place == NO_GROUP || !g_array_index (groups->groups, Group, place).dirty)
              continue;
          }
        mark_owner (asset, marking);
      }
}

static void
mark_around (const BfGroups *groups, guint32 asset, Marking *marking)
{
  const BfModel *model = groups->evaluator->model;

  if (groups->aggregate->scope == BF_SCOPE_NEAR)
    {
      bf_evaluator_foreach_near (groups->evaluator, asset, groups->aggregate->radius_m, mark_owner, marking);
      return;
    }
  for (guint32 child = bf_model_first_child (model, asset); child != BF_NO_ASSET; child = bf_model_next_sibling (model, child))
    mark_owner (child, marking);
}

void
bf_groups_mark_around (const BfGroups *groups, guint user, guint32 asset)
{
  Marking marking = { groups->evaluator, user };

  if (groups->aggregate->scope == BF_SCOPE_NEAR)
    mark_around (groups, asset, &marking);
}

void
bf_groups_settle (BfGroups *groups, guint user)
{
  Marking marking = { groups->evaluator, user };

  if (groups->dirty->len == 0)
    return;
  if (groups->rescan)
    rescan (groups);
  if (groups->evaluator->tasks[user].type == BF_TASK_INDICATOR)
    bf_evaluator_mark (groups->evaluator, user, 0);
  else if (groups->aggregate->scope == BF_SCOPE_SERVICE || groups->aggregate->scope == BF_SCOPE_ZONE)
    mark_all (groups, &marking);
  else if (groups->aggregate->scope == BF_SCOPE_CHILDREN)
    for (guint i = 0; i < groups->dirty->len; i++)
      mark_owner (g_array_index (groups->groups, Group, g_array_index (groups->dirty, guint32, i)).key, &marking);
  else
    for (guint i = 0; i < groups->dirty->len; i++)
      mark_around (groups, g_array_index (groups->dirty, guint32, i), &marking);
  for (guint i = 0; !reads_directly (groups) && i < groups->dirty->len; i++)
    g_array_index (groups->groups, Group, g_array_index (groups->dirty, guint32, i)).dirty = FALSE;
  g_array_set_size (groups->dirty, 0);
}

/* ---- Reading ---- */

typedef struct
{
  const BfGroups *groups;
  BfTotals *totals;
} Adding;

static void
add_member (guint32 asset, gpointer data)
{
  const Adding *adding = data;
  const BfEvaluator *evaluator = adding->groups->evaluator;
  guint16 kind;

  if (asset >= evaluator->capacity || evaluator->row[asset] == G_MAXUINT32)
    return;
  kind = evaluator->kind[asset];
  if (evaluator->row[asset] >= adding->groups->n_members[kind])
    return;
  adding->totals->n_assets++;
  totals_add (adding->totals, adding->groups->members[kind][evaluator->row[asset]].value);
}

void
bf_groups_totals (const BfGroups *groups, guint32 owner, BfTotals *ret_totals)
{
  const BfModel *model = groups->evaluator->model;
  Adding adding = { groups, ret_totals };
  guint32 place = NO_GROUP;
  guint16 zone;

  ret_totals->n_assets = 0;
  totals_clear (ret_totals);
  switch (groups->aggregate->scope)
    {
    case BF_SCOPE_SERVICE:
      place = find_group (groups, 0);
      break;
    case BF_SCOPE_ZONE:
      zone = bf_model_asset_zone (model, owner);
      place = zone == BF_NO_ZONE ? NO_GROUP : find_group (groups, zone);
      break;
    case BF_SCOPE_CHILDREN:
      place = find_group (groups, owner);
      break;
    case BF_SCOPE_PARENT:
      add_member (bf_model_asset_parent (model, owner), &adding);
      return;
    case BF_SCOPE_NEAR:
      bf_evaluator_foreach_near (groups->evaluator, owner, groups->aggregate->radius_m, add_member, &adding);
      return;
    default:
      g_assert_not_reached ();
    }
  if (place != NO_GROUP)
    *ret_totals = g_array_index (groups->groups, Group, place).totals;
}

double
bf_groups_value (const BfGroups *groups, guint32 owner)
{
  BfAggregateFunction function = groups->aggregate->function;
  BfTotals totals;
  double sum;

  bf_groups_totals (groups, owner, &totals);
  sum = totals.sum + totals.carry;
  /* One that is known decides, whatever the others are. */
  if (function == BF_AGGREGATE_ANY && sum > 0.5)
    return 1;
  if (function == BF_AGGREGATE_ALL && sum < totals.n_known - 0.5)
    return 0;
  if (totals.n_known * 2ull < totals.n_assets)
    return NAN;
  if (totals.n_assets == 0)
    return function == BF_AGGREGATE_COUNT || function == BF_AGGREGATE_SUM || function == BF_AGGREGATE_ANY ? 0 : NAN;
  if (!isfinite (sum))
    return NAN;
  switch (function)
    {
    case BF_AGGREGATE_AVG:
      return sum / totals.n_known;
    case BF_AGGREGATE_MIN:
      return totals.min;
    case BF_AGGREGATE_MAX:
      return totals.max;
    case BF_AGGREGATE_SHARE:
      return 100 * sum / totals.n_known;
    case BF_AGGREGATE_ANY:
      return 0;
    case BF_AGGREGATE_ALL:
      return 1;
    case BF_AGGREGATE_SUM:
    case BF_AGGREGATE_COUNT:
    default:
      return sum;
    }
}
