/* SPDX-License-Identifier: EUPL-1.2 */
/* Rules, values and titles as people read them. Sentences, and the names of properties in them, are in the process's language
 * (base/bf-language.h); only what a file says in two languages, a title with its values, takes the language as an argument.
 * Between a number and its unit stands a no-break space. */

#include "rules/bf-builtins-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-language.h"

#define NBSP "\xc2\xa0"

typedef struct
{
  const BfCatalog *catalog;
  const BfTree *tree;
  const char *language;
  GString *out;
} Writer;

static void write_node (Writer *writer, guint16 index, int around);

/* A part of a sentence, to be put into it where its language wants it. */
static char *
node_text (Writer *writer, guint16 index, int around)
{
  GString *whole = g_steal_pointer (&writer->out);
  GString *part = writer->out = g_string_new (NULL);

  write_node (writer, index, around);
  writer->out = whole;
  return g_string_free (part, FALSE);
}

/* "5 min", "1 h 30 min", in French "2 j" */
char *
bf_rule_duration_words (gint64 duration_us)
{
  g_autofree char *text = bf_duration_format (duration_us);
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    {
      if (g_ascii_isalpha (*p) && p > text && g_ascii_isdigit (p[-1]))
        g_string_append (out, NBSP);
      if (*p == 'd')
        g_string_append (out, C_ ("unit of a duration, short", "d"));
      else
        g_string_append_c (out, *p);
    }
  return g_string_free (out, FALSE);
}

/* A name inside of a sentence: "Occupation" -> "occupation", "PMR libres" stays. */
void
bf_rule_append_name (GString *out, const char *name)
{
  gunichar first = g_utf8_get_char (name);
  gunichar second = *name != '\0' ? g_utf8_get_char (g_utf8_next_char (name)) : 0;

  if (*name == '\0' || g_unichar_isupper (second))
    {
      g_string_append (out, name);
      return;
    }
  g_string_append_unichar (out, g_unichar_tolower (first));
  g_string_append (out, g_utf8_next_char (name));
}

static char *
number_text (double value, const char *unit_code, int decimals, const char *language)
{
  g_autofree char *number = bf_number_format (value, decimals, language);
  const char *unit = unit_code != NULL ? bf_unit_display (unit_code, language) : "";

  return g_strconcat (number, unit[0] != '\0' ? NBSP : "", unit, NULL);
}

/**
 * bf_rule_value_text:
 *
 * Returns: (transfer full): "2,41 bar", "fermé"; the name of a state, a number with at most two decimals
 */
char *
bf_rule_value_text (const BfProperty *property, double value, const char *language)
{
  guint n = property->type == BF_PROPERTY_STATE && property->values != NULL ? g_strv_length (property->values) : 0;

  if (property->type != BF_PROPERTY_STATE)
    return number_text (value, property->unit_code, fabs (value) >= 100 ? 0 : fabs (value) >= 10 ? 1 : 2, language);
  if (!(value >= 0 && value < n))
    return g_strdup ("?");
  return g_strdup (property->value_names != NULL ? bf_name_get (&property->value_names[(guint) value], language)
                                                 : property->values[(guint) value]);
}

/* ---- Expressions ---- */

static int
precedence (const BfNode *node)
{
  if (node->type == BF_NODE_NOT || node->type == BF_NODE_NEGATE)
    return 6;
  if (node->type == BF_NODE_IN)
    return 3;
  if (node->type != BF_NODE_BINARY)
    return 7;
  if (node->op == BF_OPERATOR_OR)
    return 1;
  if (node->op == BF_OPERATOR_AND)
    return 2;
  if (node->op == BF_TOKEN_PLUS || node->op == BF_TOKEN_MINUS)
    return 4;
  return node->op == BF_TOKEN_STAR || node->op == BF_TOKEN_SLASH ? 5 : 3;
}

