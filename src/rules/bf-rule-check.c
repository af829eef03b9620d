/* SPDX-License-Identifier: EUPL-1.2 */
/* Types and units of the tree: every node is made here, from parts that agree, or not at all. Units: a constant is
 * converted to the other side's unit, else the right side to the left's; a bare number takes part beside unit 1 only. */

#include "rules/bf-builtins-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static BfNode *
node_at (const BfParser *parser, guint16 node)
{
  return bf_tree_node (parser->tree, node);
}

guint16
bf_parser_fail (BfParser *parser, guint at, BfError code, const char *format, ...)
{
  va_list args;

  if (parser->error != NULL)
    return BF_NO_NODE;
  va_start (args, format);
  parser->error = g_error_new_valist (BF_ERROR, (int) code, format, args);
  va_end (args);
  parser->error_at = at;
  return BF_NO_NODE;
}

guint16
bf_parser_node (BfParser *parser, const BfNode *node)
{
  GArray *nodes = parser->tree->nodes;
  BfNode copy = *node;

  if (nodes->len >= BF_LIMIT_EXPR_STEPS)
    return bf_parser_fail (parser, node->start, BF_ERROR_LIMIT, _ ("expected at most %u operands and operators"),
                           BF_LIMIT_EXPR_STEPS);
  g_array_append_val (nodes, copy);
  return (guint16) (nodes->len - 1);
}

/* ---- Suggestions ---- */

/* Edit distance (Damerau, adjacent swaps), bounded: texts over 64 bytes are "far". */
static guint
edit_distance (const char *a, gsize n, const char *b, gsize m)
{
  guint rows[3][66];

  if (n > 64 || m > 64)
    return G_MAXUINT;
  for (gsize j = 0; j <= m; j++)
    rows[0][j] = j;
  for (gsize i = 1; i <= n; i++)
    {
      guint *row = rows[i % 3];
      const guint *up = rows[(i + 2) % 3];
      const guint *up2 = rows[(i + 1) % 3];

      row[0] = i;
      for (gsize j = 1; j <= m; j++)
        {
          row[j] = MIN (MIN (up[j], row[j - 1]) + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = MIN (row[j], up2[j - 2] + 1);
        }
    }
  return rows[n % 3][m];
}

const char *
bf_rule_nearest (const char *text, gsize length, const char *const *words, guint n_words)
{
  const char *nearest = NULL;
  guint least = length <= 3 ? 1 : length <= 6 ? 2 : 3;

  for (guint i = 0; i < n_words; i++)
    {
      guint distance = edit_distance (text, length, words[i], strlen (words[i]));

      if (distance <= least && (nearest == NULL || distance < least))
        {
          nearest = words[i];
          least = distance;
        }
    }
  return nearest;
}

/* ---- Names ---- */

static const BfKind *
context_kind (const BfParser *parser)
{
  return parser->context->kind != BF_NO_KIND ? bf_catalog_kind (parser->context->catalog, parser->context->kind) : NULL;
}

/* Ids of the properties that a bare name may mean here. */
static GPtrArray *
names_in_reach (const BfParser *parser)
{
  const BfCatalog *catalog = parser->context->catalog;
  const BfService *service = bf_catalog_service (catalog, parser->context->service);
  const BfKind *kind = parser->in_aggregate ? NULL : context_kind (parser);
  const GArray *properties = kind != NULL ? kind->properties : service->properties;
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < properties->len; i++)
    g_ptr_array_add (names, bf_catalog_property (catalog, g_array_index (properties, guint16, i))->id);
  return names;
}

static gboolean
property_in_reach (const BfParser *parser, const BfProperty *property)
{
  const BfKind *kind = context_kind (parser);

  if (parser->in_aggregate)
    return TRUE;
  if (kind != NULL)
    return kind->slot[property->index] != BF_NO_PROPERTY;
  return parser->context->any_kind;
}

