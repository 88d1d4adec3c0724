// The dashboard as people meet it: driven in Chromium against `packflow demo`, whose first workflow still runs when this
// begins. Run by `crates/packflow/tests/interop_browser.rs`.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CONTROL, HOSTILE, LARGE, LINK, LOGIN, SCRIPT, SMALL, push } from "./deliveries.mjs";
import {
  DESK, PHONE, browser, command, deliver, ended, eventOf, hurry, keepPicture, packflow, putRepository,
  seriousViolations, until, visit, workflow,
} from "./world.mjs";

after(() => browser.close());

const first = "/events/1";
const row = (key) => `svg.graph [data-key="${key}"] .target`;
const { event: { project_id: project, reference_id: reference }, commit, pipelines, targets } = await until(() => workflow(1));
const build = targets.find(({ name }) => name === "epel-9-x86_64").id;
const pages = {
  recent: "/",
  filtered: "/?status=failed&author=jan",
  unmatched: "/?author=nobody",
  event: first,
  monorepo: "/events/4",
  denied: "/events/5",
  projects: "/projects",
  project: `/projects/${project}`,
  events: `/projects/${project}/events`,
  references: `/projects/${project}/references`,
  flakiness: `/projects/${project}/flakiness`,
  reference: `/references/${reference}`,
  commit: `/commits/${commit}`,
  pipeline: `/pipelines/${pipelines[0].id}`,
  target: `/targets/${build}`,
  provenance: `/targets/${build}/provenance`,
  search: "/search",
  unknown: "/search?q=https://github.com/nobody/nothing/pull/1",
  api: "/api/v1/documentation",
  missing: "/events/99999",
};

const openEvent = (page) => page.waitForSelector("main[data-open]");

test("a page follows its workflow without a reload and leaves focus and scroll alone", async () => {
  await visit(first, {}, async (page) => {
    await openEvent(page);
    await page.evaluate(() => (window.isTheSamePage = true));
    const target = page.locator(".graph .target").nth(2);
    await target.focus();
    await page.evaluate(() => scrollTo(0, 150));
    const key = await page.evaluate(() => document.activeElement.parentNode.dataset.key);
    await page.waitForFunction(() => document.querySelector("main").dataset.open === undefined, null, { timeout: 90_000 });
    assert.equal((await ended(1)).status, "failed");
    assert.equal(await page.locator("header [role=status]").innerText(), "failed");
    const now = await page.evaluate(() => ({
      isTheSamePage: window.isTheSamePage,
      key: document.activeElement.parentNode.dataset.key,
      top: scrollY,
      running: document.querySelectorAll(".is-running, .is-waiting, .is-submitted").length,
    }));
    assert.deepEqual(now, { isTheSamePage: true, key, top: 150, running: 0 });
    // The server tells when there is something new: nobody asks.
    let asked = 0;
    page.on("request", () => (asked += 1));
    // What was told while the page asked for the end may have it ask once more.
    await page.waitForTimeout(3_000);
    asked = 0;
    await page.waitForTimeout(5_000);
    assert.equal(asked, 0);
    // What has ended can be done again, and then goes on on this page.
    await hurry();
    command("rerun", "1", "--failed");
    await page.waitForSelector("#reruns-1 li");
    await page.waitForSelector(".graph .past.is-failed", { state: "attached" });
    await page.waitForFunction(() => document.querySelector("main").dataset.open === undefined);
    assert.ok(await page.evaluate(() => window.isTheSamePage));
  });
});

test("the list shows a new event without a reload", async () => {
  await putRepository("small", SMALL);
  await visit("/", {}, async (page) => {
    const before = await page.locator("tbody tr").count();
    const first = await page.evaluateHandle(() => document.querySelector("tbody tr"));
    const event = await eventOf(() => deliver("push", push("small")));
    await page.waitForSelector(`#event-${event}`, { timeout: 40_000 });
    assert.equal(await page.locator("tbody tr").count(), before + 1);
    assert.ok(await first.evaluate((row) => row.isConnected), "the rows that were there were not made anew");
    await ended(event);
    await page.waitForSelector(`#event-${event} .is-succeeded`, { timeout: 40_000 });
  });
});

