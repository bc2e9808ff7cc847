#include "service/gateway/connection.h"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/access/gate.h"
#include "service/base/error.h"
#include "service/gateway/connect.h"
#include "service/gateway/http_call.h"
#include "service/gateway/tls.h"

namespace collate::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr uint32_t kMaxHeader = 16384;
constexpr size_t kWatchBytes = 4096;
// Who may see what is measured: whoever may see the service's status.
constexpr char kMetricsMethod[] =
    "/collate.v1.OperationsService/GetServiceStatus";
absl::string_view View(boost::beast::string_view text) {
  return absl::string_view(text.data(), text.size());
}

Reply TextReply(int status, absl::string_view text) {
  Reply reply;
  reply.status = status;
  reply.headers = {{"content-type", "text/plain; charset=utf-8"},
                   {"cache-control", "no-store"}};
  reply.body = std::make_shared<const std::string>(absl::StrCat(text, "\n"));
  return reply;
}

// As Connect tells an error that no method of ours has seen.
Reply ErrorReply(int status, absl::StatusCode code, absl::string_view reason,
                 absl::string_view message) {
  Reply reply;
  reply.status = status;
  reply.headers = {{"content-type", "application/json"},
                   {"cache-control", "no-store"}};
  reply.body = std::make_shared<const std::string>(
      ErrorJson(base::Error(code, reason, message)));
  // It may come with a body, which nobody reads.
  reply.last = true;
  return reply;
}

bool TakesGzip(absl::string_view accept_encoding) {
  for (absl::string_view one : absl::StrSplit(accept_encoding, ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(one, ';');
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts[0]), "gzip")) {
      continue;
    }
    const absl::string_view weight =
        parts.size() > 1 ? absl::StripAsciiWhitespace(parts[1]) : "";
    double q = 1;
    absl::string_view number = weight;
    return !absl::ConsumePrefix(&number, "q=") ||
           !absl::SimpleAtod(number, &q) || q > 0;
  }
  return false;
}

// A host of a URL or of `Host`, without its port.
absl::string_view HostOf(absl::string_view authority) {
  if (absl::StartsWith(authority, "[")) {
    return authority.substr(0, authority.find(']') + 1);
  }
  return authority.substr(0, authority.find(':'));
}

std::chrono::nanoseconds Chrono(absl::Duration duration) {
  return absl::ToChronoNanoseconds(duration);
}

}  // namespace

Connection::Connection(const Site& site, Socket socket, std::string peer,
                       std::shared_ptr<asio::ssl::context> tls,
                       std::function<void()> gone)
    : gone_{std::move(gone)},
      site_(site),
      peer_(std::move(peer)),
      tls_context_(std::move(tls)),
      stream_(std::move(socket)),
      sender_(stream_, tls_, SenderOptions()),
      idle_(stream_.get_executor()) {
  if (tls_context_ != nullptr) tls_.emplace(stream_, *tls_context_);
}

Sender::Options Connection::SenderOptions() {
  return {.max_silence = site_.max_silence,
          .owner = [this] { return shared_from_this(); },
          .goes_on = [this] { return GoesOn(); },
          .failed = [this] { Close(); }};
}

void Connection::Start() {
  if (tls_.has_value()) {
    Handshake();
  } else {
    Next();
  }
}

void Connection::Stop() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->waiting_) self->Close();
  });
}

void Connection::Abort() {
  asio::post(stream_.get_executor(),
             [self = shared_from_this()] { self->Close(); });
}

void Connection::Handshake() {
  stream_.expires_after(Chrono(site_.max_handshake));
  tls_->async_handshake(asio::ssl::stream_base::server,
                        [self = shared_from_this()](error_code error) {
                          if (error) {
                            self->Close();
                            return;
                          }
                          self->certificate_names_ =
                              CertificateNames(self->tls_->native_handle());
                          self->Next();
                        });
}

void Connection::Next() {
  if (site_.stopping.load()) {
    Close();
    return;
  }
  waiting_ = true;
  // What came with the last request may be the next one.
  if (buffer_.size() > 0 && !watching_) {
    ReadHeader();
    return;
  }
  idle_.expires_after(Chrono(site_.max_idle));
  idle_.async_wait([self = shared_from_this()](error_code error) {
    if (!error && self->waiting_) self->Close();
  });
  Watch();
}

