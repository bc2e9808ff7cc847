#include "service/transport/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "service/base/error.h"

namespace collate::transport {
namespace {

constexpr int kBacklog = 1024;
// Store, workers' pipes, log and what libraries open.
constexpr int kOwnDescriptors = 48;
// A few calls go on, however little the process may have.
constexpr int kLeastConnections = 8;
// How long to leave a queue alone from which nothing can be taken.
constexpr int kExhaustedMillis = 100;

absl::Status CannotListen(absl::string_view address, absl::string_view why) {
  return base::Error(absl::StatusCode::kUnavailable, "CANNOT_LISTEN",
                     absl::StrCat("cannot listen on ", address, ": ", why))
      .With("address", address);
}

absl::Status CannotListen(absl::string_view address, int error) {
  return CannotListen(address, std::strerror(error));
}

struct HostPort {
  std::string host;
  std::string port;
};

// "HOST:PORT" or "[ADDRESS]:PORT".
absl::StatusOr<HostPort> Split(absl::string_view address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 ||
      port > 65535) {
    return CannotListen(address, "expected HOST:PORT or unix:/path");
  }
  absl::string_view host = address.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return HostPort{std::string(host), absl::StrCat(port)};
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

absl::StatusOr<Addresses> Resolve(absl::string_view address,
                                  const HostPort& at) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(at.host.empty() ? nullptr : at.host.c_str(),
                                at.port.c_str(), &hints, &found);
  if (error != 0) return CannotListen(address, gai_strerror(error));
  return Addresses(found, &freeaddrinfo);
}

void SetPort(sockaddr_storage& address, int port) {
  if (address.ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(address).sin6_port =
        htons(static_cast<uint16_t>(port));
  } else {
    reinterpret_cast<sockaddr_in&>(address).sin_port =
        htons(static_cast<uint16_t>(port));
  }
}

int PortOf(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    return 0;
  }
  return ntohs(bound.ss_family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                   : reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

// As gRPC writes it, so that calls and connections can be told to belong
// together: "ipv4:127.0.0.1:5000", "ipv6:%5B::1%5D:5000", "unix:".
std::string PeerOf(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return absl::StrCat("ipv4:", text, ":", ntohs(v4.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof(text));
      return absl::StrCat("ipv4:", text, ":", ntohs(v6.sin6_port));
    }
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    return absl::StrCat("ipv6:%5B", text, "%5D:", ntohs(v6.sin6_port));
  }
  return "unix:";
}

std::string AddressOfPeer(const std::string& peer) {
  return peer.substr(0, peer.rfind(':'));
}

int OpenDescriptors() {
  std::error_code error;
  int count = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
       entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++count;
  }
  return count;
}

// What the descriptors of the process allow of `wanted` connections.
int Affordable(int wanted, int reserved) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const auto all = static_cast<int64_t>(
      std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<int>::max()));
  const int64_t affordable = std::max<int64_t>(
      all - OpenDescriptors() - kOwnDescriptors - reserved, kLeastConnections);
  return static_cast<int>(std::min<int64_t>(affordable, wanted));
}

bool SomebodyListens(const sockaddr_un& name) {
  const base::Descriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd.open() &&
         connect(fd.get(), reinterpret_cast<const sockaddr*>(&name),
                 sizeof(name)) == 0;
}

// Of the socket that a descriptor is, which nobody else gets while it is open;
// 0 when it is none any more. By its link, since the descriptor is another's to
// close meanwhile.
ino_t InodeOf(int fd) {
  char link[64] = "";
  const std::string path = absl::StrCat("/proc/self/fd/", fd);
  const ssize_t size = readlink(path.c_str(), link, sizeof(link) - 1);
  absl::string_view text(link, size < 0 ? 0 : static_cast<size_t>(size));
  uint64_t inode = 0;
  const bool is_socket = absl::ConsumePrefix(&text, "socket:[") &&
                         absl::ConsumeSuffix(&text, "]") &&
                         absl::SimpleAtoi(text, &inode);
  return is_socket ? static_cast<ino_t>(inode) : 0;
}

base::Descriptor OpenReserve() {
  return base::Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

// The caller hears of it at once, instead of waiting for the end of input.
void Refuse(int fd) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close(fd);
}

}  // namespace

