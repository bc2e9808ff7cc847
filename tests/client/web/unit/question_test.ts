import assert from "node:assert/strict";
import { test } from "node:test";
import { create, equals, fromJson } from "@bufbuild/protobuf";
import {
  type StatisticsQuery,
  StatisticsQuerySchema,
} from "../../../../client/web/src/generated/collate/v1/statistics_pb";
import {
  DerivationSchema,
  RateDerivationSchema,
} from "../../../../client/web/src/generated/collate/v1/derivation_pb";
import { MeasureSchema } from "../../../../client/web/src/generated/collate/v1/catalogue_pb";
import { AvailabilitySchema } from "../../../../client/web/src/generated/collate/v1/check_query_pb";
import {
  extrasOf,
  withDerivation,
  withFilter,
  withMeasure,
  withPeriods,
  withRange,
  withWordAt,
} from "../../../../client/web/src/question/edit";
import {
  linkTo,
  questionOf,
} from "../../../../client/web/src/question/permalink";
import {
  denominatorsOf,
  firstUniverse,
  narrowed,
  periodGroups,
  questionOfTable,
} from "../../../../client/web/src/question/choices";
import {
  EXAMPLES,
  isAnswerable,
} from "../../../../client/web/src/question/examples";
import { matching } from "../../../../client/web/src/question/MemberPicker";
import {
  scopeWords,
  subjectWords,
} from "../../../../client/web/src/question/words";
import { baseQuestion } from "../../../../client/web/src/answer/bases";

const FULL = fromJson(StatisticsQuerySchema, {
  measures: ["offences"],
  filters: [{ dimension: "offence", members: ["88A", "a,b & c"] }],
  groupBy: ["reporter"],
  periods: ["2017/18"],
  panel: "england-wales-forces",
  universe: "platform_known",
  preferredSources: ["x"],
  asOf: "2024-01-01T00:00:00Z",
  releases: ["sources/x/releases/y"],
  missingPolicy: "MISSING_POLICY_FAIL",
  conflictPolicy: "CONFLICT_POLICY_HULL",
  allowPartial: true,
  exclusions: [
    { reporter: "kent", reason: "counts victims", date: "2024-11-05" },
  ],
  derivations: [
    {
      rate: {
        denominator: "population",
        denominatorPeriod: "2016-06-30",
        numeratorOnly: ["btp"],
      },
    },
    { rate: { denominator: "households", denominatorPeriod: "2016" } },
  ],
});

test("an address holds the whole question", () => {
  for (const query of [FULL, ...EXAMPLES.map((one) => one.query)]) {
    const link = new URL(linkTo(query), "http://127.0.0.1/");
    assert.ok(equals(StatisticsQuerySchema, questionOf(link.search)!, query));
  }
});

test("an address without a question is none, and one with an unknown field is refused", () => {
  assert.equal(questionOf(""), undefined);
  assert.throws(
    () => questionOf(`?q=${encodeURIComponent('{"mesures":["offences"]}')}`),
    /mesures/,
  );
});

test("edits leave the question they start from, and what they do not speak about", () => {
  const edited = withFilter(FULL, "offence", ["s15a"]);
  assert.deepEqual(FULL.filters[0]!.members, ["88A", "a,b & c"]);
  assert.deepEqual(edited.filters[0]!.members, ["s15a"]);
  assert.equal(edited.exclusions.length, 1);
  assert.deepEqual(withFilter(FULL, "offence", []).filters, []);
});

test("periods and a range exclude each other", () => {
  const range = withRange(FULL, "2017/18", "2019/20");
  assert.deepEqual(
    [range.periods, range.periodRange?.first, range.periodRange?.last],
    [[], "2017/18", "2019/20"],
  );
  assert.deepEqual(withRange(range, "2017/18", "2017/18").periods, ["2017/18"]);
  assert.equal(withPeriods(range, ["2017/18"]).periodRange, undefined);
});

test("another measure keeps who reports and nothing that it may not have", () => {
  const other = withMeasure(FULL, "victims");
  assert.deepEqual(
    [other.measures, other.panel, other.filters, other.universe],
    [["victims"], FULL.panel, [], ""],
  );
});

