// What a check of the data directory looked at, and what it found.

#ifndef COLLATE_SERVICE_STORE_CHECK_REPORT_H_
#define COLLATE_SERVICE_STORE_CHECK_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace collate::store {

struct CheckReport {
  static constexpr size_t kMostProblems = 100;

  int64_t releases = 0;
  int64_t observations = 0;
  int64_t documents = 0;
  int64_t document_bytes = 0;
  int64_t answers = 0;
  int64_t problem_count = 0;
  std::vector<std::string> problems;  // the first kMostProblems

  // A corruption is a problem; any other error comes back.
  absl::Status Add(const absl::Status& status);
  void AddProblem(absl::string_view problem);

  // OK, or DATA_LOSS (reason CORRUPT_STORE) with the number of problems and
  // the first ten.
  absl::Status status() const;
};

// Hears from time to time how far a check is; an error from it ends the check.
using CheckProgress = std::function<absl::Status(const CheckReport&)>;

}  // namespace collate::store

#endif  // COLLATE_SERVICE_STORE_CHECK_REPORT_H_
