// Where a test finds things.
//
// Publishers' files are not part of the project: a test that reads one begins
// with COLLATE_SHARED_FILE, which skips it, visibly, where the file is absent.
//
//   COLLATE_SHARED_FILE(path, "police/rec-crime-pfa.csv");

#ifndef COLLATE_TESTS_TESTING_PATHS_H_
#define COLLATE_TESTS_TESTING_PATHS_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace collate::testing {

// `relative` below the publishers' files: the environment's
// COLLATE_SHARED_DATA, or the folder that the build was told.
inline std::string SharedData(const std::string& relative) {
  const char* root = std::getenv("COLLATE_SHARED_DATA");
  return std::string(root != nullptr ? root : COLLATE_SHARED_DATA) + "/" +
         relative;
}

// `relative` below the project's root.
inline std::string SourcePath(const std::string& relative) {
  return std::string(COLLATE_SOURCE_DIR) + "/" + relative;
}

// `relative` below the build directory.
inline std::string BuildPath(const std::string& relative) {
  return std::string(COLLATE_BINARY_DIR) + "/" + relative;
}

inline std::string WorkerPath() { return BuildPath("bin/collate-worker"); }

// The bytes of a file; fails the test and gives nothing when it is absent.
inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    ADD_FAILURE() << "cannot read " << path;
    return "";
  }
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace collate::testing

#define COLLATE_SHARED_FILE(variable, relative)                          \
  const std::string variable = ::collate::testing::SharedData(relative); \
  if (!std::filesystem::exists(variable)) {                              \
    GTEST_SKIP() << "publisher's file is not here: " << variable         \
                 << " (set COLLATE_SHARED_DATA)";                        \
  }                                                                      \
  static_assert(true, "a semicolon follows")

#endif  // COLLATE_TESTS_TESTING_PATHS_H_
