#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Clairbourg whole: the demo server with its broker, the real engine, every service in its own format and transport. Each feed gives
what it has; then what can go wrong goes wrong, and each incident must raise its alert. Prints both tables."""
import shutil
import tempfile
import time
import urllib.parse
from pathlib import Path

from beffroi import Skip, run
from clairbourg import Town, wait_for

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
    "and its sector": ("water_burst_now", "water"),
    "slow-leak": ("water_leak", "water"),  # since the day before, of which the town has learnt
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
# these are told by the test, and the frozen sensor; the others come by the tour's scenario. They fall on other things than those of the tour
BESIDES_THE_TOUR = ("lamps-by-day", "container-full")
HURRY = 60  # the tour's five minutes of beginnings in five seconds; how long a condition must hold stays as it is


state = {}


def feeds():
    return state["town"].feeds()


def assets(kind=None):
    return state["town"].assets(kind)


def test_feeds():
    state["folder"] = tempfile.TemporaryDirectory()
    state["town"] = Town(state["folder"].name, scenario="market", hour=12, past="tour")
    state["engine"] = state["town"].engine
    state["town"].wait_feeds(FEEDS, NO_VALUES)
    # of all the incidents this one's rule waits longest: it may wait while the assets are counted
    state["town"].post("incident", kind="sensor-frozen", id="CLB-07")
    wanted = {kind: n for has in FEEDS.values() for kind, n in has.items()}
    kinds = state["town"].wait_kinds(wanted)
    print("# feed                 kind                         assets")
    for name, has in FEEDS.items():
        for kind, n in has.items() or [("-", 0)]:
            print(f"# {name:20} {kind:28} {kinds.get(kind, 0):6}")
            assert kinds.get(kind, 0) == n, (name, kind, n, kinds)


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


def test_roads_are_lines():
    """From the source's GML to the API and the export: a section is a line and its point lies on it; works are an area, and over when the
    source no longer has them."""
    sections = assets("traffic.section")
    for section in sections:
        shape = section["shape"]
        assert shape["type"] == "LineString" and len(shape["coordinates"]) >= 5, section
        lons, lats = zip(*shape["coordinates"])
        assert min(lons) - 1e-6 <= section["lon"] <= max(lons) + 1e-6 and min(lats) - 1e-6 <= section["lat"] <= max(lats) + 1e-6, section
    assert not any("shape" in lamp for lamp in assets("lighting.lamp")[:200])
    state["town"].post("incident", kind="roadworks")
    works = wait_for("works as an area", lambda: next((e for e in assets("traffic.event") if e["values"].get("event_type", {}).get("value") == "works"
                                                       and not e["over"]), None), 60)
    assert works["shape"]["type"] == "Polygon" and works["shape"]["coordinates"][0][0] == works["shape"]["coordinates"][0][-1], works
    whole = state["engine"].get("/api/v1/assets/" + urllib.parse.quote(works["id"], safe="/"))
    assert whole["attributes"]["start"] < whole["attributes"]["end"], whole
    features = {f["id"]: f for f in state["engine"].get("/api/v1/geojson")["features"]}
    assert features[works["id"]]["geometry"] == works["shape"] and len(features[works["id"]]["properties"]["position"]) == 2
    assert features[sections[0]["id"]]["geometry"] == sections[0]["shape"]
    state["town"].post("incident", kind="end", of="roadworks")
    wait_for("end of the works", lambda: next(e for e in assets("traffic.event") if e["id"] == works["id"])["over"], 60)


def test_lamps_follow_the_plan():
    """Each cabinet supplies its lamps when the plan of its zone says so, and the lamps do as their cabinet does. Looked at again when a
    switching falls between: the plan is the engine's, the switching comes by feeds."""

    def agree():
        cabinets = {c["id"]: c["values"] for c in assets("lighting.cabinet")}
        wrong = [i for i, v in cabinets.items() if v["planned"]["value"] != v["supply"]["value"]]
        wrong += [lamp["id"] for lamp in assets("lighting.lamp") if lamp["values"]["state"]["value"] != "failed"
                  and lamp["values"]["state"]["value"] != cabinets[lamp["parent"]]["planned"]["value"]]
        return cabinets if not wrong else None

    cabinets = wait_for("agreement of plan and lamps", agree, 90)
    on = sum(v["planned"]["value"] == "on" for v in cabinets.values())
    print(f"# {on} of {len(cabinets)} cabinets are planned on now")


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
    state["town"].post("scenario", name="tour", hurry=HURRY)
    wanted = set(INCIDENTS)
    if state["town"].hour is None:
        wanted.remove("lamps-by-day")
    for kind in BESIDES_THE_TOUR:
        state["town"].post("incident", kind=kind)
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
            print(f"# {kind:20} {rule:26} none")
    state["seen"] = set(seen)
    assert set(seen) == wanted, sorted(wanted - set(seen))
    assert {alert["asset"].split("/")[0] for _, alert in seen.values()} == SERVICES
    # one cabinet, and not its lamps
    lamps = [a for a in state["engine"].get("/api/v1/alerts")["alerts"] if a["rule"].startswith("lighting_lamp")]
    assert not lamps, lamps


def test_lamps_by_day():
    """It is noon for the town, whatever hour it is."""
    if state["town"].hour is None:
        raise Skip("the clock cannot be set here (sanitizer), and it may be night")
    assert "lamps-by-day" in state["seen"]


def test_outage_is_said():
    state["town"].post("incident", kind="outage", service="water")
    feed = wait_for("word on the outage", lambda: next((f for f in feeds().values() if f["name"] == "water-loggers" and f["state"] == "retry"), None),
                    60)
    assert "503" in feed["reason"], feed
    state["town"].post("incident", kind="back", service="water")
    wait_for("return of the feed", lambda: feeds()["water-loggers"]["state"] == "ok", 60)


def test_end():
    state["town"].stop()
    state["folder"].cleanup()


def without_mosquitto():
    raise Skip("mosquitto is not installed here")


CASES = [
    ("every feed of Clairbourg gives what the town has", test_feeds),
    ("an exercise is never taken for real", test_exercise_is_not_real),
    ("lamps know their cabinet", test_lamps_know_their_cabinet),
    ("lamps burn when the plan says so", test_lamps_follow_the_plan),
    ("bays push what they are", test_bays_are_pushed),
    ("roads are lines and works an area", test_roads_are_lines),
    ("each incident of the tour raises its alert, every service has one", test_tour),
    ("lamps that burn by day are told at any hour", test_lamps_by_day),
    ("an outage of a source is said and passes", test_outage_is_said),
    ("all end", test_end),
]
there = Path("/usr/sbin/mosquitto").exists() or shutil.which("mosquitto")
run(CASES if there else [(name, without_mosquitto) for name, _ in CASES])
