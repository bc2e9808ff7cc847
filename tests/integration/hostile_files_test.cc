// Hostile and awkward files through the whole service: each ends soon, in a
// worker of little memory, read or refused by a reason that names its cause.
// The daemon serves on, and nothing of a refused one is published.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "service/base/error.h"
#include "tests/integration/end_to_end.h"

namespace collate::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOfArray;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Lt;
using ::testing::MatchesRegex;
using ::testing::Ne;
using ::testing::Not;
using ::testing::NotNull;

constexpr absl::Duration kSoon = absl::Seconds(10);

std::string Inflated(const fs::path& path) {
  std::string out;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return out;
  char buffer[65536];
  for (int n; (n = gzread(file, buffer, sizeof buffer)) > 0;) {
    out.append(buffer, static_cast<size_t>(n));
  }
  gzclose(file);
  return out;
}

struct HostileFile {
  std::string folder;  // made, orcus or sheetjs
  std::string name;    // without .gz
  fs::path path;
  bool packed = false;

  std::string extension() const { return fs::path(name).extension(); }
};

// By the listing, so that none is forgotten.
std::vector<HostileFile> AllHostileFiles() {
  std::vector<HostileFile> files;
  for (const char* folder : {"made", "orcus", "sheetjs"}) {
    for (const auto& entry :
         fs::directory_iterator(SharedData(absl::StrCat("hostile/", folder)))) {
      HostileFile file = {folder, entry.path().filename(), entry.path()};
      if (file.extension() == ".py") continue;
      if (file.extension() == ".gz") {
        file.packed = true;
        file.name = fs::path(file.name).stem();
      }
      files.push_back(std::move(file));
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return std::tie(a.folder, a.name) < std::tie(b.folder, b.name);
  });
  return files;
}

// A file that its repository keeps elsewhere: a few lines of text.
bool IsPointer(const HostileFile& file) {
  return absl::StartsWith(ReadFile(file.path), "version https://git-lfs");
}

// What the readers may make of a file of the other folders.
std::vector<std::string> ReasonsOf(const HostileFile& file) {
  if (IsPointer(file)) return {"OK"};
  // Quotes inside unquoted cells.
  if (file.extension() == ".slk" ||
      file.name == "test_csv_normal-quotes_input.csv" ||
      file.name == "test_csv_multi-seperator_input.csv") {
    return {"STRAY_QUOTE"};
  }
  if (file.extension() == ".xlsb") {
    return {"WORKBOOK_XLSB_NOT_READ", "WORKBOOK_ENCRYPTED"};
  }
  return {"OK"};
}

uint64_t CellsOf(const v1::IngestionReport& report) {
  for (const v1::Account& account : report.documents(0).accounts()) {
    if (account.what() == "cells_read") return account.count();
  }
  return 0;
}

// "good.xlsx:'S'!A1 number 1", of the first cells.
std::vector<std::string> ShownCells(const v1::IngestionReport& report) {
  std::vector<std::string> cells;
  for (const v1::Diagnostic& finding : report.diagnostics()) {
    if (finding.reason() != "CELL") continue;
    cells.push_back(absl::StrCat(finding.locator(), " ", finding.expected(),
                                 " ", finding.found()));
  }
  return cells;
}

// What the readers make of a file of made/: the reason, or OK and its cells.
struct Made {
  const char* name;
  const char* reason;
  uint64_t cells = 0;
  // What the police adapter says of it where that is another reason: it looks
  // at the beginning of each sheet, and none of these is a table of its own.
  const char* to_police = nullptr;
};

constexpr char kOther[] = "SHEETS_NOT_KNOWN";
constexpr char kNone[] = "NO_ADAPTER";

