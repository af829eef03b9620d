/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the town's services have standing in its streets: lamps on cabinets, containers, water loggers, counted sections of road,
 * bike stations. Nothing here is drawn by hand: it stands where streets and people are. Written as demo/<what>.csv, which the demo
 * server reads; no city's folder needs these files.
 */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-town.h"

#include <math.h>

#define KERB_M 3.4
#define SECTORS_MAX 8
#define BAY_M 6.0
#define BAYS_IN_A_ROW 12
#define DISABLED_EVERY 25

typedef struct
{
  BfTownPoint at;
  int street;
  int cabinet;
  BfTownRank rank;
} Lamp;

/* The figures stand in data/demo/README.md too. */
static const BfTownSize sizes[] = {
  { "town", "Clairbourg", 40000, 7000, 120, 250, 24, 5, 60, 18, 300, 14, 5, 40, 600, FALSE },
  { "metropole", "Clairbourg Métropole", 200000, 34000, 600, 900, 48, 8, 180, 60, 1200, 60, 12, 120, 170, TRUE },
};

const BfTownSize *
bf_town_size_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (g_str_equal (sizes[i].name, name))
      return &sizes[i];
  return NULL;
}

/* Whether the middle of a piece of road lies in one of the town's districts: the roads of the plan belong to none. */
static gboolean
in_town (const BfTown *town, const BfTownPiece *piece)
{
  BfTownPoint middle = bf_town_at (piece->points, bf_town_length (piece->points, FALSE) / 2, NULL);

  for (guint i = 0; i < town->districts->len; i++)
    {
      const BfTownDistrict *district = g_ptr_array_index (town->districts, i);

      for (guint k = 0; k < district->rings->len; k++)
        if (bf_town_inside (g_array_index (district->rings, GArray *, k), middle))
          return TRUE;
    }
  return FALSE;
}

static gboolean
is_lit (const BfTown *town, const BfTownPiece *piece)
{
  const BfTownLine *line = bf_town_line (town, piece->line);

  return line->kind == BF_TOWN_LINE_ROAD && line->rank >= BF_TOWN_RANK_ALLEY && line->rank < BF_TOWN_RANK_MOTORWAY
         && in_town (town, piece);
}

static double
lit_length_m (const BfTown *town)
{
  double sum_m = 0;

  for (guint i = 0; i < town->pieces->len; i++)
    {
      const BfTownPiece *piece = g_ptr_array_index (town->pieces, i);

      if (is_lit (town, piece))
        sum_m += bf_town_length (piece->points, FALSE);
    }
  return sum_m;
}

static void
put_lamp (GArray *lamps, const BfTownPiece *piece, const BfTownLine *line, double along_m, gboolean left)
{
  BfTownPoint tangent, at = bf_town_at (piece->points, along_m, &tangent);
  double side_m = (left ? KERB_M : -KERB_M) * (line->rank >= BF_TOWN_RANK_SECONDARY ? 1.6 : 1);
  Lamp lamp = { { at.x - tangent.y * side_m, at.y + tangent.x * side_m }, line->street, -1, line->rank };

  g_array_append_val (lamps, lamp);
}

/* Lamps stand at an even distance along every lit street, on one side and the other in turn, or in pairs. */
static GArray *
lamps_of (const BfTown *town)
{
  GArray *lamps = g_array_new (FALSE, FALSE, sizeof (Lamp));
  int pair = town->size->lit_in_pairs ? 2 : 1;
  double step_m = lit_length_m (town) / town->size->lamps * pair, carried_m = step_m / 2;
  gboolean left = FALSE;

  for (guint i = 0; i < town->pieces->len; i++)
    {
      const BfTownPiece *piece = g_ptr_array_index (town->pieces, i);
      const BfTownLine *line = bf_town_line (town, piece->line);
      double length_m;

      if (!is_lit (town, piece))
        continue;
      length_m = bf_town_length (piece->points, FALSE);
      for (; carried_m < length_m; carried_m += step_m, left = !left)
        for (int k = 0; k < pair && lamps->len < (guint) town->size->lamps; k++)
          put_lamp (lamps, piece, line, carried_m, left ^ (k == 1));
      carried_m -= length_m;
    }
  return lamps;
}

/* Cabinets: the lamp that is farthest from all cabinets so far gets the next one (Gonzalez 1985), then each lamp goes to the
 * nearest. @ret_at: where they stand. */
