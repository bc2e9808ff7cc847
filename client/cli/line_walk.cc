#include "client/cli/line_walk.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace collate::client {
namespace {

// A command that may be left out where it is the only one that is meant.
constexpr char kList[] = "list";

const CLI::App* CommandNamed(const CLI::App& app, const std::string& name) {
  for (const CLI::App* one : CommandsOf(app)) {
    if (one->get_name() == name) return one;
  }
  return nullptr;
}

std::vector<const CLI::Option*> PositionalsOf(const CLI::App& app) {
  return app.get_options(
      [](const CLI::Option* option) { return option->get_positional(); });
}

bool IsOption(const std::string& word) {
  return word.size() > 1 && word[0] == '-';
}

std::string NameOf(const std::string& word) {
  return absl::StartsWith(word, "--") ? word.substr(0, word.find('=')) : word;
}

}  // namespace

bool IsFlag(const CLI::Option& option) {
  return option.get_items_expected_max() == 0;
}

std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::Option* FindOption(const CLI::App& app, const std::string& name) {
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    if (const CLI::Option* found = at->get_option_no_throw(name);
        found != nullptr && found->nonpositional()) {
      return found;
    }
  }
  return nullptr;
}

std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option :
         at->get_options([](const CLI::Option* one) {
           return one->nonpositional() && !one->get_lnames().empty();
         })) {
      // Each command has a help of its own.
      std::string name = absl::StrCat("--", option->get_lnames().front());
      if (at != &app && name == "--help") continue;
      names.push_back(std::move(name));
    }
  }
  return names;
}

const CLI::Option* NextPositional(const Place& place) {
  size_t before = 0;
  for (const CLI::Option* option : PositionalsOf(*place.app)) {
    const auto most = static_cast<size_t>(option->get_items_expected_max());
    if (place.positionals < before + most) return option;
    before += most;
  }
  return nullptr;
}

Place Follow(const CLI::App& root, const std::vector<std::string>& words) {
  Place place;
  place.app = &root;
  const CLI::App* list = nullptr;
  bool only_positionals = false;
  const auto enter = [&](const CLI::App* app) {
    place.app = app;
    list = CommandNamed(*app, kList);
  };
  const auto enter_list = [&](size_t i) {
    place.list_left_out = i;
    enter(list);
  };
  const auto mistake = [&](size_t i) {
    if (place.unknown.has_value()) return;
    place.unknown = i;
    place.unknown_to = place.app;
  };
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (place.awaiting != nullptr) {
      place.given[place.awaiting].push_back(word);
      place.awaiting = nullptr;
    } else if (word == "--" && !only_positionals) {
      only_positionals = true;
    } else if (IsOption(word) && !only_positionals) {
      const std::string name = NameOf(word);
      const CLI::Option* option = FindOption(*place.app, name);
      if (option == nullptr && list != nullptr &&
          FindOption(*list, name) != nullptr) {
        enter_list(i);
        option = FindOption(*place.app, name);
      }
      if (option == nullptr) {
        mistake(i);
      } else if (name == "--help" || name == "-h") {
        place.help = true;
      } else if (!IsFlag(*option)) {
        if (name.size() < word.size()) {
          place.given[option].push_back(word.substr(name.size() + 1));
        } else {
          place.awaiting = option;
        }
      } else {
        place.given[option];
      }
    } else if (const CLI::App* command = CommandNamed(*place.app, word);
               command != nullptr && !only_positionals) {
      enter(command);
    } else {
      if (list != nullptr && !PositionalsOf(*list).empty()) enter_list(i);
      if (const CLI::Option* option = NextPositional(place);
          option != nullptr) {
        place.given[option].push_back(word);
        ++place.positionals;
      } else {
        mistake(i);
      }
    }
  }
  if (list != nullptr && !place.help && !place.unknown.has_value()) {
    place.list_left_out = words.size();
  }
  return place;
}

}  // namespace collate::client
