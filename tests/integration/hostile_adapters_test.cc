// Every adapter that attacks (tests/adapters/hostile) is given documents by way
// of one real daemon, which has to be the same process at the end and serve.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "service/base/error.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Lt;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

// The limits of a worker. That on the wall is long beside that on processor
// time, which a busy machine gives slowly.
#ifdef COLLATE_SANITIZED
constexpr int kWallSeconds = 40;
#else
constexpr int kWallSeconds = 10;
#endif
constexpr absl::Duration kWithin = absl::Seconds(kWallSeconds + 1);

// How a reading has to end. What comes to an end by itself reads nothing, and
// tells of each attempt that it failed.
struct Attack {
  const char* kind;
  const char* reason = "NOTHING_KEPT";
  bool slow = false;  // only at a limit of time
};

constexpr Attack kAttacks[] = {
    {"obeys"},
    {"starts_threads"},
    {"inet_socket"},
    {"unix_socket"},
    {"forks"},
    {"vforks"},
    {"executes"},
    {"kills_parent"},
    {"kills_group"},
    {"traces_parent"},
    {"signals_by_pipe"},
    {"unshares"},
    {"raises_limits"},
    {"maps_writable_code"},
    {"makes_code_executable"},
    {"makes_memory_file"},
    {"reads_passwd"},
    {"reads_parent_memory"},
    {"writes_own_memory"},
    {"lists_root"},
    {"writes_temporary_file"},
    {"removes_file"},
    {"truncates_document"},
    {"constructor_inet_socket"},
    {"constructor_unix_socket"},
    {"constructor_forks"},
    {"constructor_executes"},
    {"fork_bomb"},
#ifndef COLLATE_SANITIZED  // which leaves address space without a limit
    {"allocates", "ADAPTER_OUT_OF_MEMORY"},
#endif
    {"spins", "ADAPTER_CPU_LIMIT", true},
    {"ignores_cpu_signal", "ADAPTER_CPU_LIMIT", true},
    {"sleeps", "ADAPTER_TIMEOUT", true},
    {"overflows_stack", "ADAPTER_CRASHED"},
    {"exits", "ADAPTER_ENDED_EARLY"},
    {"floods", "ADAPTER_OUTPUT_LIMIT"},
    {"floods_stderr", "ADAPTER_OUTPUT_LIMIT"},
    {"forges_trailer", "ADAPTER_PROTOCOL_ERROR"},
    {"forges_rows", "ADAPTER_PROTOCOL_ERROR"},
    {"forges_hello", "ADAPTER_PROTOCOL_ERROR"},
    {"forges_garbage", "ADAPTER_PROTOCOL_ERROR"},
};

bool Dies(const Attack& attack) {
  return absl::StartsWith(attack.reason, "ADAPTER_");
}

std::string Id(const Attack& attack) {
  return absl::StrCat("hostile_", attack.kind);
}

// Processes whose parent is `parent`, each as "number (name) state".
std::vector<std::string> ChildrenOf(pid_t parent) {
  std::vector<std::string> children;
  for (const std::string& name : NamesIn("/proc")) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream stat("/proc/" + name + "/stat");
    std::string line;
    if (!std::getline(stat, line)) continue;  // it has ended meanwhile
    char state = 0;
    int of = -1;
    const size_t end = line.rfind(')');
    if (end != std::string::npos &&
        std::sscanf(line.c_str() + end + 1, " %c %d", &state, &of) == 2 &&
        of == parent) {
      children.push_back(line.substr(0, end + 3));
    }
  }
  return children;
}

// Anonymous files that a process holds: of documents, jobs and libraries.
size_t MemoryFilesOf(pid_t process) {
  size_t count = 0;
  std::error_code error;
  for (const auto& entry :
       fs::directory_iterator(absl::StrCat("/proc/", process, "/fd"))) {
    const fs::path target = fs::read_symlink(entry.path(), error);
    if (absl::StartsWith(target.string(), "/memfd:")) ++count;
  }
  return count;
}

class HostileAdapters : public ::testing::Test {
 protected:
  void SetUp() override {
    // What a worker leaves behind becomes a child of this process.
    ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    fs::create_directory(dir_.File("bait"));
    fs::permissions(dir_.File("bait"), fs::perms::all);
    bait_ = dir_.Write("bait/file", "still here");
    document_ = dir_.Write("document.csv", "hello");
    auto daemon = Daemon::Start(
        {.data = dir_.File("data"),
         .adapters = {BuildPath("tests/hostile_adapters")},
         .config = dir_.Write(
             "config.textproto",
             absl::StrCat("worker { cpu_seconds: 1 memory_bytes: 268435456 "
                          "output_bytes: 4194304 wall_seconds: ",
                          kWallSeconds, " }"))});
    ASSERT_THAT(daemon, IsOk());
    daemon_ = *std::move(daemon);
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
    const auto status = client_->GetServiceStatus();
    ASSERT_THAT(status, IsOk());
    if (!status->sandbox_complete()) {
      GTEST_SKIP() << "further adapters are refused here: "
                   << status->adapter_policy();
    }
  }

  void TearDown() override {
    daemon_.reset();
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a process is left";
    EXPECT_EQ(errno, ECHILD);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
  }

