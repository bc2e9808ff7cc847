#include "service/disclosure/sums.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/disclosure/attack.h"
#include "service/vocabulary/state.h"

namespace collate::disclosure {
namespace {

using query::Interval;
using store::Aggregation;
using store::Floor;
using store::Partition;
using vocabulary::Day;
using vocabulary::Dimension;
using vocabulary::Measure;
using vocabulary::State;

// How much the running total at one day may be above that at another.
struct Edge {
  size_t from = 0;
  size_t to = 0;
  int64_t most = 0;  // of `to` less `from`
};

// Whether running totals fit them all (Bellman and Ford): none do where going
// round a circle makes a total less than itself.
bool HaveTotals(size_t days, const std::vector<Edge>& edges) {
  std::vector<int64_t> total(days, 0);
  for (size_t round = 0; round <= days; ++round) {
    bool changed = false;
    for (const Edge& edge : edges) {
      if (total[edge.from] + edge.most < total[edge.to]) {
        total[edge.to] = total[edge.from] + edge.most;
        changed = true;
      }
    }
    if (!changed) return true;
  }
  return false;
}

struct Sum {
  std::vector<uint32_t> parts;
  std::vector<uint32_t> whole;
  bool may_be_equal = false;  // else no more than the whole
  bool add = true;            // else each part alone
  bool covers = false;        // the parts are no fewer than the whole
};

// Of one view, with what its breakdowns lack.
constexpr size_t kMaxKeys = 100'000;

// How much is looked for beyond what is stated.
enum class Beyond { kNothing, kWholes, kMissingParts };

class Maker {
 public:
  Maker(const View& stated, Beyond beyond, Keys& keys, std::vector<Cell>& cells,
        Unstated& unstated)
      : keys_(keys), cells_(cells), unstated_(unstated), view_(stated) {
    if (beyond != Beyond::kNothing) AddWholes(keys_, view_);
    if (beyond == Beyond::kMissingParts) {
      AddLeftOut(keys_, view_);
      while (!IsTooLarge() && AddMissingParts(cells_, kMaxKeys, keys_, view_)) {
        AddWholes(keys_, view_);
      }
    }
  }

  bool IsTooLarge() const { return view_.size() > kMaxKeys; }

  // False when no numbers fit.
  bool Make() {
    broken_down_ = BreakDown(keys_, view_);
    // From the parts up: with an axis less, or with a wider member.
    std::vector<View::value_type*> unstated;
    for (View::value_type& one : view_) {
      if (!one.second.is_stated) unstated.push_back(&one);
    }
    const auto height = [this](const View::value_type* one) {
      int levels = 0;
      for (const uint32_t at : one->first.at) levels -= keys_.LevelOf(at);
      return std::make_pair(-static_cast<int>(one->first.at.size()), levels);
    };
    std::stable_sort(unstated.begin(), unstated.end(),
                     [&](const View::value_type* a, const View::value_type* b) {
                       return height(a) < height(b);
                     });
    for (View::value_type* whole : unstated) RelateUnstated(*whole);
    RelateStated();
    RelateUniverses();
    RelatePeriods();
    FindNothing();
    return Settle();
  }

  std::vector<Relation> Take() { return std::move(made_); }

 private:
  // What is broken down in several ways, each along a dimension to a level.
  struct Ways {
    std::vector<std::vector<uint32_t>> parts;
    std::vector<bool> may_be_whole;
    bool any_missing = false;
  };

  bool IsAdditive(const Key& key, size_t at, const Entry& entry) const {
    return keys_.IsAdditive(key, at, entry.partition);
  }
  Interval Truth(const std::vector<uint32_t>& cells) const {
    return TruthOf(cells_, cells);
  }
  bool NonNegative(const std::vector<uint32_t>& cells) const {
    return NeverNegative(cells_, cells);
  }

