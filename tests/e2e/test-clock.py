# SPDX-License-Identifier: EUPL-1.2
"""The machine's clock is set under the real engine and its feeds, an hour ahead and an hour back: ten minutes of a rule stay ten minutes
that elapse, no feed is cut or old for it, and a person is told once. The machine's own clock is not touched: the programs read time
through set-clock.c, and minutes pass as on a machine that was suspended."""
import datetime
import email.utils
import json
import os
import tempfile
import time

from beffroi import DEADLINE_S, City, Engine, PayloadHandler, Payloads, run
from clock import Clock, feed_program

HOUR_S = 3600
FEED = """[Feed]
Service=parking
Format=json
Url={url}/parks
Every=1s
Stale=30min
Kind=off_street
[Map]
id=key
free_spaces=free
{observed}"""
RULE = """[Rule few]
Kind=parking.off_street
When=free_spaces < 10
For=10min
Priority=high
Title=Few at {asset}
"""


class Town:
    def __init__(self, folder, observed="", set_s=0):
        self.clock = Clock(folder)
        self.clock.step(set_s)
        self.payloads = Payloads()
        # The server stands on the same machine: its Date is what content without a stamp is dated by.
        dated = {"date_time_string": lambda handler, timestamp=None: email.utils.format_datetime(self.clock.now(), usegmt=True)}
        self.payloads.RequestHandlerClass = type("DatedHandler", (PayloadHandler,), dated)
        self.free = 5
        self.payloads.answers["/parks"] = self.answer
        self.observed = observed
        city = City(folder)
        city.feed("parks", FEED.format(url=self.payloads.url, observed=observed))
        city.rules("few", RULE)
        self.engine = Engine(folder, city, extra=["--feed-program", feed_program(folder, self.clock)],
                             environment={**os.environ, **self.clock.environment()})

    def answer(self):
        record = {"key": "P1", "free": self.free}
        if self.observed:
            record["at"] = self.clock.now(right=True).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return 200, {}, json.dumps([record]).encode()

    def feed(self):
        return self.engine.get("/api/v1/feeds")["feeds"][0]

    def until(self, found, what):
        deadline = time.monotonic() + DEADLINE_S
        while not found():
            assert time.monotonic() < deadline, f"not seen within {DEADLINE_S:.0f} s: {what}; feed {self.feed()}"
            time.sleep(0.05)

    def heard(self):
        """A payload that was fetched after this moment has gone through the rules."""
        asked = self.payloads.asked.get("/parks", 0)
        self.until(lambda: self.payloads.asked.get("/parks", 0) >= asked + 2, "the feed asks again")
        done = self.feed()["payloads"]
        self.until(lambda: self.feed()["payloads"] >= done + 1, "its answer is taken")

    def few(self):
        """The alert of our rule; those of the plugin's own hear the silence of a suspended machine, and are right."""
        return [a for a in self.engine.get("/api/v1/alerts?state=open")["alerts"] if a["rule"] == "few"]

    def is_few(self, *states):
        return [a["state"] for a in self.few()] == list(states)

    def problems(self):
        return [p["message"] for p in self.engine.get("/api/v1/problems")["problems"] if p["file"] == "clock of the machine"]

    def steps(self):
        return self.engine.get("/api/v1/status")["clock"]["steps"]

    def age_s(self, text):
        return (self.clock.now() - datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))).total_seconds()


def check_step(seconds, word):
    with tempfile.TemporaryDirectory() as folder:
        town = Town(folder)
        with town.engine:
            town.until(lambda: town.feed()["state"] == "ok", "the feed is OK")
            town.clock.pass_minutes(4)
            town.heard()
            town.clock.step(seconds)
            town.until(lambda: town.steps() == 1, "the step is told")
            assert town.feed()["state"] == "ok", town.feed()
            town.heard()
            town.clock.pass_minutes(5)
            town.heard()
            assert town.is_few(), town.few()
            town.clock.pass_minutes(2)
            town.until(lambda: town.is_few("unacknowledged"), "the alert after ten minutes")
            raised = town.few()[0]["raised"]
            assert abs(town.age_s(raised)) < 60, (raised, town.clock.now())
            # What comes is newer, and is believed.
            town.free = 50
            town.until(lambda: town.is_few("returned"), "the return")
            feed = town.feed()
            assert feed["state"] == "ok" and feed["restarts"] == 0 and feed["refused"] == 0, feed
            problems = town.problems()
            assert len(problems) == 1 and problems[0].startswith(f"was set {word} by 1h and read "), problems
            log = (town.engine.data / "engine.log").read_text()
            assert log.count(f"the machine's clock was set {word} by 1h") == 1, log
            town.engine.stop()
        town.payloads.shutdown()


def ahead():
    check_step(HOUR_S, "ahead")


def back():
    check_step(-HOUR_S, "back")


def put_right():
    """A source that knows the time, on a machine whose clock is an hour ahead: its content is an hour old by that clock, and is of now
    as soon as the clock is right, although nothing else has changed."""
    with tempfile.TemporaryDirectory() as folder:
        town = Town(folder, observed="observed=at\n", set_s=HOUR_S)
        with town.engine:
            town.until(lambda: town.feed()["state"] == "stale", "the content is old")
            assert "1h" in town.feed()["reason"], town.feed()
            town.clock.step(-HOUR_S)
            town.until(lambda: town.feed()["state"] == "ok", "the feed is OK")
            town.until(lambda: town.engine.get("/api/v1/assets/parking/P1")["values"]["free_spaces"]["known"], "its value is known")
            town.heard()
            town.clock.pass_minutes(11)
            town.until(lambda: town.is_few("unacknowledged"), "the alert")
            assert town.feed()["restarts"] == 0, town.feed()
            town.engine.stop()
        town.payloads.shutdown()


run([("an hour ahead", ahead), ("an hour back", back), ("put right", put_right)])
