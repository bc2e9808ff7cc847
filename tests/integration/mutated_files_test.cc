// Real files of every family with bytes of theirs changed, also inside of
// packages, through the whole service: each ends soon, in a worker of little
// memory, as a report or a refusal that names its cause. The daemon serves on,
// and holds what was published and nothing else.
//
// The project's own files are changed always, those of publishers where they
// are there. COLLATE_TEST_SCALE multiplies how many; the number of a change is
// its seed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "plugins/tabular/zip.h"
#include "service/base/error.h"
#include "tests/integration/end_to_end.h"
#include "tests/plugins/police_returns/pfa_workbooks.h"
#include "tests/plugins/tabular/docx_testing.h"
#include "tests/plugins/tabular/workbook_testing.h"
#include "tests/plugins/tabular/xls_testing.h"
#include "tests/testing/test_scale.h"

namespace collate::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAreArray;
using ::testing::Eq;
using ::testing::Gt;
using ::testing::Lt;
using ::testing::MatchesRegex;
using ::testing::Not;

// Of a text more says nothing new.
constexpr size_t kMostTextBytes = 64 * 1024;

struct Original {
  std::string name;
  std::string bytes;
  std::string adapter;  // empty = the service chooses
};

bool IsPackage(const std::string& bytes) {
  return absl::StartsWith(bytes, "PK\x03\x04");
}

Original Named(const std::string& path, const std::string& adapter) {
  Original original = {fs::path(path).filename(), ReadFile(path), adapter};
  if (!IsPackage(original.bytes) && fs::path(path).extension() == ".csv" &&
      original.bytes.size() > kMostTextBytes) {
    original.bytes.resize(kMostTextBytes);
  }
  return original;
}

