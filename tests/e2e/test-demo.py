#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""A newcomer's five minutes through the real window, as ./run opens it: the demo city of the build with its own server and the private
engine. The guide's steps are done with the window's buttons and ticked off by the window itself; then the newcomer's own city is made
of an address."""
import datetime
import glob
import http.client
import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from beffroi import BUILD, SOURCE, Payloads, UnixConnection, run
from window import Window, button, descend, role_of, says, text_of

FIRST_ALERT_S = 60  # a newcomer sees an alert within the first minute


class Demo:
    """The demo city in a temporary folder, its server and its window; nothing of the person's own folders is touched."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.city = self.folder / "clairbourg"
        shutil.copytree(BUILD / "data/demo/city", self.city)
        self.server = subprocess.Popen([BUILD / "data/demo/bf-demo-server", "--city", self.city, "--scenario", "market",
                                        "--push-to", f"unix:{self.folder}/runtime/beffroi-*/engine.sock", "--with-parent"],
                                       stdout=subprocess.PIPE, text=True)
        url = self.server.stdout.readline().strip().removeprefix("listening on ")
        mqtt = self.server.stdout.readline().strip().removeprefix("mqtt on ")
        runtime = self.folder / "runtime"
        runtime.mkdir(mode=0o700)
        self.started = time.monotonic()
        self.window = Window("--city", self.city, "--data", self.folder / "data", BEFFROI_DEMO_URL=url, BEFFROI_DEMO_MQTT=mqtt,
                             XDG_RUNTIME_DIR=str(runtime), XDG_DATA_HOME=str(self.folder / "share"),
                             XDG_STATE_HOME=str(self.folder / "state"))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.window.close()
        self.server.terminate()
        self.server.wait()
        self.server.stdout.close()

    def get(self, path):
        """What the private engine that runs answers; None while it does not."""
        for socket in glob.glob(str(self.folder / "runtime" / "beffroi-*" / "engine.sock")):
            connection = UnixConnection(socket, 5)
            try:
                connection.request("GET", path)
                return json.loads(connection.getresponse().read())
            except (OSError, http.client.HTTPException):
                continue
            finally:
                connection.close()
        return None

    def wait(self, seek, what, seconds):
        deadline = self.started + seconds
        while time.monotonic() < deadline:
            found = seek()
            if found:
                return found
            self.window.turn()
        raise AssertionError(f"not seen within {seconds} s of the start: {what}")


def first_alert(demo):
    """The alert that the newcomer sees first."""
    alerts = demo.get("/api/v1/alerts?state=open")
    return alerts["alerts"][0] if alerts and alerts["alerts"] else None


def guide():
    with tempfile.TemporaryDirectory() as folder, Demo(folder) as demo:
        window = demo.window
        alert = demo.wait(lambda: first_alert(demo), "the first alert", FIRST_ALERT_S)
        window.choose_alert(alert["title"]["en"])
        window.wait(says("Done: Choose an alert"), "the guide ticking the choice")
        window.press_when_ready("Acknowledge")
        window.wait(says("Done: Acknowledge it"), "the guide ticking the acknowledgement")
        epoch = demo.get("/api/v1/hello")["epoch"]
        window.press_when_ready("Kill")
        window.wait(says("Done: It is back, the alert still acknowledged"), "the engine back, the alert still acknowledged")
        assert demo.get("/api/v1/hello")["epoch"] > epoch, "the engine that answers is the one that was killed"
        held = demo.get(f"/api/v1/alerts/{alert['id']}")
        assert held["acknowledged"]["by"], held
        window.press_when_ready("Cut")
        window.wait(says("Done: The city says that it does not know"), "the city saying that it does not know", 60)
        window.press_when_ready("Restore")
        window.wait(button("Cut"), "the feed restored")


def fixture_of_now():
    """The Explore API's export of the parking plugin's fixtures, as if it were published now."""
    body = (SOURCE / "plugins/parking/fixtures/ods-export.json").read_bytes()
    shift = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat("2026-03-01T11:00:00+00:00")

    def move(match):
        stamp = datetime.datetime.fromisoformat(match.group().decode().replace("Z", "+00:00")) + shift
        return stamp.strftime("%Y-%m-%dT%H:%M:%S%z").encode()

    return re.sub(rb"2026-03-0\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", move, body)


def field(name):
    return lambda node: name in text_of(node) and any(n.get_editable_text_iface() is not None for n in descend(node))


def propose(window, url, assets):
    window.write(window.wait(field("Address of the feed"), "the field of the address"), url)
    window.press_when_ready("See what it gives")
    window.wait(says(f"Found: {assets} asset"), f"{assets} car parks proposed")


def is_found(window, words):
    """What the newcomer looks for is among the answers of the search."""
    window.write(window.wait(lambda n: text_of(n) == "Search" and n.get_editable_text_iface() is not None, "the search"), words)
    window.wait(lambda n: role_of(n) in ("list", "list box") and text_of(n) == "Search results"
                and any(says(words)(c) for c in descend(n)), f"{words} among the answers of the search")


def my_city():
    with tempfile.TemporaryDirectory() as folder, Demo(folder) as demo:
        window = demo.window
        payloads = Payloads()
        ods = "/api/explore/v2.1/catalog/datasets/parcs/exports/json"
        payloads.answers[ods] = fixture_of_now()
        window.press_when_ready("Connect…")
        window.write(window.wait(field("Name of the city"), "the field of the name"), "Rive-d’Essai")
        propose(window, payloads.url + ods, 7)
        window.press_when_ready("Save and open my city")
        window.wait(says("Your feed is connected"), "the feed connected")
        is_found(window, "Les Lices")
        hello = demo.get("/api/v1/hello")
        assert hello["city"]["name"] == "Rive-d’Essai" and not hello["city"]["demo"], hello
        payloads.shutdown()


run([("the guide of the demo city: seen, acknowledged, killed, back, cut", guide),
     ("connect my city: an address, a proposal, its car parks", my_city)])
