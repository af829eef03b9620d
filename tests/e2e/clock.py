# SPDX-License-Identifier: EUPL-1.2
"""A clock for the programs under test, which can be set and on which minutes pass as on a machine that was suspended (set-clock.c). The
machine's own is not touched."""
import datetime
import mmap
import os
import struct
import zoneinfo
from pathlib import Path

from beffroi import BUILD

SHIM = os.environ.get("BF_TEST_SET_CLOCK")  # not there under a sanitizer, which wants to be the first that is loaded


class Clock:
    """What the programs under test read, and can be set."""

    def __init__(self, folder):
        self.path = Path(folder) / "clock"
        self.path.write_bytes(bytes(16))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 16)
        self.set_s = self.passed_s = 0

    def _write(self):
        self.map[:] = struct.pack("=qq", self.set_s * 1000000, self.passed_s * 1000000)

    def step(self, seconds):
        self.set_s += seconds
        self._write()

    def set_hour(self, hour, zone="Europe/Paris"):
        """To this hour of today, where the city is."""
        now = datetime.datetime.now(zoneinfo.ZoneInfo(zone))
        self.step(int((now.replace(hour=hour, minute=0, second=0) - now).total_seconds()))

    def pass_minutes(self, minutes):
        self.passed_s += 60 * minutes
        self._write()

    def now(self, right=False):
        """What the programs read; @right: what a clock that nobody set would."""
        seconds = self.passed_s + (0 if right else self.set_s)
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)

    def environment(self):
        return {"LD_PRELOAD": SHIM, "BF_TEST_CLOCK": str(self.path)}


def feed_program(folder, clock):
    """The feeds get no more of the engine's environment than they need: who preloads must say so again."""
    path = Path(folder) / "feed"
    path.write_text(f"#!/bin/sh\nLD_PRELOAD='{SHIM}' BF_TEST_CLOCK='{clock.path}' exec '{BUILD}/src/feed/beffroi-feed' \"$@\"\n")
    path.chmod(0o700)
    return path
