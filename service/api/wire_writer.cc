#include "service/api/wire_writer.h"

#include "collate/v1/observation.pb.h"
#include "service/api/convert.h"
#include "service/base/decimal.h"

namespace collate::api {

std::string FieldHead(int number, size_t size) {
  std::string head;
  AppendTag(number, kWireBytes, &head);
  AppendVarint(size, &head);
  return head;
}

void AppendMessage(int number, const google::protobuf::MessageLite& message,
                   std::string* out) {
  AppendTag(number, kWireBytes, out);
  AppendVarint(message.ByteSizeLong(), out);
  message.AppendToString(out);
}

void AppendInterval(int number, const query::Interval& interval,
                    std::string* out) {
  Nested bytes(number, out, 1);
  if (interval.lower.has_value()) {
    AppendNumber(v1::Interval::kLowerFieldNumber, *interval.lower, out);
  }
  if (interval.upper.has_value()) {
    AppendNumber(v1::Interval::kUpperFieldNumber, *interval.upper, out);
  }
  bytes.End();
}

void AppendDecimalInterval(int number, const query::Interval& interval,
                           int scale, std::string* out) {
  Nested bytes(number, out, 1);
  if (interval.lower.has_value()) {
    AppendText(v1::DecimalInterval::kLowerFieldNumber,
               base::FormatDecimal(*interval.lower, scale), out);
  }
  if (interval.upper.has_value()) {
    AppendText(v1::DecimalInterval::kUpperFieldNumber,
               base::FormatDecimal(*interval.upper, scale), out);
  }
  bytes.End();
}

void AppendPeriod(int number, const vocabulary::Period& period,
                  std::string* out) {
  Nested bytes(number, out, 1);
  AppendText(v1::Period::kStartDateFieldNumber, DayText(period.days.begin),
             out);
  AppendText(v1::Period::kEndDateFieldNumber, DayText(period.days.end), out);
  AppendCount(v1::Period::kKindFieldNumber, static_cast<int64_t>(period.kind),
              out);
  AppendText(v1::Period::kTextFieldNumber, vocabulary::FormatPeriod(period),
             out);
  bytes.End();
}

}  // namespace collate::api
