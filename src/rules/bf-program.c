/* SPDX-License-Identifier: EUPL-1.2 */
/* The compiler: checked tree -> flat program. Registers are numbered by the depth of the expression, so a program knows
 * before it runs that it needs no stack and no memory. Constants are reckoned here; a property beside a constant becomes
 * one step; `and` and `or` jump over what cannot matter any more. */

#include "rules/bf-builtins-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

typedef BfCompiler Compiler;

struct _BfCompiler
{
  const BfTree *tree;
  GArray *steps;         /* BfStep */
  GArray *reads;         /* guint16 */
  GPtrArray *aggregates; /* BfAggregate */
  GPtrArray *builtins;   /* BfBuiltin */
  GPtrArray *texts;      /* BfTextTest */
  gboolean uses_time;
  guint at; /* byte of the text that is compiled */
  GError *error;
};

static void compile_node (Compiler *compiler, guint16 index, guint r);

static BfStep *
last_step (Compiler *compiler, guint back)
{
  if (compiler->steps->len <= back)
    return NULL;
  return &g_array_index (compiler->steps, BfStep, compiler->steps->len - 1 - back);
}

static void
fail (Compiler *compiler, BfError code, const char *message)
{
  const char *text = compiler->tree->text;

  if (compiler->error == NULL)
    g_set_error (&compiler->error, BF_ERROR, (int) code, _ ("column %ld: %s"), g_utf8_pointer_to_offset (text, text + compiler->at) + 1, message);
}

static void
emit (Compiler *compiler, const BfStep *step)
{
  if (step->r >= BF_N_REGISTERS - 1 || compiler->steps->len >= 4 * BF_LIMIT_EXPR_STEPS)
    fail (compiler, BF_ERROR_LIMIT, _ ("the expression is too long or too deep"));
  else
    g_array_append_val (compiler->steps, *step);
}

static void
read_property (Compiler *compiler, guint16 property)
{
  for (guint i = 0; i < compiler->reads->len; i++)
    if (g_array_index (compiler->reads, guint16, i) == property)
      return;
  g_array_append_val (compiler->reads, property);
}

/* Reckons a step of constants now. FALSE when the operands are not constants. */
static gboolean
fold (Compiler *compiler, const BfStep *step, gboolean binary)
{
  BfStep pair[4] = { 0 };
  BfProgram program = { .steps = pair };
  BfRun run = { 0 };
  const BfStep *second = last_step (compiler, 0);
  const BfStep *first = binary ? last_step (compiler, 1) : second;
  guint n = 0;
  double value;

  if (second == NULL || second->type != BF_STEP_CONST || first == NULL || first->type != BF_STEP_CONST
      || first->r != step->r || (binary && second->r != step->r + 1))
    return FALSE;
  pair[n] = *first;
  pair[n++].r = 0;
  if (binary)
    {
      pair[n] = *second;
      pair[n++].r = 1;
    }
  pair[n] = *step;
  pair[n++].r = 0;
  pair[n].type = BF_STEP_END;
  value = bf_program_run (&program, &run);
  if (isnan (value))
    fail (compiler, BF_ERROR_RANGE, _ ("a division by zero, or a number too great, whatever the city measures"));
  if (binary)
    g_array_set_size (compiler->steps, compiler->steps->len - 1);
  last_step (compiler, 0)->number = value;
  return TRUE;
}

static void
emit_unary (Compiler *compiler, const BfStep *step)
{
  if (!fold (compiler, step, FALSE))
    emit (compiler, step);
}

