/* SPDX-License-Identifier: EUPL-1.2 */
/* The parser of the rule language: tokens -> tree, by precedence climbing. The grammar is in README.md. Recursion is
 * bounded by BF_LIMIT_EXPR_DEPTH, the tree by BF_LIMIT_EXPR_STEPS nodes. Types and units are checked as nodes are made
 * (bf-rule-check.c), so that an error points at the place where the person wrote it. */

#include "rules/bf-builtins-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

enum
{
  PREC_OR = 1,
  PREC_AND,
  PREC_COMPARE,
  PREC_ADD,
  PREC_MULTIPLY,
};

static guint16 parse_expression (BfParser *parser, int least);

static const BfToken *
peek (const BfParser *parser)
{
  return &g_array_index (parser->tokens, BfToken, parser->at);
}

static const BfToken *
take (BfParser *parser)
{
  const BfToken *token = peek (parser);

  if (token->type != BF_TOKEN_END)
    parser->at++;
  return token;
}

static gboolean
token_is (const BfParser *parser, const BfToken *token, const char *word)
{
  return token->type == BF_TOKEN_NAME && token->length == strlen (word)
         && strncmp (parser->tree->text + token->start, word, token->length) == 0;
}

/* What the token is, to name it in an error. */
static char *
describe (const BfParser *parser, const BfToken *token)
{
  if (token->type == BF_TOKEN_END)
    return g_strdup (_ ("the end"));
  return g_strdup_printf ("“%.*s”", (int) token->length, parser->tree->text + token->start);
}

static guint16
fail_expected (BfParser *parser, const char *expected)
{
  const BfToken *token = peek (parser);
  g_autofree char *found = describe (parser, token);

  return bf_parser_fail (parser, token->start, BF_ERROR_SYNTAX, _ ("expected %s, found %s"), expected, found);
}

static gboolean
expect (BfParser *parser, BfTokenType type, const char *expected)
{
  if (peek (parser)->type != type)
    {
      fail_expected (parser, expected);
      return FALSE;
    }
  take (parser);
  return TRUE;
}

/* A time: one or more numbers with a unit of time, "1h 30min". */
static gboolean
parse_duration (BfParser *parser, gint64 *ret_us)
{
  const BfToken *first = peek (parser);
  const BfToken *token = first;
  double total_s = 0;
  BfUnit second;

  bf_unit_lookup ("s", 1, &second);
  while (token->type == BF_TOKEN_NUMBER && token->unit_length > 0 && bf_unit_same_dimension (&token->unit, &second))
    {
      total_s += bf_unit_convert (token->number, &token->unit, &second);
      take (parser);
      token = peek (parser);
    }
  if (token == first)
    {
      fail_expected (parser, _ ("a time such as 90s, 5min or 1h 30min"));
      return FALSE;
    }
  if (!(total_s >= 0.001 && total_s <= 3660.0 * 86400))
    {
      bf_parser_fail (parser, first->start, BF_ERROR_RANGE, _ ("expected a time between 1 ms and ten years"));
      return FALSE;
    }
  *ret_us = (gint64) llround (total_s * G_USEC_PER_SEC);
  return TRUE;
}

/* Words of the language that this version does not know yet; so that nobody hunts for a typing error. */
static gboolean
is_later_word (const char *text, gsize length)
{
  static const char *const words[] = { "changed", "within", "median", "quantile" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strlen (words[i]) == length && strncmp (words[i], text, length) == 0)
      return TRUE;
  return FALSE;
}

static guint16
fail_later (BfParser *parser, const BfToken *token)
{
  return bf_parser_fail (parser, token->start, BF_ERROR_UNSUPPORTED, _ ("“%.*s” is known, but comes with a later version"),
                         (int) token->length, parser->tree->text + token->start);
}

static guint16
fail_window (BfParser *parser, const BfToken *token)
{
  return bf_parser_fail (parser, token->start, BF_ERROR_UNSUPPORTED,
                         _ ("a window is of one property and a time, as in avg(level, 30min); give anything else a name as a derived property (Derive=)"));
}

