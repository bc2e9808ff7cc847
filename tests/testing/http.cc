#include "tests/testing/http.h"

#include <curl/curl.h>

#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace collate::testing {
namespace {

size_t KeepBody(char* bytes, size_t size, size_t count, void* answer) {
  static_cast<HttpAnswer*>(answer)->body.append(bytes, size * count);
  return size * count;
}

size_t KeepHeader(char* bytes, size_t size, size_t count, void* answer) {
  const absl::string_view line(bytes, size * count);
  const size_t colon = line.find(':');
  if (colon != absl::string_view::npos) {
    static_cast<HttpAnswer*>(answer)
        ->headers[absl::AsciiStrToLower(line.substr(0, colon))] =
        std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return size * count;
}

}  // namespace

HttpAnswer Fetch(const HttpRequest& request) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  HttpAnswer answer;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(
      started == CURLE_OK ? curl_easy_init() : nullptr, &curl_easy_cleanup);
  if (curl == nullptr) {
    answer.problem = "libcurl does not start";
    return answer;
  }
  curl_slist* headers = nullptr;
  for (const std::string& header : request.headers) {
    headers = curl_slist_append(headers, header.c_str());
  }
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> owner(
      headers, &curl_slist_free_all);
  CURL* const handle = curl.get();
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.method == "HEAD") curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  if (request.method == "POST") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &KeepBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &KeepHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &answer);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(
      handle, CURLOPT_TIMEOUT_MS,
      static_cast<long>(absl::ToInt64Milliseconds(request.timeout)));
  const auto set_path = [handle](CURLoption option, const std::string& path) {
    if (!path.empty()) curl_easy_setopt(handle, option, path.c_str());
  };
  set_path(CURLOPT_UNIX_SOCKET_PATH, request.unix_socket);
  set_path(CURLOPT_CAINFO, request.authority);
  set_path(CURLOPT_SSLCERT, request.certificate);
  set_path(CURLOPT_SSLKEY, request.key);
  const CURLcode done = curl_easy_perform(handle);
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
  if (done != CURLE_OK) answer.problem = curl_easy_strerror(done);
  return answer;
}

HttpAnswer Call(const std::string& url, const std::string& method,
                const std::string& json, std::vector<std::string> headers) {
  headers.push_back("content-type: application/json");
  return Fetch({.url = absl::StrCat(url, method),
                .method = "POST",
                .headers = std::move(headers),
                .body = json});
}

}  // namespace collate::testing
