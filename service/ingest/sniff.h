// Which adapter reads a document, decided by its name and its first bytes
// against the adapters' manifests. No adapter's code runs here.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_INGEST_SNIFF_H_
#define COLLATE_SERVICE_INGEST_SNIFF_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/ingest/raw.h"
#include "service/ingest/registry.h"

namespace collate::ingest {

// Bytes of a document's beginning that sniffing looks at.
inline constexpr size_t kSniffBytes = size_t{64} << 10;

// What became of one family of one adapter.
struct SniffFinding {
  std::string adapter;
  std::string family;
  bool matched = false;
  // All that speaks for it is the ending of the name, as of any workbook: it
  // yields to a match of another adapter that has more to show.
  bool by_ending_only = false;
  std::string reason;  // "name matches no glob of *prc*.csv", ...
};

// Every family of every usable adapter, in the registry's order.
std::vector<SniffFinding> Sniff(const Registry& registry,
                                absl::string_view name, absl::string_view head);

// The one adapter that matches, by more than an ending where any does.
// NO_ADAPTER (INVALID_ARGUMENT) when there is none, AMBIGUOUS_ADAPTER
// (FAILED_PRECONDITION) when there are several; both messages list the adapters
// with the reasons.
absl::StatusOr<const AdapterEntry*> ChooseAdapter(const Registry& registry,
                                                  absl::string_view name,
                                                  absl::string_view head);

// The adapter that an option of the sender's names (names_adapter), or nullptr.
// AMBIGUOUS_ADAPTER (FAILED_PRECONDITION) when they name two.
absl::StatusOr<const AdapterEntry*> AdapterOfOptions(const Registry& registry,
                                                     const Pairs& options);

// `*` is any run of bytes, `?` is one; ASCII case is ignored.
bool GlobMatches(absl::string_view glob, absl::string_view name);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_SNIFF_H_
