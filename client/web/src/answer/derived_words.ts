// Rates, changes and shares in words, with what each is taken from.

import type {
  Change,
  Comparison,
  MissingReporter,
  Operand,
  Rate,
  Share,
} from "../generated/collate/v1/statistics_pb";
import { ChangeFlag, Outcome } from "../generated/collate/v1/statistics_pb";
import { MatchMethod, ShareBase } from "../generated/collate/v1/derivation_pb";
import { boundsOf, boundsWords, grouped, percentWords } from "./figures";
import { codeWords, stateWords } from "./words";

const OUTCOMES: Record<number, string> = {
  [Outcome.GIVEN]: "given",
  [Outcome.NOT_DEFINED]: "not defined",
  [Outcome.NOT_DETERMINABLE]: "not determinable",
  [Outcome.IS_BASE]: "the base",
};

const OUTCOME_MEANINGS: Record<number, string> = {
  [Outcome.NOT_DEFINED]:
    "The base is 0 or less, and nothing can be divided by it.",
  [Outcome.NOT_DETERMINABLE]:
    "A side is not known well enough: nobody printed one, or no reporter has both figures.",
  [Outcome.IS_BASE]: "This is the base period, which is compared with nothing.",
};

const CHANGE_FLAGS: Record<number, string> = {
  [ChangeFlag.SMALL_BASE]: "small base: a few offences make many per cent",
  [ChangeFlag.REPORTERS_DIFFER]:
    "other reporters are behind one side than behind the other",
  [ChangeFlag.MIXED_SOURCES]: "figures of several sources take part",
  [ChangeFlag.MIXED_VINTAGE]: "figures of releases of different days take part",
  [ChangeFlag.UNEQUAL_PERIODS]: "the periods are not of one length",
  [ChangeFlag.OVERLAPPING_PERIODS]: "the periods have days in common",
};

export function outcomeWords(outcome: Outcome): string {
  return OUTCOMES[outcome] ?? "unknown";
}

export function outcomeMeaning(outcome: Outcome): string {
  return OUTCOME_MEANINGS[outcome] ?? "";
}

export function changeFlagWords(flag: ChangeFlag): string {
  return CHANGE_FLAGS[flag] ?? codeWords(ChangeFlag[flag] ?? String(flag));
}

export function operandWords(operand: Operand | undefined): string {
  return boundsWords(boundsOf(operand?.bounds));
}

// "+89.4%", or why there is none.
export function comparisonWords(comparison: Comparison | undefined): string {
  if (!comparison) return "unknown";
  return comparison.percent
    ? percentWords(comparison.percent, true)
    : outcomeWords(comparison.outcome);
}

// "3,728 → 7,062"; empty where a side is not known.
export function sidesWords(comparison: Comparison | undefined): string {
  if (!comparison?.base || !comparison.current) return "";
  return `${operandWords(comparison.base)} → ${operandWords(comparison.current)}`;
}

export function changeHeading(change: Change): string {
  return change.match === MatchMethod.PAIRWISE
    ? "Change on the period before"
    : `Change on ${change.basePeriod?.text ?? "the base"}`;
}

export function reportersWords(count: number): string {
  return `${grouped(String(count))} ${count === 1 ? "reporter" : "reporters"}`;
}

export function leftOutWords(one: MissingReporter): string {
  return `${one.title || one.reporter} (${stateWords(one.state)}${one.reason ? `; ${one.reason}` : ""})`;
}

// What a share is of, in words: "offences whose platform is known".
export function baseWords(
  share: Pick<Share, "baseKind" | "dimension">,
): string {
  switch (share.baseKind) {
    case ShareBase.KNOWN_OFFENCES:
      return `offences whose ${codeWords(share.dimension)} is known`;
    case ShareBase.ALL_OFFENCES:
      return (
        "recorded offences, whether or not the " +
        codeWords(share.dimension) +
        " is known"
      );
    case ShareBase.MENTIONS:
      return `mentions of any ${codeWords(share.dimension)}`;
    default:
      return "its base";
  }
}

// "offences whose platform is known", of universe "platform_known".
export function universeWords(unit: string, universe: string): string {
  if (!universe) return unit;
  const known = /^(.+)_known$/.exec(universe);
  return known
    ? `${unit} whose ${codeWords(known[1]!)} is known`
    : `${unit} (${codeWords(universe)})`;
}

export function shareWords(share: Share): string {
  return share.percent
    ? percentWords(share.percent, false)
    : outcomeWords(share.outcome);
}

// "12.0% of the 1,824 offences whose platform is known".
export function shareSentence(share: Share): string {
  if (!share.percent || !share.base)
    return `${shareWords(share)}. ${outcomeMeaning(share.outcome)}`;
  return `${shareWords(share)} of the ${operandWords(share.base)} ${baseWords(share)}`;
}

export function shareHeading(share: Share): string {
  return `Share of ${codeWords(ShareBase[share.baseKind] ?? "base")}`;
}

export function rateHeading(rate: Rate): string {
  return `Per ${grouped(String(rate.per))} ${codeWords(rate.denominatorMeasure)} (${rate.denominatorPeriod?.text ?? ""})`;
}

export function rateWords(rate: Rate): string {
  return rate.bounds
    ? boundsWords(boundsOf(rate.bounds))
    : stateWords(rate.state);
}
