// What client/typescript gives of an answer, and when it asks again.

import { Code, ConnectError } from "@connectrpc/connect";
import assert from "node:assert/strict";
import http2 from "node:http2";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const compiled = (file) =>
  import(pathToFileURL(path.join(process.env.COLLATE_EXAMPLE, file)));
const { Collate, CollateError, readServiceConfig } =
  await compiled("collate.js");
const { retries } = await compiled("retries.js");
const serviceConfig = readServiceConfig(process.env.COLLATE_SERVICE_CONFIG);
const server = process.env.COLLATE_SERVER;
const QUESTION = {
  measures: ["offences"],
  filters: [{ dimension: "offence", members: ["88A"] }],
  periods: ["2017/18"],
};

test("a figure has number, bounds, state, coverage and citations", async () => {
  const collate = new Collate({ server, serviceConfig });
  const answer = await collate.query(
      { ...QUESTION, panel: "england-wales-forces" });
  assert.equal(answer.figures.length, 1);
  const [figure] = answer.figures;
  assert.deepEqual(
      [figure.value, figure.lower, figure.upper, figure.panelUpper],
      [4429n, 4429n, 4429n, 4429n]);
  assert.deepEqual([figure.state, figure.complete, figure.due],
      ["REPORTED", 43, 43]);
  const sum = figure.citations.reduce((all, one) => all + Number(one.raw), 0);
  assert.equal(sum, 4429);
  assert.match(answer.name, /^answers\/[0-9a-f]{64}$/);
  assert.equal(answer.releases.length, 1);
  assert.deepEqual(answer.caveats.map((one) => one.code),
      ["PUBLISH_TIME_UNKNOWN"]);
});

test("what is missing is undefined and has a state", async () => {
  const collate = new Collate({ server, serviceConfig });
  const { figures } = await collate.query(
      { ...QUESTION, panel: "uk-territorial-forces", groupBy: ["reporter"] });
  const missing = figures.filter((one) => one.value === undefined);
  assert.deepEqual(missing.map((one) => one.members.reporter).sort(),
      ["police-scotland", "psni"]);
  for (const one of missing) {
    assert.equal(one.state, "NO_RELEASE");
    assert.equal(one.panelUpper, undefined);
    assert.equal(one.missing[0].state, "NO_RELEASE");
  }
});

test("an error is typed", async () => {
  const collate = new Collate({ server, serviceConfig });
  await assert.rejects(
      collate.query({ ...QUESTION, measures: ["offence"] }), (error) => {
        assert.ok(error instanceof CollateError);
        assert.equal(error.code, Code.InvalidArgument);
        assert.equal(error.reason, "UNKNOWN_MEASURE");
        assert.match(error.metadata.near_matches, /offences/);
        assert.match(Object.keys(error.fields)[0], /measures/);
        return true;
      });
});

test("nobody who serves, and nobody who answers, are errors", async () => {
  const nobody = new Collate({ server: "127.0.0.1:1", serviceConfig });
  await assert.rejects(nobody.query(QUESTION),
      (error) => error.code === Code.Unavailable);
  const sessions = [];
  const silent = http2.createServer(() => {});
  silent.on("session", (session) => sessions.push(session));
  await new Promise((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const hasty = new Collate({
    server: `127.0.0.1:${silent.address().port}`,
    serviceConfig,
    timeoutMs: 200,
  });
  await assert.rejects(hasty.query(QUESTION),
      (error) => error.code === Code.DeadlineExceeded);
  for (const session of sessions) session.destroy();
  silent.close();
  assert.throws(() => new Collate(
      { server: "example.org:1", token: "x", serviceConfig }));
});

// The interceptor alone, before a service that refuses as it is told to.
async function ask(refusals, method = "QueryStatistics", stream = false,
    service = "collate.v1.StatisticsService") {
  let calls = 0;
  const next = async () => {
    ++calls;
    const refusal = refusals.shift();
    if (refusal === undefined) return "answered";
    const [code, pushback] = refusal;
    throw new ConnectError("not now", code,
        pushback === undefined ? {} : { "grpc-retry-pushback-ms": pushback });
  };
  const request = {
    service: { typeName: service },
    method: { name: method },
    stream,
    signal: new AbortController().signal,
  };
  try {
    return [await retries(serviceConfig)(next)(request), calls];
  } catch (error) {
    return [error.code, calls];
  }
}

test("who stops or is busy is asked again", async () => {
  assert.deepEqual(await ask([[Code.Unavailable], [Code.Unavailable]]),
      ["answered", 3]);
  assert.deepEqual(await ask([[Code.ResourceExhausted, "5"]]),
      ["answered", 2]);
});

test("what cannot be better the next time is not asked again", async () => {
  assert.deepEqual(await ask([[Code.ResourceExhausted, "-1"]]),
      [Code.ResourceExhausted, 1]);
  assert.deepEqual(await ask([[Code.Unavailable, "soon"]]),
      [Code.Unavailable, 1]);
  assert.deepEqual(await ask([[Code.InvalidArgument]]),
      [Code.InvalidArgument, 1]);
});

test("there is an end", async () => {
  const refusals = Array.from({ length: 9 }, () => [Code.Unavailable, "1"]);
  assert.deepEqual(await ask(refusals), [Code.Unavailable, 4]);
});

test("nothing is handed in twice", async () => {
  for (const method of ["IngestRelease", "WithdrawRelease"]) {
    assert.deepEqual(
        await ask([[Code.Unavailable]], method, false,
            "collate.v1.IngestionService"),
        [Code.Unavailable, 1]);
  }
  assert.deepEqual(await ask([[Code.Unavailable]], "ReloadAdapters", false,
      "collate.v1.OperationsService"), [Code.Unavailable, 1]);
  assert.deepEqual(await ask([[Code.Unavailable]], "GetServiceStatus", false,
      "collate.v1.OperationsService"), ["answered", 2]);
  assert.deepEqual(await ask([[Code.Unavailable]], "QueryStatistics", true),
      [Code.Unavailable, 1]);
});