/* Whether the parenthesis that was just opened holds "over" at its own level. */
static gboolean
holds_over (const BfParser *parser)
{
  int level = 0;

  for (guint i = parser->at; i < parser->tokens->len; i++)
    {
      const BfToken *token = &g_array_index (parser->tokens, BfToken, i);

      if (token->type == BF_TOKEN_OPEN)
        level++;
      else if (token->type == BF_TOKEN_CLOSE && level-- == 0)
        return FALSE;
      else if (level == 0 && token_is (parser, token, "over"))
        return TRUE;
    }
  return FALSE;
}

static gboolean
parse_radius (BfParser *parser, double *ret_radius_m)
{
  const BfToken *token = peek (parser);
  BfUnit metre;

  bf_unit_lookup ("m", 1, &metre);
  if (token->type != BF_TOKEN_NUMBER || !bf_unit_same_dimension (&token->unit, &metre))
    {
      fail_expected (parser, _ ("a distance such as 300m"));
      return FALSE;
    }
  *ret_radius_m = bf_unit_convert (token->number, &token->unit, &metre);
  if (!(*ret_radius_m >= 1 && *ret_radius_m <= 5000))
    {
      bf_parser_fail (parser, token->start, BF_ERROR_RANGE, _ ("expected a distance between 1 m and 5 km"));
      return FALSE;
    }
  take (parser);
  return TRUE;
}

static gboolean
parse_scope (BfParser *parser, BfScope *ret_scope, double *ret_radius_m)
{
  static const char *const scopes[] = { "children", "parent", "zone", "service", "near" };
  const BfToken *token = peek (parser);

  *ret_radius_m = 0;
  if (token->type == BF_TOKEN_NUMBER)
    {
      fail_window (parser, token);
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (scopes); i++)
    if (token_is (parser, token, scopes[i]))
      {
        *ret_scope = (BfScope) i;
        take (parser);
        if (*ret_scope == BF_SCOPE_NEAR && !parse_radius (parser, ret_radius_m))
          return FALSE;
        return TRUE;
      }
  fail_expected (parser, _ ("one of children, parent, zone, service, near 300m"));
  return FALSE;
}

/* Behind "avg(" and so on. */
static guint16
parse_aggregate (BfParser *parser, BfAggregateFunction function, const BfToken *name)
{
  gint64 within_us = 0;
  double radius_m;
  BfScope scope;
  guint16 body;

  if (parser->in_aggregate)
    return bf_parser_fail (parser, name->start, BF_ERROR_UNSUPPORTED,
                           _ ("an aggregate in an aggregate; give the inner one a name as a derived property (Derive=)"));
  parser->in_aggregate = TRUE;
  parser->member_kind = BF_NO_KIND;
  body = parse_expression (parser, PREC_OR);
  if (body != BF_NO_NODE && peek (parser)->type == BF_TOKEN_COMMA && peek (parser)[1].type == BF_TOKEN_NUMBER)
    return fail_window (parser, name);
  if (body == BF_NO_NODE || !bf_check_resolved (parser, body))
    return BF_NO_NODE;
  if (!token_is (parser, peek (parser), "over"))
    return fail_expected (parser, _ ("“over” and one of children, parent, zone, service, near 300m"));
  take (parser);
  if (!parse_scope (parser, &scope, &radius_m))
    return BF_NO_NODE;
  if (token_is (parser, peek (parser), "within") && (take (parser), !parse_duration (parser, &within_us)))
    return BF_NO_NODE;
  body = bf_check_aggregate (parser, function, scope, radius_m, within_us, body, name->start);
  parser->in_aggregate = FALSE;
  if (body == BF_NO_NODE || !expect (parser, BF_TOKEN_CLOSE, "“)”"))
    return BF_NO_NODE;
  return body;
}

