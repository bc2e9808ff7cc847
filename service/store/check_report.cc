#include "service/store/check_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/store/wire.h"

namespace collate::store {

absl::Status CheckReport::Add(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kDataLoss) return status;
  AddProblem(status.message());
  return absl::OkStatus();
}

void CheckReport::AddProblem(absl::string_view problem) {
  ++problem_count;
  if (problems.size() < kMostProblems) problems.emplace_back(problem);
}

absl::Status CheckReport::status() const {
  if (problem_count == 0) return absl::OkStatus();
  constexpr size_t kMostTold = 10;
  const auto end = problems.begin() + static_cast<std::ptrdiff_t>(
                                          std::min(kMostTold, problems.size()));
  return CorruptStore(absl::StrCat(
      problem_count, " problems: ", absl::StrJoin(problems.begin(), end, "; "),
      problem_count > int64_t{kMostTold} ? "; ..." : ""));
}

}  // namespace collate::store
