#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Rules that change while the engine runs: each change is on record, nothing is overwritten unseen, what did not change goes on, and a
rehearsal that a client asks for neither stalls the engine nor outlives its purpose."""
import datetime
import json
import os
import subprocess
import tempfile
import time

from beffroi import BUILD, DEADLINE_S, SOURCE, ApiError, City, Engine, PARKS_FEED, Payloads, ctl, run

ZERO = "[Rule zero]\nKind=parking.off_street\nWhen=free_spaces = 0\nPriority=medium\nTitle={asset} full\n"
SLOW = "[Rule slow]\nKind=parking.off_street\nWhen=free_spaces = 0\nFor=3h\nPriority=low\nTitle={asset} long full\n"
CROWDED = "[Rule crowded]\nKind=parking.off_street\nWhen=free_spaces < {limit}\nPriority=low\nTitle={{asset}} crowded\n"
RULES = ZERO + SLOW + CROWDED.format(limit=60)
EDITED = ZERO + "# a comment\n" + SLOW + CROWDED.format(limit=40) + ZERO.replace("zero", "other").replace("= 0", "< 55")


def town():
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    records = [{"key": key, "nom": f"Parc {key}", "geo": {"lon": 4.4, "lat": 47.2}, "libres": free, "total": 100, "date_maj": now}
               for key, free in (("a", 0), ("b", 50))]
    return 200, {}, json.dumps({"total_count": 2, "results": records}).encode()


class Place:
    """A city with its feed and an engine."""

    def __init__(self, folder):
        self.payloads, self.city = Payloads(), City(folder)
        self.payloads.answers["/town"] = town
        self.city.feed("town", PARKS_FEED.format(url=self.payloads.url + "/town"))
        self.city.rules("test", RULES)
        self.file = self.city.dir / "rules.d" / "test.rules"
        self.edited = self.city.dir.parent / "test.rules"
        self.engine = Engine(folder, self.city)

    def alerts(self):
        """rule/asset -> (id, state) of our rules that are open."""
        return {f"{a['rule']}{a['asset'].removeprefix('parking')}": (a["id"], a["state"]) for a in self.engine.get("/api/v1/alerts?state=open")["alerts"]
                if a["rule"] in ("zero", "slow", "crowded", "other")}

    def wait_alerts(self, wanted):
        end = time.monotonic() + DEADLINE_S
        while (found := {key: state for key, (_, state) in self.alerts().items()}) != wanted:
            assert time.monotonic() < end, (found, wanted)
            time.sleep(0.05)  # between two questions

    def slow_since(self):
        """Since when the delay of rule slow runs on car park a."""
        return next(rule["since"] for rule in self.engine.get("/api/v1/assets/parking%2Fa/why")["rules"] if rule["id"] == "slow")

    def save(self, text, *arguments):
        self.edited.write_text(text)
        return ctl(self.engine, "rules", "save", str(self.edited), *arguments)

    def changes(self, *what):
        return json.loads(ctl(self.engine, "rules", "history", *what, "--json")[1])["changes"]


def on_record():
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        with place.engine as engine:
            place.wait_alerts({"zero/a": "unacknowledged", "crowded/a": "unacknowledged", "crowded/b": "unacknowledged"})
            before = place.alerts()
            first = place.changes()
            assert [(c["file"], c["reason"], c["rehearsal"]) for c in first] == [("test.rules", None, None)] and first[0]["actor"], first
            base = first[0]["sha256"][:12]
            since = place.slow_since()
            assert since is not None
            code, text, said = ctl(engine, "rules", "show", "test.rules")
            assert (code, text) == (0, RULES) and base in said, (code, text, said)

            # no reason, no base, another base, a bad text: nothing changes
            assert place.save(EDITED)[0] == 2
            code, _, said = place.save(EDITED, "--reason", "x", "--unrehearsed")
            assert code == 4 and base in said, (code, said)
            assert place.save(EDITED, "--reason", "x", "--unrehearsed", "--base", "0" * 12)[0] == 4
            code, _, said = place.save(EDITED.replace("free_spaces < 40", "free_spaces < 40 km"), "--reason", "x", "--unrehearsed", "--base", base)
            assert code == 1 and "test.rules:" in said and "km" in said, (code, said)
            assert place.file.read_text() == RULES and len(place.changes()) == 1

            # with both it is in force: what is as it was goes on, what was changed is judged anew, what is new raises
            code, out, said = place.save(EDITED, "--reason", "crowded came too early", "--base", base)
            assert code == 0 and "crowded came too early" in out, (code, out, said)
            assert place.file.read_text() == EDITED
            place.wait_alerts({"zero/a": "unacknowledged", "crowded/a": "unacknowledged", "crowded/b": "returned", "other/a": "unacknowledged",
                               "other/b": "unacknowledged"})
            after = place.alerts()
            assert all(after[key][0] == before[key][0] for key in before), (before, after)
            assert place.slow_since() == since, (place.slow_since(), since)
            history = engine.get(f"/api/v1/alerts/{before['zero/a'][0]}")["history"]
            assert [event["input"] for event in history] == ["raise"], history
            newest = place.changes()[0]
            rehearsed = {rule["rule"]: rule for rule in newest["rehearsal"]["rules"]}
            assert newest["reason"] == "crowded came too early" and newest["rehearsal"]["figures"]["observations"] > 0, newest
            assert rehearsed["crowded"]["alerts"] == 1 and rehearsed["crowded"]["in_force"]["alerts"] == 2, rehearsed
            assert rehearsed["crowded"]["changes"] == {"same": 1, "moved": 0, "added": 0, "gone": 1}, rehearsed
            assert [c["id"] for c in place.changes("crowded")] == [newest["id"], first[0]["id"]]
            assert [c["id"] for c in place.changes("other")] == [newest["id"]] and place.changes("nothing") == []
            assert [c["id"] for c in place.changes("zero")] == [first[0]["id"]], place.changes("zero")

            # edited on disk: not overwritten, recorded by a reload with its owner
            by_hand = EDITED.replace("< 55", "< 20")
            place.file.write_text(by_hand)
            code, _, said = place.save(RULES, "--reason", "x", "--unrehearsed", "--base", newest["sha256"][:12])
            assert code == 4 and "reload" in said and place.file.read_text() == by_hand, (code, said)
            assert ctl(engine, "rules", "reload")[0] == 0
            hand = place.changes()[0]
            assert (hand["reason"], hand["actor"]) == (None, first[0]["actor"]), hand
            place.wait_alerts({"zero/a": "unacknowledged", "crowded/a": "unacknowledged", "crowded/b": "returned", "other/a": "unacknowledged",
                               "other/b": "returned"})

            # taken back, only as long as it is what is there; the whole history stays
            assert ctl(engine, "rules", "revert", str(newest["id"]), "--reason", "x")[0] == 4
            assert ctl(engine, "rules", "revert", str(hand["id"]))[0] == 2
            assert ctl(engine, "rules", "revert", "999", "--reason", "x")[0] == 3
            code, out, said = ctl(engine, "rules", "revert", str(hand["id"]), "--reason", "not agreed")
            assert code == 0 and place.file.read_text() == EDITED, (code, out, said)
            newest = place.changes()[0]
            assert "not agreed" in newest["reason"] and str(hand["id"]) in newest["reason"] and len(place.changes()) == 4, newest
            one = engine.get(f"/api/v1/rules/changes/{newest['id']}")
            assert (one["before"], one["text"]) == (by_hand, EDITED), one
            engine.stop()
        # over a restart: the record stays, and an edit by hand while no engine ran is recorded; a rule that is gone ends its alerts
        place.file.write_text(ZERO)
        with place.engine as engine:
            assert len(place.changes()) == 5 and place.changes()[0]["reason"] is None, place.changes()
            place.wait_alerts({"zero/a": "unacknowledged", "crowded/a": "returned", "crowded/b": "returned", "other/a": "returned",
                               "other/b": "returned"})
            # a new file, and one that goes by taking back the change that made it
            (place.city.dir.parent / "more.rules").write_text(ZERO.replace("zero", "more"))
            assert ctl(engine, "rules", "save", str(place.city.dir.parent / "more.rules"), "--reason", "one more", "--unrehearsed")[0] == 0
            made = place.changes("more.rules")[0]
            assert (place.city.dir / "rules.d" / "more.rules").exists() and made["reason"] == "one more", made
            assert ctl(engine, "rules", "revert", str(made["id"]), "--reason", "enough")[0] == 0
            assert not (place.city.dir / "rules.d" / "more.rules").exists()
            engine.stop()
        place.payloads.shutdown()


def why_in_two_languages():
    """The engine speaks one language, and says why in the one that is asked for; all of it is in that language."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        for own in ("en", "fr"):
            place.engine.environment = dict(os.environ, LANGUAGE=own)
            with place.engine as engine:
                place.wait_alerts({"zero/a": "unacknowledged", "crowded/a": "unacknowledged", "crowded/b": "unacknowledged"})
                alert = place.alerts()["zero/a"][0]
                for asked, words in (("fr", ("Règle « zero »", "Il y a une alerte", "Pas encore d’alerte", "places libres = 0", "jamais eu de valeur")),
                                     ("en", ("Rule “zero”", "There is an alert", "No alert yet", "free spaces = 0", "never was a value"))):
                    asset = engine.get(f"/api/v1/assets/parking%2Fa/why?language={asked}")
                    said = " ".join(sentence for rule in asset["rules"] for sentence in rule["sentences"]).replace("\u00a0", " ")
                    other = ("There is", "Rule “", "measured") if asked == "fr" else ("Il y a", "Règle", "mesuré")
                    assert asset["language"] == asked and all(w in said for w in words) and not any(w in said for w in other), (own, asked, said)
                    states = {rule["id"]: (rule["state"], rule["alert"]) for rule in asset["rules"]}
                    assert states["zero"] == ("raised", alert) and states["slow"][0] == "waiting", states
                    slow = next(rule for rule in asset["rules"] if rule["id"] == "slow")
                    due, since = (datetime.datetime.fromisoformat(slow[key].replace("Z", "+00:00")) for key in ("due", "since"))
                    assert due - since == datetime.timedelta(hours=3) and slow["values"][0]["feed"] == "town", slow
                    whole = engine.get(f"/api/v1/assets/parking%2Fa?language={asked}")
                    standing = {rule["id"]: rule["standing"] for rule in whole["rules"]}
                    assert standing["zero"].startswith("Il y a" if asked == "fr" else "There is"), standing
                    told = engine.get(f"/api/v1/alerts/{alert}/why?language={asked}")
                    assert told["sentences"][0].startswith(("Règle" if asked == "fr" else "Rule")) and told["rules"][0]["state"] == "raised", told
                    register = engine.get(f"/api/v1/rules/register?language={asked}")
                    ours = next(rule for rule in register["rules"] if rule["id"] == "slow")
                    assert ("pendant 3" if asked == "fr" else "for 3") in ours["words"] and ours["origin"]["file"] == "test.rules", ours
                # afterwards it speaks its own again
                assert ("retour quand" if own == "fr" else "return when") in engine.get("/api/v1/rules")["rules"][0]["words"]
                code, text, _ = ctl(engine, "why", "parking/a", "--language", "fr")
                assert code == 0 and "Il y a une alerte" in text, text
                code, text, _ = ctl(engine, "rules", "register", "--language", "en")
                assert code == 0 and "(`slow`)" in text and "## Parking" in text, text[-2000:]
                assert ctl(engine, "why", "parking/nowhere")[0] == 3 and ctl(engine, "why", "99999")[0] == 3
                engine.stop()
        place.payloads.shutdown()


