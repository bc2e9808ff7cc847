#include "service/api/catalogue_handlers.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/error.h"
#include "service/ingest/report.h"
#include "tests/service/api/published_world.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::FakeClock;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::PublishedWorld;
using ::collate::testing::StatusIs;
using ::collate::testing::TempDir;
using ::collate::testing::ThreeReporters;
using ::collate::testing::World;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class CatalogueHandlersTest : public ::testing::Test {
 protected:
  CatalogueHandlersTest() {
    adapters_.Write("broken/broken.manifest.textproto", "id: 7\n");
    registry_.Reload();
  }

  CatalogueHandlers Handlers() {
    return CatalogueHandlers({.publisher = &world_.publisher(),
                              .registry = &registry_,
                              .supervisor = &supervisor_});
  }

  template <typename Request>
  static Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }

  FakeClock clock_;
  CallContext context_{clock_};
  TempDir adapters_;
  ingest::Supervisor supervisor_{{.worker_path = "/nowhere/collate-worker"}};
  ingest::LiveRegistry registry_{
      {.directories = {adapters_.path()}, .trusted_root = adapters_.path()},
      &supervisor_};
  PublishedWorld world_{ThreeReporters()};
};

TEST_F(CatalogueHandlersTest, SourcesComeInTheOrderInWhichTheyAnswer) {
  World more;
  more.Release("unused", "")
      .Release("a-new-one", "2020-01-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 1});
  world_.Add(more);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response,
                               Handlers().ListSources(context_, {}));
  std::vector<std::string> names;
  for (const v1::Source& source : response.sources()) {
    names.push_back(source.name());
    EXPECT_EQ(source.preference_rank(), static_cast<int>(names.size()) - 1);
  }
  EXPECT_THAT(names, ElementsAre("sources/first", "sources/second",
                                 "sources/a-new-one", "sources/unused"));
  EXPECT_EQ(response.sources(0).release_count(), 1);
  EXPECT_EQ(response.sources(1).release_count(), 0);
}

TEST_F(CatalogueHandlersTest, AReleaseShowsItsDocumentsAndState) {
  const std::string name = "sources/first/releases/1";
  COLLATE_ASSERT_OK_AND_ASSIGN(
      auto response,
      Handlers().GetRelease(context_, Named<v1::GetReleaseRequest>(name)));
  EXPECT_EQ(response.release().state(), v1::RELEASE_STATE_PUBLISHED);
  ASSERT_THAT(response.release().documents(), SizeIs(1));
  EXPECT_EQ(response.release().documents(0).name(), "file.csv");
  EXPECT_EQ(response.release().publish_time().seconds(), 1590969600);
  ASSERT_THAT(world_.publisher().Withdraw(name, "wrong"), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(
      response,
      Handlers().GetRelease(context_, Named<v1::GetReleaseRequest>(name)));
  EXPECT_EQ(response.release().state(), v1::RELEASE_STATE_WITHDRAWN);
  EXPECT_EQ(response.release().withdrawn_reason(), "wrong");
}

TEST_F(CatalogueHandlersTest, ReleasesAreListedBySourceOrForAll) {
  v1::ListReleasesRequest request;
  request.set_parent("sources/-");
  EXPECT_THAT(Handlers().ListReleases(context_, request)->releases(),
              SizeIs(1));
  request.set_parent("sources/second");
  EXPECT_THAT(Handlers().ListReleases(context_, request)->releases(),
              SizeIs(0));
  request.set_parent("sources/frist");
  const auto response = Handlers().ListReleases(context_, request);
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(response, MessageHas("sources/first"));
}

TEST_F(CatalogueHandlersTest, NamesThatDoNotExistAreNotFoundWithNearMatches) {
  const auto measure = Handlers().GetMeasure(
      context_, Named<v1::GetMeasureRequest>("measures/offense"));
  EXPECT_THAT(measure, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(measure, HasReason("UNKNOWN_RESOURCE"));
  EXPECT_THAT(measure, MessageHas("measures/offences"));
  EXPECT_THAT(Handlers().GetSource(
                  context_, Named<v1::GetSourceRequest>("sources/frist")),
              HasReason("UNKNOWN_RESOURCE"));
  EXPECT_THAT(Handlers().GetDimension(context_, Named<v1::GetDimensionRequest>(
                                                    "dimensions/offense")),
              HasReason("UNKNOWN_RESOURCE"));
  EXPECT_THAT(
      Handlers().GetMember(context_, Named<v1::GetMemberRequest>(
                                         "dimensions/offence/members/88B")),
      MessageHas("88A"));
  EXPECT_THAT(
      Handlers().GetPanel(context_, Named<v1::GetPanelRequest>("panels/fore")),
      MessageHas("panels/four"));
  EXPECT_THAT(Handlers().GetRelease(context_, Named<v1::GetReleaseRequest>(
                                                  "sources/first/releases/2")),
              MessageHas("sources/first/releases/1"));
  EXPECT_THAT(Handlers().GetAdapter(
                  context_, Named<v1::GetAdapterRequest>("adapters/none")),
              HasReason("UNKNOWN_RESOURCE"));
}

TEST_F(CatalogueHandlersTest, NamesOfAnotherFormAreInvalid) {
  for (const char* name :
       {"", "offences", "measures/", "measures/a/b", "dimensions/offence"}) {
    EXPECT_THAT(
        Handlers().GetMeasure(context_, Named<v1::GetMeasureRequest>(name)),
        HasReason("INVALID_NAME"))
        << name;
  }
}

TEST_F(CatalogueHandlersTest, AMemberShowsLevelParentsAndBreaks) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto response,
      Handlers().GetMember(context_, Named<v1::GetMemberRequest>(
                                         "dimensions/offence/members/88A")));
  EXPECT_EQ(response.member().code(), "88A");
  EXPECT_EQ(response.member().level(), "code");
  EXPECT_THAT(response.member().parents(), ElementsAre("sexual"));
  ASSERT_THAT(response.member().series_breaks(), SizeIs(1));
  EXPECT_EQ(response.member().series_breaks(0).date(), "2017-04-01");
  EXPECT_EQ(response.member().valid_from_date(), "");
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto inside,
      Handlers().GetMember(context_, Named<v1::GetMemberRequest>(
                                         "dimensions/offence/members/s15a")));
  ASSERT_THAT(inside.member().relations(), SizeIs(1));
  EXPECT_THAT(inside.member().relations(0), HasSubstr("88A"));
}

