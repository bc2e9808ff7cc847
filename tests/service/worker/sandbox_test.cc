// What follows from the layers of the sandbox; that they hold is for
// tests/service/ingest/sandbox_test.cc.

#include "service/worker/sandbox.h"

#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace collate::worker {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;
using ::collate::testing::StatusIs;

v1::SandboxLayer Layer(const char* name, v1::SandboxLayer::State state) {
  v1::SandboxLayer layer;
  layer.set_name(name);
  layer.set_state(state);
  layer.set_reason(state == v1::SandboxLayer::STATE_APPLIED ? "" : "no kernel");
  return layer;
}

class CheckSandboxTest : public ::testing::Test {
 protected:
  CheckSandboxTest() { adapter_.set_path("/adapters/liba.so"); }

  v1::Adapter adapter_;
  const v1::SandboxLayer applied_ =
      Layer("one", v1::SandboxLayer::STATE_APPLIED);
  const v1::SandboxLayer missing_ =
      Layer("two", v1::SandboxLayer::STATE_MISSING);
};

TEST_F(CheckSandboxTest, WholeSandboxServesEveryAdapter) {
  EXPECT_THAT(CheckSandbox({applied_, applied_}, adapter_), IsOk());
}

TEST_F(CheckSandboxTest, MissingLayerIsNamedWithItsReason) {
  const absl::Status status = CheckSandbox({applied_, missing_}, adapter_);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(status, HasReason("SANDBOX_INCOMPLETE"));
  EXPECT_THAT(status, MessageHas("/adapters/liba.so"));
  EXPECT_THAT(status, MessageHas("two (no kernel)"));
}

TEST_F(CheckSandboxTest, LayerOfNoStateIsMissing) {
  EXPECT_THAT(CheckSandbox({Layer("odd", v1::SandboxLayer::STATE_UNSPECIFIED)},
                           adapter_),
              HasReason("SANDBOX_INCOMPLETE"));
}

TEST_F(CheckSandboxTest, InstalledAdapterIsReadAllTheSame) {
  adapter_.set_installed(true);
  EXPECT_THAT(CheckSandbox({applied_, missing_}, adapter_), IsOk());
}

}  // namespace
}  // namespace collate::worker
