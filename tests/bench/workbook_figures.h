// What a process that read one workbook says of it on its standard output, for
// another to compare.

#ifndef COLLATE_TESTS_BENCH_WORKBOOK_FIGURES_H_
#define COLLATE_TESTS_BENCH_WORKBOOK_FIGURES_H_

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "tests/bench/measure.h"

namespace collate::testing::bench {

struct WorkbookFigures {
  uint64_t cells = 0;       // that hold something
  uint64_t text_bytes = 0;  // of cells that hold text
  double numbers = 0;       // sum of what is stored as a number, days too
  uint64_t merges = 0;
  uint64_t hidden_rows = 0;
  double seconds = 0;       // of the processor, for the whole process
  uint64_t peak_bytes = 0;  // of resident memory, likewise
};

// Of this process since its program began: a peak of getrusage is also that of
// the program that started it.
inline uint64_t PeakOfThisProgram() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) {
      return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
    }
  }
  return 0;
}

inline void Say(WorkbookFigures figures) {
  figures.seconds = ProcessorSeconds();
  figures.peak_bytes = PeakOfThisProgram();
  std::printf("%" PRIu64 " %" PRIu64 " %.17g %" PRIu64 " %" PRIu64
              " %.9f %" PRIu64 "\n",
              figures.cells, figures.text_bytes, figures.numbers,
              figures.merges, figures.hidden_rows, figures.seconds,
              figures.peak_bytes);
}

// False when the process said anything else.
inline bool Hear(const std::string& said, WorkbookFigures* figures) {
  return std::sscanf(said.c_str(),
                     "%" SCNu64 " %" SCNu64 " %lg %" SCNu64 " %" SCNu64
                     " %lg %" SCNu64,
                     &figures->cells, &figures->text_bytes, &figures->numbers,
                     &figures->merges, &figures->hidden_rows, &figures->seconds,
                     &figures->peak_bytes) == 7;
}

}  // namespace collate::testing::bench

#endif  // COLLATE_TESTS_BENCH_WORKBOOK_FIGURES_H_