static const char *
operator_text (guint8 op)
{
  switch (op)
    {
    case BF_TOKEN_EQ:
      return "=";
    case BF_TOKEN_NE:
      return "≠";
    case BF_TOKEN_LT:
      return "<";
    case BF_TOKEN_LE:
      return "≤";
    case BF_TOKEN_GT:
      return ">";
    case BF_TOKEN_GE:
      return "≥";
    case BF_TOKEN_PLUS:
      return "+";
    case BF_TOKEN_MINUS:
      return "−";
    case BF_TOKEN_STAR:
      return "×";
    case BF_TOKEN_SLASH:
      return "÷";
    case BF_OPERATOR_AND:
      return C_ ("between two conditions", "and");
    default:
      return C_ ("between two conditions", "or");
    }
}

static void
write_value (Writer *writer, const BfNode *node)
{
  g_autofree char *text = bf_rule_value_text (bf_catalog_property (writer->catalog, node->property), node->number,
                                              writer->language);

  bf_rule_append_name (writer->out, text);
}

static void
write_list (Writer *writer, guint16 first, const char *between)
{
  for (guint16 i = first; i != BF_NO_NODE; i = bf_tree_node (writer->tree, i)->next)
    {
      if (i != first)
        g_string_append (writer->out, between);
      write_node (writer, i, 0);
    }
}

static void
write_call (Writer *writer, const BfNode *node)
{
  static const char *const words[] = { NC_ ("function of a rule", "absolute value"), NC_ ("function of a rule", "least"),
                                       NC_ ("function of a rule", "greatest"), NC_ ("function of a rule", "rounded") };

  g_string_append_printf (writer->out, "%s (", g_dpgettext2 (GETTEXT_PACKAGE, "function of a rule", words[node->op]));
  if (node->op == BF_FUNCTION_MIN || node->op == BF_FUNCTION_MAX)
    write_list (writer, node->a, " ; ");
  else
    write_node (writer, node->a, 0);
  g_string_append_c (writer->out, ')');
}

static void
write_ask (Writer *writer, const BfNode *node)
{
  g_autoptr (GString) name = g_string_new (NULL);
  g_autofree char *duration = node->duration_us > 0 ? bf_rule_duration_words (node->duration_us) : NULL;

  bf_rule_append_name (name, bf_name_get (&bf_catalog_property (writer->catalog, node->property)->name, writer->language));
  if (node->op == BF_FUNCTION_ABSENT && duration != NULL)
    g_string_append_printf (writer->out, _ ("no value of “%s” for %s"), name->str, duration);
  else if (node->op == BF_FUNCTION_ABSENT)
    g_string_append_printf (writer->out, _ ("no value of “%s” within its time"), name->str);
  else if (node->op == BF_FUNCTION_STALE)
    g_string_append_printf (writer->out, _ ("%s out of date"), name->str);
  else if (node->op == BF_FUNCTION_HEARD)
    g_string_append_printf (writer->out, _ ("%s heard before"), name->str);
  else
    g_string_append_printf (writer->out, _ ("%s unknown"), name->str);
}

static char *
aggregate_text (BfAggregateFunction function, const char *what, const char *over)
{
  switch (function)
    {
    case BF_AGGREGATE_AVG:
      return g_strdup_printf (_ ("mean of (%s) over %s"), what, over);
    case BF_AGGREGATE_MIN:
      return g_strdup_printf (_ ("least of (%s) over %s"), what, over);
    case BF_AGGREGATE_MAX:
      return g_strdup_printf (_ ("greatest of (%s) over %s"), what, over);
    case BF_AGGREGATE_SUM:
      return g_strdup_printf (_ ("sum of (%s) over %s"), what, over);
    case BF_AGGREGATE_COUNT:
      return g_strdup_printf (_ ("number with (%s) over %s"), what, over);
    case BF_AGGREGATE_ANY:
      return g_strdup_printf (_ ("at least one with (%s) over %s"), what, over);
    case BF_AGGREGATE_ALL:
      return g_strdup_printf (_ ("all with (%s) over %s"), what, over);
    case BF_AGGREGATE_SHARE:
    default:
      return g_strdup_printf (_ ("share with (%s) over %s"), what, over);
    }
}

