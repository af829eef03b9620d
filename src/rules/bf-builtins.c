/* SPDX-License-Identifier: EUPL-1.2 */
/* Built-in functions: the table of their names and arguments, their types and units, their words. What they reckon is in
 * bf-series.c, bf-sun.c and bf-lighting-plan.c; who remembers what for which asset is in bf-series-book.c. */

#include "rules/bf-builtins-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* Arguments: p property that is a number, o another one, q any property, d duration, a "ago" duration (may be left out), n number in the property's unit, x number in the
 * property's unit behind which nothing else comes. Result: u the property's unit, k the same without an offset (K of °C),
 * r that a second, t a time, b a condition, g degrees, % a share, 1 a bare number. */
static const struct
{
  const char *name;
  const char *arguments;
  char result;
  BfSeriesType series;
  const char *words;
} builtins[BF_N_BUILTINS] = {
  [BF_BUILTIN_WINDOW_MIN] = { "min", "pd", 'u', BF_SERIES_WINDOW, NC_ ("built-in function of a rule", "least %s of %s") },
  [BF_BUILTIN_WINDOW_MAX] = { "max", "pd", 'u', BF_SERIES_WINDOW, NC_ ("built-in function of a rule", "greatest %s of %s") },
  [BF_BUILTIN_WINDOW_AVG] = { "avg", "pd", 'u', BF_SERIES_WINDOW, NC_ ("built-in function of a rule", "mean %s of %s") },
  [BF_BUILTIN_WINDOW_SUM] = { "sum", "pd", 'u', BF_SERIES_TALLY, NC_ ("built-in function of a rule", "sum of %s over %s") },
  [BF_BUILTIN_WINDOW_COUNT] = { "count", "qd", '1', BF_SERIES_TALLY, NC_ ("built-in function of a rule", "number of values of %s over %s") },
  [BF_BUILTIN_CHANGES] = { "changes", "qd", '1', BF_SERIES_TALLY, NC_ ("built-in function of a rule", "changes of %s over %s") },
  [BF_BUILTIN_STDDEV] = { "stddev", "pd", 'k', BF_SERIES_TALLY, NC_ ("built-in function of a rule", "standard deviation of %s over %s") },
  [BF_BUILTIN_DELTA] = { "delta", "pda", 'k', BF_SERIES_WINDOW, NC_ ("built-in function of a rule", "change of %s over %s") },
  [BF_BUILTIN_RATE] = { "rate", "pd", 'r', BF_SERIES_WINDOW, NC_ ("built-in function of a rule", "rate of %s over %s") },
  [BF_BUILTIN_TREND] = { "trend", "pd", 'r', BF_SERIES_TREND, NC_ ("built-in function of a rule", "trend of %s over %s") },
  [BF_BUILTIN_TIME_TO] = { "time_to", "pnd", 't', BF_SERIES_TREND, NC_ ("built-in function of a rule", "time until %s meets its limit") },
  [BF_BUILTIN_FILL_RATE] = { "fill_rate", "pn", 'r', BF_SERIES_FALL, NC_ ("built-in function of a rule", "fill rate of %s") },
  [BF_BUILTIN_FILL_TIME_TO] = { "fill_time_to", "pnn", 't', BF_SERIES_FALL, NC_ ("built-in function of a rule", "time until %s is reached") },
  [BF_BUILTIN_SINCE_FALL] = { "since_fall", "pn", 't', BF_SERIES_FALL, NC_ ("built-in function of a rule", "time since %s fell") },
  [BF_BUILTIN_NIGHT_MIN] = { "night_min", "p", 'u', BF_SERIES_NIGHT, NC_ ("built-in function of a rule", "night minimum of %s") },
  [BF_BUILTIN_NIGHT_MIN_USUAL] = { "night_min_usual", "p", 'u', BF_SERIES_NIGHT, NC_ ("built-in function of a rule", "usual night minimum of %s") },
  [BF_BUILTIN_USUAL] = { "usual", "p", 'u', BF_SERIES_USUAL, NC_ ("built-in function of a rule", "usual %s at this hour") },
  [BF_BUILTIN_EXPECTED] = { "expected", "p", 'u', BF_SERIES_WEEK, NC_ ("built-in function of a rule", "expected %s") },
  [BF_BUILTIN_DEVIATION] = { "deviation", "p", '1', BF_SERIES_WEEK, NC_ ("built-in function of a rule", "deviation of %s") },
  [BF_BUILTIN_OUTSIDE] = { "outside", "p", '%', BF_SERIES_WEEK, NC_ ("built-in function of a rule", "how far %s is outside of its range") },
  [BF_BUILTIN_LEARNT] = { "learnt", "p", '%', BF_SERIES_WEEK, NC_ ("built-in function of a rule", "what is learnt of %s") },
  [BF_BUILTIN_TYPICAL] = { "typical", "p", 'u', BF_SERIES_TYPICAL, NC_ ("built-in function of a rule", "%s typical of all hours") },
  [BF_BUILTIN_RESIDUAL] = { "residual", "po", 'k', BF_SERIES_RESIDUAL, NC_ ("built-in function of a rule", "%s off what %s says") },
  [BF_BUILTIN_RESIDUAL_SHIFT] = { "residual_shift", "pod", '1', BF_SERIES_RESIDUAL, NC_ ("built-in function of a rule", "how far %s is off what %s says, mean of %s") },
  [BF_BUILTIN_RESIDUAL_LEARNT] = { "residual_learnt", "po", '%', BF_SERIES_RESIDUAL, NC_ ("built-in function of a rule", "what is learnt of %s against %s") },
  [BF_BUILTIN_SUN_HEIGHT] = { "sun_height", "", 'g', 0, NC_ ("built-in function of a rule", "height of the sun") },
  [BF_BUILTIN_NIGHT] = { "night", "", 'b', 0, NC_ ("built-in function of a rule", "night") },
  [BF_BUILTIN_LIGHTING_PLAN] = { "lighting_plan", "", '%', 0, NC_ ("built-in function of a rule", "planned light level") },
  [BF_BUILTIN_TIME_IN] = { "time", "", 'b', 0, "" },
  [BF_BUILTIN_WEEKDAY] = { "weekday", "", 'b', 0, "" },
  [BF_BUILTIN_HOLIDAY] = { "holiday", "", 'b', 0, NC_ ("built-in function of a rule", "public holiday") },
  [BF_BUILTIN_FIRST] = { "first", "*", 'u', 0, NC_ ("built-in function of a rule", "first known of") },
  [BF_BUILTIN_LEVEL] = { "level", "*", '1', 0, NC_ ("built-in function of a rule", "level of") },
  [BF_BUILTIN_SURELY] = { "surely", "*", 'b', 0, NC_ ("built-in function of a rule", "known that") },
  [BF_BUILTIN_GIVEN] = { "given", "*", 'u', 0, NC_ ("built-in function of a rule", "when it holds that") },
};

