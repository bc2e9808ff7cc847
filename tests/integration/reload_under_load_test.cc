// Adapters that are read anew, well and badly, while questions are asked and
// documents handed in: no question is lost or wrong, and every ingestion is
// there as a whole or not at all.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "service/base/error.h"
#include "tests/integration/under_attack.h"

namespace collate::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::Eq;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::UnorderedElementsAreArray;

// What one document says: the quarters of one force's year.
struct Return {
  std::string force;     // its code
  std::string reporter;  // as printed
  int year = 0;
  int64_t first = 0;  // of four numbers, each one more than the one before

  int64_t sum() const { return 4 * first + 6; }

  std::string Csv() const {
    std::string text =
        "table,measure,unit,reporter,period_begin,period_end,period_kind,"
        "dim:offence,state,value,raw\n";
    for (int quarter = 0; quarter < 4; ++quarter) {
      const int begin = 4 + 3 * quarter;
      const std::string number = absl::StrCat(first + quarter);
      absl::StrAppend(&text, "q,recorded offences,offences,", reporter, ",",
                      Day(begin), ",", Day(begin + 3),
                      ",FINANCIAL_QUARTER,Sexual communication with a child,"
                      "REPORTED,",
                      number, ",", number, "\n");
    }
    return text;
  }

  v1::StatisticsQuery Question() const {
    v1::StatisticsQuery query = Query("s15a", {PeriodText()}, "");
    Filter(query, "reporter", {force});
    return query;
  }

 private:
  // The first of a month that may be one of the next year.
  std::string Day(int month) const {
    return absl::StrFormat("%d-%02d-01", year + (month > 12),
                           month > 12 ? month - 12 : month);
  }
  std::string PeriodText() const {
    return absl::StrFormat("%d/%02d", year, (year + 1) % 100);
  }
};

// Both sides of the test wait for each other here, so that each reload meets
// calls that began before it and calls that begin after it.
class Rounds {
 public:
  // The next one has begun.
  void Next() {
    const std::lock_guard lock(mutex_);
    ++round_;
    changed_.notify_all();
  }
  void End() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  // Whoever has ended as many calls in this round waits for the next one; false
  // when there is none.
  bool Go(int calls_of_round, int round) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return over_ || round_ != round || calls_of_round < kCalls;
    });
    return !over_;
  }
  int round() const {
    const std::lock_guard lock(mutex_);
    return round_;
  }
  void Ended(int who, int round) {
    const std::lock_guard lock(mutex_);
    if (round == round_) ++ended_[{who, round}];
    changed_.notify_all();
  }
  // Each of so many has begun and ended a call in this round.
  bool Await(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(2), [&] {
      for (int who = 0; who < count; ++who) {
        if (ended_[{who, round_}] == 0) return false;
      }
      return true;
    });
  }

 private:
  static constexpr int kCalls = 4;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int round_ = 0;
  bool over_ = false;
  std::map<std::pair<int, int>, int> ended_;
};

// Hands in one return after another, each until it is taken.
class Submitter {
 public:
  Submitter(const Daemon& daemon, Rounds& rounds, int number,
            const TempDir& dir, std::vector<Return> returns)
      : client_(ConnectTo(daemon)),
        rounds_(rounds),
        number_(number),
        source_(absl::StrCat("reload-", number)),
        path_(dir.File(absl::StrCat("return-", number, ".csv"))),
        returns_(std::move(returns)),
        thread_([this] { Run(); }) {}
  ~Submitter() { Join(); }

  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  // Once joined.
  const std::vector<std::string>& releases() const { return releases_; }
  const std::map<std::string, int>& refusals() const { return refusals_; }
  const std::vector<std::string>& failures() const { return failures_; }
  const std::vector<Return>& taken() const { return taken_; }
  const std::string& source() const { return source_; }

 private:
  void Run() {
    int calls = 0;
    int last = rounds_.round();
    for (auto next = returns_.begin(); next != returns_.end();) {
      if (!rounds_.Go(calls, last)) return;
      const int round = rounds_.round();
      calls = round == last ? calls + 1 : 1;
      last = round;
      if (HandIn(*next)) ++next;
      rounds_.Ended(number_, round);
    }
    failures_.push_back("no return is left to hand in");
  }

  bool HandIn(const Return& one) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << one.Csv();
    client::Submission submission = Document(path_, source_);
    submission.release.set_adapter("long_format");
    const auto report = client_->Ingest(submission, nullptr);
    const auto number = Number(*client_, one.Question());
    if (!report.ok()) {
      ++refusals_[base::DetailOf(report.status()).reason];
      if (number.ok()) failures_.push_back("refused, and it is there");
      return false;
    }
    if (report->already_loaded()) failures_.push_back("loaded before");
    if (!number.ok() || *number != one.sum()) {
      failures_.push_back(absl::StrCat(one.Csv(), number.status().ToString()));
    }
    releases_.push_back(report->release().name());
    taken_.push_back(one);
    return true;
  }

  const std::unique_ptr<client::Client> client_;
  Rounds& rounds_;
  const int number_;
  const std::string source_;
  const std::string path_;
  const std::vector<Return> returns_;
  std::vector<std::string> releases_;
  std::map<std::string, int> refusals_;
  std::vector<std::string> failures_;
  std::vector<Return> taken_;
  std::thread thread_;
};

std::vector<Return> ReturnsOf(
    const std::vector<std::pair<std::string, std::string>>& forces) {
  std::vector<Return> returns;
  for (const auto& [code, name] : forces) {
    for (int year = 1950; year < 2010; ++year) {
      returns.push_back(
          {code, name, year, static_cast<int64_t>(1 + returns.size() % 89)});
    }
  }
  return returns;
}

