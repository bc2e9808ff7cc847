#include "service/query/conflict_list.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "service/base/status_macros.h"
#include "service/query/bounds.h"
#include "service/query/conflict_words.h"
#include "service/query/conflicts.h"
#include "service/query/contradictions.h"
#include "service/query/editions.h"
#include "service/query/fetch_scope.h"
#include "service/query/finding_builder.h"
#include "service/query/plan.h"
#include "service/query/plausible_parts.h"
#include "service/query/resolve.h"
#include "service/query/statements.h"
#include "service/vocabulary/state.h"

namespace collate::query {
namespace {

using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::MemberId;
using vocabulary::Period;

// The cells of one measure and universe that are broken down in one way.
struct Shape {
  std::string measure;
  std::string universe;
  std::vector<std::string> dimensions;  // codes, sorted

  friend auto operator<=>(const Shape&, const Shape&) = default;
};

// A cell that some source prints.
struct Key {
  std::vector<MemberId> members;  // by Shape::dimensions
  MemberId reporter = vocabulary::kUnmapped;
  DayInterval days;

  friend auto operator<=>(const Key&, const Key&) = default;
};

bool IsListed(const SliceTable& table) {
  return !table.unmapped &&
         std::all_of(table.slice.axes.begin(), table.slice.axes.end(), IsPlain);
}

// For which periods the sources have rows of each reporter, of one measure.
class Holdings {
 public:
  Holdings(const Snapshot& snapshot, const std::string& measure) {
    for (const SliceTable& table : snapshot.tables()) {
      if (!IsListed(table) || table.slice.measure != measure) continue;
      std::vector<std::set<DayInterval>>* source = nullptr;
      for (size_t row = 0; row < table.row_count(); ++row) {
        if (table.derived(row) || !table.Holds(row, kToday)) continue;
        if (source == nullptr) source = &periods_[table.source];
        if (source->size() <= table.reporter(row)) {
          source->resize(table.reporter(row) + 1);
        }
        (*source)[table.reporter(row)].insert(table.period(row));
      }
    }
  }

  // Whether several sources have rows within the days.
  bool AreShared(MemberId reporter, const DayInterval& days) {
    const auto [at, fresh] =
        known_.try_emplace({reporter, days.begin, days.end}, false);
    if (!fresh) return at->second;
    int sources = 0;
    for (const auto& [source, reporters] : periods_) {
      if (reporter >= reporters.size()) continue;
      const auto& held = reporters[reporter];
      // Ordered by their first days.
      for (auto one = held.lower_bound({days.begin, days.begin});
           one != held.end() && one->begin < days.end; ++one) {
        if (!days.Contains(*one)) continue;
        ++sources;
        break;
      }
    }
    return at->second = sources > 1;
  }

 private:
  std::map<std::string, std::vector<std::set<DayInterval>>> periods_;
  absl::flat_hash_map<std::tuple<MemberId, vocabulary::Day, vocabulary::Day>,
                      bool>
      known_;
};

class ConflictSearch {
 public:
  ConflictSearch(const Snapshot& snapshot,
                 const std::function<absl::Status()>& check)
      : snapshot_(snapshot), check_(check) {}

  absl::StatusOr<std::vector<FigureConflict>> Run() {
    std::map<Shape, std::vector<const SliceTable*>> shapes;
    for (const SliceTable& table : snapshot_.tables()) {
      if (!IsListed(table)) continue;
      Shape shape{table.slice.measure, table.slice.universe, {}};
      for (const Dimension* axis : table.axes) {
        shape.dimensions.push_back(axis->code());
      }
      std::sort(shape.dimensions.begin(), shape.dimensions.end());
      shapes[std::move(shape)].push_back(&table);
      COLLATE_RETURN_IF_ERROR(CompareEditions(table));
    }
    for (const auto& [shape, tables] : shapes) {
      COLLATE_RETURN_IF_ERROR(CompareCells(shape, tables));
    }
    std::vector<FigureConflict> result;
    for (auto& [place, conflict] : found_) {
      conflict.message = ConflictMessage(snapshot_, conflict);
      result.push_back(std::move(conflict));
    }
    return result;
  }

