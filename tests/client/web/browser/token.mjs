// A token for a reader, and in the file that is named the key that it is
// checked by.

import { generateKeyPairSync, sign } from "node:crypto";
import { writeFileSync } from "node:fs";

const { privateKey, publicKey } = generateKeyPairSync("ec", {
  namedCurve: "P-256",
});
writeFileSync(
  process.argv[2],
  publicKey.export({ type: "spki", format: "pem" }),
);
const part = (value) =>
  Buffer.from(JSON.stringify(value)).toString("base64url");
const now = Math.floor(Date.now() / 1000);
const body = `${part({ alg: "ES256", typ: "JWT", kid: "1" })}.${part({
  iss: "https://id.example.org",
  aud: "collate",
  sub: "a reader",
  iat: now,
  exp: now + 3600,
  roles: ["reader"],
})}`;
const signature = sign("sha256", Buffer.from(body), {
  key: privateKey,
  dsaEncoding: "ieee-p1363",
});
console.log(`${body}.${signature.toString("base64url")}`);
