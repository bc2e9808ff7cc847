#include "service/api/handlers.h"

#include "service/base/error.h"
#include "service/disclosure/profile.h"

namespace collate::api {

absl::Status CheckViews(const Handlers& handlers,
                        absl::string_view disclosure_profile) {
  if (disclosure_profile == disclosure::kNoProfile ||
      (handlers.statistics.shown != nullptr &&
       handlers.exports.shown != nullptr &&
       handlers.catalogue.shown != nullptr)) {
    return absl::OkStatus();
  }
  return base::Error(absl::StatusCode::kInternal, "NO_VIEW",
                     "callers have a disclosure profile, and nothing is "
                     "shown by it")
      .With("profile", disclosure_profile);
}

}  // namespace collate::api