static GArray *
cabinets_of (GArray *lamps, int wanted)
{
  GArray *cabinets = bf_town_points_new ();
  g_autofree double *nearest_m = g_new (double, MAX (1, lamps->len));
  guint next = 0;

  for (guint i = 0; i < lamps->len; i++)
    nearest_m[i] = G_MAXDOUBLE;
  for (int k = 0; k < wanted && lamps->len > 0; k++)
    {
      BfTownPoint at = g_array_index (lamps, Lamp, next).at;
      double farthest_m = -1;

      at.x += 2.5;
      g_array_append_val (cabinets, at);
      for (guint i = 0; i < lamps->len; i++)
        {
          Lamp *lamp = &g_array_index (lamps, Lamp, i);
          double distance_m = bf_town_distance (lamp->at, at);

          if (distance_m < nearest_m[i])
            {
              nearest_m[i] = distance_m;
              lamp->cabinet = k;
            }
          if (nearest_m[i] > farthest_m)
            {
              farthest_m = nearest_m[i];
              next = i;
            }
        }
    }
  return cabinets;
}

const char *
bf_town_street_name (const BfTown *town, int street)
{
  return street >= 0 ? ((const BfTownStreet *) g_ptr_array_index (town->streets, street))->name : "";
}

static void
put (GString *out, BfTownPoint at)
{
  double lon, lat;

  bf_town_to_wgs84 (at, &lon, &lat);
  g_string_append_printf (out, ";%.6f;%.6f", lon, lat);
}

static int
power_w (BfTownRank rank)
{
  return rank >= BF_TOWN_RANK_PRIMARY ? 110 : rank == BF_TOWN_RANK_SECONDARY ? 75 : rank == BF_TOWN_RANK_STREET ? 48 : 32;
}

/* Circuit 1 has the main streets, circuit 2 the others; the clock of the cabinet switches both. */
static void
write_lighting (const BfTown *town, BfTownSave save, gpointer data)
{
  g_autoptr (GArray) lamps = lamps_of (town);
  g_autoptr (GArray) cabinets = cabinets_of (lamps, town->size->cabinets);
  g_autofree int *count = g_new0 (int, MAX (1, cabinets->len));
  g_autofree int *street = g_new0 (int, MAX (1, cabinets->len));
  GString *out = g_string_new ("id;cabinet;circuit;lon;lat;power_w;street\n");

  for (guint i = 0; i < lamps->len; i++)
    {
      const Lamp *lamp = &g_array_index (lamps, Lamp, i);

      street[lamp->cabinet] = lamp->street;
      g_string_append_printf (out, "PL-%05u;ARM-%03d;%d", i + 1, lamp->cabinet + 1, lamp->rank >= BF_TOWN_RANK_SECONDARY ? 1 : 2);
      put (out, lamp->at);
      g_string_append_printf (out, ";%d;%s\n", power_w (lamp->rank), bf_town_street_name (town, lamp->street));
      count[lamp->cabinet]++;
    }
  save ("lamps", out, data);
  out = g_string_new ("id;lon;lat;lamps;street\n");
  for (guint k = 0; k < cabinets->len; k++)
    {
      g_string_append_printf (out, "ARM-%03u", k + 1);
      put (out, bf_town_point (cabinets, k));
      g_string_append_printf (out, ";%d;%s\n", count[k], bf_town_street_name (town, street[k]));
    }
  save ("cabinets", out, data);
}

/* So many things spread over the people: each stands at the door where the running sum of inhabitants passes the next step. */
GArray *
bf_town_spread_over_people (const BfTown *town, int wanted)
{
  GArray *doors = g_array_new (FALSE, FALSE, sizeof (guint));
  double sum = 0, step, passed = 0;

  for (guint i = 0; i < town->houses->len; i++)
    sum += g_array_index (town->houses, BfTownHouse, i).inhabitants;
  step = sum / wanted;
  passed = -step / 2;
  for (guint i = 0; i < town->houses->len; i++)
    {
      const BfTownHouse *house = &g_array_index (town->houses, BfTownHouse, i);

      passed += house->inhabitants;
      if (passed < 0 || house->line < 0)
        continue;
      passed -= step;
      g_array_append_val (doors, i);
    }
  return doors;
}

static void
write_doors (const BfTown *town, const char *what, const char *prefix, int wanted, BfTownSave save, gpointer data)
{
  g_autoptr (GArray) doors = bf_town_spread_over_people (town, wanted);
  GString *out = g_string_new ("id;lon;lat;street\n");

  for (guint i = 0; i < doors->len; i++)
    {
      const BfTownHouse *house = &g_array_index (town->houses, BfTownHouse, g_array_index (doors, guint, i));

      g_string_append_printf (out, "%s-%03u", prefix, i + 1);
      put (out, house->door);
      g_string_append_printf (out, ";%s\n", bf_town_street_name (town, bf_town_line (town, house->line)->street));
    }
  save (what, out, data);
}

/* Sector of a place: the middle, else its slice of the wind rose. */
static int
sector_of (const BfTown *town, BfTownPoint p)
{
  int slices = town->size->sectors - 1;

  if (hypot (p.x, p.y) < 650)
    return 0;
  return 1 + (int) (fmod (atan2 (p.y, p.x) + (2 + 1.0 / slices) * G_PI, 2 * G_PI) / (2 * G_PI / slices)) % slices;
}

