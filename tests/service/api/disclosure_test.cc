// What callers of a disclosure profile are answered, by every route. Figures
// are synthetic.

#include <cstdint>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "service/api/catalogue_handlers.h"
#include "service/api/export_handlers.h"
#include "service/api/operations_handlers.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "service/disclosure/protected_store.h"
#include "service/ingest/live_registry.h"
#include "service/ingest/report.h"
#include "service/ingest/supervisor.h"
#include "service/query/publisher.h"
#include "service/store/answer_book.h"
#include "tests/service/disclosure/restricted_world.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::FakeClock;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MakeRestrictedVocabulary;
using ::collate::testing::MemoryStore;
using ::collate::testing::PublishAll;
using ::collate::testing::RandomTable;
using ::collate::testing::ShownFigure;
using ::collate::testing::StatusIs;
using ::collate::testing::Widths;
using ::collate::testing::World;

template <typename Message>
Message FromText(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message))
      << text;
  return message;
}

template <typename Message>
class KeptParts final : public Writer<Message> {
 public:
  absl::Status Write(Message part) override {
    parts.push_back(std::move(part));
    return absl::OkStatus();
  }
  void TryWrite(Message part) override { parts.push_back(std::move(part)); }

  std::vector<Message> parts;
};

// The handlers over a store as a profile shows it; "none" as it is.
class ShownService {
 public:
  ShownService(MemoryStore& store, const std::string& profile) {
    store::Store* source = &store;
    if (profile != "none") {
      disclosure::ProtectedStore::Options options;
      options.vocabulary = MakeRestrictedVocabulary();
      options.store = &store;
      options.profile = disclosure::FindProfile(profile);
      options.report = ingest::SerializeReport({});
      shown_ = std::make_unique<disclosure::ProtectedStore>(options);
      source = shown_.get();
    }
    auto opened = query::Publisher::Open(MakeRestrictedVocabulary(), source);
    EXPECT_THAT(opened, IsOk());
    publisher_ = *std::move(opened);
    auto book = store::OpenAnswerBook(directory_.path());
    EXPECT_THAT(book, IsOk());
    answers_ = *std::move(book);
    statistics_ = std::make_unique<StatisticsHandlers>(
        StatisticsHandlers::Options{.publisher = publisher_.get(),
                                    .answers = answers_.get(),
                                    .store = source});
    exports_ = std::make_unique<ExportHandlers>(
        ExportHandlers::Options{.publisher = publisher_.get()});
    catalogue_ = std::make_unique<CatalogueHandlers>(
        CatalogueHandlers::Options{.publisher = publisher_.get(),
                                   .registry = &registry_,
                                   .supervisor = &supervisor_});
  }

  absl::StatusOr<v1::QueryStatisticsResponse> Query(const std::string& text) {
    CallContext context(clock_);
    const auto request = FromText<v1::QueryStatisticsRequest>(text);
    auto answer = statistics_->QueryStatistics(context, request,
                                               request.SerializeAsString());
    if (!answer.ok()) return answer.status();
    v1::QueryStatisticsResponse response;
    EXPECT_TRUE(response.ParseFromString((*answer)->bytes));
    return response;
  }

  template <typename Response, typename Handlers, typename Request>
  absl::StatusOr<Response> Call(const Handlers& handlers,
                                absl::StatusOr<Response> (Handlers::*call)(
                                    CallContext&, const Request&) const,
                                const std::string& text) {
    CallContext context(clock_);
    return (handlers.*call)(context, FromText<Request>(text));
  }

  // All that is sent of some questions, as text; the serialised bytes behind
  // it, since text writes some strings otherwise.
  std::string EverythingSaid(const std::vector<std::string>& queries);
  // What is sent of a release's document.
  std::string DocumentSaid(const std::string& release);

  const StatisticsHandlers& statistics() const { return *statistics_; }
  const CatalogueHandlers& catalogue() const { return *catalogue_; }
  query::Publisher& publisher() { return *publisher_; }

