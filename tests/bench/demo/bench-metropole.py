# SPDX-License-Identifier: EUPL-1.2
"""The demo city at the size of a metropolis through the real engine and its feeds: every feed must be OK and every asset there. Says how
long it took, what the engine holds, and what the largest feed costs. 34,000 lamps come as one NGSI-LD document every 20 s."""
import os
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(os.environ["BEFFROI_SOURCE"]) / "tests/e2e"))
from clairbourg import Town, wait_for  # noqa: E402

ROUNDS = 3  # payloads of the lamps, after the first
WANTED = {
    "air.station": 12, "buildings.building": 32, "buildings.electricity_meter": 32, "buildings.water_meter": 32, "lighting.cabinet": 600,
    "lighting.lamp": 34000, "mobility.bike_station": 60, "parking.bay": 1152, "parking.disabled_bay": 48, "parking.on_street_zone": 106,
    "reports.report": 120, "traffic.section": 180, "waste.container": 900, "water.flow_meter": 8, "water.pressure_logger": 48,
    "weather.warning": 1,
}
FEEDS = ("air-stations", "buildings-devices", "lighting-cabinets", "lighting-lamps", "mobility-bikes", "parking-bays", "parking-clairbourg",
         "reports-citizens", "traffic-events", "traffic-measures", "traffic-sites", "waste-containers", "water-loggers", "weather-warnings")


def memory_mb(pid):
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(status[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def feed_pid(engine, name):
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            parent = (process / "stat").read_text().rsplit(")", 1)[1].split()[1]
        except OSError:
            continue
        if parent == str(engine.process.pid) and any(w.endswith(f"/{name}.feed".encode()) for w in words):
            return int(process.name)
    raise AssertionError(f"no process of the feed {name}")


def observations(town):
    return town.feeds()["lighting-lamps"]["observations"]


with tempfile.TemporaryDirectory() as folder:
    begun = time.monotonic()
    town = Town(folder, city="city-metropole")
    town.wait_feeds(FEEDS, ("traffic-events", "traffic-sites"), 120)
    feeds_s = time.monotonic() - begun
    kinds = town.wait_kinds(WANTED, 120)
    kinds_s = time.monotonic() - begun
    wrong = {kind: (n, kinds.get(kind, 0)) for kind, n in WANTED.items() if kinds.get(kind, 0) != n}
    assert not wrong, wrong
    car_parks = kinds.get("parking.off_street", 0) + kinds.get("parking.park_and_ride", 0)
    assert car_parks == 60, car_parks
    lamps, engine = feed_pid(town.engine, "lighting-lamps"), town.engine.process.pid
    size = len(urllib.request.urlopen(f"{town.url}/ngsi-ld/v1/entities/Streetlight").read())
    seen, feed_cpu, engine_cpu, at = observations(town), cpu_s(lamps), cpu_s(engine), time.monotonic()
    wait_for(f"{ROUNDS} rounds of the lamps", lambda: observations(town) >= seen + ROUNDS * 34000, 180)
    passed_s = time.monotonic() - at
    metrics = dict(line.split(" ", 1) for line in town.engine.request("GET", "/metrics").decode().splitlines() if line.startswith("beffroi_loop"))
    print(f"assets with a value         {sum(kinds.values())}")
    print(f"every feed OK after         {feeds_s:.1f} s, every asset there after {kinds_s:.1f} s")
    print("engine                      %.0f MB resident, %.0f MB at most" % memory_mb(engine))
    print(f"engine's CPU                {(cpu_s(engine) - engine_cpu) / passed_s * 100:.1f} % of a core, these questions included")
    print(f"engine's longest turn       {float(metrics['beffroi_loop_turn_longest_cpu_seconds']) * 1000:.1f} ms of CPU")
    print("the lamps' feed             %.0f MB resident, %.0f MB at most" % memory_mb(lamps))
    print(f"34,000 lamps                {size / 1e6:.1f} MB, fetched, decoded and handed on in {(cpu_s(lamps) - feed_cpu) / ROUNDS * 1000:.0f} ms of CPU")
    town.stop()