test("a near match goes where the service found the fault", () => {
  assert.deepEqual(
    withWordAt(FULL, "query.filters[0].members[1]", "s15a")!.filters[0]!
      .members,
    ["88A", "s15a"],
  );
  assert.deepEqual(withWordAt(FULL, "query.measures[0]", "victims")!.measures, [
    "victims",
  ]);
  assert.deepEqual(withWordAt(FULL, "query.group_by[0]", "platform")!.groupBy, [
    "platform",
  ]);
  assert.equal(
    withWordAt(FULL, "query.filters[7].members[1]", "s15a"),
    undefined,
  );
  assert.equal(withWordAt(FULL, "query.allow_partial", "yes"), undefined);
});

test("all that the form has no control for is shown, and each can be taken away", () => {
  const extras = extrasOf(FULL);
  assert.equal(extras.length, 9);
  const left = extras.reduce(
    (query: StatisticsQuery) => extrasOf(query)[0]?.without ?? query,
    FULL,
  );
  assert.deepEqual(extrasOf(left), []);
  assert.deepEqual(left.filters, FULL.filters);
  // The rate that has a control stays.
  assert.deepEqual(
    left.derivations.map((one) => one.kind.value),
    [
      create(RateDerivationSchema, {
        denominator: "population",
        denominatorPeriod: "2016-06-30",
      }),
    ],
  );
});

test("the control of a rate changes the first and leaves the others", () => {
  const rate = (denominator: string) =>
    create(DerivationSchema, {
      kind: { case: "rate", value: { denominator, denominatorPeriod: "2016" } },
    });
  const denominators = (query: StatisticsQuery) =>
    query.derivations.map(
      (one) => one.kind.case === "rate" && one.kind.value.denominator,
    );
  const changed = withDerivation(FULL, "rate", rate("dwellings"));
  assert.deepEqual(denominators(changed), ["dwellings", "households"]);
  assert.deepEqual(denominators(withDerivation(changed, "rate", undefined)), [
    "households",
  ]);
});

const period = (start: string, end: string, kind: string, text: string) => ({
  startDate: start,
  endDate: end,
  kind,
  text,
});
const QUARTERS = ["04-01", "07-01", "10-01", "01-01", "04-01"];
const quarters = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    period(
      `${i < 3 ? 2017 : 2018}-${QUARTERS[i]}`,
      `${i < 2 ? 2017 : 2018}-${QUARTERS[i + 1]}`,
      "PERIOD_KIND_FINANCIAL_QUARTER",
      `2017/18 Q${i + 1}`,
    ),
  );
const table = (more: object) =>
  fromJson(AvailabilitySchema, {
    measure: "offences",
    source: "sources/x",
    ...more,
  } as never);

test("a year is offered that its four quarters make, and none that three do not", () => {
  const titles = (count: number) =>
    periodGroups([table({ periods: quarters(count) })]).map(
      (group) =>
        `${group.title}: ${group.periods.map((one) => one.text).join(", ")}`,
    );
  assert.deepEqual(titles(4), [
    "Financial years: 2017/18",
    "Quarters of a financial year: 2017/18 Q1, 2017/18 Q2, 2017/18 Q3, 2017/18 Q4",
  ]);
  assert.deepEqual(titles(3), [
    "Quarters of a financial year: 2017/18 Q1, 2017/18 Q2, 2017/18 Q3",
  ]);
});

test("choices follow what is asked so far, and are all there is where nothing fits", () => {
  const kent = table({
    reporters: ["kent"],
    dimensions: [{ dimension: "offence", members: ["88A"] }],
  });
  const essex = table({
    reporters: ["essex"],
    dimensions: [{ dimension: "offence", members: ["s15a"] }],
  });
  const filter = (dimension: string, ...members: string[]) => [
    { dimension, members, exclude: false },
  ];
  assert.deepEqual(narrowed([kent, essex], filter("reporter", "kent"), ""), [
    kent,
  ]);
  assert.deepEqual(narrowed([kent, essex], filter("offence", "s15a"), ""), [
    essex,
  ]);
  assert.deepEqual(narrowed([kent, essex], filter("offence", "71"), ""), [
    kent,
    essex,
  ]);
});

test("a table becomes the question that it answers", () => {
  const query = questionOfTable(
    table({
      universe: "platform_known",
      reporters: ["kent"],
      dimensions: [
        { dimension: "offence", members: ["s15a"] },
        { dimension: "platform", members: ["snapchat", "kik"] },
      ],
      periods: quarters(4),
    }),
  );
  assert.deepEqual(
    [query.universe, query.groupBy, query.periods],
    ["platform_known", ["platform"], ["2017/18 Q4"]],
  );
  assert.deepEqual(
    query.filters.map((one) => [one.dimension, one.members]),
    [
      ["reporter", ["kent"]],
      ["offence", ["s15a"]],
      ["platform", ["snapchat", "kik"]],
    ],
  );
});

