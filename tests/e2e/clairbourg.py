# SPDX-License-Identifier: EUPL-1.2
"""Clairbourg for tests and benchmarks: the demo server with its broker and the real engine that it publishes and pushes to, in a temporary
folder."""
import json
import os
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

from beffroi import BUILD, DEADLINE_S, Engine
from clock import SHIM, Clock, feed_program


def wait_for(what, ask, seconds=DEADLINE_S):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ask()
        if found:
            return found
        time.sleep(0.1)  # between two questions, not for time to pass
    raise AssertionError(f"no {what} within {seconds} s")


def learn(city, data, scenario, environment):
    days = subprocess.run([BUILD / "data/demo/bf-demo-server", "--city", city, "--scenario", scenario, "--past", "10"], check=True,
                          capture_output=True, timeout=DEADLINE_S, env=environment).stdout
    subprocess.run([BUILD / "src/ctl/beffroictl", "--city", city, "--data", data, "learn", "--observations", "-"], check=True, input=days,
                   stdout=subprocess.DEVNULL, timeout=DEADLINE_S, env=environment)


class Folder:
    def __init__(self, path):
        self.dir = path


class Town:
    def __init__(self, folder, scenario="day", city="city", hour=None, past=None):
        """@hour: which it is for the town and its engine, where their clock can be set; @past: a scenario: what its incidents did in the
        days before is learnt first, as ./run has it learnt."""
        copy = Path(folder) / "city"
        environment, extra = dict(os.environ), []
        self.hour = hour if SHIM else None
        if self.hour is not None:
            clock = Clock(folder)
            clock.set_hour(hour)
            environment.update(clock.environment())
            extra = ["--feed-program", feed_program(folder, clock)]
        shutil.copytree(BUILD / "data/demo" / city, copy)
        if past:
            learn(copy, Path(folder) / "data", past, environment)
        self.server = subprocess.Popen([BUILD / "data/demo/bf-demo-server", "--city", copy, "--scenario", scenario,
                                        "--push-to", f"unix:{folder}/data/engine.*", "--with-parent"], stdout=subprocess.PIPE, text=True, env=environment)
        self.url = self.server.stdout.readline().strip().removeprefix("listening on ")
        mqtt = self.server.stdout.readline().strip().removeprefix("mqtt on ")
        environment.update(BEFFROI_DEMO_URL=self.url, BEFFROI_DEMO_MQTT=mqtt)
        self.engine = Engine(folder, Folder(copy), extra, environment).start()

    def post(self, what, **form):
        with urllib.request.urlopen(f"{self.url}/demo/{what}", urllib.parse.urlencode(form).encode(), timeout=DEADLINE_S) as answer:
            return json.load(answer)

    def feeds(self):
        return {f["name"]: f for f in self.engine.get("/api/v1/feeds")["feeds"]}

    def assets(self, kind=None):
        found, after = [], None
        while True:
            query = urllib.parse.urlencode({k: v for k, v in (("kind", kind), ("after", after)) if v})
            page = self.engine.get(f"/api/v1/assets?{query}")
            found += page["assets"]
            after = page["next"]
            if not after:
                return found

    def kinds(self):
        """How many of each kind have a value."""
        counts = {}
        for asset in self.assets():
            if asset["values"]:
                counts[asset["kind"]] = counts.get(asset["kind"], 0) + 1
        return counts

    def wait_feeds(self, names, no_values, seconds=60):
        """Until these and no others are there and OK; of those that have no value to give, until they have answered."""

        def answered():
            now = self.feeds()
            return set(now) == set(names) and all(f["state"] == "ok" or n in no_values and f["state"] == "stale" for n, f in now.items())

        try:
            wait_for("answer of every feed", answered, seconds)
        except AssertionError:
            raise AssertionError(str({n: (f["state"], f.get("reason")) for n, f in self.feeds().items()})) from None

    def wait_kinds(self, wanted, seconds=60):
        def there():
            now = self.kinds()
            return now if all(now.get(kind, 0) >= n for kind, n in wanted.items()) else None

        return wait_for("asset of every kind", there, seconds)

    def stop(self):
        self.engine.stop()
        self.server.terminate()
        self.server.wait(DEADLINE_S)
        self.server.stdout.close()
