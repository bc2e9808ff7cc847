#include "client/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <map>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/arguments.h"
#include "client/cli/connection_options.h"
#include "client/cli/examples.h"
#include "client/cli/export_options.h"
#include "client/cli/ingest_options.h"
#include "client/cli/options.h"
#include "client/cli/query_options.h"
#include "client/cli/recipe_commands.h"
#include "client/error_text.h"
#include "client/render_conflicts.h"
#include "client/render_findings.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

struct CatalogueKind {
  Catalogue catalogue;
  const char* name;  // of the command and of the collection
  const char* help;
  const char* show_form;  // what follows "show"
};

constexpr CatalogueKind kCatalogues[] = {
    {Catalogue::kSources, "sources", "List sources, or show one", "SOURCE"},
    {Catalogue::kReleases, "releases", "List releases, or show one",
     "sources/SOURCE/releases/RELEASE"},
    {Catalogue::kMeasures, "measures", "List measures, or show one", "MEASURE"},
    {Catalogue::kDimensions, "dimensions", "List dimensions, or show one",
     "DIMENSION"},
    {Catalogue::kMembers, "members",
     "List the members of a dimension, or show one", "DIMENSION MEMBER"},
    {Catalogue::kPanels, "panels", "List panels, or show one", "PANEL"},
    {Catalogue::kAdapters, "adapters",
     "List adapters, show one, or reload them all", "ADAPTER"},
};

struct CatalogueWords {
  std::vector<std::string> words;
  std::string source;
  std::string level;
};

absl::StatusOr<CatalogueCommand> MakeCatalogue(const CatalogueKind& kind,
                                               const CatalogueWords& given) {
  CatalogueCommand command;
  command.catalogue = kind.catalogue;
  command.level = given.level;
  std::vector<std::string> words = given.words;
  const bool show = !words.empty() && words[0] == "show";
  if (show || (!words.empty() && words[0] == "list")) {
    words.erase(words.begin());
  }
  const bool members = kind.catalogue == Catalogue::kMembers;
  const size_t expected = (members ? 1 : 0) + (show ? 1 : 0);
  if (words.size() != expected) {
    return Usage(absl::StrCat(
        "expected collate ", kind.name,
        members ? " [list] DIMENSION" : " [list]", ", or collate ", kind.name,
        " show ", kind.show_form,
        kind.catalogue == Catalogue::kAdapters ? ", or collate adapters reload"
                                               : ""));
  }
  if (members) command.parent = ResourceName("dimensions", words[0]);
  if (kind.catalogue == Catalogue::kReleases) {
    command.parent = given.source.empty()
                         ? "sources/-"
                         : ResourceName("sources", given.source);
  }
  if (!show) return command;
  if (kind.catalogue == Catalogue::kReleases) {
    // A release has no short name: two sources may have the same day and
    // bytes.
    command.show = words[0];
  } else if (members) {
    command.show =
        absl::StrCat(command.parent, "/", ResourceName("members", words[1]));
  } else {
    command.show = ResourceName(kind.name, words[0]);
  }
  return command;
}

// What a list of findings or of conflicts is narrowed to.
struct ListWords {
  std::string source;
  std::string measure;
  std::string reporter;
  std::vector<std::string> kinds;
  bool strict = false;
};

void AddListOptions(CLI::App& app, const std::string& what,
                    const std::string& kinds, ListWords& words) {
  app.add_option("--source", words.source, what + " of this source only")
      ->type_name("SOURCE");
  app.add_option("--measure", words.measure, what + " of this measure only")
      ->type_name("MEASURE");
  app.add_option("--reporter", words.reporter, what + " of this reporter only")
      ->type_name("REPORTER");
  AddRepeated(app, "--kind", words.kinds, what + " of this kind only: " + kinds,
              "KIND");
  app.add_flag("--strict", words.strict, "Exit with 1 when anything is listed");
}

// A request of a list with those filters; `parse` makes a kind of a word.
template <typename Command, typename Parse>
absl::StatusOr<Command> MakeList(const ListWords& words, const Parse& parse) {
  Command command;
  command.strict = words.strict;
  if (!words.source.empty()) {
    command.request.set_source(ResourceName("sources", words.source));
  }
  command.request.set_measure(words.measure);
  command.request.set_reporter(words.reporter);
  for (const std::string& kind : words.kinds) {
    COLLATE_ASSIGN_OR_RETURN(const auto parsed, parse(kind));
    command.request.add_kinds(parsed);
  }
  return command;
}

