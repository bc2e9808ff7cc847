#include "service/api/observation_scan.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "service/api/convert.h"
#include "service/api/unknown.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/query/chunks.h"
#include "service/query/fetch_scope.h"
#include "service/query/unreadable.h"
#include "service/store/observations.h"

namespace collate::api {
namespace {

using query::RowRef;
using query::Snapshot;
using store::Observations;
using vocabulary::Day;
using vocabulary::DayInterval;
using vocabulary::Dimension;
using vocabulary::kUnmapped;
using vocabulary::MemberId;

constexpr uint32_t kRowsBetweenPolls = 8192;

absl::Status Invalid(absl::string_view message, absl::string_view path) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_QUERY",
                     message)
      .Field(path, message);
}

// A filter with its members found.
class MemberFilter {
 public:
  static absl::StatusOr<MemberFilter> Make(
      const v1::Filter& message, const std::string& path,
      const vocabulary::Vocabulary& vocabulary) {
    MemberFilter filter;
    filter.dimension_ = vocabulary.FindDimension(View(message.dimension()));
    if (filter.dimension_ == nullptr) {
      std::vector<std::string> codes;
      for (const Dimension& dimension : vocabulary.dimensions()) {
        codes.push_back(dimension.code());
      }
      return UnknownName(
          absl::StatusCode::kInvalidArgument, "UNKNOWN_DIMENSION", "dimension",
          View(message.dimension()), absl::StrCat(path, ".dimension"),
          vocabulary::NearMatches(View(message.dimension()), codes));
    }
    if (message.members().empty()) {
      return Invalid("name at least one member",
                     absl::StrCat(path, ".members"));
    }
    for (int i = 0; i < message.members_size(); ++i) {
      const std::string& code = message.members(i);
      const auto id = filter.dimension_->Find(View(code));
      if (!id.has_value()) {
        return UnknownName(absl::StatusCode::kInvalidArgument, "UNKNOWN_MEMBER",
                           message.dimension(), View(code),
                           absl::StrCat(path, ".members[", i, "]"),
                           filter.dimension_->NearMatches(View(code)));
      }
      filter.members_.push_back(*id);
    }
    filter.descendants_ = message.include_descendants();
    filter.exclude_ = message.exclude();
    return filter;
  }

  const Dimension& dimension() const { return *dimension_; }
  bool exclude() const { return exclude_; }

  // Whether a row of `member` on `day` is kept. A label that nobody knows is
  // no member, so only an exclusion keeps it.
  bool Keeps(MemberId member, Day day) {
    if (member == kUnmapped) return exclude_;
    return Named(day).contains(member) != exclude_;
  }

 private:
  const absl::flat_hash_set<MemberId>& Named(Day day) {
    // Without descendants membership does not depend on the day.
    const Day key = descendants_ ? day : 0;
    const auto [entry, is_new] = named_.try_emplace(key);
    if (is_new) {
      for (const MemberId id : members_) {
        if (!descendants_) {
          entry->second.insert(id);
          continue;
        }
        const auto below = dimension_->SelfAndDescendants(id, day);
        entry->second.insert(below.begin(), below.end());
      }
    }
    return entry->second;
  }

  const Dimension* dimension_ = nullptr;
  std::vector<MemberId> members_;
  bool descendants_ = false;
  bool exclude_ = false;
  absl::flat_hash_map<Day, absl::flat_hash_set<MemberId>> named_;
};

// One axis of one chunk, with the member of every string looked up once.
class AxisMembers {
 public:
  AxisMembers(const Observations& chunk, const Observations::AxisColumn& column,
              const Dimension& dimension)
      : chunk_(chunk),
        column_(column),
        dimension_(dimension),
        members_(chunk.strings.size()) {}

  MemberId Of(uint32_t row) {
    const uint32_t index = column_.member[row];
    if (index == 0) return kUnmapped;
    std::optional<MemberId>& member = members_[index];
    if (!member.has_value()) {
      member = dimension_.Find(View(chunk_.strings[index])).value_or(kUnmapped);
    }
    return *member;
  }

