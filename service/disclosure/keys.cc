#include "service/disclosure/keys.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/vocabulary/period.h"

namespace collate::disclosure {

using store::Aggregation;
using vocabulary::Day;
using vocabulary::Dimension;
using vocabulary::Measure;
using vocabulary::MemberId;

Keys::Keys(const vocabulary::Vocabulary* vocabulary) : vocabulary_(vocabulary) {
  std::map<const Dimension*, query::Kinship> kinship;
  for (const Dimension& dimension : vocabulary->dimensions()) {
    kinship.emplace(&dimension, query::Kinship(dimension));
  }
  kinship_ = std::make_shared<const std::map<const Dimension*, query::Kinship>>(
      std::move(kinship));
}

uint32_t Keys::CoordinateOf(Coordinate coordinate) {
  const auto [at, is_new] = coordinate_ids_.try_emplace(
      coordinate, static_cast<uint32_t>(coordinates_.size()));
  if (is_new) coordinates_.push_back(std::move(coordinate));
  return at->second;
}

uint32_t Keys::CoordinateOf(const Dimension* dimension, const std::string& code,
                            const std::string& label) {
  Coordinate coordinate;
  coordinate.dimension = dimension;
  const std::optional<MemberId> member = dimension->Find(code);
  if (member.has_value()) {
    coordinate.member = *member;
  } else {
    coordinate.label = label;
  }
  return CoordinateOf(std::move(coordinate));
}

uint32_t Keys::SubjectOf(const Subject& subject) {
  const auto [at, is_new] = subject_ids_.try_emplace(
      subject, static_cast<uint32_t>(subjects_.size()));
  if (is_new) subjects_.push_back(subject);
  return at->second;
}

std::optional<uint32_t> Keys::FindSubject(const Subject& subject) const {
  const auto found = subject_ids_.find(subject);
  if (found == subject_ids_.end()) return std::nullopt;
  return found->second;
}

uint32_t Keys::IdOf(const Key& key) {
  const auto [at, is_new] =
      key_ids_.try_emplace(key, static_cast<uint32_t>(keys_.size()));
  if (is_new) keys_.push_back(key);
  return at->second;
}

void Keys::Sort(std::vector<uint32_t>& coordinates) const {
  std::sort(coordinates.begin(), coordinates.end(),
            [this](uint32_t a, uint32_t b) {
              return coordinates_[a].dimension->code() <
                     coordinates_[b].dimension->code();
            });
}

int Keys::LevelOf(uint32_t coordinate) const {
  const Coordinate& at = coordinates_[coordinate];
  if (at.rest_of_level.has_value()) return *at.rest_of_level;
  if (at.member == vocabulary::kUnmapped) return -1;
  return at.dimension->member(at.member).level;
}

const Measure* Keys::MeasureOf(const Key& key) const {
  return vocabulary_->FindMeasure(subjects_[key.subject].measure);
}

size_t Keys::PlaceOf(const Key& key, const Dimension* dimension) const {
  const auto at =
      std::find_if(key.at.begin(), key.at.end(), [&](uint32_t coordinate) {
        return coordinates_[coordinate].dimension == dimension;
      });
  return static_cast<size_t>(at - key.at.begin());
}

std::vector<Keys::Step> Keys::StepsFrom(const Key& key) const {
  std::vector<Step> steps;
  for (size_t i = 0; i < key.at.size(); ++i) {
    const Coordinate& at = coordinates_[key.at[i]];
    if (at.dimension != &vocabulary_->reporters()) {
      Step step = {key, i, true};
      step.whole.at.erase(step.whole.at.begin() +
                          static_cast<std::ptrdiff_t>(i));
      steps.push_back(std::move(step));
    }
    if (at.member == vocabulary::kUnmapped) continue;
    if (at.rest_of_level.has_value()) {
      Step step = {key, i, true};
      step.whole.at[i] =
          coordinate_ids_.at({at.dimension, at.member, "", std::nullopt});
      steps.push_back(std::move(step));
      continue;
    }
    const Day day = key.days.begin;
    for (const MemberId wider :
         kinship_->at(at.dimension).WiderThan(at.member, day)) {
      const auto id =
          coordinate_ids_.find({at.dimension, wider, "", std::nullopt});
      if (id == coordinate_ids_.end()) continue;
      Step step = {key, i, at.dimension->Contains(wider, at.member, day)};
      step.whole.at[i] = id->second;
      steps.push_back(std::move(step));
    }
  }
  return steps;
}

size_t Keys::MembersWithin(const Key& key, const Dimension* dimension,
                           int level) const {
  for (const uint32_t id : key.at) {
    const Coordinate& at = coordinates_[id];
    if (at.dimension != dimension || at.member == vocabulary::kUnmapped) {
      continue;
    }
    const std::vector<MemberId> members =
        dimension->SelfAndDescendants(at.member, key.days.begin);
    return static_cast<size_t>(
        std::count_if(members.begin(), members.end(), [&](MemberId member) {
          return dimension->member(member).level == level;
        }));
  }
  return 0;
}

bool Keys::IsAdditive(const Key& key, size_t at,
                      store::Partition partition) const {
  return partition != store::Partition::kMultiResponse &&
         subjects_[key.subject].aggregation == Aggregation::kSum &&
         MeasureOf(key)->IsAdditiveOver(
             coordinates_[key.at[at]].dimension->code());
}

std::string Keys::Describe(const Key& key) const {
  std::string text = subjects_[key.subject].measure;
  if (!subjects_[key.subject].universe.empty()) {
    absl::StrAppend(&text, " of ", subjects_[key.subject].universe);
  }
  std::string members;
  std::string reporter;
  for (const uint32_t id : key.at) {
    const Coordinate& at = coordinates_[id];
    const std::string name = at.member == vocabulary::kUnmapped
                                 ? absl::StrCat("'", at.label, "'")
                                 : at.dimension->member(at.member).code;
    if (at.dimension == &vocabulary_->reporters()) {
      reporter = name;
    } else {
      absl::StrAppend(&members, ", ", at.dimension->code(), " ", name);
    }
  }
  return absl::StrCat(text, ", ", reporter, ", ",
                      vocabulary::FormatPeriod(vocabulary::PeriodOf(key.days)),
                      members);
}

}  // namespace collate::disclosure
