// Collects the rows of one slice as columns, strings kept once and numbers as
// whole mantissas of one scale.
//
// For harmonise.cc only. Belongs to one thread at a time.

#ifndef COLLATE_SERVICE_INGEST_SLICE_BUILDER_H_
#define COLLATE_SERVICE_INGEST_SLICE_BUILDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "service/ingest/cell_numbers.h"
#include "service/ingest/harmonised.h"
#include "service/ingest/raw.h"
#include "service/vocabulary/period.h"

namespace collate::ingest {

// One row, resolved; texts are copied by Append.
struct ResolvedRow {
  absl::string_view reporter;  // member code
  absl::string_view reporter_label;
  // Per axis of the slice: member code ("" = unknown) and label as printed.
  std::vector<std::pair<absl::string_view, absl::string_view>> axes;
  vocabulary::Period period;
  absl::string_view period_text;
  uint32_t flags = 0;
  uint32_t document = 0;
  uint32_t table = 0;
  CellNumbers numbers;
  // See store::Observations::Stated.
  uint32_t stated_reporters = 0;
  absl::string_view stated_coverage;
  absl::string_view printed_by;
};

class SliceBuilder {
 public:
  explicit SliceBuilder(store::Slice slice);

  // State, tokens and place are taken from `raw` as they are.
  void Append(const ResolvedRow& row, const RawObservation& raw);

  // Ends the building. *unfit lists the rows with a number that has no room
  // beside the finer ones of the slice; their tables must be refused.
  HarmonisedSlice Finish(std::vector<size_t>* unfit);

 private:
  using Numbers = std::vector<std::optional<Decimal>>;

  uint32_t Intern(absl::string_view text);

  HarmonisedSlice slice_;
  absl::flat_hash_map<std::string, uint32_t> strings_;
  Numbers value_;
  Numbers lower_;
  Numbers upper_;
};

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_SLICE_BUILDER_H_
