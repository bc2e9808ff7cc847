#include "tests/testing/raw_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace collate::testing {
namespace {

enum FrameType : char {
  kData = 0,
  kHeaders = 1,
  kRstStream = 3,
  kSettings = 4
};
constexpr size_t kFrameHead = 9;
constexpr char kEndStream = 1;
constexpr char kEndHeaders = 4;
constexpr uint16_t kInitialWindow = 4;  // a setting
constexpr uint32_t kCancel = 8;         // an error code

std::string BigEndian(uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text.push_back(static_cast<char>(value >> (8 * i)));
  }
  return text;
}

uint32_t FromBigEndian(absl::string_view bytes) {
  uint32_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

std::string Frame(FrameType type, char flags, uint32_t stream,
                  absl::string_view payload) {
  std::string frame = BigEndian(payload.size(), 3);
  frame.push_back(type);
  frame.push_back(flags);
  return absl::StrCat(frame, BigEndian(stream, 4), payload);
}

// A string of HPACK, not compressed.
std::string Literal(absl::string_view text) {
  return absl::StrCat(BigEndian(text.size(), 1), text);
}

}  // namespace

absl::StatusOr<RawConnection> RawConnection::Open(const std::string& address,
                                                  const std::string& source) {
  const auto failed = [&address](absl::string_view what) {
    return absl::UnavailableError(
        absl::StrCat(what, " ", address, ": ", std::strerror(errno)));
  };
  const std::pair<std::string, std::string> at =
      absl::StrSplit(address, absl::MaxSplits(':', 1));
  if (at.first == "unix") {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (at.second.size() >= sizeof(to.sun_path)) {
      return absl::InvalidArgumentError(address);
    }
    at.second.copy(to.sun_path, at.second.size());
    base::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.open() ||
        connect(socket.get(), reinterpret_cast<const sockaddr*>(&to),
                sizeof(to)) != 0) {
      return failed("connect to");
    }
    return RawConnection(std::move(socket));
  }
  int port = 0;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  sockaddr_in from = to;
  if (!absl::SimpleAtoi(at.second, &port) ||
      inet_pton(AF_INET, at.first.c_str(), &to.sin_addr) != 1 ||
      inet_pton(AF_INET, source.c_str(), &from.sin_addr) != 1) {
    return absl::InvalidArgumentError(absl::StrCat(address, " from ", source));
  }
  to.sin_port = htons(static_cast<uint16_t>(port));
  base::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.open()) return failed("socket for");
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&from),
           sizeof(from)) != 0 ||
      connect(socket.get(), reinterpret_cast<const sockaddr*>(&to),
              sizeof(to)) != 0) {
    return failed("connect to");
  }
  return RawConnection(std::move(socket));
}

bool RawConnection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_.get(), bytes.data(), bytes.size(),
                              MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      pollfd waiting = {socket_.get(), POLLIN | POLLOUT, 0};
      poll(&waiting, 1, -1);
      if ((waiting.revents & POLLIN) != 0 && !Drain()) return false;
      continue;
    }
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawConnection::Drain() {
  char bytes[65536];
  while (true) {
    const ssize_t received =
        recv(socket_.get(), bytes, sizeof(bytes), MSG_DONTWAIT);
    if (received > 0 || (received < 0 && errno == EINTR)) continue;
    return received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
}

std::string RawConnection::Receive(size_t count, absl::Time deadline) {
  std::string bytes(count, '\0');
  size_t have = 0;
  while (have < count) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) break;
    pollfd waiting = {socket_.get(), POLLIN, 0};
    poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    const ssize_t received =
        recv(socket_.get(), bytes.data() + have, count - have, MSG_DONTWAIT);
    if (received > 0) {
      have += static_cast<size_t>(received);
    } else if (received == 0 || (errno != EAGAIN && errno != EINTR)) {
      break;
    }
  }
  bytes.resize(have);
  return bytes;
}

bool RawConnection::IsAnswered(uint32_t stream, absl::Time deadline) {
  while (true) {
    const std::string head = Receive(kFrameHead, deadline);
    if (head.size() < kFrameHead) return false;
    const uint32_t size = FromBigEndian(head.substr(0, 3));
    if (Receive(size, deadline).size() < size) return false;
    if (head[3] == kHeaders && FromBigEndian(head.substr(5)) == stream) {
      return (head[4] & kEndStream) == 0;
    }
  }
}

bool RawConnection::EndsBy(absl::Time deadline) {
  while (Drain()) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    pollfd waiting = {socket_.get(), POLLIN, 0};
    poll(&waiting, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
  }
  return true;
}

namespace http2 {

std::string Preface(uint32_t window) {
  return absl::StrCat(
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      Frame(kSettings, 0, 0,
            absl::StrCat(BigEndian(kInitialWindow, 2), BigEndian(window, 4))));
}

std::string Request(uint32_t stream, absl::string_view path,
                    absl::string_view timeout) {
  // Names by their number in HPACK's table, or as they are; all of them are
  // kept, the last one under 62, the one before under 63, and so on.
  std::string block = absl::StrCat(
      "\x83\x86\x44", Literal(path), "\x41", Literal("localhost"), "\x5f",
      Literal("application/grpc"), "\x40", Literal("te"), Literal("trailers"));
  if (!timeout.empty()) {
    block.push_back('\0');  // not kept
    absl::StrAppend(&block, Literal("grpc-timeout"), Literal(timeout));
  }
  return Frame(kHeaders, kEndHeaders, stream, block);
}

std::string RequestAgain(uint32_t stream) {
  return Frame(kHeaders, kEndHeaders, stream, "\x83\x86\xc1\xc0\xbf\xbe");
}

std::string Message(uint32_t stream, absl::string_view bytes) {
  std::string message(1, '\0');  // not compressed
  absl::StrAppend(&message, BigEndian(bytes.size(), 4), bytes);
  return Frame(kData, kEndStream, stream, message);
}

std::string Reset(uint32_t stream) {
  return Frame(kRstStream, 0, stream, BigEndian(kCancel, 4));
}

}  // namespace http2

}  // namespace collate::testing
