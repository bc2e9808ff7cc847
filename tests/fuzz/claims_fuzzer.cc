// Any text as a file of claims, checked against a small world: refused for a
// mistake, or each claim has a verdict, and what is said to bear it out does.

#include <cstdint>
#include <string>

#include "collate/v1/claims.pb.h"
#include "service/api/statistics_handlers.h"
#include "tests/fuzz/service_checks.h"
#include "tests/fuzz/small_world.h"
#include "tests/service/api/published_world.h"
#include "tests/testing/fake_clock.h"

namespace {

using collate::fuzz::Require;
using collate::testing::PublishedWorld;
namespace v1 = collate::v1;

void RequireSound(const v1::ClaimResult& result) {
  Require(v1::ClaimVerdict_IsValid(result.verdict()) &&
              result.verdict() != v1::CLAIM_VERDICT_UNSPECIFIED,
          "a claim has a verdict");
  bool borne_out = false;
  bool excluded = false;
  for (const v1::ClaimEvidence& evidence : result.evidence()) {
    Require(evidence.verdict() != v1::CLAIM_VERDICT_UNSPECIFIED,
            "evidence has a verdict");
    borne_out = borne_out || evidence.verdict() == v1::CLAIM_VERDICT_REPRODUCED;
    excluded = excluded || evidence.verdict() == v1::CLAIM_VERDICT_CONTRADICTED;
  }
  switch (result.verdict()) {
    case v1::CLAIM_VERDICT_REPRODUCED:
    case v1::CLAIM_VERDICT_REPRODUCED_OTHER_BASIS:
      Require(borne_out, "something bears it out");
      break;
    case v1::CLAIM_VERDICT_CONTRADICTED:
      Require(excluded, "something excludes it");
      break;
    default:
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static PublishedWorld world(collate::fuzz::SmallWorld());
  static const collate::testing::FakeClock clock;
  static const collate::api::StatisticsHandlers handlers(
      {.publisher = &world.publisher(), .max_cells = 200, .cache_bytes = 0});
  const auto claims =
      collate::fuzz::MessageFrom<v1::ClaimSet>(collate::fuzz::Text(data, size));
  if (!claims.has_value()) return 0;
  v1::CheckClaimsRequest request;
  *request.mutable_claims() = *claims;
  collate::api::CallContext context(clock);
  const auto response = handlers.CheckClaims(context, request);
  if (!response.ok()) {
    collate::fuzz::RequireTyped(response.status());
    return 0;
  }
  Require(response->results_size() == claims->claims_size(),
          "each claim has a result");
  for (int i = 0; i < response->results_size(); ++i) {
    Require(response->results(i).claim_id() == claims->claims(i).id(),
            "in their order");
    RequireSound(response->results(i));
  }
  return 0;
}
