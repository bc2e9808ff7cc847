#include "client/render_folder.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/error_text.h"
#include "client/grid.h"
#include "client/render_report.h"
#include "client/words.h"
#include "nlohmann/json.hpp"
#include "service/base/error.h"

namespace collate::client {
namespace {

std::string OutcomeOf(const FolderEntry& entry) {
  if (!entry.report.ok()) return "refused";
  if (entry.report->already_loaded()) return "there already";
  return entry.report->published() ? "published" : "would be published";
}

int64_t Warnings(const v1::IngestionReport& report) {
  return std::count_if(report.diagnostics().begin(), report.diagnostics().end(),
                       [](const v1::Diagnostic& diagnostic) {
                         return diagnostic.severity() >=
                                v1::DIAGNOSTIC_SEVERITY_WARNING;
                       });
}

std::string ReasonOf(const absl::Status& status) {
  const std::string reason = base::DetailOf(status).reason;
  return reason.empty() ? absl::StatusCodeToString(status.code()) : reason;
}

Grid GridOf(const std::vector<FolderEntry>& entries) {
  Grid grid;
  grid.columns = {{"answer", "answer"},     {"outcome", "outcome"},
                  {"release", "release"},   {"observations", "observations"},
                  {"warnings", "warnings"}, {"reason", "reason"},
                  {"message", "message"}};
  for (const FolderEntry& entry : entries) {
    if (entry.report.ok()) {
      grid.rows.push_back({entry.name,
                           OutcomeOf(entry),
                           entry.report->release().name(),
                           int64_t{entry.report->release().observation_count()},
                           Warnings(*entry.report),
                           {},
                           {}});
    } else {
      grid.rows.push_back({entry.name,
                           OutcomeOf(entry),
                           {},
                           {},
                           {},
                           ReasonOf(entry.report.status()),
                           std::string(entry.report.status().message())});
    }
  }
  return grid;
}

// Each row as an object; a value that is not there is null.
std::string RowsAsJson(const Grid& grid, Format format) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const std::vector<Value>& row : grid.rows) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (size_t i = 0; i < row.size(); ++i) {
      nlohmann::ordered_json& value = object[grid.columns[i].name];
      if (const auto* text = std::get_if<std::string>(&row[i])) {
        value = *text;
      } else if (const auto* number = std::get_if<int64_t>(&row[i])) {
        value = *number;
      }
    }
    all.push_back(std::move(object));
  }
  // A file's name need not be UTF-8.
  constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;
  if (format == Format::kJson) {
    return absl::StrCat(all.dump(2, ' ', false, kReplace), "\n");
  }
  std::string lines;
  for (const auto& object : all) {
    absl::StrAppend(&lines, object.dump(-1, ' ', false, kReplace), "\n");
  }
  return lines;
}

}  // namespace

absl::StatusOr<std::string> RenderFolder(
    const std::vector<FolderEntry>& entries, Format format) {
  Grid grid = GridOf(entries);
  if (format == Format::kCsv) return RenderCsv(grid);
  if (format != Format::kTable) return RowsAsJson(grid, format);
  // The message has lines of its own below.
  grid.columns.pop_back();
  for (std::vector<Value>& row : grid.rows) row.pop_back();
  std::string out = RenderTable(grid);
  for (const FolderEntry& entry : entries) {
    if (!entry.report.ok()) {
      absl::StrAppend(&out, "\n", Printable(entry.name), ": refused\n  ",
                      ErrorText(entry.report.status()));
    } else if (Warnings(*entry.report) > 0) {
      absl::StrAppend(&out, "\n", Printable(entry.name), ": ", OutcomeOf(entry),
                      "\n");
      for (const v1::Diagnostic& diagnostic : entry.report->diagnostics()) {
        if (diagnostic.severity() >= v1::DIAGNOSTIC_SEVERITY_WARNING) {
          out += DiagnosticText(diagnostic);
        }
      }
    }
  }
  absl::StrAppend(&out, "\n", FolderSummary(entries), "\n");
  return out;
}

std::string FolderSummary(const std::vector<FolderEntry>& entries) {
  int64_t published = 0;
  int64_t there = 0;
  int64_t dry = 0;
  for (const FolderEntry& entry : entries) {
    if (!entry.report.ok()) continue;
    ++(entry.report->already_loaded() ? there
       : entry.report->published()    ? published
                                      : dry);
  }
  std::string text =
      dry > 0 ? absl::StrCat(GroupedInteger(dry), " would be published")
              : absl::StrCat(GroupedInteger(published), " published");
  absl::StrAppend(&text, ", ", GroupedInteger(there), " there already, ",
                  GroupedInteger(static_cast<int64_t>(CountRefused(entries))),
                  " refused");
  return text;
}

size_t CountRefused(const std::vector<FolderEntry>& entries) {
  return static_cast<size_t>(
      std::count_if(entries.begin(), entries.end(),
                    [](const FolderEntry& e) { return !e.report.ok(); }));
}

bool AnyWarning(const std::vector<FolderEntry>& entries) {
  return std::any_of(entries.begin(), entries.end(), [](const FolderEntry& e) {
    return e.report.ok() &&
           (Warnings(*e.report) > 0 || AnythingRefused(*e.report));
  });
}

absl::StatusOr<std::string> RenderSkeletons(
    const std::vector<Skeleton>& skeletons, Format format) {
  Grid grid;
  grid.columns = {
      {"file", "file"}, {"manifest", "manifest"}, {"written", "written"}};
  for (const Skeleton& skeleton : skeletons) {
    grid.rows.push_back(
        {skeleton.file, skeleton.manifest,
         std::string(skeleton.written ? "yes" : "no, it was there")});
  }
  switch (format) {
    case Format::kCsv:
      return RenderCsv(grid);
    case Format::kTable:
      return RenderTable(grid);
    default:
      return RowsAsJson(grid, format);
  }
}

}  // namespace collate::client
