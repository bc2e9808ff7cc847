// What collate knows by name: measures, dimensions with their members,
// panels and sources.
//
// A Vocabulary is immutable once made (by load.h from text files), knows no
// files and no protobuf, and may be read from any thread. Everything it
// returns by pointer or reference lives as long as the Vocabulary.

#ifndef COLLATE_SERVICE_VOCABULARY_VOCABULARY_H_
#define COLLATE_SERVICE_VOCABULARY_VOCABULARY_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/vocabulary/period.h"

namespace collate::vocabulary {

// The dimension of whoever supplied a number; every slice has it.
inline constexpr absl::string_view kReporterDimension = "reporter";

// Index of a member within its dimension, dense from 0.
using MemberId = uint32_t;
inline constexpr MemberId kUnmapped = 0xffffffffu;

enum class MeasureFloor { kZero = 1, kNone = 2 };

// A spelling, perhaps of one source only and for some time.
struct Label {
  std::string text;
  std::string source;  // empty = any
  DayInterval validity;
};

// What a published rate is a rate of.
struct Ratio {
  std::string numerator;  // measure codes
  std::string denominator;
  int64_t per = 0;  // 1 to kMaxPer
};
inline constexpr int64_t kMaxPer = 1'000'000'000;

// What a published percentage is a share of.
struct Share {
  std::string dimension;            // code
  std::vector<std::string> counts;  // measure codes; of one member
  std::string base;                 // measure code; of all members
};

struct Measure {
  std::string code;
  std::string title;
  std::string unit;
  std::string description;
  MeasureFloor floor = MeasureFloor::kZero;
  std::vector<std::string> additive_dimensions;  // sorted
  bool additive_over_time = false;
  std::optional<Ratio> ratio;
  std::optional<Share> share;
  // Code of the measure whose cases name what this one counts; empty if none.
  std::string mentions_of;
  std::vector<Label> labels;

  bool IsAdditiveOver(absl::string_view dimension) const;
};

enum class Matching { kExact = 1, kFolded = 2 };
enum class Role { kOrdinary = 0, kUnknown = 1, kResidual = 2 };
enum class RelationKind {
  kPublishedInside = 1,
  kUnionOf = 2,
  kDefinitionDiffers = 3,
};

struct Level {
  std::string code;
  std::string title;
  bool aggregate = false;  // sums of narrower members; never summed by default
  // Whether titles of its members count as labels; not where publishers key on
  // the code and titles repeat between levels.
  bool match_titles = true;
};

struct Parent {
  MemberId member = kUnmapped;
  DayInterval validity;
};

struct SeriesBreak {
  Day day = 0;
  std::string note;
};

struct Relation {
  RelationKind kind = RelationKind::kPublishedInside;
  MemberId member = kUnmapped;
  std::string note;
  std::string panel;  // of kUnionOf: whose whole part it is; empty = not said
};

struct Member {
  std::string code;
  std::string title;
  std::string description;
  int level = 0;  // index into Dimension::levels
  Role role = Role::kOrdinary;
  std::vector<Label> labels;
  std::vector<Parent> parents;
  std::vector<std::pair<std::string, std::string>> identifiers;
  DayInterval validity;
  std::vector<SeriesBreak> series_breaks;
  std::vector<Relation> relations;
};

// Two members that claim one label at the same time for the same source.
struct LabelClash {
  std::string label;  // as `second` writes it
  MemberId first = kUnmapped;
  MemberId second = kUnmapped;
};

std::vector<LabelClash> FindLabelClashes(const std::vector<Level>& levels,
                                         Matching matching,
                                         const std::vector<Member>& members);

class Dimension {
 public:
  // Builds the look-ups. INVALID_ARGUMENT (reason INVALID_VOCABULARY) names
  // two members that share a code or clash over a label, an empty code or
  // label, and a parent that is not of a wider level (so that no member can
  // contain itself).
  static absl::StatusOr<Dimension> Make(std::string code, std::string title,
                                        std::string description,
                                        std::vector<Level> levels,
                                        Matching matching,
                                        std::vector<Member> members);

  const std::string& code() const { return code_; }
  const std::string& title() const { return title_; }
  const std::string& description() const { return description_; }
  const std::vector<Level>& levels() const { return levels_; }
  const std::vector<Member>& members() const { return members_; }
  const Member& member(MemberId id) const { return members_[id]; }

  // By code; a query's way in. nullopt when there is none.
  std::optional<MemberId> Find(absl::string_view code) const;

  // By printed label (code, title, alias, or identifier value), as `source`
  // prints it on `day`; ingestion's way in. A spelling of that source goes
  // before a spelling of all.
  std::optional<MemberId> Resolve(absl::string_view label,
                                  absl::string_view source, Day day) const;

