// Names of answers: StatisticsHandlers::Name and GetAnswer.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "service/api/convert.h"
#include "service/api/convert_statistics.h"
#include "service/api/paging.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/answer_name.h"

namespace collate::api {
namespace {

using query::Snapshot;
using store::KeptAnswer;
using store::ReleaseState;

absl::Status NotRepeatable(const std::string& name,
                           const std::vector<std::string>& changes) {
  return base::Error(absl::StatusCode::kFailedPrecondition,
                     "ANSWER_NOT_REPEATABLE",
                     absl::StrCat(name, " cannot be given again as it was: ",
                                  absl::StrJoin(changes, "; ")))
      .With("value", name)
      .With("changed", absl::StrJoin(changes, "; "))
      .Field("name", "of an answer that would be another one now");
}

// The kept releases in the snapshot; what became of them goes into `changes`.
std::vector<uint32_t> FindReleases(const KeptAnswer& kept,
                                   const Snapshot& snapshot,
                                   std::vector<std::string>& changes) {
  std::vector<uint32_t> indexes;
  for (const auto& [name, state] : *kept.releases) {
    const auto& all = snapshot.releases();
    const auto at = std::find_if(
        all.begin(), all.end(),
        [&name = name](const auto& one) { return one->release.name == name; });
    if (at == all.end()) {
      changes.push_back(absl::StrCat(name, " is gone"));
    } else if ((*at)->release.state != state) {
      changes.push_back(absl::StrCat(name, " was withdrawn since"));
    } else {
      indexes.push_back(static_cast<uint32_t>(at - all.begin()));
    }
  }
  std::sort(indexes.begin(), indexes.end());
  return indexes;
}

}  // namespace

void StatisticsHandlers::Name(const CallContext& context, const Asked& asked,
                              const CellConverter& converter,
                              v1::QueryStatisticsResponse& response) const {
  if (options_.answers == nullptr) return;
  const query::AnswerName& name = converter.name();
  KeptAnswer kept;
  kept.digest = name.digest;
  kept.question = converter.question();
  kept.releases = store::KeptReleases(name.releases, &name.releases->states);
  kept.vocabulary_sha256 = asked.snapshot->vocabulary().sha256();
  kept.semantics = query::kSemanticsVersion;
  kept.day = name.day;
  kept.first_given = context.clock.Now();
  const absl::Status status = options_.answers->Keep(kept);
  if (status.ok()) {
    response.set_name(absl::StrCat(kAnswerCollection, name.digest));
    return;
  }
  v1::Caveat* caveat = response.add_caveats();
  caveat->set_code("ANSWER_NOT_KEPT");
  caveat->set_message(
      "The answer could not be written down, so that it has no name under "
      "which "
      "it can be asked for again.");
  if (options_.log != nullptr) {
    options_.log->Warning("answer not kept", {{"problem", status.message()}});
  }
}

absl::StatusOr<v1::GetAnswerResponse> StatisticsHandlers::GetAnswer(
    CallContext& context, const v1::GetAnswerRequest& request) const {
  absl::string_view digest = View(request.name());
  if (options_.answers == nullptr ||
      !absl::ConsumePrefix(&digest, kAnswerCollection)) {
    return base::Error(absl::StatusCode::kNotFound, "UNKNOWN_ANSWER",
                       absl::StrCat("no answer '", request.name(),
                                    "'; expected answers/{sha256}"))
        .With("value", request.name())
        .Field("name", "not the name of an answer");
  }
  COLLATE_ASSIGN_OR_RETURN(const KeptAnswer kept,
                           options_.answers->Find(digest));
  const std::shared_ptr<const Snapshot> current = options_.publisher->Current();
  context.asked.releases = current;
  std::vector<std::string> changes;
  if (kept.semantics != query::kSemanticsVersion) {
    changes.push_back(absl::StrCat("it follows version ", kept.semantics,
                                   " of the rules, and this is version ",
                                   query::kSemanticsVersion));
  }
  if (kept.vocabulary_sha256 != current->vocabulary().sha256()) {
    changes.push_back("the vocabulary changed");
  }
  const std::vector<uint32_t> releases = FindReleases(kept, *current, changes);
  if (!changes.empty()) return NotRepeatable(request.name(), changes);

  v1::GetAnswerResponse response;
  if (!response.mutable_query()->ParseFromString(kept.question)) {
    return NotRepeatable(request.name(), {"its question cannot be read"});
  }
  COLLATE_ASSIGN_OR_RETURN(const query::Query question,
                           FromProto(response.query()));
  COLLATE_ASSIGN_OR_RETURN(
      std::shared_ptr<const Snapshot> then,
      options_.publisher->WithRows(
          options_.publisher->Narrow(current, releases), question));
  COLLATE_ASSIGN_OR_RETURN(const PageRequest page, ReadPageRequest(request));
  // What was kept is canonical.
  COLLATE_ASSIGN_OR_RETURN(const Asked asked,
                           Ask(response.query(), question, std::move(then),
                               kept.day, /*list_rows=*/page.cited));
  const CellConverter converter = Converter(asked);
  // Whatever else it depended on is in its name.
  if (converter.name().digest != kept.digest) {
    return NotRepeatable(request.name(),
                         {"a release was read otherwise than it is now"});
  }
  COLLATE_ASSIGN_OR_RETURN(
      AnswerPage answer,
      Answer(context, asked, converter, page, request.page_token()));
  answer.rest.set_name(request.name());
  response.set_name(request.name());
  *response.mutable_first_given_time() = ToProto(kept.first_given);
  response.set_next_page_token(answer.rest.next_page_token());
  response.set_answer(Join(std::move(answer)));
  return response;
}

}  // namespace collate::api
