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

# feed: how many of each kind the town has; feeds of what is only sometimes there have none
FEEDS = {
    "air-stations": {"air.station": 5},
    "buildings-devices": {"buildings.building": 32, "buildings.electricity_meter": 32, "buildings.water_meter": 32},
    "lighting-cabinets": {"lighting.cabinet": 120},
    "lighting-lamps": {"lighting.lamp": 7000},
    "mobility-bikes": {"mobility.bike_station": 18},
    "parking-bays": {"parking.bay": 288, "parking.disabled_bay": 12, "parking.on_street_zone": 27},
    "parking-clairbourg": {"parking.off_street": 13, "parking.park_and_ride": 1},
    "reports-citizens": {"reports.report": 40},
    "traffic-events": {},
    "traffic-measures": {"traffic.section": 60},
    "traffic-sites": {"traffic.section": 60},
    "waste-containers": {"waste.container": 250},
    "water-loggers": {"water.pressure_logger": 24, "water.flow_meter": 5},
    "weather-warnings": {"weather.warning": 1},
}

# what describes only, or has nothing to report, has never given a value, and its feed says so
NO_VALUES = ("traffic-events", "traffic-sites")

# incident: the rule whose alert it must raise, the service that the alert belongs to
INCIDENTS = {
    "cabinet-trip": ("lighting_mains_absent", "lighting"),
    "lamps-by-day": ("lighting_burning_by_day", "lighting"),
    "sensor-frozen": ("parking_silent", "parking"),
    "main-burst": ("water_pressure_low", "water"),
    "container-fire": ("waste_fire", "waste"),
    "container-full": ("waste_full", "waste"),
    "accident": ("traffic_accident", "traffic"),
    "bikes-gone": ("mobility_bikes_empty", "mobility"),
    "air-pollution": ("air_no2_information", "air"),
    "heating-failure": ("buildings_frost", "buildings"),
    "reports-cluster": ("reports_cluster", "reports"),
    "storm": ("weather_warning", "weather"),
}
SERVICES = {service for _, service in INCIDENTS.values()}
# these are told by the test; the others come by the tour's scenario
BESIDES_THE_TOUR = ("lamps-by-day", "container-full", "sensor-frozen")
HURRY = 60  # the tour's five minutes of beginnings in five seconds; how long a condition must hold stays as it is


class Folder:
    def __init__(self, path):
        self.dir = path


class Demo:
    def __init__(self, city, push_to):
        self.process = subprocess.Popen([BUILD / "data/demo/bf-demo-server", "--city", city, "--scenario", "market", "--push-to", push_to,
                                         "--with-parent"], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip().removeprefix("listening on ")
        self.mqtt = self.process.stdout.readline().strip().removeprefix("mqtt on ")

    def post(self, what, **form):
        with urllib.request.urlopen(f"{self.url}/demo/{what}", urllib.parse.urlencode(form).encode(), timeout=DEADLINE_S) as answer:
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
    state["demo"] = Demo(city, f"unix:{state['folder'].name}/data/engine.*")
    environment = dict(os.environ, BEFFROI_DEMO_URL=state["demo"].url, BEFFROI_DEMO_MQTT=state["demo"].mqtt)
    state["engine"] = Engine(state["folder"].name, Folder(city), environment=environment).start()


def feeds():
    return {f["name"]: f for f in state["engine"].get("/api/v1/feeds")["feeds"]}


def test_feeds():
    start()

    def all_answered():
        now = feeds()
        return now if set(now) == set(FEEDS) and all(
            f["state"] == "ok" or n in NO_VALUES and f["state"] == "stale" for n, f in now.items()) else None

    try:
        now = wait_for("answer of every feed", all_answered, 60)
    except AssertionError:
        raise AssertionError(str({n: (f["state"], f.get("reason")) for n, f in feeds().items()})) from None
    kinds = wait_for("asset of every kind", everything, 60)
    assert set(now) == set(FEEDS), sorted(now)
    print("# feed                 kind                     assets")
    for name, has in FEEDS.items():
        for kind, n in has.items() or [("-", 0)]:
            print(f"# {name:20} {kind:28} {kinds.get(kind, 0):6}")
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
    return kinds if all(kinds.get(kind, 0) >= n for has in FEEDS.values() for kind, n in has.items()) else None


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


def test_bays_are_pushed():
    """Their feed asks nobody: what it has came to the engine's listener, every notification taken; a bay names the zone it lies in."""
    metrics = state["engine"].request("GET", "/metrics").decode()
    taken = {line.split('status="')[1][:3]: int(line.split()[-1]) for line in metrics.splitlines()
             if line.startswith('beffroi_push_total{feed="parking-bays"')}
    assert taken["202"] > 0 and sum(taken.values()) == taken["202"], taken
    zones = {z["id"]: z for z in assets("parking.on_street_zone")}
    for bay in assets("parking.bay") + assets("parking.disabled_bay"):
        assert bay["parent"] in zones and bay["values"]["presence"]["value"] in ("free", "occupied"), bay


def test_tour():
    """The tour's scenario, hurried, and what it leaves out: every incident raises its alert, and every service has one."""
    state["demo"].post("scenario", name="tour", hurry=HURRY)
    wanted = set(INCIDENTS)
    if is_night():
        wanted.remove("lamps-by-day")
    for kind in BESIDES_THE_TOUR:
        if kind in wanted:
            # not the cabinet that has lost its mains, not the container that burns, not the car park that fills
            state["demo"].post("incident", kind=kind, id={"lamps-by-day": "ARM-007", "container-full": "PAV-007", "sensor-frozen": "CLB-07"}[kind])
    begun = time.monotonic()
    seen = {}

    def all_seen():
        for alert in state["engine"].get("/api/v1/alerts")["alerts"]:
            for kind in wanted:
                if alert["rule"] == INCIDENTS[kind][0] and kind not in seen:
                    seen[kind] = (time.monotonic() - begun, alert)
        return len(seen) == len(wanted)

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
            print(f"# {kind:20} {rule:26} {'none' if kind in wanted else 'night'}")
    assert set(seen) == wanted, sorted(wanted - set(seen))
    assert {alert["asset"].split("/")[0] for _, alert in seen.values()} == SERVICES
    # one cabinet, and not its lamps
    lamps = [a for a in state["engine"].get("/api/v1/alerts")["alerts"] if a["rule"].startswith("lighting_lamp")]
    assert not lamps, lamps


def test_outage_is_said():
    state["demo"].post("incident", kind="outage", service="water")
    feed = wait_for("word on the outage", lambda: next((f for f in feeds().values() if f["name"] == "water-loggers" and f["state"] == "retry"), None),
                    60)
    assert "503" in feed["reason"], feed
    state["demo"].post("incident", kind="back", service="water")
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
    ("bays push what they are", test_bays_are_pushed),
    ("each incident of the tour raises its alert, every service has one", test_tour),
    ("an outage of a source is said and passes", test_outage_is_said),
    ("all end", test_end),
])
