// The adapter under check, loaded the way the service loads it: known by its
// manifest, run in a sandboxed worker for one document at a time.
//
//   COLLATE_ASSIGN_OR_RETURN(Subject subject, Subject::Open("libmine.so", {}));
//   ingest::ReadResult result = subject.Read({"a.csv", bytes}, {});
//
// Works on a copy of library, manifest and resources in a private folder, so
// that it does not matter who else may write where the author builds. One
// thread.

#ifndef COLLATE_PLUGINS_CONFORMANCE_SUBJECT_H_
#define COLLATE_PLUGINS_CONFORMANCE_SUBJECT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/ingest/registry.h"
#include "service/ingest/sniff.h"
#include "service/ingest/supervisor.h"

namespace collate::conformance {

// A document to try.
struct Fixture {
  std::string name;  // without folders
  std::string bytes;
};

// What one reading does differently.
struct Variation {
  uint64_t stop_at_call = 0;          // see ingest::ReadJob
  std::optional<uint64_t> max_cells;  // instead of the manifest's
};

class Subject {
 public:
  struct Options {
    std::string worker_path;
    absl::Duration wall = absl::Seconds(30);  // for one reading
    ingest::Pairs options;                    // of the adapter
    ingest::Pairs manifest;                   // of the document
  };

  // INVALID_ARGUMENT when `library` is not called lib<id>.so or is no file.
  // What is wrong with the adapter itself is in problems().
  static absl::StatusOr<std::unique_ptr<Subject>> Open(
      const std::string& library, Options options);
  ~Subject();

  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  const std::string& id() const { return id_; }
  // What of the manifest, the library's file and the options is refused before
  // any code runs; empty when nothing is.
  const std::vector<std::string>& problems() const { return problems_; }
  // There is one unless there are problems().
  const ingest::AdapterEntry& entry() const { return registry_.entries()[0]; }

  ingest::ReadResult Read(const Fixture& fixture,
                          const Variation& variation) const;
  std::vector<ingest::SniffFinding> Sniff(const Fixture& fixture) const;
  // Layers of the sandbox that this machine lacks, once something was read.
  std::vector<std::string> missing_layers() const;

 private:
  Subject() = default;

  std::string id_;
  std::string library_;
  std::string folder_;  // the copy; removed at the end
  Options options_;
  ingest::Registry registry_;
  ingest::Pairs resolved_;  // options, with defaults
  std::vector<std::string> problems_;
  std::unique_ptr<ingest::Supervisor> supervisor_;
};

}  // namespace collate::conformance

#endif  // COLLATE_PLUGINS_CONFORMANCE_SUBJECT_H_