static guint16
property_node (BfParser *parser, const BfToken *token, const BfProperty *property)
{
  BfNode node = { .type = BF_NODE_PROPERTY, .kind = property->type == BF_PROPERTY_STATE ? BF_KIND_STATE : BF_KIND_NUMBER,
                  .property = property->index, .unit = property->unit, .start = token->start, .length = token->length };

  node.unit_text = g_intern_string (property->unit_code != NULL ? property->unit_code : "1");
  return bf_parser_node (parser, &node);
}

/* service.kind.property */
static guint16
check_dotted (BfParser *parser, const BfToken *token)
{
  g_autofree char *text = g_strndup (parser->tree->text + token->start, token->length);
  g_auto (GStrv) parts = g_strsplit (text, ".", 4);
  g_autofree char *kind_id = g_strv_length (parts) == 3 ? g_strconcat (parts[0], ".", parts[1], NULL) : NULL;
  const BfCatalog *catalog = parser->context->catalog;
  const BfKind *kind;
  const BfProperty *property;

  if (kind_id == NULL)
    return bf_parser_fail (parser, token->start, BF_ERROR_SYNTAX, _ ("expected service.kind.property, found “%s”"), text);
  kind = bf_catalog_find_kind (catalog, kind_id);
  if (kind == NULL)
    return bf_parser_fail (parser, token->start, BF_ERROR_NOT_FOUND, _ ("unknown kind of asset “%s”"), kind_id);
  property = bf_catalog_find_property (catalog, kind->service, parts[2]);
  if (property == NULL || kind->slot[property->index] == BF_NO_PROPERTY)
    return bf_parser_fail (parser, token->start, BF_ERROR_NOT_FOUND, _ ("%s has no property “%s”"), kind_id, parts[2]);
  if (parser->in_aggregate)
    {
      if (parser->member_kind != BF_NO_KIND && parser->member_kind != kind->index)
        return bf_parser_fail (parser, token->start, BF_ERROR_VALUE, _ ("one aggregate looks at one kind; found %s and %s"),
                               bf_catalog_kind (catalog, parser->member_kind)->full_id, kind_id);
      parser->member_kind = kind->index;
    }
  else if (parser->context->kind != kind->index)
    return bf_parser_fail (parser, token->start, BF_ERROR_VALUE,
                           _ ("“%s” is of another asset; look at it by an aggregate, as in max(%s over near 300m)"), text, text);
  return property_node (parser, token, property);
}

/* A property in reach, or a BF_NODE_NAME that the next node up must understand. */
guint16
bf_check_name (BfParser *parser, const BfToken *token)
{
  g_autofree char *text = g_strndup (parser->tree->text + token->start, token->length);
  const BfProperty *property = NULL;
  BfNode node = { .type = BF_NODE_NAME, .kind = BF_KIND_STATE, .constant = TRUE, .unit = bf_unit_one, .start = token->start,
                  .length = token->length };

  if (token->type == BF_TOKEN_NAME && strchr (text, '.') != NULL)
    return check_dotted (parser, token);
  if (token->type == BF_TOKEN_NAME)
    property = bf_catalog_find_property (parser->context->catalog, parser->context->service, text);
  if (property != NULL && property_in_reach (parser, property))
    return property_node (parser, token, property);
  return bf_parser_node (parser, &node);
}

static void
fail_unknown_name (BfParser *parser, const BfNode *name)
{
  const char *text = parser->tree->text + name->start;
  g_autofree char *id = g_strndup (text, name->length);
  g_autoptr (GPtrArray) names = names_in_reach (parser);
  const BfKind *kind = context_kind (parser);
  const char *nearest = bf_rule_nearest (text, name->length, (const char *const *) names->pdata, names->len);

  if (kind == NULL && !parser->context->any_kind && !parser->in_aggregate)
    bf_parser_fail (parser, name->start, BF_ERROR_VALUE,
                    _ ("“%s” is of one asset; an indicator looks at all of them, as in avg(%s over service)"), id, id);
  else if (bf_catalog_find_property (parser->context->catalog, parser->context->service, id) != NULL && kind != NULL)
    bf_parser_fail (parser, name->start, BF_ERROR_NOT_FOUND, _ ("%s has no property “%s”"), kind->full_id, id);
  else if (nearest != NULL)
    bf_parser_fail (parser, name->start, BF_ERROR_NOT_FOUND, _ ("unknown property “%s”; did you mean “%s”?"), id, nearest);
  else
    {
      g_autofree char *all = NULL;

      g_ptr_array_add (names, NULL);
      all = g_strjoinv (", ", (char **) names->pdata);
      bf_parser_fail (parser, name->start, BF_ERROR_NOT_FOUND, _ ("unknown property “%s”; expected one of: %s"), id, all);
    }
}

