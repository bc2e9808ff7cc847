// Holds the worker's sandbox to its promises with adapters that attack it
// (tests/adapters/hostile).

#include <errno.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/ingest/live_registry.h"
#include "service/ingest/sealed_file.h"
#include "service/ingest/supervisor.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/paths.h"
#include "tests/testing/poorer_machine.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::ingest {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::TempDir;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What ends an attack by a limit has this long to be noticed.
constexpr absl::Duration kPatience = absl::Seconds(1);
// A loaded machine, or a sanitizer, may take its time on top.
#ifdef COLLATE_SANITIZED
constexpr absl::Duration kSlack = absl::Seconds(20);
#else
constexpr absl::Duration kSlack = absl::Seconds(4);
#endif

const Registry& Adapters() {
  static const Registry* const registry = new Registry(Registry::Build(
      {.directories = {testing::BuildPath("tests/hostile_adapters")},
       .trusted_root = testing::BuildPath("")}));
  return *registry;
}

const AdapterEntry* Adapter(const std::string& kind) {
  const AdapterEntry* adapter = Adapters().Find("hostile_" + kind);
  EXPECT_NE(adapter, nullptr) << Adapters().Describe();
  return adapter;
}

ReadJob JobFor(const AdapterEntry* adapter) {
  static const std::shared_ptr<const SealedFile> document =
      *SealedFile::Make("document", "hello");
  ReadJob job;
  job.adapter = adapter;
  job.name = "document.csv";
  job.sha256 = document->sha256();
  job.byte_count = static_cast<int64_t>(document->byte_count());
  job.fd = document->fd();
  return job;
}

ReadResult Read(const std::string& kind, const WorkerLimits& limits = {},
                const std::string& path = "/nowhere") {
  ReadJob job = JobFor(Adapter(kind));
  if (job.adapter == nullptr) return {{}, absl::NotFoundError(kind)};
  job.options = {{"path", path}};
  return Supervisor({.worker_path = testing::WorkerPath(), .limits = limits})
      .Read(job, {});
}

std::string SandboxOf(const Supervisor& supervisor) {
  std::string text;
  for (const SandboxLayer& layer : supervisor.sandbox()) {
    text += layer.name + (layer.applied ? " applied " : " MISSING ") +
            layer.reason + "\n";
  }
  return text;
}

class SandboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Supervisor supervisor({.worker_path = testing::WorkerPath()});
    const ReadResult result = supervisor.Read(JobFor(Adapter("obeys")), {});
    if (base::DetailOf(result.outcome).reason == "SANDBOX_INCOMPLETE") {
      GTEST_SKIP() << "this machine lacks a layer:\n" << SandboxOf(supervisor);
    }
    ASSERT_THAT(result.outcome, IsOk());
  }

  // The service goes on, and no process of the attack is left.
  void TearDown() override {
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
    EXPECT_EQ(errno, ECHILD);
  }
};

TEST_F(SandboxTest, EveryLayerIsReported) {
  Supervisor supervisor({.worker_path = testing::WorkerPath()});
  EXPECT_THAT(supervisor.sandbox(), IsEmpty());
  ASSERT_THAT(supervisor.Read(JobFor(Adapter("obeys")), {}).outcome, IsOk());
  std::vector<std::string> names;
  for (const SandboxLayer& layer : supervisor.sandbox()) {
    names.push_back(layer.name);
  }
  EXPECT_THAT(names,
              ElementsAre("limits", "namespaces", "credentials", "parent_death",
                          "no_new_privs", "landlock", "seccomp"));
  EXPECT_THAT(supervisor.sandbox(), Each(Field(&SandboxLayer::applied, true)))
      << SandboxOf(supervisor);
}

// Attacks that are over at once: the adapter itself says how they went.
class HeldTest : public SandboxTest,
                 public ::testing::WithParamInterface<const char*> {};

