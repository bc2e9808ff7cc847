// How fast statements of reasons are counted, beside DuckDB's reading of the
// same text and beside inflating alone. README.md says what is measured and how
// to read it.
//
//   statements_beside_duckdb --duckdb .../libduckdb.so --records 1000000
//
// Exits with 1 when a count was wrong; figures are printed and not judged.

#include <fcntl.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/zip_directory.h"
#include "plugins/transparency_report/dsa_statements/statements.h"
#include "tests/bench/duckdb_database.h"
#include "tests/bench/measure.h"
#include "tests/generators/dsa_dump/archive.h"

namespace collate::testing {
namespace {

namespace dsa = transparency_report::dsa;
using dsa_dump::Key;
using Counts = std::map<Key, uint64_t>;

struct Settings {
  int rounds = 7;
  uint64_t records = 1'000'000;
  std::string directory;
  std::string duckdb;
};

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

class FileSource final : public tabular::ByteSource {
 public:
  explicit FileSource(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)),
        size_(std::filesystem::file_size(path)) {
    if (fd_ < 0) Fail("cannot open " + path);
  }
  ~FileSource() override { close(fd_); }
  uint64_t size() const override { return size_; }
  int64_t ReadAt(uint64_t offset, void* out, size_t n) override {
    return pread(fd_, out, n, static_cast<off_t>(offset));
  }

 private:
  int fd_;
  uint64_t size_;
};

// ---- Ours ------------------------------------------------------------------

uint64_t CountFile(const std::string& path, dsa::Isa isa, Counts* counts) {
  FileSource source(path);
  dsa::Counter counter(isa, 1'000'000);
  dsa::Losses losses;
  dsa::ReadTotals totals;
  const tabular::Status status =
      dsa::ReadStatements(source, {.isa = isa}, counter, losses, &totals);
  if (!status.ok()) Fail(status.error().reason);
  if (losses.records_lost + losses.records_twice + losses.archive_findings >
      0) {
    Fail("records were lost");
  }
  if (counts != nullptr) {
    counter.ForEach(dsa::Output::kStatements, [&](const dsa::CellLabels& cell,
                                                  uint64_t count) {
      Key key;
      for (const dsa::Axis axis :
           {dsa::kDayAxis, dsa::kPlatformAxis, dsa::kHarmAxis, dsa::kSourceAxis,
            dsa::kDetectionAxis, dsa::kDecisionAxis, dsa::kAccountAxis}) {
        key.push_back(counter.labels(axis).text(cell[axis]));
      }
      (*counts)[key] += count;
    });
  }
  return totals.csv_bytes;
}

// Of a process of its own, which counts the file and nothing else.
long PeakKilobytes(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    CountFile(path, dsa::BestIsa(), nullptr);
    _exit(0);
  }
  int status = 0;
  rusage usage = {};
  if (wait4(child, &status, 0, &usage) != child || status != 0) {
    Fail("the counting process failed");
  }
  return usage.ru_maxrss;
}

// ---- DuckDB ----------------------------------------------------------------

Counts CountWith(bench::DuckDb& duckdb, const std::string& path,
                 const std::string& header) {
  std::string columns;
  for (size_t at = 0; at < header.size();) {
    const size_t end = header.find_first_of(",\n", at);
    columns +=
        (at == 0 ? "'" : ", '") + header.substr(at, end - at) + "': 'VARCHAR'";
    at = end + 1;
  }
  // Nothing is guessed and no type is converted.
  const std::string sql =
      "SELECT substr(created_at, 1, 10), platform_name, category, "
      "source_type, automated_detection, automated_decision, "
      "decision_account, count(*) FROM read_csv('" +
      path +
      "', auto_detect = false, header = true, delim = ',', quote = '\"', "
      "escape = '\"', columns = {" +
      columns + "}) GROUP BY ALL";
  Counts counts;
  for (std::vector<std::string>& row : duckdb.Texts(sql)) {
    const uint64_t count = std::stoull(row.back());
    row.pop_back();
    counts[std::move(row)] = count;
  }
  return counts;
}

// ---- Inflating alone -------------------------------------------------------

// The packed texts of the dump, in memory.
struct Packed {
  std::vector<std::string> texts;
  std::vector<uint64_t> sizes;
  uint64_t bytes = 0;  // inflated
};

