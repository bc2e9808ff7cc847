// Sends what a connection answers: one thing at a time, in the order in which
// it was handed over.
//
// Lives on the gateway's thread.

#ifndef COLLATE_SERVICE_GATEWAY_SENDER_H_
#define COLLATE_SERVICE_GATEWAY_SENDER_H_

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace collate::gateway {

// What is sent back.
struct Reply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body;  // null for none
  // What the caller sends further is not read: the connection ends.
  bool last = false;
};

class Sender {
 public:
  using Stream =
      boost::beast::basic_stream<boost::asio::generic::stream_protocol>;
  using Tls = std::optional<boost::asio::ssl::stream<Stream&>>;
  // Whether it was sent.
  using Sent = std::function<void(bool)>;

  struct Options {
    // Of the other side, who takes nothing.
    absl::Duration max_silence;
    // The owner of all this, which lives on while something is being sent.
    std::function<std::shared_ptr<void>()> owner;
    // Whether the connection goes on after a reply; asked when it is sent.
    std::function<bool()> goes_on;
    // Something could not be sent, and nothing that follows can be.
    std::function<void()> failed;
  };

  // Speaks over `tls` where there is one, else over `stream`.
  Sender(Stream& stream, Tls& tls, Options options);
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // `sent` is always called.
  void SendContinue();
  void SendReply(Reply reply, Sent sent);
  void SendHead(Reply head, Sent sent);
  void SendPart(std::shared_ptr<const std::string> part, Sent sent);
  void SendEnd(Sent sent);

 private:
  // Ends a sending: tells whoever waits, and begins the next one.
  using Done = std::function<void(bool)>;

  void Enqueue(std::function<void(Done done)> send, Sent sent);
  void SendNext();
  // Calls `write` with the stream that is spoken on and what is to be called
  // with the outcome.
  template <typename WriteFn>
  void Write(Done done, WriteFn write);

  Stream& stream_;
  Tls& tls_;
  const Options options_;
  std::deque<std::function<void()>> outgoing_;
};

}  // namespace collate::gateway

#endif  // COLLATE_SERVICE_GATEWAY_SENDER_H_