gboolean
bf_builtin_has_series (guint8 function)
{
  return builtins[function].arguments[0] == 'p' || builtins[function].arguments[0] == 'q';
}

BfSeriesType
bf_builtin_series (guint8 function)
{
  return builtins[function].series;
}

static const BfToken *
peek (const BfParser *parser, guint ahead)
{
  return &g_array_index (parser->tokens, BfToken, MIN (parser->at + ahead, parser->tokens->len - 1));
}

static gboolean
token_is (const BfParser *parser, const BfToken *token, const char *word)
{
  return token->length == strlen (word) && strncmp (parser->tree->text + token->start, word, token->length) == 0;
}

static gboolean
is_duration (const BfToken *token)
{
  BfUnit second;

  bf_unit_lookup ("s", 1, &second);
  return token->type == BF_TOKEN_NUMBER && token->unit_length > 0 && bf_unit_same_dimension (&token->unit, &second);
}

/* "min(pressure, 30min)" is a window; "min(a, b)" and "min(a over children)" are not. */
static gboolean
is_window (const BfParser *parser)
{
  const BfToken *token = peek (parser, 0);
  g_autofree char *text = g_strndup (parser->tree->text + token->start, token->length);
  const BfProperty *property;
  guint i = 2;

  if (token->type != BF_TOKEN_NAME || peek (parser, 1)->type != BF_TOKEN_COMMA || !is_duration (peek (parser, 2)))
    return FALSE;
  while (is_duration (peek (parser, i)))
    i++;
  property = bf_catalog_find_property (parser->context->catalog, parser->context->service, text);
  return peek (parser, i)->type == BF_TOKEN_CLOSE && (property == NULL || !bf_unit_same_dimension (&peek (parser, 2)->unit, &property->unit));
}

