/* SPDX-License-Identifier: EUPL-1.2 */
/* XML by libxml2's SAX2 callbacks: see bf-xml-private.h. SAX and not the reader, because a document type can be refused at
 * its first word, before a single entity of it is read: that ends every bomb. The payload is brought to UTF-8 before libxml2
 * sees it (bf-encoding.c), so that it never looks for a converter. Outside of a record only the names of the open elements
 * are kept; inside, the record's tree. One thread. */

#include "formats/bf-xml-private.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "formats/bf-encoding-private.h"

#define NAME_BYTES 128
#define TAG_BYTES_MAX (64u << 10)
#define ATTRIBUTES_MAX 256u

typedef struct
{
  xmlParserCtxt *parser;
  const BfXmlHandler *handler;
  gpointer user_data;
  BfNodes *tree;
  BfNode *node;  /* the open element inside of a record, NULL outside */
  guint depth;   /* open elements */
  char (*names)[NAME_BYTES]; /* of the open elements outside of records */
  gboolean leaf; /* the innermost has no child so far */
  GString *text; /* of the innermost, so far */
  GError *error;
} Reader;

static void
stop (Reader *reader, GError *error)
{
  if (reader->error == NULL)
    reader->error = error;
  else
    g_error_free (error);
  xmlStopParser (reader->parser);
}

static void
stop_at_line (Reader *reader, BfError code, const char *reason)
{
  stop (reader, g_error_new (BF_ERROR, code, _ ("line %d: %s"), xmlSAX2GetLineNumber (reader->parser), reason));
}

/* --- callbacks ------------------------------------------------------------------------------------------------------ */

static void
doctype_cb (void *user_data, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
  Reader *reader = ((xmlParserCtxt *) user_data)->_private;

  stop_at_line (reader, BF_ERROR_VALUE, _ ("a document type (DOCTYPE) is not taken: entities could be a bomb"));
}

static void
reference_cb (void *user_data, const xmlChar *name)
{
  Reader *reader = ((xmlParserCtxt *) user_data)->_private;

  stop_at_line (reader, BF_ERROR_VALUE, _ ("an entity that is not one of XML's own five is not taken"));
}

static void
characters_cb (void *user_data, const xmlChar *text, int length)
{
  Reader *reader = ((xmlParserCtxt *) user_data)->_private;

  if (reader->text->len + (gsize) length > BF_LIMIT_XML_TEXT_BYTES)
    {
      stop_at_line (reader, BF_ERROR_LIMIT, _ ("a text of more than 4 MiB"));
      return;
    }
  g_string_append_len (reader->text, (const char *) text, length);
}

/* What was read of the text belongs to the element that is open now. Text between children is layout: only the first that
 * is not blank is kept. */
static gboolean
keep_text (Reader *reader)
{
  gboolean good = reader->node == NULL || reader->node->text[0] != '\0'
                  || bf_nodes_set_text (reader->tree, reader->node, reader->text->str, reader->text->len);

  g_string_truncate (reader->text, 0);
  if (!good)
    stop_at_line (reader, BF_ERROR_LIMIT, _ ("one record of more than 64 MiB"));
  return good;
}

