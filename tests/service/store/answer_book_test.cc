#include "service/store/answer_book.h"

#include <sqlite3.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/digest.h"
#include "tests/service/store/store_life.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::store {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::StatusIs;
using ::collate::testing::TempDir;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Pair;

class AnswerBookTest : public ::testing::Test {
 protected:
  void Open(const AnswerBookOptions& options = {}) {
    book_.reset();
    auto opened = OpenAnswerBook(directory_.path(), options);
    ASSERT_THAT(opened, IsOk());
    book_ = *std::move(opened);
  }

  // Runs SQL on the file behind the book's back; the first value, as text.
  std::string Sql(const std::string& sql) {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(directory_.File("answers.db").c_str(), &database),
              SQLITE_OK);
    // The book may be writing what waits.
    sqlite3_busy_timeout(database, 10'000);
    std::string value;
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(
                  database, sql.c_str(),
                  [](void* out, int, char** values, char**) {
                    *static_cast<std::string*>(out) =
                        values[0] == nullptr ? "" : values[0];
                    return 0;
                  },
                  &value, &error),
              SQLITE_OK)
        << (error == nullptr ? "" : error);
    sqlite3_free(error);
    sqlite3_close(database);
    return value;
  }

  TempDir directory_;
  std::unique_ptr<AnswerBook> book_;
};

TEST_F(AnswerBookTest, WhatIsKeptIsFoundAgainAfterARestart) {
  Open();
  ASSERT_THAT(book_->Keep(MakeAnswer(1)), IsOk());
  Open();
  COLLATE_ASSERT_OK_AND_ASSIGN(const KeptAnswer found,
                               book_->Find(MakeAnswer(1).digest));
  EXPECT_EQ(found.digest, MakeAnswer(1).digest);
  EXPECT_EQ(found.question, MakeAnswer(1).question);
  EXPECT_THAT(
      *found.releases,
      ElementsAre(Pair("sources/a/releases/1", ReleaseState::kPublished),
                  Pair("sources/a/releases/2", ReleaseState::kWithdrawn)));
  EXPECT_EQ(found.vocabulary_sha256, "v");
  EXPECT_EQ(found.semantics, 1);
  EXPECT_EQ(found.day, -3);
  EXPECT_EQ(found.first_given, MakeAnswer(1).first_given);
}

TEST_F(AnswerBookTest, AnUnknownAnswerIsNamed) {
  Open();
  EXPECT_THAT(book_->Find("0a"),
              AllOf(StatusIs(absl::StatusCode::kNotFound),
                    HasReason("UNKNOWN_ANSWER"), MessageHas("answers/0a")));
}

TEST_F(AnswerBookTest, TheFirstTimeStandsAndRepeatingWritesNothing) {
  Open();
  ASSERT_THAT(book_->Keep(MakeAnswer(1)), IsOk());
  KeptAnswer later = MakeAnswer(1);
  later.first_given += absl::Hours(1);
  // A trigger would end any statement that writes.
  Sql("CREATE TRIGGER no BEFORE INSERT ON answer BEGIN SELECT "
      "RAISE(FAIL, 'written'); END");
  EXPECT_THAT(book_->Keep(later), IsOk());
  EXPECT_FALSE(book_->Keep(MakeAnswer(2)).ok());
  Sql("DROP TRIGGER no");
  Open();
  EXPECT_THAT(book_->Keep(later), IsOk());
  EXPECT_EQ(book_->Find(later.digest)->first_given, MakeAnswer(1).first_given);
}

TEST_F(AnswerBookTest, AnswersOfOneVintageShareItsList) {
  Open();
  ASSERT_THAT(book_->Keep(MakeAnswer(1)), IsOk());
  ASSERT_THAT(book_->Keep(MakeAnswer(2)), IsOk());
  EXPECT_EQ(Sql("SELECT count(*) FROM vintage"), "1");
  EXPECT_EQ(Sql("SELECT count(*) FROM answer"), "2");
}

