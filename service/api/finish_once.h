// A door that opens once. gRPC's callback API aborts the process when a call
// is finished twice, and a call's end can come from several threads at once.

#ifndef COLLATE_SERVICE_API_FINISH_ONCE_H_
#define COLLATE_SERVICE_API_FINISH_ONCE_H_

#include <atomic>

namespace collate::api {

class FinishOnce {
 public:
  // True for exactly one caller, from whatever thread.
  [[nodiscard]] bool Claim() {
    return !claimed_.exchange(true, std::memory_order_acq_rel);
  }

 private:
  std::atomic<bool> claimed_{false};
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_FINISH_ONCE_H_
