// Whether two snapshots hold the same, whatever they were made from.

#ifndef COLLATE_TESTS_SERVICE_QUERY_SAME_TABLES_H_
#define COLLATE_TESTS_SERVICE_QUERY_SAME_TABLES_H_

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "service/query/snapshot.h"

namespace collate::query {

inline void ExpectSameTable(const Snapshot& a_of, const SliceTable& a,
                            const Snapshot& b_of, const SliceTable& b) {
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.slice, b.slice);
  EXPECT_EQ(a.unmapped, b.unmapped);
  EXPECT_EQ(a.counted, b.counted);
  EXPECT_EQ(a.split, b.split);
  EXPECT_EQ(a.stated, b.stated);
  EXPECT_EQ(a.max_scale, b.max_scale);
  EXPECT_EQ(a.presums == nullptr, b.presums == nullptr);
  ASSERT_EQ(a.claims.size(), b.claims.size());
  for (size_t i = 0; i < a.claims.size(); ++i) {
    EXPECT_EQ(a.claims[i].release, b.claims[i].release);
    EXPECT_EQ(a.claims[i].reporters, b.claims[i].reporters);
    EXPECT_EQ(a.claims[i].period, b.claims[i].period);
    EXPECT_EQ(a.claims[i].printed_to, b.claims[i].printed_to);
  }
  ASSERT_EQ(a.row_count(), b.row_count());
  ASSERT_EQ(a.axes.size(), b.axes.size());
  for (size_t axis = 0; axis < a.axes.size(); ++axis) {
    EXPECT_EQ(a.axes[axis]->code(), b.axes[axis]->code());
  }
  for (size_t row = 0; row < a.row_count() && !::testing::Test::HasFailure();
       ++row) {
    SCOPED_TRACE(absl::StrCat("row ", row));
    for (size_t axis = 0; axis < a.axes.size(); ++axis) {
      EXPECT_EQ(a.member(axis, row), b.member(axis, row));
    }
    EXPECT_EQ(a.reporter(row), b.reporter(row));
    EXPECT_EQ(a.period(row), b.period(row));
    EXPECT_EQ(a.period_kind(row), b.period_kind(row));
    EXPECT_EQ(a.state(row), b.state(row));
    EXPECT_EQ(a.derived(row), b.derived(row));
    EXPECT_EQ(a.rows->counted(row), b.rows->counted(row));
    EXPECT_EQ(a.flags(row), b.flags(row));
    EXPECT_EQ(a.has(row), b.has(row));
    EXPECT_EQ(a.scale(row), b.scale(row));
    EXPECT_EQ(a.reason(row), b.reason(row));
    EXPECT_EQ(a.value(row), b.value(row));
    EXPECT_EQ(a.lower(row), b.lower(row));
    EXPECT_EQ(a.upper(row), b.upper(row));
    EXPECT_EQ(a.known_from(row), b.known_from(row));
    EXPECT_EQ(a.known_until(row), b.known_until(row));
    EXPECT_EQ(a.release(row), b.release(row));
    EXPECT_EQ(a.ref(row).chunk, b.ref(row).chunk);
    EXPECT_EQ(a.ref(row).row, b.ref(row).row);
    EXPECT_EQ(a_of.slice_of(a.ref(row)), b_of.slice_of(b.ref(row)));
    const Chunks::Stated* const a_stated = a_of.FindStated(a.ref(row));
    const Chunks::Stated* const b_stated = b_of.FindStated(b.ref(row));
    ASSERT_EQ(a_stated == nullptr, b_stated == nullptr);
    if (a_stated == nullptr) continue;
    EXPECT_EQ(a_stated->reporters, b_stated->reporters);
    EXPECT_EQ(a_stated->coverage, b_stated->coverage);
    EXPECT_EQ(a_stated->printed_by, b_stated->printed_by);
  }
  for (size_t axis = 0; axis <= a.axes.size(); ++axis) {
    EXPECT_EQ(a.rows->first_known(axis), b.rows->first_known(axis));
  }
  EXPECT_EQ(a.rows->starts(), b.rows->starts());
  for (int state = 0; state < vocabulary::kStateCount; ++state) {
    EXPECT_EQ(a.rows->has_state(static_cast<vocabulary::State>(state)),
              b.rows->has_state(static_cast<vocabulary::State>(state)));
  }
  // What sums are made by has the same values, each with its first row.
  EXPECT_EQ(a.rows->periods().values().size(),
            b.rows->periods().values().size());
  EXPECT_EQ(a.rows->known().values().size(), b.rows->known().values().size());
  for (uint32_t code = 0; code < a.rows->known().values().size(); ++code) {
    EXPECT_EQ(a.rows->known().code(a.rows->known().first_row(code)), code);
  }
}

inline void ExpectSameSnapshot(const Snapshot& a, const Snapshot& b) {
  EXPECT_EQ(a.digest(), b.digest());
  EXPECT_EQ(a.sources(), b.sources());
  ASSERT_EQ(a.releases().size(), b.releases().size());
  for (size_t i = 0; i < a.releases().size(); ++i) {
    const LoadedRelease& one = *a.releases()[i];
    const LoadedRelease& other = *b.releases()[i];
    EXPECT_EQ(one.release.name, other.release.name);
    EXPECT_EQ(one.release.state, other.release.state);
    EXPECT_EQ(one.release.observation_count, other.release.observation_count);
    EXPECT_EQ(one.problem.code(), other.problem.code());
    EXPECT_EQ(one.reading, other.reading);
    EXPECT_EQ(one.fingerprint, other.fingerprint);
    EXPECT_EQ(one.chunks->size(), other.chunks->size());
  }
  ASSERT_EQ(a.tables().size(), b.tables().size());
  for (size_t i = 0; i < a.tables().size(); ++i) {
    SCOPED_TRACE(absl::StrCat("table ", i));
    ExpectSameTable(a, a.tables()[i], b, b.tables()[i]);
  }
}

}  // namespace collate::query

#endif  // COLLATE_TESTS_SERVICE_QUERY_SAME_TABLES_H_
