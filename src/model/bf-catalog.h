/* SPDX-License-Identifier: EUPL-1.2 */
/* The catalogue: every service's manifest (plugins/<service>/<service>.service), as dense tables. Built once at start,
 * read-only afterwards, shared by all threads. Indexes never leave the process; ids do. */
#pragma once

#include "base/bf-text.h"
#include "base/bf-unit.h"

G_BEGIN_DECLS

#define BF_NO_PROPERTY G_MAXUINT16
#define BF_NO_KIND G_MAXUINT16
#define BF_NO_SERVICE G_MAXUINT8

typedef enum
{
  BF_PROPERTY_NUMBER,
  BF_PROPERTY_STATE,
} BfPropertyType;

/**
 * BfProperty: a measured, reported or derived quantity
 * @index: dense, over all services
 * @unit_code: UCUM code of `Unit=`, "1" when none; @unit the same for reckoning
 * @range_min: with @range_max, `Range=`; infinite when not given
 * @cadence_us: `Cadence=`, 0 when not given
 * @values: (array zero-terminated=1) (nullable): `Values=` of a state; a state is stored as the index in it
 * @value_names: as many as @values (`Name.<value>=`, `Name.<value>[fr]=`), the value itself when not given
 * @derive: (nullable): text of `Derive=`, in the rule language; @file and @line where it stands
 * @expected: (nullable): text of `Expected=`: while it is known to be false, silence is as it should be
 * @already_notified_by: who the source itself calls when this is in alarm
 * @kinds: (element-type guint16): kinds that have it (`Kinds=`; all of the service when not given)
 */
typedef struct
{
  guint16 index;
  guint8 service;
  char *id;
  BfName name;
  BfPropertyType type;
  char *unit_code;
  BfUnit unit;
  double range_min;
  double range_max;
  gint64 cadence_us;
  char **values;
  BfName *value_names;
  char *derive;
  char *expected;
  BfName already_notified_by;
  char *file;
  guint line;
  GArray *kinds;
} BfProperty;

/**
 * BfKind: a kind of asset
 * @full_id: "parking.off_street", as in `Kind=` of rules
 * @headline: property shown first, or %BF_NO_PROPERTY
 * @properties: (element-type guint16): what it has, in the manifest's order
 * @slot: by property index: column in the model's table of this kind, or %BF_NO_PROPERTY; @n_slots columns
 * @gone_property: a state: what becomes of a thing that a complete list no longer has (`Ended=` or `Absent=`), or
 *   %BF_NO_PROPERTY: this kind is never read as a list of what is current; @gone_value is the state it then takes
 * @over: of `Ended=`, mask of the states in which the thing is over: nothing more is expected of it. 0 of `Absent=`: the thing stays
 */
typedef struct
{
  guint16 index;
  guint8 service;
  char *id;
  char *full_id;
  BfName name;
  char *symbol;
  guint16 headline;
  guint16 gone_property;
  guint8 gone_value;
  guint64 over;
  GArray *properties;
  guint16 *slot;
} BfKind;

/**
 * BfIndicator: `[Indicator id]`, a figure of the whole city; @value and @target in the rule language
 */
typedef struct
{
  guint8 service;
  char *id;
  BfName name;
  char *value;
  char *target;
  char *file;
  guint line;
} BfIndicator;

/**
 * BfService: one plugin's manifest; @dir is its folder (stock rules: `*.rules`, procedures: `procedures/`)
 */
typedef struct
{
  guint8 index;
  char *id;
  BfName name;
  guint abi;
  char *dir;
  GArray *kinds;      /* guint16 */
  GArray *properties; /* guint16 */
} BfService;

typedef struct _BfCatalog BfCatalog;

BfCatalog *bf_catalog_new (void);
void bf_catalog_free (BfCatalog *catalog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfCatalog, bf_catalog_free)

gboolean bf_catalog_add_manifest (BfCatalog *catalog, const char *path, GPtrArray *problems, GError **error);
gboolean bf_catalog_add_plugin_dirs (BfCatalog *catalog, const char *plugins_dir, GPtrArray *problems, GError **error);

guint bf_catalog_n_services (const BfCatalog *catalog);
guint bf_catalog_n_kinds (const BfCatalog *catalog);
guint bf_catalog_n_properties (const BfCatalog *catalog);
guint bf_catalog_n_indicators (const BfCatalog *catalog);
const BfService *bf_catalog_service (const BfCatalog *catalog, guint index);
const BfKind *bf_catalog_kind (const BfCatalog *catalog, guint index);
const BfProperty *bf_catalog_property (const BfCatalog *catalog, guint index);
const BfIndicator *bf_catalog_indicator (const BfCatalog *catalog, guint index);
const BfService *bf_catalog_find_service (const BfCatalog *catalog, const char *id);
const BfKind *bf_catalog_find_kind (const BfCatalog *catalog, const char *full_id);
const BfKind *bf_catalog_find_service_kind (const BfCatalog *catalog, guint service, const char *id);
const BfProperty *bf_catalog_find_property (const BfCatalog *catalog, guint service, const char *id);
int bf_property_find_value (const BfProperty *property, const char *text, gsize length);

G_END_DECLS
