// Every file of platforms and of who receives their reports, found by what is
// in it: read, with nothing refused, or refused for what it is. The files are
// the publishers' and not part of the project.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::Gt;

// Files that are no report: lists and checks that were made beside them, and
// the one document that no family reads.
const std::map<std::string, std::string> kRefused = {
    {"README.md", "NO_ADAPTER"},
    {"platform_codelist.csv", "NO_ADAPTER"},
    {"sor-daily-volumes.csv", "NO_ADAPTER"},
    {"template-crosswalk.json", "NO_ADAPTER"},
    {"vlop-h2-2025-tables-4-5-6.csv", "NO_ADAPTER"},
    {"ncmec-by-esp-2022.pdf", "DOCUMENT_REFUSED"}};

const std::map<std::string, std::string> kSources = {
    {"discord", "discord-transparency"},
    {"dsa-sor", "eu-dsa-statements"},
    {"dsa-template", "eu-dsa-template"},
    {"meta-cser", "meta-cser"},
    {"microsoft", "microsoft-digital-safety"},
    {"ncmec", "ncmec-cybertipline"},
    {"snap", "snap-transparency"},
    {"tiktok", "tiktok-cger"}};

TEST(PlatformFiles, EachIsReadOrRefusedForWhatItIs) {
  const std::string folder = SharedData("platform");
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "publishers' files are not here (set COLLATE_SHARED_DATA)";
  }
  TempDir dir;
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = dir.File("data")}));
  const auto client = ConnectTo(*daemon);
  ASSERT_NE(client, nullptr);
  int read = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::filesystem::path& path = entry.path();
    const std::string name = path.filename().string();
    const auto source = kSources.find(path.parent_path().filename().string());
    client::Submission submission = Document(
        path.string(), source == kSources.end() ? "unnamed" : source->second);
    submission.dry_run = true;
    const auto report = client->Ingest(submission, nullptr);
    if (const auto refused = kRefused.find(name); refused != kRefused.end()) {
      EXPECT_THAT(report, HasReason(refused->second)) << name;
      continue;
    }
    ASSERT_THAT(report, IsOk()) << name;
    ++read;
    for (const v1::DocumentReport& document : report->documents()) {
      std::map<std::string, uint64_t> accounts;
      for (const v1::Account& account : document.accounts()) {
        accounts[account.what()] = account.count();
      }
      EXPECT_THAT(accounts["cells_read"] + accounts["rows_read"], Gt(0u))
          << name;
      for (const v1::TableReport& table : document.tables()) {
        EXPECT_FALSE(table.refused()) << name << " " << table.id();
      }
    }
  }
  EXPECT_THAT(read, Gt(40));
}

}  // namespace
}  // namespace collate::testing
