// What the service and a worker agree on beyond the frames themselves
// (protos/collate/worker/v1/worker.proto).

#ifndef COLLATE_SERVICE_WORKER_PROTOCOL_H_
#define COLLATE_SERVICE_WORKER_PROTOCOL_H_

#include <cstddef>
#include <cstdint>

namespace collate::worker {

inline constexpr uint32_t kProtocolVersion = 2;

// The plugin ABI that this build's worker has (plugins/sdk/adapter.h, which
// nothing but the worker may include; library.cc holds them together).
inline constexpr uint32_t kAbiMajor = 1;
inline constexpr uint32_t kAbiMinor = 0;

// A frame is its length, 4 bytes, little-endian, and that many bytes.
inline constexpr size_t kLengthBytes = 4;
inline constexpr size_t kMaxFrameBytes = size_t{1} << 20;
inline constexpr uint32_t kMaxRowsPerFrame = 4096;

// Descriptors of a worker. Resources follow the document, then the library.
inline constexpr int kJobFd = 3;
inline constexpr int kFramesFd = 4;
inline constexpr int kDocumentFd = 5;
inline constexpr int kMaxResources = 256;

// The dictionary is restarted by the worker when it grows beyond these; the
// service refuses what is well above.
inline constexpr size_t kDictionaryStrings = size_t{1} << 20;
inline constexpr size_t kDictionaryBytes = size_t{32} << 20;

}  // namespace collate::worker

#endif  // COLLATE_SERVICE_WORKER_PROTOCOL_H_
