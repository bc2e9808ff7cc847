// What it costs to ask collate about observations that stay in a ClickHouse
// cluster of two shards, beside the statements that it sends there. README.md
// says what is measured and how to read it.
//
//   engine_beside_clickhouse --size 1m
//
// Starts the servers itself, and publishes what they do not have. Exits with 1
// when an answer differs from that of the engine with everything in memory;
// figures are printed and not judged.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/base/status_macros.h"
#include "service/query/publisher.h"
#include "service/store/clickhouse_client.h"
#include "service/store/clickhouse_index.h"
#include "service/store/clickhouse_store.h"
#include "service/store/sqlite_store.h"
#include "service/vocabulary/load.h"
#include "tests/bench/measure.h"
#include "tests/bench/observations.h"
#include "tests/bench/ten_queries.h"
#include "tests/testing/clickhouse.h"
#include "tests/testing/forwarding_store.h"
#include "tests/testing/temp_dir.h"

namespace collate::testing::bench {
namespace {

// The figures are wanted, however long one takes.
constexpr absl::Duration kTimeout = absl::Minutes(10);

// As the store does it.
constexpr int64_t kRowsAtOnce = 4'000'000;

struct Settings {
  std::string size = "1m";
  std::vector<int> queries = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  int rounds = 5;
  int checks = 2;
  int64_t limit = 2'000'000;
  std::string directory;
};

Shape ShapeOf(const std::string& size) {
  if (size == "20m") return TwentyMillion();
  if (size == "20k") return TwentyThousand();
  return OneMillion();
}

// A store that remembers what it was asked for.
class Listening final : public ForwardingStore, public store::ObservationIndex {
 public:
  explicit Listening(store::Store* inner)
      : ForwardingStore(inner), index_(*inner->index()) {}

  const store::ObservationIndex* index() const override { return this; }
  absl::StatusOr<std::vector<std::pair<store::Slice, int64_t>>> CountRows(
      absl::string_view release) const override {
    return index_.CountRows(release);
  }
  absl::StatusOr<Found> Find(const std::vector<Wanted>& wanted,
                             int64_t limit) const override {
    wanted_ = wanted;
    auto found = index_.Find(wanted, limit);
    if (found.ok()) Count(found->rows);
    return found;
  }
  absl::StatusOr<Sums> Sum(const SumsWanted& wanted,
                           int64_t limit) const override {
    sums_.push_back(wanted);
    auto sums = index_.Sum(wanted, limit);
    if (sums.ok()) Count(sums->rows);
    return sums;
  }

  void Forget() {
    wanted_.clear();
    sums_.clear();
    rows_ = 0;
  }
  const std::vector<Wanted>& wanted() const { return wanted_; }
  const std::vector<SumsWanted>& sums() const { return sums_; }
  int64_t rows() const { return rows_; }

 private:
  void Count(const std::vector<Found::Rows>& rows) const {
    for (const Found::Rows& one : rows) {
      rows_ += static_cast<int64_t>(one.row.size());
    }
  }

  const store::ObservationIndex& index_;
  mutable std::vector<Wanted> wanted_;
  mutable std::vector<SumsWanted> sums_;
  mutable int64_t rows_ = 0;
};

class Bench {
 public:
  explicit Bench(const Settings& settings)
      : settings_(settings), shape_(ShapeOf(settings.size)) {}

