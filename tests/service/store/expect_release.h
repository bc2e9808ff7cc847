// Whether a release is in a store as a whole, or not at all.

#ifndef COLLATE_TESTS_SERVICE_STORE_EXPECT_RELEASE_H_
#define COLLATE_TESTS_SERVICE_STORE_EXPECT_RELEASE_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "service/base/digest.h"
#include "service/store/store.h"
#include "tests/service/store/observations_testing.h"
#include "tests/testing/status_matchers.h"

namespace collate::store {

// What a check of the store comes to.
inline absl::Status CheckOf(const Store& store) {
  CheckReport report;
  const absl::Status checked = store.Check(nullptr, report);
  return checked.ok() ? report.status() : checked;
}

// Everything but the state of retention and the count, which a store sets.
inline void ExpectSameRelease(const Release& found, const Release& expected) {
  EXPECT_EQ(found.name, expected.name);
  EXPECT_EQ(found.source, expected.source);
  EXPECT_EQ(found.publish_time, expected.publish_time);
  EXPECT_EQ(found.load_time, expected.load_time);
  EXPECT_EQ(found.edition, expected.edition);
  EXPECT_EQ(found.adapter_id, expected.adapter_id);
  EXPECT_EQ(found.adapter_version, expected.adapter_version);
  EXPECT_EQ(found.adapter_sha256, expected.adapter_sha256);
  EXPECT_EQ(found.vocabulary_sha256, expected.vocabulary_sha256);
  EXPECT_EQ(found.manifest, expected.manifest);
  EXPECT_EQ(found.synthetic, expected.synthetic);
  EXPECT_EQ(found.state, expected.state);
  EXPECT_EQ(found.withdrawn_reason, expected.withdrawn_reason);
  EXPECT_EQ(found.report, expected.report);
  ASSERT_EQ(found.documents.size(), expected.documents.size());
  for (size_t d = 0; d < expected.documents.size(); ++d) {
    EXPECT_EQ(found.documents[d].name, expected.documents[d].name);
    EXPECT_EQ(found.documents[d].media_type, expected.documents[d].media_type);
    EXPECT_EQ(found.documents[d].sha256, expected.documents[d].sha256);
    EXPECT_EQ(found.documents[d].byte_count, expected.documents[d].byte_count);
  }
  ASSERT_EQ(found.extents.size(), expected.extents.size());
  for (size_t e = 0; e < expected.extents.size(); ++e) {
    EXPECT_EQ(found.extents[e].slice, expected.extents[e].slice);
    EXPECT_EQ(found.extents[e].reporters, expected.extents[e].reporters);
    EXPECT_EQ(found.extents[e].periods, expected.extents[e].periods);
  }
}

// The whole of `draft` is in the store.
inline void ExpectPublished(const Store& store, const ReleaseDraft& draft) {
  const absl::StatusOr<Release> release = store.GetRelease(draft.release.name);
  ASSERT_THAT(release, testing::IsOk());
  ExpectSameRelease(*release, draft.release);
  const absl::StatusOr<std::vector<Observations>> observations =
      store.ReadObservations(draft.release.name);
  ASSERT_THAT(observations, testing::IsOk());
  EXPECT_EQ(SortedRows(*observations), SortedRows(draft.observations));
  int64_t rows = 0;
  for (const Observations& o : draft.observations) {
    rows += static_cast<int64_t>(o.row_count());
  }
  EXPECT_EQ(release->observation_count, rows);
  for (size_t d = 0; d < draft.contents.size(); ++d) {
    const Document& document = draft.release.documents[d];
    if (draft.contents[d] == nullptr) continue;
    EXPECT_TRUE(release->documents[d].retained);
    const absl::StatusOr<std::string> bytes =
        store.ReadDocument(document.sha256, 0, document.byte_count);
    ASSERT_THAT(bytes, testing::IsOk());
    EXPECT_EQ(base::Sha256Hex(*bytes), document.sha256);
  }
}

// Nothing of `draft` is in the store, its documents included.
inline void ExpectAbsent(const Store& store, const ReleaseDraft& draft) {
  const absl::string_view name = draft.release.name;
  EXPECT_THAT(store.GetRelease(name),
              testing::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store.ReadObservations(name),
              testing::StatusIs(absl::StatusCode::kNotFound));
  for (const Document& document : draft.release.documents) {
    EXPECT_THAT(store.ReadDocument(document.sha256, 0, 1),
                testing::StatusIs(absl::StatusCode::kNotFound));
  }
}

}  // namespace collate::store

#endif  // COLLATE_TESTS_SERVICE_STORE_EXPECT_RELEASE_H_
