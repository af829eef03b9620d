/* SPDX-License-Identifier: EUPL-1.2 */
/* What describes an asset, in conditions: `attribute('x') = 'y'`, `attribute('x', mm) > 100 mm`, `zone = 'Centre'`, `asset in ('a', 'b')`.
 * Texts are compared byte by byte. An attribute that the asset does not have, or that is no number, is unknown. */

#include "rules/bf-rules-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-text.h"
#include "model/bf-model.h"

#define VALUES_MAX 256u
#define ZONES_OF_PLACE 32u /* zones that hold one place: commune, district, sector … */

void
bf_text_test_free (gpointer data)
{
  BfTextTest *test = data;

  g_free (test->name);
  g_clear_pointer (&test->values, g_ptr_array_unref);
  g_clear_pointer (&test->places, g_array_unref);
  g_free (test);
}

/* ---- Grammar ---- */

static const BfToken *
peek (const BfParser *parser)
{
  return &g_array_index (parser->tokens, BfToken, parser->at);
}

static gboolean
is_word (const BfParser *parser, const BfToken *token, const char *word)
{
  return token->type == BF_TOKEN_NAME && token->length == strlen (word)
         && strncmp (parser->tree->text + token->start, word, token->length) == 0;
}

static char *
text_of (const BfParser *parser, const BfToken *token)
{
  return g_strndup (parser->tree->text + token->start, token->length);
}

static gboolean
compares (const BfParser *parser, const BfToken *token)
{
  return token->type == BF_TOKEN_EQ || token->type == BF_TOKEN_NE || is_word (parser, token, "in");
}

/* Behind @name, whether something that describes the asset begins. `zone` and `asset` are properties where a kind has such. */
gboolean
bf_rule_text_begins (const BfParser *parser, const BfToken *name)
{
  g_autofree char *id = NULL;

  if (is_word (parser, name, "attribute"))
    return peek (parser)->type == BF_TOKEN_OPEN;
  if (!(is_word (parser, name, "zone") || is_word (parser, name, "asset")) || !compares (parser, peek (parser)))
    return FALSE;
  id = text_of (parser, name);
  return bf_catalog_find_property (parser->context->catalog, parser->context->service, id) == NULL;
}

static gboolean
find_zone (const BfZones *zones, const char *text, GArray *places)
{
  guint before = places->len;

  for (guint16 i = 0; zones != NULL && i < bf_zones_n (zones); i++)
    if (g_strcmp0 (bf_zones_get (zones, i)->id, text) == 0 || g_strcmp0 (bf_zones_get (zones, i)->name, text) == 0)
      g_array_append_val (places, i);
  return places->len > before;
}

static gboolean
check_zone (BfParser *parser, BfTextTest *test, const BfToken *token, const char *text)
{
  const BfZones *zones = parser->context->zones;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *nearest;

  if (!parser->context->zones_known || find_zone (zones, text, test->places))
    return TRUE;
  for (guint i = 0; zones != NULL && i < bf_zones_n (zones); i++)
    g_ptr_array_add (names, bf_zones_get (zones, i)->name);
  nearest = bf_rule_nearest (text, strlen (text), (const char *const *) names->pdata, names->len);
  if (nearest != NULL)
    bf_parser_fail (parser, token->start, BF_ERROR_NOT_FOUND, _ ("the city has no zone “%s”; did you mean “%s”?"), text, nearest);
  else
    bf_parser_fail (parser, token->start, BF_ERROR_NOT_FOUND, _ ("the city has no zone “%s”"), text);
  return FALSE;
}

static gboolean
read_value (BfParser *parser, BfTextTest *test)
{
  const BfToken *token = peek (parser);
  char *text;

  if (token->type != BF_TOKEN_TEXT)
    return bf_parser_fail (parser, token->start, BF_ERROR_SYNTAX, _ ("expected a text between single quotes, as in 'Centre'")) != BF_NO_NODE;
  if (test->values->len == VALUES_MAX)
    return bf_parser_fail (parser, token->start, BF_ERROR_LIMIT, _ ("expected at most %u values"), VALUES_MAX) != BF_NO_NODE;
  parser->at++;
  text = text_of (parser, token);
  g_ptr_array_add (test->values, text);
  return test->subject != BF_SUBJECT_ZONE || check_zone (parser, test, token, text);
}