TEST_F(CatalogueHandlersTest, MembersArePagedAndKeptToALevel) {
  v1::ListMembersRequest request;
  request.set_parent("dimensions/offence");
  request.set_level("code");
  request.set_page_size(1);
  std::vector<std::string> codes;
  do {
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto page,
                                 Handlers().ListMembers(context_, request));
    ASSERT_THAT(page.members(), SizeIs(1));
    codes.push_back(page.members(0).code());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && codes.size() < 10);
  EXPECT_THAT(codes, ElementsAre("88A", "71"));
  request.clear_page_token();
  request.set_level("cod");
  EXPECT_THAT(Handlers().ListMembers(context_, request),
              HasReason("UNKNOWN_LEVEL"));
}

TEST_F(CatalogueHandlersTest, VocabularyIsListed) {
  EXPECT_THAT(Handlers().ListMeasures(context_, {})->measures(), SizeIs(5));
  EXPECT_THAT(Handlers().ListDimensions(context_, {})->dimensions(), SizeIs(4));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto panels,
                               Handlers().ListPanels(context_, {}));
  ASSERT_THAT(panels.panels(), SizeIs(1));
  ASSERT_THAT(panels.panels(0).reporters(), SizeIs(4));
  EXPECT_EQ(panels.panels(0).reporters(0).reporter(), "p");
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto measure,
      Handlers().GetMeasure(context_,
                            Named<v1::GetMeasureRequest>("measures/offences")));
  EXPECT_TRUE(measure.measure().floor_zero());
  EXPECT_TRUE(measure.measure().additive_over_time());
}

TEST_F(CatalogueHandlersTest, ARefusedAdapterIsListedWithTheReason) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response,
                               Handlers().ListAdapters(context_, {}));
  ASSERT_THAT(response.adapters(), SizeIs(1));
  EXPECT_EQ(response.adapters(0).name(), "adapters/broken");
  EXPECT_EQ(response.adapters(0).state(), v1::ADAPTER_STATE_REFUSED);
  ASSERT_GT(response.adapters(0).problems_size(), 0);
  EXPECT_THAT(
      Handlers()
          .GetAdapter(context_, Named<v1::GetAdapterRequest>("adapters/broken"))
          ->adapter()
          .problems(0),
      HasSubstr("broken.manifest.textproto"));
}

