#include "service/disclosure/attack.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::disclosure {
namespace {

using query::Interval;

bool IsFixed(const Interval& interval) {
  return interval.lower.has_value() && interval.lower == interval.upper;
}

bool IsNarrow(const Unknown& figure, const Interval& known) {
  return figure.least_width > 0 && known.lower.has_value() &&
         known.upper.has_value() &&
         *known.upper - *known.lower < figure.least_width;
}

// Figures that relations connect; what is fixed connects nothing.
class Components {
 public:
  explicit Components(const System& system) : parent_(system.figures.size()) {
    std::iota(parent_.begin(), parent_.end(), 0u);
    for (const Relation& relation : system.relations) {
      std::optional<uint32_t> first;
      for (const Term& term : relation.terms) {
        if (IsFixed(system.figures[term.figure].known)) continue;
        if (first.has_value()) {
          parent_[Root(term.figure)] = Root(*first);
        } else {
          first = term.figure;
        }
      }
    }
  }

  uint32_t Root(uint32_t figure) {
    while (parent_[figure] != figure) {
      parent_[figure] = parent_[parent_[figure]];
      figure = parent_[figure];
    }
    return figure;
  }

 private:
  std::vector<uint32_t> parent_;
};

// One component: its figures with their intervals, and relations without the
// figures that are fixed.
struct Part {
  std::vector<uint32_t> figures;
  std::vector<Unknown> unknowns;
  std::vector<Relation> relations;  // terms name indexes into `figures`
};

void Subtract(int64_t number, Interval* from) {
  if (from->lower.has_value()) *from->lower -= number;
  if (from->upper.has_value()) *from->upper -= number;
}

// Rounded towards what is possible, for factors of either sign.
int64_t FloorDivide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return quotient - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}
int64_t CeilDivide(int64_t a, int64_t b) { return -FloorDivide(-a, b); }

// Narrows the intervals by each relation alone, again and again. False when
// nothing fits.
bool Propagate(Part& part) {
  constexpr int kRounds = 30;
  for (int round = 0; round < kRounds; ++round) {
    bool changed = false;
    for (const Relation& relation : part.relations) {
      // Of the whole sum: its finite part, and how many terms have no end.
      int64_t least = 0;
      int64_t most = 0;
      int no_least = 0;
      int no_most = 0;
      const auto ends = [&](const Term& term) {
        const Interval& known = part.unknowns[term.figure].known;
        std::optional<int64_t> low = known.lower;
        std::optional<int64_t> high = known.upper;
        if (term.factor < 0) std::swap(low, high);
        if (low.has_value()) *low *= term.factor;
        if (high.has_value()) *high *= term.factor;
        return std::make_pair(low, high);
      };
      for (const Term& term : relation.terms) {
        const auto [low, high] = ends(term);
        low.has_value() ? least += *low : ++no_least;
        high.has_value() ? most += *high : ++no_most;
      }
      for (const Term& term : relation.terms) {
        const auto [low, high] = ends(term);
        Interval& known = part.unknowns[term.figure].known;
        Interval room;  // of factor times figure
        if (relation.sum.lower.has_value() &&
            no_most - (high.has_value() ? 0 : 1) == 0) {
          room.lower = *relation.sum.lower - (most - high.value_or(0));
        }
        if (relation.sum.upper.has_value() &&
            no_least - (low.has_value() ? 0 : 1) == 0) {
          room.upper = *relation.sum.upper - (least - low.value_or(0));
        }
        if (term.factor < 0) std::swap(room.lower, room.upper);
        if (room.lower.has_value()) {
          const int64_t lower = CeilDivide(*room.lower, term.factor);
          if (!known.lower.has_value() || lower > *known.lower) {
            known.lower = lower;
            changed = true;
          }
        }
        if (room.upper.has_value()) {
          const int64_t upper = FloorDivide(*room.upper, term.factor);
          if (!known.upper.has_value() || upper < *known.upper) {
            known.upper = upper;
            changed = true;
          }
        }
        if (known.lower.has_value() && known.upper.has_value() &&
            *known.lower > *known.upper) {
          return false;
        }
        if (changed) {
          // The sums above are of what was known before.
          const auto [new_low, new_high] = ends(term);
          if (low.has_value()) least -= *low;
          if (!low.has_value()) --no_least;
          new_low.has_value() ? least += *new_low : ++no_least;
          if (high.has_value()) most -= *high;
          if (!high.has_value()) --no_most;
          new_high.has_value() ? most += *new_high : ++no_most;
        }
      }
    }
    if (!changed) break;
  }
  return true;
}

