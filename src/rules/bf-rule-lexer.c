/* SPDX-License-Identifier: EUPL-1.2 */
/* The lexer of the rule language: text -> tokens, all at once, bounded by the length of one value (BF_LIMIT_CONF_LINE).
 *
 * A unit belongs to the number before it: the longest code of the unit table that ends where a word ends. So `5 m/s` is a
 * speed, `5 m / s` and `5 m/x` divide; `/h` glued to a number is "per hour". A keyword is never a unit. */

#include "rules/bf-rules-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

typedef struct
{
  const char *text;
  guint at;
  GArray *tokens;
} Lexer;

static gboolean
is_word (char c)
{
  return g_ascii_isalnum (c) || c == '_' || (c & 0x80) != 0;
}

static gboolean
fail (guint *ret_at, guint at, GError **error, const char *format, ...) G_GNUC_PRINTF (4, 5);

static gboolean
fail (guint *ret_at, guint at, GError **error, const char *format, ...)
{
  va_list args;

  *ret_at = at;
  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (BF_ERROR, BF_ERROR_SYNTAX, format, args));
  va_end (args);
  return FALSE;
}

/* Bytes of the longest unit at @p, 0 when there is none. */
static guint
unit_length (const char *p, BfUnit *ret_unit)
{
  guint n = 0;

  if (g_ascii_isdigit (*p))
    return 0;
  while (n < 16 && (is_word (p[n]) || strchr ("%[]", p[n]) != NULL || p[n] == '/') && p[n] != '\0')
    n++;
  for (; n > 0; n--)
    if (!(is_word (p[n]) && is_word (p[n - 1])) && bf_unit_lookup (p, n, ret_unit))
      return n;
  return 0;
}

/* A word behind a number that is neither a unit nor a keyword is a unit misspelt: better said here than by the parser. */
static gboolean
check_no_strange_unit (Lexer *lexer, const char *p, guint *ret_at, GError **error)
{
  static const char *const keywords[] = { "and", "or", "in", "over", "for", "not", "within", "near" };
  const char *nearest;
  guint n = 0;

  while (is_word (p[n]) || (n > 0 && p[n] == '/' && g_ascii_isalpha (p[n + 1])))
    n++;
  if (n == 0 || g_ascii_isdigit (*p))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (keywords); i++)
    if (strlen (keywords[i]) == n && strncmp (keywords[i], p, n) == 0)
      return TRUE;
  nearest = bf_unit_nearest (p, n);
  if (nearest != NULL)
    return fail (ret_at, p - lexer->text, error, _ ("unknown unit “%.*s”; did you mean “%s”?"), (int) n, p, nearest);
  return fail (ret_at, p - lexer->text, error, _ ("unknown unit “%.*s”; expected one such as %%, bar, m, km/h, min, h"), (int) n,
               p);
}

static gboolean
lex_number (Lexer *lexer, BfToken *token, guint *ret_at, GError **error)
{
  const char *start = lexer->text + lexer->at;
  const char *p = start;
  const char *unit;
  gsize n;

  while (g_ascii_isdigit (*p))
    p++;
  if (*p == '.' && g_ascii_isdigit (p[1]))
    for (p++; g_ascii_isdigit (*p);)
      p++;
  if ((*p == 'e' || *p == 'E') && (g_ascii_isdigit (p[1]) || ((p[1] == '+' || p[1] == '-') && g_ascii_isdigit (p[2]))))
    for (p += 2; g_ascii_isdigit (*p);)
      p++;
  n = p - start;
  token->type = BF_TOKEN_NUMBER;
  if (n >= 64 || !bf_text_to_double (start, n, &token->number))
    return fail (ret_at, lexer->at, error, _ ("expected a number of less than 64 digits and below 1.8e308, found “%.20s…”"), start);
  unit = p;
  while (*unit == ' ')
    unit++;
  token->unit = bf_unit_one;
  if (*unit != '/' || unit == p)
    token->unit_length = unit_length (unit, &token->unit);
  if (token->unit_length == 0 && !check_no_strange_unit (lexer, unit, ret_at, error))
    return FALSE;
  token->unit_start = unit - lexer->text;
  lexer->at = token->unit_length > 0 ? token->unit_start + token->unit_length : (guint) (p - lexer->text);
  token->length = lexer->at - token->start;
  return TRUE;
}

static gboolean
is_clock (const char *p)
{
  return g_ascii_isdigit (p[0]) && (p[1] == ':' || (g_ascii_isdigit (p[1]) && p[2] == ':'));
}

/* "22:00", not "3:4". */
static gboolean
lex_clock (Lexer *lexer, BfToken *token, guint *ret_at, GError **error)
{
  const char *p = lexer->text + lexer->at;
  guint n = g_ascii_isdigit (p[1]) ? 2 : 1;
  guint hour = (guint) g_ascii_strtoull (p, NULL, 10);
  guint minute;

  if (!g_ascii_isdigit (p[n + 1]) || !g_ascii_isdigit (p[n + 2]) || g_ascii_isdigit (p[n + 3]))
    return fail (ret_at, lexer->at, error, _ ("expected a time of the day such as 22:00"));
  minute = (guint) ((p[n + 1] - '0') * 10 + p[n + 2] - '0');
  if (minute > 59 || hour * 60 + minute > 1440)
    return fail (ret_at, lexer->at, error, _ ("expected a time of the day between 00:00 and 24:00, found “%.*s”"), (int) n + 3, p);
  token->type = BF_TOKEN_CLOCK;
  token->number = hour * 60 + minute;
  token->length = n + 3;
  lexer->at += n + 3;
  return TRUE;
}

