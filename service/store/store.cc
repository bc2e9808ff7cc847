#include "service/store/store.h"

#include <tuple>

#include "service/base/error.h"

namespace collate::store {
namespace {

// The digest at the end of a release's name.
absl::string_view DigestOf(absl::string_view name) {
  const size_t dash = name.rfind('-');
  return dash == absl::string_view::npos ? name : name.substr(dash + 1);
}

}  // namespace

bool Precedes(const Release& a, const Release& b) {
  const auto key = [](const Release& release) {
    // nullopt is less than every time.
    return std::make_tuple(
        release.publish_time, absl::string_view(release.edition),
        DigestOf(release.name), absl::string_view(release.name));
  };
  return key(a) < key(b);
}

absl::Status Store::BackUp(const std::string& directory,
                           const CopyProgress& progress) const {
  return base::Error(absl::StatusCode::kFailedPrecondition,
                     "STORE_NOT_EMBEDDED",
                     "releases are not in the data directory; back up the "
                     "cluster that has them by its own means");
}

}  // namespace collate::store
