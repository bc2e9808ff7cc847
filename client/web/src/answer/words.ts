// The words in which the page speaks of states, flags and coverage: those of
// the command line (client/words.h). Every sentence follows the state, and a
// number that is not there is named by its state, never shown as zero or left
// blank.

import type {
  Coordinate,
  Period,
} from "../generated/collate/v1/observation_pb";
import { State } from "../generated/collate/v1/observation_pb";
import type {
  Cell,
  Coverage,
  MissingReporter,
  StatedCoverage,
} from "../generated/collate/v1/statistics_pb";
import { CellFlag } from "../generated/collate/v1/statistics_pb";
import { grouped, panelBounds, boundsWords } from "./figures";

interface StateText {
  // In place of a number.
  words: string;
  // Of reporters in it; `$` stands for their names.
  missing: string;
  // What it means, in a sentence.
  meaning: string;
}

const STATES: Record<number, StateText> = {
  [State.REPORTED]: {
    words: "reported",
    missing: "reported: $",
    meaning: "The publisher printed this number. A printed 0 is a real zero.",
  },
  [State.ROUNDED]: {
    words: "rounded",
    missing: "rounded: $",
    meaning:
      "The publisher rounded the number, so the true one lies in the interval beside it.",
  },
  [State.SUPPRESSED]: {
    words: "withheld",
    missing: "figures withheld for $",
    meaning:
      "A number exists and the publisher withholds it, for example as “<5”, “*” or “[c]”. It is not 0.",
  },
  [State.PARTIAL_PERIOD]: {
    words: "part of the period only",
    missing: "only part of the period from $",
    meaning: "What is printed covers fewer months than were asked for.",
  },
  [State.REFUSED]: {
    words: "refused",
    missing: "refused by $",
    meaning:
      "The reporter was asked and refused to answer. The number is unknown, not 0.",
  },
  [State.NO_RESPONSE]: {
    words: "did not answer",
    missing: "$ did not answer",
    meaning:
      "The reporter was asked, and no answer came by the day on which it was due. The number is unknown, not 0.",
  },
  [State.NO_RELEASE]: {
    words: "nothing loaded",
    missing: "nothing loaded from $",
    meaning:
      "This service holds no document with this figure. That says nothing about the reporter: it may have answered.",
  },
  [State.OMITTED_BY_PUBLISHER]: {
    words: "left out by the publisher",
    missing: "left out by the publisher: $",
    meaning: "The publisher left the reporter out of the table and says so.",
  },
  [State.NOT_HELD]: {
    words: "not recorded",
    missing: "not recorded by $",
    meaning:
      "The reporter answered that it does not record this. The number is unknown, not 0.",
  },
  [State.NOT_YET_PUBLISHED]: {
    words: "not yet published",
    missing: "not yet published for $",
    meaning: "The figure is due later.",
  },
  [State.NOT_ASKED]: {
    words: "not asked",
    missing: "not asked: $",
    meaning:
      "Nobody asked the reporter for this, so no number is due and it is not counted as missing.",
  },
  [State.NOT_APPLICABLE]: {
    words: "not applicable",
    missing: "not applicable to $",
    meaning:
      "There cannot be a number here, for example before an offence existed in law.",
  },
  [State.INCLUDED_ELSEWHERE]: {
    words: "counted in another member",
    missing: "counted in another member: $",
    meaning:
      "The publisher counts this within another row and does not say how much of that it is.",
  },
  [State.AGGREGATED]: {
    words: "given only together with others",
    missing: "given only together with others: $",
    meaning: "The publisher prints it only as part of a combined figure.",
  },
  [State.WITHDRAWN]: {
    words: "withdrawn by the publisher",
    missing: "withdrawn by the publisher: $",
    meaning: "The figure was published and then taken back.",
  },
  [State.DROPPED_IN_EDITION]: {
    words: "no longer printed",
    missing: "no longer printed for $",
    meaning:
      "An earlier edition printed the figure; a later one, which should have it, does not.",
  },
  [State.NOT_SHOWN]: {
    words: "not shown",
    missing: "not shown for $",
    meaning:
      "The cell is blank, or has a mark that the file does not explain. It is not 0.",
  },
  [State.NOT_CROSSED]: {
    words: "not broken down this way",
    missing: "not broken down this way for $",
    meaning: "There are figures of this reporter, but none in this breakdown.",
  },
  [State.ANALYST_EXCLUDED]: {
    words: "left out by the analyst",
    missing: "left out by the analyst: $",
    meaning:
      "The question leaves this figure out, with a reason. Its number counts as unknown, not 0.",
  },
};

