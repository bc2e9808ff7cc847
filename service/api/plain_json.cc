#include "service/api/plain_json.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"

namespace collate::api {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Needs no escape; protobuf escapes < and >, too.
bool IsPlain(char c) {
  return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '<' && c != '>';
}

bool PrintText(const std::string& text, std::string* out) {
  if (!std::all_of(text.begin(), text.end(), IsPlain)) return false;
  absl::StrAppend(out, "\"", text, "\"");
  return true;
}

bool PrintEnum(const FieldDescriptor& field, int number, std::string* out) {
  const EnumValueDescriptor* const value =
      field.enum_type()->FindValueByNumber(number);
  return value != nullptr && PrintText(value->name(), out);
}

bool PrintMessage(const Message& message, std::string* out);

// The value of a field or, of a repeated one, of the element at `index`. False
// where it is not plain; what was appended is then of no use.
bool PrintValue(const Message& message, const FieldDescriptor& field, int index,
                std::string* out) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.type()) {
    case FieldDescriptor::TYPE_STRING: {
      std::string scratch;
      return PrintText(
          repeated ? reflection.GetRepeatedStringReference(message, &field,
                                                           index, &scratch)
                   : reflection.GetStringReference(message, &field, &scratch),
          out);
    }
    case FieldDescriptor::TYPE_BOOL:
      absl::StrAppend(
          out, (repeated ? reflection.GetRepeatedBool(message, &field, index)
                         : reflection.GetBool(message, &field))
                   ? "true"
                   : "false");
      return true;
    case FieldDescriptor::TYPE_INT32:
      absl::StrAppend(
          out, repeated ? reflection.GetRepeatedInt32(message, &field, index)
                        : reflection.GetInt32(message, &field));
      return true;
    case FieldDescriptor::TYPE_INT64:
      // Numbers of JSON are doubles to many.
      absl::StrAppend(out, "\"",
                      repeated
                          ? reflection.GetRepeatedInt64(message, &field, index)
                          : reflection.GetInt64(message, &field),
                      "\"");
      return true;
    case FieldDescriptor::TYPE_ENUM:
      return PrintEnum(
          field,
          repeated ? reflection.GetRepeatedEnumValue(message, &field, index)
                   : reflection.GetEnumValue(message, &field),
          out);
    case FieldDescriptor::TYPE_MESSAGE:
      return !field.is_map() &&
             PrintMessage(repeated ? reflection.GetRepeatedMessage(
                                         message, &field, index)
                                   : reflection.GetMessage(message, &field),
                          out);
    default:
      return false;
  }
}

bool PrintMessage(const Message& message, std::string* out) {
  // Times and their like have forms of their own.
  if (absl::StartsWith(message.GetDescriptor()->full_name(),
                       "google.protobuf.")) {
    return false;
  }
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  out->push_back('{');
  for (const FieldDescriptor* field : fields) {
    absl::StrAppend(out, field == fields.front() ? "\"" : ",\"",
                    field->json_name(), "\":");
    if (!field->is_repeated()) {
      if (!PrintValue(message, *field, 0, out)) return false;
      continue;
    }
    const int count = reflection.FieldSize(message, field);
    for (int i = 0; i < count; ++i) {
      out->push_back(i == 0 ? '[' : ',');
      if (!PrintValue(message, *field, i, out)) return false;
    }
    out->push_back(']');
  }
  out->push_back('}');
  return true;
}

}  // namespace

std::string JsonOf(const Message& message) {
  std::string text;
  if (PrintMessage(message, &text)) return text;
  text.clear();
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &text);
  return status.ok() ? text : "";
}

}  // namespace collate::api