bool IsLocalAddress(absl::string_view address) {
  if (absl::StartsWith(address, "unix:")) return true;
  const auto at = Split(address);
  if (!at.ok() || at->host.empty()) return false;
  const auto addresses = Resolve(address, *at);
  if (!addresses.ok()) return false;
  for (const addrinfo* one = addresses->get(); one != nullptr;
       one = one->ai_next) {
    if (one->ai_family == AF_INET) {
      const auto& v4 = *reinterpret_cast<const sockaddr_in*>(one->ai_addr);
      if (ntohl(v4.sin_addr.s_addr) >> 24 != 127) return false;
    } else if (one->ai_family == AF_INET6) {
      const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(one->ai_addr);
      if (!IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr)) return false;
    } else {
      return false;
    }
  }
  return true;
}

Listener::Listener(Options options) : options_(std::move(options)) {}

Listener::~Listener() { Stop(); }

absl::StatusOr<std::unique_ptr<Listener>> Listener::Bind(Options options) {
  auto listener = std::unique_ptr<Listener>(new Listener(std::move(options)));
  absl::string_view address = listener->options_.address;
  const absl::Status bound = absl::ConsumePrefix(&address, "unix:")
                                 ? listener->BindSocket(address)
                                 : listener->BindPort(address);
  if (!bound.ok()) return bound;
  listener->wake_ = base::Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  listener->reserve_ = OpenReserve();
  if (!listener->wake_.open() || !listener->reserve_.open()) {
    return CannotListen(listener->options_.address, errno);
  }
  listener->max_connections_ =
      Affordable(listener->options_.max_connections,
                 listener->options_.reserved_descriptors);
  // Both are lowered alike, lest one address takes all that is left.
  listener->max_per_address_ = static_cast<int>(std::max<int64_t>(
      1, int64_t{listener->options_.max_connections_per_address} *
             listener->max_connections_ / listener->options_.max_connections));
  return listener;
}

absl::Status Listener::BindSocket(absl::string_view path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(name.sun_path)) {
    return CannotListen(options_.address, ENAMETOOLONG);
  }
  path.copy(name.sun_path, path.size());
  // One that is there was left behind, unless somebody answers.
  if (SomebodyListens(name)) return CannotListen(options_.address, EADDRINUSE);
  struct stat there {};
  if (lstat(name.sun_path, &there) == 0 && S_ISSOCK(there.st_mode)) {
    unlink(name.sun_path);
  }
  base::Descriptor fd(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.open() ||
      bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) !=
          0 ||
      listen(fd.get(), kBacklog) != 0) {
    return CannotListen(options_.address, errno);
  }
  listeners_.push_back(std::move(fd));
  return absl::OkStatus();
}

absl::Status Listener::BindPort(absl::string_view address) {
  auto at = Split(address);
  if (!at.ok()) return at.status();
  auto addresses = Resolve(address, *at);
  if (!addresses.ok()) return addresses.status();
  for (const addrinfo* one = addresses->get(); one != nullptr;
       one = one->ai_next) {
    base::Descriptor fd(
        socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // A machine may have names for protocols that it does not speak.
    if (!fd.open() && errno == EAFNOSUPPORT) continue;
    if (!fd.open()) return CannotListen(address, errno);
    const int on = 1;
    const int off = 0;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (one->ai_family == AF_INET6) {
      setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    }
    // Connections inherit it.
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_storage name{};
    std::memcpy(&name, one->ai_addr, one->ai_addrlen);
    // All addresses of one host get the port that the first one took.
    if (port_ != 0) SetPort(name, port_);
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&name),
             one->ai_addrlen) != 0 ||
        listen(fd.get(), kBacklog) != 0) {
      return CannotListen(address, errno);
    }
    port_ = PortOf(fd.get());
    listeners_.push_back(std::move(fd));
  }
  if (listeners_.empty()) return CannotListen(address, EAFNOSUPPORT);
  return absl::OkStatus();
}

void Listener::Serve(Taker taker) {
  taker_ = std::move(taker);
  thread_ = std::thread([this] { Run(); });
}

void Listener::Stop() {
  if (stopping_.exchange(true)) return;
  const uint64_t one = 1;
  if (wake_.open()) {
    [[maybe_unused]] const ssize_t written =
        write(wake_.get(), &one, sizeof(one));
  }
  if (thread_.joinable()) thread_.join();
  listeners_.clear();
}

