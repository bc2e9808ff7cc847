#include "client/render_report.h"

#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/render_catalogue.h"
#include "client/words.h"

namespace collate::client {
namespace {

absl::string_view Outcome(const v1::IngestionReport& report) {
  if (report.already_loaded()) return "was loaded before; nothing changed";
  if (report.published()) return "published";
  return "would be published; this was a dry run";
}

absl::string_view SeverityWord(v1::DiagnosticSeverity severity) {
  switch (severity) {
    case v1::DIAGNOSTIC_SEVERITY_INFO:
      return "info";
    case v1::DIAGNOSTIC_SEVERITY_WARNING:
      return "warning";
    case v1::DIAGNOSTIC_SEVERITY_ERROR:
      return "error";
    default:
      return "finding";
  }
}

Grid Tables(const v1::IngestionReport& report) {
  Grid grid;
  grid.columns = {{"document", "document"},   {"table", "table"},
                  {"title", "title"},         {"measure", "measure"},
                  {"rows", "rows read"},      {"mapped", "mapped"},
                  {"unmapped", "left aside"}, {"refused", "refused"}};
  for (const v1::DocumentReport& document : report.documents()) {
    for (const v1::TableReport& table : document.tables()) {
      grid.rows.push_back({document.document(), table.id(), table.title(),
                           table.measure(), int64_t{table.row_count()},
                           int64_t{table.mapped_count()},
                           int64_t{table.unmapped_count()},
                           std::string(table.refused() ? "yes" : "no")});
    }
  }
  return grid;
}

std::string Details(const v1::IngestionReport& report) {
  std::string out;
  if (const Grid grid = Tables(report); !grid.rows.empty()) {
    absl::StrAppend(&out, "\n", RenderTable(grid));
  }
  for (const v1::DocumentReport& document : report.documents()) {
    if (document.accounts().empty()) continue;
    std::vector<std::string> counts;
    for (const v1::Account& account : document.accounts()) {
      counts.push_back(
          absl::StrCat(account.what(), " ",
                       GroupedInteger(static_cast<int64_t>(account.count()))));
    }
    absl::StrAppend(&out, "\n", Printable(document.document()), ": ",
                    Printable(absl::StrJoin(counts, ", ")), "\n");
  }
  absl::StrAppend(
      &out, "\n",
      report.diagnostics().empty() ? "No findings.\n" : "Findings:\n");
  for (const v1::Diagnostic& diagnostic : report.diagnostics()) {
    out += DiagnosticText(diagnostic);
  }
  return out;
}

std::string Table(const v1::IngestionReport& report) {
  const v1::Release& release = report.release();
  std::string out =
      absl::StrCat(Printable(release.name()), "\n  ", Outcome(report), "\n");
  if (!release.adapter().empty()) {
    absl::StrAppend(&out, "  read by ", Printable(release.adapter()), " ",
                    Printable(release.adapter_version()), "\n");
  }
  absl::StrAppend(&out, "  ", GroupedInteger(release.observation_count()),
                  " observations kept\n");
  if (release.synthetic()) absl::StrAppend(&out, "  synthetic figures\n");
  for (const v1::Document& document : release.documents()) {
    absl::StrAppend(&out, "  ", Printable(document.name()), "  ",
                    GroupedInteger(document.byte_count()), " bytes  sha256 ",
                    Printable(document.sha256()), "\n");
  }
  return out + Details(report);
}

}  // namespace

std::string DiagnosticText(const v1::Diagnostic& diagnostic) {
  std::string out = absl::StrCat("  ", SeverityWord(diagnostic.severity()), " ",
                                 Printable(diagnostic.reason()));
  if (diagnostic.count() > 1) {
    absl::StrAppend(&out, " (",
                    GroupedInteger(static_cast<int64_t>(diagnostic.count())),
                    " times, first at the place named)");
  }
  absl::StrAppend(&out, ": ", Printable(diagnostic.message()), "\n");
  const auto add = [&out](absl::string_view name, const std::string& value) {
    if (value.empty()) return;
    absl::StrAppend(&out, "    ", name, ": ", Printable(value), "\n");
  };
  add("at", diagnostic.locator());
  add("expected", diagnostic.expected());
  add("found", diagnostic.found());
  return out;
}

absl::StatusOr<std::string> RenderReport(const v1::IngestionReport& report,
                                         Format format) {
  switch (format) {
    case Format::kJson:
      return ToJson(report);
    case Format::kNdjson: {
      std::string out;
      for (const v1::DocumentReport& document : report.documents()) {
        COLLATE_ASSIGN_OR_RETURN(const std::string lines,
                                 ToJsonLines(document.tables()));
        out += lines;
      }
      return out;
    }
    case Format::kCsv:
      return RenderCsv(Tables(report));
    case Format::kTable:
      break;
  }
  return Table(report);
}

absl::StatusOr<std::string> RenderReleaseRecord(
    const v1::IngestionReport& report, Format format) {
  if (format != Format::kTable) return RenderOne(report, format);
  COLLATE_ASSIGN_OR_RETURN(const std::string release,
                           RenderOne(report.release(), format));
  return release + Details(report);
}

bool AnythingRefused(const v1::IngestionReport& report) {
  for (const v1::DocumentReport& document : report.documents()) {
    for (const v1::TableReport& table : document.tables()) {
      if (table.refused()) return true;
    }
  }
  for (const v1::Diagnostic& diagnostic : report.diagnostics()) {
    if (diagnostic.severity() == v1::DIAGNOSTIC_SEVERITY_ERROR) return true;
  }
  return false;
}

}  // namespace collate::client
