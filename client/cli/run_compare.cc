#include "client/cli/run_compare.h"

#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "service/base/error.h"

namespace collate::client {
namespace {

class Collector final : public google::protobuf::io::ErrorCollector {
 public:
  explicit Collector(std::vector<std::string>& mistakes)
      : mistakes_(mistakes) {}
  void AddError(int line, int column, const std::string& message) override {
    mistakes_.push_back(
        absl::StrCat("L", line + 1, ":C", column + 1, ": ", message));
  }

 private:
  std::vector<std::string>& mistakes_;
};

}  // namespace

absl::StatusOr<v1::CompareMeasuresRequest> ReadComparison(
    const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in || !text) {
    return base::Error(absl::StatusCode::kNotFound, "FILE_NOT_READABLE",
                       absl::StrCat("cannot read ", path))
        .With("path", path);
  }
  std::vector<std::string> mistakes;
  Collector collector(mistakes);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  v1::CompareMeasuresRequest request;
  if (!parser.ParseFromString(std::move(text).str(), &request)) {
    return base::Error(
               absl::StatusCode::kInvalidArgument, "INVALID_COMPARISON",
               absl::StrCat(path, " is no collate.v1.CompareMeasuresRequest: ",
                            absl::StrJoin(mistakes, "; ")))
        .With("path", path);
  }
  return request;
}

}  // namespace collate::client
