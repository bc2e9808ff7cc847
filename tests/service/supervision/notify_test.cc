#include "service/supervision/notify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "service/base/descriptor.h"
#include "tests/testing/temp_dir.h"

namespace collate::supervision {
namespace {

using ::testing::AllOf;
using ::testing::Eq;
using ::testing::HasSubstr;

// Stands in the manager's place.
class NotifyTest : public ::testing::Test {
 protected:
  NotifyTest() : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    const std::string path = dir_.File("notify");
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof(name.sun_path) - 1);
    EXPECT_EQ(
        bind(fd_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)),
        0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~NotifyTest() override {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
  }

  // What was told; empty when nothing was.
  std::string Heard() {
    std::string text(4096, '\0');
    const ssize_t n = recv(fd_.get(), text.data(), text.size(), 0);
    text.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return text;
  }

  testing::TempDir dir_;
  base::Descriptor fd_;
};

TEST_F(NotifyTest, ReadySaysWhereItServes) {
  NotifyReady("serving at 127.0.0.1:1");
  EXPECT_THAT(Heard(), AllOf(HasSubstr("READY=1"),
                             HasSubstr("STATUS=serving at 127.0.0.1:1")));
}

TEST_F(NotifyTest, StoppingAndAliveAreTold) {
  NotifyStopping();
  EXPECT_THAT(Heard(), HasSubstr("STOPPING=1"));
  NotifyAlive();
  EXPECT_THAT(Heard(), Eq("WATCHDOG=1"));
}

TEST_F(NotifyTest, WithoutAManagerNothingIsTold) {
  unsetenv("NOTIFY_SOCKET");
  NotifyReady("serving");
  EXPECT_THAT(Heard(), Eq(""));
}

TEST_F(NotifyTest, LimitIsTheManagersAndForThisProcessOnly) {
  EXPECT_EQ(WatchdogLimit(), std::nullopt);
  setenv("WATCHDOG_USEC", "60000000", 1);
  setenv("WATCHDOG_PID", absl::StrCat(getpid()).c_str(), 1);
  EXPECT_EQ(WatchdogLimit(), absl::Seconds(60));
  setenv("WATCHDOG_PID", "1", 1);
  EXPECT_EQ(WatchdogLimit(), std::nullopt);
}

}  // namespace
}  // namespace collate::supervision
