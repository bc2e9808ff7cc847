// What one connection may begin, by a clock that stands still, and what gRPC
// makes of a refusal.

#include "service/api/flood_guard.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "collate/v1/operations_service.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace collate::api {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::Eq;
using ::testing::Gt;
using ::testing::HasSubstr;

const absl::Time kStart = absl::FromUnixSeconds(1767225600);
constexpr uint64_t kOne = 1;
constexpr uint64_t kTwo = 2;
constexpr absl::Duration kWindow = absl::Milliseconds(100);

// How many of `calls` at one time are refused.
int CountRefused(FloodGuard& guard, int calls, bool ours, absl::Time now,
                 uint64_t connection = kOne) {
  int refused = 0;
  for (int i = 0; i < calls; ++i) {
    refused += guard.IsTooMany(connection, ours, now);
  }
  return refused;
}

TEST(FloodGuardTest, ABurstMayBeginAndOneMoreIsRefusedForASecond) {
  FloodGuard guard(20000);
  EXPECT_THAT(CountRefused(guard, 2000, true, kStart), Eq(0));
  EXPECT_THAT(CountRefused(guard, 1, true, kStart + absl::Milliseconds(99)),
              Eq(1));
  EXPECT_TRUE(guard.IsTooMany(kOne, true, kStart + absl::Milliseconds(1098)));
  EXPECT_THAT(
      CountRefused(guard, 2000, true, kStart + absl::Milliseconds(1099)),
      Eq(0));
}

TEST(FloodGuardTest, WhoKeepsToItsPaceIsNeverRefused) {
  FloodGuard guard(20000);
  for (int window = 0; window < 30; ++window) {
    EXPECT_THAT(CountRefused(guard, 2000, true, kStart + window * kWindow),
                Eq(0));
  }
}

TEST(FloodGuardTest, OfOthersMethodsLessMayBeginAndTheRefusalIsOfAll) {
  FloodGuard guard(20000);
  EXPECT_THAT(CountRefused(guard, 100, false, kStart), Eq(0));
  EXPECT_FALSE(guard.IsTooMany(kOne, true, kStart));
  EXPECT_TRUE(guard.IsTooMany(kOne, false, kStart));
  EXPECT_TRUE(guard.IsTooMany(kOne, true, kStart));
  EXPECT_FALSE(guard.IsTooMany(kOne, true, kStart + absl::Seconds(1)));
}

TEST(FloodGuardTest, EachConnectionIsCountedByItself) {
  FloodGuard guard(20000);
  EXPECT_THAT(CountRefused(guard, 3000, true, kStart), Eq(1000));
  EXPECT_THAT(CountRefused(guard, 2000, true, kStart, kTwo), Eq(0));
}

TEST(FloodGuardTest, WhereAnAddressMayBeginMoreSoMayAConnection) {
  FloodGuard guard(50000);
  EXPECT_THAT(CountRefused(guard, 5001, true, kStart), Eq(1));
  FloodGuard few(10);
  EXPECT_THAT(CountRefused(few, 2001, true, kStart), Eq(1));
}

TEST(FloodGuardTest, AClockThatGoesBackRefusesNobodyForLong) {
  FloodGuard guard(20000);
  EXPECT_THAT(CountRefused(guard, 2001, true, kStart), Eq(1));
  const absl::Time earlier = kStart - absl::Hours(1);
  EXPECT_FALSE(guard.IsTooMany(kOne, true, earlier));
  EXPECT_THAT(CountRefused(guard, 2000, true, earlier), Eq(1));
}

// Connections come and go by the thousand.
TEST(FloodGuardTest, NothingIsKeptOfConnectionsThatWereSilentForASecond) {
  FloodGuard guard(20000);
  for (int second = 0; second < 10; ++second) {
    const absl::Time now = kStart + absl::Seconds(second);
    for (uint64_t i = 0; i < 1000; i += second % 2 + 1) {
      guard.IsTooMany(i, true, now);
    }
    EXPECT_THAT(guard.connection_count(), Eq(second % 2 == 0 ? 1000u : 500u));
  }
}