  Ways WaysOf(const Key& whole) const;
  void RelateUnstated(View::value_type& whole);
  void RelateStated();
  void RelateUniverses();
  void RelatePeriods();
  // What a complete breakdown leaves out is nothing.
  void FindNothing();
  bool IsInNothing(const Key& key) const;
  void RelateTiles(const std::vector<const View::value_type*>& series);
  void RelateNested(const std::vector<const View::value_type*>& series);
  // False when no numbers would fit.
  bool RelateStretches(const std::vector<const View::value_type*>& series);
  void Relate(const Sum& sum);
  void AddRelation(std::vector<Term> terms, const Interval& sum,
                   bool is_assumed);
  uint32_t AddUnstated(const Key& key, Floor floor, const Interval& truth);
  // Gives up what cannot be true together, and what can only be nothing.
  bool Settle();

  Keys& keys_;
  std::vector<Cell>& cells_;
  Unstated& unstated_;
  View view_;
  BrokenDown broken_down_;
  std::vector<Relation> made_;
  std::vector<bool> is_assumed_;   // by relation: it may be less than equal
  std::vector<uint32_t> missing_;  // cells that have no parts
  std::vector<uint32_t> nothing_;  // cells that complete breakdowns leave out
  // Cells of this view alone: other figures may make others of their keys.
  absl::flat_hash_set<uint32_t> own_;
};

uint32_t Maker::AddUnstated(const Key& key, Floor floor,
                            const Interval& truth) {
  Cell cell;
  cell.is_stated = false;
  cell.key = keys_.IdOf(key);
  cell.floor = floor;
  cell.truth.state = State::kNotShown;
  cell.truth.bounds = truth;
  cells_.push_back(std::move(cell));
  return static_cast<uint32_t>(cells_.size() - 1);
}

Maker::Ways Maker::WaysOf(const Key& whole) const {
  Ways ways;
  std::vector<uint32_t> unknown;
  const PartsOf first = {whole, nullptr, std::numeric_limits<int>::min()};
  const Dimension* dimension = nullptr;
  for (auto of = broken_down_.lower_bound(first);
       of != broken_down_.end() && of->first.whole == whole; ++of) {
    if (of->first.dimension != dimension) unknown.clear();
    dimension = of->first.dimension;
    std::vector<uint32_t> parts;
    size_t members = 0;
    for (const View::value_type* part : of->second) {
      const size_t at = keys_.PlaceOf(part->first, dimension);
      if (!IsAdditive(part->first, at, part->second)) continue;
      ++members;
      ways.any_missing = ways.any_missing || part->second.is_missing;
      parts.insert(parts.end(), part->second.cells.begin(),
                   part->second.cells.end());
    }
    // Labels that nobody knows are printed beside the others.
    if (of->first.level < 0) unknown = parts;
    if (of->first.level >= 0) {
      parts.insert(parts.end(), unknown.begin(), unknown.end());
    }
    if (parts.empty()) continue;
    std::sort(parts.begin(), parts.end());
    ways.parts.push_back(std::move(parts));
    // Who reports is known, and nobody else is taken to have nothing.
    ways.may_be_whole.push_back(
        dimension != &keys_.vocabulary().reporters() ||
        members >= keys_.MembersWithin(whole, dimension, of->first.level));
  }
  // Less than another way leaves something out.
  int64_t least = std::numeric_limits<int64_t>::min();
  for (const std::vector<uint32_t>& parts : ways.parts) {
    least = std::max(least, Truth(parts).lower.value_or(least));
  }
  for (size_t way = 0; way < ways.parts.size(); ++way) {
    const std::optional<int64_t> most = Truth(ways.parts[way]).upper;
    if (most.has_value() && *most < least) ways.may_be_whole[way] = false;
  }
  return ways;
}

void Maker::RelateUnstated(View::value_type& whole) {
  Ways ways = WaysOf(whole.first);
  Interval truth;
  std::vector<uint32_t> all;
  bool is_own = ways.any_missing;
  for (size_t way = 0; way < ways.parts.size(); ++way) {
    const std::vector<uint32_t>& parts = ways.parts[way];
    all.insert(all.end(), parts.begin(), parts.end());
    is_own = is_own || !ways.may_be_whole[way] ||
             std::any_of(parts.begin(), parts.end(),
                         [this](uint32_t part) { return own_.contains(part); });
    const Interval sum = Truth(parts);
    if (sum.lower.has_value()) {
      truth.lower = std::max(truth.lower.value_or(*sum.lower), *sum.lower);
    }
    if (ways.may_be_whole[way] && sum.upper.has_value()) {
      truth.upper = std::min(truth.upper.value_or(*sum.upper), *sum.upper);
    }
  }
  if (ways.parts.empty()) {
    const uint32_t cell = AddUnstated(whole.first, Floor::kZero, {});
    whole.second.cells = {cell};
    own_.insert(cell);
    if (!whole.second.is_left_out && !IsInNothing(whole.first)) {
      missing_.push_back(cell);
    }
    return;
  }
  const Floor floor = NonNegative(all) ? Floor::kZero : Floor::kNone;
  uint32_t cell = 0;
  if (is_own) {
    cell = AddUnstated(whole.first, floor, truth);
    own_.insert(cell);
  } else {
    const auto [at, is_new] = unstated_.wholes.try_emplace(
        {whole.first, ways.parts}, static_cast<uint32_t>(cells_.size()));
    if (is_new) AddUnstated(whole.first, floor, truth);
    cell = at->second;
  }
  whole.second.cells = {cell};
  for (size_t way = 0; way < ways.parts.size(); ++way) {
    Relate(Sum{.parts = std::move(ways.parts[way]),
               .whole = whole.second.cells,
               .may_be_equal = ways.may_be_whole[way]});
  }
}

void Maker::RelateStated() {
  for (const auto& [of, parts] : broken_down_) {
    const Entry& whole = view_.at(of.whole);
    if (!whole.is_stated) continue;
    const Measure* const measure = keys_.MeasureOf(of.whole);
    Sum sum;
    sum.whole = whole.cells;
    bool several = false;
    bool complete = true;
    const auto take = [&](const std::vector<const View::value_type*>& from) {
      for (const View::value_type* part : from) {
        several =
            several || part->second.partition == Partition::kMultiResponse;
        complete = complete && part->second.partition == Partition::kComplete;
        for (const uint32_t cell : part->second.cells) {
          if (whole.ignores_markers &&
              !vocabulary::IsPrinted(cells_[cell].truth.state)) {
            continue;
          }
          sum.parts.push_back(cell);
        }
      }
    };
    std::vector<const View::value_type*> stated;
    std::vector<const View::value_type*> missing;
    for (const View::value_type* part : parts) {
      (part->second.is_missing ? missing : stated).push_back(part);
    }
    take(stated);
    const bool all_stated = std::all_of(
        stated.begin(), stated.end(),
        [](const View::value_type* part) { return part->second.is_stated; });
    sum.add = keys_.subject(of.whole).aggregation == Aggregation::kSum &&
              !several && measure->IsAdditiveOver(of.dimension->code());
    sum.may_be_equal = sum.add;
    sum.covers = !sum.add && complete;
    // What is stated may add up without what may be missing.
    if (missing.empty() || all_stated) Relate(sum);
    // Labels that nobody knows are printed beside the others, and are parts.
    const auto unknown = broken_down_.find({of.whole, of.dimension, -1});
    if (of.level >= 0 && unknown != broken_down_.end()) {
      take(unknown->second);
      if (missing.empty() || all_stated) Relate(sum);
    }
    if (missing.empty()) continue;
    take(missing);
    Relate(sum);
  }
}

void Maker::RelateUniverses() {
  // What is known of some is a part of what is known of all.
  for (const auto& [key, entry] : view_) {
    const Subject& subject = keys_.subject(key);
    if (subject.universe.empty()) continue;
    const std::optional<uint32_t> everything =
        keys_.FindSubject({subject.measure, "", subject.aggregation});
    if (!everything.has_value()) continue;
    Key all = key;
    all.subject = *everything;
    const auto found = view_.find(all);
    if (found == view_.end()) continue;
    Relate(Sum{.parts = entry.cells, .whole = found->second.cells});
  }
}

void Maker::RelatePeriods() {
  // Rows that differ in their days alone.
  std::map<Key, std::vector<const View::value_type*>> series;
  for (const View::value_type& stated : view_) {
    // A stock has no parts in time.
    if (stated.second.kind == vocabulary::PeriodKind::kDay) continue;
    Key key = stated.first;
    key.days = {};
    series[key].push_back(&stated);
  }
  for (const auto& [key, stated] : series) {
    bool overlaps = false;
    Day end = vocabulary::kOpenBegin;
    for (const View::value_type* one : stated) {
      overlaps = overlaps || one->first.days.begin < end;
      end = std::max(end, one->first.days.end);
    }
    if (!overlaps) continue;
    const bool additive = keys_.MeasureOf(key)->additive_over_time &&
                          keys_.subject(key).aggregation == Aggregation::kSum;
    if (!additive) {
      RelateNested(stated);
    } else if (!RelateStretches(stated)) {
      RelateTiles(stated);
    }
  }
}

bool Maker::RelateStretches(
    const std::vector<const View::value_type*>& series) {
  std::vector<Day> days;
  std::vector<uint32_t> all;
  for (const View::value_type* one : series) {
    days.push_back(one->first.days.begin);
    days.push_back(one->first.days.end);
    all.insert(all.end(), one->second.cells.begin(), one->second.cells.end());
  }
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  const auto place = [&days](Day day) {
    return static_cast<size_t>(std::lower_bound(days.begin(), days.end(), day) -
                               days.begin());
  };
  const bool never_negative = NonNegative(all);
  std::vector<Edge> edges;
  for (const View::value_type* one : series) {
    const size_t from = place(one->first.days.begin);
    const size_t to = place(one->first.days.end);
    const Interval truth = Truth(one->second.cells);
    if (truth.upper.has_value()) edges.push_back({from, to, *truth.upper});
    if (truth.lower.has_value()) edges.push_back({to, from, -*truth.lower});
  }
  for (size_t i = 1; never_negative && i < days.size(); ++i) {
    edges.push_back({i, i - 1, 0});
  }
  if (!HaveTotals(days.size(), edges)) return false;
  // The stretches between two days, of which every figure is some in a row. A
  // later edition may have the same; then nothing new is known.
  std::vector<Term> signature;
  for (const View::value_type* one : series) {
    for (const uint32_t cell : one->second.cells) {
      signature.push_back(
          {cell,
           static_cast<int64_t>(place(one->first.days.begin) * days.size() +
                                place(one->first.days.end))});
    }
  }
  std::sort(signature.begin(), signature.end());
  const auto [made_at, is_new] = unstated_.stretches.try_emplace(
      std::make_pair(std::move(signature), days),
      static_cast<uint32_t>(cells_.size()));
  const uint32_t first = made_at->second;
  for (size_t i = 1; is_new && i < days.size(); ++i) {
    Cell stretch;
    stretch.is_stated = false;
    stretch.floor = never_negative ? Floor::kZero : Floor::kNone;
    stretch.truth.state = State::kNoRelease;
    stretch.key = cells_[all.front()].key;
    cells_.push_back(stretch);
  }
  for (const View::value_type* one : series) {
    std::vector<Term> terms;
    for (const uint32_t cell : one->second.cells) terms.push_back({cell, -1});
    for (size_t i = place(one->first.days.begin);
         i < place(one->first.days.end); ++i) {
      terms.push_back({first + static_cast<uint32_t>(i), 1});
    }
    AddRelation(std::move(terms), Interval::Exactly(0), false);
  }
  return true;
}

void Maker::RelateTiles(const std::vector<const View::value_type*>& series) {
  for (const View::value_type* whole : series) {
    std::set<vocabulary::PeriodKind> kinds;
    for (const View::value_type* one : series) kinds.insert(one->second.kind);
    for (const vocabulary::PeriodKind kind : kinds) {
      Sum sum;
      sum.whole = whole->second.cells;
      sum.may_be_equal = true;
      Day day = whole->first.days.begin;
      for (const View::value_type* one : series) {
        if (one == whole || one->second.kind != kind ||
            one->first.days.begin != day ||
            one->first.days.end > whole->first.days.end) {
          continue;
        }
        day = one->first.days.end;
        sum.parts.insert(sum.parts.end(), one->second.cells.begin(),
                         one->second.cells.end());
      }
      if (day == whole->first.days.end) Relate(sum);
    }
  }
}

void Maker::RelateNested(const std::vector<const View::value_type*>& series) {
  const auto length = [](const View::value_type* one) {
    return one->first.days.end - one->first.days.begin;
  };
  for (const View::value_type* part : series) {
    const View::value_type* least = nullptr;
    for (const View::value_type* whole : series) {
      if (whole == part || !whole->first.days.Contains(part->first.days)) {
        continue;
      }
      if (least == nullptr || length(whole) < length(least)) least = whole;
    }
    if (least == nullptr) continue;
    Relate(Sum{.parts = part->second.cells, .whole = least->second.cells});
  }
}

void Maker::Relate(const Sum& sum) {
  if (sum.parts.empty() || sum.whole.empty()) return;
  const Interval whole = Truth(sum.whole);
  const Interval parts = Truth(sum.parts);
  const auto terms = [&](const std::vector<uint32_t>& of) {
    std::vector<Term> made;
    for (const uint32_t cell : of) made.push_back({cell, 1});
    for (const uint32_t cell : sum.whole) made.push_back({cell, -1});
    return made;
  };
  const bool never_negative = NonNegative(sum.parts) && NonNegative(sum.whole);
  if (sum.may_be_equal && !query::AreDisjoint(parts, whole)) {
    AddRelation(terms(sum.parts), Interval::Exactly(0), never_negative);
    return;
  }
  if (!never_negative) return;
  const Interval no_more = {std::nullopt, 0};
  if (sum.add) {
    if (!query::IsMoreThan(parts, whole)) {
      AddRelation(terms(sum.parts), no_more, false);
    }
    return;
  }
  for (const uint32_t part : sum.parts) {
    if (!query::IsMoreThan(Truth({part}), whole)) {
      AddRelation(terms({part}), no_more, false);
    }
  }
  if (sum.covers && !query::IsMoreThan(whole, parts)) {
    AddRelation(terms(sum.parts), {0, std::nullopt}, false);
  }
}

void Maker::AddRelation(std::vector<Term> terms, const Interval& sum,
                        bool is_assumed) {
  std::sort(terms.begin(), terms.end());
  // A figure that is on both sides says nothing of itself.
  std::vector<Term> once;
  for (const Term& term : terms) {
    if (!once.empty() && once.back().figure == term.figure) {
      once.back().factor += term.factor;
    } else {
      once.push_back(term);
    }
  }
  std::erase_if(once, [](const Term& term) { return term.factor == 0; });
  if (once.size() < 2) return;
  made_.push_back({std::move(once), sum});
  is_assumed_.push_back(is_assumed);
}

bool Maker::IsInNothing(const Key& key) const {
  const std::vector<Keys::Step> steps = keys_.StepsFrom(key);
  return std::any_of(
      steps.begin(), steps.end(), [this](const Keys::Step& step) {
        const auto whole = view_.find(step.whole);
        if (!step.is_certain || whole == view_.end()) return false;
        return whole->second.is_stated
                   ? Truth(whole->second.cells) == Interval::Exactly(0)
                   : IsInNothing(step.whole);
      });
}

void Maker::FindNothing() {
  std::set<Alike> complete;
  for (const auto& [key, entry] : view_) {
    if (entry.is_stated && entry.partition == Partition::kComplete) {
      complete.insert(AlikeOf(keys_, key));
    }
  }
  std::map<Alike, std::set<std::pair<const Dimension*, int>>> broken_down;
  for (const auto& [of, parts] : broken_down_) {
    if (of.dimension == &keys_.vocabulary().reporters() || of.level < 0) {
      continue;
    }
    const bool is_complete =
        std::all_of(parts.begin(), parts.end(), [](const auto* part) {
          return !part->second.is_missing &&
                 part->second.partition == Partition::kComplete;
        });
    if (is_complete) {
      broken_down[AlikeOf(keys_, of.whole)].emplace(of.dimension, of.level);
    }
  }
  for (const auto& [key, entry] : view_) {
    if (entry.is_left_out) {
      nothing_.insert(nothing_.end(), entry.cells.begin(), entry.cells.end());
    }
    if (entry.is_missing || !NonNegative(entry.cells) ||
        Truth(entry.cells).lower.value_or(0) > 0) {
      continue;
    }
    const Alike group = AlikeOf(keys_, key);
    bool is_left_out = !entry.is_stated && complete.contains(group);
    const auto ways = broken_down.find(group);
    if (ways != broken_down.end()) {
      for (const auto& [dimension, level] : ways->second) {
        is_left_out =
            is_left_out || !broken_down_.contains({key, dimension, level});
      }
    }
    if (!is_left_out) continue;
    nothing_.insert(nothing_.end(), entry.cells.begin(), entry.cells.end());
  }
}

bool Maker::Settle() {
  System system;
  absl::flat_hash_map<uint32_t, uint32_t> place;
  for (const Relation& relation : made_) {
    Relation own = relation;
    for (Term& term : own.terms) {
      const Cell& cell = cells_[term.figure];
      const auto [at, is_new] = place.try_emplace(
          term.figure, static_cast<uint32_t>(system.figures.size()));
      term.figure = at->second;
      if (!is_new) continue;
      Unknown unknown;
      if (cell.is_stated) {
        unknown.known = Possible(cell.truth, cell.floor);
      } else if (cell.floor == Floor::kZero) {
        unknown.known.lower = 0;
      }
      system.figures.push_back(unknown);
    }
    system.relations.push_back(std::move(own));
  }
  for (const uint32_t cell : nothing_) {
    const auto [at, is_new] =
        place.try_emplace(cell, static_cast<uint32_t>(system.figures.size()));
    if (!is_new) continue;
    system.figures.push_back(
        {Possible(cells_[cell].truth, cells_[cell].floor), 0});
  }
  if (missing_.empty() && nothing_.empty() && HasSolution(system)) return true;
  // Rather is something in a part that others of its kind have than in one that
  // nobody ever stated.
  constexpr int64_t kLeftOut = 16;
  std::vector<int64_t> costs(system.figures.size(), 0);
  for (const std::vector<uint32_t>& of : {missing_, nothing_}) {
    for (const uint32_t cell : of) {
      const auto at = place.find(cell);
      if (at != place.end()) costs[at->second] = 1;
    }
  }
  std::vector<std::pair<size_t, uint32_t>> left_out;  // relation and figure
  for (size_t r = 0; r < made_.size(); ++r) {
    if (!is_assumed_[r]) continue;
    const auto figure = static_cast<uint32_t>(system.figures.size());
    left_out.emplace_back(r, figure);
    system.figures.push_back({Interval::AtLeast(0), 0});
    costs.push_back(kLeftOut);
    system.relations[r].terms.push_back({figure, 1});
  }
  const auto solution = CheapestSolution(system, costs);
  if (!solution.has_value()) return false;
  constexpr double kNothing = 1e-6;
  for (const auto& [relation, figure] : left_out) {
    if ((*solution)[figure] > kNothing) {
      made_[relation].sum = {std::nullopt, 0};
    }
  }
  const auto is_nothing = [&](uint32_t cell) {
    const auto at = place.find(cell);
    return at != place.end() && (*solution)[at->second] <= kNothing;
  };
  for (const uint32_t cell : nothing_) {
    if (is_nothing(cell)) made_.push_back({{{cell, 1}}, Interval::Exactly(0)});
  }
  absl::flat_hash_set<uint32_t> nothing;
  for (const uint32_t cell : missing_) {
    if (is_nothing(cell)) nothing.insert(cell);
  }
  for (Relation& relation : made_) {
    std::erase_if(relation.terms, [&nothing](const Term& term) {
      return nothing.contains(term.figure);
    });
  }
  return true;
}

// How often each cell that nobody states is in a sum.
class Uses {
 public:
  explicit Uses(const std::vector<Cell>& cells) : cells_(cells) {}

