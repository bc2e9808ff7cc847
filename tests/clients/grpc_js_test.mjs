// grpc-js, which reads the protocol's files when it starts.

import grpc from "@grpc/grpc-js";
import protoLoader from "@grpc/proto-loader";
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";

import { BYTES, CHUNKS, DOCUMENT, QUERY, SERVER, SOURCE_DIR } from
  "./excerpt.mjs";

const definition = protoLoader.loadSync(
    [
      "collate/v1/catalogue_service.proto",
      "collate/v1/ingestion_service.proto",
      "collate/v1/operations_service.proto",
      "collate/v1/statistics_service.proto",
      "google/rpc/error_details.proto",
      "google/rpc/status.proto",
    ],
    {
      includeDirs: [path.join(SOURCE_DIR, "protos")],
      longs: String,
      enums: String,
      oneofs: true,
    });
const { collate } = grpc.loadPackageDefinition(definition);
const options = { "grpc.enable_http_proxy": 0 };
const credentials = grpc.credentials.createInsecure();
const connect = (name) =>
  new collate.v1[name](SERVER, credentials, options);
const statistics = connect("StatisticsService");
const ingestion = connect("IngestionService");
const catalogue = connect("CatalogueService");

const ask = (client, method, request, deadline = 30000) =>
  new Promise((resolve, reject) => {
    client[method](request, { deadline: Date.now() + deadline },
        (error, response) => error ? reject(error) : resolve(response));
  });

// Sends the parts; gives everything that came back.
const ingest = (parts) => new Promise((resolve, reject) => {
  const call = ingestion.IngestRelease();
  const received = [];
  call.on("data", (message) => received.push(message));
  call.on("error", reject);
  call.on("end", () => resolve(received));
  for (const part of parts) call.write(part);
  call.end();
});

before(async () => {
  const received = await ingest([
    { release: { source: "home-office-prc", publishTimeUnknown: {} } },
    { document: { ...DOCUMENT, byteCount: BYTES.length } },
    ...CHUNKS.map((chunk) => ({ chunk })),
    { end: {} },
  ]);
  const { report } = received.at(-1);
  assert.equal(report.published, true);
  assert.equal(report.release.documents[0].sha256, DOCUMENT.sha256);
});

after(() => {
  for (const client of [statistics, ingestion, catalogue]) client.close();
});

test("a cell has number, bounds, state and coverage", async () => {
  const answer = await ask(statistics, "QueryStatistics", { query: QUERY });
  assert.equal(answer.cells.length, 1);
  const [cell] = answer.cells;
  assert.equal(cell.state, "STATE_REPORTED");
  assert.equal(cell.reported, "4429");
  assert.deepEqual([cell.panelBounds.lower, cell.panelBounds.upper],
      ["4429", "4429"]);
  assert.equal(cell.coverage.complete, 43);
  assert.equal(cell.coverage.due, 43);
});

test("a silent reporter has a state and no number", async () => {
  const answer = await ask(statistics, "QueryStatistics", {
    query: { ...QUERY, panel: "uk-territorial-forces", groupBy: ["reporter"] },
  });
  const missing = answer.cells.filter(
      (cell) => cell.state !== "STATE_REPORTED");
  assert.deepEqual(
      missing.map((cell) => cell.coordinates[0].member).sort(),
      ["police-scotland", "psni"]);
  for (const cell of missing) {
    assert.equal(cell.state, "STATE_NO_RELEASE");
    assert.equal("reported" in cell, false);
    assert.equal("upper" in cell.panelBounds, false);
  }
});

test("an error has a reason, its domain and the field", async () => {
  const query = { ...QUERY, measures: ["offence"] };
  await assert.rejects(ask(statistics, "QueryStatistics", { query }),
      (error) => {
        assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
        const [bytes] = error.metadata.get("grpc-status-details-bin");
        const rich = definition["google.rpc.Status"].deserialize(bytes);
        const decoded = new Map();
        for (const detail of rich.details) {
          const url = detail.typeUrl ?? detail.type_url;
          const type = url.slice(url.lastIndexOf("/") + 1);
          decoded.set(type, definition[type].deserialize(detail.value));
        }
        const info = decoded.get("google.rpc.ErrorInfo");
        assert.equal(info.reason, "UNKNOWN_MEASURE");
        assert.equal(info.domain, "collate");
        assert.match(info.metadata.near_matches, /offences/);
        const request = decoded.get("google.rpc.BadRequest");
        assert.match(request.fieldViolations[0].field, /measures/);
        return true;
      });
});

test("what an ingestion found is kept with its release", async () => {
  const { releases } = await ask(catalogue, "ListReleases",
      { parent: "sources/home-office-prc" });
  const { report } = await ask(catalogue, "GetReleaseReport",
      { name: `${releases[0].name}/report` });
  assert.equal(report.documents[0].document, DOCUMENT.name);
  assert.ok(report.documents[0].tables.length > 0);
});

// Opens an ingestion that never ends by itself.
const openEnded = (settings) => {
  const call = ingestion.IngestRelease(settings);
  const ended = new Promise((resolve) => call.on("error", resolve));
  const answered = new Promise((resolve) => call.on("data", resolve));
  call.write({ release: { source: "never", publishTimeUnknown: {} } });
  call.write({ document: { ...DOCUMENT, byteCount: BYTES.length } });
  call.write({ chunk: CHUNKS[0] });
  return { call, answered, ended };
};

test("a cancelled ingestion leaves nothing behind", async () => {
  const { call, answered, ended } = openEnded({});
  assert.equal((await answered).progress.stage, "INGESTION_STAGE_RECEIVING");
  call.cancel();
  assert.equal((await ended).code, grpc.status.CANCELLED);
  await assert.rejects(
      ask(catalogue, "ListReleases", { parent: "sources/never" }),
      { code: grpc.status.NOT_FOUND });
});

test("a deadline ends a call", async () => {
  const { ended } = openEnded({ deadline: Date.now() + 200 });
  assert.equal((await ended).code, grpc.status.DEADLINE_EXCEEDED);
});
