#include "service/ingest/live_registry.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace collate::ingest {
namespace {

// Whatever a reader of documents may see of an adapter.
struct Face {
  std::string version;
  std::string sha256;
  std::vector<std::string> resources;
  std::string directory;
  std::vector<std::string> problems;
};

Face FaceOf(const AdapterEntry& entry) {
  Face face{entry.version, entry.sha256, {}, entry.directory, entry.problems};
  for (const AdapterResource& resource : entry.resources) {
    face.resources.push_back(
        absl::StrCat(resource.name, " ", resource.file->sha256()));
  }
  return face;
}

std::string Standing(const AdapterEntry& entry) {
  return entry.ready()
             ? absl::StrCat("version ", entry.version, ", sha256 ",
                            entry.sha256)
             : absl::StrCat("refused: ", absl::StrJoin(entry.problems, "; "));
}

// What differs, in words; empty when nothing does.
std::string Difference(const AdapterEntry& before, const AdapterEntry& after) {
  const Face old_face = FaceOf(before);
  const Face new_face = FaceOf(after);
  std::vector<std::string> words;
  if (old_face.problems != new_face.problems) {
    words.push_back(after.ready() ? "is no longer refused"
                                  : absl::StrCat("is ", Standing(after)));
  }
  if (old_face.version != new_face.version) {
    words.push_back(absl::StrCat("version ", old_face.version, " is now ",
                                 new_face.version));
  }
  if (old_face.sha256 != new_face.sha256) {
    words.push_back(
        absl::StrCat("library ", old_face.sha256, " is now ", new_face.sha256));
  }
  if (old_face.resources != new_face.resources) {
    words.push_back("its recipes or mappings are others");
  }
  if (old_face.directory != new_face.directory) {
    words.push_back(absl::StrCat("is now that of ", new_face.directory));
  }
  if (words.empty() && before.manifest_sha256 != after.manifest_sha256) {
    words.push_back("its manifest is another");
  }
  return absl::StrJoin(words, "; ");
}

// Of several with one id the usable one is meant, else the first.
const AdapterEntry* FindAny(const Registry& registry, const std::string& id) {
  if (const AdapterEntry* usable = registry.Find(id)) return usable;
  for (const AdapterEntry& entry : registry.entries()) {
    if (entry.id == id) return &entry;
  }
  return nullptr;
}

std::vector<AdapterChange> Changes(const Registry& before,
                                   const Registry& after) {
  std::set<std::string> ids;
  for (const Registry* registry : {&before, &after}) {
    for (const AdapterEntry& entry : registry->entries()) ids.insert(entry.id);
  }
  std::vector<AdapterChange> changes;
  for (const std::string& id : ids) {
    const AdapterEntry* old_entry = FindAny(before, id);
    const AdapterEntry* new_entry = FindAny(after, id);
    if (old_entry == nullptr) {
      changes.push_back({id, AdapterChangeKind::kAdded, Standing(*new_entry)});
    } else if (new_entry == nullptr) {
      changes.push_back({id, AdapterChangeKind::kRemoved,
                         absl::StrCat("was in ", old_entry->directory)});
    } else if (std::string words = Difference(*old_entry, *new_entry);
               !words.empty()) {
      changes.push_back({id, AdapterChangeKind::kChanged, std::move(words)});
    }
  }
  return changes;
}

}  // namespace

LiveRegistry::LiveRegistry(Registry::Options options, Supervisor* supervisor)
    : options_(std::move(options)),
      supervisor_(supervisor),
      current_(std::make_shared<const Registry>(Registry::Build(options_))) {}

std::shared_ptr<const Registry> LiveRegistry::Current() const {
  const std::lock_guard<std::mutex> lock(current_mutex_);
  return current_;
}

std::vector<AdapterChange> LiveRegistry::Reload() {
  const std::lock_guard<std::mutex> one_at_a_time(reloading_);
  auto next = std::make_shared<const Registry>(Registry::Build(options_));
  const std::shared_ptr<const Registry> before = Current();
  {
    const std::lock_guard<std::mutex> lock(current_mutex_);
    current_ = next;
  }
  std::vector<AdapterChange> changes = Changes(*before, *next);
  // After the swap: a death of what was replaced counts for nothing.
  const std::vector<std::string> released = supervisor_->LiftQuarantine();
  for (const AdapterEntry& entry : before->entries()) {
    if (std::find(released.begin(), released.end(), entry.sha256) !=
        released.end()) {
      changes.push_back({entry.id, AdapterChangeKind::kReleased,
                         "too many of its workers had died; its library may be "
                         "read with again"});
    }
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const AdapterChange& a, const AdapterChange& b) {
                     return a.adapter < b.adapter;
                   });
  return changes;
}

}  // namespace collate::ingest
