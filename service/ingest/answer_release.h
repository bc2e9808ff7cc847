// What the manifest of an answer does to a release: it says what each document
// is, what the adapter is told, when the release was published, which earlier
// one it replaces, and what became of the questions that have no figures.
//
// For ingestor.cc. Pure functions over plain values.

#ifndef COLLATE_SERVICE_INGEST_ANSWER_RELEASE_H_
#define COLLATE_SERVICE_INGEST_ANSWER_RELEASE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/answer/manifest.h"
#include "service/ingest/harmonised.h"
#include "service/ingest/ingestor.h"
#include "service/ingest/raw.h"
#include "service/query/snapshot.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::ingest {

// The manifest among the documents of a release, and what the others are.
struct AnswerOf {
  answer::Manifest manifest;
  size_t document = 0;               // that is the manifest
  std::vector<bool> has_figures;     // by document
  std::vector<std::string> recipes;  // likewise; empty where none is named

  const std::string& NameIn(
      const std::vector<ReceivedDocument>& documents) const {
    return documents[document].name();
  }
};

// nullopt when no document is a manifest. INVALID_ARGUMENT: INVALID_ANSWER;
// SEVERAL_ANSWERS; ANSWER_FILE_MISSING and ANSWER_FILE_DIFFERS for a file of
// the manifest that is not there or has another sha256; DOCUMENT_NOT_IN_ANSWER
// for one that the manifest does not name; ANSWER_CONFLICT where release or
// document say something else than the manifest; FAILED_PRECONDITION:
// SYNTHETIC_NOT_DECLARED.
absl::StatusOr<std::optional<AnswerOf>> FindAnswer(
    const ReleaseManifest& release,
    const std::vector<ReceivedDocument>& documents);

// Says who and when to the adapter of a document: `reporter`, `period` and
// `request_reference` beside what the sender has said. Sorted by key.
Pairs ManifestOf(const AnswerOf& answer, const ReceivedDocument& document);

// When the answer was published: on the published date, else when it arrived,
// else (a silence) when it was due, else when it was asked for. The finding
// names the date that was taken for lack of a published one.
absl::Time PublishTimeOf(const answer::Manifest& manifest,
                         std::optional<Diagnostic>* finding);

// A row for each figure that was asked for and did not come, citing the place
// of its response. INVALID_ARGUMENT (INVALID_ANSWER) for a name that the
// vocabulary does not know, an answer that is called overdue before its due
// date or not yet due after it (by `today`), and more than a million rows.
absl::StatusOr<RawDocument> RowsOf(const AnswerOf& answer,
                                   absl::string_view name,
                                   const vocabulary::Vocabulary& vocabulary,
                                   const std::string& source,
                                   vocabulary::Day today);

// What the answer speaks about, question by question, figures included: what
// it leaves out of that has no earlier figure any more. After RowsOf().
std::vector<store::Extent> ExtentsOf(const AnswerOf& answer,
                                     const vocabulary::Vocabulary& vocabulary,
                                     const std::string& source);

// Refuses tables with figures of a reporter whom the manifest does not name.
void CheckReporters(const AnswerOf& answer,
                    const vocabulary::Vocabulary& vocabulary,
                    const std::string& source, Harmonised& harmonised);

// What the releases that `release` supersedes speak about, which it takes
// over. FAILED_PRECONDITION (SUPERSEDES_LATER) where the earlier answer would
// still be the later statement; one that is not there is a finding.
absl::StatusOr<std::vector<store::Extent>> SupersededExtents(
    const AnswerOf& answer, absl::string_view name,
    const query::Snapshot& snapshot, const store::Release& release,
    Findings& findings);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_ANSWER_RELEASE_H_
