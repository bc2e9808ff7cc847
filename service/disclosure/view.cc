#include "service/disclosure/view.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace collate::disclosure {
namespace {

using query::Interval;
using store::Partition;
using vocabulary::Dimension;

// Along which dimensions a key is broken down, and what else it is.
using Kind = std::pair<uint32_t, std::vector<const Dimension*>>;

Kind KindOf(const Keys& keys, const Key& key) {
  Kind kind = {key.subject, {}};
  for (const uint32_t at : key.at) {
    kind.second.push_back(keys.coordinate(at).dimension);
  }
  return kind;
}

// What one breakdown has.
struct Present {
  std::set<uint32_t> members;
  size_t place = 0;  // of its dimension in the keys of the parts
  std::vector<uint32_t> cells;
  bool all_stated = true;
  bool any_missing = false;
  bool complete = false;  // as its publisher says
};

Present PresentIn(const Keys& keys, const PartsOf& of,
                  const std::vector<const View::value_type*>& parts) {
  Present present;
  present.place = keys.PlaceOf(parts.front()->first, of.dimension);
  present.complete = std::any_of(
      parts.begin(), parts.end(),
      [](const View::value_type* part) { return !part->second.is_missing; });
  for (const View::value_type* part : parts) {
    present.members.insert(part->first.at[present.place]);
    if (part->second.is_missing) {
      present.any_missing = true;
      continue;
    }
    present.complete =
        present.complete && part->second.partition == Partition::kComplete;
    present.all_stated = present.all_stated && part->second.is_stated;
    present.cells.insert(present.cells.end(), part->second.cells.begin(),
                         part->second.cells.end());
  }
  return present;
}

}  // namespace

Interval TruthOf(const std::vector<Cell>& cells,
                 const std::vector<uint32_t>& ids) {
  Interval sum = Interval::Exactly(0);
  for (const uint32_t id : ids) {
    // Numbers are bounded, and so are rows: this never overflows.
    static_cast<void>(
        query::AddTo(Possible(cells[id].truth, cells[id].floor), &sum));
  }
  return sum;
}

bool NeverNegative(const std::vector<Cell>& cells,
                   const std::vector<uint32_t>& ids) {
  return std::all_of(ids.begin(), ids.end(), [&cells](uint32_t id) {
    return cells[id].floor == store::Floor::kZero;
  });
}

BrokenDown BreakDown(const Keys& keys, const View& view) {
  BrokenDown broken_down;
  for (const View::value_type& part : view) {
    for (Keys::Step& step : keys.StepsFrom(part.first)) {
      const auto whole = view.find(step.whole);
      // Of what nobody states nobody says that something lies within.
      if (whole == view.end() ||
          (!whole->second.is_stated && !step.is_certain)) {
        continue;
      }
      const uint32_t at = part.first.at[step.at];
      broken_down[{std::move(step.whole), keys.coordinate(at).dimension,
                   keys.LevelOf(at)}]
          .push_back(&part);
    }
  }
  return broken_down;
}

void AddWholes(const Keys& keys, View& view) {
  std::vector<const View::value_type*> open;
  for (const View::value_type& one : view) open.push_back(&one);
  while (!open.empty()) {
    const View::value_type* part = open.back();
    open.pop_back();
    for (Keys::Step& step : keys.StepsFrom(part->first)) {
      if (!step.is_certain ||
          !keys.IsAdditive(part->first, step.at, part->second.partition)) {
        continue;
      }
      const auto [at, is_new] = view.try_emplace(
          std::move(step.whole), Entry{.cells = {},
                                       .is_stated = false,
                                       .is_missing = part->second.is_missing,
                                       .partition = part->second.partition,
                                       .kind = part->second.kind});
      if (is_new) open.push_back(&*at);
    }
  }
}

