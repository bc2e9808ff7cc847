#include "service/query/plausible_parts.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/statements.h"
#include "service/store/observations.h"
#include "service/vocabulary/state.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {
namespace {

using store::Floor;
using store::Partition;
using vocabulary::Dimension;
using vocabulary::MemberId;

bool IsMore(const Interval& a, const Interval& b) {
  return a.lower.has_value() && b.upper.has_value() && *a.lower > *b.upper;
}

class PartsSearch {
 public:
  explicit PartsSearch(FindingBuilder& builder) : builder_(builder) {}

  absl::Status Search(const SliceTable& parts) {
    const bool sums = builder_.Wants(FindingKind::kPartsVTotal);
    const bool single = builder_.Wants(FindingKind::kPartExceedsWhole);
    if (!(sums || single) ||
        parts.slice.aggregation != store::Aggregation::kSum) {
      return absl::OkStatus();
    }
    for (size_t axis = 0; axis < parts.axes.size(); ++axis) {
      store::Slice whole = parts.slice;
      whole.axes.erase(whole.axes.begin() + static_cast<std::ptrdiff_t>(axis));
      for (const SliceTable& totals : builder_.snapshot().tables()) {
        if (totals.source != parts.source || totals.unmapped ||
            totals.slice.measure != whole.measure ||
            totals.slice.universe != whole.universe ||
            totals.slice.aggregation != whole.aggregation ||
            totals.slice.axes != whole.axes) {
          continue;
        }
        COLLATE_RETURN_IF_ERROR(CompareParts(totals, parts, axis));
      }
      for (const SliceTable& totals : builder_.snapshot().tables()) {
        if (sums && IsWiderBy(totals, parts, axis)) {
          COLLATE_RETURN_IF_ERROR(CompareBelow(totals, parts, axis));
        }
      }
    }
    return sums ? CompareBelow(parts, parts, std::nullopt) : absl::OkStatus();
  }

 private:
  using Key = std::vector<uint32_t>;
  struct Sum {
    Interval interval = Interval::Exactly(0);
    std::vector<uint32_t> rows;
  };
  using Sums = absl::flat_hash_map<Key, Sum>;

  // The rows of a table by release, reporter, period and the members of all
  // axes but one.
  absl::Status Collect(const SliceTable& table, std::optional<size_t> without,
                       Sums* sums) const {
    Key key;
    for (uint32_t row = 0; row < table.row_count(); ++row) {
      if (row % kCheckEvery == 0) COLLATE_RETURN_IF_ERROR(builder_.Check());
      if (!builder_.IsCurrent(table, row)) continue;
      key.assign({table.release(row), table.reporter(row),
                  static_cast<uint32_t>(table.period(row).begin),
                  static_cast<uint32_t>(table.period(row).end)});
      for (size_t axis = 0; axis < table.axes.size(); ++axis) {
        if (axis != without) key.push_back(table.member(axis, row));
      }
      Add(table, row, &(*sums)[key]);
    }
    return absl::OkStatus();
  }

  static void Add(const SliceTable& table, uint32_t row, Sum* sum) {
    sum->rows.push_back(row);
    const bool contested = row > 0 && IsFurtherStatement(table, row - 1, row);
    // It is a sum of some of the parts only, and says nothing of the others.
    const bool ignores =
        (table.flags(row) & vocabulary::kFlagTotalIgnoresMarkers) != 0;
    if (contested || ignores ||
        !AddTo(IntervalOf(table, row), &sum->interval).ok()) {
      // Beyond 64 bits, and where a cell is contested, nothing can be
      // compared.
      sum->interval = Interval::Unknown();
    }
  }

  absl::Status CompareParts(const SliceTable& totals, const SliceTable& parts,
                            size_t axis) {
    Sums printed;
    Sums sums;
    COLLATE_RETURN_IF_ERROR(Collect(totals, std::nullopt, &printed));
    COLLATE_RETURN_IF_ERROR(Collect(parts, axis, &sums));
    const bool never_negative =
        totals.slice.floor == Floor::kZero && parts.slice.floor == Floor::kZero;
    const std::string& dimension = parts.slice.axes[axis].dimension;
    const bool additive = IsAdditive(parts, dimension);
    const bool complete = parts.slice.partition == Partition::kComplete &&
                          !HasFurtherParts(parts, axis);
    for (const auto& [key, total] : printed) {
      const auto found = sums.find(key);
      if (found == sums.end()) continue;
      const Sum& sum = found->second;
      if (never_negative) {
        bool exceeded = false;
        for (const uint32_t row : sum.rows) {
          if (!IsMore(IntervalOf(parts, row), total.interval)) continue;
          exceeded = true;
          if (builder_.Wants(FindingKind::kPartExceedsWhole)) {
            TellExcess(totals, total, parts, row);
          }
        }
        if (exceeded) continue;
      }
      if (!builder_.Wants(FindingKind::kPartsVTotal) || !additive ||
          parts.slice.partition == Partition::kMultiResponse) {
        continue;
      }
      const bool more = IsMore(sum.interval, total.interval);
      const bool less = IsMore(total.interval, sum.interval);
      if ((more && (complete || never_negative)) || (less && complete)) {
        TellSum(totals, total, parts, sum, dimension);
      }
    }
    return absl::OkStatus();
  }

