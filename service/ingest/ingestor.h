// From documents to a published release: sniff, read (in a worker),
// harmonise, validate, publish; and the report of what became of every row.
//
// Thread-safe; ingestions run side by side, publication is serialised by the
// Publisher.

#ifndef COLLATE_SERVICE_INGEST_INGESTOR_H_
#define COLLATE_SERVICE_INGEST_INGESTOR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/ingest/live_registry.h"
#include "service/ingest/raw.h"
#include "service/ingest/registry.h"
#include "service/ingest/supervisor.h"
#include "service/query/publisher.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::ingest {

// What the caller says about a release; part of its identity.
struct ReleaseManifest {
  std::string source;
  std::optional<absl::Time> publish_time;  // nullopt = said to be unknown
  std::string edition;
  std::string adapter;  // empty = found by sniffing
  Pairs options;        // sorted by key
  bool synthetic = false;
};

// A complete document, held in an anonymous file. Movable; closes the file.
class ReceivedDocument {
 public:
  ReceivedDocument(std::string name, std::string media_type, Pairs manifest,
                   std::string sha256, int64_t byte_count, int fd);
  ReceivedDocument(ReceivedDocument&& other) noexcept;
  ReceivedDocument& operator=(ReceivedDocument&& other) noexcept;
  ~ReceivedDocument();

  const std::string& name() const { return name_; }
  const std::string& media_type() const { return media_type_; }
  const Pairs& manifest() const { return manifest_; }  // sorted by key
  const std::string& sha256() const { return sha256_; }
  int64_t byte_count() const { return byte_count_; }
  int fd() const { return fd_; }  // read-only, sealed when a memfd
  absl::StatusOr<std::string> ReadAt(int64_t offset, int64_t max_bytes) const;

 private:
  std::string name_;
  std::string media_type_;
  Pairs manifest_;
  std::string sha256_;
  int64_t byte_count_;
  int fd_;
};

struct Submission {
  ReleaseManifest manifest;
  std::vector<ReceivedDocument> documents;
};

// One finding, with its place in words.
struct Diagnostic {
  Severity severity = Severity::kInfo;
  std::string reason;
  std::string message;
  std::string expected;
  std::string found;
  std::string locator;
  uint64_t count = 1;
};

// Of a table that is kept, every row is mapped, unmapped or a duplicate.
struct TableReport {
  std::string id;
  std::string title;
  std::string measure;  // empty when refused
  int64_t row_count = 0;
  int64_t mapped_count = 0;
  int64_t unmapped_count = 0;
  int64_t duplicate_count = 0;  // said the same as a row that is kept
  bool refused = false;
  std::string recipe = {};  // "id/version"; empty unless read by one
};

struct DocumentReport {
  std::string document;
  std::vector<TableReport> tables;
  std::vector<std::pair<std::string, uint64_t>> accounts;
};

// What became of a submission; mirrors collate.v1.IngestionReport.
struct Report {
  store::Release release;
  bool already_loaded = false;
  bool published = false;
  std::vector<DocumentReport> documents;
  std::vector<Diagnostic> diagnostics;  // errors first
};

enum class Stage {
  kReceiving = 1,
  kReading = 2,
  kMapping = 3,
  kChecking = 4,
  kPublishing = 5,
};

// Told how far an ingestion has come; `total` 0 = unknown.
using ProgressFn =
    std::function<void(Stage stage, uint64_t done, uint64_t total)>;

class Ingestor {
 public:
  struct Options {
    std::shared_ptr<const vocabulary::Vocabulary> vocabulary;
    const LiveRegistry* registry = nullptr;
    Supervisor* supervisor = nullptr;
    query::Publisher* publisher = nullptr;
    const base::Clock* clock = nullptr;
  };

  explicit Ingestor(Options options);

  struct Control {
    bool dry_run = false;  // do everything except publish
    // With `dry_run`: have adapters propose how to read the documents, and
    // read nothing. The report has no release then.
    bool suggest = false;
    ProgressFn progress = [](Stage, uint64_t, uint64_t) {};
    std::function<bool()> cancelled = [] { return false; };
    // Told in a dry run what an adapter hands over for people, also of a
    // document that is refused.
    std::function<void(const std::string& document, const RawAttachment&)>
        attachment = [](const std::string&, const RawAttachment&) {};
  };

  // Refusals are errors with the findings in the message and metadata: a
  // release of which no table is kept publishes nothing. The same bytes under
  // the same names with the same manifests give the existing release
  // (already_loaded). FAILED_PRECONDITION, SYNTHETIC_MIXED: made-up and real
  // figures never share a store.
  absl::StatusOr<Report> Ingest(Submission submission,
                                const Control& control) const;

 private:
  const Options options_;
  // Held from the last look at what is published until publication, lest two
  // first releases, one of them made up, miss each other.
  mutable std::mutex publishing_;
};

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_INGESTOR_H_
