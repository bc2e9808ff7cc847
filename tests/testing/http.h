// Requests over HTTP/1.1 as any client makes them, by libcurl.
//
//   const HttpAnswer answer = Fetch({.url = "http://127.0.0.1:8080/readyz"});
//   EXPECT_EQ(answer.status, 200);
//
// Pure functions; each call has a connection of its own.

#ifndef COLLATE_TESTS_TESTING_HTTP_H_
#define COLLATE_TESTS_TESTING_HTTP_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace collate::testing {

struct HttpRequest {
  std::string url;
  std::string method = "GET";
  std::vector<std::string> headers = {};  // "name: value"
  std::string body = {};
  std::string unix_socket = {};  // instead of the host of the URL
  std::string authority = {};    // PEM file: whom to trust
  std::string certificate = {};  // PEM files: what to show
  std::string key = {};
  absl::Duration timeout = absl::Seconds(60);
};

struct HttpAnswer {
  long status = 0;                                        // 0: there was none
  std::string problem;                                    // why
  absl::flat_hash_map<std::string, std::string> headers;  // lower-case names
  std::string body;

  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

HttpAnswer Fetch(const HttpRequest& request);

// POST of a call in Connect's JSON.
HttpAnswer Call(const std::string& url, const std::string& method,
                const std::string& json, std::vector<std::string> headers = {});

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_HTTP_H_
