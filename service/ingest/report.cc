#include "service/ingest/report.h"

#include <algorithm>
#include <exception>

#include "absl/strings/match.h"
#include "nlohmann/json.hpp"
#include "service/base/error.h"
#include "service/query/snapshot.h"
#include "service/store/observations.h"

namespace collate::ingest {
namespace {

using Json = nlohmann::ordered_json;

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "unknown";
}

std::string KindOf(Severity severity, absl::string_view reason) {
  return absl::StrCat(static_cast<int>(severity), " ", reason);
}

Json ToJson(const DocumentReport& document) {
  Json tables = Json::array();
  for (const TableReport& table : document.tables) {
    tables.push_back({{"id", table.id},
                      {"title", table.title},
                      {"measure", table.measure},
                      {"recipe", table.recipe},
                      {"rows", table.row_count},
                      {"mapped", table.mapped_count},
                      {"unmapped", table.unmapped_count},
                      {"duplicates", table.duplicate_count},
                      {"refused", table.refused}});
  }
  Json accounts = Json::array();
  for (const auto& [what, count] : document.accounts) {
    accounts.push_back(Json::array({what, count}));
  }
  return {{"document", document.document},
          {"tables", std::move(tables)},
          {"accounts", std::move(accounts)}};
}

Json ToJson(const Diagnostic& diagnostic) {
  return {{"severity", static_cast<int>(diagnostic.severity)},
          {"reason", diagnostic.reason},
          {"message", diagnostic.message},
          {"expected", diagnostic.expected},
          {"found", diagnostic.found},
          {"locator", diagnostic.locator},
          {"count", diagnostic.count}};
}

DocumentReport DocumentFromJson(const Json& json) {
  DocumentReport document;
  document.document = json.at("document").get<std::string>();
  for (const Json& entry : json.at("tables")) {
    TableReport& table = document.tables.emplace_back();
    table.id = entry.at("id").get<std::string>();
    table.title = entry.at("title").get<std::string>();
    table.measure = entry.at("measure").get<std::string>();
    table.row_count = entry.at("rows").get<int64_t>();
    table.mapped_count = entry.at("mapped").get<int64_t>();
    table.unmapped_count = entry.at("unmapped").get<int64_t>();
    // Reports kept before recipes were named, or duplicates counted, have
    // neither.
    table.recipe = entry.value("recipe", std::string());
    table.duplicate_count = entry.value("duplicates", int64_t{0});
    table.refused = entry.at("refused").get<bool>();
  }
  for (const Json& entry : json.at("accounts")) {
    document.accounts.emplace_back(entry.at(0).get<std::string>(),
                                   entry.at(1).get<uint64_t>());
  }
  return document;
}

// False when the severity is none that there is.
bool DiagnosticFromJson(const Json& json, Diagnostic* diagnostic) {
  const int severity = json.at("severity").get<int>();
  diagnostic->severity = static_cast<Severity>(severity);
  diagnostic->reason = json.at("reason").get<std::string>();
  diagnostic->message = json.at("message").get<std::string>();
  diagnostic->expected = json.at("expected").get<std::string>();
  diagnostic->found = json.at("found").get<std::string>();
  diagnostic->locator = json.at("locator").get<std::string>();
  diagnostic->count = json.at("count").get<uint64_t>();
  return severity >= static_cast<int>(Severity::kInfo) &&
         severity <= static_cast<int>(Severity::kError);
}

}  // namespace

std::string FormatRawLocator(absl::string_view document,
                             const RawLocator& locator) {
  const bool has_sheet = !locator.sheet.empty();
  if (has_sheet ? locator.row == 0 : locator.line == 0) {
    // A place without a cell: the part, or the sheet as a whole.
    std::string place(document);
    if (absl::StartsWith(locator.part, absl::StrCat(document, "/"))) {
      place = locator.part;
    } else if (!locator.part.empty() && locator.part != document) {
      absl::StrAppend(&place, "/", locator.part);
    }
    if (has_sheet) absl::StrAppend(&place, ":'", locator.sheet, "'");
    if (!has_sheet && locator.row != 0) {
      absl::StrAppend(&place, ":R", locator.row, ":C", locator.column);
    }
    return place;
  }
  store::Observations strings;
  strings.strings.push_back(
      locator.part.empty() && has_sheet ? std::string(document) : locator.part);
  strings.strings.push_back(locator.sheet);
  store::Locator place;
  place.part = 1;
  place.sheet = 2;
  place.row = locator.row;
  place.column = locator.column;
  place.row_end = locator.row_end;
  place.column_end = locator.column_end;
  place.line = locator.line;
  return query::FormatLocator(place, strings, document);
}