// The linear program of one component.
class Program {
 public:
  Program(const Part& part, const AttackLimits& limits)
      : part_(part),
        steps_left_(limits.max_steps),
        branches_(limits.max_branches) {
    glp_term_out(GLP_OFF);
    problem_.reset(glp_create_prob());
    // What has no end gets one so far off that everything shown fits below:
    // fewer solutions, and so never more safety than there is.
    far_ = 1000;
    for (const Unknown& unknown : part.unknowns) {
      const int64_t lower = std::abs(unknown.known.lower.value_or(0));
      const int64_t upper = std::abs(unknown.known.upper.value_or(0));
      far_ += std::max(lower, upper);
    }
    for (const Relation& relation : part.relations) {
      far_ += std::max(std::abs(relation.sum.lower.value_or(0)),
                       std::abs(relation.sum.upper.value_or(0)));
    }
    far_ = std::min(far_, 4 * kMaxNumber);
    glp_add_cols(problem_.get(), static_cast<int>(part.unknowns.size()));
    for (size_t i = 0; i < part.unknowns.size(); ++i) {
      SetBounds(i, part.unknowns[i].known);
      glp_set_col_kind(problem_.get(), Column(i), GLP_IV);
    }
    if (!part.relations.empty()) {
      glp_add_rows(problem_.get(), static_cast<int>(part.relations.size()));
    }
    std::vector<int> columns;
    std::vector<double> factors;
    for (size_t r = 0; r < part.relations.size(); ++r) {
      const Relation& relation = part.relations[r];
      columns.assign(1, 0);
      factors.assign(1, 0);
      for (const Term& term : relation.terms) {
        columns.push_back(Column(term.figure));
        factors.push_back(static_cast<double>(term.factor));
      }
      const int row = static_cast<int>(r) + 1;
      const Interval& sum = relation.sum;
      glp_set_row_bnds(problem_.get(), row, KindOf(sum),
                       static_cast<double>(sum.lower.value_or(0)),
                       static_cast<double>(sum.upper.value_or(0)));
      glp_set_mat_row(problem_.get(), row,
                      static_cast<int>(relation.terms.size()), columns.data(),
                      factors.data());
    }
  }

  int64_t far() const { return far_; }

  void SetGoal(size_t figure, double factor) {
    glp_set_obj_coef(problem_.get(), Column(figure), factor);
  }

  // The greatest sum of the goals; nullopt when the solver finds none.
  std::optional<double> Solve() {
    glp_set_obj_dir(problem_.get(), GLP_MAX);
    glp_smcp options;
    glp_init_smcp(&options);
    options.msg_lev = GLP_MSG_OFF;
    options.it_lim = std::max(steps_left_, 1);
    const int before = glp_get_it_cnt(problem_.get());
    const int failed = glp_simplex(problem_.get(), &options);
    steps_left_ -= glp_get_it_cnt(problem_.get()) - before;
    whole_ = false;
    if (failed != 0 || glp_get_status(problem_.get()) != GLP_OPT) {
      // A basis that went bad must not spoil what comes after it.
      glp_std_basis(problem_.get());
      return std::nullopt;
    }
    return glp_get_obj_val(problem_.get());
  }

  // Of a figure, in what was solved last.
  double Number(size_t figure) const {
    return glp_get_col_prim(problem_.get(), Column(figure));
  }

  // Looks for any solution in whole numbers in which a figure lies in `room`.
  bool FindWhole(size_t figure, const Interval& room) {
    const Interval& known = part_.unknowns[figure].known;
    if ((room.lower.has_value() && known.upper.has_value() &&
         *room.lower > *known.upper) ||
        (room.upper.has_value() && known.lower.has_value() &&
         *room.upper < *known.lower)) {
      return false;
    }
    Interval both = known;
    if (room.lower.has_value()) both.lower = room.lower;
    if (room.upper.has_value()) both.upper = room.upper;
    SetBounds(figure, both);
    const bool found = SolveWhole();
    SetBounds(figure, known);
    return found;
  }

