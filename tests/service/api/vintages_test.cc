// Names of answers, answers by pin and load time, and what editions changed.

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/api/convert.h"
#include "service/api/paging.h"
#include "service/api/statistics_handlers.h"
#include "service/base/error.h"
#include "service/query/answer_name.h"
#include "tests/service/api/statistics_fixture.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::DraftsOf;
using ::collate::testing::FakeClock;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::StatisticsFixture;
using ::collate::testing::StatusIs;
using ::collate::testing::TempDir;
using ::collate::testing::ThreeReporters;
using ::collate::testing::World;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kRelease[] = "sources/first/releases/1";

// A book that nothing can be written into.
class FullBook final : public store::AnswerBook {
 public:
  absl::Status Keep(const store::KeptAnswer&) override {
    return absl::ResourceExhaustedError("full");
  }
  bool Remembers(absl::string_view) const override { return false; }
  absl::StatusOr<store::KeptAnswer> Find(absl::string_view) const override {
    return absl::NotFoundError("none");
  }
  absl::Status Check(const store::CheckProgress&,
                     store::CheckReport&) const override {
    return absl::OkStatus();
  }
  absl::Status BackUp(const std::string&, const store::CopyProgress&) override {
    return absl::ResourceExhaustedError("full");
  }
};

class VintagesTest : public StatisticsFixture {
 protected:
  VintagesTest() : StatisticsFixture(ThreeReporters()) { OpenBook(); }

  void OpenBook() {
    book_.reset();
    auto opened = store::OpenAnswerBook(directory_.path());
    EXPECT_THAT(opened, IsOk());
    book_ = *std::move(opened);
    options_.answers = book_.get();
  }

  static v1::QueryStatisticsRequest Request() {
    v1::QueryStatisticsRequest request = TwoYearsOfFour();
    request.mutable_query()->add_group_by("reporter");
    return request;
  }

  absl::StatusOr<v1::GetAnswerResponse> Get(
      const v1::GetAnswerRequest& request) {
    CallContext context(clock_);
    return StatisticsHandlers(options_).GetAnswer(context, request);
  }
  absl::StatusOr<v1::GetAnswerResponse> Get(const std::string& name) {
    v1::GetAnswerRequest request;
    request.set_name(name);
    return Get(request);
  }
  absl::StatusOr<v1::ListRevisionsResponse> Revisions(
      const v1::ListRevisionsRequest& request) {
    CallContext context(clock_);
    return StatisticsHandlers(options_).ListRevisions(context, request);
  }

  // A later edition: p is 51 in 2017/18, and 2018/19 without q.
  void PublishSecond(const std::string& measure = "offences") {
    World world;
    world.Release("first", "2021-06-01")
        .Slice({.axes = {"offence@code"}, .measure = measure})
        .Row({.reporter = "p",
              .at = {"88A"},
              .period = "2017/18",
              .value = 51,
              .line = 2})
        .Row({.reporter = "p",
              .at = {"88A"},
              .period = "2018/19",
              .value = 60,
              .line = 3})
        .Extent({"p", "q"}, {"2018/19"});
    store::ReleaseDraft draft = DraftsOf(*world.Build())[0];
    draft.release.name = "sources/first/releases/2";
    draft.release.load_time += absl::Hours(24);
    ASSERT_THAT(world_.publisher().Publish(draft), IsOk());
  }

  TempDir directory_;
  std::unique_ptr<store::AnswerBook> book_;
};

TEST_F(VintagesTest, ANameIsTheSameOnEveryPageAndView) {
  v1::QueryStatisticsRequest request = Request();
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto whole, Query(request));
  EXPECT_THAT(whole.name(), StartsWith("answers/"));
  EXPECT_THAT(whole.name(), SizeIs(8 + 64));
  request.set_page_size(3);
  request.set_view(v1::VIEW_CITED);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto first, Query(request));
  EXPECT_EQ(first.name(), whole.name());
  v1::QueryStatisticsRequest packed = request;
  packed.set_form(v1::ANSWER_FORM_PACKED);
  EXPECT_EQ(Query(packed)->name(), whole.name());
  request.set_page_token(first.next_page_token());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto second, Query(request));
  EXPECT_EQ(second.name(), whole.name());
}

