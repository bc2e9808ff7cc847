// Any bytes as a worker's output, or frames as text, each ended by a line
// `---`, to which a right trailer is added. However the bytes are cut, the same
// comes of them: a breach, or a document of which every part is there.

#include <cstdint>
#include <string>

#include "absl/strings/str_split.h"
#include "service/base/digest.h"
#include "service/ingest/frame_reader.h"
#include "service/worker/protocol.h"
#include "tests/fuzz/service_checks.h"

namespace {

using collate::fuzz::Require;
using collate::ingest::FrameReader;
using collate::ingest::RawDocument;
using collate::ingest::RawObservation;
using collate::worker::v1::Frame;
using collate::worker::v1::Trailer;

constexpr int64_t kMaxRows = 100;
constexpr int64_t kResultBytes = 1 << 20;

std::string Framed(const Frame& frame) {
  const std::string body = frame.SerializeAsString();
  std::string bytes;
  for (size_t i = 0; i < collate::worker::kLengthBytes; ++i) {
    bytes.push_back(static_cast<char>(body.size() >> (8 * i) & 0xff));
  }
  return bytes + body;
}

std::string FromText(const std::string& text) {
  std::string bytes;
  uint64_t rows = 0;
  for (const absl::string_view one : absl::StrSplit(text, "\n---\n")) {
    const auto frame = collate::fuzz::MessageFrom<Frame>(std::string(one));
    if (!frame.has_value()) break;
    rows += frame->rows().count();
    bytes += Framed(*frame);
  }
  Frame last;
  Trailer& trailer = *last.mutable_trailer();
  trailer.set_rows(rows);
  trailer.set_origin(Trailer::ORIGIN_ADAPTER);
  collate::base::Sha256 digest;
  digest.Update(bytes);
  trailer.set_sha256(digest.Finish());
  return bytes + Framed(last);
}

void RequireSound(const RawDocument& document) {
  Require(document.observations.size() <= kMaxRows, "no more rows than may be");
  size_t bytes = 0;
  for (const RawObservation& row : document.observations) {
    Require(row.table < document.tables.size(), "a row has a table");
    const bool none =
        row.period_begin == 0 && row.period_end == 0 && row.period_kind == 0;
    Require(none || (row.period_begin < row.period_end &&
                     row.period_kind >= 1 && row.period_kind <= 8),
            "a period has days and a kind");
    for (const auto& number : {row.value, row.lower, row.upper}) {
      Require(
          !number.has_value() || (number->scale >= 0 && number->scale <= 18),
          "a number has a scale");
    }
    bytes += row.raw.size() + row.reason.size() + row.reporter.size();
    for (const std::string& note : row.notes) bytes += note.size();
  }
  Require(bytes <= kResultBytes, "no more bytes than may be");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const google::protobuf::LogSilencer silence;
  std::string bytes = collate::fuzz::Text(data + 1, size - 1);
  if (data[0] == 'T') bytes = FromText(bytes);
  const FrameReader::Options options = {.adapter_id = "a",
                                        .adapter_version = "1.0.0",
                                        .max_rows = kMaxRows,
                                        .result_bytes = kResultBytes};
  FrameReader whole(options);
  const absl::Status status = whole.Append(bytes);
  const size_t cut = bytes.size() * data[0] / 255;
  FrameReader parts(options);
  absl::Status in_parts = parts.Append(absl::string_view(bytes).substr(0, cut));
  if (in_parts.ok()) {
    in_parts = parts.Append(absl::string_view(bytes).substr(cut));
  }
  Require(status == in_parts, "parts end as the whole does");
  if (!status.ok()) {
    collate::fuzz::RequireTyped(status);
    Require(whole.trailer() == nullptr, "what is broken is not complete");
    return 0;
  }
  Require(whole.document().observations.size() ==
                  parts.document().observations.size() &&
              (whole.trailer() == nullptr) == (parts.trailer() == nullptr),
          "parts are the whole");
  RequireSound(whole.document());
  return 0;
}
