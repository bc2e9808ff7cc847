#include "service/transport/reach.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/descriptor.h"
#include "service/transport/listener.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::transport {
namespace {

using ::collate::testing::IsOk;
using ::collate::testing::StatusIs;
using ::testing::Eq;

TEST(OwnAddress, IsWhereThisMachineReachesIt) {
  EXPECT_THAT(OwnAddress("0.0.0.0:0", 7443), Eq("127.0.0.1:7443"));
  EXPECT_THAT(OwnAddress("[::]:7443", 7443), Eq("[::1]:7443"));
  EXPECT_THAT(OwnAddress("10.0.0.1:7443", 7443), Eq("10.0.0.1:7443"));
  EXPECT_THAT(OwnAddress("localhost:0", 81), Eq("localhost:81"));
  EXPECT_THAT(OwnAddress("unix:/run/collate", 0), Eq("unix:/run/collate"));
}

// Something that listens, and of which a test says what it does then.
class ReachTest : public ::testing::Test {
 protected:
  ReachTest() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(name);
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&name), size),
              0);
    EXPECT_EQ(listen(fd_.get(), 8), 0);
    EXPECT_EQ(getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&name), &size),
              0);
    address_ = absl::StrCat("127.0.0.1:", ntohs(name.sin_port));
  }

  base::Descriptor fd_;
  std::string address_;
};

TEST_F(ReachTest, ConnectionThatWaitsInTheQueueIsSilence) {
  EXPECT_THAT(Reach(address_, false, absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(Reach(address_, true, absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(ReachTest, AddressWhereNobodyListensIsUnavailable) {
  fd_.Close();
  EXPECT_THAT(Reach(address_, false, absl::Seconds(10)),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Reach("unix:/nowhere/at/all", false, absl::Seconds(10)),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ReachTest, ConnectionThatIsTurnedAwayIsAnAnswer) {
  // As the service does, which writes to callers that have gone.
  signal(SIGPIPE, SIG_IGN);
  for (const bool encrypted : {false, true}) {
    std::thread other([this] { close(accept(fd_.get(), nullptr, nullptr)); });
    EXPECT_THAT(Reach(address_, encrypted, absl::Seconds(30)), IsOk());
    other.join();
  }
}

TEST_F(ReachTest, WordIsAnAnswer) {
  std::thread other([this] {
    const base::Descriptor peer(accept(fd_.get(), nullptr, nullptr));
    EXPECT_EQ(send(peer.get(), "x", 1, 0), 1);
    char byte = 0;
    recv(peer.get(), &byte, 1, 0);  // until the other side has gone
  });
  EXPECT_THAT(Reach(address_, false, absl::Seconds(30)), IsOk());
  other.join();
}

// The listener of the service, with no room left.
TEST(ReachListener, OneWithoutRoomAnswers) {
  testing::TempDir dir;
  const std::string address = absl::StrCat("unix:", dir.File("s"));
  auto listener = Listener::Bind({.address = address, .max_connections = 1});
  ASSERT_THAT(listener, IsOk());
  std::vector<base::Descriptor> taken;  // and never spoken to
  (*listener)->Serve(
      [&taken](int, int fd, absl::string_view) { taken.emplace_back(fd); });
  // The first takes the only room; the next is turned away.
  EXPECT_THAT(Reach(address, false, absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(Reach(address, false, absl::Seconds(30)), IsOk());
  (*listener)->Stop();
}

}  // namespace
}  // namespace collate::transport
