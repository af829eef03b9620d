#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""An edited rule beside the one in force over 30 days of a store of the demo's size (bench-month.c): how many times faster than they
passed. The aim is 1,000."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

maker, program, plugins = sys.argv[1:4]
EDITED = """[Rule parking_almost_full]
Kind=parking.off_street
When=occupancy >= 90 % and free_spaces > 0
For=5min
Clear=occupancy < 85 %
Priority=low
Title={asset} almost full
"""
with tempfile.TemporaryDirectory() as folder:
    city = Path(folder) / "city"
    city.mkdir()
    (city / "city.conf").write_text("[City]\nName=Bench\nTimeZone=Europe/Paris\n")
    rules = Path(folder) / "edited.rules"
    rules.write_text(EDITED)
    print(subprocess.run([maker, folder + "/data"], check=True, capture_output=True, text=True).stdout.strip())
    run = subprocess.run([program, "rules", "rehearse", "--city", city, "--data", folder + "/data", "--plugins", plugins, "--rules", rules, "--json"],
                         capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout.splitlines()[-1])
    speed = 30 * 86400 / figures["took_s"]
    print(f"{figures['observations']:,} observations, two rules side by side: {figures['took_s']:.1f} s, {speed:,.0f} times real time,"
          f" {2 * figures['observations'] / figures['took_s']:,.0f} observations/s; {figures['alerts']:,} alerts, {figures['in_force']['alerts']:,} in force,"
          f" {figures['changes']}")
    assert speed > 1000
