#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""beffroictl and the engine's own words, as a person meets them at a prompt: nothing that was typed is dropped without a word, and
what is said can be acted upon."""
import datetime
import json
import os
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

from beffroi import BUILD, DEADLINE_S, SOURCE, ApiError, City, Engine, PARKS_FEED, Payloads, ctl, run
from town import RULE, Town, now


def program(*arguments, stdin=None, **environment):
    """beffroictl as it is called at a prompt."""
    result = subprocess.run([BUILD / "src/ctl/beffroictl", *arguments], capture_output=True, text=True, timeout=DEADLINE_S, check=False,
                            input=stdin, env={**os.environ, **environment})
    return result.returncode, result.stdout, result.stderr


def surplus_arguments():
    """Several alerts are acknowledged together; what a command does not take is refused, not dropped."""
    with Town() as engine:
        code, out, err = ctl(engine, "ack", "1", "2", "--comment", "vu")
        assert code == 0 and len(out.splitlines()) == 2, (code, out, err)
        assert [engine.get(f"/api/v1/alerts/{i}")["state"] for i in (1, 2, 3)] == ["acknowledged", "acknowledged", "unacknowledged"]
        assert engine.get("/api/v1/alerts/2")["acknowledged"]["comment"] == "vu"
        code, out, err = ctl(engine, "ack", "999", "3")
        assert code == 3 and "999" in err and engine.get("/api/v1/alerts/3")["state"] == "acknowledged", (code, out, err)
        for words in (["status", "extra"], ["alerts", "1", "2"], ["feeds", "parks", "x"], ["problems", "x"], ["assets", "a/b", "c"],
                      ["ack", "1", "x"], ["alerts", "x"], ["decode", "--feed", "x.feed", "a", "b"]):
            code, out, err = ctl(engine, *words)
            assert code == 2 and f"“{words[-1]}”" in err and not out, (words, code, out, err)


def no_engine():
    """Without an engine: which address, and what to do; in the person's language, whatever GLib's catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        code, _, err = program("--data", folder, "status")
        assert code == 5 and f"unix:{folder}/engine.sock" in err and "beffroi-engine --city" in err, err
        code, _, err = program("--data", folder, "status", LANGUAGE="fr")
        assert code == 5 and f"aucun moteur ne répond à unix:{folder}/engine.sock" in err and "No such" not in err, err


def one_alert():
    """`alerts ID` says all that the API knows of it."""
    with Town() as engine:
        code, _, err = ctl(engine, "ack", "1", "--comment", "équipe appelée")
        assert code == 0, err
        alert = engine.get("/api/v1/alerts/1")
        code, out, err = ctl(engine, "alerts", "1")
        assert code == 0, err
        for text in (alert["title"]["en"], alert["why"], "high", "acknowledged", alert["asset"], alert["asset_name"], "équipe appelée",
                     alert["acknowledged"]["by"], "raised", "parks"):
            assert text in out, (text, out)
        code, out, err = ctl(engine, "alerts", "2")
        assert code == 0 and "unacknowledged" in out and "by nobody" in out, out


def words_for_people():
    """In French all of it is French: states, kinds, properties with their units, places; times are the city's, in all of one view."""
    town = Town(Language="fr", TimeZone="Pacific/Noumea", Places="places.geojson")
    (town.city.dir / "places.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [4.4, 47.2001]}, "properties": {"kind": kind, "name": kind.upper()}}
        for kind in ("townhall", "church", "market")]}))
    with town as engine:
        asked = {"LANGUAGE": "fr", "TZ": "America/New_York"}

        def say(*words):
            code, out, err = program("--connect", engine.address, *words, **asked)
            assert code == 0, (words, code, out, err)
            return out.replace("\u00a0", " ")

        alert = engine.get("/api/v1/alerts/1")
        raised = datetime.datetime.fromisoformat(alert["raised"].replace("Z", "+00:00")) + datetime.timedelta(hours=11)
        measured = alert["values"][0]["observed"]
        out = say("alerts", "1")
        for text in ("MAIRIE", "mairie", "église", "marché", "le moteur", f"{raised:%Y-%m-%d %H:%M:%S}"):
            assert text.lower() in out.lower(), (text, out)
        assert "engine" not in out and "townhall" not in out.replace("TOWNHALL", "") and "+0000" not in out and "-0500" not in out, out
        at = datetime.datetime.fromisoformat(measured.replace("Z", "+00:00")) + datetime.timedelta(hours=11)
        assert f"{at:%H:%M:%S}" in out, (measured, out)
        for out in (say("assets"), say("assets", "parking/P1")):
            assert "Places libres" in out and "Parc de stationnement" in out and "free_spaces" not in out and "off_street" not in out, out
        assert "Taux d’occupation" in say("assets", "parking/P1") and "99 %" in say("assets", "parking/P1"), say("assets", "parking/P1")
        town.payloads.answers["/parks"] = lambda: (503, {}, b"")
        engine.stream(0).wait(lambda m: m["type"] == "feed" and m["feed"]["state"] == "retry", "RETRY")
        out = say("feeds", "parks")
        since = datetime.datetime.fromisoformat(engine.get("/api/v1/feeds/parks")["since"].replace("Z", "+00:00"))
        since += datetime.timedelta(hours=11)
        for text in ("nouvel essai", "HTTP 503", "service indisponible", f"{since:%Y-%m-%d %H:%M:%S}"):
            assert text in out, (text, out)
        assert "retry" not in out and "Unavailable" not in out, out
        table = say("feeds")
        assert "DEPUIS" in table and "nouvel essai" in table and "Unavailable" not in table, table
        town.payloads.shutdown()
        town.payloads.server_close()
        stream = engine.stream(0)
        stream.wait(lambda m: m["type"] == "feed" and "127.0.0.1:" in (m["feed"]["reason"] or ""), "the server's port in the reason")
        assert "personne n’y écoute" in say("feeds", "parks"), say("feeds", "parks")
        # An English shell is told that the reasons are the engine's.
        code, out, err = program("--connect", engine.address, "feeds", LANGUAGE="en", LC_ALL="C.UTF-8")
        assert code == 0 and "SINCE" in out and "“fr”" in err, (code, out, err)


