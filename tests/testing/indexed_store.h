// A store that looks for rows by reading all chunks of another: for tests of
// what is above an index. Single releases can be put out of reach.
//
// For one thread at a time.

#ifndef COLLATE_TESTS_TESTING_INDEXED_STORE_H_
#define COLLATE_TESTS_TESTING_INDEXED_STORE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

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
    Found found;
    int64_t rows = 0;
    for (const Wanted& one : wanted) {
      for (const Chunk& chunk : one.chunks) {
        if (chunk.release == out_of_reach_) {
          found.unreachable.emplace_back(
              chunk, base::Error(absl::StatusCode::kUnavailable, "STORE_IO",
                                 "shard 2: it is down")
                         .With("shard", "2"));
          continue;
        }
        COLLATE_ASSIGN_OR_RETURN(const store::Observations read,
                                 inner_.ReadChunk(chunk.release, chunk.chunk));
        found.rows.push_back(Pick(read, one, chunk));
        rows += static_cast<int64_t>(found.rows.back().row.size());
      }
    }
    if (rows > limit) {
      return base::Error(absl::StatusCode::kResourceExhausted, "FETCH_LIMIT",
                         absl::StrCat(rows, " rows, the limit is ", limit))
          .With("observations", absl::StrCat(rows))
          .With("limit", absl::StrCat(limit));
    }
    fetched_ += rows;
    return found;
  }

 private:
  static bool IsOneOf(const std::vector<std::string>& codes,
                      const std::string& code) {
    return std::count(codes.begin(), codes.end(), code) > 0;
  }

  static Found::Rows Pick(const store::Observations& read, const Wanted& wanted,
                          const Chunk& chunk) {
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
      if (!all && !loose) continue;
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
  std::string out_of_reach_;
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_INDEXED_STORE_H_
