// query, explain, compare, answer, revisions, observations and export.

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/arguments.h"
#include "client/cli/command_tree.h"
#include "client/cli/export_options.h"
#include "client/cli/options.h"
#include "client/cli/query_options.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

void AddView(CLI::App& app, std::string& view) {
  AddChoice(app, "--view", view,
            "cited: with the printed cells behind each number",
            {"basic", "cited"});
}

void AddQuery(CommandTree& tree) {
  struct Words {
    QueryWords query;
    std::string view = "basic";
    bool check = false;
  };
  const auto words = std::make_shared<Words>();
  CLI::App& app = tree.Add("query", "Ask for numbers", kQuestions);
  AddQueryOptions(app, words->query, true);
  AddView(app, words->view);
  app.add_flag("--check", words->check,
               "Only tell what the question would come to: every mistake, how "
               "many cells, and what is published of its measures");
  Formats formats = UsualFormats();
  formats.insert(formats.end(), {"svg", "gss-csv", "sdmx-csv", "json-stat"});
  tree.SetLeaf(
      app, formats,
      [words](const std::string& format) -> absl::StatusOr<Command> {
        QueryCommand command;
        command.form = AnswerForm(format);
        command.chart = format == "svg";
        command.check = words->check;
        // Whoever checks may not know yet which periods there are.
        COLLATE_ASSIGN_OR_RETURN(command.query,
                                 MakeQuery(words->query, !words->check));
        if ((command.form.has_value() || command.chart) && words->check) {
          return Usage(absl::StrCat("--format ", format,
                                    " is of answers, and --check gives none; "
                                    "take table, csv, json or ndjson"));
        }
        if (command.form.has_value() && command.query.derivations_size() > 0) {
          return Usage(absl::StrCat(
              "--format ", format,
              " has no place for rates, changes and shares; take csv or json"));
        }
        // Such a format has no number without its release and cell.
        command.view = words->view == "cited" || command.form.has_value()
                           ? v1::VIEW_CITED
                           : v1::VIEW_BASIC;
        return command;
      });
}

void AddExplain(CommandTree& tree) {
  struct Words {
    QueryWords query;
    std::string handle;
    std::string open;
  };
  const auto words = std::make_shared<Words>();
  CLI::App& app = tree.Add(
      "explain", "Show every figure behind one cell of an answer", kQuestions);
  AddQueryOptions(app, words->query, false);
  app.add_option("--handle", words->handle,
                 "Handle of a cell (--format json shows it), instead of a "
                 "query")
      ->type_name("HANDLE");
  app.add_option("--open", words->open,
                 "Also write the region of each original document into a "
                 "folder")
      ->type_name("FOLDER");
  tree.SetLeaf(app, UsualFormats(),
               [words, &app](const std::string&) -> absl::StatusOr<Command> {
                 ExplainCommand command;
                 command.handle = words->handle;
                 command.open = words->open;
                 if (words->handle.empty()) {
                   COLLATE_ASSIGN_OR_RETURN(command.query,
                                            MakeQuery(words->query, true));
                 } else if (app.count_all() >
                            app.count("--handle") + app.count("--open") + 1) {
                   return Usage("give --handle or a query, not both");
                 }
                 return command;
               });
}

void AddCompare(CommandTree& tree) {
  const auto command = std::make_shared<CompareCommand>();
  CLI::App& app = tree.Add(
      "compare", "Answer several measures side by side, each in its own unit",
      kQuestions);
  app.add_option("file", command->path,
                 "A collate.v1.CompareMeasuresRequest in protobuf text format; "
                 "- reads standard input")
      ->required()
      ->type_name("FILE");
  tree.SetLeaf(app, UsualFormats(),
               [command](const std::string&) { return *command; });
}