void Listener::Run() {
  std::vector<pollfd> waiting;
  for (const base::Descriptor& listener : listeners_) {
    waiting.push_back({listener.get(), POLLIN, 0});
  }
  waiting.push_back({wake_.get(), POLLIN, 0});
  while (!stopping_.load()) {
    const int timeout = refused_ > 0 ? 1000 : -1;
    if (poll(waiting.data(), waiting.size(), timeout) < 0 && errno != EINTR) {
      // Out of memory for the call itself, at worst; nothing else can be done.
      continue;
    }
    for (size_t i = 0; i + 1 < waiting.size() && !stopping_.load(); ++i) {
      if ((waiting[i].revents & POLLIN) != 0) AcceptAll(waiting[i].fd);
    }
    TellRefused();
  }
}

void Listener::AcceptAll(int listener) {
  while (!stopping_.load()) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    const int fd = accept4(listener, reinterpret_cast<sockaddr*>(&address),
                           &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      std::string peer = PeerOf(address);
      if (address.ss_family == AF_UNIX) absl::StrAppend(&peer, "#", fd);
      if (Enter(fd, peer)) {
        taker_(listener, fd, peer);
      } else {
        ++refused_;
        Refuse(fd);
      }
      continue;
    }
    switch (errno) {
      case EMFILE:
      case ENFILE:
        TurnAway(listener);
        continue;
      case ENOBUFS:
      case ENOMEM: {
        // Let others give memory back; whoever stops us need not wait.
        pollfd stop = {wake_.get(), POLLIN, 0};
        poll(&stop, 1, kExhaustedMillis);
        return;
      }
      case ECONNABORTED:
      case EINTR:
        continue;
      default:
        return;  // nobody waits any more
    }
  }
}

void Listener::TurnAway(int listener) {
  reserve_.Close();
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) {
    ++refused_;
    Refuse(fd);
  }
  reserve_ = OpenReserve();
  if (!reserve_.open() || fd < 0) {
    // Another thread was quicker to take it: come again in a moment.
    pollfd stop = {wake_.get(), POLLIN, 0};
    poll(&stop, 1, kExhaustedMillis);
    if (!reserve_.open()) reserve_ = OpenReserve();
  }
}

bool Listener::Enter(int fd, const std::string& peer) {
  const ino_t inode = InodeOf(fd);
  std::string address = AddressOfPeer(peer);
  std::lock_guard lock(mutex_);
  if (!HasRoom(address) || absl::Now() - swept_ >= kSweep) Sweep();
  if (!HasRoom(address)) return false;
  ++by_address_[address];
  // The descriptor's last owner is gone, or it could not be given out again.
  live_.insert_or_assign(peer, Connection{fd, inode, std::move(address)});
  return true;
}

bool Listener::HasRoom(absl::string_view address) const {
  if (live_.size() >= static_cast<size_t>(max_connections_)) return false;
  const auto of_address = by_address_.find(address);
  return of_address == by_address_.end() ||
         of_address->second < max_per_address_;
}

void Listener::Sweep() {
  swept_ = absl::Now();
  by_address_.clear();
  for (auto entry = live_.begin(); entry != live_.end();) {
    const Connection& connection = entry->second;
    if (InodeOf(connection.fd) != connection.inode) {
      live_.erase(entry++);
      continue;
    }
    ++by_address_[connection.address];
    ++entry;
  }
}

int Listener::live_count() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(
      std::count_if(live_.begin(), live_.end(), [](const auto& entry) {
        return InodeOf(entry.second.fd) == entry.second.inode;
      }));
}

void Listener::Disconnect(absl::string_view peer) {
  std::lock_guard lock(mutex_);
  const auto found = live_.find(peer);
  if (found == live_.end()) return;
  if (InodeOf(found->second.fd) != found->second.inode) return;
  // Throws away what has come in and was not read, which a mere shutdown would
  // leave to gRPC, and tells the peer at once. gRPC closes the descriptor when
  // it sees the end; until then nobody gets its number.
  const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
  if (connect(found->second.fd, &nobody, sizeof(nobody)) != 0) {
    shutdown(found->second.fd, SHUT_RDWR);
  }
}

void Listener::TellRefused() {
  const absl::Time now = absl::Now();
  if (refused_ == 0 || now - told_ < kSweep) return;
  told_ = now;
  if (options_.refused) options_.refused(refused_);
  refused_ = 0;
}

}  // namespace collate::transport
