#include "service/vocabulary/load.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <system_error>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "collate/vocabulary/v1/vocabulary.pb.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::vocabulary {
namespace {

namespace pb = ::collate::vocabulary::v1;
using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::TextFormat;

struct Finding {
  size_t file;
  int line;  // 1-based; 0 = the file as a whole
  int column;
  std::string what;

  friend bool operator<(const Finding& a, const Finding& b) {
    return std::tie(a.file, a.line, a.column) <
           std::tie(b.file, b.line, b.column);
  }
};

struct File {
  std::string path;
  std::string content;
  pb::VocabularyFile message;
  TextFormat::ParseInfoTree places;
};

// Where a message stands, and a way down to its fields.
class Place {
 public:
  Place(size_t file, const Descriptor* type,
        const TextFormat::ParseInfoTree* tree, TextFormat::ParseLocation at)
      : file_(file), type_(type), tree_(tree), at_(at) {}

  // Of a field of the message, or of one entry of a repeated one; of the
  // message itself when it is absent.
  Place Field(const char* name, int index = -1) const {
    const FieldDescriptor* field = type_->FindFieldByName(name);
    TextFormat::ParseLocation at = at_;
    const TextFormat::ParseInfoTree* tree = nullptr;
    // The parser's tree does not forgive an index that is none.
    if (tree_ != nullptr && field->is_repeated() == (index >= 0)) {
      const TextFormat::ParseLocation found = tree_->GetLocation(field, index);
      if (found.line >= 0) at = found;
      if (field->message_type() != nullptr) {
        tree = tree_->GetTreeForNested(field, index);
      }
    }
    return Place(file_, field->message_type(), tree, at);
  }

  size_t file() const { return file_; }
  int line() const { return at_.line + 1; }
  int column() const { return at_.column + 1; }

 private:
  size_t file_;
  const Descriptor* type_;
  const TextFormat::ParseInfoTree* tree_;  // null where the parser kept none
  TextFormat::ParseLocation at_;
};

class SyntaxCollector : public google::protobuf::io::ErrorCollector {
 public:
  SyntaxCollector(size_t file, std::vector<Finding>& findings)
      : file_(file), findings_(findings) {}

  void AddError(int line, int column, const std::string& message) override {
    findings_.push_back({file_, line + 1, column + 1, message});
  }

 private:
  const size_t file_;
  std::vector<Finding>& findings_;
};

absl::Status NotReadable(const std::string& path, const std::string& why) {
  return base::Error(
             absl::StatusCode::kNotFound, "VOCABULARY_NOT_READABLE",
             absl::StrCat("cannot read the vocabulary at ", path, ": ", why))
      .With("path", path);
}

absl::Status ReadFiles(const std::vector<std::string>& directories,
                       std::deque<File>& files) {
  namespace fs = std::filesystem;
  for (const std::string& directory : directories) {
    std::error_code error;
    std::vector<std::string> paths;
    fs::directory_iterator entry(directory, error);
    while (!error && entry != fs::directory_iterator()) {
      if (entry->path().extension() == ".textproto") {
        paths.push_back(entry->path().string());
      }
      entry.increment(error);
    }
    if (error) return NotReadable(directory, error.message());
    std::sort(paths.begin(), paths.end());
    for (std::string& path : paths) {
      std::ifstream in(path, std::ios::binary);
      std::ostringstream content;
      if (in.peek() != std::ifstream::traits_type::eof()) {
        content << in.rdbuf();
      }
      if (!in.is_open() || in.bad() || content.fail()) {
        return NotReadable(path, "the file cannot be opened or read");
      }
      File& file = files.emplace_back();
      file.path = std::move(path);
      file.content = std::move(content).str();
    }
  }
  return absl::OkStatus();
}

bool IsCode(absl::string_view code) {
  return !code.empty() && code.size() <= 63 &&
         std::all_of(code.begin(), code.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) ||
                  c == '_' || c == '-';
         });
}

// Turns the files into a vocabulary; findings are gathered and what is at
// fault is left out, so that one slip does not hide the next.
class Builder {
 public:
  explicit Builder(const std::deque<File>& files) : files_(files) {}

