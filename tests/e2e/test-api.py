#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The real engine with real feeds over its API: the whole way on a captured payload, and what breaks it."""
import datetime
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.parse
from pathlib import Path

from beffroi import (BUILD, DEADLINE_S, KARLSRUHE, SOURCE, ApiError, City, Engine, Payloads, Skip, capture, ctl, redate, run)

RULES = """[Rule test_few]
Kind=parking.off_street
When=free_spaces < 60
Priority=high
Title=Few places at {asset}: {free_spaces}
Title[fr]=Peu de places à {asset} : {free_spaces}
"""
ODS = """[Feed]
Service=parking
Format=opendatasoft
Url={url}
Every={every}
Stale={stale}
[Map]
id=key
name=nom
location=geo
free_spaces=libres
capacity=total
observed=date_maj
"""


def park(key, free, seen, total=100):
    return {"key": key, "nom": f"Parc {key}", "geo": {"lon": 4.4, "lat": 47.2}, "libres": free, "total": total, "date_maj": seen}


class World:
    """A city, its mock feeds and its engine in a temporary folder."""

    def __init__(self, **engine):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name
        self.payloads = Payloads()
        self.city = City(self.folder)
        self.engine = Engine(self.folder, self.city, **engine)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.engine.process is not None and self.engine.process.poll() is None:
            self.engine.kill()
        self.payloads.shutdown()
        self.temporary.cleanup()


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def feed_state(name, *states):
    return lambda m: m["type"] == "feed" and m["feed"]["name"] == name and m["feed"]["state"] in states


def whole_way():
    """A capture over local HTTP: assets, an alert with its why, acknowledged through the API and the command line, once only."""
    body = redate(capture("parking/parkapi/karlsruhe.json"))
    with World() as world:
        world.payloads.answers["/karlsruhe"] = body
        world.city.feed("karlsruhe", KARLSRUHE.format(url=world.payloads.url + "/karlsruhe", every="1s", stale="1h"))
        world.city.rules("test", RULES)
        engine = world.engine.start()
        stream = engine.stream(0)
        first = stream.wait(lambda m: m["type"] == "alert" and m["alert"]["rule"] == "test_few", "an alert")["alert"]
        assert first["state"] == "unacknowledged" and first["priority"] == "high", first
        assert "Peu de places" in first["title"]["fr"] and "free_spaces" not in first["title"]["en"], first["title"]
        assert first["values"] and first["values"][0]["value"] < 60, first["values"]
        assert "60" in first["why"] and "karlsruhe" in first["why"] and "(test_few)" in first["why"], first["why"]
        assert len(engine.get("/api/v1/assets?limit=2000")["assets"]) == 90
        code, out, _ = ctl(engine, "alerts", "--json")
        assert code == 0 and any(a["id"] == first["id"] for a in json.loads(out)["alerts"]), out[:300]
        code, out, err = ctl(engine, "ack", str(first["id"]), "--comment", "vu sur place")
        assert code == 0 and "acknowledged" in out, (code, out, err)
        stream.wait(lambda m: m["type"] == "alert" and m["alert"]["id"] == first["id"] and m["alert"]["state"] == "acknowledged",
                    "the acknowledgement on the stream")
        # The owner may acknowledge again with other words; what was said before stays in the history.
        again = ctl(engine, "ack", str(first["id"]), "--comment", "parti")
        assert again[0] == 0, again
        assert ctl(engine, "ack", "999999")[0] == 3
        held = engine.get(f"/api/v1/alerts/{first['id']}")
        assert held["acknowledged"]["comment"] == "parti", held
        assert [(e["input"], e["comment"]) for e in held["history"]] == [
            ("raise", None), ("acknowledge", "vu sur place"), ("acknowledge", "parti")], held["history"]
        series = engine.get("/api/v1/observations?" + urllib.parse.urlencode(
            {"asset": first["asset"], "property": "free_spaces", "from": "2020-01-01T00:00:00Z"}))
        assert len(series["points"]) == 1 and series["points"][0][1] == first["values"][0]["value"], series


