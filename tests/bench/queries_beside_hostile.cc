// How much longer queries take while adapters that attack are ingested beside
// them. README.md says what is measured and how to read it.
//
//   queries_beside_hostile --rounds 7 --seconds 6
//
// Exits with 1 when an answer was wrong or the daemon did not live through it;
// figures are printed and not judged.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "tests/bench/measure.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

struct Settings {
  int rounds = 7;
  int seconds = 6;  // of one half of a round
  int channels = 4;
  int per_second = 50;  // queries of one channel
  int attackers = 2;    // as many as the service takes by default
  std::vector<std::string> kinds = {"fork_bomb", "allocates",     "spins",
                                    "floods",    "floods_stderr", "sleeps"};
};

// Latencies of one half of a round, milliseconds.
struct Half {
  double p50 = 0;
  double p99 = 0;
  int wrong = 0;
  std::vector<double> all;
};

// One connection that is asked at a steady pace. A query counts from the time
// when it was due, so that one that is held up does not hide the next.
class Asker {
 public:
  Asker(const std::string& address, int number) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    // Else all channels of a process share one connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = v1::StatisticsService::NewStub(grpc::CreateCustomChannel(
        address, grpc::InsecureChannelCredentials(), arguments));
    total_.mutable_query()->CopyFrom(Query("88A", {"2017/18"}, kPanel));
    by_force_.mutable_query()->CopyFrom(
        By(Query("88A", {"2017/18"}, kPanel), "reporter"));
    asked_ = number;
  }

  // Asks from `start` until `end`.
  void Run(absl::Time start, absl::Time end, absl::Duration pace) {
    milliseconds_.clear();
    wrong_ = 0;
    for (absl::Time due = start; due < end; due += pace) {
      absl::SleepFor(due - absl::Now());
      if (!Ask()) ++wrong_;
      milliseconds_.push_back(absl::ToDoubleMilliseconds(absl::Now() - due));
    }
  }

  const std::vector<double>& milliseconds() const { return milliseconds_; }
  int wrong() const { return wrong_; }

 private:
  bool Ask() {
    grpc::ClientContext context;
    v1::QueryStatisticsResponse answer;
    const bool total = ++asked_ % 2 == 0;
    const grpc::Status status =
        stub_->QueryStatistics(&context, total ? total_ : by_force_, &answer);
    if (!status.ok()) return false;
    int64_t sum = 0;
    for (const v1::Cell& cell : answer.cells()) sum += cell.reported();
    return sum == kForces;
  }

  std::unique_ptr<v1::StatisticsService::Stub> stub_;
  v1::QueryStatisticsRequest total_;
  v1::QueryStatisticsRequest by_force_;
  int asked_ = 0;
  std::vector<double> milliseconds_;
  int wrong_ = 0;
};

// Hands in documents for adapters that attack, one after the other, until it
// is told to stop.
class Attackers {
 public:
  Attackers(const Daemon& daemon, const Settings& settings,
            const std::string& document)
      : settings_(settings), document_(document) {
    for (int i = 0; i < settings.attackers; ++i) {
      threads_.emplace_back([this, &daemon, i] { Run(daemon, i); });
    }
  }

  // By reason, how the readings ended.
  std::map<std::string, int> Stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return ends_;
  }

  ~Attackers() { Stop(); }

 private:
  void Run(const Daemon& daemon, int number) {
    const auto client = ConnectTo(daemon);
    for (size_t i = static_cast<size_t>(number); !stopping_; ++i) {
      client::Submission submission = Document(document_, "foi");
      submission.release.set_adapter(
          "hostile_" + settings_.kinds[i % settings_.kinds.size()]);
      // What does not die must not be published: it would change the answers.
      submission.dry_run = true;
      const auto report = client->Ingest(submission, nullptr);
      const std::string reason =
          report.ok() ? "READ" : base::DetailOf(report.status()).reason;
      if (reason == "ADAPTER_QUARANTINED") Reload(*client);
      const std::lock_guard<std::mutex> lock(mutex_);
      ++ends_[reason];
    }
  }

  // At most once a second, as an operator in a great hurry might.
  void Reload(client::Client& client) {
    const std::lock_guard<std::mutex> lock(reload_mutex_);
    const absl::Time next = reloaded_ + absl::Seconds(1);
    while (absl::Now() < next) {
      if (stopping_) return;
      absl::SleepFor(absl::Milliseconds(10));
    }
    reloaded_ = absl::Now();
    client.ReloadAdapters().IgnoreError();
  }

  const Settings& settings_;
  const std::string document_;
  std::atomic<bool> stopping_ = false;
  std::mutex reload_mutex_;
  absl::Time reloaded_ = absl::InfinitePast();  // guarded by reload_mutex_
  std::mutex mutex_;
  std::map<std::string, int> ends_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