gboolean
bf_check_resolved (BfParser *parser, guint16 node)
{
  if (node_at (parser, node)->type != BF_NODE_NAME)
    return TRUE;
  fail_unknown_name (parser, node_at (parser, node));
  return FALSE;
}

/* ---- Kinds of value ---- */

/* "a state “open”", "a number in bar (“pressure”)" … */
char *
bf_check_describe (const BfParser *parser, guint16 node)
{
  const BfNode *n = node_at (parser, node);
  const char *text = parser->tree->text + n->start;
  int length = (int) MIN (n->length, 60);

  if (n->kind == BF_KIND_BOOL)
    return g_strdup_printf (_ ("the condition “%.*s”"), length, text);
  if (n->kind == BF_KIND_STATE)
    return g_strdup_printf (_ ("the state “%.*s”"), length, text);
  if (n->bare)
    return g_strdup_printf (_ ("the bare number “%.*s”"), length, text);
  if (n->unit_text != NULL && strcmp (n->unit_text, "1") != 0)
    return g_strdup_printf (_ ("“%.*s” in %s"), length, text, n->unit_text);
  return g_strdup_printf (_ ("the number “%.*s”"), length, text);
}

static gboolean
require (BfParser *parser, guint16 node, BfValueKind kind, const char *expected)
{
  g_autofree char *found = NULL;

  if (!bf_check_resolved (parser, node))
    return FALSE;
  if (node_at (parser, node)->kind == kind)
    return TRUE;
  found = bf_check_describe (parser, node);
  bf_parser_fail (parser, node_at (parser, node)->start, BF_ERROR_VALUE, _ ("expected %s, found %s"), expected, found);
  return FALSE;
}

gboolean
bf_check_bool (BfParser *parser, guint16 node, const char *where)
{
  return require (parser, node, BF_KIND_BOOL, where);
}

guint16
bf_check_convert (BfParser *parser, guint16 node, const BfUnit *unit)
{
  const BfNode *from = node_at (parser, node);
  BfNode to = *from;

  if (from->unit.scale == unit->scale && from->unit.offset == unit->offset)
    return node;
  to.type = BF_NODE_CONVERT;
  to.a = node;
  to.unit = *unit;
  to.bare = FALSE;
  return bf_parser_node (parser, &to);
}

/* Makes two numbers of one unit: see the head of the file. */
static gboolean
agree (BfParser *parser, guint16 *a, guint16 *b, guint at)
{
  const BfNode *x = node_at (parser, *a);
  const BfNode *y = node_at (parser, *b);
  g_autofree char *left = bf_check_describe (parser, *a);
  g_autofree char *right = bf_check_describe (parser, *b);
  const BfNode *bare = x->bare ? x : y;
  const BfNode *other = x->bare ? y : x;

  if (x->bare != y->bare && !bf_unit_is_one (&other->unit))
    {
      bf_parser_fail (parser, bare->start, BF_ERROR_VALUE, _ ("%s needs a unit beside %s; write for instance “%.*s %s”"),
                      x->bare ? left : right, x->bare ? right : left, (int) MIN (bare->length, 20),
                      parser->tree->text + bare->start, other->unit_text != NULL ? other->unit_text : "%");
      return FALSE;
    }
  if ((x->difference && y->unit.offset != 0) || (y->difference && x->unit.offset != 0))
    {
      bf_parser_fail (parser, at, BF_ERROR_VALUE, _ ("a difference of temperatures is in K, as in “3 K”"));
      return FALSE;
    }
  if (!bf_unit_same_dimension (&x->unit, &y->unit))
    {
      const BfNode *constant = y->constant ? y : x;
      g_autofree char *fit = bf_unit_list_like (y->constant ? &x->unit : &y->unit, 6);

      if (x->constant != y->constant && fit[0] != '\0')
        bf_parser_fail (parser, at, BF_ERROR_VALUE, _ ("%s and %s measure different things; “%.*s” needs one of the units %s"), left, right,
                        (int) MIN (constant->length, 20), parser->tree->text + constant->start, fit);
      else
        bf_parser_fail (parser, at, BF_ERROR_VALUE, _ ("%s and %s measure different things"), left, right);
      return FALSE;
    }
  if (x->constant && !y->constant)
    *a = bf_check_convert (parser, *a, &y->unit);
  else
    *b = bf_check_convert (parser, *b, &x->unit);
  return *a != BF_NO_NODE && *b != BF_NO_NODE;
}

