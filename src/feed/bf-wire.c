/* SPDX-License-Identifier: EUPL-1.2 */
/* What a feed file may say of each transport: see bf-wire.h. Two tables: the transports, and the keys with the transports that
 * know them. A value of a secret key must be `secret:NAME`, and the secret's file must be there and its owner's alone. Plain. */

#include "feed/bf-wire.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "feed/bf-secret.h"

#define MASK(id) (1u << BF_WIRE_##id)
#define HTTP_LIKE (MASK (HTTP) | MASK (WEBSOCKET) | MASK (EVENTS) | MASK (LINES))
#define ANY ((1u << BF_N_WIRES) - 1)
#define HEADER_PREFIX "Header."
#define MAX_HEADERS 32u
#define SERVERS_MAX 8u

static const BfWire wires[BF_N_WIRES] = {
  [BF_WIRE_HTTP] = { "http", { "http", "https" }, FALSE },
  [BF_WIRE_FILE] = { "file", { "file" }, FALSE },
  [BF_WIRE_FOLDER] = { "folder", { "file" }, TRUE },
  [BF_WIRE_SQL] = { "sql", { "postgresql", "postgres" }, FALSE },
  [BF_WIRE_MQTT] = { "mqtt", { "mqtt", "mqtts" }, TRUE },
  [BF_WIRE_WEBSOCKET] = { "websocket", { "ws", "wss" }, TRUE },
  [BF_WIRE_EVENTS] = { "events", { "http", "https" }, TRUE },
  [BF_WIRE_LINES] = { "lines", { "http", "https" }, TRUE },
  [BF_WIRE_PUSH] = { "push", { NULL }, TRUE },
};

typedef enum
{
  TEXT,
  SECRET, /* secret:NAME only */
  COUNT,
  HTTPS,  /* an address, https or of this machine */
  SERVERS, /* http(s)://HOST[:PORT], one or more */
} ValueType;

static const struct
{
  const char *key;
  guint wires;
  ValueType type;
  guint min, max; /* of a COUNT */
} keys[] = {
  { "Service", ANY, TEXT, 0, 0 },      { "Format", ANY, TEXT, 0, 0 },       { "Transport", ANY, TEXT, 0, 0 },
  { "Url", ANY & ~MASK (PUSH), TEXT, 0, 0 },
  { "Every", ANY, TEXT, 0, 0 },        { "Stale", ANY, TEXT, 0, 0 },        { "Timeout", ANY, TEXT, 0, 0 },
  { "MaxBytes", ANY, TEXT, 0, 0 },     { "Complete", ANY, TEXT, 0, 0 },     { "Kind", ANY, TEXT, 0, 0 },         { "TimeZone", ANY, TEXT, 0, 0 },
  { "Crs", ANY, TEXT, 0, 0 },          { "Language", ANY, TEXT, 0, 0 },
  { "Separator", ANY, TEXT, 0, 0 },    { "Encoding", ANY, TEXT, 0, 0 },     { "Header", ANY, TEXT, 0, 0 },
  { "Wide", ANY, TEXT, 0, 0 },
  { "Token", HTTP_LIKE | MASK (PUSH), SECRET, 0, 0 },
  { "User", HTTP_LIKE | MASK (MQTT) | MASK (SQL), TEXT, 0, 0 },
  { "Password", HTTP_LIKE | MASK (MQTT) | MASK (SQL), SECRET, 0, 0 },
  { "OAuth", HTTP_LIKE, HTTPS, 0, 0 }, { "ClientSecret", HTTP_LIKE, SECRET, 0, 0 },
  { "Scope", HTTP_LIKE, TEXT, 0, 0 },  { "ClientId", HTTP_LIKE | MASK (MQTT), TEXT, 0, 0 },
  { "Send", MASK (WEBSOCKET), TEXT, 0, 0 },
  { "Topics", MASK (MQTT), TEXT, 0, 0 },
  { "Share", MASK (MQTT), TEXT, 0, 0 },
  { "Version", MASK (MQTT), TEXT, 0, 0 },
  { "Envelope", MASK (MQTT), TEXT, 0, 0 },
  { "QoS", MASK (MQTT), COUNT, 0, 1 },
  { "Queue", MASK (MQTT) | MASK (WEBSOCKET), COUNT, 100, 1000000 },
  { "Query", MASK (SQL), TEXT, 0, 0 },
  { "MaxRows", MASK (SQL), COUNT, 1, 1000000 },
  { "Pattern", MASK (FOLDER), TEXT, 0, 0 },
  { "Servers", MASK (HTTP), SERVERS, 0, 0 },
};

const BfWire *
bf_wire (BfWireId id)
{
  g_return_val_if_fail (id < BF_N_WIRES, NULL);
  return &wires[id];
}

