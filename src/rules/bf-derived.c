/* SPDX-License-Identifier: EUPL-1.2 */
/* Derived properties (`Derive=`) and indicators of the manifests, compiled by the language of rules. Derived properties
 * may read derived properties; a circle is a problem that names its members, and all of them are off. */

#include "rules/bf-builtins-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

void
bf_derived_free (gpointer data)
{
  BfDerived *derived = data;

  if (derived == NULL)
    return;
  bf_program_free (derived->program);
  bf_tree_free (derived->tree);
  g_clear_pointer (&derived->kinds, g_array_unref);
  g_free (derived);
}

void
bf_indicator_full_free (gpointer data)
{
  BfIndicatorFull *indicator = data;

  if (indicator == NULL)
    return;
  bf_program_free (indicator->value);
  bf_tree_free (indicator->tree);
  g_free (indicator);
}

/* ---- Derived properties ---- */

/* Brings the root to the property's unit. A condition makes a state of two values: first false, then true. */
static gboolean
fit_root (BfTree *tree, const BfProperty *property, GError **error)
{
  BfNode root = *bf_tree_node (tree, tree->root);

  if (property->type == BF_PROPERTY_STATE)
    {
      guint n = g_strv_length (property->values);

      if (root.kind == BF_KIND_BOOL ? n == 2 : root.type == BF_NODE_BUILTIN && root.op == BF_BUILTIN_LEVEL && n == root.b + 1u)
        return TRUE;
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                   _ ("a derived state has two values and is derived from a condition (first value: false, second: true), or is "
                   "derived by level() with one limit less than it has values"));
      return FALSE;
    }
  if (root.kind != BF_KIND_NUMBER)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected a number, found %s"),
                   root.kind == BF_KIND_BOOL ? _ ("a condition") : _ ("a state"));
      return FALSE;
    }
  if (!bf_unit_same_dimension (&root.unit, &property->unit) || (root.bare && !bf_unit_is_one (&property->unit)))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("the result is not a quantity in %s (Unit=)"), property->unit_code);
      return FALSE;
    }
  if (property->unit.offset != 0 && root.unit.offset == 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("a difference of temperatures is in K, not in %s (Unit=)"), property->unit_code);
      return FALSE;
    }
  if (root.unit.scale == property->unit.scale && root.unit.offset == property->unit.offset)
    return TRUE;
  root.type = BF_NODE_CONVERT;
  root.a = tree->root;
  root.unit = property->unit;
  tree->root = tree->nodes->len;
  g_array_append_val (tree->nodes, root);
  return TRUE;
}

/* Kinds that have the property and all that it reads. */
static GArray *
kinds_of (const BfCatalog *catalog, const BfProperty *property, const BfProgram *program)
{
  GArray *kinds = g_array_new (FALSE, FALSE, sizeof (guint16));

  for (guint16 k = 0; k < bf_catalog_n_kinds (catalog); k++)
    {
      const BfKind *kind = bf_catalog_kind (catalog, k);
      gboolean all = kind->slot[property->index] != BF_NO_PROPERTY;

      for (guint i = 0; all && i < program->n_reads; i++)
        all = kind->slot[program->reads[i]] != BF_NO_PROPERTY;
      if (all)
        g_array_append_val (kinds, k);
    }
  return kinds;
}

static BfDerived *
derived_compile (const BfCatalog *catalog, const BfProperty *property, GError **error)
{
  BfRuleContext context = { .catalog = catalog, .service = property->service, .kind = BF_NO_KIND, .any_kind = TRUE };
  BfDerived *derived = g_new0 (BfDerived, 1);

  derived->property = property->index;
  derived->tree = bf_rule_parse (&context, property->derive, error);
  if (derived->tree != NULL && fit_root (derived->tree, property, error))
    derived->program = bf_program_compile (derived->tree, error);
  if (derived->program != NULL)
    {
      derived->kinds = kinds_of (catalog, property, derived->program);
      if (derived->kinds->len > 0)
        return derived;
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("no kind of asset has %s and all that it is derived from"), property->id);
    }
  bf_derived_free (derived);
  return NULL;
}

/* What a program reads of derived values: its own asset's and, by its aggregates, other assets'. */
static void
foreach_read (const BfProgram *program, void (*func) (guint16 property, gpointer data), gpointer data)
{
  for (guint i = 0; i < program->n_reads; i++)
    func (program->reads[i], data);
  for (guint i = 0; i < program->n_aggregates; i++)
    for (guint j = 0; j < program->aggregates[i]->body->n_reads; j++)
      func (program->aggregates[i]->body->reads[j], data);
}

