// Writes what became of an ingestion: what was read, kept, mapped and left,
// with every finding. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_REPORT_H_
#define COLLATE_CLIENT_RENDER_REPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "collate/v1/ingestion.pb.h"

namespace collate::client {

// CSV and NDJSON have one row for each table.
absl::StatusOr<std::string> RenderReport(const v1::IngestionReport& report,
                                         Format format);

// A finding in lines of their own, as the table form has it.
std::string DiagnosticText(const v1::Diagnostic& diagnostic);

// The same report as it is kept with its release: everything about the
// release, then what became of every table, and every finding. CSV as
// RenderOne() has it.
absl::StatusOr<std::string> RenderReleaseRecord(
    const v1::IngestionReport& report, Format format);

// True when a table was refused or a finding is an error: what `--strict`
// turns into a failure.
bool AnythingRefused(const v1::IngestionReport& report);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_REPORT_H_
