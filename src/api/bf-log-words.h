/* SPDX-License-Identifier: EUPL-1.2 */
/* An entry of the log (src/api/README.md) as people read it: the same words on screen, on paper and on the command line. */
#pragma once

#include "json/bf-json.h"

G_BEGIN_DECLS

const char *bf_log_what (BfJsonNode entry);
char *bf_log_words (BfJsonNode entry);
char *bf_log_about (BfJsonNode entry);

G_END_DECLS
