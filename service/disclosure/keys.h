// What a figure is a figure of, and which others it is a part of: by leaving
// out a dimension, by a wider member, by what a vocabulary says of members.
//
// Used by one thread at a time; a copy goes on by itself.

#ifndef COLLATE_SERVICE_DISCLOSURE_KEYS_H_
#define COLLATE_SERVICE_DISCLOSURE_KEYS_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "service/query/kinship.h"
#include "service/store/observations.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::disclosure {

struct Coordinate {
  const vocabulary::Dimension* dimension = nullptr;
  vocabulary::MemberId member = vocabulary::kUnmapped;
  std::string label;  // of a member that nobody knows
  // All of a level that is not broken down: within `member` or, where there
  // is none, altogether.
  std::optional<int> rest_of_level;
  friend auto operator<=>(const Coordinate&, const Coordinate&) = default;
};

struct Subject {
  std::string measure;
  std::string universe;
  store::Aggregation aggregation = store::Aggregation::kSum;
  friend auto operator<=>(const Subject&, const Subject&) = default;
};

// By ids of Keys.
struct Key {
  uint32_t subject = 0;
  std::vector<uint32_t> at;  // coordinates, by dimension
  vocabulary::DayInterval days;
  friend auto operator<=>(const Key&, const Key&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Key& key) {
    return H::combine(std::move(h), key.subject, key.at, key.days.begin,
                      key.days.end);
  }
};

class Keys {
 public:
  // A key whose figure another one is a part of, by its coordinate `at`.
  struct Step {
    Key whole;
    size_t at = 0;
    bool is_certain = true;  // by hierarchy; else by what is said of members
  };

  // `vocabulary` must outlive it.
  explicit Keys(const vocabulary::Vocabulary* vocabulary);

  const vocabulary::Vocabulary& vocabulary() const { return *vocabulary_; }
  const Coordinate& coordinate(uint32_t id) const { return coordinates_[id]; }
  const Subject& subject(const Key& key) const {
    return subjects_[key.subject];
  }
  const Key& key(uint32_t id) const { return keys_[id]; }

  uint32_t CoordinateOf(Coordinate coordinate);
  uint32_t CoordinateOf(const vocabulary::Dimension* dimension,
                        const std::string& code, const std::string& label);
  uint32_t SubjectOf(const Subject& subject);
  std::optional<uint32_t> FindSubject(const Subject& subject) const;
  uint32_t IdOf(const Key& key);
  void Sort(std::vector<uint32_t>& coordinates) const;

  // -1 of labels that nobody knows.
  int LevelOf(uint32_t coordinate) const;
  const vocabulary::Measure* MeasureOf(const Key& key) const;
  // Where the dimension stands among the coordinates, which have it.
  size_t PlaceOf(const Key& key, const vocabulary::Dimension* dimension) const;
  std::vector<Step> StepsFrom(const Key& key) const;
  // How many members of a level the key's own member of a dimension contains;
  // 0 where it has none.
  size_t MembersWithin(const Key& key, const vocabulary::Dimension* dimension,
                       int level) const;
  // Whether figures are added along the coordinate `at`.
  bool IsAdditive(const Key& key, size_t at, store::Partition partition) const;

  // "offences, p, 2017/18, offence 88A".
  std::string Describe(const Key& key) const;

 private:
  const vocabulary::Vocabulary* vocabulary_;
  // Copies share what never changes.
  std::shared_ptr<const std::map<const vocabulary::Dimension*, query::Kinship>>
      kinship_;
  std::vector<Coordinate> coordinates_;
  std::map<Coordinate, uint32_t> coordinate_ids_;
  std::vector<Subject> subjects_;
  std::map<Subject, uint32_t> subject_ids_;
  std::vector<Key> keys_;
  absl::flat_hash_map<Key, uint32_t> key_ids_;
};

}  // namespace collate::disclosure

#endif  // COLLATE_SERVICE_DISCLOSURE_KEYS_H_
