// Measures the readers of plugins/tabular beside liborcus, over one made-up
// workbook in each format. tests/bench/README.md says what is measured and how
// to read it.
//
//   workbooks_beside_orcus --rounds 7
//
// Exits with 1 when the two read different things; figures are printed and not
// judged.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/large_workbook.h"
#include "tests/bench/measure.h"
#include "tests/bench/workbook_figures.h"

namespace collate::testing {
namespace {

struct Settings {
  int rounds = 7;
  uint64_t rows = 200'000;
  std::string directory;
};

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

// What the reader, a program beside this one, says of the file.
bench::WorkbookFigures ReadBy(const std::string& reader,
                              const std::string& file) {
  const std::string command =
      (std::filesystem::read_symlink("/proc/self/exe").parent_path() / reader)
          .string() +
      " '" + file + "'";
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) Fail("cannot start " + reader);
  char said[512] = {};
  const size_t size = std::fread(said, 1, sizeof said - 1, pipe);
  bench::WorkbookFigures figures;
  if (pclose(pipe) != 0 || !bench::Hear(std::string(said, size), &figures)) {
    Fail(reader + " fails on " + file);
  }
  return figures;
}

struct Reader {
  std::string name;
  std::string program;
  std::vector<double> seconds;
  uint64_t peak_bytes = 0;
};

void Measure(const std::string& format, const std::string& file,
             const Settings& settings) {
  std::vector<Reader> readers = {{"collate", "workbook_reader", {}, 0},
                                 {"orcus", "orcus_reader", {}, 0}};
  const auto ours = ReadBy(readers[0].program, file);
  auto theirs = ReadBy(readers[1].program, file);
  std::printf(
      "%s, %.1f MB: %llu and %llu cells, numbers %.17g and %.17g, text "
      "%llu and %llu bytes, %llu and %llu merges, %llu and %llu hidden "
      "rows\n",
      format.c_str(),
      static_cast<double>(std::filesystem::file_size(file)) / 1e6,
      static_cast<unsigned long long>(ours.cells),
      static_cast<unsigned long long>(theirs.cells), ours.numbers,
      theirs.numbers, static_cast<unsigned long long>(ours.text_bytes),
      static_cast<unsigned long long>(theirs.text_bytes),
      static_cast<unsigned long long>(ours.merges),
      static_cast<unsigned long long>(theirs.merges),
      static_cast<unsigned long long>(ours.hidden_rows),
      static_cast<unsigned long long>(theirs.hidden_rows));
  std::fflush(stdout);
  // What version 0.17 passes over in silence; it knows no merges and no hidden
  // rows of ODS either.
  const bench::KindOfCell passed_over =
      format == ".xlsx" ? bench::OwnTextsOf(settings.rows)
                        : bench::PercentagesOf(settings.rows);
  if (theirs.cells + passed_over.cells == ours.cells) {
    theirs.cells += passed_over.cells;
    theirs.text_bytes += passed_over.text_bytes;
    theirs.numbers += passed_over.numbers;
  }
  if (ours.cells != theirs.cells || ours.text_bytes != theirs.text_bytes ||
      std::abs(ours.numbers - theirs.numbers) > 1e-9 * std::abs(ours.numbers) ||
      (format == ".xlsx" && ours.merges != theirs.merges)) {
    Fail("the two read different things");
  }
  for (int round = 0; round < settings.rounds; ++round) {
    for (size_t i = 0; i < readers.size(); ++i) {
      Reader& reader = readers[round % 2 == 0 ? i : readers.size() - 1 - i];
      const auto figures = ReadBy(reader.program, file);
      reader.seconds.push_back(figures.seconds);
      reader.peak_bytes = std::max(reader.peak_bytes, figures.peak_bytes);
    }
  }
  std::vector<double> ratios;
  for (size_t i = 0; i < readers[0].seconds.size(); ++i) {
    ratios.push_back(readers[1].seconds[i] / readers[0].seconds[i]);
  }
  for (const Reader& reader : readers) {
    std::printf(
        "%-6s %-10s %10.0f rows/s %8.1f MB at most\n", format.c_str(),
        reader.name.c_str(),
        static_cast<double>(settings.rows) / bench::Median(reader.seconds),
        static_cast<double>(reader.peak_bytes) / 1e6);
  }
  std::printf("%-6s %.2f times orcus's rows/s (%.2f to %.2f)\n", format.c_str(),
              bench::Median(ratios), bench::Quantile(ratios, 0),
              bench::Quantile(ratios, 1));
}

void Run(const Settings& settings) {
  const std::string stem =
      (settings.directory.empty()
           ? std::filesystem::temp_directory_path().string()
           : settings.directory) +
      "/workbook_" + std::to_string(getpid());
  std::printf(
      "%s\n%llu rows of 10 cells; processor time of whole processes, "
      "%d rounds\n",
      bench::Machine().c_str(), static_cast<unsigned long long>(settings.rows),
      settings.rounds);
  for (const auto& [format, write] :
       {std::pair{".xlsx", &bench::WriteLargeXlsx},
        std::pair{".ods", &bench::WriteLargeOds}}) {
    const std::string file = stem + format;
    if (!write(file, settings.rows)) Fail("cannot write " + file);
    Measure(format, file, settings);
    std::filesystem::remove(file);
  }
}

}  // namespace
}  // namespace collate::testing

int main(int argc, char** argv) {
  collate::testing::Settings settings;
  CLI::App app("Reading workbooks beside liborcus.");
  app.add_option("--rounds", settings.rounds, "Rounds that are measured")
      ->check(CLI::PositiveNumber);
  app.add_option("--rows", settings.rows, "Rows of the sheet")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000}));
  app.add_option("--directory", settings.directory,
                 "Where the workbooks are written, about 40 MB");
  CLI11_PARSE(app, argc, argv);
  collate::testing::Run(settings);
  return 0;
}
