#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What a client was told is acknowledged survives kill -9: the engine is killed 50 times at random points under load, on one store.
After each start, every alert that was ever answered as acknowledged is acknowledged or over, with the same words by the same
person, and every transition that a stream has ever told is in the history, unchanged."""
import http.client
import json
import os
import random
import tempfile
import threading
import time

from beffroi import ApiError, City, Engine, Payloads, run

ROUNDS = int(os.environ.get("BEFFROI_KILLS", "50"))
PARKS = 60
ACKERS = 3

FEED = """[Feed]
Service=parking
Format=opendatasoft
Url={url}/parks
Every=1s
Stale=1h
[Map]
id=key
name=key
location=geo
free_spaces=free
capacity=max
observed=seen
"""
RULES = """[Rule kill_full]
Kind=parking.off_street
When=free_spaces < 10
Priority=high
Title=Full: {asset}
Title[fr]=Complet : {asset}
"""


class Load:
    """A city whose car parks fill and empty at every answer, so that alerts open and return all the time."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lock = threading.Lock()

    def answer(self):
        with self.lock:
            now = time.time()
            seen = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
            records = [{"key": f"P{i}", "geo": {"lon": 4.4 + i / 1000, "lat": 47.2}, "free": self.random.choice((0, 5, 50, 80)),
                        "max": 100, "seen": seen} for i in range(PARKS)]
        return 200, {"Content-Type": "application/json"}, json.dumps(records).encode()


class Told:
    """What clients were told, over all lives of the engine."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged = {}  # alert -> (seq, comment)
        self.events = {}        # seq -> event
        self.enough = threading.Event()
        self.faults = []
        self.dying = threading.Event()


def acknowledge(engine, told, stop, number):
    """One operator who acknowledges whatever is open, as fast as answers come."""
    count = 0
    while not stop.is_set():
        try:
            for alert in engine.get("/api/v1/alerts?state=open")["alerts"]:
                if alert["state"] not in ("unacknowledged", "returned"):
                    continue
                comment = f"operator {number} round {count}"
                count += 1
                try:
                    answer = engine.post(f"/api/v1/alerts/{alert['id']}/acknowledge", {"comment": comment})
                except ApiError as error:
                    if error.status in (404, 409):
                        continue
                    raise
                with told.lock:
                    told.acknowledged[answer["id"]] = comment
                    if len(told.acknowledged) % 7 == 0:
                        told.enough.set()
        except (OSError, http.client.HTTPException, ValueError) as error:
            # A dead engine cuts answers short; a live one must not.
            if not stop.is_set() and engine.process.poll() is None:
                told.faults.append(f"operator {number}: {error!r}")
            return


def listen(engine, told, after):
    """A client that reads the stream until the engine dies."""
    try:
        stream = engine.stream(after)
        while True:
            message = stream.message(time.monotonic() + 60)
            if message["type"] == "alert":
                with told.lock:
                    told.events[message["seq"]] = message["event"]
    except (OSError, EOFError, ValueError) as error:
        # What the kill cut off is no message; what a live engine sends must be one.
        if engine.process.poll() is None and not told.dying.is_set():
            told.faults.append(f"stream: {error!r}")


def history(engine):
    events = {}
    after = 0
    while True:
        page = engine.get(f"/api/v1/events?after={after}&max=10000")["events"]
        if not page:
            return events
        for event in page:
            events[event["seq"]] = event
        after = page[-1]["seq"]


def compare(engine, told):
    # The engine lives and goes on: what is open is compared with the history up to the same event.
    opened = engine.get("/api/v1/alerts?state=open")
    events = history(engine)
    for seq, event in told.events.items():
        assert seq in events, f"event {seq} was told and is gone: {event}"
        assert events[seq] == event, f"event {seq} was told as {event} and is {events[seq]}"
    said = {}
    for event in events.values():
        if event["input"] == "acknowledge":
            said.setdefault(event["alert"], []).append(event["comment"])
    for alert, comment in told.acknowledged.items():
        assert comment in said.get(alert, []), f"alert {alert} was answered as acknowledged ({comment}) and is not"
    states = {alert["id"]: alert["state"] for alert in opened["alerts"]}
    ends = {}
    for event in sorted(events.values(), key=lambda e: e["seq"]):
        if event["seq"] <= opened["seq"]:
            ends[event["alert"]] = event["to"]
    for alert, state in ends.items():
        assert states.get(alert, "normal") == state, f"alert {alert} ended its history as {state} and is {states.get(alert, 'normal')}"


def kill_under_load():
    seed = int(os.environ.get("BEFFROI_SEED", random.randrange(1 << 30)))
    print(f"# seed {seed}")
    dice = random.Random(seed)
    told = Told()
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        server.answers["/parks"] = Load(seed).answer
        city = City(folder)
        city.feed("load", FEED.format(url=server.url))
        city.rules("kill", RULES)
        # These parks chatter by intent: damped, none of them would wait for anybody.
        with (city.dir / "city.conf").open("a") as conf:
            conf.write("[Alerts]\nChatter=16 in 1s\n")
        engine = Engine(folder, city)
        for _ in range(ROUNDS):
            engine.start()
            if told.events:
                compare(engine, told)
            stop = threading.Event()
            told.enough.clear()
            told.dying.clear()
            after = max(told.events, default=0)
            threads = [threading.Thread(target=acknowledge, args=(engine, told, stop, i), daemon=True) for i in range(ACKERS)]
            threads.append(threading.Thread(target=listen, args=(engine, told, after), daemon=True))
            for thread in threads:
                thread.start()
            assert told.enough.wait(30), "nothing to acknowledge within 30 s"
            # A random point: stop.wait() is the wait for an event that nobody sets before.
            stop.wait(dice.random() * 0.3)
            told.dying.set()
            stop.set()
            engine.kill()
            for thread in threads:
                thread.join(30)
            assert not told.faults, told.faults
        engine.start()
        compare(engine, told)
        print(f"# {ROUNDS} kills, {len(told.acknowledged)} acknowledged, {len(told.events)} events told, all there")
        assert len(told.acknowledged) >= ROUNDS, "too little was acknowledged for the test to mean anything"
        engine.stop()
        server.shutdown()


run([("what was told survives kill -9", kill_under_load)])
