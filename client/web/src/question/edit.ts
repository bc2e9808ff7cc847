// Changes of a question, each a new one. What the form has no control for
// (exclusions, pins, dates) is kept as it is.

import { clone, create, equals } from "@bufbuild/protobuf";
import {
  type Derivation,
  DerivationSchema,
} from "../generated/collate/v1/derivation_pb";
import {
  type Filter,
  FilterSchema,
  PeriodRangeSchema,
  type StatisticsQuery,
  StatisticsQuerySchema,
} from "../generated/collate/v1/statistics_pb";

export function emptyQuestion(): StatisticsQuery {
  return create(StatisticsQuerySchema);
}

function edited(
  query: StatisticsQuery,
  change: (copy: StatisticsQuery) => void,
): StatisticsQuery {
  const copy = clone(StatisticsQuerySchema, query);
  change(copy);
  return copy;
}

// Another measure has other breakdowns and periods, so only who reports stays.
export function withMeasure(
  query: StatisticsQuery,
  measure: string,
): StatisticsQuery {
  const fresh = emptyQuestion();
  fresh.measures = measure ? [measure] : [];
  fresh.panel = query.panel;
  fresh.filters = query.filters.filter((one) => one.dimension === "reporter");
  return fresh;
}

export function filterOf(
  query: StatisticsQuery,
  dimension: string,
): Filter | undefined {
  return query.filters.find((one) => one.dimension === dimension);
}

// Without members there is no filter.
export function withFilter(
  query: StatisticsQuery,
  dimension: string,
  members: string[],
  settings: { includeDescendants?: boolean; exclude?: boolean } = {},
): StatisticsQuery {
  return edited(query, (copy) => {
    const before = filterOf(copy, dimension);
    const others = copy.filters.filter((one) => one !== before);
    if (members.length === 0) {
      copy.filters = others;
      return;
    }
    const filter = create(FilterSchema, {
      dimension,
      members,
      includeDescendants:
        settings.includeDescendants ?? before?.includeDescendants ?? false,
      exclude: settings.exclude ?? before?.exclude ?? false,
    });
    copy.filters = before
      ? copy.filters.map((one) => (one === before ? filter : one))
      : [...others, filter];
  });
}

export function withGroup(
  query: StatisticsQuery,
  dimension: string,
  on: boolean,
): StatisticsQuery {
  return edited(query, (copy) => {
    copy.groupBy = copy.groupBy.filter((one) => one !== dimension);
    if (on) copy.groupBy.push(dimension);
  });
}

export function withPanel(
  query: StatisticsQuery,
  panel: string,
): StatisticsQuery {
  return edited(query, (copy) => {
    copy.panel = panel;
  });
}

export function withUniverse(
  query: StatisticsQuery,
  universe: string,
): StatisticsQuery {
  return edited(query, (copy) => {
    copy.universe = universe;
  });
}

export function withPeriods(
  query: StatisticsQuery,
  periods: string[],
): StatisticsQuery {
  return edited(query, (copy) => {
    copy.periods = periods;
    copy.periodRange = undefined;
  });
}

export function withRange(
  query: StatisticsQuery,
  first: string,
  last: string,
): StatisticsQuery {
  if (first === last) return withPeriods(query, first ? [first] : []);
  return edited(query, (copy) => {
    copy.periods = [];
    copy.periodRange = create(PeriodRangeSchema, { first, last });
  });
}

// The first derivation of a kind has the control; undefined takes it away.
export function withDerivation(
  query: StatisticsQuery,
  kind: "change" | "share" | "rate",
  derivation: Derivation | undefined,
): StatisticsQuery {
  return edited(query, (copy) => {
    const before = copy.derivations.find((one) => one.kind.case === kind);
    copy.derivations = before
      ? copy.derivations.flatMap((one) =>
          one !== before ? [one] : derivation ? [derivation] : [],
        )
      : [...copy.derivations, ...(derivation ? [derivation] : [])];
  });
}

export function derivationOf<Kind extends "change" | "share" | "rate">(
  query: StatisticsQuery,
  kind: Kind,
) {
  type Value = Extract<Derivation["kind"], { case: Kind }>["value"];
  const found = query.derivations.find((one) => one.kind.case === kind);
  return found?.kind.value as Value | undefined;
}

