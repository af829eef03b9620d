# SPDX-License-Identifier: EUPL-1.2
"""What the end-to-end tests share: the real programs started in a temporary folder, a mock city over HTTP, the API over the Unix
socket, the stream of events, and TAP. Waiting is for events with a deadline, never for time to pass."""
import datetime
import http.client
import http.server
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

BUILD = Path(os.environ["BEFFROI_BUILD"])
SOURCE = Path(os.environ["BEFFROI_SOURCE"])
CAPTURES = Path(os.environ.get("BEFFROI_CAPTURES", SOURCE.parent / "shared" / "captures"))
DEADLINE_S = float(os.environ.get("BEFFROI_DEADLINE_S", "30"))


class Skip(Exception):
    """This case cannot run here; says why."""


class City:
    """A folder of a city in a temporary place."""

    def __init__(self, folder, name="Essai", **keys):
        self.dir = Path(folder) / "city"
        for sub in ("feeds.d", "rules.d"):
            (self.dir / sub).mkdir(parents=True, exist_ok=True)
        lines = ["[City]", f"Name={name}"] + [f"{key}={value}" for key, value in keys.items()]
        (self.dir / "city.conf").write_text("\n".join(lines) + "\n")

    def feed(self, name, text):
        (self.dir / "feeds.d" / f"{name}.feed").write_text(text)

    def rules(self, name, text):
        (self.dir / "rules.d" / f"{name}.rules").write_text(text)


class Payloads(http.server.ThreadingHTTPServer):
    """A mock city: each path answers with what `answers[path]` gives: bytes, or a function () -> (status, headers, bytes)."""

    daemon_threads = True

    def __init__(self):
        self.answers = {}
        self.asked = {}
        super().__init__(("127.0.0.1", 0), PayloadHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """A feed that is killed while it reads is what these tests are about."""


class PayloadHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = self.server.answers.get(self.path.split("?")[0])
        self.server.asked[self.path] = self.server.asked.get(self.path, 0) + 1
        if answer is None:
            self.send_error(404)
            return
        status, headers, body = answer() if callable(answer) else (200, {}, answer)
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class ApiError(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:300]!r}")
        self.status = status


class Engine:
    """The real beffroi-engine of one city; killed at the end whatever happens."""

    def __init__(self, folder, city, extra=(), environment=None):
        self.data = Path(folder) / "data"
        self.data.mkdir(exist_ok=True)
        self.socket = str(self.data / "engine.sock")
        self.city = city
        self.extra = list(extra)
        self.environment = environment
        self.process = None

    @property
    def address(self):
        return f"unix:{self.socket}"

    def start(self):
        self.log = open(self.data / "engine.log", "ab")
        self.process = subprocess.Popen(
            [BUILD / "src/engine/beffroi-engine", "--city", self.city.dir, "--data", self.data, "--listen", self.address,
             "--with-parent", *self.extra],
            stdout=subprocess.PIPE, stderr=self.log, env=self.environment)
        line = self.process.stdout.readline().decode()
        if not line.startswith("listening on "):
            raise AssertionError(f"the engine did not start: {line!r}\n{(self.data / 'engine.log').read_text()[-2000:]}")
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("the engine did not end within the deadline after SIGTERM")
        self.process.stdout.close()
        self.log.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.kill()

    def request(self, method, path, body=None, timeout=DEADLINE_S):
        connection = UnixConnection(self.socket, timeout)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {} if body is None else {"Content-Type": "application/json"})
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        if response.status >= 400:
            raise ApiError(response.status, data)
        return data

    def get(self, path):
        return json.loads(self.request("GET", path))

    def post(self, path, body=None):
        return json.loads(self.request("POST", path, body if body is not None else {}))

    def stream(self, after=None):
        return Stream(self.socket, after)


