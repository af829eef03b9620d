# SPDX-License-Identifier: EUPL-1.2
"""An alert's states in the real engine, by the command line: a shelf ends and says so before, also over kill -9; what is latched waits
for a reset; what is out of service tells nobody; two persons on one alert; a chattering asset is held."""
import datetime
import json
import os
import subprocess
import tempfile
import time

from beffroi import BUILD, DEADLINE_S, ApiError, City, Engine, UnixConnection, run

FEED = "[Feed]\nService=parking\nFormat=json\nTransport=push\nToken=secret:push\nEvery=1s\nStale=1h\nKind=off_street\n[Map]\nid=key\nfree_spaces=free\nstate=state\nobserved=at\n"
RULE = "[Rule {id}]\nKind=parking.off_street\nPriority={priority}\nTitle={{asset}}\nTitle[fr]={{asset}}\nWhen={when}\n{keys}"


def open_city(folder, *rules, alerts=""):
    city = City(folder)
    (city.dir / "secrets.d").mkdir()
    (city.dir / "secrets.d" / "push").write_text("t0ken-9\n")
    (city.dir / "secrets.d" / "push").chmod(0o600)
    if alerts:
        conf = city.dir / "city.conf"
        conf.write_text(conf.read_text() + alerts)
    city.feed("p", FEED)
    city.rules("own", "\n".join(RULE.format(id=id, priority=priority, when=when, keys=keys) for id, priority, when, keys in rules))
    return city


def push(engine, **values):
    for key, value in values.items():
        at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        connection = UnixConnection(engine.socket, 30)
        body = json.dumps({"key": key, "at": at, "state" if isinstance(value, str) else "free": value}).encode()
        connection.request("POST", "/api/v1/push/p", body=body, headers={"Authorization": "Bearer t0ken-9"})
        assert connection.getresponse().status == 202
        connection.close()


def ctl(engine, *arguments, code=0):
    done = subprocess.run([BUILD / "src/ctl/beffroictl", "--connect", engine.address, "--language", "en", *arguments], capture_output=True,
                          text=True, timeout=DEADLINE_S)
    assert done.returncode == code, f"{arguments}: {done.returncode}, expected {code}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def find(engine, rule, asset="a"):
    found = [a for a in engine.get("/api/v1/alerts")["alerts"] if a["rule"] == rule and a["asset"] == f"parking/{asset}"]
    return found[0] if found else None


def wait_for(engine, rule, good, asset="a"):
    end = time.monotonic() + DEADLINE_S
    while not good(alert := find(engine, rule, asset)):
        assert time.monotonic() < end, f"{rule}: {alert}"
    return alert


def event(stream, input):
    """The next event of that input; those before it are passed over."""
    return stream.wait(lambda m: m["type"] == "alert" and m["event"]["input"] == input, input)


def shelf():
    with tempfile.TemporaryDirectory() as folder:
        city = open_city(folder, ("few", "high", "free_spaces < 10", ""), alerts="[Alerts]\nShelveHigh=2h\n")
        engine = Engine(folder, city).start()
        try:
            push(engine, a=5)
            id = str(wait_for(engine, "few", lambda a: a is not None)["id"])
            assert "expected --reason" in ctl(engine, "shelve", id, code=2)
            assert "at most 2h" in ctl(engine, "shelve", id, "--reason", "works", "--for", "3h", code=1)
            assert find(engine, "few")["shown"] == "unacknowledged"
            assert "shelved" in ctl(engine, "shelve", id, "--reason", "barrier being mended", "--for", "6s")
            alert = find(engine, "few")
            assert alert["state"] == "unacknowledged" and alert["shown"] == "shelved", alert
            assert alert["shelved"]["reason"] == "barrier being mended" and alert["shelved"]["until"], alert
            assert engine.get("/api/v1/alerts?show=board")["alerts"] == []
            assert [a["id"] for a in engine.get("/api/v1/alerts?show=shelved")["alerts"]] == [int(id)]
            status = engine.get("/api/v1/status")["alerts"]
            assert status["shelved"] == 1 and status["high"] == 0, status
            why = ctl(engine, "why", id)
            assert "barrier being mended" in why and "Shelved" in why, why
            engine.kill()
            engine.start()
            assert find(engine, "few")["shelved"] == alert["shelved"]
            stream = engine.stream(after=alert["seq"])
            warned = event(stream, "shelf_ending")
            assert "shelf_ending" in warned["event"]["to_flags"] and not warned["event"]["annunciated"], warned
            ended = event(stream, "shelf_ended")
            assert ended["alert"]["shown"] == "unacknowledged" and ended["event"]["annunciated"], ended
            assert ended["event"]["at"] >= alert["shelved"]["until"], ended
            shown = ctl(engine, "alerts", id)
            assert "the shelf is about to end" in shown and "the shelf has ended" in shown, shown
            # One shot: it ends with the condition.
            ctl(engine, "shelve", id, "--reason", "once", "--once")
            push(engine, a=50)
            alert = wait_for(engine, "few", lambda a: a["state"] == "returned")
            assert alert["shown"] == "returned" and alert["shelved"] is None, alert
        finally:
            engine.stop()


