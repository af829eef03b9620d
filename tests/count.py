#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""Counts the test cases of meson's own JUnit report: "N passed, N failed, N skipped". Names what was skipped and why.
A suite without a case of its own counts as one. Exits 1 when anything failed or nothing ran."""
import sys
import xml.etree.ElementTree as ElementTree


def main() -> int:
    passed = failed = skipped = 0
    for suite in ElementTree.parse(sys.argv[1]).getroot().iter("testsuite"):
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
