#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/operations_handlers.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/disclosure/audit.h"

namespace collate::api {
namespace {

constexpr int kMostFindings = 1000;
constexpr int64_t kStepsOfOnePart = 1000;

static_assert(static_cast<int>(disclosure::FindingKind::kExact) ==
              v1::DISCLOSURE_FINDING_KIND_EXACT);
static_assert(static_cast<int>(disclosure::FindingKind::kUntrue) ==
              v1::DisclosureFindingKind_MAX);

v1::AuditedSource SourceToProto(const disclosure::AuditedSource& from) {
  v1::AuditedSource source;
  source.set_source(absl::StrCat("sources/", from.source));
  source.set_release_count(from.releases);
  source.set_hidden_release_count(from.hidden_releases);
  source.set_figure_count(from.figures);
  source.set_withheld_count(from.withheld);
  source.set_complementary_count(from.complementary);
  source.set_no_count_count(from.no_counts);
  return source;
}

v1::DisclosureFinding FindingToProto(const disclosure::AuditFinding& from) {
  v1::DisclosureFinding finding;
  finding.set_kind(static_cast<v1::DisclosureFindingKind>(from.kind));
  finding.set_release(from.release);
  finding.set_figure(from.figure);
  if (from.known.lower.has_value()) finding.set_lower(*from.known.lower);
  if (from.known.upper.has_value()) finding.set_upper(*from.known.upper);
  return finding;
}

}  // namespace

absl::Status OperationsHandlers::AuditDisclosure(
    CallContext& context, const v1::AuditDisclosureRequest& request,
    Writer<v1::AuditDisclosureResponse>& writer) const {
  if (options_.shown == nullptr) {
    return base::Error(absl::StatusCode::kFailedPrecondition,
                       "NO_DISCLOSURE_PROFILE",
                       "this deployment shows all of it: no disclosure profile "
                       "is set (disclosure.profile of the configuration)");
  }
  int64_t steps = 0;
  const auto progress = [&] {
    if (++steps % kStepsOfOnePart == 0) {
      v1::AuditDisclosureResponse part;
      part.set_progress(steps);
      writer.TryWrite(std::move(part));
    }
    return context.Check();
  };
  COLLATE_ASSIGN_OR_RETURN(const disclosure::AuditReport report,
                           disclosure::Audit(*options_.shown, progress));
  v1::AuditDisclosureResponse last;
  v1::DisclosureAudit& audit = *last.mutable_audit();
  audit.set_profile(options_.shown->profile().name);
  for (const disclosure::AuditedSource& source : report.sources) {
    *audit.add_sources() = SourceToProto(source);
  }
  audit.set_finding_count(static_cast<int64_t>(report.findings.size()));
  for (const disclosure::AuditFinding& finding : report.findings) {
    if (audit.findings_size() == kMostFindings) break;
    *audit.add_findings() = FindingToProto(finding);
  }
  options_.log->Info(
      "disclosure audited",
      {{"profile", audit.profile()}, {"findings", audit.finding_count()}});
  return writer.Write(std::move(last));
}

}  // namespace collate::api
