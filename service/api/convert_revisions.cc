#include "service/api/convert_revisions.h"

#include <cstdint>

#include "service/api/convert.h"
#include "service/api/convert_figure.h"
#include "service/api/convert_statistics.h"
#include "service/base/status_macros.h"

namespace collate::api {
namespace {

static_assert(static_cast<int>(query::RevisionKind::kStateChanged) ==
              v1::RevisionKind_MAX);

absl::Status SetEdition(const query::EditionFigure& figure,
                        const query::Snapshot& snapshot, v1::OneFigure* message,
                        v1::Citation* citation) {
  SetFigure({figure.state, figure.value, figure.bounds, figure.scale}, message);
  COLLATE_ASSIGN_OR_RETURN(query::Citation cited, snapshot.Cite(figure.ref));
  *citation = ToProto(std::move(cited));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Revision> ToProto(const query::Revision& revision,
                                     const query::Snapshot& before,
                                     const query::Snapshot& after) {
  v1::Revision result;
  result.set_kind(static_cast<v1::RevisionKind>(revision.kind));
  result.set_measure(revision.measure);
  result.set_universe(revision.universe);
  SetCoordinate(after.vocabulary().reporters(), revision.reporter,
                result.add_coordinates());
  for (size_t i = 0; i < revision.dimensions.size(); ++i) {
    SetCoordinate(*revision.dimensions[i], revision.members[i],
                  result.add_coordinates());
  }
  *result.mutable_period() = ToProto(revision.period);
  if (revision.before.has_value()) {
    COLLATE_RETURN_IF_ERROR(SetEdition(*revision.before, before,
                                       result.mutable_before(),
                                       result.mutable_before_citation()));
  }
  if (revision.after.has_value()) {
    COLLATE_RETURN_IF_ERROR(SetEdition(*revision.after, after,
                                       result.mutable_after(),
                                       result.mutable_after_citation()));
  }
  result.set_silent(revision.silent);
  return result;
}

v1::ReporterRevisions ToProto(vocabulary::MemberId reporter,
                              const query::ReporterRevisions& revisions,
                              const vocabulary::Dimension& reporters) {
  v1::ReporterRevisions result;
  result.set_reporter(reporters.member(reporter).code);
  result.set_title(reporters.member(reporter).title);
  for (const auto& [kind, count] : revisions.counts) {
    v1::RevisionCount* entry = result.add_counts();
    entry->set_kind(static_cast<v1::RevisionKind>(kind));
    entry->set_count(static_cast<int32_t>(count));
  }
  result.set_silent_count(static_cast<int32_t>(revisions.silent));
  return result;
}

}  // namespace collate::api
