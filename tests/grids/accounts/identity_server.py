"""A small identity server: OpenID Connect, WeCom's two questions and DingTalk's, on a free port."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import jwt


class IdentityServer(ThreadingHTTPServer):
    """`person` is who has logged in there; `asked` is what it was asked."""

    person: dict
    asked: list

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: IdentityServer

    def do_GET(self):
        self._answer(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_json = "json" in self.headers.get("Content-Type", "")
        self._answer(json.loads(body) if is_json else dict(parse_qsl(body)))

    def _answer(self, said):
        place = urlsplit(self.path).path
        self.server.asked.append((place, said))
        found = self._words(place, said)
        body = json.dumps(found).encode()
        self.send_response(200 if found else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _words(self, place, said):
        home = self.server.address
        if place == "/.well-known/openid-configuration":
            return {
                "issuer": home,
                "authorization_endpoint": f"{home}/authorize",
                "token_endpoint": f"{home}/token",
                "userinfo_endpoint": f"{home}/userinfo",
                "jwks_uri": f"{home}/jwks",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if place == "/token":
            claims = {"iss": home, "aud": said["client_id"], "exp": 4_000_000_000, "iat": 1}
            signed = jwt.encode(claims | self.server.person, "x" * 32, algorithm="HS256")
            return {"access_token": "t", "token_type": "Bearer", "id_token": signed}
        if place == "/gettoken":
            return {"errcode": 0, "access_token": "t"}
        if place.startswith("/v1.0/"):
            return self._words_of_dingtalk(place, said)
        return self.server.person

    def _words_of_dingtalk(self, place, said):
        """As api.dingtalk.com: the code is worth one token, and the token names the person."""
        wanted = {"clientId": "ding", "clientSecret": "s", "code": "c"}
        if place == "/v1.0/oauth2/userAccessToken" and wanted.items() <= said.items():
            return {"accessToken": "of-ding", "refreshToken": "r", "expireIn": 7200}
        token = self.headers.get("x-acs-dingtalk-access-token")
        if place == "/v1.0/contact/users/me" and token == "of-ding":
            return self.server.person
        return {}

    def log_message(self, *args):
        pass


@contextmanager
def identity_server():
    server = IdentityServer(("127.0.0.1", 0), _Answers)
    server.person, server.asked = {}, []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