def bad_texts():
    """Errors in a feed, a rule, the zones and city.conf: file and line are said, the item is off, the rest runs."""
    with World() as world:
        world.payloads.answers["/good"] = json.dumps([park("A", 12, now())]).encode()
        world.city.feed("good", ODS.format(url=world.payloads.url + "/good", every="1s", stale="1h"))
        world.city.feed("bad", "[Feed]\nService=parking\nFormat=opendatasoft\nUrl=http://127.0.0.1:1/\nEvery=soon\n")
        world.city.rules("bad", RULES + "[Rule broken]\nKind=parking.off_street\nWhen=free_spaces < 3 km\nPriority=high\nTitle=x\n")
        (world.city.dir / "zones.geojson").write_text('{"type": "FeatureCollection", "features": [}')
        conf = world.city.dir / "city.conf"
        conf.write_text(conf.read_text() + "Zones=zones.geojson\nColour=blue\n")
        engine = world.engine.start()
        stream = engine.stream(0)
        stream.wait(lambda m: m["type"] == "alert", "the good rule on the good feed")
        problems = {(os.path.basename(p["file"]), p["line"]): p["message"] for p in engine.get("/api/v1/problems")["problems"]}
        assert ("bad.feed", 5) in problems and "soon" in problems[("bad.feed", 5)], problems
        assert any(file == "bad.rules" and line == 9 for file, line in problems), problems
        assert any(file == "zones.geojson" for file, _ in problems), problems
        assert ("city.conf", 4) in problems, problems
        feeds = {f["name"]: f for f in engine.get("/api/v1/feeds")["feeds"]}
        assert feeds["bad"]["state"] == "off" and feeds["bad"]["reason"], feeds["bad"]
        assert feeds["good"]["state"] == "ok", feeds["good"]
        assert ctl(engine, "problems")[0] == 6


def parking(status):
    """The service's part of a status, whichever other services there are."""
    return [s for s in status["services"] if s["id"] == "parking"][0]


def bad_payload():
    """Garbage after good: RETRY with the reason; the last good values stay, age and turn unknown, and coverage says so."""
    with World() as world:
        world.payloads.answers["/p"] = lambda: (200, {}, json.dumps([park("A", 12, now())]).encode())
        world.city.feed("p", ODS.format(url=world.payloads.url + "/p", every="1s", stale="2s"))
        engine = world.engine.start()
        stream = engine.stream(0)
        stream.wait(lambda m: m["type"] == "status" and parking(m)["heard"] == 1, "the car park heard")
        world.payloads.answers["/p"] = b'[{"key": "A",\n "libres": }]'
        message = stream.wait(feed_state("p", "retry"), "RETRY")
        assert "line 2" in message["feed"]["reason"], message["feed"]["reason"]
        gone = stream.wait(lambda m: m["type"] == "values" and any(v[1] == "free_spaces" and v[4] is False for v in m["values"]),
                           "the value turning unknown")
        value = [v for v in gone["values"] if v[1] == "free_spaces"][0]
        assert value[2] == 12, value
        # What was derived from it is forgotten, and clients are told so in the same breath or after.
        if not any(v[1] == "occupancy" and v[2] is None and v[4] is False for v in gone["values"]):
            stream.wait(lambda m: m["type"] == "values" and any(v[1] == "occupancy" and v[2] is None for v in m["values"]),
                        "the occupancy forgotten")
        status = stream.wait(lambda m: m["type"] == "status" and parking(m)["heard"] == 0, "the silence in the coverage")
        assert parking(status)["expected"] == 1, status
        world.payloads.answers["/p"] = lambda: (200, {}, json.dumps([park("A", 30, now())]).encode())
        stream.wait(feed_state("p", "ok"), "OK again")
        stream.wait(lambda m: m["type"] == "status" and parking(m)["heard"] == 1, "heard again")


