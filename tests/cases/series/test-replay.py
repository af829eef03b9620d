#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Months of real car parks through `beffroictl rules rehearse` and the stock rules of parking, against a reckoning of its own over the
raw tables: which alerts, when each is raised and cleared. Skips when the captured series are not there. TAP."""
import csv
import json
import os
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

program, plugins, root = sys.argv[1], sys.argv[2], Path(sys.argv[3])
captures = Path(os.environ.get("BEFFROI_CAPTURES", root.parent / "shared" / "captures")) / "parking_series"
archive = captures / "german-archive"
SECOND = 1_000_000
MINUTE = 60 * SECOND
results = []


def us(stamp):
    return round((stamp - datetime(1970, 1, 1, tzinfo=timezone.utc)) / timedelta(microseconds=1))


def stock_rule(folder, *names):
    """A file with only these of the stock rules."""
    text = (Path(plugins) / "parking" / "parking.rules").read_text()
    parts = [part for part in text.split("\n[") if part.startswith(tuple(f"Rule {name}]" for name in names))]
    assert len(parts) == len(names)
    path = Path(folder) / "stock.rules"
    path.write_text("".join(f"[{part.rstrip()}\n" for part in parts))
    return str(path)


def rehearse(*arguments):
    run = subprocess.run([program, "rules", "rehearse", "--plugins", plugins, "--json", *arguments], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    alerts = set()
    for line in lines:
        if line["type"] == "alert":
            alerts.add((line["rule"], line["asset"].removeprefix("parking/"), us(datetime.fromisoformat(line["raised"])),
                        us(datetime.fromisoformat(line["cleared"])) if line["cleared"] else None))
    return alerts, {line["rule"]: line for line in lines if line["type"] == "rule"}, lines[-1]


def read_archive(paths, unchanged=False):
    """asset -> [(time, value or None when it is no count)], and all times: our own reading of the wide tables."""
    series, times = {}, []
    for path in paths:
        last = {}
        with open(path, newline="") as file:
            heads, *rows = csv.reader(file)
        for row in rows:
            now = us(datetime.fromisoformat(row[0]))
            times.append(now)
            for head, cell in zip(heads[1:], row[1:]):
                cell = cell or (last.get(head, "") if unchanged else "")
                if cell:
                    last[head] = cell
                    value = float(cell)
                    series.setdefault(head, []).append((now, value if 0 <= value <= 20000 else None))
    return series, times


def full(series, stale, end):
    """free_spaces = 0 for 5 min; over when free_spaces > 5; a value is unknown when it is older than @stale."""
    alerts = set()
    for asset, points in series.items():
        points = [point for point in points if point[1] is not None]
        since = raised = None
        for (now, value), after in zip(points, [at for at, _ in points[1:]] + [end]):
            if raised is not None and value > 5:
                alerts.add(("parking_full", asset, raised, now))
                raised = since = None
            if raised is not None:
                continue
            if value != 0:
                since = None
                continue
            since = now if since is None else since
            # The delay ends while this value holds, and before the next one is there.
            if since + 5 * MINUTE < after or since + 5 * MINUTE == end == after:
                raised = since + 5 * MINUTE
            elif now + stale < after:
                since = None
        if raised is not None:
            alerts.add(("parking_full", asset, raised, None))
    return alerts


def silent(series, end):
    """Nothing for more than 15 min, of what was heard before."""
    alerts = set()
    for asset, points in series.items():
        heard = [now for now, value in points if value is not None]
        for now, after in zip(heard, heard[1:] + [None]):
            if after is None and now + 15 * MINUTE < end:
                alerts.add(("parking_silent", asset, now + 15 * MINUTE, None))
            elif after is not None and now + 15 * MINUTE < after:
                alerts.add(("parking_silent", asset, now + 15 * MINUTE, after))
    return alerts


def compare(name, got, wanted):
    """Times of silence may be a microsecond late: older than 15 min is what is asked."""
    near = {(rule, asset, raised // SECOND, cleared) for rule, asset, raised, cleared in got}
    want = {(rule, asset, raised // SECOND, cleared) for rule, asset, raised, cleared in wanted}
    faults = [f"not raised: {alert}" for alert in sorted(want - near, key=str)[:5]]
    faults += [f"raised, but should not be: {alert}" for alert in sorted(near - want, key=str)[:5]]
    faults += ["no alert at all: this proves nothing"] if not want else []
    if len(got) != len(near):
        faults.append(f"{len(got)} alerts, {len(near)} that differ")
    results.append((name, faults))
    print(f"# {name}: {len(got)} alerts, {len(want)} reckoned")


def check(name, *facts):
    results.append((name, [f"{what}: {got}, expected {wanted}" for what, got, wanted in facts if got != wanted]))


def series_options(paths):
    return [word for path in paths for word in ("--series", str(path))]


def test_month(folder):
    paths = sorted((archive / "2022-05").glob("*.csv"))
    series, times = read_archive(paths)
    rule = stock_rule(folder, "parking_full")
    got, rules, figures = rehearse(rule, *series_options(paths), "--kind", "parking.off_street", "--property", "free_spaces",
                                    "--stale", "45min")
    wanted = full(series, 45 * MINUTE, times[-1])
    compare("May 2022: every car park that was full, and no other", got, wanted)
    flat = [point for points in series.values() for point in points]
    check("May 2022: the figures",
          ("payloads", figures["payloads"], len(set(times))),
          ("observations", figures["observations"], sum(value is not None for _, value in flat)),
          ("refused", figures["refused"], sum(value is None for _, value in flat)),
          ("alerts", figures["alerts"], len(wanted)),
          ("assets", figures["assets"], len(series)),
          ("open at the end", figures["open_after"], sum(cleared is None for *_, cleared in wanted)),
          ("the same as the rule in force", rules["parking_full"]["in_force"]["alerts"], len(wanted)),
          ("days", sum(figures["days"].values()), len(wanted)),
          ("most in ten minutes", figures["most_in_period"],
           max([sum(1 for _ in group) for group in periods(wanted).values()])),
          ("periods in flood", figures["periods_in_flood"], sum(len(group) > 10 for group in periods(wanted).values())),
          ("at night", figures["at_night"], sum(not 6 <= local_hour(raised) < 22 for _, _, raised, _ in wanted)),
          ("longest", figures["longest_s"], max((cleared or times[-1]) - raised for _, _, raised, cleared in wanted) / SECOND))


def periods(alerts):
    groups = {}
    for alert in alerts:
        groups.setdefault(alert[2] // (10 * MINUTE), []).append(alert)
    return groups


def local_hour(at):
    return datetime.fromtimestamp(at / SECOND, ZoneInfo("Europe/Paris")).hour


def test_days(folder):
    paths = sorted((archive / "2022-05").glob("*.csv"))[:3]
    series, times = read_archive(paths)
    got, _, figures = rehearse(stock_rule(folder, "parking_silent"), *series_options(paths), "--kind", "parking.off_street",
                                "--property", "free_spaces")
    compare("three days: silence as the table has it, an empty cell being none", got, silent(series, times[-1]))
    check("three days: silence is always known", ("unknown before the first 15 min only", figures["unknown_s"] <= len(series) * 900, True))


def test_period(folder):
    """--from and --to: what was before only warms up, and an alert of then is not counted."""
    paths = sorted((archive / "2022-05").glob("*.csv"))[:3]
    series, times = read_archive(paths)
    begin, end = us(datetime(2022, 5, 2, tzinfo=timezone.utc)), us(datetime(2022, 5, 3, tzinfo=timezone.utc))
    got, _, figures = rehearse(stock_rule(folder, "parking_full"), *series_options(paths), "--kind", "parking.off_street", "--property",
                                "free_spaces", "--stale", "45min", "--from", "2022-05-02T00:00:00Z", "--to", "2022-05-03T00:00:00Z")
    cut = {asset: [point for point in points if point[0] < end] for asset, points in series.items()}
    every = full({asset: points for asset, points in cut.items() if points}, 45 * MINUTE, end)
    compare("a day of three", got, {alert for alert in every if begin <= alert[2] < end})
    check("a day of three: what was open before",
          ("open before", figures["open_before"], sum(raised < begin and (cleared is None or cleared > begin)
                                                      for _, _, raised, cleared in every)))


def test_outage(folder):
    """The source was down for 21.7 h: with what has not changed taken as said again, each car park is silent once in it."""
    paths = sorted((archive / "2020-03-gap").glob("*.csv"))
    series, times = read_archive(paths, unchanged=True)
    got, _, figures = rehearse(stock_rule(folder, "parking_silent"), *series_options(paths), "--kind", "parking.off_street",
                                "--property", "free_spaces", "--unchanged")
    compare("the outage of March 2020: every silence", got, silent(series, times[-1]))
    gap, begin = max((after - now, now) for now, after in zip(times, times[1:]))
    heard = {asset for asset, points in series.items() if any(now == begin for now, _ in points)}
    inside = [alert for alert in got if begin < alert[2] <= begin + gap]
    check("the outage: once for each car park that was heard before it",
          ("minutes", gap // MINUTE, 21 * 60 + 45),
          ("car parks", {asset for _, asset, *_ in inside}, heard), ("alerts", len(inside), len(heard)),
          ("a flood", figures["periods_in_flood"] >= 1, True))


def birmingham():
    """One row a car park and time, in the order of time; counts as the city gave them."""
    rows = {}
    with open(captures / "birmingham_uci_2016.csv", newline="") as file:
        for row in csv.DictReader(file):
            local = datetime.fromisoformat(row["LastUpdated"]).replace(tzinfo=ZoneInfo("Europe/London"))
            rows[row["SystemCodeNumber"], us(local)] = (row["LastUpdated"], int(row["Capacity"]), int(row["Occupancy"]))
    return sorted((now, asset, *row) for (asset, now), row in rows.items())


def test_birmingham(folder):
    rows = birmingham()
    table = Path(folder) / "birmingham.csv"
    with open(table, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["t", "asset", "capacity", "occupied_spaces", "free_spaces"])
        writer.writerows([local, asset, capacity, taken, capacity - taken] for _, asset, local, capacity, taken in rows)
    got, rules, figures = rehearse(stock_rule(folder, "parking_impossible", "parking_full"), "--series", str(table), "--kind",
                                    "parking.off_street", "--zone", "Europe/London")
    by_asset = {}
    for now, asset, _, capacity, taken in rows:
        by_asset.setdefault(asset, []).append((now, capacity, taken))
    compare("Birmingham: counts that cannot be", {alert for alert in got if alert[0] == "parking_impossible"},
            impossible(by_asset, rows[-1][0]))
    free = {asset: [(now, capacity - taken if 0 <= capacity - taken else None) for now, capacity, taken in points]
            for asset, points in by_asset.items()}
    compare("Birmingham: full", {alert for alert in got if alert[0] == "parking_full"}, full(free, 10**18, rows[-1][0]))
    check("Birmingham: refused are 12 below nothing and those above the capacity", ("car parks", figures["assets"], 30),
          ("refused", figures["refused"], sum(taken < 0 or taken > capacity for _, _, _, capacity, taken in rows)))


def impossible(by_asset, end):
    """More taken than places, or more free than places, for 15 min. A refused count leaves the one before in force."""
    alerts = set()
    for asset, points in by_asset.items():
        since = raised = free = last = None
        for (now, capacity, taken), after in zip(points, [at for at, *_ in points[1:]] + [end]):
            free = capacity - taken if capacity >= taken else free
            last = taken if taken >= 0 else last
            wrong = (free is not None and free > capacity) or (last is not None and last > capacity)
            if raised is not None and not wrong:
                alerts.add(("parking_impossible", asset, raised, now))
                raised = None
            since = (since or now) if wrong else None
            if raised is None and wrong and since + 15 * MINUTE < after:
                raised = since + 15 * MINUTE
        if raised is not None:
            alerts.add(("parking_impossible", asset, raised, None))
    return alerts


print("TAP version 13")
if not archive.is_dir():
    print("1..0 # SKIP the captured series are not here (BEFFROI_CAPTURES)")
    sys.exit(0)
for test in (test_month, test_days, test_period, test_outage, test_birmingham):
    with tempfile.TemporaryDirectory() as place:
        test(place)
print(f"1..{len(results)}")
for number, (name, faults) in enumerate(results, 1):
    print(f"{'not ok' if faults else 'ok'} {number} - {name}")
    for fault in faults:
        print(f"# {fault}")
