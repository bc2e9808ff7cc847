// Adapts handlers to gRPC's callback API; private to server.cc and its tests.
//
// Every call of every method goes one way: Rpc::Open admits it, makes its
// CallContext and asks the Authorizer; the handler runs on an executor, never
// on gRPC's threads (but see answer_call.h for what is known already);
// Rpc::Close logs it; Finish is called by the thread that ran the handler,
// once, as its last touch of the call. OnCancel only sets a flag. A reactor
// deletes itself in OnDone, after which nothing of gRPC's calls it.

#ifndef COLLATE_SERVICE_API_RPC_H_
#define COLLATE_SERVICE_API_RPC_H_

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "service/api/admission.h"
#include "service/api/auditor.h"
#include "service/api/authorizer.h"
#include "service/api/call_context.h"
#include "service/api/call_rate.h"
#include "service/api/finish_once.h"
#include "service/api/grpc_status.h"
#include "service/api/stream.h"
#include "service/api/unknown_fields.h"
#include "service/api/wire_bytes.h"
#include "service/base/clock.h"
#include "service/base/error.h"
#include "service/base/executor.h"
#include "service/base/log.h"

namespace collate::api {

// What all calls share. Outlives every call.
class Rpc {
 public:
  struct Options {
    const base::Clock* clock = nullptr;
    base::Log* log = nullptr;
    const Authorizer* authorizer = nullptr;
    audit::AuditLog* audit = nullptr;         // none records nothing
    std::string disclosure_profile = "none";  // of all but whom roles exempt
    base::Executor::Options executor;
    Admission::Options admission;
    // Calls that one address may begin within a second.
    int64_t max_calls_per_second = 20000;
    // Ends the connection of a peer who goes on calling while refused, or
    // cancels call after call: this gRPC does not. May be empty.
    std::function<void(absl::string_view peer)> disconnect;
    int max_ingestions = 4;
    // Answers that are streamed at one time, in all and to one address.
    int max_downloads = 8;
    int max_downloads_per_address = 4;
    absl::Duration max_duration = absl::Seconds(60);
    absl::Duration max_ingestion_duration = absl::Minutes(15);
    absl::Duration max_download_duration = absl::Minutes(15);
    // A client that sends nothing, or takes nothing of an answer, for so long
    // has gone.
    absl::Duration max_silence = absl::Minutes(1);
  };

  // A call that is over for its handler, whose outcome its caller has yet to
  // take.
  struct Leaving {
    absl::Time since;
    std::string peer;
  };

  // What a call is decides its time limit and the threads that run it.
  enum class Kind {
    kQuestion,   // one message each way
    kIngestion,  // a stream in both directions
    kDownload,   // one question, an answer in many messages
  };

  explicit Rpc(const Options& options);

  // A call as it is served; one for each reactor.
  struct Call {
    explicit Call(const base::Clock& clock) : context(clock) {}
    CallContext context;
    absl::Time started;
    bool admitted = false;
    // Counted while one of the few places of its kind is taken; else null.
    Admission* place = nullptr;
    grpc::CallbackServerContext* server_context = nullptr;
    std::optional<std::list<Leaving>::iterator> leaving;
  };

  // A call has come whose message gRPC is to read. Of one that is reset before
  // that, no handler ever hears: without Receive() it counts like one that was
  // refused.
  void Expect(absl::string_view peer) {
    CountUseless(peer, options_.clock->Now());
  }
  void Receive(absl::string_view peer) { useless_.GiveBack(peer); }
  // `peer` has called what is none of our methods: ends its connection where it
  // had many.
  void CountOther(absl::string_view peer);

  // Fills `call` and decides whether it may go on.
  absl::Status Open(grpc::CallbackServerContext& server_context,
                    absl::string_view method, Kind kind, Call& call);
  // Before a handler does anything: whether somebody still waits, and whether
  // the call is recorded where it must be. May wait for the disk.
  absl::Status Begin(Call& call);
  // Logs and records the outcome and turns it into gRPC's; call before Finish.
  // The place of a stream is free before its caller hears of the end.
  grpc::Status Close(Call& call, const absl::Status& outcome);
  // Nobody waits for the answer any more.
  void Cancel(Call& call);
  // The reactor is gone.
  void Forget(Call& call);

