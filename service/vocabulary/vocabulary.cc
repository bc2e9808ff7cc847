#include "service/vocabulary/vocabulary.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/error.h"

namespace collate::vocabulary {
namespace {

absl::Status Invalid(absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_VOCABULARY",
                     message);
}

constexpr absl::string_view kNoBreakSpace = "\xc2\xa0";

// Takes a white-space character off the front; no-break spaces come with
// labels that were copied from pages.
bool ConsumeSpace(absl::string_view& text) {
  if (absl::ascii_isspace(text[0])) {
    text.remove_prefix(1);
    return true;
  }
  if (absl::StartsWith(text, kNoBreakSpace)) {
    text.remove_prefix(kNoBreakSpace.size());
    return true;
  }
  return false;
}

absl::string_view Trimmed(absl::string_view text) {
  while (!text.empty() && ConsumeSpace(text)) {
  }
  while (!text.empty()) {
    if (absl::ascii_isspace(text.back())) {
      text.remove_suffix(1);
    } else if (absl::EndsWith(text, kNoBreakSpace)) {
      text.remove_suffix(kNoBreakSpace.size());
    } else {
      break;
    }
  }
  return text;
}

std::string Normalised(Matching matching, absl::string_view label) {
  return matching == Matching::kFolded ? Folded(label)
                                       : std::string(Trimmed(label));
}

// Everything that a printed label may be matched with.
std::vector<Label> SpellingsOf(const std::vector<Level>& levels,
                               const Member& member) {
  std::vector<Label> spellings = {{member.code, "", {}}};
  if (levels[member.level].match_titles && !member.title.empty()) {
    spellings.push_back({member.title, "", {}});
  }
  for (const auto& [scheme, value] : member.identifiers) {
    spellings.push_back({value, "", {}});
  }
  spellings.insert(spellings.end(), member.labels.begin(), member.labels.end());
  return spellings;
}

// Characters to insert, remove, replace or swap with their neighbour, none of
// them twice: optimal string alignment.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> before(b.size() + 1);  // of two characters of `a` less
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1,
                         above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

// How far `candidate` is from `text`, both folded; nullopt when it is no
// suggestion at all. 0 is equal, then prefixes, then slips of the pen, then
// words found inside.
std::optional<size_t> Distance(absl::string_view text,
                               absl::string_view candidate) {
  // Nobody is helped by near matches of a page of text.
  constexpr size_t kMaxLength = 200;
  if (text.empty() || candidate.empty() || text.size() > kMaxLength) {
    return std::nullopt;
  }
  if (text == candidate) return 0;
  if (text.size() >= 3 && absl::StartsWith(candidate, text)) return 1;
  if (candidate.size() >= 3 && absl::StartsWith(text, candidate)) return 2;
  const size_t longest = std::max(text.size(), candidate.size());
  const size_t shortest = std::min(text.size(), candidate.size());
  const size_t limit = std::max<size_t>(1, text.size() / 3);
  if (longest - shortest <= limit) {
    const size_t edits = EditDistance(text, candidate);
    if (edits <= limit && edits < longest) return 2 + 2 * edits;
  }
  if (text.size() >= 4 && absl::StrContains(candidate, text)) {
    return 3 + limit * 2;
  }
  return std::nullopt;
}

template <typename T>
absl::Status IndexByCode(const std::vector<T>& entries, std::string T::*code,
                         absl::string_view what,
                         absl::flat_hash_map<std::string, size_t>& index) {
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!index.emplace(entries[i].*code, i).second) {
      return Invalid(
          absl::StrCat("two ", what, " are called '", entries[i].*code, "'"));
    }
  }
  return absl::OkStatus();
}

template <typename T>
const T* At(const std::vector<T>& entries,
            const absl::flat_hash_map<std::string, size_t>& index,
            absl::string_view code) {
  const auto found = index.find(code);
  return found == index.end() ? nullptr : &entries[found->second];
}

}  // namespace

bool Measure::IsAdditiveOver(absl::string_view dimension) const {
  return std::any_of(additive_dimensions.begin(), additive_dimensions.end(),
                     [&](const std::string& d) { return d == dimension; });
}

