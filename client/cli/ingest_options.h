// What `ingest` takes, as typed and as a submission.

#ifndef COLLATE_CLIENT_CLI_INGEST_OPTIONS_H_
#define COLLATE_CLIENT_CLI_INGEST_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command_line.h"

namespace CLI {
class App;
}  // namespace CLI

namespace collate::client {

struct IngestWords {
  std::vector<std::string> files;
  std::string source;
  std::string published;
  std::string edition;
  std::string adapter;
  std::string recipe;
  std::vector<std::string> options;
  std::vector<std::string> manifest;
  std::vector<std::string> answer;
  std::vector<std::string> letters;
  bool synthetic = false;
  bool dry_run = false;
  bool strict = false;
};

// `words` must outlive the parsing of the line.
void AddIngestOptions(CLI::App& app, IngestWords& words);

// Whether the one thing that is named is a folder.
bool IsFolder(const IngestWords& words);

// INVALID_ARGUMENT (reason USAGE) says what was expected.
absl::StatusOr<IngestCommand> MakeIngest(const IngestWords& words);
absl::StatusOr<IngestFolderCommand> MakeIngestFolder(const IngestWords& words);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_INGEST_OPTIONS_H_
