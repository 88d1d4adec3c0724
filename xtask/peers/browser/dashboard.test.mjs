// The dashboard as people meet it: driven in Chromium against `packflow demo`, whose first workflow still runs when this
// begins. Run by `crates/packflow/tests/interop_browser.rs`.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { HOSTILE, LARGE, LINK, LOGIN, SCRIPT, SMALL, push } from "./deliveries.mjs";
import {
  DESK, PHONE, browser, deliver, ended, eventOf, hurry, keepPicture, packflow, putRepository, seriousViolations, until,
  visit, workflow,
} from "./world.mjs";

after(() => browser.close());

const first = "/events/1";
const row = (key) => `svg.graph [data-key="${key}"] .target`;
const openEvent = (page) => page.waitForSelector("main[data-open]");

test("a page follows its workflow without a reload and leaves focus and scroll alone", async () => {
  await until(() => workflow(1));
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
    // It has ended: nobody asks any more.
    let asked = 0;
    page.on("request", () => (asked += 1));
    await page.waitForTimeout(5_000);
    assert.equal(asked, 0);
  });
  await hurry();
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

const pages = { recent: "/", event: first, monorepo: "/events/4", denied: "/events/5", missing: "/events/99999" };

test("a workflow of 65 targets is drawn whole", async () => {
  await putRepository("large", LARGE);
  const event = await eventOf(() => deliver("push", push("large")));
  pages.large = `/events/${event}`;
  pages.one = `/events/${event - 1}`;
  const { targets } = await ended(event);
  assert.equal(targets.length, 65);
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

test("hostile names, reasons and links are text and nothing else", async () => {
  await putRepository("hostile", HOSTILE);
  const hostile = await eventOf(() => deliver("push", push("hostile", { branch: `x/${SCRIPT}`, actor: LOGIN, link: LINK })));
  pages.hostile = `/events/${hostile}`;
  await ended(hostile);
  for (const path of ["/", pages.hostile]) {
    await visit(path, {}, async (page) => {
      const text = await page.locator("main").innerText();
      for (const name of [SCRIPT, LOGIN]) assert.ok(text.includes(name), `${path} shows ${name} as it is`);
      const found = await page.evaluate(() => ({
        taken: window.taken,
        scripts: [...document.scripts].map((script) => new URL(script.src).pathname),
        foreign: document.querySelectorAll("main img, main script, main iframe, main object").length,
        links: [...document.querySelectorAll("[href], [src]")]
          .map((node) => node.getAttribute("href") ?? node.getAttribute("src"))
          .filter((link) => !/^(https?:\/\/|\/|#|data:image\/svg)/.test(link)),
        handlers: [...document.querySelectorAll("*")].flatMap((node) => node.getAttributeNames()).filter((name) => name.startsWith("on")),
      }));
      assert.deepEqual(found, { taken: undefined, scripts: ["/assets/live.js"], foreign: 0, links: [], handlers: [] });
      for (const link of await page.locator("main a:visible").all()) await link.hover({ trial: true });
    });
  }
});

const SETTINGS = {
  "desk-light": { viewport: DESK, colorScheme: "light" },
  "desk-dark": { viewport: DESK, colorScheme: "dark" },
  "phone-light": { viewport: PHONE, colorScheme: "light" },
  "phone-dark": { viewport: PHONE, colorScheme: "dark" },
};
/* Between them every colour and every layout. The large page has no other parts than the rest, and takes long. */
const isExamined = (setting, name) => setting === "desk-dark" || (setting === "phone-light" && name !== "large");

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
  });
});

test("the first paint takes one request, one style sheet and less than 100 KB", async () => {
  for (const path of [pages.recent, first, pages.large]) {
    await visit(path, {}, async (page, loaded) => {
      assert.deepEqual(loaded.map((response) => response.request().resourceType()).sort(), ["document", "script", "stylesheet"]);
      const sizes = await Promise.all(loaded.map((response) => response.request().sizes()));
      const total = sizes.reduce((sum, size) => sum + size.responseHeadersSize + size.responseBodySize, 0);
      assert.ok(total < 100_000, `${path} takes ${total} bytes`);
    });
  }
});