std::string Folded(absl::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  bool space = false;
  const auto put = [&](absl::string_view piece) {
    if (space && !folded.empty()) folded += ' ';
    space = false;
    absl::StrAppend(&folded, piece);
  };
  while (!text.empty()) {
    if (ConsumeSpace(text)) {
      space = true;
      continue;
    }
    if (text[0] == '&') {
      space = true;
      put("and");
      space = true;
    } else {
      const char lower = absl::ascii_tolower(text[0]);
      put(absl::string_view(&lower, 1));
    }
    text.remove_prefix(1);
  }
  return folded;
}

bool IsSourceId(absl::string_view id) {
  return id.size() >= 2 && id.size() <= 63 &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

std::vector<LabelClash> FindLabelClashes(const std::vector<Level>& levels,
                                         Matching matching,
                                         const std::vector<Member>& members) {
  struct Claim {
    MemberId member;
    DayInterval validity;
  };
  absl::flat_hash_map<std::pair<std::string, std::string>, std::vector<Claim>>
      claims;
  std::vector<LabelClash> clashes;
  for (MemberId id = 0; id < members.size(); ++id) {
    for (const Label& label : SpellingsOf(levels, members[id])) {
      std::vector<Claim>& others =
          claims[{Normalised(matching, label.text), label.source}];
      const auto clash =
          std::find_if(others.begin(), others.end(), [&](const Claim& other) {
            return other.member != id &&
                   other.validity.Overlaps(label.validity);
          });
      if (clash != others.end()) {
        clashes.push_back({label.text, clash->member, id});
      }
      others.push_back({id, label.validity});
    }
  }
  return clashes;
}

absl::StatusOr<Dimension> Dimension::Make(std::string code, std::string title,
                                          std::string description,
                                          std::vector<Level> levels,
                                          Matching matching,
                                          std::vector<Member> members) {
  Dimension dimension;
  dimension.code_ = std::move(code);
  dimension.title_ = std::move(title);
  dimension.description_ = std::move(description);
  dimension.levels_ = std::move(levels);
  dimension.matching_ = matching;
  dimension.members_ = std::move(members);
  const absl::string_view name = dimension.code_;
  const std::vector<Member>& all = dimension.members_;
  if (all.size() >= kUnmapped) {
    return Invalid(absl::StrCat(name, ": too many members"));
  }
  for (MemberId id = 0; id < all.size(); ++id) {
    const Member& member = all[id];
    if (member.code.empty()) {
      return Invalid(absl::StrCat(name, ": a member without a code"));
    }
    if (member.level < 0 ||
        static_cast<size_t>(member.level) >= dimension.levels_.size()) {
      return Invalid(
          absl::StrCat(name, ": member '", member.code, "' has no level"));
    }
    if (!dimension.by_code_.emplace(member.code, id).second) {
      return Invalid(
          absl::StrCat(name, ": two members are called '", member.code, "'"));
    }
  }
  dimension.children_.resize(all.size());
  for (MemberId id = 0; id < all.size(); ++id) {
    for (const Parent& parent : all[id].parents) {
      if (parent.member >= all.size() ||
          all[parent.member].level >= all[id].level) {
        return Invalid(absl::StrCat(name, ": a parent of member '",
                                    all[id].code, "' is not of a wider level"));
      }
      dimension.children_[parent.member].push_back({id, parent.validity});
    }
    for (const Relation& relation : all[id].relations) {
      if (relation.member >= all.size()) {
        return Invalid(absl::StrCat(name, ": a relation of member '",
                                    all[id].code, "' leads nowhere"));
      }
    }
    for (const Label& label : SpellingsOf(dimension.levels_, all[id])) {
      std::string key = Normalised(matching, label.text);
      if (key.empty()) {
        return Invalid(absl::StrCat(name, ": member '", all[id].code,
                                    "' has an empty label"));
      }
      dimension.by_label_[std::move(key)].push_back(
          {label.source, label.validity, id});
    }
  }
  const auto clashes = FindLabelClashes(dimension.levels_, matching, all);
  if (!clashes.empty()) {
    const LabelClash& clash = clashes.front();
    return Invalid(absl::StrCat(name, ": members '", all[clash.first].code,
                                "' and '", all[clash.second].code,
                                "' both claim the label '", clash.label, "'"));
  }
  return dimension;
}

std::optional<MemberId> Dimension::Find(absl::string_view code) const {
  const auto found = by_code_.find(code);
  if (found == by_code_.end()) return std::nullopt;
  return found->second;
}

std::optional<MemberId> Dimension::Resolve(absl::string_view label,
                                           absl::string_view source,
                                           Day day) const {
  const auto found = by_label_.find(Normalised(matching_, label));
  if (found == by_label_.end()) return std::nullopt;
  std::optional<MemberId> of_all;
  for (const Spelling& spelling : found->second) {
    if (!spelling.validity.Contains(day)) continue;
    if (spelling.source.empty()) {
      of_all = spelling.member;
    } else if (spelling.source == source) {
      return spelling.member;
    }
  }
  return of_all;
}

std::vector<std::string> Dimension::NearMatches(absl::string_view text,
                                                size_t max_count) const {
  const std::string folded = Folded(text);
  std::vector<std::pair<size_t, MemberId>> near;
  for (MemberId id = 0; id < members_.size(); ++id) {
    const Member& member = members_[id];
    std::optional<size_t> best;
    const auto consider = [&](absl::string_view spelling) {
      const auto distance = Distance(folded, Folded(spelling));
      if (distance.has_value() && (!best.has_value() || *distance < *best)) {
        best = distance;
      }
    };
    consider(member.title);
    for (const Label& spelling : SpellingsOf(levels_, member)) {
      consider(spelling.text);
    }
    if (best.has_value()) near.emplace_back(*best, id);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::string> codes;
  for (const auto& [distance, id] : near) {
    if (codes.size() == max_count) break;
    codes.push_back(members_[id].code);
  }
  return codes;
}

std::vector<MemberId> Dimension::SelfAndDescendants(MemberId id,
                                                    Day day) const {
  if (children_[id].empty()) return {id};
  std::set<MemberId> seen = {id};
  std::vector<MemberId> open = {id};
  while (!open.empty()) {
    const MemberId next = open.back();
    open.pop_back();
    for (const Parent& child : children_[next]) {
      if (child.validity.Contains(day) && seen.insert(child.member).second) {
        open.push_back(child.member);
      }
    }
  }
  return {seen.begin(), seen.end()};
}

bool Dimension::Contains(MemberId ancestor, MemberId id, Day day) const {
  return std::any_of(members_[id].parents.begin(), members_[id].parents.end(),
                     [&](const Parent& parent) {
                       return parent.validity.Contains(day) &&
                              (parent.member == ancestor ||
                               Contains(ancestor, parent.member, day));
                     });
}

bool Panel::ChangesWithin(const DayInterval& days) const {
  return std::any_of(members.begin(), members.end(),
                     [&days](const PanelMember& member) {
                       return member.validity.Overlaps(days) &&
                              !member.validity.Contains(days);
                     });
}

std::vector<MemberId> Panel::MembersDuring(const DayInterval& days) const {
  std::vector<MemberId> result;
  for (const PanelMember& member : members) {
    if (member.validity.Overlaps(days)) result.push_back(member.reporter);
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

absl::StatusOr<Vocabulary> Vocabulary::Make(Parts parts) {
  Vocabulary vocabulary;
  vocabulary.parts_ = std::move(parts);
  Parts& held = vocabulary.parts_;
  for (Measure& measure : held.measures) {
    std::sort(measure.additive_dimensions.begin(),
              measure.additive_dimensions.end());
  }
  absl::Status status = IndexByCode(held.measures, &Measure::code, "measures",
                                    vocabulary.measure_index_);
  for (size_t i = 0; status.ok() && i < held.dimensions.size(); ++i) {
    if (!vocabulary.dimension_index_.emplace(held.dimensions[i].code(), i)
             .second) {
      status = Invalid(absl::StrCat("two dimensions are called '",
                                    held.dimensions[i].code(), "'"));
    }
  }
  if (status.ok()) {
    status = IndexByCode(held.panels, &Panel::code, "panels",
                         vocabulary.panel_index_);
  }
  if (status.ok()) {
    status = IndexByCode(held.sources, &Source::id, "sources",
                         vocabulary.source_index_);
  }
  if (!status.ok()) return status;

  for (const Dimension& dimension : held.dimensions) {
    for (const Member& member : dimension.members()) {
      for (const Relation& relation : member.relations) {
        if (relation.panel.empty() ||
            vocabulary.panel_index_.contains(relation.panel)) {
          continue;
        }
        return Invalid(absl::StrCat("a part of '", member.code,
                                    "' is of a panel '", relation.panel,
                                    "', which there is not"));
      }
    }
  }

  // Without a day to choose by, validity cannot keep two measures apart.
  absl::flat_hash_map<std::pair<std::string, std::string>, const Measure*>
      words;
  for (const Measure& measure : held.measures) {
    std::vector<Label> spellings = measure.labels;
    spellings.push_back({measure.code, "", {}});
    spellings.push_back({measure.title, "", {}});
    for (const Label& label : spellings) {
      const auto [word, added] =
          words.emplace(std::pair(Folded(label.text), label.source), &measure);
      if (!added && word->second != &measure) {
        return Invalid(absl::StrCat("measures '", word->second->code, "' and '",
                                    measure.code, "' both claim the label '",
                                    label.text, "'"));
      }
    }
  }
  absl::flat_hash_map<int, const Source*> preferences;
  for (const Source& source : held.sources) {
    const auto [other, added] = preferences.emplace(source.preference, &source);
    if (!added && source.preference != kLowestPreference) {
      return Invalid(absl::StrCat("sources '", other->second->id, "' and '",
                                  source.id, "' have the same preference ",
                                  source.preference));
    }
  }
  const auto reporter = vocabulary.dimension_index_.find(kReporterDimension);
  if (reporter == vocabulary.dimension_index_.end()) {
    return Invalid(absl::StrCat("there is no dimension '", kReporterDimension,
                                "', which every slice has"));
  }
  vocabulary.reporter_index_ = reporter->second;
  return vocabulary;
}

const Measure* Vocabulary::FindMeasure(absl::string_view code) const {
  return At(parts_.measures, measure_index_, code);
}

const Dimension* Vocabulary::FindDimension(absl::string_view code) const {
  return At(parts_.dimensions, dimension_index_, code);
}

const Panel* Vocabulary::FindPanel(absl::string_view code) const {
  return At(parts_.panels, panel_index_, code);
}

const Source* Vocabulary::FindSource(absl::string_view id) const {
  return At(parts_.sources, source_index_, id);
}

const Measure* Vocabulary::ResolveMeasure(absl::string_view label,
                                          absl::string_view source) const {
  const std::string folded = Folded(label);
  const Measure* of_all = nullptr;
  for (const Measure& measure : parts_.measures) {
    if (folded == Folded(measure.code) || folded == Folded(measure.title)) {
      of_all = &measure;
    }
    for (const Label& spelling : measure.labels) {
      if (folded != Folded(spelling.text)) continue;
      if (spelling.source.empty()) {
        of_all = &measure;
      } else if (spelling.source == source) {
        return &measure;
      }
    }
  }
  return of_all;
}

std::vector<std::string> NearMatches(absl::string_view text,
                                     const std::vector<std::string>& candidates,
                                     size_t max_count) {
  const std::string folded = Folded(text);
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    const auto distance = Distance(folded, Folded(candidate));
    if (distance.has_value()) near.emplace_back(*distance, candidate);
  }
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  std::vector<std::string> best;
  for (auto& [distance, candidate] : near) {
    if (best.size() == max_count) break;
    best.push_back(std::move(candidate));
  }
  return best;
}

}  // namespace collate::vocabulary
