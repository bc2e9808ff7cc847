#include "service/ingest/answer_release.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "service/answer/working_days.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/vocabulary/state.h"

namespace collate::ingest {
namespace {

using answer::InvalidAnswer;
using vocabulary::Day;
using vocabulary::Dimension;
using vocabulary::Measure;
using vocabulary::Member;
using vocabulary::MemberId;
using vocabulary::State;

constexpr size_t kMaxRows = 1'000'000;

base::Error Invalid(absl::string_view reason, absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, reason, message);
}

bool IsManifest(const ReceivedDocument& document) {
  return document.media_type() == answer::kManifestMediaType;
}

// Every file of the manifest is a document, every document a file of it.
absl::Status CheckFiles(const std::vector<ReceivedDocument>& documents,
                        AnswerOf* answer) {
  const std::string& name = answer->NameIn(documents);
  answer->has_figures.assign(documents.size(), false);
  answer->recipes.assign(documents.size(), "");
  for (const answer::File& file : answer->manifest.files) {
    const auto found = std::find_if(
        documents.begin(), documents.end(), [&](const ReceivedDocument& d) {
          return !IsManifest(d) && d.name() == file.name;
        });
    if (found == documents.end()) {
      return Invalid("ANSWER_FILE_MISSING",
                     absl::StrCat(name, ":", file.place.line, ":",
                                  file.place.column, ": file '", file.name,
                                  "' was not sent with its manifest"))
          .With("document", file.name);
    }
    if (found->sha256() != file.sha256) {
      return Invalid("ANSWER_FILE_DIFFERS",
                     absl::StrCat(name, ":", file.place.line, ":",
                                  file.place.column, ": file '", file.name,
                                  "' has sha256 ", found->sha256(),
                                  ", its manifest says ", file.sha256,
                                  "; it is another file"))
          .With("document", file.name)
          .With("expected", file.sha256)
          .With("found", found->sha256());
    }
    const auto at = static_cast<size_t>(found - documents.begin());
    answer->has_figures[at] = file.contents == answer::Contents::kFigures;
    answer->recipes[at] = file.recipe;
  }
  for (const ReceivedDocument& document : documents) {
    if (IsManifest(document) || std::any_of(answer->manifest.files.begin(),
                                            answer->manifest.files.end(),
                                            [&](const answer::File& file) {
                                              return file.name ==
                                                     document.name();
                                            })) {
      continue;
    }
    return Invalid("DOCUMENT_NOT_IN_ANSWER",
                   absl::StrCat("document '", document.name(),
                                "' is not among the files of ", name))
        .With("document", document.name());
  }
  return absl::OkStatus();
}

// Two statements of one thing, of which one would be forgotten.
absl::Status CheckAgreement(const ReleaseManifest& release,
                            const std::vector<ReceivedDocument>& documents,
                            const AnswerOf& answer) {
  const answer::Manifest& manifest = answer.manifest;
  const auto conflict = [](absl::string_view what) {
    return Invalid("ANSWER_CONFLICT",
                   absl::StrCat("the release and the manifest of its answer "
                                "state two different ",
                                what, "; state it in one of them"));
  };
  if (release.publish_time.has_value() && manifest.published.has_value() &&
      *release.publish_time != PublishTimeOf(manifest, nullptr)) {
    return conflict("dates of publication");
  }
  if (!release.edition.empty() && !manifest.edition.empty() &&
      release.edition != manifest.edition) {
    return conflict("editions");
  }
  for (const ReceivedDocument& document : documents) {
    for (const auto& [key, value] : document.manifest()) {
      if (key == "reporter" || key == "period" || key == "period_first_day" ||
          key == "period_last_day" || key == "request_reference") {
        return Invalid("ANSWER_CONFLICT",
                       absl::StrCat("document '", document.name(),
                                    "' is given '", key,
                                    "', which the manifest of its answer "
                                    "states"))
            .With("document", document.name());
      }
    }
  }
  if (manifest.synthetic && !release.synthetic) {
    return base::Error(absl::StatusCode::kFailedPrecondition,
                       "SYNTHETIC_NOT_DECLARED",
                       absl::StrCat(answer.NameIn(documents),
                                    " says that its figures are made up; send "
                                    "it as a synthetic release, to a store of "
                                    "its own"));
  }
  return absl::OkStatus();
}

State StateOf(answer::Status status) {
  switch (status) {
    case answer::Status::kRefused:
      return State::kRefused;
    case answer::Status::kNoResponse:
      return State::kNoResponse;
    case answer::Status::kNotHeld:
      return State::kNotHeld;
    case answer::Status::kNotAsked:
      return State::kNotAsked;
    case answer::Status::kNotYetDue:
      return State::kNotYetPublished;
    case answer::Status::kFull:
    case answer::Status::kPartial:
      break;
  }
  return State::kUnspecified;
}

// A question in one of the ways in which its figures may be asked for.
struct Cut {
  store::Slice slice;
  // Members asked about, one list for each axis of the slice.
  std::vector<std::vector<std::string>> members;
};

// One number for all members of a level, and one for each: with several
// levels, every combination of broken down and not.
std::vector<Cut> CutsOf(const answer::Question& question,
                        const Measure& measure,
                        const vocabulary::Vocabulary& vocabulary,
                        const vocabulary::DayInterval& days) {
  std::vector<answer::Breakdown> breakdowns = question.breakdowns;
  std::sort(
      breakdowns.begin(), breakdowns.end(),
      [](const auto& a, const auto& b) { return a.dimension < b.dimension; });
  std::vector<Cut> cuts(1);
  cuts[0].slice.measure = measure.code;
  cuts[0].slice.universe = question.universe == "all" ? "" : question.universe;
  cuts[0].slice.floor = measure.floor == vocabulary::MeasureFloor::kZero
                            ? store::Floor::kZero
                            : store::Floor::kNone;
  for (const answer::Breakdown& breakdown : breakdowns) {
    const Dimension& dimension = *vocabulary.FindDimension(breakdown.dimension);
    std::vector<std::string> members;
    std::string level = breakdown.level;
    if (!breakdown.member.empty()) {
      const Member& member =
          dimension.member(*dimension.Find(breakdown.member));
      members.push_back(member.code);
      level = dimension.levels()[static_cast<size_t>(member.level)].code;
    } else {
      for (const Member& member : dimension.members()) {
        if (dimension.levels()[static_cast<size_t>(member.level)].code ==
                level &&
            member.validity.Overlaps(days)) {
          members.push_back(member.code);
        }
      }
    }
    const size_t before = cuts.size();
    for (size_t i = 0; i < before; ++i) {
      Cut cut = cuts[i];
      cut.slice.axes.push_back({breakdown.dimension, level});
      cut.members.push_back(members);
      if (breakdown.member.empty()) {
        cuts.push_back(std::move(cut));
      } else {
        cuts[i] = std::move(cut);
      }
    }
  }
  return cuts;
}

// Calls `use` with every combination of members of a cut.
template <typename Use>
void ForEachCell(const Cut& cut, Use use) {
  std::vector<size_t> at(cut.members.size(), 0);
  for (const auto& members : cut.members) {
    if (members.empty()) return;
  }
  while (true) {
    Pairs dimensions;
    for (size_t axis = 0; axis < at.size(); ++axis) {
      dimensions.emplace_back(cut.slice.axes[axis].dimension,
                              cut.members[axis][at[axis]]);
    }
    use(std::move(dimensions));
    size_t axis = 0;
    while (axis < at.size() && ++at[axis] == cut.members[axis].size()) {
      at[axis++] = 0;
    }
    if (axis == at.size()) return;
  }
}

std::string DidYouMean(const std::vector<std::string>& near) {
  return near.empty()
             ? ""
             : absl::StrCat("; did you mean ", absl::StrJoin(near, ", "), "?");
}

// Names of a manifest against the vocabulary.
class NameChecker {
 public:
  NameChecker(const AnswerOf& answer, absl::string_view name,
              const vocabulary::Vocabulary& vocabulary,
              const std::string& source)
      : manifest_(answer.manifest),
        name_(name),
        vocabulary_(vocabulary),
        source_(source) {}

