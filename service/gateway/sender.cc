#include "service/gateway/sender.h"

#include <boost/asio/write.hpp>
#include <boost/beast/core/span.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstddef>

#include "absl/strings/string_view.h"

namespace collate::gateway {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

// Nothing of others is loaded, nothing of ours is shown within others, and no
// script but the page's own runs.
constexpr char kContentSecurityPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
    "data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

template <typename Fields>
void SetHeaders(const Reply& reply, bool keep_alive, Fields& message) {
  message.result(static_cast<unsigned>(reply.status));
  message.version(11);
  for (const auto& [name, value] : reply.headers) message.set(name, value);
  message.set("x-content-type-options", "nosniff");
  message.set("referrer-policy", "no-referrer");
  message.set("cross-origin-resource-policy", "same-origin");
  message.set("cross-origin-opener-policy", "same-origin");
  message.set("content-security-policy", kContentSecurityPolicy);
  message.keep_alive(keep_alive);
}

}  // namespace

Sender::Sender(Stream& stream, Tls& tls, Options options)
    : stream_(stream), tls_(tls), options_(std::move(options)) {}

template <typename WriteFn>
void Sender::Write(Done done, WriteFn write) {
  stream_.expires_after(absl::ToChronoNanoseconds(options_.max_silence));
  auto handler = [owner = options_.owner(), done = std::move(done)](
                     error_code error, size_t) { done(!error); };
  if (tls_.has_value()) {
    write(*tls_, std::move(handler));
  } else {
    write(stream_, std::move(handler));
  }
}

void Sender::SendContinue() {
  Enqueue(
      [this](Done done) {
        static constexpr absl::string_view kContinue =
            "HTTP/1.1 100 Continue\r\n\r\n";
        Write(std::move(done), [](auto& stream, auto handler) {
          asio::async_write(stream,
                            asio::buffer(kContinue.data(), kContinue.size()),
                            std::move(handler));
        });
      },
      [](bool) {});
}

void Sender::SendReply(Reply reply, Sent sent) {
  Enqueue(
      [this, reply = std::move(reply)](const Done& done) {
        const bool keep_alive = !reply.last && options_.goes_on();
        const auto write = [&](auto message) {
          Write([done, message, body = reply.body](bool ok) { done(ok); },
                [&message](auto& stream, auto handler) {
                  http::async_write(stream, *message, std::move(handler));
                });
        };
        if (reply.body == nullptr) {
          // Of HEAD, whose reply says how much would have come, and of 304.
          auto message = std::make_shared<http::response<http::empty_body>>();
          SetHeaders(reply, keep_alive, *message);
          write(message);
          return;
        }
        auto message =
            std::make_shared<http::response<http::span_body<const char>>>();
        message->body() = boost::beast::span<const char>(reply.body->data(),
                                                         reply.body->size());
        SetHeaders(reply, keep_alive, *message);
        message->prepare_payload();
        write(message);
      },
      std::move(sent));
}

void Sender::SendHead(Reply head, Sent sent) {
  Enqueue(
      [this, head = std::move(head)](const Done& done) {
        auto message = std::make_shared<http::response<http::empty_body>>();
        SetHeaders(head, options_.goes_on(), *message);
        message->chunked(true);
        auto serializer =
            std::make_shared<http::response_serializer<http::empty_body>>(
                *message);
        Write([done, message, serializer](bool ok) { done(ok); },
              [&serializer](auto& stream, auto handler) {
                http::async_write_header(stream, *serializer,
                                         std::move(handler));
              });
      },
      std::move(sent));
}

void Sender::SendPart(std::shared_ptr<const std::string> part, Sent sent) {
  Enqueue(
      [this, part = std::move(part)](const Done& done) {
        Write([done, part](bool ok) { done(ok); },
              [&part](auto& stream, auto handler) {
                asio::async_write(stream, http::make_chunk(asio::buffer(*part)),
                                  std::move(handler));
              });
      },
      std::move(sent));
}

void Sender::SendEnd(Sent sent) {
  Enqueue(
      [this](Done done) {
        Write(std::move(done), [](auto& stream, auto handler) {
          asio::async_write(stream, http::make_chunk_last(),
                            std::move(handler));
        });
      },
      std::move(sent));
}

void Sender::Enqueue(std::function<void(Done done)> send, Sent sent) {
  outgoing_.push_back([this, send = std::move(send), sent = std::move(sent)] {
    send([this, sent](bool ok) {
      sent(ok);
      // What follows cannot be sent either, and is told so all the same.
      if (!ok) options_.failed();
      outgoing_.pop_front();
      if (!outgoing_.empty()) SendNext();
    });
  });
  if (outgoing_.size() == 1) SendNext();
}

void Sender::SendNext() { outgoing_.front()(); }

}  // namespace collate::gateway