typedef struct
{
  GPtrArray *all;        /* BfDerived */
  BfDerived **of;        /* by property index; NULL: not derived */
  guint max_rank;
  gboolean waits;
} Ranking;

static void
rank_read (guint16 property, gpointer data)
{
  Ranking *ranking = data;
  const BfDerived *input = ranking->of[property];

  if (input == NULL)
    return;
  if (input->rank == 0)
    ranking->waits = TRUE;
  ranking->max_rank = MAX (ranking->max_rank, input->rank);
}

/* Ranks from 1: one more than the greatest of what it reads. What gets none lies in a circle, or behind one. */
static void
rank_all (Ranking *ranking)
{
  gboolean moved = TRUE;

  while (moved)
    {
      moved = FALSE;
      for (guint i = 0; i < ranking->all->len; i++)
        {
          BfDerived *derived = g_ptr_array_index (ranking->all, i);

          if (derived->rank > 0)
            continue;
          ranking->max_rank = 0;
          ranking->waits = FALSE;
          foreach_read (derived->program, rank_read, ranking);
          if (ranking->waits)
            continue;
          derived->rank = ranking->max_rank + 1;
          moved = TRUE;
        }
    }
}

static int
compare_ranks (gconstpointer a, gconstpointer b)
{
  const BfDerived *x = *(const BfDerived *const *) a;
  const BfDerived *y = *(const BfDerived *const *) b;

  if (x->rank != y->rank)
    return x->rank < y->rank ? -1 : 1;
  return (int) x->property - (int) y->property;
}

/* Off with those that have no rank, each with the names of all of them. */
static void
refuse_circles (const BfCatalog *catalog, GPtrArray *all, GPtrArray *problems)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < all->len; i++)
    {
      const BfDerived *derived = g_ptr_array_index (all, i);

      if (derived->rank == 0)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", bf_catalog_property (catalog, derived->property)->id);
    }
  for (guint i = all->len; i-- > 0;)
    {
      const BfDerived *derived = g_ptr_array_index (all, i);
      const BfProperty *property = bf_catalog_property (catalog, derived->property);

      if (derived->rank > 0)
        continue;
      bf_problems_add (problems, property->file, property->line,
                       _ ("Derive= of %s: derived properties lean on one another in a circle: %s"), property->id, names->str);
      g_ptr_array_remove_index (all, i);
    }
}

/**
 * bf_derived_compile:
 *
 * Returns: (transfer full) (element-type BfDerived): those that are good, in an order in which each follows what it reads
 */
GPtrArray *
bf_derived_compile (const BfCatalog *catalog, GPtrArray *problems)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (bf_derived_free);
  g_autofree BfDerived **of = g_new0 (BfDerived *, bf_catalog_n_properties (catalog) + 1);
  Ranking ranking = { .all = all, .of = of };

  for (guint16 i = 0; i < bf_catalog_n_properties (catalog); i++)
    {
      const BfProperty *property = bf_catalog_property (catalog, i);
      g_autoptr (GError) error = NULL;

      if (property->derive == NULL)
        continue;
      of[i] = derived_compile (catalog, property, &error);
      if (of[i] != NULL)
        g_ptr_array_add (all, of[i]);
      else
        bf_problems_add (problems, property->file, property->line, _ ("Derive= of %s: %s"), property->id, error->message);
    }
  rank_all (&ranking);
  refuse_circles (catalog, all, problems);
  g_ptr_array_sort (all, compare_ranks);
  return all;
}

/* ---- Indicators ---- */

/* "< 85 %": a comparison with a constant in a unit that agrees with the value's. */
static gboolean
parse_target (const BfIndicator *indicator, BfIndicatorFull *full, GError **error)
{
  const BfNode *root = bf_tree_node (full->tree, full->tree->root);
  g_autoptr (GArray) tokens = NULL;
  const BfToken *token;
  double sign = 1;
  guint at;

  full->target_op = BF_TOKEN_END;
  if (indicator->target == NULL)
    return TRUE;
  tokens = bf_rule_lex (indicator->target, &at, error);
  if (tokens == NULL)
    return FALSE;
  token = &g_array_index (tokens, BfToken, 0);
  full->target_op = token->type;
  if (token->type >= BF_TOKEN_EQ && token->type <= BF_TOKEN_GE)
    token++;
  if (token != &g_array_index (tokens, BfToken, 0) && token->type == BF_TOKEN_MINUS)
    {
      sign = -1;
      token++;
    }
  if (token == &g_array_index (tokens, BfToken, 0) || token->type != BF_TOKEN_NUMBER || token[1].type != BF_TOKEN_END)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("expected a comparison with a number, as in “< 85 %%”, found “%s”"),
                   indicator->target);
      return FALSE;
    }
  if (!bf_unit_same_dimension (&token->unit, &root->unit) || (token->unit_length == 0 && !bf_unit_is_one (&root->unit)))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, 
                   root->unit_text != NULL ? _ ("“%s” is not of the value's unit, %s") : _ ("“%s” is not of the value's unit"),
                   indicator->target, root->unit_text);
      return FALSE;
    }
  full->target = bf_unit_convert (sign * token->number, &token->unit, &root->unit);
  return TRUE;
}

