#include "service/api/paging.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collate/internal/v1/token.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "service/base/digest.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::api {

std::string Serialise(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

std::string EncodeToken(const google::protobuf::Message& token) {
  return absl::WebSafeBase64Escape(Serialise(token));
}

bool DecodeToken(absl::string_view text, google::protobuf::Message* token) {
  std::string bytes;
  return absl::WebSafeBase64Unescape(text, &bytes) &&
         token->ParseFromString(bytes);
}

uint64_t ShortDigest(absl::string_view hex) {
  uint64_t value = 0;
  // A digest that is not hexadecimal is none, and matches only itself.
  if (!absl::SimpleHexAtoi(hex.substr(0, 16), &value)) return 0;
  return value;
}

std::string Page::NextToken(int64_t next, int64_t total) const {
  if (next >= total) return "";
  internal::v1::PageToken token;
  token.set_request(request);
  token.set_snapshot(snapshot);
  token.set_offset(next);
  return EncodeToken(token);
}

absl::StatusOr<int32_t> ReadPageSize(int32_t page_size,
                                     const PageLimits& limits) {
  if (page_size < 0) {
    return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_PAGE_SIZE",
                       absl::StrCat("page_size is ", page_size,
                                    "; it must not be negative"))
        .With("value", absl::StrCat(page_size))
        .Field("page_size", "must not be negative");
  }
  return page_size == 0 ? limits.standard
                        : std::min(page_size, limits.greatest);
}

absl::StatusOr<Page> ReadPage(const google::protobuf::Message& bare,
                              int32_t page_size, absl::string_view page_token,
                              absl::string_view digest,
                              const PageLimits& limits) {
  Page page;
  COLLATE_ASSIGN_OR_RETURN(page.size, ReadPageSize(page_size, limits));
  page.request = ShortDigest(
      base::Sha256Hex(absl::StrCat(bare.GetTypeName(), "\n", Serialise(bare))));
  page.snapshot = ShortDigest(digest);
  if (page_token.empty()) return page;

  internal::v1::PageToken token;
  if (!DecodeToken(page_token, &token) || token.offset() <= 0 ||
      token.request() != page.request) {
    return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_PAGE_TOKEN",
                       "page_token is not the next_page_token of this request; "
                       "repeat the request as it was, or begin without a token")
        .Field("page_token", "not a token of this request");
  }
  if (token.snapshot() != page.snapshot) {
    return base::Error(absl::StatusCode::kAborted, "ANSWER_CHANGED",
                       "a release was published or withdrawn since the first "
                       "page; begin again without a page token")
        .Field("page_token", "from before a change of what is published");
  }
  page.offset = token.offset();
  return page;
}

}  // namespace collate::api