  void Count(const Relation& relation, int by) {
    for (const Term& term : relation.terms) {
      if (!cells_[term.figure].is_stated) uses_[term.figure] += by;
    }
  }
  bool IsOnly(uint32_t cell) const {
    const auto found = uses_.find(cell);
    return found != uses_.end() && found->second == 1;
  }

 private:
  const std::vector<Cell>& cells_;
  absl::flat_hash_map<uint32_t, int> uses_;
};

}  // namespace

absl::StatusOr<std::vector<Relation>> SumsOf(const View& stated, Keys& keys,
                                             std::vector<Cell>& cells,
                                             Unstated& unstated) {
  std::vector<Relation> made;
  for (const Beyond beyond :
       {Beyond::kMissingParts, Beyond::kWholes, Beyond::kNothing}) {
    Maker maker(stated, beyond, keys, cells, unstated);
    if (maker.IsTooLarge()) {
      return base::Error(absl::StatusCode::kResourceExhausted,
                         "DISCLOSURE_LIMIT",
                         absl::StrCat("more than ", kMaxKeys,
                                      " figures are connected with those that "
                                      "its breakdowns lack"))
          .With("limit", absl::StrCat(kMaxKeys));
    }
    const bool fits = maker.Make();
    made = maker.Take();
    if (fits) break;
  }
  return made;
}

void DropIdle(const std::vector<Cell>& cells, const std::vector<Relation>& kept,
              std::vector<Relation>& made) {
  Uses uses(cells);
  for (const Relation& relation : kept) uses.Count(relation, 1);
  for (const Relation& relation : made) uses.Count(relation, 1);
  // The only sum of a whole that nobody states says nothing: it is whatever
  // the parts come to.
  const auto says_nothing = [&](const Relation& relation) {
    return std::any_of(
        relation.terms.begin(), relation.terms.end(), [&](const Term& whole) {
          const Cell& cell = cells[whole.figure];
          if (cell.is_stated || !uses.IsOnly(whole.figure)) return false;
          return cell.floor == Floor::kNone ||
                 (whole.factor < 0 &&
                  std::all_of(relation.terms.begin(), relation.terms.end(),
                              [&](const Term& term) {
                                return term.figure == whole.figure ||
                                       (term.factor > 0 &&
                                        cells[term.figure].floor ==
                                            Floor::kZero);
                              }));
        });
  };
  while (true) {
    const size_t before = made.size();
    std::erase_if(made, [&](const Relation& relation) {
      if (!relation.terms.empty() && !says_nothing(relation)) return false;
      uses.Count(relation, -1);
      return true;
    });
    if (made.size() == before) break;
  }
  // Several that are in no other sum are as much as one.
  for (Relation& relation : made) {
    bool has_one = false;
    std::erase_if(relation.terms, [&](const Term& term) {
      const Cell& cell = cells[term.figure];
      if (cell.is_stated || cell.floor != Floor::kZero || term.factor != 1 ||
          !uses.IsOnly(term.figure)) {
        return false;
      }
      return std::exchange(has_one, true);
    });
  }
}

}  // namespace collate::disclosure
