import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Bars,
  chartOf,
  MOST_BARS,
  MOST_SERIES,
  quantitiesOf,
  summaryOf,
  type Trend,
} from "../../../../client/web/src/chart/model";
import {
  linear,
  niceStep,
  textWidth,
  wrap,
} from "../../../../client/web/src/chart/scale";
import { cell, of, printed } from "./cells";

test("a year without a number has no place on the line", () => {
  const chart = chartOf(
    [
      printed(2017, 378),
      cell(2018, { state: "STATE_NO_RELEASE" }),
      printed(2019, 0),
    ],
    "figure",
  ) as Trend;
  assert.deepEqual(
    chart.series[0]!.marks.map((mark) => mark.value),
    [378, undefined, 0],
  );
  assert.match(summaryOf(chart), /No number in 2018\/19 \(nothing loaded\)/);
  assert.match(summaryOf(chart), /from 378 in 2017\/18 to 0 in 2019\/20/);
});

test("a sum is drawn with what the whole panel can be", () => {
  const chart = chartOf(
    [
      printed(2017, 5, { panelBounds: { lower: "5", upper: "9" } }),
      printed(2018, 6, { panelBounds: { lower: "6" } }),
    ],
    "figure",
  ) as Trend;
  const [closed, open] = chart.series[0]!.marks;
  assert.deepEqual([closed!.lower, closed!.upper, closed!.open], [5, 9, false]);
  assert.deepEqual(
    [open!.lower, open!.upper, open!.open],
    [6, undefined, true],
  );
});

test("a break of the series is kept", () => {
  const chart = chartOf(
    [printed(2017, 5), printed(2018, 6, { flags: ["CELL_FLAG_SERIES_BREAK"] })],
    "figure",
  ) as Trend;
  assert.deepEqual(
    chart.series[0]!.marks.map((mark) => mark.breaks),
    [false, true],
  );
  assert.match(summaryOf(chart), /breaks at 2018\/19/);
});

test("a break that the vocabulary knows stands at the first period behind it", () => {
  const years = [2016, 2017, 2018].map((year) => printed(year, 5));
  const breaks = (day: string) =>
    (
      chartOf(years, "figure", { breakDays: [day] }) as Trend
    ).series[0]!.marks.map((mark) => mark.breaks);
  assert.deepEqual(breaks("2017-04-01"), [false, true, false]);
  assert.deepEqual(breaks("2017-09-01"), [false, true, false]);
  assert.deepEqual(breaks("2016-04-01"), [false, false, false]);
  assert.deepEqual(breaks("2016-05-01"), [true, false, false]);
  assert.deepEqual(breaks("2019-04-01"), [false, false, false]);
  const own = chartOf(
    years.map((one, i) =>
      printed(2016 + i, 5, of("offence", "88A", "Sexual grooming")),
    ),
    "figure",
    { breaksOf: (_, member) => (member === "88A" ? ["2017-04-01"] : []) },
  ) as Trend;
  assert.deepEqual(
    own.series[0]!.marks.map((mark) => mark.breaks),
    [false, true, false],
  );
});

test("overlapping periods are joined by no line", () => {
  const span = {
    period: {
      startDate: "2017-04-01",
      endDate: "2020-04-01",
      kind: "PERIOD_KIND_INTERVAL",
      text: "2017-04 to 2020-03",
    },
  };
  assert.equal(
    (chartOf([printed(2017, 5, span), printed(2018, 6)], "figure") as Trend)
      .connected,
    false,
  );
  assert.equal(
    (chartOf([printed(2017, 5), printed(2018, 6)], "figure") as Trend)
      .connected,
    true,
  );
});

test("bars are ranked, and who has no number stands last with the reason", () => {
  const chart = chartOf(
    [
      printed(2017, 5, of("reporter", "a", "A")),
      cell(2017, { state: "STATE_SUPPRESSED", ...of("reporter", "b", "B") }),
      printed(2017, 9, of("reporter", "c", "C")),
    ],
    "figure",
  ) as Bars;
  assert.deepEqual(
    chart.rows.map((row) => [row.name, row.marks[0]!.words]),
    [
      ["C", "9"],
      ["A", "5"],
      ["B", "withheld"],
    ],
  );
  assert.deepEqual(
    chart.rows.map((row) => row.marks[0]!.cell),
    [2, 0, 1],
  );
  assert.match(summaryOf(chart), /Without a number: B: withheld/);
});

