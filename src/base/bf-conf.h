/* SPDX-License-Identifier: EUPL-1.2 */
/* The city's text files: the syntax of systemd units, with line numbers.
 *
 *   # a comment stands on a line of its own (also ;)
 *   [Type]            or   [Type name]
 *   Key=value raw to the end of the line, blanks around it cut
 *   Key[fr]=value in a language
 *   Long=first \
 *        second       joined by one blank
 *
 * Keys keep their case. A duplicate group or key, a line that is none of these, a NUL or invalid UTF-8 is a problem with
 * its line; the group it stands in is marked bad (off) and the rest of the file is read on. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BfConfEntry: one `Key[locale]=value`. @locale is %NULL for the plain key; @line counts from 1.
 */
typedef struct
{
  char *key;
  char *locale;
  char *value;
  guint line;
} BfConfEntry;

/**
 * BfConfGroup: one `[type name]`. @name is %NULL in `[type]`. @bad: it has a problem and must be off.
 */
typedef struct
{
  char *type;
  char *name;
  guint line;
  gboolean bad;
  GArray *entries; /* BfConfEntry, in the order of the file */
} BfConfGroup;

typedef struct
{
  char *path;        /* as shown in problems */
  GPtrArray *groups; /* BfConfGroup, in the order of the file */
} BfConf;

BfConf *bf_conf_load (const char *path, GPtrArray *problems, GError **error);
BfConf *bf_conf_parse (const char *path, const char *text, gsize length, GPtrArray *problems);
void bf_conf_free (BfConf *conf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfConf, bf_conf_free)

const BfConfGroup *bf_conf_group (const BfConf *conf, const char *type, const char *name);
const BfConfEntry *bf_conf_group_entry (const BfConfGroup *group, const char *key, const char *locale);
const char *bf_conf_group_get (const BfConfGroup *group, const char *key);
guint bf_conf_group_line (const BfConfGroup *group, const char *key);
gboolean bf_conf_group_check_keys (const BfConf *conf,
                                   const BfConfGroup *group,
                                   const char *const *known,
                                   GPtrArray *problems);

G_END_DECLS