std::string Shortened(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return absl::StrCat(text.substr(0, end), " ... (", text.size() - end,
                      " bytes more)");
}

std::string DescribeDiagnostic(const Diagnostic& diagnostic) {
  std::string text =
      absl::StrCat(SeverityName(diagnostic.severity), " ", diagnostic.reason);
  if (!diagnostic.locator.empty()) {
    absl::StrAppend(&text, " at ", diagnostic.locator);
  }
  absl::StrAppend(&text, ": ", diagnostic.message);
  if (!diagnostic.expected.empty()) {
    absl::StrAppend(&text, "; expected ", diagnostic.expected);
  }
  if (!diagnostic.found.empty()) {
    absl::StrAppend(&text, "; found '", diagnostic.found, "'");
  }
  if (diagnostic.count > 1) {
    absl::StrAppend(&text, " (", diagnostic.count, " times)");
  }
  return text;
}

void Findings::Add(Diagnostic diagnostic) {
  // Lengths keep texts that happen to run into each other apart.
  std::string key =
      absl::StrCat(static_cast<int>(diagnostic.severity), " ",
                   diagnostic.reason, " ", diagnostic.message.size(), " ",
                   diagnostic.message, " ", diagnostic.expected.size(), " ",
                   diagnostic.expected, " ", diagnostic.found);
  if (const auto it = index_.find(key); it != index_.end()) {
    all_[it->second].count += diagnostic.count;
    return;
  }
  Insert(std::move(key), std::move(diagnostic));
}

void Findings::Insert(std::string key, Diagnostic diagnostic) {
  const std::string kind = KindOf(diagnostic.severity, diagnostic.reason);
  const size_t listed = ++listed_[kind];
  if (listed <= kMaxListed) {
    index_.emplace(std::move(key), all_.size());
    all_.push_back(std::move(diagnostic));
    return;
  }
  const std::string rest = absl::StrCat("rest of ", kind);
  if (const auto it = index_.find(rest); it != index_.end()) {
    all_[it->second].count += diagnostic.count;
    return;
  }
  index_.emplace(rest, all_.size());
  diagnostic.message = absl::StrCat(
      "further findings of this kind are counted here and not "
      "listed; the first of them: ",
      diagnostic.message);
  all_.push_back(std::move(diagnostic));
}

bool Findings::IsFull(Severity severity, absl::string_view reason) const {
  const auto it = listed_.find(KindOf(severity, reason));
  return it != listed_.end() && it->second >= kMaxListed;
}

std::vector<Diagnostic> Findings::Sorted() const {
  std::vector<Diagnostic> sorted = all_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return a.severity > b.severity;
                   });
  return sorted;
}

const Diagnostic* Findings::FirstError() const {
  const auto it = std::find_if(
      all_.begin(), all_.end(),
      [](const Diagnostic& d) { return d.severity == Severity::kError; });
  return it == all_.end() ? nullptr : &*it;
}

std::string SerializeReport(const Report& report) {
  Json documents = Json::array();
  for (const DocumentReport& document : report.documents) {
    documents.push_back(ToJson(document));
  }
  Json diagnostics = Json::array();
  for (const Diagnostic& diagnostic : report.diagnostics) {
    diagnostics.push_back(ToJson(diagnostic));
  }
  const Json json = {{"version", 1},
                     {"documents", std::move(documents)},
                     {"diagnostics", std::move(diagnostics)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::Status ParseReport(absl::string_view text, Report* report) {
  std::vector<DocumentReport> documents;
  std::vector<Diagnostic> diagnostics;
  try {
    const Json json = Json::parse(text.begin(), text.end());
    if (json.at("version").get<int>() != 1) {
      return base::Error(absl::StatusCode::kDataLoss, "CORRUPT_REPORT",
                         "the report kept with the release is of version " +
                             json.at("version").dump() + ", expected 1");
    }
    for (const Json& entry : json.at("documents")) {
      documents.push_back(DocumentFromJson(entry));
    }
    for (const Json& entry : json.at("diagnostics")) {
      if (!DiagnosticFromJson(entry, &diagnostics.emplace_back())) {
        return base::Error(
            absl::StatusCode::kDataLoss, "CORRUPT_REPORT",
            "the report kept with the release has a finding of no severity");
      }
    }
  } catch (const std::exception& error) {
    return base::Error(
        absl::StatusCode::kDataLoss, "CORRUPT_REPORT",
        absl::StrCat("the report kept with the release cannot be read: ",
                     error.what()));
  }
  report->documents = std::move(documents);
  report->diagnostics = std::move(diagnostics);
  return absl::OkStatus();
}

}  // namespace collate::ingest