struct AuditWords {
  std::string directory;
  std::vector<std::string> anchors;
};

absl::StatusOr<VerifyAuditCommand> MakeVerifyAudit(const AuditWords& words) {
  VerifyAuditCommand command;
  command.directory = words.directory;
  for (const std::string& text : words.anchors) {
    const auto anchor = audit::AnchorFrom(text);
    if (!anchor.has_value()) {
      return Usage(absl::StrCat("no anchor: '", text,
                                "'; expected a record's number, a colon and "
                                "its hash of 64 hex digits"));
    }
    command.anchors.push_back(*anchor);
  }
  return command;
}

struct RevisionsWords {
  std::string release;
  std::string base;
  std::string measure;
  std::string reporter;
  bool silent = false;
};

void AddRevisionsOptions(CLI::App& app, RevisionsWords& words) {
  app.add_option("release", words.release, "Later edition")
      ->required()
      ->type_name("sources/SOURCE/releases/RELEASE");
  app.add_option("--base", words.base,
                 "Earlier edition; default: what its source stated before")
      ->type_name("sources/SOURCE/releases/RELEASE");
  app.add_option("--measure", words.measure, "Figures of this measure only")
      ->type_name("MEASURE");
  app.add_option("--reporter", words.reporter, "Figures of this reporter only")
      ->type_name("REPORTER");
  app.add_flag("--silent", words.silent,
               "Only what changed without being marked as revised");
}

RevisionsCommand MakeRevisions(const RevisionsWords& words) {
  RevisionsCommand command;
  command.request.set_release(words.release);
  command.request.set_base_release(words.base);
  command.request.set_measure(words.measure);
  command.request.set_reporter(words.reporter);
  command.request.set_silent_only(words.silent);
  return command;
}

// Puts the examples of every command at the end of its help.
void AddExamples(CLI::App& app, const std::string& command) {
  const std::string examples = ExamplesOf(command);
  const std::string below = app.get_footer();
  if (examples != kExitStatusHelp) {
    app.footer(below == kExitStatusHelp
                   ? examples
                   : absl::StrCat(below, "\n\n", examples));
  }
  for (CLI::App* inner : app.get_subcommands([](CLI::App*) { return true; })) {
    AddExamples(*inner, command.empty()
                            ? inner->get_name()
                            : absl::StrCat(command, " ", inner->get_name()));
  }
}

Stop UsageStop(const absl::Status& status, absl::string_view command) {
  std::string err(ErrorText(status));
  absl::StrAppend(&err, "Try: collate ", command, command.empty() ? "" : " ",
                  "--help\n");
  return {kExitUsage, "", std::move(err)};
}

}  // namespace

