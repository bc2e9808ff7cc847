// What somebody says about a document before it is loaded, as a request.

import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  type IngestDocumentRequest,
  IngestDocumentRequestSchema,
} from "../generated/collate/v1/ingestion_service_pb";

export const LARGEST_DOCUMENT = 16 << 20;

export interface LoadForm {
  source: string;
  // `YYYY-MM-DD`; empty: nobody knows.
  published: string;
  edition: string;
  // Empty: exactly one adapter must recognise the document.
  adapter: string;
  // Empty: the adapter finds one that proves itself.
  recipe: string;
  isSynthetic: boolean;
}

export const EMPTY_FORM: LoadForm = {
  source: "",
  published: "",
  edition: "",
  adapter: "",
  recipe: "",
  isSynthetic: false,
};

// The mistake that the service would find as well, before 16 MiB are sent.
export function mistakeOf(
  form: LoadForm,
  byteCount: number | undefined,
): string {
  if (byteCount === undefined) return "Choose a document.";
  if (byteCount === 0) return "The document is empty.";
  if (byteCount > LARGEST_DOCUMENT) {
    return "The document is larger than 16 MiB, which is the most that a page can send. The command line takes it: collate ingest.";
  }
  if (!/^[a-z0-9-]{2,63}$/.test(form.source)) {
    return "Name the source in 2 to 63 lower-case letters, digits and hyphens, such as kent-foi.";
  }
  return "";
}

export function requestOf(
  form: LoadForm,
  name: string,
  mediaType: string,
  content: Uint8Array,
  sha256: string,
  validateOnly: boolean,
): IngestDocumentRequest {
  return create(IngestDocumentRequestSchema, {
    release: {
      source: form.source,
      publication: form.published
        ? {
            case: "publishTime",
            value: timestampFromDate(new Date(`${form.published}T00:00:00Z`)),
          }
        : { case: "publishTimeUnknown", value: {} },
      edition: form.edition,
      adapter: form.adapter,
      options: form.recipe ? [{ key: "recipe", value: form.recipe }] : [],
      synthetic: form.isSynthetic,
    },
    document: { name, mediaType, byteCount: BigInt(content.length), sha256 },
    content,
    validateOnly,
  });
}