constexpr Made kMade[] = {
    {"billion-laughs.xlsx", "XML_DTD_FORBIDDEN"},
    {"bomb-1GiB-sheet.xlsx", "ZIP_RATIO_LIMIT"},
    {"cellref-overflow.xlsx", "WORKBOOK_BAD_ADDRESS"},
    {"cr-only.csv", "OK", 4, kNone},
    {"decimal-comma.csv", "OK", 3, kNone},
    {"deep-nesting-200k.xlsx", "XML_DEPTH_LIMIT"},
    {"dimension-XFD1048576.xlsx", "OK", 1, kOther},
    {"dup-entries.xlsx", "ZIP_DUPLICATE_ENTRY"},
    {"formula-injection.xlsx", "OK", 4, kOther},
    {"good.xlsx", "OK", 1, kOther},
    {"latin1.csv", "BAD_ENCODING", 0, kNone},
    {"merge-all.xlsx", "OK", 1, kOther},
    {"million-cols.csv", "COLUMN_LIMIT", 0, kNone},
    {"nul-and-bad-utf8.xlsx", "BAD_ENCODING"},
    {"nul.csv", "BAD_ENCODING", 0, kNone},
    {"one-quote.csv", "LINE_LIMIT", 0, kNone},
    {"overlap-100GB.zip", "ZIP_ENTRY_LIMIT", 0, kNone},
    {"path-traversal.xlsx", "ZIP_UNSAFE_NAME"},
    {"rows-2M-over-limit.xlsx", "WORKBOOK_BAD_ADDRESS", 0, kOther},
    {"shared-formula-all.xlsx", "OK", 1, kOther},
    {"sparse-far-cell.xlsx", "OK", 1, kOther},
    {"symlink.zip", "ZIP_UNSAFE_TYPE", 0, kNone},
    {"trunc-10.xlsx", "ZIP_TRUNCATED"},
    {"trunc-100.xlsx", "ZIP_TRUNCATED"},
    {"trunc-1368.xlsx", "ZIP_TRUNCATED"},
    {"trunc-1389.xlsx", "ZIP_TRUNCATED"},
    {"trunc-695.xlsx", "ZIP_TRUNCATED"},
    {"utf16le-nobom.csv", "BAD_ENCODING", 0, kNone},
    {"xxe-file.xlsx", "XML_DTD_FORBIDDEN"},
};

const Made* FindMade(const HostileFile& file) {
  if (file.folder != "made") return nullptr;
  const auto* made =
      std::find_if(std::begin(kMade), std::end(kMade),
                   [&](const Made& m) { return file.name == m.name; });
  return made == std::end(kMade) ? nullptr : made;
}

// How an ingestion ended.
struct Ending {
  std::string reason;  // the adapter's own where it refused; OK when read
  std::string message;
  std::optional<v1::IngestionReport> report;
  absl::Duration taken;
  uint64_t peak_memory_kb = 0;  // of the worker, where it says

  std::string Describe() const {
    return absl::StrCat(reason, " after ", absl::FormatDuration(taken), ": ",
                        message);
  }
};

