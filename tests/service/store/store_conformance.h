// What every Store must do, whatever it is made of.
//
// Include it in one file of a test binary; store_harness.h tells how a store
// is put to it.

#ifndef COLLATE_TESTS_SERVICE_STORE_STORE_CONFORMANCE_H_
#define COLLATE_TESTS_SERVICE_STORE_STORE_CONFORMANCE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/store/chunk.h"
#include "service/store/store.h"
#include "tests/service/store/expect_release.h"
#include "tests/service/store/observations_testing.h"
#include "tests/service/store/store_harness.h"
#include "tests/testing/status_matchers.h"

namespace collate::store {

TEST_P(StoreConformanceTest, NewStoreIsEmptyAndSound) {
  EXPECT_THAT(store().ListReleases(),
              testing::IsOkAndHolds(::testing::IsEmpty()));
  EXPECT_THAT(store().ListSourceIds(),
              testing::IsOkAndHolds(::testing::IsEmpty()));
  EXPECT_THAT(CheckOf(store()), testing::IsOk());
}

TEST_P(StoreConformanceTest, PublishedReleaseIsReadBackWhole) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    const ReleaseDraft draft = MakeDraft("police", seed);
    ASSERT_THAT(store().Publish(draft), testing::IsOk());
    ExpectPublished(store(), draft);
  }
  EXPECT_THAT(CheckOf(store()), testing::IsOk());
}

TEST_P(StoreConformanceTest, AcknowledgedReleaseSurvivesReopening) {
  const ReleaseDraft first = MakeDraft("police", 1);
  const ReleaseDraft second = MakeDraft("police", 2);
  ASSERT_THAT(store().Publish(first), testing::IsOk());
  ASSERT_THAT(store().Publish(second), testing::IsOk());
  ASSERT_THAT(store().Withdraw(second.release.name, "an error"),
              testing::IsOk());
  Store* reopened = harness_->Reopen();
  ASSERT_NE(reopened, nullptr);
  ExpectPublished(*reopened, first);
  COLLATE_ASSERT_OK_AND_ASSIGN(const Release withdrawn,
                               reopened->GetRelease(second.release.name));
  EXPECT_EQ(withdrawn.state, ReleaseState::kWithdrawn);
  EXPECT_EQ(withdrawn.withdrawn_reason, "an error");
  EXPECT_THAT(CheckOf(*reopened), testing::IsOk());
}

TEST_P(StoreConformanceTest, UnknownPublishTimeStaysUnknown) {
  ReleaseDraft draft = MakeDraft("police", 1);
  draft.release.publish_time = std::nullopt;
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const Release release,
                               store().GetRelease(draft.release.name));
  EXPECT_EQ(release.publish_time, std::nullopt);
}

TEST_P(StoreConformanceTest, TimesAreKeptToTheMicrosecond) {
  ReleaseDraft draft = MakeDraft("police", 1);
  draft.release.load_time = absl::FromUnixNanos(1767225600123456789);
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const Release release,
                               store().GetRelease(draft.release.name));
  EXPECT_EQ(release.load_time, absl::FromUnixMicros(1767225600123456));
  EXPECT_THAT(CheckOf(store()), testing::IsOk());
}

TEST_P(StoreConformanceTest, SuppressedCellIsNeverZero) {
  ReleaseDraft draft = MakeDraft("police", 1, 0);
  Observations o = PoliceObservations(2);
  o.state = {vocabulary::State::kSuppressed, vocabulary::State::kReported};
  o.has = {kHasLower | kHasUpper, kHasValue};
  o.value = {0, 0};
  o.lower = {1, 0};
  o.upper = {4, 0};
  draft.observations = {o};
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> read,
                               store().ReadObservations(draft.release.name));
  ASSERT_EQ(read.size(), 1u);
  for (size_t row = 0; row < 2; ++row) {
    if (read[0].state[row] == vocabulary::State::kSuppressed) {
      EXPECT_EQ(read[0].has[row], kHasLower | kHasUpper);
      EXPECT_EQ(read[0].lower[row], 1);
      EXPECT_EQ(read[0].upper[row], 4);
    } else {
      EXPECT_EQ(read[0].has[row], kHasValue);
    }
  }
}

