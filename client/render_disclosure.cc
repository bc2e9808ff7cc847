#include "client/render_disclosure.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/words.h"

namespace collate::client {
namespace {

std::string FindingKindOf(const v1::DisclosureFinding& finding) {
  return std::string(
      absl::StripPrefix(v1::DisclosureFindingKind_Name(finding.kind()),
                        "DISCLOSURE_FINDING_KIND_"));
}

std::string NumbersLeft(const v1::DisclosureFinding& finding) {
  const std::string lower =
      finding.has_lower() ? GroupedInteger(finding.lower()) : "";
  const std::string upper =
      finding.has_upper() ? GroupedInteger(finding.upper()) : "";
  if (lower.empty() && upper.empty()) return "any number";
  if (lower.empty()) return absl::StrCat("at most ", upper);
  if (upper.empty()) return absl::StrCat("at least ", lower);
  return lower == upper ? lower : absl::StrCat(lower, " to ", upper);
}

std::string ExposedText(const v1::DisclosureFinding& finding) {
  std::string what;
  switch (finding.kind()) {
    case v1::DISCLOSURE_FINDING_KIND_EXACT:
      what = "can be computed";
      break;
    case v1::DISCLOSURE_FINDING_KIND_NARROW:
      what = "is known too well";
      break;
    default:
      what = "is not what is shown of it";
      break;
  }
  return absl::StrCat("  ", Printable(finding.figure()), " (",
                      Printable(finding.release()), ") ", what, ": ",
                      NumbersLeft(finding), "\n");
}

std::string AuditTable(const v1::DisclosureAudit& audit) {
  std::string out = absl::StrCat(
      audit.finding_count() == 0 ? "nothing is given away" : "exposed",
      " (disclosure profile ", Printable(audit.profile()), ")\n");
  if (audit.sources().empty()) {
    return out + "No restricted source has a release.\n";
  }
  for (const v1::AuditedSource& source : audit.sources()) {
    absl::StrAppend(
        &out, Printable(absl::StripPrefix(source.source(), "sources/")), ": ",
        GroupedInteger(source.figure_count()), " figures in ",
        GroupedInteger(source.release_count()), " releases; ",
        GroupedInteger(source.withheld_count()), " withheld, ",
        GroupedInteger(source.complementary_count()),
        " withheld to protect those, ", GroupedInteger(source.no_count_count()),
        " that are no counts; ", GroupedInteger(source.hidden_release_count()),
        " releases not shown at all\n");
  }
  if (audit.finding_count() == 0) return out;
  absl::StrAppend(&out, GroupedInteger(audit.finding_count()), " figures:\n");
  for (const v1::DisclosureFinding& finding : audit.findings()) {
    out += ExposedText(finding);
  }
  const int64_t more = audit.finding_count() - audit.findings_size();
  if (more > 0)
    absl::StrAppend(&out, "  and ", GroupedInteger(more), " more\n");
  return out;
}

Grid AuditCsv(const v1::DisclosureAudit& audit) {
  Grid grid;
  grid.columns = {{"kind", ""},
                  {"release", ""},
                  {"figure", ""},
                  {"lower", ""},
                  {"upper", ""}};
  for (const v1::DisclosureFinding& finding : audit.findings()) {
    std::vector<Value>& row = grid.rows.emplace_back(grid.columns.size());
    row[0] = FindingKindOf(finding);
    row[1] = finding.release();
    row[2] = finding.figure();
    if (finding.has_lower()) row[3] = finding.lower();
    if (finding.has_upper()) row[4] = finding.upper();
  }
  return grid;
}

}  // namespace

absl::StatusOr<std::string> RenderDisclosureAudit(
    const v1::DisclosureAudit& audit, Format format) {
  switch (format) {
    case Format::kJson:
      return ToJson(audit);
    case Format::kNdjson:
      return ToJsonLine(audit);
    case Format::kCsv:
      return RenderCsv(AuditCsv(audit));
    case Format::kTable:
      break;
  }
  return AuditTable(audit);
}

}  // namespace collate::client
