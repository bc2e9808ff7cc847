#include "service/ingest/adapter_choice.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
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

// The option by which an adapter is told the recipe of a document.
constexpr char kRecipe[] = "recipe";

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

absl::StatusOr<const AdapterEntry*> FindAdapter(
    const Registry& registry, const Submission& submission,
    const std::vector<bool>& read, const std::vector<std::string>& recipes) {
  if (!submission.manifest.adapter.empty()) {
    return NamedAdapter(registry, submission.manifest.adapter);
  }
  Pairs options = submission.manifest.options;
  if (!std::all_of(recipes.begin(), recipes.end(),
                   [](const std::string& recipe) { return recipe.empty(); })) {
    options.emplace_back(kRecipe, "");
  }
  COLLATE_ASSIGN_OR_RETURN(const AdapterEntry* named,
                           AdapterOfOptions(registry, options));
  if (named != nullptr) return named;
  const AdapterEntry* chosen = nullptr;
  const ReceivedDocument* first = nullptr;
  for (size_t i = 0; i < submission.documents.size(); ++i) {
    if (!read[i]) continue;
    const ReceivedDocument& document = submission.documents[i];
    COLLATE_ASSIGN_OR_RETURN(const std::string head,
                             document.ReadAt(0, kSniffBytes));
    absl::StatusOr<const AdapterEntry*> found =
        ChooseAdapter(registry, document.name(), head);
    if (!recipes.empty() &&
        base::DetailOf(found.status()).reason == "NO_ADAPTER") {
      COLLATE_ASSIGN_OR_RETURN(const AdapterEntry* by_recipe,
                               AdapterOfOptions(registry, {{kRecipe, ""}}));
      if (by_recipe != nullptr) found = by_recipe;
    }
    COLLATE_ASSIGN_OR_RETURN(const AdapterEntry* adapter, std::move(found));
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

absl::StatusOr<std::vector<Pairs>> OptionsOfEach(
    const AdapterEntry& adapter, const Submission& submission,
    const std::vector<std::string>& recipes) {
  const Pairs& options = submission.manifest.options;
  const auto of_release =
      std::find_if(options.begin(), options.end(),
                   [](const auto& pair) { return pair.first == kRecipe; });
  std::vector<Pairs> all;
  for (size_t i = 0; i < submission.documents.size(); ++i) {
    Pairs given = options;
    if (i < recipes.size() && !recipes[i].empty()) {
      if (of_release == options.end()) {
        given.emplace_back(kRecipe, recipes[i]);
      } else if (of_release->second != recipes[i]) {
        const std::string& name = submission.documents[i].name();
        return base::Error(
                   absl::StatusCode::kInvalidArgument, "ANSWER_CONFLICT",
                   absl::StrCat("document '", name, "' is to be read by '",
                                of_release->second, "' by the release and by '",
                                recipes[i],
                                "' by the manifest of its answer; state the "
                                "recipe in one of them"))
            .With("document", name);
      }
    }
    COLLATE_ASSIGN_OR_RETURN(*all.emplace(all.end()),
                             ResolveOptions(adapter, given));
  }
  return all;
}

}  // namespace collate::ingest
