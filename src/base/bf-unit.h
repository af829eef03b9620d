/* SPDX-License-Identifier: EUPL-1.2 */
/* Units: one closed table (UCUM codes, https://ucum.org), each as scale and offset to SI and a vector of dimensions, so
 * that rules can multiply and divide and the compiler can refuse `pressure < 2.5 km`. Money and counts have none. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum
{
  BF_DIM_LENGTH,
  BF_DIM_MASS,
  BF_DIM_TIME,
  BF_DIM_CURRENT,
  BF_DIM_TEMPERATURE,
  BF_DIM_LUMINOUS,
  BF_N_DIMS
};

/**
 * BfUnit:
 * @scale: SI value = value * scale + offset
 * @offset: not zero for °C only
 * @dim: exponents of length, mass, time, current, temperature, luminous intensity
 */
typedef struct
{
  double scale;
  double offset;
  gint8 dim[BF_N_DIMS];
} BfUnit;

extern const BfUnit bf_unit_one;

gboolean bf_unit_lookup (const char *code, gsize length, BfUnit *ret_unit);
gboolean bf_unit_same_dimension (const BfUnit *a, const BfUnit *b);
gboolean bf_unit_is_one (const BfUnit *unit);
gboolean bf_unit_multiply (const BfUnit *a, const BfUnit *b, int power, BfUnit *ret_unit);
double bf_unit_convert (double value, const BfUnit *from, const BfUnit *to);
const char *bf_unit_display (const char *code, const char *language);
const char *bf_unit_nearest (const char *text, gsize length);
char *bf_unit_list_like (const BfUnit *unit, guint max);

G_END_DECLS
