#include "service/answer/manifest.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "collate/foi/v1/answer_manifest.pb.h"
#include "service/answer/working_days.h"
#include "service/base/error.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::answer {
namespace {

namespace pb = ::collate::foi::v1;
using google::protobuf::FieldDescriptor;
using google::protobuf::RepeatedPtrField;
using google::protobuf::TextFormat;
using vocabulary::Day;

constexpr size_t kMaxListed = 20;

struct Finding {
  Place place;
  std::string what;
};

absl::Status Invalid(absl::string_view name,
                     const std::vector<Finding>& findings) {
  std::vector<std::string> lines;
  for (const Finding& finding : findings) {
    if (lines.size() == kMaxListed) break;
    lines.push_back(absl::StrCat(name, ":", finding.place.line, ":",
                                 finding.place.column, ": ", finding.what));
  }
  std::string message = lines[0];
  if (findings.size() > 1) {
    absl::StrAppend(&message, " (and ", findings.size() - 1, " more)");
  }
  base::Error error(absl::StatusCode::kInvalidArgument, "INVALID_ANSWER",
                    message);
  error.With("document", name)
      .With("locator", absl::StrCat(name, ":L", findings[0].place.line, ":C",
                                    findings[0].place.column));
  if (findings.size() > 1) {
    error.With("errors", absl::StrJoin(lines, "\n"))
        .With("error_count", absl::StrCat(findings.size()));
  }
  return error;
}

class Collector final : public google::protobuf::io::ErrorCollector {
 public:
  explicit Collector(std::vector<Finding>& findings) : findings_(findings) {}
  void AddError(int line, int column, const std::string& message) override {
    findings_.push_back({{line + 1, column + 1}, message});
  }

 private:
  std::vector<Finding>& findings_;
};

// A message with the places of its fields.
struct Located {
  const google::protobuf::Descriptor* type;
  const TextFormat::ParseInfoTree* tree;
  Place at;  // of the message

  // Of a field, or of one entry of a repeated one; of the message where the
  // field is absent.
  Place Of(const char* field_name, int index = -1) const {
    const FieldDescriptor* field = type->FindFieldByName(field_name);
    // The parser's tree does not forgive an index that is none.
    if (tree == nullptr || field->is_repeated() != (index >= 0)) return at;
    const TextFormat::ParseLocation found = tree->GetLocation(field, index);
    return found.line < 0 ? at : Place{found.line + 1, found.column + 1};
  }

  Located Nested(const char* field_name, int index) const {
    const FieldDescriptor* field = type->FindFieldByName(field_name);
    return {field->message_type(),
            tree == nullptr ? nullptr : tree->GetTreeForNested(field, index),
            Of(field_name, index)};
  }
};

bool IsHex(absl::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(c));
         });
}

bool IsBlank(absl::string_view text) {
  return absl::StripAsciiWhitespace(text).empty();
}

// "id" or "id/version".
bool IsRecipe(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  const bool versioned = absl::StrContains(text, '/');
  const auto is_of_id = [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  };
  const auto& [id, version] = parts;
  return !id.empty() && id.size() <= 63 && absl::ascii_islower(id[0]) &&
         std::all_of(id.begin(), id.end(), is_of_id) &&
         versioned == !version.empty() &&
         std::all_of(version.begin(), version.end(),
                     [](char c) { return absl::ascii_isdigit(c); });
}

// "s.12", "s.40(2)", "s.31(1)(a)", "s.15A".
bool IsSection(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "s.")) return false;
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(text[digits])) ++digits;
  if (digits < 1 || digits > 2) return false;
  text.remove_prefix(digits);
  if (!text.empty() && absl::ascii_isupper(text[0])) text.remove_prefix(1);
  while (absl::ConsumePrefix(&text, "(")) {
    size_t inside = 0;
    while (inside < text.size() && absl::ascii_isalnum(text[inside])) ++inside;
    if (inside < 1 || inside > 4) return false;
    text.remove_prefix(inside);
    if (!absl::ConsumePrefix(&text, ")")) return false;
  }
  return text.empty();
}