/* Behind the name and "(". */
int
bf_builtin_find (const BfParser *parser, const BfToken *name)
{
  for (int i = 0; i < BF_N_BUILTINS; i++)
    if (i != BF_BUILTIN_TIME_IN && i != BF_BUILTIN_WEEKDAY && token_is (parser, name, builtins[i].name) && (i > BF_BUILTIN_WINDOW_AVG || is_window (parser)))
      return i;
  return -1;
}

/* ---- Parsing: arguments that are known by their place ---- */

static guint16
fail_usage (BfParser *parser, guint8 function, const BfToken *name)
{
  GString *usage = g_string_new (NULL);
  guint16 node;

  for (const char *p = builtins[function].arguments; *p != '\0'; p++)
    {
      g_string_append (usage, usage->len > 0 ? ", " : "");
      g_string_append (usage, strchr ("poq", *p) != NULL ? _ ("property") : *p == 'n' ? _ ("number") : *p == 'a' ? _ ("[time ago]") : _ ("time"));
    }
  node = bf_parser_fail (parser, name->start, BF_ERROR_SYNTAX, _ ("expected %s(%s)"), builtins[function].name, usage->str);
  g_string_free (usage, TRUE);
  return node;
}

/* "1h 30min" */
static gboolean
read_duration (BfParser *parser, gint64 *ret_us)
{
  double total_s = 0;
  BfUnit second;

  bf_unit_lookup ("s", 1, &second);
  if (!is_duration (peek (parser, 0)))
    return FALSE;
  for (; is_duration (peek (parser, 0)); parser->at++)
    total_s += bf_unit_convert (peek (parser, 0)->number, &peek (parser, 0)->unit, &second);
  if (!(total_s >= 60 && total_s <= 400.0 * 86400))
    {
      bf_parser_fail (parser, peek (parser, 0)->start, BF_ERROR_RANGE, _ ("expected a time between 1 min and 400 days"));
      return FALSE;
    }
  *ret_us = (gint64) llround (total_s * G_USEC_PER_SEC);
  return TRUE;
}

/* A number in the unit of the property. */
static gboolean
read_number (BfParser *parser, const BfProperty *property, double *ret_number)
{
  const BfToken *token = peek (parser, 0);

  if (token->type != BF_TOKEN_NUMBER)
    return FALSE;
  parser->at++;
  if (!bf_unit_same_dimension (&token->unit, &property->unit) || (token->unit_length == 0 && !bf_unit_is_one (&property->unit)))
    {
      bf_parser_fail (parser, token->start, BF_ERROR_VALUE, _ ("expected a quantity in %s"), property->unit_code);
      return FALSE;
    }
  *ret_number = token->unit_length > 0 ? bf_unit_convert (token->number, &token->unit, &property->unit) : token->number;
  return TRUE;
}

static const BfProperty *read_property (BfParser *parser, BfNode *node, gboolean state_too);

static gboolean
read_other (BfParser *parser, BfBuiltin *builtin)
{
  BfNode node;
  const BfProperty *other = read_property (parser, &node, FALSE);

  builtin->other = other != NULL ? other->index : BF_NO_PROPERTY;
  return other != NULL;
}