class HostileFiles : public ::testing::Test {
 protected:
  // With the shipped adapters and those of `directories`.
  void Start(const std::vector<std::string>& directories) {
    if (!fs::exists(SharedData("hostile/made"))) {
      GTEST_SKIP() << "hostile files are not here (set COLLATE_SHARED_DATA)";
    }
    const std::string config =
        dir_.Write("config.textproto",
                   "worker { wall_seconds: 10 memory_bytes: 536870912 }");
    COLLATE_ASSERT_OK_AND_ASSIGN(daemon_,
                                 Daemon::Start({.data = dir_.File("data"),
                                                .adapters = directories,
                                                .config = config}));
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  Ending Ingest(const HostileFile& file, const std::string& adapter) {
    client::Submission submission = Document(PathOf(file), "somebody");
    submission.release.set_adapter(adapter);
    submission.release.set_synthetic(true);
    Ending ending;
    const absl::Time began = absl::Now();
    auto report = client_->Ingest(submission, nullptr);
    ending.taken = absl::Now() - began;
    if (report.ok()) {
      ending.reason = "OK";
      for (const v1::Account& account : report->documents(0).accounts()) {
        if (account.what() == "peak_memory_kb") {
          ending.peak_memory_kb = account.count();
        }
      }
      ending.report = *std::move(report);
      return ending;
    }
    const base::ErrorDetail detail = base::DetailOf(report.status());
    ending.reason = detail.reason;
    ending.message = std::string(report.status().message());
    for (const auto& [key, value] : detail.metadata) {
      if (key == "adapter_reason") ending.reason = value;
      if (key == "stderr" && absl::StartsWith(value, "peak_memory_kb=")) {
        ending.peak_memory_kb = std::strtoull(value.c_str() + 15, nullptr, 10);
      }
    }
    return ending;
  }

  // The file as it is, or its inflated bytes beside the test's own files.
  std::string PathOf(const HostileFile& file) {
    if (!file.packed) return file.path;
    const std::string path = dir_.File(file.name);
    if (!fs::exists(path)) dir_.Write(file.name, Inflated(file.path));
    return path;
  }

  // The daemon answers, holds what was read and nothing else, and takes the
  // next one.
  void ExpectServing(size_t releases) {
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto held,
                                 client_->ListReleases("sources/-"));
    EXPECT_THAT(held.size(), Eq(releases));
    EXPECT_THAT(daemon_->Terminate(), Eq(0));
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

// What all of them say, and what it cost.
class Tally {
 public:
  void Add(const HostileFile& file, const Ending& ending) {
    ++reasons_[ending.reason];
    if (ending.taken > slowest_) {
      slowest_ = ending.taken;
      slowest_name_ = file.name;
    }
    if (ending.peak_memory_kb > peak_kb_) {
      peak_kb_ = ending.peak_memory_kb;
      peak_name_ = file.name;
    }
    if (file.folder == "made") made_.insert(file.name);
    ++files_;
  }
  void Print(const char* lead) const {
    std::cout << "measured: " << lead << " " << files_ << " files: "
              << absl::StrJoin(reasons_, ", ", absl::PairFormatter(" "))
              << "; slowest " << slowest_name_ << " "
              << absl::FormatDuration(slowest_);
    if (peak_kb_ > 0) {
      std::cout << "; most memory " << peak_name_ << " " << peak_kb_ / 1024
                << " MiB of a worker";
    }
    std::cout << std::endl;
  }
  // That the table above and the folder hold the same files.
  void ExpectAllMade() const {
    EXPECT_THAT(made_.size(), Eq(std::size(kMade)));
  }

 private:
  std::map<std::string, int> reasons_;
  std::set<std::string> made_;
  size_t files_ = 0;
  absl::Duration slowest_;
  std::string slowest_name_;
  uint64_t peak_kb_ = 0;
  std::string peak_name_;
};

// Words of a cause, never those of a process that was ended.
void ExpectTyped(const Ending& ending) {
  EXPECT_THAT(ending.reason, MatchesRegex("[A-Z][A-Z0-9_]+"));
  EXPECT_FALSE(absl::StartsWith(ending.reason, "ADAPTER_"))
      << ending.Describe();
  EXPECT_THAT(ending.reason, Ne("INTERNAL"));
  EXPECT_THAT(ending.message, Not(IsEmpty()));
}

TEST_F(HostileFiles, AreRefusedByTheServiceAsItComes) {
  Start({});
  if (daemon_ == nullptr) return;
  Tally tally;
  for (const HostileFile& file : AllHostileFiles()) {
    SCOPED_TRACE(absl::StrCat(file.folder, "/", file.name));
    const Ending ending = Ingest(file, "");
    tally.Add(file, ending);
    ExpectTyped(ending);
    EXPECT_THAT(ending.taken, Lt(kSoon));
    EXPECT_THAT(ending.message, HasSubstr(file.name));
    const bool workbook =
        file.extension() == ".xlsx" || file.extension() == ".ods";
    if (file.folder == "made") {
      const Made* made = FindMade(file);
      ASSERT_THAT(made, NotNull()) << "no expectation";
      EXPECT_THAT(ending.reason, Eq(made->to_police != nullptr ? made->to_police
                                                               : made->reason))
          << ending.Describe();
    } else if (workbook && IsPointer(file)) {
      EXPECT_THAT(ending.reason, Eq("HEADER_NOT_FOUND")) << ending.Describe();
    } else {
      EXPECT_THAT(ending.reason, Eq(workbook ? kOther : kNone))
          << ending.Describe();
    }
  }
  tally.ExpectAllMade();
  tally.Print("refused");
  ExpectServing(0);
}

TEST_F(HostileFiles, AreReadOrRefusedByNameInTheWorker) {
  Start({BuildPath("tests/grid_adapters")});
  if (daemon_ == nullptr) return;
  Tally tally;
  size_t read = 0;
  for (const HostileFile& file : AllHostileFiles()) {
    SCOPED_TRACE(absl::StrCat(file.folder, "/", file.name));
    const Ending ending = Ingest(file, "grids");
    tally.Add(file, ending);
    EXPECT_THAT(ending.taken, Lt(kSoon));
    EXPECT_THAT(ending.peak_memory_kb, Gt(0));
    EXPECT_THAT(ending.peak_memory_kb, Lt(512 * 1024));
    if (ending.report.has_value()) {
      ++read;
      EXPECT_TRUE(ending.report->published());
    } else {
      ExpectTyped(ending);
    }
    if (file.folder != "made") {
      EXPECT_THAT(ending.reason, AnyOfArray(ReasonsOf(file)))
          << ending.Describe();
      continue;
    }
    const Made* made = FindMade(file);
    ASSERT_THAT(made, NotNull()) << "no expectation";
    EXPECT_THAT(ending.reason, Eq(made->reason)) << ending.Describe();
    if (!ending.report.has_value()) continue;
    EXPECT_THAT(CellsOf(*ending.report), Eq(made->cells));
    if (made->cells == 1) {
      const std::string cell =
          file.name == "sparse-far-cell.xlsx" ? "'S'!XFD1048576" : "'S'!A1";
      EXPECT_THAT(ShownCells(*ending.report),
                  ElementsAre(absl::StrCat(file.name, ":", cell, " number 1")));
    }
    if (file.name == "formula-injection.xlsx") {
      for (const std::string& cell : ShownCells(*ending.report)) {
        EXPECT_THAT(cell, HasSubstr(" text "));
      }
    }
    if (file.name == "decimal-comma.csv") {
      // Neither 1.234 nor 12345: text, parted at its commas alone.
      for (const std::string& cell : ShownCells(*ending.report)) {
        EXPECT_THAT(cell, HasSubstr(" text "));
      }
    }
  }
  tally.ExpectAllMade();
  tally.Print("read or refused");
  ExpectServing(read);
}

// The adapter of recipes opens more kinds than any other. What the readers
// refuse is refused for their reason; what they read, no recipe fits.
TEST_F(HostileFiles, AreRefusedByTheAdapterOfRecipes) {
  Start({});
  if (daemon_ == nullptr) return;
  Tally tally;
  for (const HostileFile& file : AllHostileFiles()) {
    SCOPED_TRACE(absl::StrCat(file.folder, "/", file.name));
    const Ending ending = Ingest(file, "foi_spreadsheet");
    tally.Add(file, ending);
    ExpectTyped(ending);
    EXPECT_THAT(ending.taken, Lt(kSoon));
    EXPECT_THAT(ending.peak_memory_kb, Lt(512 * 1024));
    std::vector<std::string> reasons = ReasonsOf(file);
    if (file.folder == "made") {
      const Made* made = FindMade(file);
      ASSERT_THAT(made, NotNull()) << "no expectation";
      // A sheet is held whole here: its cells are too many before its rows are.
      reasons = {file.name == "rows-2M-over-limit.xlsx" ? "CELL_COUNT_LIMIT"
                                                        : made->reason};
    }
    for (std::string& reason : reasons) {
      if (reason == "OK") reason = "NO_RECIPE_FITS";
    }
    EXPECT_THAT(ending.reason, AnyOfArray(reasons)) << ending.Describe();
  }
  tally.ExpectAllMade();
  tally.Print("refused by recipes");
  ExpectServing(0);
}

}  // namespace
}  // namespace collate::testing