TEST_F(VintagesTest, ANameIsOfTheCanonicalQuestion) {
  v1::QueryStatisticsRequest request = Request();
  v1::StatisticsQuery& query = *request.mutable_query();
  query.mutable_filters(0)->add_members("71");
  query.mutable_as_of()->set_seconds(1'800'000'000);
  query.mutable_as_of()->set_nanos(1'000);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto one, Query(request));
  query.mutable_filters(0)->mutable_members()->SwapElements(0, 1);
  query.mutable_filters(0)->add_members("88A");
  query.mutable_as_of()->set_nanos(1'999);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto same, Query(request));
  EXPECT_EQ(same.SerializeAsString(), one.SerializeAsString());
  query.mutable_as_of()->set_nanos(2'000);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto other, Query(request));
  EXPECT_NE(other.name(), one.name());
}

// Every page in both views and forms, from the question and from its name,
// after all that may happen to the store beside it.
TEST_F(VintagesTest, AnAnswerIsRepeatedByteForByteWhateverIsPublishedLater) {
  for (const auto& [view, form] :
       {std::pair(v1::VIEW_UNSPECIFIED, v1::ANSWER_FORM_UNSPECIFIED),
        {v1::VIEW_CITED, v1::ANSWER_FORM_CELLS},
        {v1::VIEW_CITED, v1::ANSWER_FORM_PACKED}}) {
    v1::QueryStatisticsRequest request = Request();
    request.set_view(view);
    request.set_form(form);
    request.set_page_size(3);
    std::vector<std::string> given;
    std::string name;
    do {
      COLLATE_ASSERT_OK_AND_ASSIGN(const auto page, Query(request));
      given.push_back(Serialise(page));
      name = page.name();
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    ASSERT_THAT(given, SizeIs(3));

    const auto expect_same = [&, view = view,
                              form = form](const std::string& when) {
      v1::GetAnswerRequest again;
      again.set_name(name);
      again.set_view(view);
      again.set_form(form);
      again.set_page_size(3);
      for (const std::string& page : given) {
        COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Get(again));
        EXPECT_EQ(response.answer(), page) << when;
        EXPECT_EQ(response.name(), name);
        EXPECT_EQ(response.first_given_time().seconds(),
                  absl::ToUnixSeconds(FakeClock().Now()));
        again.set_page_token(response.next_page_token());
      }
      EXPECT_EQ(again.page_token(), "");
    };
    expect_same("at once");
    if (view == v1::VIEW_UNSPECIFIED) {
      PublishSecond();
      EXPECT_NE(Query(Request())->name(), name);
    }
    expect_same("after another edition");
    clock_.Advance(absl::Hours(24 * 400));
    OpenBook();
    expect_same("a year later, after a restart");
    clock_.Advance(-absl::Hours(24 * 400));
    if (view == v1::VIEW_UNSPECIFIED) {
      ASSERT_THAT(world_.publisher().Withdraw("sources/first/releases/2", "no"),
                  IsOk());
      expect_same("when what came later was withdrawn");
    }
  }
}

TEST_F(VintagesTest, TheDayOfAnAnswerIsKeptWithIt) {
  v1::QueryStatisticsRequest request = Request();
  request.mutable_query()->add_periods("2025/26");  // ends three months later
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto before, Query(request));
  clock_.Advance(absl::Hours(24));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto after, Query(request));
  EXPECT_NE(before.name(), after.name());
  EXPECT_EQ(Get(before.name())->answer(), Serialise(before));
  EXPECT_EQ(Get(after.name())->answer(), Serialise(after));
}

TEST_F(VintagesTest, WhatIsPublishedBesideAnAnswerLeavesItsHandlesAndPages) {
  v1::QueryStatisticsRequest request = Request();
  request.set_page_size(3);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto first, Query(request));
  PublishSecond("accounts");
  request.set_page_token(first.next_page_token());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto second, Query(request));
  EXPECT_EQ(second.name(), first.name());
  EXPECT_THAT(Explain(first.cells(0).handle()), IsOk());
}