// A ground in words must not smuggle in a section: what may follow from a
// refusal depends on its sections.
bool NamesSection(absl::string_view ground) {
  const std::string text = absl::AsciiStrToLower(ground);
  for (const std::string word : {"s.", "section ", "sec. "}) {
    for (size_t at = text.find(word); at != text.npos;
         at = text.find(word, at + 1)) {
      const size_t after = at + word.size();
      const bool starts = at == 0 || !absl::ascii_isalnum(text[at - 1]);
      if (starts && after < text.size() && absl::ascii_isdigit(text[after])) {
        return true;
      }
    }
  }
  return false;
}

// Initials or a role; a name of a person has no place here.
bool IsRole(absl::string_view text) {
  static constexpr absl::string_view kRoles[] = {"analyst",    "developer",
                                                 "editor",     "journalist",
                                                 "researcher", "volunteer"};
  if (std::count(std::begin(kRoles), std::end(kRoles), text) > 0) return true;
  return !text.empty() && text.size() <= 3 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalpha(static_cast<unsigned char>(c));
         });
}

absl::string_view NameOf(pb::Status status) {
  return StatusText(static_cast<Status>(status));
}

class Builder {
 public:
  Builder(const pb::AnswerManifest& text, const TextFormat::ParseInfoTree& tree)
      : text_(text), root_{text.GetDescriptor(), &tree, Place()} {}

  Manifest Build() {
    AddFiles();
    AddReporters();
    AddPeriods();
    AddDates();
    AddQuestions();
    AddResponses();
    AddRest();
    return std::move(result_);
  }

  std::vector<Finding>& findings() { return findings_; }

 private:
  void Fault(const Place& place, absl::string_view what) {
    findings_.push_back({place, std::string(what)});
  }

  std::optional<Day> ReadDay(const Located& at, const char* field,
                             const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto day = vocabulary::ParseDay(text);
    if (day.ok()) return *day;
    Fault(at.Of(field), absl::StrCat(field, " is '", text,
                                     "', expected a day as 2024-05-01"));
    return std::nullopt;
  }

  void AddFiles() {
    for (int i = 0; i < text_.files_size(); ++i) {
      const pb::AnswerFile& file = text_.files(i);
      const Located at = root_.Nested("files", i);
      if (IsBlank(file.name()) || absl::StrContains(file.name(), '/')) {
        Fault(at.Of("name"), absl::StrCat("name of a file is '", file.name(),
                                          "', expected one without folders"));
      }
      if (!IsHex(file.sha256())) {
        Fault(at.Of("sha256"), absl::StrCat("sha256 is '", file.sha256(),
                                            "', expected 64 hex digits"));
      }
      if (file.contents() == pb::CONTENTS_UNSPECIFIED) {
        Fault(at.Of("contents"),
              "contents is missing: CONTENTS_FIGURES, or CONTENTS_LETTER for "
              "a file that nothing is read from");
      }
      for (const File& other : result_.files) {
        if (other.name == file.name()) {
          Fault(at.Of("name"),
                absl::StrCat("file '", file.name(), "' is named twice"));
        }
      }
      if (!file.recipe().empty() && !IsRecipe(file.recipe())) {
        Fault(at.Of("recipe"), absl::StrCat("recipe is '", file.recipe(),
                                            "', expected an id such as "
                                            "s15a_answer_q1, or ID/VERSION"));
      } else if (!file.recipe().empty() &&
                 file.contents() == pb::CONTENTS_LETTER) {
        Fault(at.Of("recipe"), "a letter is not read, so it has no recipe");
      }
      result_.files.push_back(
          {file.name(), absl::AsciiStrToLower(file.sha256()),
           static_cast<Contents>(file.contents()), file.recipe(), at.at});
    }
  }

