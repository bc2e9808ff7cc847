#include "client/text_file.h"

#include <google/protobuf/io/tokenizer.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace collate::client {
namespace {

absl::Status NotReadable(const std::string& path, absl::string_view why) {
  return base::Error(absl::StatusCode::kNotFound, "FILE_NOT_READABLE",
                     absl::StrCat("cannot read ", path, ": ", why))
      .With("path", path);
}

// Keeps the first error: what follows it is often its consequence.
class FirstMistake final : public google::protobuf::io::ErrorCollector {
 public:
  FirstMistake(std::string path, absl::string_view invalid)
      : path_(std::move(path)), invalid_(invalid) {}

  void AddError(int line, int column, const std::string& message) override {
    if (!status_.ok()) return;
    status_ = MistakeAt(path_, line, column, invalid_, message);
  }
  const absl::Status& status() const { return status_; }

 private:
  const std::string path_;
  const std::string invalid_;
  absl::Status status_;
};

}  // namespace

absl::Status MistakeAt(const std::string& path, int line, int column,
                       absl::string_view invalid, absl::string_view what) {
  if (line < 0) {
    return base::Error(absl::StatusCode::kInvalidArgument, invalid,
                       absl::StrCat(path, ": ", what))
        .With("path", path);
  }
  return base::Error(
             absl::StatusCode::kInvalidArgument, invalid,
             absl::StrCat(path, ":", line + 1, ":", column + 1, ": ", what))
      .With("path", path)
      .With("line", absl::StrCat(line + 1))
      .With("column", absl::StrCat(column + 1));
}

absl::Status ReadTextFile(const std::string& path, absl::string_view invalid,
                          google::protobuf::Message& message,
                          google::protobuf::TextFormat::ParseInfoTree* places) {
  const bool standard = path == "-";
  std::error_code ignored;
  if (!standard && std::filesystem::is_directory(path, ignored)) {
    return NotReadable(path, "it is a folder");
  }
  const std::string name = standard ? "standard input" : path;
  std::ifstream file;
  if (!standard) file.open(path, std::ios::binary);
  std::istream& in = standard ? std::cin : file;
  std::ostringstream read;
  // Reading nothing sets the target's failbit, and is no mistake here.
  if (in && in.peek() != std::istream::traits_type::eof()) read << in.rdbuf();
  if ((!standard && !file.is_open()) || in.bad() || !read) {
    return NotReadable(name, "it is not there, or not readable");
  }
  const std::string text = std::move(read).str();
  if (text.size() > kMaxTextFileBytes) {
    return MistakeAt(
        name, -1, -1, invalid,
        absl::StrCat("has ", text.size(), " bytes and the limit is ",
                     kMaxTextFileBytes));
  }
  FirstMistake mistakes(name, invalid);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&mistakes);
  if (places != nullptr) parser.WriteLocationsTo(places);
  if (parser.ParseFromString(text, &message)) return absl::OkStatus();
  return mistakes.status().ok()
             ? MistakeAt(name, -1, -1, invalid, "cannot be parsed")
             : mistakes.status();
}

}  // namespace collate::client
