#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Clairbourg whole: the demo server with its broker, the real engine, every service in its own format and transport. Each feed gives
what it has; then what can go wrong goes wrong, and each incident must raise its alert. Prints both tables."""
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from beffroi import BUILD, DEADLINE_S, Engine, Skip, run

# feed: kind and how many of it the town has; feeds of what is only sometimes there have none
FEEDS = {
    "lighting-cabinets": ("lighting.cabinet", 120),
    "lighting-lamps": ("lighting.lamp", 7000),
    "mobility-bikes": ("mobility.bike_station", 18),
    "parking-clairbourg": ("parking.off_street", 13),
    "traffic-events": (None, 0),
    "traffic-measures": ("traffic.section", 60),
    "traffic-sites": ("traffic.section", 60),
    "waste-containers": ("waste.container", 250),
    "water-loggers": ("water.pressure_logger", 24),
    "weather-warnings": ("weather.warning", 1),
}

# incident: the rule whose alert it must raise, the service that the alert belongs to
INCIDENTS = {
    "cabinet-trip": ("clairbourg_cabinet_mains", "lighting"),
    "lamps-by-day": ("clairbourg_lamps_by_day", "lighting"),
    "main-burst": ("water_pressure_low", "water"),
    "container-fire": ("clairbourg_container_fire", "waste"),
    "container-full": ("clairbourg_container_full", "waste"),
    "accident": ("clairbourg_accident", "traffic"),
    "storm": ("clairbourg_storm", "weather"),
}


class Folder:
    def __init__(self, path):
        self.dir = path


class Demo:
    def __init__(self, city):
        self.process = subprocess.Popen([BUILD / "data/demo/bf-demo-server", "--city", city, "--scenario", "market", "--with-parent"],
                                        stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip().removeprefix("listening on ")
        self.mqtt = self.process.stdout.readline().strip().removeprefix("mqtt on ")

    def incident(self, **form):
        with urllib.request.urlopen(f"{self.url}/demo/incident", urllib.parse.urlencode(form).encode(), timeout=DEADLINE_S) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE_S)
        self.process.stdout.close()


def wait_for(what, ask, seconds=DEADLINE_S):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ask()
        if found:
            return found
        time.sleep(0.1)  # between two questions, not for time to pass
    raise AssertionError(f"no {what} within {seconds} s")


state = {}


def start():
    state["folder"] = tempfile.TemporaryDirectory()
    city = Path(state["folder"].name) / "city"
    shutil.copytree(BUILD / "data/demo/city", city)
    state["demo"] = Demo(city)
    environment = dict(os.environ, BEFFROI_DEMO_URL=state["demo"].url, BEFFROI_DEMO_MQTT=state["demo"].mqtt)
    state["engine"] = Engine(state["folder"].name, Folder(city), environment=environment).start()


def feeds():
    return {f["name"]: f for f in state["engine"].get("/api/v1/feeds")["feeds"]}


def test_feeds():
    start()

    def all_answered():
        now = feeds()
        return now if set(now) == set(FEEDS) and all(f["state"] in ("ok", "stale") for f in now.values()) else None

    try:
        now = wait_for("answer of every feed", all_answered, 60)
    except AssertionError:
        raise AssertionError(str({n: (f["state"], f.get("reason")) for n, f in feeds().items()})) from None
    kinds = wait_for("asset of every kind", everything, 60)
    assert set(now) == set(FEEDS), sorted(now)
    print("# feed                 kind                     assets")
    for name, (kind, n) in FEEDS.items():
        print(f"# {name:20} {kind or '-':24} {kinds.get(kind, 0):6}")
        assert kinds.get(kind, 0) == n, (name, kind, n, kinds)


def assets(kind=None):
    found, after = [], None
    while True:
        query = urllib.parse.urlencode({k: v for k, v in (("kind", kind), ("after", after)) if v})
        page = state["engine"].get(f"/api/v1/assets?{query}")
        found += page["assets"]
        after = page["next"]
        if not after:
            return found


def everything():
    kinds = {}
    for asset in assets():
        if asset["values"]:
            kinds[asset["kind"]] = kinds.get(asset["kind"], 0) + 1
    return kinds if all(kind is None or kinds.get(kind, 0) >= n for kind, n in FEEDS.values()) else None


def test_exercise_is_not_real():
    """The exercise that the weather service always publishes is there, and raises nothing."""
    warnings = assets("weather.warning")
    assert [w["values"]["warning_state"]["value"] for w in warnings] == ["exercise"], warnings
    assert "severity" not in warnings[0]["values"], warnings
    assert not [a for a in state["engine"].get("/api/v1/alerts")["alerts"] if a["asset"].startswith("weather/")]


def test_lamps_know_their_cabinet():
    lamps = assets("lighting.lamp")
    cabinets = {a["id"] for a in assets("lighting.cabinet")}
    assert len(lamps) == 7000 and all(lamp["parent"] in cabinets for lamp in lamps), lamps[:2]


def is_night():
    """What the engine itself plans for a cabinet: the incident of lamps by day has no sense at night."""
    cabinet = assets("lighting.cabinet")[0]
    return cabinet["values"].get("planned", {}).get("value") == "on"


def test_incidents():
    night = is_night()
    begun = {}
    seen = {}
    for kind in INCIDENTS:
        if kind == "lamps-by-day" and night:
            continue
        # not the cabinet that has lost its mains
        state["demo"].incident(kind=kind, **({"id": "ARM-007"} if kind == "lamps-by-day" else {}))
        begun[kind] = time.monotonic()

    def all_seen():
        for alert in state["engine"].get("/api/v1/alerts")["alerts"]:
            for kind in begun:
                if alert["rule"] == INCIDENTS[kind][0] and kind not in seen:
                    seen[kind] = (time.monotonic() - begun[kind], alert)
        return len(seen) == len(begun)

    try:
        wait_for("alert of every incident", all_seen, 120)
    except AssertionError:
        pass
    print("# incident             alert                      after  title")
    for kind, (rule, service) in INCIDENTS.items():
        if kind in seen:
            delay, alert = seen[kind]
            print(f"# {kind:20} {rule:26} {delay:4.0f} s  {alert['title']['fr']}")
            assert alert["asset"].startswith(f"{service}/"), alert
        else:
            print(f"# {kind:20} {rule:26} {'night' if kind not in begun else 'none'}")
    assert set(seen) == set(begun), sorted(set(begun) - set(seen))
    # one cabinet and not its lamps: nothing else of the lighting is told
    assert len([a for a in state["engine"].get("/api/v1/alerts")["alerts"] if a["rule"] == "clairbourg_cabinet_mains"]) >= 1


def test_outage_is_said():
    state["demo"].incident(kind="outage", service="water")
    feed = wait_for("word on the outage", lambda: next((f for f in feeds().values() if f["name"] == "water-loggers" and f["state"] == "retry"), None),
                    60)
    assert "503" in feed["reason"], feed
    state["demo"].incident(kind="back", service="water")
    wait_for("return of the feed", lambda: feeds()["water-loggers"]["state"] == "ok", 60)


def test_end():
    state["engine"].stop()
    state["demo"].stop()
    state["folder"].cleanup()


if not (Path("/usr/sbin/mosquitto").exists() or shutil.which("mosquitto")):
    def skip():
        raise Skip("mosquitto is not installed here")
    run([("Clairbourg", skip)])
run([
    ("every feed of Clairbourg gives what the town has", test_feeds),
    ("an exercise is never taken for real", test_exercise_is_not_real),
    ("lamps know their cabinet", test_lamps_know_their_cabinet),
    ("each incident raises its alert", test_incidents),
    ("an outage of a source is said and passes", test_outage_is_said),
    ("all end", test_end),
])
