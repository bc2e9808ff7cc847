// Turns a worker's output into a RawDocument, byte by byte as it arrives. The
// worker is not believed: every number, reference and text is checked again.
//
// One thread.

#ifndef COLLATE_SERVICE_INGEST_FRAME_READER_H_
#define COLLATE_SERVICE_INGEST_FRAME_READER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "collate/worker/v1/worker.pb.h"
#include "service/base/digest.h"
#include "service/ingest/raw.h"

namespace collate::ingest {

class FrameReader {
 public:
  struct Options {
    std::string adapter_id;  // what Hello must say
    std::string adapter_version;
    int64_t max_rows = 0;
    int64_t result_bytes = 0;
    std::function<void(uint64_t done, uint64_t total)> progress;  // may be null
  };

  explicit FrameReader(Options options);

  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  // Takes the next bytes. Errors are final; reasons ADAPTER_PROTOCOL_ERROR
  // and ADAPTER_OUTPUT_LIMIT.
  absl::Status Append(absl::string_view bytes);

  // The trailer, verified against everything before it; null until it came.
  const worker::v1::Trailer* trailer() const {
    return trailer_ ? &*trailer_ : nullptr;
  }

  // What the worker said of itself before it loaded the adapter; null until
  // it came.
  const worker::v1::Hello* hello() const { return hello_ ? &*hello_ : nullptr; }

  // What was read so far.
  RawDocument& document() { return document_; }

 private:
  absl::Status ReadFrame(absl::string_view frame);
  absl::Status ReadHello(const worker::v1::Hello& hello);
  absl::Status ReadStrings(worker::v1::Strings* strings);
  absl::Status ReadTable(const worker::v1::Table& table);
  absl::Status ReadRows(const worker::v1::Rows& rows);
  absl::Status ReadDiagnostic(const worker::v1::Diagnostic& diagnostic);
  absl::Status ReadAttachment(const worker::v1::Attachment& attachment);
  absl::Status ReadTrailer(const worker::v1::Trailer& trailer);
  absl::Status Spend(size_t bytes);

  const Options options_;
  std::string buffer_;  // bytes of a frame that is not complete
  base::Sha256 digest_;
  std::optional<worker::v1::Hello> hello_;
  bool attachment_open_ = false;
  std::vector<std::string> dictionary_;  // entry 0 is the empty text
  size_t dictionary_bytes_ = 0;
  size_t result_bytes_ = 0;
  std::optional<worker::v1::Trailer> trailer_;
  RawDocument document_;
};

}  // namespace collate::ingest

#endif  // COLLATE_SERVICE_INGEST_FRAME_READER_H_
