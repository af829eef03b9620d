#!/usr/bin/env python3
# SPDX-License-Identifier: EUPL-1.2
"""The same plain job (bench-load.c) given to Beffroi and to its peers in one run, on this machine: observations a second, time from a
line's sending to its alert at a steady rate, memory.

    python3 tests/bench/peers/peers.py BUILD WORK [--only NAME,…] [--rounds N]

BUILD is the folder of meson, WORK a folder that keeps what is fetched: Node-RED and json-rules-engine from npm, Prometheus and
Alertmanager from Debian (unpacked there, not installed). A peer that cannot be fetched is named and left out. Each figure is the median of
the rounds, in which the programs take turns. Prints a table, then one line of JSON."""

import argparse
import http.server
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
N_ASSETS = 10_000
LATENCY_S = 10
DEADLINE_S = 60


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def wait_for(what, test):
    """Asks until it holds: there is nothing here that could tell us."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        result = test()
        if result:
            return result
        time.sleep(0.05)
    raise TimeoutError(f"{what}: not there after {DEADLINE_S} s")


def connects(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Program:
    """One that listens for the job on .port; stop() ends it and gives the most memory that it held, MB."""

    def __init__(self, arguments, port=None, folder=None, **options):
        self.folder = folder
        self.log = tempfile.NamedTemporaryFile(prefix="bf-peer-", suffix=".log")
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE if port is None else self.log, stderr=self.log, **options)
        self.port = port
        if port is None:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError(Path(self.log.name).read_text()[-500:])
            self.port = int(line)

    def stop(self):
        try:
            os.kill(self.process.pid, signal.SIGTERM)  # not waited for yet: the id is still its own
        except ProcessLookupError:
            pass
        _, self.process.returncode, usage = os.wait4(self.process.pid, 0)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.log.close()
        if self.folder is not None:
            shutil.rmtree(self.folder)
        return usage.ru_maxrss / 1024


def start_beffroi(build, store):
    folder = Path(tempfile.mkdtemp(prefix="bf-peer-"))
    port_file = folder / "port"
    program = Program([build / "tests/bench/peers/bench-job", port_file] + ([folder / "store"] if store else []), port=0, folder=folder)
    program.port = int(wait_for("bench-job", lambda: port_file.exists() and port_file.read_text()))
    return program


# Node-RED: the job as a flow. "function": one function node does it all; "nodes": JSON, switch and change nodes as in its handbook,
# with the state of an asset in the flow's context.
FUNCTION = """const o = JSON.parse(msg.payload);
const raised = context.get(o.id) === true;
if (!raised && o.v < 20) { context.set(o.id, true); msg.payload = `{"asset":"${o.id}","to":"raised","t":${o.t}}\\n`; return msg; }
if (raised && o.v > 30) { context.set(o.id, false); msg.payload = `{"asset":"${o.id}","to":"returned","t":${o.t}}\\n`; return msg; }
return null;"""
STATE = """const raised = flow.get(msg.payload.id) === true;
if (raised === RAISED) return null;
flow.set(msg.payload.id, RAISED);
msg.payload = `{"asset":"${msg.payload.id}","to":"TO","t":${msg.payload.t}}\\n`;
return msg;"""


def node_red_flow(nodes, port):
    tcp_in = {"id": "in", "type": "tcp in", "z": "tab", "server": "server", "host": "", "port": str(port), "datamode": "stream",
              "datatype": "utf8", "newline": "\\n", "topic": "", "trim": False, "wires": [["json" if nodes else "all"]]}
    tcp_out = {"id": "out", "type": "tcp out", "z": "tab", "beserver": "reply", "base64": False, "end": False, "wires": []}
    def function(name, text, to):
        return {"id": name, "type": "function", "z": "tab", "name": name, "func": text, "outputs": 1, "wires": [[to]]}
    flow = [tcp_in, tcp_out] + ([function("all", FUNCTION, "out")] if not nodes else [
        {"id": "json", "type": "json", "z": "tab", "property": "payload", "action": "obj", "wires": [["switch"]]},
        {"id": "switch", "type": "switch", "z": "tab", "property": "payload.v", "propertyType": "msg", "checkall": "false", "repair": False,
         "rules": [{"t": "lt", "v": "20", "vt": "num"}, {"t": "gt", "v": "30", "vt": "num"}], "outputs": 2, "wires": [["low"], ["high"]]},
        function("low", STATE.replace("RAISED", "true").replace("TO", "raised"), "out"),
        function("high", STATE.replace("RAISED", "false").replace("TO", "returned"), "out"),
    ])
    # What has no place on the canvas is taken for configuration.
    return [{"id": "tab", "type": "tab", "label": "job"}] + [dict(node, x=100, y=40 * i) for i, node in enumerate(flow)]


def start_node_red(work, nodes):
    folder = Path(tempfile.mkdtemp(prefix="bf-peer-"))
    port, admin = free_port(), free_port()
    (folder / "flows.json").write_text(json.dumps(node_red_flow(nodes, port)))
    (folder / "settings.js").write_text("module.exports = { flowFile: 'flows.json', httpAdminRoot: false, httpNodeRoot: false,"
                                        " uiHost: '127.0.0.1', telemetry: { enabled: false }, logging: { console: { level: 'warn' } } };")
    program = Program(["node", work / "node_modules/node-red/red.js", "--userDir", folder, "--port", str(admin)], port=port,
                      folder=folder)
    wait_for("Node-RED", lambda: connects(port))
    return program


def load(build, program, lines, rate=None):
    arguments = [build / "tests/bench/peers/bench-load", str(program.port), str(N_ASSETS), str(lines)] + ([str(rate)] if rate else [])
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=300)
    if not result.stdout:
        raise RuntimeError(result.stderr)
    return json.loads(result.stdout)


class Peer:
    def __init__(self, name, start, lines, rates):
        self.name, self.start, self.lines, self.rates = name, start, lines, rates
        self.per_s, self.latency, self.mb, self.wrong = [], {rate: [] for rate in rates}, [], 0

    def run(self, build):
        for rate in [None] + self.rates:
            program = self.start()
            try:
                result = load(build, program, rate * LATENCY_S if rate else self.lines, rate)
            finally:
                self.mb.append(program.stop())
            self.wrong += result["raised"] != result["expected"]
            if rate is None:
                self.per_s.append(result["per_s"])
            else:
                self.latency[rate].append((result["p50_ms"], result["p99_ms"], result["max_ms"]))

    def figures(self):
        return {"name": self.name, "per_s": statistics.median(self.per_s), "mb": max(self.mb), "wrong": self.wrong,
                "latency_ms": {rate: [round(statistics.median(column), 3) for column in zip(*rows)] for rate, rows in self.latency.items()}}


# Prometheus and Alertmanager ask instead of being told, so their job is put differently: N series on a page, one of which falls. What
# they bear is the number of series of which a scrape is through within its interval of 5 s.

class Page(http.server.BaseHTTPRequestHandler):
    low = False
    text = b""
    told_s = None
    told = threading.Event()
    n_asked = 0

    def do_GET(self):
        Page.n_asked += 1
        body = Page.text + (b'level{id="END"} %d\n' % (10 if Page.low else 50))
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        Page.told_s = time.monotonic()
        Page.told.set()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def ask(port, query):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(query)}", timeout=10) as answer:
            result = json.load(answer)["data"]["result"]
            return float(result[0]["value"][1]) if result else None
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def prometheus_once(work, n_series):
    """Duration of a scrape, delay of the alert, memory of both."""
    folder = Path(tempfile.mkdtemp(prefix="bf-peer-"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port, manager = free_port(), free_port()
    Page.low, Page.told_s = False, None
    Page.told.clear()
    Page.text = b"".join(b'level{id="A%06d"} %d\n' % (i, 40 + i % 15) for i in range(n_series - 1))
    (folder / "rules.yml").write_text("groups: [{name: job, interval: 5s, rules: [{alert: low, expr: level < 20}]}]\n")
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 5s, scrape_timeout: 5s, evaluation_interval: 5s}\n"
        "rule_files: [rules.yml]\n"
        f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['127.0.0.1:{manager}']}}]}}]}}\n"
        f"scrape_configs: [{{job_name: job, static_configs: [{{targets: ['127.0.0.1:{server.server_port}']}}]}}]\n")
    (folder / "alertmanager.yml").write_text(
        "route: {receiver: hook, group_wait: 0s, group_interval: 1s}\n"
        f"receivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{server.server_port}/'}}]}}]\n")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    programs = [
        # It looks for its templates where the package would have put them: in a name space of its own /usr/share has them.
        Program(["unshare", "--mount", "sh", "-c", 'mount -t overlay overlay -o "lowerdir=$0/root/usr/share:/usr/share" /usr/share && exec "$@"', work,
                 work / "root/usr/bin/prometheus-alertmanager", f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/am",
                 f"--web.listen-address=127.0.0.1:{manager}", "--cluster.listen-address="], port=manager),
        Program([work / "root/usr/bin/prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/db",
                 f"--web.listen-address=127.0.0.1:{port}"], port=port)]
    result = {"series": n_series, "mb": 0}
    try:
        wait_for("Prometheus", lambda: (ask(port, "scrape_samples_scraped") or 0) >= n_series or ask(port, "up") == 0)
        seen = Page.n_asked
        wait_for("two more scrapes: the first one makes the series", lambda: Page.n_asked >= seen + 2)
        result["scrape_s"] = ask(port, "scrape_duration_seconds")
        result["up"] = ask(port, "up") == 1
        begin = time.monotonic()
        Page.low = True
        Page.told.wait(DEADLINE_S)
        result["delay_s"] = Page.told_s - begin if Page.told_s else None
    finally:
        result["mb"] = sum(program.stop() for program in programs)
        server.shutdown()
        server.server_close()
        shutil.rmtree(folder)
    return result


def fetch(work):
    work.mkdir(parents=True, exist_ok=True)
    missing = []
    if not (work / "node_modules/node-red").exists() or not (work / "node_modules/json-rules-engine").exists():
        npm = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "node-red@5", "json-rules-engine@7"], cwd=work)
        missing += ["Node-RED", "json-rules-engine"] if npm.returncode != 0 else []
    if not (work / "root/usr/bin/prometheus").exists():
        (work / "debs").mkdir(exist_ok=True)
        apt = subprocess.run(["apt-get", "download", "-q", "prometheus", "prometheus-alertmanager"], cwd=work / "debs")
        for deb in (work / "debs").glob("*.deb"):
            subprocess.run(["dpkg", "-x", deb, work / "root"], check=True)
        missing += ["Prometheus"] if apt.returncode != 0 else []
    return missing


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    build, work = arguments.build.resolve(), arguments.work.resolve()
    missing = fetch(work)
    env = dict(os.environ, NODE_PATH=str(work / "node_modules"))
    peers = [
        Peer("Beffroi", lambda: start_beffroi(build, False), 4_000_000, [10_000, 50_000, 100_000]),
        Peer("Beffroi, with its store", lambda: start_beffroi(build, True), 4_000_000, [10_000, 50_000, 100_000]),
        Peer("Node, written by hand", lambda: Program(["node", HERE / "plain.js"]), 2_000_000, [10_000, 50_000, 100_000]),
        Peer("Node-RED, one function", lambda: start_node_red(work, False), 200_000, [10_000]),
        Peer("Node-RED, nodes", lambda: start_node_red(work, True), 100_000, [10_000]),
        Peer("json-rules-engine", lambda: Program(["node", HERE / "rules-engine.js"], env=env), 100_000, [10_000]),
    ]
    only = [name for name in arguments.only.split(",") if name]
    peers = [p for p in peers if not any(p.name.startswith(m) for m in missing) and (not only or any(p.name.startswith(o) for o in only))]
    for _ in range(arguments.rounds):
        for peer in peers:
            peer.run(build)
    rows = [peer.figures() for peer in peers]
    ours = next((row["per_s"] for row in rows if row["name"].startswith("Beffroi")), None)
    for row in rows:
        latency = "; ".join(f"at {rate}/s p50 {p50} p99 {p99} max {worst} ms" for rate, (p50, p99, worst) in row["latency_ms"].items())
        ratio = f"{ours / row['per_s']:8.1f} x" if ours else ""
        print(f"{row['name']:26} {row['per_s']:12,.0f} observations/s {ratio} {row['mb']:8.1f} MB  {latency}"
              + (f"  WRONG number of alerts in {row['wrong']} runs" if row["wrong"] else ""))
    scrapes = []
    if "Prometheus" not in missing and (not only or "Prometheus" in only):
        for n_series in (50_000, 100_000, 200_000, 400_000):
            scrapes.append(prometheus_once(work, n_series))
            s = scrapes[-1]
            print(f"Prometheus + Alertmanager  {n_series:7} series: a scrape takes {s['scrape_s']} s ({'whole' if s['up'] else 'NOT within its 5 s'}),"
                  f" {n_series / max(5, s['scrape_s'] or 5):,.0f} series/s, alert after {s['delay_s'] and round(s['delay_s'], 1)} s, {s['mb']:.0f} MB")
            if not s["up"]:
                break
    for name in missing:
        print(f"{name}: not to be had here, left out")
    print(json.dumps({"bench": "peers", "rows": rows, "prometheus": scrapes, "missing": missing}))
    return any(row["wrong"] for row in rows)


if __name__ == "__main__":
    sys.exit(main())