static gboolean
read_argument (BfParser *parser, char argument, BfBuiltin *builtin, const BfProperty *property, guint *n_numbers)
{
  gint64 duration_us;

  if (argument == 'o')
    return read_other (parser, builtin);

  if (argument == 'n')
    return read_number (parser, property, *n_numbers == 0 ? (++*n_numbers, &builtin->number) : &builtin->number2);
  if (!read_duration (parser, &duration_us))
    return FALSE;
  if (argument == 'a')
    builtin->ago_us = duration_us;
  else
    builtin->span_us = duration_us;
  return TRUE;
}

static const BfProperty *
read_property (BfParser *parser, BfNode *node, gboolean state_too)
{
  const BfToken *token = peek (parser, 0);
  const BfProperty *property;
  guint16 made;

  if (token->type != BF_TOKEN_NAME)
    return NULL;
  parser->at++;
  made = bf_check_name (parser, token);
  if (made == BF_NO_NODE || !bf_check_resolved (parser, made))
    return NULL;
  property = bf_catalog_property (parser->context->catalog, bf_tree_node (parser->tree, made)->property);
  if (property->type != BF_PROPERTY_NUMBER && !state_too)
    {
      bf_parser_fail (parser, token->start, BF_ERROR_VALUE, _ ("expected a property that is a number, found the state “%s”"), property->id);
      return NULL;
    }
  node->property = property->index;
  return property;
}

static void
set_unit (BfNode *node, char result, const BfProperty *property)
{
  BfUnit unit = bf_unit_one;
  BfUnit second;

  bf_unit_lookup ("s", 1, &second);
  if (property != NULL && result != '1')
    unit = property->unit;
  if (result == '1')
    unit = bf_unit_one;
  if (result == 'u' && property != NULL)
    node->unit_text = g_intern_string (property->unit_code);
  node->difference = (result == 'k' || result == 'r') && unit.offset != 0;
  if (result == 'k' || result == 'r')
    unit.offset = 0;
  if (result == 'k' && property != NULL)
    node->unit_text = property->unit.offset != 0 ? "K" : g_intern_string (property->unit_code);
  if (result == 'r')
    bf_unit_multiply (&unit, &second, -1, &unit);
  if (result == 't')
    unit = second;
  if (result == 'g')
    bf_unit_lookup ("deg", 3, &unit);
  if (result == '%')
    bf_unit_lookup ("%", 1, &unit);
  if (result == 't' || result == 'g' || result == '%')
    node->unit_text = result == 't' ? "s" : result == 'g' ? "deg" : "%";
  node->unit = unit;
  node->kind = result == 'b' ? BF_KIND_BOOL : BF_KIND_NUMBER;
}

guint16
bf_builtin_parse (BfParser *parser, guint8 function, const BfToken *name)
{
  const char *arguments = builtins[function].arguments;
  BfNode node = { .type = BF_NODE_BUILTIN, .op = function, .a = BF_NO_NODE, .b = BF_NO_NODE, .property = BF_NO_PROPERTY, .start = name->start };
  BfBuiltin builtin = { .function = function, .property = BF_NO_PROPERTY, .other = BF_NO_PROPERTY };
  const BfProperty *property = NULL;
  guint n_numbers = 0;

  if (parser->in_aggregate)
    return bf_parser_fail (parser, name->start, BF_ERROR_UNSUPPORTED,
                           _ ("%s() in an aggregate; give it a name as a derived property (Derive=)"), builtins[function].name);
  for (const char *p = arguments; *p != '\0'; p++)
    {
      if (*p == 'a' && peek (parser, 0)->type == BF_TOKEN_CLOSE)
        break;
      if (p != arguments && peek (parser, 0)->type != BF_TOKEN_COMMA)
        return fail_usage (parser, function, name);
      parser->at += p != arguments;
      if (*p == 'p' || *p == 'q' ? (property = read_property (parser, &node, *p == 'q')) == NULL : !read_argument (parser, *p, &builtin, property, &n_numbers))
        return fail_usage (parser, function, name); /* keeps a better error that is there */
    }
  if (peek (parser, 0)->type != BF_TOKEN_CLOSE)
    return fail_usage (parser, function, name);
  node.length = peek (parser, 0)->start + 1 - name->start;
  parser->at++;
  if (property != NULL)
    builtin.property = property->index;
  set_unit (&node, builtins[function].result, property);
  node.aggregate = (guint16) parser->tree->builtins->len;
  g_ptr_array_add (parser->tree->builtins, g_memdup2 (&builtin, sizeof builtin));
  return bf_parser_node (parser, &node);
}

