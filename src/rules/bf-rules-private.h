/* SPDX-License-Identifier: EUPL-1.2 */
/* What the files of src/rules share: tokens, the checked tree, the flat program, the rule set's inside.
 *
 * A text goes lexer -> parser (builds a node only when its types and units agree) -> compiler. Trees are kept for words;
 * only programs are evaluated. */
#pragma once

#include "base/bf-conf.h"
#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "rules/bf-rules.h"

G_BEGIN_DECLS

/* ---- Tokens ---- */

typedef enum
{
  BF_TOKEN_END,
  BF_TOKEN_NUMBER, /* with its unit, when one follows */
  BF_TOKEN_NAME,   /* identifier, dotted or not; keywords too */
  BF_TOKEN_TEXT,   /* 'quoted' */
  BF_TOKEN_EQ,
  BF_TOKEN_NE,
  BF_TOKEN_LT,
  BF_TOKEN_LE,
  BF_TOKEN_GT,
  BF_TOKEN_GE,
  BF_TOKEN_PLUS,
  BF_TOKEN_MINUS,
  BF_TOKEN_STAR,
  BF_TOKEN_SLASH,
  BF_TOKEN_OPEN,
  BF_TOKEN_CLOSE,
  BF_TOKEN_COMMA,
  BF_TOKEN_CLOCK, /* 22:00; number: minutes since midnight */
  BF_TOKEN_RANGE, /* .. */
} BfTokenType;

/* @start, @length: bytes in the text; of a quoted text its inside. @unit_start, @unit_length: of a number, 0 when none. */
typedef struct
{
  BfTokenType type;
  guint start;
  guint length;
  guint unit_start;
  guint unit_length;
  double number;
  BfUnit unit;
} BfToken;

/* Tokens of @text, ended by BF_TOKEN_END. NULL with @error and the byte it is about. */
GArray *bf_rule_lex (const char *text, guint *ret_at, GError **error);

/* ---- Tree ---- */

typedef enum
{
  BF_NODE_NUMBER,    /* number, in unit */
  BF_NODE_PROPERTY,  /* property of the asset looked at */
  BF_NODE_NAME,      /* a name that is no property: a state's value, or an error once it is known that it is none */
  BF_NODE_VALUE,     /* number = index of the state in property's values */
  BF_NODE_NEGATE,    /* a */
  BF_NODE_NOT,       /* a */
  BF_NODE_BINARY,    /* op (a token), a, b: arithmetic, comparison, and BF_OP_AND/OR below */
  BF_NODE_IN,        /* a; list of VALUE from b by next; mask */
  BF_NODE_CALL,      /* function, list of arguments from a by next */
  BF_NODE_CONVERT,   /* a in another unit: from.unit -> unit */
  BF_NODE_ASK,       /* function absent/stale/heard/unknown of property; duration_us, 0 when not given */
  BF_NODE_AGGREGATE, /* aggregate: index in the tree's aggregates */
  BF_NODE_TEXT,      /* aggregate: index in the tree's texts; a condition, or the attribute as a number */
  BF_NODE_BUILTIN,   /* op: BF_BUILTIN_*; list of arguments from a by next, or aggregate: index in the tree's builtins */
} BfNodeType;

typedef enum
{
  BF_KIND_NUMBER,
  BF_KIND_BOOL,
  BF_KIND_STATE,
} BfValueKind;

/* Operators of BF_NODE_BINARY beyond the tokens'. */
#define BF_OPERATOR_AND 100
#define BF_OPERATOR_OR 101

typedef enum
{
  BF_FUNCTION_ABS,
  BF_FUNCTION_MIN,
  BF_FUNCTION_MAX,
  BF_FUNCTION_ROUND,
  BF_FUNCTION_ABSENT,
  BF_FUNCTION_STALE,
  BF_FUNCTION_HEARD,
  BF_FUNCTION_UNKNOWN,
  BF_FUNCTION_BUILTIN, /* + BF_BUILTIN_* of those that take expressions */
} BfFunction;

#define BF_NO_NODE G_MAXUINT16

