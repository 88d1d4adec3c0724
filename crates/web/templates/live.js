// What makes pages move: the lines of a target light up under a pointer or the focus, and a page whose work goes on
// follows it. Everything is there without this script too.
"use strict";

/* Lineage: what a target came from, and what came of it. */

function lineage(graph, key) {
  const lines = [...graph.querySelectorAll("path[data-from]")];
  const keys = new Set([key]);
  const paths = new Set();
  const walk = (near, far) => {
    const reached = new Set([key]);
    for (const at of reached) {
      for (const line of lines.filter((line) => line.dataset[near] === at)) {
        paths.add(line);
        reached.add(line.dataset[far]);
        keys.add(line.dataset[far]);
      }
    }
  };
  walk("from", "to");
  walk("to", "from");
  return { keys, paths };
}

function light(graph, key) {
  if (graph.dataset.lit === key) return;
  if (key === undefined) delete graph.dataset.lit;
  else graph.dataset.lit = key;
  const { keys, paths } = key === undefined ? { keys: new Set(), paths: new Set() } : lineage(graph, key);
  for (const row of graph.querySelectorAll("[data-key]")) row.toggleAttribute("data-related", keys.has(row.dataset.key));
  for (const path of graph.querySelectorAll("path[data-from]")) path.toggleAttribute("data-related", paths.has(path));
}

const keyOf = (node) => node?.closest?.("[data-key]")?.dataset.key;

/* What has the focus stays lit when the pointer leaves. */
function lightWhere(event) {
  for (const graph of document.querySelectorAll("svg.graph")) {
    const pointed = event.type === "pointerover" && graph.contains(event.target) ? keyOf(event.target) : undefined;
    const focused = graph.contains(document.activeElement) ? keyOf(document.activeElement) : undefined;
    light(graph, pointed ?? focused);
  }
}

document.addEventListener("pointerover", lightWhere);
document.addEventListener("focusin", lightWhere);
document.addEventListener("focusout", (event) => {
  if (event.relatedTarget === null) setTimeout(() => lightWhere(event));
});

/* Following: the page is asked for again when it has changed, and only what differs is touched. */

const LOOK_MS = 2_000;
const IDLE_MS = 10_000;
const LONGEST_MS = 60_000;
/* Set by this page or its reader, unknown to the server. */
const OURS = new Set(["open", "data-related", "data-lit"]);

const nameOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.id || node.dataset.key || "" : "");

function isAlike(one, other) {
  return one.nodeName === other.nodeName && nameOf(one) === nameOf(other);
}

/* Makes `here` what `there` is and keeps every node that it can: with them stay focus, scroll and selection. */
function follow(here, there) {
  if (here.nodeType !== Node.ELEMENT_NODE) {
    if (here.data !== there.data) here.data = there.data;
    return;
  }
  for (const { name } of [...here.attributes]) {
    if (!OURS.has(name) && !there.hasAttribute(name)) here.removeAttribute(name);
  }
  for (const { name, value } of there.attributes) {
    if (!OURS.has(name) && here.getAttribute(name) !== value) here.setAttribute(name, value);
  }
  const named = new Map([...here.childNodes].filter(nameOf).map((child) => [nameOf(child), child]));
  const stays = new Set([...there.childNodes].map(nameOf).filter(Boolean));
  let at = here.firstChild;
  for (const wanted of there.childNodes) {
    const known = nameOf(wanted) ? named.get(nameOf(wanted)) : at;
    if (known && isAlike(known, wanted)) {
      // What goes is taken out, since what is moved would lose the focus.
      while (at !== known && at && !stays.has(nameOf(at))) at = removed(at);
      if (at !== known) here.insertBefore(known, at);
      follow(known, wanted);
      at = known.nextSibling;
    } else {
      here.insertBefore(document.importNode(wanted, true), at);
    }
  }
  while (at) at = removed(at);
}

/* Removes a node; gives the one behind it. */
function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

async function refresh() {
  const answer = await fetch(location.href, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`the page was answered with ${answer.status}`);
  const there = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [main, fresh] = [document.getElementById("main"), there.getElementById("main")];
  follow(main, fresh);
  document.title = there.title;
  for (const graph of main.querySelectorAll("svg.graph[data-lit]")) {
    const key = graph.dataset.lit;
    delete graph.dataset.lit;
    light(graph, key);
  }
}

/* How a change is learned of: by the tag of what `url` answers. The first look has none to compare with, so what
   happened since the page was made is never missed. */
function watch(url) {
  let tag = null;
  return async () => {
    const answer = await fetch(url, { method: "HEAD", cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.status === 304) return false;
    if (!answer.ok) throw new Error(`${url} was answered with ${answer.status}`);
    const before = tag;
    tag = answer.headers.get("ETag");
    return tag === null || tag !== before;
  };
}

function live(main) {
  const { live: url } = main.dataset;
  const hasChanged = watch(url);
  const note = document.getElementById("live-note");
  let failures = 0;
  let timer;
  const isOpen = () => main.dataset.open !== undefined;
  /* An event ends; a list goes on for ever, but nobody waits for it once all in it has ended. */
  const hasEnded = () => !isOpen() && main.dataset.endless === undefined;
  const pause = () => Math.min((isOpen() ? LOOK_MS : IDLE_MS) * 2 ** failures, LONGEST_MS);
  async function look() {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      if (await hasChanged()) await refresh();
      failures = 0;
    } catch {
      failures = Math.min(failures + 1, 10);
    }
    note.hidden = failures < 2;
    if (!hasEnded()) timer = setTimeout(look, pause());
  }
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !hasEnded()) look();
  });
  if (!hasEnded()) timer = setTimeout(look, pause());
}

const main = document.getElementById("main");
if (main?.dataset.live) live(main);
