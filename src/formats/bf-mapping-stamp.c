/* SPDX-License-Identifier: EUPL-1.2 */
/* Times of measurement: a property's own, else the record's, else the format's, else the payload's. A stamp that is mapped
 * and null is not replaced by the time of the answer. */

#include "formats/bf-mapping-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-text.h"
#include "base/bf-time.h"

/* A time, or an interval of two (ISO 8601): what was measured over it is true at its end. */
static gboolean
parse_interval (const BfMapping *mapping, const char *text, gsize length, gint64 *ret_us)
{
  const char *slash = memchr (text, '/', length);
  gsize rest = slash != NULL ? (gsize) (text + length - (slash + 1)) : 0;

  if (slash != NULL && bf_time_parse_rfc3339 (slash + 1, rest, mapping->zone, ret_us))
    return TRUE;
  return bf_time_parse_rfc3339 (text, length, mapping->zone, ret_us);
}

/* Seconds, or with @ms milliseconds, since 1970. */
static gboolean
epoch_to_us (double number, gboolean ms, gint64 *ret_us)
{
  if (!(fabs (number) <= (ms ? 1e14 : 1e11)))
    return FALSE;
  *ret_us = (gint64) llround (number * (ms ? 1e3 : 1e6));
  return TRUE;
}

/* A number as it is, without its text: most streams stamp so. */
static gboolean
parse_stamp_number (const BfMapStamp *stamp, double number, gint64 *ret_us)
{
  gboolean good = FALSE;

  for (guint i = 0; stamp->forms[i] != NULL && !good; i++)
    {
      gboolean ms = g_str_equal (stamp->forms[i], "epoch-ms");

      good = (ms || g_str_equal (stamp->forms[i], "epoch")) && epoch_to_us (number, ms, ret_us);
    }
  return good;
}

static gboolean
parse_stamp_form (const BfMapping *mapping, const char *form, const char *text, gsize length, gint64 *ret_us)
{
  double number;
  gboolean ms = g_str_equal (form, "epoch-ms");

  if (g_str_equal (form, "rfc3339"))
    return parse_interval (mapping, text, length, ret_us);
  if (!ms && !g_str_equal (form, "epoch"))
    return bf_time_parse_pattern (text, length, form, mapping->zone, ret_us);
  return bf_text_to_double (text, length, &number) && epoch_to_us (number, ms, ret_us);
}

static gboolean
parse_stamp_text (const BfMapping *mapping, BfMapStamp *stamp, const char *text, gsize length, gint64 *ret_us)
{
  gboolean good = FALSE;

  if (stamp->last_length > 0 && length == stamp->last_length && memcmp (text, stamp->last_text, length) == 0)
    {
      *ret_us = stamp->last_us;
      return TRUE;
    }
  if (stamp->forms == NULL)
    good = parse_interval (mapping, text, length, ret_us);
  else
    for (guint i = 0; stamp->forms[i] != NULL && !good; i++)
      good = parse_stamp_form (mapping, stamp->forms[i], text, length, ret_us);
  if (good && length < sizeof stamp->last_text)
    {
      memcpy (stamp->last_text, text, length);
      stamp->last_length = (guint8) length;
      stamp->last_us = *ret_us;
    }
  return good;
}

/* Whether it is a time by its form, which the zone's clocks jump over: no clock that was right has said it. */
static gboolean
is_jumped_over (BfMapping *mapping, const BfMapStamp *stamp, const char *text, gsize length)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  gint64 time_us;

  if (stamp->forms == NULL)
    return bf_time_parse_rfc3339 (text, length, NULL, &time_us);
  for (guint i = 0; stamp->forms[i] != NULL; i++)
    if (strcmp (stamp->forms[i], "rfc3339") == 0 ? bf_time_parse_rfc3339 (text, length, utc, &time_us)
                                                 : bf_time_parse_pattern (text, length, stamp->forms[i], utc, &time_us))
      return TRUE;
  return FALSE;
}

