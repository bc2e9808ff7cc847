#include "service/api/operations_handlers.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/service/api/published_world.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/paths.h"
#include "tests/testing/poorer_machine.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace collate::api {
namespace {

using ::collate::testing::BuildPath;
using ::collate::testing::FakeClock;
using ::collate::testing::IsOk;
using ::collate::testing::PublishedWorld;
using ::collate::testing::TempDir;
using ::collate::testing::ThreeReporters;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Keeps what it is given.
class Collector final : public Writer<v1::CheckStoreResponse> {
 public:
  absl::Status Write(v1::CheckStoreResponse part) override {
    parts.push_back(std::move(part));
    return absl::OkStatus();
  }
  void TryWrite(v1::CheckStoreResponse part) override {
    parts.push_back(std::move(part));
  }

  std::vector<v1::CheckStoreResponse> parts;
};

class OperationsHandlersTest : public ::testing::Test {
 protected:
  OperationsHandlers Handlers(const absl::Status& probe = absl::OkStatus()) {
    return OperationsHandlers({.publisher = &world_.publisher(),
                               .store = &world_.store(),
                               .answers = book_.get(),
                               .registry = &registry_,
                               .supervisor = &supervisor_,
                               .log = &log_,
                               .clock = &clock_,
                               .version = "1.2.3",
                               .probe = probe});
  }

  v1::ServiceStatus Status(const absl::Status& probe = absl::OkStatus()) {
    const auto response = Handlers(probe).GetServiceStatus(context_, {});
    EXPECT_THAT(response, IsOk());
    return response.ok() ? response->status() : v1::ServiceStatus();
  }

