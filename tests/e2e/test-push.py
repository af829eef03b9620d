# SPDX-License-Identifier: EUPL-1.2
"""What is pushed over HTTP, and OAuth2 client credentials: the real engine and feed; every answer counted, and the secrets in no
output, not in the API, the metrics, the store's texts or standard error."""
import base64
import datetime
import json
import os
import re
import socket
import tempfile
from pathlib import Path

from beffroi import City, Engine, Payloads, UnixConnection, run

PUSH = "t0ken-of-the-push-9"
CLIENT = "cl1ent-secret-%&-7"
FEED = "[Feed]\nService=parking\nFormat=json\n{keys}Every=1s\nStale=1h\nKind=off_street\n[Map]\nid=key\nfree_spaces=free\nobserved=at\n"


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def body(value):
    return json.dumps({"key": "a", "free": value, "at": now()}).encode()


def secret(city, name, text):
    folder = city.dir / "secrets.d"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o600)


def send(engine, feed, data, headers, method="POST"):
    connection = UnixConnection(engine.address.removeprefix("unix:"), 30)
    connection.request(method, f"/api/v1/push/{feed}", body=data, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def flood(engine, feed, headers):
    """On one connection, until the rate is said to be too high."""
    connection = UnixConnection(engine.address.removeprefix("unix:"), 30)
    codes = []
    while 429 not in codes and len(codes) < 20000:
        connection.request("POST", f"/api/v1/push/{feed}", body=body(len(codes) % 100), headers=headers)
        answer = connection.getresponse()
        answer.read()
        codes.append(answer.status)
    connection.close()
    return codes


def state(name, *states):
    return lambda m: m["type"] == "feed" and m["feed"]["name"] == name and m["feed"]["state"] in states


def pushed():
    with tempfile.TemporaryDirectory() as folder:
        city = City(folder)
        secret(city, "push", PUSH + "\n")
        city.feed("p", FEED.format(keys="Transport=push\nToken=secret:push\n"))
        city.feed("q", FEED.format(keys="Url=http://127.0.0.1:1/\n"))
        city.feed("bare", FEED.format(keys="Url=http://127.0.0.1:1/?apikey=Zebra-1\nHeader.X-Token=Zebra-2\n"))
        engine = Engine(folder, city).start()
        try:
            bearer = {"Authorization": f"Bearer {PUSH}"}
            stream = engine.stream(0)
            assert send(engine, "p", body(1), bearer) == 202
            stream.wait(state("p", "ok"), "OK")
            assert send(engine, "p", body(2), {"X-Auth-Token": PUSH}) == 202
            assert send(engine, "p", body(3), {}) == 401
            assert send(engine, "p", body(3), {"Authorization": f"Bearer {PUSH}x"}) == 401
            assert send(engine, "q", body(3), bearer) == 401
            assert send(engine, "nothing", body(3), bearer) == 401
            assert send(engine, "p", None, bearer, "GET") == 405
            assert send(engine, "p", b"x" * (1 << 20) + b"y", bearer) == 413
            codes = flood(engine, "p", bearer)
            assert codes[0] == 202 and set(codes) == {202, 429}, set(codes)
            engine.post("/api/v1/feeds/p/pause", {"reason": "test"})
            seen = set()
            while 503 not in seen:
                seen.add(send(engine, "p", body(4), bearer))
            metrics = engine.request("GET", "/metrics").decode()
            for code in ("202", "401", "413", "429", "503"):
                line = [l for l in metrics.splitlines() if l.startswith(f'beffroi_push_total{{feed="p",status="{code}"}}')][0]
                assert int(line.split()[-1]) > 0, line
            everything = metrics + engine.request("GET", "/api/v1/feeds").decode() + engine.request("GET", "/api/v1/feeds/p").decode()
            assert PUSH not in everything
            # A key that stands in a feed file is refused, and shown to nobody.
            bare = engine.get("/api/v1/feeds/bare")
            assert bare["state"] == "off" and "holds a secret" in bare["reason"] and "Header.X-Token" in bare["text"], bare
            assert bare["url"] == "http://127.0.0.1:1/?apikey=•••", bare["url"]
            everything += json.dumps(bare) + engine.request("GET", "/api/v1/problems").decode()
            assert "Zebra-" not in everything
        finally:
            engine.stop()


def oauth():
    with tempfile.TemporaryDirectory() as folder:
        city = City(folder)
        payloads = Payloads()
        given = []
        secret(city, "client", CLIENT)
        refuse = [0]

        class Handler(payloads.RequestHandlerClass):
            def do_POST(self):
                expected = base64.b64encode(b"beffroi:cl1ent-secret-%25%26-7").decode()
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                good = self.headers["Authorization"] == f"Basic {expected}" and text == "grant_type=client_credentials&scope=read%20all"
                given.append(f"acc3ss-{len(given)}-token")
                answer = json.dumps({"access_token": given[-1], "expires_in": 3, "token_type": "Bearer"}).encode()
                self.send_response(200 if good else 401)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_GET(self):
                good = given and self.headers["Authorization"] == f"Bearer {given[-1]}" and self.headers["Fiware-Service"] == "city"
                if good and len(given) == 2 and refuse[0] == 0:
                    refuse[0] = 1
                    good = False
                self.server.answers["/d"] = (lambda: (200, {}, body(5))) if good else (lambda: (401, {"X-Echo": str(given)}, str(given).encode()))
                super().do_GET()

        payloads.RequestHandlerClass = Handler
        city.feed("o", FEED.format(keys=f"Url={payloads.url}/d\nOAuth={payloads.url}/token\nClientId=beffroi\nClientSecret=secret:client\n"
                                        "Scope=read all\nHeader.Fiware-Service=city\n"))
        engine = Engine(folder, city).start()
        try:
            stream = engine.stream(0)
            stream.wait(state("o", "ok"), "OK")
            for _ in range(3):
                n = len(given)
                stream.wait(lambda m: m["type"] == "feed" and len(given) > n, "a renewed token", 20)
            assert refuse[0] == 1
            assert engine.get("/api/v1/feeds/o")["state"] == "ok"
            everything = (engine.request("GET", "/metrics") + engine.request("GET", "/api/v1/feeds/o") + engine.request("GET", "/api/v1/feeds")).decode()
            for word in [CLIENT] + given:
                assert word not in everything, word
            for path in Path(engine.data).rglob("*"):
                if path.is_file():
                    data = path.read_bytes()
                    assert CLIENT.encode() not in data and not any(g.encode() in data for g in given), path
        finally:
            engine.stop()
            payloads.shutdown()


def raw(engine, data):
    """The bytes as they are, on a connection of their own, which stays open."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    connection.connect(engine.address.removeprefix("unix:"))
    connection.sendall(data)
    return connection


def answer(connection):
    """The status of the answer; 0 when the connection is closed without one."""
    try:
        said = connection.recv(4096)
    except ConnectionError:
        return 0
    return int(said.split()[1]) if said.startswith(b"HTTP/1.1 ") else 0


def memory(engine):
    """Bytes that the engine holds."""
    status = Path(f"/proc/{engine.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) * 1024


def head(length, **more):
    lines = ["POST /api/v1/push/p HTTP/1.1", "Host: localhost", f"Authorization: Bearer {PUSH}"]
    lines += [f"Content-Length: {length}"] if length is not None else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def faults():
    """Senders that are cut, slow, garbled, too large or say rubbish: none holds up another, and what was taken adds up."""
    with tempfile.TemporaryDirectory() as folder:
        city = City(folder)
        secret(city, "push", PUSH + "\n")
        city.feed("p", FEED.format(keys="Transport=push\nToken=secret:push\n"))
        engine = Engine(folder, city).start()
        try:
            bearer = {"Authorization": f"Bearer {PUSH}"}
            stream = engine.stream(0)
            assert send(engine, "p", body(1), bearer) == 202
            stream.wait(state("p", "ok"), "OK")
            # Cut within the body: nothing of it is taken.
            for part in (0, 1, 20):
                raw(engine, head(60) + b"x" * part).close()
            # Slow: two hundred that never end, each with a part of its body; and one that never ends its head.
            slow = [raw(engine, head(1000) + b"{") for _ in range(200)] + [raw(engine, b"POST /api/v1/push/p HTTP/1.1\r\nX-Slow: ")]
            assert send(engine, "p", body(2), bearer) == 202
            # Garbled, and of no length.
            assert answer(raw(engine, os.urandom(200).replace(b"\r\n", b"") + b"\r\n\r\n")) in (0, 400)
            assert answer(raw(engine, head(None, Transfer_Encoding="chunked") + b"0\r\n\r\n")) == 411
            # Of what is refused by its head nothing is kept, whoever sends it: 2 GB are announced, and 100 MB of them come.
            before = memory(engine)
            for bad in (head(2 << 30), head(2 << 30).replace(PUSH.encode(), b"wrong"), head(2 << 30).replace(b"push/p", b"feeds/p/pause")):
                sender = raw(engine, bad)
                for _ in range(100):
                    sender.sendall(bytes(1 << 20))
                sender.close()
            grown = memory(engine) - before
            assert grown < 20e6, grown
            assert send(engine, "p", body(3), bearer) == 202
            # The type that a sender says is not asked: the format is the feed's, and what it cannot read is refused, in words.
            seq = engine.get("/api/v1/feeds/p")["refused"]
            assert send(engine, "p", b"<html>Bienvenue</html>", {**bearer, "Content-Type": "text/html"}) == 202
            said = stream.wait(lambda m: m["type"] == "feed" and m["feed"]["name"] == "p" and m["feed"]["refused"] > seq, "refused")
            assert "not JSON" in said["feed"]["last_refused"], said["feed"]["last_refused"]
            assert said["feed"]["reason"].startswith("1 message could not be read, such as: "), said["feed"]["reason"]
            assert send(engine, "p", body(4), bearer) == 202
            last = stream.wait(lambda m: m["type"] == "feed" and m["feed"]["name"] == "p" and m["feed"]["observations"] == 4, "all of them")["feed"]
            assert last["records"] == last["observations"] + last["refused"] == 5, last
            assert last["attempts"] == last["payloads"] + last["not_modified"] + last["failed"], last
            taken = [l for l in engine.request("GET", "/metrics").decode().splitlines() if l.startswith('beffroi_push_total{feed="p",status="202"}')]
            assert int(taken[0].split()[-1]) == 5, taken
            print(f"# 204 senders cut or slow, 5 bodies taken = {last['observations']} observations + {last['refused']} refused: "
                  f"{last['last_refused']}; 300 MB refused by their head: the engine grew by {grown / 1e6:.1f} MB")
            for connection in slow:
                connection.close()
        finally:
            engine.stop()


run([("senders that are cut, slow, garbled or say rubbish", faults),
     ("what is pushed: 202, 401, 405, 413, 429, 503, all counted", pushed),
     ("OAuth2 client credentials, renewed before they end and when they are refused", oauth)])
