"""A webhook calls machines outside, at the address that was looked up, and says nothing of inside."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from grids.messages import calling


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_no_machine_of_a_network_of_our_own_is_outside(address):
    assert not calling.is_outside(address)


@pytest.mark.parametrize("address", ["223.5.5.5", "8.8.8.8", "2400:3200::1", "2606:4700::1111"])
def test_a_machine_of_the_internet_is(address):
    assert calling.is_outside(address)


def answers(monkeypatch, *addresses):
    """Names are looked up to these addresses; how often, in the list that is returned."""
    asked, honest = [], socket.getaddrinfo

    def look_up(host, port, *how, **more):
        if host[0].isdigit():
            return honest(host, port, *how, **more)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_one_address_inside_among_others_is_enough_to_refuse(monkeypatch):
    answers(monkeypatch, "223.5.5.5", "10.0.0.1")

    with pytest.raises(ValueError, match="not an address outside"):
        calling.place_of("hook.example.org", 443)


def test_the_operator_allows_a_machine_of_the_office(monkeypatch, settings):
    answers(monkeypatch, "10.0.0.1")
    settings.WEBHOOK_HOSTS = ["chat.office.lan"]

    assert calling.place_of("Chat.office.LAN", 443) == ("10.0.0.1", 443)
    with pytest.raises(ValueError, match="not an address outside"):
        calling.place_of("mail.office.lan", 443)


class Machine:
    """A server of this test, which says what it was asked and answers as it is told."""

    def __init__(self, answer):
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                outer.asked.append((self.path, self.headers["Host"]))
                answer(self)

            def log_message(self, *arguments):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()


@pytest.fixture
def machine(settings):
    """machine(answer): running, and allowed."""
    settings.WEBHOOK_HOSTS = ["127.0.0.1", "hook.example.org"]
    with contextlib.ExitStack() as running:

        def start(answer):
            one = Machine(answer)
            running.callback(one.server.server_close)
            running.callback(one.server.shutdown)
            return one

        yield start


def ok(handler):
    handler.send_response(200)
    handler.end_headers()


def test_the_name_is_looked_up_once_and_that_address_is_called(machine, monkeypatch):
    found = machine(ok)
    honest = socket.create_connection
    called = []
    monkeypatch.setattr(
        socket, "create_connection", lambda place, *a: called.append(place) or honest(place, *a)
    )
    asked = answers(monkeypatch, "127.0.0.1")

    assert calling.post(f"http://hook.example.org:{found.port}/a?b=c#d", b"{}", {}) == 200

    assert asked == ["hook.example.org"]
    assert called == [("127.0.0.1", found.port)]
    assert found.asked == [("/a?b=c", f"hook.example.org:{found.port}")]


def test_a_redirect_is_an_answer_and_not_followed(machine):
    def elsewhere(handler):
        handler.send_response(302)
        handler.send_header("Location", f"http://127.0.0.1:{handler.server.server_port}/other")
        handler.end_headers()

    found = machine(elsewhere)

    assert calling.post(f"http://127.0.0.1:{found.port}/", b"{}", {}) == 302
    assert len(found.asked) == 1


def test_a_closed_port_an_unknown_name_and_a_machine_inside_look_the_same(machine, settings):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        said = set()
        for address in (
            f"http://127.0.0.1:{port}/",
            "http://no-such-name.invalid/",
            f"http://localhost:{port}/",
            f"http://[::ffff:127.0.0.1]:{port}/",
            "http://hook.example.org:99999/",
            "https://a\0b/",
        ):
            with pytest.raises(calling.NotCalled) as told:
                calling.post(address, b"{}", {})
            said.add(str(told.value))
    assert said == {""}


def test_whoever_answers_a_letter_at_a_time_is_hung_up_on(machine, monkeypatch):
    monkeypatch.setattr(calling, "LONGEST_SECONDS", 0.2)
    let_go = threading.Event()

    def slowly(handler):
        with contextlib.suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200")
            handler.wfile.flush()
            let_go.wait(4)

    found = machine(slowly)
    with pytest.raises(calling.NotCalled):
        calling.post(f"http://127.0.0.1:{found.port}/", b"{}", {})
    let_go.set()
