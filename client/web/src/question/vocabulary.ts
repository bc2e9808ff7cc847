// What the catalogue says, by code. Members come dimension by dimension, when
// something is shown or picked of one.

import type {
  Dimension,
  Measure,
  Member,
  Panel,
  Source,
} from "../generated/collate/v1/catalogue_pb";
import type { Availability } from "../generated/collate/v1/check_query_pb";
import { allPages, catalogue, statistics } from "../service/calls";
import { idOf } from "../service/names";
import { codeWords } from "../answer/words";

const PAGE = 1000;

export class Vocabulary {
  readonly #members = new Map<string, Map<string, Member>>();

  constructor(
    readonly measures: Measure[] = [],
    readonly dimensions: Dimension[] = [],
    readonly panels: Panel[] = [],
    readonly sources: Source[] = [],
    readonly availability: Availability[] = [],
    members: [string, Member[]][] = [],
  ) {
    for (const [dimension, list] of members) {
      this.#members.set(dimension, new Map(list.map((one) => [one.code, one])));
    }
  }

  // Fields, not methods: they are handed on as functions.
  readonly measure = (code: string) =>
    this.measures.find((one) => idOf(one.name) === code)?.title || code;
  readonly unit = (code: string) =>
    this.measures.find((one) => idOf(one.name) === code)?.unit ?? "";
  readonly panel = (code: string) =>
    this.panels.find((one) => idOf(one.name) === code)?.title || code;
  readonly dimension = (code: string) =>
    this.dimensions.find((one) => idOf(one.name) === code)?.title ||
    codeWords(code);
  readonly source = (id: string) =>
    this.sources.find((one) => idOf(one.name) === id);
  readonly member = (dimension: string, code: string) => {
    const title = this.#members.get(dimension)?.get(code)?.title;
    return title || code;
  };

  readonly breaksOf = (dimension: string, code: string) =>
    (this.#members.get(dimension)?.get(code)?.seriesBreaks ?? []).map(
      (one) => one.date,
    );

  membersOf(dimension: string): Member[] {
    return [...(this.#members.get(dimension)?.values() ?? [])];
  }

  has(dimension: string): boolean {
    return this.#members.has(dimension);
  }

  // The same with the members of more dimensions.
  with(members: [string, Member[]][]): Vocabulary {
    return new Vocabulary(
      this.measures,
      this.dimensions,
      this.panels,
      this.sources,
      this.availability,
      [
        ...[...this.#members].map(([dimension, map]): [string, Member[]] => [
          dimension,
          [...map.values()],
        ]),
        ...members,
      ],
    );
  }
}

export async function readVocabulary(): Promise<Vocabulary> {
  const [measures, dimensions, panels, sources] = await Promise.all([
    allPages(
      (pageToken) => catalogue.listMeasures({ pageSize: PAGE, pageToken }),
      (page) => page.measures,
    ),
    allPages(
      (pageToken) => catalogue.listDimensions({ pageSize: PAGE, pageToken }),
      (page) => page.dimensions,
    ),
    allPages(
      (pageToken) => catalogue.listPanels({ pageSize: PAGE, pageToken }),
      (page) => page.panels,
    ),
    allPages(
      (pageToken) => catalogue.listSources({ pageSize: PAGE, pageToken }),
      (page) => page.sources,
    ),
  ]);
  // A question without periods: its mistake is no matter, its availability is.
  const { availability } = await statistics.checkQuery({
    query: { measures: measures.map((one) => idOf(one.name)) },
  });
  return new Vocabulary(measures, dimensions, panels, sources, availability);
}

export async function readMembers(
  dimensions: string[],
): Promise<[string, Member[]][]> {
  return Promise.all(
    dimensions.map(
      async (dimension): Promise<[string, Member[]]> => [
        dimension,
        await allPages(
          (pageToken) =>
            catalogue.listMembers({
              parent: `dimensions/${dimension}`,
              pageSize: PAGE,
              pageToken,
            }),
          (page) => page.members,
        ),
      ],
    ),
  );
}
