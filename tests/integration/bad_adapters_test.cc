// A bad adapter ends one ingestion with a typed error, and nothing else:
// queries beside it go on, and the next ingestion works.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <thread>

#include "service/base/error.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::Eq;
using ::testing::Gt;

struct BadAdapter {
  const char* id;
  const char* reason;
};

void PrintTo(const BadAdapter& adapter, std::ostream* out) {
  *out << adapter.id;
}

class BadAdapters : public ::testing::TestWithParam<BadAdapter> {};

TEST_P(BadAdapters, EndsItsIngestionAndNothingElse) {
  TempDir dir;
  // Small limits, so that what never ends is ended soon. On a busy machine the
  // one on the wall must not end what another limit is for.
  const bool hangs = GetParam().reason == std::string("ADAPTER_TIMEOUT");
  const std::string config =
      dir.Write("config.textproto",
                absl::StrCat("worker { wall_seconds: ", hangs ? 5 : 60,
                             " cpu_seconds: 2 memory_bytes: 268435456 "
                             "output_bytes: 8388608 }"));
  COLLATE_ASSERT_OK_AND_ASSIGN(
      auto daemon, Daemon::Start({.data = dir.File("data"),
                                  .adapters = {BuildPath("tests/bad_adapters")},
                                  .config = config}));
  const auto client = ConnectTo(*daemon);
  ASSERT_NE(client, nullptr);
  ASSERT_THAT(client->Ingest(HomeOffice(Excerpt()), nullptr), IsOk());

  std::atomic<bool> done = false;
  std::atomic<int> answered = 0;
  std::atomic<int> wrong = 0;
  std::thread questions([&] {
    const auto beside = ConnectTo(*daemon);
    do {
      const auto number = Number(*beside, Query("88A", {"2017/18"}, kPanel));
      if (number.ok() && *number == kForces) {
        ++answered;
      } else {
        ++wrong;
      }
    } while (!done);
  });
  client::Submission submission = Document(
      dir.Write(std::string(GetParam().id) + ".txt", "anything"), "somebody");
  submission.release.set_adapter(GetParam().id);
  const auto report = client->Ingest(submission, nullptr);
  done = true;
  questions.join();

  EXPECT_THAT(report, HasReason(GetParam().reason));
  EXPECT_THAT(wrong, Eq(0));
  EXPECT_THAT(answered, Gt(0));
  // Nothing of it is visible, and the daemon takes the next one.
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                               client->ListReleases("sources/-"));
  EXPECT_THAT(releases.size(), Eq(1));
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto again,
                               client->Ingest(HomeOffice(Excerpt()), nullptr));
  EXPECT_TRUE(again.already_loaded());
  EXPECT_THAT(daemon->Terminate(), Eq(0));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadAdapters,
    ::testing::Values(BadAdapter{"bad_throws", "ADAPTER_CRASHED"},
                      BadAdapter{"bad_aborts", "ADAPTER_CRASHED"},
                      BadAdapter{"bad_segfaults", "ADAPTER_CRASHED"},
                      BadAdapter{"bad_hangs", "ADAPTER_TIMEOUT"},
                      BadAdapter{"bad_exits", "ADAPTER_ENDED_EARLY"},
                      BadAdapter{"bad_floods", "ADAPTER_OUTPUT_LIMIT"},
                      BadAdapter{"bad_wrong_major", "ADAPTER_ABI_MISMATCH"},
                      BadAdapter{"bad_lies", "ADAPTER_MANIFEST_MISMATCH"},
                      BadAdapter{"bad_bad_utf8", "ADAPTER_PROTOCOL_ERROR"},
                      BadAdapter{"bad_refuses", "DOCUMENT_REFUSED"}),
    [](const auto& info) { return std::string(info.param.id); });

}  // namespace
}  // namespace collate::testing
