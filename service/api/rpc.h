// Adapts handlers to gRPC's callback API; private to grpc_services.cc and
// its tests.
//
// Every call of every method goes one way: Calls::Open admits it, makes its
// CallContext and asks the Authorizer; the handler runs on an executor, never
// on gRPC's threads (but see answer_call.h for what is known already);
// Calls::Close logs it; Finish is called by the thread that ran the handler,
// once, as its last touch of the call. OnCancel only sets a flag. A reactor
// deletes itself in OnDone, after which nothing of gRPC's calls it.

#ifndef COLLATE_SERVICE_API_RPC_H_
#define COLLATE_SERVICE_API_RPC_H_

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/api/call_context.h"
#include "service/api/calls.h"
#include "service/api/finish_once.h"
#include "service/api/grpc_status.h"
#include "service/api/stream.h"
#include "service/api/unknown_fields.h"
#include "service/api/wire_bytes.h"
#include "service/base/error.h"

namespace collate::api {

// Calls::Open of what gRPC knows of a call.
absl::Status Open(Calls& calls, grpc::CallbackServerContext& server_context,
                  absl::string_view method, Calls::Kind kind,
                  Calls::Call& call);

// Calls::Close, and the outcome as gRPC sends it; call before Finish.
grpc::Status Close(Calls& calls, grpc::CallbackServerContext& server_context,
                   Calls::Call& call, const absl::Status& outcome);

template <typename Request, typename Response>
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  using Handler =
      std::function<absl::StatusOr<Response>(CallContext&, const Request&)>;

  static grpc::ServerUnaryReactor* Start(
      Calls& calls, grpc::CallbackServerContext* server_context,
      absl::string_view method, Calls::Kind kind, const Request* request,
      Response* response, Handler handler) {
    auto* call = new UnaryCall(calls, *server_context, *request, *response,
                               std::move(handler));
    // May be finished, but not deleted, before gRPC gets the reactor.
    call->Begin(method, kind);
    return call;
  }

  void OnCancel() override { calls_.Cancel(call_); }
  void OnDone() override {
    calls_.Forget(call_);
    delete this;
  }

 private:
  UnaryCall(Calls& calls, grpc::CallbackServerContext& server_context,
            const Request& request, Response& response, Handler handler)
      : calls_(calls),
        server_context_(server_context),
        request_(request),
        response_(response),
        handler_(std::move(handler)),
        call_(*calls.options().clock) {}

  void Begin(absl::string_view method, Calls::Kind kind) {
    absl::Status status = Open(calls_, server_context_, method, kind, call_);
    calls_.Receive(call_.context.peer);
    if (status.ok()) status = calls_.Schedule([this] { Run(); }, call_);
    // A call that was scheduled may be over by now.
    if (!status.ok()) End(status);
  }

  void Run() {
    End(Outcome(call_.context, Guarded([this]() -> absl::Status {
                  calls_.auditor().Describe(request_, call_.context);
                  absl::Status status = calls_.Begin(call_);
                  if (status.ok()) status = CheckNoUnknownFields(request_);
                  if (!status.ok()) return status;
                  auto response = handler_(call_.context, request_);
                  if (!response.ok()) return std::move(response).status();
                  response_ = *std::move(response);
                  return absl::OkStatus();
                })));
  }

  void End(const absl::Status& outcome) {
    if (!finish_.Claim()) return;
    this->Finish(Close(calls_, server_context_, call_, outcome));
  }

  Calls& calls_;
  grpc::CallbackServerContext& server_context_;
  const Request& request_;
  Response& response_;
  const Handler handler_;
  Calls::Call call_;
  FinishOnce finish_;
};

