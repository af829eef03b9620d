#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What `./run --scenario storm` plays: the demo server with the shipped scenario, the real engine. The scenario begins by itself; then it is
told once more, hurried, so that no test lasts its four minutes. Every incident of the file raises its alert, at the thing that it fell on,
and none falls on what another is happening to. Prints incident, thing, alert and delay."""
import configparser
import re
import shutil
import tempfile
import time
from pathlib import Path

from beffroi import BUILD, Skip, run
from clairbourg import Town, wait_for

# incident: its rule; of an outage what the feeds say
RULES = {
    "storm": "weather_warning",
    "accident": "traffic_accident",
    "reports-cluster": "reports_cluster",
    "main-burst": "water_pressure_low",
    "cabinet-trip": "lighting_mains_absent",
    "outage": "feed_silent",
}
# where the alert is not at the very thing that the incident names: it is the whole city, an event of the road's, a feed
ELSEWHERE = ("storm", "accident", "outage")
HURRY = 6  # 40 s: the accident must have been heard before the traffic's source fails
state = {}


def scenario():
    """Kind of each incident of the file, in its order."""
    file = configparser.ConfigParser(strict=True)
    file.optionxform = str
    file.read(BUILD / "data/demo/city/demo/scenarios/storm.scenario")
    return [file[s]["Kind"] for s in file.sections() if s.startswith("Incident ")]


def alerts():
    return state["engine"].get("/api/v1/alerts")["alerts"]


def ids(alert):
    """The town's own numbers in the asset's: ARM-041 of a cabinet's urn, SIG-014 of a report made again."""
    return re.findall(r"[A-Z]+-\d+", alert["asset"])


def test_begins():
    """Without a word from anybody: the server was started with it."""
    state["folder"] = tempfile.TemporaryDirectory()
    state["town"] = Town(state["folder"].name, scenario="storm", hour=12)
    state["engine"] = state["town"].engine
    # what ends must have been there: the sources of the lists, and what the other incidents fall on
    wait_for("warning", lambda: [a for a in alerts() if a["rule"] == RULES["storm"]], 90)
    for feed, state_now in state["town"].feeds().items():
        assert state_now["state"] in ("ok", "stale", "starting"), (feed, state_now)


def test_every_incident_alerts():
    kinds = scenario()
    assert set(kinds) == set(RULES), kinds
    told = state["town"].post("scenario", name="storm", hurry=HURRY)["incidents"][-len(kinds):]
    begun = time.monotonic()
    assert [i["kind"] for i in told] == kinds, told
    seen = {}

    def of(incident, alert):
        if alert["rule"] != RULES[incident["kind"]]:
            return False
        return incident["kind"] in ELSEWHERE or incident["id"] in ids(alert)

    def all_seen():
        now = alerts()
        failed = state["town"].feeds()
        if failed["traffic-measures"]["state"] == "retry":
            state["outage"] = failed
        for incident in told:
            for alert in now:
                if incident["kind"] not in seen and of(incident, alert):
                    seen[incident["kind"]] = (time.monotonic() - begun, alert)
        return len(seen) == len(told)

    try:
        wait_for("alert of every incident", all_seen, 150)
    except AssertionError:
        pass
    print("# incident         thing     alert                     after  title")
    for incident in told:
        delay, alert = seen.get(incident["kind"], (0, {"title": {"fr": "none"}}))
        print(f"# {incident['kind']:16} {incident['id']:9} {RULES[incident['kind']]:24} {delay:4.0f} s  {alert['title'].get('fr')}")
    assert not set(kinds) - set(seen), (set(kinds) - set(seen), [(a["rule"], a["asset"]) for a in alerts()],
                                        {n: (f["state"], f.get("reason")) for n, f in state["town"].feeds().items()})


def test_one_thing_one_incident():
    """Of the two times that it was told, and of one more of each kind that has things: no two at one thing."""
    for kind in ("cabinet-trip", "lamps-by-day", "main-burst", "accident", "roadworks", "reports-cluster"):
        incidents = state["town"].post("incident", kind=kind)["incidents"]
    things = [i["id"] for i in incidents if i["id"] and i["kind"] != "outage"]
    assert len(things) == len(set(things)), sorted(things)
    # the lamps' incident is seen, since no storm and no trip has taken the mains of its cabinet
    burning = next(i["id"] for i in incidents if i["kind"] == "lamps-by-day")
    if state["town"].hour is None:
        raise Skip("the clock cannot be set here (sanitizer), and it may be night")
    wait_for("word of lamps that burn by day", lambda: [a for a in alerts() if a["rule"] == "lighting_burning_by_day"
                                                        and burning in ids(a)], 90)


def test_outage_is_said():
    """While the traffic's source failed its feed said so and since when, and no other service's did."""
    for name, feed in state["outage"].items():
        if name == "traffic-measures":
            assert re.search(r"\b503\b", feed["reason"]) and feed["since"], feed
        elif not name.startswith("traffic"):
            assert feed["state"] in ("ok", "stale"), feed


def test_end():
    state["town"].stop()
    state["folder"].cleanup()


def without_mosquitto():
    raise Skip("mosquitto is not installed here")


CASES = [
    ("the storm begins by itself", test_begins),
    ("every incident of the storm raises its alert", test_every_incident_alerts),
    ("an outage of the traffic's source is said, and of no other", test_outage_is_said),
    ("no two incidents fall on one thing", test_one_thing_one_incident),
    ("all end", test_end),
]
there = Path("/usr/sbin/mosquitto").exists() or shutil.which("mosquitto")
run(CASES if there else [(name, without_mosquitto) for name, _ in CASES])
