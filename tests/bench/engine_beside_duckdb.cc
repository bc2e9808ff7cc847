// How fast the query engine answers ten questions, beside DuckDB and SQLite
// over the same figures; what its snapshot takes of memory, a restart of time
// and a release to be published. README.md says what is measured and how to
// read it.
//
//   engine_beside_duckdb --duckdb .../libduckdb.so --sizes 1m,20m
//
// Exits with 1 when two answers differ; figures are printed and not judged.

#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/query/publisher.h"
#include "service/store/sqlite_store.h"
#include "service/vocabulary/load.h"
#include "tests/bench/duckdb_database.h"
#include "tests/bench/measure.h"
#include "tests/bench/observations.h"
#include "tests/bench/ten_queries.h"
#include "tests/bench/ten_queries_sql.h"
#include "tests/testing/temp_dir.h"

namespace collate::testing::bench {
namespace {

struct Settings {
  std::vector<std::string> sizes = {"1m"};
  std::vector<int> queries = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  int rounds = 5;
  int checks = 2;
  double seconds = 0.2;  // of one contender, query and round
  std::string directory;
  std::string duckdb;
  std::string layout = "slices";
  bool sqlite = true;
  bool publish = true;
};

Shape ShapeOf(const std::string& size) {
  if (size == "20m") return TwentyMillion();
  if (size == "20k") return TwentyThousand();
  return OneMillion();
}

// Resident memory of this process, bytes.
int64_t Resident() {
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

// Runs `work` in a process of its own, so that nothing of it stays in the
// memory of this one.
absl::Status InChild(const std::function<absl::Status()>& work) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const absl::Status status = work();
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
    }
    std::fflush(nullptr);
    _exit(status.ok() ? 0 : 1);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) {
    return absl::InternalError("the measuring process failed");
  }
  return absl::OkStatus();
}

// Whoever answers.
struct Contender {
  std::string name;
  std::function<void(const Question&)> run;
  // A question that is asked again and again, as best it can: databases keep
  // the plan of a statement that has no parameters.
  std::function<void(const Question&)> repeat;
  // Of one answer, by query and whether it is new: a guess.
  std::map<std::pair<int, bool>, double> seconds;
  std::map<int, int64_t> next_variant = {};
};

// Of one query and contender: seconds an answer, one for each round.
struct Times {
  std::vector<double> random;
  std::vector<double> repeated;
};

class Bench {
 public:
  Bench(const Settings& settings, const std::string& size)
      : settings_(settings), size_(size), shape_(ShapeOf(size)) {}

  absl::Status Run(std::FILE* medians) {
    COLLATE_RETURN_IF_ERROR(Restart());
    LoadDatabases();
    COLLATE_RETURN_IF_ERROR(Check());
    Measure();
    Print(medians);
    if (settings_.publish) COLLATE_RETURN_IF_ERROR(Publish());
    return absl::OkStatus();
  }

 private:
  std::string Directory() const {
    return absl::StrCat(settings_.directory, "/collate-bench-", size_);
  }

  // From the data directory to the first answer, with the tables that the
  // start before kept, and what then stays in memory.
  absl::Status Restart() {
    const std::string directory = Directory();
    if (!std::filesystem::exists(directory)) {
      const double start = Now();
      COLLATE_RETURN_IF_ERROR(
          InChild([&] { return MakeStore(shape_, directory); }));
      std::printf("store made in %.1f s, ", Now() - start);
    }
    if (!std::filesystem::exists(TablesDirectory())) {
      COLLATE_RETURN_IF_ERROR(InChild([this]() -> absl::Status {
        COLLATE_ASSIGN_OR_RETURN(const double seconds, Open());
        std::printf("start that builds every table: %.2f s\n", seconds);
        // Not before the tables are written.
        publisher_.reset();
        return absl::OkStatus();
      }));
    }
    const int64_t before = Resident();
    COLLATE_ASSIGN_OR_RETURN(const double seconds, Open());
    malloc_trim(0);
    const int64_t resident = Resident() - before;
    for (const auto& loaded : publisher_->Current()->releases()) {
      rows_ += loaded->release.observation_count;
    }
    const auto rows = static_cast<double>(rows_);
    const auto told = static_cast<double>(publisher_->Current()->byte_count());
    std::printf(
        "%lld observations in %zu releases, %.0f MB in the store, %.0f MB of "
        "kept tables\n"
        "restart to first answer: %.2f s\n"
        "memory of the snapshot: %.1f bytes an observation, %.1f as it is "
        "told (%.0f MB; peak of the restart %.0f MB)\n",
        static_cast<long long>(rows_), publisher_->Current()->releases().size(),
        MegabytesOf(directory + "/collate.db"), MegabytesOf(TablesDirectory()),
        seconds, static_cast<double>(resident) / rows, told / rows,
        static_cast<double>(resident) / 1e6, PeakMegabytes());
    std::fflush(nullptr);
    return absl::OkStatus();
  }

