#include "service/audit/audit_log.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::audit {
namespace {

namespace fs = std::filesystem;
using ::collate::testing::FakeClock;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string Slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void Spill(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

Record CallNumber(int number) {
  return {.kind = Kind::kCall,
          .time = absl::FromUnixSeconds(1767225600) + absl::Seconds(number),
          .request_id = absl::StrCat("r", number),
          .principal = "sub:analyst",
          .method = "/collate.v1.StatisticsService/QueryStatistics",
          .question = R"({"query":{"measures":["offences"]}})",
          .code = "OK"};
}

class AuditLogTest : public ::testing::Test {
 protected:
  AuditLog::Options Options() {
    return {.directory = dir_.File("audit"), .clock = &clock_};
  }
  std::unique_ptr<AuditLog> Open() {
    auto log = AuditLog::Open(Options());
    EXPECT_THAT(log, IsOk());
    return log.ok() ? *std::move(log) : nullptr;
  }
  std::string First() { return dir_.File("audit/audit-000001.jsonl"); }
  // A log of `calls` calls, after the record of its opening.
  void MakeLog(int calls) {
    const auto log = Open();
    for (int i = 0; i < calls; ++i) log->Note(CallNumber(i));
  }
  absl::StatusOr<Verification> VerifyAll(std::vector<Anchor> anchors = {}) {
    return Verify(dir_.File("audit"), anchors);
  }

  FakeClock clock_;
  TempDir dir_;
};

TEST_F(AuditLogTest, WhatWasNotedIsThereInOrder) {
  MakeLog(3);
  const std::vector<std::string> lines =
      absl::StrSplit(Slurp(First()), '\n', absl::SkipEmpty());
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines[0], HasSubstr(R"("kind":"opened")"));
  EXPECT_THAT(lines[2], HasSubstr(R"("request_id":"r1")"));
  EXPECT_THAT(
      lines[2],
      HasSubstr(R"("question":"{\"query\":{\"measures\":[\"offences\"]}}")"));
  const auto verified = VerifyAll();
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->last.sequence, 4);
  EXPECT_EQ(verified->unsealed, 0);
}

TEST_F(AuditLogTest, OnlyItsOwnerMayReadIt) {
  MakeLog(1);
  struct stat file {};
  ASSERT_EQ(stat(First().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(dir_.File("audit").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0700u);
}

TEST_F(AuditLogTest, AWriteIsDurableWhenItReturns) {
  const auto log = Open();
  ASSERT_THAT(log->Write(CallNumber(1)), IsOk());
  EXPECT_EQ(log->state().head.sequence, 2);
  const auto verified = VerifyAll({log->state().head});
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->last.sequence, 2);
}

TEST_F(AuditLogTest, GoesOnWhereItEnded) {
  MakeLog(2);
  MakeLog(2);
  const auto verified = VerifyAll();
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->last.sequence, 6);
}

TEST_F(AuditLogTest, ManyThreadsMakeOneChain) {
  {
    const auto log = Open();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log, t] {
        for (int i = 0; i < 200; ++i) {
          if (i % 50 == 0) {
            EXPECT_THAT(log->Write(CallNumber(t * 1000 + i)), IsOk());
          } else {
            log->Note(CallNumber(t * 1000 + i));
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const auto verified = VerifyAll();
  ASSERT_THAT(verified, IsOk());
  EXPECT_EQ(verified->last.sequence, 801);
}

TEST_F(AuditLogTest, FilesEndAtTheirSizeAndTheChainGoesOn) {
  AuditLog::Options options = Options();
  options.max_file_bytes = 1000;
  {
    const auto log = AuditLog::Open(options);
    ASSERT_THAT(log, IsOk());
    for (int i = 0; i < 20; ++i)
      ASSERT_THAT((*log)->Write(CallNumber(i)), IsOk());
  }
  EXPECT_GT(FilesOf(dir_.File("audit"))->size(), 3u);
  EXPECT_EQ(VerifyAll()->last.sequence, 21);
  // Those that were moved away are missing, unless an anchor says how they
  // ended.
  const std::string first = Slurp(First());
  fs::remove(First());
  EXPECT_THAT(VerifyAll(), HasReason("AUDIT_BROKEN"));
  const std::vector<std::string> lines =
      absl::StrSplit(first, '\n', absl::SkipEmpty());
  const auto anchor = PlaceOf(lines.back());
  ASSERT_TRUE(anchor.has_value());
  const auto rest = VerifyAll({*anchor});
  ASSERT_THAT(rest, IsOk());
  EXPECT_EQ(rest->first, *anchor);
  EXPECT_EQ(rest->last.sequence, 21);
}

TEST_F(AuditLogTest, EveryChangedByteIsFound) {
  MakeLog(3);
  const std::string good = Slurp(First());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    Spill(First(), bad);
    EXPECT_THAT(VerifyAll(), HasReason("AUDIT_BROKEN")) << i;
  }
}

TEST_F(AuditLogTest, EveryRecordThatWasTakenOutMovedOrCutOffIsFound) {
  MakeLog(4);
  const std::string good = Slurp(First());
  const std::vector<std::string> lines =
      absl::StrSplit(good, '\n', absl::SkipEmpty());
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string without;
    for (size_t j = 0; j < lines.size(); ++j) {
      if (j != i) absl::StrAppend(&without, lines[j], "\n");
    }
    Spill(First(), without);
    EXPECT_THAT(VerifyAll(), HasReason("AUDIT_BROKEN")) << "without " << i;
    for (size_t j = i + 1; j < lines.size(); ++j) {
      std::vector<std::string> moved = lines;
      std::swap(moved[i], moved[j]);
      std::string text;
      for (const std::string& line : moved) absl::StrAppend(&text, line, "\n");
      Spill(First(), text);
      EXPECT_THAT(VerifyAll(), HasReason("AUDIT_BROKEN")) << i << " " << j;
    }
  }
  for (size_t size = 0; size < good.size(); ++size) {
    Spill(First(), good.substr(0, size));
    EXPECT_THAT(VerifyAll(), HasReason("AUDIT_BROKEN")) << size;
  }
  Spill(First(), good);
  fs::remove(dir_.File("audit/head"));
  EXPECT_THAT(VerifyAll(), HasReason("AUDIT_BROKEN"));
}

// Written anew by somebody who knows how: only what was noted elsewhere shows
// it.
TEST_F(AuditLogTest, ALogThatWasWrittenAnewIsFoundByAnAnchor) {
  MakeLog(3);
  const Anchor noted = VerifyAll()->last;
  fs::remove_all(dir_.File("audit"));
  clock_.Advance(absl::Seconds(1));
  MakeLog(3);
  ASSERT_THAT(VerifyAll(), IsOk());
  EXPECT_THAT(VerifyAll({noted}), HasReason("AUDIT_BROKEN"));
  EXPECT_THAT(VerifyAll({{.sequence = 99, .hash = noted.hash}}),
              HasReason("AUDIT_BROKEN"));
}

TEST_F(AuditLogTest, SaysWhereItIsBroken) {
  MakeLog(3);
  std::string text = Slurp(First());
  text[text.find("r1")] = 'q';
  Spill(First(), text);
  const absl::Status status = VerifyAll().status();
  EXPECT_THAT(status, MessageHas("audit-000001.jsonl:3: was changed"));
}

TEST_F(AuditLogTest, ALineThatWasNotFinishedIsTakenOff) {
  MakeLog(2);
  const std::string good = Slurp(First());
  Spill(First(), good + R"({"seq":4,"time":"2026-01)");
  EXPECT_EQ(VerifyAll()->last.sequence, 3);
  MakeLog(0);
  EXPECT_EQ(VerifyAll()->last.sequence, 4);
}

TEST_F(AuditLogTest, AFileThatWasBegunAndGotNoRecordIsBegunAgain) {
  MakeLog(2);
  Spill(dir_.File("audit/audit-000002.jsonl"), "");
  MakeLog(1);
  EXPECT_EQ(VerifyAll()->last.sequence, 5);
}

TEST_F(AuditLogTest, AnEndThatIsMissingStopsTheStart) {
  MakeLog(3);
  const std::string good = Slurp(First());
  Spill(First(), good.substr(0, good.rfind('\n', good.size() - 2) + 1));
  EXPECT_THAT(AuditLog::Open(Options()), HasReason("AUDIT_BROKEN"));
  fs::remove(First());
  EXPECT_THAT(AuditLog::Open(Options()), HasReason("AUDIT_BROKEN"));
}

// The process may write no file beyond its size: as a full disk.
TEST_F(AuditLogTest, WhatCannotBeWrittenIsRefusedCountedAndTold) {
  std::atomic<int> failures{0};
  std::atomic<int> recoveries{0};
  AuditLog::Options options = Options();
  options.told = [&](const absl::Status& status) {
    ++(status.ok() ? recoveries : failures);
  };
  {
    const auto log = AuditLog::Open(options);
    ASSERT_THAT(log, IsOk());
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    rlimit tight = limit;
    tight.rlim_cur = fs::file_size(First()) + 100;
    signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
    EXPECT_THAT((*log)->Write(CallNumber(1)), HasReason("AUDIT_UNAVAILABLE"));
    (*log)->Note(CallNumber(2));
    EXPECT_THAT((*log)->Write(CallNumber(3)), HasReason("AUDIT_UNAVAILABLE"));
    EXPECT_EQ((*log)->state().lost, 1);
    EXPECT_THAT((*log)->state().problem, HasReason("AUDIT_IO"));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    EXPECT_THAT((*log)->Write(CallNumber(4)), IsOk());
  }
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(recoveries, 1);
  const auto verified = VerifyAll();
  ASSERT_THAT(verified, IsOk());
  const std::string text = Slurp(First());
  EXPECT_THAT(text, HasSubstr(R"("kind":"lost","detail":"1")"));
  EXPECT_THAT(text, HasSubstr("r4"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("r1")));
}

TEST_F(AuditLogTest, TooManyThatWaitAreCounted) {
  AuditLog::Options options = Options();
  options.max_waiting = 2;
  {
    const auto log = AuditLog::Open(options);
    ASSERT_THAT(log, IsOk());
    for (int i = 0; i < 5000; ++i) (*log)->Note(CallNumber(i));
    EXPECT_GT((*log)->state().lost, 0);
  }
  EXPECT_THAT(VerifyAll(), IsOk());
  EXPECT_THAT(Slurp(First()), HasSubstr(R"("kind":"lost")"));
}

TEST_F(AuditLogTest, ACopyIsALogThatCanBeVerifiedAndGoneOnWith) {
  AuditLog::Options options = Options();
  options.max_file_bytes = 2000;  // several files
  auto log = AuditLog::Open(options);
  ASSERT_THAT(log, IsOk());
  for (int i = 0; i < 30; ++i) {
    ASSERT_THAT((*log)->Write(CallNumber(i)), IsOk());
  }
  // Writing goes on beside every copy.
  std::atomic<bool> over = false;
  std::thread writer([&] {
    for (int i = 30; !over; ++i) (*log)->Note(CallNumber(i));
  });
  for (int i = 0; i < 5; ++i) {
    const std::string copy = dir_.File(absl::StrCat("copy", i));
    std::filesystem::create_directory(copy);
    const Anchor before = (*log)->state().head;
    ASSERT_THAT((*log)->BackUp(copy), IsOk());
    const auto verified = Verify(copy, {before});
    ASSERT_THAT(verified, IsOk());
    options.directory = copy;
    EXPECT_THAT(AuditLog::Open(options), IsOk());
  }
  over = true;
  writer.join();
}

TEST(ChainTest, AnchorsGoBothWays) {
  const Anchor anchor{.sequence = 7, .hash = std::string(64, 'a')};
  EXPECT_EQ(AnchorFrom(ToText(anchor)), anchor);
  for (const std::string& text :
       {std::string(), std::string("7"), "7:" + std::string(63, 'a'),
        "-1:" + std::string(64, 'a'), "7:" + std::string(64, 'A'),
        "x:" + std::string(64, 'a')}) {
    EXPECT_EQ(AnchorFrom(text), std::nullopt) << text;
  }
}

// Whatever a caller sends, a line stays one line.
TEST(ChainTest, NoTextBreaksALine) {
  Anchor at;
  Record record = CallNumber(1);
  record.question = "a\nb\"}\xff\0c,\"hash\":\"";
  record.principal = std::string("\0\n", 2);
  std::string line = ToLine(record, &at);
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  line.pop_back();
  Anchor followed;
  EXPECT_THAT(FollowLine(line, &followed), IsOk());
  EXPECT_EQ(followed, at);
}

}  // namespace
}  // namespace collate::audit
