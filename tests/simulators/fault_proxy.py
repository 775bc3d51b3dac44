# SPDX-License-Identifier: GPL-3.0-or-later
"""Proxies that stand between rezone and a real server and do to messages what bad networks, load
balancers and liars do. HTTP_FAULTS, TCP_FAULTS and UDP_FAULTS name what they can do.

    with StreamProxy(server_port, whole_http, HTTP_FAULTS["reset after"], applies=is_change) as proxy:
        ...  # proxy.port, proxy.hits
    with DnsProxy(server_port, udp=UDP_FAULTS["loss"], tcp=TCP_FAULTS["drip"]) as proxy:
        ...
"""
import pathlib
import random
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from support.hostile import Listener, http_reply, reset, whole_dns, whole_http  # noqa: E402

UPSTREAM_SECONDS = 20
DRIP_SECONDS = 0.01


class Exchange:
    """One whole request of a client, and what a fault can do with it."""

    def __init__(self, proxy, client, request):
        self.proxy, self.client, self.request = proxy, client, request

    def forward(self, request=None):
        """Has the server do it; its reply. On a connection of its own, so that nothing mixes."""
        with socket.create_connection(("127.0.0.1", self.proxy.upstream), UPSTREAM_SECONDS) as server:
            server.sendall(self.request if request is None else request)
            data = b""
            while not self.proxy.whole(data):
                more = server.recv(65536)
                if not more:
                    break
                data += more
            return data

    def reply(self, data):
        self.client.sendall(data)

    def drip(self, data, pause=DRIP_SECONDS):
        """Octet by octet, so that every read of the client gives a part."""
        self.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in data:
            self.client.sendall(bytes([octet]))
            self.proxy.wait(pause)

    def reset(self):
        reset(self.client)

    def close(self):
        self.client.shutdown(socket.SHUT_RDWR)

    def wait(self, seconds):
        self.proxy.wait(seconds)


class StreamProxy(Listener):
    """Hands each request to `fault(exchange)` that `applies` to it, `times` of them at most (None: all);
    the others pass. hits: how many the fault had."""

    def __init__(self, upstream, whole, fault=None, applies=lambda request: True, times=None,
                 port=0):
        self.upstream, self.whole, self.fault, self.applies = upstream, whole, fault, applies
        self.times, self.hits, self._lock = times, 0, threading.Lock()
        super().__init__(port)

    def _is_hit(self, request):
        with self._lock:
            hit = self.fault and self.applies(request) and (self.times is None or self.hits < self.times)
            self.hits += bool(hit)
            return hit

    def serve(self, connection):
        data = b""
        while more := connection.recv(65536):
            data += more
            while size := self.whole(data):
                request, data = data[:size], data[size:]
                exchange = Exchange(self, connection, request)
                if self._is_hit(request):
                    self.fault(exchange)
                else:
                    exchange.reply(self._whole_reply(exchange))

    def _whole_reply(self, exchange):
        """DNS transfers are more than one message: all that comes until the server pauses."""
        if self.whole is whole_http:
            return exchange.forward()
        with socket.create_connection(("127.0.0.1", self.upstream), UPSTREAM_SECONDS) as server:
            server.sendall(exchange.request)
            reply = server.recv(65536)
            server.settimeout(0.05)
            try:
                while more := server.recv(65536):
                    reply += more
            except TimeoutError:
                pass
            return reply


def twice(exchange):
    """A network that delivers a request two times."""
    first = exchange.forward()
    exchange.forward()
    exchange.reply(first)


def later(seconds):
    """Long after the client has given up, the request arrives all the same."""
    def fault(exchange):
        exchange.wait(seconds)
        exchange.forward()
    return fault


def instead(reply, do_it=False):
    """Another reply than the server's; with `do_it` the server does it nevertheless."""
    def fault(exchange):
        if do_it:
            exchange.forward()
        exchange.reply(reply(exchange.request) if callable(reply) else reply)
    return fault