// "NO_RELEASE": the code of a state.
export function stateCode(state: State): string {
  return State[state] ?? `UNKNOWN_${state}`;
}

export function stateWords(state: State): string {
  return STATES[state]?.words ?? `state ${stateCode(state)}`;
}

export function stateMeaning(state: State): string {
  return (
    STATES[state]?.meaning ??
    "A newer service sent a state that this page does not know."
  );
}

const FLAGS: Record<number, [words: string, meaning: string]> = {
  [CellFlag.INCOMPLETE_REPORTER]: [
    "holds an incomplete reporter",
    "The number contains a reporter of whom some figures are missing.",
  ],
  [CellFlag.MIXED_SOURCES]: [
    "mixed sources",
    "The reporters’ figures come from more than one source.",
  ],
  [CellFlag.MIXED_VINTAGE]: [
    "mixed vintage",
    "The reporters’ figures come from releases of different days.",
  ],
  [CellFlag.DERIVED_FROM_PARTS]: [
    "added up from parts",
    "Nobody printed the whole; it was added up from all parts of a complete breakdown.",
  ],
  [CellFlag.TILED_PERIOD]: [
    "added up from shorter periods",
    "Nobody printed this period; it was added up from shorter ones that cover it exactly, such as four quarters.",
  ],
  [CellFlag.REPEATED_KEY_ADDED]: [
    "adds repeated rows",
    "The publisher prints one key in several rows, which are added.",
  ],
  [CellFlag.SYNTHETIC_INPUT]: [
    "synthetic input",
    "Made-up figures take part, so the number is made up.",
  ],
  [CellFlag.PROVISIONAL]: [
    "provisional",
    "The publisher expects to revise an input.",
  ],
  [CellFlag.REVISED]: ["revised", "The publisher marks an input as revised."],
  [CellFlag.ESTIMATED]: ["estimated", "The publisher estimated an input."],
  [CellFlag.SERIES_BREAK]: [
    "series break",
    "The meaning of the figures changes here: what lies before and after is not comparable.",
  ],
  [CellFlag.DEFINITION_DIFFERS]: [
    "definition differs",
    "Not all figures behind the number count the same thing, for example offences of different laws of the nations.",
  ],
  [CellFlag.TOTAL_MISMATCH]: [
    "a printed total does not add up",
    "A total printed in the document is not the sum of its parts.",
  ],
  [CellFlag.PERIOD_SHORTENED]: [
    "period shortened",
    "The period has not ended for every input, or covers only part of a law’s first year.",
  ],
  [CellFlag.CONFLICT]: [
    "another figure contradicts it",
    "Another number is printed that does not fit this one. Both are shown; neither is changed, and they are never merged.",
  ],
  [CellFlag.TOTAL_IGNORES_MARKERS]: [
    "a printed total counts marks and blanks as 0",
    "The printed total treats withheld or blank cells as 0, so it is what was printed and no total of its table.",
  ],
  [CellFlag.INCOMPLETE_NOT_GIVEN]: [
    "not given, because somebody is missing",
    "The question asks for complete sums only.",
  ],
  [CellFlag.ANALYST_EXCLUDED]: [
    "a figure is left out by the analyst",
    "The question leaves out a figure, with a reason.",
  ],
  [CellFlag.TIGHTENED]: [
    "a printed total narrows what the panel can be",
    "A total in the same release leaves less room than the figures alone.",
  ],
  [CellFlag.SOURCE_UNREADABLE]: [
    "a release that cannot be read may have more",
    "A release that may hold figures of this cell could not be read.",
  ],
};