 private:
  FakeClock clock_;
  testing::TempDir directory_;
  std::unique_ptr<store::AnswerBook> answers_;
  std::unique_ptr<disclosure::ProtectedStore> shown_;
  std::unique_ptr<query::Publisher> publisher_;
  std::unique_ptr<StatisticsHandlers> statistics_;
  std::unique_ptr<ExportHandlers> exports_;
  ingest::Supervisor supervisor_{{.worker_path = "/nowhere/collate-worker"}};
  ingest::LiveRegistry registry_{{}, &supervisor_};
  std::unique_ptr<CatalogueHandlers> catalogue_;
};

std::string ShownService::DocumentSaid(const std::string& release) {
  CallContext context(clock_);
  KeptParts<v1::ReadDocumentResponse> document;
  const absl::Status read = statistics_->ReadDocument(
      context,
      FromText<v1::ReadDocumentRequest>(
          absl::StrCat("release: '", release, "' document: 'file.csv'")),
      document);
  std::string said = read.ToString();
  for (const auto& part : document.parts) {
    absl::StrAppend(&said, part.DebugString());
  }
  return said;
}

std::string ShownService::EverythingSaid(
    const std::vector<std::string>& queries) {
  std::string said;
  const auto add = [&said](const auto& response) {
    if (!response.ok()) {
      absl::StrAppend(&said, response.status().ToString(), "\n");
      return;
    }
    absl::StrAppend(&said, response->DebugString(), "\n",
                    response->SerializeAsString(), "\n");
  };
  for (const std::string& query : queries) {
    const auto answer =
        Query(absl::StrCat("view: VIEW_CITED query { ", query, " }"));
    add(answer);
    const auto plain = Query(absl::StrCat("query { ", query, " }"));
    add(plain);
    if (plain.ok()) {
      EXPECT_NE(plain->name(), "");
      for (const char* view : {"VIEW_BASIC", "VIEW_CITED"}) {
        add(Call(*statistics_, &StatisticsHandlers::GetAnswer,
                 absl::StrCat("name: '", plain->name(), "' view: ", view)));
      }
      for (const v1::Cell& cell : plain->cells()) {
        add(Call(*statistics_, &StatisticsHandlers::ExplainCell,
                 absl::StrCat("handle: '", cell.handle(), "'")));
      }
    }
    add(Call(*statistics_, &StatisticsHandlers::CheckQuery,
             absl::StrCat("query { ", query, " }")));
    add(Call(*statistics_, &StatisticsHandlers::CheckClaims,
             absl::StrCat("claims { id: 'story' date: '2020-01-01' claims { "
                          "id: 'it' kind: CLAIM_KIND_VALUE value: '60' "
                          "unit: 'cases' query { ",
                          query, " } } }")));
  }
  for (const char* groups : {"", "group_by: 'kind'", "group_by: 'reporter'"}) {
    add(Call(
        *statistics_, &StatisticsHandlers::CompareMeasures,
        absl::StrCat("columns { label: 'now' query { measures: 'cases' "
                     "panel: 'four' } } columns { label: 'first' query { "
                     "measures: 'cases' panel: 'four' "
                     "releases: 'sources/first/releases/1' } } ",
                     groups,
                     " periods: '2018' periods: '2018 Q1' periods: '2018 H1' "
                     "view: VIEW_CITED")));
  }
  for (const char* measure : {"cases", "mean_age"}) {
    add(Call(*statistics_, &StatisticsHandlers::ListObservations,
             absl::StrCat("measure: '", measure, "'")));
  }
  add(Call(*statistics_, &StatisticsHandlers::ListConflicts,
           "measure: 'cases'"));
  add(Call(*catalogue_, &CatalogueHandlers::ListReleases, ""));
  add(Call(*catalogue_, &CatalogueHandlers::ListSources, ""));
  add(Call(*catalogue_, &CatalogueHandlers::ListFindings, ""));
  for (const auto& loaded : publisher_->Current()->releases()) {
    const std::string& name = loaded->release.name;
    add(Call(*catalogue_, &CatalogueHandlers::GetRelease,
             absl::StrCat("name: '", name, "'")));
    add(Call(*catalogue_, &CatalogueHandlers::GetReleaseReport,
             absl::StrCat("name: '", name, "/report'")));
    add(Call(*statistics_, &StatisticsHandlers::ListRevisions,
             absl::StrCat("release: '", name, "'")));
  }
  CallContext context(clock_);
  KeptParts<std::string> exported;
  EXPECT_THAT(exports_->ExportObservations(context, {}, exported), IsOk());
  for (const std::string& bytes : exported.parts) {
    v1::ExportObservationsResponse part;
    EXPECT_TRUE(part.ParseFromString(bytes));
    absl::StrAppend(&said, part.DebugString(), bytes);
  }
  return said;
}

