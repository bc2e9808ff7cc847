// Suggestions as a worker would get them, and what a person makes of them.

#ifndef COLLATE_TESTS_PLUGINS_FOI_SPREADSHEET_SUGGEST_TESTING_H_
#define COLLATE_TESTS_PLUGINS_FOI_SPREADSHEET_SUGGEST_TESTING_H_

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "plugins/foi_spreadsheet/sheet.h"
#include "plugins/foi_spreadsheet/suggest_blocks.h"
#include "plugins/foi_spreadsheet/suggest_sums.h"
#include "plugins/sdk/adapter.h"
#include "plugins/tabular/csv.h"
#include "tests/plugins/foi_spreadsheet/recipe_testing.h"
#include "tests/testing/recording_host.h"

namespace collate::foi_spreadsheet {

inline Sheet SheetOf(const std::string& csv,
                     std::vector<tabular::Merge> merges = {}) {
  tabular::MemorySource source(csv);
  tabular::Budget budget;
  Sheet sheet;
  EXPECT_TRUE(tabular::ReadCsv(source, {.part = "s.csv"}, budget, sheet).ok());
  sheet.Finish(std::move(merges));
  return sheet;
}

// Through the adapter's table, with purpose SUGGEST.
class SuggestRead {
 public:
  SuggestRead(const std::string& name, const std::string& bytes,
              Pairs options = {}) {
    testing::MemoryDocument document(name, bytes, std::move(options), {});
    document.abi()->purpose = COLLATE_PURPOSE_SUGGEST;
    collate_adapter adapter = *collate_adapter_v1();
    adapter.read = adapter.inspect;
    host.Run(&adapter, document);
    EXPECT_THAT(host.breaches, ::testing::IsEmpty());
    EXPECT_THAT(host.document.observations, ::testing::IsEmpty());
  }

  std::string Attachment(const std::string& name) const {
    for (const auto& attachment : host.document.attachments) {
      if (attachment.name == name) return attachment.content;
    }
    return "";
  }
  std::string recipe() const {
    return Attachment("suggested.recipe.textproto");
  }
  std::string guess() const { return Attachment("suggest-guess.csv"); }
  std::vector<std::string> Reasons() const {
    std::vector<std::string> out;
    for (const auto& diagnostic : host.document.diagnostics) {
      out.push_back(diagnostic.reason);
    }
    return out;
  }

  testing::RecordingHost host;
};

inline std::string Replaced(std::string text, const std::string& from,
                            const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) {
    ADD_FAILURE() << "not in the text: " << from << "\n" << text;
    return text;
  }
  return text.replace(at, from.size(), to);
}

// Every question taken away, the measure named.
inline std::string Decided(const std::string& recipe) {
  std::istringstream in(recipe);
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const size_t begin = line.find_first_not_of(' ');
    if (begin != std::string::npos &&
        line.compare(begin, 10, "undecided:") == 0) {
      continue;
    }
    if (line.find("unit: \"undecided\"") != std::string::npos) {
      line = "name: \"offences\" unit: \"offences\"";
    }
    out += line + '\n';
  }
  return out;
}

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_TESTS_PLUGINS_FOI_SPREADSHEET_SUGGEST_TESTING_H_
