#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What leaves a payload. A list of all that is current (situations, warnings, reports) that no longer has a thing ends it: its state
says so with a time, its alert returns with a why, over a restart too. What is broken, refused, cut or of a fixed set ends nothing.
A list of nothing is fresh and proves that there is nothing to report."""
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from beffroi import BUILD, DEADLINE_S, SOURCE, City, Engine, Payloads, UnixConnection, run

SITUATIONS = """<d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0" modelBaseVersion="2"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><exchange><supplierIdentification><country>fr</country>
  <nationalIdentifier>essai</nationalIdentifier></supplierIdentification></exchange>
<payloadPublication xsi:type="SituationPublication" lang="fr"><publicationTime>{time}</publicationTime>{records}
</payloadPublication></d2LogicalModel>"""
ACCIDENT = """<situation id="S{id}"><headerInformation><informationStatus>real</informationStatus></headerInformation>
<situationRecord xsi:type="Accident"{id_attribute}><severity>high</severity>
<validity><validityStatus>active</validityStatus><validityTimeSpecification><overallStartTime>2026-01-01T00:00:00Z</overallStartTime>
</validityTimeSpecification></validity>
<groupOfLocations xsi:type="Point"><pointByCoordinates><pointCoordinates><latitude>47.59</latitude><longitude>1.33</longitude>
</pointCoordinates></pointByCoordinates></groupOfLocations></situationRecord></situation>"""
WARNINGS = """<feed xmlns="http://www.w3.org/2005/Atom"><updated>{time}</updated>{entries}</feed>"""
WARNING = """<entry><content><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>W1</identifier><sender>essai</sender>
<sent>2026-01-01T00:00:00+00:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><language>fr-FR</language>
<event>Vent</event><urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty><area>
<areaDesc>Essai</areaDesc><polygon>47,1 48,1 48,2 47,2 47,1</polygon></area></info></alert></content></entry>"""
SITES = """<d2LogicalModel xmlns="http://datex2.eu/schema/2/2_0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<payloadPublication xsi:type="MeasurementSiteTablePublication" lang="fr"><publicationTime>2020-01-01T00:00:00Z</publicationTime>
<measurementSiteTable id="T"><measurementSiteRecord id="M1"><measurementSiteName><values><value lang="fr">Pont</value></values>
</measurementSiteName></measurementSiteRecord></measurementSiteTable></payloadPublication></d2LogicalModel>"""
FEED = "[Feed]\nService={service}\nFormat={format}\nUrl={url}\nEvery=1s\nStale={stale}\n{more}"


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


def situations(*ids, **more):
    """Made anew at each answer, as a live publication is."""
    def answer():
        records = "".join(ACCIDENT.format(id=i, id_attribute=f' id="{i}"') for i in ids) + more.get("extra", "")
        return 200, {"Content-Type": "text/xml"}, SITUATIONS.format(time=stamp(more.get("ago_s", 0)), records=records).encode()
    return answer


def warnings(entries):
    return lambda: (200, {"Content-Type": "text/xml"}, WARNINGS.format(time=stamp(), entries=entries).encode())


def city_of(folder, server, feeds):
    city = City(folder, "Essai", TimeZone="Europe/Paris")
    for name, (service, form, more) in feeds.items():
        city.feed(name, FEED.format(service=service, format=form, url=f"{server.url}/{name}", stale="1h" if name == "lamps" else "20s",
                                    more=more))
    return city


def feed(engine, name):
    return next(f for f in engine.get("/api/v1/feeds")["feeds"] if f["name"] == name)


def value(engine, asset, name):
    found = {a["id"]: a for a in engine.get("/api/v1/assets?limit=1000")["assets"]}.get(asset, {}).get("values", {}).get(name)
    return found["value"] if found and found["known"] else None


def alert(engine, rule, state="all"):
    found = [a for a in engine.get(f"/api/v1/alerts?state={state}")["alerts"] if a["rule"] == rule]
    return found[0] if found else None


def wait_payloads(server, path, n):
    """So many more answers were asked for: the ones before the last are decoded."""
    from_n = server.asked.get(path, 0)
    wait_for(f"{n} answers of {path}", lambda: server.asked.get(path, 0) >= from_n + n)


def coverage(engine, service):
    return next(s for s in engine.get("/api/v1/status")["services"] if s["id"] == service)


TRAFFIC = {"events": ("traffic", "datex2", "")}


def test_ends():
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        server.answers["/events"] = situations("A1", "A2")
        with Engine(folder, city_of(folder, server, TRAFFIC)) as engine:
            wait_for("two accidents", lambda: value(engine, "traffic/A1", "event_state") == "active"
                     and value(engine, "traffic/A2", "event_state") == "active")
            open_alerts = [a for a in engine.get("/api/v1/alerts?state=open")["alerts"] if a["rule"] == "traffic_accident"]
            assert len(open_alerts) == 2, open_alerts
            first = next(a for a in open_alerts if a["asset"] == "traffic/A1")
            engine.post(f"/api/v1/alerts/{first['id']}/acknowledge", {"comment": "vu"})
            server.answers["/events"] = situations()
            wait_for("end", lambda: value(engine, "traffic/A1", "event_state") == "ended"
                     and value(engine, "traffic/A2", "event_state") == "ended")
            # The acknowledged one is over, the other waits for somebody to see that it is.
            wait_for("returns", lambda: sorted(a["state"] for a in engine.get("/api/v1/alerts?state=all")["alerts"]) == ["normal", "returned"])
            events = engine.get(f"/api/v1/alerts/{first['id']}")["history"]
            assert events[-1]["input"] == "clear" and "list of feed “events” since" in events[-1]["comment"], events
            whole = engine.get("/api/v1/assets/traffic%2FA1")
            assert whole["over"] and whole["values"]["event_state"]["gone"] and whole["values"]["event_state"]["record"] is None, whole
            # Nothing to report, with its proof: the list is heard.
            empty = feed(engine, "events")
            assert empty["state"] == "ok" and empty["content"] == "list" and empty["listed"] == 0 and empty["as_of"], empty
            wait_for("proof", lambda: (lambda c: c["expected"] == 1 and c["heard"] == 1)(coverage(engine, "traffic")))
            # Back again: the alert too.
            server.answers["/events"] = situations("A2")
            wait_for("accident again", lambda: value(engine, "traffic/A2", "event_state") == "active")
            wait_for("alert again", lambda: alert(engine, "traffic_accident", "open")["state"] == "unacknowledged")
            engine.stop()


def test_broken():
    whole = situations("A1")()[2]
    broken = {"cut": whole[:-30], "empty": b"", "page": b"<html><body>down</body></html>",
              "keep-alive": SITUATIONS.format(time=stamp(), records="").replace("<exchange>", "<exchange><keepAlive>true</keepAlive>").encode(),
              "changes": SITUATIONS.format(time=stamp(), records="").replace(
                  "<exchange>", "<exchange><subscription><updateMethod>singleElementUpdate</updateMethod></subscription>").encode(),
              "without an id": situations(extra=ACCIDENT.format(id="", id_attribute=""))()[2],
              "older": situations(ago_s=3600)()[2]}
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        server.answers["/events"] = situations("A1")
        with Engine(folder, city_of(folder, server, TRAFFIC)) as engine:
            wait_for("accident", lambda: value(engine, "traffic/A1", "event_state") == "active")
            for what, body in list(broken.items()) + [("error", None)]:
                server.answers["/events"] = (lambda b: lambda: (200, {}, b) if b is not None else (503, {}, b"later"))(body)
                wait_payloads(server, "/events", 2)
                latest = engine.get("/api/v1/assets/traffic%2FA1")
                assert latest["values"]["event_state"]["value"] == "active" and not latest["over"], (what, latest)
                # The next good answer ends the waiting after a failure.
                server.answers["/events"] = situations("A1")
                wait_payloads(server, "/events", 2)
            assert alert(engine, "traffic_accident")["state"] == "unacknowledged", alert(engine, "traffic_accident")
            engine.stop()


def test_restart():
    """There before the engine ended, gone when it came back; and the feed's process killed in between."""
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        server.answers["/events"] = situations("A1", "A2")
        city = city_of(folder, server, TRAFFIC)
        with Engine(folder, city) as engine:
            wait_for("accidents", lambda: value(engine, "traffic/A2", "event_state") == "active")
            wait_for("alert", lambda: alert(engine, "traffic_accident", "open"))
            engine.stop()
        server.answers["/events"] = situations("A2")
        with Engine(folder, city) as engine:
            wait_for("end after the restart", lambda: value(engine, "traffic/A1", "event_state") == "ended")
            wait_for("return after the restart", lambda: [a["state"] for a in engine.get("/api/v1/alerts?state=all")["alerts"]
                                                          if a["asset"] == "traffic/A1"] == ["returned"])
            assert value(engine, "traffic/A2", "event_state") == "active"
            engine.post("/api/v1/feeds/events/pause", {"reason": "essai"})
            wait_for("pause", lambda: feed(engine, "events")["state"] == "paused")
            server.answers["/events"] = situations()
            engine.post("/api/v1/feeds/events/resume")
            wait_for("end by the next process", lambda: value(engine, "traffic/A2", "event_state") == "ended")
            engine.stop()
        with Engine(folder, city) as engine:
            wait_for("still over", lambda: engine.get("/api/v1/assets/traffic%2FA1")["over"])
            engine.stop()