void Connection::Watch() {
  if (watching_ || closed_) return;
  watching_ = true;
  stream_.expires_never();
  On([this](auto& stream) {
    stream.async_read_some(
        buffer_.prepare(kWatchBytes),
        [self = shared_from_this()](error_code error, size_t size) {
          self->watching_ = false;
          if (error) {
            self->Close();
            return;
          }
          self->buffer_.commit(size);
          if (self->waiting_) self->ReadHeader();
        });
  });
}

void Connection::ReadHeader() {
  waiting_ = false;
  idle_.cancel();
  parser_.emplace();
  parser_->header_limit(kMaxHeader);
  // Each request has its own limit, which Dispatch knows.
  parser_->body_limit(std::numeric_limits<uint64_t>::max());
  stream_.expires_after(Chrono(site_.max_handshake));
  On([this](auto& stream) {
    http::async_read_header(
        stream, buffer_, *parser_,
        [self = shared_from_this()](error_code error, size_t) {
          if (!error) {
            self->Dispatch();
          } else if (error == http::error::end_of_stream ||
                     error == boost::beast::error::timeout) {
            self->Close();
          } else {
            self->Send(
                ErrorReply(
                    400, absl::StatusCode::kInvalidArgument, "INVALID_REQUEST",
                    absl::StrCat("no request of HTTP/1.1: ", error.message())),
                [](bool) {});
          }
        });
  });
}

absl::string_view Connection::Header(absl::string_view name) const {
  const auto& fields = parser_->get();
  const auto found =
      fields.find(boost::beast::string_view(name.data(), name.size()));
  return found == fields.end() ? absl::string_view() : View(found->value());
}

bool Connection::IsHostKnown() const {
  if (site_.host_names.empty()) return true;
  const absl::string_view host = HostOf(Header("host"));
  return std::any_of(site_.host_names.begin(), site_.host_names.end(),
                     [host](const std::string& known) {
                       return absl::EqualsIgnoreCase(host, known);
                     });
}

bool Connection::IsOriginOurs() const {
  const absl::string_view origin = Header("origin");
  if (origin.empty()) return true;
  const size_t scheme = origin.find("://");
  return scheme != absl::string_view::npos &&
         absl::EqualsIgnoreCase(origin.substr(scheme + 3), Header("host"));
}

access::Credentials Connection::CredentialsOfCaller() const {
  access::Credentials credentials;
  credentials.certificate_names = certificate_names_;
  credentials.authorization = std::string(Header("authorization"));
  return credentials;
}

bool Connection::MayLook() const {
  const api::Authorizer& authorizer = *site_.calls->options().authorizer;
  api::CallContext context(*site_.calls->options().clock);
  context.method = kMetricsMethod;
  return authorizer.Identify(CredentialsOfCaller(), context).ok() &&
         authorizer.Check(kMetricsMethod, context).ok();
}

void Connection::Dispatch() {
  const auto& request = parser_->get();
  absl::string_view path = View(request.target());
  path = path.substr(0, path.find('?'));
  const Sent ignore = [](bool) {};
  const bool head = request.method() == http::verb::head;
  if (head || request.method() == http::verb::get) {
    Look(path, head);
    return;
  }
  if (!IsHostKnown()) {
    Send(ErrorReply(421, absl::StatusCode::kPermissionDenied, "UNKNOWN_HOST",
                    "the service has not the name that Host says; see "
                    "http.host_names of its configuration"),
         ignore);
    return;
  }
  if (request.method() != http::verb::post) {
    Reply reply = ErrorReply(405, absl::StatusCode::kUnimplemented,
                             "METHOD_NOT_ALLOWED", "calls are made with POST");
    reply.headers.emplace_back("allow", "GET, HEAD, POST");
    Send(std::move(reply), ignore);
    return;
  }
  const auto found = site_.methods.find(path);
  if (found == site_.methods.end()) {
    site_.calls->CountOther(peer_);
    Send(ErrorReply(404, absl::StatusCode::kUnimplemented, "UNKNOWN_METHOD",
                    "there is no such method, or it takes a stream and is "
                    "served over gRPC alone"),
         ignore);
    return;
  }
  if (!IsOriginOurs()) {
    Send(ErrorReply(403, absl::StatusCode::kPermissionDenied, "FOREIGN_ORIGIN",
                    "pages of other sites may not call the service"),
         ignore);
    return;
  }
  OpenCall(found->second);
}