/* LOAD and CONST before a comparison become one step. */
static gboolean
fuse (Compiler *compiler, const BfStep *step)
{
  static const guint8 mirrored[] = { [BF_STEP_LT] = BF_STEP_LOAD_GT, [BF_STEP_LE] = BF_STEP_LOAD_GE,
                                     [BF_STEP_GT] = BF_STEP_LOAD_LT, [BF_STEP_GE] = BF_STEP_LOAD_LE,
                                     [BF_STEP_EQ] = BF_STEP_LOAD_EQ, [BF_STEP_NE] = BF_STEP_LOAD_NE };
  static const guint8 straight[] = { [BF_STEP_LT] = BF_STEP_LOAD_LT, [BF_STEP_LE] = BF_STEP_LOAD_LE,
                                     [BF_STEP_GT] = BF_STEP_LOAD_GT, [BF_STEP_GE] = BF_STEP_LOAD_GE,
                                     [BF_STEP_EQ] = BF_STEP_LOAD_EQ, [BF_STEP_NE] = BF_STEP_LOAD_NE };
  const BfStep *second = last_step (compiler, 0);
  BfStep *first = last_step (compiler, 1);

  if (step->type < BF_STEP_LT || step->type > BF_STEP_NE || second == NULL || first == NULL || first->r != step->r
      || second->r != step->r + 1)
    return FALSE;
  if (first->type == BF_STEP_LOAD && second->type == BF_STEP_CONST)
    {
      first->type = straight[step->type];
      first->number = second->number;
    }
  else if (first->type == BF_STEP_CONST && second->type == BF_STEP_LOAD)
    {
      first->type = mirrored[step->type];
      first->property = second->property;
    }
  else
    return FALSE;
  g_array_set_size (compiler->steps, compiler->steps->len - 1);
  return TRUE;
}

static void
emit_binary (Compiler *compiler, const BfStep *step)
{
  if (!fold (compiler, step, TRUE) && !fuse (compiler, step))
    emit (compiler, step);
}

static void
compile_logic (Compiler *compiler, const BfNode *node, guint r)
{
  gboolean is_and = node->op == BF_OPERATOR_AND;
  BfStep jump = { .type = is_and ? BF_STEP_JUMP_FALSE : BF_STEP_JUMP_TRUE, .r = r };
  BfStep step = { .type = is_and ? BF_STEP_AND : BF_STEP_OR, .r = r };
  guint at;

  compile_node (compiler, node->a, r);
  at = compiler->steps->len;
  emit (compiler, &jump);
  compile_node (compiler, node->b, r + 1);
  emit (compiler, &step);
  if (compiler->error == NULL)
    g_array_index (compiler->steps, BfStep, at).arg = compiler->steps->len;
}

static void
compile_binary (Compiler *compiler, const BfNode *node, guint r)
{
  static const guint8 types[] = {
    [BF_TOKEN_EQ] = BF_STEP_EQ,       [BF_TOKEN_NE] = BF_STEP_NE,         [BF_TOKEN_LT] = BF_STEP_LT,
    [BF_TOKEN_LE] = BF_STEP_LE,       [BF_TOKEN_GT] = BF_STEP_GT,         [BF_TOKEN_GE] = BF_STEP_GE,
    [BF_TOKEN_PLUS] = BF_STEP_ADD,    [BF_TOKEN_MINUS] = BF_STEP_SUBTRACT, [BF_TOKEN_STAR] = BF_STEP_MULTIPLY,
    [BF_TOKEN_SLASH] = BF_STEP_DIVIDE,
  };
  BfStep step = { .r = r };

  if (node->op == BF_OPERATOR_AND || node->op == BF_OPERATOR_OR)
    {
      compile_logic (compiler, node, r);
      return;
    }
  step.type = types[node->op];
  compile_node (compiler, node->a, r);
  compile_node (compiler, node->b, r + 1);
  compiler->at = node->start;
  emit_binary (compiler, &step);
}

static void
compile_call (Compiler *compiler, const BfNode *node, guint r)
{
  static const guint8 types[] = { [BF_FUNCTION_ABS] = BF_STEP_ABS, [BF_FUNCTION_MIN] = BF_STEP_MIN,
                                  [BF_FUNCTION_MAX] = BF_STEP_MAX, [BF_FUNCTION_ROUND] = BF_STEP_ROUND };
  BfStep step = { .type = types[node->op], .r = r };

  compile_node (compiler, node->a, r);
  if (step.type == BF_STEP_ABS || step.type == BF_STEP_ROUND)
    {
      emit_unary (compiler, &step);
      return;
    }
  for (guint16 i = bf_tree_node (compiler->tree, node->a)->next; i != BF_NO_NODE; i = bf_tree_node (compiler->tree, i)->next)
    {
      compile_node (compiler, i, r + 1);
      emit_binary (compiler, &step);
    }
}