def reports(*ids):
    return json.dumps([{"service_request_id": i, "service_name": "Trou", "status": "open", "lat": 47.5, "long": 1.3,
                        "requested_datetime": stamp(5 * 86400), "updated_datetime": "2026-01-01T08:00:00Z"} for i in ids]).encode()


RULE = """[Rule any_report]
Kind=reports.report
When=category = road or votes >= 0
Priority=low
Title=Report {asset}
Title[fr]=Signalement {asset}
"""


def test_reports():
    """Their stamps are old, they are current all the same; a rule that does not ask for their state ends with them."""
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        server.answers["/reports"] = lambda: (200, {}, reports("1", "2"))
        city = city_of(folder, server, {"reports": ("reports", "open311", "[Map]\nvotes='3'\n")})
        city.rules("any", RULE)
        with Engine(folder, city) as engine:
            wait_for("open report", lambda: value(engine, "reports/1", "state") == "open")
            wait_for("alert", lambda: alert(engine, "any_report", "open"))
            server.answers["/reports"] = lambda: (200, {}, reports("2"))
            wait_for("report gone", lambda: value(engine, "reports/1", "state") == "gone")
            wait_for("its alert", lambda: [a["state"] for a in engine.get("/api/v1/alerts?state=all")["alerts"]
                                           if a["asset"] == "reports/1"] == ["returned"])
            assert value(engine, "reports/2", "state") == "open"
            # The same report with the same old stamp: it is open as of now.
            server.answers["/reports"] = lambda: (200, {}, reports("1", "2"))
            wait_for("report again", lambda: value(engine, "reports/1", "state") == "open")
            server.answers["/reports"] = lambda: (200, {}, b"[]")
            wait_for("all gone", lambda: value(engine, "reports/2", "state") == "gone")
            engine.stop()