// Bridges a bidirectional stream to a handler that blocks. At most
// kInboxSize messages are held: a client that sends faster than they are
// read is held back by HTTP/2.
template <typename Request, typename Response>
class StreamCall final : public grpc::ServerBidiReactor<Request, Response>,
                         public Reader<Request>,
                         public Writer<Response> {
 public:
  using Handler = std::function<absl::Status(CallContext&, Reader<Request>&,
                                             Writer<Response>&)>;

  static grpc::ServerBidiReactor<Request, Response>* Start(
      Calls& calls, grpc::CallbackServerContext* server_context,
      absl::string_view method, Handler handler) {
    auto* call = new StreamCall(calls, *server_context, std::move(handler));
    call->Begin(method);
    return call;
  }

  // gRPC's side.

  void OnReadDone(bool ok) override {
    std::unique_lock lock(mutex_);
    reading_ = false;
    if (ok) {
      inbox_.push_back(std::move(incoming_));
      ReadAhead();
    } else {
      closed_ = true;
    }
    changed_.notify_all();
  }

  void OnWriteDone(bool ok) override {
    std::unique_lock lock(mutex_);
    writing_ = false;
    if (!ok) broken_ = true;
    changed_.notify_all();
  }

  void OnCancel() override {
    calls_.Cancel(call_);
    std::unique_lock lock(mutex_);
    broken_ = true;
    changed_.notify_all();
  }

  void OnDone() override {
    calls_.Forget(call_);
    delete this;
  }

  // The handler's side.

  absl::StatusOr<bool> Read(Request* message) override {
    const absl::Time silent_until =
        call_.context.clock.Now() + calls_.options().max_silence;
    std::unique_lock lock(mutex_);
    ReadAhead();
    Await(lock, std::min(silent_until, call_.context.deadline),
          [this] { return !inbox_.empty() || closed_ || broken_; });
    if (!inbox_.empty()) {
      *message = std::move(inbox_.front());
      // What is handed in, and by which name; bytes come later.
      if (call_.context.asked.question.empty()) {
        calls_.auditor().Describe(*message, call_.context);
      }
      inbox_.pop_front();
      ReadAhead();
      return true;
    }
    // A cancelled call ends its reads as a closed one does.
    if (broken_ || call_.context.Cancelled()) return Over();
    if (closed_) return false;
    return base::Error(absl::StatusCode::kDeadlineExceeded, "STREAM_SILENT",
                       "nothing was received for too long")
        .With("seconds",
              absl::StrCat(absl::ToInt64Seconds(calls_.options().max_silence)));
  }

  absl::Status Write(Response message) override {
    std::unique_lock lock(mutex_);
    AwaitWritten(lock);
    if (broken_ || writing_) return Over();
    StartWriting(std::move(message));
    return absl::OkStatus();
  }

  void TryWrite(Response message) override {
    std::unique_lock lock(mutex_);
    if (!broken_ && !writing_) StartWriting(std::move(message));
  }

 private:
  static constexpr size_t kInboxSize = 4;

  StreamCall(Calls& calls, grpc::CallbackServerContext& server_context,
             Handler handler)
      : calls_(calls),
        server_context_(server_context),
        handler_(std::move(handler)),
        call_(*calls.options().clock) {}

  void Begin(absl::string_view method) {
    absl::Status status =
        Open(calls_, server_context_, method, Calls::Kind::kIngestion, call_);
    if (status.ok()) {
      status = calls_.Schedule([this] { Run(); }, call_);
    }
    if (!status.ok()) End(status);
  }

  void Run() {
    const absl::Status outcome =
        Outcome(call_.context, Guarded([this]() -> absl::Status {
                  absl::Status status = calls_.Begin(call_);
                  if (!status.ok()) return status;
                  return handler_(call_.context, *this, *this);
                }));
    {
      std::unique_lock lock(mutex_);
      finishing_ = true;
      AwaitWritten(lock);
      if (writing_) {
        // The client does not take what was written; nothing may be on its
        // way when the call is finished.
        server_context_.TryCancel();
        changed_.wait(lock, [this] { return !writing_; });
      }
    }
    End(outcome);
  }

  // Never called under mutex_: the reactor may be gone before it returns.
  void End(const absl::Status& outcome) {
    if (!finish_.Claim()) return;
    this->Finish(Close(calls_, server_context_, call_, outcome));
  }

  // The rest is called under mutex_.

  template <typename ConditionFn>
  void Await(std::unique_lock<std::mutex>& lock, absl::Time deadline,
             ConditionFn condition) {
    changed_.wait_until(lock, absl::ToChronoTime(deadline), condition);
  }

  void AwaitWritten(std::unique_lock<std::mutex>& lock) {
    Await(lock, call_.context.deadline, [this] { return !writing_; });
  }

  void ReadAhead() {
    if (reading_ || closed_ || broken_ || finishing_ ||
        inbox_.size() >= kInboxSize) {
      return;
    }
    reading_ = true;
    this->StartRead(&incoming_);
  }

  void StartWriting(Response message) {
    outgoing_ = std::move(message);
    writing_ = true;
    this->StartWrite(&outgoing_);
  }

  absl::Status Over() const {
    const absl::Status status = call_.context.Check();
    if (!status.ok()) return status;
    return base::Error(absl::StatusCode::kCancelled, "CANCELLED",
                       "the connection to the caller is gone");
  }

  Calls& calls_;
  grpc::CallbackServerContext& server_context_;
  const Handler handler_;
  Calls::Call call_;
  FinishOnce finish_;

  // Guards the rest. std::mutex, since ThreadSanitizer sees through it.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Request> inbox_;
  bool reading_ = false;
  bool writing_ = false;
  bool closed_ = false;     // the client is done
  bool broken_ = false;     // nobody is there
  bool finishing_ = false;  // start nothing more
  // Lent to gRPC while reading_ and writing_.
  Request incoming_;
  Response outgoing_;
};