def latch():
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(folder, open_city(folder, ("few", "low", "free_spaces < 10", "Latch=yes\n"))).start()
        try:
            push(engine, a=5)
            id = str(wait_for(engine, "few", lambda a: a is not None)["id"])
            assert "still there" in ctl(engine, "reset", id, code=4)
            ctl(engine, "ack", id)
            push(engine, a=50)
            wait_for(engine, "few", lambda a: a["state"] == "normal")
            # In order, so that the value that cleared it is on disk: kill -9 may lose that, and what was before it raises again.
            engine.stop()
            engine.start()
            assert find(engine, "few")["waits_for_reset"]
            assert [a["id"] for a in engine.get("/api/v1/alerts?show=latched")["alerts"]] == [int(id)]
            ctl(engine, "reset", id)
            assert find(engine, "few") is None
        finally:
            engine.stop()


def out_of_service():
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(folder, open_city(folder, ("few", "low", "free_spaces < 10", ""))).start()
        try:
            push(engine, a=50, b=50)
            end = time.monotonic() + DEADLINE_S
            while len(engine.get("/api/v1/assets")["assets"]) < 2:
                assert time.monotonic() < end
            ctl(engine, "out-of-service", "parking/a", code=2)
            ctl(engine, "out-of-service", "parking/a", "--reason", "counter removed")
            assert "already taken out of service" in ctl(engine, "out-of-service", "parking/a", "--reason", "again", code=4)
            engine.kill()
            engine.start()
            push(engine, a=5, b=5)
            wait_for(engine, "few", lambda a: a is not None, "b")
            alert = wait_for(engine, "few", lambda a: a is not None)
            assert alert["shown"] == "out_of_service" and alert["out_of_service"]["reason"] == "counter removed", alert
            history = engine.get(f"/api/v1/alerts/{alert['id']}")["history"]
            assert not any(e["annunciated"] for e in history), history
            assert "counter removed" in ctl(engine, "why", "parking/a")
            assert "counter removed" in ctl(engine, "out-of-service")
            ctl(engine, "return-to-service", "parking/a")
            alert = find(engine, "few")
            assert alert["shown"] == "unacknowledged" and alert["out_of_service"] is None, alert
            assert engine.get("/api/v1/out-of-service")["out_of_service"] == []
        finally:
            engine.stop()


def two_persons():
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(folder, open_city(folder, ("few", "low", "free_spaces < 10", ""))).start()
        try:
            push(engine, a=5)
            alert = wait_for(engine, "few", lambda a: a is not None)
            path = f"/api/v1/alerts/{alert['id']}"
            engine.post(f"{path}/acknowledge", {"seq": alert["seq"]})
            # The same person again; an event that never was.
            engine.post(f"{path}/shelve", {"seq": alert["seq"], "reason": "works"})
            try:
                engine.post(f"{path}/unshelve", {"seq": 10 ** 6})
                raise AssertionError("expected a refusal")
            except ApiError as error:
                assert error.status == 400, error
            assert find(engine, "few")["shown"] == "shelved"
        finally:
            engine.stop()


