// SPDX-License-Identifier: GPL-3.0-or-later
// Shows the report that stands in the page as JSON. Nothing is fetched. Text is only ever set as text, never
// as markup. Zones and rows are made when they are looked at, so that ten thousand changes cost nothing.
"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const KINDS = ["create", "update", "delete"];
  const RISKS = [["none", "no risk seen"], ["look", "look at it"], ["high", "high risk"]];
  const LEVELS = ["note", "warning", "error"];
  const ZONES_AT_ONCE = 100, ROWS_AT_ONCE = 200, OPEN_UP_TO = 200, WORDS_MAX = 300;
  // Columns of a change, as report/html.c writes them.
  const KIND = 0, OWNER = 1, TYPE = 2, TTL_BEFORE = 3, TTL_AFTER = 4, RISK = 5, WHY = 6, PLACE = 7,
    BEFORE = 8, AFTER = 9, BY = 10;
  const byId = (id) => document.getElementById(id);

  function make(tag, properties, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties || {})) {
      if (name === "class") element.className = value;
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }
  const badge = (look, text) => make("span", { class: "badge " + look }, text);
  const count = (number, one, many) => number.toLocaleString("en") + " " + (number === 1 ? one : many);

  // Words and what is between them: the parts of a value that are compared.
  const words = (text) => text.match(/[\p{L}\p{N}._:/@+~?-]+|\s+|[^\p{L}\p{N}\s._:/@+~?-]/gu) || [];

  // Which words of `a` and `b` belong to a longest common subsequence.
  function common(a, b) {
    const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i--)
      for (let k = b.length - 1; k >= 0; k--)
        table[i][k] = a[i] === b[k] ? table[i + 1][k + 1] + 1 : Math.max(table[i + 1][k], table[i][k + 1]);
    const inA = new Array(a.length).fill(false), inB = new Array(b.length).fill(false);
    for (let i = 0, k = 0; i < a.length && k < b.length;) {
      if (a[i] === b[k]) inA[i++] = inB[k++] = true;
      else if (table[i + 1][k] >= table[i][k + 1]) i++;
      else k++;
    }
    return [inA, inB, table[0][0]];
  }

  function marked(tag, parts, kept) {
    const element = make(tag, { class: "record" });
    for (let i = 0; i < parts.length;) {
      let text = "";
      const same = kept[i];
      for (; i < parts.length && kept[i] === same; i++) text += parts[i];
      element.append(same ? text : make("mark", {}, text));
    }
    return element;
  }

  // Two lists of records, side by side: removed and added ones that are alike show which words differ.
  function compare(before, after) {
    const kept = new Set(before.filter((value) => after.includes(value)));
    const removed = before.filter((value) => !kept.has(value)), added = after.filter((value) => !kept.has(value));
    const left = [], right = [], free = new Set(added);
    for (const value of removed) {
      const own = words(value);
      let best = null;
      for (const other of free) {
        const theirs = words(other);
        if (own.length > WORDS_MAX || theirs.length > WORDS_MAX || removed.length * added.length > 400) break;
        const [inOwn, inTheirs, size] = common(own, theirs);
        if (size * 3 >= Math.max(own.length, theirs.length) && (!best || size > best.size))
          best = { other, size, theirs, inOwn, inTheirs };
      }
      left.push(best ? marked("del", own, best.inOwn) : make("del", { class: "record" }, value));
      if (best) {
        free.delete(best.other);
        right.push(marked("ins", best.theirs, best.inTheirs));
      }
    }
    for (const value of free) right.push(make("ins", { class: "record" }, value));
    const same = () => [...kept].map((value) => make("span", { class: "record same" }, value));
    return [left.concat(same()), right.concat(same())];
  }

  function ttls(change) {
    const before = change[TTL_BEFORE], after = change[TTL_AFTER];
    if (change[KIND] !== 1 || before === after) return [String(after >= 0 ? after : before >= 0 ? before : "")];
    return [make("del", { class: "value" }, String(before)), " → ", make("ins", { class: "value" }, String(after))];
  }

  function row(change) {
    const [left, right] = change[KIND] === 1 ? compare(change[BEFORE], change[AFTER])
      : [change[BEFORE].map((value) => make("del", { class: "record" }, value)),
        change[AFTER].map((value) => make("ins", { class: "record" }, value))];
    const kind = KINDS[change[KIND]], [risk, words] = RISKS[change[RISK]];
    const why = make("td", { class: "why" });
    if (change[RISK]) why.append(badge(risk, words), " ");
    why.append(change[WHY] || "");
    if (change[PLACE]) why.append(change[WHY] ? "; " : "", make("code", {}, change[PLACE]));
    if (change[BY]) why.append(make("div", { class: "by" }, change[BY]));
    return make("tr", {},
      make("td", {}, badge(kind, kind)), make("td", { class: "owner" }, change[OWNER]),
      make("td", {}, change[TYPE]), make("td", {}, ...ttls(change)),
      make("td", { class: "before" }, ...left), make("td", { class: "after" }, ...right), why);
  }

  function finding(item) {
    const [level, rule, message, hint, place] = item;
    return make("li", {}, badge(LEVELS[level], LEVELS[level]), " ", make("strong", {}, rule), " ",
      place ? make("code", {}, place) : null, place ? " " : null, message,
      hint ? make("div", { class: "hint" }, "hint: " + hint) : null);
  }

  function table(zone, changes) {
    const body = make("tbody");
    const heads = ["", "Name", "Type", "TTL", "Before (live)", "After", "Why"];
    const whole = make("table", {},
      make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head || "Action")))), body);
    whole.setAttribute("aria-label", "Changes of " + zone.n);
    const box = make("div", {}, whole);
    let shown = 0;
    const more = make("button", { type: "button", class: "more", onclick: add });
    function add() {
      for (const change of changes.slice(shown, shown + ROWS_AT_ONCE)) body.append(row(change));
      shown = Math.min(shown + ROWS_AT_ONCE, changes.length);
      more.textContent = "Show more of " + zone.n + " (" + (changes.length - shown) + " left)";
      if (shown >= changes.length) more.remove();
      else box.append(more);
    }
    add();
    return box;
  }

  function health(zone) {
    const risks = [0, 0, 0];
    for (const change of zone.c) risks[change[RISK]]++;
    const badges = [badge(zone.v, zone.v)];
    if (risks[2]) badges.push(badge("high", risks[2] + " high risk"));
    if (risks[1]) badges.push(badge("look", risks[1] + " to look at"));
    if (zone.e) badges.push(badge("error", count(zone.e, "error", "errors")));
    if (zone.w) badges.push(badge("warning", count(zone.w, "warning", "warnings")));
    return badges;
  }

  let serial = 0;
  const opened = new Map(); // zone → whether the reader has opened or closed it
  function group(zone, changes, open) {
    const id = "zone-" + serial++;
    const body = make("div", { class: "body", id, role: "region", "aria-label": zone.n });
    let filled = false;
    function set(value) {
      button.setAttribute("aria-expanded", String(value));
      body.hidden = !value;
      if (!value || filled) return;
      filled = true;
      if (zone.f.length) body.append(make("ul", { class: "findings" }, ...zone.f.map(finding)));
      if (changes.length) body.append(table(zone, changes));
      if (!zone.f.length && !changes.length) body.append(make("p", {}, zone.s || "Nothing changes."));
    }
    const button = make("button", {
      type: "button", "aria-controls": id,
      onclick: () => { const value = body.hidden; opened.set(zone, value); set(value); },
    }, make("span", { class: "fold", "aria-hidden": "true" }), make("span", { class: "name" }, zone.n),
    zone.t ? make("span", {}, "→ " + zone.t) : null, ...health(zone),
    make("span", { class: "status" }, zone.s || ""));
    set(opened.has(zone) ? opened.get(zone) : open);
    return make("section", { class: "zone" }, make("h3", {}, button), body);
  }

  const total = data.sections.reduce((sum, zone) => sum + zone.c.length, 0);
  const search = byId("search"), zoneText = byId("zone"), type = byId("type"), results = byId("results");
  const boxes = (name) => [...document.querySelectorAll("input[name=" + name + "]")];
  const haystacks = new WeakMap();
  function haystack(change) {
    let text = haystacks.get(change);
    if (text === undefined) {
      text = [change[OWNER], change[TYPE], change[WHY], change[PLACE], change[BY] || "", ...change[BEFORE], ...change[AFTER]]
        .join("\n").toLowerCase();
      haystacks.set(change, text);
    }
    return text;
  }

  // The zones with what of them is wanted now.
  function select() {
    const needles = search.value.toLowerCase().split(/\s+/).filter(Boolean), place = zoneText.value.toLowerCase();
    const kinds = boxes("action").map((box) => box.checked), risks = boxes("risk").map((box) => box.checked);
    const filtered = type.value !== "" || kinds.includes(false) || risks.includes(false);
    const narrowed = filtered || needles.length > 0;
    const chosen = [];
    for (const zone of data.sections) {
      const names = (zone.n + " → " + (zone.t || "")).toLowerCase();
      if (!names.includes(place)) continue;
      const left = needles.filter((needle) => !names.includes(needle));
      const changes = !narrowed ? zone.c : zone.c.filter((change) => kinds[change[KIND]] && risks[change[RISK]]
        && (type.value === "" || change[TYPE] === type.value)
        && left.every((needle) => haystack(change).includes(needle)));
      const named = !filtered && left.length === 0; // a zone of which nothing changes, found by its name
      if (changes.length || !narrowed || named) chosen.push([zone, changes]);
    }
    return [chosen, narrowed || place !== ""];
  }

  let everything = null; // Open all, close all
  function show() {
    const [chosen, narrowed] = select();
    const matching = chosen.reduce((sum, [, changes]) => sum + changes.length, 0);
    const open = everything !== null ? everything : matching <= OPEN_UP_TO;
    results.replaceChildren();
    byId("count").textContent = (narrowed ? "Shown: " : "") + count(matching, "change", "changes") + " in "
      + count(chosen.length, "zone", "zones") + (narrowed ? " of " + count(total, "change", "changes") : "");
    let shown = 0;
    const more = make("button", { type: "button", class: "more", onclick: add });
    function add() {
      more.remove();
      for (const [zone, changes] of chosen.slice(shown, shown + ZONES_AT_ONCE))
        results.append(group(zone, changes, open));
      shown = Math.min(shown + ZONES_AT_ONCE, chosen.length);
      more.textContent = "Show more zones (" + (chosen.length - shown) + " left)";
      if (shown < chosen.length) results.append(more);
    }
    add();
  }

  let waiting = 0;
  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(show, 80);
  }
  function foldAll(open) {
    everything = open;
    opened.clear();
    show();
  }

  const types = new Set();
  for (const zone of data.sections) for (const change of zone.c) types.add(change[TYPE]);
  for (const name of [...types].sort()) type.append(make("option", { value: name }, name));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("input", soon);
  byId("open-all").addEventListener("click", () => foldAll(true));
  byId("close-all").addEventListener("click", () => foldAll(false));
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search && search.value) {
      search.value = "";
      show();
    }
  });
  const themes = ["auto", "light", "dark"];
  byId("theme").addEventListener("click", (event) => {
    const root = document.documentElement;
    const next = themes[(themes.indexOf(root.dataset.theme || "auto") + 1) % themes.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    event.currentTarget.textContent = "Theme: " + next;
  });

  if (data.findings.length) {
    const list = make("ul", { class: "findings" });
    byId("findings").append(make("h2", {}, "Findings"), list);
    let shown = 0;
    const more = make("button", { type: "button", class: "more", onclick: add });
    function add() {
      list.append(...data.findings.slice(shown, shown + ROWS_AT_ONCE).map(finding));
      shown = Math.min(shown + ROWS_AT_ONCE, data.findings.length);
      more.textContent = "Show more findings (" + (data.findings.length - shown) + " left)";
      if (shown < data.findings.length) byId("findings").append(more);
      else more.remove();
    }
    add();
  }
  byId("app").hidden = false;
  show();
  document.documentElement.dataset.ready = "true";
})();
