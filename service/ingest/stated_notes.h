// What an adapter says beside a figure in notes of a fixed form,
// `key: value`, for which the plugin ABI has no field of its own:
//
//   stated_coverage: 44 (all but Lincolnshire)
//       A published total, and from how many reporters it is stated to be; the
//       rest says in words which. Their names may be unknown.
//   printed_by: example.org 2024-11-01
//       Who printed the figure that the document repeats.
//
// Every other note is for people.

#ifndef COLLATE_SERVICE_INGEST_STATED_NOTES_H_
#define COLLATE_SERVICE_INGEST_STATED_NOTES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/ingest/ingestor.h"

namespace collate::ingest {

// Texts point into the notes.
struct StatedNotes {
  uint32_t reporters = 0;      // 0 = not stated
  absl::string_view coverage;  // words beside the count; may be empty
  absl::string_view printed_by;
  std::vector<absl::string_view> others;
};

// A fault (INVALID_NOTE) for a key that stands twice, for an empty value, and
// for a coverage that does not begin with a count of at least 1.
std::optional<Diagnostic> ReadStatedNotes(const std::vector<std::string>& notes,
                                          StatedNotes* stated);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_STATED_NOTES_H_
