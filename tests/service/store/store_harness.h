// How a store is put to the conformance suite (store_conformance.h).
//
//   class MyHarness : public StoreHarness { ... };
//   INSTANTIATE_TEST_SUITE_P(
//       My, StoreConformanceTest,
//       ::testing::Values([] { return std::make_unique<MyHarness>(); }));

#ifndef COLLATE_TESTS_SERVICE_STORE_STORE_HARNESS_H_
#define COLLATE_TESTS_SERVICE_STORE_STORE_HARNESS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "service/store/store.h"
#include "tests/testing/status_matchers.h"

namespace collate::store {

// Owns an empty store and what it stands on.
class StoreHarness {
 public:
  virtual ~StoreHarness() = default;
  virtual Store& store() = 0;
  // Closes the store and opens it on the same data; null when that fails.
  virtual Store* Reopen() = 0;
};

using StoreHarnessFactory = std::function<std::unique_ptr<StoreHarness>()>;

class StoreConformanceTest
    : public ::testing::TestWithParam<StoreHarnessFactory> {
 protected:
  // A factory gives null where what it needs is not installed.
  StoreConformanceTest() : harness_(GetParam()()) {}

  void SetUp() override {
    if (harness_ == nullptr) GTEST_SKIP() << "no such store can be had here";
  }

  Store& store() { return harness_->store(); }

  std::vector<std::string> ListedNames() {
    std::vector<std::string> names;
    const absl::StatusOr<std::vector<Release>> releases =
        store().ListReleases();
    EXPECT_THAT(releases, testing::IsOk());
    if (!releases.ok()) return names;
    for (const Release& release : *releases) names.push_back(release.name);
    return names;
  }

  const std::unique_ptr<StoreHarness> harness_;
};

}  // namespace collate::store

#endif  // COLLATE_TESTS_SERVICE_STORE_STORE_HARNESS_H_
