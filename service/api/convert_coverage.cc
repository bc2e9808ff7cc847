#include "service/api/convert_coverage.h"

#include "service/api/convert.h"

namespace collate::api {

using vocabulary::Dimension;
using vocabulary::Member;
using vocabulary::MemberId;

void SetStated(const query::StatedCoverage& stated,
               v1::StatedCoverage* result) {
  result->set_reporter_count(stated.reporters);
  result->set_words(stated.words);
}

void SetMissing(const Dimension& reporters, MemberId reporter,
                vocabulary::State state, const std::string& reason,
                v1::MissingReporter* result) {
  const Member& member = reporters.member(reporter);
  result->set_reporter(member.code);
  result->set_title(member.title);
  result->set_state(ToProto(state));
  result->set_reason(reason);
}

void SetCoverage(const query::Coverage& coverage, const Dimension& reporters,
                 v1::Coverage* result) {
  result->set_expected(coverage.expected);
  result->set_due(coverage.due);
  result->set_complete(coverage.complete);
  for (const auto& [state, count] : coverage.tally) {
    v1::StateCount* entry = result->add_tally();
    entry->set_state(ToProto(state));
    entry->set_count(count);
  }
  for (const query::MissingReporter& missing : coverage.missing) {
    SetMissing(reporters, missing.reporter, missing.state, missing.reason,
               result->add_missing());
  }
  if (coverage.stated.has_value()) {
    SetStated(*coverage.stated, result->mutable_stated());
  }
}

}  // namespace collate::api
