/* SPDX-License-Identifier: EUPL-1.2 */
/* The table of units: see bf-unit.h. Scales to SI from the SI brochure (BIPM, 9th edition) and UCUM 2.1; m[H2O] at 4 °C
 * and standard gravity. Constant data, no threads. */

#include "base/bf-unit.h"

#include <math.h>
#include <string.h>

typedef struct
{
  const char *code;       /* as written in manifests and rules */
  const char *display;    /* as shown, any language */
  const char *display_fr; /* NULL: the same */
  BfUnit unit;
} Row;

/* clang-format off */
/*                    scale            offset   L   M   T   I   K   J */
static const Row rows[] = {
  { "1",        "",       NULL,      { 1,               0,    { 0,  0,  0,  0,  0,  0 } } },
  { "%",        "%",      NULL,      { 0.01,            0,    { 0,  0,  0,  0,  0,  0 } } },
  { "places",   "places", "places",  { 1,               0,    { 0,  0,  0,  0,  0,  0 } } },
  { "[ppm]",    "ppm",    NULL,      { 1e-6,            0,    { 0,  0,  0,  0,  0,  0 } } },
  { "deg",      "°",      NULL,      { G_PI / 180,      0,    { 0,  0,  0,  0,  0,  0 } } },
  { "m",        "m",      NULL,      { 1,               0,    { 1,  0,  0,  0,  0,  0 } } },
  { "km",       "km",     NULL,      { 1000,            0,    { 1,  0,  0,  0,  0,  0 } } },
  { "cm",       "cm",     NULL,      { 0.01,            0,    { 1,  0,  0,  0,  0,  0 } } },
  { "mm",       "mm",     NULL,      { 0.001,           0,    { 1,  0,  0,  0,  0,  0 } } },
  { "m2",       "m²",     NULL,      { 1,               0,    { 2,  0,  0,  0,  0,  0 } } },
  { "m3",       "m³",     NULL,      { 1,               0,    { 3,  0,  0,  0,  0,  0 } } },
  { "L",        "L",      NULL,      { 0.001,           0,    { 3,  0,  0,  0,  0,  0 } } },
  { "l",        "L",      NULL,      { 0.001,           0,    { 3,  0,  0,  0,  0,  0 } } },
  { "g",        "g",      NULL,      { 0.001,           0,    { 0,  1,  0,  0,  0,  0 } } },
  { "kg",       "kg",     NULL,      { 1,               0,    { 0,  1,  0,  0,  0,  0 } } },
  { "t",        "t",      NULL,      { 1000,            0,    { 0,  1,  0,  0,  0,  0 } } },
  { "ug/m3",    "µg/m³",  NULL,      { 1e-9,            0,    {-3,  1,  0,  0,  0,  0 } } },
  { "mg/L",     "mg/L",   NULL,      { 1e-3,            0,    {-3,  1,  0,  0,  0,  0 } } },
  { "s",        "s",      NULL,      { 1,               0,    { 0,  0,  1,  0,  0,  0 } } },
  { "ms",       "ms",     NULL,      { 0.001,           0,    { 0,  0,  1,  0,  0,  0 } } },
  { "min",      "min",    NULL,      { 60,              0,    { 0,  0,  1,  0,  0,  0 } } },
  { "h",        "h",      NULL,      { 3600,            0,    { 0,  0,  1,  0,  0,  0 } } },
  { "d",        "d",      "j",       { 86400,           0,    { 0,  0,  1,  0,  0,  0 } } },
  { "Hz",       "Hz",     NULL,      { 1,               0,    { 0,  0, -1,  0,  0,  0 } } },
  { "/s",       "/s",     NULL,      { 1,               0,    { 0,  0, -1,  0,  0,  0 } } },
  { "/min",     "/min",   NULL,      { 1.0 / 60,        0,    { 0,  0, -1,  0,  0,  0 } } },
  { "/h",       "/h",     NULL,      { 1.0 / 3600,      0,    { 0,  0, -1,  0,  0,  0 } } },
  { "veh/h",    "veh/h",  "véh/h",   { 1.0 / 3600,      0,    { 0,  0, -1,  0,  0,  0 } } },
  { "%/h",      "%/h",    NULL,      { 0.01 / 3600,     0,    { 0,  0, -1,  0,  0,  0 } } },
  { "/d",       "/d",     "/j",      { 1.0 / 86400,     0,    { 0,  0, -1,  0,  0,  0 } } },
  { "m/s",      "m/s",    NULL,      { 1,               0,    { 1,  0, -1,  0,  0,  0 } } },
  { "km/h",     "km/h",   NULL,      { 1000.0 / 3600,   0,    { 1,  0, -1,  0,  0,  0 } } },
  { "mm/h",     "mm/h",   NULL,      { 0.001 / 3600,    0,    { 1,  0, -1,  0,  0,  0 } } },
  { "m3/h",     "m³/h",   NULL,      { 1.0 / 3600,      0,    { 3,  0, -1,  0,  0,  0 } } },
  { "m3/s",     "m³/s",   NULL,      { 1,               0,    { 3,  0, -1,  0,  0,  0 } } },
  { "m3/d",     "m³/d",   "m³/j",    { 1.0 / 86400,     0,    { 3,  0, -1,  0,  0,  0 } } },
  { "L/s",      "L/s",    NULL,      { 0.001,           0,    { 3,  0, -1,  0,  0,  0 } } },
  { "L/min",    "L/min",  NULL,      { 0.001 / 60,      0,    { 3,  0, -1,  0,  0,  0 } } },
  { "Pa",       "Pa",     NULL,      { 1,               0,    {-1,  1, -2,  0,  0,  0 } } },
  { "hPa",      "hPa",    NULL,      { 100,             0,    {-1,  1, -2,  0,  0,  0 } } },
  { "kPa",      "kPa",    NULL,      { 1000,            0,    {-1,  1, -2,  0,  0,  0 } } },
  { "bar",      "bar",    NULL,      { 1e5,             0,    {-1,  1, -2,  0,  0,  0 } } },
  { "mbar",     "mbar",   NULL,      { 100,             0,    {-1,  1, -2,  0,  0,  0 } } },
  { "m[H2O]",   "mWC",    "mCE",     { 9806.65,         0,    {-1,  1, -2,  0,  0,  0 } } },
  { "N",        "N",      NULL,      { 1,               0,    { 1,  1, -2,  0,  0,  0 } } },
  { "J",        "J",      NULL,      { 1,               0,    { 2,  1, -2,  0,  0,  0 } } },
  { "W",        "W",      NULL,      { 1,               0,    { 2,  1, -3,  0,  0,  0 } } },
  { "kW",       "kW",     NULL,      { 1000,            0,    { 2,  1, -3,  0,  0,  0 } } },
  { "MW",       "MW",     NULL,      { 1e6,             0,    { 2,  1, -3,  0,  0,  0 } } },
  { "Wh",       "Wh",     NULL,      { 3600,            0,    { 2,  1, -2,  0,  0,  0 } } },
  { "kWh",      "kWh",    NULL,      { 3.6e6,           0,    { 2,  1, -2,  0,  0,  0 } } },
  { "MWh",      "MWh",    NULL,      { 3.6e9,           0,    { 2,  1, -2,  0,  0,  0 } } },
  { "A",        "A",      NULL,      { 1,               0,    { 0,  0,  0,  1,  0,  0 } } },
  { "mA",       "mA",     NULL,      { 0.001,           0,    { 0,  0,  0,  1,  0,  0 } } },
  { "V",        "V",      NULL,      { 1,               0,    { 2,  1, -3, -1,  0,  0 } } },
  { "mV",       "mV",     NULL,      { 0.001,           0,    { 2,  1, -3, -1,  0,  0 } } },
  { "kV",       "kV",     NULL,      { 1000,            0,    { 2,  1, -3, -1,  0,  0 } } },
  { "K",        "K",      NULL,      { 1,               0,    { 0,  0,  0,  0,  1,  0 } } },
  { "Cel",      "°C",     NULL,      { 1,               273.15, { 0, 0, 0,  0,  1,  0 } } },
  { "°C",       "°C",     NULL,      { 1,               273.15, { 0, 0, 0,  0,  1,  0 } } },
  { "lx",       "lx",     NULL,      { 1,               0,    {-2,  0,  0,  0,  0,  1 } } },
  { "[NTU]",    "NTU",    "NFU",     { 1,               0,    { 0,  0,  0,  0,  0,  0 } } },
  { "dB",       "dB",     NULL,      { 1,               0,    { 0,  0,  0,  0,  0,  0 } } },
  { "m³",       "m³",     NULL,      { 1,               0,    { 3,  0,  0,  0,  0,  0 } } },
  { "m³/h",     "m³/h",   NULL,      { 1.0 / 3600,      0,    { 3,  0, -1,  0,  0,  0 } } },
};
/* clang-format on */

