/* SPDX-License-Identifier: EUPL-1.2 */
/* A feed's process for the supervisor's tests: takes beffroi-feed's arguments and does what the definition file's text says. */

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "feed-test-util.h"
#include "feed/bf-frame-writer.h"

#define LONG_ASSETS 2000u
#define HOUR_US (3600 * G_GINT64_CONSTANT (1000000))

static void G_GNUC_NORETURN
wait_for_ever (void)
{
  while (TRUE)
    pause ();
}

/* Of this attempt: what is wrong with the process is not that its counts are. */
static guint64 n_observations, n_refused;

static void
observe (BfFrameWriter *writer, const BfObservation *observation)
{
  bf_frame_writer_observation (writer, observation);
  n_observations++;
}

static void
refuse (BfFrameWriter *writer, guint32 record, const char *property, const char *reason)
{
  bf_frame_writer_refused (writer, record, property, reason);
  n_refused++;
}

static void
give (BfFrameWriter *writer, const BfCatalog *catalog, const BfService *service, gint64 observed_us, const char *name)
{
  guint16 property = bf_catalog_find_property (catalog, service->index, "free_spaces")->index;
  guint16 kind = bf_catalog_find_service_kind (catalog, service->index, "off_street")->index;

  bf_frame_writer_asset (writer, 0, &(BfAssetDraft){ "a", 1, kind, name, NULL, NULL, { 2.35, 48.85 }, NULL });
  observe (writer, &(BfObservation){ 0, property, 0, 12, observed_us });
}

static void
say (BfFrameWriter *writer, BfOutcome outcome, gint64 next_us, const char *reason)
{
  gint64 now_us = bf_time_now_us ();

  bf_frame_writer_status (writer, &(BfFeedStatus){ outcome, now_us, 1, n_observations, n_refused, now_us, now_us + next_us, 10, reason });
  n_observations = n_refused = 0;
}

/* Records of one to three values; the one in the middle has more than a slice may take, and is longer than a piece of the
 * supervisor's memory. */
static void
give_large (BfFrameWriter *writer, const BfCatalog *catalog, const BfService *service, gint64 observed_us)
{
  guint16 property = bf_catalog_find_property (catalog, service->index, "free_spaces")->index;
  guint n = 0;

  give (writer, catalog, service, observed_us, "A");
  for (guint record = 1; record < LARGE_RECORDS; record++)
    for (guint i = record == LARGE_RECORDS / 2 ? LARGE_RECORD : 1 + record % 3; i > 0; i--)
      observe (writer, &(BfObservation){ 0, property, record, ++n % 1000, observed_us });
}

