#include "service/transport/reach.h"

#include <netdb.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/base/descriptor.h"

namespace collate::transport {
namespace {

absl::Status Unreachable(const std::string& address, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat(address, ": ", why));
}

// A socket that waits no longer than `timeout` for anything.
base::Descriptor MakeSocket(int family, absl::Duration timeout) {
  base::Descriptor fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit = absl::ToTimeval(timeout);
  if (fd.open()) {
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  }
  return fd;
}

base::Descriptor ConnectTo(const std::string& address, absl::Duration timeout) {
  absl::string_view path = address;
  if (absl::ConsumePrefix(&path, "unix:")) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.size() >= sizeof(name.sun_path)) return {};
    path.copy(name.sun_path, path.size());
    base::Descriptor fd = MakeSocket(AF_UNIX, timeout);
    if (fd.open() && connect(fd.get(), reinterpret_cast<const sockaddr*>(&name),
                             sizeof(name)) != 0) {
      fd.Close();
    }
    return fd;
  }
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return {};
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), address.c_str() + colon + 1, &wanted, &found) !=
      0) {
    return {};
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found,
                                                           &freeaddrinfo);
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    base::Descriptor fd = MakeSocket(one->ai_family, timeout);
    if (fd.open() && connect(fd.get(), one->ai_addr, one->ai_addrlen) == 0) {
      return fd;
    }
  }
  return {};
}

// Whether the other side said, or ended, anything.
bool AnswersPlain(int fd) {
  char byte = 0;
  const ssize_t n = recv(fd, &byte, 1, 0);
  return n >= 0 || errno == ECONNRESET;
}

bool AnswersEncrypted(int fd) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(
      SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  const std::unique_ptr<SSL, void (*)(SSL*)> connection(
      context == nullptr ? nullptr : SSL_new(context.get()), &SSL_free);
  if (connection == nullptr || SSL_set_fd(connection.get(), fd) != 1) {
    return false;
  }
  // Who it is does not matter: it is an address of ours.
  SSL_set_verify(connection.get(), SSL_VERIFY_NONE, nullptr);
  errno = 0;
  if (SSL_connect(connection.get()) == 1) return true;
  return BIO_number_read(SSL_get_rbio(connection.get())) > 0 ||
         (errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace

std::string OwnAddress(absl::string_view listen_address, int port) {
  const size_t colon = listen_address.rfind(':');
  if (port == 0 || colon == absl::string_view::npos) {
    return std::string(listen_address);
  }
  absl::string_view host = listen_address.substr(0, colon);
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  return absl::StrCat(host, ":", port);
}

absl::Status Reach(const std::string& address, bool encrypted,
                   absl::Duration timeout) {
  const base::Descriptor fd = ConnectTo(address, timeout);
  if (!fd.open()) return Unreachable(address, "nobody accepts connections");
  if (encrypted ? AnswersEncrypted(fd.get()) : AnswersPlain(fd.get())) {
    return absl::OkStatus();
  }
  return absl::DeadlineExceededError(
      absl::StrCat(address, ": nothing was said on a connection in ",
                   absl::FormatDuration(timeout)));
}

}  // namespace collate::transport
