// Answers as they were sent, so that a question that is asked again costs a
// look-up.
//
// An answer is kept for one snapshot: once another one is current, nothing of
// before is found. What else it depends on is in its key. The latest used are
// kept, up to a number of bytes.
//
// Thread-safe. Callers that ask the same at the same time share one answer: one
// makes it and the others wait, each until its own deadline. When the one
// fails, the next takes over.

#ifndef COLLATE_SERVICE_API_ANSWER_CACHE_H_
#define COLLATE_SERVICE_API_ANSWER_CACHE_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/query/snapshot.h"

namespace collate::api {

// What comes before the digest in the name of an answer.
inline constexpr char kAnswerCollection[] = "answers/";

// An answer as it is sent.
struct SentAnswer {
  std::string bytes;   // a serialised QueryStatisticsResponse
  std::string digest;  // of its name; empty = it has none
};

class AnswerCache {
 public:
  using Answer = std::shared_ptr<const SentAnswer>;
  using Check = std::function<absl::Status()>;

  struct Options {
    // Keys, answers and what it takes to find them; 0 keeps nothing.
    size_t max_bytes = size_t{64} << 20;
    // Whether a kept answer may be given again; null for always. One that may
    // not is made anew.
    std::function<bool(const SentAnswer&)> may_repeat;
  };

  explicit AnswerCache(Options options) : options_(std::move(options)) {}

  // What is kept of `snapshot` under either key; null for none.
  Answer Find(const std::shared_ptr<const query::Snapshot>& snapshot,
              absl::string_view key);

  // The same, or what `make` answers, which is then kept unless it has no name:
  // that one may have one the next time. `key` names all that the answer
  // depends on; it is found under `alias`, too, which is another way to say the
  // same. `check` is polled while another call makes the answer, and its error
  // returned.
  absl::StatusOr<Answer> Of(
      const std::shared_ptr<const query::Snapshot>& snapshot,
      const std::string& key, const std::string& alias, const Check& check,
      const std::function<absl::StatusOr<SentAnswer>()>& make);

  size_t bytes() const;

 private:
  // Of one answer that has been asked for in several ways.
  static constexpr size_t kMostKeys = 4;

  struct Entry {
    Answer answer;
    std::vector<std::string> keys;
    size_t bytes = 0;
  };
  using Entries = std::list<Entry>;

  // The rest is called under mutex_.
  bool IsOf(const std::shared_ptr<const query::Snapshot>& snapshot) const;
  Answer FindKey(absl::string_view key);
  void AddKey(Entries::iterator entry, const std::string& key);
  void Remove(Entries::iterator entry);
  void Trim();

  const Options options_;
  // Not absl::Mutex: ThreadSanitizer cannot see into the system's Abseil.
  mutable std::mutex mutex_;
  std::condition_variable made_;
  // Guarded by mutex_. The snapshot is not kept alive.
  std::weak_ptr<const query::Snapshot> snapshot_;
  Entries entries_;  // latest used first
  absl::flat_hash_map<std::string, Entries::iterator> at_;
  absl::flat_hash_set<std::string> in_making_;
  size_t bytes_ = 0;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_ANSWER_CACHE_H_
