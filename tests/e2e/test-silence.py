#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""A feed that is silent is one alert of the feed: what its assets would be alerted for is held back, counted and said; it comes when the
feed speaks again and they still do not; an asset that is silent by itself is alerted as ever; a restart makes no second alert. A constant
that bears the payload's time does not make old measurements fresh."""
import json
import tempfile
import time

from beffroi import DEADLINE_S, City, Engine, Payloads, run

FEED = """[Feed]
Service=parking
Format=json
Url={url}
Every=1s
Stale={stale}
[Map]
id=id
name=id
lat=lat
lon=lon
free_spaces=free
capacity=total
capacity.observed='payload'
observed=at
"""
RULES = """[Rule parking_silent]
Kind=parking.off_street
When=absent(free_spaces, 3s)
Priority=low
Title={asset} without a count
[Rule parking_full]
Kind=parking.off_street
When=free_spaces < 1
Priority=high
Title={asset} full
"""
N = 12


def wait_for(what, ask):
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        last = ask()
        if last:
            return last
        time.sleep(0.05)  # between two questions, not for time to pass
    raise AssertionError(f"no {what} within {DEADLINE_S} s")


def stamp(ago_s=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago_s))


def answer(silent=(), ago_s=0, full=()):
    return json.dumps([{"id": f"P{i}", "lat": 48.0, "lon": 7.8, "free": 0 if i in full else 10, "total": 100,
                        "at": stamp(86400 if i in silent else ago_s)} for i in range(N)]).encode()


def alerts(engine):
    return engine.get("/api/v1/alerts")["alerts"]


def of_rule(engine, rule, open_only=True):
    return [a for a in alerts(engine) if a["rule"] == rule and (not open_only or a["state"] in ("unacknowledged", "acknowledged"))]


def feed(engine, name="p"):
    return next(f for f in engine.get("/api/v1/feeds")["feeds"] if f["name"] == name)


def make(folder, server, stale="4s"):
    city = City(folder)
    city.feed("p", FEED.format(url=f"{server.url}/p", stale=stale))
    city.rules("p", RULES)
    return city


def test_cut():
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        server.answers["/p"] = lambda: (200, {}, answer(silent=(3,)))
        city = make(folder, server)
        with Engine(folder, city) as engine:
            # One asset alone is silent: that is its own alert.
            wait_for("its own alert", lambda: [a["asset"] for a in of_rule(engine, "parking_silent")] == ["parking/P3"])
            assert not of_rule(engine, "feed_silent"), alerts(engine)
            engine.post("/api/v1/feeds/p/pause", {"reason": "works"})
            wait_for("all held back", lambda: feed(engine)["held_back"] == N - 1)
            only = wait_for("alert of the feed", lambda: of_rule(engine, "feed_silent"))
            assert len(only) == 1 and only[0]["service"] == "parking" and only[0]["feed"] == "p", only
            assert f"{N} assets" in only[0]["title"]["en"] and f"{N} équipements" in only[0]["title"]["fr"], only
            assert "works" in only[0]["why"], only
            assert len(of_rule(engine, "parking_silent")) == 1, alerts(engine)
            assert feed(engine)["unknown_assets"] == N and feed(engine)["silent_since"], feed(engine)
            rules = engine.get("/api/v1/assets/parking%2FP5")["rules"]
            held = next(r for r in rules if r["id"] == "parking_silent")
            assert held["truth"] == "true" and held["held_back"]["feed"] == "p" and held["held_back"]["since"], held
            assert next(r for r in rules if r["id"] == "parking_full")["held_back"] is None, rules
            # kill -9 and a new start: the one alert goes on, none of the assets is raised.
            engine.kill()
            engine.start()
            wait_for("held back anew", lambda: feed(engine)["held_back"] == N - 1)
            assert [a["id"] for a in of_rule(engine, "feed_silent")] == [only[0]["id"]], alerts(engine)
            assert len(of_rule(engine, "parking_silent")) == 1, alerts(engine)
            # It speaks again, but for one more asset: that one is alerted now, the feed's alert returns.
            server.answers["/p"] = lambda: (200, {}, answer(silent=(3, 7), full=(1,)))
            engine.post("/api/v1/feeds/p/resume")
            wait_for("alert of what is still silent", lambda: sorted(a["asset"] for a in of_rule(engine, "parking_silent")) == ["parking/P3", "parking/P7"])
            wait_for("the feed's return", lambda: not of_rule(engine, "feed_silent"))
            wait_for("nothing held back", lambda: feed(engine)["held_back"] == 0)
            assert [a["asset"] for a in of_rule(engine, "parking_full")] == ["parking/P1"], alerts(engine)
            engine.stop()


def test_old_content():
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        server.answers["/p"] = lambda: (200, {}, answer(ago_s=900 * 86400))
        city = make(folder, server, stale="15min")
        with Engine(folder, city) as engine:
            wait_for("alert of the feed", lambda: of_rule(engine, "feed_silent"))
            assert feed(engine)["state"] == "stale", feed(engine)
            assert feed(engine)["newest"] < stamp(899 * 86400), feed(engine)
            wait_for("all held back", lambda: feed(engine)["held_back"] == N)
            assert not of_rule(engine, "parking_silent"), alerts(engine)
            assert len(alerts(engine)) == 1, alerts(engine)
            engine.stop()


def test_failing_server():
    with tempfile.TemporaryDirectory() as folder:
        server = Payloads()
        server.answers["/p"] = lambda: (200, {}, answer(full=(0,)))
        city = make(folder, server)
        with Engine(folder, city) as engine:
            wait_for("full", lambda: of_rule(engine, "parking_full"))
            server.answers["/p"] = lambda: (503, {}, b"")
            wait_for("alert of the feed", lambda: of_rule(engine, "feed_silent"))
            wait_for("all held back", lambda: feed(engine)["held_back"] == N)
            # What was raised for another reason stays: it is not known to be over.
            assert len(alerts(engine)) == 2 and of_rule(engine, "parking_full"), alerts(engine)
            engine.stop()


if __name__ == "__main__":
    run([("cut", test_cut), ("old content", test_old_content), ("failing server", test_failing_server)])