  absl::Status Ingest(const Attack& attack) {
    client::Submission submission = Document(document_, "somebody");
    submission.release.set_adapter(Id(attack));
    v1::KeyValue& option = *submission.release.add_options();
    option.set_key("path");
    option.set_value(bait_);
    const absl::Time start = absl::Now();
    const absl::Status status = client_->Ingest(submission, nullptr).status();
    took_ = absl::Now() - start;
    return status;
  }

  // What `collate status` says of each adapter: its state, by id.
  std::map<std::string, std::string> States() {
    const CliResult cli = daemon_->RunCli({"status", "--format", "csv"});
    EXPECT_THAT(cli.exit_code, Eq(0)) << cli.err;
    std::map<std::string, std::string> states;
    for (const absl::string_view line : absl::StrSplit(cli.out, '\n')) {
      const std::vector<std::string> fields = absl::StrSplit(line, ',');
      if (fields.size() >= 3 && fields[0] == "adapter") {
        states[fields[1]] = std::string(absl::StripAsciiWhitespace(fields[2]));
      }
    }
    return states;
  }

  // Nothing of an attack is to be seen from outside, whatever it says.
  void ExpectNoTrace() {
    EXPECT_EQ(ReadFile(bait_), "still here");
    EXPECT_THAT(NamesIn(dir_.File("bait")), ElementsAre("file"));
    EXPECT_THAT(ChildrenOf(daemon_->id()), IsEmpty());
    EXPECT_THAT(ChildrenOf(getpid()), SizeIs(1)) << "the daemon alone";
    EXPECT_THAT(client_->CheckHealth(), IsOk());
  }

  TempDir dir_;
  std::string bait_;
  std::string document_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
  absl::Duration took_;  // the last Ingest()
};

// The list above is the whole of what was built.
TEST_F(HostileAdapters, NoneIsForgotten) {
  std::vector<std::string> expected;
  for (const Attack& attack : kAttacks) expected.push_back(Id(attack));
#ifdef COLLATE_SANITIZED
  expected.push_back("hostile_allocates");
#endif
  EXPECT_THAT(NamesIn(BuildPath("tests/hostile_adapters")),
              UnorderedElementsAreArray(expected));
}

TEST_F(HostileAdapters, EachEndsItsReadingAndTheServiceGoesOn) {
  const pid_t before = daemon_->id();
  const size_t memory_files = MemoryFilesOf(before);
  for (const Attack& attack : kAttacks) {
    SCOPED_TRACE(attack.kind);
    const absl::Status status = Ingest(attack);
    EXPECT_THAT(status, HasReason(attack.reason));
    EXPECT_THAT(status.ToString(), Not(HasSubstr("ESCAPED")));
    if (!Dies(attack)) {
      const base::ErrorDetail detail = base::DetailOf(status);
      EXPECT_THAT(detail.metadata,
                  Contains(Pair("errors", AllOf(HasSubstr("HELD"),
                                                Not(HasSubstr("no error"))))));
    }
    EXPECT_THAT(took_, Lt(kWithin));
    if (Dies(attack)) {
      std::printf("measured: %s ends with %s after %s\n", attack.kind,
                  attack.reason, absl::FormatDuration(took_).c_str());
    }
    ExpectNoTrace();
  }
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto releases,
                               client_->ListReleases("sources/-"));
  EXPECT_THAT(releases, IsEmpty());
  EXPECT_THAT(MemoryFilesOf(before), Eq(memory_files));

  // The good adapter of the installation, beside them all.
  EXPECT_THAT(client_->Ingest(HomeOffice(Excerpt()), nullptr), IsOk());
  EXPECT_THAT(Number(*client_, Query("88A", {"2017/18"}, kPanel)),
              IsOkAndHolds(Eq(kForces)));
  EXPECT_THAT(daemon_->id(), Eq(before));
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

TEST_F(HostileAdapters, ThoseThatKeepDyingAreInQuarantineUntilAReload) {
  std::vector<Attack> deadly;
  for (const Attack& attack : kAttacks) {
    if (Dies(attack) && !attack.slow) deadly.push_back(attack);
  }
  for (const Attack& attack : deadly) {
    SCOPED_TRACE(attack.kind);
    for (int death = 1; death <= 3; ++death) {
      EXPECT_THAT(Ingest(attack), HasReason(attack.reason)) << death;
    }
    EXPECT_THAT(Ingest(attack), HasReason("ADAPTER_QUARANTINED"));
  }
  ExpectNoTrace();

  const auto shut = States();
  const CliResult reload = daemon_->RunCli({"adapters", "reload"});
  EXPECT_THAT(reload.exit_code, Eq(0)) << reload.err;
  const auto open = States();
  for (const Attack& attack : deadly) {
    SCOPED_TRACE(attack.kind);
    const std::string id = Id(attack);
    EXPECT_THAT(shut, Contains(Pair(id, "in quarantine")));
    EXPECT_THAT(reload.out, HasSubstr(id + "  "));
    EXPECT_THAT(open, Contains(Pair(id, "ready")));
    EXPECT_THAT(Ingest(attack), HasReason(attack.reason));
  }
  EXPECT_THAT(shut, Contains(Pair("hostile_obeys", "ready")));
  EXPECT_THAT(reload.out, Not(HasSubstr("hostile_obeys ")));
  EXPECT_THAT(daemon_->Terminate(), Eq(0));
}

}  // namespace
}  // namespace collate::testing
