// Errors for names that do not exist, all in one form: what was meant, where
// it stands in the request, and what comes near it.

#ifndef COLLATE_SERVICE_API_UNKNOWN_H_
#define COLLATE_SERVICE_API_UNKNOWN_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "service/base/error.h"

namespace collate::api {

inline base::Error UnknownName(absl::StatusCode code, absl::string_view reason,
                               absl::string_view kind, absl::string_view value,
                               absl::string_view path,
                               const std::vector<std::string>& near) {
  std::string message = absl::StrCat("no ", kind, " '", value, "'");
  if (!near.empty()) {
    absl::StrAppend(&message, "; did you mean ", absl::StrJoin(near, ", "),
                    "?");
  }
  base::Error error(code, reason, message);
  error.With("kind", kind)
      .With("value", value)
      .With("near_matches", absl::StrJoin(near, ", "))
      .Field(path, absl::StrCat("unknown ", kind, " '", value, "'"));
  return error;
}

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_UNKNOWN_H_