def french_engine():
    """Language= of city.conf: reasons of feeds and problems of files are French, whatever the locale that started it."""
    with World() as world:
        conf = world.city.dir / "city.conf"
        conf.write_text(conf.read_text() + "Language=fr\nColour=blue\n")
        world.payloads.answers["/p"] = b'[{"key": "A",\n "libres": }]'
        world.city.feed("p", ODS.format(url=world.payloads.url + "/p", every="1s", stale="2s"))
        engine = world.engine.start()
        message = engine.stream(0).wait(feed_state("p", "retry"), "RETRY")
        assert "ligne 2" in message["feed"]["reason"] and "attendu" in message["feed"]["reason"], message["feed"]["reason"]
        assert "ligne 2" in ctl(engine, "feeds")[1], ctl(engine, "feeds")
        assert any("clé inconnue" in p["message"] for p in engine.get("/api/v1/problems")["problems"])


def clock_ahead():
    """A source whose clock is 14 min ahead: what it says is true now, not later; the next right value is taken; by how much is said."""
    with World() as world:
        ahead = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=14)).strftime("%Y-%m-%dT%H:%M:%SZ")
        world.payloads.answers["/p"] = lambda: (200, {}, json.dumps([park("A", 1, ahead)]).encode())
        world.city.feed("p", ODS.format(url=world.payloads.url + "/p", every="1s", stale="3s"))
        engine = world.engine.start()
        stream = engine.stream(0)
        feed = stream.wait(lambda m: m["type"] == "feed" and m["feed"]["ahead"] > 0, "the clock that is ahead")["feed"]
        assert 780 < feed["ahead_s"] <= 840 and feed["newest"] <= now(), feed
        code, out, err = ctl(engine, "feeds", "p")
        assert code == 0 and "its clock is ahead by 13min" in out, (code, out, err)
        world.payloads.answers["/p"] = lambda: (200, {}, json.dumps([park("A", 9, now())]).encode())
        stream.wait(lambda m: m["type"] == "values" and ["parking/A", "free_spaces", 9] in [v[:3] for v in m["values"]], "the right value")
        feed = stream.wait(lambda m: m["type"] == "feed" and m["feed"]["ahead_s"] == 0, "a clock that was set")["feed"]
        assert feed["state"] == "ok", feed
        last = json.dumps([park("A", 5, (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=14)).isoformat())]).encode()
        world.payloads.answers["/p"] = last
        stream.wait(lambda m: m["type"] == "values" and ["parking/A", "free_spaces", 5] in [v[:3] for v in m["values"]], "the last value")
        world.payloads.answers["/p"] = lambda: (503, {}, b"")
        stream.wait(lambda m: m["type"] == "values" and any(v[:2] == ["parking/A", "free_spaces"] and v[4] is False for v in m["values"]),
                    "unknown after the limit, not 14 min later", 15)


def cut_feed():
    """A feed paused by a person with a reason: seen by all, values age, and resumed."""
    with World() as world:
        world.payloads.answers["/p"] = lambda: (200, {}, json.dumps([park("A", 12, now())]).encode())
        world.city.feed("p", ODS.format(url=world.payloads.url + "/p", every="1s", stale="2s"))
        engine = world.engine.start()
        stream = engine.stream(0)
        stream.wait(feed_state("p", "ok"), "OK")
        try:
            engine.post("/api/v1/feeds/p/pause", {})
            raise AssertionError("paused without a reason")
        except ApiError as error:
            assert error.status == 400
        paused = engine.post("/api/v1/feeds/p/pause", {"reason": "travaux"})
        assert paused["state"] == "paused" and paused["reason"] == "travaux" and paused["actor"], paused
        stream.wait(lambda m: m["type"] == "status" and parking(m)["heard"] == 0, "the silence in the coverage")
        # Stopped is stopped: with an engine that is killed and one that ends, the same words by the same person.
        for end in (engine.kill, engine.stop):
            end()
            asked = world.payloads.asked["/p"]
            engine.start()
            stream = engine.stream(0)
            stream.wait(lambda m: m["type"] == "status", "a first status")
            again = engine.get("/api/v1/feeds/p")
            for key in ("state", "reason", "actor", "since"):
                assert again[key] == paused[key], (key, again, paused)
            assert world.payloads.asked["/p"] == asked, "a stopped feed has fetched"
        engine.post("/api/v1/feeds/p/resume")
        stream.wait(feed_state("p", "ok"), "OK again")
        engine.kill()
        engine.start()
        engine.stream(0).wait(feed_state("p", "ok"), "OK after a restart")
        assert engine.get("/api/v1/feeds/p")["actor"] is None


