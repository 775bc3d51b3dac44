# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, certificates and tokens of the DNS.services simulator, made by the openssl command."""
import base64
import functools
import json
import pathlib
import subprocess


EC_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=True).stdout


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@functools.cache
def rsa_key():
    """A private and a public key in PEM form, the same for all simulators of a process: to find primes takes
    longer than most tests do."""
    private = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-outform", "PEM")
    return private, openssl("pkey", "-pubout", data=private)


class TokenKey:
    """An RSA key that signs tokens (RS256)."""

    def __init__(self, directory):
        self.private = pathlib.Path(directory) / "token.key"
        self.public = pathlib.Path(directory) / "token.pub"
        for path, text in zip((self.private, self.public), rsa_key()):
            path.touch(0o600)
            path.write_bytes(text)

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
    openssl("req", "-x509", *EC_KEY, "-nodes", "-keyout", ca_key, "-out", ca, "-days", "2",
            "-subj", "/CN=simulator authority", "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", *EC_KEY, "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=localhost")
    extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
            "-extfile", extensions, "-out", cert)
    return ca, cert, key
