// Reads CSV text into plain values for the tests of this folder.

#ifndef COLLATE_TESTS_PLUGINS_TABULAR_GRID_TESTING_H_
#define COLLATE_TESTS_PLUGINS_TABULAR_GRID_TESTING_H_

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/tabular/csv.h"

namespace collate::tabular {

using Texts = std::vector<std::string>;

struct ReadResult {
  Status status;
  std::vector<Texts> rows;
  std::vector<Texts> raws;
  std::vector<std::vector<Locator>> locators;
  std::vector<Locator> row_locators;
  int ended = 0;

  const Error& error() const { return status.error(); }
  std::string reason() const {
    return status.ok() ? "OK" : status.error().reason;
  }
};

class CollectingSink : public GridSink {
 public:
  explicit CollectingSink(ReadResult* result) : result_(result) {}
  Status OnRow(const Row& row) override {
    Texts texts, raws;
    std::vector<Locator> locators;
    for (const Cell& cell : row.cells) {
      texts.emplace_back(cell.text);
      raws.emplace_back(cell.raw);
      locators.push_back(cell.locator);
    }
    result_->rows.push_back(std::move(texts));
    result_->raws.push_back(std::move(raws));
    result_->locators.push_back(std::move(locators));
    result_->row_locators.push_back(row.locator);
    return OkStatus();
  }
  Status EndGrid(const GridInfo&) override {
    ++result_->ended;
    return OkStatus();
  }

 private:
  ReadResult* result_;
};

inline ReadResult Read(std::string_view bytes, CsvOptions options = {},
                       Limits limits = Limits()) {
  if (options.part.empty()) options.part = "a.csv";
  ReadResult result;
  MemorySource source(bytes);
  Budget budget(limits);
  CollectingSink sink(&result);
  result.status = ReadCsv(source, options, budget, sink);
  return result;
}

}  // namespace collate::tabular

#endif  // COLLATE_TESTS_PLUGINS_TABULAR_GRID_TESTING_H_
