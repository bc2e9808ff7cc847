// Cells of an answer in the wire format of collate.v1, straight from what the
// engine computed (wire_writer.h): every answer has dozens, and a message of
// each took as long as its sums. Where a message is wanted, CellConverter reads
// these bytes, so that there is one way to put a cell.
//
// An encoder belongs to one answer and to one thread.

#ifndef COLLATE_SERVICE_API_CELL_ENCODER_H_
#define COLLATE_SERVICE_API_CELL_ENCODER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/api/convert_statistics.h"
#include "service/api/row_encoder.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::api {

// A collate.v1.StatedCoverage.
void AppendStated(int number, const query::StatedCoverage& stated,
                  std::string* out);

class CellEncoder {
 public:
  // All outlive the encoder. With `cited` every input cell is named, else only
  // counted.
  CellEncoder(const query::Plan& plan, const query::Snapshot& snapshot,
              const CellConverter& converter, bool cited)
      : plan_(plan),
        snapshot_(snapshot),
        converter_(converter),
        cited_(cited),
        rows_(snapshot),
        heads_(plan.measures.size()),
        periods_(plan.periods.size()),
        axes_(plan.group_by.size()) {}

  // Appends the fields of a collate.v1.Cell. Errors of query::Snapshot::Read.
  absl::Status AppendCell(const query::Cell& cell, std::string* out);
  // The same of two of them, as fields `number` of any message; the latter
  // gives the bytes of the messages alone.
  absl::Status AppendConflicts(int number, const query::Cell& cell,
                               std::string* out);
  absl::StatusOr<size_t> AppendDerived(int number, const query::Cell& cell,
                                       std::string* out);

 private:
  using Dimensions = std::vector<const vocabulary::Dimension*>;
  // Of what cells a conflict is.
  struct Conflicting {
    absl::string_view measure;
    absl::string_view universe;
    const Dimensions& dimensions;  // of coordinates
    int scale = 0;
  };

  void AppendPlace(const query::Cell& cell, std::string* out);
  absl::Status AppendCitations(int number, absl::Span<const query::RowRef> rows,
                               std::string* out);
  void AppendCoverage(int number, const query::Coverage& coverage,
                      std::string* out) const;
  // A collate.v1.MissingReporter.
  void AppendMissing(int number, vocabulary::MemberId reporter,
                     vocabulary::State state, const std::string& reason,
                     std::string* out) const;
  void AppendLeftOut(int number, const std::vector<query::LeftOut>& left_out,
                     std::string* out) const;

  absl::Status AppendConflicts(int number,
                               const std::vector<query::Conflict>& conflicts,
                               const Conflicting& cells, std::string* out);
  absl::Status AppendDifference(int number, const query::Difference& one,
                                const Conflicting& cells, int other_scale,
                                std::string* out);
  // A collate.v1.OneFigure, and who printed it.
  void AppendFigure(int number, const query::Figure& figure,
                    absl::Span<const query::RowRef> rows,
                    std::string* out) const;

  absl::Status AppendRate(const query::Rate& rate,
                          const query::PlannedRate& planned, std::string* out);
  absl::Status AppendShare(const query::Share& share,
                           const query::PlannedShare& planned, int measure,
                           std::string* out);
  absl::Status AppendChange(const query::Change& change,
                            const query::PlannedChange& planned,
                            const Conflicting& own, std::string* out);
  void AppendComparison(int number, const query::Comparison& comparison,
                        std::string* out) const;
  Conflicting ConflictingWith(const query::Cell& cell);

  const query::Plan& plan_;
  const query::Snapshot& snapshot_;
  const CellConverter& converter_;
  const bool cited_;
  RowEncoder rows_;
  // Fields that cells share, once they are asked for: measure and unit, the
  // period, and a coordinate by its axis.
  std::vector<std::string> heads_;
  std::vector<std::string> periods_;
  std::vector<absl::flat_hash_map<vocabulary::MemberId, std::string>> axes_;
  Dimensions dimensions_;
  // The last citations that may come again, by field number.
  int last_number_ = 0;
  std::vector<query::RowRef> last_rows_;
  std::string last_bytes_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CELL_ENCODER_H_