static gboolean
lex_name (Lexer *lexer, BfToken *token)
{
  const char *p = lexer->text + lexer->at;
  guint n = 0;

  while (g_ascii_isalnum (p[n]) || p[n] == '_' || (p[n] == '.' && g_ascii_isalpha (p[n + 1])))
    n++;
  token->type = BF_TOKEN_NAME;
  token->length = n;
  lexer->at += n;
  return TRUE;
}

static gboolean
lex_text (Lexer *lexer, BfToken *token, guint *ret_at, GError **error)
{
  const char *start = lexer->text + lexer->at + 1;
  const char *end = strchr (start, '\'');

  if (end == NULL)
    return fail (ret_at, lexer->at, error, _ ("expected a closing ' for this quoted text"));
  token->type = BF_TOKEN_TEXT;
  token->start = start - lexer->text;
  token->length = end - start;
  lexer->at = end + 1 - lexer->text;
  return TRUE;
}

static gboolean
lex_operator (Lexer *lexer, BfToken *token, guint *ret_at, GError **error)
{
  static const struct
  {
    const char *text;
    BfTokenType type;
  } operators[] = {
    { "!=", BF_TOKEN_NE },  { "<=", BF_TOKEN_LE },   { ">=", BF_TOKEN_GE },    { "≠", BF_TOKEN_NE },   { "≤", BF_TOKEN_LE },
    { "≥", BF_TOKEN_GE },   { "=", BF_TOKEN_EQ },    { "<", BF_TOKEN_LT },     { ">", BF_TOKEN_GT },   { "+", BF_TOKEN_PLUS },
    { "-", BF_TOKEN_MINUS }, { "*", BF_TOKEN_STAR }, { "/", BF_TOKEN_SLASH },  { "(", BF_TOKEN_OPEN }, { ")", BF_TOKEN_CLOSE },
    { ",", BF_TOKEN_COMMA },  { "..", BF_TOKEN_RANGE },
  };
  const char *p = lexer->text + lexer->at;

  if (g_str_has_prefix (p, "=="))
    return fail (ret_at, lexer->at, error, _ ("found “==”; equality is written “=”"));
  if (g_str_has_prefix (p, "&&") || g_str_has_prefix (p, "||"))
    return fail (ret_at, lexer->at, error, _ ("found “%.2s”; write “%s”"), p, *p == '&' ? "and" : "or");
  for (guint i = 0; i < G_N_ELEMENTS (operators); i++)
    if (g_str_has_prefix (p, operators[i].text))
      {
        token->type = operators[i].type;
        token->length = strlen (operators[i].text);
        lexer->at += token->length;
        return TRUE;
      }
  if (*p == ':')
    return fail (ret_at, lexer->at, error, _ ("found “:”; a time of the day is written as 22:00"));
  if (*p == '"')
    return fail (ret_at, lexer->at, error, _ ("found a double quote; texts stand between single quotes, as 'closed'"));
  if (*p == '!')
    return fail (ret_at, lexer->at, error, _ ("found “!”; write “not”, or “!=”"));
  return fail (ret_at, lexer->at, error, _ ("found “%.*s”, which has no meaning in a rule"),
               (int) (g_utf8_next_char (p) - p), p);
}

static gboolean
lex_one (Lexer *lexer, BfToken *token, guint *ret_at, GError **error)
{
  char c = lexer->text[lexer->at];

  if (is_clock (lexer->text + lexer->at))
    return lex_clock (lexer, token, ret_at, error);
  if (g_ascii_isdigit (c))
    return lex_number (lexer, token, ret_at, error);
  if (g_ascii_isalpha (c) || c == '_')
    return lex_name (lexer, token);
  if (c == '\'')
    return lex_text (lexer, token, ret_at, error);
  return lex_operator (lexer, token, ret_at, error);
}

/**
 * bf_rule_lex:
 * @text: valid UTF-8
 * @ret_at: (out): byte that @error is about
 *
 * Returns: (transfer full) (element-type BfToken): the tokens, the last one %BF_TOKEN_END
 */
GArray *
bf_rule_lex (const char *text, guint *ret_at, GError **error)
{
  g_autoptr (GArray) tokens = g_array_new (FALSE, TRUE, sizeof (BfToken));
  Lexer lexer = { text, 0, tokens };
  BfToken token;

  *ret_at = 0;
  if (strlen (text) > BF_LIMIT_CONF_LINE || !g_utf8_validate (text, -1, NULL))
    {
      fail (ret_at, 0, error, _ ("expected UTF-8 text of at most %u bytes"), BF_LIMIT_CONF_LINE);
      return NULL;
    }
  for (;;)
    {
      while (g_ascii_isspace (text[lexer.at]))
        lexer.at++;
      memset (&token, 0, sizeof token);
      token.start = lexer.at;
      if (text[lexer.at] == '\0')
        break;
      if (!lex_one (&lexer, &token, ret_at, error))
        return NULL;
      if (tokens->len >= 4 * BF_LIMIT_EXPR_STEPS)
        {
          fail (ret_at, token.start, error, _ ("expected at most %u words and signs"), 4 * BF_LIMIT_EXPR_STEPS);
          return NULL;
        }
      g_array_append_val (tokens, token);
    }
  token.type = BF_TOKEN_END;
  g_array_append_val (tokens, token);
  return g_steal_pointer (&tokens);
}
