#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The engine lives through something; then `beffroictl rules rehearse` over its store tells the same: the same transitions of the same rules
on the same assets, at the time at which they were due. The engine's own may be a moment later: when a timer ran late, or its clock was
ahead of a payload's result time already."""
import datetime
import json
import subprocess
import tempfile

from beffroi import BUILD, DEADLINE_S, SOURCE, City, Engine, PARKS_FEED, Payloads, run

RULES = """[Rule zero]
Kind=parking.off_street
When=free_spaces = 0
Priority=medium
Title={asset} full
[Rule crowded]
Kind=parking.off_street
When=occupancy >= 90 %
Clear=occupancy < 80 %
Priority=low
Title={asset} crowded: {occupancy}
[Rule everywhere]
Kind=parking.off_street
When=count(free_spaces = 0 over service) >= 2 and free_spaces = 0
Priority=high
Title={asset} full, as others
[Rule held]
Kind=parking.off_street
When=free_spaces = 0
For=2s
Priority=high
Title={asset} full for two seconds
"""
# Free places of three car parks of 100, a column an answer; the last ones are calm, so that all delays have ended.
FREE = {"a": [50, 0, 0, 0, 0, 9, 30, 30, 0, 30, 30, 30, 30, 30],
        "b": [50, 50, 9, 0, 0, 0, 0, 30, 5, 5, 30, 30, 30, 30],
        "c": [50, 15, 15, 9, 15, 25, 0, 0, 0, 0, 0, 0, 30, 31]}
OURS = ("zero", "crowded", "everywhere", "held")


class Town:
    """Answers the next column of FREE each time that it is asked, the last one for ever."""

    def __init__(self):
        self.asked = 0
        self.lines = []  # what it said, an observation each, as replay reads it

    def __call__(self):
        column = min(self.asked, len(FREE["a"]) - 1)
        self.asked += 1
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        records = [{"key": key, "nom": f"Parc {key}", "geo": {"lon": 4.4, "lat": 47.2}, "libres": free[column], "total": 100, "date_maj": now}
                   for key, free in FREE.items()]
        for record in records:
            for name, value in (("free_spaces", record["libres"]), ("capacity", record["total"])):
                self.lines.append({"t": now, "asset": f"parking/{record['key']}", "property": name, "value": value})
        return 200, {}, json.dumps({"total_count": 3, "results": records}).encode()