def cut(exchange):
    reply = exchange.forward()
    exchange.reply(reply[:len(reply) // 2])
    exchange.close()


def after(seconds):
    def fault(exchange):
        reply = exchange.forward()
        exchange.wait(seconds)
        exchange.reply(reply)
    return fault


def slow_request(exchange):
    """The server gets it in three pieces."""
    with socket.create_connection(("127.0.0.1", exchange.proxy.upstream), UPSTREAM_SECONDS) as server:
        size = len(exchange.request)
        for begin, end in ((0, size // 3), (size // 3, size - 1), (size - 1, size)):
            server.sendall(exchange.request[begin:end])
            exchange.wait(0.05)
        data = b""
        while not exchange.proxy.whole(data) and (more := server.recv(65536)):
            data += more
    exchange.reply(data)


# What becomes of a request to an HTTP API.
HTTP_FAULTS = {
    "reset before": lambda exchange: exchange.reset(),
    "reset after": lambda exchange: (exchange.forward(), exchange.reset()),
    "close after": lambda exchange: (exchange.forward(), exchange.close()),
    "delay": after(0.5),
    "delay past the limit": after(1.5),
    "arrives later": later(1.5),
    "truncated": cut,
    "500": instead(http_reply('{"error": "broken"}', "500 Internal Server Error")),
    "500 though done": instead(http_reply('{"error": "broken"}', "500 Internal Server Error"), True),
    "502": instead(http_reply("<html>bad gateway</html>", "502 Bad Gateway")),
    "502 though done": instead(http_reply("<html>bad gateway</html>", "502 Bad Gateway"), True),
    "503": instead(http_reply("", "503 Service Unavailable")),
    "429": instead(http_reply("", "429 Too Many Requests", "Retry-After: 1")),
    "lying 200": instead(http_reply("{}")),
    "lying 204": instead(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "no HTTP": instead(b"\0\1\2\3 no HTTP\r\n\r\n"),
    "twice": twice,
    "drip": lambda exchange: exchange.drip(exchange.forward(), 0.002),
    "slow request": slow_request,
}


def dns_header(request, rcode=0, truncated=False):
    """A reply of header and question alone to a message without its length."""
    end = 12 + request[12:].index(0) + 5
    flags = bytes([(request[2] | 0x84 | (2 if truncated else 0)) & 0xFF, rcode])
    return request[:2] + flags + b"\0\1\0\0\0\0\0\0" + request[12:end]


def framed(message):
    return len(message).to_bytes(2, "big") + message


def other_id(message):
    return bytes([message[0] ^ 0x5A, message[1]]) + message[2:]


def spoofed_first(exchange):
    reply = exchange.forward()
    exchange.reply(framed(other_id(reply[2:])))
    exchange.reply(reply)


# What becomes of a DNS message over TCP; updates and transfers are sent so.
TCP_FAULTS = {
    "reset before": lambda exchange: exchange.reset(),
    "reset after": lambda exchange: (exchange.forward(), exchange.reset()),
    "close after": lambda exchange: (exchange.forward(), exchange.close()),
    "delay": after(0.5),
    "delay past the limit": after(1.5),
    "arrives later": later(1.5),
    "truncated": cut,
    "SERVFAIL": instead(lambda request: framed(dns_header(request[2:], 2))),
    "SERVFAIL though done": instead(lambda request: framed(dns_header(request[2:], 2)), True),
    "lying NOERROR": instead(lambda request: framed(dns_header(request[2:]))),
    "lying REFUSED": instead(lambda request: framed(dns_header(request[2:], 5))),
    "spoofed id": spoofed_first,
    "twice": twice,
    "drip": lambda exchange: exchange.drip(exchange.forward(), 0.001),
    "slow request": slow_request,
}


class Datagrams:
    """What a fault over UDP can do with one question."""

    def __init__(self, proxy, client, question, number):
        self.proxy, self.client, self.question, self.number = proxy, client, question, number

    def forward(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.settimeout(2)
            server.connect(("127.0.0.1", self.proxy.upstream))
            server.send(self.question)
            return server.recv(65535)

    def reply(self, data, source=None):
        (source or self.proxy.socket).sendto(data, self.client)


def lost(datagrams):
    """Of six questions one, and the reply to another; what is asked again has another turn."""
    if datagrams.number % 6 != 1:
        reply = datagrams.forward()
        if datagrams.number % 6 != 4:
            datagrams.reply(reply)


def reordered(datagrams):
    """Replies wait a moment by chance, so that they overtake each other."""
    reply = datagrams.forward()
    time.sleep(datagrams.proxy.chance.uniform(0, 0.05))
    datagrams.reply(reply)


def forged_elsewhere(datagrams):
    """The right id and question, NXDOMAIN, from another port; then the truth."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        datagrams.reply(dns_header(datagrams.question, 3), stranger)
    datagrams.reply(datagrams.forward())


def spoofed_ids(datagrams):
    """Many guesses of the id, all NXDOMAIN, ahead of the truth."""
    own = int.from_bytes(datagrams.question[:2], "big")
    for _ in range(20):
        guess = datagrams.proxy.chance.randrange(65536)
        if guess != own:
            datagrams.reply(guess.to_bytes(2, "big") + dns_header(datagrams.question, 3)[2:])
    datagrams.reply(datagrams.forward())


def other_question(datagrams):
    reply = bytearray(dns_header(datagrams.question, 3))
    reply[13] ^= 1
    datagrams.reply(bytes(reply))
    datagrams.reply(datagrams.forward())


# What becomes of a question over UDP; servers are asked so when a change is verified.
UDP_FAULTS = {
    "loss": lost,
    "reordering": reordered,
    "duplicates": lambda d: [d.reply(reply) for reply in (d.forward(), d.forward())],
    "spoofed ids": spoofed_ids,
    "forged elsewhere": forged_elsewhere,
    "other question": other_question,
    "truncated": lambda d: d.reply(dns_header(d.question, truncated=True)),
    "cut short": lambda d: (d.reply(d.forward()[:-9]), d.reply(d.forward())),
    "garbage": lambda d: (d.reply(d.question[:2] + d.proxy.chance.randbytes(60)), d.reply(d.forward())),
}


class DnsProxy(StreamProxy):
    """UDP and TCP on one port before a DNS server. `udp` has every question, `tcp` those requests that
    `applies` to; a fault that is None lets all pass."""

    def __init__(self, upstream, udp=None, tcp=None, applies=lambda request: True, times=None):
        self.chance = random.Random(5)
        self.udp, self.questions = udp, 0
        for _ in range(50):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind(("127.0.0.1", 0))
            self.socket.settimeout(0.2)  # so that the reader looks whether it is closed
            try:
                super().__init__(upstream, whole_dns, tcp, applies, times, self.socket.getsockname()[1])
                break
            except OSError:  # taken for TCP
                self.socket.close()
        self._reader = threading.Thread(target=self._receive, daemon=True)
        self._reader.start()

    def _receive(self):
        workers = []
        while not self._closed.is_set():
            try:
                question, client = self.socket.recvfrom(65535)
            except TimeoutError:
                continue
            except OSError:
                break
            self.questions += 1
            one = Datagrams(self, client, question, self.questions)
            workers.append(threading.Thread(target=self._answer, args=(one,), daemon=True))
            workers[-1].start()
        for worker in workers:
            worker.join(5)

    def _answer(self, one):
        try:
            if self.udp:
                self.udp(one)
            else:
                one.reply(one.forward())
        except OSError:
            pass  # the client or the proxy has gone

    def close(self):
        self._closed.set()
        self._reader.join(10)
        self.socket.close()
        super().close()