// Every kind of question about the tables below.
const std::vector<std::string>& Questions() {
  static const auto& questions = *new std::vector<std::string>{
      "measures: 'cases' group_by: 'kind' periods: '2018' panel: 'four'",
      "measures: 'cases' group_by: 'reporter' group_by: 'kind' "
      "periods: '2018' panel: 'four'",
      "measures: 'cases' periods: '2018' panel: 'four'",
      "measures: 'cases' periods: '2017' periods: '2018' panel: 'four' "
      "derivations { change {} }",
      "measures: 'cases' group_by: 'kind' periods: '2018' panel: 'four' "
      "as_of { seconds: 1551400000 }",
      "measures: 'cases' group_by: 'kind' periods: '2018' panel: 'four' "
      "releases: 'sources/first/releases/1'",
      "measures: 'mean_age' periods: '2018' panel: 'four'"};
  return questions;
}

// 7,919 is withheld since 3 could be computed from it; 6,007 is a mean, and
// 8,017 an earlier edition's figure of what is 2 now.
World Recognisable() {
  World world(MakeRestrictedVocabulary());
  for (const bool later : {false, true}) {
    world.Release("first", later ? "2019-04-01" : "2019-01-01");
    world.Slice({.axes = {"kind@kind"}, .measure = "cases"});
    for (const char* year : {"2017", "2018"}) {
      const bool revised = later && year == std::string("2018");
      world.Row({.reporter = "p", .at = {"a"}, .period = year, .value = 54321})
          .Row({.reporter = "p", .at = {"b"}, .period = year, .value = 7919})
          .Row({.reporter = "p",
                .at = {"c"},
                .period = year,
                .value = revised ? 2 : 3,
                .reason = "7919 others"});
    }
    world.Slice({.measure = "cases"});
    for (const char* year : {"2017", "2018"}) {
      const bool revised = later && year == std::string("2018");
      world.Row({.reporter = "p",
                 .period = year,
                 .value = 54321 + 7919 + (revised ? 2 : 3)});
    }
    world
        .Slice({.aggregation = store::Aggregation::kNone,
                .measure = "mean_age",
                .scale = 2})
        .Row({.reporter = "p", .period = "2018", .value = 6007});
  }
  return world;
}