 private:
  const Observations& chunk_;
  const Observations::AxisColumn& column_;
  const Dimension& dimension_;
  std::vector<std::optional<MemberId>> members_;
};

class Scan {
 public:
  Scan(const Snapshot& snapshot, const std::function<bool()>& cancelled)
      : snapshot_(snapshot), cancelled_(cancelled) {}

  absl::Status Prepare(const v1::ListObservationsRequest& request) {
    COLLATE_RETURN_IF_ERROR(AddMeasure(request.measure(), "measure"));
    unmapped_only_ = request.unmapped_only();
    return PrepareWhatAllHave(request);
  }

  absl::Status Prepare(const v1::ExportObservationsRequest& request) {
    for (int i = 0; i < request.measures_size(); ++i) {
      COLLATE_RETURN_IF_ERROR(
          AddMeasure(request.measures(i), absl::StrCat("measures[", i, "]")));
    }
    COLLATE_RETURN_IF_ERROR(PrepareWhatAllHave(request));
    if (!request.has_as_of()) return absl::OkStatus();
    const std::optional<absl::Time> as_of = FromProto(request.as_of());
    if (!as_of.has_value()) {
      return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_AS_OF",
                         "as_of is not a time of the years 1 to 9999")
          .Field("as_of", "not a time of the years 1 to 9999");
    }
    COLLATE_RETURN_IF_ERROR(query::CheckAllFetched(snapshot_));
    HoldAt(std::min(absl::ToUnixMicros(*as_of), query::kToday));
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<RowRef>> Run() {
    std::vector<RowRef> rows;
    for (const uint32_t release : releases_) {
      std::vector<Printed> printed;
      const query::Chunks& chunks = *snapshot_.releases()[release]->chunks;
      for (uint32_t chunk = 0; chunk < chunks.size(); ++chunk) {
        if (cancelled_()) return rows;
        if (!measures_.empty() &&
            !measures_.contains(chunks.summaries()[chunk].slice.measure)) {
          continue;
        }
        COLLATE_ASSIGN_OR_RETURN(
            const std::shared_ptr<const Observations> observations,
            chunks.Read(chunk));
        AddChunk(*observations, release, chunk, printed);
      }
      std::sort(printed.begin(), printed.end());
      for (const Printed& one : printed) {
        rows.push_back({release, one.chunk, one.row});
      }
    }
    return rows;
  }

 private:
  // A row of one release, ordered by where it is printed.
  struct Printed {
    uint32_t document = 0;
    const std::string* part = nullptr;  // of texts_
    const std::string* sheet = nullptr;
    uint64_t line = 0;
    uint32_t printed_row = 0;
    uint32_t column = 0;
    uint32_t chunk = 0;
    uint32_t row = 0;

    friend bool operator<(const Printed& a, const Printed& b) {
      if (a.document != b.document) return a.document < b.document;
      // Equal texts are one text.
      if (a.part != b.part) return *a.part < *b.part;
      if (a.sheet != b.sheet) return *a.sheet < *b.sheet;
      return std::tie(a.line, a.printed_row, a.column, a.chunk, a.row) <
             std::tie(b.line, b.printed_row, b.column, b.chunk, b.row);
    }
  };

  absl::Status AddMeasure(const std::string& code, absl::string_view path) {
    const vocabulary::Vocabulary& vocabulary = snapshot_.vocabulary();
    if (vocabulary.FindMeasure(View(code)) == nullptr) {
      std::vector<std::string> codes;
      for (const auto& measure : vocabulary.measures()) {
        codes.push_back(measure.code);
      }
      return UnknownName(absl::StatusCode::kInvalidArgument, "UNKNOWN_MEASURE",
                         "measure", View(code), path,
                         vocabulary::NearMatches(View(code), codes));
    }
    measures_.insert(code);
    return absl::OkStatus();
  }