static void
refuse_stamp (BfMapRecord *r, const BfMapStamp *stamp, const char *property, BfJsonNode node)
{
  g_autofree char *forms = stamp->forms != NULL ? g_strjoinv (_ (" or "), stamp->forms) : NULL;
  char room[G_ASCII_DTOSTR_BUF_SIZE], shown[96];
  gsize length;
  const char *text = bf_map_scalar_text (node, room, &length);

  if (text != NULL && is_jumped_over (r->mapping, stamp, text, length))
    bf_sink_refuse (r->sink, r->record, property, _ ("the stamp (%s) %s is a time that there was not: the clocks went forward; is TimeZone= right?"),
                    stamp->path.text, bf_map_show (node, shown));
  else if (forms != NULL)
    bf_sink_refuse (r->sink, r->record, property, _ ("the stamp (%s) %s is not of the form %s"), stamp->path.text,
                    bf_map_show (node, shown), forms);
  else
    bf_sink_refuse (r->sink, r->record, property,
                    bf_json_type (node) == BF_JSON_INT
                      ? _ ("the stamp (%s) %s is not an RFC 3339 time; is observed.form=epoch or epoch-ms missing?")
                      : _ ("the stamp (%s) %s is not an RFC 3339 time"),
                    stamp->path.text, bf_map_show (node, shown));
}

static void
refuse_own (BfMapRecord *r, const char *property, const char *stamp)
{
  bf_sink_refuse (r->sink, r->record, property, _ ("its own stamp “%.80s” is not an RFC 3339 time"), stamp);
}

gboolean
bf_map_parse_stamp (const BfMapping *mapping, BfMapStamp *stamp, BfJsonNode node, gint64 *ret_us)
{
  char room[G_ASCII_DTOSTR_BUF_SIZE];
  const char *text;
  gsize length;
  double number;

  if (stamp->forms != NULL && bf_json_get_double (node, &number) && parse_stamp_number (stamp, number, ret_us))
    return TRUE;
  text = bf_map_scalar_text (node, room, &length);
  return text != NULL && parse_stamp_text (mapping, stamp, text, length, ret_us);
}

/* The stamp that stands where the format puts it, else the format's own. FALSE: refused. */
static gboolean
fall_back (BfMapRecord *r, const char *property, gint64 *ret_us)
{
  BfMapping *mapping = r->mapping;
  BfMapFound found;

  if (r->bad_fallback != NULL)
    {
      refuse_own (r, property, r->bad_fallback);
      return FALSE;
    }
  *ret_us = r->fallback_us;
  if (r->fallback_us != BF_TIME_NONE || mapping->own_stamp.path.n_sources == 0
      || !bf_map_find (mapping, &mapping->own_stamp.path, &found))
    return TRUE;
  if (bf_map_parse_stamp (mapping, &mapping->own_stamp, found.node, ret_us))
    return TRUE;
  refuse_stamp (r, &mapping->own_stamp, property, found.node);
  return FALSE;
}

/* FALSE: refused, or (with @property NULL) to be refused by the caller. Not mapped or null: the fallback. */
static gboolean
read_stamp (BfMapRecord *r, BfMapStamp *stamp, const char *property, gint64 *ret_us)
{
  BfMapping *mapping = r->mapping;
  BfMapFound found;

  if (stamp->path.n_sources == 0 || stamp->of_payload)
    {
      *ret_us = BF_TIME_NONE;
      if (!stamp->of_payload && !fall_back (r, property, ret_us))
        return FALSE;
      if (*ret_us == BF_TIME_NONE)
        *ret_us = mapping->payload_us;
      return TRUE;
    }
  if (!bf_map_find (mapping, &stamp->path, &found))
    {
      if (!fall_back (r, property, ret_us))
        return FALSE;
      if (*ret_us == BF_TIME_NONE)
        bf_sink_refuse (r->sink, r->record, property, _ ("no time of measurement: %s is null"), stamp->path.text);
      return *ret_us != BF_TIME_NONE;
    }
  if (found.constant != NULL)
    {
      if (parse_stamp_text (mapping, stamp, found.constant->constant, found.constant->constant_length, ret_us))
        return TRUE;
      bf_sink_refuse (r->sink, r->record, property, _ ("the stamp %s cannot be read"), stamp->path.text);
      return FALSE;
    }
  if (bf_map_parse_stamp (mapping, stamp, found.node, ret_us))
    return TRUE;
  refuse_stamp (r, stamp, property, found.node);
  return FALSE;
}