/**
 * BfNode:
 * @bare: a number without a unit, or reckoned from such only: it takes no part beside a unit
 * @difference: of temperatures: °C less °C, in K
 * @constant: reckoned from numbers only
 * @unit_text: (nullable) (interned): unit as it was written, or of the property, to show it
 * @start, @length: bytes of the text that it was read from
 */
typedef struct
{
  BfNodeType type;
  BfValueKind kind;
  guint8 op;
  gboolean bare;
  gboolean constant;
  gboolean difference;
  guint16 a;
  guint16 b;
  guint16 next;
  guint16 property;
  guint16 aggregate;
  guint16 depth;
  guint start;
  guint length;
  double number;
  guint64 mask;
  gint64 duration_us;
  BfUnit unit;
  const char *unit_text;
} BfNode;

typedef enum
{
  BF_AGGREGATE_AVG,
  BF_AGGREGATE_MIN,
  BF_AGGREGATE_MAX,
  BF_AGGREGATE_SUM,
  BF_AGGREGATE_COUNT,
  BF_AGGREGATE_SHARE,
  BF_AGGREGATE_ANY, /* conditions, from here on */
  BF_AGGREGATE_ALL,
} BfAggregateFunction;

typedef enum
{
  BF_SCOPE_CHILDREN,
  BF_SCOPE_PARENT,
  BF_SCOPE_ZONE,
  BF_SCOPE_SERVICE,
  BF_SCOPE_NEAR,
} BfScope;

/* One aggregate: what it reckons of each member (@body, evaluated in the member's context), and over which members
 * (assets of @kinds). @within_us: a member that was true counts so long after; 0: now only. @node: its body in the tree that it was
 * written in, @text as it was written, by which what is remembered is found again over a restart. */
typedef struct
{
  BfAggregateFunction function;
  BfScope scope;
  double radius_m;
  gint64 within_us;
  char *text;
  GArray *kinds; /* guint16 */
  guint16 node;
  BfProgram *body;
  guint index; /* in the set, once it is finished */
} BfAggregate;

/* A built-in function of a series (bf-builtins.c) with its arguments; @number, @number2 in the property's unit. Of the calendar
 * @span_us and @ago_us are times of the day, @mask days of the week from Monday. */
typedef struct
{
  guint8 function;
  guint16 property;
  guint16 other; /* of those of two properties, else BF_NO_PROPERTY */
  gint64 span_us;
  gint64 ago_us;
  double number;
  double number2;
  guint mask;
  guint place; /* in the set, once it is finished */
} BfBuiltin;

typedef enum
{
  BF_SUBJECT_ATTRIBUTE, /* text of the attribute @name */
  BF_SUBJECT_NUMBER,    /* that as a number */
  BF_SUBJECT_ZONE,
  BF_SUBJECT_ASSET,     /* id */
} BfTextSubject;

/* What describes the asset, compared with texts (bf-rule-texts.c): true when it is one of @values, with @unlike when it is none. Of
 * zones @places are their numbers. */
typedef struct
{
  BfTextSubject subject;
  char *name;
  GPtrArray *values; /* char, owned */
  GArray *places;    /* guint16 */
  gboolean unlike;
  const BfZones *zones; /* (nullable) */
} BfTextTest;

typedef struct
{
  char *text;
  GArray *nodes;         /* BfNode */
  GPtrArray *aggregates; /* BfAggregate, owned */
  GPtrArray *builtins;   /* BfBuiltin, owned */
  GPtrArray *texts;      /* BfTextTest, owned */
  guint16 root;
  gint64 for_us; /* `for D` at the end, 0 when none */
} BfTree;

#define bf_tree_node(tree, i) (&g_array_index ((tree)->nodes, BfNode, (i)))

/* What a text may name. @kind BF_NO_KIND: with @any_kind every property of the service (Derive=), else the city (an
 * indicator), which has no property outside of aggregates. */
typedef struct
{
  const BfCatalog *catalog;
  guint8 service;
  guint16 kind;
  gboolean any_kind;
  gboolean allow_for;
  const BfZones *zones;  /* (nullable) */
  gboolean zones_known;
} BfRuleContext;

