// Where the fields of a recipe stand in its file.

#ifndef COLLATE_PLUGINS_FOI_SPREADSHEET_RECIPE_PLACE_H_
#define COLLATE_PLUGINS_FOI_SPREADSHEET_RECIPE_PLACE_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <string>
#include <utility>

namespace collate::foi_spreadsheet {

// A message, its path, and where it stands in the file.
class Node {
 public:
  Node(const google::protobuf::Message& message,
       const google::protobuf::TextFormat::ParseInfoTree* tree)
      : message_(&message), tree_(tree) {}

  Node Down(const char* name, int index = -1) const {
    const google::protobuf::FieldDescriptor* field = Field(name);
    const auto* reflection = message_->GetReflection();
    Node out(index < 0
                 ? reflection->GetMessage(*message_, field)
                 : reflection->GetRepeatedMessage(*message_, field, index),
             nullptr);
    out.path_ = PathOf(name, index) + ".";
    out.line_ = line_;
    out.column_ = column_;
    const auto [line, column] = PlaceOf(name, index);
    out.line_ = line;
    out.column_ = column;
    if (tree_ != nullptr) out.tree_ = tree_->GetTreeForNested(field, index);
    return out;
  }

  const google::protobuf::Message& message() const { return *message_; }
  std::string PathOf(const char* name, int index = -1) const {
    std::string out = path_ + name;
    if (index >= 0) out += "[" + std::to_string(index) + "]";
    return out;
  }
  // Of the message itself where the field is absent.
  std::pair<int, int> PlaceOf(const char* name, int index = -1) const {
    if (tree_ != nullptr) {
      const google::protobuf::FieldDescriptor* field = Field(name);
      if (field->is_repeated() == (index >= 0)) {
        const auto at = tree_->GetLocation(field, index);
        if (at.line >= 0) return {at.line + 1, at.column + 1};
      }
    }
    return {line_, column_};
  }

 private:
  const google::protobuf::FieldDescriptor* Field(const char* name) const {
    return message_->GetDescriptor()->FindFieldByName(name);
  }

  const google::protobuf::Message* message_;
  const google::protobuf::TextFormat::ParseInfoTree* tree_;
  std::string path_;
  int line_ = 1;
  int column_ = 1;
};

}  // namespace collate::foi_spreadsheet

#endif  // COLLATE_PLUGINS_FOI_SPREADSHEET_RECIPE_PLACE_H_
