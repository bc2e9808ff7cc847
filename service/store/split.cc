// SortAndSplit and ValidateObservations of chunk.h.

#include <algorithm>
#include <atomic>
#include <compare>
#include <iterator>
#include <numeric>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/chunk.h"
#include "service/store/columns.h"
#include "service/store/slice_codec.h"

namespace collate::store {
namespace {

absl::Status Invalid(const Observations& observations,
                     absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_OBSERVATIONS",
                     absl::StrCat("observations of '",
                                  observations.slice.measure, "': ", message))
      .With("measure", observations.slice.measure);
}

// Every column that holds indexes into the strings; f(id by reference).
template <typename O, typename F>
void ForEachStringId(O& o, size_t row, F&& f) {
  f(o.reporter.member[row]);
  f(o.reporter.label[row]);
  for (auto& axis : o.axes) {
    f(axis.member[row]);
    f(axis.label[row]);
  }
  f(o.period_text[row]);
  f(o.raw[row]);
  f(o.reason[row]);
  if (!o.stated.empty()) {
    f(o.stated.coverage[row]);
    f(o.stated.printed_by[row]);
  }
  f(o.locator[row].part);
  f(o.locator[row].sheet);
}

// rank[id]: where the text of `id` stands among the sorted different texts.
std::vector<uint32_t> Ranks(const std::vector<std::string>& strings,
                            std::vector<uint32_t>* text_of_rank) {
  std::vector<uint32_t> order(strings.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&strings](uint32_t a, uint32_t b) {
    return strings[a] < strings[b];
  });
  std::vector<uint32_t> rank(strings.size());
  for (const uint32_t id : order) {
    if (text_of_rank->empty() || strings[text_of_rank->back()] != strings[id]) {
      text_of_rank->push_back(id);
    }
    rank[id] = static_cast<uint32_t>(text_of_rank->size() - 1);
  }
  return rank;
}

// Axes in the order of sorting: offence first.
std::vector<size_t> AxisOrder(const Slice& slice) {
  std::vector<size_t> order(slice.axes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto offence = std::find_if(
      order.begin(), order.end(),
      [&slice](size_t a) { return slice.axes[a].dimension == "offence"; });
  if (offence != order.end()) std::rotate(order.begin(), offence, offence + 1);
  return order;
}

template <typename T>
std::vector<T> Pick(const std::vector<T>& from,
                    const std::vector<uint32_t>& rows) {
  std::vector<T> picked;
  picked.reserve(rows.size());
  for (const uint32_t row : rows) picked.push_back(from[row]);
  return picked;
}

Observations PickRows(const Observations& from,
                      const std::vector<uint32_t>& rows) {
  Observations piece;
  piece.slice = from.slice;
  piece.scale = from.scale;
  for (const Observations::AxisColumn& axis : from.axes) {
    piece.axes.push_back({Pick(axis.member, rows), Pick(axis.label, rows)});
  }
  piece.reporter = {Pick(from.reporter.member, rows),
                    Pick(from.reporter.label, rows)};
  piece.period_begin = Pick(from.period_begin, rows);
  piece.period_end = Pick(from.period_end, rows);
  piece.period_kind = Pick(from.period_kind, rows);
  piece.period_text = Pick(from.period_text, rows);
  piece.state = Pick(from.state, rows);
  piece.flags = Pick(from.flags, rows);
  piece.has = Pick(from.has, rows);
  piece.value = Pick(from.value, rows);
  piece.lower = Pick(from.lower, rows);
  piece.upper = Pick(from.upper, rows);
  piece.raw = Pick(from.raw, rows);
  piece.reason = Pick(from.reason, rows);
  piece.records = Pick(from.records, rows);
  piece.locator = Pick(from.locator, rows);
  if (!from.stated.empty()) {
    piece.stated = {Pick(from.stated.reporters, rows),
                    Pick(from.stated.coverage, rows),
                    Pick(from.stated.printed_by, rows)};
  }
  return piece;
}

// Whether the strings are sorted, each once, and used.
bool HasOwnStrings(const Observations& o) {
  for (size_t i = 1; i < o.strings.size(); ++i) {
    if (o.strings[i - 1] >= o.strings[i]) return false;
  }
  std::vector<bool> used(o.strings.size(), false);
  used[0] = true;
  for (size_t row = 0; row < o.row_count(); ++row) {
    ForEachStringId(o, row, [&used](uint32_t id) { used[id] = true; });
  }
  return std::find(used.begin(), used.end(), false) == used.end();
}

}  // namespace

