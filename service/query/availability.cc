#include "service/query/availability.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "service/query/fetch_scope.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::Dimension;
using vocabulary::Measure;
using vocabulary::MemberId;
using vocabulary::Period;

// Rows between two looks at whether anybody still waits.
constexpr size_t kPollRows = 1 << 16;

absl::Status Gone() { return absl::CancelledError("the caller has gone away"); }

// Adds what `column` has to `members`; rows of one member stand together, so
// that most need no search.
void AddRow(MemberId member, std::optional<MemberId>& last,
            std::set<MemberId>& members) {
  if (last == member) return;
  last = member;
  if (member != vocabulary::kUnmapped) members.insert(member);
}

absl::Status AddTable(const SliceTable& table, KnownTime as_of,
                      const std::function<bool()>& cancelled,
                      Available& entry) {
  std::vector<std::optional<MemberId>> last(table.axes.size());
  std::optional<MemberId> last_reporter;
  for (size_t row = 0; row < table.row_count(); ++row) {
    if (row % kPollRows == 0 && cancelled()) return Gone();
    if (table.derived(row) || !table.Holds(row, as_of)) continue;
    ++entry.rows;
    for (size_t axis = 0; axis < table.axes.size(); ++axis) {
      AddRow(table.member(axis, row), last[axis],
             entry.dimensions[axis].members);
    }
    AddRow(table.reporter(row), last_reporter, entry.reporters);
    entry.periods.insert({table.period(row), table.period_kind(row)});
  }
  return absl::OkStatus();
}

// The asked members that a row's member counts in.
class Belonging {
 public:
  Belonging(const AskedDimension& asked, const std::vector<Period>& periods)
      : asked_(asked) {
    for (const MemberId member : asked.members) {
      std::set<MemberId> below = {member};
      for (const Period& period : periods) {
        const auto on =
            asked.dimension->SelfAndDescendants(member, period.days.begin);
        below.insert(on.begin(), on.end());
      }
      for (const MemberId one : below) of_[one].push_back(member);
    }
  }
  const Dimension* dimension() const { return asked_.dimension; }
  // Null for none.
  const std::vector<MemberId>* Of(MemberId member) const {
    const auto found = of_.find(member);
    return found == of_.end() ? nullptr : &found->second;
  }

 private:
  const AskedDimension& asked_;
  absl::flat_hash_map<MemberId, std::vector<MemberId>> of_;
};

// The cells that a row belongs to, by group_by members; empty for none.
std::vector<Coordinates> CellsOf(const SliceTable& table, size_t row,
                                 const Plan& plan,
                                 const std::vector<Belonging>& belonging,
                                 const std::vector<size_t>& axes) {
  absl::flat_hash_map<const Dimension*, const std::vector<MemberId>*> of;
  for (size_t d = 0; d < belonging.size(); ++d) {
    const auto* members = belonging[d].Of(table.member(axes[d], row));
    if (members == nullptr) return {};
    of[belonging[d].dimension()] = members;
  }
  const std::vector<MemberId> reporter = {table.reporter(row)};
  std::vector<Coordinates> cells = {{}};
  for (const Dimension* dimension : plan.group_by) {
    const auto found = of.find(dimension);
    const auto& members = found == of.end() ? reporter : *found->second;
    std::vector<Coordinates> longer;
    for (const auto& prefix : cells) {
      for (const MemberId member : members) {
        longer.push_back(prefix);
        longer.back().push_back(member);
      }
    }
    cells = std::move(longer);
  }
  return cells;
}

}  // namespace

absl::StatusOr<std::vector<Available>> AvailabilityOf(
    const Snapshot& snapshot, const std::vector<const Measure*>& measures,
    KnownTime as_of, const std::function<bool()>& cancelled) {
  if (const absl::Status all = CheckAllFetched(snapshot); !all.ok()) return all;
  const std::vector<std::string>& sources = snapshot.sources();
  std::vector<Available> result;
  for (const Measure* measure : measures) {
    // A slice may have several tables, which differ in what is declared of
    // them.
    std::map<std::tuple<std::ptrdiff_t, std::vector<store::Axis>, std::string,
                        store::Partition>,
             Available>
        entries;
    for (const SliceTable& table : snapshot.tables()) {
      if (table.slice.measure != measure->code || table.unmapped) continue;
      const auto source =
          std::find(sources.begin(), sources.end(), table.source);
      Available& entry = entries[{source - sources.begin(), table.slice.axes,
                                  table.slice.universe, table.slice.partition}];
      if (entry.measure == nullptr) {
        entry.measure = measure;
        entry.source = table.source;
        entry.universe = table.slice.universe;
        entry.partition = table.slice.partition;
        for (size_t axis = 0; axis < table.axes.size(); ++axis) {
          entry.dimensions.push_back(
              {table.axes[axis], table.slice.axes[axis].level, {}});
        }
      }
      if (const absl::Status status = AddTable(table, as_of, cancelled, entry);
          !status.ok()) {
        return status;
      }
    }
    for (auto& [key, entry] : entries) {
      if (entry.rows > 0) result.push_back(std::move(entry));
    }
  }
  return result;
}

absl::StatusOr<std::map<Coordinates, Periods>> UnalignedPeriods(
    const Snapshot& snapshot, const Plan& plan, const Measure& measure,
    const std::function<bool()>& cancelled) {
  if (const absl::Status all = CheckFetched(plan, snapshot); !all.ok()) {
    return all;
  }
  std::vector<Belonging> belonging;
  for (const AskedDimension& asked : plan.dimensions) {
    belonging.emplace_back(asked, plan.periods);
  }
  std::map<Coordinates, Periods> result;
  for (const SliceTable& table : snapshot.tables()) {
    if (table.slice.measure != measure.code || table.unmapped ||
        table.slice.universe != plan.universe) {
      continue;
    }
    std::vector<size_t> axes;
    for (const Belonging& one : belonging) {
      const auto axis =
          std::find(table.axes.begin(), table.axes.end(), one.dimension());
      if (axis == table.axes.end()) break;
      axes.push_back(static_cast<size_t>(axis - table.axes.begin()));
    }
    if (axes.size() < belonging.size()) continue;
    for (size_t row = 0; row < table.row_count(); ++row) {
      if (row % kPollRows == 0 && cancelled()) return Gone();
      if (table.derived(row) || !table.Holds(row, plan.as_of) ||
          !vocabulary::IsPrinted(table.state(row)) ||
          !std::binary_search(plan.reporters.begin(), plan.reporters.end(),
                              table.reporter(row))) {
        continue;
      }
      const vocabulary::DayInterval& days = table.period(row);
      const bool unaligned = std::any_of(
          plan.periods.begin(), plan.periods.end(), [&days](const Period& one) {
            return one.days.Overlaps(days) && one.days != days;
          });
      if (!unaligned) continue;
      for (const auto& cell : CellsOf(table, row, plan, belonging, axes)) {
        result[cell].insert({days, table.period_kind(row)});
      }
    }
  }
  return result;
}

}  // namespace collate::query
