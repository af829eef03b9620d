/* SPDX-License-Identifier: EUPL-1.2 */
/* The XML reader: what it takes, and what no payload may do to it. */

#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "formats/bf-xml-private.h"

typedef struct
{
  GString *said;
} Heard;

static void
text_cb (gpointer user_data, const char *parent, const char *name, const char *text)
{
  Heard *heard = user_data;

  g_string_append_printf (heard->said, "%s/%s=%s;", parent, name, text);
}

static gboolean
record_cb (gpointer user_data, const BfNode *record, GError **error)
{
  Heard *heard = user_data;

  g_string_append_printf (heard->said, "[%s", record->name);
  if (record->type != NULL)
    g_string_append_printf (heard->said, ":%s", record->type);
  for (const BfNode *at = bf_node_walk (record, record); at != NULL; at = bf_node_walk (record, at))
    g_string_append_printf (heard->said, " %s=%s", at->name, at->text);
  if (bf_node_attribute (record, "id") != NULL)
    g_string_append_printf (heard->said, " @%s", bf_node_attribute (record, "id"));
  g_string_append (heard->said, "]");
  return TRUE;
}

/* (transfer full): what was heard, or the error's message */
static char *
read_text (const char *bytes, gsize length)
{
  static const char *const records[] = { "r", NULL };
  static const BfXmlHandler handler = { records, text_cb, NULL, record_cb };
  g_autoptr (GError) error = NULL;
  Heard heard = { g_string_new (NULL) };

  if (!bf_xml_read (bytes, length, &handler, &heard, &error))
    {
      g_assert_nonnull (error);
      g_string_assign (heard.said, error->message);
    }
  else
    g_assert_no_error (error);
  return g_string_free (heard.said, FALSE);
}

static void
expect (const char *bytes, const char *said)
{
  g_autofree char *heard = read_text (bytes, strlen (bytes));

  g_assert_cmpstr (heard, ==, said);
}

static void
expect_part (const char *bytes, gsize length, const char *part)
{
  g_autofree char *heard = read_text (bytes, length);

  if (strstr (heard, part) == NULL)
    g_error ("expected “%s” in “%s”", part, heard);
}

static void
test_records (void)
{
  expect ("<a><time> 12:00 </time><b><r id='1'><x>1</x></r></b><r id='2'/></a>", "a/time=12:00;[r x=1 @1][r @2]");
  /* prefixes are not looked at, declared or not; a type's prefix neither */
  expect ("<n:a xmlns:n='u' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><n:r xsi:type='n:Site'><m:x>1</m:x></n:r></n:a>",
          "[r:Site x=1]");
  /* an element of the parent's name; a record inside of a record belongs to it */
  expect ("<a><r><r>open</r><r>full</r></r></a>", "[r r=open r=full]");
  expect ("<a><r><x><![CDATA[<&>]]>&amp;&#233;</x></r></a>", "[r x=<&>&é]");
  expect ("<a><r><x>one<y/>two</x></r></a>", "[r x=one y=]");
}

static void
test_encodings (void)
{
  static const char utf16[] = "\xff\xfe<\0r\0>\0\xe9\0<\0/\0r\0>\0";
  static const char cut[] = "\xff\xfe<\0r\0>\0\xe9\0<\0/\0r\0>";

  expect ("<?xml version='1.0' encoding='ISO-8859-1'?><a><t>\xe9\xe0</t></a>", "a/t=éà;");
  expect ("<?xml version=\"1.0\" encoding=\"windows-1252\"?><a><t>\x80</t></a>", "a/t=€;");
  expect ("<?xml version='1.0' encoding='iso-8859-15'?><a><t>\xa4</t></a>", "a/t=€;");
  expect ("\xef\xbb\xbf<a><t>é</t></a>", "a/t=é;");
  expect_part (utf16, sizeof utf16 - 1, "[r");
  expect_part (cut, sizeof cut - 1, "UTF-16");
  expect_part ("<a>\n<t>\xe9</t></a>", 15, "line 2: the byte 0xe9 is not UTF-8");
  expect_part ("<?xml version='1.0' encoding='EBCDIC-FR'?><a/>", 46, "the encoding “EBCDIC-FR” is not read");
}

static void
test_faults (void)
{
  expect_part ("<a>\n<b>\n</a>", 12, "line 3");
  expect_part ("", 0, "empty");
  expect_part ("hello", 5, "line 1");
  expect_part ("<a/><b/>", 8, "line 1");
  expect_part ("<a>\x01</a>", 8, "line 1");
}