static void
write_aggregate (Writer *writer, const BfNode *node)
{
  static const char *const scopes[] = {
    N_ ("the attached assets"),
    N_ ("the parent asset"),
    N_ ("the same zone"),
    N_ ("the whole service"),
  };
  const BfAggregate *aggregate = g_ptr_array_index (writer->tree->aggregates, node->aggregate);
  g_autofree char *what = node_text (writer, aggregate->node, 0);
  g_autofree char *radius = NULL;
  g_autofree char *near = NULL;
  g_autofree char *over = NULL;
  g_autofree char *text = NULL;

  if (aggregate->scope == BF_SCOPE_NEAR)
    {
      radius = number_text (aggregate->radius_m, "m", 0, writer->language);
      near = g_strdup_printf (_ ("what lies within %s"), radius);
    }
  if (aggregate->within_us > 0)
    {
      g_autofree char *duration = bf_rule_duration_words (aggregate->within_us);

      /* Translators: assets, and how long ago at most a condition was true of them: "the same zone, at most 30 min ago" */
      over = g_strdup_printf (_ ("%s, at most %s ago"), near != NULL ? near : _ (scopes[aggregate->scope]), duration);
    }
  text = aggregate_text ((BfAggregateFunction) node->op, what, over != NULL ? over : near != NULL ? near : _ (scopes[aggregate->scope]));
  g_string_append (writer->out, text);
}

static void
write_builtin (Writer *writer, const BfNode *node)
{
  const BfBuiltin *builtin;
  g_autoptr (GString) name = g_string_new (NULL);
  g_autoptr (GString) other = g_string_new (NULL);
  g_autofree char *duration = NULL;
  g_autofree char *ago = NULL;
  g_autofree char *text = NULL;

  if (node->a != BF_NO_NODE)
    {
      text = bf_builtin_words (node->op, "", NULL, "");
      g_string_append_printf (writer->out, "%s (", text);
      write_list (writer, node->a, " ; ");
      g_string_append_c (writer->out, ')');
      return;
    }
  builtin = g_ptr_array_index (writer->tree->builtins, node->aggregate);
  text = bf_rule_calendar_words (builtin);
  if (text != NULL)
    {
      g_string_append (writer->out, text);
      return;
    }
  if (builtin->property != BF_NO_PROPERTY)
    bf_rule_append_name (name, bf_name_get (&bf_catalog_property (writer->catalog, builtin->property)->name, writer->language));
  if (builtin->other != BF_NO_PROPERTY)
    bf_rule_append_name (other, bf_name_get (&bf_catalog_property (writer->catalog, builtin->other)->name, writer->language));
  if (builtin->span_us > 0)
    duration = bf_rule_duration_words (builtin->span_us);
  text = bf_builtin_words (node->op, name->str, other->len > 0 ? other->str : NULL, duration != NULL ? duration : "");
  if (builtin->ago_us == 0)
    {
      g_string_append (writer->out, text);
      return;
    }
  ago = bf_rule_duration_words (builtin->ago_us);
  /* Translators: a window of time and when it ended: "mean of pressure over 1 h, ending 7 d ago" */
  g_string_append_printf (writer->out, _ ("%s, ending %s ago"), text, ago);
}

static void
write_in (Writer *writer, const BfNode *node)
{
  write_node (writer, node->a, 7);
  for (guint16 i = node->b; i != BF_NO_NODE; i = bf_tree_node (writer->tree, i)->next)
    {
      if (i == node->b)
        g_string_append (writer->out, " = ");
      else
        g_string_append_printf (writer->out, " %s ", C_ ("between two values", "or"));
      write_value (writer, bf_tree_node (writer->tree, i));
    }
}

static void
write_binary (Writer *writer, const BfNode *node, int own)
{
  write_node (writer, node->a, own);
  g_string_append_printf (writer->out, " %s ", operator_text (node->op));
  write_node (writer, node->b, own + 1);
}