TEST_F(VintagesTest, APinnedAnswerKeepsItsHandlesAndPages) {
  v1::QueryStatisticsRequest request = Request();
  request.mutable_query()->add_releases(kRelease);
  request.set_view(v1::VIEW_CITED);
  request.set_page_size(3);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto first, Query(request));
  EXPECT_EQ(first.cells(0).reported(), 50);
  PublishSecond();
  request.set_page_token(first.next_page_token());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto second, Query(request));
  EXPECT_EQ(second.name(), first.name());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto explained,
                               Explain(first.cells(0).handle()));
  EXPECT_EQ(explained.cell().SerializeAsString(),
            first.cells(0).SerializeAsString());
  EXPECT_THAT(first.releases(), ElementsAre(kRelease));

  v1::QueryStatisticsRequest now = Request();
  EXPECT_EQ(Query(now)->cells(0).reported(), 51);
  *now.mutable_query()->mutable_loaded_by() =
      ToProto(absl::FromUnixSeconds(1577854800));  // 2020-01-01T05:00:00Z
  EXPECT_EQ(Query(now)->cells(0).reported(), 50);
}

TEST_F(VintagesTest, MistakesInPinsAndTimesNameTheirField) {
  v1::QueryStatisticsRequest request = Request();
  request.mutable_query()->add_releases("sources/first/releases/7");
  const auto pinned = Query(request);
  EXPECT_THAT(pinned,
              AllOf(StatusIs(absl::StatusCode::kInvalidArgument),
                    HasReason("UNKNOWN_RELEASE"), MessageHas(kRelease)));
  EXPECT_EQ(base::DetailOf(pinned.status()).fields.at(0).path,
            "query.releases[0]");
  request = Request();
  request.mutable_query()->mutable_loaded_by()->set_nanos(-1);
  const auto timed = Query(request);
  EXPECT_THAT(timed, HasReason("INVALID_LOADED_BY"));
  EXPECT_EQ(base::DetailOf(timed.status()).fields.at(0).path,
            "query.loaded_by");
}

TEST_F(VintagesTest, AWithdrawalEndsTheNamesOfWhatItCouldAnswer) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto given, Query(Request()));
  ASSERT_THAT(world_.publisher().Withdraw(kRelease, "a mistake"), IsOk());
  const auto refused = Get(given.name());
  EXPECT_THAT(refused, AllOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                             HasReason("ANSWER_NOT_REPEATABLE"),
                             MessageHas(kRelease), MessageHas("withdrawn")));
  // The answer of today is another one, and can be repeated.
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto now, Query(Request()));
  EXPECT_NE(now.name(), given.name());
  EXPECT_EQ(Get(now.name())->answer(), Serialise(now));
}

TEST_F(VintagesTest, OtherRulesAndAnotherVocabularyEndNames) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto given, Query(Request()));
  COLLATE_ASSERT_OK_AND_ASSIGN(store::KeptAnswer kept,
                               book_->Find(given.name().substr(8)));
  EXPECT_EQ(kept.semantics, query::kSemanticsVersion);
  kept.digest = std::string(64, '1');
  kept.semantics += 1;
  kept.vocabulary_sha256 = "another";
  auto releases = *kept.releases;
  releases.emplace_back("sources/first/releases/gone",
                        store::ReleaseState::kPublished);
  kept.releases = std::make_shared<const decltype(releases)>(releases);
  ASSERT_THAT(book_->Keep(kept), IsOk());
  EXPECT_THAT(
      Get("answers/" + kept.digest),
      AllOf(
          HasReason("ANSWER_NOT_REPEATABLE"), MessageHas("vocabulary"),
          MessageHas(absl::StrCat("version ", kept.semantics, " of the rules")),
          MessageHas("gone")));
  // A row whose question is not the one that was named.
  COLLATE_ASSERT_OK_AND_ASSIGN(kept, book_->Find(given.name().substr(8)));
  kept.digest = std::string(64, '2');
  ASSERT_THAT(book_->Keep(kept), IsOk());
  EXPECT_THAT(Get("answers/" + kept.digest),
              HasReason("ANSWER_NOT_REPEATABLE"));
}