static void
write_water (const BfTown *town, BfTownSave save, gpointer data)
{
  static const char *const names[SECTORS_MAX] = { "Centre", "Levant", "Coteaux", "Couchant", "Halage", "Vallon", "Plaine", "Bellevue" };
  g_autoptr (GArray) doors = bf_town_spread_over_people (town, town->size->loggers);
  double people[SECTORS_MAX] = { 0 }, weight[SECTORS_MAX] = { 0 };
  BfTownPoint middle[SECTORS_MAX] = { { 0, 0 } };
  GString *out = g_string_new ("id;kind;sector;lon;lat;name;inhabitants\n");

  for (guint i = 0; i < town->houses->len; i++)
    {
      const BfTownHouse *house = &g_array_index (town->houses, BfTownHouse, i);
      int k = sector_of (town, house->door);

      people[k] += house->inhabitants * town->size->inhabitants / 40000;
      weight[k] += house->inhabitants;
      middle[k].x += house->inhabitants * house->door.x;
      middle[k].y += house->inhabitants * house->door.y;
    }
  for (int k = 0; k < town->size->sectors; k++)
    {
      BfTownPoint at = weight[k] > 0 ? (BfTownPoint){ middle[k].x / weight[k], middle[k].y / weight[k] } : (BfTownPoint){ 0, 0 };
      BfTownPoint inlet = { at.x * 0.7 + 12, at.y * 0.7 - 9 };

      g_string_append_printf (out, "S%d;sector;", k + 1);
      put (out, at);
      g_string_append_printf (out, ";Secteur %s;%.0f\nDEB-S%d;flow_meter;S%d", names[k], people[k], k + 1, k + 1);
      put (out, inlet);
      g_string_append_printf (out, ";Débitmètre %s;%.0f\n", names[k], people[k]);
    }
  for (guint i = 0; i < doors->len; i++)
    {
      const BfTownHouse *house = &g_array_index (town->houses, BfTownHouse, g_array_index (doors, guint, i));

      g_string_append_printf (out, "PRS-%02u;pressure_logger;S%d", i + 1, sector_of (town, house->door) + 1);
      put (out, house->door);
      g_string_append_printf (out, ";%s;0\n", bf_town_street_name (town, bf_town_line (town, house->line)->street));
    }
  save ("water", out, data);
}

typedef struct
{
  const BfTownPiece *piece;
  double from_m, to_m;
} Section;

static int
compare_length (gconstpointer a, gconstpointer b)
{
  const Section *x = a, *y = b;
  double x_m = x->to_m - x->from_m, y_m = y->to_m - y->from_m;

  return x_m < y_m ? 1 : x_m > y_m ? -1 : x->piece->line - y->piece->line;
}

/* The piece's way from one end of the section to the other: "lat lon lat lon …". */
static void
put_way (GString *out, const Section *section)
{
  const GArray *points = section->piece->points;
  double along_m = 0, lon, lat;

  for (guint i = 0; i < points->len; i++)
    {
      if (i > 0)
        along_m += bf_town_distance (bf_town_point (points, i - 1), bf_town_point (points, i));
      if (along_m <= section->from_m + 1 || along_m >= section->to_m - 1)
        continue;
      bf_town_to_wgs84 (bf_town_point (points, i), &lon, &lat);
      g_string_append_printf (out, " %.6f %.6f", lat, lon);
    }
}

static void
put_line (GString *out, const Section *section)
{
  double lon, lat;

  bf_town_to_wgs84 (bf_town_at (section->piece->points, section->from_m, NULL), &lon, &lat);
  g_string_append_printf (out, ";%.6f %.6f", lat, lon);
  put_way (out, section);
  bf_town_to_wgs84 (bf_town_at (section->piece->points, section->to_m, NULL), &lon, &lat);
  g_string_append_printf (out, " %.6f %.6f", lat, lon);
}

