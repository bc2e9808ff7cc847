// What a check of the data directory came to, as a collate.v1 message.
//
// Pure functions.

#ifndef COLLATE_SERVICE_API_CONVERT_STORE_CHECK_H_
#define COLLATE_SERVICE_API_CONVERT_STORE_CHECK_H_

#include "collate/v1/operations.pb.h"
#include "service/store/check_report.h"

namespace collate::api {

// How far a check is.
v1::StoreCheck WithoutProblems(const store::CheckReport& from);

v1::StoreCheck ToProto(const store::CheckReport& from);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_STORE_CHECK_H_