  void AddReporters() {
    if (text_.reporters().empty()) {
      Fault(root_.at, "reporters is missing: say who was asked");
    }
    for (int i = 0; i < text_.reporters_size(); ++i) {
      const std::string& name = text_.reporters(i);
      const Place place = root_.Of("reporters", i);
      if (IsBlank(name)) Fault(place, "a reporter's name is empty");
      for (const Reporter& other : result_.reporters) {
        if (other.name == name) {
          Fault(place, absl::StrCat("reporter '", name, "' is named twice"));
        }
      }
      result_.reporters.push_back({name, place});
    }
  }

  void AddPeriods() {
    if (text_.periods().empty()) {
      Fault(root_.at, "periods is missing: say what was asked for");
    }
    for (int i = 0; i < text_.periods_size(); ++i) {
      const pb::AnswerPeriod& period = text_.periods(i);
      const Located at = root_.Nested("periods", i);
      AskedPeriod asked;
      asked.place = at.at;
      asked.as_stated = period.as_stated();
      asked.name = period.text().empty() ? period.as_stated() : period.text();
      if (!ReadPeriod(period, at, &asked.period)) continue;
      for (const AskedPeriod& other : result_.periods) {
        if (other.period == asked.period || other.name == asked.name) {
          Fault(at.at,
                absl::StrCat("period '", asked.name, "' is given twice"));
        }
      }
      result_.periods.push_back(std::move(asked));
    }
  }

  bool ReadPeriod(const pb::AnswerPeriod& text, const Located& at,
                  vocabulary::Period* period) {
    const bool days = !text.first_day().empty() || !text.last_day().empty();
    if (days == !text.text().empty()) {
      Fault(at.at, "a period has either text, or first_day and last_day");
      return false;
    }
    if (!days) {
      const auto read = vocabulary::ParsePeriod(text.text());
      if (!read.ok()) {
        Fault(at.Of("text"), read.status().message());
        return false;
      }
      *period = *read;
      return true;
    }
    if (IsBlank(text.as_stated())) {
      Fault(at.at,
            "as_stated is missing: a period of days says how it was worded");
      return false;
    }
    if (text.first_day().empty() || text.last_day().empty()) {
      Fault(at.at, "a period of days has first_day and last_day");
      return false;
    }
    const auto first = ReadDay(at, "first_day", text.first_day());
    const auto last = ReadDay(at, "last_day", text.last_day());
    if (!first.has_value() || !last.has_value()) return false;
    if (*last < *first) {
      Fault(at.Of("last_day"),
            absl::StrCat("last_day ", text.last_day(), " is before first_day ",
                         text.first_day()));
      return false;
    }
    *period = vocabulary::PeriodOf({*first, *last + 1});
    return true;
  }

  void AddDates() {
    result_.request = ReadDay(root_, "request_date", text_.request_date());
    result_.received = ReadDay(root_, "received_date", text_.received_date());
    result_.published =
        ReadDay(root_, "published_date", text_.published_date());
    if (result_.request.has_value() && result_.received.has_value() &&
        *result_.received < *result_.request) {
      Fault(root_.Of("received_date"),
            absl::StrCat("received_date ", text_.received_date(),
                         " is before request_date ", text_.request_date()));
    }
  }

  void AddQuestions() {
    if (text_.questions().empty()) {
      Fault(root_.at, "questions is missing: say what was asked");
    }
    for (int i = 0; i < text_.questions_size(); ++i) {
      const pb::Question& question = text_.questions(i);
      const Located at = root_.Nested("questions", i);
      if (IsBlank(question.id())) Fault(at.Of("id"), "id is missing");
      if (IsBlank(question.measure())) {
        Fault(at.Of("measure"), "measure is missing: say what it asks for");
      }
      for (const Question& other : result_.questions) {
        if (other.id == question.id()) {
          Fault(at.Of("id"),
                absl::StrCat("question '", question.id(), "' is asked twice"));
        }
      }
      Question asked{
          question.id(), question.measure(), {}, question.universe(), at.at};
      for (int b = 0; b < question.breakdowns_size(); ++b) {
        AddBreakdown(question.breakdowns(b), at.Nested("breakdowns", b),
                     &asked);
      }
      result_.questions.push_back(std::move(asked));
    }
  }

