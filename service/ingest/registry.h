// The adapters that stand in the adapter directories, known by their manifest
// files alone: no adapter's code runs here.
//
//   DIR/<id>/<id>.manifest.textproto
//   DIR/<id>/lib<id>.so
//   DIR/<id>/resources/...           and SITE/resources/<id>/...
//
// Whatever is found but cannot be used is kept, with the reasons, so that
// "why is my adapter not there" has an answer.
//
// Immutable once built; safe to share between threads. A reload builds a new
// Registry. Pointers that it gives live as long as it does.

#ifndef COLLATE_SERVICE_INGEST_REGISTRY_H_
#define COLLATE_SERVICE_INGEST_REGISTRY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/ingest/raw.h"
#include "service/ingest/sealed_file.h"

namespace collate::ingest {

// Bytes at a fixed place.
struct Magic {
  uint32_t offset = 0;
  std::string bytes;
};

// Words of a header line; ASCII case is ignored.
struct HeaderWords {
  std::vector<std::string> all_of;
  std::vector<std::string> any_of;
  std::vector<std::string> none_of;
};

// A kind of document that an adapter reads.
struct AdapterFamily {
  std::string id;
  std::string title;
  std::vector<std::string> globs;
  std::vector<Magic> magic;
  std::vector<HeaderWords> header_words;
  std::vector<std::string> measures;
  bool only_when_named = false;  // never chosen by a document's look
};

enum class OptionType {
  kString = 1,
  kInteger = 2,
  kBoolean = 3,
  kDate = 4,
  kChoice = 5,
};

struct AdapterOption {
  std::string name;
  OptionType type = OptionType::kString;
  std::optional<std::string> default_value;
  std::string description;
  std::vector<std::string> choices;
  bool names_adapter = false;  // who sets it has chosen the adapter
};

// What an adapter asks for; 0 = the service's own.
struct AdapterLimits {
  int64_t memory_bytes = 0;
  int cpu_seconds = 0;
  int wall_seconds = 0;
  uint64_t max_cells = 0;
  uint64_t max_inflated_bytes = 0;
  uint64_t max_ratio = 0;
  uint64_t max_entries = 0;
};

// A recipe or mapping, held since the registry was built.
struct AdapterResource {
  std::string name;
  std::string path;  // where it was read
  std::shared_ptr<const SealedFile> file;
};

// An adapter that was found; usable when it has no problems.
struct AdapterEntry {
  std::string id;
  std::string version;
  std::string title;
  uint32_t abi_major = 0;
  uint32_t abi_minor = 0;
  std::vector<AdapterFamily> families;
  std::vector<AdapterOption> options;
  AdapterLimits limits;
  std::vector<AdapterResource> resources;  // sorted by name
  std::string directory;
  std::string library_path;
  std::string sha256;  // of the library, hex; empty if it cannot be read
  std::string manifest_sha256;  // likewise, of the manifest
  // The very bytes that have this digest, which is what workers load: what
  // happens to the file afterwards changes nothing.
  std::shared_ptr<const SealedFile> library;
  // Whether it belongs to the installation.
  bool installed = false;

  // One line for each path that was tried and refused, with the reason.
  std::vector<std::string> problems;

  bool ready() const { return problems.empty(); }
};

class Registry {
 public:
  struct Options {
    // Searched in order; only these.
    std::vector<std::string> directories;
    // The site's own directory, may be empty; `resources/<id>/` of it is read.
    std::string site_directory;
    // A library and its manifest are code: they are taken only from files that
    // nobody but root and the service's user can have written, in any of their
    // parents down from here (trusted_file.h). Default: the installation's own
    // folder for what lies in it (whoever can replace that can replace the
    // service), and the root of the file system for the rest.
    std::string trusted_root;
    // Adapters in this directory belong to the installation. Default: its
    // lib/collate/adapters.
    std::string installed_directory;
    // When not empty, libraries of no other digest (hex) are usable.
    std::vector<std::string> allowed_sha256;
  };

  // Never fails as a whole: what is wrong stands in problems() and in the
  // entries. Two adapters of one id: the first is kept, the others carry a
  // problem.
  static Registry Build(const Options& options);

  // Everything that was found, usable or not, sorted by id.
  const std::vector<AdapterEntry>& entries() const { return entries_; }

  // The usable adapter of that id, or nullptr.
  const AdapterEntry* Find(absl::string_view id) const;

  // Directories that could not be searched and ids that stand twice, a line
  // each.
  const std::vector<std::string>& problems() const { return problems_; }

  // Every path tried and what became of it, a line each; for error messages.
  std::string Describe() const;

 private:
  std::vector<AdapterEntry> entries_;
  std::vector<std::string> problems_;
  std::vector<std::string> searched_;
};

// The options that an adapter is given: those of the sender, checked against
// what the adapter declares, with its defaults filled in; sorted by key.
// INVALID_ARGUMENT (UNKNOWN_OPTION with near matches, INVALID_OPTION,
// REPEATED_OPTION).
absl::StatusOr<Pairs> ResolveOptions(const AdapterEntry& adapter,
                                     const Pairs& given);

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_REGISTRY_H_