  // The solution, where it is whole and everything holds.
  std::optional<std::vector<int64_t>> Solution() const {
    std::vector<int64_t> solution(part_.unknowns.size());
    for (size_t i = 0; i < solution.size(); ++i) {
      const double number = whole_
                                ? glp_mip_col_val(problem_.get(), Column(i))
                                : glp_get_col_prim(problem_.get(), Column(i));
      if (std::abs(number) > 8.0 * static_cast<double>(kMaxNumber)) {
        return std::nullopt;
      }
      solution[i] = std::llround(number);
      const Interval& known = part_.unknowns[i].known;
      if ((known.lower.has_value() && solution[i] < *known.lower) ||
          (known.upper.has_value() && solution[i] > *known.upper)) {
        return std::nullopt;
      }
    }
    for (const Relation& relation : part_.relations) {
      int64_t sum = 0;
      for (const Term& term : relation.terms) {
        sum += term.factor * solution[term.figure];
      }
      if ((relation.sum.lower.has_value() && sum < *relation.sum.lower) ||
          (relation.sum.upper.has_value() && sum > *relation.sum.upper)) {
        return std::nullopt;
      }
    }
    return solution;
  }

 private:
  struct Delete {
    void operator()(glp_prob* problem) const { glp_delete_prob(problem); }
  };

  static int Column(size_t figure) { return static_cast<int>(figure) + 1; }

  static int KindOf(const Interval& interval) {
    if (IsFixed(interval)) return GLP_FX;
    if (interval.lower.has_value()) {
      return interval.upper.has_value() ? GLP_DB : GLP_LO;
    }
    return interval.upper.has_value() ? GLP_UP : GLP_FR;
  }

  bool SolveWhole() {
    glp_iocp options;
    glp_init_iocp(&options);
    options.msg_lev = GLP_MSG_OFF;
    options.presolve = GLP_ON;
    int branches = branches_;
    options.cb_func = [](glp_tree* tree, void* info) {
      int& left = *static_cast<int*>(info);
      if (glp_ios_reason(tree) == GLP_ISELECT && --left < 0) {
        glp_ios_terminate(tree);
      }
    };
    options.cb_info = &branches;
    whole_ = true;
    const int failed = glp_intopt(problem_.get(), &options);
    if (failed != 0 && failed != GLP_ESTOP) return false;
    const int status = glp_mip_status(problem_.get());
    return status == GLP_OPT || status == GLP_FEAS;
  }

  void SetBounds(size_t figure, const Interval& known) {
    const int64_t lower = known.lower.value_or(-far_);
    const int64_t upper = known.upper.value_or(far_);
    glp_set_col_bnds(problem_.get(), Column(figure),
                     lower == upper ? GLP_FX : GLP_DB,
                     static_cast<double>(lower), static_cast<double>(upper));
  }

  const Part& part_;
  std::unique_ptr<glp_prob, Delete> problem_;
  int64_t far_ = 0;
  int steps_left_;
  int branches_;
  bool whole_ = false;
};

// Looks for two far numbers of every guarded figure of one component.
class Attack {
 public:
  Attack(const Part& part, const AttackLimits& limits)
      : part_(part), program_(part, limits), seen_(part.unknowns.size()) {
    for (size_t i = 0; i < part.unknowns.size(); ++i) {
      if (part.unknowns[i].least_width > 0) guarded_.push_back(i);
    }
  }

  absl::Status Run(const AttackProgress& progress,
                   std::vector<Exposure>& exposures) {
    LookAround();
    for (const size_t figure : guarded_) {
      if (progress) COLLATE_RETURN_IF_ERROR(progress());
      if (IsSafe(figure)) continue;
      const Interval known = Corner(figure);
      if (!IsSafe(figure)) {
        exposures.push_back({part_.figures[figure], known});
      }
    }
    return absl::OkStatus();
  }

 private:
  struct Seen {
    int64_t least = std::numeric_limits<int64_t>::max();
    int64_t most = std::numeric_limits<int64_t>::min();
  };

  bool IsSafe(size_t figure) const {
    const Seen& seen = seen_[figure];
    return seen.least <= seen.most &&
           seen.most - seen.least >= part_.unknowns[figure].least_width;
  }

  void Note() {
    const auto solution = program_.Solution();
    if (!solution.has_value()) return;
    for (size_t i = 0; i < solution->size(); ++i) {
      seen_[i].least = std::min(seen_[i].least, (*solution)[i]);
      seen_[i].most = std::max(seen_[i].most, (*solution)[i]);
    }
  }

