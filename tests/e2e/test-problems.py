#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""What is wrong in a city's files, as the engine and beffroictl say it: the file once, the line, what was expected, and the rest
runs."""
import json
import os
import subprocess
import tempfile
from pathlib import Path

from beffroi import BUILD, DEADLINE_S, SOURCE, City, Engine, ctl, run

RULE = """[Rule {id}]
Kind=parking.off_street
When=free_spaces < 1
Priority=high
Title={{asset}} is full
Procedure={procedure}
Notify={notify}
Group={group}
"""


def check(*arguments, language="C.UTF-8"):
    """beffroictl rules check, without an engine."""
    result = subprocess.run([BUILD / "src/ctl/beffroictl", "--plugins", SOURCE / "plugins", *arguments], capture_output=True, text=True,
                            timeout=DEADLINE_S, check=False, env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": language})
    return result.returncode, result.stdout, result.stderr


def problems_of(engine):
    return [(os.path.basename(p["file"]), p["line"], p["message"]) for p in engine.get("/api/v1/problems")["problems"]]


def a_city(folder):
    city = City(folder)
    for sub in ("people.d", "procedures.d"):
        (city.dir / sub).mkdir()
    (city.dir / "people.d" / "water.conf").write_text("[Rota astreinte-voirie]\n")
    (city.dir / "procedures.d" / "our-own.fr.md").write_text("# Chez nous\n")
    city.rules("names", RULE.format(id="good", procedure="our-own", notify="astreinte-voirie", group="zone within 10min")
               + RULE.format(id="stock", procedure="parking-full", notify="astreinte-voirie", group="parent")
               + RULE.format(id="astray", procedure="our-ow", notify="astreinte-eau", group="zones"))
    return city


def rules_that_lost_something():
    """A rule that names a procedure, a person or a grouping that is not there is named, and is on."""
    with tempfile.TemporaryDirectory() as folder:
        city = a_city(folder)
        with Engine(folder, city) as engine:
            problems = [p for p in problems_of(engine) if p[0] == "names.rules"]
            assert [line for _, line, _ in problems] == [24, 22, 23], problems
            assert "Group=: alerts are not grouped by “zones”; did you mean “zone”?" in problems[0][2], problems
            assert "Procedure=: there is no “our-ow”; did you mean “our-own”? The rule stays on" in problems[1][2], problems
            assert "Notify=: there is no “astreinte-eau”" in problems[2][2] and "people.d" in problems[2][2], problems
            on = {rule["id"] for rule in engine.get("/api/v1/rules")["rules"]}
            assert {"good", "stock", "astray"} <= on, on
            code, out, _ = ctl(engine, "problems")
            assert code == 6 and "names.rules:22" in out, out
        # A city that says nothing of its people is not asked for them.
        (city.dir / "people.d" / "water.conf").unlink()
        code, out, err = check("rules", "check", "--city", city.dir)
        assert code == 6 and "Notify" not in err and "names.rules:22" in err, err


def rules_check():
    """The names are checked where it is known what there is: in a city, in its rules.d, beside a plugin; not in a loose file."""
    with tempfile.TemporaryDirectory() as folder:
        city = a_city(folder)
        own = city.dir / "rules.d" / "names.rules"
        code, out, err = check("rules", "check", own)
        assert code == 6 and err.count("\n") == 3 and "our-own" in err, err
        assert ": good (high): " in out and ": astray (high): " in out, out
        code, out, err = check("--city", city.dir, "rules", "check")
        assert code == 6 and err.count("\n") == 3, err
        assert "parking_full" in out and "astray" in out, out
        loose = Path(folder) / "loose.rules"
        loose.write_text(RULE.format(id="loose", procedure="water-burst", notify="anybody", group="zone within 10min"))
        code, out, err = check("rules", "check", loose)
        assert code == 0 and not err, err
        code, out, err = check("--city", city.dir, "rules", "check", loose)
        assert code == 6 and "there is no “water-burst”" in err, err
        assert check("--city", folder + "/nowhere", "rules", "check")[0] == 3
        assert check("rules", "check")[0] == 2
        code, out, err = check("rules", "check", loose, language="fr")
        assert ": loose (haute): " in out, out


def stock_rules():
    """Every rule of a plugin and of the demo names what is there."""
    files = [f for f in sorted((SOURCE / "plugins").glob("*/*.rules")) if f.parent.name != "template"]
    files += sorted((SOURCE / "data" / "demo" / "rules.d").glob("*.rules"))
    assert len(files) > 10, files
    for file in files:
        code, out, err = check("rules", "check", file)
        assert code == 0 and out, (file, err)


def empty_payloads():
    """Every format says alike that there is nothing."""
    with tempfile.TemporaryDirectory() as folder:
        feed, payload = Path(folder) / "x.feed", Path(folder) / "payload"
        payload.write_bytes(b"")

        def decode(form):
            feed.write_text(f"[Feed]\nService=parking\nFormat={form}\nUrl=https://example.org/x\n[Map]\nid=a\n")
            return check("--feed-program", BUILD / "src/feed/beffroi-feed", "decode", "--feed", feed, payload)

        formats = decode("none")[2].split("expected one of: ")[1].strip().split(", ")
        assert len(formats) >= 21 and "gtfs-rt" in formats and "csv" in formats, formats
        for form in formats:
            assert decode(form)[2] == "beffroictl: the payload is empty\n", (form, decode(form))
        for blank in (b" \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"):
            payload.write_bytes(blank)
            for form in ("json", "csv", "cap", "gtfs-rt", "ttn-v3"):
                assert decode(form)[2] == "beffroictl: the payload is empty\n", (form, blank, decode(form))


SQUARE = {"type": "Polygon", "coordinates": [[[4, 47], [5, 47], [5, 48], [4, 47]]]}
GOOD = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "a", "name": "A", "kind": "school",
                                                                                    "class": "park"}, "geometry": SQUARE}]}


def third(**properties):
    """A collection whose third feature is wrong."""
    bad = {"type": "Feature", "properties": properties, "geometry": {"type": "Circle"}}
    two = [{**GOOD["features"][0], "properties": {**GOOD["features"][0]["properties"], "id": name}} for name in ("a", "b")]
    return json.dumps({"type": "FeatureCollection", "features": [*two, bad]})


# file, text (None: a folder), line, words of the message
GEOGRAPHY = [
    ("zones.geojson", '{\n "type": "FeatureCollection",\n "features": [,]}', 3, "not JSON: line 3"),
    ("zones.geojson", "{}", 0, "expected a GeoJSON FeatureCollection"),
    ("zones.geojson", third(id="c", name="C"), 0, "feature 3: expected a Polygon or MultiPolygon with coordinates, found “Circle”"),
    ("places.geojson", '{"features":\n', 2, "not JSON: line 2"),
    ("places.geojson", third(name="C", kind="school"), 0, "feature 3: expected a Point, Polygon or MultiPolygon"),
    ("addresses.csv", "\n\nnumero;nom_voie;lon\n1;rue;4\n", 3, "expected a header with the columns nom_voie, lon and lat"),
    ("addresses.csv", "", 0, "expected a header line, found an empty file"),
    ("addresses.csv", "nom_voie;lon;lat\nrue A;4;47\nrue B;quatre;47\n", 3, "expected degrees in lon and lat"),
    ("basemap.geojson", "[\n\n", 3, "not JSON: line 3"),
    ("basemap.geojson", '{"features": 3}', 0, "expected a GeoJSON FeatureCollection"),
    ("basemap.geojson", third(name="C"), 0, "feature 3: expected the property \"class\" as a text"),
    ("basemap.geojson", third(**{"class": "road"}), 0, "feature 3: expected points, lines or polygons with coordinates, found “Circle”"),
]


def geography():
    """Zones, places, addresses and base map: the file once, the line or the feature's number, what was expected; the city runs."""
    for name, text, line, words in GEOGRAPHY:
        with tempfile.TemporaryDirectory() as folder:
            city = City(folder)
            (city.dir / name).write_text(text)
            with Engine(folder, city) as engine:
                problems = [p for p in engine.get("/api/v1/problems")["problems"] if p["file"].startswith(str(city.dir))]
                assert len(problems) == 1, (name, text, problems)
                assert os.path.basename(problems[0]["file"]) == name, problems
                assert problems[0]["line"] == line and words in problems[0]["message"], (name, problems)
                assert name not in problems[0]["message"] and str(folder) not in problems[0]["message"], problems
                assert ctl(engine, "problems")[1].count(str(city.dir)) == 1
                assert engine.get("/api/v1/status"), name


run([("zones, places, addresses and base map say where they are wrong", geography), ("an empty payload is said alike by every format", empty_payloads), ("rules that lost something stay on", rules_that_lost_something), ("rules check knows the names", rules_check),
     ("stock rules name what is there", stock_rules)])
