/* SPDX-License-Identifier: EUPL-1.2 */
/* Manifests: what a good one gives, and every kind of error with its line. */

#include <math.h>
#include <string.h>

#include "bf-test-manifests.h"

static void
test_good (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
  const BfService *service = bf_catalog_find_service (catalog, "parking");
  const BfKind *kind = bf_catalog_find_kind (catalog, "parking.off_street");
  const BfKind *street = bf_catalog_find_service_kind (catalog, 0, "street");
  const BfProperty *free_spaces = bf_catalog_find_property (catalog, 0, "free_spaces");
  const BfProperty *capacity = bf_catalog_find_property (catalog, 0, "capacity");
  const BfProperty *status = bf_catalog_find_property (catalog, 0, "status");
  const BfProperty *occupancy = bf_catalog_find_property (catalog, 0, "occupancy");
  const BfIndicator *indicator = bf_catalog_indicator (catalog, 0);

  g_assert_cmpstr (bf_name_get (&service->name, "fr_FR"), ==, "Stationnement");
  g_assert_cmpstr (bf_name_get (&service->name, "en"), ==, "Parking");
  g_assert_cmpuint (service->kinds->len, ==, 2);
  g_assert_cmpuint (service->properties->len, ==, 4);
  g_assert_cmpstr (bf_name_get (&kind->name, "fr"), ==, "Parc de stationnement");
  g_assert_cmpstr (bf_name_get (&kind->name, "en"), ==, "Off street");
  g_assert_cmpstr (kind->symbol, ==, "p-square");
  g_assert_cmpuint (kind->headline, ==, occupancy->index);
  g_assert_cmpuint (kind->properties->len, ==, 4);
  g_assert_cmpuint (kind->slot[status->index], ==, 2);
  g_assert_cmpstr (street->symbol, ==, "circle");
  g_assert_cmpuint (street->headline, ==, BF_NO_PROPERTY);
  g_assert_cmpuint (street->properties->len, ==, 2);
  g_assert_cmpuint (street->slot[capacity->index], ==, 0);
  g_assert_cmpuint (street->slot[free_spaces->index], ==, BF_NO_PROPERTY);
  g_assert_cmpfloat (free_spaces->range_min, ==, 0);
  g_assert_cmpfloat (free_spaces->range_max, ==, 20000);
  g_assert_cmpint (free_spaces->cadence_us, ==, 60 * G_USEC_PER_SEC);
  g_assert_cmpuint (free_spaces->kinds->len, ==, 1);
  g_assert_cmpfloat (capacity->range_min, ==, 1);
  g_assert_true (isinf (capacity->range_max));
  g_assert_cmpint (bf_property_find_value (status, "fullest", 4), ==, 2);
  g_assert_cmpint (bf_property_find_value (status, "ope", 3), ==, -1);
  g_assert_cmpint (bf_property_find_value (capacity, "open", 4), ==, -1);
  g_assert_cmpstr (status->value_names[0].text, ==, "open");
  g_assert_cmpstr (bf_name_get (&status->value_names[1], "en"), ==, "shut");
  g_assert_cmpstr (bf_name_get (&status->value_names[1], "fr"), ==, "fermé");
  g_assert_cmpstr (occupancy->unit_code, ==, "%");
  g_assert_cmpfloat (occupancy->unit.scale, ==, 0.01);
  g_assert_cmpstr (occupancy->derive, ==, "100 % * (1 - free_spaces / capacity)");
  g_assert_cmpuint (occupancy->line, ==, 29);
  g_assert_cmpstr (indicator->value, ==, "avg(occupancy over service)");
  g_assert_cmpstr (indicator->target, ==, "< 85 %");
  g_assert_cmpuint (indicator->line, ==, 32);
  g_assert_null (bf_catalog_kind (catalog, 2));
  g_assert_null (bf_catalog_find_kind (catalog, "off_street"));
}

