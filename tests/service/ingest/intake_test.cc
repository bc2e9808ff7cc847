#include "service/ingest/intake.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "service/base/digest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::ingest {
namespace {

using ::testing::ElementsAre;
using testing::HasReason;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::MessageHas;
using ::testing::Pair;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr int64_t kLimit = 1 << 20;

ReleaseManifest Manifest(const std::string& source = "src") {
  ReleaseManifest manifest;
  manifest.source = source;
  return manifest;
}

absl::Status Header(Intake* intake, const std::string& name,
                    const std::string& bytes, Pairs manifest = {}) {
  return intake->BeginDocument(
      name, "text/csv", static_cast<int64_t>(bytes.size()),
      base::Sha256Hex(bytes), std::move(manifest), kLimit);
}

// Sends one whole document.
absl::Status Send(Intake* intake, const std::string& name,
                  const std::string& bytes, Pairs manifest = {}) {
  const absl::Status begun = Header(intake, name, bytes, std::move(manifest));
  return begun.ok() ? intake->Append(bytes) : begun;
}

TEST(IntakeTest, DocumentsArriveAsTheyWereSent) {
  Intake intake;
  ReleaseManifest manifest = Manifest();
  manifest.options = {{"b", "2"}, {"a", "1"}};
  ASSERT_THAT(intake.Begin(manifest), IsOk());
  ASSERT_THAT(Header(&intake, "a.csv", "one,two\n",
                     {{"z", "3"}, {"a", "2"}, {"a", "1"}}),
              IsOk());
  ASSERT_THAT(intake.Append("one,"), IsOk());
  ASSERT_THAT(intake.Append(""), IsOk());
  ASSERT_THAT(intake.Append("two\n"), IsOk());
  ASSERT_THAT(Send(&intake, "empty.csv", ""), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const Submission submission, intake.End());
  EXPECT_EQ(submission.manifest.source, "src");
  EXPECT_THAT(submission.manifest.options,
              ElementsAre(Pair("a", "1"), Pair("b", "2")));
  ASSERT_THAT(submission.documents, SizeIs(2));
  const ReceivedDocument& document = submission.documents[0];
  EXPECT_EQ(document.name(), "a.csv");
  EXPECT_EQ(document.media_type(), "text/csv");
  EXPECT_EQ(document.byte_count(), 8);
  EXPECT_EQ(document.sha256(), base::Sha256Hex("one,two\n"));
  EXPECT_THAT(document.manifest(),
              ElementsAre(Pair("a", "2"), Pair("a", "1"), Pair("z", "3")));
  EXPECT_THAT(document.ReadAt(0, 100), IsOkAndHolds("one,two\n"));
  EXPECT_THAT(document.ReadAt(4, 3), IsOkAndHolds("two"));
  EXPECT_THAT(document.ReadAt(8, 3), IsOkAndHolds(""));
  EXPECT_THAT(document.ReadAt(9, 3), IsOkAndHolds(""));
  EXPECT_THAT(document.ReadAt(-1, 3),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(submission.documents[1].ReadAt(0, 1), IsOkAndHolds(""));
}

TEST(IntakeTest, NobodyCanChangeWhatWasReceived) {
  Intake intake;
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  ASSERT_THAT(Send(&intake, "a.csv", "bytes"), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const Submission submission, intake.End());
  const int fd = submission.documents[0].fd();
  EXPECT_EQ(fcntl(fd, F_GET_SEALS),
            F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  EXPECT_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
  EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(pwrite(fd, "x", 1, 0), -1);
  const int again =
      open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDWR | O_CLOEXEC);
  if (again >= 0) {
    EXPECT_EQ(pwrite(again, "x", 1, 0), -1);
    EXPECT_EQ(ftruncate(again, 0), -1);
    close(again);
  }
  EXPECT_THAT(submission.documents[0].ReadAt(0, 10), IsOkAndHolds("bytes"));
}

TEST(IntakeTest, LargeDocumentsGoToAnUnlinkedFile) {
  testing::TempDir directory;
  Intake intake({.memory_limit = 4, .temporary_directory = directory.path()});
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  ASSERT_THAT(Send(&intake, "a.csv", "12345"), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(const Submission submission, intake.End());
  const int fd = submission.documents[0].fd();
  struct stat file = {};
  ASSERT_EQ(fstat(fd, &file), 0);
  EXPECT_EQ(file.st_nlink, 0u);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  EXPECT_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
  EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(pwrite(fd, "x", 1, 0), -1);
  EXPECT_THAT(submission.documents[0].ReadAt(0, 10), IsOkAndHolds("12345"));
}

TEST(IntakeTest, StorageThatIsNotThereIsTold) {
  Intake intake(
      {.memory_limit = 0, .temporary_directory = "/nonexistent/folder"});
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  const absl::Status status = Header(&intake, "a.csv", "12345");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(status, HasReason("INTAKE_STORAGE"));
}

TEST(IntakeTest, TooLargeNamesTheLimitBeforeAByteIsSent) {
  Intake intake;
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  const absl::Status status = intake.BeginDocument(
      "a.csv", "", 11, base::Sha256Hex(""), {}, /*limit=*/10);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(status, HasReason("DOCUMENT_TOO_LARGE"));
  EXPECT_THAT(status, MessageHas("limit is 10 bytes"));
}

TEST(IntakeTest, OtherBytesAreRefused) {
  Intake intake;
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  ASSERT_THAT(Header(&intake, "a.csv", "sent"), IsOk());
  ASSERT_THAT(intake.Append("cent"), IsOk());
  const absl::Status status = intake.End().status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(status, HasReason("DIGEST_MISMATCH"));
  EXPECT_THAT(status, MessageHas("a.csv"));
}

TEST(IntakeTest, MoreBytesThanSaidAreRefusedAtOnce) {
  Intake intake;
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  ASSERT_THAT(Header(&intake, "a.csv", "four"), IsOk());
  EXPECT_THAT(intake.Append("fours"), HasReason("SIZE_MISMATCH"));
}

TEST(IntakeTest, FewerBytesThanSaidAreRefused) {
  Intake intake;
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  ASSERT_THAT(Header(&intake, "a.csv", "four"), IsOk());
  ASSERT_THAT(intake.Append("fou"), IsOk());
  const absl::Status status = Header(&intake, "b.csv", "next");
  EXPECT_THAT(status, HasReason("SIZE_MISMATCH"));
  EXPECT_THAT(status, MessageHas("3 of 4"));
}

TEST(IntakeTest, NegativeSizeIsRefused) {
  Intake intake;
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  EXPECT_THAT(intake.BeginDocument("a", "", -1, base::Sha256Hex(""), {}, 10),
              HasReason("SIZE_MISMATCH"));
}

TEST(IntakeTest, DigestIsHexOfEitherCase) {
  Intake intake;
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  std::string upper = base::Sha256Hex("");
  for (char& c : upper) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  EXPECT_THAT(intake.BeginDocument("a.csv", "", 0, upper, {}, 10), IsOk());
  EXPECT_THAT(intake.BeginDocument("b.csv", "", 0, "abc", {}, 10),
              HasReason("INVALID_DIGEST"));
}

TEST(IntakeTest, PartsOutOfOrderAreRefused) {
  {
    Intake intake;
    EXPECT_THAT(Header(&intake, "a.csv", "x"), HasReason("INVALID_STREAM"));
  }
  {
    Intake intake;
    EXPECT_THAT(intake.Append("x"), HasReason("INVALID_STREAM"));
  }
  {
    Intake intake;
    EXPECT_THAT(intake.End(), HasReason("INVALID_STREAM"));
  }
  {
    Intake intake;
    ASSERT_THAT(intake.Begin(Manifest()), IsOk());
    EXPECT_THAT(intake.Begin(Manifest()), HasReason("INVALID_STREAM"));
  }
  {
    Intake intake;
    ASSERT_THAT(intake.Begin(Manifest()), IsOk());
    EXPECT_THAT(intake.Append("x"), HasReason("INVALID_STREAM"));
  }
  {
    Intake intake;
    ASSERT_THAT(intake.Begin(Manifest()), IsOk());
    const auto end = intake.End();
    EXPECT_THAT(end, HasReason("INVALID_STREAM"));
    EXPECT_THAT(end, MessageHas("no document"));
  }
  {
    Intake intake;
    ASSERT_THAT(intake.Begin(Manifest()), IsOk());
    ASSERT_THAT(Send(&intake, "a.csv", "x"), IsOk());
    ASSERT_THAT(intake.End(), IsOk());
    EXPECT_THAT(intake.End(), HasReason("INVALID_STREAM"));
  }
}

TEST(IntakeTest, RefusedStreamStaysRefused) {
  Intake intake;
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  ASSERT_THAT(Header(&intake, "../a.csv", "x"), HasReason("INVALID_NAME"));
  EXPECT_THAT(Header(&intake, "a.csv", "x"), HasReason("INVALID_STREAM"));
  EXPECT_THAT(intake.Begin(Manifest()), HasReason("INVALID_STREAM"));
  EXPECT_THAT(intake.End(), HasReason("INVALID_STREAM"));
}

TEST(IntakeTest, NamesAreFileNamesAlone) {
  for (const std::string& name : std::vector<std::string>{
           "", ".", "..", "a/b.csv", "/a.csv", "a\\b.csv",
           std::string("a\0b", 3), "a\nb", "a\x7f", std::string(256, 'a')}) {
    Intake intake;
    ASSERT_THAT(intake.Begin(Manifest()), IsOk());
    EXPECT_THAT(Header(&intake, name, "x"), HasReason("INVALID_NAME")) << name;
  }
  for (const std::string& name :
       std::vector<std::string>{"a", ".hidden", "a b (1).csv",
                                "Zur\xc3\xbc"
                                "ck.csv",
                                std::string(255, 'a')}) {
    Intake intake;
    ASSERT_THAT(intake.Begin(Manifest()), IsOk());
    EXPECT_THAT(Header(&intake, name, "x"), IsOk()) << name;
  }
}

TEST(IntakeTest, SourceIdsAreChecked) {
  for (const char* source : {"", "a", "A-b", "a/b", "a b"}) {
    Intake intake;
    EXPECT_THAT(intake.Begin(Manifest(source)), HasReason("INVALID_SOURCE"));
  }
}

TEST(IntakeTest, OptionTwiceIsRefused) {
  Intake intake;
  ReleaseManifest manifest = Manifest();
  manifest.options = {{"a", "1"}, {"a", "2"}};
  EXPECT_THAT(intake.Begin(manifest), HasReason("REPEATED_OPTION"));
}

TEST(IntakeTest, DocumentTwiceIsRefused) {
  Intake intake;
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  ASSERT_THAT(Send(&intake, "a.csv", "x"), IsOk());
  EXPECT_THAT(Send(&intake, "a.csv", "y"), HasReason("DUPLICATE_DOCUMENT"));

  Intake other;
  ASSERT_THAT(other.Begin(Manifest()), IsOk());
  ASSERT_THAT(Send(&other, "a.csv", "x", {{"reporter", "Kent"}}), IsOk());
  // Two reporters may well send the same bytes.
  ASSERT_THAT(Send(&other, "b.csv", "x", {{"reporter", "Sussex"}}), IsOk());
  EXPECT_THAT(Send(&other, "c.csv", "x", {{"reporter", "Kent"}}),
              HasReason("DUPLICATE_DOCUMENT"));
}

TEST(IntakeTest, MovedDocumentClosesItsFileOnce) {
  Intake intake;
  ASSERT_THAT(intake.Begin(Manifest()), IsOk());
  ASSERT_THAT(Send(&intake, "a.csv", "x"), IsOk());
  ASSERT_THAT(Send(&intake, "b.csv", "y"), IsOk());
  COLLATE_ASSERT_OK_AND_ASSIGN(Submission submission, intake.End());
  const int first = submission.documents[0].fd();
  const int second = submission.documents[1].fd();
  {
    ReceivedDocument moved = std::move(submission.documents[0]);
    EXPECT_EQ(submission.documents[0].fd(), -1);
    moved = std::move(submission.documents[1]);
    EXPECT_EQ(fcntl(first, F_GETFD), -1) << "the replaced one is closed";
    EXPECT_THAT(moved.ReadAt(0, 9), IsOkAndHolds("y"));
  }
  EXPECT_EQ(fcntl(second, F_GETFD), -1);
}

}  // namespace
}  // namespace collate::ingest
