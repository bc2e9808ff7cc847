// The observations of one release as they are stored. Most questions are
// answered from tables (slice_table.h); what only a citation or a list needs,
// such as labels, tokens and places, is read from here when it is asked for.

#ifndef COLLATE_SERVICE_QUERY_CHUNKS_H_
#define COLLATE_SERVICE_QUERY_CHUNKS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "service/store/observations.h"

namespace collate::query {

// Thread-safe.
class Chunks {
 public:
  // What is said of a figure beside it; see store::Observations::Stated.
  struct Stated {
    uint32_t reporters = 0;  // 0 = not stated
    std::string coverage;
    std::string printed_by;
  };
  // What is known of a chunk without reading it.
  struct Summary {
    store::Slice slice;
    uint32_t row_count = 0;
    // Rows of the release in the chunks before it.
    uint32_t first_row = 0;
    // By row, for those of which something is said.
    absl::flat_hash_map<uint32_t, Stated> stated;
  };

  explicit Chunks(std::vector<Summary> summaries)
      : summaries_(std::move(summaries)) {}
  virtual ~Chunks() = default;

  const std::vector<Summary>& summaries() const { return summaries_; }
  size_t size() const { return summaries_.size(); }
  // Of memory that the summaries take, nearly.
  size_t byte_count() const;

  // nullptr when nothing is said of the row.
  const Stated* FindStated(uint32_t chunk, uint32_t row) const;

  // The chunk and the row in it of a row of the release.
  std::pair<uint32_t, uint32_t> Find(uint32_t row) const;

  // DATA_LOSS (reason CORRUPT_STORE); UNAVAILABLE.
  virtual absl::StatusOr<std::shared_ptr<const store::Observations>> Read(
      uint32_t chunk) const = 0;

 private:
  const std::vector<Summary> summaries_;
};

std::vector<Chunks::Summary> SummariesOf(
    const std::vector<store::Observations>& observations);

// Chunks that are in memory as a whole.
class ChunksInMemory final : public Chunks {
 public:
  explicit ChunksInMemory(std::vector<store::Observations> observations);

  absl::StatusOr<std::shared_ptr<const store::Observations>> Read(
      uint32_t chunk) const override;

 private:
  std::vector<std::shared_ptr<const store::Observations>> observations_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_CHUNKS_H_