/* NULL with @error; its message begins with "column N: " and quotes. */
BfTree *bf_rule_parse (const BfRuleContext *context, const char *text, GError **error);
void bf_tree_free (BfTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfTree, bf_tree_free)

/* ---- Building nodes with their types (bf-rule-check.c) ---- */

typedef struct
{
  const BfRuleContext *context;
  BfTree *tree;
  const GArray *tokens;
  guint at;               /* next token */
  guint depth;            /* of the parser's recursion */
  guint in_arguments;     /* lists of values that are open: a comma parts them there */
  gboolean in_aggregate;
  guint16 member_kind;    /* in an aggregate: the kind that a dotted name fixed, or BF_NO_KIND */
  guint error_at;         /* byte that the error is about */
  GError *error;
} BfParser;

/* Each returns the new node or BF_NO_NODE with parser->error set. */
guint16 bf_parser_node (BfParser *parser, const BfNode *node);
guint16 bf_parser_fail (BfParser *parser, guint at, BfError code, const char *format, ...) G_GNUC_PRINTF (4, 5);
guint16 bf_check_name (BfParser *parser, const BfToken *token);
guint16 bf_check_unary (BfParser *parser, BfNodeType type, guint16 a, guint start);
guint16 bf_check_binary (BfParser *parser, guint8 op, guint16 a, guint16 b, guint at);
guint16 bf_check_in (BfParser *parser, guint16 a, const BfToken *values, guint n_values, guint at);
guint16 bf_check_call (BfParser *parser, guint8 function, const guint16 *arguments, guint n_arguments, guint start);
guint16 bf_check_aggregate (BfParser *parser, BfAggregateFunction function, BfScope scope, double radius_m, gint64 within_us,
                            guint16 body, guint start);
/* A node that stands alone must be no loose name. */
gboolean bf_check_resolved (BfParser *parser, guint16 node);
gboolean bf_check_bool (BfParser *parser, guint16 node, const char *where);
char *bf_check_describe (const BfParser *parser, guint16 node);
/* Converts @node to @unit by a CONVERT node, or in place when it is a constant. */
guint16 bf_check_convert (BfParser *parser, guint16 node, const BfUnit *unit);

/* (nullable) (transfer none): of @words the one nearest to @text by edit distance, when it is near enough to suggest. */
const char *bf_rule_nearest (const char *text, gsize length, const char *const *words, guint n_words);

/* ---- What describes an asset (bf-rule-texts.c) ---- */

gboolean bf_rule_text_begins (const BfParser *parser, const BfToken *name);
guint16 bf_rule_text_parse (BfParser *parser, const BfToken *name);
void bf_text_test_free (gpointer test);
double bf_text_test_run (const BfTextTest *test, const void *model, guint32 asset);
char *bf_text_test_words (const BfTextTest *test);

/* ---- Program ---- */

typedef enum
{
  BF_STEP_END,
  BF_STEP_CONST,         /* r = number */
  BF_STEP_LOAD,          /* r = property, NAN when unknown */
  BF_STEP_LOAD_LT,       /* r = property < number, and so on */
  BF_STEP_LOAD_LE,
  BF_STEP_LOAD_GT,
  BF_STEP_LOAD_GE,
  BF_STEP_LOAD_EQ,
  BF_STEP_LOAD_NE,
  BF_STEP_LOAD_IN,       /* r = property is in the mask */
  BF_STEP_AGGREGATE,     /* r = the program's aggregate number arg */
  BF_STEP_BUILTIN,       /* r = the program's built-in number arg */
  BF_STEP_TEXT,          /* r = the program's text test number arg */
  BF_STEP_FIRST,         /* r = r, or r+1 when r is unknown */
  BF_STEP_LEVEL,         /* r = r + 1 when r+1 >= r+2 */
  BF_STEP_SURELY,        /* r = r is known to be true */
  BF_STEP_GIVEN,         /* r = r+1 when r is true, else NAN */
  BF_STEP_UNKNOWN,       /* r = property is unknown */
  BF_STEP_STALE,
  BF_STEP_HEARD,         /* r = property has a value, however old */
  BF_STEP_ABSENT,        /* for duration_us; 0: its stale limit */
  BF_STEP_NEGATE,
  BF_STEP_NOT,
  BF_STEP_ABS,
  BF_STEP_ROUND,
  BF_STEP_SCALE,         /* r = r * number + offset */
  BF_STEP_ADD,           /* r = r op r+1, and so on */
  BF_STEP_SUBTRACT,
  BF_STEP_MULTIPLY,
  BF_STEP_DIVIDE,
  BF_STEP_MIN,
  BF_STEP_MAX,
  BF_STEP_LT,
  BF_STEP_LE,
  BF_STEP_GT,
  BF_STEP_GE,
  BF_STEP_EQ,
  BF_STEP_NE,
  BF_STEP_AND,
  BF_STEP_OR,
  BF_STEP_JUMP_FALSE,    /* to step arg when r is false: the rest of an `and` cannot matter */
  BF_STEP_JUMP_TRUE,
} BfStepType;

