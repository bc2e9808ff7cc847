// A connection to the daemon and the HTTP/2 that a test writes on it by
// hand: what no gRPC library would send.
//
//   COLLATE_ASSERT_OK_AND_ASSIGN(
//       RawConnection attacker,
//       RawConnection::Open(daemon->address(), kAnotherAddress));
//   attacker.Send(http2::Preface());
//   attacker.Send(http2::Request(1, kMethod, ""));
//
// Belongs to one thread.

#ifndef COLLATE_TESTS_TESTING_RAW_CONNECTION_H_
#define COLLATE_TESTS_TESTING_RAW_CONNECTION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/descriptor.h"

namespace collate::testing {

// Local addresses that are not those of the tests' own clients.
inline constexpr char kAnotherAddress[] = "127.0.0.2";
inline constexpr char kThirdAddress[] = "127.0.0.3";

class RawConnection {
 public:
  // `address` is "127.0.0.1:PORT", `source` where it shall come from; or
  // "unix:PATH", which comes from nowhere.
  static absl::StatusOr<RawConnection> Open(const std::string& address,
                                            const std::string& source);

  int descriptor() const { return socket_.get(); }

  // False when the peer has ended the connection. While the peer takes nothing,
  // what comes in is thrown away: it may be waiting for that.
  bool Send(absl::string_view bytes);
  // Throws away what has come in. False when the peer has ended the connection.
  bool Drain();
  // Whether a call is being answered by `deadline`: headers of `stream` have
  // come which are not all that comes, as those of a refusal are. False when
  // they are, or nothing has come. Throws away all before them.
  bool IsAnswered(uint32_t stream, absl::Time deadline);
  // Whether it is over by `deadline`; throws away what comes in until then.
  bool EndsBy(absl::Time deadline);

 private:
  explicit RawConnection(base::Descriptor socket)
      : socket_(std::move(socket)) {}

  // So many bytes by `deadline`, or fewer.
  std::string Receive(size_t count, absl::Time deadline);

  base::Descriptor socket_;
};

// Frames of RFC 9113.
namespace http2 {

// What a client sends first. A stream may get `window` bytes until more is
// allowed.
std::string Preface(uint32_t window = 65535);
// A call of gRPC, whose message is to follow; `timeout` as in grpc-timeout,
// "2S", or empty.
std::string Request(uint32_t stream, absl::string_view path,
                    absl::string_view timeout = "");
// The same once more on this connection, in a fraction of the bytes: HPACK has
// kept its headers.
std::string RequestAgain(uint32_t stream);
// One message, and that it was the last.
std::string Message(uint32_t stream, absl::string_view bytes);
std::string Reset(uint32_t stream);

}  // namespace http2

}  // namespace collate::testing

#endif  // COLLATE_TESTS_TESTING_RAW_CONNECTION_H_
