// What tests of attacks share: somebody else who goes on asking meanwhile, and
// what the attack costs the daemon.

#ifndef COLLATE_TESTS_INTEGRATION_UNDER_ATTACK_H_
#define COLLATE_TESTS_INTEGRATION_UNDER_ATTACK_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "collate/v1/statistics_service.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "tests/integration/end_to_end.h"
#include "tests/testing/daemon.h"
#include "tests/testing/test_scale.h"

namespace collate::testing {

// Sanitizers keep what was freed, and take many times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

inline constexpr char kAsk[] = "/collate.v1.StatisticsService/QueryStatistics";
inline constexpr char kExport[] =
    "/collate.v1.StatisticsService/ExportObservations";

// Bytes, of a line of /proc/PID/status: "VmRSS:" now, "VmHWM:" at most so far.
inline int64_t MemoryOf(pid_t id, absl::string_view line) {
  std::ifstream in(absl::StrCat("/proc/", id, "/status"));
  for (std::string text; std::getline(in, text);) {
    absl::string_view rest = text;
    int64_t kib = 0;
    if (absl::ConsumePrefix(&rest, line) && absl::ConsumeSuffix(&rest, " kB") &&
        absl::SimpleAtoi(rest, &kib)) {
      return kib << 10;
    }
  }
  ADD_FAILURE() << "no " << line << " of process " << id;
  return 0;
}

// How far the daemon's memory has grown, at most, since this was made.
class Growth {
 public:
  explicit Growth(pid_t id) : id_(id) {
    std::ofstream(absl::StrCat("/proc/", id, "/clear_refs")) << "5";
    before_ = MemoryOf(id, "VmRSS:");
  }
  int64_t mib() const { return (MemoryOf(id_, "VmHWM:") - before_) >> 20; }

 private:
  const pid_t id_;
  int64_t before_;
};

// A connection that no other channel shares.
inline std::shared_ptr<grpc::Channel> OwnChannel(const Daemon& daemon) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return grpc::CreateCustomChannel(
      daemon.address(), grpc::InsecureChannelCredentials(), arguments);
}

// Asks at a steady pace on a channel, which is 127.0.0.1's own unless another
// is given, until it is stopped. A question counts from the time when it was
// due, so that one that is held up does not hide the next.
class Asker {
 public:
  explicit Asker(const Daemon& daemon,
                 absl::Duration pace = absl::Milliseconds(10))
      : Asker(daemon.Channel(), pace) {}
  explicit Asker(const std::shared_ptr<grpc::Channel>& channel,
                 absl::Duration pace = absl::Milliseconds(10))
      : stub_(v1::StatisticsService::NewStub(channel)), pace_(pace) {
    *request_.mutable_query() = Query("88A", {"2017/18"}, kPanel);
    thread_ = std::thread([this] { Run(); });
    begun_.WaitForNotification();
  }
  ~Asker() { Stop(); }

  void Stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    std::sort(waited_.begin(), waited_.end());
  }

  // Once stopped.
  size_t asked() const { return waited_.size(); }
  const std::vector<std::string>& failures() const { return failures_; }
  absl::Duration Quantile(double share) const {
    if (waited_.empty()) return absl::InfiniteDuration();
    const auto last = static_cast<double>(waited_.size() - 1);
    return waited_[static_cast<size_t>(last * share)];
  }

 private:
  void Run() {
    for (absl::Time due = absl::Now(); !stopping_; due += pace_) {
      absl::SleepFor(due - absl::Now());
      grpc::ClientContext context;
      context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Minutes(1)));
      v1::QueryStatisticsResponse answer;
      const grpc::Status status =
          stub_->QueryStatistics(&context, request_, &answer);
      waited_.push_back(absl::Now() - due);
      if (!status.ok()) {
        failures_.push_back(status.error_message());
      } else if (answer.cells_size() != 1 ||
                 answer.cells(0).reported() != kForces) {
        failures_.push_back(answer.ShortDebugString());
      }
      if (!begun_.HasBeenNotified()) begun_.Notify();
    }
  }

  const std::unique_ptr<v1::StatisticsService::Stub> stub_;
  const absl::Duration pace_;
  v1::QueryStatisticsRequest request_;
  absl::Notification begun_;
  std::atomic<bool> stopping_ = false;
  std::vector<absl::Duration> waited_;
  std::vector<std::string> failures_;
  std::thread thread_;
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_INTEGRATION_UNDER_ATTACK_H_
