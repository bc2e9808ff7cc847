// StatisticsHandlers::CheckClaims.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/api/convert.h"
#include "service/api/convert_claims.h"
#include "service/api/convert_statistics.h"
#include "service/api/statistics_handlers.h"
#include "service/base/status_macros.h"
#include "service/query/claims.h"

namespace collate::api {
namespace {

// All claims of a set are answered from the same releases.
absl::Status CheckNoPins(const v1::ClaimSet& set) {
  for (int i = 0; i < set.claims_size(); ++i) {
    const v1::Claim& claim = set.claims(i);
    const bool by_time = claim.query().has_loaded_by();
    if (!by_time && claim.query().releases().empty()) continue;
    return query::InvalidClaim(
        claim.id(),
        absl::StrCat("claims.claims[", i, "].query.",
                     by_time ? "loaded_by" : "releases"),
        "releases and load time are those of the whole set; give them in its "
        "defaults");
  }
  return absl::OkStatus();
}

// Every claim has a copy of what all ask alike.
absl::Status CheckSizes(const v1::ClaimSet& set) {
  constexpr size_t kMostBytes = 16 * 1024;
  const std::string message =
      absl::StrCat("a question has at most ", kMostBytes, " bytes");
  if (set.defaults().ByteSizeLong() > kMostBytes) {
    return query::InvalidClaim("", "claims.defaults", message);
  }
  for (int i = 0; i < set.claims_size(); ++i) {
    if (set.claims(i).query().ByteSizeLong() > kMostBytes) {
      return query::InvalidClaim(set.claims(i).id(),
                                 absl::StrCat("claims.claims[", i, "].query"),
                                 message);
    }
  }
  return absl::OkStatus();
}

// A source that nobody knows supports nothing, so that a slip of the pen would
// make the claimant's own figure look like somebody else's.
void AddUnknownSources(const v1::ClaimSet& set, const query::Snapshot& snapshot,
                       v1::CheckClaimsResponse& response) {
  for (const std::string& id : set.own_sources()) {
    if (snapshot.KnowsSource(id)) continue;
    std::vector<std::string> known = snapshot.sources();
    for (const vocabulary::Source& source : snapshot.vocabulary().sources()) {
      known.push_back(source.id);
    }
    const std::vector<std::string> near =
        vocabulary::NearMatches(View(id), known);
    *response.add_caveats() = ToProto(query::Caveat{
        "UNKNOWN_SOURCE", absl::StrCat("own_sources names '", id,
                                       "', which is neither known nor loaded",
                                       near.empty() ? "" : "; did you mean ",
                                       absl::StrJoin(near, ", "))});
  }
}

}  // namespace

absl::StatusOr<v1::CheckClaimsResponse> StatisticsHandlers::CheckClaims(
    CallContext& context, const v1::CheckClaimsRequest& request) const {
  const v1::ClaimSet& set = request.claims();
  COLLATE_RETURN_IF_ERROR(CheckNoPins(set));
  COLLATE_RETURN_IF_ERROR(CheckSizes(set));
  const auto defaults = FromProto(set.defaults());
  if (!defaults.ok()) {
    return query::InvalidClaim("", "claims.defaults",
                               defaults.status().message());
  }
  // One for the whole set, whatever is published meanwhile.
  COLLATE_ASSIGN_OR_RETURN(
      const std::shared_ptr<const query::Snapshot> snapshot,
      options_.publisher->ForAll(*defaults, options_.publisher->Current()));
  context.asked.releases = snapshot;
  COLLATE_ASSIGN_OR_RETURN(const std::vector<ReadClaim> claims,
                           FromProto(set, snapshot->vocabulary()));
  query::ClaimOptions options;
  options.plan = {.max_cells = options_.max_cells,
                  .today = DayOf(context.clock.Now())};
  options.own_sources = Strings(set.own_sources());
  options.cancelled = [&context] { return context.Cancelled(); };

  v1::CheckClaimsResponse response;
  AddUnknownSources(set, *snapshot, response);
  bool synthetic = false;
  int64_t bytes = 0;
  for (const ReadClaim& read : claims) {
    COLLATE_RETURN_IF_ERROR(context.Check());
    COLLATE_ASSIGN_OR_RETURN(const query::CheckedClaim checked,
                             query::CheckClaim(read.claim, *snapshot, options));
    synthetic |= checked.synthetic;
    v1::ClaimResult* result = response.add_results();
    COLLATE_ASSIGN_OR_RETURN(*result, ToProto(checked, read, *snapshot));
    result->set_claim_set(set.id());
    bytes += static_cast<int64_t>(result->ByteSizeLong());
    COLLATE_RETURN_IF_ERROR(CheckSize(bytes));
  }
  if (synthetic) {
    *response.add_caveats() = ToProto(query::Caveat{
        "SYNTHETIC_INPUT", "Made-up figures take part in the verdicts."});
  }
  return response;
}

}  // namespace collate::api