static void
compile_convert (Compiler *compiler, const BfNode *node, guint r)
{
  const BfUnit *from = &bf_tree_node (compiler->tree, node->a)->unit;
  BfStep step = { .type = BF_STEP_SCALE, .r = r, .number = from->scale / node->unit.scale };

  step.offset = (from->offset - node->unit.offset) / node->unit.scale;
  compile_node (compiler, node->a, r);
  emit_unary (compiler, &step);
}

static void
compile_aggregate (Compiler *compiler, const BfNode *node, guint r)
{
  BfStep step = { .type = BF_STEP_AGGREGATE, .r = r, .arg = compiler->aggregates->len };

  g_ptr_array_add (compiler->aggregates, g_ptr_array_index (compiler->tree->aggregates, node->aggregate));
  emit (compiler, &step);
}

static void
compile_ask (Compiler *compiler, const BfNode *node, guint r)
{
  BfStep step = { .r = r, .property = node->property };

  if (node->op == BF_FUNCTION_ABSENT)
    {
      step.type = BF_STEP_ABSENT;
      step.duration_us = node->duration_us;
      compiler->uses_time = TRUE;
    }
  else
    step.type = node->op == BF_FUNCTION_STALE ? BF_STEP_STALE : node->op == BF_FUNCTION_HEARD ? BF_STEP_HEARD : BF_STEP_UNKNOWN;
  read_property (compiler, node->property);
  emit (compiler, &step);
}

/* Recursion is bounded by the tree's nodes (BF_LIMIT_EXPR_STEPS): a long chain of `and` leans to the left. */
static void
compile_node (Compiler *compiler, guint16 index, guint r)
{
  const BfNode *node = bf_tree_node (compiler->tree, index);
  BfStep step = { .r = MIN (r, G_MAXUINT8), .property = node->property };

  if (compiler->error != NULL)
    return;
  compiler->at = node->start;
  switch (node->type)
    {
    case BF_NODE_NUMBER:
    case BF_NODE_VALUE:
      step.type = BF_STEP_CONST;
      step.number = node->number;
      emit (compiler, &step);
      break;
    case BF_NODE_PROPERTY:
      step.type = BF_STEP_LOAD;
      read_property (compiler, node->property);
      emit (compiler, &step);
      break;
    case BF_NODE_NEGATE:
    case BF_NODE_NOT:
      step.type = node->type == BF_NODE_NOT ? BF_STEP_NOT : BF_STEP_NEGATE;
      compile_node (compiler, node->a, r);
      emit_unary (compiler, &step);
      break;
    case BF_NODE_IN:
      step.type = BF_STEP_LOAD_IN;
      step.property = bf_tree_node (compiler->tree, node->a)->property;
      step.mask = node->mask;
      read_property (compiler, step.property);
      emit (compiler, &step);
      break;
    case BF_NODE_BINARY:
      compile_binary (compiler, node, r);
      break;
    case BF_NODE_CALL:
      compile_call (compiler, node, r);
      break;
    case BF_NODE_CONVERT:
      compile_convert (compiler, node, r);
      break;
    case BF_NODE_ASK:
      compile_ask (compiler, node, r);
      break;
    case BF_NODE_AGGREGATE:
      compile_aggregate (compiler, node, r);
      break;
    case BF_NODE_TEXT:
      step.type = BF_STEP_TEXT;
      step.arg = compiler->texts->len;
      g_ptr_array_add (compiler->texts, g_ptr_array_index (compiler->tree->texts, node->aggregate));
      emit (compiler, &step);
      break;
    case BF_NODE_BUILTIN:
      bf_builtin_compile (compiler, compiler->tree, node, r);
      break;
    case BF_NODE_NAME:
    default:
      g_assert_not_reached ();
    }
}