def chatter():
    with tempfile.TemporaryDirectory() as folder:
        city = open_city(folder, ("few", "low", "free_spaces < 10", ""), ("none", "low", "free_spaces < 5", ""),
                         alerts="[Alerts]\nChatter=3 in 10min\nQuiet=4s\n")
        engine = Engine(folder, city).start()
        try:
            ids = set()
            for free, rule in ((8, "few"), (50, None), (2, "none"), (50, None), (8, "few"), (50, None), (2, "none")):
                push(engine, a=free)
                for each in ("few", "none"):
                    raised = each == rule or (rule == "none")
                    wait_for(engine, each, lambda a: (a is not None and a["state"] in ("unacknowledged", "acknowledged")) == raised)
                ids |= {a["id"] for a in engine.get("/api/v1/alerts")["alerts"]}
            assert len(ids) == 2, ids
            alert = find(engine, "none")
            assert "damped" in alert["flags"] and alert["times"] == 2 and alert["damped"]["quiet"], alert
            assert "chatters" in ctl(engine, "why", str(alert["id"]))
            engine.kill()
            engine.start()
            stream = engine.stream(after=alert["seq"])
            quiet = event(stream, "undamp")
            assert quiet["event"]["annunciated"], quiet
        finally:
            engine.stop()


def local(seconds):
    """The wall clock of a city that says no zone, so many seconds from now."""
    return datetime.datetime.fromtimestamp(time.time() + seconds, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def works():
    """An alert of what is worked on tells nobody, says why, and is annunciated when the works end and its condition is still true."""
    with tempfile.TemporaryDirectory() as folder:
        city = open_city(folder, ("few", "high", "free_spaces < 10", ""))
        (city.dir / "works.d").mkdir()
        file = city.dir / "works.d" / "own.works"

        def write(**ends):
            file.write_text("".join(f"[Works {asset}]\nName=Barrier\nName[fr]=Barrière\nBy=Voirie\nReason=new barrier\nAssets=parking/{asset}\n"
                                    f"From={local(-3600)}\nTo={local(end)}\n" for asset, end in ends.items()))

        write(a=7200)
        engine = Engine(folder, city).start()
        try:
            push(engine, a=5, b=5)
            assert wait_for(engine, "few", lambda a: a is not None, "b")["shown"] == "unacknowledged"
            alert = wait_for(engine, "few", lambda a: a is not None)
            assert alert["shown"] == "suppressed" and [c["cause"] for c in alert["suppressed"]] == ["works"], alert
            assert "Barrier" in alert["suppressed"][0]["words"] and alert["suppressed"][0]["until"], alert
            assert [a["asset"] for a in engine.get("/api/v1/alerts?show=board")["alerts"]] == ["parking/b"]
            listed = ctl(engine, "works")
            assert "Barrier" in listed and "Voirie" in listed and "now" in listed, listed
            for asked in (str(alert["id"]), "parking/a"):
                assert "new barrier (Voirie)" in ctl(engine, "why", asked), ctl(engine, "why", asked)
            assert engine.get("/api/v1/assets/parking/a")["works"]["by"] == "Voirie" and engine.get("/api/v1/assets/parking/b")["works"] is None
            engine.kill()
            engine.start()
            assert find(engine, "few")["shown"] == "suppressed"
            # it is over as the file is changed, and begins again elsewhere
            stream = engine.stream(after=alert["seq"])
            write(b=6)
            ctl(engine, "rules", "reload")
            assert event(stream, "unsuppress")["event"]["annunciated"], find(engine, "few")
            assert find(engine, "few")["shown"] == "unacknowledged" and find(engine, "few", "b")["shown"] == "suppressed"
            # and by the clock
            ended = event(stream, "unsuppress")
            assert ended["alert"]["asset"] == "parking/b" and ended["alert"]["shown"] == "unacknowledged", ended
            assert "Barrier" not in ctl(engine, "works")
            file.write_text("[Works a]\nAssets=parking/a\nOn=tuesday\n")
            ctl(engine, "rules", "reload")
            assert "has no By=" in ctl(engine, "problems", code=6)
        finally:
            engine.stop()


run([("a shelf has a reason and an end, warns before it, and survives kill -9", shelf),
     ("what is latched waits for a reset", latch),
     ("what is out of service tells nobody, by a record", out_of_service),
     ("what is worked on tells nobody until the works end", works),
     ("two persons on one alert", two_persons),
     ("a chattering asset is held, whichever of its rules it is, until it is quiet", chatter)])
