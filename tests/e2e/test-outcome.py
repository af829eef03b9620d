# SPDX-License-Identifier: EUPL-1.2
"""Between a condition and its alert, in the real engine: MaxAlerts= is said by one alert, what is suppressed returns with its cause and
comes again, Count= goes on over kill -9; no alert is doubled by a restart."""
import datetime
import json
import tempfile
import time

from beffroi import DEADLINE_S, City, Engine, UnixConnection, run

FEED = "[Feed]\nService=parking\nFormat=json\nTransport=push\nToken=secret:push\nEvery=1s\nStale=1h\nKind=off_street\n[Map]\nid=key\nfree_spaces=free\nstate=state\nobserved=at\n"
RULE = "[Rule {id}]\nKind=parking.off_street\nPriority=low\nTitle={{asset}}\nTitle[fr]={{asset}}\nWhen={when}\n{keys}"


def push(engine, **values):
    at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for key, value in values.items():
        record = {"key": key, "at": at}
        record["state" if isinstance(value, str) else "free"] = value
        connection = UnixConnection(engine.address.removeprefix("unix:"), 30)
        connection.request("POST", "/api/v1/push/p", body=json.dumps(record).encode(), headers={"Authorization": "Bearer t0ken-9"})
        assert connection.getresponse().status == 202
        connection.close()


def active(engine, rule):
    alerts = engine.get("/api/v1/alerts")["alerts"]
    return sorted(a["asset"].split("/")[1] for a in alerts if a["rule"] == rule and a["state"] in ("unacknowledged", "acknowledged"))


def wait_for(engine, rule, expected):
    end = time.monotonic() + DEADLINE_S
    while (found := active(engine, rule)) != expected:
        assert time.monotonic() < end, f"{rule}: expected {expected}, found {found}"


def open_city(folder, *rules):
    city = City(folder)
    (city.dir / "secrets.d").mkdir()
    (city.dir / "secrets.d" / "push").write_text("t0ken-9\n")
    (city.dir / "secrets.d" / "push").chmod(0o600)
    city.feed("p", FEED)
    city.rules("own", "\n".join(RULE.format(id=id, when=when, keys=keys) for id, when, keys in rules))
    return city


def limit():
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(folder, open_city(folder, ("few", "free_spaces < 10", "MaxAlerts=2\n"))).start()
        try:
            push(engine, a=5, b=5, c=5, d=50)
            wait_for(engine, "few", ["a", "b"])
            wait_for(engine, "max_alerts", ["few"])
            alert = [a for a in engine.get("/api/v1/alerts")["alerts"] if a["rule"] == "max_alerts"][0]
            assert engine.get(f"/api/v1/alerts/{alert['id']}")["asset"] == "rule/few"
            engine.kill()
            engine.start()
            wait_for(engine, "few", ["a", "b"])
            wait_for(engine, "max_alerts", ["few"])
            push(engine, a=50)
            wait_for(engine, "few", ["b", "c"])
            wait_for(engine, "max_alerts", [])
        finally:
            engine.stop()


def suppressed():
    with tempfile.TemporaryDirectory() as folder:
        city = open_city(folder, ("few", "free_spaces < 10", "SuppressedBy=shut\n"), ("shut", "state = closed", ""))
        engine = Engine(folder, city).start()
        try:
            push(engine, a=5, b=5)
            wait_for(engine, "few", ["a", "b"])
            push(engine, a="closed")
            wait_for(engine, "shut", ["a"])
            wait_for(engine, "few", ["b"])
            few = [a for a in engine.get("/api/v1/alerts")["alerts"] if a["rule"] == "few" and a["asset"] == "parking/a"][0]
            assert few["state"] == "returned", few
            history = json.dumps(engine.get(f"/api/v1/alerts/{few['id']}"))
            assert "suppressed, the cause is known: rule" in history and "(shut) is active on" in history, history
            engine.kill()
            engine.start()
            wait_for(engine, "few", ["b"])
            push(engine, a="open")
            wait_for(engine, "few", ["a", "b"])
        finally:
            engine.stop()


def counted():
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(folder, open_city(folder, ("restless", "state = closed", "Count=3 within 1h\n"), ("shut", "state = closed", ""))).start()
        try:
            for state in ("closed", "open", "closed", "open"):
                push(engine, a=state)
                wait_for(engine, "shut", ["a"] if state == "closed" else [])
            assert active(engine, "restless") == []
            engine.stop()  # saves what runs
            engine.start()
            push(engine, a="closed")
            wait_for(engine, "restless", ["a"])
        finally:
            engine.stop()


run([("MaxAlerts= bounds a rule and one alert says so, also after kill -9", limit),
     ("SuppressedBy= returns what was raised with its cause, and raises it again", suppressed),
     ("Count= goes on over a restart", counted)])
