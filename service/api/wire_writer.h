// Protobuf's wire format, written straight into bytes, for answers that would
// spend most of their time on messages in between. The order of fields is the
// writer's to keep, and with it the bytes are those of the message.
//
// Pure functions, but for Nested.

#ifndef COLLATE_SERVICE_API_WIRE_WRITER_H_
#define COLLATE_SERVICE_API_WIRE_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message_lite.h"
#include "service/query/bounds.h"
#include "service/vocabulary/period.h"

namespace collate::api {

inline constexpr int kWireVarint = 0;
inline constexpr int kWireBytes = 2;

inline void AppendVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

inline void AppendTag(int number, int type, std::string* out) {
  AppendVarint(static_cast<uint64_t>(number) << 3 | type, out);
}

// Of a field that knows whether it is set.
inline void AppendNumber(int number, int64_t value, std::string* out) {
  AppendTag(number, kWireVarint, out);
  AppendVarint(static_cast<uint64_t>(value), out);
}

// Of one that does not: 0 is left out.
inline void AppendCount(int number, int64_t value, std::string* out) {
  if (value != 0) AppendNumber(number, value, out);
}

// What stands before the bytes of field `number` of a message.
std::string FieldHead(int number, size_t size);

// That, and the bytes.
inline void AppendField(int number, absl::string_view bytes, std::string* out) {
  AppendTag(number, kWireBytes, out);
  AppendVarint(bytes.size(), out);
  out->append(bytes.data(), bytes.size());
}

// Left out where it is empty.
inline void AppendText(int number, const std::string& text, std::string* out) {
  if (!text.empty()) {
    AppendField(number, absl::string_view(text.data(), text.size()), out);
  }
}

void AppendMessage(int number, const google::protobuf::MessageLite& message,
                   std::string* out);

// A collate.v1.Interval.
void AppendInterval(int number, const query::Interval& interval,
                    std::string* out);

// A collate.v1.DecimalInterval, of mantissas of 10^-scale.
void AppendDecimalInterval(int number, const query::Interval& interval,
                           int scale, std::string* out);

// A collate.v1.Period.
void AppendPeriod(int number, const vocabulary::Period& period,
                  std::string* out);

// A message that is written where it belongs, its length once that is known.
class Nested {
 public:
  // `length_bytes` are those that its length usually takes: 1 below 128 bytes,
  // 2 below 16,384. Any other length is right as well, and moves the message.
  Nested(int number, std::string* out, size_t length_bytes = 2)
      : out_(*out), length_bytes_(length_bytes) {
    AppendTag(number, kWireBytes, out);
    begin_ = out->size();
    out->append(length_bytes, '\0');
  }

  // The bytes of the message.
  size_t End() {
    const size_t bytes_of_message = out_.size() - begin_ - length_bytes_;
    size_t size = bytes_of_message;
    char length[10];
    size_t bytes = 0;
    while (size >= 0x80) {
      length[bytes++] = static_cast<char>(size | 0x80);
      size >>= 7;
    }
    length[bytes++] = static_cast<char>(size);
    out_.replace(begin_, length_bytes_, length, bytes);
    return bytes_of_message;
  }

 private:
  std::string& out_;
  const size_t length_bytes_;
  size_t begin_ = 0;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_WIRE_WRITER_H_
