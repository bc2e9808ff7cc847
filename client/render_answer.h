// Writes answers: cells of a query, and everything behind one cell.
//
// What is data goes into the returned text; what a reader should know about
// it comes from the functions whose names end in Notes, so that a program can
// pipe the one and a person still reads the other. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_ANSWER_H_
#define COLLATE_CLIENT_RENDER_ANSWER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "collate/v1/statistics.pb.h"
#include "collate/v1/statistics_service.pb.h"

namespace collate::client {

// Printed cells shown below a table for each cell of an answer; the other
// formats hold them all.
inline constexpr int kCitationsShown = 5;

// All pages of an answer in one response. `group_by` names the dimensions of
// the CSV's columns even when there is no cell. With `cited`, citations are
// written, too.
absl::StatusOr<std::string> RenderAnswer(
    const v1::QueryStatisticsResponse& answer,
    const std::vector<std::string>& group_by, bool cited, Format format);

// Panel, releases, name, caveats, and one sentence for each way in which cells
// are not fully covered.
std::vector<std::string> AnswerNotes(const v1::QueryStatisticsResponse& answer);

// What is to be known of the number of one cell, a sentence part each: that it
// is a published total, and its flags.
std::vector<std::string> FlagNotes(const v1::Cell& cell);

// "NAME: conflict: ..." for the first ten conflicts of the cells, then how many
// more there are.
std::vector<std::string> ConflictNotes(
    const std::vector<std::pair<std::string, const v1::Cell*>>& cells);

// "BEFORE sources/a/releases/b" for the first ten releases, then how many more
// there are.
void AddReleaseNotes(
    const std::string& before,
    const google::protobuf::RepeatedPtrField<std::string>& releases,
    std::vector<std::string>& notes);

// The cell, each reporter's figure, and the tree of how they came to be
// (render_derivation.h).
absl::StatusOr<std::string> RenderExplanation(
    const v1::ExplainCellResponse& explanation, Format format,
    bool boxes = false);

std::vector<std::string> ExplanationNotes(
    const v1::ExplainCellResponse& explanation);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_ANSWER_H_
