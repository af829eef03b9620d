/* SPDX-License-Identifier: EUPL-1.2 */
/* beffroictl: options, and the table of commands. */

#include "bf-config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "api/bf-engine-sign.h"
#include "base/bf-error.h"
#include "base/bf-language.h"
#include "base/bf-paths.h"
#include "ctl/bf-ctl.h"
#include "model/bf-city.h"

static const struct
{
  const char *name;
  int (*run) (const BfCtl *ctl, char **arguments);
  gboolean online;
  guint max_arguments;
} commands[] = {
  { "assets", bf_ctl_assets, TRUE, 1 }, { "alerts", bf_ctl_alerts, TRUE, 1 },    { "ack", bf_ctl_ack, TRUE, G_MAXUINT },
  { "feeds", bf_ctl_feeds, TRUE, 1 },   { "status", bf_ctl_status, TRUE, 0 },    { "problems", bf_ctl_problems, TRUE, 0 },
  { "why", bf_ctl_why, TRUE, 1 },       { "reset", bf_ctl_reset, TRUE, G_MAXUINT },
  { "shelve", bf_ctl_shelve, TRUE, G_MAXUINT }, { "unshelve", bf_ctl_unshelve, TRUE, G_MAXUINT },
  { "out-of-service", bf_ctl_out_of_service, TRUE, 1 }, { "return-to-service", bf_ctl_return_to_service, TRUE, 1 },
  { "works", bf_ctl_works, TRUE, 0 },
  { "decode", bf_ctl_decode, FALSE, 1 }, { "rules", bf_ctl_rules, FALSE, G_MAXUINT },
  { "procedures", bf_ctl_procedures, TRUE, 1 }, { "step", bf_ctl_step, TRUE, 2 }, { "skip", bf_ctl_skip, TRUE, 2 },
  { "handover", bf_ctl_handover, TRUE, G_MAXUINT },
  { "log", bf_ctl_log, FALSE, G_MAXUINT },
  { "replay", bf_ctl_replay, FALSE, G_MAXUINT }, { "learn", bf_ctl_learn, FALSE, 0 },
};

static const char *const summary = N_ ("Commands that ask an engine:\n"
                              "  assets [ID]             all assets with their values, or one\n"
                              "  alerts [ID] [--all] [--show WHICH] open alerts, worst first; or one with its why; or the last 24 hours; or only the\n"
                              "                          board, shelved, suppressed, out_of_service, damped, latched, fleeting or stale ones\n"
                              "  ack ID… [--comment TEXT] [--for 2h] acknowledges alerts\n"
                              "  shelve ID… --reason TEXT [--for 30min | --until TIME] [--once]   puts alerts aside for a time\n"
                              "  unshelve ID…            ends that\n"
                              "  reset ID…               ends alerts that are latched, once their condition has gone and they are acknowledged\n"
                              "  out-of-service [ASSET --reason TEXT [--rule ID] [--until TIME] [--review TIME]]   what is; or takes it out\n"
                              "  return-to-service ASSET [--rule ID] [--comment TEXT]\n"
                              "  feeds [NAME]            the feeds and how they are; or one with what it refused\n"
                              "  status                  what is heard, what is open\n"
                              "  problems                items of the city's files that are off\n"
                              "  why ALERT | ASSET       why there is an alert; why there is one or none of an asset, rule by rule\n"
                              "  works                   what is worked on and will be: whose alerts nobody is told of meanwhile\n"
                              "  procedures [ALERT]      all procedures, and the rules that have none; or that of an alert and what is done of it\n"
                              "  step ALERT N [--comment TEXT]   step N of its procedure is done; skip ALERT N --reason TEXT: it is left out\n"
                              "  handover                what would be handed over now; handover give [--comment NOTE] writes it into the log\n"
                              "  handover take NUMBER NAME   countersigns it; handover print NUMBER FILE.pdf\n"
                              "  log [search WORDS…] [--kind KIND] [--from TIME] [--to TIME]   the log's last entries, or those with these words\n"
                              "  log note TEXT           writes into the log; log correct NUMBER TEXT says what an entry should have said\n"
                              "  log erase NUMBER --reason TEXT   takes out a text by law; that it was there, and who erased it, stays\n"
                              "  log export FILE.csv | FILE.pdf   the log for a spreadsheet, or for the file\n"
                              "  log head                number and digest of the last entry: keep it to verify by later\n"
                              "  rules register          the public register of the rules in force, as Markdown\n"
                              "  rules show [FILE.rules] the city's files of rules, or the text of one\n"
                              "  rules save FILE.rules --reason TEXT   rehearses it on the last week, puts it in force and on record\n"
                              "  rules history [RULE | FILE.rules]     who changed what, when and why\n"
                              "  rules revert CHANGE --reason TEXT     puts back the text before\n"
                              "  rules reload            reads what was edited by hand\n"
                              "Offline:\n"
                              "  log verify [HEAD]       whether the log was changed or cut; with the head that was kept also whether it was written anew\n"
                              "  decode --feed FILE.feed PAYLOAD   the observations of a payload, one JSON object a line\n"
                              "  rules check [FILE…]     whether rules are right, and what they say in words; with --city and no FILE all of the city\n"
                              "  rules rehearse [FILE.rules…] which alerts they would have raised in the past: of tables (--series FILE),\n"
                              "                          observations (--observations FILE), a feed's answers (--feed FILE.feed PAYLOAD…),\n"
                              "                          or the city's store (--city DIR)\n"
                              "  replay                  every transition of an alert that observations lead to (--observations FILE)\n"
                              "  learn --city DIR        before the engine starts: what windows and profiles need to know, out of the city's store\n"
                              "                          or of observations (--observations FILE)\n\n"
                              "Exit codes: 0 done, 1 refused, 2 usage, 3 not found, 4 conflict, 5 no engine answers, 6 problems found");

