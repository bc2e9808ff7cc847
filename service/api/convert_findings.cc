#include "service/api/convert_findings.h"

#include "absl/strings/str_cat.h"
#include "service/api/convert.h"
#include "service/base/status_macros.h"

namespace collate::api {
namespace {

using query::FindingKind;

static_assert(static_cast<int>(FindingKind::kLevelShift) ==
              v1::FINDING_KIND_LEVEL_SHIFT);
static_assert(static_cast<int>(FindingKind::kRepeatedValue) ==
              v1::FINDING_KIND_REPEATED_VALUE);
static_assert(static_cast<int>(FindingKind::kPartYear) ==
              v1::FINDING_KIND_PART_YEAR);
static_assert(static_cast<int>(FindingKind::kPartsVTotal) ==
              v1::FINDING_KIND_PARTS_V_TOTAL);
static_assert(static_cast<int>(FindingKind::kPartExceedsWhole) ==
              v1::FindingKind_MAX);

}  // namespace

absl::StatusOr<v1::Finding> ToProto(const query::Finding& finding,
                                    const query::Snapshot& snapshot) {
  v1::Finding result;
  result.set_kind(static_cast<v1::FindingKind>(finding.kind));
  result.set_message(finding.message);
  result.set_source(
      absl::StrCat("sources/", EncodeSegment(View(finding.source))));
  result.set_measure(finding.measure);
  result.set_universe(finding.universe);
  SetCoordinate(snapshot.vocabulary().reporters(), finding.reporter,
                result.add_coordinates());
  for (const auto& [dimension, member] : finding.members) {
    SetCoordinate(*dimension, member, result.add_coordinates());
  }
  *result.mutable_period() = ToProto(finding.period);
  for (const auto& [name, number] : finding.thresholds) {
    v1::FindingThreshold* threshold = result.add_thresholds();
    threshold->set_name(name);
    threshold->set_number(number);
  }
  for (const query::FindingCell& from : finding.cells) {
    v1::FindingCell* cell = result.add_cells();
    cell->set_role(from.role);
    *cell->mutable_period() = ToProto(from.period);
    *cell->mutable_bounds() = ToProto(from.bounds);
    COLLATE_ASSIGN_OR_RETURN(query::Citation citation, snapshot.Cite(from.ref));
    *cell->mutable_citation() = ToProto(std::move(citation));
  }
  result.set_cell_count(static_cast<int32_t>(finding.cell_count));
  return result;
}

}  // namespace collate::api