/* Behind "absent(" and so on: a property's name, and for absent a time. */
static guint16
parse_ask (BfParser *parser, BfFunction function, const BfToken *name)
{
  const BfToken *token = peek (parser);
  gint64 duration_us = 0;
  guint16 property;
  BfNode node;

  if (token->type != BF_TOKEN_NAME)
    return fail_expected (parser, _ ("the name of a property"));
  property = bf_check_name (parser, take (parser));
  if (property == BF_NO_NODE || !bf_check_resolved (parser, property))
    return BF_NO_NODE;
  if (peek (parser)->type == BF_TOKEN_COMMA && function == BF_FUNCTION_ABSENT)
    {
      take (parser);
      if (!parse_duration (parser, &duration_us))
        return BF_NO_NODE;
    }
  if (!expect (parser, BF_TOKEN_CLOSE, function == BF_FUNCTION_ABSENT ? _ ("“)”, or “,” and a time") : "“)”"))
    return BF_NO_NODE;
  node = *bf_tree_node (parser->tree, property);
  node.type = BF_NODE_ASK;
  node.kind = BF_KIND_BOOL;
  node.op = function;
  node.duration_us = duration_us;
  node.unit = bf_unit_one;
  node.unit_text = NULL;
  node.start = name->start;
  return bf_parser_node (parser, &node);
}

static guint16
parse_arguments (BfParser *parser, guint8 function, const BfToken *name)
{
  guint16 arguments[16];
  guint n = 0;

  parser->in_arguments++;
  do
    {
      if (n == G_N_ELEMENTS (arguments))
        return bf_parser_fail (parser, name->start, BF_ERROR_LIMIT, _ ("expected at most %u values"),
                               (guint) G_N_ELEMENTS (arguments));
      if (n > 0)
        take (parser);
      arguments[n] = parse_expression (parser, PREC_OR);
      if (arguments[n] == BF_NO_NODE || !bf_check_resolved (parser, arguments[n]))
        return BF_NO_NODE;
      n++;
    }
  while (peek (parser)->type == BF_TOKEN_COMMA);
  parser->in_arguments--;
  if (!expect (parser, BF_TOKEN_CLOSE, _ ("“,” or “)”")))
    return BF_NO_NODE;
  return bf_check_call (parser, function, arguments, n, name->start);
}

static const struct
{
  const char *name;
  int function;  /* BfFunction, or -1 */
  int aggregate; /* BfAggregateFunction, or -1 */
} functions[] = {
  { "abs", BF_FUNCTION_ABS, -1 },
  { "min", BF_FUNCTION_MIN, BF_AGGREGATE_MIN },
  { "max", BF_FUNCTION_MAX, BF_AGGREGATE_MAX },
  { "round", BF_FUNCTION_ROUND, -1 },
  { "absent", BF_FUNCTION_ABSENT, -1 },
  { "stale", BF_FUNCTION_STALE, -1 },
  { "heard", BF_FUNCTION_HEARD, -1 },
  { "unknown", BF_FUNCTION_UNKNOWN, -1 },
  { "avg", -1, BF_AGGREGATE_AVG },
  { "sum", -1, BF_AGGREGATE_SUM },
  { "count", -1, BF_AGGREGATE_COUNT },
  { "share", -1, BF_AGGREGATE_SHARE },
  { "any", -1, BF_AGGREGATE_ANY },
  { "all", -1, BF_AGGREGATE_ALL },
};

