#include "client/cli/export_options.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "client/cli/arguments.h"
#include "client/cli/options.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

constexpr char kExportFooter[] = R"(Formats:
  gss-csv    what it is, then a table with GSS shorthand ([c], [x], [p] ...)
             beside the numbers (the default)
  ndjson     a header, one observation a line, a footer with the checksum
  sdmx-csv   SDMX-CSV 2.0 of the structure COLLATE:OBSERVATIONS
  json-stat  JSON-stat 2.0; has a place for every combination of members

Without --as-of everything loaded is exported, replaced editions included; with
it what stood on that day. A file appears when it is whole and proven, or not
at all; what is written to standard output is complete if the exit status is
0.)";

constexpr std::pair<const char*, ExportForm> kExportForms[] = {
    {"gss-csv", ExportForm::kGssCsv},
    {"ndjson", ExportForm::kNdjson},
    {"sdmx-csv", ExportForm::kSdmxCsv},
    {"json-stat", ExportForm::kJsonStat}};

constexpr std::pair<const char*, ExportForm> kAnswerForms[] = {
    {"gss-csv", ExportForm::kGssCsv},
    {"sdmx-csv", ExportForm::kSdmxCsv},
    {"json-stat", ExportForm::kJsonStat}};

}  // namespace

void AddExportOptions(CLI::App& app, ExportWords& words) {
  app.add_option("measure", words.measures, "Measures; default all")
      ->type_name("MEASURE[,MEASURE]");
  AddRepeated(app, "--where", words.where, "Filter on a dimension",
              "DIM=MEMBER[,MEMBER]");
  AddRepeated(app, "--release", words.releases, "Release; default all",
              kReleaseType);
  app.add_option("--period", words.period, "Keep what lies within a period")
      ->type_name("PERIOD");
  app.add_option("--as-of", words.as_of, "Keep what stood by the end of a day")
      ->type_name("YYYY-MM-DD");
  app.add_option("--output", words.output,
                 "File to write; - or nothing: standard output")
      ->type_name("FILE");
  app.footer(kExportFooter);
}

std::vector<std::string> ExportFormats() {
  std::vector<std::string> names;
  for (const auto& [name, form] : kExportForms) names.push_back(name);
  return names;
}

absl::StatusOr<ExportCommand> MakeExport(const ExportWords& words,
                                         absl::string_view format) {
  ExportCommand command;
  for (const auto& [name, form] : kExportForms) {
    if (format == name) command.form = form;
  }
  for (const std::string& list : words.measures) {
    COLLATE_ASSIGN_OR_RETURN(const auto measures, ParseList(list));
    for (const std::string& measure : measures) {
      command.request.add_measures(measure);
    }
  }
  for (const std::string& where : words.where) {
    COLLATE_ASSIGN_OR_RETURN(*command.request.add_filters(),
                             ParseFilter(where));
  }
  for (const std::string& release : words.releases) {
    command.request.add_releases(release);
  }
  command.request.set_period(words.period);
  if (!words.as_of.empty()) {
    v1::StatisticsQuery query;
    COLLATE_RETURN_IF_ERROR(SetAsOf(words.as_of, query));
    *command.request.mutable_as_of() = query.as_of();
  }
  if (words.output != "-") command.output = words.output;
  return command;
}

std::optional<ExportForm> AnswerForm(absl::string_view format) {
  for (const auto& [name, form] : kAnswerForms) {
    if (format == name) return form;
  }
  return std::nullopt;
}

}  // namespace collate::client
