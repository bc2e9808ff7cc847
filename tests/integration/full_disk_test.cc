// A real file system that is really full, which takes a loop device: skipped,
// visibly, where nothing may be mounted.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "absl/cleanup/cleanup.h"
#include "service/base/error.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

using ::testing::Contains;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Pair;

class FullDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string image = dir_.Write("image", "");
    std::filesystem::resize_file(image, 24 << 20);
    std::filesystem::create_directory(disk_);
    std::string why = "only root may mount";
    mounted_ = geteuid() == 0 &&
               Done({"/sbin/mkfs.ext4", "-q", "-m", "0", image}, &why) &&
               Done({"/bin/mount", "-o", "loop", image, disk_}, &why);
    if (!mounted_) GTEST_SKIP() << "no file system of its own: " << why;
  }

  ~FullDisk() override {
    std::string ignored;
    if (mounted_) Done({"/bin/umount", "--lazy", disk_}, &ignored);
  }

  // Whether `command` did what it is for.
  bool Done(const std::vector<std::string>& command, std::string* why) const {
    const std::string err = dir_.File("err");
    auto process = Process::Spawn(command, {}, dir_.File("out"), err);
    if (!process.ok()) {
      *why = process.status().ToString();
      return false;
    }
    const absl::StatusOr<int> code = process->Wait(absl::Seconds(60));
    if (code.ok() && *code == 0) return true;
    *why = absl::StrCat(command[0], ": ", ReadFile(err));
    return false;
  }

  // Leaves so much room and no more.
  void Fill(int64_t room) const {
    // What an earlier one has left is counted, too.
    std::filesystem::remove(disk_ + "/filler");
    std::ofstream filler(disk_ + "/filler", std::ios::binary | std::ios::app);
    const std::string piece(4096, 'x');
    while (filler.write(piece.data(), 4096).flush()) {
    }
    filler.close();
    const auto size = std::filesystem::file_size(disk_ + "/filler");
    std::filesystem::resize_file(disk_ + "/filler",
                                 size - static_cast<uint64_t>(room));
  }
  void MakeRoom() const { std::filesystem::remove(disk_ + "/filler"); }

  static client::Submission Edition(int year) {
    client::Submission submission = HomeOffice(Excerpt());
    submission.release.clear_publish_time_unknown();
    submission.release.mutable_publish_time()->set_seconds(absl::ToUnixSeconds(
        absl::FromCivil(absl::CivilYear(year), absl::UTCTimeZone())));
    return submission;
  }

  const TempDir dir_;
  const std::string disk_ = dir_.File("disk");
  bool mounted_ = false;
};

TEST_F(FullDisk, ServesAnswersRefusesReleasesAndRecoversWithoutARestart) {
  COLLATE_ASSERT_OK_AND_ASSIGN(auto daemon,
                               Daemon::Start({.data = disk_ + "/data"}));
  const auto client = ConnectTo(*daemon);
  ASSERT_THAT(client->Ingest(HomeOffice(Excerpt()), nullptr), IsOk());
  const v1::StatisticsQuery query = Query("88A", {"2017/18"}, kPanel);
  int refused = 0;
  int published = 1;
  int year = 2000;
  // From no room at all to enough for all that a release writes.
  for (const int64_t room : {0, 4, 16, 48, 96, 160, 256, 512, 4096}) {
    SCOPED_TRACE(absl::StrCat("with ", room, " KiB left"));
    Fill(room << 10);
    const auto report = client->Ingest(Edition(++year), nullptr);
    bool kept = report.ok();
    if (!report.ok()) {
      ++refused;
      const base::ErrorDetail detail = base::DetailOf(report.status());
      // Where the very last write finds no room, nobody knows what of it is on
      // the disk.
      if (detail.reason == "COMMIT_OUTCOME_UNKNOWN") {
        EXPECT_THAT(detail.metadata, Contains(Pair("cause", "DISK_FULL")));
        const auto releases = client->ListReleases("sources/-");
        ASSERT_THAT(releases, IsOk());
        kept = releases->size() > static_cast<size_t>(published);
      } else {
        EXPECT_THAT(report, StatusIs(absl::StatusCode::kResourceExhausted));
        EXPECT_THAT(detail.reason, Eq("DISK_FULL"));
      }
    }
    if (kept) ++published;
    // New questions too, whose answers have names that cannot be kept.
    EXPECT_THAT(Number(*client, query), IsOkAndHolds(Eq(kForces)));
    EXPECT_THAT(client->Query(By(Query("88A", {"2017/18 Q1"}, kPanel),
                                 year % 2 == 0 ? "reporter" : "offence"),
                              v1::VIEW_CITED),
                IsOk());
    EXPECT_THAT(client->ListReleases("sources/-"),
                IsOkAndHolds(::testing::SizeIs(published)));
    const CliResult check = daemon->RunCli({"admin", "check"});
    EXPECT_THAT(check.exit_code, Eq(0)) << check.out << check.err;
    MakeRoom();
    const auto again = client->Ingest(Edition(year), nullptr);
    ASSERT_THAT(again, IsOk());
    EXPECT_THAT(again->already_loaded(), Eq(kept));
    if (!kept) ++published;
  }
  std::cout << "measured: " << refused << " releases refused by a full disk"
            << std::endl;
  EXPECT_GE(refused, 1);

  // What was acknowledged on the way is there after a crash on a disk that has
  // room for hardly more than the start, which shares some memory in files.
  Fill(96 << 10);
  daemon->Kill();
  COLLATE_ASSERT_OK_AND_ASSIGN(daemon,
                               Daemon::Start({.data = disk_ + "/data"}));
  const auto after = ConnectTo(*daemon);
  EXPECT_THAT(Number(*after, query), IsOkAndHolds(Eq(kForces)));
  EXPECT_THAT(after->ListReleases("sources/-"),
              IsOkAndHolds(::testing::SizeIs(published)));
  Fill(0);
  EXPECT_THAT(after->Ingest(Edition(1999), nullptr),
              StatusIs(absl::StatusCode::kResourceExhausted));
  MakeRoom();
  EXPECT_THAT(after->Ingest(Edition(1999), nullptr), IsOk());
  const CliResult check = daemon->RunCli({"admin", "check"});
  EXPECT_THAT(check.out, HasSubstr("clean\n")) << check.err;
  EXPECT_THAT(daemon->Terminate(), Eq(0));
}

}  // namespace
}  // namespace collate::testing
