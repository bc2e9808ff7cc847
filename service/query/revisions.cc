#include "service/query/revisions.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/base/status_macros.h"
#include "service/query/fetch_scope.h"
#include "service/query/row_numbers.h"

namespace collate::query {
namespace {

using vocabulary::DayInterval;
using vocabulary::kUnmapped;
using vocabulary::MemberId;

constexpr size_t kRowsBetweenChecks = 8192;

// One row that an edition states.
struct Entry {
  size_t measure = 0;  // in vocabulary order
  const SliceTable* table = nullptr;
  const Snapshot* snapshot = nullptr;
  uint32_t row = 0;
  bool after = false;
  std::vector<std::string> labels;  // as printed, where some are not known

  MemberId reporter() const { return table->reporter(row); }
  MemberId member(size_t axis) const { return table->member(axis, row); }
  RowRef ref() const { return table->ref(row); }
  // A label that nobody knows is its own member.
  absl::string_view label(size_t axis) const {
    if (member(axis) != kUnmapped) return "";
    return labels[axis];
  }
};

template <typename T>
int Order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// Orders what two rows are about, in the order of the list.
int CompareKeys(const Entry& a, const Entry& b) {
  if (const int by = Order(a.measure, b.measure)) return by;
  if (const int by = Order(a.reporter(), b.reporter())) return by;
  const store::Slice& x = a.table->slice;
  const store::Slice& y = b.table->slice;
  if (const int by = Order(x.universe, y.universe)) return by;
  if (const int by = Order(x.axes, y.axes)) return by;
  for (size_t axis = 0; axis < x.axes.size(); ++axis) {
    if (const int by = Order(a.member(axis), b.member(axis))) return by;
    if (const int by = Order(a.label(axis), b.label(axis))) return by;
  }
  return Order(a.table->period(a.row), b.table->period(b.row));
}

absl::StatusOr<EditionFigure> FigureOf(const Entry& entry) {
  const SliceTable& table = *entry.table;
  EditionFigure figure;
  figure.ref = entry.ref();
  figure.state = table.state(entry.row);
  figure.scale = table.scale(entry.row);
  figure.revised = (table.flags(entry.row) & vocabulary::kFlagRevised) != 0;
  COLLATE_ASSIGN_OR_RETURN(const RowNumbers numbers,
                           NumbersOf(table, entry.row, figure.scale));
  figure.bounds = numbers.bounds;
  if ((table.has(entry.row) & store::kHasValue) != 0) {
    figure.value = numbers.value;
  }
  return figure;
}

// Whether two mantissas are one number; what does not fit is another one.
bool SameNumber(const std::optional<int64_t>& a, int scale_a,
                const std::optional<int64_t>& b, int scale_b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a.has_value()) return true;
  const int scale = std::max(scale_a, scale_b);
  const auto x = ShiftDecimals(*a, scale - scale_a);
  const auto y = ShiftDecimals(*b, scale - scale_b);
  return x.ok() && y.ok() && *x == *y;
}

bool SameValue(const EditionFigure& a, const EditionFigure& b) {
  return SameNumber(a.value, a.scale, b.value, b.scale);
}

bool SameFigure(const EditionFigure& a, const EditionFigure& b) {
  return a.state == b.state && SameValue(a, b) &&
         SameNumber(a.bounds.lower, a.scale, b.bounds.lower, b.scale) &&
         SameNumber(a.bounds.upper, a.scale, b.bounds.upper, b.scale);
}

class SnapshotComparison {
 public:
  SnapshotComparison(const Snapshot& before, const Snapshot& after,
                     const RevisionOptions& options)
      : before_(before), after_(after), options_(options) {}