/* Each bad group alone, behind a good manifest whose last line is 33: the problem has its line, the rest is there. */
static const struct
{
  const char *group;
  const char *problem;
} bad_groups[] = {
  { "[Property x]\nType=number\nUnti=m\n", "36: unknown key “Unti”" },
  { "[Property x]\nType=number\nUnit=furlong\n", "36: Unit=: expected a unit" },
  { "[Property x]\nType=number\nUnit=KM\n", "did you mean “km”" },
  { "[Property x]\nUnit=m\n", "34: Type=: expected “number” or “state”" },
  { "[Property x]\nType=text\n", "35: Type=: expected “number” or “state”, found “text”" },
  { "[Property x]\nType=number\nRange=5\n", "36: Range=: expected “min..max”" },
  { "[Property x]\nType=number\nRange=5..4\n", "36: Range=: expected “min..max”" },
  { "[Property x]\nType=number\nRange=..\n", "36: Range=" },
  { "[Property x]\nType=number\nRange=0..nan\n", "36: Range=" },
  { "[Property x]\nType=number\nCadence=60\n", "36: Cadence=: expected a time" },
  { "[Property x]\nType=number\nCadence=0s\n", "36: Cadence=: expected a time over 0" },
  { "[Property x]\nType=number\nValues=a, b\n", "36: Values=: expected no values" },
  { "[Property x]\nType=number\nKinds=boat\n", "36: Kinds=: expected kinds of this manifest" },
  { "[Property x]\nType=number\nKinds=street, street\n", "36: Kinds=: expected each kind once" },
  { "[Property x]\nType=number\nDerive=\n", "36: Derive=" },
  { "[Property x]\nType=number\nType[fr]=nombre\n", "36: expected “Type=” without a language" },
  { "[Property x]\nType=number\nName.on=On\n", "36: “Name.on”: expected Name.<value>" },
  { "[Property x]\nType=state\n", "34: Values=: expected the state's values" },
  { "[Property x]\nType=state\nValues=on, On\n", "36: Values=: expected values of a-z" },
  { "[Property x]\nType=state\nValues=on,,off\n", "36: Values=: expected values of a-z" },
  { "[Property x]\nType=state\nValues=on, on\n", "36: Values=: expected each value once" },
  { "[Property x]\nType=state\nValues=on\nUnit=m\n", "37: Unit=: expected no unit" },
  { "[Property x]\nType=state\nValues=on\nRange=0..1\n", "37: Range=: expected no range" },
  { "[Property x]\nType=state\nValues=on\nName.off=Off\n", "37: “Name.off”" },
  { "[Property Bad]\nType=number\n", "34: expected [Property name]" },
  { "[Property]\nType=number\n", "34: expected [Property name]" },
  { "[Property capacity]\nType=number\n", "34: this group stands twice" },
  { "[Kind street]\n", "34: this group stands twice" },
  { "[Kind boat]\nSymbol=../x\n", "35: expected the name of a symbol" },
  { "[Kind boat]\nHeadline=free_spaces\n", "35: expected a property of the kind “boat”" },
  { "[Kind boat]\nColour=red\n", "35: unknown key “Colour”" },
  { "[Kind 1]\n", "34: expected [Kind name]" },
  { "[Indicator x]\nTarget=< 1\n", "34: Value=: expected an expression" },
  { "[Indicator x]\nValue=1\nValue=2\n", "36: this key stands twice" },
  { "[Sensor x]\n", "34: expected [Service], [Kind id], [Property id] or [Indicator id], found [Sensor x]" },
  { "[Service two]\nId=two\n", "34: expected [Service]" },
};

static void
test_bad_groups (void)
{
  g_autofree char *dir = bf_test_dir ();

  for (guint i = 0; i < G_N_ELEMENTS (bad_groups); i++)
    {
      g_autofree char *text = g_strconcat (bf_test_parking_manifest, bad_groups[i].group, NULL);
      g_autofree char *path = bf_test_write (dir, "parking.service", text);
      g_autofree char *expected = g_strconcat ("parking.service:", bad_groups[i].problem, NULL);
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (BfCatalog) catalog = bf_catalog_new ();
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad_groups[i].group);
      bf_catalog_add_manifest (catalog, path, problems, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (problems->len, ==, 1);
      bf_assert_problem (problems, g_ascii_isdigit (bad_groups[i].problem[0]) ? expected : bad_groups[i].problem);
      g_assert_null (bf_catalog_find_property (catalog, 0, "x"));
      g_assert_cmpuint (bf_catalog_n_properties (catalog), ==, 4);
      g_assert_cmpuint (bf_catalog_n_indicators (catalog), ==, 1);
      g_assert_cmpuint (bf_catalog_n_kinds (catalog), ==, strstr (bad_groups[i].group, "Headline") != NULL ? 3 : 2);
    }
  bf_test_remove (dir);
}

