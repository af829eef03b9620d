#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Every #include of src/ against the table in src/README.md: a layer uses what the table allows and nothing else; GTK stands in
the console only; C++ stands in src/json only. Speaks TAP."""
import re
import sys
from pathlib import Path

root = Path(sys.argv[1])
src = root / "src"
allowed = {}
for line in (src / "README.md").read_text().splitlines():
    row = re.match(r"\| (\w+) \| ([\w ]*)\| ", line)
    if row and row.group(1) != "folder":
        allowed[row.group(1)] = set(row.group(2).split())

folders = sorted(p.name for p in src.iterdir() if p.is_dir())
faults = {folder: [] for folder in folders}
for folder in folders:
    for path in sorted((src / folder).rglob("*")):
        if path.suffix in (".cc", ".cpp") and folder != "json":
            faults[folder].append(f"{path.relative_to(root)}: C++ outside of src/json")
        if path.suffix not in (".c", ".h", ".cc"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            include = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
            if not include:
                continue
            first = include.group(1).split("/")[0]
            where = f"{path.relative_to(root)}:{number}"
            if first in folders and first != folder and first not in allowed.get(folder, set()):
                faults[folder].append(f"{where}: {folder} may not use {first}")
            if first in ("gtk", "adwaita.h", "shumate", "gdk", "gsk") and folder != "console":
                faults[folder].append(f"{where}: GTK below the console")

print("TAP version 13")
print(f"1..{len(folders)}")
for i, folder in enumerate(folders, 1):
    if folder not in allowed:
        faults[folder].append(f"src/{folder} is not in the table of src/README.md")
    print(f"{'not ok' if faults[folder] else 'ok'} {i} - {folder}")
    for fault in faults[folder]:
        print(f"# {fault}")
sys.exit(0)
