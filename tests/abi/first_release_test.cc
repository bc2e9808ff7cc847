// An adapter that was compiled against the first released header is read with
// and served by today's service.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/base/digest.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::Eq;

TEST(FirstRelease, HeaderIsTheOneThatWasReleased) {
  EXPECT_THAT(
      base::Sha256Hex(ReadFile(SourcePath("tests/abi/adapter_v1_0.h"))),
      Eq("d82623b1766be25f982039067014ac74b16dddb84a5ab74ed01b52d2a2849968"));
}

TEST(FirstRelease, AdapterIsLoadedAndServed) {
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(
      auto daemon,
      Daemon::Start({.data = dir.File("data"),
                     .adapters = {BuildPath("tests/abi_adapters")}}));
  const CliResult ingested = daemon->RunCli(
      {"ingest", dir.Write("a.lines", "Kent 182\nSurrey 97\n"), "--source",
       "somebody", "--published", "unknown", "--synthetic", "--strict"});
  ASSERT_THAT(ingested.exit_code, Eq(0)) << ingested.out << ingested.err;
  auto client = ConnectTo(*daemon);
  ASSERT_NE(client, nullptr);
  v1::StatisticsQuery query = Query("88A", {"2023/24"}, "");
  Filter(query, "reporter", {"kent", "surrey"});
  EXPECT_THAT(Number(*client, query), IsOkAndHolds(Eq(279)));
  EXPECT_THAT(daemon->Terminate(), Eq(0));
}

}  // namespace
}  // namespace collate::testing