static void
write_node (Writer *writer, guint16 index, int around)
{
  const BfNode *node = bf_tree_node (writer->tree, index);
  int own = precedence (node);
  gboolean parentheses = own < around;

  if (parentheses)
    g_string_append_c (writer->out, '(');
  if (node->type == BF_NODE_NUMBER)
    {
      g_autofree char *number = number_text (node->number, node->unit_text, 6, writer->language);

      g_string_append (writer->out, number);
    }
  else if (node->type == BF_NODE_VALUE)
    write_value (writer, node);
  else if (node->type == BF_NODE_PROPERTY)
    bf_rule_append_name (writer->out, bf_name_get (&bf_catalog_property (writer->catalog, node->property)->name, writer->language));
  else if (node->type == BF_NODE_NEGATE)
    {
      g_string_append (writer->out, "−");
      write_node (writer, node->a, own + 1);
    }
  else if (node->type == BF_NODE_NOT)
    {
      g_autofree char *what = node_text (writer, node->a, 0);

      g_string_append_printf (writer->out, _ ("not (%s)"), what);
    }
  else if (node->type == BF_NODE_IN)
    write_in (writer, node);
  else if (node->type == BF_NODE_BINARY)
    write_binary (writer, node, own);
  else if (node->type == BF_NODE_CALL)
    write_call (writer, node);
  else if (node->type == BF_NODE_CONVERT)
    write_node (writer, node->a, around);
  else if (node->type == BF_NODE_ASK)
    write_ask (writer, node);
  else if (node->type == BF_NODE_AGGREGATE)
    write_aggregate (writer, node);
  else if (node->type == BF_NODE_BUILTIN)
    write_builtin (writer, node);
  else if (node->type == BF_NODE_TEXT)
    {
      g_autofree char *text = bf_text_test_words (g_ptr_array_index (writer->tree->texts, node->aggregate));

      g_string_append (writer->out, text);
    }
  if (parentheses)
    g_string_append_c (writer->out, ')');
}

static char *
condition_text (Writer *writer, const BfTree *tree, gint64 for_us)
{
  g_autofree char *condition = NULL;
  g_autofree char *duration = NULL;

  writer->tree = tree;
  condition = node_text (writer, tree->root, 0);
  if (for_us == 0)
    return g_steal_pointer (&condition);
  duration = bf_rule_duration_words (for_us);
  /* Translators: a condition and how long it holds: "pressure < 2.5 bar for 5 min" */
  return g_strdup_printf (C_ ("condition and duration", "%s for %s"), condition, duration);
}

