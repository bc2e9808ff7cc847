#include "service/disclosure/attack.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/disclosure/program.h"

namespace collate::disclosure {

using query::Interval;

namespace {

bool IsNarrow(const Unknown& figure, const Interval& known) {
  return figure.least_width > 0 && known.lower.has_value() &&
         known.upper.has_value() &&
         *known.upper - *known.lower < figure.least_width;
}

absl::Status Spent() {
  return base::Error(absl::StatusCode::kResourceExhausted, "DISCLOSURE_LIMIT",
                     "what its sums give away takes too long to find out");
}

absl::Status TooLarge(size_t figures, size_t limit) {
  return base::Error(absl::StatusCode::kResourceExhausted, "DISCLOSURE_LIMIT",
                     absl::StrCat(figures,
                                  " figures are connected by sums, the limit "
                                  "is ",
                                  limit))
      .With("figures", absl::StrCat(figures))
      .With("limit", absl::StrCat(limit));
}

// Figures around one, and the sums that they are in.
struct Ball {
  std::vector<uint32_t> figures;  // the one in the middle first
  std::vector<uint32_t> relations;
};

}  // namespace

// Looks for two far numbers of every guarded figure of one component.
class PartAttack {
 public:
  PartAttack(const Part& part, Attacker& attacker)
      : part_(part),
        attacker_(attacker),
        relations_of_(part.figures.size()),
        place_(part.figures.size(), 0),
        in_ball_(part.figures.size(), 0),
        relation_in_ball_(part.relations.size(), 0) {
    for (size_t i = 0; i < part.unknowns.size(); ++i) {
      if (part.unknowns[i].least_width > 0) guarded_.push_back(i);
    }
    for (uint32_t r = 0; r < part.relations.size(); ++r) {
      for (const Term& term : part.relations[r].terms) {
        relations_of_[term.figure].push_back(r);
      }
    }
  }

  absl::Status Run(std::vector<Exposure>& exposures) {
    if (std::all_of(guarded_.begin(), guarded_.end(),
                    [this](size_t figure) { return IsSafe(figure); })) {
      return absl::OkStatus();
    }
    FindNumbers();
    const bool is_small = part_.figures.size() <= kNear;
    std::vector<size_t> open;
    for (const size_t figure : guarded_) {
      COLLATE_RETURN_IF_ERROR(Ask());
      if (IsSafe(figure)) continue;
      if (!is_small) {
        LookNear(figure, kNear);
        if (IsSafe(figure)) continue;
        Interval known = part_.unknowns[figure].known;
        if (IsExposedNear(figure, &known)) {
          exposures.push_back({part_.figures[figure], known});
          continue;
        }
        LookNear(figure, kFurther);
        if (IsSafe(figure)) continue;
      }
      open.push_back(figure);
    }
    if (open.empty()) return absl::OkStatus();
    const int branches = static_cast<int>(std::clamp<size_t>(
        kBranches / part_.figures.size(), 10,
        static_cast<size_t>(attacker_.limits_.max_branches)));
    Program program(part_, branches, &attacker_.effort_);
    if (numbers_.empty() || is_small) LookAround(program);
    for (const size_t figure : open) {
      COLLATE_RETURN_IF_ERROR(Ask());
      if (IsSafe(figure)) continue;
      const Interval known = Corner(program, figure);
      if (!IsSafe(figure)) {
        exposures.push_back({part_.figures[figure], known});
      }
    }
    return attacker_.effort_ > 0 ? absl::OkStatus() : Spent();
  }

 private:
  static constexpr size_t kNear = 80;  // figures
  static constexpr size_t kFurther = 320;
  static constexpr size_t kBranches = 400'000;  // times figures
  static constexpr int kNearBranches = 60;

  absl::Status Ask() const {
    if (attacker_.effort_ <= 0) return Spent();
    return attacker_.progress_ ? attacker_.progress_() : absl::OkStatus();
  }

  Attacker::Seen& SeenOf(size_t figure) {
    return attacker_.seen_[part_.figures[figure]];
  }
  bool IsSafe(size_t figure) {
    const Attacker::Seen& seen = SeenOf(figure);
    return seen.least <= seen.most &&
           seen.most - seen.least >= part_.unknowns[figure].least_width;
  }
  void See(size_t figure, int64_t number) {
    Attacker::Seen& seen = SeenOf(figure);
    seen.least = std::min(seen.least, number);
    seen.most = std::max(seen.most, number);
  }