/* @r: register; the second operand of a binary step is in register @r + 1. */
typedef struct
{
  guint8 type;
  guint8 r;
  guint16 property;
  guint32 arg;
  double number;
  union
  {
    double offset;
    guint64 mask;
    gint64 duration_us;
  };
} BfStep;

#define BF_N_REGISTERS 160

struct _BfProgram
{
  BfStep *steps;
  guint n_steps;
  guint16 *reads; /* properties of the own asset, each once */
  guint n_reads;
  BfAggregate **aggregates; /* of its tree */
  guint n_aggregates;
  BfBuiltin **builtins; /* of its tree */
  guint n_builtins;
  const BfTextTest **texts; /* of its tree */
  guint n_texts;
  gboolean uses_time; /* its truth may change with `now` alone: absent() */
};

/* Compiles the tree and the bodies of its aggregates; the program points to the tree's aggregates and dies before it. */
BfProgram *bf_program_compile (BfTree *tree, GError **error);
void bf_program_free (BfProgram *program);
/* It looks at nothing. */
gboolean bf_program_is_constant (const BfProgram *program);

/* The compiler under way, for bf-builtins.c. */
typedef struct _BfCompiler BfCompiler;
void bf_compiler_emit (BfCompiler *compiler, const BfStep *step);
void bf_compiler_node (BfCompiler *compiler, guint16 node, guint r);
void bf_compiler_builtin (BfCompiler *compiler, const BfBuiltin *builtin, guint r);

/* ---- Evaluation of one program (bf-program-run.c) ---- */

typedef struct _BfRun BfRun;
struct _BfRun
{
  const void *model; /* BfModel */
  gint64 now_us;
  guint32 asset;
  gint64 watch_since_us; /* since when the asset is watched */
  double (*aggregate) (gpointer user_data, guint aggregate, guint32 asset);
  double (*builtin) (gpointer user_data, const BfBuiltin *builtin, BfRun *run);
  gpointer user_data;
  gint64 wake_us; /* (out): earliest time at which the result may change without a touch; G_MAXINT64 when never */
};

/* Numbers as they are, states as index, truth as 0 and 1; NAN is UNKNOWN. */
double bf_program_run (const BfProgram *program, BfRun *run);

/* ---- The set ---- */

typedef enum
{
  BF_PART_TEXT,
  BF_PART_ASSET,
  BF_PART_ADDRESS,
  BF_PART_ZONE,
  BF_PART_PROPERTY,
} BfPartType;

typedef struct
{
  BfPartType type;
  char *text;
  guint16 property;
} BfTitlePart;

/* (transfer full): the parts, or NULL with @error */
GArray *bf_title_parse (const BfCatalog *catalog, guint16 kind, const char *text, GError **error);

/* One name of `SuppressedBy=`. @linked: there is such a rule, and it is in no circle. */
typedef struct
{
  char *id;
  gboolean zone;
  gboolean linked;
} BfSuppressor;

GPtrArray *bf_rule_suppressors_parse (const char *text, GError **error);