  void AddBreakdown(const pb::Breakdown& text, const Located& at,
                    Question* question) {
    if (IsBlank(text.dimension())) {
      Fault(at.Of("dimension"), "dimension is missing");
    } else if (text.dimension() == vocabulary::kReporterDimension) {
      Fault(at.Of("dimension"),
            "reporters stand in the manifest, not in a breakdown");
    }
    if (text.member().empty() == text.level().empty()) {
      Fault(at.at, "a breakdown has either member or level");
    }
    for (const Breakdown& other : question->breakdowns) {
      if (other.dimension == text.dimension()) {
        Fault(at.Of("dimension"),
              absl::StrCat("dimension '", text.dimension(), "' stands twice"));
      }
    }
    question->breakdowns.push_back(
        {text.dimension(), text.member(), text.level(), at.at});
  }

  // Positions of `names` among `all`; every one where there are no names.
  template <typename Item, typename Name>
  std::vector<size_t> Select(const RepeatedPtrField<std::string>& names,
                             const std::vector<Item>& all, Name name_of,
                             const Located& at, const char* field) {
    std::vector<size_t> chosen;
    for (size_t i = 0; names.empty() && i < all.size(); ++i) {
      chosen.push_back(i);
    }
    for (int n = 0; n < names.size(); ++n) {
      const auto found = std::find_if(
          all.begin(), all.end(),
          [&](const Item& item) { return name_of(item) == names.Get(n); });
      if (found != all.end()) {
        chosen.push_back(static_cast<size_t>(found - all.begin()));
        continue;
      }
      std::vector<std::string> known;
      for (const Item& item : all) known.push_back(name_of(item));
      Fault(at.Of(field, n),
            absl::StrCat("'", names.Get(n), "' is not among the ", field,
                         " of the manifest: ", absl::StrJoin(known, ", ")));
    }
    return chosen;
  }

  void AddResponses() {
    const size_t due = result_.reporters.size() * result_.questions.size() *
                       result_.periods.size();
    if (due > kMaxResponses) {
      Fault(root_.at,
            absl::StrCat("reporters, questions and periods make ", due,
                         " responses and the limit is ", kMaxResponses));
      return;
    }
    // What is wrong elsewhere would be told again for every response.
    if (!findings_.empty()) return;
    std::map<std::tuple<size_t, size_t, size_t>, Response> by_key;
    for (int i = 0; i < text_.responses_size(); ++i) {
      const pb::Response& text = text_.responses(i);
      const Located at = root_.Nested("responses", i);
      const std::string reason = CheckResponse(text, at);
      const auto reporters = Select(
          text.reporters(), result_.reporters,
          [](const Reporter& r) { return r.name; }, at, "reporters");
      const auto questions = Select(
          text.questions(), result_.questions,
          [](const Question& q) { return q.id; }, at, "questions");
      const auto periods = Select(
          text.periods(), result_.periods,
          [](const AskedPeriod& p) { return p.name; }, at, "periods");
      for (const size_t reporter : reporters) {
        for (const size_t question : questions) {
          for (const size_t period : periods) {
            const auto [it, is_new] =
                by_key.try_emplace({reporter, question, period},
                                   Response{reporter, question, period,
                                            static_cast<Status>(text.status()),
                                            reason, at.Of("status")});
            if (is_new) continue;
            Fault(at.at, absl::StrCat(Describe(reporter, question, period),
                                      " has a response at line ",
                                      it->second.place.line, " already"));
          }
        }
      }
    }
    // Nor is a response missing that is only misspelt.
    size_t missing = findings_.size();
    for (size_t r = 0; r < result_.reporters.size(); ++r) {
      for (size_t q = 0; q < result_.questions.size(); ++q) {
        for (size_t p = 0; p < result_.periods.size(); ++p) {
          if (by_key.contains({r, q, p})) continue;
          if (++missing == 1) {
            Fault(result_.questions[q].place,
                  absl::StrCat("no response says what became of ",
                               Describe(r, q, p)));
          }
        }
      }
    }
    for (auto& [key, response] : by_key) {
      result_.responses.push_back(std::move(response));
    }
    CheckFigures();
  }