static char *
read_token (const char *data)
{
  g_autofree char *path = g_build_filename (data, "token", NULL);
  char *token = NULL;

  g_file_get_contents (path, &token, NULL, NULL);
  return token != NULL ? g_strstrip (token) : NULL;
}

/* Where the engine of @city or @data listens: where it says itself, else as it would read it, the city's Listen=, else the socket
 * of its data folder. *@ret_dir: its data folder. */
static char *
find_engine (const char *city, const char *data, char **ret_dir)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfCity) loaded = NULL;
  char *address = NULL;

  if (bf_engine_sign_read (city, data, &address, ret_dir))
    return address;
  loaded = city != NULL ? bf_city_load (city, problems, NULL) : NULL;
  *ret_dir = data != NULL ? g_strdup (data) : bf_paths_data_dir (city);
  return loaded != NULL && loaded->listen != NULL ? g_strdup (loaded->listen) : g_strdup_printf ("unix:%s/engine.sock", *ret_dir);
}

static int
run_command (BfCtl *ctl, char **argv, const char *city, const char *data)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *dir = NULL;
      gboolean online;

      if (strcmp (commands[i].name, argv[1]) != 0)
        continue;
      if (g_strv_length (argv + 2) > commands[i].max_arguments)
        {
          g_printerr (_ ("beffroictl %s: nothing is known of “%s”; see beffroictl --help\n"), argv[1], argv[2 + commands[i].max_arguments]);
          return BF_CTL_USAGE;
        }
      online = commands[i].online || (commands[i].run == bf_ctl_rules && bf_ctl_rules_is_online (argv[2]))
               || (commands[i].run == bf_ctl_log && bf_ctl_log_is_online (argv[2]));
      if (!online)
        return commands[i].run (ctl, argv + 2);
      if (ctl->address == NULL)
        ctl->address = g_strdup (g_getenv ("BEFFROI_ENGINE"));
      if (ctl->address == NULL && data == NULL && city == NULL)
        {
          g_printerr (_ ("beffroictl: expected --connect ADDRESS, --data DIR or --city DIR, or BEFFROI_ENGINE in the environment\n"));
          return BF_CTL_USAGE;
        }
      if (ctl->address == NULL)
        ctl->address = find_engine (city, data, &dir);
      else if (data != NULL || city != NULL)
        dir = data != NULL ? g_strdup (data) : bf_paths_data_dir (city);
      if (dir != NULL && ctl->token == NULL)
        ctl->token = read_token (dir);
      return commands[i].run == bf_ctl_rules ? bf_ctl_rules_online (ctl, argv + 2) : commands[i].run (ctl, argv + 2);
    }
  g_printerr (_ ("beffroictl: unknown command “%s”; see beffroictl --help\n"), argv[1]);
  return BF_CTL_USAGE;
}

