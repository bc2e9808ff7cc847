// What was typed, as a value, with what the environment and the configuration
// file add to it. Only what reads the line knows CLI11.

#ifndef COLLATE_CLIENT_CLI_COMMAND_LINE_H_
#define COLLATE_CLIENT_CLI_COMMAND_LINE_H_

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "client/client.h"
#include "client/export/observation_writer.h"
#include "client/format.h"
#include "collate/v1/findings.pb.h"
#include "collate/v1/statistics.pb.h"
#include "collate/v1/statistics_service.pb.h"
#include "collate/v1/vintages.pb.h"
#include "service/audit/chain.h"

namespace collate::client {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;  // refused or failed
inline constexpr int kExitUsage = 2;

struct IngestCommand {
  Submission submission;
  bool strict = false;
};

// Every answer of a folder, each as a release of its own.
struct IngestFolderCommand {
  std::string folder;
  // Without paths; the header and manifest of each.
  Submission submission;
  bool strict = false;
};

// Skeletons of manifests for the files of a folder.
struct FoiInitCommand {
  std::string folder;
};

// A dry run with a recipe that is not installed.
struct RecipeTestCommand {
  std::string recipe;  // path
  Submission submission;
};

// A dry run that asks how a document could be read.
struct RecipeSuggestCommand {
  std::string output;  // path for the recipe; empty: standard output
  Submission submission;
};

struct QueryCommand {
  v1::StatisticsQuery query;
  v1::View view = v1::VIEW_BASIC;
  // A format that other programs read, in place of the line's.
  std::optional<ExportForm> form;
  // A picture, in place of it.
  bool chart = false;
  // Tells what it would come to and does not ask it.
  bool check = false;
};

struct ExportCommand {
  v1::ExportObservationsRequest request;
  ExportForm form = ExportForm::kGssCsv;
  std::string output;  // path; empty: standard output
};

// An answer that was given before.
struct AnswerCommand {
  std::string name;
  v1::View view = v1::VIEW_BASIC;
};

// What changed between two editions.
struct RevisionsCommand {
  v1::ListRevisionsRequest request;
};

// Measures side by side.
struct CompareCommand {
  std::string path;  // a CompareMeasuresRequest in protobuf text format
};

// A query that comes to one cell, or a handle.
struct ExplainCommand {
  v1::StatisticsQuery query;
  std::string handle;
  std::string open;  // folder for the originals; empty: none are opened
};

struct ObservationsCommand {
  v1::ListObservationsRequest request;
};

enum class Catalogue {
  kSources,
  kReleases,
  kMeasures,
  kDimensions,
  kMembers,
  kPanels,
  kAdapters,
};

struct CatalogueCommand {
  Catalogue catalogue = Catalogue::kSources;
  std::string show;    // full name of the one to show; empty lists
  std::string parent;  // of releases and members, full name
  std::string level;   // of members
};

struct WithdrawCommand {
  std::string release;
  std::string reason;
};

struct StatusCommand {};

struct ReloadAdaptersCommand {};

struct CheckStoreCommand {};

struct BackUpCommand {
  std::string name;  // empty = the time
};

// A directory with an audit log; needs no service.
struct VerifyAuditCommand {
  std::string directory;
  std::vector<audit::Anchor> anchors;
};

struct AuditDisclosureCommand {};

struct ValidateCommand {
  v1::ListFindingsRequest request;
  bool strict = false;  // findings are a failure
};

struct ConflictsCommand {
  v1::ListConflictsRequest request;
  bool strict = false;  // conflicts are a failure
};

// Where one thing that holds for every command comes from.
struct Setting {
  std::string name;    // "server"
  std::string value;   // empty: none
  std::string origin;  // "--server", "COLLATE_SERVER", "profile x", "default"
};

// Looks for what may be wrong between here and the service.
struct DoctorCommand {
  std::vector<Setting> settings;
  // Why they cannot be used; OK when they can.
  absl::Status problem;
};

// Prints what makes a shell complete what is typed.
struct CompletionCommand {
  std::string shell;
};

// What may stand in place of the last of the words; asked by such a shell.
struct CompleteCommand {
  std::vector<std::string> words;
  std::vector<std::string> profiles;  // of the configuration file
};

// Writes the manual pages.
struct ManualCommand {
  std::string directory;
};

// Files of claims, or ids of shipped ones.
struct ClaimCheckCommand {
  std::vector<std::string> files;
};

using Command =
    std::variant<IngestCommand, IngestFolderCommand, FoiInitCommand,
                 RecipeTestCommand, RecipeSuggestCommand, QueryCommand,
                 CompareCommand, AnswerCommand, RevisionsCommand,
                 ExplainCommand, ObservationsCommand, ExportCommand,
                 CatalogueCommand, WithdrawCommand, StatusCommand,
                 ReloadAdaptersCommand, CheckStoreCommand, BackUpCommand,
                 VerifyAuditCommand, AuditDisclosureCommand, ValidateCommand,
                 ConflictsCommand, ClaimCheckCommand, DoctorCommand,
                 CompletionCommand, CompleteCommand, ManualCommand>;

enum class Color { kAuto, kAlways, kNever };

struct CommandLine {
  ClientOptions client;
  Format format = Format::kTable;
  Color color = Color::kAuto;
  // What a person should know of how the line was understood.
  std::vector<std::string> notes;
  Command command;
};

// The value of a variable; empty where it is not set.
using Environment = std::function<std::string(const char* name)>;

// There is nothing to run: help or version was asked for, or the line is not
// understood.
struct Stop {
  int exit_code = kExitDone;
  std::string out;
  std::string err;
};

// Reads the configuration file, too, where there is one.
std::variant<CommandLine, Stop> ParseCommandLine(
    const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_CLI_COMMAND_LINE_H_
