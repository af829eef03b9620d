/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The car parks of the demo city and how a day goes through them: a model, no recording. See bf-demo-parking.c.
 * One thread; a BfDemoParking owns its car parks. Model time is int64 seconds since Monday 00:00 of the model's week.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BF_DEMO_WEEK_S (7 * 86400)

typedef struct
{
  char *key;
  char *name;
  char *profile;
  double lon;
  double lat;
  int capacity;
  int cars;
  int turned_away; /* arrivals that found it full, since the start */
  gboolean closed;
  gboolean frozen; /* its sensor: published count and time stay */
  int published;
  gint64 published_at_us; /* real time */
  guint64 random;
  GArray *departures; /* gint64 model seconds, one a parked car */
} BfDemoCarPark;

typedef struct
{
  GPtrArray *car_parks; /* BfDemoCarPark */
  gint64 now_s;         /* model time reached */
} BfDemoParking;

/**
 * bf_demo_parking_load:
 * @path: parkings.csv of the demo city: `key;nom;lon;lat;total;profil`
 * @seed: the same seed gives the same week
 * @error: names file, line and what was expected
 *
 * Returns: (transfer full) (nullable): empty car parks at Monday 00:00
 */
BfDemoParking *bf_demo_parking_load (const char *path, guint64 seed, GError **error);

void bf_demo_parking_free (BfDemoParking *parking);

/**
 * bf_demo_parking_run_to:
 * @until_s: model time; earlier than now does nothing. The model moves in steps of 30 s, whole ones only.
 */
void bf_demo_parking_run_to (BfDemoParking *parking, gint64 until_s);

/**
 * bf_demo_parking_find_filling:
 * @from_s: model time to start from, as a warm-up of two days is already done
 *
 * When the car park @key first goes over 95 % after @from_s, by running a second model with the same seed.
 *
 * Returns: model time, or -1 when it does not within a day
 */
gint64 bf_demo_parking_find_filling (const char *path, guint64 seed, const char *key, gint64 from_s);

BfDemoCarPark *bf_demo_parking_find (BfDemoParking *parking, const char *key);

/* bf-demo-opendatasoft.c: the published counts. (transfer full) */
#define BF_DEMO_ODS_DATASET "parkings-clairbourg"
typedef enum
{
  BF_DEMO_ODS_EXPORT,
  BF_DEMO_ODS_RECORDS,
  BF_DEMO_ODS_SEARCH,
  BF_DEMO_ODS_GEOJSON,
} BfDemoOdsForm;
GString *bf_demo_opendatasoft (const BfDemoParking *parking, GTimeZone *zone, BfDemoOdsForm form, guint offset, guint limit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfDemoParking, bf_demo_parking_free)

G_END_DECLS
