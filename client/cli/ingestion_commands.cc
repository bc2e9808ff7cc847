// ingest, foi and withdraw.

#include <memory>

#include "client/cli/command_tree.h"
#include "client/cli/ingest_options.h"
#include "client/cli/options.h"

namespace collate::client {

void AddIngestionCommands(CommandTree& tree) {
  const auto words = std::make_shared<IngestWords>();
  CLI::App& ingest = tree.Add("ingest", "Hand in a release", kIngestion);
  AddIngestOptions(ingest, *words);
  tree.SetLeaf(ingest, UsualFormats(),
               [words](const std::string&) -> absl::StatusOr<Command> {
                 if (IsFolder(*words)) return MakeIngestFolder(*words);
                 return MakeIngest(*words);
               });

  CLI::App& foi = tree.AddGroup(
      "foi", "Prepare answers to requests for information", kIngestion);
  const auto folder = std::make_shared<FoiInitCommand>();
  CLI::App& init = *foi.add_subcommand(
      "init",
      "Write a skeleton of a manifest beside each file of a folder that has "
      "none");
  init.add_option("folder", folder->folder, "Folder of answers")
      ->required()
      ->type_name("FOLDER");
  tree.SetLeaf(init, UsualFormats(),
               [folder](const std::string&) { return *folder; });

  const auto release = std::make_shared<WithdrawCommand>();
  CLI::App& withdraw =
      tree.Add("withdraw", "Take a release out of all answers", kIngestion);
  withdraw.add_option("release", release->release, "Release")
      ->required()
      ->type_name(kReleaseType);
  withdraw
      .add_option("--reason", release->reason,
                  "Why, in a sentence; kept with the release")
      ->required()
      ->type_name("TEXT");
  tree.SetLeaf(withdraw, UsualFormats(),
               [release](const std::string&) { return *release; });
}

}  // namespace collate::client