  // A few solutions in all directions prove most figures safe at once.
  void LookAround() {
    constexpr int kDirections = 6;
    uint64_t random = 0x9e3779b97f4a7c15u;
    for (int direction = 0; direction < kDirections; ++direction) {
      std::vector<double> factors;
      for (size_t i = 0; i < guarded_.size(); ++i) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        factors.push_back((random >> 40) % 2 == 0 ? 1.0 : -1.0);
      }
      for (const double sign : {1.0, -1.0}) {
        for (size_t i = 0; i < guarded_.size(); ++i) {
          program_.SetGoal(guarded_[i], sign * factors[i]);
        }
        if (program_.Solve().has_value()) Note();
      }
      if (std::all_of(guarded_.begin(), guarded_.end(),
                      [this](size_t figure) { return IsSafe(figure); })) {
        break;
      }
    }
    for (const size_t figure : guarded_) program_.SetGoal(figure, 0);
  }

  // Where one figure can go at most, in fractions; notes whole solutions on
  // the way, and looks for such where fractions alone would not prove it.
  Interval Corner(size_t figure) {
    Interval known = part_.unknowns[figure].known;
    bool narrow_in_fractions = false;
    std::optional<double> most[2];
    for (const int side : {0, 1}) {
      program_.SetGoal(figure, side == 0 ? -1 : 1);
      most[side] = program_.Solve();
      if (most[side].has_value()) Note();
    }
    if (most[0].has_value() && most[1].has_value()) {
      constexpr double kNear = 1e-6;
      const auto lower = static_cast<int64_t>(std::ceil(-*most[0] - kNear));
      const auto upper = static_cast<int64_t>(std::floor(*most[1] + kNear));
      if (lower > -program_.far()) known.lower = lower;
      if (upper < program_.far()) known.upper = upper;
      narrow_in_fractions = upper - lower < part_.unknowns[figure].least_width;
    }
    program_.SetGoal(figure, 0);
    if (!narrow_in_fractions) LookForWhole(figure);
    return known;
  }

  // One whole solution, and another that is as far off as it has to be.
  void LookForWhole(size_t figure) {
    const Seen& seen = seen_[figure];
    if (seen.least > seen.most && program_.FindWhole(figure, {})) Note();
    if (seen.least > seen.most) return;
    const int64_t width = part_.unknowns[figure].least_width;
    if (!IsSafe(figure) &&
        program_.FindWhole(figure, {seen.least + width, std::nullopt})) {
      Note();
    }
    if (!IsSafe(figure) &&
        program_.FindWhole(figure, {std::nullopt, seen.most - width})) {
      Note();
    }
  }

  const Part& part_;
  Program program_;
  std::vector<Seen> seen_;
  std::vector<size_t> guarded_;
};

absl::Status TooLarge(size_t figures, size_t limit) {
  return base::Error(absl::StatusCode::kResourceExhausted, "DISCLOSURE_LIMIT",
                     absl::StrCat(figures,
                                  " figures are connected by sums, the limit "
                                  "is ",
                                  limit))
      .With("figures", absl::StrCat(figures))
      .With("limit", absl::StrCat(limit));
}

// The components of a system that have an unknown figure; `wanted` says of the
// root of each whether it is asked for.
std::vector<Part> Split(const System& system, Components& components,
                        const std::vector<bool>& wanted) {
  constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  const size_t count = system.figures.size();
  std::vector<Part> parts;  // in the order of their first figures
  std::vector<uint32_t> part_of(count, kNone);
  std::vector<uint32_t> place(count, 0);
  for (uint32_t figure = 0; figure < count; ++figure) {
    const uint32_t root = components.Root(figure);
    const Unknown& unknown = system.figures[figure];
    if (!wanted[root] || IsFixed(unknown.known)) continue;
    if (part_of[root] == kNone) {
      part_of[root] = static_cast<uint32_t>(parts.size());
      parts.emplace_back();
    }
    Part& part = parts[part_of[root]];
    place[figure] = static_cast<uint32_t>(part.figures.size());
    part.figures.push_back(figure);
    part.unknowns.push_back(unknown);
  }
  for (const Relation& relation : system.relations) {
    Relation own;
    own.sum = relation.sum;
    uint32_t root = 0;
    for (const Term& term : relation.terms) {
      const Interval& known = system.figures[term.figure].known;
      if (IsFixed(known)) {
        Subtract(term.factor * *known.lower, &own.sum);
      } else {
        root = components.Root(term.figure);
        own.terms.push_back({place[term.figure], term.factor});
      }
    }
    if (own.terms.empty() || !wanted[root]) continue;
    parts[part_of[root]].relations.push_back(std::move(own));
  }
  return parts;
}

}  // namespace