def edited_manifest():
    """The states of a manifest are put in another order and one is taken away while the engine is down: what is stored reads right,
    and what it no longer says is unknown and is said."""
    with World() as world:
        plugins = os.path.join(world.folder, "plugins")
        shutil.copytree(SOURCE / "plugins" / "parking", os.path.join(plugins, "parking"))
        manifest = os.path.join(plugins, "parking", "parking.service")
        world.engine.extra += ["--plugins", plugins]
        seen = now()
        records = [dict(park("A", 12, seen), etat="closed"), dict(park("B", 12, seen), etat="full")]
        world.payloads.answers["/p"] = lambda: (200, {}, json.dumps(records).encode())
        world.city.feed("p", ODS.format(url=world.payloads.url + "/p", every="1h", stale="2h") + "state=etat\n")
        engine = world.engine.start()
        engine.stream(0).wait(feed_state("p", "ok"), "OK")
        engine.post("/api/v1/feeds/p/pause", {"reason": "what is shown is what is stored"})
        engine.stop()
        with open(manifest) as file:
            text = file.read()
        rules = os.path.join(plugins, "parking", "parking.rules")

        def live(values, names):
            with open(manifest, "w") as file:
                file.write("".join(line for line in text.replace("Values=open, closed, full, unknown", f"Values={values}").splitlines(True)
                                   if not line.startswith(names)))
            engine.start()
            states = [engine.get(f"/api/v1/assets/parking/{key}")["values"].get("state", {}).get("value") for key in "AB"]
            points = [engine.get(f"/api/v1/observations?asset=parking/{key}&property=state") for key in "AB"]
            problems = [p["message"] for p in engine.get("/api/v1/problems")["problems"]]
            engine.kill()
            return states, [[p["points"][0][1], p["unknown"]] for p in points], [p for p in problems if "parking.state" in p]

        assert live("unknown, full, open, closed", "#") == (["closed", "full"], [[3, 0], [1, 0]], [])
        os.unlink(rules)  # which name the state that goes
        states, points, problems = live("unknown, open, closed", "Name.full")
        assert states == ["closed", None] and points == [[2, 0], [None, 1]], (states, points)
        assert len(problems) == 1 and "parking.state = full" in problems[0] and " 1 " in problems[0], problems
        assert live("open, closed, full, unknown", "#") == (["closed", "full"], [[1, 0], [2, 0]], [])


def killed_feed():
    """The feed's process is killed: that feed is marked with the signal, started again, and the other never notices."""
    with World() as world:
        for name in ("a", "b"):
            world.payloads.answers[f"/{name}"] = lambda: (200, {}, json.dumps([park("A", 12, now())]).encode())
            world.city.feed(name, ODS.format(url=f"{world.payloads.url}/{name}", every="1s", stale="1h"))
        engine = world.engine.start()
        stream = engine.stream(0)
        seen = set()
        stream.wait(lambda m: m["type"] == "feed" and (m["feed"]["state"] != "ok" or seen.add(m["feed"]["name"])
                                                       or len(seen) == 2), "both feeds OK")
        children = {}
        for pid in os.listdir("/proc"):
            if not pid.isdigit():
                continue
            try:
                arguments = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
                parent = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == engine.process.pid:
                for argument in arguments:
                    if argument.endswith(b"/a.feed"):
                        children["a"] = int(pid)
        os.kill(children["a"], signal.SIGKILL)
        crashed = stream.wait(feed_state("a", "crashed"), "the crash")
        assert crashed["feed"]["reason"], crashed
        back = stream.wait(feed_state("a", "ok"), "started again")
        assert back["feed"]["restarts"] == 1, back
        feeds = {f["name"]: f for f in engine.get("/api/v1/feeds")["feeds"]}
        assert feeds["b"]["restarts"] == 0 and feeds["b"]["state"] == "ok", feeds["b"]


