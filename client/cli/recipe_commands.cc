// recipe test and recipe suggest.

#include <memory>

#include "client/cli/command_tree.h"
#include "client/cli/options.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

constexpr char kAdapter[] = "foi_spreadsheet";

constexpr char kSuggestFooter[] =
    R"(A suggestion decides nothing. What a person has to say stands in the recipe
as lines `undecided`; while there is one, `collate recipe test` shows what the
rest does and fails, and nothing can be ingested by it.)";

// A dry run by the adapter of recipes, of a release that never is one.
Submission DryRun(const std::string& source) {
  Submission submission;
  submission.release.set_source(source);
  submission.release.mutable_publish_time_unknown();
  submission.release.set_adapter(kAdapter);
  submission.dry_run = true;
  return submission;
}

struct TestWords {
  std::string recipe;
  std::vector<std::string> files;
  std::string source = "recipe-test";
  std::vector<std::string> options;
  std::vector<std::string> manifest;
  bool synthetic = false;
};

struct SuggestWords {
  std::string file;
  std::string sheet;
  std::string output;
  std::vector<std::string> options;
};

absl::StatusOr<RecipeTestCommand> MakeTest(const TestWords& words) {
  RecipeTestCommand command;
  command.recipe = words.recipe;
  command.submission = DryRun(words.source);
  v1::ReleaseHeader& header = command.submission.release;
  header.set_synthetic(words.synthetic);
  COLLATE_ASSIGN_OR_RETURN(const auto options, SortedPairs(words.options));
  header.mutable_options()->Assign(options.begin(), options.end());
  COLLATE_ASSIGN_OR_RETURN(command.submission.manifest,
                           SortedPairs(words.manifest));
  command.submission.paths = words.files;
  return command;
}

absl::StatusOr<RecipeSuggestCommand> MakeSuggest(const SuggestWords& words) {
  RecipeSuggestCommand command;
  if (words.output != "-") command.output = words.output;
  command.submission = DryRun("recipe-suggest");
  command.submission.suggest = true;
  command.submission.paths = {words.file};
  std::vector<std::string> pairs = words.options;
  if (!words.sheet.empty()) pairs.push_back("sheet=" + words.sheet);
  COLLATE_ASSIGN_OR_RETURN(const auto options, SortedPairs(pairs));
  command.submission.release.mutable_options()->Assign(options.begin(),
                                                       options.end());
  return command;
}

void AddTest(CommandTree& tree, CLI::App& recipe) {
  const auto words = std::make_shared<TestWords>();
  CLI::App& app = *recipe.add_subcommand(
      "test",
      "Read documents by a recipe, publish nothing, and show what became of "
      "every cell");
  app.add_option("recipe", words->recipe, "Recipe, text format")
      ->required()
      ->type_name("FILE");
  app.add_option("files", words->files, "Documents to read by it")
      ->required()
      ->type_name("FILE");
  app.add_option("--source", words->source,
                 "Source whose spellings of labels count")
      ->type_name("SOURCE");
  AddRepeated(app, "--option", words->options, "Option of the adapter",
              "KEY=VALUE");
  AddRepeated(app, "--manifest", words->manifest,
              "What is known about the documents besides their bytes, e.g. "
              "reporter=Kent",
              "KEY=VALUE");
  app.add_flag("--synthetic", words->synthetic, "The figures are made up");
  tree.SetLeaf(app, {"table", "csv"},
               [words](const std::string&) -> absl::StatusOr<Command> {
                 return MakeTest(*words);
               });
}

void AddSuggest(CommandTree& tree, CLI::App& recipe) {
  const auto words = std::make_shared<SuggestWords>();
  CLI::App& app = *recipe.add_subcommand(
      "suggest",
      "Show what a document's cells seem to be, and suggest a recipe");
  app.add_option("file", words->file, "Document to look at")
      ->required()
      ->type_name("FILE");
  app.add_option("--sheet", words->sheet,
                 "The one sheet to look at; default: all")
      ->type_name("NAME");
  app.add_option("--output", words->output,
                 "File for the recipe, which must not be there yet; - or "
                 "nothing: standard output, below the drawing")
      ->type_name("FILE");
  AddRepeated(app, "--option", words->options, "Option of the adapter",
              "KEY=VALUE");
  app.footer(kSuggestFooter);
  tree.SetLeaf(app, {"table"},
               [words](const std::string&) -> absl::StatusOr<Command> {
                 return MakeSuggest(*words);
               });
}

}  // namespace

void AddRecipeCommands(CommandTree& tree) {
  CLI::App& recipe =
      tree.AddGroup("recipe", "Work on recipes for spreadsheets", kIngestion);
  AddTest(tree, recipe);
  AddSuggest(tree, recipe);
}

}  // namespace collate::client
