// One question and an answer that is bytes already; private to server.cc and
// its tests. It goes the way of every call (rpc.h), with one exception: what is
// known is answered at once, on gRPC's thread, since a look-up costs less than
// handing it to another one.

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
      Rpc& rpc, grpc::CallbackServerContext* server_context,
      absl::string_view method, const grpc::ByteBuffer* request,
      grpc::ByteBuffer* response, Known known, Handler handler) {
    auto* call = new AnswerCall(rpc, *request, *response, std::move(known),
                                std::move(handler));
    // May be finished, but not deleted, before gRPC gets the reactor.
    call->Begin(*server_context, method);
    return call;
  }

  void OnCancel() override { rpc_.Cancel(call_); }
  void OnDone() override {
    rpc_.Forget(call_);
    delete this;
  }
  // Both are too short to be worth a thread of their own. Done there, they lag
  // behind on a busy machine, and calls that are long over count as alive.
  bool InternalInlineable() override { return true; }

 private:
  AnswerCall(Rpc& rpc, const grpc::ByteBuffer& request,
             grpc::ByteBuffer& response, Known known, Handler handler)
      : rpc_(rpc),
        received_(ToSlice(request)),
        response_(response),
        known_(std::move(known)),
        handler_(std::move(handler)),
        call_(*rpc.options().clock) {}

  void Begin(grpc::CallbackServerContext& server_context,
             absl::string_view method) {
    absl::Status status =
        rpc_.Open(server_context, method, Rpc::Kind::kQuestion, call_);
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
      if (status.ok() && !found) status = rpc_.Schedule([this] { Run(); });
      // A call that was scheduled may be over by now.
      if (status.ok() && !found) return;
    }
    End(status);
  }

  void Run() {
    End(Outcome(call_.context, Guarded([this]() -> absl::Status {
                  absl::Status status = rpc_.Begin(call_);
                  if (!status.ok()) return status;
                  google::protobuf::Arena arena;
                  auto* const request =
                      google::protobuf::Arena::CreateMessage<Request>(&arena);
                  status = Parse(ViewOf(received_), request);
                  rpc_.auditor().Describe(*request, call_.context);
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
    this->Finish(rpc_.Close(call_, outcome));
  }

  Rpc& rpc_;
  const grpc::Slice received_;
  grpc::ByteBuffer& response_;
  const Known known_;
  const Handler handler_;
  Rpc::Call call_;
  FinishOnce finish_;
};

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_ANSWER_CALL_H_
