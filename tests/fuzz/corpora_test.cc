// Every input that a fuzzer once learned from, or failed at, through the same
// function, without a fuzzer: it ends the process when a rule is broken.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "tests/testing/paths.h"

#define COLLATE_FUZZER(name) \
  extern "C" int name##_fuzzer(const uint8_t* data, size_t size);
#include "fuzzers.inc"
#undef COLLATE_FUZZER

namespace collate::testing {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kMostBytes = 20'000;

struct Fuzzer {
  const char* name;
  int (*run)(const uint8_t* data, size_t size);
};

constexpr Fuzzer kFuzzers[] = {
#define COLLATE_FUZZER(name) {#name, name##_fuzzer},
#include "fuzzers.inc"
#undef COLLATE_FUZZER
};

std::vector<fs::path> CorpusOf(const std::string& name) {
  std::vector<fs::path> files;
  const std::string folder = SourcePath("tests/fuzz/corpus/" + name);
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class CorporaTest : public ::testing::TestWithParam<Fuzzer> {};

TEST_P(CorporaTest, KeepsItsRules) {
  const std::vector<fs::path> files = CorpusOf(GetParam().name);
  ASSERT_FALSE(files.empty());
  for (const fs::path& file : files) {
    // What stands last in the output of a process that ended is what ended it.
    std::cout << file.filename().string() << std::endl;
    EXPECT_LE(fs::file_size(file), kMostBytes);
    const std::string bytes = ReadFile(file);
    EXPECT_EQ(GetParam().run(reinterpret_cast<const uint8_t*>(bytes.data()),
                             bytes.size()),
              0);
  }
  (void)GetParam().run(nullptr, 0);
}

INSTANTIATE_TEST_SUITE_P(All, CorporaTest, ::testing::ValuesIn(kFuzzers),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(CorporaTest, EveryCorpusAndDictionaryHasAFuzzer) {
  std::vector<std::string> names;
  for (const Fuzzer& fuzzer : kFuzzers) names.emplace_back(fuzzer.name);
  for (const char* folder : {"corpus", "dictionaries"}) {
    for (const auto& entry : fs::directory_iterator(
             SourcePath(std::string("tests/fuzz/") + folder))) {
      EXPECT_THAT(names, ::testing::Contains(entry.path().stem().string()));
    }
  }
}

}  // namespace
}  // namespace collate::testing