std::variant<CommandLine, Stop> ParseCommandLine(
    const std::vector<std::string>& arguments,
    absl::string_view default_server) {
  CommandLine line;
  line.client.server = std::string(default_server);

  CLI::App app("Asks collate, the statistics service.", "collate");
  // Subcommands take it over.
  app.footer(kExitStatusHelp);
  app.require_subcommand(1);
  // --format and --server may stand before or behind the command.
  app.fallthrough();
  app.set_version_flag("--version", "collate " COLLATE_VERSION);
  app.add_option("--server", line.client.server,
                 "Address of the service; default: COLLATE_SERVER, else "
                 "127.0.0.1:7443")
      ->type_name("HOST:PORT|unix:PATH");
  ConnectionWords connection_words;
  AddConnectionOptions(app, connection_words);
  double timeout_seconds = 0;
  app.add_option("--timeout", timeout_seconds,
                 "Longest time to wait for one answer")
      ->check(CLI::Range(0.001, 86400.0))
      ->type_name("SECONDS");
  const std::map<std::string, Format> formats = {{"table", Format::kTable},
                                                 {"csv", Format::kCsv},
                                                 {"json", Format::kJson},
                                                 {"ndjson", Format::kNdjson}};
  std::string format;
  app.add_option("--format", format,
                 "How answers are written; default table. A query also: "
                 "gss-csv, sdmx-csv, json-stat")
      ->check(CLI::IsMember({"table", "csv", "json", "ndjson", "gss-csv",
                             "sdmx-csv", "json-stat"}));

  IngestWords ingest_words;
  CLI::App* ingest = app.add_subcommand("ingest", "Hand in a release");
  AddIngestOptions(*ingest, ingest_words);

  RecipeCommands recipe_commands;
  recipe_commands.AddTo(app);

  QueryWords query_words;
  std::string view = "basic";
  CLI::App* query = app.add_subcommand("query", "Ask for numbers");
  AddQueryOptions(*query, query_words, true);
  query
      ->add_option("--view", view,
                   "cited: with the printed cells behind each number")
      ->check(CLI::IsMember({"basic", "cited"}));
  bool check = false;
  query->add_flag("--check", check,
                  "Only tell what the question would come to: every mistake, "
                  "how many cells, and what is published of its measures");

  CompareCommand compare_command;
  CLI::App* compare = app.add_subcommand(
      "compare", "Answer several measures side by side, each in its own unit");
  compare
      ->add_option("file", compare_command.path,
                   "A collate.v1.CompareMeasuresRequest in protobuf text "
                   "format")
      ->required()
      ->type_name("FILE.textproto");

  AnswerCommand answer_command;
  std::string answer_view = "basic";
  CLI::App* answer =
      app.add_subcommand("answer", "Give an answer again, as it was given");
  answer->add_option("name", answer_command.name, "Answer, as query names it")
      ->required()
      ->type_name("answers/SHA256");
  answer
      ->add_option("--view", answer_view,
                   "cited: with the printed cells behind each number")
      ->check(CLI::IsMember({"basic", "cited"}));

  RevisionsWords revisions_words;
  AddRevisionsOptions(
      *app.add_subcommand("revisions",
                          "List what changed between two editions of a source"),
      revisions_words);

  QueryWords explain_words;
  std::string handle;
  CLI::App* explain = app.add_subcommand(
      "explain", "Show every figure behind one cell of an answer");
  AddQueryOptions(*explain, explain_words, false);
  explain
      ->add_option("--handle", handle,
                   "Handle of a cell (--format json shows it), instead of a "
                   "query")
      ->type_name("HANDLE");
  std::string open;
  explain
      ->add_option("--open", open,
                   "Also write the region of each original document into a "
                   "folder")
      ->type_name("FOLDER");

  ObservationsCommand observations_command;
  std::vector<std::string> observation_filters;
  std::vector<std::string> observation_releases;
  std::string observation_measure;
  std::string observation_period;
  bool unmapped = false;
  CLI::App* observations = app.add_subcommand(
      "observations", "List printed cells as they are stored");
  observations->add_option("measure", observation_measure, "Measure")
      ->required()
      ->type_name("MEASURE");
  AddRepeated(*observations, "--where", observation_filters,
              "Filter on a dimension", "DIM=MEMBER[,MEMBER]");
  AddRepeated(*observations, "--release", observation_releases,
              "Release to list; default all", "RELEASE");
  observations
      ->add_option("--period", observation_period,
                   "Keep what lies within a period")
      ->type_name("PERIOD");
  observations->add_flag("--unmapped", unmapped,
                         "Keep only cells with a label that is not known");

  ExportWords export_words;
  CLI::App* export_app =
      app.add_subcommand("export", "Write printed cells for other programs");
  AddExportOptions(*export_app, export_words);

  WithdrawCommand withdraw_command;
  CLI::App* withdraw =
      app.add_subcommand("withdraw", "Take a release out of all answers");
  withdraw->add_option("release", withdraw_command.release, "Release")
      ->required()
      ->type_name("sources/SOURCE/releases/RELEASE");
  withdraw
      ->add_option("--reason", withdraw_command.reason,
                   "Why, in a sentence; kept with the release")
      ->required()
      ->type_name("TEXT");

  constexpr size_t kKinds = std::size(kCatalogues);
  CLI::App* catalogues[kKinds];
  CatalogueWords catalogue_words[kKinds];
  for (size_t i = 0; i < kKinds; ++i) {
    const CatalogueKind& kind = kCatalogues[i];
    catalogues[i] = app.add_subcommand(kind.name, kind.help);
    catalogues[i]
        ->add_option("what", catalogue_words[i].words,
                     absl::StrCat("list (the default), show ", kind.show_form,
                                  kind.catalogue == Catalogue::kAdapters
                                      ? ", or reload: read the directories anew"
                                      : ""))
        ->type_name(kind.catalogue == Catalogue::kMembers
                        ? "[list] DIMENSION | show DIMENSION MEMBER"
                        : absl::StrCat("[list] | show ", kind.show_form,
                                       kind.catalogue == Catalogue::kAdapters
                                           ? " | reload"
                                           : ""));
    if (kind.catalogue == Catalogue::kReleases) {
      catalogues[i]
          ->add_option("--source", catalogue_words[i].source,
                       "Releases of this source only")
          ->type_name("SOURCE");
    }
    if (kind.catalogue == Catalogue::kMembers) {
      catalogues[i]
          ->add_option("--level", catalogue_words[i].level,
                       "Members of this level only")
          ->type_name("LEVEL");
    }
  }

  app.add_subcommand("status",
                     "Ask whether the service serves, what shuts its workers "
                     "in, and which adapters it uses");

  CLI::App* admin =
      app.add_subcommand("admin", "Look after the service's data");
  admin->require_subcommand(1);
  admin->add_subcommand(
      "check",
      "Have the running service verify every checksum of its data directory; "
      "exits with 1 when anything is damaged");
  BackUpCommand back_up_command;
  CLI::App* admin_backup = admin->add_subcommand(
      "backup",
      "Have the running service copy its data directory into its backup "
      "directory and verify the copy; exits with 1 when anything in it is "
      "damaged");
  admin_backup->add_option("NAME", back_up_command.name,
                           "Name of the backup, [a-z0-9-]; default: the time");

  AuditWords audit_words;
  CLI::App* audit =
      app.add_subcommand("audit", "Work with the record of all calls");
  audit->require_subcommand(1);
  CLI::App* audit_verify = audit->add_subcommand(
      "verify",
      "Read an audit log and find whatever was changed, taken out or cut off; "
      "exits with 1 when anything was");
  audit_verify
      ->add_option("directory", audit_words.directory,
                   "Its directory: `audit` in the service's data directory")
      ->required()
      ->type_name("DIR");
  AddRepeated(*audit_verify, "--anchor", audit_words.anchors,
              "A record that was noted elsewhere, as `collate status` tells "
              "it; the log must have it",
              "RECORD:HASH");

  CLI::App* disclosure = app.add_subcommand(
      "disclosure", "Look after what is shown of restricted sources");
  disclosure->require_subcommand(1);
  disclosure->add_subcommand(
      "audit",
      "Have the running service attack everything that its disclosure profile "
      "shows; exits with 1 when a figure is given away");

  ListWords validate_words;
  CLI::App* validate = app.add_subcommand(
      "validate",
      "List what looks implausible in the published figures; no answer is "
      "changed by it");
  AddListOptions(*validate, "Findings",
                 "level-shift, repeated-value, part-year, parts-v-total or "
                 "part-exceeds-whole",
                 validate_words);

  ListWords conflict_words;
  CLI::App* conflicts = app.add_subcommand(
      "conflicts",
      "List where what is published contradicts itself: between sources, "
      "editions, and those whom a source repeats");
  AddListOptions(*conflicts, "Conflicts",
                 "same-cell, parts-v-total, part-exceeds-whole, "
                 "share-v-count or silent-revision",
                 conflict_words);

  ClaimCheckCommand claim_command;
  CLI::App* claim = app.add_subcommand("claim", "Work with stated figures");
  claim->require_subcommand(1);
  claim
      ->add_subcommand("check",
                       "Check the figures that a story states against what is "
                       "published; exits with 1 when one is contradicted")
      ->add_option("files", claim_command.files,
                   "Claims, text format, or the id of a shipped set, e.g. "
                   "nspcc-2024")
      ->required()
      ->type_name("FILE...");

  AddExamples(app, "");

  // CLI11 takes the arguments from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = app.exit(error, out, err);
    if (code != 0 && app.get_subcommands().empty()) {
      // CLI11 says only that a command is missing, not that a word is none.
      for (const std::string& word : arguments) {
        if (word.empty() || word[0] == '-') break;
        return UsageStop(Usage(absl::StrCat("no such command: '", word, "'")),
                         "");
      }
    }
    return Stop{code == 0 ? kExitDone : kExitUsage, out.str(), err.str()};
  }

  const std::string command = app.get_subcommands().front()->get_name();
  const std::optional<ExportForm> answer_form = AnswerForm(format);
  if (answer_form.has_value() && command != "query" && command != "export") {
    return UsageStop(
        Usage(absl::StrCat("--format ", format, " is for query and export")),
        command);
  }
  const auto known_format = formats.find(format);
  if (known_format != formats.end()) line.format = known_format->second;
  if (timeout_seconds > 0) {
    line.client.timeout = absl::Seconds(timeout_seconds);
    line.client.ingestion_timeout = line.client.timeout;
  }
  const auto fill = [&]() -> absl::Status {
    COLLATE_RETURN_IF_ERROR(FillConnection(connection_words, line.client));
    if (command == "ingest" && IsFolder(ingest_words)) {
      COLLATE_ASSIGN_OR_RETURN(line.command, MakeIngestFolder(ingest_words));
    } else if (command == "ingest") {
      COLLATE_ASSIGN_OR_RETURN(line.command, MakeIngest(ingest_words));
    } else if (command == "foi" || command == "recipe") {
      COLLATE_ASSIGN_OR_RETURN(line.command, recipe_commands.Make(line.format));
    } else if (command == "query") {
      QueryCommand parsed;
      // Whoever checks may not know yet which periods there are.
      COLLATE_ASSIGN_OR_RETURN(parsed.query, MakeQuery(query_words, !check));
      if (answer_form.has_value() && check) {
        return Usage(absl::StrCat("--format ", format,
                                  " is of answers, and --check gives none; "
                                  "take table, csv, json or ndjson"));
      }
      if (answer_form.has_value() && parsed.query.derivations_size() > 0) {
        return Usage(absl::StrCat(
            "--format ", format,
            " has no place for rates, changes and shares; take csv or json"));
      }
      parsed.form = answer_form;
      parsed.check = check;
      // Such a format has no number without its release and cell.
      parsed.view = view == "cited" || answer_form.has_value() ? v1::VIEW_CITED
                                                               : v1::VIEW_BASIC;
      line.command = std::move(parsed);
    } else if (command == "answer") {
      answer_command.name = ResourceName("answers", answer_command.name);
      answer_command.view =
          answer_view == "cited" ? v1::VIEW_CITED : v1::VIEW_BASIC;
      line.command = std::move(answer_command);
    } else if (command == "revisions") {
      line.command = MakeRevisions(revisions_words);
    } else if (command == "compare") {
      line.command = std::move(compare_command);
    } else if (command == "explain") {
      ExplainCommand parsed;
      parsed.handle = handle;
      parsed.open = open;
      if (handle.empty()) {
        COLLATE_ASSIGN_OR_RETURN(parsed.query, MakeQuery(explain_words, true));
      } else if (explain->count_all() >
                 explain->count("--handle") + explain->count("--open") + 1) {
        return Usage("give --handle or a query, not both");
      }
      line.command = std::move(parsed);
    } else if (command == "observations") {
      v1::ListObservationsRequest& request = observations_command.request;
      request.set_measure(observation_measure);
      for (const std::string& where : observation_filters) {
        COLLATE_ASSIGN_OR_RETURN(*request.add_filters(), ParseFilter(where));
      }
      for (const std::string& release : observation_releases) {
        request.add_releases(release);
      }
      request.set_period(observation_period);
      request.set_unmapped_only(unmapped);
      line.command = std::move(observations_command);
    } else if (command == "export") {
      COLLATE_ASSIGN_OR_RETURN(line.command, MakeExport(export_words, format));
    } else if (command == "withdraw") {
      line.command = std::move(withdraw_command);
    } else if (command == "status") {
      line.command = StatusCommand();
    } else if (command == "admin") {
      if (admin_backup->parsed()) {
        line.command = std::move(back_up_command);
      } else {
        line.command = CheckStoreCommand();
      }
    } else if (command == "audit") {
      COLLATE_ASSIGN_OR_RETURN(line.command, MakeVerifyAudit(audit_words));
    } else if (command == "disclosure") {
      line.command = AuditDisclosureCommand();
    } else if (command == "claim") {
      line.command = std::move(claim_command);
    } else if (command == "validate") {
      COLLATE_ASSIGN_OR_RETURN(
          line.command,
          MakeList<ValidateCommand>(validate_words, ParseFindingKind));
    } else if (command == "conflicts") {
      COLLATE_ASSIGN_OR_RETURN(
          line.command,
          MakeList<ConflictsCommand>(conflict_words, ParseConflictKind));
    } else {
      for (size_t i = 0; i < kKinds; ++i) {
        if (command != kCatalogues[i].name) continue;
        if (kCatalogues[i].catalogue == Catalogue::kAdapters &&
            catalogue_words[i].words == std::vector<std::string>{"reload"}) {
          line.command = ReloadAdaptersCommand();
          continue;
        }
        COLLATE_ASSIGN_OR_RETURN(
            CatalogueCommand parsed,
            MakeCatalogue(kCatalogues[i], catalogue_words[i]));
        line.command = std::move(parsed);
      }
    }
    return absl::OkStatus();
  };
  if (const absl::Status status = fill(); !status.ok()) {
    return UsageStop(status, command);
  }
  return line;
}

}  // namespace collate::client
