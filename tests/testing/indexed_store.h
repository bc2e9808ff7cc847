// A store that looks for rows by reading all chunks of another: for tests of
// what is above an index. Single releases can be put out of reach.
//
// For one thread at a time.

#ifndef COLLATE_TESTS_TESTING_INDEXED_STORE_H_
#define COLLATE_TESTS_TESTING_INDEXED_STORE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/observation_index.h"
#include "tests/testing/forwarding_store.h"

namespace collate::testing {

class IndexedStore final : public ForwardingStore,
                           public store::ObservationIndex {
 public:
  // `inner` must outlive it.
  explicit IndexedStore(store::Store* inner)
      : ForwardingStore(inner), inner_(*inner) {}

  const store::ObservationIndex* index() const override { return this; }

  // Rows that were handed out so far.
  int64_t fetched() const { return fetched_; }
  // From now on its rows are on a shard that is down; "" for none.
  void PutOutOfReach(const std::string& release) { out_of_reach_ = release; }

  absl::StatusOr<std::vector<std::pair<store::Slice, int64_t>>> CountRows(
      absl::string_view release) const override {
    COLLATE_ASSIGN_OR_RETURN(const auto chunks,
                             inner_.ReadObservations(release));
    std::vector<std::pair<store::Slice, int64_t>> counts;
    for (const store::Observations& chunk : chunks) {
      counts.emplace_back(chunk.slice, chunk.row_count());
    }
    return counts;
  }

  absl::StatusOr<Found> Find(const std::vector<Wanted>& wanted,
                             int64_t limit) const override {
    ++found_;
    Found found;
    int64_t rows = 0;
    for (const Wanted& one : wanted) {
      for (const Chunk& chunk : one.chunks) {
        if (chunk.release == out_of_reach_) {
          found.unreachable.emplace_back(chunk, OutOfReach());
          continue;
        }
        COLLATE_ASSIGN_OR_RETURN(const store::Observations read,
                                 inner_.ReadChunk(chunk.release, chunk.chunk));
        found.rows.push_back(
            Pick(read, one, chunk, [](uint32_t) { return true; }));
        rows += static_cast<int64_t>(found.rows.back().row.size());
      }
    }
    if (rows > limit) return TooMany(rows, limit);
    fetched_ += rows;
    return found;
  }

  absl::StatusOr<Sums> Sum(const SumsWanted& wanted,
                           int64_t limit) const override {
    Sums sums;
    std::map<std::string, uint32_t> numbers;
    const auto number = [&](const std::string& text) {
      const auto [at, added] =
          numbers.emplace(text, static_cast<uint32_t>(sums.strings.size()));
      if (added) sums.strings.push_back(text);
      return at->second;
    };
    number("");
    std::set<std::vector<std::string>> shared;
    for (const Chunk& chunk : wanted.shared) {
      COLLATE_ASSIGN_OR_RETURN(const store::Observations read,
                               inner_.ReadChunk(chunk.release, chunk.chunk));
      for (uint32_t row = 0; row < read.row_count(); ++row) {
        shared.insert(KeyOf(read, row));
      }
    }
    int64_t rows = 0;
    for (const Wanted& one : wanted.rows) {
      for (const Chunk& chunk : one.chunks) {
        if (chunk.release == out_of_reach_) {
          sums.unreachable.emplace_back(chunk, OutOfReach());
          continue;
        }
        COLLATE_ASSIGN_OR_RETURN(const store::Observations read,
                                 inner_.ReadChunk(chunk.release, chunk.chunk));
        Found::Rows picked = Pick(read, one, chunk, [&](uint32_t row) {
          if (shared.contains(KeyOf(read, row))) return true;
          AddGroup(read, row, chunk.release, wanted.by, number, sums);
          return false;
        });
        std::vector<uint64_t>& places = sums.places.emplace_back();
        for (const uint32_t row : picked.row) {
          places.push_back(PlaceOf(read, row));
        }
        rows += static_cast<int64_t>(picked.row.size());
        sums.rows.push_back(std::move(picked));
      }
    }
    if (rows > limit) return TooMany(rows, limit);
    fetched_ += rows;
    ++summed_;
    return sums;
  }
  // How often rows were looked for, and how often something was added up.
  int64_t found() const { return found_; }
  int64_t summed() const { return summed_; }

 private:
  static std::vector<std::string> KeyOf(const store::Observations& read,
                                        uint32_t row) {
    std::vector<std::string> key = {read.strings[read.reporter.member[row]],
                                    absl::StrCat(read.period_begin[row]),
                                    absl::StrCat(read.period_end[row])};
    for (const auto& axis : read.axes) {
      key.push_back(read.strings[axis.member[row]]);
    }
    return key;
  }

  static uint64_t PlaceOf(const store::Observations& read, uint32_t row) {
    std::string members;
    for (const auto& axis : read.axes) {
      absl::StrAppend(&members, read.strings[axis.member[row]], "\n");
    }
    return absl::HashOf(members);
  }

  template <typename Number>
  static void AddGroup(const store::Observations& read, uint32_t row,
                       const std::string& release,
                       const std::vector<size_t>& by, Number& number,
                       Sums& sums) {
    Sums::Group& group = sums.groups.emplace_back();
    const auto at =
        std::find(sums.releases.begin(), sums.releases.end(), release);
    group.release = static_cast<uint32_t>(at - sums.releases.begin());
    if (at == sums.releases.end()) sums.releases.push_back(release);
    for (const size_t axis : by) {
      sums.members.push_back(number(read.strings[read.axes[axis].member[row]]));
    }
    group.reporter = number(read.strings[read.reporter.member[row]]);
    group.period_begin = read.period_begin[row];
    group.period_end = read.period_end[row];
    group.state = read.state[row];
    group.flags = read.flags[row];
    group.has = read.has[row];
    group.reason = number(read.strings[read.reason[row]]);
    group.rows = 1;
    group.value = read.value[row];
    group.lower = std::max<int64_t>(0, read.lower[row]);
    group.upper = read.upper[row];
    group.places = PlaceOf(read, row);
  }

  static absl::Status OutOfReach() {
    return base::Error(absl::StatusCode::kUnavailable, "STORE_IO",
                       "shard 2: it is down")
        .With("shard", "2");
  }
  static absl::Status TooMany(int64_t rows, int64_t limit) {
    return base::Error(absl::StatusCode::kResourceExhausted, "FETCH_LIMIT",
                       absl::StrCat(rows, " rows, the limit is ", limit))
        .With("observations", absl::StrCat(rows))
        .With("limit", absl::StrCat(limit));
  }

  static bool IsOneOf(const std::vector<std::string>& codes,
                      const std::string& code) {
    return std::count(codes.begin(), codes.end(), code) > 0;
  }

  // Those that are wanted and that `take` takes.
  template <typename Take>
  static Found::Rows Pick(const store::Observations& read, const Wanted& wanted,
                          const Chunk& chunk, Take take) {
    Found::Rows picked;
    picked.release = chunk.release;
    store::Observations& o = picked.observations;
    o.slice = read.slice;
    o.scale = read.scale;
    o.strings = read.strings;
    o.axes.resize(read.axes.size());
    bool labels = !wanted.reporter.loose.empty();
    for (const Codes& axis : wanted.axes) {
      labels = labels || !axis.loose.empty();
    }
    for (uint32_t row = 0; row < read.row_count(); ++row) {
      bool all = true;
      bool loose = false;
      const auto look = [&](const Codes& codes,
                            const store::Observations::AxisColumn& column) {
        const std::string& code = read.strings[column.member[row]];
        all =
            all && (!codes.wanted.has_value() || IsOneOf(*codes.wanted, code));
        loose = loose || IsOneOf(codes.loose, code);
      };
      for (size_t axis = 0; axis < read.axes.size(); ++axis) {
        look(wanted.axes[axis], read.axes[axis]);
      }
      look(wanted.reporter, read.reporter);
      if ((!all && !loose) || !take(row)) continue;
      for (size_t axis = 0; axis < read.axes.size(); ++axis) {
        o.axes[axis].member.push_back(read.axes[axis].member[row]);
        o.axes[axis].label.push_back(labels ? read.axes[axis].label[row] : 0);
      }
      o.reporter.member.push_back(read.reporter.member[row]);
      o.reporter.label.push_back(labels ? read.reporter.label[row] : 0);
      o.period_begin.push_back(read.period_begin[row]);
      o.period_end.push_back(read.period_end[row]);
      o.period_kind.push_back(read.period_kind[row]);
      o.state.push_back(read.state[row]);
      o.flags.push_back(read.flags[row]);
      o.has.push_back(read.has[row]);
      o.value.push_back(read.value[row]);
      o.lower.push_back(read.lower[row]);
      o.upper.push_back(read.upper[row]);
      o.reason.push_back(read.reason[row]);
      o.records.push_back(read.records[row]);
      picked.chunk.push_back(chunk.chunk);
      picked.row.push_back(row);
    }
    return picked;
  }

  store::Store& inner_;
  mutable int64_t fetched_ = 0;
  mutable int64_t found_ = 0;
  mutable int64_t summed_ = 0;
  std::string out_of_reach_;
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_INDEXED_STORE_H_
