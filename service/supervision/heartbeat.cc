#include "service/supervision/heartbeat.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace collate::supervision {

// What the task shares with whoever waits for it.
struct Heartbeat::Question {
  std::mutex mutex;
  std::condition_variable changed;
  bool waits = false;  // one is with the executor
};

Heartbeat::Heartbeat(Options options)
    : options_(std::move(options)),
      question_(std::make_shared<Question>()),
      moved_(options_.clock->Now()) {}

absl::Status Heartbeat::Probe(absl::Duration timeout) {
  bool answered = false;
  {
    std::unique_lock lock(question_->mutex);
    // One that nobody has come to yet is not asked a second time.
    if (!question_->waits) {
      question_->waits = options_.executor->TrySchedule(
          [state = question_, ask = options_.question] {
            ask();
            const std::lock_guard done(state->mutex);
            state->waits = false;
            state->changed.notify_all();
          });
    }
    answered = question_->waits && question_->changed.wait_for(
                                       lock, absl::ToChronoNanoseconds(timeout),
                                       [this] { return !question_->waits; });
  }
  const uint64_t ended = options_.executor->ended_count();
  const absl::Time now = options_.clock->Now();
  if (answered || ended != ended_) {
    ended_ = ended;
    moved_ = now;
  }
  if (now - moved_ <= options_.patience) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "no question has ended for ",
      absl::FormatDuration(absl::Trunc(now - moved_, absl::Seconds(1))), "; ",
      options_.executor->pending_count(), " run or wait"));
}

}  // namespace collate::supervision