 private:
  absl::Status CompareEditions(const SliceTable& table) {
    for (uint32_t row = 0; row < table.row_count(); ++row) {
      if (row % kCheckEvery == 0) COLLATE_RETURN_IF_ERROR(check_());
      if (table.derived(row) || !table.Holds(row, kToday)) continue;
      const auto before = SilentlyReplaced(snapshot_, table, row, kToday);
      if (!before.has_value()) continue;
      FigureConflict conflict;
      conflict.kind = ConflictKind::kSilentRevision;
      conflict.reporter = table.reporter(row);
      conflict.period = {table.period(row), table.period_kind(row)};
      for (size_t axis = 0; axis < table.axes.size(); ++axis) {
        conflict.members.emplace_back(table.axes[axis],
                                      table.member(axis, row));
      }
      conflict.first = SideOf(*before->table, before->row);
      conflict.second = SideOf(table, row);
      Add(std::move(conflict));
    }
    return absl::OkStatus();
  }

  static ConflictSide SideOf(const SliceTable& table, uint32_t row) {
    ConflictSide side;
    side.source = table.source;
    side.measure = table.slice.measure;
    side.universe = table.slice.universe;
    side.figure.state = table.state(row);
    side.figure.scale = table.scale(row);
    side.figure.reported = table.value(row);
    side.figure.bounds = IntervalOf(table, row);
    side.rows = {table.ref(row)};
    return side;
  }

  // The cells of a shape that are printed and worth a comparison.
  absl::StatusOr<std::set<Key>> KeysOf(
      const Shape& shape, const std::vector<const SliceTable*>& tables) {
    const vocabulary::Measure& measure =
        *snapshot_.vocabulary().FindMeasure(shape.measure);
    auto [at, fresh] = holdings_.try_emplace(shape.measure);
    if (fresh) {
      at->second = std::make_unique<Holdings>(snapshot_, shape.measure);
    }
    Holdings& holdings = *at->second;
    std::set<Key> keys;
    for (const SliceTable* table : tables) {
      // By Shape::dimensions.
      std::vector<size_t> axes(table->axes.size());
      for (size_t axis = 0; axis < axes.size(); ++axis) {
        const auto place =
            std::lower_bound(shape.dimensions.begin(), shape.dimensions.end(),
                             table->axes[axis]->code());
        axes[static_cast<size_t>(place - shape.dimensions.begin())] = axis;
      }
      for (size_t row = 0; row < table->row_count(); ++row) {
        if (row % kCheckEvery == 0) COLLATE_RETURN_IF_ERROR(check_());
        if (table->derived(row) || !table->Holds(row, kToday)) continue;
        const bool repeated =
            row > 0 && IsFurtherStatement(*table, row - 1, row);
        if (!repeated && !measure.share.has_value() &&
            !holdings.AreShared(table->reporter(row), table->period(row))) {
          continue;
        }
        Key key;
        for (const size_t axis : axes) {
          key.members.push_back(table->member(axis, row));
        }
        key.reporter = table->reporter(row);
        key.days = table->period(row);
        // One period has one name, whoever prints it: "2017/18" rather than
        // "year ending March 2018".
        vocabulary::PeriodKind& kind =
            kinds_.try_emplace(key.days, table->period_kind(row)).first->second;
        kind = std::min(kind, table->period_kind(row));
        keys.insert(std::move(key));
      }
    }
    return keys;
  }

