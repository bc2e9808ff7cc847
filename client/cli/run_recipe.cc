#include "client/cli/run_recipe.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/new_file.h"
#include "client/render_recipe.h"
#include "client/render_report.h"
#include "client/render_suggestion.h"
#include "client/words.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {

absl::Status PrintTo(std::ostream& out, const std::string& text) {
  out << text << std::flush;
  if (!out) {
    return base::Error(absl::StatusCode::kUnavailable, "OUTPUT_FAILED",
                       "standard output cannot be written");
  }
  return absl::OkStatus();
}

absl::StatusOr<int> RunRecipeTest(const RecipeTestCommand& command,
                                  Client& client, Format format, bool colour,
                                  std::ostream& out, std::ostream& err) {
  std::ifstream in(command.recipe, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || !text) {
    return base::Error(absl::StatusCode::kNotFound, "FILE_NOT_READABLE",
                       absl::StrCat("cannot read ", command.recipe))
        .With("path", command.recipe);
  }
  Submission submission = command.submission;
  // Sorted by key, as the service wants it.
  auto& options = *submission.release.mutable_options();
  v1::KeyValue& recipe = *options.Add();
  recipe.set_key("recipe_text");
  recipe.set_value(std::move(text).str());
  std::stable_sort(options.begin(), options.end(),
                   [](const v1::KeyValue& a, const v1::KeyValue& b) {
                     return a.key() < b.key();
                   });
  std::vector<RecipeTrial> trials;
  const auto report =
      client.Ingest(submission, nullptr, [&trials](const v1::Attachment& part) {
        if (trials.empty() || trials.back().document != part.document()) {
          trials.push_back({part.document(), "", "", ""});
        }
        RecipeTrial& trial = trials.back();
        if (part.name() == "recipe-cells.csv") {
          trial.cells += part.content();
        } else if (part.name() == "recipe-checks.csv") {
          trial.checks += part.content();
        } else if (part.name() == "recipe-observations.csv") {
          trial.observations += part.content();
        }
      });
  int64_t left_over = 0;
  bool first = true;
  for (const RecipeTrial& trial : trials) {
    left_over += LeftOver(trial);
    COLLATE_RETURN_IF_ERROR(PrintTo(out, format == Format::kCsv
                                             ? RenderTrialCsv(trial, first)
                                             : RenderTrial(trial, colour)));
    first = false;
  }
  COLLATE_RETURN_IF_ERROR(report.status());
  COLLATE_ASSIGN_OR_RETURN(const std::string details,
                           RenderReport(*report, Format::kTable));
  err << details;
  return left_over > 0 || AnythingRefused(*report) ? kExitFailed : kExitDone;
}

absl::StatusOr<int> RunRecipeSuggest(const RecipeSuggestCommand& command,
                                     Client& client, bool colour,
                                     std::ostream& out, std::ostream& err) {
  std::error_code ignored;
  if (!command.output.empty() &&
      std::filesystem::exists(command.output, ignored)) {
    return FileExists(command.output);
  }
  Suggestion suggestion;
  const auto report = client.Ingest(
      command.submission, nullptr,
      [&](const v1::Attachment& part) { AddPart(part, &suggestion); });
  if (!suggestion.cells.empty()) {
    COLLATE_RETURN_IF_ERROR(PrintTo(out, RenderSuggestion(suggestion, colour)));
  }
  COLLATE_RETURN_IF_ERROR(report.status());
  if (suggestion.recipe.empty()) {
    return base::Error(absl::StatusCode::kInternal, "NO_SUGGESTION",
                       "the service suggested nothing");
  }
  if (!report->diagnostics().empty()) err << "To look at:\n";
  for (const v1::Diagnostic& diagnostic : report->diagnostics()) {
    err << DiagnosticText(diagnostic);
  }
  if (command.output.empty()) {
    COLLATE_RETURN_IF_ERROR(PrintTo(out, suggestion.recipe));
  } else {
    COLLATE_RETURN_IF_ERROR(WriteNew(command.output, suggestion.recipe));
    err << "wrote " << Printable(command.output) << '\n';
  }
  err << GroupedInteger(OpenQuestions(suggestion))
      << " questions are undecided; the recipe reads nothing before they are "
         "answered\n";
  return 0;
}

}  // namespace collate::client