  void Note(const Program& program) {
    auto solution = program.Solution();
    if (!solution.has_value()) return;
    for (size_t i = 0; i < solution->size(); ++i) See(i, (*solution)[i]);
    if (numbers_.empty()) {
      for (size_t i = 0; i < solution->size(); ++i) {
        attacker_.numbers_[part_.figures[i]] = (*solution)[i];
      }
      numbers_ = *std::move(solution);
    }
  }

  // A solution to begin with: what is supposed, and what follows from it.
  void FindNumbers() {
    Part supposed = part_;
    for (size_t i = 0; i < part_.figures.size(); ++i) {
      const auto& number = attacker_.numbers_[part_.figures[i]];
      Interval& known = supposed.unknowns[i].known;
      if (!number.has_value() ||
          query::AreDisjoint(known, Interval::Exactly(*number))) {
        continue;
      }
      known = Interval::Exactly(*number);
    }
    if (!Propagate(supposed)) return;
    std::vector<int64_t> numbers;
    for (const Unknown& unknown : supposed.unknowns) {
      if (!IsFixed(unknown.known)) break;
      numbers.push_back(*unknown.known.lower);
    }
    if (numbers.size() < part_.figures.size()) {
      Program program(supposed, kNearBranches, &attacker_.effort_);
      if (!program.Solve().has_value()) return;
      auto solution = program.Solution();
      if (!solution.has_value() && program.FindWhole(0, {})) {
        solution = program.Solution();
      }
      if (!solution.has_value()) return;
      numbers = *std::move(solution);
    }
    if (!Fits(part_, numbers)) return;
    for (size_t i = 0; i < numbers.size(); ++i) {
      See(i, numbers[i]);
      attacker_.numbers_[part_.figures[i]] = numbers[i];
    }
    numbers_ = std::move(numbers);
  }

  Ball BallAround(size_t figure, size_t size) {
    ++ball_;
    Ball ball;
    ball.figures.push_back(static_cast<uint32_t>(figure));
    in_ball_[figure] = ball_;
    for (size_t next = 0; next < ball.figures.size(); ++next) {
      for (const uint32_t r : relations_of_[ball.figures[next]]) {
        if (relation_in_ball_[r] == ball_) continue;
        relation_in_ball_[r] = ball_;
        ball.relations.push_back(r);
        for (const Term& term : part_.relations[r].terms) {
          if (in_ball_[term.figure] == ball_ || ball.figures.size() >= size) {
            continue;
          }
          in_ball_[term.figure] = ball_;
          ball.figures.push_back(term.figure);
        }
      }
    }
    for (uint32_t i = 0; i < ball.figures.size(); ++i) {
      place_[ball.figures[i]] = i;
    }
    return ball;
  }

  double Direction() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return (random_ >> 40) % 2 == 0 ? 1.0 : -1.0;
  }

  // Other solutions that differ from the first in a ball alone: one with a
  // number above, one with a number below, as far apart as they have to be.
  void LookNear(size_t figure, size_t size) {
    if (numbers_.empty()) return;
    const Ball ball = BallAround(figure, size);
    const int64_t width = part_.unknowns[figure].least_width;
    for (const int64_t up : {width, int64_t{0}, width / 2, width - 1}) {
      if (SeenOf(figure).most < numbers_[figure] + up) Move(ball, up);
      const int64_t down = width - up;
      if (SeenOf(figure).least > numbers_[figure] - down) Move(ball, -down);
      if (IsSafe(figure)) return;
    }
  }

