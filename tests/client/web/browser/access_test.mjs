// Whether everybody can read it: axe over each state of the page, in light and
// dark, wide and narrow; what is announced; where the focus goes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ask,
  EMPTY,
  link,
  openBrowser,
  openPage,
  PUBLISHED,
  QUESTIONS,
  seriousViolations,
  SYNTHETIC,
} from "./page.mjs";

let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const STATES = {
  "nothing loaded": (page) =>
    page.goto(EMPTY).then(() => page.locator(".welcome, .answer").waitFor()),
  "the start": (page) =>
    page.goto(PUBLISHED).then(() => page.locator(".examples").waitFor()),
  "a headline": (page) => ask(page, PUBLISHED, QUESTIONS.headline),
  bars: (page) => ask(page, PUBLISHED, QUESTIONS.platforms),
  lines: (page) => ask(page, PUBLISHED, QUESTIONS.southEastForces),
  "missing cells": (page) => ask(page, PUBLISHED, QUESTIONS.victims),
  "a change": (page) => ask(page, SYNTHETIC, QUESTIONS.forces),
  "a long table": (page) => ask(page, SYNTHETIC, QUESTIONS.long),
  "a figure": async (page) => {
    await ask(page, PUBLISHED, QUESTIONS.southEast);
    await page.locator('[data-row="4"]').click();
    await page.locator(".region mark").waitFor();
  },
  "an open list": async (page) => {
    await ask(page, PUBLISHED, QUESTIONS.platforms);
    // A small screen shows the answer and keeps the question folded.
    const folded = page.getByRole("button", { name: "Change the question" });
    if (await folded.isVisible()) await folded.click();
    await page.getByRole("combobox", { name: "Platform" }).click();
    await page
      .locator(".combobox:focus-within [role=option]")
      .first()
      .waitFor();
    await page.keyboard.press("ArrowDown");
  },
  "a refusal": async (page) => {
    await page.goto(
      PUBLISHED + link({ measures: ["offence"], periods: ["2017/18"] }),
    );
    await page.locator("main .problem").waitFor();
    await page.locator(".check-problems").waitFor();
  },
  loading: async (page) => {
    await page.goto(PUBLISHED);
    await page
      .getByRole("banner")
      .getByRole("button", { name: "Load a document" })
      .click();
    await page.getByRole("heading", { name: "Load a document" }).waitFor();
  },
};

for (const [look, options] of Object.entries({
  light: {},
  dark: { colorScheme: "dark" },
  narrow: { viewport: { width: 360, height: 740 } },
})) {
  test(`axe finds nothing serious, ${look}`, async () => {
    const page = await openPage(browser, options);
    const found = [];
    for (const [state, reach] of Object.entries(STATES)) {
      await reach(page);
      found.push(
        ...(await seriousViolations(page)).map((one) => `${state}: ${one}`),
      );
    }
    assert.deepEqual(found, []);
    await page.context().close();
  });
}

test("nothing is wider than the window at twice the size, or on a phone", async () => {
  // 1280 pixels at 200% are 640 of the page's, and 320 are WCAG's reflow.
  for (const width of [640, 320]) {
    const page = await openPage(browser, { viewport: { width, height: 800 } });
    for (const state of [
      "the start",
      "a headline",
      "bars",
      "lines",
      "a change",
      "a long table",
      "a figure",
      "loading",
    ]) {
      await STATES[state](page);
      const wide = await page.evaluate(
        () =>
          document.scrollingElement.scrollWidth -
          document.documentElement.clientWidth,
      );
      assert.equal(wide, 0, `${state} is ${wide} pixels wider than ${width}`);
    }
    await page.context().close();
  }
});

test("tables have captions and headers, charts a name and a description", async () => {
  const page = await openPage(browser);
  await ask(page, PUBLISHED, QUESTIONS.southEastForces);
  await page
    .getByRole("table", {
      name: /Sexual communication with a child, South East/,
    })
    .waitFor();
  assert.equal(
    await page.locator(".figures thead th[scope=col]").count(),
    await page.locator(".figures thead th").count(),
  );
  assert.equal(
    await page
      .locator(".figures tbody tr")
      .first()
      .locator("th[scope=row]")
      .count(),
    2,
  );
  const chart = page.getByRole("img", {
    name: /Sexual communication with a child/,
  });
  const described = await chart.evaluate((node) =>
    node
      .getAttribute("aria-labelledby")
      .split(" ")
      .map((id) => document.getElementById(id).textContent),
  );
  assert.match(
    described[1],
    /Line chart of offences over 7 periods.*Kent: from 122 in 2017\/18 to 264 in 2023\/24/,
  );
  await page.context().close();
});

test("a long table says how long it is, and the keyboard reaches its last row", async () => {
  const page = await openPage(browser);
  await ask(page, SYNTHETIC, QUESTIONS.long);
  const table = page.locator(".figures");
  assert.equal(await table.getAttribute("aria-rowcount"), "15841");
  assert.ok((await table.locator("tbody tr").count()) < 80);
  await page.locator('[data-row="0"]').focus();
  await page.keyboard.press("End");
  assert.equal(
    await page.evaluate(
      () => document.activeElement.closest("tr").ariaRowIndex,
    ),
    "5001",
  );
  await page.keyboard.press("ArrowUp");
  assert.equal(
    await page.evaluate(
      () => document.activeElement.closest("tr").ariaRowIndex,
    ),
    "5000",
  );
  // The row that has the focus stays while others scroll past.
  await page.locator(".table-holder.long").evaluate((node) => {
    node.scrollTop = 0;
  });
  await page.locator('[data-row="3"]').waitFor();
  assert.equal(
    await page.evaluate(
      () => document.activeElement.closest("tr")?.ariaRowIndex,
    ),
    "5000",
  );
  await page.getByRole("button", { name: "Load more rows" }).click();
  await page.getByText("10,000 of 15,840 rows are here.").waitFor();
  await page.context().close();
});

test("the focus is seen, and the skip link leads to the answer", async () => {
  const page = await openPage(browser);
  await ask(page, PUBLISHED, QUESTIONS.southEast);
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the answer" });
  assert.ok((await skip.boundingBox()).x >= 0);
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  for (let i = 0; i < 12; ++i) {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(
      () => getComputedStyle(document.activeElement).outlineWidth,
    );
    assert.equal(outline, "3px");
  }
  await page.context().close();
});

test("who wants less motion gets none", async () => {
  const page = await openPage(browser, { reducedMotion: "reduce" });
  await ask(page, PUBLISHED, QUESTIONS.southEast);
  const moving = await page.evaluate(
    () =>
      [...document.querySelectorAll("*")].filter((node) => {
        const style = getComputedStyle(node);
        return (
          parseFloat(style.transitionDuration) > 0 ||
          parseFloat(style.animationDuration) > 0
        );
      }).length,
  );
  assert.equal(moving, 0);
  await page.context().close();
});
