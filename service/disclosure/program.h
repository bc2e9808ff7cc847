// The linear program of figures that sums connect, for GLPK, and what it takes
// to make one of a system: components, and intervals that each sum alone
// narrows.
//
// Solutions are checked in exact arithmetic. Effort is counted, so that the
// same program ends in the same way on every machine.

#ifndef COLLATE_SERVICE_DISCLOSURE_PROGRAM_H_
#define COLLATE_SERVICE_DISCLOSURE_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "service/disclosure/system.h"
#include "service/query/bounds.h"

// Of GLPK.
struct glp_prob;

namespace collate::disclosure {

bool IsFixed(const query::Interval& interval);

// Figures that relations connect; what is fixed connects nothing.
class Components {
 public:
  explicit Components(const System& system);

  uint32_t Root(uint32_t figure);

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

// The components of a system that have an unknown figure; `wanted` says of the
// root of each whether it is asked for.
std::vector<Part> Split(const System& system, Components& components,
                        const std::vector<bool>& wanted);

void Subtract(int64_t number, query::Interval* from);

// Narrows the intervals by each relation alone, again and again. False when
// nothing fits.
bool Propagate(Part& part);

// Whether whole numbers are in their intervals and make all sums.
bool Fits(const Part& part, const std::vector<int64_t>& numbers);

class Program {
 public:
  // Takes its steps off `effort`, and finds nothing more once that is spent.
  // Both must outlive it.
  Program(const Part& part, int max_branches, int64_t* effort);

  // What stands for "without end".
  int64_t far() const { return far_; }

  void SetGoal(size_t figure, double factor);

  // The greatest sum of the goals; nullopt when the solver finds none.
  std::optional<double> Solve();

  // Of a figure, in what was solved last.
  double Number(size_t figure) const;

  // Looks for any solution in whole numbers in which a figure lies in `room`.
  bool FindWhole(size_t figure, const query::Interval& room);

  // The solution, where it is whole and everything holds.
  std::optional<std::vector<int64_t>> Solution() const;

 private:
  struct Delete {
    void operator()(glp_prob* problem) const;
  };

  bool SolveWhole();
  void SetBounds(size_t figure, const query::Interval& known);

  const Part& part_;
  std::unique_ptr<glp_prob, Delete> problem_;
  int64_t far_ = 0;
  const int max_branches_;
  int64_t& effort_;
  int64_t cost_;  // of one step
  bool whole_ = false;
};

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_PROGRAM_H_