bool AddMissingParts(const std::vector<Cell>& cells, size_t limit, Keys& keys,
                     View& view) {
  std::map<std::tuple<Kind, const Dimension*, int>, std::set<uint32_t>> seen;
  for (const auto& [key, entry] : view) {
    for (const uint32_t at : key.at) {
      seen[{KindOf(keys, key), keys.coordinate(at).dimension, keys.LevelOf(at)}]
          .insert(at);
    }
  }
  View missing;  // none of which the view has
  for (const auto& [of, parts] : BreakDown(keys, view)) {
    if (view.size() + missing.size() > limit) break;
    if (of.level < 0) continue;
    const Entry& whole = view.at(of.whole);
    const View::value_type& first = *parts.front();
    const Present present = PresentIn(keys, of, parts);
    // Where there may be less than nothing, what lacks says nothing.
    if (!keys.IsAdditive(first.first, present.place, first.second.partition) ||
        !NeverNegative(cells, present.cells) ||
        keys.MeasureOf(of.whole)->floor != vocabulary::MeasureFloor::kZero) {
      continue;
    }
    // A breakdown says nothing of who reports.
    const bool is_complete =
        (present.complete && of.dimension != &keys.vocabulary().reporters()) ||
        (whole.is_stated && present.all_stated &&
         !query::AreDisjoint(TruthOf(cells, whole.cells),
                             TruthOf(cells, present.cells)));
    if (is_complete) continue;
    bool has_missing = present.any_missing;
    const auto add = [&, &of = of](uint32_t member) {
      Key key = first.first;
      key.at[present.place] = member;
      // Of a wider member only those that lie in it are parts.
      const std::vector<Keys::Step> steps = keys.StepsFrom(key);
      if (std::none_of(steps.begin(), steps.end(), [&](const Keys::Step& step) {
            return step.is_certain && step.whole == of.whole;
          })) {
        return;
      }
      has_missing = true;
      missing.emplace(std::move(key), Entry{.cells = {},
                                            .is_stated = false,
                                            .is_missing = true,
                                            .partition = first.second.partition,
                                            .kind = first.second.kind});
    };
    for (const uint32_t member :
         seen[{KindOf(keys, first.first), of.dimension, of.level}]) {
      if (!present.members.contains(member)) add(member);
    }
    // Where all of it is stated and is less than the whole, there is more.
    if (has_missing || !whole.is_stated || !present.all_stated ||
        !query::IsMoreThan(TruthOf(cells, whole.cells),
                           TruthOf(cells, present.cells))) {
      continue;
    }
    Coordinate rest;
    rest.dimension = of.dimension;
    rest.rest_of_level = of.level;
    if (of.whole.at.size() == first.first.at.size()) {
      rest.member = keys.coordinate(of.whole.at[present.place]).member;
    }
    add(keys.CoordinateOf(std::move(rest)));
  }
  const size_t before = view.size();
  view.merge(missing);
  return view.size() > before;
}

Alike AlikeOf(const Keys& keys, const Key& key) {
  Alike alike = {{nullptr, key.subject},
                 {nullptr, key.days.begin},
                 {nullptr, key.days.end}};
  for (const uint32_t at : key.at) {
    const Dimension* dimension = keys.coordinate(at).dimension;
    const bool is_reporter = dimension == &keys.vocabulary().reporters();
    alike.emplace_back(dimension, is_reporter ? at : keys.LevelOf(at));
  }
  return alike;
}

void AddLeftOut(const Keys& keys, View& view) {
  const auto timeless = [&keys](Key key) {
    key.days = {};
    return AlikeOf(keys, key);
  };
  std::map<Alike, std::map<vocabulary::DayInterval, const Entry*>> complete;
  for (const auto& [key, entry] : view) {
    if (entry.is_stated && entry.partition == Partition::kComplete) {
      complete[timeless(key)].emplace(key.days, &entry);
    }
  }
  std::vector<View::value_type> left_out;
  for (const auto& [key, entry] : view) {
    const auto found = complete.find(timeless(key));
    if (found == complete.end()) continue;
    for (const auto& [days, like] : found->second) {
      Key other = key;
      other.days = days;
      if (view.contains(other)) continue;
      left_out.push_back({std::move(other), Entry{.cells = {},
                                                  .is_stated = false,
                                                  .is_missing = true,
                                                  .is_left_out = true,
                                                  .partition = like->partition,
                                                  .kind = like->kind}});
    }
  }
  for (View::value_type& one : left_out) view.insert(std::move(one));
}

std::vector<View> SplitView(const Keys& keys, const View& stated) {
  // With all wholes, since figures meet in what nobody states.
  View view = stated;
  AddWholes(keys, view);
  absl::flat_hash_map<Key, size_t> ids;
  std::vector<const Key*> all;
  const auto id_of = [&](const Key& key) {
    return ids.try_emplace(key, ids.size()).first->second;
  };
  std::vector<size_t> parent;
  const auto root = [&parent](size_t at) {
    while (parent[at] != at) at = parent[at] = parent[parent[at]];
    return at;
  };
  const auto join = [&](const Key& a, const Key& b) {
    const size_t from = id_of(a);
    const size_t to = id_of(b);
    while (parent.size() < ids.size()) parent.push_back(parent.size());
    parent[root(from)] = root(to);
  };
  for (const auto& [key, entry] : view) {
    join(key, key);
    for (const Keys::Step& step : keys.StepsFrom(key)) {
      if (view.contains(step.whole)) join(key, step.whole);
    }
    // Figures of one thing at several times, and of some of what others are of.
    Key timeless = key;
    timeless.days = {};
    join(key, timeless);
    const Subject& subject = keys.subject(key);
    if (subject.universe.empty()) continue;
    const std::optional<uint32_t> everything =
        keys.FindSubject({subject.measure, "", subject.aggregation});
    if (!everything.has_value()) continue;
    Key wider = key;
    wider.subject = *everything;
    if (view.contains(wider)) join(key, wider);
  }
  std::map<size_t, View> by_root;
  for (const auto& [key, entry] : stated) {
    by_root[root(ids.at(key))].emplace(key, entry);
  }
  std::vector<View> views;
  for (auto& [at, one] : by_root) views.push_back(std::move(one));
  return views;
}

}  // namespace collate::disclosure
