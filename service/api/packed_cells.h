// Cells of an answer as columns, in the wire format of
// collate.v1.PackedCells: numbers go into bytes as they come, since a message
// of forty lists takes longer to be measured and written than to be filled.
//
// One answer, one thread.

#ifndef COLLATE_SERVICE_API_PACKED_CELLS_H_
#define COLLATE_SERVICE_API_PACKED_CELLS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "collate/v1/packed.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "service/api/cell_encoder.h"
#include "service/api/convert_statistics.h"
#include "service/api/wire_writer.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"

namespace collate::api {

class PackedCellsBuilder {
 public:
  // All of them outlive the builder.
  PackedCellsBuilder(const query::Plan& plan, const query::Snapshot& snapshot,
                     const CellConverter& converter, bool cited,
                     int64_t first_cell);

  // Errors of query::Snapshot::Cite.
  absl::Status Add(const query::Cell& cell);

  // Of what was added, at most.
  int64_t bytes() const { return bytes_; }

  // Appends it all as field `number` of a message. Columns of counts that say
  // nothing are left out.
  void Finish(int number, std::string* out);

 private:
  // A repeated field of numbers.
  class Column {
   public:
    void Add(int64_t number) {
      AppendVarint(static_cast<uint64_t>(number), &bytes_);
    }
    // Of a field that is zigzag-encoded.
    void AddSigned(int64_t number) {
      AppendVarint(static_cast<uint64_t>(number) << 1 ^
                       static_cast<uint64_t>(number >> 63),
                   &bytes_);
    }
    void Append(int number, std::string* out) const {
      AppendText(number, bytes_, out);
    }
    // The same unless every number is 0.
    void AppendUnlessZeros(int number, std::string* out) const {
      if (bytes_.find_first_not_of('\0') != std::string::npos) {
        Append(number, out);
      }
    }

   private:
    std::string bytes_;
  };
  // Numbers that may be absent.
  struct Numbers {
    Column value;
    Column absent;

    void Add(const std::optional<int64_t>& number, int cell);
    void Append(int number, std::string* out) const;
  };

  // Words that are listed once; those of a field, already encoded.
  class Words {
   public:
    // The index of a word.
    uint32_t IndexOf(int number, const std::string& word, int64_t* bytes);
    const std::string& fields() const { return fields_; }

   private:
    absl::flat_hash_map<std::string, uint32_t> at_;
    std::string fields_;
  };
  // The same of members of one dimension.
  class Members {
   public:
    uint32_t IndexOf(int number, const vocabulary::Dimension& dimension,
                     vocabulary::MemberId id, int64_t* bytes);
    const std::string& fields() const { return fields_; }

   private:
    absl::flat_hash_map<vocabulary::MemberId, uint32_t> at_;
    std::string fields_;
  };
  // The same of texts of citations.
  class Texts {
   public:
    uint32_t IndexOf(const std::string& text,
                     google::protobuf::RepeatedPtrField<std::string>* list,
                     int64_t* bytes);

   private:
    absl::flat_hash_map<std::string, uint32_t> at_;
  };
  struct Axis {
    Members members;
    Column member;
  };
  struct CoverageColumns {
    Column expected, due, complete;
    Column tally_count, tally_state, tally_reporter_count;
    Members reporters;
    Words reasons;
    Column missing_count, missing_reporter, missing_state, missing_reason;
    std::string stated;  // fields
  };

  void AddPlace(const query::Cell& cell);
  void AddNumbers(const query::Cell& cell);
  void AddCoverage(const query::Coverage& coverage);
  absl::Status AddCitations(const query::Cell& cell);
  absl::Status AddConflicts(const query::Cell& cell);
  void Count(size_t count, Column* column);
  void AppendCoverage(int number, std::string* out) const;

  const query::Plan& plan_;
  const query::Snapshot& snapshot_;
  const CellConverter& converter_;
  const bool cited_;
  const int64_t first_cell_;
  CellEncoder encoder_;
  int64_t bytes_ = 0;

  // In the order of the message, fields as they are sent.
  int cell_count_ = 0;
  absl::flat_hash_map<std::pair<int, int>, uint32_t> measure_at_;  // with scale
  std::string measures_;
  Column measure_;
  std::vector<Axis> axes_;
  std::vector<int> period_at_;  // by period of the plan; -1 = not in the list
  std::string periods_;
  int period_count_ = 0;
  Column period_;
  Column state_;
  Numbers reported_, reported_lower_, reported_upper_;
  Numbers panel_lower_, panel_upper_;
  CoverageColumns coverage_;
  Column flag_count_, flag_;
  Column basis_;
  Words source_ids_;
  Column source_count_, source_, source_reporter_count_;
  Column citation_count_;
  v1::PackedCitations citations_;
  Texts texts_;
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, uint32_t> documents_;
  std::string derived_;
  std::string conflicts_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_PACKED_CELLS_H_
