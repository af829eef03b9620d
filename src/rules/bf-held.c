/* SPDX-License-Identifier: EUPL-1.2 */
/* `within` of an aggregate: a member counts as long as its condition is true, and so long after. Remembered of a member only while
 * that is so: memory is bounded by the members that were true of late. */

#include "rules/bf-evaluator-private.h"

#define TRUE_NOW G_MAXINT64

struct _BfHeld
{
  gint64 within_us;
  GHashTable *last_us; /* asset -> gint64: when it was true last, or TRUE_NOW */
};

BfHeld *
bf_held_new (gint64 within_us)
{
  BfHeld *held = g_new0 (BfHeld, 1);

  held->within_us = within_us;
  held->last_us = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return held;
}

void
bf_held_free (BfHeld *held)
{
  if (held == NULL)
    return;
  g_hash_table_unref (held->last_us);
  g_free (held);
}

void
bf_held_set (BfHeld *held, guint32 asset, gint64 last_us)
{
  gint64 *own_us = g_hash_table_lookup (held->last_us, GUINT_TO_POINTER (asset));

  if (own_us == NULL)
    {
      own_us = g_new (gint64, 1);
      g_hash_table_insert (held->last_us, GUINT_TO_POINTER (asset), own_us);
    }
  *own_us = last_us;
}

/**
 * bf_held_look:
 * @value: truth of the member now
 * @ret_until_us: (inout): lowered to the time at which what is held ends
 *
 * Returns: 1 while the member counts, @value otherwise
 */
double
bf_held_look (BfHeld *held, guint32 asset, double value, gint64 now_us, gint64 *ret_until_us)
{
  gint64 *last_us = g_hash_table_lookup (held->last_us, GUINT_TO_POINTER (asset));

  if (value == 1)
    {
      bf_held_set (held, asset, TRUE_NOW);
      return 1;
    }
  if (last_us == NULL)
    return value;
  if (*last_us == TRUE_NOW || *last_us > now_us)
    *last_us = now_us;
  if (now_us - *last_us < held->within_us)
    {
      *ret_until_us = MIN (*ret_until_us, *last_us + held->within_us);
      return 1;
    }
  g_hash_table_remove (held->last_us, GUINT_TO_POINTER (asset));
  return value;
}

void
bf_held_step_time (BfHeld *held, gint64 step_us)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, held->last_us);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (*(gint64 *) value != TRUE_NOW)
      *(gint64 *) value += step_us;
}

/* @now_us: what is true now was so last */
void
bf_held_foreach (const BfHeld *held, gint64 now_us, void (*func) (guint32 asset, gint64 last_us, gpointer data), gpointer data)
{
  GHashTableIter iter;
  gpointer asset, value;

  g_hash_table_iter_init (&iter, held->last_us);
  while (g_hash_table_iter_next (&iter, &asset, &value))
    func (GPOINTER_TO_UINT (asset), MIN (*(gint64 *) value, now_us), data);
}
