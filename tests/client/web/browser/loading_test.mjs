// Bringing documents in, and who may.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before } from "node:test";
import { ask, EMPTY, openBrowser, PUBLISHED, teller } from "./page.mjs";

let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());
const tell = teller(() => browser);

const FILE = () =>
  path.join(process.env.COLLATE_PUBLISHED_FILES, "dyfed_powys.csv");

tell("a document is checked, published, and answers", async (page) => {
  await page.goto(EMPTY);
  await page
    .getByRole("main")
    .getByRole("button", { name: "Load a document" })
    .click();
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByText("Choose a document.").waitFor();
  await page.getByLabel("Document", { exact: true }).setInputFiles(FILE());
  await page.getByRole("combobox", { name: /^Source/ }).fill("dyfed-powys-foi");
  await page.getByLabel("Recipe").fill("s15a_answer_q1");
  await page.getByRole("button", { name: "Check without publishing" }).click();
  await page.getByText("Nothing was published").waitFor();
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByText("Published: questions see it from now on.").waitFor();
  const report = page.locator(".report");
  assert.match(await report.textContent(), /Observations kept1/);
  assert.match(await report.textContent(), /TABLE_NOTE/);
  assert.ok(
    (await report.locator("tbody td").allTextContents()).includes("offences"),
  );
  await ask(page, EMPTY, {
    measures: ["offences"],
    filters: [
      { dimension: "reporter", members: ["dyfed-powys"] },
      { dimension: "offence", members: ["s15a"] },
    ],
    periods: ["2021/22"],
  });
  assert.ok((await page.locator(".headline-figure").count()) === 1);
});

tell(
  "a document that is dropped on the page is taken in, and a refusal is told with its reason",
  async (page) => {
    await page.goto(PUBLISHED);
    await page
      .getByRole("heading", { name: /Ask what is published/ })
      .waitFor();
    const dropped = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(
        new File(["name,address,date of birth\nA,B,C\n"], "people.csv", {
          type: "text/csv",
        }),
      );
      return data;
    });
    await page.dispatchEvent("body", "dragover", { dataTransfer: dropped });
    await page.getByText("Drop the document to load it").waitFor();
    await page.dispatchEvent("body", "drop", { dataTransfer: dropped });
    await page.getByText("people.csv").waitFor();
    await page.getByRole("combobox", { name: /^Source/ }).fill("somebody");
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    const problem = page.locator("main .problem");
    await problem.waitFor();
    assert.match(
      await problem.textContent(),
      /The service refused this.*Reason[A-Z_]+/s,
    );
  },
);

tell(
  "a token is asked for only by a service that wants one, once, and again when it is none",
  async (page) => {
    await page.goto(PUBLISHED);
    await page.locator(".examples").waitFor();
    assert.equal(await page.getByRole("dialog").count(), 0);

    await page.goto(process.env.COLLATE_GUARDED);
    const dialog = page.getByRole("dialog", {
      name: "The service asks who you are",
    });
    await dialog.waitFor();
    assert.equal(await page.getByRole("dialog").count(), 1);
    await dialog.getByLabel("Access token").fill("not.a.token");
    await page.keyboard.press("Enter");
    await page.waitForFunction(
      () => document.querySelector("dialog input")?.value === "",
    );
    await dialog.getByLabel("Access token").fill(process.env.COLLATE_TOKEN);
    await page.keyboard.press("Enter");
    await page
      .getByRole("heading", { name: "Nothing is loaded yet" })
      .waitFor();
    // It is kept for this tab.
    await page.reload();
    await page
      .getByRole("heading", { name: "Nothing is loaded yet" })
      .waitFor();
    assert.equal(await page.getByRole("dialog").count(), 0);

    // A reader may load nothing, and is told so.
    await page
      .getByRole("main")
      .getByRole("button", { name: "Load a document" })
      .click();
    await page.getByLabel("Document", { exact: true }).setInputFiles(FILE());
    await page
      .getByRole("combobox", { name: /^Source/ })
      .fill("dyfed-powys-foi");
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    assert.match(
      await page.locator("main .problem").textContent(),
      /permission denied/,
    );
  },
);

tell("without a token the page says what the service said", async (page) => {
  await page.goto(process.env.COLLATE_GUARDED);
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await page.locator("main .problem").waitFor();
  assert.match(
    await page.locator("main .problem").textContent(),
    /NOT_AUTHENTICATED/,
  );
});
