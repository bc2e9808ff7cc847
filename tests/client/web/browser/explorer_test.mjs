// Each thing that the explorer page is for, as a reader does it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before } from "node:test";
import {
  ask,
  EMPTY,
  link,
  openBrowser,
  PUBLISHED,
  QUESTIONS,
  rowsOf,
  seriousViolations,
  SYNTHETIC,
  teller,
  WORKED,
} from "./page.mjs";

let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());
const tell = teller(() => browser);

const saved = async (page, name) => {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name }).click(),
  ]);
  return {
    name: download.suggestedFilename(),
    bytes: readFileSync(await download.path()),
  };
};

tell("an empty service says what to do first", async (page) => {
  await page.goto(EMPTY);
  await page.getByRole("heading", { name: "Nothing is loaded yet" }).waitFor();
  assert.equal(await page.locator(".examples").count(), 0);
});

tell(
  "an example is answered by a click, and its address asks it again",
  async (page) => {
    await page.goto(PUBLISHED);
    await page
      .getByRole("link", { name: /How many online grooming offences/ })
      .click();
    await page.locator(".headline-figure").waitFor();
    assert.match(
      await page.locator(".headline-figure").textContent(),
      /^7,062offences$/,
    );
    assert.match(
      await page.locator(".headline").textContent(),
      /A published total, 45 reporters stated, names unknown/,
    );
    const address = page.url();
    assert.match(address, /\?q=/);
    assert.match(await page.title(), /Online grooming.*2023\/24/);
    await page.goto("about:blank");
    await page.goto(address);
    assert.match(await page.locator(".headline-figure").textContent(), /7,062/);
    await page.getByRole("link", { name: "collate" }).click();
    await page
      .getByRole("heading", { name: /Ask what is published/ })
      .waitFor();
    await page.goBack();
    await page.locator(".headline-figure").waitFor();
    assert.equal(page.url(), address);
  },
);

// With the arrow keys, because what is typed at a list is forgotten when a busy
// machine is slow to take the next letter.
const arrowTo = async (page, list, text) => {
  await list.focus();
  const chosen = () => list.evaluate((one) => one.selectedOptions[0].text);
  for (let before; (await chosen()) !== text; ) {
    assert.notEqual(await chosen(), before, `there is no ${text}`);
    before = await chosen();
    await page.keyboard.press("ArrowDown");
  }
};

tell("a question is put and answered with the keyboard alone", async (page) => {
  await page.goto(PUBLISHED);
  await page.getByLabel("Measure").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(
    await page.evaluate(() => document.activeElement.textContent),
    "Skip to the answer",
  );
  await arrowTo(page, page.getByLabel("Measure"), "Recorded offences");
  await page.getByRole("combobox", { name: "Offence" }).waitFor();
  await page.getByRole("combobox", { name: "Offence" }).focus();
  await page.keyboard.type("sexual groom");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page
    .getByRole("list", { name: "Chosen: Offence" })
    .getByText("Sexual grooming")
    .waitFor();
  await arrowTo(
    page,
    page.getByLabel("Panel: who ought to be there"),
    "Territorial forces of England and Wales (43)",
  );
  await page.getByLabel("First period").focus();
  await page.keyboard.type("2017/18");
  await page.keyboard.press("Tab");
  await page.getByText("One row.").waitFor();
  await page.getByRole("button", { name: "Show the answer" }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".headline-figure").waitFor();
  assert.match(await page.locator(".headline-figure").textContent(), /4,429/);
  assert.match(await page.locator(".headline").textContent(), /43 of 43/);
  await page
    .getByRole("status")
    .getByText("Answer loaded: 1 row. Coverage: 43 of 43.")
    .waitFor();
});

tell(
  "choices are what has figures, and periods what is loaded",
  async (page) => {
    await ask(page, PUBLISHED, QUESTIONS.platforms);
    await page.getByRole("combobox", { name: "Platform" }).click();
    const offered = await page
      .locator(".combobox [role=option]")
      .allTextContents();
    assert.ok(offered.some((one) => one.startsWith("Snapchat")));
    assert.ok(!offered.some((one) => /nothing loaded/.test(one)));
    await page.keyboard.type("telegram");
    await page
      .getByRole("option", { name: /Telegram.*nothing loaded/ })
      .waitFor();
    await page.keyboard.press("Escape");
    await page
      .getByRole("button", { name: /Financial years: 2021\/22 to 2024\/25/ })
      .waitFor();
  },
);

