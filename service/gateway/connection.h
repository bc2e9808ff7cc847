// One connection of HTTP/1.1: reads a request, has it answered, and reads the
// next one. Requests are read only as far as somebody may send them: a call is
// admitted by its header, before its body is taken.
//
// Lives on the gateway's thread; what may be called from others says so.

#ifndef COLLATE_SERVICE_GATEWAY_CONNECTION_H_
#define COLLATE_SERVICE_GATEWAY_CONNECTION_H_

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/access/gate.h"
#include "service/gateway/sender.h"
#include "service/gateway/site.h"

namespace collate::gateway {

class HttpCall;

class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  using Stream = Sender::Stream;
  using Socket = boost::asio::generic::stream_protocol::socket;
  // Whether it was sent. On the gateway's thread.
  using Sent = Sender::Sent;

  // `tls` is null for no encryption. `gone` is told when nothing is left.
  Connection(const Site& site, Socket socket, std::string peer,
             std::shared_ptr<boost::asio::ssl::context> tls,
             std::function<void()> gone);

  void Start();

  // The rest may be called from any thread.

  // Ends it once it is idle, or at once with the call that runs on it.
  void Stop();
  void Abort();

  // The answer of a request: one Reply, or its head, parts and end. `sent` is
  // always called.
  void Send(Reply reply, Sent sent);
  void SendHead(Reply head, Sent sent);
  void SendPart(std::string part, Sent sent);
  void SendEnd(Sent sent);

 private:
  using Parser =
      boost::beast::http::request_parser<boost::beast::http::string_body>;

  // Calls `use` with the stream that is spoken on.
  template <typename UseFn>
  void On(UseFn use) {
    if (tls_.has_value()) {
      use(*tls_);
    } else {
      use(stream_);
    }
  }

  void Handshake();
  // Waits for a request; meanwhile, and while one is answered, Watch() notices
  // when the other side leaves.
  void Next();
  void Watch();
  void ReadHeader();
  void Dispatch();
  void Look(absl::string_view path, bool head);  // GET and HEAD
  void OpenCall(const api::Method& method);
  void ReadBody(std::shared_ptr<HttpCall> call);
  Sender::Options SenderOptions();
  bool GoesOn() const;  // after what is being answered
  void Over(bool sent, bool last);
  void Close();

  bool IsHostKnown() const;
  bool IsOriginOurs() const;
  bool MayLook() const;  // at /metrics
  absl::string_view Header(absl::string_view name) const;
  access::Credentials CredentialsOfCaller() const;

  // Told last, when all below is gone: perhaps on the thread of a call.
  struct Gone {
    ~Gone() { tell(); }
    const std::function<void()> tell;
  };

  const Gone gone_;
  const Site& site_;
  const std::string peer_;
  const std::shared_ptr<boost::asio::ssl::context> tls_context_;
  Stream stream_;
  Sender::Tls tls_;
  Sender sender_;
  boost::asio::steady_timer idle_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::shared_ptr<HttpCall> call_;  // that is being answered
  std::vector<std::string> certificate_names_;
  bool watching_ = false;  // a read is under way
  bool waiting_ = false;   // for a request
  bool closed_ = false;
};

}  // namespace collate::gateway

#endif  // COLLATE_SERVICE_GATEWAY_CONNECTION_H_