/* Every kind of bomb ends at the first word of the document type. */
static void
test_bombs (void)
{
  static const char *const bombs[] = {
    "<?xml version='1.0'?>\n<!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;&lol;&lol;'>]>\n<r>&lol2;</r>",
    "<?xml version='1.0'?>\n<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\n<r>&x;</r>",
    "<?xml version='1.0'?>\n<!DOCTYPE r SYSTEM 'http://127.0.0.1:1/x.dtd'>\n<r/>",
    "<?xml version='1.0'?>\n<!DOCTYPE r [<!ENTITY % a SYSTEM 'http://127.0.0.1:1/x.dtd'> %a;]>\n<r/>",
    "<?xml version='1.0'?>\n<!DOCTYPE r [<!ATTLIST r a CDATA '&b;'><!ENTITY b '&c;&c;'><!ENTITY c 'x'>]>\n<r/>",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bombs); i++)
    expect_part (bombs[i], strlen (bombs[i]), "line 2: a document type (DOCTYPE) is not taken");
  expect_part ("<a><r>&undefined;</r></a>", 25, "line 1");
}

static void
test_depth (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < 10000; i++)
    g_string_append (text, "<e>\n");
  expect_part (text->str, text->len, "line 101: more than 100 elements inside of each other");
  g_string_assign (text, "<r>");
  for (guint i = 0; i < 10000; i++)
    g_string_append (text, "<e>");
  expect_part (text->str, text->len, "more than 100 elements");
}

static void
test_sizes (void)
{
  g_autoptr (GString) text = g_string_new ("<a><r>");
  g_autofree char *heard = NULL;

  for (guint i = 0; i < 5u << 20; i++)
    g_string_append_c (text, 'x');
  expect_part (text->str, text->len, "line 1: a text of more than 4 MiB");
  g_string_overwrite (text, 0, "<a><r b='");
  expect_part (text->str, text->len, "line 1"); /* an attribute that never ends */
  g_string_append (text, "'/></a>");
  expect_part (text->str, text->len, "line 1: a tag of more than 65536 bytes or 256 attributes");
  /* one record of a million elements */
  g_string_assign (text, "<a><r>");
  for (guint i = 0; i < 1000000; i++)
    g_string_append (text, "<e/>");
  expect_part (text->str, text->len, "a record of more than 64 MiB");
  /* a million elements outside of records cost nothing */
  g_string_assign (text, "<a>");
  for (guint i = 0; i < 1000000; i++)
    g_string_append (text, "<e/>");
  g_string_append (text, "</a>");
  heard = read_text (text->str, text->len);
  g_assert_cmpstr (heard, ==, "");
}

/* libxml2 compares each attribute with all others: 400,000 took it 94 s. */
static void
test_attributes (void)
{
  g_autoptr (GString) text = g_string_new ("<a>\n<r>\n<e");
  gint64 begin_us = g_get_monotonic_time ();
  g_autofree char *heard = NULL;

  for (guint i = 0; i < 400000; i++)
    g_string_append_printf (text, " a%u='>'", i);
  g_string_append (text, "/></r></a>");
  expect_part (text->str, text->len, "line 3: a tag of more than 65536 bytes or 256 attributes");
  g_assert_cmpint (g_get_monotonic_time () - begin_us, <, 5 * G_USEC_PER_SEC);
  /* What stands in comments, CDATA and texts is no attribute; 200 of them are. */
  g_string_assign (text, "<a><r><!-- ");
  for (guint i = 0; i < 70000; i++)
    g_string_append (text, "a='' ");
  g_string_append (text, "--><x><![CDATA[");
  for (guint i = 0; i < 70000; i++)
    g_string_append (text, "<=");
  g_string_append (text, "]]></x><y");
  for (guint i = 0; i < 200; i++)
    g_string_append_printf (text, " a%u='='", i);
  g_string_append (text, "/></r></a>");
  heard = read_text (text->str, text->len);
  g_assert_true (g_str_has_prefix (heard, "[r x="));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/formats/xml/records", test_records);
  g_test_add_func ("/formats/xml/encodings", test_encodings);
  g_test_add_func ("/formats/xml/faults", test_faults);
  g_test_add_func ("/formats/xml/bombs", test_bombs);
  g_test_add_func ("/formats/xml/depth", test_depth);
  g_test_add_func ("/formats/xml/attributes", test_attributes);
  g_test_add_func ("/formats/xml/sizes", test_sizes);
  return g_test_run ();
}
