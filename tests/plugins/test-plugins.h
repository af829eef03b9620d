/* SPDX-License-Identifier: EUPL-1.2 */
/* What the parts of the conformance suite share. */
#pragma once

#include "model/bf-catalog.h"

G_BEGIN_DECLS

typedef struct
{
  char *dir;       /* the plugin's folder */
  char *manifest;
  BfCatalog *catalog; /* of this plugin alone */
  const BfService *service;
} Plugin;

void test_manifest (gconstpointer plugin);
void test_texts (gconstpointer plugin);

G_END_DECLS
