// Stored rows in the wire format of collate.v1, without messages in between:
// answers and exports name so many cells that making a message of each, with a
// dozen words of its own, would take most of their time.
//
// The bytes are those of the messages: fields in their order, defaults left
// out.
//
// An encoder belongs to one call. It keeps what rows of a chunk share, and the
// chunks themselves, of which it holds a few.

#ifndef COLLATE_SERVICE_API_ROW_ENCODER_H_
#define COLLATE_SERVICE_API_ROW_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/query/snapshot.h"
#include "service/store/observations.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::api {

class RowEncoder {
 public:
  // `snapshot` must outlive the encoder.
  explicit RowEncoder(const query::Snapshot& snapshot) : snapshot_(snapshot) {}

  // Appends a collate.v1.Citation as field `number` of a message.
  // Errors of query::Snapshot::Read.
  absl::Status AppendCitation(int number, const query::RowRef& ref,
                              std::string* out);
  // The same of a collate.v1.Observation.
  absl::Status AppendObservation(int number, const query::RowRef& ref,
                                 std::string* out);

 private:
  struct Coordinate {
    std::string bytes;
    bool unmapped = false;  // a label that nobody knows
  };
  // What is encoded is kept by string of the chunk. Rows that follow each other
  // mostly have the same one.
  template <typename Encoded>
  class ByString {
   public:
    // What is kept of `string`, empty at first; and whether it is the first.
    std::pair<Encoded*, bool> Of(uint32_t string) {
      if (last_ != nullptr && string == last_string_) return {last_, false};
      const auto [at, is_new] = encoded_.try_emplace(string);
      last_string_ = string;
      last_ = &at->second;
      return {last_, is_new};
    }

   private:
    absl::node_hash_map<uint32_t, Encoded> encoded_;
    uint32_t last_string_ = 0;
    Encoded* last_ = nullptr;
  };
  struct Axis {
    const vocabulary::Dimension* dimension = nullptr;
    const store::Observations::AxisColumn* column = nullptr;
    ByString<Coordinate> coordinates;
    ByString<std::string> labels;
  };
  struct Chunk {
    std::shared_ptr<const store::Observations> stored;
    const store::Release* release = nullptr;
    std::string head;               // measure and universe
    std::vector<Axis> axes;         // the reporter first
    std::vector<std::string> from;  // by document: release, name and sha256
    // Where cells stand, but for line and column; of the part before.
    uint32_t document = 0;
    uint32_t part = 0;
    std::string file;
  };
  using Key = std::pair<uint32_t, uint32_t>;  // release and chunk

  absl::StatusOr<Chunk*> Find(const query::RowRef& ref);
  // A locator, in two pieces.
  struct Place {
    absl::string_view file;
    absl::string_view cell;
  };

  void EncodeCitation(int number, Chunk& chunk, const query::RowRef& ref,
                      std::string* out);
  Place PlaceOf(Chunk& chunk, const store::Locator& locator);
  // Of the slice's axis at `index`.
  static const std::string& LabelOf(const store::Observations& stored,
                                    Axis& axis, size_t index, uint32_t row);
  const Coordinate& CoordinateOf(const Chunk& chunk, Axis& axis, uint32_t row);
  const std::string& PeriodOf(const store::Observations& chunk, uint32_t row);

  const query::Snapshot& snapshot_;
  absl::flat_hash_map<Key, std::unique_ptr<Chunk>> chunks_;
  Key last_key_;
  Chunk* last_ = nullptr;
  absl::flat_hash_map<
      std::tuple<vocabulary::Day, vocabulary::Day, vocabulary::PeriodKind>,
      std::string>
      periods_;
  // Of one row.
  std::string locator_;
  char place_[48];
  std::vector<const std::string*> labels_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_ROW_ENCODER_H_
