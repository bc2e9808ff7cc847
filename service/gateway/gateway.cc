#include "service/gateway/gateway.h"

#include <sys/socket.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "service/api/methods.h"
#include "service/base/descriptor.h"
#include "service/base/status_macros.h"
#include "service/gateway/connection.h"
#include "service/gateway/pages.h"
#include "service/gateway/site.h"
#include "service/gateway/tls.h"
#include "service/transport/listener.h"

namespace collate::gateway {
namespace {

namespace asio = boost::asio;

class HttpGateway final : public Gateway {
 public:
  explicit HttpGateway(const Options& options)
      : log_(*options.log), work_(asio::make_work_guard(io_)) {
    site_.calls = options.calls;
    site_.metrics = options.metrics;
    site_.max_message_bytes = options.max_message_bytes;
    site_.max_content_bytes = options.max_content_bytes;
    site_.max_silence = options.max_silence;
    site_.max_idle = options.max_idle;
    for (api::Method& method : api::MethodsOf(options.handlers)) {
      std::string name = method.name;
      site_.methods.emplace(std::move(name), std::move(method));
    }
    site_.host_names = options.host_names;
    if (site_.host_names.empty() &&
        transport::IsLocalAddress(options.listen_address)) {
      site_.host_names = {"localhost", "127.0.0.1", "[::1]"};
    }
    if (options.keys != nullptr) {
      tls_.emplace(*options.keys, options.client_certificate);
    }
  }

  ~HttpGateway() override { Drain(absl::InfinitePast()); }

  absl::Status Listen(const Options& options) {
    if (!options.web_directory.empty()) {
      COLLATE_ASSIGN_OR_RETURN(site_.pages, Pages::Read(options.web_directory));
    }
    transport::Listener::Options listener;
    listener.address = options.listen_address;
    listener.max_connections = options.max_connections;
    listener.max_connections_per_address = options.max_connections_per_address;
    listener.refused = [this](int64_t count) {
      log_.Warning("connections refused",
                   {{"count", count}, {"listener", "http"}});
    };
    COLLATE_ASSIGN_OR_RETURN(listener_,
                             transport::Listener::Bind(std::move(listener)));
    site_.calls->AddTransport(
        [this](absl::string_view peer) { listener_->Disconnect(peer); });
    thread_ = std::thread([this] { Run(); });
    listener_->Serve([this](int, int fd, absl::string_view peer) {
      asio::post(io_, [this, fd, peer = std::string(peer)] {
        Take(base::Descriptor(fd), peer);
      });
    });
    return absl::OkStatus();
  }

  int port() const override { return listener_->port(); }
  int connection_count() const override { return listener_->live_count(); }
  void SetServing(bool serving) override { site_.serving.store(serving); }

  void Drain(absl::Time end) override {
    std::call_once(drained_, [this, end] {
      SetServing(false);
      site_.stopping.store(true);
      if (listener_ != nullptr) listener_->Stop();
      if (thread_.joinable()) {
        // After what the listener handed over last.
        asio::post(io_, [this] { ForEach(&Connection::Stop); });
        std::unique_lock lock(mutex_);
        gone_.wait_until(lock, absl::ToChronoTime(end),
                         [this] { return live_.empty(); });
        lock.unlock();
        asio::post(io_, [this] { ForEach(&Connection::Abort); });
        lock.lock();
        gone_.wait(lock, [this] { return live_.empty(); });
        lock.unlock();
        work_.reset();
        thread_.join();
      }
    });
  }

 private:
  void Run() {
    while (true) {
      try {
        io_.run();
        return;
      } catch (const std::exception& exception) {
        // Of one connection, which is closed with what it held.
        log_.Error("a connection failed", {{"problem", exception.what()}});
      }
    }
  }

  void Take(base::Descriptor fd, const std::string& peer) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    if (site_.stopping.load() ||
        getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) !=
            0) {
      return;
    }
    std::shared_ptr<asio::ssl::context> tls;
    if (tls_.has_value()) {
      auto current = tls_->Current();
      if (!current.ok()) {
        log_.Error("connections cannot be encrypted",
                   {{"problem", current.status().message()}});
        return;
      }
      tls = *std::move(current);
    }
    Connection::Socket socket(io_);
    boost::system::error_code error;
    socket.assign(asio::generic::stream_protocol(address.ss_family, 0),
                  fd.get(), error);
    if (error) return;
    fd.Release();
    const int64_t id = ++last_id_;
    const auto connection = std::make_shared<Connection>(
        site_, std::move(socket), peer, std::move(tls), [this, id] {
          std::lock_guard lock(mutex_);
          live_.erase(id);
          gone_.notify_all();
        });
    {
      std::lock_guard lock(mutex_);
      live_.emplace(id, connection);
    }
    connection->Start();
  }

  void ForEach(void (Connection::*act)()) {
    std::vector<std::shared_ptr<Connection>> live;
    {
      std::lock_guard lock(mutex_);
      for (const auto& [id, connection] : live_) {
        if (auto one = connection.lock()) live.push_back(std::move(one));
      }
    }
    for (const auto& one : live) (one.get()->*act)();
  }

  base::Log& log_;
  Site site_;
  std::optional<TlsContexts> tls_;  // of the thread
  int64_t last_id_ = 0;             // likewise
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::unique_ptr<transport::Listener> listener_;
  std::thread thread_;
  std::once_flag drained_;

  std::mutex mutex_;  // guards the rest
  std::condition_variable gone_;
  absl::flat_hash_map<int64_t, std::weak_ptr<Connection>> live_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Start(
    const Options& options) {
  COLLATE_RETURN_IF_ERROR(api::CheckViews(
      options.handlers, options.calls->options().disclosure_profile));
  auto gateway = std::make_unique<HttpGateway>(options);
  COLLATE_RETURN_IF_ERROR(gateway->Listen(options));
  return gateway;
}

}  // namespace collate::gateway
