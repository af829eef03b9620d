# SPDX-License-Identifier: EUPL-1.2
"""Memory of a process. Nothing tells that it has stopped growing: it is looked at."""
import time


def memory_mb(pid, what):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"process {pid} has no memory")


def rss_mb(pid):
    return memory_mb(pid, "VmRSS")


def settled_rss_mb(pid):
    """Memory once it has stopped growing: six looks 0.5 s apart within 1 %."""
    seen = []
    while len(seen) < 120:
        seen.append(rss_mb(pid))
        if len(seen) >= 6 and max(seen[-6:]) <= 1.01 * min(seen[-6:]):
            break
        time.sleep(0.5)
    return seen[-1]