def rehearsals():
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        with place.engine as engine:
            place.wait_alerts({"zero/a": "unacknowledged", "crowded/a": "unacknowledged", "crowded/b": "unacknowledged"})

            def ended(job):
                end = time.monotonic() + DEADLINE_S
                while (found := engine.get(f"/api/v1/rehearsals/{job['id']}"))["state"] == "running":
                    assert time.monotonic() < end, found
                    time.sleep(0.05)  # between two questions
                return found

            job = engine.post("/api/v1/rehearsals", {"file": "test.rules", "text": EDITED})
            try:
                engine.post("/api/v1/rehearsals", {"text": EDITED})
                assert ended(job)["state"] == "done"  # it was that quick
            except ApiError as refused:
                assert refused.status == 409, refused
            done = ended(job)
            while done["figures"]["assets"] < 2:  # until the store has both car parks
                done = ended(engine.post("/api/v1/rehearsals", {"file": "test.rules", "text": EDITED}))
            assert done["state"] == "done" and {rule["rule"] for rule in done["rules"]} == {"zero", "slow", "crowded", "other"}, done
            assert {(a["rule"], a["asset"], a["change"]) for a in done["alerts"]} >= {("other", "parking/a", "added"), ("zero", "parking/a", "same"),
                                                                                    ("crowded", "parking/b", "gone")}, done["alerts"]
            bad = ended(engine.post("/api/v1/rehearsals", {"text": "[Rule x]\nKind=parking.off_street\nWhen=free_spaces < 1 km\nPriority=low\nTitle=x\n"}))
            assert bad["state"] == "done" and "km" in bad["problems"] and bad["rules"] == [], bad
            for body in ({"from": "yesterday"}, {"file": "../x.rules"}, {"from": "2026-05-04T00:00:00Z", "to": "2026-05-03T00:00:00Z"}):
                try:
                    engine.post("/api/v1/rehearsals", body)
                    raise AssertionError(body)
                except ApiError as refused:
                    assert refused.status == 400, refused
            # of another text than the one that is saved: refused
            try:
                engine.post("/api/v1/rules/files/test.rules", {"text": RULES, "reason": "x", "rehearsal": job["id"]})
                raise AssertionError("a rehearsal of another text was taken")
            except ApiError as refused:
                assert refused.status == 400, refused
            # one that is cancelled ends, and the next may begin
            job = engine.post("/api/v1/rehearsals", {"text": EDITED})
            told = json.loads(engine.request("DELETE", f"/api/v1/rehearsals/{job['id']}"))
            assert told["state"] in ("cancelled", "done") and ended(job)["state"] == told["state"], told
            end = time.monotonic() + DEADLINE_S
            while True:
                try:
                    job = engine.post("/api/v1/rehearsals", {})
                    break
                except ApiError as refused:
                    assert refused.status == 409 and time.monotonic() < end, refused
            engine.stop()  # with one under way
        left = subprocess.run(["pgrep", "-f", f"rules rehearse.*{folder}"], capture_output=True, text=True, check=False).stdout.split()
        assert left == [], left
        place.payloads.shutdown()


run([("a change of a rule is on record, in force and can be taken back", on_record),
     ("why, in two languages", why_in_two_languages),
     ("a rehearsal beside the engine", rehearsals)])
