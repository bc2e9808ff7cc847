// Pins, load times, names of answers and revisions from the daemon to the
// command line, over three editions whose figures are invented.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "collate/v1/statistics_service.grpc.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Ne;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kColumns[] =
    "table,measure,unit,universe,partition,aggregation,repeats,floor,"
    "multi_response,reporter,period_begin,period_end,period_kind,dim:platform,"
    "state,value,lower,upper,raw,reason\n";

std::string Line(const std::string& reporter, int year,
                 const std::string& figure) {
  return absl::StrCat(
      "q1,recorded offences,offences,,INCOMPLETE,SUM,ERROR,"
      "ZERO,,",
      reporter, ",", year, "-04-01,", year + 1, "-04-01,FINANCIAL_YEAR,,",
      figure, "\n");
}
std::string Printed(int value) {
  return absl::StrCat("REPORTED,", value, ",,,", value, ",");
}

class Vintages : public ::testing::Test {
 protected:
  void SetUp() override {
    Start();
    // P restated without a word, Q left out; then Q back, and R withheld.
    first_ = Ingest(
        "first", "2024-01-31",
        Line("P", 2017, Printed(2000)) + Line("P", 2023, Printed(4000)) +
            Line("Q", 2017, Printed(1000)) + Line("Q", 2023, Printed(2000)) +
            Line("R", 2023, Printed(1062)));
    second_ =
        Ingest("second", "2024-02-29",
               Line("P", 2017, Printed(2000)) + Line("P", 2023, Printed(4100)) +
                   Line("Q", 2017, Printed(1000)));
  }

  void Start() {
    auto daemon =
        Daemon::Start({.data = dir_.File("data"),
                       .adapters = {BuildPath("tests/adapters")},
                       .site = SourcePath("tests/data/synthetic/site")});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
  }
  void Restart() {
    ASSERT_THAT(daemon_->Terminate(), Eq(0));
    Start();
  }

  // The name of the release.
  std::string Ingest(const std::string& name, const std::string& day,
                     const std::string& lines) {
    const CliResult done =
        daemon_->RunCli({"ingest", dir_.Write(name + ".csv", kColumns + lines),
                         "--source", "synthetic-four", "--published", day,
                         "--adapter", "long_format", "--synthetic"});
    EXPECT_THAT(done.exit_code, Eq(0)) << done.err;
    const auto releases = client_->ListReleases("sources/synthetic-four");
    EXPECT_THAT(releases, IsOk());
    for (const v1::Release& release : *releases) {
      if (release.documents(0).name() == name + ".csv") return release.name();
    }
    ADD_FAILURE() << name;
    return "";
  }
  std::string IngestThird() {
    return Ingest("third", "2024-03-31",
                  Line("Q", 2023, Printed(2050)) +
                      Line("R", 2023, "SUPPRESSED,,1,4,*,under five"));
  }

  static std::vector<std::string> Words(const std::vector<std::string>& more) {
    std::vector<std::string> line = {"query",    "offences",      "--by",
                                     "reporter", "--period",      "2023/24",
                                     "--panel",  "synthetic-four"};
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }
  CliResult Ask(const std::vector<std::string>& more) {
    return daemon_->RunCli(Words(more));
  }
  static v1::StatisticsQuery Question() {
    v1::StatisticsQuery query;
    query.add_measures("offences");
    query.add_periods("2023/24");
    query.set_panel("synthetic-four");
    return query;
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
  std::string first_;
  std::string second_;
};

TEST_F(Vintages, PinsAndLoadTimesAnswerFromThoseReleasesAlone) {
  EXPECT_THAT(*Number(*client_, Question()), Eq(5162)) << "P and R";
  v1::StatisticsQuery pinned = Question();
  pinned.add_releases(first_);
  EXPECT_THAT(*Number(*client_, pinned), Eq(7062));
  pinned.add_releases(second_);
  EXPECT_THAT(*Number(*client_, pinned), Eq(5162));

  COLLATE_ASSERT_OK_AND_ASSIGN(const v1::Release loaded,
                               client_->GetRelease(first_));
  v1::StatisticsQuery then = Question();
  *then.mutable_loaded_by() = loaded.load_time();
  EXPECT_THAT(*Number(*client_, then), Eq(7062));

  const CliResult table = Ask({"--release", first_});
  EXPECT_THAT(table.exit_code, Eq(0)) << table.err;
  EXPECT_THAT(table.out, HasSubstr("4,000"));
  EXPECT_THAT(Ask({}).out, AllOf(HasSubstr("4,100"), Not(HasSubstr("4,000"))));
  const CliResult early = Ask({"--loaded-by", "2001-01-01"});
  EXPECT_THAT(early.exit_code, Eq(0)) << early.err;
  EXPECT_THAT(early.err, HasSubstr("NOTHING_LOADED_BY_THEN"));
  const CliResult wrong = Ask({"--release", first_ + "0"});
  EXPECT_THAT(wrong.exit_code, Eq(1));
  EXPECT_THAT(wrong.err,
              AllOf(HasSubstr("UNKNOWN_RELEASE"),
                    HasSubstr("query.releases[0]"), HasSubstr(first_)));
  // The handle of a pinned cell outlives what is published beside it.
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto answer,
                               client_->Query(pinned, v1::VIEW_BASIC));
  IngestThird();
  EXPECT_THAT(client_->Explain(answer.cells(0).handle()), IsOk());
}