tell(
  "a typo is met by what is near it, in the form and in an address",
  async (page) => {
    await ask(page, PUBLISHED, QUESTIONS.platforms);
    await page.getByRole("combobox", { name: "Platform" }).fill("snapchatt");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "snapchat", exact: true }).click();
    await page
      .getByRole("list", { name: "Chosen: Platform" })
      .getByText("Snapchat")
      .waitFor();
    await page.getByRole("button", { name: "Show the answer" }).click();
    await page.locator(".headline-figure").waitFor();
    assert.match(
      await page.locator(".headline-figure").textContent(),
      /48per cent of the 1,824 offences whose platform is known/,
    );

    await page.goto(
      PUBLISHED + link({ ...QUESTIONS.headline, measures: ["offence"] }),
    );
    const problem = page.locator("main .problem");
    await problem.getByText("no measure 'offence'").waitFor();
    assert.match(
      await problem.textContent(),
      /UNKNOWN_MEASURE.*query\.measures\[0\]/,
    );
    await problem
      .getByRole("button", { name: "offences", exact: true })
      .click();
    await page.locator(".headline-figure").waitFor();
  },
);

tell(
  "an address that cannot be read is refused and not half asked",
  async (page) => {
    await page.goto(
      `${PUBLISHED}/?q=${encodeURIComponent('{"mesures":["offences"]}')}`,
    );
    await page
      .locator(".problem")
      .getByText(/cannot be read.*mesures/)
      .waitFor();
    assert.equal(await page.locator(".answer").count(), 0);
  },
);

tell(
  "missing and withheld cells are words with their meaning, never 0",
  async (page) => {
    await ask(page, PUBLISHED, QUESTIONS.victims);
    const rows = await rowsOf(page);
    assert.equal(rows.length, 12);
    const figures = rows.map((row) => row[2]);
    assert.equal(figures.filter((one) => one === "withheld").length, 3);
    assert.equal(figures.filter((one) => one === "not shown").length, 6);
    assert.deepEqual(figures.filter((one) => /\d/.test(one)).sort(), [
      "2",
      "22",
      "22",
    ]);
    assert.ok(!figures.includes("0") && !figures.includes(""));
    const states = page.locator("section", {
      has: page.getByRole("heading", { name: "In place of a number" }),
    });
    assert.match(
      await states.textContent(),
      /withheld.*the publisher withholds it.*It is not 0/i,
    );
    const bars = await page.locator(".chart text").allTextContents();
    assert.equal(bars.filter((one) => one === "withheld").length, 3);
  },
);

tell(
  "where nothing answers, what is loaded is a question away",
  async (page) => {
    await ask(page, PUBLISHED, {
      measures: ["platform_share_percent"],
      periods: ["2023/24"],
      filters: [{ dimension: "reporter", members: ["united-kingdom"] }],
    });
    assert.ok((await page.locator(".headline-figure .missing").count()) === 1);
    await page.getByRole("heading", { name: "What is loaded of it" }).waitFor();
    await page
      .locator(".loaded a", {
        hasText: /of platform; cases whose platform is known/,
      })
      .last()
      .click();
    await page.locator(".figures").waitFor();
    assert.ok((await rowsOf(page)).some((row) => /^\d+$/.test(row[1])));
  },
);

tell("coverage follows the state", async (page) => {
  await ask(page, PUBLISHED, QUESTIONS.kingdomForces);
  assert.match(
    await page.locator(".headline").textContent(),
    /43 of 45; nothing loaded from Police Scotland, Police Service of Northern Ireland\. The whole panel: unknown/,
  );
  await ask(page, SYNTHETIC, QUESTIONS.forces);
  assert.match(
    await page.locator(".lines").first().textContent(),
    /2024\/25: 44 of 45; Lincolnshire \(“asked on .*”\) did not answer/,
  );
  assert.match(await page.locator(".synthetic").textContent(), /made up/);
});

tell("platform shares have their base in words", async (page) => {
  await ask(page, PUBLISHED, QUESTIONS.platforms);
  const texts = await page.locator(".chart text").allTextContents();
  assert.equal(
    texts[0],
    "per cent of the 1,824 offences whose platform is known, 2023/24",
  );
  assert.equal(texts.indexOf("48%") - texts.indexOf("Snapchat"), 1);
  assert.match(
    await page.locator(".note-list").textContent(),
    /another figure contradicts it/,
  );
  await ask(page, SYNTHETIC, QUESTIONS.shares);
  assert.match(
    await page.locator(".chart text").first().textContent(),
    /per cent of the 1,824 offences whose platform is known/,
  );
  assert.ok(
    (await page.locator(".chart text").allTextContents()).includes(
      "48.0% (876 of 1,824)",
    ),
  );
  assert.match(
    await page.locator(".figures").textContent(),
    /12\.0% 219 of 1,824/,
  );
});

