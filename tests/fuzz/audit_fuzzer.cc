// Any bytes as lines of the audit log, and as what a record says. Whatever a
// record holds, its line follows and is one line of JSON, and no byte of it can
// be changed, left out or added. A line that is accepted is one that says the
// place and the hash which it has.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "service/audit/chain.h"
#include "service/base/digest.h"
#include "tests/fuzz/service_checks.h"

namespace {

using collate::audit::Anchor;
using collate::audit::AnchorFrom;
using collate::audit::FollowLine;
using collate::audit::Kind;
using collate::audit::PlaceOf;
using collate::audit::Record;
using collate::audit::ToLine;
using collate::audit::ToText;
using collate::fuzz::Require;
using collate::fuzz::RequireReason;

void FollowAny(absl::string_view text) {
  Anchor at;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const Anchor before = at;
    const absl::Status followed = FollowLine(line, &at);
    if (!followed.ok()) {
      RequireReason(followed, "AUDIT_BROKEN");
      Require(at == before, "a line that does not follow moves nothing");
      continue;
    }
    Require(at.sequence == before.sequence + 1, "records are counted");
    Require(PlaceOf(line) == at, "a line says where it stands");
    Require(absl::StrContains(line, absl::StrCat(",\"prev\":\"", before.hash,
                                                 "\",\"hash\":\"", at.hash)),
            "and what it follows");
  }
  if (const auto anchor = AnchorFrom(text)) {
    Require(AnchorFrom(ToText(*anchor)) == anchor, "an anchor is its text");
  }
}

// The same text with its hash put right, so that more than the hash is looked
// at.
void FollowHashed(absl::string_view text) {
  const std::string hashed =
      absl::StrCat(text, ",\"prev\":\"", Anchor().hash, "\"");
  const std::string line = absl::StrCat(
      hashed, ",\"hash\":\"", collate::base::Sha256Hex(hashed), "\"}");
  Anchor at;
  if (!FollowLine(line, &at).ok()) return;
  Require(at.sequence == 1 && absl::StartsWith(line, "{\"seq\":1"),
          "only a first record comes first");
}

void WriteAndFollow(const std::string& text, uint8_t kind, uint64_t change) {
  std::vector<std::string> fields = absl::StrSplit(text, '\0');
  fields.resize(10);
  Record record;
  record.kind = static_cast<Kind>(kind % 5);
  record.time = absl::FromUnixMicros(static_cast<int64_t>(change >> 8));
  record.request_id = fields[0];
  record.principal = fields[1];
  record.peer = fields[2];
  record.method = fields[3];
  record.question = fields[4];
  record.answer = fields[5];
  record.releases = fields[6];
  record.code = fields[7];
  record.reason = fields[8];
  record.detail = fields[9];
  const Anchor before{.sequence = 41, .hash = std::string(64, 'a')};
  Anchor written = before;
  std::string line = ToLine(record, &written);
  Require(line.back() == '\n', "a line ends");
  line.pop_back();
  Require(line.find('\n') == std::string::npos, "a record is one line");
  const auto json = nlohmann::json::parse(line, nullptr, false);
  Require(json.is_object() && json["seq"] == 42 && json["hash"] == written.hash,
          "a line is JSON");
  Anchor followed = before;
  Require(FollowLine(line, &followed).ok() && followed == written,
          "a line that was written follows");

  std::string other = line;
  const size_t at = (change >> 8) % line.size();
  switch (change % 3) {
    case 0:
      other[at] = static_cast<char>(change >> 32);
      break;
    case 1:
      other.erase(at, 1);
      break;
    default:
      other.insert(at, 1, static_cast<char>(change >> 32));
  }
  followed = before;
  Require(other == line || !FollowLine(other, &followed).ok(),
          "a line that was changed does not follow");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 9) return 0;
  uint64_t change = 0;
  for (size_t i = 1; i < 9; ++i) change = change << 8 | data[i];
  const std::string text = collate::fuzz::Text(data + 9, size - 9);
  FollowAny(text);
  FollowHashed(text);
  WriteAndFollow(text, data[0], change);
  return 0;
}
