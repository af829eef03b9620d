/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Each car park is an M(t)/G/c/c queue: cars arrive as a Poisson process whose rate follows the day, stay for a
 * log-normal time, and are turned away when all places are taken. (With no limit it is the M(t)/G/infinity model of
 * Eick, Massey, Whitt, "The physics of the M_t/G/infinity queue", 1993, of which the mean load is known in closed form.)
 *
 * A profile is a table of flows: a bell of arrivals around an hour on some weekdays, with the length of their stay.
 * Every car park has a PRNG of its own, and the model moves in fixed steps: the state at a model time depends on the
 * seed only, not on how often somebody asked.
 */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-demo-parking.h"

#include <errno.h>
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#define STEP_S 30

enum
{
  MON = 1,
  TUE = 2,
  WED = 4,
  THU = 8,
  FRI = 16,
  SAT = 32,
  SUN = 64,
  WORK = MON | TUE | WED | THU | FRI,
  OPEN = WORK | SAT,
  ALL = OPEN | SUN,
};

static const struct
{
  const char *profile;
  int days;
  double share;    /* arrivals of the day, as a share of the capacity */
  double hour;     /* centre of the bell */
  double spread_h; /* its standard deviation */
  double stay_h;   /* median stay */
  double stay_log; /* standard deviation of the logarithm of the stay */
} flows[] = {
  { "commuter", WORK, 0.84, 7.6, 0.8, 9.4, 0.15 },  { "commuter", ALL, 0.22, 14.0, 3.5, 2.0, 0.6 },
  { "commuter", ALL, 0.07, 18.5, 2.0, 13.0, 0.2 },

  { "centre", OPEN, 1.25, 10.3, 1.3, 1.4, 0.6 },    { "centre", OPEN, 1.5, 15.3, 1.8, 1.5, 0.6 },
  { "centre", ALL, 0.45, 19.6, 0.9, 2.1, 0.4 },     { "centre", ALL, 0.15, 18.3, 1.5, 13.0, 0.2 },
  { "centre", SUN, 0.5, 11.0, 1.4, 1.4, 0.5 },

  { "market", OPEN, 1.0, 10.4, 1.4, 1.3, 0.6 },     { "market", OPEN, 1.2, 15.5, 1.8, 1.5, 0.6 },
  { "market", TUE | SAT, 3.1, 9.7, 1.25, 1.25, 0.45 }, { "market", ALL, 0.3, 19.6, 0.9, 2.0, 0.4 },

  { "office", WORK, 0.74, 8.3, 0.65, 8.6, 0.12 },   { "office", WORK, 0.4, 13.6, 2.0, 1.8, 0.5 },
  { "office", SAT, 0.4, 14.8, 1.8, 1.6, 0.5 },      { "office", ALL, 0.08, 18.4, 1.5, 13.0, 0.2 },

  { "hospital", ALL, 0.26, 6.8, 0.4, 8.1, 0.08 },   { "hospital", WORK, 0.2, 8.4, 0.6, 8.6, 0.1 },
  { "hospital", ALL, 0.2, 13.2, 0.5, 8.1, 0.08 },   { "hospital", ALL, 0.1, 20.8, 0.4, 10.1, 0.06 },
  { "hospital", WORK, 0.7, 9.9, 1.4, 1.5, 0.6 },    { "hospital", ALL, 0.8, 14.9, 1.4, 1.5, 0.6 },

  { "leisure", WED | SAT | SUN, 1.3, 15.0, 1.5, 1.8, 0.3 }, { "leisure", ALL, 0.5, 12.2, 0.6, 1.2, 0.3 },
  { "leisure", WORK, 0.8, 18.4, 0.9, 1.5, 0.3 },    { "leisure", ALL, 0.3, 9.5, 1.2, 1.4, 0.3 },

  { "residents", ALL, 0.68, 18.2, 1.5, 13.2, 0.2 }, { "residents", OPEN, 0.8, 11.5, 3.0, 1.5, 0.7 },

  { "evening", OPEN, 0.9, 15.0, 2.2, 1.8, 0.5 },    { "evening", THU | FRI | SAT, 0.85, 19.9, 0.5, 3.1, 0.15 },
  { "evening", OPEN, 0.7, 10.5, 1.6, 1.6, 0.5 },
};