std::vector<Original> OwnFiles() {
  std::vector<Original> files;
  for (const auto& [folder, adapter] :
       {std::pair("tests/data/police", ""),
        std::pair("tests/data/foi/published", "foi_spreadsheet")}) {
    for (const auto& entry : fs::directory_iterator(SourcePath(folder))) {
      if (entry.path().extension() == ".csv") {
        files.push_back(Named(entry.path(), adapter));
      }
    }
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  files.push_back({"policeforceareatables.xlsx",
                   police_returns::BytesOf(police_returns::WholeFakeBook()),
                   ""});
  files.push_back({"answer.docx",
                   tabular::MakeDocx({.body = "<w:tbl><w:tr><w:tc><w:p><w:r>"
                                              "<w:t>Force</w:t></w:r></w:p>"
                                              "</w:tc></w:tr></w:tbl>"}),
                   "foi_spreadsheet"});
  files.push_back({"answer.xls", tabular::MakeXls({.sheets = {{"S", ""}}}),
                   "foi_spreadsheet"});
  files.push_back({"answer.ods", tabular::MakeOds({.tables = "<table:table/>"}),
                   "foi_spreadsheet"});
  return files;
}

// One or two of every family and of every kind of file.
std::vector<Original> PublishersFiles() {
  static constexpr std::pair<const char*, const char*> kFiles[] = {
      {"police/prc-pfa-mar2013-onwards-tables201718.csv", ""},
      {"police/rec-crime-pfa.csv", ""},
      {"police/policeforceareatablesyearendingmarch2018v2.xlsx", ""},
      {"police/policeforceareatablesyearendingjune2019.xlsx", ""},
      {"platform/discord/discord-2023-q4.csv", ""},
      {"platform/discord/discord-2020-h2.csv", ""},
      {"platform/dsa-sor/sor-global-2024-03-14-full-00000-00000.EXCERPT.csv",
       ""},
      {"platform/dsa-template/vlop-h2-2025-tables-4-5-6.csv", ""},
      {"platform/dsa-template/snap-10_AMAR.csv", ""},
      {"platform/meta-cser/meta-2023-q3.csv", ""},
      {"platform/microsoft/microsoft-2020-h2.xlsx", ""},
      {"platform/ncmec/ocse-report-contents.csv", ""},
      {"platform/ncmec/ncmec-by-esp-2022.pdf", "foi_spreadsheet"},
      {"platform/snap/Snap_Transparency_Report_H1-2025.EXCERPT.csv", ""},
      {"platform/tiktok/tiktok-2022-q4.csv", ""},
      {"platform/tiktok/tiktok-2021-q3.xlsx", ""},
      {"foi/dev/bbc-libraries/library_closures_BBC.csv", "foi_spreadsheet"},
      {"foi/dev/bbc-train-emergency-alarms/RDG data.xlsx", "foi_spreadsheet"},
      {"foi/dev/databaker/example1.xls", "foi_spreadsheet"},
      {"foi/dev/tidychef-fixtures/dates-times.xls", "foi_spreadsheet"},
      {"foi/dev/tidychef-fixtures/dates-times.ods", "foi_spreadsheet"},
      {"foi/dev/unpivotr/worked-examples.xlsx", "foi_spreadsheet"}};
  std::vector<Original> files;
  for (const auto& [path, adapter] : kFiles) {
    if (fs::exists(SharedData(path))) {
      files.push_back(Named(SharedData(path), adapter));
    }
  }
  return files;
}

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  std::string Change(const std::string& bytes, const std::string& other) {
    if (IsPackage(bytes) && Below(4) > 0) return ChangeParts(bytes);
    return ChangeBytes(bytes, other);
  }

 private:
  size_t Below(size_t n) { return n == 0 ? 0 : random_() % n; }

  std::string ChangeBytes(std::string bytes, const std::string& other) {
    for (size_t changes = 1 + Below(3); changes > 0; --changes) {
      const size_t at = Below(bytes.size());
      const size_t length = std::min(1 + Below(2000), bytes.size() - at);
      switch (Below(6)) {
        case 0:
          for (size_t flips = 1 + Below(8); flips > 0 && !bytes.empty();
               --flips) {
            bytes[Below(bytes.size())] ^= static_cast<char>(1 << Below(8));
          }
          break;
        case 1:
          bytes.resize(at);
          break;
        case 2:  // a range twice
          bytes.insert(at, bytes.substr(at, length));
          break;
        case 3:
          bytes.erase(at, length);
          break;
        case 4: {  // a piece of another file
          const size_t from = Below(other.size());
          bytes.replace(at, length, other.substr(from, 1 + Below(4000)));
          break;
        }
        default:  // what readers look at
          static constexpr const char* kTokens[] = {"\"",
                                                    ",",
                                                    "\n",
                                                    "\xFF",
                                                    "*",
                                                    "-",
                                                    "9999999999999999999",
                                                    "<",
                                                    "</a>",
                                                    "]",
                                                    "&#0;",
                                                    "%",
                                                    "=",
                                                    "1e308",
                                                    "[c]",
                                                    "..",
                                                    "\r",
                                                    "\xEF\xBB\xBF"};
          bytes.insert(at, kTokens[Below(std::size(kTokens))]);
      }
    }
    return bytes;
  }

  // A checksum would stop most changed bytes of a package: its parts are
  // changed and packed again.
  std::string ChangeParts(const std::string& bytes) {
    tabular::MemorySource source(bytes);
    tabular::Budget budget;
    std::unique_ptr<tabular::Archive> archive;
    if (!tabular::Archive::Open(source, budget, &archive).ok()) return bytes;
    std::vector<tabular::ZipPart> parts;
    for (size_t i = 0; i < archive->entries().size(); ++i) {
      tabular::ZipPart& part = parts.emplace_back();
      part.name = archive->entries()[i].name;
      std::unique_ptr<tabular::EntryStream> stream;
      if (!archive->OpenEntry(i, &stream).ok()) return bytes;
      char buffer[65536];
      for (size_t got = 1; got > 0;) {
        if (!stream->Read(buffer, sizeof buffer, &got).ok()) return bytes;
        part.data.append(buffer, got);
      }
    }
    if (parts.empty()) return bytes;
    tabular::ZipPart& changed = parts[Below(parts.size())];
    const std::string other = parts[Below(parts.size())].data;
    switch (Below(8)) {
      case 0:
        changed.data = other;
        break;
      case 1:
        changed.name += "x";
        break;
      case 2:
        parts.erase(parts.begin() + (&changed - parts.data()));
        break;
      default:
        changed.data = ChangeBytes(std::move(changed.data), other);
    }
    return tabular::MakeZip(parts);
  }

  std::mt19937 random_;
};

