// How many questions collated answers over gRPC, and how soon, beside a server
// that answers as many bytes and does nothing. README.md says what is measured
// and how to read it.
//
//   service_beside_echo --rounds 5 --seconds 2
//
// Exits with 1 when a call failed; figures are printed and not judged.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "service/base/status_macros.h"
#include "tests/bench/measure.h"
#include "tests/bench/observations.h"
#include "tests/bench/ten_queries.h"
#include "tests/testing/daemon.h"
#include "tests/testing/paths.h"
#include "tests/testing/temp_dir.h"

namespace collate::testing::bench {
namespace {

struct Settings {
  int rounds = 5;
  double seconds = 2;  // of one half of a round
  int in_flight = 8;
  int streams = 2;
  std::string size = "1m";
  std::string only;  // part of what is measured, by its name
};

v1::StatisticsQuery ToProto(const query::Query& query) {
  v1::StatisticsQuery message;
  for (const std::string& measure : query.measures) {
    message.add_measures(measure);
  }
  for (const query::Filter& filter : query.filters) {
    v1::Filter* added = message.add_filters();
    added->set_dimension(filter.dimension);
    for (const std::string& member : filter.members) {
      added->add_members(member);
    }
    added->set_exclude(filter.exclude);
  }
  for (const std::string& dimension : query.group_by) {
    message.add_group_by(dimension);
  }
  for (const std::string& period : query.periods) message.add_periods(period);
  if (query.period_range.has_value()) {
    message.mutable_period_range()->set_first(query.period_range->first);
    message.mutable_period_range()->set_last(query.period_range->second);
  }
  message.set_panel(query.panel);
  for (const query::DerivationQuery& derivation : query.derivations) {
    v1::Derivation* added = message.add_derivations();
    if (const auto* share = std::get_if<query::ShareQuery>(&derivation)) {
      added->mutable_share()->set_dimension(share->dimension);
      added->mutable_share()->set_base(static_cast<v1::ShareBase>(share->base));
    } else if (const auto* change =
                   std::get_if<query::ChangeQuery>(&derivation)) {
      added->mutable_change()->set_base_period(change->base_period);
    }
  }
  return message;
}

std::string BytesOf(grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  buffer.DumpToSingleSlice(&slice).IgnoreError();
  return std::string(reinterpret_cast<const char*>(slice.begin()),
                     slice.size());
}

grpc::ByteBuffer BufferOf(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

// One connection to a server. Answers are taken as bytes and not read: what a
// client makes of them is its own, and would be measured with it.
class Connection {
 public:
  explicit Connection(const std::string& address) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetMaxReceiveMessageSize(64 << 20);
    // Else all channels of a process share one connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = std::make_unique<grpc::GenericStub>(grpc::CreateCustomChannel(
        address, grpc::InsecureChannelCredentials(), arguments));
  }

  absl::StatusOr<grpc::ByteBuffer> Ask(const grpc::ByteBuffer& request) {
    grpc::ClientContext context;
    const auto call = stub_->PrepareUnaryCall(
        &context, "/collate.v1.StatisticsService/QueryStatistics", request,
        &queue_);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, nullptr);
    Await();
    if (!status.ok()) return absl::InternalError(status.error_message());
    return response;
  }

  // Calls `part` with every message of the answer.
  absl::Status Stream(const std::string& method,
                      const grpc::ByteBuffer& request,
                      const std::function<void(grpc::ByteBuffer&)>& part) {
    grpc::ClientContext context;
    const auto call = stub_->PrepareCall(
        &context, "/collate.v1.StatisticsService/" + method, &queue_);
    call->StartCall(nullptr);
    Await();
    call->Write(request, grpc::WriteOptions().set_last_message(), nullptr);
    Await();
    grpc::ByteBuffer message;
    while (true) {
      call->Read(&message, nullptr);
      if (!Await()) break;
      part(message);
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    Await();
    if (!status.ok()) return absl::InternalError(status.error_message());
    return absl::OkStatus();
  }

 private:
  bool Await() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  std::unique_ptr<grpc::GenericStub> stub_;
  grpc::CompletionQueue queue_;
};

