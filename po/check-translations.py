#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Every source with a text for people stands in POTFILES, and each language has every one of these texts, none fuzzy; French is set
with the spaces it wants. TAP."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(sys.argv[1])
po = root / "po"
listed = [line for line in (po / "POTFILES").read_text().splitlines() if line and not line.startswith("#")]
text = re.compile(r'(?<![\w])(?:_|N_|C_|NC_|Q_) \(\s*"|(?<!\w)(?:_|N_|C_|Q_)\("|translatable="yes"|g_dngettext')
results = []


def check(name, faults):
    results.append((name, faults))


sources = [p for folder in ("src", "ui", "plugins") for p in (root / folder).rglob("*") if p.suffix in (".c", ".cc", ".h", ".ui")]
found = {str(p.relative_to(root)) for p in sources if text.search(p.read_text(errors="replace"))}
check("POTFILES names every source with a text", [f"{name} is missing" for name in sorted(found - set(listed))])
check("POTFILES names only what is there", [f"{name} is not there" for name in listed if not (root / name).exists()])

with tempfile.TemporaryDirectory() as folder:
    pot = Path(folder) / "beffroi.pot"
    subprocess.run(["xgettext", "--from-code=UTF-8", "--keyword=_", "--keyword=N_", "--keyword=C_:1c,2", "--keyword=NC_:1c,2", "--keyword=Q_",
                    "--keyword=g_dngettext:2,3", "--add-comments=Translators", "-o", str(pot), f"--directory={root}",
                    f"--files-from={po / 'POTFILES'}"], check=True, stderr=subprocess.DEVNULL)
    for language in (po / "LINGUAS").read_text().split():
        file = po / f"{language}.po"
        merged = Path(folder) / f"{language}.po"
        subprocess.run(["msgmerge", "--quiet", "--no-fuzzy-matching", "-o", str(merged), str(file), str(pot)], check=True)
        run = subprocess.run(["msgfmt", "--check", "--statistics", "-o", "/dev/null", str(merged)], capture_output=True, text=True)
        faults = [] if run.returncode == 0 else run.stderr.splitlines()
        for option, words in (("--untranslated", "not translated"), ("--only-fuzzy", "fuzzy")):
            left = subprocess.run(["msgattrib", option, "--no-obsolete", str(merged)], capture_output=True, text=True).stdout
            faults += [f"{words}: {line}" for line in re.findall(r'^msgid (".*")$', left, re.M)[1:]]
        check(f"{language}.po is complete", faults)

# A line that ends in « or begins with a colon is what a breaking space there gives.
breaking = re.compile(r"« | »| [:;?!](?=[\s\"\\]|$)")
french = [(file, line)
          for file in [*(root / "plugins").glob("*/*"), *(root / "data/demo").rglob("*.rules")] if file.suffix in (".service", ".rules")
          for line in file.read_text().splitlines() if "[fr]=" in line]
translated = subprocess.run(["msgattrib", "--no-obsolete", "--no-wrap", str(po / "fr.po")], capture_output=True, text=True, check=True)
french += [(po / "fr.po", line) for line in translated.stdout.splitlines()
           if line.startswith("msgstr")]
check("French keeps its guillemets and its : ; ? ! on the line of their word",
      [f"{file.relative_to(root)}: no-break space wanted: {line}" for file, line in french if breaking.search(line)])

print("TAP version 13")
print(f"1..{len(results)}")
for number, (name, faults) in enumerate(results, 1):
    print(f"{'not ok' if faults else 'ok'} {number} - {name}")
    for fault in faults:
        print(f"# {fault}")