TEST_P(HeldTest, AttackFailsAndTheReadingEndsWell) {
  const TempDir dir;
  std::filesystem::permissions(dir.path(), std::filesystem::perms::all);
  const std::string path = dir.Write("bait", "still here");
  const absl::Time start = absl::Now();
  const ReadResult result = Read(GetParam(), {}, path);
  EXPECT_THAT(result.outcome, IsOk());
  ASSERT_THAT(result.document.diagnostics, SizeIs(1));
  EXPECT_EQ(result.document.diagnostics[0].reason, "HELD");
  EXPECT_NE(result.document.diagnostics[0].message, "no error");
  EXPECT_LT(absl::Now() - start, kPatience + kSlack);
  // Seen from outside, whatever the adapter says.
  EXPECT_EQ(testing::ReadFile(path), "still here");
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

INSTANTIATE_TEST_SUITE_P(
    Attacks, HeldTest,
    ::testing::Values(
        "obeys", "starts_threads", "inet_socket", "unix_socket", "forks",
        "vforks", "executes", "kills_parent", "kills_group", "traces_parent",
        "signals_by_pipe", "unshares", "raises_limits", "maps_writable_code",
        "makes_code_executable", "makes_memory_file", "reads_passwd",
        "reads_parent_memory", "writes_own_memory", "lists_root",
        "writes_temporary_file", "removes_file", "truncates_document",
        "constructor_inet_socket", "constructor_unix_socket",
        "constructor_forks", "constructor_executes", "fork_bomb"),
    [](const auto& info) { return std::string(info.param); });

// Attacks that have to be ended.
struct Ended {
  const char* kind;
  const char* reason;
  const char* message;
  // Long where another limit has to be met first, on however busy a machine.
  int wall_seconds = 60;
};

void PrintTo(const Ended& ended, std::ostream* out) { *out << ended.kind; }

WorkerLimits SmallLimits(int wall_seconds) {
  WorkerLimits limits;
  limits.cpu_seconds = 1;
  limits.wall = absl::Seconds(wall_seconds);
  limits.output_bytes = 4 << 20;
  limits.memory_bytes = int64_t{256} << 20;
  return limits;
}

class EndedTest : public SandboxTest,
                  public ::testing::WithParamInterface<Ended> {};

TEST_P(EndedTest, AttackEndsOneReadingWithinItsLimit) {
  const Ended& expected = GetParam();
#ifdef COLLATE_SANITIZED
  if (std::string(expected.kind) == "allocates") {
    GTEST_SKIP() << "address space cannot be limited under a sanitizer";
  }
#endif
  const absl::Time start = absl::Now();
  const ReadResult result =
      Read(expected.kind, SmallLimits(expected.wall_seconds));
  const absl::Duration took = absl::Now() - start;
  EXPECT_THAT(result.outcome, HasReason(expected.reason));
  EXPECT_THAT(result.outcome, MessageHas(expected.message));
  EXPECT_THAT(result.document.observations, IsEmpty());
  EXPECT_LT(took, absl::Seconds(expected.wall_seconds) + kPatience);
  EXPECT_THAT(Read("obeys").outcome, IsOk());
}

INSTANTIATE_TEST_SUITE_P(
    Attacks, EndedTest,
    ::testing::Values(
        Ended{"allocates", "ADAPTER_OUT_OF_MEMORY", ""},
        Ended{"spins", "ADAPTER_CPU_LIMIT", "1 seconds"},
        Ended{"ignores_cpu_signal", "ADAPTER_CPU_LIMIT", "1 seconds"},
        Ended{"sleeps", "ADAPTER_TIMEOUT", "within 1s", 1},
        Ended{"overflows_stack", "ADAPTER_CRASHED", "SIGSEGV"},
        Ended{"exits", "ADAPTER_ENDED_EARLY", "exit code 0"},
        Ended{"floods", "ADAPTER_OUTPUT_LIMIT", "4194304"},
        Ended{"floods_stderr", "ADAPTER_OUTPUT_LIMIT", "4194304"},
        Ended{"forges_trailer", "ADAPTER_PROTOCOL_ERROR", "digest"},
        Ended{"forges_rows", "ADAPTER_PROTOCOL_ERROR", "digest"},
        Ended{"forges_hello", "ADAPTER_PROTOCOL_ERROR", "a second hello"},
        Ended{"forges_garbage", "ADAPTER_PROTOCOL_ERROR", "a frame of"}),
    [](const auto& info) { return std::string(info.param.kind); });

struct Machine {
  const char* layer;
  long lacks;
};

void PrintTo(const Machine& machine, std::ostream* out) {
  *out << machine.layer;
}

class IncompleteTest : public SandboxTest,
                       public ::testing::WithParamInterface<Machine> {
 protected:
  // What reading with `adapter` comes to on the poorer machine: 0 for the
  // expected end, else the number of what was not as expected.
  static int OutcomeOf(const AdapterEntry& adapter, const Machine& machine,
                       const std::string& reason) {
    const pid_t child = fork();
    if (child == 0) {
      testing::ForbidSystemCall(machine.lacks);
      Supervisor supervisor({.worker_path = testing::WorkerPath()});
      const ReadResult result = supervisor.Read(JobFor(&adapter), {});
      if (base::DetailOf(result.outcome).reason != reason) {
        std::fprintf(stderr, "%s\n", result.outcome.ToString().c_str());
        _exit(1);
      }
      const bool named =
          reason.empty() ||
          std::string(result.outcome.message()).find(machine.layer) !=
              std::string::npos;
      if (!named) _exit(2);
      for (const SandboxLayer& layer : supervisor.sandbox()) {
        if (layer.applied != (layer.name != machine.layer)) _exit(3);
        if (!layer.applied && layer.reason.empty()) _exit(4);
      }
      if (supervisor.sandbox().empty()) _exit(5);
      // What a probe has seen is enough to tell beforehand.
      const Supervisor probing({.worker_path = testing::WorkerPath()});
      if (!probing.Probe().ok()) _exit(6);
      const absl::Status admitted = probing.Admits(adapter);
      _exit(base::DetailOf(admitted).reason == reason ? 0 : 7);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
  }
};

TEST_P(IncompleteTest, OnlyAdaptersOfTheInstallationAreRead) {
  AdapterEntry adapter = *Adapter("obeys");
  adapter.installed = false;
  EXPECT_EQ(OutcomeOf(adapter, GetParam(), "SANDBOX_INCOMPLETE"), 0);
  adapter.installed = true;
  EXPECT_EQ(OutcomeOf(adapter, GetParam(), ""), 0);
}

// Not a byte of its code runs: its constructor would end the process.
TEST_P(IncompleteTest, ForeignAdapterIsNotEvenLoaded) {
  AdapterEntry adapter = *Adapter("constructor_forks");
  adapter.installed = false;
  EXPECT_EQ(OutcomeOf(adapter, GetParam(), "SANDBOX_INCOMPLETE"), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Machines, IncompleteTest,
    ::testing::Values(Machine{"namespaces", SYS_unshare},
                      Machine{"credentials", SYS_capset},
                      Machine{"landlock", SYS_landlock_create_ruleset},
                      Machine{"seccomp", SYS_seccomp}),
    [](const auto& info) { return std::string(info.param.layer); });

class QuarantineTest : public SandboxTest {
 protected:
  absl::Status Run(const std::string& kind) {
    return supervisor_.Read(JobFor(Adapter(kind)), {}).outcome;
  }

  testing::FakeClock clock_;
  Supervisor supervisor_{
      {.worker_path = testing::WorkerPath(), .clock = &clock_}};
};

TEST_F(QuarantineTest, ThreeDeathsAreEnough) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Run("exits"), HasReason("ADAPTER_ENDED_EARLY")) << i;
  }
  EXPECT_THAT(Run("exits"), HasReason("ADAPTER_QUARANTINED"));
  // Time does not heal it, and nobody else suffers.
  clock_.Advance(absl::Hours(24));
  EXPECT_THAT(Run("exits"), HasReason("ADAPTER_QUARANTINED"));
  EXPECT_THAT(Run("obeys"), IsOk());
  EXPECT_THAT(supervisor_.Admits(*Adapter("exits")),
              HasReason("ADAPTER_QUARANTINED"));
  EXPECT_THAT(supervisor_.Admits(*Adapter("obeys")), IsOk());
  EXPECT_THAT(supervisor_.LiftQuarantine(),
              ElementsAre(Adapter("exits")->sha256));
  EXPECT_THAT(supervisor_.Admits(*Adapter("exits")), IsOk());
  EXPECT_THAT(Run("exits"), HasReason("ADAPTER_ENDED_EARLY"));
  // One death is no quarantine, and forgotten all the same.
  EXPECT_THAT(supervisor_.LiftQuarantine(), IsEmpty());
}

