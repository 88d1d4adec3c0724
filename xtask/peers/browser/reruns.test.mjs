// A red chroot run again, as people do it and see it. Run by `crates/packflow/tests/interop_reruns.rs`, one test at a time.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DESK, PHONE, browser, keepPicture, packflow, seriousViolations, visit, workflow } from "./world.mjs";

after(() => browser.close());

const event = process.env.PACKFLOW_EVENT;

/* Logs in at the simulated GitHub, and is back where it began. */
async function logIn(page) {
  await page.getByLabel("Account").fill("alice");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${packflow}/**`);
}

/* Tab by tab to what reads so; everything on the way is reachable too. */
async function tabTo(page, text) {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const { activeElement: here } = document;
      return here.querySelector("title")?.textContent ?? here.labels?.[0]?.textContent ?? here.textContent;
    });
    if (found.trim().startsWith(text)) return;
  }
  assert.fail(`${text} is not reached by the tab key`);
}

test("a red chroot is chosen, looked at, confirmed and watched by keyboard", async () => {
  // The simulated GitHub has no picture of itself.
  await visit(`/events/${event}`, { bypassCSP: true, expected: /status of 404/ }, async (page) => {
    await tabTo(page, "Log in to run this again");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/login/oauth/authorize?**");
    await logIn(page);
    assert.equal(new URL(page.url()).pathname, `/events/${event}/reruns/new`);
    await page.evaluate(() => (window.isTheSamePage = true));

    // In the drawing: the chroot, then what that would do stands there.
    await tabTo(page, "Choose fedora-43-x86_64: failed");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#offer");
    const focused = await page.evaluate(() => document.activeElement.querySelector("title")?.textContent);
    assert.match(focused, /^Leave out fedora-43-x86_64: failed.*Plan: redo: asked for; it failed/, "the focus stays");
    assert.ok(await page.evaluate(() => window.isTheSamePage));
    const words = await page.locator(".graph .word").allTextContents();
    assert.deepEqual(words.sort(), ["redo", "redo", "share"]);
    const told = await page.locator("#offer").innerText();
    assert.match(told, /2 redo\s+1 share/);
    assert.match(told, /1 build, 1 test/);
    const ticked = await page.locator("form[data-choices] input[name=target]:checked").count();
    assert.equal(ticked, 1, "the list has it ticked too");
    assert.deepEqual(await seriousViolations(page), []);
    for (const [setting, options] of Object.entries({
      "desk-light": { viewport: DESK, scheme: "light" }, "desk-dark": { viewport: DESK, scheme: "dark" },
      "phone-light": { viewport: PHONE, scheme: "light" }, "phone-dark": { viewport: PHONE, scheme: "dark" },
    })) {
      await page.setViewportSize(options.viewport);
      await page.emulateMedia({ colorScheme: options.scheme });
      const { wide, narrow } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth, narrow: document.documentElement.clientWidth,
      }));
      assert.ok(wide <= narrow, `${setting}: the page is wider than the window`);
      assert.deepEqual(await seriousViolations(page), [], setting);
      await keepPicture(page, `rerun-planned-${setting}`);
    }
    await page.setViewportSize(DESK);
    await page.emulateMedia({ colorScheme: "light" });

    // By the list: a box that is ticked, and taken out again by the space bar.
    const box = page.getByRole("checkbox", { name: "epel-9-x86_64" });
    await box.focus();
    await page.keyboard.press("Space");
    await page.waitForFunction(() => /3 redo/.test(document.querySelector("#offer")?.textContent));
    const reason = page.getByLabel("Why, for those who wonder later");
    await reason.fill("half a reason");
    await box.focus();
    await page.keyboard.press("Space");
    await page.waitForFunction(() => /2 redo/.test(document.querySelector("#offer")?.textContent));
    assert.equal(await box.isChecked(), false);
    assert.equal(await reason.inputValue(), "half a reason", "what is written outlives a choice");
    // Nothing chosen is nothing to confirm; and then there is again.
    const red = page.getByRole("checkbox", { name: "fedora-43-x86_64" }).first();
    for (const offered of [false, true]) {
      await red.click();
      await page.waitForFunction((wanted) => (document.querySelector("#offer") !== null) === wanted, offered);
    }
    await page.waitForFunction(() => document.querySelector("input[name=reason]").value === "half a reason");
    await reason.fill("");

    // What is chosen while an answer is on its way comes on top of it.
    await page.route("**/reruns/new?*", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      await route.continue();
    });
    const drawn = page.locator("text.name", { hasText: /^fedora-42-x86_64$/ });
    await page.locator(".graph a.target[data-pick]").filter({ has: drawn }).first().click();
    await box.click();
    await page.waitForFunction(() => /3 build/.test(document.querySelector("#offer")?.textContent));
    assert.equal(new URL(page.url()).searchParams.getAll("target").length, 3, page.url());
    await page.unroute("**/reruns/new?*");
    for (const one of [page.getByRole("checkbox", { name: "fedora-42-x86_64" }).first(), box]) await one.click();
    await page.waitForFunction(() => /2 redo/.test(document.querySelector("#offer")?.textContent));

    await page.locator(".skip").focus();
    await page.keyboard.press("Enter");
    await tabTo(page, "Why, for those who wonder later");
    await page.keyboard.type("the mirror was away");
    await tabTo(page, "Run this again");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${packflow}/reruns/*`);

    // And then it is watched: nothing is loaded again.
    await page.evaluate(() => (window.isTheSamePage = true));
    await page.waitForFunction(() => document.querySelector("main").dataset.open === undefined, null, { timeout: 60_000 });
    assert.match(await page.locator("header [role=status]").innerText(), /^2\s+succeeded$/);
    assert.ok(await page.evaluate(() => window.isTheSamePage));
    const facts = await page.locator(".facts").innerText();
    for (const fact of ["alice", "the dashboard", "the mirror was away", "Copr build fedora-43-x86_64"]) assert.ok(facts.includes(fact), facts);
    assert.deepEqual(await seriousViolations(page), []);
    for (const [name, viewport] of Object.entries({ desk: DESK, phone: PHONE })) {
      await page.setViewportSize(viewport);
      await keepPicture(page, `rerun-done-${name}-light`);
    }
  });
});

test("the workflow's page shows attempt 2 over 1", async () => {
  const { targets } = await workflow(event);
  const newest = targets.filter(({ attempt }) => attempt === 2);
  assert.deepEqual(newest.map(({ name }) => name), ["fedora-43-x86_64", "fedora-43-x86_64"]);
  await visit(`/events/${event}`, {}, async (page) => {
    for (const { id, chain_id } of newest) {
      const row = page.locator(`.graph [data-key=c${chain_id}]`);
      assert.match(await row.locator("title").first().textContent(), /: succeeded.*attempt 2 after (failed|skipped)/);
      assert.equal(await row.locator(".past").count(), 1, "the first one stands behind it");
      const line = page.locator(`#target-${id}`);
      assert.match(await line.innerText(), /attempt 2/);
      assert.match(await line.locator("xpath=following-sibling::tr[1]").innerText(), /1 older attempt/);
    }
    assert.equal(await page.locator(".graph .past").count(), 2, "nothing else was run again");
    assert.equal(await page.locator("header [role=status]").innerText(), "succeeded");
    await page.getByRole("link", { name: /^Rerun \d+$/ }).click();
    assert.match(await page.locator("h1").innerText(), /^Rerun \d+/);
    await page.getByRole("link", { name: "Reruns" }).click();
    assert.equal(await page.locator("tbody tr").count(), 1);
    await keepPicture(page, "reruns-desk-light");
  });
});
