// Runs a recipe over bytes through the adapter's exported table, as a worker
// would, and gives what came of it by cell.

#ifndef COLLATE_TESTS_PLUGINS_FOI_SPREADSHEET_RECIPE_TESTING_H_
#define COLLATE_TESTS_PLUGINS_FOI_SPREADSHEET_RECIPE_TESTING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "plugins/sdk/adapter.h"
#include "plugins/tabular/status.h"
#include "tests/testing/paths.h"
#include "tests/testing/recording_host.h"

namespace collate::foi_spreadsheet {

using Pairs = testing::MemoryDocument::Pairs;

inline std::string ShippedRecipe(const std::string& id) {
  return testing::ReadFile(testing::SourcePath(
      "plugins/foi_spreadsheet/resources/" + id + ".recipe.textproto"));
}

class RecipeRead {
 public:
  RecipeRead(const std::string& recipe, const std::string& name,
             const std::string& bytes, Pairs manifest = {},
             bool preview = false) {
    testing::MemoryDocument document(name, bytes, {{"recipe_text", recipe}},
                                     std::move(manifest));
    if (preview) document.abi()->purpose = COLLATE_PURPOSE_PREVIEW;
    host.Run(collate_adapter_v1(), document);
    EXPECT_THAT(host.breaches, ::testing::IsEmpty());
  }

  bool ok() const { return host.code == COLLATE_CODE_OK; }
  const std::vector<ingest::RawObservation>& rows() const {
    return host.document.observations;
  }
  std::vector<std::string> Reasons(ingest::Severity severity) const {
    std::vector<std::string> out;
    for (const auto& diagnostic : host.document.diagnostics) {
      if (diagnostic.severity == severity) out.push_back(diagnostic.reason);
    }
    return out;
  }
  // "REASON A1", for each error.
  std::vector<std::string> Faults() const {
    std::vector<std::string> out;
    for (const auto& diagnostic : host.document.diagnostics) {
      if (diagnostic.severity != ingest::Severity::kError) continue;
      out.push_back(diagnostic.reason +
                    (diagnostic.locator.row == 0
                         ? ""
                         : " " + tabular::CellName(diagnostic.locator.row,
                                                   diagnostic.locator.column)));
    }
    return out;
  }
  const ingest::RawObservation& At(const std::string& cell) const {
    static const ingest::RawObservation kNone;
    for (const ingest::RawObservation& row : rows()) {
      if (tabular::CellName(row.locator.row, row.locator.column) == cell) {
        return row;
      }
    }
    ADD_FAILURE() << "no observation at " << cell;
    return kNone;
  }
  std::string Attachment(const std::string& name) const {
    for (const auto& attachment : host.document.attachments) {
      if (attachment.name == name) return attachment.content;
    }
    return "";
  }

  testing::RecordingHost host;
};

inline std::string Label(const ingest::RawObservation& row,
                         const std::string& axis) {
  for (const auto& [name, label] : row.dimensions) {
    if (name == axis) return label;
  }
  return "";
}

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_TESTS_PLUGINS_FOI_SPREADSHEET_RECIPE_TESTING_H_
