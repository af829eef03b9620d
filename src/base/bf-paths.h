/* SPDX-License-Identifier: EUPL-1.2 */
/* Where the programs and files of this build or installation lie: one place for engine, console and beffroictl. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *bf_paths_program (const char *name, const char *built_folder);
char *bf_paths_plugins (void);
char *bf_paths_data_dir (const char *city_dir);

G_END_DECLS
