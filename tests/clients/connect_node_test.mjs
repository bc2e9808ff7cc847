// connect-node over the gRPC protocol, with code made by protobuf-es.

import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import path from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { BYTES, CHUNKS, DOCUMENT, QUERY, SERVER } from "./excerpt.mjs";

const generated = (file) =>
  import(pathToFileURL(path.join(process.env.COLLATE_GENERATED, file)));
const { CatalogueService } =
  await generated("collate/v1/catalogue_service_pb.js");
const { IngestionService } =
  await generated("collate/v1/ingestion_service_pb.js");
const { StatisticsService } =
  await generated("collate/v1/statistics_service_pb.js");
const { IngestionStage } = await generated("collate/v1/ingestion_pb.js");
const { State } = await generated("collate/v1/observation_pb.js");
const { BadRequestSchema, ErrorInfoSchema } =
  await generated("google/rpc/error_details_pb.js");

const transport = createGrpcTransport({ baseUrl: `http://${SERVER}` });
const statistics = createClient(StatisticsService, transport);
const ingestion = createClient(IngestionService, transport);
const catalogue = createClient(CatalogueService, transport);

const RELEASE = {
  part: {
    case: "release",
    value: {
      source: "home-office-prc",
      publication: { case: "publishTimeUnknown", value: {} },
    },
  },
};

const HEADER = {
  part: {
    case: "document",
    value: { ...DOCUMENT, byteCount: BigInt(BYTES.length) },
  },
};

before(async () => {
  async function* parts() {
    yield RELEASE;
    yield HEADER;
    for (const chunk of CHUNKS) yield { part: { case: "chunk", value: chunk } };
    yield { part: { case: "end", value: {} } };
  }
  let last;
  for await (const message of ingestion.ingestRelease(parts())) last = message;
  assert.equal(last.part.case, "report");
  assert.equal(last.part.value.published, true);
});

const query = (changes = {}, settings = { timeoutMs: 30000 }) =>
  statistics.queryStatistics({ query: { ...QUERY, ...changes } }, settings);

test("a cell has number, bounds, state and coverage", async () => {
  const { cells } = await query();
  assert.equal(cells.length, 1);
  const [cell] = cells;
  assert.equal(cell.state, State.REPORTED);
  assert.equal(cell.reported, 4429n);
  assert.deepEqual([cell.panelBounds.lower, cell.panelBounds.upper],
      [4429n, 4429n]);
  assert.deepEqual([cell.coverage.complete, cell.coverage.due], [43, 43]);
});

test("a silent reporter has a state and no number", async () => {
  const { cells } = await query(
      { panel: "uk-territorial-forces", groupBy: ["reporter"] });
  const missing = cells.filter((cell) => cell.state !== State.REPORTED);
  assert.deepEqual(
      missing.map((cell) => cell.coordinates[0].member).sort(),
      ["police-scotland", "psni"]);
  for (const cell of missing) {
    assert.equal(cell.state, State.NO_RELEASE);
    assert.equal(cell.reported, undefined);
    assert.equal(cell.panelBounds.upper, undefined);
  }
});

test("an error has a reason, its domain and the field", async () => {
  await assert.rejects(query({ measures: ["offence"] }), (error) => {
    assert.ok(error instanceof ConnectError);
    assert.equal(error.code, Code.InvalidArgument);
    const [info] = error.findDetails(ErrorInfoSchema);
    assert.equal(info.reason, "UNKNOWN_MEASURE");
    assert.equal(info.domain, "collate");
    assert.match(info.metadata.near_matches, /offences/);
    const [request] = error.findDetails(BadRequestSchema);
    assert.match(request.fieldViolations[0].field, /measures/);
    return true;
  });
});

// An ingestion that is opened, and never ended by the client.
const openEnded = async (settings, given, onMessage) => {
  async function* parts() {
    yield {
      part: {
        case: "release",
        value: { ...RELEASE.part.value, source: "never" },
      },
    };
    yield HEADER;
    yield { part: { case: "chunk", value: CHUNKS[0] } };
    await given;
  }
  for await (const message of ingestion.ingestRelease(parts(), settings)) {
    if (onMessage) onMessage(message);
  }
};

test("a cancelled ingestion leaves nothing behind", async () => {
  const controller = new AbortController();
  const given = new Promise((resolve) =>
    controller.signal.addEventListener("abort", resolve));
  const stages = [];
  const ended = openEnded({ signal: controller.signal }, given, (message) => {
    stages.push(message.part.value.stage);
    controller.abort();
  });
  await assert.rejects(ended, (error) => error.code === Code.Canceled);
  assert.deepEqual(stages, [IngestionStage.RECEIVING]);
  await assert.rejects(
      catalogue.listReleases({ parent: "sources/never" }),
      (error) => error.code === Code.NotFound);
});

test("a deadline ends a call", async () => {
  let give;
  const given = new Promise((resolve) => {
    give = resolve;
  });
  await assert.rejects(openEnded({ timeoutMs: 200 }, given),
      (error) => error.code === Code.DeadlineExceeded);
  give();
});