Packed PackedTextsOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  tabular::Limits limits;
  limits.bytes = uint64_t{1} << 40;
  const tabular::Budget budget(limits);
  Packed packed;
  const auto entries_of = [&](std::string_view archive) {
    tabular::MemorySource source(archive);
    std::vector<tabular::ZipEntry> entries;
    if (!tabular::ReadZipDirectory(source, budget, &entries).ok()) {
      Fail("the dump is no archive");
    }
    return entries;
  };
  const auto within = [](std::string_view archive,
                         const tabular::ZipEntry& entry) {
    return archive.substr(entry.end - entry.packed, entry.packed);
  };
  for (const tabular::ZipEntry& outer : entries_of(bytes)) {
    const std::string_view inner = within(bytes, outer);
    for (const tabular::ZipEntry& entry : entries_of(inner)) {
      packed.texts.emplace_back(within(inner, entry));
      packed.sizes.push_back(entry.inflated);
      packed.bytes += entry.inflated;
    }
  }
  return packed;
}

// In pieces that stay in the processor's cache, as the counting reads them.
void InflateWithIsal(const Packed& packed, bool checksums) {
  std::vector<uint8_t> out(size_t{256} << 10);
  const auto state = std::make_unique<inflate_state>();
  uint64_t total = 0;
  for (const std::string& text : packed.texts) {
    isal_inflate_init(state.get());
    state->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
    state->avail_in = static_cast<uint32_t>(text.size());
    uint32_t crc = 0;
    do {
      state->next_out = out.data();
      state->avail_out = static_cast<uint32_t>(out.size());
      if (isal_inflate(state.get()) < 0) Fail("ISA-L fails");
      const size_t size = out.size() - state->avail_out;
      if (checksums) crc = crc32_gzip_refl(crc, out.data(), size);
      total += size;
    } while (state->block_state != ISAL_BLOCK_FINISH);
  }
  if (total != packed.bytes) Fail("ISA-L inflates to another size");
}

// Whole texts at once: it cannot do otherwise.
void InflateWithLibdeflate(const Packed& packed) {
  std::vector<char> out(
      *std::max_element(packed.sizes.begin(), packed.sizes.end()));
  libdeflate_decompressor* inflater = libdeflate_alloc_decompressor();
  for (size_t i = 0; i < packed.texts.size(); ++i) {
    size_t size = 0;
    if (libdeflate_deflate_decompress(
            inflater, packed.texts[i].data(), packed.texts[i].size(),
            out.data(), out.size(), &size) != LIBDEFLATE_SUCCESS ||
        size != packed.sizes[i]) {
      Fail("libdeflate fails");
    }
  }
  libdeflate_free_decompressor(inflater);
}

// ---- The measurement -------------------------------------------------------

dsa_dump::Truth WriteTo(const std::string& path,
                        const dsa_dump::Options& options,
                        const dsa_dump::Packing& packing) {
  std::ofstream file(path, std::ios::binary);
  auto truth = dsa_dump::WriteDump(options, packing, [&](std::string_view b) {
    file.write(b.data(), static_cast<std::streamsize>(b.size()));
  });
  file.close();
  if (!file) Fail("cannot write " + path);
  return truth;
}

struct Contender {
  std::string name;
  std::function<void()> run;
  uint64_t bytes = 0;  // of text, for each run
  std::vector<double> seconds;
};

void Measure(std::vector<Contender>& contenders, int rounds) {
  for (int round = 0; round <= rounds; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      // Now in the one order, now in the other, so that a slow change of the
      // machine favours none.
      Contender& contender =
          contenders[round % 2 == 0 ? i : contenders.size() - 1 - i];
      const double start = bench::ProcessorSeconds();
      contender.run();
      // The first round warms up.
      if (round > 0)
        contender.seconds.push_back(bench::ProcessorSeconds() - start);
    }
  }
}

void Print(const std::vector<Contender>& contenders, uint64_t records) {
  for (const Contender& contender : contenders) {
    std::vector<double> ratios;
    for (size_t i = 0; i < contender.seconds.size(); ++i) {
      ratios.push_back(contender.seconds[i] / contenders[0].seconds[i]);
    }
    const double seconds = bench::Median(contender.seconds);
    std::printf("%-34s %8.2f M rows/s %8.0f MB/s %8.2f\n",
                contender.name.c_str(),
                static_cast<double>(records) / seconds / 1e6,
                static_cast<double>(contender.bytes) / seconds / 1e6,
                bench::Median(ratios));
  }
}

