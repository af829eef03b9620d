/* SPDX-License-Identifier: EUPL-1.2 */
/* What the engine's catalogue calls kinds, properties and values, in the person's language. */
#pragma once

#include "ctl/bf-ctl-ask.h"

G_BEGIN_DECLS

typedef struct _BfCtlNames BfCtlNames;

/* (transfer full) (nullable): asks for the catalogue; what went wrong has been said, and is *@ret_code. */
BfCtlNames *bf_ctl_names_new (const BfCtl *ctl, int *ret_code);
void bf_ctl_names_free (BfCtlNames *names);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfCtlNames, bf_ctl_names_free)

/* (transfer none): until @names is freed; the id itself of what the catalogue does not have */
const char *bf_ctl_names_kind (const BfCtlNames *names, const char *kind);
const char *bf_ctl_names_property (const BfCtlNames *names, const char *kind, const char *property);
/* (transfer full): @value, an object of the API with "value" and "known", with its unit: "2,5 bar", "open", "12 (unknown)" */
char *bf_ctl_names_value (const BfCtlNames *names, const char *kind, const char *property, BfJsonNode value);

G_END_DECLS
