/* SPDX-License-Identifier: EUPL-1.2 */
/* Lines and areas out of the API's own GeoJSON. What feeds give is read by formats, which knows of other coordinate systems. */
#pragma once

#include "base/bf-shape.h"
#include "json/bf-json.h"

G_BEGIN_DECLS

/* (transfer full) (nullable): of a LineString, MultiLineString, Polygon or MultiPolygon in degrees; NULL when it is none */
BfShape *bf_json_shape (BfJsonNode geometry);

G_END_DECLS
