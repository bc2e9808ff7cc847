// A directory of a test's own, removed with everything in it at the end.
//
//   TempDir dir;
//   const std::string path = dir.Write("a/b.csv", "x,y\n1,2\n");

#ifndef COLLATE_TESTS_TESTING_TEMP_DIR_H_
#define COLLATE_TESTS_TESTING_TEMP_DIR_H_

#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace collate::testing {

class TempDir {
 public:
  TempDir() {
    std::string name =
        (std::filesystem::temp_directory_path() / "collate-test-XXXXXX")
            .string();
    if (mkdtemp(name.data()) == nullptr) Fail("mkdtemp " + name);
    path_ = name;
  }

  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

  // Writes a file, making its folders, and returns its path.
  std::string Write(const std::string& name, const std::string& content) const {
    const std::string path = File(name);
    std::filesystem::create_directories(
        std::filesystem::path(path).parent_path());
    std::ofstream out(path, std::ios::binary);
    out << content << std::flush;
    if (!out) Fail("write " + path);
    return path;
  }

 private:
  [[noreturn]] static void Fail(const std::string& what) {
    std::perror(what.c_str());
    std::abort();
  }

  std::string path_;
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_TEMP_DIR_H_