const BfUnit bf_unit_one = { 1, 0, { 0, 0, 0, 0, 0, 0 } };

static const Row *
find_row (const char *code, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strlen (rows[i].code) == length && memcmp (rows[i].code, code, length) == 0)
      return &rows[i];
  return NULL;
}

/**
 * bf_unit_lookup:
 * @code: the unit as written; need not end with NUL
 * @length: its bytes
 * @ret_unit: (out): not touched when unknown
 *
 * Returns: %TRUE when the table has it
 */
gboolean
bf_unit_lookup (const char *code, gsize length, BfUnit *ret_unit)
{
  const Row *row = find_row (code, length);

  if (row == NULL)
    return FALSE;
  *ret_unit = row->unit;
  return TRUE;
}

gboolean
bf_unit_same_dimension (const BfUnit *a, const BfUnit *b)
{
  return memcmp (a->dim, b->dim, sizeof a->dim) == 0;
}

/**
 * bf_unit_is_one:
 *
 * Returns: %TRUE for a plain number: no dimension, scale 1
 */
gboolean
bf_unit_is_one (const BfUnit *unit)
{
  return bf_unit_same_dimension (unit, &bf_unit_one) && unit->scale == 1 && unit->offset == 0;
}

/**
 * bf_unit_multiply:
 * @power: 1 for a·b, -1 for a/b
 *
 * Returns: %FALSE when one of them has an offset (°C: what is 2 · 20 °C?), or an exponent leaves -16..16
 */
