// Asks the engine and a database the same random questions and compares every
// number of every cell. README.md says what they are about.
//
//   random_questions_beside_duckdb --duckdb .../libduckdb.so --count 10000
//
// Exits with 1 at the first difference, and prints the question, its seed, both
// answers and the statement.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/status_macros.h"
#include "service/query/publisher.h"
#include "service/store/clickhouse_store.h"
#include "service/store/sqlite_store.h"
#include "service/vocabulary/load.h"
#include "tests/bench/duckdb_database.h"
#include "tests/bench/measure.h"
#include "tests/bench/observations.h"
#include "tests/bench/random_questions.h"
#include "tests/bench/random_questions_sql.h"
#include "tests/bench/ten_queries.h"
#include "tests/testing/clickhouse.h"
#include "tests/testing/temp_dir.h"

namespace collate::testing::bench {
namespace {

struct Settings {
  uint64_t seed = 1;
  int64_t count = 10'000;
  std::vector<std::string> worlds = {"small", "by-code"};
  std::string directory;
  std::string duckdb;
  std::vector<std::string> clickhouse;
  int most_differences = 1;
};

// Who answers beside the database.
struct Engine {
  std::string name;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<query::Publisher> publisher;
  double seconds = 0;
};

class Comparison {
 public:
  Comparison(const Settings& settings, const std::string& world)
      : settings_(settings),
        world_(world),
        shape_(ShapeOfRandomWorld(world)),
        count_(settings.count / static_cast<int64_t>(settings.worlds.size())) {}

  absl::Status Run() {
    directory_.Write("bench.textproto", RandomVocabularyText(shape_));
    COLLATE_ASSIGN_OR_RETURN(vocabulary::Vocabulary vocabulary,
                             vocabulary::LoadVocabulary({directory_.path()}));
    vocabulary_ =
        std::make_shared<const vocabulary::Vocabulary>(std::move(vocabulary));
    const std::string data = settings_.directory.empty()
                                 ? directory_.File("data")
                                 : settings_.directory + "/" + world_;
    if (!std::filesystem::exists(data)) {
      COLLATE_RETURN_IF_ERROR(MakeStore(shape_, data));
    }
    COLLATE_ASSIGN_OR_RETURN(auto embedded, store::OpenDataDirectory(data));
    COLLATE_RETURN_IF_ERROR(AddEngine("embedded store", std::move(embedded)));
    if (!settings_.clickhouse.empty()) {
      store::ClickHouseOptions options;
      options.shards = settings_.clickhouse;
      options.database =
          absl::StrCat("random_", getpid(), "_", shape_.reporters);
      COLLATE_ASSIGN_OR_RETURN(auto shared, store::OpenClickHouse(options));
      absl::Status status;
      ForEachRelease(shape_, [&](const store::ReleaseDraft& draft) {
        if (status.ok()) status = shared->Publish(draft);
      });
      COLLATE_RETURN_IF_ERROR(status);
      COLLATE_RETURN_IF_ERROR(AddEngine("ClickHouse store", std::move(shared)));
      COLLATE_ASSIGN_OR_RETURN(auto away, store::OpenClickHouse(options));
      COLLATE_RETURN_IF_ERROR(AddEngine("ClickHouse store, nothing in memory",
                                        std::move(away),
                                        {.max_resident_observations = 0}));
    }
    database_ = settings_.duckdb.empty() ? OpenSqlite()
                                         : OpenDuckDb(settings_.duckdb, 2);
    LoadEditions(shape_, *database_);
    std::printf("%s: %lld observations, questions %llu to %llu\n",
                world_.c_str(), static_cast<long long>(CountRows(shape_)),
                static_cast<unsigned long long>(settings_.seed),
                static_cast<unsigned long long>(
                    settings_.seed + static_cast<uint64_t>(count_) - 1));
    std::fflush(stdout);
    int differences = 0;
    for (int64_t i = 0; i < count_; ++i) {
      COLLATE_ASSIGN_OR_RETURN(const bool same,
                               Ask(settings_.seed + static_cast<uint64_t>(i)));
      if (!same && ++differences >= settings_.most_differences) break;
    }
    std::printf(
        "%lld questions, %lld cells, %lld of them with a number; "
        "processor time: %s %.1f s",
        static_cast<long long>(questions_), static_cast<long long>(cells_),
        static_cast<long long>(with_number_), database_->name().c_str(),
        database_seconds_);
    for (const Engine& engine : engines_) {
      std::printf(", engine over the %s %.1f s", engine.name.c_str(),
                  engine.seconds);
    }
    std::printf("\n");
    std::fflush(stdout);
    return differences == 0 ? absl::OkStatus()
                            : absl::InternalError("answers differ");
  }

