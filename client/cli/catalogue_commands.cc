// sources, releases, measures, dimensions, members, panels and adapters.

#include <memory>

#include "absl/strings/str_cat.h"
#include "client/cli/arguments.h"
#include "client/cli/command_tree.h"
#include "client/cli/options.h"

namespace collate::client {
namespace {

struct CatalogueKind {
  Catalogue catalogue;
  const char* name;  // of the command and of the collection
  const char* help;
  const char* one;   // "a source"
  const char* type;  // of its name
};

constexpr CatalogueKind kKinds[] = {
    {Catalogue::kSources, "sources", "List sources, or show one", "source",
     "SOURCE"},
    {Catalogue::kReleases, "releases", "List releases, or show one", "release",
     kReleaseType},
    {Catalogue::kMeasures, "measures", "List measures, or show one", "measure",
     "MEASURE"},
    {Catalogue::kDimensions, "dimensions", "List dimensions, or show one",
     "dimension", "DIMENSION"},
    {Catalogue::kMembers, "members",
     "List the members of a dimension, or show one", "member", "MEMBER"},
    {Catalogue::kPanels, "panels", "List panels, or show one", "panel",
     "PANEL"},
    {Catalogue::kAdapters, "adapters",
     "List adapters, show one, or reload them all", "adapter", "ADAPTER"},
};

struct CatalogueWords {
  std::string dimension;
  std::string name;
  std::string source;
  std::string level;
};

CatalogueCommand Start(const CatalogueKind& kind, const CatalogueWords& words) {
  CatalogueCommand command;
  command.catalogue = kind.catalogue;
  command.level = words.level;
  if (kind.catalogue == Catalogue::kMembers) {
    command.parent = ResourceName("dimensions", words.dimension);
  }
  if (kind.catalogue == Catalogue::kReleases) {
    command.parent = words.source.empty()
                         ? "sources/-"
                         : ResourceName("sources", words.source);
  }
  return command;
}

void AddDimension(CLI::App& app, CatalogueWords& words) {
  app.add_option("dimension", words.dimension, "Dimension")
      ->required()
      ->type_name("DIMENSION");
}

void AddList(CommandTree& tree, CLI::App& group, const CatalogueKind& kind) {
  const auto words = std::make_shared<CatalogueWords>();
  CLI::App& app = *group.add_subcommand(
      "list", absl::StrCat("List all; collate ", kind.name, " does the same"));
  if (kind.catalogue == Catalogue::kMembers) {
    AddDimension(app, *words);
    app.add_option("--level", words->level, "Members of this level only")
        ->type_name("LEVEL");
  }
  if (kind.catalogue == Catalogue::kReleases) {
    app.add_option("--source", words->source, "Releases of this source only")
        ->type_name("SOURCE");
  }
  tree.SetLeaf(app, UsualFormats(), [words, &kind](const std::string&) {
    return Start(kind, *words);
  });
}

void AddShow(CommandTree& tree, CLI::App& group, const CatalogueKind& kind) {
  const auto words = std::make_shared<CatalogueWords>();
  CLI::App& app =
      *group.add_subcommand("show", absl::StrCat("Show one ", kind.one));
  const bool member = kind.catalogue == Catalogue::kMembers;
  if (member) AddDimension(app, *words);
  app.add_option(kind.one, words->name,
                 absl::StrCat("The ", kind.one, "'s name"))
      ->required()
      ->type_name(kind.type);
  tree.SetLeaf(app, UsualFormats(), [words, &kind, member](const std::string&) {
    CatalogueCommand command = Start(kind, *words);
    if (kind.catalogue == Catalogue::kReleases) {
      // A release has no short name: two sources may have the same day and
      // bytes.
      command.show = words->name;
    } else if (member) {
      command.show = absl::StrCat(command.parent, "/",
                                  ResourceName("members", words->name));
    } else {
      command.show = ResourceName(kind.name, words->name);
    }
    return command;
  });
}

}  // namespace

void AddCatalogueCommands(CommandTree& tree) {
  for (const CatalogueKind& kind : kKinds) {
    CLI::App& group = tree.AddGroup(kind.name, kind.help, kCatalogues);
    AddList(tree, group, kind);
    AddShow(tree, group, kind);
    if (kind.catalogue != Catalogue::kAdapters) continue;
    CLI::App& reload = *group.add_subcommand(
        "reload",
        "Have the running service read the adapter directories anew, and lift "
        "every quarantine");
    tree.SetLeaf(reload, UsualFormats(),
                 [](const std::string&) { return ReloadAdaptersCommand(); });
  }
}

}  // namespace collate::client