gboolean
bf_unit_multiply (const BfUnit *a, const BfUnit *b, int power, BfUnit *ret_unit)
{
  BfUnit unit;

  if (a->offset != 0 || b->offset != 0)
    return FALSE;
  unit.scale = power > 0 ? a->scale * b->scale : a->scale / b->scale;
  unit.offset = 0;
  for (int i = 0; i < BF_N_DIMS; i++)
    {
      int sum = a->dim[i] + power * b->dim[i];

      if (sum < -16 || sum > 16)
        return FALSE;
      unit.dim[i] = (gint8) sum;
    }
  *ret_unit = unit;
  return TRUE;
}

/**
 * bf_unit_convert:
 *
 * Returns: @value, given in @from, in @to; both of one dimension
 */
double
bf_unit_convert (double value, const BfUnit *from, const BfUnit *to)
{
  if (from->scale == to->scale && from->offset == to->offset)
    return value;
  return (value * from->scale + from->offset - to->offset) / to->scale;
}

/**
 * bf_unit_display:
 * @code: a code of the table
 * @language: (nullable): "fr", or another
 *
 * Returns: (transfer static): the unit as people write it, "" for 1; @code itself when unknown
 */
const char *
bf_unit_display (const char *code, const char *language)
{
  const Row *row = find_row (code, strlen (code));

  if (row == NULL)
    return code;
  if (row->display_fr != NULL && language != NULL && g_str_has_prefix (language, "fr"))
    return row->display_fr;
  return row->display;
}

/**
 * bf_unit_nearest:
 *
 * Returns: (nullable) (transfer static): a code that differs from @text by its case only, to suggest it
 */
const char *
bf_unit_nearest (const char *text, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strlen (rows[i].code) == length && g_ascii_strncasecmp (rows[i].code, text, length) == 0)
      return rows[i].code;
  return NULL;
}

/**
 * bf_unit_list_like:
 *
 * Returns: (transfer full): up to @max codes that measure the same as @unit, "bar, mbar, Pa"; empty when there are none
 */
char *
bf_unit_list_like (const BfUnit *unit, guint max)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows) && max > 0; i++)
    {
      BfUnit other;

      if (!bf_unit_lookup (rows[i].code, strlen (rows[i].code), &other) || !bf_unit_same_dimension (&other, unit))
        continue;
      g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", rows[i].code);
      max--;
    }
  return g_string_free (list, FALSE);
}
