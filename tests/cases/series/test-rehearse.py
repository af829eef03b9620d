#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""`beffroictl rules rehearse` on small files of which the answer is known by hand: shapes of tables, observations a line, what comes late or
twice, local time on the days when the clocks change, bad lines, and exit codes. TAP."""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

program, plugins = sys.argv[1:3]
RULE = "[Rule full]\nKind=parking.off_street\nWhen=free_spaces = 0\nFor=45min\nPriority=low\nTitle={asset} full\n"
results = []


def rehearse(folder, past, *arguments, name="past.csv"):
    rule, file = Path(folder) / "full.rules", Path(folder) / name
    rule.write_text(RULE)
    file.write_text(past)
    option = "--observations" if name.endswith("ndjson") else "--series"
    run = subprocess.run([program, "rules", "rehearse", str(rule), "--plugins", plugins, "--json", option, str(file), *arguments],
                         capture_output=True, text=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    alerts = [(line["asset"], line["raised"], line["cleared"]) for line in lines if line["type"] == "alert"]
    return run, alerts, lines[-1] if lines else {}


def expect(name, *facts):
    results.append((name, [f"{what}: {got!r}, expected {wanted!r}" for what, got, wanted in facts if got != wanted]))


KIND = ("--kind", "parking.off_street")
with tempfile.TemporaryDirectory() as folder:
    wanted = [("parking/a", "2026-05-01T12:45:00Z", "2026-05-01T13:00:00Z")]
    shapes = {"wide": ("time;a;b;c\n2026-05-01T12:00:00Z;0;5;\n2026-05-01T13:00:00Z;5;;\n", ("--property", "free_spaces"), 1, 0),
              "long": ("t,asset,property,value\n2026-05-01T12:00:00Z,a,free_spaces,0\n2026-05-01T13:00:00Z,parking/a,free_spaces,5\n", (), 0, 0),
              "records": ("t,asset,free_spaces,note\n2026-05-01T12:00:00Z,a,0,x\n2026-05-01T13:00:00Z,a,5,y\n", (), 0, 1)}
    for shape, (table, options, silent, other) in shapes.items():
        run, alerts, figures = rehearse(folder, table, *KIND, *options)
        expect(f"a {shape} table", ("code", run.returncode, 0), ("alerts", alerts, wanted), ("silent", figures["columns_without_value"], silent),
               ("not read", figures["columns_not_read"], other))

    # 01:50 to 03:20 of the clock is half an hour in spring, and two and a half hours in autumn.
    spring = "t,asset,free_spaces\n2026-03-29T01:50:00,a,0\n2026-03-29T03:20:00,a,5\n"
    autumn = "t,asset,free_spaces\n2026-10-25T01:50:00,a,0\n2026-10-25T03:20:00,a,5\n"
    expect("the hour that is not there", ("alerts", rehearse(folder, spring, *KIND, "--zone", "Europe/Paris")[1], []))
    expect("the hour that comes twice", ("alerts", rehearse(folder, autumn, *KIND, "--zone", "Europe/Paris")[1],
                                         [("parking/a", "2026-10-25T00:35:00Z", "2026-10-25T02:20:00Z")]))
    twice = "t,asset,free_spaces\n2026-10-25T02:50:00,a,5\n2026-10-25T02:00:00,a,0\n2026-10-25T03:00:00,a,5\n"
    run, alerts, figures = rehearse(folder, twice, *KIND, "--zone", "Europe/Paris")
    expect("its second half came late, and is counted", ("alerts", alerts, []), ("late", figures["late"], 1))

    table = "t,asset,free_spaces\n2026-05-01T12:00:00Z,a,0\n2026-05-01T12:00:00Z,a,0\n2026-05-01T11:00:00Z,a,0\n2026-05-01T13:00:00Z,a,5\n"
    run, alerts, figures = rehearse(folder, table, *KIND)
    expect("late and twice", ("alerts", alerts, wanted), ("late", figures["late"], 1))
    known = "t,result,asset,free_spaces\n2026-05-01T12:00:00Z,2026-05-01T12:30:00Z,a,0\n2026-05-01T13:00:00Z,,a,5\n"
    expect("learnt half an hour later: the delay is broken off", ("alerts", rehearse(folder, known, *KIND)[1], []))
    gap = "t,asset,free_spaces\n2026-05-01T12:00:00Z,a,0\n2026-05-01T13:00:00Z,a,5\n"
    expect("unknown after ten minutes: no delay runs", ("alerts", rehearse(folder, gap, *KIND, "--stale", "10min")[1], []))

    lines = ['{"t":"2026-05-01T12:00:00Z","asset":"parking/a","property":"free_spaces","value":0}',
             '{"t":"2026-05-01T12:10:00Z","asset":"parking/a","property":"free_spaces","value":-3}', '{"t":',
             '{"t":"yesterday","asset":"parking/a","property":"free_spaces","value":1}',
             '{"t":"2026-05-01T12:20:00Z","asset":"parking/a","property":"pressure","value":1}',
             '{"t":"2026-05-01T12:20:00Z","asset":"parking/a","property":"free_spaces","value":"many"}',
             '{"observed":"2026-05-01T13:00:00Z","kind":"parking.off_street","asset":"parking/a","property":"free_spaces","value":5}']
    run, alerts, figures = rehearse(folder, "\n".join(lines), *KIND, name="past.ndjson")
    expect("observations a line, bad ones named and counted", ("alerts", alerts, wanted), ("refused", figures["refused"], 5),
           ("lines", sum(f"past.ndjson:{number}" in run.stderr for number in range(2, 7)), 5), ("code", run.returncode, 0))

    expect("exit codes",
           ("nothing in it", rehearse(folder, "t,asset,free_spaces\n", *KIND)[0].returncode, 6),
           ("no kind", rehearse(folder, gap)[0].returncode, 2),
           ("no such kind", rehearse(folder, gap, "--kind", "parking.moon")[0].returncode, 2),
           ("no property of it", rehearse(folder, "t,asset,moon\n", *KIND)[0].returncode, 1),
           ("no table", rehearse(folder, "", *KIND)[0].returncode, 1),
           ("the end first", rehearse(folder, gap, *KIND, "--from", "2026-05-02T00:00:00Z", "--to", "2026-05-01T00:00:00Z")[0].returncode, 2),
           ("no past", subprocess.run([program, "rules", "rehearse", "--plugins", plugins], capture_output=True).returncode, 2),
           ("a payload without --feed", subprocess.run([program, "rules", "rehearse", "x.json", "--plugins", plugins],
                                                       capture_output=True).returncode, 2))

print("TAP version 13")
print(f"1..{len(results)}")
for number, (name, faults) in enumerate(results, 1):
    print(f"{'not ok' if faults else 'ok'} {number} - {name}")
    for fault in faults:
        print(f"# {fault}")