def test_quiet():
    """Nothing to report is OK; what only describes is OK; an index of links is not a list of warnings; a fixed set never ends."""
    lamps = json.dumps([{"id": f"L{i}", "lat": 47.59, "lon": 1.44, "state": "on", "at": stamp()} for i in range(50)]).encode()
    feeds = {"warnings": ("weather", "cap", ""), "sites": ("traffic", "datex2", ""),
             "lamps": ("lighting", "json", "Kind=lamp\n[Map]\nid=id\nlat=lat\nlon=lon\nstate=state\nobserved=at\n")}
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        server.answers.update({"/warnings": warnings(""), "/sites": SITES.encode(), "/lamps": lamps})
        with Engine(folder, city_of(folder, server, feeds)) as engine:
            for name, content in (("warnings", "list"), ("sites", "descriptions"), ("lamps", "observations")):
                wait_for(f"fresh {name}", lambda: feed(engine, name)["state"] == "ok")
                assert feed(engine, name)["content"] == content, feed(engine, name)
            wait_for("proof of no warning", lambda: (lambda c: c["expected"] == 1 and c["heard"] == 1)(coverage(engine, "weather")))
            server.answers["/lamps"] = b"[]"
            server.answers["/warnings"] = warnings(WARNING)
            wait_for("warning", lambda: alert(engine, "weather_warning", "open"))
            wait_payloads(server, "/lamps", 3)
            assert all(value(engine, f"lighting/L{i}", "state") == "on" for i in range(50))
            server.answers["/warnings"] = warnings("<entry><link href='http://127.0.0.1/w1'/></entry>")
            wait_for("links refused", lambda: feed(engine, "warnings")["state"] == "retry")
            assert alert(engine, "weather_warning", "open"), engine.get("/api/v1/alerts?state=all")
            server.answers["/warnings"] = warnings("")
            wait_for("withdrawn", lambda: alert(engine, "weather_warning")["state"] == "returned")
            engine.stop()


def stations(ttl):
    """One that was measured ten minutes ago, by a source that says how often it looks."""
    status = {"last_updated": int(time.time()) - 600, "ttl": ttl, "version": "2.2",
              "data": {"stations": [{"station_id": "S1", "num_bikes_available": 3, "num_docks_available": 9,
                                     "last_reported": int(time.time()) - 600}]}}
    return json.dumps(status).encode()


