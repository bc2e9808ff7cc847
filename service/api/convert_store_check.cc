#include "service/api/convert_store_check.h"

#include <string>

#include "absl/strings/escaping.h"

namespace collate::api {

v1::StoreCheck WithoutProblems(const store::CheckReport& from) {
  v1::StoreCheck check;
  check.set_release_count(from.releases);
  check.set_observation_count(from.observations);
  check.set_document_count(from.documents);
  check.set_document_bytes(from.document_bytes);
  check.set_answer_count(from.answers);
  check.set_problem_count(from.problem_count);
  return check;
}

v1::StoreCheck ToProto(const store::CheckReport& from) {
  v1::StoreCheck check = WithoutProblems(from);
  for (const std::string& problem : from.problems) {
    // What is damaged need not be text.
    check.add_problems(absl::CHexEscape(problem));
  }
  return check;
}

}  // namespace collate::api