  std::string TablesDirectory() const { return Directory() + "/tables"; }

  // Of a file, or of all in a directory.
  static double MegabytesOf(const std::string& path) {
    namespace fs = std::filesystem;
    if (!fs::is_directory(path)) {
      return static_cast<double>(fs::file_size(path)) / 1e6;
    }
    double megabytes = 0;
    for (const auto& entry : fs::directory_iterator(path)) {
      megabytes += static_cast<double>(entry.file_size()) / 1e6;
    }
    return megabytes;
  }

  // Seconds to the first answer.
  absl::StatusOr<double> Open() {
    TempDir dir;
    dir.Write("bench.textproto", VocabularyText(shape_));
    const double start = Now();
    COLLATE_ASSIGN_OR_RETURN(vocabulary::Vocabulary vocabulary,
                             vocabulary::LoadVocabulary({dir.path()}));
    COLLATE_ASSIGN_OR_RETURN(store_, store::OpenDataDirectory(Directory()));
    COLLATE_ASSIGN_OR_RETURN(
        publisher_, query::Publisher::Open(
                        std::make_shared<const vocabulary::Vocabulary>(
                            std::move(vocabulary)),
                        store_.get(), {.tables_directory = TablesDirectory()}));
    COLLATE_RETURN_IF_ERROR(
        RunInEngine(*publisher_->Current(), MakeQuestion(shape_, 9, 0))
            .status());
    return Now() - start;
  }

  void LoadDatabases() {
    const Layout layout =
        settings_.layout == "one" ? Layout::kOneTable : Layout::kTablePerSlice;
    if (!settings_.duckdb.empty()) {
      databases_.push_back(OpenDuckDb(settings_.duckdb, 1));
    }
    if (settings_.sqlite) databases_.push_back(OpenSqlite());
    for (const auto& database : databases_) {
      const double start = Now();
      LoadTables(shape_, layout, *database);
      std::printf("%s has the tables (%.0f s)\n", database->name().c_str(),
                  Now() - start);
      std::fflush(nullptr);
      statements_.emplace_back();
      repeated_.emplace_back();
      for (int number = 1; number <= kQueryCount; ++number) {
        statements_.back().push_back(database->Prepare(SqlOf(number)));
        repeated_.back().push_back(database->Prepare(
            SqlWith(number, MakeQuestion(shape_, number, 0).parameters)));
      }
    }
    const auto ask = [this](const Question& question) {
      const auto snapshot = publisher_->Current();
      if (!RunInEngine(*snapshot, question).ok()) std::abort();
    };
    contenders_.push_back({.name = "collate", .run = ask, .repeat = ask});
    for (size_t i = 0; i < databases_.size(); ++i) {
      contenders_.push_back({.name = databases_[i]->name(),
                             .run =
                                 [this, i](const Question& question) {
                                   statements_[i][question.number - 1]->Count(
                                       question.parameters);
                                 },
                             .repeat =
                                 [this, i](const Question& question) {
                                   repeated_[i][question.number - 1]->Count({});
                                 }});
    }
  }

  // All answer alike, or nothing is measured.
  absl::Status Check() {
    for (const int number : settings_.queries) {
      for (int64_t variant = 0; variant < settings_.checks; ++variant) {
        const Question question = MakeQuestion(shape_, number, variant);
        double start = ProcessorSeconds();
        COLLATE_ASSIGN_OR_RETURN(const Answer ours,
                                 AskEngine(*publisher_->Current(), question));
        Guess(contenders_[0], number, ProcessorSeconds() - start);
        for (size_t i = 0; i < databases_.size(); ++i) {
          start = ProcessorSeconds();
          Answer theirs = statements_[i][number - 1]->Run(question.parameters);
          Guess(contenders_[i + 1], number, ProcessorSeconds() - start);
          std::sort(theirs.begin(), theirs.end());
          const std::string difference = Difference(ours, theirs);
          if (!difference.empty()) {
            return absl::InternalError(absl::StrCat(
                "query ", number, ", variant ", variant, ": collate and ",
                databases_[i]->name(), " differ in ", difference));
          }
        }
      }
    }
    return absl::OkStatus();
  }

