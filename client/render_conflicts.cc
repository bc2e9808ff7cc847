#include "client/render_conflicts.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/figures.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/words.h"
#include "service/base/error.h"

namespace collate::client {
namespace {

std::string SourceId(const v1::ConflictSide& side) {
  return std::string(absl::StripPrefix(
      absl::string_view(side.source().data(), side.source().size()),
      "sources/"));
}

// "offence=88A sex=": all coordinates but the reporter's.
template <typename Coordinates>
std::string Dimensions(const Coordinates& coordinates) {
  std::vector<std::string> words;
  for (const v1::Coordinate& coordinate : coordinates) {
    if (coordinate.dimension() == kReporterDimension) continue;
    words.push_back(
        absl::StrCat(coordinate.dimension(), "=", coordinate.member()));
  }
  return absl::StrJoin(words, " ");
}

const v1::ConflictSide& Side(const v1::FigureConflict& conflict, int index) {
  return index < conflict.sides_size() ? conflict.sides(index)
                                       : v1::ConflictSide::default_instance();
}

std::string Locator(const v1::ConflictSide& side) {
  return side.citations().empty() ? std::string() : side.citations(0).locator();
}

Grid Table(const std::vector<v1::FigureConflict>& conflicts) {
  Grid grid;
  grid.columns = {{"kind", "kind"},
                  {"message", "conflict"},
                  {"first", "first cell"},
                  {"second", "second cell"}};
  for (const v1::FigureConflict& conflict : conflicts) {
    grid.rows.push_back({ConflictKindCode(conflict.kind()), conflict.message(),
                         Locator(Side(conflict, 0)),
                         Locator(Side(conflict, 1))});
  }
  return grid;
}

Grid Csv(const std::vector<v1::FigureConflict>& conflicts) {
  Grid grid;
  for (const char* name : {"kind", "reporter", "dimensions", "period",
                           "period_start", "period_end", "message"}) {
    grid.columns.push_back({name, ""});
  }
  for (const char* side : {"first", "second"}) {
    for (const char* name :
         {"source", "measure", "universe", "dimensions", "state", "reported",
          "lower", "upper", "base", "printed_by", "citation_count", "release",
          "document", "sha256", "locator", "raw"}) {
      grid.columns.push_back({absl::StrCat(side, "_", name), ""});
    }
  }
  grid.columns.push_back({"synthetic", ""});
  for (const v1::FigureConflict& conflict : conflicts) {
    std::string reporter;
    for (const v1::Coordinate& coordinate : conflict.coordinates()) {
      if (coordinate.dimension() == kReporterDimension)
        reporter = coordinate.member();
    }
    std::vector<Value> row = {ConflictKindCode(conflict.kind()),
                              reporter,
                              Dimensions(conflict.coordinates()),
                              conflict.period().text(),
                              conflict.period().start_date(),
                              conflict.period().end_date(),
                              conflict.message()};
    for (const int index : {0, 1}) {
      const v1::ConflictSide& side = Side(conflict, index);
      const Bounds bounds = BoundsOf(side.figure());
      const v1::Citation& citation = side.citations().empty()
                                         ? v1::Citation::default_instance()
                                         : side.citations(0);
      for (Value& value : std::vector<Value>{
               SourceId(side), side.measure(), side.universe(),
               Dimensions(side.coordinates()), StateCode(side.figure().state()),
               ReportedOf(side.figure()), bounds.lower, bounds.upper,
               side.has_base() ? ReportedOf(side.base()) : Value(),
               absl::StrJoin(side.figure().printed_by(), "; "),
               int64_t{side.citation_count()}, citation.release(),
               citation.document(), citation.document_sha256(),
               citation.locator(), citation.raw()}) {
        row.push_back(std::move(value));
      }
    }
    row.push_back(std::string(conflict.synthetic() ? "true" : "false"));
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

}  // namespace

std::string ConflictKindCode(v1::ConflictKind kind) {
  const std::string& name = v1::ConflictKind_Name(kind);
  return std::string(absl::StripPrefix(
      absl::string_view(name.data(), name.size()), "CONFLICT_KIND_"));
}

absl::StatusOr<v1::ConflictKind> ParseConflictKind(absl::string_view text) {
  const std::string code =
      absl::StrReplaceAll(absl::AsciiStrToUpper(text), {{"-", "_"}});
  std::vector<std::string> codes;
  for (int number = v1::ConflictKind_MIN + 1; number <= v1::ConflictKind_MAX;
       ++number) {
    const auto kind = static_cast<v1::ConflictKind>(number);
    codes.push_back(ConflictKindCode(kind));
    if (codes.back() == code) return kind;
  }
  return base::Error(
      absl::StatusCode::kInvalidArgument, "USAGE",
      absl::StrCat(
          "'", text, "' is no kind of conflict: ",
          absl::StrReplaceAll(absl::AsciiStrToLower(absl::StrJoin(codes, ", ")),
                              {{"_", "-"}})));
}

absl::StatusOr<std::string> RenderConflicts(
    const std::vector<v1::FigureConflict>& conflicts, Format format) {
  switch (format) {
    case Format::kJson:
      return ToJsonArray(conflicts);
    case Format::kNdjson:
      return ToJsonLines(conflicts);
    case Format::kCsv:
      return RenderCsv(Csv(conflicts));
    case Format::kTable:
      break;
  }
  return RenderTable(Table(conflicts));
}

}  // namespace collate::client
