// A store that hands everything on to another: for tests that change or count
// one thing.

#ifndef COLLATE_TESTS_TESTING_FORWARDING_STORE_H_
#define COLLATE_TESTS_TESTING_FORWARDING_STORE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/store.h"

namespace collate::testing {

class ForwardingStore : public store::Store {
 public:
  // `inner` must outlive it.
  explicit ForwardingStore(store::Store* inner) : inner_(*inner) {}

  absl::Status Publish(const store::ReleaseDraft& draft) override {
    return inner_.Publish(draft);
  }
  absl::Status Withdraw(absl::string_view release,
                        absl::string_view reason) override {
    return inner_.Withdraw(release, reason);
  }
  absl::StatusOr<std::vector<store::Release>> ListReleases() const override {
    return inner_.ListReleases();
  }
  absl::StatusOr<store::Release> GetRelease(
      absl::string_view name) const override {
    return inner_.GetRelease(name);
  }
  absl::StatusOr<std::vector<store::Observations>> ReadObservations(
      absl::string_view release) const override {
    return inner_.ReadObservations(release);
  }
  absl::StatusOr<std::string> Fingerprint(
      absl::string_view release) const override {
    return inner_.Fingerprint(release);
  }
  absl::StatusOr<store::Observations> ReadChunk(absl::string_view release,
                                                uint32_t chunk) const override {
    return inner_.ReadChunk(release, chunk);
  }
  absl::StatusOr<std::string> ReadDocument(absl::string_view sha256,
                                           int64_t offset,
                                           int64_t max_bytes) const override {
    return inner_.ReadDocument(sha256, offset, max_bytes);
  }
  absl::StatusOr<std::vector<std::string>> ListSourceIds() const override {
    return inner_.ListSourceIds();
  }
  absl::Status Check(const store::CheckProgress& progress,
                     store::CheckReport& report) const override {
    return inner_.Check(progress, report);
  }

 private:
  store::Store& inner_;
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_FORWARDING_STORE_H_
