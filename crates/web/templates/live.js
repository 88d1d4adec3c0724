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

/* Following: the server tells of changes as they happen; the page is asked for again then, and only what differs is touched.
   Where the feed cannot be had, the page is looked at from time to time. */

const LOOK_MS = 2_000;
const IDLE_MS = 10_000;
const LONGEST_MS = 60_000;
/* Changes come in crowds; a page is asked for once for each. A list is of many events and may wait longer. */
const SOON_MS = 150;
const LIST_MS = 1_500;
/* The browser connects again by itself, and says what it saw last. If that fails as often, somebody should know. */
const PATIENCE = 2;
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

/* Whether the page at `url` has another tag than at the last look. The first look has none to compare with, so what
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
  const { live: feed, project } = main.dataset;
  const isList = main.dataset.endless !== undefined;
  const hasChanged = watch(location.href);
  const note = document.getElementById("live-note");
  let source = null;
  let failures = 0;
  let soon = null;
  let looking = null;
  let isBusy = false;

  const failed = () => {
    failures = Math.min(failures + 1, 10);
    note.hidden = failures < PATIENCE;
  };
  const worked = () => {
    failures = 0;
    note.hidden = true;
  };

  /* One refresh at a time; what changes meanwhile is a reason for another one. */
  function refreshSoon() {
    soon ??= setTimeout(async () => {
      if (isBusy) {
        soon = null;
        return refreshSoon();
      }
      isBusy = true;
      soon = null;
      try {
        await refresh();
        worked();
      } catch {
        failed();
        if (failures < PATIENCE) refreshSoon();
      }
      isBusy = false;
    }, isList ? LIST_MS : SOON_MS);
  }

  function listen() {
    if (source || document.hidden) return;
    if (!("EventSource" in window)) return look();
    source = new EventSource(feed);
    source.addEventListener("open", () => {
      clearTimeout(looking);
      worked();
    });
    /* What happened between the making of the page and the beginning of the feed is not told. */
    source.addEventListener("begin", refreshSoon);
    source.addEventListener("reset", refreshSoon);
    source.addEventListener("change", ({ data }) => {
      if (project === undefined || String(JSON.parse(data).project_id) === project) refreshSoon();
    });
    source.addEventListener("error", () => {
      failed();
      if (source?.readyState === EventSource.CLOSED) stop();
      if (failures >= PATIENCE || !source) look();
    });
  }

  /* A page that nobody looks at takes none of the few connections that a browser has for one server. */
  function stop() {
    source?.close();
    source = null;
    clearTimeout(looking);
  }

  async function look() {
    clearTimeout(looking);
    if (document.hidden || source?.readyState === EventSource.OPEN) return;
    try {
      if (await hasChanged()) await refresh();
      worked();
      // The server answers, so the feed may too.
      if (!source && "EventSource" in window) setTimeout(listen, LONGEST_MS);
    } catch {
      failed();
    }
    const pause = (main.dataset.open === undefined ? IDLE_MS : LOOK_MS) * 2 ** failures;
    looking = setTimeout(look, Math.min(pause, LONGEST_MS));
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));
  // When a page is shown again from the browser's memory, its connection is gone.
  addEventListener("pagehide", stop);
  addEventListener("pageshow", listen);
  listen();
}

/* Choosing what to run again: each choice is a link, or a box of a form, that leads to the same page with another plan. Here it
   is shown without leaving the page. One at a time, for each choice builds on the one before. */

function choosing(main) {
  let before = Promise.resolve();
  let open = 0;
  let reason;

  /* The address is asked for when it is this one's turn: by then the page has what was chosen before. */
  function show(address) {
    open += 1;
    before = before.then(async () => {
      const url = address();
      try {
        history.pushState(null, "", url);
        await refresh();
      } catch {
        location.assign(url);
      }
      open -= 1;
      // What somebody ticked since is not taken back.
      if (open === 0) agree();
    });
  }

  /* A box that was ticked by hand does not follow its attribute any more. Nor should the reason: it stays as it was written,
     also where between two choices there was nothing to confirm. */
  function agree() {
    for (const box of main.querySelectorAll("input[type=checkbox]")) box.checked = box.hasAttribute("checked");
    const field = main.querySelector("input[name=reason]");
    if (!field) return;
    reason ??= field.value;
    field.value = reason;
  }

  /* What the page has chosen, but for one box. */
  function withBox({ name, value, checked }) {
    const form = main.querySelector("form[data-choices]");
    const chosen = new URLSearchParams();
    for (const box of form.querySelectorAll("input[type=checkbox]")) {
      const isIt = box.name === name && box.value === value;
      if (isIt ? checked : box.hasAttribute("checked")) chosen.append(box.name, box.value);
    }
    return `${form.getAttribute("action")}?${chosen}`;
  }

  main.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-pick]");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(() => link.getAttribute("href").split("#")[0]);
  });
  main.addEventListener("change", ({ target: { form, name, value, checked } }) => {
    if (form?.dataset.choices !== undefined) show(() => withBox({ name, value, checked }));
  });
  main.addEventListener("input", ({ target }) => {
    if (target.name === "reason") reason = target.value;
  });
  addEventListener("popstate", () => refresh().then(agree, () => location.reload()));
  agree();
}

const main = document.getElementById("main");
if (main?.dataset.live) live(main);
if (main?.dataset.choosing !== undefined) choosing(main);