// One word in place of another, at a path that CheckQuery or an error named,
// such as "query.filters[0].members[1]"; undefined where the path leads nowhere.
export function withWordAt(
  query: StatisticsQuery,
  field: string,
  word: string,
): StatisticsQuery | undefined {
  const copy = clone(StatisticsQuerySchema, query);
  const steps = field.replace(/^query\./, "").match(/[a-z_]+|\d+/gi);
  if (!steps) return undefined;
  let at: unknown = copy;
  for (const [i, step] of steps.entries()) {
    const key = /^\d+$/.test(step)
      ? Number(step)
      : step.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (typeof at !== "object" || at === null || !(key in at)) return undefined;
    const holder = at as Record<string | number, unknown>;
    if (i === steps.length - 1) {
      if (typeof holder[key] !== "string") return undefined;
      holder[key] = word;
      return copy;
    }
    at = holder[key];
  }
  return undefined;
}

// What the question says beyond the form's controls, to be shown and taken away.
export interface Extra {
  words: string;
  without: StatisticsQuery;
}

export function extrasOf(query: StatisticsQuery): Extra[] {
  const extras: Extra[] = [];
  const add = (
    present: boolean,
    words: string,
    change: (copy: StatisticsQuery) => void,
  ) => {
    if (present) extras.push({ words, without: edited(query, change) });
  };
  const day = (seconds: bigint) =>
    new Date(Number(seconds) * 1000).toISOString();
  add(
    query.measures.length > 1,
    `also measures ${query.measures.slice(1).join(", ")}`,
    (copy) => {
      copy.measures.splice(1);
    },
  );
  add(
    query.preferredSources.length > 0,
    `preferred sources: ${query.preferredSources.join(", ")}`,
    (copy) => {
      copy.preferredSources = [];
    },
  );
  add(
    !!query.asOf,
    `only what was published by ${query.asOf && day(query.asOf.seconds)}`,
    (copy) => {
      copy.asOf = undefined;
    },
  );
  add(
    !!query.loadedBy,
    `only what was loaded by ${query.loadedBy && day(query.loadedBy.seconds)}`,
    (copy) => {
      copy.loadedBy = undefined;
    },
  );
  add(
    query.releases.length > 0,
    `only releases ${query.releases.join(", ")}`,
    (copy) => {
      copy.releases = [];
    },
  );
  add(
    query.missingPolicy > 1,
    query.missingPolicy === 2
      ? "no sum where somebody is missing"
      : "refused where somebody is missing",
    (copy) => {
      copy.missingPolicy = 0;
    },
  );
  add(
    query.conflictPolicy > 1,
    query.conflictPolicy === 2
      ? "bounds take in what every source prints"
      : "refused where figures contradict each other",
    (copy) => {
      copy.conflictPolicy = 0;
    },
  );
  query.exclusions.forEach((one, i) => {
    add(
      true,
      `without ${one.source ? `${one.source}’s figures of ` : ""}${one.reporter}` +
        `${one.periods.length ? ` (${one.periods.join(", ")})` : ""}: ${one.reason} (${one.date})`,
      (copy) => {
        copy.exclusions.splice(i, 1);
      },
    );
  });
  add(
    query.allowPartial,
    "answered although a release cannot be read",
    (copy) => {
      copy.allowPartial = false;
    },
  );
  // The first rate has a control, but for who is in its numerator alone.
  const rates = query.derivations.filter((one) => one.kind.case === "rate");
  for (const [i, one] of rates.entries()) {
    if (one.kind.case !== "rate") continue;
    const { per, denominator, denominatorPeriod, numeratorOnly } =
      one.kind.value;
    add(
      i > 0,
      `also the rate per ${per || 1000n} of ${denominator} (${denominatorPeriod})`,
      (copy) => {
        copy.derivations = copy.derivations.filter(
          (other) => !equals(DerivationSchema, other, one),
        );
      },
    );
    add(
      i === 0 && numeratorOnly.length > 0,
      `counted in the rate without a denominator: ${numeratorOnly.join(", ")}`,
      (copy) => {
        const rate = derivationOf(copy, "rate");
        if (rate) rate.numeratorOnly = [];
      },
    );
  }
  return extras;
}