static char *
all_names (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; i < BF_N_WIRES; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? ", " : "", wires[i].name);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gboolean
has_scheme (const BfWire *wire, const char *scheme)
{
  for (guint i = 0; i < G_N_ELEMENTS (wire->schemes) && wire->schemes[i] != NULL; i++)
    if (strcmp (wire->schemes[i], scheme) == 0)
      return TRUE;
  return FALSE;
}

static BfWireId
by_scheme (const char *url, const char *scheme)
{
  if (strcmp (scheme, "file") == 0 && g_str_has_suffix (url, "/"))
    return BF_WIRE_FOLDER;
  for (guint i = 0; i < BF_N_WIRES; i++)
    if (has_scheme (&wires[i], scheme))
      return i;
  return BF_N_WIRES;
}

static BfWireId
by_name (const char *name)
{
  guint i = 0;

  while (i < BF_N_WIRES && strcmp (wires[i].name, name) != 0)
    i++;
  return i;
}

static void
check_host (BfFeedDef *def, GUri *uri, guint line, GPtrArray *problems)
{
  const char *host = g_uri_get_host (uri);

  if (def->wire == BF_WIRE_FILE || def->wire == BF_WIRE_FOLDER)
    {
      if (host != NULL && host[0] != '\0' && strcmp (host, "localhost") != 0)
        bf_problems_add (problems, def->path, line, _ ("Url: expected a file of this machine as file:///…, found the host “%s”"), host);
    }
  else if ((host == NULL || host[0] == '\0') && def->wire != BF_WIRE_SQL)
    bf_problems_add (problems, def->path, line, _ ("Url: expected %s://host/…"), g_uri_get_scheme (uri));
  if (g_uri_get_userinfo (uri) != NULL && strchr (g_uri_get_userinfo (uri), ':') != NULL)
    bf_problems_add (problems, def->path, line, _ ("Url: a password stands in the address; expected User= and Password=secret:NAME"));
}

/* Sets def->wire, from Transport= and the address. FALSE: said. */
static gboolean
find_wire (BfFeedDef *def, const BfConfGroup *feed, GPtrArray *problems)
{
  const char *name = bf_conf_group_get (feed, "Transport");
  guint line = bf_conf_group_line (feed, "Url");
  g_autofree char *all = all_names ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) uri = NULL;
  guint wire = name != NULL ? by_name (name) : BF_N_WIRES;

  if (name != NULL && wire == BF_N_WIRES)
    {
      bf_problems_add (problems, def->path, bf_conf_group_line (feed, "Transport"), _ ("Transport=%s, expected one of: %s"), name, all);
      return FALSE;
    }
  if (wire == BF_WIRE_PUSH)
    {
      def->wire = wire;
      return TRUE;
    }
  if (def->url == NULL)
    return FALSE;
  uri = g_uri_parse (def->url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_SCHEME_NORMALIZE, &error);
  if (uri == NULL)
    {
      bf_problems_add (problems, def->path, line, "Url: %s", error->message);
      return FALSE;
    }
  if (name == NULL)
    wire = by_scheme (def->url, g_uri_get_scheme (uri));
  if (wire == BF_N_WIRES)
    bf_problems_add (problems, def->path, line, _ ("Url: expected http://, https://, mqtt://, mqtts://, ws://, wss://, postgresql:// or "
                     "file://, found scheme “%s”"), g_uri_get_scheme (uri));
  else if (!has_scheme (&wires[wire], g_uri_get_scheme (uri)))
    bf_problems_add (problems, def->path, line, _ ("Url: Transport=%s goes with %s://, found scheme “%s”"), wires[wire].name,
                     wires[wire].schemes[0], g_uri_get_scheme (uri));
  else
    {
      def->wire = wire;
      check_host (def, uri, line, problems);
      return TRUE;
    }
  return FALSE;
}

static void
check_secret (BfFeedDef *def, BfSecrets *secrets, const BfConfEntry *entry, gboolean only_secret, GPtrArray *problems)
{
  const char *name = bf_secret_name (entry->value);
  g_autoptr (GError) error = NULL;

  if (name == NULL && only_secret)
    bf_problems_add (problems, def->path, entry->line, _ ("%s: expected secret:NAME; the secret itself stands in no feed file"), entry->key);
  else if (name != NULL && !bf_secrets_check (secrets, name, &error))
    bf_problems_add (problems, def->path, entry->line, "%s: %s", entry->key, error->message);
}

