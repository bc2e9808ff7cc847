// Who is behind a number and who is not, as collate.v1 messages.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_CONVERT_COVERAGE_H_
#define COLLATE_SERVICE_API_CONVERT_COVERAGE_H_

#include <string>

#include "collate/v1/statistics.pb.h"
#include "service/query/query.h"
#include "service/vocabulary/state.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::api {

void SetStated(const query::StatedCoverage& stated, v1::StatedCoverage* result);

void SetMissing(const vocabulary::Dimension& reporters,
                vocabulary::MemberId reporter, vocabulary::State state,
                const std::string& reason, v1::MissingReporter* result);

void SetCoverage(const query::Coverage& coverage,
                 const vocabulary::Dimension& reporters, v1::Coverage* result);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_COVERAGE_H_