/* The main roads, cut where they are longer than a loop or a camera sees; the longest pieces are counted. */
static void
write_sections (const BfTown *town, BfTownSave save, gpointer data)
{
  g_autoptr (GArray) sections = g_array_new (FALSE, FALSE, sizeof (Section));
  GString *out = g_string_new ("id;free_kmh;lanes;length_m;lon1;lat1;lon2;lat2;line;street\n");

  for (guint i = 0; i < town->pieces->len; i++)
    {
      const BfTownPiece *piece = g_ptr_array_index (town->pieces, i);
      double length_m = bf_town_length (piece->points, FALSE);
      int n = (int) ceil (length_m / town->size->section_m);

      if (!is_lit (town, piece) || bf_town_line (town, piece->line)->rank < BF_TOWN_RANK_SECONDARY)
        continue;
      for (int k = 0; k < n; k++)
        {
          Section section = { piece, length_m * k / n, length_m * (k + 1) / n };

          g_array_append_val (sections, section);
        }
    }
  g_array_sort (sections, compare_length);
  for (guint i = 0; i < sections->len && i < (guint) town->size->sections; i++)
    {
      const Section *section = &g_array_index (sections, Section, i);
      const BfTownLine *line = bf_town_line (town, section->piece->line);
      gboolean primary = line->rank >= BF_TOWN_RANK_PRIMARY;

      g_string_append_printf (out, "TRO-%03u;%d;%d;%.0f", i + 1, primary ? 50 : 40, primary ? 2 : 1, section->to_m - section->from_m);
      put (out, bf_town_at (section->piece->points, section->from_m, NULL));
      put (out, bf_town_at (section->piece->points, section->to_m, NULL));
      put_line (out, section);
      g_string_append_printf (out, ";%s\n", bf_town_street_name (town, line->street));
    }
  save ("sections", out, data);
}

static int
compare_middle (gconstpointer a, gconstpointer b)
{
  const BfTownPiece *x = *(const BfTownPiece *const *) a, *y = *(const BfTownPiece *const *) b;
  BfTownPoint p = bf_town_at (x->points, bf_town_length (x->points, FALSE) / 2, NULL);
  BfTownPoint q = bf_town_at (y->points, bf_town_length (y->points, FALSE) / 2, NULL);
  double near = hypot (p.x, p.y), far = hypot (q.x, q.y);

  return near < far ? -1 : near > far ? 1 : x->line - y->line;
}

/* Bays with a sensor at the kerb of the streets nearest to the market place, in rows; each row is a zone. */
static void
write_bays (const BfTown *town, BfTownSave save, gpointer data)
{
  g_autoptr (GPtrArray) pieces = g_ptr_array_new ();
  GString *out = g_string_new ("id;zone;kind;lon;lat;street\n");
  int n = 0, zones = 0;

  for (guint i = 0; i < town->pieces->len; i++)
    {
      BfTownPiece *piece = g_ptr_array_index (town->pieces, i);

      if (is_lit (town, piece) && !piece->bridge && bf_town_line (town, piece->line)->rank >= BF_TOWN_RANK_STREET)
        g_ptr_array_add (pieces, piece);
    }
  g_ptr_array_sort (pieces, compare_middle);
  for (guint i = 0; i < pieces->len && n < town->size->bays; i++)
    {
      const BfTownPiece *piece = g_ptr_array_index (pieces, i);
      double length_m = bf_town_length (piece->points, FALSE), along_m = 2 * BAY_M;

      if (length_m < BAY_M * (BAYS_IN_A_ROW / 2))
        continue;
      zones++;
      for (int k = 0; k < BAYS_IN_A_ROW && along_m < length_m - 2 * BAY_M && n < town->size->bays; k++, along_m += BAY_M)
        {
          BfTownPoint tangent, at = bf_town_at (piece->points, along_m, &tangent);

          n++;
          g_string_append_printf (out, "PLA-%04d;ZON-%03d;%s", n, zones, n % DISABLED_EVERY == 0 ? "forDisabled" : "onStreet");
          put (out, (BfTownPoint){ at.x - tangent.y * KERB_M, at.y + tangent.x * KERB_M });
          g_string_append_printf (out, ";%s\n", bf_town_street_name (town, bf_town_line (town, piece->line)->street));
        }
    }
  save ("bays", out, data);
}

/* The places where people are, each with its meters. */
static void
write_buildings (const BfTown *town, BfTownSave save, gpointer data)
{
  GString *out = g_string_new ("id;kind;lon;lat;people;name\n");
  int n = 0;

  for (guint i = 0; i < town->places->len; i++)
    {
      const BfTownPlace *place = &g_array_index (town->places, BfTownPlace, i);

      if (place->people == 0)
        continue;
      g_string_append_printf (out, "BAT-%02d;%s", ++n, place->kind);
      put (out, place->at);
      g_string_append_printf (out, ";%d;%s\n", place->people, place->name);
    }
  save ("buildings", out, data);
}

void
bf_town_write_equipment (const BfTown *town, BfTownSave save, gpointer data)
{
  write_lighting (town, save, data);
  write_doors (town, "containers", "PAV", town->size->containers, save, data);
  write_water (town, save, data);
  write_sections (town, save, data);
  write_bays (town, save, data);
  write_buildings (town, save, data);
  write_doors (town, "bikes", "VEL", town->size->bike_stations, save, data);
  write_doors (town, "air", "AIR", town->size->air_stations, save, data);
  write_doors (town, "reports", "SIG", town->size->reports, save, data);
}
