#include "plugins/foi_spreadsheet/recipe.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <utility>

#include "plugins/foi_spreadsheet/lint.h"

namespace collate::foi_spreadsheet {
namespace {

using google::protobuf::TextFormat;
using tabular::Error;
using tabular::Status;

constexpr size_t kListedProblems = 10;

class SyntaxCollector final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    problems.push_back({line + 1, column + 1, "", message});
  }
  // Unknown fields are errors; there are no other warnings.
  void AddWarning(int line, int column, const std::string& message) override {
    AddError(line, column, message);
  }

  std::vector<Problem> problems;
};

Status Refuse(const char* reason, const std::string& file,
              const std::vector<Problem>& problems) {
  std::string message = std::to_string(problems.size()) +
                        (problems.size() == 1 ? " problem in the recipe"
                                              : " problems in the recipe");
  for (size_t i = 0; i < std::min(problems.size(), kListedProblems); ++i) {
    const Problem& problem = problems[i];
    message += "\n  " + file;
    if (problem.line > 0) {
      message += ":" + std::to_string(problem.line) + ":" +
                 std::to_string(problem.column);
    }
    message += ": ";
    if (!problem.field.empty()) message += problem.field + ": ";
    message += problem.what;
  }
  return Status(Error{.reason = reason,
                      .message = std::move(message),
                      .expected = "a recipe as recipe.proto describes it",
                      .found = problems[0].field});
}

}  // namespace

std::string Recipe::name() const {
  return proto_.id() + "/" + std::to_string(proto_.version());
}

Status LoadRecipe(const std::string& file, std::string_view text,
                  Recipe* recipe) {
  if (text.size() > kMaxRecipeBytes) {
    return Refuse(
        "RECIPE_SYNTAX", file,
        {{0, 0, "",
          "it has " + std::to_string(text.size()) + " bytes; at most " +
              std::to_string(kMaxRecipeBytes) + " are read"}});
  }
  SyntaxCollector collector;
  TextFormat::ParseInfoTree places;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&places);
  parser.SetRecursionLimit(20);
  google::protobuf::io::ArrayInputStream in(text.data(),
                                            static_cast<int>(text.size()));
  const bool parsed = parser.Parse(&in, &recipe->proto_);
  if (!parsed && collector.problems.empty()) {
    collector.problems.push_back({0, 0, "", "it cannot be parsed"});
  }
  if (!collector.problems.empty()) {
    return Refuse("RECIPE_SYNTAX", file, collector.problems);
  }
  const std::vector<Problem> problems =
      Lint(recipe->proto_, places, &recipe->patterns_);
  if (!problems.empty()) return Refuse("RECIPE_INVALID", file, problems);
  return tabular::OkStatus();
}

}  // namespace collate::foi_spreadsheet