TEST_F(CatalogueHandlersTest, ASourceNamesItsReleasesLatestFirst) {
  World more;
  more.Release("unused", "")
      .Release("first", "2021-01-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 1});
  world_.Add(more);
  ASSERT_THAT(world_.publisher().Withdraw("sources/first/releases/1", "wrong"),
              IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(
      const auto response,
      Handlers().GetSource(context_,
                           Named<v1::GetSourceRequest>("sources/first")));
  EXPECT_THAT(
      response.source().releases(),
      ElementsAre("sources/first/releases/2", "sources/first/releases/1"));
  EXPECT_EQ(response.source().release_count(), 1);
}

TEST_F(CatalogueHandlersTest, AReleaseKeepsItsReport) {
  ingest::Report report;
  report.documents.push_back({"file.csv", {}, {{"rows_read", 7}}});
  report.diagnostics.push_back({.severity = ingest::Severity::kWarning,
                                .reason = "UNKNOWN_LABEL",
                                .message = "nobody knows 'x'"});
  World more;
  more.Release("unused", "")
      .Release("second", "2021-01-01")
      .Slice({})
      .Row({.reporter = "p", .period = "2017/18", .value = 1});
  std::vector<store::ReleaseDraft> drafts = testing::DraftsOf(*more.Build());
  for (store::ReleaseDraft& draft : drafts) {
    if (draft.release.source != "second") continue;
    draft.release.report = ingest::SerializeReport(report);
    ASSERT_THAT(world_.publisher().Publish(draft), IsOk());
  }
  const std::string name = "sources/second/releases/2";
  COLLATE_ASSERT_OK_AND_ASSIGN(
      auto response,
      Handlers().GetReleaseReport(
          context_, Named<v1::GetReleaseReportRequest>(name + "/report")));
  EXPECT_EQ(response.report().release().name(), name);
  EXPECT_TRUE(response.report().published());
  ASSERT_THAT(response.report().diagnostics(), SizeIs(1));
  EXPECT_EQ(response.report().diagnostics(0).reason(), "UNKNOWN_LABEL");
  EXPECT_EQ(response.report().documents(0).accounts(0).count(), 7u);
  ASSERT_THAT(world_.publisher().Withdraw(name, "wrong"), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(
      response,
      Handlers().GetReleaseReport(
          context_, Named<v1::GetReleaseReportRequest>(name + "/report")));
  EXPECT_FALSE(response.report().published());
  EXPECT_THAT(response.report().diagnostics(), SizeIs(1));

  EXPECT_THAT(Handlers().GetReleaseReport(
                  context_, Named<v1::GetReleaseReportRequest>(name)),
              HasReason("INVALID_NAME"));
  EXPECT_THAT(Handlers().GetReleaseReport(
                  context_, Named<v1::GetReleaseReportRequest>(
                                "sources/second/releases/3/report")),
              MessageHas(name));
  // The releases of the test world were never ingested.
  EXPECT_THAT(Handlers().GetReleaseReport(
                  context_, Named<v1::GetReleaseReportRequest>(
                                "sources/first/releases/1/report")),
              HasReason("CORRUPT_REPORT"));
}

TEST_F(CatalogueHandlersTest, AMemberShowsWhatIsAboveAndBelow) {
  COLLATE_ASSERT_OK_AND_ASSIGN(
      auto response,
      Handlers().GetMember(context_, Named<v1::GetMemberRequest>(
                                         "dimensions/offence/members/sexual")));
  ASSERT_THAT(response.member().children(), SizeIs(2));
  EXPECT_EQ(response.member().children(0).member(), "88A");
  EXPECT_EQ(response.member().children(0).title(), "Title of 88A");
  EXPECT_EQ(response.member().children(0).level(), "code");
  EXPECT_THAT(response.member().containers(), SizeIs(0));
  COLLATE_ASSERT_OK_AND_ASSIGN(
      response,
      Handlers().GetMember(context_, Named<v1::GetMemberRequest>(
                                         "dimensions/platform/members/b")));
  ASSERT_THAT(response.member().containers(), SizeIs(2));
  EXPECT_EQ(response.member().containers(1).member(), "b+c");
}

TEST_F(CatalogueHandlersTest, FindingsAreListedPagedAndFiltered) {
  World more;
  more.Release("unused", "").Release("second", "2021-01-01").Slice({});
  int first = 2010;
  for (const char* reporter : {"p", "q", "r"}) {
    // Each at another time, or they would be one finding.
    int year = first++;
    for (const int64_t value : {291, 18, 279}) {
      const std::string period = absl::StrCat(year, "/", year + 1 - 2000);
      ++year;
      more.Row({.reporter = reporter, .period = period, .value = value});
    }
  }
  world_.Add(more);
  v1::ListFindingsRequest request;
  request.set_page_size(2);
  COLLATE_ASSERT_OK_AND_ASSIGN(auto page,
                               Handlers().ListFindings(context_, request));
  EXPECT_EQ(page.total_size(), 3);
  ASSERT_THAT(page.findings(), SizeIs(2));
  const v1::Finding& finding = page.findings(0);
  EXPECT_EQ(finding.kind(), v1::FINDING_KIND_LEVEL_SHIFT);
  EXPECT_EQ(finding.source(), "sources/second");
  EXPECT_EQ(finding.coordinates(0).member(), "p");
  EXPECT_EQ(finding.period().text(), "2011/12");
  EXPECT_EQ(finding.thresholds(0).name(), "factor");
  ASSERT_THAT(finding.cells(), SizeIs(3));
  EXPECT_EQ(finding.cells(0).role(), "figure");
  EXPECT_EQ(finding.cells(0).bounds().upper(), 18);
  EXPECT_EQ(finding.cells(0).citation().raw(), " 18 ");
  request.set_page_token(page.next_page_token());
  COLLATE_ASSERT_OK_AND_ASSIGN(page,
                               Handlers().ListFindings(context_, request));
  ASSERT_THAT(page.findings(), SizeIs(1));
  EXPECT_EQ(page.findings(0).coordinates(0).member(), "r");
  EXPECT_EQ(page.next_page_token(), "");

  // Bytes may end a page early, but never before its first finding.
  request = {};
  COLLATE_ASSERT_OK_AND_ASSIGN(
      page, CatalogueHandlers({.publisher = &world_.publisher(),
                               .registry = &registry_,
                               .supervisor = &supervisor_,
                               .page_bytes = 1})
                .ListFindings(context_, request));
  EXPECT_THAT(page.findings(), SizeIs(1));
  EXPECT_EQ(page.total_size(), 3);
  request.set_page_token(page.next_page_token());
  COLLATE_ASSERT_OK_AND_ASSIGN(page,
                               Handlers().ListFindings(context_, request));
  ASSERT_THAT(page.findings(), SizeIs(2));
  EXPECT_EQ(page.findings(0).coordinates(0).member(), "q");

  request = {};
  request.set_reporter("q");
  request.set_source("sources/second");
  request.set_measure("offences");
  request.add_kinds(v1::FINDING_KIND_LEVEL_SHIFT);
  EXPECT_EQ(Handlers().ListFindings(context_, request)->total_size(), 1);
  request.set_kinds(0, v1::FINDING_KIND_PART_YEAR);
  EXPECT_EQ(Handlers().ListFindings(context_, request)->total_size(), 0);
}

TEST_F(CatalogueHandlersTest, FindingsOfNobodyAreRefusedWithNearMatches) {
  v1::ListFindingsRequest request;
  request.set_source("sources/frist");
  EXPECT_THAT(Handlers().ListFindings(context_, request),
              HasReason("UNKNOWN_SOURCE"));
  EXPECT_THAT(Handlers().ListFindings(context_, request),
              MessageHas("sources/first"));
  request = {};
  request.set_measure("offense");
  EXPECT_THAT(Handlers().ListFindings(context_, request),
              HasReason("UNKNOWN_MEASURE"));
  request = {};
  request.set_reporter("nobody");
  EXPECT_THAT(Handlers().ListFindings(context_, request),
              HasReason("UNKNOWN_MEMBER"));
  request = {};
  request.add_kinds(static_cast<v1::FindingKind>(99));
  EXPECT_THAT(Handlers().ListFindings(context_, request),
              HasReason("UNKNOWN_KIND"));
  const CatalogueHandlers handlers = Handlers();
  EXPECT_THAT(handlers.ListFindings(context_, {}), IsOk());
  context_.Cancel();
  EXPECT_THAT(Handlers().ListFindings(context_, {}),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(handlers.ListFindings(context_, {}), IsOk())
      << "what was found before takes no search";
}

}  // namespace
}  // namespace collate::api
