/* SPDX-License-Identifier: EUPL-1.2 */
/* An asset's attributes: texts in a row in the model, a JSON object in a store. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *bf_attributes_to_json (const char *attributes);
char *bf_attributes_from_json (const char *json);

G_END_DECLS