/* ---- Nodes ---- */

static guint16
make (BfParser *parser, BfNode *node, guint start, guint end)
{
  node->start = start;
  node->length = end > start ? end - start : 1;
  return bf_parser_node (parser, node);
}

static guint
end_of (const BfParser *parser, guint16 node)
{
  return node_at (parser, node)->start + node_at (parser, node)->length;
}

guint16
bf_check_unary (BfParser *parser, BfNodeType type, guint16 a, guint start)
{
  BfNode node;

  if (!require (parser, a, type == BF_NODE_NOT ? BF_KIND_BOOL : BF_KIND_NUMBER,
                type == BF_NODE_NOT ? _ ("a condition behind “not”") : _ ("a number behind “-”")))
    return BF_NO_NODE;
  node = *node_at (parser, a);
  node.type = type;
  node.a = a;
  return make (parser, &node, start, end_of (parser, a));
}

/* state = value */
static guint16
check_state (BfParser *parser, guint8 op, guint16 a, guint16 b, guint at)
{
  BfToken value = { .type = BF_TOKEN_TEXT, .start = node_at (parser, b)->start, .length = node_at (parser, b)->length };
  BfNode node = { .type = BF_NODE_BINARY, .kind = BF_KIND_BOOL, .op = op, .a = a, .unit = bf_unit_one };
  const BfNode *list;
  guint16 in;

  if (op != BF_TOKEN_EQ && op != BF_TOKEN_NE)
    return bf_parser_fail (parser, at, BF_ERROR_VALUE, _ ("states have no order; expected “=”, “!=” or “in”"));
  if (node_at (parser, b)->type != BF_NODE_NAME && node_at (parser, b)->type != BF_NODE_PROPERTY)
    {
      g_autofree char *found = bf_check_describe (parser, b);

      return bf_parser_fail (parser, node_at (parser, b)->start, BF_ERROR_VALUE, _ ("expected a value of the state, found %s"), found);
    }
  in = bf_check_in (parser, a, &value, 1, at);
  if (in == BF_NO_NODE)
    return BF_NO_NODE;
  list = node_at (parser, in);
  node.b = list->b;
  return make (parser, &node, node_at (parser, a)->start, value.start + value.length);
}

static guint16
check_compare (BfParser *parser, guint8 op, guint16 a, guint16 b, guint at)
{
  BfNode node = { .type = BF_NODE_BINARY, .kind = BF_KIND_BOOL, .op = op, .unit = bf_unit_one };

  if (node_at (parser, a)->kind == BF_KIND_STATE && node_at (parser, a)->type != BF_NODE_NAME)
    return check_state (parser, op, a, b, at);
  if (!require (parser, a, BF_KIND_NUMBER, _ ("a number or a state to compare"))
      || !require (parser, b, BF_KIND_NUMBER, _ ("a number to compare with")) || !agree (parser, &a, &b, at))
    return BF_NO_NODE;
  node.a = a;
  node.b = b;
  node.constant = node_at (parser, a)->constant && node_at (parser, b)->constant;
  return make (parser, &node, node_at (parser, a)->start, end_of (parser, b));
}