  // RESOURCE_EXHAUSTED (reason OVERLOADED) when there is no room.
  absl::Status Schedule(base::Executor::Task task);
  absl::Status ScheduleIngestion(base::Executor::Task task, Call& call);
  absl::Status ScheduleDownload(base::Executor::Task task, Call& call);

  // From now on new calls are UNAVAILABLE (reason DRAINING).
  void StopAdmitting() { draining_.store(true); }

  Admission& admission() { return admission_; }
  const Auditor& auditor() const { return auditor_; }
  const Options& options() const { return options_; }
  void Shutdown();

 private:
  // Within `peer`'s limits.
  absl::Status Admit(absl::string_view peer, absl::Time now);
  // Ends the connection of `peer` where it had many such calls.
  void CountUseless(absl::string_view peer, absl::Time now);
  // Ends the connections of those who take no outcome for too long: their calls
  // would count as alive for ever.
  void EndSilent(absl::Time now);
  absl::Status ScheduleStream(base::Executor& executor, Admission& places,
                              base::Executor::Task task, Call& call);

  const Options options_;
  const std::string run_id_;  // makes request ids of two runs differ
  std::atomic<uint64_t> next_request_{1};
  std::atomic<bool> draining_{false};
  Auditor auditor_;
  CallRate calls_;    // of an address
  CallRate useless_;  // refused, cancelled or empty, of a connection
  CallRate others_;   // none of ours, of a connection
  CallRate logged_;   // refusals of an address
  std::atomic<int64_t> refused_{0};
  Admission admission_;
  base::Executor executor_;
  base::Executor ingestions_;
  base::Executor downloads_;
  Admission live_ingestions_;
  Admission live_downloads_;
  std::mutex leaving_mutex_;    // guards leaving_
  std::list<Leaving> leaving_;  // the longest first
};

// Runs `handle` and turns what libraries throw into a status.
absl::Status Guarded(const std::function<absl::Status()>& handle);

// The outcome of a call whose handler noticed that nobody waits any more:
// DEADLINE_EXCEEDED rather than CANCELLED when time ran out.
absl::Status Outcome(const CallContext& context, absl::Status status);

template <typename Request, typename Response>
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  using Handler =
      std::function<absl::StatusOr<Response>(CallContext&, const Request&)>;

  static grpc::ServerUnaryReactor* Start(
      Rpc& rpc, grpc::CallbackServerContext* server_context,
      absl::string_view method, const Request* request, Response* response,
      Handler handler) {
    auto* call = new UnaryCall(rpc, *request, *response, std::move(handler));
    // May be finished, but not deleted, before gRPC gets the reactor.
    call->Begin(*server_context, method);
    return call;
  }

  void OnCancel() override { rpc_.Cancel(call_); }
  void OnDone() override {
    rpc_.Forget(call_);
    delete this;
  }

 private:
  UnaryCall(Rpc& rpc, const Request& request, Response& response,
            Handler handler)
      : rpc_(rpc),
        request_(request),
        response_(response),
        handler_(std::move(handler)),
        call_(*rpc.options().clock) {}

  void Begin(grpc::CallbackServerContext& server_context,
             absl::string_view method) {
    absl::Status status =
        rpc_.Open(server_context, method, Rpc::Kind::kQuestion, call_);
    rpc_.Receive(call_.context.peer);
    if (status.ok()) status = rpc_.Schedule([this] { Run(); });
    // A call that was scheduled may be over by now.
    if (!status.ok()) End(status);
  }

