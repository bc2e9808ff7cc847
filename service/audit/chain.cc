#include "service/audit/chain.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::audit {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHashDigits = 64;
constexpr absl::string_view kFilePrefix = "audit-";
constexpr absl::string_view kFileSuffix = ".jsonl";

bool IsHash(absl::string_view text) {
  return text.size() == kHashDigits &&
         text.find_first_not_of("0123456789abcdef") == absl::string_view::npos;
}

absl::string_view NameOf(Kind kind) {
  switch (kind) {
    case Kind::kBegun:
      return "begun";
    case Kind::kCall:
      return "call";
    case Kind::kReleases:
      return "releases";
    case Kind::kOpened:
      return "opened";
    case Kind::kLost:
      return "lost";
  }
  return "";
}

bool IsPlain(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
}

// A JSON string; what is not UTF-8 becomes U+FFFD.
void AppendQuoted(const std::string& text, std::string* out) {
  if (IsPlain(text)) {
    absl::StrAppend(out, "\"", text, "\"");
    return;
  }
  *out += nlohmann::json(text).dump(-1, ' ', false,
                                    nlohmann::json::error_handler_t::replace);
}

void AddField(absl::string_view name, const std::string& value,
              std::string* line) {
  if (value.empty()) return;
  absl::StrAppend(line, ",\"", name, "\":");
  AppendQuoted(value, line);
}

absl::Status Broken(absl::string_view why) {
  return base::Error(absl::StatusCode::kDataLoss, "AUDIT_BROKEN", why);
}

// The parts of a line that the chain is made of.
struct Links {
  absl::string_view hashed;
  Anchor own;
  absl::string_view previous;
};

std::optional<Links> LinksOf(absl::string_view line) {
  // ...,"prev":"64 digits","hash":"64 digits"}
  static constexpr absl::string_view kHash = ",\"hash\":\"";
  static constexpr absl::string_view kPrevious = ",\"prev\":\"";
  const size_t tail = kHash.size() + kHashDigits + 2;
  if (line.size() < tail || !absl::ConsumeSuffix(&line, "\"}")) {
    return std::nullopt;
  }
  Links links;
  links.own.hash =
      std::string(line.substr(line.size() - kHashDigits, kHashDigits));
  line.remove_suffix(kHashDigits);
  if (!absl::ConsumeSuffix(&line, kHash)) return std::nullopt;
  links.hashed = line;
  if (!absl::ConsumeSuffix(&line, "\"") || line.size() < kHashDigits) {
    return std::nullopt;
  }
  links.previous = line.substr(line.size() - kHashDigits);
  line.remove_suffix(kHashDigits);
  if (!absl::ConsumeSuffix(&line, kPrevious) ||
      !absl::ConsumePrefix(&line, "{\"seq\":")) {
    return std::nullopt;
  }
  const absl::string_view digits = line.substr(0, line.find(','));
  if (!absl::SimpleAtoi(digits, &links.own.sequence) ||
      absl::StrCat(links.own.sequence) != digits || !IsHash(links.own.hash) ||
      !IsHash(links.previous)) {
    return std::nullopt;
  }
  return links;
}

absl::Status BrokenAt(const std::string& path, int64_t line,
                      const absl::Status& why, const Anchor& before) {
  return base::Error(
             absl::StatusCode::kDataLoss, "AUDIT_BROKEN",
             absl::StrCat(path, ":", line, ": ", std::string(why.message()),
                          ", after record ", before.sequence))
      .With("path", path)
      .With("line", absl::StrCat(line))
      .With("record", absl::StrCat(before.sequence + 1));
}

absl::Status CheckAnchors(const std::vector<Anchor>& anchors,
                          const Anchor& at) {
  for (const Anchor& anchor : anchors) {
    if (anchor.sequence == at.sequence && anchor.hash != at.hash) {
      return Broken("the record is not the one that the anchor names");
    }
  }
  return absl::OkStatus();
}

// Where a log that begins with `line` begins.
absl::StatusOr<Anchor> FirstOf(absl::string_view line,
                               const std::vector<Anchor>& anchors) {
  const std::optional<Links> links = LinksOf(line);
  if (!links.has_value()) return Broken("is no line of an audit log");
  const Anchor before{.sequence = links->own.sequence - 1,
                      .hash = std::string(links->previous)};
  if (before == Anchor()) return before;
  if (std::find(anchors.begin(), anchors.end(), before) != anchors.end()) {
    return before;
  }
  return Broken(absl::StrCat("the records before ", links->own.sequence,
                             " are missing, and no anchor says how they "
                             "ended"));
}

}  // namespace

std::string ToText(const Anchor& anchor) {
  return absl::StrCat(anchor.sequence, ":", anchor.hash);
}

std::optional<Anchor> AnchorFrom(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  Anchor anchor;
  if (!absl::SimpleAtoi(parts.first, &anchor.sequence) || anchor.sequence < 0 ||
      !IsHash(parts.second)) {
    return std::nullopt;
  }
  anchor.hash = std::string(parts.second);
  return anchor;
}

std::string ToLine(const Record& record, Anchor* at) {
  ++at->sequence;
  std::string line =
      absl::StrCat("{\"seq\":", at->sequence, ",\"time\":\"",
                   absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", record.time,
                                    absl::UTCTimeZone()),
                   "\",\"kind\":\"", NameOf(record.kind), "\"");
  AddField("request_id", record.request_id, &line);
  AddField("principal", record.principal, &line);
  AddField("peer", record.peer, &line);
  AddField("method", record.method, &line);
  AddField("question", record.question, &line);
  AddField("answer", record.answer, &line);
  AddField("releases", record.releases, &line);
  AddField("code", record.code, &line);
  AddField("reason", record.reason, &line);
  AddField("detail", record.detail, &line);
  absl::StrAppend(&line, ",\"prev\":\"", at->hash, "\"");
  at->hash = base::Sha256Hex(line);
  absl::StrAppend(&line, ",\"hash\":\"", at->hash, "\"}\n");
  return line;
}