def test_ttl():
    """No Every= and no Stale=: values are known for as long as the feed is fresh, by the source's own cadence."""
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        server.answers["/bikes"] = lambda: (200, {}, stations(1800))
        city = City(folder, "Essai", TimeZone="Europe/Paris")
        city.feed("bikes", f"[Feed]\nService=mobility\nFormat=gbfs\nUrl={server.url}/bikes\n")
        with Engine(folder, city) as engine:
            wait_for("fresh feed", lambda: feed(engine, "bikes")["state"] == "ok")
            assert value(engine, "mobility/S1", "bikes_available") == 3, engine.get("/api/v1/assets?limit=10")
            # The next one, of a person's choice, is told another cadence: the value of ten minutes ago is none of its.
            server.answers["/bikes"] = lambda: (200, {}, stations(30))
            engine.post("/api/v1/feeds/bikes/pause", {"reason": "essai"})
            engine.post("/api/v1/feeds/bikes/resume")
            wait_for("stale feed", lambda: feed(engine, "bikes")["state"] == "stale")
            wait_for("unknown value", lambda: value(engine, "mobility/S1", "bikes_available") is None)
            engine.stop()


def test_rehearsal():
    """`rules rehearse` on kept payloads: what a list no longer has ends as it does in the engine."""
    with tempfile.TemporaryDirectory() as folder:
        feed_file, rule = Path(folder) / "events.feed", Path(folder) / "any.rules"
        feed_file.write_text("[Feed]\nService=traffic\nFormat=datex2\nUrl=https://example.org/x\n")
        rule.write_text("[Rule accident]\nKind=traffic.event\nWhen=event_state = active\nPriority=low\nTitle={asset}\n")
        payloads = []
        for number, (ago_s, ids) in enumerate(((1800, ("A1", "A2")), (1200, ("A1",)), (600, ()))):
            payloads.append(Path(folder) / f"{number}.xml")
            payloads[-1].write_bytes(situations(*ids, ago_s=ago_s)()[2])
        tried = subprocess.run([BUILD / "src/ctl/beffroictl", "rules", "rehearse", rule, "--feed", feed_file, *payloads, "--json",
                                "--plugins", SOURCE / "plugins"], capture_output=True, text=True)
        assert tried.returncode == 0, tried
        alerts = {a["asset"]: a for a in map(json.loads, tried.stdout.splitlines()) if a["type"] == "alert"}
        assert alerts["traffic/A2"]["cleared"] < alerts["traffic/A1"]["cleared"] is not None, alerts