  std::string Describe(size_t reporter, size_t question, size_t period) const {
    return absl::StrCat("question ", result_.questions[question].id, " to ",
                        result_.reporters[reporter].name, " for ",
                        result_.periods[period].name);
  }

  // The reason of a response in words.
  std::string CheckResponse(const pb::Response& text, const Located& at) {
    const pb::Status status = text.status();
    if (status == pb::STATUS_UNSPECIFIED) {
      Fault(at.Of("status"), "status is missing: say what came back");
      return "";
    }
    const bool refused = status == pb::STATUS_REFUSED;
    if (!refused && !text.sections().empty()) {
      Fault(at.Of("sections", 0),
            absl::StrCat("sections stand with STATUS_REFUSED, not with ",
                         NameOf(status)));
    }
    if (!refused && status != pb::STATUS_NOT_HELD && !text.ground().empty()) {
      Fault(at.Of("ground"),
            absl::StrCat("a ground stands with STATUS_REFUSED or "
                         "STATUS_NOT_HELD, not with ",
                         NameOf(status)));
    }
    for (int i = 0; i < text.sections_size(); ++i) {
      if (IsSection(text.sections(i))) continue;
      Fault(at.Of("sections", i),
            absl::StrCat("section '", text.sections(i),
                         "' is none, expected one such as s.12 or s.40(2)"));
    }
    if (refused && text.sections().empty()) {
      if (IsBlank(text.ground())) {
        Fault(at.at,
              "STATUS_REFUSED has neither sections nor a ground: say on which "
              "it was refused");
      } else if (NamesSection(text.ground())) {
        Fault(at.Of("ground"),
              "the ground names a section: give it in sections");
      }
    }
    const bool answered = HasFigures(static_cast<Status>(status)) || refused ||
                          status == pb::STATUS_NOT_HELD;
    if (answered && text_.received_date().empty()) {
      Fault(at.Of("status"), absl::StrCat(NameOf(status),
                                          " needs received_date: say when the "
                                          "answer arrived"));
    }
    const bool by_date =
        status == pb::STATUS_NO_RESPONSE || status == pb::STATUS_NOT_YET_DUE;
    if (by_date && text_.request_date().empty()) {
      Fault(at.Of("status"),
            absl::StrCat(NameOf(status),
                         " needs request_date: an answer is due on the ",
                         kWorkingDaysToAnswer, "th working day after it"));
    }
    std::string reason = absl::StrJoin(text.sections(), ", ");
    if (!text.ground().empty()) {
      absl::StrAppend(&reason, reason.empty() ? "" : ": ", text.ground());
    }
    if (by_date && result_.request.has_value()) {
      reason = absl::StrCat("asked on ", text_.request_date(), ", due by ",
                            vocabulary::FormatDay(DueDay(*result_.request)));
    }
    return reason;
  }

  // Figures need a file, and a file of figures needs to be spoken of.
  void CheckFigures() {
    const bool file = std::any_of(
        result_.files.begin(), result_.files.end(),
        [](const File& f) { return f.contents == Contents::kFigures; });
    for (const Response& response : result_.responses) {
      if (!HasFigures(response.status)) continue;
      if (!file) {
        Fault(response.place,
              absl::StrCat(StatusText(response.status),
                           " and no file with CONTENTS_FIGURES"));
      }
      return;
    }
    if (file) {
      Fault(root_.at,
            "a file has CONTENTS_FIGURES and no response is STATUS_FULL or "
            "STATUS_PARTIAL; a letter is CONTENTS_LETTER");
    }
  }

  void CheckPerson(const char* field, const std::string& text) {
    if (text.empty() || IsRole(text)) return;
    // Not repeated: it may be a name.
    Fault(root_.Of(field),
          absl::StrCat(field,
                       " is neither up to three letters nor one of "
                       "analyst, developer, editor, journalist, "
                       "researcher and volunteer; never give a name"));
  }

