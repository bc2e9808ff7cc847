#include "client/cli/recipe_commands.h"

#include <utility>

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

}  // namespace

void RecipeCommands::AddTo(CLI::App& app) {
  recipe_ = app.add_subcommand("recipe", "Work on recipes for spreadsheets");
  recipe_->require_subcommand(1);

  test_ = recipe_->add_subcommand(
      "test",
      "Read documents by a recipe, publish nothing, and show what became of "
      "every cell");
  test_->add_option("recipe", path_, "Recipe, text format")
      ->required()
      ->type_name("RECIPE");
  test_->add_option("files", files_, "Documents to read by it")
      ->required()
      ->type_name("FILE...");
  test_
      ->add_option("--source", source_,
                   "Source whose spellings of labels count")
      ->type_name("ID");
  AddRepeated(*test_, "--option", options_, "Option of the adapter",
              "KEY=VALUE");
  AddRepeated(*test_, "--manifest", manifest_,
              "What is known about the documents besides their bytes, e.g. "
              "reporter=Kent",
              "KEY=VALUE");
  test_->add_flag("--synthetic", synthetic_, "The figures are made up");

  CLI::App* suggest = recipe_->add_subcommand(
      "suggest",
      "Show what a document's cells seem to be, and suggest a recipe");
  suggest->add_option("file", document_, "Document to look at")
      ->required()
      ->type_name("FILE");
  suggest
      ->add_option("--sheet", sheet_, "The one sheet to look at; default: all")
      ->type_name("NAME");
  suggest
      ->add_option("--write", write_,
                   "File for the recipe, which must not be there yet; default: "
                   "standard output, below the drawing")
      ->type_name("OUT.recipe.textproto");
  AddRepeated(*suggest, "--option", options_, "Option of the adapter",
              "KEY=VALUE");
  suggest->footer(kSuggestFooter);

  CLI::App* foi =
      app.add_subcommand("foi", "Prepare answers to requests for information");
  foi->require_subcommand(1);
  foi->add_subcommand("init",
                      "Write a skeleton of a manifest beside each file of a "
                      "folder that has none")
      ->add_option("folder", folder_, "Folder of answers")
      ->required()
      ->type_name("FOLDER");
}

absl::StatusOr<Command> RecipeCommands::Make(Format format) const {
  if (!recipe_->parsed()) return FoiInitCommand{folder_};
  return test_->parsed() ? MakeTest(format) : MakeSuggest(format);
}

absl::StatusOr<Command> RecipeCommands::MakeTest(Format format) const {
  if (format != Format::kTable && format != Format::kCsv) {
    return Usage(
        "recipe test writes a table, or observations with "
        "--format csv");
  }
  RecipeTestCommand command;
  command.recipe = path_;
  command.submission = DryRun(source_);
  v1::ReleaseHeader& header = command.submission.release;
  header.set_synthetic(synthetic_);
  COLLATE_ASSIGN_OR_RETURN(const auto options, SortedPairs(options_));
  header.mutable_options()->Assign(options.begin(), options.end());
  COLLATE_ASSIGN_OR_RETURN(command.submission.manifest, SortedPairs(manifest_));
  command.submission.paths = files_;
  return command;
}

absl::StatusOr<Command> RecipeCommands::MakeSuggest(Format format) const {
  if (format != Format::kTable) {
    return Usage("recipe suggest writes a drawing and a recipe, no other form");
  }
  RecipeSuggestCommand command;
  command.write = write_;
  command.submission = DryRun("recipe-suggest");
  command.submission.suggest = true;
  command.submission.paths = {document_};
  std::vector<std::string> pairs = options_;
  if (!sheet_.empty()) pairs.push_back("sheet=" + sheet_);
  COLLATE_ASSIGN_OR_RETURN(const auto options, SortedPairs(pairs));
  command.submission.release.mutable_options()->Assign(options.begin(),
                                                       options.end());
  return command;
}

}  // namespace collate::client
