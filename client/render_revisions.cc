#include "client/render_revisions.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/figures.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/words.h"

namespace collate::client {
namespace {

std::string KindCode(v1::RevisionKind kind) {
  const std::string& name = v1::RevisionKind_Name(kind);
  return std::string(absl::StripPrefix(
      absl::string_view(name.data(), name.size()), "REVISION_KIND_"));
}

std::string KindWords(v1::RevisionKind kind) {
  switch (kind) {
    case v1::REVISION_KIND_CHANGED:
      return "changed";
    case v1::REVISION_KIND_ADDED:
      return "added";
    case v1::REVISION_KIND_DROPPED:
      return "dropped";
    case v1::REVISION_KIND_STATE_CHANGED:
      return "state changed";
    default:
      return "unknown";
  }
}

// The printed number, or the words that say why there is none.
Value FigureWords(bool present, const v1::OneFigure& figure) {
  if (!present) return std::string("not printed");
  if (HasReported(figure)) return ReportedOf(figure);
  return StateWords(figure.state());
}

std::string ReporterOf(const v1::Revision& revision) {
  for (const v1::Coordinate& coordinate : revision.coordinates()) {
    if (coordinate.dimension() == kReporterDimension)
      return MemberWords(coordinate);
  }
  return "";
}

// "Snapchat, female", with a label that nobody knows as it is printed.
std::string CellWords(const v1::Revision& revision) {
  const v1::Citation& citation = revision.has_after_citation()
                                     ? revision.after_citation()
                                     : revision.before_citation();
  std::vector<std::string> parts;
  if (!revision.universe().empty()) parts.push_back(revision.universe());
  for (const v1::Coordinate& coordinate : revision.coordinates()) {
    if (coordinate.dimension() == kReporterDimension) continue;
    std::string words = MemberWords(coordinate);
    for (const v1::PrintedLabel& label : citation.labels()) {
      if (coordinate.member().empty() &&
          label.dimension() == coordinate.dimension()) {
        words = absl::StrCat("'", label.text(), "'");
      }
    }
    parts.push_back(std::move(words));
  }
  return Printable(absl::StrJoin(parts, ", "));
}

Grid Table(const v1::ListRevisionsResponse& revisions) {
  Grid grid;
  grid.columns = {{"kind", "what"},           {"measure", "measure"},
                  {"reporter", "reporter"},   {"cell", "cell"},
                  {"period", "period"},       {"before", "before"},
                  {"after", "after"},         {"marked", "marked revised"},
                  {"locator", "printed cell"}};
  for (const v1::Revision& revision : revisions.revisions()) {
    const bool compared = revision.has_before() && revision.has_after();
    grid.rows.push_back(
        {KindWords(revision.kind()), revision.measure(), ReporterOf(revision),
         CellWords(revision), revision.period().text(),
         FigureWords(revision.has_before(), revision.before()),
         FigureWords(revision.has_after(), revision.after()),
         std::string(!compared           ? ""
                     : revision.silent() ? "no"
                                         : "yes"),
         Printable(revision.has_after_citation()
                       ? revision.after_citation().locator()
                       : revision.before_citation().locator())});
  }
  return grid;
}

void AddEdition(bool present, const v1::OneFigure& figure,
                const v1::Citation& citation, std::vector<Value>& row) {
  const Bounds bounds = BoundsOf(figure);
  row.push_back(present ? Value(StateCode(figure.state())) : Value());
  row.push_back(ReportedOf(figure));
  row.push_back(bounds.lower);
  row.push_back(bounds.upper);
  for (const std::string* part :
       {&citation.release(), &citation.document(), &citation.document_sha256(),
        &citation.locator(), &citation.raw()}) {
    row.push_back(present ? Value(*part) : Value());
  }
}

Grid Csv(const v1::ListRevisionsResponse& revisions) {
  Grid grid;
  for (const char* name :
       {"kind", "silent", "measure", "universe", "reporter", "dimensions",
        "period", "period_start", "period_end"}) {
    grid.columns.push_back({name, ""});
  }
  for (const char* edition : {"before", "after"}) {
    for (const char* name : {"state", "reported", "lower", "upper", "release",
                             "document", "sha256", "locator", "raw"}) {
      grid.columns.push_back({absl::StrCat(edition, "_", name), ""});
    }
  }
  grid.columns.push_back({"synthetic", ""});
  for (const v1::Revision& revision : revisions.revisions()) {
    std::string reporter;
    std::vector<std::string> dimensions;
    for (const v1::Coordinate& coordinate : revision.coordinates()) {
      if (coordinate.dimension() == kReporterDimension) {
        reporter = coordinate.member();
      } else {
        dimensions.push_back(
            absl::StrCat(coordinate.dimension(), "=", coordinate.member()));
      }
    }
    std::vector<Value>& row = grid.rows.emplace_back();
    row = {KindCode(revision.kind()),
           std::string(revision.silent() ? "true" : "false"),
           revision.measure(),
           revision.universe(),
           reporter,
           absl::StrJoin(dimensions, " "),
           revision.period().text(),
           revision.period().start_date(),
           revision.period().end_date()};
    AddEdition(revision.has_before(), revision.before(),
               revision.before_citation(), row);
    AddEdition(revision.has_after(), revision.after(),
               revision.after_citation(), row);
    row.push_back(std::string(revision.synthetic() ? "true" : "false"));
  }
  return grid;
}

}  // namespace

absl::StatusOr<std::string> RenderRevisions(
    const v1::ListRevisionsResponse& revisions, Format format) {
  switch (format) {
    case Format::kJson:
      return ToJson(revisions);
    case Format::kNdjson:
      return ToJsonLines(revisions.revisions());
    case Format::kCsv:
      return RenderCsv(Csv(revisions));
    case Format::kTable:
      break;
  }
  return RenderTable(Table(revisions));
}

std::vector<std::string> RevisionNotes(
    const v1::ListRevisionsResponse& revisions) {
  constexpr int kNamed = 50;
  std::vector<std::string> notes;
  notes.push_back(
      absl::StrCat(GroupedInteger(revisions.total_size()),
                   revisions.total_size() == 1 ? " revision; " : " revisions; ",
                   GroupedInteger(revisions.unchanged_count()),
                   revisions.unchanged_count() == 1 ? " cell is" : " cells are",
                   " printed alike"));
  if (std::any_of(revisions.revisions().begin(), revisions.revisions().end(),
                  [](const v1::Revision& one) { return one.synthetic(); })) {
    notes.push_back("SYNTHETIC_INPUT: made-up figures take part");
  }
  for (int i = 0; i < std::min(revisions.reporters_size(), kNamed); ++i) {
    const v1::ReporterRevisions& reporter = revisions.reporters(i);
    std::vector<std::string> counts;
    for (const v1::RevisionCount& count : reporter.counts()) {
      counts.push_back(absl::StrCat(GroupedInteger(count.count()), " ",
                                    KindWords(count.kind())));
    }
    notes.push_back(Printable(absl::StrCat(
        reporter.title(), ": ", absl::StrJoin(counts, ", "),
        reporter.silent_count() == 0
            ? ""
            : absl::StrCat(", ", GroupedInteger(reporter.silent_count()),
                           " of them silently"))));
  }
  if (const int more = revisions.reporters_size() - kNamed; more > 0) {
    notes.push_back(absl::StrCat("and ", GroupedInteger(more),
                                 " more reporters, which --format json lists"));
  }
  return notes;
}

}  // namespace collate::client
