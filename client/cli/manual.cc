#include "client/cli/manual.h"

#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "client/cli/line_walk.h"

namespace collate::client {
namespace {

constexpr char kFiles[] = R"(.SH FILES
.TP
.I ~/.config/collate/config.textproto
Services by name, and how each is spoken to.
)";

constexpr char kEnvironment[] = R"(.SH ENVIRONMENT
.TP
.B COLLATE_CONFIG
Configuration file, where \-\-config is not given.
.TP
.B COLLATE_PROFILE
Profile of that file, where \-\-profile is not given.
.TP
.BR COLLATE_SERVER ", " COLLATE_TLS ", " COLLATE_TLS_CA ", " COLLATE_TLS_CERT ", " COLLATE_TLS_KEY ", " COLLATE_TOKEN_FILE
As the options of these names. What is typed wins over the environment, which
wins over the profile.
.TP
.B NO_COLOR
Where it is set, drawings have no colours, unless \-\-color=always.
)";

constexpr char kExit[] = R"(.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Refused or failed.
.TP
.B 2
The command line is not understood.
)";

// A line of text: what roff would take for its own is escaped.
std::string Line(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '~') {
      out += "\\(ti";
    } else if (c == '^') {
      out += "\\(ha";
    } else {
      out += c;
    }
  }
  // A request of roff begins with a full stop.
  return absl::StartsWith(out, ".") ? absl::StrCat("\\&", out) : out;
}

std::string Upper(const std::string& text) {
  return absl::AsciiStrToUpper(text);
}

std::string Sentence(const std::string& text) {
  return absl::StrCat(Line(text), absl::EndsWith(text, ".") ? "" : ".", "\n");
}

// As it stands, line by line.
std::string Verbatim(absl::string_view text) {
  std::string out = ".nf\n";
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&out, line.empty() ? ".sp" : Line(line), "\n");
  }
  return absl::StrCat(out, ".fi\n");
}

std::string OptionLines(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) {
    names.push_back(absl::StrCat("\\fB\\-", Line(name), "\\fR"));
  }
  for (const std::string& name : option.get_lnames()) {
    names.push_back(absl::StrCat("\\fB\\-\\-", Line(name), "\\fR"));
  }
  if (option.get_positional()) {
    names.push_back(absl::StrCat("\\fI", Line(option.get_name(true)), "\\fR"));
  }
  const std::string type = IsFlag(option) ? "" : option.get_type_name();
  return absl::StrCat(".TP\n", absl::StrJoin(names, ", "),
                      type.empty() ? "" : " \\fI", Line(type),
                      type.empty() ? "" : "\\fR", "\n",
                      Sentence(option.get_description()));
}

std::string Options(const CLI::App& app) {
  std::string out;
  for (const CLI::Option* option : app.get_options()) {
    out += OptionLines(*option);
  }
  return out;
}

// "collate members list [OPTIONS] dimension".
std::string Synopsis(const CLI::App& app) {
  const std::string name = CommandName(app);
  std::string out =
      absl::StrCat(".B collate", name.empty() ? "" : " ", Line(name), "\n");
  const bool group = !CommandsOf(app).empty();
  if (group) absl::StrAppend(&out, ".I COMMAND\n");
  absl::StrAppend(&out, ".RI [ OPTIONS ]\n");
  for (const CLI::Option* option : app.get_options(
           [](const CLI::Option* one) { return one->get_positional(); })) {
    const bool many = option->get_items_expected_max() > 1;
    const std::string word =
        absl::StrCat(Line(option->get_name(true)), many ? " ..." : "");
    absl::StrAppend(&out, option->get_required()
                              ? absl::StrCat(".I ", word, "\n")
                              : absl::StrCat(".RI [ \"", word, "\" ]\n"));
  }
  return out;
}

std::string Head(const std::string& page) {
  return absl::StrCat(".TH ", Upper(Line(page)), " 1 \"\" \"collate ",
                      COLLATE_VERSION, "\" \"collate\"\n");
}

void AddCommand(const CLI::App& app, std::string& out) {
  absl::StrAppend(&out, ".SS collate ", Line(CommandName(app)), "\n",
                  Sentence(app.get_description()), ".PP\n", Synopsis(app),
                  Options(app), ".PP\n", Verbatim(app.get_footer()));
  for (const CLI::App* inner : CommandsOf(app)) AddCommand(*inner, out);
}

ManualPage PageOf(const CLI::App& app) {
  const std::string page = absl::StrCat("collate-", app.get_name());
  std::string out =
      absl::StrCat(Head(page), ".SH NAME\n", Line(page), " \\- ",
                   Line(app.get_description()), "\n.SH SYNOPSIS\n");
  const std::vector<const CLI::App*> commands = CommandsOf(app);
  if (commands.empty()) {
    absl::StrAppend(&out, Synopsis(app), ".SH OPTIONS\n", Options(app),
                    ".SH DESCRIPTION\n", Verbatim(app.get_footer()));
  } else {
    for (const CLI::App* inner : commands) {
      absl::StrAppend(&out, inner == commands.front() ? "" : ".br\n",
                      Synopsis(*inner));
    }
    absl::StrAppend(&out, ".SH COMMANDS\n");
    for (const CLI::App* inner : commands) AddCommand(*inner, out);
    absl::StrAppend(&out, ".SH DESCRIPTION\n", Verbatim(app.get_footer()));
  }
  absl::StrAppend(&out, kExit, ".SH SEE ALSO\n.BR collate (1)\n");
  return {absl::StrCat(page, ".1"), std::move(out)};
}

ManualPage PageOfAll(const CLI::App& root) {
  std::string out = absl::StrCat(
      Head("collate"),
      ".SH NAME\ncollate \\- asks the statistics service\n.SH SYNOPSIS\n",
      Synopsis(root), ".SH COMMANDS\n");
  std::string section;
  std::vector<std::string> also;
  for (const CLI::App* one : CommandsOf(root)) {
    if (one->get_group() != section) {
      section = one->get_group();
      absl::StrAppend(&out, ".SS ", Line(section), "\n");
    }
    absl::StrAppend(&out, ".TP\n.B ", Line(one->get_name()), "\n",
                    Sentence(one->get_description()));
    also.push_back(
        absl::StrCat(".BR collate\\-", Line(one->get_name()), " (1)"));
  }
  absl::StrAppend(&out, ".SH OPTIONS\n", Options(root), ".SH DESCRIPTION\n",
                  Verbatim(root.get_footer()), kFiles, kEnvironment, kExit,
                  ".SH SEE ALSO\n", absl::StrJoin(also, "\n"), "\n");
  return {"collate.1", std::move(out)};
}

}  // namespace

std::vector<ManualPage> ManualPages(const CommandTree& tree) {
  std::vector<ManualPage> pages = {PageOfAll(tree.root())};
  for (const CLI::App* one : CommandsOf(tree.root())) {
    pages.push_back(PageOf(*one));
  }
  return pages;
}

}  // namespace collate::client
