// collate's answers for Node.
//
//   const collate = new Collate({ server: "127.0.0.1:7443" });
//   const answer = await collate.query({
//     measures: ["offences"],
//     filters: [{ dimension: "offence", members: ["88A"] }],
//     periods: ["2017/18"],
//     panel: "england-wales-forces",
//   });
//   answer.figures[0]; // value, lower, upper, state, coverage, citations
//
// A number that is not there is undefined, never 0, and `state` says why.

import { readFileSync } from "node:fs";

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type Client,
  Code,
  ConnectError,
  createClient,
  type Interceptor,
} from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

import { type Interval, State } from "./gen/collate/v1/observation_pb.js";
import {
  type Cell,
  StatisticsQuerySchema,
  View,
} from "./gen/collate/v1/statistics_pb.js";
import { StatisticsService } from "./gen/collate/v1/statistics_service_pb.js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
} from "./gen/google/rpc/error_details_pb.js";
import { retries, type ServiceConfig } from "./retries.js";

export interface Citation {
  release: string;
  document: string;
  sha256: string;
  locator: string;
  raw: string;
}

export interface Figure {
  measure: string;
  unit: string;
  members: Record<string, string>;
  period: string;
  // The sum of what is printed, and what those figures can come to.
  value: bigint | undefined;
  lower: bigint | undefined;
  upper: bigint | undefined;
  // What the whole panel can come to.
  panelLower: bigint | undefined;
  panelUpper: bigint | undefined;
  // Of a measure whose figures are no whole numbers.
  decimalValue: string | undefined;
  state: string; // "REPORTED", "NO_RELEASE"
  complete: number;
  due: number;
  missing: { reporter: string; state: string; reason: string }[];
  citations: Citation[];
}

export interface Answer {
  name: string; // the service gives it again under this name
  figures: Figure[];
  caveats: { code: string; message: string }[];
  releases: string[];
}

// What the service refuses. Programs look at `reason`.
export class CollateError extends Error {
  constructor(
    readonly code: Code,
    readonly reason: string,
    message: string,
    readonly metadata: Record<string, string>,
    readonly fields: Record<string, string>,
  ) {
    super(message);
    this.name = "CollateError";
  }

  static from(thrown: unknown): CollateError {
    const error = ConnectError.from(thrown);
    const [info] = error.findDetails(ErrorInfoSchema);
    const [request] = error.findDetails(BadRequestSchema);
    const fields: Record<string, string> = {};
    for (const one of request?.fieldViolations ?? []) {
      fields[one.field] = one.description;
    }
    return new CollateError(
      error.code,
      info?.reason ?? "",
      error.rawMessage,
      { ...info?.metadata },
      fields,
    );
  }
}

export interface Options {
  server?: string; // HOST:PORT
  // PEM; encrypted where it is given.
  ca?: string;
  certificate?: string;
  key?: string;
  token?: string;
  // Of one call and all that is made again of it.
  timeoutMs?: number;
  // client/service_config.json.
  serviceConfig: ServiceConfig;
}

export const readServiceConfig = (path: string | URL): ServiceConfig =>
  JSON.parse(readFileSync(path, "utf-8")) as ServiceConfig;

const isLocal = (server: string) =>
  /^(127\.0\.0\.1|localhost|\[::1\]):\d+$/.test(server);

const ends = (interval: Interval | undefined) => ({
  lower: interval?.lower,
  upper: interval?.upper,
});

function figureOf(cell: Cell): Figure {
  const bounds = ends(cell.reportedBounds);
  const panel = ends(cell.panelBounds);
  return {
    measure: cell.measure,
    unit: cell.unit,
    members: Object.fromEntries(
      cell.coordinates.map((one) => [one.dimension, one.member]),
    ),
    period: cell.period?.text ?? "",
    value: cell.reported,
    ...bounds,
    panelLower: panel.lower,
    panelUpper: panel.upper,
    decimalValue: cell.decimalReported || undefined,
    state: State[cell.state] ?? String(cell.state),
    complete: cell.coverage?.complete ?? 0,
    due: cell.coverage?.due ?? 0,
    missing: (cell.coverage?.missing ?? []).map((one) => ({
      reporter: one.reporter,
      state: State[one.state] ?? String(one.state),
      reason: one.reason,
    })),
    citations: cell.citations.map((one) => ({
      release: one.release,
      document: one.document,
      sha256: one.documentSha256,
      locator: one.locator,
      raw: one.raw,
    })),
  };
}

export class Collate {
  readonly #statistics: Client<typeof StatisticsService>;

  constructor(options: Options) {
    const server = options.server ?? "127.0.0.1:7443";
    const encrypted = options.ca !== undefined;
    if (options.token !== undefined && !encrypted && !isLocal(server)) {
      throw new Error(`a token is not sent to ${server} without encryption`);
    }
    const interceptors: Interceptor[] = [retries(options.serviceConfig)];
    if (options.token !== undefined) {
      const shown = `Bearer ${options.token}`;
      interceptors.push((next) => (request) => {
        request.header.set("authorization", shown);
        return next(request);
      });
    }
    const transport = createGrpcTransport({
      baseUrl: `${encrypted ? "https" : "http"}://${server}`,
      interceptors,
      defaultTimeoutMs: options.timeoutMs ?? 60_000,
      ...(encrypted && {
        nodeOptions: {
          ca: options.ca,
          cert: options.certificate,
          key: options.key,
        },
      }),
    });
    this.#statistics = createClient(StatisticsService, transport);
  }

  // All pages of an answer; CollateError says why there is none.
  async query(
    question: MessageInitShape<typeof StatisticsQuerySchema>,
    view: View = View.CITED,
  ): Promise<Answer> {
    const query = create(StatisticsQuerySchema, question);
    // Published meanwhile: an answer is never a mixture of two.
    for (let attempt = 1; ; ++attempt) {
      try {
        return await this.#ask({ query, view });
      } catch (thrown) {
        const error = CollateError.from(thrown);
        if (error.reason !== "ANSWER_CHANGED" || attempt === 3) throw error;
      }
    }
  }

  async #ask(
    request: { query: MessageInitShape<typeof StatisticsQuerySchema>; view: View },
  ): Promise<Answer> {
    const figures: Figure[] = [];
    // Each page has those of its own cells; said once.
    const caveats = new Map<string, { code: string; message: string }>();
    const releases = new Set<string>();
    let pageToken = "";
    for (;;) {
      const page = await this.#statistics.queryStatistics({
        ...request,
        pageToken,
      });
      figures.push(...page.cells.map(figureOf));
      for (const { code, message } of page.caveats) {
        caveats.set(`${code} ${message}`, { code, message });
      }
      for (const release of page.releases) releases.add(release);
      pageToken = page.nextPageToken;
      if (pageToken !== "") continue;
      return {
        name: page.name,
        figures,
        caveats: [...caveats.values()],
        releases: [...releases].sort(),
      };
    }
  }
}
