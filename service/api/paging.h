// Page sizes and page tokens (AIP-158) for every list of the API.
//
// A token names the request it belongs to and what was published when the
// first page was read, so that no entry is skipped or shown twice: a token
// of another request is INVALID_ARGUMENT (reason INVALID_PAGE_TOKEN), one
// from before a change is ABORTED (reason ANSWER_CHANGED).
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_PAGING_H_
#define COLLATE_SERVICE_API_PAGING_H_

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace collate::api {

struct PageLimits {
  int32_t standard = 100;  // when the request says 0
  int32_t greatest = 1000;
};

struct Page {
  int64_t offset = 0;
  int64_t size = 0;
  uint64_t request = 0;
  uint64_t snapshot = 0;

  // Token of the page that begins at `next`; empty when `total` is reached.
  std::string NextToken(int64_t next, int64_t total) const;
};

// The first 64 bits of a hexadecimal digest; what tokens and handles carry.
uint64_t ShortDigest(absl::string_view hex);

// The number of entries that a request asks for, between 1 and the greatest.
// INVALID_ARGUMENT (reason INVALID_PAGE_SIZE).
absl::StatusOr<int32_t> ReadPageSize(int32_t page_size,
                                     const PageLimits& limits);

// `bare` is the request without its page fields; `digest` the hexadecimal
// digest of what it is answered from.
absl::StatusOr<Page> ReadPage(const google::protobuf::Message& bare,
                              int32_t page_size, absl::string_view page_token,
                              absl::string_view digest,
                              const PageLimits& limits);

// What every page of one list asks alike.
template <typename Request>
Request WithoutPage(Request request) {
  request.clear_page_size();
  request.clear_page_token();
  return request;
}

template <typename Request>
absl::StatusOr<Page> ReadPage(const Request& request, absl::string_view digest,
                              const PageLimits& limits = {}) {
  return ReadPage(WithoutPage(request), request.page_size(),
                  absl::string_view(request.page_token().data(),
                                    request.page_token().size()),
                  digest, limits);
}

// Serialisation that is the same for equal messages; no message of the API
// that is hashed has a map or an unknown field.
std::string Serialise(const google::protobuf::Message& message);

std::string EncodeToken(const google::protobuf::Message& token);
bool DecodeToken(absl::string_view text, google::protobuf::Message* token);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_PAGING_H_