static double
chance (guint64 *random)
{
  guint64 z = (*random += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  z ^= z >> 31;
  return ((double) (z >> 11) + 0.5) / 9007199254740992.0;
}

/* Knuth's method: fine for the few cars of a step. */
static int
poisson (guint64 *random, double mean)
{
  double limit = exp (-mean), product = chance (random);
  int n = 0;

  while (product > limit)
    {
      product *= chance (random);
      n++;
    }
  return n;
}

static double
normal (guint64 *random)
{
  double u = chance (random), v = chance (random);

  return sqrt (-2 * log (u)) * cos (2 * G_PI * v);
}

static void
car_park_free (gpointer data)
{
  BfDemoCarPark *park = data;

  g_free (park->key);
  g_free (park->name);
  g_free (park->profile);
  g_array_unref (park->departures);
  g_free (park);
}

void
bf_demo_parking_free (BfDemoParking *parking)
{
  g_ptr_array_unref (parking->car_parks);
  g_free (parking);
}

static gboolean
known_profile (const char *profile)
{
  for (guint i = 0; i < G_N_ELEMENTS (flows); i++)
    if (g_str_equal (flows[i].profile, profile))
      return TRUE;
  return FALSE;
}

static gboolean
parse_number (const char *text, double low, double high, double *ret_value)
{
  char *end = NULL;
  double value = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0' || !(value >= low && value <= high))
    return FALSE;
  *ret_value = value;
  return TRUE;
}

static BfDemoCarPark *
parse_line (const char *path, guint number, const char *line, GError **error)
{
  g_auto (GStrv) fields = g_strsplit (line, ";", -1);
  double lon, lat, capacity;
  BfDemoCarPark *park;

  if (g_strv_length (fields) != 6 || !g_utf8_validate (line, -1, NULL) || fields[0][0] == '\0'
      || !parse_number (fields[2], -180, 180, &lon) || !parse_number (fields[3], -90, 90, &lat)
      || !parse_number (fields[4], 1, 20000, &capacity) || !known_profile (fields[5]))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "%s:%u: “%s”: expected key;nom;lon;lat;total;profil with a known profile", path, number, line);
      return NULL;
    }
  park = g_new0 (BfDemoCarPark, 1);
  park->key = g_strdup (fields[0]);
  park->name = g_strdup (fields[1]);
  park->profile = g_strdup (fields[5]);
  park->lon = lon;
  park->lat = lat;
  park->capacity = (int) capacity;
  park->departures = g_array_new (FALSE, FALSE, sizeof (gint64));
  return park;
}

BfDemoParking *
bf_demo_parking_load (const char *path, guint64 seed, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (BfDemoParking) parking = g_new0 (BfDemoParking, 1);

  parking->car_parks = g_ptr_array_new_with_free_func (car_park_free);
  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 1; lines[0] != NULL && lines[i] != NULL; i++)
    {
      BfDemoCarPark *park;

      if (lines[i][0] == '\0')
        continue;
      park = parse_line (path, i + 1, lines[i], error);
      if (park == NULL)
        return NULL;
      park->random = seed * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + g_str_hash (park->key);
      g_ptr_array_add (parking->car_parks, park);
    }
  if (parking->car_parks->len == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: no car park, expected one a line after the header", path);
      return NULL;
    }
  return g_steal_pointer (&parking);
}

/* Arrivals an hour of a flow. */
static double
rate_of (guint flow, const BfDemoCarPark *park, gint64 now_s)
{
  int day = (int) (now_s / 86400 % 7);
  double hour = (double) (now_s % 86400) / 3600, off = (hour - flows[flow].hour) / flows[flow].spread_h;

  if (!(flows[flow].days & (1 << day)) || !g_str_equal (flows[flow].profile, park->profile))
    return 0;
  return park->capacity * flows[flow].share / (flows[flow].spread_h * sqrt (2 * G_PI)) * exp (-off * off / 2);
}

static void
step (BfDemoCarPark *park, gint64 now_s)
{
  for (guint i = park->departures->len; i-- > 0;)
    if (g_array_index (park->departures, gint64, i) <= now_s)
      g_array_remove_index_fast (park->departures, i);
  for (guint flow = 0; flow < G_N_ELEMENTS (flows); flow++)
    {
      double rate = rate_of (flow, park, now_s);
      int arrivals = rate > 0 ? poisson (&park->random, rate * STEP_S / 3600) : 0;

      for (int i = 0; i < arrivals; i++)
        {
          double stay_h = flows[flow].stay_h * exp (flows[flow].stay_log * normal (&park->random));
          gint64 leaves_s = now_s + (gint64) (stay_h * 3600);

          if (park->departures->len >= (guint) park->capacity || park->closed)
            park->turned_away++;
          else
            g_array_append_val (park->departures, leaves_s);
        }
    }
  park->cars = (int) park->departures->len;
}

void
bf_demo_parking_run_to (BfDemoParking *parking, gint64 until_s)
{
  while (parking->now_s + STEP_S <= until_s)
    {
      parking->now_s += STEP_S;
      for (guint i = 0; i < parking->car_parks->len; i++)
        step (g_ptr_array_index (parking->car_parks, i), parking->now_s);
    }
}

gint64
bf_demo_parking_find_filling (const char *path, guint64 seed, const char *key, gint64 from_s)
{
  g_autoptr (BfDemoParking) parking = bf_demo_parking_load (path, seed, NULL);
  BfDemoCarPark *park = parking != NULL ? bf_demo_parking_find (parking, key) : NULL;

  if (park == NULL)
    return -1;
  bf_demo_parking_run_to (parking, from_s);
  while (parking->now_s < from_s + 86400)
    {
      if (park->cars > 0.95 * park->capacity)
        return parking->now_s;
      bf_demo_parking_run_to (parking, parking->now_s + STEP_S);
    }
  return -1;
}

BfDemoCarPark *
bf_demo_parking_find (BfDemoParking *parking, const char *key)
{
  for (guint i = 0; i < parking->car_parks->len; i++)
    {
      BfDemoCarPark *park = g_ptr_array_index (parking->car_parks, i);

      if (g_str_equal (park->key, key))
        return park;
    }
  return NULL;
}
