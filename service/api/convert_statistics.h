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
  // was made from, in canonical form, serialised, and `name` that of its
  // answer.
  CellConverter(const query::Plan& plan, const query::Snapshot& snapshot,
                std::string question, query::AnswerName name);

  // The canonical question, serialised, and the name of its answer; handles
  // carry both.
  const std::string& question() const { return query_bytes_; }
  const query::AnswerName& name() const { return name_; }
  // Handle of all cells together.
  std::string handle() const;

  // Of one cell.
  void AppendHandle(const query::Cell& cell, std::string* out) const;

  // With `cited` every input cell is named, else only counted.
  // Errors of query::Snapshot::Read.
  absl::StatusOr<v1::Cell> Convert(const query::Cell& cell, bool cited) const;
  // `scale` is that of the leaf's cell.
  absl::StatusOr<v1::Leaf> Convert(const query::Leaf& leaf, int scale) const;

 private:
  void AddCoordinates(
      vocabulary::MemberId reporter, const query::Coordinates& coordinates,
      const std::vector<const vocabulary::Dimension*>& dimensions,
      google::protobuf::RepeatedPtrField<v1::Coordinate>* result) const;

  const query::Plan& plan_;
  const query::Snapshot& snapshot_;
  const std::string query_bytes_;
  const query::AnswerName name_;
  // Handles begin alike: their text, and bytes that are not in it yet.
  std::string handle_text_;
  std::string handle_rest_;
  std::vector<std::string> periods_;  // of the plan, as they are written
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_STATISTICS_H_
