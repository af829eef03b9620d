/* SPDX-License-Identifier: EUPL-1.2 */
/* One request to an engine, and what all commands read of its answer. */
#pragma once

#include "ctl/bf-ctl.h"
#include "json/bf-json-out.h"
#include "json/bf-json.h"

G_BEGIN_DECLS

/**
 * BfCtlAnswer: what the engine answered; texts live as long as it
 */
typedef struct
{
  BfJsonDoc *doc;
  GBytes *bytes;
  BfJsonNode root;
} BfCtlAnswer;

void bf_ctl_answer_clear (BfCtlAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BfCtlAnswer, bf_ctl_answer_clear)

/* One request, a POST when it has a @body. What is not %BF_CTL_OK has been said. */
int bf_ctl_ask (const BfCtl *ctl, const char *path, const char *body, BfCtlAnswer *answer);
/* How most commands begin: with --json what came is printed as it is. %TRUE: the text for people is left to do. */
gboolean bf_ctl_begin (const BfCtl *ctl, const char *path, const char *body, BfCtlAnswer *answer, int *ret_code);
void bf_ctl_print_bytes (GBytes *bytes);
/* A text for people in the person's language; "" when there is none. */
const char *bf_ctl_name_of (BfJsonNode node, const char *key);
/* (transfer full): the time zone of the city that the engine leads, in which its sentences have their times. Says on stderr when they
 * come in another language than the person's. */
GTimeZone *bf_ctl_meet (const BfCtl *ctl);
/* (transfer full) (nullable): "2026-05-04 03:12:07 CEST"; %NULL: there is none */
char *bf_ctl_moment_of (BfJsonNode node, const char *key, GTimeZone *zone);
/* (transfer full): "12 s", "4 min", "3 h", "2 d" before now, "in 4 min" of what is to come, "-" when unknown */
char *bf_ctl_age_of (BfJsonNode node, const char *key);

G_END_DECLS
