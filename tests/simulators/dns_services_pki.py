# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, certificates and tokens of the DNS.services simulator, made by the openssl command."""
import base64
import json
import pathlib
import subprocess


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=True).stdout


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TokenKey:
    """An RSA key that signs tokens (RS256)."""

    def __init__(self, directory):
        self.private = pathlib.Path(directory) / "token.key"
        self.public = pathlib.Path(directory) / "token.pub"
        openssl("genrsa", "-out", self.private, "2048")
        openssl("rsa", "-in", self.private, "-pubout", "-out", self.public)

    def sign(self, claims, algorithm="RS256"):
        head = encode(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
        signed = f"{head}.{encode(json.dumps(claims).encode())}"
        return f"{signed}.{encode(openssl('dgst', '-sha256', '-sign', self.private, data=signed.encode()))}"


def make_certificates(directory):
    """An authority of its own, and a certificate for 127.0.0.1 and localhost below it. Returns the
    paths of the authority's certificate, the chain and the key."""
    directory = pathlib.Path(directory)
    ca, ca_key, cert, key = (directory / name for name in ("ca.pem", "ca.key", "server.pem", "server.key"))
    request, extensions = directory / "server.csr", directory / "extensions"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", ca_key, "-out", ca, "-days", "2",
            "-subj", "/CN=simulator authority", "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=localhost")
    extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
            "-extfile", extensions, "-out", cert)
    return ca, cert, key