  template <typename Request>
  absl::Status PrepareWhatAllHave(const Request& request) {
    for (int i = 0; i < request.filters_size(); ++i) {
      const std::string path = absl::StrCat("filters[", i, "]");
      COLLATE_ASSIGN_OR_RETURN(
          MemberFilter filter,
          MemberFilter::Make(request.filters(i), path, snapshot_.vocabulary()));
      for (const MemberFilter& other : filters_) {
        if (&other.dimension() == &filter.dimension()) {
          return Invalid(absl::StrCat("dimension '", filter.dimension().code(),
                                      "' has two filters; name all its "
                                      "members in one"),
                         path);
        }
      }
      filters_.push_back(std::move(filter));
    }
    if (!request.period().empty()) {
      const auto period = vocabulary::ParsePeriod(View(request.period()));
      if (!period.ok()) {
        return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_PERIOD",
                           period.status().message())
            .With("value", View(request.period()))
            .Field("period", period.status().message());
      }
      period_ = period->days;
    }
    COLLATE_RETURN_IF_ERROR(PrepareReleases(request));
    return CheckReadable();
  }

  // Marks the rows that were their source's current statement at that time.
  void HoldAt(query::KnownTime at) {
    held_.emplace(snapshot_.releases().size());
    for (const query::SliceTable& table : snapshot_.tables()) {
      for (size_t row = 0; row < table.row_count(); ++row) {
        if (table.derived(row) || !table.Holds(row, at)) continue;
        const RowRef ref = table.ref(row);
        const auto& chunks =
            snapshot_.releases()[ref.release]->chunks->summaries();
        std::vector<std::vector<bool>>& held = (*held_)[ref.release];
        held.resize(chunks.size());
        held[ref.chunk].resize(chunks[ref.chunk].row_count);
        held[ref.chunk][ref.row] = true;
      }
    }
  }

  bool Held(uint32_t release, uint32_t chunk, uint32_t row) const {
    if (!held_.has_value()) return true;
    const std::vector<std::vector<bool>>& held = (*held_)[release];
    return chunk < held.size() && row < held[chunk].size() && held[chunk][row];
  }

  template <typename Request>
  absl::Status PrepareReleases(const Request& request) {
    const auto& all = snapshot_.releases();
    absl::flat_hash_set<std::string> wanted;
    for (int i = 0; i < request.releases_size(); ++i) {
      const std::string& name = request.releases(i);
      std::vector<std::string> names;
      for (const auto& loaded : all) names.push_back(loaded->release.name);
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        return UnknownName(absl::StatusCode::kInvalidArgument,
                           "UNKNOWN_RELEASE", "release", View(name),
                           absl::StrCat("releases[", i, "]"),
                           vocabulary::NearMatches(View(name), names));
      }
      wanted.insert(name);
    }
    for (uint32_t i = 0; i < all.size(); ++i) {
      const store::Release& release = all[i]->release;
      if (wanted.empty() ? release.state == store::ReleaseState::kPublished
                         : wanted.contains(release.name)) {
        releases_.push_back(i);
      }
    }
    // Sources by id; within one the latest first, the snapshot's order
    // backwards.
    std::stable_sort(releases_.begin(), releases_.end(),
                     [&all](uint32_t a, uint32_t b) {
                       return std::tie(all[a]->release.source, b) <
                              std::tie(all[b]->release.source, a);
                     });
    return absl::OkStatus();
  }

  // A list that lacks what it cannot read is no list of all.
  absl::Status CheckReadable() const {
    std::vector<const vocabulary::Measure*> measures;
    for (const vocabulary::Measure& measure :
         snapshot_.vocabulary().measures()) {
      if (measures_.empty() || measures_.contains(measure.code)) {
        measures.push_back(&measure);
      }
    }
    std::vector<uint32_t> unreadable =
        query::UnreadableReleases(snapshot_, measures, query::kToday);
    std::erase_if(unreadable, [this](uint32_t release) {
      return std::count(releases_.begin(), releases_.end(), release) == 0;
    });
    if (unreadable.empty()) return absl::OkStatus();
    return query::SourceUnreadable(snapshot_, unreadable,
                                   "name the releases to list the others");
  }

  void AddChunk(const Observations& chunk, uint32_t release, uint32_t index,
                std::vector<Printed>& rows) {
    const vocabulary::Vocabulary& vocabulary = snapshot_.vocabulary();
    // Axis 0 is the reporter; then those of the slice.
    std::vector<AxisMembers> axes;
    std::vector<const Dimension*> dimensions;
    axes.emplace_back(chunk, chunk.reporter, vocabulary.reporters());
    dimensions.push_back(&vocabulary.reporters());
    for (size_t i = 0; i < chunk.axes.size(); ++i) {
      dimensions.push_back(
          vocabulary.FindDimension(View(chunk.slice.axes[i].dimension)));
      axes.emplace_back(chunk, chunk.axes[i], *dimensions.back());
    }
    std::vector<std::pair<MemberFilter*, AxisMembers*>> conditions;
    for (MemberFilter& filter : filters_) {
      const auto found =
          std::find(dimensions.begin(), dimensions.end(), &filter.dimension());
      if (found != dimensions.end()) {
        conditions.emplace_back(&filter, &axes[found - dimensions.begin()]);
      } else if (!filter.exclude()) {
        return;  // not broken down by it, so of none of its members
      }
    }
    for (uint32_t row = 0; row < chunk.row_count(); ++row) {
      if (row % kRowsBetweenPolls == 0 && cancelled_()) return;
      const DayInterval days{chunk.period_begin[row], chunk.period_end[row]};
      if (!period_.Contains(days) || !Held(release, index, row)) continue;
      if (unmapped_only_ &&
          std::none_of(axes.begin(), axes.end(), [row](AxisMembers& axis) {
            return axis.Of(row) == kUnmapped;
          })) {
        continue;
      }
      if (std::all_of(conditions.begin(), conditions.end(),
                      [&](const auto& condition) {
                        return condition.first->Keeps(condition.second->Of(row),
                                                      days.begin);
                      })) {
        const store::Locator& at = chunk.locator[row];
        rows.push_back({at.document, Keep(chunk.strings[at.part]),
                        Keep(chunk.strings[at.sheet]), at.line, at.row,
                        at.column, index, row});
      }
    }
  }

  // Parts and sheets, of which there are few; a chunk is not kept.
  const std::string* Keep(const std::string& text) {
    return &*texts_.insert(text).first;
  }

  const Snapshot& snapshot_;
  const std::function<bool()>& cancelled_;
  absl::flat_hash_set<std::string> measures_;  // empty = all
  std::vector<MemberFilter> filters_;
  std::vector<uint32_t> releases_;  // indexes, in the order of the answer
  DayInterval period_;
  bool unmapped_only_ = false;
  // By release, chunk and row; without a time everything holds.
  std::optional<std::vector<std::vector<std::vector<bool>>>> held_;
  std::set<std::string> texts_;
};

template <typename Request>
absl::StatusOr<std::vector<RowRef>> Find(
    const Snapshot& snapshot, const Request& request,
    const std::function<bool()>& cancelled) {
  Scan scan(snapshot, cancelled);
  COLLATE_RETURN_IF_ERROR(scan.Prepare(request));
  return scan.Run();
}

}  // namespace

absl::StatusOr<std::vector<RowRef>> FindObservations(
    const Snapshot& snapshot, const v1::ListObservationsRequest& request,
    const std::function<bool()>& cancelled) {
  return Find(snapshot, request, cancelled);
}

absl::StatusOr<std::vector<RowRef>> FindObservations(
    const Snapshot& snapshot, const v1::ExportObservationsRequest& request,
    const std::function<bool()>& cancelled) {
  return Find(snapshot, request, cancelled);
}

}  // namespace collate::api