  absl::StatusOr<Vocabulary> Build(std::string sha256) {
    ForEachFile([this](const pb::VocabularyFile& file, const Place& place) {
      for (int i = 0; i < file.sources_size(); ++i) {
        AddSource(file.sources(i), place.Field("sources", i));
      }
      for (int i = 0; i < file.dimensions_size(); ++i) {
        AddDimension(file.dimensions(i), place.Field("dimensions", i));
      }
    });
    ForEachFile([this](const pb::VocabularyFile& file, const Place& place) {
      for (int i = 0; i < file.member_sets_size(); ++i) {
        DeclareMembers(file.member_sets(i), place.Field("member_sets", i));
      }
    });
    for (DimensionDraft& draft : dimensions_) FillMembers(draft);
    ForEachFile([this](const pb::VocabularyFile& file, const Place& place) {
      for (int i = 0; i < file.measures_size(); ++i) {
        AddMeasure(file.measures(i), place.Field("measures", i));
      }
      for (int i = 0; i < file.panels_size(); ++i) {
        DeclarePanel(file.panels(i), place.Field("panels", i));
      }
    });
    CheckRatios();
    for (const auto& [code, place] : named_panels_) FindPanel(code, place);
    for (PanelDraft& draft : panels_) FillPanel(draft);
    for (PanelDraft& draft : panels_) FollowIncludes(draft);
    if (!findings_.empty()) return Failure(files_, std::move(findings_));

    Vocabulary::Parts parts;
    parts.sha256 = std::move(sha256);
    parts.measures = std::move(measures_);
    parts.sources = std::move(sources_);
    for (PanelDraft& draft : panels_) {
      parts.panels.push_back(std::move(draft.panel));
    }
    for (DimensionDraft& draft : dimensions_) {
      COLLATE_ASSIGN_OR_RETURN(
          Dimension dimension,
          Dimension::Make(std::move(draft.code), std::move(draft.title),
                          std::move(draft.description), std::move(draft.levels),
                          draft.matching, std::move(draft.members)));
      parts.dimensions.push_back(std::move(dimension));
    }
    return Vocabulary::Make(std::move(parts));
  }

