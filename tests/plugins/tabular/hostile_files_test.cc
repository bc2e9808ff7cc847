// Awkward files that others and this project made: each one is read or
// refused by a named error, within the default limits.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>

#include "tests/plugins/tabular/grid_testing.h"
#include "tests/testing/paths.h"

namespace collate::tabular {
namespace {

namespace fs = std::filesystem;

std::string Slurp(const fs::path& path) {
  std::string out;
  if (path.extension() == ".gz") {
    gzFile file = gzopen(path.c_str(), "rb");
    if (file == nullptr) return out;
    char buffer[65536];
    for (int n; (n = gzread(file, buffer, sizeof buffer)) > 0;) {
      out.append(buffer, static_cast<size_t>(n));
    }
    gzclose(file);
    return out;
  }
  return testing::ReadFile(path);
}

struct MadeCase {
  const char* name;
  const char* reason;
};

class MadeFileTest : public ::testing::TestWithParam<MadeCase> {};

TEST_P(MadeFileTest, EndsAsItsReadmeSays) {
  COLLATE_SHARED_FILE(path, std::string("hostile/made/") + GetParam().name);
  const std::string bytes = Slurp(path);
  ASSERT_FALSE(bytes.empty());
  EXPECT_EQ(Read(bytes).reason(), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Made, MadeFileTest,
    ::testing::Values(MadeCase{"cr-only.csv", "OK"},
                      MadeCase{"decimal-comma.csv", "OK"},
                      MadeCase{"latin1.csv", "BAD_ENCODING"},
                      MadeCase{"nul.csv", "BAD_ENCODING"},
                      MadeCase{"utf16le-nobom.csv", "BAD_ENCODING"},
                      MadeCase{"one-quote.csv.gz", "LINE_LIMIT"},
                      MadeCase{"million-cols.csv.gz", "COLUMN_LIMIT"}));

TEST(HostileFilesTest, OldLineEndsAreRead) {
  COLLATE_SHARED_FILE(path, "hostile/made/cr-only.csv");
  EXPECT_THAT(Read(Slurp(path)).rows,
              ::testing::ElementsAre(Texts{"a", "b"}, Texts{"1", "2"}));
}

TEST(HostileFilesTest, EverySampleIsReadOrRefusedByName) {
  int seen = 0;
  for (const char* folder : {"orcus", "sheetjs"}) {
    COLLATE_SHARED_FILE(path, std::string("hostile/") + folder);
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.path().extension() != ".csv") continue;
      ++seen;
      const ReadResult read = Read(Slurp(entry.path()));
      const std::string name = entry.path().filename().string();
      // These two hold quotes inside unquoted cells, which RFC 4180 does not
      // allow and which two readers would part in two ways.
      const bool stray = name == "test_csv_normal-quotes_input.csv" ||
                         name == "test_csv_multi-seperator_input.csv";
      EXPECT_EQ(read.reason(), stray ? "STRAY_QUOTE" : "OK") << name;
    }
  }
  EXPECT_EQ(seen, 52);
}

}  // namespace
}  // namespace collate::tabular