/* @words (transfer full), and what comes between the condition and the alert. */
static char *
with_outcome (const BfRuleFull *full, char *words)
{
  const BfRule *rule = &full->rule;
  g_autoptr (GString) text = g_string_new (words);

  g_free (words);
  if (rule->count > 1)
    {
      g_autofree char *within = bf_rule_duration_words (rule->count_within_us);

      g_string_append_printf (text, _ ("; when this happens %u times within %s"), rule->count, within);
    }
  for (guint i = 0; full->suppressed_by != NULL && i < full->suppressed_by->len; i++)
    {
      const BfSuppressor *by = g_ptr_array_index (full->suppressed_by, i);

      if (by->linked)
        g_string_append_printf (text, by->zone ? _ ("; not while rule %s is active in the same zone") : _ ("; not while rule %s is active on the asset or what it belongs to"),
                                by->id);
    }
  if (rule->max_alerts > 0)
    g_string_append_printf (text, g_dngettext (GETTEXT_PACKAGE, "; at most %u alert at a time", "; at most %u alerts at a time", rule->max_alerts),
                            rule->max_alerts);
  if (rule->latch)
    g_string_append (text, _ ("; its alert stays until a person resets it"));
  if (rule->already_notified_by.text != NULL)
    g_string_append_printf (text, _ ("; already notified by %s: no second call"), bf_name_get (&rule->already_notified_by, bf_language_now ()));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * bf_rule_words:
 *
 * Returns: (transfer full): "occupancy > 95 % for 10 s; return when occupancy < 90 %", in the process's language
 */
char *
bf_rule_words (const BfRuleSet *set, const BfRule *rule)
{
  const BfRuleFull *full = (const BfRuleFull *) rule;
  Writer writer = { .catalog = set->catalog, .language = bf_language_now () };
  g_autofree char *when = condition_text (&writer, full->when_tree, rule->when_for_us);
  g_autofree char *clear = full->clear_tree == NULL ? NULL : condition_text (&writer, full->clear_tree, rule->clear_for_us);
  g_autofree char *words
    = g_strdup_printf (_ ("%s; return when %s"), when, clear != NULL ? clear : _ ("this is known to be over"));

  if (full->where_tree != NULL)
    {
      g_autofree char *where = condition_text (&writer, full->where_tree, 0);
      /* Translators: which assets a rule is for, and its words */
      g_autofree char *whole = g_strdup_printf (_ ("where %s: %s"), where, words);

      return with_outcome (full, g_steal_pointer (&whole));
    }
  return with_outcome (full, g_steal_pointer (&words));
}

/* ---- Titles ---- */

static void
title_part_clear (gpointer data)
{
  g_free (((BfTitlePart *) data)->text);
}

void
bf_title_parts_free (GArray *parts)
{
  if (parts != NULL)
    g_array_unref (parts);
}

static void
add_text (GArray *parts, GString *text)
{
  BfTitlePart part = { BF_PART_TEXT, NULL, BF_NO_PROPERTY };

  if (text->len == 0)
    return;
  part.text = g_strdup (text->str);
  g_array_append_val (parts, part);
  g_string_truncate (text, 0);
}

static gboolean
add_named (GArray *parts, const BfCatalog *catalog, guint16 kind, const char *name, GError **error)
{
  static const char *const fixed[] = { "asset", "address", "zone" };
  const BfKind *of = bf_catalog_kind (catalog, kind);
  const BfProperty *property = bf_catalog_find_property (catalog, of->service, name);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  BfTitlePart part = { BF_PART_PROPERTY, NULL, BF_NO_PROPERTY };
  const char *nearest;

  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    {
      g_ptr_array_add (words, (char *) fixed[i]);
      if (strcmp (fixed[i], name) == 0)
        part.type = (BfPartType) (BF_PART_ASSET + i);
    }
  for (guint i = 0; i < of->properties->len; i++)
    g_ptr_array_add (words, bf_catalog_property (catalog, g_array_index (of->properties, guint16, i))->id);
  if (part.type == BF_PART_PROPERTY && (property == NULL || of->slot[property->index] == BF_NO_PROPERTY))
    {
      nearest = bf_rule_nearest (name, strlen (name), (const char *const *) words->pdata, words->len);
      g_set_error (error, BF_ERROR, BF_ERROR_NOT_FOUND,
                   nearest != NULL ? _ ("unknown part {%s}; did you mean {%s}?")
                                   : _ ("unknown part {%s}; expected {asset}, {address}, {zone} or a property of %s"),
                   name, nearest != NULL ? nearest : of->full_id);
      return FALSE;
    }
  if (part.type == BF_PART_PROPERTY)
    part.property = property->index;
  g_array_append_val (parts, part);
  return TRUE;
}

/**
 * bf_title_parse:
 * @kind: of the assets that the rule is about
 * @text: with {asset}, {address}, {zone}, {property}; `{{` and `}}` stand for the signs themselves
 *
 * Returns: (transfer full) (element-type BfTitlePart): the parts, or %NULL with @error
 */
GArray *
bf_title_parse (const BfCatalog *catalog, guint16 kind, const char *text, GError **error)
{
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (BfTitlePart));
  g_autoptr (GString) run = g_string_new (NULL);

  g_array_set_clear_func (parts, title_part_clear);
  if (strlen (text) > BF_LIMIT_TEXT_BYTES)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("expected at most %u bytes"), BF_LIMIT_TEXT_BYTES);
      return NULL;
    }
  for (const char *p = text; *p != '\0'; p++)
    {
      const char *end = strchr (p, '}');
      g_autofree char *name = NULL;

      if ((*p == '{' || *p == '}') && p[1] == *p)
        g_string_append_c (run, *p++);
      else if (*p != '{')
        g_string_append_c (run, *p);
      else if (end == NULL)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("expected “}” behind “%.40s” (a brace itself is written “{{”)"), p);
          return NULL;
        }
      else
        {
          name = g_strndup (p + 1, end - p - 1);
          add_text (parts, run);
          if (!add_named (parts, catalog, kind, name, error))
            return NULL;
          p = end;
        }
    }
  add_text (parts, run);
  return g_steal_pointer (&parts);
}