TEST(DisclosureTest, WhatIsWithheldIsSaidByNoRoute) {
  MemoryStore store;
  PublishAll(Recognisable(), store);
  store.Keep("d1", "a,b,c\n54321,7919,3\n");
  ShownService without(store, "none");
  const std::string open =
      absl::StrCat(without.EverythingSaid(Questions()),
                   without.DocumentSaid("sources/first/releases/1"));
  // So it can be found.
  EXPECT_TRUE(absl::StrContains(open, "7919"));
  EXPECT_TRUE(absl::StrContains(open, "60.07"));
  EXPECT_TRUE(absl::StrContains(open, "\" 3 \""));
  for (const std::string profile : {"ons-10-5", "nhs-7-5", "count-below-5"}) {
    ShownService view(store, profile);
    const std::string said =
        absl::StrCat(view.EverythingSaid(Questions()),
                     view.DocumentSaid("sources/first/releases/1"));
    EXPECT_FALSE(absl::StrContains(said, "7919")) << profile;
    EXPECT_FALSE(absl::StrContains(said, "7,919")) << profile;
    EXPECT_FALSE(absl::StrContains(said, "60.07")) << profile;
    EXPECT_FALSE(absl::StrContains(said, "6007")) << profile;
    EXPECT_FALSE(absl::StrContains(said, "\" 3 \"")) << profile;
    EXPECT_FALSE(absl::StrContains(said, "sha256: \"d1\"")) << profile;
  }
}

// What `store` holds as a profile shows it, kept as if it were all there is;
// false when not all of it is shown.
bool KeepShown(const MemoryStore& store, const std::string& profile,
               MemoryStore& rows) {
  disclosure::ProtectedStore::Options options;
  options.vocabulary = MakeRestrictedVocabulary();
  options.store = &store;
  options.profile = disclosure::FindProfile(profile);
  options.report = ingest::SerializeReport({});
  const disclosure::ProtectedStore shown(options);
  const auto releases = shown.ListReleases();
  for (const store::Release& release : *releases) {
    const auto chunks = shown.ReadObservations(release.name);
    if (!chunks.ok()) return false;
    store::ReleaseDraft draft;
    draft.release = release;
    draft.observations = *chunks;
    EXPECT_THAT(rows.Publish(draft), IsOk());
  }
  return true;
}

// Whoever knows the rows as they are shown knows every answer: by no route
// (sums, groupings, pins, dates, shares, changes, bounds, explanations,
// revisions, conflicts, findings, tallies by state, comparisons, verdicts,
// exports, answers asked for again) is anything said that was computed from
// others. What follows from the rows is attacked in suppress_test.
TEST(DisclosureTest, EverythingIsSaidOfTheShownRowsAlone) {
  std::vector<std::string> questions = Questions();
  for (const char* groups : {"", "group_by: 'kind'", "group_by: 'place'",
                             "group_by: 'kind' group_by: 'place'"}) {
    for (const char* reporter : {"p", "q", "pq"}) {
      questions.push_back(absl::StrCat(
          "measures: 'cases' ", groups,
          " periods: '2018 Q1' periods: '2018 Q2' periods: '2018 H1' "
          "filters { dimension: 'reporter' members: '",
          reporter, "' } derivations { change {} }"));
    }
  }
  questions.push_back(
      "measures: 'cases' periods: '2018 Q1' group_by: 'kind' panel: 'four' "
      "derivations { share { dimension: 'kind' base: SHARE_BASE_MENTIONS } }");
  std::vector<World> worlds = {Recognisable()};
  for (uint32_t seed = 6000; seed < 6012; ++seed) {
    worlds.push_back(RandomTable(seed).world());
  }
  int compared = 0;
  for (const World& world : worlds) {
    MemoryStore store;
    PublishAll(world, store);
    for (const std::string profile : {"ons-10-5", "nhs-7-5", "count-below-5"}) {
      MemoryStore rows;
      if (!KeepShown(store, profile, rows)) continue;
      ++compared;
      EXPECT_EQ(ShownService(store, profile).EverythingSaid(questions),
                ShownService(rows, "none").EverythingSaid(questions))
          << profile;
    }
  }
  EXPECT_GT(compared, 20);
}

