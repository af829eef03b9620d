#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""`beffroictl replay`: every transition of an alert out of observations a line, of which the answer is known by hand; what is bad, late or
far ahead is told with its line; a pipe is answered while it is open; what is held does not grow with the stream. TAP."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

program, plugins = sys.argv[1:3]
RULES = """[Rule full]
Kind=parking.off_street
When=free_spaces = 0
For=45min
Priority=low
Title={asset} full
[Rule crowded]
Kind=parking.off_street
When=free_spaces < 10
Clear=free_spaces > 20 for 10min
Priority=high
Title={asset}: {free_spaces} left
"""
MEMBERS = ["t", "rule", "asset", "from", "to", "priority", "title", "values"]
results = []


def expect(name, *facts):
    results.append((name, [f"{what}: {got!r}, expected {wanted!r}" for what, got, wanted in facts if got != wanted]))


def line(t, value, asset="parking/a", name="free_spaces"):
    return json.dumps({"t": t, "asset": asset, "property": name, "value": value}) + "\n"


def command(folder, past, *arguments):
    rules = Path(folder) / "two.rules"
    rules.write_text(RULES)
    return [program, "replay", "--plugins", plugins, "--rules", str(rules), "--observations", past, "--kind", "parking/off_street", "--json",
            *arguments]


def replay(folder, text, *arguments):
    past = Path(folder) / "past.ndjson"
    past.write_text(text)
    run = subprocess.run(command(folder, str(past), *arguments), capture_output=True, text=True)
    return run, [json.loads(told) for told in run.stdout.splitlines()]


def short(told):
    return [(one["t"][11:16], one["rule"], one["asset"], one["from"], one["to"]) for one in told]


def story(folder):
    """A delay, a return with a delay of its own, a second raise of the same alert; three ways to write a time."""
    noon = 1777636800
    text = (line("2026-05-01T12:00:00Z", 5) + line(noon + 600, 0) + line((noon + 4200) * 1000, 30) + line("2026-05-01T15:25:00+02:00", 30)
            + line(noon + 5400, 9) + line(noon + 7200, 50))
    run, told = replay(folder, text, "--to", "2026-05-01T15:00:00Z")
    expect("a story in order", ("code", run.returncode, 0), ("told", short(told), [
        ("12:00", "crowded", "parking/a", "normal", "unacknowledged"),
        ("12:55", "full", "parking/a", "normal", "unacknowledged"),
        ("13:10", "full", "parking/a", "unacknowledged", "returned"),
        ("13:20", "crowded", "parking/a", "unacknowledged", "returned"),
        ("13:30", "crowded", "parking/a", "returned", "unacknowledged"),
        ("14:10", "crowded", "parking/a", "unacknowledged", "returned")]),
           ("members", [list(one) for one in told if list(one) != MEMBERS], []),
           ("title", told[0]["title"]["en"], "a: 5 left"), ("priority", told[0]["priority"], "high"),
           ("values", [(value["property"], value["value"], value["observed"]) for value in told[2]["values"]],
            [("free_spaces", 30, "2026-05-01T13:10:00Z")]))


def bad_lines(folder):
    """What is wrong has its line and does not stop the rest."""
    text = (line("2026-05-01T12:00:00Z", 5) + "rubbish\n" + line("2026-05-01T11:00:00Z", 50) + line("yesterday", 5)
            + line("2026-05-01T12:00:00Z", 5, name="free_space") + line("2030-05-01T12:00:00Z", 50) + line("2026-05-01T12:00:01Z", "many")
            + '{"t":1,"asset":"' + "x" * 70000 + '"}\n' + line("2026-05-01T12:01:00Z", 1e300) + line("2026-05-01T12:02:00Z", 4, "b")[:-1])
    run, told = replay(folder, text)
    numbers = [int(said.split(":")[1]) for said in run.stderr.splitlines() if "past.ndjson:" in said]
    expect("bad lines are told and counted", ("code", run.returncode, 6), ("lines", numbers, [2, 3, 4, 5, 6, 7, 8, 9]),
           ("counts", "3 observations, 2 transitions; 1 out of order, of them 1 older" in run.stderr and "7 refused" in run.stderr, True),
           ("told", short(told), [("12:00", "crowded", "parking/a", "normal", "unacknowledged"),
                                  ("12:02", "crowded", "parking/b", "normal", "unacknowledged")]))
    run, told = replay(folder, "")
    expect("nothing to replay", ("code", run.returncode, 6), ("told", told, []))
    run = subprocess.run([program, "replay", "--plugins", plugins, "--observations", folder + "/nowhere"], capture_output=True, text=True)
    expect("no such file", ("code", run.returncode, 1), ("named", "nowhere" in run.stderr, True))
    run = subprocess.run([program, "replay", "--plugins", plugins], capture_output=True, text=True)
    expect("no observations named", ("code", run.returncode, 2))


def stream(folder):
    """The answer to a line comes before the pipe is closed: to the line before, that is, since one time may have several lines."""
    run = subprocess.Popen(command(folder, "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    run.stdin.write(line("2026-05-01T12:00:00Z", 5) + line("2026-05-01T12:01:00Z", 5))
    run.stdin.flush()
    first = json.loads(run.stdout.readline())
    rest, said = run.communicate(line("2026-05-01T12:02:00Z", 50), timeout=60)
    expect("a pipe is answered while it is open", ("code", run.returncode, 0), ("first", short([first])[0][1], "crowded"), ("rest", rest, ""))


def peak_kib(folder, n):
    """Most memory that a replay of n observations of 20 car parks had."""
    run = subprocess.Popen(command(folder, "-"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    for i in range(n // 20):
        run.stdin.write("".join(line(1777636800 + 60 * i, (i * 7 + park) % 60, f"p{park}") for park in range(20)))
    run.stdin.close()
    _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    return run.returncode, usage.ru_maxrss


def bounded(folder):
    few, many = peak_kib(folder, 20000), peak_kib(folder, 320000)
    expect("what is held does not grow with the stream", ("codes", (few[0], many[0]), (0, 0)),
           ("under 3 MiB more for 300,000 observations more", many[1] - few[1] < 3072, True))
    print(f"# {few[1]} KiB with 20,000 observations, {many[1]} KiB with 320,000")


with tempfile.TemporaryDirectory() as temporary:
    for test in (story, bad_lines, stream, bounded):
        test(temporary)
print(f"1..{len(results)}")
for number, (name, wrong) in enumerate(results, 1):
    print(f"{'not ok' if wrong else 'ok'} {number} {name}")
    for one in wrong:
        print(f"# {one}")
sys.exit(1 if any(wrong for _, wrong in results) else 0)
