#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The engine outlives what happens to its feeds: their processes are killed, stopped and continued, the feeds are paused, resumed and
added, their server is cut, and clients come and go or do not read, all at random for a while. The engine must live, answer, and end
with a word and status 0 when told to."""
import http.client
import json
import os
import random
import signal
import socket
import tempfile
import threading
import time
from pathlib import Path

from beffroi import ApiError, City, Engine, Payloads, run

SECONDS = float(os.environ.get("BEFFROI_STORM_S", "15"))
FEEDS = 6
FEED = """[Feed]
Service=parking
Format=opendatasoft
Url={url}
Every=1s
Stale=2s
Timeout=2s
[Map]
id=key
name=key
location=geo
free_spaces=free
capacity=max
"""


def children(pid):
    """Processes of the engine's feeds."""
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


class Storm:
    def __init__(self, engine, server, dice):
        self.engine = engine
        self.server = server
        self.dice = dice
        self.counts = {}
        self.streams = []
        self.added = 0
        self.cut = False

    def signal_one(self, number):
        feeds = children(self.engine.process.pid)
        if feeds:
            try:
                os.kill(self.dice.choice(feeds), number)
            except ProcessLookupError:
                pass

    def kill(self):
        self.signal_one(signal.SIGKILL)

    def stop(self):
        self.signal_one(signal.SIGSTOP)

    def go_on(self):
        self.signal_one(signal.SIGCONT)

    def crash(self):
        self.signal_one(signal.SIGSEGV)

    def name(self):
        return f"feed{self.dice.randrange(FEEDS)}"

    def pause(self):
        self.engine.post(f"/api/v1/feeds/{self.name()}/pause", {"reason": "storm"})

    def resume(self):
        self.engine.post(f"/api/v1/feeds/{self.name()}/resume")

    def add(self):
        if self.added >= 8:
            return
        self.added += 1
        self.engine.post("/api/v1/feeds", {"name": f"added{self.added}",
                                           "text": FEED.format(url=f"{self.server.url}/feed{self.added % FEEDS}")})

    def probe(self):
        threading.Thread(target=self.ask, args=("POST", "/api/v1/feeds/probe", {"service": "parking", "url": self.server.url + "/feed0"}),
                         daemon=True).start()

    def server_cut(self):
        self.cut = not self.cut

    def listen(self):
        self.streams.append(self.engine.stream(self.dice.choice((0, None))))
        if len(self.streams) > 6:
            self.streams.pop(0).close()

    def hang_up(self):
        """A client that asks for all and goes before the answer."""
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(self.engine.socket)
        path = self.dice.choice(("/api/v1/geojson", "/api/v1/alerts?state=all", "/api/v1/events?after=0", "/api/v1/feeds"))
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        sock.close()

    def read(self):
        for path in ("/api/v1/feeds", "/api/v1/status", "/api/v1/alerts?state=open"):
            self.engine.get(path)

    def ask(self, *arguments):
        try:
            self.engine.request(*arguments)
        except (ApiError, OSError, http.client.HTTPException):
            pass

    def step(self):
        what = self.dice.choice((self.kill, self.kill, self.stop, self.go_on, self.crash, self.pause, self.resume, self.resume, self.add,
                                 self.probe, self.server_cut, self.listen, self.hang_up, self.read))
        self.counts[what.__name__] = self.counts.get(what.__name__, 0) + 1
        what()
        if self.engine.process.poll() is not None:
            log = (self.engine.data / "engine.log").read_text()[-3000:]
            raise AssertionError(f"the engine ended with {self.engine.process.returncode} after {what.__name__}: {log}")


def storm():
    seed = int(os.environ.get("BEFFROI_SEED", random.randrange(1 << 30)))
    print(f"# seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        city = City(folder)
        dice = random.Random(seed)
        for i in range(FEEDS):
            city.feed(f"feed{i}", FEED.format(url=f"{server.url}/feed{i}"))
        city.rules("storm", "[Rule storm]\nKind=parking.off_street\nWhen=free_spaces < 50\nPriority=low\nTitle=x {asset}\n")
        engine = Engine(folder, city)
        with engine:
            weather = Storm(engine, server, dice)

            def answer(prefix):
                if weather.cut:
                    return 503, {}, b""
                records = [{"key": f"{prefix}-{k}", "geo": {"lon": 4.4, "lat": 47.2}, "free": random.randrange(100), "max": 100}
                           for k in range(200)]
                return 200, {}, json.dumps(records).encode()

            for i in range(FEEDS):
                server.answers[f"/feed{i}"] = lambda i=i: answer(i)
            end = time.monotonic() + SECONDS
            pace = threading.Event()
            while time.monotonic() < end:
                weather.step()
                # The pace of the storm: an event that nobody sets.
                pace.wait(dice.random() * 0.1)
            print("# " + ", ".join(f"{name} {n}" for name, n in sorted(weather.counts.items())))
            # The sky clears: every feed of the first ones is heard again.
            weather.cut = False
            for pid in children(engine.process.pid):
                os.kill(pid, signal.SIGCONT)
            for i in range(FEEDS):
                engine.post(f"/api/v1/feeds/feed{i}/resume")
            assert engine.request("GET", "/healthz") == b"ok\n"
            assert sum(f["restarts"] for f in engine.get("/api/v1/feeds")["feeds"]) > 0
            feeds = children(engine.process.pid)
            engine.stop()
            log = (engine.data / "engine.log").read_text()
            assert engine.process.returncode == 0, (engine.process.returncode, log[-6000:])
            assert "the engine ends: SIGTERM" in log, log[-3000:]
            left = [pid for pid in feeds if Path(f"/proc/{pid}/exe").exists() and Path(f"/proc/{pid}").exists()
                    and "beffroi-feed" in Path(f"/proc/{pid}/cmdline").read_text()]
            assert not left, f"feeds outlive their engine: {left}"
            assert "CRITICAL" not in log and "Sanitizer" not in log and "runtime error" not in log, log[-3000:]
        server.shutdown()


def end_under_load():
    """Told to end while alerts are on their way to disk and clients wait for them, the engine ends well, each time."""
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        city = City(folder)

        def answer():
            return 200, {}, json.dumps([{"key": f"{k}", "geo": {"lon": 4.4, "lat": 47.2}, "free": random.randrange(100), "max": 100}
                                        for k in range(400)]).encode()

        for i in range(2):
            server.answers[f"/feed{i}"] = answer
            city.feed(f"feed{i}", FEED.format(url=f"{server.url}/feed{i}").replace("Stale=2s", "Stale=1h"))
        city.rules("storm", "[Rule storm]\nKind=parking.off_street\nWhen=free_spaces < 50\nPriority=low\nTitle=x {asset}\n")
        engine = Engine(folder, city)
        for life in range(8):
            engine.start()
            stream = engine.stream(0)
            stream.wait(lambda m: m["type"] == "alert", "an alert")
            engine.stop()
            log = (engine.data / "engine.log").read_text()
            assert engine.process.returncode == 0, (life, engine.process.returncode, log[-3000:])
            stream.close()
        server.shutdown()


run([("the engine outlives its feeds", storm),
     ("told to end under load", end_under_load)])