void Connection::OpenCall(const api::Method& method) {
  const auto type = ReadContentType(Header("content-type"));
  const absl::string_view encoding = Header("content-encoding");
  const absl::string_view enveloped = Header("connect-content-encoding");
  const bool stream = method.stream != nullptr;
  const Sent ignore = [](bool) {};
  if (!type.has_value() || type->streaming != stream) {
    Reply reply = ErrorReply(
        415, absl::StatusCode::kInvalidArgument, "UNKNOWN_CONTENT_TYPE",
        stream ? "expected content-type application/connect+json or "
                 "application/connect+proto"
               : "expected content-type application/json or application/proto");
    reply.headers.emplace_back(
        "accept-post",
        stream ? "application/connect+json, application/connect+proto"
               : "application/json, application/proto");
    Send(std::move(reply), ignore);
    return;
  }
  for (const absl::string_view name : {encoding, enveloped}) {
    if (name.empty() || name == "identity") continue;
    Send(ErrorReply(501, absl::StatusCode::kUnimplemented, "COMPRESSED_REQUEST",
                    "requests are taken uncompressed"),
         ignore);
    return;
  }
  HttpCall::Options options;
  options.calls = site_.calls;
  options.method = &method;
  options.type = *type;
  options.takes_gzip = TakesGzip(Header("accept-encoding"));
  options.max_silence = site_.max_silence;
  call_ = std::make_shared<HttpCall>(options, shared_from_this());
  api::Arrival arrival;
  arrival.peer = peer_;
  arrival.credentials = CredentialsOfCaller();
  arrival.request_id = std::string(Header("x-request-id"));
  const absl::StatusOr<absl::Duration> timeout =
      ReadTimeout(Header("connect-timeout-ms"));
  if (timeout.ok() && *timeout < absl::InfiniteDuration()) {
    arrival.deadline = site_.calls->options().clock->Now() + *timeout;
  }
  absl::Status status = call_->Open(std::move(arrival));
  if (status.ok()) status = timeout.status();
  int64_t limit = site_.max_message_bytes;
  if (method.kind == api::Calls::Kind::kIngestion) {
    // JSON writes three bytes in four characters.
    limit = site_.max_content_bytes / 3 * 4 + (64 << 10);
  }
  const auto length = parser_->content_length();
  if (status.ok() && length && *length > static_cast<uint64_t>(limit)) {
    status =
        base::Error(absl::StatusCode::kResourceExhausted, "MESSAGE_TOO_LARGE",
                    absl::StrCat("the request has ", *length,
                                 " bytes and the limit is ", limit))
            .With("limit", absl::StrCat(limit));
  }
  if (!status.ok()) {
    call_->Refuse(status);
    return;
  }
  parser_->body_limit(static_cast<uint64_t>(limit));
  ReadBody(call_);
}

void Connection::ReadBody(std::shared_ptr<HttpCall> call) {
  if (absl::EqualsIgnoreCase(Header("expect"), "100-continue")) {
    sender_.SendContinue();
  }
  stream_.expires_after(Chrono(site_.max_silence));
  On([&](auto& stream) {
    http::async_read(
        stream, buffer_, *parser_,
        [self = shared_from_this(), call](error_code error, size_t) {
          if (!error) {
            // What is there already is the next request, not a farewell.
            if (self->buffer_.size() == 0) self->Watch();
            call->Run(std::move(self->parser_->get().body()));
            return;
          }
          const bool too_large = error == http::error::body_limit;
          call->Refuse(
              base::Error(too_large ? absl::StatusCode::kResourceExhausted
                                    : absl::StatusCode::kInvalidArgument,
                          too_large ? "MESSAGE_TOO_LARGE" : "INVALID_REQUEST",
                          absl::StrCat("the request's body cannot be taken: ",
                                       error.message())));
        });
  });
}