  absl::Status CompareCells(const Shape& shape,
                            const std::vector<const SliceTable*>& tables) {
    COLLATE_ASSIGN_OR_RETURN(const std::set<Key> keys, KeysOf(shape, tables));
    if (keys.empty()) return absl::OkStatus();
    const vocabulary::Measure& measure =
        *snapshot_.vocabulary().FindMeasure(shape.measure);
    Plan plan;
    plan.measures = {&measure};
    plan.universe = shape.universe;
    plan.sources = snapshot_.sources();
    // What is not published yet is unknown, on whatever day one asks.
    plan.options.today = std::numeric_limits<vocabulary::Day>::max();
    std::map<DayInterval, int> periods;
    std::vector<std::set<MemberId>> members(shape.dimensions.size());
    for (const Key& key : keys) {
      periods.emplace(key.days, 0);
      for (size_t d = 0; d < members.size(); ++d) {
        members[d].insert(key.members[d]);
      }
    }
    for (auto& [days, index] : periods) {
      index = static_cast<int>(plan.periods.size());
      plan.periods.push_back({days, kinds_.at(days)});
    }
    std::vector<std::vector<MemberId>> coordinates;
    for (size_t d = 0; d < members.size(); ++d) {
      coordinates.emplace_back(members[d].begin(), members[d].end());
      plan.dimensions.push_back(
          {snapshot_.vocabulary().FindDimension(shape.dimensions[d]),
           coordinates[d]});
    }
    const Resolver resolver(plan, snapshot_, measure, coordinates);
    Contradictions contradictions(plan, snapshot_, measure, coordinates);
    for (const Key& key : keys) {
      COLLATE_RETURN_IF_ERROR(check_());
      COLLATE_ASSIGN_OR_RETURN(
          std::vector<Leaf> figures,
          resolver.Each({key.members.begin(), key.members.end()}, key.reporter,
                        periods.at(key.days), ""));
      for (Leaf& leaf : figures) {
        if (!IsFigure(leaf)) continue;
        leaf.contradictions.clear();  // editions, which have their own search
        for (const Leaf& other : figures) resolver.NoteExcess(other, leaf);
        COLLATE_RETURN_IF_ERROR(contradictions.Find(resolver.scale(), leaf));
      }
      CompareFigures(plan, figures, resolver.scale());
    }
    return absl::OkStatus();
  }

  void CompareFigures(const Plan& plan, const std::vector<Leaf>& figures,
                      int scale) {
    for (size_t i = 0; i < figures.size(); ++i) {
      const Leaf& leaf = figures[i];
      if (!IsFigure(leaf)) continue;
      for (const OtherFigure& other : leaf.others) {
        if (!other.disjoint) continue;
        FigureConflict conflict = Begin(plan, leaf, ConflictKind::kSameCell);
        conflict.first = SideOf(plan, leaf, scale);
        conflict.first.figure.bounds = *leaf.first_bounds;
        conflict.second = SideOf(plan, leaf, scale);
        conflict.second.figure = {other.state, other.reported, other.bounds,
                                  scale};
        conflict.second.rows = other.rows;
        Add(std::move(conflict));
      }
      for (size_t j = i + 1; j < figures.size(); ++j) {
        const Leaf& other = figures[j];
        if (!IsFigure(other) || !AreDisjoint(leaf.bounds, other.bounds)) {
          continue;
        }
        FigureConflict conflict =
            Begin(plan, leaf, KindOf(leaf.method, other.method));
        conflict.first = SideOf(plan, leaf, scale);
        conflict.second = SideOf(plan, other, scale);
        if (conflict.kind == ConflictKind::kPartsVTotal &&
            leaf.method == Method::kParts) {
          std::swap(conflict.first, conflict.second);
        }
        Add(std::move(conflict));
      }
      for (const Contradiction& other : leaf.contradictions) {
        Add(plan, leaf, other, scale);
      }
    }
  }

