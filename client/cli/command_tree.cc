#include "client/cli/command_tree.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace collate::client {

CommandTree::CommandTree()
    : root_("Asks collate, the statistics service.", "collate") {
  root_.get_formatter()->label("SUBCOMMAND", "COMMAND");
  root_.require_subcommand(1);
  // What every command has may stand before or behind it.
  root_.fallthrough();
}

CLI::App& CommandTree::AddGroup(const std::string& name,
                                const std::string& help,
                                const std::string& section) {
  CLI::App& app = Add(name, help, section);
  app.require_subcommand(1);
  return app;
}

CLI::App& CommandTree::Add(const std::string& name, const std::string& help,
                           const std::string& section) {
  return *root_.add_subcommand(name, help)->group(section);
}

void CommandTree::SetLeaf(const CLI::App& app, Formats formats, Make make) {
  leaves_[&app] = {std::move(formats), std::move(make)};
}

const CommandTree::Leaf* CommandTree::LeafOf(const CLI::App& app) const {
  const auto found = leaves_.find(&app);
  return found == leaves_.end() ? nullptr : &found->second;
}

const CLI::App& CommandTree::Used() const {
  const CLI::App* app = &root_;
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
  }
  return *app;
}

Formats UsualFormats() { return {"table", "csv", "json", "ndjson"}; }

std::string CommandName(const CLI::App& app) {
  if (app.get_parent() == nullptr) return "";
  const std::string above = CommandName(*app.get_parent());
  return absl::StrCat(above, above.empty() ? "" : " ", app.get_name());
}

}  // namespace collate::client
