// collate-adapter-check: whether an adapter keeps to the rules of the ABI.
//
//   collate-adapter-check build/lib/collate/adapters/mine/libmine.so fixtures/
//
// Prints a line for each check and a verdict. Exits with 0 when every rule that
// was checked is kept, with 1 when one is broken, with 2 when nothing could be
// checked. The adapter runs in the service's sandbox, in workers that are this
// very program: the kit needs no service beside it.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "plugins/conformance/subject.h"
#include "plugins/conformance/suite.h"
#include "service/base/status_macros.h"
#include "service/worker/process.h"

namespace collate::conformance {
namespace {

namespace fs = std::filesystem;

constexpr int kBroken = 1;
constexpr int kNotRun = 2;

struct Flags {
  std::string library;
  std::vector<std::string> fixtures;
  std::vector<std::string> options;
  std::vector<std::string> manifest;
  int timeout = 30;
};

absl::StatusOr<ingest::Pairs> PairsOf(const std::vector<std::string>& texts) {
  ingest::Pairs pairs;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", text, "' is not KEY=VALUE"));
    }
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  std::stable_sort(
      pairs.begin(), pairs.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
  return pairs;
}

// A folder stands for the files in it, but for hidden ones and notes.
absl::StatusOr<std::vector<Fixture>> ReadFixtures(
    const std::vector<std::string>& given) {
  std::vector<fs::path> paths;
  for (const std::string& path : given) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      paths.emplace_back(path);
      continue;
    }
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_regular_file() && entry.path().extension() != ".md" &&
          entry.path().filename().string()[0] != '.') {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    paths.insert(paths.end(), files.begin(), files.end());
  }
  std::vector<Fixture> fixtures;
  for (const fs::path& path : paths) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream bytes;
    if (in.peek() != std::ifstream::traits_type::eof()) bytes << in.rdbuf();
    if (!in.is_open() || in.bad() || bytes.bad()) {
      return absl::InvalidArgumentError(
          absl::StrCat("cannot read ", path.string()));
    }
    fixtures.push_back({path.filename().string(), std::move(bytes).str()});
  }
  if (fixtures.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no file in ", absl::StrJoin(given, ", ")));
  }
  return fixtures;
}

const char* WordOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kKept:
      return "ok";
    case Verdict::kBroken:
      return "BROKEN";
    case Verdict::kNotChecked:
      return "-";
  }
  return "";
}

absl::StatusOr<int> Run(const Flags& flags) {
  Subject::Options options;
  std::error_code error;
  options.worker_path = fs::read_symlink("/proc/self/exe", error).string();
  options.wall = absl::Seconds(flags.timeout);
  COLLATE_ASSIGN_OR_RETURN(options.options, PairsOf(flags.options));
  COLLATE_ASSIGN_OR_RETURN(options.manifest, PairsOf(flags.manifest));
  COLLATE_ASSIGN_OR_RETURN(const std::vector<Fixture> fixtures,
                           ReadFixtures(flags.fixtures));
  COLLATE_ASSIGN_OR_RETURN(const std::unique_ptr<Subject> subject,
                           Subject::Open(flags.library, options));
  size_t broken = 0;
  size_t left_out = 0;
  for (const Check& check : RunSuite(*subject, fixtures)) {
    if (check.verdict == Verdict::kBroken) ++broken;
    if (check.verdict == Verdict::kNotChecked) ++left_out;
    std::printf("%-6s  %-8s  %s\n", WordOf(check.verdict), check.name.c_str(),
                check.text.c_str());
  }
  const std::vector<std::string> missing = subject->missing_layers();
  if (!missing.empty()) {
    std::printf("This machine lacks a part of the sandbox: %s.\n",
                absl::StrJoin(missing, ", ").c_str());
  }
  std::printf("%s: %s", subject->id().c_str(),
              broken == 0
                  ? "keeps every rule that was checked"
                  : absl::StrCat("breaks ", broken, " of the checks").c_str());
  if (left_out > 0) std::printf("; %zu not checked", left_out);
  std::printf("\n");
  return broken == 0 ? 0 : kBroken;
}

int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app(
      "Checks that an adapter keeps to the rules of plugins/sdk/adapter.h.");
  app.set_version_flag("--version",
                       std::string("collate-adapter-check ") + COLLATE_VERSION);
  app.add_option("LIBRARY", flags.library,
                 "lib<id>.so, with <id>.manifest.textproto and resources/ "
                 "beside it")
      ->required();
  app.add_option("FIXTURES", flags.fixtures,
                 "Documents that it reads or refuses; a folder stands for its "
                 "files")
      ->required();
  app.add_option("--option", flags.options,
                 "NAME=VALUE, an option of the adapter; may be repeated");
  app.add_option("--manifest", flags.manifest,
                 "KEY=VALUE, what a sender says of the documents, such as "
                 "reporter; may be repeated");
  app.add_option("--timeout", flags.timeout,
                 "Seconds that one reading may take (default 30)")
      ->check(CLI::Range(1, 3600));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kNotRun;
  }
  const absl::StatusOr<int> code = Run(flags);
  if (code.ok()) return *code;
  std::fprintf(stderr, "collate-adapter-check: %s\n",
               std::string(code.status().message()).c_str());
  return kNotRun;
}

}  // namespace
}  // namespace collate::conformance

int main(int argc, char** argv) {
  // As the supervisor starts its workers: without arguments.
  if (argc == 1 && collate::worker::StartedBySupervisor()) {
    collate::worker::RunProcess();
  }
  return collate::conformance::Main(argc, argv);
}
