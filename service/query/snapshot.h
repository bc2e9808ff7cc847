// Everything that is published, resolved and ready to be summed.
//
// A Snapshot is immutable: it is built from the store's releases (at start
// and after each publish), swapped in by pointer, and read by any number of
// threads without waiting. Within one source it knows which release each key
// is served from; between sources it decides nothing, since that depends on
// the query's preferences.

#ifndef COLLATE_SERVICE_QUERY_SNAPSHOT_H_
#define COLLATE_SERVICE_QUERY_SNAPSHOT_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/observations.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::query {

// A release and its observations as the store handed them out; shared
// between successive snapshots.
struct LoadedRelease {
  store::Release release;
  // None of a release that cannot be read.
  std::shared_ptr<const std::vector<store::Observations>> observations;
  // Why it cannot be read: damage in the store (reason CORRUPT_STORE), or words
  // that the vocabulary no longer has (CORRUPT_RELEASE). Such a release is
  // known, and states nothing.
  absl::Status problem;
  // ReadingOf(release), which never changes and takes long to make anew.
  std::string reading;
};

// Hex digest of who read a release, and of what came of it: adapter, library,
// vocabulary and report, which names the recipes. No part of it is of this
// store, such as when it was loaded.
std::string ReadingOf(const store::Release& release);

// Microseconds since 1970-01-01; when a row began or ceased to be the
// source's current statement.
using KnownTime = int64_t;
inline constexpr KnownTime kStillKnown = std::numeric_limits<int64_t>::max();
// A time at which whatever is still known is known, and nothing else.
inline constexpr KnownTime kToday = kStillKnown - 1;

// When a release became known: when it was published or, where nobody stated
// that, the latest that it can have been: when it was loaded.
KnownTime KnownFrom(const store::Release& release);

// One stored row, by position.
struct RowRef {
  uint32_t release = 0;  // index into Snapshot::releases()
  uint32_t chunk = 0;
  uint32_t row = 0;
};

// What one release claims to speak about within a slice.
struct Claim {
  uint32_t release = 0;  // index into Snapshot::releases()
  std::vector<vocabulary::MemberId> reporters;  // sorted
  vocabulary::DayInterval period;
  // Day after the last one that the slice prints a row for within `period`.
  vocabulary::Day printed_to = 0;

  bool Covers(vocabulary::MemberId reporter,
              const vocabulary::DayInterval& days) const;
};

// All rows of one slice of one source, in columns, sorted by the members of
// the axes in turn, then reporter, period and release.
struct SliceTable {
  std::string source;
  store::Slice slice;
  std::vector<const vocabulary::Dimension*> axes;
  // True when a label of an axis is not known: listed, never summed.
  bool unmapped = false;
  // True when every row was counted from records: what a release claims and
  // has no row of are no records, since it had them all.
  bool counted = false;
  // True when an edition declares its rows otherwise, so that earlier or later
  // statements of a key may stand in a table beside this one.
  bool split = false;

  std::vector<std::vector<vocabulary::MemberId>> members;  // one per axis
  std::vector<vocabulary::MemberId> reporter;
  std::vector<vocabulary::DayInterval> period;
  std::vector<vocabulary::PeriodKind> period_kind;
  // True for a key that has no statement for a while (WITHDRAWN,
  // DROPPED_IN_EDITION); its ref is the row that had one.
  std::vector<bool> derived;
  std::vector<vocabulary::State> state;
  std::vector<uint32_t> flags;
  std::vector<uint8_t> has;  // store::Has
  // Numbers are mantissas of 10^-scale; 0 for counts.
  std::vector<int8_t> scale;
  int max_scale = 0;
  std::vector<int64_t> value;
  std::vector<int64_t> lower;
  std::vector<int64_t> upper;
  std::vector<KnownTime> known_from;
  std::vector<KnownTime> known_until;
  std::vector<RowRef> ref;

  std::vector<Claim> claims;  // earliest release first

  size_t row_count() const { return state.size(); }

  // Whether a row was the source's current statement at that time.
  bool Holds(size_t row, KnownTime at) const {
    return known_from[row] <= at && at < known_until[row];
  }

  // Rows [first, last) whose first axis is `member`; all rows without axes.
  std::pair<size_t, size_t> RowsOf(vocabulary::MemberId member) const;
};

// A citation in words; see collate.v1.Citation.
struct Citation {
  std::string release;
  std::string document;
  std::string document_sha256;
  std::string locator;
  std::string raw;
  std::string reporter_text;
  std::string period_text;
  std::vector<std::pair<std::string, std::string>> labels;
  std::string printed_by;  // where the document repeats another's figure
};

class Snapshot {
 public:
  // A release that names a measure, dimension or reporter that the vocabulary
  // no longer has becomes one with a problem.
  static std::shared_ptr<const Snapshot> Build(
      std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
      std::vector<std::shared_ptr<const LoadedRelease>> releases);

  // The releases at `indexes` alone, as if no other had ever been loaded: what
  // supersedes what, and what an edition left out, is decided among them. The
  // observations are shared. Sources of the others can still be named.
  std::shared_ptr<const Snapshot> Narrow(
      const std::vector<uint32_t>& indexes) const;

  const vocabulary::Vocabulary& vocabulary() const { return *vocabulary_; }
  const std::vector<std::shared_ptr<const LoadedRelease>>& releases() const {
    return releases_;
  }
  const std::vector<SliceTable>& tables() const { return tables_; }

  // Sources that have a release, in default order: the vocabulary's by
  // preference, then those created by ingestion, by id.
  const std::vector<std::string>& sources() const { return sources_; }

  // Whether a question may name a source: one of the vocabulary, or one that
  // has a release here or in the snapshot that this one was narrowed from.
  bool KnowsSource(const std::string& id) const;

  // Hex digest over vocabulary and releases with their states: two snapshots
  // with one digest give the same answers.
  const std::string& digest() const { return digest_; }

  const store::Release& release_of(const RowRef& ref) const {
    return releases_[ref.release]->release;
  }
  const store::Observations& chunk_of(const RowRef& ref) const {
    return (*releases_[ref.release]->observations)[ref.chunk];
  }
  Citation Cite(const RowRef& ref) const;

 private:
  Snapshot() = default;
  static std::shared_ptr<const Snapshot> Make(
      std::shared_ptr<const vocabulary::Vocabulary> vocabulary,
      std::vector<std::shared_ptr<const LoadedRelease>> releases,
      std::vector<std::string> further_sources);

  std::shared_ptr<const vocabulary::Vocabulary> vocabulary_;
  std::vector<std::shared_ptr<const LoadedRelease>> releases_;
  std::vector<SliceTable> tables_;
  std::vector<std::string> sources_;
  std::vector<std::string> further_sources_;  // without a release here
  std::string digest_;
};

// `file.csv:L88:C8`, `'Sheet'!A1`, `archive.zip/file.csv:L3:C2`.
std::string FormatLocator(const store::Locator& locator,
                          const store::Observations& chunk,
                          absl::string_view document);

}  // namespace collate::query

#endif  // COLLATE_SERVICE_QUERY_SNAPSHOT_H_
