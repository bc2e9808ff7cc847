// Asks one question by every client and protocol that Node has; writes the
// answers, in JSON, by client.

import { fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from
  "@connectrpc/connect-node";
import { createConnectTransport as createWebTransport } from
  "@connectrpc/connect-web";
import grpc from "@grpc/grpc-js";
import path from "node:path";
import { pathToFileURL } from "node:url";

const { QueryStatisticsRequestSchema, QueryStatisticsResponseSchema,
  StatisticsService } = await import(pathToFileURL(path.join(
      process.env.COLLATE_GENERATED, "collate/v1/statistics_service_pb.js")));
const request =
  fromJson(QueryStatisticsRequestSchema, JSON.parse(process.argv[2]));
const server = `http://${process.env.COLLATE_SERVER}`;
const baseUrl = process.env.COLLATE_HTTP;

const overTransport = (transport) =>
  createClient(StatisticsService, transport).queryStatistics(request);

// With messages of protobuf-es, since grpc-js has none of its own.
const overGrpcJs = () => new Promise((resolve, reject) => {
  const client = new grpc.Client(
      process.env.COLLATE_SERVER, grpc.credentials.createInsecure(),
      { "grpc.enable_http_proxy": 0 });
  client.makeUnaryRequest(
      "/collate.v1.StatisticsService/QueryStatistics",
      (message) =>
        Buffer.from(toBinary(QueryStatisticsRequestSchema, message)),
      (bytes) => fromBinary(QueryStatisticsResponseSchema, bytes),
      request, (error, answer) => {
        client.close();
        if (error) reject(error); else resolve(answer);
      });
});

const answers = {
  "grpc-js": await overGrpcJs(),
  "connect-node over gRPC":
    await overTransport(createGrpcTransport({ baseUrl: server })),
  "connect-node over Connect": await overTransport(
      createConnectTransport({ baseUrl, httpVersion: "1.1" })),
  "connect-web in JSON": await overTransport(
      createWebTransport({ baseUrl, useBinaryFormat: false })),
  "connect-web in protobuf": await overTransport(
      createWebTransport({ baseUrl, useBinaryFormat: true })),
};
const written = Object.fromEntries(Object.entries(answers).map(
    ([client, answer]) =>
      [client, toJson(QueryStatisticsResponseSchema, answer)]));
process.stdout.write(JSON.stringify(written), () => process.exit(0));