  FakeClock clock_;
  CallContext context_{clock_};
  std::ostringstream log_text_;
  base::Log log_{log_text_, clock_, base::Severity::kInfo};
  TempDir adapters_;
  TempDir data_;
  std::unique_ptr<store::AnswerBook> book_ =
      *store::OpenAnswerBook(data_.path());
  PublishedWorld world_{ThreeReporters()};
  ingest::Supervisor supervisor_{
      {.worker_path = BuildPath("bin/collate-worker")}};
  ingest::LiveRegistry registry_{
      {.directories = {adapters_.path()}, .trusted_root = adapters_.path()},
      &supervisor_};
};

TEST_F(OperationsHandlersTest, AProbeFillsInEveryLayer) {
  ASSERT_THAT(supervisor_.Probe(), IsOk());
  const v1::ServiceStatus status = Status();
  EXPECT_EQ(status.version(), "1.2.3");
  EXPECT_EQ(status.release_count(), 1);
  EXPECT_EQ(status.vocabulary_sha256(), "test");
  ASSERT_THAT(status.sandbox_layers(), SizeIs(7));
  EXPECT_EQ(status.sandbox_layers(6).name(), "seccomp");
  bool complete = true;
  for (const v1::SandboxLayer& layer : status.sandbox_layers()) {
    complete = complete && layer.applied();
    if (!layer.applied()) {
      EXPECT_THAT(layer.reason(), Not(IsEmpty())) << layer.name();
      EXPECT_THAT(status.adapter_policy(), HasSubstr(layer.name()));
    }
  }
  EXPECT_EQ(status.sandbox_complete(), complete);
  EXPECT_THAT(status.adapter_policy(),
              HasSubstr(complete ? "the sandbox is complete"
                                 : "not of the installation are refused"));
  EXPECT_EQ(status.sandbox_problem(), "");
}

TEST_F(OperationsHandlersTest, ACheckTellsHowFarItIsAndWhatIsDamaged) {
  store::KeptAnswer answer;
  answer.digest = std::string(64, 'a');
  ASSERT_THAT(book_->Keep(answer), IsOk());
  Collector clean;
  ASSERT_THAT(Handlers().CheckStore(context_, {}, clean), IsOk());
  ASSERT_THAT(clean.parts, SizeIs(2));
  EXPECT_EQ(clean.parts[0].progress().release_count(), 1);
  EXPECT_EQ(clean.parts[1].report().release_count(), 1);
  EXPECT_EQ(clean.parts[1].report().answer_count(), 1);
  EXPECT_EQ(clean.parts[1].report().problem_count(), 0);

  world_.store().Damage("sources/first/\xff");
  Collector damaged;
  ASSERT_THAT(Handlers().CheckStore(context_, {}, damaged), IsOk());
  const v1::StoreCheck& report = damaged.parts.back().report();
  EXPECT_EQ(report.problem_count(), 1);
  ASSERT_THAT(report.problems(), SizeIs(1));
  // Bytes that are no text must not make the message unreadable.
  EXPECT_EQ(report.problems(0), "sources/first/\\xff");
  EXPECT_THAT(log_text_.str(), HasSubstr("data directory is damaged"));
}

// Releases of a cluster are backed up by its own means, and nothing is left of
// what was begun.
TEST_F(OperationsHandlersTest, AStoreThatIsElsewhereIsNotBackedUp) {
  class Backups final : public Writer<v1::BackUpStoreResponse> {
   public:
    absl::Status Write(v1::BackUpStoreResponse) override {
      return absl::OkStatus();
    }
    void TryWrite(v1::BackUpStoreResponse) override {}
  };
  const OperationsHandlers handlers(
      {.publisher = &world_.publisher(),
       .store = &world_.store(),
       .answers = book_.get(),
       .registry = &registry_,
       .supervisor = &supervisor_,
       .log = &log_,
       .backup_directory = data_.File("backups")});
  Backups writer;
  EXPECT_THAT(handlers.BackUpStore(context_, {}, writer),
              testing::HasReason("STORE_NOT_EMBEDDED"));
  EXPECT_TRUE(std::filesystem::is_empty(data_.File("backups")));
}

TEST_F(OperationsHandlersTest, ACheckEndsWithItsCall) {
  context_.Cancel();
  Collector collector;
  const OperationsHandlers handlers = Handlers();
  EXPECT_THAT(handlers.CheckStore(context_, {}, collector),
              testing::StatusIs(absl::StatusCode::kCancelled));
  CallContext another(clock_);
  EXPECT_FALSE(
      handlers.GetServiceStatus(another, {})->status().has_last_store_check());
}

TEST_F(OperationsHandlersTest, TheLastWholeCheckIsRemembered) {
  const OperationsHandlers handlers = Handlers();
  const auto status = [&] {
    return handlers.GetServiceStatus(context_, {})->status();
  };
  EXPECT_FALSE(status().has_last_store_check());
  world_.store().Damage("sources/first/x");
  Collector collector;
  ASSERT_THAT(handlers.CheckStore(context_, {}, collector), IsOk());
  const int64_t then = absl::ToUnixSeconds(clock_.Now());
  clock_.Advance(absl::Hours(30));
  EXPECT_EQ(status().last_store_check().end_time().seconds(), then);
  EXPECT_EQ(status().last_store_check().problem_count(), 1);
  EXPECT_EQ(status().current_time().seconds(), then + 30 * 3600);
}

TEST_F(OperationsHandlersTest, AMissingLayerIsNamedWithItsConsequence) {
  const pid_t child = fork();
  if (child == 0) {
    testing::ForbidSystemCall(SYS_landlock_create_ruleset);
    if (!supervisor_.Probe().ok()) _exit(1);
    const v1::ServiceStatus status = Status();
    if (status.sandbox_complete()) _exit(2);
    for (const v1::SandboxLayer& layer : status.sandbox_layers()) {
      if (layer.name() == "landlock" && layer.applied()) _exit(3);
    }
    const std::string& policy = status.adapter_policy();
    const bool told = policy.find("not of the installation are refused") !=
                          std::string::npos &&
                      policy.find("landlock (") != std::string::npos;
    _exit(told ? 0 : 4);
  }
  int ended = 0;
  ASSERT_EQ(waitpid(child, &ended, 0), child);
  ASSERT_TRUE(WIFEXITED(ended));
  EXPECT_EQ(WEXITSTATUS(ended), 0);
}

TEST_F(OperationsHandlersTest, WithoutAReportNothingIsCalledComplete) {
  const v1::ServiceStatus status =
      Status(absl::InternalError("no such worker"));
  EXPECT_FALSE(status.sandbox_complete());
  EXPECT_THAT(status.sandbox_layers(), IsEmpty());
  EXPECT_EQ(status.sandbox_problem(), "no such worker");
  EXPECT_THAT(status.adapter_policy(), HasSubstr("no worker has reported"));
}

TEST_F(OperationsHandlersTest, AReleaseThatCannotBeReadIsNamed) {
  EXPECT_THAT(Status().unreadable_releases(), IsEmpty());
  testing::World world;
  world.Release("second", "2020-07-01").Unreadable();
  world_.Add(world);
  const v1::ServiceStatus status = Status();
  EXPECT_EQ(status.release_count(), 2);
  EXPECT_GT(status.snapshot_bytes(), 0);
  EXPECT_LT(status.snapshot_bytes(), status.snapshot_limit_bytes());
  ASSERT_THAT(status.unreadable_releases(), SizeIs(1));
  EXPECT_EQ(status.unreadable_releases(0).release(),
            "sources/second/releases/1");
  EXPECT_THAT(status.unreadable_releases(0).problem(),
              HasSubstr("a checksum does not hold"));
}

TEST_F(OperationsHandlersTest, AReloadIsToldListedAndLogged) {
  EXPECT_THAT(Status().adapters(), IsEmpty());
  adapters_.Write("broken/broken.manifest.textproto", "id: 7\n");
  adapters_.Write("a file", "");
  COLLATE_ASSERT_OK_AND_ASSIGN(const auto response,
                               Handlers().ReloadAdapters(context_, {}));
  ASSERT_THAT(response.changes(), SizeIs(1));
  EXPECT_EQ(response.changes(0).adapter(), "adapters/broken");
  EXPECT_EQ(response.changes(0).kind(), v1::ADAPTER_CHANGE_KIND_ADDED);
  EXPECT_THAT(response.changes(0).message(), HasSubstr("refused"));
  ASSERT_THAT(response.adapters(), SizeIs(1));
  EXPECT_EQ(response.adapters(0).state(), v1::ADAPTER_STATE_REFUSED);
  EXPECT_FALSE(response.adapters(0).installed());
  EXPECT_THAT(log_text_.str(), HasSubstr("adapter changed"));
  const v1::ServiceStatus status = Status();
  EXPECT_THAT(status.adapters(), SizeIs(1));
  ASSERT_THAT(status.adapter_problems(), SizeIs(1));
  EXPECT_THAT(status.adapter_problems(0), HasSubstr("a file"));
}

}  // namespace
}  // namespace collate::api