absl::Status ValidateObservations(const Observations& observations) {
  COLLATE_RETURN_IF_ERROR(ValidateSlice(observations.slice));
  if (observations.strings.empty() || !observations.strings[0].empty()) {
    return Invalid(observations, "string 0 must be the empty string");
  }
  if (observations.axes.size() != observations.slice.axes.size()) {
    return Invalid(observations,
                   absl::StrCat(observations.axes.size(), " axis columns for ",
                                observations.slice.axes.size(), " axes"));
  }
  if (observations.scale < -kMaxScale || observations.scale > kMaxScale) {
    return Invalid(observations,
                   absl::StrCat("scale ", observations.scale, ", expected -",
                                kMaxScale, " to ", kMaxScale));
  }
  absl::Status status;
  VisitColumns(observations, [&](const ColumnInfo& info, size_t rows,
                                 const auto& at) {
    if (rows != observations.row_count()) {
      status = Invalid(observations, absl::StrCat("column ", info.name, " has ",
                                                  rows, " rows, expected ",
                                                  observations.row_count()));
      return false;
    }
    for (size_t row = 0; row < rows; ++row) {
      const int64_t value = static_cast<int64_t>(at(row));
      if (value < info.least || value > info.most) {
        status = Invalid(
            observations,
            absl::StrCat("row ", row, ", column ", info.name, ": ", value,
                         ", expected ", info.least, " to ", info.most));
        return false;
      }
    }
    return true;
  });
  return status;
}

absl::StatusOr<std::vector<Observations>> SortAndSplit(
    const Observations& observations, size_t max_rows) {
  COLLATE_RETURN_IF_ERROR(ValidateObservations(observations));
  if (max_rows == 0 || max_rows > kMaxChunkRows) {
    return Invalid(observations,
                   absl::StrCat("pieces of ", max_rows, " rows, expected 1 to ",
                                kMaxChunkRows));
  }
  const Observations& o = observations;
  const size_t count = o.row_count();
  std::vector<uint32_t> text_of_rank;
  const std::vector<uint32_t> rank = Ranks(o.strings, &text_of_rank);
  const std::vector<size_t> axes = AxisOrder(o.slice);

  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  const auto before = [&](uint32_t a, uint32_t b) {
    const auto by_member = [&](const Observations::AxisColumn& column) {
      return rank[column.member[a]] <=> rank[column.member[b]];
    };
    if (!axes.empty()) {
      if (const auto c = by_member(o.axes[axes[0]]); c != 0) return c < 0;
    }
    if (const auto c = by_member(o.reporter); c != 0) return c < 0;
    if (o.period_begin[a] != o.period_begin[b]) {
      return o.period_begin[a] < o.period_begin[b];
    }
    if (o.period_end[a] != o.period_end[b]) {
      return o.period_end[a] < o.period_end[b];
    }
    for (size_t k = 1; k < axes.size(); ++k) {
      if (const auto c = by_member(o.axes[axes[k]]); c != 0) return c < 0;
    }
    Locator at_a = o.locator[a];
    Locator at_b = o.locator[b];
    for (Locator* at : {&at_a, &at_b}) {
      at->part = rank[at->part];
      at->sheet = rank[at->sheet];
    }
    return at_a < at_b;
  };
  // Most publishers print them in an order that is nearly ours.
  if (!std::is_sorted(order.begin(), order.end(), before)) {
    std::stable_sort(order.begin(), order.end(), before);
  } else if (count > 0 && count <= max_rows && HasOwnStrings(o)) {
    return std::vector<Observations>{o};
  }

  std::vector<Observations> pieces;
  constexpr uint32_t kUnused = ~uint32_t{0};
  std::vector<uint32_t> id_of_rank;
  for (size_t begin = 0; begin < count; begin += max_rows) {
    const size_t end = std::min(count, begin + max_rows);
    Observations& piece = pieces.emplace_back(PickRows(
        o, std::vector<uint32_t>(order.begin() + begin, order.begin() + end)));
    id_of_rank.assign(text_of_rank.size(), kUnused);
    id_of_rank[0] = 0;  // the empty string sorts first
    for (size_t row = 0; row < piece.row_count(); ++row) {
      ForEachStringId(piece, row,
                      [&](uint32_t& id) { id_of_rank[rank[id]] = 0; });
    }
    piece.strings.clear();
    for (size_t r = 0; r < id_of_rank.size(); ++r) {
      if (id_of_rank[r] == kUnused) continue;
      id_of_rank[r] = static_cast<uint32_t>(piece.strings.size());
      piece.strings.push_back(o.strings[text_of_rank[r]]);
    }
    for (size_t row = 0; row < piece.row_count(); ++row) {
      ForEachStringId(piece, row,
                      [&](uint32_t& id) { id = id_of_rank[rank[id]]; });
    }
  }
  return pieces;
}

absl::StatusOr<std::vector<Observations>> SortAndSplitAll(
    const std::vector<Observations>& all) {
  std::vector<absl::StatusOr<std::vector<Observations>>> split(
      all.size(),
      absl::StatusOr<std::vector<Observations>>(std::vector<Observations>()));
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < all.size(); i = next++) {
      split[i] = SortAndSplit(all[i]);
    }
  };
  size_t rows = 0;
  for (const Observations& one : all) rows += one.row_count();
  if (all.size() > 1 && rows > kMaxChunkRows) {
    std::thread other(work);
    work();
    other.join();
  } else {
    work();
  }
  std::vector<Observations> pieces;
  for (absl::StatusOr<std::vector<Observations>>& one : split) {
    COLLATE_RETURN_IF_ERROR(one.status());
    std::move(one->begin(), one->end(), std::back_inserter(pieces));
  }
  return pieces;
}

}  // namespace collate::store