static guint16
check_logic (BfParser *parser, guint8 op, guint16 a, guint16 b)
{
  BfNode node = { .type = BF_NODE_BINARY, .kind = BF_KIND_BOOL, .op = op, .a = a, .b = b, .unit = bf_unit_one };
  const char *expected = op == BF_OPERATOR_AND ? _ ("a condition beside “and”") : _ ("a condition beside “or”");

  if (!bf_check_bool (parser, a, expected) || !bf_check_bool (parser, b, expected))
    return BF_NO_NODE;
  return make (parser, &node, node_at (parser, a)->start, end_of (parser, b));
}

/* a + b, a - b. °C - °C is a difference in K; °C ± K is °C; °C + °C is nothing. */
static guint16
check_sum (BfParser *parser, guint8 op, guint16 a, guint16 b, guint at)
{
  BfNode node = { .type = BF_NODE_BINARY, .kind = BF_KIND_NUMBER, .op = op };
  BfUnit unit = node_at (parser, a)->unit;
  gboolean offset_a = unit.offset != 0;
  gboolean offset_b = node_at (parser, b)->unit.offset != 0;

  if (offset_b && (op == BF_TOKEN_PLUS || !offset_a))
    return bf_parser_fail (parser, at, BF_ERROR_VALUE, _ ("two temperatures are not added; write the difference in K, as in “%s”"),
                           "temperature + 5 K");
  if (offset_a && !offset_b)
    {
      BfUnit kelvin = { unit.scale, 0, { 0 } };

      memcpy (kelvin.dim, unit.dim, sizeof kelvin.dim);
      if (!bf_unit_same_dimension (&kelvin, &node_at (parser, b)->unit))
        return bf_parser_fail (parser, at, BF_ERROR_VALUE, _ ("expected a difference in K beside a temperature"));
      b = bf_check_convert (parser, b, &kelvin);
    }
  else if (!agree (parser, &a, &b, at))
    return BF_NO_NODE;
  if (b == BF_NO_NODE)
    return BF_NO_NODE;
  node.a = a;
  node.b = b;
  node.constant = node_at (parser, a)->constant && node_at (parser, b)->constant;
  node.bare = node_at (parser, a)->bare && node_at (parser, b)->bare;
  node.unit = node_at (parser, a)->unit;
  node.unit_text = node_at (parser, node_at (parser, a)->constant ? b : a)->unit_text;
  if (offset_a && offset_b)
    {
      node.unit.offset = 0;
      node.unit_text = "K";
      node.difference = TRUE;
    }
  return make (parser, &node, node_at (parser, a)->start, end_of (parser, b));
}

static guint16
check_product (BfParser *parser, guint8 op, guint16 a, guint16 b, guint at)
{
  BfNode node = { .type = BF_NODE_BINARY, .kind = BF_KIND_NUMBER, .op = op, .a = a, .b = b };
  const BfNode *x = node_at (parser, a);
  const BfNode *y = node_at (parser, b);

  if (!bf_unit_multiply (&x->unit, &y->unit, op == BF_TOKEN_STAR ? 1 : -1, &node.unit))
    return bf_parser_fail (parser, at, BF_ERROR_VALUE,
                           _ ("these units cannot be multiplied or divided (a temperature in °C never; take a difference first)"));
  node.constant = x->constant && y->constant;
  node.bare = x->bare && y->bare;
  if (bf_unit_is_one (&y->unit))
    node.unit_text = x->unit_text;
  else if (bf_unit_is_one (&x->unit) && op == BF_TOKEN_STAR)
    node.unit_text = y->unit_text;
  return make (parser, &node, x->start, end_of (parser, b));
}

guint16
bf_check_binary (BfParser *parser, guint8 op, guint16 a, guint16 b, guint at)
{
  if (op == BF_OPERATOR_AND || op == BF_OPERATOR_OR)
    return check_logic (parser, op, a, b);
  if (op >= BF_TOKEN_EQ && op <= BF_TOKEN_GE)
    return check_compare (parser, op, a, b, at);
  if (!require (parser, a, BF_KIND_NUMBER, _ ("a number to reckon with")) || !require (parser, b, BF_KIND_NUMBER, _ ("a number to reckon with")))
    return BF_NO_NODE;
  if (op == BF_TOKEN_PLUS || op == BF_TOKEN_MINUS)
    return check_sum (parser, op, a, b, at);
  return check_product (parser, op, a, b, at);
}

