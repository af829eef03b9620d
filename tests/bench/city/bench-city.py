#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The real programs on a city of N car parks: memory of engine and console, start to first frame. To be run on a display
(tests/e2e/with-display.sh). Prints a table, and with --json one object; numbers are the sizes of the cities. Medians of
several starts."""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.environ["BEFFROI_SOURCE"], "tests", "e2e"))
from beffroi import BUILD, City, Engine, Payloads  # noqa: E402
from memory import memory_mb, rss_mb, settled_rss_mb  # noqa: E402

FEED = """[Feed]
Service=parking
Format=opendatasoft
Url={url}/parks
Every=10min
Stale=1h
[Map]
id=key
name=name
location=geo
free_spaces=free
capacity=max
observed=seen
"""
STARTS = 5


def payload(n):
    seen = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.dumps([{"key": f"P{i}", "name": f"Parc {i}", "geo": {"lon": 4.3 + i % 400 / 4000, "lat": 47.15 + i // 400 / 4000},
                        "free": i % 400, "max": 400, "seen": seen} for i in range(n)]).encode()


def start_console(address):
    environment = dict(os.environ, BEFFROI_SAY_FIRST_FRAME="1", LC_ALL="C.UTF-8", GSK_RENDERER="cairo", GDK_BACKEND="x11",
                       GSETTINGS_BACKEND="memory", GTK_A11Y="none")
    start = time.monotonic()
    console = subprocess.Popen([BUILD / "src/console/beffroi", "--connect", address], env=environment, stdout=subprocess.PIPE)
    while b"first frame" not in console.stdout.readline():
        assert console.poll() is None, "the console ended before its first frame"
    return console, (time.monotonic() - start) * 1000


def end(console):
    console.terminate()
    console.wait()
    console.stdout.close()


def measure(n):
    with tempfile.TemporaryDirectory() as folder:
        payloads = Payloads()
        payloads.answers["/parks"] = payload(n)
        city = City(folder, name="Banc", Bounds="4.3,47.15,4.4,47.22")
        city.feed("parks", FEED.format(url=payloads.url))
        with Engine(folder, city) as engine:
            stream = engine.stream(0)
            stream.wait(lambda m: m["type"] == "feed" and m["feed"]["assets"] == n and m["feed"]["state"] == "ok", f"{n} car parks", 120)
            stream.close()
            result = {"assets": n, "engine_rss_mb": settled_rss_mb(engine.process.pid)}
            frames = []
            for i in range(STARTS):
                console, first_frame_ms = start_console(engine.address)
                frames.append(first_frame_ms)
                if i + 1 == STARTS:
                    result["console_rss_mb"] = settled_rss_mb(console.pid)
                    result["engine_rss_served_mb"] = rss_mb(engine.process.pid)
                end(console)
            loop = engine.get("/api/v1/status")["loop"]
            result["longest_turn_ms"] = loop["longest_us"] / 1000
            result["turns_over_2ms"] = loop["over_2ms"]
            result["longest_turn_cpu_ms"] = loop["longest_cpu_us"] / 1000
            result["turns_cpu_over_2ms"] = loop["cpu_over_2ms"]
            result["engine_peak_mb"] = memory_mb(engine.process.pid, "VmHWM")
            result["first_frame_ms"] = statistics.median(frames)
        payloads.shutdown()
    return {key: round(value, 1) for key, value in result.items()}


def main():
    sizes = [int(argument) for argument in sys.argv[1:] if argument.isdecimal()] or [14, 10000, 100000]
    results = [measure(n) for n in sizes]
    if "--json" in sys.argv:
        print(json.dumps({"bench": "city", "results": results}))
        return
    print(f"{'assets':>8} {'engine MB':>10} {'served MB':>10} {'peak MB':>8} {'console MB':>11} {'first frame ms':>15} "
          f"{'longest turn ms':>16} {'over 2 ms':>10} {'of work ms':>11} {'over 2 ms':>10}")
    for r in results:
        print(f"{r['assets']:>8.0f} {r['engine_rss_mb']:>10} {r['engine_rss_served_mb']:>10} {r['engine_peak_mb']:>8} {r['console_rss_mb']:>11} "
              f"{r['first_frame_ms']:>15} "
              f"{r['longest_turn_ms']:>16} {r['turns_over_2ms']:>10.0f} {r['longest_turn_cpu_ms']:>11} {r['turns_cpu_over_2ms']:>10.0f}")


main()
