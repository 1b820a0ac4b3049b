"""The line between a phone and the site, which a test can cut where it hurts."""

import contextlib
import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Line:
    """`site` is the address on this side. `cut`: None, or what happens to each request:

    "before": it never arrives; "after": it arrives, the answer does not; "half": half of the
    answer does; "broken": a 503 of something in between. `at` limits that to the requests with
    these numbers (1, 2, ...), counted from when it is set; `seen` are the requests so far.
    """

    def __init__(self, site, port=0):
        self.upstream = urlsplit(site).netloc
        self.cut, self.at, self.count, self.seen = None, None, 0, []
        self.server = ThreadingHTTPServer(("localhost", port), self._handler())
        self.server.daemon_threads = True
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.site = f"http://localhost:{self.server.server_port}"

    def break_it(self, how="before", at=None, method=None):
        self.cut, self.at, self.method, self.count = how, at, method, 0

    def mend(self):
        self.cut = None

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def fate(self, method):
        if self.cut is None or (self.method and method != self.method):
            return None
        self.count += 1
        return self.cut if self.at is None or self.count in self.at else None

    def _handler(line):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def carry(self):
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                fate = line.fate(self.command)
                line.seen.append((self.command, self.path, fate))
                if fate == "before":
                    return self.hang_up()
                if fate == "broken":
                    return self.answer(503, [], b"away")
                there = http.client.HTTPConnection(line.upstream, timeout=60)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
                there.request(self.command, self.path, body, headers)
                found = there.getresponse()
                words = found.read()
                there.close()
                if fate == "after":
                    return self.hang_up()
                headers = [(k, v) for k, v in found.getheaders() if k.lower() not in HOP]
                self.answer(found.status, headers, words, half=fate == "half")

            do_GET = do_POST = do_HEAD = carry

            def answer(self, status, headers, words, *, half=False):
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    for name, value in headers:
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(words)))
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(words[: len(words) // 2] if half else words)
                    if half:
                        self.hang_up()

            def hang_up(self):
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(2)

        return Handler
