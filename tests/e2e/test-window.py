#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The whole way through the window: a captured payload over local HTTP, the real engine, the real window driven by name over AT-SPI.
The alert is found on the board, acknowledged with the window's button, seen acknowledged by the API; the engine is killed, the window
says so, comes back by itself, and the alert is still acknowledged."""
import tempfile

from beffroi import KARLSRUHE, City, Engine, Payloads, capture, redate, run
from window import Window, says

RULES = """[Rule test_few]
Kind=parking.off_street
When=free_spaces < 20
Priority=high
Title=Few places at {asset}: {free_spaces}
Title[fr]=Peu de places à {asset} : {free_spaces}
"""


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
            window = Window("--connect", engine.address)
            try:
                acknowledge_there(window, engine, stream, alert)
                survive(window, engine, alert)
            finally:
                window.close()
        payloads.shutdown()


def acknowledge_there(window, engine, stream, alert):
    window.choose_alert(alert["title"]["en"])
    window.press_when_ready("Acknowledge")
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