export function flagCode(flag: CellFlag): string {
  return CellFlag[flag] ?? `UNKNOWN_${flag}`;
}

export function flagWords(flag: CellFlag): string {
  return FLAGS[flag]?.[0] ?? flagCode(flag).toLowerCase().replaceAll("_", " ");
}

export function flagMeaning(flag: CellFlag): string {
  return (
    FLAGS[flag]?.[1] ??
    "A newer service sent a flag that this page does not know."
  );
}

// "KNOWN_OFFENCES" as "known offences".
export function codeWords(code: string): string {
  return code.toLowerCase().replaceAll("_", " ");
}

function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

// The title, with the code behind it where the title does not already say it:
// "Kent", "Sexual grooming (88A)".
export function memberWords(
  coordinate: Pick<Coordinate, "member" | "title">,
): string {
  const { member, title } = coordinate;
  if (!title) return member;
  if (!member || title === member || slug(title) === member) return title;
  return `${title} (${member})`;
}

// "Kent, 2017/18 Q1": which cell of an answer is meant.
export function cellName(cell: {
  coordinates: Coordinate[];
  period?: Period;
}): string {
  return [...cell.coordinates.map(memberWords), cell.period?.text ?? ""]
    .filter(Boolean)
    .join(", ");
}

export function coverageWords(coverage: Coverage | undefined): string {
  if (!coverage) return "";
  if (coverage.stated)
    return `${grouped(String(coverage.stated.reporterCount))} stated`;
  return `${grouped(String(coverage.complete))} of ${grouped(String(coverage.due))}`;
}

// "45 reporters stated, names unknown": of a published total.
export function statedWords(stated: StatedCoverage): string {
  const count = grouped(String(stated.reporterCount));
  const noun = stated.reporterCount === 1n ? "reporter" : "reporters";
  return `${count} ${noun} stated${stated.words ? `: ${stated.words}` : ", names unknown"}`;
}

// "Kent (“under review”)".
export function missingName(missing: MissingReporter): string {
  const name = missing.title || missing.reporter;
  // "Nothing loaded" is all there is to say of NO_RELEASE.
  if (!missing.reason || missing.state === State.NO_RELEASE) return name;
  return `${name} (“${missing.reason}”)`;
}

// "44 of 45; nothing loaded from Lincolnshire": the count, then the missing
// reporters by state, each with the reason that was given.
export function coverageSentence(coverage: Coverage | undefined): string {
  if (!coverage) return "";
  const groups = new Map<State, string[]>();
  for (const missing of coverage.missing) {
    const group = groups.get(missing.state) ?? [];
    group.push(missingName(missing));
    groups.set(missing.state, group);
  }
  let sentence = coverageWords(coverage);
  for (const [state, names] of groups) {
    const phrase = STATES[state]?.missing ?? `${stateWords(state)}: $`;
    sentence += `; ${phrase.replace("$", () => names.join(", "))}`;
  }
  return sentence;
}

function noneDue(state: State): boolean {
  return state === State.NOT_ASKED || state === State.NOT_APPLICABLE;
}

// What the whole panel's number can be.
export function panelWords(cell: Cell): string {
  const bounds = panelBounds(cell);
  if (noneDue(cell.state)) return "none due";
  return boundsWords(bounds);
}

// Beside a number that is not all of it: "incomplete: did not answer (1)", the
// count being that of reporters; empty where it is all.
export function incompleteWords(cell: Cell): string {
  if (cell.state === State.REPORTED) return "";
  if (cell.state === State.ROUNDED) return stateWords(cell.state);
  const tally = (cell.coverage?.tally ?? []).filter(
    (one) => one.state !== State.REPORTED,
  );
  if (tally.length < 2 && cell.coverage?.expected === 1) {
    return `incomplete: ${stateWords(cell.state)}`;
  }
  return `incomplete: ${tally
    .map((one) => `${stateWords(one.state)} (${grouped(String(one.count))})`)
    .join(", ")}`;
}