TEST_P(StoreConformanceTest, ManyRowsComeBackInChunksOfAtMost65536) {
  ReleaseDraft draft = MakeDraft("police", 1, 0);
  draft.observations = {PoliceObservations(70000), PoliceObservations(3)};
  draft.observations[1].slice.measure = "outcomes";
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> read,
                               store().ReadObservations(draft.release.name));
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[0].row_count(), kMaxChunkRows);
  EXPECT_EQ(read[1].row_count(), 70000 - kMaxChunkRows);
  EXPECT_EQ(read[2].slice.measure, "outcomes");
  EXPECT_EQ(SortedRows(read), SortedRows(draft.observations));
}

TEST_P(StoreConformanceTest, ReleaseMayHaveNothingButItsName) {
  ReleaseDraft draft;
  draft.release.source = "snap";
  draft.release.name = "sources/snap/releases/20240131-000000000000";
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  ExpectPublished(store(), draft);
  EXPECT_THAT(CheckOf(store()), testing::IsOk());
}

TEST_P(StoreConformanceTest, NameIsTakenOnceAndForAll) {
  const ReleaseDraft draft = MakeDraft("police", 1);
  ReleaseDraft other = MakeDraft("police", 2);
  other.release.name = draft.release.name;
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  const auto refused =
      ::testing::AllOf(testing::StatusIs(absl::StatusCode::kAlreadyExists),
                       testing::HasReason("RELEASE_EXISTS"));
  EXPECT_THAT(store().Publish(draft), refused);
  EXPECT_THAT(store().Publish(other), refused);
  ExpectPublished(store(), draft);
  EXPECT_THAT(store().ReadDocument(other.release.documents[0].sha256, 0, 1),
              testing::StatusIs(absl::StatusCode::kNotFound));

  ASSERT_THAT(store().Withdraw(draft.release.name, "x"), testing::IsOk());
  EXPECT_THAT(store().Publish(draft), refused);
}

TEST_P(StoreConformanceTest, RefusedDraftLeavesNothing) {
  const ReleaseDraft good = MakeDraft("police", 1, 40, 3 << 20);
  const std::string content = Bytes(1, 3 << 20);
  const std::pair<const char*, DocumentReader> readers[] = {
      {"other bytes", ReaderOf(Bytes(99, 3 << 20))},
      {"too few bytes", ReaderOf(content.substr(0, content.size() - 1))},
      {"no bytes", ReaderOf("")},
      {"more bytes than asked for",
       [&](int64_t offset, int64_t) -> absl::StatusOr<std::string> {
         return content.substr(static_cast<size_t>(offset));
       }},
  };
  for (const auto& [what, reader] : readers) {
    ReleaseDraft draft = good;
    draft.contents = {reader};
    EXPECT_THAT(
        store().Publish(draft),
        ::testing::AllOf(testing::StatusIs(absl::StatusCode::kInvalidArgument),
                         testing::HasReason("DOCUMENT_MISMATCH")))
        << what;
    ExpectAbsent(store(), draft);
  }

  ReleaseDraft draft = good;
  draft.contents = {
      [&](int64_t offset, int64_t max) -> absl::StatusOr<std::string> {
        if (offset > 1 << 20) return absl::CancelledError("caller went away");
        return content.substr(static_cast<size_t>(offset),
                              static_cast<size_t>(max));
      }};
  EXPECT_THAT(store().Publish(draft),
              testing::StatusIs(absl::StatusCode::kCancelled));
  ExpectAbsent(store(), draft);

  EXPECT_THAT(CheckOf(store()), testing::IsOk());
  ASSERT_THAT(store().Publish(good), testing::IsOk());
  ExpectPublished(store(), good);
}

