// Cells of an answer as columns; see collate.v1.PackedCells.
//
// One answer, one thread.

#ifndef COLLATE_SERVICE_API_PACKED_CELLS_H_
#define COLLATE_SERVICE_API_PACKED_CELLS_H_

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "collate/v1/packed.pb.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "service/api/cell_encoder.h"
#include "service/api/convert_statistics.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::api {

class PackedCellsBuilder {
 public:
  // All of them outlive the builder, and `result` is empty.
  PackedCellsBuilder(const query::Plan& plan, const query::Snapshot& snapshot,
                     const CellConverter& converter, bool cited,
                     int64_t first_cell, v1::PackedCells* result);

  // Errors of query::Snapshot::Cite.
  absl::Status Add(const query::Cell& cell);

  // Of what was added, at most.
  int64_t bytes() const { return bytes_; }

  // Leaves out columns of counts that say nothing.
  void Finish();

 private:
  using Numbers = google::protobuf::RepeatedField<uint32_t>;

  // The index of a word in a list that has each once.
  class Words {
   public:
    uint32_t IndexOf(const std::string& word,
                     google::protobuf::RepeatedPtrField<std::string>* list,
                     int64_t* bytes);

   private:
    absl::flat_hash_map<std::string, uint32_t> at_;
  };
  // The same of members of one dimension.
  class Members {
   public:
    uint32_t IndexOf(const vocabulary::Dimension& dimension,
                     vocabulary::MemberId id,
                     google::protobuf::RepeatedPtrField<v1::PackedMember>* list,
                     int64_t* bytes);

   private:
    absl::flat_hash_map<vocabulary::MemberId, uint32_t> at_;
  };

  void AddPlace(const query::Cell& cell);
  void AddNumbers(const query::Cell& cell);
  void AddCoverage(const query::Coverage& coverage);
  absl::Status AddCitations(const query::Cell& cell);
  absl::Status AddDerivedAndConflicts(const query::Cell& cell);
  void Count(size_t count, Numbers* column);

  const query::Plan& plan_;
  const query::Snapshot& snapshot_;
  const bool cited_;
  CellEncoder encoder_;
  v1::PackedCells& result_;
  int64_t bytes_ = 0;
  absl::flat_hash_map<std::pair<int, int>, uint32_t> measures_;  // with scale
  std::vector<int> periods_;  // by period of the plan; -1 = not in the list
  std::vector<Members> axes_;
  Members reporters_;
  Words sources_;
  Words reasons_;
  Words texts_;
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, uint32_t> documents_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_PACKED_CELLS_H_