// What gRPC sends and receives of a call whose handler writes `Response`.
template <typename Response>
inline constexpr bool kInBytes = std::is_same_v<Response, std::string>;
template <typename Response>
using Sent = std::conditional_t<kInBytes<Response>, grpc::ByteBuffer, Response>;
template <typename Request, typename Response>
using Received =
    std::conditional_t<kInBytes<Response>, grpc::ByteBuffer, Request>;

// Bridges a stream of answers to a handler that blocks. One message is on its
// way and the next one in the handler's hand: a client that reads slowly holds
// the handler back, and one that takes nothing for too long ends the call.
// Messages are bytes already where the handler's Response is a string.
template <typename Request, typename Response>
class DownloadCall final : public grpc::ServerWriteReactor<Sent<Response>>,
                           public Writer<Response> {
 public:
  using Handler = std::function<absl::Status(CallContext&, const Request&,
                                             Writer<Response>&)>;

  static grpc::ServerWriteReactor<Sent<Response>>* Start(
      Calls& calls, grpc::CallbackServerContext* server_context,
      absl::string_view method, const Received<Request, Response>* request,
      Handler handler) {
    auto* call =
        new DownloadCall(calls, *server_context, *request, std::move(handler));
    call->Begin(method);
    return call;
  }

  // gRPC's side.

  void OnWriteDone(bool ok) override {
    std::unique_lock lock(mutex_);
    writing_ = false;
    if (!ok) broken_ = true;
    changed_.notify_all();
  }

  void OnCancel() override {
    calls_.Cancel(call_);
    std::unique_lock lock(mutex_);
    broken_ = true;
    changed_.notify_all();
  }

  void OnDone() override {
    calls_.Forget(call_);
    delete this;
  }

  // The handler's side.

  absl::Status Write(Response message) override {
    std::unique_lock lock(mutex_);
    const absl::Status status = AwaitWritten(lock);
    if (status.ok()) StartWriting(std::move(message));
    return status;
  }

  void TryWrite(Response message) override {
    std::unique_lock lock(mutex_);
    if (!broken_ && !writing_) StartWriting(std::move(message));
  }

 private:
  static constexpr absl::Duration kLastWrite = absl::Seconds(1);

  DownloadCall(Calls& calls, grpc::CallbackServerContext& server_context,
               const Received<Request, Response>& request, Handler handler)
      : calls_(calls),
        server_context_(server_context),
        request_(request),
        handler_(std::move(handler)),
        call_(*calls.options().clock) {}

  void Begin(absl::string_view method) {
    absl::Status status =
        Open(calls_, server_context_, method, Calls::Kind::kDownload, call_);
    if constexpr (!kInBytes<Response>) calls_.Receive(call_.context.peer);
    if (status.ok()) status = calls_.Schedule([this] { Run(); }, call_);
    if (!status.ok()) End(status);
  }

  void Run() {
    absl::Status outcome =
        Outcome(call_.context, Guarded([this]() -> absl::Status {
                  if constexpr (kInBytes<Response>) {
                    Request request;
                    const absl::Status status =
                        Parse(ViewOf(ToSlice(request_)), &request);
                    if (!status.ok()) return status;
                    return Handle(request);
                  } else {
                    return Handle(request_);
                  }
                }));
    {
      std::unique_lock lock(mutex_);
      if (outcome.ok()) {
        outcome = AwaitWritten(lock);
      } else {
        // A caller that keeps reading shall hear why.
        Await(lock, call_.context.clock.Now() + kLastWrite);
      }
      if (writing_) {
        // Nothing may be on its way when the call is finished.
        server_context_.TryCancel();
        changed_.wait(lock, [this] { return !writing_; });
      }
    }
    End(outcome);
  }

  absl::Status Handle(const Request& request) {
    calls_.auditor().Describe(request, call_.context);
    absl::Status status = calls_.Begin(call_);
    if (status.ok()) status = CheckNoUnknownFields(request);
    return status.ok() ? handler_(call_.context, request, *this) : status;
  }

  // Never called under mutex_: the reactor may be gone before it returns.
  void End(const absl::Status& outcome) {
    if (!finish_.Claim()) return;
    this->Finish(Close(calls_, server_context_, call_, outcome));
  }

  // The rest is called under mutex_.

  void Await(std::unique_lock<std::mutex>& lock, absl::Time deadline) {
    changed_.wait_until(lock, absl::ToChronoTime(deadline),
                        [this] { return !writing_ || broken_; });
  }

  // OK when nothing is on its way and somebody is there.
  absl::Status AwaitWritten(std::unique_lock<std::mutex>& lock) {
    const absl::Time silent_until =
        call_.context.clock.Now() + calls_.options().max_silence;
    Await(lock, std::min(silent_until, call_.context.deadline));
    const absl::Status status = call_.context.Check();
    if (!status.ok()) return status;
    if (broken_) {
      return base::Error(absl::StatusCode::kCancelled, "CANCELLED",
                         "the connection to the caller is gone");
    }
    if (!writing_) return absl::OkStatus();
    return base::Error(absl::StatusCode::kDeadlineExceeded, "STREAM_SILENT",
                       "the caller took nothing for too long")
        .With("seconds",
              absl::StrCat(absl::ToInt64Seconds(calls_.options().max_silence)));
  }

  void StartWriting(Response message) {
    if constexpr (kInBytes<Response>) {
      outgoing_ = ToBuffer(std::move(message));
    } else {
      outgoing_ = std::move(message);
    }
    writing_ = true;
    this->StartWrite(&outgoing_);
  }

  Calls& calls_;
  grpc::CallbackServerContext& server_context_;
  // gRPC keeps it until OnDone.
  const Received<Request, Response>& request_;
  const Handler handler_;
  Calls::Call call_;
  FinishOnce finish_;

  // Guards the rest. std::mutex, since ThreadSanitizer sees through it.
  std::mutex mutex_;
  std::condition_variable changed_;
  bool writing_ = false;
  bool broken_ = false;      // nobody is there
  Sent<Response> outgoing_;  // lent to gRPC while writing_
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_RPC_H_