static void
act (const char *mode, BfFrameWriter *writer, const BfCatalog *catalog, const BfService *service)
{
  gint64 now_us = bf_time_now_us ();

  if (strcmp (mode, "good") == 0)
    {
      give (writer, catalog, service, now_us, "A");
      bf_frame_writer_payload (writer, now_us, (const guint8 *) "{\"a\":12}", 8);
      refuse (writer, 7, "free_spaces", "-1 is out of range");
      say (writer, BF_OUTCOME_OK, HOUR_US, NULL);
    }
  else if (strcmp (mode, "many-refused") == 0)
    {
      give (writer, catalog, service, now_us, "A");
      for (guint i = 0; i < 45; i++)
        refuse (writer, i, "free_spaces", "-1 is out of range");
      refuse (writer, 30, "free_spaces", "-1 is out of range");
      say (writer, BF_OUTCOME_OK, HOUR_US, NULL);
    }
  else if (strcmp (mode, "large") == 0)
    for (guint i = 0; i < 2; i++)
      {
        give_large (writer, catalog, service, now_us + i);
        say (writer, BF_OUTCOME_OK, HOUR_US, NULL);
      }
  else if (strcmp (mode, "old") == 0)
    {
      give (writer, catalog, service, now_us - 24 * HOUR_US, "A");
      say (writer, BF_OUTCOME_OK, HOUR_US, NULL);
    }
  else if (strcmp (mode, "aging") == 0)
    {
      /* Fresh for another three seconds by a limit of three minutes. */
      give (writer, catalog, service, now_us - 177 * G_USEC_PER_SEC, "A");
      say (writer, BF_OUTCOME_OK, HOUR_US, NULL);
    }
  else if (strcmp (mode, "retry") == 0)
    say (writer, BF_OUTCOME_RETRY, HOUR_US, "HTTP 503 Service Unavailable");
  else if (strcmp (mode, "refused") == 0)
    say (writer, BF_OUTCOME_REFUSED, HOUR_US, "HTTP 404 Not Found");
  else if (strcmp (mode, "crash") == 0)
    {
      signal (SIGSEGV, SIG_DFL); /* a sanitizer's own would tell it otherwise */
      raise (SIGSEGV);
    }
  else if (strcmp (mode, "answer-then-hang") == 0)
    say (writer, BF_OUTCOME_OK, 1, NULL);
  else if (strncmp (mode, "long", 4) == 0)
    {
      /* More than a pipe holds. */
      guint16 kind = bf_catalog_find_service_kind (catalog, service->index, "off_street")->index;

      for (guint i = 0; i < (strcmp (mode, "long-and-slow-hang") == 0 ? 4 * LONG_ASSETS : LONG_ASSETS); i++)
        {
          g_autofree char *id = g_strdup_printf ("a-%u", i);

          bf_frame_writer_asset (writer, i, &(BfAssetDraft){ id, strlen (id), kind, "A car park of which there are many", NULL, NULL, { 2.35, 48.85 }, NULL });
          if (strcmp (mode, "long-and-slow-hang") == 0)
            g_usleep (500); /* slow is what it is */
        }
      if (strcmp (mode, "long-and-no-answer-hang") != 0)
        {
          observe (writer, &(BfObservation){ 0, bf_catalog_find_property (catalog, service->index, "free_spaces")->index, 0, 12, now_us });
          say (writer, BF_OUTCOME_OK, HOUR_US, NULL);
        }
    }
  else if (strcmp (mode, "flood") == 0)
    for (guint i = 0; bf_frame_writer_error (writer) == NULL; i++)
      give (writer, catalog, service, now_us, i % 2 == 0 ? "A" : "B");
  else if (strcmp (mode, "flood-status") == 0)
    while (bf_frame_writer_error (writer) == NULL)
      say (writer, BF_OUTCOME_OK, HOUR_US, NULL);
  else if (strcmp (mode, "flood-stderr") == 0)
    while (fputs ("la la la\n", stderr) >= 0)
      ;
  else if (strcmp (mode, "rubbish") == 0)
    bf_frame_output_fd (GINT_TO_POINTER (3), (const guint8 *) "\4\0\0\0\77abc", 8, NULL);
  else if (strcmp (mode, "huge") == 0)
    bf_frame_output_fd (GINT_TO_POINTER (3), (const guint8 *) "\xff\xff\xff\x7f", 4, NULL);
  else if (strcmp (mode, "future") == 0)
    {
      give (writer, catalog, service, now_us + HOUR_US, "A");
      say (writer, BF_OUTCOME_OK, HOUR_US, NULL);
    }
  else if (strcmp (mode, "exit") == 0)
    {
      fputs ("first words\nno such thing as a feed\n", stderr);
      _exit (1); /* no leak checker at the end: what it says is not what is tested */
    }
  else if (strcmp (mode, "environment") == 0)
    {
      fprintf (stderr, "key=%s secret=%s\n", g_getenv ("BF_TEST_KEY"), g_getenv ("BF_TEST_SECRET"));
      _exit (1); /* no leak checker at the end: what it says is not what is tested */
    }
  else if (strcmp (mode, "close") == 0)
    close (3);
  wait_for_ever ();
}

int
main (int argc, char **argv)
{
  g_autofree char *text = NULL;
  g_autoptr (BfCatalog) catalog = NULL;
  const BfService *service;
  BfFrameWriter *writer;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  signal (SIGPIPE, SIG_IGN);
  g_assert_cmpint (argc, ==, 11);
  if (getppid () != (int) g_ascii_strtoll (argv[10], NULL, 10))
    return 0;
  g_assert_cmpstr (argv[1], ==, "--feed");
  g_setenv ("BEFFROI_PLUGINS", argv[4], TRUE);
  g_assert_true (g_file_get_contents (argv[2], &text, NULL, NULL));
  g_strstrip (text);
  if (strcmp (text, "hang") == 0)
    wait_for_ever ();
  catalog = test_catalog ();
  service = bf_catalog_find_service (catalog, "parking");
  writer = bf_frame_writer_new (catalog, service->index, bf_frame_output_fd, GINT_TO_POINTER (3));
  bf_frame_writer_hello (writer);
  act (text, writer, catalog, service);
  return 0;
}