  // Moves the figure in the middle by `by`, and as few others as it takes:
  // such solutions are mostly whole.
  void Move(const Ball& ball, int64_t by) {
    Part moves;
    const auto limit = [](const std::optional<int64_t>& end, int64_t number,
                          int64_t sign) {
      return Interval{0, end.has_value() ? std::optional(sign * (*end - number))
                                         : std::nullopt};
    };
    for (const uint32_t figure : ball.figures) {
      const Interval& known = part_.unknowns[figure].known;
      const int64_t number = numbers_[figure];
      moves.unknowns.push_back({limit(known.upper, number, 1), 0});
      moves.unknowns.push_back({limit(known.lower, number, -1), 0});
    }
    const Interval exactly = Interval::Exactly(std::abs(by));
    Interval& middle = moves.unknowns[by > 0 ? 0 : 1].known;
    if (query::AreDisjoint(middle, exactly)) return;
    middle = exactly;
    moves.unknowns[by > 0 ? 1 : 0].known = Interval::Exactly(0);
    moves.figures.resize(moves.unknowns.size());
    for (const uint32_t r : ball.relations) {
      const Relation& relation = part_.relations[r];
      Relation own;
      own.sum = relation.sum;
      for (const Term& term : relation.terms) {
        Subtract(term.factor * numbers_[term.figure], &own.sum);
        if (in_ball_[term.figure] != ball_) continue;
        const uint32_t up = 2 * place_[term.figure];
        own.terms.push_back({up, term.factor});
        own.terms.push_back({up + 1, -term.factor});
      }
      moves.relations.push_back(std::move(own));
    }
    Program program(moves, kNearBranches, &attacker_.effort_);
    for (size_t i = 0; i < moves.unknowns.size(); ++i) program.SetGoal(i, -1);
    if (!program.Solve().has_value()) return;
    auto solution = program.Solution();
    if (!solution.has_value() && program.FindWhole(0, {})) {
      solution = program.Solution();
    }
    if (!solution.has_value()) return;
    for (size_t i = 0; i < ball.figures.size(); ++i) {
      See(ball.figures[i], numbers_[ball.figures[i]] + (*solution)[2 * i] -
                               (*solution)[2 * i + 1]);
    }
  }

  // Whether the sums around a figure are enough to know it too well.
  bool IsExposedNear(size_t figure, Interval* known) {
    const Ball ball = BallAround(figure, kNear);
    Part near;
    std::vector<uint32_t>& place = place_;
    ++ball_;
    const auto take = [&](uint32_t other) {
      if (in_ball_[other] == ball_) return;
      in_ball_[other] = ball_;
      place[other] = static_cast<uint32_t>(near.figures.size());
      near.figures.push_back(other);
      near.unknowns.push_back(part_.unknowns[other]);
    };
    take(static_cast<uint32_t>(figure));
    for (const uint32_t r : ball.relations) {
      if (near.figures.size() >= kFurther) break;
      Relation own = part_.relations[r];
      for (Term& term : own.terms) {
        take(term.figure);
        term.figure = place[term.figure];
      }
      near.relations.push_back(std::move(own));
    }
    Program program(near, 0, &attacker_.effort_);
    // Solutions of some of the sums are none of all.
    return IsNarrowIn(
        program, 0, figure, [] {}, known);
  }

  // Where one figure can go at most, in fractions; it is `place` of the
  // program. Calls `note` where it is.
  template <typename Note>
  bool IsNarrowIn(Program& program, size_t place, size_t figure,
                  const Note& note, Interval* known) {
    std::optional<double> most[2];
    for (const int side : {0, 1}) {
      program.SetGoal(place, side == 0 ? -1 : 1);
      most[side] = program.Solve();
      if (most[side].has_value()) note();
    }
    program.SetGoal(place, 0);
    if (!most[0].has_value() || !most[1].has_value()) return false;
    constexpr double kNearlyWhole = 1e-6;
    const auto lower =
        static_cast<int64_t>(std::ceil(-*most[0] - kNearlyWhole));
    const auto upper =
        static_cast<int64_t>(std::floor(*most[1] + kNearlyWhole));
    if (lower > -program.far()) known->lower = lower;
    if (upper < program.far()) known->upper = upper;
    return upper - lower < part_.unknowns[figure].least_width;
  }

  // A few solutions in all directions prove most figures safe at once.
  void LookAround(Program& program) {
    constexpr int kDirections = 6;
    for (int direction = 0; direction < kDirections; ++direction) {
      std::vector<double> factors;
      for (size_t i = 0; i < guarded_.size(); ++i) {
        factors.push_back(Direction());
      }
      for (const double sign : {1.0, -1.0}) {
        for (size_t i = 0; i < guarded_.size(); ++i) {
          program.SetGoal(guarded_[i], sign * factors[i]);
        }
        if (program.Solve().has_value()) Note(program);
      }
      if (std::all_of(guarded_.begin(), guarded_.end(),
                      [this](size_t figure) { return IsSafe(figure); })) {
        break;
      }
    }
    for (const size_t figure : guarded_) program.SetGoal(figure, 0);
  }

