// The two ends of a streaming call as a handler sees them: blocking, and
// independent of the transport.

#ifndef COLLATE_SERVICE_API_STREAM_H_
#define COLLATE_SERVICE_API_STREAM_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace collate::api {

// Used by the handler's thread only.
template <typename Message>
class Reader {
 public:
  virtual ~Reader() = default;
  // Waits for the next message. False when the client has closed its side;
  // CANCELLED or DEADLINE_EXCEEDED when the call is over.
  virtual absl::StatusOr<bool> Read(Message* message) = 0;
};

// Used by one thread at a time, not necessarily the Reader's.
template <typename Message>
class Writer {
 public:
  virtual ~Writer() = default;
  // Hands a message on, waiting until the one before has left. CANCELLED or
  // DEADLINE_EXCEEDED when the call is over.
  virtual absl::Status Write(Message message) = 0;
  // Hands a message on unless the one before is still on its way; then it is
  // dropped. For news that the next one replaces.
  virtual void TryWrite(Message message) = 0;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_STREAM_H_
