/* SPDX-License-Identifier: EUPL-1.2 */
/* `time in`, `weekday` and `holiday()`: their grammar, what they say of a local time, and their words. Local time is the city's; an
 * hour that the clock skips is in no time of the day, one that it repeats is in it twice. */

#include "rules/bf-builtins-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-calendar.h"

#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)

static const char *const weekdays[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

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

static gboolean
skip (BfParser *parser, BfTokenType type)
{
  if (peek (parser)->type != type)
    return FALSE;
  parser->at++;
  return TRUE;
}

static guint16
make (BfParser *parser, const BfToken *name, const BfBuiltin *builtin)
{
  const BfToken *last = &g_array_index (parser->tokens, BfToken, parser->at - 1);
  BfNode node = { .type = BF_NODE_BUILTIN, .kind = BF_KIND_BOOL, .op = builtin->function, .a = BF_NO_NODE, .b = BF_NO_NODE,
                  .property = BF_NO_PROPERTY, .unit = bf_unit_one, .start = name->start };

  node.length = last->start + last->length - name->start;
  node.aggregate = (guint16) parser->tree->builtins->len;
  g_ptr_array_add (parser->tree->builtins, g_memdup2 (builtin, sizeof *builtin));
  return bf_parser_node (parser, &node);
}

/* "22:00..06:00" or "22:00-06:00" */
static guint16
parse_hours (BfParser *parser, const BfToken *name)
{
  const BfToken *from = peek (parser);
  const BfToken *to = from;
  BfBuiltin builtin = { .function = BF_BUILTIN_TIME_IN, .property = BF_NO_PROPERTY, .other = BF_NO_PROPERTY };

  if (skip (parser, BF_TOKEN_CLOCK) && (skip (parser, BF_TOKEN_RANGE) || skip (parser, BF_TOKEN_MINUS)))
    to = peek (parser);
  if (to == from || !skip (parser, BF_TOKEN_CLOCK))
    return bf_parser_fail (parser, peek (parser)->start, BF_ERROR_SYNTAX, _ ("expected two times of the day, as in time in 22:00..06:00"));
  if (from->number == to->number || from->number == 1440)
    return bf_parser_fail (parser, from->start, BF_ERROR_RANGE, _ ("expected two different times of the day, the first before 24:00"));
  builtin.span_us = (gint64) from->number * MINUTE_US;
  builtin.ago_us = (gint64) to->number * MINUTE_US;
  return make (parser, name, &builtin);
}

static guint16
parse_time (BfParser *parser, const BfToken *name)
{
  guint16 all = BF_NO_NODE;

  if (!is_word (parser, peek (parser), "in"))
    return bf_parser_fail (parser, peek (parser)->start, BF_ERROR_SYNTAX, _ ("expected two times of the day, as in time in 22:00..06:00"));
  parser->at++;
  if (!skip (parser, BF_TOKEN_OPEN))
    return parse_hours (parser, name);
  do
    {
      guint16 hours = parse_hours (parser, name);

      if (hours == BF_NO_NODE)
        return BF_NO_NODE;
      all = all == BF_NO_NODE ? hours : bf_check_binary (parser, BF_OPERATOR_OR, all, hours, name->start);
    }
  while (all != BF_NO_NODE && skip (parser, BF_TOKEN_COMMA));
  if (all != BF_NO_NODE && !skip (parser, BF_TOKEN_CLOSE))
    return bf_parser_fail (parser, peek (parser)->start, BF_ERROR_SYNTAX, _ ("expected “,” or “)” behind the times of the day"));
  return all;
}

static int
parse_weekday_name (BfParser *parser)
{
  const BfToken *token = peek (parser);
  const char *text = parser->tree->text + token->start;
  const char *nearest = token->type == BF_TOKEN_NAME ? bf_rule_nearest (text, token->length, weekdays, 7) : NULL;

  for (int i = 0; i < 7; i++)
    if (is_word (parser, token, weekdays[i]))
      {
        parser->at++;
        return i;
      }
  if (nearest != NULL)
    bf_parser_fail (parser, token->start, BF_ERROR_VALUE, _ ("“%.*s” is no day of the week; did you mean “%s”?"), (int) token->length, text, nearest);
  else
    bf_parser_fail (parser, token->start, BF_ERROR_VALUE, _ ("expected a day of the week: mon, tue, wed, thu, fri, sat or sun"));
  return -1;
}

/* "sat" or "mon..fri", added to @mask. */
static gboolean
parse_days (BfParser *parser, guint *mask)
{
  int first = parse_weekday_name (parser);
  int last = first;

  if (first >= 0 && (skip (parser, BF_TOKEN_RANGE) || skip (parser, BF_TOKEN_MINUS)))
    last = parse_weekday_name (parser);
  if (first < 0 || last < 0)
    return FALSE;
  for (int day = first;; day = (day + 1) % 7)
    {
      *mask |= 1u << day;
      if (day == last)
        return TRUE;
    }
}

static guint16
parse_weekday (BfParser *parser, const BfToken *name)
{
  gboolean unlike = peek (parser)->type == BF_TOKEN_NE;
  gboolean list = FALSE;
  guint mask = 0;
  BfBuiltin builtin = { .function = BF_BUILTIN_WEEKDAY, .property = BF_NO_PROPERTY, .other = BF_NO_PROPERTY };

  if (!is_word (parser, peek (parser), "in") && peek (parser)->type != BF_TOKEN_EQ && !unlike)
    return bf_parser_fail (parser, peek (parser)->start, BF_ERROR_SYNTAX, _ ("expected days, as in weekday in (sat, sun) or weekday in mon..fri"));
  list = is_word (parser, peek (parser), "in");
  parser->at++;
  list = list && skip (parser, BF_TOKEN_OPEN);
  do
    if (!parse_days (parser, &mask))
      return BF_NO_NODE;
  while (list && skip (parser, BF_TOKEN_COMMA));
  if (list && !skip (parser, BF_TOKEN_CLOSE))
    return bf_parser_fail (parser, peek (parser)->start, BF_ERROR_SYNTAX, _ ("expected “,” or “)” behind the days of the week"));
  builtin.mask = unlike ? ~mask & 127u : mask;
  return make (parser, name, &builtin);
}

/* Whether @name, which is no property here, begins something of the calendar. */
gboolean
bf_rule_calendar_begins (const BfParser *parser, const BfToken *name)
{
  return is_word (parser, name, "time") || is_word (parser, name, "weekday");
}

/* Behind the name. */
guint16
bf_rule_calendar_parse (BfParser *parser, const BfToken *name)
{
  if (parser->in_aggregate)
    return bf_parser_fail (parser, name->start, BF_ERROR_UNSUPPORTED, _ ("the calendar is the same for all assets; write it outside of the aggregate"));
  return is_word (parser, name, "time") ? parse_time (parser, name) : parse_weekday (parser, name);
}

/* ---- What holds ---- */

static gboolean
is_in_hours (gint64 of_day_us, gint64 from_us, gint64 to_us)
{
  return from_us < to_us ? of_day_us >= from_us && of_day_us < to_us : of_day_us >= from_us || of_day_us < to_us;
}

/* The next multiple of a day after @phase_us that is later than @local_us. */
static gint64
next_at (gint64 local_us, gint64 phase_us)
{
  gint64 next_us = bf_calendar_day (local_us) * BF_DAY_US + phase_us;

  return next_us > local_us ? next_us : next_us + BF_DAY_US;
}

/* @ret_next_us: (out): the local time at which this may be otherwise */
gboolean
bf_rule_calendar_holds (const BfBuiltin *builtin, gboolean alsace_moselle, gint64 local_us, gint64 *ret_next_us)
{
  gint64 day = bf_calendar_day (local_us);

  *ret_next_us = next_at (local_us, 0);
  if (builtin->function == BF_BUILTIN_WEEKDAY)
    return ((builtin->mask >> bf_calendar_weekday (day)) & 1) != 0;
  if (builtin->function == BF_BUILTIN_HOLIDAY)
    return bf_calendar_is_holiday (day, alsace_moselle);
  *ret_next_us = MIN (next_at (local_us, builtin->span_us), next_at (local_us, builtin->ago_us));
  return is_in_hours (local_us - day * BF_DAY_US, builtin->span_us, builtin->ago_us);
}

/* ---- Words ---- */

static char *
clock_text (gint64 of_day_us)
{
  return g_strdup_printf ("%02d:%02d", (int) (of_day_us / MINUTE_US / 60), (int) (of_day_us / MINUTE_US % 60));
}

static char *
hours_words (const BfBuiltin *builtin)
{
  g_autofree char *from = clock_text (builtin->span_us);
  g_autofree char *to = clock_text (builtin->ago_us);

  /* Translators: times of the day: "time between 22:00 and 06:00" */
  return g_strdup_printf (_ ("time between %s and %s"), from, to);
}

static char *
weekday_words (const BfBuiltin *builtin)
{
  static const char *const names[] = { NC_ ("day of a rule", "Monday"),   NC_ ("day of a rule", "Tuesday"), NC_ ("day of a rule", "Wednesday"),
                                       NC_ ("day of a rule", "Thursday"), NC_ ("day of a rule", "Friday"),  NC_ ("day of a rule", "Saturday"),
                                       NC_ ("day of a rule", "Sunday") };
  GString *text = g_string_new (_ ("day of the week"));
  const char *between = " = ";
  g_autofree char *or = g_strdup_printf (" %s ", C_ ("between two values", "or"));

  for (guint i = 0; i < 7; i++)
    if (builtin->mask >> i & 1)
      {
        g_string_append_printf (text, "%s%s", between, g_dpgettext2 (GETTEXT_PACKAGE, "day of a rule", names[i]));
        between = or;
      }
  return g_string_free (text, FALSE);
}

/* (transfer full) (nullable): NULL when @builtin is not of the calendar */
char *
bf_rule_calendar_words (const BfBuiltin *builtin)
{
  if (builtin->function == BF_BUILTIN_TIME_IN)
    return hours_words (builtin);
  if (builtin->function == BF_BUILTIN_WEEKDAY)
    return weekday_words (builtin);
  return NULL; /* holiday() has its words in the table */
}
