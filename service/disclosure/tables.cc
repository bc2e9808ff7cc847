#include "service/disclosure/tables.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/state.h"

namespace collate::disclosure {
namespace {

using query::Interval;
using store::Aggregation;
using store::Floor;
using store::Observations;
using store::Partition;
using vocabulary::Day;
using vocabulary::Dimension;
using vocabulary::Measure;
using vocabulary::MemberId;
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

Tables::Tables(const vocabulary::Vocabulary* vocabulary)
    : vocabulary_(vocabulary) {
  std::map<const Dimension*, query::Kinship> kinship;
  for (const Dimension& dimension : vocabulary->dimensions()) {
    kinship.emplace(&dimension, query::Kinship(dimension));
  }
  kinship_ = std::make_shared<const std::map<const Dimension*, query::Kinship>>(
      std::move(kinship));
}

uint32_t Tables::CoordinateOf(Coordinate coordinate) {
  const auto [at, is_new] = coordinate_ids_.try_emplace(
      coordinate, static_cast<uint32_t>(coordinates_.size()));
  if (is_new) coordinates_.push_back(std::move(coordinate));
  return at->second;
}

uint32_t Tables::CoordinateOf(const Dimension* dimension,
                              const std::string& code,
                              const std::string& label) {
  Coordinate coordinate;
  coordinate.dimension = dimension;
  const std::optional<MemberId> member = dimension->Find(code);
  if (member.has_value()) {
    coordinate.member = *member;
  } else {
    coordinate.label = label;
  }
  return CoordinateOf(std::move(coordinate));
}

std::optional<uint32_t> Tables::FindSubject(const Subject& subject) const {
  const auto found = subject_ids_.find(subject);
  if (found == subject_ids_.end()) return std::nullopt;
  return found->second;
}

int Tables::LevelOf(uint32_t coordinate) const {
  const Coordinate& at = coordinates_[coordinate];
  if (at.rest_of_level.has_value()) return *at.rest_of_level;
  if (at.member == vocabulary::kUnmapped) return -1;
  return at.dimension->member(at.member).level;
}

const Measure* Tables::MeasureOf(const Key& key) const {
  return vocabulary_->FindMeasure(subjects_[key.subject].measure);
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
    const Measure* measure = vocabulary_->FindMeasure(chunk.slice.measure);
    ids[c].assign(chunk.row_count(), kNoCount);
    if (!IsCount(measure, chunk)) continue;
    const Subject subject = {chunk.slice.measure, chunk.slice.universe,
                             chunk.slice.aggregation};
    const auto [subject_at, new_subject] = subject_ids_.try_emplace(
        subject, static_cast<uint32_t>(subjects_.size()));
    if (new_subject) subjects_.push_back(subject);
    std::vector<const Dimension*> dimensions;
    for (const store::Axis& axis : chunk.slice.axes) {
      dimensions.push_back(vocabulary_->FindDimension(axis.dimension));
    }
    const bool known =
        measure != nullptr && std::find(dimensions.begin(), dimensions.end(),
                                        nullptr) == dimensions.end();
    for (size_t row = 0; row < chunk.row_count(); ++row) {
      ids[c][row] = kOutsideSums;
      if (!known || AddsNothing(chunk.state[row])) continue;
      Key key;
      key.subject = subject_at->second;
      key.days = {chunk.period_begin[row], chunk.period_end[row]};
      key.at.push_back(CoordinateOf(&vocabulary_->reporters(),
                                    chunk.strings[chunk.reporter.member[row]],
                                    chunk.strings[chunk.reporter.label[row]]));
      for (size_t axis = 0; axis < dimensions.size(); ++axis) {
        key.at.push_back(CoordinateOf(
            dimensions[axis], chunk.strings[chunk.axes[axis].member[row]],
            chunk.strings[chunk.axes[axis].label[row]]));
      }
      std::sort(key.at.begin(), key.at.end(), [this](uint32_t a, uint32_t b) {
        return coordinates_[a].dimension->code() <
               coordinates_[b].dimension->code();
      });
      const auto [key_at, new_key] =
          key_ids_.try_emplace(key, static_cast<uint32_t>(keys_.size()));
      if (new_key) keys_.push_back(key);
      Entry& entry = stated[key];
      const bool added =
          (chunk.flags[row] & vocabulary::kFlagRepeatedKeyAdded) != 0;
      const Stated truth = StatedIn(chunk, row);
      const size_t which = added ? entry.cells.size() : 0;
      const auto [cell_at, new_cell] = cell_ids_.try_emplace(
          {key_at->second, InWords(truth, chunk.slice.floor), which},
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
        cells_.push_back({truth, chunk.slice.floor, true, key_at->second});
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
  RelateAll(stated);
  // What an edition leaves out, its source still states. The two may not fit.
  View& view = views_[source];
  const bool is_first = view.empty();
  for (auto& [key, entry] : stated) view[key] = std::move(entry);
  if (!is_first) RelateAll(view);
  return ids;
}

std::vector<Tables::Step> Tables::StepsFrom(const Key& key) const {
  std::vector<Step> steps;
  for (size_t i = 0; i < key.at.size(); ++i) {
    const Coordinate& at = coordinates_[key.at[i]];
    if (at.dimension != &vocabulary_->reporters()) {
      Step step = {key, i, true};
      step.whole.at.erase(step.whole.at.begin() +
                          static_cast<std::ptrdiff_t>(i));
      steps.push_back(std::move(step));
    }
    if (at.member == vocabulary::kUnmapped) continue;
    if (at.rest_of_level.has_value()) {
      Step step = {key, i, true};
      step.whole.at[i] =
          coordinate_ids_.at({at.dimension, at.member, "", std::nullopt});
      steps.push_back(std::move(step));
      continue;
    }
    const Day day = key.days.begin;
    for (const MemberId wider :
         kinship_->at(at.dimension).WiderThan(at.member, day)) {
      const auto id =
          coordinate_ids_.find({at.dimension, wider, "", std::nullopt});
      if (id == coordinate_ids_.end()) continue;
      Step step = {key, i, at.dimension->Contains(wider, at.member, day)};
      step.whole.at[i] = id->second;
      steps.push_back(std::move(step));
    }
  }
  return steps;
}

size_t Tables::MembersOf(const PartsOf& of) const {
  for (const uint32_t id : of.whole.at) {
    const Coordinate& at = coordinates_[id];
    if (at.dimension != of.dimension || at.member == vocabulary::kUnmapped) {
      continue;
    }
    const std::vector<MemberId> members =
        at.dimension->SelfAndDescendants(at.member, of.whole.days.begin);
    return static_cast<size_t>(
        std::count_if(members.begin(), members.end(), [&](MemberId member) {
          return at.dimension->member(member).level == of.level;
        }));
  }
  return 0;
}

bool Tables::IsAdditive(const Key& key, size_t at, const Entry& entry) const {
  return entry.partition != Partition::kMultiResponse &&
         subjects_[key.subject].aggregation == Aggregation::kSum &&
         MeasureOf(key)->IsAdditiveOver(
             coordinates_[key.at[at]].dimension->code());
}

void Tables::AddWholes(View& view) const {
  std::vector<const View::value_type*> open;
  for (const View::value_type& one : view) open.push_back(&one);
  while (!open.empty()) {
    const View::value_type* part = open.back();
    open.pop_back();
    for (Step& step : StepsFrom(part->first)) {
      if (!step.is_certain || !IsAdditive(part->first, step.at, part->second)) {
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

Tables::BrokenDown Tables::BreakDown(const View& view) const {
  BrokenDown broken_down;
  for (const View::value_type& part : view) {
    for (Step& step : StepsFrom(part.first)) {
      const auto whole = view.find(step.whole);
      // Of what nobody states nobody says that something lies within.
      if (whole == view.end() ||
          (!whole->second.is_stated && !step.is_certain)) {
        continue;
      }
      const uint32_t at = part.first.at[step.at];
      broken_down[{std::move(step.whole), coordinates_[at].dimension,
                   LevelOf(at)}]
          .push_back(&part);
    }
  }
  return broken_down;
}

bool Tables::AddMissingParts(View& view) {
  // Along which dimensions a key is broken down, and what else it is.
  using Kind = std::pair<uint32_t, std::vector<const Dimension*>>;
  std::map<std::tuple<Kind, const Dimension*, int>, std::set<uint32_t>> seen;
  const auto kind_of = [this](const Key& key) {
    Kind kind = {key.subject, {}};
    for (const uint32_t at : key.at) {
      kind.second.push_back(coordinates_[at].dimension);
    }
    return kind;
  };
  for (const auto& [key, entry] : view) {
    if (entry.is_missing) continue;
    for (const uint32_t at : key.at) {
      seen[{kind_of(key), coordinates_[at].dimension, LevelOf(at)}].insert(at);
    }
  }
  std::vector<View::value_type> missing;
  for (const auto& [of, parts] : BreakDown(view)) {
    const Entry& whole = view.at(of.whole);
    if (of.level < 0 || !whole.is_stated) continue;
    const View::value_type& first = *parts.front();
    std::set<uint32_t> present;
    size_t place = 0;
    std::vector<uint32_t> cells;
    bool all_stated = true;
    for (const View::value_type* part : parts) {
      for (size_t i = 0; i < part->first.at.size(); ++i) {
        if (coordinates_[part->first.at[i]].dimension != of.dimension) continue;
        present.insert(part->first.at[i]);
        place = i;
      }
      if (part->second.is_missing) continue;
      all_stated = all_stated && part->second.is_stated;
      cells.insert(cells.end(), part->second.cells.begin(),
                   part->second.cells.end());
    }
    if (!IsAdditive(first.first, place, first.second)) continue;
    const bool adds_up =
        all_stated && !query::AreDisjoint(TruthOf(whole.cells), TruthOf(cells));
    if (adds_up) continue;
    bool has_missing = false;
    const auto add = [&, &of = of](uint32_t member) {
      Key key = first.first;
      key.at[place] = member;
      // Of a wider member only those that lie in it are parts.
      const std::vector<Step> steps = StepsFrom(key);
      if (std::none_of(steps.begin(), steps.end(), [&](const Step& step) {
            return step.is_certain && step.whole == of.whole;
          })) {
        return;
      }
      has_missing = true;
      missing.push_back(
          {std::move(key), Entry{.cells = {},
                                 .is_stated = false,
                                 .is_missing = true,
                                 .partition = first.second.partition,
                                 .kind = first.second.kind}});
    };
    for (const uint32_t member :
         seen[{kind_of(first.first), of.dimension, of.level}]) {
      if (!present.contains(member)) add(member);
    }
    // Where all of it is stated and is less than the whole, there is more.
    has_missing = has_missing || parts.size() > present.size() ||
                  std::any_of(parts.begin(), parts.end(),
                              [](const View::value_type* part) {
                                return part->second.is_missing;
                              });
    if (has_missing || !all_stated ||
        !query::IsMoreThan(TruthOf(whole.cells), TruthOf(cells))) {
      continue;
    }
    Coordinate rest;
    rest.dimension = of.dimension;
    rest.rest_of_level = of.level;
    if (of.whole.at.size() == first.first.at.size()) {
      rest.member = coordinates_[of.whole.at[place]].member;
    }
    add(CoordinateOf(std::move(rest)));
  }
  bool any = false;
  for (View::value_type& one : missing) any = view.insert(one).second || any;
  return any;
}

void Tables::RelateAll(const View& view) {
  for (const Assumed assumed :
       {Assumed::kMissingParts, Assumed::kWholes, Assumed::kStated}) {
    made_.clear();
    Relate(view, assumed);
    if (IsPossible()) break;
  }
  Keep();
}

bool Tables::IsPossible() const {
  System system;
  for (const Cell& cell : cells_) {
    Unknown unknown;
    if (cell.is_stated) {
      unknown.known = Possible(cell.truth, cell.floor);
    } else if (cell.floor == Floor::kZero) {
      unknown.known.lower = 0;
    }
    system.figures.push_back(unknown);
  }
  system.relations = made_;
  return HasSolution(system);
}

void Tables::Relate(const View& stated, Assumed assumed) {
  View view = stated;
  if (assumed != Assumed::kStated) AddWholes(view);
  if (assumed == Assumed::kMissingParts) {
    while (AddMissingParts(view)) AddWholes(view);
  }
  const BrokenDown broken_down = BreakDown(view);
  // From the parts up: with an axis less, or with a wider member.
  std::vector<View::value_type*> unstated;
  for (View::value_type& one : view) {
    if (!one.second.is_stated) unstated.push_back(&one);
  }
  const auto height = [this](const View::value_type* one) {
    int levels = 0;
    for (const uint32_t at : one->first.at) levels -= LevelOf(at);
    return std::make_pair(-static_cast<int>(one->first.at.size()), levels);
  };
  std::stable_sort(unstated.begin(), unstated.end(),
                   [&](const View::value_type* a, const View::value_type* b) {
                     return height(a) < height(b);
                   });
  for (View::value_type* whole : unstated) {
    RelateUnstated(broken_down, *whole);
  }
  RelateStated(broken_down, view);
  RelatePeriods(view);
}

void Tables::RelateUnstated(const BrokenDown& broken_down,
                            View::value_type& whole) {
  std::vector<std::vector<uint32_t>> ways;
  std::vector<bool> is_whole;  // by way: nothing can be missing
  std::vector<uint32_t> unknown;
  const PartsOf first = {whole.first, nullptr, std::numeric_limits<int>::min()};
  const Dimension* dimension = nullptr;
  for (auto of = broken_down.lower_bound(first);
       of != broken_down.end() && of->first.whole == whole.first; ++of) {
    if (of->first.dimension != dimension) unknown.clear();
    dimension = of->first.dimension;
    std::vector<uint32_t> parts;
    std::vector<uint32_t> missing;
    bool complete = true;
    size_t reporters = 0;
    for (const View::value_type* part : of->second) {
      const auto at = std::find_if(
          part->first.at.begin(), part->first.at.end(),
          [&](uint32_t id) { return coordinates_[id].dimension == dimension; });
      if (!IsAdditive(part->first,
                      static_cast<size_t>(at - part->first.at.begin()),
                      part->second)) {
        continue;
      }
      complete = complete && part->second.partition == Partition::kComplete;
      if (!coordinates_[*at].rest_of_level.has_value()) ++reporters;
      std::vector<uint32_t>& to = part->second.is_missing ? missing : parts;
      to.insert(to.end(), part->second.cells.begin(), part->second.cells.end());
    }
    // Labels that nobody knows are printed beside the others.
    if (of->first.level < 0) unknown = parts;
    if (of->first.level >= 0) {
      parts.insert(parts.end(), unknown.begin(), unknown.end());
    }
    std::sort(parts.begin(), parts.end());
    parts.insert(parts.end(), missing.begin(), missing.end());
    if (parts.empty()) continue;
    std::sort(parts.begin(), parts.end());
    ways.push_back(std::move(parts));
    if (dimension == &vocabulary_->reporters()) {
      // A breakdown says nothing of who reports.
      complete = reporters == MembersOf(of->first);
    }
    is_whole.push_back(complete || !missing.empty());
  }
  // What fits the ways that leave nothing out. Of the others those that come to
  // the same leave nothing out, either.
  Interval truth;
  bool any_whole = false;
  for (size_t way = 0; way < ways.size(); ++way) {
    const Interval sum = TruthOf(ways[way]);
    for (size_t other = 0; other < way && !is_whole[way]; ++other) {
      if (sum != TruthOf(ways[other]) || sum.lower != sum.upper) continue;
      is_whole[way] = true;
      is_whole[other] = true;
    }
  }
  for (size_t way = 0; way < ways.size(); ++way) {
    if (!is_whole[way]) continue;
    const Interval sum = TruthOf(ways[way]);
    if (!any_whole) {
      truth = sum;
    } else if (!query::AreDisjoint(truth, sum)) {
      truth.lower = std::max(truth.lower, sum.lower);
      if (sum.upper.has_value()) {
        truth.upper = std::min(truth.upper.value_or(*sum.upper), *sum.upper);
      }
    } else if (query::IsMoreThan(sum, truth)) {
      truth = sum;
    }
    any_whole = true;
  }
  if (!any_whole) {
    for (const std::vector<uint32_t>& parts : ways) {
      truth.lower = std::max(truth.lower, TruthOf(parts).lower);
    }
  }
  const auto [at, is_new] = unstated_.try_emplace(
      {whole.first, ways}, static_cast<uint32_t>(cells_.size()));
  whole.second.cells = {at->second};
  std::vector<uint32_t> all;
  for (const std::vector<uint32_t>& parts : ways) {
    all.insert(all.end(), parts.begin(), parts.end());
  }
  const auto [key_at, new_key] =
      key_ids_.try_emplace(whole.first, static_cast<uint32_t>(keys_.size()));
  if (new_key) keys_.push_back(whole.first);
  if (is_new) {
    Cell cell;
    cell.is_stated = false;
    cell.key = key_at->second;
    cell.floor = NeverNegative(all) ? Floor::kZero : Floor::kNone;
    cell.truth.state = State::kNotShown;
    cell.truth.bounds = truth;
    cells_.push_back(std::move(cell));
  }
  for (size_t way = 0; way < ways.size(); ++way) {
    Relate(Sum{.parts = std::move(ways[way]),
               .whole = whole.second.cells,
               .may_be_equal = is_whole[way]});
  }
}

void Tables::RelateStated(const BrokenDown& broken_down, const View& view) {
  for (const auto& [of, parts] : broken_down) {
    const Entry& whole = view.at(of.whole);
    if (!whole.is_stated) continue;
    const Measure* const measure = MeasureOf(of.whole);
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
    sum.add = subjects_[of.whole.subject].aggregation == Aggregation::kSum &&
              !several && measure->IsAdditiveOver(of.dimension->code());
    sum.may_be_equal = sum.add;
    sum.covers = !sum.add && complete;
    // What is stated may add up without what may be missing.
    if (missing.empty() || all_stated) Relate(sum);
    // Labels that nobody knows are printed beside the others, and are parts.
    const auto unknown = broken_down.find({of.whole, of.dimension, -1});
    if (of.level >= 0 && unknown != broken_down.end()) {
      take(unknown->second);
      if (missing.empty() || all_stated) Relate(sum);
    }
    if (missing.empty()) continue;
    take(missing);
    Relate(sum);
  }
  // What is known of some is a part of what is known of all.
  for (const auto& [key, entry] : view) {
    const Subject& subject = subjects_[key.subject];
    if (subject.universe.empty()) continue;
    const std::optional<uint32_t> everything =
        FindSubject({subject.measure, "", subject.aggregation});
    if (!everything.has_value()) continue;
    Key all = key;
    all.subject = *everything;
    const auto found = view.find(all);
    if (found == view.end()) continue;
    Relate(Sum{.parts = entry.cells, .whole = found->second.cells});
  }
}

void Tables::Keep() {
  absl::flat_hash_map<uint32_t, int> uses;
  const auto count = [&](const Relation& relation, int by) {
    for (const Term& term : relation.terms) {
      if (!cells_[term.figure].is_stated) uses[term.figure] += by;
    }
  };
  for (const Relation& relation : relations_) count(relation, 1);
  for (const Relation& relation : made_) count(relation, 1);
  // The only sum of a whole that nobody states says nothing: it is whatever
  // the parts come to.
  const auto says_nothing = [&](const Relation& relation) {
    return std::any_of(
        relation.terms.begin(), relation.terms.end(), [&](const Term& whole) {
          const Cell& cell = cells_[whole.figure];
          if (cell.is_stated || uses[whole.figure] > 1) return false;
          return cell.floor == Floor::kNone ||
                 (whole.factor < 0 &&
                  std::all_of(relation.terms.begin(), relation.terms.end(),
                              [&](const Term& term) {
                                return term.figure == whole.figure ||
                                       (term.factor > 0 &&
                                        cells_[term.figure].floor ==
                                            Floor::kZero);
                              }));
        });
  };
  while (true) {
    std::vector<Relation> telling;
    for (Relation& relation : made_) {
      if (says_nothing(relation)) {
        count(relation, -1);
      } else {
        telling.push_back(std::move(relation));
      }
    }
    const bool done = telling.size() == made_.size();
    made_ = std::move(telling);
    if (done) break;
  }
  for (Relation& relation : made_) {
    if (known_.insert({relation.terms, relation.sum.lower, relation.sum.upper})
            .second) {
      relations_.push_back(std::move(relation));
    }
  }
  made_.clear();
}

void Tables::RelatePeriods(const View& view) {
  // Rows that differ in their days alone.
  std::map<Key, std::vector<const View::value_type*>> series;
  for (const View::value_type& stated : view) {
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
    const bool additive =
        MeasureOf(key)->additive_over_time &&
        subjects_[key.subject].aggregation == Aggregation::kSum;
    if (!additive) {
      RelateNested(stated);
    } else if (!RelateStretches(stated)) {
      RelateTiles(stated);
    }
  }
}

bool Tables::RelateStretches(
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
  const bool never_negative = NeverNegative(all);
  std::vector<Edge> edges;
  for (const View::value_type* one : series) {
    const size_t from = place(one->first.days.begin);
    const size_t to = place(one->first.days.end);
    const Interval truth = TruthOf(one->second.cells);
    if (truth.upper.has_value()) edges.push_back({from, to, *truth.upper});
    if (truth.lower.has_value()) edges.push_back({to, from, -*truth.lower});
  }
  for (size_t i = 1; never_negative && i < days.size(); ++i) {
    edges.push_back({i, i - 1, 0});
  }
  if (!HaveTotals(days.size(), edges)) return false;
  // The stretches between two days, of which every figure is some in a row. A
  // later edition may have the same; then nothing new is known.
  std::vector<std::vector<uint32_t>> cells(days.size());
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
  const auto [made_at, is_new] =
      stretches_.try_emplace(std::make_pair(std::move(signature), days),
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
    AddRelation(std::move(terms), Interval::Exactly(0));
  }
  return true;
}

void Tables::RelateTiles(const std::vector<const View::value_type*>& series) {
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

void Tables::RelateNested(const std::vector<const View::value_type*>& series) {
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

Interval Tables::TruthOf(const std::vector<uint32_t>& cells) const {
  Interval sum = Interval::Exactly(0);
  for (const uint32_t cell : cells) {
    // Numbers are bounded, and so are rows: this never overflows.
    static_cast<void>(
        query::AddTo(Possible(cells_[cell].truth, cells_[cell].floor), &sum));
  }
  return sum;
}

bool Tables::NeverNegative(const std::vector<uint32_t>& cells) const {
  return std::all_of(cells.begin(), cells.end(), [this](uint32_t cell) {
    return cells_[cell].floor == Floor::kZero;
  });
}

void Tables::Relate(const Sum& sum) {
  if (sum.parts.empty() || sum.whole.empty()) return;
  const Interval whole = TruthOf(sum.whole);
  const Interval parts = TruthOf(sum.parts);
  const auto terms = [&](const std::vector<uint32_t>& of) {
    std::vector<Term> made;
    for (const uint32_t cell : of) made.push_back({cell, 1});
    for (const uint32_t cell : sum.whole) made.push_back({cell, -1});
    return made;
  };
  if (sum.may_be_equal && !query::AreDisjoint(parts, whole)) {
    AddRelation(terms(sum.parts), Interval::Exactly(0));
    return;
  }
  if (!NeverNegative(sum.parts) || !NeverNegative(sum.whole)) return;
  const Interval no_more = {std::nullopt, 0};
  if (sum.add) {
    if (!query::IsMoreThan(parts, whole)) {
      AddRelation(terms(sum.parts), no_more);
    }
    return;
  }
  for (const uint32_t part : sum.parts) {
    if (!query::IsMoreThan(TruthOf({part}), whole)) {
      AddRelation(terms({part}), no_more);
    }
  }
  if (sum.covers && !query::IsMoreThan(whole, parts)) {
    AddRelation(terms(sum.parts), {0, std::nullopt});
  }
}

void Tables::AddRelation(std::vector<Term> terms, const Interval& sum) {
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
}

std::string Tables::Describe(uint32_t cell) const {
  const Key& key = keys_[cells_[cell].key];
  std::string text = subjects_[key.subject].measure;
  if (!subjects_[key.subject].universe.empty()) {
    absl::StrAppend(&text, " of ", subjects_[key.subject].universe);
  }
  std::string members;
  std::string reporter;
  for (const uint32_t id : key.at) {
    const Coordinate& at = coordinates_[id];
    const std::string name = at.member == vocabulary::kUnmapped
                                 ? absl::StrCat("'", at.label, "'")
                                 : at.dimension->member(at.member).code;
    if (at.dimension == &vocabulary_->reporters()) {
      reporter = name;
    } else {
      absl::StrAppend(&members, ", ", at.dimension->code(), " ", name);
    }
  }
  return absl::StrCat(text, ", ", reporter, ", ",
                      vocabulary::FormatPeriod(vocabulary::PeriodOf(key.days)),
                      members);
}

}  // namespace collate::disclosure
