# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that misbehave: one that answers whatever a test says, and a proxy that stands before a
real server and delays, loses or replaces messages. Both on a free loopback port, in threads."""
import select
import socket
import struct
import threading
import time


class Listener:
    """Accepts connections and hands each to `serve` in a thread of its own."""

    def __init__(self, port=0):
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]
        self._threads, self._connections = [], []
        self._closed = threading.Event()
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def _accept(self):
        while not self._closed.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        try:
            with connection:
                self.serve(connection)
        except (OSError, ValueError):
            pass  # the other side went away, which is what many of these tests want

    def wait(self, seconds):
        """Sleeps, but not longer than the test."""
        self._closed.wait(seconds)

    def close(self):
        self._closed.set()
        for each in [self._socket, *self._connections]:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()
        for thread in [self._acceptor, *self._threads]:
            thread.join(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def reset(connection):
    """Closes so that the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def whole_http(data):
    """Size of the HTTP message that `data` begins with, 0 while it is not whole."""
    head, separator, _ = data.partition(b"\r\n\r\n")
    if not separator:
        return 0
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    size = len(head) + 4 + length
    return size if len(data) >= size else 0


def whole_dns(data):
    if len(data) < 2:
        return 0
    size = 2 + int.from_bytes(data[:2], "big")
    return size if len(data) >= size else 0


class Hostile(Listener):
    """answer(connection, message, self): called with every whole message. `messages` keeps them."""

    def __init__(self, whole, answer, port=0):
        self.whole, self.answer, self.messages = whole, answer, []
        super().__init__(port)

    def serve(self, connection):
        data = b""
        while True:
            more = connection.recv(65536)
            if not more:
                return
            data += more
            while size := self.whole(data):
                message, data = data[:size], data[size:]
                self.messages.append(message)
                if self.answer(connection, message, self) is False:
                    return


class Proxy(Listener):
    """Stands before 127.0.0.1:`port`. `rule(message)` says what becomes of each whole message of the
    client: "pass", "drop" (closed, never sent on), "lose" (sent on, closed without the reply),
    ("delay", seconds), ("stall", seconds: sent on, the reply waits), or octets to reply with."""

    def __init__(self, port, whole, rule=lambda message: "pass"):
        self.upstream, self.whole, self.rule = port, whole, rule
        self.messages = []
        super().__init__()

    def serve(self, client):
        with socket.create_connection(("127.0.0.1", self.upstream)) as server:
            data, losing, hold = b"", False, 0
            while not self._closed.is_set():
                ready, _, _ = select.select([client, server], [], [], 0.2)
                if server in ready:
                    reply = server.recv(65536)
                    if losing or not reply:
                        return reset(client) if losing else None
                    if hold:
                        self.wait(hold)
                        hold = 0
                    client.sendall(reply)
                if client in ready:
                    more = client.recv(65536)
                    if not more:
                        return None
                    data += more
                while size := self.whole(data):
                    message, data = data[:size], data[size:]
                    self.messages.append(message)
                    action = self.rule(message)
                    if action == "drop":
                        return reset(client)
                    if isinstance(action, bytes):
                        client.sendall(action)
                        continue
                    if isinstance(action, tuple) and action[0] == "delay":
                        self.wait(action[1])
                    hold = action[1] if isinstance(action, tuple) and action[0] == "stall" else 0
                    losing = action == "lose"
                    server.sendall(message)
        return None


def http_reply(body, status="200 OK", *headers, length=None):
    body = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json",
             f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def is_change(message):
    """Whether it is a request that changes something, of HTTP or DNS (opcode UPDATE)."""
    return message[:5] in (b"PATCH", b"POST ", b"DELET") or (
        len(message) > 4 and message[:3] != b"GET" and (message[4] >> 3) & 15 == 5)


def wait_until(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False