static guint16
fail_no_function (BfParser *parser, const BfToken *name)
{
  const char *words[G_N_ELEMENTS (functions) + BF_N_BUILTINS];
  guint n = G_N_ELEMENTS (functions);
  const char *text = parser->tree->text + name->start;
  const char *nearest;

  if (is_later_word (text, name->length))
    return fail_later (parser, name);
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    words[i] = functions[i].name;
  n += bf_builtin_names (words + n, BF_N_BUILTINS);
  nearest = bf_rule_nearest (text, name->length, words, n);
  if (nearest != NULL)
    return bf_parser_fail (parser, name->start, BF_ERROR_NOT_FOUND, _ ("unknown function “%.*s”; did you mean “%s”?"),
                           (int) name->length, text, nearest);
  return bf_parser_fail (parser, name->start, BF_ERROR_NOT_FOUND,
                         _ ("unknown function “%.*s”; expected abs, min, max, round, absent, stale, heard, unknown, avg, sum, count, share, any, all, "
                         "or a built-in such as rate, delta, trend, time_to, night"),
                         (int) name->length, text);
}

static guint16
parse_call (BfParser *parser, const BfToken *name)
{
  int builtin;

  take (parser);
  builtin = bf_builtin_find (parser, name);
  if (builtin >= 0 && bf_builtin_takes_expressions ((guint8) builtin))
    return parse_arguments (parser, (guint8) (BF_FUNCTION_BUILTIN + builtin), name);
  if (builtin >= 0)
    return bf_builtin_parse (parser, (guint8) builtin, name);
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      if (!token_is (parser, name, functions[i].name))
        continue;
      if (functions[i].aggregate >= 0 && (functions[i].function < 0 || holds_over (parser)))
        return parse_aggregate (parser, (BfAggregateFunction) functions[i].aggregate, name);
      if (functions[i].function >= BF_FUNCTION_ABSENT)
        return parse_ask (parser, (BfFunction) functions[i].function, name);
      return parse_arguments (parser, (guint8) functions[i].function, name);
    }
  return fail_no_function (parser, name);
}

static guint16
number_node (BfParser *parser, const BfToken *token)
{
  BfNode node = { .type = BF_NODE_NUMBER, .kind = BF_KIND_NUMBER, .constant = TRUE, .number = token->number,
                  .unit = token->unit, .start = token->start, .length = token->length };

  if (token[1].type == BF_TOKEN_COMMA && token[2].type == BF_TOKEN_NUMBER && token[1].start == token->start + token->length
      && token[2].start == token[1].start + 1 && parser->in_arguments == 0)
    return bf_parser_fail (parser, token[1].start, BF_ERROR_SYNTAX,
                           _ ("found “,” in a number; decimals stand behind a point: “%.*s.%.*s”"), (int) token->length,
                           parser->tree->text + token->start, (int) token[2].length, parser->tree->text + token[2].start);
  node.bare = token->unit_length == 0;
  if (!node.bare)
    {
      g_autofree char *code = g_strndup (parser->tree->text + token->unit_start, token->unit_length);

      node.unit_text = g_intern_string (code);
    }
  return bf_parser_node (parser, &node);
}

