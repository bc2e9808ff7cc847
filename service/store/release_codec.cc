#include "service/store/release_codec.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/store/crc32c.h"
#include "service/store/slice_codec.h"
#include "service/store/wire.h"

namespace collate::store {
namespace {

absl::Status Invalid(const Release& release, absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_RELEASE",
                     absl::StrCat(release.name, ": ", message))
      .With("release", release.name);
}

bool IsSha256(absl::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// Infinite times have no number of microseconds.
bool IsFinite(absl::Time time) {
  return time != absl::InfiniteFuture() && time != absl::InfinitePast();
}

absl::Status ValidateDocuments(const ReleaseDraft& draft) {
  const Release& release = draft.release;
  if (draft.contents.size() != release.documents.size()) {
    return Invalid(release,
                   absl::StrCat(draft.contents.size(), " contents for ",
                                release.documents.size(), " documents"));
  }
  for (const Document& document : release.documents) {
    if (!IsSha256(document.sha256)) {
      return Invalid(
          release, absl::StrCat("document '", document.name, "' has sha256 '",
                                document.sha256, "', expected 64 hex digits"));
    }
    if (document.byte_count < 0) {
      return Invalid(release,
                     absl::StrCat("document '", document.name, "' has ",
                                  document.byte_count, " bytes"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateDraft(const ReleaseDraft& draft) {
  const Release& release = draft.release;
  const std::string prefix =
      absl::StrCat("sources/", release.source, "/releases/");
  if (release.source.empty() || !absl::StartsWith(release.name, prefix) ||
      release.name.size() == prefix.size()) {
    return Invalid(release, absl::StrCat("a name like ", prefix,
                                         "20240131-0123456789ab is expected"));
  }
  if (!IsFinite(release.load_time) ||
      (release.publish_time.has_value() && !IsFinite(*release.publish_time))) {
    return Invalid(release, "infinite publish_time or load_time");
  }
  if (release.state != ReleaseState::kPublished ||
      !release.withdrawn_reason.empty()) {
    return Invalid(release, "only a published release can be published");
  }
  COLLATE_RETURN_IF_ERROR(ValidateDocuments(draft));
  for (const Extent& extent : release.extents) {
    COLLATE_RETURN_IF_ERROR(
        base::Annotate(ValidateSlice(extent.slice), release.name));
  }
  int64_t rows = 0;
  for (const Observations& observations : draft.observations) {
    rows += static_cast<int64_t>(observations.row_count());
    for (const Locator& locator : observations.locator) {
      if (locator.document < release.documents.size()) continue;
      return Invalid(
          release,
          absl::StrCat("an observation of '", observations.slice.measure,
                       "' cites document ", locator.document, " of ",
                       release.documents.size()));
    }
  }
  if (release.observation_count != 0 && release.observation_count != rows) {
    return Invalid(release, absl::StrCat("observation_count is ",
                                         release.observation_count,
                                         ", but there are ", rows));
  }
  return absl::OkStatus();
}

uint32_t ReleaseCrc(const Release& release) {
  std::string bytes;
  AppendString(bytes, release.name);
  AppendString(bytes, release.source);
  AppendU8(bytes, release.publish_time.has_value() ? 1 : 0);
  if (release.publish_time.has_value()) {
    AppendZigZag(bytes, absl::ToUnixMicros(*release.publish_time));
  }
  AppendZigZag(bytes, absl::ToUnixMicros(release.load_time));
  AppendString(bytes, release.edition);
  AppendString(bytes, release.adapter_id);
  AppendString(bytes, release.adapter_version);
  AppendString(bytes, release.adapter_sha256);
  AppendString(bytes, release.vocabulary_sha256);
  AppendString(bytes, release.manifest);
  AppendU8(bytes, release.synthetic ? 1 : 0);
  AppendU8(bytes, static_cast<uint8_t>(release.state));
  AppendString(bytes, release.withdrawn_reason);
  AppendString(bytes, release.report);
  AppendZigZag(bytes, release.observation_count);
  AppendVarint(bytes, release.documents.size());
  for (const Document& document : release.documents) {
    AppendString(bytes, document.name);
    AppendString(bytes, document.media_type);
    AppendString(bytes, document.sha256);
    AppendZigZag(bytes, document.byte_count);
  }
  AppendVarint(bytes, release.extents.size());
  for (const Extent& extent : release.extents) {
    AppendString(bytes, EncodeExtent(extent));
  }
  return Crc32c(bytes);
}

std::string FingerprintOf(Release release,
                          const std::vector<uint32_t>& chunk_crcs) {
  release.state = ReleaseState::kPublished;
  release.withdrawn_reason.clear();
  std::string chunks;
  for (const uint32_t crc : chunk_crcs) AppendU32(chunks, crc);
  return absl::StrCat(absl::Hex(ReleaseCrc(release), absl::kZeroPad8),
                      absl::Hex(Crc32c(chunks), absl::kZeroPad8), "-",
                      chunk_crcs.size());
}

}  // namespace collate::store