test("what is not drawn is counted", () => {
  const many = Array.from({ length: MOST_BARS + 3 }, (_, i) =>
    printed(2017, i, of("reporter", `r${i}`, `R${i}`)),
  );
  assert.equal(chartOf(many, "figure")!.omitted, 3);
  const series = Array.from({ length: MOST_SERIES + 2 }, (_, i) =>
    [2017, 2018].map((year) =>
      printed(year, i, of("reporter", `r${i}`, `R${i}`)),
    ),
  ).flat();
  const chart = chartOf(series, "figure") as Trend;
  assert.equal(chart.omitted, 2);
  assert.equal(chart.series[0]!.name, `R${MOST_SERIES + 1}`);
});

test("two measures are never on one axis", () => {
  const chart = chartOf(
    [
      printed(2017, 5),
      printed(2018, 6),
      printed(2017, 500, { measure: "victims", unit: "victims" }),
    ],
    "figure",
  ) as Trend;
  assert.deepEqual(
    chart.series.flatMap((one) => one.marks.map((mark) => mark.value)),
    [5, 6],
  );
});

test("a share is what is drawn first, with its base in words", () => {
  const share = (member: string, numerator: number) =>
    printed(2023, numerator, {
      unit: "uses",
      ...of("platform", member, member),
      derived: [
        {
          share: {
            dimension: "platform",
            baseKind: "SHARE_BASE_KNOWN_OFFENCES",
            outcome: "OUTCOME_GIVEN",
            percent: { lower: "12.006578", upper: "12.006579" },
            numerator: {
              bounds: { lower: String(numerator), upper: String(numerator) },
            },
            base: { bounds: { lower: "1824", upper: "1824" } },
          },
        },
      ],
    });
  const cells = [share("WhatsApp", 219), share("Kik", 219)];
  assert.equal(quantitiesOf(cells)[0]!.quantity, 0);
  const chart = chartOf(cells, 0) as Bars;
  assert.equal(chart.base, "of the 1,824 offences whose platform is known");
  assert.equal(chart.rows[0]!.marks[0]!.words, "12.0% (219 of 1,824)");
});

test("a published percentage has the base that is known of its period", () => {
  const cells = [48, 12].map((value, i) =>
    cell(2023, {
      unit: "per cent",
      decimalReported: String(value),
      ...of("platform", `p${i}`, `P${i}`),
    }),
  );
  const chart = chartOf(cells, "figure", {
    bases: new Map([
      ["2023/24", "of the 1,824 offences whose platform is known"],
    ]),
  }) as Bars;
  assert.equal(chart.base, "of the 1,824 offences whose platform is known");
  assert.equal(chart.rows[0]!.marks[0]!.words, "48%");
});

test("a single cell needs no chart", () => {
  assert.equal(chartOf([printed(2017, 5)], "figure"), undefined);
  assert.equal(chartOf([], "figure"), undefined);
});

test("axes begin at 0 or below, end above the highest, and have round steps", () => {
  assert.equal(niceStep(772, 5), 200);
  const scale = linear([772, 378], 300, 0, 5);
  assert.deepEqual(scale.ticks, [0, 200, 400, 600, 800]);
  assert.deepEqual([scale(0), scale(800)], [300, 0]);
  assert.deepEqual(linear([-30, 80], 0, 100, 5).domain, [-50, 100]);
  assert.deepEqual(linear([], 0, 100, 5).domain, [0, 1]);
});

test("texts are cut at spaces, and nothing of a long word is lost", () => {
  assert.deepEqual(wrap("one two three", 60), ["one two", "three"]);
  const long = wrap(`answers/${"0".repeat(64)}`, 100);
  assert.equal(long.join(""), `answers/${"0".repeat(64)}`);
  assert.ok(long.every((line) => textWidth(line) <= 100));
});
