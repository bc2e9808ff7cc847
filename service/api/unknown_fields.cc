#include "service/api/unknown_fields.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/unknown_field_set.h"
#include "service/base/error.h"

namespace collate::api {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status Check(const Message& message, const std::string& path) {
  const Reflection& reflection = *message.GetReflection();
  const auto& unknown = reflection.GetUnknownFields(message);
  if (!unknown.empty()) {
    const std::string where = path.empty() ? std::string("the request") : path;
    const std::string number = absl::StrCat(unknown.field(0).number());
    return base::Error(absl::StatusCode::kInvalidArgument, "UNKNOWN_FIELD",
                       absl::StrCat(where, " has a field number ", number,
                                    " that this version of ",
                                    message.GetTypeName(), " does not know"))
        .With("message", message.GetTypeName())
        .With("number", number)
        .Field(path, absl::StrCat("unknown field number ", number));
  }
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const std::string name =
        path.empty() ? field->name() : absl::StrCat(path, ".", field->name());
    if (!field->is_repeated()) {
      const absl::Status status =
          Check(reflection.GetMessage(message, field), name);
      if (!status.ok()) return status;
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      const absl::Status status =
          Check(reflection.GetRepeatedMessage(message, field, i),
                absl::StrCat(name, "[", i, "]"));
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckNoUnknownFields(const Message& request) {
  return Check(request, "");
}

}  // namespace collate::api
