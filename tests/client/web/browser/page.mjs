// A browser for the tests, and the questions that they ask.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { chromium } from "playwright-core";

export const PUBLISHED = process.env.COLLATE_PUBLISHED;
export const SYNTHETIC = process.env.COLLATE_SYNTHETIC;
// The worked example: four invented reporters.
export const WORKED = process.env.COLLATE_WORKED;
export const EMPTY = process.env.COLLATE_EMPTY;

export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.COLLATE_CHROMIUM,
    // Chromium refuses its sandbox to root, who runs tests in containers.
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
  });
}

// A page in a context of its own. Whatever the browser complains about, a
// refused script or style among it, is in `complaints`.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => {
    // Chromium itself notes each refusal of the service.
    if (
      message.type() === "error" &&
      !/Failed to load resource/.test(message.text())
    )
      page.complaints.push(message.text());
  });
  return page;
}

// Makes tests that each get a page, which must not complain.
export const teller = (browser) => (title, body) =>
  test(title, async () => {
    const page = await openPage(browser());
    try {
      await body(page);
      assert.deepEqual(page.complaints, []);
    } finally {
      await page.context().close();
    }
  });

const where = (dimension, ...members) => ({ dimension, members });
// Those that the page offers to begin with.
const EXAMPLES = Object.fromEntries(
  JSON.parse(
    readFileSync(
      new URL(
        "../../../../client/web/src/question/examples.json",
        import.meta.url,
      ),
    ),
  ).map(({ id, query }) => [id, query]),
);

export const QUESTIONS = {
  ...EXAMPLES,
  kingdomForces: {
    measures: ["offences"],
    filters: [where("offence", "88A")],
    periods: ["2017/18"],
    panel: "uk-territorial-forces",
  },
  broken: {
    measures: ["offences"],
    filters: [where("offence", "88A")],
    panel: "england-wales-forces",
    periodRange: { first: "2016/17", last: "2017/18" },
  },
  southEastForces: {
    measures: ["offences"],
    filters: [where("offence", "s15a")],
    groupBy: ["reporter"],
    panel: "onthewight-south-east-4",
    periodRange: { first: "2017/18", last: "2023/24" },
  },
  victims: {
    measures: ["victims"],
    filters: [where("reporter", "northamptonshire"), where("offence", "s15a")],
    groupBy: ["age_band", "sex"],
    periods: ["2024/25"],
  },
  long: {
    measures: ["platform_uses"],
    panel: "uk-territorial-forces",
    universe: "platform_known",
    filters: [where("offence", "online_grooming_uk")],
    groupBy: ["reporter", "platform"],
    periodRange: { first: "2017/18", last: "2024/25" },
  },
};

export const link = (query) =>
  `/?q=${encodeURIComponent(JSON.stringify(query))}`;

export async function ask(page, service, query) {
  await page.goto(service + link(query));
  await page.waitForSelector("#answer-title");
  // A chart is drawn once its width is known.
  if ((await page.locator(".chart-figure").count()) > 0) {
    await page.locator(".chart").waitFor();
  }
}

// Rows of the answer's table as texts of their cells.
export const rowsOf = (page) =>
  page.$$eval(".figures tbody tr:not(.gap-row)", (rows) =>
    rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim())),
  );

const axe = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

// What axe calls serious or critical, as lines to read.
export async function seriousViolations(page) {
  // Through the debugger, because the page's own policy takes no such script.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ["violations"] }),
  );
  return violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map(
      (one) =>
        `${one.id}: ${one.nodes.map((node) => `${node.html.slice(0, 150)} ${node.failureSummary}`).join(" | ")}`,
    );
}