test("a measure begins with all cases, unless its figures are of others alone", () => {
  assert.equal(
    firstUniverse([table({ universe: "platform_known" }), table({})]),
    "",
  );
  assert.equal(
    firstUniverse([table({ universe: "platform_known" })]),
    "platform_known",
  );
  assert.equal(firstUniverse([]), "");
});

test("a rate is taken of a stock that is loaded, and of no other measure", () => {
  const measure = (code: string, additiveOverTime: boolean) =>
    create(MeasureSchema, {
      name: `measures/${code}`,
      additiveDimensions: ["reporter"],
      additiveOverTime,
    });
  const measures = [
    measure("offences", true),
    measure("population", false),
    measure("households", false),
    create(MeasureSchema, { name: "measures/percent" }),
  ];
  const loaded = ["offences", "population", "percent"].map((code) =>
    table({ measure: code }),
  );
  assert.deepEqual(denominatorsOf(measures, loaded, "offences"), [
    "population",
  ]);
  assert.deepEqual(denominatorsOf(measures, loaded, "population"), []);
});

test("an example is offered only where its figures are loaded", () => {
  const [headline] = EXAMPLES;
  const loaded = (reporter: string) => [
    table({
      reporters: [reporter],
      dimensions: [{ dimension: "offence", members: ["online_grooming_uk"] }],
    }),
  ];
  assert.equal(isAnswerable(headline!, loaded("united-kingdom")), true);
  assert.equal(isAnswerable(headline!, loaded("kent")), false);
  assert.equal(isAnswerable(headline!, []), false);
});

test("members are found by code, title or a publisher's spelling; those with figures first", () => {
  const choice = (
    code: string,
    title: string,
    isLoaded: boolean,
    ...labels: string[]
  ) => ({ code, title, isLoaded, labels });
  const all = [
    choice("whatsapp", "WhatsApp", false),
    choice("snapchat", "Snapchat", true, "Snap Chat"),
    choice("snap", "Snap", false),
  ];
  const codes = (typed: string, chosen: string[] = []) =>
    matching(all, typed, chosen).map((one) => one.code);
  assert.deepEqual(codes(""), ["snapchat"]);
  assert.deepEqual(codes("snap"), ["snapchat", "snap"]);
  assert.deepEqual(codes("snap c"), ["snapchat"]);
  assert.deepEqual(codes("", ["snapchat"]), []);
});

test("a question is said in titles", () => {
  const titles = {
    measure: () => "Recorded offences",
    unit: () => "",
    panel: () => "All forces",
    dimension: () => "Platform",
    member: (_: string, code: string) => code.toUpperCase(),
  };
  const query = create(StatisticsQuerySchema, {
    measures: ["offences"],
    universe: "platform_known",
    panel: "all",
    filters: [
      { dimension: "offence", members: ["a", "b"] },
      { dimension: "reporter", members: ["kent"] },
    ],
    periodRange: { first: "2017/18", last: "2018/19" },
    groupBy: ["platform"],
  });
  assert.equal(
    subjectWords(query, titles),
    "Recorded offences: A, B; cases whose platform is known",
  );
  assert.equal(
    scopeWords(query, titles),
    "KENT, All forces, 2017/18 to 2018/19, by platform",
  );
});

test("the base of published percentages is asked without their dimension, and only then", () => {
  const query = create(StatisticsQuerySchema, {
    measures: ["platform_share_percent"],
    universe: "platform_known",
    groupBy: ["platform"],
    periods: ["2023/24"],
    filters: [
      { dimension: "reporter", members: ["united-kingdom"] },
      { dimension: "platform", members: ["snapchat"] },
    ],
  });
  const base = baseQuestion(query, "per cent")!;
  assert.deepEqual(
    [
      base.measures,
      base.universe,
      base.groupBy,
      base.filters.map((one) => one.dimension),
    ],
    [["offences"], "platform_known", [], ["reporter"]],
  );
  assert.equal(baseQuestion(query, "offences"), undefined);
  query.groupBy.push("reporter");
  assert.equal(baseQuestion(query, "per cent"), undefined);
});
