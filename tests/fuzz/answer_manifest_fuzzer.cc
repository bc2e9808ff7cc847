// Any text as the manifest of an answer: it is read, and then fits together, or
// is refused with the place of every mistake.

#include <cstdint>
#include <set>
#include <string>
#include <tuple>

#include "absl/strings/match.h"
#include "service/answer/manifest.h"
#include "tests/fuzz/service_checks.h"

namespace {

using collate::answer::FilesNamedIn;
using collate::answer::Manifest;
using collate::answer::ParseManifest;
using collate::answer::Response;
using collate::fuzz::Require;

void RequireSound(const Manifest& manifest) {
  Require(manifest.responses.size() == manifest.reporters.size() *
                                           manifest.questions.size() *
                                           manifest.periods.size(),
          "each reporter, question and period has one response");
  std::set<std::tuple<size_t, size_t, size_t>> keys;
  bool figures = false;
  for (const Response& response : manifest.responses) {
    Require(response.reporter < manifest.reporters.size() &&
                response.question < manifest.questions.size() &&
                response.period < manifest.periods.size(),
            "a response is about something");
    Require(keys.emplace(response.reporter, response.question, response.period)
                .second,
            "no response stands twice");
    Require(collate::answer::StatusText(response.status).size() > 7,
            "a response has a status");
    figures = figures || HasFigures(response.status);
  }
  Require(figures == manifest.HasFigures(), "figures are said to be there");
  for (const auto& file : manifest.files) {
    Require(file.sha256.size() == 64 &&
                file.sha256.find_first_not_of("0123456789abcdef") ==
                    std::string::npos,
            "a file has a digest");
  }
  for (const auto& period : manifest.periods) {
    Require(!period.name.empty() &&
                period.period.days.begin < period.period.days.end,
            "a period has a name and days");
  }
  if (manifest.request.has_value() && manifest.received.has_value()) {
    Require(*manifest.request <= *manifest.received, "dates are in order");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = collate::fuzz::Text(data, size);
  const google::protobuf::LogSilencer silence;
  const auto manifest = ParseManifest(text, "x.answer.textproto");
  const std::vector<std::string> names = FilesNamedIn(text);
  if (!manifest.ok()) {
    collate::fuzz::RequireReason(manifest.status(), "INVALID_ANSWER");
    Require(
        absl::StartsWith(manifest.status().message(), "x.answer.textproto:"),
        "a mistake has a place");
    return 0;
  }
  RequireSound(*manifest);
  Require(names.size() == manifest->files.size(), "its files are named");
  for (size_t i = 0; i < names.size(); ++i) {
    Require(names[i] == manifest->files[i].name, "in their order");
  }
  return 0;
}
