#include "service/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/fake_clock.h"

namespace collate::base {
namespace {

using ::collate::testing::FakeClock;
using nlohmann::json;

std::vector<json> Lines(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(json::parse(line));
  }
  return lines;
}

class LogTest : public ::testing::Test {
 protected:
  FakeClock clock_{absl::FromUnixMillis(1500)};
  std::ostringstream out_;
  Log log_{out_, clock_, Severity::kInfo};
};

TEST_F(LogTest, ALineHoldsTimeSeverityEventRequestAndFields) {
  log_.Info("release published",
            {{"release", std::string("r1")}, {"rows", 8}, {"again", false}},
            "q7");
  EXPECT_EQ(out_.str(),
            "{\"time\":\"1970-01-01T00:00:01.500Z\",\"severity\":\"INFO\","
            "\"event\":\"release published\",\"request_id\":\"q7\","
            "\"release\":\"r1\",\"rows\":8,\"again\":false}\n");
}

TEST_F(LogTest, NumbersKeepTheirExactValue) {
  log_.Info("n", {{"min", std::numeric_limits<int64_t>::min()},
                  {"max", std::numeric_limits<uint64_t>::max()},
                  {"half", 0.5}});
  const json line = Lines(out_.str()).at(0);
  EXPECT_EQ(line["min"], std::numeric_limits<int64_t>::min());
  EXPECT_EQ(line["max"], std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(line["half"], 0.5);
}

TEST_F(LogTest, QuotesLineBreaksAndControlsStayInsideOneLine) {
  const std::string odd = "a\"b\\c\nd\r\te\x01 \x7f";
  log_.Warning("odd", {{"text", odd}, {odd, 1}});
  const std::vector<json> lines = Lines(out_.str());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["text"], odd);
  EXPECT_EQ(lines[0][odd], 1);
}

TEST_F(LogTest, InvalidUtf8BecomesTheReplacementCharacter) {
  log_.Error("bad \xff event", {{"k\xc3", "v\xe2\x82"}}, "\x80");
  const json line = Lines(out_.str()).at(0);
  EXPECT_EQ(line["event"], "bad \xef\xbf\xbd event");
  EXPECT_EQ(line["request_id"], "\xef\xbf\xbd");
  EXPECT_EQ(line["k\xef\xbf\xbd"], "v\xef\xbf\xbd");
}

TEST_F(LogTest, NoFieldReplacesAnother) {
  log_.Info("e", {{"event", "mine"}, {"a", 1}, {"a", 2}});
  const json line = Lines(out_.str()).at(0);
  EXPECT_EQ(line["event"], "e");
  EXPECT_EQ(line["event_"], "mine");
  EXPECT_EQ(line["a"], 1);
  EXPECT_EQ(line["a_"], 2);
}

TEST_F(LogTest, LinesBelowTheMinimumAreNotWritten) {
  log_.Debug("quiet");
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(log_.lost_count(), 0u);
}

TEST_F(LogTest, LinesOfSeveralThreadsNeverMix) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 200; ++i) {
        log_.Info("tick", {{"thread", t}, {"i", i}});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Lines(out_.str()).size(), 800u);
}

TEST(LogFdTest, WritesWholeLinesToADescriptor) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  FakeClock clock;
  Log log(ends[1], clock, Severity::kDebug);
  log.Debug("one", {{"k", "v"}});
  close(ends[1]);
  char buffer[512];
  const ssize_t n = read(ends[0], buffer, sizeof buffer);
  close(ends[0]);
  ASSERT_GT(n, 0);
  const std::vector<json> lines = Lines(std::string(buffer, n));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["k"], "v");
}

TEST(LogFdTest, AReaderThatStoppedReadingDoesNotStopTheWriter) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const FakeClock clock;
  Log log(ends[1], clock, Severity::kInfo);
  // Nobody reads; more than any pipe holds.
  const std::string filler(1000, 'x');
  for (int i = 0; i < 5000; ++i) log.Info("e", {{"filler", filler}});
  EXPECT_GT(log.lost_count(), 0);
  close(ends[0]);
  close(ends[1]);
}

TEST(LogFdTest, LostLinesAreCounted) {
  FakeClock clock;
  Log log(-1, clock, Severity::kInfo);
  log.Info("nobody listens");
  EXPECT_EQ(log.lost_count(), 1u);
}

}  // namespace
}  // namespace collate::base