static int
find_value (BfParser *parser, const BfProperty *property, const BfToken *token)
{
  const char *text = parser->tree->text + token->start;
  int value = bf_property_find_value (property, text, token->length);
  const char *nearest;
  g_autofree char *all = NULL;

  if (value >= 0)
    return value;
  nearest = bf_rule_nearest (text, token->length, (const char *const *) property->values, g_strv_length (property->values));
  all = g_strjoinv (", ", property->values);
  if (nearest != NULL)
    bf_parser_fail (parser, token->start, BF_ERROR_NOT_FOUND, _ ("“%.*s” is no value of %s; did you mean “%s”?"),
                    (int) token->length, text, property->id, nearest);
  else
    bf_parser_fail (parser, token->start, BF_ERROR_NOT_FOUND, _ ("“%.*s” is no value of %s; expected one of: %s"),
                    (int) token->length, text, property->id, all);
  return -1;
}

guint16
bf_check_in (BfParser *parser, guint16 a, const BfToken *values, guint n_values, guint at)
{
  BfNode node = { .type = BF_NODE_IN, .kind = BF_KIND_BOOL, .a = a, .b = BF_NO_NODE, .unit = bf_unit_one };
  const BfProperty *property;
  guint16 last = BF_NO_NODE;

  if (!require (parser, a, BF_KIND_STATE, _ ("a state")))
    return BF_NO_NODE;
  if (node_at (parser, a)->type != BF_NODE_PROPERTY)
    return bf_parser_fail (parser, at, BF_ERROR_VALUE, _ ("expected a property of type state on the left"));
  property = bf_catalog_property (parser->context->catalog, node_at (parser, a)->property);
  for (guint i = 0; i < n_values; i++)
    {
      BfNode value = { .type = BF_NODE_VALUE, .kind = BF_KIND_STATE, .property = property->index, .next = BF_NO_NODE,
                       .unit = bf_unit_one, .start = values[i].start, .length = values[i].length };
      int index = find_value (parser, property, &values[i]);
      guint16 made;

      if (index < 0)
        return BF_NO_NODE;
      if (index >= 64)
        return bf_parser_fail (parser, values[i].start, BF_ERROR_LIMIT, _ ("expected one of the first 64 values of %s"), property->id);
      value.number = index;
      node.mask |= (guint64) 1 << index;
      made = bf_parser_node (parser, &value);
      if (made == BF_NO_NODE)
        return BF_NO_NODE;
      if (last == BF_NO_NODE)
        node.b = made;
      else
        node_at (parser, last)->next = made;
      last = made;
    }
  return make (parser, &node, node_at (parser, a)->start, end_of (parser, last) + 1);
}

/* "given(condition, value)": the value's kind and unit. */
static guint16
check_given (BfParser *parser, const guint16 *arguments, guint n_arguments, guint start)
{
  BfNode node = { .kind = BF_KIND_NUMBER, .start = start };
  const BfNode *value;

  if (n_arguments != 2)
    return bf_parser_fail (parser, start, BF_ERROR_SYNTAX, _ ("expected a condition and a value: given(condition, value)"));
  if (!require (parser, arguments[0], BF_KIND_BOOL, _ ("a condition")) || !require (parser, arguments[1], BF_KIND_NUMBER, _ ("a number")))
    return BF_NO_NODE;
  value = node_at (parser, arguments[1]);
  node.unit = value->unit;
  node.unit_text = value->unit_text;
  node.bare = value->bare;
  node.length = end_of (parser, arguments[1]) + 1 - start;
  node.a = arguments[0];
  node_at (parser, arguments[0])->next = arguments[1];
  node_at (parser, arguments[1])->next = BF_NO_NODE;
  return bf_builtin_finish_call (parser, BF_BUILTIN_GIVEN, &node, n_arguments);
}

