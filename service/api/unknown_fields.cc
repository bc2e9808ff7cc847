#include "service/api/unknown_fields.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/unknown_field_set.h"
#include "service/base/error.h"

namespace collate::api {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Where a message stands within another; in words only for a mistake, since
// every request is checked.
struct Place {
  const Place* parent = nullptr;
  const FieldDescriptor* field = nullptr;  // null of the request itself
  int index = 0;

  std::string Path() const {
    if (field == nullptr) return "";
    std::string path = parent->Path();
    if (!path.empty()) path += '.';
    path += field->name();
    if (field->is_repeated()) absl::StrAppend(&path, "[", index, "]");
    return path;
  }
};

absl::Status Refused(const Message& message, const std::string& path) {
  const std::string number = absl::StrCat(
      message.GetReflection()->GetUnknownFields(message).field(0).number());
  return base::Error(absl::StatusCode::kInvalidArgument, "UNKNOWN_FIELD",
                     absl::StrCat(path.empty() ? "the request" : path,
                                  " has a field number ", number,
                                  " that this version of ",
                                  message.GetTypeName(), " does not know"))
      .With("message", message.GetTypeName())
      .With("number", number)
      .Field(path, absl::StrCat("unknown field number ", number));
}

absl::Status Check(const Message& message, const Place& place) {
  const Reflection& reflection = *message.GetReflection();
  if (!reflection.GetUnknownFields(message).empty()) {
    return Refused(message, place.Path());
  }
  const Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* const field = type.field(i);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const bool repeated = field->is_repeated();
    const int count = repeated ? reflection.FieldSize(message, field)
                               : reflection.HasField(message, field);
    for (int at = 0; at < count; ++at) {
      const absl::Status status =
          Check(repeated ? reflection.GetRepeatedMessage(message, field, at)
                         : reflection.GetMessage(message, field),
                {&place, field, at});
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckNoUnknownFields(const Message& request) {
  return Check(request, Place());
}

}  // namespace collate::api
