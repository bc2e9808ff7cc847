// Adds leaves up to a cell, with its coverage, flags and conflicts.

#ifndef COLLATE_SERVICE_QUERY_CELL_BUILDER_H_
#define COLLATE_SERVICE_QUERY_CELL_BUILDER_H_

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "service/query/conflicts.h"
#include "service/query/plain_figures.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::query {

// When the figures of a release (index into Snapshot::releases()) were
// published; equal for one vintage.
using Vintage = std::pair<bool, absl::Time>;
Vintage VintageOf(const Snapshot& snapshot, uint32_t release);

// One cell after the other. All leaves of one reporter come together.
class CellBuilder {
 public:
  // `scale` is that of the leaves' numbers; `plan` and `snapshot` must outlive
  // it.
  CellBuilder(const Plan& plan, const Snapshot& snapshot, bool with_leaves,
              int scale);

  // OUT_OF_RANGE (reason OVERFLOW).
  absl::Status AddReporter(vocabulary::MemberId reporter,
                           const std::vector<Leaf>& leaves);

  // A figure of `measure` that nothing is said of beside what it is and was,
  // of one reporter who has no other. `at` are its coordinates. OUT_OF_RANGE
  // (reason OVERFLOW).
  absl::Status AddPlain(vocabulary::MemberId reporter,
                        const PlainFigure& figure,
                        const vocabulary::Measure& measure,
                        const Coordinates& at);
  // One that is whole and was nothing else, of rows that are not listed.
  absl::Status AddSum(vocabulary::MemberId reporter, const SumFigure& figure);

  // Some of its figures add offences that are defined differently.
  void NoteDefinitionDiffers() { AddFlag(CellFlag::kDefinitionDiffers); }

  // Completes cell(). Whatever is added next is of another one.
  // FAILED_PRECONDITION (reason NON_ADDITIVE_DIMENSION).
  absl::Status Finish();

  // The cell that was finished last, to be taken away before something is
  // added.
  Cell& cell() { return cell_; }

  // Releases that are an input of the cell that was finished last, each once;
  // valid until something is added.
  absl::Span<const uint32_t> releases() const { return releases_; }

 private:
  // What is known of one reporter.
  struct ReporterTotal {
    vocabulary::State state = vocabulary::State::kUnspecified;
    const std::string* reason = nullptr;  // null = none
    bool due = false;
    bool any_reported = false;
  };

  void Start();

  // Everything but the numbers of a figure.
  void NoteSum(vocabulary::MemberId reporter, const SliceTable& table,
               Method method, const RowSum& sum, const ReporterTotal& total);
  void NoteStatedCoverage(const std::vector<Leaf>& leaves);
  void NoteOrigin(const Leaf& leaf);
  void NoteHull(const Leaf& leaf);
  void Count(vocabulary::MemberId reporter, const ReporterTotal& total);
  void AddFlag(CellFlag flag) {
    cell_flags_ |= uint32_t{1} << static_cast<int>(flag);
  }
  // Indexes into Snapshot::releases().
  void AddRelease(uint32_t release);
  void AddVintage(uint32_t release);
  void AddSource(absl::string_view source, int reporters);
  void AddPlainOrigins();

  const Plan& plan_;
  const Snapshot& snapshot_;
  const bool with_leaves_;
  const int scale_;
  bool finished_ = false;
  Cell cell_;
  int64_t reported_ = 0;
  bool any_reported_ = false;
  bool any_due_ = false;
  int summed_ = 0;  // leaves that have figures
  bool additive_ = true;
  uint32_t flags_ = 0;
  ConflictCollector conflicts_;
  absl::InlinedVector<uint32_t, 8> releases_;
  // With the number of reporters; few, in no order.
  absl::InlinedVector<std::pair<absl::string_view, int>, 2> sources_;
  std::set<int> exclusions_;
  uint32_t cell_flags_ = 0;  // a bit for each CellFlag
  // The vintage of each release that was met, by its index: a number for each
  // that is another; -1 = not met.
  std::vector<int> vintage_of_release_;
  std::vector<Vintage> known_vintages_;
  absl::InlinedVector<int, 4> vintages_;
  std::array<int, vocabulary::kStateCount> tally_ = {};
  // What plain figures are from: a table, its releases, and how many they are.
  struct Origin {
    const SliceTable* table = nullptr;
    uint64_t releases = 0;
    int reporters = 0;
  };
  absl::InlinedVector<Origin, 2> origins_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CELL_BUILDER_H_
