// Questions, cells, leaves and observations as collate.v1 messages.
//
// A CellConverter serves one answer: it keeps what all its cells share.
// Safe to use from several threads once made.

#ifndef COLLATE_SERVICE_API_CONVERT_STATISTICS_H_
#define COLLATE_SERVICE_API_CONVERT_STATISTICS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collate/v1/observation.pb.h"
#include "collate/v1/packed.pb.h"
#include "collate/v1/statistics.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "service/api/row_encoder.h"
#include "service/query/answer_name.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::api {

// INVALID_ARGUMENT: INVALID_AS_OF and INVALID_LOADED_BY when its as_of or
// loaded_by is no time, INVALID_POLICY.
absl::StatusOr<query::Query> FromProto(const v1::StatisticsQuery& message);
query::Filter FromProto(const v1::Filter& message);

// The same question in its one form: filters, their members and releases
// sorted, each named once, exclusions sorted, policies named, times to the
// microsecond. Order is kept where it shows in the answer.
v1::StatisticsQuery Canonical(const v1::StatisticsQuery& message);

v1::Caveat ToProto(const query::Caveat& caveat);

// INVALID_ARGUMENT (reason INVALID_VIEW) for a view that there is none of.
absl::StatusOr<bool> IsCited(v1::View view);

// The same (reason INVALID_FORM) of a form.
absl::StatusOr<bool> IsPacked(v1::AnswerForm form);

class CellConverter {
 public:
  // `plan` and `snapshot` must outlive the converter; `question` is what `plan`
  // was made from, in canonical form, serialised.
  CellConverter(const query::Plan& plan, const query::Snapshot& snapshot,
                std::string question);

  // The canonical question, serialised, and the name of its answer; handles
  // carry both.
  const std::string& question() const { return query_bytes_; }
  const query::AnswerName& name() const { return name_; }
  // Handle of all cells together.
  std::string handle() const;

  // With `cited` every input cell is named, else only counted.
  // Errors of query::Snapshot::Cite.
  absl::StatusOr<v1::Cell> Convert(const query::Cell& cell, bool cited) const;
  // The same in parts, for answers that encode citations themselves: the fields
  // before `citations`, those from there to `derived`, the latter encoded, and
  // those behind it.
  void ConvertHead(const query::Cell& cell, v1::Cell* head) const;
  absl::Status ConvertMiddle(const query::Cell& cell, bool cited,
                             v1::Cell* middle) const;
  absl::Status EncodeDerived(const query::Cell& cell, bool cited,
                             RowEncoder& rows, std::string* out) const;
  void ConvertTail(const query::Cell& cell, v1::Cell* tail) const;
  // Fields of a cell.
  absl::Status AddConflicts(
      const query::Cell& cell, bool cited,
      google::protobuf::RepeatedPtrField<v1::Conflict>* result) const;
  absl::Status AddDerived(
      const query::Cell& cell, bool cited,
      google::protobuf::RepeatedPtrField<v1::Derived>* result) const;
  // `scale` is that of the leaf's cell.
  absl::StatusOr<v1::Leaf> Convert(const query::Leaf& leaf, int scale) const;

 private:
  // Of what cells a conflict is.
  struct Conflicting {
    std::string measure;
    std::string universe;
    std::vector<const vocabulary::Dimension*> dimensions;  // of coordinates
    int scale = 0;
  };
  absl::Status Convert(
      const std::vector<query::Conflict>& conflicts, const Conflicting& cells,
      bool cited,
      google::protobuf::RepeatedPtrField<v1::Conflict>* result) const;
  absl::StatusOr<v1::Conflict> Convert(const query::Conflict& conflict,
                                       const Conflicting& cells,
                                       bool cited) const;
  // Adds what is in conflict on the other side of a division; `own` are the
  // cells of the division.
  absl::Status AddConflicts(const query::Derived& derived,
                            const query::PlannedDerivation& planned,
                            int measure, const Conflicting& own, bool cited,
                            v1::Derived* result) const;
  void AddCoordinates(
      vocabulary::MemberId reporter, const query::Coordinates& coordinates,
      const std::vector<const vocabulary::Dimension*>& dimensions,
      google::protobuf::RepeatedPtrField<v1::Coordinate>* result) const;
  Conflicting ConflictingWith(const query::Cell& cell) const;
  void SetHandle(const query::Cell& cell, std::string* handle) const;

  const query::Plan& plan_;
  const query::Snapshot& snapshot_;
  const std::string query_bytes_;
  const query::AnswerName name_;
  // Handles begin alike: their text, and bytes that are not in it yet.
  std::string handle_text_;
  std::string handle_rest_;
  std::vector<v1::Period> periods_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_STATISTICS_H_
