/* SPDX-License-Identifier: EUPL-1.2 */
/* The kinds of sensitive places that have a name for people; the API has their ids. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

const char *bf_place_kind_name (const char *id);

G_END_DECLS
