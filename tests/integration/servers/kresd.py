# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Knot Resolver on a free loopback port, whose rules rezone keeps.

    with KresdServer(tmp_path, rules=directory) as resolver:
        ...  # resolver.address, resolver.port, resolver.control
"""
import shutil
import socket

from .unbound import UnboundServer


class KresdServer(UnboundServer):
    program = "kresd"

    @classmethod
    def executable(cls):
        return shutil.which("kresd") or shutil.which("kresd", path="/usr/sbin:/usr/local/sbin")

    @property
    def config(self):
        return self.directory / "kresd.conf"

    @property
    def control(self):
        return self.directory / "control" / str(self.process.pid)

    def configure(self):
        lines = [f"net.listen('{self.address}', {self.port}, {{ kind = 'dns' }})\n",
                 "trust_anchors.remove('.')\ncache.size = 10 * MB\n",
                 "modules.unload('ta_update')\nmodules.unload('priming')\n",
                 "modules.unload('detect_time_skew')\nmodules.load('hints')\n",
                 "hints.root({ ['ns.invalid.'] = '127.0.0.1' })\n"]
        if self.rules:  # as the guide says
            lines.append(f"""for _, name in ipairs(require('kluautil').list_dir('{self.rules}')) do
    if name:match('^[^.].*%.lua$') then dofile('{self.rules}/' .. name) end
end
""")
        self.config.write_text("".join(lines))

    def evaluate(self, line):
        """What the running resolver says a line of Lua is worth."""
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(5)
            control.connect(str(self.control))
            control.sendall(f"__binary\n{line}\n".encode())
            data = b""
            while True:
                data += control.recv(65536)
                reply = data.lstrip(b"> ")
                if len(reply) >= 4 and len(reply) >= 4 + int.from_bytes(reply[:4], "big"):
                    return reply[4:].decode()

    def command(self):
        return [self.executable(), "-n", "-c", str(self.config), str(self.directory)]

    def is_ready(self):
        return self.control.exists() and super().is_ready()