static gboolean
is_record (const Reader *reader, const char *name)
{
  for (guint i = 0; reader->handler->records[i] != NULL; i++)
    if (strcmp (reader->handler->records[i], name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_type (const xmlChar **attribute)
{
  return strcmp ((const char *) attribute[0], "type") == 0 && attribute[2] != NULL
         && strcmp ((const char *) attribute[2], "http://www.w3.org/2001/XMLSchema-instance") == 0;
}

/* @attributes: five pointers each: local name, prefix, URI, value, end of the value. */
static gboolean
add_attributes (Reader *reader, int n, const xmlChar **attributes)
{
  for (int i = 0; i < n; i++, attributes += 5)
    {
      const char *value = (const char *) attributes[3];
      gsize length = (gsize) (attributes[4] - attributes[3]);
      BfNode *attribute;

      if (length > BF_LIMIT_XML_TEXT_BYTES)
        return FALSE;
      if (is_type (attributes) && !bf_nodes_set_type (reader->tree, reader->node, value, length))
        return FALSE;
      attribute = bf_nodes_add_attribute (reader->tree, reader->node, (const char *) attributes[0],
                                         strlen ((const char *) attributes[0]));
      if (attribute == NULL || !bf_nodes_set_text (reader->tree, attribute, value, length))
        return FALSE;
    }
  return TRUE;
}

static void
say_begin (Reader *reader, const char *name, int n, const xmlChar **attributes)
{
  g_autofree char *type = NULL;

  g_strlcpy (reader->names[reader->depth], name, NAME_BYTES);
  if (reader->handler->begin == NULL)
    return;
  for (int i = 0; i < n && type == NULL; i++, attributes += 5)
    if (is_type (attributes))
      type = g_strndup ((const char *) attributes[3], MIN ((gsize) (attributes[4] - attributes[3]), NAME_BYTES));
  reader->handler->begin (reader->user_data, name, type != NULL ? bf_nodes_local_name (type) : NULL);
}

static void
start_cb (void *user_data, const xmlChar *local_name, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
          const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
  Reader *reader = ((xmlParserCtxt *) user_data)->_private;
  const char *name = bf_nodes_local_name ((const char *) local_name);

  if (reader->error != NULL || !keep_text (reader))
    return;
  if (reader->depth >= BF_LIMIT_XML_DEPTH)
    {
      stop_at_line (reader, BF_ERROR_LIMIT, _ ("more than 100 elements inside of each other"));
      return;
    }
  reader->leaf = TRUE;
  if (reader->node == NULL && !is_record (reader, name))
    say_begin (reader, name, n_attributes, attributes);
  else
    {
      if (reader->node == NULL)
        bf_nodes_reset (reader->tree);
      reader->node = bf_nodes_add (reader->tree, reader->node, name, strlen (name));
      if (reader->node != NULL)
        reader->node->line = (guint) xmlSAX2GetLineNumber (reader->parser);
      if (reader->node == NULL || !add_attributes (reader, n_attributes, attributes))
        stop_at_line (reader, BF_ERROR_LIMIT, _ ("an attribute of more than 4 MiB, or a record of more than 64 MiB"));
    }
  reader->depth++;
}

static void
end_outside (Reader *reader)
{
  const char *parent = reader->depth > 0 ? reader->names[reader->depth - 1] : "";

  if (reader->leaf && reader->handler->text != NULL)
    {
      const char *text = g_strstrip (reader->text->str);

      if (text[0] != '\0')
        reader->handler->text (reader->user_data, parent, reader->names[reader->depth], text);
    }
  g_string_truncate (reader->text, 0);
}

static void
end_cb (void *user_data, const xmlChar *local_name, const xmlChar *prefix, const xmlChar *uri)
{
  Reader *reader = ((xmlParserCtxt *) user_data)->_private;
  GError *error = NULL;

  if (reader->error != NULL)
    return;
  reader->depth--;
  if (reader->node == NULL)
    end_outside (reader);
  else if (keep_text (reader))
    {
      BfNode *parent = reader->node->parent;

      if (parent == NULL && !reader->handler->record (reader->user_data, reader->node, &error))
        stop (reader, error);
      reader->node = parent;
    }
  reader->leaf = FALSE;
}

/* libxml2's own faults: the first that is one. An undeclared prefix is none: prefixes are not looked at. */
static void
fault_cb (void *user_data, xmlError *fault)
{
  Reader *reader = ((xmlParserCtxt *) user_data)->_private;
  g_autofree char *message = NULL, *valid = NULL;

  if (fault->domain == XML_FROM_NAMESPACE || fault->level < XML_ERR_ERROR || reader->error != NULL)
    return;
  message = g_strdup (fault->message != NULL ? fault->message : "not well formed");
  valid = g_utf8_make_valid (g_strstrip (message), MIN (strlen (message), 200));
  stop (reader, g_error_new (BF_ERROR, BF_ERROR_SYNTAX, _ ("not well-formed XML, line %d: %s"), fault->line, valid));
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

static xmlSAXHandler *
callbacks (void)
{
  static xmlSAXHandler sax = {
    .internalSubset = doctype_cb,
    .reference = reference_cb,
    .characters = characters_cb,
    .ignorableWhitespace = characters_cb,
    .cdataBlock = characters_cb,
    .startElementNs = start_cb,
    .endElementNs = end_cb,
    .serror = fault_cb,
    .initialized = XML_SAX2_MAGIC,
  };

  return &sax;
}

/* The encoding that the declaration names; UTF-16 shows itself by its first bytes. */
static gboolean
find_encoding (const char *bytes, gsize length, BfEncoding *ret_encoding, GError **error)
{
  const char *end = memchr (bytes, '>', MIN (length, 200));
  const char *at;
  gsize n;
  char quote;

  *ret_encoding = BF_ENCODING_UTF8;
  if (length >= 4 && (memcmp (bytes, "\xff\xfe", 2) == 0 || memcmp (bytes, "\xfe\xff", 2) == 0 || memcmp (bytes, "<\0?\0", 4) == 0))
    *ret_encoding = BF_ENCODING_UTF16;
  if (*ret_encoding == BF_ENCODING_UTF16 || end == NULL || (length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0))
    return TRUE;
  at = g_strstr_len (bytes, end - bytes, "encoding");
  at = at != NULL ? memchr (at, '=', (gsize) (end - at)) : NULL;
  while (at != NULL && at < end && *at != '"' && *at != '\'')
    at++;
  if (at == NULL || at >= end)
    return TRUE;
  quote = *at++;
  for (n = 0; at + n < end && at[n] != quote; n++)
    ;
  if (bf_encoding_find (at, n, ret_encoding))
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_UNSUPPORTED, _ ("line 1: the encoding “%.*s” is not read; expected UTF-8, UTF-16, ISO-8859-1, "
               "ISO-8859-15 or windows-1252"), (int) MIN (n, 40), g_utf8_validate (at, (gssize) n, NULL) ? at : "");
  return FALSE;
}

/* --- tags ----------------------------------------------------------------------------------------------------------- */

static gboolean
begins_with (const char *at, const char *end, const char *what)
{
  return (gsize) (end - at) >= strlen (what) && memcmp (at, what, strlen (what)) == 0;
}

/* Behind the next @what, or the end. */
static const char *
skip_to (const char *at, const char *end, const char *what)
{
  const char *found = g_strstr_len (at, end - at, what);

  return found != NULL ? found + strlen (what) : end;
}

/* Behind the tag that begins at @at; NULL when it is over a limit. */
static const char *
skip_tag (const char *at, const char *end)
{
  const char *begin = at;
  guint n_attributes = 0;

  while (at < end && *at != '>')
    {
      if (*at == '"' || *at == '\'')
        {
          const char *quote = memchr (at + 1, *at, (gsize) (end - at - 1));

          at = quote != NULL ? quote : end - 1;
        }
      n_attributes += *at++ == '=';
      if ((gsize) (at - begin) > TAG_BYTES_MAX || n_attributes > ATTRIBUTES_MAX)
        return NULL;
    }
  return at < end ? at + 1 : end;
}

/* libxml2 compares every attribute of a tag with every other: what has hundreds of thousands would take it hours. */
static gboolean
check_tags (const char *text, gsize length, GError **error)
{
  const char *end = text + length;
  const char *at = text;

  while ((at = memchr (at, '<', (gsize) (end - at))) != NULL)
    {
      const char *begin = at;

      if (begins_with (at, end, "<!--"))
        at = skip_to (at + 4, end, "-->");
      else if (begins_with (at, end, "<![CDATA["))
        at = skip_to (at + 9, end, "]]>");
      else if (begins_with (at, end, "<?"))
        at = skip_to (at + 2, end, "?>");
      else if ((at = skip_tag (at, end)) == NULL)
        {
          guint line = 1;

          for (const char *p = text; p < begin; p++)
            line += *p == '\n';
          g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("line %u: a tag of more than %u bytes or %u attributes"), line, TAG_BYTES_MAX,
                       ATTRIBUTES_MAX);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
parse (Reader *reader, const char *text, gsize length, GError **error)
{
  xmlParserCtxt *parser;

  if (length == 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("the payload is empty"));
      return FALSE;
    }
  parser = xmlCreateMemoryParserCtxt (text, (int) length);
  if (parser == NULL)
    g_error ("out of memory");
  reader->parser = parser;
  *parser->sax = *callbacks ();
  parser->_private = reader;
  xmlCtxtUseOptions (parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
  xmlSwitchEncoding (parser, XML_CHAR_ENCODING_UTF8);
  xmlParseDocument (parser);
  if (reader->error == NULL && !parser->wellFormed)
    reader->error = g_error_new_literal (BF_ERROR, BF_ERROR_SYNTAX, _ ("not well-formed XML"));
  if (parser->myDoc != NULL)
    xmlFreeDoc (parser->myDoc);
  xmlFreeParserCtxt (parser);
  if (reader->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&reader->error));
  return FALSE;
}

/*
 * bf_xml_read:
 *
 * Returns: %FALSE with @error, which names the line: not well formed, over a limit, with a document type, or @handler's own
 */
gboolean
bf_xml_read (const char *bytes, gsize length, const BfXmlHandler *handler, gpointer user_data, GError **error)
{
  g_autoptr (BfNodes) tree = bf_nodes_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char(*names)[NAME_BYTES] = g_malloc0 (BF_LIMIT_XML_DEPTH * NAME_BYTES);
  Reader reader = { .handler = handler, .user_data = user_data, .tree = tree, .text = text, .names = names };
  GString *room = NULL;
  BfEncoding encoding;
  const char *utf8;
  gsize n;
  gboolean good;

  if (length > BF_LIMIT_PAYLOAD_BYTES)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("a payload of %zu bytes, at most %u are allowed"), length,
                   BF_LIMIT_PAYLOAD_BYTES);
      return FALSE;
    }
  good = find_encoding (bytes, length, &encoding, error) && bf_encoding_to_utf8 (encoding, bytes, length, &room, &utf8, &n, error)
         && check_tags (utf8, n, error) && parse (&reader, utf8, n, error);
  if (room != NULL)
    g_string_free (room, TRUE);
  return good;
}

gboolean
bf_xml_looks_like (const char *bytes, gsize length)
{
  gsize i = 0;

  if (length >= 4 && (memcmp (bytes, "\xff\xfe<\0", 4) == 0 || memcmp (bytes, "\xfe\xff\0<", 4) == 0))
    return TRUE;
  if (length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0)
    i = 3;
  while (i < length && g_ascii_isspace (bytes[i]))
    i++;
  return i + 1 < length && bytes[i] == '<' && (bytes[i + 1] == '?' || bytes[i + 1] == '!' || g_ascii_isalpha (bytes[i + 1]));
}