  absl::Status Check() const {
    const Dimension& reporters = vocabulary_.reporters();
    for (const answer::Reporter& reporter : manifest_.reporters) {
      for (const answer::AskedPeriod& period : manifest_.periods) {
        const Day day = period.period.days.begin;
        if (reporters.Resolve(reporter.name, source_, day).has_value()) {
          continue;
        }
        return Unknown(reporter.place,
                       absl::StrCat("no reporter is called '", reporter.name,
                                    "' on ", vocabulary::FormatDay(day)),
                       reporters.NearMatches(reporter.name));
      }
    }
    for (const answer::Question& question : manifest_.questions) {
      if (vocabulary_.FindMeasure(question.measure) == nullptr) {
        std::vector<std::string> known;
        for (const Measure& measure : vocabulary_.measures()) {
          known.push_back(measure.code);
        }
        return Unknown(
            question.place,
            absl::StrCat("there is no measure '", question.measure, "'"),
            vocabulary::NearMatches(question.measure, known));
      }
      for (const answer::Breakdown& breakdown : question.breakdowns) {
        COLLATE_RETURN_IF_ERROR(CheckBreakdown(breakdown));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Unknown(const answer::Place& place, absl::string_view what,
                       const std::vector<std::string>& near) const {
    return InvalidAnswer(name_, place, absl::StrCat(what, DidYouMean(near)));
  }

  absl::Status CheckBreakdown(const answer::Breakdown& breakdown) const {
    const Dimension* dimension = vocabulary_.FindDimension(breakdown.dimension);
    if (dimension == nullptr) {
      std::vector<std::string> known;
      for (const Dimension& other : vocabulary_.dimensions()) {
        known.push_back(other.code());
      }
      return Unknown(
          breakdown.place,
          absl::StrCat("there is no dimension '", breakdown.dimension, "'"),
          vocabulary::NearMatches(breakdown.dimension, known));
    }
    if (!breakdown.member.empty()) {
      if (dimension->Find(breakdown.member).has_value()) {
        return absl::OkStatus();
      }
      return Unknown(breakdown.place,
                     absl::StrCat("there is no ", breakdown.dimension, " '",
                                  breakdown.member, "'"),
                     dimension->NearMatches(breakdown.member));
    }
    std::vector<std::string> levels;
    for (const vocabulary::Level& level : dimension->levels()) {
      if (level.code == breakdown.level) return absl::OkStatus();
      levels.push_back(level.code);
    }
    return InvalidAnswer(
        name_, breakdown.place,
        absl::StrCat(breakdown.dimension, " has no level '", breakdown.level,
                     "'; it has ", absl::StrJoin(levels, ", ")));
  }

  const answer::Manifest& manifest_;
  const absl::string_view name_;
  const vocabulary::Vocabulary& vocabulary_;
  const std::string& source_;
};

// Whether the due date bears out what a response says of it.
absl::Status CheckDue(const answer::Manifest& manifest,
                      const answer::Response& response, absl::string_view name,
                      Day today) {
  const bool overdue = response.status == answer::Status::kNoResponse;
  if (!overdue && response.status != answer::Status::kNotYetDue) {
    return absl::OkStatus();
  }
  const Day due = answer::DueDay(*manifest.request);
  if (overdue == (due < today)) return absl::OkStatus();
  return InvalidAnswer(
      name, response.place,
      absl::StrCat("the answer is due by ", vocabulary::FormatDay(due),
                   " and today is ", vocabulary::FormatDay(today), ": it is ",
                   overdue ? "STATUS_NOT_YET_DUE" : "STATUS_NO_RESPONSE",
                   ", not ", answer::StatusText(response.status)));
}

absl::Time StartOf(Day day) {
  return absl::FromCivil(absl::CivilDay(1970, 1, 1) + day, absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<std::optional<AnswerOf>> FindAnswer(
    const ReleaseManifest& release,
    const std::vector<ReceivedDocument>& documents) {
  std::optional<AnswerOf> answer;
  for (size_t i = 0; i < documents.size(); ++i) {
    if (!IsManifest(documents[i])) continue;
    if (answer.has_value()) {
      return Invalid("SEVERAL_ANSWERS",
                     absl::StrCat("'", answer->NameIn(documents), "' and '",
                                  documents[i].name(),
                                  "' are manifests of two answers; one "
                                  "release is one answer"));
    }
    COLLATE_ASSIGN_OR_RETURN(
        const std::string text,
        documents[i].ReadAt(
            0, static_cast<int64_t>(answer::kMaxManifestBytes) + 1));
    answer.emplace();
    answer->document = i;
    COLLATE_ASSIGN_OR_RETURN(answer->manifest,
                             answer::ParseManifest(text, documents[i].name()));
  }
  if (!answer.has_value()) return answer;
  COLLATE_RETURN_IF_ERROR(CheckFiles(documents, &*answer));
  COLLATE_RETURN_IF_ERROR(CheckAgreement(release, documents, *answer));
  return answer;
}

Pairs ManifestOf(const AnswerOf& answer, const ReceivedDocument& document) {
  const answer::Manifest& manifest = answer.manifest;
  Pairs pairs = document.manifest();
  for (const answer::AskedPeriod& period : manifest.periods) {
    pairs.emplace_back("period", vocabulary::FormatPeriod(period.period));
  }
  for (const answer::Reporter& reporter : manifest.reporters) {
    pairs.emplace_back("reporter", reporter.name);
  }
  if (!manifest.request_reference.empty()) {
    pairs.emplace_back("request_reference", manifest.request_reference);
  }
  std::stable_sort(
      pairs.begin(), pairs.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
  return pairs;
}

absl::Time PublishTimeOf(const answer::Manifest& manifest,
                         std::optional<Diagnostic>* finding) {
  if (manifest.published.has_value()) return StartOf(*manifest.published);
  const bool silent =
      std::any_of(manifest.responses.begin(), manifest.responses.end(),
                  [](const answer::Response& response) {
                    return response.status == answer::Status::kNoResponse;
                  });
  Day day = 0;
  std::string what = "it was received on";
  if (manifest.received.has_value()) {
    day = *manifest.received;
  } else if (manifest.request.has_value()) {
    day = silent ? answer::DueDay(*manifest.request) : *manifest.request;
    what = silent ? "it was due by" : "it was asked for on";
  }
  if (finding != nullptr) {
    *finding = {Severity::kInfo,
                "PUBLISH_TIME_INFERRED",
                absl::StrCat("the answer has no date of publication; ", what,
                             " ", vocabulary::FormatDay(day),
                             ", and answers by date take that"),
                "published_date",
                vocabulary::FormatDay(day),
                ""};
  }
  return StartOf(day);
}

absl::StatusOr<RawDocument> RowsOf(const AnswerOf& answer,
                                   absl::string_view name,
                                   const vocabulary::Vocabulary& vocabulary,
                                   const std::string& source, Day today) {
  const answer::Manifest& manifest = answer.manifest;
  COLLATE_RETURN_IF_ERROR(
      NameChecker(answer, name, vocabulary, source).Check());
  RawDocument raw;
  // A table for each question and reporter: a table claims every period for
  // every reporter that it has.
  std::map<std::pair<size_t, size_t>, uint32_t> tables;
  for (const answer::Response& response : manifest.responses) {
    COLLATE_RETURN_IF_ERROR(CheckDue(manifest, response, name, today));
    const State state = StateOf(response.status);
    if (state == State::kUnspecified) continue;
    const answer::Question& question = manifest.questions[response.question];
    const answer::Reporter& reporter = manifest.reporters[response.reporter];
    const answer::AskedPeriod& period = manifest.periods[response.period];
    const Measure& measure = *vocabulary.FindMeasure(question.measure);
    const RawLocator place = {
        .column = static_cast<uint32_t>(response.place.column),
        .line = static_cast<uint64_t>(response.place.line)};
    const auto [it, is_new] =
        tables.try_emplace({response.question, response.reporter},
                           static_cast<uint32_t>(raw.tables.size()));
    if (is_new) {
      RawTable& table = raw.tables.emplace_back();
      table.id = absl::StrCat(question.id, " ", reporter.name);
      table.title = absl::StrCat("What became of question ", question.id,
                                 " to ", reporter.name);
      table.measure = measure.code;
      table.unit = measure.unit;
      table.floor = measure.floor == vocabulary::MeasureFloor::kZero
                        ? Floor::kZero
                        : Floor::kNone;
      if (!question.universe.empty()) {
        table.extent.emplace_back("universe", question.universe);
      }
      table.locator = place;
    }
    size_t cells = 0;
    for (const Cut& cut :
         CutsOf(question, measure, vocabulary, period.period.days)) {
      size_t product = 1;
      for (const auto& members : cut.members) {
        product = std::min(product * members.size(), kMaxRows + 1);
      }
      cells += product;
      if (raw.observations.size() + cells > kMaxRows) {
        return InvalidAnswer(
            name, question.place,
            absl::StrCat("the questions ask for more than ", kMaxRows,
                         " figures; ask for fewer levels"));
      }
      ForEachCell(cut, [&, &it = it](Pairs dimensions) {
        RawObservation& row = raw.observations.emplace_back();
        --cells;
        row.table = it->second;
        row.reporter = reporter.name;
        row.period_begin = period.period.days.begin;
        row.period_end = period.period.days.end;
        row.period_kind = static_cast<int32_t>(period.period.kind);
        row.period_text =
            period.as_stated.empty() ? period.name : period.as_stated;
        row.state = state;
        row.dimensions = std::move(dimensions);
        row.raw = std::string(answer::StatusText(response.status));
        row.reason = response.reason;
        row.locator = place;
      });
    }
  }
  raw.accounts.emplace_back("responses", manifest.responses.size());
  raw.accounts.emplace_back("rows_observed", raw.observations.size());
  return raw;
}

std::vector<store::Extent> ExtentsOf(const AnswerOf& answer,
                                     const vocabulary::Vocabulary& vocabulary,
                                     const std::string& source) {
  const answer::Manifest& manifest = answer.manifest;
  std::vector<store::Extent> extents;
  for (const answer::Response& response : manifest.responses) {
    // Others have rows, which speak for themselves.
    if (!answer::HasFigures(response.status)) continue;
    const answer::Question& question = manifest.questions[response.question];
    const vocabulary::DayInterval& days =
        manifest.periods[response.period].period.days;
    const MemberId reporter = *vocabulary.reporters().Resolve(
        manifest.reporters[response.reporter].name, source, days.begin);
    for (const Cut& cut :
         CutsOf(question, *vocabulary.FindMeasure(question.measure), vocabulary,
                days)) {
      extents.push_back(
          {cut.slice, {vocabulary.reporters().member(reporter).code}, {days}});
    }
  }
  return extents;
}

void CheckReporters(const AnswerOf& answer,
                    const vocabulary::Vocabulary& vocabulary,
                    const std::string& source, Harmonised& harmonised) {
  const Dimension& reporters = vocabulary.reporters();
  std::set<std::string> named;
  std::vector<std::string> names;
  for (const answer::Reporter& reporter : answer.manifest.reporters) {
    names.push_back(reporter.name);
    for (const answer::AskedPeriod& period : answer.manifest.periods) {
      const auto id =
          reporters.Resolve(reporter.name, source, period.period.days.begin);
      if (id.has_value()) named.insert(reporters.member(*id).code);
    }
  }
  for (const HarmonisedSlice& slice : harmonised.slices) {
    const store::Observations& rows = slice.observations;
    for (size_t row = 0; row < rows.row_count(); ++row) {
      const std::string& code = rows.strings[rows.reporter.member[row]];
      if (named.contains(code)) continue;
      const store::Locator& at = rows.locator[row];
      const uint32_t table = slice.table[row];
      Refuse(harmonised, table,
             {.reason = "REPORTER_NOT_IN_ANSWER",
              .message = "a figure is of a reporter whom the manifest of the "
                         "answer does not name",
              .expected = absl::StrJoin(names, ", "),
              .found = rows.strings[rows.reporter.label[row]],
              .locator = FormatRawLocator(
                  harmonised.documents[harmonised.tables[table].document].name,
                  {.part = rows.strings[at.part],
                   .sheet = rows.strings[at.sheet],
                   .row = at.row,
                   .column = at.column,
                   .line = at.line})});
    }
  }
  RemoveRefused(harmonised);
}

absl::StatusOr<std::vector<store::Extent>> SupersededExtents(
    const AnswerOf& answer, absl::string_view name,
    const query::Snapshot& snapshot, const store::Release& release,
    Findings& findings) {
  std::vector<store::Extent> extents;
  for (const answer::Superseded& superseded : answer.manifest.supersedes) {
    const std::string place = absl::StrCat(name, ":L", superseded.place.line,
                                           ":C", superseded.place.column);
    bool found = false;
    for (const auto& loaded : snapshot.releases()) {
      const store::Release& earlier = loaded->release;
      if (earlier.source != release.source ||
          earlier.state != store::ReleaseState::kPublished ||
          std::none_of(earlier.documents.begin(), earlier.documents.end(),
                       [&](const store::Document& document) {
                         return document.sha256 == superseded.sha256;
                       })) {
        continue;
      }
      found = true;
      if (!store::Precedes(earlier, release)) {
        return base::Error(
                   absl::StatusCode::kFailedPrecondition, "SUPERSEDES_LATER",
                   absl::StrCat(place, ": ", earlier.name,
                                " is to be superseded and is the later "
                                "statement; check the dates of both, or give "
                                "the correction of the same day an edition"))
            .With("release", earlier.name)
            .With("locator", place);
      }
      extents.insert(extents.end(), earlier.extents.begin(),
                     earlier.extents.end());
    }
    if (found) continue;
    findings.Add({Severity::kWarning, "SUPERSEDED_NOT_LOADED",
                  "the answer that this one supersedes is not loaded from this "
                  "source; it replaces what overlaps with its own questions",
                  "", superseded.sha256, place});
  }
  return extents;
}

}  // namespace collate::ingest
