/* SPDX-License-Identifier: EUPL-1.2 */
/* Procedures out of Markdown: what is a step, whose it is, what is wrong and in which line. */

#include <string.h>

#include "base/bf-error.h"
#include "model/bf-procedure.h"

static BfProcedure *
parse (const char *text, GPtrArray *problems)
{
  return bf_procedure_parse ("procedures.d/water-leak.fr.md", text, strlen (text), problems);
}

static const BfStep *
step (const BfProcedure *procedure, guint n)
{
  return g_ptr_array_index (procedure->steps, n - 1);
}

static void
test_steps (void)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfProcedure) procedure = parse ("---\nreviewed: 2026-03-14\n---\n# A **leak**\n\nSome words.\n\n1. Look at the `flow`\n   by day.\n"
                                             "2. Close it:\n   * the valve\n   * the pump\n\n## On-call agent\n\n1. Go there.\n\n* no step\n", problems);

  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpstr (procedure->name, ==, "water-leak");
  g_assert_cmpstr (procedure->title, ==, "A leak");
  g_assert_cmpstr (procedure->reviewed, ==, "2026-03-14");
  g_assert_cmpuint (procedure->steps->len, ==, 3);
  g_assert_cmpstr (step (procedure, 1)->text, ==, "Look at the flow by day.");
  g_assert_null (step (procedure, 1)->role);
  g_assert_cmpstr (step (procedure, 2)->text, ==, "Close it:\nthe valve\n\nthe pump");
  g_assert_cmpstr (step (procedure, 3)->text, ==, "Go there.");
  g_assert_cmpstr (step (procedure, 3)->role, ==, "On-call agent");
}

static const struct
{
  const char *text;
  guint line; /* of the first problem */
  gboolean usable;
} bad[] = {
  { "", 1, FALSE },
  { "# A leak\n\nLook.\n", 1, FALSE },
  { "# A leak\n\n* look\n* close\n", 1, FALSE },
  { "1. Look.\n", 1, TRUE },
  { "# A leak\n\n1. Look.\n2.\n3. Close.\n", 4, TRUE },
  { "---\nreviewed: yesterday\n---\n# A leak\n\n1. Look.\n", 2, TRUE },
  { "---\nreviewed: 2026-02-30\n---\n# A leak\n\n1. Look.\n", 2, TRUE },
  { "---\nreviewed: 2026-02-03\nauthor: x\n---\n# A leak\n\n1. Look.\n", 3, TRUE },
  { "---\nreviewed: 2026-02-03\n# A leak\n\n1. Look.\n", 3, FALSE },
  { "# A leak\n\n1. Look \xff.\n", 0, TRUE },
};

static void
test_bad (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (BfProcedure) procedure = parse (bad[i].text, problems);

      g_test_message ("%u", i);
      g_assert_cmpuint (problems->len, >=, 1);
      g_assert_cmpstr (((BfProblem *) g_ptr_array_index (problems, 0))->file, ==, "procedures.d/water-leak.fr.md");
      g_assert_cmpuint (((BfProblem *) g_ptr_array_index (problems, 0))->line, ==, bad[i].line);
      g_assert_cmpint (procedure != NULL, ==, bad[i].usable);
    }
}

/* More steps than may be, and steps that are longer than may be, end the reading and say so. */
static void
test_bounds (void)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GString) text = g_string_new ("# A leak\n\n");
  g_autoptr (BfProcedure) procedure = NULL;

  for (guint i = 1; i <= 1000; i++)
    g_string_append_printf (text, "%u. Look.\n", i);
  procedure = parse (text->str, problems);
  g_assert_cmpuint (procedure->steps->len, ==, 200);
  g_assert_cmpuint (problems->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/procedure/steps", test_steps);
  g_test_add_func ("/procedure/bad", test_bad);
  g_test_add_func ("/procedure/bounds", test_bounds);
  return g_test_run ();
}