  void AddRest() {
    for (int i = 0; i < text_.supersedes_size(); ++i) {
      const Place place = root_.Of("supersedes", i);
      if (!IsHex(text_.supersedes(i))) {
        Fault(place, absl::StrCat("supersedes is '", text_.supersedes(i),
                                  "', expected 64 hex digits"));
      }
      result_.supersedes.push_back(
          {absl::AsciiStrToLower(text_.supersedes(i)), place});
    }
    CheckPerson("keyed_by", text_.keyed_by());
    CheckPerson("checked_by", text_.checked_by());
    if (!text_.checked_by().empty() && text_.checked_by() == text_.keyed_by()) {
      Fault(root_.Of("checked_by"),
            "checked_by and keyed_by are the same; nobody checks themselves");
    }
    const std::string& address = text_.source_address();
    if (!address.empty() && !absl::StartsWith(address, "https://") &&
        !absl::StartsWith(address, "http://")) {
      Fault(root_.Of("source_address"),
            absl::StrCat("source_address is '", address,
                         "', expected one that begins with https://"));
    }
    result_.request_reference = text_.request_reference();
    result_.edition = text_.edition();
    result_.synthetic = text_.synthetic();
  }

  const pb::AnswerManifest& text_;
  const Located root_;
  Manifest result_;
  std::vector<Finding> findings_;
};

}  // namespace

bool Manifest::HasFigures() const {
  return std::any_of(responses.begin(), responses.end(),
                     [](const Response& response) {
                       return answer::HasFigures(response.status);
                     });
}

absl::string_view StatusText(Status status) {
  const auto* value =
      pb::Status_descriptor()->FindValueByNumber(static_cast<int>(status));
  return value == nullptr ? "STATUS_UNSPECIFIED"
                          : absl::string_view(value->name());
}

absl::StatusOr<Manifest> ParseManifest(absl::string_view text,
                                       absl::string_view name) {
  if (text.size() > kMaxManifestBytes) {
    return InvalidAnswer(
        name, Place(),
        absl::StrCat("the manifest has ", text.size(),
                     " bytes and the limit is ", kMaxManifestBytes));
  }
  std::vector<Finding> findings;
  Collector collector(findings);
  TextFormat::ParseInfoTree places;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&places);
  pb::AnswerManifest message;
  google::protobuf::io::ArrayInputStream in(text.data(),
                                            static_cast<int>(text.size()));
  if (!parser.Parse(&in, &message)) {
    if (findings.empty()) findings.push_back({Place(), "cannot be parsed"});
    return Invalid(name, findings);
  }
  // The text format takes any bytes for a string, the wire only UTF-8; the
  // error is ours to word.
  const google::protobuf::LogSilencer silence;
  pb::AnswerManifest checked;
  if (!checked.ParseFromString(message.SerializeAsString())) {
    return InvalidAnswer(name, Place(), "a text is not UTF-8");
  }
  Builder builder(message, places);
  Manifest manifest = builder.Build();
  if (builder.findings().empty()) return manifest;
  std::stable_sort(builder.findings().begin(), builder.findings().end(),
                   [](const Finding& a, const Finding& b) {
                     return std::tie(a.place.line, a.place.column) <
                            std::tie(b.place.line, b.place.column);
                   });
  return Invalid(name, builder.findings());
}

std::vector<std::string> FilesNamedIn(absl::string_view text) {
  std::vector<Finding> findings;
  Collector collector(findings);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  pb::AnswerManifest message;
  google::protobuf::io::ArrayInputStream in(text.data(),
                                            static_cast<int>(text.size()));
  // What stands before a mistake has been read.
  parser.Parse(&in, &message);
  std::vector<std::string> names;
  for (const pb::AnswerFile& file : message.files()) {
    names.push_back(file.name());
  }
  return names;
}

absl::Status InvalidAnswer(absl::string_view name, const Place& place,
                           absl::string_view what) {
  return Invalid(name, {{place, std::string(what)}});
}

}  // namespace collate::answer