TEST_F(AnswerBookTest, BeyondTheLimitTheOldestAreForgottenWithTheirVintage) {
  Open({.max_answers = 2, .max_remembered = 10});
  KeptAnswer oldest = MakeAnswer(1);
  auto releases = *oldest.releases;
  releases.pop_back();
  oldest.releases = std::make_shared<const decltype(releases)>(releases);
  ASSERT_THAT(book_->Keep(oldest), IsOk());
  ASSERT_THAT(book_->Keep(MakeAnswer(2)), IsOk());
  ASSERT_THAT(book_->Keep(oldest), IsOk()) << "is no newer for being repeated";
  ASSERT_THAT(book_->Keep(MakeAnswer(3)), IsOk());
  EXPECT_THAT(book_->Find(oldest.digest), HasReason("UNKNOWN_ANSWER"));
  EXPECT_THAT(book_->Find(MakeAnswer(2).digest), IsOk());
  EXPECT_EQ(Sql("SELECT count(*) FROM vintage"), "1");
  ASSERT_THAT(book_->Keep(oldest), IsOk()) << "is not remembered as kept";
  EXPECT_THAT(book_->Find(oldest.digest), IsOk());
}

TEST_F(AnswerBookTest, ManyMoreThanAreRememberedAreKept) {
  Open({.max_remembered = 3});
  for (int i = 0; i < 10; ++i) {
    ASSERT_THAT(book_->Keep(MakeAnswer(i)), IsOk());
    ASSERT_THAT(book_->Keep(MakeAnswer(i / 2)), IsOk());
  }
  EXPECT_EQ(Sql("SELECT count(*) FROM answer"), "10");
}

TEST_F(AnswerBookTest, AFullFileIsAnErrorAndOthersAreStillFound) {
  Open({.max_bytes = 1});  // no more than it has
  EXPECT_THAT(book_->Keep(MakeAnswer(1)), IsOk()) << "fits into its pages";
  KeptAnswer large = MakeAnswer(2);
  large.question.assign(100'000, 'x');
  EXPECT_THAT(book_->Keep(large), HasReason("DISK_FULL"));
  EXPECT_THAT(book_->Find(large.digest), HasReason("UNKNOWN_ANSWER"));
  EXPECT_THAT(book_->Find(MakeAnswer(1).digest), IsOk());
  EXPECT_THAT(book_->Keep(MakeAnswer(3)), IsOk());
}

TEST_F(AnswerBookTest, AnswersDoNotWaitLongForAnotherProgram) {
  Open({.busy_timeout = absl::Milliseconds(1)});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(directory_.File("answers.db").c_str(), &other),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr),
            SQLITE_OK);
  EXPECT_THAT(book_->Keep(MakeAnswer(1)), HasReason("STORE_BUSY"));
  sqlite3_close(other);
  EXPECT_THAT(book_->Keep(MakeAnswer(1)), IsOk());
}

// What makes every write fail until it is dropped.
constexpr char kNoWrites[] =
    "CREATE TRIGGER no BEFORE INSERT ON answer BEGIN SELECT RAISE(FAIL, "
    "'written'); END";

TEST_F(AnswerBookTest, WhatWaitsIsFoundAndIsThereAfterARestart) {
  Open({.max_waiting = 4});
  for (int i = 0; i < 20; ++i) {
    ASSERT_THAT(book_->Keep(MakeAnswer(i)), IsOk());
    EXPECT_TRUE(book_->Remembers(MakeAnswer(i).digest));
    EXPECT_THAT(book_->Find(MakeAnswer(i).digest), IsOk());
  }
  EXPECT_FALSE(book_->Remembers(MakeAnswer(20).digest));
  book_.reset();
  EXPECT_EQ(Sql("SELECT count(*) FROM answer"), "20");
  Open();
  EXPECT_FALSE(book_->Remembers(MakeAnswer(7).digest)) << "before it looked";
  COLLATE_ASSERT_OK_AND_ASSIGN(const KeptAnswer found,
                               book_->Find(MakeAnswer(7).digest));
  EXPECT_EQ(found.question, MakeAnswer(7).question);
}