void Run(const Settings& settings) {
  const std::string folder =
      settings.directory.empty()
          ? std::filesystem::temp_directory_path().string()
          : settings.directory;
  const std::string stem = folder + "/statements_" + std::to_string(getpid());
  const std::string csv = stem + ".csv";
  const std::string zip = stem + ".zip";
  const dsa_dump::Options options{.records = settings.records, .schema = 2};
  const auto truth = WriteTo(csv, options, {.shape = dsa_dump::Shape::kCsv});
  WriteTo(zip, options, {.shape = dsa_dump::Shape::kZipInZip});
  const uint64_t bytes = std::filesystem::file_size(csv);
  std::printf(
      "%s\n%llu records, %.2f GB of CSV, packed to 1/%.1f; processor time, "
      "one thread, %d rounds\n",
      bench::Machine().c_str(),
      static_cast<unsigned long long>(settings.records),
      static_cast<double>(bytes) / 1e9,
      static_cast<double>(bytes) /
          static_cast<double>(std::filesystem::file_size(zip)),
      settings.rounds);
  std::printf("peak memory: %ld MB of the CSV, %ld MB of the archive\n",
              PeakKilobytes(csv) / 1024, PeakKilobytes(zip) / 1024);

  const auto check = [&](const Counts& counts, const char* whose) {
    if (counts != truth.statements) Fail(std::string(whose) + " counts wrong");
  };
  std::vector<Contender> plain;
  const auto add_ours = [&](const char* name, dsa::Isa isa) {
    if (!dsa::IsSupported(isa)) return;
    plain.push_back({name,
                     [&, isa] {
                       Counts counts;
                       CountFile(csv, isa, &counts);
                       check(counts, "collate");
                     },
                     bytes,
                     {}});
  };
  add_ours("CSV, collate, AVX-512", dsa::Isa::kAvx512);
  add_ours("CSV, collate, AVX2", dsa::Isa::kAvx2);
  add_ours("CSV, collate, portable", dsa::Isa::kPortable);
  std::unique_ptr<bench::DuckDb> duckdb;
  if (!settings.duckdb.empty()) {
    duckdb = bench::OpenDuckDb(settings.duckdb, 1);
    const std::string header = dsa_dump::Dump(options).Header();
    plain.push_back(
        {"CSV, " + duckdb->name(),
         [&, header] { check(CountWith(*duckdb, csv, header), "DuckDB"); },
         bytes,
         {}});
  }
  std::printf("%-34s %17s %13s %8s\n", "", "", "", "time, times");
  Measure(plain, settings.rounds);
  Print(plain, settings.records);

  const Packed packed = PackedTextsOf(zip);
  std::vector<Contender> archives = {{"archive, collate",
                                      [&] {
                                        Counts counts;
                                        CountFile(zip, dsa::BestIsa(), &counts);
                                        check(counts, "collate");
                                      },
                                      packed.bytes,
                                      {}},
                                     {"inflating alone, ISA-L",
                                      [&] { InflateWithIsal(packed, false); },
                                      packed.bytes,
                                      {}},
                                     {"the same with checksums",
                                      [&] { InflateWithIsal(packed, true); },
                                      packed.bytes,
                                      {}},
                                     {"inflating alone, libdeflate",
                                      [&] { InflateWithLibdeflate(packed); },
                                      packed.bytes,
                                      {}}};
  Measure(archives, settings.rounds);
  Print(archives, settings.records);
  std::filesystem::remove(csv);
  std::filesystem::remove(zip);
}

}  // namespace
}  // namespace collate::testing

int main(int argc, char** argv) {
  collate::testing::Settings settings;
  CLI::App app("Counting statements of reasons beside DuckDB.");
  app.add_option("--rounds", settings.rounds, "Rounds that are measured")
      ->check(CLI::PositiveNumber);
  app.add_option("--records", settings.records, "Records of the dump")
      ->check(CLI::PositiveNumber);
  app.add_option("--directory", settings.directory,
                 "Where the dump is written, about 1.2 GB a million records");
  app.add_option("--duckdb", settings.duckdb,
                 "libduckdb.so; without it DuckDB is left out")
      ->check(CLI::ExistingFile);
  CLI11_PARSE(app, argc, argv);
  collate::testing::Run(settings);
  return 0;
}