test("a page is looked at from time to time where the feed cannot be had", async () => {
  await putRepository("polled", SMALL);
  await visit("/", { prepare: (page) => page.route("**/changes", (route) => route.fulfill({ status: 503 })), expected: /503/ }, async (page) => {
    const event = await eventOf(() => deliver("push", push("polled")));
    await page.waitForSelector(`#event-${event}`, { timeout: 60_000 });
    assert.ok(await page.locator("#live-note").isHidden(), "it does update itself");
    await ended(event);
  });
});

test("a page that lost its server says so, and goes on when it is back", async () => {
  await visit(first, { expected: /ERR_INTERNET_DISCONNECTED|ERR_NETWORK/ }, async (page) => {
    await page.waitForTimeout(500);
    // Emulated, for the demo goes on: a new connection cannot be made, and the old one is cut by hiding the page.
    await page.context().setOffline(true);
    const hide = (isHidden) => page.evaluate((isHidden) => {
      Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
    await hide(true);
    await hide(false);
    await page.waitForSelector("#live-note:not([hidden])", { timeout: 30_000 });
    await page.context().setOffline(false);
    await page.waitForSelector("#live-note", { state: "hidden", timeout: 70_000 });
  });
});

test("a workflow of 65 targets is drawn whole", async () => {
  await putRepository("large", LARGE);
  const event = await eventOf(() => deliver("push", push("large")));
  pages.large = `/events/${event}`;
  pages.one = `/events/${event - 1}`;
  const drawn = await ended(event);
  assert.equal(drawn.targets.length, 65);
  await visit(pages.large, {}, async (page) => {
    assert.equal(await page.locator(".graph .target").count(), 65);
    const boxes = await page.locator(".graph .card").evaluateAll((cards) => cards.map((card) => {
      const { x, y, width, height } = card.getBBox();
      return { x, y, width, height };
    }));
    for (const [number, one] of boxes.entries()) {
      for (const other of boxes.slice(number + 1)) {
        const isApart = one.x + one.width <= other.x || other.x + other.width <= one.x
          || one.y + one.height <= other.y || other.y + other.height <= one.y;
        assert.ok(isApart, "boxes overlap");
      }
    }
    // What the browser's fonts make of the names stays inside the boxes and off the durations.
    const crossed = await page.locator(".graph .row").evaluateAll((rows) => rows.filter((row) => {
      const [name, took] = [row.querySelector(".name"), row.querySelector(".took")].map((text) => text?.getBBox());
      return took && name.x + name.width > took.x;
    }).length);
    assert.equal(crossed, 0);
  });
});

/* Every page on which something of an event stands, and everything of it that is only text. */
async function everywhere(event) {
  const { event: { project_id, reference_id }, commit, pipelines, targets } = await workflow(event);
  return [
    "/", `/events/${event}`, `/events/${event}?at=${new Date().toISOString()}`, "/projects", `/projects/${project_id}`,
    `/projects/${project_id}/events`, `/projects/${project_id}/references`, `/projects/${project_id}/flakiness`,
    `/references/${reference_id}`, `/commits/${commit}`, `/pipelines/${pipelines[0].id}`,
    ...targets.flatMap(({ id }) => [`/targets/${id}`, `/targets/${id}/provenance`]),
    `/search?q=${encodeURIComponent(SCRIPT)}`, `/search?q=${encodeURIComponent(LINK)}`, `/?author=${encodeURIComponent(LOGIN)}`,
  ];
}

test("hostile names, reasons and links are text and nothing else, on every page", async () => {
  await putRepository("hostile", HOSTILE);
  // No branch is called so: the door refuses it.
  await deliver("push", push("hostile", { branch: `x/${CONTROL}` }), 422);
  const hostile = await eventOf(() => deliver("push", push("hostile", { branch: `x/${SCRIPT}`, actor: LOGIN, link: LINK })));
  pages.hostile = `/events/${hostile}`;
  await ended(hostile);
  for (const path of await everywhere(hostile)) {
    await visit(path, {}, async (page) => {
      const text = await page.locator("main").innerText();
      if (["/", pages.hostile].includes(path)) {
        for (const name of [SCRIPT, LOGIN]) assert.ok(text.includes(name), `${path} shows ${name} as it is`);
      }
      assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/, path);
      const found = await page.evaluate(() => ({
        taken: window.taken,
        scripts: [...document.scripts].map((script) => new URL(script.src).pathname).filter((path) => path !== "/assets/live.js"),
        foreign: document.querySelectorAll("main img, main script, main iframe, main object, main style, main form[action]").length,
        links: [...document.querySelectorAll("[href], [src]")]
          .map((node) => node.getAttribute("href") ?? node.getAttribute("src"))
          .filter((link) => !/^(https?:\/\/|\/(?!\/)|#|\?|data:image\/svg)/.test(link)),
        schemes: [...document.links].map((link) => link.protocol ?? new URL(link.href.baseVal, location).protocol)
          .filter((scheme) => !["http:", "https:"].includes(scheme)),
        handlers: [...document.querySelectorAll("*")].flatMap((node) => node.getAttributeNames())
          .filter((name) => name.startsWith("on") || name === "style"),
      }));
      assert.deepEqual(found, { taken: undefined, scripts: [], foreign: 0, links: [], schemes: [], handlers: [] }, path);
    });
  }
  // And the terminal's escapes are no escapes there.
  const told = command("show", String(hostile));
  assert.ok(told.includes(SCRIPT) && told.includes("\ufffd[31m"), told);
  assert.doesNotMatch(told, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
});

const SETTINGS = {
  "desk-light": { viewport: DESK, colorScheme: "light" },
  "desk-dark": { viewport: DESK, colorScheme: "dark" },
  "phone-light": { viewport: PHONE, colorScheme: "light" },
  "phone-dark": { viewport: PHONE, colorScheme: "dark" },
};
/* Between them every colour and every layout. The large page has no other parts than the rest, and takes long. */
const isExamined = (setting, name) => ["desk-dark", "phone-light"].includes(setting) && name !== "large";

for (const [setting, options] of Object.entries(SETTINGS)) {
  test(`every page is sound: ${setting}`, async () => {
    for (const [name, path] of Object.entries(pages)) {
      const status = name === "missing" ? 404 : undefined;
      await visit(path, { ...options, status, bypassCSP: true }, async (page) => {
        await keepPicture(page, `${name}-${setting}`);
        const { wide, narrow } = await page.evaluate(() => ({
          wide: document.documentElement.scrollWidth, narrow: document.documentElement.clientWidth,
        }));
        assert.ok(wide <= narrow, `${path} is wider than the window`);
        if (isExamined(setting, name)) assert.deepEqual(await seriousViolations(page), [], path);
      });
    }
  });
}

test("targets are reached and followed by keyboard, and light up what they belong to", async () => {
  await visit(first, {}, async (page) => {
    const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "Skip to the content");
    await page.keyboard.press("Enter");
    const keys = [];
    while (keys.length < 11) {
      await page.keyboard.press("Tab");
      const key = await page.evaluate(() => document.activeElement.closest("[data-key]")?.dataset.key);
      if (key) keys.push(key);
    }
    // By column, in each from top to bottom.
    const shown = await page.locator(".graph .row").evaluateAll((rows) => rows
      .map((row) => ({ key: row.dataset.key, at: row.getBBox() }))
      .sort((one, other) => one.at.x - other.at.x || one.at.y - other.at.y)
      .map(({ key }) => key));
    assert.deepEqual(keys, shown);

    const build = await page.locator(".graph .job").nth(1).locator(".row").first().getAttribute("data-key");
    await page.locator(row(build)).focus();
    const related = await page.locator(".graph .row[data-related] .target").evaluateAll((all) => all.map((one) => one.querySelector(".name").textContent));
    assert.deepEqual(related.sort(), ["fedora-42-x86_64", "fedora-42-x86_64", "fedora-42-x86_64", "srpm"]);
    assert.equal(await page.locator(".graph path[data-related]").count(), 3);
    await page.keyboard.press("Enter");
    const [hash, href] = [new URL(page.url()).hash, await page.locator(row(build)).getAttribute("href")];
    assert.equal(hash, href);
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate((id) => document.querySelector(id).contains(document.activeElement), hash), "the row's links are next");
  });
});

test("a pointer lights up what a target came from and what came of it, and lets go", async () => {
  await visit(first, {}, async (page) => {
    await page.locator(".graph .target").first().hover();
    assert.equal(await page.locator(".graph .row[data-related]").count(), 11, "all comes from the SRPM");
    await page.locator("h1").hover();
    assert.equal(await page.locator(".graph [data-related]").count(), 0);
  });
});

test("everything is there without scripts", async () => {
  await visit(first, { javaScriptEnabled: false }, async (page) => {
    assert.equal(await page.locator(".graph .target").count(), 11);
    assert.equal(await page.locator("table.targets").count(), 4);
    await page.locator(".graph .target").last().click();
    assert.match(page.url(), /#target-\d+$/);
    // The target's page tells what it came from and what came of it.
    await page.goto(`${packflow}/targets/${build}`);
    assert.match(await page.locator("section:has(#inputs)").innerText(), /SRPM build srpm/);
    assert.match(await page.locator("section:has(#consumers)").innerText(), /Tests smoke centos-stream-9-x86_64/);
    // Filters are a form, further changes are links.
    await page.goto(`${packflow}/projects/${project}/events`);
    await page.locator(".filters summary").click();
    await page.getByLabel("Status").selectOption("failed");
    await page.getByRole("button", { name: "Filter" }).click();
    assert.match(page.url(), /status=failed/);
    const states = await page.locator("td.state").allInnerTexts();
    assert.ok(states.length > 0 && states.every((state) => state.trim() === "failed"), states.join());
    await page.goto(packflow + first);
    await page.getByRole("link", { name: "One change back" }).click();
    assert.match(await page.locator("#when").innerText(), /As it was at/);
    await page.getByRole("link", { name: "Now", exact: true }).click();
    assert.equal(page.url(), packflow + first);
  });
});

test("what is pasted into the search is gone to", async () => {
  for (const [pasted, expected] of [
    ["https://github.com/example/hello/pull/12", `/references/${reference}`],
    [commit, `/commits/${commit}`],
    [(await workflow(1)).targets.find(({ id }) => id === build).external_id, first],
  ]) {
    await visit("/", {}, async (page) => {
      await page.getByRole("searchbox").fill(pasted);
      await page.keyboard.press("Enter");
      await page.waitForURL(packflow + expected);
      assert.ok(await page.locator("h1").isVisible());
    });
  }
});

test("the first paint takes one request and less than 100 KB", async () => {
  for (const [name, path] of Object.entries(pages).filter(([name]) => name !== "missing")) {
    await visit(path, {}, async (page, loaded) => {
      // The script may come later, and is kept: nothing that is seen waits for it.
      const needed = loaded.filter((response) => !["script", "eventsource", "fetch"].includes(response.request().resourceType()));
      assert.deepEqual(needed.map((response) => response.request().resourceType()), ["document"], name);
      assert.equal(await page.locator("script:not([defer])").count(), 0);
      const answers = loaded.filter((response) => ["document", "script"].includes(response.request().resourceType()));
      const sizes = await Promise.all(answers.map((response) => response.request().sizes()));
      const total = sizes.reduce((sum, size) => sum + size.responseHeadersSize + size.responseBodySize, 0);
      assert.ok(total < 100_000, `${path} takes ${total} bytes`);
    });
  }
});