guint16
bf_check_call (BfParser *parser, guint8 function, const guint16 *arguments, guint n_arguments, guint start)
{
  BfNode node = { .type = BF_NODE_CALL, .kind = BF_KIND_NUMBER, .op = function, .constant = TRUE, .bare = TRUE };
  guint16 list[16];
  guint key = 0;
  gboolean surely = function == BF_FUNCTION_BUILTIN + BF_BUILTIN_SURELY;
  gboolean many = function == BF_FUNCTION_MIN || function == BF_FUNCTION_MAX || (function >= BF_FUNCTION_BUILTIN && !surely);

  if (function == BF_FUNCTION_BUILTIN + BF_BUILTIN_GIVEN)
    return check_given (parser, arguments, n_arguments, start);
  if (many ? n_arguments < 2 : n_arguments != 1)
    return bf_parser_fail (parser, start, BF_ERROR_SYNTAX, many ? _ ("expected two values or more, or “over” and the assets")
                                                                : _ ("expected one value"));
  for (guint i = 0; i < n_arguments; i++)
    {
      if (!require (parser, arguments[i], surely ? BF_KIND_BOOL : BF_KIND_NUMBER, surely ? _ ("a condition") : _ ("a number")))
        return BF_NO_NODE;
      list[i] = arguments[i];
      if (node_at (parser, list[key])->constant && !node_at (parser, list[i])->constant)
        key = i;
    }
  for (guint i = 0; i < n_arguments; i++)
    {
      guint16 other = list[key];

      if (i != key && !agree (parser, &other, &list[i], node_at (parser, list[i])->start))
        return BF_NO_NODE;
      node.constant = node.constant && node_at (parser, list[i])->constant;
      node.bare = node.bare && node_at (parser, list[i])->bare;
    }
  for (guint i = 0; i < n_arguments; i++)
    {
      /* A node hangs in one list: constants converted are new nodes, others were made for this call. */
      node_at (parser, list[i])->next = i + 1 < n_arguments ? list[i + 1] : BF_NO_NODE;
    }
  node.a = list[0];
  node.unit = node_at (parser, list[key])->unit;
  node.unit_text = node_at (parser, list[key])->unit_text;
  if (function < BF_FUNCTION_BUILTIN)
    return make (parser, &node, start, end_of (parser, list[n_arguments - 1]) + 1);
  if (surely)
    node.kind = BF_KIND_BOOL;
  node.start = start;
  node.length = end_of (parser, list[n_arguments - 1]) + 1 - start;
  return bf_builtin_finish_call (parser, (guint8) (function - BF_FUNCTION_BUILTIN), &node, n_arguments);
}

/* ---- Aggregates ---- */

void
bf_aggregate_free (gpointer data)
{
  BfAggregate *aggregate = data;

  if (aggregate == NULL)
    return;
  g_clear_pointer (&aggregate->kinds, g_array_unref);
  g_free (aggregate->text);
  bf_program_free (aggregate->body);
  g_free (aggregate);
}

/* Adds the properties under @root to @properties; bounded by the nodes' number, the stack by the heap. */
static void
collect_properties (const BfTree *tree, guint16 root, GArray *properties)
{
  g_autoptr (GArray) todo = g_array_new (FALSE, FALSE, sizeof (guint16));

  g_array_append_val (todo, root);
  while (todo->len > 0)
    {
      const BfNode *node = bf_tree_node (tree, g_array_index (todo, guint16, todo->len - 1));

      g_array_set_size (todo, todo->len - 1);
      if (node->type == BF_NODE_PROPERTY || node->type == BF_NODE_ASK)
        g_array_append_val (properties, node->property);
      if (node->type == BF_NODE_NEGATE || node->type == BF_NODE_NOT || node->type == BF_NODE_CONVERT
          || node->type == BF_NODE_IN || node->type == BF_NODE_BINARY)
        g_array_append_val (todo, node->a);
      if (node->type == BF_NODE_BINARY)
        g_array_append_val (todo, node->b);
      if (node->type == BF_NODE_CALL || (node->type == BF_NODE_BUILTIN && node->a != BF_NO_NODE))
        for (guint16 i = node->a; i != BF_NO_NODE; i = bf_tree_node (tree, i)->next)
          g_array_append_val (todo, i);
    }
}

