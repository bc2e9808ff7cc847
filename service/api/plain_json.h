// Messages as JSON, for records that every call leaves: the text of protobuf's
// own printer, which describes a message's type anew each time it prints one
// and took more of a short question than its answer did.
//
// Thread-safe.

#ifndef COLLATE_SERVICE_API_PLAIN_JSON_H_
#define COLLATE_SERVICE_API_PLAIN_JSON_H_

#include <string>

#include "google/protobuf/message.h"

namespace collate::api {

// The proto3 JSON form on one line, byte for byte as MessageToJsonString
// writes it; empty for what has none. What is more than printable ASCII,
// whole numbers, booleans, enums and messages of these is left to protobuf.
std::string JsonOf(const google::protobuf::Message& message);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_PLAIN_JSON_H_