/* What becomes of what a list no longer has: said of this kind's own states, or the kind is never such a list. */
static void
test_bad_ends (void)
{
  static const struct
  {
    const char *line;
    const char *problem;
  } ends[] = {
    { "Ended=status", "expected “property: state”" },
    { "Ended=capacity: closed", "expected a property of this kind that is a state" },
    { "Ended=nothing: closed", "expected a property of this kind that is a state" },
    { "Ended=status: gone", "expected values of the property" },
    { "Absent=status: open, closed", "expected one state" },
    { "Ended=status: closed\nAbsent=status: open", "expected either Ended= or Absent=" },
  };
  g_autofree char *dir = bf_test_dir ();

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *text = g_strconcat (bf_test_parking_manifest, "[Kind boat]\n", ends[i].line, "\n", NULL);
      g_autofree char *path = bf_test_write (dir, "parking.service", text);
      g_autoptr (BfCatalog) catalog = bf_catalog_new ();
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      const BfKind *boat;

      g_assert_true (bf_catalog_add_manifest (catalog, path, problems, NULL));
      bf_assert_problem (problems, ends[i].problem);
      boat = bf_catalog_find_kind (catalog, "parking.boat");
      g_assert_cmpuint (boat->gone_property, ==, BF_NO_PROPERTY);
      g_assert_cmpuint (boat->over, ==, 0);
    }
  bf_test_remove (dir);
}

static const struct
{
  const char *text;
  const char *error;
} bad_services[] = {
  { "", "expected a group [Service]" },
  { "[Kind x]\n", "expected a group [Service]" },
  { "[Service]\nId=a\nAbi=2\n", ":3: expected Abi=1, found “2”" },
  { "[Service]\nId=a\n", ":1: expected Abi=1, found “”" },
  { "[Service]\nId=A-b\nAbi=1\n", ":2: expected Id= of a-z" },
  { "[Service]\nAbi=1\n", ":1: expected Id= of a-z" },
  { "[Service]\nId=a\nId=b\nAbi=1\n", "this one has an error" },
  { "[Service]\nId=a\nAbi=1\nColour=1\n", "this one has an error" },
  { "[Service]\nId=parking\nAbi=1\n", ":2: the service “parking” is there already" },
};

static void
test_bad_services (void)
{
  g_autofree char *dir = bf_test_dir ();

  for (guint i = 0; i < G_N_ELEMENTS (bad_services); i++)
    {
      g_autoptr (BfCatalog) catalog = bf_test_catalog (bf_test_parking_manifest);
      g_autofree char *path = bf_test_write (dir, "a.service", bad_services[i].text);
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (GError) error = NULL;

      g_assert_false (bf_catalog_add_manifest (catalog, path, problems, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, path));
      g_assert_nonnull (strstr (error->message, bad_services[i].error));
      g_assert_cmpuint (bf_catalog_n_services (catalog), ==, 1);
    }
  bf_test_remove (dir);
}

static void
test_plugin_dirs (void)
{
  g_autofree char *dir = bf_test_dir ();
  g_autofree char *missing = g_build_filename (dir, "nowhere", NULL);
  g_autofree char *a = bf_test_write (dir, "water/water.service", "[Service]\nId=water\nAbi=1\n[Kind well]\n[Property p]\nType=number\nUnit=bar\n");
  g_autofree char *b = bf_test_write (dir, "parking/parking.service", bf_test_parking_manifest);
  g_autofree char *c = bf_test_write (dir, "broken/broken.service", "[Service]\nId=broken\n");
  g_autofree char *d = bf_test_write (dir, "template/template.service", "[Service]\nId=template\nAbi=1\n");
  g_autofree char *e = bf_test_write (dir, "empty/README.md", "");
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (GError) error = NULL;
  const BfKind *well;

  g_assert_false (bf_catalog_add_plugin_dirs (catalog, missing, problems, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_true (bf_catalog_add_plugin_dirs (catalog, dir, problems, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (bf_catalog_n_services (catalog), ==, 2);
  g_assert_cmpstr (bf_catalog_service (catalog, 0)->id, ==, "parking");
  g_assert_cmpuint (problems->len, ==, 1);
  bf_assert_problem (problems, "broken.service:0: the service is off: ");
  well = bf_catalog_find_kind (catalog, "water.well");
  g_assert_cmpuint (well->slot[4], ==, 0);
  g_assert_cmpuint (well->slot[0], ==, BF_NO_PROPERTY);
  g_assert_cmpuint (bf_catalog_kind (catalog, 0)->slot[4], ==, BF_NO_PROPERTY);
  bf_test_remove (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/catalog/good", test_good);
  g_test_add_func ("/catalog/bad-groups", test_bad_groups);
  g_test_add_func ("/catalog/bad-ends", test_bad_ends);
  g_test_add_func ("/catalog/bad-services", test_bad_services);
  g_test_add_func ("/catalog/plugin-dirs", test_plugin_dirs);
  return g_test_run ();
}