void
bf_compiler_emit (BfCompiler *compiler, const BfStep *step)
{
  emit (compiler, step);
}

void
bf_compiler_node (BfCompiler *compiler, guint16 node, guint r)
{
  compile_node (compiler, node, r);
}

/* A function of a series, the sun or a plan changes with time alone. */
void
bf_compiler_builtin (BfCompiler *compiler, const BfBuiltin *builtin, guint r)
{
  BfStep step = { .type = BF_STEP_BUILTIN, .r = (guint8) MIN (r, G_MAXUINT8), .arg = compiler->builtins->len };

  g_ptr_array_add (compiler->builtins, (gpointer) builtin);
  compiler->uses_time = TRUE;
  if (builtin->property != BF_NO_PROPERTY)
    read_property (compiler, builtin->property);
  if (builtin->other != BF_NO_PROPERTY)
    read_property (compiler, builtin->other);
  emit (compiler, &step);
}

static BfProgram *
compile_root (BfTree *tree, guint16 root, GError **error)
{
  Compiler compiler = { .tree = tree };
  BfStep end = { .type = BF_STEP_END };
  BfProgram *program;
  gsize n;

  compiler.steps = g_array_new (FALSE, TRUE, sizeof (BfStep));
  compiler.reads = g_array_new (FALSE, FALSE, sizeof (guint16));
  compiler.aggregates = g_ptr_array_new ();
  compiler.builtins = g_ptr_array_new ();
  compiler.texts = g_ptr_array_new ();
  compile_node (&compiler, root, 0);
  emit (&compiler, &end);
  program = g_new0 (BfProgram, 1);
  program->uses_time = compiler.uses_time;
  program->n_steps = compiler.steps->len;
  program->n_reads = compiler.reads->len;
  program->n_aggregates = compiler.aggregates->len;
  program->steps = (BfStep *) (gpointer) g_array_free (compiler.steps, FALSE);
  program->reads = (guint16 *) (gpointer) g_array_free (compiler.reads, FALSE);
  program->aggregates = (BfAggregate **) g_ptr_array_steal (compiler.aggregates, &n);
  g_ptr_array_unref (compiler.aggregates);
  program->n_builtins = compiler.builtins->len;
  program->builtins = (BfBuiltin **) g_ptr_array_steal (compiler.builtins, &n);
  g_ptr_array_unref (compiler.builtins);
  program->n_texts = compiler.texts->len;
  program->texts = (const BfTextTest **) g_ptr_array_steal (compiler.texts, &n);
  g_ptr_array_unref (compiler.texts);
  if (compiler.error == NULL)
    return program;
  g_propagate_error (error, compiler.error);
  bf_program_free (program);
  return NULL;
}

/**
 * bf_program_compile:
 * @tree: checked; the bodies of its aggregates are compiled too
 *
 * Returns: (transfer full): the program of its root, which must not outlive @tree
 */
BfProgram *
bf_program_compile (BfTree *tree, GError **error)
{
  for (guint i = 0; i < tree->aggregates->len; i++)
    {
      BfAggregate *aggregate = g_ptr_array_index (tree->aggregates, i);

      aggregate->body = compile_root (tree, aggregate->node, error);
      if (aggregate->body == NULL)
        return NULL;
    }
  return compile_root (tree, tree->root, error);
}

gboolean
bf_program_is_constant (const BfProgram *program)
{
  return program->n_reads == 0 && program->n_aggregates == 0 && program->n_builtins == 0 && program->n_texts == 0;
}

void
bf_program_free (BfProgram *program)
{
  if (program == NULL)
    return;
  g_free (program->steps);
  g_free (program->reads);
  g_free (program->aggregates);
  g_free (program->builtins);
  g_free (program->texts);
  g_free (program);
}
