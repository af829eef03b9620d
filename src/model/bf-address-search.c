/* SPDX-License-Identifier: EUPL-1.2 */
/* Search of addresses by words: see bf-zones.h.
 *
 * Every word of the question must begin a word of the street's name or commune. A number in front may be a house's number
 * ("14 tanneurs"), with or without a suffix ("14 bis tanneurs"), or a word of the name ("8 mai"): both are tried. One pass
 * over the streets' folded names, which for a whole département (500,000 addresses, 20,000 streets) is a megabyte. */

#include "model/bf-addresses-private.h"

#include <stdlib.h>
#include <string.h>

#include "base/bf-text.h"

#define WORDS_MAX 12
#define QUESTION_BYTES_MAX 200
#define MATCHES_MAX 1000

/* Scores: what the question says of the house counts before how well the words fit. */
enum
{
  SCORE_WHOLE_WORD = 20,
  SCORE_BEGUN_WORD = 10,
  SCORE_IDLE_WORD = -2,
  SCORE_HOUSE = 400,
  SCORE_SUFFIX = 50,
  SCORE_NUMBER_IN_NAME = 450,
  SCORE_OTHER_HOUSE = 100,
};

typedef struct
{
  char *words[WORDS_MAX];
  guint n_words;
  guint32 number; /* 0: the question does not begin with one */
  guint n_number; /* words that number and suffix take */
  const char *suffix;
} Question;

typedef struct
{
  int score;
  guint32 street;
  gint64 address; /* -1: the street as a whole */
} Found;

static const char *const short_words[][2] = {
  { "bd", "boulevard" }, { "bld", "boulevard" }, { "blvd", "boulevard" }, { "bvd", "boulevard" }, { "fg", "faubourg" },
  { "fbg", "faubourg" }, { "rte", "route" },     { "st", "saint" },       { "ste", "sainte" },    { "che", "chemin" },
  { "gal", "general" },  { "mal", "marechal" },  { "dr", "docteur" },     { "pdt", "president" },
};

/*
 * bf_address_fold:
 *
 * Returns: (transfer full): the words of @text without case, accents and marks, a blank before each
 */
char *
bf_address_fold (const char *text)
{
  g_autofree char *folded = bf_text_fold (text);
  GString *words = g_string_new (NULL);
  gboolean inside = FALSE;

  for (const char *p = folded; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!g_unichar_isalnum (c))
        {
          inside = FALSE;
          continue;
        }
      if (!inside)
        g_string_append_c (words, ' ');
      inside = TRUE;
      g_string_append_unichar (words, c);
    }
  return g_string_free (words, FALSE);
}

static const char *
whole_word (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (short_words); i++)
    if (strcmp (short_words[i][0], word) == 0)
      return short_words[i][1];
  return NULL;
}

/* "14bis" is two words. */
static void
add_word (Question *question, const char *word)
{
  gsize digits = strspn (word, "0123456789");

  if (question->n_words == 0 && digits > 0 && digits <= 5 && word[digits] != '\0' && g_ascii_isalpha (word[digits]))
    {
      question->words[question->n_words++] = g_strndup (word, digits);
      word += digits;
    }
  if (question->n_words < WORDS_MAX)
    question->words[question->n_words++] = g_strdup (word);
}

static void
question_init (Question *question, const char *text)
{
  g_autofree char *cut = g_strndup (text, QUESTION_BYTES_MAX);
  g_autofree char *folded = bf_address_fold (cut);
  g_auto (GStrv) words = g_strsplit (folded, " ", -1);
  guint64 number;

  *question = (Question){ 0 };
  for (guint i = 0; words[i] != NULL && question->n_words < WORDS_MAX; i++)
    if (words[i][0] != '\0')
      add_word (question, words[i]);
  if (question->n_words < 2 || !g_ascii_string_to_unsigned (question->words[0], 10, 1, 99999, &number, NULL))
    return;
  question->number = (guint32) number;
  question->n_number = 1;
  if (question->n_words > 2
      && (strlen (question->words[1]) == 1 || strcmp (question->words[1], "bis") == 0
          || strcmp (question->words[1], "ter") == 0 || strcmp (question->words[1], "quater") == 0))
    question->suffix = question->words[1];
}

static void
question_clear (Question *question)
{
  for (guint i = 0; i < question->n_words; i++)
    g_free (question->words[i]);
}

/* 0: no word of @folded begins with @word. */
static int
match_word (const char *folded, const char *word)
{
  gsize length = strlen (word);
  int score = 0;

  for (const char *p = strstr (folded, word); p != NULL; p = strstr (p + 1, word))
    {
      if (p[-1] != ' ')
        continue;
      if (p[length] == ' ' || p[length] == '\0')
        return SCORE_WHOLE_WORD;
      score = SCORE_BEGUN_WORD;
    }
  return score;
}