  void Add(const Plan& plan, const Leaf& leaf, const Contradiction& other,
           int scale) {
    FigureConflict conflict = Begin(plan, leaf, other.kind);
    ConflictSide asked = SideOf(plan, leaf, scale);
    ConflictSide beside;
    beside.source = other.source;
    beside.measure = other.measure;
    beside.universe = other.universe;
    beside.figure = other.figure;
    beside.rows = other.rows;
    for (const auto& [dimension, member] : other.members) {
      const auto shared =
          std::find_if(conflict.members.begin(), conflict.members.end(),
                       [dimension = dimension](const MemberOf& one) {
                         return one.first == dimension;
                       });
      if (shared != conflict.members.end()) {
        asked.members.push_back(*shared);
        conflict.members.erase(shared);
      } else {
        asked.members.emplace_back(dimension, vocabulary::kUnmapped);
      }
      beside.members.emplace_back(dimension, member);
    }
    // A percentage is asked with its counts beside it, or the other way round.
    const bool beside_is_count =
        other.kind == ConflictKind::kShareVCount && IsPercentage(asked);
    (beside_is_count ? beside : asked).base = other.base;
    const bool asked_first = other.kind == ConflictKind::kShareVCount
                                 ? beside_is_count
                                 : other.is_part;
    conflict.first = asked_first ? asked : beside;
    conflict.second = asked_first ? beside : asked;
    Add(std::move(conflict));
  }

  bool IsPercentage(const ConflictSide& side) const {
    const auto* measure = snapshot_.vocabulary().FindMeasure(side.measure);
    return measure->share.has_value();
  }

  static FigureConflict Begin(const Plan& plan, const Leaf& leaf,
                              ConflictKind kind) {
    FigureConflict conflict;
    conflict.kind = kind;
    conflict.reporter = leaf.reporter;
    conflict.period = plan.periods[leaf.period];
    for (size_t d = 0; d < plan.dimensions.size(); ++d) {
      conflict.members.emplace_back(plan.dimensions[d].dimension,
                                    leaf.coordinates[d]);
    }
    return conflict;
  }

  static ConflictSide SideOf(const Plan& plan, const Leaf& leaf, int scale) {
    ConflictSide side;
    side.source = leaf.source;
    side.measure = plan.measures[0]->code;
    side.universe = plan.universe;
    side.figure = FigureOf(leaf, scale);
    side.rows = leaf.rows;
    return side;
  }

  void Add(FigureConflict conflict) {
    const auto codes = [](const std::vector<MemberOf>& members) {
      std::vector<std::pair<std::string, MemberId>> list;
      for (const auto& [dimension, member] : members) {
        list.emplace_back(dimension->code(), member);
      }
      return list;
    };
    const auto side = [&codes](const ConflictSide& one) {
      const RowRef row = one.rows.empty() ? RowRef() : one.rows[0];
      return SidePlace(one.source, one.measure, one.universe,
                       codes(one.members), row.release, row.chunk, row.row);
    };
    Place place(conflict.kind, conflict.first.measure, conflict.reporter,
                codes(conflict.members), conflict.period.days,
                side(conflict.first), side(conflict.second));
    found_.emplace(std::move(place), std::move(conflict));
  }

  using Codes = std::vector<std::pair<std::string, MemberId>>;
  using SidePlace = std::tuple<std::string, std::string, std::string, Codes,
                               uint32_t, uint32_t, uint32_t>;
  using Place = std::tuple<ConflictKind, std::string, MemberId, Codes,
                           DayInterval, SidePlace, SidePlace>;

  const Snapshot& snapshot_;
  const std::function<absl::Status()>& check_;
  std::map<std::string, std::unique_ptr<Holdings>> holdings_;  // by measure
  std::map<DayInterval, vocabulary::PeriodKind> kinds_;
  // A pair of sides may be met from either of them.
  std::map<Place, FigureConflict> found_;
};

}  // namespace

absl::StatusOr<std::vector<FigureConflict>> ListConflicts(
    const Snapshot& snapshot, const std::function<absl::Status()>& check) {
  COLLATE_RETURN_IF_ERROR(CheckAllFetched(snapshot));
  return ConflictSearch(snapshot, check).Run();
}

}  // namespace collate::query
