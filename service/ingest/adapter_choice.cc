#include "service/ingest/adapter_choice.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/ingest/report.h"
#include "service/ingest/sniff.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::ingest {
namespace {

absl::StatusOr<const AdapterEntry*> NamedAdapter(const Registry& registry,
                                                 const std::string& id) {
  if (const AdapterEntry* adapter = registry.Find(id)) return adapter;
  std::vector<std::string> known;
  for (const AdapterEntry& entry : registry.entries()) {
    if (entry.id == id) {
      return base::Error(
                 absl::StatusCode::kFailedPrecondition, "ADAPTER_NOT_READY",
                 Shortened(absl::StrCat("adapter '", id, "' cannot be used: ",
                                        absl::StrJoin(entry.problems, "; ")),
                           kMaxMessageBytes))
          .With("adapter", id);
    }
    if (entry.ready()) known.push_back(entry.id);
  }
  const std::vector<std::string> near = vocabulary::NearMatches(id, known);
  const std::string message = absl::StrCat(
      "there is no adapter '", Shortened(id, 128), "'",
      near.empty()
          ? ""
          : absl::StrCat("; did you mean ", absl::StrJoin(near, ", "), "?"));
  base::Error error(absl::StatusCode::kInvalidArgument, "UNKNOWN_ADAPTER",
                    message);
  error.With("adapter", Shortened(id, 128)).Field("release.adapter", message);
  if (!near.empty()) error.With("near_matches", absl::StrJoin(near, ", "));
  return error;
}

}  // namespace

absl::StatusOr<const AdapterEntry*> FindAdapter(const Registry& registry,
                                                const Submission& submission,
                                                const std::vector<bool>& read) {
  if (!submission.manifest.adapter.empty()) {
    return NamedAdapter(registry, submission.manifest.adapter);
  }
  COLLATE_ASSIGN_OR_RETURN(
      const AdapterEntry* named,
      AdapterOfOptions(registry, submission.manifest.options));
  if (named != nullptr) return named;
  const AdapterEntry* chosen = nullptr;
  const ReceivedDocument* first = nullptr;
  for (size_t i = 0; i < submission.documents.size(); ++i) {
    if (!read[i]) continue;
    const ReceivedDocument& document = submission.documents[i];
    COLLATE_ASSIGN_OR_RETURN(const std::string head,
                             document.ReadAt(0, kSniffBytes));
    COLLATE_ASSIGN_OR_RETURN(const AdapterEntry* adapter,
                             ChooseAdapter(registry, document.name(), head));
    if (chosen == nullptr) {
      chosen = adapter;
      first = &document;
    } else if (chosen != adapter) {
      return base::Error(absl::StatusCode::kFailedPrecondition,
                         "AMBIGUOUS_ADAPTER",
                         absl::StrCat("document '", first->name(),
                                      "' is read by ", chosen->id, " and '",
                                      document.name(), "' by ", adapter->id,
                                      "; one adapter reads a release: send two "
                                      "releases, or name the adapter"))
          .With("document", document.name());
    }
  }
  return chosen;
}

}  // namespace collate::ingest