// A server and its connections, one for each call in flight.
class Peer {
 public:
  Peer(const std::string& address, int connections) {
    for (int i = 0; i < connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(address));
    }
  }

  Connection& connection(int index) const {
    return *connections_[static_cast<size_t>(index)];
  }

 private:
  std::vector<std::unique_ptr<Connection>> connections_;
};

// What is asked, the `n`th time.
struct Scenario {
  std::string name;
  std::function<v1::QueryStatisticsRequest(int64_t n)> request;
  int64_t next = 0;
  int answer_bytes = 0;
};

struct Half {
  double per_second = 0;  // calls, or megabytes
  double p99 = 0;         // milliseconds
};

class Bench {
 public:
  Bench(const Settings& settings, const std::string& service,
        const std::string& echo)
      : settings_(settings),
        shape_(settings.size == "20m"   ? TwentyMillion()
               : settings.size == "20k" ? TwentyThousand()
                                        : OneMillion()),
        service_(service, std::max(settings.in_flight, settings.streams)),
        echo_(echo, std::max(settings.in_flight, settings.streams)) {}

  absl::Status Run() {
    std::printf("%s\n%d calls in flight, %d rounds of 2 x %g s\n",
                Machine().c_str(), settings_.in_flight, settings_.rounds,
                settings_.seconds);
    std::printf("%-34s %8s %8s %8s %12s %12s %12s\n", "share of the echo's",
                "bytes", "calls/s", "p99", "calls/s", "p99, ms", "echo's p99");
    for (Scenario& scenario : Scenarios()) {
      if (!Wanted(scenario.name)) continue;
      COLLATE_RETURN_IF_ERROR(Measure(scenario));
    }
    return Wanted("export") ? MeasureExport() : absl::OkStatus();
  }

 private:
  bool Wanted(const std::string& name) const {
    return name.find(settings_.only) != std::string::npos;
  }

  v1::QueryStatisticsRequest RequestOf(int number, int64_t variant,
                                       v1::View view) const {
    v1::QueryStatisticsRequest request;
    *request.mutable_query() =
        ToProto(MakeQuestion(shape_, number, variant).query);
    request.set_view(view);
    return request;
  }