/* A rule and what only src/rules needs of it. BfRule is first: a BfRule * of the set is one of these. */
typedef struct
{
  BfRule rule;
  BfTree *when_tree;
  BfTree *clear_tree;
  GArray *title_parts;
  GArray *title_parts_fr; /* nullable */
  GArray *properties;     /* guint16 */
  guint procedure_line;   /* 0 when the rule names none; likewise @notify_line */
  guint notify_line;
  GPtrArray *suppressed_by; /* (nullable): BfSuppressor */
  guint suppressed_line;
  BfTree *where_tree;       /* (nullable): `Where=` */
  BfProgram *where;
  GHashTable *overrides;    /* (nullable): asset's id -> BfRuleFull, its index is the rule's */
  gboolean stock;           /* of a plugin */
} BfRuleFull;

void bf_rule_full_free (gpointer full);
/* (transfer container): the rule and its overrides in the order of their file; a BfRuleFull is a BfRule */
GPtrArray *bf_rule_full_all (BfRuleFull *full);
BfRuleFull *bf_rule_read (BfRuleSet *set, const BfConf *conf, const BfConfGroup *group, const BfConfGroup *base, GPtrArray *problems);
void bf_rule_add_properties (GArray *properties, const BfProgram *program);

typedef struct
{
  guint16 property;
  BfTree *tree;
  BfProgram *program;
  GArray *kinds; /* guint16: kinds that have the property and all that it reads */
  guint rank;
} BfDerived;

typedef struct
{
  guint indicator; /* index in the catalogue */
  BfTree *tree;
  BfProgram *value;
  guint8 target_op; /* BF_TOKEN_LT…, BF_TOKEN_END: no target */
  double target;    /* in the value's unit */
  const char *unit_text;
} BfIndicatorFull;

typedef enum
{
  BF_TASK_DERIVED,
  BF_TASK_AGGREGATE,
  BF_TASK_RULE,
  BF_TASK_INDICATOR,
} BfTaskType;

/* The order of work in a batch: whatever a task reads is written by an earlier one. */
typedef struct
{
  BfTaskType type;
  guint index;
} BfTask;

struct _BfRuleSet
{
  const BfCatalog *catalog;
  GPtrArray *rules;      /* BfRuleFull */
  GHashTable *by_id;     /* id -> BfRuleFull */
  GHashTable *off;       /* set of ids that a file names and that are off */
  GPtrArray *derived;    /* BfDerived */
  GPtrArray *indicators; /* BfIndicatorFull */
  GPtrArray *aggregates; /* BfAggregate, the trees' */
  guint n_builtins;
  GArray *tasks;         /* BfTask */
  BfTree **expected_trees; /* by property: Expected=, NULL when none */
  BfProgram **expected;
  GArray *order;           /* guint: rules, each behind those that suppress it; NULL: not linked yet */
  const BfZones *zones;    /* (nullable) */
  gboolean zones_known;    /* @zones are all that there are */
  gboolean alsace_moselle; /* two public holidays more */
  gboolean finished;
};

/* `Group=`: what alerts are gathered by, and optionally for how long. */
gboolean bf_rule_group_check (const char *text, GError **error);
const char *bf_aggregate_function_id (BfAggregateFunction function);
void bf_aggregate_free (gpointer aggregate);
void bf_title_parts_free (GArray *parts);
/* Value of a property as people read it, with its unit. */
void bf_rule_append_name (GString *out, const char *name);
char *bf_rule_value_text (const BfProperty *property, double value, const char *language);
GPtrArray *bf_derived_compile (const BfCatalog *catalog, GPtrArray *problems);
GPtrArray *bf_indicators_compile (const BfCatalog *catalog, GPtrArray *problems);
/* Expected= of the properties: conditions of the own asset; arrays by property. */
void bf_expected_compile (BfRuleSet *set, GPtrArray *problems);
void bf_expected_free (BfRuleSet *set);
void bf_derived_free (gpointer derived);
void bf_indicator_full_free (gpointer indicator);

G_END_DECLS