static gboolean
is_keyword (const BfParser *parser, const BfToken *token)
{
  static const char *const words[] = { "and", "or", "not", "in", "over", "for" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (token_is (parser, token, words[i]))
      return TRUE;
  return FALSE;
}

static guint16
parse_primary (BfParser *parser)
{
  const BfToken *token = peek (parser);
  guint16 inner;

  if (token->type == BF_TOKEN_NUMBER)
    return number_node (parser, take (parser));
  if (token->type == BF_TOKEN_OPEN)
    {
      take (parser);
      inner = parse_expression (parser, PREC_OR);
      if (inner == BF_NO_NODE || !expect (parser, BF_TOKEN_CLOSE, "“)”"))
        return BF_NO_NODE;
      return inner;
    }
  if (token->type == BF_TOKEN_TEXT)
    return bf_check_name (parser, take (parser));
  if (token->type != BF_TOKEN_NAME || is_keyword (parser, token))
    return fail_expected (parser, _ ("a property, a number or “(”"));
  take (parser);
  if (bf_rule_text_begins (parser, token))
    return bf_rule_text_parse (parser, token);
  if (peek (parser)->type == BF_TOKEN_OPEN)
    return parse_call (parser, token);
  inner = bf_check_name (parser, token);
  if (inner != BF_NO_NODE && bf_tree_node (parser->tree, inner)->type == BF_NODE_NAME && bf_rule_calendar_begins (parser, token))
    return bf_rule_calendar_parse (parser, token);
  return inner;
}

static guint16
parse_unary (BfParser *parser)
{
  const BfToken *token = peek (parser);
  guint16 inner = BF_NO_NODE;

  if (parser->depth >= BF_LIMIT_EXPR_DEPTH)
    return bf_parser_fail (parser, token->start, BF_ERROR_LIMIT, _ ("expected at most %u levels of parentheses and signs"),
                           BF_LIMIT_EXPR_DEPTH);
  parser->depth++;
  if (token->type == BF_TOKEN_MINUS)
    {
      take (parser);
      inner = parse_unary (parser);
      if (inner != BF_NO_NODE)
        inner = bf_check_unary (parser, BF_NODE_NEGATE, inner, token->start);
    }
  else if (token_is (parser, token, "not"))
    {
      take (parser);
      inner = parse_expression (parser, PREC_COMPARE);
      if (inner != BF_NO_NODE)
        inner = bf_check_unary (parser, BF_NODE_NOT, inner, token->start);
    }
  else
    inner = parse_primary (parser);
  parser->depth--;
  return inner;
}

static int
precedence_of (const BfParser *parser, const BfToken *token, guint8 *ret_op)
{
  *ret_op = token->type;
  switch ((int) token->type)
    {
    case BF_TOKEN_EQ:
    case BF_TOKEN_NE:
    case BF_TOKEN_LT:
    case BF_TOKEN_LE:
    case BF_TOKEN_GT:
    case BF_TOKEN_GE:
      return PREC_COMPARE;
    case BF_TOKEN_PLUS:
    case BF_TOKEN_MINUS:
      return PREC_ADD;
    case BF_TOKEN_STAR:
    case BF_TOKEN_SLASH:
      return PREC_MULTIPLY;
    case BF_TOKEN_NAME:
      *ret_op = token_is (parser, token, "and") ? BF_OPERATOR_AND : BF_OPERATOR_OR;
      if (*ret_op == BF_OPERATOR_AND)
        return PREC_AND;
      return token_is (parser, token, "or") ? PREC_OR : 0;
    default:
      return 0;
    }
}

/* Behind "a in". */
static guint16
parse_in (BfParser *parser, guint16 left, guint at)
{
  BfToken values[64];
  guint n = 0;

  if (!expect (parser, BF_TOKEN_OPEN, _ ("“(” and values of the state")))
    return BF_NO_NODE;
  do
    {
      if (n > 0)
        take (parser);
      if (peek (parser)->type != BF_TOKEN_NAME && peek (parser)->type != BF_TOKEN_TEXT)
        return fail_expected (parser, _ ("a value of the state"));
      if (n == G_N_ELEMENTS (values))
        return bf_parser_fail (parser, at, BF_ERROR_LIMIT, _ ("expected at most %u values"), (guint) G_N_ELEMENTS (values));
      values[n++] = *take (parser);
    }
  while (peek (parser)->type == BF_TOKEN_COMMA);
  if (!expect (parser, BF_TOKEN_CLOSE, _ ("“,” or “)”")))
    return BF_NO_NODE;
  return bf_check_in (parser, left, values, n, at);
}

/* Precedence climbing: operators of at least @least bind here. */
static guint16
parse_expression (BfParser *parser, int least)
{
  guint16 left;
  gboolean compared = FALSE;

  if (parser->depth >= BF_LIMIT_EXPR_DEPTH)
    return bf_parser_fail (parser, peek (parser)->start, BF_ERROR_LIMIT, _ ("expected at most %u levels of parentheses and signs"),
                           BF_LIMIT_EXPR_DEPTH);
  parser->depth++;
  left = parse_unary (parser);
  while (left != BF_NO_NODE)
    {
      const BfToken *token = peek (parser);
      guint8 op = 0;
      int precedence = token_is (parser, token, "in") ? PREC_COMPARE : precedence_of (parser, token, &op);
      guint16 right;

      if (precedence < least || precedence == 0)
        break;
      if (precedence == PREC_COMPARE && compared)
        {
          left = bf_parser_fail (parser, token->start, BF_ERROR_SYNTAX,
                                 _ ("two comparisons in a row; join them by “and”, as in “a > 1 bar and a < 3 bar”"));
          break;
        }
      compared = precedence == PREC_COMPARE;
      take (parser);
      if (token_is (parser, token, "in"))
        {
          left = parse_in (parser, left, token->start);
          continue;
        }
      right = parse_expression (parser, precedence + 1);
      left = right == BF_NO_NODE ? BF_NO_NODE : bf_check_binary (parser, op, left, right, token->start);
    }
  parser->depth--;
  return left;
}

static gboolean
parse_whole (BfParser *parser)
{
  const BfToken *token;

  if (peek (parser)->type == BF_TOKEN_END)
    return fail_expected (parser, _ ("a condition or a value")) != BF_NO_NODE;
  parser->tree->root = parse_expression (parser, PREC_OR);
  if (parser->tree->root == BF_NO_NODE || !bf_check_resolved (parser, parser->tree->root))
    return FALSE;
  token = peek (parser);
  if (token_is (parser, token, "for"))
    {
      if (!parser->context->allow_for)
        return bf_parser_fail (parser, token->start, BF_ERROR_SYNTAX, _ ("“for” stands at the end of When= and Clear= only"))
               != BF_NO_NODE;
      take (parser);
      if (!parse_duration (parser, &parser->tree->for_us))
        return FALSE;
      token = peek (parser);
    }
  if (token->type == BF_TOKEN_END)
    return TRUE;
  if (token->type == BF_TOKEN_NAME && is_later_word (parser->tree->text + token->start, token->length))
    fail_later (parser, token);
  else
    fail_expected (parser, parser->tree->for_us > 0 ? _ ("the end") : _ ("an operator or the end"));
  return FALSE;
}

/**
 * bf_rule_parse:
 * @context: what the text may name
 * @text: the value of When=, Clear=, Derive=, Value=
 *
 * Returns: (transfer full): the checked tree; %NULL with @error, "column N: …"
 */
BfTree *
bf_rule_parse (const BfRuleContext *context, const char *text, GError **error)
{
  g_autoptr (BfTree) tree = g_new0 (BfTree, 1);
  g_autoptr (GArray) tokens = NULL;
  BfParser parser = { .context = context, .tree = tree, .member_kind = BF_NO_KIND };

  tree->text = g_strdup (text);
  tree->nodes = g_array_new (FALSE, TRUE, sizeof (BfNode));
  tree->aggregates = g_ptr_array_new_with_free_func (bf_aggregate_free);
  tree->builtins = g_ptr_array_new_with_free_func (g_free);
  tree->texts = g_ptr_array_new_with_free_func (bf_text_test_free);
  tokens = bf_rule_lex (text, &parser.error_at, &parser.error);
  parser.tokens = tokens;
  if (tokens != NULL && parse_whole (&parser))
    return g_steal_pointer (&tree);
  g_assert (parser.error != NULL);
  g_prefix_error (&parser.error, _ ("column %ld: "),
                  g_utf8_validate (text, -1, NULL) ? g_utf8_pointer_to_offset (text, text + parser.error_at) + 1 : 1);
  g_propagate_error (error, parser.error);
  return NULL;
}

void
bf_tree_free (BfTree *tree)
{
  if (tree == NULL)
    return;
  g_free (tree->text);
  g_array_unref (tree->nodes);
  g_ptr_array_unref (tree->aggregates);
  g_ptr_array_unref (tree->builtins);
  g_ptr_array_unref (tree->texts);
  g_free (tree);
}
