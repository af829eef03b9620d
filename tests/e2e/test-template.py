#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""A service is added by copying plugins/template: no other file is touched. The copy gets another name, is given to the real
engine beside the other plugins, and is seen to decode by its own C code, to show its assets and values, and to alert; the other
services are there as before."""
import json
import shutil
import tempfile
import time
from pathlib import Path

from beffroi import BUILD, DEADLINE_S, SOURCE, City, Engine, Payloads, run


def copy_template(plugins, name):
    """What plugins/template/README.md says to do, and its own words for the service."""
    folder = plugins / name
    shutil.copytree(SOURCE / "plugins" / "template", folder)
    for suffix in ("service", "rules"):
        (folder / f"template.{suffix}").rename(folder / f"{name}.{suffix}")
    (folder / "template.c").unlink()
    shutil.copy(BUILD / "plugins" / "template.so", plugins / f"{name}.so")
    for file in (folder / f"{name}.service", folder / f"{name}.rules"):
        file.write_text(file.read_text().replace("template", name).replace("For=5min\n", ""))
    manifest = folder / f"{name}.service"
    manifest.write_text(manifest.read_text().replace("Name=Template", "Name=Noise").replace("Name[fr]=Modèle", "Name[fr]=Bruit"))


def wait_for(what, ask):
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        found = ask()
        if found:
            return found
        time.sleep(0.05)  # between two questions, not for time to pass
    raise AssertionError(f"no {what} within {DEADLINE_S} s")


def test_template():
    with tempfile.TemporaryDirectory() as folder:
        plugins = Path(folder) / "plugins"
        plugins.mkdir()
        for other in (SOURCE / "plugins").iterdir():
            if (other / f"{other.name}.service").exists() and other.name != "template":
                (plugins / other.name).symlink_to(other)
        before = sorted(p.name for p in plugins.iterdir())
        copy_template(plugins, "noise")
        server = Payloads()
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        tanks = [{"id": "N1", "name": "Haut-Bourg", "geo": {"lon": 2.1, "lat": 47.2}, "level_cm": 150, "pump": 1, "at": now},
                 {"id": "N2", "name": "La Plaine", "geo": {"lon": 2.2, "lat": 47.3}, "level_cm": 900, "pump": 0, "at": now}]
        server.answers["/tanks.js"] = f"gateway.push({json.dumps(tanks)});".encode()
        city = City(folder, "Essai", Bounds="2,47,2.5,47.5")
        feed = (plugins / "noise" / "fixtures" / "jsonp.feed").read_text()
        feed = feed.replace("Service=template", "Service=noise\nEvery=1s").replace("https://example.org/tanks.js", f"{server.url}/tanks.js")
        city.feed("noise", feed)
        with Engine(folder, city, ["--plugins", plugins]) as engine:
            asset = wait_for("value", lambda: next((a for a in assets(engine) if a["id"] == "noise/N1" and "fill" in a["values"]), None))
            assert asset["kind"] == "noise.tank" and asset["name"] == "Haut-Bourg", asset
            assert asset["values"]["level"]["value"] == 1.5, asset
            assert abs(asset["values"]["fill"]["value"] - 5) < 1e-9, asset
            services = {s["id"]: s for s in engine.get("/api/v1/catalog")["services"]}
            assert services["noise"]["name"]["fr"] == "Bruit", services["noise"]
            assert sorted(services) == sorted(before + ["noise"]), sorted(services)
            alert = wait_for("alert", lambda: next(iter(engine.get("/api/v1/alerts")["alerts"]), None))
            assert alert["rule"] == "noise_low" and alert["asset"] == "noise/N1" and alert["priority"] == "high", alert
            assert alert["title"]["fr"] == "Haut-Bourg bas\u00a0: 1,5\u00a0m", alert["title"]
            assert alert["procedure"] == "noise-low", alert
            tanks[0]["level_cm"] = 400
            tanks[0]["at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
            server.answers["/tanks.js"] = f"gateway.push({json.dumps(tanks)});".encode()
            wait_for("return", lambda: any(a["rule"] == "noise_low" and a["state"] == "returned" for a in engine.get("/api/v1/alerts")["alerts"]))
            feeds = engine.get("/api/v1/feeds")["feeds"]
            assert [f["state"] for f in feeds] == ["ok"], feeds
            engine.stop()


def assets(engine):
    return engine.get("/api/v1/assets")["assets"]


run([("a service is added by copying the template", test_template)])