def comments_of_a_wrong_type():
    """What is not a text is refused before anything is acknowledged."""
    with Town() as engine:
        for what, body in (("acknowledge", {"comment": 5}), ("acknowledge", {"comment": ["a"]}), ("comment", {"comment": {}}),
                           ("acknowledge", {"comment": False})):
            try:
                engine.post(f"/api/v1/alerts/1/{what}", body)
                raise AssertionError(f"{what} {body} was taken")
            except ApiError as error:
                assert error.status == 400 and "comment" in str(error), error
        assert engine.get("/api/v1/alerts/1")["state"] == "unacknowledged"
        try:
            engine.post("/api/v1/feeds/parks/pause", {"reason": 5})
            raise AssertionError("a reason that is a number was taken")
        except ApiError as error:
            assert error.status == 400 and "reason" in str(error), error
        assert engine.post("/api/v1/alerts/1/acknowledge", {"comment": None})["state"] == "acknowledged"


def found_by_its_folder():
    """An engine that listens elsewhere, as the console's own does, is found by its data folder and by its city; one that is gone is
    not taken for alive, and its sign is not in the way of the next."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = Path(folder) / "beffroi-x1y2z3"
        runtime.mkdir()
        state = {"XDG_STATE_HOME": str(Path(folder) / "state")}
        city = City(folder, "Essai")
        engine = Engine(folder, city, environment={**os.environ, **state})
        engine.socket = str(runtime / "engine.sock")
        by_folder, by_city = ("--data", engine.data, "status"), ("--city", city.dir, "status")
        with engine:
            assert program(*by_folder, **state)[0] == 0 and program(*by_city, **state)[0] == 0
            engine.kill()
            code, _, err = program(*by_city, **state)
            assert code == 5 and str(runtime) in err, err
            runtime = Path(folder) / "beffroi-second"
            runtime.mkdir()
            engine.socket = str(runtime / "engine.sock")
            engine.start()
            assert program(*by_folder, **state)[0] == 0 and program(*by_city, **state)[0] == 0
            engine.stop()
        assert not runtime.exists() and not (engine.data / "engine.address").exists()
        assert not any(path.is_file() for path in (Path(folder) / "state").rglob("*")), list((Path(folder) / "state").rglob("*"))
        assert program(*by_folder, **state)[0] == 5


def one_language():
    """hello, the search and the sentences speak one language, Language= of city.conf or the environment's; none said is a problem."""
    for conf, environment, language in (({"Language": "fr"}, {"LANGUAGE": ""}, "fr"), ({}, {"LANGUAGE": "fr"}, "fr"),
                                        ({}, {"LANGUAGE": "", "LC_ALL": "C.UTF-8"}, "en"), ({"Language": "en"}, {"LANGUAGE": "fr"}, "en")):
        town = Town(**conf)
        town.engine.environment = {**os.environ, **environment}
        with town as engine:
            assert engine.get("/api/v1/hello")["city"]["language"] == language, (conf, environment)
            title = engine.get("/api/v1/search?q=places")["results"][0]["text"]
            assert title.startswith("Peu de places" if language == "fr" else "Few places"), (conf, environment, title)
            said = [p for p in engine.get("/api/v1/problems")["problems"] if "Language=" in p["message"]]
            nobody = not conf and not environment["LANGUAGE"]
            assert len(said) == (1 if nobody else 0) and (not said or said[0]["file"].endswith("city.conf")), said