  static void Guess(Contender& contender, int number, double seconds) {
    contender.seconds[{number, true}] = seconds;
    contender.seconds[{number, false}] = seconds;
  }

  // Seconds an answer. As many as fit into the time; variants go on where the
  // last round ended.
  double RunFor(Contender& contender, int number, bool random) {
    const auto count = static_cast<int64_t>(
        std::clamp(settings_.seconds / contender.seconds[{number, random}], 1.0,
                   10'000.0));
    std::vector<Question> questions;
    for (int64_t i = 0; i < count; ++i) {
      questions.push_back(MakeQuestion(
          shape_, number,
          random ? settings_.checks + contender.next_variant[number]++ : 0));
    }
    const double start = ProcessorSeconds();
    const auto& run = random ? contender.run : contender.repeat;
    for (const Question& question : questions) run(question);
    const double seconds =
        (ProcessorSeconds() - start) / static_cast<double>(count);
    contender.seconds[{number, random}] = seconds;
    return seconds;
  }

  void Measure() {
    times_.resize(contenders_.size());
    for (int round = 0; round < settings_.rounds; ++round) {
      for (const int number : settings_.queries) {
        for (size_t i = 0; i < contenders_.size(); ++i) {
          // Now in the one order, now in the other, so that a slow change of
          // the machine favours none.
          const size_t at = round % 2 == 0 ? i : contenders_.size() - 1 - i;
          Times& times = times_[at][number];
          times.random.push_back(RunFor(contenders_[at], number, true));
          times.repeated.push_back(RunFor(contenders_[at], number, false));
        }
      }
    }
  }

  // Their time over ours within a round, median over rounds.
  static double Ratio(const std::vector<double>& ours,
                      const std::vector<double>& theirs) {
    std::vector<double> ratios;
    for (size_t i = 0; i < ours.size(); ++i) {
      ratios.push_back(theirs[i] / ours[i]);
    }
    return Median(ratios);
  }

  // Of one of each query.
  std::vector<double> Mix(size_t contender) {
    std::vector<double> sums(static_cast<size_t>(settings_.rounds), 0);
    for (const int number : settings_.queries) {
      const std::vector<double>& times = times_[contender][number].random;
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += times[i];
    }
    return sums;
  }

  void Print(std::FILE* medians) {
    std::printf(
        "times as fast as, answers never asked for before / the same "
        "again (ms an answer)\n%-46s %20s",
        "query", "collate");
    for (size_t i = 1; i < contenders_.size(); ++i) {
      std::printf(" %32s", contenders_[i].name.c_str());
    }
    std::printf("\n");
    for (const int number : settings_.queries) {
      const Times& ours = times_[0][number];
      std::printf("%2d %-43s (%8.3f /%8.3f)", number, NameOfQuery(number),
                  1e3 * Median(ours.random), 1e3 * Median(ours.repeated));
      for (size_t i = 1; i < contenders_.size(); ++i) {
        const Times& theirs = times_[i][number];
        std::printf(" %9.4f /%9.4f (%9.3f)", Ratio(ours.random, theirs.random),
                    Ratio(ours.repeated, theirs.repeated),
                    1e3 * Median(theirs.random));
      }
      std::printf("\n");
      std::fprintf(medians, "%d %.9f\n", number, Median(ours.random));
    }
    std::printf("%-46s (%8.3f)          ", "one of each, never asked before",
                1e3 * Median(Mix(0)));
    for (size_t i = 1; i < contenders_.size(); ++i) {
      std::printf(" %9.4f            (%9.3f)", Ratio(Mix(0), Mix(i)),
                  1e3 * Median(Mix(i)));
    }
    std::printf("\n");
    std::fflush(nullptr);
  }

  static double RowsOf(const store::ReleaseDraft& draft) {
    double rows = 0;
    for (const store::Observations& chunk : draft.observations) {
      rows += static_cast<double>(chunk.row_count());
    }
    return rows;
  }

  // Another million, beside all that is there.
  absl::Status Publish() {
    Shape million = TwentyMillion();
    million.groups = 8;
    const store::ReleaseDraft draft =
        MakeRelease(million, Slice::kPlatformAge, 0, /*revision=*/false);
    double start = Now();
    const absl::Status status = publisher_->Publish(draft);
    const double visible = Now() - start;
    // Another of as many rows, which nobody has to see.
    publisher_.reset();
    const store::ReleaseDraft next =
        MakeRelease(million, Slice::kPlatformAge, 1, /*revision=*/false);
    start = Now();
    const absl::Status kept = store_->Publish(next);
    const double durable = Now() - start;
    // The store stays what it was for the next run.
    store_.reset();
    std::filesystem::remove_all(Directory());
    std::printf(
        "publishing %.0f beside the rest: %.0f observations/s durable, %.0f "
        "durable and visible (%.1f s)\n",
        RowsOf(draft), RowsOf(next) / durable, RowsOf(draft) / visible,
        visible);
    return status.ok() ? kept : status;
  }

  const Settings& settings_;
  const std::string size_;
  const Shape shape_;
  int64_t rows_ = 0;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<query::Publisher> publisher_;
  std::vector<std::unique_ptr<Database>> databases_;
  // By database and query, with parameters and with those of variant 0.
  std::vector<std::vector<std::unique_ptr<Database::Statement>>> statements_;
  std::vector<std::vector<std::unique_ptr<Database::Statement>>> repeated_;
  std::vector<Contender> contenders_;
  std::vector<std::map<int, Times>> times_;  // by contender and query
};

absl::Status Run(const Settings& settings) {
  std::printf("%s\nprocessor time, one thread, %d rounds\n", Machine().c_str(),
              settings.rounds);
  std::map<std::string, std::map<int, double>> medians;
  for (const std::string& size : settings.sizes) {
    std::printf("\n== %s\n", size.c_str());
    std::FILE* file = std::tmpfile();
    if (file == nullptr) return absl::InternalError("no temporary file");
    COLLATE_RETURN_IF_ERROR(
        InChild([&] { return Bench(settings, size).Run(file); }));
    std::rewind(file);
    int number = 0;
    double seconds = 0;
    while (std::fscanf(file, "%d %lf", &number, &seconds) == 2) {
      medians[size][number] = seconds;
    }
    std::fclose(file);
  }
  if (settings.sizes.size() < 2) return absl::OkStatus();
  const std::string& small = settings.sizes.front();
  const std::string& large = settings.sizes.back();
  std::printf("\ngrowth of selective queries from %s to %s:", small.c_str(),
              large.c_str());
  std::vector<double> all;
  for (const auto& [number, seconds] : medians[large]) {
    if (!IsSelective(number)) continue;
    all.push_back(seconds / medians[small][number]);
    std::printf(" %d: %.1f", number, all.back());
  }
  if (!all.empty()) std::printf("; median %.1f times", Median(all));
  std::printf("\n");
  return absl::OkStatus();
}

}  // namespace
}  // namespace collate::testing::bench