TEST_P(StoreConformanceTest, DraftThatDoesNotFitItselfIsRefused) {
  struct Case {
    const char* what;
    std::function<void(ReleaseDraft&)> spoil;
  };
  const Case cases[] = {
      {"a name like", [](auto& d) { d.release.name = "police/1"; }},
      {"a name like", [](auto& d) { d.release.source = "other"; }},
      {"a name like",
       [](auto& d) { d.release.name = "sources/police/releases/"; }},
      {"contents", [](auto& d) { d.contents.clear(); }},
      {"sha256", [](auto& d) { d.release.documents[0].sha256 = "12"; }},
      {"sha256",
       [](auto& d) { d.release.documents[0].sha256 = std::string(64, 'A'); }},
      {"bytes", [](auto& d) { d.release.documents[0].byte_count = -1; }},
      {"infinite",
       [](auto& d) { d.release.load_time = absl::InfiniteFuture(); }},
      {"infinite",
       [](auto& d) { d.release.publish_time = absl::InfinitePast(); }},
      {"only a published",
       [](auto& d) { d.release.state = ReleaseState::kWithdrawn; }},
      {"observation_count", [](auto& d) { d.release.observation_count = 39; }},
      {"cites document 1 of 1",
       [](auto& d) { d.observations[0].locator[5].document = 1; }},
      {"state",
       [](auto& d) {
         d.observations[0].state[3] = vocabulary::State::kUnspecified;
       }},
      {"measure is expected",
       [](auto& d) { d.release.extents[0].slice.measure = ""; }},
  };
  for (const Case& spoilt : cases) {
    ReleaseDraft draft = MakeDraft("police", 1);
    spoilt.spoil(draft);
    EXPECT_THAT(
        store().Publish(draft),
        ::testing::AllOf(testing::StatusIs(absl::StatusCode::kInvalidArgument),
                         testing::MessageHas(spoilt.what)))
        << spoilt.what;
  }
  EXPECT_THAT(ListedNames(), ::testing::IsEmpty());
}

TEST_P(StoreConformanceTest, WithdrawnReleaseKeepsItsObservations) {
  ReleaseDraft draft = MakeDraft("police", 1);
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  ASSERT_THAT(store().Withdraw(draft.release.name, "an error"),
              testing::IsOk());
  draft.release.state = ReleaseState::kWithdrawn;
  draft.release.withdrawn_reason = "an error";
  ExpectPublished(store(), draft);

  ASSERT_THAT(store().Withdraw(draft.release.name, "another"), testing::IsOk());
  ExpectPublished(store(), draft);
  EXPECT_THAT(CheckOf(store()), testing::IsOk());
}

TEST_P(StoreConformanceTest, UnknownNamesAreNotFound) {
  EXPECT_THAT(store().Withdraw("sources/a/releases/b", "x"),
              ::testing::AllOf(testing::StatusIs(absl::StatusCode::kNotFound),
                               testing::HasReason("RELEASE_NOT_FOUND")));
  EXPECT_THAT(store().GetRelease("sources/a/releases/b"),
              testing::HasReason("RELEASE_NOT_FOUND"));
  EXPECT_THAT(store().ReadObservations("sources/a/releases/b"),
              testing::HasReason("RELEASE_NOT_FOUND"));
  EXPECT_THAT(store().ReadChunk("sources/a/releases/b", 0),
              testing::HasReason("RELEASE_NOT_FOUND"));
  EXPECT_THAT(store().ReadDocument(std::string(64, '0'), 0, 1),
              ::testing::AllOf(testing::StatusIs(absl::StatusCode::kNotFound),
                               testing::HasReason("DOCUMENT_NOT_FOUND")));
}

TEST_P(StoreConformanceTest, OneChunkIsReadAsAmongAll) {
  ReleaseDraft draft = MakeDraft("police", 1, 0);
  draft.observations = {PoliceObservations(70000)};
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::vector<Observations> all,
                               store().ReadObservations(draft.release.name));
  ASSERT_EQ(all.size(), 2u);
  for (uint32_t chunk = 0; chunk < 2; ++chunk) {
    COLLATE_ASSERT_OK_AND_ASSIGN(const Observations one,
                                 store().ReadChunk(draft.release.name, chunk));
    EXPECT_EQ(one.strings, all[chunk].strings);
    EXPECT_EQ(one.value, all[chunk].value);
    EXPECT_EQ(one.locator, all[chunk].locator);
  }
  EXPECT_THAT(store().ReadChunk(draft.release.name, 2),
              ::testing::AllOf(testing::StatusIs(absl::StatusCode::kOutOfRange),
                               testing::HasReason("CHUNK_NOT_FOUND")));
}

