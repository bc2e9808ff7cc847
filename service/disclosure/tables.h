// The figures that restricted sources state, and every sum that somebody who
// reads them can know: parts and the whole that a slice breaks down, members
// and the wider member that contains them, reporters and the area they lie in,
// shorter periods and the longer ones they make up, the known part of all.
//
// A figure with one key and one number is one figure, in whatever editions and
// sources it stands: somebody who compares them knows what did not change. Each
// release is seen as its source's statement at the time, so that the sums of
// every state that a source ever was in are known together.
//
// Used by one thread at a time; a copy goes on by itself.

#ifndef COLLATE_SERVICE_DISCLOSURE_TABLES_H_
#define COLLATE_SERVICE_DISCLOSURE_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/disclosure/attack.h"
#include "service/disclosure/keys.h"
#include "service/disclosure/profile.h"
#include "service/disclosure/sums.h"
#include "service/disclosure/view.h"
#include "service/store/observations.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::disclosure {

// What a row is to sums, where it is no cell.
inline constexpr uint32_t kOutsideSums = 0xffffffffu;  // a count all the same
inline constexpr uint32_t kNoCount = 0xfffffffeu;      // a share, rate or mean
inline constexpr uint32_t kOtherStatement = 0xfffffffdu;  // of a contested cell
inline constexpr bool IsCell(uint32_t id) { return id < kOtherStatement; }

// The row as its source states it.
Stated StatedIn(const store::Observations& chunk, size_t row);

class Tables {
 public:
  // `vocabulary` must outlive it.
  explicit Tables(const vocabulary::Vocabulary* vocabulary)
      : keys_(vocabulary) {}

  // The cells of a release, by chunk and row. RESOURCE_EXHAUSTED (reason
  // DISCLOSURE_LIMIT) when a number is beyond what sums are exact for, or there
  // are too many sums; then it is of no more use.
  absl::StatusOr<std::vector<std::vector<uint32_t>>> Add(
      const std::string& source,
      const std::vector<store::Observations>& release);

  const std::vector<Cell>& cells() const { return cells_; }
  // Among the cells, by their numbers.
  const std::vector<Relation>& relations() const { return relations_; }

  // "offences, p, 2017/18, offence 88A".
  std::string Describe(uint32_t cell) const;

 private:
  absl::Status RelateAll(const View& view, std::vector<Relation>& made);
  // Takes over the sums that are new, but for those that say nothing.
  void Keep(std::vector<Relation> made);

  Keys keys_;
  std::vector<Cell> cells_;
  // By key, number in words and which of several that are to be added.
  std::map<std::tuple<uint32_t, std::string, size_t>, uint32_t> cell_ids_;
  std::map<std::string, View> views_;  // by source
  Unstated unstated_;
  std::vector<Relation> relations_;
  std::set<Relation> known_;
  std::set<std::string> states_;  // digests of what was stated together
};

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_TABLES_H_