/* "= 'x'", "!= 'x'", "in ('x', 'y')" */
static gboolean
read_values (BfParser *parser, BfTextTest *test)
{
  const BfToken *op = peek (parser);
  gboolean list = is_word (parser, op, "in");

  if (!compares (parser, op))
    return bf_parser_fail (parser, op->start, BF_ERROR_SYNTAX, _ ("expected “=”, “!=” or “in” and texts; a number of an attribute has its unit inside, as in attribute('diameter', mm)"))
           != BF_NO_NODE;
  parser->at++;
  test->unlike = op->type == BF_TOKEN_NE;
  if (list && peek (parser)->type != BF_TOKEN_OPEN)
    return bf_parser_fail (parser, peek (parser)->start, BF_ERROR_SYNTAX, _ ("expected “(” and texts between single quotes")) != BF_NO_NODE;
  parser->at += list;
  do
    if (!read_value (parser, test))
      return FALSE;
  while (list && peek (parser)->type == BF_TOKEN_COMMA && parser->at++ > 0);
  if (list && peek (parser)->type != BF_TOKEN_CLOSE)
    return bf_parser_fail (parser, peek (parser)->start, BF_ERROR_SYNTAX, _ ("expected “,” or “)”")) != BF_NO_NODE;
  parser->at += list;
  return TRUE;
}

/* "('name')", or "('name', unit)": then it is a number. */
static gboolean
read_attribute (BfParser *parser, BfTextTest *test, BfNode *node)
{
  const BfToken *name;
  const BfToken *unit;
  g_autofree char *code = NULL;

  parser->at++;
  name = peek (parser);
  if (name->type != BF_TOKEN_TEXT || name->length == 0)
    return bf_parser_fail (parser, name->start, BF_ERROR_SYNTAX, _ ("expected the attribute's name between single quotes, as in attribute('material')")) != BF_NO_NODE;
  parser->at++;
  test->name = text_of (parser, name);
  if (peek (parser)->type == BF_TOKEN_COMMA)
    {
      parser->at++;
      unit = peek (parser);
      code = text_of (parser, unit);
      if ((unit->type != BF_TOKEN_NAME && unit->type != BF_TOKEN_TEXT && unit->type != BF_TOKEN_NUMBER) || !bf_unit_lookup (code, strlen (code), &node->unit))
        return bf_parser_fail (parser, unit->start, BF_ERROR_VALUE, _ ("expected the unit of the attribute, such as mm, 'm3/h', '%%' or 1")) != BF_NO_NODE;
      parser->at++;
      node->unit_text = g_intern_string (code);
      node->kind = BF_KIND_NUMBER;
      test->subject = BF_SUBJECT_NUMBER;
    }
  if (peek (parser)->type != BF_TOKEN_CLOSE)
    return bf_parser_fail (parser, peek (parser)->start, BF_ERROR_SYNTAX, _ ("expected “,” or “)”")) != BF_NO_NODE;
  parser->at++;
  return TRUE;
}