tell(
  "a trend is broken where there is no number and where the series breaks",
  async (page) => {
    await ask(page, PUBLISHED, QUESTIONS.southEastForces);
    const chart = page.getByRole("img", {
      name: /Sexual communication with a child/,
    });
    await chart.waitFor();
    // Hampshire's line ends before 2021/22 and begins again behind it.
    assert.equal(await chart.locator(".s1 .line").count(), 2);
    assert.equal(await chart.locator(".s1 .marker").count(), 6);
    assert.match(
      await chart.locator("desc").textContent(),
      /Hampshire: from 152 in 2017\/18.*No number in 2021\/22 \(not shown\)/,
    );
    // Bars of one year, with the reason in place of Hampshire's.
    await page.locator(".chart-choices select").selectOption("2021/22");
    assert.ok(
      (await page.locator(".chart text").allTextContents()).includes(
        "not shown",
      ),
    );

    await ask(page, PUBLISHED, QUESTIONS.broken);
    await page.locator(".chart .break").waitFor({ state: "attached" });
    assert.match(
      await page.locator(".chart desc").textContent(),
      /The series breaks at 2017\/18/,
    );
    assert.match(
      await page
        .locator(".glossary")
        .allTextContents()
        .then((all) => all.join(" ")),
      /SERIES_BREAK/,
    );
    assert.equal(await page.locator(".chart .gap").count(), 1);
  },
);

tell(
  "bounds are drawn, and an end that nobody knows is an arrow",
  async (page) => {
    await ask(page, PUBLISHED, QUESTIONS.platforms);
    await page.locator(".chart .bounds").first().waitFor();
    await ask(page, PUBLISHED, QUESTIONS.southEast);
    await page.locator(".chart .whisker").waitFor();
    assert.match(
      await page.locator("figcaption").textContent(),
      /Arrow: the number may be higher/,
    );
  },
);

tell(
  "the worked example: reported, what it can be, the whole panel, who is behind it",
  async (page) => {
    await ask(page, WORKED, {
      measures: ["offences"],
      panel: "synthetic-four",
      periods: ["2023/24"],
    });
    const headline = await page.locator(".headline").textContent();
    assert.match(headline, /^80offences/);
    assert.match(headline, /The printed figures can be 81 to 84/);
    assert.match(headline, /2 of 4; .*The whole panel: at least 111/);
  },
);

tell(
  "a withheld figure is drawn as what it can be, and a negative one below 0",
  async (page) => {
    await ask(page, WORKED, {
      measures: ["offences"],
      filters: [{ dimension: "reporter", members: ["synthetic-r"] }],
      periodRange: { first: "2023/24 Q1", last: "2023/24 Q4" },
    });
    assert.deepEqual(
      (await rowsOf(page)).map((row) => row[1]),
      ["5", "6", "-1", "withheld"],
    );
    assert.equal((await rowsOf(page))[3][2], "1 to 4");
    const chart = page.locator(".chart");
    await chart.waitFor();
    assert.equal(await chart.locator(".marker").count(), 3);
    assert.equal(await chart.locator(".whisker").count(), 1);
    assert.equal(await chart.locator(".band").count(), 1);
    assert.ok((await chart.locator("text").allTextContents()).includes("-2"));
    // From 1 to 4 on the axis: between 0 and the marker of 5.
    const [whisker, five] = await Promise.all([
      chart.locator(".whisker").boundingBox(),
      chart.locator(".marker").first().boundingBox(),
    ]);
    assert.ok(whisker.y > five.y && whisker.height > 10);
  },
);

tell("reporters are ranked", async (page) => {
  await ask(page, PUBLISHED, QUESTIONS.ranking);
  const texts = await page.locator(".chart .pick text").allTextContents();
  assert.deepEqual(texts.slice(0, 4), [
    "Greater Manchester",
    "404",
    "Metropolitan Police",
    "317",
  ]);
  assert.equal((await rowsOf(page)).length, 44);
});