void Connection::Look(absl::string_view path, bool head) {
  const Sent ignore = [](bool) {};
  Reply reply;
  if (path == "/healthz") {
    reply = TextReply(200, "ok");
  } else if (path == "/readyz") {
    const bool ready = site_.serving.load() && site_.calls->admitting();
    reply = TextReply(ready ? 200 : 503, ready ? "ready" : "not serving");
  } else if (!IsHostKnown()) {
    reply = TextReply(421,
                      "The service has not the name that Host says; see "
                      "http.host_names of its configuration.");
  } else if (path == "/metrics" && site_.metrics != nullptr) {
    if (MayLook()) {
      reply = TextReply(200, "");
      reply.headers[0].second = "text/plain; version=0.0.4; charset=utf-8";
      reply.body = std::make_shared<const std::string>(site_.metrics->Text());
    } else {
      reply = TextReply(401,
                        "It takes a token or certificate of somebody who "
                        "may see the service's status.");
      reply.headers.emplace_back("www-authenticate", "Bearer");
    }
  } else if (const Page* page = site_.pages.Find(path); page != nullptr) {
    reply.headers = {
        {"content-type", page->content_type},
        {"etag", page->etag},
        {"vary", "accept-encoding"},
        {"cache-control",
         page->immutable ? "public, max-age=31536000, immutable" : "no-cache"}};
    if (Header("if-none-match") == page->etag) {
      reply.status = 304;
    } else if (page->gzip != nullptr && TakesGzip(Header("accept-encoding"))) {
      reply.headers.emplace_back("content-encoding", "gzip");
      reply.body = page->gzip;
    } else {
      reply.body = page->content;
    }
  } else if (path == "/") {
    reply = TextReply(404,
                      "The explorer page is not installed here; calls are "
                      "answered all the same, POST "
                      "/collate.v1.StatisticsService/QueryStatistics among "
                      "them.");
  } else if (site_.methods.contains(path)) {
    reply = TextReply(405, "Calls are made with POST.");
    reply.headers.emplace_back("allow", "POST");
  } else {
    reply = TextReply(404, "There is nothing here.");
  }
  // A body, which nobody reads here, would be taken for the next request.
  const auto length = parser_->content_length();
  reply.last = parser_->chunked() || (length && *length > 0);
  if (head && reply.body != nullptr) {
    reply.headers.emplace_back("content-length",
                               absl::StrCat(reply.body->size()));
    reply.body = nullptr;
  }
  Send(std::move(reply), ignore);
}

void Connection::Send(Reply reply, Sent sent) {
  asio::post(stream_.get_executor(), [self = shared_from_this(),
                                      reply = std::move(reply),
                                      sent = std::move(sent)] {
    self->sender_.SendReply(
        reply, [self = self.get(), sent, last = reply.last](bool ok) {
          sent(ok);
          self->Over(ok, last);
        });
  });
}

void Connection::SendHead(Reply head, Sent sent) {
  asio::post(stream_.get_executor(),
             [self = shared_from_this(), head = std::move(head),
              sent = std::move(sent)] { self->sender_.SendHead(head, sent); });
}

void Connection::SendPart(std::string part, Sent sent) {
  auto bytes = std::make_shared<const std::string>(std::move(part));
  asio::post(stream_.get_executor(),
             [self = shared_from_this(), bytes = std::move(bytes),
              sent = std::move(sent)] { self->sender_.SendPart(bytes, sent); });
}

void Connection::SendEnd(Sent sent) {
  asio::post(stream_.get_executor(),
             [self = shared_from_this(), sent = std::move(sent)] {
               self->sender_.SendEnd([self = self.get(), sent](bool ok) {
                 sent(ok);
                 self->Over(ok, false);
               });
             });
}

bool Connection::GoesOn() const {
  return !site_.stopping.load() && parser_.has_value() && parser_->keep_alive();
}

void Connection::Over(bool sent, bool last) {
  call_.reset();
  if (!sent || last || !GoesOn()) {
    Close();
    return;
  }
  parser_.reset();
  Next();
}

void Connection::Close() {
  waiting_ = false;
  idle_.cancel();
  if (call_ != nullptr) std::exchange(call_, nullptr)->Cancel();
  if (std::exchange(closed_, true)) return;
  // Ends whatever waits for the socket, too.
  error_code ignored;
  stream_.socket().shutdown(asio::socket_base::shutdown_both, ignored);
  stream_.close();
}

}  // namespace collate::gateway