class Stream:
    """The engine's WebSocket (RFC 6455), as much as a test needs: text messages as objects, pings answered."""

    def __init__(self, path, after=None):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.buffer = b""
        query = "" if after is None else f"?after={after}"
        self.sock.sendall((f"GET /api/v1/events/ws{query} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        head = self._until(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise AssertionError(f"no WebSocket: {head!r}")

    def _fill(self):
        data = self.sock.recv(1 << 16)
        if not data:
            raise EOFError("the engine closed the stream")
        self.buffer += data

    def _until(self, mark):
        while mark not in self.buffer:
            self._fill()
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def _take(self, n):
        while len(self.buffer) < n:
            self._fill()
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def message(self, deadline):
        """The next message, or TimeoutError at the deadline (monotonic)."""
        text = b""
        while True:
            self.sock.settimeout(max(0.01, deadline - time.monotonic()))
            first, second = self._take(2)
            length = second & 127
            if length == 126:
                length = struct.unpack(">H", self._take(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self._take(8))[0]
            payload = self._take(length)
            opcode = first & 15
            if opcode == 9:
                self.sock.sendall(bytes([0x8A, 0x80 | len(payload)]) + b"\0\0\0\0" + payload)
            elif opcode == 8:
                raise EOFError("the engine closed the stream")
            else:
                text += payload
                if first & 0x80:
                    return json.loads(text)

    def wait(self, found, what, seconds=DEADLINE_S):
        """Reads until `found(message)` is true; the message that made it so."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                message = self.message(deadline)
            except (TimeoutError, socket.timeout):
                raise AssertionError(f"not seen within {seconds:.0f} s: {what}") from None
            if found(message):
                return message

    def close(self):
        self.sock.close()


# Car parks as the tests publish them: one record {key, nom, geo, libres, total, date_maj} a park.
PARKS_FEED = """[Feed]
Service=parking
Format=opendatasoft
Url={url}
Every=1s
Stale=1h
[Map]
id=key
name=nom
location=geo
free_spaces=libres
capacity=total
observed=date_maj
"""


def ctl(engine, *arguments):
    """beffroictl: exit code, standard output, standard error."""
    result = subprocess.run([BUILD / "src/ctl/beffroictl", "--connect", engine.address, *arguments], capture_output=True, text=True,
                            timeout=DEADLINE_S, check=False)
    return result.returncode, result.stdout, result.stderr


def capture(name):
    path = CAPTURES / name
    if not path.exists():
        raise Skip(f"the captured file {name} is not here")
    return path.read_bytes()


STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def redate(payload, now=None):
    """A captured payload as if it were captured now: every UTC stamp moved by what separates the newest from now."""
    stamps = [datetime.datetime.fromisoformat(s.decode()[:19] + "+00:00") for s in STAMP.findall(payload)]
    now = now or datetime.datetime.now(datetime.timezone.utc)
    shift = now - max(stamps)

    def move(match):
        stamp = datetime.datetime.fromisoformat(match.group().decode()[:19] + "+00:00") + shift
        return stamp.strftime("%Y-%m-%dT%H:%M:%SZ").encode()

    return STAMP.sub(move, payload)


KARLSRUHE = """[Feed]
Service=parking
Format=geojson
Url={url}
Every={every}
Stale={stale}
[Map]
id=id
name=parkhaus_name
address=parkhaus_strasse
free_spaces=freie_parkplaetze
capacity=gesamte_parkplaetze
observed=stand_freieparkplaetze
"""


def run(cases):
    """Runs (name, function) pairs and speaks TAP; a failure prints its traceback and the rest goes on."""
    print("TAP version 13")
    print(f"1..{len(cases)}", flush=True)
    failed = 0
    for i, (name, function) in enumerate(cases, 1):
        try:
            function()
            print(f"ok {i} - {name}", flush=True)
        except Skip as reason:
            print(f"ok {i} - {name} # SKIP {reason}", flush=True)
        except BaseException:
            failed += 1
            print(f"not ok {i} - {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    sys.exit(0 if failed == 0 else 1)
