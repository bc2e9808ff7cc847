import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  create,
  type DescMessage,
  fromJson,
  toBinary,
} from "@bufbuild/protobuf";
import {
  BadRequestSchema,
  ErrorInfoSchema,
} from "../../../../client/web/src/generated/google/rpc/error_details_pb";
import { IngestionReportSchema } from "../../../../client/web/src/generated/collate/v1/ingestion_pb";
import { problemOf } from "../../../../client/web/src/service/problem";
import { safeFileName } from "../../../../client/web/src/service/download";
import {
  EMPTY_FORM,
  LARGEST_DOCUMENT,
  mistakeOf,
  requestOf,
} from "../../../../client/web/src/load/form";
import { outcomeOf } from "../../../../client/web/src/load/ReportView";

function toBytes(one: { desc: DescMessage; value: object }): Uint8Array {
  return toBinary(one.desc, create(one.desc, one.value as never));
}

test("a refusal keeps reason, field, word and near matches", () => {
  const error = new ConnectError(
    "no measure 'offence'",
    Code.InvalidArgument,
    undefined,
    [
      {
        desc: ErrorInfoSchema,
        value: {
          reason: "UNKNOWN_MEASURE",
          domain: "collate",
          metadata: {
            value: "offence",
            near_matches: "offences, victims",
            kind: "measure",
          },
        },
      },
      {
        desc: BadRequestSchema,
        value: {
          fieldViolations: [
            { field: "query.measures[0]", description: "unknown" },
          ],
        },
      },
    ],
  );
  // As they come over the wire.
  error.details = error.details.map((one) =>
    "desc" in one ? { type: one.desc.typeName, value: toBytes(one) } : one,
  );
  const problem = problemOf(error);
  assert.deepEqual(
    [problem.reason, problem.field, problem.value, problem.nearMatches],
    [
      "UNKNOWN_MEASURE",
      "query.measures[0]",
      "offence",
      ["offences", "victims"],
    ],
  );
  assert.equal(problem.kind, "invalid argument");
  assert.deepEqual(problem.details, [["kind", "measure"]]);
});

test("what is no error of the service is shown as it is", () => {
  assert.equal(
    problemOf(new Error("the document was cut short")).message,
    "the document was cut short",
  );
  assert.match(
    problemOf(new ConnectError("failed to fetch", Code.Unavailable)).message,
    /cannot be reached/,
  );
});

test("a file name has no path, nothing hidden and no control characters", () => {
  assert.equal(safeFileName("../../etc/passwd"), "_._.._etc_passwd");
  assert.equal(safeFileName(".hidden"), "_hidden");
  assert.equal(safeFileName("a\u0000b\\c"), "a_b_c");
  assert.equal(safeFileName(""), "document");
});

const form = { ...EMPTY_FORM, source: "kent-foi" };

test("mistakes are found before anything is sent", () => {
  assert.match(mistakeOf(form, undefined), /Choose/);
  assert.match(mistakeOf(form, 0), /empty/);
  assert.match(mistakeOf(form, LARGEST_DOCUMENT + 1), /16 MiB/);
  assert.match(mistakeOf({ ...form, source: "Kent FOI" }, 10), /lower-case/);
  assert.equal(mistakeOf(form, LARGEST_DOCUMENT), "");
});

test("a publication day is that day, and none is said to be unknown", () => {
  const content = new TextEncoder().encode("a,b\n");
  const known = requestOf(
    { ...form, published: "2024-11-01", recipe: "r" },
    "f.csv",
    "text/csv",
    content,
    "",
    true,
  );
  assert.deepEqual(known.release?.publication.case, "publishTime");
  assert.equal(
    known.release?.publication.case === "publishTime" &&
      known.release.publication.value.seconds,
    1730419200n,
  );
  assert.deepEqual(
    known.release?.options.map((one) => [one.key, one.value]),
    [["recipe", "r"]],
  );
  assert.deepEqual([known.validateOnly, known.document?.byteCount], [true, 4n]);
  assert.equal(
    requestOf(form, "f.csv", "", content, "", false).release?.publication.case,
    "publishTimeUnknown",
  );
});

test("a report says what became of the document", () => {
  const report = (more: object) =>
    outcomeOf(fromJson(IngestionReportSchema, more as never));
  assert.match(report({ published: true }), /^Published/);
  assert.match(report({}), /Nothing was published/);
  assert.match(
    report({ published: true, alreadyLoaded: true }),
    /loaded before/,
  );
});
