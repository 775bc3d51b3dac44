# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report must be in each of its forms, whatever is in it."""
import html.parser
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree

import jsonschema

from .json_schema import Schemas

# What must reach nobody's screen as it is: controls, bidirectional and zero-width marks.
DECEPTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f"
                       "\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\uffff]")
LEVELS = {"note", "warning", "error"}


def text_of(data):
    text = data.decode("utf-8")  # strictly
    found = DECEPTIVE.search(text)
    assert not found, f"{found[0]!r} in {text[max(0, found.start() - 60):found.end() + 60]!r}"
    return text


class Tags(html.parser.HTMLParser):
    """Elements with their attributes, and the text of each place as (path, text)."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.path, self.elements, self.texts = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("br", "meta", "input"):
            self.path.append(tag)

    def handle_endtag(self, tag):
        if tag in self.path:
            while self.path.pop() != tag:
                pass

    def handle_data(self, data):
        self.texts.append((tuple(self.path), data))


# Markdown ---------------------------------------------------------------------------------------------

MARKDOWN_TAGS = {"h3", "h4", "p", "strong", "em", "table", "thead", "tbody", "tr", "th", "td", "code",
                 "details", "summary", "pre", "ul", "li", "br", "sub"}
LIVE = re.compile(r"(?<![\w`])@\w|(?<!\w)#\d|\bhttps?://|\bwww\.\w", re.IGNORECASE)


def check_markdown(text, limit=60000):
    assert len(text.encode()) <= limit
    assert re.match(r"<!-- rezone:[a-z]+:[\w.:/~]+ -->\n### ", text), text[:200]
    renderer = shutil.which("cmark-gfm")
    if not renderer:
        return
    command = [renderer, "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough"]
    page = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout.decode()
    tags = Tags(page)
    strange = {tag for tag, _ in tags.elements} - MARKDOWN_TAGS
    assert not strange, f"{strange} in\n{page}"
    assert all(set(attributes) <= {"align", "class"} for _, attributes in tags.elements), page
    for path, piece in tags.texts:
        if "code" not in path and "pre" not in path:
            assert not LIVE.search(piece), f"{piece!r} comes to life"
    assert tags.path == [], f"not closed: {tags.path}"


# XML and HTML -----------------------------------------------------------------------------------------

def check_junit(data):
    """By the rules that the common schemas of JUnit's XML share."""
    root = xml.etree.ElementTree.fromstring(data)
    assert root.tag == "testsuites"
    allowed = {"testsuites": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"testsuite"}),
               "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"testcase"}),
               "testcase": ({"name", "classname", "time"}, {"failure", "system-out"}),
               "failure": ({"type", "message"}, set()), "system-out": (set(), set())}
    for element in root.iter():
        attributes, children = allowed[element.tag]
        assert set(element.attrib) == attributes, element.attrib
        assert {child.tag for child in element} <= children
        assert len({child.tag for child in element}) == len(element) or element.tag.startswith("testsuite")
    for suite in root:
        assert int(suite.get("tests")) == len(suite)
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
    assert int(root.get("tests")) == len(root.findall("testsuite/testcase"))
    assert int(root.get("failures")) == len(root.findall("testsuite/testcase/failure"))
    return root


def check_page(text):
    """The page's elements are ours alone; returns its data."""
    tags = Tags(text)
    names = {tag for tag, _ in tags.elements}
    assert not names & {"img", "iframe", "link", "object", "embed", "svg", "base", "video", "audio"}
    scripts = [attributes for tag, attributes in tags.elements if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {}]
    for tag, attributes in tags.elements:
        assert not any(name.startswith("on") or name in ("style", "src") for name in attributes), tag
        assert attributes.get("href", "#")[0] == "#"
    data = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1]
    assert not re.search("[<>&]", data)
    return json.loads(data)


# JSON -------------------------------------------------------------------------------------------------

def fail_constant(name):
    raise AssertionError(f"{name} is no JSON")


def load(text):
    return json.loads(text, parse_constant=fail_constant)


def problems(document, schema):
    with open(schema, encoding="utf-8") as file:
        whole = json.load(file)
    kind = jsonschema.validators.validator_for(whole)
    kind.check_schema(whole)
    return [f"{error.json_path}: {error.message}"
            for error in kind(whole, format_checker=jsonschema.FormatChecker()).iter_errors(document)]


def check_sarif(text, directory):
    document = load(text)
    errors = Schemas(directory).errors(document, "sarif-subset.schema.json")
    assert not errors, errors
    whole = os.environ.get("REZONE_SARIF_SCHEMA")  # the standard's own, which is not part of this repository
    assert not whole or not problems(document, whole), problems(document, whole)
    run = document["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    prints = [result["partialFingerprints"]["rezone/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    return run


def check_gitlab(text):
    issues = load(text)
    for issue in issues:
        assert set(issue) == {"check_name", "description", "fingerprint", "location", "severity"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["description"] and issue["check_name"]
        assert set(issue["location"]) == {"path", "lines"} and issue["location"]["path"]
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    return issues


COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def check_github(text):
    """Each line is one annotation; returned with properties and message decoded."""
    found = []
    for line in text.splitlines():
        match = COMMAND.fullmatch(line)
        assert match and "##[" not in line, line
        properties = dict(pair.split("=", 1) for pair in match[2].split(","))
        assert set(properties) <= {"file", "line", "col", "title"}
        assert not re.search("%(?!25|0A|3A|2C)", line), line
        message = match[3].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
        found.append((match[1], properties, message))
    return found