  // What is known of a figure in the end; looks for whole solutions where
  // fractions alone would not prove it.
  Interval Corner(Program& program, size_t figure) {
    Interval known = part_.unknowns[figure].known;
    if (!IsNarrowIn(
            program, figure, figure, [&] { Note(program); }, &known)) {
      LookForWhole(program, figure);
    }
    return known;
  }

  // One whole solution, and another that is as far off as it has to be.
  void LookForWhole(Program& program, size_t figure) {
    if (IsSafe(figure)) return;
    const Attacker::Seen& seen = SeenOf(figure);
    if (seen.least > seen.most && program.FindWhole(figure, {})) Note(program);
    if (seen.least > seen.most) return;
    const int64_t width = part_.unknowns[figure].least_width;
    if (!IsSafe(figure) &&
        program.FindWhole(figure, {seen.least + width, std::nullopt})) {
      Note(program);
    }
    if (!IsSafe(figure) &&
        program.FindWhole(figure, {std::nullopt, seen.most - width})) {
      Note(program);
    }
  }

  const Part& part_;
  Attacker& attacker_;
  std::vector<std::vector<uint32_t>> relations_of_;
  std::vector<size_t> guarded_;
  std::vector<int64_t> numbers_;  // one solution; empty while none is known
  uint64_t random_ = 0x9e3779b97f4a7c15u;
  // Of the ball that was made last.
  uint32_t ball_ = 0;
  std::vector<uint32_t> place_;
  std::vector<uint32_t> in_ball_;
  std::vector<uint32_t> relation_in_ball_;
};

void Attacker::Suppose(uint32_t figure, int64_t number) {
  if (numbers_.size() <= figure) numbers_.resize(figure + 1);
  numbers_[figure] = number;
}

absl::StatusOr<std::vector<Exposure>> Attacker::FindExposed(
    const System& system, const std::vector<uint32_t>* among,
    bool first_sight) {
  const size_t count = system.figures.size();
  seen_.resize(count);
  numbers_.resize(count);
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
  std::vector<Part> parts = Split(system, components, wanted);
  std::erase_if(parts, [](const Part& part) {
    return std::none_of(
        part.unknowns.begin(), part.unknowns.end(),
        [](const Unknown& unknown) { return unknown.least_width > 0; });
  });
  std::vector<bool> is_done(parts.size(), false);
  for (size_t p = 0; p < parts.size(); ++p) {
    Part& part = parts[p];
    if (part.figures.size() > limits_.max_figures) {
      return TooLarge(part.figures.size(), limits_.max_figures);
    }
    const bool possible = Propagate(part);
    is_done[p] = !possible || part.relations.empty();
    for (size_t i = 0; i < part.figures.size(); ++i) {
      // Where nothing that is shown can be true together, nothing is proven.
      if (possible ? (is_done[p] || first_sight) &&
                         IsNarrow(part.unknowns[i], part.unknowns[i].known)
                   : part.unknowns[i].least_width > 0) {
        exposures.push_back({part.figures[i], part.unknowns[i].known});
      }
    }
  }
  if (!first_sight || exposures.empty()) {
    for (size_t p = 0; p < parts.size(); ++p) {
      if (is_done[p]) continue;
      COLLATE_RETURN_IF_ERROR(PartAttack(parts[p], *this).Run(exposures));
    }
  }
  std::sort(
      exposures.begin(), exposures.end(),
      [](const Exposure& a, const Exposure& b) { return a.figure < b.figure; });
  return exposures;
}

absl::StatusOr<std::vector<Exposure>> FindExposed(
    const System& system, const std::vector<uint32_t>* among,
    const AttackLimits& limits, const AttackProgress& progress) {
  return Attacker(limits, progress).FindExposed(system, among);
}

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
  int64_t effort = limits.max_effort;
  for (Part& part : Split(system, components, all)) {
    if (part.relations.empty()) continue;
    if (!Propagate(part)) return false;
    const bool is_open = std::any_of(
        part.unknowns.begin(), part.unknowns.end(),
        [](const Unknown& unknown) { return !IsFixed(unknown.known); });
    if (is_open && part.figures.size() <= limits.max_figures &&
        !Program(part, 0, &effort).Solve().has_value()) {
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
  int64_t effort = limits.max_effort;
  for (Part& part : Split(system, components, all)) {
    if (part.relations.empty()) continue;
    if (!Propagate(part) || part.figures.size() > limits.max_figures) {
      return std::nullopt;
    }
    Program program(part, 0, &effort);
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

}  // namespace collate::disclosure