TEST_F(Vintages, AnAnswerIsGivenAgainByteForByte) {
  v1::QueryStatisticsRequest request;
  *request.mutable_query() = By(Question(), "reporter");
  request.set_view(v1::VIEW_CITED);
  request.set_page_size(3);
  std::vector<std::string> given;
  std::string name;
  auto stub = v1::StatisticsService::NewStub(daemon_->Channel());
  do {
    grpc::ClientContext context;
    v1::QueryStatisticsResponse page;
    ASSERT_TRUE(stub->QueryStatistics(&context, request, &page).ok());
    given.push_back(page.SerializeAsString());
    name = page.name();
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  ASSERT_THAT(given, SizeIs(2));
  const CliResult before = Ask({"--format", "json"});
  EXPECT_THAT(before.err, HasSubstr("This is " + name));

  IngestThird();
  Restart();
  stub = v1::StatisticsService::NewStub(daemon_->Channel());
  // Several at once: the releases of then are put together for the first.
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      v1::GetAnswerRequest again;
      again.set_name(name);
      again.set_view(v1::VIEW_CITED);
      again.set_page_size(3);
      for (const std::string& page : given) {
        grpc::ClientContext context;
        v1::GetAnswerResponse response;
        const grpc::Status status = stub->GetAnswer(&context, again, &response);
        ASSERT_TRUE(status.ok()) << status.error_message();
        EXPECT_TRUE(response.answer() == page);
        again.set_page_token(response.next_page_token());
      }
      EXPECT_THAT(again.page_token(), Eq(""));
    });
  }
  for (std::thread& thread : threads) thread.join();

  const CliResult after = daemon_->RunCli({"answer", name, "--format", "json"});
  EXPECT_THAT(after.exit_code, Eq(0)) << after.err;
  EXPECT_THAT(after.out, Eq(before.out));
  EXPECT_THAT(after.err, HasSubstr("First given "));
  EXPECT_THAT(Ask({"--format", "json"}).out, Ne(before.out));
  EXPECT_THAT(daemon_->RunCli({"answer", name}).out, HasSubstr("4,100"));

  ASSERT_THAT(
      daemon_->RunCli({"withdraw", first_, "--reason", "a mistake"}).exit_code,
      Eq(0));
  const CliResult refused = daemon_->RunCli({"answer", name});
  EXPECT_THAT(refused.exit_code, Eq(1));
  EXPECT_THAT(refused.out, Eq(""));
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("ANSWER_NOT_REPEATABLE"), HasSubstr(first_)));
  const CliResult unknown =
      daemon_->RunCli({"answer", "answers/" + std::string(64, '0')});
  EXPECT_THAT(unknown.exit_code, Eq(1));
  EXPECT_THAT(unknown.err, HasSubstr("UNKNOWN_ANSWER"));
}

TEST_F(Vintages, RevisionsAreListedCellByCellAndByReporter) {
  const CliResult second = daemon_->RunCli({"revisions", second_});
  EXPECT_THAT(second.exit_code, Eq(0)) << second.err;
  EXPECT_THAT(second.out,
              AllOf(HasSubstr("changed"), HasSubstr("4,000"),
                    HasSubstr("4,100"), HasSubstr("dropped"),
                    HasSubstr("2,000"), HasSubstr("second.csv:L3:C16"),
                    HasSubstr("first.csv:L5:C16"), Not(HasSubstr("1,062"))));
  EXPECT_THAT(second.err,
              AllOf(HasSubstr("2 revisions; 2 cells are printed alike"),
                    HasSubstr("P: 1 changed, 1 of them silently"),
                    HasSubstr("Q: 1 dropped")));

  const std::string third = IngestThird();
  v1::ListRevisionsRequest request;
  request.set_release(third);
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto revisions,
                               client_->ListRevisions(request));
  ASSERT_THAT(revisions.revisions_size(), Eq(2));
  EXPECT_THAT(revisions.revisions(0).kind(), Eq(v1::REVISION_KIND_ADDED))
      << "the edition before had dropped it";
  EXPECT_THAT(revisions.revisions(1).kind(),
              Eq(v1::REVISION_KIND_STATE_CHANGED));
  EXPECT_THAT(revisions.revisions(1).before_citation().release(), Eq(first_))
      << "R was last printed in the first";
  EXPECT_TRUE(revisions.revisions(1).silent());
  const auto rows = PlainCsv(daemon_
                                 ->RunCli({"revisions", third, "--base", first_,
                                           "--silent", "--format", "csv"})
                                 .out);
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_THAT(rows[0].at("before_reported"), Eq("2000"));
  EXPECT_THAT(rows[0].at("after_reported"), Eq("2050"));
  EXPECT_THAT(rows[1].at("after_state"), Eq("SUPPRESSED"));
  EXPECT_THAT(rows[1].at("after_raw"), Eq("*"));
  const CliResult wrong =
      daemon_->RunCli({"revisions", first_, "--base", second_});
  EXPECT_THAT(wrong.exit_code, Eq(1));
  EXPECT_THAT(wrong.err, HasSubstr("base_release"));
}

}  // namespace
}  // namespace collate::testing