tell("both bases of a change stand side by side", async (page) => {
  await ask(page, PUBLISHED, QUESTIONS.southEast);
  const head = await page.locator(".figures thead th").allTextContents();
  assert.ok(
    head.includes("Change on 2017/18, matched panel") &&
      head.includes("As published"),
  );
  const row = (await rowsOf(page)).find((one) => one[0] === "2021/22");
  assert.ok(
    row.includes("+89.8% 226 → 429") && row.includes("+13.5% 378 → 429"),
  );
  await page.getByRole("button", { name: "429", exact: true }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByText("Change on 2017/18, over both bases").waitFor();
  assert.match(
    await sheet.textContent(),
    /Matched panel.*\+89\.8%.*3 reporters.*without Hampshire.*As published.*\+13\.5%.*4 then, 3 now/s,
  );
});

tell(
  "a figure leads to its printed cell, with the keyboard there and back",
  async (page) => {
    await ask(page, PUBLISHED, QUESTIONS.ranking);
    await page.locator('[data-row="0"]').focus();
    for (let i = 0; i < 4; ++i) await page.keyboard.press("ArrowDown");
    assert.equal(
      await page.evaluate(() => document.activeElement.textContent),
      "404",
    );
    await page.keyboard.press("Enter");
    const sheet = page.getByRole("dialog");
    await sheet.locator(".region mark").waitFor();
    assert.match(await sheet.textContent(), /4 printed cells behind 1 figure/);
    // The original: line 16, column 8, as it stands in the file, spaces included.
    assert.equal(await sheet.locator(".region mark").textContent(), " 65 ");
    assert.equal(
      await sheet.locator(".region .cited-row th").textContent(),
      "16",
    );
    const file = readFileSync(
      path.join(
        process.env.COLLATE_PUBLISHED_FILES,
        "../../police/prc-pfa-mar2013-onwards-tables201718-88A.csv",
      ),
      "utf8",
    ).split(/\r?\n/);
    const shown = await sheet
      .locator(".region .cited-row td")
      .allTextContents();
    assert.deepEqual(shown.slice(0, 3), file[15].split(",").slice(0, 3));
    const words = await sheet.locator(".citation").textContent();
    assert.match(words, /line 16, column 8/);
    assert.match(words, /police_returns, version \d+\.\d+\.\d+/);
    assert.match(
      words,
      /sources\/home-office-prc\/releases\/.*publication day not known/,
    );
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "hidden" });
    assert.equal(
      await page.evaluate(() => document.activeElement.textContent),
      "404",
    );
  },
);

// The citation of the first reporter whose answer is in a file of that kind.
async function openCitedIn(page, kind) {
  await ask(page, SYNTHETIC, {
    ...QUESTIONS.forces,
    derivations: [],
    periodRange: undefined,
    periods: ["2023/24"],
    groupBy: ["reporter"],
  });
  const sheet = page.getByRole("dialog");
  for (let row = 0; row < 45; ++row) {
    await page.locator(`[data-row="${row}"]`).click();
    await sheet.locator(".citation").first().waitFor();
    const place = await sheet.locator(".place").first().textContent();
    if (place.includes(`.${kind},`)) return sheet;
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "hidden" });
  }
  return assert.fail(`no answer in a file of kind ${kind}`);
}

for (const kind of ["xlsx", "ods", "xls", "docx", "pdf"]) {
  tell(
    `a figure of ${kind} is shown among its neighbours, and the document can be had`,
    async (page) => {
      const sheet = await openCitedIn(page, kind);
      const region = sheet.locator(".region").first();
      await region.locator("mark").waitFor();
      const facts = await sheet.locator(".citation").first().textContent();
      const [, letters, row] = /cell ([A-Z]+)(\d+)/.exec(facts);
      const printed = (
        await sheet.locator(".citation .token").first().textContent()
      ).trim();
      assert.equal(await region.locator("mark").textContent(), printed);
      assert.equal(
        await region.locator("th.cited-column").textContent(),
        letters,
      );
      assert.equal(
        await region.locator(".cited-row th[scope=row]").textContent(),
        row,
      );
      // Not alone: what it is a figure of stands there, too.
      assert.ok((await region.locator("tbody tr").count()) > 1);
      assert.deepEqual(await seriousViolations(page), []);
      const { bytes } = await saved(
        page,
        new RegExp(`^Download .*\\.${kind}$`),
      );
      const stated = (
        await sheet.locator(".citation dd code.break").first().textContent()
      ).trim();
      assert.equal(createHash("sha256").update(bytes).digest("hex"), stated);
    },
  );
}

