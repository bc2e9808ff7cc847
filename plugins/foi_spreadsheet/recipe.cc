#include "plugins/foi_spreadsheet/recipe.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <utility>

#include "plugins/foi_spreadsheet/lint.h"
#include "plugins/foi_spreadsheet/recipe_place.h"

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

// Copies what is not there yet, as `key` tells.
template <typename Message, typename Key>
void AddMissing(const google::protobuf::RepeatedPtrField<Message>& from,
                Key key, google::protobuf::RepeatedPtrField<Message>* to) {
  const int own = to->size();
  for (const Message& message : from) {
    if (std::none_of(to->begin(), to->begin() + own, [&](const Message& other) {
          return (other.*key)() == (message.*key)();
        })) {
      *to->Add() = message;
    }
  }
}

void ApplyDefaults(pb::Recipe* recipe) {
  // Refused in a moment, and not multiplied before.
  if (recipe->tables_size() > kMaxTables) return;
  const pb::Defaults& defaults = recipe->defaults();
  for (pb::Table& table : *recipe->mutable_tables()) {
    if (!defaults.anchors().empty()) {
      AddMissing(defaults.anchors(), &pb::Anchor::name,
                 table.mutable_match()->mutable_anchors());
    }
    if (table.no_figures().empty()) {
      AddMissing(defaults.dimensions(), &pb::Dimension::name,
                 table.mutable_dimensions());
    }
    AddMissing(defaults.markers(), &pb::Marker::text, table.mutable_markers());
    if (!table.has_labels() && defaults.has_labels()) {
      *table.mutable_labels() = defaults.labels();
    }
    table.mutable_notes()->MergeFrom(defaults.notes());
    table.mutable_ignore()->MergeFrom(defaults.ignore());
  }
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
  std::vector<Problem> problems =
      LintDefaults(recipe->proto_, places, &recipe->patterns_);
  if (problems.empty()) {
    ApplyDefaults(&recipe->proto_);
    problems = Lint(recipe->proto_, places, &recipe->patterns_);
  }
  if (!problems.empty()) return Refuse("RECIPE_INVALID", file, problems);
  const Node root(recipe->proto_, &places);
  for (int t = 0; t < recipe->proto_.tables_size(); ++t) {
    const Node table = root.Down("tables", t);
    for (int i = 0; i < recipe->proto_.tables(t).undecided_size(); ++i) {
      const auto [line, column] = table.PlaceOf("undecided", i);
      recipe->undecided_.push_back(file + ":" + std::to_string(line) + ":" +
                                   std::to_string(column) + ": " +
                                   recipe->proto_.tables(t).undecided(i));
    }
  }
  return tabular::OkStatus();
}

Status CheckDecided(const Recipe& recipe) {
  const size_t count = recipe.undecided_.size();
  if (count == 0) return tabular::OkStatus();
  std::string message = std::to_string(count) +
                        (count == 1 ? " question of the recipe is"
                                    : " questions of the recipe are") +
                        " undecided";
  for (size_t i = 0; i < std::min(count, kListedProblems); ++i) {
    message += "\n  " + recipe.undecided_[i];
  }
  if (count > kListedProblems) message += "\n  ...";
  return Status(Error{
      .reason = "RECIPE_UNDECIDED",
      .message = std::move(message),
      .expected = "every field beside a line `undecided` filled in, and the "
                  "line taken away",
      .found = std::to_string(count) + " lines `undecided`"});
}

}  // namespace collate::foi_spreadsheet
