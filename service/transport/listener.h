// Listening sockets and the connections that came in through them.
//
// gRPC's own listener never accepts again once descriptors ran out, and has no
// limit of connections. This one hands each connection over when there is room
// for it, closes it at once when there is not, and keeps a descriptor in
// reserve, with which it answers those that come when there is none left.
//
// Thread-safe. One thread of its own from Serve() to Stop().

#ifndef COLLATE_SERVICE_TRANSPORT_LISTENER_H_
#define COLLATE_SERVICE_TRANSPORT_LISTENER_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/descriptor.h"

namespace collate::transport {

class Listener {
 public:
  struct Options {
    // `HOST:PORT` or `unix:/path`; port 0 takes a free one.
    std::string address;
    // Open at one time, in all and from one address. Lowered, both alike, to
    // what the process may have of descriptors, less those for its own work.
    int max_connections = 1000;
    int max_connections_per_address = 1000;
    int reserved_descriptors = 0;  // that other listeners will want
    // Told how many connections were turned away since it was told last, at
    // most once a second. On the listener's thread.
    std::function<void(int64_t refused)> refused;
  };

  // Takes a connection; `fd` is the receiver's to close. `peer` is its name, as
  // gRPC writes it, with which Disconnect finds it.
  using Taker =
      std::function<void(int listener_fd, int fd, absl::string_view peer)>;

  // Binds. UNAVAILABLE (reason CANNOT_LISTEN) when the address is taken or not
  // an address of this machine; of a unix socket only when somebody listens.
  static absl::StatusOr<std::unique_ptr<Listener>> Bind(Options options);
  ~Listener();  // Stop()

  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // 0 for a unix socket.
  int port() const { return port_; }
  int max_connections() const { return max_connections_; }

  // Once; connections wait in the system's queue until then.
  void Serve(Taker taker);
  // Connections that are open stay so.
  void Stop();

  // Connections that are open now.
  int live_count() const;
  // Ends the connection of `peer`, as gRPC writes it ("ipv4:127.0.0.1:5000");
  // nothing happens when it is gone. A unix socket's peers have no names, so
  // that theirs cannot be ended.
  void Disconnect(absl::string_view peer);

 private:
  // An open socket is the one that was handed over while it has its inode.
  struct Connection {
    int fd;
    ino_t inode;
    std::string address;
  };
  // Of one sweep for connections that are gone.
  static constexpr absl::Duration kSweep = absl::Seconds(1);

  explicit Listener(Options options);

  absl::Status BindSocket(absl::string_view path);
  absl::Status BindPort(absl::string_view address);
  void Run();
  void AcceptAll(int listener);
  // Accepts with the reserved descriptor, only to close.
  void TurnAway(int listener);
  // Whether there is room; counts it in when there is.
  bool Enter(int fd, const std::string& peer);
  // Both with mutex_ held.
  void Sweep();
  bool HasRoom(absl::string_view address) const;
  void TellRefused();

  const Options options_;
  int max_connections_ = 0;
  int max_per_address_ = 0;
  int port_ = 0;
  std::vector<base::Descriptor> listeners_;
  base::Descriptor wake_;
  base::Descriptor reserve_;  // of the thread, as the next two
  int64_t refused_ = 0;
  absl::Time told_ = absl::InfinitePast();
  Taker taker_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;

  mutable std::mutex mutex_;                           // guards the rest
  absl::flat_hash_map<std::string, Connection> live_;  // by peer
  absl::flat_hash_map<std::string, int> by_address_;
  absl::Time swept_ = absl::InfinitePast();
};

// Whether whoever reaches `address` is on this machine: a unix socket, or a
// host all of whose addresses are loopback.
bool IsLocalAddress(absl::string_view address);

}  // namespace collate::transport

#endif  // COLLATE_SERVICE_TRANSPORT_LISTENER_H_
