/* SPDX-License-Identifier: EUPL-1.2 */
/* Procedures (fiches réflexes): Markdown files of the plugins (`procedures/`) and of the city (`procedures.d/`, which take the place of a
 * plugin's of the same name). `NAME.md` is in English, `NAME.fr.md` in French; a step is known by its number, so both have as many.
 *
 *     ---
 *     reviewed: 2026-03-14
 *     ---
 *     # Title
 *
 *     ## Operator          the role whose steps follow; none: whoever has the alert
 *
 *     1. What is done first.
 *     2. …                 numbering goes on over all roles of the file
 *
 * Plain data, main thread. */
#pragma once

#include "model/bf-catalog.h"

G_BEGIN_DECLS

typedef struct
{
  char *role; /* nullable */
  char *text;
} BfStep;

/**
 * BfProcedure: one file
 * @reviewed: (nullable): "2026-03-14", when somebody last read it through
 * @steps: BfStep; never empty
 */
typedef struct
{
  char *name;
  char *path;
  char *title;
  char *reviewed;
  GPtrArray *steps;
} BfProcedure;

typedef struct _BfProcedures BfProcedures;

BfProcedure *bf_procedure_parse (const char *path, const char *text, gsize length, GPtrArray *problems);
void bf_procedure_free (BfProcedure *procedure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfProcedure, bf_procedure_free)

BfProcedures *bf_procedures_load (const BfCatalog *catalog, const char *city_dir, GPtrArray *problems);
void bf_procedures_free (BfProcedures *procedures);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfProcedures, bf_procedures_free)
const BfProcedure *bf_procedures_find (const BfProcedures *procedures, const char *name, const char *language);
GPtrArray *bf_procedures_names (const BfProcedures *procedures);

G_END_DECLS
