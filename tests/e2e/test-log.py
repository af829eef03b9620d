#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The log (main courante) from the engine to the file: all that happens is in it, also after kill -9; people write, correct and erase;
what is tampered with is found by beffroictl."""
import csv
import json
import sqlite3
import subprocess
import tempfile

from beffroi import BUILD, ApiError, run, ctl, DEADLINE_S
from town import RULE, Town


def verify(engine, *arguments):
    result = subprocess.run([BUILD / "src/ctl/beffroictl", "log", "verify", "--json", "--data", engine.data, *arguments],
                            capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    return result.returncode, json.loads(result.stdout) if result.stdout.startswith("{") else result.stderr


def kinds(engine, query=""):
    return [e["kind"] for e in reversed(engine.get("/api/v1/log?limit=1000" + query)["entries"])]


def all_is_in_it():
    """Start, three alerts, an acknowledgement, a feed that is stopped, a rule that is saved: each an entry, and after kill -9 too."""
    with Town() as engine:
        engine.post("/api/v1/alerts/1/acknowledge", {"comment": "équipe appelée"})
        engine.post("/api/v1/feeds/parks/pause", {"reason": "travaux"})
        engine.post("/api/v1/feeds/parks/resume")
        log = engine.get("/api/v1/log?limit=1000")["entries"]
        assert log[-1]["kind"] == "start" and log[-1]["seq"] == 1, log[-1]
        raised = [e for e in log if e["kind"] == "transition" and e["subject"] == "raise"]
        assert sorted(e["alert"] for e in raised) == [1, 2, 3], raised
        assert all("Few places" in e["text"] and e["asset"].startswith("parking/") and e["asset_name"] for e in raised), raised
        (ack,) = [e for e in log if e["kind"] == "action" and e.get("alert") == 1]
        assert ack["subject"] == "acknowledge" and "équipe appelée" in ack["text"] and ack["actor"] != "engine", ack
        stops = [(e["subject"], e["feed"], e.get("text")) for e in log if e["kind"] == "action" and "feed" in e]
        assert stops == [("resume", "parks", None), ("pause", "parks", "travaux")], stops
        assert any(e["kind"] == "rules" and e["actor"] != "engine" and e["subject"] == "rules.d/few.rules" for e in log), log
        head = engine.get("/api/v1/log/head")
        engine.kill()
        code, verdict = verify(engine, f"{head['seq']}:{head['digest']}")
        assert code == 0 and verdict["whole"] and verdict["head_seq"] >= head["seq"], verdict
        engine.start()
        engine.stop()
        code, verdict = verify(engine, f"{head['seq']}:{head['digest']}")
        assert code == 0 and verdict["whole"], verdict
        engine.start()
        assert kinds(engine, "&kind=start") == ["start"] * 3 and kinds(engine, "&kind=stop") == ["stop"]


def people_write():
    """A note about an alert, a correction of it, a search, an erasure; what cannot be is refused with its reason."""
    with Town() as engine:
        note = engine.post("/api/v1/log", {"text": "M. Zweig a appelé : fuite devant l'école", "alert": 2})
        assert note["kind"] == "note" and note["alert"] == 2, note
        correction = engine.post(f"/api/v1/log/{note['seq']}/correct", {"text": "c'est Mme Zweig"})
        assert correction["refers"] == note["seq"] and correction["alert"] == 2, correction
        assert engine.get(f"/api/v1/log/{note['seq']}")["corrected_by"] == correction["seq"]
        assert [e["seq"] for e in engine.get("/api/v1/log?text=ECOLE%20fuit")["entries"]] == [note["seq"]]
        assert [e["seq"] for e in engine.get("/api/v1/log?alert=2&kind=note")["entries"]] == [note["seq"]]
        erasure = engine.post(f"/api/v1/log/{note['seq']}/erase", {"reason": "RGPD art. 17"})
        gone = engine.get(f"/api/v1/log/{note['seq']}")
        assert "text" not in gone and gone["erased_by"] == erasure["seq"], gone
        assert engine.get("/api/v1/log?text=ecole")["entries"] == []
        for status, path, body in ((400, "/api/v1/log", {"text": " \n"}), (400, "/api/v1/log", {}), (400, "/api/v1/log", {"text": 7}),
                                   (400, "/api/v1/log", {"text": "x" * 4001}), (404, "/api/v1/log", {"text": "x", "asset": "no/such"}),
                                   (404, "/api/v1/log/9999/correct", {"text": "x"}), (404, "/api/v1/log/x/erase", {"reason": "x"}),
                                   (400, f"/api/v1/log/{correction['seq']}/erase", {}),
                                   (409, f"/api/v1/log/{note['seq']}/erase", {"reason": "again"}),
                                   (409, f"/api/v1/log/{erasure['seq']}/erase", {"reason": "the reason too"})):
            try:
                engine.post(path, body)
                raise AssertionError((path, body))
            except ApiError as error:
                assert error.status == status, (path, body, error.status, error.body)
        try:
            engine.get("/api/v1/log?kind=gossip")
            raise AssertionError("a kind that is none")
        except ApiError as error:
            assert error.status == 400
        code, verdict = verify(engine)
        assert code == 0 and verdict["erased"] == 1, verdict


def an_outage():
    """A feed that fails three times, and comes back."""
    town = Town()
    with town as engine:
        good = town.payloads.answers.pop("/parks")
        stream = engine.stream(0)
        engine.post("/api/v1/feeds/parks/resume")
        deadline = [e for e in engine.get("/api/v1/log?kind=outage")["entries"]]
        assert not deadline
        while not engine.get("/api/v1/log?kind=outage")["entries"]:
            stream.wait(lambda m: m["type"] == "feed", "a feed's change")
        (outage,) = engine.get("/api/v1/log?kind=outage")["entries"]
        assert outage["feed"] == "parks" and outage["text"], outage
        town.payloads.answers["/parks"] = good
        while not engine.get("/api/v1/log?kind=recovery")["entries"]:
            stream.wait(lambda m: m["type"] == "feed", "a feed's change")
        stream.close()


def at_the_prompt():
    """beffroictl log: list, note, correct, erase, export as CSV and PDF, head; verify of a log that somebody changed."""
    with Town() as engine, tempfile.TemporaryDirectory() as folder:
        code, out, err = ctl(engine, "log", "note", "=1+1", "ronde", "faite")
        assert code == 0, err
        number = out.split()[1]
        code, out, err = ctl(engine, "log", "correct", number, "ronde non faite")
        assert code == 0, err
        code, out, err = ctl(engine, "log", "search", "ronde")
        assert code == 0 and out.count("ronde") == 2 and "corrected by" in out, out
        code, out, err = ctl(engine, "log", "export", f"{folder}/log.csv")
        assert code == 0, err
        with open(f"{folder}/log.csv", newline="", encoding="utf8") as file:
            rows = list(csv.DictReader(file))
        assert [int(r["seq"]) for r in rows] == list(range(1, len(rows) + 1)), rows
        assert rows[int(number) - 1]["text"] == "'=1+1 ronde faite", rows[int(number) - 1]
        code, out, err = ctl(engine, "log", "export", f"{folder}/log.pdf")
        assert code == 0 and open(f"{folder}/log.pdf", "rb").read(5) == b"%PDF-", err
        code, out, err = ctl(engine, "log", "erase", number)
        assert code == 2 and "--reason" in err, err
        code, out, err = ctl(engine, "log", "erase", number, "--reason", "erreur")
        assert code == 0, err
        code, head, err = ctl(engine, "log", "head")
        assert code == 0, err
        engine.stop()
        assert verify(engine, head.strip())[0] == 0
        database = sqlite3.connect(engine.data / "alerts.db")
        database.execute("DROP TRIGGER log_text_fixed")
        database.execute("UPDATE log_text SET text = 'rien' WHERE seq = ?", (int(number) + 1,))
        database.commit()
        database.close()
        code, verdict = verify(engine)
        assert code == 6 and verdict["first"] == int(number) + 1 and not verdict["whole"], verdict
        assert verify(engine, "7:zz")[0] == 2


def a_procedure():
    """Steps are ticked and left out, each an entry; twice is refused, out of the list too; a procedure without steps is a problem with its line."""
    town = Town()
    town.city.rules("few", RULE + "Procedure=parking-full\n")
    folder = town.city.dir / "procedures.d"
    folder.mkdir()
    (folder / "parking-full.md").write_text("---\nreviewed: 2026-03-14\n---\n# Full\n\n1. Look.\n2. Call.\n\n## Agent\n\n1. Close.\n")
    (folder / "parking-full.fr.md").write_text("# Complet\n\n1. Regarder.\n2. Appeler.\n3. Fermer.\n")
    (folder / "empty.md").write_text("# Nothing\n\nWords.\n")
    with town as engine:
        steps = engine.get("/api/v1/alerts/1/procedure")
        assert (steps["title"], steps["reviewed"]) == ("Full", "2026-03-14"), steps
        assert [(s["n"], s["text"], s.get("role"), s["state"]) for s in steps["steps"]] == [
            (1, "Look.", None, "todo"), (2, "Call.", None, "todo"), (3, "Close.", "Agent", "todo")], steps
        assert engine.get("/api/v1/alerts/1/procedure?language=fr")["title"] == "Complet"
        done = engine.post("/api/v1/alerts/1/step", {"step": 2})
        assert (done["kind"], done["subject"], done["alert"]) == ("step", "parking-full#2", 1), done
        engine.post("/api/v1/alerts/1/step", {"step": 1, "skip": "no key"})
        engine.post("/api/v1/alerts/1/step", {"step": 1, "text": "seen after all"})
        states = [(s["state"], s.get("text_of_entry")) for s in engine.get("/api/v1/alerts/1/procedure")["steps"]]
        assert states == [("done", "seen after all"), ("done", None), ("todo", None)], states
        assert all(s["state"] == "todo" for s in engine.get("/api/v1/alerts/2/procedure")["steps"])
        for status, body in ((409, {"step": 2}), (409, {"step": 1, "skip": "x"}), (400, {"step": 0}), (400, {}), (400, {"step": 3, "skip": " "}),
                             (400, {"step": 3, "skip": 7}), (404, {"step": 4})):
            try:
                engine.post("/api/v1/alerts/1/step", body)
                raise AssertionError(body)
            except ApiError as error:
                assert error.status == status, (body, error)
        every = engine.get("/api/v1/procedures")
        (full,) = [p for p in every["procedures"] if p["procedure"] == "parking-full"]
        assert full["rules"][-1] == "few" or "few" in full["rules"], full
        assert every["rules_without"] is not None and not any(p["procedure"] == "empty" for p in every["procedures"])
        problems = [p for p in engine.get("/api/v1/problems")["problems"] if p["file"].endswith("empty.md")]
        assert len(problems) == 1 and problems[0]["line"] == 1, problems
        (folder / "empty.md").write_text("# Nothing\n\n1. Look.\n")
        engine.post("/api/v1/rules/reload")
        assert not [p for p in engine.get("/api/v1/problems")["problems"] if p["file"].endswith("empty.md")]
        code, out, err = ctl(engine, "procedures", "1")
        assert code == 0 and "2026-03-14" in out and "seen after all" in out, out
        code, out, err = ctl(engine, "skip", "1", "3")
        assert code == 2 and "--reason" in err, err
        code, out, err = ctl(engine, "skip", "1", "3", "--reason", "already closed")
        assert code == 0, err
        code, out, err = ctl(engine, "procedures")
        assert code == 0 and "parking-full" in out, out


def a_handover():
    """What is open, who has it, what was begun and noted is handed over once, taken once by name, and printed."""
    town = Town()
    town.city.rules("few", RULE + "Procedure=parking-full\n")
    with town as engine, tempfile.TemporaryDirectory() as folder:
        engine.post("/api/v1/alerts/1/acknowledge", {"comment": "équipe appelée"})
        engine.post("/api/v1/alerts/1/step", {"step": 1})
        engine.post("/api/v1/log", {"text": "ronde faite"})
        engine.post("/api/v1/feeds/parks/pause", {"reason": "travaux"})
        draft = engine.get("/api/v1/handover")
        assert "last" not in draft, draft
        for words in ("Open alerts (3)", "Few places", "équipe appelée", "nobody has it", "Procedures that were begun (1)", "parks", "travaux",
                      "ronde faite", "Alerts raised: 3"):
            assert words in draft["text"], (words, draft["text"])
        given = engine.post("/api/v1/handover", {"note": "calme"})
        assert given["kind"] == "handover" and given["text"].startswith("calme\n"), given
        taken = engine.post(f"/api/v1/handover/{given['seq']}/countersign", {"name": "Karim B."})
        assert (taken["kind"], taken["refers"], taken["text"]) == ("countersign", given["seq"], "Karim B."), taken
        for status, path, body in ((409, f"/api/v1/handover/{given['seq']}/countersign", {"name": "Zoé"}),
                                   (400, f"/api/v1/handover/{given['seq']}/countersign", {"name": " "}),
                                   (404, "/api/v1/handover/1/countersign", {"name": "Zoé"}), (404, "/api/v1/handover/x/countersign", {"name": "Zoé"})):
            try:
                engine.post(path, body)
                raise AssertionError((path, body))
            except ApiError as error:
                assert error.status == status, (path, error)
        again = engine.get("/api/v1/handover")
        assert again["last"] == given["seq"] and "ronde faite" not in again["text"] and "Alerts raised: 0" in again["text"], again
        code, out, err = ctl(engine, "handover", "give", "--comment", "suite")
        assert code == 0, err
        number = out.split()[1]
        code, out, err = ctl(engine, "handover", "take", number, "Zoé", "Lefèvre")
        assert code == 0, err
        code, out, err = ctl(engine, "handover", "print", number, f"{folder}/h.pdf")
        assert code == 0 and open(f"{folder}/h.pdf", "rb").read(5) == b"%PDF-", err
        code, out, err = ctl(engine, "handover", "print", "1", f"{folder}/x.pdf")
        assert code == 3, (code, err)
        code, out, err = ctl(engine, "handover", "take", number)
        assert code == 2, (code, err)


run([("a-handover", a_handover), ("a-procedure", a_procedure), ("all-is-in-it", all_is_in_it), ("people-write", people_write), ("an-outage", an_outage), ("at-the-prompt", at_the_prompt)])
