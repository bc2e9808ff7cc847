#include "service/worker/library.h"

#include <gtest/gtest.h>

#include <cstddef>

#include "tests/testing/status_matchers.h"

namespace collate::worker {
namespace {

using ::collate::testing::HasReason;
using ::collate::testing::IsOk;
using ::collate::testing::MessageHas;

int32_t ReadNothing(const collate_host*, const collate_document*,
                    collate_error*) {
  return COLLATE_CODE_OK;
}

// A table that is what its manifest says, to be spoilt.
class AdapterTableTest : public ::testing::Test {
 protected:
  AdapterTableTest() {
    expected_.set_path("/adapters/a/liba.so");
    expected_.set_id("a");
    expected_.set_version("1.0.0");
    expected_.set_title("A");
    expected_.set_abi_major(COLLATE_ABI_MAJOR);
    expected_.set_abi_minor(COLLATE_ABI_MINOR);
    expected_.add_families("f");
    table_.size = sizeof(table_);
    table_.abi_major = COLLATE_ABI_MAJOR;
    table_.abi_minor = COLLATE_ABI_MINOR;
    table_.id = {"a", 1};
    table_.version = {"1.0.0", 5};
    table_.title = {"A", 1};
    table_.families = families_;
    table_.family_count = 1;
    table_.read = &ReadNothing;
  }

  absl::Status Check() const { return CheckAdapterTable(&table_, expected_); }

  v1::Adapter expected_;
  collate_family family_ = {sizeof(collate_family), {"f", 1}, {"F", 1}};
  const collate_family* families_[1] = {&family_};
  collate_adapter table_ = {};
};

TEST_F(AdapterTableTest, EqualToItsManifestPasses) {
  EXPECT_THAT(Check(), IsOk());
}

TEST_F(AdapterTableTest, NoTableIsRefused) {
  EXPECT_THAT(CheckAdapterTable(nullptr, expected_),
              HasReason("ADAPTER_NOT_LOADABLE"));
}

TEST_F(AdapterTableTest, AnotherMajorIsRefusedBeforeAnythingElseIsRead) {
  table_.abi_major = COLLATE_ABI_MAJOR + 1;
  table_.size = offsetof(collate_adapter, id);
  EXPECT_THAT(Check(), HasReason("ADAPTER_ABI_MISMATCH"));
}

TEST_F(AdapterTableTest, NewerMinorIsRefused) {
  table_.abi_minor = COLLATE_ABI_MINOR + 1;
  EXPECT_THAT(Check(), HasReason("ADAPTER_ABI_MISMATCH"));
}

TEST_F(AdapterTableTest, OtherSizeIsRefused) {
  for (const size_t size :
       {size_t{0}, sizeof(table_) - 8, sizeof(table_) + 8}) {
    table_.size = size;
    EXPECT_THAT(Check(), HasReason("ADAPTER_ABI_MISMATCH")) << size;
  }
}

TEST_F(AdapterTableTest, EveryIdentityHasToBeEqual) {
  collate_adapter good = table_;
  table_.id = {"b", 1};
  EXPECT_THAT(Check(), MessageHas("id 'b', its manifest file says 'a'"));
  table_ = good;
  table_.version = {"1.0.1", 5};
  EXPECT_THAT(Check(), HasReason("ADAPTER_MANIFEST_MISMATCH"));
  table_ = good;
  table_.title = {nullptr, 0};
  EXPECT_THAT(Check(), HasReason("ADAPTER_MANIFEST_MISMATCH"));
  table_ = good;
  table_.family_count = 0;
  EXPECT_THAT(Check(), HasReason("ADAPTER_MANIFEST_MISMATCH"));
  table_ = good;
  family_.id = {"g", 1};
  EXPECT_THAT(Check(), HasReason("ADAPTER_MANIFEST_MISMATCH"));
}

TEST_F(AdapterTableTest, WildPointersAreNotFollowed) {
  collate_adapter good = table_;
  table_.id = {nullptr, 4};
  EXPECT_THAT(Check(), HasReason("ADAPTER_MANIFEST_MISMATCH"));
  table_ = good;
  table_.version = {"1.0.0", size_t{1} << 50};
  EXPECT_THAT(Check(), HasReason("ADAPTER_MANIFEST_MISMATCH"));
  table_ = good;
  table_.families = nullptr;
  EXPECT_THAT(Check(), HasReason("ADAPTER_MANIFEST_MISMATCH"));
  table_ = good;
  families_[0] = nullptr;
  EXPECT_THAT(Check(), HasReason("ADAPTER_MANIFEST_MISMATCH"));
}

TEST_F(AdapterTableTest, ReadIsRequired) {
  table_.read = nullptr;
  EXPECT_THAT(Check(), HasReason("ADAPTER_NOT_LOADABLE"));
}

}  // namespace
}  // namespace collate::worker
