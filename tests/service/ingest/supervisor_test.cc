#include "service/ingest/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "service/base/error.h"
#include "service/ingest/sealed_file.h"
#include "tests/testing/paths.h"
#include "tests/testing/status_matchers.h"

namespace collate::ingest {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

std::map<std::string, std::string> MetadataOf(const absl::Status& status) {
  const base::ErrorDetail detail = base::DetailOf(status);
  return {detail.metadata.begin(), detail.metadata.end()};
}

size_t OpenDescriptorCount() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

class SupervisorTest : public ::testing::Test {
 protected:
  void SetUp() override { descriptors_before_ = OpenDescriptorCount(); }

  // After every way of ending: no child is left, no descriptor is.
  void TearDown() override {
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
    EXPECT_EQ(errno, ECHILD);
    EXPECT_EQ(OpenDescriptorCount(), descriptors_before_);
  }

  static const Registry& Adapters() {
    static const Registry* const registry = new Registry(Registry::Build(
        // As if installed, so that this test needs no whole sandbox.
        {.directories = {testing::BuildPath("tests/bad_adapters")},
         .trusted_root = testing::BuildPath(""),
         .installed_directory = testing::BuildPath("tests/bad_adapters")}));
    return *registry;
  }

  static ReadJob JobFor(const AdapterEntry* adapter) {
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

  static ReadResult Read(const std::string& kind,
                         WorkerLimits limits = WorkerLimits(),
                         const ReadControl& control = {},
                         const Pairs& options = {}) {
    const AdapterEntry* adapter = Adapters().Find("bad_" + kind);
    if (adapter == nullptr) {
      return {{}, absl::NotFoundError(Adapters().Describe())};
    }
    ReadJob job = JobFor(adapter);
    job.options = *ResolveOptions(*adapter, options);
    job.manifest = {{"who", "first"}, {"who", "second"}};
    return Supervisor({.worker_path = testing::WorkerPath(), .limits = limits})
        .Read(job, control);
  }

 private:
  // Both are made by the first use, which may be in any test.
  const Registry& warm_up_ = Adapters();
  const ReadJob warm_document_ = JobFor(nullptr);
  size_t descriptors_before_ = 0;
};

TEST_F(SupervisorTest, GoodAdapterArrivesWhole) {
  const ReadResult result = Read("good", {}, {}, {{"echo", "heard"}});
  ASSERT_THAT(result.outcome, IsOk());
  const RawDocument& document = result.document;

  ASSERT_THAT(document.tables, SizeIs(1));
  EXPECT_EQ(document.tables[0].measure, "things");
  EXPECT_EQ(document.tables[0].floor, Floor::kZero);
  EXPECT_THAT(document.tables[0].extent,
              ElementsAre(Pair("period", "2017/18"), Pair("universe", "all")));

  ASSERT_THAT(document.observations, SizeIs(3));
  const RawObservation& row = document.observations[2];
  EXPECT_EQ(row.table, 0u);
  EXPECT_EQ(row.reporter, "Reporter 2");
  EXPECT_EQ(row.period_begin, 17257);
  EXPECT_EQ(row.period_end, 17622);
  EXPECT_EQ(row.period_kind, 1);
  EXPECT_EQ(row.period_text, "2017/18");
  EXPECT_EQ(row.state, vocabulary::State::kReported);
  EXPECT_THAT(row.dimensions, ElementsAre(Pair("offence", "88A"),
                                          Pair("platform", "Platform")));
  ASSERT_TRUE(row.value.has_value());
  EXPECT_EQ(row.value->mantissa, 2);
  EXPECT_FALSE(row.lower.has_value());
  EXPECT_EQ(row.raw, "2");
  EXPECT_THAT(row.notes, ElementsAre("a note"));
  EXPECT_EQ(row.locator.line, 4u);
  EXPECT_EQ(row.locator.column, 3u);
  ASSERT_THAT(row.headers, SizeIs(1));
  EXPECT_EQ(row.headers[0].line, 1u);

  ASSERT_THAT(document.diagnostics, SizeIs(1));
  EXPECT_EQ(document.diagnostics[0].reason, "READ_WELL");
  EXPECT_EQ(document.diagnostics[0].locator.sheet, "s");
  EXPECT_THAT(document.accounts, ElementsAre(Pair("rows_read", 3u)));
  ASSERT_THAT(document.attachments, SizeIs(2));
  EXPECT_EQ(document.attachments[0].content,
            "bytes=hello\nresources=resource.txt=a resource\n\nwho=first\n"
            "who=second\nmax_cells=1000\necho=heard");
  EXPECT_EQ(document.attachments[1].content, std::string(3 << 20, 'x'));
}

TEST_F(SupervisorTest, ManyRowsArriveInOrder) {
  const ReadResult result = Read("good", {}, {}, {{"rows", "25000"}});
  ASSERT_THAT(result.outcome, IsOk());
  ASSERT_THAT(result.document.observations, SizeIs(25000));
  for (int64_t n = 0; n < 25000; ++n) {
    const RawObservation& row =
        result.document.observations[static_cast<size_t>(n)];
    ASSERT_EQ(row.value->mantissa, n);
    ASSERT_EQ(row.raw, std::to_string(n));
    ASSERT_EQ(row.locator.line, static_cast<uint64_t>(n + 2));
  }
}

TEST_F(SupervisorTest, ProgressIsPassedOn) {
  std::vector<uint64_t> totals;
  ReadControl control;
  control.progress = [&](uint64_t, uint64_t total) { totals.push_back(total); };
  ASSERT_THAT(Read("good", {}, control, {{"rows", "5000"}}).outcome, IsOk());
  ASSERT_THAT(totals, Not(IsEmpty()));
  EXPECT_EQ(totals.front(), 5000u);
}

TEST_F(SupervisorTest, RefusalKeepsCodeReasonAndDiagnostics) {
  const ReadResult result = Read("refuses");
  EXPECT_THAT(result.outcome, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(result.outcome, HasReason("DOCUMENT_REFUSED"));
  EXPECT_THAT(result.outcome, MessageHas("a marker that nobody declared"));
  EXPECT_EQ(MetadataOf(result.outcome)["adapter_reason"], "UNKNOWN_MARKER");
  ASSERT_THAT(result.document.diagnostics, SizeIs(2));
  EXPECT_EQ(result.document.diagnostics[1].found, "~");
  EXPECT_EQ(result.document.diagnostics[1].locator.line, 13u);
  EXPECT_THAT(result.document.observations, IsEmpty());
  EXPECT_THAT(result.document.tables, IsEmpty());
}

// One line for each adapter that ends by itself, quickly.
struct Ending {
  const char* kind;
  absl::StatusCode code;
  const char* reason;
  const char* message;
};

class EndingTest : public SupervisorTest,
                   public ::testing::WithParamInterface<Ending> {};

TEST_P(EndingTest, EndsOneReadingWithItsOwnError) {
  const Ending& expected = GetParam();
#ifdef COLLATE_THREAD_SANITIZED
  if (absl::string_view(expected.kind) == "constructor_exits") {
    GTEST_SKIP() << "ThreadSanitizer aborts a process that ends while a "
                    "library is loaded";
  }
#endif
  const ReadResult result = Read(expected.kind);
  EXPECT_THAT(result.outcome, StatusIs(expected.code));
  EXPECT_THAT(result.outcome, HasReason(expected.reason));
  EXPECT_THAT(result.outcome, MessageHas(expected.message));
  EXPECT_EQ(MetadataOf(result.outcome)["adapter"],
            std::string("bad_") + expected.kind);
  EXPECT_EQ(MetadataOf(result.outcome)["document"], "document.csv");
  EXPECT_THAT(result.document.observations, IsEmpty());
  // And the next reading is none the worse for it.
  EXPECT_THAT(Read("good").outcome, IsOk());
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, EndingTest,
    ::testing::Values(
        Ending{"throws", absl::StatusCode::kInternal, "ADAPTER_CRASHED",
               "thrown on purpose"},
        Ending{"throws_across", absl::StatusCode::kInternal, "ADAPTER_CRASHED",
               "thrown across"},
        Ending{"aborts", absl::StatusCode::kInternal, "ADAPTER_CRASHED",
               "SIGABRT"},
        Ending{"segfaults", absl::StatusCode::kInternal, "ADAPTER_CRASHED",
               "SIGSEGV"},
        Ending{"exits", absl::StatusCode::kInternal, "ADAPTER_ENDED_EARLY",
               "exit code 0"},
        Ending{"constructor_exits", absl::StatusCode::kInternal,
               "ADAPTER_ENDED_EARLY", "exit code 0"},
        Ending{"leaves_child", absl::StatusCode::kInternal,
               "ADAPTER_ENDED_EARLY", "exit code 0"},
        Ending{"wrong_major", absl::StatusCode::kFailedPrecondition,
               "ADAPTER_ABI_MISMATCH", "ABI 2.0"},
        Ending{"null_table", absl::StatusCode::kFailedPrecondition,
               "ADAPTER_NOT_LOADABLE", "gave no table"},
        Ending{"unresolved", absl::StatusCode::kFailedPrecondition,
               "ADAPTER_NOT_LOADABLE", "collate_function_that_is_nowhere"},
        Ending{"lies", absl::StatusCode::kFailedPrecondition,
               "ADAPTER_MANIFEST_MISMATCH", "'9.9.9'"},
        Ending{"bad_enum", absl::StatusCode::kInternal,
               "ADAPTER_PROTOCOL_ERROR", "state is 99"},
        Ending{"bad_utf8", absl::StatusCode::kInternal,
               "ADAPTER_PROTOCOL_ERROR", "raw is not UTF-8"},
        Ending{"goes_on", absl::StatusCode::kInternal, "ADAPTER_PROTOCOL_ERROR",
               "was never begun"},
        Ending{"foreign_thread", absl::StatusCode::kInternal,
               "ADAPTER_PROTOCOL_ERROR", "another thread"},
        Ending{"garbage", absl::StatusCode::kInternal, "ADAPTER_PROTOCOL_ERROR",
               "a frame of"}),
    [](const auto& info) { return std::string(info.param.kind); });

TEST_F(SupervisorTest, WhatWasPrintedIsTold) {
  const ReadResult result = Read("aborts");
  EXPECT_THAT(MetadataOf(result.outcome)["stderr"],
              HasSubstr("bad_aborts was here"));
  EXPECT_EQ(MetadataOf(result.outcome)["signal"], "SIGABRT");
}

TEST_F(SupervisorTest, HangEndsAtTheWallClock) {
  const absl::Time start = absl::Now();
  const ReadResult result = Read("hangs", {.wall = absl::Milliseconds(700)});
  EXPECT_THAT(result.outcome, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(result.outcome, HasReason("ADAPTER_TIMEOUT"));
  EXPECT_THAT(result.outcome, MessageHas("700ms"));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

TEST_F(SupervisorTest, ClosedOutputIsAnEnd) {
  const absl::Time start = absl::Now();
  const ReadResult result = Read("closes_output");
  EXPECT_THAT(result.outcome, HasReason("ADAPTER_ENDED_EARLY"));
  EXPECT_THAT(result.outcome, MessageHas("closed its output"));
  EXPECT_LT(absl::Now() - start, absl::Seconds(30));
}

TEST_F(SupervisorTest, SpinEndsAtTheProcessorLimit) {
  const ReadResult result = Read("spins", {.cpu_seconds = 1});
  EXPECT_THAT(result.outcome, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(result.outcome, HasReason("ADAPTER_CPU_LIMIT"));
}

TEST_F(SupervisorTest, HoardingEndsAtTheMemoryLimit) {
#ifdef COLLATE_SANITIZED
  GTEST_SKIP() << "address space cannot be limited under a sanitizer";
#endif
  const ReadResult result = Read("allocates");
  EXPECT_THAT(result.outcome, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(result.outcome, HasReason("ADAPTER_OUT_OF_MEMORY"));
}

TEST_F(SupervisorTest, FloodOfRowsEndsAtTheRowLimit) {
  const ReadResult result = Read("floods", {.max_rows = 10'000});
  EXPECT_THAT(result.outcome, StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(result.outcome, HasReason("ADAPTER_OUTPUT_LIMIT"));
  EXPECT_THAT(result.outcome, MessageHas("10000 observations"));
}

TEST_F(SupervisorTest, FloodOfRowsEndsAtTheByteLimit) {
  const ReadResult result = Read("floods", {.output_bytes = 3 << 20});
  EXPECT_THAT(result.outcome, HasReason("ADAPTER_OUTPUT_LIMIT"));
  EXPECT_THAT(result.outcome, MessageHas("3145728 bytes"));
}

// A few bytes of frames can mean many bytes of ours.
TEST_F(SupervisorTest, FloodOfRowsEndsAtOurOwnMemory) {
  const ReadResult result = Read("floods", {.result_bytes = 8 << 20});
  EXPECT_THAT(result.outcome, HasReason("ADAPTER_OUTPUT_LIMIT"));
  EXPECT_THAT(result.outcome, MessageHas("8388608 bytes"));
}

TEST_F(SupervisorTest, FloodOnStderrEndsAtTheByteLimit) {
  const ReadResult result = Read("floods_stderr", {.output_bytes = 1 << 20});
  EXPECT_THAT(result.outcome, HasReason("ADAPTER_OUTPUT_LIMIT"));
  EXPECT_LE(MetadataOf(result.outcome)["stderr"].size(), 16384u);
}

TEST_F(SupervisorTest, CancelledReadingEndsAtOnce) {
  ReadControl control;
  int asked = 0;
  control.cancelled = [&] { return ++asked > 3; };
  const absl::Time start = absl::Now();
  const ReadResult result = Read("hangs", {}, control);
  EXPECT_THAT(result.outcome, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(result.outcome, HasReason("READ_CANCELLED"));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

// What the kernel divides processors by: the priority, and the session.
TEST_F(SupervisorTest, WorkerStandsBackLikeItsReaderInItsSession) {
  pid_t worker = -1;
  int worker_nice = -1;
  int reader_nice = -1;
  pid_t session = -1;
  pid_t group = -1;
  ReadControl control;
  control.cancelled = [&] {
    std::ifstream children("/proc/thread-self/children");
    if (!(children >> worker)) return false;
    reader_nice = getpriority(PRIO_PROCESS, 0);
    worker_nice = getpriority(PRIO_PROCESS, static_cast<id_t>(worker));
    session = getsid(worker);
    group = getpgid(worker);
    return true;
  };
  // A thread of its own, because no thread of ours can come forward again.
  std::thread([&] {
    setpriority(PRIO_PROCESS, 0, 15);
    EXPECT_THAT(Read("hangs", {}, control).outcome,
                HasReason("READ_CANCELLED"));
  }).join();
  EXPECT_EQ(reader_nice, 15);
  EXPECT_EQ(worker_nice, 15);
  // By session, kernels share out processors; by group, a worker is killed.
  EXPECT_EQ(session, getsid(0));
  EXPECT_EQ(group, worker);
}

TEST_F(SupervisorTest, ManifestMayLowerALimit) {
  AdapterEntry adapter = *Adapters().Find("bad_hangs");
  adapter.limits.wall_seconds = 1;
  const ReadResult result = Supervisor({.worker_path = testing::WorkerPath()})
                                .Read(JobFor(&adapter), {});
  EXPECT_THAT(result.outcome, HasReason("ADAPTER_TIMEOUT"));
  EXPECT_THAT(result.outcome, MessageHas("within 1s"));
}

// The loader would die of such a file by SIGBUS.
TEST_F(SupervisorTest, LibraryCutShortIsNotLoaded) {
  const AdapterEntry& good = *Adapters().Find("bad_good");
  const std::string whole = testing::ReadFile(good.library_path);
  const size_t size = whole.size();
  for (const size_t length : {size_t{0}, size_t{10}, size_t{3000},
                              size_t{16000}, size / 2, size - 1}) {
    AdapterEntry cut = good;
    cut.library = *SealedFile::Make("libcut.so", whole.substr(0, length));
    cut.sha256.clear();
    const ReadResult result = Supervisor({.worker_path = testing::WorkerPath()})
                                  .Read(JobFor(&cut), {});
    EXPECT_THAT(result.outcome, HasReason("ADAPTER_NOT_LOADABLE")) << length;
  }
}

TEST_F(SupervisorTest, LibraryThatChangedSinceItWasRegisteredIsNotLoaded) {
  AdapterEntry changed = *Adapters().Find("bad_good");
  changed.library = Adapters().Find("bad_exits")->library;
  const ReadResult result = Supervisor({.worker_path = testing::WorkerPath()})
                                .Read(JobFor(&changed), {});
  EXPECT_THAT(result.outcome, HasReason("ADAPTER_NOT_LOADABLE"));
  EXPECT_THAT(result.outcome, MessageHas("not the file that was registered"));
}

TEST_F(SupervisorTest, SuggestionNeedsAnInspector) {
  ReadJob job = JobFor(Adapters().Find("bad_good"));
  job.purpose = Purpose::kSuggest;
  const ReadResult result =
      Supervisor({.worker_path = testing::WorkerPath()}).Read(job, {});
  EXPECT_THAT(result.outcome, StatusIs(absl::StatusCode::kUnimplemented));
  EXPECT_THAT(result.outcome, HasReason("DOCUMENT_REFUSED"));
}

TEST_F(SupervisorTest, MissingWorkerIsOurOwnFault) {
  const ReadResult result =
      Supervisor({.worker_path = "/nowhere/collate-worker"})
          .Read(JobFor(Adapters().Find("bad_good")), {});
  EXPECT_THAT(result.outcome, StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(result.outcome, HasReason("WORKER_NOT_STARTED"));
  EXPECT_THAT(result.outcome, MessageHas("/nowhere/collate-worker"));
}

TEST_F(SupervisorTest, TooManyReadingsAreRefusedAtOnce) {
  const Supervisor supervisor(
      {.worker_path = testing::WorkerPath(), .max_concurrent = 1});
  ReadControl control;
  absl::Status second;
  bool tried = false;
  control.cancelled = [&] {
    if (!tried) {
      tried = true;
      second = supervisor.Read(JobFor(Adapters().Find("bad_good")), {}).outcome;
    }
    return true;
  };
  const ReadResult first =
      supervisor.Read(JobFor(Adapters().Find("bad_hangs")), control);
  EXPECT_THAT(first.outcome, HasReason("READ_CANCELLED"));
  EXPECT_THAT(second, HasReason("WORKERS_BUSY"));
  EXPECT_THAT(supervisor.Read(JobFor(Adapters().Find("bad_good")), {}).outcome,
              IsOk());
}

TEST_F(SupervisorTest, ReadingsRunSideBySide) {
  std::vector<std::thread> threads;
  std::vector<absl::Status> outcomes(12);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    threads.emplace_back([&outcomes, i] {
      const char* kind = i % 3 == 0 ? "good" : i % 3 == 1 ? "aborts" : "exits";
      ReadResult result = Read(kind, {}, {}, {{"rows", "2000"}});
      outcomes[i] = result.outcome;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (i % 3 == 0) {
      EXPECT_THAT(outcomes[i], IsOk());
    } else if (i % 3 == 1) {
      EXPECT_THAT(outcomes[i], HasReason("ADAPTER_CRASHED"));
    } else {
      EXPECT_THAT(outcomes[i], HasReason("ADAPTER_ENDED_EARLY"));
    }
  }
}

// The worker must not inherit what the service has open.
TEST_F(SupervisorTest, WorkerStartsWithDefaultSignals) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGABRT);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
  signal(SIGXCPU, SIG_IGN);
  const ReadResult spun = Read("spins", {.cpu_seconds = 1});
  signal(SIGXCPU, SIG_DFL);
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
  EXPECT_EQ(MetadataOf(spun.outcome)["signal"], "SIGXCPU");
}

TEST_F(SupervisorTest, AProbeReportsTheSandboxAndLoadsNothing) {
  const Supervisor supervisor(
      {.worker_path = testing::BuildPath("bin/collate-worker")});
  EXPECT_THAT(supervisor.sandbox(), ::testing::IsEmpty());
  ASSERT_THAT(supervisor.Probe(), IsOk());
  std::vector<std::string> names;
  for (const SandboxLayer& layer : supervisor.sandbox()) {
    names.push_back(layer.name);
  }
  EXPECT_THAT(names, ::testing::ElementsAre(
                         "limits", "namespaces", "credentials", "parent_death",
                         "no_new_privs", "landlock", "seccomp"));
}

TEST_F(SupervisorTest, AProbeWithoutAWorkerIsAnErrorAndNoReport) {
  const Supervisor supervisor({.worker_path = "/nowhere/collate-worker"});
  EXPECT_THAT(supervisor.Probe(), HasReason("WORKER_NOT_STARTED"));
  EXPECT_THAT(supervisor.sandbox(), ::testing::IsEmpty());
}

TEST_F(SupervisorTest, AdapterThatStopsWhenAskedIsToldFromOneThatGoesOn) {
  const Supervisor supervisor({.worker_path = testing::WorkerPath()});
  ReadJob job = JobFor(Adapters().Find("bad_good"));
  job.options = *ResolveOptions(*job.adapter, {});
  job.stop_at_call = 2;
  const absl::Status stopped = supervisor.Read(job, {}).outcome;
  EXPECT_THAT(stopped, HasReason("DOCUMENT_REFUSED"));
  EXPECT_THAT(stopped, StatusIs(absl::StatusCode::kCancelled));

  job = JobFor(Adapters().Find("bad_goes_on"));
  job.stop_at_call = 4;
  const absl::Status went_on = supervisor.Read(job, {}).outcome;
  EXPECT_THAT(went_on, HasReason("ADAPTER_PROTOCOL_ERROR"));
  EXPECT_THAT(went_on, MessageHas("asked to stop, it called the host 0 times "
                                  "more and returned 0"));
}

}  // namespace
}  // namespace collate::ingest