  void Run() {
    End(Outcome(call_.context, Guarded([this]() -> absl::Status {
                  rpc_.auditor().Describe(request_, call_.context);
                  absl::Status status = rpc_.Begin(call_);
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
    this->Finish(rpc_.Close(call_, outcome));
  }

  Rpc& rpc_;
  const Request& request_;
  Response& response_;
  const Handler handler_;
  Rpc::Call call_;
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
      Rpc& rpc, grpc::CallbackServerContext* server_context,
      absl::string_view method, Handler handler) {
    auto* call = new StreamCall(rpc, *server_context, std::move(handler));
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
    rpc_.Cancel(call_);
    std::unique_lock lock(mutex_);
    broken_ = true;
    changed_.notify_all();
  }

  void OnDone() override {
    rpc_.Forget(call_);
    delete this;
  }

  // The handler's side.

  absl::StatusOr<bool> Read(Request* message) override {
    const absl::Time silent_until =
        call_.context.clock.Now() + rpc_.options().max_silence;
    std::unique_lock lock(mutex_);
    ReadAhead();
    Await(lock, std::min(silent_until, call_.context.deadline),
          [this] { return !inbox_.empty() || closed_ || broken_; });
    if (!inbox_.empty()) {
      *message = std::move(inbox_.front());
      // What is handed in, and by which name; bytes come later.
      if (call_.context.asked.question.empty()) {
        rpc_.auditor().Describe(*message, call_.context);
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
              absl::StrCat(absl::ToInt64Seconds(rpc_.options().max_silence)));
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

  StreamCall(Rpc& rpc, grpc::CallbackServerContext& server_context,
             Handler handler)
      : rpc_(rpc),
        server_context_(server_context),
        handler_(std::move(handler)),
        call_(*rpc.options().clock) {}

  void Begin(absl::string_view method) {
    absl::Status status =
        rpc_.Open(server_context_, method, Rpc::Kind::kIngestion, call_);
    if (status.ok()) {
      status = rpc_.ScheduleIngestion([this] { Run(); }, call_);
    }
    if (!status.ok()) End(status);
  }

  void Run() {
    const absl::Status outcome =
        Outcome(call_.context, Guarded([this]() -> absl::Status {
                  absl::Status status = rpc_.Begin(call_);
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
    this->Finish(rpc_.Close(call_, outcome));
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

  Rpc& rpc_;
  grpc::CallbackServerContext& server_context_;
  const Handler handler_;
  Rpc::Call call_;
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
      Rpc& rpc, grpc::CallbackServerContext* server_context,
      absl::string_view method, const Received<Request, Response>* request,
      Handler handler) {
    auto* call =
        new DownloadCall(rpc, *server_context, *request, std::move(handler));
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
    rpc_.Cancel(call_);
    std::unique_lock lock(mutex_);
    broken_ = true;
    changed_.notify_all();
  }

  void OnDone() override {
    rpc_.Forget(call_);
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

  DownloadCall(Rpc& rpc, grpc::CallbackServerContext& server_context,
               const Received<Request, Response>& request, Handler handler)
      : rpc_(rpc),
        server_context_(server_context),
        request_(request),
        handler_(std::move(handler)),
        call_(*rpc.options().clock) {}

  void Begin(absl::string_view method) {
    absl::Status status =
        rpc_.Open(server_context_, method, Rpc::Kind::kDownload, call_);
    if constexpr (!kInBytes<Response>) rpc_.Receive(call_.context.peer);
    if (status.ok()) status = rpc_.ScheduleDownload([this] { Run(); }, call_);
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
    rpc_.auditor().Describe(request, call_.context);
    absl::Status status = rpc_.Begin(call_);
    if (status.ok()) status = CheckNoUnknownFields(request);
    return status.ok() ? handler_(call_.context, request, *this) : status;
  }

  // Never called under mutex_: the reactor may be gone before it returns.
  void End(const absl::Status& outcome) {
    if (!finish_.Claim()) return;
    this->Finish(rpc_.Close(call_, outcome));
  }

  // The rest is called under mutex_.

  void Await(std::unique_lock<std::mutex>& lock, absl::Time deadline) {
    changed_.wait_until(lock, absl::ToChronoTime(deadline),
                        [this] { return !writing_ || broken_; });
  }

  // OK when nothing is on its way and somebody is there.
  absl::Status AwaitWritten(std::unique_lock<std::mutex>& lock) {
    const absl::Time silent_until =
        call_.context.clock.Now() + rpc_.options().max_silence;
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
              absl::StrCat(absl::ToInt64Seconds(rpc_.options().max_silence)));
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

  Rpc& rpc_;
  grpc::CallbackServerContext& server_context_;
  // gRPC keeps it until OnDone.
  const Received<Request, Response>& request_;
  const Handler handler_;
  Rpc::Call call_;
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