int main(int argc, char** argv) {
  collate::testing::bench::Settings settings;
  settings.directory = std::filesystem::temp_directory_path().string();
  CLI::App app("Ten queries in the engine, beside DuckDB and SQLite.");
  app.add_option("--sizes", settings.sizes, "20k, 1m or 20m; one or several")
      ->delimiter(',')
      ->check(CLI::IsMember({"20k", "1m", "20m"}));
  app.add_option("--queries", settings.queries, "Numbers of queries, 1 to 10")
      ->delimiter(',')
      ->check(CLI::Range(1, 10));
  app.add_option("--rounds", settings.rounds, "Rounds that are measured")
      ->check(CLI::PositiveNumber);
  app.add_option("--checks", settings.checks,
                 "Variants of which all answers are compared")
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", settings.seconds,
                 "Time of one contender for one query in one round")
      ->check(CLI::PositiveNumber);
  app.add_option("--directory", settings.directory,
                 "Where stores are made, and kept with --no-publish");
  app.add_option("--duckdb", settings.duckdb,
                 "libduckdb.so; without it DuckDB is left out")
      ->check(CLI::ExistingFile);
  app.add_option("--layout", settings.layout,
                 "Of DuckDB's tables: one for each of the `slices`, or `one`")
      ->check(CLI::IsMember({"slices", "one"}));
  app.add_flag("!--no-sqlite", settings.sqlite, "Leaves SQLite out");
  app.add_flag("!--no-publish", settings.publish,
               "Publishes nothing, and keeps the store");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = collate::testing::bench::Run(settings);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
