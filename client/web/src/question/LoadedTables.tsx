// What is loaded, table by table, each with a question that it answers.

import type { Availability } from "../generated/collate/v1/check_query_pb";
import type { StatisticsQuery } from "../generated/collate/v1/statistics_pb";
import { universeWords } from "../answer/derived_words";
import { grouped } from "../answer/figures";
import { idOf, spanWords } from "../service/names";
import { questionOfTable } from "./choices";
import { linkTo } from "./permalink";
import type { Vocabulary } from "./vocabulary";

function words(table: Availability, vocabulary: Vocabulary): string {
  const parts = table.dimensions.map(({ dimension, members, memberCount }) =>
    members.length === 1
      ? vocabulary.member(dimension, members[0]!)
      : `${grouped(String(memberCount))} of ${vocabulary.dimension(dimension).toLowerCase()}`,
  );
  if (table.universe) parts.push(universeWords("cases", table.universe));
  return [vocabulary.measure(table.measure), parts.join("; ")]
    .filter(Boolean)
    .join(": ");
}

export function LoadedTables({
  tables,
  vocabulary,
  onAsk,
}: {
  tables: Availability[];
  vocabulary: Vocabulary;
  onAsk: (query: StatisticsQuery) => void;
}) {
  return (
    <ul class="loaded">
      {tables.map((table, i) => {
        const query = questionOfTable(table);
        const reporters = table.reporters.length;
        return (
          <li key={i}>
            <a
              href={linkTo(query)}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                onAsk(query);
              }}
            >
              {words(table, vocabulary)}
            </a>
            <span class="hint">
              {" "}
              {spanWords(table.periods)};{" "}
              {reporters === 1
                ? vocabulary.member("reporter", table.reporters[0]!)
                : `${grouped(String(reporters))} reporters`}
              ; {idOf(table.source)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
