// Writes what a question would come to: what is wrong with it, its cells, and
// what is published of its measures. Pure functions.

#ifndef COLLATE_CLIENT_RENDER_CHECK_H_
#define COLLATE_CLIENT_RENDER_CHECK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/format.h"
#include "collate/v1/check_query.pb.h"

namespace collate::client {

// In a table each problem is a sentence, and so is what each source has. In
// CSV and as JSON lines the problems come first, then the availability.
absl::StatusOr<std::string> RenderCheck(const v1::CheckQueryResponse& check,
                                        Format format);

std::vector<std::string> CheckNotes(const v1::CheckQueryResponse& check);

}  // namespace collate::client

#endif  // COLLATE_CLIENT_RENDER_CHECK_H_
