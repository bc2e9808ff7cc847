#include "client/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/all_commands.h"
#include "client/cli/client_config.h"
#include "client/cli/command_tree.h"
#include "client/cli/completion.h"
#include "client/cli/global_options.h"
#include "client/cli/line_walk.h"
#include "client/cli/options.h"
#include "client/error_text.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::client {
namespace {

// What shells ask, and what writes the manual: not for people.
constexpr char kComplete[] = "__complete";
constexpr char kManual[] = "__manual";

Stop UsageStop(const absl::Status& status, absl::string_view command) {
  std::string err(ErrorText(status));
  absl::StrAppend(&err, "Try: collate ", command, command.empty() ? "" : " ",
                  "--help\n");
  return {kExitUsage, "", std::move(err)};
}

std::string DidYouMean(const std::vector<std::string>& near) {
  return near.empty()
             ? ""
             : absl::StrCat("; did you mean ", absl::StrJoin(near, ", "), "?");
}

// Says of a word that no command takes which it may have been.
absl::Status NotUnderstood(const CLI::App& app, const std::string& word) {
  const std::string name = CommandName(app);
  const std::string whole =
      absl::StrCat("collate", name.empty() ? "" : " ", name);
  if (word.size() > 1 && word[0] == '-') {
    const std::string flag = word.substr(0, word.find('='));
    return Usage(absl::StrCat(
        whole, " has no option ", flag,
        DidYouMean(vocabulary::NearMatches(flag, OptionNames(app)))));
  }
  std::vector<std::string> commands;
  for (const CLI::App* one : CommandsOf(app)) {
    commands.push_back(one->get_name());
  }
  if (commands.empty()) {
    return Usage(absl::StrCat("'", word, "' is one word too many for ", whole));
  }
  const std::vector<std::string> near = vocabulary::NearMatches(word, commands);
  std::string message =
      absl::StrCat("no such command: '", whole, " ", word, "'");
  if (near.empty() && !name.empty()) {
    absl::StrAppend(&message, "; there are ", absl::StrJoin(commands, ", "));
  }
  return Usage(absl::StrCat(message, DidYouMean(near)));
}

absl::Status NoCommand(const CLI::App& app) {
  if (app.get_parent() == nullptr) return Usage("say what to do");
  std::vector<std::string> commands;
  for (const CLI::App* one : CommandsOf(app)) {
    commands.push_back(one->get_name());
  }
  return Usage(absl::StrCat("collate ", CommandName(app),
                            " needs a command; there are ",
                            absl::StrJoin(commands, ", ")));
}

// A shell has no use for an error.
std::optional<Command> HiddenCommand(
    const std::vector<std::string>& arguments) {
  if (arguments.empty()) return std::nullopt;
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (arguments[0] == kComplete) return CompleteCommand{rest, {}};
  if (arguments[0] == kManual && rest.size() == 1) {
    return ManualCommand{rest[0]};
  }
  return std::nullopt;
}

Format FormatOf(const std::string& word) {
  if (word == "csv") return Format::kCsv;
  if (word == "json") return Format::kJson;
  if (word == "ndjson") return Format::kNdjson;
  return Format::kTable;
}

Color ColorOf(const std::string& word) {
  if (word == "always") return Color::kAlways;
  return word == "never" ? Color::kNever : Color::kAuto;
}

// The format of a command: what was typed must be one of its own, and what a
// profile says holds where it is.
absl::StatusOr<std::string> ChooseFormat(const CommandTree::Leaf& leaf,
                                         const std::string& command,
                                         const std::string& typed,
                                         const std::string& configured) {
  const auto has = [&leaf](const std::string& format) {
    return std::find(leaf.formats.begin(), leaf.formats.end(), format) !=
           leaf.formats.end();
  };
  if (typed.empty()) return has(configured) ? configured : std::string();
  if (has(typed)) return typed;
  return Usage(absl::StrCat("collate ", command, " has no format ", typed,
                            leaf.formats.empty() ? "" : "; take ",
                            absl::StrJoin(leaf.formats, ", ")));
}

}  // namespace

std::variant<CommandLine, Stop> ParseCommandLine(
    const std::vector<std::string>& arguments, const Environment& environment) {
  CommandTree tree;
  GlobalWords words;
  AddAllCommands(tree, words);

  CommandLine line;
  std::vector<std::string> typed = arguments;
  std::optional<Command> hidden = HiddenCommand(arguments);
  if (hidden.has_value()) {
    // Which service is meant is a part of the line that is completed.
    typed = GlobalWordsOf(tree, *hidden);
  }
  const Place place = Follow(tree.root(), typed);
  if (place.list_left_out.has_value()) {
    typed.insert(
        typed.begin() + static_cast<std::ptrdiff_t>(*place.list_left_out),
        "list");
  }
  const std::string whole = CommandName(*place.app);
  std::reverse(typed.begin(), typed.end());
  try {
    // CLI11 takes the arguments from the back.
    tree.root().parse(std::move(typed));
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    if (tree.root().exit(error, out, err) == 0) {
      return Stop{kExitDone, out.str(), err.str()};
    }
    if (!hidden.has_value()) {
      if (place.unknown.has_value()) {
        return UsageStop(
            NotUnderstood(*place.unknown_to, arguments[*place.unknown]),
            CommandName(*place.unknown_to));
      }
      const bool nothing =
          !CommandsOf(*place.app).empty() && !place.list_left_out.has_value();
      return UsageStop(nothing ? NoCommand(*place.app) : Usage(error.what()),
                       whole);
    }
  }

  const std::string typed_format = words.format;
  std::vector<Setting> settings;
  const auto connect = [&]() -> absl::Status {
    COLLATE_ASSIGN_OR_RETURN(
        const ChosenProfile chosen,
        ChooseProfile(words.config, words.profile, environment));
    COLLATE_RETURN_IF_ERROR(
        Complete(chosen, environment, words, settings, line.notes));
    return FillClient(words, line.client);
  };
  const absl::Status connected = connect();
  line.color = ColorOf(words.color);
  if (hidden.has_value()) {
    if (!connected.ok()) return Stop{};
    line.notes.clear();
    line.command = *std::move(hidden);
    if (auto* complete = std::get_if<CompleteCommand>(&line.command)) {
      line.client.timeout = kCompletionDeadline;
      const auto config =
          ReadClientConfig(ClientConfigPath(words.config, environment));
      if (config.ok()) {
        for (const auto& one : config->profiles()) {
          complete->profiles.push_back(one.name());
        }
      }
    }
    return line;
  }

  const CommandTree::Leaf& leaf = *tree.LeafOf(tree.Used());
  const auto make = [&]() -> absl::Status {
    COLLATE_ASSIGN_OR_RETURN(
        const std::string format,
        ChooseFormat(leaf, whole, typed_format, words.format));
    line.format = FormatOf(format);
    COLLATE_ASSIGN_OR_RETURN(line.command, leaf.make(format));
    return absl::OkStatus();
  };
  if (const absl::Status status = make(); !status.ok()) {
    return UsageStop(status, whole);
  }
  if (auto* doctor = std::get_if<DoctorCommand>(&line.command)) {
    // Which is what it is there to tell.
    *doctor = {std::move(settings), connected};
    line.notes.clear();
    return line;
  }
  if (std::holds_alternative<CompletionCommand>(line.command) ||
      std::holds_alternative<VerifyAuditCommand>(line.command)) {
    // They need no service.
    line.client = {};
    line.notes.clear();
    return line;
  }
  if (!connected.ok()) return Stop{kExitUsage, "", ErrorText(connected)};
  return line;
}

}  // namespace collate::client