def connect_my_city():
    """An address of unknown form: recognised, proposed, saved as a feed of the city, its car parks are there."""
    body = redate(capture("parking/parkapi/karlsruhe.json"))
    with World() as world:
        world.payloads.answers["/open"] = body
        engine = world.engine.start()
        stream = engine.stream(0)
        found = engine.post("/api/v1/feeds/probe", {"service": "parking", "url": world.payloads.url + "/open"})
        assert found["assets"] == 90 and "Format=geojson" in found["feed"] and len(found["sample"]) > 0, found
        for url in ("file:///etc/passwd", "ftp://x/", world.payloads.url + "/missing"):
            try:
                engine.post("/api/v1/feeds/probe", {"service": "parking", "url": url})
                raise AssertionError(f"{url} was taken")
            except ApiError as error:
                assert error.status == 400, (url, error)
        saved = engine.post("/api/v1/feeds", {"name": "karlsruhe", "text": found["feed"]})
        assert saved["name"] == "karlsruhe", saved
        assert (world.city.dir / "feeds.d/karlsruhe.feed").exists()
        stream.wait(lambda m: m["type"] == "feed" and m["feed"]["assets"] == 90, "90 car parks")
        for name, text, status in (("karlsruhe", found["feed"], 409), ("../x", found["feed"], 400), ("y", "[Feed]\nUrl=x\n", 400)):
            try:
                engine.post("/api/v1/feeds", {"name": name, "text": text})
                raise AssertionError(f"{name} was taken")
            except ApiError as error:
                assert error.status == status, (name, error)


def edited_rules():
    """An error slipped into a rule keeps its acknowledged alert; a rule taken out ends it, and the history says why."""
    with World() as world:
        world.payloads.answers["/p"] = lambda: (200, {}, json.dumps([park("A", 12, now())]).encode())
        world.city.feed("p", ODS.format(url=world.payloads.url + "/p", every="1s", stale="1h"))
        world.city.rules("test", RULES)
        engine = world.engine.start()
        alert = engine.stream(0).wait(lambda m: m["type"] == "alert" and m["alert"]["rule"] == "test_few", "an alert")["alert"]
        engine.post(f"/api/v1/alerts/{alert['id']}/acknowledge", {"comment": "vu"})
        for text, state in ((RULES.replace("< 60", "<< 60"), "acknowledged"), (RULES, "acknowledged"), ("", "normal")):
            engine.stop()
            world.city.rules("test", text)
            engine.start()
            held = engine.get(f"/api/v1/alerts/{alert['id']}")
            assert held["state"] == state, (text, held)
        assert any(e["input"] == "clear" and "rule" in (e["comment"] or "") for e in held["history"]), held["history"]


def secrets_and_files():
    """What comes in by the API reads no file and no environment; what a feed's file takes from there is not shown."""
    with World(environment=dict(os.environ, BF_SECRET="hunter2")) as world:
        world.payloads.answers["/p"] = json.dumps([park("A", 12, now())]).encode()
        world.city.feed("p", ODS.format(url=world.payloads.url + "/p?key=${BF_SECRET}", every="1s", stale="1h"))
        engine = world.engine.start()
        engine.stream(0).wait(feed_state("p", "ok"), "OK")
        assert "/p?key=hunter2" in world.payloads.asked, world.payloads.asked
        assert b"hunter2" not in engine.request("GET", "/api/v1/feeds") + engine.request("GET", "/api/v1/feeds/p")
        for url in ("file:///etc/passwd", world.payloads.url + "/x?${BF_SECRET}"):
            try:
                engine.post("/api/v1/feeds", {"name": "x", "text": ODS.format(url=url, every="1s", stale="1h")})
                raise AssertionError(f"{url} was taken")
            except ApiError as error:
                assert error.status == 400, error


