#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The real engine with a million assets of ten feeds: until all are in the model, memory, the whole snapshot to one client, how
long others wait meanwhile, and a start with all of them in the store. Prints a table on standard error, and with --json one object.
On a machine that is busy with other things the engine needs longer to end: BEFFROI_DEADLINE_S=300."""
import json
import os
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.environ["BEFFROI_SOURCE"], "tests", "e2e"))
from beffroi import City, Engine, Payloads, UnixConnection  # noqa: E402
from memory import rss_mb, settled_rss_mb  # noqa: E402

FEEDS = 10
FEED = """[Feed]
Service=parking
Format=opendatasoft
Url={url}/parks{i}
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


def payload(feed, n):
    seen = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    first = feed * n
    return json.dumps([{"key": f"P{i}", "name": f"Parc {i}", "geo": {"lon": 4.3 + i % 1000 / 10000, "lat": 47.1 + i // 1000 / 10000},
                        "free": i % 400, "max": 400, "seen": seen} for i in range(first, first + n)]).encode()


class Watch(threading.Thread):
    """One who asks for the status again and again, each time on the same connection: how long the engine takes to answer."""

    def __init__(self, engine):
        super().__init__(daemon=True)
        self.engine = engine
        self.over = threading.Event()
        self.waits_ms = []
        self.start()

    def run(self):
        connection = UnixConnection(self.engine.socket, 120)
        while not self.over.wait(0.01):
            start = time.monotonic()
            connection.request("GET", "/api/v1/hello")
            connection.getresponse().read()
            self.waits_ms.append((time.monotonic() - start) * 1000)
        connection.close()

    def end(self):
        self.over.set()
        self.join()
        waits = sorted(self.waits_ms)
        return waits[len(waits) // 2], waits[int(len(waits) * 0.99)], waits[-1]


def snapshot(engine):
    """All slices, as the console asks for them: seconds, assets, MB."""
    start = time.monotonic()
    connection = UnixConnection(engine.socket, 120)
    cursor, assets, size = None, 0, 0
    while True:
        connection.request("GET", "/api/v1/assets?limit=1000" + (f"&after={cursor}" if cursor else ""))
        body = connection.getresponse().read()
        size += len(body)
        assets += body.count(b'"kind":')
        cursor = json.loads(body[body.rindex(b'"next"') - 1:].replace(b",", b"{", 1))["next"]
        if cursor is None:
            connection.close()
            return time.monotonic() - start, assets, size / 1e6


class Result(dict):
    """Figures, each told when it is known: a run takes minutes, and one that ends early has shown what it saw."""

    def __setitem__(self, key, value):
        super().__setitem__(key, round(value, 1))
        print(f"{key:>24} {self[key]:>12}", file=sys.stderr, flush=True)


def cpu_s(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(n):
    result = Result()
    result["assets"] = n
    with tempfile.TemporaryDirectory() as folder:
        payloads = Payloads()
        city = City(folder, name="Banc", Bounds="4.3,47.1,4.4,47.2")
        for i in range(FEEDS):
            payloads.answers[f"/parks{i}"] = payload(i, n // FEEDS)
            city.feed(f"parks{i}", FEED.format(url=payloads.url, i=i))
        engine = Engine(folder, city)
        start = time.monotonic()
        with engine:
            watch = Watch(engine)
            while sum(f["assets"] for f in engine.get("/api/v1/feeds")["feeds"] if f["state"] == "ok") < n:
                assert engine.process.poll() is None and time.monotonic() - start < 600, (engine.data / "engine.log").read_text()[-3000:]
                time.sleep(0.5)
            result["loaded_s"] = time.monotonic() - start
            result["loaded_cpu_s"] = cpu_s(engine.process.pid)
            result["feeds_restarted"] = sum(f["restarts"] for f in engine.get("/api/v1/feeds")["feeds"])
            _, result["loading_wait_p99_ms"], result["loading_wait_max_ms"] = watch.end()
            result["rss_mb"] = settled_rss_mb(engine.process.pid)  # what the rush took is given back
            watch = Watch(engine)
            result["snapshot_s"], seen, result["snapshot_mb"] = snapshot(engine)
            assert seen == n, (seen, n)
            result["wait_median_ms"], result["wait_p99_ms"], result["wait_max_ms"] = watch.end()
            result["rss_served_mb"] = rss_mb(engine.process.pid)
            engine.stop()
        start = time.monotonic()
        with engine:
            result["restart_s"] = time.monotonic() - start
            result["restart_cpu_s"] = cpu_s(engine.process.pid)
            result["rss_restarted_mb"] = settled_rss_mb(engine.process.pid)
            engine.stop()
        payloads.shutdown()
    return result


def main():
    result = measure(int(os.environ.get("BEFFROI_BENCH_ASSETS", "1000000")))
    if "--json" in sys.argv:
        print(json.dumps({"bench": "million", "results": [result]}))


main()
