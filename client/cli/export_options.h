// What `export` takes, as typed and as a request.

#ifndef COLLATE_CLIENT_CLI_EXPORT_OPTIONS_H_
#define COLLATE_CLIENT_CLI_EXPORT_OPTIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/command_line.h"

namespace CLI {
class App;
}  // namespace CLI

namespace collate::client {

struct ExportWords {
  std::vector<std::string> measures;
  std::vector<std::string> where;
  std::vector<std::string> releases;
  std::string period;
  std::string as_of;
  std::string output;
};

// `words` must outlive the parsing of the line.
void AddExportOptions(CLI::App& app, ExportWords& words);

// The first is the default.
std::vector<std::string> ExportFormats();

// `format` is one of them, or empty.
absl::StatusOr<ExportCommand> MakeExport(const ExportWords& words,
                                         absl::string_view format);

// Of a query: the formats that other programs read; nullopt for those of every
// command.
std::optional<ExportForm> AnswerForm(absl::string_view format);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_EXPORT_OPTIONS_H_