 private:
  absl::Status AddEngine(std::string name, std::unique_ptr<store::Store> store,
                         query::Publisher::Options options = {}) {
    COLLATE_ASSIGN_OR_RETURN(
        auto publisher,
        query::Publisher::Open(vocabulary_, store.get(), std::move(options)));
    engines_.push_back(
        {std::move(name), std::move(store), std::move(publisher)});
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Ask(uint64_t seed) {
    const RandomQuestion question = MakeRandomQuestion(shape_, seed);
    const std::string sql = SqlOf(shape_, question);
    const double begin = ProcessorSeconds();
    Answer expected = database_->Prepare(sql)->Run({});
    database_seconds_ += ProcessorSeconds() - begin;
    std::sort(expected.begin(), expected.end());
    ++questions_;
    cells_ += static_cast<int64_t>(expected.size());
    // Behind the coordinates, the period and the worst state.
    const size_t reported = question.query.group_by.size() + 2;
    for (const Numbers& row : expected) {
      with_number_ += row[reported].has_value();
    }
    bool same = true;
    for (Engine& engine : engines_) {
      const double start = ProcessorSeconds();
      COLLATE_ASSIGN_OR_RETURN(
          const auto snapshot,
          engine.publisher->ForSums(question.query,
                                    engine.publisher->Current()));
      const auto answer = AskEngine(*snapshot, question);
      engine.seconds += ProcessorSeconds() - start;
      std::string difference;
      if (answer.ok()) {
        difference = Difference(*answer, expected);
      } else if (!IsAboutNothing(answer.status()) || !expected.empty()) {
        difference = answer.status().ToString();
      }
      if (difference.empty()) continue;
      same = false;
      std::printf("\nseed %llu: %s\n%s differs from %s:\n%s\n%s\n",
                  static_cast<unsigned long long>(seed),
                  DescribeQuestion(question).c_str(), engine.name.c_str(),
                  database_->name().c_str(),
                  absl::StrJoin(FigureColumns(), " ").c_str(),
                  difference.c_str());
      if (settings_.most_differences == 1) std::printf("%s\n", sql.c_str());
    }
    return same;
  }

  const Settings& settings_;
  const std::string world_;
  const Shape shape_;
  const int64_t count_;
  TempDir directory_;
  std::shared_ptr<const vocabulary::Vocabulary> vocabulary_;
  std::vector<Engine> engines_;
  std::unique_ptr<Database> database_;
  double database_seconds_ = 0;
  int64_t questions_ = 0;
  int64_t cells_ = 0;
  int64_t with_number_ = 0;
};

absl::Status Run(Settings settings) {
  std::unique_ptr<ClickHouseServers> servers;
  if (settings.clickhouse == std::vector<std::string>{"own"}) {
    COLLATE_ASSIGN_OR_RETURN(servers, ClickHouseServers::Start(2));
    settings.clickhouse = servers->urls();
  }
  std::printf("%s\n", Machine().c_str());
  for (const std::string& world : settings.worlds) {
    COLLATE_RETURN_IF_ERROR(Comparison(settings, world).Run());
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace collate::testing::bench

int main(int argc, char** argv) {
  collate::testing::bench::Settings settings;
  CLI::App app("Random questions to the engine and to a database.");
  app.add_option("--seed", settings.seed, "Of the first question");
  app.add_option("--count", settings.count, "Questions")
      ->check(CLI::PositiveNumber);
  app.add_option("--worlds", settings.worlds,
                 "What is asked about, each as often: small, by-code, 1m")
      ->delimiter(',')
      ->check(CLI::IsMember({"small", "by-code", "1m"}));
  app.add_option("--directory", settings.directory,
                 "Where a world's store is, or is made, in a folder of its "
                 "name");
  app.add_option("--duckdb", settings.duckdb,
                 "libduckdb.so; without it SQLite is asked")
      ->check(CLI::ExistingFile);
  app.add_option("--clickhouse", settings.clickhouse,
                 "http://HOST:PORT of each shard that is asked as well, in "
                 "databases that are made and stay; \"own\" starts two shards")
      ->delimiter(',');
  app.add_option("--differences", settings.most_differences,
                 "How many are printed before it ends")
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = collate::testing::bench::Run(settings);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  return 0;
}
