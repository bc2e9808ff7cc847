#include "client/render_check.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/grid.h"
#include "client/json.h"
#include "client/words.h"
#include "service/base/status_macros.h"

namespace collate::client {
namespace {

constexpr int kNamed = 8;

// "kent, essex and 43 more"; `count` is how many there are.
template <typename Words>
std::string Some(const Words& words, int count) {
  std::vector<std::string> named;
  for (const auto& word : words) {
    if (static_cast<int>(named.size()) == kNamed) break;
    named.push_back(word);
  }
  const int more = count - static_cast<int>(named.size());
  return absl::StrCat(absl::StrJoin(named, ", "),
                      more > 0 ? absl::StrCat(" and ", more, " more") : "");
}

std::string Counted(int64_t count, absl::string_view one,
                    absl::string_view many) {
  return absl::StrCat(GroupedInteger(count), " ", count == 1 ? one : many);
}

std::string PartitionWords(const std::string& partition) {
  if (partition == "COMPLETE") return "the parts make the whole";
  if (partition == "MULTI_RESPONSE") return "one case may be in several parts";
  return "the parts may not make the whole";
}

std::string ProblemText(const v1::QueryProblem& problem) {
  std::string text = absl::StrCat("  ", problem.reason());
  if (!problem.field().empty()) {
    absl::StrAppend(&text, " at ", problem.field());
  }
  absl::StrAppend(&text, ": ", problem.message());
  return Printable(text) + "\n";
}

std::string AvailabilityText(const v1::Availability& one) {
  std::string text = absl::StrCat(one.measure(), " from ",
                                  absl::StripPrefix(one.source(), "sources/"));
  if (!one.universe().empty()) {
    absl::StrAppend(&text, ", of ", one.universe());
  }
  text = absl::StrCat("  ", Printable(text), "\n");
  for (const v1::AvailableDimension& dimension : one.dimensions()) {
    absl::StrAppend(
        &text, "    by ", Printable(dimension.dimension()), " (",
        Printable(dimension.level()),
        "): ", Printable(Some(dimension.members(), dimension.member_count())),
        "\n");
  }
  if (!one.dimensions().empty()) {
    absl::StrAppend(&text, "    ", PartitionWords(one.partition()), "\n");
  }
  std::vector<std::string> periods;
  for (const v1::Period& period : one.periods()) {
    periods.push_back(period.text());
  }
  absl::StrAppend(
      &text, "    ", Counted(one.period_count(), "period", "periods"), ": ",
      Printable(Some(periods, one.period_count())), "\n    ",
      Counted(one.reporters_size(), "reporter", "reporters"), ": ",
      Printable(Some(one.reporters(), one.reporters_size())), "\n    ",
      Counted(one.observation_count(), "figure", "figures"), "\n");
  return text;
}

std::string CheckTable(const v1::CheckQueryResponse& check) {
  std::string out;
  if (check.problems().empty()) {
    absl::StrAppend(&out, "Nothing is wrong with the question.\n");
  } else {
    absl::StrAppend(&out, "It would be refused:\n");
    for (const v1::QueryProblem& problem : check.problems()) {
      out += ProblemText(problem);
    }
  }
  if (check.cell_count() > 0) {
    absl::StrAppend(&out, "It comes to ",
                    Counted(check.cell_count(), "cell", "cells"), " of ",
                    GroupedInteger(check.cell_limit()), " at most.\n");
  }
  if (check.availability().empty()) {
    return out + "Nothing is published of its measures.\n";
  }
  out += "Published:\n";
  for (const v1::Availability& one : check.availability()) {
    out += AvailabilityText(one);
  }
  return out;
}

Grid CheckCsv(const v1::CheckQueryResponse& check) {
  Grid grid;
  for (const char* name :
       {"row", "reason", "code", "field", "message", "near_matches", "measure",
        "source", "universe", "dimensions", "partition", "periods",
        "first_period", "last_period", "reporters", "observations"}) {
    grid.columns.push_back({name, ""});
  }
  for (const v1::QueryProblem& problem : check.problems()) {
    std::vector<Value>& row = grid.rows.emplace_back(grid.columns.size());
    row[0] = "problem";
    row[1] = problem.reason();
    row[2] = problem.code();
    row[3] = problem.field();
    row[4] = problem.message();
    row[5] = absl::StrJoin(problem.near_matches(), ";");
  }
  for (const v1::Availability& one : check.availability()) {
    std::vector<std::string> dimensions;
    for (const v1::AvailableDimension& dimension : one.dimensions()) {
      dimensions.push_back(
          absl::StrCat(dimension.dimension(), "@", dimension.level()));
    }
    std::vector<Value>& row = grid.rows.emplace_back(grid.columns.size());
    row[0] = "available";
    row[6] = one.measure();
    row[7] = one.source();
    row[8] = one.universe();
    row[9] = absl::StrJoin(dimensions, ";");
    row[10] = one.partition();
    row[11] = int64_t{one.period_count()};
    if (!one.periods().empty()) {
      row[12] = one.periods(0).text();
      // The list may be cut.
      if (one.periods_size() == one.period_count()) {
        row[13] = one.periods(one.periods_size() - 1).text();
      }
    }
    row[14] = int64_t{one.reporters_size()};
    row[15] = one.observation_count();
  }
  return grid;
}

}  // namespace

absl::StatusOr<std::string> RenderCheck(const v1::CheckQueryResponse& check,
                                        Format format) {
  switch (format) {
    case Format::kJson:
      return ToJson(check);
    case Format::kNdjson: {
      COLLATE_ASSIGN_OR_RETURN(const std::string problems,
                               ToJsonLines(check.problems()));
      COLLATE_ASSIGN_OR_RETURN(const std::string availability,
                               ToJsonLines(check.availability()));
      return problems + availability;
    }
    case Format::kCsv:
      return RenderCsv(CheckCsv(check));
    case Format::kTable:
      break;
  }
  return CheckTable(check);
}

std::vector<std::string> CheckNotes(const v1::CheckQueryResponse& check) {
  std::vector<std::string> notes;
  for (const v1::Caveat& caveat : check.caveats()) {
    notes.push_back(
        Printable(absl::StrCat(caveat.code(), ": ", caveat.message())));
  }
  return notes;
}

}  // namespace collate::client