void AddAnswer(CommandTree& tree) {
  struct Words {
    std::string name;
    std::string view = "basic";
  };
  const auto words = std::make_shared<Words>();
  CLI::App& app =
      tree.Add("answer", "Give an answer again, as it was given", kQuestions);
  app.add_option("name", words->name, "Answer, as query names it")
      ->required()
      ->type_name("answers/SHA256");
  AddView(app, words->view);
  tree.SetLeaf(app, UsualFormats(), [words](const std::string&) {
    AnswerCommand command;
    command.name = ResourceName("answers", words->name);
    command.view = words->view == "cited" ? v1::VIEW_CITED : v1::VIEW_BASIC;
    return command;
  });
}

void AddRevisions(CommandTree& tree) {
  struct Words {
    std::string release;
    std::string base;
    std::string measure;
    std::string reporter;
    bool silent = false;
  };
  const auto words = std::make_shared<Words>();
  CLI::App& app = tree.Add("revisions",
                           "List what changed between two editions of a source",
                           kQuestions);
  app.add_option("release", words->release, "Later edition")
      ->required()
      ->type_name(kReleaseType);
  app.add_option("--base", words->base,
                 "Earlier edition; default: what its source stated before")
      ->type_name(kReleaseType);
  app.add_option("--measure", words->measure, "Figures of this measure only")
      ->type_name("MEASURE");
  app.add_option("--reporter", words->reporter, "Figures of this reporter only")
      ->type_name("REPORTER");
  app.add_flag("--silent", words->silent,
               "Only what changed without being marked as revised");
  tree.SetLeaf(app, UsualFormats(), [words](const std::string&) {
    RevisionsCommand command;
    command.request.set_release(words->release);
    command.request.set_base_release(words->base);
    command.request.set_measure(words->measure);
    command.request.set_reporter(words->reporter);
    command.request.set_silent_only(words->silent);
    return command;
  });
}

void AddObservations(CommandTree& tree) {
  struct Words {
    std::string measure;
    std::vector<std::string> where;
    std::vector<std::string> releases;
    std::string period;
    bool unmapped = false;
  };
  const auto words = std::make_shared<Words>();
  CLI::App& app = tree.Add("observations",
                           "List printed cells as they are stored", kQuestions);
  app.add_option("measure", words->measure, "Measure")
      ->required()
      ->type_name("MEASURE");
  AddRepeated(app, "--where", words->where, "Filter on a dimension",
              "DIM=MEMBER[,MEMBER]");
  AddRepeated(app, "--release", words->releases, "Release; default all",
              kReleaseType);
  app.add_option("--period", words->period, "Keep what lies within a period")
      ->type_name("PERIOD");
  app.add_flag("--unmapped", words->unmapped,
               "Keep only cells with a label that is not known");
  tree.SetLeaf(app, UsualFormats(),
               [words](const std::string&) -> absl::StatusOr<Command> {
                 ObservationsCommand command;
                 v1::ListObservationsRequest& request = command.request;
                 request.set_measure(words->measure);
                 for (const std::string& where : words->where) {
                   COLLATE_ASSIGN_OR_RETURN(*request.add_filters(),
                                            ParseFilter(where));
                 }
                 for (const std::string& release : words->releases) {
                   request.add_releases(release);
                 }
                 request.set_period(words->period);
                 request.set_unmapped_only(words->unmapped);
                 return command;
               });
}

void AddExport(CommandTree& tree) {
  const auto words = std::make_shared<ExportWords>();
  CLI::App& app =
      tree.Add("export", "Write printed cells for other programs", kQuestions);
  AddExportOptions(app, *words);
  tree.SetLeaf(app, ExportFormats(),
               [words](const std::string& format) -> absl::StatusOr<Command> {
                 return MakeExport(*words, format);
               });
}

}  // namespace

void AddStatisticsCommands(CommandTree& tree) {
  AddQuery(tree);
  AddExplain(tree);
  AddCompare(tree);
  AddAnswer(tree);
  AddRevisions(tree);
  AddObservations(tree);
  AddExport(tree);
}

}  // namespace collate::client