Half Measure(std::vector<std::unique_ptr<Asker>>& askers,
             const Settings& settings) {
  const absl::Time start = absl::Now();
  const absl::Time end = start + absl::Seconds(settings.seconds);
  const absl::Duration pace = absl::Seconds(1) / settings.per_second;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < askers.size(); ++i) {
    // Evenly spread, lest they all ask at the same moment.
    const absl::Time first =
        start + pace * static_cast<double>(i) / askers.size();
    threads.emplace_back([&asker = *askers[i], first, end, pace] {
      asker.Run(first, end, pace);
    });
  }
  for (std::thread& thread : threads) thread.join();
  Half half;
  std::vector<double>& all = half.all;
  for (const auto& asker : askers) {
    all.insert(all.end(), asker->milliseconds().begin(),
               asker->milliseconds().end());
    half.wrong += asker->wrong();
  }
  half.p50 = bench::Quantile(all, 0.50);
  half.p99 = bench::Quantile(all, 0.99);
  return half;
}

absl::Status Run(const Settings& settings) {
  TempDir dir;
  const std::string config = dir.Write(
      "config.textproto",
      "worker { wall_seconds: 2 cpu_seconds: 1 memory_bytes: 268435456 "
      "output_bytes: 16777216 }");
  COLLATE_ASSIGN_OR_RETURN(
      const auto daemon,
      Daemon::Start({.data = dir.File("data"),
                     .adapters = {BuildPath("tests/hostile_adapters")},
                     .config = config}));
  COLLATE_ASSIGN_OR_RETURN(
      const auto client, client::Client::Create({.server = daemon->address()}));
  COLLATE_RETURN_IF_ERROR(
      client->Ingest(HomeOffice(Excerpt()), nullptr).status());
  const std::string document = dir.Write("document.csv", "hello");

  std::vector<std::unique_ptr<Asker>> askers;
  for (int i = 0; i < settings.channels; ++i) {
    askers.push_back(std::make_unique<Asker>(daemon->address(), i));
  }
  std::printf("%s\n%d channels, %d queries a second each; %d attackers\n",
              bench::Machine().c_str(), settings.channels, settings.per_second,
              settings.attackers);
  std::printf("%6s %31s %31s %13s\n", "", "alone, ms", "beside attacks, ms",
              "ratio");
  std::printf("%6s %15s %15s %15s %15s %6s %6s\n", "round", "p50", "p99", "p50",
              "p99", "p50", "p99");
  Measure(askers, settings);  // connects, and warms up
  std::map<std::string, int> ends;
  std::vector<double> all_alone;
  std::vector<double> all_beside;
  std::vector<double> p50s;
  std::vector<double> p99s;
  int wrong = 0;
  for (int round = 1; round <= settings.rounds; ++round) {
    Half alone;
    Half beside;
    // Now the one first, now the other, so that a slow change of the machine
    // favours neither.
    for (const bool attacked : {round % 2 == 0, round % 2 != 0}) {
      if (!attacked) {
        alone = Measure(askers, settings);
        continue;
      }
      Attackers attackers(*daemon, settings, document);
      beside = Measure(askers, settings);
      for (const auto& [reason, count] : attackers.Stop()) {
        ends[reason] += count;
      }
    }
    wrong += alone.wrong + beside.wrong;
    all_alone.insert(all_alone.end(), alone.all.begin(), alone.all.end());
    all_beside.insert(all_beside.end(), beside.all.begin(), beside.all.end());
    p50s.push_back(beside.p50 / alone.p50);
    p99s.push_back(beside.p99 / alone.p99);
    std::printf("%6d %15.2f %15.2f %15.2f %15.2f %6.2f %6.2f\n", round,
                alone.p50, alone.p99, beside.p50, beside.p99, p50s.back(),
                p99s.back());
    std::fflush(stdout);
  }
  std::printf("measured: median ratio beside / alone: p50 %.2f, p99 %.2f\n",
              bench::Quantile(p50s, 0.5), bench::Quantile(p99s, 0.5));
  const auto pooled = [&](double share) {
    const double alone = bench::Quantile(all_alone, share);
    const double beside = bench::Quantile(all_beside, share);
    std::printf("all rounds as one: p%g %.2f alone, %.2f beside, ratio %.2f\n",
                100 * share, alone, beside, beside / alone);
  };
  for (const double share : {0.5, 0.9, 0.99}) pooled(share);
  std::printf("readings:");
  for (const auto& [reason, count] : ends) {
    std::printf(" %s %d", reason.c_str(), count);
  }
  std::printf("\n");
  if (wrong > 0) {
    return absl::InternalError(absl::StrCat(wrong, " answers were wrong"));
  }
  COLLATE_RETURN_IF_ERROR(client->CheckHealth());
  const int code = daemon->Terminate();
  return code == 0 ? absl::OkStatus()
                   : absl::InternalError(
                         absl::StrCat("the daemon ended with ", code));
}

}  // namespace
}  // namespace collate::testing

int main(int argc, char** argv) {
  collate::testing::Settings settings;
  CLI::App app("Latency of queries beside adapters that attack.");
  app.add_option("--rounds", settings.rounds, "Pairs that are measured")
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", settings.seconds, "Length of half a pair")
      ->check(CLI::PositiveNumber);
  app.add_option("--channels", settings.channels, "Connections that ask")
      ->check(CLI::PositiveNumber);
  app.add_option("--per-second", settings.per_second,
                 "Queries of one connection each second")
      ->check(CLI::PositiveNumber);
  app.add_option("--attackers", settings.attackers,
                 "Ingestions at one time; 0 measures the noise")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--kinds", settings.kinds,
                 "Attacks, of those in tests/adapters/hostile")
      ->delimiter(',');
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = collate::testing::Run(settings);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
