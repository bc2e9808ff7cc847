// What the service said when it refused: its sentence, the stable reason, the
// field at fault and the near matches.

import { Code, ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
} from "../generated/google/rpc/error_details_pb";

export interface Problem {
  // Canonical code in words, e.g. "invalid argument".
  kind: string;
  // Stable reason, e.g. "UNKNOWN_MEMBER"; empty where none came.
  reason: string;
  message: string;
  // Path of the field at fault, e.g. "query.filters[0].members[0]"; or empty.
  field: string;
  // The word that is not known, where that is what is wrong.
  value: string;
  nearMatches: string[];
  // What else came with the reason.
  details: [string, string][];
}

export function problemOf(error: unknown): Problem {
  if (!(error instanceof ConnectError)) {
    return {
      kind: "",
      reason: "",
      field: "",
      value: "",
      nearMatches: [],
      details: [],
      message: error instanceof Error ? error.message : String(error),
    };
  }
  const info = error.findDetails(ErrorInfoSchema)[0];
  const violation = error.findDetails(BadRequestSchema)[0]?.fieldViolations[0];
  const metadata = info?.metadata ?? {};
  return {
    kind: (Code[error.code] ?? "")
      .replace(/\B[A-Z]/g, (letter) => ` ${letter}`)
      .toLowerCase(),
    reason: info?.reason ?? "",
    message:
      error.code === Code.Unavailable && !info
        ? `The service cannot be reached: ${error.rawMessage}`
        : error.rawMessage,
    field: violation?.field ?? "",
    value: metadata.value ?? "",
    nearMatches: (metadata.near_matches ?? "").split(", ").filter(Boolean),
    details: Object.entries(metadata).filter(
      ([key]) => key !== "near_matches" && key !== "value",
    ),
  };
}
