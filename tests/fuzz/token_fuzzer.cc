// Any bytes as a page token and as the handle of a cell, and the insides of
// both as text, which are then encoded: what is none is refused for it, what is
// one is the token that its encoding gives, and no token of another question
// is followed.

#include <cstdint>
#include <string>

#include "collate/internal/v1/token.pb.h"
#include "collate/v1/statistics_service.pb.h"
#include "service/api/paging.h"
#include "service/api/statistics_handlers.h"
#include "tests/fuzz/service_checks.h"
#include "tests/fuzz/small_world.h"
#include "tests/service/api/published_world.h"
#include "tests/testing/fake_clock.h"

namespace {

using collate::api::DecodeToken;
using collate::api::EncodeToken;
using collate::fuzz::MessageFrom;
using collate::fuzz::Require;
using collate::fuzz::RequireTyped;
using collate::internal::v1::CellKey;
using collate::internal::v1::PageToken;
using collate::testing::PublishedWorld;
namespace v1 = collate::v1;

template <typename Message>
void RequireItself(const std::string& text) {
  Message token;
  if (!DecodeToken(text, &token)) return;
  Message again;
  Require(DecodeToken(EncodeToken(token), &again) &&
              again.SerializeAsString() == token.SerializeAsString(),
          "a token is its encoding");
}

void Ask(const collate::api::StatisticsHandlers& handlers,
         const std::string& text) {
  static const collate::testing::FakeClock clock;
  collate::api::CallContext context(clock);
  v1::ExplainCellRequest explain;
  explain.set_handle(text);
  const auto explained = handlers.ExplainCell(context, explain);
  if (!explained.ok()) RequireTyped(explained.status());

  v1::ListObservationsRequest list;
  list.set_measure("offences");
  list.set_page_size(2);
  list.set_page_token(text);
  const auto listed = handlers.ListObservations(context, list);
  if (!listed.ok()) {
    RequireTyped(listed.status());
  } else {
    Require(listed->observations_size() <= 2, "no more than was asked for");
  }

  v1::QueryStatisticsRequest query;
  query.mutable_query()->add_measures("offences");
  query.mutable_query()->add_periods("2017/18");
  query.mutable_query()->add_group_by("reporter");
  query.mutable_query()->set_panel("four");
  query.set_page_size(2);
  query.set_page_token(text);
  const auto answered =
      handlers.QueryStatistics(context, query, query.SerializeAsString());
  if (!answered.ok()) RequireTyped(answered.status());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static PublishedWorld world(collate::fuzz::SmallWorld());
  static const collate::api::StatisticsHandlers handlers(
      {.publisher = &world.publisher(), .max_cells = 200, .cache_bytes = 0});
  if (size < 1) return 0;
  // Bytes that are no UTF-8 come this far only here.
  const google::protobuf::LogSilencer silence;
  std::string text = collate::fuzz::Text(data + 1, size - 1);
  if (data[0] == 'P') {
    const auto token = MessageFrom<PageToken>(text);
    if (!token.has_value()) return 0;
    text = EncodeToken(*token);
  } else if (data[0] == 'C') {
    const auto key = MessageFrom<CellKey>(text);
    if (!key.has_value()) return 0;
    text = EncodeToken(*key);
  } else if (data[0] == 'Q') {
    // The question of a handle as text.
    const auto query = MessageFrom<v1::StatisticsQuery>(text);
    if (!query.has_value()) return 0;
    CellKey key;
    key.set_query(query->SerializeAsString());
    key.set_period("2017/18");
    text = EncodeToken(key);
  }
  RequireItself<PageToken>(text);
  RequireItself<CellKey>(text);
  Ask(handlers, text);
  return 0;
}