  absl::Status Run() {
    directory_.Write("bench.textproto", VocabularyText(shape_));
    COLLATE_ASSIGN_OR_RETURN(vocabulary::Vocabulary vocabulary,
                             vocabulary::LoadVocabulary({directory_.path()}));
    vocabulary_ =
        std::make_shared<const vocabulary::Vocabulary>(std::move(vocabulary));
    COLLATE_RETURN_IF_ERROR(OpenEmbedded());
    COLLATE_RETURN_IF_ERROR(OpenCluster());
    std::printf(
        "query | sums | rows fetched | statements ms | answer ms | "
        "answer over statements | the same in processor time\n");
    for (const int number : settings_.queries) {
      COLLATE_RETURN_IF_ERROR(Check(number));
      COLLATE_RETURN_IF_ERROR(Measure(number));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status OpenEmbedded() {
    const std::string data =
        settings_.directory.empty()
            ? directory_.File("data")
            : absl::StrCat(settings_.directory, "/collate-bench-",
                           settings_.size);
    if (!std::filesystem::exists(data)) {
      COLLATE_RETURN_IF_ERROR(MakeStore(shape_, data));
    }
    COLLATE_ASSIGN_OR_RETURN(embedded_store_, store::OpenDataDirectory(data));
    COLLATE_ASSIGN_OR_RETURN(
        embedded_,
        query::Publisher::Open(vocabulary_, embedded_store_.get(),
                               {.tables_directory = data + "/tables"}));
    return absl::OkStatus();
  }

  absl::Status OpenCluster() {
    COLLATE_ASSIGN_OR_RETURN(servers_, ClickHouseServers::Start(2));
    for (const std::string& url : servers_->urls()) {
      clients_.push_back(
          std::make_unique<store::ClickHouseClient>(store::ClickHouseServer{
              .url = url, .database = "collate", .timeout = kTimeout}));
    }
    COLLATE_ASSIGN_OR_RETURN(
        shared_store_, store::OpenClickHouse(
                           {.shards = servers_->urls(), .timeout = kTimeout}));
    listening_ = std::make_unique<Listening>(shared_store_.get());
    COLLATE_ASSIGN_OR_RETURN(
        shared_,
        query::Publisher::Open(vocabulary_, listening_.get(),
                               {.max_resident_observations = 0,
                                .max_fetched_observations = settings_.limit}));
    double start = Now();
    absl::Status status;
    int64_t rows = 0;
    ForEachRelease(shape_, [&](const store::ReleaseDraft& draft) {
      if (!status.ok()) return;
      status = shared_->Publish(draft);
      for (const auto& one : draft.observations) {
        rows += static_cast<int64_t>(one.row_count());
      }
    });
    COLLATE_RETURN_IF_ERROR(status);
    std::printf("%lld observations published in %.1f s",
                static_cast<long long>(rows), Now() - start);
    start = Now();
    COLLATE_ASSIGN_OR_RETURN(
        shared_,
        query::Publisher::Open(vocabulary_, listening_.get(),
                               {.max_resident_observations = 0,
                                .max_fetched_observations = settings_.limit}));
    std::printf(
        "; a replica with nothing in memory starts in %.1f s and takes "
        "%.1f MB\n",
        Now() - start,
        static_cast<double>(shared_->Current()->byte_count()) / 1e6);
    std::fflush(stdout);
    return absl::OkStatus();
  }

  // Both engines answer alike, or nothing is measured.
  absl::Status Check(int number) {
    for (int64_t variant = 0; variant < settings_.checks; ++variant) {
      const Question question = MakeQuestion(shape_, number, variant);
      COLLATE_ASSIGN_OR_RETURN(const Answer expected,
                               AskEngine(*embedded_->Current(), question));
      COLLATE_ASSIGN_OR_RETURN(
          const auto snapshot,
          shared_->ForSums(question.query, shared_->Current()));
      COLLATE_ASSIGN_OR_RETURN(const Answer answer,
                               AskEngine(*snapshot, question));
      const std::string difference = Difference(expected, answer);
      if (difference.empty()) continue;
      return absl::InternalError(absl::StrCat("query ", number, ", variant ",
                                              variant, ": answers differ in ",
                                              difference));
    }
    return absl::OkStatus();
  }

  absl::Status Ask(const Question& question) {
    listening_->Forget();
    COLLATE_ASSIGN_OR_RETURN(
        const auto snapshot,
        shared_->ForSums(question.query, shared_->Current()));
    return RunInEngine(*snapshot, question).status();
  }

  using Parts = std::vector<std::vector<store::ShardPart>>;  // by shard
  absl::StatusOr<Parts> PartsOf(
      const std::vector<store::ObservationIndex::Wanted>& wanted) {
    Parts shards(clients_.size());
    for (const auto& one : wanted) {
      std::map<uint32_t, store::ShardPart> parts;
      for (const store::ObservationIndex::Chunk& chunk : one.chunks) {
        auto& directory = directories_[chunk.release];
        if (directory.chunks.empty()) {
          COLLATE_ASSIGN_OR_RETURN(
              const std::string row,
              clients_[0]->Query(absl::StrCat(
                  "SELECT ", store::kDirectoryColumns,
                  " FROM published WHERE name = ", store::Quoted(chunk.release),
                  " FORMAT RowBinary")));
          COLLATE_ASSIGN_OR_RETURN(directory, store::ReadDirectoryRow(row));
        }
        const store::ChunkPlace& place = directory.chunks[chunk.chunk];
        parts[place.shard].wanted = &one;
        parts[place.shard].chunks.push_back(
            {chunk.release, chunk.chunk, place});
      }
      for (auto& [shard, part] : parts) {
        shards[shard].push_back(std::move(part));
      }
    }
    return shards;
  }

  // What makes the sums of the last question, and fetches its rows: of all rows
  // that there are, whether a later edition has them, too. By shard.
  using Statements = std::vector<std::vector<store::WithTables>>;
  absl::StatusOr<Statements> LastStatements() {
    Statements statements(clients_.size());
    for (const auto& sums : listening_->sums()) {
      COLLATE_ASSIGN_OR_RETURN(const Parts shards, PartsOf(sums.rows));
      for (size_t i = 0; i < shards.size(); ++i) {
        for (const store::ShardPart& part : shards[i]) {
          statements[i].push_back(store::SelectSums(part, sums.by, ""));
        }
      }
    }
    COLLATE_ASSIGN_OR_RETURN(const Parts shards, PartsOf(listening_->wanted()));
    for (size_t i = 0; i < shards.size(); ++i) {
      for (const auto& batch : store::Batches(shards[i], kRowsAtOnce)) {
        statements[i].push_back(
            {store::SelectFound(batch, settings_.limit + 1), {}});
      }
    }
    return statements;
  }

  // All shards at once, and their answers thrown away.
  absl::Status Send(const Statements& statements) {
    std::vector<absl::Status> sent(statements.size());
    std::vector<std::thread> threads;
    for (size_t i = 0; i < statements.size(); ++i) {
      threads.emplace_back([&, i] {
        for (const store::WithTables& one : statements[i]) {
          if (!sent[i].ok()) continue;
          sent[i] = clients_[i]->QueryWith(one.sql, one.tables).status();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const absl::Status& status : sent) COLLATE_RETURN_IF_ERROR(status);
    return absl::OkStatus();
  }

  // In pairs, now the one first and now the other.
  absl::Status Measure(int number) {
    std::vector<double> ours;
    std::vector<double> theirs;
    std::vector<double> ratios;
    std::vector<double> of_processors;
    for (int round = 0; round < settings_.rounds; ++round) {
      const Question question =
          MakeQuestion(shape_, number, settings_.checks + round);
      COLLATE_RETURN_IF_ERROR(Ask(question));
      COLLATE_ASSIGN_OR_RETURN(const auto statements, LastStatements());
      double seconds[2] = {0, 0};
      double processor[2] = {0, 0};
      for (int turn = 0; turn < 2; ++turn) {
        const bool answer = (turn + round) % 2 == 0;
        const double start = Now();
        const double before = ProcessorSeconds() + servers_->ProcessorSeconds();
        COLLATE_RETURN_IF_ERROR(answer ? Ask(question) : Send(statements));
        seconds[answer ? 0 : 1] = Now() - start;
        processor[answer ? 0 : 1] =
            ProcessorSeconds() + servers_->ProcessorSeconds() - before;
      }
      ours.push_back(seconds[0]);
      theirs.push_back(seconds[1]);
      ratios.push_back(seconds[0] / seconds[1]);
      of_processors.push_back(processor[0] / processor[1]);
    }
    std::printf("%5d | %4zu | %12lld | %13.1f | %9.1f | %.2f | %.2f\n", number,
                listening_->wanted().empty() ? listening_->sums().size() : 0,
                static_cast<long long>(listening_->rows()),
                Median(theirs) * 1e3, Median(ours) * 1e3, Median(ratios),
                Median(of_processors));
    std::fflush(stdout);
    return absl::OkStatus();
  }

  const Settings& settings_;
  const Shape shape_;
  TempDir directory_;
  std::shared_ptr<const vocabulary::Vocabulary> vocabulary_;
  std::unique_ptr<store::Store> embedded_store_;
  std::unique_ptr<query::Publisher> embedded_;
  std::unique_ptr<ClickHouseServers> servers_;
  std::vector<std::unique_ptr<store::ClickHouseClient>> clients_;
  std::unique_ptr<store::ClickHouseStore> shared_store_;
  std::unique_ptr<Listening> listening_;
  std::unique_ptr<query::Publisher> shared_;
  std::map<std::string, store::Directory> directories_;
};

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Measures answers about observations in ClickHouse.");
  app.add_option("--size", settings.size, "20k, 1m or 20m");
  app.add_option("--queries", settings.queries, "numbers, 1 to 10")
      ->delimiter(',');
  app.add_option("--rounds", settings.rounds, "pairs that are timed");
  app.add_option("--checks", settings.checks, "variants that are compared");
  app.add_option("--limit", settings.limit, "rows that a question may fetch");
  app.add_option("--directory", settings.directory,
                 "where the embedded store is kept; else it is made anew");
  CLI11_PARSE(app, argc, argv);
  std::printf("%s\n", Machine().c_str());
  const absl::Status status = Bench(settings).Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

}  // namespace
}  // namespace collate::testing::bench

int main(int argc, char** argv) {
  return collate::testing::bench::Main(argc, argv);
}