int
main (int argc, char **argv)
{
  BfCtl ctl = { 0 };
  g_autofree char *token_file = NULL;
  g_autofree char *language = NULL;
  gboolean version = FALSE;
  const GOptionEntry entries[] = {
    { "connect", 0, 0, G_OPTION_ARG_STRING, &ctl.address, N_ ("The engine: unix:PATH or http://127.0.0.1:PORT"), N_ ("ADDRESS") },
    { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &token_file, N_ ("File with the token, for http"), N_ ("FILE") },
    { "city", 0, 0, G_OPTION_ARG_FILENAME, &ctl.city, N_ ("The city's folder: to find its engine; its rules, zones and past for rules check and rules rehearse"), N_ ("DIR") },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &ctl.data, N_ ("The engine's data folder, to find its socket"), N_ ("DIR") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &ctl.json, N_ ("Print JSON"), NULL },
    { "all", 0, 0, G_OPTION_ARG_NONE, &ctl.all, N_ ("With alerts: also those that are over"), NULL },
    { "comment", 0, 0, G_OPTION_ARG_STRING, &ctl.comment, N_ ("With ack, step and the like: why"), N_ ("TEXT") },
    { "reason", 0, 0, G_OPTION_ARG_STRING, &ctl.reason, N_ ("With shelve, out-of-service, rules save, rules revert, log erase and skip: why"), N_ ("TEXT") },
    { "show", 0, 0, G_OPTION_ARG_STRING, &ctl.show, N_ ("With alerts: which of them"), N_ ("WHICH") },
    { "for", 0, 0, G_OPTION_ARG_STRING, &ctl.duration, N_ ("With shelve and ack: for how long"), N_ ("DURATION") },
    { "until", 0, 0, G_OPTION_ARG_STRING, &ctl.until, N_ ("With shelve, ack and out-of-service: until when"), N_ ("TIME") },
    { "once", 0, 0, G_OPTION_ARG_NONE, &ctl.once, N_ ("With shelve: ends also when the alert clears"), NULL },
    { "review", 0, 0, G_OPTION_ARG_STRING, &ctl.review, N_ ("With out-of-service: when it is looked at again"), N_ ("TIME") },
    { "rule", 0, 0, G_OPTION_ARG_STRING, &ctl.rule, N_ ("With out-of-service and return-to-service: for this rule only"), N_ ("ID") },
    { "seen", 0, 0, G_OPTION_ARG_STRING, &ctl.seen, N_ ("With ack and the like: the last event that was seen; refused when another person has acted since"), N_ ("EVENT") },
    { "base", 0, 0, G_OPTION_ARG_STRING, &ctl.base, N_ ("With rules save: hash of the text that was changed, as rules show says it"), N_ ("HASH") },
    { "unrehearsed", 0, 0, G_OPTION_ARG_NONE, &ctl.unrehearsed, N_ ("With rules save: without a rehearsal"), NULL },
    { "feed", 0, 0, G_OPTION_ARG_FILENAME, &ctl.feed, N_ ("With decode and rules rehearse: the feed's definition"), N_ ("FILE") },
    { "plugins", 0, 0, G_OPTION_ARG_FILENAME, &ctl.plugins_dir, N_ ("Where the plugins lie"), N_ ("DIR") },
    { "feed-program", 0, 0, G_OPTION_ARG_FILENAME, &ctl.feed_program, N_ ("The program that runs one feed"), N_ ("FILE") },
    { "zone", 0, 0, G_OPTION_ARG_STRING, &ctl.zone, N_ ("With decode and rules rehearse: time zone of stamps without one"), N_ ("NAME") },
    { "rules", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &ctl.rules, N_ ("With rules rehearse and replay: a file of rules, instead of those in force; may be given again"), N_ ("FILE") },
    { "series", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &ctl.series, N_ ("With rules rehearse: a table (CSV) of the past; may be given again"), N_ ("FILE") },
    { "observations", 0, 0, G_OPTION_ARG_FILENAME, &ctl.observations, N_ ("With rules rehearse: observations of the past, one JSON object a line"), N_ ("FILE") },
    { "kind", 0, 0, G_OPTION_ARG_STRING_ARRAY, &ctl.kinds, N_ ("With rules rehearse: kind of the assets that come on sight; may be given again. With log: kind of entry"), N_ ("SERVICE.KIND") },
    { "property", 0, 0, G_OPTION_ARG_STRING, &ctl.property, N_ ("With rules rehearse: what the cells of a table with a column an asset are"), N_ ("ID") },
    { "unchanged", 0, 0, G_OPTION_ARG_NONE, &ctl.unchanged, N_ ("With rules rehearse: an empty cell means that the value before holds"), NULL },
    { "stale", 0, 0, G_OPTION_ARG_STRING, &ctl.stale, N_ ("With rules rehearse: age past which a value of a file is unknown"), N_ ("DURATION") },
    { "from", 0, 0, G_OPTION_ARG_STRING, &ctl.from, N_ ("With rules rehearse and log: begin of the period; what is before only warms up"), N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &ctl.to, N_ ("With rules rehearse and log: its end"), N_ ("TIME") },
    { "language", 0, 0, G_OPTION_ARG_STRING, &language, N_ ("Speak this language: fr or en"), N_ ("LANGUAGE") },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, N_ ("Print the version"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (GError) error = NULL;

  bf_language_open (NULL);
  context = g_option_context_new (_ ("COMMAND …"));
  g_option_context_set_summary (context, _ (summary));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("beffroictl: %s\n", error->message);
      return BF_CTL_USAGE;
    }
  if (version)
    {
      g_print ("beffroictl %s\n", BF_VERSION);
      return BF_CTL_OK;
    }
  if (language != NULL)
    bf_language_open (language);
  if (argc < 2)
    {
      g_printerr (_ ("beffroictl: expected a command; see beffroictl --help\n"));
      return BF_CTL_USAGE;
    }
  if (ctl.plugins_dir == NULL)
    ctl.plugins_dir = bf_paths_plugins ();
  if (ctl.feed_program == NULL)
    ctl.feed_program = bf_paths_program ("beffroi-feed", "feed");
  if (ctl.zone == NULL)
    ctl.zone = g_strdup ("Europe/Paris");
  if (token_file != NULL && !g_file_get_contents (token_file, &ctl.token, NULL, &error))
    {
      g_printerr ("beffroictl: %s\n", error->message);
      return BF_CTL_USAGE;
    }
  if (ctl.token != NULL)
    g_strstrip (ctl.token);
  return run_command (&ctl, argv, ctl.city, ctl.data);
}