def stamp(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def live(engine, whole):
    """What the engine tells until car park c is as at the end: (rule, asset, input, time) of our rules; @whole: the messages."""
    told = []
    stream = engine.stream(0)

    def take(message):
        if message["type"] == "alert" and message["alert"]["rule"] in OURS:
            told.append((message["alert"]["rule"], message["alert"]["asset"], message["event"]["input"], message["event"]["at"]))
            whole.append(message)
        return message["type"] == "values" and any(row[:3] == ["parking/c", "free_spaces", 31] for row in message["values"])

    stream.wait(take, "the last answer", 3 * DEADLINE_S)
    stream.close()
    return told


def rehearse(city, engine, *arguments):
    result = subprocess.run([BUILD / "src/ctl/beffroictl", "rules", "rehearse", "--city", city.dir, "--data", engine.data, "--json", *arguments],
                            capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert result.returncode == 0, (result.returncode, result.stderr)
    return [json.loads(line) for line in result.stdout.splitlines()]


def transitions(lines):
    told = []
    for line in lines:
        if line["type"] == "alert" and line["rule"] in OURS:
            told.append((line["rule"], line["asset"], "raise", line["raised"]))
            if line["cleared"] is not None:
                told.append((line["rule"], line["asset"], "clear", line["cleared"]))
    return told


def by_asset(told):
    """The story of each rule and asset, in the order of time."""
    return sorted(told, key=lambda one: (one[0], one[1], one[3]))


def same_as_live():
    with tempfile.TemporaryDirectory() as folder:
        payloads, city = Payloads(), City(folder)
        payloads.answers["/town"] = Town()
        city.feed("town", PARKS_FEED.format(url=payloads.url + "/town"))
        city.rules("test", RULES)
        # The town's day goes by in seconds: nothing of it chatters.
        with open(city.dir / "city.conf", "a") as conf:
            conf.write("[Alerts]\nChatter=16 in 1s\n")
        engine = Engine(folder, city)
        with engine:
            told = live(engine, [])
            beside = rehearse(city, engine)
            engine.stop()
        again = rehearse(city, engine)
        payloads.shutdown()
        rehearsed = transitions(again)
        assert len(told) >= 24 and {rule for rule, *_ in told} == set(OURS), told
        for one, other in zip(by_asset(told), by_asset(rehearsed), strict=True):
            late = stamp(one[3]) - stamp(other[3])
            assert one[:3] == other[:3] and datetime.timedelta(0) <= late < datetime.timedelta(seconds=1), (one, other)
        # beside the running engine it is read too; what was not yet on disk then may be missing
        assert set(transitions(beside)) <= set(rehearsed), beside
        figures = again[-1]
        assert figures["late"] == figures["refused"] == 0 and figures["assets"] == 3, figures


def replay_same_as_live():
    """The same observations, written down as they were sent, through `beffroictl replay`: the same transitions, with the same words."""
    with tempfile.TemporaryDirectory() as folder:
        payloads, city, town, whole = Payloads(), City(folder), Town(), []
        payloads.answers["/town"] = town
        city.feed("town", PARKS_FEED.format(url=payloads.url + "/town"))
        city.rules("test", RULES)
        engine = Engine(folder, city)
        with engine:
            live(engine, whole)
            engine.stop()
        payloads.shutdown()
        past = f"{folder}/past.ndjson"
        with open(past, "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in town.lines)
        result = subprocess.run([BUILD / "src/ctl/beffroictl", "replay", "--city", city.dir, "--data", engine.data, "--plugins",
                                 SOURCE / "plugins", "--observations", past, "--json"], capture_output=True, text=True,
                                timeout=DEADLINE_S, check=False)
        assert result.returncode == 0, (result.returncode, result.stderr)
        replayed = [told for told in map(json.loads, result.stdout.splitlines()) if told["rule"] in OURS]
        assert all(list(told) == ["t", "rule", "asset", "from", "to", "priority", "title", "values"] for told in replayed), replayed
        assert len(whole) >= 24, whole
        one = sorted(({"rule": m["alert"]["rule"], "asset": m["alert"]["asset"], "t": m["event"]["at"], "from": m["event"]["from"],
                       "to": m["event"]["to"], "priority": m["alert"]["priority"], "title": m["alert"]["title"],
                       "values": [(v["property"], v["value"]) for v in m["alert"]["values"]]} for m in whole),
                     key=lambda told: (told["rule"], told["asset"], told["t"]))
        other = sorted(replayed, key=lambda told: (told["rule"], told["asset"], told["t"]))
        for a, b in zip(one, other, strict=True):
            late = stamp(a.pop("t")) - stamp(b.pop("t"))
            b["values"] = [(v["property"], v["value"]) for v in b["values"]]
            if a["to"] != "unacknowledged":  # the engine's alert keeps the values that raised it, a replay tells those of the moment
                a["values"] = b["values"]
            assert a == b and datetime.timedelta(0) <= late < datetime.timedelta(seconds=1), (a, b, late)


def edited_beside_in_force():
    """A stricter text of a rule that the city has: both are counted over the same past; a bad text is named and nothing is tried."""
    with tempfile.TemporaryDirectory() as folder:
        city = City(folder)
        city.rules("test", RULES)
        past = f"{folder}/past.csv"
        with open(past, "w") as file:
            file.write("t,asset,free_spaces,capacity\n")
            for minute, free in enumerate([50, 9, 5, 15, 50, 9, 50]):
                file.write(f"2026-05-01T12:{minute:02}:00Z,a,{free},100\n")
        edited = f"{folder}/edited.rules"
        with open(edited, "w") as file:
            file.write("[Rule crowded]\nKind=parking.off_street\nWhen=occupancy >= 95 %\nClear=occupancy < 80 %\nPriority=low\nTitle=x\n")
        program = [BUILD / "src/ctl/beffroictl", "rules", "rehearse", edited, "--plugins", SOURCE / "plugins", "--city", city.dir, "--series",
                   past, "--kind", "parking.off_street"]
        result = subprocess.run([*program, "--json"], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        assert result.returncode == 0, result.stderr
        rule = next(line for line in map(json.loads, result.stdout.splitlines()) if line["type"] == "rule")
        assert (rule["alerts"], rule["longest_s"]) == (1, 120), rule
        assert (rule["in_force"]["alerts"], rule["in_force"]["longest_s"]) == (2, 180), rule
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert rule["changes"] == lines[-1]["changes"] == {"same": 0, "moved": 1, "added": 0, "gone": 1}, rule
        spans = [(line["type"], line["change"], line["raised"][11:16], line["cleared"][11:16]) for line in lines if "change" in line]
        assert spans == [("alert", "moved", "12:02", "12:04"), ("gone", "gone", "12:05", "12:06")], spans
        moved = next(line for line in lines if line.get("change") == "moved")
        assert moved["in_force"]["raised"][11:16] == "12:01" and moved["in_force"]["cleared"][11:16] == "12:04", moved
        with open(edited, "a") as file:
            file.write("[Rule far]\nKind=parking.off_street\nWhen=occupancy >= 95 km\nPriority=low\nTitle=x\n")
        result = subprocess.run(program, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        assert result.returncode == 6 and "edited.rules:9:" in result.stderr and "km" in result.stderr, (result.returncode, result.stderr)


run([("a rehearsal of its store tells what the engine told", same_as_live),
     ("a replay of the observations tells what the engine told", replay_same_as_live),
     ("an edited rule beside the one in force", edited_beside_in_force)])
