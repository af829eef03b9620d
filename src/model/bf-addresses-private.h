/* SPDX-License-Identifier: EUPL-1.2 */
/* The addresses' tables, for reading (bf-addresses.c) and search (bf-address-search.c). */
#pragma once

#include "model/bf-point-index-private.h"
#include "model/bf-zones.h"

G_BEGIN_DECLS

typedef struct
{
  char *text;    /* "rue des Tanneurs, Clairbourg" */
  char *folded;  /* " rue des tanneurs clairbourg": words without case and accents, a blank before each */
  guint32 first; /* its addresses in @by_street */
  guint32 n;
} BfStreet;

typedef struct
{
  guint32 street;
  guint32 number; /* 0: none */
  guint16 suffix;
} BfHouse;

struct _BfAddresses
{
  guint32 n;
  guint32 capacity;
  BfFixedPoint *points;
  BfHouse *numbers;
  GArray *streets;     /* BfStreet */
  GPtrArray *suffixes; /* "bis"; the first is "" */
  guint32 *by_street;
  BfPointIndex *index;
};

char *bf_address_text (const BfAddresses *addresses, guint32 address);
char *bf_address_fold (const char *text);

G_END_DECLS
