// A call that came over HTTP: goes the way of every call (api/calls.h), on the
// executors' threads, and answers through its Connection.

#ifndef COLLATE_SERVICE_GATEWAY_HTTP_CALL_H_
#define COLLATE_SERVICE_GATEWAY_HTTP_CALL_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "service/api/calls.h"
#include "service/api/methods.h"
#include "service/api/stream.h"
#include "service/gateway/connect.h"
#include "service/gateway/connection.h"

namespace collate::gateway {

class HttpCall final : public std::enable_shared_from_this<HttpCall>,
                       private api::Writer<api::AnyMessage> {
 public:
  struct Options {
    api::Calls* calls = nullptr;
    const api::Method* method = nullptr;
    ContentType type;
    bool takes_gzip = false;
    absl::Duration max_silence;
  };

  HttpCall(const Options& options, std::shared_ptr<Connection> connection);

  // Whether it may go on; what is not must be refused.
  absl::Status Open(api::Arrival arrival);
  // Answers with an error and ends the connection, whose caller may be sending.
  void Refuse(const absl::Status& status);
  void Run(std::string body);
  // Nobody waits for the answer any more.
  void Cancel();

 private:
  absl::Status Write(api::AnyMessage message) override;
  void TryWrite(api::AnyMessage message) override;

  void Handle(const std::string& body);
  absl::Status Answer(const std::string& body, std::string& answer);
  void Finish(const absl::Status& outcome, std::string answer, bool last);
  Reply ReplyOf(const absl::Status& outcome, std::string answer) const;

  // Of an answer in many messages, under mutex_.
  absl::Status AwaitSent(std::unique_lock<std::mutex>& lock);
  void StartSending(std::string part);

  const Options options_;
  const std::shared_ptr<Connection> connection_;
  api::Calls::Call call_;

  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  bool head_sent_ = false;
  bool sending_ = false;
  bool broken_ = false;  // nobody is there
};

}  // namespace collate::gateway

#endif  // COLLATE_SERVICE_GATEWAY_HTTP_CALL_H_
