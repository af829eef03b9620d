/* SPDX-License-Identifier: EUPL-1.2 */
/* The house's limits, in one place. Over a limit is an error that names it, never a truncation. */
#pragma once

#define BF_LIMIT_CONF_BYTES (4u << 20)          /* one text file of a city */
#define BF_LIMIT_CONF_LINE (64u << 10)          /* one line of it, after joining continuations */
#define BF_LIMIT_CONF_ENTRIES 100000u           /* keys of one file */
#define BF_LIMIT_PAYLOAD_BYTES (64u << 20)      /* one body of a feed, unpacked */
#define BF_LIMIT_JSON_DEPTH 128u                /* nesting of a payload */
#define BF_LIMIT_XML_DEPTH 100u                 /* nesting of a payload's elements */
#define BF_LIMIT_XML_TEXT_BYTES (4u << 20)      /* one text or attribute of it */
#define BF_LIMIT_TREE_BYTES (64u << 20)         /* one record of a nested format, as a tree */
#define BF_LIMIT_PROTOBUF_BYTES (256u << 20)    /* a payload of protobuf, unpacked */
#define BF_LIMIT_RECORDS 1000000u               /* records of one payload */
#define BF_LIMIT_FRAME_BYTES (1u << 20)         /* one frame of a feed's pipe, DESIGN §1 */
#define BF_LIMIT_ID_BYTES 200u                  /* an asset's source id */
#define BF_LIMIT_TEXT_BYTES 2000u               /* a name, an address, an attribute */
#define BF_LIMIT_ATTRIBUTES 64u                 /* attributes of one asset */
#define BF_LIMIT_ASSETS 4000000u                /* assets of a city */
#define BF_LIMIT_SHAPE_READ 100000u             /* vertices of one line or area, as a feed gives it */
#define BF_LIMIT_SHAPE_POINTS 2000u             /* vertices of it that are kept: see bf-shape.h */
#define BF_LIMIT_SHAPE_PARTS 500u               /* lines or rings of it */
#define BF_LIMIT_PROPERTIES 4096u               /* properties of all services */
#define BF_LIMIT_EXPR_DEPTH 64u                 /* nesting of a rule's expression */
#define BF_LIMIT_EXPR_STEPS 1024u               /* steps of its flat program */
#define BF_LIMIT_COMMENT_BYTES 4000u            /* a comment of an operator */
#define BF_LIMIT_AHEAD_US (15 * 60 * G_USEC_PER_SEC) /* a stamp further in the future is refused, DESIGN §6 */