static void
check_header (BfFeedDef *def, BfSecrets *secrets, const BfConfEntry *entry, GPtrArray *problems)
{
  const char *name = entry->key + strlen (HEADER_PREFIX);
  g_autofree char *lower = g_ascii_strdown (name, -1);
  gsize n = strspn (lower, "abcdefghijklmnopqrstuvwxyz0123456789-_");

  if ((HTTP_LIKE & (1u << def->wire)) == 0)
    bf_problems_add (problems, def->path, entry->line, _ ("%s: Transport=%s has no headers"), entry->key, wires[def->wire].name);
  else if (n == 0 || lower[n] != '\0' || ++def->n_headers > MAX_HEADERS)
    bf_problems_add (problems, def->path, entry->line, _ ("%s: expected Header.NAME, at most %u of them"), entry->key, MAX_HEADERS);
  else if (strpbrk (entry->value, "\r\n") != NULL)
    bf_problems_add (problems, def->path, entry->line, _ ("%s: expected one line"), entry->key);
  else
    check_secret (def, secrets, entry, bf_secret_is_held_by (name), problems);
}

/* As the file has it: what is put in for ${…} stands in no file. */
static void
check_address (BfFeedDef *def, const BfConfEntry *entry, GPtrArray *problems)
{
  g_autofree char *name = bf_secret_bare_in (entry->value);

  if (name != NULL)
    bf_problems_add (problems, def->path, entry->line, _ ("%s: “%s” holds a secret, which stands in no feed file; expected %s=${secret:NAME}"),
                     entry->key, name, name);
}

/* Servers beside that of Url=, which its answers may lead to. */
static void
check_servers (BfFeedDef *def, const BfConfEntry *entry, GPtrArray *problems)
{
  g_auto (GStrv) servers = g_strsplit_set (entry->value, ", ", -1);
  guint n = 0;

  for (guint i = 0; servers[i] != NULL; i++)
    {
      g_autoptr (GUri) uri = NULL;

      if (servers[i][0] == '\0')
        continue;
      n++;
      uri = g_uri_parse (servers[i], G_URI_FLAGS_NONE, NULL);
      if (uri == NULL || !has_scheme (&wires[BF_WIRE_HTTP], g_uri_get_scheme (uri)) || g_uri_get_host (uri) == NULL
          || g_uri_get_host (uri)[0] == '\0' || g_uri_get_userinfo (uri) != NULL || strlen (g_uri_get_path (uri)) > 1
          || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
        bf_problems_add (problems, def->path, entry->line, _ ("%s: “%s”, expected servers as https://files.example, with commas between them"),
                         entry->key, servers[i]);
    }
  if (n == 0 || n > SERVERS_MAX)
    bf_problems_add (problems, def->path, entry->line, _ ("%s: expected one to %u servers"), entry->key, SERVERS_MAX);
}

static void
check_value (BfFeedDef *def, BfSecrets *secrets, guint key, const BfConfEntry *entry, GPtrArray *problems)
{
  switch (keys[key].type)
    {
    case SECRET:
      check_secret (def, secrets, entry, TRUE, problems);
      break;
    case COUNT:
      if (!g_ascii_string_to_unsigned (entry->value, 10, keys[key].min, keys[key].max, NULL, NULL))
        bf_problems_add (problems, def->path, entry->line, _ ("%s=%s, expected a number from %u to %u"), entry->key, entry->value,
                         keys[key].min, keys[key].max);
      break;
    case HTTPS:
      if (!g_str_has_prefix (entry->value, "https://") && !g_str_has_prefix (entry->value, "http://127.0.0.1") &&
          !g_str_has_prefix (entry->value, "http://localhost") && !g_str_has_prefix (entry->value, "http://[::1]"))
        bf_problems_add (problems, def->path, entry->line, _ ("%s: a secret is sent there; expected an address that begins with https://"),
                         entry->key);
      break;
    case SERVERS:
      check_servers (def, entry, problems);
      break;
    case TEXT:
    default:
      check_secret (def, secrets, entry, FALSE, problems);
    }
}

static void
check_unknown (BfFeedDef *def, const BfConfEntry *entry, GPtrArray *problems)
{
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].wires & (1u << def->wire))
      g_string_append_printf (all, "%s%s", all->len > 0 ? ", " : "", keys[i].key);
  bf_problems_add (problems, def->path, entry->line, _ ("unknown key “%s” in [Feed]; with Transport=%s expected one of: %s"), entry->key,
                   wires[def->wire].name, all->str);
}

static void
check_keys (BfFeedDef *def, const BfConfGroup *feed, BfSecrets *secrets, GPtrArray *problems)
{
  for (guint i = 0; i < feed->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (feed->entries, BfConfEntry, i);
      guint k = 0;

      if (strcmp (entry->key, "Url") == 0 || strcmp (entry->key, "OAuth") == 0)
        check_address (def, entry, problems);
      if (g_str_has_prefix (entry->key, HEADER_PREFIX))
        {
          check_header (def, secrets, entry, problems);
          continue;
        }
      while (k < G_N_ELEMENTS (keys) && (strcmp (keys[k].key, entry->key) != 0 || (keys[k].wires & (1u << def->wire)) == 0))
        k++;
      if (k == G_N_ELEMENTS (keys))
        check_unknown (def, entry, problems);
      else
        check_value (def, secrets, k, entry, problems);
    }
}

