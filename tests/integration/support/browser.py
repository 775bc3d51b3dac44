# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium, driven over chromedriver's WebDriver protocol (W3C) with the standard library."""
import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--force-prefers-reduced-motion"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PROGRAMS = {"browser": ("chromium", "chromium-browser", "google-chrome"), "driver": ("chromedriver",)}


def find(kind):
    return next((path for path in map(shutil.which, PROGRAMS[kind]) if path), None)


def available():
    return find("browser") is not None and find("driver") is not None


class Browser:
    """One session; `close` ends the processes that were started."""

    def __init__(self, directory, width=1200, height=900):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = open(directory / "chromedriver.log", "wb")
        self.driver = subprocess.Popen([find("driver"), f"--port={self.port}"], stdout=self.log,
                                       stderr=self.log)
        self.session = None
        options = {"binary": find("browser"),
                   "args": FLAGS + [f"--user-data-dir={directory / 'profile'}",
                                    f"--window-size={width},{height}"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL"}}
        self._wait()
        answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = answer["sessionId"]

    def _wait(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                if self._call("GET", "/status")["ready"]:
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise AssertionError("chromedriver did not start")

    def _call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.read().decode(errors='replace')[:600]}") from None

    def _do(self, method, path, body=None):
        return self._call(method, f"/session/{self.session}{path}", body)

    def open(self, path):
        self._do("POST", "/url", {"url": path.resolve().as_uri()})

    def script(self, source, *arguments):
        """What JavaScript returns; `arguments` are its `arguments`."""
        return self._do("POST", "/execute/sync", {"script": source, "args": list(arguments)})

    def find(self, selector):
        found = self._do("POST", "/element", {"using": "css selector", "value": selector})
        return found[ELEMENT]

    def click(self, selector):
        self._do("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector, text):
        self._do("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def press(self, *keys):
        """Keys to whatever has the focus."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._do("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def wait(self, source, seconds=5):
        """Until JavaScript gives something true, which is returned."""
        end = time.monotonic() + seconds
        while True:
            value = self.script(source)
            if value:
                return value
            assert time.monotonic() < end, f"not true in {seconds} s: {source}"
            time.sleep(0.03)

    def name(self, selector):
        """The accessible name as Chromium computes it."""
        return self._do("GET", f"/element/{self.find(selector)}/computedlabel")

    def role(self, selector):
        return self._do("GET", f"/element/{self.find(selector)}/computedrole")

    def dark(self, dark):
        """prefers-color-scheme."""
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._do("POST", "/goog/cdp/execute",
                 {"cmd": "Emulation.setEmulatedMedia", "params": {"features": [feature]}})

    def resize(self, width, height):
        """Of the page's own area, as a small device has it."""
        self._do("POST", "/goog/cdp/execute",
                 {"cmd": "Emulation.setDeviceMetricsOverride",
                  "params": {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}})

    def console(self):
        """What the console was told since the last call."""
        return [f"{entry['level']}: {entry['message']}"
                for entry in self._do("POST", "/se/log", {"type": "browser"})]

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self._do("GET", "/screenshot")))

    def close(self):
        try:
            if self.session:
                self._call("DELETE", f"/session/{self.session}")
        finally:
            self.driver.terminate()
            try:
                self.driver.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.driver.kill()
                self.driver.wait()
            self.log.close()
