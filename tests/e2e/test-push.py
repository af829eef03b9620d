# SPDX-License-Identifier: EUPL-1.2
"""What is pushed over HTTP, and OAuth2 client credentials: the real engine and feed; every answer counted, and the secrets in no
output, not in the API, the metrics, the store's texts or standard error."""
import base64
import datetime
import json
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


run([("what is pushed: 202, 401, 405, 413, 429, 503, all counted", pushed),
     ("OAuth2 client credentials, renewed before they end and when they are refused", oauth)])