def late_client():
    """A client that comes back gets every event since its last; what is too much is a reset."""
    with World() as world:
        world.payloads.answers["/p"] = json.dumps([park(f"P{i}", i, now()) for i in range(100)]).encode()
        world.city.feed("p", ODS.format(url=world.payloads.url + "/p", every="1s", stale="1h"))
        world.city.rules("test", RULES)
        engine = world.engine.start()
        stream = engine.stream(0)
        seen = []
        stream.wait(lambda m: m["type"] == "alert" and m["alert"]["rule"] == "test_few" and (seen.append(m["seq"]) or len(seen) == 60),
                    "60 alerts")
        stream.close()
        again = engine.stream(seen[9])
        replayed = []
        again.wait(lambda m: m["type"] == "alert" and m["alert"]["rule"] == "test_few" and (replayed.append(m["seq"])
                                                                                            or len(replayed) == 50), "the other 50")
        assert replayed == seen[10:], (replayed[:5], seen[10:15])


def tcp():
    """TCP of the loopback: no token, a wrong Host or a foreign Origin are refused; other addresses are not listened on."""
    with World() as world:
        world.engine.extra = []
        engine = world.engine
        import subprocess
        from beffroi import BUILD
        process = subprocess.Popen([BUILD / "src/engine/beffroi-engine", "--city", world.city.dir, "--data", engine.data, "--listen",
                                    "http://127.0.0.1:0", "--with-parent"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            address = process.stdout.readline().decode().split()[-1]
            port = int(address.rsplit(":", 1)[1])
            token = (engine.data / "token").read_text()
            assert (engine.data / "token").stat().st_mode & 0o077 == 0

            def status(headers):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", "/api/v1/hello", headers=headers)
                code = connection.getresponse().status
                connection.close()
                return code

            bearer = {"Authorization": f"Bearer {token}"}
            assert status({}) == 403
            assert status({"Authorization": "Bearer " + "0" * len(token)}) == 403
            assert status(bearer) == 200
            assert status({**bearer, "Host": "evil.example"}) == 403
            assert status({**bearer, "Origin": "https://evil.example"}) == 403
            assert status({**bearer, "Origin": f"http://127.0.0.1:{port}"}) == 200
            code = subprocess.run([BUILD / "src/ctl/beffroictl", "--connect", address, "--token-file", engine.data / "token", "status"],
                                  capture_output=True, check=False).returncode
            assert code == 0, code
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()
        refused = subprocess.run([BUILD / "src/engine/beffroi-engine", "--city", world.city.dir, "--data", engine.data, "--listen",
                                  "http://0.0.0.0:0"], capture_output=True, text=True, timeout=30, check=False)
        assert refused.returncode != 0 and "TLS" in refused.stderr, refused.stderr


def limits_and_exports():
    """Bodies over the limit, unknown paths and methods; metrics, health and the GeoJSON of all assets."""
    with World() as world:
        world.payloads.answers["/p"] = json.dumps([park(f"P{i}", i, now()) for i in range(2500)]).encode()
        world.city.feed("p", ODS.format(url=world.payloads.url + "/p", every="1s", stale="1h"))
        engine = world.engine.start()
        stream = engine.stream(0)
        stream.wait(lambda m: m["type"] == "feed" and m["feed"]["assets"] == 2500, "2,500 car parks")
        for method, path, body, status in (("POST", "/api/v1/feeds/probe", {"x": "y" * (2 << 20)}, 413), ("GET", "/nothing", None, 404),
                                           ("POST", "/api/v1/hello", {}, 405), ("GET", "/api/v1/alerts/abc", None, 404),
                                           ("GET", "/api/v1/assets/parking/none", None, 404),
                                           ("GET", "/api/v1/assets?limit=abc", None, 400),
                                           ("GET", "/api/v1/alerts?state=all&from=hier", None, 400)):
            try:
                engine.request(method, path, body)
                raise AssertionError(f"{path} was answered")
            except ApiError as error:
                assert error.status == status, (path, error)
            except (BrokenPipeError, ConnectionResetError):
                assert status == 413
        collection = engine.get("/api/v1/geojson")
        assert len(collection["features"]) == 2500, len(collection["features"])
        one = [f for f in collection["features"] if f["id"] == "parking/P7"][0]
        assert one["properties"]["values"]["free_spaces"]["value"] == 7 and one["geometry"]["coordinates"] == [4.4, 47.2], one
        assets, after = [], None
        while True:
            page = engine.get("/api/v1/assets?limit=700" + (f"&after={after}" if after else ""))
            assets += page["assets"]
            after = page["next"]
            if after is None:
                break
        assert len({a["id"] for a in assets}) == 2500
        assert engine.request("GET", "/healthz") == b"ok\n"
        assert b"beffroi_assets 2500" in engine.request("GET", "/metrics")
        metrics = dict(line.split(" ") for line in engine.request("GET", "/metrics").decode().splitlines() if line.startswith("beffroi_loop"))
        loop = engine.get("/api/v1/status")["loop"]
        assert 0 < float(metrics["beffroi_loop_turn_longest_seconds"]) * 1e6 <= loop["longest_us"] + 1, (metrics, loop)
        assert float(metrics["beffroi_loop_turns_over_2ms_total"]) <= loop["over_2ms"] < float(metrics["beffroi_loop_turns_total"]) * 2
        assert 0 < loop["longest_cpu_us"] <= loop["longest_us"] and loop["cpu_over_2ms"] <= loop["over_2ms"], loop
        assert "ms of work" in ctl(engine, "status")[1]
        assert engine.get("/api/v1/search?q=parc%20p77")["results"][0]["text"].startswith("Parc P77")


def found_by_the_city():
    """beffroictl finds the engine where city.conf says that it listens, and prints texts of feeds harmless."""
    with tempfile.TemporaryDirectory() as folder:
        listen = Path(folder) / "elsewhere.sock"
        server = Payloads()
        server.answers["/parks"] = json.dumps([park("P1", 7, now()) | {"nom": "Parc \u202eeuqirtnec"}]).encode()
        city = City(folder, Listen=f"unix:{listen}")
        city.feed("parks", ODS.format(url=server.url + "/parks", every="1s", stale="1h"))
        city.rules("low", "[Rule low]\nKind=parking.off_street\nWhen=free_spaces < 50\nPriority=low\nTitle=Low\u202e at {asset}\n")
        engine = Engine(folder, city)
        engine.socket = str(listen)
        with engine:
            engine.stream(0).wait(lambda m: m["type"] == "alert", "an alert")
            program = [BUILD / "src/ctl/beffroictl", "--city", city.dir, "--data", engine.data]
            for what in (["status"], ["assets", "parking/P1"], ["alerts", "1"], ["alerts"]):
                result = subprocess.run(program + what, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
                assert result.returncode == 0, (what, result)
                assert "\u202e" not in result.stdout, (what, result)
                assert what[0] != "alerts" or "Low\ufffd at Parc" in result.stdout, (what, result)
            assert not (engine.data / "engine.sock").exists()
        server.shutdown()


run([("the whole way on a captured payload", whole_way),
     ("bad texts are off, named by line, and the rest runs", bad_texts),
     ("a bad payload is RETRY with its reason; values turn unknown", bad_payload),
     ("an engine that speaks French", french_engine),
     ("a source whose clock is ahead", clock_ahead),
     ("a feed cut by a person", cut_feed),
     ("a feed killed", killed_feed),
     ("a manifest's states edited over stored values", edited_manifest),
     ("connect my city", connect_my_city),
     ("rules edited under an open alert", edited_rules),
     ("secrets and files stay where they are", secrets_and_files),
     ("a client that comes back", late_client),
     ("TCP asks for a token", tcp),
     ("limits and exports", limits_and_exports),
     ("found by the city", found_by_the_city)])
