#include "service/disclosure/tables.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/state.h"

namespace collate::disclosure {
namespace {

using store::Aggregation;
using store::Floor;
using store::Observations;
using vocabulary::Dimension;
using vocabulary::Measure;
using vocabulary::State;

bool IsCount(const Measure* measure, const Observations& chunk) {
  return chunk.scale == 0 && chunk.slice.aggregation != Aggregation::kNone &&
         (measure == nullptr ||
          (!measure->ratio.has_value() && !measure->share.has_value()));
}

// Nothing that is due is added: it has no number, or stands in another.
bool AddsNothing(State state) {
  return vocabulary::IsNeverDue(state) || state == State::kIncludedElsewhere;
}

bool IsTooLarge(const std::optional<int64_t>& number) {
  return number.has_value() && (*number > kMaxNumber || *number < -kMaxNumber);
}

std::string InWords(const Stated& figure, Floor floor) {
  std::string text = absl::StrCat(static_cast<int>(figure.state), "/",
                                  static_cast<int>(floor));
  for (const std::optional<int64_t>& number :
       {figure.value, figure.bounds.lower, figure.bounds.upper}) {
    absl::StrAppend(&text, "/",
                    number.has_value() ? absl::StrCat(*number) : "");
  }
  return text;
}

}  // namespace

Stated StatedIn(const Observations& chunk, size_t row) {
  Stated figure;
  figure.state = chunk.state[row];
  const uint8_t has = chunk.has[row];
  if ((has & store::kHasValue) != 0) figure.value = chunk.value[row];
  if ((has & store::kHasLower) != 0) figure.bounds.lower = chunk.lower[row];
  if ((has & store::kHasUpper) != 0) figure.bounds.upper = chunk.upper[row];
  return figure;
}

absl::StatusOr<std::vector<std::vector<uint32_t>>> Tables::Add(
    const std::string& source, const std::vector<Observations>& release) {
  for (const Observations& chunk : release) {
    for (size_t row = 0; row < chunk.row_count(); ++row) {
      const Stated figure = StatedIn(chunk, row);
      if (IsTooLarge(figure.value) || IsTooLarge(figure.bounds.lower) ||
          IsTooLarge(figure.bounds.upper)) {
        return base::Error(absl::StatusCode::kResourceExhausted,
                           "DISCLOSURE_LIMIT",
                           absl::StrCat("a figure is beyond ", kMaxNumber,
                                        ", up to which sums are exact"))
            .With("limit", absl::StrCat(kMaxNumber));
      }
    }
  }
  View stated;
  std::vector<std::vector<uint32_t>> ids(release.size());
  for (size_t c = 0; c < release.size(); ++c) {
    const Observations& chunk = release[c];
    const Measure* measure =
        keys_.vocabulary().FindMeasure(chunk.slice.measure);
    ids[c].assign(chunk.row_count(), kNoCount);
    if (!IsCount(measure, chunk)) continue;
    const Subject subject = {chunk.slice.measure, chunk.slice.universe,
                             chunk.slice.aggregation};
    const uint32_t subject_id = keys_.SubjectOf(subject);
    std::vector<const Dimension*> dimensions;
    for (const store::Axis& axis : chunk.slice.axes) {
      dimensions.push_back(keys_.vocabulary().FindDimension(axis.dimension));
    }
    const bool known =
        measure != nullptr && std::find(dimensions.begin(), dimensions.end(),
                                        nullptr) == dimensions.end();
    for (size_t row = 0; row < chunk.row_count(); ++row) {
      ids[c][row] = kOutsideSums;
      if (!known || AddsNothing(chunk.state[row])) continue;
      Key key;
      key.subject = subject_id;
      key.days = {chunk.period_begin[row], chunk.period_end[row]};
      key.at.push_back(
          keys_.CoordinateOf(&keys_.vocabulary().reporters(),
                             chunk.strings[chunk.reporter.member[row]],
                             chunk.strings[chunk.reporter.label[row]]));
      for (size_t axis = 0; axis < dimensions.size(); ++axis) {
        key.at.push_back(keys_.CoordinateOf(
            dimensions[axis], chunk.strings[chunk.axes[axis].member[row]],
            chunk.strings[chunk.axes[axis].label[row]]));
      }
      keys_.Sort(key.at);
      const uint32_t key_id = keys_.IdOf(key);
      Entry& entry = stated[key];
      const bool added =
          (chunk.flags[row] & vocabulary::kFlagRepeatedKeyAdded) != 0;
      const Stated truth = StatedIn(chunk, row);
      const size_t which = added ? entry.cells.size() : 0;
      const auto [cell_at, new_cell] = cell_ids_.try_emplace(
          {key_id, InWords(truth, chunk.slice.floor), which},
          static_cast<uint32_t>(cells_.size()));
      if (!added && !entry.cells.empty() &&
          entry.cells.front() != cell_at->second) {
        // Of a cell that a release contests the first statement is the one
        // that answers; the others are never shown.
        if (new_cell) cell_ids_.erase(cell_at);
        ids[c][row] = kOtherStatement;
        continue;
      }
      if (new_cell) {
        cells_.push_back({truth, chunk.slice.floor, true, key_id});
      }
      ids[c][row] = cell_at->second;
      if (added || entry.cells.empty()) entry.cells.push_back(cell_at->second);
      entry.partition = chunk.slice.partition;
      entry.kind = chunk.period_kind[row];
      entry.ignores_markers =
          entry.ignores_markers ||
          (chunk.flags[row] & vocabulary::kFlagTotalIgnoresMarkers) != 0;
    }
  }
  std::vector<Relation> made;
  COLLATE_RETURN_IF_ERROR(RelateAll(stated, made));
  // What an edition leaves out, its source still states. The two may not fit.
  View& view = views_[source];
  const bool is_first = view.empty();
  for (auto& [key, entry] : stated) view[key] = std::move(entry);
  if (!is_first) COLLATE_RETURN_IF_ERROR(RelateAll(view, made));
  Keep(std::move(made));
  return ids;
}

absl::Status Tables::RelateAll(const View& view, std::vector<Relation>& made) {
  for (const View& one : SplitView(keys_, view)) {
    // Whatever was stated before, and alike, says nothing new.
    std::string words;
    for (const auto& [key, entry] : one) {
      for (const uint32_t cell : entry.cells)
        absl::StrAppend(&words, cell, " ");
      absl::StrAppend(&words, static_cast<int>(entry.partition),
                      entry.ignores_markers ? "-" : "+");
    }
    if (!states_.insert(base::Sha256Hex(words)).second) continue;
    COLLATE_ASSIGN_OR_RETURN(std::vector<Relation> sums,
                             SumsOf(one, keys_, cells_, unstated_));
    std::move(sums.begin(), sums.end(), std::back_inserter(made));
  }
  return absl::OkStatus();
}

void Tables::Keep(std::vector<Relation> made) {
  std::erase_if(made, [this](const Relation& relation) {
    return !known_.insert(relation).second;
  });
  for (const Relation& relation : made) known_.erase(relation);
  DropIdle(cells_, relations_, made);
  for (Relation& relation : made) {
    if (known_.insert(relation).second) {
      relations_.push_back(std::move(relation));
    }
  }
}

std::string Tables::Describe(uint32_t cell) const {
  return keys_.Describe(keys_.key(cells_[cell].key));
}

}  // namespace collate::disclosure
