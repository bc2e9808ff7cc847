#include "service/api/convert_conflicts.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "service/api/convert.h"
#include "service/api/convert_figure.h"
#include "service/base/status_macros.h"

namespace collate::api {
namespace {

constexpr size_t kCitedCells = 100;

static_assert(static_cast<int>(query::ConflictKind::kSilentRevision) ==
              v1::ConflictKind_MAX);

absl::Status SetSide(const query::ConflictSide& side,
                     const query::Snapshot& snapshot,
                     v1::ConflictSide* result) {
  result->set_source(
      absl::StrCat("sources/", EncodeSegment(View(side.source))));
  result->set_measure(side.measure);
  result->set_universe(side.universe);
  for (const auto& [dimension, member] : side.members) {
    SetCoordinate(*dimension, member, result->add_coordinates());
  }
  SetFigure(side.figure, result->mutable_figure());
  SetPrinters(snapshot, side.rows, result->mutable_figure());
  if (side.base.has_value()) SetFigure(*side.base, result->mutable_base());
  result->set_citation_count(static_cast<int32_t>(side.rows.size()));
  return AddCitations(absl::MakeConstSpan(side.rows).subspan(0, kCitedCells),
                      snapshot, result->mutable_citations());
}

}  // namespace

absl::StatusOr<v1::FigureConflict> ToProto(
    const query::FigureConflict& conflict, const query::Snapshot& snapshot) {
  v1::FigureConflict result;
  result.set_kind(static_cast<v1::ConflictKind>(conflict.kind));
  result.set_message(conflict.message);
  SetCoordinate(snapshot.vocabulary().reporters(), conflict.reporter,
                result.add_coordinates());
  for (const auto& [dimension, member] : conflict.members) {
    SetCoordinate(*dimension, member, result.add_coordinates());
  }
  *result.mutable_period() = ToProto(conflict.period);
  for (const query::ConflictSide* side : {&conflict.first, &conflict.second}) {
    COLLATE_RETURN_IF_ERROR(SetSide(*side, snapshot, result.add_sides()));
  }
  for (const query::ConflictSide* side : {&conflict.first, &conflict.second}) {
    for (const query::RowRef& row : side->rows) {
      if (snapshot.release_of(row).synthetic) result.set_synthetic(true);
    }
  }
  return result;
}

}  // namespace collate::api