static BfIndicatorFull *
indicator_compile (const BfCatalog *catalog, guint index, guint *ret_line, const char **ret_key, GError **error)
{
  const BfIndicator *indicator = bf_catalog_indicator (catalog, index);
  BfRuleContext context = { .catalog = catalog, .service = indicator->service, .kind = BF_NO_KIND };
  BfIndicatorFull *full = g_new0 (BfIndicatorFull, 1);

  full->indicator = index;
  *ret_line = indicator->line;
  *ret_key = "Value";
  full->tree = bf_rule_parse (&context, indicator->value, error);
  if (full->tree != NULL && bf_tree_node (full->tree, full->tree->root)->kind != BF_KIND_NUMBER)
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected a number, found a condition; share(… over service) gives one"));
  else if (full->tree != NULL)
    full->value = bf_program_compile (full->tree, error);
  if (full->value != NULL)
    {
      *ret_key = "Target";
      full->unit_text = bf_tree_node (full->tree, full->tree->root)->unit_text;
      if (parse_target (indicator, full, error))
        return full;
    }
  bf_indicator_full_free (full);
  return NULL;
}

/**
 * bf_indicators_compile:
 *
 * Returns: (transfer full) (element-type BfIndicatorFull): those that are good
 */
GPtrArray *
bf_indicators_compile (const BfCatalog *catalog, GPtrArray *problems)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (bf_indicator_full_free);

  for (guint i = 0; i < bf_catalog_n_indicators (catalog); i++)
    {
      const BfIndicator *indicator = bf_catalog_indicator (catalog, i);
      g_autoptr (GError) error = NULL;
      const char *key;
      guint line;
      BfIndicatorFull *full = indicator_compile (catalog, i, &line, &key, &error);

      if (full != NULL)
        g_ptr_array_add (all, full);
      else
        bf_problems_add (problems, indicator->file, line, _ ("[Indicator %s] %s=: %s"), indicator->id, key, error->message);
    }
  return all;
}

/* ---- Expected= ---- */

static BfProgram *
expected_compile (const BfCatalog *catalog, const BfProperty *property, BfTree **ret_tree, GError **error)
{
  BfRuleContext context = { .catalog = catalog, .service = property->service, .kind = BF_NO_KIND, .any_kind = TRUE };
  BfProgram *program;

  *ret_tree = bf_rule_parse (&context, property->expected, error);
  if (*ret_tree == NULL)
    return NULL;
  if (bf_tree_node (*ret_tree, (*ret_tree)->root)->kind != BF_KIND_BOOL || (*ret_tree)->aggregates->len > 0
      || (*ret_tree)->builtins->len > 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                   _ ("expected a condition of the asset's own properties; give what looks further a name as a derived property"));
      return NULL;
    }
  program = bf_program_compile (*ret_tree, error);
  return program;
}

/* What is not there for an asset is unknown, and unknown is expected: so a kind without the properties is always heard. */
void
bf_expected_compile (BfRuleSet *set, GPtrArray *problems)
{
  guint n = bf_catalog_n_properties (set->catalog);

  set->expected_trees = g_new0 (BfTree *, n + 1);
  set->expected = g_new0 (BfProgram *, n + 1);
  for (guint16 i = 0; i < n; i++)
    {
      const BfProperty *property = bf_catalog_property (set->catalog, i);
      g_autoptr (GError) error = NULL;

      if (property->expected == NULL)
        continue;
      set->expected[i] = expected_compile (set->catalog, property, &set->expected_trees[i], &error);
      if (set->expected[i] == NULL)
        bf_problems_add (problems, property->file, property->line, _ ("Expected= of %s: %s"), property->id, error->message);
    }
}

void
bf_expected_free (BfRuleSet *set)
{
  for (guint i = 0; i < bf_catalog_n_properties (set->catalog); i++)
    {
      bf_program_free (set->expected[i]);
      bf_tree_free (set->expected_trees[i]);
    }
  g_free (set->expected);
  g_free (set->expected_trees);
}