TEST_P(StoreConformanceTest, AFingerprintIsOfContentAndNotOfState) {
  const ReleaseDraft draft = MakeDraft("police", 1);
  ReleaseDraft other = MakeDraft("police", 2);
  other.observations = draft.observations;
  other.observations[0].value[0] += 1;
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  ASSERT_THAT(store().Publish(other), testing::IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const std::string first,
                               store().Fingerprint(draft.release.name));
  EXPECT_NE(first, "");
  EXPECT_THAT(store().Fingerprint(other.release.name),
              testing::IsOkAndHolds(::testing::Ne(first)));
  ASSERT_THAT(store().Withdraw(draft.release.name, "an error"),
              testing::IsOk());
  EXPECT_THAT(store().Fingerprint(draft.release.name),
              testing::IsOkAndHolds(first));
  EXPECT_THAT(store().Fingerprint("sources/police/releases/none"),
              testing::HasReason("RELEASE_NOT_FOUND"));
  EXPECT_THAT(harness_->Reopen()->Fingerprint(draft.release.name),
              testing::IsOkAndHolds(first));
}

TEST_P(StoreConformanceTest, WhatIsNotAdmittedLeavesNothing) {
  ReleaseDraft draft = MakeDraft("police", 1);
  int asked = 0;
  draft.admit = [&asked] {
    ++asked;
    return absl::ResourceExhaustedError("no room");
  };
  EXPECT_THAT(store().Publish(draft),
              testing::StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(store().ListReleases(),
              testing::IsOkAndHolds(::testing::IsEmpty()));
  EXPECT_THAT(CheckOf(store()), testing::IsOk());
  draft.admit = [&asked] {
    ++asked;
    return absl::OkStatus();
  };
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  EXPECT_EQ(asked, 2);
  ExpectPublished(store(), draft);
}

TEST_P(StoreConformanceTest, ReleasesAreListedByPublicationNotByLoading) {
  for (const uint64_t seed : {3, 1, 2}) {
    ASSERT_THAT(store().Publish(MakeDraft("police", seed, 1)), testing::IsOk());
  }
  ASSERT_THAT(store().Publish(MakeDraft("ncmec", 9, 1)), testing::IsOk());
  EXPECT_THAT(ListedNames(),
              ::testing::ElementsAre(MakeDraft("ncmec", 9).release.name,
                                     MakeDraft("police", 1).release.name,
                                     MakeDraft("police", 2).release.name,
                                     MakeDraft("police", 3).release.name));
  EXPECT_THAT(store().ListSourceIds(),
              testing::IsOkAndHolds(::testing::ElementsAre("ncmec", "police")));
}

TEST_P(StoreConformanceTest, AnyRangeOfADocumentCanBeRead) {
  constexpr int64_t kSize = (5 << 20) / 2;
  const ReleaseDraft draft = MakeDraft("police", 1, 1, kSize);
  const std::string& sha256 = draft.release.documents[0].sha256;
  const std::string bytes = Bytes(1, kSize);
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  constexpr int64_t kBlock = 1 << 20;
  constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
  const std::pair<int64_t, int64_t> ranges[] = {
      {0, kAll},   {0, 1},          {kBlock - 1, 2}, {kBlock, kBlock},
      {kBlock, 1}, {kSize - 1, 10}, {5, kSize},      {0, 0},
      {kSize, 1},  {kAll, kAll},    {1, kBlock * 2},
  };
  for (const auto& [offset, max] : ranges) {
    const std::string expected = offset >= kSize
                                     ? ""
                                     : bytes.substr(static_cast<size_t>(offset),
                                                    static_cast<size_t>(max));
    EXPECT_TRUE(store().ReadDocument(sha256, offset, max).value_or("error") ==
                expected)
        << offset << " " << max;
  }
  EXPECT_THAT(store().ReadDocument(sha256, -1, 1),
              testing::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store().ReadDocument(sha256, 0, -1),
              testing::StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(StoreConformanceTest, EmptyDocumentIsADocument) {
  const ReleaseDraft draft = MakeDraft("police", 1, 1, 0);
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  ExpectPublished(store(), draft);
  EXPECT_THAT(CheckOf(store()), testing::IsOk());
}

TEST_P(StoreConformanceTest, DocumentWithoutContentKeepsOnlyItsDigest) {
  ReleaseDraft draft = MakeDraft("dsa", 1);
  draft.contents = {nullptr};
  ASSERT_THAT(store().Publish(draft), testing::IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const Release release,
                               store().GetRelease(draft.release.name));
  EXPECT_FALSE(release.documents[0].retained);
  EXPECT_THAT(
      store().ReadDocument(release.documents[0].sha256, 0, 1),
      ::testing::AllOf(testing::StatusIs(absl::StatusCode::kFailedPrecondition),
                       testing::HasReason("DOCUMENT_NOT_RETAINED")));
  EXPECT_THAT(CheckOf(store()), testing::IsOk());
}

TEST_P(StoreConformanceTest, EqualDocumentsAreKeptOnce) {
  ReleaseDraft first = MakeDraft("police", 1);
  ReleaseDraft second = MakeDraft("police", 2);
  second.release.documents = first.release.documents;
  second.release.documents[0].name = "another name.csv";
  first.contents = {nullptr};
  bool asked = false;
  DocumentReader content = ReaderOf(Bytes(1, 3000));
  second.contents = {
      [&](int64_t offset, int64_t max) -> absl::StatusOr<std::string> {
        asked = true;
        return content(offset, max);
      }};
  ASSERT_THAT(store().Publish(first), testing::IsOk());
  ASSERT_THAT(store().Publish(second), testing::IsOk());
  EXPECT_TRUE(asked);
  // Whoever keeps the bytes keeps them for all.
  ExpectPublished(store(), first);
  ExpectPublished(store(), second);

  ReleaseDraft third = MakeDraft("police", 3);
  third.release.documents = {first.release.documents[0],
                             first.release.documents[0]};
  third.contents = {second.contents[0], nullptr};
  asked = false;
  ASSERT_THAT(store().Publish(third), testing::IsOk());
  EXPECT_FALSE(asked);
  ExpectPublished(store(), third);

  ReleaseDraft fourth = MakeDraft("police", 4);
  fourth.release.documents = first.release.documents;
  fourth.release.documents[0].byte_count = 2999;
  EXPECT_THAT(store().Publish(fourth),
              testing::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(CheckOf(store()), testing::IsOk());
}

TEST_P(StoreConformanceTest, ReadersSeeOnlyWholeReleasesWhilePublishing) {
  constexpr uint64_t kReleases = 20;
  std::atomic<bool> done = false;
  std::atomic<int> reads = 0;
  std::vector<std::thread> readers;
  for (int r = 0; r < 6; ++r) {
    readers.emplace_back([&] {
      size_t before = 0;
      bool last = false;
      while (!last) {
        last = done;
        const absl::StatusOr<std::vector<Release>> releases =
            store().ListReleases();
        ASSERT_THAT(releases, testing::IsOk());
        ASSERT_GE(releases->size(), before);
        before = releases->size();
        if (before == 0) continue;
        const uint64_t seed = before - 1;
        const Release& newest = releases->back();
        ASSERT_EQ(newest.name, MakeDraft("police", seed, 0).release.name);
        const absl::StatusOr<std::vector<Observations>> observations =
            store().ReadObservations(newest.name);
        ASSERT_THAT(observations, testing::IsOk());
        int64_t rows = 0;
        for (const Observations& o : *observations) {
          rows += static_cast<int64_t>(o.row_count());
        }
        ASSERT_EQ(rows, newest.observation_count);
        ASSERT_THAT(store().ReadDocument(newest.documents[0].sha256, 0, 3000),
                    testing::IsOk());
        ++reads;
      }
      EXPECT_EQ(before, kReleases);
    });
  }
  std::vector<std::thread> writers;
  std::atomic<uint64_t> published = 0;
  // Two writers take turns, so that releases appear in order.
  for (uint64_t w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      for (uint64_t seed = w; seed < kReleases; seed += 2) {
        const ReleaseDraft draft = MakeDraft("police", seed);
        while (published != seed) std::this_thread::yield();
        EXPECT_THAT(store().Publish(draft), testing::IsOk());
        ++published;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_GT(reads, 0);
}

TEST_P(StoreConformanceTest, OneOfManyWritersGetsTheName) {
  const ReleaseDraft draft = MakeDraft("police", 1);
  std::atomic<int> won = 0;
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&] {
      const absl::Status status = store().Publish(draft);
      if (status.ok()) {
        ++won;
      } else {
        EXPECT_THAT(status,
                    testing::StatusIs(absl::StatusCode::kAlreadyExists));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(won, 1);
  ExpectPublished(store(), draft);
}

}  // namespace collate::store

#endif  // COLLATE_TESTS_SERVICE_STORE_STORE_CONFORMANCE_H_
