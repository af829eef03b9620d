#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The whole way through the window: a captured payload over local HTTP, the real engine, the real window driven by name over AT-SPI.
The alert is found on the board, acknowledged with the window's button, seen acknowledged by the API; the engine is killed, the window
says so, comes back by itself, and the alert is still acknowledged."""
import os
import subprocess
import tempfile
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

from beffroi import BUILD, DEADLINE_S, KARLSRUHE, City, Engine, Payloads, capture, redate, run  # noqa: E402

RULES = """[Rule test_few]
Kind=parking.off_street
When=free_spaces < 20
Priority=high
Title=Few places at {asset}: {free_spaces}
Title[fr]=Peu de places à {asset} : {free_spaces}
"""


def descend(node, depth=0):
    """Every accessible below, bounded; what vanishes meanwhile is passed over."""
    if node is None or depth > 60:
        return
    yield node
    try:
        count = node.get_child_count()
    except GLib.Error:
        return
    for i in range(min(count, 500)):
        try:
            child = node.get_child_at_index(i)
        except GLib.Error:
            continue
        yield from descend(child, depth + 1)


def text_of(node):
    try:
        return node.get_name() or ""
    except GLib.Error:
        return ""


def role_of(node):
    try:
        return node.get_role_name()
    except GLib.Error:
        return ""


class Window:
    """The real console on the test's display."""

    def __init__(self, address):
        environment = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="en", GTK_A11Y="atspi", GSK_RENDERER="cairo", GDK_BACKEND="x11",
                           GSETTINGS_BACKEND="memory")
        self.process = subprocess.Popen([BUILD / "src/console/beffroi", "--connect", address], env=environment)
        self.loop = GLib.MainContext.default()

    def application(self):
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            try:
                if child is not None and child.get_process_id() == self.process.pid:
                    return child
            except GLib.Error:
                continue
        return None

    def find(self, matches):
        application = self.application()
        for node in descend(application) if application is not None else ():
            if matches(node):
                return node
        return None

    def wait(self, matches, what, seconds=DEADLINE_S):
        """Looks again whenever the toolkit may have changed something, until the deadline."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the window ended with {self.process.returncode} while waiting for {what}"
            found = self.find(matches)
            if found is not None:
                return found
            self.turn()
        names = sorted({f"{role_of(n)}: {text_of(n)}" for n in descend(self.application()) if text_of(n)})
        raise AssertionError(f"not seen within {seconds:.0f} s: {what}; the window says: {names}")

    def turn(self):
        """One turn of the loop: the next event of the bus, or a look at the latest 50 ms later."""
        source = GLib.timeout_add(50, lambda: GLib.SOURCE_REMOVE)
        self.loop.iteration(True)
        if self.loop.find_source_by_id(source) is not None:
            GLib.source_remove(source)

    def press(self, node):
        action = node.get_action_iface()
        assert action is not None and action.get_n_actions() > 0, f"{text_of(node)} has no action"
        assert action.do_action(0), f"{text_of(node)} cannot be pressed"

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def button(name):
    return lambda node: role_of(node) in ("push button", "button") and name in text_of(node)


def says(words):
    return lambda node: words in text_of(node)


def through_the_window():
    body = redate(capture("parking/parkapi/karlsruhe.json"))
    with tempfile.TemporaryDirectory() as folder:
        payloads = Payloads()
        payloads.answers["/karlsruhe"] = body
        city = City(folder, name="Karlsruhe")
        city.feed("karlsruhe", KARLSRUHE.format(url=payloads.url + "/karlsruhe", every="1s", stale="1h"))
        city.rules("test", RULES)
        with Engine(folder, city) as engine:
            stream = engine.stream(0)
            alert = stream.wait(lambda m: m["type"] == "alert" and m["alert"]["rule"] == "test_few", "an alert")["alert"]
            window = Window(engine.address)
            try:
                acknowledge_there(window, engine, stream, alert)
                survive(window, engine, alert)
            finally:
                window.close()
        payloads.shutdown()


def acknowledge_there(window, engine, stream, alert):
    window.wait(says(alert["title"]["en"]), "the alert's title on the board")
    for _ in range(200):
        # The row is the one that holds the title; it is chosen through the list that it stands in.
        row = window.find(lambda n: role_of(n) in ("list item", "table row", "row") and any(
            says(alert["title"]["en"])(c) for c in descend(n)))
        if row is not None:
            parent = row.get_parent()
            selection = parent.get_selection_iface() if parent is not None else None
            if selection is not None and selection.select_child(row.get_index_in_parent()):
                break
        window.turn()
    window.press(window.wait(lambda n: button("Acknowledge")(n) and n.get_state_set().contains(Atspi.StateType.SENSITIVE),
                             "the button Acknowledge"))
    stream.wait(lambda m: m["type"] == "alert" and m["alert"]["id"] == alert["id"] and m["alert"]["state"] == "acknowledged",
                "the acknowledgement on the stream")
    held = engine.get(f"/api/v1/alerts/{alert['id']}")
    assert held["state"] == "acknowledged" and held["acknowledged"]["by"], held


def survive(window, engine, alert):
    engine.kill()
    window.wait(says("lost"), "the window saying that the engine is lost")
    engine.start()
    window.wait(lambda n: says("ACKNOWLEDGED")(n) or says("Acknowledged")(n), "the acknowledged alert on the board")
    assert engine.get(f"/api/v1/alerts/{alert['id']}")["state"] == "acknowledged"


run([("a capture to an alert acknowledged in the window", through_the_window)])