  // Whether the tables differ only in that `totals` has a wider level of one
  // axis.
  static bool IsWiderBy(const SliceTable& totals, const SliceTable& parts,
                        size_t axis) {
    if (&totals == &parts || totals.source != parts.source || totals.unmapped ||
        totals.axes != parts.axes ||
        totals.slice.measure != parts.slice.measure ||
        totals.slice.universe != parts.slice.universe ||
        totals.slice.aggregation != parts.slice.aggregation ||
        LevelOf(totals, axis) >= LevelOf(parts, axis)) {
      return false;
    }
    std::vector<store::Axis> axes = totals.slice.axes;
    axes[axis].level = parts.slice.axes[axis].level;
    return axes == parts.slice.axes;
  }

  // Compares the rows of members that are sums of others, of one axis or of
  // the reporters, with the rows of the narrower members that they contain.
  // Whether those are all of them is said nowhere: only their being more than
  // the total is a contradiction.
  absl::Status CompareBelow(const SliceTable& totals, const SliceTable& parts,
                            std::optional<size_t> axis) {
    const Dimension& dimension =
        axis.has_value() ? *parts.axes[*axis]
                         : builder_.snapshot().vocabulary().reporters();
    const bool never_negative =
        totals.slice.floor == Floor::kZero && parts.slice.floor == Floor::kZero;
    if (!IsAdditive(parts, dimension.code()) ||
        parts.slice.partition == Partition::kMultiResponse) {
      return absl::OkStatus();
    }
    const auto member_of = [&](const SliceTable& table, size_t row) {
      return axis.has_value() ? table.member(*axis, row) : table.reporter(row);
    };
    // Reporters of all levels stand in one table, members of an axis in one
    // table for each level.
    const auto is_sum = [&](MemberId member) {
      const auto level = static_cast<size_t>(dimension.member(member).level);
      return dimension.levels()[level].aggregate;
    };
    const auto key_of = [&](const SliceTable& table, size_t row,
                            MemberId member) {
      Key key = {table.release(row),
                 axis.has_value() ? table.reporter(row) : member,
                 static_cast<uint32_t>(table.period(row).begin),
                 static_cast<uint32_t>(table.period(row).end)};
      for (size_t i = 0; i < table.axes.size(); ++i) {
        key.push_back(axis == i ? member : table.member(i, row));
      }
      return key;
    };
    Sums printed;
    std::set<MemberId> wholes;
    for (uint32_t row = 0; row < totals.row_count(); ++row) {
      if (row % kCheckEvery == 0) COLLATE_RETURN_IF_ERROR(builder_.Check());
      const MemberId member = member_of(totals, row);
      if (!builder_.IsCurrent(totals, row) ||
          !(axis.has_value() || is_sum(member))) {
        continue;
      }
      wholes.insert(member);
      Add(totals, row, &printed[key_of(totals, row, member)]);
    }
    if (wholes.empty()) return absl::OkStatus();
    Sums sums;
    for (uint32_t row = 0; row < parts.row_count(); ++row) {
      if (row % kCheckEvery == 0) COLLATE_RETURN_IF_ERROR(builder_.Check());
      const MemberId member = member_of(parts, row);
      // The filter on reporters is one on totals where reporters are parts.
      if (axis.has_value() ? !builder_.IsCurrent(parts, row)
                           : is_sum(member) || !builder_.Stands(parts, row)) {
        continue;
      }
      for (const MemberId whole : wholes) {
        if (dimension.Contains(whole, member, parts.period(row).begin)) {
          Add(parts, row, &sums[key_of(parts, row, whole)]);
        }
      }
    }
    for (const auto& [key, total] : printed) {
      const auto found = sums.find(key);
      if (found == sums.end()) continue;
      const Sum& sum = found->second;
      if (!IsMore(sum.interval, total.interval)) continue;
      const MemberId whole = member_of(totals, total.rows[0]);
      if (never_negative || HasAllBelow(dimension, whole, parts, sum, axis)) {
        TellSum(totals, total, parts, sum, dimension.code());
      }
    }
    return absl::OkStatus();
  }

