#include "service/api/answer_cache.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "service/api/statistics_handlers.h"
#include "service/store/answer_book.h"
#include "tests/service/api/statistics_fixture.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/world.h"

namespace collate::api {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::StatisticsFixture;
using ::collate::testing::StatusIs;
using ::collate::testing::TempDir;
using ::collate::testing::ThreeReporters;
using ::collate::testing::World;

using Snapshots = std::shared_ptr<const query::Snapshot>;

class AnswerCacheTest : public ::testing::Test {
 protected:
  // Asks `cache`; what is made has `text`.
  std::string Ask(AnswerCache& cache, const Snapshots& snapshot,
                  const std::string& key, const std::string& text,
                  const std::string& alias = "alias") {
    const auto answer = cache.Of(
        snapshot, key, absl::StrCat(alias, " of ", key), no_check_, [&] {
          ++made_;
          return absl::StatusOr<SentAnswer>(SentAnswer{text, "digest"});
        });
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? (*answer)->bytes : "";
  }

  const AnswerCache::Check no_check_ = [] { return absl::OkStatus(); };
  const Snapshots one_ = ThreeReporters().Build();
  const Snapshots other_ = ThreeReporters().Build();
  AnswerCache cache_{{}};
  int made_ = 0;
};

TEST_F(AnswerCacheTest, WhatWasAskedIsFoundInEveryWayItWasAsked) {
  EXPECT_EQ(cache_.Find(one_, "key"), nullptr);
  EXPECT_EQ(Ask(cache_, one_, "key", "a", "first"), "a");
  EXPECT_EQ(Ask(cache_, one_, "key", "b", "second"), "a");
  EXPECT_EQ(made_, 1);
  for (const char* way : {"key", "first of key", "second of key"}) {
    ASSERT_NE(cache_.Find(one_, way), nullptr) << way;
    EXPECT_EQ(cache_.Find(one_, way)->bytes, "a");
  }
  EXPECT_EQ(cache_.Find(one_, "third of key"), nullptr);
}

TEST_F(AnswerCacheTest, AnotherSnapshotFindsNothingAndEndsWhatWasKept) {
  Ask(cache_, one_, "key", "a");
  EXPECT_EQ(cache_.Find(other_, "key"), nullptr);
  EXPECT_EQ(Ask(cache_, other_, "key", "b"), "b");
  EXPECT_EQ(cache_.Find(one_, "key"), nullptr);
  EXPECT_EQ(cache_.Find(other_, "key")->bytes, "b");
}

// An answer that was made while another snapshot became current.
TEST_F(AnswerCacheTest, WhatComesTooLateIsNotKept) {
  const auto late = cache_.Of(one_, "key", "alias", no_check_, [&] {
    EXPECT_EQ(Ask(cache_, other_, "unlike", "b"), "b");
    return absl::StatusOr<SentAnswer>(SentAnswer{"a", "digest"});
  });
  ASSERT_THAT(late, IsOk());
  EXPECT_EQ((*late)->bytes, "a");
  EXPECT_EQ(cache_.Find(other_, "key"), nullptr);
  EXPECT_EQ(cache_.Find(one_, "key"), nullptr);
}

TEST_F(AnswerCacheTest, TheLatestUsedStayWithinTheBound) {
  AnswerCache cache({.max_bytes = 10'000});
  for (int i = 0; i < 100; ++i) {
    Ask(cache, one_, absl::StrCat("key ", i), std::string(1000, 'x'));
    EXPECT_LE(cache.bytes(), 10'000);
    // Used again and again.
    EXPECT_EQ(cache.Find(one_, "key 0") != nullptr, true) << i;
  }
  EXPECT_NE(cache.Find(one_, "key 99"), nullptr);
  EXPECT_EQ(cache.Find(one_, "key 50"), nullptr);
  Ask(cache, one_, "large", std::string(10'001, 'x'));
  EXPECT_LE(cache.bytes(), 10'000);
  EXPECT_EQ(cache.Find(one_, "large"), nullptr);
}

TEST_F(AnswerCacheTest, WithoutRoomEveryAnswerIsMade) {
  AnswerCache cache({.max_bytes = 0});
  Ask(cache, one_, "key", "a");
  EXPECT_EQ(Ask(cache, one_, "key", "b"), "b");
  EXPECT_EQ(cache.bytes(), 0);
}

TEST_F(AnswerCacheTest, WhatMayNotBeRepeatedIsMadeAnew) {
  bool may = true;
  AnswerCache cache({.may_repeat = [&may](const SentAnswer&) { return may; }});
  Ask(cache, one_, "key", "a");
  EXPECT_EQ(Ask(cache, one_, "key", "b"), "a");
  may = false;
  EXPECT_EQ(Ask(cache, one_, "key", "b"), "b");
  EXPECT_EQ(cache.Find(one_, "key"), nullptr);
}

TEST_F(AnswerCacheTest, AnErrorIsNotKept) {
  const auto failed = cache_.Of(one_, "key", "alias", no_check_, [] {
    return absl::StatusOr<SentAnswer>(absl::DataLossError("no"));
  });
  EXPECT_THAT(failed, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(Ask(cache_, one_, "key", "a"), "a");
}

TEST_F(AnswerCacheTest, ThoseWhoAskAtOnceShareOneAnswer) {
  absl::Notification asked;
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const auto answer = cache_.Of(
          one_, "key", "alias",
          [&] {
            // Somebody waits for the answer of another.
            if (!asked.HasBeenNotified()) asked.Notify();
            return absl::OkStatus();
          },
          [&] {
            ++made;
            asked.WaitForNotificationWithTimeout(absl::Seconds(60));
            return absl::StatusOr<SentAnswer>(SentAnswer{"a", "digest"});
          });
      EXPECT_EQ((*answer)->bytes, "a");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
}

TEST_F(AnswerCacheTest, WhoGivesUpWaitingHearsWhy) {
  const auto waited = cache_.Of(one_, "key", "alias", no_check_, [&] {
    const auto inner = cache_.Of(
        one_, "key", "alias",
        [] { return absl::DeadlineExceededError("too late"); },
        [] {
          return absl::StatusOr<SentAnswer>(SentAnswer{"b", "digest"});
        });
    EXPECT_THAT(inner, StatusIs(absl::StatusCode::kDeadlineExceeded));
    return absl::StatusOr<SentAnswer>(SentAnswer{"a", "digest"});
  });
  EXPECT_EQ((*waited)->bytes, "a");
}

// The cache as the handlers use it: found or made, the bytes are the same, and
// nothing outlives what it depends on.
class KeptAnswersTest : public StatisticsFixture {
 protected:
  KeptAnswersTest() : StatisticsFixture(ThreeReporters()) {
    book_ = *store::OpenAnswerBook(directory_.path());
    options_.answers = book_.get();
    handlers_ = std::make_unique<StatisticsHandlers>(options_);
  }

  AnswerCache::Answer Ask(const v1::QueryStatisticsRequest& request) {
    CallContext context(clock_);
    auto answer = handlers_->QueryStatistics(context, request,
                                             request.SerializeAsString());
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? *answer : nullptr;
  }
  AnswerCache::Answer Find(const v1::QueryStatisticsRequest& request) {
    CallContext context(clock_);
    return handlers_->FindAnswer(context, request.SerializeAsString());
  }

  TempDir directory_;
  std::unique_ptr<store::AnswerBook> book_;
  std::unique_ptr<StatisticsHandlers> handlers_;
};

TEST_F(KeptAnswersTest, AHitIsAMissByteForByte) {
  for (const v1::View view : {v1::VIEW_BASIC, v1::VIEW_CITED}) {
    for (const v1::AnswerForm form :
         {v1::ANSWER_FORM_CELLS, v1::ANSWER_FORM_PACKED}) {
      v1::QueryStatisticsRequest request = TwoYearsOfFour();
      request.set_view(view);
      request.set_form(form);
      EXPECT_EQ(Find(request), nullptr);
      const AnswerCache::Answer made = Ask(request);
      EXPECT_EQ(Find(request), made);
      EXPECT_EQ(Ask(request), made);
      handlers_ = std::make_unique<StatisticsHandlers>(options_);
      EXPECT_EQ(Find(request), nullptr);
      EXPECT_EQ(Ask(request)->bytes, made->bytes);
    }
  }
}

TEST_F(KeptAnswersTest, TheSameQuestionInOtherWordsIsFound) {
  v1::QueryStatisticsRequest request = TwoYearsOfFour();
  request.mutable_query()->mutable_filters(0)->add_members("71");
  const AnswerCache::Answer made = Ask(request);
  v1::QueryStatisticsRequest same = request;
  same.mutable_query()->mutable_filters(0)->mutable_members()->SwapElements(0,
                                                                            1);
  same.set_view(v1::VIEW_BASIC);
  same.set_page_size(1000);
  same.set_form(v1::ANSWER_FORM_CELLS);
  EXPECT_EQ(Find(same), nullptr) << "nobody asked in these words";
  EXPECT_EQ(Ask(same), made);
  EXPECT_EQ(Find(same), made);
}

TEST_F(KeptAnswersTest, PublishingAndWithdrawingEndThem) {
  const v1::QueryStatisticsRequest request = TwoYearsOfFour();
  const AnswerCache::Answer before = Ask(request);
  World later;
  later.Release("second", "2021-01-01")
      .Slice({.axes = {"offence@code"}})
      .Row(
          {.reporter = "s", .at = {"88A"}, .period = "2017/18", .value = 1000});
  world_.Add(later);
  EXPECT_EQ(Find(request), nullptr);
  const AnswerCache::Answer after = Ask(request);
  EXPECT_NE(after->bytes, before->bytes);
  EXPECT_NE(after->digest, before->digest);
  const std::string name =
      world_.publisher().Current()->releases().back()->release.name;
  ASSERT_THAT(world_.publisher().Withdraw(name, "no"), IsOk());
  EXPECT_EQ(Find(request), nullptr);
  v1::QueryStatisticsResponse again;
  ASSERT_TRUE(again.ParseFromString(Ask(request)->bytes));
  EXPECT_EQ(again.cells(0).reported(), 57);
}

// A release that is pinned, too.
TEST_F(KeptAnswersTest, AWithdrawnPinEndsThem) {
  v1::QueryStatisticsRequest request = TwoYearsOfFour();
  const std::string name =
      world_.publisher().Current()->releases()[0]->release.name;
  request.mutable_query()->add_releases(name);
  const AnswerCache::Answer before = Ask(request);
  ASSERT_THAT(world_.publisher().Withdraw(name, "no"), IsOk());
  EXPECT_EQ(Find(request), nullptr);
  EXPECT_NE(Ask(request)->bytes, before->bytes);
}

TEST_F(KeptAnswersTest, AnotherDayEndsThem) {
  v1::QueryStatisticsRequest request = TwoYearsOfFour();
  request.mutable_query()->add_periods("2025/26");  // ends three months later
  const AnswerCache::Answer before = Ask(request);
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(Find(request), nullptr);
  EXPECT_NE(Ask(request)->digest, before->digest);
  clock_.Advance(-absl::Hours(24));
  EXPECT_EQ(Find(request), before);
}

TEST_F(KeptAnswersTest, WhatTheBookForgotIsWrittenDownAgain) {
  handlers_.reset();
  book_.reset();
  book_ = *store::OpenAnswerBook(directory_.path(), {.max_answers = 1});
  options_.answers = book_.get();
  handlers_ = std::make_unique<StatisticsHandlers>(options_);
  v1::QueryStatisticsRequest request = TwoYearsOfFour();
  const AnswerCache::Answer first = Ask(request);
  v1::QueryStatisticsRequest unlike = request;
  unlike.mutable_query()->clear_panel();
  Ask(unlike);
  EXPECT_THAT(book_->Find(first->digest), HasReason("UNKNOWN_ANSWER"));
  EXPECT_EQ(Find(request), nullptr);
  EXPECT_EQ(Ask(request)->bytes, first->bytes);
  EXPECT_THAT(book_->Find(first->digest), IsOk());
}

TEST_F(KeptAnswersTest, WhatHasNoNameIsNotKept) {
  options_.answers = nullptr;
  handlers_ = std::make_unique<StatisticsHandlers>(options_);
  const v1::QueryStatisticsRequest request = TwoYearsOfFour();
  Ask(request);
  EXPECT_EQ(Find(request), nullptr);
}

// Everything that a request can say makes it another one: whatever is added to
// the protocol is in the key, since the key is the whole request.
TEST_F(KeptAnswersTest, NoFieldOfARequestIsLeftOutOfTheKey) {
  v1::QueryStatisticsRequest request = TwoYearsOfFour();
  request.mutable_query()->add_group_by("reporter");
  const AnswerCache::Answer base = Ask(request);
  const auto unlike = [&](const std::string& what, auto change) {
    v1::QueryStatisticsRequest changed = request;
    change(changed);
    SCOPED_TRACE(what);
    EXPECT_EQ(Find(changed), nullptr);
    CallContext context(clock_);
    const auto answer = handlers_->QueryStatistics(context, changed,
                                                   changed.SerializeAsString());
    // Refused, or another answer, never the kept one.
    if (answer.ok()) {
      EXPECT_NE(*answer, base);
    }
  };
  using Request = v1::QueryStatisticsRequest;
  unlike("view", [](Request& r) { r.set_view(v1::VIEW_CITED); });
  unlike("form", [](Request& r) { r.set_form(v1::ANSWER_FORM_PACKED); });
  unlike("page_size", [](Request& r) { r.set_page_size(3); });
  unlike("page_token", [](Request& r) { r.set_page_token("a"); });
  // Every field of the question, set to something else than it is.
  const auto* type = v1::StatisticsQuery::descriptor();
  using google::protobuf::FieldDescriptor;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    unlike(field->name(), [field](Request& r) {
      v1::StatisticsQuery& query = *r.mutable_query();
      const auto* reflection = query.GetReflection();
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
          if (field->is_repeated()) {
            reflection->AddString(&query, field, "2016/17");
          } else {
            reflection->SetString(&query, field, "platform_known");
          }
          break;
        case FieldDescriptor::CPPTYPE_ENUM:
          reflection->SetEnumValue(&query, field, 2);
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          reflection->SetBool(&query, field, true);
          break;
        case FieldDescriptor::CPPTYPE_MESSAGE:
          if (field->is_repeated()) {
            reflection->AddMessage(&query, field);
          } else {
            reflection->MutableMessage(&query, field);
          }
          break;
        default:
          FAIL() << "a kind of field that this test does not know";
      }
    });
  }
  EXPECT_EQ(Find(request), base);
}

TEST_F(KeptAnswersTest, ManyCallsAskWhilePublicationsHappen) {
  const v1::QueryStatisticsRequest request = TwoYearsOfFour();
  std::vector<std::thread> threads;
  std::atomic<int> published = 0;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        const int before = published;
        v1::QueryStatisticsResponse answer;
        AnswerCache::Answer sent = Find(request);
        if (sent == nullptr) sent = Ask(request);
        EXPECT_TRUE(answer.ParseFromString(sent->bytes));
        // s prints as many as there were publications.
        EXPECT_GE(answer.cells(0).reported(), 57 + before);
      }
    });
  }
  for (int n = 1; n <= 10; ++n) {
    World later;
    later.Release("second", absl::StrCat("2021-01-", n < 10 ? "0" : "", n))
        .Slice({.axes = {"offence@code"}})
        .Row({.reporter = "s", .at = {"88A"}, .period = "2017/18", .value = n});
    auto drafts = ::collate::testing::DraftsOf(*later.Build());
    drafts[0].release.name = absl::StrCat("sources/second/releases/", n);
    ASSERT_THAT(world_.publisher().Publish(drafts[0]), IsOk());
    published = n;
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace collate::api