/* G_MININT: a word from @first on is not there. */
static int
match_words (const BfStreet *street, const Question *question, guint first)
{
  int score = 0;

  for (const char *p = street->folded; *p != '\0'; p++)
    score += *p == ' ' ? SCORE_IDLE_WORD : 0;
  for (guint i = first; i < question->n_words; i++)
    {
      const char *whole = whole_word (question->words[i]);
      int matched = match_word (street->folded, question->words[i]);

      if (whole != NULL && matched != SCORE_WHOLE_WORD)
        matched = MAX (matched, match_word (street->folded, whole));
      if (matched == 0)
        return G_MININT;
      score += matched;
    }
  return score;
}

static gboolean
suffix_is (const BfAddresses *addresses, guint16 suffix, const char *wanted)
{
  const char *text = g_ptr_array_index (addresses->suffixes, suffix);

  if (wanted == NULL)
    return text[0] == '\0';
  return g_ascii_strncasecmp (text, wanted, strlen (wanted) == 1 ? 1 : strlen (text) + 1) == 0;
}

/* The house of that number (and suffix, if it has one), else the one whose number is next to it. */
static Found
find_house (const BfAddresses *addresses, guint32 number, const Question *question, const char *suffix)
{
  const BfStreet *street = &g_array_index (addresses->streets, BfStreet, number);
  Found found = { G_MININT, number, -1 };

  for (guint32 i = 0; i < street->n; i++)
    {
      guint32 address = addresses->by_street[street->first + i];
      BfHouse house = addresses->numbers[address];
      int score;

      if (house.number == question->number)
        score = SCORE_HOUSE + (suffix_is (addresses, house.suffix, suffix) ? SCORE_SUFFIX : 0);
      else if (house.number != 0)
        score = SCORE_OTHER_HOUSE - MIN (abs ((int) house.number - (int) question->number), SCORE_OTHER_HOUSE);
      else
        continue;
      if (score > found.score)
        found = (Found){ score, number, address };
    }
  return found;
}

static int
compare_found (const BfAddresses *addresses, const Found *a, const Found *b)
{
  if (a->score != b->score)
    return a->score > b->score ? -1 : 1;
  return strcmp (g_array_index (addresses->streets, BfStreet, a->street).text,
                 g_array_index (addresses->streets, BfStreet, b->street).text);
}

/* Keeps the @max best, best first. */
static void
keep (const BfAddresses *addresses, GArray *best, Found found, guint max)
{
  guint at = best->len;

  if (best->len == max && compare_found (addresses, &found, &g_array_index (best, Found, max - 1)) >= 0)
    return;
  while (at > 0 && compare_found (addresses, &found, &g_array_index (best, Found, at - 1)) < 0)
    at--;
  g_array_insert_val (best, at, found);
  if (best->len > max)
    g_array_set_size (best, max);
}

static void
search_street (const BfAddresses *addresses, guint32 number, const Question *question, GArray *best, guint max)
{
  const BfStreet *street = &g_array_index (addresses->streets, BfStreet, number);
  int all = match_words (street, question, 0);
  int rest;

  if (all != G_MININT)
    keep (addresses, best, (Found){ all + (question->number != 0 ? SCORE_NUMBER_IN_NAME : 0), number, -1 }, max);
  if (question->number == 0)
    return;
  rest = match_words (street, question, question->n_number);
  if (question->suffix != NULL && match_words (street, question, question->n_number + 1) != G_MININT)
    {
      Found found = find_house (addresses, number, question, question->suffix);

      found.score += match_words (street, question, question->n_number + 1);
      if (found.address >= 0)
        keep (addresses, best, found, max);
    }
  else if (rest != G_MININT)
    {
      Found found = find_house (addresses, number, question, NULL);

      found.score += rest;
      if (found.address >= 0)
        keep (addresses, best, found, max);
      else if (all == G_MININT)
        keep (addresses, best, (Found){ rest, number, -1 }, max);
    }
}

static void
match_clear (gpointer data)
{
  g_free (((BfAddressMatch *) data)->text);
}

/**
 * bf_addresses_search:
 * @text: words, the first may be a house's number; at most 200 bytes and 12 words of it are looked at
 * @max: at most 1000
 *
 * Returns: (transfer full) (element-type BfAddressMatch): best first; a street as a whole stands at its middle address
 */
GArray *
bf_addresses_search (const BfAddresses *addresses, const char *text, guint max)
{
  GArray *matches = g_array_new (FALSE, FALSE, sizeof (BfAddressMatch));
  g_autoptr (GArray) best = g_array_new (FALSE, FALSE, sizeof (Found));
  Question question;

  g_array_set_clear_func (matches, match_clear);
  max = MIN (max, MATCHES_MAX);
  question_init (&question, text);
  for (guint i = 0; i < addresses->streets->len && question.n_words > 0 && max > 0; i++)
    search_street (addresses, i, &question, best, max);
  for (guint i = 0; i < best->len; i++)
    {
      Found found = g_array_index (best, Found, i);
      const BfStreet *street = &g_array_index (addresses->streets, BfStreet, found.street);
      guint32 address = found.address >= 0 ? (guint32) found.address : addresses->by_street[street->first + street->n / 2];
      BfAddressMatch match = { NULL, bf_fixed_point_get (addresses->points[address]) };

      match.text = found.address >= 0 ? bf_address_text (addresses, address) : g_strdup (street->text);
      g_array_append_val (matches, match);
    }
  question_clear (&question);
  return matches;
}