// A refusal lasts, whatever is swept meanwhile.
TEST(FloodGuardTest, WhoIsRefusedIsKept) {
  FloodGuard guard(20000);
  guard.IsTooMany(kTwo, true, kStart - absl::Milliseconds(500));
  EXPECT_THAT(CountRefused(guard, 2001, true, kStart), Eq(1));
  guard.IsTooMany(kTwo, true, kStart + absl::Milliseconds(600));
  EXPECT_TRUE(guard.IsTooMany(kOne, true, kStart + absl::Milliseconds(601)));
}

TEST(FloodGuardTest, WhoeverIsToBeRefusedIsForASecond) {
  FloodGuard guard(20000);
  EXPECT_FALSE(guard.IsTooMany(kOne, true, kStart));
  guard.Refuse(kOne, kStart);
  EXPECT_TRUE(guard.IsTooMany(kOne, true, kStart));
  EXPECT_FALSE(guard.IsTooMany(kTwo, true, kStart));
  EXPECT_TRUE(guard.IsTooMany(kOne, true, kStart + absl::Milliseconds(999)));
  EXPECT_FALSE(guard.IsTooMany(kOne, true, kStart + absl::Seconds(1)));
}

TEST(FloodGuardTest, OnlyPeersOfASocketAreRefusedByTheirNames) {
  FloodGuard guard(20000);
  EXPECT_TRUE(guard.Refuse("unix:1", kStart));
  EXPECT_TRUE(guard.IsTooMany(kOne, true, kStart));
  for (const char* other : {"ipv4:127.0.0.1:2", "unix:", "unix:/2", "2", ""}) {
    EXPECT_FALSE(guard.Refuse(other, kStart)) << other;
  }
  EXPECT_FALSE(guard.IsTooMany(kTwo, true, kStart));
}

class GuardedServer : public ::testing::Test {
 protected:
  GuardedServer() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", MakePlaintextCredentials(guard_),
                             &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
  }

  // A connection that no other channel shares.
  std::shared_ptr<grpc::Channel> Connect() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port_),
                                     grpc::InsecureChannelCredentials(),
                                     arguments);
  }

  // So many calls at once of a method that there is not.
  static std::vector<grpc::Status> Call(
      const std::shared_ptr<grpc::Channel>& channel, int calls) {
    struct One {
      grpc::ClientContext context;
      grpc::ByteBuffer response;
      grpc::Status status;
    };
    grpc::GenericStub stub(channel);
    const grpc::Slice nothing("");
    const grpc::ByteBuffer request(&nothing, 1);
    std::vector<One> all(static_cast<size_t>(calls));
    absl::BlockingCounter left(calls);
    for (One& one : all) {
      stub.UnaryCall(&one.context, "/a.B/C", {}, &request, &one.response,
                     [&one, &left](grpc::Status status) {
                       one.status = std::move(status);
                       left.DecrementCount();
                     });
    }
    left.Wait();
    std::vector<grpc::Status> outcomes;
    for (One& one : all) outcomes.push_back(std::move(one.status));
    return outcomes;
  }
  static grpc::StatusCode CallOnce(
      const std::shared_ptr<grpc::Channel>& channel) {
    return Call(channel, 1)[0].error_code();
  }

  const std::shared_ptr<FloodGuard> guard_ =
      std::make_shared<FloodGuard>(20000);
  v1::OperationsService::Service service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(GuardedServer, TellsWhoBeginsTooManyToComeAgainAndServesOthers) {
  const auto flood = Connect();
  const auto other = Connect();
  int refused = 0;
  for (const grpc::Status& status : Call(flood, 3000)) {
    ASSERT_THAT(status.error_code(),
                AnyOf(grpc::StatusCode::UNIMPLEMENTED,
                      grpc::StatusCode::RESOURCE_EXHAUSTED))
        << status.error_message();
    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) continue;
    ++refused;
    EXPECT_THAT(status.error_message(), HasSubstr("again in a second"));
  }
  EXPECT_THAT(refused, Gt(0));
  EXPECT_THAT(CallOnce(other), Eq(grpc::StatusCode::UNIMPLEMENTED));
  const absl::Time began = absl::Now();
  while (CallOnce(flood) == grpc::StatusCode::RESOURCE_EXHAUSTED &&
         absl::Now() - began < absl::Seconds(30)) {
  }
  EXPECT_THAT(CallOnce(flood), Eq(grpc::StatusCode::UNIMPLEMENTED));
}

}  // namespace
}  // namespace collate::api
