// Findings and reports: collecting them without losing one, saying where they
// stand, and keeping them with a release.
//
// A Findings belongs to one thread at a time; the functions are pure.

#ifndef COLLATE_SERVICE_INGEST_REPORT_H_
#define COLLATE_SERVICE_INGEST_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/ingest/ingestor.h"
#include "service/ingest/raw.h"

namespace collate::ingest {

// The place in words: `file.csv:L88:C8`, `archive.zip/file.csv:L3:C2`,
// `book.xlsx:'Sheet'!A1`, or the document alone.
std::string FormatRawLocator(absl::string_view document,
                             const RawLocator& locator);

// "error UNKNOWN_REPORTER at file.csv:L88:C8: ..."; expected and found stand
// at the end where the finding has them.
std::string DescribeDiagnostic(const Diagnostic& diagnostic);

// Error details travel in HTTP/2 trailers, which have room for 8 KiB in all,
// and every text stands there twice.
inline constexpr size_t kMaxMessageBytes = 1024;

// Cuts between characters and says that it did.
std::string Shortened(absl::string_view text, size_t max_bytes);

// Findings, each once: those that differ in nothing but their place become
// one with a count, and of one reason at most kMaxListed are listed; the rest
// are counted in one finding that says so.
class Findings {
 public:
  static constexpr size_t kMaxListed = 200;

  void Add(Diagnostic diagnostic);

  // As Add, for a finding that is costly to word: `make` is called once for
  // each `key`, which must differ between findings that differ.
  template <typename Make>
  void AddOnce(absl::string_view key, Make make) {
    if (const auto it = index_.find(key); it != index_.end()) {
      ++all_[it->second].count;
      return;
    }
    Insert(std::string(key), make());
  }

  // Whether further findings of the kind are only counted, so that wording
  // them is a waste.
  bool IsFull(Severity severity, absl::string_view reason) const;

  // Errors first, then warnings; otherwise in the order of finding.
  std::vector<Diagnostic> Sorted() const;

  // The first error, or nullptr.
  const Diagnostic* FirstError() const;

 private:
  void Insert(std::string key, Diagnostic diagnostic);

  std::vector<Diagnostic> all_;
  absl::flat_hash_map<std::string, size_t> index_;
  absl::flat_hash_map<std::string, size_t> listed_;  // by severity and reason
};

// Documents and diagnostics of a report as text (JSON), to be kept with the
// release; the release itself is left out.
std::string SerializeReport(const Report& report);

// Fills documents and diagnostics of *report. DATA_LOSS (reason
// CORRUPT_REPORT) when the text is not what SerializeReport writes.
absl::Status ParseReport(absl::string_view text, Report* report);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_REPORT_H_
