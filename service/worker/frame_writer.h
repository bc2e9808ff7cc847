// Writes frames to the service: length, bytes, and the digest of all of it.
//
// One thread. Borrows the descriptor.

#ifndef COLLATE_SERVICE_WORKER_FRAME_WRITER_H_
#define COLLATE_SERVICE_WORKER_FRAME_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "collate/worker/v1/worker.pb.h"
#include "service/base/digest.h"

namespace collate::worker {

class FrameWriter {
 public:
  // More than `max_bytes` (0 = any number) are refused, before they are
  // written, with reason ADAPTER_OUTPUT_LIMIT.
  FrameWriter(int fd, uint64_t max_bytes) : fd_(fd), max_bytes_(max_bytes) {}

  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  // ADAPTER_PROTOCOL_ERROR for a frame above 1 MiB: what the adapter handed
  // over at one time is too large. UNAVAILABLE when nobody reads.
  absl::Status Write(const v1::Frame& frame);

  // Adds the digest of everything before and writes past the limit: the end
  // must always get through. Nothing can be written afterwards.
  absl::Status WriteTrailer(v1::Trailer trailer);

  uint64_t byte_count() const { return byte_count_; }

 private:
  absl::Status Put(const v1::Frame& frame);

  const int fd_;
  const uint64_t max_bytes_;
  uint64_t byte_count_ = 0;
  bool ended_ = false;
  base::Sha256 digest_;
  std::string buffer_;
};

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_FRAME_WRITER_H_
