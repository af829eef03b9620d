# SPDX-License-Identifier: EUPL-1.2
"""A small town with three car parks that are nearly full: an engine with three alerts."""
import datetime
import json
import tempfile

from beffroi import City, Engine, PARKS_FEED, Payloads

RULE = """[Rule few]
Kind=parking.off_street
When=free_spaces < 60
Priority=high
Title=Few places at {asset}: {free_spaces}
Title[fr]=Peu de places à {asset} : {free_spaces}
"""


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Town:
    """An engine with alerts 1, 2 and 3 of three car parks."""

    def __init__(self, **conf):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name
        self.payloads = Payloads()
        self.payloads.answers["/parks"] = json.dumps(
            [{"key": f"P{i}", "nom": f"Parc {i}", "geo": {"lon": 4.4, "lat": 47.2}, "libres": i, "total": 100, "date_maj": now()}
             for i in range(1, 4)]).encode()
        self.city = City(self.folder, **conf)
        self.city.feed("parks", PARKS_FEED.format(url=self.payloads.url + "/parks"))
        self.city.rules("few", RULE)
        self.engine = Engine(self.folder, self.city)

    def __enter__(self):
        self.engine.start()
        stream = self.engine.stream(0)
        for _ in range(3):
            stream.wait(lambda m: m["type"] == "alert", "an alert")
        stream.close()
        return self.engine

    def __exit__(self, *exception):
        if self.engine.process.poll() is None:
            self.engine.kill()
        self.payloads.shutdown()
        self.temporary.cleanup()
