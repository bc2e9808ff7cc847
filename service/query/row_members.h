// What members the rows of a stored chunk have by the vocabulary of today.

#ifndef COLLATE_SERVICE_QUERY_ROW_MEMBERS_H_
#define COLLATE_SERVICE_QUERY_ROW_MEMBERS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "service/store/observations.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// Gives the rows of one column their members: by code, and where the code
// was or has become unknown, by the label as printed. Borrows everything.
class ColumnMapper {
 public:
  ColumnMapper(const store::Observations& chunk,
               const store::Observations::AxisColumn& column,
               const vocabulary::Dimension& dimension, absl::string_view source)
      : chunk_(chunk),
        column_(column),
        dimension_(dimension),
        source_(source),
        by_code_(chunk.strings.size()) {}

  vocabulary::MemberId At(size_t row);

 private:
  const store::Observations& chunk_;
  const store::Observations::AxisColumn& column_;
  const vocabulary::Dimension& dimension_;
  const absl::string_view source_;
  std::vector<std::optional<vocabulary::MemberId>> by_code_;
};

// The level of a member, with the suffix of `stored` that marks parts of other
// rows; empty of one that nobody knows.
std::string LevelOf(const vocabulary::Dimension& dimension,
                    vocabulary::MemberId member, absl::string_view stored);

// FAILED_PRECONDITION (reason CORRUPT_RELEASE) when a chunk names a measure,
// dimension or reporter that the vocabulary does not have.
absl::Status CheckWords(const store::Release& release,
                        const std::vector<store::Observations>& observations,
                        const vocabulary::Vocabulary& vocabulary);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_ROW_MEMBERS_H_