TEST_F(VintagesTest, WhatIsNoNameOfAnAnswerIsUnknown) {
  for (const std::string name :
       {"", "answers/", "answers/12", "panels/four", "x"}) {
    EXPECT_THAT(Get(name), AllOf(StatusIs(absl::StatusCode::kNotFound),
                                 HasReason("UNKNOWN_ANSWER")))
        << name;
  }
}

TEST_F(VintagesTest, PagesAndViewsOfANamedAnswerAreChecked) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto given, Query(Request()));
  v1::GetAnswerRequest request;
  request.set_name(given.name());
  request.set_page_token("x");
  EXPECT_THAT(Get(request), HasReason("INVALID_PAGE_TOKEN"));
  request.clear_page_token();
  request.set_page_size(-1);
  EXPECT_THAT(Get(request), HasReason("INVALID_PAGE_SIZE"));
  request.clear_page_size();
  request.set_view(static_cast<v1::View>(9));
  EXPECT_THAT(Get(request), HasReason("INVALID_VIEW"));
}

TEST_F(VintagesTest, AnAnswerThatCannotBeKeptIsGivenWithoutAName) {
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto kept, Query(Request()));
  FullBook full;
  options_.answers = &full;
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto given, Query(Request()));
  EXPECT_EQ(given.name(), "");
  EXPECT_EQ(given.cells_size(), kept.cells_size());
  ASSERT_THAT(given.caveats(), SizeIs(kept.caveats_size() + 1));
  EXPECT_EQ(given.caveats(given.caveats_size() - 1).code(), "ANSWER_NOT_KEPT");
}

TEST_F(VintagesTest, ManyCallsNameAndRepeatAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 10; ++i) {
        v1::QueryStatisticsRequest request = Request();
        if (i % 2 == 1) request.mutable_query()->add_releases(kRelease);
        COLLATE_ASSERT_OK_AND_ASSIGN(const auto given, Query(request));
        COLLATE_ASSERT_OK_AND_ASSIGN(const auto again, Get(given.name()));
        EXPECT_EQ(again.answer(), Serialise(given));
        if (t == 0 && i == 5) PublishSecond();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(VintagesTest, RevisionsHaveBothSidesAndASummary) {
  PublishSecond();
  v1::ListRevisionsRequest request;
  request.set_release("sources/first/releases/2");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response, Revisions(request));
  ASSERT_THAT(response.revisions(), SizeIs(2));
  EXPECT_EQ(response.total_size(), 2);
  EXPECT_EQ(response.unchanged_count(), 1);
  const v1::Revision& changed = response.revisions(0);
  EXPECT_EQ(changed.kind(), v1::REVISION_KIND_CHANGED);
  EXPECT_EQ(changed.measure(), "offences");
  ASSERT_THAT(changed.coordinates(), SizeIs(2));
  EXPECT_EQ(changed.coordinates(0).member(), "p");
  EXPECT_EQ(changed.coordinates(1).member(), "88A");
  EXPECT_EQ(changed.period().text(), "2017/18");
  EXPECT_EQ(changed.before().reported(), 50);
  EXPECT_EQ(changed.after().reported(), 51);
  EXPECT_EQ(changed.after().bounds().upper(), 51);
  EXPECT_EQ(changed.before_citation().release(), kRelease);
  EXPECT_EQ(changed.before_citation().locator(), "file.csv:L2:C8");
  EXPECT_EQ(changed.after_citation().release(), "sources/first/releases/2");
  EXPECT_TRUE(changed.silent());
  const v1::Revision& dropped = response.revisions(1);
  EXPECT_EQ(dropped.kind(), v1::REVISION_KIND_DROPPED);
  EXPECT_EQ(dropped.coordinates(0).member(), "q");
  EXPECT_FALSE(dropped.has_after());
  EXPECT_FALSE(dropped.has_after_citation());
  ASSERT_THAT(response.reporters(), SizeIs(2));
  EXPECT_EQ(response.reporters(0).reporter(), "p");
  EXPECT_EQ(response.reporters(0).silent_count(), 1);
  ASSERT_THAT(response.reporters(1).counts(), SizeIs(1));
  EXPECT_EQ(response.reporters(1).counts(0).kind(), v1::REVISION_KIND_DROPPED);

  request.set_base_release(kRelease);
  EXPECT_THAT(Revisions(request)->revisions(), SizeIs(2));
  request.set_page_size(1);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto page, Revisions(request));
  EXPECT_THAT(page.reporters(), SizeIs(2)) << "of the whole list";
  request.set_page_token(page.next_page_token());
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto last, Revisions(request));
  EXPECT_EQ(last.revisions(0).SerializeAsString(), dropped.SerializeAsString());
  EXPECT_EQ(last.next_page_token(), "");
}