// How an ingestion ended.
struct MutationEnding {
  std::string reason = "OK";  // the adapter's own where it refused
  std::string message;
  std::string release;  // that is published
  absl::Duration taken;
  uint64_t peak_memory_kb = 0;  // of the worker, where it says

  std::string Describe() const {
    return absl::StrCat(reason, " after ", absl::FormatDuration(taken), ": ",
                        message);
  }
};

class MutatedFiles : public ::testing::Test {
 protected:
  // With the shipped adapters and those of a directory. A worker that needs
  // more than 512 MiB, or more seconds of the processor, is ended; those on the
  // wall are the machine's, which may have other things to do.
  void Start(int seconds, const std::vector<std::string>& directories = {}) {
    const std::string config = dir_.Write(
        "config.textproto",
        absl::StrCat("worker { cpu_seconds: ", seconds,
                     " wall_seconds: 250 memory_bytes: 536870912 }"));
    COLLATE_ASSERT_OK_AND_ASSIGN(daemon_,
                                 Daemon::Start({.data = dir_.File("data"),
                                                .adapters = directories,
                                                .config = config}));
    client_ = ConnectTo(*daemon_);
    ASSERT_NE(client_, nullptr);
  }

  // Of `bytes` as a file of that name.
  MutationEnding HandIn(const std::string& name, const std::string& bytes,
                        const std::string& adapter, bool publish) {
    client::Submission submission =
        Document(dir_.Write("in/" + name, bytes), "somebody");
    submission.release.set_adapter(adapter);
    submission.release.set_synthetic(true);
    submission.dry_run = !publish;
    MutationEnding ending;
    const absl::Time began = absl::Now();
    const auto report = client_->Ingest(submission, nullptr);
    ending.taken = absl::Now() - began;
    if (report.ok()) {
      if (report->published()) ending.release = report->release().name();
      for (const v1::DocumentReport& document : report->documents()) {
        for (const v1::Account& account : document.accounts()) {
          if (account.what() == "peak_memory_kb") {
            ending.peak_memory_kb = account.count();
          }
        }
      }
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

  void HandInMutations(const std::vector<Original>& files, int rounds) {
    std::map<std::string, int> reasons;
    std::set<std::string> published;
    absl::Duration slowest;
    const absl::Time began = absl::Now();
    for (int round = 0; round < rounds; ++round) {
      const Original& file = files[static_cast<size_t>(round) % files.size()];
      const Original& other =
          files[static_cast<size_t>(round / 2) % files.size()];
      Mutator mutator(static_cast<uint32_t>(round));
      const std::string bytes = mutator.Change(file.bytes, other.bytes);
      SCOPED_TRACE(absl::StrCat("seed ", round, " of ", file.name));
      // What is published is few, so that a long run is about reading.
      const MutationEnding ending = HandIn(file.name, bytes, file.adapter,
                                           /*publish=*/round % 8 == 0);
      ++reasons[ending.reason];
      slowest = std::max(slowest, ending.taken);
      if (!ending.release.empty()) published.insert(ending.release);
      EXPECT_THAT(ending.reason, MatchesRegex("[A-Z][A-Z0-9_]+"))
          << ending.Describe();
      // Words of a cause, never those of a process that was ended.
      EXPECT_FALSE(absl::StartsWith(ending.reason, "ADAPTER_") ||
                   ending.reason == "INTERNAL")
          << ending.Describe();
    }
    std::cout << "measured: " << rounds << " mutations of " << files.size()
              << " files, seeds 0 to " << rounds - 1 << ", in "
              << absl::FormatDuration(absl::Now() - began) << ": "
              << absl::StrJoin(reasons, ", ", absl::PairFormatter(" "))
              << "; slowest " << absl::FormatDuration(slowest) << ", "
              << published.size() << " published" << std::endl;
    EXPECT_THAT(reasons.size(), Gt(3u)) << "changes are read, too";
    COLLATE_ASSERT_OK_AND_ASSIGN(const auto held,
                                 client_->ListReleases("sources/-"));
    std::set<std::string> names;
    for (const v1::Release& release : held) names.insert(release.name());
    EXPECT_THAT(names, ElementsAreArray(published));
    EXPECT_THAT(daemon_->Terminate(), Eq(0));
  }

  TempDir dir_;
  std::unique_ptr<Daemon> daemon_;
  std::unique_ptr<client::Client> client_;
};

TEST_F(MutatedFiles, OfTheProjectAreReadOrRefusedByName) {
  Start(/*seconds=*/10);
  HandInMutations(OwnFiles(), 45 * TestScale());
}

TEST_F(MutatedFiles, OfPublishersAreReadOrRefusedByName) {
  const std::vector<Original> files = PublishersFiles();
  if (files.empty()) {
    GTEST_SKIP() << "publishers' files are not here (set COLLATE_SHARED_DATA)";
  }
  Start(/*seconds=*/10);
  HandInMutations(files, 45 * TestScale());
}

// Raw deflate of so many MiB of spaces, and its checksum: the same block again
// and again.
std::pair<std::string, uint32_t> DeflatedSpaces(int mebibytes) {
  const std::string spaces(size_t{1} << 20, ' ');
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
  std::string block(8192, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(spaces.data()));
  stream.avail_in = static_cast<uInt>(spaces.size());
  stream.next_out = reinterpret_cast<Bytef*>(block.data());
  stream.avail_out = static_cast<uInt>(block.size());
  deflate(&stream, Z_FULL_FLUSH);
  block.resize(stream.total_out);
  deflateEnd(&stream);
  const uLong once = crc32(0, reinterpret_cast<const Bytef*>(spaces.data()),
                           static_cast<uInt>(spaces.size()));
  std::pair<std::string, uint32_t> all;
  uLong crc = 0;
  for (int i = 0; i < mebibytes; ++i) {
    all.first += block;
    crc = i == 0
              ? once
              : crc32_combine(crc, once, static_cast<z_off_t>(spaces.size()));
  }
  all.first += std::string("\x03\x00", 2);  // the last block, empty
  all.second = static_cast<uint32_t>(crc);
  return all;
}

std::string Workbook(const std::string& sheet) {
  return tabular::MakeXlsx({.sheets = {{"S", sheet}}});
}

// A sheet of 1 GiB.
std::string LargePart() {
  const auto [deflated, crc] = DeflatedSpaces(1024);
  std::vector<tabular::ZipPart> parts = tabular::XlsxParts({});
  for (tabular::ZipPart& part : parts) {
    if (!absl::StrContains(part.name, "sheets/")) continue;
    part.data = deflated;
    part.stored = true;
    part.method = 8;
    part.declared = int64_t{1} << 30;
    part.crc = crc;
  }
  return tabular::MakeZip(parts);
}

// 10,000 entries that share one body of 10 MiB: 480 kB that claim 100 GB.
std::string Overlapping() {
  const auto [deflated, crc] = DeflatedSpaces(10);
  tabular::ZipPart part = {.name = "a",
                           .data = deflated,
                           .stored = true,
                           .method = 8,
                           .declared = int64_t{10} << 20,
                           .crc = crc};
  std::vector<tabular::ZipPart> parts = {part};
  part.at_first = true;
  parts.resize(10'000, part);
  return tabular::MakeZip(parts);
}

std::string Nested(int levels) {
  std::string open;
  std::string close;
  for (int i = 0; i < levels; ++i) {
    open += "<a>";
    close += "</a>";
  }
  return open + close;
}

std::string WithPart(const std::string& text) {
  std::vector<tabular::ZipPart> parts = tabular::XlsxParts({});
  for (tabular::ZipPart& part : parts) {
    if (absl::StrContains(part.name, "sheets/")) part.data = text;
  }
  return tabular::MakeZip(parts);
}

struct Monster {
  const char* name;
  std::function<std::string()> bytes;
  std::vector<std::string> reasons;
};

TEST_F(MutatedFiles, WhatClaimsTooMuchIsRefusedByNameAtOnce) {
  // Its adapter reads any sheet, and says how much memory that took.
  Start(/*seconds=*/1, {BuildPath("tests/grid_adapters")});
  const Monster monsters[] = {
      {"overlapping.xlsx", Overlapping, {"ZIP_ENTRY_LIMIT"}},
      {"large_part.xlsx", LargePart, {"ZIP_RATIO_LIMIT"}},
      {"dtd.xlsx",
       [] {
         return WithPart(
             "<!DOCTYPE a [<!ENTITY b \"c\"><!ENTITY d \"&b;&b;\">]>"
             "<worksheet>&d;</worksheet>");
       },
       {"XML_DTD_FORBIDDEN"}},
      {"external.xlsx",
       [] {
         return WithPart("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>");
       },
       {"XML_DTD_FORBIDDEN"}},
      {"beyond_the_last_column.xlsx",
       [] {
         return Workbook(
             "<sheetData><row><c r=\"XFE1\"><v>1</v></c></row>"
             "</sheetData>");
       },
       {"WORKBOOK_BAD_ADDRESS"}},
      {"beyond_the_last_row.xlsx",
       [] {
         return Workbook(
             "<sheetData><row r=\"1048577\"><c><v>1</v></c></row>"
             "</sheetData>");
       },
       {"WORKBOOK_BAD_ADDRESS"}},
      {"last_cell.xlsx",
       [] {
         return Workbook(
             "<dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1048576\">"
             "<c r=\"XFD1048576\"><v>1</v></c></row></sheetData>");
       },
       {"OK"}},
      {"deep.xlsx",
       [] { return Workbook(Nested(200'000)); },
       {"XML_DEPTH_LIMIT"}},
  };
  for (const Monster& monster : monsters) {
    SCOPED_TRACE(monster.name);
    const std::string bytes = monster.bytes();
    const MutationEnding ending =
        HandIn(monster.name, bytes, "grids", /*publish=*/false);
    std::cout << "measured: " << monster.name << ", " << bytes.size()
              << " bytes: " << ending.peak_memory_kb / 1024 << " MiB, "
              << ending.Describe() << std::endl;
    EXPECT_THAT(monster.reasons, ::testing::Contains(ending.reason))
        << ending.Describe();
    EXPECT_THAT(ending.peak_memory_kb, Gt(0u));
#ifndef COLLATE_SANITIZED
    EXPECT_THAT(ending.peak_memory_kb, Lt(128u * 1024)) << ending.Describe();
#endif
  }
}

// Whatever a package calls its parts, no file of that name appears.
TEST_F(MutatedFiles, NothingIsWrittenBesideTheData) {
  Start(/*seconds=*/10);
  const std::string mark =
      absl::StrCat("collate-escaped-", getpid(), "-mutated");
  const std::string elsewhere =
      (fs::temp_directory_path() / (mark + "-absolute")).string();
  const std::vector<std::string> names = {
      mark,      "../" + mark,       "../../../../../../../.." + elsewhere,
      elsewhere, "xl/../../" + mark, "..\\" + mark};
  std::vector<std::string> before = NamesIn(dir_.path());
  before.push_back("in");
  std::sort(before.begin(), before.end());
  for (const std::string& name : names) {
    for (const uint32_t mode : {0u, 0xA1FFu}) {  // a file; a symbolic link
      SCOPED_TRACE(name);
      std::vector<tabular::ZipPart> parts = tabular::XlsxParts({});
      parts.push_back({.name = name, .data = "/etc/passwd", .mode = mode});
      for (const char* adapter : {"", "foi_spreadsheet"}) {
        const MutationEnding ending =
            HandIn("escape.xlsx", tabular::MakeZip(parts), adapter, true);
        EXPECT_THAT(ending.reason, Not(Eq("OK"))) << ending.Describe();
      }
    }
  }
  EXPECT_THAT(NamesIn(dir_.path()), ElementsAreArray(before));
  EXPECT_FALSE(fs::exists(elsewhere));
  EXPECT_FALSE(fs::exists(fs::temp_directory_path() / mark));
  EXPECT_FALSE(fs::exists(mark));
  for (const auto& entry :
       fs::recursive_directory_iterator(dir_.File("data"))) {
    EXPECT_FALSE(absl::StrContains(entry.path().string(), mark))
        << entry.path();
  }
}

}  // namespace
}  // namespace collate::testing
