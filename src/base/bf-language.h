/* SPDX-License-Identifier: EUPL-1.2 */
/* The one language of a process, for all sentences that people read. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void bf_language_open (const char *language);
const char *bf_language_now (void);
const char *bf_language_of_texts (void);
gboolean bf_language_is_chosen (void);
void bf_language_begin (const char *language);
void bf_language_end (void);
char *bf_language_of_city (const char *city_dir);

G_END_DECLS