namespace {

// What is fixed fits itself, or nothing does.
bool FixedFit(const System& system) {
  for (const Relation& relation : system.relations) {
    Interval sum = relation.sum;
    bool fixed = true;
    for (const Term& term : relation.terms) {
      const Interval& known = system.figures[term.figure].known;
      fixed = fixed && IsFixed(known);
      if (fixed) Subtract(term.factor * *known.lower, &sum);
    }
    if (fixed && ((sum.lower.has_value() && *sum.lower > 0) ||
                  (sum.upper.has_value() && *sum.upper < 0))) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool HasSolution(const System& system) {
  if (!FixedFit(system)) return false;
  Components components(system);
  const std::vector<bool> all(system.figures.size(), true);
  const AttackLimits limits;
  for (Part& part : Split(system, components, all)) {
    if (part.relations.empty()) continue;
    if (!Propagate(part) || (part.figures.size() <= limits.max_figures &&
                             !Program(part, limits).Solve().has_value())) {
      return false;
    }
  }
  return true;
}

std::optional<std::vector<double>> CheapestSolution(
    const System& system, const std::vector<int64_t>& costs) {
  if (!FixedFit(system)) return std::nullopt;
  std::vector<double> solution;
  for (const Unknown& unknown : system.figures) {
    const Interval& known = unknown.known;
    solution.push_back(
        static_cast<double>(known.lower.value_or(known.upper.value_or(0))));
  }
  Components components(system);
  const std::vector<bool> all(system.figures.size(), true);
  const AttackLimits limits;
  for (Part& part : Split(system, components, all)) {
    if (part.relations.empty()) continue;
    if (!Propagate(part) || part.figures.size() > limits.max_figures) {
      return std::nullopt;
    }
    Program program(part, limits);
    for (size_t i = 0; i < part.figures.size(); ++i) {
      program.SetGoal(i, -static_cast<double>(costs[part.figures[i]]));
    }
    if (!program.Solve().has_value()) return std::nullopt;
    for (size_t i = 0; i < part.figures.size(); ++i) {
      solution[part.figures[i]] = program.Number(i);
    }
  }
  return solution;
}

absl::StatusOr<std::vector<Exposure>> FindExposed(
    const System& system, const std::vector<uint32_t>* among,
    const AttackLimits& limits, const AttackProgress& progress) {
  const size_t count = system.figures.size();
  Components components(system);
  std::vector<bool> wanted(count, among == nullptr);
  if (among != nullptr) {
    for (const uint32_t figure : *among) {
      wanted[components.Root(figure)] = true;
    }
  }
  std::vector<Exposure> exposures;
  for (uint32_t figure = 0; figure < count; ++figure) {
    const Unknown& unknown = system.figures[figure];
    // What stands there for all to read is nobody's finding, unless it was to
    // be kept.
    if (wanted[components.Root(figure)] && IsFixed(unknown.known) &&
        unknown.least_width > 0) {
      exposures.push_back({figure, unknown.known});
    }
  }
  for (Part& part : Split(system, components, wanted)) {
    if (std::none_of(
            part.unknowns.begin(), part.unknowns.end(),
            [](const Unknown& unknown) { return unknown.least_width > 0; })) {
      continue;
    }
    if (part.figures.size() > limits.max_figures) {
      return TooLarge(part.figures.size(), limits.max_figures);
    }
    const bool possible = Propagate(part);
    if (possible && !part.relations.empty()) {
      COLLATE_RETURN_IF_ERROR(Attack(part, limits).Run(progress, exposures));
      continue;
    }
    for (size_t i = 0; i < part.figures.size(); ++i) {
      // Where nothing that is shown can be true together, nothing is proven.
      if (possible ? IsNarrow(part.unknowns[i], part.unknowns[i].known)
                   : part.unknowns[i].least_width > 0) {
        exposures.push_back({part.figures[i], part.unknowns[i].known});
      }
    }
  }
  std::sort(
      exposures.begin(), exposures.end(),
      [](const Exposure& a, const Exposure& b) { return a.figure < b.figure; });
  return exposures;
}

}  // namespace collate::disclosure
