// What a release prints, without its figures: for slices whose rows stay in the
// store (store::ObservationIndex) and are fetched when a question needs them.
//
// Plain values; OutlineBuilder is for one thread.

#ifndef COLLATE_SERVICE_QUERY_OUTLINE_H_
#define COLLATE_SERVICE_QUERY_OUTLINE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "service/store/observations.h"
#include "service/vocabulary/period.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// Slices that differ in levels and declaration only: a chunk of one may have
// rows of another, so that rows of all of them are here or none.
struct FamilyKey {
  std::string source;
  std::string measure;
  std::string universe;
  std::vector<std::string> dimensions;

  friend auto operator<=>(const FamilyKey&, const FamilyKey&) = default;
};
FamilyKey FamilyOf(const std::string& source, const store::Slice& slice);

struct Outline {
  // Of the rows of one slice, each with its own levels.
  struct OfSlice {
    std::vector<std::set<vocabulary::MemberId>> members;  // by axis
    std::set<vocabulary::MemberId> reporters;
    std::set<vocabulary::DayInterval> printed;
    size_t rows = 0;
    uint32_t first_stored = 0;  // the first row, by its number in the release
    int scale = 0;              // the most decimals
    bool counted = true;        // every row is
    // Whether adding rows up is a matter of no choice: all are stored in one
    // slice and have as many decimals, no period is a day or of two kinds, and
    // no key is there twice.
    bool adds_up = true;
    uint64_t most = 0;  // of all numbers, without their signs
    std::map<vocabulary::DayInterval, vocabulary::PeriodKind> kinds;
    store::Slice stored;  // in which they are
  };
  // Along an axis of a chunk, or of its reporters: the codes by the members
  // that they stand for, and those of which some row's label has to decide.
  struct Codes {
    std::map<vocabulary::MemberId, std::set<std::string>> of_member;
    std::set<std::string> loose;
  };
  struct OfChunk {
    uint32_t chunk = 0;
    std::vector<Codes> axes;
    Codes reporters;
  };

  std::map<store::Slice, OfSlice> slices;
  std::vector<OfChunk> chunks;  // ascending
};

class OutlineBuilder {
 public:
  // Both must outlive it.
  OutlineBuilder(const vocabulary::Vocabulary& vocabulary,
                 const std::string& source)
      : vocabulary_(vocabulary), source_(source) {}

  // A chunk of the release, whose words are all known; its number, and how
  // many rows there are before it.
  void Add(const store::Observations& chunk, uint32_t number,
           uint32_t first_row);

  Outline Take() &&;

 private:
  // Compares the chunk with the one before, of the same slice.
  void NoteKeys(const store::Observations& chunk);

  const vocabulary::Vocabulary& vocabulary_;
  const std::string& source_;
  Outline outline_;
  // By stored slice, the last keys of the last chunk, which may go on in the
  // next one: those of one period of a reporter.
  using Keys = std::set<std::vector<std::string>>;
  std::map<store::Slice, Keys> last_keys_;
  // Slices with a key in several chunks, or chunks that are not in order.
  std::set<store::Slice> repeating_;
};

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_OUTLINE_H_
