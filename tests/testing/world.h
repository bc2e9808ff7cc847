// A small world in code for tests of the query engine: a vocabulary with
// five reporters, and releases built row by row.
//
//   World world;
//   world.Release("src", "2018-04-30")
//       .Slice({.axes = {"offence@code"}})
//       .Row({.reporter = "p", .at = {"88A"}, .period = "2017/18",
//             .value = 50});
//   auto answer = world.Ask({.measures = {"offences"}, ...});

#ifndef COLLATE_TESTS_TESTING_WORLD_H_
#define COLLATE_TESTS_TESTING_WORLD_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "service/query/engine.h"
#include "service/query/plan.h"
#include "service/query/query.h"
#include "service/query/snapshot.h"
#include "service/store/observations.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::testing {

// Ids of the test vocabulary's reporters.
inline constexpr vocabulary::MemberId kP = 1;
inline constexpr vocabulary::MemberId kQ = 2;
inline constexpr vocabulary::MemberId kR = 3;
inline constexpr vocabulary::MemberId kS = 4;

// Reporters p, q, r, s (forces, in panel `four`), t (force), region `pq`
// (aggregate, contains p and q). Offences: group `sexual` over codes 88A and
// 71, `statute` s15a, in force from 2017-04-03 and published inside 88A; 88A
// breaks on 2017-04-01. Platforms overlap in groupings a+b and b+c. Sex: f,
// m, unknown. Platforms: snapchat, whatsapp, b. Measures: `offences` (additive
// over reporter, offence and sex), `accounts` (additive over nothing), `uses`
// (mentions in offences, over reporter and platform), `people` (over reporter
// and sex, not over time), `printed_rate` (of offences per 1,000 people, over
// nothing).
std::shared_ptr<const vocabulary::Vocabulary> MakeTestVocabulary();

struct SliceSpec {
  std::vector<std::string> axes;  // "offence@code", sorted by dimension
  store::Partition partition = store::Partition::kComplete;
  store::Aggregation aggregation = store::Aggregation::kSum;
  store::Floor floor = store::Floor::kZero;
  std::string universe;
  std::string measure = "offences";
  int32_t scale = 0;  // values are mantissas of 10^-scale
};

struct RowSpec {
  std::string reporter;
  std::vector<std::string> at = {};  // member codes, one for each axis
  // As printed, of the last axis; empty = made from the member.
  std::string label = {};
  std::string period;
  vocabulary::State state = vocabulary::State::kReported;
  std::optional<int64_t> value = std::nullopt;
  std::optional<int64_t> lower = std::nullopt;
  std::optional<int64_t> upper = std::nullopt;
  uint32_t flags = 0;
  std::string reason = "";
  uint64_t line = 2;
  uint32_t stated_reporters = 0;  // of a published total; 0 = not stated
  std::string stated_coverage = {};
  std::string printed_by = {};
  uint64_t records = 0;  // 0 = a published cell; n = counted from n records
};

// An answer with its plan and the snapshot it was computed over.
struct Answer {
  std::shared_ptr<const query::Snapshot> snapshot;
  query::Plan plan;
  query::Summary summary;
  std::vector<query::Cell> cells;

  // The member code of a cell's coordinate.
  const std::string& Code(const query::Cell& cell, size_t axis) const;
};

class World {
 public:
  World();
  // Over a vocabulary of the test's own.
  explicit World(std::shared_ptr<const vocabulary::Vocabulary> vocabulary)
      : vocabulary_(std::move(vocabulary)) {}

  // Opens a release; the rows that follow belong to it. An empty
  // `published` is unknown.
  World& Release(const std::string& source, const std::string& published);
  World& Slice(const SliceSpec& spec);
  World& Row(const RowSpec& spec);
  // Claims whole periods for the current slice and the reporters named.
  World& Extent(const std::vector<std::string>& reporters,
                const std::vector<std::string>& periods);
  World& Withdrawn(const std::string& reason);
  World& Synthetic();
  // The store cannot read its figures.
  World& Unreadable();

  std::shared_ptr<const query::Snapshot> Build() const;
  absl::StatusOr<Answer> Ask(const query::Query& query,
                             query::PlanOptions options = {},
                             const query::ExecuteOptions& execute = {}) const;

  const vocabulary::Vocabulary& vocabulary() const { return *vocabulary_; }

 private:
  struct Draft {
    store::Release release;
    std::vector<store::Observations> chunks;
    absl::Status problem;
  };

  std::shared_ptr<const vocabulary::Vocabulary> vocabulary_;
  std::vector<Draft> drafts_;
};

// The only cell of an answer; an empty one, and a failed test, when there is
// not just one.
query::Cell OnlyCell(const absl::StatusOr<Answer>& answer);

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_WORLD_H_
