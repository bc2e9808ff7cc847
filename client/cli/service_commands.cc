// status, admin, audit and disclosure.

#include <memory>

#include "absl/strings/str_cat.h"
#include "client/cli/command_tree.h"
#include "client/cli/options.h"

namespace collate::client {
namespace {

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

}  // namespace

void AddServiceCommands(CommandTree& tree) {
  CLI::App& status = tree.Add(
      "status",
      "Ask whether the service serves, what shuts its workers in, and which "
      "adapters it uses",
      kUpkeep);
  tree.SetLeaf(status, UsualFormats(),
               [](const std::string&) { return StatusCommand(); });

  CLI::App& admin =
      tree.AddGroup("admin", "Look after the service's data", kUpkeep);
  CLI::App& check = *admin.add_subcommand(
      "check",
      "Have the running service verify every checksum of its data directory; "
      "exits with 1 when anything is damaged");
  tree.SetLeaf(check, UsualFormats(),
               [](const std::string&) { return CheckStoreCommand(); });
  const auto back_up = std::make_shared<BackUpCommand>();
  CLI::App& backup = *admin.add_subcommand(
      "backup",
      "Have the running service copy its data directory into its backup "
      "directory and verify the copy; exits with 1 when anything in it is "
      "damaged");
  backup
      .add_option("name", back_up->name,
                  "Name of the backup: letters, digits and '-'; default: the "
                  "time")
      ->type_name("NAME");
  tree.SetLeaf(backup, UsualFormats(),
               [back_up](const std::string&) { return *back_up; });

  CLI::App& audit =
      tree.AddGroup("audit", "Work with the record of all calls", kUpkeep);
  const auto words = std::make_shared<AuditWords>();
  CLI::App& verify = *audit.add_subcommand(
      "verify",
      "Read an audit log and find whatever was changed, taken out or cut off; "
      "exits with 1 when anything was");
  verify
      .add_option("directory", words->directory,
                  "Its directory: `audit` in the service's data directory")
      ->required()
      ->type_name("FOLDER");
  AddRepeated(verify, "--anchor", words->anchors,
              "A record that was noted elsewhere, as `collate status` tells "
              "it; the log must have it",
              "RECORD:HASH");
  tree.SetLeaf(verify, UsualFormats(),
               [words](const std::string&) -> absl::StatusOr<Command> {
                 return MakeVerifyAudit(*words);
               });

  CLI::App& disclosure = tree.AddGroup(
      "disclosure", "Look after what is shown of restricted sources", kUpkeep);
  CLI::App& attack = *disclosure.add_subcommand(
      "audit",
      "Have the running service attack everything that its disclosure profile "
      "shows; exits with 1 when a figure is given away");
  tree.SetLeaf(attack, UsualFormats(),
               [](const std::string&) { return AuditDisclosureCommand(); });
}

}  // namespace collate::client