ALERT = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>W{id}</identifier><sender>essai</sender>
<sent>2026-01-01T00:00:00+00:00</sent><status>{status}</status><msgType>Alert</msgType><scope>Public</scope><info><language>fr-FR</language>
<event>Vent</event><urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>{expires}<area>
<areaDesc>Essai {id}</areaDesc><polygon>47,1 48,1 48,2 47,2 47,1</polygon></area></info></alert>"""
OLD = {"Last-Modified": "Thu, 01 Jan 2026 08:00:00 GMT", "Content-Type": "text/xml"}


def old(body):
    """A file that a web server serves as it was written months ago."""
    return lambda: (200, OLD, body.encode())


def test_static():
    """The source is alive and says the same: a list that names no time is as fresh as its answer, and since when it is so is said.
    One alert alone is fresh while it is served, also when it is over; a file of this machine is as old as it is."""
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        listed = '<feed xmlns="http://www.w3.org/2005/Atom">%s</feed>'
        server.answers["/list"] = old(listed % "")
        server.answers["/one"] = old(ALERT.format(id=1, status="Actual", expires=""))
        server.answers["/over"] = old(ALERT.format(id=2, status="Actual", expires="<expires>2026-01-02T00:00:00+00:00</expires>"))
        city = city_of(folder, server, {name: ("weather", "cap", "") for name in ("list", "one", "over")})
        path = Path(folder) / "list.xml"
        path.write_text(listed % "")
        os.utime(path, (time.time() - 86400, time.time() - 86400))
        city.feed("file", f"[Feed]\nService=weather\nFormat=cap\nUrl=file://{path}\nEvery=1s\n")
        with Engine(folder, city) as engine:
            for name in ("list", "one", "over"):
                wait_for(f"fresh {name}", lambda: feed(engine, name)["state"] == "ok")
                found = feed(engine, name)
                assert found["content"] == "list" and found["unchanged_since"] == "2026-01-01T08:00:00Z", found
                assert found["as_of"] > stamp(60), found
            wait_for("stale file", lambda: feed(engine, "file")["state"] == "stale")
            wait_for("warning", lambda: alert(engine, "weather_warning", "open"))
            states = {a["id"]: a["values"]["warning_state"] for a in engine.get("/api/v1/assets?limit=100")["assets"]
                      if a["kind"] == "weather.warning"}
            assert sorted(v["value"] for v in states.values()) == ["actual", "expired"] and all(v["known"] for v in states.values()), states
            # The one that is alone is another now: the first is not over by that.
            server.answers["/one"] = old(ALERT.format(id=3, status="Actual", expires=""))
            wait_for("the other", lambda: value(engine, "weather/essai-3/vent", "warning_state") or
                     [a for a in engine.get("/api/v1/assets?limit=100")["assets"] if "3" in a["id"]])
            assert not [a for a in engine.get("/api/v1/assets?limit=100")["assets"] if a["values"].get("warning_state", {}).get("value") == "withdrawn"]
            engine.stop()


def test_drills():
    """An exercise, a test, a draft of the most severe kind: no alert, nothing that looks like one, and no real one hidden."""
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        body = "".join(ALERT.format(id=1, status=status, expires="") for status in ("Exercise", "Test", "Draft", "System"))
        server.answers["/list"] = lambda: (200, {}, f"<alerts>{body}</alerts>".encode())
        with Engine(folder, city_of(folder, server, {"list": ("weather", "cap", "")})) as engine:
            wait_for("fresh list", lambda: feed(engine, "list")["state"] == "ok")
            names = {a["values"]["warning_state"]["value"]: a["name"] for a in engine.get("/api/v1/assets?limit=100")["assets"]}
            assert names == {"exercise": "EXERCISE: Vent: Essai 1", "test": "TEST: Vent: Essai 1"}, names
            assert not engine.get("/api/v1/alerts?state=all")["alerts"] and feed(engine, "list")["refused"] >= 2
            body = ALERT.format(id=1, status="Exercise", expires="") + ALERT.format(id=1, status="Actual", expires="")
            wait_for("real one", lambda: alert(engine, "weather_warning", "open"))
            assert alert(engine, "weather_warning", "open")["asset"].startswith("weather/Essai 1"), alert(engine, "weather_warning")
            engine.stop()


def test_messages():
    """Pushed lists end nothing, and the feed says so; with Complete=message each is the whole list, also an empty one."""
    with tempfile.TemporaryDirectory() as folder:
        city = City(folder, "Essai", TimeZone="Europe/Paris")
        for name, more in (("plain", ""), ("whole", "Complete=message\n")):
            city.feed(name, f"[Feed]\nService=traffic\nFormat=datex2\nTransport=push\nToken=secret:t\nStale=1h\n{more}")
        secrets = city.dir / "secrets.d"
        secrets.mkdir()
        (secrets / "t").write_text("t0ken\n")
        (secrets / "t").chmod(0o600)
        with Engine(folder, city) as engine:
            def push(name, *ids):
                connection = UnixConnection(engine.socket, DEADLINE_S)
                connection.request("POST", f"/api/v1/push/{name}", body=situations(*ids)()[2], headers={"Authorization": "Bearer t0ken"})
                assert connection.getresponse().status == 202
                connection.close()
            wait_for("feeds", lambda: all(feed(engine, n)["state"] in ("stale", "ok") for n in ("plain", "whole")))
            push("plain", "A1")
            push("whole", "B1", "B2")
            for thing in ("A1", "B1", "B2"):
                wait_for(thing, lambda: value(engine, f"traffic/{thing}", "event_state") == "active")
            # Three at once are three steps, in their order.
            push("whole", "B1")
            push("whole", "B1", "B3")
            push("whole", "B3")
            push("plain", "A2")
            wait_for("B3 alone", lambda: value(engine, "traffic/B3", "event_state") == "active"
                     and value(engine, "traffic/B1", "event_state") == "ended")
            assert value(engine, "traffic/B2", "event_state") == "ended"
            assert feed(engine, "whole")["content"] == "list" and feed(engine, "whole")["listed"] == 1, feed(engine, "whole")
            push("whole")
            wait_for("nothing", lambda: value(engine, "traffic/B3", "event_state") == "ended")
            wait_for("A2", lambda: value(engine, "traffic/A2", "event_state") == "active")
            assert value(engine, "traffic/A1", "event_state") == "active"
            assert "Complete=message" in feed(engine, "plain")["reason"], feed(engine, "plain")
            engine.stop()


run([("what a whole list no longer has ends, with a why", test_ends), ("what is broken ends nothing", test_broken),
     ("over restarts of engine and feed", test_restart), ("old stamps in a list are current", test_reports),
     ("nothing to report is proved", test_quiet), ("values are known for the source's own cadence", test_ttl),
     ("what is served unchanged is current", test_static), ("what is not real is never shown as real", test_drills), ("lists that come by themselves", test_messages),
     ("a rehearsal ends the same things", test_rehearsal)])
