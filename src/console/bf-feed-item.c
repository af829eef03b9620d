/* SPDX-License-Identifier: EUPL-1.2 */
/* A feed on the client's side: see bf-feed-item.h. Main thread. */

#include "console/bf-feed-item.h"

#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

G_DEFINE_FINAL_TYPE (BfFeedItem, bf_feed_item, G_TYPE_OBJECT)

static void
bf_feed_item_finalize (GObject *object)
{
  BfFeedItem *self = BF_FEED_ITEM (object);

  g_free (self->name);
  g_free (self->service);
  g_free (self->format);
  g_free (self->url);
  g_free (self->reason);
  g_free (self->actor);
  g_free (self->server);
  g_free (self->death);
  g_free (self->last_refused);
  G_OBJECT_CLASS (bf_feed_item_parent_class)->finalize (object);
}

static void
bf_feed_item_class_init (BfFeedItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bf_feed_item_finalize;
}

static void
bf_feed_item_init (BfFeedItem *self)
{
}

static const char *const state_ids[] = { "starting", "ok", "stale", "retry", "refused", "crashed", "paused", "off" };

static void
take_string (char **place, BfJsonNode node, const char *key)
{
  g_free (*place);
  *place = g_strdup (bf_json_member_string (node, key, ""));
}

/* The newest examples, a line each. */
static void
take_refused (BfFeedItem *self, BfJsonNode node)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  BfJsonNode examples;
  BfJsonNode example;
  BfJsonIter iter;

  if (bf_json_member (node, "refused_examples", &examples) && bf_json_iter_init (&iter, examples))
    while (bf_json_iter_next (&iter, NULL, NULL, &example))
      g_string_append_printf (lines, "%s%s (× %" G_GINT64_FORMAT ")", lines->len > 0 ? "\n" : "",
                              bf_json_member_string (example, "text", ""), bf_json_member_int (example, "times", 1));
  if (lines->len == 0)
    g_string_assign (lines, bf_json_member_string (node, "last_refused", ""));
  g_free (self->last_refused);
  self->last_refused = g_strdup (lines->str);
}

/* A state that this version does not know is shown as off, with the word as reason: never as all right. */
static void
read_state (BfFeedItem *self, BfJsonNode node)
{
  const char *id = bf_json_member_string (node, "state", "");

  for (guint i = 0; i < G_N_ELEMENTS (state_ids); i++)
    if (strcmp (state_ids[i], id) == 0)
      {
        self->state = (BfFeedState) i;
        return;
      }
  self->state = BF_FEED_OFF;
  if (*self->reason == '\0')
    {
      g_free (self->reason);
      self->reason = g_strdup (id);
    }
}

static void
read_content (BfFeedItem *self, BfJsonNode node)
{
  const char *id = bf_json_member_string (node, "content", "");

  self->content = strcmp (id, "list") == 0           ? BF_FEED_CONTENT_LIST
                  : strcmp (id, "descriptions") == 0 ? BF_FEED_CONTENT_DESCRIPTIONS
                                                     : BF_FEED_CONTENT_OBSERVATIONS;
  self->listed = bf_json_member_int (node, "listed", 0);
  self->unchanged_us = bf_json_member_time (node, "unchanged_since");
  self->newest_us = bf_json_member_time (node, self->content == BF_FEED_CONTENT_OBSERVATIONS ? "newest" : "as_of");
}

void
bf_feed_item_update (BfFeedItem *self, BfJsonNode node)
{
  take_string (&self->name, node, "name");
  take_string (&self->service, node, "service");
  take_string (&self->format, node, "format");
  take_string (&self->url, node, "url");
  take_string (&self->reason, node, "reason");
  take_string (&self->actor, node, "actor");
  take_string (&self->server, node, "server");
  take_string (&self->death, node, "last_death_reason");
  take_refused (self, node);
  read_state (self, node);
  self->since_us = bf_json_member_time (node, "since");
  self->last_attempt_us = bf_json_member_time (node, "last_attempt");
  self->last_ok_us = bf_json_member_time (node, "last_ok");
  read_content (self, node);
  self->next_us = bf_json_member_time (node, "next");
  self->silent_us = bf_json_member_time (node, "silent_since");
  self->death_us = bf_json_member_time (node, "last_death");
  self->unknown_assets = bf_json_member_int (node, "unknown_assets", 0);
  self->held_back = bf_json_member_int (node, "held_back", 0);
  self->deaths = bf_json_member_int (node, "deaths", 0);
  self->ahead = bf_json_member_int (node, "ahead", 0);
  self->ahead_s = bf_json_member_double (node, "ahead_s", 0);
  self->every_s = bf_json_member_double (node, "every_s", 0);
  self->stale_s = bf_json_member_double (node, "stale_s", 0);
  self->payloads = bf_json_member_int (node, "payloads", 0);
  self->not_modified = bf_json_member_int (node, "not_modified", 0);
  self->observations = bf_json_member_int (node, "observations", 0);
  self->refused = bf_json_member_int (node, "refused", 0);
  self->bytes = bf_json_member_int (node, "bytes", 0);
  self->assets = bf_json_member_int (node, "assets", 0);
  self->restarts = bf_json_member_int (node, "restarts", 0);
}

BfFeedItem *
bf_feed_item_new (BfJsonNode node, GError **error)
{
  g_autoptr (BfFeedItem) self = g_object_new (BF_TYPE_FEED_ITEM, NULL);

  bf_feed_item_update (self, node);
  if (*self->name == '\0')
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, "feed: a member \"name\" was expected");
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * bf_feed_item_is_heard:
 *
 * Returns: %TRUE when its data is as new as promised
 */
gboolean
bf_feed_item_is_heard (const BfFeedItem *self)
{
  return self->state == BF_FEED_OK;
}