/* Kinds that have all of @properties. */
static GArray *
kinds_with (const BfCatalog *catalog, const GArray *properties, guint16 only)
{
  GArray *kinds = g_array_new (FALSE, FALSE, sizeof (guint16));

  for (guint16 k = 0; k < bf_catalog_n_kinds (catalog); k++)
    {
      const BfKind *kind = bf_catalog_kind (catalog, k);
      gboolean all = only == BF_NO_KIND || only == k;

      for (guint i = 0; all && i < properties->len; i++)
        all = kind->slot[g_array_index (properties, guint16, i)] != BF_NO_PROPERTY;
      if (all)
        g_array_append_val (kinds, k);
    }
  return kinds;
}

static gboolean
check_body (BfParser *parser, BfAggregateFunction function, BfScope scope, gint64 within_us, guint16 body, guint start)
{
  gboolean truth = function >= BF_AGGREGATE_COUNT;

  if (!require (parser, body, truth ? BF_KIND_BOOL : BF_KIND_NUMBER,
                truth ? _ ("a condition to count by") : _ ("a number of each asset")))
    return FALSE;
  if (function == BF_AGGREGATE_SUM && node_at (parser, body)->unit.offset != 0)
    {
      bf_parser_fail (parser, start, BF_ERROR_VALUE, _ ("temperatures in °C have no sum; take avg, min or max"));
      return FALSE;
    }
  if (within_us > 0 && !truth)
    {
      bf_parser_fail (parser, start, BF_ERROR_VALUE,
                      _ ("“within” is for what is counted: count, share, any, all; give a number over a time a name as a derived property (Derive=max(…, 30min))"));
      return FALSE;
    }
  if (parser->context->kind == BF_NO_KIND && !parser->context->any_kind && scope != BF_SCOPE_SERVICE)
    {
      bf_parser_fail (parser, start, BF_ERROR_VALUE, _ ("an indicator looks at the whole city: expected “over service”"));
      return FALSE;
    }
  return TRUE;
}

guint16
bf_check_aggregate (BfParser *parser, BfAggregateFunction function, BfScope scope, double radius_m, gint64 within_us, guint16 body,
                    guint start)
{
  g_autoptr (GArray) properties = g_array_new (FALSE, FALSE, sizeof (guint16));
  BfNode node = { .type = BF_NODE_AGGREGATE, .kind = BF_KIND_NUMBER, .op = function, .unit = bf_unit_one };
  BfAggregate *aggregate;

  if (!check_body (parser, function, scope, within_us, body, start))
    return BF_NO_NODE;
  collect_properties (parser->tree, body, properties);
  if (properties->len == 0)
    return bf_parser_fail (parser, start, BF_ERROR_VALUE, _ ("expected a property of the assets in the aggregate"));
  aggregate = g_new0 (BfAggregate, 1);
  aggregate->function = function;
  aggregate->scope = scope;
  aggregate->radius_m = radius_m;
  aggregate->within_us = within_us;
  aggregate->text = g_strndup (parser->tree->text + start, g_array_index (parser->tokens, BfToken, parser->at).start - start);
  aggregate->node = body;
  aggregate->kinds = kinds_with (parser->context->catalog, properties, parser->member_kind);
  node.aggregate = parser->tree->aggregates->len;
  g_ptr_array_add (parser->tree->aggregates, aggregate);
  if (aggregate->kinds->len == 0)
    return bf_parser_fail (parser, start, BF_ERROR_VALUE, _ ("no kind of asset has all the properties of this aggregate"));
  if (function == BF_AGGREGATE_SHARE)
    {
      bf_unit_lookup ("%", 1, &node.unit);
      node.unit_text = "%";
    }
  else if (function >= BF_AGGREGATE_ANY)
    node.kind = BF_KIND_BOOL;
  else if (function != BF_AGGREGATE_COUNT)
    {
      node.unit = node_at (parser, body)->unit;
      node.unit_text = node_at (parser, body)->unit_text;
    }
  return make (parser, &node, start, end_of (parser, body));
}
