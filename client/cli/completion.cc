#include "client/cli/completion.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/completion_values.h"
#include "client/cli/line_walk.h"
#include "client/words.h"

namespace collate::client {
namespace {

constexpr char kBash[] = R"(# Completion of collate for bash.

_collate() {
  local word words=() joined=no
  # Bash splits at = and :, which stand within one word here.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ ${#words[@]} -gt 0 && ( $joined == yes || $word == [=:]* ) ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
    if [[ $word == [=:] ]]; then joined=yes; else joined=no; fi
  done
  local typed=${words[-1]} quoted=no
  if [[ $typed == [\"\']* ]]; then quoted=yes; fi
  local i
  for i in "${!words[@]}"; do
    word=${words[i]//[\"\']/}
    words[i]=${word//\\ / }
  done
  typed=${words[-1]}
  # What stands before the last of these, bash keeps.
  local kept=${typed%"${typed##*[=:]}"}

  local kind candidate help reply=()
  COMPREPLY=()
  {
    IFS= read -r kind || return 0
    while IFS=$'\t' read -r candidate help; do reply+=("$candidate"); done
  } < <("${COMP_WORDS[0]/#\~/$HOME}" __complete "${words[@]}" 2>/dev/null)
  case $kind in
    files)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "${typed#"$kept"}")
      return
      ;;
    folders)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "${typed#"$kept"}")
      return
      ;;
  esac
  for candidate in "${reply[@]}"; do
    candidate=${candidate#"$kept"}
    if [[ $quoted == no && $candidate == *[\ \&\;\(\)\<\>\*\?\\]* ]]; then
      printf -v candidate %q "$candidate"
    fi
    COMPREPLY+=("$candidate")
  done
  if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=@.] ]]; then
    compopt -o nospace 2>/dev/null
  fi
  return 0
}

complete -F _collate collate
)";

constexpr char kZsh[] = R"(#compdef collate
# Completion of collate for zsh.

_collate() {
  local -a lines whole open whole_help open_help
  local line word
  lines=("${(@f)$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT-1]}" \
      "${(Q)PREFIX}" 2>/dev/null)}")
  case $lines[1] in
    files) _files; return ;;
    folders) _files -/; return ;;
  esac
  for line in "${(@)lines[2,-1]}"; do
    word=${line%%$'\t'*}
    if [[ $word == *[=@.] ]]; then
      open+=("$word")
      open_help+=("$word  ${line#*$'\t'}")
    else
      whole+=("$word")
      whole_help+=("$word  ${line#*$'\t'}")
    fi
  done
  (( $#whole )) && compadd -l -d whole_help -- "${(@)whole}"
  (( $#open )) && compadd -l -S '' -d open_help -- "${(@)open}"
  (( $#whole + $#open ))
}

if [[ $funcstack[1] == _collate ]]; then
  _collate "$@"
else
  compdef _collate collate
fi
)";

constexpr char kFish[] = R"(# Completion of collate for fish.

function __collate_complete
  set -l words (commandline -opc)
  set -l typed (commandline -ct | string unescape)
  set -l lines ($words[1] __complete $words[2..-1] "$typed" 2>/dev/null)
  switch "$lines[1]"
    case files
      __fish_complete_path "$typed"
    case folders
      __fish_complete_directories "$typed"
    case '*'
      printf '%s\n' $lines[2..-1]
  end
end

complete -c collate -f -a '(__collate_complete)'
)";

std::string OneLine(const std::string& text) {
  std::string line = Printable(text);
  const size_t end = line.find_first_of("\n\t");
  return end == std::string::npos ? line : line.substr(0, end);
}

std::string HelpOf(const CLI::App& app, const std::string& name) {
  const CLI::Option* option = FindOption(app, name);
  return option == nullptr ? "" : option->get_description();
}

Candidates CandidatesOf(const CommandTree& tree, const CompleteCommand& command,
                        const std::string& typed, Client* client) {
  const std::vector<std::string> before(command.words.begin(),
                                        command.words.end() - 1);
  const Place place = Follow(tree.root(), before);
  if (place.awaiting != nullptr) {
    return ValuesOf(place.awaiting->get_type_name(), typed, place, command,
                    client);
  }
  const size_t equals = typed.find('=');
  if (absl::StartsWith(typed, "--") && equals != std::string::npos) {
    const CLI::Option* option = FindOption(*place.app, typed.substr(0, equals));
    if (option == nullptr || IsFlag(*option)) return {};
    Candidates values =
        ValuesOf(option->get_type_name(), typed.substr(equals + 1), place,
                 command, client);
    for (Candidate& one : values.words) {
      one.word = typed.substr(0, equals + 1) + one.word;
    }
    return values;
  }
  Candidates all;
  if (absl::StartsWith(typed, "-")) {
    for (const std::string& name : OptionNames(*place.app)) {
      all.words.push_back({name, HelpOf(*place.app, name)});
    }
    return all;
  }
  const CLI::App* list = nullptr;
  for (const CLI::App* one : CommandsOf(*place.app)) {
    if (one->get_group().empty()) continue;
    all.words.push_back({one->get_name(), one->get_description()});
    if (one->get_name() == "list") list = one;
  }
  Place at = place;
  // Which may be left out.
  if (list != nullptr) at.app = list;
  if (const CLI::Option* next = NextPositional(at); next != nullptr) {
    Candidates values =
        ValuesOf(next->get_type_name(), typed, at, command, client);
    if (values.kind != "words") return values;
    all.words.insert(all.words.end(), values.words.begin(), values.words.end());
  }
  return all;
}

}  // namespace

std::string CompletionScript(const std::string& shell) {
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : kBash;
}

std::string CompleteWords(const CommandTree& tree,
                          const CompleteCommand& command, Client* client) {
  if (command.words.empty()) return "words\n";
  const std::string& typed = command.words.back();
  const Candidates candidates = CandidatesOf(tree, command, typed, client);
  std::string out = absl::StrCat(candidates.kind, "\n");
  for (const Candidate& one : candidates.words) {
    // Codes and titles are the service's, and must not steer a terminal.
    if (!absl::StartsWith(one.word, typed) || Printable(one.word) != one.word) {
      continue;
    }
    absl::StrAppend(&out, one.word, "\t", OneLine(one.help), "\n");
  }
  return out;
}

std::vector<std::string> GlobalWordsOf(const CommandTree& tree,
                                       const Command& hidden) {
  // A command that takes nothing else.
  std::vector<std::string> words = {"status"};
  const auto* complete = std::get_if<CompleteCommand>(&hidden);
  if (complete == nullptr || complete->words.empty()) return words;
  const Place place =
      Follow(tree.root(), {complete->words.begin(), complete->words.end() - 1});
  for (const auto& [option, values] : place.given) {
    const auto of_root = tree.root().get_options();
    if (std::find(of_root.begin(), of_root.end(), option) == of_root.end()) {
      continue;
    }
    const std::string name = absl::StrCat("--", option->get_lnames().front());
    if (IsFlag(*option)) words.push_back(name);
    for (const std::string& value : values) {
      words.push_back(absl::StrCat(name, "=", value));
    }
  }
  return words;
}

}  // namespace collate::client