  absl::StatusOr<Revisions> Run() {
    COLLATE_RETURN_IF_ERROR(Collect(before_, /*after=*/false));
    COLLATE_RETURN_IF_ERROR(Collect(after_, /*after=*/true));
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) {
                if (const int by = CompareKeys(a, b)) return by < 0;
                if (a.after != b.after) return b.after;
                const RowRef x = a.ref();
                const RowRef y = b.ref();
                return std::tie(x.release, x.chunk, x.row) <
                       std::tie(y.release, y.chunk, y.row);
              });
    size_t polled = 0;
    for (size_t begin = 0; begin < entries_.size();) {
      size_t end = begin + 1;
      while (end < entries_.size() &&
             CompareKeys(entries_[begin], entries_[end]) == 0) {
        ++end;
      }
      COLLATE_RETURN_IF_ERROR(
          CompareKey(absl::MakeSpan(entries_).subspan(begin, end - begin)));
      begin = end;
      if (begin - polled >= kRowsBetweenChecks) {
        polled = begin;
        COLLATE_RETURN_IF_ERROR(options_.check());
      }
    }
    return std::move(result_);
  }

 private:
  absl::Status Collect(const Snapshot& snapshot, bool after) {
    const auto& measures = snapshot.vocabulary().measures();
    for (const SliceTable& table : snapshot.tables()) {
      if (!options_.measure.empty() &&
          table.slice.measure != options_.measure) {
        continue;
      }
      COLLATE_RETURN_IF_ERROR(options_.check());
      const auto measure = std::find_if(
          measures.begin(), measures.end(),
          [&](const auto& one) { return one.code == table.slice.measure; });
      for (uint32_t row = 0; row < table.row_count(); ++row) {
        if (table.derived(row) || !table.Holds(row, kToday)) continue;
        if (options_.reporter.has_value() &&
            table.reporter(row) != *options_.reporter) {
          continue;
        }
        Entry& entry = entries_.emplace_back(
            Entry{static_cast<size_t>(measure - measures.begin()),
                  &table,
                  &snapshot,
                  row,
                  after,
                  {}});
        if (!table.unmapped) continue;
        COLLATE_ASSIGN_OR_RETURN(
            const std::shared_ptr<const store::Observations> chunk,
            snapshot.Read(entry.ref()));
        for (const auto& axis : chunk->axes) {
          entry.labels.push_back(chunk->strings[axis.label[entry.ref().row]]);
        }
      }
    }
    return absl::OkStatus();
  }

  // `entries` are all rows of one key, those of the earlier edition first.
  absl::Status CompareKey(absl::Span<const Entry> entries) {
    std::vector<EditionFigure> before;
    std::vector<EditionFigure> after;
    for (const Entry& entry : entries) {
      COLLATE_ASSIGN_OR_RETURN(const EditionFigure figure, FigureOf(entry));
      (entry.after ? after : before).push_back(figure);
    }
    // A period that it does not speak about it has not dropped.
    if (after.empty() && !Claims(entries[0])) return absl::OkStatus();
    // A key that is printed several times is alike as often as both print the
    // same; what is left is compared in the order in which it is printed.
    std::erase_if(before, [&](const EditionFigure& one) {
      const auto same = std::find_if(after.begin(), after.end(),
                                     [&one](const EditionFigure& other) {
                                       return SameFigure(one, other);
                                     });
      if (same == after.end()) return false;
      after.erase(same);
      ++result_.unchanged;
      return true;
    });
    for (size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
      Add(entries[0], i < before.size() ? &before[i] : nullptr,
          i < after.size() ? &after[i] : nullptr);
    }
    return absl::OkStatus();
  }

  void Add(const Entry& key, const EditionFigure* before,
           const EditionFigure* after) {
    Revision revision;
    if (before == nullptr) {
      revision.kind = RevisionKind::kAdded;
    } else if (after == nullptr) {
      revision.kind = RevisionKind::kDropped;
    } else {
      const bool numbers =
          before->value.has_value() && after->value.has_value();
      revision.kind = numbers && (!SameValue(*before, *after) ||
                                  before->state == after->state)
                          ? RevisionKind::kChanged
                          : RevisionKind::kStateChanged;
      revision.silent = !after->revised;
    }
    if (options_.silent_only && !revision.silent) return;
    ReporterRevisions& counted = result_.reporters[key.reporter()];
    ++counted.counts[revision.kind];
    counted.silent += revision.silent ? 1 : 0;
    const SliceTable& table = *key.table;
    revision.measure = table.slice.measure;
    revision.universe = table.slice.universe;
    revision.reporter = key.reporter();
    revision.dimensions = table.axes;
    for (size_t axis = 0; axis < table.axes.size(); ++axis) {
      revision.members.push_back(key.member(axis));
    }
    revision.period = {table.period(key.row), table.period_kind(key.row)};
    if (before != nullptr) revision.before = *before;
    if (after != nullptr) revision.after = *after;
    result_.revisions.push_back(std::move(revision));
  }

  // Whether the later edition claims to speak about what the row is about.
  bool Claims(const Entry& entry) const {
    const SliceTable& table = *entry.table;
    if (table.unmapped) return false;
    const std::string& reporter =
        before_.vocabulary().reporters().member(entry.reporter()).code;
    const DayInterval& days = table.period(entry.row);
    for (const auto& loaded : after_.releases()) {
      for (const store::Extent& extent : loaded->release.extents) {
        if (extent.slice.measure == table.slice.measure &&
            extent.slice.universe == table.slice.universe &&
            extent.slice.axes == table.slice.axes &&
            std::binary_search(extent.reporters.begin(), extent.reporters.end(),
                               reporter) &&
            std::any_of(extent.periods.begin(), extent.periods.end(),
                        [&days](const DayInterval& period) {
                          return period.Contains(days);
                        })) {
          return true;
        }
      }
    }
    return false;
  }

  const Snapshot& before_;
  const Snapshot& after_;
  const RevisionOptions& options_;
  std::vector<Entry> entries_;
  Revisions result_;
};

}  // namespace

absl::StatusOr<Revisions> FindRevisions(const Snapshot& before,
                                        const Snapshot& after,
                                        const RevisionOptions& options) {
  COLLATE_RETURN_IF_ERROR(CheckAllFetched(before));
  COLLATE_RETURN_IF_ERROR(CheckAllFetched(after));
  return SnapshotComparison(before, after, options).Run();
}

}  // namespace collate::query
