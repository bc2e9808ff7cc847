#include "client/render_findings.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/words.h"
#include "service/base/error.h"

namespace collate::client {
namespace {

std::string SourceId(const v1::Finding& finding) {
  return std::string(absl::StripPrefix(
      absl::string_view(finding.source().data(), finding.source().size()),
      "sources/"));
}

// "18", "1..4", "0.." for an end that is not known.
std::string BoundsCode(const v1::Interval& bounds) {
  const std::string lower =
      bounds.has_lower() ? absl::StrCat(bounds.lower()) : "";
  const std::string upper =
      bounds.has_upper() ? absl::StrCat(bounds.upper()) : "";
  return !lower.empty() && lower == upper ? lower
                                          : absl::StrCat(lower, "..", upper);
}

Grid Table(const std::vector<v1::Finding>& findings) {
  Grid grid;
  grid.columns = {{"kind", "kind"},
                  {"source", "source"},
                  {"measure", "measure"},
                  {"message", "finding"},
                  {"locator", "printed cell"}};
  for (const v1::Finding& finding : findings) {
    grid.rows.push_back({FindingKindCode(finding.kind()), SourceId(finding),
                         finding.measure(), finding.message(),
                         finding.cells().empty()
                             ? std::string()
                             : finding.cells(0).citation().locator()});
  }
  return grid;
}

Grid Csv(const std::vector<v1::Finding>& findings) {
  Grid grid;
  for (const char* name : {"kind", "source", "measure", "universe", "reporter",
                           "dimensions", "period", "period_start", "period_end",
                           "message", "thresholds", "cells", "cell_count",
                           "release", "document", "sha256", "locator", "raw"}) {
    grid.columns.push_back({name, ""});
  }
  for (const v1::Finding& finding : findings) {
    std::string reporter;
    std::vector<std::string> dimensions;
    for (const v1::Coordinate& coordinate : finding.coordinates()) {
      if (coordinate.dimension() == kReporterDimension) {
        reporter = coordinate.member();
      } else {
        dimensions.push_back(
            absl::StrCat(coordinate.dimension(), "=", coordinate.member()));
      }
    }
    std::vector<std::string> thresholds;
    for (const v1::FindingThreshold& threshold : finding.thresholds()) {
      thresholds.push_back(
          absl::StrCat(threshold.name(), "=", threshold.number()));
    }
    std::vector<std::string> cells;
    for (const v1::FindingCell& cell : finding.cells()) {
      cells.push_back(absl::StrCat(cell.role(), "=", BoundsCode(cell.bounds()),
                                   " (", cell.period().text(), ", ",
                                   cell.citation().locator(), ")"));
    }
    const v1::Citation citation =
        finding.cells().empty() ? v1::Citation() : finding.cells(0).citation();
    grid.rows.push_back(
        {FindingKindCode(finding.kind()), SourceId(finding), finding.measure(),
         finding.universe(), reporter, absl::StrJoin(dimensions, " "),
         finding.period().text(), finding.period().start_date(),
         finding.period().end_date(), finding.message(),
         absl::StrJoin(thresholds, ";"), absl::StrJoin(cells, "; "),
         int64_t{finding.cell_count()}, citation.release(), citation.document(),
         citation.document_sha256(), citation.locator(), citation.raw()});
  }
  return grid;
}

}  // namespace

std::string FindingKindCode(v1::FindingKind kind) {
  const std::string& name = v1::FindingKind_Name(kind);
  return std::string(absl::StripPrefix(
      absl::string_view(name.data(), name.size()), "FINDING_KIND_"));
}

absl::StatusOr<v1::FindingKind> ParseFindingKind(absl::string_view text) {
  const std::string code =
      absl::StrReplaceAll(absl::AsciiStrToUpper(text), {{"-", "_"}});
  std::vector<std::string> codes;
  for (int number = v1::FindingKind_MIN + 1; number <= v1::FindingKind_MAX;
       ++number) {
    const auto kind = static_cast<v1::FindingKind>(number);
    codes.push_back(FindingKindCode(kind));
    if (codes.back() == code) return kind;
  }
  return base::Error(
      absl::StatusCode::kInvalidArgument, "USAGE",
      absl::StrCat(
          "'", text, "' is no kind of finding: ",
          absl::StrReplaceAll(absl::AsciiStrToLower(absl::StrJoin(codes, ", ")),
                              {{"_", "-"}})));
}

absl::StatusOr<std::string> RenderFindings(
    const std::vector<v1::Finding>& findings, Format format) {
  switch (format) {
    case Format::kJson:
      return ToJsonArray(findings);
    case Format::kNdjson:
      return ToJsonLines(findings);
    case Format::kCsv:
      return RenderCsv(Csv(findings));
    case Format::kTable:
      break;
  }
  return RenderTable(Table(findings));
}

}  // namespace collate::client