static void
need (BfFeedDef *def, const BfConfGroup *feed, const char *key, const char *why, GPtrArray *problems)
{
  if (bf_conf_group_get (feed, key) == NULL)
    bf_problems_add (problems, def->path, feed->line, _ ("[Feed] has no %s=; expected %s"), key, why);
}

/* A filter of MQTT 3.1.1 §4.7.1: + alone in its level, # alone and last. */
static gboolean
is_topic_filter (const char *text)
{
  g_auto (GStrv) levels = g_strsplit (text, "/", -1);

  if (text[0] == '\0' || strlen (text) > 1000 || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (guint i = 0; levels[i] != NULL; i++)
    if ((strpbrk (levels[i], "+#") != NULL && strlen (levels[i]) != 1) || (levels[i][0] == '#' && levels[i + 1] != NULL))
      return FALSE;
  return TRUE;
}

static void
check_mqtt (BfFeedDef *def, const BfConfGroup *feed, GPtrArray *problems)
{
  const char *topics = bf_conf_group_get (feed, "Topics");
  const char *share = bf_conf_group_get (feed, "Share");
  const char *version = bf_conf_group_get (feed, "Version");
  const char *envelope = bf_conf_group_get (feed, "Envelope");
  g_auto (GStrv) all = g_strsplit_set (topics != NULL ? topics : "", ", ", -1);

  need (def, feed, "Topics", _ ("topics such as city/+/status, with commas between them"), problems);
  for (guint i = 0; all[i] != NULL; i++)
    if (all[i][0] != '\0' && !is_topic_filter (all[i]))
      bf_problems_add (problems, def->path, bf_conf_group_line (feed, "Topics"), _ ("Topics: “%s” is not a topic; + and # stand alone in "
                       "their level, # in the last"), all[i]);
  if (share != NULL && (share[0] == '\0' || strpbrk (share, "/+#") != NULL))
    bf_problems_add (problems, def->path, bf_conf_group_line (feed, "Share"), _ ("Share=%s, expected a name without /, + and #"), share);
  if (version != NULL && strcmp (version, "3.1.1") != 0 && strcmp (version, "5") != 0)
    bf_problems_add (problems, def->path, bf_conf_group_line (feed, "Version"), _ ("Version=%s, expected 3.1.1 or 5"), version);
  if (envelope != NULL && strcmp (envelope, "topic") != 0)
    bf_problems_add (problems, def->path, bf_conf_group_line (feed, "Envelope"), _ ("Envelope=%s, expected topic"), envelope);
}

/* The process may read all below the folder: the secrets of other feeds must not lie there. */
static void
check_folder (BfFeedDef *def, const BfConfGroup *feed, GPtrArray *problems)
{
  g_autofree char *path = g_filename_from_uri (def->url, NULL, NULL);

  if (path == NULL || g_str_has_prefix (def->secrets_dir, path))
    bf_problems_add (problems, def->path, bf_conf_group_line (feed, "Url"),
                     _ ("Url: expected a folder of its own as file:///…/, one that does not hold the city's secrets.d"));
}

static void
check_wire (BfFeedDef *def, const BfConfGroup *feed, GPtrArray *problems)
{
  if (def->wire == BF_WIRE_FOLDER)
    check_folder (def, feed, problems);
  else if (def->wire == BF_WIRE_MQTT)
    check_mqtt (def, feed, problems);
  else if (def->wire == BF_WIRE_SQL)
    need (def, feed, "Query", _ ("the SELECT whose rows are the records"), problems);
  else if (def->wire == BF_WIRE_PUSH)
    need (def, feed, "Token", _ ("secret:NAME, the token that a sender shows"), problems);
  if (bf_conf_group_get (feed, "OAuth") != NULL)
    {
      need (def, feed, "ClientId", _ ("the client's id at the token's server"), problems);
      need (def, feed, "ClientSecret", "secret:NAME", problems);
    }
  if (bf_conf_group_get (feed, "Password") != NULL)
    need (def, feed, "User", _ ("the name that goes with Password="), problems);
}

void
bf_wire_read (BfFeedDef *def, const BfConfGroup *feed, GPtrArray *problems)
{
  g_autoptr (BfSecrets) secrets = bf_secrets_new (def->secrets_dir);
  g_autoptr (GError) error = NULL;

  if (!find_wire (def, feed, problems))
    return;
  check_keys (def, feed, secrets, problems);
  check_wire (def, feed, problems);
  if (def->url != NULL && !bf_secrets_check_text (secrets, def->url, &error))
    bf_problems_add (problems, def->path, bf_conf_group_line (feed, "Url"), "Url: %s", error->message);
}
