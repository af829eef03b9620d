/* SPDX-License-Identifier: EUPL-1.2 */
/* Reader of XML over libxml2's SAX2 interface: entities, DTD and network off, depth and size bounded. Prefixes are ignored:
 * elements are known by their local names. The payload is never held as a whole tree: a record's element is, until its end. */
#pragma once

#include "formats/bf-tree-private.h"

G_BEGIN_DECLS

/**
 * BfXmlHandler:
 * @records: local names of the elements that are records, %NULL at the end; one inside of another belongs to it
 * @text: (nullable): an element outside of any record that has a text and no children
 * @begin: (nullable): an element outside of any record begins
 * @record: a whole record. FALSE with an error ends the reading.
 */
typedef struct
{
  const char *const *records;
  void (*text) (gpointer user_data, const char *parent, const char *name, const char *text);
  void (*begin) (gpointer user_data, const char *name, const char *type);
  gboolean (*record) (gpointer user_data, const BfNode *record, GError **error);
} BfXmlHandler;

gboolean bf_xml_read (const char *bytes, gsize length, const BfXmlHandler *handler, gpointer user_data, GError **error);
/* Begins with an element or a declaration, after BOM and blanks. */
gboolean bf_xml_looks_like (const char *bytes, gsize length);

G_END_DECLS
