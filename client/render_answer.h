// Writes answers: the cells of a query.
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

// "BEFORE sources/a/releases/b" for the first ten releases, then how many more
// there are.
void AddReleaseNotes(
    const std::string& before,
    const google::protobuf::RepeatedPtrField<std::string>& releases,
    std::vector<std::string>& notes);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_ANSWER_H_