  // Whether every narrowest member of `whole` has a row in the sum.
  bool HasAllBelow(const Dimension& dimension, MemberId whole,
                   const SliceTable& parts, const Sum& sum,
                   std::optional<size_t> axis) const {
    std::set<MemberId> there;
    for (const uint32_t row : sum.rows) {
      there.insert(axis.has_value() ? parts.member(*axis, row)
                                    : parts.reporter(row));
    }
    const vocabulary::Day day = parts.period(sum.rows[0]).begin;
    for (const MemberId id : dimension.SelfAndDescendants(whole, day)) {
      const auto level = static_cast<size_t>(dimension.member(id).level);
      const bool is_part = axis.has_value()
                               ? level == LevelOf(parts, *axis)
                               : !dimension.levels()[level].aggregate;
      if (is_part && there.count(id) == 0) return false;
    }
    return true;
  }

  bool IsAdditive(const SliceTable& parts, absl::string_view dimension) const {
    const vocabulary::Measure* measure =
        builder_.snapshot().vocabulary().FindMeasure(parts.slice.measure);
    return measure != nullptr && measure->IsAdditiveOver(dimension);
  }

  // Whether other rows of the axis may be parts, too: those of a label that
  // nobody knows, and those of another level beside this one.
  bool HasFurtherParts(const SliceTable& parts, size_t axis) const {
    for (const SliceTable& other : builder_.snapshot().tables()) {
      if (&other == &parts || other.source != parts.source ||
          other.slice.measure != parts.slice.measure ||
          other.slice.universe != parts.slice.universe ||
          other.axes != parts.axes) {
        continue;
      }
      std::vector<store::Axis> axes = other.slice.axes;
      axes[axis].level = parts.slice.axes[axis].level;
      const store::Axis& its = other.slice.axes[axis];
      if (axes == parts.slice.axes && !IsAggregate(other, axis) &&
          (its.level.empty() || IsPlain(its))) {
        return true;
      }
    }
    return false;
  }

  // The widest is 0; the number of levels for one that the vocabulary lacks.
  static size_t LevelOf(const SliceTable& table, size_t axis) {
    const std::vector<vocabulary::Level>& levels = table.axes[axis]->levels();
    const auto found = std::find_if(
        levels.begin(), levels.end(), [&](const vocabulary::Level& level) {
          return level.code == table.slice.axes[axis].level;
        });
    return static_cast<size_t>(found - levels.begin());
  }

  static bool IsAggregate(const SliceTable& table, size_t axis) {
    const size_t level = LevelOf(table, axis);
    return level < table.axes[axis]->levels().size() &&
           table.axes[axis]->levels()[level].aggregate;
  }

  void TellExcess(const SliceTable& totals, const Sum& total,
                  const SliceTable& parts, uint32_t row) {
    Finding finding =
        builder_.Begin(FindingKind::kPartExceedsWhole, parts, row);
    finding.message = absl::StrCat(
        builder_.Subject(finding), ": ", IntervalWords(IntervalOf(parts, row)),
        ", which is a part, is more than the printed whole, ",
        IntervalWords(total.interval));
    finding.thresholds = {{"greatest_part", *total.interval.upper}};
    builder_.Cite(parts, "part", {row}, finding);
    builder_.Cite(totals, "total", total.rows, finding);
    builder_.Add(std::move(finding));
  }

  void TellSum(const SliceTable& totals, const Sum& total,
               const SliceTable& parts, const Sum& sum,
               absl::string_view dimension) {
    Finding finding =
        builder_.Begin(FindingKind::kPartsVTotal, totals, total.rows[0]);
    finding.message = absl::StrCat(
        builder_.Subject(finding), ": the printed total is ",
        IntervalWords(total.interval), " and its ", sum.rows.size(),
        " parts by ", dimension, " make ", IntervalWords(sum.interval));
    if (total.interval.lower.has_value()) {
      finding.thresholds.emplace_back("least_sum", *total.interval.lower);
    }
    if (total.interval.upper.has_value()) {
      finding.thresholds.emplace_back("greatest_sum", *total.interval.upper);
    }
    builder_.Cite(totals, "total", total.rows, finding);
    builder_.Cite(parts, "part", sum.rows, finding);
    builder_.Add(std::move(finding));
  }

  FindingBuilder& builder_;
};

}  // namespace

bool IsPlain(const store::Axis& axis) {
  return !axis.level.empty() && !absl::StrContains(axis.level, ':');
}

absl::Status SearchParts(const SliceTable& parts, FindingBuilder& builder) {
  return PartsSearch(builder).Search(parts);
}

}  // namespace collate::query
