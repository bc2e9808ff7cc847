#include "service/transport/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/base/descriptor.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::transport {
namespace {

using ::collate::base::Descriptor;
using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::TempDir;

// Keeps what it is handed, as gRPC does.
class Keeper {
 public:
  Listener::Taker taker() {
    return [this](int, int fd, absl::string_view) {
      std::lock_guard lock(mutex_);
      taken_.emplace_back(fd);
      changed_.notify_all();
    };
  }
  void Await(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return taken_.size() >= count; });
  }
  void Drop() {
    std::lock_guard lock(mutex_);
    taken_.clear();
  }
  size_t count() {
    std::lock_guard lock(mutex_);
    return taken_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Descriptor> taken_;
};

Descriptor Connect(int port) {
  Descriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0)
      << strerror(errno);
  return fd;
}

std::string PeerOf(const Descriptor& fd) {
  sockaddr_in own{};
  socklen_t size = sizeof(own);
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &size);
  return absl::StrCat("ipv4:127.0.0.1:", ntohs(own.sin_port));
}

// Whether the other side ends the connection, within a minute.
bool IsClosed(const Descriptor& fd) {
  pollfd waiting = {fd.get(), POLLIN, 0};
  if (poll(&waiting, 1, 60000) != 1) return false;
  char byte;
  return recv(fd.get(), &byte, 1, 0) <= 0;
}

bool IsOpen(const Descriptor& fd) {
  pollfd waiting = {fd.get(), POLLIN, 0};
  return poll(&waiting, 1, 0) == 0;
}

std::unique_ptr<Listener> Listen(Listener::Options options, Keeper& keeper) {
  auto listener = Listener::Bind(std::move(options));
  EXPECT_THAT(listener, IsOk());
  (*listener)->Serve(keeper.taker());
  return *std::move(listener);
}

TEST(ListenerTest, HandsConnectionsOver) {
  Keeper keeper;
  const auto listener = Listen({.address = "127.0.0.1:0"}, keeper);
  const Descriptor one = Connect(listener->port());
  const Descriptor two = Connect(listener->port());
  keeper.Await(2);
  EXPECT_EQ(listener->live_count(), 2);
  EXPECT_TRUE(IsOpen(one));
}

TEST(ListenerTest, ClosesWhatIsTooMuchAtOnceAndTakesOthersLater) {
  Keeper keeper;
  std::atomic<int64_t> refused{0};
  const auto listener =
      Listen({.address = "127.0.0.1:0",
              .max_connections = 2,
              .refused = [&](int64_t count) { refused += count; }},
             keeper);
  const Descriptor one = Connect(listener->port());
  const Descriptor two = Connect(listener->port());
  keeper.Await(2);
  EXPECT_TRUE(IsClosed(Connect(listener->port())));
  EXPECT_TRUE(IsOpen(one));
  keeper.Drop();
  const Descriptor later = Connect(listener->port());
  keeper.Await(1);
  EXPECT_TRUE(IsOpen(later));
  // Told by the time that it has counted the next one.
  while (refused == 0) {
    const Descriptor again = Connect(listener->port());
  }
  EXPECT_GE(refused, 1);
}

TEST(ListenerTest, OneAddressMayNotTakeAllPlaces) {
  Keeper keeper;
  const auto listener = Listen({.address = "127.0.0.1:0",
                                .max_connections = 100,
                                .max_connections_per_address = 1},
                               keeper);
  const Descriptor one = Connect(listener->port());
  keeper.Await(1);
  EXPECT_TRUE(IsClosed(Connect(listener->port())));
  EXPECT_EQ(listener->live_count(), 1);
}

TEST(ListenerTest, EndsAConnectionByItsPeer) {
  Keeper keeper;
  const auto listener = Listen({.address = "127.0.0.1:0"}, keeper);
  const Descriptor one = Connect(listener->port());
  const Descriptor two = Connect(listener->port());
  keeper.Await(2);
  listener->Disconnect(PeerOf(one));
  EXPECT_TRUE(IsClosed(one));
  EXPECT_TRUE(IsOpen(two));
  listener->Disconnect("ipv4:127.0.0.1:1");
  EXPECT_TRUE(IsOpen(two));
}

