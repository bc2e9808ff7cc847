#include "service/worker/frame_writer.h"

#include <errno.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/worker/protocol.h"

namespace collate::worker {
namespace {

absl::Status WriteAll(int fd, const std::string& bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return absl::UnavailableError(
          absl::StrCat("cannot write to the service: ", std::strerror(errno)));
    }
    done += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FrameWriter::Put(const v1::Frame& frame) {
  if (ended_) return absl::InternalError("a frame after the trailer");
  const size_t size = frame.ByteSizeLong();
  if (size > kMaxFrameBytes) {
    return base::Error(absl::StatusCode::kInternal, "ADAPTER_PROTOCOL_ERROR",
                       absl::StrCat("the adapter hands over ", size,
                                    " bytes of text at one time; at most ",
                                    kMaxFrameBytes, " are taken"));
  }
  buffer_.clear();
  for (size_t i = 0; i < kLengthBytes; ++i) {
    buffer_.push_back(static_cast<char>((size >> (8 * i)) & 0xff));
  }
  if (!frame.AppendToString(&buffer_)) {
    return absl::InternalError("a frame that cannot be serialised");
  }
  return absl::OkStatus();
}

absl::Status FrameWriter::Write(const v1::Frame& frame) {
  COLLATE_RETURN_IF_ERROR(Put(frame));
  if (max_bytes_ != 0 && byte_count_ + buffer_.size() > max_bytes_) {
    return base::Error(absl::StatusCode::kResourceExhausted,
                       "ADAPTER_OUTPUT_LIMIT",
                       absl::StrCat("the adapter's output is above ",
                                    max_bytes_, " bytes"))
        .With("limit", absl::StrCat(max_bytes_));
  }
  digest_.Update(buffer_);
  byte_count_ += buffer_.size();
  return WriteAll(fd_, buffer_);
}

absl::Status FrameWriter::WriteTrailer(v1::Trailer trailer) {
  trailer.set_sha256(digest_.Finish());
  v1::Frame frame;
  *frame.mutable_trailer() = std::move(trailer);
  COLLATE_RETURN_IF_ERROR(Put(frame));
  ended_ = true;
  byte_count_ += buffer_.size();
  return WriteAll(fd_, buffer_);
}

}  // namespace collate::worker