/* Behind the name. */
guint16
bf_rule_text_parse (BfParser *parser, const BfToken *name)
{
  BfTextTest *test = g_new0 (BfTextTest, 1);
  BfNode node = { .type = BF_NODE_TEXT, .kind = BF_KIND_BOOL, .a = BF_NO_NODE, .b = BF_NO_NODE, .property = BF_NO_PROPERTY,
                  .unit = bf_unit_one, .start = name->start };
  const BfToken *last;

  node.aggregate = (guint16) parser->tree->texts->len;
  g_ptr_array_add (parser->tree->texts, test);
  test->subject = is_word (parser, name, "zone") ? BF_SUBJECT_ZONE : is_word (parser, name, "asset") ? BF_SUBJECT_ASSET : BF_SUBJECT_ATTRIBUTE;
  test->values = g_ptr_array_new_with_free_func (g_free);
  test->places = g_array_new (FALSE, FALSE, sizeof (guint16));
  test->zones = parser->context->zones;
  if (parser->context->kind == BF_NO_KIND && !parser->context->any_kind && !parser->in_aggregate)
    return bf_parser_fail (parser, name->start, BF_ERROR_VALUE, _ ("an indicator looks at all assets; expected this inside of an aggregate"));
  if (test->subject == BF_SUBJECT_ATTRIBUTE && !read_attribute (parser, test, &node))
    return BF_NO_NODE;
  if (test->subject != BF_SUBJECT_NUMBER && !read_values (parser, test))
    return BF_NO_NODE;
  last = &g_array_index (parser->tokens, BfToken, parser->at - 1);
  node.length = last->start + last->length - name->start;
  return bf_parser_node (parser, &node);
}

/* ---- Running ---- */

/* (nullable): "key\0value\0…\0\0" */
static const char *
attribute_of (const BfModel *model, guint32 asset, const char *name)
{
  const char *at = bf_model_asset_attributes (model, asset);

  while (at != NULL && *at != '\0')
    {
      const char *value = at + strlen (at) + 1;

      if (strcmp (at, name) == 0)
        return value;
      at = value + strlen (value) + 1;
    }
  return NULL;
}

static double
number_of (const char *text)
{
  double value;

  return text != NULL && bf_text_to_double (text, strlen (text), &value) && isfinite (value) ? value : NAN;
}

static gboolean
is_listed (const BfTextTest *test, const char *text)
{
  for (guint i = 0; i < test->values->len; i++)
    if (strcmp (g_ptr_array_index (test->values, i), text) == 0)
      return TRUE;
  return FALSE;
}

/* The smallest zone is kept; larger ones around it are looked for by place. NAN: it is in none that is known. */
static double
is_in_zone (const BfTextTest *test, const BfModel *model, guint32 asset)
{
  guint16 around[ZONES_OF_PLACE];
  BfPoint point = bf_model_asset_point (model, asset);
  guint n = 1;

  around[0] = bf_model_asset_zone (model, asset);
  if (test->zones != NULL && bf_point_is_valid (point))
    n += bf_zones_at_all (test->zones, point, around + 1, ZONES_OF_PLACE - 1);
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < test->places->len; j++)
      if (around[i] == g_array_index (test->places, guint16, j))
        return 1;
  return n == 1 && around[0] == BF_NO_ZONE && !bf_point_is_valid (point) ? NAN : 0;
}

/* Truth, or the attribute's number; NAN: unknown */
double
bf_text_test_run (const BfTextTest *test, const void *model, guint32 asset)
{
  const char *text;
  double is;

  if (test->subject == BF_SUBJECT_NUMBER)
    return number_of (attribute_of (model, asset, test->name));
  if (test->subject == BF_SUBJECT_ZONE)
    is = is_in_zone (test, model, asset);
  else
    {
      text = test->subject == BF_SUBJECT_ASSET ? bf_model_asset_id (model, asset) : attribute_of (model, asset, test->name);
      is = text != NULL ? is_listed (test, text) : NAN;
    }
  return test->unlike ? 1 - is : is;
}

/* ---- Words ---- */

char *
bf_text_test_words (const BfTextTest *test)
{
  GString *words = g_string_new (NULL);

  if (test->subject == BF_SUBJECT_ZONE)
    g_string_append (words, C_ ("in a rule", "zone"));
  else if (test->subject == BF_SUBJECT_ASSET)
    g_string_append (words, C_ ("in a rule", "asset"));
  else
    g_string_append_printf (words, _ ("attribute “%s”"), test->name);
  for (guint i = 0; i < test->values->len; i++)
    {
      if (i == 0)
        g_string_append (words, test->unlike ? " ≠ " : " = ");
      else
        g_string_append_printf (words, " %s ", C_ ("between two values", "or"));
      g_string_append_printf (words, _ ("“%s”"), (const char *) g_ptr_array_index (test->values, i));
    }
  return g_string_free (words, FALSE);
}