TEST_F(AnswerBookTest, WhatWaitsIsTheSameAsWhatWasWritten) {
  Open({.max_waiting = 4});
  KeptAnswer answer = MakeAnswer(1);
  answer.first_given += absl::Nanoseconds(10);
  ASSERT_THAT(book_->Keep(answer), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const KeptAnswer found,
                               book_->Find(answer.digest));
  EXPECT_EQ(found.first_given, MakeAnswer(1).first_given);
}

TEST_F(AnswerBookTest, AfterAFailureNothingWaitsUntilItIsWritten) {
  Open({.max_waiting = 1});
  Sql(kNoWrites);
  // The first one is taken; at the latest the one that finds no room, or finds
  // that a write failed, hears of it.
  ASSERT_THAT(book_->Keep(MakeAnswer(1)), IsOk());
  EXPECT_FALSE(book_->Keep(MakeAnswer(2)).ok());
  EXPECT_FALSE(book_->Remembers(MakeAnswer(2).digest));
  EXPECT_THAT(book_->Find(MakeAnswer(1).digest), IsOk())
      << "its name was handed out";
  Sql("DROP TRIGGER no");
  EXPECT_THAT(book_->Keep(MakeAnswer(3)), IsOk());
  book_.reset();
  EXPECT_EQ(Sql("SELECT count(*) FROM answer"), "2");
}

TEST_F(AnswerBookTest, OneThatCannotBeWrittenDoesNotKeepOthersOut) {
  Open({.max_bytes = 1, .max_waiting = 1});
  KeptAnswer large = MakeAnswer(1);
  large.question.assign(100'000, 'x');
  ASSERT_THAT(book_->Keep(large), IsOk()) << "is not written yet";
  EXPECT_THAT(book_->Keep(MakeAnswer(2)), IsOk());
  EXPECT_THAT(book_->Keep(MakeAnswer(3)), IsOk());
  book_.reset();
  EXPECT_EQ(Sql("SELECT count(*) FROM answer"), "2");
}

TEST_F(AnswerBookTest, ManyThreadsKeepAndFindWhatWaits) {
  Open({.max_remembered = 10, .max_waiting = 8});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_THAT(book_->Keep(MakeAnswer(i)), IsOk());
        EXPECT_THAT(book_->Find(MakeAnswer(i).digest), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  book_.reset();
  EXPECT_EQ(Sql("SELECT count(*) FROM answer"), "50");
}

TEST_F(AnswerBookTest, DamageIsFound) {
  for (const char* change :
       {"UPDATE answer SET day = day + 1", "UPDATE answer SET question = x'00'",
        "UPDATE answer SET semantics = 7",
        "UPDATE vintage SET releases = x'00'"}) {
    Open();
    ASSERT_THAT(book_->Keep(MakeAnswer(1)), IsOk());
    Sql(change);
    EXPECT_THAT(book_->Find(MakeAnswer(1).digest),
                AllOf(StatusIs(absl::StatusCode::kDataLoss),
                      HasReason("CORRUPT_STORE")))
        << change;
    Sql("DELETE FROM answer; DELETE FROM vintage");
  }
}

TEST_F(AnswerBookTest, AnotherProgramsFileAndALaterFormatAreRefused) {
  Open();
  book_.reset();
  Sql("PRAGMA user_version = 2");
  EXPECT_THAT(OpenAnswerBook(directory_.path()), HasReason("STORE_NEWER"));
  Sql("PRAGMA user_version = 1; PRAGMA application_id = 0x434f4c4c");
  EXPECT_THAT(
      OpenAnswerBook(directory_.path()),
      AllOf(HasReason("STORE_FOREIGN"), MessageHas("not a book of answers")));
}

TEST_F(AnswerBookTest, ManyThreadsKeepAndFindAtOnce) {
  Open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(book_->Keep(MakeAnswer(i)), IsOk());
        EXPECT_THAT(book_->Find(MakeAnswer(i).digest), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Sql("SELECT count(*) FROM answer"), "20");
}

}  // namespace
}  // namespace collate::store