TEST(DisclosureTest, PublishedSourcesAreAnsweredAsBefore) {
  World world(MakeRestrictedVocabulary());
  for (const char* kind : {"a", "b"}) {
    world.Release("second",
                  kind == std::string("a") ? "2019-01-01" : "2019-04-01");
    world.Slice({.axes = {"kind@kind"}, .measure = "cases"})
        .Row({.reporter = "p", .at = {kind}, .period = "2018", .value = 3})
        .Slice({.measure = "cases"})
        .Row({.reporter = "p", .period = "2018", .value = 3});
  }
  MemoryStore store;
  PublishAll(world, store);
  store.Keep("d1", "3");
  EXPECT_EQ(ShownService(store, "none").EverythingSaid(Questions()),
            ShownService(store, "ons-10-5").EverythingSaid(Questions()));
}

TEST(DisclosureTest, DocumentsAreRefused) {
  MemoryStore store;
  PublishAll(Recognisable(), store);
  ShownService view(store, "ons-10-5");
  FakeClock clock;
  CallContext context(clock);
  KeptParts<v1::ReadDocumentResponse> document;
  const absl::Status read = view.statistics().ReadDocument(
      context,
      FromText<v1::ReadDocumentRequest>(
          "release: 'sources/first/releases/1' document: 'file.csv'"),
      document);
  EXPECT_THAT(read, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(read, HasReason("DISCLOSURE_CONTROL"));
}

TEST(DisclosureTest, AReleaseThatCannotBeShownIsToldOf) {
  World world(MakeRestrictedVocabulary());
  world.Release("first", "2019-01-01")
      .Slice({.measure = "cases"})
      .Row({.reporter = "p",
            .period = "2018",
            .value = disclosure::kMaxNumber + 1})
      .Extent({"p"}, {"2018"});
  MemoryStore store;
  PublishAll(world, store);
  ShownService view(store, "ons-10-5");
  const auto answer =
      view.Query("query { measures: 'cases' periods: '2018' panel: 'four' }");
  EXPECT_THAT(answer, HasReason("SOURCE_UNREADABLE"));
}

TEST(DisclosureTest, AnAuditTellsWhatIsShownOfEachSource) {
  MemoryStore store;
  PublishAll(Recognisable(), store);
  const disclosure::ProtectedStore shown =
      testing::Shown(store, "count-below-5");
  FakeClock clock;
  std::ostringstream text;
  base::Log log(text, clock, base::Severity::kInfo);
  OperationsHandlers::Options options;
  options.log = &log;
  options.shown = &shown;
  CallContext context(clock);
  KeptParts<v1::AuditDisclosureResponse> parts;
  ASSERT_THAT(OperationsHandlers(options).AuditDisclosure(context, {}, parts),
              IsOk());
  const v1::DisclosureAudit& audit = parts.parts.back().audit();
  EXPECT_EQ(audit.profile(), "count-below-5");
  EXPECT_EQ(audit.finding_count(), 0);
  ASSERT_EQ(audit.sources_size(), 1);
  EXPECT_EQ(audit.sources(0).source(), "sources/first");
  EXPECT_EQ(audit.sources(0).release_count(), 2);
  // Two years of four figures and a mean, twice.
  EXPECT_EQ(audit.sources(0).figure_count(), 18);
  EXPECT_EQ(audit.sources(0).withheld_count(), 4);
  EXPECT_GE(audit.sources(0).complementary_count(), 4);
  EXPECT_EQ(audit.sources(0).no_count_count(), 2);
}

TEST(DisclosureTest, WithoutAProfileThereIsNothingToAudit) {
  FakeClock clock;
  CallContext context(clock);
  KeptParts<v1::AuditDisclosureResponse> parts;
  EXPECT_THAT(OperationsHandlers({}).AuditDisclosure(context, {}, parts),
              HasReason("NO_DISCLOSURE_PROFILE"));
}

// Numbers of answers about a table, for whoever attacks it.
class Harvest {
 public:
  // A number, or a range, of an edition's cells that somebody was told.
  void Add(int edition, std::vector<int> cells, const query::Interval& known,
           int64_t truth) {
    ShownFigure figure;
    figure.edition = edition;
    figure.cells = std::move(cells);
    figure.known = known;
    figure.truth = truth;
    figure.state = vocabulary::State::kReported;
    figures_.push_back(std::move(figure));
  }
  std::vector<ShownFigure>& figures() { return figures_; }

 private:
  std::vector<ShownFigure> figures_;
};

query::Interval BoundsOf(const v1::Interval& bounds) {
  query::Interval known;
  if (bounds.has_lower()) known.lower = bounds.lower();
  if (bounds.has_upper()) known.upper = bounds.upper();
  return known;
}

// Asks for every sum of a table that can be asked for, and gives each answer
// to an attacker beside the rows. Tables of one edition, so that every answer
// is of it.
TEST(DisclosureTest, AnswersTogetherGiveNothingAway) {
  constexpr int kTables = 30;
  int tables = 0;
  for (uint32_t seed = 5000; tables < kTables; ++seed) {
    const RandomTable table(seed);
    if (table.editions() != 1) continue;
    ++tables;
    const std::string profile = disclosure::ProfileNames()[1 + seed % 3];
    const disclosure::Profile& rule = *disclosure::FindProfile(profile);
    MemoryStore store;
    PublishAll(table.world(), store);
    ShownService view(store, profile);
    Harvest harvest;
    const auto releases = store.ListReleases();
    std::vector<size_t> guarded;
    const disclosure::ProtectedStore shown = testing::Shown(store, profile);
    const auto rows = shown.ReadObservations((*releases)[0].name);
    ASSERT_THAT(rows, IsOk());
    for (const store::Observations& chunk : *rows) {
      for (size_t row = 0; row < chunk.row_count(); ++row) {
        const auto cells = RandomTable::CellsOf(chunk, row);
        harvest.Add(0, cells,
                    disclosure::Possible(disclosure::StatedIn(chunk, row),
                                         chunk.slice.floor),
                    table.Sum(0, cells));
        if (chunk.state[row] == vocabulary::State::kSuppressed) {
          guarded.push_back(harvest.figures().size() - 1);
          harvest.figures().back().state = vocabulary::State::kSuppressed;
        }
      }
    }
    for (const char* groups : {"", "group_by: 'kind'", "group_by: 'place'",
                               "group_by: 'kind' group_by: 'place'"}) {
      for (const char* reporter : {"p", "q", "pq"}) {
        const auto answer = view.Query(absl::StrCat(
            "query { measures: 'cases' ", groups,
            " periods: '2018 Q1' periods: '2018 Q2' periods: '2018 H1' "
            "filters { dimension: 'reporter' members: '",
            reporter, "' } }"));
        if (!answer.ok()) continue;
        for (const v1::Cell& cell : answer->cells()) {
          // As a stored row of the same cell would have it.
          store::Observations one;
          one.strings = {"", reporter, cell.period().text()};
          one.reporter.member = {1};
          one.period_text = {2};
          for (const v1::Coordinate& at : cell.coordinates()) {
            if (at.dimension() == "reporter") continue;
            one.slice.axes.push_back({at.dimension(), ""});
            one.axes.push_back(
                {{static_cast<uint32_t>(one.strings.size())}, {0}});
            one.strings.push_back(at.member());
          }
          const auto cells = RandomTable::CellsOf(one, 0);
          if (cells.empty()) continue;
          const int64_t truth = table.Sum(0, cells);
          const query::Interval known = BoundsOf(cell.panel_bounds());
          EXPECT_LE(known.lower.value_or(truth), truth);
          EXPECT_GE(known.upper.value_or(truth), truth);
          harvest.Add(0, cells, known, truth);
        }
      }
    }
    const std::vector<int64_t> widths =
        Widths(harvest.figures(), 1, rule.least_width);
    for (const size_t figure : guarded) {
      EXPECT_GE(widths[figure], rule.least_width)
          << profile << ", table " << seed << ", figure " << figure;
    }
  }
}

}  // namespace
}  // namespace collate::api