absl::Status FollowLine(absl::string_view line, Anchor* at) {
  const std::optional<Links> links = LinksOf(line);
  if (!links.has_value()) return Broken("is no line of an audit log");
  if (links->own.sequence != at->sequence + 1) {
    return Broken(absl::StrCat("is record ", links->own.sequence, "; expected ",
                               at->sequence + 1));
  }
  if (links->previous != at->hash) {
    return Broken("does not follow the record before");
  }
  if (base::Sha256Hex(links->hashed) != links->own.hash) {
    return Broken("was changed");
  }
  *at = links->own;
  return absl::OkStatus();
}

std::optional<Anchor> PlaceOf(absl::string_view line) {
  const std::optional<Links> links = LinksOf(line);
  if (!links.has_value()) return std::nullopt;
  return links->own;
}

std::string FileName(int number) {
  return absl::StrFormat("%s%06d%s", kFilePrefix, number, kFileSuffix);
}

int NumberOfFile(absl::string_view path) {
  absl::string_view name = path.substr(path.rfind('/') + 1);
  int number = 0;
  const bool is_ours = absl::ConsumePrefix(&name, kFilePrefix) &&
                       absl::ConsumeSuffix(&name, kFileSuffix) &&
                       absl::SimpleAtoi(name, &number) && number > 0;
  return is_ours ? number : 0;
}

absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& directory) {
  std::vector<std::pair<int, std::string>> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end;
       !error && entry != end; entry.increment(error)) {
    const int number = NumberOfFile(entry->path().string());
    if (number > 0) files.emplace_back(number, entry->path().string());
  }
  if (error) {
    return base::Error(absl::StatusCode::kUnavailable, "AUDIT_IO",
                       absl::StrCat("cannot list the audit log in ", directory,
                                    ": ", error.message()))
        .With("path", directory);
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> paths;
  for (auto& [number, path] : files) paths.push_back(std::move(path));
  return paths;
}

std::string HeadText(const Anchor& anchor) {
  return absl::StrFormat("%020d:%s\n", anchor.sequence, anchor.hash);
}

absl::StatusOr<Anchor> ReadHead(const std::string& directory) {
  const std::string path = absl::StrCat(directory, "/", kHeadName);
  std::ifstream in(path, std::ios::binary);
  std::string text;
  const std::optional<Anchor> head =
      std::getline(in, text) ? AnchorFrom(text) : std::nullopt;
  if (!head.has_value()) {
    return base::Error(absl::StatusCode::kDataLoss, "AUDIT_BROKEN",
                       absl::StrCat(path, " is missing or damaged"))
        .With("path", path);
  }
  return *head;
}

absl::StatusOr<Verification> Verify(const std::string& directory,
                                    const std::vector<Anchor>& anchors) {
  COLLATE_ASSIGN_OR_RETURN(const std::vector<std::string> files,
                           FilesOf(directory));
  // Before the records: those written meanwhile come after it.
  COLLATE_ASSIGN_OR_RETURN(const Anchor head, ReadHead(directory));
  Verification result;
  bool begun = false;
  bool met_head = head.sequence == 0;
  for (size_t f = 0; f < files.size(); ++f) {
    std::ifstream in(files[f], std::ios::binary);
    std::string line;
    int64_t number = 0;
    while (std::getline(in, line)) {
      ++number;
      // Being written just now, or never finished.
      if (in.eof() && f + 1 == files.size() && begun && met_head) break;
      absl::Status status;
      if (!begun) {
        absl::StatusOr<Anchor> first = FirstOf(line, anchors);
        status = first.status();
        if (status.ok()) result.first = result.last = *first;
        begun = status.ok();
      }
      if (status.ok()) {
        status =
            in.eof() ? Broken("is cut short") : FollowLine(line, &result.last);
      }
      if (status.ok()) status = CheckAnchors(anchors, result.last);
      if (status.ok() && result.last.sequence == head.sequence) {
        met_head = true;
        if (result.last != head) {
          status = Broken("the record is not the one that `head` names");
        }
      }
      if (!status.ok()) {
        return BrokenAt(files[f], number, status, result.last);
      }
      if (result.last.sequence > head.sequence) ++result.unsealed;
    }
    if (in.bad()) {
      return base::Error(absl::StatusCode::kUnavailable, "AUDIT_IO",
                         absl::StrCat("cannot read ", files[f]))
          .With("path", files[f]);
    }
  }
  const auto missing = [&](const Anchor& last, absl::string_view who) {
    return base::Error(absl::StatusCode::kDataLoss, "AUDIT_BROKEN",
                       absl::StrCat(directory, ": ends with record ",
                                    result.last.sequence, ", but ", who,
                                    " says ", last.sequence))
        .With("path", directory)
        .With("record", absl::StrCat(result.last.sequence + 1));
  };
  if (!met_head) return missing(head, "`head`");
  for (const Anchor& anchor : anchors) {
    if (anchor.sequence > result.last.sequence) {
      return missing(anchor, "an anchor");
    }
  }
  return result;
}

}  // namespace collate::audit
