#include "service/disclosure/program.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <utility>

namespace collate::disclosure {
namespace {

using query::Interval;

// Rounded towards what is possible, for factors of either sign.
int64_t FloorDivide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return quotient - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}
int64_t CeilDivide(int64_t a, int64_t b) { return -FloorDivide(-a, b); }

int Column(size_t figure) { return static_cast<int>(figure) + 1; }

int KindOf(const Interval& interval) {
  if (IsFixed(interval)) return GLP_FX;
  if (interval.lower.has_value()) {
    return interval.upper.has_value() ? GLP_DB : GLP_LO;
  }
  return interval.upper.has_value() ? GLP_UP : GLP_FR;
}

}  // namespace

bool IsFixed(const Interval& interval) {
  return interval.lower.has_value() && interval.lower == interval.upper;
}

Components::Components(const System& system) : parent_(system.figures.size()) {
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

uint32_t Components::Root(uint32_t figure) {
  while (parent_[figure] != figure) {
    parent_[figure] = parent_[parent_[figure]];
    figure = parent_[figure];
  }
  return figure;
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

void Subtract(int64_t number, Interval* from) {
  if (from->lower.has_value()) *from->lower -= number;
  if (from->upper.has_value()) *from->upper -= number;
}

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

bool Fits(const Part& part, const std::vector<int64_t>& numbers) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    const Interval& known = part.unknowns[i].known;
    if ((known.lower.has_value() && numbers[i] < *known.lower) ||
        (known.upper.has_value() && numbers[i] > *known.upper)) {
      return false;
    }
  }
  for (const Relation& relation : part.relations) {
    int64_t sum = 0;
    for (const Term& term : relation.terms) {
      sum += term.factor * numbers[term.figure];
    }
    if ((relation.sum.lower.has_value() && sum < *relation.sum.lower) ||
        (relation.sum.upper.has_value() && sum > *relation.sum.upper)) {
      return false;
    }
  }
  return true;
}

Program::Program(const Part& part, int max_branches, int64_t* effort)
    : part_(part),
      max_branches_(max_branches),
      effort_(*effort),
      cost_(static_cast<int64_t>(part.relations.size() + 1)) {
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

void Program::Delete::operator()(glp_prob* problem) const {
  glp_delete_prob(problem);
}

void Program::SetGoal(size_t figure, double factor) {
  glp_set_obj_coef(problem_.get(), Column(figure), factor);
}

std::optional<double> Program::Solve() {
  if (effort_ <= 0) return std::nullopt;
  glp_set_obj_dir(problem_.get(), GLP_MAX);
  glp_smcp options;
  glp_init_smcp(&options);
  options.msg_lev = GLP_MSG_OFF;
  options.it_lim = static_cast<int>(
      std::clamp<int64_t>(effort_ / cost_, 1, std::numeric_limits<int>::max()));
  const int before = glp_get_it_cnt(problem_.get());
  const int failed = glp_simplex(problem_.get(), &options);
  // Beginning takes as long as some steps do.
  constexpr int kBegin = 4;
  effort_ -= cost_ * (kBegin + glp_get_it_cnt(problem_.get()) - before);
  whole_ = false;
  if (failed != 0 || glp_get_status(problem_.get()) != GLP_OPT) {
    // A basis that went bad must not spoil what comes after it.
    glp_std_basis(problem_.get());
    return std::nullopt;
  }
  return glp_get_obj_val(problem_.get());
}

double Program::Number(size_t figure) const {
  return whole_ ? glp_mip_col_val(problem_.get(), Column(figure))
                : glp_get_col_prim(problem_.get(), Column(figure));
}

bool Program::FindWhole(size_t figure, const Interval& room) {
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

std::optional<std::vector<int64_t>> Program::Solution() const {
  std::vector<int64_t> solution(part_.unknowns.size());
  for (size_t i = 0; i < solution.size(); ++i) {
    const double number = Number(i);
    if (std::abs(number) > 8.0 * static_cast<double>(kMaxNumber)) {
      return std::nullopt;
    }
    solution[i] = std::llround(number);
  }
  if (!Fits(part_, solution)) return std::nullopt;
  return solution;
}

bool Program::SolveWhole() {
  if (effort_ <= 0) return false;
  glp_iocp options;
  glp_init_iocp(&options);
  options.msg_lev = GLP_MSG_OFF;
  options.presolve = GLP_ON;
  // Any solution will do, and the usual choice of branches costs more than
  // the branches.
  options.br_tech = GLP_BR_MFV;
  options.bt_tech = GLP_BT_DFS;
  int branches = max_branches_;
  options.cb_func = [](glp_tree* tree, void* info) {
    int& left = *static_cast<int*>(info);
    const int reason = glp_ios_reason(tree);
    if (reason == GLP_IBINGO || (reason == GLP_ISELECT && --left < 0)) {
      glp_ios_terminate(tree);
    }
  };
  options.cb_info = &branches;
  whole_ = true;
  const int failed = glp_intopt(problem_.get(), &options);
  // About as many steps as were seen for a branch.
  constexpr int kSteps = 20;
  effort_ -= cost_ * kSteps * (1 + max_branches_ - branches);
  if (failed != 0 && failed != GLP_ESTOP) return false;
  const int status = glp_mip_status(problem_.get());
  return status == GLP_OPT || status == GLP_FEAS;
}

void Program::SetBounds(size_t figure, const Interval& known) {
  const int64_t lower = known.lower.value_or(-far_);
  const int64_t upper = known.upper.value_or(far_);
  glp_set_col_bnds(problem_.get(), Column(figure),
                   lower == upper ? GLP_FX : GLP_DB, static_cast<double>(lower),
                   static_cast<double>(upper));
}

}  // namespace collate::disclosure