TEST_F(VintagesTest, APageOfRevisionsComparesNothingAnew) {
  PublishSecond();
  const StatisticsHandlers handlers(options_);
  v1::ListRevisionsRequest request;
  request.set_release("sources/first/releases/2");
  request.set_page_size(1);
  CallContext first(clock_);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto page,
                               handlers.ListRevisions(first, request));
  request.set_page_token(page.next_page_token());
  // A comparison would see that nobody waits for it.
  CallContext gone(clock_);
  gone.Cancel();
  EXPECT_THAT(handlers.ListRevisions(gone, request), IsOk());
  // Another question is another comparison.
  request.clear_page_token();
  request.set_reporter("q");
  EXPECT_THAT(handlers.ListRevisions(gone, request),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(VintagesTest, MistakesInRevisionsNameTheirField) {
  PublishSecond();
  const auto path = [this](const v1::ListRevisionsRequest& request,
                           const std::string& reason) {
    const auto refused = Revisions(request);
    EXPECT_THAT(refused, HasReason(reason));
    const auto fields = base::DetailOf(refused.status()).fields;
    return fields.empty() ? "" : fields[0].path;
  };
  v1::ListRevisionsRequest request;
  EXPECT_EQ(path(request, "UNKNOWN_RELEASE"), "release");
  request.set_release(kRelease);
  EXPECT_THAT(Revisions(request), IsOk()) << "a first edition is all new";
  request.set_base_release("sources/first/releases/2");
  EXPECT_EQ(path(request, "INVALID_QUERY"), "base_release");
  request.set_base_release(kRelease);
  EXPECT_EQ(path(request, "INVALID_QUERY"), "base_release");
  request.set_release("sources/first/releases/2");
  request.set_measure("ofences");
  EXPECT_EQ(path(request, "UNKNOWN_MEASURE"), "measure");
  request.set_measure("offences");
  request.set_reporter("zz");
  EXPECT_EQ(path(request, "UNKNOWN_MEMBER"), "reporter");
  request.set_reporter("q");
  EXPECT_THAT(Revisions(request)->revisions(), SizeIs(1));
  request.set_silent_only(true);
  EXPECT_THAT(Revisions(request)->revisions(), IsEmpty());
  ASSERT_THAT(world_.publisher().Withdraw(kRelease, "a mistake"), IsOk());
  EXPECT_EQ(path(request, "RELEASE_WITHDRAWN"), "base_release");
}

}  // namespace
}  // namespace collate::api
