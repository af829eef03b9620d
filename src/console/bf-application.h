/* SPDX-License-Identifier: EUPL-1.2 */
/* The application: its options, its actions, its one window. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define BF_TYPE_APPLICATION (bf_application_get_type ())
G_DECLARE_FINAL_TYPE (BfApplication, bf_application, BF, APPLICATION, AdwApplication)

BfApplication *bf_application_new (void);

G_END_DECLS