/* The stamp of a property's observation: its own line's, its own member's, the record's (read, and refused, once and only
 * when something needs it), the time when its member was written. */
gboolean
bf_map_stamp_of (BfMapRecord *r, BfMapProperty *mapped, const BfMapFound *found, gint64 *ret_us)
{
  const BfMapMember *member = found != NULL && found->member.value.tape != NULL ? &found->member : NULL;

  if (mapped->stamp.path.n_sources > 0)
    return read_stamp (r, &mapped->stamp, mapped->property->id, ret_us);
  if (member != NULL && member->bad_stamp != NULL)
    {
      refuse_own (r, mapped->property->id, member->bad_stamp);
      return FALSE;
    }
  if (member != NULL && member->observed_us != BF_TIME_NONE)
    {
      *ret_us = member->observed_us;
      return TRUE;
    }
  if (!r->stamp_read)
    {
      r->stamp_read = TRUE;
      r->stamp_good = read_stamp (r, &r->mapping->stamp, "observed", &r->stamp_us);
    }
  *ret_us = r->stamp_us;
  if (r->stamp_good && r->stamp_us == BF_TIME_NONE && member != NULL)
    *ret_us = member->modified_us;
  return r->stamp_good;
}

gboolean
bf_map_hours_over (BfMapRecord *r, BfMapProperty *mapped, double *ret_hours)
{
  gint64 stamps[2];
  BfMapFound found;

  for (guint i = 0; i < 2; i++)
    if (!bf_map_find (r->mapping, &mapped->over[i].path, &found) || found.constant != NULL
        || !bf_map_parse_stamp (r->mapping, &mapped->over[i], found.node, &stamps[i]))
      {
        bf_sink_refuse (r->sink, r->record, mapped->property->id, _ ("a count needs its time, and %s is no stamp"),
                        mapped->over[i].path.text);
        return FALSE;
      }
  *ret_hours = (double) (stamps[1] - stamps[0]) / 3600e6;
  if (*ret_hours > 0)
    return TRUE;
  bf_sink_refuse (r->sink, r->record, mapped->property->id, _ ("a count over no time: %s is not after %s"), mapped->over[1].path.text,
                  mapped->over[0].path.text);
  return FALSE;
}

gboolean
bf_map_has_validity (const BfMapProperty *mapped)
{
  return mapped->valid[0].path.n_sources > 0 || mapped->valid[1].path.n_sources > 0;
}

gboolean
bf_map_validity (BfMapRecord *r, const BfMapProperty *mapped, gint64 ret_us[2])
{
  BfMapFound found;
  char shown[96];

  for (guint i = 0; i < 2; i++)
    {
      const BfMapPath *path = &mapped->valid[i].path;
      BfMapStamp plain = { .path = *path };

      ret_us[i] = BF_TIME_NONE;
      if (path->n_sources == 0 || !bf_map_find (r->mapping, path, &found) || found.constant != NULL)
        continue;
      if (bf_map_parse_stamp (r->mapping, &plain, found.node, &ret_us[i]))
        continue;
      bf_sink_refuse (r->sink, r->record, mapped->property->id, _ ("the stamp (%s) %s is not an RFC 3339 time"), path->text,
                      bf_map_show (found.node, shown));
      return FALSE;
    }
  return TRUE;
}
