#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Services in the real engine: a lamp's parent is a cabinet that another feed gives, later or earlier; a cabinet that supplies nothing
makes its lamps unpowered and takes them out of the heard share; the lighting plan of the city's folder says what is planned; a sector
sums up the meters that name it; what windows remember is there after a restart."""
import json
import tempfile
import time

from beffroi import DEADLINE_S, City, Engine, Payloads, run

FEED = "[Feed]\nService={service}\nKind={kind}\nFormat=json\nUrl={url}\nEvery=1s\nStale={stale}\n[Map]\nid=id\n{map}"


def stamp(ago_s=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago_s))


def wait_for(what, ask):
    end = time.monotonic() + DEADLINE_S
    last = None
    while time.monotonic() < end:
        last = ask()
        if last:
            return last
        time.sleep(0.05)  # between two questions, not for time to pass
    raise AssertionError(f"no {what} within {DEADLINE_S} s")


def assets(engine):
    return {a["id"]: a for a in engine.get("/api/v1/assets?limit=1000")["assets"]}


def value(engine, asset, name):
    """The known value, or None."""
    found = assets(engine).get(asset, {}).get("values", {}).get(name)
    return found["value"] if found and found["known"] else None


def lighting(folder, server, supply, lamps_ago_s):
    server.answers["/cabinets"] = json.dumps([{"id": "A", "lat": 47.59, "lon": 1.44, "supply": supply, "at": stamp()}]).encode()
    server.answers["/lamps"] = json.dumps(
        [{"id": f"L{i}", "lat": 47.59, "lon": 1.44, "cabinet": "A", "state": "off", "at": stamp(lamps_ago_s)} for i in range(4)]).encode()
    city = City(folder, "Essai", TimeZone="Europe/Paris")
    # The file of the lamps comes first by name: their parent is not there yet.
    city.feed("a-lamps", FEED.format(service="lighting", kind="lamp", url=f"{server.url}/lamps", stale="1h",
                                     map="lat=lat\nlon=lon\nparent=cabinet\nstate=state\nobserved=at\n"))
    city.feed("b-cabinets", FEED.format(service="lighting", kind="cabinet", url=f"{server.url}/cabinets", stale="1h",
                                        map="lat=lat\nlon=lon\nsupply=supply\nobserved=at\n"))
    plans = city.dir / "lighting.d"
    plans.mkdir(exist_ok=True)
    # All day and all night but at noon: what is planned does not depend on when the test runs.
    (plans / "all.plan").write_text("[Plan all]\nOn=12:00\nOff=11:59\n[Plan bad]\nOn=dusk\n[Plan none]\nZones=nowhere\n"
                                    "Cabinets=A, ARM-XXX\nCircuits=A/9\nOn=12:00\nOff=11:59\n")
    return city


def coverage(engine, service):
    return next(s for s in engine.get("/api/v1/status")["services"] if s["id"] == service)


def test_lighting():
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        city = lighting(folder, server, "off", 7200)  # the lamps were last heard two hours ago
        with Engine(folder, city) as engine:
            wait_for("unpowered lamp", lambda: value(engine, "lighting/L0", "powered") == "no")
            assert assets(engine)["lighting/L0"]["parent"] == "lighting/A", assets(engine)["lighting/L0"]
            level = wait_for("plan", lambda: value(engine, "lighting/A", "planned_level"))
            assert level == 100, level
            assert any("all.plan" in p["file"] for p in engine.get("/api/v1/problems")["problems"]), engine.get("/api/v1/problems")
            # What a plan names and the city has not is said with its line; the cabinet that there is, is not.
            said = {p["line"]: p["message"] for p in engine.get("/api/v1/problems")["problems"] if "all.plan" in p["file"]}
            assert "“nowhere”" in said[7] and "“ARM-XXX”" in said[8] and "“A/9”" in said[9] and len(said) == 4, said
            assert engine.get("/api/v1/status")["problems"] == len(engine.get("/api/v1/problems")["problems"])
            # Four lamps are silent, as they should be: one cabinet is expected and heard.
            wait_for("heard share", lambda: (lambda c: c["heard"] == 1 and c["expected"] == 1)(coverage(engine, "lighting")))
            server.answers["/cabinets"] = json.dumps([{"id": "A", "lat": 47.59, "lon": 1.44, "supply": "on", "at": stamp()}]).encode()
            wait_for("power", lambda: value(engine, "lighting/L0", "powered") == "yes")
            wait_for("silent lamps", lambda: (lambda c: c["heard"] == 1 and c["expected"] == 5)(coverage(engine, "lighting")))
            engine.stop()


def test_sector():
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        server.answers["/sectors"] = json.dumps([{"id": "S1", "name": "Haut service"}]).encode()
        server.answers["/meters"] = json.dumps([{"id": "IN", "dma": "S1", "q": 42, "at": stamp()}, {"id": "OUT", "dma": "S1", "q": -12, "at": stamp()}]).encode()
        city = City(folder, "Essai")
        city.feed("sectors", FEED.format(service="water", kind="sector", url=f"{server.url}/sectors", stale="1h", map="name=name\n"))
        city.feed("meters", FEED.format(service="water", kind="flow_meter", url=f"{server.url}/meters", stale="1h",
                                        map="parent=dma\nflow=q\nobserved=at\n"))
        with Engine(folder, city) as engine:
            wait_for("inflow", lambda: value(engine, "water/S1", "inflow") == 30)
            engine.stop()


def test_memory():
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        city = City(folder, "Essai")
        city.feed("bins", FEED.format(service="waste", kind="container", url=f"{server.url}/bins", stale="2d", map="fill=fill\nobserved=at\n"))
        # Full, then emptied 12 h ago, then filling by 5 % in 4 h: a history that comes at once, each answer one reading.
        readings = [(90, 16), (10, 12), (15, 8), (20, 4)]

        def give(reading):
            server.answers["/bins"] = json.dumps([{"id": "C", "fill": reading[0], "at": stamp(reading[1] * 3600)}]).encode()

        give(readings[0])
        with Engine(folder, city) as engine:
            for reading in readings:
                give(reading)
                wait_for(f"reading {reading}", lambda: value(engine, "waste/C", "fill") == reading[0])
            emptied = value(engine, "waste/C", "last_emptied")
            assert emptied is not None and abs(emptied - 12) < 0.3, emptied
            assert value(engine, "waste/C", "fill_rate") is None, "three points are too few"
            engine.stop()
        with Engine(folder, city) as engine:
            give((25, 0))
            wait_for("reading after the restart", lambda: value(engine, "waste/C", "fill") == 25)
            rate = wait_for("fill rate", lambda: value(engine, "waste/C", "fill_rate"))
            assert abs(rate - 1.25) < 0.01, rate
            full = value(engine, "waste/C", "time_to_full")
            assert abs(full - 60) < 0.5, full
            emptied = value(engine, "waste/C", "last_emptied")
            assert abs(emptied - 12) < 0.3, emptied
            engine.stop()
        # A damaged memory is no reason not to start.
        with open(f"{folder}/data/series.state", "r+b") as state:
            state.seek(40)
            state.write(b"\xff" * 200)
        with Engine(folder, city) as engine:
            wait_for("fill", lambda: value(engine, "waste/C", "fill") == 25)
            engine.stop()


run([("lamps name a cabinet of another feed; without power they are not expected", test_lighting),
     ("a sector sums up the meters that name it", test_sector),
     ("what windows remember is there after a restart", test_memory)])
