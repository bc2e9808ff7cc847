// What stands against a figure, in sentences: those of the command line
// (client/render_answer.cc).

import type {
  Conflict,
  Difference,
  OneFigure,
} from "../generated/collate/v1/statistics_pb";
import { ConflictKind } from "../generated/collate/v1/statistics_pb";
import { boundsWords, figureBounds } from "./figures";
import { memberWords, statedWords, stateWords } from "./words";

function figureWords(figure: OneFigure | undefined): string {
  if (!figure) return "unknown";
  const bounds = figureBounds(figure);
  const behind = [
    ...figure.printedBy,
    ...(figure.stated ? [statedWords(figure.stated)] : []),
  ];
  return (
    (bounds ? boundsWords(bounds) : stateWords(figure.state)) +
    (behind.length ? ` (${behind.join("; ")})` : "")
  );
}

export function differenceWords(difference: Difference): string {
  return (
    `${difference.coordinates.map(memberWords).join(", ")}: ${figureWords(difference.served)}` +
    ` against ${figureWords(difference.other)}` +
    (difference.base ? ` (base ${figureWords(difference.base)})` : "")
  );
}

export function conflictSubject(conflict: Conflict): string {
  const members = conflict.otherCoordinates
    .map((one) => (one.member ? memberWords(one) : `every ${one.dimension}`))
    .join(", ");
  const subject = conflict.otherMeasure
    ? conflict.otherMeasure + (members ? ` of ${members}` : "")
    : members;
  const { source } = conflict;
  const whose = subject
    ? `${conflict.otherSource} (${subject})`
    : conflict.otherSource;
  switch (conflict.kind) {
    case ConflictKind.PARTS_V_TOTAL:
      return `Parts against a total: ${source} and ${whose}`;
    case ConflictKind.PART_EXCEEDS_WHOLE:
      return `A part is more than its whole: ${source} and ${whose}`;
    case ConflictKind.SHARE_V_COUNT:
      return `A printed share is not that of the counts: ${source} and ${whose}`;
    case ConflictKind.SILENT_REVISION:
      return `${source} printed another number before, and does not mark the change`;
    default:
      return source === conflict.otherSource
        ? `Two sides that ${source} repeats`
        : `Two sources print the same figure differently: ${source} and ${whose}`;
  }
}