class ReloadUnderLoad : public ::testing::Test {
 protected:
  void SetUp() override {
    // Beside the build: below a folder that others may write, as /tmp is, no
    // adapter is taken.
    std::string name = BuildPath("tests/reload-XXXXXX");
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    adapters_ = fs::canonical(name).string();
    fs::copy(BuildPath("tests/adapters/long_format"),
             absl::StrCat(adapters_, "/long_format"),
             fs::copy_options::recursive);
    good_ = ReadFile(Library());
    auto daemon =
        Daemon::Start({.data = dir_.File("data"), .adapters = {adapters_}});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
    ASSERT_THAT(client_->Ingest(HomeOffice(Excerpt()), nullptr), IsOk());
  }

  void TearDown() override {
    std::error_code ignored;
    if (!adapters_.empty()) fs::remove_all(adapters_, ignored);
  }

  std::string Library() const {
    return absl::StrCat(adapters_, "/long_format/liblong_format.so");
  }

  // As an installation does it: the file is another one at once.
  void Replace(const std::string& bytes) {
    const std::string beside = Library() + ".new";
    std::ofstream(beside, std::ios::binary | std::ios::trunc) << bytes;
    fs::permissions(beside, fs::perms::owner_read | fs::perms::owner_write);
    fs::rename(beside, Library());
  }

  // What the library is in a round: every other one is broken, and none is the
  // one before.
  std::string LibraryOf(int round) const {
    if (round % 2 == 0) return good_ + std::string(1 + round / 2 % 3, '\0');
    switch (round / 2 % 3) {
      case 0:
        return "";
      case 1:
        return good_.substr(0, good_.size() / 2);
      default:
        return "not a library";
    }
  }

  TempDir dir_;
  std::string adapters_;
  std::string good_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

TEST_F(ReloadUnderLoad, NoQuestionIsLostAndNoIngestionIsHalfDone) {
  constexpr int kReloads = 36;
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto status, client_->GetServiceStatus());
  if (!status.sandbox_complete()) {
    GTEST_SKIP() << "further adapters are refused here: "
                 << status.adapter_policy();
  }
  std::vector<std::unique_ptr<Asker>> askers;
  for (int i = 0; i < 3; ++i) {
    askers.push_back(std::make_unique<Asker>(OwnChannel(*daemon_)));
  }
  Rounds rounds;
  std::vector<std::unique_ptr<Submitter>> submitters;
  submitters.push_back(std::make_unique<Submitter>(
      *daemon_, rounds, 0, dir_,
      ReturnsOf({{"kent", "Kent"}, {"essex", "Essex"}, {"surrey", "Surrey"}})));
  submitters.push_back(
      std::make_unique<Submitter>(*daemon_, rounds, 1, dir_,
                                  ReturnsOf({{"dorset", "Dorset"},
                                             {"norfolk", "Norfolk"},
                                             {"durham", "Durham"}})));
  const auto count = static_cast<int>(submitters.size());

  EXPECT_TRUE(rounds.Await(count));
  for (int round = 1; round <= kReloads; ++round) {
    Replace(LibraryOf(round));
    const CliResult reload = daemon_->RunCli({"adapters", "reload"});
    EXPECT_THAT(reload.exit_code, Eq(0)) << reload.err;
    EXPECT_THAT(reload.out, HasSubstr("long_format  changed"));
    rounds.Next();
    if (!rounds.Await(count)) {
      ADD_FAILURE() << "no call ended in round " << round;
      break;
    }
  }
  rounds.End();

  size_t taken = 0;
  std::map<std::string, int> refusals;
  for (const auto& submitter : submitters) {
    submitter->Join();
    EXPECT_THAT(submitter->failures(), IsEmpty());
    taken += submitter->taken().size();
    for (const auto& [reason, times] : submitter->refusals()) {
      refusals[reason] += times;
    }
    // What was taken is all that is there, whole and for good.
    COLLATE_ASSERT_OK_AND_ASSIGN(
        const auto listed,
        client_->ListReleases(absl::StrCat("sources/", submitter->source())));
    std::vector<std::string> names;
    for (const v1::Release& release : listed) names.push_back(release.name());
    EXPECT_THAT(names, UnorderedElementsAreArray(submitter->releases()));
    for (const Return& one : submitter->taken()) {
      EXPECT_THAT(Number(*client_, one.Question()), IsOkAndHolds(one.sum()));
    }
  }
  size_t asked = 0;
  for (const auto& asker : askers) {
    asker->Stop();
    EXPECT_THAT(asker->failures(), IsEmpty());
    EXPECT_THAT(asker->asked(), Ge(size_t{kReloads}));
    asked += asker->asked();
  }
  std::vector<std::string> words;
  for (const auto& [reason, times] : refusals) {
    words.push_back(absl::StrCat(reason, " ", times));
  }
  std::cout << "measured: " << kReloads << " reloads; " << asked
            << " questions, none lost; " << taken << " releases taken, refused "
            << absl::StrJoin(words, ", ") << std::endl;
  // Each round of a good library took some, each of a broken one refused some.
  EXPECT_THAT(taken, Ge(size_t{kReloads / 2}));
  EXPECT_THAT(refusals,
              Each(Key(AnyOf(Eq("ADAPTER_NOT_LOADABLE"), Eq("ADAPTER_CRASHED"),
                             Eq("ADAPTER_QUARANTINED")))));
  EXPECT_THAT(refusals, Not(IsEmpty()));
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

}  // namespace
}  // namespace collate::testing