def search():
    """Each type has its share however many lamps stand in the street; what begins a word comes first; a street is found by its name."""
    with tempfile.TemporaryDirectory() as folder:
        payloads = Payloads()
        streets = ["Rue de la Croix-Saint-Marc", "Rue Mariotte", "Rue de l’Hôpital-Vieux"]
        payloads.answers["/parks"] = json.dumps(
            [{"key": f"P{i}", "nom": f"Parc {i}", "geo": {"lon": 4.4 + i % 3 / 100, "lat": 47.2}, "libres": i, "total": 100,
              "date_maj": now()} for i in range(60)]).encode()
        city = City(folder, Addresses="addresses.csv", Places="places.geojson")
        city.feed("parks", PARKS_FEED.format(url=payloads.url + "/parks"))
        (city.dir / "addresses.csv").write_text("numero;nom_voie;nom_commune;lon;lat\n" + "".join(
            f"{n};{street};Essai;{4.4 + i / 100};47.2\n" for i, street in enumerate(streets) for n in (2, 4, 6)))
        (city.dir / "places.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [4.41, 47.21]}, "properties": {"kind": kind, "name": name}}
            for kind, name in (("hospital", "Hôpital d’Essai"), ("school", "École Mariotte"))]}))
        with Engine(folder, city) as engine:
            engine.stream(0).wait(lambda m: m["type"] == "feed" and m["feed"]["assets"] == 60, "60 car parks")

            def found(words, top=8):
                return [(r["type"], r["text"]) for r in engine.get(f"/api/v1/search?q={urllib.parse.quote(words)}&max={top}")["results"]]

            mariotte = found("rue mariotte")
            assert ("address", "Rue Mariotte") in mariotte and len(mariotte) == 8, mariotte
            hospital = found("hopital")
            assert ("place", "Hôpital d’Essai") in hospital and ("address", "Rue de l’Hôpital-Vieux") in hospital, hospital
            assert sum(1 for kind, _ in hospital if kind == "asset") == 6, hospital
            mar = found("mar", 50)
            assert mar.index(("place", "École Mariotte")) < mar.index(("asset", next(t for k, t in mar if k == "asset"))), mar
            assert found("parc 5", 3)[0] == ("asset", "Parc 5"), found("parc 5", 3)
            assert found("rien de tel") == [] and found("") == [] and len(found("parc", 1)) == 1
        payloads.shutdown()


def learnt_before_the_first_day():
    """What is usual is known as soon as the engine starts, when an archive was learnt from; it is not while the engine runs."""
    with tempfile.TemporaryDirectory() as folder:
        payloads = Payloads()
        payloads.answers["/parks"] = json.dumps([{"key": "P1", "nom": "Parc 1", "geo": {"lon": 4.4, "lat": 47.2}, "libres": 5, "total": 100,
                                                  "date_maj": now()}]).encode()
        city = City(folder)
        city.feed("parks", PARKS_FEED.format(url=payloads.url + "/parks"))
        city.rules("few", RULE.replace("free_spaces < 60", "free_spaces < expected(free_spaces) - 40"))
        begin = int(time.time()) - 20 * 86400
        days = "".join(json.dumps({"t": begin + h * 3600, "asset": "P1", "kind": "parking.off_street", "property": "free_spaces",
                                   "value": 70 + h % 5}) + "\n" for h in range(20 * 24))
        with Engine(folder, city) as engine:
            learn = ("--city", city.dir, "--data", engine.data, "learn", "--observations", "-")
            engine.stream(0).wait(lambda m: m["type"] == "feed" and m["feed"]["assets"] == 1, "the car park")
            rule = next(r for r in engine.get("/api/v1/assets/parking/P1")["rules"] if r["id"] == "few")
            assert rule["truth"] == "unknown", rule
            code, _, err = program(*learn, stdin=days)
            assert code == 1 and "stop that engine first" in err, (code, err)
            engine.stop()
            code, out, err = program(*learn, stdin=days)
            assert code == 0 and "480 observations" in out, (code, out, err)
            # of the city's own store: the one count that the engine heard does not make it forget the archive's weeks
            code, out, err = program(*learn[:5])
            assert code == 0 and not out.startswith("0 observations"), (code, out, err)
            engine.start()
            engine.stream(0).wait(lambda m: m["type"] == "alert" and m["alert"]["rule"] == "few", "the alert")
        payloads.shutdown()


run([("one language", one_language), ("learnt before the first day", learnt_before_the_first_day), ("search", search), ("found by its folder", found_by_its_folder), ("surplus arguments", surplus_arguments), ("no engine", no_engine), ("one alert in text", one_alert), ("words for people", words_for_people),
     ("comments of a wrong type", comments_of_a_wrong_type)])