tell(
  "a rate is picked in the form, with its denominator and day",
  async (page) => {
    await ask(page, WORKED, {
      measures: ["offences"],
      panel: "synthetic-four",
      groupBy: ["reporter"],
      periods: ["2023/24"],
    });
    const heading = (text) =>
      page.locator(".figures thead th", { hasText: text });
    const rates = async () => {
      const heads = await page.locator(".figures thead th").allTextContents();
      const at = heads.findIndex((one) => one.startsWith("Per "));
      return Object.fromEntries(
        (await rowsOf(page)).map((row) => [row[0].slice(0, 1), row[at]]),
      );
    };
    const show = page.getByRole("button", { name: "Show the answer" });
    await page.getByText("Changes, shares and rates").click();
    await page.getByLabel("Rate per").selectOption("population");
    await show.click();
    await heading("Per 1,000 population (2023-06-30)").waitFor();
    const first = await rates();
    // 50 offences, 1,000 people; and 20 with 8,000.
    assert.equal(first.P, "50");
    assert.equal(first.S, "2.5");
    // Nobody counted R's people: no rate, and a word for it.
    assert.match(first.R, /^[a-z ]+$/);
    await page.getByLabel(/^For each/).selectOption("100000");
    await show.click();
    await heading("Per 100,000 population (2023-06-30)").waitFor();
    assert.equal((await rates()).P, "5,000");
    // It stays in the address, and goes with its control.
    assert.match(decodeURIComponent(page.url()), /"denominator":"population"/);
    assert.deepEqual(await seriousViolations(page), []);
    await page.getByLabel("Rate per").selectOption("");
    await show.click();
    await heading("Per 100,000").waitFor({ state: "detached" });
  },
);

tell("what contradicts a figure is shown with both sides", async (page) => {
  await ask(page, PUBLISHED, QUESTIONS.platforms);
  await page
    .getByRole("row", { name: /Facebook and Messenger/ })
    .getByRole("button")
    .click();
  const conflicts = page.getByRole("dialog").locator(".conflicts");
  await conflicts.waitFor();
  assert.match(
    await conflicts.textContent(),
    /11\.5 to 12\.5 .*against 9\.5 to 10\.5/,
  );
});

tell("an answer is taken away as the command line writes it", async (page) => {
  for (const [query, words] of [
    [
      QUESTIONS.southEast,
      [
        "offences",
        "--where",
        "offence=s15a",
        "--panel",
        "onthewight-south-east-4",
        "--periods",
        "2017/18..2023/24",
        "--change-on",
        "2017/18",
      ],
    ],
    [
      QUESTIONS.platforms,
      [
        "platform_share_percent",
        "--where",
        "reporter=united-kingdom",
        "--where",
        "offence=online_grooming_uk",
        "--universe",
        "platform_known",
        "--by",
        "platform",
        "--period",
        "2023/24",
      ],
    ],
    [
      QUESTIONS.victims,
      [
        "victims",
        "--where",
        "reporter=northamptonshire",
        "--where",
        "offence=s15a",
        "--by",
        "age_band,sex",
        "--period",
        "2024/25",
      ],
    ],
  ]) {
    const written = (format) =>
      execFileSync(
        process.env.COLLATE_CLI,
        [
          "--server",
          process.env.COLLATE_PUBLISHED_GRPC,
          "query",
          ...words,
          "--view",
          "cited",
          "--format",
          format,
        ],
        { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
      );
    await ask(page, PUBLISHED, query);
    const csv = await saved(page, "Download CSV");
    assert.equal(csv.bytes.toString("utf8"), written("csv"));
    const json = await saved(page, "Download JSON");
    assert.deepEqual(
      JSON.parse(json.bytes.toString("utf8")),
      JSON.parse(written("json")),
    );
  }
});

tell("a chart is taken away as a picture that stands alone", async (page) => {
  await ask(page, PUBLISHED, QUESTIONS.platforms);
  await page.locator(".chart").waitFor();
  const { name, bytes } = await saved(page, /Download the chart/);
  assert.equal(name, "collate-chart.svg");
  // Where no policy forbids the style that such a file has inside.
  await page.goto("about:blank");
  const svg = await page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
    return {
      broken: parsed.querySelector("parsererror")?.textContent,
      root: parsed.documentElement.localName,
      title: parsed.querySelector("title")?.textContent,
      texts: [...parsed.querySelectorAll("text")].map((one) => one.textContent),
      style: parsed.querySelector("style")?.textContent,
      foreign: text.match(/https?:\/\/(?!www\.w3\.org)/),
    };
  }, bytes.toString("utf8"));
  assert.equal(svg.broken, undefined);
  assert.equal(svg.root, "svg");
  assert.match(svg.title, /Share of a platform/);
  assert.match(svg.style, /--chart-1/);
  assert.equal(svg.foreign, null);
  assert.ok(
    svg.texts.includes("48%") && svg.texts.some((one) => /^Source: /.test(one)),
  );
});
