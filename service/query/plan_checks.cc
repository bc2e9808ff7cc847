#include "service/query/plan_checks.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/query/selection.h"

namespace collate::query {

using vocabulary::Measure;

absl::Status AtField(const absl::Status& status, const std::string& path) {
  const base::ErrorDetail detail = base::DetailOf(status);
  base::Error error(status.code(),
                    detail.reason.empty() ? "INVALID_PERIOD" : detail.reason,
                    status.message());
  for (const auto& [key, value] : detail.metadata) error.With(key, value);
  error.Field(path, status.message());
  return error;
}

absl::StatusOr<vocabulary::Period> ParsePeriodAt(const std::string& text,
                                                 const std::string& path) {
  auto period = vocabulary::ParsePeriod(text);
  if (!period.ok()) return AtField(period.status(), path);
  return period;
}

absl::StatusOr<const Measure*> FindMeasureAt(
    const vocabulary::Vocabulary& vocabulary, const std::string& code,
    const std::string& path) {
  const Measure* measure = vocabulary.FindMeasure(code);
  if (measure != nullptr) return measure;
  std::vector<std::string> codes;
  for (const Measure& one : vocabulary.measures()) codes.push_back(one.code);
  return UnknownWord("UNKNOWN_MEASURE", "measure", code, path,
                     vocabulary::NearMatches(code, codes));
}

absl::Status CheckSourceAt(const Snapshot& snapshot, const std::string& id,
                           const std::string& path) {
  if (snapshot.KnowsSource(id)) return absl::OkStatus();
  std::vector<std::string> known = snapshot.sources();
  for (const auto& source : snapshot.vocabulary().sources()) {
    known.push_back(source.id);
  }
  return UnknownWord("UNKNOWN_SOURCE", "source", id, path,
                     vocabulary::NearMatches(id, known));
}

absl::Status CheckAdditive(const Measure& measure,
                           absl::string_view dimension) {
  if (measure.IsAdditiveOver(dimension)) return absl::OkStatus();
  return base::Error(
             absl::StatusCode::kFailedPrecondition, "NON_ADDITIVE_DIMENSION",
             absl::StrCat("'", measure.code, "' is not additive over ",
                          dimension, "; group by it, or name one member"))
      .With("measure", measure.code)
      .With("dimension", dimension);
}

}  // namespace collate::query