  std::vector<Scenario> Scenarios() const {
    static constexpr int kSelective[] = {1, 2, 7, 8, 9};
    const auto selective = [this](v1::View view) {
      return [this, view](int64_t n) {
        return RequestOf(kSelective[n % 5], 1 + n / 5, view);
      };
    };
    // All reporters in nine of eleven years: of each offence, without each two
    // years, beginning with each of the others.
    const auto rows = [this](v1::AnswerForm form) {
      return [this, form](int64_t n) {
        v1::QueryStatisticsRequest request =
            RequestOf(1, n % shape_.codes(), v1::VIEW_BASIC);
        n /= shape_.codes();
        const int years = shape_.years;
        const auto first = static_cast<int>(n % years);
        n /= years;
        const auto second =
            (first + 1 + static_cast<int>(n % ((years - 1) / 2))) % years;
        n /= (years - 1) / 2;
        v1::StatisticsQuery& query = *request.mutable_query();
        query.clear_period_range();
        query.clear_periods();
        for (int i = 0; i < years; ++i) {
          const int year = (i + static_cast<int>(n)) % years;
          if (year != first && year != second) {
            query.add_periods(YearText(year));
          }
        }
        query.add_group_by("reporter");
        request.set_form(form);
        return request;
      };
    };
    return {
        {"selective, repeated, BASIC",
         [this](int64_t n) {
           return RequestOf(kSelective[n % 5], 0, v1::VIEW_BASIC);
         }},
        {"selective, never before, BASIC", selective(v1::VIEW_BASIC)},
        // Others than of the scenario before.
        {"selective, never before, CITED", selective(v1::VIEW_CITED), 50'000},
        {"405 rows, BASIC", rows(v1::ANSWER_FORM_CELLS)},
        {"405 rows, packed", rows(v1::ANSWER_FORM_PACKED)},
        {"405 rows, packed, repeated",
         [rows](int64_t) { return rows(v1::ANSWER_FORM_PACKED)(0); }},
    };
  }

  // One after the other on every connection until the time is over. `call`
  // gets the connection and a number of its own, and says how much was done.
  absl::StatusOr<Half> Drive(
      int connections, int64_t& next,
      const std::function<absl::StatusOr<double>(int, int64_t)>& call) {
    std::atomic<int64_t> number = next;
    std::mutex mutex;
    std::vector<double> latencies;  // guarded by mutex
    double done = 0;                // guarded by mutex
    absl::Status failure;           // guarded by mutex
    std::vector<std::thread> threads;
    const double start = Now();
    for (int i = 0; i < connections; ++i) {
      threads.emplace_back([&, i] {
        std::vector<double> own;
        double own_done = 0;
        absl::Status status;
        while (status.ok() && Now() - start < settings_.seconds) {
          const double begin = Now();
          const absl::StatusOr<double> amount = call(i, number++);
          own.push_back(1e3 * (Now() - begin));
          if (amount.ok()) own_done += *amount;
          status = amount.status();
        }
        const std::lock_guard lock(mutex);
        latencies.insert(latencies.end(), own.begin(), own.end());
        done += own_done;
        failure.Update(status);
      });
    }
    for (std::thread& thread : threads) thread.join();
    const double seconds = Now() - start;
    next = number;
    if (!failure.ok()) return failure;
    return Half{done / seconds, Quantile(std::move(latencies), 0.99)};
  }

  absl::Status Measure(Scenario& scenario) {
    // As many bytes as the service answers, on average.
    constexpr int kSamples = 20;
    size_t bytes = 0;
    for (int i = 0; i < kSamples; ++i) {
      COLLATE_ASSIGN_OR_RETURN(const grpc::ByteBuffer response,
                               service_.connection(0).Ask(BufferOf(
                                   scenario.request(scenario.next++))));
      bytes += response.Length();
    }
    scenario.answer_bytes = static_cast<int>(bytes / kSamples);
    int64_t echoed = 0;
    const auto half = [&](bool is_echo) {
      return Drive(settings_.in_flight, is_echo ? echoed : scenario.next,
                   [&](int connection, int64_t n) -> absl::StatusOr<double> {
                     v1::QueryStatisticsRequest request = scenario.request(n);
                     if (is_echo) {
                       request.set_page_size(scenario.answer_bytes);
                     }
                     const auto response = (is_echo ? echo_ : service_)
                                               .connection(connection)
                                               .Ask(BufferOf(request));
                     if (!response.ok()) return response.status();
                     return 1.0;
                   });
    };
    std::vector<double> rates;
    std::vector<double> tails;
    std::vector<double> calls;
    std::vector<double> p99s;
    std::vector<double> echo_p99s;
    for (int round = 0; round <= settings_.rounds; ++round) {
      const bool echo_first = round % 2 == 1;
      COLLATE_ASSIGN_OR_RETURN(const Half first, half(echo_first));
      COLLATE_ASSIGN_OR_RETURN(const Half second, half(!echo_first));
      // The first round connects and warms up.
      if (round == 0) continue;
      const Half& echo = echo_first ? first : second;
      const Half& service = echo_first ? second : first;
      rates.push_back(service.per_second / echo.per_second);
      tails.push_back(service.p99 / echo.p99);
      calls.push_back(service.per_second);
      p99s.push_back(service.p99);
      echo_p99s.push_back(echo.p99);
    }
    std::printf("%-34s %8d %7.1f%% %8.1f %12.0f %12.2f %12.2f\n",
                scenario.name.c_str(), scenario.answer_bytes,
                100 * Median(rates), Median(tails), Median(calls), Median(p99s),
                Median(echo_p99s));
    std::fflush(stdout);
    return absl::OkStatus();
  }

  // One year of everything, as many streams at one time on both sides.
  absl::Status MeasureExport() {
    v1::ExportObservationsRequest request;
    request.set_period(YearText(shape_.years - 1));
    std::atomic<int64_t> message_bytes = 0;
    std::atomic<int64_t> stream_bytes = 0;
    const grpc::ByteBuffer asked = BufferOf(request);
    const auto export_all = [&](int connection,
                                int64_t) -> absl::StatusOr<double> {
      int64_t bytes = 0;
      v1::ExportObservationsResponse last;
      std::string last_bytes;
      COLLATE_RETURN_IF_ERROR(
          service_.connection(connection)
              .Stream("ExportObservations", asked, [&](grpc::ByteBuffer& part) {
                const auto size = static_cast<int64_t>(part.Length());
                bytes += size;
                message_bytes = std::max<int64_t>(message_bytes, size);
                if (size < 200) {
                  last_bytes = BytesOf(part);
                }
              }));
      if (!last.ParseFromString(last_bytes) || !last.has_footer()) {
        return absl::DataLossError("the export has no footer");
      }
      stream_bytes = bytes;
      return static_cast<double>(bytes) / 1e6;
    };
    const auto read_all = [&](int connection,
                              int64_t) -> absl::StatusOr<double> {
      v1::ReadDocumentRequest read;
      read.set_byte_count(stream_bytes);
      read.set_offset(message_bytes);
      int64_t bytes = 0;
      COLLATE_RETURN_IF_ERROR(echo_.connection(connection)
                                  .Stream("ReadDocument", BufferOf(read),
                                          [&](grpc::ByteBuffer& part) {
                                            bytes += static_cast<int64_t>(
                                                part.Length());
                                          }));
      return static_cast<double>(bytes) / 1e6;
    };
    std::vector<double> ratios;
    std::vector<double> rates;
    int64_t unused = 0;
    for (int round = 0; round <= settings_.rounds; ++round) {
      COLLATE_ASSIGN_OR_RETURN(const Half service,
                               Drive(settings_.streams, unused, export_all));
      COLLATE_ASSIGN_OR_RETURN(const Half echo,
                               Drive(settings_.streams, unused, read_all));
      if (round == 0) continue;
      ratios.push_back(service.per_second / echo.per_second);
      rates.push_back(service.per_second);
    }
    std::printf(
        "export, %.1f MB in parts of %lld kB: %.1f%% of a raw "
        "stream's MB/s (%.0f MB/s)\n",
        static_cast<double>(stream_bytes) / 1e6,
        static_cast<long long>(message_bytes / 1000), 100 * Median(ratios),
        Median(rates));
    return absl::OkStatus();
  }

  const Settings& settings_;
  const Shape shape_;
  const Peer service_;
  const Peer echo_;
};

absl::StatusOr<std::string> AddressIn(const std::string& port_file) {
  for (int i = 0; i < 500; ++i) {
    std::ifstream file(port_file);
    int port = 0;
    if (file >> port) return absl::StrCat("127.0.0.1:", port);
    absl::SleepFor(absl::Milliseconds(20));
  }
  return absl::UnavailableError("the echo server does not start");
}

absl::Status Run(const Settings& settings) {
  TempDir dir;
  const Shape shape = settings.size == "20m"   ? TwentyMillion()
                      : settings.size == "20k" ? TwentyThousand()
                                               : OneMillion();
  dir.Write("vocabulary/bench.textproto", VocabularyText(shape));
  const std::string config = dir.Write(
      "config.textproto",
      absl::StrCat("vocabulary_directory: '", dir.File("vocabulary"), "'"));
  COLLATE_RETURN_IF_ERROR(MakeStore(shape, dir.File("data")));
  COLLATE_ASSIGN_OR_RETURN(
      const auto daemon,
      Daemon::Start({.data = dir.File("data"), .config = config}));
  COLLATE_ASSIGN_OR_RETURN(
      const Process echo,
      Process::Spawn({BuildPath("tests/bin/echo_server"), dir.File("port")}, {},
                     dir.File("echo.log"), dir.File("echo.log")));
  COLLATE_ASSIGN_OR_RETURN(const std::string address,
                           AddressIn(dir.File("port")));
  return Bench(settings, daemon->address(), address).Run();
}

}  // namespace
}  // namespace collate::testing::bench

int main(int argc, char** argv) {
  collate::testing::bench::Settings settings;
  CLI::App app("collated over gRPC, beside a server that does nothing.");
  app.add_option("--rounds", settings.rounds, "Pairs that are measured")
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", settings.seconds, "Length of half a pair")
      ->check(CLI::PositiveNumber);
  app.add_option("--in-flight", settings.in_flight, "Calls at one time")
      ->check(CLI::PositiveNumber);
  app.add_option("--streams", settings.streams, "Exports at one time")
      ->check(CLI::PositiveNumber);
  app.add_option("--only", settings.only,
                 "Measures what has this in its name; \"export\" is one");
  app.add_option("--size", settings.size, "Observations: 20k, 1m or 20m")
      ->check(CLI::IsMember({"20k", "1m", "20m"}));
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = collate::testing::bench::Run(settings);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