  // Codes of the members whose code, title or label is nearest to `text`,
  // best first, for error messages.
  std::vector<std::string> NearMatches(absl::string_view text,
                                       size_t max_count = 3) const;

  // `id` and everything below it on `day`, in vocabulary order.
  std::vector<MemberId> SelfAndDescendants(MemberId id, Day day) const;

  // The members directly below `id`, at any time, in vocabulary order; each
  // with the time in which it is.
  const std::vector<Parent>& ChildrenOf(MemberId id) const {
    return children_[id];
  }

  // Whether `ancestor` strictly contains `id` on `day`.
  bool Contains(MemberId ancestor, MemberId id, Day day) const;

 private:
  struct Spelling {
    std::string source;
    DayInterval validity;
    MemberId member;
  };

  Dimension() = default;

  std::string code_;
  std::string title_;
  std::string description_;
  std::vector<Level> levels_;
  Matching matching_ = Matching::kExact;
  std::vector<Member> members_;
  std::vector<std::vector<Parent>> children_;  // by member; Parent = child
  absl::flat_hash_map<std::string, MemberId> by_code_;
  absl::flat_hash_map<std::string, std::vector<Spelling>> by_label_;
};

struct PanelMember {
  MemberId reporter = kUnmapped;
  DayInterval validity;
};

struct Panel {
  std::string code;
  std::string title;
  std::string description;
  std::vector<PanelMember> members;  // `includes` already taken in

  // Reporters that ought to be there on every day of `days`, or on any of
  // them when the panel changes within; vocabulary order.
  std::vector<MemberId> MembersDuring(const DayInterval& days) const;

  // Whether somebody is in it on some of those days and not on others.
  bool ChangesWithin(const DayInterval& days) const;
};

enum class Access { kPublished = 1, kRestricted = 2 };
enum class Retain { kOriginal = 1, kDigest = 2 };

inline constexpr int64_t kDefaultMaxDocumentBytes = int64_t{64} << 20;
inline constexpr int kLowestPreference = std::numeric_limits<int>::max();

struct Source {
  std::string id;
  std::string title;
  std::string publisher;
  std::string licence;
  std::string attribution;
  std::string url;
  Access access = Access::kPublished;
  int preference = kLowestPreference;  // lowest first
  Retain retain = Retain::kOriginal;
  int64_t max_document_bytes = kDefaultMaxDocumentBytes;
};

// How Matching::kFolded compares: letter case (ASCII), runs of space, and "&"
// against "and" make no difference.
std::string Folded(absl::string_view text);

// Lower-case letters, digits and '-', 2 to 63 of them.
bool IsSourceId(absl::string_view id);

class Vocabulary {
 public:
  struct Parts {
    std::vector<Measure> measures;
    std::vector<Dimension> dimensions;
    std::vector<Panel> panels;
    std::vector<Source> sources;
    std::string sha256;  // hex, over the files it came from
  };

  // INVALID_ARGUMENT (reason INVALID_VOCABULARY) when two entries share a
  // code, two measures a label, two sources a preference, when a relation names
  // a panel that there is not, or when dimension `reporter` is missing.
  static absl::StatusOr<Vocabulary> Make(Parts parts);

  const std::vector<Measure>& measures() const { return parts_.measures; }
  const std::vector<Dimension>& dimensions() const { return parts_.dimensions; }
  const std::vector<Panel>& panels() const { return parts_.panels; }
  const std::vector<Source>& sources() const { return parts_.sources; }
  const std::string& sha256() const { return parts_.sha256; }

  // nullptr when there is none of that code.
  const Measure* FindMeasure(absl::string_view code) const;
  const Dimension* FindDimension(absl::string_view code) const;
  const Panel* FindPanel(absl::string_view code) const;
  const Source* FindSource(absl::string_view id) const;
  const Dimension& reporters() const {
    return parts_.dimensions[reporter_index_];
  }

  // The measure that `source` means by a family's word for it: code, title or
  // label, folded.
  const Measure* ResolveMeasure(absl::string_view label,
                                absl::string_view source) const;

 private:
  Vocabulary() = default;

  Parts parts_;
  absl::flat_hash_map<std::string, size_t> measure_index_;
  absl::flat_hash_map<std::string, size_t> dimension_index_;
  absl::flat_hash_map<std::string, size_t> panel_index_;
  absl::flat_hash_map<std::string, size_t> source_index_;
  size_t reporter_index_ = 0;
};

// Near matches of `text` among `candidates`, best first: edit distance over
// folded text, in which two swapped letters are one slip, with prefixes
// favoured. For error messages everywhere.
std::vector<std::string> NearMatches(absl::string_view text,
                                     const std::vector<std::string>& candidates,
                                     size_t max_count = 3);

}  // namespace collate::vocabulary

#endif  // COLLATE_SERVICE_VOCABULARY_VOCABULARY_H_
