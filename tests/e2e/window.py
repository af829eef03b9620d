# SPDX-License-Identifier: EUPL-1.2
"""The real window driven by name over AT-SPI: what its tests share. GTK 4.8 gives no coordinates, so nothing is clicked by place."""
import os
import subprocess
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

from beffroi import BUILD, DEADLINE_S  # noqa: E402


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
    """The real console on the test's display, with these arguments."""

    def __init__(self, *arguments, **environment):
        environment = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="en", GTK_A11Y="atspi", GSK_RENDERER="cairo", GDK_BACKEND="x11",
                           GSETTINGS_BACKEND="memory", G_DEBUG="fatal-criticals", **environment)
        self.process = subprocess.Popen([BUILD / "src/console/beffroi", *arguments], env=environment)
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

    def write(self, node, text):
        """Writes into the field that is, or lies in, this node."""
        for inner in descend(node):
            editable = inner.get_editable_text_iface()
            if editable is not None and editable.set_text_contents(text):
                return
        raise AssertionError(f"nothing can be written into {text_of(node)}")

    def choose_alert(self, title):
        """Chooses the row of the board that says this title, through the list that it stands in."""
        self.wait(says(title), "the alert's title on the board")
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            row = self.find(lambda n: role_of(n) in ("list item", "table row", "row") and any(says(title)(c) for c in descend(n)))
            parent = row.get_parent() if row is not None else None
            selection = parent.get_selection_iface() if parent is not None else None
            if selection is not None and selection.select_child(row.get_index_in_parent()):
                return
            self.turn()
        raise AssertionError(f"the row of {title} cannot be chosen")

    def press_when_ready(self, name):
        self.press(self.wait(lambda n: button(name)(n) and n.get_state_set().contains(Atspi.StateType.SENSITIVE), f"the button {name}"))

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
