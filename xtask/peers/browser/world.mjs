// A browser, pages that remember what went wrong in them, and the simulated GitHub.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

function given(variable) {
  const value = process.env[variable];
  assert.ok(value, `${variable} is not set`);
  return value;
}

export const packflow = given("PACKFLOW_URL");
const simulator = given("PACKFLOW_SIMULATOR_URL");
const database = given("PACKFLOW_DATABASE_URL");
const program = given("PACKFLOW_PROGRAM");
const screenshots = given("PACKFLOW_SCREENSHOTS");
mkdirSync(screenshots, { recursive: true });

export const browser = await chromium.launch({
  executablePath: given("PACKFLOW_CHROMIUM"),
  // Chromium's own sandbox does not start as root, which containers are; the pages are ours.
  args: ["--no-sandbox"],
});

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/* A page of a new, empty profile; `deed` gets it with all that it loaded, and afterwards nothing may have gone wrong but what
   is `expected`. `prepare` gets it before it loads anything. */
export async function visit(path, { prepare, expected, ...options }, deed) {
  const context = await browser.newContext({ viewport: DESK, ...options });
  try {
    const page = await context.newPage();
    const troubles = [];
    page.on("console", (message) => {
      // A page that is not there is told of by the browser too.
      const isExpected = expected?.test(message.text()) || (options.status && message.text().includes(`status of ${options.status}`));
      if (["error", "warning"].includes(message.type()) && !isExpected) troubles.push(message.text());
    });
    const loaded = [];
    page.on("response", (response) => loaded.push(response));
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("dialog", (dialog) => {
      troubles.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    await prepare?.(page);
    const answer = await page.goto(packflow + path);
    assert.equal(answer.status(), options.status ?? 200, path);
    await deed(page, loaded);
    assert.deepEqual(troubles, [], path);
  } finally {
    await context.close();
  }
}

/* What axe finds that keeps somebody out. It needs a page whose policy lets it in: `bypassCSP`. */
export async function seriousViolations(page) {
  await page.addScriptTag({ path: axePath });
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(" | ")}`);
}

export async function keepPicture(page, name) {
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

export async function workflow(event) {
  const answer = await fetch(`${packflow}/api/v1/events/${event}/workflow`);
  return answer.ok ? answer.json() : null;
}

/* Waits until `found` gives something; gives up after so long that only a fault explains it. */
export async function until(found) {
  const latest = Date.now() + 90_000;
  while (Date.now() < latest) {
    const value = await found();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never came: ${found}`);
}

export async function ended(event) {
  const open = ["waiting", "running"];
  return until(async () => {
    const found = await workflow(event);
    return found && !open.includes(found.status) ? found : null;
  });
}

/* From now on builds and tests take no time, and a few of the large package fail. */
export async function hurry() {
  const address = `${simulator}/simulator/behaviour`;
  const behaviour = await (await fetch(address)).json();
  behaviour.builds.push({ chroot: "fedora-eln-*", package: "large", outcome: "failed" });
  behaviour.tests.push({ plan: "/plans/upgrade", compose: "Fedora-44", outcome: "failed" });
  for (const name of Object.keys(behaviour.latencies)) behaviour.latencies[name] = 0;
  await put(address, behaviour);
}

async function put(address, body) {
  const answer = await fetch(address, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${address} was answered with ${answer.status}`);
}

export function putRepository(name, files, pulls = {}) {
  return put(`${simulator}/simulator/github/example/${name}`, { files, pulls, permissions: { jan: "write" } });
}

/* What the command line prints, run on the demo's database. */
export function command(...words) {
  return execFileSync(program, [...words, "--database", database], { encoding: "utf8" });
}

/* Delivers a signed webhook, as GitHub does. */
export async function deliver(event, payload, expected = 202) {
  const answer = await fetch(`${simulator}/simulator/github/deliveries`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ url: `${packflow}/webhooks/github`, secret: "demo", event, payload }),
  });
  const { status } = await answer.json();
  assert.equal(status, expected, "the answer to the delivery");
}

export async function newestEvent() {
  const { events } = await (await fetch(`${packflow}/api/v1/events?limit=100`)).json();
  return Math.max(...events.map((event) => event.id));
}

/* The id of the event that a deed makes. */
export async function eventOf(deed) {
  const before = await newestEvent();
  await deed();
  return until(async () => {
    const now = await newestEvent();
    return now > before ? now : null;
  });
}
