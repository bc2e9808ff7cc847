#include "client/cli/ingest_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/answer_folder.h"
#include "client/cli/arguments.h"
#include "client/cli/options.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

constexpr char kIngestFooter[] =
    R"(Answers to requests for information have a manifest: a text file beside
theirs, NAME.answer.textproto (`collate foi init` writes skeletons; the fields
are those of protos/collate/foi/v1/answer_manifest.proto), or --answer for each
field:
  collate ingest answers/ --source my-foi-2024
  collate ingest --source my-foi-2024 --letter refusal.pdf \
      --answer reporters=kent --answer 'periods=text: "2023/24"' \
      --answer request_date=2024-05-01 --answer received_date=2024-05-20 \
      --answer 'questions=id: "Q1" measure: "offences"' \
      --answer 'responses=status: STATUS_REFUSED sections: "s.12"'
The date of publication is then the manifest's: published_date, or else the day
on which the answer arrived or was due.

A file of figures is read by the recipe that its manifest names, or --recipe; by
none of them, by the one recipe of which everything holds, if it pins headers
and proves a total.)";

// What files and folders have in common.
absl::Status FillSubmission(const IngestWords& words, Submission& submission) {
  v1::ReleaseHeader& header = submission.release;
  header.set_source(words.source);
  header.set_edition(words.edition);
  header.set_adapter(words.adapter);
  header.set_synthetic(words.synthetic);
  std::vector<std::string> texts = words.options;
  if (!words.recipe.empty()) {
    texts.push_back(absl::StrCat("recipe=", words.recipe));
  }
  COLLATE_ASSIGN_OR_RETURN(const auto options, SortedPairs(texts));
  header.mutable_options()->Assign(options.begin(), options.end());
  COLLATE_ASSIGN_OR_RETURN(submission.manifest, SortedPairs(words.manifest));
  submission.dry_run = words.dry_run;
  return absl::OkStatus();
}

}  // namespace

void AddIngestOptions(CLI::App& app, IngestWords& words) {
  app.add_option("files", words.files,
                 "Documents of one release, or one folder of answers")
      ->type_name("FILE");
  app.add_option("--source", words.source, "Publisher's series, its id")
      ->required()
      ->type_name("SOURCE");
  app.add_option("--published", words.published,
                 "When the publisher published it; 'unknown' if nobody knows")
      ->type_name("YYYY-MM-DD|unknown");
  app.add_option("--edition", words.edition, "The publisher's name for it")
      ->type_name("TEXT");
  app.add_option("--adapter", words.adapter,
                 "Reader to use; by default the one that knows the files")
      ->type_name("ADAPTER");
  app.add_option("--recipe", words.recipe,
                 "Recipe that reads the documents, of those that are "
                 "installed")
      ->type_name("RECIPE[/VERSION]");
  AddRepeated(app, "--option", words.options, "Option of the adapter",
              "KEY=VALUE");
  AddRepeated(app, "--manifest", words.manifest,
              "What is known about the documents besides their bytes",
              "KEY=VALUE");
  AddRepeated(app, "--answer", words.answer,
              "What is known about an answer to a request, field by field, "
              "instead of a manifest in a file",
              "FIELD=VALUE");
  AddRepeated(app, "--letter", words.letters,
              "File of the answer that is kept and not read", "FILE");
  app.footer(kIngestFooter);
  app.add_flag("--synthetic", words.synthetic, "The figures are made up");
  app.add_flag("--dry-run", words.dry_run,
               "Read and check everything, publish nothing");
  app.add_flag("--strict", words.strict,
               "Exit with 1 when a table was refused or a finding is an error; "
               "of a folder, also when one is a warning");
}

absl::StatusOr<IngestCommand> MakeIngest(const IngestWords& words) {
  IngestCommand command;
  Submission& submission = command.submission;
  COLLATE_RETURN_IF_ERROR(FillSubmission(words, submission));
  submission.paths = words.files;
  const bool made = !words.answer.empty();
  const bool in_file = std::any_of(
      words.files.begin(), words.files.end(),
      [](const std::string& path) { return IsAnswerManifest(path); });
  if (made && in_file) {
    return Usage("give a manifest in a file or --answer, not both");
  }
  if (!words.letters.empty() && !made) {
    return Usage(
        "--letter goes with --answer; a manifest in a file names its "
        "letters itself");
  }
  if (words.files.empty() && !made) {
    return Usage("name the documents of the release, or a folder of answers");
  }
  if (!words.published.empty()) {
    COLLATE_RETURN_IF_ERROR(
        SetPublication(words.published, submission.release));
  } else if (made || in_file) {
    submission.release.mutable_publish_time_unknown();
  } else {
    return Usage(
        "say when the publisher published it: --published YYYY-MM-DD, or "
        "--published unknown if nobody knows. Answers by date depend on it, so "
        "it is not guessed");
  }
  if (made) {
    std::vector<v1::KeyValue> fields;
    for (const std::string& text : words.answer) {
      COLLATE_ASSIGN_OR_RETURN(*fields.emplace(fields.end()),
                               ParseKeyValue(text));
    }
    COLLATE_ASSIGN_OR_RETURN(submission.answer,
                             AnswerText(fields, words.files, words.letters));
    submission.paths.insert(submission.paths.end(), words.letters.begin(),
                            words.letters.end());
  }
  command.strict = words.strict;
  return command;
}

bool IsFolder(const IngestWords& words) {
  std::error_code ignored;
  return words.files.size() == 1 &&
         std::filesystem::is_directory(words.files[0], ignored);
}

absl::StatusOr<IngestFolderCommand> MakeIngestFolder(const IngestWords& words) {
  IngestFolderCommand command;
  if (!words.published.empty() || !words.edition.empty() ||
      !words.answer.empty() || !words.letters.empty()) {
    return Usage(
        "a folder of answers takes no --published, --edition, --answer or "
        "--letter: each manifest says what is true of its answer");
  }
  COLLATE_RETURN_IF_ERROR(FillSubmission(words, command.submission));
  command.submission.release.mutable_publish_time_unknown();
  command.folder = words.files[0];
  command.strict = words.strict;
  return command;
}

}  // namespace collate::client
