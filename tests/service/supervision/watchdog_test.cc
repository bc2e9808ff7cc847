#include "service/supervision/watchdog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <sstream>
#include <string>

#include "service/base/clock.h"

namespace collate::supervision {
namespace {

using ::testing::HasSubstr;
using ::testing::Le;

class WatchdogTest : public ::testing::Test {
 protected:
  Watchdog::Options Options() {
    return {.limit = absl::Milliseconds(40),
            .probe =
                [this](absl::Duration timeout) {
                  const std::lock_guard<std::mutex> lock(mutex_);
                  longest_ = std::max(longest_, timeout);
                  ++probes_;
                  changed_.notify_all();
                  return answers_ ? absl::OkStatus()
                                  : absl::UnavailableError("nobody is there");
                },
            .alive =
                [this] {
                  const std::lock_guard<std::mutex> lock(mutex_);
                  ++fed_;
                  changed_.notify_all();
                },
            .log = &log_};
  }

  template <typename Condition>
  void Await(Condition condition) {
    std::unique_lock<std::mutex> lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), condition));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool answers_ = true;
  int probes_ = 0;
  int fed_ = 0;
  absl::Duration longest_;
  std::ostringstream out_;
  const base::SystemClock clock_;
  base::Log log_{out_, clock_, base::Severity::kInfo};
};

TEST_F(WatchdogTest, IsFedAgainAndAgainWhileTheServiceAnswers) {
  const Watchdog watchdog(Options());
  Await([this] { return fed_ >= 3; });
}

TEST_F(WatchdogTest, IsNotFedByAServiceThatDoesNotAnswer) {
  answers_ = false;
  {
    const Watchdog watchdog(Options());
    Await([this] { return probes_ >= 3; });
  }
  EXPECT_EQ(fed_, 0);
  // Once, not for every probe.
  EXPECT_THAT(out_.str(), HasSubstr("nobody is there"));
  EXPECT_EQ(out_.str().find("nobody is there"),
            out_.str().rfind("nobody is there"));
}

TEST_F(WatchdogTest, IsFedAnewWhenTheServiceAnswersAgain) {
  answers_ = false;
  {
    const Watchdog watchdog(Options());
    Await([this] { return probes_ >= 1; });
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      answers_ = true;
    }
    Await([this] { return fed_ >= 1; });
  }
  EXPECT_THAT(out_.str(), HasSubstr("answers itself again"));
}

TEST_F(WatchdogTest, ProbesMayNotTakeTheWholeTime) {
  {
    const Watchdog watchdog(Options());
    Await([this] { return probes_ >= 1; });
  }
  EXPECT_THAT(longest_, Le(absl::Milliseconds(10)));
}

}  // namespace
}  // namespace collate::supervision