  static absl::Status Failure(const std::deque<File>& files,
                              std::vector<Finding> findings) {
    std::stable_sort(findings.begin(), findings.end());
    std::vector<std::string> lines;
    for (const Finding& finding : findings) {
      lines.push_back(absl::StrCat(files[finding.file].path, ":", finding.line,
                                   ":", finding.column, ": ", finding.what));
    }
    return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_VOCABULARY",
                       absl::StrJoin(lines, "\n"))
        .With("findings", absl::StrCat(lines.size()));
  }

 private:
  struct MemberDraft {
    const pb::Member* message;
    Place place;
  };

  struct DimensionDraft {
    std::string code;
    std::string title;
    std::string description;
    std::vector<Level> levels;
    Matching matching = Matching::kExact;
    std::vector<MemberDraft> drafts;
    std::vector<Member> members;  // parallel to drafts
    absl::flat_hash_map<std::string, MemberId> by_code;
  };

  struct PanelDraft {
    const pb::Panel* message;
    Place place;
    Panel panel;
    // Index into panels_ and the place that names it.
    std::vector<std::pair<size_t, Place>> includes;
    enum { kNew, kOpen, kDone } state = kNew;
  };

  template <typename Visit>
  void ForEachFile(Visit visit) {
    for (size_t i = 0; i < files_.size(); ++i) {
      visit(files_[i].message, Place(i, pb::VocabularyFile::descriptor(),
                                     &files_[i].places, {0, 0}));
    }
  }

  void Find(const Place& place, std::string what) {
    findings_.push_back(
        {place.file(), place.line(), place.column(), std::move(what)});
  }

  std::string Where(const Place& place) const {
    return absl::StrCat(files_[place.file()].path, ":", place.line(), ":",
                        place.column());
  }

  static std::string Suggestion(const std::vector<std::string>& near) {
    if (near.empty()) return "";
    return absl::StrCat("; did you mean '", absl::StrJoin(near, "', '"), "'?");
  }

  // Remembers where a code was first declared and finds the second time.
  bool Declare(const char* kind, const std::string& code, const Place& place) {
    const auto [first, added] = declared_.emplace(
        std::pair<std::string, std::string>(kind, code), Where(place));
    if (!added) {
      Find(place, absl::StrCat(kind, " '", code, "' is already declared at ",
                               first->second));
    }
    return added;
  }

  bool CheckCode(const char* kind, const std::string& code,
                 const Place& place) {
    if (!IsCode(code)) {
      Find(place, absl::StrCat("code '", code, "' of a ", kind,
                               " must be 1 to 63 of a-z, 0-9, _ and -"));
      return false;
    }
    return Declare(kind, code, place);
  }

  void CheckTitle(const std::string& title, const Place& place) {
    if (title.empty()) Find(place, "a title is missing");
  }

  Day ReadDay(const std::string& text, Day when_empty, const Place& place) {
    if (text.empty()) return when_empty;
    const absl::StatusOr<Day> day = ParseDay(text);
    if (!day.ok()) {
      Find(place, std::string(day.status().message()));
      return when_empty;
    }
    return *day;
  }

  template <typename Message>
  DayInterval ReadValidity(const Message& message, const Place& owner) {
    if (!message.has_validity()) return {};
    const pb::Validity& validity = message.validity();
    const Place place = owner.Field("validity");
    DayInterval days;
    days.begin =
        ReadDay(validity.first_day(), kOpenBegin, place.Field("first_day"));
    const Place last_place = place.Field("last_day");
    const Day last = ReadDay(validity.last_day(), kOpenEnd, last_place);
    if (last != kOpenEnd) {
      if (last < days.begin) {
        Find(last_place,
             absl::StrCat("last_day ", validity.last_day(),
                          " is before first_day ", validity.first_day()));
      } else {
        days.end = last + 1;
      }
    }
    if (validity.first_day().empty() && validity.last_day().empty()) {
      Find(place,
           "validity names neither first_day nor last_day; leave it "
           "out for always");
    }
    return days;
  }

  Label ReadLabel(const pb::Label& message, const Place& place) {
    const Place text_place = place.Field("text");
    if (message.text().empty()) {
      Find(text_place, "a label without text");
    } else if (absl::StripAsciiWhitespace(message.text()) != message.text()) {
      Find(text_place, absl::StrCat("label '", message.text(),
                                    "' has space around it, which is never "
                                    "part of a printed label"));
    }
    if (!message.source().empty() && !source_ids_.contains(message.source())) {
      Find(place.Field("source"),
           absl::StrCat(
               "unknown source '", message.source(), "'",
               Suggestion(NearMatches(message.source(), {source_ids_.begin(),
                                                         source_ids_.end()}))));
    }
    return {message.text(), message.source(), ReadValidity(message, place)};
  }

  void AddSource(const pb::Source& message, const Place& place) {
    Source source;
    source.id = message.id();
    source.title = message.title();
    source.publisher = message.publisher();
    source.licence = message.licence();
    source.attribution = message.attribution();
    source.url = message.url();
    source.preference = message.preference();
    const Place id_place = place.Field("id");
    if (!IsSourceId(source.id)) {
      Find(id_place, absl::StrCat("source id '", source.id,
                                  "' must be 2 to 63 of a-z, 0-9 and -"));
    } else if (Declare("source", source.id, id_place)) {
      source_ids_.insert(source.id);
    }
    CheckTitle(source.title, place.Field("title"));
    const Place preference_place = place.Field("preference");
    const auto [other, added] =
        preferences_.emplace(source.preference, source.id);
    if (!added) {
      Find(preference_place,
           absl::StrCat("sources '", other->second, "' and '", source.id,
                        "' have the same preference ", source.preference));
    }
    switch (message.access()) {
      case pb::ACCESS_PUBLISHED:
        source.access = Access::kPublished;
        break;
      case pb::ACCESS_RESTRICTED:
        source.access = Access::kRestricted;
        break;
      default:
        Find(place.Field("access"),
             "access must be ACCESS_PUBLISHED or ACCESS_RESTRICTED");
    }
    switch (message.retain()) {
      case pb::RETAIN_ORIGINAL:
        source.retain = Retain::kOriginal;
        break;
      case pb::RETAIN_DIGEST:
        source.retain = Retain::kDigest;
        break;
      default:
        Find(place.Field("retain"),
             "retain must be RETAIN_ORIGINAL or RETAIN_DIGEST");
    }
    if (message.max_document_bytes() < 0) {
      Find(place.Field("max_document_bytes"),
           "max_document_bytes cannot be negative");
    } else if (message.max_document_bytes() > 0) {
      source.max_document_bytes = message.max_document_bytes();
    }
    sources_.push_back(std::move(source));
  }

  void AddDimension(const pb::Dimension& message, const Place& place) {
    const bool usable =
        CheckCode("dimension", message.code(), place.Field("code"));
    DimensionDraft draft;
    draft.code = message.code();
    draft.title = message.title();
    draft.description = message.description();
    CheckTitle(draft.title, place.Field("title"));
    switch (message.matching()) {
      case pb::MATCHING_EXACT:
        draft.matching = Matching::kExact;
        break;
      case pb::MATCHING_FOLDED:
        draft.matching = Matching::kFolded;
        break;
      default:
        Find(place.Field("matching"),
             "matching must be MATCHING_EXACT or MATCHING_FOLDED");
    }
    std::set<std::string> codes;
    for (int i = 0; i < message.levels_size(); ++i) {
      const pb::Level& level = message.levels(i);
      const Place code_place = place.Field("levels", i).Field("code");
      if (!IsCode(level.code())) {
        Find(code_place, absl::StrCat("code '", level.code(),
                                      "' of a level must be 1 to 63 of a-z, "
                                      "0-9, _ and -"));
      } else if (!codes.insert(level.code()).second) {
        Find(code_place,
             absl::StrCat("level '", level.code(), "' is declared twice"));
      }
      draft.levels.push_back({level.code(), level.title(), level.aggregate(),
                              !level.display_titles()});
    }
    if (message.levels_size() == 0) {
      Find(place.Field("levels"),
           absl::StrCat("dimension '", message.code(), "' has no level"));
    }
    if (usable) dimensions_.push_back(std::move(draft));
  }

  DimensionDraft* FindDimension(const std::string& code) {
    for (DimensionDraft& draft : dimensions_) {
      if (draft.code == code) return &draft;
    }
    return nullptr;
  }

  std::vector<std::string> NearDimensions(const std::string& code) const {
    std::vector<std::string> codes;
    for (const DimensionDraft& draft : dimensions_) codes.push_back(draft.code);
    return NearMatches(code, codes);
  }

  void DeclareMembers(const pb::MemberSet& set, const Place& place) {
    DimensionDraft* dimension = FindDimension(set.dimension());
    if (dimension == nullptr) {
      Find(place.Field("dimension"),
           absl::StrCat("unknown dimension '", set.dimension(), "'",
                        Suggestion(NearDimensions(set.dimension()))));
      return;
    }
    for (int i = 0; i < set.members_size(); ++i) {
      const pb::Member& message = set.members(i);
      const Place member_place = place.Field("members", i);
      const Place code_place = member_place.Field("code");
      if (message.code().empty() ||
          absl::StripAsciiWhitespace(message.code()) != message.code()) {
        Find(code_place, absl::StrCat("code '", message.code(),
                                      "' of a member is empty or has space "
                                      "around it"));
        continue;
      }
      if (!Declare(absl::StrCat(dimension->code, " member").c_str(),
                   message.code(), code_place)) {
        continue;
      }
      dimension->by_code.emplace(message.code(), dimension->drafts.size());
      dimension->drafts.push_back({&message, member_place});
    }
  }

  void FillMembers(DimensionDraft& dimension) {
    std::vector<std::string> level_codes;
    for (const Level& level : dimension.levels) {
      level_codes.push_back(level.code);
    }
    bool levels_known = !level_codes.empty();
    for (const MemberDraft& draft : dimension.drafts) {
      Member& member = dimension.members.emplace_back();
      const pb::Member& message = *draft.message;
      member.code = message.code();
      member.title = message.title();
      member.description = message.description();
      CheckTitle(member.title, draft.place.Field("title"));
      const auto level =
          std::find(level_codes.begin(), level_codes.end(), message.level());
      if (level != level_codes.end()) {
        member.level = static_cast<int>(level - level_codes.begin());
      } else {
        levels_known = false;
        Find(draft.place.Field("level"),
             absl::StrCat(
                 "member '", member.code, "': unknown level '", message.level(),
                 "' of dimension '", dimension.code, "'",
                 Suggestion(NearMatches(message.level(), level_codes))));
      }
      switch (message.role()) {
        case pb::ROLE_UNSPECIFIED:
          break;
        case pb::ROLE_UNKNOWN:
          member.role = Role::kUnknown;
          break;
        case pb::ROLE_RESIDUAL:
          member.role = Role::kResidual;
          break;
        default:
          Find(draft.place.Field("role"), "unknown role");
      }
      for (int i = 0; i < message.labels_size(); ++i) {
        member.labels.push_back(
            ReadLabel(message.labels(i), draft.place.Field("labels", i)));
      }
      for (int i = 0; i < message.identifiers_size(); ++i) {
        const pb::Identifier& identifier = message.identifiers(i);
        if (identifier.scheme().empty() || identifier.value().empty()) {
          Find(draft.place.Field("identifiers", i),
               "an identifier needs a scheme and a value");
        } else {
          member.identifiers.emplace_back(identifier.scheme(),
                                          identifier.value());
        }
      }
      member.validity = ReadValidity(message, draft.place);
      for (int i = 0; i < message.series_breaks_size(); ++i) {
        const pb::SeriesBreak& at = message.series_breaks(i);
        const Place day_place =
            draft.place.Field("series_breaks", i).Field("day");
        if (at.day().empty()) Find(day_place, "a series break needs a day");
        member.series_breaks.push_back(
            {ReadDay(at.day(), 0, day_place), at.note()});
      }
    }
    // Parents and relations may point forward, levels must be known to judge
    // them.
    for (size_t i = 0; i < dimension.drafts.size(); ++i) {
      FillParents(dimension, i, levels_known);
      FillRelations(dimension, i);
    }
    if (levels_known) CheckLabels(dimension);
  }

  std::optional<MemberId> FindMember(const DimensionDraft& dimension,
                                     const std::string& code,
                                     const Place& place) {
    const auto found = dimension.by_code.find(code);
    if (found != dimension.by_code.end()) return found->second;
    std::vector<std::string> codes;
    for (const MemberDraft& draft : dimension.drafts) {
      codes.push_back(draft.message->code());
    }
    Find(place, absl::StrCat("unknown ", dimension.code, " member '", code, "'",
                             Suggestion(NearMatches(code, codes))));
    return std::nullopt;
  }

  void FillParents(DimensionDraft& dimension, size_t index, bool levels_known) {
    const MemberDraft& draft = dimension.drafts[index];
    Member& member = dimension.members[index];
    for (int i = 0; i < draft.message->parents_size(); ++i) {
      const pb::Parent& message = draft.message->parents(i);
      const Place place = draft.place.Field("parents", i);
      const Place code_place = place.Field("code");
      const auto id = FindMember(dimension, message.code(), code_place);
      if (!id.has_value()) continue;
      if (levels_known && dimension.members[*id].level >= member.level) {
        Find(code_place,
             absl::StrCat("parent '", message.code(), "' of '", member.code,
                          "' is not of a wider level: '",
                          dimension.levels[dimension.members[*id].level].code,
                          "' against '", dimension.levels[member.level].code,
                          "'"));
        continue;
      }
      member.parents.push_back({*id, ReadValidity(message, place)});
    }
  }

  void FillRelations(DimensionDraft& dimension, size_t index) {
    const MemberDraft& draft = dimension.drafts[index];
    Member& member = dimension.members[index];
    for (int i = 0; i < draft.message->relations_size(); ++i) {
      const pb::Relation& message = draft.message->relations(i);
      const Place place = draft.place.Field("relations", i);
      RelationKind kind = RelationKind::kPublishedInside;
      switch (message.kind()) {
        case pb::RELATION_KIND_PUBLISHED_INSIDE:
          break;
        case pb::RELATION_KIND_UNION_OF:
          kind = RelationKind::kUnionOf;
          break;
        case pb::RELATION_KIND_DEFINITION_DIFFERS:
          kind = RelationKind::kDefinitionDiffers;
          break;
        default:
          Find(place.Field("kind"), "a relation needs a kind");
          continue;
      }
      const auto id =
          FindMember(dimension, message.code(), place.Field("code"));
      if (!id.has_value()) continue;
      if (*id == index) {
        Find(place.Field("code"),
             absl::StrCat("'", member.code, "' is related to itself"));
        continue;
      }
      if (!message.panel().empty()) {
        const Place panel_place = place.Field("panel");
        if (kind != RelationKind::kUnionOf) {
          Find(panel_place, "only a part of a union is of a panel");
          continue;
        }
        named_panels_.emplace_back(message.panel(), panel_place);
      }
      member.relations.push_back({kind, *id, message.note(), message.panel()});
    }
  }

  void CheckLabels(const DimensionDraft& dimension) {
    for (const LabelClash& clash : FindLabelClashes(
             dimension.levels, dimension.matching, dimension.members)) {
      Find(
          PlaceOfLabel(dimension, clash),
          absl::StrCat("label '", clash.label, "' is claimed by '",
                       dimension.members[clash.first].code, "' (",
                       Where(dimension.drafts[clash.first].place), ") and by '",
                       dimension.members[clash.second].code, "'"));
    }
  }

  // The field of the second member that holds the label.
  static Place PlaceOfLabel(const DimensionDraft& dimension,
                            const LabelClash& clash) {
    const MemberDraft& draft = dimension.drafts[clash.second];
    for (int i = 0; i < draft.message->labels_size(); ++i) {
      if (draft.message->labels(i).text() == clash.label) {
        return draft.place.Field("labels", i).Field("text");
      }
    }
    for (int i = 0; i < draft.message->identifiers_size(); ++i) {
      if (draft.message->identifiers(i).value() == clash.label) {
        return draft.place.Field("identifiers", i).Field("value");
      }
    }
    return draft.place.Field(draft.message->title() == clash.label ? "title"
                                                                   : "code");
  }

  void AddMeasure(const pb::Measure& message, const Place& place) {
    Measure measure;
    measure.code = message.code();
    measure.title = message.title();
    measure.unit = message.unit();
    measure.description = message.description();
    measure.additive_over_time = message.additive_over_time();
    CheckCode("measure", measure.code, place.Field("code"));
    CheckTitle(measure.title, place.Field("title"));
    if (measure.unit.empty()) {
      Find(place.Field("unit"), "a measure needs a unit");
    }
    switch (message.floor()) {
      case pb::FLOOR_ZERO:
        measure.floor = MeasureFloor::kZero;
        break;
      case pb::FLOOR_NONE:
        measure.floor = MeasureFloor::kNone;
        break;
      default:
        Find(place.Field("floor"), "floor must be FLOOR_ZERO or FLOOR_NONE");
    }
    for (int i = 0; i < message.additive_dimensions_size(); ++i) {
      const std::string& code = message.additive_dimensions(i);
      if (FindDimension(code) == nullptr) {
        Find(place.Field("additive_dimensions", i),
             absl::StrCat("unknown dimension '", code, "'",
                          Suggestion(NearDimensions(code))));
      }
      measure.additive_dimensions.push_back(code);
    }
    for (int i = 0; i < message.labels_size(); ++i) {
      const Place label_place = place.Field("labels", i);
      Label label = ReadLabel(message.labels(i), label_place);
      const auto [word, added] = measure_words_.emplace(
          std::pair(Folded(label.text), label.source), measure.code);
      if (!added && word->second != measure.code) {
        Find(label_place.Field("text"),
             absl::StrCat("label '", label.text, "' is claimed by '",
                          word->second, "' and by '", measure.code, "'"));
      }
      measure.labels.push_back(std::move(label));
    }
    if (message.has_ratio()) {
      const pb::Ratio& ratio = message.ratio();
      measure.ratio = {ratio.numerator(), ratio.denominator(), ratio.per()};
      ratio_places_.emplace_back(measures_.size(), place.Field("ratio"));
    }
    measure.mentions_of = message.mentions_of();
    if (!measure.mentions_of.empty()) {
      named_measures_.emplace_back(measure.mentions_of,
                                   place.Field("mentions_of"));
    }
    if (message.has_share()) {
      ReadShare(message.share(), place.Field("share"), &measure);
    }
    measures_.push_back(std::move(measure));
  }

  void ReadShare(const pb::Share& share, const Place& place, Measure* measure) {
    measure->share = Share{share.dimension(),
                           {share.counts().begin(), share.counts().end()},
                           share.base()};
    if (FindDimension(share.dimension()) == nullptr) {
      Find(place.Field("dimension"),
           absl::StrCat("unknown dimension '", share.dimension(), "'",
                        Suggestion(NearDimensions(share.dimension()))));
    }
    if (share.counts().empty()) Find(place, "a share has counts");
    for (int i = 0; i < share.counts_size(); ++i) {
      named_measures_.emplace_back(share.counts(i), place.Field("counts", i));
    }
    named_measures_.emplace_back(share.base(), place.Field("base"));
  }

  // Once every measure is known.
  void CheckRatios() {
    std::vector<std::string> codes;
    for (const Measure& measure : measures_) codes.push_back(measure.code);
    for (const auto& [index, place] : ratio_places_) {
      const Ratio& ratio = *measures_[index].ratio;
      for (const auto& [field, code] : {std::pair("numerator", ratio.numerator),
                                        {"denominator", ratio.denominator}}) {
        if (std::count(codes.begin(), codes.end(), code) > 0) continue;
        Find(place.Field(field),
             absl::StrCat("unknown measure '", code, "'",
                          Suggestion(NearMatches(code, codes))));
      }
      if (ratio.per < 1 || ratio.per > kMaxPer) {
        Find(place.Field("per"),
             absl::StrCat("per must be 1 to ", kMaxPer, ", not ", ratio.per));
      }
    }
    for (const auto& [code, place] : named_measures_) {
      if (std::count(codes.begin(), codes.end(), code) > 0) continue;
      Find(place, absl::StrCat("unknown measure '", code, "'",
                               Suggestion(NearMatches(code, codes))));
    }
  }

  void DeclarePanel(const pb::Panel& message, const Place& place) {
    if (!CheckCode("panel", message.code(), place.Field("code"))) return;
    PanelDraft& draft = panels_.emplace_back(
        PanelDraft{&message, place, {}, {}, PanelDraft::kNew});
    draft.panel.code = message.code();
    draft.panel.title = message.title();
    draft.panel.description = message.description();
    CheckTitle(message.title(), place.Field("title"));
    panel_index_.emplace(message.code(), panels_.size() - 1);
  }

  void FillPanel(PanelDraft& draft) {
    const DimensionDraft* reporters =
        FindDimension(std::string(kReporterDimension));
    const pb::Panel& message = *draft.message;
    if (message.members_size() == 0 && message.includes_size() == 0) {
      Find(draft.place,
           absl::StrCat("panel '", message.code(), "' lists nobody"));
    }
    for (int i = 0; i < message.members_size(); ++i) {
      const pb::PanelMember& member = message.members(i);
      const Place place = draft.place.Field("members", i);
      const Place reporter_place = place.Field("reporter");
      if (reporters == nullptr) {
        Find(reporter_place, "there is no dimension 'reporter'");
        continue;
      }
      const auto id = FindMember(*reporters, member.reporter(), reporter_place);
      if (!id.has_value()) continue;
      const int level = reporters->members[*id].level;
      if (static_cast<size_t>(level) < reporters->levels.size() &&
          reporters->levels[level].aggregate) {
        Find(reporter_place,
             absl::StrCat("'", member.reporter(),
                          "' is a sum of reporters; a panel lists the "
                          "reporters themselves"));
      }
      const DayInterval validity = ReadValidity(member, place);
      for (const PanelMember& other : draft.panel.members) {
        if (other.reporter == *id && other.validity.Overlaps(validity)) {
          Find(reporter_place,
               absl::StrCat("'", member.reporter(),
                            "' is listed twice for the same days"));
          break;
        }
      }
      draft.panel.members.push_back({*id, validity});
    }
    for (int i = 0; i < message.includes_size(); ++i) {
      const Place included = draft.place.Field("includes", i);
      const auto found = FindPanel(message.includes(i), included);
      if (found.has_value()) draft.includes.emplace_back(*found, included);
    }
  }

  std::optional<size_t> FindPanel(const std::string& code, const Place& place) {
    const auto found = panel_index_.find(code);
    if (found != panel_index_.end()) return found->second;
    std::vector<std::string> codes;
    for (const PanelDraft& panel : panels_) codes.push_back(panel.panel.code);
    Find(place, absl::StrCat("unknown panel '", code, "'",
                             Suggestion(NearMatches(code, codes))));
    return std::nullopt;
  }

  void FollowIncludes(PanelDraft& draft) {
    if (draft.state == PanelDraft::kDone) return;
    draft.state = PanelDraft::kOpen;
    for (const auto& [index, place] : draft.includes) {
      PanelDraft& included = panels_[index];
      if (included.state == PanelDraft::kOpen) {
        Find(place, absl::StrCat("panel '", draft.panel.code, "' includes '",
                                 included.panel.code, "', which includes it"));
        continue;
      }
      FollowIncludes(included);
      draft.panel.members.insert(draft.panel.members.end(),
                                 included.panel.members.begin(),
                                 included.panel.members.end());
    }
    draft.state = PanelDraft::kDone;
  }

  const std::deque<File>& files_;
  std::vector<Finding> findings_;
  std::map<std::pair<std::string, std::string>, std::string> declared_;
  std::set<std::string> source_ids_;
  std::map<int, std::string> preferences_;
  std::vector<Source> sources_;
  std::deque<DimensionDraft> dimensions_;
  std::vector<Measure> measures_;
  std::vector<std::pair<size_t, Place>> ratio_places_;         // by measure
  std::vector<std::pair<std::string, Place>> named_measures_;  // by others
  std::map<std::pair<std::string, std::string>, std::string> measure_words_;
  std::deque<PanelDraft> panels_;
  // By members, before any panel is declared.
  std::vector<std::pair<std::string, Place>> named_panels_;
  absl::flat_hash_map<std::string, size_t> panel_index_;
};

}  // namespace

absl::StatusOr<Vocabulary> LoadVocabulary(
    const std::vector<std::string>& directories) {
  std::deque<File> files;
  COLLATE_RETURN_IF_ERROR(ReadFiles(directories, files));
  std::vector<Finding> findings;
  base::Sha256 digest;
  for (size_t i = 0; i < files.size(); ++i) {
    File& file = files[i];
    digest.Update(std::filesystem::path(file.path).filename().string());
    digest.Update(absl::StrCat("\n", file.content.size(), "\n"));
    digest.Update(file.content);
    SyntaxCollector collector(i, findings);
    TextFormat::Parser parser;
    parser.RecordErrorsTo(&collector);
    parser.WriteLocationsTo(&file.places);
    google::protobuf::io::ArrayInputStream in(
        file.content.data(), static_cast<int>(file.content.size()));
    const size_t before = findings.size();
    if (!parser.Parse(&in, &file.message) && findings.size() == before) {
      findings.push_back({i, 0, 0, "cannot be parsed"});
    }
  }
  if (!findings.empty()) return Builder::Failure(files, std::move(findings));
  return Builder(files).Build(digest.FinishHex());
}

}  // namespace collate::vocabulary