TEST_F(QuarantineTest, AReloadReleasesAndSaysSo) {
  LiveRegistry live(
      {.directories = {testing::BuildPath("tests/hostile_adapters")},
       .trusted_root = testing::BuildPath("")},
      &supervisor_);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Run("exits"), HasReason("ADAPTER_ENDED_EARLY")) << i;
  }
  ASSERT_THAT(Run("exits"), HasReason("ADAPTER_QUARANTINED"));
  EXPECT_THAT(live.Reload(),
              ElementsAre(AllOf(
                  Field(&AdapterChange::adapter, "hostile_exits"),
                  Field(&AdapterChange::kind, AdapterChangeKind::kReleased))));
  EXPECT_THAT(Run("exits"), HasReason("ADAPTER_ENDED_EARLY"));
}

TEST_F(QuarantineTest, DeathsFarApartDoNotAddUp) {
  for (int i = 0; i < 6; ++i) {
    EXPECT_THAT(Run("exits"), HasReason("ADAPTER_ENDED_EARLY")) << i;
    clock_.Advance(absl::Minutes(6));
  }
}

TEST_F(QuarantineTest, GoodEndsCountForNothing) {
  for (int i = 0; i < 5; ++i) EXPECT_THAT(Run("obeys"), IsOk()) << i;
}

// What a whole reading of nothing costs, for the record.
TEST_F(SandboxTest, CostOfAReading) {
  const Supervisor supervisor({.worker_path = testing::WorkerPath()});
  std::vector<double> milliseconds;
  for (int i = 0; i < 20; ++i) {
    const absl::Time start = absl::Now();
    ASSERT_THAT(supervisor.Read(JobFor(Adapter("obeys")), {}).outcome, IsOk());
    milliseconds.push_back(absl::ToDoubleMilliseconds(absl::Now() - start));
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::printf(
      "measured: spawn, sandbox, load, read, exit: median %.1f ms, "
      "least %.1f ms, most %.1f ms\n",
      milliseconds[10], milliseconds.front(), milliseconds.back());
  EXPECT_LT(milliseconds.front(), 2000);
}

}  // namespace
}  // namespace collate::ingest
