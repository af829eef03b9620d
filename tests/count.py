#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Counts the test cases of meson's own JUnit report: "N passed, N failed, N skipped". Names what was skipped and why.
A suite without a case of its own counts as one. Exits 1 when anything failed or nothing ran."""
import re
import sys
import xml.etree.ElementTree as ElementTree


# A test may print what a broken server sent; meson copies it, and XML 1.0 has no control characters but these three.
CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def main() -> int:
    with open(sys.argv[1], encoding="utf-8", errors="replace") as report:
        root = ElementTree.fromstring(CONTROL.sub("\N{REPLACEMENT CHARACTER}", report.read()))
    passed = failed = skipped = 0
    for suite in root.iter("testsuite"):
        for case in suite.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                print(f"failed: {suite.get('name')} {case.get('name')}")
            elif case.find("skipped") is not None:
                skipped += 1
                reason = case.find("skipped").get("message") or ""
                print(f"skipped: {suite.get('name')} {case.get('name')} {reason}".rstrip())
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
