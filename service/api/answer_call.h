// One question and an answer that is bytes already; private to
// grpc_services.cc and its tests. It goes the way of every call (rpc.h), with
// one exception: what is known is answered at once, on gRPC's thread, since a
// look-up costs less than handing it to another one.

#ifndef COLLATE_SERVICE_API_ANSWER_CALL_H_
#define COLLATE_SERVICE_API_ANSWER_CALL_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/arena.h"
#include "service/api/finish_once.h"
#include "service/api/rpc.h"
#include "service/api/unknown_fields.h"
#include "service/api/wire_bytes.h"

namespace collate::api {

template <typename Request>
class AnswerCall final : public grpc::ServerUnaryReactor {
 public:
  // Both get the request as it came. `Known` never waits, and gives null for
  // what has to be worked out.
  using Known = std::function<SharedBytes(CallContext&, absl::string_view)>;
  using Handler = std::function<absl::StatusOr<SharedBytes>(
      CallContext&, const Request&, absl::string_view)>;

  static grpc::ServerUnaryReactor* Start(
      Calls& calls, grpc::CallbackServerContext* server_context,
      absl::string_view method, const grpc::ByteBuffer* request,
      grpc::ByteBuffer* response, Known known, Handler handler) {
    auto* call = new AnswerCall(calls, *server_context, *request, *response,
                                std::move(known), std::move(handler));
    // May be finished, but not deleted, before gRPC gets the reactor.
    call->Begin(method);
    return call;
  }

  void OnCancel() override { calls_.Cancel(call_); }
  void OnDone() override {
    calls_.Forget(call_);
    delete this;
  }
  // Both are too short to be worth a thread of their own. Done there, they lag
  // behind on a busy machine, and calls that are long over count as alive.
  bool InternalInlineable() override { return true; }

 private:
  AnswerCall(Calls& calls, grpc::CallbackServerContext& server_context,
             const grpc::ByteBuffer& request, grpc::ByteBuffer& response,
             Known known, Handler handler)
      : calls_(calls),
        server_context_(server_context),
        received_(ToSlice(request)),
        response_(response),
        known_(std::move(known)),
        handler_(std::move(handler)),
        call_(*calls.options().clock) {}

  void Begin(absl::string_view method) {
    absl::Status status =
        Open(calls_, server_context_, method, Calls::Kind::kQuestion, call_);
    if (status.ok()) status = call_.context.Check();
    if (status.ok()) {
      bool found = false;
      status = Guarded([this, &found] {
        if (SharedBytes answer = known_(call_.context, ViewOf(received_))) {
          response_ = ToBuffer(std::move(answer));
          found = true;
        }
        return absl::OkStatus();
      });
      if (status.ok() && !found)
        status = calls_.Schedule([this] { Run(); }, call_);
      // A call that was scheduled may be over by now.
      if (status.ok() && !found) return;
    }
    End(status);
  }

  void Run() {
    End(Outcome(call_.context, Guarded([this]() -> absl::Status {
                  absl::Status status = calls_.Begin(call_);
                  if (!status.ok()) return status;
                  google::protobuf::Arena arena;
                  auto* const request =
                      google::protobuf::Arena::CreateMessage<Request>(&arena);
                  status = Parse(ViewOf(received_), request);
                  calls_.auditor().Describe(*request, call_.context);
                  if (status.ok()) status = CheckNoUnknownFields(*request);
                  if (!status.ok()) return status;
                  auto answer =
                      handler_(call_.context, *request, ViewOf(received_));
                  if (!answer.ok()) return std::move(answer).status();
                  response_ = ToBuffer(*std::move(answer));
                  return absl::OkStatus();
                })));
  }

  void End(const absl::Status& outcome) {
    if (!finish_.Claim()) return;
    this->Finish(Close(calls_, server_context_, call_, outcome));
  }

  Calls& calls_;
  grpc::CallbackServerContext& server_context_;
  const grpc::Slice received_;
  grpc::ByteBuffer& response_;
  const Known known_;
  const Handler handler_;
  Calls::Call call_;
  FinishOnce finish_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_ANSWER_CALL_H_