// The very thing after which gRPC's own listener never accepts again.
TEST(ListenerTest, GoesOnAfterDescriptorsRanOut) {
  Keeper keeper;
  const auto listener = Listen({.address = "127.0.0.1:0"}, keeper);
  const Descriptor before = Connect(listener->port());
  keeper.Await(1);
  {
    // One for this side of a connection, none for the other.
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlimit tight = limit;
    // The lowest number that is free is given out next.
    Descriptor next(dup(before.get()));
    tight.rlim_cur = static_cast<rlim_t>(next.get()) + 1;
    next.Close();
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
    const Descriptor refused = Connect(listener->port());
    EXPECT_TRUE(IsClosed(refused));
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  const Descriptor after = Connect(listener->port());
  keeper.Await(2);
  EXPECT_TRUE(IsOpen(after));
  EXPECT_TRUE(IsOpen(before));
}

TEST(ListenerTest, LeavesDescriptorsForTheServiceItself) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  rlimit tight = limit;
  tight.rlim_cur = 128;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  const auto listener =
      Listener::Bind({.address = "127.0.0.1:0", .max_connections = 1000});
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  ASSERT_THAT(listener, IsOk());
  EXPECT_LT((*listener)->max_connections(), 80);
  EXPECT_GE((*listener)->max_connections(), 8);
}

TEST(ListenerTest, AnAddressInUseIsRefused) {
  Keeper keeper;
  const auto first = Listen({.address = "127.0.0.1:0"}, keeper);
  EXPECT_THAT(
      Listener::Bind({.address = absl::StrCat("127.0.0.1:", first->port())}),
      HasReason("CANNOT_LISTEN"));
}

TEST(ListenerTest, WhatIsNoAddressIsRefused) {
  for (const char* address :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
        "192.0.2.1:0", "unix:", "no host:1"}) {
    EXPECT_THAT(Listener::Bind({.address = address}),
                HasReason("CANNOT_LISTEN"))
        << address;
  }
  EXPECT_THAT(Listener::Bind({.address = "unix:/" + std::string(200, 'x')}),
              HasReason("CANNOT_LISTEN"));
}

TEST(ListenerTest, ASocketFileThatWasLeftBehindIsTakenOver) {
  TempDir dir;
  const std::string address = "unix:" + dir.File("socket");
  {
    Keeper keeper;
    const auto first = Listen({.address = address}, keeper);
    EXPECT_THAT(Listener::Bind({.address = address}),
                HasReason("CANNOT_LISTEN"));
    EXPECT_EQ(first->port(), 0);
  }
  Keeper keeper;
  EXPECT_THAT(Listener::Bind({.address = address}), IsOk());
}

TEST(ListenerTest, AFileThatIsNoSocketIsLeftAlone) {
  TempDir dir;
  const std::string path = dir.Write("file", "kept");
  EXPECT_THAT(Listener::Bind({.address = "unix:" + path}),
              HasReason("CANNOT_LISTEN"));
  EXPECT_EQ(access(path.c_str(), F_OK), 0);
}

TEST(ListenerTest, StopsWhileNobodyConnects) {
  Keeper keeper;
  auto listener = Listen({.address = "127.0.0.1:0"}, keeper);
  const int port = listener->port();
  listener->Stop();
  listener->Stop();
  // Free again.
  EXPECT_THAT(Listener::Bind({.address = absl::StrCat("127.0.0.1:", port)}),
              IsOk());
}

TEST(LocalAddressTest, OnlyLoopbackAndSocketsAreLocal) {
  for (const char* local : {"127.0.0.1:7443", "127.8.0.1:0", "[::1]:7443",
                            "localhost:1", "unix:/run/collate.sock"}) {
    EXPECT_TRUE(IsLocalAddress(local)) << local;
  }
  for (const char* remote : {"0.0.0.0:7443", "[::]:7443", "192.0.2.1:7443",
                             ":7443", "", "no host:1"}) {
    EXPECT_FALSE(IsLocalAddress(remote)) << remote;
  }
}

}  // namespace
}  // namespace collate::transport
