/* SPDX-License-Identifier: EUPL-1.2 */
/* One conditional GET of a feed, bounded in bytes (unpacked), in time (from the first byte sent to the last received, however slowly
 * they drip) and in redirects. http and https; files of this machine answer alike. Only beffroi-feed uses it; asynchronous,
 * on the thread's default main context. A failure is an outcome with a reason, never a GError: the scheduler decides. */
#pragma once

#include <libsoup/soup.h>

#include "feed/bf-frame.h"

G_BEGIN_DECLS

typedef struct _BfHttp BfHttp;

#define BF_FETCH_MAX_REDIRECTS 5u

/* What to ask; all is copied. */
typedef struct
{
  const char *url;
  const char *etag;          /* (nullable): of the last good answer to this url */
  const char *last_modified; /* (nullable): likewise, as the server wrote it */
  gsize max_bytes;
  gint64 timeout_us;
  char **headers;            /* (nullable): name, value, …, NULL: for the server of @url only, not for where it redirects */
  const char *form;          /* (nullable): POST this form; a redirection is then an error */
  BfHttp *http;              /* (nullable): whose CA is trusted too; outlives the fetch */
} BfFetchRequest;

/**
 * BfFetchResult:
 * @outcome: OK with a body, NOT_MODIFIED, or why there is none
 * @body: (nullable): unpacked
 * @observed_us: the time of the content as the server says it: Last-Modified, else the Date of a cached answer;
 *   %BF_TIME_NONE when it says none. Never after now.
 * @served_us: when a server said it, the Date of a cached answer; %BF_TIME_NONE of a file, which nobody says. Never after now.
 * @next: (nullable): where the next page is, as a Link header says it (RFC 8288), whole
 * @total: how many entries all pages have, as a header says it; -1: none does
 * @retry_after_us: a duration, 0 when not given
 * @reason: (nullable): why not OK, without the address's query (it may hold a key)
 */
typedef struct
{
  BfOutcome outcome;
  guint status; /* of HTTP, 0 when there was no answer */
  GBytes *body;
  char *etag;
  char *last_modified;
  gint64 observed_us;
  gint64 served_us;
  char *next;
  gint64 total;
  gint64 retry_after_us;
  char *reason;
  gboolean anew; /* a new process can do what this one cannot */
} BfFetchResult;

void bf_fetch_result_free (BfFetchResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfFetchResult, bf_fetch_result_free)

SoupSession *bf_fetch_session_new (const char *proxy);
/* That of the variables https_proxy, http_proxy; NULL: none. */
const char *bf_fetch_environment_proxy (void);
/* Same scheme, host and port: who may be told what the other was. */
gboolean bf_fetch_same_origin (const char *a, const char *b);
/* Retry-After as a duration; 0 when @text is NULL or neither a number nor a date. */
gint64 bf_fetch_retry_after_us (const char *text);
/* REFUSED for a status that will not get better by itself, else RETRY. */
BfOutcome bf_fetch_outcome (guint status);
/* (transfer full): a status that is not good, in words: with how long the server asks to wait, or where it redirects. */
char *bf_fetch_say_status (SoupMessage *message);
/* (transfer full): of the values of Link headers, with commas between them, that of rel=next, made whole with @base; NULL: none is. */
char *bf_fetch_next_link (const char *links, const char *base);
void bf_fetch_async (SoupSession *session, const BfFetchRequest *request, GAsyncReadyCallback callback, gpointer user_data);
/* A file of this machine, answered like a server's: its time is Last-Modified, its time and size the ETag. */
void bf_fetch_file_async (const BfFetchRequest *request, GAsyncReadyCallback callback, gpointer user_data);
BfFetchResult *bf_fetch_finish (GAsyncResult *result);

G_END_DECLS
