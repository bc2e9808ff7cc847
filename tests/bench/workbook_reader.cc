// Reads one workbook as families do, row by row with locators, and says what
// it held. A program of its own, so that its memory is that of the reader.
//
//   workbook_reader book.xlsx

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/source.h"
#include "plugins/tabular/workbook.h"
#include "tests/bench/workbook_figures.h"

namespace collate::testing::bench {
namespace {

using tabular::Cell;
using tabular::CellKind;
using tabular::Status;

class FileSource final : public tabular::ByteSource {
 public:
  explicit FileSource(const char* path)
      : fd_(open(path, O_RDONLY | O_CLOEXEC)) {}
  ~FileSource() override { close(fd_); }
  uint64_t size() const override {
    struct stat about = {};
    return fstat(fd_, &about) == 0 ? static_cast<uint64_t>(about.st_size) : 0;
  }
  int64_t ReadAt(uint64_t offset, void* out, size_t n) override {
    return pread(fd_, out, n, static_cast<off_t>(offset));
  }

 private:
  int fd_;
};

class Sink final : public tabular::GridSink {
 public:
  explicit Sink(WorkbookFigures& figures) : figures_(figures) {}

  Status OnRow(const tabular::Row& row) override {
    figures_.hidden_rows += row.cells.front().hidden;
    for (const Cell& cell : row.cells) {
      ++figures_.cells;
      if (cell.locator.row != row.locator.row ||
          cell.locator.column <= column_) {
        in_order_ = false;
      }
      column_ = cell.locator.column;
      if (cell.kind == CellKind::kText) {
        figures_.text_bytes += cell.text.size();
        continue;
      }
      double number = 0;
      const char* end = cell.raw.data() + cell.raw.size();
      if (std::from_chars(cell.raw.data(), end, number).ptr == end) {
        figures_.numbers += number;
      }
    }
    column_ = 0;
    return tabular::OkStatus();
  }

  bool in_order() const { return in_order_; }

 private:
  WorkbookFigures& figures_;
  uint32_t column_ = 0;
  bool in_order_ = true;
};

Status Read(const char* path, WorkbookFigures* figures, bool* in_order) {
  FileSource source(path);
  tabular::Budget budget;
  std::unique_ptr<tabular::Workbook> workbook;
  COLLATE_TABULAR_RETURN_IF_ERROR(
      tabular::Workbook::Open(source, {.part = path}, budget, &workbook));
  for (const tabular::SheetInfo& info : workbook->sheets()) {
    Sink sink(*figures);
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook->ReadSheet(info.index, sink));
    std::vector<tabular::Merge> merges;
    COLLATE_TABULAR_RETURN_IF_ERROR(workbook->ReadMerges(info.index, &merges));
    figures->merges += merges.size();
    *in_order = *in_order && sink.in_order();
  }
  return tabular::OkStatus();
}

}  // namespace
}  // namespace collate::testing::bench

int main(int argc, char** argv) {
  using namespace collate::testing::bench;  // NOLINT: the program's own
  if (argc != 2) return 2;
  WorkbookFigures figures;
  bool in_order = true;
  const collate::tabular::Status status = Read(argv[1], &figures, &in_order);
  if (!status.ok() || !in_order) {
    std::fprintf(
        stderr, "%s\n",
        status.ok() ? "cells out of order" : status.error().message.c_str());
    return 1;
  }
  Say(figures);
  return 0;
}
