#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Every captured file has a case that decodes it, or a reason in without.conf why none does; the feed of a case has at most 15
lines. Prints the table file -> records, observations, refusals: the figures are those that cases-decode and cases-things hold
the decoders to. TAP."""
import fnmatch
import os
import sys
from pathlib import Path

LINES_MAX = 15
root = Path(sys.argv[1])
captures = Path(os.environ.get("BEFFROI_CAPTURES", root / "../shared/captures"))


def groups(path, kind):
    """(name, {key: value}) of each [kind name], as bf-conf reads them."""
    found = []
    text = path.read_text().replace("\\\n", " ")
    for line in text.splitlines():
        line = line.strip()
        if line.startswith(f"[{kind} "):
            found.append((line[len(kind) + 2:-1], {}))
        elif "=" in line and not line.startswith("#") and found:
            key, value = line.split("=", 1)
            found[-1][1][key] = value
    return found


def feed_lines(path):
    """What a person writes: neither comments nor blank lines, a continued line once."""
    lines = path.read_text().replace("\\\n", " ").splitlines()
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))


cases = [(path.parent, name, keys) for path in sorted((root / "tests/cases").glob("*/cases.conf")) for name, keys in groups(path, "Case")]
oddities = groups(root / "tests/cases/decode/oddities.conf", "Oddity")
reasons = groups(root / "tests/cases/decode/without.conf", "Without")

results = []
long = {folder / keys["Feed"]: feed_lines(folder / keys["Feed"]) for folder, _, keys in cases}
results.append((f"no feed of a case has more than {LINES_MAX} lines",
                [f"{path.relative_to(root)}: {n} lines" for path, n in sorted(long.items()) if n > LINES_MAX]))
results.append(("every pattern of without.conf says why", [name for name, keys in reasons if not keys.get("Why")]))

names = {name for _, name, _ in cases}
results.append(("every oddity says what is done and shown, and where that is tried",
                [f"{name}: no Does=" for name, keys in oddities if not keys.get("Does")]
                + [f"{name}: neither Case= nor Test=" for name, keys in oddities if "Case" not in keys and "Test" not in keys]
                + [f"{name}: no case {case}" for name, keys in oddities for case in keys.get("Case", "").split(" | ") if case and case not in names]
                + [f"{name}: no file {keys['Test']}" for name, keys in oddities if "Test" in keys and not (root / keys["Test"]).is_file()]))


def rows_with_oddities(index):
    for line in index.read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) >= 11 and cells[1] not in ("category", "---") and cells[10] not in ("", "-"):
            yield cells[2], cells[10]


print("TAP version 13")
if not captures.is_dir():
    results.append(("every capture has a case or a reason # SKIP the captured payloads are not here (BEFFROI_CAPTURES)", []))
else:
    decoded = {keys["Capture"] for _, _, keys in cases}
    files = sorted(str(path.relative_to(captures)) for path in captures.rglob("*") if path.is_file())
    used = {pattern for pattern, _ in reasons for file in files if file not in decoded and fnmatch.fnmatchcase(file, pattern)}
    results.append(("every capture has a case or a reason",
                    [f"{file}: neither a case nor a reason" for file in files
                     if file not in decoded and not any(fnmatch.fnmatchcase(file, pattern) for pattern, _ in reasons)]))
    results.append(("every case has its capture", sorted(decoded - set(files))))
    rows = list(rows_with_oddities(captures / "INDEX.md"))
    results.append(("every oddity of the index is tried",
                    [f"{path}: {what}" for path, what in rows if not any(path.startswith(keys["In"]) for _, keys in oddities)]))
    results.append(("every reason is wanted", [pattern for pattern, _ in reasons if pattern not in used]))
    for _, name, keys in sorted(cases, key=lambda case: (case[2]["Capture"], case[1])):
        print(f"# {keys['Capture']} ({name}): {keys.get('Gives', keys.get('Error', ''))}; {keys.get('Observations', 'no observations')}"
              + (f"; refused {keys['Refused']}" if "Refused" in keys else ""))
    for name, keys in oddities:
        print(f"# oddity: {name} ({keys['In']}): {keys['Does']}")
    for file in files:
        why = next((keys["Why"] for pattern, keys in reasons if fnmatch.fnmatchcase(file, pattern)), "")
        if file not in decoded:
            print(f"# {file}: no case: {why}")
    print(f"# {len(files)} files: {len(decoded & set(files))} decoded by {len(cases)} cases, {len(set(files) - decoded)} with a reason")

print(f"1..{len(results)}")
for number, (name, faults) in enumerate(results, 1):
    print(f"{'not ok' if faults else 'ok'} {number} - {name}")
    for fault in faults:
        print(f"# {fault}")
