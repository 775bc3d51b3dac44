# SPDX-License-Identifier: GPL-3.0-or-later
"""Small services for tests to talk to: HTTP, TLS with a CA of the test's own, SMTP."""
import base64
import http.server
import socket
import ssl
import subprocess
import threading


class Web:
    """HTTP on a free port. `answers` is a list of (status, body) that are given in turn, the last for
    ever; what came is in `requests` as (method, path, headers, body)."""

    def __init__(self, answers=((200, "fine"),), context=None):
        self.answers, self.requests = list(answers), []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                size = int(self.headers.get("Content-Length", 0))
                outer.requests.append((self.command, self.path, dict(self.headers), self.rfile.read(size)))
                status, body = outer.answers[0]
                if len(outer.answers) > 1:
                    outer.answers.pop(0)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # clients that go away are what the tests are about

        self.server = Server(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def certificate(directory, name, days=30):
    """A self-signed certificate that is its own CA; an SSL context for servers, and the file's path."""
    directory.mkdir(parents=True, exist_ok=True)
    key, path = directory / f"{name}.key", directory / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", path, "-days", str(days), "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key)
    return context, path


def closed_port():
    """A port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mail:
    """SMTP (RFC 5321) on a free port, with STARTTLS where there is a context and a log-in where there
    are credentials. `replies` maps a verb to replies that are given in turn in place of the usual one.
    Messages are in `messages` as (sender, [recipients], text), log-ins in `logins` as (TLS?, user, password)."""

    def __init__(self, context=None, credentials=None, replies=None):
        self.context, self.credentials = context, credentials
        self.replies = {verb: list(lines) for verb, lines in (replies or {}).items()}
        self.messages, self.logins = [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.05)
        self.port = self.listener.getsockname()[1]
        self.ending = False
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ending = True
        self.thread.join()
        self.listener.close()

    def serve(self):
        while not self.ending:
            try:
                connection, _ = self.listener.accept()
            except TimeoutError:
                continue
            try:
                connection.settimeout(5)
                self.talk(connection)
            except (OSError, ValueError):
                pass
            finally:
                connection.close()

    def talk(self, connection):
        secure, sender, recipients = False, None, []
        stream = connection.makefile("rb")

        def say(*lines):
            connection.sendall("".join(line + "\r\n" for line in lines).encode())
        say("220 test")
        while True:
            line = stream.readline(2000).decode().rstrip("\r\n")
            if not line:
                return
            verb = line.split()[0].upper().split(":")[0]
            if self.replies.get(verb):
                say(self.replies[verb].pop(0))
            elif verb == "EHLO":
                features = ["AUTH PLAIN LOGIN"] if self.credentials and (secure or not self.context) else []
                features += ["STARTTLS"] if self.context and not secure else []
                names = ["test", *features]
                say(*[f"250{'-' if i + 1 < len(names) else ' '}{name}" for i, name in enumerate(names)])
            elif verb == "STARTTLS" and self.context:
                say("220 go")
                connection = self.context.wrap_socket(connection, server_side=True)
                stream, secure = connection.makefile("rb"), True
            elif verb == "AUTH":
                given = line.split()[2] if len(line.split()) > 2 else None
                if given is None:
                    say("334 ")
                    given = stream.readline(2000).decode().strip()
                _, user, password = base64.b64decode(given).decode().split("\0")
                self.logins.append((secure, user, password))
                say("235 in" if (user, password) == self.credentials else "535 no")
            elif verb == "MAIL":
                sender, recipients = line[line.index("<") + 1:line.index(">")], []
                say("250 ok")
            elif verb == "RCPT":
                recipients.append(line[line.index("<") + 1:line.index(">")])
                say("250 ok")
            elif verb == "DATA":
                say("354 go on")
                lines = []
                while (got := stream.readline(2000)) not in (b".\r\n", b""):
                    lines.append(got)
                self.messages.append((sender, recipients, b"".join(lines)))
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")
