// claim, conflicts and validate: what does not fit.

#include <memory>

#include "client/cli/arguments.h"
#include "client/cli/command_tree.h"
#include "client/cli/options.h"
#include "client/render_conflicts.h"
#include "client/render_findings.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

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
  AddRepeated(app, "--kind", words.kinds,
              what + " of this kind only; may be repeated", kinds);
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

}  // namespace

void AddCheckingCommands(CommandTree& tree) {
  CLI::App& claim =
      tree.AddGroup("claim", "Work with stated figures", kQuestions);
  const auto claims = std::make_shared<ClaimCheckCommand>();
  CLI::App& check = *claim.add_subcommand(
      "check",
      "Check the figures that a story states against what is published; exits "
      "with 1 when one is contradicted");
  check
      .add_option("files", claims->files,
                  "Claims, text format, or the id of a shipped set, e.g. "
                  "nspcc-2024; - reads standard input")
      ->required()
      ->type_name("FILE");
  tree.SetLeaf(check, UsualFormats(),
               [claims](const std::string&) { return *claims; });

  const auto conflicts = std::make_shared<ListWords>();
  CLI::App& list_conflicts =
      tree.Add("conflicts",
               "List where what is published contradicts itself: between "
               "sources, editions, and those whom a source repeats",
               kQuestions);
  AddListOptions(list_conflicts, "Conflicts",
                 "same-cell|parts-v-total|part-exceeds-whole|share-v-count|"
                 "silent-revision",
                 *conflicts);
  tree.SetLeaf(list_conflicts, UsualFormats(),
               [conflicts](const std::string&) -> absl::StatusOr<Command> {
                 return MakeList<ConflictsCommand>(*conflicts,
                                                   ParseConflictKind);
               });

  const auto findings = std::make_shared<ListWords>();
  CLI::App& validate =
      tree.Add("validate",
               "List what looks implausible in the published figures; no "
               "answer is changed by it",
               kQuestions);
  AddListOptions(validate, "Findings",
                 "level-shift|repeated-value|part-year|parts-v-total|"
                 "part-exceeds-whole",
                 *findings);
  tree.SetLeaf(validate, UsualFormats(),
               [findings](const std::string&) -> absl::StatusOr<Command> {
                 return MakeList<ValidateCommand>(*findings, ParseFindingKind);
               });
}

}  // namespace collate::client