/* ---- first(), level(), surely(), given(): arguments are expressions ---- */

gboolean
bf_builtin_takes_expressions (guint8 function)
{
  return builtins[function].arguments[0] == '*';
}

/* @arguments agree in unit already (bf_check_call); @node is made from them. */
guint16
bf_builtin_finish_call (BfParser *parser, guint8 function, BfNode *node, guint n_arguments)
{
  node->type = BF_NODE_BUILTIN;
  node->op = function;
  node->property = BF_NO_PROPERTY;
  if (function == BF_BUILTIN_LEVEL)
    {
      node->unit = bf_unit_one;
      node->unit_text = NULL;
      node->bare = FALSE;
      node->b = (guint16) (n_arguments - 1);
    }
  return bf_parser_node (parser, node);
}

/* ---- Compiling ---- */

static void
emit (BfCompiler *compiler, guint8 type, guint r, guint arg)
{
  BfStep step = { .type = type, .r = (guint8) MIN (r, G_MAXUINT8), .arg = arg };

  bf_compiler_emit (compiler, &step);
}

void
bf_builtin_compile (BfCompiler *compiler, const BfTree *tree, const BfNode *node, guint r)
{
  guint16 next = node->a != BF_NO_NODE ? bf_tree_node (tree, node->a)->next : BF_NO_NODE;

  switch (node->op)
    {
    case BF_BUILTIN_SURELY:
      bf_compiler_node (compiler, node->a, r);
      emit (compiler, BF_STEP_SURELY, r, 0);
      break;
    case BF_BUILTIN_GIVEN:
      bf_compiler_node (compiler, node->a, r);
      bf_compiler_node (compiler, next, r + 1);
      emit (compiler, BF_STEP_GIVEN, r, 0);
      break;
    case BF_BUILTIN_FIRST:
      bf_compiler_node (compiler, node->a, r);
      for (; next != BF_NO_NODE; next = bf_tree_node (tree, next)->next)
        {
          bf_compiler_node (compiler, next, r + 1);
          emit (compiler, BF_STEP_FIRST, r, 0);
        }
      break;
    case BF_BUILTIN_LEVEL:
      emit (compiler, BF_STEP_CONST, r, 0);
      bf_compiler_node (compiler, node->a, r + 1);
      for (; next != BF_NO_NODE; next = bf_tree_node (tree, next)->next)
        {
          bf_compiler_node (compiler, next, r + 2);
          emit (compiler, BF_STEP_LEVEL, r, 0);
        }
      break;
    default:
      bf_compiler_builtin (compiler, g_ptr_array_index (tree->builtins, node->aggregate), r);
    }
}

/* ---- Words ---- */

/* @name: of the property; @other: (nullable): of the other one; @duration: of the span, in words */
char *
bf_builtin_words (guint8 function, const char *name, const char *other, const char *duration)
{
  const char *format = g_dpgettext2 (GETTEXT_PACKAGE, "built-in function of a rule", builtins[function].words);
  g_auto (GStrv) parts = g_strsplit (format, "%s", 4);
  const char *fill[] = { name, other != NULL ? other : duration, duration };
  GString *text = g_string_new (parts[0]);

  for (guint i = 1; parts[i] != NULL; i++)
    g_string_append_printf (text, "%s%s", fill[i - 1], parts[i]);
  return g_string_free (text, FALSE);
}

/* Names for suggestions. */
guint
bf_builtin_names (const char **names, guint n)
{
  guint i;

  for (i = 0; i < BF_N_BUILTINS && i < n; i++)
    names[i] = builtins[i].name;
  return i;
}
