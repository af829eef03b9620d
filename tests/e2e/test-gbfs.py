#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""GBFS whose list of files leads to another server: said with both servers, followed when the feed names it, which is told nothing of
who asks; a station that is not installed is closed."""
import json
import os
import tempfile
import time

from beffroi import City, Engine, Payloads, run

FEED = """[Feed]
Service=mobility
Format=gbfs
Url={url}/gbfs.json
Every=1s
Stale=1h
Header.X-Client=beffroi
Token=secret:key
"""


def files(server):
    now = int(time.time())
    head = {"last_updated": now, "ttl": 60, "version": "2.3"}
    stations = [("A", True, 0), ("B", False, 0)]
    return {
        "/station_information.json": {**head, "data": {"stations": [
            {"station_id": key, "name": key, "lat": 47.2, "lon": 4.4, "capacity": 20} for key, _, _ in stations]}},
        "/station_status.json": {**head, "data": {"stations": [
            {"station_id": key, "is_installed": installed, "is_renting": True, "is_returning": True, "num_bikes_available": bikes,
             "num_docks_available": 17, "last_reported": now} for key, installed, bikes in stations]}},
        "/gbfs.json": {**head, "data": {"en": {"feeds": [
            {"name": name, "url": f"{server.url}/{name}.json"} for name in ("station_information", "station_status")]}}},
    }


class Listener(Payloads):
    """Keeps the headers of each request."""

    def __init__(self):
        self.heard = []
        super().__init__()

    def finish_request(self, request, client_address):
        head = request.recv(65536, 2)  # MSG_PEEK
        self.heard.append(head.decode("latin-1"))
        super().finish_request(request, client_address)


def elsewhere():
    with tempfile.TemporaryDirectory() as folder:
        own, other = Listener(), Listener()
        for server in (own, other):
            for path, content in files(other).items():
                server.answers[path] = json.dumps(content).encode()
        city = City(folder)
        secrets = city.dir / "secrets.d"
        secrets.mkdir(mode=0o700)
        (secrets / "key").write_text("not-for-others")
        os.chmod(secrets / "key", 0o600)
        city.feed("bikes", FEED.format(url=own.url))
        with Engine(folder, city) as engine:
            feed = engine.stream(0).wait(lambda m: m["type"] == "feed" and m["feed"]["state"] == "retry", "RETRY")["feed"]
            assert own.url in feed["reason"] and f"Servers={other.url}" in feed["reason"], feed["reason"]
            assert not other.heard, other.heard
        city.feed("bikes", FEED.format(url=own.url) + f"Servers=https://elsewhere.example, {other.url}\n")
        with Engine(folder, city) as engine:
            stream = engine.stream(0)
            stream.wait(lambda m: m["type"] == "feed" and m["feed"]["state"] == "ok" and m["feed"]["assets"] == 2, "both stations")
            values = {a["id"]: a["values"] for a in engine.get("/api/v1/assets?limit=10")["assets"]}
            assert values["mobility/A"]["renting"]["value"] == "yes" and values["mobility/B"]["renting"]["value"] == "no", values
            assert values["mobility/A"]["docks_unaccounted"]["value"] == 3, values
        assert own.heard and all("not-for-others" in head and "X-Client: beffroi" in head for head in own.heard), own.heard
        assert other.heard and not any("not-for-others" in head or "X-Client" in head for head in other.heard), other.heard
        for server in (own, other):
            server.shutdown()


def wrong_servers():
    """What is no server is a problem with its line."""
    with tempfile.TemporaryDirectory() as folder:
        city = City(folder)
        for i, text in enumerate(("ftp://a.example", "https://a.example/path", "https://me@a.example", "a.example", ",")):
            city.feed(f"f{i}", FEED.format(url="http://127.0.0.1:1").replace("Token=secret:key\n", "") + f"Servers={text}\n")
        with Engine(folder, city) as engine:
            problems = [p for p in engine.get("/api/v1/problems")["problems"] if p["message"].startswith("Servers:")]
            assert len(problems) >= 5 and all(p["line"] == 8 for p in problems), engine.get("/api/v1/problems")


run([("files on another server", elsewhere), ("what is no server", wrong_servers)])
